//! QuickBooks Online as a set of calls: queries, changes, single writes and batches.
//!
//! Invariant: a write is sent once; it is sent again only after a 401, which says that it was not carried out.

use crate::assumed::{BATCH_MAX, MINOR_VERSION};
use crate::custom;
use crate::question::Question;
use crate::refusal;
use crate::session;
use crate::settings::Settings;
use crate::table::Table;
use liaison_sdk::http::{encode, Body};
use liaison_sdk::prelude::*;
use std::cell::RefCell;

/// A query that is longer goes as a body: servers refuse long addresses.
const ADDRESS_CHARACTERS_MAX: usize = 2_000;
/// A minute's batches of one company and app are 40. Two fewer are sent, since requests may arrive closer together than they
/// left; beyond that what would be a batch goes one by one.
const BATCHES_A_MINUTE: usize = 38;
const MINUTE_MS: u64 = 60_000;
/// When the batches of the last minute were sent, whoever of this connection sent them.
const BATCHES: &str = "batches";

/// QuickBooks Online, for one company.
pub struct Api<'a> {
    client: Client<'a>,
    pub settings: Settings,
    access: RefCell<Option<String>>,
}

/// Records, and when QuickBooks told them by its own clock.
pub struct Told {
    pub rows: Vec<Value>,
    pub at_ms: i64,
}

/// What goes along with a request.
#[derive(Clone, Copy)]
enum Along<'a> {
    Nothing,
    Json(&'a Value),
    Query(&'a str),
}

/// What may be done about a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Read,
    Write,
}

impl<'a> Api<'a> {
    /// The API of this connection. Sends nothing.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings = Settings::of(host)?;
        let digits = settings.company().bytes().all(|b| b.is_ascii_digit());
        if settings.company().is_empty() || !digits {
            return Err(fault::misconfigured(text!(
                "qbo-no-company",
                "The setting `company_id` must be the company's id at QuickBooks, digits only"
            ))
            .field("company_id"));
        }
        let base = format!(
            "{}/v3/company/{}",
            settings.base().trim_end_matches('/'),
            settings.company()
        );
        let client = Client::new(host, &base).header("Accept", "application/json");
        Ok(Self {
            client,
            settings,
            access: RefCell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.client.host()
    }

    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.host().now_ms()).unwrap_or(i64::MAX)
    }

    /// The records that a query gives.
    pub fn query(&self, table: &Table, query: &str) -> Result<Told, Fault> {
        let path = format!("query?query={}", encode(query));
        let body = match path.len() <= ADDRESS_CHARACTERS_MAX {
            true => self.send(Call::Read, table, Method::Get, &path, Along::Nothing)?,
            false => self.send(
                Call::Read,
                table,
                Method::Post,
                "query",
                Along::Query(query),
            )?,
        };
        let at_ms = self.told_at(&body);
        Ok(Told {
            rows: rows(&body["QueryResponse"], table.object),
            at_ms,
        })
    }

    /// So many records, from this one on, of what a question gives.
    pub fn page(
        &self,
        table: &Table,
        question: &Question,
        part: usize,
        from: u32,
        most: u32,
    ) -> Result<Told, Fault> {
        if table.object == custom::DEFINITIONS {
            let rows = custom::definitions(&custom::preferences(self)?);
            let rows = rows.into_iter().skip(from as usize - 1);
            return Ok(Told {
                rows: rows.take(most as usize).collect(),
                at_ms: self.now_ms(),
            });
        }
        self.query(table, &question.text(table, part, from, most))
    }

    /// The records of each query, several queries in a call.
    pub fn queries(&self, asked: &[(&Table, String)]) -> Result<Vec<Vec<Value>>, Fault> {
        let mut found = Vec::new();
        for part in cursor::chunks(asked, BATCH_MAX) {
            if part.len() == 1 || !self.may_batch() {
                for (table, query) in part {
                    found.push(self.query(table, query)?.rows);
                }
                continue;
            }
            let items = part.iter().enumerate();
            let items: Vec<Value> = items
                .map(|(nth, (_, query))| json!({"bId": nth.to_string(), "Query": query}))
                .collect();
            let Some((first, _)) = part.first() else {
                continue;
            };
            let body = json!({ "BatchItemRequest": items });
            let answer = self.send(Call::Read, first, Method::Post, "batch", Along::Json(&body))?;
            for (nth, (table, _)) in part.iter().enumerate() {
                let item = item_of(&answer, nth).ok_or_else(refusal::incomplete)?;
                if let Some(fault) = refusal::in_body(item, Call::Read, table) {
                    return Err(fault);
                }
                found.push(rows(&item["QueryResponse"], table.object));
            }
        }
        Ok(found)
    }

    /// What changed since then, deleted ones too.
    pub fn changes(&self, table: &Table, since: &str) -> Result<Told, Fault> {
        let path = format!(
            "cdc?entities={}&changedSince={}",
            table.object,
            encode(since)
        );
        let body = self.send(Call::Read, table, Method::Get, &path, Along::Nothing)?;
        let answers = body["CDCResponse"].as_array().into_iter().flatten();
        let parts = answers.flat_map(|answer| match &answer["QueryResponse"] {
            Value::Array(parts) => parts.clone(),
            Value::Null => Vec::new(),
            part => vec![part.clone()],
        });
        Ok(Told {
            rows: parts.flat_map(|part| rows(&part, table.object)).collect(),
            at_ms: self.told_at(&body),
        })
    }

    /// One write: the object as QuickBooks now has it.
    pub fn write(
        &self,
        table: &Table,
        operation: &str,
        request_id: Option<&str>,
        object: &Value,
    ) -> Result<Value, Fault> {
        let mut parameters: Vec<String> = Vec::new();
        if !operation.is_empty() {
            parameters.push(format!("operation={operation}"));
        }
        if let Some(id) = request_id {
            parameters.push(format!("requestid={}", encode(id)));
        }
        if table.is_transaction() && self.settings.allows_duplicates() {
            parameters.push("include=allowduplicatedocnum".to_owned());
        }
        let path = match parameters.is_empty() {
            true => table.path(),
            false => format!("{}?{}", table.path(), parameters.join("&")),
        };
        let body = self.send(Call::Write, table, Method::Post, &path, Along::Json(object))?;
        match &body[table.object] {
            written if written["Id"].is_string() => Ok(written.clone()),
            _ => Err(refusal::unreadable_write()),
        }
    }

    /// Whether one more batch is within a minute's batches; it counts as sent.
    pub fn may_batch(&self) -> bool {
        let now_ms = self.host().now_ms();
        let kept = self.host().memory_get(BATCHES).unwrap_or_default();
        let mut sent: Vec<u64> = serde_json::from_slice(&kept).unwrap_or_default();
        sent.retain(|at_ms| (*at_ms..=*at_ms + MINUTE_MS).contains(&now_ms));
        if sent.len() >= BATCHES_A_MINUTE {
            return false;
        }
        sent.push(now_ms);
        let kept = self.host().memory_set(BATCHES, &cursor::encode(&sent));
        kept.is_ok()
    }

    /// Several changes in one call: an outcome each.
    pub fn batch(
        &self,
        table: &Table,
        items: &[(&'static str, Value)],
    ) -> Result<Vec<Result<Value, Fault>>, Fault> {
        let numbered = items.iter().enumerate();
        let requests: Vec<Value> = numbered
            .map(|(nth, (operation, object))| {
                let mut item = json!({"bId": nth.to_string(), "operation": operation});
                item[table.object] = object.clone();
                item
            })
            .collect();
        let include = match table.is_transaction() && self.settings.allows_duplicates() {
            true => "batch?include=allowduplicatedocnum",
            false => "batch",
        };
        let body = json!({ "BatchItemRequest": requests });
        let answer = self.send(
            Call::Write,
            table,
            Method::Post,
            include,
            Along::Json(&body),
        )?;
        let outcomes = (0..items.len()).map(|nth| {
            let item = item_of(&answer, nth).ok_or_else(refusal::unreadable_write)?;
            if let Some(fault) = refusal::in_body(item, Call::Write, table) {
                return Err(fault);
            }
            match &item[table.object] {
                written if written["Id"].is_string() => Ok(written.clone()),
                _ => Err(refusal::unreadable_write()),
            }
        });
        Ok(outcomes.collect())
    }

    /// A token, whether one is held or not.
    pub fn sign_in(&self) -> Result<(), Fault> {
        self.token(None).map(drop)
    }

    fn token(&self, refused: Option<&str>) -> Result<String, Fault> {
        if let (None, Some(held)) = (refused, self.access.borrow().clone()) {
            return Ok(held);
        }
        let token = session::access(self.host(), &self.settings, refused)?;
        *self.access.borrow_mut() = Some(token.clone());
        Ok(token)
    }

    fn send(
        &self,
        call: Call,
        table: &Table,
        method: Method,
        path: &str,
        along: Along,
    ) -> Result<Value, Fault> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}minorversion={MINOR_VERSION}");
        let mut refused: Option<String> = None;
        loop {
            let token = self.token(refused.as_deref())?;
            let client = self
                .client
                .clone()
                .header("Authorization", &format!("Bearer {token}"));
            let answer = match (call, along) {
                (_, Along::Query(query)) => self.ask(&client, &path, query),
                (Call::Read, Along::Json(body)) => client.read(method, &path, Some(body)),
                (Call::Read, Along::Nothing) => client.read(method, &path, None),
                (Call::Write, Along::Json(body)) => client.write(method, &path, Some(body)),
                (Call::Write, Along::Nothing) => client.write(method, &path, None),
            };
            let answer = answer.map_err(refusal::with_wait)?;
            if answer.status() == 401 && refused.is_none() {
                refused = Some(token);
                continue;
            }
            let told = refusal::read_answer(&answer, call, table);
            if let (Err(fault), Some(tid)) = (&told, answer.0.header("intuit_tid")) {
                let code = fault.vendor_code.as_deref().unwrap_or_default();
                self.host().warn(&format!(
                    "QuickBooks refuses with code {code}; for Intuit's support: intuit_tid {tid}"
                ));
            }
            return told;
        }
    }

    /// A query as a body.
    fn ask(&self, client: &Client, path: &str, query: &str) -> Result<Answer, Fault> {
        let body = Body {
            content_type: "application/text",
            bytes: query.as_bytes().to_vec(),
        };
        let answer = client.send(Method::Post, path, Some(body));
        match answer.map_err(|error| fault::unread(&error))? {
            busy if matches!(busy.status(), 429 | 502..=504) => {
                Err(busy.busy(self.host().now_ms()))
            }
            answer => Ok(answer),
        }
    }

    fn told_at(&self, body: &Value) -> i64 {
        let told = body["time"].as_str().and_then(date::parse_instant);
        told.unwrap_or_else(|| self.now_ms())
    }
}

/// The records of this kind in an answer; there is no key for them where there are none.
fn rows(answer: &Value, object: &str) -> Vec<Value> {
    answer[object].as_array().cloned().unwrap_or_default()
}

fn item_of(answer: &Value, nth: usize) -> Option<&Value> {
    let items = answer["BatchItemResponse"].as_array()?;
    let name = nth.to_string();
    items.iter().find(|item| item["bId"] == name.as_str())
}
