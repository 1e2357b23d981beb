//! The two languages against each other, and both against the code that uses them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use crate::model::text::words;
use crate::model::{Word, kind};

/// The messages of a resource as they stand there, by key.
fn messages(resource: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = None;
    for line in resource.lines() {
        let begins = line.starts_with(|first: char| first.is_ascii_lowercase());
        match line.split_once('=').filter(|_| begins) {
            Some((key, words)) => {
                let (key, words) = (key.trim(), words.trim().to_owned());
                assert!(!found.contains_key(key), "{key} stands twice");
                found.insert(key, words);
                last = Some(key);
            }
            None => {
                let more = line.trim();
                let of = last.filter(|_| line.starts_with(' ') && !more.is_empty());
                if let Some(words) = of.and_then(|key| found.get_mut(key)) {
                    if !words.is_empty() {
                        words.push('\n');
                    }
                    words.push_str(more);
                }
            }
        }
    }
    found
}

/// The names behind `$`.
fn arguments(words: &str) -> BTreeSet<String> {
    words
        .split('$')
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-')
                .collect()
        })
        // How a language counts is its own business.
        .filter(|name| name != "plural")
        .collect()
}

/// As the code writes it for `format!`.
fn as_in_code(words: &str) -> String {
    words
        .replace("{\"{\"}", "{{")
        .replace("{\"}\"}", "}}")
        .replace("{ $", "{")
        .replace(" }", "}")
}

/// The host's source without its tests and comments, file by file.
fn source() -> Vec<(String, String)> {
    fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                rust_files(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).expect("found there");
            let text = std::fs::read_to_string(&file).expect("readable");
            (name.display().to_string(), text)
        })
        .filter(|(name, _)| !name.ends_with("tests.rs") && !name.contains("conformance"))
        .filter(|(name, _)| !name.contains("page/tests") && !name.ends_with("samples.rs"))
        .map(|(name, text)| {
            let code = text.split("#[cfg(test)]\nmod tests {").next();
            let lines = code.unwrap_or_default().lines();
            let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
            (name, lines.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// A string literal at the beginning of the code, and what follows it.
fn literal(code: &str) -> Option<(String, &str)> {
    let inner = code.trim_start().strip_prefix('"')?;
    let mut words = String::new();
    let mut letters = inner.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((words, &inner[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => words.push('\n'),
                // The literal goes on with the next line's first letter.
                '\n' => while letters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                other => words.push(other),
            },
            other => words.push(other),
        }
    }
    None
}

/// Where code names a key, and what stands before the key's own name.
const NAMING: [(&str, &str); 8] = [
    ("words!(", ""),
    ("Word::new(", ""),
    ("Text::new(", ""),
    ("say(", ""),
    ("words(", ""),
    ("ControlError::command(", "error-"),
    ("Self::command(", "error-"),
    (".hint(", "hint-"),
];

/// Every key that code names, with the English beside it where that is one literal.
fn named(code: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for (naming, prefix) in NAMING {
        for (at, _) in code.match_indices(naming) {
            let Some((key, rest)) = literal(&code[at + naming.len()..]) else {
                continue;
            };
            // Between a key and its English there may be arguments; an empty list is passed over.
            let after = |rest: &str| rest.trim_start().strip_prefix(',').map(str::to_owned);
            let second = after(rest).map(|rest| {
                let rest = rest.trim_start();
                let none = rest
                    .strip_prefix("vec![]")
                    .or_else(|| rest.strip_prefix("Vec::new()"));
                none.and_then(after).unwrap_or_else(|| rest.to_owned())
            });
            let english = second
                .and_then(|code| literal(&code).map(|(english, _)| english))
                .filter(|_| naming != "say(");
            if !key.is_empty() {
                found.push((format!("{prefix}{key}"), english));
            }
        }
    }
    found
}

#[test]
fn every_text_stands_in_every_language() {
    bundle("en", ENGLISH).expect("English parses");
    bundle("fr", FRENCH).expect("French parses");
    let (english, french) = (messages(ENGLISH), messages(FRENCH));
    let keys = |of: &BTreeMap<&str, String>| -> BTreeSet<String> {
        of.keys().map(|key| (*key).to_owned()).collect()
    };
    let missing: Vec<_> = keys(&english)
        .symmetric_difference(&keys(&french))
        .cloned()
        .collect();
    assert!(missing.is_empty(), "in one language only: {missing:?}");
    assert!(english.len() > 50, "the catalogue is read");
    for (key, words) in &english {
        assert_eq!(
            arguments(words),
            arguments(&french[key]),
            "the arguments of {key}"
        );
    }
}

#[test]
fn every_key_in_the_code_stands_in_the_catalogue_with_the_same_english() {
    let english = messages(ENGLISH);
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (file, code) in source() {
        for (key, words) in named(&code) {
            match (english.get(key.as_str()), words) {
                (None, _) => wrong.push(format!("{file}: there is no {key}")),
                (Some(ours), Some(words)) => {
                    compared += 1;
                    if as_in_code(ours) != words {
                        wrong.push(format!("{file}: {key} is “{ours}”, in the code “{words}”"));
                    }
                }
                _ => {}
            }
        }
    }
    assert!(compared > 200, "the source is read: {compared} texts");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_key_is_used() {
    let code: String = source().into_iter().map(|(_, code)| code).collect();
    let stands = |key: &str| code.contains(&format!("\"{key}\""));
    // Keys that are put together from a prefix and a word.
    let built = |key: &str| {
        let prefixes = ["error-", "hint-", "column-", "count-", "found-", "storm-"];
        prefixes
            .iter()
            .filter_map(|prefix| key.strip_prefix(prefix))
            .any(stands)
    };
    let unused: Vec<&str> = messages(ENGLISH)
        .into_keys()
        .filter(|key| !stands(key) && !built(key))
        .collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}

#[test]
fn a_text_inside_a_text_is_translated_with_it() {
    const SOURCE: Word = Word::new("word-the-file", "the file");
    let inner =
        words!("problem-missing-key", "{section} has no `{key}`", key = "from"; section = SOURCE);
    let text = words!("kind-or", "{one} or {other}"; one = inner, other = kind::TEXT);
    assert_eq!(
        Catalogue::new("fr").text(&text),
        "le fichier n'a pas de `from` ou un texte"
    );
    assert_eq!(
        Catalogue::new("en-CA").text(&text),
        "the file has no `from` or a text"
    );
}
