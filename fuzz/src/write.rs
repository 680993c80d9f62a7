//! Changes of a text that people could have written: parts of what the screen looks for are put together, split and repeated. libFuzzer's own changes,
//! byte by byte, hardly ever make a number or a sentence.

use libfuzzer_sys::fuzzer_mutate;

/// What contact details and sentences are made of, and what stands between.
const PARTS: [&str; 122] = [
    "06",
    "12",
    "34",
    "1985",
    "+33",
    "+1",
    "(0)",
    "(020) ",
    "7946 0018",
    "06 12 34 56 78",
    "o6",
    "zero six ",
    "1-800-",
    "FLOWERS",
    "ext. 12",
    "x12",
    "@",
    "＠",
    " at ",
    " dot ",
    "[at]",
    "(dot)",
    " arobase ",
    " kropka ",
    "lea",
    "léa",
    "lеa",
    "firm",
    ".com",
    ".example",
    "mailto:",
    "https://",
    "www.",
    "t.me/",
    "wa.me/",
    "?token=",
    "3f9d8e7a6b5c4d3e",
    "Telegram: ",
    "Discord ",
    "lea#1234",
    "@lea_m",
    "IBAN ",
    "FR76 3000 6000 0112 3456 7890 189",
    "4111 1111 1111 1111",
    "078-05-1120",
    "PESEL ",
    "44051401359",
    "DNI 12345678Z",
    "BSN ",
    "born ",
    "né le ",
    "12 March ",
    "12/03/1985",
    "34 years old",
    "aged 17",
    "rue ",
    "12 rue de la Paix",
    ", 75002 Paris",
    "Calle Mayor 5",
    "PO Box 1",
    "Hauptstr. 5a ",
    "Tel. ",
    "电话",
    "Ł",
    "ß",
    "ŉ",
    "ﬁ",
    "e\u{301}",
    "\u{200b}",
    "\u{202e}",
    "🙂",
    "٣",
    "１２",
    "İ",
    "\u{a0}",
    " ",
    " ",
    " ",
    "\n",
    ". ",
    "! ",
    "; ",
    ", ",
    " | ",
    "• ",
    " – ",
    "-",
    "/",
    ":",
    "’",
    "'",
    "\"",
    "(",
    ")",
    "[…]",
    "**",
    "I ",
    "I am ",
    "I have ",
    "my ",
    "not ",
    "if ",
    "a Catholic ",
    "living with cancer",
    "multiple sclerosis",
    "HIV",
    "my daughter ",
    "Anna, 6",
    "aged 9",
    "member of the ",
    "CGT",
    "union rep",
    "délégué ",
    "Ich bin ",
    "schwul",
    "je suis ",
    "soy ",
    "jestem ",
    "sono ",
    "ik ben ",
    "reporting to Karl Ost",
    "my boss ",
];

/// Changes an input in place and returns its new length: what `fuzz_mutator!` wants.
pub fn write(bytes: &mut [u8], size: usize, longest: usize, seed: u32) -> usize {
    let mut dice = u64::from(seed) | 1 << 32;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % sides.max(1) as u64) as usize
    };
    let Some(Ok(text)) = bytes.get(..size).map(std::str::from_utf8) else { return fuzzer_mutate(bytes, size, longest) };
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=roll(4) {
        let at = roll(letters.len() + 1);
        match roll(8) {
            0 => return fuzzer_mutate(bytes, size, longest),
            1 => drop(letters.drain(at..(at + 1 + roll(8)).min(letters.len()))),
            2 => {
                let end = (at + 1 + roll(24)).min(letters.len());
                let again = letters.get(at..end).unwrap_or_default().to_vec();
                let to = roll(letters.len() + 1);
                letters.splice(to..to, again);
            }
            _ => drop(letters.splice(at..at, PARTS[roll(PARTS.len())].chars())),
        }
    }
    let longest = longest.min(bytes.len());
    let mut written = 0;
    for letter in letters {
        match bytes.get_mut(written..longest).filter(|room| room.len() >= letter.len_utf8()) {
            Some(room) => written += letter.encode_utf8(room).len(),
            None => break,
        }
    }
    written
}
