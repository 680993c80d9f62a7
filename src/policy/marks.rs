//! What the person at the screen marked as restricted, on top of any policy: a field everywhere, a field on a site, a person.
//!
//! A person is remembered by a keyed hash (HMAC-SHA256, RFC 2104) of the address of their profile. The key never leaves this browser: a hash without a
//! key could be tried out against every profile there is.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::json::{Problem, from_str, read_with, record, to_canonical};
use crate::sorted::{Map, Set};
use crate::vocabulary::{Choice, Field, words};

/// The marks, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Version of the form; 1.
    version: u32,
    /// 32 random bytes in hexadecimal: the key of the hashes below.
    key: String,
    /// Fields that are never taken.
    #[serde(default)]
    everywhere: Choice<Field>,
    /// Fields that are not taken on a site, by its host.
    #[serde(default)]
    sites: Map<String, Choice<Field>>,
    /// People of whom nothing is taken.
    #[serde(default)]
    people: Set<String>,
}

record!(Marks { version, key } optional { everywhere, sites, people });

/// A change to the marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    action: Action,
    what: What,
    field: Option<Field>,
    url: Option<String>,
}

record!(Change { action = "do", what } optional { field, url });

words! {
    /// What is done about a mark.
    Action("action") {
        /// It is set.
        Add = "add",
        /// It is taken back.
        Remove = "remove",
    }
}

words! {
    /// What is marked.
    What("kind of mark") {
        /// A field, on every site.
        Everywhere = "everywhere",
        /// A field, on one site.
        Site = "site",
        /// A person.
        Person = "person",
        /// All people at once, for taking back.
        People = "people",
    }
}

impl Marks {
    /// Reads stored marks.
    ///
    /// # Errors
    /// What is wrong with them. Whoever gets this denies everything: what was marked can no longer be told.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let marks: Self = read_with(text, &mut crate::json::Read::of)?;
        let keyed = marks.key.len() == 64 && marks.key.bytes().all(|byte| byte.is_ascii_hexdigit());
        if marks.version == 1 && keyed {
            return Ok(marks);
        }
        let what = "the marks are of another version, or their key is broken".into();
        Err(vec![Problem { line: 1, column: 1, what, instead: String::new() }])
    }

    /// These marks, under a new key if they have none yet.
    #[must_use]
    pub fn with_key(self, key: String) -> Self {
        if self.key.is_empty() { Self { version: 1, key, ..self } } else { self }
    }

    /// The fields that are marked on a site.
    #[must_use]
    pub fn fields_on(&self, site: &str) -> Choice<Field> {
        let mut fields = self.everywhere;
        for (_, marked) in self.sites.iter().filter(|(host, _)| stands_for(host, site)) {
            fields.join(*marked);
        }
        fields
    }

    /// The fields that are marked on any site.
    #[must_use]
    pub fn fields(&self) -> Choice<Field> {
        let mut fields = self.everywhere;
        self.sites.values().for_each(|marked| fields.join(*marked));
        fields
    }

    /// Whether the person whose profile has this address is marked.
    #[must_use]
    pub fn has_person(&self, source: &str) -> bool {
        !self.people.is_empty() && self.people.contains(&self.person(source))
    }

    /// These marks with a change, as the text to be stored. The page a change is about is named by its address, and `page` says
    /// which site and which source that is.
    ///
    /// # Errors
    /// What the change lacks.
    pub fn changed(mut self, change: &str, page: impl Fn(&str) -> Option<(String, String)>) -> Result<String, String> {
        let Change { action, what, field, url } = from_str(change).map_err(|problem| problem.to_string())?;
        let add = action == Action::Add;
        let page = url.as_deref().map(page);
        match (what, field, page) {
            (What::Everywhere, Some(field), None) => self.everywhere.put(field, add),
            (What::Site, Some(field), Some(Some((site, _)))) => {
                self.sites.get_or_insert_with(site, Choice::none).put(field, add);
            }
            (What::Person, None, Some(Some((_, source)))) => {
                let person = self.person(&source);
                self.people.put(person, add);
            }
            (What::People, None, None) if !add => self.people = Set::default(),
            _ => return Err("this is no mark".into()),
        }
        to_canonical(&self).map_err(|error| error.to_string())
    }

    /// The keyed hash of a profile's address.
    fn person(&self, source: &str) -> String {
        hex(&hmac(self.key.as_bytes(), source.as_bytes()))
    }
}

/// Whether a host stands for a site: it is the site, or a domain above it.
fn stands_for(host: &str, site: &str) -> bool {
    site == host || site.strip_suffix(host).is_some_and(|front| front.ends_with('.'))
}

/// HMAC-SHA256 (RFC 2104). A key of 64 bytes is as long as a block, so it is used as it is.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_that_of_the_standard() {
        // RFC 4231, test case 2, and one with a key of a whole block.
        let digest = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&digest), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    fn page(url: &str) -> Option<(String, String)> {
        let (_, rest) = url.split_once("//")?;
        Some((rest.split('/').next()?.to_owned(), url.to_owned()))
    }

    #[test]
    fn marks_are_kept_and_taken_back() {
        let change = |text: &str, change: &str| Marks::parse(text).unwrap().changed(change, page).unwrap();
        let text = Marks::default()
            .with_key("ab".repeat(32))
            .changed(r#"{"do":"add","what":"everywhere","field":"email"}"#, page)
            .unwrap();
        let text = change(&text, r#"{"do":"add","what":"site","field":"image","url":"https://linkedin.com/in/x"}"#);
        let text = change(&text, r#"{"do":"add","what":"person","url":"https://a.example/ada"}"#);
        assert!(!text.contains("ada"), "{text}");
        let held = Marks::parse(&text).unwrap();
        assert_eq!(held.fields_on("de.linkedin.com").iter().collect::<Vec<_>>(), [Field::Email, Field::Image]);
        assert_eq!(held.fields_on("notlinkedin.com").iter().collect::<Vec<_>>(), [Field::Email]);
        assert_eq!(held.fields().iter().collect::<Vec<_>>(), [Field::Email, Field::Image], "wherever it is marked");
        assert!(held.has_person("https://a.example/ada") && !held.has_person("https://a.example/bob"));
        let text = change(&text, r#"{"do":"remove","what":"everywhere","field":"email"}"#);
        let text = change(&text, r#"{"do":"remove","what":"people"}"#);
        let held = Marks::parse(&text).unwrap();
        assert!(!held.has_person("https://a.example/ada"));
        assert_eq!(held.fields_on("linkedin.com").iter().collect::<Vec<_>>(), [Field::Image]);
    }

    #[test]
    fn what_is_no_mark_changes_nothing() {
        let held = Marks::default().with_key("ab".repeat(32));
        for change in [
            r#"{"do":"add","what":"people"}"#,
            r#"{"do":"add","what":"everywhere"}"#,
            r#"{"do":"add","what":"site","field":"image","url":"nowhere"}"#,
            r#"{"do":"add","what":"person","field":"image","url":"https://a.example/"}"#,
            r#"{"do":"hide","what":"person","url":"https://a.example/"}"#,
            "",
        ] {
            assert!(held.clone().changed(change, page).is_err(), "{change}");
        }
        let key = "ab".repeat(32);
        assert!(Marks::parse(&format!(r#"{{"version":1,"key":"{key}"}}"#)).is_ok());
        for broken in [
            format!(r#"{{"version":2,"key":"{key}"}}"#),
            r#"{"version":1,"key":"short"}"#.to_owned(),
            format!(r#"{{"version":1,"key":"{}"}}"#, "xy".repeat(32)),
        ] {
            assert!(Marks::parse(&broken).is_err(), "{broken}");
        }
        assert!(Marks::parse("{").is_err());
    }
}
