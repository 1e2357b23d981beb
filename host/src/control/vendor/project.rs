//! What a project says of itself, in the file its language has for that.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Language;
use crate::control::{ControlError, Doing};
use crate::model::text::words;

/// A connector's source.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    pub language: Language,
    pub folder: PathBuf,
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub license: Option<String>,
    /// The file the language starts from.
    pub main: String,
}

#[derive(Deserialize)]
struct Said {
    name: String,
    version: String,
    license: Option<String>,
    main: Option<String>,
}

#[derive(Deserialize)]
struct Cargo {
    package: Said,
}

/// The file by which a project's language is known.
const FILES: [(&str, Language); 3] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::Js),
    ("connector.toml", Language::Python),
];

impl Project {
    pub fn read(folder: &Path) -> Result<Self, ControlError> {
        let found = FILES
            .into_iter()
            .map(|(file, language)| (folder.join(file), language))
            .find(|(file, _)| file.is_file());
        let Some((file, language)) = found else {
            return Err(no_project(folder));
        };
        let text = std::fs::read_to_string(&file)
            .map_err(|cause| ControlError::io(Doing::Read, &file, cause))?;
        let said: Said = match language {
            Language::Rust => toml::from_str::<Cargo>(&text)
                .map(|cargo| cargo.package)
                .map_err(|error| unusable(&file, &error.to_string()))?,
            Language::Js => {
                serde_json::from_str(&text).map_err(|error| unusable(&file, &error.to_string()))?
            }
            Language::Python => {
                toml::from_str(&text).map_err(|error| unusable(&file, &error.to_string()))?
            }
        };
        Ok(Self {
            language,
            folder: folder.to_owned(),
            main: said.main.unwrap_or_else(|| language.main().to_owned()),
            name: said.name,
            version: said.version,
            license: said.license,
        })
    }

    /// `cargo` in the project's folder, or whatever other program.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.current_dir(&self.folder);
        command
    }
}

impl Language {
    fn main(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::Js => "src/connector.js",
            Self::Python => "connector",
        }
    }
}

fn no_project(folder: &Path) -> ControlError {
    let path = folder.display().to_string();
    let english = format!("`{path}` is no connector's project");
    ControlError::command("no-project", vec![("path", path)], english).hint(
        "no-project",
        vec![],
        "a project has a Cargo.toml (Rust), a package.json (JavaScript) or a connector.toml (Python); `liaison connector new` makes one",
    )
}

fn unusable(file: &Path, reason: &str) -> ControlError {
    let message = words!(
        "error-project-file",
        "`{path}` does not say name and version of the connector: {reason}",
        path = file.display(),
        reason = reason.trim()
    );
    ControlError::new("project-file", crate::control::Blame::Command, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_name_version_and_licence_in_its_own_file() {
        let table = [
            (
                "Cargo.toml",
                "[package]\nname = \"crm\"\nversion = \"1.2.3\"\nlicense = \"MIT\"\n",
                Language::Rust,
            ),
            (
                "package.json",
                r#"{"name": "crm", "version": "1.2.3", "license": "MIT"}"#,
                Language::Js,
            ),
            (
                "connector.toml",
                "name = \"crm\"\nversion = \"1.2.3\"\nlicense = \"MIT\"\n",
                Language::Python,
            ),
        ];
        for (file, text, language) in table {
            let folder = tempfile::tempdir().unwrap();
            assert!(Project::read(folder.path()).is_err());
            std::fs::write(folder.path().join(file), text).unwrap();
            let project = Project::read(folder.path()).unwrap();
            assert_eq!(project.language, language);
            assert_eq!(
                (project.name.as_str(), project.version.as_str()),
                ("crm", "1.2.3")
            );
            assert_eq!(project.license.as_deref(), Some("MIT"));
            std::fs::write(folder.path().join(file), "{").unwrap();
            assert_eq!(
                Project::read(folder.path()).unwrap_err().code,
                "project-file"
            );
        }
    }
}
