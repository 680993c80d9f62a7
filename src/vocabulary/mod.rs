//! The closed word lists of the field: what a detail is called, who may see it, on what ground it may be taken, and why not.
//!
//! Every list is closed on purpose. A word that is not in it does not parse, and what does not parse is denied.

mod audience;
mod basis;
mod choice;
mod country;
mod field;
mod mode;
mod page_kind;
mod reason;
mod signal;
mod state;
mod trace;

pub use audience::{Audience, Evidence, EvidenceKind};
pub use basis::{LegalBasis, Purpose};
pub use choice::{Choice, Word};
pub use country::Country;
pub use field::{Field, Group};
pub use mode::{Channel, Mode};
pub use page_kind::{PageKind, Relation};
pub use reason::{Code, Decision};
pub use signal::{Effect, Signal};
pub use state::State;
pub use trace::{Removal, Trace};

/// Defines a closed list of words: an enum whose variants are written and read as the given strings.
///
/// Reading an unknown word is an error that names the list, so a typing mistake in a policy is told to the person who made it.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $name:ident ($what:literal) { $( $(#[$vmeta:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vmeta])* #[doc = concat!("Written `", $word, "`.")] $variant, )+ }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The words as they are written in documents, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as it is written in documents.
            #[must_use]
            #[allow(clippy::indexing_slicing, reason = "both lists are written from the same lines, and one table of words is enough")]
            pub const fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            /// The entry a word stands for, if it is in the list.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.get($crate::vocabulary::place(Self::WORDS, word)?).copied()
            }
        }

        impl $crate::vocabulary::Word for $name {
            const KIND: &'static str = $what;
            const ALL: &'static [Self] = Self::ALL;
            const WORDS: &'static [&'static str] = Self::WORDS;

            fn place(self) -> u32 {
                self as u32
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::json::Read for $name {
            fn blank() -> Self {
                let [first, ..] = [$(Self::$variant),+];
                first
            }

            fn read(&mut self, json: &$crate::json::Json, problems: &mut $crate::json::Problems) -> bool {
                let place = json.word($what, Self::WORDS, problems);
                $crate::json::put(self, place.and_then(|place| Self::ALL.get(place)).copied())
            }
        }

        #[cfg(not(target_arch = "wasm32"))]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words: Vec<&str> = Self::ALL.iter().map(|entry| entry.as_str()).collect();
                schemars::json_schema!({ "type": "string", "enum": words })
            }
        }
    };
}
pub(crate) use words;

/// Where a word stands in a list.
pub(crate) fn place(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_str;

    #[test]
    fn every_word_reads_back_as_itself() {
        fn check<T: Copy + PartialEq + core::fmt::Debug + serde::Serialize + crate::json::Read>(all: &[T]) {
            for entry in all {
                let text = serde_json::to_string(entry).unwrap();
                assert_eq!(from_str::<T>(&text).unwrap(), *entry);
            }
        }
        check(Field::ALL);
        check(Audience::ALL);
        check(EvidenceKind::ALL);
        check(LegalBasis::ALL);
        check(Purpose::ALL);
        check(Code::ALL);
        check(Signal::ALL);
        check(PageKind::ALL);
        check(Relation::ALL);
        check(State::ALL);
        check(Mode::ALL);
        check(Channel::ALL);
        check(Group::ALL);
        check(Trace::ALL);
        check(Removal::ALL);
    }

    #[test]
    fn an_unknown_word_is_named_and_refused() {
        let error = from_str::<Field>("\"shoeSize\"").unwrap_err();
        assert!(error.what == "unknown field name `shoeSize`", "{error}");
        let near = from_str::<Field>("\"emial\"").unwrap_err();
        assert_eq!(near.instead, "`email`");
    }

    #[test]
    fn a_long_unknown_word_is_not_repeated() {
        let long = format!("\"{}\"", "x".repeat(500));
        let error = from_str::<Field>(&long).unwrap_err();
        assert!(!error.to_string().contains("xxx"), "{error}");
    }
}
