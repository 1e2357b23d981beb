//! Requests that need a system which only calls us: they wait for its call, say so, and go on.

use std::pin::Pin;
use std::sync::Arc;

use crate::connector::Connector;
use crate::connector::relay::{AtWork, Line};
use crate::engine::world::World;
use crate::engine::{Observer, RunSummary};
use crate::model::text::words;
use crate::model::{ConnectionId, Fault, FaultKind, TenantId};

use super::relay::run_purpose;
use super::request::{Answer, Request};
use super::{Blame, Control, ControlError};

/// How often one that waits looks whether anybody still wants its answer, milliseconds.
const LOOK_MS: u64 = 500;

/// A question to a connector, asked.
pub(super) type Asking<'q, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'q>>;

/// What a request waits for.
struct Wait {
    line: Line,
    purpose: String,
}

/// Whether it is worth going on.
pub(super) enum Waited {
    /// Held until what follows is at work itself, so that the system does not leave in between.
    Answered(AtWork),
    GivenUp,
}

impl Control {
    /// Carries out one request, to its end.
    pub async fn answer(
        &self,
        request: Request,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let mut request = request;
        let mut held: Option<AtWork> = None;
        let mut so_far: Option<RunSummary> = None;
        loop {
            let answer = self
                .answer_at_once(request.clone(), Arc::clone(&observer))
                .await;
            let answer = answer.map(|answer| match (answer, so_far.take()) {
                (Answer::Run(summary), Some(earlier)) => {
                    Answer::Run(summary.going_on_from(earlier))
                }
                (answer, _) => answer,
            });
            let Some(wait) = self.awaits(&request, &answer) else {
                drop(held);
                return answer;
            };
            let waited = self
                .wait_for_call(&wait.line, &wait.purpose, &*observer)
                .await;
            match waited? {
                Waited::Answered(at_work) => held = Some(at_work),
                Waited::GivenUp => return answer,
            }
            if let Ok(Answer::Run(summary)) = answer {
                so_far = Some(summary);
            }
            if let Request::Run { plan, .. } = &mut request {
                // It was the plan that was agreed on; what is done of it meanwhile is no other plan.
                *plan = None;
            }
        }
    }

    /// The call that an answer waits for, if it does.
    fn awaits(&self, request: &Request, answer: &Result<Answer, ControlError>) -> Option<Wait> {
        let (flow, purpose) = match request {
            Request::Run { flow, .. } => (flow, run_purpose(&flow.flow)),
            Request::Plan { flow, .. }
            | Request::Verify { flow }
            | Request::Reset { flow, .. }
            | Request::LinkAdd { flow, .. }
            | Request::LinkMatch { flow, .. }
            | Request::LinkMatchApply { flow, .. } => (flow, format!("plan {}", flow.flow)),
            _ => return None,
        };
        let awaited = |fault: &Fault| fault.kind == FaultKind::AwaitsCall;
        let connection = match answer {
            Ok(Answer::Run(summary)) => {
                let (connection, fault) = summary.stopped.as_ref()?;
                awaited(fault).then(|| connection.clone())
            }
            Ok(Answer::Plan(plan)) => {
                let (connection, fault) = plan.stopped.as_ref()?;
                awaited(fault).then(|| connection.clone())
            }
            Err(error) => error.awaits.clone(),
            Ok(_) => None,
        }?;
        let tenant = self.tenant(flow.tenant.clone()).ok()?;
        // A plan that a run was to be compared with waits as a plan.
        let purpose = match answer {
            Err(_) => format!("plan {}", flow.flow),
            Ok(_) => purpose,
        };
        Some(Wait {
            line: Line { tenant, connection },
            purpose,
        })
    }

    /// Until everything that was asked for this purpose is answered.
    pub(super) async fn wait_for_call(
        &self,
        line: &Line,
        purpose: &str,
        observer: &dyn Observer,
    ) -> Result<Waited, ControlError> {
        if !self.relay.is_served() {
            return Ok(Waited::GivenUp);
        }
        let state = self.relay.line(line);
        let at_work = state.work(purpose);
        let mut changes = state.changes();
        observer.said(&words!(
            "relay-waits",
            "connection {connection}: waiting until the system calls",
            connection = line.connection
        ));
        let store = self.store().await?;
        loop {
            changes.borrow_and_update();
            let parcels = store.parcels(&line.tenant, &line.connection).await?;
            let open = |row: &crate::store::relay::ListedParcel| {
                !row.is_answered && row.head.asker.purpose() == purpose
            };
            if !parcels.iter().any(open) {
                return Ok(Waited::Answered(at_work));
            }
            if self.world.stopping() || !observer.is_heard() {
                return Ok(Waited::GivenUp);
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = self.world.beat_ms(LOOK_MS) => {}
            }
        }
    }

    /// Refuses what needs a system that calls us where nobody can call.
    pub(super) fn refuse_uncalled<'c>(
        &self,
        connections: impl Iterator<Item = (&'c ConnectionId, &'c dyn Connector)>,
    ) -> Result<(), ControlError> {
        let mut called = connections.filter(|(_, connector)| connector.is_called());
        match called.next() {
            Some((connection, _)) if !self.relay.is_served() => Err(needs_service(connection)),
            _ => Ok(()),
        }
    }

    /// Asks a connector, and waits for its system's call where it must.
    pub(super) async fn patiently<'q, T>(
        &self,
        (tenant, connection): (&TenantId, &ConnectionId),
        purpose: &str,
        observer: &dyn Observer,
        ask: impl Fn() -> Asking<'q, T> + Send,
    ) -> Result<T, Fault> {
        let mut held: Option<AtWork> = None;
        loop {
            let answer = ask().await;
            if !matches!(&answer, Err(fault) if fault.kind == FaultKind::AwaitsCall) {
                drop(held);
                return answer;
            }
            let line = Line {
                tenant: tenant.clone(),
                connection: connection.clone(),
            };
            match self.wait_for_call(&line, purpose, observer).await {
                Ok(Waited::Answered(at_work)) => held = Some(at_work),
                Ok(Waited::GivenUp) | Err(_) => return answer,
            }
        }
    }
}

pub(super) fn needs_service(connection: &ConnectionId) -> ControlError {
    let message = words!(
        "error-needs-service",
        "the system of connection `{connection}` calls us, and no service runs that it could call",
        connection = connection
    );
    ControlError::new("needs-service", Blame::Surroundings, message).hint(
        "needs-service",
        vec![],
        "start it with `liaison serve`, in another window or as a service of the machine, and try again",
    )
}
