//! The flows that ship: each compiles against the connectors' schemas, passes its own tests, and has
//! no rule that none of them touches.

use std::collections::BTreeMap;

use super::compile::{Binding, FlowEnds, check_cycles, compile};
use super::flow::{End, Flow};
use super::test_file::TestFile;
use super::test_run::run_tests;
use crate::config::flow::{EndRef, FlowFile};
use crate::config::reader::Item;
use crate::config::tenant::{OptionValues, TableValues};
use crate::config::{At, Colour, Problem, packs};
use crate::model::{FlowName, Manifest, Text};

/// The manifest of a connector, as it was when the flows were written.
pub fn manifest(name: &str) -> Manifest {
    let text = match name {
        "autotask" => include_str!("testdata/autotask.json"),
        _ => include_str!("testdata/acomba.json"),
    };
    serde_json::from_str(text).expect("a manifest")
}

pub fn ends_of(file: &FlowFile) -> FlowEnds {
    let end = |end: &EndRef| End {
        connector: end.connector.value.clone(),
        entity: end.entity.value.clone(),
    };
    FlowEnds {
        source: end(&file.source),
        target: end(&file.target),
    }
}

/// The flows a shipped flow may name.
pub fn shipped_ends() -> BTreeMap<String, FlowEnds> {
    packs::all()
        .into_iter()
        .map(|flow| (flow.flow.to_owned(), ends_of(&FlowFile::read(&flow.text()))))
        .collect()
}

pub fn rendered(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| problem.render(Colour::Plain))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// A shipped flow with these options beside the ticket category.
pub fn shipped(name: &str, options: &[(&str, Item)]) -> Flow {
    let flow = packs::all()
        .into_iter()
        .find(|flow| flow.flow == name)
        .expect("it ships");
    let file = FlowFile::read(&flow.text());
    let mut given = OptionValues::none(&file.text);
    let category = [("ticket_category", Item::Text("Erreurs Acomba".to_owned()))];
    for (name, item) in category.iter().chain(options) {
        given.values.push((
            At::new((*name).to_owned(), 0..0),
            At::new(item.clone(), 0..0),
        ));
    }
    let binding = Binding {
        name: FlowName::parse(name).expect("a valid name"),
        source: &manifest("autotask"),
        target: &manifest("acomba"),
        options: &given,
        tables: &TableValues::none(&file.text),
        flows: &shipped_ends(),
    };
    compile(&file, &binding).unwrap_or_else(|problems| panic!("{name}:\n{}", rendered(&problems)))
}

#[test]
fn every_shipped_flow_compiles_without_a_warning() {
    let flows: Vec<Flow> = packs::all()
        .iter()
        .map(|flow| shipped(flow.flow, &[]))
        .collect();
    assert!(!flows.is_empty());
    for flow in &flows {
        assert!(flow.warnings().is_empty(), "{}", rendered(flow.warnings()));
    }
    let cycles = check_cycles(&flows.iter().collect::<Vec<_>>());
    assert!(cycles.is_empty(), "{}", rendered(&cycles));
}

#[test]
fn every_shipped_flow_passes_its_tests_and_no_rule_is_untested() {
    for flow in packs::all() {
        let file = FlowFile::read(&flow.text());
        let tests: Vec<TestFile> = flow
            .tests()
            .iter()
            .map(|text| TestFile::read(text).unwrap_or_else(|wrong| panic!("{}", rendered(&wrong))))
            .collect();
        let (source, target) = (manifest("autotask"), manifest("acomba"));
        let report = run_tests(&file, &source, &target, &shipped_ends(), &tests);
        for test in &report.tests {
            assert!(
                test.differences.is_empty(),
                "{}: {}",
                test.file,
                Text::listed(test.differences.iter().cloned()).fallback
            );
        }
        assert!(!report.rules.is_empty(), "{} has no test", flow.name());
        let untouched: Vec<&str> = report.untouched().collect();
        assert!(
            untouched.is_empty(),
            "{}: no test touches {untouched:?}",
            flow.name()
        );
    }
}

#[test]
fn the_list_of_pack_files_is_the_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows");
    let mut found = Vec::new();
    let mut open = vec![folder.clone()];
    while let Some(here) = open.pop() {
        for entry in std::fs::read_dir(here).expect("the folder of flows") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "toml") {
                let inner = path.strip_prefix(&folder).expect("within the folder");
                found.push(inner.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    let mut listed: Vec<&str> = packs::file_names().collect();
    listed.sort_unstable();
    assert_eq!(
        found, listed,
        "config/packs.rs lists every file under flows/"
    );
}

/// Not a benchmark, a tripwire: mapping an invoice is far below what a vendor's API takes to give it.
#[test]
fn mapping_an_invoice_takes_no_time_worth_speaking_of() {
    use super::facts::{Facts, LinkAnswer, Need};
    use super::flow::RunInfo;
    let flow = shipped("invoices", &[]);
    let lines: Vec<serde_json::Value> = (0..5)
        .map(|nth| {
            serde_json::json!({
                "id": nth.to_string(), "name": "Soutien", "description": "Soutien à distance",
                "quantity": "1.5", "amount": "150.00", "billing_code_id": "71", "product_id": null,
            })
        })
        .collect();
    let record = serde_json::json!({
        "id": "1", "company_id": "12", "date": "2026-01-04", "total": "750.0000",
        "tax_total": "37.50", "lines": lines, "taxes": [{"name": "TPS", "amount": "37.50"}],
    });
    let mut facts = Facts::default();
    while let Ok(needs) = flow.needs(&record, &facts)
        && !needs.is_empty()
    {
        for need in needs {
            match &need {
                Need::Link { flow, id, .. } => {
                    facts.put_link(flow, id, LinkAnswer::Linked(id.clone()))
                }
                Need::Lookup { entity, .. } if entity == "billing_code" => facts.put_lookup(
                    &need,
                    Some(serde_json::json!({"id": "71", "name": "S", "external_number": "20"})),
                ),
                Need::Lookup { .. } => {
                    facts.put_lookup(&need, Some(serde_json::json!({"id": "3", "number": "20"})));
                }
            }
        }
    }
    let run = RunInfo {
        now: "2026-01-05T12:00:00Z".parse().expect("an instant"),
    };
    let begun = std::time::Instant::now();
    let rounds = 200;
    for _ in 0..rounds {
        flow.map(&record, &facts, &run).expect("it maps");
    }
    let each = begun.elapsed() / rounds;
    eprintln!("one invoice of five lines: {each:?}");
    assert!(each.as_millis() < 20, "{each:?}");
}
