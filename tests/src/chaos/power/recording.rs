//! The recording of a child process, as `tests/recorder` writes it (the format stands there).

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::WRITERS;

#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Started,
    Opened {
        handle: u64,
        made: bool,
        emptied: bool,
        path: String,
    },
    Written {
        handle: u64,
        at: u64,
        bytes: Vec<u8>,
    },
    LengthSet {
        handle: u64,
        len: u64,
    },
    SyncBegun {
        ticket: u64,
        handle: u64,
    },
    SyncEnded {
        ticket: u64,
        done: bool,
    },
    Renamed {
        from: String,
        to: String,
    },
    Removed(String),
    FolderMade(String),
    FolderRemoved(String),
    Mark(String),
}

#[derive(Debug, Default)]
pub struct Recording {
    pub records: Vec<Record>,
    /// By record: how many calls there had been.
    counts: Vec<u32>,
    /// Calls that could have been made to fail, of the last process.
    pub calls: u32,
}

impl Recording {
    pub fn read(file: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|error| format!("no recording: {error}"))?;
        let mut recording = Self::default();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let kind = u8::from_le_bytes(take(&mut rest)?);
            recording.calls = u32::from_le_bytes(take(&mut rest)?);
            let len = u32::from_le_bytes(take(&mut rest)?) as usize;
            let Some((payload, more)) = rest.split_at_checked(len) else {
                return Err("the recording ends in a record".to_owned());
            };
            recording.records.push(record(kind, payload)?);
            recording.counts.push(recording.calls);
            rest = more;
        }
        Ok(recording)
    }

    /// From the call that opens a file so named to the one that renames it.
    pub fn calls_about(&self, ending: &str) -> (u32, u32) {
        let mut found = (0, 0);
        for (record, count) in self.records.iter().zip(&self.counts) {
            match record {
                Record::Opened { path, .. } if path.ends_with(ending) => found = (*count, *count),
                Record::Renamed { from, .. } if from.ends_with(ending) => found.1 = *count,
                _ => {}
            }
        }
        found
    }

    /// What kind of call was made to fail first.
    pub fn spoilt(&self) -> Option<&str> {
        self.records.iter().find_map(|record| match record {
            Record::Mark(mark) => mark.strip_prefix("spoilt ").map(str::trim_end),
            _ => None,
        })
    }

    /// How much the files grew, all together: an upper bound of what the disk must have room for.
    pub fn bytes_written(&self) -> u64 {
        let mut ends: BTreeMap<(usize, u64), u64> = BTreeMap::new();
        let mut process = 0;
        for record in &self.records {
            match record {
                Record::Started => process += 1,
                Record::Written { handle, at, bytes } => {
                    let end = ends.entry((process, *handle)).or_default();
                    *end = (*end).max(at + bytes.len() as u64);
                }
                _ => {}
            }
        }
        ends.values().sum()
    }
}

fn record(kind: u8, mut payload: &[u8]) -> Result<Record, String> {
    let payload = &mut payload;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(match kind {
        1 => Record::Started,
        2 => {
            let handle = u64::from_le_bytes(take(payload)?);
            let [how] = take(payload)?;
            Record::Opened {
                handle,
                made: how & 1 != 0,
                emptied: how & 2 != 0,
                path: text(payload),
            }
        }
        3 => Record::Written {
            handle: u64::from_le_bytes(take(payload)?),
            at: u64::from_le_bytes(take(payload)?),
            bytes: payload.to_vec(),
        },
        4 => Record::LengthSet {
            handle: u64::from_le_bytes(take(payload)?),
            len: u64::from_le_bytes(take(payload)?),
        },
        5 => Record::SyncBegun {
            ticket: u64::from_le_bytes(take(payload)?),
            handle: u64::from_le_bytes(take(payload)?),
        },
        6 => Record::SyncEnded {
            ticket: u64::from_le_bytes(take(payload)?),
            done: take(payload)? == [1],
        },
        7 => {
            let names = text(payload);
            let (from, to) = names.split_once('\0').ok_or("a rename without two names")?;
            Record::Renamed {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        }
        8 => Record::Removed(text(payload)),
        9 => Record::FolderMade(text(payload)),
        10 => Record::FolderRemoved(text(payload)),
        11 => Record::Mark(text(payload)),
        other => return Err(format!("a record of kind {other}")),
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], String> {
    let (first, rest) = bytes
        .split_first_chunk::<N>()
        .ok_or("the recording ends in a record")?;
    *bytes = rest;
    Ok(*first)
}

/// What a store has promised so far: by writer, the first commit it need not hold, and the highest
/// fence it gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promised {
    pub next: [u64; WRITERS],
    pub fence: [u64; WRITERS],
}

impl Promised {
    /// `commit WRITER NUMBER` was acknowledged; `seen WRITER NEXT` was shown by an open store;
    /// `fence WRITER NUMBER` was given out.
    pub fn hear(&mut self, mark: &str) {
        for line in mark.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [what, writer, number] = words[..] else {
                continue;
            };
            let (Ok(writer), Ok(number)) = (writer.parse::<usize>(), number.parse::<u64>()) else {
                continue;
            };
            let (place, number) = match what {
                "commit" => (&mut self.next[writer], number + 1),
                "seen" => (&mut self.next[writer], number),
                "fence" => (&mut self.fence[writer], number),
                _ => continue,
            };
            *place = number.max(*place);
        }
    }

    pub fn of(recording: &Recording) -> Self {
        let mut promised = Self::default();
        for record in &recording.records {
            if let Record::Mark(mark) = record {
                promised.hear(mark);
            }
        }
        promised
    }
}
