//! The page's words in each language, against each other and against the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

const ENGLISH: &str = include_str!("../../../../i18n/page.en.ftl");
const FRENCH: &str = include_str!("../../../../i18n/page.fr.ftl");

fn file(lang: &str) -> &'static str {
    if lang == "fr" { FRENCH } else { ENGLISH }
}

pub struct Words(FluentBundle<FluentResource>);

impl Words {
    pub fn new(lang: &str) -> Self {
        let resource = FluentResource::try_new(file(lang).to_owned()).expect("it parses");
        let mut bundle = FluentBundle::new(vec![lang.parse().expect("a language")]);
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("no key stands twice");
        Self(bundle)
    }

    /// Fails on a key that is missing and on an argument that the sentence wants and does not get.
    #[track_caller]
    pub fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        let message = self
            .0
            .get_message(key)
            .unwrap_or_else(|| panic!("no {key}"));
        let pattern = message.value().expect("a key has words");
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set(name.to_string(), value.to_string());
        }
        let mut errors = Vec::new();
        let words = self
            .0
            .format_pattern(pattern, Some(&values), &mut errors)
            .into_owned();
        assert!(errors.is_empty(), "{key}: {errors:?}");
        words
    }
}

/// The words of each key as they stand in the file.
fn messages(lang: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in file(lang).lines() {
        if line.starts_with("page-") {
            let (key, words) = line.split_once('=').expect("a key has words");
            last = key.trim().to_owned();
            found.insert(last.clone(), words.to_owned());
        } else if line.starts_with(' ') {
            found.get_mut(&last).expect("a key above").push_str(line);
        }
    }
    found
}

pub fn keys(lang: &str) -> BTreeSet<String> {
    messages(lang).into_keys().collect()
}

#[test]
fn both_languages_have_the_same_keys_and_arguments() {
    let (english, french) = (messages("en"), messages("fr"));
    let only: Vec<_> = keys("en")
        .symmetric_difference(&keys("fr"))
        .cloned()
        .collect();
    assert!(only.is_empty(), "in one language only: {only:?}");
    // French may count where English does not.
    let arguments = |words: &str| -> BTreeSet<String> {
        let named = words.split('$').skip(1);
        let named = named.map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned());
        named.filter(|name| name != "plural").collect()
    };
    for (key, words) in &english {
        assert_eq!(arguments(words), arguments(&french[key]), "{key}");
    }
}

#[test]
fn the_code_and_the_words_name_the_same_keys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/page");
    let mut used = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the source") {
        let path = entry.expect("an entry").path();
        let is_code = path.extension().is_some_and(|ending| ending == "rs");
        if !is_code || path.ends_with("samples.rs") {
            continue;
        }
        let code = std::fs::read_to_string(path).expect("readable");
        for part in code.split("\"page-").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            used.insert(format!("page-{name}"));
        }
    }
    assert!(used.len() > 100, "the source is read: {}", used.len());
    let known = keys("en");
    let missing: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "missing {missing:?}, unused {unused:?}"
    );
}
