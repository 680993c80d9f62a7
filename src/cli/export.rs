//! A log in the formats of others.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::{Failure, Words, audit, count, logs};
use crate::export::{Exporter, Fault, Format, Language, Written};
use crate::ledger::Checked;

/// The format that is a folder, and the log itself: with its settings and its checkpoint.
const TILES: &str = "tiles";

/// Writes a log, once it is checked, in another format.
pub(super) fn export(words: &[&str]) -> Result<String, Failure> {
    let words = Words::of(words, &["--as", "--to", "--lang"], &[])?;
    let [path] = words.alone(["which log?"])?;
    let all = || format!("{}, {TILES}", Format::WORDS.join(", "));
    let word = words.value("--as");
    let word = word.ok_or_else(|| Failure::Usage(format!("`--as` says in which format, and is needed: {}", all())))?;
    if word == TILES {
        let folder = words.value("--to").ok_or_else(|| Failure::Usage("tiles are a folder: name it with `--to`".into()))?;
        return logs::to_tiles(path, folder);
    }
    let format = Format::from_word(word);
    let format = format.ok_or_else(|| Failure::Usage(format!("`{word}` is no format: write one of {}", all())))?;
    let language = audit::language(&words)?;
    if language.is_some() && format != Format::Csv {
        return Err(Failure::Usage("`--lang` is for `csv`: the other formats have words of their own".into()));
    }
    let language = language.unwrap_or_default();
    let checked = logs::read(path)?;
    let Some(out) = words.value("--to") else {
        let mut bytes = Vec::new();
        write(&checked, format, language, &mut bytes).map_err(|fault| Failure::Work(told(path, &fault)))?;
        return String::from_utf8(bytes).map_err(|error| Failure::Work(error.to_string()));
    };
    let written = to_file(path, Path::new(out), |file| write(&checked, format, language, file))?;
    let entries = count(usize::try_from(written.entries).unwrap_or(usize::MAX), "entry", "entries");
    let records = count(usize::try_from(written.records).unwrap_or(usize::MAX), "record", "records");
    Ok(format!("wrote {out}: {entries} as {records}\n"))
}

fn write(checked: &Checked, format: Format, language: Language, out: &mut dyn Write) -> Result<Written, Fault> {
    let mut exporter = Exporter::new(format, language, out)?;
    for entry in &checked.entries {
        exporter.entry(entry)?;
    }
    exporter.finish()
}

fn told(path: &str, fault: &Fault) -> String {
    format!("cannot export `{path}`: {fault}")
}

/// Writes a file: all of it or nothing, and never over the log it is made of.
fn to_file(path: &str, out: &Path, write: impl FnOnce(&mut dyn Write) -> Result<Written, Fault>) -> Result<Written, Failure> {
    let cannot = |error: std::io::Error| Failure::Work(format!("cannot write `{}`: {error}", out.display()));
    if let (Ok(read), Ok(written)) = (fs::canonicalize(path), fs::canonicalize(out))
        && read == written
    {
        return Err(Failure::Usage(format!("`{}` is the log itself: name another file", out.display())));
    }
    let name = out.file_name().ok_or_else(|| Failure::Usage(format!("`{}` is no name for a file", out.display())))?;
    let mut name = name.to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = out.with_file_name(name);
    let written = fs::File::create(&part).map_err(Fault::from).and_then(|file| {
        let written = write(&mut BufWriter::new(file))?;
        fs::rename(&part, out)?;
        Ok(written)
    });
    written.map_err(|fault| {
        // It may not even be there.
        let _ = fs::remove_file(&part);
        match fault {
            Fault::Write(error) => cannot(error),
            fault @ Fault::Entry { .. } => Failure::Work(told(path, &fault)),
        }
    })
}
