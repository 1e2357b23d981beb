//! The connectors of an installation: files found at run time, by what `connectors.lock` says of them.

use crate::config::tenant::Connection;
use crate::connector::load::CONTRACT_VERSION;
use crate::connector::{LoadError, Loaded};
use crate::model::text::words;
use crate::model::{Manifest, Text};

use super::error::{Doing, load_text};
use super::request::{Answer, ConnectorRow, InUse, Inspected, Versions};
use super::shipping::lock::{Entry, Lock, State};
use super::shipping::newest::Newer;
use super::{Blame, Control, ControlError};

impl Control {
    pub(super) async fn connector_list(&self, look: bool) -> Result<Answer, ControlError> {
        let lock = Lock::read(&self.home)?;
        let newer = match look {
            true => self.newer(&lock).await?,
            false => Vec::new(),
        };
        let mut rows = Vec::new();
        for entry in &lock.entries {
            rows.push(match self.load_entry(entry).await {
                Ok(loaded) => row(entry, Some(&loaded)),
                Err(error) => refused(entry, &error),
            });
        }
        for row in &mut rows {
            if row.state.is_some_and(State::is_current) {
                let found = newer.iter().find(|newer: &&Newer| newer.name == row.name);
                row.newer = found.map(|newer| newer.version.clone());
            }
        }
        rows.extend(self.loose(&lock)?);
        Ok(Answer::Connectors(rows))
    }

    pub(super) fn versions(&self) -> Result<Answer, ControlError> {
        let lock = Lock::read(&self.home)?;
        let current = lock.entries.iter().filter(|entry| entry.state.is_current());
        Ok(Answer::Versions(Versions {
            liaison: env!("CARGO_PKG_VERSION").to_owned(),
            contract: CONTRACT_VERSION.to_owned(),
            connectors: current
                .map(|entry| InUse {
                    name: entry.name.clone(),
                    version: entry.version.clone(),
                    contract: entry.contract.clone(),
                })
                .collect(),
        }))
    }

    pub(super) async fn connector_inspect(&self, name: &str) -> Result<Answer, ControlError> {
        // A path shows a file before it is installed.
        let path = std::path::Path::new(name);
        let (loaded, versions) = match path.is_file() {
            true => (self.runtime().await?.load(path).await?, Vec::new()),
            false => {
                let loaded = self.connector(name).await?;
                let lock = Lock::read(&self.home)?;
                let versions = lock.of(name).map(|entry| row(entry, None)).collect();
                (loaded, versions)
            }
        };
        Ok(Answer::Connector(Box::new(Inspected {
            manifest: Manifest::clone(&loaded.manifest),
            contract: loaded.contract.clone(),
            sha256: loaded.sha256.clone(),
            versions,
        })))
    }

    /// The current version of the connector of this name.
    pub(super) async fn connector(&self, name: &str) -> Result<Loaded, ControlError> {
        Ok(self.connector_meant(name, None).await?.0)
    }

    /// What a connection uses: the version that it names, else the current one.
    pub(super) async fn loaded_for(
        &self,
        connection: &Connection,
    ) -> Result<(Loaded, Entry), ControlError> {
        let version = connection.version.as_ref().map(|at| at.value.as_str());
        self.connector_meant(connection.connector.as_str(), version)
            .await
    }

    async fn connector_meant(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<(Loaded, Entry), ControlError> {
        let lock = Lock::read(&self.home)?;
        let Some(entry) = lock.meant(name, version) else {
            return Err(not_there(&lock, name, version));
        };
        if let Some(instead) = &self.instead
            && version.is_none()
            && instead.manifest.name == name
        {
            return Ok((Loaded::clone(instead), entry.clone()));
        }
        // A store that is gone, say, is told as what it is.
        self.runtime().await?;
        Ok((self.load_entry(entry).await?, entry.clone()))
    }

    /// Refused where the bytes are no longer those that were agreed to.
    pub(super) async fn load_entry(&self, entry: &Entry) -> Result<Loaded, LoadError> {
        let path = entry.path(&self.home);
        let Ok(runtime) = self.runtime().await else {
            let reason = "the runtime did not start".to_owned();
            return Err(LoadError::Engine { reason });
        };
        runtime.load_pinned(&path, &entry.sha256).await
    }

    /// The same installation with this in the place of what is current.
    pub(super) fn with_connector(&self, loaded: Loaded) -> Self {
        Self {
            instead: Some(loaded.into()),
            ..self.clone()
        }
    }

    /// Files in the folder that the lock does not know: told, since somebody put them there and waits.
    fn loose(&self, lock: &Lock) -> Result<Vec<ConnectorRow>, ControlError> {
        let folder = self.home.connectors();
        let listing = std::fs::read_dir(&folder)
            .map_err(|cause| ControlError::io(Doing::Read, &folder, cause))?;
        let mut names: Vec<String> = listing
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".wasm"))
            .filter(|name| !lock.entries.iter().any(|entry| entry.file == *name))
            .collect();
        names.sort();
        let rows = names.into_iter().map(|file| ConnectorRow {
            name: file.trim_end_matches(".wasm").to_owned(),
            refused: Some(words!(
                "connector-loose",
                "it is not in connectors.lock, so it is not loaded: `liaison connector install connectors/{file}` takes it in",
                file = file
            )),
            file,
            ..ConnectorRow::default()
        });
        Ok(rows.collect())
    }
}

fn not_there(lock: &Lock, name: &str, version: Option<&str>) -> ControlError {
    if lock.entries.is_empty() {
        return none_at_all(name);
    }
    let versions: Vec<&str> = lock.of(name).map(|entry| entry.version.as_str()).collect();
    if let Some(version) = version
        && !versions.is_empty()
    {
        let known = versions.join(", ");
        let english =
            format!("connector `{name}` is not installed in version {version}; installed: {known}");
        let args = vec![
            ("name", name.to_owned()),
            ("version", version.to_owned()),
            ("known", known),
        ];
        return ControlError::command("no-connector-version", args, english).hint(
            "no-connector-version",
            vec![],
            "install that version beside the others, or take `version` out of the tenant file",
        );
    }
    let mut known: Vec<&str> = lock
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    known.dedup();
    let known = known.join(", ");
    let english = format!("connector `{name}` is not installed; installed: {known}");
    let args = vec![("name", name.to_owned()), ("known", known)];
    ControlError::command("no-connector", args, english).hint(
        "install-connector",
        vec![],
        "install it with `liaison connector install FILE.wasm`",
    )
}

/// Of an installation that has no connector yet.
pub(super) fn none_at_all(name: &str) -> ControlError {
    let message = words!(
        "error-no-connectors-at-all",
        "connector `{name}` is not installed, and neither is any other",
        name = name
    );
    ControlError::new("no-connector", Blame::Command, message).hint(
        "install-connector",
        vec![],
        "install it with `liaison connector install FILE.wasm`",
    )
}

pub(super) fn row(entry: &Entry, loaded: Option<&Loaded>) -> ConnectorRow {
    let manifest = loaded.map(|loaded| &*loaded.manifest);
    ConnectorRow {
        name: entry.name.clone(),
        version: entry.version.clone(),
        vendor: manifest
            .map(|manifest| manifest.vendor.clone())
            .unwrap_or_default(),
        file: entry.file.clone(),
        sha256: entry.sha256.clone(),
        contract: entry.contract.clone(),
        state: Some(entry.state),
        signer: entry.signer.clone(),
        source: entry.source.clone(),
        installed_at: Some(entry.installed_at),
        why: entry.why.clone(),
        newer: None,
        entities: manifest
            .map(|manifest| {
                manifest
                    .entities
                    .iter()
                    .map(|entity| entity.name.clone())
                    .collect()
            })
            .unwrap_or_default(),
        refused: None,
    }
}

fn refused(entry: &Entry, error: &LoadError) -> ConnectorRow {
    let refused: Option<Text> = Some(load_text(error));
    ConnectorRow {
        refused,
        ..row(entry, None)
    }
}
