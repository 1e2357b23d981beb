//! The files of tenants and flows: as they are on the disk, or as they were when they were last right.
//!
//! A person's command reads the disk. What a service does by itself reads the files that it has checked, so
//! that a half-written or broken file stops nothing that worked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::SourceText;
use crate::model::TenantId;

use super::{Control, ControlError};

/// Texts by their paths.
pub type Texts = BTreeMap<PathBuf, Arc<SourceText>>;

#[derive(Clone)]
pub(super) enum Files {
    OnDisk,
    /// What is not among them is not there.
    Kept(Arc<Texts>),
}

impl Control {
    pub(super) fn read(&self, path: &Path) -> Result<Arc<SourceText>, ControlError> {
        match &self.files {
            Files::Kept(texts) => match texts.get(path) {
                Some(text) => Ok(Arc::clone(text)),
                None => self.home.read(path),
            },
            Files::OnDisk => self.home.read(path),
        }
    }

    /// The same installation, its files as they were.
    pub(super) fn with_files(&self, texts: Arc<Texts>) -> Self {
        Self {
            files: Files::Kept(texts),
            ..self.clone()
        }
    }

    /// Every file of a tenant, as it is now.
    pub(super) fn texts_of(&self, tenant: &TenantId) -> Result<Texts, ControlError> {
        let path = self.home.tenant(tenant);
        let mut texts = Texts::from([(path.clone(), self.home.read(&path)?)]);
        let flows = self.home.flows(tenant);
        // A tenant without flows of its own has no such folder.
        let listing = std::fs::read_dir(&flows).into_iter().flatten().flatten();
        for path in listing.map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == "toml") {
                texts.insert(path.clone(), self.home.read(&path)?);
            }
        }
        Ok(texts)
    }
}
