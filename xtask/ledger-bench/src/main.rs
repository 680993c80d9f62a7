//! What the log costs natively, beside the raw SHA-256 of the same bytes and beside Go's `sumdb/tlog`: the measure of `cargo xtask bench ledger`.
//!
//! It makes a log of a million invented entries, one after the other as the extension does, has `scruple verify` check it, and has the peers do the
//! part of it that they do. One JSON document is printed: rows as of every bench.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measure that cannot go on fails; nothing of it ships"
)]

#[path = "../../../tests/ledger/sample.rs"]
#[allow(dead_code, clippy::indexing_slicing, reason = "the tests use all of it")]
mod sample;

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use scruple::digest::{hex, named};
use scruple::ledger::{Entry, Head, PageEntry, Tree, Writer, checkpoint, leaf_hash};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How many entries the log has; with `--quick` a tenth of it.
const ENTRIES: u64 = 1_000_000;

/// How many are made at once, while no clock runs.
const BATCH: u64 = 4096;

/// How often each is measured, turn by turn; the median counts.
const TURNS: usize = 3;

/// The seed of the invented decisions, and of the key that signs.
const SEED: u8 = 7;

fn main() {
    let quick = env::args().any(|word| word == "--quick");
    let count = if quick { ENTRIES / 10 } else { ENTRIES };
    let folder = PathBuf::from(env::var_os("SCRUPLE_WORKSHOP").expect("SCRUPLE_WORKSHOP names a folder")).join("ledger");
    fs::create_dir_all(&folder).unwrap();
    let log = folder.join("bench.scruplelog");
    let made = make(&log, count);
    let mut rows = made.rows();
    rows.extend(verified(&log, &made));
    println!("{}", json!({ "bench": "ledger", "rows": rows }));
}

/// A row of the bench. `ratio` is theirs over ours, as in every bench: the share of our time that theirs takes.
fn row(what: &str, unit: &str, ours: f64, peer: Option<&str>, theirs: Option<f64>) -> Value {
    let round = |value: f64| (value * 100.0).round() / 100.0;
    json!({
        "what": what,
        "unit": unit,
        "ours": round(ours),
        "peer": peer,
        "theirs": theirs.map(round),
        "ratio": theirs.map(|theirs| round(theirs / ours)),
    })
}

/// What making a log took.
struct Made {
    entries: u64,
    /// The bytes of all entries.
    bytes: u64,
    root: String,
    /// Writing, hashing and adding entries as a capture does.
    added: Duration,
    /// Hashing entries that are written and adding them to the tree.
    pushed: Duration,
    /// SHA-256 of the same bytes, entry by entry.
    hashed: Duration,
}

impl Made {
    fn rows(&self) -> Vec<Value> {
        let thousands = self.entries / 1000;
        let each = self.bytes / self.entries;
        let raw = Some("SHA-256 of the same bytes");
        let seconds = |time: Duration| time.as_secs_f64();
        vec![
            row(&format!("add {thousands}k entries of {each} B"), "s", seconds(self.added), raw, Some(seconds(self.hashed))),
            row("only the tree of them", "s", seconds(self.pushed), raw, Some(seconds(self.hashed))),
        ]
    }
}

/// Makes a log, as the extension makes and exports one.
fn make(log: &Path, count: u64) -> Made {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(log).unwrap());
    let (mut head, mut writer) = (Head::default(), Writer::default());
    let mut made =
        Made { entries: 0, bytes: 0, root: String::new(), added: Duration::ZERO, pushed: Duration::ZERO, hashed: Duration::ZERO };
    let mut lines = Vec::new();
    let mut tree = Tree::default();
    let mut now = 1_767_225_600_000;
    head.observe(now, &mut lines).unwrap();
    head.sign_with("bench", sample::key(SEED).verifying_key().as_bytes(), None, &mut lines).unwrap();
    while head.tree.size() < count {
        let size = head.tree.size();
        let mut pages: Vec<PageEntry> =
            (size..count.min(size + BATCH)).map(|index| sample::page(index, SEED.into())).filter_map(page).collect();
        let start = Instant::now();
        for page in &mut pages {
            if head.tree.size() == count {
                break;
            }
            now += 61_000;
            head.observe(now, &mut lines).unwrap();
            head.add(page, &mut lines).unwrap();
        }
        made.added += start.elapsed();
        let start = Instant::now();
        lines.iter().for_each(|line| tree.push(leaf_hash(line.as_bytes())));
        made.pushed += start.elapsed();
        let start = Instant::now();
        let mut sum = 0_u8;
        for line in &lines {
            sum ^= Sha256::digest(line.as_bytes()).first().copied().unwrap_or(0);
        }
        made.hashed += start.elapsed();
        std::hint::black_box(sum);
        made.bytes += lines.iter().map(|line| line.len() as u64).sum::<u64>();
        out.write_all(writer.entries(&lines).as_bytes()).unwrap();
        lines.clear();
    }
    assert_eq!(tree, head.tree);
    made.entries = head.tree.size();
    made.root = hex(&head.tree.root());
    let text = checkpoint::text(&head.origin, made.entries, &head.tree.root());
    let note = sample::sign(&text, &head.origin, SEED);
    out.write_all(writer.end(&[sample::SETTINGS[0].to_owned()], &note).as_bytes()).unwrap();
    out.flush().unwrap();
    made
}

/// All under the same settings, as most are.
fn page(entry: Entry) -> Option<PageEntry> {
    match entry {
        Entry::Page(page) => Some(PageEntry { policy: named(sample::SETTINGS[0]), ..*page }),
        Entry::Event(_) => None,
    }
}

/// What a program used, or a part of this one.
#[derive(Clone, Copy, Default)]
struct Used {
    time: Duration,
    /// How long processors were busy with it, all together: what counts on a machine that has other things to do. In seconds; the system counts hundredths.
    busy: f64,
    /// The most memory it had at once, in MB; none where the system does not tell.
    memory: Option<f64>,
}

/// How long processors have been busy with a process, in seconds. Nothing where the system does not tell.
fn busy(process: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may hold anything: state is the first, time for itself the twelfth, time of the system for it the thirteenth.
    let words: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some((words.get(11)?.parse::<f64>().ok()? + words.get(12)?.parse::<f64>().ok()?) / 100.0)
}

/// What a part of this program uses.
fn used(work: impl FnOnce()) -> Used {
    let (start, before) = (Instant::now(), busy("self"));
    work();
    let time = start.elapsed();
    let busy = busy("self").zip(before).map_or(f64::NAN, |(after, before)| after - before);
    Used { time, busy, memory: None }
}

/// Runs a program to its end and watches its memory. The system keeps the highest mark, so asking often enough only misses what comes within the last moment.
fn run(command: &mut Command) -> (Used, String) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let (mut memory, mut busy_so_far) = (None, f64::NAN);
    while child.try_wait().unwrap().is_none() {
        memory = highest_mark(&child).or(memory);
        // Of a process that has ended there is nothing left to ask.
        busy_so_far = busy(&child.id().to_string()).filter(|time| *time > 0.0).unwrap_or(busy_so_far);
        std::thread::sleep(Duration::from_millis(2));
    }
    let time = start.elapsed();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    (Used { time, busy: busy_so_far, memory }, said)
}

fn highest_mark(child: &Child) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

/// `scruple verify`, and beside it whoever does a part of the same.
fn verified(log: &Path, made: &Made) -> Vec<Value> {
    let scruple = env::var_os("SCRUPLE_BIN").expect("SCRUPLE_BIN names the tool");
    let go = env::var_os("SCRUPLE_GO");
    let (mut ours, mut raw, mut rebuilt, mut theirs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        raw.push(used(|| raw_hash(log)));
        let (used_by_verify, said) = run(Command::new(&scruple).arg("verify").arg(log));
        let told = format!("log verified: {} entries", made.entries);
        assert!(said.contains(&told) && said.contains(&made.root), "{said}");
        ours.push(used_by_verify);
        rebuilt.push(used(|| assert_eq!(rebuild(log), made.root)));
        if let Some(go) = &go {
            let (used_by_go, said) = run(Command::new(go).args(["rebuild".as_ref(), log.as_os_str()]));
            assert_eq!(said.trim(), format!("{} {}", made.entries, made.root));
            theirs.push(used_by_go);
        }
    }
    let memory = ours.iter().filter_map(|used| used.memory).reduce(f64::max);
    let mb = fs::metadata(log).unwrap().len() as f64 / 1e6;
    let verify = format!("verify {mb:.0} MB, all checks");
    let tree = "only the tree, read from the file";
    let (hash, go) = ("SHA-256 of the file", "tree with Go's sumdb/tlog");
    let mut rows = Vec::new();
    for (what, ours, peer, theirs) in
        [(&*verify, &ours, hash, &raw), (tree, &rebuilt, hash, &raw), (&*verify, &ours, go, &theirs), (tree, &rebuilt, go, &theirs)]
    {
        for (of, seconds) in [("", (|used: &Used| used.time.as_secs_f64()) as fn(&Used) -> f64), (", processors", |used| used.busy)]
        {
            if let (Some(ours), Some(theirs)) = (median(ours.iter().map(seconds)), median(theirs.iter().map(seconds))) {
                rows.push(row(&format!("{what}{of}"), "s", ours, Some(peer), Some(theirs)));
            }
        }
    }
    rows.extend(memory.map(|memory| row("memory of verify, at its highest", "MB", memory, None, None)));
    rows
}

/// The value in the middle; none of none, or where one is not known.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|value| value.is_finite())
}

/// What nobody who hashes every byte can go below.
fn raw_hash(log: &Path) {
    let mut file = File::open(log).unwrap();
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).unwrap();
        match buffer.get(..read) {
            Some(part) if !part.is_empty() => hasher.update(part),
            _ => break,
        }
    }
    std::hint::black_box(hasher.finalize());
}

/// The tree of the entries of a log, and nothing else: what a peer does too.
fn rebuild(log: &Path) -> String {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(log).unwrap());
    let (mut line, mut tree) = (Vec::new(), Tree::default());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap() == 0 {
            return hex(&tree.root());
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if !["{\"hashes\":", "{\"settings\":", "{\"checkpoint\":"].iter().any(|start| line.starts_with(start.as_bytes())) {
            tree.push(leaf_hash(line));
        }
    }
}
