//! Searching the vault: reads through opened [parts](super::parts), newest card first.

use super::parts::{Opened, Standing, Summary, fold_words, host};
use crate::json::record;

/// What is looked for. All of it has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// How many cards are wanted, at most.
    pub limit: u32,
    /// Words. Each must begin a word of the card, whatever its accents and capitals; one with a sign inside (`jean-pierre`) must stand there as it is.
    pub text: String,
    /// A host: that of the card, or above it (`example.com` also finds `www.example.com`).
    pub site: Option<String>,
    /// To be gone before this, in milliseconds since 1970.
    pub expires_before: Option<u64>,
    /// Read at or after this, in milliseconds since 1970, by the day.
    pub captured_since: Option<u64>,
    /// That somebody has to look at.
    pub flagged: bool,
    /// Older than the card with this `seq`: how a search goes on.
    pub before: Option<u64>,
}

record!(Query { limit } optional { text, site, expires_before, captured_since, flagged, before });

/// A query as it is put to each card.
struct Asked<'a> {
    query: &'a Query,
    phrases: Vec<String>,
    site: Option<String>,
    now: u64,
    age: u64,
    keep: u64,
}

impl Asked<'_> {
    fn finds(&self, card: &Summary) -> bool {
        let Standing { seq, expires, ends, span, flagged } = card.standing;
        let less = span.saturating_sub(self.keep);
        let (expires, ends) = (expires.saturating_sub(less), ends.saturating_sub(less));
        let query = self.query;
        // What has expired is in no answer, whether it was deleted yet or not.
        expires > self.now
            && ends > self.age
            && query.before.is_none_or(|before| seq < before)
            && query.expires_before.is_none_or(|before| expires < before)
            && query.captured_since.is_none_or(|since| card.captured >= since / crate::time::DAY)
            && (flagged || !query.flagged)
            && self.site.as_deref().is_none_or(|site| is_below(&card.site, site))
            && self.phrases.iter().all(|phrase| has(&card.words, phrase))
    }
}

/// Whether a host is another, or below it.
fn is_below(host: &str, above: &str) -> bool {
    host.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a text has a phrase that begins with a space. By hand, since nothing is done more often here: words are short, so the next space is never far.
fn has(words: &str, phrase: &str) -> bool {
    let (words, phrase) = (words.as_bytes(), phrase.as_bytes());
    let mut rest = words;
    while rest.len() >= phrase.len() {
        if rest.starts_with(phrase) {
            return true;
        }
        let Some(behind) = rest.get(1..) else { return false };
        let next = behind.iter().position(|byte| *byte == b' ').unwrap_or(behind.len());
        rest = behind.get(next..).unwrap_or_default();
    }
    phrase.is_empty()
}

/// Opened parts.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// The newest first.
    parts: Vec<Opened>,
}

impl Index {
    /// Takes a part in, in the place of an earlier one with its number.
    pub fn put(&mut self, part: Opened) {
        let at = self.parts.partition_point(|other| other.number() > part.number());
        match self.parts.get_mut(at) {
            Some(other) if other.number() == part.number() => *other = part,
            _ => self.parts.insert(at, part),
        }
    }

    /// Forgets a part, if it was taken in.
    pub fn remove(&mut self, number: u64) {
        self.parts.retain(|part| part.number() != number);
    }

    /// Where the cards stand that a query finds, newest first. `now` is what the clock says, `age` how old the log is then, and `keep` how
    /// long anything may be kept, all in milliseconds.
    ///
    /// The search goes on with `before` as the last of them; it has come to its end when there are fewer than were wanted.
    #[must_use]
    pub fn search(&self, query: &Query, now: u64, age: u64, keep: u64) -> Vec<u64> {
        let mut phrases: Vec<String> = Vec::new();
        for word in query.text.split_whitespace() {
            let mut phrase = String::new();
            fold_words(word, &mut phrase);
            phrases.push(phrase);
        }
        let asked = Asked { query, phrases, site: query.site.as_deref().map(host), now, age, keep };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for part in &self.parts {
            for card in part.cards().iter().rev() {
                if found.len() >= limit {
                    return found;
                }
                if asked.finds(card) {
                    found.push(card.standing.seq);
                }
            }
        }
        found
    }
}
