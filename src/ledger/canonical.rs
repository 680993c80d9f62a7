//! Canonical JSON (RFC 8785), so that an entry has exactly one form in bytes and one hash.

use serde::Serialize;
use serde_json::Value;

/// The largest whole number that every reader of JSON reads alike (RFC 7493, section 2.2).
const LARGEST: u64 = (1 << 53) - 1;

/// Why something has no canonical form here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCanonical {
    /// A number that is not whole, or beyond 2^53 - 1. Entries hold counts and indexes only.
    Number,
    /// It cannot be written as JSON at all.
    Form,
}

impl core::fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Number => "a number is not a whole number below 2^53",
            Self::Form => "it cannot be written as JSON",
        })
    }
}

impl core::error::Error for NotCanonical {}

/// Writes something in canonical JSON: keys sorted by UTF-16 code units, no white space, the shortest escapes.
///
/// # Errors
/// [`NotCanonical`] for numbers that are not whole.
pub fn to_canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|_| NotCanonical::Form)?;
    let mut text = String::new();
    write(&value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&whole(number)?),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<(&String, &Value)> = map.iter().collect();
            keys.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (number, (key, item)) in keys.into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn whole(number: &serde_json::Number) -> Result<String, NotCanonical> {
    let within = number.as_i64().is_some_and(|n| n.unsigned_abs() <= LARGEST);
    if within { Ok(number.to_string()) } else { Err(NotCanonical::Number) }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                out.push_str("\\u00");
                out.extend([u32::from(c) >> 4, u32::from(c) & 15].into_iter().filter_map(|half| char::from_digit(half, 16)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_by_utf16_and_escapes_are_the_shortest() {
        let value = json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7 });
        let sorted = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(to_canonical(&value).unwrap(), sorted);
        assert_eq!(to_canonical(&"\u{1}\u{1f}\"\\/é\u{7f}").unwrap(), "\"\\u0001\\u001f\\\"\\\\/é\u{7f}\"");
    }

    #[test]
    fn only_whole_numbers_have_a_form() {
        assert_eq!(to_canonical(&json!([0, -5, 9_007_199_254_740_991_u64])).unwrap(), "[0,-5,9007199254740991]");
        assert_eq!(to_canonical(&json!(1.5)), Err(NotCanonical::Number));
        assert_eq!(to_canonical(&json!(9_007_199_254_740_992_u64)), Err(NotCanonical::Number));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_is_written_the_same(keys in prop::collection::btree_map("\\PC{0,6}", "\\PC{0,12}", 0..6)) {
            let text = to_canonical(&keys).unwrap();
            let read: std::collections::BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &keys);
            prop_assert_eq!(to_canonical(&read).unwrap(), text);
        }
    }
}
