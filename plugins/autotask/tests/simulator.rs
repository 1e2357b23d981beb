//! The connector against the simulator, over real sockets.
//!
//! Runs when `LIAISON_SIM` names the simulator's binary; without it there is nothing to run against
//! and every test says so and passes. The simulator was written from the same reference by other
//! hands, so agreement means something.

use autotask::Autotask;
use liaison_sdk::host::{Encoder, LogLevel};
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const SEED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/simulators/seeds/autotask.json"
);

/// A running simulator and a host that talks to it.
struct Lab {
    process: Child,
    base: String,
    host: NativeHost,
}

impl Lab {
    /// None when there is no simulator.
    fn start() -> Option<Self> {
        let Ok(binary) = std::env::var("LIAISON_SIM") else {
            eprintln!("skipped: LIAISON_SIM names no simulator");
            return None;
        };
        let mut process = Command::new(binary)
            .args(["autotask", "--listen", "127.0.0.1:0", "--seed", SEED])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("it says where it listens");
        let base = line
            .trim()
            .rsplit(' ')
            .next()
            .expect("a last word")
            .to_owned();
        let settings = json!({"base_url": base, "company_owner": "marie.roy@boreale.example", "default_phone": "555-555-5555"});
        let secrets = [
            ("user_name", "api@liaison.test"),
            ("secret", "simulated-secret"),
            ("integration_code", "LIAISON-SIM"),
        ];
        let lab = Self {
            process,
            base,
            host: NativeHost::new(&settings, &secrets),
        };
        // On companies and on opportunities.
        for udf_type in [1, 5] {
            lab.add_marker_field(udf_type, secrets);
        }
        Some(lab)
    }

    /// What an administrator does before the first run.
    fn add_marker_field(&self, udf_type: u8, secrets: [(&str, &str); 3]) {
        let names = ["UserName", "Secret", "ApiIntegrationCode"];
        let headers = names
            .iter()
            .zip(secrets)
            .map(|(name, (_, value))| ((*name).to_owned(), value.to_owned()));
        let field = json!({"name": "LiaisonID", "udfType": udf_type, "dataType": 1, "displayFormat": 1, "isActive": true});
        let request = HttpRequest {
            method: Method::Post,
            url: format!(
                "{}/ATServicesRest/v1.0/UserDefinedFieldDefinitions",
                self.base
            ),
            headers: headers
                .chain([("Content-Type".to_owned(), "application/json".to_owned())])
                .collect(),
            body: field.to_string().into_bytes(),
        };
        let answer = self.host.send(request).expect("the simulator answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The first active value of a list.
    fn first(&self, entity: &str) -> Value {
        let active = filter::condition("active", Comparison::Eq, &[json!(true)]);
        let page = Autotask
            .query(&self.host, entity, &[active], None, 500)
            .expect("a list");
        let first = page.entries.first().expect("something in the list");
        filter::value(&first.body)
    }

    /// A create whose first write is carried out and not answered, sent again until it is done.
    fn create_lossy(&self, entity: &str, body: Value) -> Outcome {
        let op = operation(Action::Create, None, body);
        let lossy = Lossy(&self.host, Cell::new(true));
        for _ in 0..5 {
            match Autotask
                .write(&lossy, entity, std::slice::from_ref(&op))
                .remove(0)
            {
                Err(fault) if fault.kind == FaultKind::OutcomeUnknown => {}
                outcome => {
                    assert!(!lossy.1.get(), "an answer was lost");
                    return outcome;
                }
            }
        }
        panic!("{entity} is never done")
    }

    /// Steers the simulator.
    fn control(&self, order: Value) -> Value {
        let request = HttpRequest {
            method: Method::Post,
            url: format!("{}/_sim/control", self.base),
            headers: Vec::new(),
            body: order.to_string().into_bytes(),
        };
        let answer = self.host.send(request).expect("the simulator answers");
        assert_eq!(answer.status, 200, "{order}: {}", answer.text());
        filter::value(&answer.text())
    }

    fn set(&self, switch: &str, value: Value) {
        self.control(json!({"do": "set", "switch": switch, "value": value}));
    }

    /// All records of an entity, and the pages it took.
    fn all(&self, entity: &str, conditions: &[Condition], limit: u32) -> (Vec<Value>, usize) {
        let (mut records, mut pages, mut at) = (Vec::new(), 0, None);
        loop {
            let page = Autotask
                .changes(&self.host, entity, at, conditions, limit)
                .expect("a page");
            assert!(page.entries.len() <= limit as usize);
            records.extend(page.entries.iter().map(|entry| filter::value(&entry.body)));
            (pages, at) = (pages + 1, page.next);
            if !page.more {
                return (records, pages);
            }
        }
    }

    fn write(&self, entity: &str, action: Action, id: Option<&str>, body: Value) -> Outcome {
        Autotask
            .write(&self.host, entity, &[operation(action, id, body)])
            .remove(0)
    }

    fn find(&self, entity: &str, field: &str, value: &str) -> Vec<String> {
        let query = vec![(field.to_owned(), json!(value).to_string())];
        let found = Autotask
            .find(&self.host, entity, &[query])
            .expect("a look-up")
            .remove(0);
        found.into_iter().map(|entry| entry.id).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn operation(action: Action, id: Option<&str>, body: Value) -> Operation {
    Operation {
        token: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
        action,
        id: id.map(str::to_owned),
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn waiting() -> Vec<Condition> {
    vec![
        filter::condition("number", Comparison::Empty, &[]),
        filter::condition("voided", Comparison::Eq, &[json!(false)]),
    ]
}

fn ids(records: &[Value]) -> BTreeSet<String> {
    records
        .iter()
        .map(|record| record["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Loses the answer of the next write, after the system has carried it out.
struct Lossy<'a>(&'a NativeHost, Cell<bool>);

impl Host for Lossy<'_> {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_write = !request.url.ends_with("/query") && request.method != Method::Get;
        let answer = self.0.send(request)?;
        match is_write && self.1.replace(false) {
            true => Err(HttpError::NoAnswer {
                detail: "lost".into(),
            }),
            false => Ok(answer),
        }
    }
    fn settings_json(&self) -> String {
        self.0.settings_json()
    }
    fn log(&self, level: LogLevel, message: &str) {
        self.0.log(level, message);
    }
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms()
    }
    fn sleep_ms(&self, ms: u32) {
        self.0.sleep_ms(ms);
    }
    fn random(&self, count: u32) -> Vec<u8> {
        self.0.random(count)
    }
    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.memory_get(key)
    }
    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.0.memory_set(key, value)
    }
    fn memory_delete(&self, key: &str) {
        self.0.memory_delete(key);
    }
    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.0.note(token, note)
    }
    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        self.0.placeholder(name, encoder)
    }
}

#[test]
fn a_walk_over_many_invoices_shows_each_once_with_all_its_lines() {
    let Some(lab) = Lab::start() else { return };
    let before = lab.all("invoice", &[], 500).0.len();
    let made = lab.control(json!({"do": "bulk_invoices", "count": 450}));
    let items = made["billingItems"].as_u64().expect("a count");
    let (records, pages) = lab.all("invoice", &[], 500);
    assert_eq!(
        (records.len(), ids(&records).len(), pages),
        (before + 450, before + 450, 3)
    );
    let lines: usize = records
        .iter()
        .map(|r| r["lines"].as_array().map_or(0, Vec::len))
        .sum();
    // One item of the seed is not invoiced.
    assert_eq!(lines as u64, items - 1);
    for record in &records {
        let lines = record["lines"].as_array().expect("lines");
        let sum: liaison_sdk::Decimal = lines
            .iter()
            .filter_map(|line| decimal::parse(&line["amount"]))
            .sum();
        assert_eq!(
            Some(sum),
            decimal::parse(&record["total"]),
            "{}",
            record["id"]
        );
    }
    let (small, pages) = lab.all("invoice", &waiting(), 7);
    assert!(pages > 60 && ids(&small).len() == small.len());
}

#[test]
fn every_documented_doubt_gives_the_same_records() {
    let Some(lab) = Lab::start() else { return };
    let snapshot = |lab: &Lab| -> Vec<(Vec<Value>, usize)> {
        ["invoice", "company", "product", "billing_code"]
            .iter()
            .map(|entity| lab.all(entity, &[], 500))
            .collect()
    };
    // Whether a company without user-defined values shows an empty list of them or none.
    let plain = |mut all: Vec<(Vec<Value>, usize)>| {
        let records = all.iter_mut().flat_map(|(records, _)| records);
        records.for_each(|record| {
            record
                .as_object_mut()
                .map(|r| r.remove("udf"))
                .map_or((), drop)
        });
        all
    };
    let expected = plain(snapshot(&lab));
    for (switch, values) in [
        ("emptyInvoiceNumber", json!(["\"\"", "null"])),
        ("emptyUdf", json!(["absent", "null", "[]"])),
        ("missingId", json!(["null", "404"])),
        ("accessLevel", json!(["int", "text"])),
        ("uninvoicedId", json!(["null", "0"])),
        ("dateMillis", json!(["always", "auto"])),
        (
            "dateOnlyZone",
            json!(["UTC", "Europe/Brussels", "America/Vancouver"]),
        ),
    ] {
        for value in values.as_array().expect("a list") {
            lab.set(switch, value.clone());
            for (found, expected) in plain(snapshot(&lab)).iter().zip(&expected) {
                assert_eq!(found.0.len(), expected.0.len(), "{switch} {value}");
                for (found, expected) in found.0.iter().zip(&expected.0) {
                    assert_eq!(found, expected, "{switch} {value}");
                }
            }
            assert!(Autotask
                .check(&lab.host)
                .expect("a visit")
                .iter()
                .all(|f| f.code != "permission-missing"));
        }
    }
}

#[test]
fn an_invoice_is_numbered_and_its_number_taken_away_again() {
    let Some(lab) = Lab::start() else { return };
    let numbered = lab.write(
        "invoice",
        Action::Update,
        Some("155"),
        json!({"number": "A-2231", "exported_at": "2026-10-02T12:00:00Z"}),
    );
    let shown = filter::value(&numbered.expect("numbered").body.expect("read back"));
    assert_eq!(
        (&shown["number"], &shown["exported_at"]),
        (&json!("A-2231"), &json!("2026-10-02T12:00:00Z"))
    );
    assert!(!ids(&lab.all("invoice", &waiting(), 500).0).contains("155"));
    assert_eq!(lab.find("invoice", "number", "A-2231"), ["155"]);
    lab.write(
        "invoice",
        Action::Update,
        Some("155"),
        json!({"number": null}),
    )
    .expect("cleared");
    assert!(ids(&lab.all("invoice", &waiting(), 500).0).contains("155"));
    lab.set("clearNumberByPatch", json!("ignored"));
    lab.write(
        "invoice",
        Action::Update,
        Some("155"),
        json!({"number": "A-1"}),
    )
    .expect("numbered");
    let fault = lab
        .write(
            "invoice",
            Action::Update,
            Some("155"),
            json!({"number": null}),
        )
        .expect_err("ignored");
    assert_eq!(
        (fault.kind, fault.field.as_deref()),
        (FaultKind::Rejected, Some("number"))
    );
    let missing = lab
        .write(
            "invoice",
            Action::Update,
            Some("999999"),
            json!({"number": "1"}),
        )
        .expect_err("no such record");
    assert!(
        matches!(missing.kind, FaultKind::NotFound | FaultKind::Rejected),
        "{missing:?}"
    );
}

#[test]
fn a_lost_answer_is_resolved_where_it_can_be() {
    let Some(lab) = Lab::start() else { return };
    let lossy = Lossy(&lab.host, Cell::new(true));
    let update = operation(Action::Update, Some("155"), json!({"number": "A-7"}));
    assert!(Autotask
        .write(&lossy, "invoice", &[update])
        .remove(0)
        .is_ok());

    let lossy = Lossy(&lab.host, Cell::new(true));
    let ticket = json!({"title": "t", "description": "d", "category": "Erreurs Acomba", "company_id": "174", "external_id": "K1"});
    let fault = Autotask
        .write(&lossy, "ticket", &[operation(Action::Create, None, ticket)])
        .remove(0)
        .expect_err("lost");
    assert_eq!(fault.kind, FaultKind::OutcomeUnknown);
    assert_eq!(lab.find("ticket", "external_id", "K1").len(), 1);
}

#[test]
fn a_ticket_comes_back_with_its_number() {
    let Some(lab) = Lab::start() else { return };
    let body = json!({"title": "x".repeat(400), "description": "y".repeat(9_000), "category": "Erreurs Acomba", "company_id": "174"});
    let ticket = lab
        .write("ticket", Action::Create, None, body)
        .expect("created");
    let shown = filter::value(&ticket.body.expect("read back"));
    let number = shown["number"].as_str().expect("a number").to_owned();
    assert!(number.starts_with('T'), "{number}");
    assert_eq!(
        (&shown["category"], &shown["status"]),
        (&json!("Erreurs Acomba"), &json!("New"))
    );
    assert_eq!(
        lab.find("ticket", "number", &number),
        std::slice::from_ref(&ticket.id)
    );
    assert_eq!(
        lab.find("ticket", "external_id", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        std::slice::from_ref(&ticket.id)
    );
    lab.write(
        "ticket",
        Action::Update,
        Some(&ticket.id),
        json!({"status": "Complete"}),
    )
    .expect("closed");
    let fault = lab.write(
        "ticket",
        Action::Create,
        None,
        json!({"title": "t", "category": "None such", "company_id": "174"}),
    );
    assert_eq!(
        fault.expect_err("no category").kind,
        FaultKind::MissingReference
    );
}

#[test]
fn companies_and_products_take_the_erps_ids() {
    let Some(lab) = Lab::start() else { return };
    let made = lab.write(
        "company",
        Action::Create,
        None,
        json!({"name": "Neuve inc.", "city": "Alma", "erp_customer_id": "57"}),
    );
    let id = made.expect("created").id;
    lab.write(
        "company",
        Action::Update,
        Some(&id),
        json!({"erp_supplier_id": "12"}),
    )
    .expect("a second id");
    assert_eq!(
        lab.find("company", "erp_customer_id", "57"),
        std::slice::from_ref(&id)
    );
    assert_eq!(
        lab.find("company", "erp_supplier_id", "12"),
        std::slice::from_ref(&id)
    );
    lab.write(
        "company",
        Action::Update,
        Some(&id),
        json!({"erp_customer_id": null, "phone": "418 555-0000"}),
    )
    .expect("cleared");
    assert_eq!(
        lab.find("company", "erp_customer_id", "57"),
        Vec::<String>::new()
    );
    let shown = Autotask
        .read(&lab.host, "company", std::slice::from_ref(&id))
        .expect("read")
        .remove(0)
        .expect("there");
    let shown = filter::value(&shown.body);
    assert_eq!(
        (&shown["erp_supplier_id"], &shown["phone"]),
        (&json!("12"), &json!("418 555-0000"))
    );
    let long = lab
        .write(
            "company",
            Action::Update,
            Some(&id),
            json!({"city": "x".repeat(200)}),
        )
        .expect_err("too long");
    assert_eq!(
        (long.kind, long.field.as_deref()),
        (FaultKind::Rejected, Some("city"))
    );
    let nowhere = lab
        .write(
            "company",
            Action::Update,
            Some(&id),
            json!({"parent_id": "424242"}),
        )
        .expect_err("no such parent");
    assert_eq!(
        (nowhere.kind, nowhere.field.as_deref()),
        (FaultKind::MissingReference, Some("parent_id"))
    );

    lab.write(
        "product",
        Action::Update,
        Some("78"),
        json!({"erp_id": "WD22", "unit_price": "241.50"}),
    )
    .expect("written");
    assert_eq!(lab.find("product", "erp_id", "WD22"), ["78"]);
    assert_eq!(lab.find("product", "sku", "wd22"), ["78"]);
}

#[test]
fn changed_companies_come_again_and_our_own_company_never() {
    let Some(lab) = Lab::start() else { return };
    let first = Autotask
        .changes(&lab.host, "company", None, &[], 500)
        .expect("all");
    assert!(first.entries.len() > 5 && first.entries.iter().all(|entry| entry.id != "0"));
    lab.write(
        "company",
        Action::Update,
        Some("176"),
        json!({"fax": "418 555-0999"}),
    )
    .expect("written");
    let second = Autotask
        .changes(&lab.host, "company", first.next, &[], 500)
        .expect("the changed ones");
    assert_eq!(
        second
            .entries
            .iter()
            .map(|entry| entry.id.as_str())
            .collect::<Vec<_>>(),
        ["176"]
    );
}

#[test]
fn refusals_are_told_apart() {
    let Some(lab) = Lab::start() else { return };
    lab.set("latency", json!("off"));
    lab.set("retryAfterS", json!(3_600));
    for status in [429, 500, 503] {
        lab.set("quotaStatus", json!(status));
        lab.control(json!({"do": "set_threshold_used", "used": 10_000}));
        let fault = Autotask
            .query(&lab.host, "product", &[], None, 10)
            .expect_err("used up");
        assert!(
            matches!(fault.kind, FaultKind::Throttled | FaultKind::Unavailable),
            "{status}: {fault:?}"
        );
    }
    lab.control(json!({"do": "set_threshold_used", "used": 8_000}));
    let findings = Autotask.check(&lab.host).expect("a visit");
    assert!(
        findings.iter().any(|f| f.code == "quota-nearly-used"),
        "{findings:?}"
    );
}

#[test]
fn people_and_goods_are_made_once_whatever_is_lost() {
    let Some(lab) = Lab::start() else { return };
    let code = lab.find("product", "sku", "INSTALL").remove(0);
    let product = Autotask
        .read(&lab.host, "product", &[code])
        .expect("a product")
        .remove(0);
    let code = filter::value(&product.expect("it is there").body)["billing_code_id"].clone();
    let category = lab.first("product_category")["name"].clone();
    for (entity, key, value, body) in [
        (
            "company",
            "name",
            "Neuve et fils",
            json!({"name": "Neuve et fils", "number": "NW0042"}),
        ),
        (
            "contact",
            "email",
            "ana@neuve.example",
            json!({"company_id": "174", "first_name": "Ana", "last_name": "Roy", "email": "ana@neuve.example", "phone": "418 555-0199"}),
        ),
        (
            "product",
            "manufacturer_part",
            "WD22TB4-X",
            json!({"name": "Dock", "billing_code_id": code, "category": category, "manufacturer": "Dell",
                "manufacturer_part": "WD22TB4-X", "unit_price": "239.99"}),
        ),
    ] {
        let made = lab.create_lossy(entity, body).expect(entity).id;
        assert_eq!(
            lab.find(entity, key, value),
            std::slice::from_ref(&made),
            "{entity}"
        );
    }
    let contact = lab.find("contact", "email", "ana@neuve.example").remove(0);
    let changed = lab
        .write(
            "contact",
            Action::Update,
            Some(&contact),
            json!({"active": false, "title": "CFO"}),
        )
        .expect("changed");
    let shown = filter::value(&changed.body.expect("it is shown"));
    assert_eq!(
        (&shown["active"], &shown["title"]),
        (&json!(false), &json!("CFO"))
    );
}

#[test]
fn a_document_becomes_an_opportunity_with_one_quote() {
    let Some(lab) = Lab::start() else { return };
    let opportunity = json!({"title": "Q-10045", "company_id": "174", "probability": 60,
        "status": lab.first("opportunity_status")["name"], "stage": lab.first("opportunity_stage")["name"]});
    let opportunity = lab
        .create_lossy("opportunity", opportunity)
        .expect("an opportunity")
        .id;
    assert_eq!(
        lab.find("opportunity", "title", "q-10045"),
        std::slice::from_ref(&opportunity)
    );
    let labor = lab.first("labor")["id"].clone();
    let product = lab.find("product", "sku", "INSTALL").remove(0);
    let line = |key: &str, quantity: &str| json!({"key": key, "kind": "labor", "labor_id": labor, "name": "Travail", "quantity": quantity, "unit_price": "100"});
    let goods = json!({"key": "2", "kind": "product", "product_id": product, "name": "Installation", "description": "Sur place",
        "quantity": "1", "unit_price": "150.50"});
    let quote = |number: &str, company: &str| {
        json!({"opportunity_id": opportunity, "company_id": company, "name": number, "external_number": number,
        "payment_term_id": lab.first("payment_term")["id"], "shipping_type_id": lab.first("shipping_type")["id"],
        "bill_to_address1": "1 Main", "bill_to_city": "Laval", "ship_to_address1": "2 Side", "ship_to_city": "Laval",
        "lines": [line("1", "2"), goods]})
    };
    let made = lab
        .create_lossy("quote", quote("Q-10045", "174"))
        .expect("a quote");
    let shown = filter::value(&made.body.expect("it is shown"));
    let lines = |shown: &Value| -> Vec<String> {
        let lines = shown["lines"].as_array().expect("lines").iter();
        lines
            .map(|l| {
                let quantity = decimal::parse(&l["quantity"])
                    .expect("a number")
                    .normalize();
                format!("{} {} {quantity}", l["key"], l["kind"])
            })
            .collect()
    };
    assert_eq!(lines(&shown), [r#""1" "labor" 2"#, r#""2" "product" 1"#]);
    assert_eq!(
        json!([
            shown["bill_to_address1"],
            shown["ship_to_address1"],
            shown["lines"][1]["description"]
        ]),
        json!(["1 Main", "2 Side", "Sur place"])
    );
    let changed = lab
        .write(
            "quote",
            Action::Update,
            Some(&made.id),
            json!({"name": "Q-10045 (2)", "lines": [line("1", "3"), line("4", "1")]}),
        )
        .expect("changed");
    let shown = filter::value(&changed.body.expect("it is shown"));
    assert_eq!(lines(&shown), [r#""1" "labor" 3"#, r#""4" "labor" 1"#]);
    assert_eq!(lab.find("quote", "opportunity_id", &opportunity), [made.id]);
    let second = lab.write("quote", Action::Create, None, quote("Q-2", "174"));
    assert_eq!(
        second.expect_err("one quote").message.key,
        "opportunity-has-quote"
    );
}
