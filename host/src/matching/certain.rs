//! Pairs that a natural key decides alone.

use super::census::{Census, Place, Witness};
use super::evidence::names_similarity;
use super::name::CONTRADICTION_PERCENT_MAX;
use super::side::{Side, Sides};

/// What the keys decide.
pub struct Certainty {
    pub pairs: Vec<(Place, Place)>,
    /// Records whose keys point to different records of the other side. Only a person decides on them.
    pub contested: Sides<Vec<bool>>,
}

/// Takes every key that one record has on either side.
pub fn certainty(census: &Census) -> Certainty {
    let mut partner: Sides<Vec<Option<Place>>> =
        Sides::by(|side| vec![None; census.facts[side].len()]);
    let mut contested = Sides::by(|side| vec![false; census.facts[side].len()]);
    let mut pointed: Vec<(Place, Place)> = Vec::new();
    for block in &census.blocks {
        let (Witness::Key { .. }, Some((source, target))) = (block.witness, block.only()) else {
            continue;
        };
        pointed.push((source, target));
        for (side, own, other) in [
            (Side::Source, source, target),
            (Side::Target, target, source),
        ] {
            let known = partner[side][own as usize].get_or_insert(other);
            contested[side][own as usize] |= *known != other;
        }
    }
    pointed.sort_unstable();
    pointed.dedup();
    let pairs = (pointed.into_iter())
        .filter(|&(source, target)| {
            !contested.source[source as usize] && !contested.target[target as usize]
        })
        .filter(|&(source, target)| {
            names_similarity(census, source, target)
                .is_none_or(|similarity| similarity >= CONTRADICTION_PERCENT_MAX)
        })
        .collect();
    Certainty { pairs, contested }
}
