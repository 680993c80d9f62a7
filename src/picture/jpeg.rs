//! JPEG (ISO/IEC 10918-1, the file as in ISO/IEC 10918-5): a chain of segments, each begun by a marker.
//!
//! Kept are the frame, the tables and the scans. The two notes that tell a decoder how the colours are coded (`JFIF` and `Adobe`) are not copied but
//! written anew, without resolution, thumbnail and version.

use super::work::{Reader, Work, name};
use super::{Reason, What};

/// The note that the colours are grey or Y, Cb and Cr: version 1.1, square pixels, no thumbnail.
const JFIF: &[u8] = b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
/// The note how colours are coded, but for its last byte: version 100, no flags.
const ADOBE: &[u8] = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0";

/// The bit of the restart interval among those of the tables.
const RESTARTS: u32 = 31;

/// By what segments for programs begin.
const IS_JFIF: u32 = name(b"JFIF");
const IS_JFXX: u32 = name(b"JFXX");
const IS_ADOBE: u32 = name(b"Adob");
const IS_EXIF: u32 = name(b"Exif");
/// `http://ns.adobe.com/xap/1.0/`, and the same with `xmp/extension`.
const IS_XMP: u32 = name(b"http");
const IS_ICC: u32 = name(b"ICC_");
/// `Photoshop 3.0`.
const IS_IPTC: u32 = name(b"Phot");

/// Copies the picture, up to its end.
#[inline(never)]
pub(super) fn strip(read: &mut Reader<'_>, work: &mut Work<'_>) {
    read.skip(2);
    work.copy(read, 0);
    let (mut jfif, mut adobe) = (false, None);
    // Which tables stand in front of the next scan, a bit for each.
    let mut defined = 0;
    // Whether there was the head, and how long the copy was behind the last scan.
    let (mut framed, mut scanned) = (false, 0);
    loop {
        let start = read.at();
        let marker = marker(read);
        if marker == 0xd9 || read.refused().is_some() {
            break;
        }
        // Any number of bytes may fill the space in front of a segment.
        let begin = read.at() - 2;
        work.left_out(What::Unknown, begin - start);
        let length = read.big(2) as usize;
        // Nothing but segments: no second start, no restart outside a scan.
        read.expect(marker >= 0xc0 && marker != 0xc8 && !(0xd0..=0xd8).contains(&marker) && length >= 2);
        let outer = read.enter(length.saturating_sub(2));
        match marker {
            0xc0..=0xc2 => {
                read.expect(!framed);
                framed = true;
                frame(read, work);
            }
            0xc4 | 0xdb => defined = define(read, marker, defined),
            0xdd => {
                defined = once(read, RESTARTS, defined);
                read.skip(2);
            }
            0xda => {
                let count = read.byte();
                read.expect(framed && (1..=4).contains(&count));
                read.skip(3 + 2 * usize::from(count));
            }
            // Without loss, in layers, or coded arithmetically.
            0xc3..=0xcf | 0xde | 0xdf => read.refuse(Reason::Unsupported),
            _ => {
                let copied = work.out.len();
                let what = match (marker, read.name()) {
                    // Behind the start of a scan the two notes tell decoders nothing any more, nor do they where they are too short.
                    (0xe0, IS_JFIF) if scanned == 0 && read.left() >= 10 => {
                        if !jfif {
                            work.add(JFIF);
                        }
                        jfif = true;
                        What::Thumbnail
                    }
                    (0xee, IS_ADOBE) if scanned == 0 && read.left() >= 8 => {
                        read.skip(7);
                        let transform = read.byte();
                        read.expect(transform <= 2 && adobe.is_none_or(|other| other == transform));
                        if adobe.is_none() {
                            work.add(ADOBE);
                            work.add(&[transform]);
                        }
                        adobe = Some(transform);
                        What::App
                    }
                    (0xe0, IS_JFXX) => What::Thumbnail,
                    (0xe1, IS_EXIF) => {
                        // Behind two zeros.
                        work.turned(read, 2);
                        What::Exif
                    }
                    (0xe1, IS_XMP) => What::Xmp,
                    (0xe2, IS_ICC) => What::Icc,
                    (0xed, IS_IPTC) => What::Iptc,
                    (0xfe, _) => What::Comment,
                    (0xe0..=0xef, _) => What::App,
                    _ => What::Unknown,
                };
                read.leave(outer);
                work.left_out(what, (read.at() - begin).saturating_sub(work.out.len() - copied));
                continue;
            }
        }
        // What stays fills its segment.
        read.expect(read.left() == 0);
        read.leave(outer);
        work.copy(read, begin);
        if marker == 0xda {
            scan(read, work);
            defined = 0;
            scanned = work.out.len();
        }
    }
    read.expect(scanned > 0);
    // Tables that no scan follows are of no use.
    work.left_out(What::Unknown, work.out.len() - scanned);
    work.out.truncate(scanned);
    work.add(&[0xff, 0xd9]);
}

/// The next marker, behind what fills the space in front of it.
fn marker(read: &mut Reader<'_>) -> u8 {
    let mut byte = read.byte();
    read.expect(byte == 0xff);
    while byte == 0xff {
        byte = read.byte();
    }
    byte
}

/// Looks at the head of the picture.
#[inline(never)]
fn frame(read: &mut Reader<'_>, work: &mut Work<'_>) {
    if read.byte() != 8 {
        read.refuse(Reason::Unsupported);
    }
    let height = read.big(2);
    let width = read.big(2);
    work.sized(read, width, height);
    let components = read.byte();
    read.expect(matches!(components, 1 | 3 | 4));
    read.skip(usize::from(components) * 3);
}

/// Looks at tables, of Huffman codes or for quantisation.
#[inline(never)]
fn define(read: &mut Reader<'_>, marker: u8, mut defined: u32) -> u32 {
    while read.left() > 0 {
        let head = read.byte();
        read.expect(head <= 0x13 && head & 0x0f <= 3);
        let number = u32::from(head & 3);
        let high = head >= 0x10;
        if marker == 0xc4 {
            let codes = (0..16).map(|_| usize::from(read.byte())).sum();
            read.expect(codes <= 256);
            read.skip(codes);
            defined = once(read, number + if high { 8 } else { 4 }, defined);
        } else {
            // With one byte for each number or two: it is the same table.
            read.skip(if high { 128 } else { 64 });
            defined = once(read, number, defined);
        }
    }
    defined
}

/// Notes a table by its bit. None may be there twice before one of both is used.
fn once(read: &mut Reader<'_>, bit: u32, defined: u32) -> u32 {
    read.expect(defined >> bit & 1 == 0);
    defined | 1 << bit
}

/// Copies a scan: all up to the next marker that is neither a restart nor a byte of the scan.
#[inline(never)]
fn scan(read: &mut Reader<'_>, work: &mut Work<'_>) {
    loop {
        let start = read.at();
        let plain = read.rest().iter().position(|byte| *byte == 0xff);
        read.skip(plain.unwrap_or(read.left()));
        work.copy(read, start);
        let start = read.at();
        let next = marker(read);
        if read.refused().is_some() || !matches!(next, 0 | 0xd0..=0xd7) {
            read.back(start);
            return;
        }
        work.add(&[0xff, next]);
        work.left_out(What::Unknown, read.at() - start - 2);
    }
}
