//! The tree of the log in wasm, compiled as what ships is, for the measure of it in Node. Nothing of it ships.

#![cfg(target_arch = "wasm32")]

use scruple::digest::hex;
use scruple::ledger::{Tree, leaf_hash};
use wasm_bindgen::prelude::wasm_bindgen;

/// A log of entries that were written.
#[wasm_bindgen]
#[derive(Default)]
pub struct Log {
    tree: Tree,
}

#[wasm_bindgen]
impl Log {
    /// An empty one.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &[u8]) {
        self.tree.push(leaf_hash(entry));
    }

    /// The root, in hexadecimal.
    #[must_use]
    pub fn root(&self) -> String {
        hex(&self.tree.root())
    }
}
