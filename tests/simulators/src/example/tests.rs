//! The API as a client sees it.

use serde_json::{Value, json};

use crate::simulator::{NowMs, Request, Response, Simulator};

const START: NowMs = 1_772_737_200_000;
const KEY: &str = "example-key-0001";

struct Lab {
    example: super::Example,
    now: NowMs,
}

impl Lab {
    fn new() -> Self {
        let mut example = super::new();
        let seed = json!({"account": "Atelier", "api_key": KEY});
        example.seed(&seed, START).unwrap();
        Self {
            example,
            now: START,
        }
    }

    /// One request a second, with the key and these headers.
    fn send(&mut self, line: &str, headers: &[(&str, &str)], body: Value) -> Response {
        self.now += 1000;
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut headers: Vec<_> = headers.iter().map(own).collect();
        headers.push(("x-api-key".to_owned(), KEY.to_owned()));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.to_string().into_bytes(),
            origin: "http://example".to_owned(),
            in_flight: 1,
        };
        self.example.handle(&request, self.now)
    }

    #[track_caller]
    fn create(&mut self, key: &str, task: Value) -> Value {
        let response = self.send("POST /v1/tasks", &[("idempotency-key", key)], task);
        assert_eq!(response.status, 201, "{}", json_of(&response));
        json_of(&response)
    }

    fn ids(&mut self, target: &str) -> Vec<String> {
        let response = self.send(&format!("GET {target}"), &[], Value::Null);
        let body = json_of(&response);
        let tasks = body["tasks"].as_array().unwrap_or_else(|| panic!("{body}"));
        (tasks
            .iter()
            .map(|task| task["id"].as_str().unwrap().to_owned()))
        .collect()
    }
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn refusals_have_a_status_a_code_and_the_field() {
    let table = [
        (
            "POST /v1/tasks",
            "k",
            json!({"title": ""}),
            422,
            "invalid",
            "title",
        ),
        (
            "POST /v1/tasks",
            "k",
            json!({"title": "t", "due_on": "5/3"}),
            422,
            "invalid",
            "due_on",
        ),
        (
            "POST /v1/tasks",
            "k",
            json!({"title": "t", "price": 12.5}),
            422,
            "invalid",
            "price",
        ),
        (
            "POST /v1/tasks",
            "k",
            json!({"title": "t", "colour": "red"}),
            422,
            "invalid",
            "colour",
        ),
        (
            "POST /v1/tasks",
            "k",
            json!({"title": "t", "number": "1001"}),
            409,
            "number_taken",
            "number",
        ),
        (
            "POST /v1/tasks",
            "",
            json!({"title": "t"}),
            400,
            "bad_request",
            "",
        ),
        (
            "POST /v1/tasks",
            "first",
            json!({"title": "u"}),
            422,
            "key_reused",
            "",
        ),
        (
            "PATCH /v1/tasks/t-1",
            "",
            json!({"title": "t"}),
            428,
            "no_version",
            "",
        ),
        ("GET /v1/tasks/t-9", "", json!(null), 404, "not_found", ""),
        (
            "GET /v1/tasks?colour=red",
            "",
            json!(null),
            400,
            "bad_request",
            "",
        ),
        (
            "GET /v1/tasks?limit=101",
            "",
            json!(null),
            400,
            "bad_request",
            "",
        ),
        ("PUT /v1/tasks", "", json!(null), 405, "method", ""),
        ("GET /v2", "", json!(null), 404, "no_such_page", ""),
    ];
    for (line, key, body, status, code, field) in table {
        let mut lab = Lab::new();
        lab.create("first", json!({"title": "one", "number": "1001"}));
        let headers = [("idempotency-key", key)];
        let headers = if key.is_empty() {
            &headers[..0]
        } else {
            &headers
        };
        let response = lab.send(line, headers, body.clone());
        let error = json_of(&response)["error"].clone();
        assert_eq!(
            (response.status, error["code"].as_str()),
            (status, Some(code)),
            "{line} {body}"
        );
        assert_eq!(
            error["field"].as_str().unwrap_or(""),
            field,
            "{line} {body}"
        );
    }
}

#[test]
fn the_same_key_creates_once_until_a_day_has_passed() {
    let mut lab = Lab::new();
    let first = lab.create("k", json!({"title": "one"}));
    let again = lab.create("k", json!({"title": "one"}));
    assert_eq!(first, again);
    lab.now += 24 * 60 * 60 * 1000;
    assert_ne!(lab.create("k", json!({"title": "one"}))["id"], first["id"]);
}

#[test]
fn a_change_needs_the_version_that_is_there() {
    let mut lab = Lab::new();
    lab.create("k", json!({"title": "one"}));
    let mut patch = |version: &str| {
        let headers = [("if-match", version)];
        lab.send("PATCH /v1/tasks/t-1", &headers, json!({"status": "done"}))
            .status
    };
    assert_eq!(
        (patch("\"1\""), patch("\"1\""), patch("2")),
        (200, 412, 200)
    );
    lab.example
        .control(&json!({"do": "lock", "id": "t-1", "on": true}), START)
        .unwrap();
    assert_eq!(
        lab.send("DELETE /v1/tasks/t-1", &[("if-match", "3")], Value::Null)
            .status,
        423
    );
}

#[test]
fn a_walk_shows_each_task_once_and_the_deleted_to_those_who_ask_since_when() {
    let mut lab = Lab::new();
    for n in 1..=5 {
        lab.create(&format!("k{n}"), json!({"title": format!("task {n}")}));
    }
    lab.send("DELETE /v1/tasks/t-2", &[("if-match", "1")], Value::Null);
    assert_eq!(lab.ids("/v1/tasks"), ["t-1", "t-3", "t-4", "t-5"]);
    assert_eq!(lab.ids("/v1/tasks?ids=t-4,t-2"), ["t-4"]);
    let since = "/v1/tasks?modified_since=2026-03-05T00:00:00Z&limit=2";
    let mut seen = lab.ids(since);
    let page = lab.send(&format!("GET {since}"), &[], Value::Null);
    let next = json_of(&page)["next"].as_str().unwrap().to_owned();
    seen.extend(lab.ids(&format!("{since}&after={next}")));
    assert_eq!(seen, ["t-1", "t-3", "t-4", "t-5"]);
    let all = "/v1/tasks?modified_since=2026-03-05T00:00:00Z";
    assert_eq!(lab.ids(all), ["t-1", "t-3", "t-4", "t-5", "t-2"]);
}

#[test]
fn keys_rates_and_plans_close_the_door() {
    let mut lab = Lab::new();
    lab.example
        .control(
            &json!({"do": "set", "switch": "requests_per_second", "value": 1}),
            START,
        )
        .unwrap();
    assert_eq!(lab.send("GET /v1/account", &[], Value::Null).status, 200);
    lab.now -= 1000;
    let response = lab.send("GET /v1/account", &[], Value::Null);
    assert_eq!(response.status, 429);
    assert!(
        response
            .headers
            .contains(&("retry-after".to_owned(), "1".to_owned()))
    );
    lab.example
        .control(
            &json!({"do": "set", "switch": "read_only", "value": true}),
            START,
        )
        .unwrap();
    assert_eq!(lab.send("POST /v1/tasks", &[], json!({})).status, 403);
    lab.example
        .seed(&json!({"api_key": "another"}), START)
        .unwrap();
    assert_eq!(lab.send("GET /v1/account", &[], Value::Null).status, 401);
    assert!(!lab.example.state().to_string().contains("another"));
}
