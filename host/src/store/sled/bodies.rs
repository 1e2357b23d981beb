//! What is too large for a row: found by its digest, counted, and kept in the table or in a file.
//!
//! A file holds the large bodies of one tenant from one commit. It is written once, synced with its
//! folder, and only then does a transaction refer to it. It goes when no row refers to any part of it.
//!
//! Invariant: a file is never changed and its number never used again while anything refers to it.
//! Invariant: a body is handed out only if its bytes still have its digest.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::{StoreError, disk};
use super::keys::{self, Table};
use super::rows::{BodyRef, FORMAT, odd};
use super::trees::Trees;
use crate::model::TenantId;

/// A body's row: how many rows refer to it, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BodyRow {
    pub count: u32,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Here(Vec<u8>),
    File { number: u64, offset: u64 },
}

const HERE: u8 = 0;
const IN_FILE: u8 = 1;

impl BodyRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.count.to_be_bytes());
        match &self.place {
            Place::Here(body) => {
                bytes.push(HERE);
                bytes.extend(body);
            }
            Place::File { number, offset } => {
                bytes.push(IN_FILE);
                bytes.extend(number.to_be_bytes());
                bytes.extend(offset.to_be_bytes());
            }
        }
        bytes
    }

    pub fn parse(value: &[u8]) -> Result<Self, StoreError> {
        Self::try_parse(value).ok_or_else(|| odd(Table::Bodies, "a row of an unknown form"))
    }

    fn try_parse(value: &[u8]) -> Option<Self> {
        let [FORMAT, rest @ ..] = value else {
            return None;
        };
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let place = match rest {
            [HERE, body @ ..] => Place::Here(body.to_vec()),
            [IN_FILE, rest @ ..] => {
                let (number, rest) = rest.split_first_chunk::<8>()?;
                let number = u64::from_be_bytes(*number);
                Place::File {
                    number,
                    offset: u64::from_be_bytes(rest.try_into().ok()?),
                }
            }
            _ => return None,
        };
        Some(Self {
            count: u32::from_be_bytes(*count),
            place,
        })
    }
}

/// One file of bodies: whose, and which.
pub(super) type FileId = (TenantId, u64);

/// The folder of body files.
pub(super) struct BodyFolder {
    folder: PathBuf,
}

impl BodyFolder {
    /// The folder, made durably if it is not there yet.
    pub fn open(store: &Path) -> io::Result<Self> {
        let folder = store.join("bodies");
        if !folder.try_exists()? {
            fs::create_dir(&folder)?;
            disk::sync_folder(store)?;
        }
        Ok(Self { folder })
    }

    pub fn write(&self, file: &FileId, bytes: &[u8]) -> io::Result<()> {
        disk::write_new(&self.path(file), bytes)
    }

    pub fn remove(&self, file: &FileId) -> io::Result<()> {
        fs::remove_file(self.path(file))
    }

    /// The bytes of a body, checked against its digest.
    pub fn read(
        &self,
        tenant: &TenantId,
        name: &BodyRef,
        row: &BodyRow,
    ) -> Result<Vec<u8>, StoreError> {
        let bytes = match &row.place {
            Place::Here(bytes) => bytes.clone(),
            Place::File { number, offset } => {
                let file = (tenant.clone(), *number);
                let read = read_part(&self.path(&file), *offset, name.len);
                read.map_err(|cause| StoreError::Inconsistent {
                    what: format!("a body is not in `{}`: {cause}", self.path(&file).display()),
                })?
            }
        };
        if BodyRef::of(&bytes) != *name {
            return Err(odd(
                Table::Bodies,
                "a body whose bytes are not those of its digest",
            ));
        }
        Ok(bytes)
    }

    /// The files that are there, by their names; what has another name is not ours and stays.
    pub fn files(&self) -> io::Result<Vec<FileId>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            found.extend(entry?.file_name().to_str().and_then(parse_name));
        }
        Ok(found)
    }

    fn path(&self, file: &FileId) -> PathBuf {
        // The number first: a file `con.1` would be a device on Windows.
        self.folder.join(format!("{:016x}.{}", file.1, file.0))
    }
}

fn parse_name(name: &str) -> Option<FileId> {
    let (number, tenant) = name.split_once('.')?;
    let number = u64::from_str_radix(number, 16).ok()?;
    Some((TenantId::parse(tenant).ok()?, number))
}

fn read_part(path: &Path, offset: u64, len: u32) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; len as usize];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// How many bodies of each file are referred to. Only the writer has it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FileUse(BTreeMap<FileId, i64>);

impl FileUse {
    /// Counted from the table of bodies.
    pub fn count(trees: &Trees) -> Result<Self, StoreError> {
        let mut counted = Self::default();
        for row in trees.scan(Table::Bodies, &[]) {
            let (key, value) = row?;
            let tenant = keys::tenant_of(&key).ok_or_else(|| odd(Table::Bodies, "an odd key"))?;
            if let Place::File { number, .. } = BodyRow::parse(&value)?.place {
                *counted.0.entry((tenant, number)).or_default() += 1;
            }
        }
        Ok(counted)
    }

    /// The highest number any file here has.
    pub fn last(&self) -> u64 {
        self.0.keys().map(|file| file.1).max().unwrap_or(0)
    }

    pub fn uses(&self, file: &FileId) -> bool {
        self.0.contains_key(file)
    }

    /// Adds what a commit changed, and hands back the files that nothing refers to any more.
    pub fn add(&mut self, changed: BTreeMap<FileId, i64>) -> Vec<FileId> {
        let mut unused = Vec::new();
        for (file, change) in changed {
            let count = self.0.entry(file.clone()).or_default();
            *count += change;
            if *count <= 0 {
                self.0.remove(&file);
                unused.push(file);
            }
        }
        unused
    }
}
