//! Proofs about a log, and an independent reader and writer of such: Go's `golang.org/x/mod/sumdb`.
//!
//! What Go made lies in `tests/interop/go/`. What takes Go itself runs where `SCRUPLE_GO` names the program of `tests/interop/`: `cargo xtask interop`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use scruple::cli::{Failure, run};
use scruple::ledger::proof_text::Proof;

use super::sample::{Sample, public_text};
use super::say;

const ORIGIN: &str = "scruple/sample";

fn cli(words: &[&str]) -> Result<String, Failure> {
    run(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

fn refused(words: &[&str]) -> String {
    match cli(words) {
        Err(Failure::Work(what)) => what,
        other => panic!("{words:?}: {other:?}"),
    }
}

/// A folder of this test run.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A log of so many entries, with what a proof of it is held against.
struct Log {
    sample: Sample,
    folder: PathBuf,
    path: PathBuf,
    key: String,
}

impl Log {
    fn new(name: &str, count: u64) -> Self {
        let (sample, folder) = (Sample::new(ORIGIN, count, 7), folder(name));
        let path = folder.join("log");
        fs::write(&path, sample.written()).unwrap();
        Self { sample, folder, path, key: public_text(ORIGIN, 7) }
    }

    fn entry(&self, index: u64) -> PathBuf {
        let path = self.folder.join(format!("{index}.tlog-proof"));
        fs::write(&path, cli(&["prove", text(&self.path), "--entry", &index.to_string()]).unwrap()).unwrap();
        path
    }

    /// The proof that it began so, and the checkpoint of then.
    fn since(&self, size: usize) -> (PathBuf, PathBuf) {
        let (path, then) = (self.folder.join(format!("since-{size}")), self.folder.join(format!("checkpoint-{size}")));
        fs::write(&path, cli(&["prove", text(&self.path), "--since", &size.to_string()]).unwrap()).unwrap();
        fs::write(&then, self.sample.checkpoint(size)).unwrap();
        (path, then)
    }
}

#[test]
fn what_is_proved_is_verified_without_the_log() {
    let log = Log::new("proved", 300);
    let said = cli(&["verify", "--proof", text(&log.entry(257)), "--key", &log.key]).unwrap();
    assert!(said.contains("signed by the key that was given") && said.ends_with("proof verified: entry 257 of 300\n"), "{said}");
    let (proof, then) = log.since(100);
    let said = cli(&["verify", "--proof", text(&proof), "--key", &log.key, "--checkpoint", text(&then)]).unwrap();
    assert!(said.ends_with("proof verified: 300 entries, the first 100 as at the earlier checkpoint\n"), "{said}");
    // From a folder of tiles the same.
    let tiles = log.folder.join("tiles");
    cli(&["export", text(&log.path), "--as", "tiles", "--to", text(&tiles)]).unwrap();
    assert_eq!(cli(&["prove", text(&tiles), "--entry", "257"]), cli(&["prove", text(&log.path), "--entry", "257"]));
    // Without a key it is said that nothing is known of who wrote it.
    let said = cli(&["verify", "--proof", text(&log.entry(0))]).unwrap();
    assert!(said.contains("no key was given: who wrote the log is not proved"), "{said}");
}

#[test]
fn what_is_not_proved_is_refused_and_why() {
    let log = Log::new("refused", 20);
    let other = Sample::new(ORIGIN, 20, 8);
    let entry = log.entry(3);
    let (since, then) = log.since(11);
    let file = |name: &str, content: &str| {
        let path = log.folder.join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let (record, stranger) = (file("record", "another"), file("stranger", &other.checkpoint(11)));
    let (later, proof) = (file("later", &log.sample.checkpoint(12)), fs::read_to_string(&entry).unwrap());
    let elsewhere = file("elsewhere", &Sample::new("scruple/elsewhere", 20, 7).checkpoint(11));
    let changed = |from: &str, to: &str| {
        assert!(proof.contains(from), "{from}");
        file("changed", &proof.replacen(from, to, 1))
    };
    let verify = |path: &Path, more: &[&str]| refused(&[&["verify", "--proof", text(path)], more].concat());
    let stranger_key = public_text(ORIGIN, 8);
    for (said, what) in [
        (verify(&entry, &["--key", &stranger_key]), "the key `scruple/sample` did not sign the checkpoint"),
        (verify(&entry, &["--key", &public_text("scruple/b", 7)]), "is of the log `scruple/sample`, and the key of `scruple/b`"),
        (verify(&entry, &["--record", text(&record)]), "the entry in it is not the one that was given"),
        (verify(&entry, &["--checkpoint", text(&then)]), "it is about an entry, and takes no earlier checkpoint"),
        (verify(&changed("index 3", "index 4"), &[]), "entry 4 is not proved to be among the 20 of the checkpoint"),
        (verify(&changed("index 3", "index 03"), &[]), "line 3: `index` and a number should stand here"),
        (verify(&changed("extra ", "extra !"), &[]), "line 2: what stands behind `extra` is not base64"),
        (verify(&changed("proof@v1", "proof@v2"), &[]), "line 1: `c2sp.org/tlog-proof@v1` or `old` and a number"),
        (verify(&changed("index 3\n", "index 3\nx\n"), &[]), "line 4: this is no hash in base64"),
        (verify(&changed("\n\n", "\n"), &[]), "this is no hash in base64"),
        (verify(&file("none", ""), &[]), "there is no empty line before the checkpoint"),
        (verify(&since, &[]), "it is about an earlier checkpoint, which has to be given beside it"),
        (verify(&since, &["--checkpoint", text(&stranger)]), "does not lead to the root of the earlier tree"),
        (verify(&since, &["--checkpoint", text(&later)]), "the earlier checkpoint is of 12 entries, and the proof of 11"),
        (verify(&since, &["--checkpoint", text(&elsewhere)]), "the earlier checkpoint is of the log `scruple/elsewhere`"),
        (refused(&["prove", text(&log.path), "--entry", "20"]), "cannot prove entry 20"),
        (refused(&["prove", text(&log.path), "--since", "21"]), "cannot prove a beginning of 21 entries"),
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    // A log that is not sound proves nothing.
    let broken = file("broken", &log.sample.written().replacen("sample@1.2.0", "sample@1.2.1", 1));
    assert!(refused(&["prove", text(&broken), "--entry", "3"]).contains("log not verified"));
    for words in [
        &["prove", "x"][..],
        &["prove", "x", "--entry", "1", "--since", "1"],
        &["prove", "x", "--entry", "-1"],
        &["verify", "x", "--record", "y"],
        &["verify", "x", "--proof", "y"],
        &["verify", "--proof", "y", "--list"],
    ] {
        assert!(matches!(cli(words), Err(Failure::Usage(_))), "{words:?}");
    }
}

#[test]
fn every_flipped_byte_of_a_proof_is_noticed() {
    let log = Log::new("flipped", 9);
    let (since, then) = log.since(5);
    for (path, more) in [(log.entry(4), vec![]), (since, vec!["--checkpoint", text(&then)])] {
        let sound = fs::read(&path).unwrap();
        let flipped = log.folder.join("proof");
        for at in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[at] ^= [1, 0x20, 0x80][at % 3];
            fs::write(&flipped, bytes).unwrap();
            refused(&[&["verify", "--proof", text(&flipped), "--key", &log.key], more.as_slice()].concat());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_proof_reads_back_and_any_text_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), lines in "(old [0-9]{1,3}|extra [A-Za-z=]{0,8}|index [0-9]{1,3}|c2sp.org/tlog-proof@v1|\\PC{0,9}\n){0,6}") {
        for text in [bytes.as_slice(), lines.as_bytes()] {
            if let Ok(proof) = Proof::parse(text) {
                let written = proof.to_string();
                prop_assert_eq!(written.as_bytes(), text);
            }
        }
    }
}

/// What Go's `note.Sign`, `tlog.ProveRecord` and `tlog.ProveTree` made.
fn made_by_go(made: &Path) -> (usize, usize) {
    let key = fs::read_to_string(made.join("key")).unwrap();
    let (key, mut entries, mut grown) = (key.trim(), 0, 0);
    let changed = folder("changed").join("proof");
    for file in fs::read_dir(made).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut beside = Vec::new();
        if let Some(index) = name.strip_prefix("entry-").and_then(|name| name.strip_suffix(".tlog-proof")) {
            let record = made.join(format!("record-{index}"));
            if record.exists() {
                beside.extend(["--record".to_owned(), text(&record).to_owned()]);
            }
            entries += 1;
        } else if let Some((from, _)) = name.strip_prefix("grown-").and_then(|name| name.split_once('-')) {
            beside.extend(["--checkpoint".to_owned(), text(&made.join(format!("checkpoint-{from}"))).to_owned()]);
            grown += 1;
        } else {
            continue;
        }
        let verify = |path: &Path| {
            let beside: Vec<&str> = beside.iter().map(String::as_str).collect();
            cli(&[&["verify", "--proof", text(path), "--key", key], beside.as_slice()].concat())
        };
        let said = verify(&path).unwrap();
        assert!(said.contains("proof verified"), "{name}: {said}");
        let sound = fs::read(&path).unwrap();
        for at in (0..sound.len()).step_by(7) {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            fs::write(&changed, bytes).unwrap();
            assert!(matches!(verify(&changed), Err(Failure::Work(_))), "{name}, byte {at}");
        }
    }
    (entries, grown)
}

#[test]
fn what_go_once_made_is_accepted_and_what_is_changed_in_it_refused() {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/go");
    assert_eq!(made_by_go(&made), (6, 4));
}

fn go() -> Option<OsString> {
    let go = env::var_os("SCRUPLE_GO");
    if go.is_none() {
        say("Go: skipped (`cargo xtask interop` has it read our logs and make some for us)");
    }
    go
}

#[test]
fn what_go_makes_now_is_what_it_made() {
    let Some(go) = go() else { return };
    let made = folder("made");
    assert!(Command::new(go).args(["make", text(&made)]).status().unwrap().success());
    let (entries, grown) = made_by_go(&made);
    say(&format!("Go's proofs: {entries} of entries and {grown} of growth accepted, each changed one refused"));
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/go");
    for file in fs::read_dir(&made).unwrap() {
        let file = file.unwrap();
        let before = fs::read(recorded.join(file.file_name()));
        assert_eq!(
            before.ok(),
            Some(fs::read(file.path()).unwrap()),
            "{:?}: `cargo xtask interop --record` keeps it",
            file.file_name()
        );
    }
}

#[test]
fn go_reads_what_we_write_and_notices_what_is_changed() {
    let Some(go) = go() else { return };
    let asked = |words: &[&str]| {
        let output = Command::new(&go).args(words).output().unwrap();
        let said = String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap();
        if output.status.success() { Ok(said) } else { Err(said) }
    };
    for count in [1, 2, 255, 256, 257, 1000, 66_000] {
        let log = Log::new(&format!("read-{count}"), count);
        let tiles = log.folder.join("tiles");
        cli(&["export", text(&log.path), "--as", "tiles", "--to", text(&tiles)]).unwrap();
        let said = asked(&["folder", text(&tiles), &log.key]).unwrap();
        assert!(said.contains(&format!("{count} entries, signed, root and tiles agree")), "{said}");
        say(said.trim());
        let rebuilt = asked(&["rebuild", text(&log.path)]).unwrap();
        let verified = cli(&["verify", text(&log.path)]).unwrap();
        let (entries, root) = rebuilt.trim().split_once(' ').unwrap();
        assert!(entries == count.to_string() && verified.contains(&format!("root {root}")), "{rebuilt}");
        for index in [0, count / 2, count - 1] {
            let said = asked(&["proof", text(&log.entry(index)), &log.key]).unwrap();
            assert!(said.contains(&format!("entry {index} of {count} is included")), "{said}");
        }
        let (since, then) = log.since(usize::try_from(count).unwrap().div_ceil(3));
        asked(&["proof", text(&since), &log.key, text(&then)]).unwrap();
        // Go notices too what we do.
        assert!(asked(&["folder", text(&tiles), &public_text(ORIGIN, 8)]).unwrap_err().contains("note"));
        let tile = tiles.join(if count < 256 { format!("tile/0/000.p/{count}") } else { "tile/0/000".to_owned() });
        let mut bytes = fs::read(&tile).unwrap();
        bytes[3] ^= 1;
        fs::write(&tile, bytes).unwrap();
        assert!(asked(&["folder", text(&tiles), &log.key]).is_err());
    }
}
