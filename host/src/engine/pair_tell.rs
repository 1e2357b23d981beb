//! What people are told of a pair: what was overwritten, what a system does not keep, what both sides dispute.
//!
//! Invariant: nothing here reads, writes or commits; it makes events and refusals.

use serde_json::Value;

use crate::mapping::FlowSide;
use crate::model::run::Dispute;
use crate::model::{Applied, NativeId, Text};
use crate::store::Change;

use super::item::Refusal;
use super::pair_base::{NotKept, Pair, Telling, Ways, disputed, not_kept};
use super::pair_begun::{LostValue, link_side, names};
use super::plan_pair::{Fields, Verdict, empty};
use super::{Endpoint, Job, words};

impl Job<'_> {
    /// What shows by now of writes that were begun before.
    pub(super) fn shown_since(&self, ways: &Ways, pair: &Pair) -> Vec<Change> {
        let left = &pair.link.left.id;
        let tellings = pair.before.tell.iter().map(|telling| match telling {
            Telling::Lost(side, lost) => self.lost(ways, left, *side, lost, false),
            Telling::Perhaps(side, lost) => self.lost(ways, left, *side, lost, true),
            Telling::NotKept(side, not_kept) => self.not_all_kept(ways, left, *side, not_kept),
        });
        let arrived = pair.before.arrived.iter().map(|side| {
            let id = pair.link.side(link_side(*side)).id.to_string();
            self.event(&ways.there, left, "updated", updated(id))
        });
        tellings.chain(arrived).collect()
    }

    /// Tells of what a system was asked to hold and does not: nobody would see it, since neither side is
    /// asked again.
    pub(super) fn not_kept(
        &self,
        ways: &Ways,
        left: &NativeId,
        written: FlowSide,
        asked: &Fields,
        applied: &Applied,
    ) -> Vec<Change> {
        let groups = ways.both.groups.iter();
        let names = groups.flat_map(|group| names(group, written).clone());
        let lost = not_kept(asked, applied.body.as_ref(), &names.collect()).into_iter();
        lost.map(|lost| self.not_all_kept(ways, left, written, &lost))
            .collect()
    }

    fn not_all_kept(&self, ways: &Ways, left: &NativeId, side: FlowSide, lost: &NotKept) -> Change {
        let (connection, field) = (end_of(ways, side).connection.to_string(), &lost.field);
        let (value, kept) = (shown(&lost.asked), shown(&lost.found));
        let (key, sentence) = match empty(Some(&lost.found)) {
            true => (
                "engine-not-kept",
                format!(
                    "{connection} keeps nothing in `{field}`, which was to be “{value}”: it does not take it, or somebody emptied it in that moment"
                ),
            ),
            false => (
                "engine-kept-in-part",
                format!(
                    "{connection} keeps only “{kept}” in `{field}`, which was to be “{value}”: it cuts it, or somebody shortened it in that moment"
                ),
            ),
        };
        let args = vec![
            ("connection", connection),
            ("field", field.clone()),
            ("value", value),
            ("kept", kept),
        ];
        self.event(&ways.there, left, "not-kept", words(key, args, sentence))
    }

    pub(super) fn lost(
        &self,
        ways: &Ways,
        left: &NativeId,
        side: FlowSide,
        lost: &LostValue,
        perhaps: bool,
    ) -> Change {
        let message = overwritten(end_of(ways, side), lost, perhaps);
        self.event(&ways.there, left, "overwritten", message)
    }
}

pub(super) fn end_of(ways: &Ways, side: FlowSide) -> &Endpoint {
    match side {
        FlowSide::Source => &ways.there.source,
        FlowSide::Target => &ways.there.target,
    }
}

pub(super) fn updated(id: String) -> Text {
    let sentence = format!("updated: {id}");
    words("engine-updated", vec![("id", id)], sentence)
}

/// Both sides say different things, and a person has to choose.
pub(super) fn dispute(pair: &Pair, ways: &Ways) -> Refusal {
    let groups = ways.both.groups.iter().zip(&pair.plan.verdicts);
    let open = groups.filter(|(_, verdict)| **verdict == Verdict::Conflict);
    let fields: Vec<&String> = open.flat_map(|(group, _)| &group.target).collect();
    let dispute = Dispute {
        fields: fields.iter().map(|field| disputed(pair, field)).collect(),
        choice: None,
    };
    let agreed = |field: &&String| pair.before.target_now.contains_key(*field);
    let first = !fields.iter().any(agreed);
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    let fields = names.join(", ");
    let (key, sentence) = match first {
        true => (
            "engine-never-agreed",
            format!(
                "the two sides say different things in {fields}, and liaison never saw them agree; choose with `liaison conflict resolve`, or make them agree"
            ),
        ),
        false => (
            "engine-both-changed",
            format!(
                "both sides changed {fields} since they last agreed; choose with `liaison conflict resolve`, or make them agree"
            ),
        ),
    };
    let message = words(key, vec![("fields", fields)], sentence);
    Refusal::conflict("both-changed", message).about(dispute)
}

/// A system that was put back to an older state may give an id away again.
pub(super) fn another(ways: &Ways, pair: &Pair, field: &str, was: &Value) -> Refusal {
    let (connection, id) = (
        ways.there.target.connection.to_string(),
        pair.link.right.id.to_string(),
    );
    let was = was.as_str().map_or_else(|| was.to_string(), str::to_owned);
    let sentence = format!(
        "{id} of {connection} no longer carries {field} “{was}”, so it may be another record now; if it is the \
         same, try it again with `liaison quarantine retry`, else part the two with `liaison link remove`"
    );
    let args = vec![
        ("id", id),
        ("connection", connection),
        ("field", field.to_owned()),
        ("was", was),
    ];
    Refusal::conflict(
        "no-longer-ours",
        words("engine-no-longer-ours", args, sentence),
    )
}

/// A value that is overwritten is nowhere else any more, so the journal keeps it.
fn overwritten(end: &Endpoint, lost: &LostValue, perhaps: bool) -> Text {
    let (connection, field) = (end.connection.to_string(), lost.field.clone());
    let value = shown(&lost.value);
    let (key, sentence) = match (perhaps, lost.unsure) {
        (true, _) => (
            "engine-perhaps-overwritten",
            format!(
                "perhaps overwritten in {connection}, before somebody edited it: `{field}` was “{value}”"
            ),
        ),
        (false, false) => (
            "engine-overwritten",
            format!("overwritten in {connection}: `{field}` was “{value}”"),
        ),
        (false, true) => (
            "engine-written-again",
            format!(
                "written to {connection} again, as nobody knew whether it arrived the first time: `{field}` was “{value}”"
            ),
        ),
    };
    let args = vec![
        ("connection", connection),
        ("field", field),
        ("value", value),
    ];
    words(key, args, sentence)
}

/// A value as the journal shows it.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(200).collect()
}
