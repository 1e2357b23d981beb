//! What becomes of a target record when its source record is gone: told, deactivated or deleted, as the
//! flow says, and not more of them in one run than it says.
//!
//! A system may say itself that a record is deleted. Else a walk that showed every record says so of a
//! linked one that it did not show, once the system was asked for that very record.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::flow::GonePolicy;
use crate::mapping::{self, Mapped};
use crate::model::{Action, Entry, Fault, FaultKind, Fingerprint, Link, NativeId, Operation};
use crate::store::Change;

use super::call::halt;
use super::called::is_awaited;
use super::crash_point::Site;
use super::item::{Decision, Item, Refusal, Settled, Step};
use super::plan::FieldChange;
use super::{Asked, FlowInstance, Halt, Job, Mode, PAGE_RECORDS_MAX, words};

/// The code of a record that stands aside since too many are gone at once.
pub const TOO_MANY_GONE: &str = "too-many-gone";

/// What a link shows as its source once that is gone and this was dealt with.
pub fn gone_fingerprint() -> Fingerprint {
    mapping::fingerprint(&json!("gone"))
}

impl Job<'_> {
    /// Decides about the items whose source record is gone.
    pub(super) async fn settle_gone(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let rule = flow.flow.gone();
        let mut events = Vec::new();
        let mut doomed = Vec::new();
        let fresh = items.iter().filter(|item| is_fresh(item)).count() as u64;
        let dealt_with = self.gone.entry(flow.name().clone()).or_default();
        if rule.policy != GonePolicy::Report && *dealt_with + fresh > rule.most {
            // Too many at once is mostly a mistake: not even the first of them.
            *dealt_with = rule.most;
        }
        for (place, item) in items.iter_mut().enumerate() {
            if item.step != Step::Gone {
                continue;
            }
            let Some(link) = &item.link else {
                item.done(Settled::Filtered);
                continue;
            };
            let retried = item.parked.as_ref().is_some_and(|parked| parked.retry);
            let dealt_with = self.gone.entry(flow.name().clone()).or_default();
            // One that stood aside for this stays there until a person says that it is meant.
            let aside = item.parked.as_ref();
            if aside.is_some_and(|parked| parked.code == TOO_MANY_GONE) && !retried {
                item.done(Settled::Conflict);
                continue;
            }
            if rule.policy != GonePolicy::Report && *dealt_with >= rule.most && !retried {
                item.refuse(too_many(rule.most));
                continue;
            }
            *dealt_with += 1;
            item.fingerprint = gone_fingerprint();
            item.mapped = Some(Mapped {
                body: Value::Object(rule.set.clone()),
                create_only: BTreeSet::new(),
                compared: Vec::new(),
            });
            match rule.policy {
                GonePolicy::Report => {
                    item.step = Step::Decided(Decision::Unchanged);
                    let message = words(
                        "engine-source-gone",
                        vec![],
                        "it is gone from the source; the target keeps its record",
                    );
                    events.push(self.event(flow, item.id(), "source-gone", message));
                }
                GonePolicy::Deactivate => {
                    let message = words(
                        "engine-source-gone-off",
                        vec![],
                        "it is gone from the source; its record in the target is deactivated",
                    );
                    events.push(self.event(flow, item.id(), "source-gone", message));
                    let changes = deactivation(flow, link, &rule.set);
                    item.step = Step::Decided(match changes.is_empty() {
                        true => Decision::Unchanged,
                        false => Decision::Update { changes },
                    });
                }
                GonePolicy::Delete => doomed.push(place),
            }
        }
        if self.mode == Mode::Plan {
            for place in doomed {
                let changes = vec![FieldChange {
                    field: "id".to_owned(),
                    from: (items[place].link.as_ref()).map(|link| json!(flow.far(link).id)),
                    to: Value::Null,
                }];
                items[place].step = Step::Decided(Decision::Update { changes });
            }
            return Ok(());
        }
        self.commit(flow, Site::Gone, events).await?;
        for chunk in doomed.chunks(self.write_batch(&flow.target).max(1)) {
            self.delete(flow, items, chunk).await?;
        }
        Ok(())
    }

    /// Deleting twice does no harm, so that no intent is needed: what is not there is deleted.
    async fn delete(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        chunk: &[usize],
    ) -> Result<(), Halt> {
        let links: Vec<Link> = chunk
            .iter()
            .filter_map(|&place| items[place].link.clone())
            .collect();
        let operations: Vec<Operation> = (links.iter())
            .map(|link| Operation {
                token: self.change_token(&flow.target, Some(link), &["delete"]),
                action: Action::Delete,
                id: Some(flow.far(link).id.clone()),
                version: flow.far(link).version.clone(),
                body: "{}".to_owned(),
                resume: None,
            })
            .collect();
        let outcomes = self.update_call(&flow.target, &operations).await?;
        let mut changes = Vec::new();
        let mut stopped = None;
        for ((&place, link), outcome) in chunk.iter().zip(links).zip(outcomes) {
            let item = &mut items[place];
            match outcome {
                Err(fault) if is_awaited(&fault) => {
                    item.step = Step::NotReached;
                    stopped.get_or_insert(halt(&flow.target, fault));
                }
                Err(fault) if fault.kind != FaultKind::NotFound => {
                    item.refuse(Refusal::from_fault(fault));
                }
                Ok(_) | Err(_) => {
                    let id = flow.far(&link).id.to_string();
                    let sentence = format!("it is gone from the source, and {id} was deleted");
                    let message = words("engine-deleted", vec![("id", id)], sentence);
                    changes.push(Change::RemoveLink {
                        set: flow.set.clone(),
                        left: link.left.id.clone(),
                    });
                    changes.push(self.event(flow, item.id(), "deleted", message));
                    if item.parked.take().is_some() {
                        changes.push(self.unpark(flow, item.id()));
                    }
                    item.link = None;
                    item.done(Settled::Updated);
                }
            }
        }
        self.commit(flow, Site::Gone, changes).await?;
        stopped.map_or(Ok(()), Err)
    }

    /// Linked records that a walk over everything did not show: those that the system says are not there
    /// are settled as gone.
    pub(super) async fn settle_absent(
        &mut self,
        flow: &FlowInstance,
        seen: &BTreeSet<NativeId>,
    ) -> Result<(), Halt> {
        let gone = self.absent(flow, seen).await?;
        let rule = flow.flow.gone();
        let ids: Vec<NativeId> = gone.iter().map(|entry| entry.id.clone()).collect();
        let parked = self
            .engine
            .store
            .parked(&self.engine.tenant, flow.name(), &ids);
        let aside = parked.await?.into_iter().flatten();
        let aside = aside.filter(|parked| parked.code == TOO_MANY_GONE).count();
        if rule.policy != GonePolicy::Report && (gone.len() - aside) as u64 > rule.most {
            self.gone.insert(flow.name().clone(), rule.most);
        }
        for page in gone.chunks(PAGE_RECORDS_MAX as usize) {
            self.may_go_on()?;
            self.settle_page(flow, page.to_vec(), Asked::Flow).await?;
        }
        Ok(())
    }

    /// Linked records that are gone from the source and were not dealt with yet.
    async fn absent(
        &mut self,
        flow: &FlowInstance,
        seen: &BTreeSet<NativeId>,
    ) -> Result<Vec<Entry>, Halt> {
        let mut all = Vec::new();
        let mut after: Option<NativeId> = None;
        loop {
            let page = PAGE_RECORDS_MAX as usize;
            let store = &self.engine.store;
            let links = store.link_page(&flow.set, after.as_ref(), page).await?;
            let Some(last) = links.last() else {
                return Ok(all);
            };
            after = Some(last.left.id.clone());
            let absent: Vec<NativeId> = (links.iter())
                .filter(|link| !flow.is_the_others(link))
                .map(|link| flow.near(link))
                .filter(|near| !seen.contains(&near.id))
                .filter(|near| near.fingerprint != Some(gone_fingerprint()))
                .map(|near| near.id.clone())
                // One that stood aside had its turn at the beginning.
                .filter(|id| {
                    let record = (flow.name().clone(), id.clone());
                    !self.visited.contains_key(&record)
                })
                .collect();
            self.may_go_on()?;
            let found = self.read_each(&flow.source, &absent).await?;
            let gone = absent.into_iter().zip(found).filter_map(|(id, found)| {
                let there = match found {
                    Ok(entry) => entry.is_some_and(|entry| !entry.deleted),
                    Err(Fault { kind, .. }) => kind != FaultKind::NotFound,
                };
                (!there).then(|| gone_entry(id))
            });
            all.extend(gone);
        }
    }
}

/// Gone and linked, and no person has said yet that it is meant.
fn is_fresh(item: &Item) -> bool {
    let parked = item.parked.as_ref();
    let known = parked.is_some_and(|parked| parked.retry || parked.code == TOO_MANY_GONE);
    item.step == Step::Gone && item.link.is_some() && !known
}

/// What is read of a record that the source no longer has.
pub(super) fn gone_entry(id: NativeId) -> Entry {
    Entry {
        id,
        version: None,
        deleted: true,
        body: Value::Object(Map::new()),
    }
}

/// What the target does not say yet, as far as we know it.
fn deactivation(flow: &FlowInstance, link: &Link, set: &Map<String, Value>) -> Vec<FieldChange> {
    let kept = flow.far(link).base.as_ref();
    let kept = kept.and_then(|base| base.get("kept"));
    let now = |field: &str| kept.and_then(|kept| kept.get(field)).cloned();
    set.iter()
        .filter(|(field, to)| now(field).as_ref() != Some(to))
        .map(|(field, to)| FieldChange {
            field: field.clone(),
            from: now(field),
            to: to.clone(),
        })
        .collect()
}

fn too_many(most: u64) -> Refusal {
    let sentence = format!(
        "more than {most} records are gone from the source at once; if that is meant, try them again \
         with `liaison quarantine retry`"
    );
    let args = vec![("most", most.to_string())];
    Refusal::conflict(TOO_MANY_GONE, words("engine-too-many-gone", args, sentence))
}
