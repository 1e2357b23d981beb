//! Files that only their owner can read, on both kinds of system.
//!
//! Unix has modes; Windows has access lists, which `icacls` sets without a line of `unsafe` here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

static REPLACEMENTS: AtomicU64 = AtomicU64::new(0);

/// Writes a new file that only we can read, durably. Fails when it is already there.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = open_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Writes the file beside its place and moves it over, so that a crash leaves the old or the new one.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // A name of its own, so that two writers at once do not meet.
    let own = format!(
        "{}-{}.new",
        std::process::id(),
        REPLACEMENTS.fetch_add(1, Ordering::Relaxed)
    );
    let beside = path.with_extension(own);
    let moved = create(&beside, content).and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        drop(fs::remove_file(&beside)); // what is left of the attempt
    }
    moved.and_then(|()| sync_folder(path))
}

/// Opens a new file that only we can read. Fails when it is already there.
#[cfg(unix)]
pub fn open_new(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Creates the folder, for its owner alone.
#[cfg(unix)]
pub fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// The mode of a file with which others can do something; none when it is the owner's alone.
#[cfg(unix)]
pub fn exposed_mode(path: &Path) -> io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0).then(|| format!("{mode:03o}")))
}

#[cfg(windows)]
pub fn open_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    restrict(path)?;
    Ok(file)
}

/// A folder cannot be synced on Windows; the rename itself is journaled by NTFS.
#[cfg(windows)]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(windows)]
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    restrict(path)
}

/// Takes the inherited rights away and leaves the current user's, and the system's: a service is one of
/// its accounts.
#[cfg(windows)]
fn restrict(path: &Path) -> io::Result<()> {
    const SYSTEM: &str = "*S-1-5-18";
    let asked = std::process::Command::new("whoami").output()?;
    let user = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    if !asked.status.success() || user.is_empty() {
        return Err(io::Error::other("whoami does not say who we are"));
    }
    let everything = match path.is_dir() {
        true => "(OI)(CI)F",
        false => "F",
    };
    let done = std::process::Command::new("icacls")
        .arg(path)
        .arg("/inheritance:r")
        .args(["/grant:r", &format!("{user}:{everything}")])
        .args(["/grant:r", &format!("{SYSTEM}:{everything}")])
        .output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(io::Error::other("icacls could not restrict the file"))
    }
}

/// Reading an access list needs the Windows API; we set it and do not read it back.
#[cfg(windows)]
pub fn exposed_mode(path: &Path) -> io::Result<Option<String>> {
    fs::metadata(path).map(|_| None)
}
