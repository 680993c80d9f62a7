//! A log as a table for people: RFC 4180, in UTF-8, one row a field and entry, in words.
//!
//! It begins with a byte order mark: without it, the spreadsheets that most people open such a file with take the bytes of accented letters for others.

use std::io::{self, Write};

use csv::Writer;

use super::Language;
use crate::ledger::{Entry, Event, Line, PageEntry};
use crate::vocabulary::{Choice, Decision, Word};

/// A table under way.
pub(super) struct Table<W: Write> {
    out: Writer<W>,
    language: Language,
}

/// The heads of the columns, English and French.
const COLUMNS: &[(&str, &str)] = &[
    ("Entry", "Entrée"),
    ("Time (UTC)", "Date et heure (UTC)"),
    ("What happened", "Ce qui s’est passé"),
    ("Page", "Page"),
    ("Site description", "Description du site"),
    ("Viewer", "Lien avec la personne"),
    ("Mode", "Niveau d’exigence"),
    ("Use", "Usage"),
    ("Purpose", "Finalité"),
    ("Legal ground", "Base légale"),
    ("Country", "Pays"),
    ("Requests found on the page", "Demandes inscrites dans la page"),
    ("Field", "Champ"),
    ("On the page", "Présent sur la page"),
    ("Outcome", "Résultat"),
    ("If not only observed", "Sans l’observation seule"),
    ("Why", "Pourquoi"),
    ("Dropped after reading", "Écarté après lecture"),
    ("Cut out", "Retiré"),
    ("On the page it stood so", "Manière d’y figurer"),
    ("Who can see it", "Qui peut le voir"),
    ("How this is known", "Comment on le sait"),
    ("Rules", "Règles"),
    ("Reason codes", "Codes des motifs"),
    ("Settings", "Règles en vigueur"),
    ("Decision", "Décision"),
    ("Cards", "Fiches"),
    ("Before", "Avant"),
    ("After", "Après"),
    ("Why it happened", "Raison"),
    ("Request", "Demande"),
    ("Recipient (hash)", "Destinataire (empreinte)"),
    ("How they got in touch", "Manière de prendre contact"),
    ("Fields concerned", "Champs concernés"),
];

/// How many columns tell of an entry, and how many of a field; the others tell of what happened beside the pages.
const OF_ENTRY: usize = 12;
const OF_FIELD: usize = 12;

impl<W: Write> Table<W> {
    pub(super) fn new(language: Language, mut out: W) -> io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        out.write_record(COLUMNS.iter().map(|(english, french)| language.or(english, french)))?;
        Ok(Self { out, language })
    }

    /// Writes the rows of an entry, and says how many: one for each field, and one for what has none.
    pub(super) fn rows(&mut self, entry: &Entry) -> io::Result<u64> {
        match entry {
            Entry::Event(event) => {
                let mut row = vec![event.index.to_string(), event.at.clone(), self.language.event(event.kind).to_owned()];
                row.resize(OF_ENTRY + OF_FIELD, String::new());
                row.extend(self.of_event(event));
                self.row(row)?;
                Ok(1)
            }
            Entry::Page(page) => {
                let (before, behind) = (self.of_page(page), behind(page));
                for line in &page.decisions {
                    self.row(before.iter().cloned().chain(self.of_field(line)).chain(behind.iter().cloned()))?;
                }
                // An entry without a decision is one all the same.
                if page.decisions.is_empty() {
                    let none = vec![String::new(); OF_FIELD];
                    self.row(before.into_iter().chain(none).chain(behind))?;
                    return Ok(1);
                }
                Ok(page.decisions.len() as u64)
            }
        }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
        let mut cells: Vec<String> = cells.into_iter().map(harmless).collect();
        cells.resize(COLUMNS.len(), String::new());
        Ok(self.out.write_record(cells)?)
    }

    fn of_page(&self, page: &PageEntry) -> Vec<String> {
        let language = self.language;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            page.index.to_string(),
            page.at.clone(),
            language.page_entry(page.kind).to_owned(),
            language.page(page.page).to_owned(),
            page.adapter.clone(),
            language.relation(page.relation).to_owned(),
            language.mode(page.mode).to_owned(),
            text(page.use_id.as_deref()),
            text(page.purpose.map(|purpose| language.purpose(purpose))),
            text(page.basis.map(|basis| language.basis(basis))),
            page.country.map(|country| country.to_string()).unwrap_or_default(),
            told(page.signals, |signal| language.signal(signal)),
        ]
    }

    fn of_field(&self, line: &Line) -> Vec<String> {
        let language = self.language;
        let evidence: Vec<&str> = line.evidence.iter().map(|piece| language.evidence(piece.kind)).collect();
        let rules: Vec<&str> = line.rules.iter().map(String::as_str).collect();
        let codes: Vec<&str> = line.codes.iter().chain(line.dropped.iter()).map(|code| code.as_str()).collect();
        let would = line.would.map(|would| match would {
            Decision::Allow => language.message("decision_would_allow"),
            Decision::Deny => language.message("decision_would_deny"),
        });
        vec![
            language.field(line.field).to_owned(),
            language.yes(line.present).to_owned(),
            language.outcome(line.taken, line.decision).to_owned(),
            would.unwrap_or_default().to_owned(),
            told(line.codes, |code| language.reason(code)),
            told(line.dropped, |code| language.reason(code)),
            told(line.cuts, |cut| language.cut(cut)),
            told(line.states, |state| language.state(state)),
            language.audience(line.audience).to_owned(),
            evidence.join(" "),
            rules.join(", "),
            codes.join(", "),
        ]
    }

    fn of_event(&self, event: &Event) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cards: Vec<&str> = event.cards.iter().map(String::as_str).collect();
        vec![
            String::new(),
            String::new(),
            cards.join(", "),
            text(&event.from),
            text(&event.to),
            event.why.map(|why| self.language.why(why)).unwrap_or_default().to_owned(),
            text(&event.request),
            text(&event.recipient),
            event.how.map(|how| self.language.how(how)).unwrap_or_default().to_owned(),
            event.fields.iter().map(|field| self.language.field(field)).collect::<Vec<_>>().join(", "),
        ]
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The cells behind those of a field.
fn behind(page: &PageEntry) -> Vec<String> {
    vec![page.policy.clone(), page.id.clone(), page.card.as_ref().map(|card| card.id.clone()).unwrap_or_default()]
}

/// The sentences of words.
fn told<T: Word>(words: Choice<T>, say: impl Fn(T) -> &'static str) -> String {
    words.iter().map(say).collect::<Vec<_>>().join(" ")
}

/// A cell that no spreadsheet takes for a formula. What stands in a log may have been put there by somebody else, and a spreadsheet computes what begins
/// so; behind an apostrophe it is a text (OWASP, CSV injection). Full-width forms are computed by some.
fn harmless(cell: String) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => format!("'{cell}"),
        _ => cell,
    }
}
