//! Autotask PSA, REST API 1.0, as far as liaison's flows touch it.
//!
//! ```text
//! request ─ route ─ user ─ quota ─ threads ─ dispatch ─┬─ query, paging
//!                                                      ├─ metadata
//!                                                      └─ write ─ validation, tickets, invoices, quoting
//! ```
//!
//! What entities have in common is data (`entities.txt`, `picklists.txt`); what one does differently is
//! a file of its noun. Facts that reports disagree on are `switches.rs`.
//!
//! Invariant: no I/O and no clock below `handle`; the same requests at the same times give the same answers.

mod answer;
mod cell;
mod control;
mod deletion;
mod dispatch;
mod invoices;
mod metadata;
mod paging;
mod picklists;
mod query;
mod quoting;
mod routes;
mod schema;
mod seeding;
mod switches;
mod table;
#[cfg(test)]
mod tests;
mod thresholds;
mod tickets;
mod udf;
mod users;
mod validation;
mod write;

use serde_json::{Map, Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};
use picklists::Picklists;
use routes::Route;
use schema::{EntityId, FieldId, schema};
use switches::Switches;
use table::{Row, Table};
use thresholds::Quota;
use tickets::Requirements;
use users::Users;

/// One tenant's database and its API users.
pub struct Autotask {
    tables: Vec<Table>,
    picklists: Picklists,
    switches: Switches,
    users: Users,
    quota: Quota,
    requirements: Requirements,
    opportunity_requirements: Requirements,
    /// The number the next invoice gets, when the tenant numbers invoices itself.
    auto_number: Option<i64>,
    next_batch: i64,
}

/// An empty tenant with one API user (see [`users`]).
pub fn new() -> Autotask {
    Autotask {
        tables: schema()
            .entities
            .iter()
            .map(|entity| Table::new(entity, seeding::first_id(entity.name)))
            .collect(),
        picklists: Picklists::shipped(),
        switches: Switches::default(),
        users: Users::default(),
        quota: Quota::default(),
        requirements: Requirements::default(),
        opportunity_requirements: Requirements::default(),
        auto_number: None,
        next_batch: 1,
    }
}

impl Simulator for Autotask {
    fn name(&self) -> &'static str {
        "autotask"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        let mut response = self.answer(request, now);
        response.delay_ms += self.switches.answer_ms;
        response
    }

    fn lane(&self, request: &Request) -> Option<String> {
        let entity = Route::parse(&request.path).lane()?;
        Some(format!(
            "{}/{entity}",
            users::header(request, "apiintegrationcode").unwrap_or_default()
        ))
    }

    fn route(&self, request: &Request) -> String {
        format!("{} {}", request.method, Route::parse(&request.path).name())
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        self.plant(seed, now)
    }

    fn state(&self) -> Value {
        let mut state = Map::new();
        for (id, entity) in schema().entities.iter().enumerate() {
            let rows = self.tables[id].rows().map(|row| self.row_json(id, row));
            state.insert(entity.name.to_owned(), rows.collect());
        }
        state.insert("switches".to_owned(), self.switches.show());
        state.insert("autoNumber".to_owned(), json!(self.auto_number));
        Value::Object(state)
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        self.steer(action, now)
    }
}

impl Autotask {
    fn table(&self, name: &str) -> &Table {
        &self.tables[schema().known(name)]
    }

    fn table_mut(&mut self, name: &str) -> &mut Table {
        &mut self.tables[schema().known(name)]
    }

    /// A row as the API shows it.
    fn row_json(&self, entity: EntityId, row: &Row) -> Value {
        let mut text = String::new();
        self.write_row(entity, row, &query::Included::All, &mut text);
        serde_json::from_str(&text).expect("rows are written as JSON")
    }
}

/// A field that code names: the entity and field are in `entities.txt`.
fn field(entity: &str, name: &str) -> FieldId {
    let schema = schema();
    schema.entities[schema.known(entity)].known(name)
}
