//! CentrixOne in miniature, with a memory: what a script cannot show, that nothing is made twice and
//! nothing lost, whichever POST fails and however.
//!
//! It is written from the reference, not from the connector, and knows no more than the tests need.

use super::*;
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

type Rows = BTreeMap<i64, Value>;

struct Town {
    rows: RefCell<BTreeMap<String, Rows>>,
    all_or_nothing: bool,
    /// Whether a new row with an id of ours that is known edits, or else makes a second record.
    upserts: bool,
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

    fn read(&self, object: &str, filter: &str) -> (u16, String) {
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
        let (path, _) = path.split_once(".awp").unwrap();
        let mut parts = path.splitn(4, '-');
        let (object, filter) = (parts.next().unwrap(), parts.nth(2).unwrap());
        let reply = |status: u16, kind: &str, body: String| {
            let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
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
            return json(self.read(object, filter));
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
