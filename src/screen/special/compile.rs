//! The documents of the languages, checked, and compiled to the one text that ships. Native only.

use std::collections::BTreeMap;

use super::words::Words;
use super::{ALL, BACKWARDS, COMMON, DIGIT, SOME_DIGIT, sum};
use crate::json::{Json, Problem, Problems, Quoted, Read, read_with, record};
use crate::vocabulary::{Field, Trace, Word as _};

/// The farthest a rule may look between two of its groups, in words.
const FARTHEST: usize = 12;

/// How sure a rule is that does not say.
const CONFIDENCE: u32 = 80;

/// The most languages there may be.
const MOST: u32 = ALL.count_ones();

/// The most groups there may be: a phrase has twelve bits for the number of its own.
const MOST_GROUPS: usize = 1 << 12;

/// Groups that are one for all languages begin so: names of parties and unions, abbreviations.
const SHARED: &str = "all-";

/// The language of a document whose rules hold for every language, each with its own words.
const ANY: &str = "any";

/// Groups that are known from the start: those that are no lists of words, and [`COMMON`].
const MADE: [&str; COMMON + 1] = ["#under18", "#number", "#name", "#name-a", "#name-o", "#name-c", "common"];

/// A document as it is written.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) language: String,
    groups: Groups,
    rules: Vec<RuleText>,
    /// What makes any find of this document mean something else.
    unless: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code, reason = "only tests try the cases"))]
    pub(super) cases: Vec<Case>,
}

record!(Document { language, groups, rules } optional { unless, cases });

#[derive(Clone, Debug)]
struct Groups(Vec<(String, Vec<String>)>);

impl Read for Groups {
    fn blank() -> Self {
        Self(Vec::new())
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut sound = json.members(problems).is_some();
        for (name, words) in json.pairs() {
            let words = Vec::of(words, problems);
            sound &= words.is_some();
            self.0.push((name.to_owned(), words.unwrap_or_default()));
        }
        sound
    }
}

#[derive(Clone, Debug)]
struct RuleText {
    id: String,
    category: Trace,
    when: Vec<String>,
    unless: Vec<String>,
    outside: Vec<Field>,
    confidence: u32,
    /// It holds whatever the document's own `unless` says: what is denied is said all the same.
    always: bool,
}

record!(RuleText { id, category, when } optional { unless, outside, confidence, always });

/// An example that comes with a document.
#[derive(Clone, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "only tests try the cases"))]
pub(super) struct Case {
    pub(super) text: String,
    /// What is found; none: nothing.
    pub(super) finds: Option<Trace>,
    pub(super) field: Option<Field>,
}

record!(Case { text } optional { finds, field });

/// A word or phrase of a group, without the first word.
#[derive(Clone, Debug)]
struct Phrase {
    /// The number of the group.
    group: usize,
    /// The languages it is of, as bits.
    languages: usize,
    /// How many capitals the first word must begin with: 0, 1, 2 for an abbreviation.
    capitals: usize,
    /// The first word is only a beginning.
    open: bool,
    /// When it counts, as the reader has it.
    doubt: usize,
    /// The words behind the first.
    rest: Vec<Vec<u8>>,
}

/// One part of a pattern.
#[derive(Clone, Debug, Default)]
struct Step {
    groups: Vec<usize>,
    /// How many words may stand before it.
    gap: usize,
    /// How large a break may lie before it: 1 for commas, 2 for the end of a sentence.
    commas: usize,
    /// The find begins with it.
    begins: bool,
    /// It may stand there several times.
    many: bool,
    /// It need not stand there.
    free: bool,
    /// The break that must lie before it, and behind it.
    before: usize,
    behind: usize,
}

#[derive(Default)]
struct Compiler {
    languages: Vec<String>,
    /// The names of groups, with the languages that have words for them.
    groups: Vec<(String, usize)>,
    phrases: BTreeMap<Vec<u8>, Vec<Phrase>>,
    /// For each group the patterns that begin with it, each behind the number of its rule.
    starts: Vec<Vec<u8>>,
    rules: Vec<Vec<u8>>,
}

/// Compiles documents: one for each language, and one whose language is `any`, with rules that hold in all.
///
/// # Errors
/// Everything that is wrong with the first document that has something wrong.
pub fn compile(texts: &[&str]) -> Result<String, Vec<Problem>> {
    let mut compiler = Compiler::default();
    for name in MADE {
        compiler.groups.push((name.to_owned(), ALL));
    }
    let mut documents = Vec::new();
    for text in texts {
        documents.push(document(text, &mut compiler.languages)?);
    }
    for document in &documents {
        compiler.words(document);
    }
    if compiler.groups.len() > MOST_GROUPS {
        let what = ["there may be at most ", &MOST_GROUPS.to_string(), " groups of words"].concat();
        return Err(vec![Problem { what, ..Problem::default() }]);
    }
    compiler.doubt();
    for (text, document) in texts.iter().zip(&documents) {
        if let Some(pattern) = compiler.rules(document) {
            return Err(at_pattern(text, pattern));
        }
    }
    Ok(compiler.written())
}

/// Reads a document and notes its language.
pub(super) fn document(text: &str, languages: &mut Vec<String>) -> Result<Document, Vec<Problem>> {
    read_with(text, &mut |json, problems| {
        let document = Document::of(json, problems)?;
        let code = json.member("language").unwrap_or(json);
        if document.language == ANY {
            for (name, words) in json.member("groups").unwrap_or(json).pairs() {
                if !name.starts_with(SHARED) {
                    let what = format!("the group {} is of no language", Quoted(name));
                    words.wrong(problems, what, ["a name that begins with `", SHARED, "`"].concat());
                }
            }
        } else if languages.contains(&document.language) {
            code.wrong(problems, "a document of this language was read before", "");
        } else if languages.len() >= MOST as usize {
            code.wrong(problems, ["there may be at most ", &MOST.to_string(), " languages"].concat(), "");
        } else {
            languages.push(document.language.clone());
        }
        Some(document)
    })
}

impl Compiler {
    /// The bits of a language in which a name is looked for.
    fn languages_of(&self, language: &str, name: &str) -> usize {
        if name.starts_with(SHARED) || language == ANY {
            return ALL;
        }
        self.languages.iter().position(|known| known == language).map_or(0, |place| 1 << place)
    }

    /// Takes in the words of a document.
    fn words(&mut self, document: &Document) {
        for (name, lines) in &document.groups.0 {
            let languages = self.languages_of(&document.language, name);
            let group = self.groups.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                self.groups.push((name.clone(), 0));
                self.groups.len() - 1
            });
            self.groups.iter_mut().skip(group).take(1).for_each(|(_, of)| *of |= languages);
            for text in lines.iter().flat_map(|line| line.split(',')) {
                self.phrase(text.trim(), group, languages);
            }
        }
    }

    /// Takes in a phrase of a group: `~` before it where it means something else in other languages; capitals that must be there; `*` for endings.
    fn phrase(&mut self, text: &str, group: usize, languages: usize) {
        let plain = text.trim_start_matches('~');
        // From one number to another.
        if let Some((from, to)) = plain.split_once("..")
            && let (Ok(first), Ok(last)) = (from.parse::<u32>(), to.trim_end_matches('*').parse::<u32>())
        {
            let star = if to.ends_with('*') { "*" } else { "" };
            (first..=last).for_each(|number| self.phrase(&format!("{number:0width$}{star}", width = from.len()), group, languages));
            return;
        }
        // The shape of words with digits: a `#` for each digit, an `a` for anything else. The end of a name: its letters backwards, behind `BACKWARDS`.
        let end = plain.strip_prefix('*');
        if plain.contains('#') || end.is_some() {
            let key = end.map_or_else(
                || plain.bytes().map(|byte| if byte == b'#' { SOME_DIGIT } else { byte }).collect(),
                |end| end.bytes().chain([BACKWARDS]).rev().collect::<Vec<_>>(),
            );
            let phrase = Phrase { group, languages, capitals: 0, open: end.is_some(), doubt: 0, rest: Vec::new() };
            self.phrases.entry(key).or_default().push(phrase);
            return;
        }
        let words = Words::of(plain, true);
        let Some(first) = words.list.first() else { return };
        let capitals = usize::from(first.capitals);
        let mut key = words.at(0).to_vec();
        let open = key.last() == Some(&b'*');
        if open {
            key.pop();
        }
        let rest = (1..words.list.len()).map(|place| words.at(place).to_vec()).collect();
        let doubt = usize::from(plain.len() < text.len() && languages != ALL);
        let phrase = Phrase { group, languages, capitals, open, doubt, rest };
        let alike = self.phrases.entry(key).or_default();
        let same = |other: &&mut Phrase| {
            (other.group, other.capitals, other.open, other.doubt, &other.rest)
                == (phrase.group, phrase.capitals, phrase.open, phrase.doubt, &phrase.rest)
        };
        match alike.iter_mut().find(same) {
            Some(other) => other.languages |= phrase.languages,
            None => alike.push(phrase),
        }
    }

    /// Notes which phrases are nothing but common words of another language: they say nothing unless the text is in their own.
    fn doubt(&mut self) {
        let mut common: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for (key, phrases) in &self.phrases {
            for phrase in phrases.iter().filter(|phrase| phrase.group == COMMON && phrase.rest.is_empty()) {
                *common.entry(key.clone()).or_default() |= phrase.languages;
            }
        }
        let of = |word: &Vec<u8>| common.get(word).copied().unwrap_or_default();
        for (key, phrases) in &mut self.phrases {
            let mut split = Vec::new();
            for phrase in phrases.iter_mut().filter(|phrase| phrase.group != COMMON && !phrase.open && phrase.languages != ALL) {
                let all = phrase.rest.iter().fold(of(key), |all, word| all & of(word));
                // A word may be common in one of the languages that share the phrase.
                let bits = (0..MOST).map(|bit| 1 << bit).filter(|bit| phrase.languages & bit != 0);
                let doubtful = bits.filter(|bit| all & !bit != 0).fold(0, |all, bit| all | bit);
                if doubtful != 0 {
                    split.push(Phrase { languages: doubtful, doubt: 2, ..phrase.clone() });
                    phrase.languages &= !doubtful;
                }
            }
            phrases.append(&mut split);
            phrases.retain(|phrase| phrase.languages != 0);
        }
    }

    /// Takes in the rules of a document; a pattern of which no language has the groups comes back.
    fn rules<'d>(&mut self, document: &'d Document) -> Option<&'d str> {
        let languages = self.languages_of(&document.language, "");
        for text in &document.rules {
            let rule = self.rules.len();
            let mut written = Vec::new();
            let outside = text.outside.iter().fold(0, |all, field| all | 1_usize << field.place());
            let confidence = if (1..=100).contains(&text.confidence) { text.confidence } else { CONFIDENCE };
            for number in [languages, outside, text.category.place() as usize, confidence as usize] {
                push(&mut written, number);
            }
            push_part(&mut written, text.id.as_bytes());
            for pattern in &text.when {
                let Some(mut steps) = self.pattern(pattern, languages, false) else { return Some(pattern) };
                // Before the first any break may lie.
                steps.iter_mut().take(1).for_each(|step| step.commas = 2);
                let mut bytes = Vec::new();
                steps.iter().for_each(|step| push_step(&mut bytes, step, false));
                for group in steps.first().map(|step| step.groups.as_slice()).unwrap_or_default() {
                    self.starts.resize(self.starts.len().max(group + 1), Vec::new());
                    for starts in self.starts.iter_mut().skip(*group).take(1) {
                        push(starts, rule);
                        push_part(starts, &bytes);
                    }
                }
            }
            let general: &[String] = if text.always { &[] } else { &document.unless };
            for pattern in text.unless.iter().chain(general) {
                // What makes it mean something else may be said in any language.
                let Some(steps) = self.pattern(pattern, ALL, true) else { return Some(pattern) };
                let before = pattern.ends_with('@');
                // Two steps, of which one is the find itself: its gap counts where it comes last.
                let [first, last] = steps.as_slice() else { return Some(pattern) };
                let step = if before { Step { gap: last.gap, commas: last.commas, ..first.clone() } } else { last.clone() };
                push_step(&mut written, &step, before);
            }
            self.rules.push(written);
        }
        None
    }

    /// Reads a pattern: groups (`a`, or `a|b` for either), between them `..3` for up to three words, `,,3` for as many with commas among them, `;;3`
    /// with ends of sentences, `?` behind groups that may be missing, `*` behind those that may stand there several times too, `[` where the find begins, `<` before and `>` behind a group for the edge of an item, `<<` and `>>` for that of a sentence. `@` is the find. All its groups must have words in
    /// one of the languages.
    fn pattern(&self, text: &str, languages: usize, around: bool) -> Option<Vec<Step>> {
        let mut steps: Vec<Step> = Vec::new();
        let mut next = Step::default();
        let mut common = languages;
        for word in text.split_ascii_whitespace() {
            let gap = ["..", ",,", ";;"].iter().enumerate().find_map(|(most, sign)| Some((most, word.strip_prefix(sign)?)));
            if let Some((most, gap)) = gap {
                next.gap = gap.parse().ok().filter(|gap| *gap <= FARTHEST)?;
                next.commas = most;
            } else if word == "[" {
                next.begins = true;
            } else if matches!(word, "<" | "<<") {
                next.before = word.len();
            } else if matches!(word, ">" | ">>") {
                steps.last_mut()?.behind = word.len();
            } else {
                if word != "@" || !around {
                    let mut of = 0;
                    next.many = word.ends_with('*');
                    next.free = next.many || word.ends_with('?');
                    for name in word.trim_end_matches(['*', '?']).split('|') {
                        if let Some((group, (_, languages))) = self.groups.iter().enumerate().find(|(_, (known, _))| known == name)
                        {
                            next.groups.push(group);
                            of |= languages;
                        }
                    }
                    common &= of;
                }
                steps.push(core::mem::take(&mut next));
            }
        }
        (!steps.is_empty() && common != 0).then_some(steps)
    }

    /// The whole, as the reader has it.
    fn written(mut self) -> String {
        // Groups with which no pattern begins have a record too: nothing else may be read for theirs.
        self.starts.resize(self.groups.len(), Vec::new());
        let languages = self.languages.iter().map(|code| code.as_bytes().to_vec()).collect();
        let mut text = Vec::new();
        for table in [languages, self.rules, self.starts] {
            push(&mut text, table.len());
            table.iter().for_each(|record| push_part(&mut text, record));
        }
        // Phrases that have all in common but their words stand in one list: compressed, they take two thirds of what a table sorted by words took, as
        // those of one language and one meaning are much alike.
        let mut lists: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
        for (key, phrases) in self.phrases {
            for phrase in phrases {
                // One number: two bits for capitals, two for the doubt, twelve for the group, the rest for languages.
                let alike = phrase.capitals | phrase.doubt << 2 | phrase.group << 4 | phrase.languages << 16;
                let open = if phrase.open { b"*".to_vec() } else { Vec::new() };
                let first = [key.clone(), open].concat();
                let words: Vec<Vec<u8>> = [first].into_iter().chain(phrase.rest).collect();
                lists.entry(alike).or_default().push(words.join(&b' '));
            }
        }
        // The reader finds what comes last first: where two rules find the same, that of the group which came first is named.
        for (alike, phrases) in lists.into_iter().rev() {
            push(&mut text, alike);
            text.append(&mut phrases.join(&b','));
            text.push(b'.');
        }
        whole(text)
    }
}

/// A compiled text with its sum before it.
pub(in crate::screen) fn whole(text: Vec<u8>) -> String {
    let mut whole = Vec::new();
    push(&mut whole, sum(&text));
    whole.extend(text);
    String::from_utf8_lossy(&whole).into_owned()
}

/// Writes a number: five bits a character, those that go on before the one that ends it.
pub(in crate::screen) fn push(bytes: &mut Vec<u8>, number: usize) {
    let mut shift = 30;
    while shift > 0 && number >> shift == 0 {
        shift -= 5;
    }
    while shift > 0 {
        bytes.push(DIGIT + 32 + (number >> shift & 31) as u8);
        shift -= 5;
    }
    bytes.push(DIGIT + (number & 31) as u8);
}

pub(in crate::screen) fn push_part(bytes: &mut Vec<u8>, part: &[u8]) {
    push(bytes, part.len());
    bytes.extend(part);
}

fn push_step(bytes: &mut Vec<u8>, step: &Step, first: bool) {
    push(
        bytes,
        step.before
            | step.behind << 2
            | step.commas << 4
            | usize::from(first) << 6
            | usize::from(step.begins) << 7
            | usize::from(step.many) << 8
            | usize::from(step.free) << 9,
    );
    push(bytes, step.gap);
    let mut groups = Vec::new();
    step.groups.iter().for_each(|group| push(&mut groups, *group));
    push_part(bytes, &groups);
}

/// The problem that a pattern cannot be used, told where it stands.
fn at_pattern(text: &str, pattern: &str) -> Vec<Problem> {
    let told = read_with(text, &mut |json, problems| {
        let rules = json.member("rules").map(Json::each).unwrap_or_default();
        let lists = rules.iter().flat_map(|rule| [rule.member("when"), rule.member("unless")]);
        let each = lists.chain([json.member("unless")]).flatten().flat_map(Json::each);
        let there: Vec<&Json> = each.filter(|each| each.as_text() == Some(pattern)).collect();
        for each in there {
            each.wrong(problems, format_args!("no language has the groups of the pattern {}", Quoted(pattern)), "");
        }
        None::<()>
    });
    told.err().unwrap_or_default()
}
