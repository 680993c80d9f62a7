//! What is told about something that happened beside the pages.

use serde::Serialize;

use super::Sheet;
use crate::export::Language;
use crate::ledger::{Checked, Event, EventKind};

/// What is told about an event.
#[derive(Serialize)]
pub(super) struct EventAudit<'a> {
    #[serde(flatten)]
    event: &'a Event,
    says: String,
}

impl<'a> EventAudit<'a> {
    pub(super) fn of(event: &'a Event, language: Language) -> Self {
        Self { event, says: happened(event, language) }
    }

    pub(super) fn told(&self, checked: &Checked, language: Language) -> String {
        let Self { event, says } = self;
        let mut out = Sheet::new(language);
        out.heading(event.index, language.event(event.kind), checked);
        out.line(language.or("Written", "Écrite le"), &event.at);
        out.text.push_str(&format!("\n{says}\n"));
        for card in event.cards.iter() {
            out.line(language.or("Card", "Fiche"), card);
        }
        for (label, what) in [
            (language.or("Request", "Demande"), &event.request),
            (language.or("Recipient, as a salted hash", "Destinataire, en empreinte salée"), &event.recipient),
        ] {
            if let Some(what) = what {
                out.line(label, what);
            }
        }
        out.text
    }
}

/// What happened, in a sentence.
fn happened(event: &Event, language: Language) -> String {
    let cards = language.count(event.cards.len(), ("card", "fiche"), ("cards", "fiches"));
    let from = event.from.as_deref().unwrap_or_else(|| language.or("none", "aucune"));
    let to = event.to.as_deref().unwrap_or_default();
    let why = event.why.map(|why| language.labelled("", language.why(why))).unwrap_or_default();
    let how = event.how.map(|how| language.how(how)).unwrap_or_default();
    let fields = event.fields.iter().map(|field| language.field(field)).collect::<Vec<_>>().join(", ");
    match (event.kind, language) {
        (EventKind::Exported, Language::English) => format!("Handed to somebody: {cards}."),
        (EventKind::Exported, Language::French) => format!("Remise à quelqu’un\u{a0}: {cards}."),
        (EventKind::Noticed, Language::English) => format!("The people were told that details of them are kept: {cards}."),
        (EventKind::Noticed, Language::French) => {
            format!("Les personnes ont été informées que des informations sur elles sont conservées\u{a0}: {cards}.")
        }
        (EventKind::RequestReceived, Language::English) => "Somebody asked for access, erasure or another right.".into(),
        (EventKind::RequestReceived, Language::French) => {
            "Quelqu’un a demandé l’accès, l’effacement ou l’exercice d’un autre droit.".into()
        }
        (EventKind::RequestAnswered, Language::English) => format!("A request was answered; it concerned {cards}."),
        (EventKind::RequestAnswered, Language::French) => format!("Une demande a reçu sa réponse\u{a0}; elle concernait {cards}."),
        (EventKind::Erased, Language::English) => format!("Erased{why}; {cards}."),
        (EventKind::Erased, Language::French) => format!("Effacement{why}\u{a0}; {cards}."),
        (EventKind::Purged, Language::English) if event.why.is_some() => format!("Erased{why}; {cards} whose name could be read."),
        (EventKind::Purged, Language::French) if event.why.is_some() => {
            format!("Effacement{why}\u{a0}; {cards} dont le nom restait lisible.")
        }
        (EventKind::Purged, Language::English) => format!("Erased because its time was over: {cards}."),
        (EventKind::Purged, Language::French) => format!("Effacement à l’échéance de la durée de conservation\u{a0}: {cards}."),
        (EventKind::PolicyChanged, Language::English) => format!("Other settings are in force: {to} instead of {from}."),
        (EventKind::PolicyChanged, Language::French) => format!("D’autres règles sont en vigueur\u{a0}: {to} au lieu de {from}."),
        (EventKind::AdapterChanged, Language::English) => {
            format!("A site is read by another version of its description: {to} instead of {from}.")
        }
        (EventKind::AdapterChanged, Language::French) => {
            format!("Un site est lu selon une autre version de sa description\u{a0}: {to} au lieu de {from}.")
        }
        (EventKind::KeyChanged, Language::English) if event.from.is_none() => format!("A key signs from here on: {to}."),
        (EventKind::KeyChanged, Language::French) if event.from.is_none() => format!("Une clé signe à partir d’ici\u{a0}: {to}."),
        (EventKind::KeyChanged, Language::English) => format!("Another key signs from here on{why}; {to} instead of {from}."),
        (EventKind::KeyChanged, Language::French) => {
            format!("Une autre clé signe à partir d’ici{why}\u{a0}; {to} au lieu de {from}.")
        }
        (EventKind::Contacted, Language::English) => {
            format!("The person got in touch on {from} ({how}); their card may be kept until {to}.")
        }
        (EventKind::Contacted, Language::French) => {
            format!("La personne a pris contact le {from} ({how})\u{a0}; sa fiche peut être conservée jusqu’au {to}.")
        }
        (EventKind::Restricted, Language::English) => {
            format!(
                "The page shows that the person restricts these details now, which are kept of them: {fields}. Somebody has to look at the card."
            )
        }
        (EventKind::Restricted, Language::French) => {
            format!(
                "La page montre que la personne restreint désormais ces informations, conservées à son sujet\u{a0}: {fields}. La fiche est à examiner."
            )
        }
        (EventKind::Reviewed, Language::English) => {
            format!("Somebody looked at the card and kept it without these details: {fields}. What is left has the hash {to}.")
        }
        (EventKind::Reviewed, Language::French) => {
            format!(
                "La fiche a été examinée et conservée sans ces informations\u{a0}: {fields}. L’empreinte de ce qui reste est {to}."
            )
        }
        (EventKind::ClockAnomaly, Language::English) => format!("The clock went backwards: it says {to}, and had said {from}."),
        (EventKind::ClockAnomaly, Language::French) => {
            format!("L’horloge a reculé\u{a0}: elle indique {to}, après avoir indiqué {from}.")
        }
    }
}
