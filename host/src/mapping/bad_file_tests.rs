//! Every mistake an author can make, as files: `testdata/bad/NAME.toml`, with a tenant file where the
//! mistake is there, and what a technician then reads in `NAME.txt`. `BLESS=1 cargo test` rewrites
//! the latter; read the difference.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::compile::{Binding, check_cycles, compile};
use super::shipped_tests::{manifest, rendered, shipped_ends};
use super::two_way::compile_two_way;
use crate::config::flow::FlowFile;
use crate::config::tenant::{OptionValues, TableValues, Tenant};
use crate::config::{Problem, SourceText};
use crate::model::{FlowName, Manifest, TenantId};

fn folder() -> PathBuf {
    // Beside this file, wherever the crate is built from.
    Path::new(file!()).canonicalize().map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mapping/testdata/bad"),
        |here| here.with_file_name("testdata/bad"),
    )
}

/// The manifest with one entity more, whose schema demands fields.
fn acomba() -> Manifest {
    let mut manifest = manifest("acomba");
    let mut thing = manifest
        .entity("customer")
        .expect("it has customers")
        .clone();
    thing.name = "thing".to_owned();
    thing.schema = json!({
        "type": "object",
        "required": ["number", "name", "kind", "id"],
        "properties": {
            "id": {"type": "string", "x-liaison-read-only": true},
            "number": {"type": "string"},
            "name": {"type": "string"},
            "kind": {"type": "string"},
            "place": {"type": "object", "properties": {
                "city": {"type": "string"}, "zone": {"type": "string"},
            }},
        },
    });
    manifest.entities.push(thing);
    manifest
}

fn problems(name: &str, text: &str, tenant: Option<&str>) -> Vec<Problem> {
    let text = SourceText::new(format!("{name}.toml"), text);
    let file = FlowFile::read(&text);
    let (mut options, mut tables) = (OptionValues::none(&text), TableValues::none(&text));
    if let Some(tenant) = tenant {
        let source = SourceText::new("boreal.toml", tenant);
        let id = TenantId::parse("boreal").expect("a valid id");
        let tenant = match Tenant::read(&id, &source) {
            Ok(tenant) => tenant,
            Err(problems) => return problems,
        };
        if let Some(flow) = tenant.flows.into_values().next() {
            (options, tables) = (flow.options, flow.tables);
        }
    }
    let binding = Binding {
        name: FlowName::parse("under-test").expect("a valid name"),
        source: &manifest("autotask"),
        target: &acomba(),
        options: &options,
        tables: &tables,
        flows: &shipped_ends(),
    };
    match compile(&file, &binding) {
        Err(problems) => problems,
        Ok(there) => compile_two_way(&file, &binding, &there)
            .err()
            .unwrap_or_default(),
    }
}

#[test]
fn every_mistake_is_shown_with_its_place_and_all_at_once() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut cases = 0;
    let mut different = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder of bad files")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .filter(|path| !path.to_string_lossy().ends_with(".tenant.toml"))
        .collect();
    files.sort();
    for path in files {
        cases += 1;
        let read = |path: &Path| std::fs::read_to_string(path).ok();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let tenant = read(&path.with_extension("tenant.toml"));
        let text = read(&path).expect("the case");
        let found = problems(&name, &text, tenant.as_deref());
        assert!(!found.is_empty(), "{name}: nothing is wrong with it");
        let got = format!("{}\n", rendered(&found));
        let expected = path.with_extension("txt");
        if bless {
            std::fs::write(&expected, &got).expect("written");
        } else if read(&expected).as_deref() != Some(&got) {
            different.push(format!("{name}:\n{got}"));
        }
    }
    assert!(cases >= 30, "only {cases} cases");
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn flows_that_refer_to_each_other_in_a_circle_are_refused() {
    let flow = |name: &str, field: &str, other: &str| {
        let text = format!(
            r#"format = 1
title = {{ en = "X", fr = "X" }}
source = {{ connector = "autotask", entity = "company" }}
target = {{ connector = "acomba", entity = "customer" }}
mode = "one_way"
operations = ["create"]
[fields]
{field} = {{ ref = "{other}", from = "parent_id", on_missing = "create" }}
"#
        );
        let text = SourceText::new(format!("{name}.toml"), text);
        let binding = Binding {
            name: FlowName::parse(name).expect("a valid name"),
            source: &manifest("autotask"),
            target: &manifest("acomba"),
            options: &OptionValues::none(&text),
            tables: &TableValues::none(&text),
            flows: &[("a", "customers"), ("b", "customers")]
                .into_iter()
                .map(|(name, like)| (name.to_owned(), shipped_ends()[like].clone()))
                .collect(),
        };
        compile(&FlowFile::read(&text), &binding).unwrap_or_else(|p| panic!("{}", rendered(&p)))
    };
    let (a, b) = (flow("a", "care_of", "b"), flow("b", "care_of", "a"));
    assert!(check_cycles(&[&a]).is_empty());
    let found = check_cycles(&[&a, &b]);
    assert_eq!(found.len(), 1, "{}", rendered(&found));
    assert_eq!(found[0].code, "flow-circle");
    assert!(found[0].message.fallback.contains("a → b → a"));
    assert_eq!((found[0].file.as_str(), found[0].line), ("a.toml", 8));
}
