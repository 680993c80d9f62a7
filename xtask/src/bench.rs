//! Measurements beside those of others, and the size budgets: asks a script or a program for the rows, adds the budgets.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::browser::Stage;
use crate::run::Run;
use crate::size::Budget;
use crate::{bench_ledger, bench_screen, bench_vault};

/// One measurement.
pub struct Bench {
    pub name: &'static str,
    measure: Measure,
    needs_browser: bool,
}

/// Who measures, and prints one JSON document.
enum Measure {
    /// A script in `tests/browser/`, and what it is told.
    Script(&'static str, &'static [&'static str]),
    /// A program that calls the library itself.
    Screen,
    /// A program that calls the library itself, and a script.
    Ledger,
    /// A script that is told where its peer is.
    Vault,
}

/// All of them.
pub const BENCHES: [Bench; 6] = [
    Bench { name: "inspect", measure: Measure::Script("bench.mjs", &["inspect"]), needs_browser: true },
    Bench { name: "read", measure: Measure::Script("bench-read.mjs", &[]), needs_browser: true },
    Bench { name: "judge", measure: Measure::Script("bench-judge.mjs", &[]), needs_browser: false },
    Bench { name: "screen", measure: Measure::Screen, needs_browser: false },
    Bench { name: "vault", measure: Measure::Vault, needs_browser: true },
    Bench { name: "ledger", measure: Measure::Ledger, needs_browser: true },
];

/// Runs one measurement, or all of them, and prints one JSON document a line, or tables.
pub fn bench(name: Option<&str>, json: bool) -> Result<()> {
    let wanted = || BENCHES.iter().filter(|bench| name.is_none_or(|name| name == bench.name));
    let stage = if wanted().any(|bench| bench.needs_browser) { Stage::with_browser() } else { Stage::without_browser() }?;
    for bench in wanted() {
        let printed = match bench.measure {
            Measure::Script(script, arguments) => stage.script(script).args(arguments).arg("--json").read()?,
            Measure::Screen => bench_screen::measure(&stage)?,
            Measure::Vault => bench_vault::measure(&stage)?,
            Measure::Ledger => bench_ledger::measure(&stage)?,
        };
        let document = merge(bench, &printed, &stage.built.budgets)?;
        if json {
            println!("{document}");
        } else {
            print!("{}", table(&document));
        }
    }
    if !json {
        println!("size budgets");
        for budget in &stage.built.budgets {
            println!("  {}", budget.line());
        }
    }
    Ok(())
}

fn merge(bench: &Bench, printed: &str, budgets: &[Budget]) -> Result<Value> {
    let name = bench.name;
    let mut document: Value =
        serde_json::from_str(printed).with_context(|| format!("the bench `{name}` did not print one JSON document"))?;
    let budgets = budgets.iter().map(Budget::json).collect();
    let named = document.get("bench").is_some_and(|bench| bench == name);
    let Some(fields) = document.as_object_mut().filter(|fields| named && fields.get("rows").is_some_and(Value::is_array)) else {
        bail!("the bench `{name}` did not print its name with `rows`");
    };
    fields.insert("budgets".to_owned(), Value::Array(budgets));
    Ok(document)
}

fn table(document: &Value) -> String {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |number| format!("{number:.2}")),
        _ => "-".to_owned(),
    };
    let mut table = format!("{}\n", text(document.get("bench")));
    let mut line = |cells: [&str; 6]| {
        let [what, unit, ours, peer, theirs, ratio] = cells;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "  {what:<44} {unit:>6} {ours:>10} {theirs:>10} {ratio:>8}  {peer}");
    };
    line(["what", "unit", "ours", "peer", "theirs", "ratio"]);
    let rows = document.get("rows").and_then(Value::as_array);
    for row in rows.into_iter().flatten() {
        let cell = |name| text(row.get(name));
        line([&cell("what"), &cell("unit"), &cell("ours"), &cell("peer"), &cell("theirs"), &cell("ratio")]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str =
        r#"{"bench":"inspect","rows":[{"what":"6,001 elements","unit":"ms","ours":1.5,"peer":"walk","theirs":9,"ratio":6}]}"#;

    #[test]
    fn budgets_join_the_rows() {
        let [inspect, _, judge, ..] = &BENCHES;
        let document = merge(inspect, PRINTED, &[]).unwrap();
        assert_eq!(document["budgets"], Value::Array(Vec::new()));
        assert_eq!(document["rows"][0]["ratio"], 6);
        assert!(merge(judge, PRINTED, &[]).is_err());
        assert!(merge(inspect, r#"{"bench":"inspect"}"#, &[]).is_err());
        assert!(merge(inspect, "ready\n{}", &[]).is_err());
    }

    #[test]
    fn people_get_every_row() {
        let document = merge(&BENCHES[0], PRINTED, &[]).unwrap();
        let table = table(&document);
        let row = table.lines().nth(2).unwrap();
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words, ["6,001", "elements", "ms", "1.50", "9.00", "6.00", "walk"]);
    }
}
