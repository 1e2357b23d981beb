//! The store as text: the backup, the upgrade, and the way to another backend.
//!
//! One JSON object a line, so that it can be read, searched and repaired without us: a header with
//! the format, then one record a line in the fixed order of [`Store::dump`], then how many there were
//! and the SHA-256 of every byte before. The same store gives the same bytes, so no clock is read.
//!
//! Leases are left out: they are about processes that run now.
//!
//! Invariant: an import reads all of its input and checks it before it changes anything, and it
//! begins with an empty store. What it refuses, it names by line.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use super::line::Counts;
use super::line::{End, Header, Line};
use super::sled::SledStore;
use super::{Change, Lease, LeaseScope, Store, StoreError, disk};
use crate::model::TenantId;
use crate::owner_only;

/// Grows when an older version could no longer read what is written.
pub const EXPORT_FORMAT: u32 = 1;

/// A line is one record; the largest body a call may copy is far below.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Records imported in one commit.
const COMMIT_RECORDS: usize = 500;

/// Long enough for any import: nobody else writes to a store that is being filled.
const IMPORT_LEASE: Duration = Duration::from_secs(24 * 3_600);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Read and check everything, change nothing.
    DryRun,
    Apply,
}

/// Writes the whole store as of one moment. Commits wait until it is through.
pub async fn export(store: &dyn Store, out: &mut (dyn Write + Send)) -> Result<Counts, StoreError> {
    let mut writing = Writing {
        out: BufWriter::new(out),
        hash: Sha256::new(),
        counts: Counts::default(),
    };
    let header = Header {
        format: EXPORT_FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    writing.line(&Line::LiaisonExport(header))?;
    store
        .dump(&mut |change| {
            let line = Line::from_change(change)?;
            writing.counts.add(&line);
            writing.line(&line)
        })
        .await?;
    let sha256 = hex(&writing.hash.clone().finalize());
    let counts = writing.counts;
    writing.line(&Line::End(End { counts, sha256 }))?;
    writing
        .out
        .flush()
        .map_err(|cause| io_at("the export", cause))?;
    Ok(counts)
}

struct Writing<'a> {
    out: BufWriter<&'a mut (dyn Write + Send)>,
    hash: Sha256,
    counts: Counts,
}

impl Writing<'_> {
    fn line(&mut self, line: &Line) -> Result<(), StoreError> {
        let mut bytes = serde_json::to_vec(line).expect("our types have text keys only");
        bytes.push(b'\n');
        self.hash.update(&bytes);
        self.out
            .write_all(&bytes)
            .map_err(|cause| io_at("the export", cause))
    }
}

/// Fills an empty store from an export.
pub async fn import<R: BufRead + Seek + Send>(
    store: &dyn Store,
    input: &mut R,
    mode: ImportMode,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    if let Some(tenant) = store.tenants().await?.into_iter().next() {
        return Err(StoreError::NotEmpty { tenant });
    }
    let counts = check(input)?;
    if mode == ImportMode::Apply {
        input.rewind().map_err(|cause| io_at("the export", cause))?;
        let mut filling = Filling {
            store,
            now,
            waiting: BTreeMap::new(),
        };
        let filled = filling.fill(input).await;
        filling.give_back_leases().await;
        filled?;
    }
    Ok(counts)
}

/// Reads an export through and finds the first thing wrong with it.
fn check(input: &mut impl BufRead) -> Result<Counts, StoreError> {
    let mut hash = Sha256::new();
    let mut counts = Counts::default();
    let mut linked = HashSet::new();
    let mut lines = Lines { input, number: 0 };
    let Some((_, bytes)) = lines.next()? else {
        return Err(bad(1, "it is empty"));
    };
    read_header(&bytes)?;
    hash.update(&bytes);
    while let Some((number, bytes)) = lines.next()? {
        match parse(number, &bytes)? {
            Line::LiaisonExport(_) => return Err(bad(number, "a second header")),
            Line::End(end) => {
                check_end(number, &end, counts, &hex(&hash.finalize()))?;
                return match lines.next()? {
                    None => Ok(counts),
                    Some((number, _)) => Err(bad(number, "there is something after the end")),
                };
            }
            line => {
                counts.add(&line);
                for end in line.live_ends() {
                    if !linked.insert(end) {
                        return Err(bad(
                            number,
                            "one of its ids is in another link of the set already",
                        ));
                    }
                }
            }
        }
        hash.update(&bytes);
    }
    Err(bad(
        lines.number + 1,
        "the last line is missing: the export was cut short",
    ))
}

fn read_header(bytes: &[u8]) -> Result<(), StoreError> {
    // Before the rest: a newer format may have kinds of lines we do not know.
    match serde_json::from_slice::<Line>(bytes) {
        Ok(Line::LiaisonExport(Header {
            format: EXPORT_FORMAT,
            ..
        })) => Ok(()),
        Ok(Line::LiaisonExport(Header { format, version })) => Err(bad(
            1,
            &format!(
                "it has format {format}, written by liaison {version}; this version knows {EXPORT_FORMAT}"
            ),
        )),
        _ => Err(bad(1, "it does not begin like an export of liaison")),
    }
}

fn check_end(line: usize, end: &End, counts: Counts, sha256: &str) -> Result<(), StoreError> {
    if end.counts != counts {
        let reason = "a line before it is missing or stands twice".to_owned();
        return Err(bad(line, &reason));
    }
    if end.sha256 != sha256 {
        return Err(bad(
            line,
            "the checksum does not fit: a line before it was changed",
        ));
    }
    Ok(())
}

fn parse(number: usize, bytes: &[u8]) -> Result<Line, StoreError> {
    serde_json::from_slice(bytes).map_err(|cause| bad(number, &cause.to_string()))
}

struct Lines<'a, R> {
    input: &'a mut R,
    number: usize,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next line with its number and its line feed.
    fn next(&mut self) -> Result<Option<(usize, Vec<u8>)>, StoreError> {
        let mut bytes = Vec::new();
        let mut limited = io::Read::take(&mut *self.input, LINE_BYTES_MAX as u64);
        limited
            .read_until(b'\n', &mut bytes)
            .map_err(|cause| io_at("the export", cause))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        match bytes.last() {
            Some(b'\n') => Ok(Some((self.number, bytes))),
            _ if bytes.len() == LINE_BYTES_MAX => Err(bad(self.number, "it is longer than 64 MB")),
            _ => Err(bad(self.number, "it has no end: the export was cut short")),
        }
    }
}

/// Commits in progress, by tenant.
struct Filling<'a> {
    store: &'a dyn Store,
    now: Timestamp,
    waiting: BTreeMap<TenantId, (Lease, Vec<Change>)>,
}

impl Filling<'_> {
    async fn fill(&mut self, input: &mut (impl BufRead + Send)) -> Result<(), StoreError> {
        let mut lines = Lines { input, number: 0 };
        while let Some((number, bytes)) = lines.next()? {
            if let Some(change) = parse(number, &bytes)?.into_change() {
                self.add(change).await?;
            }
        }
        for (lease, changes) in self.waiting.values_mut() {
            self.store.commit(lease, std::mem::take(changes)).await?;
        }
        Ok(())
    }

    async fn add(&mut self, change: Change) -> Result<(), StoreError> {
        let tenant = change.tenant().clone();
        if !self.waiting.contains_key(&tenant) {
            let scope = LeaseScope::admin(&tenant);
            let lease = self
                .store
                .claim(&scope, "import", self.now, IMPORT_LEASE)
                .await?;
            self.waiting.insert(tenant.clone(), (lease, Vec::new()));
        }
        let (lease, changes) = self
            .waiting
            .get_mut(&tenant)
            .expect("it was put there if it was missing");
        changes.push(change);
        if changes.len() == COMMIT_RECORDS {
            self.store.commit(lease, std::mem::take(changes)).await?;
        }
        Ok(())
    }

    async fn give_back_leases(self) {
        for (lease, _) in self.waiting.into_values() {
            // Whether it worked says nothing about the import.
            let _ = self.store.release(&lease).await;
        }
    }
}

/// Where the backups of a store are: beside it, so that losing the one does not take the other.
pub fn backup_folder(store: &Path) -> PathBuf {
    disk::parent(store).join("backups")
}

/// The newest backup in the folder, by its name.
pub fn newest_backup(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let newest = names
        .filter(|name| name.starts_with("store-") && name.ends_with(".jsonl"))
        .max()?;
    Some(folder.join(newest))
}

/// Writes an export named by the moment into the folder. It has its name only when it is complete and
/// durable. Works while others use the store.
pub async fn backup(
    store: &dyn Store,
    folder: &Path,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let at = |cause| io_at(&folder.display().to_string(), cause);
    owner_only::create_folder(folder).map_err(at)?;
    let moment = now.strftime("%Y%m%dT%H%M%SZ");
    let mut backup = folder.join(format!("store-{moment}.jsonl"));
    for more in 2.. {
        if !backup.exists() {
            break;
        }
        backup = folder.join(format!("store-{moment}-{more}.jsonl"));
    }
    let partial = backup.with_extension("partial");
    // What a crash left of an earlier attempt in the same second.
    let _ = fs::remove_file(&partial);
    let mut file = owner_only::open_new(&partial).map_err(at)?;
    export(store, &mut file).await?;
    file.sync_all().map_err(at)?;
    drop(file);
    fs::rename(&partial, &backup).map_err(at)?;
    disk::sync_folder(folder).map_err(at)?;
    Ok(backup)
}

/// Makes a store from a backup, where there is none. It is built beside its place and moved there
/// when it is complete, so a restore that is cut short leaves no half of a store.
pub async fn restore(backup: &Path, store: &Path, now: Timestamp) -> Result<Counts, StoreError> {
    let at = |cause| io_at(&store.display().to_string(), cause);
    let is_taken = fs::read_dir(store).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken || store.is_file() {
        return Err(StoreError::Unreadable {
            path: store.display().to_string(),
            reason: "a store is restored where there is none; move this one aside first".to_owned(),
        });
    }
    let file = File::open(backup).map_err(|cause| io_at(&backup.display().to_string(), cause))?;
    let building = free_name(store);
    let built = build(&building, file, now).await;
    if let Err(error) = built {
        // Ours, and made just now.
        let _ = fs::remove_dir_all(&building);
        return Err(error);
    }
    if store.exists() {
        fs::remove_dir(store).map_err(at)?;
    }
    fs::rename(&building, store).map_err(at)?;
    disk::sync_folder(disk::parent(store)).map_err(at)?;
    built
}

async fn build(building: &Path, backup: File, now: Timestamp) -> Result<Counts, StoreError> {
    let fresh = SledStore::open(building)?;
    let counts = import(&fresh, &mut BufReader::new(backup), ImportMode::Apply, now).await?;
    let report = fresh.verify().await?;
    match report.problems.into_iter().next() {
        None => Ok(counts),
        Some(what) => Err(StoreError::Inconsistent { what }),
    }
}

fn free_name(store: &Path) -> PathBuf {
    let name = store
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    (1..)
        .map(|number| store.with_file_name(format!("{name}.restoring-{number}")))
        .find(|path| !path.exists())
        .expect("there are more numbers than folders")
}

fn bad(line: usize, reason: &str) -> StoreError {
    StoreError::BadExport {
        line,
        reason: reason.to_owned(),
    }
}

fn io_at(path: &str, cause: io::Error) -> StoreError {
    StoreError::Io {
        path: path.to_owned(),
        cause,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
