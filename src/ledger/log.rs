//! A log on paper (`.scruplelog`, version 2): lines of canonical JSON, each with a new line behind it.
//!
//! 1. The entries, one a line, in order. Behind the last entry of each 256 stands a line with their hashes,
//!    `{"hashes":"<base64>","level":0,"tile":<number>}`, and behind the last of each 65,536 another of level 1 with the roots of those 256 tiles, and so
//!    on; behind the last entry, a line for each tile that is not full. They are the tiles of c2sp.org/tlog-tiles. With them, whoever checks the log can
//!    say which entry was changed, and not only that one was.
//! 2. `{"settings":"..."}`: the texts of the settings that entries name by their hash.
//! 3. `{"checkpoint":"...","scruple_log":2}`: the checkpoint of the tree (c2sp.org/tlog-checkpoint), as a signed note or as its text alone.

use serde::Serialize;

use super::leaf_hash;
use super::tiles::Filling;
use crate::digest::base64;
use crate::json::{record, to_canonical};

/// The version of the form.
pub(super) const VERSION: u32 = 2;

/// A line with the hashes of a tile.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HashesLine {
    pub hashes: String,
    pub level: u32,
    pub tile: u64,
}

record!(HashesLine { hashes, level, tile });

/// A line with the settings that entries name by their hash: nobody can put others in their place.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsLine {
    pub settings: String,
}

record!(SettingsLine { settings });

/// The last line.
#[derive(Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointLine {
    pub checkpoint: String,
    pub scruple_log: u32,
}

record!(CheckpointLine { checkpoint, scruple_log });

/// Writes a log, so many entries at a time.
#[derive(Debug, Default)]
pub struct Writer {
    tiles: Filling,
}

impl Writer {
    /// How many entries were written.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.tiles.size()
    }

    /// The next entries, each in its stored bytes, with the tiles that are full behind them.
    pub fn entries(&mut self, entries: &[String]) -> String {
        let mut out = String::new();
        for entry in entries {
            line(&mut out, entry);
            self.tiles
                .push(leaf_hash(entry.as_bytes()), &mut |level, tile, hashes| line(&mut out, &hashes_line(level, tile, hashes)));
        }
        out
    }

    /// What stands behind the entries: the tiles that are not full, the texts of the settings that entries name, and the checkpoint of their tree: the
    /// signed note, or the text alone if nobody signs.
    #[must_use]
    pub fn end(&self, settings: &[String], checkpoint: &str) -> String {
        let mut out = String::new();
        self.tiles.rest(&mut |level, tile, hashes| line(&mut out, &hashes_line(level, tile, hashes)));
        for settings in settings {
            line(&mut out, &written(&SettingsLine { settings: settings.clone() }));
        }
        line(&mut out, &written(&CheckpointLine { checkpoint: checkpoint.to_owned(), scruple_log: VERSION }));
        out
    }
}

/// Writes a whole log.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn export(entries: &[String], settings: &[String], checkpoint: &str) -> String {
    let mut writer = Writer::default();
    let entries = writer.entries(entries);
    entries + &writer.end(settings, checkpoint)
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn hashes_line(level: u32, tile: u64, hashes: &[[u8; 32]]) -> String {
    written(&HashesLine { hashes: base64(hashes.as_flattened()), level, tile })
}

/// Texts and small numbers always have a canonical form.
fn written(line: &impl Serialize) -> String {
    to_canonical(line).unwrap_or_default()
}
