//! The one type a secret's value travels in.
//!
//! Invariant: no `Display`, no `Serialize`, `Debug` is redacted, the memory is zeroed on drop.

use std::fmt;

use zeroize::Zeroizing;

/// A value under this length is put into requests but never searched for in answers and log lines:
/// too many innocent texts would match.
pub const SCRUB_BYTES_MIN: usize = 8;

/// A secret is at most this long: room for a PEM key, not for a document.
pub const SECRET_BYTES_MAX: usize = 64 << 10;

#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself. Every caller of this is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is long enough to be searched for in answers and log lines; `secret set` warns
    /// when it is not.
    pub fn can_be_scrubbed(&self) -> bool {
        self.0.len() >= SCRUB_BYTES_MIN
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let value = SecretValue::new("correct horse".to_owned());
        assert_eq!(format!("{value:?}"), "SecretValue(redacted)");
        assert_eq!(format!("{:?}", Some(&value)), "Some(SecretValue(redacted))");
    }

    #[test]
    fn seven_bytes_are_too_few_to_scrub() {
        assert!(!SecretValue::new("1234567".to_owned()).can_be_scrubbed());
        assert!(SecretValue::new("12345678".to_owned()).can_be_scrubbed());
    }
}
