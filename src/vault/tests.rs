use super::*;
use crate::vocabulary::{Audience, Code, Field, LegalBasis, Purpose, Relation};

fn card(at: u64, days: u64) -> Card {
    Card {
        id: format!("card-{at}"),
        salt: "00".repeat(16),
        source: Source {
            url: "https://people.example/in/a".into(),
            site: "people.example".into(),
            adapter: "sample@1".into(),
            relation: Relation::Third,
        },
        captured_at: rfc3339(at),
        first_captured_at: rfc3339(at),
        expires_at: rfc3339(at + days * DAY),
        basis: LegalBasis::LegitimateInterest,
        purpose: Purpose::DirectMarketing,
        policy: "sha256:0".into(),
        fields: [(
            Field::WorksFor,
            Kept {
                values: vec![format!("Employer {at}")],
                code: Code::AllowPublic,
                rule: Some("work".into()),
                audience: Audience::PublicWeb,
                evidence: Vec::new(),
                cuts: crate::vocabulary::Choice::none(),
            },
        )]
        .into_iter()
        .collect(),
    }
}

fn held(card: &Card) -> Held {
    crate::json::from_str(&to_canonical(card).unwrap()).unwrap()
}

#[test]
fn a_card_and_its_entry_name_each_other() {
    let commit = Commit::of(Tree::default(), None, Some(card(0, 30)), PageEntry::sample()).unwrap();
    let kept = commit.card.as_ref().unwrap();
    let tied = commit.entry.card.as_ref().unwrap();
    assert_eq!(commit.entry.kind, EntryKind::Captured);
    assert_eq!((&tied.id, &tied.commitment), (&kept.id, &commitment(kept).unwrap()));
    assert_eq!(commit.tree.size(), 1);
    assert!(!commit.line.contains("Employer"), "an entry holds no value");
    assert!(!commit.line.contains("people.example"), "an entry holds no address");
}

#[test]
fn seeing_somebody_again_never_lengthens_how_long_they_are_kept() {
    let first = card(0, 30);
    let held = held(&first);
    let commit = Commit::of(Tree::default(), Some(&held), Some(card(700 * DAY, 1095)), PageEntry::sample()).unwrap();
    let kept = commit.card.unwrap();
    assert_eq!((&kept.id, &kept.first_captured_at, &kept.expires_at), (&first.id, &first.first_captured_at, &first.expires_at));
    assert_eq!(kept.fields.get(&Field::WorksFor).unwrap().values, ["Employer 60480000000"], "the earlier value is gone");

    let shorter = Commit::of(Tree::default(), Some(&held), Some(card(0, 10)), PageEntry::sample()).unwrap().card.unwrap();
    assert_eq!(shorter.expires_at, rfc3339(10 * DAY), "a policy may shorten a deadline");
}

#[test]
fn what_has_expired_is_expired_and_what_cannot_be_read_too() {
    let mut kept = card(0, 30);
    assert!(!held(&kept).is_expired(30 * DAY - 1000));
    assert!(held(&kept).is_expired(30 * DAY));
    kept.expires_at = "one day".into();
    assert!(held(&kept).is_expired(0));
}

#[test]
fn an_entry_without_card_says_refused() {
    let commit = Commit::of(Tree::default(), None, None, PageEntry::sample()).unwrap();
    assert_eq!((commit.entry.kind, commit.entry.card, commit.card), (EntryKind::Refused, None, None));
}
