//! Pictures without what they carry: nothing that was planted survives, the pixels stay as they are, and no file breaks the walk.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "picture/command.rs"]
mod command;
#[path = "picture/corpus.rs"]
mod corpus;
#[path = "picture/mutants.rs"]
mod mutants;
#[path = "picture/pixels.rs"]
mod pixels;
#[path = "picture/plant.rs"]
mod plant;
#[path = "picture/refusals.rs"]
mod refusals;

use std::fs;
use std::path::Path;

use pixels::pixels;
use scruple::picture::{Format, Limits, Stripped, What, is_clean, strip};

/// Small pictures in every way of coding that stays: what the fuzzer starts from too.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/picture");
    let mut samples: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    samples.sort();
    assert!(samples.len() >= 20);
    samples
}

fn sample(name: &str) -> Vec<u8> {
    samples().into_iter().find(|(other, _)| other == name).unwrap().1
}

fn stripped(bytes: &[u8]) -> Stripped {
    strip(bytes, &Limits::default()).unwrap()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What has to be true of everything that comes out.
fn check_result(name: &str, before: &[u8], after: &Stripped) {
    assert!(is_clean(&after.bytes), "{name}: not clean");
    assert_eq!(Format::of(&after.bytes), Some(after.format), "{name}: another format");
    assert!(after.bytes.len() <= before.len(), "{name}: it grew");
    let gone: usize = after.removed.iter().map(|one| one.bytes).sum();
    assert!(gone <= before.len(), "{name}: more is gone than there was");
    assert!(after.removed.iter().all(|one| one.bytes > 0), "{name}: nothing of a kind is gone, and told");
    let again = strip(&after.bytes, &Limits { bytes: usize::MAX, side: u32::MAX, pixels: u64::MAX }).unwrap();
    assert!(again.bytes == after.bytes, "{name}: stripped again, it is another");
    assert_eq!(again.removed, [], "{name}: stripped again, something was left out");
    assert_eq!((again.width, again.height, again.orientation), (after.width, after.height, 1), "{name}");
}

#[test]
fn samples_keep_their_pixels() {
    for (name, bytes) in samples() {
        let after = stripped(&bytes);
        check_result(&name, &bytes, &after);
        assert!(name.ends_with(match after.format {
            Format::Jpeg => ".jpg",
            Format::Png => ".png",
            Format::Webp => ".webp",
            Format::Gif => ".gif",
        }));
        let before = pixels(&bytes);
        assert_eq!((before.width, before.height), (after.width, after.height), "{name}");
        assert!(pixels(&after.bytes) == before, "{name}: other pixels");
    }
}

#[test]
fn what_is_planted_does_not_survive() {
    let mut tried = 0;
    for (name, bytes) in samples() {
        for (what, planted) in plant::everywhere(&bytes) {
            let name = format!("{name} with {what}");
            assert!(holds(&planted, plant::CANARY), "{name}: nothing is planted");
            assert!(!is_clean(&planted), "{name}: it counts as clean");
            let after = strip(&planted, &Limits::default()).unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
            assert!(!holds(&after.bytes, plant::CANARY), "{name}: it survived");
            assert!(after.bytes == stripped(&bytes).bytes, "{name}: it left a trace");
            let told = after.removed.iter().find(|one| one.what == what);
            assert!(told.is_some_and(|one| one.bytes >= plant::CANARY.len()), "{name}: told as {:?}", after.removed);
            check_result(&name, &planted, &after);
            assert!(pixels(&bytes) == pixels(&after.bytes), "{name}: other pixels");
            tried += 1;
        }
    }
    println!("{tried} pictures with something planted, none of it survived");
}

#[test]
fn how_a_picture_was_turned_is_told() {
    for (name, orientation) in [("baseline.jpg", 6), ("rgb.png", 6), ("lossy.webp", 6), ("still.gif", 1)] {
        let planted = plant::everywhere(&sample(name));
        for (what, bytes) in planted {
            let expected = if what == What::Exif { orientation } else { 1 };
            assert_eq!(stripped(&bytes).orientation, expected, "{name} with {what}");
        }
    }
    for value in 0..=9u8 {
        for big in [false, true] {
            let planted = plant::exif_into_jpeg(&sample("baseline.jpg"), &plant::exif(value, big));
            assert_eq!(stripped(&planted).orientation, if (1..=8).contains(&value) { value } else { 1 });
        }
    }
}
