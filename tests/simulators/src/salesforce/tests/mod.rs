//! Salesforce as a client sees it, over the seed that ships.

mod access;
mod collections;
mod composites;
mod contracts;
mod control;
mod deals;
mod describes;
mod hostile;
mod limits;
mod outbound;
mod queries;
mod records;
mod refusals;
mod replicas;
mod served;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::time;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-05 14:00 in Québec.
const START: NowMs = 1_772_737_200_000;
const ORIGIN: &str = "http://127.0.0.1:8443";
const CLIENT: &str = "3MVG9.liaison.simulated.consumer.key";
const SECRET: &str = "simulated-consumer-secret";
const USER: &str = "integration@boreale.example";

struct Lab {
    site: super::Salesforce,
    now: NowMs,
    token: String,
    in_flight: usize,
}

fn seed() -> Value {
    serde_json::from_str(include_str!("../../../seeds/salesforce.json")).unwrap()
}

/// The key of the connection that ships.
fn key() -> RsaKeyPair {
    let connection: Value =
        serde_json::from_str(include_str!("../../../connections/salesforce.json")).unwrap();
    let pem = connection["secrets"]["private_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap();
    RsaKeyPair::from_pkcs8(&der).unwrap()
}

fn assertion(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(head), part(claims));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Lab {
    fn new() -> Self {
        let mut site = super::new();
        site.seed(&seed(), START).unwrap();
        let mut lab = Self {
            site,
            now: START + 60_000,
            token: String::new(),
            in_flight: 1,
        };
        lab.token = lab.login();
        lab
    }

    fn with(switch: &str, value: impl Into<Value>) -> Self {
        let mut lab = Self::new();
        lab.set(switch, value);
        lab
    }

    fn login(&mut self) -> String {
        let body = self.token(&format!(
            "grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}"
        ));
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn raw(
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
            origin: ORIGIN.to_owned(),
            in_flight: self.in_flight,
        };
        self.site.handle(&request, self.now)
    }

    fn token_response(&mut self, form: &str) -> Response {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.raw("POST", "/services/oauth2/token", &headers, form)
    }

    #[track_caller]
    fn token(&mut self, form: &str) -> Value {
        let response = self.token_response(form);
        assert_eq!(response.status, 200, "{}", text(&response));
        json_of(&response)
    }

    /// `(error, error_description)`
    #[track_caller]
    fn token_refused(&mut self, form: &str) -> (String, String) {
        let response = self.token_response(form);
        let body = json_of(&response);
        assert_eq!(response.status, 400, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("error"), text("error_description"))
    }

    /// A data call with the session; `target` starts after the version.
    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        self.send_as(59, method, target, headers, body)
    }

    fn send_as(
        &mut self,
        version: u32,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            all.push(("content-type", "application/json"));
        }
        all.extend(headers);
        self.raw(
            method,
            &format!("/services/data/v{version}.0/{target}"),
            &all,
            body,
        )
    }

    #[track_caller]
    fn get(&mut self, target: &str) -> Value {
        let response = self.send("GET", target, &[], "");
        assert_eq!(response.status, 200, "{}", text(&response));
        json_of(&response)
    }

    #[track_caller]
    fn post(&mut self, target: &str, body: Value) -> Value {
        let response = self.send("POST", target, &[], &body.to_string());
        assert!(response.status < 300, "{}", text(&response));
        json_of(&response)
    }

    #[track_caller]
    fn create(&mut self, object: &str, body: Value) -> String {
        let made = self.post(&format!("sobjects/{object}"), body);
        assert_eq!(made["success"], true);
        made["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn patch(&mut self, target: &str, body: Value) {
        let response = self.send("PATCH", target, &[], &body.to_string());
        assert_eq!(response.status, 204, "{}", text(&response));
        assert!(response.body.is_empty() && header(&response, "content-type").is_none());
    }

    /// Status and first error code of a refused call.
    #[track_caller]
    fn refused(&mut self, method: &str, target: &str, body: Value) -> (u16, String) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        refusal(&self.send(method, target, &[], &body))
    }

    #[track_caller]
    fn query(&mut self, soql: &str) -> Vec<Value> {
        self.get(&format!("query?q={}", encoded(soql)))["records"]
            .as_array()
            .unwrap()
            .clone()
    }

    #[track_caller]
    fn query_refused(&mut self, soql: &str) -> (String, String) {
        let response = self.send("GET", &format!("query?q={}", encoded(soql)), &[], "");
        assert_eq!(response.status, 400, "{}", text(&response));
        let body = json_of(&response);
        let of = |name: &str| body[0][name].as_str().unwrap().to_owned();
        (of("errorCode"), of("message"))
    }

    /// The id of a record of the seed.
    #[track_caller]
    fn id(&mut self, name: &str) -> String {
        let found = self.control(json!({ "do": "id", "of": name }));
        found["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn row(&mut self, object: &str, id: &str) -> Value {
        let rows =
            self.control(json!({ "do": "rows", "entity": object, "ids": [id], "deleted": true }));
        rows[0].clone()
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
        self.control(json!({ "do": "set", "switch": switch, "value": value.into() }));
    }

    fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }

    fn stamp(&self) -> String {
        time::written(time::stamp(self.now))
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
    assert_eq!(
        header(response, "content-type"),
        Some("application/json;charset=UTF-8"),
        "{}",
        text(response)
    );
    serde_json::from_slice(&response.body).unwrap()
}

#[track_caller]
fn refusal(response: &Response) -> (u16, String) {
    let body = json_of(response);
    let code = body[0]["errorCode"].as_str();
    (
        response.status,
        code.unwrap_or_else(|| panic!("{body}")).to_owned(),
    )
}

/// Percent-encoded for a query.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// The values of a column of rows, as texts.
fn column(rows: &[Value], name: &str) -> Vec<String> {
    let values = rows.iter().map(|row| match &row[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    values.collect()
}
