//! Names in messengers and networks: behind an at sign, or behind the name of the service.

use super::contacts::{Plain, listed};
use super::hit::Hit;
use super::lists::List;
use crate::vocabulary::Trace;

/// Finds them.
#[inline(never)]
pub(super) fn find(plain: &Plain) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let mut at = 0;
    let mut in_word = false;
    while let Some(&byte) = plain.low().as_bytes().get(at) {
        let end = match byte {
            b'@' => mention_end(plain, at).map(|(end, confidence)| (at..end, "handle.at", confidence)),
            b'a'..=b'z' if !in_word => labelled(plain, at).map(|part| (part, "handle.labelled", 88)),
            _ => None,
        };
        in_word = byte.is_ascii_alphanumeric();
        at += 1;
        if let Some((part, rule, confidence)) = end {
            at = part.end;
            in_word = true;
            found.push(plain.hit(part, Trace::Handle, rule, confidence));
        }
    }
    found
}

/// Where `@name` ends, or `@name@host`, and how sure it is.
///
/// `Engineer @Atelier` names an employer: a plain word with a capital, behind another word on the same line.
fn mention_end(plain: &Plain, at: usize) -> Option<(usize, u8)> {
    let before = plain.before(at);
    if b"@/.\"".contains(&before) {
        return None;
    }
    let end = name_end(plain, at + 1);
    let name = plain.part(at + 1..end);
    if end - at < 3 || !name.chars().any(char::is_alphabetic) {
        return None;
    }
    if plain.byte(end) == b'@' {
        let host = name_end(plain, end + 1);
        let dotted = plain.part(end + 1..host).bytes().any(|byte| byte == b'.');
        return dotted.then_some((host, 95));
    }
    let simple = name.bytes().all(|byte| byte.is_ascii_lowercase());
    let label = plain.label(at, 3, &[List::Service, List::CommonService, List::NameWord]).is_some();
    let behind_word = before == b' ' && plain.before(at - 1).is_ascii_alphanumeric();
    if simple && plain.is_capital(at + 1) && behind_word && !label {
        return None;
    }
    Some((end, if label { 92 } else { 65 }))
}

/// Where a name ends: letters, digits, underscores, and dots and dashes inside.
fn name_end(plain: &Plain, start: usize) -> usize {
    let rest = plain.low().get(start..).unwrap_or_default();
    let mut end = start;
    for c in rest.chars().take(40) {
        if !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '#')) {
            break;
        }
        end += c.len_utf8();
    }
    while end > start && b".-#".contains(&plain.before(end)) {
        end -= 1;
    }
    end
}

/// The name behind the name of a service that begins here: `Telegram: lea_m`, `Discord lea#1234`, `LINE ID: lea`.
fn labelled(plain: &Plain, at: usize) -> Option<core::ops::Range<usize>> {
    let mut end = plain.word_end(at);
    let word = plain.part(at..end);
    let common = plain.is(List::CommonService, word);
    if end - at > 12 || !common && !plain.is(List::Service, word) {
        return None;
    }
    let next = plain.gap_end(end, 1);
    let name = plain.word_end(next);
    let named = plain.byte(end) == b' ' && plain.is(List::NameWord, plain.part(next..name));
    if named {
        end = name;
    }
    // `is`, a colon, an equals sign; nothing before `name#1234`. A name behind an at sign is found by that.
    let mut start = plain.gap_end(end, 4);
    let gap = plain.part(end..start).as_bytes();
    let is = plain.word_end(start);
    let copula = named && listed("is ist est es e jest", plain.part(start..is));
    if copula {
        start = plain.gap_end(is, 2);
    }
    let mut last = name_end(plain, start);
    // `live:lea.m`
    let live = plain.byte(last) == b':' && plain.part(start..last) == "live";
    if live {
        last = name_end(plain, last + 1);
    }
    let tagged = plain.part(start..last).bytes().any(|byte| byte == b'#');
    let said = gap.iter().any(|byte| b":=".contains(byte)) || copula || tagged || live;
    let apart = gap.iter().all(|byte| b" :=@-|".contains(byte)) && !gap.is_empty();
    let digits = plain.part(start..last).bytes().all(|byte| byte.is_ascii_digit());
    (said && apart && (!common || named) && !gap.contains(&b'@') && last - start >= 3 && !digits).then_some(start..last)
}
