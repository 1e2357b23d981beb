//! The end of sled's log, kept safe across an opening.
//!
//! While it opens, sled writes a snapshot and then zeroes the segments that hold nothing any more. The
//! name of the snapshot is not on the disk by then. Should a power cut keep the zeroes and take the
//! name, or should the snapshot be damaged later, the log is read without it; and sled wants no gap
//! behind the place that the last header calls stable. If one of the zeroed segments lies there, it
//! takes the log for torn at that place, opens with what was before it, or empty, and zeroes all that
//! is left (seen, with cuts and with a single failed read). So before sled opens, the last segments
//! are copied to the file `log-tail`, and one that is missing where sled wants it is put back.
//!
//! What is missing and was never kept was never on the disk: a commit of several segments that a power
//! cut left in pieces, and that nobody was told of. The pieces behind the gap are set aside in a file
//! of their own, so that sled finds the end before them.
//!
//! And sled takes a read that fails for the end of the log, too. So what it is about to read is read
//! here first: a disk that fails is an error, and nothing is cut off.
//!
//! Invariant: a segment whose header is damaged is left as it is; the store is then refused.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::super::disk;

const FILE: &str = "log-tail";
const FILE_NEW: &str = "log-tail.new";
const MAGIC: &[u8; 8] = b"logtail1";

/// sled's own, by default; ours never changes it.
const SEGMENT_BYTES: u64 = 512 << 10;
const HEADER_BYTES: usize = 20;
const DIGEST_BYTES: usize = 32;

/// Why the log cannot be opened as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum TailError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the head of segment {slot} of its log is damaged")]
    Damaged { slot: u64 },
}

/// Brings the end of the log into a form that sled reads to its end, and keeps a copy of it. Everything
/// in the log must be on the disk already. `from` is where the newest snapshot stands; 0 for none.
pub(super) fn secure(store: &Path, data: &Path, from: u64) -> Result<(), TailError> {
    let mut log = Log::open(data)?;
    let kept = read_kept(store);
    log.mend(from, &kept)?;
    while let Some((missing, place)) = log.gap(from) {
        if let Some(slot) = log.damaged {
            return Err(TailError::Damaged { slot });
        }
        if let Some(segment) = kept.get(&missing) {
            tracing::warn!(store = %store.display(), position = missing, "putting a segment of the log back");
            log.put_back(missing, segment)?;
        } else if place == Gap::AtTheStart {
            tracing::warn!(store = %store.display(), position = missing, "the log has a gap; setting aside what is behind it");
            log.set_last_aside(store)?;
        } else {
            // sled finds this one by itself and ends the log before it.
            break;
        }
    }
    log.read_from(from)?;
    keep(store, &mut log, kept)
}

/// Copies what sled wants of the log when it has no snapshot. Without the last segment: it is still
/// written to, so a copy would be old, and an opening never zeroes it.
///
/// An opening may also take the last segments for torn (the pieces of a large commit that was never
/// finished) and zero them. Then a header before them is the last, and what that one calls stable may
/// lie far back, so the copy begins there. The last that is left always lies at or behind what the
/// whole log calls stable, since all of that is on the disk.
fn keep(store: &Path, log: &mut Log, before: BTreeMap<u64, Vec<u8>>) -> Result<(), TailError> {
    let Some(stable) = log.wanted(0) else {
        return Ok(());
    };
    let wanted = log.wanted_up_to(0, stable).unwrap_or(stable);
    let mut kept = before;
    kept.retain(|position, _| *position >= wanted);
    let there: Vec<u64> = log.slots.range(wanted..).map(|(at, _)| *at).collect();
    for position in there.iter().rev().skip(1) {
        kept.insert(*position, log.segment(*position)?);
    }
    if kept.is_empty() {
        return Ok(());
    }
    let mut bytes = MAGIC.to_vec();
    for (position, segment) in &kept {
        bytes.extend(position.to_be_bytes());
        bytes.extend((segment.len() as u32).to_be_bytes());
        bytes.extend(segment);
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    let new = store.join(FILE_NEW);
    let mut file = File::create(&new)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&new, store.join(FILE))?;
    disk::sync_folder(store)?;
    Ok(())
}

/// The segments kept at the last opening, by their position in the log. Nothing if the file is not
/// there or not whole: it is a net under the log and no part of it.
fn read_kept(store: &Path) -> BTreeMap<u64, Vec<u8>> {
    let bytes = fs::read(store.join(FILE)).unwrap_or_default();
    parse_kept(&bytes).unwrap_or_default()
}

fn parse_kept(bytes: &[u8]) -> Option<BTreeMap<u64, Vec<u8>>> {
    let (bytes, digest) = bytes.split_last_chunk::<DIGEST_BYTES>()?;
    if Sha256::digest(bytes)[..] != digest[..] {
        return None;
    }
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut kept = BTreeMap::new();
    while !rest.is_empty() {
        let (position, more) = rest.split_first_chunk::<8>()?;
        let (len, more) = more.split_first_chunk::<4>()?;
        let (segment, more) = more.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        kept.insert(u64::from_be_bytes(*position), segment.to_vec());
        rest = more;
    }
    Some(kept)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    AtTheStart,
    Later,
}

struct Log {
    file: File,
    /// Where each segment stands in the file, by its position in the log.
    slots: BTreeMap<u64, u64>,
    /// How far the log was stable when each segment was begun.
    stable: BTreeMap<u64, u64>,
    /// A slot whose header is neither empty nor whole.
    damaged: Option<u64>,
}

impl Log {
    fn open(data: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(data)?;
        let len = file.metadata()?.len();
        let mut log = Self {
            file,
            slots: BTreeMap::new(),
            stable: BTreeMap::new(),
            damaged: None,
        };
        for slot in 0..len.div_ceil(SEGMENT_BYTES) {
            let header = log.read(slot * SEGMENT_BYTES, HEADER_BYTES)?;
            match parse_header(&header) {
                Some((position, stable)) => {
                    log.slots.insert(position, slot);
                    log.stable.insert(position, stable);
                }
                None if header.iter().any(|byte| *byte != 0) => log.damaged = Some(slot),
                None => {}
            }
        }
        Ok(log)
    }

    /// The position of the segment that sled reads the end of the log from; none for an empty log.
    fn wanted(&self, from: u64) -> Option<u64> {
        self.wanted_up_to(from, u64::MAX)
    }

    /// The same, were this the last segment.
    fn wanted_up_to(&self, from: u64, last: u64) -> Option<u64> {
        let first = from / SEGMENT_BYTES * SEGMENT_BYTES;
        let stable = self
            .stable
            .range(first..=last.max(first))
            .map(|(_, stable)| *stable)
            .max()?;
        Some(stable.max(first) / SEGMENT_BYTES * SEGMENT_BYTES)
    }

    /// The first segment that is not there, of those that sled wants to be without a gap.
    fn gap(&self, from: u64) -> Option<(u64, Gap)> {
        let first = self.wanted(from)?;
        let (last, _) = self.slots.last_key_value()?;
        let missing = (first..=*last)
            .step_by(SEGMENT_BYTES as usize)
            .find(|position| !self.slots.contains_key(position));
        let missing = missing.or((*last < first).then_some(first))?;
        let place = match missing == first {
            true => Gap::AtTheStart,
            false => Gap::Later,
        };
        Some((missing, place))
    }

    fn read(&mut self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::with_capacity(len);
        (&mut self.file).take(len as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn segment(&mut self, position: u64) -> io::Result<Vec<u8>> {
        let at = self.slots[&position] * SEGMENT_BYTES;
        self.read(at, SEGMENT_BYTES as usize)
    }

    /// Puts back what a power cut left of zeroes: sled had zeroed a segment and only some of it came
    /// to the disk. What differs in any other way was written later, and the copy is old.
    fn mend(&mut self, from: u64, kept: &BTreeMap<u64, Vec<u8>>) -> io::Result<()> {
        let Some(wanted) = self.wanted(from) else {
            return Ok(());
        };
        for (position, segment) in kept.range(wanted..) {
            if let Some(slot) = self.slots.get(position).copied() {
                let mut found = self.read(slot * SEGMENT_BYTES, SEGMENT_BYTES as usize)?;
                found.resize(segment.len(), 0);
                if found != *segment && is_zeroed(&found, segment) {
                    tracing::warn!(position, "putting zeroed pieces of the log back");
                    self.file.seek(SeekFrom::Start(slot * SEGMENT_BYTES))?;
                    self.file.write_all(segment)?;
                    self.file.sync_all()?;
                }
            }
        }
        Ok(())
    }

    /// Reads what sled is about to read. It takes a read that fails for the end of the log and cuts off
    /// what follows; what was read a moment ago is in memory and does not fail.
    fn read_from(&mut self, from: u64) -> io::Result<()> {
        let first = from / SEGMENT_BYTES * SEGMENT_BYTES;
        let slots: Vec<u64> = self.slots.range(first..).map(|(_, slot)| *slot).collect();
        for slot in slots {
            self.read(slot * SEGMENT_BYTES, SEGMENT_BYTES as usize)?;
        }
        Ok(())
    }

    /// Behind the last segment of the file: where it stood, another may stand by now.
    fn put_back(&mut self, position: u64, segment: &[u8]) -> io::Result<()> {
        let slot = self.file.metadata()?.len().div_ceil(SEGMENT_BYTES);
        self.file.seek(SeekFrom::Start(slot * SEGMENT_BYTES))?;
        self.file.write_all(segment)?;
        self.file.sync_all()?;
        let header = segment.get(..HEADER_BYTES).and_then(parse_header);
        let (found, stable) =
            header.ok_or_else(|| io::Error::other("a kept segment is damaged"))?;
        self.slots.insert(found, slot);
        self.stable.insert(found, stable);
        if found != position {
            return Err(io::Error::other("a kept segment is another's"));
        }
        Ok(())
    }

    /// Copies the last segment to a file of its own and empties its header.
    fn set_last_aside(&mut self, store: &Path) -> io::Result<()> {
        let Some((position, slot)) = self.slots.pop_last() else {
            return Ok(());
        };
        self.stable.remove(&position);
        let bytes = self.read(slot * SEGMENT_BYTES, SEGMENT_BYTES as usize)?;
        let name = format!("bad-log.{position:016X}");
        let mut aside = File::create(store.join(name))?;
        aside.write_all(&bytes)?;
        aside.sync_all()?;
        disk::sync_folder(store)?;
        self.file.seek(SeekFrom::Start(slot * SEGMENT_BYTES))?;
        self.file.write_all(&[0; HEADER_BYTES])?;
        self.file.sync_all()
    }
}

/// Whether all that is other than it was is zero now, by the smallest piece a disk writes.
fn is_zeroed(found: &[u8], before: &[u8]) -> bool {
    const PIECE_BYTES: usize = 512;
    let mut pieces = found.chunks(PIECE_BYTES).zip(before.chunks(PIECE_BYTES));
    pieces.all(|(found, before)| found == before || found.iter().all(|byte| *byte == 0))
}

/// A segment's position and how far the log was stable when it was begun, as sled 0.34 writes them.
fn parse_header(bytes: &[u8]) -> Option<(u64, u64)> {
    let (sum, numbers) = bytes.first_chunk::<HEADER_BYTES>()?.split_first_chunk()?;
    if u32::from_le_bytes(*sum) ^ u32::MAX != checksum(numbers) {
        return None;
    }
    let (position, stable) = numbers.split_first_chunk::<8>()?;
    let number = |bytes: [u8; 8]| i64::from_le_bytes(bytes) ^ i64::MAX;
    let position = u64::try_from(number(*position)).ok()?;
    // Before the first flush it is -1.
    let stable = number(stable.try_into().ok()?).max(0) as u64;
    Some((position, stable))
}

/// CRC-32 as everybody computes it. Of sixteen bytes, so slow is good enough.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn only_what_was_zeroed_is_put_back() {
        let before = vec![7; 2_048];
        let mut found = before.clone();
        found[512..1_536].fill(0);
        assert!(is_zeroed(&found, &before));
        found[1_600] = 8;
        assert!(!is_zeroed(&found, &before));
    }

    #[test]
    fn a_kept_file_that_is_not_whole_keeps_nothing() {
        assert_eq!(parse_kept(b""), None);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(Sha256::digest(&bytes));
        assert_eq!(parse_kept(&bytes), Some(BTreeMap::new()));
        bytes[3] ^= 1;
        assert_eq!(parse_kept(&bytes), None);
    }
}
