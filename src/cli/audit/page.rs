//! What is told about an entry that is about a page.

use serde::Serialize;

use super::Sheet;
use super::rules::{Documents, RuleAudit};
use crate::export::Language;
use crate::guard::{self, Difference};
use crate::judge::{Clause, Reason, Verdict};
use crate::ledger::{CardRef, Checked, Line, PageEntry};
use crate::policy::{Settings, pseudo};
use crate::vocabulary::{
    Audience, Code, Country, Decision, EvidenceKind, Field, LegalBasis, Mode, PageKind, Purpose, Relation, Signal,
};

/// What is told about an entry that is about a page.
#[derive(Serialize)]
pub(super) struct PageAudit<'a> {
    entry: u64,
    at: &'a str,
    kind: &'a str,
    says: &'static str,
    id: &'a str,
    adapter: &'a str,
    page: PageKind,
    relation: Relation,
    mode: Mode,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    use_id: Option<&'a str>,
    purpose: Option<Purpose>,
    basis: Option<LegalBasis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    hosts: Vec<&'a str>,
    signals: Vec<Told<Signal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Told<Code>>,
    settings: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'a CardRef>,
    pub(super) follows: bool,
    decisions: usize,
    differences: Vec<Differs>,
    fields: Vec<FieldAudit>,
}

/// A word of a closed list, and its sentence.
#[derive(Clone, Serialize)]
struct Told<T> {
    word: T,
    says: String,
}

/// Where an entry does not follow from its evidence.
#[derive(Serialize)]
struct Differs {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field>,
    what: String,
}

/// What is told about one field.
#[derive(Serialize)]
struct FieldAudit {
    field: Field,
    name: &'static str,
    says: &'static str,
    decision: Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<Decision>,
    present: bool,
    taken: bool,
    audience: Told<Audience>,
    evidence: Vec<EvidenceAudit>,
    states: Vec<Told<&'static str>>,
    reasons: Vec<ReasonAudit>,
    dropped: Vec<Told<Code>>,
    cuts: Vec<Told<&'static str>>,
    rules: Vec<RuleAudit>,
}

#[derive(Serialize)]
struct EvidenceAudit {
    kind: EvidenceKind,
    bound: Audience,
    says: String,
}

/// A reason as the log notes it, and where it comes from, as derived again.
#[derive(Serialize)]
struct ReasonAudit {
    code: Code,
    says: &'static str,
    because: Vec<Because>,
}

#[derive(Serialize)]
struct Because {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

impl<'a> PageAudit<'a> {
    pub(super) fn of(entry: &'a PageEntry, checked: &Checked, field: Option<Field>, language: Language) -> Self {
        let text = checked.settings.get(&entry.policy).map(String::as_str).unwrap_or_default();
        let settings = Settings::restored(text);
        let differences = settings.as_ref().map(|settings| guard::replay(entry, settings));
        let verdicts = settings.as_ref().map(|settings| guard::decide(settings.in_force(), &guard::facts_of(entry)).verdicts);
        let verdicts = verdicts.unwrap_or_default();
        let documents = Documents::of(text);
        let follows = differences.as_ref().is_some_and(Vec::is_empty);
        let lines = entry.decisions.iter().filter(|line| field.is_none_or(|field| field == line.field));
        let fields = lines.map(|line| {
            let verdict = verdicts.iter().find(|verdict| verdict.field == line.field);
            FieldAudit::of(line, verdict, &documents, language)
        });
        Self {
            entry: entry.index,
            at: &entry.at,
            kind: entry.kind.as_str(),
            says: language.page_entry(entry.kind),
            id: &entry.id,
            adapter: &entry.adapter,
            page: entry.page,
            relation: entry.relation,
            mode: entry.mode,
            use_id: entry.use_id.as_deref(),
            purpose: entry.purpose,
            basis: entry.basis,
            country: entry.country,
            hosts: entry.hosts.iter().map(String::as_str).collect(),
            signals: entry.signals.iter().map(|word| Told { word, says: language.signal(word).into() }).collect(),
            refusal: entry.refusal.map(|word| Told { word, says: language.lead(word).into() }),
            settings: &entry.policy,
            card: entry.card.as_ref(),
            follows,
            decisions: entry.decisions.len(),
            differences: match differences {
                Some(found) => found.iter().map(|found| Differs::of(found, &verdicts, language)).collect(),
                None => vec![Differs {
                    field: None,
                    what: language
                        .or(
                            "the settings it names cannot be restored, so nothing can be derived from them",
                            "les règles qu’elle désigne ne peuvent pas être reconstituées : rien ne peut en être déduit",
                        )
                        .into(),
                }],
            },
            fields: fields.collect(),
        }
    }

    pub(super) fn told(&self, checked: &Checked, language: Language) -> String {
        let mut out = Sheet::new(language);
        out.heading(self.entry, self.says, checked);
        let page = format!("{} ({})", language.page(self.page), self.adapter);
        out.line(language.or("Written", "Écrite le"), self.at);
        out.line(language.or("Page", "Page"), &page);
        out.line(
            language.or("Viewer", "Lien avec la personne"),
            &format!("{}. {}", language.relation(self.relation), language.relation_note(self.relation)),
        );
        let main = self.use_id.map(|id| language.labelled(language.or(", use", ", usage"), id)).unwrap_or_default();
        let unnamed = language.or("not named", "non indiquée");
        out.line(
            language.message("card_purpose"),
            &format!("{}{main}", self.purpose.map_or(unnamed, |purpose| language.purpose(purpose))),
        );
        out.line(language.message("card_basis"), self.basis.map_or(unnamed, |basis| language.basis(basis)));
        out.line(language.or("Mode", "Exigence"), language.mode(self.mode));
        if let Some(country) = self.country {
            out.line(language.or("Country", "Pays"), &country.to_string());
        }
        if !self.hosts.is_empty() {
            out.line(language.or("Site, as the settings name it", "Site, selon les règles"), &self.hosts.join(", "));
        }
        out.line(language.or("Settings", "Règles en vigueur"), self.settings);
        for signal in &self.signals {
            out.line(language.or("Signal", "Signal"), &signal.says);
        }
        if let Some(refusal) = &self.refusal {
            out.line(language.or("Whole page", "Page entière"), &format!("[{}] {}", refusal.word, refusal.says));
        }
        if let Some(card) = self.card {
            out.line(language.or("Card", "Fiche"), &format!("{}, {}", card.id, card.commitment));
        }
        self.tell_derived(&mut out, language);
        let (here, absent): (Vec<&FieldAudit>, Vec<&FieldAudit>) = self.fields.iter().partition(|field| field.present);
        for field in here {
            field.tell(&mut out, language);
        }
        // What holds for all that is not there is told once for each set of reasons.
        let mut groups: Vec<(Vec<Code>, Vec<&FieldAudit>)> = Vec::new();
        for field in absent {
            let codes: Vec<Code> = field.reasons.iter().map(|reason| reason.code).collect();
            match groups.iter_mut().find(|(known, _)| *known == codes) {
                Some((_, group)) => group.push(field),
                None => groups.push((codes, vec![field])),
            }
        }
        for (_, group) in groups {
            let names: Vec<&str> = group.iter().map(|field| field.name).collect();
            out.text.push_str(&format!("\n{}\n", language.message("section_absent").replace("$1", &names.join(", "))));
            if let Some(first) = group.first() {
                first.tell_why(&mut out, language);
            }
        }
        out.text
    }

    fn tell_derived(&self, out: &mut Sheet, language: Language) {
        out.text.push('\n');
        let decisions = language.count(self.decisions, ("decision", "décision"), ("decisions", "décisions"));
        if self.follows {
            out.text.push_str(&match language {
                Language::English => {
                    format!("Derived again from the evidence and the settings of that time: the same, {decisions}.\n")
                }
                Language::French => format!("Déduite à nouveau des preuves et des règles d’alors\u{a0}: identique, {decisions}.\n"),
            });
            return;
        }
        out.text.push_str(language.or(
            "Derived again from the evidence and the settings of that time: it does NOT follow.\n",
            "Déduite à nouveau des preuves et des règles d’alors\u{a0}: elle n’en découle PAS.\n",
        ));
        for Differs { field, what } in &self.differences {
            let what = field.map_or_else(|| what.clone(), |field| language.labelled(language.field(field), what));
            out.item(&what);
        }
    }
}

impl Differs {
    fn of(found: &Difference, verdicts: &[Verdict], language: Language) -> Self {
        if language == Language::English {
            return Self { field: found.field, what: found.what.clone() };
        }
        let derived = found.field.and_then(|field| verdicts.iter().find(|verdict| verdict.field == field));
        let what = match derived {
            Some(verdict) => {
                let mut codes: Vec<&str> = verdict.reasons.iter().map(|reason| reason.code.as_str()).collect();
                codes.dedup();
                format!(
                    "ce qui est noté ne découle pas des preuves, qui donnent `{}` ({}), audience `{}`",
                    verdict.decision,
                    codes.join(", "),
                    verdict.audience
                )
            }
            None => match found.what.as_str() {
                "the settings are not those the entry names" => "les règles ne sont pas celles que désigne l’entrée".into(),
                "the mode is not that of the settings" => "le niveau d’exigence n’est pas celui des règles".into(),
                "purpose or basis are not those of the settings" => {
                    "la finalité ou la base légale n’est pas celle des règles".into()
                }
                "the entry and its card do not fit together" => "l’entrée et sa fiche ne vont pas ensemble".into(),
                "there is not one decision for each field" => "il n’y a pas une décision par champ".into(),
                other => other.to_owned(),
            },
        };
        Self { field: found.field, what }
    }
}

impl FieldAudit {
    fn of(line: &Line, verdict: Option<&Verdict>, documents: &Documents, language: Language) -> Self {
        let derived: &[Reason] = verdict.map(|verdict| verdict.reasons.as_slice()).unwrap_or_default();
        let reasons: Vec<ReasonAudit> = line
            .codes
            .iter()
            .map(|code| ReasonAudit {
                code,
                says: language.lead(code),
                because: derived
                    .iter()
                    .filter(|reason| reason.code == code)
                    .filter_map(|reason| Because::of(reason, language))
                    .collect(),
            })
            .collect();
        let mut rules: Vec<(String, bool)> = line.rules.iter().map(|id| (id.clone(), true)).collect();
        for id in derived.iter().filter_map(|reason| reason.rule.as_ref()).filter(|id| !pseudo::NAMES.contains(&id.as_str())) {
            if rules.iter().all(|(known, _)| known != id) {
                rules.push((id.clone(), false));
            }
        }
        Self {
            field: line.field,
            name: language.field(line.field),
            says: language.outcome(line.taken, line.decision),
            decision: line.decision,
            would: line.would,
            present: line.present,
            taken: line.taken,
            audience: Told { word: line.audience, says: language.audience(line.audience).into() },
            evidence: line
                .evidence
                .iter()
                .map(|piece| EvidenceAudit {
                    kind: piece.kind,
                    bound: piece.bound,
                    says: language
                        .message("evidence_bound")
                        .replace("$1", language.evidence(piece.kind))
                        .replace("$2", language.audience(piece.bound)),
                })
                .collect(),
            states: line.states.iter().map(|state| Told { word: state.as_str(), says: language.state(state).into() }).collect(),
            reasons,
            dropped: line.dropped.iter().map(|word| Told { word, says: language.lead(word).into() }).collect(),
            cuts: line.cuts.iter().map(|trace| Told { word: trace.as_str(), says: language.cut(trace).into() }).collect(),
            rules: rules.into_iter().flat_map(|(id, applied)| documents.rules(&id, applied)).collect(),
        }
    }

    fn tell(&self, out: &mut Sheet, language: Language) {
        out.text.push_str(&format!("\n{}\n", language.labelled(&format!("{} ({})", self.name, self.field), self.says)));
        self.tell_why(out, language);
        if let Some(would) = self.would {
            let key = if would == Decision::Allow { "decision_would_allow" } else { "decision_would_deny" };
            out.line(language.or("If not only observed", "Sans l’observation seule"), language.message(key));
        }
        out.line(language.message("why_audience"), &format!("{} ({})", self.audience.says, self.audience.word));
        if self.evidence.is_empty() {
            out.line(language.message("why_evidence"), language.message("evidence_none"));
        }
        for piece in &self.evidence {
            out.line(language.message("why_evidence"), &piece.says);
        }
        for state in &self.states {
            out.line(language.or("On the page", "Sur la page"), &state.says);
        }
        for dropped in &self.dropped {
            out.line(
                language.or("Dropped after reading", "Écartée après lecture"),
                &format!("[{}] {}", dropped.word, dropped.says),
            );
        }
        for cut in &self.cuts {
            out.line(language.or("Cut out", "Retiré"), &cut.says);
        }
        for rule in &self.rules {
            rule.tell(out, language);
        }
    }

    fn tell_why(&self, out: &mut Sheet, language: Language) {
        for reason in &self.reasons {
            out.line(language.message("why"), &format!("[{}] {}", reason.code, reason.says));
            for because in &reason.because {
                out.item(&because.told(language));
            }
        }
    }
}

impl Because {
    fn of(reason: &Reason, language: Language) -> Option<Self> {
        let detail = detail(reason.detail.as_deref().unwrap_or_default(), language);
        let bare = reason.rule.is_none() && detail.is_empty();
        (!bare).then(|| Self { rule: reason.rule.clone(), organisation: reason.locked.clone(), detail })
    }

    fn told(&self, language: Language) -> String {
        let rule = self.rule.as_deref().map(|rule| match pseudo::NAMES.iter().position(|name| *name == rule) {
            Some(at) if at == usize::from(pseudo::MARK) => language.or("marked by a user", "marquée par un utilisateur").to_owned(),
            Some(at) if at == usize::from(pseudo::MODE) => {
                language.or("by the mode of the site", "par le niveau d’exigence du site").to_owned()
            }
            Some(_) => language.or("by the use of the capture", "par l’usage de la collecte").to_owned(),
            None => format!("{} `{rule}`", language.or("rule", "règle")),
        });
        let organisation = self.organisation.as_deref().map(|name| format!("{} {name}", language.or("set by", "fixée par")));
        let detail = (!self.detail.is_empty()).then(|| self.detail.clone());
        [rule, organisation, detail].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// What a reason says beyond its code, in words. It comes from closed lists where it can be told in another language.
fn detail(word: &str, language: Language) -> String {
    if let Some(mode) = Mode::from_word(word) {
        return language.mode(mode).to_owned();
    }
    if let Some(signal) = Signal::from_word(word) {
        return language.signal(signal).to_owned();
    }
    if let Some(clause) = Clause::from_word(word) {
        let what = match clause {
            Clause::Hosts => language.or(clause.missing(), "le site n’est pas connu"),
            Clause::Channels => language.or(clause.missing(), "l’usage de cette collecte n’indique aucun moyen de contact"),
            Clause::Use => language.or(clause.missing(), "aucun usage ne porte ce nom"),
        };
        return language.message("closer_error").replace("$1", &format!("`{clause}`")).replace("$2", what);
    }
    match word {
        "the text is too long to be looked at" => language.or(word, "le texte est trop long pour être examiné"),
        "two places on the page disagree about it" => language.or(word, "deux endroits de la page se contredisent à son sujet"),
        "no policy is set" => language.or(word, "aucune règle n’est définie"),
        other => other,
    }
    .to_owned()
}
