//! PNG (ISO/IEC 15948, W3C PNG third edition): chunks with a name, each with a checksum.
//!
//! Kept are the head, the palette, which colours are transparent, the pixels, and two short notes on how bright they are. Of an animation the default image
//! stays: its other pictures are for decoders that know them, so they could hold what nobody looking at the picture has seen.

use super::work::{Reader, Work, name};
use super::{Reason, What};

const IHDR: u32 = name(b"IHDR");
const PLTE: u32 = name(b"PLTE");
const TRNS: u32 = name(b"tRNS");
const SRGB: u32 = name(b"sRGB");
const GAMA: u32 = name(b"gAMA");
const IDAT: u32 = name(b"IDAT");
const IEND: u32 = name(b"IEND");

/// What the chunks are that do not stay.
const CHUNKS: [(u32, What); 10] = [
    (name(b"eXIf"), What::Exif),
    (name(b"tEXt"), What::Text),
    (name(b"zTXt"), What::Text),
    (name(b"iTXt"), What::Text),
    (name(b"tIME"), What::Time),
    (name(b"iCCP"), What::Icc),
    (name(b"acTL"), What::Animation),
    (name(b"fcTL"), What::Animation),
    (name(b"fdAT"), What::Animation),
    // C2PA: who made it, with what, and where.
    (name(b"caBX"), What::App),
];

/// How the keyword of XMP begins among the texts (`XML:com.adobe.xmp`).
const XMP: u32 = name(b"XML:");

/// Copies the picture, up to its end.
#[inline(never)]
pub(super) fn strip(read: &mut Reader<'_>, work: &mut Work<'_>) {
    read.skip(8);
    work.copy(read, 0);
    let (mut depth, mut colour, mut colours) = (0, 0, 0);
    // Which of the chunks in front of the pixels there were, whether there were pixels, and whether they were all.
    let (mut seen, mut pixels, mut complete) = (0, false, false);
    while read.refused().is_none() {
        let start = read.at();
        let length = read.big(4) as usize;
        // The checksum covers the name too.
        let outer = read.enter(length.saturating_add(4));
        let sum = checksum(read.rest());
        let chunk = read.big(4);
        // The head comes first, and only there.
        read.expect((chunk == IHDR) == (start == 8));
        // Behind the pixels none of them means anything, nor does a second.
        let mut first = |bit: u32| {
            let first = !pixels && seen & bit == 0;
            seen |= bit;
            first
        };
        let mut what = What::Unknown;
        let keep = match chunk {
            IHDR => {
                let (width, height) = (read.big(4), read.big(4));
                work.sized(read, width, height);
                depth = read.byte();
                colour = read.byte();
                let depths: u32 = match colour {
                    0 => 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
                    3 => 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
                    2 | 4 | 6 => 1 << 8 | 1 << 16,
                    _ => 0,
                };
                read.expect(depth <= 16 && depths >> (depth & 31) & 1 == 1);
                // One way to compress, one to filter; interlaced or not.
                read.expect(read.clone().big(3) <= 1 && length == 13);
                true
            }
            IEND => {
                read.expect(pixels && length == 0);
                true
            }
            IDAT => {
                read.expect(!complete && (colour != 3 || colours > 0));
                pixels = true;
                true
            }
            PLTE if colour == 3 => {
                colours = length / 3;
                read.expect(first(1) && length == colours * 3 && (1..=1 << (depth & 15)).contains(&colours));
                true
            }
            // A palette that is only a suggestion.
            PLTE => false,
            TRNS => {
                let fits = match colour {
                    0 => length == 2,
                    2 => length == 6,
                    _ => (1..=colours).contains(&length),
                };
                first(2) && fits
            }
            SRGB => first(4) && length == 1 && read.byte() <= 3,
            GAMA => first(8) && length == 4,
            // A capital means that there is no picture without it.
            _ if chunk >> 29 & 1 == 0 => {
                read.refuse(Reason::Unsupported);
                false
            }
            _ => {
                what = CHUNKS.iter().find(|(known, _)| *known == chunk).map_or(What::Unknown, |(_, what)| *what);
                if what == What::Exif {
                    work.turned(read, 0);
                }
                if what == What::Text && read.name() == XMP {
                    what = What::Xmp;
                }
                false
            }
        };
        read.leave(outer);
        if read.big(4) != sum {
            read.refuse(Reason::Checksum);
        }
        if keep {
            work.copy(read, start);
        } else {
            work.left_out(what, read.at() - start);
        }
        if chunk == IEND {
            return;
        }
        complete = pixels && chunk != IDAT;
    }
}

/// What four bits do to a checksum.
const NIBBLES: [u32; 16] = nibbles();

const fn nibbles() -> [u32; 16] {
    let mut table = [0; 16];
    let mut rest: &mut [u32] = &mut table;
    let mut number = 0;
    while let [first, others @ ..] = rest {
        let mut sum = number;
        let mut bit = 0;
        while bit < 4 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        *first = sum;
        rest = others;
        number += 1;
    }
    table
}

/// CRC-32 as PNG uses it (ISO/IEC 15948, annex D), four bits at a time: the usual table for eight would be a tenth of all code for pictures.
#[inline(never)]
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, bits: u32| sum >> 4 ^ NIBBLES.get(((sum ^ bits) & 15) as usize).copied().unwrap_or_default();
    !bytes.iter().fold(!0, |sum, byte| step(step(sum, u32::from(*byte)), u32::from(*byte >> 4)))
}
