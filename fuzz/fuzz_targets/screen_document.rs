//! A text as each of the documents that the screen is made of: it is refused, or a screen is made of it that searches texts without breaking.
//! Also as what languages are compiled to, with its sum made right.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::screen::{BUILT_IN, Lexicon, Orders, Screen, compile};
use scruple::vocabulary::Field;
use scruple_fuzz::mutate;

/// Texts in which much of what documents can say is found.
const TEXTS: [&str; 3] = [
    "I live with multiple sclerosis since 2016. Déléguée syndicale CGT | Katholik, 17 | my daughter Anna has asthma, reporting to Karl Ost",
    "+33 6 12 34 56 78, 06.12.34.56.78, (020) 7946 0018, lea@firm.example, PESEL 44051401359, born 12 March 1985",
    "",
];

static FIRST: LazyLock<[&str; 2]> = LazyLock::new(|| [BUILT_IN[0], BUILT_IN[1]]);

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(bytes, size, longest, seed) });

fuzz_target!(|text: &str| {
    let [plans, people] = *FIRST;
    for texts in [&[text, people][..], &[plans, text], &[text], &[]] {
        if let Ok(screen) = Screen::parse(texts) {
            search(&screen);
        }
    }
    match compile(&[text]) {
        Ok(compiled) => {
            let screen = Screen::parse(&[plans, people, &compiled]).expect("what was compiled can be read");
            let direct = Screen::parse(&[plans, people, text]).expect("what can be compiled can be read");
            assert!(search(&screen) == search(&direct), "compiled, it finds something else");
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused for no reason");
            let lines = text.split('\n').count();
            for problem in problems {
                assert!(problem.line <= lines, "a problem beside the text: {problem}");
            }
        }
    }
    // Damage is noticed by the sum; what has the right one was made by the compiler, so here it is only read.
    if let Ok(lexicon) = Lexicon::parse(&[&summed(text)]) {
        assert!(lexicon.languages().count() <= text.len());
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
