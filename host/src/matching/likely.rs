//! Which pairs are, clearly, the best of both their records.

use super::census::Place;
use super::edge::Edge;
use super::reason::Points;
use super::side::{Side, Sides};

/// A likely pair has at least this many points.
pub const LIKELY_POINTS_MIN: Points = 15;

/// And so many more than any other pair of its two records: one weak witness more is not enough.
pub const MARGIN_POINTS_MIN: Points = 15;

/// A settled pair may make another one clear, and so on. Every step of such a chain is worth the margin
/// more than the next, so a chain is short; this only bounds the time.
const ROUNDS_MAX: usize = 64;

/// Splits edges into likely pairs and the edges between records that stay undecided. The records of
/// likely pairs are no longer `free`; `contested` records never become part of one.
pub fn likely(
    mut edges: Vec<Edge>,
    free: &mut Sides<Vec<bool>>,
    contested: &Sides<Vec<bool>>,
) -> (Vec<Edge>, Vec<Edge>) {
    let mut settled: Vec<Edge> = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let standings = Sides::by(|side| standings(&edges, side, free[side].len()));
        let clear = |edge: &&Edge| {
            edge.points >= LIKELY_POINTS_MIN
                && Side::BOTH.iter().all(|&side| {
                    let place = edge.end(side) as usize;
                    !contested[side][place] && standings[side][place].is_clear(edge.points)
                })
        };
        let found: Vec<Edge> = edges.iter().filter(clear).copied().collect();
        if found.is_empty() {
            break;
        }
        for edge in &found {
            for side in Side::BOTH {
                free[side][edge.end(side) as usize] = false;
            }
        }
        edges.retain(|edge| {
            Side::BOTH
                .iter()
                .all(|&side| free[side][edge.end(side) as usize])
        });
        settled.extend(found);
    }
    settled.sort_unstable_by_key(|edge| (edge.source, edge.target));
    (settled, edges)
}

/// The two highest scores among one record's edges.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    best: Points,
    second: Points,
}

impl Standing {
    fn is_clear(self, points: Points) -> bool {
        points == self.best && self.best - self.second >= MARGIN_POINTS_MIN
    }
}

fn standings(edges: &[Edge], side: Side, records: usize) -> Vec<Standing> {
    let mut standings = vec![Standing::default(); records];
    for edge in edges {
        let place: Place = edge.end(side);
        let standing = &mut standings[place as usize];
        if edge.points > standing.best {
            standing.second = standing.best;
            standing.best = edge.points;
        } else {
            standing.second = standing.second.max(edge.points);
        }
    }
    standings
}
