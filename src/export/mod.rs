//! The log in words, and in the formats of others. Native only.
//!
//! An entry holds no value and no address, so no export can hold one. The settings that a log carries are not exported either: entries name them by
//! their hash. Entries go out one by one, so an export needs no more memory than its largest entry.

mod csv;
mod dpv;
mod ocsf;
mod words;

use std::io::{self, Write};

pub use words::Language;

use crate::json::to_canonical;
use crate::ledger::Entry;
use crate::vocabulary::words;

words! {
    /// A form in which a log is handed on.
    Format("format") {
        /// Open Cybersecurity Schema Framework 1.8: one event a line, for whatever collects the events of an organisation.
        Ocsf = "ocsf",
        /// Data Privacy Vocabulary 2.2 in JSON-LD 1.1: one document, for registers and other tools of data protection.
        Dpv = "dpv",
        /// A table (RFC 4180) in words, one row a field and entry, for people.
        Csv = "csv",
        /// The entries as they are, one a line.
        Jsonl = "jsonl",
    }
}

/// Why a log could not be exported.
#[derive(Debug)]
pub enum Fault {
    /// An entry cannot be told in this format.
    Entry {
        /// Its place in the log.
        index: u64,
        /// What is wrong with it.
        what: String,
    },
    /// It could not be written.
    Write(io::Error),
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Entry { index, what } => write!(f, "entry {index}: {what}"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Fault {}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// How many entries went out, as how many records: lines, nodes or rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Entries.
    pub entries: u64,
    /// Records.
    pub records: u64,
}

/// Writes entries in a format, one after the other.
pub struct Exporter<W: Write> {
    form: Form<W>,
    written: Written,
}

enum Form<W: Write> {
    Ocsf(W),
    Dpv(W),
    Csv(Box<csv::Table<W>>),
    Jsonl(W),
}

impl<W: Write> Exporter<W> {
    /// Begins an export. The language is that of a table; the other formats have words of their own.
    ///
    /// # Errors
    /// [`Fault::Write`] if what stands before the first entry cannot be written.
    pub fn new(format: Format, language: Language, mut out: W) -> Result<Self, Fault> {
        let form = match format {
            Format::Ocsf => Form::Ocsf(out),
            Format::Dpv => {
                dpv::begin(&mut out)?;
                Form::Dpv(out)
            }
            Format::Csv => Form::Csv(Box::new(csv::Table::new(language, out)?)),
            Format::Jsonl => Form::Jsonl(out),
        };
        Ok(Self { form, written: Written::default() })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// [`Fault::Entry`] if the entry lacks what its kind needs, or says a time that is none and the format has to know it; [`Fault::Write`] if it
    /// cannot be written.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), Fault> {
        let wrong = |what: String| Fault::Entry { index: entry.index(), what };
        if let Entry::Event(event) = entry
            && let Some(fault) = event.fault()
        {
            return Err(wrong(fault.to_owned()));
        }
        self.written.records += match &mut self.form {
            Form::Ocsf(out) => {
                writeln!(out, "{}", ocsf::event(entry).map_err(wrong)?)?;
                1
            }
            Form::Dpv(out) => {
                write!(out, ",\n{}", dpv::node(entry).map_err(wrong)?)?;
                1
            }
            Form::Csv(table) => table.rows(entry)?,
            Form::Jsonl(out) => {
                writeln!(out, "{}", to_canonical(entry).map_err(|_| wrong("it has no canonical form".into()))?)?;
                1
            }
        };
        self.written.entries += 1;
        Ok(())
    }

    /// Ends the export: without it, the document may not be whole.
    ///
    /// # Errors
    /// [`Fault::Write`] if what stands behind the last entry cannot be written.
    pub fn finish(self) -> Result<Written, Fault> {
        match self.form {
            Form::Dpv(mut out) => {
                dpv::end(&mut out)?;
                out.flush()?;
            }
            Form::Csv(table) => table.end()?,
            Form::Ocsf(mut out) | Form::Jsonl(mut out) => out.flush()?,
        }
        Ok(self.written)
    }
}

/// Milliseconds since 1970 of a time in RFC 3339, as entries have it.
fn millis(at: &str) -> Result<u64, String> {
    let since = humantime::parse_rfc3339(at).ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let millis = since.and_then(|since| u64::try_from(since.as_millis()).ok());
    millis.ok_or_else(|| "its time is not one of RFC 3339 in UTC, such as `2026-03-01T09:30:00Z`, from 1970 on".to_owned())
}
