//! The command-line tool: the guard on saved pages, policies checked and compared, and the log checked without a browser.

use std::process::ExitCode;

/// A log of a million entries is a hundred million small pieces of memory, made on one thread and looked at on another.
#[cfg(not(target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
scruple inspect PAGE.html --url URL [--policy POLICY] [--managed SETTINGS] [--marks MARKS]
                [--use ID] [--country CC] [--person N] [--card] [--json]
    the verdicts on a saved page; --use names what a capture would be for, --country the
    person's country, --marks what the user marked as restricted, --person which of several
    people on the page is meant; --card adds what a capture would keep
scruple evaluate FACTS [--policy POLICY] [--managed SETTINGS] [--json]
    the verdicts on facts, without a page

scruple policy check POLICY [--managed] [--json]
    every error, with its place and what to write instead, then warnings: rules that permit or
    forbid nothing, that contradict each other, that a mode switches off; --managed: the
    document holds the settings of an organisation
scruple policy diff BEFORE AFTER [--json]
    in words, what becomes allowed and what becomes denied, and under which circumstances
scruple policy simulate POLICY LOG [--managed SETTINGS] [--json]
    what the policy would make of the fields in a log

scruple site check [ADAPTER ...] [--json]
    whether adapters are sound: their form, selectors, words, patterns of addresses that hide
    each other, layouts that cannot be reached, and their cases; without a file, those built in
scruple site explain PAGE.html --url URL [--adapter ADAPTER] [--person N] [--values]
    which question of which adapter found what kind of node; the page's own words only with
    --values

scruple screen TEXT [--file] [--field FIELD] [--lang CC] [--name NAME] [--policy POLICY]
               [--managed SETTINGS] [--json]
    what a text gives away, by which rule, and what would be kept of it; --file: TEXT names a
    file; --field: as what it would be taken, `description` if left out; --lang: its language;
    --name: whose text it is
scruple strip PICTURE [--out FILE] [--json]
    a copy of a JPEG, PNG, WebP or GIF without what it carries besides its pixels: Exif, XMP,
    IPTC, colour profile, small copies, comments, what stands behind its end; --out: where to,
    PICTURE.clean.* if left out. The picture itself stays as it is

scruple verify LOG [--key KEY] [--checkpoint FILE] [--cards FILE] [--list]
    checks an exported log, or a folder of tiles: every entry, their order and times, the
    settings they name, the tree, and who signed it; --key: who must have signed it, as
    `name+id+key`; --checkpoint: an earlier one, which the log must begin as; --cards: the
    cards that are kept, one a line, each of which must be as the log says; --list: each entry
scruple verify --proof FILE [--key KEY] [--record FILE] [--checkpoint FILE]
    checks a proof without the log: that an entry is in it (--record: the entry, if it is not in
    the proof), or that it began as at an earlier checkpoint (--checkpoint)
scruple prove LOG --entry N
    proves that an entry is in a log: prints the entry, the hashes beside it and the checkpoint
    (C2SP tlog-proof)
scruple prove LOG --since SIZE
    proves that a log began as it was when it had so many entries
scruple replay LOG
    derives every decision in a log again from its evidence and settings
scruple audit LOG [--entry N|last] [--field FIELD] [--lang en|fr] [--json]
    in words, why each field of an entry was taken or not: reasons, rules, evidence, what was
    cut; first whether the decision still follows from its evidence. Without --entry: what the
    log holds, counted
scruple export LOG --as ocsf|dpv|csv|jsonl|tiles [--to FILE] [--lang en|fr]
    a log that verifies, for other tools: OCSF 1.8 events, one a line; Data Privacy Vocabulary
    2.2 in JSON-LD; a table in words for spreadsheets; its entries as they are. None holds a
    value, an address or the text of the settings
scruple schema policy|adapter|report|facts
    prints the JSON Schema of a document

POLICY, SETTINGS, FACTS and ADAPTER are JSON, with comments and trailing commas if you like. Without
--policy it is a sample: professional details only. Exit code: 0 done, 1 it failed or what
it found is not sound, 2 called wrongly.
";

fn main() -> ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    {
        use scruple::cli::Failure;

        let arguments: Vec<String> = std::env::args().skip(1).collect();
        // A closed pipe is the reader's choice, not an error of ours.
        let print = |text: &str| _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
        if let [word] = arguments.as_slice()
            && matches!(word.as_str(), "help" | "--help" | "-h")
        {
            print(USAGE);
            return ExitCode::SUCCESS;
        }
        match scruple::cli::run(&arguments) {
            Ok(text) => {
                print(&text);
                ExitCode::SUCCESS
            }
            Err(Failure::Found(text)) => {
                print(&text);
                ExitCode::FAILURE
            }
            Err(Failure::Usage(what)) => {
                eprintln!("{what}\n\n{USAGE}");
                ExitCode::from(2)
            }
            Err(Failure::Work(what)) => {
                eprintln!("{what}");
                ExitCode::FAILURE
            }
        }
    }
    #[cfg(target_arch = "wasm32")]
    {
        let _ = USAGE;
        ExitCode::FAILURE
    }
}
