//! The request's envelope, checked as the gateway's schema does: every element known, in its order.
//!
//! What a function holds is its own affair (`functions.rs`).

use super::functions;
use super::wire::{self, Element};

#[derive(Debug, Default, Clone)]
pub struct Control {
    pub sender: String,
    pub password: String,
    pub id: String,
    pub unique: bool,
    pub dtd: String,
    pub policy: String,
    pub whitespace: bool,
    pub more_about_errors: bool,
}

#[derive(Debug)]
pub enum Authentication {
    Login {
        user: String,
        company: String,
        password: String,
        location: String,
    },
    Session(String),
}

#[derive(Debug)]
pub struct Function {
    pub id: String,
    pub call: Element,
}

#[derive(Debug)]
pub struct Operation {
    pub transaction: bool,
    pub authentication: Authentication,
    pub functions: Vec<Function>,
}

#[derive(Debug)]
pub struct Envelope {
    pub control: Control,
    pub operations: Vec<Operation>,
}

/// Why a request is none: the parser's complaints, with their place.
#[derive(Debug)]
pub struct Malformed {
    pub complaints: Vec<String>,
    /// What could be read of the control block.
    pub control: Control,
}

/// Longest control id.
const ID_MAX: usize = 256;

pub fn read(body: &[u8]) -> Result<Envelope, Malformed> {
    let failed = |complaints: Vec<String>| Malformed {
        complaints,
        control: Control::default(),
    };
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(failed(vec![complaint((1, 1), "the document is not UTF-8")]));
    };
    let document = match wire::parse(text) {
        Ok(document) => document,
        Err(cause) => {
            let (what, byte) = cause.rsplit_once(" at byte ").unwrap_or((&cause, "0"));
            let place = wire::place(text, byte.parse().unwrap_or_default());
            return Err(failed(vec![complaint(place, what)]));
        }
    };
    let encoding = document.instructions.iter().flat_map(|(_, all)| all);
    if let Some((_, value)) = encoding
        .clone()
        .find(|(name, value)| name == "encoding" && !value.eq_ignore_ascii_case("utf-8"))
    {
        let what = format!("encoding {value} is not supported");
        return Err(failed(vec![complaint((1, 1), &what)]));
    }
    let mut check = Check {
        text,
        complaints: Vec::new(),
    };
    let envelope = check.request(&document.root);
    if check.complaints.is_empty() {
        return Ok(envelope);
    }
    Err(Malformed {
        complaints: check.complaints,
        control: envelope.control,
    })
}

fn complaint((line, column): (usize, usize), what: &str) -> String {
    format!("XML Parse schema error: Error at line {line}, column {column}: {what}")
}

struct Check<'a> {
    text: &'a str,
    complaints: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, element: &str, what: String) {
        let byte = self.text.find(&format!("<{element}")).unwrap_or_default();
        let complaint = complaint(wire::place(self.text, byte), &what);
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    /// Children known, in order, each at most once unless its name ends in `+` (once or more) or `*`;
    /// `?` is optional.
    fn order(&mut self, element: &Element, expected: &[&str]) {
        let mut rest = element.children.iter().peekable();
        for word in expected {
            let name = word.trim_end_matches(['?', '+', '*']);
            let mut count = 0;
            while rest.peek().is_some_and(|child| child.name == name) {
                rest.next();
                count += 1;
            }
            let (least, most) = match word.chars().last() {
                Some('?') => (0, 1),
                Some('+') => (1, usize::MAX),
                Some('*') => (0, usize::MAX),
                _ => (1, 1),
            };
            if count < least {
                self.wrong(
                    &element.name,
                    format!("element '{}': expected is ( {name} )", element.name),
                );
                return;
            }
            if count > most {
                self.wrong(name, format!("element '{name}' appears more than once"));
            }
        }
        if let Some(child) = rest.next() {
            let name = child.name.clone();
            self.wrong(
                &name,
                format!("element '{name}': this element is not expected"),
            );
        }
    }

    fn attributes(&mut self, element: &Element, known: &[&str]) {
        for (name, _) in &element.attributes {
            if !known.contains(&name.as_str()) {
                let what = format!(
                    "element '{}', attribute '{name}' is not allowed",
                    element.name
                );
                self.wrong(&element.name, what);
            }
        }
    }

    fn flag(&mut self, element: &Element, name: &str, otherwise: bool) -> bool {
        match element.get(name).map(str::trim) {
            None => otherwise,
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                let what = format!("element '{name}': '{other}' is not true or false");
                self.wrong(name, what);
                otherwise
            }
        }
    }

    fn request(&mut self, root: &Element) -> Envelope {
        if root.name != "request" {
            let what = format!("element '{}': expected is ( request )", root.name);
            self.wrong(&root.name, what);
        }
        self.order(root, &["control", "operation+"]);
        self.attributes(root, &[]);
        let control = root.child("control").map(|control| self.control(control));
        let operations = root
            .children
            .iter()
            .filter(|child| child.name == "operation");
        let operations = operations
            .map(|operation| self.operation(operation))
            .collect();
        Envelope {
            control: control.unwrap_or_default(),
            operations,
        }
    }

    fn control(&mut self, element: &Element) -> Control {
        let expected = [
            "senderid",
            "password?",
            "controlid",
            "uniqueid?",
            "dtdversion?",
            "policyid?",
            "debug?",
            "includewhitespace?",
            "showadditionalerrorinfo?",
        ];
        self.order(element, &expected);
        self.attributes(element, &[]);
        let text = |name: &str| element.get(name).unwrap_or_default().to_owned();
        let control = Control {
            sender: text("senderid"),
            password: text("password"),
            id: text("controlid"),
            unique: self.flag(element, "uniqueid", true),
            dtd: text("dtdversion"),
            policy: text("policyid"),
            whitespace: self.flag(element, "includewhitespace", true),
            more_about_errors: self.flag(element, "showadditionalerrorinfo", false),
        };
        if control.id.chars().count() > ID_MAX {
            let what = format!("element 'controlid': longer than {ID_MAX} characters");
            self.wrong("controlid", what);
        }
        if !matches!(control.dtd.as_str(), "3.0" | "2.1") {
            let what = format!("dtdversion '{}' is not supported", control.dtd);
            self.wrong("dtdversion", what);
        }
        control
    }

    fn operation(&mut self, element: &Element) -> Operation {
        self.order(element, &["authentication", "preferences*", "content*"]);
        self.attributes(element, &["transaction"]);
        let transaction = match element.attribute("transaction") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                let what = format!("attribute 'transaction': '{other}' is not true or false");
                self.wrong("operation", what);
                false
            }
        };
        let authentication = element.child("authentication");
        let authentication = authentication.and_then(|element| self.authentication(element));
        let mut functions = Vec::new();
        for content in element.all("content") {
            self.order(content, &["function+"]);
            self.attributes(content, &[]);
            for function in content.all("function") {
                functions.extend(self.function(function));
            }
        }
        Operation {
            transaction,
            authentication: authentication.unwrap_or(Authentication::Session(String::new())),
            functions,
        }
    }

    fn authentication(&mut self, element: &Element) -> Option<Authentication> {
        self.attributes(element, &[]);
        let [form] = element.children.as_slice() else {
            let what = "element 'authentication': expected is one of ( login, sessionid, oauth )";
            self.wrong("authentication", what.to_owned());
            return None;
        };
        match form.name.as_str() {
            "sessionid" => Some(Authentication::Session(form.text.clone())),
            "login" => {
                let expected = [
                    "userid",
                    "companyid",
                    "password",
                    "clientid?",
                    "locationid?",
                ];
                self.order(form, &expected);
                let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
                Some(Authentication::Login {
                    user: text("userid"),
                    company: text("companyid"),
                    password: text("password"),
                    location: text("locationid"),
                })
            }
            other => {
                let what =
                    format!("element '{other}': expected is one of ( login, sessionid, oauth )");
                self.wrong(other, what);
                None
            }
        }
    }

    fn function(&mut self, element: &Element) -> Option<Function> {
        self.attributes(element, &["controlid"]);
        let Some(id) = element.attribute("controlid") else {
            let what = "element 'function': the attribute 'controlid' is required".to_owned();
            self.wrong("function", what);
            return None;
        };
        let [call] = element.children.as_slice() else {
            let what = "element 'function': exactly one child is expected".to_owned();
            self.wrong("function", what);
            return None;
        };
        if !functions::is_known(&call.name) {
            let what = format!("element '{}': this element is not expected", call.name);
            self.wrong(&call.name, what);
            return None;
        }
        Some(Function {
            id: id.to_owned(),
            call: call.clone(),
        })
    }
}
