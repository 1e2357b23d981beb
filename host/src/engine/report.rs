//! Parks what was refused, and tells people where they look (for Autotask: a ticket).
//!
//! One open report a record. The record is parked first, with the intent of the report; the report's
//! id is durable before its number goes into the source's marker field, and the marker is durable
//! after. So a crash anywhere makes neither a second report nor a record that nobody hears of.

use serde_json::Value;

use crate::guard::{self, Guard};
use crate::mapping::ReportRule;
use crate::model::manifest::Idempotency;
use crate::model::run::{Parked, ParkedKind, Report};
use crate::model::{
    Action, Applied, Entry, Fault, FaultKind, Fingerprint, NativeId, Operation, Text, with_id,
};
use crate::store::{Change, Intent, IntentKind};

use super::call::{halt, is_silence};
use super::called::is_awaited;
use super::crash_point::Site;
use super::gate::stamps_of;
use super::item::{Item, Refusal, RefusalKind, Settled, Step};
use super::ladder::{Climb, MAY_EXIST, unanswered};
use super::retry::{Disposition, disposition};
use super::settle::operation;
use super::world;
use super::{Endpoint, FlowInstance, Halt, Job, words};

impl Job<'_> {
    pub(super) async fn report(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for item in items.iter_mut() {
            let Step::Refused(refusal) = item.step.clone() else {
                continue;
            };
            let parked = self.park(flow, item, &refusal);
            let kind = refusal.kind.parked().name();
            changes.push(Change::PutParked(Box::new(parked.clone())));
            // A conflict stays open until somebody settles it, and every run meets it again.
            let same = item.parked.as_ref().filter(|before| {
                refusal.kind == RefusalKind::Conflict && before.message == parked.message
            });
            let known = same.is_some();
            // Who asked for the record waits for an answer, be it that a person must settle something first.
            let is_asked_for = flow.flow.takes_wishes() && flow.flow.report().is_some();
            let was_told = same.is_some_and(|before| before.report.is_some());
            if !known {
                changes.push(self.event(flow, item.id(), kind, refusal.message.clone()));
            }
            if refusal.kind == RefusalKind::Afterwards {
                // Not tried on every run: a person's retry writes it back.
                let owed = item.link.as_ref();
                changes.extend(owed.and_then(|link| self.write_back_done(flow, link)));
            }
            item.parked = Some(parked);
            item.note = Some(refusal.message);
            item.step = match refusal.kind {
                RefusalKind::Rejected if flow.flow.report().is_some() => Step::ReportPending,
                RefusalKind::Rejected | RefusalKind::Afterwards => Step::Done(Settled::Quarantined),
                RefusalKind::Waiting => Step::Done(Settled::Waiting),
                RefusalKind::Conflict if is_asked_for && !was_told => Step::ReportPending,
                RefusalKind::Conflict => Step::Done(Settled::Conflict),
            };
        }
        self.commit(flow, Site::Parked, changes).await?;
        let Some(rule) = flow.flow.report().cloned() else {
            // Reports were switched off in between: what is parked stays parked.
            for item in items
                .iter_mut()
                .filter(|item| item.step == Step::ReportPending)
            {
                item.done(aside_as(item));
            }
            return Ok(());
        };
        for item in items
            .iter_mut()
            .filter(|item| item.step == Step::ReportPending)
        {
            let Some(parked) = item.parked.clone() else {
                item.done(Settled::Quarantined);
                continue;
            };
            item.note.get_or_insert_with(|| parked.message.clone());
            let record = (flow.set.clone(), item.id().clone(), IntentKind::Report);
            if self.unanswered.contains(&record) {
                // It may come yet: a second one is never made beside it.
                item.done(aside_as(item));
                continue;
            }
            self.tell(flow, &rule, item, parked).await?;
            item.done(aside_as(item));
        }
        Ok(())
    }

    /// Makes or refreshes the report of one parked record and writes its marker into the source.
    async fn tell(
        &mut self,
        flow: &FlowInstance,
        rule: &ReportRule,
        item: &mut Item,
        mut parked: Parked,
    ) -> Result<(), Halt> {
        let end = Endpoint {
            entity: rule.entity.clone(),
            ..flow.source.clone()
        };
        let text = self.error_text(&parked);
        let body = match flow
            .flow
            .report_body(&item.entry.body, &text, &self.run_info())
        {
            Ok(body) => body,
            Err(rejection) => {
                let refusal = Refusal::from(rejection);
                return self.report_failed(flow, item, &refusal).await;
            }
        };
        let known = match parked.report.clone() {
            Some(report) => {
                self.open_report(&end, rule, &report, &parked, &body)
                    .await?
            }
            None => self.find_open_report(&end, rule, &body).await?,
        };
        let record = match known {
            Some(record) => record,
            None => match self.create_report(flow, &end, item, &parked, body).await? {
                Ok(record) => record,
                Err(refusal) => return self.report_failed(flow, item, &refusal).await,
            },
        };
        let id = record["id"]
            .as_str()
            .and_then(|id| NativeId::parse(id).ok());
        let id = id.ok_or_else(|| {
            halt(
                &end,
                Fault::internal(words(
                    "engine-report-without-id",
                    vec![],
                    "its report has no id",
                )),
            )
        })?;
        parked.report = Some(Report::after(id, parked.report.as_ref()));
        parked.unreported = false;
        let known = Change::PutParked(Box::new(parked.clone()));
        self.commit(flow, Site::ReportKnown, vec![known]).await?;
        self.write_marker(flow, item, &mut parked, &record).await?;
        item.parked = Some(parked);
        Ok(())
    }

    /// The report we made before, if it is still open; its words are brought up to date.
    async fn open_report(
        &mut self,
        end: &Endpoint,
        rule: &ReportRule,
        report: &Report,
        parked: &Parked,
        body: &Value,
    ) -> Result<Option<Value>, Halt> {
        let ids = std::slice::from_ref(&report.id);
        let Some(entry) = self.read_end(end, ids).await?.into_iter().flatten().next() else {
            return Ok(None);
        };
        let closed = rule
            .open
            .as_ref()
            .is_some_and(|(field, closed)| entry.body.get(field) == Some(closed));
        if entry.deleted || closed {
            return Ok(None);
        }
        if report.marker.is_some() || parked.attempts > 1 {
            let changed: serde_json::Map<String, Value> = body
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(field, _)| field.as_str() == "title" || field.as_str() == "description")
                .filter(|(field, value)| entry.body.get(*field) != Some(*value))
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect();
            if !changed.is_empty() {
                let update = Operation {
                    token: world::token(&*self.engine.world),
                    action: Action::Update,
                    id: Some(report.id.clone()),
                    version: entry.version.clone(),
                    body: Value::Object(changed).to_string(),
                    resume: None,
                };
                let outcome = self.update_call(end, &[update]).await?.remove(0);
                if let Err(fault) = &outcome
                    && is_outage(fault)
                    && !is_silence(&outcome)
                {
                    return Err(halt(end, fault.clone()));
                }
            }
        }
        Ok(Some(entry.into_body()))
    }

    /// An open report about the same record that we do not know: somebody dropped the record from the
    /// quarantine. One record has one open report.
    async fn find_open_report(
        &mut self,
        end: &Endpoint,
        rule: &ReportRule,
        body: &Value,
    ) -> Result<Option<Value>, Halt> {
        let markers = end.spec().idempotency.iter().find_map(|rung| match rung {
            Idempotency::Marker(field) => Some(field.clone()),
            _ => None,
        });
        let Some((field, value)) = markers.and_then(|field| {
            let value = body.get(&field)?.clone();
            (!value.is_null()).then_some((field, value))
        }) else {
            return Ok(None);
        };
        let query = vec![(field, value)];
        let found = self.find_each(end, &[query]).await?.remove(0);
        let found = found.map_err(|fault| halt(end, fault))?;
        let open = |entry: &Entry| {
            let closed = rule.open.as_ref();
            let closed = closed.is_some_and(|(field, value)| entry.body.get(field) == Some(value));
            !entry.deleted && !closed
        };
        let entry = found.into_iter().find(open);
        Ok(entry.map(Entry::into_body))
    }

    async fn create_report(
        &mut self,
        flow: &FlowInstance,
        end: &Endpoint,
        item: &Item,
        parked: &Parked,
        body: Value,
    ) -> Result<Result<Value, Refusal>, Halt> {
        let entity = crate::model::Entity::parse(&end.entity)
            .map_err(|error| Halt::Bug(error.to_string()))?;
        let intent = Intent {
            token: world::token(&*self.engine.world),
            kind: IntentKind::Report,
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            set: flow.set.clone(),
            source: item.entry.id.clone(),
            connection: end.connection.clone(),
            entity,
            action: Action::Create,
            target: None,
            version: None,
            body: body.to_string(),
            generation: parked.attempts,
            created_at: self.engine.world.now(),
            sent: true,
            progress: None,
            context: Value::Null,
        };
        let sent = Change::PutIntent(Box::new(intent.clone()));
        if guard::holds(Guard::Intent) {
            self.commit(flow, Site::ReportIntent, vec![sent]).await?;
        }
        let outcome = self.write_call(end, &[operation(&intent)]).await?.remove(0);
        let applied = match outcome {
            Ok(applied) => applied,
            Err(fault) if fault.kind == FaultKind::OutcomeUnknown => {
                match self.climb(flow, &intent, fault).await? {
                    Climb::Created(applied) => applied,
                    Climb::Existing(id) => Applied::bare(id),
                    Climb::Refused(refusal) => {
                        let mut changes = vec![self.drop_intent(&intent)];
                        changes.extend(told_perhaps(parked, &refusal));
                        self.commit(flow, Site::ReportFailed, changes).await?;
                        return Ok(Err(refusal));
                    }
                    Climb::Unanswered(fault) => {
                        let record = (flow.set.clone(), item.id().clone(), intent.kind);
                        self.unanswered.insert(record);
                        return Ok(Err(unanswered(fault)));
                    }
                    Climb::SurelyNotWritten(fault) | Climb::Stop(fault) => {
                        return Err(halt(end, fault));
                    }
                }
            }
            // Handed over: what comes of it this or a later run hears under the same intent.
            Err(fault) if is_awaited(&fault) => return Err(halt(end, fault)),
            Err(fault) => {
                self.commit(flow, Site::ReportFailed, vec![self.drop_intent(&intent)])
                    .await?;
                if is_outage(&fault) {
                    return Err(halt(end, fault));
                }
                return Ok(Err(Refusal::from_fault(fault)));
            }
        };
        let mut parked = parked.clone();
        parked.report = Some(Report::after(applied.id.clone(), parked.report.as_ref()));
        parked.unreported = false;
        let changes = vec![
            Change::PutParked(Box::new(parked)),
            self.drop_intent(&intent),
        ];
        self.commit(flow, Site::ReportMade, changes).await?;
        let body = match applied.body {
            Some(body) => body,
            None => {
                let ids = std::slice::from_ref(&applied.id);
                let entry = self.read_end(end, ids).await?.into_iter().flatten().next();
                entry.map(|entry| entry.body).unwrap_or(body)
            }
        };
        Ok(Ok(with_id(body, &applied.id)))
    }

    /// The report's number goes where the person looks: into the source record.
    async fn write_marker(
        &mut self,
        flow: &FlowInstance,
        item: &mut Item,
        parked: &mut Parked,
        report: &Value,
    ) -> Result<(), Halt> {
        let run = self.run_info();
        let body = match flow.flow.report_write_back(&item.entry.body, report, &run) {
            Ok(Some(body)) => body,
            Ok(None) => return Ok(()),
            Err(rejection) => {
                return self
                    .report_failed(flow, item, &Refusal::from(rejection))
                    .await;
            }
        };
        let marker = flow
            .flow
            .marker()
            .and_then(|field| body.get(field))
            .and_then(Value::as_str);
        let shown = flow
            .flow
            .marker()
            .and_then(|field| item.entry.body.get(field))
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        if shown.is_some() && shown != marker && !self.is_our_marker(parked, shown) {
            let shown = shown.unwrap_or_default().to_owned();
            let sentence =
                format!("the source already shows {shown}, which is not ours to replace");
            let message = words("engine-marker-taken", vec![("shown", shown)], sentence);
            return self
                .report_failed(flow, item, &Refusal::conflict("marker-taken", message))
                .await;
        }
        if shown.is_none() || shown != marker {
            let operation = self.source_update(flow, item, &body);
            let mut outcomes = self.update_call(&flow.source, &[operation]).await?;
            let outcome = outcomes.remove(0);
            // One record that never gets an answer stops no other; the next run shows it its number.
            let silent = is_silence(&outcome);
            if let Err(fault) = outcome {
                if is_outage(&fault) && !silent {
                    return Err(halt(&flow.source, fault));
                }
                return self
                    .report_failed(flow, item, &Refusal::from_fault(fault))
                    .await;
            }
        }
        if let Some(report) = &mut parked.report {
            report.marker = marker.map(str::to_owned);
        }
        parked.stamps = self.stamps_after(flow, item).await?;
        let change = Change::PutParked(Box::new(parked.clone()));
        self.commit(flow, Site::MarkerWritten, vec![change]).await
    }

    /// What the source's system says of our own write, so that it is nobody's wish.
    async fn stamps_after(
        &mut self,
        flow: &FlowInstance,
        item: &Item,
    ) -> Result<Option<Fingerprint>, Halt> {
        if !flow.flow.has_stamps() {
            return Ok(None);
        }
        let ids = std::slice::from_ref(item.id());
        let found = self.read_each(&flow.source, ids).await?;
        let entry = found.into_iter().flatten().flatten().next();
        Ok(entry.map(|entry| stamps_of(flow, &entry.body)))
    }

    fn is_our_marker(&self, parked: &Parked, shown: Option<&str>) -> bool {
        let report = parked.report.as_ref();
        report
            .zip(shown)
            .is_some_and(|(report, shown)| report.wrote(shown))
    }

    /// The record stays in quarantine and is reported again by the next run.
    async fn report_failed(
        &mut self,
        flow: &FlowInstance,
        item: &mut Item,
        refusal: &Refusal,
    ) -> Result<(), Halt> {
        let theirs = refusal
            .fault
            .as_ref()
            .and_then(|fault| fault.vendor_text.clone());
        let why = theirs.map_or_else(|| refusal.message.clone(), Text::plain);
        let sentence = format!("its report could not be made: {}", why.fallback);
        let message = words("engine-report-failed", vec![], sentence).with("why", why);
        let said = item.note.take().into_iter().chain([message.clone()]);
        item.note = Some(Text::joined(said));
        self.commit(
            flow,
            Site::ReportFailed,
            vec![self.event(flow, item.id(), "report-failed", message)],
        )
        .await
    }

    /// The reason for people outside: our words, then the vendor's verbatim.
    fn error_text(&self, parked: &Parked) -> String {
        let ours = self.engine.words.text(&parked.message);
        let theirs = parked
            .fault
            .as_ref()
            .and_then(|fault| fault.vendor_text.as_deref());
        match theirs {
            Some(theirs) if theirs != ours => format!("{ours}\n\n{theirs}"),
            _ => ours,
        }
    }
}

/// A report that may be there, where nothing can tell: a second one is never made beside it.
pub(super) fn told_perhaps(parked: &Parked, refusal: &Refusal) -> Option<Change> {
    (refusal.code == MAY_EXIST).then(|| {
        Change::PutParked(Box::new(Parked {
            unreported: false,
            ..parked.clone()
        }))
    })
}

/// How a record that was told about counts.
fn aside_as(item: &Item) -> Settled {
    match &item.parked {
        Some(parked) if parked.kind == ParkedKind::Conflict => Settled::Conflict,
        _ => Settled::Quarantined,
    }
}

/// A fault that says nothing about the record: the run ends, and the report comes with the next.
fn is_outage(fault: &Fault) -> bool {
    match disposition(fault) {
        Disposition::RetryThenStop
        | Disposition::Stop
        | Disposition::AskLadder
        | Disposition::AwaitCall => true,
        Disposition::RetryThenWait
        | Disposition::Quarantine
        | Disposition::Adopt
        | Disposition::Reread
        | Disposition::Isolate => false,
    }
}
