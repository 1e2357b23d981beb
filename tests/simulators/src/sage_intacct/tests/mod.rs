//! Sage Intacct as a client sees it, over the seed that ships.

mod contracts;
mod control;
mod envelope;
mod filters;
mod functions;
mod hostile;
mod invoices;
mod legacy;
mod lines;
mod metadata;
mod queries;
mod reading;
mod records;
mod served;
mod sessions;
mod switches;

use serde_json::{Value, json};

use super::wire::{self, Element};
use super::{PATH, PINNED_PATH, SageIntacct};
use crate::simulator::{NowMs, Request, Response, Simulator};

/// 2026-03-02 18:00 UTC.
const START: NowMs = 1_772_474_400_000;

const LOGIN: &str = "<login><userid>svc_liaison</userid><companyid>ACME</companyid>\
    <password>intacct-user-0001</password></login>";

struct Lab {
    site: SageIntacct,
    now: NowMs,
    session: String,
}

fn seed() -> Value {
    serde_json::from_str(include_str!("seed.json")).unwrap()
}

fn control_block(unique: bool) -> String {
    format!(
        "<control><senderid>liaison-partner</senderid><password>sender-secret-0001</password>\
         <controlid>run-1</controlid><uniqueid>{unique}</uniqueid><dtdversion>3.0</dtdversion>\
         <includewhitespace>false</includewhitespace></control>"
    )
}

fn request(control: &str, attributes: &str, authentication: &str, functions: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request>{control}<operation{attributes}>\
         <authentication>{authentication}</authentication><content>{functions}</content>\
         </operation></request>"
    )
}

fn function(id: &str, call: &str) -> String {
    format!("<function controlid=\"{id}\">{call}</function>")
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// The root of an answer.
#[track_caller]
fn root(response: &Response) -> Element {
    let text = text(response);
    wire::parse(&text)
        .unwrap_or_else(|e| panic!("{e}: {text}"))
        .root
}

/// The first error below an element: `errorno: text`.
#[track_caller]
fn first_error(element: &Element) -> String {
    let error = element
        .child("errormessage")
        .and_then(|errors| errors.children.first())
        .unwrap_or_else(|| panic!("no error in {element:?}"));
    let text = error.get("description2").unwrap();
    let text = text.split(" [Support ID").next().unwrap();
    format!("{}: {text}", error.get("errorno").unwrap())
}

fn errornos(element: &Element) -> Vec<String> {
    let errors = element.child("errormessage").unwrap();
    let numbers = errors.children.iter();
    numbers
        .map(|error| error.get("errorno").unwrap().to_owned())
        .collect()
}

fn fields(pairs: &[(&str, &str)]) -> String {
    pairs
        .iter()
        .map(|(name, value)| {
            let value = value.replace('&', "&amp;");
            match name.split_once('/') {
                Some((outer, inner)) => format!("<{outer}><{inner}>{value}</{inner}></{outer}>"),
                None => format!("<{name}>{value}</{name}>"),
            }
        })
        .collect()
}

fn record(object: &str, pairs: &[(&str, &str)]) -> String {
    format!("<{object}>{}</{object}>", fields(pairs))
}

/// `base` with some fields replaced, added, or (`-`) left out.
fn but<'a>(base: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = base.to_vec();
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        if *value != "-" {
            all.push((name, value));
        }
    }
    all
}

const CONTRACT: [(&str, &str); 7] = [
    ("CUSTOMERID", "CUST-01001"),
    ("NAME", "Contract X"),
    ("BEGINDATE", "01/01/2026"),
    ("ENDDATE", "12/31/2026"),
    ("TERMNAME", "Net 30"),
    ("LOCATIONID", "100"),
    ("STATE", "Draft"),
];

const LINE: [(&str, &str); 9] = [
    ("CONTRACTID", "CN-00028"),
    ("ITEMID", "SUB-PRO"),
    ("BILLINGMETHOD", "Fixed price"),
    ("LOCATIONID", "200"),
    ("STATE", "Draft"),
    ("BEGINDATE", "04/01/2026"),
    ("ENDDATE", "03/31/2027"),
    ("QUANTITY", "5"),
    ("PRICE", "49"),
];

impl Lab {
    fn new() -> Self {
        let mut site = super::new();
        site.seed(&seed(), START).unwrap();
        let mut lab = Self {
            site,
            now: START + 60_000,
            session: String::new(),
        };
        lab.session = lab.new_session("");
        lab
    }

    /// With one switch away from its default.
    fn with(switch: &str, value: impl Into<Value>) -> Self {
        let mut lab = Self::new();
        lab.set(switch, value);
        lab
    }

    fn set(&mut self, switch: &str, value: impl Into<Value>) {
        let value: Value = value.into();
        self.control(json!({ "do": "set", "switch": switch, "value": value }));
    }

    fn send(&mut self, path: &str, body: &str) -> Response {
        self.send_as("POST", path, "application/xml", body, 1)
    }

    fn send_as(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: &str,
        in_flight: usize,
    ) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
            origin: "http://intacct".to_owned(),
            in_flight,
        };
        self.site.handle(&request, self.now)
    }

    fn auth(&self) -> String {
        format!("<sessionid>{}</sessionid>", self.session)
    }

    #[track_caller]
    fn new_session(&mut self, location: &str) -> String {
        let call = format!("<getAPISession><locationid>{location}</locationid></getAPISession>");
        let body = request(&control_block(false), "", LOGIN, &function("s", &call));
        let answer = root(&self.send(PATH, &body));
        let result = answer.child("operation").unwrap().child("result").unwrap();
        let api = result.child("data").unwrap().child("api").unwrap();
        api.get("sessionid").unwrap().to_owned()
    }

    /// The operation of an answer to functions sent in this session.
    #[track_caller]
    fn operation(&mut self, unique: bool, attributes: &str, functions: &str) -> Element {
        let body = request(&control_block(unique), attributes, &self.auth(), functions);
        let answer = root(&self.send(PINNED_PATH, &body));
        let operation = answer.child("operation");
        operation.unwrap_or_else(|| panic!("{answer:?}")).clone()
    }

    #[track_caller]
    fn results(&mut self, unique: bool, attributes: &str, functions: &str) -> Vec<Element> {
        let operation = self.operation(unique, attributes, functions);
        operation.all("result").cloned().collect()
    }

    /// The result of one function, whatever it is.
    #[track_caller]
    fn one(&mut self, call: &str) -> Element {
        let results = self.results(false, "", &function("f", call));
        assert_eq!(results.len(), 1);
        results[0].clone()
    }

    #[track_caller]
    fn ok(&mut self, call: &str) -> Element {
        let result = self.one(call);
        assert_eq!(result.get("status"), Some("success"), "{call}: {result:?}");
        result
    }

    #[track_caller]
    fn refused(&mut self, call: &str) -> String {
        let result = self.one(call);
        assert_eq!(result.get("status"), Some("failure"), "{call}: {result:?}");
        first_error(&result)
    }

    /// The data of a function that succeeds.
    #[track_caller]
    fn data(&mut self, call: &str) -> Element {
        self.ok(call).child("data").unwrap().clone()
    }

    /// Creates one record; its key.
    #[track_caller]
    fn create(&mut self, object: &str, pairs: &[(&str, &str)]) -> i64 {
        let data = self.data(&format!("<create>{}</create>", record(object, pairs)));
        assert_eq!(data.attribute("count"), Some("1"));
        data.children[0].get("RECORDNO").unwrap().parse().unwrap()
    }

    #[track_caller]
    fn create_refused(&mut self, object: &str, pairs: &[(&str, &str)]) -> String {
        self.refused(&format!("<create>{}</create>", record(object, pairs)))
    }

    #[track_caller]
    fn update(&mut self, object: &str, pairs: &[(&str, &str)]) {
        self.ok(&format!("<update>{}</update>", record(object, pairs)));
    }

    #[track_caller]
    fn update_refused(&mut self, object: &str, pairs: &[(&str, &str)]) -> String {
        self.refused(&format!("<update>{}</update>", record(object, pairs)))
    }

    /// One value of the record with this key.
    #[track_caller]
    fn field(&mut self, object: &str, key: i64, name: &str) -> String {
        let call = format!(
            "<read><object>{object}</object><keys>{key}</keys><fields>{name}</fields></read>"
        );
        let data = self.data(&call);
        let row = data
            .children
            .first()
            .unwrap_or_else(|| panic!("no {object} {key}"));
        row.get(name).unwrap().to_owned()
    }

    /// One value of the record with this business id.
    #[track_caller]
    fn field_of(&mut self, object: &str, id: &str, name: &str) -> String {
        let key = super::schema::known(object).id.as_deref().unwrap();
        let id = id.replace('&', "&amp;");
        let filter =
            format!("<filter><equalto><field>{key}</field><value>{id}</value></equalto></filter>");
        let mut values = self.column(object, name, &filter);
        assert_eq!(values.len(), 1, "{object} {id}");
        values.remove(0)
    }

    #[track_caller]
    fn key_of(&mut self, object: &str, id: &str) -> i64 {
        self.field_of(object, id, "RECORDNO").parse().unwrap()
    }

    /// One column of a query, in the order of the keys.
    #[track_caller]
    fn column(&mut self, object: &str, name: &str, filter: &str) -> Vec<String> {
        let call = format!(
            "<query><object>{object}</object><select><field>{name}</field></select>{filter}\
             <orderby><order><field>RECORDNO</field><ascending/></order></orderby>\
             <options><showprivate>true</showprivate></options></query>"
        );
        let data = self.data(&call);
        let rows = data.children.iter();
        rows.map(|row| row.get(name).unwrap().to_owned()).collect()
    }

    #[track_caller]
    fn control(&mut self, action: Value) -> Value {
        self.site.control(&action, self.now).unwrap()
    }

    #[track_caller]
    fn control_refused(&mut self, action: Value) -> String {
        self.site.control(&action, self.now).unwrap_err()
    }

    fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }
}

/// All text below an element, run together.
fn text_of(element: &Element) -> String {
    let inner: String = element.children.iter().map(text_of).collect();
    format!("{} {inner}", element.text)
}
