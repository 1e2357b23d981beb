//! The manifest can be written in the form in which the flows' tests keep it.

use crate::ChannelOnline;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

#[test]
fn the_manifest_has_a_form_that_can_be_kept() {
    let kept = kept(&ChannelOnline.describe());
    assert!(kept.contains("\"native-key\": 604800"));
    if let Ok(path) = std::env::var("CHANNELONLINE_MANIFEST") {
        std::fs::write(path, kept).unwrap();
    }
}

/// As `host/src/mapping/testdata` keeps manifests.
fn kept(manifest: &Manifest) -> String {
    let words = |text: &Text| json!({"fallback": text.fallback, "key": text.key});
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
                Idempotency::Marker(field) => json!({"marker": field}),
                Idempotency::Upsert => json!("upsert"),
                other => panic!("{other:?}"),
            }).collect::<Vec<_>>(),
            "changes": match &entity.changes {
                ChangeSource::Stamp(seconds) => json!({"stamp": seconds}),
                ChangeSource::Matching => json!("matching"),
                ChangeSource::Scan => json!("scan"),
                _ => json!("unavailable"),
            },
            "filters": entity.filters.iter().map(|filter| {
                // All of them can do the same.
                assert_eq!(filter.ops, [Comparison::Eq, Comparison::IsIn]);
                json!([filter.field, ["eq", "is_in"]])
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
    serde_json::to_string_pretty(&whole).unwrap() + "\n"
}
