//! Quotes: one document, many records; one of them an opportunity.

use super::repeats::{autotask, persist, quote};
use super::small_autotask::{Loss, SmallAutotask};
use super::*;

/// An Autotask that has the quote, and the quote's id.
fn made() -> (SmallAutotask, String) {
    let host = autotask();
    let applied = persist(&host, "quote", &operation(Action::Create, None, quote())).unwrap();
    host.writes.borrow_mut().clear();
    (host, applied.id)
}

fn change(host: &SmallAutotask, id: &str, body: Value) -> Result<Value, Fault> {
    persist(host, "quote", &update(id, body)).map(|applied| filter::value(&applied.body.unwrap()))
}

fn lines(quote: &Value) -> Vec<String> {
    let lines = quote["lines"].as_array().unwrap().iter();
    lines
        .map(|l| format!("{} {} {}", l["key"], l["kind"], l["quantity"]))
        .collect()
}

#[test]
fn a_quote_is_made_whole() {
    let host = autotask();
    let op = operation(Action::Create, None, quote());
    let applied = persist(&host, "quote", &op).unwrap();
    assert_eq!(
        *host.writes.borrow(),
        [
            "POST QuoteLocations",
            "POST QuoteLocations",
            "POST Quotes",
            "POST Quotes/101/Items",
            "POST Quotes/101/Items",
            "POST Quotes/101/Items"
        ]
    );
    assert_eq!(
        host.rows("Quotes")[0],
        json!({"id": 101, "opportunityID": 2, "name": "Q-10045", "externalQuoteNumber": "Q-10045", "primaryQuote": true,
            "effectiveDate": "2026-03-05T00:00:00Z", "expirationDate": "2026-04-04T00:00:00Z",
            "billToLocationID": 101, "shipToLocationID": 102, "soldToLocationID": 101})
    );
    assert_eq!(
        host.rows("QuoteItems")[0].to_string(),
        json!({"id": 101, "quoteID": 101, "quoteItemType": 1, "productID": 77, "name": "Dock", "description": "A dock [#1]",
            "quantity": 2, "unitPrice": 0, "unitCost": 150, "periodType": 1, "unitDiscount": 0, "percentageDiscount": 0,
            "lineDiscount": 0, "isOptional": false})
        .to_string()
        .replace("\"unitPrice\":0", "\"unitPrice\":199.00")
    );
    let shown = filter::value(&applied.body.unwrap());
    assert_eq!(
        lines(&shown),
        [
            r#""1" "product" "2""#,
            r#""2" "service" "1""#,
            r#""3" "labor" "3.5""#
        ]
    );
    assert_eq!(
        json!([
            shown["lines"][0]["description"],
            shown["lines"][1]["description"],
            shown["lines"][0]["period"],
            shown["bill_to_address1"],
            shown["ship_to_address1"],
            shown["ship_to_state"]
        ]),
        json!(["A dock", null, "One-Time", "1 Main", "2 Side", null])
    );
}

#[test]
fn an_update_adds_changes_and_removes_lines() {
    let (host, id) = made();
    host.tables.borrow_mut().get_mut("QuoteItems").unwrap().push(
        json!({"id": 900, "quoteID": 101, "quoteItemType": 2, "chargeID": 5, "description": "By hand", "quantity": 1}),
    );
    let mut wanted = quote()["lines"].as_array().unwrap().clone();
    wanted[0]["quantity"] = json!("5");
    wanted[1] =
        json!({"key": "4", "kind": "charge", "charge_id": "5", "quantity": "1", "unit_price": "3"});
    let shown = change(
        &host,
        &id,
        json!({"lines": wanted, "purchase_order": "PO-77"}),
    )
    .unwrap();
    assert_eq!(
        *host.writes.borrow(),
        [
            "PATCH Quotes",
            "PATCH Quotes/101/Items",
            "POST Quotes/101/Items",
            "DELETE Quotes/101/Items/102"
        ]
    );
    // A person's own line stays.
    assert_eq!(
        lines(&shown),
        [
            r#""1" "product" "5""#,
            r#""3" "labor" "3.5""#,
            r#"null "charge" "1""#,
            r#""4" "charge" "1""#
        ]
    );
    host.writes.borrow_mut().clear();
    change(
        &host,
        &id,
        json!({"lines": wanted, "purchase_order": "PO-77"}),
    )
    .unwrap();
    assert_eq!(*host.writes.borrow(), Vec::<String>::new());
}

#[test]
fn a_hyphen_or_a_capital_is_a_change() {
    let (host, id) = made();
    let mut wanted = quote()["lines"].as_array().unwrap().clone();
    wanted[0]["name"] = json!("dock");
    wanted[1]["description"] = json!("Back-up.");
    change(&host, &id, json!({"name": "Q 10045", "lines": wanted})).unwrap();
    assert_eq!(
        *host.writes.borrow(),
        [
            "PATCH Quotes",
            "PATCH Quotes/101/Items",
            "PATCH Quotes/101/Items"
        ]
    );
    let rows = host.rows("QuoteItems");
    assert_eq!(
        json!([
            host.rows("Quotes")[0]["name"],
            rows[0]["name"],
            rows[1]["description"]
        ]),
        json!(["Q 10045", "dock", "Back-up. [#2]"])
    );
}

#[test]
fn a_line_that_sells_something_else_is_another_line() {
    let (host, id) = made();
    let mut wanted = quote()["lines"].as_array().unwrap().clone();
    wanted[0]["product_id"] = json!("78");
    let shown = change(&host, &id, json!({"lines": wanted})).unwrap();
    assert_eq!(
        *host.writes.borrow(),
        ["POST Quotes/101/Items", "DELETE Quotes/101/Items/101"]
    );
    assert_eq!(shown["lines"].as_array().unwrap().len(), 3);
}

#[test]
fn a_line_whose_key_was_taken_away_gets_it_back() {
    let (host, id) = made();
    for row in host.tables.borrow_mut().get_mut("QuoteItems").unwrap() {
        let text = row["description"].as_str().unwrap();
        row["description"] = json!(text.split("[#").next().unwrap().trim());
    }
    let shown = change(&host, &id, json!({"lines": quote()["lines"]})).unwrap();
    assert_eq!(*host.writes.borrow(), vec!["PATCH Quotes/101/Items"; 3]);
    assert_eq!(shown["lines"].as_array().unwrap().len(), 3);
}

#[test]
fn whatever_is_lost_of_an_update_it_ends_the_same() {
    let mut lines = quote()["lines"].as_array().unwrap().clone();
    lines[0]["quantity"] = json!("5");
    lines[1]["key"] = json!("4");
    lines.remove(2);
    let body = json!({"name": "Other", "lines": lines, "ship_to_address1": "3 Up", "bill_to_city": "Montréal"});
    let (host, id) = made();
    change(&host, &id, body.clone()).unwrap();
    let writes = host.writes.borrow().len();
    assert_eq!(writes, 7);
    let expected = host.tables.borrow().clone();
    for loss in [Loss::Request, Loss::Answer] {
        for at in 0..writes {
            let (host, id) = made();
            host.loses.set(Some((at, loss)));
            change(&host, &id, body.clone()).unwrap();
            assert_eq!(
                json!(*host.tables.borrow()),
                json!(expected),
                "{loss:?} {at}"
            );
        }
    }
}

#[test]
fn an_opportunity_has_one_quote_and_the_customer_s() {
    let other = json!([{"id": 50, "opportunityID": 2, "name": "Theirs", "externalQuoteNumber": "", "quoteNumber": 17}]);
    let without = |field: &str| {
        let mut body = quote();
        body[field] = Value::Null;
        body
    };
    let with = |field: &str, value: &str| {
        let mut body = quote();
        body[field] = json!(value);
        body
    };
    for (host, body, key, field, part) in [
        (
            autotask().with("Quotes", other),
            quote(),
            "opportunity-has-quote",
            "opportunity_id",
            "Theirs (number 17",
        ),
        (
            autotask(),
            with("company_id", "175"),
            "opportunity-of-another",
            "opportunity_id",
            "“Deal” of Autotask is company 174's, not company 175's",
        ),
        (
            autotask(),
            with("opportunity_id", "3"),
            "no-such-opportunity",
            "opportunity_id",
            "no opportunity 3",
        ),
        (
            autotask(),
            without("external_number"),
            "field-needed",
            "external_number",
            "no quote without external_number",
        ),
        (
            autotask(),
            without("opportunity_id"),
            "field-needed",
            "opportunity_id",
            "no quote without opportunity_id",
        ),
    ] {
        let op = operation(Action::Create, None, body);
        let fault = persist(&host, "quote", &op).unwrap_err();
        assert_eq!(
            (fault.message.key.as_str(), fault.field.as_deref()),
            (key, Some(field))
        );
        assert!(
            fault.message.fallback.contains(part),
            "{}",
            fault.message.fallback
        );
        assert_eq!(*host.writes.borrow(), Vec::<String>::new(), "{key}");
    }
    let (host, id) = made();
    let fault = change(&host, &id, json!({"opportunity_id": "3"})).unwrap_err();
    assert_eq!(
        (fault.message.key.as_str(), fault.field.as_deref()),
        ("field-fixed", Some("opportunity_id"))
    );
}

#[test]
fn a_line_that_cannot_be_one_stops_the_quote_before_anything_is_made() {
    let line = |change: Value| {
        let mut line = quote()["lines"][0].clone();
        for (field, value) in change.as_object().unwrap() {
            line[field] = value.clone();
        }
        line
    };
    for (change, key, field) in [
        (json!({"key": null}), "line-needs", "key"),
        (json!({"key": "a]b"}), "value-unusable", "key"),
        (json!({"kind": null}), "line-needs", "kind"),
        (json!({"kind": "gift"}), "value-unusable", "kind"),
        (json!({"quantity": ""}), "line-needs", "quantity"),
        (json!({"product_id": null}), "line-needs", "product_id"),
        (
            json!({"service_id": "8"}),
            "line-of-another-kind",
            "service_id",
        ),
        (json!({"period": "Weekly"}), "picklist-unknown", "period"),
        (
            json!({"unit_price": "dear"}),
            "value-unusable",
            "unit_price",
        ),
        (json!({"colour": "red"}), "value-unusable", "colour"),
    ] {
        let host = autotask();
        let mut body = quote();
        body["lines"][1] = line(json!({"key": "2"}));
        body["lines"][0] = line(change);
        let op = operation(Action::Create, None, body);
        let fault = persist(&host, "quote", &op).unwrap_err();
        let place = format!("lines[0].{field}");
        assert_eq!(
            (
                fault.kind,
                fault.message.key.as_str(),
                fault.field.as_deref()
            ),
            (FaultKind::Rejected, key, Some(place.as_str()))
        );
        assert_eq!(*host.writes.borrow(), Vec::<String>::new(), "{key}");
    }
    let mut body = quote();
    body["lines"][1]["key"] = json!("1");
    let op = operation(Action::Create, None, body);
    let fault = persist(&autotask(), "quote", &op).unwrap_err();
    assert_eq!(
        (fault.message.key.as_str(), fault.field.as_deref()),
        ("line-key-twice", Some("lines[1].key"))
    );
}

#[test]
fn addresses_are_shared_while_they_are_the_same() {
    let mut body = quote();
    body["ship_to_address1"] = json!("");
    body["ship_to_city"] = Value::Null;
    // One that an earlier quote uses, and one that none does.
    let host = autotask()
        .with(
            "QuoteLocations",
            json!([{"id": 40, "address1": "1 Main", "city": "Laval"}, {"id": 41, "address1": "1 Main", "city": "laval", "state": ""}]),
        )
        .with("Quotes", json!([{"id": 50, "opportunityID": 9, "billToLocationID": 40, "shipToLocationID": 40, "soldToLocationID": 40}]));
    let op = operation(Action::Create, None, body.clone());
    let applied = persist(&host, "quote", &op).unwrap();
    let row = host.rows("Quotes")[1].clone();
    assert_eq!(
        json!([
            row["billToLocationID"],
            row["shipToLocationID"],
            row["soldToLocationID"]
        ]),
        json!([42, 42, 42])
    );
    let places = |quote: &Value| json!([quote["bill_to_address1"], quote["ship_to_address1"]]);
    for (change_to, expected, written) in [
        (json!({"bill_to_address1": "5 New"}), ["5 New", "1 Main"], 3),
        (json!({"bill_to_address1": "6 New"}), ["6 New", "1 Main"], 1),
        (json!({"ship_to_address1": "7 New"}), ["6 New", "7 New"], 1),
        (json!({"ship_to_address1": "7 New"}), ["6 New", "7 New"], 0),
    ] {
        host.writes.borrow_mut().clear();
        let shown = change(&host, &applied.id, change_to).unwrap();
        assert_eq!(places(&shown), json!(expected));
        assert_eq!(host.writes.borrow().len(), written, "{expected:?}");
    }
    // The other quote's address is untouched.
    assert_eq!(host.rows("QuoteLocations")[0]["address1"], "1 Main");
}

/// Creates of quotes of these opportunities, each with a token and an id of its own.
fn of_opportunities(ids: &[u64]) -> Vec<Operation> {
    let one = |(at, id): (usize, &u64)| {
        let mut body = quote();
        body["opportunity_id"] = json!(id.to_string());
        body["external_number"] = json!(format!("Q-{at}"));
        Operation {
            token: format!("token-{at}"),
            ..operation(Action::Create, None, body)
        }
    };
    ids.iter().enumerate().map(one).collect()
}

fn with_opportunities(ids: std::ops::RangeInclusive<u64>) -> SmallAutotask {
    let row = |id: u64| json!({"id": id, "companyID": 174, "title": format!("Deal {id}")});
    SmallAutotask::new().with("Opportunities", ids.map(row).collect())
}

#[test]
fn what_is_asked_does_not_grow_with_the_quotes_of_a_call_nor_with_those_that_are_there() {
    let host = with_opportunities(1..=400);
    let mut asked = Vec::new();
    for ids in [vec![1], (2..=9).collect(), (10..=399).collect(), vec![400]] {
        host.queries.borrow_mut().clear();
        let outcomes = Autotask.write(&host, "quote", &of_opportunities(&ids));
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        asked.push(host.queries.borrow().len());
    }
    // Of the many, lines and locations are more than one answer holds.
    assert_eq!((asked[0], asked[1], asked[3]), (5, 5, 5));
    assert!(asked[2] < 16, "{asked:?}");
    assert_eq!(host.rows("Quotes").len(), 400);
    assert_eq!(host.rows("QuoteLocations").len(), 800);
}

#[test]
fn two_quotes_of_one_call_do_not_share_an_opportunity() {
    let host = with_opportunities(1..=2);
    let outcomes = Autotask.write(&host, "quote", &of_opportunities(&[1, 2, 1]));
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok());
    let fault = outcomes[2].as_ref().unwrap_err();
    assert_eq!(fault.message.key, "opportunity-has-quote");
    assert_eq!(host.rows("Quotes").len(), 2);
}

#[test]
fn whatever_is_lost_of_several_quotes_each_is_there_once() {
    let undisturbed = with_opportunities(1..=3);
    let operations = of_opportunities(&[1, 2, 3]);
    Autotask.write(&undisturbed, "quote", &operations);
    let writes = undisturbed.writes.borrow().len();
    assert_eq!(writes, 18);
    for loss in [Loss::Request, Loss::Answer] {
        for at in 0..writes {
            let host = with_opportunities(1..=3);
            host.loses.set(Some((at, loss)));
            let outcomes = Autotask.write(&host, "quote", &operations);
            for (op, outcome) in operations.iter().zip(outcomes) {
                let applied = match outcome {
                    Ok(applied) => applied,
                    Err(_) => persist(&host, "quote", op).unwrap(),
                };
                let shown = filter::value(&applied.body.unwrap());
                assert_eq!(lines(&shown).len(), 3, "{loss:?} {at}");
            }
            for (table, count) in [("Quotes", 3), ("QuoteItems", 9), ("QuoteLocations", 6)] {
                assert_eq!(host.rows(table).len(), count, "{table} {loss:?} {at}");
            }
        }
    }
}

#[test]
fn a_call_that_takes_long_leaves_the_rest_for_the_next() {
    let host = with_opportunities(1..=8);
    host.request_takes_ms.set(1_500);
    let operations = of_opportunities(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let outcomes = Autotask.write(&host, "quote", &operations);
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((3..6).contains(&done), "{done}");
    for fault in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(fault.message.key, "quote-goes-on");
    }
    for op in &operations {
        persist(&host, "quote", op).unwrap();
    }
    assert_eq!(host.rows("Quotes").len(), 8);
    assert_eq!(host.rows("QuoteItems").len(), 24);
}

#[test]
fn a_long_quote_goes_on_in_the_next_call() {
    let mut body = quote();
    body["lines"] = (0..90)
        .map(|at| json!({"key": at.to_string(), "kind": "product", "product_id": "77", "quantity": "1", "unit_price": "1"}))
        .collect();
    let host = autotask();
    host.request_takes_ms.set(1_000);
    let op = operation(Action::Create, None, body.clone());
    let first = Autotask
        .write(&host, "quote", std::slice::from_ref(&op))
        .remove(0);
    let fault = first.unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::OutcomeUnknown, "quote-goes-on")
    );
    let so_far = host.rows("QuoteItems").len();
    assert!(so_far > 20 && so_far < 45, "{so_far}");
    let applied = persist(&host, "quote", &op).unwrap();
    assert_eq!(host.rows("QuoteItems").len(), 90);
    body["lines"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|line| line["quantity"] = json!("2"));
    let op = update(&applied.id, json!({"lines": body["lines"]}));
    let fault = Autotask
        .write(&host, "quote", std::slice::from_ref(&op))
        .remove(0)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Locked);
    persist(&host, "quote", &op).unwrap();
    assert!(host
        .rows("QuoteItems")
        .iter()
        .all(|row| row["quantity"] == 2));
}

#[test]
fn a_price_that_is_not_kept_is_told() {
    for (distort, field) in [
        (
            (|row| {
                if row["quoteItemType"] == 3 {
                    row["unitPrice"] = json!(1)
                }
            }) as fn(&mut Value),
            Some("lines[2].unit_price"),
        ),
        (
            |row| {
                if row["quoteItemType"] == 3 {
                    row["unitPrice"] = json!(100.004)
                }
            },
            None,
        ),
    ] {
        let host = autotask();
        host.distort.set(distort);
        let op = operation(Action::Create, None, quote());
        let outcome = persist(&host, "quote", &op);
        assert_eq!(
            outcome.err().and_then(|fault| fault.field).as_deref(),
            field
        );
    }
}

#[test]
fn a_quote_is_found_by_its_opportunity() {
    let (host, id) = made();
    let query = |field: &str, value: &str| vec![(field.to_owned(), json!(value).to_string())];
    let found = Autotask
        .find(
            &host,
            "quote",
            &[
                query("opportunity_id", "2"),
                query("opportunity_id", "3"),
                query("external_number", "q-10045"),
            ],
        )
        .unwrap();
    let ids: Vec<Vec<&str>> = found
        .iter()
        .map(|f| f.iter().map(|e| e.id.as_str()).collect())
        .collect();
    assert_eq!(ids, [vec![id.as_str()], vec![], vec![id.as_str()]]);
}
