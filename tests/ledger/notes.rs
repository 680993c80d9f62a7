//! Notes and checkpoints, as c2sp.org/signed-note and c2sp.org/tlog-checkpoint have them.

use std::fs;

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use scruple::digest::base64;
use scruple::ledger::checkpoint::{self, Checkpoint, Signed};
use scruple::ledger::note::{Note, Signing, VerifierKey, key_id, signed, verifier_key};

use super::corpus;

const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const TEXT: &str = "This is an example message.\n";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn key(name: &str, seed: u8) -> (SigningKey, VerifierKey) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let public = VerifierKey::parse(&verifier_key(name, key.verifying_key().as_bytes())).unwrap();
    (key, public)
}

/// A note signed by keys of these names.
fn note(text: &str, signers: &[(&str, &SigningKey)]) -> String {
    let made: Vec<_> =
        signers.iter().map(|(name, key)| (name, key.verifying_key().to_bytes(), key.sign(text.as_bytes()).to_bytes())).collect();
    let signings: Vec<_> = made.iter().map(|(name, key, signature)| Signing { name, key, signature }).collect();
    signed(text, &signings)
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key = VerifierKey::parse(KEY).unwrap();
    assert_eq!((key.name(), key.to_string().as_str()), ("example.com/foo", KEY));
    let read = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(read.text, TEXT);
    assert_eq!(read.verify(std::slice::from_ref(&key)).unwrap(), [&key]);
    // Put together again from its parts, it is the same.
    let signature: [u8; 64] = read.signatures[0].bytes.clone().try_into().unwrap();
    let public: [u8; 32] = KEY_BYTES;
    assert_eq!(signed(TEXT, &[Signing { name: "example.com/foo", key: &public, signature: &signature }]), NOTE);
    assert_eq!(key_id("example.com/foo", &public), read.signatures[0].id);
    let changed = NOTE.replace("message", "massage");
    assert!(Note::parse(changed.as_bytes()).unwrap().verify(&[key]).unwrap_err().to_string().contains("does not fit the text"));
}

/// The public key of the example: what stands behind the type in its last part.
const KEY_BYTES: [u8; 32] = [
    0xe9, 0x32, 0x79, 0x1a, 0xe6, 0xe7, 0xa8, 0x40, 0xa4, 0x61, 0x64, 0xc9, 0x04, 0x78, 0x64, 0x26, 0xd5, 0xe7, 0x82, 0x1d, 0xd8,
    0xb2, 0x9a, 0x00, 0xd6, 0x1c, 0xae, 0x72, 0xaf, 0xdd, 0x4d, 0xa4,
];

/// The notes and checkpoints that stand in the specifications, as they stand there.
#[test]
fn every_example_of_the_specifications_is_read() {
    let Some(folder) = corpus("c2sp") else { return };
    let (mut notes, mut checkpoints) = (0, 0);
    for name in ["signed-note.md", "tlog-checkpoint.md", "tlog-cosignature.md", "tlog-proof.md", "tlog-witness.md"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        // What stands between two fences; where an example is shortened it is none.
        for block in text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix('\n')) {
            if !block.contains("\n\n\u{2014} ") || block.contains("[...]") {
                continue;
            }
            if let Ok(note) = Note::parse(block.as_bytes()) {
                notes += 1;
                checkpoints += usize::from(Checkpoint::parse(&note.text).is_ok());
            } else {
                assert!(block.starts_with("c2sp.org/") || block.starts_with("old "), "{name}: {block}");
            }
        }
    }
    assert!(notes >= 3 && checkpoints >= 1, "{notes} notes, {checkpoints} checkpoints");
    super::say(&format!("c2sp: {notes} notes, {checkpoints} of them checkpoints"));
}

#[test]
fn a_note_that_is_malformed_is_refused() {
    let refused = |bytes: &[u8], says: &str| {
        let fault = Note::parse(bytes).unwrap_err().to_string();
        assert!(fault.contains(says), "{fault}\n{}", String::from_utf8_lossy(bytes));
    };
    let signature = NOTE.split_once("\n\n").unwrap().1;
    refused(b"", "no empty line");
    refused(TEXT.as_bytes(), "no empty line");
    refused(signature.as_bytes(), "no empty line");
    refused([TEXT, signature].concat().as_bytes(), "no empty line");
    refused([TEXT, "\n"].concat().as_bytes(), "no signatures");
    refused([TEXT, "\n\n"].concat().as_bytes(), "no signatures");
    refused(NOTE.trim_end().as_bytes(), "last line does not end");
    refused([NOTE, "\n"].concat().as_bytes(), "no signatures");
    refused(NOTE.replace('\n', "\r\n").as_bytes(), "control character at byte 27");
    refused(NOTE.replace("This is", "This\tis").as_bytes(), "control character at byte 4");
    refused(NOTE.replace("This is", "This\0is").as_bytes(), "control character at byte 4");
    let mut bytes = NOTE.as_bytes().to_vec();
    bytes[5] = 0xff;
    refused(&bytes, "not UTF-8 at byte 5");
    refused(NOTE.replace('\u{2014}', "-").as_bytes(), "em dash");
    refused(NOTE.replace("\u{2014} ", "\u{2014}").as_bytes(), "em dash");
    refused(NOTE.replace("example.com/foo ", "").as_bytes(), "em dash");
    refused(NOTE.replace("example.com/foo ", " ").as_bytes(), "name of a key");
    refused(NOTE.replace("example.com/foo ", "example+foo ").as_bytes(), "name of a key");
    refused(NOTE.replace("example.com/foo ", "example\u{a0}foo ").as_bytes(), "name of a key");
    refused(NOTE.replace("QM=", "QM").as_bytes(), "not base64");
    // The last digit has bits that mean nothing: only zeros are its one form.
    refused(NOTE.replace("QM=", "QN=").as_bytes(), "not base64");
    refused(format!("{TEXT}\n\u{2014} short {}\n", base64(&[1, 2, 3, 4])).as_bytes(), "too short");
    refused(&"x".repeat(1_000_001).into_bytes(), "longer than");
    refused([TEXT, "\n", &signature.repeat(101)].concat().as_bytes(), "more than 100 signatures");
}

#[test]
fn a_note_may_have_much_in_it() {
    let (a, known) = key("a", 1);
    // Empty lines of its own, and what looks like a signature.
    let text = "\n\u{2014} a AAAAAAA=\n\nOgnuno sta solo\n\n\n";
    let read = Note::parse(note(text, &[("a", &a)]).as_bytes()).unwrap();
    assert_eq!(read.text, text);
    assert_eq!(read.verify(std::slice::from_ref(&known)).unwrap(), [&known]);
    // As many signatures as every reader must take, and more, one of them long.
    let mut many = note(TEXT, &[("a", &a)]);
    for number in 0..40 {
        many += &format!("\u{2014} other{number} {}\n", base64(&vec![7; if number == 0 { 5000 } else { 68 }]));
    }
    let read = Note::parse(many.as_bytes()).unwrap();
    assert_eq!((read.signatures.len(), read.verify(&[known]).unwrap().len()), (41, 1));
}

#[test]
fn who_signed_is_told_and_strangers_are_ignored() {
    let ((a, known_a), (b, known_b)) = (key("a", 1), key("b", 2));
    let (other_a, stranger_a) = key("a", 3);
    let by = |signers: &[(&str, &SigningKey)]| Note::parse(note(TEXT, signers).as_bytes()).unwrap();
    let known = [known_a.clone(), known_b.clone()];
    assert_eq!(by(&[("a", &a), ("b", &b)]).verify(&known).unwrap(), [&known_a, &known_b]);
    assert_eq!(by(&[("b", &b)]).verify(&known).unwrap(), [&known_b]);
    // The same key twice signs once.
    assert_eq!(by(&[("a", &a), ("a", &a)]).verify(&known).unwrap(), [&known_a]);
    // A stranger of the same name has another id, and is no fault.
    assert_eq!(by(&[("a", &other_a), ("b", &b)]).verify(&known).unwrap(), [&known_b]);
    assert_eq!(by(&[("a", &a)]).verify(&[stranger_a]).unwrap(), Vec::<&VerifierKey>::new());
    assert_eq!(by(&[("a", &a)]).verify(&[]).unwrap(), Vec::<&VerifierKey>::new());
    // One signature of a known key that does not fit spoils the note, whatever else fits.
    let mut forged = by(&[("a", &a), ("a", &a), ("b", &b)]);
    forged.signatures[1].bytes[0] ^= 1;
    assert!(forged.verify(&known).is_err());
    let mut short = by(&[("a", &a)]);
    short.signatures[0].bytes.pop();
    assert!(short.verify(&known).is_err());
}

#[test]
fn a_key_is_read_in_its_one_form() {
    let public = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
    let good = verifier_key("a/b", &public);
    assert_eq!(VerifierKey::parse(&good).unwrap().to_string(), good);
    let id = good.split('+').nth(1).unwrap().to_owned();
    let typed = |first: u8, length: usize| base64(&[&[first], &public[..length]].concat());
    for (text, says) in [
        (String::new(), "form"),
        ("a/b".into(), "form"),
        (format!("a/b+{id}"), "form"),
        (good.replace("a/b", ""), "name"),
        (good.replace("a/b", "a b"), "name"),
        (good.replace("a/b", "a/c"), "id of the key"),
        (good.replace(&id, &id.to_uppercase()), "id of the key"),
        (good.replace(&id, "00000000"), "id of the key"),
        (good.replace(&id, &id[1..]), "id of the key"),
        (format!("a/b+{id}+{}", typed(1, 31)), "32 bytes"),
        (format!("a/b+{id}+{}", typed(4, 32)), "only keys of Ed25519"),
        (format!("a/b+{id}+%%%"), "base64"),
        // No point of the curve, and one that any signature fits.
        (verifier_key("a/b", &[2; 32]), "no key of Ed25519"),
        (verifier_key("a/b", &[0; 32]), "no key of Ed25519"),
    ] {
        let fault = VerifierKey::parse(&text).unwrap_err().to_string();
        assert!(fault.contains(says), "{text}: {fault}");
    }
}

#[test]
fn checkpoints_are_read_and_written() {
    let root = [0x5a; 32];
    let text = checkpoint::text("scruple/one", 20_852_163, &root);
    assert_eq!(text, format!("scruple/one\n20852163\n{}\n", base64(&root)));
    let read = Checkpoint::parse(&text).unwrap();
    assert_eq!((read.origin.as_str(), read.size, read.root, read.extensions.len()), ("scruple/one", 20_852_163, root, 0));
    assert_eq!(Checkpoint::parse(&(text.clone() + "more\n")).unwrap().extensions, ["more"]);
    assert_eq!(Checkpoint::parse(&checkpoint::text("o", 0, &root)).unwrap().size, 0);
    for (changed, says) in [
        (text.trim_end().to_owned(), "does not end"),
        (String::new(), "does not end"),
        ("scruple/one\n5\n".into(), "fewer than three"),
        (text.replace("scruple/one", ""), "origin"),
        (text.replace("20852163", "020852163"), "number"),
        (text.replace("20852163", "+20852163"), "number"),
        (text.replace("20852163", "-1"), "number"),
        (text.replace("20852163", "99999999999999999999"), "number"),
        (text.replace("20852163", ""), "number"),
        (text.replace("Wl", ""), "hash"),
        (text.replace("Wlo=", "Wlp="), "hash"),
        (text.clone() + "\n", "empty line"),
        (text.clone() + "a\n\nb\n", "empty line"),
    ] {
        assert!(Checkpoint::parse(&changed).unwrap_err().to_string().contains(says), "{changed}");
    }
    let (a, known) = key("scruple/one", 1);
    let signed = Signed::parse(note(&text, &[("scruple/one", &a)]).as_bytes()).unwrap();
    assert_eq!(signed.note.unwrap().verify(std::slice::from_ref(&known)).unwrap(), [&known]);
    assert_eq!(Signed::parse(text.as_bytes()).unwrap().note, None);
    assert!(Signed::parse(text.replace('\n', "\r\n").as_bytes()).is_err());
}

proptest! {
    #[test]
    fn whatever_is_signed_verifies_and_nothing_else(text in "(\\PC|\n){0,200}", at in any::<prop::sample::Index>(), with in 1..=255_u8) {
        let text = text + "\n";
        let (a, known) = key("a", 1);
        let note = note(&text, &[("a", &a)]);
        let read = Note::parse(note.as_bytes()).unwrap();
        prop_assert_eq!(&read.text, &text);
        prop_assert_eq!(read.verify(std::slice::from_ref(&known)).unwrap().len(), 1);
        let mut bytes = note.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= with;
        let signers = Note::parse(&bytes).and_then(|note| note.verify(&[known]).map(|keys| keys.len()));
        prop_assert!(!matches!(signers, Ok(1)), "byte {}", at);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        let _ = Note::parse(&bytes);
        let _ = Signed::parse(text.as_bytes());
        let _ = VerifierKey::parse(&text);
    }
}
