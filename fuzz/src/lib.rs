//! What the fuzz targets share: how inputs are changed, facts to judge, and what settings allow of them.

mod mutate;
mod write;

pub use mutate::mutate;
pub use write::write;

use scruple::judge::{FactsDocument, Standing, judge};
use scruple::policy::{Policy, Settings};
use scruple::vocabulary::{Audience, Code, Country, Decision, Evidence, EvidenceKind, Field, Mode, Relation, Signal, State};

/// Facts under which most of what documents permit is allowed, and what differs from them in one thing that rules ask about: sites and uses are
/// those that the documents name, and some that they do not.
#[must_use]
pub fn facts(documents: &[&Policy]) -> Vec<FactsDocument> {
    let permissive = permissive();
    let site = |site: Option<String>| FactsDocument { site, ..permissive.clone() };
    let mut all = vec![permissive.clone(), site(None), site(Some("elsewhere.example".into()))];
    for hosts in documents.iter().map(|document| hosts(document)) {
        // A host stands for its subdomains too.
        all.extend(hosts.iter().take(2).flat_map(|host| [site(Some(host.clone())), site(Some(format!("www.{host}")))]));
    }
    let ids = documents.iter().flat_map(|document| document.uses.iter().take(2).map(|one| one.id.clone()));
    all.extend(ids.chain(["no-such-use".into()]).map(|id| FactsDocument { use_id: Some(id), ..permissive.clone() }));
    all.extend([Relation::First, Relation::Unknown].map(|relation| FactsDocument { relation, ..permissive.clone() }));
    all.extend([
        FactsDocument { country: None, ..permissive.clone() },
        FactsDocument { signals: Signal::ALL.iter().copied().collect(), ..permissive.clone() },
        FactsDocument { refusal: Some(Code::SiteDrift), ..permissive.clone() },
        with_each_field(&permissive, &[EvidenceKind::ViewerRelation], Audience::PlatformMembers, &[]),
        with_each_field(&permissive, EvidenceKind::ALL, Audience::Connections1, &[]),
        with_each_field(&permissive, EvidenceKind::ALL, Audience::PublicWeb, &[State::Masked]),
    ]);
    all
}

fn permissive() -> FactsDocument {
    let nothing = FactsDocument {
        site: Some("linkedin.com".into()),
        relation: Relation::Third,
        signals: scruple::vocabulary::Choice::none(),
        country: Country::from_word("FR"),
        use_id: None,
        refusal: None,
        fields: scruple::sorted::Map::default(),
    };
    with_each_field(&nothing, EvidenceKind::ALL, Audience::PublicWeb, &[])
}

fn with_each_field(facts: &FactsDocument, kinds: &[EvidenceKind], bound: Audience, states: &[State]) -> FactsDocument {
    let evidence: Vec<_> = kinds.iter().map(|kind| Evidence { kind: *kind, bound }).collect();
    let standing = Standing { evidence, states: states.iter().copied().collect() };
    FactsDocument { fields: Field::ALL.iter().map(|field| (*field, standing.clone())).collect(), ..facts.clone() }
}

fn hosts(document: &Policy) -> Vec<String> {
    let rules = document.permit.iter().flatten().chain(&document.forbid);
    rules.flat_map(|rule| rule.hosts.iter()).chain(document.modes.keys()).cloned().collect()
}

/// The fields that settings allow. It also checks what must hold for every ruling.
#[must_use]
pub fn allowed(settings: &Settings, facts: &FactsDocument) -> Vec<Field> {
    let Ok(in_force) = settings.in_force() else { return Vec::new() };
    let facts = facts.clone().facts(Some(in_force));
    let mode = in_force.mode(facts.hosts.as_ref());
    let mut allowed = Vec::new();
    for ruling in judge(in_force, &facts) {
        assert!(!ruling.because.is_empty(), "{}: a ruling without a reason", ruling.field);
        if ruling.decision == Decision::Allow {
            assert!(ruling.errors.is_empty(), "{}: allowed in spite of an error", ruling.field);
            assert!(
                !matches!(mode, Mode::Observe | Mode::Off),
                "{}: allowed where the guard only observes, or not even that",
                ruling.field
            );
            assert!(facts.refusal.is_none(), "{}: allowed on a page where nothing may be taken", ruling.field);
            allowed.push(ruling.field);
        }
    }
    allowed
}
