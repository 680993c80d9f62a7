//! What a text that was allowed may still give away: a mask, or a stray e-mail address or phone number inside it.
//!
//! The scanners are written out by hand, linear in the length of the text and without a table, because they ship inside the
//! extension. When in doubt they cut: a lost reference number costs nothing, a phone number that slips through does.

mod email;
mod phone;

use crate::sorted::Set;
use crate::vocabulary::{Choice, Field, Group};

/// What stands where something was cut out.
pub const CUT: &str = "[…]";

/// A text after screening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screened {
    /// What may be kept, with the kinds of details that were cut out of it.
    Kept {
        /// The text.
        text: String,
        /// What was cut.
        cuts: Choice<Field>,
    },
    /// The text is a mask, not a value.
    Masked,
    /// Nothing is left of it.
    Empty {
        /// What was cut.
        cuts: Choice<Field>,
    },
}

/// Screens the text of a field.
///
/// A contact field holds what it is meant to hold and is only looked at for masks; out of every other field, stray contact
/// details are cut.
#[must_use]
pub fn screen(field: Field, text: &str) -> Screened {
    let text = text.trim();
    if is_masked(text) {
        return Screened::Masked;
    }
    if field.group() == Group::Contact {
        return if text.is_empty() {
            Screened::Empty { cuts: Choice::none() }
        } else {
            Screened::Kept { text: text.to_owned(), cuts: Choice::none() }
        };
    }
    let (text, cuts) = cut(text);
    // What stands for a cut has no letters of its own.
    if text.chars().any(char::is_alphanumeric) { Screened::Kept { text, cuts } } else { Screened::Empty { cuts } }
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

/// A part of a text, in bytes.
type Span = core::ops::Range<usize>;

/// Cuts stray contact details out of a text.
fn cut(text: &str) -> (String, Choice<Field>) {
    let emails = email::find(text).into_iter().map(|span| (span.start, span.end, Field::Email));
    let phones = phone::find(text).into_iter().map(|span| (span.start, span.end, Field::Telephone));
    let spans: Set<(usize, usize, Field)> = emails.chain(phones).collect();
    let mut kept = String::with_capacity(text.len());
    let mut cuts = Choice::none();
    let mut done = 0;
    for (start, end, field) in spans {
        cuts.insert(field);
        if start >= done {
            kept.push_str(text.get(done..start).unwrap_or_default());
            kept.push_str(CUT);
        }
        done = done.max(end);
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    (kept, cuts)
}

#[cfg(test)]
mod tests;
