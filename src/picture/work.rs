//! What all formats share: reading a file from start to end, and the copy that is made of it.
//!
//! The larger functions here and in the formats are marked `inline(never)`: put into one another they took a third more bytes.

use super::orientation::orientation;
use super::{Limits, Reason, Refused, Removed, What};

/// A file, or a part of one, that is read from start to end. Places are counted from the start of the file.
///
/// The first thing that is wrong is noted, and nothing is left to read from there on: who reads gets zeros, and every loop ends. So it is enough to ask
/// once, at the end, whether something was wrong. (Asking behind every byte made twice as much code.)
#[derive(Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    refused: Option<Refused>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len(), refused: None }
    }

    /// How far it was read. Never behind the end.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    #[inline(never)]
    pub(super) const fn left(&self) -> usize {
        self.end - self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// What was read since a place.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// What was wrong.
    pub(super) const fn refused(&self) -> Option<Refused> {
        self.refused
    }

    /// Refuses the file at this place.
    pub(super) fn refuse(&mut self, reason: Reason) {
        if self.refused.is_none() {
            self.refused = Some(Refused { at: self.at, reason });
        }
        self.end = self.at;
    }

    /// Refuses the file at this place unless something is as it has to be.
    pub(super) fn expect(&mut self, holds: bool) {
        if !holds {
            self.refuse(Reason::Malformed);
        }
    }

    /// Goes on behind so many bytes.
    pub(super) fn skip(&mut self, count: usize) {
        if count > self.left() {
            self.refuse(Reason::Truncated);
        } else {
            self.at += count;
        }
    }

    /// The next bytes, four at most, as a number, the highest first.
    pub(super) fn big(&mut self, count: usize) -> u32 {
        let start = self.at;
        self.skip(count);
        self.since(start).iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    /// The next bytes, one to four, as a number, the lowest first.
    pub(super) fn little(&mut self, count: usize) -> u32 {
        self.big(count).swap_bytes() >> (32 - 8 * count)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> u8 {
        self.big(1) as u8
    }

    /// Goes back to a place.
    pub(super) fn back(&mut self, at: usize) {
        if self.refused.is_none() {
            self.at = at;
        }
    }

    /// The name that a piece begins with. A piece may be too short to have one.
    pub(super) fn name(&mut self) -> u32 {
        if self.left() < 4 { 0 } else { self.big(4) }
    }

    /// Reads nothing but the next bytes, so many, until [`leave`](Self::leave) is given what this returns.
    pub(super) fn enter(&mut self, count: usize) -> usize {
        let (start, outer) = (self.at, self.end);
        self.skip(count);
        self.end = self.at;
        self.at = start;
        outer
    }

    /// Goes on behind the part that was entered.
    #[inline(never)]
    pub(super) fn leave(&mut self, outer: usize) {
        self.at = self.end;
        if self.refused.is_none() {
            self.end = outer;
        }
    }
}

/// A name of four letters as a number.
pub(super) const fn name(letters: &[u8; 4]) -> u32 {
    u32::from_be_bytes(*letters)
}

/// The copy of a picture, and what did not get into it.
pub(super) struct Work<'a> {
    pub(super) out: Vec<u8>,
    pub(super) removed: Vec<Removed>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: u8,
    limits: &'a Limits,
}

impl<'a> Work<'a> {
    /// What is copied is never longer than the file.
    pub(super) fn new(length: usize, limits: &'a Limits) -> Self {
        Self { out: Vec::with_capacity(length), removed: Vec::new(), width: 0, height: 0, orientation: 1, limits }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Copies all that was read since a place.
    pub(super) fn copy(&mut self, read: &Reader<'_>, start: usize) {
        self.add(read.since(start));
    }

    /// Notes so many bytes that were not copied.
    pub(super) fn left_out(&mut self, what: What, bytes: usize) {
        if bytes == 0 {
            return;
        }
        match self.removed.iter_mut().find(|one| one.what == what) {
            Some(one) => one.bytes += bytes,
            None => self.removed.push(Removed { what, bytes }),
        }
    }

    /// Reads from Exif data, which begin behind so many bytes of what is left, how the picture is turned. The first of them count.
    pub(super) fn turned(&mut self, read: &Reader<'_>, behind: usize) {
        if !self.removed.iter().any(|one| one.what == What::Exif) {
            let mut exif = read.clone();
            exif.skip(behind);
            self.orientation = orientation(exif);
        }
    }

    /// Notes how large the picture is, if it may be.
    pub(super) fn sized(&mut self, read: &mut Reader<'_>, width: u32, height: u32) {
        let Limits { side, pixels, .. } = *self.limits;
        if width > side || height > side || u64::from(width) * u64::from(height) > pixels {
            read.refuse(Reason::TooManyPixels);
        }
        if width == 0 || height == 0 {
            read.refuse(Reason::Empty);
        }
        (self.width, self.height) = (width, height);
    }
}
