//! Time, chance and sleep, as the engine gets them.
//!
//! Invariant: nothing in `engine` or `schedule` reads a clock or rolls dice by itself, so that the
//! same seed gives the same run.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::Token;

#[async_trait]
pub trait World: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Never goes backwards; for measuring, not for people.
    fn monotonic_ms(&self) -> u64;
    fn random(&self) -> [u8; 16];
    /// Ends early when the process is to stop.
    async fn sleep_ms(&self, ms: u64);
    /// As long as a call is in hand: sleeps to the end, also when the process is to stop. Where calls
    /// take no time it never wakes.
    async fn beat_ms(&self, _ms: u64) {
        std::future::pending().await
    }
    /// The process is to stop: what is in hand is finished, nothing more is begun.
    fn stopping(&self) -> bool {
        false
    }
}

/// Crockford's base 32: no letter that could be read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 26 characters from 128 bits of chance.
pub fn token(world: &dyn World) -> Token {
    Token::from_bits(world.random())
}

/// A run's name: 10 characters of time, so that names sort by start, and 16 of chance.
pub fn run_name(world: &dyn World) -> String {
    let time = world.now().as_millisecond().max(0) as u64;
    let head: String = (0..10)
        .map(|place| ALPHABET[((time >> (5 * (9 - place))) & 31) as usize] as char)
        .collect();
    format!("{head}{}", &token(world).as_str()[10..])
}
