//! What `describe` returned, with all its problems at once: an author wants the list, not the first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{bounded, comparison, json, line, word};
use crate::connector::bindings::types as wit;
use crate::connector::egress::hosts::HostPattern;
use crate::connector::placeholder::SECRETS_MAX;
use crate::connector::scrub::for_log;
use crate::model::Entity;
use crate::model::manifest::{
    ChangeSource, EntitySpec, HostUse, Idempotency, Limits, Manifest, Operations, Place, RateLimit,
    SecretUse,
};

/// The largest manifest we know has 12 entities. What is checked against each other must be few, or the
/// checks themselves would never end.
const ENTITIES_MAX: usize = 500;
const HOSTS_MAX: usize = 100;
/// Rates, places, keys, filters, ladders: of one thing.
const LIST_MAX: usize = 1_000;
/// What a person still reads, of an author who got everything wrong.
const VERSION_BYTES_MAX: usize = 64;
const PROBLEMS_MAX: usize = 100;
const PROBLEM_CHARS_MAX: usize = 500;

/// The manifest, or every sentence about what is wrong with it.
pub fn manifest(raw: wit::Manifest) -> Result<Manifest, Vec<String>> {
    if let Some(problem) = too_many(&raw) {
        return Err(vec![problem]);
    }
    let mut problems = Problems::default();
    problems.unless(is_kebab(&raw.name), || {
        format!("name `{}` is not kebab-case", raw.name)
    });
    problems.unless(is_version(&raw.version), || {
        format!("version `{}` is not MAJOR.MINOR.PATCH", raw.version)
    });

    let settings = object_schema(&raw.settings, "the settings", &mut problems);
    let hosts: Vec<HostUse> = raw
        .hosts
        .into_iter()
        .map(|host| HostUse {
            pattern: host.pattern,
            reason: line(host.reason),
        })
        .collect();
    for host in &hosts {
        check_pattern(&host.pattern, &settings, "hosts", &mut problems);
    }
    let secrets: Vec<SecretUse> = raw
        .secrets
        .into_iter()
        .map(|secret| secret_use(secret, &hosts, &settings, &mut problems))
        .collect();
    problems.unique("secret", secrets.iter().map(|secret| secret.name.as_str()));

    let entities: Vec<EntitySpec> = raw
        .entities
        .into_iter()
        .map(|entity| entity_spec(entity, &mut problems))
        .collect();
    problems.unless(!entities.is_empty(), || "no entities".to_owned());
    problems.unique("entity", entities.iter().map(|entity| entity.name.as_str()));

    let limits = limits(&raw.limits, &mut problems);
    let manifest = Manifest {
        name: raw.name,
        version: raw.version,
        title: line(raw.title),
        vendor: for_log(&word(raw.vendor)),
        settings,
        secrets,
        hosts,
        limits,
        entities,
    };
    if problems.0.is_empty() {
        Ok(manifest)
    } else {
        Err(problems.told())
    }
}

/// What is too long to be looked at, if anything is.
fn too_many(raw: &wit::Manifest) -> Option<String> {
    let of_secrets = raw
        .secrets
        .iter()
        .flat_map(|secret| [secret.hosts.len(), secret.places.len()]);
    let of_entities = raw.entities.iter().flat_map(|entity| {
        let ops = entity.filters.iter().map(|filter| filter.ops.len());
        let most_ops = ops.max().unwrap_or(0);
        [
            entity.idempotency.len(),
            entity.filters.len(),
            entity.keys.len(),
            most_ops,
        ]
    });
    let longest = of_secrets
        .chain(of_entities)
        .chain([raw.limits.rates.len()])
        .max();
    let checks = [
        ("secrets", raw.secrets.len(), SECRETS_MAX),
        ("hosts", raw.hosts.len(), HOSTS_MAX),
        ("entities", raw.entities.len(), ENTITIES_MAX),
        ("items in one list", longest.unwrap_or(0), LIST_MAX),
    ];
    let too_many = checks.iter().find(|(_, count, most)| count > most);
    if let Some((what, _, most)) = too_many {
        return Some(format!("more than {most} {what}"));
    }
    let schemas = raw.entities.iter().map(|entity| entity.schema.as_str());
    bounded(schemas.chain([raw.settings.as_str()]))
        .err()
        .map(|error| error.to_string())
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    /// The sentences, in a length that can be read.
    fn told(self) -> Vec<String> {
        let more = self.0.len().saturating_sub(PROBLEMS_MAX);
        let shortened = |words: String| words.chars().take(PROBLEM_CHARS_MAX).collect();
        let mut told: Vec<String> = self
            .0
            .into_iter()
            .take(PROBLEMS_MAX)
            .map(shortened)
            .collect();
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        told
    }

    fn unless(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.0.push(words());
        }
    }

    fn unique<'a>(&mut self, what: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            self.unless(seen.insert(name), || {
                format!("{what} `{name}` stands twice")
            });
        }
    }
}

fn is_kebab(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.len() <= 64 && name.split('-').all(part)
}

fn is_version(version: &str) -> bool {
    version.len() <= VERSION_BYTES_MAX && semver::Version::parse(version).is_ok()
}

/// A JSON Schema of an object; an empty one stands in for what is none.
fn object_schema(raw: &str, of: &str, problems: &mut Problems) -> Value {
    let schema = match json(raw, "of a schema") {
        Ok(schema) => schema,
        Err(error) => {
            problems
                .0
                .push(format!("the schema of {of} is no JSON: {error}"));
            return serde_json::json!({});
        }
    };
    let is_object = schema.get("type").is_none_or(|kind| kind == "object") && schema.is_object();
    let has_properties = schema.get("properties").is_none_or(Value::is_object);
    problems.unless(is_object && has_properties, || {
        format!("the schema of {of} is not that of an object")
    });
    schema
}

fn check_pattern(raw: &str, settings: &Value, of: &str, problems: &mut Problems) {
    if let Some(setting) = HostPattern::setting(raw) {
        // A schema without properties is told already.
        let known = settings
            .get("properties")
            .is_none_or(|all| all.get(setting).is_some());
        problems.unless(known, || format!("{of}: `{raw}` names no setting"));
    } else if let Err(error) = HostPattern::parse(raw) {
        problems.0.push(format!("{of}: {error}"));
    }
}

fn secret_use(
    raw: wit::SecretUse,
    hosts: &[HostUse],
    settings: &Value,
    problems: &mut Problems,
) -> SecretUse {
    let name = raw.name;
    let is_name = is_kebab(&name.replace('_', "-"));
    problems.unless(is_name, || {
        format!("secret `{name}`: the name is not a-z, 0-9, `-`, `_`")
    });
    // One with neither serves to recognise who calls.
    let leaves = !raw.hosts.is_empty() || !raw.places.is_empty();
    problems.unless(!leaves || !raw.hosts.is_empty(), || {
        format!("secret `{name}` is bound to no host")
    });
    problems.unless(!leaves || !raw.places.is_empty(), || {
        format!("secret `{name}` may stand nowhere")
    });
    for pattern in &raw.hosts {
        check_pattern(pattern, settings, &format!("secret `{name}`"), problems);
        let asked = hosts.iter().any(|host| {
            host.pattern == *pattern
                || matches!((HostPattern::parse(&host.pattern), HostPattern::parse(pattern)),
                    (Ok(wide), Ok(narrow)) if wide.covers(&narrow))
        });
        problems.unless(asked, || {
            format!("secret `{name}` is bound to `{pattern}`, which `hosts` does not ask for")
        });
    }
    let places = raw
        .places
        .into_iter()
        .map(|place| match place {
            wit::Place::Header(header) => {
                let valid = http::HeaderName::try_from(header.as_str()).is_ok();
                problems.unless(valid, || {
                    format!("secret `{name}`: `{header}` is no header")
                });
                Place::Header(header)
            }
            wit::Place::Path => Place::Path,
            wit::Place::Query(parameter) => Place::Query(parameter),
            wit::Place::Body => Place::Body,
            wit::Place::Other(other) => Place::Other(other),
        })
        .collect();
    SecretUse {
        title: line(raw.title),
        required: raw.required,
        hosts: raw.hosts,
        places,
        name,
    }
}

fn limits(raw: &wit::Limits, problems: &mut Problems) -> Limits {
    problems.unless(raw.concurrency > 0, || "limits: concurrency 0".to_owned());
    let rates = raw.rates.iter().map(|rate| {
        let possible = rate.requests > 0 && rate.window_s > 0;
        problems.unless(possible, || {
            format!(
                "limits: {} requests in {} s lets nothing through",
                rate.requests, rate.window_s
            )
        });
        RateLimit {
            requests: rate.requests,
            window_s: rate.window_s,
        }
    });
    Limits {
        rates: rates.collect(),
        concurrency: raw.concurrency,
    }
}

fn entity_spec(raw: wit::Entity, problems: &mut Problems) -> EntitySpec {
    let name = raw.name;
    problems.unless(Entity::parse(&name).is_ok(), || {
        format!("entity `{name}`: the name is not a-z, 0-9, `-`, `_`")
    });
    let schema = object_schema(&raw.schema, &format!("entity `{name}`"), problems);
    let properties = schema.get("properties").and_then(Value::as_object);
    problems.unless(properties.is_some_and(|all| !all.is_empty()), || {
        format!("entity `{name}` has no properties")
    });
    let knows = |field: &str| properties.is_some_and(|all| all.contains_key(field));
    for key in &raw.keys {
        problems.unless(knows(key), || {
            format!("entity `{name}`: key `{key}` is not in its schema")
        });
    }
    for filter in &raw.filters {
        let field = &filter.field;
        // A filter may reach into what the body does not show, so only a warning's worth: an empty name.
        problems.unless(!field.is_empty(), || {
            format!("entity `{name}`: a filter without a field")
        });
    }
    let operations = operations(raw.operations);
    let has_source = !matches!(raw.changes, wit::ChangeSource::Unavailable);
    problems.unless(!operations.changes || has_source, || {
        format!("entity `{name}` offers `changes` and says that they are unavailable")
    });
    problems.unless(raw.read_batch > 0, || {
        format!("entity `{name}`: read-batch 0")
    });
    let writes = operations.create || operations.update || operations.delete;
    problems.unless(!writes || raw.write_batch > 0, || {
        format!("entity `{name}`: write-batch 0")
    });
    EntitySpec {
        title: line(raw.title),
        operations,
        idempotency: raw.idempotency.into_iter().map(idempotency).collect(),
        changes: change_source(raw.changes),
        filters: raw
            .filters
            .into_iter()
            .map(|filter| {
                (
                    filter.field,
                    filter.ops.into_iter().filter_map(comparison).collect(),
                )
            })
            .collect(),
        keys: raw.keys,
        read_batch: raw.read_batch,
        write_batch: raw.write_batch,
        schema,
        name,
    }
}

fn operations(raw: wit::Operations) -> Operations {
    let has = |flag| raw.contains(flag);
    Operations {
        read: has(wit::Operations::READ),
        find: has(wit::Operations::FIND),
        query: has(wit::Operations::QUERY),
        changes: has(wit::Operations::CHANGES),
        create: has(wit::Operations::CREATE),
        update: has(wit::Operations::UPDATE),
        delete: has(wit::Operations::DELETE),
    }
}

fn idempotency(raw: wit::Idempotency) -> Idempotency {
    match raw {
        wit::Idempotency::NativeKey(seconds) => Idempotency::NativeKey(seconds),
        wit::Idempotency::Upsert => Idempotency::Upsert,
        wit::Idempotency::Marker(field) => Idempotency::Marker(field),
        wit::Idempotency::HiddenMarker(field) => Idempotency::HiddenMarker(field),
        wit::Idempotency::Other(other) => Idempotency::Other(other),
    }
}

fn change_source(raw: wit::ChangeSource) -> ChangeSource {
    match raw {
        wit::ChangeSource::Stamp(overlap_s) => ChangeSource::Stamp(overlap_s),
        wit::ChangeSource::Matching => ChangeSource::Matching,
        wit::ChangeSource::Scan => ChangeSource::Scan,
        wit::ChangeSource::Unavailable => ChangeSource::Unavailable,
        wit::ChangeSource::Other(other) => ChangeSource::Other(other),
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
