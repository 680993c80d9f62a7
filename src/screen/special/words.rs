//! The words of a text as they are compared, and the breaks between them.

use core::ops::Range;

use crate::screen::fold::fold;

/// A word of a text.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Where it stands in the text.
    pub(super) span: Range<usize>,
    /// Where its folded form is.
    folded: Range<usize>,
    /// What lies before it: 0 nothing but space, 1 the edge of an item (a comma, a bracket, a dash), 2 that of a sentence.
    pub(super) edge: u8,
    /// How many capitals it begins with, up to two; three for a single one with a dot behind.
    pub(super) capitals: u8,
    /// Its value, if it is a number below a thousand; a thousand if it is anything else.
    pub(super) number: u16,
    /// Nothing is looked for here.
    pub(super) hidden: bool,
}

/// The words of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) list: Vec<Word>,
    folded: String,
}

impl Words {
    /// The words of a text, or those of a phrase, with a `*` behind those that stand for their endings.
    #[inline(never)]
    pub(super) fn of(text: &str, phrase: bool) -> Self {
        let mut words = Self::default();
        let mut edge = 2;
        let mut inside = false;
        let mut letters = 0;
        let mut ahead = text.chars();
        let mut class_ahead = || ahead.next().map_or(SPACE, class);
        let (mut class, mut next, mut third) = (SPACE, class_ahead(), class_ahead());
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            let last = class;
            (class, next, third) = (next, third, class_ahead());
            if class == CAPITAL || class == LETTER || inside && (class == MARK || phrase && c == '*') {
                if !inside {
                    inside = true;
                    letters = 0;
                    if !words.folded.is_empty() {
                        words.folded.push(' ');
                    }
                    let start = words.folded.len();
                    words.list.push(Word { span: at..at, folded: start..start, edge, capitals: 0, number: 0, hidden: false });
                    edge = 0;
                }
                fold(c, &mut words.folded);
                if let Some(word) = words.list.last_mut() {
                    word.span.end = chars.offset();
                    word.folded.end = words.folded.len();
                    word.number = if c.is_ascii_digit() && word.number < 100 { word.number * 10 + (c as u16 & 15) } else { 1000 };
                    word.capitals += u8::from(letters < 2 && word.capitals == letters && class == CAPITAL);
                    letters = letters.saturating_add(1);
                }
            } else if c == ' ' {
                inside = false;
            } else {
                // `M.` is a title, `M` is not.
                if let Some(word) = words.list.last_mut()
                    && (class, inside, letters, word.capitals) == (b'.', true, 1, 1)
                {
                    word.capitals = 3;
                }
                edge = edge.max(words.edge_of(class, c == '—', last, next, third));
                inside = false;
            }
        }
        words
    }

    /// A word as it is compared; behind the last one nothing.
    pub(super) fn at(&self, place: usize) -> &[u8] {
        self.list.get(place).and_then(|word| self.folded.as_bytes().get(word.folded.clone())).unwrap_or_default()
    }

    /// The break before a word; behind the last one lies the end of a sentence.
    pub(super) fn edge(&self, place: usize) -> u8 {
        self.list.get(place).map_or(2, |word| word.edge)
    }

    /// All words as they are compared, with a space between two.
    pub(super) fn folded(&self) -> &[u8] {
        self.folded.as_bytes()
    }

    /// The place behind a phrase that stands at a word, which is compared as `first`, or 0. In a phrase `*` stands for the rest of a word, and a comma or a dot is its end. Breaks up
    /// to `most` may lie between its words.
    #[inline(never)]
    pub(super) fn behind(&self, phrase: &[u8], first: &[u8], mut place: usize, most: u8) -> usize {
        let mut left = first;
        for byte in phrase {
            match (byte, left) {
                (b',' | b'.', _) => break,
                (b'*', _) => left = b"",
                (b' ', []) => {
                    place += 1;
                    if self.edge(place) > most {
                        return 0;
                    }
                    left = self.at(place);
                }
                (_, [first, rest @ ..]) if first == byte => left = rest,
                _ => return 0,
            }
        }
        if left.is_empty() && place < self.list.len() { place + 1 } else { 0 }
    }

    /// What a character between words comes to, with the class of the one before it and of the two behind it.
    fn edge_of(&self, class: u8, long: bool, last: u8, next: u8, third: u8) -> u8 {
        let open = next == SPACE || next == APART;
        match class {
            END | APART => 2,
            b'.' => {
                let word = self.at(self.list.len().wrapping_sub(1));
                // Words that end with a dot which ends no sentence.
                let short = "av avv bzw ca dhr dott dr dra etc im ing inkl mevr mgr mlle mme mr mrs ms no nr prof pw sig sr sra st ste tel ul zzgl";
                if !open || word.len() == 1 || short.as_bytes().split(|byte| *byte == b' ').any(|short| short == word) {
                    0
                } else if third == LETTER {
                    1
                } else {
                    2
                }
            }
            b'-' if last != SPACE && !open => u8::from(long),
            b'&' => u8::from(last == SPACE),
            SPACE | MARK | b'q' => 0,
            _ => 1,
        }
    }
}

/// Classes of characters: capitals, other letters and digits, marks that belong to the letter before them (with what nobody sees), space, the ends of
/// sentences, what stands between items of a list.
const CAPITAL: u8 = b'U';
const LETTER: u8 = b'l';
const MARK: u8 = b'm';
const SPACE: u8 = b's';
const END: u8 = b'b';
const APART: u8 = b'B';

/// The class of a character. The tables of Unicode would be some thousand bytes in the extension; here only Latin has capitals.
fn class(c: char) -> u8 {
    // Where a class begins, and the class. In `E` the even ones are capitals, in `O` the odd ones; `q` is let be, and `i` ends an item.
    const CLASSES: &str = "\u{0}i\u{9}s\u{a}B\u{b}s\u{d}B\u{e}i\u{20}s!b\"q$i&&'q(i*q,i--../i?b@q[i`q{i|B}i\u{a0}s¡b¢iªl«q¬i\u{ad}m®i´qµl¶i·B¸iºl»q¼i¿bÀU×iØUßl÷i\
    ølĀEĸlĹOŉlŊEŸUŹOſlȘEȜl\u{300}m\u{370}l\u{2000}s\u{200b}m\u{2010}i–-―i‘q‚i“q‟i•B‣i…b‧i\u{2028}B\u{202a}m\u{202f}s\u{2030}i‹q※i\u{2060}m\
    \u{2065}i\u{2070}l\u{20a0}i\u{2100}l←i→B↓i−-∓i①l─i║B╒i▪B▫i►B▻i●B◐i★B☆i✦B✧i\u{2c00}l\u{3000}s\u{3001}i\u{3031}l\u{fe00}i\u{fe70}l\
    \u{feff}m\u{ff00}i\u{ff10}l\u{ff1a}i\u{ff21}l\u{ff3b}i\u{ff41}l\u{ff5b}i\u{ff5c}B\u{ff5d}i\u{ff66}l\u{1f000}i\u{1fb00}l";
    if c == ' ' {
        return SPACE;
    }
    if c.is_ascii_alphanumeric() {
        return if c.is_ascii_uppercase() { CAPITAL } else { LETTER };
    }
    let mut class = 0;
    let mut classes = CLASSES.chars();
    while let (Some(from), Some(kind)) = (classes.next(), classes.next())
        && from <= c
    {
        class = kind as u8;
    }
    match class {
        b'E' | b'O' if (c as u32 & 1 == 1) == (class == b'O') => CAPITAL,
        b'E' | b'O' => LETTER,
        _ => class,
    }
}

/// The sentences of a text, in its order: what is cut when a part of one gives something away. Items of a list (`|`, `•`, a line of its own) count as
/// sentences; a dot behind an abbreviation does not end one.
#[must_use]
pub(in crate::screen) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for word in Words::of(text, false).list {
        match all.last_mut() {
            Some(last) if word.edge < 2 => last.end = word.span.end,
            _ => all.push(word.span),
        }
    }
    all
}

/// The sentences around a part of a text, with the marks that close them. They are asked for in the order of the text, and let go when they are past.
pub(in crate::screen) fn around(text: &str, sentences: &mut &[Range<usize>], span: &Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = span.clone();
    while let [first, rest @ ..] = *sentences
        && first.start < span.end
    {
        if first.end > span.start {
            start = start.min(first.start);
            end = end.max(first.end);
        }
        if first.end > span.end {
            break;
        }
        *sentences = rest;
    }
    let mut behind = text.get(end..).unwrap_or_default().chars();
    let mut left = behind.as_str().len();
    while behind.next().is_some_and(|c| !matches!(class(c), SPACE | APART)) {
        left = behind.as_str().len();
    }
    start..text.len() - left
}
