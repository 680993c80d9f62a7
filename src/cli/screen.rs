//! What the screen finds in a text, and why.

use serde::Serialize;

use super::{Documents, Failure, Words, count, read_text, written};
use crate::screen::{BUILT_IN, Hit, Screen, Screened, compile};
use crate::vocabulary::{Choice, Field, Trace};

/// What `screen --json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    /// The language that was assumed (ISO 639-1), if the text shows one.
    language: Option<&'a str>,
    /// What would be kept; none: the whole field is denied.
    kept: Option<String>,
    /// What was found, by kind.
    cuts: Choice<Trace>,
    /// Everything that was found, in the order of the text.
    hits: Vec<Found<'a>>,
}

/// One thing that was found.
#[derive(Serialize)]
struct Found<'a> {
    kind: Trace,
    /// The rule that found it.
    rule: String,
    /// How sure the rule is, in percent.
    confidence: u8,
    /// Where it begins and ends, in bytes of the text as UTF-8.
    start: usize,
    end: usize,
    /// The words themselves.
    part: &'a str,
}

/// What the screen knows, compiled to the lines that ship beside the guard.
pub(super) fn compiled() -> Result<String, Failure> {
    compile(BUILT_IN).map_err(|problems| Failure::Work(problems.iter().map(|problem| format!("{problem}\n")).collect()))
}

/// Screens a text as a capture would.
pub(super) fn screen(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--field", "--lang", "--name", "--policy", "--managed"], &["--file", "--json"])?;
    let [text] = words.alone(["which text?"])?;
    let text = if words.has("--file") { read_text(text)? } else { text.to_owned() };
    let text = text.trim();
    let field = words.value("--field").map_or(Ok(Field::Description), field)?;
    let own: Vec<&str> = words.value("--name").into_iter().collect();
    let settings = Documents::of(&words)?.settings();
    let mut orders = settings.in_force().map_err(|fault| Failure::Work(fault.to_string()))?.orders();
    let screen = Screen::built_in().map_err(Failure::Work)?;
    orders.language = words.value("--lang").map(|code| language(&screen, code)).transpose()?;
    let language = orders.language.clone().or_else(|| screen.lexicon().language(text).map(Into::into));
    let hits = screen.hits(field, text, &own, &orders);
    let (kept, cuts) = match screen.screen(field, text, &own, &orders) {
        Screened::Kept { text, cuts } => (Some(text), cuts),
        Screened::Empty { cuts } => (None, cuts),
        Screened::Masked => (None, Choice::none()),
    };
    let found = |Hit { span, kind, rule, confidence }: Hit| Found {
        kind,
        rule,
        confidence,
        start: span.start,
        end: span.end,
        part: text.get(span).unwrap_or_default(),
    };
    let answer = Answer { language: language.as_deref(), kept, cuts, hits: hits.into_iter().map(found).collect() };
    if words.has("--json") { written(&answer) } else { Ok(told(&answer)) }
}

fn field(word: &str) -> Result<Field, Failure> {
    Field::from_word(word)
        .ok_or_else(|| Failure::Usage(format!("`{word}` is no field: write one such as `headline` or `description`")))
}

fn language(screen: &Screen, code: &str) -> Result<String, Failure> {
    let known: Vec<&str> = screen.lexicon().languages().collect();
    if known.contains(&code) {
        return Ok(code.to_owned());
    }
    Err(Failure::Usage(format!("there are no words for `{code}`; there are for {}", known.join(", "))))
}

fn told(answer: &Answer<'_>) -> String {
    let mut out = match &answer.kept {
        Some(text) => format!("kept: {text}\n"),
        None => "kept: nothing\n".to_owned(),
    };
    out += &match answer.language {
        Some(code) => format!("language: {code}\n"),
        None => "language: not clear, so all are tried\n".to_owned(),
    };
    out += &format!("found: {}\n", count(answer.hits.len(), "part", "parts"));
    for Found { kind, rule, confidence, part, .. } in &answer.hits {
        out += &format!("  {kind:<14} {confidence:>3} %  {rule:<24} {part}\n");
    }
    out
}
