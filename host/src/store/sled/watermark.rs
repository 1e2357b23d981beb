//! How far the store was acknowledged, noted outside of it.
//!
//! sled takes a damaged record near the end of its log for one that a crash cut short, and drops it
//! with everything behind it. One flipped bit would so take back acknowledged commits without a word
//! (seen: a store of one segment opened empty). So every transaction carries a number that grows, and
//! after its sync the number is written here too. A store that stands before its mark has lost its
//! end and is refused.
//!
//! The mark is not synced with every commit. After a power cut it may be old, which is harmless: it
//! is written only when the commit is safe, so it never claims too much. Should nothing but what is
//! left be wanted, deleting the file `acknowledged` lets it open.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const FILE: &str = "acknowledged";

pub(super) struct Watermark {
    file: File,
}

impl Watermark {
    /// The mark and where it stands; 0 if there is none that reads.
    pub fn open(store: &Path) -> io::Result<(Self, u64)> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(store.join(FILE))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let stands = parse(&bytes).unwrap_or(0);
        Ok((Self { file }, stands))
    }

    /// Where it stands, without making one.
    pub fn stands(store: &Path) -> io::Result<u64> {
        match std::fs::read(store.join(FILE)) {
            Ok(bytes) => Ok(parse(&bytes).unwrap_or(0)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    pub fn note(&mut self, number: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        // One short write within one sector, so there is no half of it.
        self.file
            .write_all(format!("{number:020} {:020}\n", !number).as_bytes())
    }

    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// The number, if the second one is its complement.
fn parse(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (number, complement) = text.strip_suffix('\n')?.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    (complement.parse::<u64>().ok()? == !number).then_some(number)
}
