//! Every sentence of the sources stands in both catalogues, with the same arguments.

use crate::Acomba;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 12] = [
    include_str!("amount.rs"),
    include_str!("bridge.rs"),
    include_str!("card.rs"),
    include_str!("company.rs"),
    include_str!("doctor.rs"),
    include_str!("field.rs"),
    include_str!("invoice.rs"),
    include_str!("lookup.rs"),
    include_str!("manifest.rs"),
    include_str!("refusal.rs"),
    include_str!("walk.rs"),
    include_str!("writing.rs"),
];

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = Acomba.catalogue(lang).unwrap();
    catalogue
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .collect()
}

fn arguments(sentence: &str) -> BTreeSet<&str> {
    sentence
        .split("{ $")
        .skip(1)
        .filter_map(|rest| rest.split(" }").next())
        .collect()
}

#[test]
fn no_sentence_is_missing() {
    for lang in ["en", "fr"] {
        assert_eq!(
            missing_words(&SOURCES, Acomba.catalogue(lang).unwrap()),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(Acomba.catalogue("de"), None);
}

#[test]
fn english_is_what_the_sources_say() {
    let squeezed: String = SOURCES.concat().split_whitespace().collect();
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
        sentences(lang)
            .into_iter()
            .map(|(key, words)| (key, arguments(words)))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(shape("en"), shape("fr"));
}

#[test]
fn the_manifest_holds_together() {
    let manifest = Acomba.describe();
    assert_manifest(&manifest);
    assert_eq!(manifest.limits.concurrency, 1);
    let names: Vec<&str> = manifest
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "customer",
            "supplier",
            "product",
            "product_group",
            "term",
            "tax",
            "tax_group",
            "salesperson",
            "territory",
            "invoice",
            "quote",
            "order",
            "open_order",
            "contract"
        ]
    );
    for entity in &manifest.entities {
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        let changes = match entity.name.as_str() {
            "customer" | "supplier" | "product" | "invoice" | "quote" | "order" | "open_order"
            | "contract" => ChangeSource::Stamp(60),
            "product_group" | "salesperson" | "territory" => ChangeSource::Scan,
            _ => ChangeSource::Unavailable,
        };
        assert_eq!(
            entity.operations.contains(Operations::CHANGES),
            changes != ChangeSource::Unavailable,
            "{}",
            entity.name
        );
        assert_eq!(entity.changes, changes, "{}", entity.name);
    }
}
