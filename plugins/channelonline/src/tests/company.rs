//! A small company with a memory, as the service shows it.

use liaison_sdk::host::{Encoder, Host, LogLevel};
use liaison_sdk::prelude::*;
use liaison_sdk::testing::ScriptHost;
use liaison_sdk::xml::{self, Element};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// Rows of one reply.
const CAP: usize = 500;

/// Number, system id, name, second of the last change, the element.
type Customer = (String, String, String, i64, String);

/// How the two ends of a range are counted.
#[derive(Clone, Copy, PartialEq)]
pub enum Ends {
    HalfOpen,
    BothOut,
    BothIn,
}

pub struct Company {
    script: ScriptHost,
    pub ends: Cell<Ends>,
    /// Whether a new document counts as changed as well.
    pub new_is_changed: Cell<bool>,
    /// Kind as a reply writes it, number, second of the last change, the element.
    pub documents: RefCell<Vec<(&'static str, String, i64, String)>>,
    pub customers: RefCell<Vec<Customer>>,
    /// The id and the element.
    pub actions: RefCell<Vec<(String, String)>>,
    /// By kind.
    pub lists: RefCell<BTreeMap<&'static str, String>>,
    /// Whole requests, without authentication.
    pub sent: RefCell<Vec<String>>,
    /// What the next changes are answered with, instead of a plain success.
    pub answers: RefCell<VecDeque<Result<String, HttpError>>>,
    /// Refusals, by what a request contains.
    pub refuses: RefCell<Vec<(&'static str, &'static str)>>,
    /// The service's `Date`.
    pub date: RefCell<Option<&'static str>>,
}

pub const AUTHENTICATION: &str = "<authentication><shortcut>acme</shortcut><email>svc@acme.example</email><password>[password:Encoder::Xml]</password><userAgent version=\"7.0\">liaison</userAgent></authentication>";

impl Company {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    pub fn with(more: Value) -> Self {
        let mut settings =
            json!({"shortcut": "acme", "email": "svc@acme.example", "user_agent": "liaison"});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        Self {
            script: ScriptHost::new(settings),
            ends: Cell::new(Ends::HalfOpen),
            new_is_changed: Cell::new(false),
            documents: RefCell::default(),
            customers: RefCell::default(),
            actions: RefCell::default(),
            lists: RefCell::default(),
            sent: RefCell::default(),
            answers: RefCell::default(),
            refuses: RefCell::default(),
            date: RefCell::default(),
        }
    }

    /// A document with nothing but what a walk needs.
    pub fn document(&self, kind: &'static str, number: &str, at_s: i64) {
        self.document_with(kind, number, at_s, "");
    }

    /// A document that nobody changed since it was made.
    pub fn new_document(&self, kind: &'static str, number: &str, at_s: i64) {
        self.document(kind, number, at_s);
        if let Some((.., element)) = self.documents.borrow_mut().last_mut() {
            *element = element.replace("\"modified\"", "\"created\"");
        }
    }

    pub fn document_with(&self, kind: &'static str, number: &str, at_s: i64, inner: &str) {
        let when = date::instant(at_s * 1000);
        let element = format!("<document documentId=\"9{}\" documentNumber=\"{number}\" documentType=\"{kind}\" revisionNumber=\"2\"><event type=\"modified\" when=\"{when}\"/>{inner}</document>", number.trim_start_matches(|c: char| !c.is_ascii_digit()));
        self.documents
            .borrow_mut()
            .push((kind, number.to_owned(), at_s, element));
    }

    pub fn customer(&self, number: &str, system_id: &str, name: &str, at_s: i64, inner: &str) {
        let when = date::instant(at_s * 1000);
        let element = format!("<customer customerId=\"{system_id}\" customerNumber=\"{number}\" active=\"true\" type=\"customer\" modified=\"{when}\"><companyName>{}</companyName>{inner}</customer>", xml::escape(name));
        self.customers.borrow_mut().push((
            number.to_owned(),
            system_id.to_owned(),
            name.to_owned(),
            at_s,
            element,
        ));
    }

    pub fn action(&self, id: &str, kind: &str, subject: &str, inner: &str) {
        let element = format!("<action actionId=\"{id}\" type=\"{kind}\" subjectId=\"{subject}\" argument=\"\" requestedBy=\"ann@acme.example\" requestedAt=\"2026-03-05T08:00:00-05:00\">{inner}</action>");
        self.actions.borrow_mut().push((id.to_owned(), element));
    }

    /// The roots of what was sent, in order.
    pub fn asked(&self) -> Vec<String> {
        let sent = self.sent.borrow();
        let root = |request: &String| request[1..request.find(' ').unwrap()].to_owned();
        sent.iter().map(root).collect()
    }

    /// What was sent to this root, without its ends.
    pub fn sent_to(&self, root: &str) -> Vec<String> {
        let (start, end) = (
            format!("<{root} schemaVersion=\"7.0\">"),
            format!("</{root}>"),
        );
        let sent = self.sent.borrow();
        let inner =
            |request: &String| Some(request.strip_prefix(&start)?.strip_suffix(&end)?.to_owned());
        sent.iter().filter_map(inner).collect()
    }

    pub fn lines(&self) -> String {
        self.script.lines.borrow().join("\n")
    }

    pub fn noted(&self, token: &str) -> Option<Vec<u8>> {
        self.script.notes.borrow().get(token).cloned()
    }

    /// Whether a second is within the range of a request.
    fn range(&self, root: &Element) -> impl Fn(i64) -> bool {
        let bound = |name: &str| {
            let found = root.find(name).map(|bound| bound.text.to_string());
            found.map(|text| date::parse_instant(&text).unwrap() / 1000)
        };
        let bounds = bound("after").zip(bound("before"));
        let ends = self.ends.get();
        move |at_s| {
            bounds.is_some_and(|(after, before)| match ends {
                Ends::HalfOpen => (after..before).contains(&at_s),
                Ends::BothOut => after < at_s && at_s < before,
                Ends::BothIn => (after..=before).contains(&at_s),
            })
        }
    }

    fn answer(&self, root: &Element) -> Result<String, HttpError> {
        let option = |name: &str| root.find(name).map(|found| found.text.to_string());
        let within = self.range(root);
        let (wanted_number, wanted_id) = (option("documentNumber"), option("documentId"));
        let listed = |rows: Vec<String>| match rows.len() > CAP {
            true => Ok(
                "<error code=\"507\">The number of documents is limited to 500</error>".to_owned(),
            ),
            false => Ok(rows.concat()),
        };
        match root.name {
            "export_documents_request" => {
                let kind = option("documentType").unwrap().replace(' ', "");
                let documents = self.documents.borrow();
                let event = option("eventType").unwrap_or_default();
                let new_too = self.new_is_changed.get() && event == "modified";
                let counts = |element: &str| {
                    element.contains(&format!("event type=\"{event}\""))
                        || new_too && element.contains("event type=\"created\"")
                };
                let rows = documents.iter().filter(|(of, number, at, element)| {
                    *of == kind
                        && match (&wanted_number, &wanted_id) {
                            (Some(wanted), _) => wanted == number,
                            (_, Some(wanted)) => {
                                *wanted
                                    == format!(
                                        "9{}",
                                        number.trim_start_matches(|c: char| !c.is_ascii_digit())
                                    )
                            }
                            _ => within(*at) && counts(element),
                        }
                });
                let rows: Vec<String> = rows.map(|(.., element)| element.clone()).collect();
                match rows.is_empty() {
                    true => Ok(String::new()),
                    false => listed(rows).map(|rows| match rows.starts_with("<error") {
                        true => rows,
                        false => format!("<documents>{rows}</documents>"),
                    }),
                }
            }
            "export_customers_request" => {
                let customers = self.customers.borrow();
                let rows = customers.iter().filter(|(number, system_id, name, at, _)| {
                    match (
                        option("customerNumber"),
                        option("customerId"),
                        option("companyName"),
                    ) {
                        (Some(wanted), ..) => wanted == *number,
                        (_, Some(wanted), _) => wanted == *system_id,
                        (.., Some(wanted)) => wanted == *name,
                        _ => within(*at),
                    }
                });
                listed(rows.map(|(.., element)| element.clone()).collect())
            }
            "export_reference_request" => {
                let kind = option("kind").unwrap();
                Ok(self
                    .lists
                    .borrow()
                    .get(kind.as_str())
                    .cloned()
                    .unwrap_or_default())
            }
            "export_actions_request" => {
                let actions = self.actions.borrow();
                let rows: String = actions
                    .iter()
                    .map(|(_, element)| element.as_str())
                    .collect();
                Ok(format!("<actions>{rows}</actions>"))
            }
            "complete_actions_request" => {
                let id = root
                    .find("action")
                    .unwrap()
                    .attribute("actionId")
                    .to_owned();
                self.actions.borrow_mut().retain(|(known, _)| *known != id);
                self.next("")
            }
            "import_customers_request" => self.next(""),
            "update_documents_request" => {
                self.next("<results><result status=\"updated\"/></results>")
            }
            other => panic!("no such request: {other}"),
        }
    }

    fn next(&self, usual: &str) -> Result<String, HttpError> {
        let answer = self.answers.borrow_mut().pop_front();
        answer.unwrap_or_else(|| Ok(usual.to_owned()))
    }
}

impl Host for Company {
    fn settings_json(&self) -> String {
        self.script.settings_json()
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.script.log(level, message);
    }

    fn now_ms(&self) -> u64 {
        self.script.now_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.script.monotonic_ms()
    }

    fn sleep_ms(&self, ms: u32) {
        self.script.sleep_ms(ms);
    }

    fn random(&self, count: u32) -> Vec<u8> {
        self.script.random(count)
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.script.memory_get(key)
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.script.memory_set(key, value)
    }

    fn memory_delete(&self, key: &str) {
        self.script.memory_delete(key);
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.script.note(token, note)
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        self.script.placeholder(name, encoder)
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        assert_eq!(request.url, "https://xml.channelonline.com/REQUEST");
        assert_eq!(request.method, Method::Post);
        assert_eq!(
            request.headers,
            [("Content-Type".to_owned(), "text/xml".to_owned())]
        );
        let text = String::from_utf8(request.body).unwrap();
        let text = text
            .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
            .unwrap();
        assert_eq!(text.matches(AUTHENTICATION).count(), 1, "{text}");
        let text = text.replace(AUTHENTICATION, "");
        self.sent.borrow_mut().push(text.clone());
        let root = xml::parse(&text).unwrap();
        let refusal = self
            .refuses
            .borrow()
            .iter()
            .find(|(part, _)| text.contains(part))
            .map(|(_, code)| format!("<error code=\"{code}\">No {code}</error>"));
        let inner = match refusal {
            Some(refusal) => refusal,
            None => self.answer(&root)?,
        };
        let name = root.name.replace("_request", "_response");
        let date = self
            .date
            .borrow()
            .map(|date| ("Date".to_owned(), date.to_owned()));
        Ok(HttpResponse {
            status: 200,
            headers: date.into_iter().collect(),
            body: format!("<{name} version=\"7.0\">{inner}</{name}>").into_bytes(),
        })
    }
}
