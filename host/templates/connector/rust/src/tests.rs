//! The connector against a script: what is asked, and what is answered.

use liaison_sdk::contract::FaultKind;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words, Reply, ScriptHost};

use crate::{manifest, Tasks};

const SOURCES: [&str; 3] = [
    include_str!("api.rs"),
    include_str!("doctor.rs"),
    include_str!("manifest.rs"),
];

fn host() -> ScriptHost {
    ScriptHost::new(json!({"base_url": "https://tasks.example"}))
}

fn task(id: &str) -> Value {
    json!({"id": id, "title": "one", "modified_at": "2026-03-05T14:00:00.000Z", "version": 3, "deleted": false})
}

fn operation(action: Action) -> Operation {
    Operation {
        token: "TOKEN".to_owned(),
        action,
        id: (action != Action::Create).then(|| "t-1".to_owned()),
        version: (action != Action::Create).then(|| "3".to_owned()),
        body: json!({"title": "one"}).to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

#[test]
fn the_manifest_is_sound_and_every_sentence_is_there_in_both_languages() {
    assert_manifest(&Tasks.describe());
    for lang in ["en", "fr"] {
        let catalogue = Tasks.catalogue(lang).expect("a language of the product");
        assert_eq!(
            missing_words(&SOURCES, catalogue),
            Vec::<String>::new(),
            "{lang}"
        );
    }
}

#[test]
fn a_walk_goes_on_where_it_was_and_begins_a_little_earlier_next_time() {
    let host = host()
        .on(
            "GET &limit=2",
            json!({"tasks": [task("t-1"), task("t-2")], "next": "17.2"}),
        )
        .on(
            "GET &after=17.2&limit=2",
            json!({"tasks": [task("t-3")], "next": null}),
        )
        .on(
            "GET modified_since=2026-03-05T13%3A59%3A55Z&limit=2",
            json!({"tasks": [], "next": null}),
        );
    let walk = |since| {
        Tasks
            .changes(&host, manifest::ENTITY, since, &[], 2)
            .expect("a page")
    };
    let first = walk(None);
    assert!(first.more && !first.complete && first.entries.len() == 2);
    let second = walk(first.next);
    assert!(!second.more && second.complete);
    assert!(
        !walk(second.next).complete,
        "a walk of what is new says nothing of the rest"
    );
    host.assert_done();
}

#[test]
fn refusals_are_told_as_the_kind_they_are() {
    let table = [
        (401, FaultKind::Unauthorized),
        (404, FaultKind::NotFound),
        (409, FaultKind::Exists),
        (412, FaultKind::Conflict),
        (422, FaultKind::Rejected),
        (423, FaultKind::Locked),
        (429, FaultKind::Throttled),
        (500, FaultKind::OutcomeUnknown),
        (503, FaultKind::Unavailable),
    ];
    for (status, kind) in table {
        let error = json!({"error": {"code": "c", "message": "m", "existing": "t-7"}});
        let host = host().reply("POST /v1/tasks", Reply::Json(status, error));
        let outcomes = Tasks.write(&host, manifest::ENTITY, &[operation(Action::Create)]);
        assert_eq!(
            outcomes[0].as_ref().expect_err("a refusal").kind,
            kind,
            "{status}"
        );
    }
}

#[test]
fn a_create_has_its_key_and_a_change_its_version() {
    let host = host()
        .reply("POST /v1/tasks", Reply::Json(201, task("t-1")))
        .on("PATCH /v1/tasks/t-1", task("t-1"));
    let operations = [operation(Action::Create), operation(Action::Update)];
    let outcomes = Tasks.write(&host, manifest::ENTITY, &operations);
    assert!(outcomes.iter().all(Result::is_ok));
    let sent = host.sent.borrow();
    let header = |at: usize, name: &str| {
        sent[at]
            .headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(header(0, "idempotency-key").as_deref(), Some("TOKEN"));
    assert_eq!(header(1, "if-match").as_deref(), Some("\"3\""));
}
