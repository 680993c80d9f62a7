//! GIF (CompuServe 1987 and 1989): a screen, then pictures with extensions in front of them.
//!
//! Kept are the screen, the pictures, how long and in what way each is shown, and how often all of them are.

use super::What;
use super::work::{Reader, Work, name};

/// How often an animation runs: the one extension for programs that all decoders know. Two bytes of number and the end of the blocks follow.
const LOOP: &[u8] = b"\x21\xff\x0bNETSCAPE2.0\x03\x01";
/// How many bytes the way takes in which a picture is shown.
const CONTROL: usize = 8;

/// By what other extensions for programs begin (`XMP DataXMP`, `ICCRGBG1012`).
const IS_XMP: u32 = name(b"XMP ");
const IS_ICC: u32 = name(b"ICCR");

/// Copies the pictures, up to their end.
#[inline(never)]
pub(super) fn strip(read: &mut Reader<'_>, work: &mut Work<'_>) {
    read.skip(6);
    let (width, height) = (read.little(2), read.little(2));
    work.sized(read, width, height);
    let flags = read.byte();
    read.skip(2);
    palette(read, flags);
    work.copy(read, 0);
    // How the next picture is shown.
    let mut control: &[u8] = &[];
    let (mut looped, mut pictures) = (false, false);
    while read.refused().is_none() {
        let start = read.at();
        match read.byte() {
            0x3b => break,
            0x2c => {
                let (x, y, w, h) = (read.little(2), read.little(2), read.little(2), read.little(2));
                read.expect(w > 0 && h > 0 && x + w <= width && y + h <= height);
                let flags = read.byte();
                palette(read, flags);
                let bits = read.byte();
                read.expect((1..=11).contains(&bits));
                blocks(read);
                work.add(control);
                work.copy(read, start);
                control = &[];
                pictures = true;
            }
            0x21 => {
                let label = read.byte();
                let mut content = read.clone();
                blocks(read);
                let whole = read.since(start);
                let first = content.byte();
                let mut what = match label {
                    0xf9 if first == 4 && whole.len() == CONTROL => {
                        work.left_out(What::Unknown, control.len());
                        control = whole;
                        continue;
                    }
                    0xff if !looped && whole.len() == LOOP.len() + 3 && whole.starts_with(LOOP) => {
                        work.add(whole);
                        looped = true;
                        continue;
                    }
                    0xff => match content.name() {
                        IS_XMP => What::Xmp,
                        IS_ICC => What::Icc,
                        _ => What::App,
                    },
                    0xfe => What::Comment,
                    _ => What::Unknown,
                };
                if label == 0x01 {
                    // What stands in front of it says how the text is shown.
                    what = What::Text;
                    work.left_out(what, control.len());
                    control = &[];
                }
                work.left_out(what, whole.len());
            }
            _ => read.expect(false),
        }
    }
    work.left_out(What::Unknown, control.len());
    read.expect(pictures);
    work.add(&[0x3b]);
}

/// Reads a table of colours, if the flags say that there is one.
pub(super) fn palette(read: &mut Reader<'_>, flags: u8) {
    if flags & 0x80 != 0 {
        read.skip(6 << (flags & 7));
    }
}

/// Reads blocks, each with its length in front, up to an empty one.
#[inline(never)]
pub(super) fn blocks(read: &mut Reader<'_>) {
    loop {
        let length = read.byte();
        if length == 0 {
            return;
        }
        read.skip(length.into());
    }
}
