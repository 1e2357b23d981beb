//! CentrixOne as a client sees it, over the seed that ships.

mod conditional;
mod contacts;
mod control;
mod people;
mod records;
mod served;
mod wire;

use serde_json::{Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-05 14:00 in Québec.
const START: NowMs = 1_772_737_200_000;
const KEY: &str = "centrix-key-0001";

const ATELIER: i64 = 1234;
const PERRON: i64 = 1237;
const SIMARD: i64 = 1238;
const NERON: i64 = 1239;
const HARVEY: i64 = 1242;

struct Lab {
    centrixone: super::Centrixone,
    now: NowMs,
}

impl Lab {
    fn new() -> Self {
        let seed = serde_json::from_str(include_str!("../../../seeds/centrixone.json")).unwrap();
        let mut centrixone = super::new();
        centrixone.seed(&seed, START).unwrap();
        Self {
            centrixone,
            now: START + 60_000,
        }
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
            origin: "http://centrixone".to_owned(),
            in_flight: 1,
        };
        self.centrixone.handle(&request, self.now)
    }

    /// `Contacts`, `S7` or `S7.awp?fields=all` → the whole page.
    fn page(object: &str, filter: &str) -> String {
        let (filter, query) = filter.split_once('?').unwrap_or((filter, ""));
        format!("/API_WEB/EN/{object}-12345-{KEY}-{filter}.awp?{query}")
    }

    /// The records a GET answers with.
    #[track_caller]
    fn get(&mut self, object: &str, filter: &str) -> Vec<Value> {
        let response = self.send("GET", &Self::page(object, filter), &[], "");
        assert_eq!(response.status, 200, "{}", text(&response));
        let body = json_of(&response);
        assert_eq!(body["Result"], "Success");
        body[object].as_array().unwrap().clone()
    }

    /// The one record a GET answers with.
    #[track_caller]
    fn one(&mut self, object: &str, filter: &str) -> Value {
        let records = self.get(object, filter);
        assert_eq!(records.len(), 1, "{records:?}");
        records[0].clone()
    }

    #[track_caller]
    fn ids(&mut self, object: &str, filter: &str) -> Vec<i64> {
        let records = self.get(object, filter);
        records
            .iter()
            .filter_map(|row| row["id"].as_i64())
            .collect()
    }

    /// Status and text of a refused GET.
    #[track_caller]
    fn get_refused(&mut self, object: &str, filter: &str) -> (u16, String) {
        refusal(&self.send("GET", &Self::page(object, filter), &[], ""))
    }

    /// The ids a POST answers with.
    #[track_caller]
    fn post(&mut self, object: &str, body: &Value) -> Vec<Value> {
        let response = self.send("POST", &Self::page(object, "all"), &[], &body.to_string());
        assert_eq!(response.status, 200, "{}", text(&response));
        json_of(&response)[object].as_array().unwrap().clone()
    }

    #[track_caller]
    fn post_one(&mut self, object: &str, record: Value) -> i64 {
        self.post(object, &json!([record]))[0]["id"]
            .as_i64()
            .unwrap()
    }

    /// Status and text of a refused POST.
    #[track_caller]
    fn post_refused(&mut self, object: &str, body: &Value) -> (u16, String) {
        refusal(&self.send("POST", &Self::page(object, "all"), &[], &body.to_string()))
    }

    #[track_caller]
    fn control(&mut self, action: Value) -> Value {
        self.centrixone.control(&action, self.now).unwrap()
    }

    #[track_caller]
    fn control_refused(&mut self, action: Value) -> String {
        self.centrixone.control(&action, self.now).unwrap_err()
    }

    fn set(&mut self, switch: &str, value: bool) {
        self.control(json!({ "do": "set", "switch": switch, "value": value }));
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
    let kind = header(response, "content-type").unwrap();
    assert!(kind.starts_with("text/plain"), "{kind}: {}", text(response));
    (response.status, text(response))
}
