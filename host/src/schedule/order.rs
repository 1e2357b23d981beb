//! Which flows come after which.

use std::collections::{BTreeMap, BTreeSet};

/// The flows that depend on themselves by way of others, in order. A check refuses them; an agenda ignores
/// what they ask of one another, so that they still run.
pub fn in_cycles<F: Clone + Ord>(depends_on: &BTreeMap<F, Vec<F>>) -> Vec<F> {
    let flows = depends_on.keys();
    flows
        .filter(|flow| all_before(*flow, depends_on).contains(flow))
        .cloned()
        .collect()
}

/// What a flow waits for: what it depends on, without the unknown and without what also depends on it.
pub(super) fn before<F: Clone + Ord>(flow: &F, depends_on: &BTreeMap<F, Vec<F>>) -> Vec<F> {
    let direct = depends_on.get(flow).into_iter().flatten();
    direct
        .filter(|before| depends_on.contains_key(before))
        .filter(|before| *before != flow && !all_before(*before, depends_on).contains(&flow))
        .cloned()
        .collect()
}

fn all_before<'a, F: Ord>(flow: &F, depends_on: &'a BTreeMap<F, Vec<F>>) -> BTreeSet<&'a F> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&F> = depends_on.get(flow).into_iter().flatten().collect();
    while let Some(next) = open.pop() {
        if seen.insert(next) {
            open.extend(depends_on.get(next).into_iter().flatten());
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_found_and_its_order_dropped() {
        let rows = [
            ("a", vec!["b"]),
            ("b", vec!["a"]),
            ("c", vec!["a", "unknown"]),
            ("d", vec!["d", "c"]),
        ];
        let depends_on = BTreeMap::from(rows);
        assert_eq!(in_cycles(&depends_on), ["a", "b", "d"]);
        assert!(before(&"a", &depends_on).is_empty());
        assert_eq!(before(&"c", &depends_on), ["a"]);
        assert_eq!(before(&"d", &depends_on), ["c"]);
    }
}
