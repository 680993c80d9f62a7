//! The log in words, in the languages of the extension.
//!
//! What the extension says too is said with its own sentences (`extension/_locales`), so that a reason reads the same in the panel, in an audit and in a
//! table. What only an audit or a table says is written here, in both languages beside each other, so that neither can be forgotten.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::ledger::{EntryKind, EventKind, How, Why};
use crate::vocabulary::{
    Audience, Code, Decision, EvidenceKind, Field, LegalBasis, Mode, PageKind, Purpose, Relation, Signal, State, Trace, words,
};

words! {
    /// A language that a log can be told in.
    #[derive(Default)]
    Language("language") {
        /// English.
        #[default]
        English = "en",
        /// French.
        French = "fr",
    }
}

const ENGLISH: &str = include_str!("../../extension/_locales/en/messages.json");
const FRENCH: &str = include_str!("../../extension/_locales/fr/messages.json");

static SENTENCES: LazyLock<[BTreeMap<String, Message>; 2]> =
    LazyLock::new(|| [ENGLISH, FRENCH].map(|text| serde_json::from_str(text).unwrap_or_default()));

#[derive(serde::Deserialize)]
struct Message {
    message: String,
}

impl Language {
    /// One of two texts that say the same.
    #[must_use]
    pub const fn or<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }

    /// A sentence of the extension; empty if it has none under this key.
    #[must_use]
    pub fn message(self, key: &str) -> &'static str {
        let [english, french] = &*SENTENCES;
        let sentences = match self {
            Self::English => english,
            Self::French => french,
        };
        sentences.get(key).map(|sentence| sentence.message.as_str()).unwrap_or_default()
    }

    /// The sentence for one word of a closed list.
    fn of(self, list: &str, word: &str) -> &'static str {
        self.message(&format!("{list}_{}", word.replace(['.', '-'], "_")))
    }

    /// A label with what it labels. French sets a colon apart.
    #[must_use]
    pub fn labelled(self, label: &str, what: &str) -> String {
        format!("{label}{}{what}", self.or(": ", "\u{a0}: "))
    }

    /// A text in the quotation marks of the language.
    #[must_use]
    pub fn quoted(self, text: &str) -> String {
        match self {
            Self::English => format!("“{text}”"),
            Self::French => format!("«\u{a0}{text}\u{a0}»"),
        }
    }

    /// So many of something. French has no plural for nothing.
    #[must_use]
    pub fn count(self, number: usize, one: (&str, &str), many: (&str, &str)) -> String {
        let is_one = number == 1 || (number == 0 && self == Self::French);
        let (english, french) = if is_one { one } else { many };
        format!("{number} {}", self.or(english, french))
    }

    /// Yes or no.
    #[must_use]
    pub const fn yes(self, yes: bool) -> &'static str {
        if yes { self.or("yes", "oui") } else { self.or("no", "non") }
    }

    /// A field.
    #[must_use]
    pub fn field(self, field: Field) -> &'static str {
        self.of("field", field.as_str())
    }

    /// Why, for whoever is in charge of data protection.
    #[must_use]
    pub fn lead(self, code: Code) -> &'static str {
        self.of("lead", code.as_str())
    }

    /// Why, for the person at the screen.
    #[must_use]
    pub fn reason(self, code: Code) -> &'static str {
        self.of("reason", code.as_str())
    }

    /// Who may see something.
    #[must_use]
    pub fn audience(self, audience: Audience) -> &'static str {
        self.of("audience", audience.as_str())
    }

    /// How an audience is known.
    #[must_use]
    pub fn evidence(self, kind: EvidenceKind) -> &'static str {
        self.of("evidence", kind.as_str())
    }

    /// What a page is.
    #[must_use]
    pub fn page(self, page: PageKind) -> &'static str {
        self.of("kind", page.as_str())
    }

    /// How the viewer stood to the owner.
    #[must_use]
    pub fn relation(self, relation: Relation) -> &'static str {
        self.of("relation", relation.as_str())
    }

    /// What follows from how the viewer stood to the owner.
    #[must_use]
    pub fn relation_note(self, relation: Relation) -> &'static str {
        self.of("relation_note", relation.as_str())
    }

    /// How strict the guard was.
    #[must_use]
    pub fn mode(self, mode: Mode) -> &'static str {
        self.of("mode", mode.as_str())
    }

    /// What a page says to machines.
    #[must_use]
    pub fn signal(self, signal: Signal) -> &'static str {
        self.of("signal", signal.as_str())
    }

    /// What was cut out of a text.
    #[must_use]
    pub fn cut(self, trace: Trace) -> &'static str {
        self.of("cut", trace.as_str())
    }

    /// What details are used for.
    #[must_use]
    pub fn purpose(self, purpose: Purpose) -> &'static str {
        self.message(match purpose {
            Purpose::DirectMarketing => "purpose_direct_marketing",
            Purpose::CustomerRelationshipManagement => "purpose_customer_relations",
        })
    }

    /// The ground details are taken on.
    #[must_use]
    pub fn basis(self, basis: LegalBasis) -> &'static str {
        self.message(match basis {
            LegalBasis::Consent => "basis_a",
            LegalBasis::Contract => "basis_b",
            LegalBasis::LegalObligation => "basis_c",
            LegalBasis::VitalInterest => "basis_d",
            LegalBasis::PublicTask => "basis_e",
            LegalBasis::LegitimateInterest => "basis_f",
        })
    }

    /// What came of a page.
    #[must_use]
    pub fn page_entry(self, kind: EntryKind) -> &'static str {
        self.of("entry", kind.as_str())
    }

    /// What became of a field.
    #[must_use]
    pub fn outcome(self, taken: bool, decision: Decision) -> &'static str {
        match (taken, decision) {
            (true, _) => self.message("decision_taken"),
            (false, Decision::Allow) => self.or("Allowed, and not taken after all.", "Possible, mais finalement pas collectée."),
            (false, Decision::Deny) => self.message("decision_deny"),
        }
    }

    /// How a field stood on a page.
    #[must_use]
    pub const fn state(self, state: State) -> &'static str {
        match state {
            State::Hidden => self.or("It was in the page, but not shown.", "Elle figurait dans la page sans être affichée."),
            State::Masked => self.or("A mask stood in its place.", "Un masque figurait à sa place."),
            State::Unreadable => self.or("It was too long to be looked at.", "Elle était trop longue pour être examinée."),
            State::Foreign => self
                .or("It stood in a part about somebody else.", "Elle se trouvait dans une partie consacrée à quelqu’un d’autre."),
            State::Disputed => {
                self.or("Two places on the page disagreed about it.", "Deux endroits de la page se contredisaient à son sujet.")
            }
            State::Nosnippet => self.or(
                "The page asked that it not be quoted (data-nosnippet).",
                "La page demandait qu’elle ne soit pas citée (data-nosnippet).",
            ),
            State::Marked => self.or("A user had marked it as restricted.", "Un utilisateur l’avait marquée comme restreinte."),
        }
    }

    /// What happened beside the pages.
    #[must_use]
    pub const fn event(self, kind: EventKind) -> &'static str {
        match kind {
            EventKind::Exported => self.or("Handed to somebody", "Transmission"),
            EventKind::Noticed => self.or("Person informed", "Information de la personne"),
            EventKind::RequestReceived => self.or("Request received", "Demande reçue"),
            EventKind::RequestAnswered => self.or("Request answered", "Réponse à une demande"),
            EventKind::Erased => self.or("Erased", "Effacement"),
            EventKind::Purged => self.or("Erased when its time was over", "Effacement à l’échéance"),
            EventKind::PolicyChanged => self.or("Settings changed", "Changement de règles"),
            EventKind::AdapterChanged => self.or("Site description changed", "Changement de description de site"),
            EventKind::KeyChanged => self.or("Signing key changed", "Changement de clé de signature"),
            EventKind::ClockAnomaly => self.or("Clock went backwards", "Recul de l’horloge"),
            EventKind::Contacted => self.or("The person got in touch", "Prise de contact par la personne"),
            EventKind::Restricted => self.or("Restricted since by the person", "Restriction constatée après coup"),
            EventKind::Reviewed => self.or("Looked at, restricted details dropped", "Examen, informations restreintes retirées"),
        }
    }

    /// How somebody got in touch.
    #[must_use]
    pub const fn how(self, how: How) -> &'static str {
        match how {
            How::Replied => self.or("answered a message", "réponse à un message"),
            How::Wrote => self.or("wrote of their own accord", "message spontané"),
            How::Clicked => self.or("followed a link that was sent to them", "clic sur un lien reçu"),
            How::Called => self.or("called", "appel de sa part"),
            How::Met => self.or("came to a meeting", "rendez-vous"),
        }
    }

    /// Why something happened.
    #[must_use]
    pub const fn why(self, why: Why) -> &'static str {
        match why {
            Why::First => self.or("there was none before", "il n’y en avait pas auparavant"),
            Why::Rotated => self.or("it was exchanged on purpose", "elle a été remplacée à dessein"),
            Why::Lost => self.or("the one before was lost", "la précédente a été perdue"),
            Why::Request => self.or("somebody asked for it", "quelqu’un l’a demandé"),
            Why::User => self.or("the user decided it", "l’utilisateur l’a décidé"),
            Why::Damaged => self.or("it was damaged", "elle était endommagée"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_log_has_its_sentence_in_every_language() {
        fn all<T: Copy + core::fmt::Debug>(words: &[T], say: impl Fn(T) -> &'static str) {
            for word in words {
                let said = say(*word);
                assert!(!said.trim().is_empty() && !said.contains('$'), "{word:?}: `{said}`");
            }
        }
        for language in Language::ALL {
            all(Field::ALL, |word| language.field(word));
            all(Code::ALL, |word| language.lead(word));
            all(Code::ALL, |word| language.reason(word));
            all(Audience::ALL, |word| language.audience(word));
            all(EvidenceKind::ALL, |word| language.evidence(word));
            all(PageKind::ALL, |word| language.page(word));
            all(Relation::ALL, |word| language.relation(word));
            all(Relation::ALL, |word| language.relation_note(word));
            all(Mode::ALL, |word| language.mode(word));
            all(Signal::ALL, |word| language.signal(word));
            all(Trace::ALL, |word| language.cut(word));
            all(Purpose::ALL, |word| language.purpose(word));
            all(LegalBasis::ALL, |word| language.basis(word));
            all(EntryKind::ALL, |word| language.page_entry(word));
            all(State::ALL, |word| language.state(word));
            all(EventKind::ALL, |word| language.event(word));
            all(Why::ALL, |word| language.why(word));
            all(How::ALL, |word| language.how(word));
        }
    }

    #[test]
    fn french_is_not_english() {
        for code in Code::ALL {
            assert_ne!(Language::English.lead(*code), Language::French.lead(*code));
        }
        assert_eq!(Language::French.labelled("Règle", "x"), "Règle\u{a0}: x");
        assert_eq!(Language::French.count(0, ("card", "fiche"), ("cards", "fiches")), "0 fiche");
        assert_eq!(Language::English.count(0, ("card", "fiche"), ("cards", "fiches")), "0 cards");
    }
}
