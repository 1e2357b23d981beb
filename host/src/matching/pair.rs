//! From the records of both sides to the report.

use super::candidate::{Candidate, Named};
use super::census::{Census, Place};
use super::certain::{Certainty, certainty};
use super::duplicate::duplicates;
use super::edge::{Edge, edges};
use super::evidence::weigh;
use super::likely::likely;
use super::reason::total;
use super::report::{Ambiguity, Pair, Report};
use super::side::{Side, Sides};

/// A person who looks at more candidates for one record than this is not helped by them.
const CANDIDATES_MAX: usize = 10;

/// Pairs the records of both sides. Records that have a link already are left out by the caller; of
/// records with the same id on one side the first in order of content counts.
pub fn pair(sides: Sides<&[Candidate]>) -> Report {
    let records = Sides::by(|side| {
        let mut records: Vec<&Candidate> = sides[side].iter().collect();
        records.sort_unstable();
        records.dedup_by(|a, b| a.id == b.id);
        records
    });
    let census = Census::take(&records);
    let mut free = Sides::by(|side| vec![true; records[side].len()]);

    let Certainty {
        pairs: certain,
        contested,
    } = certainty(&census);
    for &(source, target) in &certain {
        free.source[source as usize] = false;
        free.target[target as usize] = false;
    }
    let (edges, crowds) = edges(&census, &free);
    let (likely, undecided) = likely(edges, &mut free, &contested);
    let undecided = best_of_each(undecided);

    let show = |source: Place, target: Place| {
        let mut reasons = Vec::new();
        weigh(&census, source, target, &mut reasons);
        Pair {
            source: Named::from(records.source[source as usize]),
            target: Named::from(records.target[target as usize]),
            points: total(&reasons),
            reasons,
        }
    };
    for edge in &undecided {
        for side in Side::BOTH {
            free[side][edge.end(side) as usize] = false;
        }
    }
    let groups = groups(&undecided, Sides::by(|side| records[side].len()));
    Report {
        duplicates: Sides::by(|side| duplicates(&census, &records[side], side)),
        crowds,
        certain: certain
            .iter()
            .map(|&(source, target)| show(source, target))
            .collect(),
        likely: likely
            .iter()
            .map(|edge| show(edge.source, edge.target))
            .collect(),
        ambiguous: (groups.into_iter())
            .map(|group| Ambiguity {
                records: Sides::by(|side| {
                    let mut places: Vec<Place> = group.iter().map(|edge| edge.end(side)).collect();
                    places.sort_unstable();
                    places.dedup();
                    places
                        .iter()
                        .map(|&place| Named::from(records[side][place as usize]))
                        .collect()
                }),
                candidates: group
                    .iter()
                    .map(|edge| show(edge.source, edge.target))
                    .collect(),
            })
            .collect(),
        unmatched: Sides::by(|side| {
            let unmatched = records[side]
                .iter()
                .zip(&free[side])
                .filter(|(_, free)| **free);
            unmatched.map(|(record, _)| Named::from(*record)).collect()
        }),
    }
}

/// Keeps an edge that is among the best of either of its records, so no record loses all of its own.
fn best_of_each(mut edges: Vec<Edge>) -> Vec<Edge> {
    let mut kept: Vec<Edge> = Vec::new();
    for (side, other) in [(Side::Source, Side::Target), (Side::Target, Side::Source)] {
        edges.sort_unstable_by_key(|edge| (edge.end(side), -edge.points, edge.end(other)));
        let by_record = edges.chunk_by(|a, b| a.end(side) == b.end(side));
        kept.extend(by_record.flat_map(|edges| edges.iter().take(CANDIDATES_MAX)));
    }
    kept.sort_unstable_by_key(|edge| (edge.source, edge.target));
    kept.dedup();
    kept
}

/// Edges that hang together, best first; groups by their first source.
fn groups(edges: &[Edge], records: Sides<usize>) -> Vec<Vec<Edge>> {
    let node = |edge: &Edge, side: Side| match side {
        Side::Source => edge.source as usize,
        Side::Target => records.source + edge.target as usize,
    };
    let mut parent: Vec<usize> = (0..records.source + records.target).collect();
    for edge in edges {
        let a = root(&mut parent, node(edge, Side::Source));
        let b = root(&mut parent, node(edge, Side::Target));
        parent[a.max(b)] = a.min(b);
    }
    // The root of a group is its first source: sources come before targets, and the smaller root wins.
    let mut rooted: Vec<(usize, Edge)> = (edges.iter())
        .map(|edge| (root(&mut parent, node(edge, Side::Source)), *edge))
        .collect();
    rooted.sort_unstable_by_key(|(root, edge)| (*root, -edge.points, edge.source, edge.target));
    let groups = rooted.chunk_by(|a, b| a.0 == b.0);
    groups
        .map(|group| group.iter().map(|(_, edge)| *edge).collect())
        .collect()
}

fn root(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}
