//! What we ask of the file system beyond `std::fs`, and its twin on Windows.
//!
//! A file that is synced can still be lost with its name: the folder has to be synced as well. On
//! Windows a folder has no handle to sync, and the file system journals names by itself.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Makes the names inside a folder durable: new files, renames, removals.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(windows)]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A handle that can sync a file others write to.
#[cfg(unix)]
pub(super) fn open_to_sync(file: &Path) -> io::Result<File> {
    File::open(file)
}

/// `FlushFileBuffers` wants the right to write.
#[cfg(windows)]
pub(super) fn open_to_sync(file: &Path) -> io::Result<File> {
    File::options().write(true).open(file)
}

/// Writes a new file that must not exist yet; durable, name and all, before it returns.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut handle = File::options().write(true).create_new(true).open(file)?;
    handle.write_all(bytes)?;
    handle.sync_all()?;
    sync_folder(parent(file))
}

/// The folder a path lies in; `.` for a bare name.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What a folder and everything below it takes.
pub(super) fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file can go while we count; that is no error.
        total += match entry.metadata() {
            Ok(meta) if meta.is_dir() => bytes_below(&entry.path())?,
            Ok(meta) => meta.len(),
            Err(_) => 0,
        };
    }
    Ok(total)
}

/// What the disk of this folder has free for us.
pub(super) fn bytes_free(folder: &Path) -> io::Result<u64> {
    fs2::available_space(folder)
}
