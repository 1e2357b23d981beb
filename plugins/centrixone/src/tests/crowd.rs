//! Many customers: what a walk over them costs, and that it is right although they come and go.

use super::*;
use liaison_sdk::host::{Encoder, LogLevel};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

const ANSWER_MAX: usize = 10 << 20;
const CURSOR_MAX: usize = 4 << 10;

/// A company with one contact.
#[derive(Clone, Copy)]
struct Company {
    contact: i64,
    listed: bool,
}

/// CentrixOne with nothing but companies, which it shows as fast as can be.
struct Crowd {
    script: ScriptHost,
    companies: RefCell<BTreeMap<i64, Company>>,
    /// Object and filter of every read of a whole set, and how many bytes the largest answer had.
    sets: RefCell<Vec<String>>,
    requests: Cell<usize>,
    largest: Cell<usize>,
}

impl Crowd {
    fn new(accounts: impl IntoIterator<Item = i64>) -> Self {
        let crowd = Self {
            script: host(),
            companies: RefCell::default(),
            sets: RefCell::default(),
            requests: Cell::new(0),
            largest: Cell::new(0),
        };
        accounts
            .into_iter()
            .for_each(|account| crowd.put(account, true));
        crowd
    }

    fn put(&self, account: i64, listed: bool) {
        // Contacts do not rise as their accounts do.
        let contact = account ^ 1;
        let company = Company { contact, listed };
        self.companies.borrow_mut().insert(account, company);
    }

    fn listed(&self) -> BTreeSet<i64> {
        let companies = self.companies.borrow();
        let listed = companies.iter().filter(|(_, company)| company.listed);
        listed.map(|(account, _)| *account).collect()
    }

    fn reads_of(&self, set: &str) -> usize {
        let sets = self.sets.borrow();
        sets.iter().filter(|other| *other == set).count()
    }

    fn answer(&self, object: &str, filter: &str, few: bool) -> String {
        if object == "Lists" {
            return answer(object, lists()).to_string();
        }
        let (mut accounts, mut contacts) = (Vec::new(), Vec::new());
        for token in filter.split(',') {
            match token.split_at(1) {
                ("A", id) => accounts.push(id.parse().unwrap()),
                ("C", id) => contacts.push(id.parse::<i64>().unwrap()),
                _ => {}
            }
        }
        if accounts.is_empty() && contacts.is_empty() {
            let of_few = if few { " by a few fields" } else { "" };
            let set = format!("{object} {filter}{of_few}");
            self.sets.borrow_mut().push(set);
        }
        let companies = self.companies.borrow();
        accounts.extend(contacts.iter().map(|contact| contact ^ 1));
        let rows = match filter {
            "all" | "S7" => Rows::All(companies.iter()),
            _ => Rows::These(accounts.iter(), &companies),
        };
        let mut text = format!("{{\"Result\":\"Success\",\"{object}\":[");
        for (account, company) in rows {
            if object == "Contacts" && !company.listed {
                continue;
            }
            if !text.ends_with('[') {
                text.push(',');
            }
            text.push_str(&row(object, account, company, few));
        }
        text + "]}"
    }
}

enum Rows<'a, T> {
    All(T),
    These(std::slice::Iter<'a, i64>, &'a BTreeMap<i64, Company>),
}

impl<'a, T: Iterator<Item = (&'a i64, &'a Company)>> Iterator for Rows<'a, T> {
    type Item = (i64, Company);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::All(all) => all.next().map(|(account, company)| (*account, *company)),
            Self::These(ids, companies) => {
                ids.find_map(|id| companies.get(id).map(|company| (*id, *company)))
            }
        }
    }
}

fn row(object: &str, account: i64, company: Company, few: bool) -> String {
    let id = company.contact;
    let named = format!("Compagnie de construction {account} inc.");
    match (object, few) {
        ("Accounts", _) => format!(
            r#"{{"id":{account},"name":"{named}","account_custom":{{"price_list":"1","payment_term":"Net 30","customer_number":"{account}","discount":"2.5","territory":"Saguenay"}}}}"#
        ),
        (_, true) => format!(
            r#"{{"id":{id},"account_id":{account},"company":"{named}","modified":"2026-03-05T14:00:00-05:00"}}"#
        ),
        (_, false) => format!(
            r#"{{"id":{id},"account_id":{account},"company":"{named}","modified":"2026-03-05T14:00:00-05:00","created":"2024-02-01T10:00:00-05:00","lists":[7],"name":"Tremblay","firstname":"Julie","city":"Alma"}}"#
        ),
    }
}

impl Host for Crowd {
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
        let path = request.url.split("/EN/").nth(1).unwrap();
        let (path, query) = path.split_once(".awp").unwrap();
        let mut parts = path.splitn(4, '-');
        let (object, filter) = (parts.next().unwrap(), parts.nth(2).unwrap());
        let few = query.starts_with("?fields=") && query != "?fields=all";
        let body = self.answer(object, filter, few).into_bytes();
        self.requests.set(self.requests.get() + 1);
        self.largest.set(self.largest.get().max(body.len()));
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Ok(HttpResponse {
            status: 200,
            headers,
            body,
        })
    }
}

/// One page of either kind of walk.
fn page(crowd: &Crowd, changes: bool, at: Option<Cursor>, limit: u32) -> Page {
    let page = match changes {
        true => CentrixOne.changes(crowd, "customer", at, &[], limit),
        false => CentrixOne.query(crowd, "customer", &[], at, limit),
    };
    let page = page.unwrap();
    assert!(page
        .next
        .as_ref()
        .is_none_or(|next| next.len() <= CURSOR_MAX));
    assert!(page.entries.len() <= limit as usize);
    assert_eq!(page.complete, !page.more);
    page
}

fn accounts(page: &Page) -> Vec<i64> {
    ids(&page.entries)
        .iter()
        .map(|id| id.parse().unwrap())
        .collect()
}

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

#[test]
fn fifty_thousand_customers_come_once_each_and_the_list_is_read_for_every_sixth_page() {
    let mut dice = Dice(1);
    let mut last = 0;
    let crowd = Crowd::new((0..50_000).map(|_| {
        last += 1 + i64::try_from(dice.below(31)).unwrap();
        last
    }));
    let everybody: Vec<i64> = crowd.listed().into_iter().collect();
    for (changes, accounts_read) in [(true, 1), (false, 0)] {
        crowd.sets.borrow_mut().clear();
        crowd.requests.set(0);
        let (mut seen, mut pages, mut cursor) = (Vec::new(), 0, None);
        let mut cursor_max = 0;
        loop {
            let page = page(&crowd, changes, cursor, 500);
            seen.extend(accounts(&page));
            cursor_max = cursor_max.max(page.next.as_ref().map_or(0, Vec::len));
            cursor = page.next;
            pages += 1;
            if !page.more {
                break;
            }
        }
        let of_list = crowd.reads_of("Contacts S7 by a few fields");
        println!(
            "changes: {changes}, pages {pages}, requests {}, reads of the list {of_list}, cursor {cursor_max} B, answer {} B",
            crowd.requests.get(),
            crowd.largest.get()
        );
        assert!(seen == everybody, "{} of {}", seen.len(), everybody.len());
        // The last page reads it too, to see that it is the last.
        assert_eq!((pages, of_list), (100, 17 + 1));
        assert_eq!(
            crowd.reads_of("Accounts all by a few fields"),
            accounts_read
        );
        // No other set was read.
        assert_eq!(crowd.sets.borrow().len(), of_list + accounts_read);
        assert!(crowd.largest.get() <= ANSWER_MAX);
    }
}

#[test]
fn a_walk_is_right_although_customers_come_and_go_between_its_pages() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        // Ids that lie far apart fill a cursor soon.
        let step_max = dice.one_of(&[1, 40, 1 << 20, 1 << 45]);
        let limit = u32::try_from(dice.one_of(&[1, 7, 30, 100])).unwrap();
        let count = dice.below(u64::from(limit) * 12 + 1);
        let mut last = 1;
        let crowd = Crowd::new((0..count).map(|_| {
            last += 1 + i64::try_from(dice.below(step_max)).unwrap();
            last
        }));
        let changes = seed % 2 == 0;
        let mut stayed = crowd.listed();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = page(&crowd, changes, cursor, limit);
            let shown = accounts(&page);
            let listed = crowd.listed();
            assert!(shown.iter().all(|id| listed.contains(id)), "seed {seed}");
            seen.extend(shown);
            cursor = page.next;
            if !page.more {
                break;
            }
            for _ in 0..dice.below(6) {
                let known: Vec<i64> = crowd.companies.borrow().keys().copied().collect();
                let some = match known.is_empty() {
                    true => 1,
                    false => dice.one_of(&known),
                };
                match dice.below(4) {
                    0 => drop(crowd.companies.borrow_mut().remove(&some)),
                    1 => crowd.put(some, false),
                    2 => crowd.put(some, true),
                    _ => crowd.put(
                        some + 1 + i64::try_from(dice.below(step_max)).unwrap(),
                        true,
                    ),
                }
                stayed = &stayed & &crowd.listed();
            }
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "seed {seed}: {seen:?}");
        let seen: BTreeSet<i64> = seen.into_iter().collect();
        let missed: Vec<&i64> = stayed.difference(&seen).collect();
        assert!(missed.is_empty(), "seed {seed}: {missed:?}");
        // The next run tells the whole truth.
        let mut next_run = BTreeSet::new();
        let mut cursor = if changes { cursor } else { None };
        loop {
            let page = page(&crowd, changes, cursor, limit);
            next_run.extend(accounts(&page));
            cursor = page.next;
            if !page.more {
                break;
            }
        }
        assert_eq!(next_run, crowd.listed(), "seed {seed}");
    }
}

#[test]
fn looking_for_many_among_many_reads_each_set_once() {
    let crowd = Crowd::new((1..=50_000).map(|number| number * 2));
    let query = |field: &str, value: String| vec![(field.to_owned(), json!(value).to_string())];
    for (field, of_list) in [("customer_number", 0), ("name", 1)] {
        crowd.sets.borrow_mut().clear();
        let queries: Vec<_> = (1..=100)
            .map(|number| match field {
                "name" => query(field, format!("COMPAGNIE de construction {number} INC.")),
                _ => query(field, number.to_string()),
            })
            .collect();
        let found = CentrixOne.find(&crowd, "customer", &queries).unwrap();
        for (number, found) in (1..=100).zip(&found) {
            let expected = match number % 2 {
                0 => vec![number.to_string()],
                _ => Vec::new(),
            };
            assert_eq!(ids(found), expected, "{field} {number}");
        }
        assert_eq!(crowd.reads_of("Accounts all by a few fields"), 1);
        assert_eq!(crowd.reads_of("Contacts S7 by a few fields"), of_list);
        assert_eq!(crowd.sets.borrow().len(), 1 + of_list);
    }
}
