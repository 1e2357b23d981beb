//! What a round left behind, beside what fair weather leaves.
//!
//! Records are counted by their place in each system's books, not compared by value: ids and numbers
//! are given in the order of creation, which a storm may change. Values are the business of `verify`.
//!
//! A record of which nothing can tell whether it was created stands aside and says so, where a system
//! has no way to find out. That is no finding: so many records may be missing in all, and as many be
//! there as somebody's note about it.
//!
//! Invariant: no I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::engine::MAY_EXIST;
use crate::model::text::words;
use crate::model::{ConnectionId, Text};

use super::ChaosFinding;

/// What stands aside: flow, record, code.
pub type Aside = (String, String, String);

/// What there is at the end of a round.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rest {
    /// The books of each system.
    pub books: BTreeMap<ConnectionId, Value>,
    /// The differences that `verify` finds, and the problems of `store verify`.
    pub differences: BTreeSet<String>,
    /// Commands that could not do their work.
    pub broken: BTreeSet<String>,
    /// Intents that are still open.
    pub open: u64,
    pub aside: BTreeSet<Aside>,
    /// Of these, those about which somebody was told by a record in a system.
    pub reported: BTreeSet<Aside>,
    /// One more run changed the books.
    pub restless: bool,
}

/// Records that may be missing, or be there beside the others, because nothing can tell.
struct Excused {
    missing: usize,
    more: usize,
}

/// What must not be, in a round with this number and seed.
pub fn compare(fair: &Rest, stormy: &Rest) -> Vec<(&'static str, Text)> {
    let mut found = Vec::new();
    let new = needs_person(fair, stormy);
    let cannot_tell = new.iter().filter(|(_, _, code)| code == MAY_EXIST);
    let excused = Excused {
        missing: cannot_tell.clone().count(),
        more: cannot_tell
            .filter(|aside| stormy.reported.contains(aside))
            .count(),
    };
    let (mut missing, mut more) = (0, 0);
    let mut differences = Vec::new();
    for (system, books) in &fair.books {
        let before = counted(books);
        let after = stormy.books.get(system).map(counted).unwrap_or_default();
        for place in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let was = before.get(place).copied().unwrap_or(0);
            let is = after.get(place).copied().unwrap_or(0);
            if was != is {
                missing += was.saturating_sub(is);
                more += is.saturating_sub(was);
                let what = if is > was { "duplicated" } else { "lost" };
                differences.push((
                    what,
                    words!(
                        "chaos-counts",
                        "{system} holds {is} records in `{place}`, in fair weather {was}",
                        system = system,
                        is = is,
                        place = place,
                        was = was
                    ),
                ));
            }
        }
    }
    found.extend(differences.into_iter().filter(|(what, _)| match *what {
        "lost" => missing > excused.missing,
        _ => more > excused.more,
    }));
    for broken in stormy.broken.difference(&fair.broken) {
        found.push(("wrong", Text::plain(broken.clone())));
    }
    for difference in stormy.differences.difference(&fair.differences) {
        found.push(("wrong", Text::plain(difference.clone())));
    }
    if stormy.open > fair.open {
        let open = stormy.open - fair.open;
        let text = words!("chaos-open", "{open} creates are still open", open = open);
        found.push(("lost", text));
    }
    if stormy.restless && !fair.restless {
        let text = words!("chaos-still-writes", "with nothing to do it still writes");
        found.push(("restless", text));
    }
    found
}

/// What the storm set aside that fair weather does not.
pub fn needs_person(fair: &Rest, stormy: &Rest) -> BTreeSet<Aside> {
    stormy.aside.difference(&fair.aside).cloned().collect()
}

/// How many records stand at each place of the books.
fn counted(books: &Value) -> BTreeMap<String, usize> {
    fn walk(place: &str, value: &Value, counts: &mut BTreeMap<String, usize>) {
        match value {
            Value::Array(rows) => {
                counts.insert(place.to_owned(), rows.len());
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let inner = match place {
                        "" => name.clone(),
                        _ => format!("{place}.{name}"),
                    };
                    walk(&inner, value, counts);
                }
            }
            _ => {}
        }
    }
    let mut counts = BTreeMap::new();
    walk("", books, &mut counts);
    counts
}

/// The findings of a round, with how to see them again.
pub fn told(found: Vec<(&'static str, Text)>, round: u32, again: &str) -> Vec<ChaosFinding> {
    let told = found.into_iter().map(|(what, message)| ChaosFinding {
        round,
        what,
        message,
        again: again.to_owned(),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rest(books: Value) -> Rest {
        let id = ConnectionId::parse("erp").expect("an id");
        Rest {
            books: BTreeMap::from([(id, books)]),
            ..Rest::default()
        }
    }

    #[test]
    fn one_more_is_duplicated_and_one_less_is_lost() {
        let fair = rest(json!({"acme": {"Invoice": [1, 2], "Customer": [1]}, "version": 3}));
        for (books, expected) in [
            (
                json!({"acme": {"Invoice": [5, 6], "Customer": [9]}, "version": 4}),
                vec![],
            ),
            (
                json!({"acme": {"Invoice": [1, 2, 3], "Customer": [1]}}),
                vec!["duplicated"],
            ),
            (
                json!({"acme": {"Invoice": [1], "Customer": []}}),
                vec!["lost", "lost"],
            ),
            (json!({"acme": {"Invoice": [1, 2]}}), vec!["lost"]),
        ] {
            let found = compare(&fair, &rest(books.clone()));
            let found: Vec<&str> = found.iter().map(|(what, _)| *what).collect();
            assert_eq!(found, expected, "{books}");
        }
    }

    #[test]
    fn a_record_of_which_nothing_can_tell_is_neither_lost_nor_duplicated() {
        let fair = rest(json!({"Invoice": [1, 2], "Ticket": []}));
        let mut stormy = rest(json!({"Invoice": [1], "Ticket": [7]}));
        assert_eq!(compare(&fair, &stormy).len(), 2);
        let aside = |code: &str| ("f".to_owned(), "2".to_owned(), code.to_owned());
        stormy.aside.insert(aside("no-code"));
        assert_eq!(
            compare(&fair, &stormy).len(),
            2,
            "another reason explains nothing"
        );
        stormy.aside.insert(aside(MAY_EXIST));
        let found = compare(&fair, &stormy);
        assert_eq!(
            found.len(),
            1,
            "its ticket is one that nobody made for it: {found:?}"
        );
        stormy.reported.insert(aside(MAY_EXIST));
        assert_eq!(compare(&fair, &stormy), vec![]);
        // A duplicate beside it is one.
        stormy.books = rest(json!({"Invoice": [1, 2, 3], "Ticket": [7]})).books;
        assert_eq!(compare(&fair, &stormy).len(), 2);
    }

    #[test]
    fn what_fair_weather_shows_as_well_is_no_finding() {
        let mut fair = rest(json!({}));
        fair.differences.insert("invoice 1: total".to_owned());
        fair.aside
            .insert(("f".into(), "1".into(), "no-code".into()));
        let mut stormy = fair.clone();
        assert_eq!(compare(&fair, &stormy), vec![]);
        assert!(needs_person(&fair, &stormy).is_empty());
        stormy.differences.insert("invoice 2: total".to_owned());
        stormy
            .aside
            .insert(("f".into(), "2".into(), "may-exist-already".into()));
        (stormy.open, stormy.restless) = (1, true);
        stormy.broken.insert("store verify: exit 3".to_owned());
        let found = compare(&fair, &stormy);
        let found: Vec<&str> = found.iter().map(|(what, _)| *what).collect();
        assert_eq!(found, ["wrong", "wrong", "lost", "restless"]);
        assert_eq!(needs_person(&fair, &stormy).len(), 1);
    }
}
