//! The pairs worth comparing, each with its points.

use std::collections::HashMap;

use super::census::{CROWD_PAIRS_MAX, Census, Crowd, Place, Witness};
use super::reason::{Points, total};
use super::side::{Side, Sides};
use super::weigh::weigh;

/// Below this, what two records share is not worth a person's time.
const EDGE_POINTS_MIN: Points = 10;

/// Two records that may be the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub source: Place,
    pub target: Place,
    pub points: Points,
}

impl Edge {
    pub fn end(&self, side: Side) -> Place {
        match side {
            Side::Source => self.source,
            Side::Target => self.target,
        }
    }
}

/// Every pair of free records that share something and have enough in common, by source and target;
/// and what was shared by too many.
pub fn edges(census: &Census, free: &Sides<Vec<bool>>) -> (Vec<Edge>, Vec<Crowd>) {
    let mut proposed = Proposed::default();
    for block in &census.blocks {
        let holders = Sides::by(|side| {
            let places = block.holders[side].iter().copied();
            places
                .filter(|&place| free[side][place as usize])
                .collect::<Vec<Place>>()
        });
        match block.witness {
            _ if proposed.all_of(&holders) => {}
            // A town is too much for one comparison of all with all; a word of a name in a town is not.
            // Nobody can clean up a postal code, so it is no crowd to report.
            Witness::PostalCode => proposed.all_sharing_a_word(census, &holders),
            witness => proposed.crowds.push(Crowd {
                witness,
                value: block.value.clone(),
                holders: Sides::by(|side| holders[side].len()),
            }),
        }
    }
    let Proposed {
        mut pairs,
        mut crowds,
    } = proposed;
    pairs.sort_unstable();
    pairs.dedup();
    crowds.sort_unstable();

    let mut reasons = Vec::new();
    let weighed = pairs.into_iter().map(|(source, target)| {
        weigh(census, source, target, &mut reasons);
        let points = total(&reasons);
        Edge {
            source,
            target,
            points,
        }
    });
    (
        weighed
            .filter(|edge| edge.points >= EDGE_POINTS_MIN)
            .collect(),
        crowds,
    )
}

#[derive(Default)]
struct Proposed {
    pairs: Vec<(Place, Place)>,
    crowds: Vec<Crowd>,
}

impl Proposed {
    /// Proposes every pair, unless the holders are a crowd.
    fn all_of(&mut self, holders: &Sides<Vec<Place>>) -> bool {
        if holders.source.len().saturating_mul(holders.target.len()) > CROWD_PAIRS_MAX {
            return false;
        }
        for &source in &holders.source {
            self.pairs
                .extend(holders.target.iter().map(|&target| (source, target)));
        }
        true
    }

    fn all_sharing_a_word(&mut self, census: &Census, holders: &Sides<Vec<Place>>) {
        let mut by_word: HashMap<&str, Sides<Vec<Place>>> = HashMap::new();
        for side in Side::BOTH {
            for &place in &holders[side] {
                let Some((name, _)) = &census.facts(side, place).name else {
                    continue;
                };
                for word in name.words() {
                    by_word.entry(word).or_default()[side].push(place);
                }
            }
        }
        for sharing in by_word.values() {
            self.all_of(sharing);
        }
    }
}
