//! What the file alone tells: the manifest makes sense, and there are words for people.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema;
use super::{Found, Sheet};
use crate::catalogue::{Catalogue, LANGUAGES};
use crate::connector::Loaded;
use crate::control::tapes::Bench;
use crate::model::manifest::{EntitySpec, Idempotency, Place};
use crate::model::{Manifest, Text};

/// A check of the whole manifest: everything that is wrong.
type OfManifest = fn(&Manifest) -> Vec<String>;
/// A check of one entity.
type OfEntity = fn(&EntitySpec, &Manifest) -> Vec<String>;

const OF_MANIFEST: [(&str, OfManifest); 4] = [
    ("hosts-have-reasons", hosts_have_reasons),
    ("secrets-have-places", secrets_have_places),
    ("settings-schema", settings_schema),
    ("settings-hold-no-secret", settings_hold_no_secret),
];

const OF_ENTITY: [(&str, OfEntity); 4] = [
    ("entity-schema", entity_schema),
    ("entity-references", entity_references),
    ("entity-operations", entity_operations),
    ("entity-money", entity_money),
];

pub async fn check(sheet: &mut Sheet, bench: &Bench, loaded: &Loaded) {
    let manifest = &loaded.manifest;
    for (name, check) in OF_MANIFEST {
        sheet.tells(name, None, all(check(manifest)));
    }
    for entity in &manifest.entities {
        for (name, check) in OF_ENTITY {
            sheet.tells(name, Some(&entity.name), all(check(entity, manifest)));
        }
    }
    let words = words(manifest);
    for lang in LANGUAGES {
        let name = format!("words-{lang}");
        if !sheet.wants(&name) {
            continue;
        }
        let found = match bench.runtime.catalogue(loaded, lang).await {
            Ok(Some(resource)) => all(missing_words(lang, &resource, &words)),
            Ok(None) => Err(format!("`catalogue(\"{lang}\")` gives nothing")),
            Err(why) => Err(why.fallback),
        };
        sheet.tells(&name, None, found);
    }
}

pub fn all(problems: Vec<String>) -> Found {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("; ")),
    }
}

fn hosts_have_reasons(manifest: &Manifest) -> Vec<String> {
    let silent = manifest
        .hosts
        .iter()
        .filter(|host| host.reason.fallback.trim().is_empty());
    silent
        .map(|host| format!("`{}` is asked for without a reason", host.pattern))
        .collect()
}

fn secrets_have_places(manifest: &Manifest) -> Vec<String> {
    let mut found = Vec::new();
    for secret in &manifest.secrets {
        for place in &secret.places {
            // Logs of every proxy on the way hold what stands in a URL.
            if matches!(place, Place::Path | Place::Query(_)) {
                found.push(format!("secret `{}` stands in the URL", secret.name));
            }
            if let Place::Other(other) = place {
                found.push(format!("secret `{}` stands in `{other}`", secret.name));
            }
        }
        if secret.title.fallback.trim().is_empty() {
            found.push(format!("secret `{}` has no title", secret.name));
        }
    }
    found
}

fn settings_schema(manifest: &Manifest) -> Vec<String> {
    let mut found = schema::problems(&manifest.settings);
    for (name, setting) in manifest.settings["properties"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let explained = ["description", "title", "x-liaison-title"]
            .iter()
            .any(|word| {
                setting[*word]
                    .as_str()
                    .is_some_and(|text| !text.trim().is_empty())
            });
        if !explained {
            found.push(format!("setting `{name}` has no description"));
        }
    }
    found
}

/// What is a secret is declared as one: a setting stands in a file in clear.
fn settings_hold_no_secret(manifest: &Manifest) -> Vec<String> {
    const TELLING: [&str; 7] = [
        "password",
        "passwd",
        "secret",
        "api_key",
        "apikey",
        "private_key",
        "access_token",
    ];
    let names = manifest.settings["properties"]
        .as_object()
        .into_iter()
        .flatten();
    let mut found = Vec::new();
    for (name, _) in names {
        let lower = name.to_lowercase().replace('-', "_");
        if TELLING.iter().any(|word| lower.contains(word)) {
            found.push(format!("setting `{name}` asks for a secret in clear"));
        }
    }
    found
}

fn entity_schema(entity: &EntitySpec, _: &Manifest) -> Vec<String> {
    let mut found = schema::problems(&entity.schema);
    if entity.title.fallback.trim().is_empty() {
        found.push("it has no title".to_owned());
    }
    found
}

fn entity_references(entity: &EntitySpec, manifest: &Manifest) -> Vec<String> {
    let mut found = Vec::new();
    schema::each(&entity.schema, "", &mut |place, field| {
        let Some(reference) = field.get("x-liaison-ref") else {
            return;
        };
        match reference.as_str() {
            Some(name) if manifest.entity(name).is_some() => {}
            Some(name) => found.push(format!("`{place}` refers to `{name}`, which is no entity")),
            None => found.push(format!("`{place}`: `x-liaison-ref` is no name")),
        }
    });
    found
}

fn entity_operations(entity: &EntitySpec, _: &Manifest) -> Vec<String> {
    let operations = entity.operations;
    let has = |field: &str| entity.schema["properties"].get(field).is_some();
    let mut found = Vec::new();
    let mut unless = |holds: bool, words: String| {
        if !holds {
            found.push(words);
        }
    };
    unless(
        !operations.find || !entity.keys.is_empty(),
        "`find` is offered and no field is a key".to_owned(),
    );
    unless(
        operations.find || entity.keys.is_empty(),
        "fields are keys and `find` is not offered".to_owned(),
    );
    unless(
        !(operations.update || operations.delete) || operations.read,
        "records can be changed and not read".to_owned(),
    );
    unless(
        !operations.create || operations.read,
        "records can be created and not read".to_owned(),
    );
    unless(
        operations.create || entity.idempotency.is_empty(),
        "it says how creates are kept from happening twice and offers none".to_owned(),
    );
    for rung in &entity.idempotency {
        match rung {
            Idempotency::Marker(field) => {
                unless(
                    has(field),
                    format!("the marker `{field}` is not in the schema"),
                );
                unless(
                    entity.keys.contains(field),
                    format!("the marker `{field}` is to be searched by and is no key"),
                );
            }
            Idempotency::HiddenMarker(field) => {
                unless(
                    has(field),
                    format!("the marker `{field}` is not in the schema"),
                );
                unless(
                    operations.query,
                    format!("the marker `{field}` is found by a walk, and `query` is not offered"),
                );
            }
            Idempotency::NativeKey(window_s) => {
                unless(
                    *window_s > 0,
                    "a native key is remembered for 0 seconds".to_owned(),
                );
            }
            Idempotency::Upsert => {}
            Idempotency::Other(other) => unless(false, format!("`{other}` is no rung we know")),
        }
    }
    for (field, ops) in &entity.filters {
        unless(
            !ops.is_empty(),
            format!("the filter on `{field}` compares nothing"),
        );
    }
    found
}

/// Money, rates and quantities are decimal strings: a JSON number loses cents.
fn entity_money(entity: &EntitySpec, _: &Manifest) -> Vec<String> {
    let mut found = Vec::new();
    schema::each(&entity.schema, "", &mut |place, field| {
        let is_number = match &field["type"] {
            Value::String(only) => only == "number",
            Value::Array(types) => types.iter().any(|kind| kind == "number"),
            _ => false,
        };
        if is_number {
            found.push(format!("`{place}` is a JSON number"));
        }
    });
    found
}

/// Every text of the manifest.
fn words(manifest: &Manifest) -> Vec<&Text> {
    let secrets = manifest.secrets.iter().map(|secret| &secret.title);
    let hosts = manifest.hosts.iter().map(|host| &host.reason);
    let entities = manifest.entities.iter().map(|entity| &entity.title);
    std::iter::once(&manifest.title)
        .chain(secrets)
        .chain(hosts)
        .chain(entities)
        .collect()
}

fn missing_words(lang: &str, resource: &str, texts: &[&Text]) -> Vec<String> {
    let mut catalogue = Catalogue::new(lang);
    if !catalogue.add_connector("kit", resource) {
        return vec!["it is no Fluent resource".to_owned()];
    }
    let mut seen = BTreeSet::new();
    texts
        .iter()
        .filter(|text| !text.key.is_empty() && seen.insert(text.key.as_str()))
        .filter(|text| !catalogue.knows(text))
        .map(|text| format!("there are no words for `{}`", text.key))
        .collect()
}
