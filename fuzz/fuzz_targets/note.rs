//! A text as a signed note, a checkpoint and a key: what is read is written the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scruple::ledger::checkpoint::{self, Checkpoint, Signed};
use scruple::ledger::note::{Note, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert!(note.text.ends_with('\n') && !note.signatures.is_empty());
        assert!(bytes.starts_with([note.text.as_str(), "\n"].concat().as_bytes()), "the text is not how the note begins");
    }
    let _ = Signed::parse(bytes);
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(Checkpoint { origin, size, root, extensions }) = Checkpoint::parse(text) {
        let rest: String = extensions.iter().map(|line| format!("{line}\n")).collect();
        assert!(checkpoint::text(&origin, size, &root) + &rest == text, "a checkpoint has another form too");
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text, "a key has another form too");
    }
});
