//! E-mail addresses in free text, plain or with the at sign spelt out (`name [at] firm.example`, `name(at)firm dot example`).

use super::Span;

/// Ways to write the sign between name and host, the longest first. Looked for in a lower-cased text.
const SIGNS: [&str; 10] = [" [at] ", " (at) ", " {at} ", "[at]", "(at)", "{at}", " @ ", "@", "＠", " at "];

/// Ways to write the dot of a host name, besides a dot.
const DOTS: [&str; 7] = [" [dot] ", " (dot) ", "[dot]", "(dot)", " dot ", " point ", "[.]"];

/// Finds addresses, as byte ranges of `text`.
///
/// The name before the sign is taken as far as it goes; the host behind it must have a dot and a last part of two letters or more.
/// After the word ` at ` the dot must be spelt out too: people write where they work as `buyer at firm.example`.
pub(super) fn find(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for (at, _) in text.char_indices() {
        if found.last().is_some_and(|span| at < span.end) {
            continue;
        }
        let Some(sign) = SIGNS.iter().find(|sign| starts_with(text, at, sign)) else { continue };
        let name = text.get(..at).unwrap_or_default();
        let start = name_start(name);
        let behind = at + sign.len();
        let Some(end) = host_end(text, behind, *sign == " at ") else { continue };
        if start < at {
            let from = found.last().map_or(0, |span| span.end);
            found.push(start.max(from)..end);
        }
    }
    found
}

/// Whether `text` goes on with `sign` at byte `at`, letters of either case.
fn starts_with(text: &str, at: usize, sign: &str) -> bool {
    text.get(at..at + sign.len()).is_some_and(|part| part.eq_ignore_ascii_case(sign))
}

/// Where the name that ends a text begins. It looks back 64 bytes at most, the longest a name can be (RFC 5321).
fn name_start(text: &str) -> usize {
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        if text.len() - at > 64 || !(c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".chars().any(|sign| sign == c)) {
            break;
        }
        start = at;
    }
    start
}

/// Where the host that begins at `start` ends, if it is a host.
fn host_end(text: &str, start: usize, strict: bool) -> Option<usize> {
    let mut at = start;
    let mut labels = 0;
    let mut last = 0;
    loop {
        let rest = text.get(at..)?;
        let label: usize = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').take(64).map(char::len_utf8).sum();
        if label == 0 {
            // The dot belonged to the sentence, not to the host.
            return (labels >= 2).then_some(last);
        }
        let word = rest.get(..label)?;
        at += label;
        labels += 1;
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        if labels >= 2 && letters < 2 {
            return (labels >= 3).then_some(last);
        }
        last = at;
        let dotted = text.get(at..).is_some_and(|rest| rest.starts_with('.'));
        let spelt = DOTS.iter().find(|dot| starts_with(text, at, dot));
        match (dotted, spelt) {
            (true, _) if strict => return None,
            (true, _) => at += 1,
            (false, Some(dot)) => at += dot.len(),
            (false, None) => return (labels >= 2).then_some(last),
        }
    }
}
