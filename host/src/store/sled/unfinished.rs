//! A commit that sled broke off in the middle, finished at the next opening.
//!
//! sled applies a transaction row by row. Should it fail to read a page on the way, it stops there and
//! cancels the mark that holds the rows together: those it had written stay, and the commit is torn
//! (seen: one failed read, and a row's body is gone). Nothing can be taken back by then. So the rows
//! are written to the file `unfinished`, the store takes no more writes, and the next opening writes
//! all of them. The caller had an error, and what the error was about may have happened: as after a
//! crash.
//!
//! Invariant: the file is gone from the disk before the next commit, or it would undo later ones.

use std::fs;
use std::io;
use std::path::Path;

use ::sled::IVec;
use sha2::{Digest, Sha256};

use super::super::disk;
use super::draft::Rows;
use super::keys::Table;

const FILE: &str = "unfinished";
const DIGEST_BYTES: usize = 32;

/// The number of the commit, and its rows: table, key, value.
type Written = (u64, Vec<(u8, Vec<u8>, Option<Vec<u8>>)>);

pub(super) fn note(store: &Path, number: u64, rows: &Rows) -> io::Result<()> {
    let rows = rows.iter().map(|((table, key), value)| {
        let value = value.as_ref().map(|value| value.to_vec());
        (*table as u8, key.clone(), value)
    });
    let written: Written = (number, rows.collect());
    let mut bytes = postcard::to_stdvec(&written).map_err(io::Error::other)?;
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    disk::write_new(&store.join(FILE), &bytes)
}

/// The commit that is to be finished. One that was not noted to its end was no note.
pub(super) fn noted(store: &Path) -> io::Result<Option<(u64, Rows)>> {
    let bytes = match fs::read(store.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(parse(&bytes))
}

fn parse(bytes: &[u8]) -> Option<(u64, Rows)> {
    let (bytes, digest) = bytes.split_last_chunk::<DIGEST_BYTES>()?;
    if Sha256::digest(bytes)[..] != digest[..] {
        return None;
    }
    let (number, written): Written = postcard::from_bytes(bytes).ok()?;
    let mut rows = Rows::new();
    for (table, key, value) in written {
        let table = *Table::ALL.get(usize::from(table))?;
        rows.insert((table, key), value.map(IVec::from));
    }
    Some((number, rows))
}

pub(super) fn forget(store: &Path) -> io::Result<()> {
    match fs::remove_file(store.join(FILE)) {
        Ok(()) => disk::sync_folder(store),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_comes_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(noted(folder.path()).unwrap(), None);
        let mut rows = Rows::new();
        rows.insert((Table::Links, vec![1]), Some(IVec::from(vec![2, 3])));
        rows.insert((Table::Bodies, vec![4]), None);
        note(folder.path(), 7, &rows).unwrap();
        assert_eq!(noted(folder.path()).unwrap(), Some((7, rows)));
        let file = folder.path().join(FILE);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(noted(folder.path()).unwrap(), None);
        forget(folder.path()).unwrap();
        forget(folder.path()).unwrap();
        assert!(!file.exists());
    }
}
