//! Connectors that were loaded before, while their files stay as they were: a service opens them for every run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::Loaded;

#[derive(Default)]
pub struct Known(Mutex<BTreeMap<PathBuf, (Stamp, Loaded)>>);

/// Whether a file was written since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: SystemTime,
}

impl Stamp {
    /// None where the file system does not tell; then nothing of it is kept.
    pub fn of(file: &Path) -> Option<Self> {
        let about = std::fs::metadata(file).ok()?;
        Some(Self {
            length: about.len(),
            modified: about.modified().ok()?,
        })
    }
}

impl Known {
    pub fn get(&self, file: &Path, stamp: Option<&Stamp>, sha256: &str) -> Option<Loaded> {
        let known = self.lock();
        let (then, loaded) = known.get(file)?;
        (stamp == Some(then) && loaded.sha256 == sha256).then(|| loaded.clone())
    }

    /// `stamp`: taken before the file was read.
    pub fn put(&self, file: PathBuf, stamp: Option<Stamp>, loaded: Loaded) {
        if let Some(stamp) = stamp {
            self.lock().insert(file, (stamp, loaded));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, (Stamp, Loaded)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_written_again_has_another_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.wasm");
        assert_eq!(Stamp::of(&file), None);
        std::fs::write(&file, "a").expect("written");
        let first = Stamp::of(&file);
        assert!(first.is_some());
        assert_eq!(Stamp::of(&file), first);
        let opened = std::fs::File::options().write(true).open(&file);
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        opened.expect("opened").set_modified(later).expect("set");
        assert_ne!(Stamp::of(&file), first);
        std::fs::write(&file, "aa").expect("written");
        assert_ne!(Stamp::of(&file), first);
    }
}
