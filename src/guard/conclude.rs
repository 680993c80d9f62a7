//! From what was read to what is kept: screening, the card, and the entry.

use super::{Guard, Judgement};
use crate::judge::{Reason, Verdict};
use crate::ledger::{EntryKind, Line, PageEntry};
use crate::page::{Fault, Value, Values};
use crate::policy::InForce;
use crate::screen::{Orders, Screened};
use crate::sorted::Map;
use crate::time::{DAY, rfc3339};
use crate::vault::{Card, Kept, Reach, Source};
use crate::vocabulary::{Channel, Choice, Code, Country, Decision, Field, LegalBasis, Purpose, Trace};

/// What only the outside knows: the time, and chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub now: u64,
    /// 16 random bytes in hexadecimal, for the identity of a card.
    pub id: String,
    /// 16 more, for its salt.
    pub salt: String,
}

/// What a capture comes to, before it is written: verdicts as they stand after screening, the card if anything is left, the entry.
///
/// The values in it are not released until the commit has succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdicts, with what screening denied.
    pub verdicts: Vec<Verdict>,
    /// What is to be kept.
    pub card: Option<Card>,
    /// The entry that goes with it.
    pub entry: PageEntry,
}

impl Guard {
    /// Screens what the probe read under a judgement, and makes the card and the entry of it. Pictures are stripped here.
    ///
    /// `values` is the probe's answer, or why there is none. Whatever is wrong with it denies what it was to hold.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn conclude(&self, judgement: &Judgement, values: Result<&str, Fault>, moment: &Moment) -> Outcome {
        let read = self.values(judgement, values);
        let pictures: Vec<_> = judgement.pictures(&read).iter().map(|address| crate::picture::stripped(address)).collect();
        self.conclude_with(judgement, &read, &pictures, moment)
    }

    /// Reads the probe's answer under a judgement, or says why there is none.
    ///
    /// # Errors
    /// Whatever is wrong with it, and with the settings by now.
    pub fn values(&self, judgement: &Judgement, values: Result<&str, Fault>) -> Result<Values, Fault> {
        self.terms(judgement)?;
        Values::parse(values?, &judgement.permit(), crate::page::Limits::default().text)
    }

    /// As [`conclude`](Self::conclude), where pictures are cleaned by something else: a browser draws them again.
    ///
    /// `pictures` are those of [`Judgement::pictures`], in that order, without what they carried; none where that failed. Only these are kept: what
    /// the page had in their place is not looked at here.
    #[must_use]
    pub fn conclude_with(
        &self,
        judgement: &Judgement,
        read: &Result<Values, Fault>,
        pictures: &[Option<String>],
        moment: &Moment,
    ) -> Outcome {
        let terms = self.terms(judgement);
        let orders = self.settings.in_force().map(InForce::orders).unwrap_or_default();
        let own = read.as_ref().map(|values| names_of(judgement, values)).unwrap_or_default();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let mut verdicts = judgement.verdicts.clone();
        let mut cuts: Map<Field, Choice<Trace>> = Map::default();
        let mut fields = Map::default();
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.decision == Decision::Allow) {
            let texts = read.as_ref().map_err(Clone::clone).and_then(|values| texts_of(judgement, verdict.field, values));
            let cuts = cuts.get_or_insert_with(verdict.field, Choice::none);
            let kept = texts.and_then(|texts| self.keep(verdict, &texts, pictures, &own, &orders, cuts));
            match kept {
                Ok(kept) => _ = fields.insert(verdict.field, kept),
                Err(fault) => {
                    verdict.decision = Decision::Deny;
                    verdict.reasons = vec![Reason::from(&fault)];
                }
            }
        }
        let channels = self.channels(judgement, &verdicts, &fields);
        let card = match terms {
            Ok(terms) if !fields.is_empty() => Some(Card { channels, ..self.card(judgement, &terms, fields, moment) }),
            _ => None,
        };
        let entry = self.entry(judgement, &verdicts, card.as_ref(), &cuts, moment.now);
        Outcome { verdicts, card, entry }
    }

    /// The entry of a judgement under which nothing may be taken.
    #[must_use]
    pub fn refused(&self, judgement: &Judgement, now: u64) -> PageEntry {
        self.entry(judgement, &judgement.verdicts, None, &Map::default(), now)
    }

    /// What a card needs of the settings, if they are those the judgement stands under.
    fn terms(&self, judgement: &Judgement) -> Result<Terms, Fault> {
        let in_force = self.settings.in_force().map_err(Clone::clone)?;
        if judgement.stamp != self.stamp {
            return Err(Fault::changed("the settings changed after the page was judged"));
        }
        let ground = in_force.ground(judgement.facts.use_id.as_deref());
        let basis = ground
            .and_then(|ground| ground.basis)
            .ok_or_else(|| Fault { code: Code::PolicyNoLegalBasis, what: "no usable basis".into() })?;
        let purpose = ground
            .and_then(|ground| ground.purpose)
            .ok_or_else(|| Fault { code: Code::PolicyNoPurpose, what: "no purpose".into() })?;
        Ok(Terms { days: in_force.days(), basis, purpose })
    }

    /// Screens the texts of an allowed field; of pictures only what came back clean is kept.
    fn keep(
        &self,
        verdict: &Verdict,
        texts: &[String],
        pictures: &[Option<String>],
        own: &[&str],
        orders: &Orders,
        cuts: &mut Choice<Trace>,
    ) -> Result<Kept, Fault> {
        let screen = self.screen.as_ref().map_err(Clone::clone)?;
        let mut values = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if verdict.field == Field::Image {
                // An address where a picture lies says nothing of what the picture carries, and to ask for it is not the guard's to do.
                let clean = pictures.get(at).and_then(Option::as_ref);
                values.push(clean.ok_or_else(|| Fault::broken("the picture cannot be cleaned of what it carries"))?.clone());
                continue;
            }
            match screen.screen(verdict.field, text, own, orders) {
                Screened::Kept { text, cuts: cut } => {
                    cuts.join(cut);
                    values.push(text);
                }
                Screened::Masked => return Err(Fault { code: Code::VisibilityMasked, what: "the text is a mask".into() }),
                Screened::Empty { cuts: cut } => cuts.join(cut),
            }
        }
        let reason = verdict.reasons.first();
        match (values.is_empty(), reason) {
            (false, Some(reason)) => Ok(Kept {
                values,
                code: reason.code,
                rule: reason.rule.clone(),
                audience: verdict.audience,
                evidence: verdict.evidence.clone(),
                cuts: *cuts,
            }),
            _ => Err(Fault { code: why_empty(*cuts), what: "nothing of it may be kept after screening".into() }),
        }
    }

    fn card(&self, judgement: &Judgement, terms: &Terms, fields: Map<Field, Kept>, moment: &Moment) -> Card {
        let page = &judgement.page;
        Card {
            id: moment.id.clone(),
            salt: moment.salt.clone(),
            source: Source {
                url: judgement.source.clone(),
                site: page.site.clone(),
                adapter: page.adapter.clone(),
                relation: page.relation,
            },
            captured_at: rfc3339(moment.now),
            first_captured_at: rfc3339(moment.now),
            expires_at: rfc3339(moment.now + u64::from(terms.days) * DAY),
            basis: terms.basis,
            purpose: terms.purpose,
            policy: self.settings.hash().to_owned(),
            fields,
            channels: Map::default(),
            former: Choice::none(),
        }
    }

    /// Whether the person may be contacted in each way. Only in the way that the use of the capture names, and only where what it takes was allowed. A call
    /// to somebody in France needs consent, or a professional ground that is on record (opt-in since 11 August 2026): a permission for the number that
    /// itself names calls. Who may live there, or has a number of that country, is treated as if they did.
    fn channels(&self, judgement: &Judgement, verdicts: &[Verdict], fields: &Map<Field, Kept>) -> Map<Channel, Reach> {
        let mut channels = Map::default();
        let Ok(in_force) = self.settings.in_force() else { return channels };
        let facts = &judgement.facts;
        let is_french = |value: &String| {
            let dialled: String = value.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            let abroad = dialled.strip_prefix("+").or_else(|| dialled.strip_prefix("00"));
            // France, and its departments overseas (ITU-T E.164, list of country codes).
            abroad.is_some_and(|number| ["33", "262", "590", "594", "596"].iter().any(|code| number.starts_with(code)))
        };
        let may_be_french = facts.country.is_none_or(|country| country == Country::FRANCE)
            || fields.get(&Field::Telephone).is_some_and(|kept| kept.values.iter().any(is_french));
        let named = in_force.ground(facts.use_id.as_deref()).and_then(|ground| ground.channel);
        for (channel, field) in
            [(Channel::Email, Field::Email), (Channel::Phone, Field::Telephone), (Channel::Post, Field::StreetAddress)]
        {
            let verdict = verdicts.iter().find(|verdict| verdict.field == field);
            let code = verdict.and_then(|verdict| verdict.reasons.first()).map_or(Code::GuardError, |reason| reason.code);
            let needs_ground = channel == Channel::Phone && may_be_french;
            let on_record = |verdict: &Verdict| {
                let rules = in_force.layers.iter().flat_map(|layer| layer.permissions(field));
                rules.map(|(_, rule)| rule).any(|rule| verdict.rules.contains(&rule.id) && rule.channels.contains(channel))
            };
            let code = if code.decision() == Decision::Allow && named != Some(channel) {
                Code::PolicyNotNeeded
            } else if code.decision() == Decision::Allow && needs_ground && !verdict.is_some_and(on_record) {
                Code::PolicyNoLegalBasis
            } else {
                code
            };
            channels.insert(channel, Reach { allowed: code.decision() == Decision::Allow, code });
        }
        channels
    }

    fn entry(
        &self,
        judgement: &Judgement,
        verdicts: &[Verdict],
        card: Option<&Card>,
        cuts: &Map<Field, Choice<Trace>>,
        now: u64,
    ) -> PageEntry {
        let facts = &judgement.facts;
        let ground = self.settings.in_force().ok().and_then(|in_force| in_force.ground(facts.use_id.as_deref()));
        let mut decisions = Vec::with_capacity(verdicts.len());
        for (judged, outcome) in judgement.verdicts.iter().zip(verdicts) {
            let field = judged.field;
            let states = facts.fields.get(&field).map(|standing| standing.states).unwrap_or_default();
            let taken = card.is_some_and(|card| card.fields.contains_key(&field));
            decisions.push(Line {
                taken,
                states,
                cuts: cuts.get(&field).copied().unwrap_or_default(),
                ..Line::of(judged, outcome)
            });
        }
        PageEntry {
            v: 1,
            index: 0,
            at: rfc3339(now),
            kind: EntryKind::Refused,
            id: judgement.nonce.clone(),
            adapter: judgement.page.adapter.clone(),
            page: judgement.page.kind,
            relation: judgement.page.relation,
            policy: judgement.policy.clone(),
            mode: judgement.mode,
            use_id: facts.use_id.clone(),
            purpose: ground.and_then(|ground| ground.purpose),
            basis: ground.and_then(|ground| ground.basis),
            country: facts.country,
            hosts: facts.hosts.clone().unwrap_or_default(),
            signals: facts.signals,
            refusal: facts.refusal.as_ref().map(|fault| fault.code),
            decisions,
            card: None,
        }
    }
}

/// What a card needs of the settings.
struct Terms {
    /// How long details are kept.
    days: u32,
    basis: LegalBasis,
    purpose: Purpose,
}

impl Judgement {
    /// The pictures that were read, as the page has them: with whatever they carry besides their pixels.
    #[must_use]
    pub fn pictures(&self, read: &Result<Values, Fault>) -> Vec<String> {
        read.as_ref().ok().and_then(|values| texts_of(self, Field::Image, values).ok()).unwrap_or_default()
    }
}

/// The texts that were read for a field. One that could not be read denies the field: half a list would be a false one.
fn texts_of(judgement: &Judgement, field: Field, values: &Values) -> Result<Vec<String>, Fault> {
    let reads = judgement.reads.get(&field).map(Vec::as_slice).unwrap_or_default();
    let value_of = |h: u32| values.values.iter().find(|value| value.h == h);
    let mut texts = Vec::new();
    for one in reads {
        texts.extend(value_of(one.h).and_then(|Value { text, .. }| text.clone()));
    }
    // One that is missing makes all of them another thing than what was judged.
    if texts.is_empty() || texts.len() != reads.len() {
        return Err(Fault::changed("this part of the page changed after it was judged"));
    }
    Ok(texts)
}

/// The names of the owner, as far as they may be taken.
fn names_of(judgement: &Judgement, values: &Values) -> Vec<String> {
    let names = [Field::Name, Field::GivenName, Field::FamilyName];
    let mut found = Vec::new();
    for field in names {
        if let Ok(texts) = texts_of(judgement, field, values) {
            found.extend(texts);
        }
    }
    found
}

/// Why nothing is left of a text in which this was found: the gravest of it.
fn why_empty(cuts: Choice<Trace>) -> Code {
    if cuts.contains(Trace::Minor) {
        Code::Minor
    } else if cuts.iter().any(Trace::is_special) {
        Code::SpecialCategory
    } else if cuts.contains(Trace::OtherPerson) {
        Code::ThirdParty
    } else {
        // All there was were contact details that belong to fields of their own.
        Code::PolicyField
    }
}
