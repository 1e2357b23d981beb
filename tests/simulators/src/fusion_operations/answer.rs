//! One call after another through the vendor's checks, to the record it is about.

use serde_json::{Value, json};

use super::FusionOperations;
use super::access;
use super::assumed;
use super::base64;
use super::book::{Origin, Record, Values};
use super::company::text;
use super::place::Place;
use super::refusal::Refusal;
use super::report;
use super::resource::Resource;
use super::schema::Schema;
use super::show;
use super::stock;
use super::time::{self, Stamp};
use super::value::{Hand, Reader};
use super::writes::Draft;
use crate::percent::{Plus, decode};
use crate::simulator::{NowMs, Request, Response};

type Query = Vec<(String, String)>;

impl FusionOperations {
    pub(super) fn answer(&mut self, request: &Request, now: NowMs) -> Result<Response, Refusal> {
        let (generation, place) =
            Place::of(&request.path, &self.company.switches).ok_or_else(Refusal::not_found)?;
        let query = query(&request.query)?;
        if place == Place::Authorization {
            return self.authorization(request, &query, now);
        }
        let switches = &self.company.switches;
        self.access.token(request, &query, switches, now)?;
        self.access.count_call(switches, now)?;
        let method = request.method.as_str();
        let verbs = place.verbs(generation, switches);
        if !verbs.contains(&method) {
            return Err(Refusal::method(&verbs));
        }
        if let (true, Some(resource)) = (switches.scopes_checked, place.resource()) {
            let token = self.access.token(request, &query, switches, now)?;
            token.allows(resource, method)?;
        }
        self.check_parameters(&place, method, &query)?;
        let call = Call {
            method,
            query: &query,
            body: &request.body,
            now: time::stamp(now),
        };
        self.at_place(place, &call)
    }

    fn authorization(
        &mut self,
        request: &Request,
        query: &Query,
        now: NowMs,
    ) -> Result<Response, Refusal> {
        let switches = &self.company.switches;
        let method = request.method.as_str();
        if !["GET", "POST", "DELETE"].contains(&method) {
            return Err(Refusal::method(&["GET", "POST", "DELETE"]));
        }
        let token = if method == "POST" {
            let key = self.access.basic(request)?;
            self.access.count_call(switches, now)?;
            let scopes = access::scopes(&request.body)?;
            self.access.make(key, scopes, switches, now)
        } else {
            let shown = match self.access.basic(request) {
                Ok(key) => self.access.newest(&key, now).ok_or_else(Refusal::not_found),
                Err(_) => self.access.token(request, query, switches, now),
            };
            let shown = shown?.clone();
            self.access.count_call(switches, now)?;
            shown
        };
        if method == "DELETE" {
            self.access.revoke(&token.text);
            return Ok(self.deleted(json!({})));
        }
        let mut body = json!({ "token": token.text });
        if switches.token_expires_shown {
            body["expires"] = token.ends().into();
        }
        Ok(answer(200, &body))
    }

    fn check_parameters(&self, place: &Place, method: &str, query: &Query) -> Result<(), Refusal> {
        let switches = &self.company.switches;
        let is_list = matches!(place, Place::List(_)) && method == "GET";
        let is_known = |name: &str| match name {
            "access_token" => true,
            "page" | "per-page" | "updated-since" => is_list && switches.list_controls,
            "running-status" => is_list && *place == Place::List(Resource::ProductionOrders),
            "start-date" | "end-date" => *place == Place::WorkerLaborTime,
            _ => false,
        };
        match query.iter().find(|(name, _)| !is_known(name)) {
            Some((name, _)) if switches.parameters_checked => {
                Err(Refusal::invalid(format!("Unknown parameter {name}")))
            }
            _ => Ok(()),
        }
    }

    fn at_place(&mut self, place: Place, call: &Call<'_>) -> Result<Response, Refusal> {
        match place {
            Place::Authorization => unreachable!("answered before"),
            Place::List(resource) if call.method == "GET" => self.list(resource, call),
            Place::List(resource) => self.make(resource, Draft::default(), call),
            Place::One(resource, key) => self.one(resource, &key, call),
            Place::Files(owner, key) => self.files(owner, &key, call),
            Place::File(owner, key, file) => self.file(owner, &key, &file, call),
            Place::Problem(key) => {
                let order = self.id(Resource::ProductionOrders, &key)?;
                self.make_under(Resource::Problems, "production-order", order, call)
            }
            Place::Counter(key) => {
                let machine = self.id(Resource::Machines, &key)?;
                self.make_under(Resource::Counters, "machine", machine, call)
            }
            Place::Downtime(key) => {
                let machine = self.id(Resource::Machines, &key)?;
                self.make_under(Resource::Downtimes, "machine", machine, call)
            }
            Place::Activate(key) => {
                let id = self.id(Resource::ProductionOrders, &key)?;
                self.activate(&id, call.now)?;
                Ok(self.shown(self.posted(), Resource::ProductionOrders, &id))
            }
            Place::Bom(key) => {
                let id = self.id(Resource::Products, &key)?;
                self.set_bom(&id, call)?;
                Ok(self.shown(self.posted(), Resource::Products, &id))
            }
            Place::Inventory(key) => {
                let product = self.company.book(Resource::Products).find(&key);
                let product = product.ok_or_else(Refusal::not_found)?;
                Ok(answer(200, &stock::inventory(&self.company, product)))
            }
            Place::WorkerLaborTime => {
                let from = self.time_parameter(call, "start-date")?;
                let to = self.time_parameter(call, "end-date")?;
                let rows = report::worker_labor_time(&self.company, from, to);
                Ok(answer(200, &rows))
            }
            Place::ChangesFeedChannels => Ok(answer(200, &json!([]))),
            Place::Machines => Ok(self.all(Resource::Machines)),
            Place::MachineNotes(key) => {
                let id = self.id(Resource::Machines, &key)?;
                let given = body(call.body)?;
                let given = given
                    .into_iter()
                    .filter(|(name, _)| name != "code")
                    .collect();
                let (company, now) = (&mut self.company, call.now);
                company.change(Resource::Machines, Hand::Api, &id, &given, now)?;
                Ok(self.shown(200, Resource::Machines, &id))
            }
            Place::MachineOrder(machine, order) => {
                let machine = self.id(Resource::Machines, &machine)?;
                let order = self.id(Resource::ProductionOrders, &order)?;
                self.put_on_machine(&order, &machine, call.now);
                Ok(self.shown(200, Resource::ProductionOrders, &order))
            }
        }
    }

    fn list(&self, resource: Resource, call: &Call<'_>) -> Result<Response, Refusal> {
        let mut rows: Vec<_> = self.company.book(resource).rows().collect();
        if let (Resource::ProductionOrders, Some(status)) = (resource, call.get("running-status")) {
            if !["notstarted", "started"].contains(&status) {
                return Err(Refusal::invalid(
                    "running-status must be notstarted or started",
                ));
            }
            rows.retain(|row| row.text("running-status") == status);
        }
        if self.company.switches.list_controls {
            if let Some(since) = self.time_parameter(call, "updated-since")? {
                rows.retain(|row| row.updated >= since);
            }
            if let Some((skip, take)) = call.page()? {
                rows = rows.into_iter().skip(skip).take(take).collect();
            }
        }
        let shown = rows
            .iter()
            .map(|row| show::record(&self.company, resource, row));
        Ok(answer(200, &shown.collect()))
    }

    fn all(&self, resource: Resource) -> Response {
        let rows = self.company.book(resource).rows();
        let shown = rows.map(|row| show::record(&self.company, resource, row));
        answer(200, &shown.collect())
    }

    fn make(
        &mut self,
        resource: Resource,
        draft: Draft,
        call: &Call<'_>,
    ) -> Result<Response, Refusal> {
        let given = body(call.body)?;
        if resource == Resource::Files {
            check_file(&self.company.schema, &given)?;
        }
        let id = self
            .company
            .create(resource, Hand::Api, &given, draft, call.now)?;
        Ok(self.shown(self.posted(), resource, &id))
    }

    fn make_under(
        &mut self,
        resource: Resource,
        field: &str,
        owner: String,
        call: &Call<'_>,
    ) -> Result<Response, Refusal> {
        let mut draft = Draft::default();
        draft.set.insert(field.to_owned(), owner.into());
        self.make(resource, draft, call)
    }

    fn one(&mut self, resource: Resource, key: &str, call: &Call<'_>) -> Result<Response, Refusal> {
        let id = self.id(resource, key)?;
        match call.method {
            "GET" => {}
            "DELETE" => {
                let shown = self.show(resource, &id);
                self.company.delete(resource, &id, call.now)?;
                return Ok(self.deleted(shown));
            }
            _ => {
                let given = body(call.body)?;
                let (company, now) = (&mut self.company, call.now);
                company.change(resource, Hand::Api, &id, &given, now)?;
            }
        }
        Ok(self.shown(200, resource, &id))
    }

    fn files(&mut self, owner: Resource, key: &str, call: &Call<'_>) -> Result<Response, Refusal> {
        let owner = self.id(owner, key)?;
        if call.method == "POST" {
            let origin = Origin {
                id: owner,
                part: String::new(),
            };
            let draft = Draft {
                origin: Some(origin),
                ..Draft::default()
            };
            return self.make(Resource::Files, draft, call);
        }
        let files = self.company.book(Resource::Files).rows();
        let files = files.filter(|file| file.origin.as_ref().is_some_and(|o| o.id == owner));
        let content = self.company.schema.field("files", "content");
        let content = content.map_or("", |field| field.wire.as_str());
        let shown = files.map(|file| {
            let mut shown = show::record(&self.company, Resource::Files, file);
            shown
                .as_object_mut()
                .and_then(|file| file.shift_remove(content));
            shown
        });
        Ok(answer(200, &shown.collect()))
    }

    fn file(
        &mut self,
        owner: Resource,
        key: &str,
        file: &str,
        call: &Call<'_>,
    ) -> Result<Response, Refusal> {
        let owner = self.id(owner, key)?;
        let found = self.company.book(Resource::Files).get(file);
        found
            .and_then(|file| file.origin.as_ref())
            .filter(|origin| origin.id == owner)
            .ok_or_else(Refusal::not_found)?;
        if call.method == "PUT" {
            check_file(&self.company.schema, &body(call.body)?)?;
        }
        self.one(Resource::Files, file, call)
    }

    fn activate(&mut self, id: &str, now: Stamp) -> Result<(), Refusal> {
        let order = self.company.book(Resource::ProductionOrders).get(id);
        let mut order = order.ok_or_else(Refusal::not_found)?.clone();
        if text(&order.values, "status") != assumed::PRODUCTION_STATUSES[0].1 {
            return Err(Refusal::conflict("The production order is not open"));
        }
        let started = json!("started");
        order.values.insert("running-status".to_owned(), started);
        self.keep_order(order, now);
        Ok(())
    }

    fn put_on_machine(&mut self, order: &str, machine: &str, now: Stamp) {
        let order = self.company.book(Resource::ProductionOrders).get(order);
        let mut order = order.expect("just found").clone();
        let machines = order.values.entry("machines").or_insert_with(|| json!([]));
        let machines = machines.as_array_mut().expect("a list of machines");
        let one = json!({ "code": machine });
        if !machines.contains(&one) {
            machines.push(one);
        }
        self.keep_order(order, now);
    }

    fn keep_order(&mut self, mut order: Record, now: Stamp) {
        order.updated = now;
        let code = text(&order.values, "code").to_owned();
        let resource = Resource::ProductionOrders;
        let webhooks = &mut self.company.webhooks;
        webhooks.happened(resource, "updated", &order.id, &code, now);
        self.company.book_mut(resource).put(order);
    }

    fn set_bom(&mut self, id: &str, call: &Call<'_>) -> Result<(), Refusal> {
        let given = body(call.body)?;
        let reader = Reader {
            company: &self.company,
            resource: Resource::Products,
            hand: Hand::Api,
            now: call.now,
        };
        let bill = reader.shape("bom", &given, &Values::new(), "")?;
        let product = self.company.book(Resource::Products).get(id);
        let mut product = product.ok_or_else(Refusal::not_found)?.clone();
        let rows = bill.get("products").cloned().unwrap_or_default();
        product.values.insert("bom".to_owned(), rows);
        product.updated = call.now;
        self.company.book_mut(Resource::Products).put(product);
        Ok(())
    }

    fn time_parameter(&self, call: &Call<'_>, name: &str) -> Result<Option<Stamp>, Refusal> {
        let read = |text: &str| {
            let wrong =
                || Refusal::invalid(format!("{name} must be a date like 2017-04-01T02:15:15Z"));
            time::read(text, &self.company.zone).ok_or_else(wrong)
        };
        call.get(name).map(read).transpose()
    }

    fn id(&self, resource: Resource, key: &str) -> Result<String, Refusal> {
        let record = self.company.book(resource).find(key);
        record
            .map(|record| record.id.clone())
            .ok_or_else(Refusal::not_found)
    }

    fn show(&self, resource: Resource, id: &str) -> Value {
        let record = self.company.book(resource).get(id).expect("just found");
        show::record(&self.company, resource, record)
    }

    fn shown(&self, status: u16, resource: Resource, id: &str) -> Response {
        answer(status, &self.show(resource, id))
    }

    fn posted(&self) -> u16 {
        if self.company.switches.created_201 {
            201
        } else {
            200
        }
    }

    fn deleted(&self, record: Value) -> Response {
        if !self.company.switches.deleted_204 {
            return answer(200, &record);
        }
        Response {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
            delay_ms: 0,
        }
    }
}

/// What is left of a request after the checks that every call goes through.
struct Call<'a> {
    method: &'a str,
    query: &'a Query,
    body: &'a [u8],
    now: Stamp,
}

impl Call<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        query
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// How many to skip and to take; none where no page is asked for.
    fn page(&self) -> Result<Option<(usize, usize)>, Refusal> {
        let number = |name: &str, most: usize| match self.get(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(n) if (1..=most).contains(&n) => Ok(Some(n)),
                _ => Err(Refusal::invalid(format!("{name} must be 1 to {most}"))),
            },
        };
        let (page, size) = (
            number("page", 1_000_000)?,
            number("per-page", assumed::PER_PAGE_MAX)?,
        );
        if page.is_none() && size.is_none() {
            return Ok(None);
        }
        let size = size.unwrap_or(assumed::PER_PAGE_MAX);
        Ok(Some(((page.unwrap_or(1) - 1) * size, size)))
    }
}

fn query(text: &str) -> Result<Query, Refusal> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name, Plus::Space)?, decode(value, Plus::Space)?))
    });
    let read: Option<Query> = read.collect();
    read.ok_or_else(|| Refusal::invalid("The query is not well encoded"))
}

fn body(bytes: &[u8]) -> Result<Values, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Refusal::invalid("An object is expected")),
        Err(_) => Err(Refusal::invalid_json()),
    }
}

fn check_file(schema: &Schema, given: &Values) -> Result<(), Refusal> {
    let field = schema
        .field("files", "content")
        .expect("a field of the table");
    let content = given.get(&field.wire).and_then(Value::as_str);
    match content {
        Some(content) if base64::decode(content).is_none() => {
            Err(Refusal::invalid(format!("{} must be Base64", field.wire)))
        }
        _ => Ok(()),
    }
}

fn answer(status: u16, body: &Value) -> Response {
    let kind = ("content-type".to_owned(), assumed::CONTENT_TYPE.to_owned());
    Response {
        status,
        headers: vec![kind],
        body: body.to_string().into_bytes(),
        delay_ms: 0,
    }
}
