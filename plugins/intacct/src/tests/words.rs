//! Every sentence of the sources stands in both catalogues, with the same arguments; and the manifest and the tables
//! hold together.

use crate::tables::TABLES;
use crate::Intacct;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 26] = [
    include_str!("../api.rs"),
    include_str!("../contract_lines.rs"),
    include_str!("../contract_pairs.rs"),
    include_str!("../contract_post.rs"),
    include_str!("../contract_undo.rs"),
    include_str!("../contract_update.rs"),
    include_str!("../contract_write.rs"),
    include_str!("../create.rs"),
    include_str!("../deletion.rs"),
    include_str!("../doctor.rs"),
    include_str!("../document_write.rs"),
    include_str!("../drift.rs"),
    include_str!("../field.rs"),
    include_str!("../lookup.rs"),
    include_str!("../manifest.rs"),
    include_str!("../operation.rs"),
    include_str!("../records.rs"),
    include_str!("../refusal.rs"),
    include_str!("../roll.rs"),
    include_str!("../settings.rs"),
    include_str!("../shape.rs"),
    include_str!("../silence.rs"),
    include_str!("../table.rs"),
    include_str!("../update.rs"),
    include_str!("../walk.rs"),
    include_str!("../write.rs"),
];

/// What stands before the tests of a file.
fn sources() -> Vec<String> {
    let all = SOURCES.into_iter();
    all.map(|source| source.split("mod tests {").next().unwrap().to_owned())
        .collect()
}

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = Intacct.catalogue(lang).unwrap();
    let lines = catalogue.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" = ")).collect()
}

fn arguments(sentence: &str) -> BTreeSet<&str> {
    let parts = sentence.split("{ $").skip(1);
    parts.filter_map(|rest| rest.split(" }").next()).collect()
}

#[test]
fn no_sentence_is_missing() {
    let sources = sources();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    for lang in ["en", "fr"] {
        let catalogue = Intacct.catalogue(lang).unwrap();
        assert_eq!(
            missing_words(&sources, catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(Intacct.catalogue("de"), None);
}

#[test]
fn english_is_what_the_sources_say() {
    let squeezed: String = sources().concat().split_whitespace().collect();
    for (key, sentence) in sentences("en") {
        let in_source = sentence.replace("{ $", "{").replace(" }", "}");
        let expected: String = format!("text!(\"{key}\",\"{in_source}\"")
            .split_whitespace()
            .collect();
        assert!(squeezed.contains(&expected), "{key} = {sentence}");
    }
}

#[test]
fn both_languages_have_the_same_sentences_and_arguments() {
    let shape = |lang| {
        let sentences = sentences(lang).into_iter();
        sentences
            .map(|(key, words)| (key, arguments(words)))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(shape("en"), shape("fr"));
}

#[test]
fn the_manifest_holds_together() {
    let manifest = Intacct.describe();
    assert_manifest(&manifest);
    let names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "customer",
            "contact",
            "item",
            "contract",
            "contract_line",
            "contract_invoice",
            "order_transaction",
            "payment_term",
            "entity",
            "user"
        ]
    );
    for entity in &manifest.entities {
        assert!(!entity.operations.contains(Operations::DELETE));
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        for rung in &entity.idempotency {
            match rung {
                Idempotency::Upsert => {}
                Idempotency::Marker(field) => {
                    assert!(entity.keys.contains(field), "{}: {field}", entity.name);
                }
                other => panic!(
                    "{}: {other:?} is more than the vendor promises",
                    entity.name
                ),
            }
        }
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{}: {name}", entity.name);
        }
    }
    for secret in &manifest.secrets {
        assert_eq!(secret.places, [Place::Body]);
    }
}

#[test]
fn every_name_of_a_table_is_its_own() {
    for table in TABLES {
        for fields in [table.fields, table.lines] {
            let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len(), "{}", table.entity);
            let wires: BTreeSet<&str> = fields.iter().map(|field| field.wire).collect();
            assert_eq!(wires.len(), fields.len(), "{}", table.entity);
            for wire in wires {
                assert_eq!(wire, wire.to_uppercase(), "{}", table.entity);
            }
        }
    }
}
