//! What the screen found in a text, and why it thinks so.

use core::ops::Range;

use crate::vocabulary::Trace;

/// A part of a text that gives something away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it stands, in bytes of the text as it was given.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Trace,
    /// Which rule found it, such as `phone.international` or `fr.union-office`.
    pub rule: String,
    /// How sure the rule is, in percent. Everything that is found is cut; this is for the reader.
    pub confidence: u8,
}
