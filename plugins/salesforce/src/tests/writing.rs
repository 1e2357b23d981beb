//! Creates, updates and deletions.

use super::*;

const STAMP: &str = "2026-03-05T13:00:00";
pub const UPSERT: &str = "PATCH /services/data/v62.0/composite/sobjects/Account/Liaison_Key__c";
pub const POST: &str = "POST /services/data/v62.0/composite/sobjects";
const PATCH: &str = "PATCH /services/data/v62.0/composite/sobjects";

pub fn ok(id: &str) -> Value {
    json!({"id": id, "success": true, "errors": []})
}

pub fn refused(code: &str, message: &str, fields: &[&str]) -> Value {
    json!({"success": false, "errors": [{"statusCode": code, "message": message, "fields": fields}]})
}

fn stamps(ids: &[&str]) -> String {
    q(&format!(
        "SELECT Id,LastModifiedDate FROM Account WHERE {}",
        ids_are(ids)
    ))
}

pub fn describe(fields: &[Value]) -> ScriptHost {
    let host = host();
    remember(&host, "Account", &described(fields));
    host
}

#[test]
fn a_create_is_an_upsert_by_the_token_and_is_read_back() {
    let mut made = row(A1, "Acme", STAMP);
    made["Liaison_Key__c"] = json!(TOKEN);
    let host = host()
        .on(
            UPSERT,
            json!([{"id": A1, "success": true, "errors": [], "created": true}]),
        )
        .on(&back(&[A1]), rows(vec![made]));
    let new = json!({"Name": "Acme", "AnnualRevenue": "17.50", "OwnerId": "005xx000001Sv6A", "id": null, "key": "x:y"});
    let outcomes = write(&host, "account", &[create(new)]);
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(
        (applied.id.as_str(), applied.version.as_deref()),
        (A1, Some("2026-03-05T13:00:00Z"))
    );
    assert_eq!(
        filter::value(applied.body.as_ref().unwrap())["liaison_key"],
        TOKEN
    );
    let sent = String::from_utf8(host.sent.borrow()[0].body.clone()).unwrap();
    assert_eq!(
        sent,
        format!(
            r#"{{"allOrNone":false,"records":[{{"AnnualRevenue":17.50,"Liaison_Key__c":"{TOKEN}","Name":"Acme","OwnerId":"005xx000001Sv6AAAS","attributes":{{"type":"Account"}}}}]}}"#
        )
    );
}

#[test]
fn how_a_create_is_sent_depends_on_the_key_field() {
    let plain = |change: fn(&mut Value)| {
        let mut key = key_field("Liaison_Key__c");
        change(&mut key);
        key
    };
    let fixed = || {
        let mut once = field("Once__c", "string");
        once["updateable"] = json!(false);
        once
    };
    for (case, key, body, path, key_sent) in [
        (
            "our token",
            plain(|_| {}),
            json!({"Name": "A"}),
            UPSERT,
            json!(TOKEN),
        ),
        // An upsert by the flow's own key would overwrite what nobody has looked at; a create is refused.
        (
            "the flow's key",
            plain(|_| {}),
            json!({"Name": "A", "liaison_key": "K1"}),
            POST,
            json!("K1"),
        ),
        (
            "the flow's key by its name",
            plain(|_| {}),
            json!({"Name": "A", "Liaison_Key__c": "K1"}),
            POST,
            json!("K1"),
        ),
        (
            "the flow's key where two may have it",
            plain(|key| key["unique"] = json!(false)),
            json!({"Name": "A", "liaison_key": "K1"}),
            UPSERT,
            json!("K1"),
        ),
        (
            "a field that is no external id",
            plain(|key| key["externalId"] = json!(false)),
            json!({"Name": "A"}),
            POST,
            json!(TOKEN),
        ),
        (
            "a field set by creates only",
            plain(|_| {}),
            json!({"Name": "A", "Once__c": "x"}),
            POST,
            json!(TOKEN),
        ),
        (
            "no such field",
            plain(|key| key["name"] = json!("Other__c")),
            json!({"Name": "A"}),
            POST,
            Value::Null,
        ),
        (
            "a field that is closed to us",
            plain(|key| key["createable"] = json!(false)),
            json!({"Name": "A"}),
            POST,
            Value::Null,
        ),
    ] {
        let host = describe(&[field("Name", "string"), key, fixed()])
            .on(path, json!([ok(A1)]))
            .reply(
                "GET /services/data/v62.0/query",
                refusal(500, "UNKNOWN_EXCEPTION", "x"),
            );
        // The read-back fails, and the record is written all the same.
        let host = Loose(host);
        let outcomes = Salesforce.write(&host, "account", &[create(body)]);
        assert_eq!(told(&outcomes[0]), Ok(A1), "{case}");
        assert_eq!(
            host.0.body(0)["records"][0]["Liaison_Key__c"],
            key_sent,
            "{case}"
        );
        let first = host.0.asked()[0].clone();
        assert!(
            first.ends_with(path.split_once(' ').unwrap().1),
            "{case}: {first}"
        );
    }
}

/// A host that takes any query for the one that was scripted.
struct Loose(ScriptHost);

impl Host for Loose {
    fn settings_json(&self) -> String {
        self.0.settings_json()
    }
    fn log(&self, level: liaison_sdk::host::LogLevel, message: &str) {
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
    fn placeholder(
        &self,
        name: &str,
        encoder: liaison_sdk::host::Encoder,
    ) -> Result<String, String> {
        self.0.placeholder(name, encoder)
    }
    fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if let Some((path, _)) = request.url.split_once("?q=") {
            request.url = path.to_owned();
        }
        self.0.send(request)
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_sent() {
    let mut closed = field("Closed__c", "string");
    (closed["createable"], closed["updateable"]) = (json!(false), json!(false));
    for (body, kind, key, named) in [
        (
            json!({"Nom": "x"}),
            FaultKind::Misconfigured,
            "salesforce-no-field",
            Some("Nom"),
        ),
        (
            json!({"Closed__c": "x"}),
            FaultKind::Misconfigured,
            "salesforce-field-closed",
            Some("Closed__c"),
        ),
        (
            json!({"AnnualRevenue": "much"}),
            FaultKind::Rejected,
            "salesforce-value-unfit",
            Some("AnnualRevenue"),
        ),
        (
            json!({"OwnerId": "4711"}),
            FaultKind::Rejected,
            "salesforce-value-unfit",
            Some("OwnerId"),
        ),
        (
            json!({"liaison_key": "x"}),
            FaultKind::Rejected,
            "salesforce-no-key-field",
            Some("liaison_key"),
        ),
        (json!([1]), FaultKind::Internal, "salesforce-body", None),
    ] {
        for operation in [create(body.clone()), update(A1, None, body.clone())] {
            let fields = [
                field("Name", "string"),
                field("AnnualRevenue", "currency"),
                field("OwnerId", "reference"),
                closed.clone(),
            ];
            let told = described(&fields);
            let host = describe(&fields);
            // What is remembered of the object may be old: it is asked for again, once.
            let about_fields = [
                "salesforce-no-field",
                "salesforce-field-closed",
                "salesforce-no-key-field",
            ];
            let host = match about_fields.contains(&key) {
                true => host.on(
                    "GET /services/data/v62.0/sobjects/Account/describe",
                    told.clone(),
                ),
                false => host,
            };
            let outcomes = write(&host, "account", &[operation]);
            let fault = outcomes[0].as_ref().unwrap_err();
            assert_eq!(
                (fault.kind, fault.message.key.as_str()),
                (kind, key),
                "{body}"
            );
            assert_eq!(fault.field.as_deref(), named, "{body}");
            assert!(host
                .sent
                .borrow()
                .iter()
                .all(|request| request.method == Method::Get));
        }
    }
}

#[test]
fn each_record_has_an_outcome_of_its_own() {
    let host = host()
        .on(
            "GET /services/data/v62.0/sobjects/Account/describe",
            account(),
        )
        .on(
            UPSERT,
            json!([
                ok(A1),
                refused(
                    "REQUIRED_FIELD_MISSING",
                    "Required fields are missing: [Name]",
                    &["Name"]
                ),
                refused(
                    "UNABLE_TO_LOCK_ROW",
                    "unable to obtain exclusive access to this record",
                    &[]
                ),
            ]),
        )
        .on(&back(&[A1]), rows(vec![]));
    let outcomes = write(
        &host,
        "account",
        &[
            create(json!({"Name": "a"})),
            create(json!({})),
            create(json!({"Bad": 1})),
            create(json!({"Name": "c"})),
        ],
    );
    let told: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(
        told,
        [
            Ok(A1),
            Err((FaultKind::Rejected, "salesforce-required")),
            Err((FaultKind::Misconfigured, "salesforce-no-field")),
            Err((FaultKind::Locked, "salesforce-locked-row")),
        ]
    );
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().field.as_deref(),
        Some("Name")
    );
}

#[test]
fn an_update_sends_what_it_sets_and_null_empties() {
    let host = host()
        .on(PATCH, json!([ok(A1)]))
        .on(&back(&[A1]), rows(vec![row(A1, "Acme", STAMP)]));
    let outcomes = write(
        &host,
        "account",
        &[update(
            &A1[..15],
            None,
            json!({"Name": "Acme", "AnnualRevenue": null}),
        )],
    );
    assert_eq!(told(&outcomes[0]), Ok(A1));
    assert_eq!(
        host.body(0)["records"],
        json!([{"attributes": {"type": "Account"}, "id": A1, "Name": "Acme", "AnnualRevenue": null}])
    );
}

#[test]
fn an_update_of_what_is_no_id_is_of_no_record() {
    let outcomes = write(
        &host(),
        "account",
        &[update("4711", None, json!({"Name": "x"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::NotFound, "salesforce-gone"))
    );
}

#[test]
fn what_changed_since_it_was_read_is_a_conflict() {
    let version = Some("2026-03-05T13:00:00Z");
    let told_stamps = json!({"done": true, "records": [
        {"Id": A1, "LastModifiedDate": "2026-03-05T13:00:00.000+0000"},
        {"Id": A2, "LastModifiedDate": "2026-03-05T13:00:01.000+0000"}]});
    let host = host()
        .on(&stamps(&[A1, A2, A3]), told_stamps)
        .on(PATCH, json!([ok(A1)]))
        .on(&back(&[A1]), rows(vec![row(A1, "x", STAMP)]));
    let operations = [A1, A2, A3].map(|id| update(id, version, json!({"Name": "x"})));
    let outcomes = write(&host, "account", &operations);
    let told: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(
        told,
        [
            Ok(A1),
            Err((FaultKind::Conflict, "salesforce-changed")),
            Err((FaultKind::NotFound, "salesforce-gone"))
        ]
    );
}

#[test]
fn a_single_change_is_sent_if_unmodified_since_its_stamp_was_read() {
    let date = "Thu, 05 Mar 2026 14:00:30 GMT";
    let told_stamp =
        json!({"records": [{"Id": A1, "LastModifiedDate": "2026-03-05T13:00:00.000+0000"}]})
            .to_string();
    let path = format!("PATCH /services/data/v62.0/sobjects/Account/{A1}");
    for (reply, expected) in [
        (whole(204, &[], ""), Ok(A1)),
        (whole(200, &[], "{}"), Ok(A1)),
        (
            whole(
                412,
                &[],
                "[{\"message\":\"Precondition failed\",\"errorCode\":\"X\"}]",
            ),
            Err((FaultKind::Conflict, "salesforce-changed")),
        ),
        (
            refusal(404, "ENTITY_IS_DELETED", "entity is deleted"),
            Err((FaultKind::NotFound, "salesforce-gone")),
        ),
        (
            refusal(400, "ENTITY_IS_LOCKED", "locked"),
            Err((FaultKind::Rejected, "salesforce-locked-by-process")),
        ),
        (
            lost(),
            Err((FaultKind::OutcomeUnknown, "sdk-outcome-unknown")),
        ),
    ] {
        let good = expected.is_ok();
        let mut host = host()
            .reply(&stamps(&[A1]), whole(200, &[("Date", date)], &told_stamp))
            .reply(&path, reply);
        if good {
            host = host.on(&back(&[A1]), rows(vec![row(A1, "x", STAMP)]));
        }
        let outcomes = write(
            &host,
            "account",
            &[update(
                A1,
                Some("2026-03-05T13:00:00Z"),
                json!({"Name": "x"}),
            )],
        );
        assert_eq!(told(&outcomes[0]), expected);
        let condition = ("If-Unmodified-Since".to_owned(), date.to_owned());
        assert!(host.sent.borrow()[1].headers.contains(&condition));
        assert_eq!(host.body(1), json!({"Name": "x"}));
    }
}

#[test]
fn stamps_that_cannot_be_read_leave_the_record_alone() {
    let host = host().reply(
        &stamps(&[A1]),
        refusal(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        ),
    );
    let outcomes = write(
        &host,
        "account",
        &[update(
            A1,
            Some("2026-03-05T13:00:00Z"),
            json!({"Name": "x"}),
        )],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Throttled, "salesforce-day-used-up"))
    );
}

#[test]
fn two_hundred_go_together_and_no_more() {
    let answers = |count: usize| Value::Array(vec![ok(A1); count]);
    let host = host()
        .on(UPSERT, answers(200))
        .on(UPSERT, answers(1))
        .on(&back(&[A1]), rows(vec![]));
    let operations = vec![create(json!({"Name": "a"})); 201];
    let outcomes = write(&host, "account", &operations);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(host.body(0)["records"].as_array().unwrap().len(), 200);
}

#[test]
fn an_envelope_that_is_refused_for_one_record_is_halved_until_it_is_found() {
    let bad = || {
        refusal(
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of double from VALUE_STRING value x",
        )
    };
    let host = host()
        .reply(UPSERT, bad())
        .on(UPSERT, json!([ok(A1)]))
        .reply(UPSERT, bad())
        .reply(UPSERT, bad())
        .on(UPSERT, json!([ok(A2)]))
        .on(&back(&[A1, A2]), rows(vec![]));
    let operations = ["a", "b", "c"].map(|name| create(json!({"Name": name})));
    let outcomes = write(&host, "account", &operations);
    let told: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(
        told,
        [
            Ok(A1),
            Err((FaultKind::Rejected, "salesforce-value-unfit")),
            Ok(A2)
        ]
    );
}

#[test]
fn a_contract_is_activated_by_its_status_alone_and_last() {
    let contract = described(&[field("Status", "picklist"), field("StartDate", "date")]);
    let c1 = "800D000000IRFmaIAH";
    let columns = "Id,Status,StartDate,IsDeleted,LastModifiedDate,SystemModstamp";
    let read = q(&format!("SELECT {columns} FROM Contract WHERE Id = '{c1}'"));
    let host = host()
        .on(PATCH, json!([ok(c1)]))
        .on(PATCH, json!([ok(c1)]))
        .on(&read, rows(vec![]));
    remember(&host, "Contract", &contract);
    let both = json!({"Status": "Activated", "StartDate": "2026-04-01"});
    let outcomes = write(&host, "contract", &[update(c1, None, both.clone())]);
    assert_eq!(told(&outcomes[0]), Ok(c1));
    assert_eq!(
        host.body(0)["records"],
        json!([{"attributes": {"type": "Contract"}, "id": c1, "StartDate": "2026-04-01"}])
    );
    assert_eq!(
        host.body(1)["records"],
        json!([{"attributes": {"type": "Contract"}, "id": c1, "Status": "Activated"}])
    );

    // Where the rest is refused it is not activated.
    let host = super::host().on(
        PATCH,
        json!([refused(
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "No start in April.",
            &[]
        )]),
    );
    remember(&host, "Contract", &contract);
    let outcomes = write(&host, "contract", &[update(c1, None, both)]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "salesforce-validation-rule"))
    );
    let words = &outcomes[0].as_ref().unwrap_err().message.fallback;
    assert!(
        words.contains("refuses the record: No start in April. Correct"),
        "{words}"
    );
}

#[test]
fn a_line_has_a_unit_price_or_a_total() {
    let host = host();
    let line = described(&[
        field("UnitPrice", "currency"),
        field("TotalPrice", "currency"),
    ]);
    remember(&host, "OpportunityLineItem", &line);
    let outcomes = write(
        &host,
        "opportunity-line",
        &[create(json!({"UnitPrice": "1", "TotalPrice": "2"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "salesforce-one-of-two"))
    );
}

#[test]
fn what_is_gone_is_deleted() {
    let path = format!(
        "DELETE /services/data/v62.0/composite/sobjects?ids={A1},{A2},{A3}&allOrNone=false"
    );
    let host = host().on(
        &path,
        json!([
            ok(A1),
            refused("ENTITY_IS_DELETED", "entity is deleted", &[]),
            refused("DELETE_FAILED", "Your attempt to delete Acme failed.", &[])
        ]),
    );
    let outcomes = write(&host, "account", &[delete(A1), delete(A2), delete(A3)]);
    let told: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(
        told,
        [
            Ok(A1),
            Ok(A2),
            Err((FaultKind::Rejected, "salesforce-refused"))
        ]
    );
    assert!(host.sent.borrow()[0].body.is_empty());
}

#[test]
fn duplicate_rules_that_warn_are_passed_over_where_the_settings_say_so() {
    let mut saves = settings();
    saves["save_duplicates"] = json!(true);
    let host = with(saves)
        .on(UPSERT, json!([ok(A1)]))
        .on(&back(&[A1]), rows(vec![]));
    write(&host, "account", &[create(json!({"Name": "a"}))]);
    let header = (
        "Sforce-Duplicate-Rule-Header".to_owned(),
        "allowSave=true".to_owned(),
    );
    assert!(host.sent.borrow()[0].headers.contains(&header));
    let host = super::host().on(
        UPSERT,
        json!([refused(
            "DUPLICATES_DETECTED",
            "Use one of these records?",
            &[]
        )]),
    );
    let outcomes = write(&host, "account", &[create(json!({"Name": "a"}))]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "salesforce-duplicate-rule"))
    );
    assert!(!host.sent.borrow()[0].headers.contains(&header));
}

#[test]
fn a_success_with_words_is_a_success_and_one_without_an_id_is_none() {
    let told_words = json!([{"id": A1, "success": true, "errors": [{"statusCode": "OPERATION_ENQUEUED", "message": "x", "fields": []}]}]);
    let host = host().on(UPSERT, told_words).on(&back(&[A1]), rows(vec![]));
    assert_eq!(
        told(&write(&host, "account", &[create(json!({"Name": "a"}))])[0]),
        Ok(A1)
    );
    let host = super::host().on(UPSERT, json!([{"success": true, "errors": []}]));
    let outcomes = write(&host, "account", &[create(json!({"Name": "a"}))]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::OutcomeUnknown, "salesforce-untold"))
    );
    let host = super::host().on(UPSERT, json!([{"success": false, "errors": []}]));
    let outcomes = write(&host, "account", &[create(json!({"Name": "a"}))]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "salesforce-refused-silently"))
    );
}

#[test]
fn a_field_that_was_granted_a_moment_ago_can_be_written() {
    let mut granted = account();
    granted["fields"]
        .as_array_mut()
        .unwrap()
        .push(field("New__c", "string"));
    let read_back = q(&format!(
        "SELECT {COLUMNS},New__c FROM Account WHERE Id = '{A1}'"
    ));
    let host = host()
        .on(
            "GET /services/data/v62.0/sobjects/Account/describe",
            granted,
        )
        .on(UPSERT, json!([ok(A1)]))
        .on(&read_back, rows(vec![]));
    let outcomes = write(&host, "account", &[create(json!({"New__c": "x"}))]);
    assert_eq!(told(&outcomes[0]), Ok(A1));
}

#[test]
fn a_key_field_that_was_taken_away_is_said_and_looked_at_again() {
    let words = "Provided external ID field does not exist or is not accessible: Liaison_Key__c";
    let host = host().reply(UPSERT, refusal(404, "NOT_FOUND", words));
    let outcomes = write(&host, "account", &[create(json!({"Name": "a"}))]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Misconfigured, "salesforce-key-field-gone"))
    );
    assert!(!host.memory.borrow().contains_key("describe:Account"));
}

#[test]
fn an_update_of_nothing_is_not_sent() {
    let host = host().on(&back(&[A1]), rows(vec![row(A1, "x", STAMP)]));
    let outcomes = write(&host, "account", &[update(A1, None, json!({"id": A1}))]);
    assert_eq!(told(&outcomes[0]), Ok(A1));
}
