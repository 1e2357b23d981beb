//! Why two records may be the same thing, and how much that is worth.

/// Zero to a hundred.
pub type Percent = u8;

/// The weight of what speaks for a pair, less what speaks against it.
pub type Points = i32;

/// One thing that speaks for a pair or against it. `identity` counts the flow's natural identities
/// from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A natural key is the same, character by character.
    SameKey {
        identity: usize,
    },
    /// A natural key is the same but for case, accents, punctuation or leading zeros.
    AlikeKey {
        identity: usize,
    },
    Email,
    /// The names are the same but for case, accents, punctuation, word order and legal form.
    SameName,
    /// The last digits of the telephone numbers are the same.
    Phone,
    /// The postal code is the same and the names are similar.
    PostalCode {
        similarity: Percent,
    },
    /// Against: both records have this natural key, with different values.
    OtherKey {
        identity: usize,
    },
    /// Against: the names have little or nothing in common.
    OtherName {
        similarity: Percent,
    },
}

impl Reason {
    /// What the reason is worth.
    ///
    /// A key outweighs any other single thing, though not name and e-mail together; a name alone is
    /// enough where nothing competes; a telephone number under another name is worth nothing (a
    /// switchboard).
    pub fn points(self) -> Points {
        match self {
            Self::SameKey { .. } => 100,
            Self::AlikeKey { .. } => 70,
            Self::Email => 50,
            Self::SameName => 30,
            Self::Phone => 25,
            Self::PostalCode { similarity } => 20 + (Points::from(similarity) - 80).max(0) / 4,
            Self::OtherKey { .. } => -5,
            Self::OtherName { .. } => -30,
        }
    }

    /// A stable word for files and `--json`: `same-key:1`, `postal-code:92`. Identities count from one.
    pub fn code(self) -> String {
        match self {
            Self::SameKey { identity } => format!("same-key:{}", identity + 1),
            Self::AlikeKey { identity } => format!("alike-key:{}", identity + 1),
            Self::Email => "email".to_owned(),
            Self::SameName => "same-name".to_owned(),
            Self::Phone => "phone".to_owned(),
            Self::PostalCode { similarity } => format!("postal-code:{similarity}"),
            Self::OtherKey { identity } => format!("other-key:{}", identity + 1),
            Self::OtherName { similarity } => format!("other-name:{similarity}"),
        }
    }
}

/// The sum of all points.
pub fn total(reasons: &[Reason]) -> Points {
    reasons.iter().map(|reason| reason.points()).sum()
}
