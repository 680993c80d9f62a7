//! What is refused, where, and why.

use scruple::picture::{Limits, Reason, Refused, is_clean, strip};

use super::plant::{chunk, piece, segment};
use super::{check_result, sample, samples, stripped};

fn refused(bytes: &[u8]) -> Refused {
    strip(bytes, &Limits::default()).unwrap_err()
}

#[test]
fn every_picture_that_ends_early() {
    for (name, bytes) in samples() {
        for end in 0..bytes.len() {
            let Refused { at, reason } = refused(&bytes[..end]);
            assert!(matches!(reason, Reason::Truncated | Reason::UnknownFormat), "{name} up to {end}: {reason}");
            assert!(at <= end, "{name} up to {end}: noticed at {at}");
        }
    }
}

#[test]
fn a_container_that_ends_early_and_says_so() {
    for (name, bytes) in samples().into_iter().filter(|(name, _)| name.ends_with(".webp")) {
        for end in 12..bytes.len() {
            let mut bytes = bytes[..end].to_vec();
            bytes[4..8].copy_from_slice(&(end as u32 - 8).to_le_bytes());
            match strip(&bytes, &Limits::default()) {
                // It ends behind its pixels, or behind one of several.
                Ok(after) => check_result(&name, &bytes, &after),
                Err(Refused { at, .. }) => assert!(at <= end, "{name} up to {end}: noticed at {at}"),
            }
        }
    }
}

#[test]
fn nothing_clean_can_be_cut_or_added_to() {
    for (name, bytes) in samples() {
        let clean = stripped(&bytes).bytes;
        assert!(is_clean(&clean), "{name}");
        for end in 0..clean.len() {
            assert!(!is_clean(&clean[..end]), "{name} up to {end}");
        }
        for byte in [0, 0x21, 0x2c, 0x3b, 0xd9, 0xff] {
            assert!(!is_clean(&[&clean[..], &[byte]].concat()), "{name} and {byte}");
        }
    }
}

#[test]
fn other_formats() {
    for bytes in [
        &b""[..],
        b"BM",
        b"II*\0\x08\0\0\0",
        b"MM\0*",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"RIFF\x04\0\0\0WAVE",
        b"\xff\x0a",
    ] {
        assert_eq!(refused(bytes), Refused { at: 0, reason: Reason::UnknownFormat });
    }
    for brand in [b"heic", b"avif", b"mif1", b"msf1"] {
        assert_eq!(refused(&[b"\0\0\0\x18ftyp", &brand[..], b"\0\0\0\0"].concat()), Refused { at: 0, reason: Reason::Heif });
    }
}

#[test]
fn what_is_too_large() {
    let limits = Limits { bytes: 100, ..Limits::default() };
    assert_eq!(strip(&sample("rgb.png"), &limits), Err(Refused { at: 100, reason: Reason::TooLarge }));
    for (name, bytes) in samples() {
        for limits in [Limits { side: 8, ..Limits::default() }, Limits { pixels: 40, ..Limits::default() }] {
            assert_eq!(strip(&bytes, &limits).unwrap_err().reason, Reason::TooManyPixels, "{name}");
        }
    }
}

#[test]
fn no_pixels() {
    for (name, at, length) in [("baseline.jpg", None, 2), ("still.gif", Some(6), 2), ("lossy.webp", Some(26), 2)] {
        let mut bytes = sample(name);
        let at = at.unwrap_or_else(|| bytes.windows(2).position(|window| window == [0xff, 0xc0]).unwrap() + 5);
        bytes[at..at + length].fill(0);
        assert_eq!(refused(&bytes).reason, Reason::Empty, "{name}");
    }
    let png = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[&[0, 0, 0, 0, 0, 0, 0, 1, 8, 2, 0, 0, 0]])].concat();
    assert_eq!(refused(&png).reason, Reason::Empty);
}

#[test]
fn a_wrong_checksum() {
    let bytes = sample("rgb.png");
    let mut at = 8;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let mut broken = bytes.clone();
        broken[at + 8 + length] ^= 1;
        assert_eq!(refused(&broken), Refused { at: at + length + 12, reason: Reason::Checksum });
        at += length + 12;
    }
}

#[test]
fn what_browsers_do_not_show() {
    let bytes = sample("baseline.jpg");
    let frame = bytes.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    for marker in [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf] {
        let mut other = bytes.clone();
        other[frame + 1] = marker;
        assert_eq!(refused(&other).reason, Reason::Unsupported);
    }
    let png = sample("rgb.png");
    let other = [&png[..33], &chunk(b"CgBI", &[&[0; 4]]), &png[33..]].concat();
    assert_eq!(refused(&other).reason, Reason::Unsupported);
}

#[test]
fn what_is_put_together_wrongly() {
    let jpeg = sample("baseline.jpg");
    let end = jpeg.len() - 2;
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    let with = |at: usize, part: &[u8]| [&jpeg[..at], part, &jpeg[at..]].concat();
    let table = segment(0xdb, &[&[0], &[1; 64]]);
    let png = sample("rgb.png");
    let pixels = png.windows(4).position(|window| window == b"IDAT").unwrap() - 4;
    let chunks = |parts: &[&[u8]]| parts.concat();
    let (alpha, lossless) = (sample("lossy-alpha.webp"), sample("lossless.webp"));
    let alpha = alpha[12..].to_vec();
    let riff = |chunks: &[u8]| [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", chunks].concat();
    let mut other_size = riff(&alpha);
    other_size[24] += 1;
    let gif = sample("still.gif");
    let mut beside = gif.clone();
    let picture = gif.windows(10).position(|window| window[0] == 0x2c && window[1..5] == [0; 4]).unwrap();
    beside[picture + 1] = 1;
    let mut below = gif.clone();
    below[picture + 3] = 1;
    let mut narrow = gif.clone();
    narrow[picture + 5] = 0;
    let mut flat = gif.clone();
    flat[picture + 7] = 0;
    for (what, bytes) in [
        ("a picture below the screen", below),
        ("a picture without width", narrow),
        ("a picture without height", flat),
        ("a start within", with(2, &[0xff, 0xd8])),
        ("a restart outside a scan", with(2, &[0xff, 0xd0])),
        ("no marker", with(frame, b"canary")),
        ("a segment without length", with(2, &[0xff, 0xfe, 0, 1])),
        ("two frames", with(frame, &jpeg[frame..frame + 19])),
        ("no scan", [b"\xff\xd8", &jpeg[frame..frame + 19], b"\xff\xd9"].concat()),
        ("a scan before the frame", [b"\xff\xd8", &segment(0xda, &[&[1, 1, 0, 0, 63, 0]])[..], b"\xff\xd9"].concat()),
        ("more than a table", with(2, &segment(0xdb, &[&[3], &[1; 64], b"canary"]))),
        ("a table twice", with(2, &[table.clone(), table].concat())),
        ("a table of no number", with(2, &segment(0xdb, &[&[4], &[1; 64]]))),
        ("too many codes", with(2, &segment(0xc4, &[&[3], &[255; 16], &[1; 4080]]))),
        ("an interval with more", with(2, &segment(0xdd, &[&[0, 1], b"canary"]))),
        ("a scan with more", with(end, &segment(0xda, &[&[1, 1, 0, 0, 63, 0], b"canary"]))),
        ("two heads", chunks(&[&png[..33], &png[8..]])),
        ("no head", chunks(&[&png[..8], &png[33..]])),
        ("no pixels", chunks(&[&png[..33], &png[png.len() - 12..]])),
        ("pixels in two places", chunks(&[&png[..png.len() - 12], &chunk(b"tEXt", &[b"a\0b"]), &png[pixels..]])),
        ("an end with more", chunks(&[&png[..png.len() - 12], &chunk(b"IEND", &[b"canary"])])),
        ("no depth", chunks(&[&png[..8], &chunk(b"IHDR", &[&png[16..24], &[3, 2, 0, 0, 0]]), &png[33..]])),
        ("no pixels", riff(&alpha[..18])),
        ("transparency twice over", riff(&[&alpha[..alpha.len() - 8], &lossless[12..]].concat())),
        ("another size", other_size),
        ("no key frame", riff(&piece(b"VP8 ", b"canary"))),
        ("a picture beside the screen", beside),
        ("no picture", [&gif[..picture], b"\x3b"].concat()),
        ("something else", [&gif[..gif.len() - 1], b"\0\x3b"].concat()),
    ] {
        let reason = refused(&bytes).reason;
        assert!(matches!(reason, Reason::Malformed | Reason::Truncated | Reason::Unsupported), "{what}: {reason}");
    }
}
