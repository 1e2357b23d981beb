//! Every sentence of the sources stands in both catalogues, with the same arguments; and the manifest and the
//! tables hold together.

use crate::tables;
use crate::Salesforce;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 20] = [
    include_str!("../api.rs"),
    include_str!("../doctor.rs"),
    include_str!("../lookup.rs"),
    include_str!("../made.rs"),
    include_str!("../manifest.rs"),
    include_str!("../named.rs"),
    include_str!("../object.rs"),
    include_str!("../record.rs"),
    include_str!("../refusal_words.rs"),
    include_str!("../repeat.rs"),
    include_str!("../select.rs"),
    include_str!("../session.rs"),
    include_str!("../settings.rs"),
    include_str!("../setup.rs"),
    include_str!("../signing.rs"),
    include_str!("../soql.rs"),
    include_str!("../usage.rs"),
    include_str!("../walk.rs"),
    include_str!("../wanted.rs"),
    include_str!("../write.rs"),
];

/// What stands before the tests of a file.
fn sources() -> Vec<&'static str> {
    let own = |source: &'static str| source.split("mod tests {").next().unwrap_or(source);
    SOURCES.into_iter().map(own).collect()
}

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = Salesforce.catalogue(lang).unwrap();
    let lines = catalogue.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" = ")).collect()
}

fn arguments(sentence: &str) -> BTreeSet<&str> {
    let parts = sentence.split("{ $").skip(1);
    parts.filter_map(|rest| rest.split(" }").next()).collect()
}

#[test]
fn no_sentence_is_missing() {
    for lang in ["en", "fr"] {
        let catalogue = Salesforce.catalogue(lang).unwrap();
        assert_eq!(
            missing_words(&sources(), catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(Salesforce.catalogue("de"), None);
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
    let manifest = Salesforce.describe();
    assert_manifest(&manifest);
    let names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "account",
            "contact",
            "opportunity",
            "opportunity-line",
            "product",
            "price-book",
            "price-book-entry",
            "contract",
            "user",
            "record-type",
            "custom-object",
        ]
    );
    for entity in &manifest.entities {
        let schema = filter::value(&entity.schema);
        assert!(
            schema["additionalProperties"].is_object(),
            "{} is open to custom fields",
            entity.name
        );
        assert_eq!(schema["properties"]["key"]["x-liaison-read-only"], true);
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        if creates {
            let ladder = [
                Idempotency::Marker("liaison_key".to_owned()),
                Idempotency::Upsert,
            ];
            assert_eq!(entity.idempotency, ladder, "{}", entity.name);
            assert!(
                entity.keys.contains(&"liaison_key".to_owned()),
                "{}",
                entity.name
            );
        }
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{}: {name}", entity.name);
        }
    }
}

#[test]
fn every_field_of_a_table_stands_once() {
    for table in &tables::ALL {
        let names: BTreeSet<&str> = table.fields.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), table.fields.len(), "{}", table.entity);
        assert!(!names.contains("Id"), "{}: the id is `id`", table.entity);
        for key in table.keys {
            assert!(names.contains(key), "{}: {key}", table.entity);
        }
    }
}
