//! What `link match` found, in the order a person reads it.

use super::candidate::Named;
use super::census::Crowd;
use super::duplicate::Duplicate;
use super::reason::{Points, Reason};
use super::side::Sides;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records of one side that share a natural key: to be cleaned up before the first run.
    pub duplicates: Sides<Vec<Duplicate>>,
    /// What too many records share to tell any of them apart; nothing was compared because of it.
    pub crowds: Vec<Crowd>,
    pub certain: Vec<Pair>,
    pub likely: Vec<Pair>,
    pub ambiguous: Vec<Ambiguity>,
    /// Records that share nothing telling with any free record of the other side. Members of a crowd may
    /// be among them.
    pub unmatched: Sides<Vec<Named>>,
}

/// A record of the source and a record of the target that may be the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub source: Named,
    pub target: Named,
    pub points: Points,
    /// Strongest first; what speaks against the pair comes last. Never empty.
    pub reasons: Vec<Reason>,
}

/// Records between which nothing decides clearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity {
    pub records: Sides<Vec<Named>>,
    /// Best first. A record with very many candidates keeps its best ones.
    pub candidates: Vec<Pair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    Certain,
    Likely,
    Ambiguous,
}

impl Confidence {
    /// A stable word for files and `--json`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl Report {
    /// Every pair with its confidence: certain, likely, then ambiguous.
    pub fn pairs(&self) -> impl Iterator<Item = (Confidence, &Pair)> {
        let certain = self.certain.iter().map(|pair| (Confidence::Certain, pair));
        let likely = self.likely.iter().map(|pair| (Confidence::Likely, pair));
        let ambiguous = (self.ambiguous.iter())
            .flat_map(|group| &group.candidates)
            .map(|pair| (Confidence::Ambiguous, pair));
        certain.chain(likely).chain(ambiguous)
    }
}
