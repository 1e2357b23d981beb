//! The Web Connector against a small endpoint: the order of calls, every answer's consequence, every step
//! at which power can be lost.

use serde_json::{Value, json};

use super::endpoint::{Endpoint, Reply};
use super::lab::{START, demo, set};
use crate::Simulator;
use crate::quickbooks_desktop::{QuickbooksDesktop, new};

const STOP: &str = "onError=\"stopOnError\"";

struct Office {
    sim: QuickbooksDesktop,
}

impl Office {
    /// The demo company with one poll of the endpoint, fast and only when told to.
    fn polling(endpoint: &Endpoint, more: Value) -> Self {
        let mut sim = new();
        sim.seed(&demo(), START).unwrap();
        let mut office = Self { sim };
        let mut poll = json!({"do": "poll", "url": endpoint.url, "username": "acme", "password": "p&w", "second_ms": 1});
        poll.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        office.act(poll);
        office
    }

    #[track_caller]
    fn act(&mut self, action: Value) -> Value {
        self.sim.control(&action, START).unwrap()
    }

    #[track_caller]
    fn session(&mut self) -> Value {
        self.act(json!({"do": "session"}))
    }

    fn has(&mut self, name: &str) -> bool {
        self.sim
            .control(
                &json!({"do": "object", "kind": "Customer", "key": name}),
                START,
            )
            .is_ok()
    }

    fn private(&self, name: &str) -> String {
        let state = self.sim.state();
        let all = state["company"]["private"].as_array().unwrap();
        let found = all.iter().find(|private| private["name"] == name).unwrap();
        found["value"].as_str().unwrap().to_owned()
    }
}

fn customer(name: &str) -> String {
    format!(
        "<CustomerAddRq requestID=\"q\"><CustomerAdd><Name>{name}</Name></CustomerAdd></CustomerAddRq>"
    )
}

fn ended(transcript: &Value) -> (&str, &str) {
    (
        transcript["ended"].as_str().unwrap(),
        transcript["detail"].as_str().unwrap(),
    )
}

#[test]
fn a_session_in_order() {
    let sets = vec![set(STOP, "<CustomerQueryRq/>"), set(STOP, &customer("New"))];
    let endpoint = Endpoint::with_sets(sets);
    let mut office = Office::polling(&endpoint, json!({}));
    let transcript = office.session();
    assert_eq!(ended(&transcript), ("closed", "OK"));
    assert_eq!(
        endpoint.operations(),
        [
            "serverVersion",
            "clientVersion",
            "authenticate",
            "sendRequestXML",
            "receiveResponseXML",
            "sendRequestXML",
            "receiveResponseXML",
            "closeConnection"
        ]
    );
    let figures = ["message_sets", "requests", "round_trips", "step_count"]
        .map(|name| transcript[name].as_u64().unwrap());
    assert_eq!(figures, [2, 2, 8, 19]);
    let login = endpoint.call("authenticate");
    assert_eq!(login.parameters.get("strPassword"), Some("p&w"));
    assert!(
        login
            .head
            .contains("soapaction: \"http://developer.intuit.com/authenticate\"")
            || login.head.contains("SOAPAction"),
        "{}",
        login.head
    );
    let first = endpoint.call("sendRequestXML");
    let hcp = first.parameters.get("strHCPResponse").unwrap();
    for part in [
        "<HostRet>",
        "<CompanyRet>",
        "<PreferencesRet>",
        "<DataExtName>FileID</DataExtName>",
        "LOCKED:",
    ] {
        assert!(hcp.contains(part), "{part} in {hcp}");
    }
    assert_eq!(
        first.parameters.get("strCompanyFileName"),
        Some("C:\\Comptabilite\\boreal.qbw")
    );
    assert_eq!(first.parameters.get("qbXMLMajorVers"), Some("13"));
    let received = endpoint.call("receiveResponseXML");
    assert!(
        received
            .parameters
            .get("response")
            .unwrap()
            .contains("<CustomerRet>")
    );
    assert_eq!(received.parameters.get("hresult"), Some(""));
    assert!(office.has("New") && office.private("AppLock").starts_with("UNLOCKED:"));
    let state = office.sim.state();
    assert!(!state.to_string().contains("p&w"), "the password shows");
}

#[test]
fn rpc_style_has_prefixes_and_types() {
    let endpoint = Endpoint::with_sets(vec![set(STOP, "<HostQueryRq/>")]);
    let mut office = Office::polling(&endpoint, json!({"style": "RPC"}));
    assert_eq!(ended(&office.session()).0, "closed");
    let call = endpoint.call("sendRequestXML");
    assert!(
        call.body.contains("<q1:sendRequestXML xmlns:q1=")
            && call.body.contains("xsi:type=\"xsd:string\"")
    );
}

/// Power lost at every step: what is done is done, nothing is called after, and the same set sent again in
/// the next session is done exactly once.
#[test]
fn power_lost_at_every_step() {
    let text = set(
        &format!("{STOP} newMessageSetID=\"N-1\""),
        &customer("Once"),
    );
    let whole = {
        let endpoint = Endpoint::with_sets(vec![text.clone()]);
        Office::polling(&endpoint, json!({})).session()
    };
    let steps: Vec<String> = whole["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["at"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps.len(), 14, "{steps:?}");
    for (at, name) in steps.iter().enumerate() {
        // The endpoint gives the same bytes until they are answered.
        let bytes = text.clone();
        let mut answered = false;
        let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
            "authenticate" => Reply::Array(vec!["t", if answered { "none" } else { "" }]),
            "sendRequestXML" => Reply::Text(bytes.clone()),
            "receiveResponseXML" => {
                answered = true;
                Reply::Text("100".to_owned())
            }
            _ => Reply::Text(String::new()),
        });
        let mut office = Office::polling(&endpoint, json!({}));
        let place = if at % 2 == 0 {
            json!(at + 1)
        } else {
            json!(name)
        };
        office.act(json!({"do": "fault", "die_at": place}));
        let transcript = office.session();
        assert_eq!(ended(&transcript), ("power_lost", name.as_str()));
        assert_eq!(transcript["step_count"], at + 1);
        let called = steps[..=at]
            .iter()
            .filter(|step| step.ends_with("answered"))
            .count();
        assert_eq!(endpoint.operations().len(), called, "{name}");
        let ran = steps[..=at].iter().any(|step| step == "run 1 done");
        assert_eq!(office.has("Once"), ran, "{name}");
        if steps[..=at].iter().any(|step| step == "company opened") {
            let word = if name.ends_with("closeConnection") || name.starts_with("closeConnection") {
                "UNLOCKED:"
            } else {
                "LOCKED:"
            };
            assert!(office.private("AppLock").starts_with(word), "{name}");
        }
        let received = endpoint
            .operations()
            .iter()
            .any(|operation| operation == "receiveResponseXML");
        let next = office.session();
        assert_eq!(
            ended(&next).0,
            if received { "refused" } else { "closed" },
            "{name}: {next:#}"
        );
        assert_eq!(next["replayed"], u64::from(ran && !received), "{name}");
        let count = office.act(json!({"do": "rows", "kind": "Customer"}));
        let once = count
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["Name"] == "Once")
            .count();
        assert_eq!(once, 1, "{name}");
    }
}

#[test]
fn what_authenticate_says() {
    for (answer, how, detail, last) in [
        (vec!["t", "none"], "refused", "none", "closeConnection"),
        (vec!["t", "NVU"], "refused", "nvu", "closeConnection"),
        (vec!["t", "busy"], "refused", "busy", "closeConnection"),
        (
            vec!["t"],
            "error",
            "QBWC1012: Object reference not set to an instance of an object.",
            "authenticate",
        ),
        (
            vec![],
            "error",
            "QBWC1012: Object reference not set to an instance of an object.",
            "authenticate",
        ),
        (vec!["t", "", "60"], "postponed", "60", "closeConnection"),
    ] {
        let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
            "authenticate" => Reply::Array(answer.clone()),
            _ => Reply::Text(String::new()),
        });
        let mut office = Office::polling(&endpoint, json!({"every_ms": 3_600_000}));
        office.act(json!({"do": "session"}));
        let transcript = office.act(json!({"do": "transcript", "session": 0}));
        assert_eq!(ended(&transcript), (how, detail));
        assert_eq!(endpoint.operations().last().unwrap(), last);
    }
}

#[test]
fn a_refused_client_version_ends_it() {
    let endpoint = Endpoint::start(|_| Reply::Text("E:too old".to_owned()));
    let transcript = Office::polling(&endpoint, json!({})).session();
    assert_eq!(
        (ended(&transcript), endpoint.operations().len()),
        (("refused", "too old"), 2)
    );
}

#[test]
fn no_op_waits_and_an_empty_request_ends_with_the_last_error() {
    let mut sends = 0;
    let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", ""]),
        "sendRequestXML" => {
            sends += 1;
            Reply::Text(match sends {
                1 => set(STOP, "<HostQueryRq/>"),
                2 => "NoOp".to_owned(),
                _ => String::new(),
            })
        }
        "receiveResponseXML" => Reply::Text("99".to_owned()),
        "getLastError" => Reply::Text(
            if sends < 4 {
                "NoOp"
            } else {
                "Nothing more today"
            }
            .to_owned(),
        ),
        _ => Reply::Text(String::new()),
    });
    let mut office = Office::polling(&endpoint, json!({"noop_ms": 30}));
    let transcript = office.session();
    assert_eq!(ended(&transcript), ("told", "Nothing more today"));
    assert_eq!(transcript["noops"], 2);
    assert!(transcript["ms"].as_u64().unwrap() >= 60);
    assert_eq!(endpoint.operations().last().unwrap(), "closeConnection");
}

#[test]
fn an_empty_first_request_breaks_the_web_connector_unless_switched() {
    for (tolerant, how) in [(false, "error"), (true, "told")] {
        let endpoint = Endpoint::with_sets(vec![]);
        let mut office = Office::polling(&endpoint, json!({}));
        office.act(json!({"do": "set", "switch": "first_empty_crashes", "value": !tolerant}));
        assert_eq!(ended(&office.session()).0, how);
    }
}

#[test]
fn a_negative_answer_asks_for_the_last_error() {
    let endpoint = Endpoint::start(|call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", ""]),
        "sendRequestXML" => Reply::Text("<not qbxml>".to_owned()),
        "receiveResponseXML" => Reply::Text("-1".to_owned()),
        "getLastError" => Reply::Text("We sent rubbish".to_owned()),
        _ => Reply::Text(String::new()),
    });
    let transcript = Office::polling(&endpoint, json!({})).session();
    assert_eq!(ended(&transcript), ("told", "We sent rubbish"));
    let received = endpoint.call("receiveResponseXML").parameters;
    assert_eq!(
        (received.get("response"), received.get("hresult")),
        (Some(""), Some("0x80040400"))
    );
}

#[test]
fn hostile_and_broken_servers_end_the_session_and_free_the_company() {
    type Broken = fn() -> Reply;
    let garbage: Vec<(&str, Broken)> = vec![
        ("html", || {
            Reply::Raw("200 OK", "text/html", "<html></html>".to_owned())
        }),
        ("json", || {
            Reply::Raw("200 OK", "application/json", "{}".to_owned())
        }),
        ("half", || {
            Reply::Raw("200 OK", "text/xml", "<soap:Envelope".to_owned())
        }),
        ("deep", || {
            Reply::Raw("200 OK", "text/xml", "<a>".repeat(200_000))
        }),
        ("redirect", || {
            Reply::Raw("302 Found\r\nLocation: /", "text/xml", String::new())
        }),
        ("500", || {
            Reply::Raw("500 Internal Server Error", "text/plain", "no".to_owned())
        }),
        ("closed", || Reply::Close),
        ("number", || Reply::Text("ninety".to_owned())),
    ];
    for (name, reply) in garbage {
        let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
            "authenticate" => Reply::Array(vec!["t", ""]),
            "sendRequestXML" => Reply::Text(set(STOP, &customer("New"))),
            "receiveResponseXML" => reply(),
            _ => Reply::Text(String::new()),
        });
        let mut office = Office::polling(&endpoint, json!({}));
        let transcript = office.session();
        let (how, detail) = ended(&transcript);
        assert!(
            how == "error" && detail.starts_with("QBWC1042: "),
            "{name}: {detail}"
        );
        assert_eq!(
            endpoint.operations().last().unwrap(),
            "receiveResponseXML",
            "{name}"
        );
        assert!(office.private("AppLock").starts_with("UNLOCKED:"), "{name}");
        assert!(office.has("New"), "{name}");
    }
}

#[test]
fn nobody_answers() {
    let endpoint = Endpoint {
        url: "http://127.0.0.1:9/qbwc".to_owned(),
        calls: Default::default(),
    };
    let transcript = Office::polling(&endpoint, json!({})).session();
    let (how, detail) = ended(&transcript);
    assert!(
        how == "error" && detail.starts_with("QBWC1038: cannot connect"),
        "{detail}"
    );
}

#[test]
fn quickbooks_out_of_reach_is_told_and_a_stored_path_opens_it() {
    let path = "C:\\Comptabilite\\boreal.qbw";
    for (prepare, first, then, how, attempts) in [
        (json!({"do": "dialog"}), "", "done", "0x80040414", 1),
        (json!({"do": "close_quickbooks"}), "", "", "0x80040416", 2),
        (json!({"do": "close_quickbooks"}), "", path, "closed", 1),
        (json!({"do": "close_quickbooks"}), path, "done", "closed", 0),
        (
            json!({"do": "open", "path": "C:\\other.qbw"}),
            path,
            "done",
            "0x8004040A",
            1,
        ),
    ] {
        let mut sets = vec![set(STOP, "<HostQueryRq/>")].into_iter();
        let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
            "authenticate" => Reply::Array(vec!["t", first]),
            "connectionError" => Reply::Text(then.to_owned()),
            "sendRequestXML" => Reply::Text(sets.next().unwrap_or_default()),
            "receiveResponseXML" => Reply::Text("100".to_owned()),
            _ => Reply::Text(String::new()),
        });
        let mut office = Office::polling(&endpoint, json!({}));
        office.act(prepare.clone());
        let transcript = office.session();
        let (ended, detail) = ended(&transcript);
        assert!(
            ended == how || detail.starts_with(how),
            "{prepare} {first} {then}: {ended} {detail}"
        );
        let asked = endpoint
            .operations()
            .iter()
            .filter(|operation| *operation == "connectionError")
            .count();
        assert_eq!(asked, attempts, "{prepare}");
        assert_eq!(endpoint.operations().last().unwrap(), "closeConnection");
    }
}

#[test]
fn without_unattended_access_a_closed_quickbooks_cannot_be_started() {
    let endpoint = Endpoint::start(|call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", "C:\\Comptabilite\\boreal.qbw"]),
        "connectionError" => Reply::Text("done".to_owned()),
        _ => Reply::Text(String::new()),
    });
    let mut office = Office::polling(&endpoint, json!({}));
    office.act(json!({"do": "set", "switch": "unattended", "value": false}));
    office.act(json!({"do": "close_quickbooks"}));
    assert!(ended(&office.session()).1.starts_with("0x80040408"));
}

#[test]
fn another_company_file_has_another_file_id() {
    let endpoint = Endpoint::with_sets(vec![set(STOP, "<HostQueryRq/>")]);
    let mut office = Office::polling(&endpoint, json!({}));
    office.act(json!({"do": "open", "path": "C:\\other.qbw", "name": "Other"}));
    office.session();
    let first = endpoint.call("sendRequestXML");
    let hcp = first.parameters.get("strHCPResponse").unwrap();
    assert!(hcp.contains("Other") && !hcp.contains("FileID"), "{hcp}");
}

#[test]
fn hresults_with_an_empty_body_whether_it_ran_or_not() {
    for (fault, done) in [
        (
            json!({"do": "fault", "hresult": "0x80040402", "ran": true}),
            true,
        ),
        (
            json!({"do": "fault", "hresult": "0x80040402", "ran": false}),
            false,
        ),
        (json!({"do": "fault", "crash_after": 1}), true),
        (json!({"do": "fault", "crash_after": 0}), false),
    ] {
        let endpoint = Endpoint::with_sets(vec![set(STOP, &customer("New"))]);
        let mut office = Office::polling(&endpoint, json!({}));
        office.act(fault.clone());
        let transcript = office.session();
        assert_eq!(ended(&transcript).0, "closed");
        let received = endpoint.call("receiveResponseXML").parameters;
        assert_eq!(
            (received.get("response"), received.get("hresult")),
            (Some(""), Some("0x80040402")),
            "{fault}"
        );
        assert_eq!(office.has("New"), done, "{fault}");
    }
}

#[test]
fn slow_answers_and_sessions_too_long() {
    let endpoint = Endpoint::with_sets(vec![set(STOP, "<HostQueryRq/>")]);
    let mut office = Office::polling(&endpoint, json!({}));
    office.act(json!({"do": "fault", "slow_ms": 120}));
    let transcript = office.session();
    assert!(
        transcript["quickbooks_ms"].as_u64().unwrap() >= 120,
        "{transcript}"
    );

    let mut sends = 0;
    let endpoint = Endpoint::start(move |call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", ""]),
        "sendRequestXML" => {
            sends += 1;
            Reply::Text(if sends == 1 {
                set(STOP, "<HostQueryRq/>")
            } else {
                "NoOp".to_owned()
            })
        }
        "receiveResponseXML" => Reply::Text("1".to_owned()),
        _ => Reply::Text("NoOp".to_owned()),
    });
    let mut office = Office::polling(&endpoint, json!({"session_ms_max": 60}));
    assert_eq!(ended(&office.session()).0, "stopped");
}

#[test]
fn the_timer_polls_and_obeys_the_least_interval() {
    let endpoint = Endpoint::start(|call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", "none", "", "200"]),
        _ => Reply::Text(String::new()),
    });
    let mut office = Office::polling(&endpoint, json!({"every_ms": 10}));
    let begun = std::time::Instant::now();
    let logins = || {
        endpoint
            .operations()
            .iter()
            .filter(|operation| *operation == "authenticate")
            .count()
    };
    while logins() < 3 {
        assert!(begun.elapsed().as_secs() < 30, "the timer does not poll");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(
        begun.elapsed().as_millis() >= 400,
        "the least interval was not kept"
    );
    assert_eq!(office.act(json!({"do": "polls"}))[0]["least_ms"], 200);
}

#[test]
fn a_simulator_that_ends_waits_for_nobody() {
    let endpoint = Endpoint::start(|call| {
        if call.operation == "authenticate" {
            std::thread::sleep(std::time::Duration::from_secs(20));
        }
        Reply::Text(String::new())
    });
    let office = Office::polling(&endpoint, json!({"every_ms": 1}));
    let begun = std::time::Instant::now();
    while !endpoint.operations().contains(&"authenticate".to_owned()) {
        assert!(begun.elapsed().as_secs() < 10);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    drop(office);
    assert!(begun.elapsed().as_secs() < 15);
}
