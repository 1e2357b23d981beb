//! The computer on the other side: a Web Connector that calls, and a small QuickBooks behind it.
//!
//! Written for these tests alone. It keeps message sets as the reference tells, makes records out of what it is
//! sent, and knows nothing about what a record should be: that is for the schema to say.

use super::{FILE, OWNER};
use crate::identity::Identity;
use crate::xml::{escape, parse, Element};
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use liaison_sdk::relay_testing::{Ended, RelayHost};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

pub const PASSWORD: &str = "a-long-password";

/// An element that owns its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    pub fn of(element: &Element<'_>) -> Self {
        Self {
            name: element.name.to_owned(),
            attributes: element
                .attributes
                .iter()
                .map(|(n, v)| ((*n).to_owned(), v.to_string()))
                .collect(),
            text: element.text.to_string(),
            children: element.children.iter().map(Self::of).collect(),
        }
    }

    pub fn leaf(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            ..Self::default()
        }
    }

    pub fn get(&self, path: &str) -> &str {
        let mut at = self;
        for step in path.split('/') {
            match at.children.iter().find(|child| child.name == step) {
                Some(child) => at = child,
                None => return "",
            }
        }
        &at.text
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.children
            .iter()
            .filter(|c| c.name == name)
            .map(|c| c.text.as_str())
            .collect()
    }

    pub fn written(&self) -> String {
        let inner: String = self.children.iter().map(Self::written).collect();
        let text = if self.children.is_empty() {
            escape(&self.text)
        } else {
            String::new()
        };
        let attributes: String = self
            .attributes
            .iter()
            .map(|(n, v)| format!(" {n}=\"{}\"", escape(v)))
            .collect();
        format!("<{0}{attributes}>{text}{inner}</{0}>", self.name)
    }
}

/// A record of the company file.
#[derive(Clone, Debug)]
pub struct Record {
    pub id: String,
    pub sequence: u32,
    /// `SalesOrder`
    pub kind: String,
    pub node: Node,
    pub custom: BTreeMap<String, String>,
}

/// QuickBooks.
pub struct Company {
    pub records: Vec<Record>,
    pub custom_fields: Vec<&'static str>,
    /// Message sets by name: what was sent, and the answer.
    sets: BTreeMap<String, (String, String)>,
    /// The names of all message sets it was ever given.
    pub names: BTreeSet<String>,
    clock: u32,
    iterator: Option<(String, Vec<Record>)>,
    /// How many documents it was given.
    pub documents: u32,
    /// How many of them it answered from its memory.
    pub replayed: u32,
    /// How many changes it carried out.
    pub changes: u32,
    /// Refusals to give, by request name: the next one is used up.
    pub refusals: Vec<(&'static str, i32, &'static str)>,
    pub file_id: String,
}

impl Company {
    pub fn new() -> Self {
        Self {
            records: Vec::new(),
            custom_fields: vec!["Route", "FO Code"],
            sets: BTreeMap::new(),
            names: BTreeSet::new(),
            clock: 0,
            iterator: None,
            documents: 0,
            replayed: 0,
            changes: 0,
            refusals: Vec::new(),
            file_id: FILE.to_owned(),
        }
    }

    /// How many message sets it still remembers.
    pub fn remembered(&self) -> usize {
        self.sets.len()
    }

    /// A session ends, and with it what was begun in it.
    pub fn end_session(&mut self) {
        self.iterator = None;
    }

    pub fn told(&self) -> String {
        format!(
            "<?xml version=\"1.0\" ?><QBXML><QBXMLMsgsRs><HostQueryRs statusCode=\"0\" statusSeverity=\"Info\"><HostRet><ProductName>QuickBooks Premier</ProductName><MajorVersion>24</MajorVersion><MinorVersion>0</MinorVersion><Country>US</Country><SupportedQBXMLVersion>13.0</SupportedQBXMLVersion><QBFileMode>MultiUser</QBFileMode></HostRet></HostQueryRs><CompanyQueryRs statusCode=\"0\" statusSeverity=\"Info\">{}</CompanyQueryRs></QBXMLMsgsRs></QBXML>",
            self.company()
        )
    }

    fn company(&self) -> String {
        format!(
            "<CompanyRet><IsSampleCompany>false</IsSampleCompany><CompanyName>Acme</CompanyName><DataExtRet><OwnerID>{OWNER}</OwnerID><DataExtName>FileID</DataExtName><DataExtType>STR255TYPE</DataExtType><DataExtValue>{}</DataExtValue></DataExtRet></CompanyRet>",
            self.file_id
        )
    }

    /// Runs a document.
    pub fn run(&mut self, document: &str) -> String {
        self.documents += 1;
        assert!(document.starts_with(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?qbxml version=\"13.0\"?>\n"
        ));
        assert!(document.is_ascii(), "{document}");
        let root = Node::of(&parse(document).expect("well-formed"));
        let set = &root.children[0];
        let (new, old) = (
            set.attribute("newMessageSetID").to_owned(),
            set.attribute("oldMessageSetID").to_owned(),
        );
        assert!(new.len() <= 23);
        if let Some((content, answer)) = self.sets.get(&new) {
            self.replayed += 1;
            if content != document {
                return "<QBXML><QBXMLMsgsRs messageSetStatusCode=\"9001\"></QBXMLMsgsRs></QBXML>"
                    .to_owned();
            }
            return answer.clone();
        }
        self.sets.remove(&old);
        let stop = set.attribute("onError") == "stopOnError";
        let mut made: BTreeMap<String, String> = BTreeMap::new();
        let mut out = String::new();
        let mut failed = false;
        for request in &set.children {
            let name = request.name.trim_end_matches("Rq").to_owned();
            let (code, words, inner, more) = match failed && stop {
                true => (
                    3231,
                    "The request has not been processed.",
                    String::new(),
                    String::new(),
                ),
                false => self.request(&name, request, &mut made),
            };
            failed |= code >= 1000;
            let severity = match code {
                0..=499 => "Info",
                500..=999 => "Warn",
                _ => "Error",
            };
            out += &format!(
                "<{name}Rs requestID=\"{}\" statusCode=\"{code}\" statusSeverity=\"{severity}\" statusMessage=\"{}\"{more}>{inner}</{name}Rs>",
                request.attribute("requestID"),
                escape(words)
            );
        }
        let status = if new.is_empty() {
            ""
        } else {
            " messageSetStatusCode=\"0\""
        };
        let answer = format!(
            "<?xml version=\"1.0\" ?><QBXML><QBXMLMsgsRs{status}>{out}</QBXMLMsgsRs></QBXML>"
        );
        if !new.is_empty() {
            self.names.insert(new.clone());
            self.sets.insert(new, (document.to_owned(), answer.clone()));
        }
        answer
    }

    fn request(
        &mut self,
        name: &str,
        request: &Node,
        made: &mut BTreeMap<String, String>,
    ) -> (i32, &'static str, String, String) {
        let ok = |inner: String| (0, "Status OK", inner, String::new());
        let no = |code, words| (code, words, String::new(), String::new());
        if let Some(at) = self.refusals.iter().position(|(known, ..)| *known == name) {
            let (_, code, words) = self.refusals.remove(at);
            return no(code, words);
        }
        match name {
            "HostQuery" => return ok("<HostRet><ProductName>QuickBooks Premier</ProductName><Country>US</Country></HostRet>".to_owned()),
            "CompanyQuery" => return ok(self.company()),
            "PreferencesQuery" => return ok("<PreferencesRet><CurrentAppAccessRights><IsAutomaticLoginAllowed>true</IsAutomaticLoginAllowed></CurrentAppAccessRights></PreferencesRet>".to_owned()),
            "DataExtDefQuery" => {
                let one = |name: &&str| format!("<DataExtDefRet><OwnerID>0</OwnerID><DataExtID>1</DataExtID><DataExtName>{name}</DataExtName><DataExtType>STR255TYPE</DataExtType><AssignToObject>Customer</AssignToObject></DataExtDefRet>");
                return ok(self.custom_fields.iter().map(one).collect());
            }
            "TxnDeletedQuery" | "ListDeletedQuery" => return no(1, "nothing"),
            "DataExtAdd" | "DataExtMod" => {
                let ext = &request.children[0];
                let id = ext.children.iter().find(|c| c.name == "TxnID").map_or_else(
                    || ext.get("ListObjRef/ListID").to_owned(),
                    |id| match id.attribute("useMacro") {
                        "" => id.text.clone(),
                        word => made.get(word).cloned().unwrap_or_default(),
                    },
                );
                let Some(record) = self.records.iter_mut().find(|record| record.id == id) else {
                    return no(3120, "no such object");
                };
                record.custom.insert(ext.get("DataExtName").to_owned(), ext.get("DataExtValue").to_owned());
                self.clock += 1;
                record.sequence = self.clock;
                return ok(String::new());
            }
            _ => {}
        }
        if let Some(kind) = name.strip_suffix("Query") {
            return self.query(kind, request);
        }
        let body = &request.children[0];
        if let Some(kind) = name.strip_suffix("Add") {
            if body
                .children
                .iter()
                .any(|c| c.name == "ParentRef" && c.get("ListID") == "FFFFFFFF-1")
            {
                return no(3140, "There is an invalid reference to a parent.");
            }
            let taken = |record: &&Record| {
                !body.get("Name").is_empty() && record.node.get("Name") == body.get("Name")
            };
            if self.records.iter().any(|record| taken(&record)) {
                return no(3100, "The name of the list element is already in use.");
            }
            self.clock += 1;
            let id = format!("{:X}-{}", self.clock, 1_700_000_000 + self.clock);
            if !body.attribute("defMacro").is_empty() {
                made.insert(body.attribute("defMacro").to_owned(), id.clone());
            }
            let mut node = body.clone();
            self.number_lines(&mut node);
            let record = Record {
                id,
                sequence: self.clock,
                kind: kind.to_owned(),
                node,
                custom: BTreeMap::new(),
            };
            let told = Self::ret(&record, false);
            self.records.push(record);
            return ok(told);
        }
        if let Some(kind) = name.strip_suffix("Mod") {
            let id = [body.get("TxnID"), body.get("ListID")].concat();
            let Some(at) = self
                .records
                .iter()
                .position(|r| r.id == id && r.kind == kind)
            else {
                return no(3120, "no such object");
            };
            if self.records[at].sequence.to_string() != body.get("EditSequence") {
                return no(3200, "The provided edit sequence is out-of-date.");
            }
            let mut changes = body.clone();
            changes
                .children
                .retain(|c| !matches!(c.name.as_str(), "TxnID" | "ListID" | "EditSequence"));
            self.number_lines(&mut changes);
            self.clock += 1;
            let record = &mut self.records[at];
            for change in &changes.children {
                let stem = change.name.trim_end_matches("Mod").to_owned();
                record
                    .node
                    .children
                    .retain(|c| c.name.trim_end_matches("Mod").trim_end_matches("Add") != stem);
            }
            record.node.children.extend(changes.children);
            record.sequence = self.clock;
            self.changes += 1;
            return ok(Self::ret(&self.records[at], false));
        }
        panic!("nothing is known of {name}")
    }

    fn number_lines(&mut self, node: &mut Node) {
        for child in &mut node.children {
            if child.name.contains("Line") {
                let known = child.children.iter().position(|c| c.name == "TxnLineID");
                let fresh = known.is_none_or(|at| child.children[at].text == "-1");
                if fresh {
                    self.clock += 1;
                    child.children.retain(|c| c.name != "TxnLineID");
                    child
                        .children
                        .insert(0, Node::leaf("TxnLineID", &format!("L{:X}", self.clock)));
                }
            }
        }
    }

    /// A record as an answer tells it.
    fn ret(record: &Record, whole: bool) -> String {
        let id = if record.node.get("Name").is_empty() {
            "TxnID"
        } else {
            "ListID"
        };
        let stamp = format!(
            "2026-03-05T10:{:02}:{:02}-05:00",
            record.sequence / 60 % 60,
            record.sequence % 60
        );
        let mut children = vec![
            Node::leaf(id, &record.id),
            Node::leaf("TimeCreated", &stamp),
            Node::leaf("TimeModified", &stamp),
            Node::leaf("EditSequence", &record.sequence.to_string()),
        ];
        for child in &record.node.children {
            let mut child = child.clone();
            if child.name.contains("Line") {
                child.name = format!(
                    "{}Ret",
                    child.name.trim_end_matches("Add").trim_end_matches("Mod")
                );
            }
            children.push(child);
        }
        if whole {
            for (name, value) in &record.custom {
                children.push(Node {
                    name: "DataExtRet".to_owned(),
                    children: vec![
                        Node::leaf("OwnerID", "0"),
                        Node::leaf("DataExtName", name),
                        Node::leaf("DataExtType", "STR255TYPE"),
                        Node::leaf("DataExtValue", value),
                    ],
                    ..Node::default()
                });
            }
        }
        Node {
            name: format!("{}Ret", record.kind),
            children,
            ..Node::default()
        }
        .written()
    }

    fn query(&mut self, kind: &str, request: &Node) -> (i32, &'static str, String, String) {
        let part = request.get("NameFilter/Name").to_lowercase();
        let ids = [request.all("TxnID"), request.all("ListID")].concat();
        let (numbers, names) = (request.all("RefNumber"), request.all("FullName"));
        let fits = |record: &&Record| {
            // `Terms` asks for `StandardTerms` too, and `Item` for `ItemInventory`.
            (record.kind.starts_with(kind) || record.kind.ends_with(kind))
                && (ids.is_empty() || ids.contains(&record.id.as_str()))
                && (numbers.is_empty() || numbers.contains(&record.node.get("RefNumber")))
                && (names.is_empty() || names.contains(&record.node.get("Name")))
                && record.node.get("Name").to_lowercase().contains(&part)
        };
        let mut found: Vec<Record> = self.records.iter().filter(fits).cloned().collect();
        let mut more = String::new();
        if request.attribute("iterator") == "Continue" {
            match self.iterator.take() {
                Some((id, rest)) if id == request.attribute("iteratorID") => found = rest,
                _ => {
                    return (
                        3391,
                        "The iterator is not known in this session.",
                        String::new(),
                        String::new(),
                    )
                }
            }
        }
        if !request.attribute("iterator").is_empty() {
            let page: usize = request.get("MaxReturned").parse().unwrap();
            let rest = found.split_off(page.min(found.len()));
            more = format!(
                " iteratorRemainingCount=\"{}\" iteratorID=\"{{it}}\"",
                rest.len()
            );
            self.iterator = Some(("{it}".to_owned(), rest));
        }
        if found.is_empty() {
            let code = if ids.is_empty() && numbers.is_empty() && names.is_empty() {
                1
            } else {
                500
            };
            return (code, "not found", String::new(), more);
        }
        (
            0,
            "Status OK",
            found.iter().map(|record| Self::ret(record, true)).collect(),
            more,
        )
    }
}

/// At which call of a visit the power of that computer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The message has come, and QuickBooks has not run it.
    BeforeRun,
    /// QuickBooks has run it, and nobody was told.
    AfterRun,
    /// The answer was told, and what came back was lost.
    AfterTold,
}

/// The Web Connector.
pub struct Office<'a> {
    pub host: &'a RelayHost,
    /// At which message of all, counted from 1, and how.
    pub loss: Cell<Option<(u32, Loss)>>,
    pub messages: Cell<u32>,
    pub rounds_max: Cell<u32>,
}

pub fn host(settings: Value) -> RelayHost {
    let host = RelayHost::new(settings, &[("password", PASSWORD)]);
    let identity = Identity {
        owner: OWNER.to_owned(),
        file: FILE.to_owned(),
    };
    host.memory.borrow_mut().insert(
        "identity".to_owned(),
        serde_json::to_vec(&identity).unwrap(),
    );
    host
}

impl<'a> Office<'a> {
    pub fn new(host: &'a RelayHost) -> Self {
        Self {
            host,
            loss: Cell::new(None),
            messages: Cell::new(0),
            rounds_max: Cell::new(500),
        }
    }

    pub fn post(&self, body: &str) -> Result<InboundResponse, Ended> {
        let request = InboundRequest {
            method: "POST".to_owned(),
            path: "/qbwc".to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                "text/xml; charset=utf-8".to_owned(),
            )],
            body: body.as_bytes().to_vec(),
            query: None,
        };
        self.host
            .inbound(|host| QuickBooksDesktop.handle(host, request.clone()))
    }

    /// Calls one operation; its result as text, list entries joined by `|`.
    pub fn call(&self, name: &str, parameters: &[(&str, &str)]) -> Result<String, Ended> {
        let inner: String = parameters
            .iter()
            .map(|(n, v)| format!("<{n}>{}</{n}>", escape(v)))
            .collect();
        let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{name} xmlns=\"http://developer.intuit.com/\">{inner}</{name}></soap:Body></soap:Envelope>");
        let response = self.post(&body)?;
        assert_eq!(
            response.status,
            200,
            "{}",
            String::from_utf8_lossy(&response.body)
        );
        let text = String::from_utf8(response.body).unwrap();
        let root = parse(&text).unwrap();
        let result = root
            .find(&format!("{name}Result"))
            .expect("a result of that name");
        let strings: Vec<String> = result.all("string").map(|s| s.text.to_string()).collect();
        Ok(if strings.is_empty() {
            result.text.to_string()
        } else {
            strings.join("|")
        })
    }

    /// One visit, as the reference tells the order of calls. What ended it.
    pub fn visit(&self, company: &mut Company) -> Result<String, Ended> {
        let told = company.told();
        self.visit_with(company, &told)
    }

    pub fn visit_with(&self, company: &mut Company, told: &str) -> Result<String, Ended> {
        company.end_session();
        self.call("serverVersion", &[])?;
        assert_eq!(
            self.call("clientVersion", &[("strVersion", "2.3.0.36")])?,
            ""
        );
        let greeted = self.call(
            "authenticate",
            &[("strUserName", "liaison"), ("strPassword", PASSWORD)],
        )?;
        let (ticket, word) = greeted.split_once('|').expect("two strings");
        if matches!(word, "none" | "nvu" | "busy") {
            return Ok(word.to_owned());
        }
        let mut told = told.to_owned();
        for round in 0..self.rounds_max.get() {
            let message = self.call(
                "sendRequestXML",
                &[
                    ("ticket", ticket),
                    ("strHCPResponse", &told),
                    ("strCompanyFileName", "C:\\Acme.qbw"),
                    ("qbXMLCountry", "US"),
                    ("qbXMLMajorVers", "16"),
                    ("qbXMLMinorVers", "0"),
                ],
            )?;
            told.clear();
            if message.is_empty() || message == "NoOp" {
                assert!(
                    round > 0 || message.is_empty(),
                    "a pause must not be the first answer"
                );
                let words = self.call("getLastError", &[("ticket", ticket)])?;
                if words == "NoOp" {
                    continue;
                }
                self.call("closeConnection", &[("ticket", ticket)])?;
                return Ok(words);
            }
            self.messages.set(self.messages.get() + 1);
            let lost = self
                .loss
                .get()
                .filter(|(at, _)| *at == self.messages.get())
                .map(|(_, how)| how);
            if lost == Some(Loss::BeforeRun) {
                return Err(Ended::PowerLost);
            }
            let answer = company.run(&message);
            if lost == Some(Loss::AfterRun) {
                return Err(Ended::PowerLost);
            }
            let percent = self.call(
                "receiveResponseXML",
                &[
                    ("ticket", ticket),
                    ("response", &answer),
                    ("hresult", ""),
                    ("message", ""),
                ],
            )?;
            if lost == Some(Loss::AfterTold) {
                return Err(Ended::PowerLost);
            }
            match percent.parse::<i32>().unwrap() {
                100 => return self.call("closeConnection", &[("ticket", ticket)]),
                0..=99 => {}
                _ => {
                    let words = self.call("getLastError", &[("ticket", ticket)])?;
                    self.call("closeConnection", &[("ticket", ticket)])?;
                    return Ok(words);
                }
            }
        }
        Ok("too long".to_owned())
    }

    /// Makes a call until it comes back, with a visit whenever it waits. Power that is lost is put on again.
    pub fn carried_out<T>(
        &self,
        company: &mut Company,
        moment: &str,
        call: impl Fn(&dyn Host) -> T,
    ) -> T {
        for _ in 0..60 {
            match self.host.system(moment, &call) {
                Ok(value) => {
                    self.host.settle(moment);
                    return value;
                }
                Err(Ended::PowerLost) => {}
                Err(Ended::Waiting) => {
                    let _ = self.visit(company);
                }
            }
        }
        panic!("the call never came back")
    }
}
