//! Reading JSON that comes from outside: pages, policies, adapters, logs, the store.
//!
//! Own code, for three reasons. Input is hostile, and here every limit is in sight: depth, numbers, keys that stand twice, keys that
//! nobody knows. Every problem, also about what a word means, has a line, a column and what to write instead, and all of them are told
//! at once. And it ships: the usual derived readers for these documents are a third of the whole budget, this one is a tenth.
//!
//! A document says how it is read in one line, [`record!`]. There is one way to write, too: [`to_canonical`].

mod canonical;
mod problem;

pub use canonical::{NotCanonical, to_canonical};
pub(crate) use problem::told;
pub use problem::{Problem, Problems};

use core::fmt::Display;
use std::borrow::Cow;

use crate::sorted::{Map, Set};
use problem::{TELLS, nearest};

/// How deep lists and objects may lie in each other.
const DEEPEST: u32 = 64;

/// A value, with where it stands in the text. Words are parts of that text as long as nothing in them is escaped: logs are long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<'t> {
    at: usize,
    value: Value<'t>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value<'t> {
    Null,
    Bool(bool),
    /// Documents hold counts and indexes, so numbers are whole.
    Number(i64),
    Text(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Object(Vec<Member<'t>>),
}

/// A member of an object; `at` is where its key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member<'t> {
    at: usize,
    key: Cow<'t, str>,
    value: Json<'t>,
}

/// Something that can be read from JSON, part by part into its place: a document that is put together as it is moved along ships each move, and each
/// way out on which what was read so far is dropped. Half of a document never comes out: whoever reads throws it away as a whole.
pub trait Read {
    /// What stands in its place before it is read. It means nothing.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads it. False only after at least one problem was told.
    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool;

    /// Reads it as a value of its own. Nothing comes back only after at least one problem was told.
    fn of(json: &Json, problems: &mut Problems) -> Option<Self>
    where
        Self: Sized,
    {
        let mut read = Self::blank();
        read.read(json, problems).then_some(read)
    }
}

/// Reads a document.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn from_str<T: Read>(text: &str) -> Result<T, Problem> {
    let mut read = T::blank();
    first_problem(text, &mut read).map_or(Ok(read), Err)
}

/// Reads a document that must stand in its one form (RFC 8785): as [`to_canonical`] writes what is read.
///
/// A text with keys in order, no white space, no escapes and no sign before a number is in the one form of its values. It is that of what was read if sets
/// were in order and nothing stood there that is left out when it is empty. All that shows while it is read; only where it does not is it written again.
///
/// `T` has to leave out what its record may lack (`skip_serializing_if`): then there is no other way in which the two can differ.
///
/// # Errors
/// What is wrong with it; none, if only its form is.
#[cfg(not(target_arch = "wasm32"))]
pub fn from_canonical<T: Read + serde::Serialize>(text: &str) -> Result<T, Option<Problem>> {
    let (mut read, mut is_exact) = (T::blank(), false);
    let problems = problems_in(text, &mut |json, problems| {
        let sound = read.read(json, problems);
        is_exact = problems.is_exact();
        sound
    });
    match problems.into_iter().next() {
        Some(problem) => Err(Some(problem)),
        None if is_exact || to_canonical(&read).ok().as_deref() == Some(text) => Ok(read),
        None => Err(None),
    }
}

#[inline(never)]
fn first_problem(text: &str, place: &mut dyn Read) -> Option<Problem> {
    problems_in(text, &mut |json, problems| place.read(json, problems)).into_iter().next()
}

/// Reads a document in a way of its own, for one that has more to check than its form.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn read_with<T>(text: &str, read: &mut dyn FnMut(&Json, &mut Problems) -> Option<T>) -> Result<T, Vec<Problem>> {
    let mut found = None;
    let problems = problems_in(text, &mut |json, problems| {
        found = read(json, problems);
        found.is_some()
    });
    match found {
        Some(found) if problems.is_empty() => Ok(found),
        _ => Err(problems),
    }
}

/// What is wrong with a text, as whoever reads it tells. Once for all types of documents, since it ships.
fn problems_in(text: &str, read: &mut dyn FnMut(&Json, &mut Problems) -> bool) -> Vec<Problem> {
    let mut problems = Problems::default();
    match parse(text, &mut problems) {
        Ok(json) => {
            if !read(&json, &mut problems) && problems.is_empty() {
                json.wrong(&mut problems, "this cannot be read", "");
            }
        }
        Err(Wrong { at, what }) => problems.tell(at, what, ""),
    }
    problems.placed(text)
}

/// Says how a record is read: the fields that must be there, then those that may be left out. Each field is its own key unless another
/// is given behind it. Any other key is a problem.
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
            fn blank() -> Self {
                Self { $($field: $crate::json::Read::blank(),)* $($option: Default::default(),)* }
            }

            fn read(&mut self, json: &$crate::json::Json, problems: &mut $crate::json::Problems) -> bool {
                const NEEDED: &[&str] = &[$($crate::json::record!(@key $field $($key)?)),*];
                json.record(
                    &[
                        $($crate::json::record!(@key $field $($key)?),)*
                        $($crate::json::record!(@key $option $($option_key)?),)*
                    ],
                    NEEDED.len(),
                    &mut [$(&mut self.$field,)* $(&mut self.$option,)*],
                    problems,
                )
            }
        }
    };
}
pub(crate) use record;

impl<'t> Json<'t> {
    /// Tells a problem with this very value.
    #[inline(always)]
    pub(crate) fn wrong(&self, problems: &mut Problems, what: impl Display, instead: impl Display) {
        problems.tell(self.at, what, instead);
    }

    /// Reads an object whose keys should all be known into the places of its fields, of which the first so many must be there.
    #[inline(never)]
    pub(crate) fn record(&self, keys: &[&str], needed: usize, places: &mut [&mut dyn Read], problems: &mut Problems) -> bool {
        let Some(mut record) = self.members(problems) else { return false };
        for Member { at, key, value } in record.members {
            if keys.contains(&&**key) {
                continue;
            }
            let free: Vec<&str> = keys.iter().copied().filter(|known| record.find(known).is_none()).collect();
            let meant = self.unknown("field", key, keys, &free, *at, problems);
            record.meant.push((meant.unwrap_or_default().to_owned(), value));
        }
        // Each is read, whatever was wrong before, so that all problems are told at once.
        record.fill(keys, needed, places, problems) && record.meant.is_empty()
    }

    /// The members of an object.
    pub(crate) fn members(&self, problems: &mut Problems) -> Option<Record<'_, 't>> {
        match &self.value {
            Value::Object(members) => Some(Record { json: self, members, meant: Vec::new() }),
            _ => self.expected("an object", "an object in braces", problems),
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self, problems: &mut Problems) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => self.expected("a text", "a text in double quotes", problems),
        }
    }

    /// The place of a text in a closed list of words.
    pub(crate) fn word(&self, kind: &str, words: &[&str], problems: &mut Problems) -> Option<usize> {
        let word = self.text(problems)?;
        let place = words.iter().position(|known| *known == word);
        if place.is_none() {
            self.unknown(kind, word, words, words, self.at, problems);
        }
        place
    }

    /// The texts of a list as bits, each at its place in a closed list of words.
    pub(crate) fn choice(&self, kind: &str, words: &[&str], problems: &mut Problems) -> Option<u32> {
        let mut bits: u32 = 0;
        let sound = self.visit(problems, &mut |item, problems| {
            let place = item.word(kind, words, problems);
            place
                .map(|place| {
                    problems.loosen(bits >> place != 0);
                    bits |= 1 << place;
                })
                .is_some()
        });
        sound.then_some(bits)
    }

    /// Tells of a word that nobody knows, with the one of `free` that was probably meant, which is given back, or else with all.
    fn unknown<'w>(
        &self,
        kind: &str,
        word: &str,
        all: &[&str],
        free: &[&'w str],
        at: usize,
        problems: &mut Problems,
    ) -> Option<&'w str> {
        if !TELLS {
            problems.tell(at, "", "");
            return None;
        }
        let meant = nearest(word, free);
        let instead = meant.map_or_else(|| format!("one of {}", all.join(", ")), |meant| Quoted(meant).to_string());
        problems.tell(at, format_args!("unknown {kind} {}", Quoted(word)), instead);
        meant
    }

    /// A member of an object, if this is one and has it, though its key may be mistyped; null is none. For checks beyond the form, which tell
    /// nothing twice.
    pub(crate) fn member(&self, key: &str) -> Option<&Self> {
        let exact = self.pairs().find(|(other, _)| *other == key);
        let member = exact.or_else(|| self.pairs().find(|(other, _)| nearest(other, &[key]).is_some()));
        member.map(|(_, value)| value).filter(|json| json.value != Value::Null)
    }

    /// The items of a list; none, if this is none.
    pub(crate) fn each(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Whether this is a list with nothing in it.
    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::List(items) if items.is_empty())
    }

    /// Whether it is what is left out where it may be: null, or empty.
    fn is_blank(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::List(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// This text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object with their keys; none, if this is none.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members: &[Member<'t>] = if let Value::Object(members) = &self.value { members } else { &[] };
        members.iter().map(|member| (&*member.key, &member.value))
    }

    fn items(&self, problems: &mut Problems) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Text(text) => self.expected("a list", format_args!("[\"{text}\"]"), problems),
            _ => self.expected("a list", "a list in square brackets", problems),
        }
    }

    /// Reads every item of a list; false if one of them could not be read.
    #[inline(never)]
    fn visit(&self, problems: &mut Problems, read: &mut dyn FnMut(&Self, &mut Problems) -> bool) -> bool {
        let items = self.items(problems);
        let mut sound = items.is_some();
        for item in items.unwrap_or_default() {
            sound &= read(item, problems);
        }
        sound
    }

    /// Reads every member of an object, its key as a text; false if one of them could not be read.
    #[inline(never)]
    fn visit_members(&self, problems: &mut Problems, read: &mut dyn FnMut(&Self, &Self, &mut Problems) -> bool) -> bool {
        let record = self.members(problems);
        let mut sound = record.is_some();
        for member in record.map(|record| record.members).unwrap_or_default() {
            let key = Self { at: member.at, value: Value::Text(member.key.clone()) };
            sound &= read(&key, &member.value, problems);
        }
        sound
    }

    fn number(&self, problems: &mut Problems) -> Option<i64> {
        match &self.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) if text.parse::<i64>().is_ok() => {
                self.expected("a whole number", format_args!("{text}, without quotes"), problems)
            }
            _ => self.expected("a whole number", "a whole number, without quotes", problems),
        }
    }

    #[inline(always)]
    fn expected<T>(&self, what: &str, instead: impl Display, problems: &mut Problems) -> Option<T> {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.wrong(problems, format_args!("expected {what}, found {found}"), instead);
        None
    }

    fn whole<T: TryFrom<i64>>(&self, problems: &mut Problems) -> Option<T> {
        let number = T::try_from(self.number(problems)?).ok();
        if number.is_none() {
            self.wrong(problems, "the number is out of range", "a smaller number, not below zero");
        }
        number
    }
}

/// The members of an object.
pub(crate) struct Record<'a, 't> {
    json: &'a Json<'t>,
    members: &'a [Member<'t>],
    /// For each key that nobody knows, the one that was probably meant, and the value.
    meant: Vec<(String, &'a Json<'t>)>,
}

impl<'a, 't> Record<'a, 't> {
    /// The value of a key. Behind a mistyped key it is read as what was meant, so that what is wrong in it is told at once too.
    fn find(&self, key: &str) -> Option<&'a Json<'t>> {
        let member = self.members.iter().find(|member| member.key == key).map(|member| &member.value);
        member.or_else(|| self.meant.iter().find(|(meant, _)| meant == key).map(|(_, value)| *value))
    }

    /// Reads the members into the places of their keys, of which the first so many must be there.
    pub(crate) fn fill(&self, keys: &[&str], needed: usize, places: &mut [&mut dyn Read], problems: &mut Problems) -> bool {
        let mut sound = true;
        for (number, (key, place)) in keys.iter().zip(places).enumerate() {
            if let Some(json) = self.find(key) {
                problems.loosen(number >= needed && json.is_blank());
                sound &= place.read(json, problems);
            } else if number < needed {
                self.json.wrong(problems, format_args!("missing field `{key}`"), format_args!("`\"{key}\": ...`"));
                sound = false;
            }
        }
        sound
    }

    /// The only member.
    pub(crate) fn only(&self, problems: &mut Problems) -> Option<(&'a str, &'a Json<'t>)> {
        if let [Member { key, value, .. }] = self.members {
            return Some((key, value));
        }
        self.json.wrong(problems, "expected exactly one field", "");
        None
    }
}

/// A word as problems repeat it: not at all if it is long, since it may come from a page.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        const SHOWN: usize = 60;
        if self.0.chars().nth(SHOWN).is_some() { f.write_str("(too long to repeat)") } else { write!(f, "`{}`", self.0) }
    }
}

/// Something that is let be, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread;

impl Read for Unread {
    fn blank() -> Self {
        Self
    }

    fn read(&mut self, _: &Json, _: &mut Problems) -> bool {
        true
    }
}

impl Read for String {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        put(self, json.text(problems).map(str::to_owned))
    }
}

impl Read for bool {
    fn blank() -> Self {
        false
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        match json.value {
            Value::Bool(yes) => put(self, Some(yes)),
            _ => put(self, json.expected("true or false", "true or false, without quotes", problems)),
        }
    }
}

impl Read for u32 {
    fn blank() -> Self {
        0
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        put(self, json.whole(problems))
    }
}

impl Read for u64 {
    fn blank() -> Self {
        0
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        put(self, json.whole(problems))
    }
}

impl<T: Read> Read for Option<T> {
    fn blank() -> Self {
        None
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        json.is_null() || self.insert(T::blank()).read(json, problems)
    }
}

impl<T: Read> Read for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        json.visit(problems, &mut |item, problems| {
            self.push(T::blank());
            self.last_mut().is_some_and(|last| last.read(item, problems))
        })
    }
}

impl<T: Read + Ord> Read for Set<T> {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        json.visit(problems, &mut |item, problems| {
            let item = T::of(item, problems);
            item.map(|item| {
                problems.loosen(self.iter().next_back().is_some_and(|last| *last >= item));
                self.insert(item);
            })
            .is_some()
        })
    }
}

impl<K: Read + Ord, V: Read> Read for Map<K, V> {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        json.visit_members(problems, &mut |key, value, problems| {
            let key = K::of(key, problems);
            let value = V::of(value, problems);
            key.zip(value).map(|(key, value)| self.insert(key, value)).is_some()
        })
    }
}

/// Puts what was read in its place.
pub(crate) fn put<T>(place: &mut T, read: Option<T>) -> bool {
    read.map(|read| *place = read).is_some()
}

/// Why a text is no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    at: usize,
    what: &'static str,
}

impl Wrong {
    #[inline(always)]
    const fn at(at: usize, what: &'static str) -> Self {
        Self { at, what: if TELLS { what } else { "" } }
    }
}

/// Reads a text into values.
fn parse<'t>(text: &'t str, problems: &mut Problems) -> Result<Json<'t>, Wrong> {
    let mut parser = Parser { text, at: 0, is_loose: false };
    let json = parser.value(0)?;
    parser.space();
    problems.loosen(parser.is_loose);
    if parser.at < text.len() { Err(parser.wrong("there is something behind the end")) } else { Ok(json) }
}

/// How many bytes stand before the first that stands in no text as it is: a quote, a backslash or a control character.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // Eight at a time (the lowest byte that is found is one, those above may not be); that would ship, and what is read in a browser is short.
    let (words, rest) = if cfg!(target_arch = "wasm32") { (&[][..], bytes) } else { bytes.as_chunks::<8>() };
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = (below(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7);
        if found != 0 {
            return 8 * number + found.trailing_zeros() as usize / 8;
        }
    }
    let ends = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '));
    8 * words.len() + ends.unwrap_or(rest.len())
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Whether something may not stand in the one form of its values.
    is_loose: bool,
}

impl<'t> Parser<'t> {
    #[inline(always)]
    fn wrong(&self, what: &'static str) -> Wrong {
        Wrong::at(self.at, what)
    }

    /// Only the tools ask for it.
    #[inline(always)]
    const fn loosen(&mut self, is_loose: bool) {
        if cfg!(not(target_arch = "wasm32")) {
            self.is_loose |= is_loose;
        }
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
            self.loosen(true);
        }
    }

    fn value(&mut self, depth: u32) -> Result<Json<'t>, Wrong> {
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

    fn word(&mut self) -> Result<Value<'t>, Wrong> {
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
                .ok_or_else(|| Wrong::at(start, "the number is out of range"))?;
            self.at += 1;
        }
        let count = self.at - digits;
        if count == 0 || count > 1 && self.text.as_bytes().get(digits) == Some(&b'0') {
            return Err(Wrong::at(start, "this is not a number"));
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(Wrong::at(start, "expected a whole number"));
        }
        self.loosen(negative || number.unsigned_abs() > canonical::LARGEST);
        Ok(if negative { -number } else { number })
    }

    fn list(&mut self, depth: u32) -> Result<Value<'t>, Wrong> {
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

    fn object(&mut self, depth: u32) -> Result<Value<'t>, Wrong> {
        self.at += 1;
        let (mut members, mut is_sorted) = (Vec::<Member<'t>>::with_capacity(8), true);
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
            // In order, as in all that was written here, none stands twice.
            is_sorted &= members.last().is_none_or(|last| last.key < key);
            // The order of bytes is that of UTF-16 where one of the two is plain.
            self.loosen(!is_sorted || !key.is_ascii());
            if !is_sorted && members.iter().any(|other| other.key == key) {
                // One of the two would be lost, and nobody could say which.
                return Err(Wrong::at(at, "this key stands here a second time"));
            }
            self.space();
            if !self.eat(b':') {
                return Err(self.wrong("expected `:`"));
            }
            let value = self.value(depth + 1)?;
            members.push(Member { at, key, value });
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.wrong("expected `,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Wrong> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            self.at += plain(self.text.as_bytes().get(start..).unwrap_or_default());
            let part = self.text.get(start..self.at).unwrap_or_default();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    // Behind an escape it is not empty.
                    if out.is_empty() {
                        return Ok(Cow::Borrowed(part));
                    }
                    out.push_str(part);
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => {
                    self.loosen(true);
                    out.push_str(part);
                    out.push(self.escape()?);
                }
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
            ("{\"type\": 1,\n  \"nam\": 1}", "line 2, column 3: unknown field `nam`; write `name`"),
            ("{\"name\": [], \"type\": 1}", "line 1, column 10: expected a text, found a list; write a text in double quotes"),
            ("{\"name\": \"a\", \"type\": -1}", "line 1, column 23: the number is out of range"),
            ("{\"name\": \"a\", \"type\": 1.5}", "line 1, column 23: expected a whole number"),
            ("{\"name\": \"a\", \"name\": \"b\"}", "line 1, column 15: this key stands here a second time"),
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
            if let Ok(json) = parse(&text, &mut Problems::default()) {
                let other: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert!(same(&json, &other), "{}", text);
            }
        }

        #[test]
        fn what_serde_json_writes_is_read(text in "\\PC{0,40}", number in -1_000_000_i64..1_000_000) {
            let other = serde_json::json!({ "a": [text, number, null, true, { "b": {} }] });
            for written in [other.to_string(), serde_json::to_string_pretty(&other).unwrap()] {
                prop_assert!(same(&parse(&written, &mut Problems::default()).unwrap(), &other));
            }
        }

        #[test]
        fn a_text_ends_where_a_byte_says_so(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x1e..0x24_u8, 0x5a..0x5e_u8, 0x9e..0xa4_u8], 0..40)) {
            let end = bytes.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\').unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), end);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = parse(&text, &mut Problems::default());
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
                a.len() == b.len() && a.iter().all(|a| b.get(a.key.as_ref()).is_some_and(|b| same(&a.value, b)))
            }
            _ => false,
        }
    }
}
