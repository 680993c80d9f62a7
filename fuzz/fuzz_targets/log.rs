//! Bytes as an exported log: whatever they are, they are judged. A log that is sound can be written again from what went by, and is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scruple::json::to_canonical;
use scruple::ledger::{Against, Cards, Seen, export, verify};

fuzz_target!(|bytes: &[u8]| {
    let (mut entries, mut settings, mut checkpoint) = (Vec::new(), Vec::new(), String::new());
    let verdict = verify(bytes, &Against::default(), &mut |seen| match seen {
        Seen::Entry { entry, bytes } => {
            let text = to_canonical(entry).expect("an entry has a canonical form");
            assert!(text.as_bytes() == bytes, "an entry has another form too");
            entries.push(text);
        }
        Seen::Settings { text, .. } => settings.push(text),
        Seen::Checkpoint(text) => checkpoint = text,
    })
    .expect("bytes in memory can be read");
    if verdict.faults.is_empty() {
        assert_eq!(verdict.entries, entries.len() as u64);
        assert!(export(&entries, &settings, &checkpoint).as_bytes() == bytes, "a sound log has another form too");
    }
    let _ = Cards::read(bytes);
});
