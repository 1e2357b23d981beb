//! What both versions read of the same records.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::engine::Endpoint;
use crate::model::text::words;
use crate::model::{Entry, Fault, FlowName, NativeId, Text};

/// Names of fields that are told of one record.
const FIELDS_TOLD: usize = 5;

/// Of these records those that the new version reads otherwise, each with what differs. A fault is the old
/// version's: then nothing is known.
pub(super) async fn read_otherwise(
    flow: &FlowName,
    (old, new): (&Endpoint, &Endpoint),
    ids: &[NativeId],
) -> Result<Vec<Text>, Fault> {
    let mut told = Vec::new();
    for chunk in ids.chunks(old.spec().read_batch().min(new.spec().read_batch())) {
        let before = old.connector.read(&old.entity, chunk).await?;
        let after = match new.connector.read(&new.entity, chunk).await {
            Ok(after) => after,
            Err(fault) => {
                told.push(words!(
                    "rehearsal-not-read",
                    "flow {flow}: {entity} is not read: {why}",
                    flow = flow,
                    entity = new.entity;
                    why = fault.message
                ));
                return Ok(told);
            }
        };
        let differ = |one: &[Option<Entry>], other: &[Option<Entry>], at: usize| {
            fields_of(one.get(at)) != fields_of(other.get(at))
        };
        let mut differing: Vec<usize> = (0..chunk.len())
            .filter(|at| differ(&before, &after, *at))
            .collect();
        if !differing.is_empty() {
            // People work meanwhile: what the old version reads otherwise now is not the new one's doing.
            let again = old.connector.read(&old.entity, chunk).await?;
            differing.retain(|at| !differ(&before, &again, *at));
        }
        told.extend(differing.into_iter().map(|at| {
            let fields = differing_fields(fields_of(before.get(at)), fields_of(after.get(at)));
            words!(
                "rehearsal-read",
                "flow {flow}: {entity} {record} is read otherwise: {fields}",
                flow = flow,
                entity = new.entity,
                record = chunk[at],
                fields = fields
            )
        }));
    }
    Ok(told)
}

/// Nothing of a record that is not there.
fn fields_of(read: Option<&Option<Entry>>) -> Option<&Map<String, Value>> {
    let entry = read?.as_ref().filter(|entry| !entry.deleted)?;
    entry.body.as_object()
}

fn differing_fields(
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> String {
    let (Some(before), Some(after)) = (before, after) else {
        return "–".to_owned();
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(String::as_str);
    differing.take(FIELDS_TOLD).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fields_that_differ_are_named() {
        for (before, after, expected) in [
            (json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3}), "b"),
            (json!({"a": 1}), json!({"c": 1}), "a, c"),
            (json!({"a": null}), json!({}), "a"),
        ] {
            let told = differing_fields(before.as_object(), after.as_object());
            assert_eq!(told, expected, "{before} {after}");
        }
        assert_eq!(differing_fields(None, json!({}).as_object()), "–");
    }
}
