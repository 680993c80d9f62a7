//! Photos with place, time and broken metadata (the exif-samples of the corpus; `SCRUPLE_CORPUS` names its folder).

use std::path::{Path, PathBuf};
use std::{env, fs};

use scruple::picture::{Limits, strip};

use super::{check_result, holds, pixels};

/// What metadata begin with, and names of things in them.
const TRACES: [&[u8]; 18] = [
    b"Exif\0",
    b"http://ns.adobe.com/x",
    b"Photoshop 3.0",
    b"8BIM",
    b"ICC_PROFILE",
    b"MPF\0",
    b"JFXX",
    b"FPXR",
    b"II*\0",
    b"MM\0*",
    b"x:xmpmeta",
    b"rdf:RDF",
    b"GPSL",
    b"WGS-84",
    b"WGS84",
    b"NIKON",
    b"Canon",
    b"Adobe Photoshop",
];

/// The place of a photo (the directory that tag 0x8825 points to), with its type and count in both orders of bytes.
const PLACE: [&[u8]; 2] = [b"\x25\x88\x04\0\x01\0\0\0", b"\x88\x25\0\x04\0\0\0\x01"];

fn photos(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            photos(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "jpg") {
            found.push(path);
        }
    }
}

#[test]
fn photos_lose_all_but_their_pixels() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = env::var_os("SCRUPLE_CORPUS").map_or_else(beside, PathBuf::from).join("exif");
    if !folder.is_dir() {
        println!("photos: skipped, they are not here (SCRUPLE_CORPUS may name their folder)");
        return;
    }
    let mut found = Vec::new();
    photos(&folder, &mut found);
    found.sort();
    // One of them is wider than the product takes.
    let limits = Limits { side: 8192, ..Limits::default() };
    let (mut placed, mut surviving, mut refused) = (0, 0, 0);
    for path in &found {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let before = fs::read(path).unwrap();
        placed += usize::from(PLACE.iter().any(|tag| holds(&before, tag)));
        let after = match strip(&before, &limits) {
            Ok(after) => after,
            Err(why) => {
                println!("{name}: refused at byte {}, {}", why.at, why.reason);
                refused += 1;
                continue;
            }
        };
        let left = TRACES.iter().chain(&PLACE).filter(|trace| holds(&after.bytes, trace)).count();
        assert_eq!(left, 0, "{name}: something survives");
        surviving += left;
        check_result(&name, &before, &after);
        assert!(pixels(&before) == pixels(&after.bytes), "{name}: other pixels");
    }
    println!("{} photos, {placed} with a place: {surviving} traces survive, {refused} refused", found.len());
    assert!(found.len() >= 20 && placed > 0);
    assert_eq!(refused, 0);
}
