//! The tape: all that one call of a guest asked of its host, what it was told, and what came of it.
//!
//! A guest's only inputs are its imports, so that whoever has the tape has the call: a vendor can repeat it
//! without network, installation or secret, with the same component or with the next one.
//!
//! ```text
//! recording  guest ─ TapedHost ─ LiveHost        every answer is noted on its way in
//! replaying  guest ─ TapedHost ─ the tape        every question is held against what was asked then
//! ```
//!
//! Invariant: what is noted is what the guest saw. Secrets were placeholders there, and answers were scrubbed.
//! Invariant: a replay reaches nothing: no network, no clock, no store.

pub mod bytes;
pub mod call;
pub mod difference;
mod failure;
pub mod file;
pub mod mask;
pub mod on_tape;
pub mod player;
pub mod recorder;
pub mod replay;
pub mod returned;
pub mod taped_host;

use async_trait::async_trait;

pub use file::{Component, End, Label, Step, Tape, TapeError};

/// Which calls of a connection are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taping {
    Off,
    /// Those that ended early, and those that returned a fault which the next try does not settle by itself.
    #[default]
    Failures,
    All,
}

/// Where tapes are kept. Implemented by `control`, which seals them.
#[async_trait]
pub trait TapeShelf: Send + Sync {
    /// The name under which it can be had; none when it could not be kept, which stops no call.
    async fn keep(&self, tape: Tape, most: usize) -> Option<String>;
}

/// Where nothing is kept: in tests of other things.
pub struct NoTapes;

#[async_trait]
impl TapeShelf for NoTapes {
    async fn keep(&self, _: Tape, _: usize) -> Option<String> {
        None
    }
}
