//! What the screen knows, as it is written, checked, and compiled to the lines that ship. Native only.

use super::lists::NAMES;
use super::special::compile as lexicon;
use super::special::{push, push_part, whole};
use crate::json::{Json, Problem, Problems, Quoted, Read, Unread, from_str, read_with, record};
use crate::vocabulary::Country;

/// Compiles the documents: the numbering plans, the lists of words, the rules for contact details, then one for each language.
///
/// # Errors
/// Everything that is wrong with the first document that has something wrong.
pub fn compile(texts: &[&str]) -> Result<String, Vec<Problem>> {
    let [plans, lists, rules, languages @ ..] = texts else {
        return Err(vec![Problem { what: "documents are missing".into(), ..Problem::default() }]);
    };
    let mut line = Vec::new();
    for list in &read_with(lists, &mut Contacts::of)?.lists.0 {
        push_part(&mut line, list.as_bytes());
    }
    let plans: Plans = from_str(plans).map_err(|problem| vec![problem])?;
    plans.plans.iter().for_each(|plan| push_part(&mut line, &plan.written()));
    Ok([whole(line).as_str(), &lexicon(&[rules])?, &lexicon(languages)?].join("\n"))
}

/// The lists of words.
struct Contacts {
    _says: Unread,
    lists: Lists,
}

record!(Contacts { _says = "says", lists });

/// The words of each list, in the order of [`NAMES`], set apart by spaces.
struct Lists(Vec<String>);

impl Read for Lists {
    fn blank() -> Self {
        Self(Vec::new())
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut sound = json.members(problems).is_some();
        for (name, list) in json.pairs() {
            if !NAMES.contains(&name) {
                list.wrong(problems, format_args!("there is no list {}", Quoted(name)), "one of the lists of `lists.rs`");
            }
        }
        for name in NAMES {
            let Some((_, lines)) = json.pairs().find(|(known, _)| known == name) else {
                json.wrong(problems, format_args!("the list {} is missing", Quoted(name)), "");
                continue;
            };
            let lines = Vec::<String>::of(lines, problems);
            sound &= lines.is_some();
            self.0.push(lines.unwrap_or_default().join(" "));
        }
        sound
    }
}

/// The numbering plans of the world (ITU-T E.164).
struct Plans {
    _what: Unread,
    _source: Unread,
    plans: Vec<Plan>,
}

record!(Plans { _what = "what", _source = "source", plans });

/// How the numbers of one country are made.
struct Plan {
    country: Country,
    /// What stands before its numbers for callers from elsewhere.
    code: u32,
    /// What is dialled before a number at home, if anything is.
    trunk: String,
    /// What is dialled to call elsewhere, if it is not 00.
    exit: String,
    /// How many digits numbers have, without what is dialled before them.
    lengths: Lengths,
    /// How numbers of each kind begin.
    mobile: Leads,
    fixed: Leads,
    other: Leads,
    /// How digits are grouped at home, with what is dialled before them there: `2 2 2 2 2`.
    groups: Vec<Form>,
    /// Digits that stand behind the area at home, and those that stand before it elsewhere (Argentina: `15 9`).
    moved: String,
    _example: Unread,
}

record!(Plan { country, code, lengths } optional { trunk, exit, mobile, fixed, other, groups, moved, _example = "example" });

impl Plan {
    /// As the reader has it.
    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push(&mut bytes, self.code as usize);
        push(&mut bytes, self.lengths.0);
        let leads = self.mobile.0 | self.fixed.0 | self.other.0;
        for shift in [75, 50, 25, 0] {
            push(&mut bytes, (leads >> shift & 0x1ff_ffff) as usize);
        }
        push(&mut bytes, self.groups.len());
        for Form(form) in &self.groups {
            push(&mut bytes, (form >> 32) as usize);
            push(&mut bytes, (form & 0xffff_ffff) as usize);
        }
        for part in [&self.trunk, &self.country.to_string(), &self.exit, &self.moved] {
            push_part(&mut bytes, part.as_bytes());
        }
        bytes
    }
}

/// Numbers of digits, as bits.
#[derive(Default)]
struct Lengths(usize);

/// The first two digits of numbers, as bits.
#[derive(Default)]
struct Leads(u128);

/// Lengths of groups, as the reader has them.
struct Form(u64);

/// Reads `6 70-75`: numbers and ranges of them.
fn ranges(json: &Json, problems: &mut Problems, add: &mut dyn FnMut(&str, u32, u32) -> bool) -> bool {
    let Some(text) = json.text(problems) else { return false };
    for part in text.split(' ') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let read = from.parse().ok().zip(to.parse().ok()).is_some_and(|(low, high)| low <= high && add(from, low, high));
        if !read {
            json.wrong(problems, format_args!("{} is no range of digits", Quoted(part)), "digits such as `6 70-75`");
            return false;
        }
    }
    true
}

impl Read for Lengths {
    fn blank() -> Self {
        Self(0)
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut bits = 0;
        let sound = ranges(json, problems, &mut |_, low, high| {
            (low..=high.min(31)).for_each(|length| bits |= 1 << length);
            high <= 17
        });
        self.0 = bits;
        sound
    }
}

impl Read for Leads {
    fn blank() -> Self {
        Self(0)
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut bits = 0;
        let sound = ranges(json, problems, &mut |from, low, high| {
            // One digit stands for all that begin with it.
            let (low, high) =
                if from.len() == 1 { (low.saturating_mul(10), high.saturating_mul(10).saturating_add(9)) } else { (low, high) };
            (low..=high.min(99)).for_each(|lead| bits |= 1 << lead);
            high <= 99
        });
        self.0 = bits;
        sound
    }
}

impl Read for Form {
    fn blank() -> Self {
        Self(0)
    }

    fn read(&mut self, json: &Json, problems: &mut Problems) -> bool {
        let mut form: u64 = 0;
        let sound = ranges(json, problems, &mut |_, low, high| {
            let room = form >> 56 == 0 && low > 0 && high < 16;
            form = form << 8 | u64::from(low << 4 | high & 15);
            room
        });
        self.0 = form;
        sound
    }
}
