//! Whole calls over real sockets against the simulator, which was written apart from this connector.
//!
//! `LIAISON_SIM=path/of/liaison-sim cargo test -p acomba --features native`. Without the variable
//! these tests pass without doing anything, and say so.

use crate::Acomba;
use liaison_sdk::http::Body;
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running simulator, and a connection to it.
struct Lab {
    child: Child,
    address: String,
    host: NativeHost,
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Lab {
    /// A simulator with the seed that ships with it.
    fn start() -> Option<Self> {
        let Ok(binary) = std::env::var("LIAISON_SIM") else {
            eprintln!("LIAISON_SIM is not set: nothing is tested here");
            return None;
        };
        let seed = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/simulators/seeds/acomba.json"
        );
        let mut command = Command::new(binary);
        command
            .args(["acomba", "--listen", "127.0.0.1:0", "--seed", seed])
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        let host = connection(&address, "acme", "acme-key-0001");
        Some(Self {
            child,
            address,
            host,
        })
    }

    /// Steers the simulator.
    #[track_caller]
    fn steer(&self, path: &str, body: Value) -> Value {
        let client = Client::new(&self.host, &self.address);
        let body = Body {
            content_type: "application/json",
            bytes: body.to_string().into_bytes(),
        };
        let answer = client
            .send(Method::Post, &format!("_sim/{path}"), Some(body))
            .unwrap();
        assert!(answer.is_success(), "{}", answer.0.text());
        answer.json().unwrap()
    }

    fn one(&self, entity: &str, operation: Operation) -> Outcome {
        Acomba.write(&self.host, entity, &[operation]).remove(0)
    }

    fn body(&self, entity: &str, id: &str) -> Value {
        let read = Acomba
            .read(&self.host, entity, &[id.to_owned()])
            .unwrap()
            .remove(0);
        serde_json::from_str(&read.expect("the record is there").body).unwrap()
    }

    fn find(&self, entity: &str, field: &str, value: &str) -> Vec<String> {
        let found = Acomba
            .find(
                &self.host,
                entity,
                &[vec![(field.to_owned(), json!(value).to_string())]],
            )
            .unwrap()
            .remove(0);
        found.into_iter().map(|entry| entry.id).collect()
    }
}

fn connection(address: &str, company: &str, key: &str) -> NativeHost {
    NativeHost::new(
        &json!({"base_url": address, "company": company}),
        &[("api_key", key)],
    )
}

fn create(token: &str, body: Value) -> Operation {
    Operation {
        token: format!("{token:A<26}"),
        action: Action::Create,
        id: None,
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn update(id: &str, version: Option<String>, body: Value) -> Operation {
    Operation {
        action: Action::Update,
        id: Some(id.to_owned()),
        version,
        ..create("U", body)
    }
}

fn invoice(customer: &str, reference: &str) -> Value {
    json!({"customer_id": customer, "reference": reference, "description": "Autotask 1205", "date": "2026-03-05",
        "lines": [
            {"kind": "product", "product_number": "INSTALL", "description": format!("Installation {}", "câblée ".repeat(20)), "quantity": "2", "price": "125.00", "amount": "250.00"},
            {"kind": "product", "group_number": "600", "description": "Main-d'œuvre hors catalogue", "quantity": "1", "price": "80.00", "amount": "80.00"},
            {"kind": "comment", "description": "Merci"}],
        "freight": "15.00", "taxes": [{"code": "TPS", "amount": "17.25"}, {"code": "TVQ", "amount": "34.41"}]})
}

fn kind(outcome: &Outcome) -> Option<FaultKind> {
    outcome.as_ref().err().map(|fault| fault.kind)
}

#[test]
fn the_doctor_knows_the_company_and_what_is_wrong() {
    let Some(lab) = Lab::start() else { return };
    let codes = |host: &NativeHost| -> Vec<String> {
        Acomba
            .check(host)
            .unwrap()
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    };
    assert_eq!(codes(&lab.host), ["company"]);
    assert_eq!(
        codes(&connection(&lab.address, "acme", "wrong-key")),
        ["api-key-refused"]
    );
    assert_eq!(
        codes(&connection(&lab.address, "elsewhere", "acme-key-0001")),
        ["company-not-allowed"]
    );
    assert_eq!(
        codes(&connection("http://127.0.0.1:9", "acme", "acme-key-0001")),
        ["bridge-unreachable"]
    );
    lab.steer("control", json!({"do": "exclusive", "company": "acme"}));
    assert_eq!(codes(&lab.host), ["company-locked"]);
}

#[test]
fn a_customer_is_created_once_changed_and_guarded() {
    let Some(lab) = Lab::start() else { return };
    let body = json!({"number": "29683", "name": "Client exemple", "active": true, "term_number": "1", "tax_group": "TPSTVQ",
        "email": "a@b.example", "mobile": "418 555-0102", "language": "fr", "discount": "2.5", "country": "CA", "price_level": null});
    let made = lab.one("customer", create("C1", body.clone())).unwrap();
    assert_eq!(
        lab.one("customer", create("C1", body.clone())).unwrap().id,
        made.id,
        "the same token again"
    );
    let again = lab.one("customer", create("C2", body)).unwrap_err();
    assert_eq!(
        (again.kind, again.existing.as_ref()),
        (FaultKind::Exists, Some(&made.id))
    );
    assert_eq!(
        again.vendor_text.as_deref(),
        Some("Ce numéro est déjà utilisé.")
    );
    assert_eq!(again.field.as_deref(), Some("number"));
    let read: Value = serde_json::from_str(made.body.as_ref().unwrap()).unwrap();
    for (field, value) in [
        ("email", json!("a@b.example")),
        ("mobile", json!("418 555-0102")),
        ("discount", json!("2.5")),
        ("fax", Value::Null),
        ("language", json!("fr")),
    ] {
        assert_eq!(read[field], value, "{field}");
    }
    let changed = lab
        .one(
            "customer",
            update(
                &made.id,
                made.version.clone(),
                json!({"email": null, "city": "Alma"}),
            ),
        )
        .unwrap();
    assert_ne!(changed.version, made.version);
    let read = lab.body("customer", &made.id);
    assert_eq!(
        (&read["email"], &read["city"], &read["mobile"]),
        (&Value::Null, &json!("Alma"), &json!("418 555-0102"))
    );
    assert_eq!(
        kind(&lab.one(
            "customer",
            update(&made.id, made.version, json!({"city": "x"}))
        )),
        Some(FaultKind::Conflict)
    );
    assert_eq!(
        kind(&lab.one(
            "customer",
            update(&made.id, None, json!({"number": "MUN-ROB"}))
        )),
        Some(FaultKind::Rejected)
    );
    let long = lab
        .one(
            "customer",
            update(&made.id, None, json!({"number": "x".repeat(80)})),
        )
        .unwrap_err();
    assert_eq!(
        (long.kind, long.field.as_deref()),
        (FaultKind::Rejected, Some("number"))
    );
    assert_eq!(
        lab.find("customer", "number", "29683"),
        std::slice::from_ref(&made.id)
    );
    let card = json!({"company": "acme", "interface": "Customer", "card_pos": made.id.parse::<u64>().unwrap()});
    let control = |action: &str| {
        let mut body = card.clone();
        body["do"] = json!(action);
        lab.steer("control", body);
    };
    control("reserve");
    let held = lab
        .one("customer", update(&made.id, None, json!({"city": "x"})))
        .unwrap_err();
    assert_eq!(
        (held.kind, held.scope),
        (FaultKind::Locked, FaultScope::OneRecord)
    );
    control("free");
    control("delete");
    assert_eq!(
        kind(&lab.one("customer", update(&made.id, None, json!({"city": "x"})))),
        Some(FaultKind::NotFound)
    );
    assert!(
        Acomba.read(&lab.host, "customer", &[made.id]).unwrap()[0]
            .as_ref()
            .unwrap()
            .deleted
    );
}

#[test]
fn products_and_suppliers_go_both_ways() {
    let Some(lab) = Lab::start() else { return };
    let product = json!({"number": "CABLE-9", "description": "Câble 9 m", "price": "12.3456", "group_number": "100", "unit": "ch", "active": true});
    let made = lab.one("product", create("P1", product)).unwrap();
    let changed = lab
        .one(
            "product",
            update(&made.id, made.version, json!({"price": "13"})),
        )
        .unwrap();
    let read: Value = serde_json::from_str(changed.body.as_ref().unwrap()).unwrap();
    assert_eq!(
        (&read["price"], &read["group_number"], &read["description"]),
        (&json!("13.00"), &json!("100"), &json!("Câble 9 m"))
    );
    let supplier =
        json!({"number": "F-9", "name": "Fournisseur", "term_number": "2", "fax": "418 555-0100"});
    let made = lab.one("supplier", create("S1", supplier)).unwrap();
    let read = lab.body("supplier", &made.id);
    assert_eq!(
        (&read["term_number"], &read["fax"], &read["phone"]),
        (&json!("2"), &json!("418 555-0100"), &Value::Null)
    );
    assert_eq!(lab.find("product_group", "number", "600").len(), 1);
    for entity in ["term", "tax", "tax_group", "product_group"] {
        let page = Acomba.query(&lab.host, entity, &[], None, 1000).unwrap();
        assert!(page.complete && !page.entries.is_empty(), "{entity}");
    }
}

#[test]
fn an_invoice_is_entered_once_whatever_happens() {
    let Some(lab) = Lab::start() else { return };
    let customer = lab.find("customer", "number", "MUN-ROB").remove(0);
    lab.steer(
        "faults",
        json!([{"method": "POST", "path": "Transaction", "times": 1, "action": "drop_after"}]),
    );
    let operation = create("I1", invoice(&customer, "AT-1205"));
    let both = Acomba.write(
        &lab.host,
        "invoice",
        &[
            operation.clone(),
            create("I2", invoice(&customer, "AT-1206")),
        ],
    );
    assert_eq!(
        (kind(&both[0]), kind(&both[1])),
        (
            Some(FaultKind::OutcomeUnknown),
            Some(FaultKind::Unavailable)
        )
    );
    let found = lab.find("invoice", "reference", "AT-1205");
    assert_eq!(
        (
            found.len(),
            lab.find("invoice", "reference", "AT-1206").len()
        ),
        (1, 0)
    );
    let resent = lab.one("invoice", operation).unwrap();
    assert_eq!(found, std::slice::from_ref(&resent.id));
    let again = lab
        .one("invoice", create("I3", invoice(&customer, "AT-1205")))
        .unwrap_err();
    assert_eq!(
        (again.kind, again.existing.as_ref()),
        (FaultKind::Exists, Some(&resent.id))
    );
    let body: Value = serde_json::from_str(resent.body.as_ref().unwrap()).unwrap();
    assert_eq!(
        (&body["subtotal"], &body["total"], &body["freight"]),
        (&json!("345.00"), &json!("396.66"), &json!("15.00"))
    );
    let lines: Vec<(&str, usize)> = body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["kind"].as_str().unwrap(),
                line["description"].as_str().unwrap().chars().count(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("product", 89),
            ("comment", 62),
            ("product", 27),
            ("comment", 5)
        ]
    );
    assert_eq!(body["taxes"][1], json!({"code": "TVQ", "amount": "34.41"}));
    let number = body["number"].as_str().unwrap();
    assert_eq!(lab.find("invoice", "number", number), [resent.id]);
}

#[test]
fn what_acomba_refuses_comes_back_in_its_words() {
    let Some(lab) = Lab::start() else { return };
    let customer = lab.find("customer", "number", "MUN-ROB").remove(0);
    for (path, value, field) in [
        (
            "/lines/1/group_number",
            json!("999"),
            "lines[1].group_number",
        ),
        ("/taxes/1/code", json!("TVX"), "taxes[1].code"),
        ("/taxes", json!([]), "lines"),
        ("/freight", json!("15.01"), ""),
        ("/customer_id", json!("9999"), "customer_id"),
    ] {
        let mut body = invoice(&customer, "AT-1");
        body["subtotal"] = json!("345.00");
        *body.pointer_mut(path).unwrap() = value;
        let fault = lab.one("invoice", create("I9", body)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Rejected, "{path}: {fault:?}");
        assert!(
            field.is_empty() || fault.field.as_deref() == Some(field),
            "{path}: {fault:?}"
        );
        assert!(
            fault.vendor_text.is_some_and(|words| !words.is_empty()) && fault.vendor_code.is_some(),
            "{path}"
        );
    }
}

#[test]
fn walks_show_every_live_record_once_and_then_only_news() {
    let Some(lab) = Lab::start() else { return };
    for entity in ["customer", "supplier", "product", "invoice"] {
        let walk = |since: Option<Cursor>, limit: u32| {
            let (mut ids, mut since) = (Vec::new(), since);
            loop {
                let page = Acomba
                    .changes(&lab.host, entity, since, &[], limit)
                    .unwrap();
                ids.extend(page.entries.into_iter().map(|entry| entry.id));
                since = page.next;
                if !page.more {
                    return (ids, since);
                }
            }
        };
        let (mut seen, next) = walk(None, 2);
        seen.sort();
        let mut all: Vec<String> = Acomba
            .query(&lab.host, entity, &[], None, 1000)
            .unwrap()
            .entries
            .into_iter()
            .map(|entry| entry.id)
            .collect();
        all.sort();
        assert_eq!(seen, all, "{entity}");
        lab.steer("clock", json!({"advance_ms": 600_000}));
        let touched = &all[0];
        let interface = crate::entity::Entity::named(entity).unwrap().interface();
        lab.steer("control", json!({"do": "touch", "company": "acme", "interface": interface, "card_pos": touched.parse::<u64>().unwrap()}));
        let (news, _) = walk(next, 2);
        assert!(news.contains(touched), "{entity}: {touched} in {news:?}");
    }
}

#[test]
fn nonsense_in_answer_to_a_write_leaves_it_open_and_an_exclusive_company_is_waited_for() {
    let Some(lab) = Lab::start() else { return };
    let new = |token: &str, number: &str| create(token, json!({"number": number, "name": "N"}));
    lab.steer(
        "faults",
        json!([{"method": "POST", "path": "Customer", "times": 1, "action": "html"}]),
    );
    assert_eq!(
        kind(&lab.one("customer", new("H1", "H-1"))),
        Some(FaultKind::OutcomeUnknown)
    );
    lab.steer(
        "faults",
        json!([{"method": "GET", "path": "Customer", "times": 1, "action": "html"}]),
    );
    assert_eq!(
        Acomba
            .read(&lab.host, "customer", &["2".to_owned()])
            .unwrap_err()
            .kind,
        FaultKind::Unavailable
    );
    lab.steer("control", json!({"do": "exclusive", "company": "acme"}));
    let fault = lab.one("customer", new("H2", "H-2")).unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Locked, FaultScope::WholeConnection)
    );
}

#[test]
fn a_swapped_folder_is_noticed_before_anything_is_written() {
    let Some(lab) = Lab::start() else { return };
    lab.one(
        "customer",
        create("W1", json!({"number": "W-1", "name": "N"})),
    )
    .unwrap();
    // The simulator cannot swap folders, so the memory of the first contact is swapped instead.
    lab.host
        .memory_set(crate::company::REMEMBERED, b"0bad")
        .unwrap();
    let fault = lab
        .one(
            "customer",
            create("W2", json!({"number": "W-2", "name": "N"})),
        )
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Misconfigured, "acomba-another-company")
    );
    assert_eq!(Acomba.check(&lab.host).unwrap()[0].code, "another-company");
    assert_eq!(lab.find("customer", "number", "W-2").len(), 0);
}
