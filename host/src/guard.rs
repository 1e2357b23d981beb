//! The guards that keep a record from being written twice or lost, each of which a test can switch off:
//! a guard whose absence nothing notices has no test.
//!
//! In a build without the feature `fault-injection`, which is every release, all of them hold always
//! and this module compiles to nothing. In a build with it, `LIAISON_GUARD_OFF=NAME` switches one off
//! for the process, `all` every one, and [`without`] for what one thread does.

/// Something that stands between an accident and the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// An intent is durable before a create leaves.
    Intent,
    /// A create that is sent again carries the token of the first time.
    Token,
    /// Live links of a set are one to one.
    UniqueLink,
    /// What a commit acknowledges is on the disk.
    Fsync,
    /// Two runs never work on the same pairs at one time.
    Overlap,
    /// A record that we write in circles is set aside.
    Ceiling,
}

impl Guard {
    pub const ALL: [Self; 6] = [
        Self::Intent,
        Self::Token,
        Self::UniqueLink,
        Self::Fsync,
        Self::Overlap,
        Self::Ceiling,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Token => "token",
            Self::UniqueLink => "unique-link",
            Self::Fsync => "fsync",
            Self::Overlap => "overlap",
            Self::Ceiling => "ceiling",
        }
    }
}

#[cfg(not(feature = "fault-injection"))]
#[inline]
pub const fn holds(_guard: Guard) -> bool {
    true
}

#[cfg(feature = "fault-injection")]
pub use switch::{holds, without};

#[cfg(feature = "fault-injection")]
mod switch {
    use std::cell::Cell;
    use std::sync::OnceLock;

    use super::Guard;

    thread_local! {
        static OFF_HERE: Cell<Option<Guard>> = const { Cell::new(None) };
    }

    pub fn holds(guard: Guard) -> bool {
        static OFF: OnceLock<Option<String>> = OnceLock::new();
        let off = OFF.get_or_init(|| std::env::var("LIAISON_GUARD_OFF").ok());
        let off = off.as_deref();
        OFF_HERE.get() != Some(guard) && off != Some(guard.name()) && off != Some("all")
    }

    /// What this thread does in `act` is done without the guard.
    pub fn without<T>(guard: Guard, act: impl FnOnce() -> T) -> T {
        OFF_HERE.set(Some(guard));
        let done = act();
        OFF_HERE.set(None);
        done
    }
}
