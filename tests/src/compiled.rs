//! What components compile to, kept from one installation for the next: compiling takes seconds, and a run of the
//! tests makes hundreds of installations.
//!
//! Invariant: an installation gets the key together with the code. Under another key it would refuse the code, rightly.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::repository;

const KEY: &str = "mac.key";

/// The code of one component, between an installation and what all have in common.
pub struct Compiled {
    /// Of the installation.
    own: PathBuf,
    common: PathBuf,
    /// How the names of this component's entries begin.
    digest: String,
}

impl Compiled {
    pub fn of(home: &Path, component: &Path) -> io::Result<Self> {
        let digest = Sha256::digest(fs::read(component)?);
        Ok(Self {
            own: home.join("data").join("compiled"),
            common: repository().join("target").join("compiled"),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Puts into the installation what another one has compiled.
    pub fn lend(&self) -> io::Result<()> {
        fs::create_dir_all(&self.own)?;
        if !self.own.join(KEY).exists() {
            fs::write(self.own.join(KEY), self.key()?)?;
        }
        self.copy(&self.common, &self.own)
    }

    /// Keeps what the installation had to compile itself.
    pub fn keep(&self) -> io::Result<()> {
        self.copy(&self.own, &self.common)
    }

    /// The key of all. The first one asked for stays, whoever asks at the same time.
    fn key(&self) -> io::Result<Vec<u8>> {
        let place = self.common.join(KEY);
        if !place.exists() {
            fs::create_dir_all(&self.common)?;
            let mut key = [0; 32];
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.common)?;
            file.write_all(&key)?;
            if let Err(error) = file.persist_noclobber(&place)
                && !place.exists()
            {
                return Err(error.error);
            }
        }
        fs::read(place)
    }

    /// Whole files only, as several programs copy at the same time.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        if fs::read(from.join(KEY)).ok() != fs::read(to.join(KEY)).ok() {
            return Ok(());
        }
        for entry in fs::read_dir(from)? {
            let (name, entry) = entry.map(|entry| (entry.file_name(), entry.path()))?;
            let ours = name.to_string_lossy().starts_with(&self.digest);
            let whole = entry.extension().is_some_and(|kind| kind == "cwasm");
            if ours && whole && !to.join(&name).exists() {
                let file = tempfile::NamedTempFile::new_in(to)?;
                fs::copy(&entry, file.path())?;
                file.persist(to.join(&name)).map_err(|error| error.error)?;
            }
        }
        Ok(())
    }
}
