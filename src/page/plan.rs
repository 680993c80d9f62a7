//! The questions put to a page.

use serde::Serialize;

use crate::json::{Json, Problems, Quoted, Read, record};

/// Everything the probe is to look for in one inspection. It holds selectors and yes/no questions, and asks for no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the protocol.
    pub v: u32,
    /// Names this inspection; every later message repeats it.
    pub nonce: String,
    /// The address the plan is for, without fragment. The probe answers only on that page.
    pub at: String,
    /// How much the probe may look at.
    pub limits: Limits,
    /// Selectors of what is never the owner's, for queries to name by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// A selector of elements whose open shadow trees are looked into as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadows: Option<String>,
    /// Which of several owners is meant, counted from 0 in the order of the page; none: there has to be one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<u32>,
    /// The questions, numbered from 0 in order.
    pub queries: Vec<Query>,
}

/// How much the probe looks at before it gives up, which is a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Elements in the page.
    pub elements: u32,
    /// Nodes told of per query.
    pub nodes: u32,
    /// Characters of one text.
    pub text: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { elements: 200_000, nodes: 64, text: 20_000 }
    }
}

/// One question: which nodes, and what is asked about their text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Its number.
    pub id: u32,
    /// A CSS selector; exactly one of `css` and `ld` is there. [`SCOPE`] alone stands for the elements of `inside`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// A place in the page's JSON-LD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ld: Option<Linked>,
    /// An earlier query: only what lies in one of its elements matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<u32>,
    /// The selector of the plan's `never` whose elements it does not match, nor anything in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<u32>,
    /// Whether it finds the owners, of which the plan may name one.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub owner: bool,
    /// The attribute that is asked about and read, in place of the shown text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<String>,
    /// Only whether anything matches is told, no nodes.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub presence: bool,
    /// Earlier queries that must have matched; otherwise this one is not run and matches nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<u32>,
    /// Whether the judgement rests on this answer, so that it must be the same when values are read.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub pin: bool,
    /// The yes/no questions about each node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
}

/// How many queries a plan may have.
pub const MOST_QUERIES: usize = 600;

/// The selector that stands for the elements a query looks inside.
pub const SCOPE: &str = ":scope";

/// A place in JSON-LD: items of a type, and a path of keys within them (none: the item itself).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The schema.org type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The keys to follow.
    #[serde(default)]
    pub key: Vec<String>,
}

record!(Linked { kind = "type" } optional { key });

/// A yes/no question about a text, answered inside the page so that the text need not leave it.
///
/// Texts are compared after NFKC, lower-casing and folding of white space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// It is one of these.
    Is(Vec<String>),
    /// It contains one of these.
    Has(Vec<String>),
    /// One of its words (split at white space, comma, semicolon) is one of these, alone or behind the name of a machine (`somebot: noindex`).
    Tokens(Vec<String>),
    /// It holds a mask, such as a run of asterisks.
    Masked(bool),
    /// It is empty.
    Empty(bool),
    /// The node lies within such an element.
    Within(String),
    /// It is painted on the page.
    Painted(bool),
    /// Read as an address, the first so many parts of its path are those of the page's own.
    Here(u32),
    /// The text of the element around it contains a word.
    Near(Near),
}

impl Read for Ask {
    fn blank() -> Self {
        Self::Masked(false)
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let Some((name, value)) = json.members(problems).and_then(|ask| ask.only(problems)) else { return false };
        *self = match name {
            "is" => Self::Is(Read::blank()),
            "has" => Self::Has(Read::blank()),
            "tokens" => Self::Tokens(Read::blank()),
            "masked" => Self::Masked(Read::blank()),
            "empty" => Self::Empty(Read::blank()),
            "within" => Self::Within(Read::blank()),
            "painted" => Self::Painted(Read::blank()),
            "here" => Self::Here(Read::blank()),
            "near" => Self::Near(Read::blank()),
            other => {
                json.wrong(problems, format_args!("unknown question {}", Quoted(other)), "");
                return false;
            }
        };
        let place: &mut dyn Read = match self {
            Self::Is(words) | Self::Has(words) | Self::Tokens(words) => words,
            Self::Masked(yes) | Self::Empty(yes) | Self::Painted(yes) => yes,
            Self::Within(css) => css,
            Self::Here(parts) => parts,
            Self::Near(near) => near,
        };
        place.read(value, problems)
    }
}

/// Words in the surroundings of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Selector of the element around the node: the closest that matches.
    pub css: String,
    /// The words, of which one must be in it.
    pub has: Vec<String>,
}

record!(Near { css, has });
