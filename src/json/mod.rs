//! Reading JSON that comes from outside: pages, policies, adapters, logs, the store.
//!
//! Own code, for three reasons. Input is hostile, and here every limit is in sight: depth, numbers, keys that stand twice, keys that
//! nobody knows. Every error, also about what a word means, has a line and a column. And it ships: the usual derived readers for
//! these documents are a third of the whole budget, this one is a tenth.
//!
//! A document says how it is read in one line, [`record!`]. There is one way to write, too: [`to_canonical`].

mod canonical;

pub use canonical::{NotCanonical, to_canonical};

use crate::sorted::{Map, Set};

/// How deep lists and objects may lie in each other.
const DEEPEST: u32 = 64;

/// A value, with where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json {
    at: usize,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Bool(bool),
    /// Documents hold counts and indexes, so numbers are whole.
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// What is wrong with a value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    at: usize,
    what: String,
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl core::fmt::Display for JsonError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl core::error::Error for JsonError {}

/// Something that can be read from JSON.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, and where.
    fn read(json: &Json) -> Result<Self, Wrong>;
}

/// Reads a document.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn from_str<T: Read>(text: &str) -> Result<T, JsonError> {
    parse(text).and_then(|json| T::read(&json)).map_err(|Wrong { at, what }| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        JsonError { line, column, what }
    })
}

/// Says how a record is read: the fields that must be there, then those that may be left out. Each field is its own key unless another
/// is given behind it. Any other key is an error.
macro_rules! record {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    ($name:ty { $($field:ident $(= $key:literal)?),* $(,)? }) => {
        $crate::json::record!($name { $($field $(= $key)?),* } optional {});
    };
    (
        $name:ty { $($field:ident $(= $key:literal)?),* $(,)? }
        optional { $($option:ident $(= $option_key:literal)?),* $(,)? }
    ) => {
        impl $crate::json::Read for $name {
            fn read(json: &$crate::json::Json) -> Result<Self, $crate::json::Wrong> {
                let record = json.record(&[
                    $($crate::json::record!(@key $field $($key)?),)*
                    $($crate::json::record!(@key $option $($option_key)?),)*
                ])?;
                Ok(Self {
                    $($field: record.field($crate::json::record!(@key $field $($key)?))?,)*
                    $($option: record.optional($crate::json::record!(@key $option $($option_key)?))?,)*
                })
            }
        }
    };
}
pub(crate) use record;

impl Json {
    /// An error about this very value.
    pub(crate) fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong { at: self.at, what: what.into() }
    }

    /// The members of an object whose keys are all known.
    pub(crate) fn record(&self, keys: &[&str]) -> Result<Record<'_>, Wrong> {
        let record = self.members()?;
        for (key, value) in record.members {
            if !keys.contains(&key.as_str()) {
                return Err(value.wrong(format!("unknown field {}; known are {}", quoted(key), keys.join(", "))));
            }
        }
        Ok(record)
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> Result<Record<'_>, Wrong> {
        match &self.value {
            Value::Object(members) => Ok(Record { json: self, members }),
            _ => Err(self.expected("an object")),
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Result<&str, Wrong> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.expected("a text")),
        }
    }

    fn items(&self) -> Result<&[Self], Wrong> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.expected("a list")),
        }
    }

    fn number(&self) -> Result<i64, Wrong> {
        match self.value {
            Value::Number(number) => Ok(number),
            _ => Err(self.expected("a whole number")),
        }
    }

    fn expected(&self, what: &str) -> Wrong {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.wrong(format!("expected {what}, found {found}"))
    }
}

/// The members of an object.
pub(crate) struct Record<'a> {
    json: &'a Json,
    members: &'a [(String, Json)],
}

impl<'a> Record<'a> {
    fn find(&self, key: &str) -> Option<&'a Json> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A field that must be there.
    pub(crate) fn field<T: Read>(&self, key: &str) -> Result<T, Wrong> {
        match self.find(key) {
            Some(json) => T::read(json),
            None => Err(self.json.wrong(format!("missing field `{key}`"))),
        }
    }

    /// A field that may be left out.
    pub(crate) fn optional<T: Read + Default>(&self, key: &str) -> Result<T, Wrong> {
        self.find(key).map_or_else(|| Ok(T::default()), T::read)
    }

    /// The only member.
    pub(crate) fn only(&self) -> Result<(&'a str, &'a Json), Wrong> {
        match self.members {
            [(key, value)] => Ok((key, value)),
            _ => Err(self.json.wrong("expected exactly one field")),
        }
    }
}

/// A word as errors repeat it: not at all if it is long, since it may come from a page.
pub(crate) fn quoted(word: &str) -> String {
    const SHOWN: usize = 60;
    if word.chars().count() > SHOWN { "(too long to repeat)".into() } else { format!("`{word}`") }
}

impl Read for String {
    fn read(json: &Json) -> Result<Self, Wrong> {
        json.text().map(str::to_owned)
    }
}

impl Read for bool {
    fn read(json: &Json) -> Result<Self, Wrong> {
        match json.value {
            Value::Bool(yes) => Ok(yes),
            _ => Err(json.expected("true or false")),
        }
    }
}

impl Read for u32 {
    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::try_from(json.number()?).map_err(|_| json.wrong("the number is out of range"))
    }
}

impl Read for u64 {
    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::try_from(json.number()?).map_err(|_| json.wrong("the number is out of range"))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(json: &Json) -> Result<Self, Wrong> {
        if json.value == Value::Null { Ok(None) } else { T::read(json).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &Json) -> Result<Self, Wrong> {
        json.items()?.iter().map(T::read).collect()
    }
}

impl<T: Read + Ord> Read for Set<T> {
    fn read(json: &Json) -> Result<Self, Wrong> {
        let mut set = Self::default();
        for item in json.items()? {
            set.insert(T::read(item)?);
        }
        Ok(set)
    }
}

impl<K: Read + Ord, V: Read> Read for Map<K, V> {
    fn read(json: &Json) -> Result<Self, Wrong> {
        let mut map = Self::default();
        for (key, value) in json.members()?.members {
            // A key is read as the text it is, at the place of its value.
            let key = Json { at: value.at, value: Value::Text(key.clone()) };
            map.insert(K::read(&key)?, V::read(value)?);
        }
        Ok(map)
    }
}

/// Reads a text into values.
fn parse(text: &str) -> Result<Json, Wrong> {
    let mut parser = Parser { text, at: 0 };
    let json = parser.value(0)?;
    parser.space();
    if parser.at < text.len() { Err(parser.wrong("there is something behind the end")) } else { Ok(json) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn wrong(&self, what: &str) -> Wrong {
        Wrong { at: self.at, what: what.to_owned() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past a byte if it stands here.
    fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Result<Json, Wrong> {
        if depth > DEEPEST {
            return Err(self.wrong("too many lists and objects in each other"));
        }
        self.space();
        let at = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Json { at, value })
    }

    fn word(&mut self) -> Result<Value, Wrong> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wrong(if rest.is_empty() { "the document breaks off here" } else { "expected a value" }))
    }

    fn number(&mut self) -> Result<i64, Wrong> {
        let start = self.at;
        let negative = self.eat(b'-');
        let digits = self.at;
        let mut number: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number
                .checked_mul(10)
                .and_then(|number| number.checked_add((digit - b'0').into()))
                .ok_or_else(|| Wrong { at: start, what: "the number is out of range".into() })?;
            self.at += 1;
        }
        let count = self.at - digits;
        if count == 0 || count > 1 && self.text.as_bytes().get(digits) == Some(&b'0') {
            return Err(Wrong { at: start, what: "this is not a number".into() });
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(Wrong { at: start, what: "expected a whole number".into() });
        }
        Ok(if negative { -number } else { number })
    }

    fn list(&mut self, depth: u32) -> Result<Value, Wrong> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::List(items));
            }
            if !self.eat(b',') {
                return Err(self.wrong("expected `,` or `]`"));
            }
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, Wrong> {
        self.at += 1;
        let mut members: Vec<(String, Json)> = Vec::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("expected a key in double quotes"));
            }
            let key = self.string()?;
            if members.iter().any(|(other, _)| *other == key) {
                // One of the two would be lost, and nobody could say which.
                return Err(Wrong { at, what: format!("the key {} stands here a second time", quoted(&key)) });
            }
            self.space();
            if !self.eat(b':') {
                return Err(self.wrong("expected `:`"));
            }
            let value = self.value(depth + 1)?;
            members.push((key, value));
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.wrong("expected `,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= b' ') {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character stands in a text")),
                None => return Err(self.wrong("the text does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        self.at += 1;
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(c @ (b'"' | b'\\' | b'/')) => c.into(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => {
                self.at -= 1;
                return Err(self.wrong("this escape does not exist"));
            }
        })
    }

    /// A character written as `\uXXXX`, or as two of them (RFC 8259, section 7). Half a pair is no character, and refused.
    fn code_point(&mut self) -> Result<char, Wrong> {
        let mut code = self.four_digits()?;
        if (0xd800..0xdc00).contains(&code) && self.eat(b'\\') && self.eat(b'u') {
            let low = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(self.wrong("half a character"));
            }
            code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        char::from_u32(code).ok_or_else(|| self.wrong("half a character"))
    }

    fn four_digits(&mut self) -> Result<u32, Wrong> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or_else(|| self.wrong("expected four hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        name: String,
        sizes: Vec<u32>,
        note: Option<String>,
        kind: u64,
    }
    record!(Sample { name, kind = "type" } optional { sizes, note });

    fn wrong(text: &str) -> String {
        from_str::<Sample>(text).unwrap_err().to_string()
    }

    #[test]
    fn a_record_is_read() {
        let read: Sample = from_str(" {\"type\": 7, \"name\":\"a\\u00e9\\ud83d\\ude00\\n\",\n\"sizes\":[1,20]}").unwrap();
        assert_eq!(read, Sample { name: "aé😀\n".into(), sizes: vec![1, 20], note: None, kind: 7 });
    }

    #[test]
    fn every_error_says_what_and_where() {
        for (text, says) in [
            ("{\"name\":\"a\"}", "line 1, column 1: missing field `type`"),
            ("{\n  \"nam\": 1}", "line 2, column 10: unknown field `nam`; known are name, type, sizes, note"),
            ("{\"name\": [], \"type\": 1}", "line 1, column 10: expected a text, found a list"),
            ("{\"name\": \"a\", \"type\": -1}", "line 1, column 23: the number is out of range"),
            ("{\"name\": \"a\", \"type\": 1.5}", "line 1, column 23: expected a whole number"),
            ("{\"name\": \"a\", \"name\": \"b\"}", "line 1, column 15: the key `name` stands here a second time"),
            ("{\"name\": \"é\" \"type\"}", "line 1, column 14: expected `,` or `}`"),
            ("{\"name\": \"a", "line 1, column 12: the text does not end"),
            ("{\"name\": \"\\ud800x\"}", "half a character"),
            ("", "line 1, column 1: the document breaks off here"),
            ("{} x", "line 1, column 4: there is something behind the end"),
        ] {
            let error = wrong(text);
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(wrong(&"[".repeat(100_000)).contains("in each other"));
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json(text in r#"[\[\]{}",:0-9a-z\\ ue\-tfn]{0,24}"#) {
            // Where we read something, so does it, and reads the same; it reads more (fractions, keys that stand twice).
            if let Ok(json) = parse(&text) {
                let other: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert!(same(&json, &other), "{}", text);
            }
        }

        #[test]
        fn what_serde_json_writes_is_read(text in "\\PC{0,40}", number in -1_000_000_i64..1_000_000) {
            let other = serde_json::json!({ "a": [text, number, null, true, { "b": {} }] });
            for written in [other.to_string(), serde_json::to_string_pretty(&other).unwrap()] {
                prop_assert!(same(&parse(&written).unwrap(), &other));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = parse(&text);
        }
    }

    fn same(json: &Json, other: &serde_json::Value) -> bool {
        match (&json.value, other) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Number(a), serde_json::Value::Number(b)) => b.as_i64() == Some(*a) || b.as_f64() == Some(0.0) && *a == 0,
            (Value::Text(a), serde_json::Value::String(b)) => a == b,
            (Value::List(a), serde_json::Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Value::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
            }
            _ => false,
        }
    }
}
