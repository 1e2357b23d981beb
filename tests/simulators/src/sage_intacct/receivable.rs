//! Receivables: mirrored from documents (`8.SO`) or made by hand (`4.AR`), and what is paid of them.

use rust_decimal::Decimal;

use super::act::Act;
use super::company::Row;
use super::invoicing::due_day;
use super::refusal::Refusal;
use super::schema::known;
use super::value;
use super::wire::Element;
use super::write::Given;

const INVOICE: &str = "ARINVOICE";
const ITEM: &str = "ARINVOICEITEM";
const OF_ORDER_ENTRY: &str = "8.SO";

/// The receivable of a document. Its key.
pub fn of_document(act: &mut Act<'_>, document: &Row, lines: &[Row]) -> i64 {
    let mut row = Row::default();
    for (name, of) in [
        ("RECORDID", "DOCNO"),
        ("CUSTOMERID", "CUSTVENDID"),
        ("CUSTOMERNAME", "CUSTVENDNAME"),
        ("DOCNUMBER", "PONUMBER"),
        ("DESCRIPTION", "MESSAGE"),
        ("DESCRIPTION2", "DOCID"),
        ("TERMNAME", "TERM.NAME"),
        ("WHENCREATED", "WHENCREATED"),
        ("WHENPOSTED", "WHENPOSTED"),
        ("WHENDUE", "WHENDUE"),
        ("BASECURR", "BASECURR"),
        ("CURRENCY", "CURRENCY"),
        ("EXCHANGE_RATE", "EXCHRATE"),
        ("MEGAENTITYID", "MEGAENTITYID"),
    ] {
        row.set(name, document.get(of));
    }
    row.set("STATE", "Posted");
    row.set("MODULEKEY", OF_ORDER_ENTRY);
    row.set("DOCHDRKEY", document.key.to_string());
    totals(&mut row, document.amount("TOTAL"), Decimal::ZERO);
    let key = act.insert(known(INVOICE), row);
    for line in lines {
        let mut item = Row::default();
        item.set("RECORDKEY", key.to_string());
        for (name, of) in [
            ("LINE_NO", "LINE_NO"),
            ("AMOUNT", "TOTAL"),
            ("TRX_AMOUNT", "TRX_VALUE"),
            ("ENTRYDESCRIPTION", "ITEMDESC"),
            ("ITEMID", "ITEMID"),
            ("CUSTOMERID", "CUSTOMERID"),
            ("CONTRACTID", "CONTRACTID"),
            ("LOCATIONID", "LOCATIONID"),
            ("DEPARTMENTID", "DEPARTMENTID"),
            ("BILLABLECONTRACTSCHENTRYKEY", "BILLABLECONTRACTSCHENTRYKEY"),
        ] {
            item.set(name, line.get(of));
        }
        dimension(act, &mut item);
        act.insert(known(ITEM), item);
    }
    let customer = act
        .company
        .by_id("CUSTOMER", document.get("CUSTVENDID"))
        .cloned();
    if let Some(mut customer) = customer {
        customer.set("LAST_INVOICEDATE", document.get("WHENCREATED"));
        act.company.put(known("CUSTOMER"), customer);
    }
    key
}

fn dimension(act: &Act<'_>, item: &mut Row) {
    if let Some(contract) = act.company.by_id("CONTRACT", item.get("CONTRACTID")) {
        item.set("CONTRACTDIMKEY", contract.key.to_string());
        item.set("CONTRACTNAME", contract.get("NAME"));
    }
}

fn totals(row: &mut Row, total: Decimal, paid: Decimal) {
    for (name, amount) in [
        ("TOTALENTERED", total),
        ("TRX_TOTALENTERED", total),
        ("TOTALPAID", paid),
        ("TRX_TOTALPAID", paid),
        ("TOTALDUE", total - paid),
        ("TRX_TOTALDUE", total - paid),
    ] {
        row.set(name, amount.to_string());
    }
}

/// A hand-made invoice: its number, its day, its sum.
pub fn complete(act: &mut Act<'_>, row: &mut Row, given: &Given) -> Result<(), Refusal> {
    let customer = act.company.by_id("CUSTOMER", row.get("CUSTOMERID"));
    let customer = customer.ok_or_else(|| Refusal::invalid("Customer", row.get("CUSTOMERID")))?;
    row.set("CUSTOMERNAME", customer.get("NAME"));
    let term = customer.get("TERMNAME").to_owned();
    if !row.has("WHENDUE") {
        row.fill("TERMNAME", &term);
    }
    if !row.has("WHENDUE") && !row.has("TERMNAME") {
        return Err(Refusal::general("WHENDUE or TERMNAME is required"));
    }
    let due = due_day(act, row.get("WHENCREATED"), row.get("TERMNAME"));
    row.fill("WHENDUE", &due);
    let day = row.get("WHENCREATED").to_owned();
    row.fill("WHENPOSTED", &day);
    let items = read_items(act, given)?;
    if items.is_empty() {
        return Err(Refusal::missing("ARINVOICEITEMS"));
    }
    let number = act.company.next_id(INVOICE).unwrap_or_default();
    row.fill("RECORDID", &number);
    if row.has("RECORDID") {
        let mut same = act
            .company
            .rows_with(INVOICE, "RECORDID", row.get("RECORDID"));
        if same.any(|other| other.get("CUSTOMERID") == row.get("CUSTOMERID")) {
            return Err(Refusal::duplicate("Invoice", row.get("RECORDID")));
        }
    }
    row.set("STATE", "Posted");
    row.set("MODULEKEY", "4.AR");
    let base = act.company.base_currency.clone();
    row.fill("CURRENCY", &base);
    row.set("BASECURR", base);
    let total = items.iter().map(|item| item.amount("AMOUNT")).sum();
    totals(row, total, Decimal::ZERO);
    Ok(())
}

pub fn items(act: &mut Act<'_>, key: i64, given: &Given) -> Result<(), Refusal> {
    let invoice = act.company.get(INVOICE, key).cloned().unwrap_or_default();
    for (n, mut item) in read_items(act, given)?.into_iter().enumerate() {
        item.set("RECORDKEY", key.to_string());
        item.set("LINE_NO", (n + 1).to_string());
        item.fill("CUSTOMERID", invoice.get("CUSTOMERID"));
        dimension(act, &mut item);
        act.insert(known(ITEM), item);
    }
    Ok(())
}

fn read_items(act: &Act<'_>, given: &Given) -> Result<Vec<Row>, Refusal> {
    let lists = given
        .lists
        .iter()
        .filter(|list| list.name == "ARINVOICEITEMS");
    let elements = lists.flat_map(|list| list.children.iter());
    elements.map(|element| read_item(act, element)).collect()
}

fn read_item(act: &Act<'_>, element: &Element) -> Result<Row, Refusal> {
    let object = known(ITEM);
    let mut item = Row::default();
    for child in &element.children {
        let field = object.field(&child.name).ok_or_else(|| {
            Refusal::general(format!("{} is not a valid field of {ITEM}", child.name))
        })?;
        if !child.text.is_empty() {
            let offset = act.switches.modified_offset_minutes;
            let value = value::parse(field, child.text.trim(), offset);
            item.set(&child.name, value.map_err(Refusal::illegal)?);
        }
    }
    let amount = item.get("TRX_AMOUNT").to_owned();
    item.fill("AMOUNT", &amount);
    if !item.has("AMOUNT") {
        return Err(Refusal::missing("TRX_AMOUNT"));
    }
    let amount = item.get("AMOUNT").to_owned();
    item.set("TRX_AMOUNT", amount);
    for (name, other) in [
        ("ITEMID", "ITEM"),
        ("CONTRACTID", "CONTRACT"),
        ("LOCATIONID", "LOCATION"),
        ("DEPARTMENTID", "DEPARTMENT"),
    ] {
        if item.has(name) && act.company.by_id(other, item.get(name)).is_none() {
            return Err(Refusal::invalid(&known(other).title, item.get(name)));
        }
    }
    Ok(item)
}

pub fn check_change(old: &Row) -> Result<(), Refusal> {
    if old.get("MODULEKEY") == OF_ORDER_ENTRY {
        return Err(Refusal::general(
            "The invoice was made by order entry and can only be changed there",
        ));
    }
    if old.amount("TOTALPAID") > Decimal::ZERO {
        return Err(Refusal::general(
            "An invoice with a payment cannot be changed",
        ));
    }
    Ok(())
}

pub fn before_delete(act: &mut Act<'_>, row: &Row) -> Result<(), Refusal> {
    check_change(row)?;
    let key = row.key.to_string();
    let items: Vec<i64> = act
        .company
        .rows_with(ITEM, "RECORDKEY", &key)
        .map(|item| item.key)
        .collect();
    for item in items {
        act.remove(known(ITEM), item);
    }
    Ok(())
}

/// Takes a receivable away with its items.
pub fn remove(act: &mut Act<'_>, key: i64) {
    let number = key.to_string();
    let items = act.company.rows_with(ITEM, "RECORDKEY", &number);
    let items: Vec<i64> = items.map(|item| item.key).collect();
    for item in items {
        act.remove(known(ITEM), item);
    }
    act.remove(known(INVOICE), key);
}

/// A payment, at the screen: nobody pays by the functions that are simulated.
pub fn pay(act: &mut Act<'_>, key: i64, amount: Decimal, day: &str) -> Result<(), String> {
    let invoice = act.company.get(INVOICE, key).cloned();
    let invoice = invoice.ok_or_else(|| format!("no ARINVOICE {key}"))?;
    if amount > invoice.amount("TOTALDUE") {
        return Err("more than is due".to_owned());
    }
    add_payment(act, key, amount, day);
    let invoice = act.company.get(INVOICE, key).cloned().unwrap_or_default();
    let Some(document) = invoice.key_of("DOCHDRKEY") else {
        return Ok(());
    };
    let Some(mut document) = act.company.get("SODOCUMENT", document).cloned() else {
        return Ok(());
    };
    for (name, of) in [
        ("TOTALPAID", "TOTALPAID"),
        ("TRX_TOTALPAID", "TRX_TOTALPAID"),
        ("TRX_TOTALDUE", "TRX_TOTALDUE"),
    ] {
        document.set(name, invoice.get(of));
    }
    let status = match invoice.get("STATE") {
        "Posted" => "Open",
        state => state,
    };
    document.set("PAYMENTSTATUS", status);
    if act.switches.payment_touches_document {
        act.put(known("SODOCUMENT"), document);
    } else {
        act.company.put(known("SODOCUMENT"), document);
    }
    Ok(())
}

pub fn add_payment(act: &mut Act<'_>, key: i64, amount: Decimal, day: &str) {
    act.change(INVOICE, key, |row| {
        let paid = row.amount("TOTALPAID") + amount;
        let total = row.amount("TOTALENTERED");
        totals(row, total, paid);
        if paid >= total {
            row.set("STATE", "Paid");
            row.set("WHENPAID", day);
        } else {
            row.set("STATE", "Partially Paid");
        }
    });
}
