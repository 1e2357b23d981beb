//! A call of a connector's exports as a value: what a tape begins with, and what a replay makes again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bytes;
use super::returned::Returned;
use crate::connector::bindings::{inbound, types as wit};
use crate::connector::run_guest::Action;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "export", content = "arguments", rename_all = "kebab-case")]
pub enum Call {
    Check,
    Changes {
        entity: String,
        since: Option<Vec<u8>>,
        filter: Vec<wit::Condition>,
        limit: u32,
    },
    Read {
        entity: String,
        ids: Vec<String>,
    },
    Find {
        entity: String,
        queries: Vec<Vec<(String, String)>>,
    },
    Query {
        entity: String,
        filter: Vec<wit::Condition>,
        at: Option<Vec<u8>>,
        limit: u32,
    },
    Write {
        entity: String,
        operations: Vec<wit::Operation>,
    },
    Catalogue {
        lang: String,
    },
    /// Of `inbound`, which a component may lack.
    Inbound(Box<inbound::Request>),
    /// Of `setup`, likewise.
    Prepare {
        address: String,
    },
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.to_value() == other.to_value()
    }
}

impl Call {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Changes { .. } => "changes",
            Self::Read { .. } => "read",
            Self::Find { .. } => "find",
            Self::Query { .. } => "query",
            Self::Write { .. } => "write",
            Self::Catalogue { .. } => "catalogue",
            Self::Inbound(_) => "inbound",
            Self::Prepare { .. } => "prepare",
        }
    }

    pub fn entity(&self) -> Option<&str> {
        match self {
            Self::Changes { entity, .. }
            | Self::Read { entity, .. }
            | Self::Find { entity, .. }
            | Self::Query { entity, .. }
            | Self::Write { entity, .. } => Some(entity),
            Self::Check | Self::Catalogue { .. } | Self::Inbound(_) | Self::Prepare { .. } => None,
        }
    }

    pub fn to_value(&self) -> Value {
        match self {
            // Ten million bytes are not to become ten million values first.
            Self::Inbound(request) => {
                let inbound::Request {
                    method,
                    path,
                    query,
                    headers,
                    body,
                    ext,
                } = &**request;
                json!({"export": "inbound", "arguments": {
                    "method": method, "path": path, "query": query, "headers": headers,
                    "body": bytes::marked(body), "ext": ext,
                }})
            }
            other => bytes::readable(
                serde_json::to_value(other).expect("the contract's types are plain values"),
            ),
        }
    }

    pub fn of_value(value: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(bytes::unreadable(value))
    }

    /// Makes the call, and gives what it returned as it stands on a tape.
    pub fn action(self) -> Action<Value> {
        macro_rules! system {
            ($function:ident $(, $argument:expr)*) => {
                Box::new(move |store, guest| {
                    Box::pin(async move {
                        let returned = guest.system.$function(store $(, $argument)*).await?;
                        Ok(returned.to_tape())
                    })
                })
            };
        }
        let action: Action<Value> = match self {
            Self::Check => system!(call_check),
            Self::Changes {
                entity,
                since,
                filter,
                limit,
            } => system!(call_changes, &entity, since.as_ref(), &filter, limit),
            Self::Read { entity, ids } => system!(call_read, &entity, &ids),
            Self::Find { entity, queries } => system!(call_find, &entity, &queries),
            Self::Query {
                entity,
                filter,
                at,
                limit,
            } => system!(call_query, &entity, &filter, at.as_ref(), limit),
            Self::Write { entity, operations } => system!(call_write, &entity, &operations),
            Self::Catalogue { lang } => system!(call_catalogue, &lang),
            Self::Inbound(request) => Box::new(move |store, guest| {
                Box::pin(async move {
                    let response = guest.inbound()?.call_handle(store, &request).await?;
                    Ok(response.to_tape())
                })
            }),
            Self::Prepare { address } => Box::new(move |store, guest| {
                Box::pin(async move {
                    let prepared = guest.setup()?.call_prepare(store, &address).await?;
                    Ok(prepared.to_tape())
                })
            }),
        };
        action
    }
}
