//! Broken files, the same every time: none ends the program, and what comes out of any of them is clean.

use std::iter;

use scruple::picture::{Limits, is_clean, strip};

use super::{check_result, plant, samples};

/// Numbers that look like chance (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of so many.
    fn roll(&mut self, sides: usize) -> usize {
        (self.next() >> 11) as usize % sides
    }

    /// A byte that means something somewhere, or any.
    fn byte(&mut self) -> u8 {
        const KNOWN: [u8; 16] = [0, 1, 2, 3, 0x10, 0x21, 0x2c, 0x3b, 0x7f, 0x80, 0xc0, 0xda, 0xd9, 0xe1, 0xfe, 0xff];
        if self.roll(2) == 0 { KNOWN[self.roll(KNOWN.len())] } else { self.next() as u8 }
    }
}

/// Changes a picture somewhere: bytes, parts that are gone, doubled or taken from another.
fn mutant(start: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = start.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len().max(1));
        let end = (at + dice.roll(40)).min(bytes.len());
        match dice.roll(6) {
            0 => drop(bytes.drain(at.min(end)..end)),
            1 => {
                let part = bytes[at.min(end)..end].to_vec();
                bytes.splice(at.min(end)..at.min(end), part);
            }
            2 => {
                let from = dice.roll(other.len());
                let part = other[from..(from + dice.roll(60)).min(other.len())].to_vec();
                bytes.splice(at.min(end)..at.min(end), part);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = dice.byte();
                }
            }
        }
    }
    bytes
}

/// Makes the checksums of a PNG right again, and the length of a WebP: hardly any mutant would get beyond them.
fn repaired(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(b"RIFF") && bytes.len() > 12 {
        let length = (bytes.len() as u32 - 8).to_le_bytes();
        bytes[4..8].copy_from_slice(&length);
    }
    let mut at = 8;
    while bytes.starts_with(b"\x89PNG") && bytes.len() >= at + 12 {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let Some(content) = bytes.get(at + 4..(at + 8).saturating_add(length)) else { break };
        let sum = plant::checksum(content).to_be_bytes();
        at += length + 12;
        let Some(place) = bytes.get_mut(at - 4..at) else { break };
        place.copy_from_slice(&sum);
    }
    bytes
}

#[test]
fn mutants_are_refused_or_come_out_clean() {
    let samples = samples();
    let planted: Vec<(String, Vec<u8>)> = samples
        .iter()
        .flat_map(|(name, bytes)| {
            iter::once((name.clone(), bytes.clone()))
                .chain(plant::everywhere(bytes).into_iter().map(move |(what, bytes)| (format!("{name} with {what}"), bytes)))
        })
        .collect();
    let mut dice = Dice(0x5eed_cafe_f00d_0005);
    let (mut out, mut refused) = (0, 0);
    for case in 0..cases() {
        let (name, start) = &planted[dice.roll(planted.len())];
        let (_, other) = &planted[dice.roll(planted.len())];
        let mut bytes = mutant(start, other, &mut dice);
        if dice.roll(4) > 0 {
            bytes = repaired(bytes);
        }
        match strip(&bytes, &Limits::default()) {
            Ok(after) => {
                out += 1;
                check_result(&format!("mutant {case} of {name}"), &bytes, &after);
            }
            Err(why) => {
                refused += 1;
                assert!(why.at <= bytes.len(), "mutant {case} of {name}: noticed at {} of {}", why.at, bytes.len());
                assert_ne!(why.reason, scruple::picture::Reason::NotClean, "mutant {case} of {name}: the two walks disagree");
            }
        }
        // It has to stand any file too.
        let _ = is_clean(&bytes);
    }
    println!("{out} mutants came out clean, {refused} were refused");
    assert!(out > cases() / 20 && refused > cases() / 20);
}

#[test]
fn noise_is_refused() {
    let mut dice = Dice(0x0bad_5eed);
    let starts: [&[u8]; 5] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP", b"GIF89a"];
    for _ in 0..cases() {
        let length = dice.roll(300);
        let noise: Vec<u8> = iter::repeat_with(|| dice.byte()).take(length).collect();
        let bytes = [starts[dice.roll(starts.len())], &noise].concat();
        if let Ok(after) = strip(&bytes, &Limits { bytes: usize::MAX, side: u32::MAX, pixels: u64::MAX }) {
            check_result("noise", &bytes, &after);
        }
        let _ = is_clean(&bytes);
    }
}

/// How many cases are tried; `SCRUPLE_CASES` asks for another number.
fn cases() -> usize {
    std::env::var("SCRUPLE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100_000)
}
