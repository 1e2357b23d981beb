//! Books that were right, spoilt by hand: what the ledger does not find it would not find after an accident either.

use liaison_tests::reseller::{CHOSEN, Reseller, marker, text};
use serde_json::{Value, json};

use super::ledger;
use super::people::People;
use crate::chaos::stories::{Spoilt, spoilt};

pub fn spoil(desk: &Reseller, people: &People) -> Spoilt {
    let spoils = SPOILS.map(|(words, spoil)| (words, move || spoil(desk, people)));
    spoilt(spoils.into_iter(), || {
        let wrong = ledger::compare(desk, people).into_iter();
        wrong.map(|wrong| wrong.words).collect()
    })
}

/// Whether there was something to spoil.
type Spoil = fn(&Reseller, &People) -> bool;

const SPOILS: [(&str, Spoil); 13] = [
    ("a line has another price", another_price),
    ("a line stands there twice", a_line_twice),
    ("a line is gone", no_line),
    ("an opportunity has another status", another_status),
    ("an opportunity has another company", another_company),
    ("an opportunity is there twice", an_opportunity_twice),
    ("an opportunity has two quotes", two_quotes),
    ("a company is there twice", a_company_twice),
    ("a contact is there twice", a_contact_twice),
    ("a product is there twice", a_product_twice),
    ("both sides of a customer differ", another_fax),
    ("a document does not say what became of it", no_outcome),
    ("somebody was not answered", no_answer),
];

/// The opportunity, the quote and the lines of the `nth` document that has the last word on its deal.
fn a_deal(desk: &Reseller, people: &People, nth: usize) -> Option<(Value, Value, Vec<Value>)> {
    let good = people.documents.iter();
    let mut good = good.filter(|one| one.asked && !one.is_bad && !one.ordered);
    let shown = desk.document(good.nth(nth)?.id);
    let id: i64 = text(&shown["customFields"], CHOSEN).parse().ok()?;
    let mut quotes = desk.table("Quotes");
    quotes.retain(|quote| quote["opportunityID"] == json!(id));
    let quote = quotes.pop()?;
    let mut lines = desk.table("QuoteItems");
    lines.retain(|line| line["quoteID"] == quote["id"]);
    Some((desk.record("Opportunities", id), quote, lines))
}

fn sets(desk: &Reseller, entity: &str, row: &Value, fields: Value) -> bool {
    desk.books(&json!({"do": "update", "entity": entity, "id": row["id"], "fields": fields}));
    true
}

/// The same once more, under another id.
fn copies(desk: &Reseller, entity: &str, row: Option<&Value>) -> bool {
    let Some(row) = row.and_then(Value::as_object) else {
        return false;
    };
    let mut record = row.clone();
    record.remove("id");
    desk.books(&json!({"do": "create", "entity": entity, "record": record}));
    true
}

fn another_price(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 0);
    deal.is_some_and(|(_, _, lines)| {
        sets(desk, "QuoteItems", &lines[0], json!({"unitPrice": 1.01}))
    })
}

fn a_line_twice(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 1);
    deal.is_some_and(|(_, _, lines)| copies(desk, "QuoteItems", lines.first()))
}

fn no_line(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 2);
    deal.is_some_and(|(_, _, lines)| {
        desk.books(&json!({"do": "delete", "entity": "QuoteItems", "id": lines[0]["id"]}));
        true
    })
}

fn another_status(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 0);
    deal.is_some_and(|(opportunity, _, _)| {
        sets(desk, "Opportunities", &opportunity, json!({"status": 0}))
    })
}

fn another_company(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 1);
    deal.is_some_and(|(opportunity, _, _)| {
        sets(
            desk,
            "Opportunities",
            &opportunity,
            json!({"companyID": 205}),
        )
    })
}

fn an_opportunity_twice(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 2);
    deal.is_some_and(|(opportunity, _, _)| copies(desk, "Opportunities", Some(&opportunity)))
}

fn two_quotes(desk: &Reseller, people: &People) -> bool {
    let deal = a_deal(desk, people, 0);
    deal.is_some_and(|(_, quote, _)| copies(desk, "Quotes", Some(&quote)))
}

fn ours(desk: &Reseller, entity: &str) -> Option<Value> {
    let rows = desk.table(entity).into_iter();
    rows.rev()
        .find(|row| !marker(row).is_empty() || !text(row, "externalID").is_empty())
}

fn a_company_twice(desk: &Reseller, _: &People) -> bool {
    copies(desk, "Companies", ours(desk, "Companies").as_ref())
}

fn a_contact_twice(desk: &Reseller, _: &People) -> bool {
    copies(desk, "Contacts", ours(desk, "Contacts").as_ref())
}

fn a_product_twice(desk: &Reseller, _: &People) -> bool {
    copies(desk, "Products", desk.table("Products").last())
}

fn another_fax(desk: &Reseller, people: &People) -> bool {
    let Some(customer) = people.customers.first() else {
        return false;
    };
    let set = json!({"fax": "1"});
    desk.sells(&json!({"do": "edit_customer", "id": customer.id, "set": set}));
    true
}

fn no_outcome(desk: &Reseller, people: &People) -> bool {
    let mut good = people.documents.iter();
    let Some(document) = good.find(|one| one.asked && !one.is_bad) else {
        return false;
    };
    desk.edits(document.id, &json!({"exported": false}));
    true
}

fn no_answer(desk: &Reseller, people: &People) -> bool {
    let Some(document) = people.documents.iter().find(|one| one.asked) else {
        return false;
    };
    desk.exports(document.id);
    true
}
