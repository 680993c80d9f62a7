//! Some of the words of a closed list.

use core::marker::PhantomData;

use serde::{Serialize, Serializer};

use crate::json::{Json, Problems, Read, put};

/// A closed list of at most 32 words.
pub trait Word: Copy + 'static {
    /// What one of them is called in messages.
    const KIND: &'static str;
    /// Every word of the list, in its order.
    const ALL: &'static [Self];
    /// The words as they are written in documents, in the same order.
    const WORDS: &'static [&'static str];

    /// Where the word stands in the list.
    fn place(self) -> u32;
}

/// Some of the words of a closed list, each at most once, in the order of the list. One number holds them: rules are asked often, and lists of words
/// make up most of them.
#[derive(Debug)]
pub struct Choice<T>(u32, PhantomData<T>);

impl<T> Choice<T> {
    /// None of them.
    #[must_use]
    pub const fn none() -> Self {
        Self(0, PhantomData)
    }

    /// Whether it is none of them.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// How many they are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.0.count_ones()
    }
}

impl<T: Word> Choice<T> {
    /// The words whose bits are set, if there are no other bits.
    #[must_use]
    pub fn of_bits(bits: u32) -> Option<Self> {
        let count = u32::try_from(T::ALL.len()).unwrap_or(u32::BITS);
        (bits.checked_shr(count).unwrap_or(0) == 0).then_some(Self(bits, PhantomData))
    }

    /// Whether a word is among them.
    #[must_use]
    pub fn contains(&self, word: T) -> bool {
        self.0 >> word.place() & 1 == 1
    }

    /// Takes a word in.
    pub fn insert(&mut self, word: T) {
        self.0 |= 1 << word.place();
    }

    /// Takes a word in, or out.
    pub fn put(&mut self, word: T, there: bool) {
        let bit = 1 << word.place();
        self.0 = if there { self.0 | bit } else { self.0 & !bit };
    }

    /// Takes other words in.
    pub const fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The words that are among these and among others.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0, PhantomData)
    }

    /// The words that are among these and not among others.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0, PhantomData)
    }

    /// Whether they have a word in common.
    #[must_use]
    pub const fn meets(&self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The words, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<T> {
        let bits = self.0;
        T::ALL.iter().copied().filter(move |word| bits >> word.place() & 1 == 1)
    }
}

impl<T> Clone for Choice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Choice<T> {}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self::none()
    }
}

impl<T> PartialEq for Choice<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Choice<T> {}

impl<T: Word> FromIterator<T> for Choice<T> {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        let mut choice = Self::none();
        for word in words {
            choice.insert(word);
        }
        choice
    }
}

impl<T: Word> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self.0, T::WORDS, serializer)
    }
}

impl<T: Word> Read for Choice<T> {
    fn blank() -> Self {
        Self::none()
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        put(&mut self.0, json.choice(T::KIND, T::WORDS, problems))
    }
}

fn write<S: Serializer>(bits: u32, words: &[&str], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(words.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, word)| word))
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: Word + schemars::JsonSchema> schemars::JsonSchema for Choice<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<T>::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}
