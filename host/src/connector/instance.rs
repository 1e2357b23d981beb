//! A connection that can be called: [`Connector`] over a WebAssembly component.
//!
//! Each call is a fresh instance ([`super::run_guest`]); what it returns passes `convert` before
//! anybody sees it.
//!
//! Invariant: a `write` that failed as a whole says `outcome-unknown` as soon as any request of it may
//! have left.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::Connector;
use super::bindings::ConnectorPre;
use super::convert::{self, Nonsense, answers, outcomes};
use super::host_calls::GuestState;
use super::limits::{CATALOGUE_BYTES_MAX, Limits};
use super::live::{Connection, LiveHost};
use super::marks::Marks;
use super::run_guest::{Action, GuestEnd, run_guest};
use crate::model::text::words;
use crate::model::{
    Condition, Entry, Fault, FaultKind, Finding, Manifest, NativeId, Operation, Outcome, Page,
    Scope, Token,
};

pub struct WasmConnector {
    pub(super) manifest: Arc<Manifest>,
    pub(super) guest: ConnectorPre<GuestState>,
    pub(super) connection: Arc<Connection>,
    pub(super) limits: Limits,
}

/// Calls one function of the contract's `system`, with owned arguments.
macro_rules! action {
    ($function:ident $(, $argument:expr)*) => {{
        let action: Action<_> = Box::new(move |store, guest| {
            Box::pin(async move { guest.liaison_connector_system().$function(store $(, $argument)*).await })
        });
        action
    }};
}

impl WasmConnector {
    /// One call that writes nothing: however it fails, it can be tried again.
    async fn ask<R: Send + 'static>(&self, what: &str, action: Action<R>) -> Result<R, Fault> {
        let marks = Arc::new(Marks::default());
        self.run(what, HashSet::new(), &marks, action)
            .await
            .map_err(|end| end_fault(&end, self.name(), what))
    }

    /// As [`Self::ask`], for functions that may return a fault of their own.
    async fn ask_system<R: Send + 'static>(
        &self,
        what: &str,
        action: Action<Result<R, super::bindings::types::Fault>>,
    ) -> Result<R, Fault> {
        let marks = Arc::new(Marks::default());
        self.ask_marked(what, &marks, action).await
    }

    async fn ask_marked<R: Send + 'static>(
        &self,
        what: &str,
        marks: &Arc<Marks>,
        action: Action<Result<R, super::bindings::types::Fault>>,
    ) -> Result<R, Fault> {
        let returned = self
            .run(what, HashSet::new(), marks, action)
            .await
            .map_err(|end| end_fault(&end, self.name(), what))?;
        returned.map_err(|fault| with_denial(convert::fault(fault), marks))
    }

    async fn run<R: Send + 'static>(
        &self,
        what: &str,
        tokens: HashSet<Token>,
        marks: &Arc<Marks>,
        action: Action<R>,
    ) -> Result<R, GuestEnd> {
        let host = LiveHost::new(Arc::clone(&self.connection), Arc::clone(marks), tokens)
            .map_err(|error| GuestEnd::HostFailed(error.to_string()))?;
        let result = run_guest(&self.guest, Arc::new(host), marks, &self.limits, action).await;
        if let Err(end) = &result {
            let door = &self.connection.door;
            tracing::error!(target: "liaison::guest", tenant = %door.tenant, connection = %door.connection,
                connector = self.name(), call = what, "the call ended early: {end}");
        }
        result
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
        let findings = self.ask_marked("check", &marks, action).await?;
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
        let page = self
            .ask_system(
                "changes",
                action!(call_changes, &entity, cursor.as_ref(), &filter, limit),
            )
            .await?;
        Ok(answers::page(page, since, limit)?)
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        let entity = entity.to_owned();
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let entries = self
            .ask_system("read", action!(call_read, &entity, &wanted))
            .await?;
        Ok(answers::read(ids, entries)?)
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let (entity, wanted) = (entity.to_owned(), convert::to_queries(queries));
        let found = self
            .ask_system("find", action!(call_find, &entity, &wanted))
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
        let page = self
            .ask_system(
                "query",
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
        let (entity, wanted) = (entity.to_owned(), convert::to_operations(operations));
        let returned = self
            .run(
                "write",
                tokens,
                &marks,
                action!(call_write, &entity, &wanted),
            )
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
            .map(|outcome| outcome.map_err(|fault| with_denial(fault, &marks)))
            .collect()
    }

    async fn catalogue(&self, lang: &str) -> Result<Option<String>, Fault> {
        let lang = lang.to_owned();
        let words = self
            .ask("catalogue", action!(call_catalogue, &lang))
            .await?;
        match words {
            Some(words) if words.len() > CATALOGUE_BYTES_MAX => {
                Err(Nonsense(format!("a catalogue of {} bytes", words.len())).into())
            }
            words => Ok(words),
        }
    }
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
    }
}

fn failed_write(end: &GuestEnd, connector: &str, may_have_left: bool) -> Fault {
    let fault = end_fault(end, connector, "write");
    if may_have_left {
        Fault {
            kind: FaultKind::OutcomeUnknown,
            ..fault
        }
    } else {
        fault
    }
}

/// The guest sees a bare code for a denied request; the person sees why.
fn with_denial(mut fault: Fault, marks: &Marks) -> Fault {
    if let Some(reason) = marks.denial() {
        fault.deny(reason);
    }
    fault
}
