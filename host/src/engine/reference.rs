//! Fetches what a page's records need from outside: links, and records by key, each asked for once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::mapping::{Facts, FlowSide, LinkAnswer, Mapped, Need, Rejection, RunInfo, Wanted};
use crate::model::run::ParkedKind;
use crate::model::{ConnectionId, Entry, Fault, NativeId};

use super::call::{Query, halt};
use super::gate::confirmed;
use super::item::{Item, Step};
use super::walk::Walk;
use super::{
    Asked, Endpoint, FlowInstance, Halt, Job, Mode, PAGE_RECORDS_MAX, REFERENCE_DEPTH_MAX, Way,
    words,
};

/// Look-ups that hang on look-ups are asked for in rounds; a flow's own check keeps them below this.
const ROUNDS_MAX: usize = 12;
/// Records that a look-up lists.
const LISTED_MAX: usize = 5_000;

impl Job<'_> {
    /// Every candidate gets its mapped record, or its refusal.
    pub(super) async fn map(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let places: Vec<usize> = (0..items.len())
            .filter(|&place| items[place].step == Step::Candidate)
            .collect();
        let bodies: Vec<Value> = places
            .iter()
            .map(|&place| items[place].entry.body.clone())
            .collect();
        let mapped = self.map_bodies(flow, &bodies, items).await?;
        for (place, mapped) in places.into_iter().zip(mapped) {
            match mapped {
                Ok(mapped) => items[place].mapped = Some(mapped),
                Err(rejection) => items[place].refuse(rejection.into()),
            }
        }
        Ok(())
    }

    /// The records as the flow wants them in its target, once what they need was fetched: one batched
    /// question per entity and round. `in_hand`: what of the flow's source need not be read again.
    pub(super) async fn map_bodies(
        &mut self,
        flow: &FlowInstance,
        bodies: &[Value],
        in_hand: &[Item],
    ) -> Result<Vec<Result<Mapped, Rejection>>, Halt> {
        let mut refused: BTreeMap<usize, Rejection> = BTreeMap::new();
        for _ in 0..ROUNDS_MAX {
            let mut needs = BTreeSet::new();
            let mut needed = Vec::new();
            for (place, body) in bodies.iter().enumerate() {
                if refused.contains_key(&place) {
                    continue;
                }
                match flow.flow.needs(body, self.facts_of(flow)) {
                    Ok(wanted) => {
                        let (made, asked): (Vec<Need>, Vec<Need>) = (wanted.into_iter())
                            .partition(|need| matches!(need, Need::Create { .. }));
                        needs.extend(asked);
                        needed.extend(made.into_iter().map(|need| (need, id_of(body))));
                    }
                    Err(rejection) => {
                        refused.insert(place, rejection);
                    }
                }
            }
            if needs.is_empty() && needed.is_empty() {
                let (facts, run) = (self.facts_of(flow), self.run_info());
                let each = bodies.iter().enumerate().map(|(place, body)| {
                    let refused = refused.remove(&place).map_or(Ok(()), Err);
                    refused.and_then(|()| flow.flow.map(body, facts, &run))
                });
                return Ok(each.collect());
            }
            self.answer(flow, needs, in_hand).await?;
            self.make_needed(flow, needed).await?;
        }
        Err(Halt::Bug(format!(
            "flow `{}` asks for look-ups without end",
            flow.name()
        )))
    }

    /// What is known of outside for records of this flow.
    pub(super) fn facts_of(&self, flow: &FlowInstance) -> &Facts {
        self.facts.get(&between(flow)).unwrap_or(&self.no_facts)
    }

    pub(super) fn facts_mut(&mut self, flow: &FlowInstance) -> &mut Facts {
        self.facts.entry(between(flow)).or_default()
    }

    pub(super) fn run_info(&self) -> RunInfo {
        RunInfo {
            now: self.engine.world.now(),
            count: 0,
        }
    }

    async fn answer(
        &mut self,
        flow: &FlowInstance,
        needs: BTreeSet<Need>,
        in_hand: &[Item],
    ) -> Result<(), Halt> {
        let mut links: BTreeMap<(String, Wanted), Vec<NativeId>> = BTreeMap::new();
        let mut lookups: BTreeMap<(FlowSide, String, Option<String>), Vec<Need>> = BTreeMap::new();
        for need in needs {
            match &need {
                Need::Link { flow, id, wanted } => {
                    links
                        .entry((flow.clone(), *wanted))
                        .or_default()
                        .push(id.clone());
                }
                Need::Create { .. } => {}
                Need::Lookup {
                    side, entity, by, ..
                } => {
                    lookups
                        .entry((*side, entity.clone(), Some(by.clone())))
                        .or_default()
                        .push(need);
                }
                Need::Every { side, entity } => {
                    lookups
                        .entry((*side, entity.clone(), None))
                        .or_default()
                        .push(need);
                }
            }
        }
        for ((side, entity, by), needs) in lookups {
            let end = match side {
                FlowSide::Source => &flow.source,
                FlowSide::Target => &flow.target,
            };
            let end = Endpoint {
                entity,
                ..end.clone()
            };
            match by {
                Some(by) => self.look_up(flow, &end, &by, needs).await?,
                None => self.list_all(flow, &end, needs).await?,
            }
        }
        for ((name, wanted), ids) in links {
            self.look_up_links(flow, &name, wanted, ids, in_hand)
                .await?;
        }
        Ok(())
    }

    async fn look_up(
        &mut self,
        flow: &FlowInstance,
        end: &Endpoint,
        by: &str,
        needs: Vec<Need>,
    ) -> Result<(), Halt> {
        let values: Vec<&str> = needs
            .iter()
            .map(|need| match need {
                Need::Lookup { value, .. } => value.as_str(),
                Need::Link { .. } | Need::Create { .. } | Need::Every { .. } => "",
            })
            .collect();
        // All that fit; where one is wanted, the best of them alone.
        let found: Vec<Result<Vec<Value>, Fault>> = if by == "id" && end.spec().operations.read {
            let ids: Vec<Option<NativeId>> = values
                .iter()
                .map(|value| NativeId::parse(value).ok())
                .collect();
            let known: Vec<NativeId> = ids.iter().flatten().cloned().collect();
            let mut entries = self.read_each(end, &known).await?.into_iter();
            ids.iter()
                .map(|id| id.as_ref().and_then(|_| entries.next()).unwrap_or(Ok(None)))
                .map(|entry| {
                    let there = entry?.filter(|entry| !entry.deleted);
                    Ok(there.map(Entry::into_body).into_iter().collect())
                })
                .collect()
        } else {
            let queries: Vec<Query> = values
                .iter()
                .map(|value| vec![(by.to_owned(), Value::from(*value))])
                .collect();
            let entries = self.find_each(end, &queries).await?;
            let found = entries.into_iter().zip(needs.iter().zip(&values));
            found
                .map(|(found, (need, value))| {
                    let there = found?.into_iter().filter(|entry| !entry.deleted);
                    Ok(match need {
                        Need::Lookup { several: true, .. } => there.map(Entry::into_body).collect(),
                        _ => best(there.collect(), by, value)
                            .map(Entry::into_body)
                            .into_iter()
                            .collect(),
                    })
                })
                .collect()
        };
        for (need, records) in needs.iter().zip(found) {
            match records {
                Ok(records) if matches!(need, Need::Lookup { several: true, .. }) => {
                    self.facts_mut(flow).put_several(need, records);
                }
                Ok(records) => {
                    let record = records.into_iter().next();
                    self.facts_mut(flow).put_lookup(need, record);
                }
                Err(fault) => {
                    let why = fault.vendor_text.clone();
                    let why = why.unwrap_or_else(|| self.engine.words.text(&fault.message));
                    self.facts_mut(flow).put_refused_lookup(need, why);
                }
            }
        }
        Ok(())
    }

    /// All records of an entity. Of one that has too many nothing is listed: a part would look like all.
    async fn list_all(
        &mut self,
        flow: &FlowInstance,
        end: &Endpoint,
        needs: Vec<Need>,
    ) -> Result<(), Halt> {
        let mut walk = Walk::from(None);
        let mut found: BTreeMap<NativeId, Value> = BTreeMap::new();
        loop {
            let page = self.query(end, walk.at()).await?;
            let more = walk.pass(&page);
            let there = page.entries.into_iter().filter(|entry| !entry.deleted);
            found.extend(there.map(|entry| (entry.id.clone(), entry.into_body())));
            let more = more.map_err(|fault| halt(end, fault))?;
            if found.len() > LISTED_MAX {
                let entity = end.entity.clone();
                let most = LISTED_MAX.to_string();
                let sentence = format!("there are more than {most} of {entity}");
                let args = vec![("entity", entity), ("most", most)];
                let why = self
                    .engine
                    .words
                    .text(&words("engine-too-many-listed", args, sentence));
                for need in &needs {
                    self.facts_mut(flow).put_refused_lookup(need, why.clone());
                }
                return Ok(());
            }
            if !more {
                break;
            }
        }
        let found: Vec<Value> = found.into_values().collect();
        for need in &needs {
            self.facts_mut(flow).put_several(need, found.clone());
        }
        Ok(())
    }

    /// Links of another flow's records; where asked for, that flow runs first for those without one, or for all.
    ///
    /// On the way back the ids are those of the other flow's targets, and nothing is run for them.
    async fn look_up_links(
        &mut self,
        flow: &FlowInstance,
        name: &str,
        wanted: Wanted,
        ids: Vec<NativeId>,
        in_hand: &[Item],
    ) -> Result<(), Halt> {
        let other = self
            .engine
            .flows
            .values()
            .find(|flow| flow.name().as_str() == name)
            .cloned()
            .ok_or_else(|| Halt::Bug(format!("flow `{name}` is not loaded")))?;
        let side = match flow.way {
            Way::Back(_) => other.side().other(),
            Way::Only | Way::There(_) | Way::Reverse(_) => other.side(),
        };
        let links = self.engine.store.links(&other.set, side, &ids).await?;
        let mut due = Vec::new();
        for (id, link) in ids.into_iter().zip(links) {
            let is_due = match (wanted, &link) {
                (Wanted::Link, _) => false,
                (Wanted::Fresh, _) | (Wanted::Made, None) => true,
                // Linked, but the source was never told: the other flow finishes it now.
                (Wanted::Made, Some(link)) => {
                    other.flow.has_write_back() && confirmed(&other, link).is_none()
                }
            };
            if is_due {
                due.push(id);
                continue;
            }
            let known = link.map_or(LinkAnswer::Missing, |link| {
                LinkAnswer::Linked(link.side(side.other()).id.clone())
            });
            self.facts_mut(flow).put_known_link(name, &id, known);
        }
        if due.is_empty() {
            return Ok(());
        }
        if self.depth >= REFERENCE_DEPTH_MAX {
            return Err(Halt::Bug(format!(
                "references lead deeper than {REFERENCE_DEPTH_MAX} flows"
            )));
        }
        self.depth += 1;
        let mut refused = Vec::new();
        let one_source = flow.source.connection == other.source.connection
            && flow.source.entity == other.source.entity;
        let in_hand = if one_source { in_hand } else { &[] };
        for chunk in due.chunks(PAGE_RECORDS_MAX as usize) {
            let mut entries = Vec::new();
            let mut unread = Vec::new();
            for id in chunk {
                match in_hand.iter().find(|item| item.id() == id) {
                    Some(item) => entries.push(item.entry.clone()),
                    None => unread.push(id.clone()),
                }
            }
            let read = self.read_each(&other.source, &unread).await?;
            for (id, entry) in unread.iter().zip(read) {
                match entry {
                    Ok(entry) => entries.extend(entry),
                    Err(fault) => refused.push((id.clone(), fault.message)),
                }
            }
            // A flow may need records of a flow that needs records: hence the box.
            Box::pin(self.settle_page(&other, entries, Asked::Reference)).await?;
        }
        self.depth -= 1;
        // What was not there a moment ago may be there now.
        for ((source, target), facts) in &mut self.facts {
            if *target == other.target.connection {
                facts.forget_absent(FlowSide::Target);
            }
            if *source == other.target.connection {
                facts.forget_absent(FlowSide::Source);
            }
        }
        self.answer_due(flow, &other, name, wanted, due).await?;
        for (id, message) in refused {
            let title = id.to_string();
            let answer = LinkAnswer::Failed { title, message };
            self.facts_mut(flow).put_link(name, &id, answer);
        }
        Ok(())
    }

    /// What became of the records that another flow was run for.
    async fn answer_due(
        &mut self,
        flow: &FlowInstance,
        other: &FlowInstance,
        name: &str,
        wanted: Wanted,
        ids: Vec<NativeId>,
    ) -> Result<(), Halt> {
        let links = self
            .engine
            .store
            .links(&other.set, other.side(), &ids)
            .await?;
        let parked = self
            .engine
            .store
            .parked(&self.engine.tenant, other.name(), &ids)
            .await?;
        for ((id, link), parked) in ids.into_iter().zip(links).zip(parked) {
            let planned = self.planned_id(other, &id);
            let refused = self.planned_refusal(other, &id);
            // What is linked and could not be brought up to date stands aside with its reason.
            let link =
                link.filter(|_| wanted < Wanted::Fresh || (parked.is_none() && refused.is_none()));
            let answer = match (link, planned, refused, parked) {
                (Some(link), ..) => LinkAnswer::Linked(other.far(&link).id.clone()),
                (None, Some(planned), ..) => LinkAnswer::Linked(planned),
                (None, None, Some((title, message)), _) => LinkAnswer::Failed { title, message },
                (None, None, None, Some(parked)) => {
                    let (title, message) = (parked.title, parked.message);
                    match parked.kind {
                        ParkedKind::Waiting => LinkAnswer::Waiting { title, message },
                        ParkedKind::Quarantined | ParkedKind::Conflict => {
                            LinkAnswer::Failed { title, message }
                        }
                    }
                }
                (None, None, None, None) => LinkAnswer::Missing,
            };
            self.facts_mut(flow).put_link(name, &id, answer);
        }
        Ok(())
    }

    /// In a plan nothing is created: a record that would be stands in under a name of its own.
    fn planned_id(&self, flow: &FlowInstance, id: &NativeId) -> Option<NativeId> {
        if self.mode != Mode::Plan {
            return None;
        }
        let planned = self
            .planned
            .iter()
            .find(|p| p.flow == *flow.name() && p.id == *id)?;
        planned.target_or_stand_in()
    }

    fn planned_refusal(
        &self,
        flow: &FlowInstance,
        id: &NativeId,
    ) -> Option<(String, crate::model::Text)> {
        let planned = self
            .planned
            .iter()
            .find(|p| p.flow == *flow.name() && p.id == *id)?;
        planned
            .refused()
            .map(|message| (planned.title.clone(), message))
    }
}

/// The first; but systems find regardless of capitals, and one that is equal to the letter comes before.
fn best(mut there: Vec<Entry>, by: &str, value: &str) -> Option<Entry> {
    let is_equal = |entry: &Entry| entry.body.get(by).and_then(Value::as_str) == Some(value);
    let at = there.iter().position(is_equal).unwrap_or(0);
    (at < there.len()).then(|| there.swap_remove(at))
}

fn between(flow: &FlowInstance) -> (ConnectionId, ConnectionId) {
    (
        flow.source.connection.clone(),
        flow.target.connection.clone(),
    )
}

/// The record's own id, for the journal.
fn id_of(body: &Value) -> NativeId {
    let id = body.get("id").and_then(Value::as_str);
    let id = id.and_then(|id| NativeId::parse(id).ok());
    id.unwrap_or_else(|| NativeId::parse("?").expect("one character"))
}
