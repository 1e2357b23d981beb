//! Names and identifiers, parsed at the edge and carried as types.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::words;
use super::{Text, Word};

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{raw}` is not a valid {what}: {rule}")]
pub struct InvalidId {
    pub what: Word,
    pub raw: String,
    pub rule: Word,
}

impl InvalidId {
    pub fn text(&self) -> Text {
        words!(
            "problem-invalid-name",
            "`{raw}` is not a valid {what}: {rule}",
            raw = self.raw;
            what = self.what,
            rule = self.rule
        )
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:expr, $max:expr, $allowed:expr, $rule:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and takes it over.
            pub fn parse(raw: &str) -> Result<Self, InvalidId> {
                let allowed: fn(char) -> bool = $allowed;
                let ok = (1..=$max).contains(&raw.len()) && raw.chars().all(allowed);
                if ok {
                    Ok(Self(raw.to_owned()))
                } else {
                    Err(InvalidId { what: $what, raw: raw.chars().take(80).collect(), rule: $rule })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(raw: String) -> Result<Self, InvalidId> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(raw: &str) -> Result<Self, InvalidId> {
                Self::parse(raw)
            }
        }
    };
}

fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

fn is_no_control(c: char) -> bool {
    !c.is_control()
}

fn is_flow_word(c: char) -> bool {
    is_word(c) || c == '/' || c == BACK
}

/// Ends the name of a two-way flow's way back, under which its runs and its parked records are kept. The
/// reader of tenant files lets no flow have it.
const BACK: char = '~';

const FLOW: Word = Word::new("id-flow", "flow name");
const FLOW_RULE: Word = Word::new("id-rule-path", "1 to 64 of a-z, 0-9, `-`, `_`, `/`");
const WORD_RULE: Word = Word::new("id-rule-word", "1 to 64 of a-z, 0-9, `-`, `_`");

identifier!(
    /// The wall between customers; every stored key starts with it.
    TenantId, Word::new("id-tenant", "tenant id"), 64, is_word, WORD_RULE
);
identifier!(
    /// A connector set up for one tenant. Permanent; the title is what people rename.
    ConnectionId, Word::new("id-connection", "connection id"), 64, is_word, WORD_RULE
);
identifier!(
    /// The name of a flow within its tenant.
    FlowName, FLOW, 65, is_flow_word, FLOW_RULE
);
identifier!(
    /// A kind of record in a system, e.g. `customer`.
    Entity, Word::new("id-entity", "entity name"), 64, is_word, WORD_RULE
);
identifier!(
    /// The id a system gives its own record.
    NativeId,
    Word::new("id-native", "native id"),
    256,
    is_no_control,
    Word::new("id-rule-native", "1 to 256 bytes without control characters")
);
identifier!(
    /// The host's name for one remote operation: 26 characters, the same when it is sent again.
    Token,
    Word::new("id-token", "token"),
    26,
    |c| c.is_ascii_uppercase() || c.is_ascii_digit(),
    Word::new("id-rule-token", "26 of A-Z, 0-9")
);

/// Crockford's base 32: no letter that could be read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Token {
    /// 26 characters that say these bits.
    pub fn from_bits(bits: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(bits);
        let text = (0..26)
            .map(|place| ALPHABET[((bits >> (5 * (25 - place))) & 31) as usize] as char)
            .collect();
        Self(text)
    }

    /// The token of what has this digest: for the same, the same.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        let mut bits = [0; 16];
        bits.copy_from_slice(&digest[..16]);
        Self::from_bits(bits)
    }
}

impl FlowName {
    /// As `parse`, for a name that a person gives to a flow.
    pub fn parse_given(raw: &str) -> Result<Self, InvalidId> {
        let name = Self::parse(raw)?;
        if !raw.contains(BACK) {
            return Ok(name);
        }
        Err(InvalidId {
            what: FLOW,
            raw: name.0,
            rule: FLOW_RULE,
        })
    }

    /// The way back of the two-way flow of this name.
    #[must_use]
    pub fn back(&self) -> Self {
        Self(format!("{self}{BACK}"))
    }

    /// The flow that this is the way back of.
    pub fn there(&self) -> Option<Self> {
        self.0.strip_suffix(BACK).map(|name| Self(name.to_owned()))
    }
}
