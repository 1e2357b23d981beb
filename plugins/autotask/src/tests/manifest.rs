//! The manifest holds together, and can be written in the form in which the flows' tests keep it.

use crate::Autotask;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::assert_manifest;
use std::collections::BTreeSet;

#[test]
fn the_manifest_holds_together() {
    let manifest = Autotask.describe();
    assert_manifest(&manifest);
    let names: BTreeSet<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    for entity in &manifest.entities {
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{}: {name}", entity.name);
        }
    }
}

#[test]
fn the_flows_tests_keep_this_manifest() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../host/src/mapping/testdata/autotask.json"
    );
    let kept = kept(&Autotask.describe());
    if std::env::var_os("KEEP_MANIFEST").is_some() {
        std::fs::write(path, &kept).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap();
    assert!(
        filter::value(&there) == filter::value(&kept),
        "run this test once with KEEP_MANIFEST=1: the flows are compiled against {path}"
    );
}

/// As `host/src/mapping/testdata` keeps manifests.
fn kept(manifest: &Manifest) -> String {
    let words = |text: &Text| json!({"fallback": text.fallback, "key": ""});
    let entity = |entity: &Entity| {
        let has = |operation| entity.operations.contains(operation);
        json!({
            "name": entity.name, "title": words(&entity.title), "keys": entity.keys,
            "schema": filter::value(&entity.schema),
            "operations": {
                "read": has(Operations::READ), "find": has(Operations::FIND), "query": has(Operations::QUERY),
                "changes": has(Operations::CHANGES), "create": has(Operations::CREATE),
                "update": has(Operations::UPDATE), "delete": has(Operations::DELETE),
            },
            "idempotency": entity.idempotency.iter().map(|rung| match rung {
                Idempotency::NativeKey(seconds) => json!({"native-key": seconds}),
                Idempotency::Upsert => json!("upsert"),
                Idempotency::Marker(field) => json!({"marker": field}),
                Idempotency::HiddenMarker(field) => json!({"hidden-marker": field}),
                Idempotency::Other(word) => json!({"other": word}),
            }).collect::<Vec<_>>(),
            "changes": match &entity.changes {
                ChangeSource::Stamp(seconds) => json!({"stamp": seconds}),
                ChangeSource::Matching => json!("matching"),
                ChangeSource::Scan => json!("scan"),
                ChangeSource::Unavailable => json!("unavailable"),
                ChangeSource::Other(word) => json!({"other": word}),
            },
            "filters": entity.filters.iter().map(|filter| {
                json!([filter.field, filter.ops.iter().map(|op| word(*op)).collect::<Vec<_>>()])
            }).collect::<Vec<_>>(),
            "read_batch": entity.read_batch, "write_batch": entity.write_batch,
        })
    };
    let entities: Vec<Value> = manifest.entities.iter().map(entity).collect();
    let whole = json!({
        "name": manifest.name, "version": manifest.version, "vendor": manifest.vendor, "title": words(&manifest.title),
        "settings": {}, "secrets": [], "hosts": [],
        "limits": {"concurrency": manifest.limits.concurrency, "rates": []}, "entities": entities,
    });
    liaison_sdk::serde_json::to_string_pretty(&whole).unwrap()
}

fn word(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "eq",
        Comparison::NotEq => "not_eq",
        Comparison::Lt => "lt",
        Comparison::Le => "le",
        Comparison::Gt => "gt",
        Comparison::Ge => "ge",
        Comparison::IsIn => "is_in",
        Comparison::NotIn => "not_in",
        Comparison::Empty => "empty",
        Comparison::NotEmpty => "not_empty",
        Comparison::StartsWith => "starts_with",
        Comparison::Contains => "contains",
        Comparison::Other => "other",
    }
}
