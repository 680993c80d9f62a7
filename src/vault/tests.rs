use super::*;
use crate::ledger::{Entry, EventKind};
use crate::time::{DAY, rfc3339};
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
        channels: crate::sorted::Map::default(),
        former: crate::vocabulary::Choice::none(),
    }
}

#[test]
fn a_card_and_its_entry_name_each_other() {
    let commit = Commit::of(Head::default(), None, Some(card(0, 30)), PageEntry::sample(), 0).unwrap();
    let kept = commit.card.as_ref().unwrap();
    let tied = commit.entry.card.as_ref().unwrap();
    assert_eq!(commit.entry.kind, EntryKind::Captured);
    assert_eq!((&tied.id, &tied.commitment), (&kept.id, &commitment(kept).unwrap()));
    assert_eq!(commit.head.tree.size(), 1);
    assert!(!commit.lines.concat().contains("Employer"), "an entry holds no value");
    assert!(!commit.lines.concat().contains("people.example"), "an entry holds no address");
}

#[test]
fn seeing_somebody_again_never_lengthens_how_long_they_are_kept() {
    let first = card(0, 30);
    let held = first.held(1, 0);
    let head = || Head { wall: 1, ..Head::default() };
    let again = |at: u64, days: u64| Commit::of(head(), Some(&held), Some(card(at, days)), PageEntry::sample(), at).unwrap();
    let commit = again(20 * DAY, 1095);
    assert_eq!(commit.holds, Some(held.clone()));
    let kept = commit.card.unwrap();
    assert_eq!((&kept.id, &kept.first_captured_at, &kept.expires_at), (&first.id, &first.first_captured_at, &first.expires_at));
    assert_eq!(kept.fields.get(&Field::WorksFor).unwrap().values, ["Employer 1728000000"], "the earlier value is gone");

    let shorter = again(1, 10);
    assert_eq!(shorter.card.unwrap().expires_at, rfc3339(10 * DAY), "a policy may shorten a deadline");
    assert_eq!(shorter.holds.unwrap().ends, 10 * DAY - 1);

    let late = again(30 * DAY, 1095);
    assert_eq!(late.card.unwrap().id, card(30 * DAY, 0).id, "what has expired stays in nothing");
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_longer() {
    let (mut head, mut lines) = (Head::default(), Vec::new());
    head.observe(100 * DAY, &mut lines).unwrap();
    let held = card(100 * DAY, 30).held(100 * DAY, head.age);
    head.observe(120 * DAY, &mut lines).unwrap();
    assert!(lines.is_empty() && !held.is_expired(120 * DAY, head.age));
    // Set back by 110 days, and ten more days of use.
    head.observe(10 * DAY, &mut lines).unwrap();
    assert!(lines.concat().contains("clock_anomaly"), "it is noted");
    assert_eq!(head.age, 20 * DAY);
    head.observe(20 * DAY, &mut lines).unwrap();
    assert!(held.is_expired(20 * DAY, head.age));
    assert_eq!(lines.len(), 1, "what goes forwards is no anomaly");
}

#[test]
fn a_clock_that_ran_ahead_for_a_while_keeps_nobody_longer() {
    let (mut head, mut lines) = (Head::default(), Vec::new());
    head.observe(100 * DAY, &mut lines).unwrap();
    head.observe(9000 * DAY, &mut lines).unwrap();
    let held = card(9000 * DAY, 30).held(9000 * DAY, head.age);
    head.observe(100 * DAY, &mut lines).unwrap();
    assert!(!held.is_expired(100 * DAY, head.age));
    head.observe(130 * DAY, &mut lines).unwrap();
    assert!(held.is_expired(130 * DAY, head.age), "thirty days of use, whatever its date says");
}

#[test]
fn what_cannot_be_read_has_expired() {
    let kept = Card { expires_at: "one day".into(), ..card(0, 30) };
    assert!(kept.held(1, 0).is_expired(1, 0));
}

#[test]
fn an_entry_without_card_says_refused() {
    let commit = Commit::of(Head::default(), None, None, PageEntry::sample(), 0).unwrap();
    assert_eq!((commit.entry.kind, commit.entry.card, commit.card, commit.holds), (EntryKind::Refused, None, None, None));
}

#[test]
fn what_changed_is_noted_before_the_entry_that_shows_it() {
    let first = Commit::of(Head::default(), None, None, PageEntry::sample(), 0).unwrap();
    assert_eq!(first.lines.len(), 1, "nothing was there before, so nothing changed");
    let other = PageEntry { adapter: "sample@2".into(), policy: named("{ }"), ..PageEntry::sample() };
    let second = Commit::of(first.head, None, None, other, 0).unwrap();
    let kinds: Vec<Entry> = second.lines.iter().map(|line| crate::json::from_str(line).unwrap()).collect();
    let events: Vec<(EventKind, u64)> = kinds
        .iter()
        .filter_map(|entry| if let Entry::Event(event) = entry { Some((event.kind, event.index)) } else { None })
        .collect();
    assert_eq!(events, [(EventKind::PolicyChanged, 1), (EventKind::AdapterChanged, 2)]);
    assert_eq!((second.entry.index, second.head.tree.size()), (3, 4));
    assert!(kinds.iter().all(|entry| if let Entry::Event(event) = entry { event.fault().is_none() } else { true }));
    let elsewhere = PageEntry { adapter: "other@7".into(), policy: named("{ }"), ..PageEntry::sample() };
    assert_eq!(Commit::of(second.head, None, None, elsewhere, 0).unwrap().lines.len(), 1, "another site is no change");
}

#[test]
fn the_head_reads_back() {
    let commit = Commit::of(Head::default(), None, Some(card(5, 30)), PageEntry::sample(), 5).unwrap();
    let text = to_canonical(&commit.head).unwrap();
    assert_eq!(crate::json::from_str::<Head>(&text).unwrap(), commit.head);
}
