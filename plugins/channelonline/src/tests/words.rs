//! Every sentence of the sources stands in both catalogues, with the same arguments; and the manifest holds together.

use crate::ChannelOnline;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 19] = [
    include_str!("../action_write.rs"),
    include_str!("../api.rs"),
    include_str!("../customer_write.rs"),
    include_str!("../doctor.rs"),
    include_str!("../document.rs"),
    include_str!("../document_write.rs"),
    include_str!("../export_result.rs"),
    include_str!("../list.rs"),
    include_str!("../lookup.rs"),
    include_str!("../manifest.rs"),
    include_str!("../operation.rs"),
    include_str!("../pressed.rs"),
    include_str!("../product.rs"),
    include_str!("../refusal.rs"),
    include_str!("../reply.rs"),
    include_str!("../settings.rs"),
    include_str!("../source.rs"),
    include_str!("../value.rs"),
    include_str!("../walk.rs"),
];

/// What stands before the tests of a file.
fn sources() -> Vec<String> {
    let all = SOURCES.into_iter();
    all.map(|source| source.split("mod tests {").next().unwrap().to_owned())
        .collect()
}

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = ChannelOnline.catalogue(lang).unwrap();
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
        let catalogue = ChannelOnline.catalogue(lang).unwrap();
        assert_eq!(
            missing_words(&sources, catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(ChannelOnline.catalogue("de"), None);
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
    let manifest = ChannelOnline.describe();
    assert_manifest(&manifest);
    let names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "customer",
            "contact",
            "quote",
            "sales_order",
            "product",
            "category",
            "manufacturer",
            "sales_rep",
            "payment_term",
            "shipping_method",
            "document_custom_field",
            "action",
            "export_result"
        ]
    );
    for entity in &manifest.entities {
        assert!(!entity.operations.contains(Operations::DELETE));
        let creates = entity.operations.contains(Operations::CREATE);
        assert_eq!(creates, !entity.idempotency.is_empty(), "{}", entity.name);
        for part in entity.schema.split("\"x-liaison-ref\":\"").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(names.contains(&name), "{}: {name}", entity.name);
        }
    }
    assert_eq!(manifest.secrets[0].places, [Place::Body]);
    let rate = &manifest.limits.rates[0];
    assert!(rate.requests == 1 && rate.window_s >= 3 && manifest.limits.concurrency == 1);
}
