//! Bytes as a page's answer to the plan for one profile: a policy without e-mail never allows an e-mail address, one with it only to strangers,
//! and nothing but what is allowed is read.
//!
//! Where to start from is made of the sample pages, as a kept answer would no longer fit after the next change of an adapter:
//! `SCRUPLE_SEEDS=FOLDER` makes the program write those and end.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs, process};

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scruple::guard::{Guard, Judgement, Request, Setup};
use scruple::page::html::SavedPage;
use scruple::site::BUILT_IN;
use scruple::vocabulary::{Decision, Field, Relation};
use scruple_fuzz::mutate;

const URL: &str = "https://www.linkedin.com/in/jonas-weber-demo/";

/// The samples of that site, each with the name in its address.
const SAMPLES: [(&str, &str, &str); 5] = [
    ("first-degree", "camille-roussel-demo", include_str!("../../www/samples/first-degree.html")),
    ("third-degree", "jonas-weber-demo", include_str!("../../www/samples/third-degree.html")),
    ("signed-out", "sofia-lindgren-demo", include_str!("../../www/samples/signed-out.html")),
    ("masked", "tomas-novak-demo", include_str!("../../www/samples/masked.html")),
    ("wall", "malo-keller-demo", include_str!("../../www/samples/wall.html")),
];

static PROFESSIONAL: LazyLock<Guard> = LazyLock::new(|| guard(include_str!("../../www/policies/professional.json")));
static WITH_EMAIL: LazyLock<Guard> = LazyLock::new(|| guard(include_str!("../../www/policies/with-email.json")));

fuzz_mutator!(|bytes: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(bytes, size, longest, seed) });

fuzz_target!(
    init: {
        if let Some(folder) = env::var_os("SCRUPLE_SEEDS") {
            write_seeds(Path::new(&folder));
            process::exit(0);
        }
    },
    |bytes: &[u8]| {
        // The browser hands over texts; what is not one becomes one on the way.
        let sightings = String::from_utf8_lossy(bytes);
        let plain = judge(&PROFESSIONAL, &sightings);
        assert!(!allows(&plain, Field::Email), "an e-mail address is allowed, and no rule permits it");
        if plain.pin.is_empty() {
            // No answer to the plan, whoever judges it. Most inputs are like that, and making a plan takes long.
            assert!(!plain.allows_something(), "something is allowed, and the answer is none");
            return;
        }
        let again = PROFESSIONAL.judge_again(&PROFESSIONAL.inspection(request(), sightings.clone().into_owned()));
        assert!(again == plain, "the same evidence is judged another way");
        let with_email = judge(&WITH_EMAIL, &sightings);
        if allows(&with_email, Field::Email) {
            let relation = with_email.page.relation;
            assert!(
                matches!(relation, Relation::Third | Relation::OutOfNetwork | Relation::SignedOut),
                "an e-mail address is allowed to a viewer who is `{relation}`"
            );
        }
    }
);

fn guard(policy: &str) -> Guard {
    Guard::new(&Setup { local: Some(policy), adapters: BUILT_IN, words: scruple::screen::BUILT_IN, ..Setup::default() })
        .expect("the built-in adapters are sound")
}

fn request() -> Request {
    Request { url: URL.into(), nonce: "00112233445566778899aabbccddeeff".into(), ..Request::default() }
}

fn judge(guard: &Guard, sightings: &str) -> Judgement {
    let judgement = guard.judge(&request(), Ok(sightings));
    for (field, nodes) in judgement.reads.iter() {
        assert!(allows(&judgement, *field) || nodes.is_empty(), "{field}: denied, and read");
    }
    let nodes = judgement.reads.values().map(Vec::len).sum::<usize>();
    assert_eq!(judgement.permit().read.len(), nodes, "more is read than is allowed");
    judgement
}

fn allows(judgement: &Judgement, field: Field) -> bool {
    judgement.verdicts.iter().any(|verdict| verdict.field == field && verdict.decision == Decision::Allow)
}

fn write_seeds(folder: &Path) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let plan = PROFESSIONAL.plan(&request()).expect("there is a plan for the page");
    for (name, person, html) in SAMPLES {
        let html = html.replace(person, "jonas-weber-demo");
        let sightings = SavedPage::parse(&html).inspect(&plan);
        if name != "wall" && name != "masked" {
            assert!(
                judge(&PROFESSIONAL, &sightings).allows_something(),
                "the sample `{name}` is no good seed: nothing is allowed on it"
            );
        }
        fs::write(folder.join(name).with_extension("json"), sightings).expect("the seed can be written");
    }
}
