//! The stage of an opportunity by label and percentage: found, made once, renamed, deleted.

use super::*;
use crate::api::Api;
use crate::stage::memory_key;

const TODAY: u64 = 20_517;

fn stage(id: i64, main: &str, percent: i64, label: &str) -> Value {
    json!({"id": id, "main": main, "percent": percent, "label_fr": label, "label_en": format!("{label} (en)")})
}

fn stages() -> Value {
    json!([
        stage(4, "advanced", 90, "Avancée"),
        stage(9, "won", 100, "Facture")
    ])
}

fn invoice(stage: Value) -> Operation {
    let mut body = json!({"external_id": "acomba-tx:1", "customer_id": "88", "title": "10082"});
    body.as_object_mut()
        .unwrap()
        .extend(stage.as_object().unwrap().clone());
    create(body)
}

/// A host that remembers these stages.
fn remembering(known: Value) -> ScriptHost {
    let host = host();
    let key = memory_key(&Api::open(&host).unwrap());
    host.memory_set(&key, known.to_string().as_bytes()).unwrap();
    host
}

fn remembered(host: &ScriptHost) -> Value {
    let key = memory_key(&Api::open(host).unwrap());
    let stored = host.memory_get(&key);
    stored.map_or(Value::Null, |json| serde_json::from_slice(&json).unwrap())
}

/// What a create reads before it looks at the stage.
fn before(host: ScriptHost) -> ScriptHost {
    host.gets("Opportunities", "Eacomba-tx:1", json!([]))
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        )
}

/// What follows when the opportunity is sent.
fn written(host: ScriptHost) -> ScriptHost {
    host.posts("Opportunities", json!([{"id": 7001}]))
        .gets("Opportunities", "O7001", json!([]))
}

#[test]
fn a_stage_that_is_there_is_used_and_remembered() {
    for (there, asked, id) in [
        (
            stages(),
            json!({"stage_label": "Facture", "stage_percent": 100}),
            9,
        ),
        // Any percentage.
        (stages(), json!({"stage_label": " facture "}), 9),
        (
            json!([
                stage(5, "won", 100, "Vente"),
                stage(6, "advanced", 90, "Vente")
            ]),
            json!({"stage_label": "Vente", "stage_percent": 90}),
            6,
        ),
    ] {
        let host = written(before(host()).gets("Stages", "all", there));
        let outcomes = write(&host, "opportunity", &[invoice(asked)]);
        assert_eq!(told(&outcomes[0]), Ok("7001"));
        let row = &sent(&host, 5)[0];
        assert_eq!(row["stage_id"], id);
        assert_eq!(
            (row.get("stage_label"), row.get("stage_percent")),
            (None, None)
        );
        assert_eq!(remembered(&host)[0]["id"], id);
    }
}

#[test]
fn what_was_written_and_what_is_read_tells_label_and_percentage() {
    let row = || json!([{"id": 7001, "external_id": "acomba-tx:1", "stage_id": 9}]);
    let expected = json!({"id": "7001", "external_id": "acomba-tx:1", "stage_id": "9", "stage_label": "Facture",
        "stage_label_en": "Facture (en)", "stage_percent": 100});
    let host1 = before(host())
        .gets("Stages", "all", stages())
        .posts("Opportunities", json!([{"id": 7001}]))
        .gets("Opportunities", "O7001", row());
    let asked = json!({"stage_label": "Facture", "stage_percent": 100});
    let outcomes = write(&host1, "opportunity", &[invoice(asked)]);
    let shown = outcomes[0].as_ref().unwrap().body.as_deref().unwrap();
    assert_eq!(filter::value(shown), expected);
    let all = || host().gets_few("Opportunities", "all", row());
    let host2 = host()
        .gets("Opportunities", "O7001", row())
        .gets("Stages", "all", stages());
    let read = CentrixOne.read(&host2, "opportunity", &["7001".to_owned()]);
    assert_eq!(body(read.unwrap()[0].as_ref().unwrap()), expected);
    let host3 = all()
        .gets("Stages", "all", stages())
        .gets("Opportunities", "O7001", row());
    let page = CentrixOne.changes(&host3, "opportunity", None, &[], 9);
    assert_eq!(body(&page.unwrap().entries[0]), expected);
    let host4 = all()
        .gets("Opportunities", "O7001", row())
        .gets("Stages", "all", stages());
    let page = CentrixOne.query(&host4, "opportunity", &[], None, 9);
    assert_eq!(body(&page.unwrap().entries[0]), expected);
    [host2, host3, host4]
        .iter()
        .for_each(ScriptHost::assert_done);
}

#[test]
fn a_stage_that_is_not_there_is_made_once_under_its_main_stage() {
    let mut more = stages().as_array().unwrap().clone();
    more.push(stage(12, "advanced", 90, "Commande"));
    let second = Operation {
        body: invoice(json!({"stage_label": "COMMANDE", "stage_percent": 90}))
            .body
            .replace("tx:1", "tx:2"),
        ..create(json!({}))
    };
    let host = host()
        .gets("Opportunities", "Eacomba-tx:1,Eacomba-tx:2", json!([]))
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        )
        .gets("Stages", "all", stages())
        .posts("Stages", json!([{"id": 12}]))
        .gets("Stages", "all", json!(more))
        .posts("Opportunities", json!([{"id": 7001}, {"id": 7002}]))
        .gets("Opportunities", "O7001,O7002", json!([]));
    let asked = json!({"stage_label": "Commande", "stage_label_en": "Order", "stage_percent": 90});
    let outcomes = write(&host, "opportunity", &[invoice(asked), second]);
    assert_eq!(
        (told(&outcomes[0]), told(&outcomes[1])),
        (Ok("7001"), Ok("7002"))
    );
    assert_eq!(
        sent(&host, 5),
        json!([{"main": "advanced", "percent": 90, "label_fr": "Commande", "label_en": "Order"}])
    );
    let ids: Vec<Value> = (0..2)
        .map(|at| sent(&host, 7)[at]["stage_id"].clone())
        .collect();
    assert_eq!(ids, [json!(12), json!(12)]);
    assert_eq!(
        (
            &remembered(&host)[0]["id"],
            remembered(&host).as_array().unwrap().len()
        ),
        (&json!(12), 1)
    );
}

#[test]
fn a_stage_that_cannot_be_made_stops_its_own_records_only() {
    let asked = json!({"stage_label": "Commande", "stage_percent": 90});
    for (reply, kind, key) in [
        (
            plain(403, "Stages cannot be created"),
            FaultKind::Rejected,
            "stage-not-made",
        ),
        (
            plain(404, "Unknown object"),
            FaultKind::Rejected,
            "stage-not-made",
        ),
        (
            plain(405, "Method not allowed"),
            FaultKind::Rejected,
            "stage-not-made",
        ),
        // Perhaps it was made: the next try finds it by its label.
        (lost(), FaultKind::Unavailable, "stage-not-made"),
        (page(), FaultKind::Unavailable, "stage-not-made"),
    ] {
        let host = before(host())
            .gets("Stages", "all", stages())
            .reply(&post("Stages"), reply);
        let outcomes = write(&host, "opportunity", &[invoice(asked.clone())]);
        assert_eq!(told(&outcomes[0]), Err((kind, key, Some("stage_label"))));
        let scope = outcomes[0].as_ref().unwrap_err().scope;
        assert_eq!(
            (scope, remembered(&host)),
            (FaultScope::OneRecord, Value::Null)
        );
    }
    let busy = before(host())
        .gets("Stages", "all", stages())
        .reply(&post("Stages"), plain(503, "Service Unavailable"));
    let outcomes = write(&busy, "opportunity", &[invoice(asked)]);
    let scope = outcomes[0].as_ref().unwrap_err().scope;
    assert_eq!(scope, FaultScope::WholeConnection);
    let host = before(host()).gets("Stages", "all", stages());
    let outcomes = write(
        &host,
        "opportunity",
        &[invoice(json!({"stage_label": "Contrat"}))],
    );
    let expected = (
        FaultKind::Rejected,
        "stage-no-percent",
        Some("stage_percent"),
    );
    assert_eq!(told(&outcomes[0]), Err(expected));
}

#[test]
fn a_renamed_deleted_or_other_stage_is_told_and_never_made_again() {
    let known = || json!([{"label": "Commande", "id": 4, "asked": 1}, {"label": "Contrat", "id": 3, "asked": 1}]);
    for (asked, key, field) in [
        (
            json!({"stage_label": "Commande", "stage_percent": 90}),
            "stage-renamed",
            "stage_label",
        ),
        (
            json!({"stage_label": "Contrat", "stage_percent": 90}),
            "stage-deleted",
            "stage_label",
        ),
        (
            json!({"stage_label": "Facture", "stage_percent": 90}),
            "stage-percent",
            "stage_percent",
        ),
    ] {
        let host = before(remembering(known())).gets("Stages", "all", stages());
        let outcomes = write(&host, "opportunity", &[invoice(asked)]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::Rejected, key, Some(field)))
        );
        let fault = outcomes[0].as_ref().unwrap_err();
        assert_eq!(fault.scope, FaultScope::OneRecord);
        assert_eq!(
            fault.message.fallback.contains("now called “Avancée”"),
            key == "stage-renamed"
        );
    }
    // One that a person has added again by hand is the one from now on.
    let mut added = stages().as_array().unwrap().clone();
    added.push(stage(20, "advanced", 90, "Contrat"));
    let host = written(before(remembering(known())).gets("Stages", "all", json!(added)));
    let asked = json!({"stage_label": "Contrat", "stage_percent": 90});
    write(&host, "opportunity", &[invoice(asked)]);
    let kept = json!({"label": "Contrat", "id": 20, "asked": TODAY});
    assert_eq!(remembered(&host)[1], kept);
}

#[test]
fn stages_that_cannot_be_read_are_asked_for_once() {
    let host = before(host()).reply(&get("Stages", "all"), plain(403, "No"));
    let asked = json!({"stage_label": "Facture", "stage_percent": 100});
    let outcomes = write(
        &host,
        "opportunity",
        &[invoice(asked.clone()), update("7002", None, asked)],
    );
    for outcome in &outcomes {
        let expected = (FaultKind::Misconfigured, "centrixone-read-refused", None);
        assert_eq!(told(outcome), Err(expected));
    }
}

#[test]
fn ids_of_another_account_mean_nothing() {
    let host = remembering(json!([{"label": "Commande", "id": 3, "asked": TODAY}]));
    let other = ScriptHost::new(json!({"account": "777"}));
    *other.memory.borrow_mut() = host.memory.borrow().clone();
    assert_eq!(remembered(&other), Value::Null);
}

#[test]
fn an_update_that_tells_half_takes_the_other_half_from_the_record() {
    let there = || {
        let mut there = stages().as_array().unwrap().clone();
        there.push(stage(14, "advanced", 90, "Facture"));
        json!(there)
    };
    let made = json!([{"main": "won", "percent": 100, "label_fr": "Devis", "label_en": "Devis"}]);
    for (fields, made, id) in [
        (json!({"stage_percent": 90}), None, 14),
        (json!({"stage_label": "Avancée"}), None, 4),
        (json!({"stage_label": "Devis"}), Some(made), 30),
    ] {
        // It stands at “Facture”, 100 %.
        let record = json!([{"id": 7001, "stage_id": 9}]);
        let mut host = host()
            .gets("Opportunities", "O7001", record)
            .gets("Stages", "all", there());
        if made.is_some() {
            host = host.posts("Stages", json!([{"id": id}]));
        }
        let host = written(host);
        let outcomes = write(&host, "opportunity", &[update("7001", None, fields)]);
        assert_eq!(told(&outcomes[0]), Ok("7001"));
        let sent: Vec<Value> = (2..host.sent.borrow().len() - 1)
            .map(|at| sent(&host, at))
            .collect();
        let row = json!([{"id": 7001, "stage_id": id}]);
        assert_eq!(sent, made.into_iter().chain([row]).collect::<Vec<_>>());
    }
    for (fields, key, field) in [
        (
            json!({"stage_label": null}),
            "centrixone-unfit",
            "stage_label",
        ),
        (
            json!({"stage_label": "x", "stage_percent": "many"}),
            "centrixone-unfit",
            "stage_percent",
        ),
        (
            json!({"stage_label_en": "Invoice"}),
            "centrixone-only-once",
            "stage_label_en",
        ),
    ] {
        let mut host = host();
        if field == "stage_percent" {
            host = host.gets("Stages", "all", stages());
        }
        let outcomes = write(&host, "opportunity", &[update("7001", None, fields)]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::Rejected, key, Some(field)))
        );
    }
}
