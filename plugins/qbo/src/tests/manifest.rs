//! The manifest holds together, and can be written in the form in which the flows' tests keep it.

use crate::QuickBooksOnline;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::assert_manifest;
use std::collections::BTreeSet;

/// Nobody says how long a `requestid` is kept: what can be looked for is looked for before it is sent again.
#[test]
fn a_transaction_is_looked_for_before_it_is_sent_again() {
    for entity in QuickBooksOnline.describe().entities {
        let [first, second, ..] = entity.idempotency.as_slice() else {
            continue;
        };
        let marked = entity.schema.contains("\"external_guid\"");
        let looks = matches!(first, Idempotency::HiddenMarker(field) if field == "external_guid");
        assert_eq!(looks, marked, "{}", entity.name);
        if marked {
            assert!(
                matches!(second, Idempotency::NativeKey(_)),
                "{}",
                entity.name
            );
        }
    }
}

#[test]
fn the_manifest_holds_together() {
    let manifest = QuickBooksOnline.describe();
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
    if let Ok(path) = std::env::var("QBO_MANIFEST") {
        std::fs::write(path, kept(&manifest)).unwrap();
    }
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
                let ops = filter.ops.iter().map(|op| crate::field::snake(&format!("{op:?}")));
                // The bindings print `Comparison::IsIn` as the contract does, in their own way.
                json!([filter.field, ops.map(|op| op.replace("comparison::", "").replace('-', "_")).collect::<Vec<_>>()])
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
    serde_json::to_string_pretty(&whole).unwrap()
}
