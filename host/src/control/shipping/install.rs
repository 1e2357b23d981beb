//! A connector comes in, beside whatever is there.

use std::path::PathBuf;

use super::super::Control;
use super::super::connectors::row;
use super::super::error::{Blame, ControlError, Doing};
use super::super::request::Answer;
use super::lock::{Entry, Lock, State};
use super::offer::{Consent, Offer};
use super::source::Source;
use super::trust::{Keys, Signed};
use crate::connector::load::hex;
use crate::connector::{LoadError, Loaded};
use crate::engine::world::World;
use crate::model::text::words;
use crate::owner_only;
use sha2::{Digest, Sha256};

/// A component that has come, been verified and loaded, and is not in yet.
pub(in super::super) struct AtTheDoor {
    pub source: Source,
    pub bytes: Vec<u8>,
    pub loaded: Loaded,
    pub signed: Signed,
    /// Holds the file that was loaded.
    _folder: tempfile::TempDir,
}

impl Control {
    pub(in super::super) async fn connector_install(
        &self,
        source: &str,
        consent: &Consent,
    ) -> Result<Answer, ControlError> {
        let door = self.fetch_connector(source, consent).await?;
        let manifest = &door.loaded.manifest;
        let (name, version) = (manifest.name.as_str(), manifest.version.as_str());
        let lock = Lock::read(&self.home)?;
        if let Some(there) = lock.by_digest(name, &door.loaded.sha256)
            && self.load_entry(there).await.is_ok()
        {
            return Ok(Answer::Installed(row(there, Some(&door.loaded))));
        }
        let has_other_bytes =
            |entry: &Entry| entry.version == version && entry.sha256 != door.loaded.sha256;
        if lock.of(name).any(has_other_bytes) {
            return Err(other_bytes(name, version));
        }
        let mut offer = self.offer(&door, &lock);
        if !consent.yes {
            return Ok(Answer::Offer(Box::new(offer)));
        }
        self.agreed(&door, consent)?;
        let entry = self.take_in(&door)?;
        let entry = Lock::change(&self.home, |lock| {
            let is_first = lock.current(&entry.name).is_none();
            lock.put(entry.clone());
            if is_first {
                lock.promote(&entry.name, &entry.sha256, State::Current);
            }
            let put = lock.by_digest(&entry.name, &entry.sha256).cloned();
            put.ok_or_else(|| ControlError::bug("what was put into the lock is not in it"))
        })?;
        let text = words!(
            "journal-installed",
            "connector {name} {version} was installed, sha256 {sha256}",
            name = entry.name,
            version = entry.version,
            sha256 = entry.sha256
        );
        self.tell_users(&entry.name, "connector-installed", text)
            .await;
        offer.applied = true;
        offer.current = Lock::read(&self.home)?
            .current(&entry.name)
            .map(|entry| entry.version.clone());
        Ok(Answer::Offer(Box::new(offer)))
    }

    /// Fetches it, verifies its signature and loads it from a place where nothing finds it.
    pub(super) async fn fetch_connector(
        &self,
        source: &str,
        consent: &Consent,
    ) -> Result<AtTheDoor, ControlError> {
        let source = Source::parse(source)?;
        let fetched = source.fetch(consent.plain()).await?;
        if let Some(agreed) = &consent.agreed
            && *agreed != hex(&Sha256::digest(&fetched.bytes))
        {
            return Err(moved(&source.to_string()));
        }
        let keys = Keys::read(&self.home.trusted())?;
        let signed = keys.verify(&fetched.bytes, fetched.signature.as_deref())?;
        if !matches!(signed, Signed::By(_)) && !consent.unsigned {
            return Err(unsigned(&source.to_string(), &signed));
        }
        let folder = tempfile::tempdir()
            .map_err(|cause| ControlError::io(Doing::Create, &std::env::temp_dir(), cause))?;
        let file = folder.path().join(file_name(&source));
        owner_only::create(&file, &fetched.bytes)
            .map_err(|cause| ControlError::io(Doing::Write, &file, cause))?;
        let loaded = self.runtime().await?.load(&file).await;
        let loaded = loaded.map_err(|error| known_as(&source, error))?;
        Ok(AtTheDoor {
            source,
            bytes: fetched.bytes,
            loaded,
            signed,
            _folder: folder,
        })
    }

    pub(super) fn offer(&self, door: &AtTheDoor, lock: &Lock) -> Offer {
        let manifest = &door.loaded.manifest;
        Offer {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            vendor: manifest.vendor.clone(),
            contract: door.loaded.contract.clone(),
            sha256: door.loaded.sha256.clone(),
            bytes: door.bytes.len() as u64,
            source: door.source.to_string(),
            signed: door.signed.clone(),
            hosts: manifest.hosts.clone(),
            secrets: manifest.secrets.clone(),
            is_called: door.loaded.has_door(),
            limits: manifest.limits.clone(),
            memory_bytes_max: door.loaded.memory_bytes_max(),
            applied: false,
            current: lock
                .current(&manifest.name)
                .map(|entry| entry.version.clone()),
            upgrade: None,
        }
    }

    /// The bytes that a person was shown are the bytes that come in.
    pub(super) fn agreed(&self, door: &AtTheDoor, consent: &Consent) -> Result<(), ControlError> {
        match &consent.agreed {
            Some(agreed) if *agreed != door.loaded.sha256 => Err(moved(&door.source.to_string())),
            _ => Ok(()),
        }
    }

    /// Its bytes into the folder. Nothing loads them before they are in the lock.
    pub(super) fn take_in(&self, door: &AtTheDoor) -> Result<Entry, ControlError> {
        let manifest = &door.loaded.manifest;
        let file = Entry::file_name(&manifest.name, &manifest.version, &door.loaded.sha256);
        let entry = Entry {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            contract: door.loaded.contract.clone(),
            sha256: door.loaded.sha256.clone(),
            file,
            source: door.source.to_string(),
            signer: match &door.signed {
                Signed::By(name) => Some(name.clone()),
                Signed::Unknown | Signed::No => None,
            },
            installed_at: self.world.now(),
            state: State::Kept,
            replaced: None,
            why: None,
        };
        let path = entry.path(&self.home);
        owner_only::replace(&path, &door.bytes)
            .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        Ok(entry)
    }
}

/// What its guest's log calls it: the last part of where it came from.
fn file_name(source: &Source) -> PathBuf {
    let told = source.to_string();
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let letter = |letter: char| match letter.is_ascii_alphanumeric() || "._-".contains(letter) {
        true => letter,
        false => '_',
    };
    let name: String = last.chars().map(letter).take(100).collect();
    match name.trim_matches('.').is_empty() {
        true => PathBuf::from("connector.wasm"),
        false => PathBuf::from(name),
    }
}

/// As the person named it: nobody knows the folder that it was loaded from.
fn known_as(source: &Source, mut error: LoadError) -> LoadError {
    match &mut error {
        LoadError::Unreadable { file, .. }
        | LoadError::TooLarge { file, .. }
        | LoadError::Precompiled { file }
        | LoadError::NotWasm { file }
        | LoadError::CoreModule { file }
        | LoadError::Damaged { file, .. }
        | LoadError::NotAConnector { file }
        | LoadError::NewerContract { file, .. }
        | LoadError::OlderContract { file, .. }
        | LoadError::ForbiddenImports { file, .. }
        | LoadError::NotCompiled { file, .. }
        | LoadError::NotLinked { file, .. }
        | LoadError::NotDescribed { file, .. }
        | LoadError::BadManifest { file, .. }
        | LoadError::Changed { file, .. } => *file = PathBuf::from(source.to_string()),
        LoadError::Engine { .. } => {}
    }
    error
}

fn unsigned(source: &str, signed: &Signed) -> ControlError {
    let source = source.to_owned();
    match signed {
        Signed::Unknown => {
            let english = format!("`{source}` is signed with a key that is not trusted here");
            ControlError::command("signer-unknown", vec![("source", source)], english).hint(
                "signer-unknown",
                vec![],
                "when you have the publisher's key from a place that you trust: `liaison connector trust add NAME KEY`; \
                 without one only --allow-unsigned lets it in",
            )
        }
        Signed::No | Signed::By(_) => {
            let english = format!("`{source}` is not signed, so nobody knows who made it");
            ControlError::command("unsigned", vec![("source", source)], english).hint(
                "unsigned",
                vec![],
                "ask the publisher for its signature (the file of its name with .minisig behind it), or say --allow-unsigned",
            )
        }
    }
}

fn moved(source: &str) -> ControlError {
    let message = words!(
        "error-offer-moved",
        "`{source}` is no longer what you agreed to: its bytes have changed since",
        source = source
    );
    ControlError::new("offer-moved", Blame::Command, message).hint(
        "offer-moved",
        vec![],
        "nothing was installed; look at it again",
    )
}

fn other_bytes(name: &str, version: &str) -> ControlError {
    let english = format!("{name} {version} is installed already, with other bytes");
    let args = vec![("name", name.to_owned()), ("version", version.to_owned())];
    ControlError::command("version-taken", args, english).hint(
        "version-taken",
        vec![],
        "a publisher gives other bytes another version; `liaison connector upgrade` puts them in its place all the same",
    )
}
