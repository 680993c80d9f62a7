//! Whatever somebody changes in a log of a thousand entries is noticed, and the entry is named.

use proptest::prelude::*;
use scruple::ledger::{Against, LogFault, Place, Verdict, verify};

use super::sample::Sample;
use super::say;

pub fn check(log: &[u8], against: &Against) -> Verdict {
    verify(log, against, &mut |_| ()).unwrap()
}

fn faults(log: &[u8]) -> Vec<LogFault> {
    check(log, &Against::default()).faults
}

/// What a line of a written log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Entry(u64),
    Other,
}

/// A written log, with what each line is and where it begins.
struct Written {
    text: String,
    lines: Vec<(usize, Is)>,
}

impl Written {
    fn of(sample: &Sample) -> Self {
        let text = sample.written();
        let (mut lines, mut at, mut entry) = (Vec::new(), 0, 0);
        for line in text.lines() {
            let is = if ["{\"hashes\":", "{\"settings\":", "{\"checkpoint\":"].iter().any(|start| line.starts_with(start)) {
                Is::Other
            } else {
                entry += 1;
                Is::Entry(entry - 1)
            };
            lines.push((at, is));
            at += line.len() + 1;
        }
        Self { text, lines }
    }

    /// Flips bits of a byte, and says what is wrong about how that is noticed.
    fn flip(&self, bytes: &mut [u8], at: usize, with: u8) -> Option<String> {
        bytes[at] ^= with;
        let faults = faults(bytes);
        bytes[at] ^= with;
        let line = self.lines.partition_point(|(start, _)| *start <= at) - 1;
        let Some(first) = faults.first() else { return Some(format!("byte {at} ^ {with}: not noticed")) };
        let named = match self.lines[line].1 {
            Is::Entry(entry) => first.entry == Some(entry),
            Is::Other => first.entry.is_none() && first.place == Place::Line(line + 1),
        };
        (!named).then(|| format!("byte {at} ^ {with}, line {}, {:?}: {faults:#?}", line + 1, self.lines[line].1))
    }
}

/// Which bits of a byte are flipped: another choice for each.
fn bits(at: usize) -> u8 {
    let mixed = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    if mixed == 0 { 1 } else { mixed as u8 }
}

fn flips(sample: &Sample, from: usize, step: usize) -> (usize, usize) {
    let written = Written::of(sample);
    let places: Vec<usize> = (from..written.text.len()).step_by(step).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let part = |number: usize| {
            let (written, places) = (&written, &places);
            scope.spawn(move || {
                let mut bytes = written.text.clone().into_bytes();
                places
                    .iter()
                    .skip(number)
                    .step_by(threads)
                    .filter_map(|at| written.flip(&mut bytes, *at, bits(*at)))
                    .collect::<Vec<_>>()
            })
        };
        (0..threads).map(part).collect::<Vec<_>>().into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {} flips: {}", wrong.len(), places.len(), wrong[..wrong.len().min(3)].join("\n"));
    (places.len(), written.text.len())
}

#[test]
fn the_samples_are_sound() {
    for count in [0, 1, 2, 3, 255, 256, 257, 512, 700] {
        let verdict = check(Sample::new("scruple/sample", count, 7).written().as_bytes(), &Against::default());
        assert_eq!(verdict.faults, [], "{count}");
        assert_eq!((verdict.entries, verdict.signers.len()), (count, usize::from(count > 0)));
    }
}

#[test]
fn a_flipped_byte_of_a_thousand_entries_is_noticed_and_the_entry_named() {
    // A prime, so that each place in an entry comes to its turn.
    let (tried, of) = flips(&Sample::new("scruple/sample", 1000, 7), 0, 4999);
    say(&format!("flipped {tried} of {of} bytes in 1000 entries: all noticed and named"));
}

#[test]
fn every_flipped_byte_of_a_small_log_is_noticed_and_the_entry_named() {
    for count in [1, 4] {
        flips(&Sample::new("scruple/sample", count, 7), 0, 1);
    }
    // Where tiles end.
    flips(&Sample::new("scruple/sample", 256, 7), 0, 1531);
    flips(&Sample::new("scruple/sample", 257, 7), 0, 1543);
}

/// How many turns the long run has.
const TURNS: usize = 16;

/// `cargo test --profile native --test ledger -- --ignored --nocapture`: half an hour on two processors, each of which checks some 200 logs a second.
#[test]
#[ignore = "it takes long: every byte of a thousand entries"]
fn every_flipped_byte_of_a_thousand_entries_is_noticed_and_the_entry_named() {
    let (sample, mut tried) = (Sample::new("scruple/sample", 1000, 7), 0);
    // In turns, each of which goes over the whole log: who cannot wait for the last knows what the others found.
    for turn in 0..TURNS {
        let (more, of) = flips(&sample, turn, TURNS);
        tried += more;
        say(&format!("flipped {tried} of {of} bytes in 1000 entries: all noticed and named"));
    }
}

/// Where somebody drops, swaps or doubles lines, one of those lines is named.
#[test]
fn lines_that_are_dropped_swapped_or_doubled_are_noticed_and_named() {
    let sample = Sample::new("scruple/sample", 1000, 7);
    let written = Written::of(&sample);
    let lines: Vec<&str> = written.text.lines().collect();
    let is = |line: usize| written.lines[line].1;
    let test = |what: &str, lines: &[&str], about: &[usize]| {
        let faults = faults((lines.join("\n") + "\n").as_bytes());
        let Some(first) = faults.first() else { panic!("{what} {about:?}: not noticed") };
        let near = |line: usize| (line..=line + 2).any(|line| first.place == Place::Line(line));
        let named = match first.entry {
            Some(entry) => about.iter().any(|line| is(*line) == Is::Entry(entry)),
            None => about.iter().any(|line| is(*line) == Is::Other) && about.iter().any(|line| near(*line)),
        };
        // Settings that are not there are missed by the first entry that names them.
        let named = named
            || is(about[0]) == Is::Other
                && ["settings that it names", "is missing: the hashes of the last entries"]
                    .iter()
                    .any(|what| first.what.contains(what));
        assert!(named, "{what} {about:?}: {faults:#?}");
    };
    let places =
        (0..lines.len()).filter(|line| line % 211 == 0 || is(*line) == Is::Other || *line > 1000 || (254..259).contains(line));
    let mut tried = 0;
    for at in places {
        let mut dropped = lines.clone();
        dropped.remove(at);
        test("dropped", &dropped, &[at]);
        for to in [at + 1, at + 300].into_iter().filter(|to| *to < lines.len() && *to != at) {
            // Of lines that are not entries two of a kind may stand in either order.
            if is(at) == Is::Other && is(to) == Is::Other && lines[at][..6] == lines[to][..6] && lines[at].starts_with("{\"sett") {
                continue;
            }
            let mut swapped = lines.clone();
            swapped.swap(at, to);
            test("swapped", &swapped, &[at.min(to), at.max(to)]);
            let mut doubled = lines.clone();
            doubled.insert(to, lines[at]);
            test("doubled", &doubled, &[at, to]);
            tried += 2;
        }
        tried += 1;
    }
    say(&format!("{tried} times dropped, swapped or doubled a line: all noticed and named"));
}

#[test]
fn a_log_that_was_cut_is_noticed_and_says_where() {
    let sample = Sample::new("scruple/sample", 1000, 7);
    let written = Written::of(&sample);
    let bytes = written.text.as_bytes();
    let mut tried = 0;
    for at in (0..bytes.len()).filter(|at| {
        at % 20_011 == 0
            || *at + 300 > bytes.len() && at % 13 == 0
            || written.lines.iter().any(|(start, _)| (*start == *at || start + 1 == *at) && at % 67 == 0)
    }) {
        let faults = faults(&bytes[..at]);
        let line = written.lines.partition_point(|(start, _)| *start < at);
        let first = faults.first().unwrap_or_else(|| panic!("cut at {at}: not noticed"));
        assert!(first.what.contains("breaks off") || line >= 1000, "cut at {at}: {faults:#?}");
        // In an entry it is that one; between two, the last one that is there.
        if let Some(Is::Entry(entry)) = line.checked_sub(1).map(|line| written.lines[line].1) {
            assert_eq!(first.entry, Some(entry), "cut at {at}: {faults:#?}");
        }
        tried += 1;
    }
    // The last entries are gone, and the lines behind them are there.
    let lines: Vec<&str> = written.text.lines().collect();
    for (gone, from) in [(1, 999), (7, 993), (231, 769), (232, 768)] {
        let last = written.lines.iter().position(|(_, is)| *is == Is::Entry(999)).unwrap();
        let cut = [&lines[..=last - gone], &lines[last + 1..]].concat().join("\n") + "\n";
        let faults = faults(cut.as_bytes());
        assert_eq!(faults[0].entry, Some(from), "{faults:#?}");
    }
    say(&format!("cut at {tried} places: all noticed and named"));
}

/// Entries of another log, which are canonical and have the right index, are none of this one.
#[test]
fn what_was_spliced_in_from_another_log_is_named() {
    let (sample, other) = (Sample::new("scruple/sample", 1000, 7), Sample::new("scruple/sample", 1000, 8));
    let (own, others) = (Written::of(&sample), Written::of(&other));
    let (own_lines, other_lines): (Vec<&str>, Vec<&str>) = (own.text.lines().collect(), others.text.lines().collect());
    assert_eq!(own_lines.len(), other_lines.len());
    let with = |range: std::ops::Range<usize>| {
        let spliced = [&own_lines[..range.start], &other_lines[range.clone()], &own_lines[range.end..]].concat().join("\n") + "\n";
        faults(spliced.as_bytes())
    };
    let mut tried = 0;
    for at in (0..own_lines.len()).filter(|at| own_lines[*at] != other_lines[*at]) {
        if at % 101 != 0 && matches!(own.lines[at].1, Is::Entry(_)) {
            continue;
        }
        for length in [1, 30] {
            let range = at..(at + length).min(own_lines.len());
            let faults = with(range.clone());
            let first = faults.first().unwrap_or_else(|| panic!("{range:?}: not noticed"));
            tried += 1;
            if range.end == own_lines.len() {
                // With the checkpoint of the other log nothing vouches for this one.
                assert!(faults.iter().any(|fault| fault.what.contains("did not sign")), "{range:?}: {faults:#?}");
                continue;
            }
            let named = match own.lines[at].1 {
                Is::Entry(entry) => first.entry == Some(entry),
                Is::Other => {
                    first.place == Place::Line(at + 1)
                        || first.entry.is_some_and(|entry| range.clone().any(|line| own.lines[line].1 == Is::Entry(entry)))
                }
            };
            // A tile that came with entries is right about those: then the range is named, and in the last tile no more is known.
            let vague = ["at least one was changed", "some were changed, and no checkpoint tells which"];
            let has_tile = range.clone().any(|line| own_lines[line].starts_with("{\"hashes\":"));
            assert!(named || has_tile && vague.iter().any(|what| first.what.contains(what)), "{range:?}: {faults:#?}");
        }
    }
    // A whole tile with its hashes: the level above tells the two apart.
    let faults = with(257..514);
    assert_eq!(faults[0].entry, Some(256), "{faults:#?}");
    assert!(faults[0].what.contains("of the entries 256 to 511 at least one was changed or replaced"), "{faults:#?}");
    say(&format!("{tried} splices of another log: all noticed and named"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_log_is_it_is_judged(bytes in prop::collection::vec(any::<u8>(), 0..300), lines in "(\\PC{0,40}\n){0,5}") {
        prop_assert!(!faults(&bytes).is_empty());
        prop_assert!(!faults(lines.as_bytes()).is_empty());
    }

    /// Lines of a sound log in any order, any number of times, and cut anywhere.
    #[test]
    fn a_log_put_together_from_its_lines_is_the_log_or_noticed(
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let text = Sample::new("scruple/sample", 4, 7).written();
        let lines: Vec<&str> = text.lines().collect();
        let mut made = order.iter().map(|line| format!("{}\n", line.get(&lines))).collect::<String>().into_bytes();
        if let Some(cut) = cut && !made.is_empty() {
            made.truncate(cut.index(made.len()));
        }
        prop_assert_eq!(faults(&made).is_empty(), made == text.as_bytes());
    }
}
