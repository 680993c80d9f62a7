//! WebP (RFC 9649): chunks in a RIFF container, either one with the pixels or, behind a head that says what else there is, several.
//!
//! Kept are the head, pixels, transparency, and the frames of an animation. The head is corrected: it announces nothing that is gone.

use super::What;
use super::work::{Reader, Work, name};

/// In the head: there is transparency.
const ALPHA: u8 = 0x10;
/// In the head: there are frames.
const ANIMATION: u8 = 0x02;

pub(super) const VP8X: u32 = name(b"VP8X");
pub(super) const VP8: u32 = name(b"VP8 ");
pub(super) const VP8L: u32 = name(b"VP8L");
pub(super) const ALPH: u32 = name(b"ALPH");
pub(super) const ANIM: u32 = name(b"ANIM");
pub(super) const ANMF: u32 = name(b"ANMF");
const EXIF: u32 = name(b"EXIF");
const XMP: u32 = name(b"XMP ");
const ICCP: u32 = name(b"ICCP");

/// Copies the picture, up to its end.
#[inline(never)]
pub(super) fn strip(read: &mut Reader<'_>, work: &mut Work<'_>) {
    read.skip(4);
    let length = read.little(4) as usize;
    let outer = read.enter(length);
    read.skip(4);
    work.copy(read, 0);
    chunks(read, work, (0, 0));
    read.leave(outer);
    measure(work, 8);
}

/// Copies chunks: those of the file, or those of a frame of the given size.
#[inline(never)]
fn chunks(read: &mut Reader<'_>, work: &mut Work<'_>, frame: (u32, u32)) {
    let whole = frame.0 == 0;
    // What size the pixels have to have, if that is known.
    let (mut width, mut height) = frame;
    let (mut first, mut flags, mut begun, mut alpha, mut pixels) = (whole, 0, false, false, false);
    while read.left() > 0 {
        let start = read.at();
        let chunk = read.big(4);
        let length = read.little(4) as usize;
        let outer = read.enter(length);
        let still = flags & ANIMATION == 0 && !pixels;
        let copied = work.out.len();
        // Whether it is copied as it is, or else what it is that is left out.
        let (mut plain, mut dropped) = (false, None);
        match chunk {
            VP8X if first => {
                flags = read.byte() & (ALPHA | ANIMATION);
                read.skip(3);
                let place = read.at();
                (width, height) = (read.little(3) + 1, read.little(3) + 1);
                read.expect(read.left() == 0);
                work.sized(read, width, height);
                work.add(b"VP8X\x0a\0\0\0");
                work.add(&[flags, 0, 0, 0]);
                work.copy(read, place);
            }
            ANIM if flags & ANIMATION != 0 && !begun => {
                read.skip(6);
                read.expect(read.left() == 0);
                work.copy(read, start);
                begun = true;
            }
            ANMF if begun => {
                let (x, y) = (2 * read.little(3), 2 * read.little(3));
                let size = (read.little(3) + 1, read.little(3) + 1);
                read.expect(x + size.0 <= work.width && y + size.1 <= work.height);
                // How long it is shown.
                read.skip(3);
                work.copy(read, start);
                // How it is laid over the others; the rest is reserved.
                work.add(&[read.byte() & 3]);
                chunks(read, work, size);
                measure(work, copied + 8);
                pixels = true;
            }
            ALPH if still && !alpha && width > 0 => (alpha, plain) = (true, true),
            VP8 | VP8L if still => {
                let (w, h) = if chunk == VP8 {
                    // A key frame (RFC 6386, 9.1).
                    let tag = read.little(3);
                    read.expect(tag & 1 == 0 && read.clone().big(3) == 0x9d_01_2a);
                    read.skip(3);
                    (read.little(2) & 0x3fff, read.little(2) & 0x3fff)
                } else {
                    // Of the one version there is (RFC 9649, 3.4). It holds its own transparency.
                    read.expect(read.clone().byte() == 0x2f && !alpha);
                    read.skip(1);
                    let bits = read.little(4);
                    read.expect(bits >> 29 == 0);
                    ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
                };
                if width == 0 {
                    work.sized(read, w, h);
                } else {
                    read.expect(w == width && h == height);
                }
                (pixels, plain) = (true, true);
            }
            EXIF => {
                work.turned(read, 0);
                dropped = Some(What::Exif);
            }
            XMP => dropped = Some(What::Xmp),
            ICCP => dropped = Some(What::Icc),
            ANIM | ANMF => dropped = Some(What::Animation),
            _ => dropped = Some(What::Unknown),
        }
        read.leave(outer);
        // Chunks begin at even places.
        let padding = length & 1;
        if plain {
            work.copy(read, start);
            work.out.resize(work.out.len() + padding, 0);
        }
        read.skip(padding);
        if let Some(what) = dropped {
            work.left_out(what, read.at() - start);
        }
        first = false;
    }
    read.expect(pixels);
}

/// Writes the length of all that was copied since `start` in front of it.
fn measure(work: &mut Work<'_>, start: usize) {
    // Of a file that was refused less may have been copied.
    let length = work.out.len().saturating_sub(start) as u32;
    if let Some(place) = work.out.get_mut(start - 4..start) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}
