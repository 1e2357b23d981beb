//! Tapes of an installation: kept sealed, listed, written out, and replayed.
//!
//! ```text
//! data/tapes/TENANT/CONNECTION/WHEN-CALL-NUMBER.tape.age
//! ```
//!
//! Invariant: a tape is on the disk in clear only where a person asked for it.
//! Invariant: a call is never held up or failed by what becomes of its tape.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde::Serialize;

use crate::connector::tape::replay::{Replayed, Verdict};
use crate::connector::tape::{Component, Tape, TapeError, TapeShelf, mask};
use crate::connector::{Compiler, Loaded, Runtime, Shelf};
use crate::model::text::words;
use crate::model::{ConnectionId, TenantId, Token};
use crate::owner_only;
use crate::secret::{SecretError, SecretStore};

use super::Control;
use super::error::{ControlError, Doing};
use super::home::Home;
use super::request::Answer;
use super::shipping::lock::Lock;

const ENDING: &str = ".tape.age";
/// All tapes of a connection together. The oldest goes first.
const FOLDER_BYTES_MAX: u64 = 64 << 20;
/// Makes the names of tapes differ within one millisecond.
static TAPES: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TapeRow {
    /// What `tape export` wants to be told.
    pub name: String,
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub recorded_at: String,
    pub call: String,
    /// As it lies there, sealed.
    pub bytes: u64,
}

/// A component against a tape.
#[derive(Debug, Clone, Serialize)]
pub struct ReplayReport {
    pub recorded: Component,
    /// What replayed it: another version, perhaps.
    pub component: Component,
    pub recorded_at: String,
    pub call: String,
    pub masked: bool,
    #[serde(flatten)]
    pub replayed: Replayed,
}

impl ReplayReport {
    pub fn is_same(&self) -> bool {
        matches!(self.replayed.verdict, Verdict::Same | Verdict::SameSoFar)
    }
}

/// The shelf of an installation.
pub struct SealedTapes {
    folder: PathBuf,
    secrets: SecretStore,
}

impl SealedTapes {
    pub fn new(folder: PathBuf, secrets: SecretStore) -> Self {
        Self { folder, secrets }
    }
}

#[async_trait]
impl TapeShelf for SealedTapes {
    async fn keep(&self, tape: Tape, most: usize) -> Option<String> {
        let (folder, secrets) = (self.folder.clone(), self.secrets.clone());
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &secrets, &tape, most)).await;
        match kept {
            Ok(Ok(name)) => Some(name),
            Ok(Err(error)) => {
                tracing::warn!(target: "liaison::guest", "a tape is not kept: {error}");
                None
            }
            Err(error) => {
                tracing::warn!(target: "liaison::guest", "a tape is not kept: {error}");
                None
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error("{0}")]
    Sealing(#[from] SecretError),
    #[error("{0}")]
    Writing(#[from] std::io::Error),
}

fn keep(
    tapes: &Path,
    secrets: &SecretStore,
    tape: &Tape,
    most: usize,
) -> Result<String, KeepError> {
    let label = &tape.label;
    let folder = tapes
        .join(label.tenant.as_str())
        .join(label.connection.as_str());
    owner_only::create_folder(&folder)?;
    let stem = format!(
        "{}-{}-{}-{}",
        label.recorded_at.strftime("%Y%m%dT%H%M%S%3fZ"),
        tape.call.name(),
        std::process::id(),
        TAPES.fetch_add(1, Ordering::Relaxed)
    );
    let path = folder.join(format!("{stem}{ENDING}"));
    let sealed = secrets.seal_bytes(&path, tape.to_lines().as_bytes())?;
    owner_only::create(&path, &sealed)?;
    drop_the_oldest(&folder, most)?;
    Ok(format!("{}/{}/{stem}", label.tenant, label.connection))
}

/// Names begin with the moment, so that the order of names is that of time.
fn drop_the_oldest(folder: &Path, most: usize) -> std::io::Result<()> {
    let mut kept = files(folder)?;
    kept.reverse();
    let (mut count, mut bytes) = (0, 0);
    for (path, size) in kept {
        (count, bytes) = (count + 1, bytes + size);
        if count > most.max(1) || (count > 1 && bytes > FOLDER_BYTES_MAX) {
            // Another process may have been here first.
            drop(fs::remove_file(path));
        }
    }
    Ok(())
}

/// The tapes in a folder with their sizes, the oldest first.
fn files(folder: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing?,
    };
    let mut found: Vec<(PathBuf, u64)> = listing
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(ENDING))
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len())))
        .collect();
    found.sort();
    Ok(found)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, ControlError> {
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(|cause| ControlError::io(Doing::Read, folder, cause))?,
    };
    let mut found: Vec<PathBuf> = listing
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    Ok(found)
}

fn last_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

impl Control {
    pub(super) fn tape_list(
        &self,
        tenant: Option<TenantId>,
        connection: Option<ConnectionId>,
    ) -> Result<Answer, ControlError> {
        let rows = self.tapes()?.into_iter().map(|(row, _)| row);
        let wanted = |row: &TapeRow| {
            tenant.as_ref().is_none_or(|tenant| row.tenant == *tenant)
                && connection.as_ref().is_none_or(|it| row.connection == *it)
        };
        Ok(Answer::Tapes(rows.filter(wanted).collect()))
    }

    pub(super) fn tapes(&self) -> Result<Vec<(TapeRow, PathBuf)>, ControlError> {
        let mut found = Vec::new();
        for tenant_folder in folders(&self.home.tapes())? {
            for folder in folders(&tenant_folder)? {
                let tenant = TenantId::parse(&last_name(&tenant_folder));
                let connection = ConnectionId::parse(&last_name(&folder));
                let (Ok(tenant), Ok(connection)) = (tenant, connection) else {
                    continue;
                };
                let tapes = files(&folder)
                    .map_err(|cause| ControlError::io(Doing::Read, &folder, cause))?;
                for (path, bytes) in tapes {
                    let file = last_name(&path);
                    let stem = file.strip_suffix(ENDING).unwrap_or(&file);
                    let mut parts = stem.split('-');
                    let row = TapeRow {
                        name: format!("{tenant}/{connection}/{stem}"),
                        tenant: tenant.clone(),
                        connection: connection.clone(),
                        recorded_at: parts.next().map(moment).unwrap_or_default(),
                        call: parts.next().unwrap_or_default().to_owned(),
                        bytes,
                    };
                    found.push((row, path));
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn tape_export(
        &self,
        name: &str,
        file: &Path,
        unmasked: bool,
    ) -> Result<Answer, ControlError> {
        let is_it = |row: &TapeRow| row.name == name || row.name.ends_with(&format!("/{name}"));
        let found = self.tapes()?.into_iter().find(|(row, _)| is_it(row));
        let Some((_, path)) = found else {
            let english = format!("there is no tape `{name}`");
            let args = vec![("name", name.to_owned())];
            return Err(ControlError::command("no-tape", args, english).hint(
                "no-tape",
                vec![],
                "`liaison connector tape list` names those that are kept; the oldest goes when there are too many",
            ));
        };
        let mut tape = self.open_tape(&path)?;
        if !unmasked {
            // Without its connector nothing is known to be harmless.
            let loaded = self.connector(&tape.label.component.name).await.ok();
            let manifest = loaded.as_ref().map(|loaded| &*loaded.manifest);
            let vocabulary = self.component_bytes(&tape.label.component)?;
            let mut seed = [0; 16];
            getrandom::fill(&mut seed).map_err(|error| ControlError::bug(error.to_string()))?;
            tape = mask::masked(&tape, manifest, &vocabulary, &seed);
        }
        owner_only::replace(file, tape.to_lines().as_bytes())
            .map_err(|cause| ControlError::io(Doing::Write, file, cause))?;
        Ok(Answer::TapeExported {
            file: file.display().to_string(),
            masked: !unmasked,
        })
    }

    /// One that lies there sealed.
    pub(super) fn open_tape(&self, path: &Path) -> Result<Tape, ControlError> {
        let sealed = fs::read(path).map_err(|cause| ControlError::io(Doing::Read, path, cause))?;
        let plain = self.secrets.open_bytes(path, &sealed)?;
        Tape::read(&String::from_utf8_lossy(&plain)).map_err(|error| bad_tape(path, &error))
    }
}

impl Control {
    /// The component that made the tape, else the current one of its name, as it lies there.
    fn component_bytes(&self, made: &Component) -> Result<Vec<u8>, ControlError> {
        let lock = Lock::read(&self.home)?;
        let very_one = lock.by_digest(&made.name, &made.sha256);
        let Some(entry) = very_one.or_else(|| lock.current(&made.name)) else {
            return Ok(Vec::new());
        };
        let path = entry.path(&self.home);
        fs::read(&path).map_err(|cause| ControlError::io(Doing::Read, &path, cause))
    }
}

/// `20261128T031500123Z` as people write it; the name itself where it is another one.
fn moment(stamp: &str) -> String {
    let digits: String = stamp.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 17 {
        return stamp.to_owned();
    }
    let (date, time) = digits.split_at(8);
    format!(
        "{}-{}-{}T{}:{}:{}.{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..6],
        &time[6..]
    )
}

fn bad_tape(path: &Path, error: &TapeError) -> ControlError {
    let file = path.display().to_string();
    let english = format!("`{file}` is no tape that can be read");
    ControlError::command("bad-tape", vec![("file", file)], english).cause(match error {
        TapeError::TooLarge { bytes } => words!(
            "tape-too-large",
            "it has {bytes} bytes, which no tape has",
            bytes = bytes
        ),
        TapeError::Short { line } => {
            words!("tape-short", "it ends after line {line}", line = line)
        }
        TapeError::OtherFormat { found } => words!(
            "tape-other-format",
            "it is of format {found}, which this version of liaison does not read",
            found = found
        ),
        TapeError::Line { line, reason } => words!(
            "tape-line",
            "line {line}: {reason}",
            line = line,
            reason = reason
        ),
    })
}

pub fn read(path: &Path) -> Result<Tape, ControlError> {
    let text =
        fs::read_to_string(path).map_err(|cause| ControlError::io(Doing::Read, path, cause))?;
    Tape::read(&text).map_err(|error| bad_tape(path, &error))
}

/// Replays a tape. No installation is opened: where there is one, its connectors are looked through for the
/// component, and its compiled ones are used.
pub async fn replay(
    path: &Path,
    component: Option<&Path>,
    home: &Path,
) -> Result<Answer, ControlError> {
    let tape = read(path)?;
    let bench = Bench::new(home)?;
    let loaded = match component {
        Some(file) => bench.runtime.load(file).await?,
        None => bench.installed(&tape.label.component).await?,
    };
    let replayed = bench.runtime.replay(&loaded, &tape).await;
    let Tape { label, .. } = &tape;
    Ok(Answer::Replayed(Box::new(ReplayReport {
        recorded: label.component.clone(),
        component: loaded.component(),
        recorded_at: label.recorded_at.to_string(),
        call: tape.title(),
        masked: label.masked,
        replayed,
    })))
}

/// A runtime without an installation: for components by themselves.
pub struct Bench {
    pub runtime: Runtime,
    pub cache: PathBuf,
    home: Home,
    _folder: tempfile::TempDir,
}

/// A runtime over no installation.
pub fn bare_runtime(cache: &Path, shelf: Arc<dyn Shelf>) -> Result<Runtime, ControlError> {
    let compiler = Compiler::own_program().map_err(|error| ControlError::bug(error.to_string()))?;
    Ok(Runtime::new(cache, shelf, compiler)?)
}

impl Bench {
    /// What an installation has compiled already is used, where there is one.
    pub fn new(home: &Path) -> Result<Self, ControlError> {
        let folder = tempfile::tempdir()
            .map_err(|cause| ControlError::io(Doing::Create, &std::env::temp_dir(), cause))?;
        let home = Home::new(home);
        let cache = match home.exists() {
            true => home.cache(),
            false => folder.path().to_owned(),
        };
        Ok(Self {
            runtime: bare_runtime(&cache, Arc::new(NoShelf))?,
            cache,
            home,
            _folder: folder,
        })
    }

    /// The very component, else one of its name.
    async fn installed(&self, wanted: &Component) -> Result<Loaded, ControlError> {
        let mut of_its_name = None;
        let lock = Lock::read(&self.home)?;
        for entry in lock.of(&wanted.name) {
            let path = entry.path(&self.home);
            let Ok(loaded) = self.runtime.load_pinned(&path, &entry.sha256).await else {
                continue;
            };
            if loaded.sha256 == wanted.sha256 {
                return Ok(loaded);
            }
            if entry.state.is_current() {
                of_its_name = Some(loaded);
            }
        }
        of_its_name.ok_or_else(|| {
            let english = format!("no component `{}` is at hand to replay it", wanted.name);
            let args = vec![("name", wanted.name.clone())];
            ControlError::command("no-component", args, english).hint(
                "name-component",
                vec![],
                "name one with --component FILE.wasm",
            )
        })
    }
}

/// A replay keeps nothing, and a component on the bench only in its own process.
struct NoShelf;

#[async_trait]
impl Shelf for NoShelf {
    async fn memory_get(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        _: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    async fn memory_set(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        _: &str,
        _: Option<Vec<u8>>,
    ) -> Result<(), String> {
        Ok(())
    }

    async fn note_progress(&self, _: &TenantId, _: &Token, _: Vec<u8>) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_tapes_go_first() {
        let folder = tempfile::tempdir().unwrap();
        for second in 0..9 {
            let name = format!("20261128T03150{second}000Z-write-1-{second}{ENDING}");
            fs::write(folder.path().join(name), [0; 10]).unwrap();
        }
        drop_the_oldest(folder.path(), 3).unwrap();
        let left: Vec<String> = files(folder.path())
            .unwrap()
            .iter()
            .map(|(path, _)| last_name(path)[14..15].to_owned())
            .collect();
        assert_eq!(left, ["6", "7", "8"]);
    }

    #[test]
    fn a_moment_is_read_from_the_name() {
        assert_eq!(moment("20261128T031500123Z"), "2026-11-28T03:15:00.123Z");
        assert_eq!(moment("else"), "else");
    }
}
