//! The closed word lists of the field: what a detail is called, who may see it, on what ground it may be taken, and why not.
//!
//! Every list is closed on purpose. A word that is not in it does not parse, and what does not parse is denied.

mod audience;
mod basis;
mod field;
mod page_kind;
mod reason;
mod signal;

pub use audience::{Audience, Evidence, EvidenceKind};
pub use basis::{LegalBasis, Purpose};
pub use field::{Field, Group};
pub use page_kind::{PageKind, Relation};
pub use reason::{Code, Decision};
pub use signal::{Effect, Signal};

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

            /// The word as it is written in documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The entry a word stands for, if it is in the list.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
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

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| $crate::vocabulary::unknown_word($what, &word))
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

/// The error for a word that is in no list. The word itself is repeated only when it is short, since it may come from a page.
fn unknown_word<E: serde::de::Error>(what: &str, word: &str) -> E {
    const SHOWN: usize = 60;
    if word.chars().count() > SHOWN {
        E::custom(format_args!("unknown {what}"))
    } else {
        E::custom(format_args!("unknown {what} `{word}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        fn check<T: Copy + PartialEq + core::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned>(all: &[T]) {
            for entry in all {
                let text = serde_json::to_string(entry).unwrap();
                assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *entry);
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
    }

    #[test]
    fn an_unknown_word_is_named_and_refused() {
        let error = serde_json::from_str::<Field>("\"shoeSize\"").unwrap_err();
        assert!(error.to_string().starts_with("unknown field name `shoeSize`"), "{error}");
    }

    #[test]
    fn a_long_unknown_word_is_not_repeated() {
        let long = format!("\"{}\"", "x".repeat(500));
        let error = serde_json::from_str::<Field>(&long).unwrap_err();
        assert!(!error.to_string().contains("xxx"), "{error}");
    }
}
