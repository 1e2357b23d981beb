//! What the store remembers, for people: status, journal, quarantine, links.

use std::collections::BTreeMap;

use crate::engine::LEASE_TTL;
use crate::engine::world::World;
use crate::model::link::{Cause, Circles};
use crate::model::run::{Event, Parked, RunStatus};
use crate::model::text::words;
use crate::model::{FlowName, Link, LinkSet, LinkSide, LinkState, NativeId, Side, TenantId, Text};
use crate::store::{Change, EventQuery, LeaseScope};

use super::request::{Answer, FlowRef, StatusRow, parked_word};
use super::tenants::no_flow;
use super::world::holder;
use super::{Control, ControlError};

/// Links fetched at once for a listing or an export.
const LINK_PAGE: usize = 1_000;
/// How far back the status looks for the last success.
const STATUS_RUNS: usize = 200;

impl Control {
    pub(super) async fn status(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let store = self.store().await?;
        let mut rows = Vec::new();
        let paused = self.paused()?;
        for id in self.tenants(tenant)? {
            let config = self.read_tenant(&id)?;
            for (name, flow) in &config.flows {
                let runs = store.runs(&id, Some(name), STATUS_RUNS).await?;
                let mut parked = BTreeMap::new();
                for record in store.parked_list(&id, Some(name)).await? {
                    *parked
                        .entry(parked_word(record.kind).to_owned())
                        .or_insert(0) += 1;
                }
                rows.push(StatusRow {
                    tenant: id.clone(),
                    flow: name.clone(),
                    enabled: flow.enabled,
                    paused: paused.contains(&(id.clone(), name.clone())),
                    last_success: runs
                        .iter()
                        .find(|run| run.status == RunStatus::Completed)
                        .and_then(|run| run.ended_at),
                    last_run: runs.into_iter().next(),
                    parked,
                });
            }
        }
        Ok(Answer::Status(rows))
    }

    pub(super) async fn log(
        &self,
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
        record: Option<NativeId>,
        limit: usize,
    ) -> Result<Answer, ControlError> {
        let query = EventQuery {
            flow,
            record,
            run: None,
            limit,
        };
        let mut events = Vec::new();
        for id in self.tenants(tenant)? {
            if let Some(flow) = &query.flow {
                self.known_flow(&id, flow).await?;
            }
            events.extend(self.store().await?.events(&id, &query).await?);
        }
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events.truncate(limit);
        Ok(Answer::Log(events))
    }

    pub(super) async fn quarantine_list(
        &self,
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
    ) -> Result<Answer, ControlError> {
        let mut parked = Vec::new();
        for id in self.tenants(tenant)? {
            if let Some(flow) = &flow {
                self.known_flow(&id, flow).await?;
            }
            parked.extend(self.store().await?.parked_list(&id, flow.as_ref()).await?);
        }
        Ok(Answer::Quarantine(parked))
    }

    pub(super) async fn quarantine_show(
        &self,
        flow: FlowRef,
        record: NativeId,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant)?;
        Ok(Answer::Parked(Box::new(
            self.parked(&id, &flow.flow, &record).await?,
        )))
    }

    /// Marks records for one more try; the next run takes them first.
    pub(super) async fn quarantine_retry(
        &self,
        flow: FlowRef,
        record: Option<NativeId>,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let records: Vec<Parked> = match record {
            Some(record) => vec![self.parked(&id, &flow.flow, &record).await?],
            None => {
                self.known_flow(&id, &flow.flow).await?;
                self.store()
                    .await?
                    .parked_list(&id, Some(&flow.flow))
                    .await?
            }
        };
        let count = records.len();
        let changes = records
            .into_iter()
            .map(|parked| {
                Change::PutParked(Box::new(Parked {
                    retry: true,
                    ..parked
                }))
            })
            .collect();
        self.commit(self.scope(&id, &flow), changes).await?;
        Ok(Answer::Retried { records: count })
    }

    pub(super) async fn quarantine_drop(
        &self,
        flow: FlowRef,
        record: NativeId,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let parked = self.parked(&id, &flow.flow, &record).await?;
        let message = Text::new(
            "event-dropped",
            vec![],
            "a person dropped it from quarantine",
        );
        let marker = parked.report.and_then(|report| report.marker);
        let changes = vec![
            Change::RemoveParked {
                tenant: id.clone(),
                flow: parked.flow,
                id: record.clone(),
            },
            self.event(&id, &flow.flow, &record, "dropped", message),
        ];
        self.commit(self.scope(&id, &flow), changes).await?;
        Ok(Answer::Dropped { record, marker })
    }

    /// A flow of the tenant's file, or one that left something behind when it was taken out.
    async fn known_flow(&self, tenant: &TenantId, flow: &FlowName) -> Result<(), ControlError> {
        let config = self.read_tenant(tenant)?;
        if config.flows.contains_key(flow) {
            return Ok(());
        }
        let store = self.store().await?;
        let runs = store.runs(tenant, Some(flow), 1).await?;
        if runs.is_empty() && store.parked_list(tenant, Some(flow)).await?.is_empty() {
            return Err(no_flow(&config, flow));
        }
        Ok(())
    }

    /// What protects the records of a flow: its pairs, or its bare name when no file has it any more.
    pub(super) fn scope(&self, tenant: &TenantId, flow: &FlowRef) -> LeaseScope {
        self.set(flow).map_or_else(
            |_| LeaseScope::flow(tenant, &flow.flow),
            |set| LeaseScope::set(&set),
        )
    }

    pub(super) async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        record: &NativeId,
    ) -> Result<Parked, ControlError> {
        let ids = std::slice::from_ref(record);
        let found = self.store().await?.parked(tenant, flow, ids).await?;
        found.into_iter().flatten().next().ok_or_else(|| {
            let english = format!("record {record} of flow `{flow}` is not in quarantine");
            let args = vec![("record", record.to_string()), ("flow", flow.to_string())];
            ControlError::command("not-parked", args, english).hint(
                "quarantine-list",
                vec![],
                "`liaison quarantine list` shows what is",
            )
        })
    }

    pub(super) async fn link_list(
        &self,
        flow: FlowRef,
        after: Option<NativeId>,
        limit: usize,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        Ok(Answer::Links(
            self.store()
                .await?
                .link_page(&set, after.as_ref(), limit)
                .await?,
        ))
    }

    /// A link by the id of either side.
    pub(super) async fn link_show(
        &self,
        flow: FlowRef,
        id: NativeId,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let ids = std::slice::from_ref(&id);
        let store = self.store().await?;
        let mut found = store.links(&set, Side::Left, ids).await?;
        found.extend(store.links(&set, Side::Right, ids).await?);
        let link = found
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| no_link(&set, &id))?;
        let query = EventQuery {
            flow: Some(flow.flow),
            record: Some(link.left.id.clone()),
            run: None,
            limit: 100,
        };
        let history = store.events(&set.tenant, &query).await?;
        Ok(Answer::Link {
            link: Box::new(link),
            history,
        })
    }

    pub(super) async fn link_remove(
        &self,
        flow: FlowRef,
        source: NativeId,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let store = self.store().await?;
        let found = store
            .links(&set, Side::Left, std::slice::from_ref(&source))
            .await?;
        let link = found
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| no_link(&set, &source))?;
        let other = link.right.id.to_string();
        let english = format!("a person removed the link to {other}");
        let message = Text::new("event-link-removed", vec![("other", other)], english);
        let changes = vec![
            Change::RemoveLink {
                set: set.clone(),
                left: source.clone(),
            },
            self.event(&set.tenant, &flow.flow, &source, "link-removed", message),
        ];
        self.commit(LeaseScope::set(&set), changes).await?;
        Ok(Answer::LinkRemoved { source })
    }

    pub(super) async fn link_export(&self, flow: FlowRef) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let mut csv = String::from("source,target\n");
        let (mut links, mut after) = (0, None);
        loop {
            let page = self
                .store()
                .await?
                .link_page(&set, after.as_ref(), LINK_PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(Answer::LinkCsv { csv, links });
            };
            after = Some(last.left.id.clone());
            links += page.len() as u64;
            for link in &page {
                csv.push_str(&csv_cell(link.left.id.as_str()));
                csv.push(',');
                csv.push_str(&csv_cell(link.right.id.as_str()));
                csv.push('\n');
            }
        }
    }

    /// Reads pairs and says what is new; with `apply` stores them. A line that contradicts a link is
    /// refused and told.
    pub(super) async fn link_import(
        &self,
        flow: FlowRef,
        csv: &str,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        let store = self.store().await?;
        let (mut new, mut same, mut refused) = (Vec::new(), 0, Vec::new());
        let heading = csv
            .lines()
            .next()
            .map(|line| line.trim().trim_start_matches('\u{feff}'));
        if heading != Some("source,target") {
            let english = "the first line must be the heading `source,target`";
            return Err(ControlError::command("no-heading", vec![], english));
        }
        let (mut lefts, mut rights) = (BTreeMap::new(), BTreeMap::new());
        for (nth, line) in csv
            .lines()
            .enumerate()
            .skip(1)
            .filter(|(_, l)| !l.trim().is_empty())
        {
            let number = nth + 1;
            let Some((left, right)) = csv_pair(line) else {
                refused.push(words!(
                    "import-no-pair",
                    "line {line}: not `source,target`",
                    line = number
                ));
                continue;
            };
            let (Ok(left), Ok(right)) = (NativeId::parse(&left), NativeId::parse(&right)) else {
                refused.push(words!(
                    "import-bad-id",
                    "line {line}: an id is empty or too long",
                    line = number
                ));
                continue;
            };
            let by_left = store
                .links(&set, Side::Left, std::slice::from_ref(&left))
                .await?;
            let by_right = store
                .links(&set, Side::Right, std::slice::from_ref(&right))
                .await?;
            let known: Vec<Link> = by_left.into_iter().chain(by_right).flatten().collect();
            if known
                .iter()
                .any(|link| link.left.id == left && link.right.id == right)
            {
                same += 1;
            } else if let Some(link) = known.first() {
                let (l, r) = (&link.left.id, &link.right.id);
                refused.push(words!(
                    "import-linked",
                    "line {line}: {source} is linked to {target}",
                    line = number,
                    source = l,
                    target = r
                ));
            } else if lefts.insert(left.clone(), number).is_some()
                || rights.insert(right.clone(), number).is_some()
            {
                refused.push(words!(
                    "import-twice",
                    "line {line}: an id stands on two lines",
                    line = number
                ));
            } else {
                new.push(self.imported(&set, left, right));
            }
        }
        let count = new.len() as u64;
        if apply && refused.is_empty() {
            let changes: Vec<Change> = new
                .into_iter()
                .map(|link| Change::PutLink(Box::new(link)))
                .collect();
            for chunk in changes.chunks(LINK_PAGE) {
                let scope = LeaseScope::set(&set);
                self.commit(scope, chunk.to_vec()).await?;
            }
        }
        let applied = apply && refused.is_empty();
        Ok(Answer::LinksImported {
            applied,
            new: count,
            same,
            refused,
        })
    }

    fn imported(&self, set: &LinkSet, left: NativeId, right: NativeId) -> Link {
        let now = self.world.now();
        Link {
            set: set.clone(),
            left: LinkSide::new(left),
            right: LinkSide::new(right),
            state: LinkState::Linked,
            generation: 0,
            cause: Cause::Import,
            created_at: now,
            updated_at: now,
            circles: Circles::default(),
        }
    }

    fn set(&self, flow: &FlowRef) -> Result<LinkSet, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        self.link_set(&id, &flow.flow)
    }

    pub(super) fn event(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        record: &NativeId,
        kind: &str,
        message: Text,
    ) -> Change {
        Change::AddEvent(Box::new(Event {
            at: self.world.now(),
            tenant: tenant.clone(),
            flow: Some(flow.clone()),
            run: None,
            record: Some(record.clone()),
            kind: kind.to_owned(),
            message,
        }))
    }

    /// One transaction under a lease of its own: refused while a run has the flow.
    pub(super) async fn commit(
        &self,
        scope: LeaseScope,
        changes: Vec<Change>,
    ) -> Result<(), ControlError> {
        let store = self.store().await?;
        let lease = store
            .claim(&scope, &holder("command"), self.world.now(), LEASE_TTL)
            .await?;
        let committed = store.commit(&lease, changes).await;
        store.release(&lease).await?;
        Ok(committed?)
    }
}

fn no_link(set: &LinkSet, id: &NativeId) -> ControlError {
    let english = format!("{id} has no link in {set}");
    let args = vec![("id", id.to_string()), ("set", set.to_string())];
    ControlError::command("no-link", args, english)
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Two cells, quoted or not.
fn csv_pair(line: &str) -> Option<(String, String)> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.trim_end_matches('\r').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    match <[String; 2]>::try_from(cells) {
        Ok([left, right]) => Some((left, right)),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went() {
        for id in ["57", "a,b", "say \"x\"", "type_number_customer"] {
            let line = format!("{},{}", csv_cell(id), csv_cell("1"));
            assert_eq!(csv_pair(&line), Some((id.to_owned(), "1".to_owned())));
        }
        assert_eq!(csv_pair("only one"), None);
        assert_eq!(csv_pair("1,2,3"), None);
    }
}
