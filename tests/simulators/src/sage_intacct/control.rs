//! What people at Intacct's screens, the administrator, time or a test do behind the gateway.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error. `object` is an object's name, `id`
//! a business id or a `RECORDNO`, `date` is `mm/dd/yyyy` and today where it is left out. Records are
//! written with the names of the wire; what is nested there may be nested here.
//!
//! - people: `create` object, record · `edit` object, id, set · `delete` object, id ·
//!   `post` object, id, date · `renew` id · `cancel` id, date (a contract; there is no function for it) ·
//!   `cancel_line` id, date · `uncancel` object, id · `hold` / `resume` id (a line's billing) ·
//!   `set_state` object, id, state (any state, as time or another screen brings it) ·
//!   `invoice` contract, customer, docparid, as_of, date, by (`CUSTOMER` for one invoice of many
//!   contracts) · `edit_document` id, set (its receivable gets another `RECORDNO`) ·
//!   `pay` id, amount, date · `reverse` id (a receivable)
//! - the administrator: `add_user` / `change_password` user, password · `remove_user` user ·
//!   `authorise_sender` sender, value · `set` switch, value (see `switches.rs`) ·
//!   `define_custom_field` object, field · `define_document` docparid, receivable ·
//!   `sequence` object, sequence (null: ids are given by hand) · `end_sessions` ·
//!   `finish_runs` (those that wait) · `forget_functions` (the memory of control ids)
//! - for tests: `plan` route, after, action (see `crate::plan`) · `bulk` object, count, prefix, from, lines (of
//!   a contract, one) · `rows` object, ids · `count` object · `summary`

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::act::{Act, Hand};
use super::schema::{self, Object, known};
use super::session::User;
use super::wire::Element;
use super::{
    SageIntacct, bulk, contract, invoicing, line, receivable, schedule, seed, show, time, value,
    write,
};
use crate::simulator::NowMs;

/// The arguments of one action; each is taken once, and one that nobody took is an error.
struct Action(Map<String, Value>);

impl Action {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(format!("`{name}` must be a text")),
        }
    }

    fn text_or(&mut self, name: &str, otherwise: &str) -> Result<String, String> {
        match self.take(name) {
            None => Ok(otherwise.to_owned()),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(format!("`{name}` must be a text")),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, String> {
        let value = self.take(name).and_then(|value| value.as_bool());
        value.ok_or_else(|| format!("`{name}` must be true or false"))
    }

    fn count(&mut self, name: &str, otherwise: Option<u64>) -> Result<u64, String> {
        match self.take(name) {
            None => otherwise.ok_or_else(|| format!("`{name}` is missing")),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| format!("`{name}` must be a whole number")),
        }
    }

    fn object(&mut self) -> Result<&'static Object, String> {
        let name = self.text("object")?;
        schema::object(&name).ok_or_else(|| format!("no object `{name}`"))
    }

    /// A business id or a key, as text or number.
    fn id(&mut self, name: &str) -> Result<String, String> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) => Ok(number.to_string()),
            _ => Err(format!("`{name}` must be an id")),
        }
    }

    /// A day in its kept form; today where it is left out.
    fn day(&mut self, name: &str, now: NowMs) -> Result<String, String> {
        match self.take(name) {
            None => Ok(time::today(now).to_string()),
            Some(Value::String(text)) => time::parse_day(&text)
                .map(|day| day.to_string())
                .ok_or_else(|| format!("`{name}` must be mm/dd/yyyy")),
            Some(_) => Err(format!("`{name}` must be mm/dd/yyyy")),
        }
    }

    fn end(&self, word: &str) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("action `{word}` has no `{key}`")),
        }
    }
}

pub fn control(site: &mut SageIntacct, action: &Value, now: NowMs) -> Result<Value, String> {
    let action = action.as_object().ok_or("an action is an object")?;
    let mut action = Action(action.clone());
    let word = action.text("do")?;
    let before = site.company.clone();
    let done = carry_out(site, &word, &mut action, now);
    if done.is_err() {
        site.company = before;
    }
    done
}

fn carry_out(
    site: &mut SageIntacct,
    word: &str,
    action: &mut Action,
    now: NowMs,
) -> Result<Value, String> {
    if let Some(done) = administer(site, word, action)? {
        return Ok(done);
    }
    if let Some(done) = look(site, word, action)? {
        return Ok(done);
    }
    let mut act = site.act(Hand::Person, "person", now);
    match word {
        "create" => {
            let (object, record) = (action.object()?, action.take("record"));
            action.end(word)?;
            let element = element(&object.name, &record.unwrap_or_default())?;
            let key = write::create(&mut act, object, &element)?;
            return Ok(written(&act, object, key));
        }
        "edit" | "edit_document" => {
            let object = match word {
                "edit" => action.object()?,
                _ => known("SODOCUMENT"),
            };
            let (id, set) = (action.id("id")?, action.take("set"));
            action.end(word)?;
            let key = find(&act, object, &id)?;
            let mut element = element(&object.name, &set.unwrap_or_default())?;
            element.children.push(Element::leaf("RECORDNO", key));
            write::update(&mut act, object, &element)?;
            return Ok(written(&act, object, key));
        }
        "delete" => {
            let (object, id) = (action.object()?, action.id("id")?);
            action.end(word)?;
            let key = find(&act, object, &id)?;
            write::delete(&mut act, object, key)?;
        }
        "post" => {
            let (object, id) = (action.object()?, action.id("id")?);
            let day = action.day("date", now)?;
            action.end(word)?;
            let key = find(&act, object, &id)?;
            match object.name.as_str() {
                "CONTRACT" => contract::post(&mut act, key, &day, "")?,
                "CONTRACTDETAIL" => line::post(&mut act, key, &day, "")?,
                other => return Err(format!("{other} is not posted")),
            }
        }
        "renew" => {
            let id = action.id("id")?;
            action.end(word)?;
            let key = contract::renew(&mut act, &id)?;
            return Ok(written(&act, known("CONTRACT"), key));
        }
        "cancel" => {
            let (id, day) = (action.id("id")?, action.day("date", now)?);
            action.end(word)?;
            contract::cancel(&mut act, &id, &day)?;
        }
        "cancel_line" => {
            let (id, day) = (action.id("id")?, action.day("date", now)?);
            action.end(word)?;
            let key = find(&act, known("CONTRACTDETAIL"), &id)?;
            line::cancel(&mut act, key, &day);
        }
        "uncancel" => {
            let (object, id) = (action.object()?, action.id("id")?);
            action.end(word)?;
            let key = find(&act, object, &id)?;
            match object.name.as_str() {
                "CONTRACT" => contract::uncancel(&mut act, key)?,
                "CONTRACTDETAIL" => line::uncancel(&mut act, key)?,
                other => return Err(format!("{other} is not cancelled")),
            }
        }
        "hold" | "resume" => {
            let id = action.id("id")?;
            action.end(word)?;
            let key = find(&act, known("CONTRACTDETAIL"), &id)?;
            let on = word == "hold";
            act.change("CONTRACTDETAIL", key, |row| {
                row.set("BILLINGHOLD", on.to_string())
            });
            let (from, to, state) = match on {
                true => ("Open", "On hold", "On hold"),
                false => ("On hold", "Open", contract::IN_PROGRESS),
            };
            schedule::set_state(&mut act, key, from, to, state);
        }
        "set_state" => {
            let (object, id, state) = (action.object()?, action.id("id")?, action.text("state")?);
            action.end(word)?;
            let key = find(&act, object, &id)?;
            let field = object.field("STATE").ok_or("it has no state")?;
            let state = value::parse(field, &state, 0)?;
            act.change(&object.name, key, |row| row.set("STATE", state));
        }
        "invoice" => return invoice(&mut act, action, now),
        "pay" => {
            let (id, amount) = (action.id("id")?, action.take("amount"));
            let day = action.day("date", now)?;
            action.end(word)?;
            let key = receivable_of(&act, &id)?;
            let text = match amount {
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::String(text)) => text,
                None => act
                    .company
                    .get("ARINVOICE", key)
                    .map_or_else(String::new, |row| row.get("TOTALDUE").to_owned()),
                Some(_) => return Err("`amount` must be a number".to_owned()),
            };
            let amount = value::decimal(&text).ok_or("`amount` must be a number")?;
            receivable::pay(&mut act, key, amount, &day)?;
        }
        "reverse" => {
            let id = action.id("id")?;
            action.end(word)?;
            let key = receivable_of(&act, &id)?;
            act.change("ARINVOICE", key, |row| {
                row.set("STATE", "Reversed");
                row.set("TOTALDUE", "0");
                row.set("TRX_TOTALDUE", "0");
            });
        }
        "finish_runs" => {
            action.end(word)?;
            let runs = act
                .company
                .rows_with("GENINVOICERUN", "STATE", "In Transit");
            let runs: Vec<i64> = runs.map(|run| run.key).collect();
            for run in &runs {
                invoicing::perform(&mut act, *run)?;
            }
            return Ok(json!({ "count": runs.len() }));
        }
        "bulk" => {
            let object = action.object()?;
            let (count, from) = (action.count("count", None)?, action.count("from", Some(1))?);
            let prefix = action.text_or("prefix", "B")?;
            let lines = action.count("lines", Some(1))?;
            action.end(word)?;
            let numbers = from..from.saturating_add(count);
            return bulk::make(&mut act, object, numbers, &prefix, lines);
        }
        word => return Err(format!("no such action: `{word}`")),
    }
    Ok(json!({ "done": true }))
}

/// What the administrator does.
fn administer(
    site: &mut SageIntacct,
    word: &str,
    action: &mut Action,
) -> Result<Option<Value>, String> {
    match word {
        "set" => {
            let (switch, value) = (action.text("switch")?, action.take("value"));
            action.end(word)?;
            site.switches
                .set(&switch, &value.ok_or("`value` is missing")?)?;
            return Ok(Some(site.switches.show()));
        }
        "add_user" | "change_password" => {
            let (id, password) = (action.text("user")?, action.text("password")?);
            action.end(word)?;
            site.access.users.retain(|user| user.id != id);
            site.access.users.push(User { id, password });
        }
        "remove_user" => {
            let id = action.text("user")?;
            action.end(word)?;
            site.access.users.retain(|user| user.id != id);
        }
        "authorise_sender" => {
            let (id, value) = (action.text("sender")?, action.flag("value")?);
            action.end(word)?;
            let mut all = site.access.senders.iter_mut();
            let sender = all.find(|sender| sender.id == id);
            sender.ok_or("no such sender")?.authorised = value;
        }
        "define_custom_field" => {
            let (object, field) = (action.object()?, action.take("field"));
            action.end(word)?;
            seed::custom_field(site, object, &field.unwrap_or_default())?;
        }
        "define_document" => {
            let (docparid, posts) = (action.text("docparid")?, action.flag("receivable")?);
            action.end(word)?;
            site.company.definitions.insert(docparid, posts);
        }
        "sequence" => {
            let (object, given) = (action.text("object")?, action.take("sequence"));
            action.end(word)?;
            seed::sequence(site, &object, &given.unwrap_or_default())?;
        }
        "end_sessions" => {
            action.end(word)?;
            site.access.end_all();
            site.result_sets.clear();
        }
        "plan" => {
            let (route, after) = (action.text("route")?, action.count("after", Some(1))?);
            let planned = action.take("action").filter(Value::is_object);
            action.end(word)?;
            let planned = planned.ok_or("`action` must be an action")?;
            site.plan.add(route, after.max(1), planned);
        }
        "forget_functions" => {
            action.end(word)?;
            site.memory.forget();
        }
        _ => return Ok(None),
    }
    Ok(Some(json!({ "done": true })))
}

/// What a test looks at.
fn look(site: &mut SageIntacct, word: &str, action: &mut Action) -> Result<Option<Value>, String> {
    let company = &site.company;
    Ok(Some(match word {
        "rows" => {
            let (object, ids) = (action.object()?, action.take("ids"));
            action.end(word)?;
            let ids: Option<BTreeSet<String>> = match ids {
                None => None,
                Some(Value::Array(ids)) => Some(
                    ids.iter()
                        .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
                        .collect(),
                ),
                Some(_) => return Err("`ids` must be a list".to_owned()),
            };
            let wanted = |row: &&super::company::Row| {
                ids.as_ref().is_none_or(|ids| {
                    let id = object.id.as_deref().map_or("", |id| row.get(id));
                    ids.contains(id) || ids.contains(&row.key.to_string())
                })
            };
            let rows = company.rows(&object.name).filter(wanted);
            rows.map(|row| show::as_json(company, object, row))
                .collect()
        }
        "count" => {
            let object = action.object()?;
            action.end(word)?;
            json!({ "count": company.table(&object.name).len() })
        }
        "summary" => {
            action.end(word)?;
            let counts = schema::objects().iter().map(|object| {
                let count = company.table(&object.name).len();
                (object.name.clone(), Value::from(count))
            });
            Value::Object(counts.filter(|(_, count)| *count != 0).collect())
        }
        _ => return Ok(None),
    }))
}

fn written(act: &Act<'_>, object: &'static Object, key: i64) -> Value {
    let row = act.company.get(&object.name, key);
    let id = object.id.as_deref();
    let id = row.and_then(|row| id.map(|id| row.get(id).to_owned()));
    json!({ "key": key, "id": id })
}

fn find(act: &Act<'_>, object: &Object, id: &str) -> Result<i64, String> {
    let named = object
        .id
        .as_ref()
        .and_then(|_| act.company.by_id(&object.name, id));
    let numbered = || {
        id.parse()
            .ok()
            .and_then(|key| act.company.get(&object.name, key))
    };
    let row = named.or_else(numbered);
    row.map(|row| row.key)
        .ok_or_else(|| format!("no `{id}` in {}", object.name))
}

/// The receivable of a document, or one by its own key.
fn receivable_of(act: &Act<'_>, id: &str) -> Result<i64, String> {
    match act.company.by_id("SODOCUMENT", id) {
        Some(document) => document
            .key_of("PRRECORDKEY")
            .ok_or_else(|| format!("`{id}` has no receivable")),
        None => find(act, known("ARINVOICE"), id),
    }
}

/// A whole invoice run: preview, run, documents.
fn invoice(act: &mut Act<'_>, action: &mut Action, now: NowMs) -> Result<Value, String> {
    let day = action.day("date", now)?;
    let until = match action.0.contains_key("as_of") {
        true => action.day("as_of", now)?,
        false => day.clone(),
    };
    let by = action.text_or("by", "CUSTOMER#~#CONTRACT")?;
    let docparid = action.text_or("docparid", "Contract Invoice")?;
    let (contract, customer) = (
        action.text_or("contract", "")?,
        action.text_or("customer", "")?,
    );
    action.end("invoice")?;
    let shown = |kept: &str| time::show_day(kept);
    let preview = Element::with(
        "GENINVOICEPREVIEW",
        vec![
            Element::leaf("DOCPARID", docparid),
            Element::leaf("INVOICEDATE", shown(&day)),
            Element::leaf("GLPOSTDATE", shown(&day)),
            Element::leaf("ASOFDATE", shown(&until)),
            Element::leaf("INVOICEBY", by),
            Element::leaf("CONTRACTID", contract),
            Element::leaf("CUSTOMERID", customer),
            Element::leaf("INCLUDECONTRACTS", "true"),
        ],
    );
    let preview = write::create(act, known("GENINVOICEPREVIEW"), &preview)?;
    let run = Element::with(
        "GENINVOICERUN",
        vec![
            Element::leaf("PREVIEWKEY", preview),
            Element::leaf("EXECUTIONMODE", "Offline"),
        ],
    );
    let run = write::create(act, known("GENINVOICERUN"), &run)?.to_string();
    let documents = act.company.rows_with("SODOCUMENT", "INVOICERUNKEY", &run);
    let documents: Vec<&str> = documents.map(|document| document.get("DOCID")).collect();
    Ok(json!({ "run": run, "documents": documents }))
}

/// JSON as the element that says the same; the members of a list are named after it without its `S`.
pub fn element(name: &str, value: &Value) -> Result<Element, String> {
    Ok(match value {
        Value::Null => Element::new(name),
        Value::String(text) => Element::leaf(name, text),
        Value::Bool(_) | Value::Number(_) => Element::leaf(name, value),
        Value::Array(items) => {
            let inner = name.strip_suffix('S').unwrap_or(name);
            let items = items.iter().map(|item| element(inner, item));
            Element::with(name, items.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let fields = map.iter().filter(|(key, _)| *key != "//");
            let fields = fields.map(|(key, value)| element(key, value));
            Element::with(name, fields.collect::<Result<_, _>>()?)
        }
    })
}
