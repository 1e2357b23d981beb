//! ChannelOnline as a client sees it, over the seed that ships.

mod assumed;
mod control;
mod customers;
mod documents;
mod envelope;
mod served;
mod write_backs;

use serde_json::{Value, json};

use super::ChannelOnline;
use super::wire::{self, Element};
use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-10-01 14:00 UTC.
const START: NowMs = 1_790_863_200_000;

const AUTHENTICATION: &str = "<authentication><shortcut>boreale</shortcut><email>liaison@boreale.example</email>\
    <password>col-password-0001</password><userAgent version=\"7.0\">liaison</userAgent></authentication>";

struct Lab {
    site: ChannelOnline,
    now: NowMs,
}

fn seed() -> Value {
    serde_json::from_str(include_str!("../../../seeds/channelonline.json")).unwrap()
}

fn request(verb: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{verb}_request schemaVersion=\"7.0\">{AUTHENTICATION}\
         {content}</{verb}_request>"
    )
}

fn options(options: &str) -> String {
    format!("<options>{options}</options>")
}

fn window(after: &str, before: &str) -> String {
    format!("<after>{after}</after><before>{before}</before>")
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// The root of an answer.
#[track_caller]
fn root(answer: &str) -> Element {
    wire::parse(answer)
        .unwrap_or_else(|e| panic!("{e}: {answer}"))
        .root
}

/// `code: text` of an answer, or of a result.
#[track_caller]
fn error(element: &Element) -> String {
    let error = element
        .child("error")
        .unwrap_or_else(|| panic!("no error in {element:?}"));
    format!("{}: {}", error.attribute("code").unwrap(), error.text)
}

/// The records in the list of an answer.
fn records<'a>(root: &'a Element, list: &str) -> &'a [Element] {
    root.child(list)
        .map_or(&[], |list| list.children.as_slice())
}

fn numbers(root: &Element) -> Vec<&str> {
    records(root, "documents")
        .iter()
        .map(|document| document.attribute("documentNumber").unwrap())
        .collect()
}

impl Lab {
    fn new() -> Self {
        let mut site = super::new();
        site.seed(&seed(), START).unwrap();
        Self { site, now: START }
    }

    fn post(&mut self, body: &str) -> Response {
        let request = Request {
            method: "POST".to_owned(),
            path: "/REQUEST".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: body.as_bytes().to_vec(),
            origin: "http://127.0.0.1:1".to_owned(),
            in_flight: 1,
        };
        self.site.handle(&request, self.now)
    }

    /// The answer's text; the service says 200 whatever happens.
    #[track_caller]
    fn said(&mut self, verb: &str, content: &str) -> String {
        let response = self.post(&request(verb, content));
        assert_eq!(response.status, 200);
        text(&response)
    }

    #[track_caller]
    fn ask(&mut self, verb: &str, content: &str) -> Element {
        root(&self.said(verb, content))
    }

    /// Documents by options, from an answer with its forbidden characters taken out.
    #[track_caller]
    fn documents(&mut self, wanted: &str) -> Element {
        let said = self.said("export_documents", &options(wanted));
        root(&said.replace(['\u{b}', '\u{1}'], ""))
    }

    /// The only result of a write.
    #[track_caller]
    fn result(&mut self, verb: &str, record: &str) -> Element {
        let root = self.ask(verb, record);
        let results = records(&root, "results");
        assert_eq!(results.len(), 1, "{root:?}");
        results[0].clone()
    }

    #[track_caller]
    fn control(&mut self, action: Value) -> Value {
        self.site
            .control(&action, self.now)
            .unwrap_or_else(|e| panic!("{action}: {e}"))
    }

    #[track_caller]
    fn refused(&mut self, action: Value) -> String {
        let before = self.site.state();
        let said = self.site.control(&action, self.now);
        let said = said.expect_err(&action.to_string());
        assert_eq!(self.site.state(), before, "{action} left a trace");
        said
    }

    fn set(&mut self, switch: &str, value: Value) {
        self.control(json!({"do": "set", "switch": switch, "value": value}));
    }

    /// One record of the books.
    #[track_caller]
    fn row(&mut self, of: &str, id: u64) -> Value {
        self.control(json!({"do": "rows", "of": of, "ids": [id]}))[0].clone()
    }

    /// Later, so that stamps differ.
    fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }
}
