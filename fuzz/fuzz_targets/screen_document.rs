//! A text as each of the documents that the screen is made of: it is refused, or a screen is made of it that searches texts without breaking.
//! Also as each of the lines that ship, with its sum made right.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::screen::{BUILT_IN, Orders, Screen, compile};
use scruple::vocabulary::Field;
use scruple_fuzz::mutate;

/// Texts in which much of what documents can say is found.
const TEXTS: [&str; 3] = [
    "I live with multiple sclerosis since 2016. Déléguée syndicale CGT | Katholik, 17 | my daughter Anna has asthma, reporting to Karl Ost",
    "+33 6 12 34 56 78, 06.12.34.56.78, (020) 7946 0018, lea@firm.example, PESEL 44051401359, born 12 March 1985",
    "",
];

/// The numbering plans, the lists of words, the rules for contact details.
static BESIDE: LazyLock<[&str; 3]> = LazyLock::new(|| [BUILT_IN[0], BUILT_IN[1], BUILT_IN[2]]);

/// These and no language, as they ship.
static LINES: LazyLock<Vec<String>> =
    LazyLock::new(|| compile(&*BESIDE).expect("the built-in documents are sound").lines().map(Into::into).collect());

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(bytes, size, longest, seed) });

fuzz_target!(|text: &str| {
    let [plans, lists, rules] = *BESIDE;
    for documents in
        [&[text, lists, rules][..], &[plans, text, rules], &[plans, lists, text], &[plans, lists, rules, text], &[text], &[]]
    {
        match compile(documents) {
            Ok(compiled) => {
                let lines: Vec<&str> = compiled.lines().collect();
                search(&Screen::parse(&lines).expect("what was compiled can be read"));
            }
            Err(problems) => assert!(!problems.is_empty(), "refused for no reason"),
        }
    }
    // Damage is noticed by the sum. What has the right one was made by the compiler; whatever it is, it is read without breaking.
    let summed = summed(text);
    for place in 0..LINES.len() {
        let mut lines: Vec<&str> = LINES.iter().map(String::as_str).collect();
        lines[place] = &summed;
        if let Ok(screen) = Screen::parse(&lines) {
            search(&screen);
        }
    }
});

/// What a screen finds in the texts.
fn search(screen: &Screen) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for text in TEXTS {
        for hit in screen.hits(Field::Description, text, &["Léa Morel"], &Orders::default()) {
            assert!(text.get(hit.span.clone()).is_some_and(|part| !part.is_empty()), "no part of the text: {hit:?}");
            found.push((hit.span.start, hit.span.end, hit.rule));
        }
        let _ = screen.lexicon().language(text);
    }
    found
}

/// A text behind its sum (FNV-1a), as the compiler writes it: five bits a character, the highest first.
fn summed(text: &str) -> String {
    let sum = text.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let digit = |shift: u32| char::from(b'0' + (sum >> shift & 31) as u8 + if shift > 0 { 32 } else { 0 });
    (0..7).rev().map(|place| digit(place * 5)).chain(text.chars()).collect()
}
