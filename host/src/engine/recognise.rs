//! Recognises what is already there, and decides what to write.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::guard::{self, Guard};
use crate::mapping::{FindWhen, Identity, Mapped, RunInfo};
use crate::model::run::Parked;
use crate::model::{Entry, Fault, Link, NativeId, Side};
use crate::store::IntentKind;

use super::call::Query;
use super::ceiling;
use super::item::{Decision, Item, Refusal, Settled, Step};
use super::ladder::MAY_EXIST;
use super::plan::{self, FieldChange, Plan, Policy, Sides};
use super::retry::{Disposition, disposition};
use super::write_back::gone;
use super::{FlowInstance, Halt, Job, Mode, Way, words};

/// So far from now that whatever is made of the moment is another: minutes and hours too.
const ANOTHER_MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(3_661);

impl Job<'_> {
    /// Gives every mapped record its decision: update, adopt, create or leave.
    pub(super) async fn recognise(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        self.decide_all_linked(flow, items).await?;
        for (nth, identity) in flow.flow.identities().into_iter().enumerate() {
            match identity {
                Identity::Marker {
                    source_field,
                    target_field,
                } => {
                    self.by_marker(flow, items, &source_field, &target_field)
                        .await?;
                }
                Identity::Natural { fields, find } => {
                    if find == FindWhen::First || self.mode == Mode::Plan {
                        self.by_natural_key(flow, items, nth, &fields).await?;
                    }
                }
            }
        }
        for item in items.iter_mut().filter(|item| item.step == Step::Candidate) {
            match flow.flow.not_created(&item.entry.body) {
                Err(rejection) => item.step = Step::Refused(rejection.into()),
                Ok(Some(reason)) => {
                    let sentence = format!("not created: {reason}");
                    let args = vec![("reason", reason)];
                    item.note = Some(words("engine-not-created", args, sentence));
                    item.done(Settled::Filtered);
                }
                Ok(None) if flow.flow.may_create() => {
                    if flow.flow.reads_now() || flow.flow.counts() {
                        self.distinguish(flow, item).await?;
                    }
                    match item.mapped.as_ref().map(Mapped::create_body) {
                        Some(body) => item.step = Step::Decided(Decision::Create { body }),
                        None => item.done(Settled::Filtered),
                    }
                }
                Ok(None) => item.done(Settled::Filtered),
            }
        }
        for item in items.iter_mut() {
            refuse_circles(flow, item, self.engine.world.now());
        }
        self.hold_uncertain(flow, items).await?;
        self.refuse_taken(flow, items).await
    }

    /// Of what is linked already. Where the flow compares with the target, that is read first.
    async fn decide_all_linked(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let now = self.engine.world.now();
        if !flow.flow.compares_target() {
            for item in items.iter_mut() {
                decide_linked(flow, item, now);
            }
            return Ok(());
        }
        let linked = |item: &Item| {
            let link = item
                .link
                .as_ref()
                .filter(|link| link.generation == item.generation)?;
            let mapped = item.step == Step::Candidate && item.mapped.is_some();
            mapped.then(|| flow.far(link).id.clone())
        };
        let linked: Vec<(usize, NativeId)> = (items.iter().enumerate())
            .filter_map(|(place, item)| Some((place, linked(item)?)))
            .collect();
        let ids: Vec<NativeId> = linked.iter().map(|(_, id)| id.clone()).collect();
        let found = self.read_each(&flow.target, &ids).await?;
        for ((place, id), found) in linked.into_iter().zip(found) {
            let item = &mut items[place];
            match found {
                Ok(Some(entry)) if !entry.deleted => compare_with_target(flow, item, &entry, now),
                Ok(_) => item.refuse(gone(&flow.target, &id)),
                Err(fault) => item.refuse(not_found_out(fault)),
            }
        }
        Ok(())
    }

    /// A record that is created has a moment and a number of its own. A plan says of a field that is made of them only
    /// that it depends on the run, so that the same plan comes again.
    async fn distinguish(&mut self, flow: &FlowInstance, item: &mut Item) -> Result<(), Halt> {
        let run = match self.mode {
            Mode::Run => RunInfo {
                now: self.own_moment(),
                count: match flow.flow.counts() {
                    true => self.next_count(flow).await?,
                    false => 0,
                },
            },
            Mode::Plan => RunInfo {
                now: self.engine.world.now() + ANOTHER_MOMENT,
                count: 1,
            },
        };
        let again = (flow.flow).map(&item.entry.body, self.facts_of(flow), &run);
        let (Ok(again), Some(mapped)) = (again, &mut item.mapped) else {
            return Ok(());
        };
        if self.mode == Mode::Run {
            *mapped = again;
            return Ok(());
        }
        let fields = mapped.body.as_object_mut().into_iter().flatten();
        for (field, value) in fields.filter(|(field, value)| again.body.get(field) != Some(value)) {
            *value = Value::from(format!("(of the run: {field})"));
        }
        Ok(())
    }

    /// No two of a run are the same millisecond; the run does not end before the last of them is over.
    fn own_moment(&mut self) -> Timestamp {
        let now = self.engine.world.now().as_millisecond();
        let last = self.last_moment_ms.map_or(now, |last| last.max(now) + 1);
        self.last_moment_ms = Some(last);
        Timestamp::from_millisecond(last).unwrap_or_else(|_| self.engine.world.now())
    }

    /// Waits until every moment that was given away is over, so that the next run gives away others.
    pub(super) async fn let_moments_pass(&self) {
        let Some(last) = self.last_moment_ms else {
            return;
        };
        let ahead = last + 1 - self.engine.world.now().as_millisecond();
        if let Ok(ahead @ 1..) = u64::try_from(ahead) {
            self.engine.world.sleep_ms(ahead).await;
        }
    }

    /// What looks new over there may be what a create of the other direction made before its answer was
    /// lost: while one is uncertain, nothing is created against it. So it is with a record that stands in
    /// the way of one of the other side's: a person says first whether the two are one.
    async fn hold_uncertain(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let creates = |item: &Item| matches!(item.step, Step::Decided(Decision::Create { .. }));
        if !items.iter().any(creates) {
            return Ok(());
        }
        let (store, tenant) = (&self.engine.store, &self.engine.tenant);
        // Also where the other direction is not loaded: what it left open stays open.
        let end = flow.set.end(flow.side());
        let intents = store.intents(tenant, None).await?;
        let open = intents.iter().any(|intent| {
            intent.set == flow.set
                && intent.kind == IntentKind::Target
                && (&intent.connection, &intent.entity) == (&end.0, &end.1)
        });
        let parked = match self.engine.partner(flow) {
            Some(other) => store.parked_list(tenant, Some(other.name())).await?,
            None => Vec::new(),
        };
        let uncertain = open || parked.iter().any(|parked| parked.code == MAY_EXIST);
        let in_the_way: BTreeMap<&str, &Parked> = (parked.iter())
            .filter_map(|parked| Some((parked.fault.as_ref()?.existing.as_deref()?, parked)))
            .collect();
        for item in items.iter_mut().filter(|item| creates(item)) {
            if let Some(parked) = in_the_way.get(item.id().as_str()) {
                let connection = flow.target.connection.to_string();
                let pair = match flow.side() {
                    Side::Left => format!("{} {}", item.id(), parked.id),
                    Side::Right => format!("{} {}", parked.id, item.id()),
                };
                let there = match &flow.way {
                    Way::Back(there) | Way::Reverse(there) => there,
                    Way::Only | Way::There(_) => flow.name(),
                };
                let command = format!("liaison link add {there} {pair}");
                let sentence = format!(
                    "it stands in the way of {} of {connection}, which waits in quarantine; if the two are one \
                     and the same, link them with `{command}`, or settle that one first",
                    parked.title
                );
                let args = vec![
                    ("record", parked.title.clone()),
                    ("connection", connection),
                    ("command", command),
                ];
                let message = words("engine-in-the-way", args, sentence);
                item.refuse(Refusal::conflict("in-the-way", message));
                continue;
            }
            if !uncertain {
                continue;
            }
            let connection = flow.source.connection.to_string();
            let sentence = format!(
                "a create in {connection} was never answered, and this may be what it made; it waits \
                 until that is settled"
            );
            let args = vec![("connection", connection)];
            let message = words("engine-other-side-uncertain", args, sentence);
            item.refuse(Refusal::conflict("other-side-uncertain", message).waiting());
        }
        Ok(())
    }

    /// The identifier that a field of the source keeps.
    async fn by_marker(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        source_field: &str,
        target_field: &str,
    ) -> Result<(), Halt> {
        let marked: Vec<(usize, String)> = candidates(items)
            .filter_map(|(place, item)| {
                let text = item.entry.body.get(source_field)?.as_str()?;
                (!text.is_empty()).then(|| (place, text.to_owned()))
            })
            .collect();
        if marked.is_empty() {
            return Ok(());
        }
        let found: Vec<Result<Vec<Entry>, Fault>> = if target_field == "id" {
            let mut found = vec![Ok(Vec::new()); marked.len()];
            let known: Vec<(usize, NativeId)> = marked
                .iter()
                .enumerate()
                .filter_map(|(place, (_, text))| Some((place, NativeId::parse(text).ok()?)))
                .collect();
            let ids: Vec<NativeId> = known.iter().map(|(_, id)| id.clone()).collect();
            let entries = self.read_each(&flow.target, &ids).await?;
            for ((place, _), entry) in known.into_iter().zip(entries) {
                found[place] = entry.map(|entry| entry.into_iter().collect());
            }
            found
        } else {
            let queries: Vec<Query> = marked
                .iter()
                .map(|(_, text)| vec![(target_field.to_owned(), Value::from(text.as_str()))])
                .collect();
            self.find_each(&flow.target, &queries).await?
        };
        for ((place, text), entries) in marked.into_iter().zip(found) {
            let item = &mut items[place];
            let entries = match entries {
                Ok(entries) => entries,
                Err(fault) => {
                    item.refuse(not_found_out(fault));
                    continue;
                }
            };
            if !adopt_the_only_one(item, entries, source_field) && item.step == Step::Candidate {
                let sentence = format!(
                    "field `{source_field}` says {text}, but {} has no such {}",
                    flow.target.connection, flow.target.entity
                );
                let args = vec![
                    ("field", source_field.to_owned()),
                    ("shown", text),
                    ("connection", flow.target.connection.to_string()),
                    ("entity", flow.target.entity.clone()),
                ];
                item.refuse(Refusal::conflict(
                    "marker-unknown",
                    words("engine-marker-unknown", args, sentence),
                ));
            }
        }
        Ok(())
    }

    async fn by_natural_key(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        identity: usize,
        fields: &[String],
    ) -> Result<(), Halt> {
        let keyed: Vec<(usize, Query)> = candidates(items)
            .filter_map(|(place, item)| {
                let mapped = item.mapped.as_ref()?;
                Some((place, natural_key(mapped, identity, fields)?))
            })
            .collect();
        let queries: Vec<Query> = keyed.iter().map(|(_, query)| query.clone()).collect();
        let found = self.find_each(&flow.target, &queries).await?;
        let rule = fields.join(" + ");
        for ((place, _), entries) in keyed.into_iter().zip(found) {
            match entries {
                Ok(entries) => {
                    adopt_the_only_one(&mut items[place], entries, &rule);
                }
                Err(fault) => items[place].refuse(not_found_out(fault)),
            }
        }
        Ok(())
    }

    /// A target that already belongs to another source record is nobody else's.
    async fn refuse_taken(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        let adopted: Vec<(usize, NativeId)> = items
            .iter()
            .enumerate()
            .filter_map(|(place, item)| match &item.step {
                Step::Decided(Decision::Adopt { entry, .. }) => Some((place, entry.id.clone())),
                _ => None,
            })
            .collect();
        if adopted.is_empty() || !guard::holds(Guard::UniqueLink) {
            return Ok(());
        }
        let ids: Vec<NativeId> = adopted.iter().map(|(_, id)| id.clone()).collect();
        let links = self
            .engine
            .store
            .links(&flow.set, flow.side().other(), &ids)
            .await?;
        let mut taken_here = BTreeSet::new();
        for ((place, id), link) in adopted.into_iter().zip(links) {
            let item = &mut items[place];
            let other = link.filter(|link| flow.near(link).id != item.entry.id);
            if other.is_some() || !taken_here.insert(id.clone()) {
                item.refuse(taken(flow, &id, other.as_ref()));
            }
        }
        Ok(())
    }
}

/// A look-up that failed for this record. One that may succeed later waits, and nobody is told.
fn not_found_out(fault: Fault) -> Refusal {
    let later = disposition(&fault) == Disposition::RetryThenWait;
    let refusal = Refusal::from_fault(fault);
    match later {
        true => refusal.waiting(),
        false => refusal,
    }
}

pub(super) fn taken(flow: &FlowInstance, id: &NativeId, by: Option<&Link>) -> Refusal {
    let other = by.map_or_else(
        || "another record of this page".to_owned(),
        |l| flow.near(l).id.to_string(),
    );
    let entity = &flow.target.entity;
    let sentence = format!(
        "{entity} {id} is already linked to {} {other}",
        flow.source.entity
    );
    let args = vec![
        ("entity", entity.clone()),
        ("id", id.to_string()),
        ("source", flow.source.entity.clone()),
        ("other", other),
    ];
    Refusal::conflict(
        "already-linked",
        words("engine-already-linked", args, sentence),
    )
}

fn candidates(items: &[Item]) -> impl Iterator<Item = (usize, &Item)> {
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.step == Step::Candidate)
}

/// The values of a natural key, or `None` when the record lacks one of them.
fn natural_key(mapped: &Mapped, identity: usize, fields: &[String]) -> Option<Query> {
    fields
        .iter()
        .map(|field| {
            let value = mapped.key(identity, field)?;
            let empty = value.is_null() || value.as_str() == Some("");
            (!empty).then(|| (field.clone(), value.clone()))
        })
        .collect()
}

/// Adopts when exactly one record fits; more than one is for a person to decide. Answers whether it
/// came to either.
fn adopt_the_only_one(item: &mut Item, entries: Vec<Entry>, rule: &str) -> bool {
    let live: Vec<Entry> = entries.into_iter().filter(|entry| !entry.deleted).collect();
    match live.as_slice() {
        [] => false,
        [only] => {
            let by = rule.to_owned();
            item.step = Step::Decided(Decision::Adopt {
                entry: only.clone(),
                by,
            });
            true
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|entry| entry.id.as_str()).collect();
            let ids = ids.join(", ");
            let sentence = format!("several records fit by {rule}: {ids}");
            let args = vec![("rule", rule.to_owned()), ("ids", ids)];
            item.refuse(Refusal::conflict(
                "ambiguous",
                words("engine-ambiguous", args, sentence),
            ));
            true
        }
    }
}

/// A record that was linked before and is to be made or recognised anew, once too often.
fn refuse_circles(flow: &FlowInstance, item: &mut Item, now: Timestamp) {
    let anew = matches!(
        item.step,
        Step::Decided(Decision::Create { .. } | Decision::Adopt { .. })
    );
    let wanted = item.parked.as_ref().is_some_and(|parked| parked.retry);
    let (Some(link), Some(mapped), true, false) = (&item.link, &item.mapped, anew, wanted) else {
        return;
    };
    let content = ceiling::written(mapped);
    if let Some(refusal) = ceiling::reached(link, flow.side().other(), &content, now) {
        item.refuse(refusal);
    }
}

/// What is to be written so that the target says what the source asks.
pub(super) fn compare_with_target(
    flow: &FlowInstance,
    item: &mut Item,
    entry: &Entry,
    now: Timestamp,
) {
    let (Some(link), Some(mapped)) = (&mut item.link, &item.mapped) else {
        return;
    };
    flow.far_mut(link).version.clone_from(&entry.version);
    let changes = differences(mapped, entry);
    decide_update(flow, item, changes, now);
}

/// Where a record of the target does not say what is asked of it.
pub(super) fn differences(mapped: &Mapped, entry: &Entry) -> Vec<FieldChange> {
    let sides = Sides {
        left: &mapped.body,
        right: Some(&entry.body),
        left_base: None,
        right_base: None,
    };
    plan::plan(sides, &mapped.create_only, Policy::Target).right
}

/// What a linked record's change means for the target.
fn decide_linked(flow: &FlowInstance, item: &mut Item, now: Timestamp) {
    if item.step != Step::Candidate {
        return;
    }
    let (Some(link), Some(mapped)) = (&item.link, &item.mapped) else {
        return;
    };
    if item.generation != link.generation {
        return;
    }
    let base = flow.far(link).base.as_ref();
    if base.and_then(|base| base.get("sent")).is_none() {
        // A pair that a person or an import made: it counts as in step from here on.
        item.step = Step::Decided(Decision::Unchanged);
        return;
    }
    let sides = Sides {
        left: &mapped.body,
        right: None,
        left_base: base.and_then(|base| base.get("sent")),
        right_base: base.and_then(|base| base.get("kept")),
    };
    let Plan { right, .. } = plan::plan(sides, &mapped.create_only, Policy::OneWay);
    decide_update(flow, item, right, now);
}

fn decide_update(flow: &FlowInstance, item: &mut Item, changes: Vec<FieldChange>, now: Timestamp) {
    let (Some(link), Some(mapped)) = (&item.link, &item.mapped) else {
        return;
    };
    if changes.is_empty() {
        item.step = Step::Decided(Decision::Unchanged);
        return;
    }
    // A person who wants it tried again has seen to it.
    let wanted = item.parked.as_ref().is_some_and(|parked| parked.retry);
    item.step = match ceiling::reached(link, flow.side().other(), &ceiling::written(mapped), now) {
        Some(refusal) if !wanted => Step::Refused(refusal),
        _ => Step::Decided(Decision::Update { changes }),
    };
}
