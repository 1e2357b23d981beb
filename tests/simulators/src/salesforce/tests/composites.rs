//! Calls within calls: composites, batches, graphs.

use serde_json::{Value, json};

use super::{Lab, encoded};

const BASE: &str = "/services/data/v59.0";

fn post(reference: &str, object: &str, body: Value) -> Value {
    json!({ "method": "POST", "url": format!("{BASE}/sobjects/{object}"), "referenceId": reference, "body": body })
}

fn get(reference: &str, rest: &str) -> Value {
    json!({ "method": "GET", "url": format!("{BASE}/{rest}"), "referenceId": reference })
}

fn statuses(answer: &Value) -> Vec<u64> {
    let all = answer["compositeResponse"].as_array().unwrap().iter();
    all.map(|one| one["httpStatusCode"].as_u64().unwrap())
        .collect()
}

fn used(lab: &mut Lab) -> i64 {
    let limits = lab.get("limits");
    limits["DailyApiRequests"]["Max"].as_i64().unwrap()
        - limits["DailyApiRequests"]["Remaining"].as_i64().unwrap()
}

#[test]
fn later_calls_use_what_earlier_ones_answered() {
    let mut lab = Lab::new();
    let before = used(&mut lab);
    let soql = encoded("SELECT Id, Name FROM Account WHERE AccountNumber = 'C-1001'");
    let answer = lab.post("composite", json!({ "allOrNone": true, "compositeRequest": [
        post("acme", "Account", json!({ "Name": "Acme" })),
        post("person", "Contact", json!({ "LastName": "Roy", "AccountId": "@{acme.id}", "Title": "de @{acme.id}" })),
        get("read", "sobjects/Contact/@{person.id}?fields=AccountId,Title"),
        get("found", &format!("query?q={soql}")),
        { "method": "PATCH", "url": format!("{BASE}/sobjects/Account/@{{found.records[0].Id}}"), "referenceId": "changed", "body": { "Site": "@{found.records[0].Name}" } },
    ]}));
    assert_eq!(statuses(&answer), [201, 201, 200, 200, 204]);
    let all = &answer["compositeResponse"];
    let id = all[0]["body"]["id"].as_str().unwrap();
    assert_eq!(
        all[0]["httpHeaders"]["Location"],
        format!("{BASE}/sobjects/Account/{id}")
    );
    assert_eq!(
        (&all[2]["body"]["AccountId"], &all[2]["body"]["Title"]),
        (&json!(id), &json!(format!("de {id}")))
    );
    assert_eq!(
        (
            &all[4]["body"],
            &all[4]["referenceId"],
            &all[2]["httpHeaders"]
        ),
        (&Value::Null, &json!("changed"), &json!({}))
    );
    let atelier = lab.id("atelier");
    assert_eq!(
        lab.row("Account", &atelier)["Site"],
        "Atelier Lac-Saint-Jean inc."
    );
    assert_eq!(
        used(&mut lab) - before,
        2,
        "one for the composite, one for the question"
    );
}

#[test]
fn one_failure_undoes_all_or_halts_those_that_need_it() {
    let mut lab = Lab::new();
    let calls = json!([
        post("good", "Account", json!({ "Name": "Good" })),
        post("bad", "Account", json!({})),
        post(
            "needs",
            "Contact",
            json!({ "LastName": "Roy", "AccountId": "@{bad.id}" })
        ),
        post("free", "Contact", json!({ "LastName": "Gagnon" })),
    ]);
    let answer = lab.post(
        "composite",
        json!({ "allOrNone": true, "compositeRequest": calls }),
    );
    assert_eq!(statuses(&answer), [400, 400, 400, 400]);
    let code = |answer: &Value, at: usize| {
        answer["compositeResponse"][at]["body"][0]["errorCode"]
            .as_str()
            .unwrap_or("ok")
            .to_owned()
    };
    assert_eq!(
        [0, 1, 2, 3].map(|at| code(&answer, at)),
        [
            "PROCESSING_HALTED",
            "REQUIRED_FIELD_MISSING",
            "PROCESSING_HALTED",
            "PROCESSING_HALTED"
        ]
    );
    assert_eq!(
        lab.query("SELECT Id FROM Account WHERE Name = 'Good'")
            .len(),
        0
    );
    let answer = lab.post("composite", json!({ "compositeRequest": calls }));
    assert_eq!(statuses(&answer), [201, 400, 400, 201]);
    assert_eq!(code(&answer, 2), "PROCESSING_HALTED");
    assert_eq!(
        lab.query("SELECT Id FROM Account WHERE Name = 'Good'")
            .len(),
        1
    );
}

#[test]
fn a_composite_has_its_bounds() {
    let mut lab = Lab::new();
    let many: Vec<Value> = (0..26)
        .map(|n| get(&format!("r{n}"), "sobjects/Account"))
        .collect();
    let queries: Vec<Value> = (0..6)
        .map(|n| get(&format!("r{n}"), "query?q=SELECT+Id+FROM+Account"))
        .collect();
    let twice = json!([get("a", "sobjects/Account"), get("a", "sobjects/Account")]);
    let nameless = json!([{ "method": "GET", "url": format!("{BASE}/sobjects/Account") }]);
    for calls in [
        json!(many),
        json!(queries),
        twice,
        nameless,
        json!([]),
        json!([get("a", "limits")]),
    ] {
        assert_eq!(
            lab.refused("POST", "composite", json!({ "compositeRequest": calls }))
                .0,
            400
        );
    }
    let answer = lab.post("composite", json!({ "compositeRequest": [get("a", "sobjects/Nothing"), get("b", "sobjects/Account/@{nobody.id}")] }));
    assert_eq!(statuses(&answer), [404, 400]);
}

#[test]
fn a_batch_goes_on_and_each_call_counts() {
    let mut lab = Lab::new();
    let before = used(&mut lab);
    let id = lab.id("atelier");
    let calls = json!([
        { "method": "GET", "url": "v59.0/sobjects/Account/001" },
        { "method": "PATCH", "url": format!("{BASE}/sobjects/Account/{id}"), "richInput": { "Site": "x" } },
        { "method": "GET", "url": format!("v59.0/sobjects/Account/{id}?fields=Site") },
    ]);
    let answer = lab.post("composite/batch", json!({ "batchRequests": calls }));
    let codes: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["statusCode"].as_u64().unwrap())
        .collect();
    assert_eq!(
        (codes, &answer["hasErrors"]),
        (vec![404, 204, 200], &json!(true))
    );
    assert_eq!(answer["results"][2]["result"]["Site"], "x");
    assert_eq!(used(&mut lab) - before, 4);
    let answer = lab.post(
        "composite/batch",
        json!({ "haltOnError": true, "batchRequests": calls }),
    );
    assert_eq!(
        (
            &answer["results"][1]["statusCode"],
            &answer["results"][1]["result"][0]["errorCode"]
        ),
        (&json!(412), &json!("BATCH_PROCESSING_HALTED"))
    );
}

#[test]
fn each_graph_is_whole_or_not_at_all() {
    let mut lab = Lab::new();
    let id = lab.id("quai");
    let answer = lab.post("composite/graph", json!({ "graphs": [
        { "graphId": "good", "compositeRequest": [
            post("acme", "Account", json!({ "Name": "Acme" })),
            post("person", "Contact", json!({ "LastName": "Roy", "AccountId": "@{acme.id}" })),
            { "method": "DELETE", "url": format!("{BASE}/sobjects/Account/{id}"), "referenceId": "gone" },
        ]},
        { "graphId": "bad", "compositeRequest": [
            post("one", "Account", json!({ "Name": "Lost" })),
            post("two", "Account", json!({})),
        ]},
    ]}));
    let graphs = &answer["graphs"];
    assert_eq!(
        (&graphs[0]["isSuccessful"], &graphs[1]["isSuccessful"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(statuses(&graphs[0]["graphResponse"]), [201, 201, 204]);
    assert_eq!(
        graphs[0]["graphResponse"]["compositeResponse"][2]["body"],
        Value::Null
    );
    let bad = &graphs[1]["graphResponse"]["compositeResponse"];
    assert_eq!(
        (
            &bad[0]["body"][0]["errorCode"],
            &bad[1]["body"][0]["errorCode"]
        ),
        (
            &json!("PROCESSING_HALTED"),
            &json!("REQUIRED_FIELD_MISSING")
        )
    );
    assert_eq!(
        lab.query("SELECT Id FROM Account WHERE Name = 'Lost'")
            .len(),
        0
    );
}

#[test]
fn graphs_have_bounds() {
    let mut lab = Lab::new();
    let one = |id: &str| json!({ "graphId": id, "compositeRequest": [post("a", "Account", json!({ "Name": "A" }))] });
    let deep: Vec<Value> = (0..16).map(|n| post(&format!("r{n}"), "Account", json!({ "Name": if n == 0 { "top".to_owned() } else { format!("@{{r{}.id}}", n - 1) } }))).collect();
    let wide: Vec<Value> = (0..501)
        .map(|n| post(&format!("r{n}"), "Account", json!({ "Name": "A" })))
        .collect();
    let many: Vec<Value> = (0..76).map(|n| one(&format!("g{n}"))).collect();
    for graphs in [
        json!([]),
        json!([one("")]),
        json!([one("-x")]),
        json!([one(&"x".repeat(41))]),
        json!([one("a"), one("a")]),
        json!([{ "graphId": "deep", "compositeRequest": deep }]),
        json!([{ "graphId": "wide", "compositeRequest": wide }]),
        json!(many),
        json!([{ "graphId": "q", "compositeRequest": [get("a", "query?q=SELECT+Id+FROM+Account")] }]),
    ] {
        assert_eq!(
            lab.refused("POST", "composite/graph", json!({ "graphs": graphs }))
                .0,
            400
        );
    }
    let old = lab.send_as(49, "POST", "composite/graph", &[], "{}");
    assert_eq!(old.status, 404);
    let failing: Vec<Value> = (0..16).map(|n| json!({ "graphId": format!("g{n}"), "compositeRequest": [post("a", "Account", json!(if n < 14 { json!({}) } else { json!({ "Name": "A" }) }))] })).collect();
    let answer = lab.post("composite/graph", json!({ "graphs": failing }));
    assert_eq!(
        answer["graphs"][15]["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"],
        "PROCESSING_HALTED",
        "fourteen failed before"
    );
}
