//! Calls to Autotask: where its API is, queries, writes, picklists.
//!
//! Invariant: a write is sent once. It is sent again only after a 401 from a host the tenant has
//! moved away from, where nothing can have been written.

use crate::assumed;
use crate::errors::{fault_of, Intent};
use crate::search::{Clause, Fit, OR_MAX};
use crate::settings::{api_base, Settings};
use liaison_sdk::host::Encoder;
use liaison_sdk::http;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// Where every tenant's zone can be looked up.
const DISCOVERY: &str = "https://webservices.autotask.net/atservicesrest/v1.0/zoneInformation";
/// What Autotask gives at most in one answer.
pub const ROWS_MAX: usize = 500;
/// Picklists change when a person edits them in Autotask; a new value is also looked up at once.
const PICKLISTS_FRESH_MS: u64 = 86_400_000;
const THREAD_ATTEMPTS: u32 = 3;

/// One call of the host, to one tenant.
pub struct Api<'a> {
    pub host: &'a dyn Host,
    pub settings: Settings,
    client: RefCell<Client<'a>>,
    base: RefCell<String>,
    moved: Cell<bool>,
    /// Autotask's own clock at the first answer of this call.
    answered_at_ms: Cell<Option<i64>>,
    picklists: RefCell<BTreeMap<String, Picklists>>,
    /// The tables whose picklists were read from Autotask in this call.
    fetched: RefCell<BTreeSet<String>>,
}

/// The picklists of one table, as remembered.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Picklists {
    at_ms: u64,
    fields: BTreeMap<String, Vec<Choice>>,
}

/// One value of a picklist. The metadata gives the number as text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Choice {
    pub value: i64,
    pub label: String,
    pub active: bool,
    pub default: bool,
}

impl<'a> Api<'a> {
    /// Ready to call: settings read, zone known.
    ///
    /// # Errors
    /// `misconfigured` for settings and secrets, `unauthorized` when Autotask knows no such user.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings: Settings = host.settings()?;
        let base = match (settings.fixed_base(), host.memory_get("zone")) {
            (Some(base), _) => base,
            (None, Some(known)) => String::from_utf8_lossy(&known).into_owned(),
            (None, None) => discover(host)?,
        };
        let client = RefCell::new(client(host, &base)?);
        let (base, moved) = (RefCell::new(base), Cell::new(false));
        Ok(Self {
            host,
            settings,
            client,
            base,
            moved,
            answered_at_ms: Cell::new(None),
            picklists: RefCell::default(),
            fetched: RefCell::default(),
        })
    }

    /// The root of all calls.
    pub fn base(&self) -> String {
        self.base.borrow().clone()
    }

    /// Reads metadata and the like.
    ///
    /// # Errors
    /// The fault of [`fault_of`].
    pub fn get(&self, path: &str) -> Result<Value, Fault> {
        self.read(Method::Get, path, None)
    }

    /// Up to `max` rows that fit all clauses, in the order of their ids; and when more follow, the id
    /// they come after.
    ///
    /// # Errors
    /// The fault of [`fault_of`]; `internal` when a row does not fit what was asked.
    pub fn rows(
        &self,
        table: &str,
        clauses: &[Clause],
        max: usize,
    ) -> Result<(Vec<Value>, Option<i64>), Fault> {
        debug_assert!(clauses.iter().map(Clause::alternatives).sum::<usize>() <= OR_MAX);
        let max = max.clamp(1, ROWS_MAX);
        let filter: Vec<Value> = clauses.iter().map(Clause::to_json).collect();
        let mut answer = self.read(
            Method::Post,
            &format!("{table}/query"),
            Some(&json!({"MaxRecords": max, "filter": filter})),
        )?;
        let Value::Array(rows) = answer["items"].take() else {
            return Err(fault::unavailable(text!(
                "no-rows",
                "Autotask answered a query without rows"
            )));
        };
        // Without the page's details a full page may have a successor.
        let next = &answer["pageDetails"]["nextPageUrl"];
        let more = if answer["pageDetails"].get("nextPageUrl").is_some() {
            !next.is_null()
        } else {
            rows.len() >= max
        };
        let after = rows.last().and_then(row_id).filter(|_| more);
        let mut fitting = Vec::with_capacity(rows.len());
        for row in rows {
            match clauses
                .iter()
                .map(|c| c.fit(&row))
                .max_by_key(|fit| *fit as u8)
                .unwrap_or(Fit::Yes)
            {
                Fit::Yes => fitting.push(row),
                Fit::Doubtful => {}
                Fit::No => return Err(not_applied(table)),
            }
        }
        Ok((fitting, after))
    }

    /// All rows that fit, page after page, each handed on before the next is asked for.
    ///
    /// # Errors
    /// As for [`Api::rows`], and whatever `each` fails with.
    pub fn each_page(
        &self,
        table: &str,
        clauses: &[Clause],
        mut each: impl FnMut(Vec<Value>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut after = None;
        loop {
            let mut clauses = clauses.to_vec();
            // The first page needs no id unless nothing else is asked: an empty filter is refused.
            if after.is_some() || clauses.is_empty() {
                clauses.push(crate::search::beyond(after));
            }
            let (rows, next) = self.rows(table, &clauses, ROWS_MAX)?;
            each(rows)?;
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// All rows that fit.
    ///
    /// # Errors
    /// As for [`Api::rows`].
    pub fn all(&self, table: &str, clauses: &[Clause]) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        self.each_page(table, clauses, |page| {
            rows.extend(page);
            Ok(())
        })?;
        Ok(rows)
    }

    /// All rows whose `field` is one of these values, asked for in as few queries as the vendor's
    /// limit allows. No values cost no request.
    ///
    /// # Errors
    /// As for [`Api::rows`].
    pub fn all_in(&self, table: &str, field: &str, values: &[Value]) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        for values in cursor::chunks(values, OR_MAX) {
            rows.extend(self.all(table, &[crate::search::any_of(field, values)])?);
        }
        Ok(rows)
    }

    /// A create or an update; the answer's `itemId`.
    ///
    /// # Errors
    /// The fault of [`fault_of`]; `outcome-unknown` when nobody knows whether it was carried out.
    pub fn write(&self, method: Method, path: &str, body: &Value) -> Result<Option<i64>, Fault> {
        let answer = self.call(|client| client.write(method, path, Some(body)))?;
        if let Some(fault) = fault_of(&answer, Intent::Write) {
            return Err(fault);
        }
        let Some(reply) = answer.json() else {
            return Err(answer.lost());
        };
        Ok(reply["itemId"].as_i64())
    }

    /// A delete. That there is no such record any more is as well.
    ///
    /// # Errors
    /// As for [`Api::write`].
    pub fn delete(&self, path: &str) -> Result<(), Fault> {
        let answer = self.call(|client| client.write(Method::Delete, path, None))?;
        match fault_of(&answer, Intent::Write) {
            Some(fault) if fault.kind != FaultKind::NotFound => Err(fault),
            _ => Ok(()),
        }
    }

    /// The choices of a picklist, from memory when it is fresh.
    ///
    /// # Errors
    /// As for [`Api::get`].
    pub fn choices(&self, table: &str, field: &str) -> Result<Vec<Choice>, Fault> {
        if !self.picklists.borrow().contains_key(table) {
            match self.remembered(table) {
                Some(lists) => drop(self.picklists.borrow_mut().insert(table.to_owned(), lists)),
                None => self.fetch_picklists(table)?,
            }
        }
        let known = |api: &Self| -> Option<Vec<Choice>> {
            let lists = api.picklists.borrow();
            lists.get(table)?.fields.get(&field.to_lowercase()).cloned()
        };
        match known(self) {
            Some(choices) => Ok(choices),
            // What is remembered may be of a version that knew fewer picklists.
            None if !self.fetched.borrow().contains(table) => {
                self.fetch_picklists(table)?;
                Ok(known(self).unwrap_or_default())
            }
            None => Ok(Vec::new()),
        }
    }

    /// The choices of a picklist as Autotask has them now; read once a call.
    ///
    /// # Errors
    /// As for [`Api::get`].
    pub fn choices_now(&self, table: &str, field: &str) -> Result<Vec<Choice>, Fault> {
        if !self.fetched.borrow().contains(table) {
            self.picklists.borrow_mut().remove(table);
            self.fetch_picklists(table)?;
        }
        self.choices(table, field)
    }

    /// The choice with this label; one that is unknown or inactive is looked for again, once a call: a person may
    /// have added it since.
    ///
    /// # Errors
    /// As for [`Api::get`].
    pub fn choice(&self, table: &str, field: &str, label: &str) -> Result<Option<Choice>, Fault> {
        let found = labelled(self.choices(table, field)?, label);
        let fresh = self.fetched.borrow().contains(table);
        if fresh || found.as_ref().is_some_and(|choice| choice.active) {
            return Ok(found);
        }
        Ok(labelled(self.choices_now(table, field)?, label))
    }

    /// The labels of a picklist, by value. A value nobody has heard of makes the list be read again,
    /// once a call: a person may have added it since.
    ///
    /// # Errors
    /// As for [`Api::get`].
    pub fn labels(
        &self,
        table: &str,
        field: &str,
        values: &[i64],
    ) -> Result<BTreeMap<i64, String>, Fault> {
        let by_value = |choices: Vec<Choice>| {
            choices
                .into_iter()
                .map(|c| (c.value, c.label))
                .collect::<BTreeMap<_, _>>()
        };
        let labels = by_value(self.choices(table, field)?);
        let fresh = self.fetched.borrow().contains(table);
        if fresh || values.iter().all(|value| labels.contains_key(value)) {
            return Ok(labels);
        }
        Ok(by_value(self.choices_now(table, field)?))
    }

    fn remembered(&self, table: &str) -> Option<Picklists> {
        let lists: Picklists =
            liaison_sdk::serde_json::from_slice(&self.host.memory_get(&picklist_key(table))?)
                .ok()?;
        (self.host.now_ms().saturating_sub(lists.at_ms) < PICKLISTS_FRESH_MS).then_some(lists)
    }

    fn fetch_picklists(&self, table: &str) -> Result<(), Fault> {
        let answer = self.get(&format!("{table}/entityInformation/fields"))?;
        let wanted = crate::tables::picklists(table);
        let mut fields = BTreeMap::new();
        for field in answer["fields"].as_array().into_iter().flatten() {
            let name = field["name"].as_str().unwrap_or_default().to_lowercase();
            if wanted.iter().any(|w| w.eq_ignore_ascii_case(&name)) {
                fields.insert(name, choices_of(&field["picklistValues"]));
            }
        }
        let lists = Picklists {
            at_ms: self.host.now_ms(),
            fields,
        };
        let kept = self
            .host
            .memory_set(&picklist_key(table), &cursor::encode(&lists));
        if let Err(words) = kept {
            self.host.warn(&format!(
                "the picklists of {table} are not remembered: {words}"
            ));
        }
        self.fetched.borrow_mut().insert(table.to_owned());
        self.picklists.borrow_mut().insert(table.to_owned(), lists);
        Ok(())
    }

    /// Now, by Autotask's clock where it has told: the stamps on its records are of that clock, and ours
    /// may be minutes away.
    pub fn now_ms(&self) -> i64 {
        let ours = || i64::try_from(self.host.now_ms()).unwrap_or(i64::MAX);
        self.answered_at_ms.get().unwrap_or_else(ours)
    }

    fn read(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Fault> {
        for attempt in 1.. {
            let answer = self.call(|client| client.read(method, path, body))?;
            match fault_of(&answer, Intent::Read) {
                None => return answer.json_or_unavailable(),
                // Another integration is using the threads for a moment.
                Some(fault) if fault.kind == FaultKind::Throttled && attempt < THREAD_ATTEMPTS => {
                    if fault
                        .wait_ms
                        .is_some_and(|ms| ms > u64::from(assumed::THREADS_WAIT_MS))
                    {
                        return Err(fault);
                    }
                    self.host.sleep_ms(assumed::THREADS_WAIT_MS * attempt);
                }
                Some(fault) => return Err(fault),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// A 401 may only mean that the tenant was moved: the zone is read again, once, and the call
    /// repeated when it is another.
    fn call(&self, send: impl Fn(&Client<'a>) -> Result<Answer, Fault>) -> Result<Answer, Fault> {
        let answer = send(&self.client.borrow())?;
        if self.answered_at_ms.get().is_none() {
            self.answered_at_ms.set(answer.answered_at_ms());
        }
        if answer.status() != 401
            || self.settings.fixed_base().is_some()
            || self.moved.replace(true)
        {
            return Ok(answer);
        }
        let base = discover(self.host)?;
        if base == *self.base.borrow() {
            return Ok(answer);
        }
        *self.client.borrow_mut() = client(self.host, &base)?;
        *self.base.borrow_mut() = base;
        let again = send(&self.client.borrow())?;
        Ok(again)
    }
}

fn client<'a>(host: &'a dyn Host, base: &str) -> Result<Client<'a>, Fault> {
    Client::new(host, base)
        .header("Content-Type", "application/json")
        .secret_header("ApiIntegrationCode", "integration_code")?
        .secret_header("UserName", "user_name")?
        .secret_header("Secret", "secret")
}

/// Looks the tenant's zone up and remembers it.
fn discover(host: &dyn Host) -> Result<String, Fault> {
    let user = http::placeholder(host, "user_name", Encoder::Url)?;
    let answer = Client::new(host, DISCOVERY).read(
        Method::Get,
        &format!("{DISCOVERY}?user={user}"),
        None,
    )?;
    if let Some(fault) = fault_of(&answer, Intent::Read) {
        return Err(fault);
    }
    let zone = answer.json_or_unavailable()?;
    let Some(url) = zone["url"].as_str() else {
        return Err(answer.rubbish());
    };
    let base = api_base(url);
    if let Err(words) = host.memory_set("zone", base.as_bytes()) {
        host.warn(&format!("the zone is not remembered: {words}"));
    }
    host.debug(&format!(
        "the tenant is in zone {}",
        zone["zoneName"].as_str().unwrap_or("?")
    ));
    Ok(base)
}

/// The id of a row.
pub fn row_id(row: &Value) -> Option<i64> {
    row["id"].as_i64()
}

/// Ids of the contract as Autotask's numbers, sorted, each once; what is no number is no id of Autotask.
pub fn id_numbers<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    let mut numbers: Vec<i64> = ids.into_iter().filter_map(|id| id.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(|id| json!(id)).collect()
}

/// The choice with a label, one that can be written before one that cannot.
fn labelled(choices: Vec<Choice>, label: &str) -> Option<Choice> {
    let mut fitting: Vec<Choice> = choices
        .into_iter()
        .filter(|c| crate::table::same_label(label, &c.label))
        .collect();
    fitting.sort_by_key(|c| !c.active);
    fitting.into_iter().next()
}

fn not_applied(table: &str) -> Fault {
    fault::internal(text!(
        "filter-ignored",
        "Autotask answered a query of {table} with records that were not asked for",
        table = table
    ))
    .scope(FaultScope::WholeEntity)
}

fn picklist_key(table: &str) -> String {
    format!("picklists-{table}")
}

fn choices_of(values: &Value) -> Vec<Choice> {
    let choice = |v: &Value| {
        Some(Choice {
            value: v["value"]
                .as_i64()
                .or_else(|| v["value"].as_str()?.trim().parse().ok())?,
            label: v["label"].as_str()?.to_owned(),
            active: v["isActive"].as_bool().unwrap_or(true),
            default: v["isDefaultValue"].as_bool().unwrap_or(false),
        })
    };
    values
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(choice)
        .collect()
}
