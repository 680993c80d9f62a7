//! Canonical JSON (RFC 8785), so that an entry has exactly one form in bytes and one hash.
//!
//! It is the only writer of JSON in the guard: messages and reports come out canonical as well, and no second writer is shipped.

use serde::ser::{self, Serialize};

/// The largest whole number that every reader of JSON reads alike (RFC 7493, section 2.2).
const LARGEST: u64 = (1 << 53) - 1;

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
    value.serialize(Writer)
}

/// Writes one value and gives back its text.
struct Writer;

/// A list under way.
struct List(String);

impl List {
    fn new() -> Self {
        Self("[".into())
    }

    #[inline(never)]
    fn push(&mut self, value: Result<String, NotCanonical>) -> Result<(), NotCanonical> {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&value?);
        Ok(())
    }

    // Once for all types of items, since it ships.
    #[inline(never)]
    fn of(next: &mut dyn FnMut() -> Option<Result<String, NotCanonical>>) -> Result<String, NotCanonical> {
        let mut list = Self::new();
        while let Some(item) = next() {
            list.push(item)?;
        }
        Ok(list.close())
    }

    fn close(self) -> String {
        self.0 + "]"
    }
}

/// An object under way: its members, each key with the text of its value, in the order of keys.
struct Members {
    members: Vec<(String, String)>,
    key: Option<String>,
}

impl Members {
    const fn new() -> Self {
        Self { members: Vec::new(), key: None }
    }

    // Once for all types of members, since it ships.
    #[inline(never)]
    fn insert(&mut self, key: &str, value: Result<String, NotCanonical>) -> Result<(), NotCanonical> {
        let value = value?;
        let place = self.members.binary_search_by(|(other, _)| other.encode_utf16().cmp(key.encode_utf16()));
        match place {
            // Two members of one name have no canonical order.
            Ok(_) => Err(NotCanonical::Form),
            Err(at) => {
                self.members.insert(at, (key.to_owned(), value));
                Ok(())
            }
        }
    }

    fn close(self) -> String {
        let mut text = String::from("{");
        for (number, (key, value)) in self.members.into_iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            push_text(&key, &mut text);
            text.push(':');
            text.push_str(&value);
        }
        text.push('}');
        text
    }
}

fn whole(number: i128) -> Result<String, NotCanonical> {
    let within = u64::try_from(number.unsigned_abs()).is_ok_and(|size| size <= LARGEST);
    // Cut to 64 bits only once it is known to fit.
    i64::try_from(number).ok().filter(|_| within).map(|number| number.to_string()).ok_or(NotCanonical::Number)
}

fn push_text(text: &str, out: &mut String) {
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

/// A key as text, from what a key is written as.
fn key_of<T: Serialize + ?Sized>(key: &T) -> Result<String, NotCanonical> {
    super::from_str(&to_canonical(key)?).map_err(|_| NotCanonical::Form)
}

impl ser::Serializer for Writer {
    type Ok = String;
    type Error = NotCanonical;
    type SerializeSeq = List;
    type SerializeTuple = ser::Impossible<String, NotCanonical>;
    type SerializeTupleStruct = ser::Impossible<String, NotCanonical>;
    type SerializeTupleVariant = ser::Impossible<String, NotCanonical>;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = ser::Impossible<String, NotCanonical>;

    fn serialize_bool(self, yes: bool) -> Result<String, NotCanonical> {
        Ok(if yes { "true" } else { "false" }.to_owned())
    }
    fn serialize_i8(self, number: i8) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_i16(self, number: i16) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_i32(self, number: i32) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_i64(self, number: i64) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_u8(self, number: u8) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_u16(self, number: u16) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_u32(self, number: u32) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_u64(self, number: u64) -> Result<String, NotCanonical> {
        whole(number.into())
    }
    fn serialize_f32(self, _: f32) -> Result<String, NotCanonical> {
        Err(NotCanonical::Number)
    }
    fn serialize_f64(self, _: f64) -> Result<String, NotCanonical> {
        Err(NotCanonical::Number)
    }
    fn serialize_char(self, c: char) -> Result<String, NotCanonical> {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Result<String, NotCanonical> {
        let mut out = String::new();
        push_text(text, &mut out);
        Ok(out)
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<String, NotCanonical> {
        Err(NotCanonical::Form)
    }
    fn serialize_none(self) -> Result<String, NotCanonical> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, NotCanonical> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<String, NotCanonical> {
        Ok("null".to_owned())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<String, NotCanonical> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<String, NotCanonical> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<String, NotCanonical> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<String, NotCanonical> {
        let mut members = Members::new();
        members.insert(variant, to_canonical(value))?;
        Ok(members.close())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List, NotCanonical> {
        Ok(List::new())
    }
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, items: I) -> Result<String, NotCanonical> {
        let mut items = items.into_iter();
        List::of(&mut || items.next().map(|item| to_canonical(&item)))
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
    fn serialize_map(self, _: Option<usize>) -> Result<Members, NotCanonical> {
        Ok(Members::new())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, NotCanonical> {
        Ok(Members::new())
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

impl ser::SerializeSeq for List {
    type Ok = String;
    type Error = NotCanonical;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.push(to_canonical(value))
    }
    fn end(self) -> Result<String, NotCanonical> {
        Ok(self.close())
    }
}

impl ser::SerializeMap for Members {
    type Ok = String;
    type Error = NotCanonical;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        self.key = Some(key_of(key)?);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        let key = self.key.take().ok_or(NotCanonical::Form)?;
        self.insert(&key, to_canonical(value))
    }
    fn end(self) -> Result<String, NotCanonical> {
        Ok(self.close())
    }
}

impl ser::SerializeStruct for Members {
    type Ok = String;
    type Error = NotCanonical;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NotCanonical> {
        self.insert(key, to_canonical(value))
    }
    fn end(self) -> Result<String, NotCanonical> {
        Ok(self.close())
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
