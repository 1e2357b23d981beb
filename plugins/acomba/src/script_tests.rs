//! Whole calls against a host that answers from a script: what is asked, in which order, and what
//! becomes of the answers.

use crate::Acomba;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{Reply, ScriptHost};

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";

pub fn host() -> ScriptHost {
    ScriptHost::new(json!({"base_url": "https://srv:8443/", "company": "acme"}))
}

fn pinned(id: &str) -> ScriptHost {
    ScriptHost::new(
        json!({"base_url": "https://srv:8443", "company": "acme", "company_unique_id": id}),
    )
}

pub fn info() -> Value {
    json!({"Company": "acme", "CompanyUniqueID": "b0ea", "SdkVersion": 127, "AcombaVersion": "12.7",
        "CurrentUser": {"UsNumber": "supervisor", "CardPos": 1},
        "Capabilities": {"changes": {"Customer": "full", "Supplier": "full", "Product": "full", "Transaction": "full"}}})
}

pub fn refusal(status: u16, code: &str) -> Reply {
    Reply::Json(
        status,
        json!({"error": {"code": code, "aco_error": 9004, "aco_message": "Refusé.", "card_pos": 41}}),
    )
}

fn lost() -> Reply {
    Reply::Error(HttpError::NoAnswer {
        detail: "reset".to_owned(),
    })
}

pub fn create(body: Value) -> Operation {
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

pub fn update(id: &str, version: Option<&str>, body: Value) -> Operation {
    Operation {
        action: Action::Update,
        id: Some(id.to_owned()),
        version: version.map(str::to_owned),
        ..create(body)
    }
}

fn customer(card_pos: u64, at: &str) -> Value {
    json!({"CardPos": card_pos, "CuNumber": format!("C{card_pos}"), "Hash": "h", "ModifiedAt": at, "CuStatus": 0})
}

fn an_invoice() -> Value {
    json!({"customer_id": "57", "reference": "AT-1205", "lines": [], "taxes": []})
}

pub fn kinds(outcomes: &[Outcome]) -> Vec<Option<FaultKind>> {
    outcomes
        .iter()
        .map(|outcome| outcome.as_ref().err().map(|fault| fault.kind))
        .collect()
}

// ---- writing ----------------------------------------------------------------------------------------

#[test]
fn a_create_carries_its_token_and_is_read_back() {
    let host = host()
        .on("GET /v1/acme/info", info())
        .reply(
            "POST /v1/acme/Customer",
            Reply::Json(201, json!({"CardPos": 57, "CuNumber": "C57", "Hash": "h"})),
        )
        .on(
            "GET /v1/acme/Customer/57",
            customer(57, "2026-03-05T14:00:00-05:00"),
        );
    let outcomes = Acomba.write(&host, "customer", &[create(json!({"number": "C57"}))]);
    host.assert_done();
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(
        (applied.id.as_str(), applied.version.as_deref()),
        ("57", Some("h"))
    );
    assert!(applied
        .body
        .as_ref()
        .unwrap()
        .contains("2026-03-05T19:00:00Z"));
    let sent = host.sent.borrow();
    let header = |at: usize, name: &str| {
        sent[at]
            .headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
    };
    assert_eq!(header(1, "Idempotency-Key").as_deref(), Some(TOKEN));
    assert!(header(1, "X-Api-Key").unwrap().starts_with("[api_key:"));
    assert_eq!(header(1, "If-Match"), None);
}

#[test]
fn a_card_changed_in_between_is_not_taken_for_what_was_written() {
    let mut other = customer(57, "2026-03-05T14:00:00-05:00");
    other["Hash"] = json!("theirs");
    let host = host()
        .on("GET /info", info())
        .on(
            "PATCH /v1/acme/Customer/57",
            json!({"CardPos": 57, "CuNumber": "C57", "Hash": "ours"}),
        )
        .on("GET /Customer/57", other);
    let outcomes = Acomba.write(
        &host,
        "customer",
        &[update("57", Some("before"), json!({"name": "N"}))],
    );
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(applied.version.as_deref(), Some("ours"));
    assert_eq!(
        applied.body.as_deref(),
        Some(r#"{"id":"57","number":"C57"}"#)
    );
    let sent = host.sent.borrow();
    assert!(sent[1]
        .headers
        .contains(&("If-Match".to_owned(), "\"before\"".to_owned())));
}

#[test]
fn an_invoice_asks_for_a_unique_reference_and_is_not_read_back() {
    let host = host()
        .on("GET /info", info())
        .reply(
            "POST /v1/acme/Transaction?unique_reference=1",
            Reply::Json(201, json!({"CardPos": 512, "InInvoiceNumber": "10082", "InInvoicePrefix": "", "InInvoiceType": "ITp_Invoice", "Hash": "h"})),
        );
    let outcomes = Acomba.write(&host, "invoice", &[create(an_invoice())]);
    host.assert_done();
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(applied.id, "512");
    assert_eq!(
        applied.body.as_deref(),
        Some(r#"{"id":"512","number":"10082","prefix":null,"type":"invoice"}"#)
    );
}

#[test]
fn one_refused_operation_does_not_stop_the_others() {
    let host = host()
        .on("GET /info", info())
        .reply("POST /Customer", refusal(409, "number_taken"))
        .reply("POST /Customer", refusal(422, "sdk_rejected"))
        .reply("PATCH /Customer/3", refusal(423, "card_reserved"))
        .reply("PATCH /Customer/3", refusal(412, "changed_since_read"))
        .reply("PATCH /Customer/3", refusal(409, "number_taken"))
        .reply("PATCH /Customer/3", refusal(410, "card_deleted"));
    let new = || create(json!({"number": "C57"}));
    let change = || update("3", None, json!({"number": "C57"}));
    let operations = [
        create(json!({"number": "→"})),
        new(),
        new(),
        change(),
        change(),
        change(),
        change(),
    ];
    let outcomes = Acomba.write(&host, "customer", &operations);
    host.assert_done();
    use FaultKind as K;
    let expected = [
        K::Rejected,
        K::Exists,
        K::Rejected,
        K::Locked,
        K::Conflict,
        K::Rejected,
        K::NotFound,
    ];
    assert_eq!(kinds(&outcomes), expected.map(Some));
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().existing.as_deref(),
        Some("41")
    );
    assert_eq!(outcomes[5].as_ref().unwrap_err().existing, None);
    assert_eq!(
        outcomes[2].as_ref().unwrap_err().vendor_text.as_deref(),
        Some("Refusé.")
    );
}

#[test]
fn what_holds_for_the_connection_holds_for_the_rest_of_the_call() {
    for (reply, first, rest) in [
        (lost(), FaultKind::OutcomeUnknown, FaultKind::Unavailable),
        (
            refusal(423, "company_locked"),
            FaultKind::Locked,
            FaultKind::Locked,
        ),
        (
            refusal(503, "closed_window"),
            FaultKind::OutsideWindow,
            FaultKind::OutsideWindow,
        ),
        (
            Reply::Json(200, json!("<html>")),
            FaultKind::OutcomeUnknown,
            FaultKind::Unavailable,
        ),
        (
            Reply::Json(201, json!({"CuNumber": "x"})),
            FaultKind::OutcomeUnknown,
            FaultKind::Unavailable,
        ),
    ] {
        let host = host()
            .on("GET /info", info())
            .reply("POST /Customer", reply);
        let outcomes = Acomba.write(
            &host,
            "customer",
            &[
                create(json!({"number": "1"})),
                create(json!({"number": "2"})),
            ],
        );
        assert_eq!(kinds(&outcomes), [Some(first), Some(rest)]);
        host.assert_done();
    }
}

#[test]
fn nothing_is_deleted_and_no_invoice_changed() {
    for (entity, action) in [
        ("customer", Action::Delete),
        ("invoice", Action::Update),
        ("invoice", Action::Delete),
    ] {
        let host = host().on("GET /info", info());
        let operation = Operation {
            action,
            ..update("3", None, json!({}))
        };
        assert_eq!(
            kinds(&Acomba.write(&host, entity, &[operation])),
            [Some(FaultKind::Rejected)],
            "{entity} {action:?}"
        );
    }
}

// ---- the company ------------------------------------------------------------------------------------

#[test]
fn another_companys_folder_is_never_written_to() {
    let first = host()
        .on("GET /info", info())
        .reply("POST /Customer", refusal(422, "sdk_rejected"));
    Acomba.write(&first, "customer", &[create(json!({"number": "1"}))]);
    let remembered = first.memory.borrow().clone();
    assert_eq!(remembered.len(), 1);
    let swapped = json!({"CompanyUniqueID": "0bad"});
    for host in [host(), pinned("b0ea")] {
        let host = host.on("GET /info", swapped.clone());
        *host.memory.borrow_mut() = remembered.clone();
        let outcomes = Acomba.write(
            &host,
            "customer",
            &[
                create(json!({"number": "1"})),
                create(json!({"number": "2"})),
            ],
        );
        assert_eq!(kinds(&outcomes), [Some(FaultKind::Misconfigured); 2]);
        assert_eq!(
            outcomes[0].as_ref().unwrap_err().scope,
            FaultScope::WholeConnection
        );
        host.assert_done();
    }
    // A person who means it says so.
    let meant = pinned("0bad")
        .on("GET /info", swapped)
        .reply("POST /Customer", refusal(422, "sdk_rejected"));
    *meant.memory.borrow_mut() = remembered;
    assert_eq!(
        kinds(&Acomba.write(&meant, "customer", &[create(json!({"number": "1"}))])),
        [Some(FaultKind::Rejected)]
    );
}

#[test]
fn a_bridge_without_the_identity_works_unless_one_is_demanded() {
    let untold = || json!({"Company": "acme"});
    let free = host()
        .on("GET /info", untold())
        .reply("POST /Customer", refusal(422, "sdk_rejected"));
    assert_eq!(
        kinds(&Acomba.write(&free, "customer", &[create(json!({"number": "1"}))])),
        [Some(FaultKind::Rejected)]
    );
    let strict = pinned("b0ea").on("GET /info", untold());
    assert_eq!(
        kinds(&Acomba.write(&strict, "customer", &[create(json!({"number": "1"}))])),
        [Some(FaultKind::Misconfigured)]
    );
}

// ---- walks ------------------------------------------------------------------------------------------

#[test]
fn a_walk_by_modification_goes_on_from_the_last_pair_and_starts_again_a_little_earlier() {
    let at = "2026-03-01T09:00:00-05:00";
    let host = host()
        .on("GET /info", info())
        .on(
            "GET /v1/acme/Customer/changes?modified_at=1970-01-01T00%3A00%3A00Z&card_pos=0&limit=2",
            json!({"has_more": true, "items": [customer(2, at), customer(9, at)]}),
        )
        .on(
            "GET changes?modified_at=2026-03-01T09%3A00%3A00-05%3A00&card_pos=9&limit=2",
            json!({"has_more": false, "items": [customer(3, "2026-03-01T09:00:01-05:00")]}),
        )
        .on("GET /info", info())
        .on(
            "GET changes?modified_at=2026-03-01T13%3A59%3A01Z&card_pos=0&limit=2",
            json!({"has_more": false, "items": []}),
        )
        .on("GET /info", info())
        .on(
            "GET changes?modified_at=2026-03-01T13%3A59%3A01Z&card_pos=0&limit=2",
            json!({"has_more": false, "items": []}),
        );
    let (mut since, mut seen) = (None, Vec::new());
    for _ in 0..4 {
        let page = Acomba.changes(&host, "customer", since, &[], 2).unwrap();
        seen.push((
            page.entries
                .iter()
                .map(|e| e.id.clone())
                .collect::<Vec<_>>()
                .join(" "),
            page.more,
            page.complete,
        ));
        since = page.next;
    }
    host.assert_done();
    let expected = [
        ("2 9", true, false),
        ("3", false, true),
        ("", false, false),
        ("", false, false),
    ];
    assert_eq!(
        seen,
        expected.map(|(ids, more, complete)| (ids.to_owned(), more, complete))
    );
}

#[test]
fn a_page_that_ends_in_a_young_second_is_gone_over_again_by_the_next_run() {
    // The script's clock says 14:00:00Z; the first page ends at 13:59:58Z.
    let host = host()
        .on("GET /info", info())
        .on(
            "GET card_pos=0&limit=1",
            json!({"has_more": true, "items": [customer(57, "2026-03-05T13:59:58Z")]}),
        )
        .on(
            "GET card_pos=57&limit=1",
            json!({"has_more": false, "items": [customer(12, "2026-03-05T14:10:00Z")]}),
        )
        .on("GET /info", info())
        .on(
            "GET changes?modified_at=2026-03-05T13%3A58%3A58Z&card_pos=0&limit=1",
            json!({"has_more": false, "items": []}),
        );
    let mut since = None;
    for _ in 0..3 {
        since = Acomba
            .changes(&host, "customer", since, &[], 1)
            .unwrap()
            .next;
    }
    host.assert_done();
}

#[test]
fn without_stamps_every_run_walks_by_position_and_shows_the_dead() {
    let mut gone = customer(4, "");
    gone["CuStatus"] = json!(1);
    let plain = json!({"CompanyUniqueID": "b0ea", "Capabilities": {"changes": {}}});
    let host = host()
        .on("GET /info", plain)
        .on(
            "GET Customer?after_card_pos=0&limit=2&include_deleted=1",
            json!({"NumCards": 3, "has_more": true, "next_after_card_pos": 3, "items": []}),
        )
        .on(
            "GET Customer?after_card_pos=3&limit=2&include_deleted=1",
            json!({"NumCards": 3, "has_more": false, "items": [gone]}),
        );
    let first = Acomba.changes(&host, "customer", None, &[], 2).unwrap();
    assert!(first.more && !first.complete && first.entries.is_empty());
    let second = Acomba
        .changes(&host, "customer", first.next, &[], 2)
        .unwrap();
    assert!(second.complete && second.next.is_none() && second.entries[0].deleted);
}

#[test]
fn a_bridge_that_stands_still_does_not_keep_us_walking() {
    let host = host().on("GET /info", info()).on(
        "GET after_card_pos=0&limit=5",
        json!({"has_more": true, "next_after_card_pos": 0, "items": []}),
    );
    let fault = Acomba.query(&host, "tax", &[], None, 5).unwrap_err();
    assert_eq!(fault.message.key, "acomba-no-progress");
}

#[test]
fn a_query_by_key_asks_for_just_that() {
    let host = host()
        .on("GET /info", info())
        .on("GET /Customer/2", customer(2, "2026-03-01T09:00:00Z"))
        .reply("GET /Customer/5", refusal(404, "card_not_found"));
    let filter = [filter::condition(
        "id",
        Comparison::IsIn,
        &[json!("2"), json!("5"), json!("x")],
    )];
    let page = Acomba.query(&host, "customer", &filter, None, 10).unwrap();
    assert_eq!(
        (page.entries.len(), page.more, page.complete),
        (1, false, true)
    );
    host.assert_done();
}

// ---- look-ups ---------------------------------------------------------------------------------------

#[test]
fn reading_keeps_order_and_number() {
    let host = host()
        .on("GET /info", info())
        .on("GET /Customer/2", customer(2, ""))
        .reply("GET /Customer/3", refusal(404, "card_not_found"))
        .reply("GET /Customer/4", refusal(410, "card_deleted"));
    let ids = ["2", "3", "4", "name", "0", "99999999999"].map(str::to_owned);
    let read = Acomba.read(&host, "customer", &ids).unwrap();
    let shape: Vec<Option<bool>> = read
        .iter()
        .map(|entry| entry.as_ref().map(|entry| entry.deleted))
        .collect();
    assert_eq!(shape, [Some(false), None, Some(true), None, None, None]);
}

#[test]
fn a_lost_answer_to_a_read_is_asked_for_once_more() {
    let again = host()
        .on("GET /info", info())
        .reply("GET /Customer/2", lost())
        .on("GET /Customer/2", customer(2, ""));
    assert!(Acomba.read(&again, "customer", &["2".to_owned()]).unwrap()[0].is_some());
    let twice = host()
        .on("GET /info", info())
        .reply("GET /Customer/2", lost())
        .reply("GET /Customer/2", lost());
    assert_eq!(
        Acomba
            .read(&twice, "customer", &["2".to_owned()])
            .unwrap_err()
            .kind,
        FaultKind::Unavailable
    );
}

#[test]
fn keys_are_looked_up_one_by_one() {
    let invoice = json!({"CardPos": 512, "InInvoiceType": "ITp_Invoice", "InReference": "AT 1", "InInvoiceNumber": "10082", "InCustomerSupplierCP": 57});
    let host = host()
        .on("GET /info", info())
        .on(
            "GET Customer/key/1?CuNumber=A%26B",
            json!({"CardPos": 9, "CuNumber": "A&B"}),
        )
        .reply(
            "GET Customer/key/1?CuNumber=none",
            refusal(404, "key_not_found"),
        )
        .on("GET /info", info())
        .on(
            "GET Transaction?InInvoiceType=ITp_Invoice&InReference=AT%201",
            json!({"items": [invoice.clone()]}),
        )
        .on(
            "GET Transaction?InInvoiceType=ITp_Invoice&InReference=AT%201",
            json!({"items": [invoice.clone()]}),
        )
        .on(
            "GET Transaction/key/1?InInvoiceType=ITp_Invoice&InInvoiceNumber=10082",
            invoice,
        )
        .on("GET /info", info());
    let query = |pairs: &[(&str, Value)]| {
        pairs
            .iter()
            .map(|(f, v)| ((*f).to_owned(), v.to_string()))
            .collect::<Vec<_>>()
    };
    let found = |entity: &str, queries: &[Vec<(String, String)>]| {
        Acomba
            .find(&host, entity, queries)
            .unwrap()
            .iter()
            .map(Vec::len)
            .collect::<Vec<_>>()
    };
    let customers = [
        query(&[("number", json!("A&B"))]),
        query(&[("number", json!("none"))]),
        query(&[("number", json!("→"))]),
        query(&[("number", Value::Null)]),
    ];
    assert_eq!(found("customer", &customers), [1, 0, 0, 0]);
    let invoices = [
        query(&[
            ("reference", json!(" AT\n1 ")),
            ("customer_id", json!("57")),
        ]),
        query(&[("reference", json!("AT 1")), ("customer_id", json!("58"))]),
        query(&[("number", json!("10082"))]),
    ];
    assert_eq!(found("invoice", &invoices), [1, 0, 1]);
    assert!(Acomba
        .find(&host, "customer", &[query(&[("name", json!("x"))])])
        .is_err());
    host.assert_done();
}

#[test]
fn many_numbers_are_found_in_one_walk_unless_the_company_is_too_large() {
    let queries: Vec<Vec<(String, String)>> = (2..62)
        .map(|n| vec![("number".to_owned(), format!("\"C{n}\""))])
        .collect();
    let small = host().on("GET /info", info()).on(
        "GET Customer?after_card_pos=0&limit=1000",
        json!({"NumCards": 2, "has_more": false, "items": [customer(2, ""), customer(3, "")]}),
    );
    let found = Acomba.find(&small, "customer", &queries).unwrap();
    assert_eq!(
        found.iter().map(Vec::len).collect::<Vec<_>>()[..3],
        [1, 1, 0]
    );
    small.assert_done();
    let mut large = host().on("GET /info", info()).on(
        "GET limit=1000",
        json!({"NumCards": 90_000, "has_more": true, "items": [customer(2, "")]}),
    );
    for n in 2..62 {
        large = large.reply(
            &format!("GET /Customer/key/1?CuNumber=C{n}"),
            refusal(404, "key_not_found"),
        );
    }
    assert_eq!(
        Acomba
            .find(&large, "customer", &queries)
            .unwrap()
            .concat()
            .len(),
        0
    );
    large.assert_done();
}

// ---- the doctor -------------------------------------------------------------------------------------

#[test]
fn every_trouble_has_a_finding_with_a_place_and_a_remedy() {
    for (reply, code, level) in [
        (
            refusal(401, "unauthorized"),
            "api-key-refused",
            Level::Error,
        ),
        (
            refusal(403, "forbidden"),
            "company-not-allowed",
            Level::Error,
        ),
        (
            refusal(404, "company_not_found"),
            "company-folder-missing",
            Level::Error,
        ),
        (refusal(503, "login_failed"), "login-failed", Level::Error),
        (refusal(503, "licence_limit"), "licence-limit", Level::Error),
        (
            refusal(503, "version_mismatch"),
            "version-mismatch",
            Level::Error,
        ),
        (
            refusal(503, "closed_window"),
            "closed-window",
            Level::Warning,
        ),
        (
            refusal(423, "company_locked"),
            "company-locked",
            Level::Warning,
        ),
        (
            refusal(503, "sdk_not_started"),
            "sdk-not-started",
            Level::Error,
        ),
        (Reply::Json(500, json!({})), "bridge-answer", Level::Error),
        (
            Reply::Json(200, json!({"CompanyUniqueID": "0bad"})),
            "another-company",
            Level::Error,
        ),
    ] {
        let host = pinned("b0ea")
            .on("GET /v1/health", json!({"status": "ok"}))
            .reply("GET /v1/acme/info", reply);
        let findings = Acomba.check(&host).unwrap();
        let [finding] = &findings[..] else {
            panic!("{code}: {findings:?}")
        };
        assert_eq!((finding.code.as_str(), finding.level), (code, level));
        assert!(finding.place.is_some() && finding.fix.is_some(), "{code}");
    }
}

#[test]
fn a_missing_bridge_address_or_key_is_a_finding() {
    let unreachable = |why| {
        Reply::Error(HttpError::NotSent {
            why,
            detail: "d".to_owned(),
        })
    };
    use liaison_sdk::host::NotSent;
    for (why, code) in [
        (NotSent::Unreachable, "bridge-unreachable"),
        (NotSent::Denied, "bridge-address"),
        (NotSent::Invalid, "bridge-address"),
    ] {
        let host = host().reply("GET /v1/health", unreachable(why));
        assert_eq!(Acomba.check(&host).unwrap()[0].code, code);
    }
    let host = host();
    host.unset.borrow_mut().push("api_key".to_owned());
    assert_eq!(
        Acomba.check(&host).unwrap()[0].code,
        "connection-incomplete"
    );
    assert_eq!(
        Acomba.check(&ScriptHost::new(json!({}))).unwrap()[0].code,
        "connection-incomplete"
    );
}

#[test]
fn a_good_company_is_named_and_its_empty_tables_are_shown() {
    let one = json!({"items": [{"CardPos": 2}], "has_more": false});
    let none = json!({"items": [], "has_more": false});
    for (groups, taxes, expected) in [
        (&one, &one, vec!["company"]),
        (
            &none,
            &none,
            vec!["company", "no-product-groups", "no-taxes"],
        ),
    ] {
        let host = host()
            .on("GET /health", json!({"status": "ok"}))
            .on("GET /info", info())
            .on("GET ProductGroup?after_card_pos=0&limit=1", groups.clone())
            .on("GET Tax?after_card_pos=0&limit=1", taxes.clone());
        let codes: Vec<String> = Acomba
            .check(&host)
            .unwrap()
            .into_iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(codes, expected);
        host.assert_done();
    }
}
