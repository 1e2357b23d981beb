//! Books that were right, spoilt by hand: what the ledger does not find it would not find after an accident either.

use serde_json::{Value, json};

use super::compare;
use super::desks::{Desks, ENTITY, INVOICE, LINE, MIRROR, NUMBER, text};
use super::ledger;
use super::people::People;
use crate::chaos::stories::{Spoilt, spoilt};

pub fn spoil(desks: &Desks, people: &People) -> Spoilt {
    let spoils = SPOILS.map(|(words, spoil)| (words, move || spoil(desks, people)));
    spoilt(spoils.into_iter(), || {
        let wrong = compare(desks, people).into_iter();
        wrong.map(|wrong| wrong.words).collect()
    })
}

/// Whether there was something to spoil.
type Spoil = fn(&Desks, &People) -> bool;

/// What is gone takes others with it, so it goes last.
const SPOILS: [(&str, Spoil); 26] = [
    ("a line has another amount", another_amount),
    ("a line stands there twice", a_line_twice),
    ("a posted line is a draft", a_draft_line),
    ("a posted contract is a draft", a_draft),
    ("a contract has another name", another_name),
    ("a contract ends on another day", another_end),
    ("a contract has another term", another_term),
    ("a contract is billed to another contact", another_contact),
    ("a contract that went says something else", another_status),
    ("a contract that went is still asked for", still_asked_for),
    ("the number is lost in Salesforce", no_number),
    ("a contract is there twice", a_contract_twice),
    ("an order is another account's", another_customer),
    ("an order is not there", no_order),
    ("a mirror says something else", another_mirror),
    (
        "a mirror hangs below another contract",
        another_contract_above,
    ),
    (
        "a mirror hangs below another account",
        another_account_above,
    ),
    ("a mirrored line says something else", another_line),
    ("a mirrored line sells another product", another_product),
    ("a mirrored invoice says something else", another_invoice),
    ("a mirrored invoice is another account's", another_payer),
    ("a mirrored entity is called something else", another_entity),
    ("a mirrored line is gone", no_line),
    ("a mirrored invoice is gone", no_invoice),
    ("a mirrored entity is gone", no_entity),
    ("a mirror is gone", no_mirror),
];

/// A contract with lines that is posted and of which nobody has an excuse; the `nth`.
fn a_good_one(desks: &Desks, people: &People, nth: usize) -> Option<(Value, Vec<Value>)> {
    let lines = desks.booked("CONTRACTDETAIL");
    let contracts = desks.booked("CONTRACT").into_iter();
    let aside = ledger::aside(desks);
    let mut good = contracts.filter_map(|contract| {
        let id = text(&contract, "LIAISON_ID").to_owned();
        let of = lines
            .iter()
            .filter(|line| line["CONTRACTID"] == contract["CONTRACTID"]);
        let of: Vec<Value> = of.cloned().collect();
        let is_good = people.asked.contains(&id)
            && people.signed.contains(&id)
            && !people.excused.contains_key(&id)
            && !aside.contains_key(&("contracts".to_owned(), id))
            && text(&contract, "STATE") == "In progress"
            && text(&contract, "PARENTID").is_empty()
            // A line that was billed cannot be changed any more, not even by accountants.
            && ledger::decimal(&contract["SUMMARYBILLED"]).is_zero()
            && !of.is_empty();
        is_good.then_some((contract, of))
    });
    good.nth(nth)
}

fn accounts(desks: &Desks, action: &Value) -> bool {
    let done = desks.accounts(action);
    done.unwrap_or_else(|words| panic!("{action}: {words}"));
    true
}

fn sells(desks: &Desks, action: &Value) -> bool {
    let done = desks.sells(action);
    done.unwrap_or_else(|words| panic!("{action}: {words}"));
    true
}

fn another_amount(desks: &Desks, people: &People) -> bool {
    let Some((_, lines)) = a_good_one(desks, people, 0) else {
        return false;
    };
    let edit = json!({"do": "edit", "object": "CONTRACTDETAIL", "id": lines[0]["RECORDNO"], "set": {"FLATAMOUNT": "1.01"}});
    accounts(desks, &edit)
}

fn a_line_twice(desks: &Desks, people: &People) -> bool {
    let Some((contract, lines)) = a_good_one(desks, people, 1) else {
        return false;
    };
    let mut record = json!({"CONTRACTID": contract["CONTRACTID"]});
    for field in [
        "ITEMID",
        "BILLINGMETHOD",
        "LOCATIONID",
        "BEGINDATE",
        "ENDDATE",
        "QUANTITY",
        "PRICE",
        "FLATAMOUNT",
        "LIAISON_ID",
    ] {
        record[field] = lines[0][field].clone();
    }
    accounts(
        desks,
        &json!({"do": "create", "object": "CONTRACTDETAIL", "record": record}),
    )
}

fn a_draft_line(desks: &Desks, people: &People) -> bool {
    let Some((_, lines)) = a_good_one(desks, people, 2) else {
        return false;
    };
    let set = json!({"do": "set_state", "object": "CONTRACTDETAIL", "id": lines[0]["RECORDNO"], "state": "Draft"});
    accounts(desks, &set)
}

fn a_draft(desks: &Desks, people: &People) -> bool {
    let Some((contract, _)) = a_good_one(desks, people, 3) else {
        return false;
    };
    let set = json!({"do": "set_state", "object": "CONTRACT", "id": contract["CONTRACTID"], "state": "Draft"});
    accounts(desks, &set)
}

fn another_name(desks: &Desks, people: &People) -> bool {
    let Some((contract, _)) = a_good_one(desks, people, 0) else {
        return false;
    };
    let edit = json!({"do": "edit", "object": "CONTRACT", "id": contract["CONTRACTID"], "set": {"NAME": "Another"}});
    accounts(desks, &edit)
}

/// The first good contract is edited in Intacct.
fn edited(desks: &Desks, people: &People, set: &Value) -> bool {
    let Some((contract, _)) = a_good_one(desks, people, 0) else {
        return false;
    };
    let id = &contract["CONTRACTID"];
    accounts(
        desks,
        &json!({"do": "edit", "object": "CONTRACT", "id": id, "set": set}),
    )
}

fn another_end(desks: &Desks, people: &People) -> bool {
    edited(desks, people, &json!({"ENDDATE": "01/31/2030"}))
}

fn another_term(desks: &Desks, people: &People) -> bool {
    edited(desks, people, &json!({"TERMNAME": "Net 15"}))
}

/// Intacct takes the customer's own.
fn another_contact(desks: &Desks, people: &People) -> bool {
    edited(desks, people, &json!({"BILLTOCONTACTNAME": ""}))
}

/// The first good contract is edited in Salesforce.
fn shown_as(desks: &Desks, people: &People, set: &Value) -> bool {
    let Some((contract, _)) = a_good_one(desks, people, 0) else {
        return false;
    };
    let id = &contract["LIAISON_ID"];
    sells(desks, &json!({"do": "edit", "id": id, "set": set}))
}

fn another_status(desks: &Desks, people: &People) -> bool {
    shown_as(
        desks,
        people,
        &json!({"ia_crm__Intacct_Sync_Status__c": "Error"}),
    )
}

fn still_asked_for(desks: &Desks, people: &People) -> bool {
    shown_as(
        desks,
        people,
        &json!({"ia_crm__Sync_with_Intacct__c": true}),
    )
}

fn no_number(desks: &Desks, people: &People) -> bool {
    shown_as(desks, people, &json!({NUMBER: null}))
}

fn a_contract_twice(desks: &Desks, people: &People) -> bool {
    let Some((contract, _)) = a_good_one(desks, people, 3) else {
        return false;
    };
    let mut record = json!({"STATE": "Draft"});
    for field in [
        "CUSTOMERID",
        "NAME",
        "BEGINDATE",
        "ENDDATE",
        "TERMNAME",
        "LOCATIONID",
        "LIAISON_ID",
    ] {
        record[field] = contract[field].clone();
    }
    accounts(
        desks,
        &json!({"do": "create", "object": "CONTRACT", "record": record}),
    )
}

/// The last order that somebody won, as it stands in Intacct.
fn an_order<'p>(desks: &Desks, people: &'p People) -> Option<(&'p String, Value)> {
    let id = people.orders.last()?;
    let orders = desks.booked("SODOCUMENT").into_iter();
    let mut own = orders.filter(|order| text(order, "LIAISON_ID") == id);
    own.next().map(|order| (id, order))
}

fn another_customer(desks: &Desks, people: &People) -> bool {
    let Some((id, order)) = an_order(desks, people) else {
        return false;
    };
    let accounts = desks.shown("Account");
    let mut others = accounts
        .iter()
        .filter(|account| text(account, NUMBER) != text(&order, "CUSTVENDID"));
    let Some(another) = others.next() else {
        return false;
    };
    let set = json!({"AccountId": another["Id"]});
    sells(desks, &json!({"do": "edit", "id": id, "set": set}))
}

/// Somebody's won opportunity that no run has seen.
fn no_order(desks: &Desks, people: &People) -> bool {
    let Some((_, order)) = an_order(desks, people) else {
        return false;
    };
    let edit =
        json!({"do": "edit_document", "id": order["DOCID"], "set": {"LIAISON_ID": "another"}});
    accounts(desks, &edit)
}

/// The last mirror of an object: not the one that ships with Salesforce.
fn a_mirror(desks: &Desks, object: &str) -> Option<Value> {
    desks.shown(object).pop()
}

fn mirrored(desks: &Desks, object: &str, set: &Value) -> bool {
    let Some(mirror) = a_mirror(desks, object) else {
        return false;
    };
    sells(
        desks,
        &json!({"do": "edit", "id": mirror["Id"], "set": set}),
    )
}

fn deleted(desks: &Desks, object: &str) -> bool {
    let Some(mirror) = a_mirror(desks, object) else {
        return false;
    };
    sells(desks, &json!({"do": "delete", "id": mirror["Id"]}))
}

fn another_mirror(desks: &Desks, _: &People) -> bool {
    mirrored(desks, MIRROR, &json!({"ia_crm__State__c": "Closed"}))
}

/// Of a kind of record one that a mirror does not name.
fn another(desks: &Desks, entity: &str, mirror: &Value, field: &str) -> Option<Value> {
    let others = desks.shown(entity).into_iter();
    let mut others = others.filter(|row| row["Id"] != mirror[field]);
    others.next().map(|row| row["Id"].clone())
}

/// The last mirror of an object names another record.
fn names_another(desks: &Desks, object: &str, field: &str, entity: &str) -> bool {
    let mirror = a_mirror(desks, object).unwrap_or_default();
    let Some(another) = another(desks, entity, &mirror, field) else {
        return false;
    };
    mirrored(desks, object, &json!({field: another}))
}

fn another_contract_above(desks: &Desks, _: &People) -> bool {
    names_another(desks, MIRROR, "ia_crm__Contract__c", "Contract")
}

fn another_account_above(desks: &Desks, _: &People) -> bool {
    names_another(desks, MIRROR, "ia_crm__Account__c", "Account")
}

fn another_line(desks: &Desks, _: &People) -> bool {
    mirrored(desks, LINE, &json!({"ia_crm__Quantity__c": 4_321}))
}

fn another_product(desks: &Desks, _: &People) -> bool {
    names_another(desks, LINE, "ia_crm__Product__c", "Product2")
}

fn another_invoice(desks: &Desks, _: &People) -> bool {
    mirrored(desks, INVOICE, &json!({"ia_crm__State__c": "Another"}))
}

fn another_payer(desks: &Desks, _: &People) -> bool {
    names_another(desks, INVOICE, "ia_crm__Account__c", "Account")
}

fn another_entity(desks: &Desks, _: &People) -> bool {
    mirrored(desks, ENTITY, &json!({"Name": "Another"}))
}

fn no_line(desks: &Desks, _: &People) -> bool {
    deleted(desks, LINE)
}

fn no_invoice(desks: &Desks, _: &People) -> bool {
    deleted(desks, INVOICE)
}

fn no_entity(desks: &Desks, _: &People) -> bool {
    deleted(desks, ENTITY)
}

fn no_mirror(desks: &Desks, _: &People) -> bool {
    deleted(desks, MIRROR)
}
