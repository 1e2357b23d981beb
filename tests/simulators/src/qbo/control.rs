//! What people at QuickBooks' screens, Intuit, time or a test do behind the API.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error, and what fails leaves no trace. `entity` is
//! a name of the API (`Invoice`); `id` is an id, a number or a name; references may be written as names.
//!
//! - people: `create` entity, record · `edit` entity, id, set · `delete` entity, id · `void` entity, id ·
//!   `pay` entity (Invoice, Bill), id, amount (all that is left, without one) · `deposit` id (a sales receipt)
//! - the administrator: `set` switch, value (see `switches.rs`) · `define_custom_fields` sales, purchases ·
//!   `disconnect` (every connection and token ends)
//! - Intuit: `add_app` app · `authorize` client_id, redirect_uri (a code, as after the sign-in page) · `connect`
//!   client_id, refresh_token (a connection that is there) · `end_tokens` · `forget_requests` (what is kept for `requestid`)
//! - others: `other_calls` count (of the company's other apps, in this moment)
//! - webhooks (see `Telling` in `webhook.rs`): `take_webhooks` form, twice, reversed, together, forged, only (bodies
//!   with their signatures) · `deliver_webhooks` url, ca_pem, and the same · `forget_webhooks`
//! - for tests: `plan` route, after, action (see `crate::plan`) · `bulk` entity, count, prefix, from ·
//!   `rows` entity, ids · `count` entity · `summary`

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::QuickBooksOnline;
use super::access::App;
use super::bulk;
use super::company::{Id, Row};
use super::effects;
use super::schema::{Kind, entity, own};
use super::seed;
use super::show;
use super::summary;
use super::value::{Values, parse};
use super::webhook::{self, Telling};
use super::writes::{self, Deed, Hand, Options};
use crate::post;
use crate::simulator::{Errand, NowMs};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wanted {
    Create {
        entity: String,
        record: Values,
    },
    Edit {
        entity: String,
        id: String,
        set: Values,
    },
    Delete {
        entity: String,
        id: String,
    },
    Void {
        entity: String,
        id: String,
    },
    Pay {
        entity: String,
        id: String,
        amount: Option<Value>,
    },
    Deposit {
        id: String,
    },
    Set {
        switch: String,
        value: Value,
    },
    DefineCustomFields {
        sales: Vec<String>,
        purchases: Vec<String>,
    },
    Disconnect {},
    AddApp {
        app: App,
    },
    Authorize {
        client_id: String,
        redirect_uri: String,
    },
    Connect {
        client_id: String,
        refresh_token: String,
    },
    EndTokens {},
    ForgetRequests {},
    OtherCalls {
        count: u64,
    },
    TakeWebhooks(Telling),
    ForgetWebhooks {},
    Plan {
        route: String,
        #[serde(default)]
        after: u64,
        action: Map<String, Value>,
    },
    Bulk {
        entity: String,
        count: u64,
        #[serde(default = "prefix")]
        prefix: String,
        #[serde(default = "one")]
        from: u64,
    },
    Rows {
        entity: String,
        ids: Option<Vec<String>>,
    },
    Count {
        entity: String,
    },
    Summary {},
}

fn prefix() -> String {
    "B".to_owned()
}

fn one() -> u64 {
    1
}

pub fn control(site: &mut QuickBooksOnline, action: &Value, now: NowMs) -> Result<Value, String> {
    let mut action = action.as_object().ok_or("an action is an object")?.clone();
    let word = match action.shift_remove("do") {
        Some(Value::String(word)) => word,
        _ => return Err("`do` must be a text".to_owned()),
    };
    let call = Value::Object(Map::from_iter([(word.clone(), Value::Object(action))]));
    let wanted: Wanted =
        serde_json::from_value(call).map_err(|e| format!("action `{word}`: {e}"))?;
    wanted.carry_out(site, now)
}

/// `deliver_webhooks` makes calls of its own.
pub fn errand(site: &mut QuickBooksOnline, action: &Value) -> Option<Errand> {
    let mut action = action.as_object()?.clone();
    if action.shift_remove("do")? != "deliver_webhooks" {
        return None;
    }
    let url = action.shift_remove("url");
    let ca_pem = action.shift_remove("ca_pem");
    let telling: Result<Telling, _> = serde_json::from_value(Value::Object(action));
    let messages = match telling {
        Ok(telling) => Ok(webhook::take(&mut site.company, telling)),
        Err(e) => Err(format!("action `deliver_webhooks`: {e}")),
    };
    Some(Box::new(move || -> Result<Value, String> {
        let url = url.and_then(|url| url.as_str().map(str::to_owned));
        let url = url.ok_or("`url` must be a text")?;
        let ca_pem = ca_pem.and_then(|pem| pem.as_str().map(str::to_owned));
        let answers = messages?.into_iter().map(|message| {
            let headers = [
                ("Content-Type", "application/json"),
                ("intuit-signature", message.signature.as_str()),
            ];
            match post::send(&url, ca_pem.as_deref(), &headers, &message.body) {
                Ok((status, _)) => json!({ "status": status }),
                Err(error) => json!({ "error": error }),
            }
        });
        Ok(json!({ "answers": answers.collect::<Vec<_>>() }))
    }))
}

impl Wanted {
    fn carry_out(self, site: &mut QuickBooksOnline, now: NowMs) -> Result<Value, String> {
        let company = &mut site.company;
        match self {
            Self::Create { entity, record } => {
                let id = seed::plant(company, kind(&entity)?, &record, now)?;
                return Ok(json!({ "id": id }));
            }
            Self::Edit {
                entity,
                id,
                mut set,
            } => {
                let kind = kind(&entity)?;
                let row = row(site, kind, &id)?;
                set.insert("Id".to_owned(), row.id.as_str().into());
                seed::edit(&mut site.company, kind, &set, now)?;
            }
            Self::Delete { entity, id } => end(site, &entity, &id, Deed::Delete, now)?,
            Self::Void { entity, id } => end(site, &entity, &id, Deed::Void, now)?,
            Self::Pay { entity, id, amount } => pay(site, &entity, &id, amount.as_ref(), now)?,
            Self::Deposit { id } => {
                let kind = own("SalesReceipt");
                let mut row = row(site, kind, &id)?;
                row.deposited = true;
                changed(site, kind, row, now);
            }
            Self::Set { switch, value } => {
                company.switches.set(&switch, &value)?;
                return Ok(company.switches.show());
            }
            Self::DefineCustomFields { sales, purchases } => {
                company.sales_fields = sales;
                company.purchase_fields = purchases;
            }
            Self::Disconnect {} => site.access.revoke_all(),
            Self::AddApp { app } => {
                let apps = &mut site.access.apps;
                apps.retain(|old| old.client_id != app.client_id);
                apps.push(app);
            }
            Self::Authorize {
                client_id,
                redirect_uri,
            } => {
                let realm = company.realm.clone();
                let code = site.access.code(&client_id, &realm, &redirect_uri, now)?;
                return Ok(json!({ "code": code, "realmId": realm }));
            }
            Self::Connect {
                client_id,
                refresh_token,
            } => {
                let realm = company.realm.clone();
                site.access.granted(&client_id, &realm, &refresh_token, now);
            }
            Self::EndTokens {} => site.access.end_tokens(),
            Self::ForgetRequests {} => site.kept.clear(),
            Self::OtherCalls { count } => site.limits.other_calls(count, now),
            Self::TakeWebhooks(telling) => {
                let messages = webhook::take(company, telling).into_iter();
                let shown = messages
                    .map(|message| json!({ "body": message.body, "signature": message.signature }));
                return Ok(shown.collect());
            }
            Self::ForgetWebhooks {} => company.webhooks.forget(),
            Self::Plan {
                route,
                after,
                action,
            } => site.plan.add(route, after.max(1), Value::Object(action)),
            Self::Bulk {
                entity,
                count,
                prefix,
                from,
            } => return bulk::make(company, kind(&entity)?, from..from + count, &prefix, now),
            Self::Rows { entity, ids } => {
                let kind = kind(&entity)?;
                let rows = company.rows(kind).filter(|row| {
                    let wanted = |ids: &Vec<String>| ids.iter().any(|id| id == row.id.as_str());
                    ids.as_ref().is_none_or(wanted)
                });
                return Ok(rows.map(|row| show::record(company, kind, row)).collect());
            }
            Self::Count { entity } => {
                return Ok(json!({ "count": company.book(kind(&entity)?).rows.len() }));
            }
            Self::Summary {} => return Ok(summary::summary(company)),
        }
        Ok(json!({ "done": true }))
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    entity(name).ok_or_else(|| format!("no entity `{name}`"))
}

fn row(site: &QuickBooksOnline, kind: Kind, key: &str) -> Result<Row, String> {
    let found = seed::find(&site.company, kind, key);
    found
        .cloned()
        .ok_or_else(|| format!("no `{key}` in {}", kind.name))
}

fn end(
    site: &mut QuickBooksOnline,
    entity: &str,
    id: &str,
    deed: Deed,
    now: NowMs,
) -> Result<(), String> {
    let kind = kind(entity)?;
    let row = row(site, kind, id)?;
    let mut body = Values::new();
    body.insert("Id".to_owned(), row.id.as_str().into());
    let options = Options {
        hand: Hand::Person,
        duplicate_numbers: false,
    };
    writes::write(&mut site.company, kind, deed, &body, options, now)
        .map(drop)
        .map_err(|e| e.json().to_string())
}

fn pay(
    site: &mut QuickBooksOnline,
    entity: &str,
    id: &str,
    amount: Option<&Value>,
    now: NowMs,
) -> Result<(), String> {
    let kind = kind(entity)?;
    if !kind.is_any(&["Invoice", "Bill"]) {
        return Err(format!("nobody pays {entity}"));
    }
    let mut row = row(site, kind, id)?;
    let left = effects::open(&row);
    let amount = match amount {
        None => left,
        Some(amount) => parse(&amount.to_string()).ok_or("`amount` must be a number")?,
    };
    if amount <= Decimal::ZERO || amount > left {
        return Err(format!("{left} is left to pay"));
    }
    row.paid += amount;
    changed(site, kind, row, now);
    Ok(())
}

/// A record that changed behind the API.
fn changed(site: &mut QuickBooksOnline, kind: Kind, mut row: Row, now: NowMs) {
    row.sync_token += 1;
    row.updated = now;
    let id: Id = row.id.clone();
    site.company.put(kind, row);
    site.company
        .webhooks
        .happened(&kind.name, id.as_str(), "Update", now);
}
