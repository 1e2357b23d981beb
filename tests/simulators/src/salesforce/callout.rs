//! A flow's HTTP callout: one POST of JSON, when somebody acts on a record. It is sent once; what goes wrong
//! is lost. The body is what we propose to administrators, as a flow's body is whatever they define.

use serde_json::json;

use super::declared::Given;
use super::id::{self, Id};
use super::org::Org;
use super::time::{self, Stamp};
use crate::post;
use crate::simulator::Errand;

/// The call's arguments; all but the record and its user are the flow's own.
pub struct Callout {
    pub record: Id,
    pub user: Id,
    action: String,
    url: String,
    ca_pem: Option<String>,
    authorization: Option<String>,
}

impl Callout {
    pub fn read(record: Id, user: Id, given: &mut Given<'_>) -> Result<Self, String> {
        Ok(Self {
            record,
            user,
            action: given.text("action")?,
            url: given.text("url")?,
            ca_pem: given.text_or_none("ca_pem")?,
            authorization: given.text_or_none("authorization")?,
        })
    }

    pub fn errand(self, org: &Org, now: Stamp) -> Errand {
        let object = org.schema.by_prefix(id::prefix(&self.record));
        let body = json!({
            "orgId": org.id,
            "object": object.map(|object| object.name.clone()),
            "recordId": self.record,
            "action": self.action,
            "requestedBy": self.user,
            "requestedAt": time::written_z(now),
        });
        Box::new(move || {
            let mut headers = vec![("Content-Type", "application/json;charset=UTF-8")];
            if let Some(authorization) = &self.authorization {
                headers.push(("Authorization", authorization));
            }
            let sent = post::send(
                &self.url,
                self.ca_pem.as_deref(),
                &headers,
                &body.to_string(),
            );
            Ok(match sent {
                Ok((status, answer)) => json!({ "status": status, "answer": answer }),
                Err(error) => json!({ "error": error }),
            })
        })
    }
}
