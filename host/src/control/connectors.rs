//! The connectors of an installation: files found at run time.

use std::path::{Path, PathBuf};

use crate::connector::{LoadError, Loaded};
use crate::model::Manifest;

use super::error::load_text;
use super::request::{Answer, ConnectorRow};
use super::{Control, ControlError, Doing};

impl Control {
    pub(super) async fn connector_list(&self) -> Result<Answer, ControlError> {
        let mut rows = Vec::new();
        for (path, loaded) in self.load_all().await? {
            rows.push(match loaded {
                Ok(loaded) => row(&path, &loaded),
                Err(error) => refused(&path, &error),
            });
        }
        Ok(Answer::Connectors(rows))
    }

    pub(super) async fn connector_inspect(&self, name: &str) -> Result<Answer, ControlError> {
        // A path shows a file before it is installed.
        let path = Path::new(name);
        if path.is_file() {
            let loaded = self.runtime().await?.load(path).await?;
            return Ok(Answer::Connector(Box::new(Manifest::clone(
                &loaded.manifest,
            ))));
        }
        let loaded = self.connector(name).await?;
        Ok(Answer::Connector(Box::new(Manifest::clone(
            &loaded.manifest,
        ))))
    }

    /// Loads the file first: what is no connector of a contract we serve never gets into the folder.
    pub(super) async fn connector_install(&self, file: &Path) -> Result<Answer, ControlError> {
        let loaded = self.runtime().await?.load(file).await?;
        let folder = self.home.connectors();
        let target = folder.join(format!("{}.wasm", loaded.manifest.name));
        let fresh = folder.join(format!(".{}.wasm.new", loaded.manifest.name));
        std::fs::copy(file, &fresh)
            .map_err(|cause| ControlError::io(Doing::Write, &fresh, cause))?;
        std::fs::rename(&fresh, &target)
            .map_err(|cause| ControlError::io(Doing::Write, &target, cause))?;
        Ok(Answer::Installed(row(&target, &loaded)))
    }

    /// The installed connector of this name: the newest version where several files carry it.
    pub(super) async fn connector(&self, name: &str) -> Result<Loaded, ControlError> {
        let mut best: Option<Loaded> = None;
        let mut known = Vec::new();
        let mut broken: Option<LoadError> = None;
        for (path, loaded) in self.load_all().await? {
            match loaded {
                Ok(loaded) if loaded.manifest.name == name => {
                    let newer = best.as_ref().is_none_or(|best| {
                        version(&loaded.manifest.version) >= version(&best.manifest.version)
                    });
                    if newer {
                        best = Some(loaded);
                    }
                }
                Ok(loaded) => known.push(loaded.manifest.name.clone()),
                Err(error) if path.file_stem().is_some_and(|stem| stem == name) => {
                    broken = Some(error);
                }
                Err(_) => {}
            }
        }
        if let Some(best) = best {
            return Ok(best);
        }
        if let Some(error) = broken {
            return Err(error.into());
        }
        known.sort();
        let known = known.join(", ");
        let english = format!("connector `{name}` is not installed; installed: {known}");
        let args = vec![("name", name.to_owned()), ("known", known)];
        Err(ControlError::command("no-connector", args, english).hint(
            "install-connector",
            vec![],
            "install it with `liaison connector install FILE.wasm`",
        ))
    }

    async fn load_all(&self) -> Result<Vec<(PathBuf, Result<Loaded, LoadError>)>, ControlError> {
        let folder = self.home.connectors();
        let listing = std::fs::read_dir(&folder)
            .map_err(|cause| ControlError::io(Doing::Read, &folder, cause))?;
        let mut files: Vec<PathBuf> = listing
            .flatten()
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
            .collect();
        files.sort();
        let runtime = self.runtime().await?;
        let mut loaded = Vec::with_capacity(files.len());
        for file in files {
            let result = runtime.load(&file).await;
            loaded.push((file, result));
        }
        Ok(loaded)
    }
}

/// Numbers of a version, for comparing; what is no number counts as 0.
fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+'])
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

fn row(path: &Path, loaded: &Loaded) -> ConnectorRow {
    let manifest = &loaded.manifest;
    ConnectorRow {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        vendor: manifest.vendor.clone(),
        file: file_name(path),
        sha256: loaded.sha256.clone(),
        entities: manifest
            .entities
            .iter()
            .map(|entity| entity.name.clone())
            .collect(),
        refused: None,
    }
}

fn refused(path: &Path, error: &LoadError) -> ConnectorRow {
    ConnectorRow {
        name: path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        version: String::new(),
        vendor: String::new(),
        file: file_name(path),
        sha256: String::new(),
        entities: Vec::new(),
        refused: Some(load_text(error)),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
