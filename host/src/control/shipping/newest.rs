//! What the configured source has that is newer than what is installed.
//!
//! ```toml
//! # liaison.toml
//! [connectors]
//! source = "https://connectors.example.com/index.toml"    # or a file, or oci://HOST/PREFIX
//!
//! # index.toml
//! [[connector]]
//! name = "acomba"
//! version = "1.3.0"
//! source = "acomba-1.3.0.wasm"      # beside the index, or an address, or oci://…
//! ```
//!
//! In a registry each connector is the repository PREFIX/NAME, and its tags are versions.
//!
//! The index is not signed and need not be: what it leads to is verified like everything that comes in.

use std::path::Path;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::super::Control;
use super::super::error::{ControlError, Doing};
use super::lock::{Lock, State};
use super::oci;
use super::source::{Plain, Source, download};
use super::version;
use crate::model::Text;

const INDEX_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newer {
    pub name: String,
    pub version: String,
    pub source: String,
}

#[derive(Debug, Deserialize)]
struct Index {
    #[serde(default, rename = "connector")]
    connectors: Vec<Listed>,
}

/// The configured source.
enum Shelf {
    Index(Index),
    /// Where the repositories of a registry begin.
    Registry(String, Plain),
}

#[derive(Debug, Clone, Deserialize)]
struct Listed {
    name: String,
    version: String,
    source: String,
}

impl Control {
    /// Of every connector that is current, the newest of the configured source, where that is newer.
    pub(in super::super) async fn newer(&self, lock: &Lock) -> Result<Vec<Newer>, ControlError> {
        let Some(configured) = self.installation()?.connectors.source else {
            return Err(no_source());
        };
        let configured = match Source::parse(&configured)? {
            Source::File(file) => self.home.root().join(file).display().to_string(),
            _ => configured,
        };
        let shelf = self.shelf(&configured).await?;
        let (mut found, mut failed) = (Vec::new(), None);
        for entry in lock.entries.iter().filter(|entry| entry.state.is_current()) {
            let newest = match &shelf {
                Shelf::Index(index) => newest(index, &entry.name).cloned(),
                Shelf::Registry(prefix, plain) => {
                    match in_registry(prefix, &entry.name, *plain).await {
                        Ok(newest) => newest,
                        // One repository that does not answer hides nothing of the others.
                        Err(error) => {
                            tracing::warn!("{}", error.in_short().fallback);
                            failed = Some(error);
                            None
                        }
                    }
                }
            };
            // One that did badly here is no news.
            let is_withdrawn = |newest: &Listed| {
                let mut of = lock.of(&newest.name);
                of.any(|kept| kept.state == State::Withdrawn && kept.version == newest.version)
            };
            let is_newer = |newest: &Listed| {
                version::compare(&newest.version, &entry.version).is_gt() && !is_withdrawn(newest)
            };
            found.extend(newest.filter(is_newer).map(|newest| Newer {
                name: newest.name,
                version: newest.version,
                source: beside(&configured, &newest.source),
            }));
        }
        match failed {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// Where an upgrade without a source gets it: from what is installed beside, else from the configured source.
    pub(super) async fn newer_source(
        &self,
        name: &str,
        lock: &Lock,
    ) -> Result<String, ControlError> {
        let current = lock
            .current(name)
            .map(|entry| entry.version.clone())
            .unwrap_or_default();
        let beside = lock.of(name).filter(|entry| entry.state == State::Kept);
        let beside = beside.filter(|entry| version::compare(&entry.version, &current).is_gt());
        let beside = beside.max_by(|one, other| version::compare(&one.version, &other.version));
        let found = match self.newer(lock).await {
            Ok(newer) => newer.into_iter().find(|newer| newer.name == name),
            // Then there is only what is installed.
            Err(error) if error.code == "no-connector-source" => match beside {
                Some(_) => None,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        };
        match (beside, found) {
            (Some(entry), None) => Ok(entry.path(&self.home).display().to_string()),
            (Some(entry), Some(newer))
                if version::compare(&entry.version, &newer.version).is_ge() =>
            {
                Ok(entry.path(&self.home).display().to_string())
            }
            (_, Some(newer)) => Ok(newer.source),
            (None, None) => {
                let english = format!("there is nothing newer than {name} {current}");
                let args = vec![("name", name.to_owned()), ("current", current)];
                Err(ControlError::command("nothing-newer", args, english).hint(
                    "nothing-newer",
                    vec![],
                    "`liaison connector list --newer` shows what the configured source has; name a file or address to take another",
                ))
            }
        }
    }

    async fn shelf(&self, configured: &str) -> Result<Shelf, ControlError> {
        let plain = match self.installation()?.connectors.plain_http {
            true => Plain::OnThisMachine,
            false => Plain::Refused,
        };
        let text = match Source::parse(configured)? {
            Source::File(file) => std::fs::read_to_string(&file)
                .map_err(|cause| ControlError::io(Doing::Read, &file, cause))?,
            Source::Address(url) => {
                let bytes = download(&url, plain, INDEX_BYTES_MAX).await?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Source::Registry(prefix) => return Ok(Shelf::Registry(prefix, plain)),
        };
        let index = toml::from_str(&text);
        index
            .map(Shelf::Index)
            .map_err(|error| broken_index(configured, error.message().to_owned()))
    }
}

/// The newest version that a repository's tags name; other tags say nothing.
async fn in_registry(
    prefix: &str,
    name: &str,
    plain: Plain,
) -> Result<Option<Listed>, ControlError> {
    let repository = format!("{}/{name}", prefix.trim_end_matches('/'));
    let tags = oci::tags(&repository, plain).await?;
    let versions = tags
        .into_iter()
        .filter(|tag| version::numbers(tag).is_some());
    let newest = versions.max_by(|one, other| version::compare(one, other));
    Ok(newest.map(|version| Listed {
        name: name.to_owned(),
        source: format!("oci://{repository}:{version}"),
        version,
    }))
}

fn newest<'i>(index: &'i Index, name: &str) -> Option<&'i Listed> {
    let listed = index.connectors.iter().filter(|listed| listed.name == name);
    listed.max_by(|one, other| version::compare(&one.version, &other.version))
}

/// A relative source lies beside the index.
fn beside(index: &str, source: &str) -> String {
    if source.contains("://") {
        return source.to_owned();
    }
    match Url::parse(index)
        .ok()
        .filter(|url| url.has_host())
        .and_then(|url| url.join(source).ok())
    {
        Some(url) => url.to_string(),
        None => {
            let folder = Path::new(index).parent().unwrap_or(Path::new(""));
            folder.join(source).display().to_string()
        }
    }
}

fn no_source() -> ControlError {
    ControlError::command("no-connector-source", vec![], "no source of connectors is configured").hint(
        "no-connector-source",
        vec![],
        "name a file or address, or set `source` under [connectors] in liaison.toml to an index of what there is",
    )
}

fn broken_index(source: &str, reason: String) -> ControlError {
    let english = format!("`{source}` is no index of connectors");
    ControlError::command(
        "connector-index",
        vec![("source", source.to_owned())],
        english,
    )
    .cause(Text::plain(reason))
    .hint(
        "connector-index",
        vec![],
        "it is a TOML file with a [[connector]] of name, version and source for each",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_source_lies_beside_the_index() {
        for (index, source, expected) in [
            (
                "https://c.example.com/all/index.toml",
                "erp.wasm",
                "https://c.example.com/all/erp.wasm",
            ),
            (
                "https://c.example.com/all/index.toml",
                "https://d.example.com/e.wasm",
                "https://d.example.com/e.wasm",
            ),
            (
                "https://c.example.com/index.toml",
                "oci://r.example.com/erp:1",
                "oci://r.example.com/erp:1",
            ),
            ("shelf/index.toml", "erp.wasm", "shelf/erp.wasm"),
        ] {
            assert_eq!(beside(index, source), expected);
        }
    }

    #[test]
    fn the_newest_is_found_by_its_numbers() {
        let text = ["1.9.0", "1.10.0", "1.2.0"].map(|version| {
            format!("[[connector]]\nname = \"erp\"\nversion = \"{version}\"\nsource = \"x\"\n")
        });
        let index: Index = toml::from_str(&text.concat()).expect("an index");
        assert_eq!(
            newest(&index, "erp").map(|found| found.version.as_str()),
            Some("1.10.0")
        );
        assert!(newest(&index, "crm").is_none());
    }
}
