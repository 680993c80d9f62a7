//! As much of Turtle as the microdata suite is written in: prefixes, nested blank nodes, lists of objects.

use serde_json::{Map, Value, json};

/// The things a document describes at its top, each as its types (`@type`, in full) and its properties by their last name.
pub fn things(text: &str) -> Vec<Value> {
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, at: 0, prefixes: Vec::new() };
    let mut things = Vec::new();
    while parser.at < tokens.len() {
        if parser.peek() == "@prefix" {
            let prefix = (parser.tokens[parser.at + 1].clone(), parser.tokens[parser.at + 2].clone());
            parser.prefixes.push(prefix);
            parser.at += 4;
            continue;
        }
        let mut thing = match parser.object() {
            Value::Object(thing) => thing,
            _ => Map::new(),
        };
        if parser.peek() != "." {
            parser.properties(&mut thing);
        }
        parser.at += 1;
        things.push(Value::Object(thing));
    }
    things
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
    prefixes: Vec<(String, String)>,
}

impl Parser<'_> {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or(".", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or_default()
    }

    /// A name in full.
    fn full(&self, name: &str) -> String {
        let inner = name.strip_prefix('<').map(|name| name.trim_end_matches('>').to_owned());
        let long = || {
            let (prefix, local) = name.split_once(':')?;
            let (_, front) = self.prefixes.iter().find(|(known, _)| known.trim_end_matches(':') == prefix)?;
            Some(format!("{}{local}", front.trim_start_matches('<').trim_end_matches('>')))
        };
        inner.or_else(long).unwrap_or_else(|| name.to_owned())
    }

    fn object(&mut self) -> Value {
        let token = self.next();
        if token == "[" {
            let mut thing = Map::new();
            self.properties(&mut thing);
            self.at += 1;
            return Value::Object(thing);
        }
        match token.strip_prefix('"') {
            Some(text) => json!(text),
            None => json!(self.full(&token)),
        }
    }

    fn properties(&mut self, thing: &mut Map<String, Value>) {
        while !matches!(self.peek(), "]" | ".") {
            if self.peek() == ";" {
                self.at += 1;
                continue;
            }
            let name = self.next();
            let full = if name == "a" { "@type".to_owned() } else { last(&self.full(&name)) };
            loop {
                let object = self.object();
                let values = thing.entry(full.clone()).or_insert_with(|| json!([]));
                values.as_array_mut().unwrap().push(object);
                if self.peek() != "," {
                    break;
                }
                self.at += 1;
            }
        }
    }
}

/// The last part of a name.
pub fn last(name: &str) -> String {
    name.rsplit(['/', '#']).next().unwrap_or_default().to_owned()
}

/// A text is told by the quotation mark it begins with.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first == '#' {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
            continue;
        } else if let Some(long) = rest.strip_prefix("\"\"\"") {
            let end = long.find("\"\"\"").unwrap();
            tokens.push(format!("\"{}", &long[..end]));
            end + 6
        } else if first == '"' {
            let end = rest[1..].find('"').unwrap();
            tokens.push(format!("\"{}", &rest[1..=end]));
            end + 2
        } else if first == '<' {
            let end = rest.find('>').unwrap() + 1;
            tokens.push(rest[..end].to_owned());
            end
        } else if "[];,.".contains(first) {
            tokens.push(first.to_string());
            1
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "[];,".contains(c)).unwrap_or(rest.len());
            let word = rest[..end].trim_end_matches('.');
            tokens.push(word.to_owned());
            word.len()
        };
        // What kind of text it is says nothing here.
        let tail = &rest[end..];
        let typed = tail.starts_with("^^") || tail.starts_with('@') && first == '"';
        let skip = if typed { tail.find(|c: char| c.is_whitespace() || "];,".contains(c)).unwrap_or(tail.len()) } else { 0 };
        rest = tail[skip..].trim_start();
    }
    tokens
}
