//! Opening a store, and making one.
//!
//! The order is the safety: our own lock, then the file that makes sled refuse is taken away, then
//! our own handle on the data and a sync of it, then the end of the log is secured (`tail.rs`), then
//! sled. What does not open is set aside and read again in full; what still does not open is left as
//! it is, with advice.
//!
//! A store is known by `STORE.txt`, the last thing its making writes. With it, missing data is damage;
//! without it, nothing was ever acknowledged here.
//!
//! Invariant: no file with data in it is deleted, and a folder that held data never opens empty.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ::sled::{Config, Db};

use super::super::lease::Held;
use super::super::{Retention, StoreError, disk};
use super::Inner;
use super::bodies::{BodyFolder, FileUse};
use super::draft::parse_tally;
use super::keys::{self, Table};
use super::quiet::Quiet;
use super::rows::{Row, Stored, from_json, odd};
use super::tail::{self, TailError};
use super::trees::{Trees, broken, unreadable};
use super::unfinished;
use super::watermark::Watermark;

/// The form of the whole store: tables, keys, bodies. Rows have a byte of their own.
const STORE_FORMAT: u32 = 1;
const FORMAT_KEY: &[u8] = b"meta/format";

const LOCK: &str = "liaison.lock";
const MADE: &str = "STORE.txt";
const DATA: &str = "db";
const CONF: &str = "conf";

const MADE_TEXT: &[u8] =
    b"This folder is a store of liaison: links, open intents, cursors, history.\n\
Do not copy it while liaison runs; `liaison store backup` makes a copy that can be restored.\n\
Deleting it makes liaison forget which records belong together.\n";

/// sled's cache. Enough for the inner pages of a million links.
const CACHE_BYTES_MAX: u64 = 64 << 20;

/// sled's own thread: it cleans old segments, and only there. Without it the store grows for ever.
const BACKGROUND_MS: u64 = 500;

/// How long an earlier handle of this same process may take to let go of `db`: sled closes on threads
/// of its own. Another process cannot have it, since we hold our lock.
const LET_GO_MS_MAX: u64 = 5_000;

/// An open store, and what only its writer needs.
pub(super) struct Opened {
    pub inner: Inner,
    pub file_use: FileUse,
    pub watermark: Watermark,
    /// Transactions since the store was made.
    pub commits: u64,
}

/// What the one who opens a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One that was made before; its absence is a loss.
    Made,
    /// One that is there, or a new one.
    Any,
}

pub(super) fn missing(path: &Path) -> StoreError {
    StoreError::Missing {
        path: path.display().to_string(),
    }
}

pub(super) fn open(
    path: &Path,
    retention: Retention,
    wanted: Wanted,
) -> Result<Opened, StoreError> {
    let lock = lock(path)?;
    let state = look(path)?;
    if wanted == Wanted::Made && state != Found::Store {
        return Err(missing(path));
    }
    let io = |cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    };
    remove_half_snapshots(path).map_err(io)?;
    if state == Found::Nothing {
        disk::write_new(&path.join(DATA), &[]).map_err(io)?;
    }
    let mut handle = disk::open_to_sync(&path.join(DATA)).map_err(io)?;
    // A process that was killed may have left commits that only the kernel has. What is shown from
    // now on, and what is tidied up because of it, must not go back at a power cut.
    handle.sync_all().map_err(io)?;
    disk::sync_folder(path).map_err(io)?;
    let made = if state == Found::Store {
        Made::Before
    } else {
        Made::Now
    };
    let db = match open_ours(path, made) {
        // A making that a power cut left in pieces: there is nothing in it, and it is made again.
        Err(StoreError::Unreadable { .. })
            if made == Made::Now && Watermark::stands(path).map_err(io)? == 0 =>
        {
            set_making_aside(path).map_err(io)?;
            disk::write_new(&path.join(DATA), &[]).map_err(io)?;
            handle = disk::open_to_sync(&path.join(DATA)).map_err(io)?;
            open_ours(path, made)?
        }
        other => other?,
    };
    // The snapshot that was just written has its name on the disk before anything is built on it.
    disk::sync_folder(path).map_err(io)?;
    let trees = Quiet::new(Trees::open(&db, path)?);
    let folder = BodyFolder::open(path).map_err(io)?;
    let (watermark, acknowledged) = Watermark::open(path).map_err(io)?;
    finish_the_unfinished(path, &trees, &db, &handle)?;
    let commits = commits(&trees)?;
    if commits < acknowledged {
        let why = format!(
            "the end of its log is damaged: {acknowledged} commits were acknowledged, {commits} are left"
        );
        return Err(unreadable(path, &why));
    }
    if made == Made::Now {
        finish_making(path, &db, &handle)?;
    }
    let file_use = FileUse::count(&trees)?;
    collect_garbage(&folder, &file_use).map_err(io)?;
    free_leases(&trees)?;
    let inner = Inner {
        trees,
        db,
        folder,
        handle,
        gate: Mutex::new(()),
        poisoned: AtomicBool::new(false),
        flushing: Mutex::new(None),
        #[cfg(test)]
        fail_next_sync: AtomicBool::new(false),
        #[cfg(test)]
        syncs: Default::default(),
        retention,
        path: path.to_owned(),
        _lock: lock,
    };
    Ok(Opened {
        inner,
        file_use,
        watermark,
        commits,
    })
}

/// Transactions since the store was made.
fn commits(trees: &Trees) -> Result<u64, StoreError> {
    let commits = trees.get(Table::Tallies, &keys::commits())?;
    let [commits] = commits.map_or(Ok([0]), |value| parse_tally(&value))?;
    Ok(commits)
}

/// Writes what is left of a commit that sled broke off. Every row is set to what that commit makes of
/// it, so it does not matter which of them it had reached.
fn finish_the_unfinished(
    path: &Path,
    trees: &Trees,
    db: &Db,
    handle: &File,
) -> Result<(), StoreError> {
    let io = |cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    };
    if let Some((number, rows)) = unfinished::noted(path).map_err(io)?
        && commits(trees)? <= number
    {
        tracing::warn!(store = %path.display(), "finishing a commit that was broken off");
        for ((table, key), value) in rows {
            let tree = trees.tree(table);
            let set = match value {
                Some(value) => tree.insert(key, value),
                None => tree.remove(key),
            };
            set.map_err(|cause| trees.broken(cause))?;
        }
        db.flush().map_err(|cause| trees.broken(cause))?;
        handle.sync_all().map_err(io)?;
    }
    unfinished::forget(path).map_err(io)
}

/// Our lock on the folder. Given back in words, because closing the file is not enough while a child
/// process that was just started still has a copy of it.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing gives it back as well, a moment later.
        let _ = self.0.unlock();
    }
}

/// Takes our lock, and makes the folder if it is not there. Touches no folder that is someone else's.
fn lock(path: &Path) -> Result<Lock, StoreError> {
    let io = |cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    };
    fs::create_dir_all(path).map_err(io)?;
    // Not being able to look is no answer: a folder is never taken for empty because of it.
    let there = |name: &str| path.join(name).try_exists().map_err(io);
    let ours = there(LOCK)? || there(MADE)?;
    if !ours && fs::read_dir(path).map_err(io)?.next().is_some() {
        return Err(unreadable(
            path,
            "the folder holds files, but it is no store",
        ));
    }
    let options = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .to_owned();
    let file = options.open(path.join(LOCK)).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: path.display().to_string(),
        }),
        Err(TryLockError::Error(cause)) => Err(io(cause)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Store,
    /// A making that a crash ended; nothing was ever acknowledged.
    HalfMade,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Now,
    Before,
}

/// Whether a store was made in this folder and not taken away since. Not being able to look counts as one.
pub(super) fn is_made(path: &Path) -> bool {
    path.join(MADE).try_exists().unwrap_or(true)
}

fn look(path: &Path) -> Result<Found, StoreError> {
    let io = |cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    };
    let there = |name: &str| path.join(name).try_exists().map_err(io);
    if there(MADE)? {
        return match there(DATA)? {
            true => Ok(Found::Store),
            false => Err(unreadable(path, "its file `db` is gone")),
        };
    }
    if there(DATA)? {
        return Ok(Found::HalfMade);
    }
    // `db` is the first file a making writes, so other files without it were not left by one.
    let entries = fs::read_dir(path).map_err(io)?;
    match entries.flatten().find(|entry| entry.file_name() != LOCK) {
        None => Ok(Found::Nothing),
        Some(entry) => {
            let name = entry.file_name();
            Err(unreadable(
                path,
                &format!("it holds `{}` but no `db`", name.display()),
            ))
        }
    }
}

/// A snapshot that a kill cut short makes sled refuse to open. It is only a shortcut to the log.
fn remove_half_snapshots(path: &Path) -> io::Result<()> {
    for name in names(path)? {
        if name.starts_with("snap.") && name.ends_with(".generating") {
            tracing::warn!(store = %path.display(), file = name, "removing a half-written snapshot");
            fs::remove_file(path.join(name))?;
        }
    }
    Ok(())
}

/// Sets the snapshots aside under names sled does not look at. The log is then read in full.
fn set_snapshots_aside(path: &Path) -> io::Result<usize> {
    let mut moved = 0;
    for name in names(path)?
        .into_iter()
        .filter(|name| name.starts_with("snap."))
    {
        let mut to = path.join(format!("bad-{name}"));
        for more in 2.. {
            if !to.try_exists()? {
                break;
            }
            to = path.join(format!("bad-{name}.{more}"));
        }
        fs::rename(path.join(&name), to)?;
        moved += 1;
    }
    disk::sync_folder(path)?;
    Ok(moved)
}

/// Renames what an unfinished making left, so that nothing is deleted that might be looked at.
fn set_making_aside(path: &Path) -> io::Result<()> {
    set_snapshots_aside(path)?;
    for name in [DATA, CONF] {
        if path.join(name).try_exists()? {
            fs::rename(path.join(name), path.join(format!("bad-{name}")))?;
        }
    }
    disk::sync_folder(path)
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

fn open_ours(path: &Path, made: Made) -> Result<Quiet<Db>, StoreError> {
    let db = Quiet::new(open_sled(path)?);
    check_format(path, &db, made)?;
    Ok(db)
}

fn open_sled(path: &Path) -> Result<Db, StoreError> {
    secure_tail(path)?;
    let first = match try_sled(path) {
        Ok(db) => return Ok(db),
        Err(Refusal::Surroundings(error)) => return Err(error),
        Err(Refusal::Damage(why)) => why,
    };
    tracing::warn!(store = %path.display(), why = first, "setting the snapshots aside and reading the log");
    let moved = set_snapshots_aside(path).map_err(|cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    })?;
    if moved == 0 {
        return Err(unreadable(path, &first));
    }
    secure_tail(path)?;
    match try_sled(path) {
        Ok(db) => Ok(db),
        Err(Refusal::Surroundings(error)) => Err(error),
        Err(Refusal::Damage(why)) => Err(unreadable(
            path,
            &format!("{why}, also without its snapshots"),
        )),
    }
}

/// Without this sled may take a log whose end it does not find for an empty one.
fn secure_tail(path: &Path) -> Result<(), StoreError> {
    let io = |cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    };
    let newest = names(path).map_err(io)?.into_iter().filter_map(|name| {
        let position = name.strip_prefix("snap.")?;
        u64::from_str_radix(position, 16).ok()
    });
    let from = newest.max().unwrap_or(0);
    tail::secure(path, &path.join(DATA), from).map_err(|error| match error {
        TailError::Io(cause) => io(cause),
        damaged @ TailError::Damaged { .. } => unreadable(path, &damaged.to_string()),
    })
}

enum Refusal {
    /// A full disk, a missing right, another process: reading the log again would not help.
    Surroundings(StoreError),
    Damage(String),
}

fn try_sled(path: &Path) -> Result<Db, Refusal> {
    let until = Instant::now() + Duration::from_millis(LET_GO_MS_MAX);
    loop {
        let config = Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES_MAX)
            .flush_every_ms(Some(BACKGROUND_MS));
        // sled panics on some kinds of damage; nothing of ours is open in there.
        let error = match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => return Ok(db),
            Ok(Err(error)) => error,
            Err(_) => {
                return Err(Refusal::Damage(
                    "sled panicked while it read the store".into(),
                ));
            }
        };
        match error {
            ::sled::Error::Io(cause) if is_lock(&cause) => {
                if Instant::now() > until {
                    let path = path.display().to_string();
                    return Err(Refusal::Surroundings(StoreError::Locked { path }));
                }
                sleep(Duration::from_millis(5));
            }
            ::sled::Error::Io(cause) if is_of_surroundings(&cause) => {
                let path = path.display().to_string();
                return Err(Refusal::Surroundings(StoreError::Io { path, cause }));
            }
            other => return Err(Refusal::Damage(other.to_string())),
        }
    }
}

/// sled has no kind for it, only these words.
fn is_lock(cause: &io::Error) -> bool {
    cause.to_string().starts_with("could not acquire lock")
}

fn is_of_surroundings(cause: &io::Error) -> bool {
    use ErrorKind::{
        OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let kinds = [
        OutOfMemory,
        PermissionDenied,
        QuotaExceeded,
        ReadOnlyFilesystem,
        StorageFull,
    ];
    kinds.contains(&cause.kind()) || cause.raw_os_error() == Some(DEVICE_ERROR)
}

/// The device failed; it has no kind of its own. What is read again may read well.
#[cfg(unix)]
const DEVICE_ERROR: i32 = 5;
#[cfg(windows)]
const DEVICE_ERROR: i32 = 1117;

/// Checked before anything else is touched: a newer version may mean other things by the same names.
fn check_format(path: &Path, db: &Db, made: Made) -> Result<(), StoreError> {
    let found = db.get(FORMAT_KEY).map_err(|cause| broken(path, cause))?;
    let Some(found) = found else {
        // sled has a tree of its own from the start.
        let is_empty = db.is_empty() && db.tree_names().len() == 1;
        return match made {
            Made::Now if is_empty || is_ours_and_empty(path, db)? => Ok(()),
            Made::Now => Err(unreadable(path, "it was not made by liaison")),
            Made::Before => Err(unreadable(
                path,
                "its data is gone: it does not know its format",
            )),
        };
    };
    let found = found[..].try_into().map(u32::from_be_bytes);
    match found {
        Ok(STORE_FORMAT) => Ok(()),
        Ok(found) => {
            let path = path.display().to_string();
            Err(StoreError::NewerFormat {
                path,
                found,
                known: STORE_FORMAT,
            })
        }
        Err(_) => Err(unreadable(path, "its format is no number")),
    }
}

/// A making that a crash ended after its trees were there.
fn is_ours_and_empty(path: &Path, db: &Db) -> Result<bool, StoreError> {
    for name in db.tree_names() {
        let tree = db.open_tree(&name).map_err(|cause| broken(path, cause))?;
        let known = name == b"__sled__default"
            || Table::ALL
                .iter()
                .any(|table| table.name().as_bytes() == &name[..]);
        if !known || !tree.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes everything durable that a new store consists of; sled syncs none of it.
fn finish_making(path: &Path, db: &Db, handle: &File) -> Result<(), StoreError> {
    db.insert(FORMAT_KEY, &STORE_FORMAT.to_be_bytes())
        .map_err(|cause| broken(path, cause))?;
    db.flush().map_err(|cause| broken(path, cause))?;
    let sync = || {
        handle.sync_all()?;
        disk::open_to_sync(&path.join(CONF))?.sync_all()?;
        disk::sync_folder(path)?;
        disk::sync_folder(disk::parent(path))?;
        disk::write_new(&path.join(MADE), MADE_TEXT)
    };
    sync().map_err(|cause| StoreError::Io {
        path: path.display().to_string(),
        cause,
    })
}

/// Takes away the files of bodies nothing refers to: of a commit that was cut short, or one whose
/// bodies were let go. Called when the whole table of bodies has been read without an error.
fn collect_garbage(folder: &BodyFolder, file_use: &FileUse) -> io::Result<()> {
    for file in folder.files()? {
        if !file_use.uses(&file) {
            folder.remove(&file)?;
        }
    }
    Ok(())
}

/// Whoever held a lease was a process that is gone: we have its lock. The fence stays, so nothing is
/// lost if this is not on disk at the next crash; it is done again then.
fn free_leases(trees: &Trees) -> Result<(), StoreError> {
    for row in trees.scan(Table::Leases, &[]) {
        let (key, value) = row?;
        let Stored::Whole(payload) = Stored::parse(Table::Leases, &value)? else {
            return Err(odd(Table::Leases, "a row with a body"));
        };
        let held: Held = from_json(Table::Leases, payload)?;
        if held.holder.is_some() {
            let row = Row::json(&held.expired());
            trees
                .tree(Table::Leases)
                .insert(key, row.bytes)
                .map_err(|cause| trees.broken(cause))?;
        }
    }
    Ok(())
}
