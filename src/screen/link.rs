//! Links that are made for one person, and links to somebody's account. Plain web addresses stay.

use super::contacts::Plain;
use super::hit::Hit;
use super::lists::List;
use crate::vocabulary::Trace;

/// Finds them. An address is what stands between spaces.
#[inline(never)]
pub(super) fn find(plain: &Plain) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    let low = plain.low();
    let mut at = 0;
    for token in low.split_ascii_whitespace() {
        // The tokens lie in the text one behind the other.
        let start = at + low.get(at..).map_or(0, |rest| rest.len() - rest.trim_ascii_start().len());
        at = start + token.len();
        if !token.bytes().any(|byte| byte == b'/' || byte == b'?') {
            continue;
        }
        let scheme = token.as_bytes().windows(3).position(|part| part == b"://");
        // What clings to it from the left: a bracket, a word and a colon.
        let from = scheme.map_or(0, |place| {
            let before = token.as_bytes().get(..place).unwrap_or_default();
            place - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'+').count()
        });
        let bytes = token.as_bytes();
        let clings = |byte: &&u8| b"(<[\"'.,;!)>]:".contains(byte);
        let from = from + bytes.get(from..).unwrap_or_default().iter().take_while(clings).count();
        let last = token.len() - bytes.iter().rev().take_while(clings).count();
        let Some(address) = token.get(from..last) else { continue };
        let Some(behind) = address.get(scheme.map_or(0, |place| (place + 3).saturating_sub(from))..) else { continue };
        if let Some((kind, rule)) = personal(plain, behind, scheme.is_some()) {
            found.push(plain.hit(start + from..start + from + address.len(), kind, rule, 92));
        }
    }
    found
}

/// What is personal about an address, if anything is: host, path, parameters.
fn personal(plain: &Plain, address: &str, schemed: bool) -> Option<(Trace, &'static str)> {
    let end = address.bytes().position(|byte| b"/?#".contains(&byte))?;
    let (authority, rest) = address.split_at_checked(end)?;
    // `name:word@host`
    if schemed && authority.bytes().any(|byte| byte == b'@') {
        return Some((Trace::PersonalLink, "link.login"));
    }
    let port = authority.bytes().position(|byte| byte == b':').unwrap_or(authority.len());
    let host = authority.get(..port)?;
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
    if !host.bytes().any(|byte| byte == b'.') && !schemed {
        return None;
    }
    let path_end = rest.bytes().position(|byte| byte == b'?' || byte == b'#').unwrap_or(rest.len());
    let (path, parameters) = rest.split_at_checked(path_end)?;
    for (hosts, kind, rule) in
        [(List::AccountHost, Trace::Handle, "link.account"), (List::BookingHost, Trace::PersonalLink, "link.booking")]
    {
        if is_below(plain.lists.words(hosts), host, path) {
            return Some((kind, rule));
        }
    }
    if host.ends_with("youcanbook.me") {
        return Some((Trace::PersonalLink, "link.booking"));
    }
    let mut opening = false;
    for part in path.split('/') {
        if is_token(part) || opening && part.len() >= 6 && part.bytes().any(|byte| byte.is_ascii_digit()) {
            return Some((Trace::PersonalLink, "link.token"));
        }
        opening |= plain.is(List::Opening, part);
    }
    let pairs = parameters.split(['?', '&', '#', ';']).map(|pair| pair.split_once('=').unwrap_or(("", pair)));
    for (key, value) in pairs {
        let address = value.bytes().any(|byte| byte == b'@') || value.as_bytes().windows(3).any(|part| part == b"%40");
        if address || is_token(value) || value.len() >= 6 && plain.is(List::Key, key) {
            return Some((Trace::PersonalLink, "link.token"));
        }
    }
    None
}

/// Whether an address is below one of some hosts, with a name behind it.
fn is_below(hosts: &str, host: &str, path: &str) -> bool {
    hosts.split(' ').any(|entry| {
        let (name, folder) = entry.split_once('/').unwrap_or((entry, ""));
        let inside = path.get(1..).and_then(|path| path.strip_prefix(folder));
        name == host && inside.is_some_and(|inside| inside.bytes().filter(|byte| *byte != b'/').count() >= 2)
    })
}

/// Whether a word is made by a machine for one occasion: long, letters and digits mixed, as no word or number is.
fn is_token(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
    let dashes = part.bytes().filter(|byte| *byte == b'-').count();
    let others = part.len() - digits - letters - dashes;
    // Words with dashes between are a title, unless digits are everywhere in them (RFC 9562, a UUID).
    part.len() >= 16
        && letters >= 2
        && digits >= 3
        && others <= 3
        && (dashes <= 1 || digits * 4 >= part.len() && digits >= 8 && part.len() >= 30)
}
