//! The suites of linked data: microdata, RDFa and JSON-LD.

use std::collections::BTreeMap;
use std::path::Path;

use scruple::vocabulary::Field;
use serde_json::Value;

use super::people::{fields, people, plain_values, values};
use super::reader::{Suite, beside, differences, files, read, text};
use super::turtle::things;

const URL: &str = "https://people.example/someone";

/// Counts one page against the people its outcome describes at the top: one is read, and where there is none, nothing is.
fn count(suite: &mut Suite, test: &Path, html: &str, things: &[Value]) {
    let test = test.file_stem().unwrap().to_string_lossy();
    let described: Vec<BTreeMap<Field, Vec<String>>> = people(things).into_iter().map(values).collect();
    match described.first() {
        Some(person) if described.iter().all(|other| other == person) => {
            suite.count(&test, differences(person, &plain_values(&read(URL, html, None)), &fields()));
        }
        Some(_) => suite.count(&test, vec!["it describes several people".to_owned()]),
        None => suite.nobodys(&test, URL, html),
    }
}

#[test]
fn people_in_microdata_are_read_as_they_are_published() {
    let Some((mut suite, root)) = Suite::begin("microdata: people", &["microdata-rdf"]) else { return };
    for path in files(&root.join("microdata-rdf"), "html") {
        let html = text(&path);
        let Some(turtle) = Some(beside(&path, "ttl")).filter(|path| html.contains("Person") && path.exists()) else { continue };
        count(&mut suite, &path, &html, &things(&text(&turtle)));
    }
    const REFERENCE: &str = "`itemref`: parts that stand elsewhere are not followed";
    suite.end(&[
        ("0062", REFERENCE),
        ("0063", REFERENCE),
        ("0064", REFERENCE),
        ("0065", REFERENCE),
        ("0066", REFERENCE),
        ("0084", "by choice: a member who is listed on an organisation's page is not its owner"),
    ]);
}

#[test]
fn people_in_rdfa_are_read_as_they_are_published() {
    let Some((mut suite, root)) = Suite::begin("RDFa: people", &["extruct-samples"]) else { return };
    for path in files(&root.join("extruct-samples/w3crdfa"), "html") {
        let outcome: Value = serde_json::from_str(&text(&beside(&path, "expanded.json"))).unwrap();
        count(&mut suite, &path, &text(&path), outcome.as_array().unwrap());
    }
    suite.end(&[]);
}

/// Pages about things: whoever they name is an author, an actor, a customer.
#[test]
fn pages_about_things_are_nobodys_profile() {
    let Some((mut suite, root)) = Suite::begin("pages about things", &["extruct-samples", "jsonld-html"]) else { return };
    for folder in [
        "extruct-samples/schema.org",
        "extruct-samples/schema.org.invalid",
        "extruct-samples/custom.invalid",
        "extruct-samples/w3c",
    ] {
        for path in files(&root.join(folder), "html") {
            suite.nobodys(&format!("{folder}/{}", path.file_stem().unwrap().to_string_lossy()), URL, &text(&path));
        }
    }
    // The tests of how JSON-LD stands in HTML, each by the page it names; none of them describes a person.
    let manifest: Value = serde_json::from_str(&text(&root.join("jsonld-html/html-manifest.jsonld"))).unwrap();
    for test in manifest["sequence"].as_array().unwrap() {
        let input = test["input"].as_str().unwrap();
        let path = root.join("jsonld-html").join(input.split('#').next().unwrap());
        suite.nobodys(test["@id"].as_str().unwrap(), URL, &text(&path));
    }
    suite.end(&[]);
}

/// One of the forms in which schema.org gives an example.
fn form<'a>(example: &'a str, name: &str) -> &'a str {
    let Some((_, rest)) = example.split_once(&format!("\n{name}:")) else { return "" };
    let end = ["\nMICRODATA:", "\nRDFA:", "\nJSON:"].iter().filter_map(|next| rest.find(next)).min();
    &rest[..end.unwrap_or(rest.len())]
}

/// The examples whose JSON-LD is about a person, each in all the forms it has. In the JSON-LD form the name is put on the page: what is
/// published about somebody whom the page does not show is not read.
#[test]
fn people_in_the_examples_of_schema_org_are_read_in_every_form() {
    let Some((mut suite, root)) = Suite::begin("schema.org: examples", &["schemaorg-examples"]) else { return };
    let examples = text(&root.join("schemaorg-examples/schemaorg-all-examples.txt"));
    for example in examples.split("TYPES: #").skip(1) {
        let id = example.split_whitespace().next().unwrap();
        let json = form(example, "JSON");
        let script = json
            .split_once("<script")
            .and_then(|(_, rest)| rest.split_once('>'))
            .and_then(|(_, rest)| rest.split_once("</script>"));
        let Some(Ok(data)) = script.map(|(data, _)| serde_json::from_str::<Value>(data)) else { continue };
        let tops = match data.get("@graph").unwrap_or(&data) {
            Value::Array(items) => items.clone(),
            item => vec![item.clone()],
        };
        let [person] = people(&tops)[..] else { continue };
        // A person beside a book or a project is its author, not whom the page is about.
        let alone = tops.len() == 1;
        let expected = values(person);
        let name = &expected[&Field::Name][0];
        let mut forms = vec![("JSON-LD", format!("<h1>{name}</h1>{json}"))];
        for (kind, mark) in [("MICRODATA", "Person\""), ("RDFA", "Person\"")] {
            let html = form(example, kind);
            if html.contains(mark) {
                forms.push((kind, html.to_owned()));
            }
        }
        for (kind, html) in forms {
            let test = format!("{id} {kind}");
            if alone {
                suite.count(&test, differences(&expected, &plain_values(&read(URL, &html, None)), &fields()));
            } else {
                suite.nobodys(&test, URL, &html);
            }
        }
    }
    const FORMS: &str = "the forms of the example do not say the same";
    suite.end(&[
        ("eg-0001 MICRODATA", FORMS),
        ("eg-0001 RDFA", FORMS),
        ("eg-0328 MICRODATA", FORMS),
        ("eg-0328 RDFA", FORMS),
        ("eg-0329 MICRODATA", FORMS),
        ("eg-0329 RDFA", FORMS),
        ("eg-0427 MICRODATA", "malformed: a property of nothing, so by the rules of microdata no item of the page"),
        ("eg-0428 MICRODATA", "malformed: a property of nothing, so by the rules of microdata no item of the page"),
    ]);
}
