//! The lists of words by which ways to reach somebody are told. They are data (`data/contacts.json`), because as code they would be a tenth of the guard.

use super::contacts::listed;
use super::special::{Reader, text};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $key:literal,)*) => {
        /// A list of words.
        #[derive(Clone, Copy)]
        pub(super) enum List {
            $($(#[$doc])* $name),*
        }

        /// What the lists are called in the document.
        pub(super) const NAMES: &[&str] = &[$($key),*];
    };
}

lists! {
    /// Words before a phone number: English, French, German, Spanish, Italian, Dutch, Portuguese, Polish, Turkish.
    Phone "phone",
    /// Words behind one.
    PhoneBehind "phone-behind",
    /// Words before other numbers.
    OtherNumber "other-number",
    /// Words directly before the number of a room.
    Room "room",
    /// Words and signs of money and counts behind a number in thousands.
    Unit "unit",
    /// The words of scripts that set them apart otherwise: Chinese, Japanese, Korean, Hindi, Russian (folded), Arabic, Greek, Hebrew.
    Foreign "phone-foreign",
    /// Words that name a payment card.
    Card "card",
    /// Words before an account.
    Account "account",
    /// Words for the sign between name and host that mean nothing else: French, Spanish and Portuguese, Italian, Dutch, Polish, German.
    Sign "sign",
    /// Words for it inside brackets.
    SignInBrackets "sign-in-brackets",
    /// Words for the dot of a host: English, French, German, Italian and Spanish, Dutch, Portuguese, Polish.
    Dot "dot",
    /// Those of them that stand behind a bare `at`: a point is often arrived at.
    SureDot "sure-dot",
    /// Services whose name alone, with a colon, introduces a name.
    Service "service",
    /// Those whose names are common words too: the word for a name must follow.
    CommonService "common-service",
    /// Words for a name.
    NameWord "name-word",
    /// Hosts whose paths are names of accounts; all of the path before the name, if there is more, stands behind the host.
    AccountHost "account-host",
    /// Hosts whose paths are somebody's calendar or room.
    BookingHost "booking-host",
    /// Names of parameters that say who somebody is, or open what is theirs.
    Key "key",
    /// Parts of paths that are followed by what opens something for one person.
    Opening "opening",
    /// Words before the number of an extension; the longer ones first.
    Extension "extension",
    /// Words for the digits, from zero: English, French, German, Spanish, Italian, Dutch, Portuguese, Polish.
    Zero "zero",
    One "one",
    Two "two",
    Three "three",
    Four "four",
    Five "five",
    Six "six",
    Seven "seven",
    Eight "eight",
    Nine "nine",
    /// Countries with IBANs, and how long theirs are (ISO 13616, registry of SWIFT).
    Iban "iban",
    IdFr "id-fr",
    IdDe "id-de",
    IdUs "id-us",
    IdNl "id-nl",
    IdBe "id-be",
    IdCh "id-ch",
    IdPl "id-pl",
    IdIn "id-in",
    IdBr "id-br",
    CodeEs "code-es",
    CodeEs2 "code-es-2",
    CodeGb "code-gb",
    CodeIt "code-it",
    CodeIn "code-in",
}

/// All lists.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    text: String,
    each: Vec<Words>,
}

/// Words set apart by spaces. Nearly every word of a text is looked up in several lists and is in none of them, which a few bits tell at once.
#[derive(Clone, Debug)]
struct Words {
    /// Where they begin and end in the text.
    start: usize,
    end: usize,
    /// A bit for each word, of 256 (see [`bit`]).
    bits: [u64; 4],
}

impl Lists {
    /// Reads the lists of a compiled text, one part each.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut lists = Self { text: String::new(), each: Vec::new() };
        while lists.each.len() < NAMES.len() {
            let part = reader.part();
            let mut words = Words { start: lists.text.len(), end: 0, bits: [0; 4] };
            for word in part.split(|byte| *byte == b' ') {
                let bit = bit(word);
                words.bits.iter_mut().skip(bit >> 6).take(1).for_each(|bits| *bits |= 1 << (bit & 63));
            }
            lists.text.push_str(text(part));
            words.end = lists.text.len();
            lists.each.push(words);
        }
        lists
    }

    /// The words of a list.
    pub(super) fn words(&self, list: List) -> &str {
        self.each.get(list as usize).and_then(|words| self.text.get(words.start..words.end)).unwrap_or_default()
    }

    /// Whether a word is one of a list.
    pub(super) fn has(&self, list: List, word: &str) -> bool {
        let bit = bit(word.as_bytes());
        let bits = self.each.get(list as usize).and_then(|words| words.bits.get(bit >> 6)).copied().unwrap_or_default();
        bits >> (bit & 63) & 1 == 1 && listed(self.words(list), word)
    }
}

/// The bit of a word: its first and last letter and its length, mixed.
fn bit(word: &[u8]) -> usize {
    let [first, last] = [word.first(), word.last()].map(|byte| byte.copied().unwrap_or_default());
    usize::from(first.wrapping_mul(37) ^ last.wrapping_mul(11) ^ (word.len() as u8).wrapping_mul(23))
}
