//! Other people's names in a text about somebody: behind words that introduce a person, or behind a title.
//!
//! No list of names ships, so a name is known by its form (words with a capital) and its place. Without such a place a name cannot be told from a
//! firm or a product, and stays.

use super::fold::folded;
use super::hit::Hit;
use crate::json::{Problem, from_str, record};
use crate::vocabulary::Trace;

/// What introduces a person, in all languages of the screen. Kept folded.
#[derive(Clone, Debug)]
pub struct Introductions {
    /// What the document is, for people.
    _says: Option<String>,
    /// Words behind which somebody is named.
    before: Vec<String>,
    /// What stands before a name.
    titles: Vec<String>,
    /// Small words within a name.
    particles: Vec<String>,
}

record!(Introductions { before, titles, particles } optional { _says = "says" });

/// The most words a name has.
const LONGEST: usize = 6;

impl Introductions {
    /// Reads the document.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        from_str(text)
    }

    /// Finds other people's names. `own` are the owner's: people write of themselves in the third person.
    pub(super) fn find(&self, text: &str, own: &[&str]) -> Vec<Hit> {
        let words = words(text);
        let own: Vec<Word> = own.iter().flat_map(|name| self::words(name)).collect();
        let mut hits: Vec<Hit> = Vec::new();
        for at in 1..words.len() {
            let (Some(rest), Some(before)) = (words.get(at..), words.get(..at)) else { break };
            let titled = before.last().is_some_and(|word| self.is_title(word));
            let introduced = self.before.iter().any(|phrase| ends_with(before, phrase));
            let Some((first, last)) = self.name(rest, if titled { 1 } else { 2 }).filter(|_| titled || introduced) else {
                continue;
            };
            let known =
                rest.iter().take_while(|word| word.start <= last.start).any(|word| own.iter().any(|own| own.folded == word.folded));
            let again = hits.last().is_some_and(|hit| hit.span.end >= last.end);
            if !known && !again {
                hits.push(Hit {
                    span: first.start..last.end,
                    kind: Trace::OtherPerson,
                    rule: if titled { "people.title" } else { "people.introduced" }.into(),
                    confidence: 70,
                });
            }
        }
        hits
    }

    /// A title is written as a name is: `MS Office` and `call me` are none. One of a single letter ends with a dot.
    fn is_title(&self, word: &Word) -> bool {
        word.is_capital
            && (word.folded.len() > 1 && !word.is_loud || word.has_dot)
            && self.titles.iter().any(|title| *title == word.folded)
    }

    /// The first and the last word of the name that a text begins with, if it has as many words with a capital.
    fn name<'a>(&self, words: &'a [Word], needed: usize) -> Option<(&'a Word, &'a Word)> {
        let mut count = 0;
        let mut last = None;
        for word in words.iter().take(LONGEST) {
            if word.is_capital {
                count += 1;
                last = Some(word);
            } else if !self.particles.iter().any(|particle| *particle == word.folded) {
                break;
            }
            if word.is_end {
                break;
            }
        }
        let first = words.first().filter(|first| first.is_capital && !self.is_title(first) && count >= needed)?;
        last.map(|last| (first, last))
    }
}

/// A word of a text.
struct Word {
    start: usize,
    end: usize,
    folded: String,
    is_capital: bool,
    /// All of it is capitals.
    is_loud: bool,
    has_dot: bool,
    /// Something other than a space, or the dot of a title, stands behind it.
    is_end: bool,
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        let inside = c.is_alphanumeric() || (start.is_some() && matches!(c, '-' | '\'' | '’'));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = text.get(from..at).unwrap_or_default();
                words.push(Word {
                    start: from,
                    end: at,
                    folded: folded(word),
                    is_capital: word.chars().next().is_some_and(char::is_uppercase),
                    is_loud: !word.chars().any(char::is_lowercase),
                    has_dot: c == '.',
                    is_end: c != ' ',
                });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Whether words end with a phrase.
fn ends_with(words: &[Word], phrase: &str) -> bool {
    let mut words = words.iter().rev();
    phrase.rsplit(' ').all(|part| words.next().is_some_and(|word| word.folded == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(text: &'a str, own: &[&str]) -> Vec<&'a str> {
        let introductions = Introductions::parse(include_str!("data/people.json")).unwrap();
        introductions.find(text, own).into_iter().map(|hit| text.get(hit.span).unwrap()).collect()
    }

    #[test]
    fn who_is_introduced_is_found() {
        for (text, names) in [
            ("Buyer, reporting to Karl Ost, head of purchasing", vec!["Karl Ost"]),
            ("Rattachée à Marie-Laure de Brissac, j'achète", vec!["Marie-Laure de Brissac"]),
            ("Ich berichte an Frau Dr. Ingrid Wolle.", vec!["Ingrid Wolle"]),
            ("Ask Mrs Ferraro or M. Dupont", vec!["Ferraro", "Dupont"]),
            ("Asystentka Anny Kowal", vec!["Anny Kowal"]),
        ] {
            assert_eq!(found(text, &["Léa Morel"]), names, "{text}");
        }
    }

    #[test]
    fn firms_products_and_the_owner_stay() {
        for text in [
            "Reporting to the board of Nordhafen Logistik",
            "MS Office, call me Maybe",
            "Recommended by Léa Morel's clients",
            "Working with Banque Nordique and Atelier Blanc",
            "Reporting to CFO",
        ] {
            assert_eq!(found(text, &["Léa Morel"]), Vec::<&str>::new(), "{text}");
        }
    }
}
