//! Fusion Operations as a client sees it, over the seed that ships.

mod access;
mod control;
mod goods;
mod histories;
mod lists;
mod old;
mod production;
mod records;
mod refusals;
mod served;
mod switches;

use serde_json::{Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-05 14:00 in Québec.
const START: NowMs = 1_772_737_200_000;
const NOW: &str = "2026-03-05T19:01:00Z";
/// `fusion-key-0001:fusion-secret-0001`
const BASIC: &str = "Basic ZnVzaW9uLWtleS0wMDAxOmZ1c2lvbi1zZWNyZXQtMDAwMQ==";

struct Lab {
    site: super::FusionOperations,
    now: NowMs,
    token: String,
}

fn seed() -> Value {
    serde_json::from_str(include_str!("../../../seeds/fusion-operations.json")).unwrap()
}

impl Lab {
    fn new() -> Self {
        let mut site = super::new();
        site.seed(&seed(), START).unwrap();
        let mut lab = Self {
            site,
            now: START + 60_000,
            token: String::new(),
        };
        lab.token = lab.new_token();
        lab
    }

    /// With one switch away from its default.
    fn with(switch: &str, value: impl Into<Value>) -> Self {
        let mut lab = Self::new();
        lab.set(switch, value);
        lab
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = headers.iter();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            origin: "http://fusion".to_owned(),
            in_flight: 1,
        };
        self.site.handle(&request, self.now)
    }

    fn ask_token(&mut self, body: &str) -> Response {
        let basic = [("authorization", BASIC)];
        self.send("POST", "/api/v1/authorization", &basic, body)
    }

    #[track_caller]
    fn new_token(&mut self) -> String {
        let response = self.ask_token("");
        assert_eq!(response.status, 200, "{}", text(&response));
        json_of(&response)["token"].as_str().unwrap().to_owned()
    }

    /// A call with the token; the path goes on after `/api/v1/`, or from the root.
    fn call(&mut self, method: &str, path: &str, body: &str) -> Response {
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/api/v1/{path}"),
        };
        let join = if path.contains('?') { '&' } else { '?' };
        let target = format!("{path}{join}access_token={}", self.token);
        self.send(method, &target, &[], body)
    }

    /// The body of an answer with this status.
    #[track_caller]
    fn done(&mut self, status: u16, method: &str, path: &str, body: Value) -> Value {
        let sent = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let response = self.call(method, path, &sent);
        assert_eq!(
            response.status,
            status,
            "{method} {path}: {}",
            text(&response)
        );
        if status == 204 {
            assert!(response.body.is_empty() && response.headers.is_empty());
            return Value::Null;
        }
        json_of(&response)
    }

    #[track_caller]
    fn get(&mut self, path: &str) -> Value {
        self.done(200, "GET", path, Value::Null)
    }

    #[track_caller]
    fn post(&mut self, path: &str, body: Value) -> Value {
        self.done(201, "POST", path, body)
    }

    #[track_caller]
    fn put(&mut self, path: &str, body: Value) -> Value {
        self.done(200, "PUT", path, body)
    }

    /// Status and message of a refusal.
    #[track_caller]
    fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let sent = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        refusal(&self.call(method, path, &sent))
    }

    #[track_caller]
    fn codes(&mut self, path: &str) -> Vec<String> {
        let rows = self.get(path);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["code"].as_str().unwrap().to_owned())
            .collect()
    }

    #[track_caller]
    fn control(&mut self, action: Value) -> Value {
        self.site.control(&action, self.now).unwrap()
    }

    #[track_caller]
    fn control_refused(&mut self, action: Value) -> String {
        self.site.control(&action, self.now).unwrap_err()
    }

    #[track_caller]
    fn set(&mut self, switch: &str, value: impl Into<Value>) {
        let value = value.into();
        self.control(json!({ "do": "set", "switch": switch, "value": value }));
    }

    /// What is in stock of a product, and what is reserved.
    #[track_caller]
    fn stock(&mut self, product: &str) -> (String, String) {
        let stock = self.get(&format!("inventory/{product}"));
        (
            stock["quantity"].to_string(),
            stock["quantity-reserved"].to_string(),
        )
    }

    /// The movements of one document, as `type quantity`.
    fn movements(&self, document: &str) -> Vec<String> {
        let state = self.site.state();
        let rows = state["inventory-movements"].as_array().unwrap().iter();
        let own = rows.filter(|row| row["document"] == document);
        own.map(|row| format!("{} {}", row["type"].as_str().unwrap(), row["quantity"]))
            .collect()
    }

    fn count(&self, entity: &str) -> usize {
        self.site.state()[entity].as_array().unwrap().len()
    }

    fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut headers = response.headers.iter();
    headers
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

#[track_caller]
fn json_of(response: &Response) -> Value {
    assert_eq!(header(response, "content-type"), Some("application/json"));
    serde_json::from_slice(&response.body).unwrap()
}

#[track_caller]
fn refusal(response: &Response) -> (u16, String) {
    let body = json_of(response);
    assert!(
        response.status >= 400 && body["error"].is_string(),
        "{}",
        text(response)
    );
    (
        response.status,
        body["message"].as_str().unwrap().to_owned(),
    )
}

/// The reference's own example of a production order, for products and workers of the seed.
fn order_of_the_reference() -> Value {
    json!({
        "code": "V23076 - Week 47", "description": "", "notes": "",
        "start-date": "2017-04-01T02:15:15Z", "due-date": "2017-04-25T22:15:15Z",
        "products": [{ "product": "TABLE-180", "quantity-ordered": "500", "observations": "" }],
        "workers-assigned": [{ "number": "1" }, { "number": "2" }],
        "machines": [{ "code": "M1" }], "status": 0,
    })
}

fn sales_order(code: &str) -> Value {
    json!({
        "code": code, "client": "NORDIK",
        "products": [{ "product": "TABLE-180", "quantity-ordered": 4, "unit-price": "1249.00" }],
    })
}
