//! What people, the administrator, time or a test do behind the API.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error. `id` is an id or a name of the seed
//! (`@boreale`), `entity` an object's API name.
//!
//! - people (with `by`, a user; `ago_s`, for a transaction whose stamps are older than its commit):
//!   `create` entity, record · `edit` id, set · `delete` id · `undelete` id · `purge` ids ·
//!   `press` id, button (of the seed) · `call_out` id, action, url, ca_pem, authorization (a flow's POST of JSON) ·
//!   `activate` id · `submit` id (to approval, which locks it) · `decide` id, status · `merge` keep, merged
//! - the administrator: `set` switch, value (see `switches.rs`) · `add_object` object · `add_field` entity,
//!   field · `field_access` entity, field, access (write, read, none) · `object_access` entity, hidden ·
//!   `share` id, access (read, write: sharing rules of one record) ·
//!   `add_rule` rule · `remove_rule` name · `add_app` app · `approve` client_id, user, approved ·
//!   `lock_user` user, locked · `add_outbound_message` message
//! - the platform: `end_sessions` · `close_locators` · `touch` ids (`SystemModstamp` alone moves) ·
//!   `hold` id, held (another transaction has it) · `lock_writes` skip, times · `other_calls` count ·
//!   `deliver_outbound` url, ca_pem (by POST, now)
//! - for tests: `take_outbound` · `take_events` · `id` of · `bulk` entity, count, prefix, from ·
//!   `rows` entity, ids, deleted · `count` entity

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Salesforce;
use super::callout::Callout;
use super::declared::{Given, access_named};
use super::field::Field;
use super::id::{self, Id};
use super::outbound::{self, Outbound};
use super::people::{By, Deed, named};
use super::rules::Rule;
use super::seed::{declare_field, declare_object, plant};
use super::show;
use super::table::Row;
use super::time::{self, Stamp};
use crate::simulator::{Errand, NowMs};

/// Where messages say that they come from, when nobody sends them.
const ORIGIN: &str = "https://instance.example";

pub fn state(site: &Salesforce) -> Value {
    let mut records = Map::new();
    for object in site.org.schema.objects() {
        let rows = site.org.table(&object.name).rows();
        let rows: Vec<Value> = rows
            .map(|row| show::whole(&site.org, object, row))
            .collect();
        if !rows.is_empty() {
            records.insert(object.name.clone(), rows.into());
        }
    }
    json!({
        "org": site.org.id,
        "switches": site.org.switches.show(),
        "outbound_waiting": site.org.outbound.waiting(),
        "names": site.org.aliases,
        "records": records,
    })
}

pub fn control(site: &mut Salesforce, action: &Value, now: NowMs) -> Result<Value, String> {
    let mut given = Given::new("an action", action)?;
    let word = given.text("do")?;
    let now = time::stamp(now);
    if let Some(deed) = Deed::read(site, &word, &mut given)? {
        let by = By {
            user: user(site, given.text_or_none("by")?)?,
            ago_s: given.number("ago_s", 0)?.into(),
        };
        given.finish()?;
        return deed.carry_out(site, by, now);
    }
    let wanted = Wanted::read(site, &word, &mut given)?;
    given.finish()?;
    wanted.carry_out(site, now)
}

/// A user by id, name of the seed or username; who has none is the platform itself.
fn user(site: &Salesforce, by: Option<String>) -> Result<Id, String> {
    let Some(by) = by else {
        let admin = site.org.aliases.get("admin");
        return Ok(admin.cloned().unwrap_or_else(|| id::minted("005", 0)));
    };
    let mut users = site.org.table("User").live();
    match users.find(|user| user.text("Username") == by) {
        Some(user) => Ok(user.id.clone()),
        None => named(site, &by),
    }
}

pub fn errand(site: &mut Salesforce, action: &Value, now: NowMs) -> Option<Errand> {
    let mut given = Given::new("an action", action).ok()?;
    let now = time::stamp(now);
    let errand = match given.text("do").ok()?.as_str() {
        "deliver_outbound" => delivery(given)
            .map(|(url, ca_pem)| outbound::deliver(&site.org, url.as_deref(), ca_pem, now)),
        "call_out" => callout(site, given).map(|callout| callout.errand(&site.org, now)),
        _ => return None,
    };
    Some(errand.unwrap_or_else(|error| Box::new(move || Err(error))))
}

/// Where to deliver, and whom to trust there.
fn delivery(mut given: Given<'_>) -> Result<(Option<String>, Option<String>), String> {
    let wanted = (given.text_or_none("url")?, given.text_or_none("ca_pem")?);
    given.finish()?;
    Ok(wanted)
}

fn callout(site: &Salesforce, mut given: Given<'_>) -> Result<Callout, String> {
    let record = named(site, &given.text("id")?)?;
    let user = user(site, given.text_or_none("by")?)?;
    let callout = Callout::read(record, user, &mut given)?;
    given.finish()?;
    Ok(callout)
}

/// An action with its arguments read, so that a wrong one leaves no trace.
enum Wanted {
    Set(String, Value),
    AddObject(Value),
    AddField(String, Value),
    FieldAccess(String, String, super::field::Access),
    ObjectAccess(String, bool),
    Share(Id, bool),
    AddRule(Value),
    RemoveRule(String),
    AddApp(Value),
    Approve(String, String, bool),
    LockUser(String, bool),
    AddOutbound(Value),
    EndSessions,
    CloseLocators,
    Touch(Vec<Id>),
    Hold(Id, bool),
    LockWrites(u64, u64),
    OtherCalls(u64),
    TakeOutbound,
    TakeEvents,
    IdOf(Id),
    Bulk {
        entity: String,
        count: u32,
        prefix: String,
        from: u32,
    },
    Rows(String, Vec<Id>, bool),
    Count(String),
}

impl Wanted {
    fn read(site: &Salesforce, word: &str, given: &mut Given<'_>) -> Result<Self, String> {
        let ids = |given: &mut Given<'_>| -> Result<Vec<Id>, String> {
            given
                .texts("ids")?
                .iter()
                .map(|id| named(site, id))
                .collect()
        };
        let value = |given: &mut Given<'_>, name: &str| {
            given
                .take(name)
                .ok_or_else(|| format!("`{name}` is missing"))
        };
        let object = |given: &mut Given<'_>| -> Result<String, String> {
            let name = given.text("entity")?;
            let object = site.org.schema.object(&name);
            object
                .map(|object| object.name.clone())
                .ok_or_else(|| format!("no entity `{name}`"))
        };
        Ok(match word {
            "set" => Self::Set(given.text("switch")?, value(given, "value")?),
            "add_object" => Self::AddObject(value(given, "object")?),
            "add_field" => Self::AddField(object(given)?, value(given, "field")?),
            "field_access" => {
                let access = access_named(&given.text("access")?)?;
                Self::FieldAccess(object(given)?, given.text("field")?, access)
            }
            "object_access" => Self::ObjectAccess(object(given)?, given.flag("hidden", true)?),
            "share" => {
                let id = named(site, &given.text("id")?)?;
                let may_write = match given.text("access")?.as_str() {
                    "write" => true,
                    "read" => false,
                    other => return Err(format!("`{other}` is neither read nor write")),
                };
                Self::Share(id, may_write)
            }
            "add_rule" => Self::AddRule(value(given, "rule")?),
            "remove_rule" => Self::RemoveRule(given.text("name")?),
            "add_app" => Self::AddApp(value(given, "app")?),
            "approve" => Self::Approve(
                given.text("client_id")?,
                given.text("user")?,
                given.flag("approved", true)?,
            ),
            "lock_user" => Self::LockUser(given.text("user")?, given.flag("locked", true)?),
            "add_outbound_message" => Self::AddOutbound(value(given, "message")?),
            "end_sessions" => Self::EndSessions,
            "close_locators" => Self::CloseLocators,
            "touch" => Self::Touch(ids(given)?),
            "hold" => Self::Hold(named(site, &given.text("id")?)?, given.flag("held", true)?),
            "lock_writes" => Self::LockWrites(
                given.number("skip", 0)?.into(),
                given.number("times", 1)?.into(),
            ),
            "other_calls" => Self::OtherCalls(given.number("count", 1)?.into()),
            "take_outbound" => Self::TakeOutbound,
            "take_events" => Self::TakeEvents,
            "id" => Self::IdOf(named(site, &given.text("of")?)?),
            "bulk" => Self::Bulk {
                entity: object(given)?,
                count: given.number("count", 1)?,
                prefix: given
                    .text_or_none("prefix")?
                    .unwrap_or_else(|| "B".to_owned()),
                from: given.number("from", 1)?,
            },
            "rows" => Self::Rows(object(given)?, ids(given)?, given.flag("deleted", false)?),
            "count" => Self::Count(object(given)?),
            word => return Err(format!("no such action: `{word}`")),
        })
    }

    fn carry_out(self, site: &mut Salesforce, now: Stamp) -> Result<Value, String> {
        match self {
            Self::Set(switch, value) => {
                site.org.switches.set(&switch, &value)?;
                return Ok(site.org.switches.show());
            }
            Self::AddObject(object) => declare_object(site, &object, now)?,
            Self::AddField(object, field) => declare_field(site, &object, &field, now)?,
            Self::FieldAccess(object, field, access) => {
                site.org.redeclare(&object, now, |schema| {
                    let declared = schema.object_mut(&object).ok_or("no such object")?;
                    let known = declared
                        .field(&field)
                        .ok_or_else(|| format!("no field `{field}`"))?;
                    let mut changed = Field::clone(known);
                    changed.access = access;
                    declared.put(changed);
                    Ok(())
                })?
            }
            Self::ObjectAccess(object, hidden) => site.org.redeclare(&object, now, |schema| {
                schema.object_mut(&object).ok_or("no such object")?.hidden = hidden;
                Ok(())
            })?,
            Self::Share(id, true) => drop(site.org.read_only.remove(&id)),
            Self::Share(id, false) => drop(site.org.read_only.insert(id)),
            Self::AddRule(rule) => {
                let rule = Rule::read(&site.org, &rule)?;
                site.org.rules.push(rule);
            }
            Self::RemoveRule(name) => site.org.rules.retain(|rule| rule.name != name),
            Self::AddApp(app) => site.access.add_app(&app)?,
            Self::Approve(client_id, user, approved) => {
                site.access.approve(&client_id, &user, approved)?
            }
            Self::LockUser(user, locked) => site.access.lock_user(&user, locked),
            Self::AddOutbound(message) => Outbound::declare(&mut site.org, &message)?,
            Self::EndSessions => site.access.end_sessions(),
            Self::CloseLocators => site.locators.close(),
            Self::Touch(ids) => {
                for id in ids {
                    touch(site, &id, now)?;
                }
            }
            Self::Hold(id, true) => drop(site.org.held.insert(id)),
            Self::Hold(id, false) => drop(site.org.held.remove(&id)),
            Self::LockWrites(skip, times) => site.org.lock_writes = (skip, times),
            Self::OtherCalls(count) => site.usage.count(count, now),
            Self::TakeOutbound => return Ok(outbound::take(&site.org, ORIGIN, now)),
            Self::TakeEvents => return Ok(site.org.events.take().into()),
            Self::IdOf(id) => return Ok(json!({ "id": id })),
            Self::Bulk {
                entity,
                count,
                prefix,
                from,
            } => return bulk(site, &entity, count, &prefix, from, now),
            Self::Rows(object, ids, deleted) => return Ok(rows(site, &object, &ids, deleted)),
            Self::Count(object) => {
                return Ok(json!({ "count": site.org.table(&object).live().count() }));
            }
        }
        Ok(json!({ "done": true }))
    }
}

/// The platform moves a record's `SystemModstamp` and nothing else.
fn touch(site: &mut Salesforce, id: &str, now: Stamp) -> Result<(), String> {
    let found = site
        .org
        .find(id)
        .map(|(object, row)| (object.name.clone(), Arc::clone(row)));
    let (object, row) = found.ok_or_else(|| format!("no record {id}"))?;
    let mut row = Row::clone(&row);
    row.set("SystemModstamp", time::written(now));
    site.org.put(&object, row);
    site.org.settle();
    Ok(())
}

fn rows(site: &Salesforce, object: &str, ids: &[Id], deleted: bool) -> Value {
    let Some(declared) = site.org.schema.object(object) else {
        return json!([]);
    };
    let rows = site.org.table(object).rows();
    let rows =
        rows.filter(|row| (deleted || !row.deleted) && (ids.is_empty() || ids.contains(&row.id)));
    rows.map(|row| show::whole(&site.org, declared, row))
        .collect()
}

/// Many records of one object for benchmarks, `B000001` and on; what they refer to is taken in turn.
fn bulk(
    site: &mut Salesforce,
    entity: &str,
    count: u32,
    prefix: &str,
    from: u32,
    now: Stamp,
) -> Result<Value, String> {
    let ids = |object: &str| -> Vec<Id> {
        let rows = site.org.table(object).live();
        rows.map(|row| row.id.clone()).collect()
    };
    let accounts = ids("Account");
    let pick = |n: u32| -> Result<Id, String> {
        let at = n as usize % accounts.len().max(1);
        accounts
            .get(at)
            .cloned()
            .ok_or_else(|| "there is no account".to_owned())
    };
    let (mut first, mut last) = (None, None);
    for n in from..from.saturating_add(count) {
        let code = format!("{prefix}{n:06}");
        let record = match entity {
            "Account" => json!({
                "Name": format!("Client {code} inc."), "AccountNumber": code, "Phone": format!("418 555-{:04}", n % 10_000),
                "BillingStreet": format!("{n} rue Principale"), "BillingCity": "Alma", "BillingState": "QC",
                "BillingPostalCode": "G8B 1A1", "BillingCountry": "Canada",
            }),
            "Contact" => json!({
                "AccountId": pick(n)?, "FirstName": "Camille", "LastName": format!("Tremblay {code}"),
                "Email": format!("camille@{code}.example").to_lowercase(),
            }),
            "Product2" => {
                json!({ "Name": format!("Article {code}"), "ProductCode": code, "IsActive": true })
            }
            "Opportunity" => json!({
                "AccountId": pick(n)?, "Name": format!("Affaire {code}"), "StageName": "Prospecting",
                "CloseDate": "2026-12-31", "Amount": n % 900 + 1,
            }),
            "Contract" => json!({
                "AccountId": pick(n)?, "Name": format!("Contrat {code}"), "Status": "Activated",
                "StartDate": "2026-01-01", "ContractTerm": 12,
            }),
            _ => json!({ "Name": code }),
        };
        let id = plant(site, entity, &record, now)?;
        first.get_or_insert_with(|| id.clone());
        last = Some(id);
    }
    site.org.settle();
    Ok(json!({ "first_id": first, "last_id": last }))
}
