//! The ceiling against ourselves: a record that we write in circles is set aside for a person.
//!
//! Two flows over one pair, or a system that rewrites what it is given, can keep us writing for ever:
//! the same few contents go round and nobody works on the record. So a link remembers what was lately
//! written. A content that was among it counts; one that is new is somebody's work and begins anew.
//! A stock that goes up and down all day is new often enough.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::guard::{self, Guard};
use crate::mapping::{Mapped, fingerprint};
use crate::model::link::Circles;
use crate::model::{Fingerprint, Link, Side};

use super::item::Refusal;
use super::words;

/// The code of a record that was written again and again.
pub(super) const IN_CIRCLES: &str = "written-in-circles";
/// Contents remembered of one record.
const RECENT_MAX: usize = 4;
/// So many repeats within [`WINDOW`] are no accident.
const REPEATS_MAX: u32 = 20;
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Why this content must not be written once more into the record of this side.
pub(super) fn reached(
    link: &Link,
    written: Side,
    content: &Value,
    now: Timestamp,
) -> Option<Refusal> {
    let after = noted(&link.circles, fingerprint(content), now);
    if after.repeats <= REPEATS_MAX || !guard::holds(Guard::Ceiling) {
        return None;
    }
    let (id, times) = (link.side(written).id.to_string(), REPEATS_MAX.to_string());
    let sentence = format!(
        "the same contents were written to {id} {times} times within a day, and it is to be written \
         again: something undoes what we write. Find the other automation or flow that changes it, \
         then retry the record"
    );
    let message = words(
        "engine-ceiling",
        vec![("id", id), ("times", times)],
        sentence,
    );
    Some(Refusal::rejected(IN_CIRCLES, message))
}

/// Remembers what was written.
pub(super) fn note(link: &mut Link, content: &Value, now: Timestamp) {
    link.circles = noted(&link.circles, fingerprint(content), now);
}

/// What of a mapped record is written again and again: not what is set once.
pub(super) fn written(mapped: &Mapped) -> Value {
    let fields = mapped.body.as_object().into_iter().flatten();
    let again = fields.filter(|(field, _)| !mapped.create_only.contains(*field));
    Value::Object(
        again
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect(),
    )
}

fn noted(before: &Circles, content: Fingerprint, now: Timestamp) -> Circles {
    let mut after = before.clone();
    let old = |since: Timestamp| now.duration_since(since) > WINDOW;
    if !before.recent.contains(&content) || before.since.is_some_and(old) {
        (after.repeats, after.since) = (0, None);
    } else {
        after.repeats += 1;
        after.since.get_or_insert(now);
    }
    after.recent.retain(|known| *known != content);
    after.recent.push(content);
    if after.recent.len() > RECENT_MAX {
        after.recent.remove(0);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the contents one an hour and answers the repeats after each.
    fn repeats(contents: &[&str], hours: i64) -> Vec<u32> {
        let (mut circles, mut now) = (Circles::default(), Timestamp::UNIX_EPOCH);
        let each = contents.iter().map(|content| {
            now += SignedDuration::from_hours(hours);
            circles = noted(&circles, fingerprint(&Value::from(*content)), now);
            circles.repeats
        });
        each.collect()
    }

    #[test]
    fn what_goes_round_counts_and_what_is_new_begins_anew() {
        assert_eq!(repeats(&["a", "b", "a", "b", "a"], 1), [0, 0, 1, 2, 3]);
        assert_eq!(repeats(&["a", "a", "a"], 1), [0, 1, 2]);
        assert_eq!(
            repeats(&["a", "b", "a", "c", "b", "a"], 1),
            [0, 0, 1, 0, 1, 2]
        );
        assert_eq!(
            repeats(&["a", "b", "c", "d", "e", "a"], 1),
            [0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn a_day_ends_the_count() {
        assert_eq!(
            repeats(&["on", "off", "on", "off", "on"], 13),
            [0, 0, 1, 2, 0]
        );
    }
}
