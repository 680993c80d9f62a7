//! Looks at a stripped picture again, by nothing that made it but the reading of numbers: another walk, which knows only what may stay.

use super::Format;
use super::gif::{blocks, palette};
use super::webp::{ALPH, ANIM, ANMF, VP8, VP8L, VP8X};
use super::work::{Reader, name};

/// Whether a picture holds nothing but what [`strip`](super::strip) leaves in one.
#[must_use]
pub fn is_clean(bytes: &[u8]) -> bool {
    let mut read = Reader::new(bytes);
    match Format::of(bytes) {
        Some(Format::Jpeg) => jpeg(&mut read),
        Some(Format::Png) => png(&mut read),
        Some(Format::Webp) => {
            read.skip(4);
            let length = read.little(4) as usize;
            read.expect(length == read.left());
            read.skip(4);
            webp(&mut read, true);
        }
        Some(Format::Gif) => gif(&mut read),
        None => return false,
    }
    // Nothing behind the end.
    read.refused().is_none() && read.left() == 0
}

#[inline(never)]
fn jpeg(read: &mut Reader<'_>) {
    read.skip(2);
    let (mut frames, mut notes, mut scan) = (0, 0, false);
    while read.left() > 0 {
        let start = read.at();
        if read.byte() != 0xff {
            read.expect(scan);
            continue;
        }
        let marker = read.byte();
        if marker == 0xd9 {
            read.expect(scan && frames == 1);
            return;
        }
        if matches!(marker, 0 | 0xd0..=0xd7) {
            read.expect(scan);
            continue;
        }
        let length = read.big(2) as usize;
        read.expect(length >= 2);
        let count = read.clone().big(1) as usize;
        read.skip(length.saturating_sub(2));
        let whole = read.since(start);
        match marker {
            0xc0..=0xc2 => frames += 1,
            0xc4 | 0xdb | 0xdd => {}
            0xda => read.expect(length == 6 + 2 * count),
            0xe0 => {
                read.expect(notes == 0 && whole == b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
                notes |= 1;
            }
            0xee => {
                read.expect(notes < 2 && length == 14 && whole.starts_with(b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"));
                notes |= 2;
            }
            _ => read.expect(false),
        }
        scan = marker == 0xda;
    }
    // No end.
    read.expect(false);
}

#[inline(never)]
fn png(read: &mut Reader<'_>) {
    const PIXELS: u8 = 32;
    const END: u8 = 64;
    /// What may stay, from the first to the last, with the least and the most bytes.
    const CHUNKS: [(u32, u8, usize, usize); 7] = [
        (name(b"IHDR"), 1, 13, 13),
        (name(b"PLTE"), 2, 3, 768),
        (name(b"tRNS"), 4, 1, 256),
        (name(b"sRGB"), 8, 1, 1),
        (name(b"gAMA"), 16, 4, 4),
        (name(b"IDAT"), PIXELS, 0, usize::MAX),
        (name(b"IEND"), END, 0, 0),
    ];
    read.skip(8);
    let mut seen = 0;
    while read.left() > 0 && seen < END {
        let length = read.big(4) as usize;
        let chunk = read.big(4);
        let known = CHUNKS.iter().find(|(known, _, least, most)| *known == chunk && (*least..=*most).contains(&length));
        let bit = known.map_or(0, |(_, bit, ..)| *bit);
        read.expect(match bit {
            0 => false,
            1 => seen == 0,
            PIXELS => seen & 1 != 0,
            END => seen & PIXELS != 0,
            _ => seen & 1 != 0 && seen & (bit | PIXELS) == 0,
        });
        seen |= bit;
        read.skip(length.saturating_add(4));
    }
    read.expect(seen >= END);
}

#[inline(never)]
fn webp(read: &mut Reader<'_>, whole: bool) {
    let first = read.at();
    let (mut flags, mut pixels) = (0, false);
    while read.left() > 0 {
        let start = read.at();
        let chunk = read.big(4);
        let length = read.little(4) as usize;
        let outer = read.enter(length);
        let still = flags & 2 == 0 && !pixels;
        match chunk {
            // Nothing announced but transparency and frames.
            VP8X => {
                flags = read.big(4) >> 24;
                read.expect(whole && start == first && length == 10 && flags & !0x12 == 0 && read.since(start + 9) == [0; 3]);
            }
            ANIM => read.expect(flags & 2 != 0 && length == 6 && !pixels),
            ANMF => {
                read.skip(15);
                let laid = read.byte();
                read.expect(flags & 2 != 0 && laid <= 3);
                webp(read, false);
                pixels = true;
            }
            ALPH => read.expect(still && (!whole || start != first)),
            VP8 | VP8L => {
                read.expect(still);
                pixels = true;
            }
            _ => read.expect(false),
        }
        read.leave(outer);
        if length & 1 == 1 {
            let padding = read.byte();
            read.expect(padding == 0);
        }
    }
    read.expect(pixels);
}

#[inline(never)]
fn gif(read: &mut Reader<'_>) {
    read.skip(10);
    let flags = read.byte();
    read.skip(2);
    palette(read, flags);
    let (mut pictures, mut looped, mut control) = (false, false, false);
    while read.left() > 0 {
        let start = read.at();
        match read.byte() {
            0x3b => {
                read.expect(pictures && !control);
                return;
            }
            0x2c => {
                read.skip(8);
                let flags = read.byte();
                palette(read, flags);
                read.skip(1);
                blocks(read);
                (pictures, control) = (true, false);
            }
            0x21 if read.byte() == 0xf9 => {
                read.skip(5);
                read.expect(!control && read.since(start + 2).first() == Some(&4));
                let end = read.byte();
                read.expect(end == 0);
                control = true;
            }
            0x21 => {
                read.skip(14);
                read.expect(!looped && !control && read.since(start) == b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
                read.skip(2);
                let end = read.byte();
                read.expect(end == 0);
                looped = true;
            }
            _ => read.expect(false),
        }
    }
    // No end.
    read.expect(false);
}
