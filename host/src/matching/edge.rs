//! The pairs worth comparing, each with its points.

use std::collections::HashMap;

use super::census::{CROWD_PAIRS_MAX, Census, Crowd, Place, Witness};
use super::evidence::weigh;
use super::reason::{Points, total};
use super::side::{Side, Sides};

/// Below this, what two records share is not worth a person's time.
const EDGE_POINTS_MIN: Points = 10;

/// In a town, a trade or a first name is a crowd of its own; together they are not. Three words would
/// find little more, and the work grows with every one.
const SECOND_WORDS: usize = 1;

/// Pairs proposed again take memory until they are forgotten: at most this many, 32 MiB, or as many as
/// there are different ones.
const REPEATED_PAIRS_MAX: usize = 4 << 20;

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
            Witness::PostalCode => {
                let words = Words {
                    after: "",
                    more: SECOND_WORDS,
                };
                proposed.all_sharing_words(census, &holders, words);
            }
            witness => proposed.crowds.push(Crowd {
                witness,
                value: block.value.clone(),
                holders: Sides::by(|side| holders[side].len()),
            }),
        }
    }
    proposed.forget_repeated();
    let Proposed {
        pairs, mut crowds, ..
    } = proposed;
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
    /// How many of `pairs` are known to differ.
    different: usize,
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
        if self.pairs.len() > self.different * 2 + REPEATED_PAIRS_MAX {
            self.forget_repeated();
        }
        true
    }

    /// Two records that share much are proposed once for every word and number they share.
    fn forget_repeated(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.different = self.pairs.len();
    }

    /// Proposes pairs that share a word of their names; where that is a crowd again (the plumbers of a
    /// town), pairs that share a second word, and so on for `words`.
    fn all_sharing_words(&mut self, census: &Census, holders: &Sides<Vec<Place>>, words: Words) {
        let mut by_word: HashMap<&str, Sides<Vec<Place>>> = HashMap::new();
        for side in Side::BOTH {
            for &place in &holders[side] {
                let Some((name, _)) = &census.facts(side, place).name else {
                    continue;
                };
                // Words are in order, so no two words are taken both ways round.
                for word in name
                    .words()
                    .iter()
                    .filter(|word| word.as_str() > words.after)
                {
                    let sharing = &mut by_word.entry(word).or_default()[side];
                    // A name may have a word twice.
                    if sharing.last() != Some(&place) {
                        sharing.push(place);
                    }
                }
            }
        }
        for (word, sharing) in by_word {
            if !self.all_of(&sharing) && words.more > 0 {
                let words = Words {
                    after: word,
                    more: words.more - 1,
                };
                self.all_sharing_words(census, &sharing, words);
            }
        }
    }
}

/// Which words a crowd may still be split by.
#[derive(Clone, Copy)]
struct Words<'a> {
    after: &'a str,
    more: usize,
}
