//! The flows that ship: each compiles against the connectors' schemas, passes its own tests, and has
//! no rule that none of them touches.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Binding, FlowEnds, check_cycles, compile};
use super::flow::{End, Flow};
use super::test_file::TestFile;
use super::test_run::run_tests;
use super::two_way::{TwoWay, compile_two_way};
use crate::config::flow::{EndRef, FlowFile};
use crate::config::packs::{self, PackFlow};
use crate::config::reader::Item;
use crate::config::tenant::{OptionValues, TableValues};
use crate::config::{At, Colour, Problem};
use crate::model::{FlowName, Manifest, Text};

const AUTOTASK_ACOMBA: &str = "autotask-acomba";

/// The manifest of a connector, as it was when the flows were written.
pub fn manifest(name: &str) -> Manifest {
    let text = match name {
        "autotask" => include_str!("testdata/autotask.json"),
        "centrixone" => include_str!("testdata/centrixone.json"),
        "channelonline" => include_str!("testdata/channelonline.json"),
        "fusion-operations" => include_str!("testdata/fusion-operations.json"),
        "intacct" => include_str!("testdata/intacct.json"),
        "qbd" => include_str!("testdata/qbd.json"),
        "qbo" => include_str!("testdata/qbo.json"),
        "salesforce" => include_str!("testdata/salesforce.json"),
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

/// The flows of the pack that most tests speak of.
pub fn shipped_ends() -> BTreeMap<String, FlowEnds> {
    pack_ends(AUTOTASK_ACOMBA)
}

/// The flows that a flow of this pack may name.
fn pack_ends(pack: &str) -> BTreeMap<String, FlowEnds> {
    packs::all()
        .into_iter()
        .filter(|flow| flow.pack == pack)
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

/// A flow of the pack autotask-acomba with these options beside the ticket category.
fn shipped(name: &str, options: &[(&str, Item)]) -> Flow {
    let category = [("ticket_category", Item::Text("Erreurs Acomba".to_owned()))];
    let options: Vec<(&str, Item)> = category.iter().chain(options).cloned().collect();
    let name = format!("{AUTOTASK_ACOMBA}/{name}");
    let (flow, back) = compiled(packs::find(&name).expect("it ships"), &options);
    assert!(back.is_none(), "{name} goes one way");
    flow
}

/// A shipped flow with these options, and its way back where it has one.
fn compiled(flow: PackFlow, options: &[(&str, Item)]) -> (Flow, Option<TwoWay>) {
    let file = FlowFile::read(&flow.text());
    let mut given = OptionValues::none(&file.text);
    for (name, item) in options {
        given.values.push((
            At::new((*name).to_owned(), 0..0),
            At::new(item.clone(), 0..0),
        ));
    }
    let ends = ends_of(&file);
    let binding = Binding {
        name: FlowName::parse(flow.flow).expect("a valid name"),
        source: &manifest(&ends.source.connector),
        target: &manifest(&ends.target.connector),
        options: &given,
        tables: &TableValues::none(&file.text),
        flows: &pack_ends(flow.pack),
    };
    let made = compile(&file, &binding)
        .and_then(|there| Ok((compile_two_way(&file, &binding, &there)?, there)));
    let (back, there) =
        made.unwrap_or_else(|problems| panic!("{}:\n{}", flow.name(), rendered(&problems)));
    (there, back)
}

/// The options without which a flow does not load.
fn required(flow: PackFlow) -> Vec<(&'static str, Item)> {
    let text = |text: &str| Item::Text(text.to_owned());
    match (flow.pack, flow.flow) {
        (AUTOTASK_ACOMBA, _) => vec![("ticket_category", text("Erreurs Acomba"))],
        ("fusion-qbd" | "fusion-qbo", "stock") => {
            vec![("adjustment_account", text("Inventory:Shrinkage"))]
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_shipped_flow_compiles_without_a_warning() {
    let names: BTreeSet<&str> = packs::all().iter().map(|flow| flow.pack).collect();
    assert!(names.contains(AUTOTASK_ACOMBA));
    for pack in names {
        let flows: Vec<Flow> = packs::all()
            .into_iter()
            .filter(|flow| flow.pack == pack)
            .map(|flow| compiled(flow, &required(flow)).0)
            .collect();
        for flow in &flows {
            assert!(flow.warnings().is_empty(), "{}", rendered(flow.warnings()));
        }
        let cycles = check_cycles(&flows.iter().collect::<Vec<_>>());
        assert!(cycles.is_empty(), "{}", rendered(&cycles));
    }
}

#[test]
fn customers_of_the_crm_go_both_ways_or_are_the_image_of_the_books() {
    let customers = packs::find("acomba-centrixone/customers").expect("it ships");
    let with = |mode: &str| {
        let mode = [("mode", Item::Text(mode.to_owned()))];
        compiled(customers, &mode).1.expect("a way back")
    };
    let owners = |two_way: &TwoWay| {
        let owned = two_way.groups.iter().filter(|group| group.owner.is_some());
        owned.count()
    };
    let (both, mirror) = (with("two_way"), with("mirror"));
    // The six that are Acomba's alone and our id; of an image, every group.
    assert_eq!(owners(&both), 7);
    assert!(both.groups.len() > 7);
    assert_eq!(owners(&mirror), mirror.groups.len());
}

#[test]
fn a_check_says_when_only_the_capitals_differ() {
    let orders = packs::find("fusion-qbd/sales_orders").expect("it ships");
    let field = [("code_field", Item::Text("Lot no".to_owned()))];
    let (flow, _) = compiled(orders, &field);
    let [check] = flow.checks() else {
        panic!("one option is set, so there is one check")
    };
    let named = |name: &str| serde_json::json!({"id": "1", "name": name});
    let said = |names: &[&str]| {
        let answered: Vec<_> = names.iter().map(|name| named(name)).collect();
        let finding = check.finding_of_case("Lot no", &answered)?;
        Some((finding.code, finding.message.in_language("en").to_owned()))
    };
    assert_eq!(said(&["LOT NO", "Lot no"]), None);
    let (code, words) = said(&["LOT NO"]).expect("capitals count");
    assert_eq!(code, "custom-field-unknown");
    assert!(
        words.contains("“LOT NO”") && words.contains("“Lot no”"),
        "{words}"
    );
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
        let ends = ends_of(&file);
        let (source, target) = (&ends.source.connector, &ends.target.connector);
        let (source, target) = (manifest(source), manifest(target));
        let report = run_tests(&file, &source, &target, &pack_ends(flow.pack), &tests);
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
                Need::Create { .. } | Need::Every { .. } => {
                    panic!("no look-up of the flow creates or lists")
                }
                Need::Lookup { .. } => {
                    facts.put_lookup(&need, Some(serde_json::json!({"id": "3", "number": "20"})));
                }
            }
        }
    }
    let run = RunInfo {
        now: "2026-01-05T12:00:00Z".parse().expect("an instant"),
        count: 1,
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
