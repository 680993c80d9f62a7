//! Canonical JSON (RFC 8785), so that an entry has exactly one form in bytes and one hash.
//!
//! It is the only writer of JSON in the guard: messages and reports come out canonical as well, and no second writer is shipped.

use core::cmp::Ordering;
use std::borrow::Cow;

use serde::ser::{self, Serialize};

use super::plain;

/// The largest whole number that every reader of JSON reads alike (RFC 7493, section 2.2).
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// Why something has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCanonical {
    /// A number that is not whole, or beyond 2^53 - 1. Documents hold counts and indexes only.
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

impl ser::Error for NotCanonical {
    fn custom<T: core::fmt::Display>(_: T) -> Self {
        Self::Form
    }
}

/// Writes something in canonical JSON: keys sorted by UTF-16 code units, no white space, the shortest escapes.
///
/// # Errors
/// [`NotCanonical`] for numbers that are not whole.
pub fn to_canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, NotCanonical> {
    written(&mut |out| value.serialize(Writer(out)))
}

#[inline(never)]
fn written(write: &mut dyn FnMut(&mut Output) -> Noted) -> Result<String, NotCanonical> {
    let mut out = Output::default();
    let end = write(&mut out);
    out.note(end);
    out.wrong.map_or(Ok(out.text), Err)
}

/// The text so far, and what was wrong first. Writing goes on behind a mistake and the whole is given up at the end: a way out behind each value of
/// each document would ship.
#[derive(Default)]
struct Output {
    text: String,
    wrong: Option<NotCanonical>,
    /// The members of all objects under way, as they came: their keys, and where each begins in the text.
    members: Vec<(Cow<'static, str>, usize)>,
    /// For each object under way its first member, and where it begins.
    objects: Vec<(usize, usize)>,
    /// Where an object is put in order; empty in between.
    sorted: String,
}

/// What is written on the way: nothing can go wrong that is not noted.
type Noted = Result<(), NotCanonical>;

impl Output {
    #[inline(never)]
    fn note(&mut self, end: Noted) {
        if let Err(wrong) = end {
            self.wrong = self.wrong.or(Some(wrong));
        }
    }

    #[inline(never)]
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
    }

    #[inline(never)]
    fn whole(&mut self, size: u64, sign: &str) {
        if size > LARGEST {
            self.note(Err(NotCanonical::Number));
        }
        self.text.push_str(sign);
        self.text.push_str(&size.to_string());
    }

    #[inline(never)]
    fn string(&mut self, text: &str) {
        let out = &mut self.text;
        out.push('"');
        if plain(text.as_bytes()) == text.len() {
            out.push_str(text);
            out.push('"');
            return;
        }
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
                    for half in [u32::from(c) >> 4, u32::from(c) & 15] {
                        out.push(char::from_digit(half, 16).unwrap_or_default());
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }

    #[inline(never)]
    fn open(&mut self) {
        self.objects.push((self.members.len(), self.text.len()));
    }

    /// Begins a member.
    #[inline(never)]
    fn key(&mut self, key: Cow<'static, str>) {
        let at = self.text.len();
        self.text.push(',');
        self.string(&key);
        self.text.push(':');
        self.members.push((key, at));
    }

    /// Puts the members of the last object in order.
    #[inline(never)]
    fn close(&mut self) {
        let (first, start) = self.objects.pop().unwrap_or_default();
        let keys = self.members.get(first..).unwrap_or_default();
        if keys.is_sorted_by(|(one, _), (other, _)| order(one, other).is_lt()) {
            // The bracket takes the place of the comma before the first.
            self.text.replace_range(start..self.text.len().min(start + 1), "{");
        } else {
            let mut sorted: Vec<(&str, &str)> = Vec::with_capacity(keys.len());
            let mut end = self.text.len();
            let mut is_sound = true;
            for (key, at) in keys.iter().rev() {
                let member = self.text.get(at + 1..end).unwrap_or_default();
                end = *at;
                match sorted.binary_search_by(|(other, _)| order(other, key)) {
                    // Two members of one name have no canonical order.
                    Ok(_) => is_sound = false,
                    Err(place) => sorted.insert(place, (key, member)),
                }
            }
            let mut sign = '{';
            for (_, member) in sorted {
                self.sorted.push(sign);
                self.sorted.push_str(member);
                sign = ',';
            }
            self.text.truncate(start);
            self.text.push_str(&self.sorted);
            self.sorted.clear();
            if !is_sound {
                self.note(Err(NotCanonical::Form));
            }
        }
        self.members.truncate(first);
        self.text.push('}');
    }

    /// A list, of which `next` writes one item after the other as long as there is one. Once for all types of items, since it ships.
    #[inline(never)]
    fn list(&mut self, next: &mut dyn FnMut(&mut Self) -> bool) {
        let start = self.text.len();
        loop {
            self.text.push(if self.text.len() == start { '[' } else { ',' });
            let before = self.text.len();
            if !next(self) {
                // The comma before an item that was not there; of an empty list the bracket stays.
                self.text.truncate(if before == start + 1 { before } else { before - 1 });
                break;
            }
        }
        self.text.push(']');
    }
}

/// How two keys compare: by their UTF-16 code units, which is by their bytes unless both have characters beyond ASCII.
fn order(one: &str, other: &str) -> Ordering {
    // The short way would ship, and what is written in a browser is short.
    let is_short = cfg!(not(target_arch = "wasm32")) && (one.is_ascii() || other.is_ascii());
    if is_short { one.cmp(other) } else { one.encode_utf16().cmp(other.encode_utf16()) }
}

/// Writes one value.
struct Writer<'a>(&'a mut Output);

/// A list under way.
struct List<'a> {
    out: &'a mut Output,
    sign: &'static str,
}

/// An object under way, the last that was opened.
struct Members<'a>(&'a mut Output);

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = NotCanonical;
    type SerializeSeq = List<'a>;
    type SerializeTuple = ser::Impossible<(), NotCanonical>;
    type SerializeTupleStruct = ser::Impossible<(), NotCanonical>;
    type SerializeTupleVariant = ser::Impossible<(), NotCanonical>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = ser::Impossible<(), NotCanonical>;

    fn serialize_bool(self, yes: bool) -> Noted {
        self.0.plain(if yes { "true" } else { "false" });
        Ok(())
    }
    fn serialize_i8(self, number: i8) -> Noted {
        self.serialize_i64(number.into())
    }
    fn serialize_i16(self, number: i16) -> Noted {
        self.serialize_i64(number.into())
    }
    fn serialize_i32(self, number: i32) -> Noted {
        self.serialize_i64(number.into())
    }
    fn serialize_i64(self, number: i64) -> Noted {
        self.0.whole(number.unsigned_abs(), if number < 0 { "-" } else { "" });
        Ok(())
    }
    fn serialize_u8(self, number: u8) -> Noted {
        self.serialize_u64(number.into())
    }
    fn serialize_u16(self, number: u16) -> Noted {
        self.serialize_u64(number.into())
    }
    fn serialize_u32(self, number: u32) -> Noted {
        self.serialize_u64(number.into())
    }
    fn serialize_u64(self, number: u64) -> Noted {
        self.0.whole(number, "");
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Noted {
        Err(NotCanonical::Number)
    }
    fn serialize_f64(self, _: f64) -> Noted {
        Err(NotCanonical::Number)
    }
    fn serialize_char(self, c: char) -> Noted {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Noted {
        self.0.string(text);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Noted {
        Err(NotCanonical::Form)
    }
    fn serialize_none(self) -> Noted {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Noted {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Noted {
        self.0.plain("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Noted {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Noted {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Noted {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, variant: &'static str, value: &T) -> Noted {
        self.0.open();
        let mut members = Members(self.0);
        ser::SerializeStruct::serialize_field(&mut members, variant, value)?;
        ser::SerializeStruct::end(members)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, NotCanonical> {
        Ok(List { out: self.0, sign: "[" })
    }
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, items: I) -> Noted {
        let mut items = items.into_iter();
        self.0.list(&mut |out| {
            let Some(item) = items.next() else { return false };
            let end = item.serialize(Writer(out));
            out.note(end);
            true
        });
        Ok(())
    }
    // Documents have no tuples and no variants with fields of their own.
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotCanonical> {
        Err(NotCanonical::Form)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NotCanonical> {
        Err(NotCanonical::Form)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotCanonical> {
        Err(NotCanonical::Form)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, NotCanonical> {
        self.0.open();
        Ok(Members(self.0))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, NotCanonical> {
        self.0.open();
        Ok(Members(self.0))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotCanonical> {
        Err(NotCanonical::Form)
    }
}

impl ser::SerializeSeq for List<'_> {
    type Ok = ();
    type Error = NotCanonical;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Noted {
        self.out.plain(core::mem::replace(&mut self.sign, ","));
        let end = value.serialize(Writer(self.out));
        self.out.note(end);
        Ok(())
    }
    fn end(self) -> Noted {
        self.out.plain(if self.sign == "[" { "[]" } else { "]" });
        Ok(())
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = NotCanonical;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Noted {
        // From what a key is written as; it must be a text.
        match to_canonical(key).map(|key| super::from_str::<String>(&key)) {
            Ok(Ok(key)) => self.0.key(key.into()),
            _ => self.0.note(Err(NotCanonical::Form)),
        }
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Noted {
        let end = value.serialize(Writer(self.0));
        self.0.note(end);
        Ok(())
    }
    fn end(self) -> Noted {
        self.0.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = NotCanonical;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Noted {
        self.0.key(key.into());
        let end = value.serialize(Writer(self.0));
        self.0.note(end);
        Ok(())
    }
    fn end(self) -> Noted {
        self.0.close();
        Ok(())
    }
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
        assert_eq!(to_canonical("\u{1}\u{1f}\"\\/é\u{7f}").unwrap(), "\"\\u0001\\u001f\\\"\\\\/é\u{7f}\"");
    }

    #[test]
    fn only_whole_numbers_have_a_form() {
        assert_eq!(to_canonical(&json!([0, -5, 9_007_199_254_740_991_u64])).unwrap(), "[0,-5,9007199254740991]");
        assert_eq!(to_canonical(&json!(1.5)), Err(NotCanonical::Number));
        assert_eq!(to_canonical(&json!(9_007_199_254_740_992_u64)), Err(NotCanonical::Number));
    }

    #[test]
    fn nesting_of_every_sort() {
        let value = json!({ "b": [[], {}, null, true], "a": { "d": "", "c": [1, [2]] } });
        assert_eq!(to_canonical(&value).unwrap(), r#"{"a":{"c":[1,[2]],"d":""},"b":[[],{},null,true]}"#);
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
