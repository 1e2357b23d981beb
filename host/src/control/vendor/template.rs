//! The files of a new project, in the binary. A test compares the lists with the folders.

use super::Language;

/// One file. In those of a language's own folder `{{name}}` is the connector's name.
#[derive(Debug, Clone, Copy)]
pub struct TemplateFile {
    /// In the project, with `/`.
    pub path: &'static str,
    pub text: &'static str,
}

macro_rules! files {
    ($from:literal, $to:literal, [$($path:literal),* $(,)?]) => {
        &[$(TemplateFile {
            path: concat!($to, $path),
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $from, "/", $path)),
        }),*]
    };
}

/// The contract, in every project.
pub const CONTRACT: &[TemplateFile] = files!(
    "../wit",
    "wit/",
    [
        "connector.wit",
        "deps/http.wit",
        "deps/io.wit",
        "script.wit"
    ]
);

/// The guest library, in a project in Rust.
const SDK: &[TemplateFile] = files!(
    "../plugins/sdk",
    "liaison/sdk/",
    [
        "Cargo.toml",
        "i18n/en.ftl",
        "i18n/fr.ftl",
        "src/connector.rs",
        "src/contract.rs",
        "src/cursor.rs",
        "src/date.rs",
        "src/decimal.rs",
        "src/fault.rs",
        "src/filter.rs",
        "src/host.rs",
        "src/http.rs",
        "src/lib.rs",
        "src/native.rs",
        "src/relay.rs",
        "src/relay_testing.rs",
        "src/schema.rs",
        "src/setup.rs",
        "src/testing.rs",
        "src/text.rs",
        "src/wasm.rs",
        "src/xml.rs",
    ]
);

const RUST: &[TemplateFile] = files!(
    "templates/connector/rust",
    "",
    [
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "i18n/en.ftl",
        "i18n/fr.ftl",
        "src/api.rs",
        "src/doctor.rs",
        "src/lib.rs",
        "src/manifest.rs",
        "src/task.rs",
        "src/tests.rs",
    ]
);

const JS: &[TemplateFile] = files!(
    "templates/connector/js",
    "",
    [
        ".gitignore",
        "README.md",
        "package.json",
        "src/api.js",
        "src/check.js",
        "src/connector.js",
        "src/fault.js",
        "src/http.js",
        "src/manifest.js",
        "src/task.js",
        "src/words.js",
        "test/connector.test.js",
        "test/host.js",
    ]
);

const PYTHON: &[TemplateFile] = files!(
    "templates/connector/python",
    "",
    [
        ".gitignore",
        "README.md",
        "connector.toml",
        "requirements.txt",
        "src/api.py",
        "src/connector.py",
        "src/doctor.py",
        "src/fault.py",
        "src/manifest.py",
        "src/outgoing.py",
        "src/task.py",
        "src/words.py",
        "tests/test_connector.py",
    ]
);

/// Every file of a project of this name and language: where it stands, and its text.
pub fn files(language: Language, name: &str) -> Vec<(&'static str, String)> {
    let sdk = match language {
        Language::Rust => SDK,
        Language::Js | Language::Python => &[],
    };
    let own = own(language)
        .iter()
        .map(|file| (file.path, file.text.replace("{{name}}", name)));
    // The guest library has such braces for purposes of its own.
    let shared = [sdk, CONTRACT].concat().into_iter();
    own.chain(shared.map(|file| (file.path, file.text.to_owned())))
        .collect()
}

fn own(language: Language) -> &'static [TemplateFile] {
    match language {
        Language::Rust => RUST,
        Language::Js => JS,
        Language::Python => PYTHON,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn listed(folder: &Path, under: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let name = format!("{under}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                // What Python leaves where somebody ran the tests.
                true if name.ends_with("__pycache__") => {}
                true => listed(&entry.path(), &format!("{name}/"), found),
                false => found.push(name),
            }
        }
        found.sort();
    }

    #[test]
    fn every_file_of_the_folders_is_in_the_binary() {
        let host = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (folder, under, files) in [
            ("templates/connector/rust", "", RUST),
            ("templates/connector/js", "", JS),
            ("templates/connector/python", "", PYTHON),
            ("../plugins/sdk", "liaison/sdk/", SDK),
            ("../wit", "wit/", CONTRACT),
        ] {
            let mut there = Vec::new();
            listed(&host.join(folder), under, &mut there);
            let embedded: Vec<&str> = files.iter().map(|file| file.path).collect();
            assert_eq!(embedded, there, "{folder}");
        }
    }

    #[test]
    fn the_contract_is_the_one_that_is_written_into_components() {
        let (package, version) = super::super::metadata::CONTRACT;
        let line = format!("package {package}@{version};");
        assert!(CONTRACT[0].text.contains(&line), "{line}");
    }

    /// The examples that ship are what an author gets.
    #[test]
    fn the_examples_are_new_projects() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/examples");
        for (name, language) in [
            ("js-tasks", Language::Js),
            ("python-tasks", Language::Python),
        ] {
            let mut there = Vec::new();
            listed(&examples.join(name), "", &mut there);
            let embedded: Vec<&str> = own(language).iter().map(|file| file.path).collect();
            assert_eq!(embedded, there, "{name}");
            for file in own(language) {
                let text = std::fs::read_to_string(examples.join(name).join(file.path)).unwrap();
                let wanted = file.text.replace("{{name}}", name);
                assert!(
                    text == wanted,
                    "{name}/{} differs from its template",
                    file.path
                );
            }
        }
    }
}
