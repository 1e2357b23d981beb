//! CentrixOne in miniature, with a memory: what a script cannot show, that nothing is made twice and
//! nothing lost, whichever POST fails and however.
//!
//! It is written from the reference, not from the connector, and knows no more than the tests need.

use super::*;
use crate::stamp::http_date;
use liaison_sdk::host::{Encoder, LogLevel};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What befalls one POST.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mishap {
    LostBefore,
    LostAfter,
    PageBefore,
    PageAfter,
    BrokenAfter,
    Maintenance,
}

const MISHAPS: [Mishap; 6] = [
    Mishap::LostBefore,
    Mishap::LostAfter,
    Mishap::PageBefore,
    Mishap::PageAfter,
    Mishap::BrokenAfter,
    Mishap::Maintenance,
];

/// What nobody knows of the vendor: whether arrays are all or nothing, and whether our ids upsert.
const VENDORS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// What the vendor makes of a list of fields.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fields {
    Heeded,
    Ignored,
    Refused,
    /// Shows the id alone, and drops the other names without a word.
    Dropped,
}

type Rows = BTreeMap<i64, Value>;

struct Town {
    rows: RefCell<BTreeMap<String, Rows>>,
    all_or_nothing: bool,
    /// Whether a new row with an id of ours that is known edits, or else makes a second record.
    upserts: bool,
    fields: Cell<Fields>,
    /// Whether contacts can be asked for by their account.
    by_account: Cell<bool>,
    /// Whether a filter by the id of a record that is not there fails.
    fails_on_missing: Cell<bool>,
    /// When something of an object last changed.
    changed: RefCell<BTreeMap<String, u64>>,
    /// Every read of a whole set, as it was answered.
    sets: RefCell<Vec<String>>,
    /// The next POST but so many meets this.
    mishap: Cell<Option<(usize, Mishap)>>,
    posts: Cell<usize>,
    memory: RefCell<BTreeMap<String, Vec<u8>>>,
    now_ms: Cell<u64>,
}

impl Town {
    fn new(all_or_nothing: bool, upserts: bool) -> Self {
        let town = Self {
            rows: RefCell::default(),
            all_or_nothing,
            upserts,
            fields: Cell::new(Fields::Heeded),
            by_account: Cell::new(true),
            fails_on_missing: Cell::new(false),
            changed: RefCell::default(),
            sets: RefCell::default(),
            mishap: Cell::new(None),
            posts: Cell::new(0),
            memory: RefCell::default(),
            now_ms: Cell::new(1_772_719_200_000),
        };
        for (object, id, row) in [
            ("Lists", 7, json!({"name": "Acomba"})),
            ("Users", 501, json!({"username": "7@12345"})),
            ("Stages", 9, json!({"percent": 100})),
            ("RevenueCategories", 31, json!({"name": "600"})),
        ] {
            let mut rows = town.rows.borrow_mut();
            rows.entry(object.to_owned()).or_default().insert(id, row);
        }
        town
    }

    fn count(&self, object: &str) -> usize {
        self.rows.borrow().get(object).map_or(0, BTreeMap::len)
    }

    fn has(&self, object: &str, id: &Value) -> bool {
        let rows = self.rows.borrow();
        let is_there = |rows: &Rows| rows.contains_key(&id.as_i64().unwrap_or(-1));
        id.is_null() || id == "" || rows.get(object).is_some_and(is_there)
    }

    /// When something of an object last changed, in the header's words.
    fn stamp(&self, object: &str) -> String {
        let opened = 1_772_000_000_000;
        let changed = self.changed.borrow().get(object).copied();
        http_date(i64::try_from(changed.unwrap_or(opened)).unwrap())
    }

    /// Changes a row as a person would.
    fn touch(&self, object: &str, id: i64, field: &str, value: Value) {
        let mut rows = self.rows.borrow_mut();
        rows.get_mut(object).unwrap().get_mut(&id).unwrap()[field] = value;
        let mut changed = self.changed.borrow_mut();
        changed.insert(object.to_owned(), self.now_ms.get());
    }

    fn read(&self, object: &str, filter: &str, fields: &str) -> (u16, String) {
        if fields.contains(',') && self.fields.get() == Fields::Refused {
            return (400, "Bad request: fields".to_owned());
        }
        let told: Option<Vec<&str>> = match self.fields.get() {
            Fields::Dropped if fields != "all" => Some(vec!["id"]),
            Fields::Heeded if fields != "all" => Some(fields.split(',').collect()),
            _ => None,
        };
        let mut kinds: BTreeMap<char, Vec<String>> = BTreeMap::new();
        for token in filter.split(',').filter(|token| *token != "all") {
            let (letter, id) = token.split_at(1);
            let id = id.replace("%3A", ":");
            kinds
                .entry(letter.chars().next().unwrap())
                .or_default()
                .push(id);
        }
        let own = match object {
            "Contacts" => 'C',
            "Accounts" => 'A',
            "Lists" => 'S',
            "Opportunities" => 'O',
            "Stages" => 'G',
            "RevenueCategories" => 'R',
            _ => 'U',
        };
        if object == "Contacts" && kinds.contains_key(&'A') && !self.by_account.get() {
            return (400, "Bad request: filter".to_owned());
        }
        let known = |kind: char, id: &String| {
            let rows = self.rows.borrow();
            let mut rows = rows.get(object).into_iter().flatten();
            match kind {
                kind if kind == own => rows.any(|(own_id, _)| own_id.to_string() == *id),
                'E' => rows.any(|(_, row)| row["external_id"] == *id),
                _ => true,
            }
        };
        let mut wanted = kinds
            .iter()
            .flat_map(|(kind, ids)| ids.iter().map(|id| (*kind, id)));
        if self.fails_on_missing.get() && !wanted.all(|(kind, id)| known(kind, id)) {
            return (500, "Internal Server Error".to_owned());
        }
        let fits = |id: i64, row: &Value| {
            kinds.iter().all(|(kind, wanted)| {
                let is = |value: &Value| {
                    wanted.contains(&value.to_string()) || wanted.iter().any(|w| value == w)
                };
                match kind {
                    'E' => is(&row["external_id"]),
                    'S' if object == "Contacts" => row["lists"].as_array().unwrap().iter().any(is),
                    'A' if object == "Contacts" => is(&row["account_id"]),
                    kind if *kind == own => is(&json!(id)),
                    _ => false,
                }
            })
        };
        let rows = self.rows.borrow();
        let shown = rows.get(object).into_iter().flatten();
        let shown = shown.filter(|(id, row)| fits(**id, row)).map(|(id, row)| {
            let mut row = row.clone();
            row["id"] = json!(id);
            let named = |name: &String| told.as_ref().is_none_or(|told| told.contains(&&**name));
            row.as_object_mut().unwrap().retain(|name, _| named(name));
            row
        });
        (200, answer(object, shown.collect()).to_string())
    }

    fn post(&self, object: &str, sent: &[Value]) -> (u16, String) {
        let before = self.rows.borrow().clone();
        let mut told = Vec::new();
        for row in sent {
            match self.put(object, row) {
                Ok(id) => told.push(json!({"id": id, "external_id": row["external_id"]})),
                Err((status, words)) => {
                    if self.all_or_nothing {
                        *self.rows.borrow_mut() = before;
                    }
                    return (status, words.to_owned());
                }
            }
        }
        (200, answer(object, json!(told)).to_string())
    }

    fn put(&self, object: &str, row: &Value) -> Result<i64, (u16, &'static str)> {
        let broken = (500, "Internal Server Error");
        let categories = row["lines"].as_array().into_iter().flatten();
        let there = self.has("Users", &row["rep1"])
            && self.has("Stages", &row["stage_id"])
            && self.has("Contacts", &row["contact_id"])
            && (object == "Contacts" || self.has("Accounts", &row["account_id"]))
            && categories
                .into_iter()
                .all(|line| self.has("RevenueCategories", &line["revenue_category_id"]));
        let known = {
            let rows = self.rows.borrow();
            let ours = |other: &Value| {
                self.upserts
                    && !row["external_id"].is_null()
                    && other["external_id"] == row["external_id"]
            };
            let mut known = rows.get(object).into_iter().flatten();
            known.find(|(_, other)| ours(other)).map(|(id, _)| *id)
        };
        let id = match row["id"].as_i64().or(known) {
            Some(id) if !there || !self.has(object, &json!(id)) => return Err(broken),
            Some(id) => id,
            None if !there => return Err(broken),
            None if object == "Contacts" && row["lists"].as_array().is_none_or(Vec::is_empty) => {
                return Err((400, "Bad request: lists is required"));
            }
            None => {
                1_000
                    + i64::try_from(
                        self.rows
                            .borrow()
                            .values()
                            .map(BTreeMap::len)
                            .sum::<usize>(),
                    )
                    .unwrap()
            }
        };
        let account = match row["company"].as_str() {
            Some(company) if object == "Contacts" => Some(self.account_named(company)),
            _ => None,
        };
        for changed in [object, "Accounts"] {
            let mut when = self.changed.borrow_mut();
            when.insert(changed.to_owned(), self.now_ms.get());
        }
        let mut rows = self.rows.borrow_mut();
        let stored = rows
            .entry(object.to_owned())
            .or_default()
            .entry(id)
            .or_insert_with(|| json!({"created": "2026-03-05T14:00:00Z"}));
        for (name, value) in row.as_object().unwrap() {
            match (name.as_str(), value) {
                ("id", _) => {}
                ("account_custom", Value::Object(more)) => more
                    .iter()
                    .for_each(|(name, value)| stored["account_custom"][name] = value.clone()),
                _ => stored[name] = value.clone(),
            }
        }
        if let Some(account) = account {
            stored["account_id"] = json!(account);
        }
        Ok(id)
    }

    /// Contacts of one spelling share an account.
    fn account_named(&self, company: &str) -> i64 {
        let mut rows = self.rows.borrow_mut();
        let accounts = rows.entry("Accounts".to_owned()).or_default();
        let found = accounts
            .iter()
            .find(|(_, account)| account["name"] == company);
        let id = found.map_or(80 + i64::try_from(accounts.len()).unwrap(), |(id, _)| *id);
        accounts
            .entry(id)
            .or_insert_with(|| json!({"name": company}));
        id
    }
}

impl Host for Town {
    fn settings_json(&self) -> String {
        json!({"account": "12345"}).to_string()
    }

    fn log(&self, _: LogLevel, _: &str) {}

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
        let mut memory = self.memory.borrow_mut();
        memory.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
    }

    fn note(&self, _: &str, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn placeholder(&self, _: &str, _: Encoder) -> Result<String, String> {
        Ok("KEY".to_owned())
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let path = request.url.split("/EN/").nth(1).unwrap();
        let (path, query) = path.split_once(".awp").unwrap();
        let fields = query.strip_prefix("?fields=").unwrap_or("all");
        let mut parts = path.splitn(4, '-');
        let (object, filter) = (parts.next().unwrap(), parts.nth(2).unwrap());
        let reply = |status: u16, kind: &str, body: String| {
            let now = http_date(i64::try_from(self.now_ms.get()).unwrap());
            let headers = [
                ("Content-Type", kind.to_owned()),
                ("Date", now),
                ("Last-Modified", self.stamp(object)),
            ];
            let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
            Ok(HttpResponse {
                status,
                headers,
                body: body.into_bytes(),
            })
        };
        let json = |(status, body): (u16, String)| match status {
            200 => reply(status, "application/json", body),
            _ => reply(status, "text/plain", body),
        };
        if request.method == Method::Get {
            let mut since = request.headers.iter();
            let since = since.find(|(name, _)| name == "If-Modified-Since");
            let at = |stamp: &str| date::parse_http(stamp).unwrap();
            if since.is_some_and(|(_, since)| at(since) >= at(&self.stamp(object))) {
                return reply(304, "text/plain", String::new());
            }
            let answered = self.read(object, filter, fields);
            if filter == "all" || filter == "S7" {
                let set = format!("{object} {filter} {fields} {}", answered.0);
                self.sets.borrow_mut().push(set);
            }
            return json(answered);
        }
        self.posts.set(self.posts.get() + 1);
        let mishap = match self.mishap.get() {
            Some((0, mishap)) => {
                self.mishap.set(None);
                Some(mishap)
            }
            Some((left, mishap)) => {
                self.mishap.set(Some((left - 1, mishap)));
                None
            }
            None => None,
        };
        let sent: Vec<Value> = serde_json::from_slice(&request.body).unwrap();
        let page = || reply(200, "text/html", "<html>WebDev</html>".to_owned());
        let gone = || {
            Err(HttpError::NoAnswer {
                detail: "reset".to_owned(),
            })
        };
        match mishap {
            Some(Mishap::LostBefore) => return gone(),
            Some(Mishap::PageBefore) => return page(),
            Some(Mishap::Maintenance) => {
                return reply(503, "text/plain", "Service Unavailable".to_owned())
            }
            _ => {}
        }
        let answered = self.post(object, &sent);
        match mishap {
            Some(Mishap::LostAfter) => gone(),
            Some(Mishap::PageAfter) => page(),
            Some(Mishap::BrokenAfter) => {
                reply(500, "text/plain", "Internal Server Error".to_owned())
            }
            _ => json(answered),
        }
    }
}

fn customer(number: i64) -> Operation {
    let body = json!({"external_id": format!("acomba:{number}"), "name": format!("Compagnie {number}"),
        "customer_number": number.to_string(), "rep_id": "501"});
    Operation {
        token: format!("TOKEN{number}"),
        ..create(body)
    }
}

/// Sends what has no outcome yet again, as the host does, until everything has one.
fn until_settled(town: &Town, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
    let mut outcomes = CentrixOne.write(town, entity, operations);
    for _ in 0..5 {
        let open = |outcome: &Outcome| {
            let kinds = [
                FaultKind::OutcomeUnknown,
                FaultKind::Unavailable,
                FaultKind::Throttled,
            ];
            outcome
                .as_ref()
                .is_err_and(|fault| kinds.contains(&fault.kind))
        };
        let left: Vec<usize> = (0..outcomes.len())
            .filter(|&at| open(&outcomes[at]))
            .collect();
        if left.is_empty() {
            return outcomes;
        }
        // Perhaps it ended before it could remember anything.
        town.memory.borrow_mut().clear();
        let again: Vec<Operation> = left.iter().map(|&at| operations[at].clone()).collect();
        for (at, outcome) in left.into_iter().zip(CentrixOne.write(town, entity, &again)) {
            outcomes[at] = outcome;
        }
    }
    panic!("never settled: {outcomes:?}");
}

#[test]
fn whichever_post_fails_and_however_every_customer_is_made_once_and_whole() {
    for (all_or_nothing, upserts) in VENDORS {
        for mishap in MISHAPS {
            for at in 0..4 {
                let case = format!(
                    "{mishap:?} at {at}, all or nothing: {all_or_nothing}, upserts: {upserts}"
                );
                let town = Town::new(all_or_nothing, upserts);
                town.mishap.set(Some((at, mishap)));
                let operations = [customer(1), customer(2), customer(3)];
                let outcomes = until_settled(&town, "customer", &operations);
                assert!(outcomes.iter().all(Result::is_ok), "{case}: {outcomes:?}");
                assert_eq!(
                    (town.count("Contacts"), town.count("Accounts")),
                    (3, 3),
                    "{case}"
                );
                let rows = town.rows.borrow();
                for (account, number) in rows["Accounts"].values().zip(["1", "2", "3"]) {
                    assert_eq!(
                        account["account_custom"]["customer_number"], number,
                        "{case}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_customer_with_a_missing_representative_stops_no_other() {
    for (all_or_nothing, upserts) in VENDORS {
        let town = Town::new(all_or_nothing, upserts);
        let mut bad = customer(2);
        bad.body = bad.body.replace("501", "999");
        let outcomes = CentrixOne.write(&town, "customer", &[customer(1), bad, customer(3)]);
        let ids: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(ids, [true, false, true], "{outcomes:?}");
        assert_eq!(
            told(&outcomes[1]),
            Err((
                FaultKind::MissingReference,
                "crm_user_missing",
                Some("rep_id")
            ))
        );
        assert_eq!((town.count("Contacts"), town.count("Accounts")), (2, 2));
    }
}

#[test]
fn whichever_post_fails_every_document_is_made_once() {
    for (all_or_nothing, upserts) in VENDORS {
        for mishap in MISHAPS {
            for at in 0..4 {
                let town = Town::new(all_or_nothing, upserts);
                let account = CentrixOne
                    .write(&town, "customer", &[customer(1)])
                    .remove(0)
                    .unwrap()
                    .id;
                let document = |number: i64, category: &str| Operation {
                    token: format!("DOCUMENT{number}"),
                    ..create(
                        json!({"external_id": format!("acomba-tx:{number}"), "customer_id": account,
                        "stage_label": "Facture", "stage_percent": 100,
                        "lines": [{"revenue_category_id": category, "quantity": "1"}]}),
                    )
                };
                town.mishap.set(Some((at, mishap)));
                let operations = [document(1, "31"), document(2, "32"), document(3, "31")];
                let outcomes = until_settled(&town, "opportunity", &operations);
                let case =
                    format!("{mishap:?} at {at}, all or nothing: {all_or_nothing}, upserts: {upserts}: {outcomes:?}");
                assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{case}");
                let missing = (
                    FaultKind::MissingReference,
                    "crm_category_missing",
                    Some("lines[0].revenue_category_id"),
                );
                assert_eq!(told(&outcomes[1]), Err(missing), "{case}");
                assert_eq!(town.count("Opportunities"), 2, "{case}");
                // The one that was there has no label.
                assert_eq!(town.count("Stages"), 2, "{case}");
            }
        }
    }
}

#[test]
fn a_renamed_company_keeps_its_account() {
    let town = Town::new(true, true);
    let account = CentrixOne
        .write(&town, "customer", &[customer(1)])
        .remove(0)
        .unwrap()
        .id;
    let renamed = [update(
        &account,
        None,
        json!({"name": "Nouveau nom", "city": "Alma"}),
    )];
    let applied = CentrixOne
        .write(&town, "customer", &renamed)
        .remove(0)
        .unwrap();
    let shown = filter::value(applied.body.as_ref().unwrap());
    assert_eq!(
        (&shown["name"], &shown["city"]),
        (&json!("Nouveau nom"), &json!("Alma"))
    );
    assert_eq!((town.count("Contacts"), town.count("Accounts")), (1, 1));
    assert!(town.posts.get() >= 4);
}

/// All of an entity, in pages, and the cursor of the next run.
fn walk(town: &Town, entity: &str, since: Option<Cursor>, limit: u32) -> (Vec<Value>, Page) {
    let (mut seen, mut at) = (Vec::new(), since);
    loop {
        let page = CentrixOne.changes(town, entity, at, &[], limit).unwrap();
        seen.extend(page.entries.iter().map(body));
        if !page.more {
            return (seen, page);
        }
        at = page.next;
    }
}

fn names(bodies: &[Value], field: &str) -> Vec<String> {
    let text = |body: &Value| body[field].as_str().unwrap().to_owned();
    bodies.iter().map(text).collect()
}

#[test]
fn whatever_the_vendor_makes_of_fields_and_filters_the_same_is_read_and_written() {
    for fields in [
        Fields::Heeded,
        Fields::Ignored,
        Fields::Refused,
        Fields::Dropped,
    ] {
        for (by_account, fails_on_missing) in
            [(true, false), (false, false), (true, true), (false, true)]
        {
            let case = format!("{fields:?}, {by_account}, {fails_on_missing}");
            let town = Town::new(true, true);
            town.fields.set(fields);
            town.by_account.set(by_account);
            town.fails_on_missing.set(fails_on_missing);
            let operations: Vec<Operation> = (1..=7).map(customer).collect();
            let outcomes = CentrixOne.write(&town, "customer", &operations);
            // What is told of them was read after they were made.
            let told_of = |made: &Outcome| made.as_ref().is_ok_and(|made| made.body.is_some());
            assert!(outcomes.iter().all(told_of), "{case}: {outcomes:?}");
            let made: Vec<String> = outcomes.into_iter().map(|made| made.unwrap().id).collect();
            let (seen, last) = walk(&town, "customer", None, 3);
            assert_eq!(names(&seen, "id"), made, "{case}");
            assert!(last.complete, "{case}");
            assert_eq!(
                names(&seen, "customer_number"),
                ["1", "2", "3", "4", "5", "6", "7"],
                "{case}"
            );
            let mut queried = Vec::new();
            let mut at = None;
            loop {
                let page = CentrixOne.query(&town, "customer", &[], at, 3).unwrap();
                queried.extend(page.entries.iter().map(body));
                at = page.next;
                if !page.more {
                    break;
                }
            }
            assert_eq!(queried, seen, "{case}");
            let query =
                |field: &str, value: &str| vec![(field.to_owned(), json!(value).to_string())];
            let queries = [
                query("name", "compagnie 3"),
                query("customer_number", "5"),
                query("external_id", "acomba:6"),
                query("external_id", "acomba:66"),
                query("id", &made[1]),
                query("id", "9999"),
            ];
            let found = CentrixOne.find(&town, "customer", &queries).unwrap();
            let found: Vec<Vec<&str>> = found.iter().map(|found| ids(found)).collect();
            let expected = [
                vec![&*made[2]],
                vec![&*made[4]],
                vec![&*made[5]],
                vec![],
                vec![&*made[1]],
                vec![],
            ];
            assert_eq!(found, expected, "{case}");
            let taken = Operation {
                body: customer(8).body.replace("Compagnie 8", "Compagnie 4"),
                ..customer(8)
            };
            let outcomes = CentrixOne.write(&town, "customer", &[taken]);
            let refused = (FaultKind::Rejected, "crm_company_taken", Some("name"));
            assert_eq!(told(&outcomes[0]), Err(refused), "{case}");
            // Not in the list, a company is no customer any more.
            let gone: i64 = made[3].parse().unwrap();
            let contact = {
                let rows = town.rows.borrow();
                let mut contacts = rows["Contacts"].iter();
                *contacts
                    .find(|(_, row)| row["account_id"] == gone)
                    .unwrap()
                    .0
            };
            town.now_ms.set(town.now_ms.get() + 10_000);
            town.touch("Contacts", contact, "lists", json!([3]));
            let (seen, _) = walk(&town, "customer", last.next, 3);
            assert_eq!(seen.len(), 6, "{case}");
            assert!(!names(&seen, "id").contains(&made[3]), "{case}");
            let read = CentrixOne.read(&town, "customer", &made).unwrap();
            let there: Vec<bool> = read.iter().map(Option::is_some).collect();
            assert_eq!(there, [true, true, true, false, true, true, true], "{case}");
        }
    }
}

#[test]
fn a_run_reads_sets_by_few_fields_and_only_those_that_changed() {
    let town = Town::new(true, true);
    let operations: Vec<Operation> = (1..=4).map(customer).collect();
    let outcomes = CentrixOne.write(&town, "customer", &operations);
    let id: i64 = outcomes[1].as_ref().unwrap().id.parse().unwrap();
    // The second in which they were written is over.
    let wait = || town.now_ms.set(town.now_ms.get() + 10_000);
    let sets_of = |since: Option<Cursor>| {
        wait();
        town.sets.borrow_mut().clear();
        let (seen, last) = walk(&town, "customer", since, 500);
        let sets = town.sets.borrow();
        let large = sets.iter().filter(|set| !set.starts_with("Lists"));
        (seen, last.next, large.cloned().collect::<Vec<_>>())
    };
    let contacts = "Contacts S7 id,account_id,company,modified 200";
    let accounts = "Accounts all id,name,account_custom 200";
    let (seen, cursor, sets) = sets_of(None);
    assert_eq!(
        (seen.len(), sets),
        (4, vec![contacts.to_owned(), accounts.to_owned()])
    );
    let (seen, cursor, sets) = sets_of(cursor);
    assert_eq!((seen.len(), sets.len()), (0, 0));
    wait();
    town.touch("Accounts", id, "name", json!("Autre nom"));
    let (seen, cursor, sets) = sets_of(cursor);
    assert_eq!(names(&seen, "name")[1], "Autre nom");
    assert_eq!(sets, [accounts, contacts]);
    let (seen, _, sets) = sets_of(cursor);
    assert_eq!((seen.len(), sets.len()), (0, 0));
}

#[test]
fn documents_are_walked_by_their_ids_and_known_by_ours_where_a_filter_fails() {
    for fails_on_missing in [false, true] {
        let town = Town::new(true, true);
        town.fails_on_missing.set(fails_on_missing);
        let customers = CentrixOne.write(&town, "customer", &[customer(1)]);
        let account = customers[0].as_ref().unwrap().id.clone();
        let document = |number: i64| Operation {
            token: format!("DOCUMENT{number}"),
            ..create(
                json!({"external_id": format!("acomba-tx:{number}"), "customer_id": account, "stage_id": "9",
                    "title": number.to_string()}),
            )
        };
        let first: Vec<Operation> = (1..=5).map(document).collect();
        let made = CentrixOne.write(&town, "opportunity", &first);
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        // Two of these are there already.
        let second: Vec<Operation> = (4..=8).map(document).collect();
        town.sets.borrow_mut().clear();
        let made = CentrixOne.write(&town, "opportunity", &second);
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        assert_eq!(town.count("Opportunities"), 8);
        // All are never read whole.
        let sets = town.sets.borrow().clone();
        let whole = sets
            .iter()
            .any(|set| set.starts_with("Opportunities all all"));
        assert!(!whole, "{sets:?}");
        let (seen, last) = walk(&town, "opportunity", None, 3);
        assert_eq!(
            names(&seen, "title"),
            ["1", "2", "3", "4", "5", "6", "7", "8"]
        );
        assert!(last.complete);
    }
}
