//! Every sentence of the sources stands in both catalogues, with the same arguments.

use crate::QuickBooksOnline;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::missing_words;
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [&str; 11] = [
    include_str!("../api.rs"),
    include_str!("../custom.rs"),
    include_str!("../doctor.rs"),
    include_str!("../emit.rs"),
    include_str!("../lookup.rs"),
    include_str!("../manifest.rs"),
    include_str!("../names.rs"),
    include_str!("../refusal.rs"),
    include_str!("../session.rs"),
    include_str!("../setup.rs"),
    include_str!("../write.rs"),
];

/// What stands before the tests of a file.
fn sources() -> Vec<&'static str> {
    SOURCES
        .iter()
        .map(|source| source.split("mod tests {").next().unwrap())
        .collect()
}

fn sentences(lang: &str) -> BTreeMap<&'static str, &'static str> {
    let catalogue = QuickBooksOnline.catalogue(lang).unwrap();
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
        let catalogue = QuickBooksOnline.catalogue(lang).unwrap();
        assert_eq!(
            missing_words(&sources(), catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert_eq!(QuickBooksOnline.catalogue("de"), None);
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
