//! A small company with a memory, behind a fake of the host's imports: what becomes of records, whatever goes wrong.
//!
//! It does what the reference says of the gateway, and no more than these tests need.

use crate::reply::Row;
use crate::stamp;
use crate::xml::{escape, parse, Element};
use liaison_sdk::host::{Encoder, LogLevel};
use liaison_sdk::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accident {
    /// It never arrives, and nobody knows.
    LostBefore,
    /// It is carried out, and its answer is lost.
    LostAfter,
    /// It is carried out, and our process dies.
    Dies,
    /// It arrives twice, and the second answer is the one that comes.
    Twice,
    /// It is carried out, and the CDN cuts the answer off.
    Cut,
    /// A page with this status; nothing was done.
    Page(u16),
    /// The gateway's own answer with this status and number; nothing was done.
    Gateway(u16, &'static str, &'static str),
    /// The session is over.
    SessionOver,
    /// No answer comes in time, and the gateway carries it out this many minutes later.
    Late(u64),
    /// The CDN cuts the answer off, and the gateway carries it out this many minutes later.
    CutLate(u64),
    /// Our process dies, and the gateway carries it out this many minutes later.
    DiesLate(u64),
}

/// How a function that was completed is answered when it comes again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Repeat {
    Error,
    Replay,
    /// It is carried out once more: the gateway does not remember.
    Forgotten,
}

#[derive(Clone, Default)]
pub struct Books {
    pub rows: BTreeMap<String, Vec<Row>>,
    next: u64,
    completed: BTreeMap<String, String>,
    /// How often each function changed something, by its verb and object.
    pub done: BTreeMap<String, usize>,
    ticks: i64,
}

/// A function's id and verb, and its data or the number and words of a refusal.
type Answered = (String, String, Result<String, (String, String)>);

pub struct Company {
    settings: Value,
    pub books: RefCell<Books>,
    /// The fields of objects: a lookup tells them. Custom ones begin with a star.
    pub fields: RefCell<BTreeMap<String, Vec<String>>>,
    /// Functions that hold the first text are refused with the number and words.
    pub refusals: RefCell<Vec<(String, String, String)>>,
    pub accidents: RefCell<BTreeMap<usize, Accident>>,
    pub repeat: Cell<Repeat>,
    pub memory: RefCell<BTreeMap<String, Vec<u8>>>,
    pub notes: RefCell<BTreeMap<String, Vec<u8>>>,
    /// What the gateway is still working on: until when, and the request.
    late: RefCell<Vec<(u64, String)>>,
    /// The key that a new document has, where it is not its id.
    pub order_key: RefCell<Option<String>>,
    pub log: RefCell<Vec<String>>,
    pub requests: RefCell<Vec<String>>,
    pub urls: RefCell<Vec<String>>,
    pub now_ms: Cell<u64>,
    /// How far the company's stamps lag behind its clock.
    pub lag_ms: Cell<i64>,
    /// The distance of the company's stamps from UTC, in minutes.
    pub offset: Cell<i64>,
    pub unset: RefCell<Vec<String>>,
    sessions: Cell<u32>,
    pub endpoint: RefCell<String>,
}

impl Company {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    pub fn with(more: Value) -> Self {
        let mut settings = json!({"sender_id": "acme", "company_id": "ACME", "user_id": "svc"});
        for (name, value) in more.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        let company = Self {
            settings,
            books: RefCell::default(),
            fields: RefCell::default(),
            refusals: RefCell::default(),
            accidents: RefCell::default(),
            repeat: Cell::new(Repeat::Error),
            memory: RefCell::default(),
            notes: RefCell::default(),
            late: RefCell::default(),
            order_key: RefCell::default(),
            log: RefCell::default(),
            requests: RefCell::default(),
            urls: RefCell::default(),
            now_ms: Cell::new(1_772_719_200_000),
            lag_ms: Cell::new(3_600_000),
            offset: Cell::new(0),
            unset: RefCell::default(),
            sessions: Cell::new(0),
            endpoint: RefCell::new("https://na12.intacct.com/ia/xml/xmlgw.phtml".to_owned()),
        };
        for table in crate::tables::TABLES {
            company.describe(table.object, table);
        }
        company
            .fields
            .borrow_mut()
            .insert("SODOCUMENTENTRY".to_owned(), Vec::new());
        company.add("CUSTOMER", &[("CUSTOMERID", "C1"), ("NAME", "Alma")]);
        company.add("ITEM", &[("ITEMID", "P1"), ("NAME", "Gold")]);
        company.add("ITEM", &[("ITEMID", "P2"), ("NAME", "Silver")]);
        company
    }

    fn describe(&self, object: &str, table: &crate::table::Table) {
        let mut fields: Vec<String> = table
            .fields
            .iter()
            .map(|field| field.wire.to_owned())
            .filter(|wire| !wire.contains('.'))
            .collect();
        fields.push(table.id.to_owned());
        fields.push("WHENMODIFIED".to_owned());
        if table.can_be_marked() {
            fields.push("*LIAISON_ID".to_owned());
        }
        self.fields.borrow_mut().insert(object.to_owned(), fields);
    }

    /// Takes a field away from an object.
    pub fn without(self, object: &str, field: &str) -> Self {
        if let Some(fields) = self.fields.borrow_mut().get_mut(object) {
            fields.retain(|own| own.trim_start_matches('*') != field);
        }
        self
    }

    /// Puts a row into the books; its record number.
    pub fn add(&self, object: &str, fields: &[(&str, &str)]) -> String {
        let mut row: Row = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.books.borrow_mut().next += 1;
        let number = self.books.borrow().next.to_string();
        row.entry("RECORDNO".to_owned()).or_insert(number.clone());
        let stamp = self.stamp();
        row.entry("WHENMODIFIED".to_owned()).or_insert(stamp);
        let mut books = self.books.borrow_mut();
        books.rows.entry(object.to_owned()).or_default().push(row);
        number
    }

    pub fn rows(&self, object: &str) -> Vec<Row> {
        self.books
            .borrow()
            .rows
            .get(object)
            .cloned()
            .unwrap_or_default()
    }

    /// What was done how often.
    pub fn done(&self, what: &str) -> usize {
        self.books
            .borrow()
            .done
            .get(what)
            .copied()
            .unwrap_or_default()
    }

    pub fn refuse(&self, where_it_says: &str, number: &str, words: &str) {
        let refusal = [where_it_says, number, words].map(str::to_owned);
        self.refusals.borrow_mut().push(refusal.into());
    }

    pub fn accident(&self, at: usize, accident: Accident) {
        self.accidents.borrow_mut().insert(at, accident);
    }

    pub fn sent(&self) -> usize {
        self.requests.borrow().len()
    }

    /// The requests that hold a text.
    pub fn sent_with(&self, text: &str) -> Vec<String> {
        let requests = self.requests.borrow();
        requests
            .iter()
            .filter(|r| r.contains(text))
            .cloned()
            .collect()
    }

    fn stamp(&self) -> String {
        self.books.borrow_mut().ticks += 1;
        let now = i64::try_from(self.now_ms.get()).unwrap();
        let tick = self.books.borrow().ticks;
        stamp::instant_to_wire(now - self.lag_ms.get() + tick * 1_000, self.offset.get())
    }

    /// Lets time go by, and with it what the gateway is still working on.
    pub fn passes(&self, ms: u64) {
        self.now_ms.set(self.now_ms.get() + ms);
        self.works_on();
    }

    fn works_on(&self) {
        let due = |(at, _): &mut (u64, String)| *at <= self.now_ms.get();
        let due: Vec<_> = self.late.borrow_mut().extract_if(.., due).collect();
        for (_, body) in due {
            // It began when it arrived, whatever was completed since.
            let completed = std::mem::take(&mut self.books.borrow_mut().completed);
            self.answer(&body).unwrap();
            self.books.borrow_mut().completed.extend(completed);
        }
    }

    fn answer(&self, body: &str) -> Result<String, String> {
        let root = parse(body).map_err(|e| format!("{e:?}"))?;
        let control = root.child("control").ok_or("no control")?;
        let operation = root.child("operation").ok_or("no operation")?;
        let authentication = operation.child("authentication").ok_or("nobody")?;
        let (unique, together) = (
            control.text_of("uniqueid") == "true",
            operation.attribute("transaction") == "true",
        );
        if let Some(id) = authentication.child("sessionid") {
            if id.text != format!("S{}", self.sessions.get()) {
                return Ok(door("XL03000006", "Invalid session"));
            }
        }
        let before = self.books.borrow().clone();
        let mut results: Vec<Answered> = Vec::new();
        let content = operation.child("content").ok_or("no content")?;
        for function in content.all("function") {
            let id = function.attribute("controlid").to_owned();
            let verb = function.children[0].name.to_owned();
            let known = self.books.borrow().completed.get(&id).cloned();
            let remembers = self.repeat.get() != Repeat::Forgotten;
            let told = match known.filter(|_| unique && remembers) {
                Some(first) if self.repeat.get() == Repeat::Replay => Ok(first),
                Some(_) => Err(("XL03000008".to_owned(), "already processed".to_owned())),
                None => self.function(&function.children[0]),
            };
            if let (true, Ok(data)) = (unique, &told) {
                let mut books = self.books.borrow_mut();
                books.completed.insert(id.clone(), data.clone());
            }
            results.push((id, verb, told));
            if together && results.last().is_some_and(|(_, _, told)| told.is_err()) {
                break;
            }
        }
        let failed = results.iter().any(|(_, _, told)| told.is_err());
        if together && failed {
            *self.books.borrow_mut() = before;
            let all: Vec<&str> = content
                .all("function")
                .map(|f| f.attribute("controlid"))
                .collect();
            let culprit = results.pop().unwrap();
            let texts = all.iter().map(|id| match *id == culprit.0 {
                true => result(&culprit),
                false => format!("<result><status>aborted</status><function>x</function><controlid>{id}</controlid>{}</result>", error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")),
            });
            return Ok(self.whole(&texts.collect::<String>()));
        }
        Ok(self.whole(&results.iter().map(result).collect::<String>()))
    }

    fn whole(&self, results: &str) -> String {
        let now = i64::try_from(self.now_ms.get()).unwrap();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><control><status>success</status></control><operation><authentication><status>success</status><userid>svc</userid><sessiontimestamp>{}</sessiontimestamp><sessiontimeout>{}</sessiontimeout></authentication>{results}</operation></response>", date::instant(now), date::instant(now + 7_200_000))
    }

    fn function(&self, call: &Element) -> Result<String, (String, String)> {
        let refuse = |number: &str, words: &str| Err((number.to_owned(), words.to_owned()));
        let shown = shown(call);
        for (text, number, words) in self.refusals.borrow().iter() {
            if shown.contains(text.as_str()) {
                return refuse(number, words);
            }
        }
        match call.name {
            "getAPISession" => {
                self.sessions.set(self.sessions.get() + 1);
                let id = self.sessions.get();
                Ok(format!(
                    "<data><api><sessionid>S{id}</sessionid><endpoint>{}</endpoint></api></data>",
                    self.endpoint.borrow()
                ))
            }
            "lookup" => self.lookup(call.text_of("object")),
            "query" => self.query(call),
            "create" => {
                let object = &call.children[0];
                assert_eq!(call.children.len(), 1, "one object a create");
                self.create(object.name, flat(object))
            }
            "update" => {
                let object = &call.children[0];
                let (name, change) = (object.name, flat(object));
                let number = change.get("RECORDNO").cloned().unwrap_or_default();
                let stamp = self.stamp();
                let mut books = self.books.borrow_mut();
                let rows = books.rows.entry(name.to_owned()).or_default();
                let row = rows.iter_mut().find(|row| row["RECORDNO"] == number);
                let Some(row) = row else {
                    return refuse("BL01001973", "Cannot find the record with key");
                };
                row.extend(change);
                row.insert("WHENMODIFIED".to_owned(), stamp);
                let told = told(name, row);
                *books.done.entry(format!("update {name}")).or_default() += 1;
                Ok(told)
            }
            "create_sotransaction" => {
                let definition = call.text_of("transactiontype").to_owned();
                let custom = call.child("customfields").unwrap();
                let custom: Vec<(String, String)> = custom
                    .all("customfield")
                    .map(|c| {
                        ["customfieldname", "customfieldvalue"]
                            .map(|n| c.text_of(n).to_owned())
                            .into()
                    })
                    .collect();
                let id = format!("{definition}-SO{}", self.books.borrow().next + 1);
                let mut fields = vec![
                    ("DOCID", id.as_str()),
                    ("DOCPARID", &definition),
                    ("CUSTVENDID", call.text_of("customerid")),
                ];
                fields.extend(
                    custom
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str())),
                );
                let number = self.add("SODOCUMENT", &fields);
                for line in call.child("sotransitems").unwrap().all("sotransitem") {
                    self.add(
                        "SODOCUMENTENTRY",
                        &[
                            ("DOCHDRNO", &number),
                            ("ITEMID", line.text_of("itemid")),
                            ("UIQTY", line.text_of("quantity")),
                        ],
                    );
                }
                *self
                    .books
                    .borrow_mut()
                    .done
                    .entry("create SODOCUMENT".to_owned())
                    .or_default() += 1;
                let key = self.order_key.borrow().clone().unwrap_or(id);
                Ok(format!("<key>{key}</key>"))
            }
            "post" => self.post(&call.children[0]),
            "delete" => {
                let object = call.text_of("object").to_owned();
                let keys: BTreeSet<&str> = call.text_of("keys").split(',').collect();
                let mut books = self.books.borrow_mut();
                let rows = books.rows.entry(object.clone()).or_default();
                let many = rows.len();
                rows.retain(|row| !keys.contains(row["RECORDNO"].as_str()));
                assert_eq!(many - rows.len(), keys.len(), "what is deleted is there");
                *books.done.entry(format!("delete {object}")).or_default() += 1;
                Ok(String::new())
            }
            other => panic!("the company does not know {other}"),
        }
    }

    fn lookup(&self, object: &str) -> Result<String, (String, String)> {
        let fields = self.fields.borrow();
        let Some(fields) = fields.get(object) else {
            return Err((
                "Query Failed".to_owned(),
                format!("Object definition {object} not found"),
            ));
        };
        let fields: String = fields
            .iter()
            .map(|field| {
                let custom = field.starts_with('*');
                let id = field.trim_start_matches('*');
                format!("<Field><ID>{id}</ID><ISCUSTOM>{custom}</ISCUSTOM></Field>")
            })
            .collect();
        Ok(format!("<data listtype=\"All\" count=\"1\"><Type Name=\"{object}\"><Fields>{fields}</Fields></Type></data>"))
    }

    fn query(&self, call: &Element) -> Result<String, (String, String)> {
        let object = call.text_of("object");
        let select: Vec<String> = call
            .child("select")
            .map(|s| s.all("field").map(|f| f.text.to_string()).collect())
            .unwrap_or_default();
        if let Some(fields) = self.fields.borrow().get(object).filter(|f| !f.is_empty()) {
            for field in select.iter().filter(|field| !field.contains('.')) {
                if !fields
                    .iter()
                    .any(|own| own.trim_start_matches('*') == field)
                {
                    return Err((
                        format!("Invalid fields list {field}"),
                        "Invalid fields list".to_owned(),
                    ));
                }
            }
        } else if !self.fields.borrow().contains_key(object)
            && !self.books.borrow().rows.contains_key(object)
        {
            return Err((
                "WS".to_owned(),
                format!("Object definition {object} not found"),
            ));
        }
        let order = call.child("orderby").and_then(|o| o.child("order"));
        let order = order
            .map(|o| o.text_of("field").to_owned())
            .expect("an order");
        let size: usize = call.text_of("pagesize").parse().unwrap();
        assert_eq!(call.text_of("offset"), "0", "no offsets");
        let filter = call.child("filter").map(|filter| {
            assert_eq!(filter.children.len(), 1, "one top-level operator");
            &filter.children[0]
        });
        let mut rows = self.rows(object);
        rows.retain(|row| filter.is_none_or(|filter| fits(row, filter)));
        rows.sort_by(|a, b| compare(&order, a.get(&order), b.get(&order)));
        let total = rows.len();
        rows.truncate(size);
        let shown: String = rows
            .iter()
            .map(|row| {
                let fields: String = select
                    .iter()
                    .map(|name| {
                        format!(
                            "<{name}>{}</{name}>",
                            escape(row.get(name).map_or("", String::as_str))
                        )
                    })
                    .collect();
                format!("<{object}>{fields}</{object}>")
            })
            .collect();
        Ok(format!("<data listtype=\"{object}\" totalcount=\"{total}\" offset=\"0\" count=\"{}\" numremaining=\"{}\">{shown}</data>", rows.len(), total - rows.len()))
    }

    fn create(&self, object: &str, mut row: Row) -> Result<String, (String, String)> {
        let has = |object: &str, field: &str, value: &str| {
            self.rows(object)
                .iter()
                .any(|row| row.get(field).is_some_and(|v| v == value))
        };
        let given = |row: &Row, name: &str| row.get(name).cloned().unwrap_or_default();
        let missing = |what: &str, id: &str| {
            Err((
                "BL03000018".to_owned(),
                format!("Invalid {what} '{id}' specified."),
            ))
        };
        let (id, noun, prefix) = match object {
            "CONTRACT" => ("CONTRACTID", "Contract", "CN-"),
            "CONTRACTDETAIL" => ("RECORDNO", "", ""),
            "CUSTOMER" => ("CUSTOMERID", "Customer", "C-"),
            "CONTACT" => ("CONTACTNAME", "Contact", ""),
            "ITEM" => ("ITEMID", "Item", ""),
            other => panic!("no {other} is made"),
        };
        if matches!(object, "CONTRACT")
            && !has("CUSTOMER", "CUSTOMERID", &given(&row, "CUSTOMERID"))
        {
            return missing("Customer", &given(&row, "CUSTOMERID"));
        }
        if object == "CONTRACTDETAIL" {
            if !has("CONTRACT", "CONTRACTID", &given(&row, "CONTRACTID")) {
                return missing("Contract", &given(&row, "CONTRACTID"));
            }
            if !has("ITEM", "ITEMID", &given(&row, "ITEMID")) {
                return missing("Item", &given(&row, "ITEMID"));
            }
        }
        let own = given(&row, id);
        if !own.is_empty() && has(object, id, &own) {
            return Err((
                "BL34000061".to_owned(),
                format!("Another {noun} with the given value(s) {own} already exists"),
            ));
        }
        let contact = given(&row, "DISPLAYCONTACT.CONTACTNAME");
        if !contact.is_empty() && has("CONTACT", "CONTACTNAME", &contact) {
            return Err((
                "BL34000061".to_owned(),
                format!("Another Contact with the given value(s) {contact} already exists"),
            ));
        }
        let stamp = self.stamp();
        let mut books = self.books.borrow_mut();
        books.next += 1;
        let number = books.next;
        row.insert("RECORDNO".to_owned(), number.to_string());
        if own.is_empty() && !prefix.is_empty() {
            row.insert(id.to_owned(), format!("{prefix}{number:05}"));
        }
        row.entry("STATE".to_owned())
            .or_insert_with(|| "In progress".to_owned());
        row.insert("WHENMODIFIED".to_owned(), stamp);
        let data = told(object, &row);
        books.rows.entry(object.to_owned()).or_default().push(row);
        *books.done.entry(format!("create {object}")).or_default() += 1;
        Ok(data)
    }

    fn post(&self, object: &Element) -> Result<String, (String, String)> {
        let refuse = |words: &str| Err(("BL01001973".to_owned(), words.to_owned()));
        let number = object.text_of("RECORDNO").to_owned();
        let contracts = self.rows("CONTRACT");
        let stamp = self.stamp();
        let mut books = self.books.borrow_mut();
        let rows = books.rows.entry(object.name.to_owned()).or_default();
        let Some(row) = rows.iter_mut().find(|row| row["RECORDNO"] == number) else {
            return refuse("Cannot find the record with key");
        };
        if row["STATE"] != "Draft" {
            return refuse("Only drafts can be posted");
        }
        if object.name == "CONTRACTDETAIL" {
            let parent = contracts
                .iter()
                .find(|c| c["CONTRACTID"] == row["CONTRACTID"])
                .unwrap();
            if parent["STATE"] != "In progress" {
                return refuse("The contract must be In progress");
            }
        }
        row.insert("STATE".to_owned(), "In progress".to_owned());
        row.insert("WHENMODIFIED".to_owned(), stamp);
        *books
            .done
            .entry(format!("post {}", object.name))
            .or_default() += 1;
        Ok(String::new())
    }
}

fn told(object: &str, row: &Row) -> String {
    let lower = object.to_lowercase();
    let id = match object {
        "CONTRACTDETAIL" => String::new(),
        _ => ["CONTRACTID", "CUSTOMERID", "CONTACTNAME", "ITEMID"]
            .iter()
            .find_map(|id| Some(format!("<{id}>{}</{id}>", escape(row.get(*id)?))))
            .unwrap_or_default(),
    };
    format!("<data listtype=\"objects\" count=\"1\"><{lower}><RECORDNO>{}</RECORDNO>{id}</{lower}></data>", row["RECORDNO"])
}

fn error(number: &str, words: &str) -> String {
    format!("<errormessage><error><errorno>{number}</errorno><description></description><description2>{}</description2><correction></correction></error></errormessage>", escape(words))
}

fn door(number: &str, words: &str) -> String {
    format!("<response><control><status>success</status></control><operation><authentication><status>failure</status><userid></userid></authentication>{}</operation></response>", error(number, words))
}

fn result((id, verb, told): &Answered) -> String {
    let (status, data) = match told {
        Ok(data) => ("success", data.clone()),
        Err((number, words)) => ("failure", error(number, words)),
    };
    format!("<result><status>{status}</status><function>{verb}</function><controlid>{id}</controlid>{data}</result>")
}

fn shown(call: &Element) -> String {
    let inner: String = call.children.iter().map(shown).collect();
    format!("<{0}>{1}{inner}</{0}>", call.name, call.text)
}

fn flat(element: &Element) -> Row {
    fn into(element: &Element, prefix: &str, row: &mut Row) {
        for child in &element.children {
            let name = format!("{prefix}{}", child.name);
            match child.children.is_empty() {
                true => {
                    row.insert(name, child.text.to_string());
                }
                false => into(child, &format!("{name}."), row),
            }
        }
    }
    let mut row = Row::new();
    into(element, "", &mut row);
    row
}

fn compare(field: &str, a: Option<&String>, b: Option<&String>) -> std::cmp::Ordering {
    let (a, b) = (a.map_or("", String::as_str), b.map_or("", String::as_str));
    if field.ends_with("MODIFIED") || field.ends_with("TIME") {
        return stamp::instant_from_wire(a, 0).cmp(&stamp::instant_from_wire(b, 0));
    }
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

fn fits(row: &Row, filter: &Element) -> bool {
    let field = filter.text_of("field").to_owned();
    let own = row.get(&field);
    let values: Vec<String> = filter.all("value").map(|v| v.text.to_string()).collect();
    let order = || compare(&field, own, values.first());
    match filter.name {
        "and" => filter.children.iter().all(|one| fits(row, one)),
        "equalto" => own.map_or("", String::as_str) == values[0],
        "in" => {
            assert!((2..=1_000).contains(&values.len()));
            own.is_some_and(|own| values.contains(own))
        }
        "greaterthan" => order().is_gt(),
        "greaterthanorequalto" => order().is_ge(),
        "lessthan" => order().is_lt(),
        "lessthanorequalto" => order().is_le(),
        "isnull" => own.is_none_or(String::is_empty),
        "isnotnull" => own.is_some_and(|own| !own.is_empty()),
        other => panic!("no operator {other}"),
    }
}

impl Host for Company {
    fn settings_json(&self) -> String {
        self.settings.to_string()
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.log.borrow_mut().push(format!("{level:?} {message}"));
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn sleep_ms(&self, ms: u32) {
        self.now_ms.set(self.now_ms.get() + u64::from(ms));
    }

    fn random(&self, count: u32) -> Vec<u8> {
        vec![7; count as usize]
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        assert!(value.len() <= 65_536, "{key}");
        self.memory
            .borrow_mut()
            .insert(key.to_owned(), value.to_vec());
        assert!(self.memory.borrow().len() <= 64);
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.notes
            .borrow_mut()
            .insert(token.to_owned(), note.to_vec());
        Ok(())
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        match self.unset.borrow().iter().any(|unset| unset == name) {
            true => Err(format!("the secret `{name}` is not set")),
            false => Ok(format!("[{name}:{encoder:?}]")),
        }
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let body = String::from_utf8(request.body).unwrap();
        let at = self.requests.borrow().len();
        self.urls.borrow_mut().push(request.url);
        self.requests.borrow_mut().push(body.clone());
        assert_eq!(request.method, Method::Post);
        assert_eq!(
            request.headers,
            [("Content-Type".to_owned(), "application/xml".to_owned())]
        );
        let respond = |status: u16, body: &str| HttpResponse {
            status,
            headers: vec![(
                "Content-Type".to_owned(),
                "text/xml; encoding=\"UTF-8\"".to_owned(),
            )],
            body: body.as_bytes().to_vec(),
        };
        let lost = || HttpError::NoAnswer {
            detail: "reset".to_owned(),
        };
        self.works_on();
        let accident = self.accidents.borrow_mut().remove(&at);
        if let Some(Accident::Late(m) | Accident::CutLate(m) | Accident::DiesLate(m)) = accident {
            let due = self.now_ms.get() + m * 60_000;
            self.late.borrow_mut().push((due, body));
            return match accident {
                Some(Accident::CutLate(_)) => {
                    Ok(respond(524, "<html><body>A timeout occurred</body></html>"))
                }
                Some(Accident::DiesLate(_)) => std::panic::resume_unwind(Box::new("killed")),
                _ => Err(lost()),
            };
        }
        match accident {
            Some(Accident::LostBefore) => return Err(lost()),
            Some(Accident::Page(status)) => {
                return Ok(respond(status, "<html><body>We will be back</body></html>"))
            }
            Some(Accident::Gateway(status, number, words)) => {
                return Ok(respond(
                    status,
                    &format!(
                        "<response><control><status>failure</status></control>{}</response>",
                        error(number, words)
                    ),
                ))
            }
            Some(Accident::SessionOver) => {
                return Ok(respond(200, &door("XL03000006", "Invalid session")));
            }
            _ => {}
        }
        if let Some(Accident::Twice) = accident {
            self.answer(&body).unwrap();
        }
        let answer = self.answer(&body).unwrap();
        match accident {
            Some(Accident::LostAfter) => Err(lost()),
            Some(Accident::Cut) => Ok(respond(524, "<html><body>A timeout occurred</body></html>")),
            Some(Accident::Dies) => std::panic::resume_unwind(Box::new("killed")),
            _ => Ok(respond(200, &answer)),
        }
    }
}
