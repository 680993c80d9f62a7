//! A log as a folder of tiles, which any reader of c2sp.org/tlog-tiles can follow: `checkpoint`, `tile/<level>/<number>` with hashes, and
//! `tile/entries/<number>` with entries. Beside them, in `settings/`, lie the texts of the settings that entries name, each under its hash.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::{Filling, WIDTH};
use crate::digest::Hash;
use crate::ledger::check::Checker;
use crate::ledger::checkpoint::Signed;
use crate::ledger::{Against, Place, Seen, Verdict, leaf_hash};

/// The longest file that is read: a bundle of the longest entries.
const LONGEST: u64 = 256 * (2 + 65_535);

/// Where a tile lies in the folder: of hashes on a level, or of entries. `width` is how many there are in it; a full tile has 256.
#[must_use]
pub fn path_of(level: Option<u32>, number: u64, width: usize) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    let level = level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
    if width < WIDTH { format!("tile/{level}/{path}.p/{width}") } else { format!("tile/{level}/{path}") }
}

/// A folder that is being written.
struct Writing<'a> {
    folder: &'a Path,
    tiles: Filling,
    entries: u64,
    /// The entries of the tile under way, each with its length before it.
    bundle: Vec<u8>,
}

impl Writing<'_> {
    fn file(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)
    }

    fn entry(&mut self, entry: &[u8]) -> io::Result<()> {
        let length = u16::try_from(entry.len()).map_err(|_| io::Error::other("an entry is too long for a tile"))?;
        self.bundle.extend_from_slice(&length.to_be_bytes());
        self.bundle.extend_from_slice(entry);
        self.entries += 1;
        let mut full = Vec::new();
        self.tiles.push(leaf_hash(entry), &mut |level, number, hashes| full.push((level, number, hashes.as_flattened().to_vec())));
        for (level, number, hashes) in full {
            if level == 0 {
                self.file(&path_of(None, number, WIDTH), &self.bundle)?;
                self.bundle.clear();
            }
            self.file(&path_of(Some(level), number, WIDTH), &hashes)?;
        }
        Ok(())
    }

    fn rest(&self) -> io::Result<()> {
        let mut rest = Vec::new();
        self.tiles.rest(&mut |level, number, hashes| rest.push((level, number, hashes.to_vec())));
        for (level, number, hashes) in rest {
            if level == 0 {
                self.file(&path_of(None, number, hashes.len()), &self.bundle)?;
            }
            self.file(&path_of(Some(level), number, hashes.len()), hashes.as_flattened())?;
        }
        Ok(())
    }
}

/// Writes an exported log as a folder of tiles. Only a sound log gets its checkpoint, as the last file; of another the verdict says what is wrong.
///
/// # Errors
/// If the log cannot be read or the folder not be written, or if there is something in it already.
pub fn write(log: impl BufRead, folder: &Path) -> io::Result<Verdict> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
    }
    let mut writing = Writing { folder, tiles: Filling::default(), entries: 0, bundle: Vec::new() };
    let (mut done, mut note) = (Ok(()), String::new());
    let verdict = crate::ledger::verify(log, &Against::default(), &mut |seen| {
        if done.is_err() {
            return;
        }
        match seen {
            Seen::Entry { bytes, .. } => done = writing.entry(bytes),
            Seen::Settings { hash, text } => {
                done = writing.file(&format!("settings/{}", hash.trim_start_matches("sha256:")), text.as_bytes());
            }
            Seen::Checkpoint(text) => note = text,
        }
    })?;
    done?;
    if verdict.faults.is_empty() {
        writing.rest()?;
        writing.file("checkpoint", note.as_bytes())?;
    }
    Ok(verdict)
}

/// Checks a log in a folder of tiles as [`crate::ledger::verify`] does an exported one.
///
/// # Errors
/// If a file that is there cannot be read. One that is missing is a fault.
pub fn verify(folder: &Path, against: &Against, seen: &mut dyn FnMut(Seen)) -> io::Result<Verdict> {
    let mut checker = Checker::new(against, seen);
    let end = Place::File("checkpoint".into());
    let Some(note) = read(folder, "checkpoint")? else {
        checker.fault(&end, None, "there is no checkpoint");
        return Ok(checker.finish(&end));
    };
    // What is wrong with it is told when its turn comes.
    let size = Signed::parse(&note).map_or(0, |signed| signed.checkpoint.size);
    let (full, last) = (size / WIDTH as u64, (size % WIDTH as u64) as usize);
    let bundles = (0..full).map(|number| (number, WIDTH)).chain((last > 0).then_some((full, last)));
    for (number, width) in bundles {
        let path = path_of(None, number, width);
        let place = Place::File(path.clone());
        let Some(bundle) = read(folder, &path)? else {
            checker.fault(
                &place,
                Some(number.saturating_mul(WIDTH as u64)),
                "the file with this entry and those behind it is missing",
            );
            break;
        };
        entries(&mut checker, &place, &bundle, width);
        while let Some((level, number)) = checker.due() {
            hashes(&mut checker, folder, level, number, WIDTH)?;
        }
    }
    for level in 0..8 {
        let width = (size >> (8 * level) & 255) as usize;
        if width > 0 {
            hashes(&mut checker, folder, level, size.checked_shr(8 * (level + 1)).unwrap_or(0), width)?;
        }
    }
    let mut names: Vec<String> = match fs::read_dir(folder.join("settings")) {
        Ok(files) => files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned())).collect::<io::Result<_>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    names.sort();
    for name in names {
        let path = format!("settings/{name}");
        let place = Place::File(path.clone());
        match read(folder, &path)?.map(String::from_utf8) {
            Some(Ok(text)) => checker.settings(&place, text),
            Some(Err(_)) => checker.fault(&place, None, "the settings are not UTF-8"),
            None => {}
        }
    }
    checker.checkpoint(&end, &note);
    Ok(checker.finish(&end))
}

/// A file of the folder, if it is there.
fn read(folder: &Path, path: &str) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(folder.join(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{path}` is longer than {LONGEST} bytes")));
    }
    Ok(Some(bytes))
}

/// The entries of a bundle, each behind its length.
fn entries(checker: &mut Checker<'_>, place: &Place, mut bundle: &[u8], width: usize) {
    let mut entries = Vec::with_capacity(width);
    while entries.len() < width {
        let split = bundle.split_first_chunk::<2>();
        let entry = split.and_then(|(length, rest)| rest.split_at_checked(u16::from_be_bytes(*length).into()));
        let Some((entry, rest)) = entry else { break };
        entries.push(entry);
        bundle = rest;
    }
    checker.entries(place, &entries);
    if entries.len() < width {
        checker.fault(place, None, "the file breaks off");
    } else if !bundle.is_empty() {
        checker.fault(place, None, "there is something behind the last entry of the file");
    }
}

/// The hashes of a tile.
fn hashes(checker: &mut Checker<'_>, folder: &Path, level: u32, number: u64, width: usize) -> io::Result<()> {
    let path = path_of(Some(level), number, width);
    let place = Place::File(path.clone());
    let bytes = read(folder, &path)?;
    let hashes: Option<&[Hash]> = bytes.as_deref().and_then(|bytes| match bytes.as_chunks::<32>() {
        (hashes, []) if hashes.len() == width => Some(hashes),
        _ => None,
    });
    match hashes {
        Some(hashes) => checker.hashes(&place, level, number, hashes.to_vec()),
        None => {
            let what = if bytes.is_some() {
                format!("the file should hold {width} hashes")
            } else {
                "the file with hashes is missing".to_owned()
            };
            checker.unreadable_hashes(&place, what);
        }
    }
    Ok(())
}
