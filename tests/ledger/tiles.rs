//! A log as a folder of tiles.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scruple::digest::Hash;
use scruple::ledger::tiles::{path_of, verify, write};
use scruple::ledger::{Against, LogFault, Tree, leaf_hash};

use super::sample::Sample;

/// A folder that is gone when it is no longer held.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tiles-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn files(folder: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(folder, &path, found);
        } else {
            found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn faults(folder: &Path) -> Vec<LogFault> {
    verify(folder, &Against::default(), &mut |_| ()).unwrap().faults
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(path_of(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path_of(Some(2), 0, 1), "tile/2/000.p/1");
    assert_eq!(path_of(None, 273, 112), "tile/entries/273.p/112");
    assert_eq!(path_of(None, 1000, 256), "tile/entries/x001/000");
}

#[test]
fn a_log_becomes_a_folder_and_verifies() {
    let sample = Sample::new("scruple/sample", 700, 7);
    let folder = Folder::new("whole");
    assert_eq!(write(sample.written().as_bytes(), &folder.0).unwrap().faults, []);
    let mut found = BTreeSet::new();
    files(&folder.0, &folder.0, &mut found);
    let tiles: Vec<&str> = found.iter().map(String::as_str).filter(|path| !path.starts_with("settings/")).collect();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/188",
    ];
    assert_eq!((tiles, found.len()), (expected.to_vec(), 10));
    // Each tile is what the specification says of it.
    let leaves: Vec<Hash> = sample.lines().iter().map(|line| leaf_hash(line.as_bytes())).collect();
    let root = |leaves: &[Hash]| {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    };
    let tile = |path: &str| fs::read(folder.0.join(path)).unwrap();
    assert_eq!(tile("tile/0/001"), leaves[256..512].as_flattened());
    assert_eq!(tile("tile/0/002.p/188"), leaves[512..].as_flattened());
    assert_eq!(tile("tile/1/000.p/2"), [root(&leaves[..256]), root(&leaves[256..512])].as_flattened());
    assert_eq!(tile("checkpoint"), sample.checkpoint(700).as_bytes());
    let bundle = tile("tile/entries/001");
    let length = sample.lines()[256].len();
    assert_eq!(bundle[..2], (length as u16).to_be_bytes());
    assert_eq!(&bundle[2..2 + length], sample.lines()[256].as_bytes());

    let mut entries = Vec::new();
    let verdict = verify(&folder.0, &Against::default(), &mut |seen| {
        if let scruple::ledger::Seen::Entry { entry, .. } = seen {
            entries.push(entry.clone());
        }
    })
    .unwrap();
    assert_eq!((verdict.faults, verdict.entries, verdict.settings, entries), (vec![], 700, 2, sample.entries.clone()));
    assert!(write(sample.written().as_bytes(), &folder.0).is_err(), "nothing is written over");

    // Whatever is missing or changed is named.
    for path in &found {
        let path = folder.0.join(path);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(!faults(&folder.0).is_empty(), "{}", path.display());
        let mut changed = bytes.clone();
        let middle = bytes.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(!faults(&folder.0).is_empty(), "{}", path.display());
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(!faults(&folder.0).is_empty(), "{}", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    let path = folder.0.join("tile/entries/001");
    let text = String::from_utf8_lossy(&bundle).into_owned();
    assert!(text.contains("\"index\":301,"));
    let at = bundle.windows(12).position(|part| part == b"\"index\":301,").unwrap();
    let mut changed = bundle.clone();
    let present = changed[at..].windows(8).position(|part| part == b"profile\"").unwrap();
    changed[at + present..at + present + 7].copy_from_slice(b"privacy");
    fs::write(&path, &changed).unwrap();
    let fault = &faults(&folder.0)[0];
    assert_eq!((fault.entry, fault.place.to_string().as_str()), (Some(301), "`tile/entries/001`"), "{fault}");
    fs::write(&path, bundle).unwrap();
    assert_eq!(faults(&folder.0), []);
}

#[test]
fn logs_of_every_shape_of_tree_become_folders() {
    for count in [0, 1, 256, 257] {
        let folder = Folder::new(&count.to_string());
        assert_eq!(write(Sample::new("scruple/sample", count, 7).written().as_bytes(), &folder.0).unwrap().faults, []);
        assert_eq!(faults(&folder.0), [], "{count}");
    }
    let folder = Folder::new("unsound");
    let broken = Sample::new("scruple/sample", 3, 7).written().replace("sample@1.2.0", "sample@1.2.1");
    assert!(!write(broken.as_bytes(), &folder.0).unwrap().faults.is_empty());
    assert!(!folder.0.join("checkpoint").exists());
    assert!(!faults(&folder.0).is_empty());
}
