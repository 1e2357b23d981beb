//! Where an installation keeps its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::SourceText;
use crate::model::TenantId;
use crate::model::text::words;

use super::error::{Blame, ControlError, Doing};

/// `$LIAISON_HOME` and the paths in it.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn settings(&self) -> PathBuf {
        self.root.join("liaison.toml")
    }

    pub fn tenants(&self) -> PathBuf {
        self.root.join("tenants")
    }

    pub fn tenant(&self, tenant: &TenantId) -> PathBuf {
        self.tenants().join(format!("{tenant}.toml"))
    }

    pub fn flows(&self, tenant: &TenantId) -> PathBuf {
        self.root.join("flows").join(tenant.as_str())
    }

    pub fn connectors(&self) -> PathBuf {
        self.root.join("connectors")
    }

    /// Which of them are connectors of this installation.
    pub fn lock(&self) -> PathBuf {
        self.root.join("connectors.lock")
    }

    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Keys of publishers whose connectors are taken in.
    pub fn trusted(&self) -> PathBuf {
        self.keys().join("trusted")
    }

    /// How the connectors do that are on trial.
    pub fn trials(&self) -> PathBuf {
        self.root.join("data").join("trials.json")
    }

    pub fn store(&self) -> PathBuf {
        self.root.join("data").join("store")
    }

    pub fn paused(&self) -> PathBuf {
        self.root.join("data").join("paused.json")
    }

    /// Where a running service says how it is reached.
    pub fn door(&self) -> PathBuf {
        self.root.join("data").join("service.json")
    }

    /// What the page asks for beyond loopback.
    pub fn page_token(&self) -> PathBuf {
        self.keys().join("page-token.txt")
    }

    pub fn cache(&self) -> PathBuf {
        self.root.join("data").join("compiled")
    }

    /// Calls of connectors, sealed: a folder a tenant, in it one a connection.
    pub fn tapes(&self) -> PathBuf {
        self.root.join("data").join("tapes")
    }

    /// Whether `init` has been here.
    pub fn exists(&self) -> bool {
        self.settings().is_file()
    }

    /// Reads a file of the installation, named as a person knows it.
    pub fn read(&self, path: &Path) -> Result<Arc<SourceText>, ControlError> {
        let name = path
            .strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(SourceText::new(name, text)),
            Err(cause) => Err(ControlError::io(Doing::Read, path, cause)),
        }
    }

    /// The tenants that have a file, in order of name.
    pub fn tenant_ids(&self) -> Result<Vec<TenantId>, ControlError> {
        let folder = self.tenants();
        let listing = std::fs::read_dir(&folder)
            .map_err(|cause| ControlError::io(Doing::Read, &folder, cause))?;
        let mut ids: Vec<TenantId> = Vec::new();
        for file in listing.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(".toml") else {
                continue;
            };
            // A file that nobody reads is worse than one that is refused.
            ids.push(TenantId::parse(stem).map_err(|error| {
                let message = words!(
                    "error-tenant-name",
                    "`tenants/{file}` is no tenant's file: its name must be {rule}",
                    file = name;
                    rule = error.rule
                );
                ControlError::new("tenant-name", Blame::Command, message)
            })?);
        }
        ids.sort();
        Ok(ids)
    }
}
