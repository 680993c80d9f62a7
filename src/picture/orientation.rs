//! How a picture was to be turned: the one number of its Exif data that is needed to draw it.

use super::work::{Reader, name};

/// The number of the orientation in the first directory (TIFF 6.0, CIPA DC-008).
const ORIENTATION: u32 = 0x0112;
/// A number of two bytes.
const SHORT: u32 = 3;

const EXIF: u32 = name(b"Exif");
const LITTLE: u32 = name(b"II*\0");
const BIG: u32 = name(b"MM\0*");

/// The orientation that Exif data note, from 1 to 8. Data that are broken, or note none, count as upright.
#[inline(never)]
pub(super) fn orientation(mut read: Reader<'_>) -> u8 {
    let mut start = read.at();
    let mut order = read.big(4);
    if order == EXIF {
        // This and two zeros belong to JPEG, but some copy them with the rest.
        read.skip(2);
        start = read.at();
        order = read.big(4);
    }
    read.expect(order == LITTLE || order == BIG);
    let number = |read: &mut Reader<'_>, count| if order == BIG { read.big(count) } else { read.little(count) };
    let directory = number(&mut read, 4);
    read.back(start);
    read.skip(directory as usize);
    let mut entries = number(&mut read, 2);
    while entries > 0 && read.left() >= 12 {
        let (tag, kind) = (number(&mut read, 2), number(&mut read, 2));
        read.skip(4);
        let value = number(&mut read, 2);
        read.skip(2);
        if tag == ORIENTATION && kind == SHORT {
            return if (1..=8).contains(&value) { value as u8 } else { 1 };
        }
        entries -= 1;
    }
    1
}
