//! Which names a page has, to tell at once that a selector finds nothing in it. Native only.
//!
//! Most questions of an adapter are about layouts that a page does not have. A saved page has no browser's index, so each of them would be
//! tried on every element; but one class that stands nowhere in the page is enough to know the answer.

use std::collections::HashSet;

use scraper::{Html, Node};

/// The names of elements, classes, ids and attributes in a page, in small letters.
pub(super) struct Names {
    elements: HashSet<String>,
    classes: HashSet<String>,
    ids: HashSet<String>,
    attributes: HashSet<String>,
}

impl Names {
    pub(super) fn of(html: &Html) -> Self {
        let mut names = Self { elements: HashSet::new(), classes: HashSet::new(), ids: HashSet::new(), attributes: HashSet::new() };
        let note = |set: &mut HashSet<String>, name: &str| {
            if !set.contains(name) {
                set.insert(name.to_lowercase());
            }
        };
        for element in html.tree.values().filter_map(Node::as_element) {
            note(&mut names.elements, element.name());
            for (name, value) in element.attrs() {
                note(&mut names.attributes, name);
                match name {
                    "class" => value.split_ascii_whitespace().for_each(|class| note(&mut names.classes, class)),
                    "id" => note(&mut names.ids, value),
                    _ => {}
                }
            }
        }
        names
    }

    /// Whether a selector might find something. `false` is certain; whatever is not understood here might.
    pub(super) fn might_match(&self, css: &str) -> bool {
        alternatives(css).is_none_or(|mut all| all.any(|one| self.might_match_one(one)))
    }

    fn might_match_one(&self, mut css: &str) -> bool {
        while let Some(first) = css.chars().next() {
            let rest = css.get(first.len_utf8()..).unwrap_or_default();
            let (is_there, next) = match first {
                '.' => self.named(&self.classes, rest),
                '#' => self.named(&self.ids, rest),
                '[' => {
                    let Some((inner, next)) = closed(rest, ']') else { return true };
                    (self.named(&self.attributes, inner).0, next)
                }
                ':' => {
                    let (name, next) = name(rest);
                    match next.strip_prefix('(') {
                        None => (true, next),
                        Some(inner) => {
                            let Some((inner, next)) = closed(inner, ')') else { return true };
                            (!matches!(name, "is" | "where") || self.might_match(inner), next)
                        }
                    }
                }
                c if is_name(c) => self.named(&self.elements, css),
                ' ' | '>' | '+' | '~' | '*' => (true, rest),
                // Escapes, namespaces and whatever else there is.
                _ => return true,
            };
            if !is_there {
                return false;
            }
            css = next;
        }
        true
    }

    /// Whether the name at the beginning of a text is in a set, and what follows it.
    fn named<'a>(&self, set: &HashSet<String>, text: &'a str) -> (bool, &'a str) {
        let (name, next) = name(text);
        // A name that is cut short by an escape is another one, and one before a bar is that of a namespace.
        (name.is_empty() || next.starts_with(['\\', '|']) || set.contains(&name.to_lowercase()), next)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii()
}

fn name(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()))
}

/// What stands before the bracket that ends it, and behind.
fn closed(text: &str, end: char) -> Option<(&str, &str)> {
    let at = ends(text).find(|(depth, _, c)| *depth == 0 && *c == end).map(|(_, at, _)| at)?;
    Some((text.get(..at)?, text.get(at + end.len_utf8()..)?))
}

/// The alternatives of a list; none when it cannot be told where they end.
fn alternatives(css: &str) -> Option<impl Iterator<Item = &str>> {
    if css.contains('\\') {
        return None;
    }
    let mut commas: Vec<usize> = ends(css).filter(|(depth, _, c)| *depth == 0 && *c == ',').map(|(_, at, _)| at).collect();
    commas.push(css.len());
    let mut begin = 0;
    Some(commas.into_iter().filter_map(move |comma| {
        let one = css.get(begin..comma)?;
        begin = comma + 1;
        Some(one.trim())
    }))
}

/// Every character outside of quotes, with how many brackets it stands in (a closing one stands outside of its own).
fn ends(text: &str) -> impl Iterator<Item = (usize, usize, char)> {
    let (mut depth, mut quote) = (0_usize, None);
    text.char_indices().filter_map(move |(at, c)| {
        match (quote, c) {
            (Some(open), c) => {
                if c == open {
                    quote = None;
                }
                return None;
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                return None;
            }
            (None, ')' | ']') => {
                let outside = depth == 0;
                depth = depth.saturating_sub(1);
                return Some((if outside { 0 } else { depth + 1 }, at, c));
            }
            _ => {}
        }
        let here = depth;
        depth += usize::from(matches!(c, '(' | '['));
        Some((here, at, c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scraper::Selector;

    const PAGE: &str = "<main id=top class='a b'><p class=C data-x=1>x</p><a href='#'>y</a></main>";

    #[test]
    fn what_has_a_name_that_stands_nowhere_finds_nothing() {
        let names = Names::of(&Html::parse_document(PAGE));
        for (css, might) in [
            (".a", true),
            (".z", false),
            ("main.a > p.c[data-x='1']", true),
            ("main.z > p", false),
            ("#top, .z", true),
            ("#bottom, .z", false),
            ("[data-y]", false),
            ("[data-x*=', .z']", true),
            (":is(.z, .y) p", false),
            (":is(.z, .a) p", true),
            ("p:not(.z):has(.z)", true),
            ("section", false),
            (".a\\:b", true),
            ("svg|a", true),
        ] {
            assert_eq!(names.might_match(css), might, "{css}");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_might_have_been(parts in prop::collection::vec(prop::sample::select(vec![
            "main", "p", ".a", ".b", ".C", ".c", ".z", "#top", "[data-x]", "[data-x='1']", "[href]", ":is(.a, .z)", ":is(p, a)", ":not(.z)",
            " ", " > ", ", ", "*", ":has(p)", ":first-child",
        ]), 1..7)) {
            let css = parts.concat();
            if let Ok(selector) = Selector::parse(&css) {
                let html = Html::parse_document(PAGE);
                let found = html.select(&selector).next().is_some();
                prop_assert!(!found || Names::of(&html).might_match(&css), "{}", css);
            }
        }
    }
}
