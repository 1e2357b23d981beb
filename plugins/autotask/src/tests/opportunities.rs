//! Opportunities: what a new one is given, and totals that are its quote's.

use super::repeats::{autotask, persist};
use super::*;

fn opportunity() -> Value {
    json!({"title": "Q-10045", "company_id": "174", "status": "Active", "stage": "Proposal", "category": "standard", "probability": 60})
}

#[test]
fn a_new_opportunity_gets_an_owner_days_and_no_sums_of_its_own() {
    let host = autotask();
    let op = operation(Action::Create, None, opportunity());
    let applied = persist(&host, "opportunity", &op).unwrap();
    assert_eq!(
        host.rows("Opportunities")[1],
        json!({"id": 3, "title": "Q-10045", "companyID": 174, "status": 1, "stage": 2, "opportunityCategoryID": 1,
            "probability": 60, "ownerResourceID": 29682885, "amount": 0, "cost": 0, "useQuoteTotals": true,
            "startDate": "2026-03-05T00:00:00Z", "projectedCloseDate": "2026-04-04T00:00:00Z",
            "userDefinedFields": [{"name": "LiaisonID", "value": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}]})
    );
    let shown = filter::value(&applied.body.unwrap());
    assert_eq!(
        (
            &shown["status"],
            &shown["status_id"],
            &shown["external_id"],
            &shown["start_date"]
        ),
        (
            &json!("Active"),
            &json!("1"),
            &json!("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            &json!("2026-03-05")
        )
    );
}

#[test]
fn what_the_flow_says_goes_before_what_is_given() {
    let host = autotask();
    let mut body = opportunity();
    body["owner_id"] = json!("29682886");
    body["projected_close_date"] = json!("2026-05-01");
    body["use_quote_totals"] = json!(false);
    body["amount"] = json!("1234.50");
    persist(&host, "opportunity", &operation(Action::Create, None, body)).unwrap();
    let row = &host.rows("Opportunities")[1];
    assert_eq!(
        json!([
            row["ownerResourceID"],
            row["projectedCloseDate"],
            row["useQuoteTotals"],
            row["amount"]
        ])
        .to_string(),
        json!([29682886, "2026-05-01T00:00:00Z", false, null])
            .to_string()
            .replace("null", "1234.50")
    );
}

#[test]
fn an_opportunity_lacks_something() {
    for field in ["title", "company_id", "stage", "status", "probability"] {
        let mut body = opportunity();
        body[field] = Value::Null;
        let op = operation(Action::Create, None, body);
        let fault = persist(&autotask(), "opportunity", &op).unwrap_err();
        assert_eq!(
            (fault.message.key.as_str(), fault.field.as_deref()),
            ("field-needed", Some(field))
        );
    }
}

#[test]
fn totals_that_are_the_quote_s_do_not_undo_a_change() {
    for (totals, key) in [(true, None), (false, Some("not-kept"))] {
        let host = host()
            .on("PATCH /Opportunities", json!({"itemId": 2}))
            .on(
                "POST /Opportunities/query",
                items(json!([{"id": 2, "title": "Deal", "amount": 398.0, "useQuoteTotals": totals, "projectedCloseDate": "2026-05-01T04:00:00Z"}])),
            );
        let op = update(
            "2",
            json!({"amount": "1", "projected_close_date": "2026-05-01"}),
        );
        let outcome = Autotask.write(&host, "opportunity", &[op]).remove(0);
        assert_eq!(
            outcome.err().map(|fault| fault.message.key),
            key.map(str::to_owned)
        );
    }
}

#[test]
fn an_opportunity_is_found_by_title_inside_its_company_and_by_our_id() {
    let row = json!({"id": 2, "companyID": 174, "title": "Deal", "userDefinedFields": [{"name": "LiaisonID", "value": "A-1"}]});
    let host = host()
        .on("POST /Opportunities/query", items(json!([row])))
        .on("POST /Opportunities/query", items(json!([row])));
    let query = |fields: &[(&str, &str)]| -> Query {
        fields
            .iter()
            .map(|(field, value)| ((*field).to_owned(), json!(value).to_string()))
            .collect()
    };
    for asked in [
        query(&[("company_id", "174"), ("title", "deal")]),
        query(&[("external_id", "A-1")]),
    ] {
        let found = Autotask.find(&host, "opportunity", &[asked]).unwrap();
        assert_eq!(found[0][0].id, "2");
    }
    assert_eq!(
        host.body(1)["filter"],
        json!([{"op": "eq", "field": "LiaisonID", "udf": true, "value": "A-1"}])
    );
}
