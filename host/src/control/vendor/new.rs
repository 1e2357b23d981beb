//! `liaison connector new`: a project that builds at once, with one entity that works.

use std::path::Path;

use serde::Serialize;

use super::{Language, template};
use crate::control::{ControlError, Doing};

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct NewReport {
    pub name: String,
    pub language: Language,
    pub folder: String,
    pub files: usize,
}

/// Makes the project in `parent/NAME`, which must not be there yet.
pub fn new(name: &str, language: Language, parent: &Path) -> Result<NewReport, ControlError> {
    if !is_usable(name) {
        let english = format!("`{name}` cannot be a connector's name");
        let error =
            ControlError::command("connector-name", vec![("name", name.to_owned())], english);
        return Err(error.hint(
            "connector-name",
            vec![],
            "it has small letters, digits and single dashes, begins with a letter, and has at most 64 characters",
        ));
    }
    let folder = parent.join(name);
    if folder.exists() {
        let path = folder.display().to_string();
        let english = format!("`{path}` is there already");
        let error = ControlError::command("project-there", vec![("path", path)], english);
        return Err(error.hint(
            "project-there",
            vec![],
            "choose another name, or another folder with --dir",
        ));
    }
    let files = template::files(language, name);
    for (path, text) in &files {
        let path = folder.join(path);
        let inside = path.parent().unwrap_or(&folder);
        std::fs::create_dir_all(inside)
            .map_err(|cause| ControlError::io(Doing::Create, inside, cause))?;
        std::fs::write(&path, text)
            .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
    }
    Ok(NewReport {
        name: name.to_owned(),
        language,
        folder: folder.display().to_string(),
        files: files.len(),
    })
}

/// Kebab-case that also names a crate, a package and a message.
fn is_usable(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_for_crates_packages_and_messages_alike() {
        for (name, usable) in [
            ("crm", true),
            ("my-crm-2", true),
            ("2crm", false),
            ("My", false),
            ("a--b", false),
            ("a_b", false),
            ("../up", false),
            ("", false),
        ] {
            assert_eq!(is_usable(name), usable, "{name}");
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let parent = tempfile::tempdir().unwrap();
        for language in [Language::Rust, Language::Js, Language::Python] {
            let name = format!("my-{}", language.word());
            new(&name, language, parent.path()).unwrap();
            let again = new(&name, language, parent.path()).unwrap_err();
            assert_eq!(again.code, "project-there");
        }
    }

    #[test]
    fn the_guest_library_comes_as_it_is() {
        let parent = tempfile::tempdir().unwrap();
        new("my-crm", Language::Rust, parent.path()).unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/sdk/src/text.rs");
        let theirs = parent.path().join("my-crm/liaison/sdk/src/text.rs");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(&theirs), read(&ours));
        let manifest = read(&parent.path().join("my-crm/Cargo.toml"));
        assert!(manifest.contains("name = \"my-crm\""), "{manifest}");
    }
}
