//! Every sentence of the sources stands in both catalogues, with the same arguments; and the manifest and
//! the tables hold together.

use crate::assumed::{PARAMETERS, TABLES};
use crate::FusionOperations;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 14] = [
    include_str!("../api.rs"),
    include_str!("../assumed.rs"),
    include_str!("../doctor.rs"),
    include_str!("../field.rs"),
    include_str!("../lookup.rs"),
    include_str!("../manifest.rs"),
    include_str!("../profile.rs"),
    include_str!("../reference.rs"),
    include_str!("../settings.rs"),
    include_str!("../stock.rs"),
    include_str!("../table.rs"),
    include_str!("../walk.rs"),
    include_str!("../write.rs"),
    include_str!("../lib.rs"),
];

/// What stands before the tests of a file.
fn sources() -> Vec<String> {
    let refusal = include_str!("../refusal.rs");
    let all = SOURCES.into_iter().chain([refusal]);
    all.map(|source| source.split("mod tests {").next().unwrap().to_owned())
        .collect()
}

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = FusionOperations.catalogue(lang).unwrap();
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
        let catalogue = FusionOperations.catalogue(lang).unwrap();
        assert_eq!(
            missing_words(&sources, catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(FusionOperations.catalogue("de"), None);
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
    let manifest = FusionOperations.describe();
    assert_manifest(&manifest);
    let names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "customer",
            "supplier",
            "product",
            "sales_order",
            "purchase_order",
            "shipment",
            "reception",
            "work_order",
            "time_record",
            "task_duration",
            "worker",
            "stock"
        ]
    );
    let rate = &manifest.limits.rates[0];
    assert_eq!((rate.requests, rate.window_s), (120, 60));
    for entity in &manifest.entities {
        assert!(!entity.operations.contains(Operations::DELETE));
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        for rung in &entity.idempotency {
            let Idempotency::Marker(field) = rung else {
                panic!("{}: {rung:?} is more than the vendor promises", entity.name)
            };
            assert!(entity.keys.contains(field), "{}: {field}", entity.name);
        }
        // What a test of the tables below would not see: that a reference leads somewhere.
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{}: {name}", entity.name);
        }
    }
}

#[test]
fn every_name_of_a_table_is_its_own() {
    let mut all: Vec<String> = TABLES.iter().flat_map(|table| table.names()).collect();
    all.extend(PARAMETERS.map(|(key, _)| key.to_owned()));
    let count = all.len();
    let distinct: BTreeSet<String> = all.into_iter().collect();
    assert_eq!(distinct.len(), count);
    for table in TABLES {
        let fields = table
            .fields
            .iter()
            .chain(table.lines.iter().flat_map(|l| l.fields));
        for reference in table.references {
            assert!(
                table.fields.iter().any(|f| f.name == reference.code),
                "{}",
                table.entity
            );
        }
        for field in fields {
            assert!(!field.wire.contains('_'), "{}.{}", table.entity, field.name);
        }
    }
}
