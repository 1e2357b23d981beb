use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::model::NativeId;

fn fields(value: Value) -> Fields {
    value.as_object().cloned().expect("fields")
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn write(asked: Value, was: Value) -> Begun {
    Begun {
        asked: fields(json!({ "city": asked })),
        own: fields(json!({ "town": asked })),
        was: fields(json!({ "city": was })),
        written: set(&["city"]),
        lost: Vec::new(),
        answer: None,
        created: false,
        repeated: false,
    }
}

fn entry(city: &Value, version: Option<&str>) -> Entry {
    Entry {
        id: NativeId::parse("7").expect("an id"),
        version: version.map(str::to_owned),
        deleted: false,
        body: json!({ "city": city }),
    }
}

#[test]
fn what_stands_there_tells_what_became_of_a_write() {
    for (asked, was, now, fate) in [
        (json!("Roberval"), json!("Alma"), json!("Roberval"), "taken"),
        (json!("Roberval"), json!("Alma"), json!("ROBERVAL"), "taken"),
        (
            json!(" Roberval "),
            json!("Alma"),
            json!("Roberval"),
            "taken",
        ),
        (json!("Roberval"), json!("Alma"), json!("Alma"), "as before"),
        (
            json!("Roberval"),
            json!("Alma"),
            json!("Chambord"),
            "edited",
        ),
        // Who emptied it, its system or somebody, nobody knows.
        (json!("Roberval"), json!("Alma"), json!(""), "edited"),
        (json!("Roberval"), json!(""), json!(null), "as before"),
        (json!(""), json!("Alma"), json!(null), "taken"),
        (json!(""), json!("Alma"), json!("Chambord"), "edited"),
        // A system that writes everything in capitals shows nothing of a change of case.
        (json!("Alma"), json!("ALMA"), json!("ALMA"), "as before"),
    ] {
        let now_fields = fields(json!({ "city": now }));
        let said = match write(asked.clone(), was.clone()).fate(&now_fields, &set(&["city"])) {
            Fate::Taken => "taken",
            Fate::InDoubt(Doubt::AsBefore) => "as before",
            Fate::InDoubt(Doubt::Edited) => "edited",
        };
        assert_eq!(said, fate, "{asked} over {was}, now {now}");
    }
}

#[test]
fn of_a_write_of_two_fields_both_tell() {
    for (first, second, fate) in [
        ("50 rue B", "", "taken"),
        ("12 rue A", "app 3", "as before"),
        // Somebody emptied the second; the first says that ours never arrived.
        ("12 rue A", "", "edited"),
        ("50 rue B", "app 3", "edited"),
        // It arrived, and somebody went on from there.
        ("50 rue B", "app 9", "taken"),
        ("9 rue C", "app 3", "edited"),
    ] {
        let begun = Begun {
            asked: fields(json!({ "one": "50 rue B", "two": "" })),
            was: fields(json!({ "one": "12 rue A", "two": "app 3" })),
            written: set(&["one", "two"]),
            ..write(json!(null), json!(null))
        };
        let now = fields(json!({ "one": first, "two": second }));
        let said = match begun.fate(&now, &set(&["one", "two"])) {
            Fate::Taken => "taken",
            Fate::InDoubt(Doubt::AsBefore) => "as before",
            Fate::InDoubt(Doubt::Edited) => "edited",
        };
        assert_eq!(said, fate, "{first} {second}");
    }
}

#[test]
fn lines_have_arrived_when_they_say_what_was_asked() {
    let lines = |quantity: u32| json!([{ "item": "A", "quantity": quantity }]);
    for (now, taken) in [(lines(2), true), (lines(3), false)] {
        let begun = write(lines(2), lines(1));
        let fate = begun.fate(&fields(json!({ "city": now })), &set(&["city"]));
        assert_eq!(matches!(fate, Fate::Taken), taken, "{now}");
    }
}

#[test]
fn where_nothing_goes_back_a_systems_own_form_is_asked_away_once() {
    let answer = || {
        Some(Answer {
            made: fields(json!({ "city": "12.35" })),
            version: None,
        })
    };
    let first = Begun {
        answer: answer(),
        ..write(json!("12.345"), json!("1"))
    };
    let now = entry(&json!("12.35"), None);
    assert_eq!(
        first.made(&now, &set(&["city"]), false)["city"],
        json!("12.345")
    );
    let again = Begun {
        answer: answer(),
        repeated: true,
        ..write(json!("12.345"), json!("12.35"))
    };
    assert_eq!(
        again.made(&now, &set(&["city"]), false)["city"],
        json!("12.35")
    );
    let edited = entry(&json!("99"), None);
    let unanswered = Begun {
        answer: Some(Answer {
            made: Fields::new(),
            version: None,
        }),
        ..again
    };
    assert_eq!(
        unanswered.made(&edited, &set(&["city"]), false)["city"],
        json!("12.345")
    );
}

#[test]
fn what_we_left_there_is_told_from_what_somebody_made_of_it() {
    let answered = |made: Value, version: Option<&str>| {
        Some(Answer {
            made: fields(made),
            version: version.map(str::to_owned),
        })
    };
    let cases = [
        // The answer tells.
        (
            answered(json!({ "city": "ROBERVAL" }), None),
            json!("Chambord"),
            None,
            json!("ROBERVAL"),
        ),
        // None but a version, and another stands there now: of a field that says the same it was not the field.
        (
            answered(json!({}), Some("2")),
            json!("ROBERVAL"),
            Some("3"),
            json!("ROBERVAL"),
        ),
        (
            answered(json!({}), Some("2")),
            json!("Rober"),
            Some("3"),
            json!("Roberval"),
        ),
        (
            answered(json!({}), Some("2")),
            json!("Chambord"),
            Some("3"),
            json!("Roberval"),
        ),
        (
            answered(json!({}), Some("2")),
            json!("ROBERVAL"),
            Some("2"),
            json!("ROBERVAL"),
        ),
        // Without either, a form of what was asked is the system's.
        (
            answered(json!({}), None),
            json!("ROBERVAL"),
            None,
            json!("ROBERVAL"),
        ),
        (
            answered(json!({}), None),
            json!("Chambord"),
            None,
            json!("Roberval"),
        ),
        (None, json!("ROBERVAL"), None, json!("ROBERVAL")),
    ];
    for (answer, now, version, left) in cases {
        let begun = Begun {
            answer,
            ..write(json!("Roberval"), json!("Alma"))
        };
        let made = begun.made(&entry(&now, version), &set(&["city"]), true);
        assert_eq!(made["city"], left, "{begun:?}, now {now}");
    }
}

#[test]
fn a_new_record_tells_what_its_system_made_of_it() {
    let groups = [
        Group {
            source: set(&["town"]),
            target: set(&["city"]),
            owner: None,
        },
        Group {
            source: set(&["no"]),
            target: set(&["number", "note"]),
            owner: Some(FlowSide::Source),
        },
    ];
    let (sent, own) = (
        json!({ "city": "Roberval", "number": 7, "else": 1 }),
        json!({ "town": "Roberval", "no": 7 }),
    );
    let begun = Begun::creation(&groups, FlowSide::Target, &sent, &own);
    assert_eq!(
        begun.asked,
        fields(json!({ "city": "Roberval", "number": 7 }))
    );
    assert_eq!(begun.own, fields(json!({ "town": "Roberval", "no": 7 })));
    let city = set(&["city"]);
    // It exists, so it was made, even where it says something else by now.
    let now = entry(&json!("Chambord"), None);
    assert!(matches!(
        begun.fate(&fields(now.body.clone()), &city),
        Fate::Taken
    ));
    assert_eq!(begun.made(&now, &city, true)["city"], json!("Roberval"));
    assert_eq!(
        begun.made(&entry(&json!("Rober"), None), &city, true)["city"],
        json!("Rober")
    );
}

#[test]
fn it_survives_in_the_link() {
    let mut base = write(json!("Roberval"), json!("Alma"));
    base.lost = vec![LostValue {
        field: "city".to_owned(),
        value: json!("Alma"),
        unsure: true,
    }];
    base.answer = Some(Answer {
        made: Fields::new(),
        version: Some("2".to_owned()),
    });
    let text = serde_json::to_string(&base).expect("plain data");
    assert_eq!(
        serde_json::from_str::<Begun>(&text).expect("what was written"),
        base
    );
}
