//! Rules of the house that a machine can check.

use std::fs;
use std::path::{Path, PathBuf};

use liaison_tests::repository;

/// The layer of each module of `host/src`; a module uses smaller numbers, and itself.
const LAYERS: [(&str, u32); 17] = [
    ("cli", 9),
    ("serve", 8),
    ("render", 7),
    ("control", 6),
    ("engine", 4),
    ("connector", 3),
    ("store", 3),
    ("mapping", 3),
    ("config", 2),
    ("secret", 2),
    ("catalogue", 2),
    ("matching", 2),
    ("model", 1),
    ("schedule", 1),
    ("service_manager", 1),
    ("guard", 0),
    ("owner_only", 0),
];

fn layer(module: &str) -> Option<u32> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, layer)| *layer)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("a folder of the repository")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_module_uses_a_layer_above_it_or_beside_it() {
    let source = repository().join("host/src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut checked = 0;
    let mut wrong = Vec::new();
    for file in files {
        let name = file.strip_prefix(&source).expect("found there");
        let module = name
            .iter()
            .next()
            .expect("a file has a name")
            .to_string_lossy();
        let module = module.trim_end_matches(".rs");
        let Some(own) = layer(module) else { continue };
        let text = fs::read_to_string(&file).expect("readable");
        for part in text.split("crate::").skip(1) {
            let used: String = part
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            let Some(other) = layer(&used) else { continue };
            checked += 1;
            if used != module && other >= own {
                wrong.push(format!("{} uses {used}", name.display()));
            }
        }
    }
    wrong.dedup();
    assert!(checked > 100, "the files are read: {checked} uses");
    assert!(wrong.is_empty(), "see ARCHITECTURE.md: {wrong:#?}");
}

#[test]
fn only_the_command_line_prints() {
    let source = repository().join("host/src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let printing: Vec<_> = files
        .into_iter()
        .filter(|file| {
            let name = file
                .strip_prefix(&source)
                .expect("found there")
                .to_string_lossy()
                .into_owned();
            // A crash point dies with its name on stderr; tests print figures.
            !(name.starts_with("cli") || name.contains("test") || name.ends_with("crash_point.rs"))
        })
        .filter(|file| {
            let text = fs::read_to_string(file).expect("readable");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            code.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains("println!(") || line.contains("print!("))
        })
        .collect();
    assert!(printing.is_empty(), "{printing:#?}");
}

#[test]
fn the_engine_knows_no_vendor_and_no_engine_below_it() {
    let mut files = Vec::new();
    rust_files(&repository().join("host/src/engine"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("readable").to_lowercase();
        for word in ["acomba", "wasmtime::", "sled::", "tokio::spawn", "hashmap"] {
            let found = text
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(word));
            assert!(!found, "{} says {word}", file.display());
        }
    }
}

/// The guide for authors shows excerpts; each stands in the file it names, word for word.
#[test]
fn the_guide_shows_code_that_is_there() {
    let guide = fs::read_to_string(repository().join("plugins/README.md")).expect("the guide");
    let mut shown = Vec::new();
    for part in guide.split("<!-- from ").skip(1) {
        let (file, rest) = part.split_once(" -->\n```").expect("a fence follows");
        let (_, code) = rest.split_once('\n').expect("the fence's language");
        let (code, _) = code.split_once("```").expect("the fence ends");
        let text = fs::read_to_string(repository().join(file)).expect("the file is there");
        assert!(text.contains(code), "not in {file}:\n{code}");
        shown.push(file.rsplit('.').next().unwrap_or_default());
    }
    for language in ["rs", "js", "py"] {
        let count = shown.iter().filter(|shown| **shown == language).count();
        assert!(count >= 3, "{count} excerpts of {language}");
    }
}
