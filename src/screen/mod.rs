//! What a text that was allowed may still give away: ways to reach somebody, what the law sets apart, other people. It is found before anything
//! is kept, and cut out.
//!
//! What is looked for comes as data, read once ([`Screen::parse`]). The scanners are written out by hand and linear in the length of the text,
//! because they ship inside the extension. When in doubt they cut: a lost reference number costs nothing, a phone number that slips through does.

#[cfg(not(target_arch = "wasm32"))]
mod compile;
mod contacts;
mod effort;
mod email;
pub(crate) mod fold;
mod handle;
mod hit;
mod link;
mod lists;
mod number;
mod phone;
mod special;

#[cfg(not(target_arch = "wasm32"))]
pub use compile::compile;
pub(crate) use fold::fold;
pub use hit::Hit;
pub use special::{Lexicon, Term};

use core::ops::Range;

#[cfg(not(target_arch = "wasm32"))]
use crate::vocabulary::Country;
use crate::vocabulary::{Choice, Field, Group, Removal, Trace};
use lists::Lists;
use phone::Plans;
use special::Reader;

/// What stands where something was cut out.
pub const CUT: &str = "[…]";

/// The documents that ship, in the order in which [`Screen::parse`] takes them.
#[cfg(not(target_arch = "wasm32"))]
pub const BUILT_IN: &[&str] = &[
    include_str!("data/phones.json"),
    include_str!("data/contacts.json"),
    include_str!("data/contact-rules.json"),
    include_str!("data/any.json"),
    include_str!("data/de.json"),
    include_str!("data/en.json"),
    include_str!("data/es.json"),
    include_str!("data/fr.json"),
    include_str!("data/it.json"),
    include_str!("data/nl.json"),
    include_str!("data/pl.json"),
    include_str!("data/pt.json"),
];

/// How many lines the documents are compiled to.
#[cfg(not(target_arch = "wasm32"))]
const LINES: usize = 3;

/// What texts are searched with: numbering plans, the words by which ways to reach somebody are told, and the words of each language.
#[derive(Clone, Debug)]
pub struct Screen {
    plans: Plans,
    lists: Lists,
    /// Rules by which dates of birth and other people are told, in the form of those of a language.
    rules: Lexicon,
    lexicon: Lexicon,
}

/// What a policy wants of the screen beyond its default. Contact details are always cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// What becomes of a text with something the law sets apart.
    pub special: Removal,
    /// What becomes of a text that names somebody else.
    pub people: Removal,
    /// What else to look for.
    pub terms: Vec<Term>,
    /// Phrases in which nothing is looked for.
    pub allow: Vec<String>,
    /// The language of the text (ISO 639-1), where it is known.
    pub language: Option<String>,
}

impl Default for Orders {
    fn default() -> Self {
        Self { special: Removal::Cut, people: Removal::Cut, terms: Vec::new(), allow: Vec::new(), language: None }
    }
}

/// A text after screening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screened {
    /// What may be kept, with the kinds of things that were cut out of it.
    Kept {
        /// The text.
        text: String,
        /// What was cut.
        cuts: Choice<Trace>,
    },
    /// The text is a mask, not a value.
    Masked,
    /// Nothing is left of it, or nothing of it may be kept.
    Empty {
        /// What was found.
        cuts: Choice<Trace>,
    },
}

impl Screen {
    /// Reads the lines that ship; the native tool also reads the documents they are compiled from.
    ///
    /// # Errors
    /// What is wrong with the documents, and where; that the lines are damaged.
    pub fn parse(texts: &[&str]) -> Result<Self, String> {
        #[cfg(not(target_arch = "wasm32"))]
        if texts.len() != LINES {
            let lines = compile(texts).map_err(|problems| problems.iter().map(ToString::to_string).collect::<String>())?;
            return Self::parse(&lines.lines().collect::<Vec<_>>());
        }
        Self::read(texts).ok_or_else(|| "the words of the screen are damaged".into())
    }

    fn read(texts: &[&str]) -> Option<Self> {
        let [contacts, rules, lexicon] = texts else { return None };
        let mut reader = Reader::of(contacts)?;
        Some(Self {
            lists: Lists::read(&mut reader),
            plans: Plans::read(&mut reader),
            rules: Lexicon::read(rules)?,
            lexicon: Lexicon::read(lexicon)?,
        })
    }

    /// The screen with the documents that ship.
    ///
    /// # Errors
    /// What is wrong with them: the tests see to it that nothing is.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn built_in() -> Result<Self, String> {
        Self::parse(BUILT_IN)
    }

    /// The words of the languages.
    #[must_use]
    pub const fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Ways to reach somebody, and numbers that name them, in the order of the text.
    #[must_use]
    pub fn contacts(&self, text: &str) -> Vec<Hit> {
        contacts::find(self, text, None)
    }

    /// What the law sets apart in the text of a field, in the order of the text.
    #[must_use]
    pub fn special(&self, field: Field, text: &str, orders: &Orders) -> Vec<Hit> {
        special::find(&self.lexicon, field, text, orders, &[])
    }

    /// A phone number as it is dialled from anywhere (ITU-T E.164), if it can be one; without a code of a country it is read as at home in `country`.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn normalised(&self, number: &str, country: Country) -> Option<String> {
        phone::normalise(&self.plans, &self.lists, number, country)
    }

    /// Everything that a text of a field gives away, in the order of the text. `own` are the names of the owner, who may well name themselves.
    ///
    /// A contact field holds what it is meant to hold, and a name is a name whatever else its words mean.
    #[must_use]
    pub fn hits(&self, field: Field, text: &str, own: &[&str], orders: &Orders) -> Vec<Hit> {
        if field.group() == Group::Contact {
            return Vec::new();
        }
        let named = matches!(field, Field::Name | Field::GivenName | Field::FamilyName);
        let people = !named && orders.people != Removal::Keep && !matches!(field, Field::WorksFor | Field::AlumniOf);
        let own = own.join(" ");
        let mut hits = contacts::find(self, text, people.then_some(own.as_str()));
        if !named {
            // What stands in an address is no word.
            let special = special::find(&self.lexicon, field, text, orders, &hits);
            hits = merged(hits, special);
        }
        hits
    }

    /// Screens the text of a field.
    #[must_use]
    pub fn screen(&self, field: Field, text: &str, own: &[&str], orders: &Orders) -> Screened {
        let text = text.trim();
        if is_masked(text) {
            return Screened::Masked;
        }
        let hits = self.hits(field, text, own, orders);
        let cuts: Choice<Trace> = hits.iter().map(|hit| hit.kind).collect();
        let denies = |kind: Trace| match kind {
            Trace::OtherPerson => orders.people == Removal::Deny,
            kind => kind.is_special() && orders.special == Removal::Deny,
        };
        if cuts.iter().any(denies) {
            return Screened::Empty { cuts };
        }
        let text = without(text, &hits);
        // What stands for a cut has no letters of its own.
        if text.chars().any(char::is_alphanumeric) { Screened::Kept { text, cuts } } else { Screened::Empty { cuts } }
    }
}

/// Characters that stand in for withheld ones.
const MASKS: [char; 10] = ['*', '＊', '∗', '⁎', '•', '●', '▪', '■', '█', '░'];

/// Whether a text holds a mask: two or more mask characters in a row.
#[must_use]
pub fn is_masked(text: &str) -> bool {
    let mut run = 0;
    for c in text.chars() {
        run = if MASKS.contains(&c) { run + 1 } else { 0 };
        if run >= 2 {
            return true;
        }
    }
    false
}

/// A text without what was found in it. What is set apart goes with its sentence: the rest of it would tell as much.
fn without(text: &str, hits: &[Hit]) -> String {
    let sentences = if hits.iter().any(|hit| hit.kind.is_special()) { special::sentences(text) } else { Vec::new() };
    let mut left = sentences.as_slice();
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for Hit { span, kind, .. } in hits {
        let Range { start, end } = if kind.is_special() { special::around(text, &mut left, span) } else { span.clone() };
        let between = text.get(done..start).unwrap_or_default();
        // What touches what was cut before is one cut.
        if start >= done && (done == 0 || between.chars().any(char::is_alphanumeric)) {
            kept.push_str(between);
            kept.push_str(CUT);
        }
        done = done.max(end);
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    kept
}

/// Two lists of hits, each in the order of the text, as one.
#[inline(never)]
fn merged(left: Vec<Hit>, right: Vec<Hit>) -> Vec<Hit> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let mut left = left.into_iter().peekable();
    for hit in right {
        while let Some(earlier) = left.next_if(|other| other.span.start <= hit.span.start) {
            all.push(earlier);
        }
        all.push(hit);
    }
    all.extend(left);
    all
}

#[cfg(test)]
mod tests;
