//! Which call goes wrong, and how.

use std::ffi::c_int;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    Fail { at: u32, errno: c_int },
    FailFrom { at: u32, errno: c_int },
    Kill { at: u32 },
    KillHalf { at: u32 },
    Full { bytes: u64 },
}

impl Fault {
    /// A word nobody wrote, or one that reads as none of these, is no fault.
    pub fn parse(word: &str) -> Self {
        let parts: Vec<&str> = word.split(':').collect();
        let number = |part: &str| part.parse::<u64>().unwrap_or(0);
        match parts[..] {
            ["fail", at, errno] => Self::Fail {
                at: number(at) as u32,
                errno: number(errno) as c_int,
            },
            ["fail-from", at, errno] => Self::FailFrom {
                at: number(at) as u32,
                errno: number(errno) as c_int,
            },
            ["kill", at] => Self::Kill {
                at: number(at) as u32,
            },
            ["kill-half", at] => Self::KillHalf {
                at: number(at) as u32,
            },
            ["full", bytes] => Self::Full {
                bytes: number(bytes),
            },
            _ => Self::None,
        }
    }

    /// What the call of this number fails with.
    pub fn errno(self, call: u32) -> Option<c_int> {
        match self {
            Self::Fail { at, errno } if call == at => Some(errno),
            Self::FailFrom { at, errno } if call >= at => Some(errno),
            _ => None,
        }
    }
}
