//! Every sentence of the sources stands in both catalogues, with the same arguments; and the manifest
//! holds together.

use crate::CentrixOne;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 19] = [
    include_str!("../api.rs"),
    include_str!("../batch.rs"),
    include_str!("../customer.rs"),
    include_str!("../customer_plan.rs"),
    include_str!("../customer_write.rs"),
    include_str!("../doctor.rs"),
    include_str!("../field.rs"),
    include_str!("../list.rs"),
    include_str!("../lookup.rs"),
    include_str!("../manifest.rs"),
    include_str!("../missing.rs"),
    include_str!("../operation.rs"),
    include_str!("../opportunity.rs"),
    include_str!("../refusal.rs"),
    include_str!("../settings.rs"),
    include_str!("../stage.rs"),
    include_str!("../table_rules.rs"),
    include_str!("../table_write.rs"),
    include_str!("../walk.rs"),
];

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = CentrixOne.catalogue(lang).unwrap();
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
            missing_words(&SOURCES, CentrixOne.catalogue(lang).unwrap()),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(CentrixOne.catalogue("de"), None);
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
    let manifest = CentrixOne.describe();
    assert_manifest(&manifest);
    let names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "customer",
            "user",
            "revenue_category",
            "stage",
            "list",
            "opportunity"
        ]
    );
    let secret = &manifest.secrets[0];
    assert_eq!(
        (secret.name.as_str(), &secret.places[..]),
        ("api_key", &[Place::Path][..])
    );
    for entity in &manifest.entities {
        assert!(
            !entity.operations.contains(Operations::DELETE),
            "{}",
            entity.name
        );
        assert!(!entity.idempotency.is_empty(), "{}", entity.name);
        assert_eq!(entity.write_batch, 50);
        for rung in &entity.idempotency {
            if let Idempotency::Marker(field) = rung {
                assert!(entity.keys.contains(field), "{}: {field}", entity.name);
            }
        }
    }
}

#[test]
fn every_reference_leads_to_an_entity() {
    let manifest = CentrixOne.describe();
    let known: BTreeSet<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    for entity in &manifest.entities {
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(known.contains(name), "{}: {name}", entity.name);
        }
    }
}
