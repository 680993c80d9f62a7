//! Who is to blame when entries and the hashes noted of them differ.
//!
//! A log carries the tiles of its tree. Each tile is held against what stands below it twice: against the hashes of the entries as they are, and against
//! the tiles as they are noted. Which of the two an upper tile agrees with tells which was changed, and the checkpoint tells it of the uppermost.

use core::ops::Range;
use std::collections::BTreeMap;

use super::check::Place;
use super::tiles::{WIDTH, tile_root};
use super::tree::{Tree, root_of};
use crate::digest::Hash;

/// How many differences are kept: whoever replaced more finds the first ones named.
const MOST: usize = 64;

/// What stands below a hash of a tile.
struct Below {
    /// Its hash, as the entries give it; none if one of them is missing.
    found: Option<Hash>,
    /// Its hash, as the tile below is noted; none for entries, and if that line is missing.
    noted: Option<Hash>,
    /// Where it stands.
    place: Place,
}

/// A level of tiles.
#[derive(Default)]
struct Level {
    /// The number of the tile that is being filled.
    tile: u64,
    below: Vec<Below>,
    /// The hashes of the last tile, once they were noted.
    last: Option<Vec<Hash>>,
}

/// A difference between what a tile says and what stands below it.
struct Doubt {
    entries: Range<u64>,
    /// Where the entries, or the tile below, stand.
    place: Place,
    /// Where the tile stands.
    tile_place: Place,
    /// The tile up to which all tiles agree.
    up_to: (u32, u64),
    /// Whether it is the tile that was changed.
    is_of_the_tile: bool,
}

/// What somebody is blamed for.
pub(super) struct Blame {
    pub place: Place,
    pub entry: Option<u64>,
    pub what: String,
}

/// The tiles of a log as it goes by.
#[derive(Default)]
pub(super) struct Tiles {
    levels: Vec<Level>,
    doubts: Vec<Doubt>,
    more: u64,
    /// The tile that is full, and is to be noted next.
    due: Option<(u32, u64)>,
    /// Whether a tile that is not full was noted: no entry stands behind it.
    ended: bool,
}

impl Tiles {
    /// The tile whose hashes are to stand here, if one must.
    pub fn due(&self) -> Option<(u32, u64)> {
        self.due
    }

    /// Whether the entries have come to their end.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The entries that a tile stands for.
    pub fn entries_of(level: u32, tile: u64) -> Range<u64> {
        let each = 1_u64.checked_shl(8 * (level + 1)).unwrap_or(u64::MAX);
        tile.saturating_mul(each)..tile.saturating_add(1).saturating_mul(each)
    }

    fn level(&mut self, level: u32) -> Option<&mut Level> {
        self.levels.get_mut(level as usize)
    }

    /// The first entry of the lowest tile that is being filled.
    fn first(&self) -> u64 {
        self.levels.first().map_or(0, |level| level.tile.saturating_mul(WIDTH as u64))
    }

    /// An entry at its place. False if it is not in the tile that is being filled: then the hashes of that tile are missing.
    pub fn entry(&mut self, index: u64, leaf: Hash, place: &Place) -> bool {
        let first = self.first();
        let Some(offset) = index.checked_sub(first).and_then(|offset| usize::try_from(offset).ok()) else { return true };
        if offset >= WIDTH {
            return false;
        }
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let Some(level) = self.levels.first_mut() else { return true };
        while level.below.len() <= offset {
            level.below.push(Below { found: None, noted: None, place: place.clone() });
        }
        if let Some(below) = level.below.get_mut(offset) {
            *below = Below { found: Some(leaf), noted: None, place: place.clone() };
        }
        if level.below.len() == WIDTH {
            self.due = Some((0, level.tile));
        }
        true
    }

    /// The hashes of a tile as they are noted.
    ///
    /// # Errors
    /// Why they cannot stand here.
    pub fn noted(&mut self, level: u32, tile: u64, hashes: Vec<Hash>, place: &Place) -> Result<(), String> {
        let is_full = hashes.len() == WIDTH;
        if hashes.is_empty() || hashes.len() > WIDTH {
            return Err(format!("a tile has 1 to {WIDTH} hashes, and this one has {}", hashes.len()));
        }
        let expected = self.level(level).map(|level| (level.tile, level.below.len(), level.last.is_some()));
        let Some((number, below, was_noted)) =
            expected.or((level == 0).then_some((0, 0, false))).filter(|(_, below, _)| *below > 0 || level == 0)
        else {
            return Err(format!("there are no entries for a tile of level {level}"));
        };
        if self.due.is_some_and(|due| due != (level, tile)) || number != tile || was_noted {
            return Err(format!("tile {tile} of level {level} does not belong here"));
        }
        // With fewer entries than a full tile has hashes some are missing, which is told of them.
        if hashes.len() != below && !(level == 0 && hashes.len() > below) {
            return Err(format!("the tile should have {below} hashes, and it has {}", hashes.len()));
        }
        // A log has one form: of the tiles that are not full the lowest comes first.
        if !is_full && self.lacks().is_some_and(|(lower, _)| lower < level) {
            return Err(format!("tile {tile} of level {level} stands before one of a lower level"));
        }
        self.compare(level, tile, &hashes, place);
        self.due = None;
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        if is_full {
            self.close(level, Some(&hashes), place);
        } else {
            self.ended = true;
            if let Some(level) = self.level(level) {
                level.last = Some(hashes);
            }
        }
        Ok(())
    }

    /// The hashes of the tile that is being filled are missing or cannot be read.
    pub fn missing(&mut self, place: &Place) {
        let (level, _) = self.due.take().unwrap_or_default();
        self.close(level, None, place);
    }

    /// The entries that a full or last tile of level 0 has hashes of, and that are not there, behind those that are.
    pub fn beyond(&self, hashes: usize) -> Option<Range<u64>> {
        let below = self.levels.first().map_or(0, |level| level.below.len());
        let first = self.first();
        (hashes > below).then(|| first.saturating_add(below as u64)..first.saturating_add(hashes as u64))
    }

    fn compare(&mut self, level: u32, tile: u64, hashes: &[Hash], place: &Place) {
        let Some(below) = self.levels.get(level as usize).map(|level| &level.below) else { return };
        let first = tile.saturating_mul(WIDTH as u64);
        let mut new = Vec::new();
        for (number, (hash, below)) in (first..).zip(hashes.iter().zip(below)) {
            let found = below.found.as_ref() == Some(hash);
            let noted = below.noted.as_ref() == Some(hash);
            let entries = match level.checked_sub(1) {
                Some(lower) => Self::entries_of(lower, number),
                None => number..number.saturating_add(1),
            };
            if let Some(lower) = level.checked_sub(1) {
                // What was doubted below is settled here, or is a part of a larger doubt.
                self.doubts.retain_mut(|doubt| {
                    if doubt.up_to != (lower, number) {
                        return true;
                    }
                    doubt.up_to = (level, tile);
                    doubt.is_of_the_tile |= !noted;
                    noted || found
                });
            }
            // An entry that is missing is told of elsewhere.
            let differs = if level == 0 { !found && below.found.is_some() } else { !found && !noted };
            if differs {
                new.push(Doubt {
                    entries,
                    place: below.place.clone(),
                    tile_place: place.clone(),
                    up_to: (level, tile),
                    is_of_the_tile: false,
                });
            }
        }
        let room = MOST.saturating_sub(self.doubts.len());
        self.more += new.len().saturating_sub(room) as u64;
        self.doubts.extend(new.into_iter().take(room));
    }

    /// Goes from a full tile to the next, and notes its root on the level above.
    fn close(&mut self, level: u32, hashes: Option<&[Hash]>, place: &Place) {
        let Some(own) = self.level(level) else { return };
        let found: Option<Vec<Hash>> = own.below.iter().map(|below| below.found).collect();
        let noted = hashes.map(tile_root);
        let found = found.filter(|found| found.len() == WIDTH);
        // In a sound log the two are one, and hashed once.
        let found = found.map(|found| if hashes == Some(found.as_slice()) { noted } else { Some(tile_root(&found)) });
        let found = found.flatten();
        own.tile += 1;
        own.below.clear();
        let above = level as usize + 1;
        if self.levels.len() == above {
            self.levels.push(Level::default());
        }
        if let Some(level) = self.levels.get_mut(above) {
            level.below.push(Below { found, noted, place: place.clone() });
            if level.below.len() == WIDTH {
                self.due = Some((above as u32, level.tile));
            }
        }
    }

    /// The first tile that is not full and was not noted.
    pub fn lacks(&self) -> Option<(u32, u64)> {
        let lacks = |(_, level): &(u32, &Level)| level.last.is_none() && !level.below.is_empty();
        (0..).zip(&self.levels).find(lacks).map(|(number, level)| (number, level.tile))
    }

    /// The root that the noted tiles lead to.
    fn root(&self) -> Hash {
        let mut peaks = Vec::new();
        for level in self.levels.iter().rev() {
            let mut tree = Tree::default();
            level.last.iter().flatten().for_each(|hash| tree.push(*hash));
            peaks.extend_from_slice(tree.peaks());
        }
        root_of(&peaks)
    }

    /// Names whoever is to blame, once it is known which root the tree should have, and which it has.
    pub fn blamed(&self, checkpoint: Option<&Hash>, found: &Hash) -> Vec<Blame> {
        let entries_are_right = checkpoint == Some(found);
        let tiles_are_right = checkpoint == Some(&self.root());
        let mut blamed: Vec<Blame> = Vec::new();
        // What differs where the checkpoint fits neither, tile by tile: the first and the last, and how many.
        let mut open: BTreeMap<(u32, u64), (&Doubt, u64, usize)> = BTreeMap::new();
        for doubt in &self.doubts {
            let Range { start, end } = doubt.entries;
            let last = end.saturating_sub(1);
            let what = if start == last { format!("entry {start}") } else { format!("the entries {start} to {last}") };
            let level = self.levels.get(doubt.up_to.0 as usize);
            let reaches_the_top = level.is_some_and(|level| level.tile == doubt.up_to.1 && level.last.is_some());
            if entries_are_right || doubt.is_of_the_tile {
                // One tile is blamed once.
                if blamed.iter().all(|other| other.entry.is_some() || other.place != doubt.tile_place) {
                    let what = format!("the hashes noted here were changed: they are not those of {what}");
                    blamed.push(Blame { place: doubt.tile_place.clone(), entry: None, what });
                }
            } else if !(tiles_are_right && reaches_the_top) {
                let (_, to, count) = open.entry(doubt.up_to).or_insert((doubt, last, 0));
                (*to, *count) = (last, *count + 1);
            } else {
                let what = if start == last {
                    "it was changed or replaced: the checkpoint is of a tree with another entry in its place".to_owned()
                } else {
                    format!("of {what} at least one was changed or replaced, and so were the hashes noted of them")
                };
                blamed.push(Blame { place: doubt.place.clone(), entry: Some(start), what });
            }
        }
        for (doubt, to, count) in open.into_values() {
            let start = doubt.entries.start;
            blamed.push(if count == 1 && to == start {
                let what = "it and the hash noted of it differ: one of the two was changed, and no checkpoint tells which".to_owned();
                Blame { place: doubt.place.clone(), entry: Some(start), what }
            } else {
                let what = format!(
                    "the entries {start} to {to} and the hashes noted of them differ in {count} places: some were changed, and no checkpoint tells which"
                );
                Blame { place: doubt.tile_place.clone(), entry: None, what }
            });
        }
        blamed
    }

    /// Whether entries and the hashes noted of them differ anywhere.
    pub fn has_doubts(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// How many differences were found beyond those that are named.
    pub fn more(&self) -> u64 {
        self.more
    }
}
