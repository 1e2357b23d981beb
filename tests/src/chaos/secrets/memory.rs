//! The linear memories of the connectors that run in another process just now.
//!
//! A linear memory lies at the beginning of a reservation of its own, gigabytes that nobody may touch but for what
//! the guest has grown to: so it is told from everything that is the host's. Linux only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// No other part of a process reserves so much at once.
const RESERVED_BYTES_MIN: u64 = 1 << 30;

struct Mapping {
    from: u64,
    to: u64,
    access: String,
}

impl Mapping {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (from, to) = words.next()?.split_once('-')?;
        let address = |text| u64::from_str_radix(text, 16).ok();
        Some(Self {
            from: address(from)?,
            to: address(to)?,
            access: words.next()?.to_owned(),
        })
    }

    fn is_reserved(&self) -> bool {
        self.access.starts_with("---") && self.to - self.from >= RESERVED_BYTES_MIN
    }

    fn is_in_use(&self) -> bool {
        self.access.starts_with("rw")
    }
}

/// Empty where a process cannot be looked into.
pub fn of_guests(process: u32) -> Vec<Vec<u8>> {
    let Ok(maps) = std::fs::read_to_string(format!("/proc/{process}/maps")) else {
        return Vec::new();
    };
    let Ok(mut memory) = File::open(format!("/proc/{process}/mem")) else {
        return Vec::new();
    };
    let mappings: Vec<Mapping> = maps.lines().filter_map(Mapping::parse).collect();
    let mut found = Vec::new();
    for (place, reserved) in mappings.iter().enumerate() {
        if !reserved.is_reserved() {
            continue;
        }
        // It may be made of several parts: what the component was compiled with, and what it has grown by.
        let mut from = reserved.from;
        for before in mappings[..place].iter().rev() {
            if before.to != from || !before.is_in_use() {
                break;
            }
            from = before.from;
        }
        let length = usize::try_from(reserved.from - from).expect("a guest has at most 64 MiB");
        let mut bytes = vec![0; length];
        let read = memory
            .seek(SeekFrom::Start(from))
            .and_then(|_| memory.read_exact(&mut bytes));
        if length > 0 && read.is_ok() {
            found.push(bytes);
        }
    }
    found
}
