//! Pictures without what they carry besides their pixels: where and when they were taken, with which camera, by whom, and what they looked like
//! before somebody cut them.
//!
//! Nothing is decoded. The file is walked piece by piece, and only pieces that a decoder needs for the pixels are copied; whatever is not known to be
//! such a piece is left out, and a file that cannot be walked to its end is refused. A walker of its own ([`is_clean`]) looks at every result again.
//! Who or what is seen in a picture is never looked at.
//!
//! - What is turned only by a note in its metadata is not turned any more: [`Stripped::orientation`] says how it was, so that it can be drawn like that.
//! - Colour profiles are dropped, as they carry texts and serial numbers of screens. The colours are then read as sRGB.
//! - What is hidden in the pixels, or behind their end inside the very piece that holds them, stays: finding it would mean decoding them.

mod check;
mod data_url;
mod gif;
mod jpeg;
mod orientation;
mod png;
mod webp;
mod work;

pub use check::is_clean;
pub use data_url::stripped;

use crate::vocabulary::words;
use work::{Reader, Work, name};

words! {
    /// A way to store pictures that is understood.
    Format("format of pictures") {
        /// ISO/IEC 10918-1, baseline, extended or progressive.
        Jpeg = "jpeg",
        /// ISO/IEC 15948. Of an animation only the picture stays that is shown by who knows none.
        Png = "png",
        /// RFC 9649, animated or not.
        Webp = "webp",
        /// GIF 87a and 89a, animated or not.
        Gif = "gif",
    }
}

words! {
    /// A kind of thing that was left out of a picture.
    What("kind of thing in a picture") {
        /// Camera, time, place and a small copy of the picture (CIPA DC-008).
        Exif = "exif",
        /// The same and more, as RDF (ISO 16684-1).
        Xmp = "xmp",
        /// Author, place, keywords (IPTC-IIM, in what Photoshop writes).
        Iptc = "iptc",
        /// A colour profile (ISO 15076-1).
        Icc = "icc",
        /// A small copy of the picture, perhaps of what it was before it was cut.
        Thumbnail = "thumbnail",
        /// A comment.
        Comment = "comment",
        /// Texts under keywords, or drawn over the picture.
        Text = "text",
        /// When the picture was changed last.
        Time = "time",
        /// Pictures of an animation.
        Animation = "animation",
        /// What a program keeps for itself.
        App = "app",
        /// What stands behind the end of the picture.
        Trailing = "trailing",
        /// What is not known.
        Unknown = "unknown",
    }
}

words! {
    /// Why a picture is refused.
    Reason("reason to refuse a picture") {
        /// It has more bytes than allowed.
        TooLarge = "too_large",
        /// It is wider or higher than allowed, or has too many pixels.
        TooManyPixels = "too_many_pixels",
        /// It has no pixels.
        Empty = "empty",
        /// It is no picture, or of a format that is not understood.
        UnknownFormat = "unknown_format",
        /// It is HEIC, AVIF or something like them (ISO/IEC 23008-12): what they carry is found by tables of addresses that would have to be written anew.
        Heif = "heif",
        /// It ends too early.
        Truncated = "truncated",
        /// Something in it is not as it has to be.
        Malformed = "malformed",
        /// A checksum in it is wrong.
        Checksum = "checksum",
        /// It is coded in a way that browsers do not show.
        Unsupported = "unsupported",
        /// Something was still there that should not be when the result was looked at again.
        NotClean = "not_clean",
    }
}

/// How large a picture may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes.
    pub bytes: usize,
    /// The most pixels on either side.
    pub side: u32,
    /// The most pixels.
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 10_000_000, side: 4096, pixels: 4096 * 4096 }
    }
}

/// A picture without what it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stripped {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format, the same as before.
    pub format: Format,
    /// How many pixels it is wide, as they are stored.
    pub width: u32,
    /// How many pixels it is high, as they are stored.
    pub height: u32,
    /// How it has to be turned to be seen upright, from 1 (not at all) to 8: the number that was noted in it (CIPA DC-008, `Orientation`). It is
    /// not in the file any more.
    pub orientation: u8,
    /// What was left out.
    pub removed: Vec<Removed>,
}

/// What was left out, added up by kind. Never a word of what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// What it was.
    pub what: What,
    /// How many bytes of the file it took.
    pub bytes: usize,
}

/// Why there is no stripped picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The place in the file where that was noticed, in bytes.
    pub at: usize,
    /// Why.
    pub reason: Reason,
}

const RIFF: u32 = name(b"RIFF");
const WEBP: u32 = name(b"WEBP");
const GIF8: u32 = name(b"GIF8");

impl Format {
    /// The format of a file, by its first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut read = Reader::new(bytes);
        let first = [read.name(), read.name(), read.name()];
        match first {
            [0xffd8_ff00..=0xffd8_ffff, ..] => Some(Self::Jpeg),
            [0x8950_4e47, 0x0d0a_1a0a, _] => Some(Self::Png),
            [RIFF, _, WEBP] => Some(Self::Webp),
            [GIF8, 0x3761_0000..=0x3761_ffff | 0x3961_0000..=0x3961_ffff, _] => Some(Self::Gif),
            _ => None,
        }
    }
}

/// Leaves out of a picture what is not needed for its pixels. The pixels stay as they are, bit by bit.
///
/// # Errors
/// [`Refused`] when the file is not understood from start to end, or larger than allowed.
pub fn strip(bytes: &[u8], limits: &Limits) -> Result<Stripped, Refused> {
    if bytes.len() > limits.bytes {
        return Err(Refused { at: limits.bytes, reason: Reason::TooLarge });
    }
    let Some(format) = Format::of(bytes) else {
        let heif = bytes.get(4..8) == Some(b"ftyp");
        return Err(Refused { at: 0, reason: if heif { Reason::Heif } else { Reason::UnknownFormat } });
    };
    let mut work = Work::new(bytes.len(), limits);
    let mut read = Reader::new(bytes);
    match format {
        Format::Jpeg => jpeg::strip(&mut read, &mut work),
        Format::Png => png::strip(&mut read, &mut work),
        Format::Webp => webp::strip(&mut read, &mut work),
        Format::Gif => gif::strip(&mut read, &mut work),
    }
    if let Some(refused) = read.refused() {
        return Err(refused);
    }
    work.left_out(What::Trailing, read.left());
    if !is_clean(&work.out) {
        return Err(Refused { at: 0, reason: Reason::NotClean });
    }
    let Work { out, removed, width, height, orientation, .. } = work;
    Ok(Stripped { bytes: out, format, width, height, orientation, removed })
}
