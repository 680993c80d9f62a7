//! A country, as ISO 3166-1 names it.

use serde::{Serialize, Serializer};

use crate::json::{Json, Problems, Quoted, Read, put};

/// A country by its two capital letters (ISO 3166-1 alpha-2). Whether such a country exists is not checked: codes come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// France, of whose law some rules are.
    pub const FRANCE: Self = Self(*b"FR");

    /// The country of two letters, if they are capital letters.
    #[must_use]
    pub const fn of(first: u8, second: u8) -> Option<Self> {
        if first.is_ascii_uppercase() && second.is_ascii_uppercase() { Some(Self([first, second])) } else { None }
    }

    /// The country a text names.
    #[must_use]
    pub const fn from_word(word: &str) -> Option<Self> {
        match word.as_bytes() {
            [first, second] => Self::of(*first, *second),
            _ => None,
        }
    }
}

impl core::fmt::Display for Country {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(core::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(core::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Read for Country {
    fn blank() -> Self {
        Self(*b"ZZ")
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let Some(word) = json.text(problems) else { return false };
        let country = Self::from_word(word);
        if country.is_none() {
            json.wrong(problems, format_args!("{} is no country code", Quoted(word)), "two capital letters, such as `FR`");
        }
        put(self, country)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Country {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Country".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z]{2}$" })
    }
}
