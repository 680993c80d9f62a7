//! The hashes of a tree in tiles of 256 (c2sp.org/tlog-tiles).

use super::tree::Tree;
use crate::digest::Hash;

/// How many hashes a full tile has.
pub const WIDTH: usize = 256;

/// The tiles of a growing tree that are not full yet, one a level. Level 0 holds the hashes of entries, each level above one hash for each full tile
/// below.
#[derive(Clone, Debug, Default)]
pub struct Filling {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Filling {
    /// How many leaves were added.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Each tile that becomes full with it is handed out with its level and its number, the lowest first.
    pub fn push(&mut self, leaf: Hash, full: &mut dyn FnMut(u32, u64, &[Hash])) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.get(level as usize).is_none() {
                self.levels.push(Vec::new());
            }
            let Some(tile) = self.levels.get_mut(level as usize) else { return };
            tile.push(hash);
            if tile.len() < WIDTH {
                return;
            }
            full(level, whole_tiles(self.size, level) - 1, tile);
            hash = tile_root(tile);
            tile.clear();
        }
    }

    /// Hands out the tiles that are not full and not empty, the lowest first.
    pub fn rest(&self, tell: &mut dyn FnMut(u32, u64, &[Hash])) {
        for (level, tile) in (0..).zip(&self.levels) {
            if !tile.is_empty() {
                tell(level, whole_tiles(self.size, level), tile);
            }
        }
    }
}

/// How many full tiles a level of a tree of that size has.
fn whole_tiles(size: u64, level: u32) -> u64 {
    size.checked_shr(8 * (level + 1)).unwrap_or(0)
}

/// The root over the hashes of a tile: what stands for it on the level above, if it is full.
pub(super) fn tile_root(hashes: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    // In a browser they come one at a time, and the code that does many would ship.
    #[cfg(target_arch = "wasm32")]
    hashes.iter().for_each(|hash| tree.push(*hash));
    #[cfg(not(target_arch = "wasm32"))]
    tree.extend(hashes.to_vec());
    tree.root()
}

#[cfg(not(target_arch = "wasm32"))]
pub use folder::{path_of, verify, write};

#[cfg(not(target_arch = "wasm32"))]
mod folder;
