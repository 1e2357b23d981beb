//! What the service does when a system calls.

use std::sync::Weak;

use async_trait::async_trait;
use jiff::Timestamp;

use super::desk::Desk;
use crate::connector::relay::Line;
use crate::control::relay::Callers;
use crate::control::timetable::FlowKey;
use crate::model::FlowName;
use crate::model::run::RunStatus;

pub struct AtDesk(pub Weak<Desk>);

#[async_trait]
impl Callers for AtDesk {
    async fn arrived(&self, line: &Line) {
        let Some(desk) = self.0.upgrade() else {
            return;
        };
        let key = (line.tenant.clone(), line.connection.clone());
        let flows = {
            let mut agenda = desk.agenda();
            agenda.arrive(desk.control.relay.open());
            agenda.hint(&key, Timestamp::now());
            agenda.on(&key)
        };
        for flow in flows {
            let Ok(runs) = desk.control.recent_runs(&flow, 1).await else {
                continue;
            };
            // One that waits goes on now, and so does one under which the process died.
            let goes_on = runs
                .first()
                .is_some_and(|run| matches!(run.status, RunStatus::Waiting | RunStatus::Running));
            if goes_on && !desk.is_running(&flow) {
                desk.resume(&flow);
            }
        }
        desk.wake.notify_one();
    }

    fn answered(&self, line: &Line, flow: &FlowName) {
        if let Some(desk) = self.0.upgrade() {
            desk.resume(&FlowKey {
                tenant: line.tenant.clone(),
                flow: flow.clone(),
            });
        }
    }

    fn brings_more(&self, line: &Line) -> bool {
        let key = (line.tenant.clone(), line.connection.clone());
        let desk = self.0.upgrade();
        desk.is_some_and(|desk| desk.agenda().is_busy(&key, Timestamp::now()))
    }
}
