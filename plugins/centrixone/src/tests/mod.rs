//! Whole calls against a host that answers from a script: what is asked, in which order, and what
//! becomes of the answers.

mod changes;
mod crowd;
mod customers;
mod doctor;
mod failures;
mod new_customers;
mod opportunities;
mod reading;
mod stages;
mod tables;
mod town;
mod words;

use crate::CentrixOne;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{Reply, ScriptHost};

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";

fn host() -> ScriptHost {
    ScriptHost::new(json!({"account": "12345"}))
}

/// The end of a read's address.
fn get(object: &str, filter: &str) -> String {
    let fields = if object == "Contacts" {
        "?fields=all"
    } else {
        ""
    };
    format!(
        "GET https://api.centrix.one/API_WEB/EN/{object}-12345-[api_key:Encoder::Url]-{filter}.awp{fields}"
    )
}

/// The fields by which a large set is read that is not wanted whole.
fn few_of(object: &str) -> &'static str {
    match object {
        "Contacts" => "id,account_id,company,modified",
        "Accounts" => "id,name,account_custom",
        "Opportunities" => "id,stage_id,title,total",
        _ => panic!("{object} are few and come whole"),
    }
}

/// The end of such a read's address.
fn get_few(object: &str, filter: &str) -> String {
    let whole = get(object, filter);
    let address = whole
        .split_once('?')
        .map_or(&*whole, |(address, _)| address);
    format!("{address}?fields={}", few_of(object))
}

/// What such a read shows of whole rows.
fn few(object: &str, rows: &Value) -> Value {
    let shown = |row: &Value| -> Value {
        let told = few_of(object).split(',');
        let told = told.filter_map(|field| Some((field.to_owned(), row.get(field)?.clone())));
        Value::Object(told.collect())
    };
    rows.as_array().unwrap().iter().map(shown).collect()
}

/// The filter for these rows by their ids.
fn these(letter: char, rows: &Value) -> String {
    let mut ids: Vec<i64> = (rows.as_array().unwrap().iter())
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    let tokens: Vec<String> = ids.iter().map(|id| format!("{letter}{id}")).collect();
    tokens.join(",")
}

fn post(object: &str) -> String {
    format!("POST https://api.centrix.one/API_WEB/EN/{object}-12345-[api_key:Encoder::Url]-all.awp")
}

fn answer(object: &str, rows: Value) -> Value {
    json!({"Result": "Success", object: rows})
}

/// A script in the vendor's terms.
trait Script: Sized {
    fn gets(self, object: &str, filter: &str, rows: Value) -> Self;
    /// A large set read by a few fields; the answer is made from whole rows.
    fn gets_few(self, object: &str, filter: &str, rows: Value) -> Self;
    /// These customers of the list read by their accounts' ids.
    fn gets_customers(self, accounts: Value, contacts: Value) -> Self;
    /// Who in the list, and which company, is called so.
    fn looks_for_names(self, contacts: Value, accounts: Value) -> Self;
    fn posts(self, object: &str, rows: Value) -> Self;
    fn refuses(self, object: &str, status: u16, words: &str) -> Self;
    /// The list Acomba, which every call about customers asks for.
    fn has_list(self) -> Self;
}

impl Script for ScriptHost {
    fn gets(self, object: &str, filter: &str, rows: Value) -> Self {
        self.on(&get(object, filter), answer(object, rows))
    }

    fn gets_few(self, object: &str, filter: &str, rows: Value) -> Self {
        let answer = answer(object, few(object, &rows));
        self.on(&get_few(object, filter), answer)
    }

    fn gets_customers(self, accounts: Value, contacts: Value) -> Self {
        let filter = these('A', &accounts);
        self.gets("Accounts", &filter, accounts)
            .gets("Contacts", &format!("{filter},S7"), contacts)
    }

    fn looks_for_names(self, contacts: Value, accounts: Value) -> Self {
        let nobody = contacts == json!([]);
        let host = self.gets_few("Contacts", "S7", contacts);
        match nobody {
            true => host,
            false => host.gets_few("Accounts", "all", accounts),
        }
    }

    fn posts(self, object: &str, rows: Value) -> Self {
        self.on(&post(object), answer(object, rows))
    }

    fn refuses(self, object: &str, status: u16, words: &str) -> Self {
        self.reply(&post(object), plain(status, words))
    }

    fn has_list(self) -> Self {
        self.gets("Lists", "all", lists())
    }
}

fn lists() -> Value {
    json!([{"id": 3, "name": "Prospects", "protected": false}, {"id": 7, "name": "Acomba", "protected": true}])
}

/// Words in plain text, as the vendor refuses.
fn plain(status: u16, words: &str) -> Reply {
    whole(status, &[("Content-Type", "text/plain")], words)
}

fn page() -> Reply {
    whole(
        200,
        &[("Content-Type", "text/html")],
        "<html>WebDev: API_WEB/EN/x.awp</html>",
    )
}

fn whole(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = headers
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Reply::Whole(HttpResponse {
        status,
        headers,
        body: body.as_bytes().to_vec(),
    })
}

fn lost() -> Reply {
    Reply::Error(HttpError::NoAnswer {
        detail: "reset by https://x/API_WEB/EN/Contacts-12345-[api_key:Encoder::Url]-all.awp"
            .to_owned(),
    })
}

fn contact(id: i64, account: i64, created: &str) -> Value {
    json!({"id": id, "external_id": format!("acomba:{account}"), "account_id": account,
        "created": format!("{created}T10:00:00-05:00"), "modified": "2026-03-05T14:00:00-05:00", "lists": [7],
        "name": "Tremblay", "firstname": "Julie", "company": format!("Compagnie {account}"), "address1": "100 rue Principale",
        "city": "Alma", "state": "QC", "zip": "G8B 1A1", "country": "CA", "email": "info@atelier.example",
        "phone1": "418 555-0100", "fax": "", "cell": "418 555-0102", "website": "https://atelier.example",
        "language": "FR", "rep1": 501})
}

fn account(id: i64) -> Value {
    json!({"id": id, "name": format!("Compagnie {id}"), "primary_contact_id": id * 10, "protected": true,
        "account_custom": {"price_list": "1", "payment_term": "Net 30", "customer_number": "10005", "discount": "2.5",
            "territory": "Saguenay"}})
}

fn create(body: Value) -> Operation {
    Operation {
        token: TOKEN.to_owned(),
        action: Action::Create,
        id: None,
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn update(id: &str, version: Option<&str>, body: Value) -> Operation {
    Operation {
        action: Action::Update,
        id: Some(id.to_owned()),
        version: version.map(str::to_owned),
        ..create(body)
    }
}

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.id.as_str()).collect()
}

/// Writes, and makes sure that the whole script was played and that no address got out.
#[track_caller]
fn write(host: &ScriptHost, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
    let outcomes = CentrixOne.write(host, entity, operations);
    host.assert_done();
    assert_eq!(outcomes.len(), operations.len());
    for fault in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_no_address(fault);
    }
    let lines = host.lines.borrow().concat();
    assert!(
        !lines.contains("api_key") && !lines.contains("API_WEB"),
        "{lines}"
    );
    outcomes
}

#[track_caller]
fn assert_no_address(fault: &Fault) {
    let told = format!("{fault:?}");
    assert!(
        !told.contains("[api_key") && !told.contains("API_WEB"),
        "{told}"
    );
}

/// The primary contact that a version names.
fn primary(version: &Option<String>) -> Option<&str> {
    version.as_deref().map(crate::customer::primary_in)
}

/// The id, or the kind of fault, the key of its sentence and its field.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str, Option<&str>)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((
            fault.kind,
            fault.message.key.as_str(),
            fault.field.as_deref(),
        )),
    }
}

/// The rows of the POST but so many.
fn posted(host: &ScriptHost, at: usize) -> Value {
    let is_post = |at: &usize| host.sent.borrow()[*at].method == Method::Post;
    let requests = host.sent.borrow().len();
    let at = (0..requests).filter(is_post).nth(at).unwrap();
    host.body(at)
}

/// The rows of the request at this place.
fn sent(host: &ScriptHost, at: usize) -> Value {
    host.body(at)
}
