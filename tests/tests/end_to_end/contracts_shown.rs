//! What Intacct has shows in Salesforce, read-only: what somebody changes there is written again and told, and what
//! Intacct deletes is marked by the next run.

use liaison_tests::control;
use liaison_tests::desks::Desks;
use serde_json::{Value, json};

const CONTRACT: &str = "ia_crm__Intacct_Contract__c";
const LINE: &str = "ia_crm__Intacct_Contract_Line__c";
const INVOICE: &str = "ia_crm__Contract_Invoice__c";
const ENTITY: &str = "ia_crm__Intacct_Entity__c";

const FLOWS: [&str; 4] = [
    "mirrored_contracts",
    "mirrored_contract_lines",
    "mirrored_invoices",
    "mirrored_entities",
];

fn shown(desks: &Desks, object: &str) -> Vec<Value> {
    let rows = control(&desks.salesforce, &json!({"do": "rows", "entity": object}));
    rows.as_array().cloned().unwrap_or_default()
}

fn runs(desks: &Desks) {
    for flow in FLOWS {
        desks.lab.run_flow(flow, 0);
    }
}

/// The state of the one mirror that says this.
#[track_caller]
fn state(desks: &Desks, object: &str, key: (&str, &str), state: &str) -> Value {
    let mut rows = shown(desks, object);
    rows.retain(|row| row[key.0] == json!(key.1));
    assert_eq!(rows.len(), 1, "{object} {key:?}: {rows:#?}");
    rows[0][state].clone()
}

#[test]
fn what_is_changed_by_hand_in_a_mirror_is_written_again_and_told() {
    let desks = Desks::with_all_mirrors();
    runs(&desks);
    // One of the seed, of which Intacct knows nothing.
    let is_known = |row: &Value| row["ia_crm__Invoice_Key__c"] != json!("SI-0001");
    for (flow, object, by_hand, words) in [
        (
            "mirrored_contracts",
            CONTRACT,
            json!({"ia_crm__State__c": "Closed", "ia_crm__Account__c": "@quai", "ia_crm__Contract__c": "@ctr-lavoie"}),
            "`ia_crm__State__c` was “Closed”",
        ),
        (
            "mirrored_contract_lines",
            LINE,
            json!({"ia_crm__Quantity__c": 3, "ia_crm__Product__c": "@suite"}),
            "`ia_crm__Quantity__c` was “3”",
        ),
        (
            "mirrored_invoices",
            INVOICE,
            json!({"ia_crm__Amount__c": 1, "ia_crm__Account__c": "@quai", "ia_crm__Contract__c": "@ctr-lavoie"}),
            "`ia_crm__Amount__c` was “1”",
        ),
        (
            "mirrored_entities",
            ENTITY,
            json!({"Name": "By hand", "ia_crm__Currency__c": "EUR"}),
            "`Name` was “By hand”",
        ),
    ] {
        let mut before = shown(&desks, object);
        before.retain(is_known);
        assert!(before.len() > 1, "{object}: {before:#?}");
        for row in &before {
            desks.sets(row["Id"].as_str().expect("an id"), by_hand.clone());
        }
        desks.lab.run_flow(flow, 0);
        let mut after = shown(&desks, object);
        after.retain(is_known);
        let fields = by_hand.as_object().expect("fields");
        let said = |rows: &[Value]| -> Vec<(Value, Value)> {
            let of = |row: &Value| fields.keys().map(|field| row[field].clone()).collect();
            rows.iter()
                .map(|row| (row["Id"].clone(), of(row)))
                .collect()
        };
        assert_eq!(said(&before), said(&after), "{object}");
        // A link that somebody set where Intacct leads to none went away as well.
        let has_none = before.iter().any(|row| row["ia_crm__Account__c"].is_null());
        assert!(object != CONTRACT || has_none, "{before:#?}");
        let log = desks.lab.liaison(&format!("log --flow {flow} --limit 100"));
        log.exits(0).says(words);
    }
    runs(&desks);
    desks.writes();
    runs(&desks);
    assert_eq!(desks.writes(), Vec::<String>::new());
}

#[test]
fn what_intacct_deletes_is_marked_by_the_next_run() {
    let desks = Desks::with_all_mirrors();
    let books = |action: Value| {
        desks.intacct.advance_ms(2_000);
        control(&desks.intacct, &action)
    };
    let draft = json!({"CONTRACTID": "CN-GONE", "CUSTOMERID": "C-1002", "NAME": "Given up", "STATE": "Draft",
        "BEGINDATE": "05/01/2026", "ENDDATE": "04/30/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
    books(json!({"do": "create", "object": "CONTRACT", "record": draft}));
    let line = json!({"CONTRACTID": "CN-GONE", "ITEMID": "BOR-SUITE", "BILLINGMETHOD": "Fixed price", "LOCATIONID": "QC",
        "BEGINDATE": "05/01/2026", "ENDDATE": "04/30/2027", "QUANTITY": "1", "PRICE": "10", "FLATAMOUNT": "10",
        "STATE": "Draft"});
    books(json!({"do": "create", "object": "CONTRACTDETAIL", "record": line}));
    runs(&desks);
    let mut lines = desks.books("CONTRACTDETAIL");
    lines.retain(|line| line["CONTRACTID"] == "CN-GONE");
    let number = match &lines[0]["RECORDNO"] {
        Value::String(number) => number.clone(),
        number => number.to_string(),
    };
    let document = json!("Contract Invoice-INV0032");
    for (object, id) in [
        ("CONTRACTDETAIL", json!(number)),
        ("CONTRACT", json!("CN-GONE")),
        ("SODOCUMENT", document),
        ("LOCATIONENTITY", json!("200")),
    ] {
        books(json!({"do": "delete", "object": object, "id": id}));
    }
    for _ in 0..2 {
        runs(&desks);
        let said = [
            state(
                &desks,
                LINE,
                ("ia_crm__Line_Key__c", number.as_str()),
                "ia_crm__Status__c",
            ),
            state(
                &desks,
                CONTRACT,
                ("ia_crm__IntacctID__c", "CN-GONE"),
                "ia_crm__State__c",
            ),
            state(
                &desks,
                INVOICE,
                ("ia_crm__Invoice_Key__c", "Contract Invoice-INV0032"),
                "ia_crm__State__c",
            ),
            state(&desks, ENTITY, ("ia_crm__Entity_ID__c", "200"), "Name"),
        ];
        assert_eq!(said, ["Deleted", "Deleted", "Deleted", "(deleted)"]);
    }
    desks.writes();
    runs(&desks);
    assert_eq!(desks.writes(), Vec::<String>::new());
}
