//! A connection that can be called: [`Connector`] over a WebAssembly component.
//!
//! Each call is a fresh instance ([`super::run_guest`]); what it returns passes `convert` before
//! anybody sees it.
//!
//! Invariant: a `write` that failed as a whole says `outcome-unknown` as soon as any request of it may
//! have left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Connector;
use super::bindings::inbound;
use super::convert::{self, Nonsense, answers, called, outcomes};
use super::guest::GuestPre;
use super::guest_host::Broken;
use super::inbound::{InboundRequest, InboundResponse, Preparation};
use super::limits::{CATALOGUE_BYTES_MAX, Limits};
use super::live::{Connection, LiveHost};
use super::marks::Marks;
use super::relay::{AtWork, Errand, Settled};
use super::run_guest::{Action, GuestEnd, run_guest};
use super::tape::call::Call;
use super::tape::file::FORMAT;
use super::tape::recorder::Recorder;
use super::tape::returned::Returned;
use super::tape::taped_host::TapedHost;
use super::tape::{End, Label, Tape, Taping};
use crate::model::text::words;
use crate::model::{
    Condition, Entry, Fault, FaultKind, Finding, Manifest, NativeId, Operation, Outcome, Page,
    Scope, Text, Token,
};

pub struct WasmConnector {
    pub(super) manifest: Arc<Manifest>,
    pub(super) guest: GuestPre,
    pub(super) connection: Arc<Connection>,
    pub(super) limits: Limits,
    pub(super) visit: Mutex<Visit>,
}

/// What a connection of a system that calls us is used for at present.
#[derive(Default)]
pub struct Visit {
    purpose: String,
    /// How often each call was made, and returned, since what was read was last settled. The same question
    /// asked twice is two calls.
    returned: BTreeMap<String, u32>,
    _at_work: Option<AtWork>,
}

/// Calls one function of the contract's `system`, with owned arguments.
macro_rules! action {
    ($function:ident $(, $argument:expr)*) => {{
        let action: Action<_> = Box::new(move |store, guest| {
            Box::pin(async move { guest.system.$function(store $(, $argument)*).await })
        });
        action
    }};
}

impl WasmConnector {
    /// One call that has to do with no record: however it fails, it can be tried again.
    async fn ask<R: Returned + Send + 'static>(
        &self,
        call: Call,
        errand: Errand,
        marks: &Arc<Marks>,
        action: Action<R>,
    ) -> Result<R, Fault> {
        let what = call.name();
        self.run(call, errand, marks, action)
            .await
            .map_err(|end| with_tape(end_fault(&end, self.name(), what), marks))
    }

    /// One call that reads. `question` tells it from every other.
    async fn ask_system<R: Send + 'static>(
        &self,
        call: Call,
        question: String,
        action: Action<Result<R, super::bindings::types::Fault>>,
    ) -> Result<R, Fault>
    where
        Result<R, super::bindings::types::Fault>: Returned,
    {
        let marks = Arc::new(Marks::default());
        self.ask_marked(call, question, &marks, action).await
    }

    async fn ask_marked<R: Send + 'static>(
        &self,
        call: Call,
        question: String,
        marks: &Arc<Marks>,
        action: Action<Result<R, super::bindings::types::Fault>>,
    ) -> Result<R, Fault>
    where
        Result<R, super::bindings::types::Fault>: Returned,
    {
        let errand = self.reading(call.name(), question);
        let Errand::Reading {
            purpose,
            call: name,
        } = errand.clone()
        else {
            return Err(Fault::internal(Text::plain("a call that reads nothing")));
        };
        let returned = self.ask(call, errand, marks, action).await?;
        if self.is_called() {
            match &returned {
                Ok(_) => self.count(&name),
                // There is nothing to settle, and whoever asks again means it.
                Err(_) => {
                    let call = Settled::Call {
                        purpose: &purpose,
                        call: &name,
                    };
                    self.forget(call).await?;
                }
            }
        }
        returned.map_err(|fault| with_marks(convert::fault(fault), marks))
    }

    /// Names the call so that it has the same name when it is made again, also in another process.
    fn reading(&self, what: &str, question: String) -> Errand {
        let visit = self.visit();
        let question = Token::of_digest(&Sha256::digest(format!("{what}\0{question}")).into());
        let before = visit.returned.get(question.as_str()).copied();
        Errand::Reading {
            purpose: visit.purpose.clone(),
            call: format!("{question}-{}", before.unwrap_or_default()),
        }
    }

    fn count(&self, call: &str) {
        let question = call.split('-').next().unwrap_or(call).to_owned();
        *self.visit().returned.entry(question).or_default() += 1;
    }

    fn visit(&self) -> MutexGuard<'_, Visit> {
        self.visit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn forget(&self, settled: Settled<'_>) -> Result<(), Fault> {
        let Connection { relay, line, .. } = &*self.connection;
        relay.forget(line, settled).await.map_err(of_relay)
    }

    async fn run<R: Returned + Send + 'static>(
        &self,
        call: Call,
        errand: Errand,
        marks: &Arc<Marks>,
        action: Action<R>,
    ) -> Result<R, GuestEnd> {
        let live = LiveHost::new(Arc::clone(&self.connection), Arc::clone(marks), errand)
            .map_err(|error| GuestEnd::HostFailed(error.to_string()))?;
        let (live, what) = (Arc::new(live), call.name());
        let result = match self.connection.taping {
            Taping::Off => run_guest(&self.guest, live, marks, &self.limits, action).await,
            Taping::Failures | Taping::All => self.run_taped(call, live, marks, action).await,
        };
        if let Err(end) = &result
            && !matches!(end, GuestEnd::Waits)
        {
            let door = &self.connection.door;
            tracing::error!(target: "liaison::guest", tenant = %door.tenant, connection = %door.connection,
                connector = self.name(), call = what, "the call ended early: {end}");
        }
        result
    }

    async fn run_taped<R: Returned + Send + 'static>(
        &self,
        call: Call,
        live: Arc<LiveHost>,
        marks: &Arc<Marks>,
        action: Action<R>,
    ) -> Result<R, GuestEnd> {
        let recorder = Arc::new(Recorder::default());
        let recorded_at = jiff::Timestamp::now();
        let host = Arc::new(TapedHost::Recording {
            live,
            recorder: Arc::clone(&recorder),
        });
        let result = run_guest(&self.guest, host, marks, &self.limits, action).await;
        let is_kept = match (&result, self.connection.taping) {
            (_, Taping::Off) | (Err(GuestEnd::Waits), Taping::Failures) => false,
            (_, Taping::All) | (Err(_), Taping::Failures) => true,
            (Ok(returned), Taping::Failures) => returned.is_failure(),
        };
        if !is_kept {
            return result;
        }
        let end = match &result {
            Ok(returned) => End::Returned {
                result: returned.to_tape(),
            },
            Err(end) => End::from(end),
        };
        let recorded = recorder.recorded();
        let Connection {
            door,
            component,
            tapes,
            tapes_max,
            ..
        } = &*self.connection;
        let label = Label {
            liaison_tape: FORMAT,
            component: component.clone(),
            tenant: door.tenant.clone(),
            connection: door.connection.clone(),
            recorded_at,
            limits: self.limits.clone(),
            cut: recorded.cut,
            masked: false,
        };
        let tape = Tape {
            label,
            call,
            steps: recorded.steps,
            end,
        };
        match tape.scrubbed(&door.scrubber) {
            Ok(tape) => marks.kept_as(tapes.keep(tape, *tapes_max).await),
            Err(error) => {
                tracing::warn!(target: "liaison::guest", tenant = %door.tenant, connection = %door.connection,
                    "a tape is not kept: {error}");
            }
        }
        result
    }

    /// A request of a system that calls, as it may be kept: it brings the password in clear.
    fn without_secrets(&self, request: &inbound::Request) -> inbound::Request {
        let scrubber = &self.connection.door.scrubber;
        let text = |text: &String| scrubber.text(text).0.into_owned();
        inbound::Request {
            method: request.method.clone(),
            path: text(&request.path),
            query: request.query.as_ref().map(text),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: scrubber.bytes(&request.body).0.into_owned(),
            ext: Vec::new(),
        }
    }

    fn name(&self) -> &str {
        &self.manifest.name
    }
}

#[async_trait]
impl Connector for WasmConnector {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn check(&self) -> Result<Vec<Finding>, Fault> {
        let marks = Arc::new(Marks::default());
        let action = action!(call_check);
        let findings = self
            .ask_marked(Call::Check, String::new(), &marks, action)
            .await?;
        let mut findings = convert::findings(findings)?;
        // The connector only learns that it may not; why is ours to say, and comes first.
        findings.splice(0..0, marks.denial().map(Finding::denied));
        Ok(findings)
    }

    async fn changes(
        &self,
        entity: &str,
        since: Option<&[u8]>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        let (entity, filter) = (entity.to_owned(), convert::to_conditions(filter));
        let cursor = since.map(<[u8]>::to_vec);
        let call = Call::Changes {
            entity: entity.clone(),
            since: cursor.clone(),
            filter: filter.clone(),
            limit,
        };
        let page = self
            .ask_system(
                call,
                format!("{:?}", (&entity, &cursor, &filter, limit)),
                action!(call_changes, &entity, cursor.as_ref(), &filter, limit),
            )
            .await?;
        Ok(answers::page(page, since, limit)?)
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        let entity = entity.to_owned();
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let call = Call::Read {
            entity: entity.clone(),
            ids: wanted.clone(),
        };
        let entries = self
            .ask_system(
                call,
                format!("{:?}", (&entity, &wanted)),
                action!(call_read, &entity, &wanted),
            )
            .await?;
        Ok(answers::read(ids, entries)?)
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let (entity, wanted) = (entity.to_owned(), convert::to_queries(queries));
        let call = Call::Find {
            entity: entity.clone(),
            queries: wanted.clone(),
        };
        let found = self
            .ask_system(
                call,
                format!("{:?}", (&entity, &wanted)),
                action!(call_find, &entity, &wanted),
            )
            .await?;
        Ok(answers::find(queries.len(), found)?)
    }

    async fn query(
        &self,
        entity: &str,
        filter: &[Condition],
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (entity, filter) = (entity.to_owned(), convert::to_conditions(filter));
        let cursor = at.map(<[u8]>::to_vec);
        let call = Call::Query {
            entity: entity.clone(),
            filter: filter.clone(),
            at: cursor.clone(),
            limit,
        };
        let page = self
            .ask_system(
                call,
                format!("{:?}", (&entity, &filter, &cursor, limit)),
                action!(call_query, &entity, &filter, cursor.as_ref(), limit),
            )
            .await?;
        Ok(answers::page(page, at, limit)?)
    }

    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let marks = Arc::new(Marks::default());
        let tokens = operations
            .iter()
            .map(|operation| operation.token.clone())
            .collect();
        let errand = Errand::Writing {
            purpose: self.visit().purpose.clone(),
            tokens,
        };
        let (entity, wanted) = (entity.to_owned(), convert::to_operations(operations));
        let call = Call::Write {
            entity: entity.clone(),
            operations: wanted.clone(),
        };
        let returned = self
            .run(call, errand, &marks, action!(call_write, &entity, &wanted))
            .await;
        let outcomes = match returned {
            Ok(returned) => outcomes::outcomes(operations, returned),
            Err(end) => {
                let fault = failed_write(&end, self.name(), marks.may_have_left());
                operations.iter().map(|_| Err(fault.clone())).collect()
            }
        };
        outcomes
            .into_iter()
            .map(|outcome| outcome.map_err(|fault| with_marks(fault, &marks)))
            .collect()
    }

    async fn catalogue(&self, lang: &str) -> Result<Option<String>, Fault> {
        let lang = lang.to_owned();
        let marks = Arc::new(Marks::default());
        let call = Call::Catalogue { lang: lang.clone() };
        let words = self
            .ask(call, Errand::Other, &marks, action!(call_catalogue, &lang))
            .await?;
        match words {
            Some(words) if words.len() > CATALOGUE_BYTES_MAX => {
                Err(Nonsense(format!("a catalogue of {} bytes", words.len())).into())
            }
            words => Ok(words),
        }
    }

    fn is_called(&self) -> bool {
        self.connection.is_called
    }

    fn begin(&self, purpose: &str) {
        if !self.is_called() {
            return;
        }
        let Connection { relay, line, .. } = &*self.connection;
        let at_work = relay.work(line, purpose);
        *self.visit() = Visit {
            purpose: purpose.to_owned(),
            returned: BTreeMap::new(),
            _at_work: Some(at_work),
        };
    }

    async fn read_is_settled(&self) -> Result<(), Fault> {
        if !self.is_called() {
            return Ok(());
        }
        let purpose = self.visit().purpose.clone();
        let purpose = purpose.as_str();
        self.forget(Settled::Readings { purpose }).await?;
        self.visit().returned.clear();
        Ok(())
    }

    async fn writes_are_settled(&self, tokens: &[Token]) -> Result<(), Fault> {
        match self.is_called() && !tokens.is_empty() {
            true => self.forget(Settled::Writes { tokens }).await,
            false => Ok(()),
        }
    }

    async fn ended(&self, open: &[Token]) -> Result<(), Fault> {
        if !self.is_called() {
            return Ok(());
        }
        let purpose = self.visit().purpose.clone();
        let purpose = purpose.as_str();
        self.forget(Settled::All { purpose, open }).await?;
        self.visit().returned.clear();
        Ok(())
    }

    async fn is_under_way(&self, _: &Token) -> Result<bool, Fault> {
        // It has no other way out, and what is handed over is kept until it is settled.
        Ok(self.is_called())
    }

    async fn inbound(&self, request: InboundRequest) -> Option<Result<InboundResponse, Fault>> {
        if !self.guest.has_inbound() {
            return None;
        }
        let marks = Arc::new(Marks::default());
        let request = called::request(request);
        let call = Call::Inbound(Box::new(self.without_secrets(&request)));
        let action: Action<_> = Box::new(move |store, guest| {
            Box::pin(async move { guest.inbound()?.call_handle(store, &request).await })
        });
        let answered = self.ask(call, Errand::Inbound, &marks, action).await;
        let refused = marks.misses() > 0;
        Some(answered.and_then(|response| Ok(called::response(response, refused)?)))
    }

    async fn prepare(&self, address: &str) -> Option<Result<Preparation, Fault>> {
        if !self.guest.has_setup() {
            return None;
        }
        let marks = Arc::new(Marks::default());
        let address = address.to_owned();
        let call = Call::Prepare {
            address: address.clone(),
        };
        let action: Action<_> = Box::new(move |store, guest| {
            Box::pin(async move { guest.setup()?.call_prepare(store, &address).await })
        });
        let prepared = self.ask(call, Errand::Other, &marks, action).await;
        Some(match prepared {
            Ok(Ok(prepared)) => called::preparation(prepared, &self.manifest).map_err(Fault::from),
            Ok(Err(fault)) => Err(with_marks(convert::fault(fault), &marks)),
            Err(fault) => Err(fault),
        })
    }
}

/// What a store that does not answer means for the one who called.
fn of_relay(broken: Broken) -> Fault {
    let message = words!(
        "connector-host-failed",
        "the host could not serve it: {what}",
        what = broken
    );
    Fault::new(FaultKind::Unavailable, Scope::Connection, message)
}

/// What a call that ended early means for the one who called.
fn end_fault(end: &GuestEnd, connector: &str, what: &str) -> Fault {
    let message = words!(
        "connector-ended",
        "connector `{connector}` did not finish `{call}`: {why}",
        connector = connector,
        call = what;
        why = end.text()
    );
    match end {
        GuestEnd::Trapped { .. } | GuestEnd::OutOfCpu(_) | GuestEnd::HostPanicked(_) => {
            Fault::internal(message)
        }
        GuestEnd::OutOfTime(_) | GuestEnd::HostFailed(_) => {
            Fault::new(FaultKind::Unavailable, Scope::Connection, message)
        }
        GuestEnd::Waits => Fault::new(
            FaultKind::AwaitsCall,
            Scope::Connection,
            words!("connector-awaits-call", "waiting until the system calls us"),
        ),
    }
}

fn failed_write(end: &GuestEnd, connector: &str, may_have_left: bool) -> Fault {
    let fault = end_fault(end, connector, "write");
    if may_have_left && fault.kind != FaultKind::AwaitsCall {
        Fault {
            kind: FaultKind::OutcomeUnknown,
            ..fault
        }
    } else {
        fault
    }
}

/// The guest sees a bare code for a denied request; the person sees why, and where the call is kept.
fn with_marks(mut fault: Fault, marks: &Marks) -> Fault {
    if let Some(reason) = marks.denial() {
        fault.deny(reason);
    }
    with_tape(fault, marks)
}

fn with_tape(mut fault: Fault, marks: &Marks) -> Fault {
    if let Some(tape) = marks.tape() {
        fault.kept_on(tape);
    }
    fault
}
