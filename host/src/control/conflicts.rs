//! Pairs whose sides both changed, and a person's word on them.

use crate::model::run::{Dispute, Parked, ParkedKind};
use crate::model::text::words;
use crate::model::{FlowName, NativeId, Side, TenantId};
use crate::store::Change;

use super::request::{Answer, FlowRef};
use super::{Control, ControlError};

impl Control {
    pub(super) async fn conflict_list(
        &self,
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
    ) -> Result<Answer, ControlError> {
        let all = self.quarantine_list(tenant, flow).await?;
        Ok(match all {
            Answer::Quarantine(mut parked) => {
                parked.retain(|parked| parked.kind == ParkedKind::Conflict);
                Answer::Quarantine(parked)
            }
            other => other,
        })
    }

    pub(super) async fn conflict_resolve(
        &self,
        flow: FlowRef,
        record: NativeId,
        take: Side,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let parked = self.parked(&id, &flow.flow, &record).await?;
        let Some(dispute) = parked.dispute.clone() else {
            let english = format!("record {record} has nothing to choose between");
            let args = vec![("record", record.to_string())];
            return Err(ControlError::command("no-choice", args, english).hint(
                "no-choice",
                vec![],
                "`liaison quarantine show` says why it stands aside; settle that, then `liaison quarantine retry`",
            ));
        };
        let message = match take {
            Side::Left => words!("event-took-source", "a person chose what the source says"),
            Side::Right => words!("event-took-target", "a person chose what the target says"),
        };
        let changes = vec![
            Change::PutParked(Box::new(Parked {
                retry: true,
                dispute: Some(Dispute {
                    choice: Some(take),
                    ..dispute
                }),
                ..parked
            })),
            self.event(&id, &flow.flow, &record, "conflict-resolved", message),
        ];
        self.commit(self.scope(&id, &flow), changes).await?;
        Ok(Answer::ConflictResolved { record, take })
    }
}
