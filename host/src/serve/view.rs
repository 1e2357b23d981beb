//! What the pages show, from the answers to the same requests that the command line makes.
//!
//! Invariant: nothing here decides, and nothing is asked of the store directly.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::desk::{Desk, Unheard};
use super::newest::Known;
use super::page;
use crate::catalogue::Catalogue;
use crate::connector::load::CONTRACT_VERSION;
use crate::control::request::{ConnectorRow, FlowRow, StatusRow};
use crate::control::shipping::lock::State;
use crate::control::timetable::{FlowKey, Plan};
use crate::control::{Answer, Control, ControlError, FlowRef, Request};
use crate::engine::RunSummary;
use crate::model::link::{Cause, LinkState};
use crate::model::run::{Counts, Event, Parked, ParkedKind, Run, RunStatus};
use crate::model::{FlowName, Link, NativeId, TenantId, Text};
use crate::schedule::{Outlook, Schedule};

/// Bars of the chart.
const RUNS_SHOWN: usize = 14;
/// Rows on one page.
const ROWS: usize = 100;
/// Events that a search looks through.
const EVENTS_SEARCHED: usize = 5_000;
/// Records sent at once from the page.
pub const SEND_MAX: usize = 500;

/// One page while it is made: who asks, in which language.
pub struct Views<'a> {
    pub desk: &'a Desk,
    pub control: Control,
    pub words: Catalogue,
    lang: String,
}

/// Flows as the files have them, by key.
type Flows = BTreeMap<FlowKey, FlowRow>;

impl<'a> Views<'a> {
    pub fn new(desk: &'a Desk, lang: &str) -> Self {
        Self {
            desk,
            control: desk.control.speaking(lang),
            words: desk.control.words_in(lang),
            lang: lang.to_owned(),
        }
    }

    pub async fn ask(&self, request: Request) -> Result<Answer, ControlError> {
        self.control.answer(request, Arc::new(Unheard)).await
    }

    fn say(&self, text: &Text) -> String {
        self.words.text(text)
    }

    /// Asks the same of every tenant, with its files that are in force. One whose files were never right
    /// answers nothing, and [`Self::trouble`] says why: the others have their page.
    async fn of_each_tenant(&self, request: impl Fn(TenantId) -> Request) -> Vec<Answer> {
        let tenants = self.desk.timetable.lock().await.in_force();
        let mut answers = Vec::new();
        for (id, control) in tenants {
            let control = control.speaking(&self.lang);
            let answer = control.answer(request(id), Arc::new(Unheard)).await;
            answers.extend(answer);
        }
        answers
    }

    async fn flows(&self) -> Flows {
        let answers = self.of_each_tenant(|tenant| Request::FlowList {
            tenant: Some(tenant),
        });
        let rows = answers.await.into_iter().filter_map(|answer| match answer {
            Answer::Flows(rows) => Some(rows),
            _ => None,
        });
        let keyed = rows.flatten().map(|row| (key(&row.tenant, &row.flow), row));
        keyed.collect()
    }

    async fn status(&self) -> Vec<StatusRow> {
        let answers = self.of_each_tenant(|tenant| Request::Status {
            tenant: Some(tenant),
        });
        let rows = answers.await.into_iter().filter_map(|answer| match answer {
            Answer::Status(rows) => Some(rows),
            _ => None,
        });
        rows.flatten().collect()
    }

    /// For filters and the menu.
    pub async fn tenants(&self) -> (Vec<page::Tenant>, page::Aside) {
        let mut tenants: BTreeMap<String, page::Tenant> = BTreeMap::new();
        for row in self.flows().await.into_values() {
            let id = row.tenant.to_string();
            let tenant = tenants.entry(id.clone()).or_insert_with(|| page::Tenant {
                title: self.control.tenant_title(&row.tenant),
                id,
                flows: Vec::new(),
            });
            tenant.flows.push(page::FlowName {
                flow: row.flow.to_string(),
                title: row.title,
            });
        }
        let mut aside = page::Aside::default();
        for row in self.status().await {
            let here = aside_of(&row);
            aside.quarantined += here.quarantined;
            aside.waiting += here.waiting;
            aside.conflicts += here.conflicts;
        }
        (tenants.into_values().collect(), aside)
    }

    /// What everybody should know before anything else.
    pub async fn trouble(&self) -> Option<page::Notice> {
        let timetable = self.desk.timetable.lock().await;
        let files = timetable.problems().into_iter().map(|(tenant, error)| {
            let what = self.say(&error.in_short());
            format!("{tenant}: {what}")
        });
        let mut details: Vec<String> = files.collect();
        drop(timetable);
        let flows = self.flows().await.into_values();
        details.extend(flows.filter_map(|row| {
            let what = self.say(&row.problem?);
            Some(format!("{}/{}: {what}", row.tenant, row.flow))
        }));
        let mut tone = page::Tone::Warning;
        for key in self.desk.flows() {
            if let Some((_, why)) = self.desk.unable(&key) {
                tone = page::Tone::Problem;
                details.push(format!("{key}: {}", self.say(&why)));
            }
        }
        (!details.is_empty()).then(|| page::Notice {
            tone,
            text: self.words.say("service-trouble", &[]),
            details,
        })
    }

    pub async fn connectors(&self) -> Result<page::Connectors, ControlError> {
        let Answer::Connectors(rows) = self.ask(Request::ConnectorList { newer: false }).await?
        else {
            return Err(ControlError::bug("connectors were answered otherwise"));
        };
        let known = self.desk.newest.known();
        let newer = |row: &ConnectorRow| match &known {
            Known::Found { newer, .. } if row.state.is_some_and(State::is_current) => newer
                .iter()
                // What was upgraded since the look has it.
                .find(|(name, version)| *name == row.name && *version != row.version)
                .map(|(_, version)| version.clone()),
            _ => None,
        };
        let rows = rows.iter().map(|row| page::ConnectorRow {
            name: row.name.clone(),
            version: row.version_among(&rows),
            vendor: row.vendor.clone(),
            contract: row.contract.clone(),
            state: match row.state {
                Some(State::Current) if row.refused.is_none() => page::ConnectorState::Current,
                Some(State::OnTrial) if row.refused.is_none() => page::ConnectorState::OnTrial,
                Some(State::Kept) if row.refused.is_none() => page::ConnectorState::Kept,
                Some(State::Withdrawn) => page::ConnectorState::Withdrawn,
                _ => page::ConnectorState::NotLoaded,
            },
            signer: row.signer.clone(),
            why: (row.refused.as_ref().or(row.why.as_ref())).map(|why| self.say(why)),
            newer: newer(row),
        });
        Ok(page::Connectors {
            contract: CONTRACT_VERSION.to_owned(),
            rows: rows.collect(),
            looked: match &known {
                Known::Nothing => page::Looked::Never,
                Known::Found { at, .. } => page::Looked::At(*at),
                Known::Failed(why) => page::Looked::Failed(self.say(why)),
            },
        })
    }

    pub async fn overview(&self, scope: page::Scope) -> Result<page::Overview, ControlError> {
        let flows = self.flows().await;
        let plans: BTreeMap<FlowKey, Plan> = {
            let timetable = self.desk.timetable.lock().await;
            let plans = timetable.plans()?;
            plans
                .into_iter()
                .map(|plan| (plan.flow.clone(), plan))
                .collect()
        };
        let now = Timestamp::now();
        let mut rows = Vec::new();
        for status in self.status().await {
            let direction = key(&status.tenant, &status.flow);
            let there = status.flow.there();
            let key = key(&status.tenant, there.as_ref().unwrap_or(&status.flow));
            let shown = page_key(&key);
            let Some(flow) = flows.get(&key).filter(|_| scope.holds(&shown)) else {
                continue;
            };
            let runs = self.control.recent_runs(&direction, RUNS_SHOWN).await?;
            let outlook = self.desk.agenda().outlook(&key, now);
            let (from, to) = match there {
                None => (&flow.source, &flow.target),
                Some(_) => (&flow.target, &flow.source),
            };
            rows.push(page::FlowRow {
                title: flow.title.clone(),
                from: from.clone(),
                to: to.clone(),
                state: self.state(status.last_run.as_ref(), outlook.as_ref()),
                switch: match (status.enabled, status.paused) {
                    (false, _) => page::Switch::Off,
                    (true, true) => page::Switch::Paused { since: None },
                    (true, false) => page::Switch::On,
                },
                next: self.next(&key, outlook, plans.get(&key), now),
                schedule: match plans.get(&key) {
                    Some(plan) => self.schedule(&plan.schedule),
                    None => flow.schedule.clone(),
                },
                last_success: status.last_success,
                runs: runs.iter().rev().filter_map(bar).collect(),
                aside: aside_of(&status),
                key: shown,
            });
        }
        Ok(page::Overview { scope, flows: rows })
    }

    fn schedule(&self, schedule: &Schedule) -> String {
        let every = |key: &str, n: u64| self.words.say(key, &[("n", &n.to_string())]);
        match schedule {
            Schedule::Manual => self.words.say("schedule-manual", &[]),
            Schedule::Every(s) if s % 86_400 == 0 => every("schedule-days", s / 86_400),
            Schedule::Every(s) if s % 3_600 == 0 => every("schedule-hours", s / 3_600),
            Schedule::Every(s) if s % 60 == 0 => every("schedule-minutes", s / 60),
            Schedule::Every(s) => every("schedule-seconds", *s),
            Schedule::Cron(_) => schedule.to_string(),
        }
    }

    fn state(&self, last: Option<&Run>, outlook: Option<&Outlook>) -> page::State {
        let runs = outlook == Some(&Outlook::Running);
        // One that has just begun stands in no book yet.
        let Some(run) = last.filter(|run| !runs || run.ended_at.is_none()) else {
            return match runs {
                false => page::State::NeverRan,
                true => page::State::Running {
                    since: Timestamp::now(),
                    counts: Counts::default(),
                    waits: None,
                },
            };
        };
        match (run.ended_at, status_of(run.status)) {
            (Some(ended), Some(status)) => page::State::Ended {
                run: run.id.to_string(),
                status,
                started: run.started_at,
                ended,
                counts: run.counts,
                why: run
                    .fault
                    .as_ref()
                    .map(|fault| self.say(fault.denial().unwrap_or(&fault.message))),
                vendor_text: run
                    .fault
                    .as_ref()
                    .and_then(|fault| fault.vendor_text.clone()),
            },
            _ if runs => page::State::Running {
                since: run.started_at,
                counts: run.counts,
                waits: None,
            },
            _ => page::State::Crashed {
                since: run.started_at,
            },
        }
    }

    fn next(
        &self,
        key: &FlowKey,
        outlook: Option<Outlook>,
        plan: Option<&Plan>,
        now: Timestamp,
    ) -> page::Next {
        let later = || {
            let plan = plan.filter(|plan| plan.schedule != Schedule::Manual)?;
            plan.schedule.next_after(now, &plan.zone)
        };
        match outlook {
            Some(Outlook::Queued { .. }) => page::Next::Queued { waits: None },
            Some(Outlook::At { due, start }) if due <= now => {
                match self.desk.agenda().failures(key) {
                    0 => page::Next::WindowOpens(start),
                    _ => page::Next::RetryAt(start),
                }
            }
            Some(Outlook::At { start, .. }) => page::Next::At(start),
            Some(Outlook::Never) => page::Next::Shut,
            Some(Outlook::Running | Outlook::Manual | Outlook::Paused) | None => {
                later().map_or(page::Next::Manual, page::Next::At)
            }
        }
    }

    pub async fn journal(&self, wish: JournalWish) -> Result<page::Journal, ControlError> {
        let (tenant, flow) = parts(&wish.scope)?;
        let searching = !wish.q.is_empty() || wish.run.is_some() || wish.before.is_some();
        let request = Request::Log {
            tenant,
            flow,
            record: wish.record.as_deref().map(record_id).transpose()?,
            limit: if searching { EVENTS_SEARCHED } else { ROWS + 1 },
        };
        let Answer::Log(events) = self.ask(request).await? else {
            return Err(ControlError::bug("a log was answered with something else"));
        };
        let wanted = wish.q.to_lowercase();
        let mut rows: Vec<page::EventRow> = events
            .iter()
            .map(|event| self.event(event))
            .filter(|row| {
                wish.run
                    .as_deref()
                    .is_none_or(|run| row.run.as_deref() == Some(run))
            })
            .filter(|row| wish.before.is_none_or(|before| row.at < before))
            .filter(|row| {
                let record = row.record.as_deref().unwrap_or_default();
                let kind = page::kind_word(&row.kind).map(|key| self.words.say(key, &[]));
                [
                    &*row.message,
                    &*row.kind,
                    &*kind.unwrap_or_default(),
                    record,
                ]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
            })
            .take(ROWS + 1)
            .collect();
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        let last = rows.last().filter(|_| more);
        Ok(page::Journal {
            older: last.map(|row| row.at.to_string()),
            events: rows,
            scope: wish.scope,
            q: wish.q,
            run: wish.run,
            record: wish.record,
        })
    }

    fn event(&self, event: &Event) -> page::EventRow {
        page::EventRow {
            at: event.at,
            tenant: event.tenant.to_string(),
            flow: event.flow.as_ref().map(ToString::to_string),
            run: event.run.as_ref().map(ToString::to_string),
            record: event.record.as_ref().map(ToString::to_string),
            kind: event.kind.clone(),
            message: self.say(&event.message),
        }
    }

    async fn parked_rows(
        &self,
        scope: &page::Scope,
    ) -> Result<Vec<(FlowKey, Parked)>, ControlError> {
        let (tenant, flow) = parts(scope)?;
        let request = Request::QuarantineList { tenant, flow };
        let Answer::Quarantine(parked) = self.ask(request).await? else {
            return Err(ControlError::bug(
                "a quarantine was answered with something else",
            ));
        };
        let mut rows: Vec<(FlowKey, Parked)> = parked
            .into_iter()
            .map(|parked| (key(&parked.tenant, &parked.flow), parked))
            .collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(rows)
    }

    pub async fn quarantine(
        &self,
        scope: page::Scope,
        q: String,
        after: usize,
    ) -> Result<page::Quarantine, ControlError> {
        let flows = self.flows().await;
        let wanted = q.to_lowercase();
        let all = self.parked_rows(&scope).await?;
        let found: Vec<page::ParkedRow> = all
            .iter()
            .map(|(key, parked)| self.parked_row(&flows, key, parked))
            .filter(|row| {
                let texts = [
                    &*row.record,
                    &*row.title,
                    &*row.code,
                    &*row.message,
                    row.vendor_text.as_deref().unwrap_or_default(),
                ];
                texts
                    .iter()
                    .any(|text| text.to_lowercase().contains(&wanted))
            })
            .collect();
        let more = (found.len() > after + ROWS).then(|| (after + ROWS).to_string());
        Ok(page::Quarantine {
            scope,
            q,
            rows: found.into_iter().skip(after).take(ROWS).collect(),
            more,
        })
    }

    fn parked_row(&self, flows: &Flows, key: &FlowKey, parked: &Parked) -> page::ParkedRow {
        let fault = parked.fault.as_ref();
        let report = parked.report.as_ref();
        page::ParkedRow {
            key: page_key(key),
            record: parked.id.to_string(),
            title: parked.title.clone(),
            kind: parked.kind,
            code: parked.code.clone(),
            message: self.say(&parked.message),
            vendor: flows.get(key).map_or_else(String::new, |flow| {
                flow.target.split('.').next().unwrap_or_default().to_owned()
            }),
            vendor_text: fault.and_then(|fault| fault.vendor_text.clone()),
            vendor_code: fault.and_then(|fault| fault.vendor_code.clone()),
            field: fault.and_then(|fault| fault.field.clone()),
            advice: fault
                .and_then(|fault| fault.denial())
                .map(|why| self.say(why)),
            attempts: parked.attempts,
            first: parked.first_at,
            last: parked.last_at,
            reported: report.and_then(|report| report.marker.clone()),
            unreported: report.is_some_and(|report| report.marker.is_none()),
            retry: parked.retry,
        }
    }

    /// One record that stands aside, with what the journal knows of it.
    pub async fn parked(
        &self,
        key: &FlowKey,
        record: &str,
    ) -> Result<page::ParkedPage, ControlError> {
        let flow = FlowRef {
            tenant: Some(key.tenant.clone()),
            flow: key.flow.clone(),
        };
        let id = record_id(record)?;
        let request = Request::QuarantineShow { flow, record: id };
        let Answer::Parked(parked) = self.ask(request).await? else {
            return Err(ControlError::bug(
                "a record was answered with something else",
            ));
        };
        let history = self
            .journal(JournalWish {
                scope: page::Scope::Flow(page_key(key)),
                record: Some(record.to_owned()),
                ..JournalWish::default()
            })
            .await?;
        Ok(page::ParkedPage {
            row: self.parked_row(&self.flows().await, key, &parked),
            history: history.events,
        })
    }

    pub async fn conflicts(&self, scope: page::Scope) -> Result<page::Conflicts, ControlError> {
        let flows = self.flows().await;
        let mut rows = Vec::new();
        for (key, parked) in self.parked_rows(&scope).await? {
            if parked.kind != ParkedKind::Conflict {
                continue;
            }
            let request = Request::LinkShow {
                flow: flow_ref(&key),
                id: parked.id.clone(),
            };
            // Of a conflict about the pairing itself there is no link yet.
            let link = match self.ask(request).await {
                Ok(Answer::Link { link, .. }) => Some(link),
                _ => None,
            };
            let (left, right) = match &link {
                Some(link) => ends(link),
                None => unpaired(&flows, &key, &parked),
            };
            rows.push(page::ConflictRow {
                record: parked.id.to_string(),
                title: parked.title.clone(),
                message: self.say(&parked.message),
                since: parked.first_at,
                left,
                right,
                fields: parked
                    .dispute
                    .iter()
                    .flat_map(|dispute| &dispute.fields)
                    .map(|disputed| page::Disagreement {
                        label: disputed.field.clone(),
                        left: value_of(&disputed.source),
                        right: value_of(&disputed.target),
                        base: None,
                    })
                    .collect(),
                choice: match parked.dispute {
                    Some(_) => page::Choice::Side,
                    None => page::Choice::None,
                },
                chosen: parked.retry,
                key: page_key(&key),
            });
        }
        Ok(page::Conflicts {
            scope,
            rows,
            more: None,
        })
    }

    pub async fn links(
        &self,
        scope: page::Scope,
        id: String,
        after: Option<String>,
    ) -> Result<page::Links, ControlError> {
        let mut rows = Vec::new();
        let mut more = None;
        let of_scope = self.flows().await.into_keys();
        let keys: Vec<FlowKey> = of_scope.filter(|key| scope.holds(&page_key(key))).collect();
        for key in &keys {
            let flow = flow_ref(key);
            let found = match id.is_empty() {
                false => match self
                    .ask(Request::LinkShow {
                        flow,
                        id: record_id(&id)?,
                    })
                    .await
                {
                    Ok(Answer::Link { link, .. }) => vec![*link],
                    // No link of this id in this flow.
                    _ => Vec::new(),
                },
                true => {
                    let after = after.as_deref().map(record_id).transpose()?;
                    let limit = ROWS + 1;
                    match self.ask(Request::LinkList { flow, after, limit }).await? {
                        Answer::Links(links) => links,
                        _ => Vec::new(),
                    }
                }
            };
            rows.extend(found.iter().map(|link| link_row(key, link)));
            if rows.len() > ROWS {
                rows.truncate(ROWS);
                // Only within one flow is there an order to go on in.
                let last = rows.last().filter(|_| keys.len() == 1);
                more = last.map(|row: &page::LinkRow| row.left.id.clone());
                break;
            }
        }
        Ok(page::Links {
            scope,
            id,
            rows,
            more,
        })
    }

    pub async fn link(&self, key: &FlowKey, id: &str) -> Result<page::LinkPage, ControlError> {
        let request = Request::LinkShow {
            flow: flow_ref(key),
            id: record_id(id)?,
        };
        let Answer::Link { link, history } = self.ask(request).await? else {
            return Err(ControlError::bug("a link was answered with something else"));
        };
        let mut history: Vec<page::EventRow> =
            history.iter().map(|event| self.event(event)).collect();
        history.sort_by_key(|event| std::cmp::Reverse(event.at));
        Ok(page::LinkPage {
            row: link_row(key, &link),
            cause: match &link.cause {
                Cause::Created(_) => page::Cause::Created,
                Cause::Adopted(_, rule) => page::Cause::Recognised(rule.clone()),
                Cause::Person => page::Cause::Person,
                Cause::Import => page::Cause::Import,
            },
            generation: link.generation,
            history,
        })
    }

    pub fn sent(&self, summary: &RunSummary) -> page::Sent {
        let main = summary.counts.get(&summary.flow).copied();
        page::Sent {
            run: summary.run.to_string(),
            started: summary.started_at,
            ended: summary.ended_at,
            counts: main.unwrap_or_default(),
            stopped: summary.stopped.as_ref().map(|(connection, fault)| {
                let why = self.say(fault.denial().unwrap_or(&fault.message));
                format!("{connection}: {why}")
            }),
            outcomes: summary
                .outcomes
                .iter()
                .map(|outcome| page::Outcome {
                    record: outcome.id.to_string(),
                    title: outcome.title.clone(),
                    settled: outcome.settled,
                    target: outcome.target.as_ref().map(ToString::to_string),
                    message: outcome.message.as_ref().map(|text| self.say(text)),
                    vendor_text: outcome.vendor_text.clone(),
                })
                .collect(),
        }
    }
}

/// What of the journal is wanted.
#[derive(Debug, Clone, Default)]
pub struct JournalWish {
    pub scope: page::Scope,
    pub q: String,
    pub run: Option<String>,
    pub record: Option<String>,
    pub before: Option<Timestamp>,
}

pub fn key(tenant: &TenantId, flow: &FlowName) -> FlowKey {
    FlowKey {
        tenant: tenant.clone(),
        flow: flow.clone(),
    }
}

pub fn flow_ref(key: &FlowKey) -> FlowRef {
    FlowRef {
        tenant: Some(key.tenant.clone()),
        flow: key.flow.clone(),
    }
}

fn page_key(key: &FlowKey) -> page::FlowKey {
    page::FlowKey::new(key.tenant.as_str(), key.flow.as_str())
}

/// A flow as a form or a query names it.
pub fn read_key(text: &str) -> Result<FlowKey, ControlError> {
    let named = page::FlowKey::parse(text).and_then(|named| {
        Some(FlowKey {
            tenant: TenantId::parse(&named.tenant).ok()?,
            flow: FlowName::parse(&named.flow).ok()?,
        })
    });
    named.ok_or_else(|| {
        let english = format!("`{text}` names no flow");
        ControlError::command("page-flow", vec![("flow", text.to_owned())], english)
    })
}

pub fn record_id(text: &str) -> Result<NativeId, ControlError> {
    NativeId::parse(text).map_err(|_| {
        let english = format!("`{text}` cannot be the id of a record");
        ControlError::command("page-record", vec![("record", text.to_owned())], english)
    })
}

fn parts(scope: &page::Scope) -> Result<(Option<TenantId>, Option<FlowName>), ControlError> {
    Ok(match scope {
        page::Scope::All => (None, None),
        page::Scope::Tenant(tenant) => (Some(read_key(&format!("{tenant}/x"))?.tenant), None),
        page::Scope::Flow(flow) => {
            let key = read_key(&flow.to_string())?;
            (Some(key.tenant), Some(key.flow))
        }
    })
}

fn aside_of(row: &StatusRow) -> page::Aside {
    let count = |kind: ParkedKind| row.parked.get(kind.name()).copied().unwrap_or(0);
    page::Aside {
        quarantined: count(ParkedKind::Quarantined),
        waiting: count(ParkedKind::Waiting),
        conflicts: count(ParkedKind::Conflict),
    }
}

fn status_of(status: RunStatus) -> Option<page::Status> {
    Some(match status {
        RunStatus::Running => return None,
        RunStatus::Completed => page::Status::Completed,
        RunStatus::CompletedWithProblems => page::Status::CompletedWithProblems,
        RunStatus::Waiting => page::Status::Waiting,
        RunStatus::Interrupted => page::Status::Interrupted,
        RunStatus::Failed => page::Status::Failed,
    })
}

fn bar(run: &Run) -> Option<page::RunBar> {
    Some(page::RunBar {
        run: run.id.to_string(),
        started: run.started_at,
        ended: run.ended_at,
        status: status_of(run.status)?,
        counts: run.counts,
    })
}

fn ends(link: &Link) -> (page::End, page::End) {
    let end = |(connection, entity): &(crate::model::ConnectionId, crate::model::Entity),
               id: &NativeId| {
        page::End {
            system: connection.to_string(),
            entity: entity.to_string(),
            id: id.to_string(),
        }
    };
    (
        end(&link.set.left, &link.left.id),
        end(&link.set.right, &link.right.id),
    )
}

fn value_of(value: &serde_json::Value) -> page::Value {
    match value {
        serde_json::Value::Null => page::Value::Absent,
        serde_json::Value::String(text) => page::Value::Text(text.clone()),
        other => page::Value::Text(other.to_string()),
    }
}

fn unpaired(flows: &Flows, key: &FlowKey, parked: &Parked) -> (page::End, page::End) {
    let end = |end: &str, id: String| {
        let (system, entity) = end.split_once('.').unwrap_or((end, ""));
        page::End {
            system: system.to_owned(),
            entity: entity.to_owned(),
            id,
        }
    };
    let (source, target) = flows
        .get(key)
        .map(|flow| (&*flow.source, &*flow.target))
        .unwrap_or_default();
    (
        end(source, parked.id.to_string()),
        end(target, String::new()),
    )
}

fn link_row(key: &FlowKey, link: &Link) -> page::LinkRow {
    let (left, right) = ends(link);
    page::LinkRow {
        key: page_key(key),
        left,
        right,
        state: match link.state {
            LinkState::Conflict => page::LinkState::Conflict,
            LinkState::Tombstoned => page::LinkState::Parted,
            _ => page::LinkState::Linked,
        },
        since: link.created_at,
        updated: link.updated_at,
    }
}
