//! From a contract's schedule to its invoice: preview, run, order entry document, receivable.
//!
//! A document that is edited takes its receivable away and makes a new one, under a new `RECORDNO`.

use rust_decimal::Decimal;

use super::act::Act;
use super::company::{Row, Sequence};
use super::contract::IN_PROGRESS;
use super::refusal::Refusal;
use super::schema::known;
use super::{receivable, schedule, time};

const PREVIEW: &str = "GENINVOICEPREVIEW";
const PREVIEW_LINE: &str = "GENINVOICEPREVIEWLINE";
const RUN: &str = "GENINVOICERUN";
const DOCUMENT: &str = "SODOCUMENT";
const DOCUMENT_LINE: &str = "SODOCUMENTENTRY";

/// A run that the caller waits for takes fewer lines than this.
const ONLINE_MAX: usize = 50;

/// What is due: the open entries of lines in progress, up to the day.
pub fn preview(act: &mut Act<'_>, key: i64) {
    let Some(preview) = act.company.get(PREVIEW, key).cloned() else {
        return;
    };
    if !preview.flag("INCLUDECONTRACTS") {
        return;
    }
    let until = preview.get("ASOFDATE").to_owned();
    let wanted = |name: &str, value: &str| !preview.has(name) || preview.get(name) == value;
    let contracts: Vec<Row> = act
        .company
        .rows_with("CONTRACT", "STATE", IN_PROGRESS)
        .filter(|row| wanted("CONTRACTID", row.get("CONTRACTID")))
        .filter(|row| wanted("CUSTOMERID", row.get("CUSTOMERID")))
        .filter(|row| !row.flag("BILLINGHOLD"))
        .cloned()
        .collect();
    for contract in contracts {
        let id = contract.get("CONTRACTID");
        let lines = act.company.rows_with("CONTRACTDETAIL", "CONTRACTID", id);
        let lines: Vec<Row> = lines
            .filter(|line| line.get("STATE") == IN_PROGRESS)
            .cloned()
            .collect();
        for line in lines {
            for entry in schedule::entries(act, &line) {
                if entry.get("STATE") != "Open" || entry.get("POSTINGDATE") > until.as_str() {
                    continue;
                }
                let mut row = Row::default();
                row.set("PREVIEWKEY", key.to_string());
                row.set("CUSTOMERID", contract.get("CUSTOMERID"));
                row.set("CONTRACTID", id);
                row.set("CONTRACTDETAILKEY", line.key.to_string());
                row.set("BILLABLECONTRACTSCHENTRYKEY", entry.key.to_string());
                row.set("AMOUNT", entry.get("AMOUNT"));
                act.insert(known(PREVIEW_LINE), row);
            }
        }
    }
}

/// A new run: done now, or when its time comes.
pub fn run(act: &mut Act<'_>, key: i64) -> Result<(), Refusal> {
    let run = act.company.get(RUN, key).cloned().unwrap_or_default();
    let preview = run.get("PREVIEWKEY").to_owned();
    let number = preview.parse().unwrap_or_default();
    if act.company.get(PREVIEW, number).is_none() {
        return Err(Refusal::invalid("Generate Invoices Preview", &preview));
    }
    let count = act
        .company
        .rows_with(PREVIEW_LINE, "PREVIEWKEY", &preview)
        .count();
    let online = run.get("EXECUTIONMODE") == "Online";
    if online && count >= ONLINE_MAX {
        return Err(Refusal::general(format!(
            "An online run takes fewer than {ONLINE_MAX} lines"
        )));
    }
    if online || act.switches.offline_runs_at_once {
        return perform(act, key);
    }
    act.change(RUN, key, |row| row.set("STATE", "In Transit"));
    Ok(())
}

/// Makes the documents of a run.
pub fn perform(act: &mut Act<'_>, key: i64) -> Result<(), Refusal> {
    let run = act.company.get(RUN, key).cloned().unwrap_or_default();
    let preview = run.key_of("PREVIEWKEY").unwrap_or_default();
    let preview = act.company.get(PREVIEW, preview).cloned();
    let preview = preview.ok_or_else(|| Refusal::general("The preview has gone"))?;
    let number = preview.key.to_string();
    let lines = act.company.rows_with(PREVIEW_LINE, "PREVIEWKEY", &number);
    let lines: Vec<Row> = lines.cloned().collect();
    let by_contract = preview.get("INVOICEBY").contains("CONTRACT");
    let mut groups: Vec<((String, String), Vec<Row>)> = Vec::new();
    for line in lines {
        let contract = if by_contract {
            line.get("CONTRACTID")
        } else {
            ""
        };
        let group = (line.get("CUSTOMERID").to_owned(), contract.to_owned());
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((group, vec![line])),
        }
    }
    let mut count = 0;
    for ((customer, contract), lines) in groups {
        let made = of_contract(act, &preview, key, &customer, &contract, &lines)?;
        count += i64::from(made);
    }
    let state = if count > 0 { "Success" } else { "Failed" };
    act.change(RUN, key, |row| {
        row.set("STATE", state);
        row.set("INVOICECOUNT", count.to_string());
    });
    Ok(())
}

/// One invoice of a run; false where everything in it was invoiced meanwhile.
fn of_contract(
    act: &mut Act<'_>,
    preview: &Row,
    run: i64,
    customer: &str,
    contract: &str,
    lines: &[Row],
) -> Result<bool, Refusal> {
    let mut entries = Vec::new();
    let mut made_of = Vec::new();
    let mut term = String::new();
    for line in lines {
        let entry = line
            .key_of("BILLABLECONTRACTSCHENTRYKEY")
            .unwrap_or_default();
        let entry = act.company.get("CONTRACTBILLINGSCHEDULEENTRY", entry);
        let detail = line.key_of("CONTRACTDETAILKEY").unwrap_or_default();
        let detail = act.company.get("CONTRACTDETAIL", detail);
        let (Some(entry), Some(detail)) = (entry, detail) else {
            continue;
        };
        if entry.get("STATE") != "Open" {
            continue;
        }
        let header = act.company.by_id("CONTRACT", detail.get("CONTRACTID"));
        term = header.map_or_else(String::new, |row| row.get("TERMNAME").to_owned());
        let mut row = Row::default();
        for name in [
            "ITEMID",
            "ITEMDESC",
            "CONTRACTID",
            "LOCATIONID",
            "DEPARTMENTID",
        ] {
            row.set(name, detail.get(name));
        }
        for name in ["SERVICEPERIODSTARTDATE", "SERVICEPERIODENDDATE"] {
            row.set(name, entry.get(name));
        }
        row.set("QUANTITY", "1");
        row.set("PRICE", entry.get("AMOUNT"));
        row.set("TOTAL", entry.get("AMOUNT"));
        row.set("BILLABLECONTRACTSCHENTRYKEY", entry.key.to_string());
        row.set("GENINVOICELINEKEY", line.key.to_string());
        made_of.push(entry.key);
        entries.push(row);
    }
    if entries.is_empty() {
        return Ok(false);
    }
    let mut head = Row::default();
    head.set("CUSTVENDID", customer);
    head.set("CNCONTRACTID", contract);
    let name = act.company.by_id("CONTRACT", contract);
    let name = name.map_or_else(String::new, |row| row.get("NAME").to_owned());
    head.set("CNCONTRACTNAME", name);
    head.set("WHENCREATED", preview.get("INVOICEDATE"));
    head.set("WHENPOSTED", preview.get("GLPOSTDATE"));
    head.set("TERM.NAME", term);
    head.set("INVOICERUNKEY", run.to_string());
    document(act, preview.get("DOCPARID"), head, entries)?;
    for key in made_of {
        act.change("CONTRACTBILLINGSCHEDULEENTRY", key, |entry| {
            entry.set("STATE", "Posted");
            entry.set("POSTED", "true");
            entry.set("ACTUALPOSTINGDATE", preview.get("GLPOSTDATE"));
        });
    }
    Ok(true)
}

/// An order entry document with its lines, and its receivable where its definition has one.
pub fn document(
    act: &mut Act<'_>,
    docparid: &str,
    mut head: Row,
    lines: Vec<Row>,
) -> Result<i64, Refusal> {
    if !act.company.definitions.contains_key(docparid) {
        return Err(Refusal::invalid("Transaction Definition", docparid));
    }
    let sequences = &mut act.company.sequences;
    sequences.entry(docparid.to_owned()).or_insert(Sequence {
        prefix: String::new(),
        width: 4,
        next: 1,
    });
    if !head.has("DOCNO") {
        let number = act.company.next_id(docparid).unwrap_or_default();
        head.set("DOCNO", number);
    }
    let id = format!("{docparid}-{}", head.get("DOCNO"));
    if act.company.by_id(DOCUMENT, &id).is_some() {
        return Err(Refusal::duplicate("Order Entry Transaction", &id));
    }
    let customer = act.company.by_id("CUSTOMER", head.get("CUSTVENDID"));
    let customer = customer.ok_or_else(|| Refusal::invalid("Customer", head.get("CUSTVENDID")))?;
    let customer_id = customer.get("CUSTOMERID").to_owned();
    head.set("CUSTVENDNAME", customer.get("NAME"));
    let default_term = customer.get("TERMNAME").to_owned();
    head.fill("TERM.NAME", &default_term);
    let base = act.company.base_currency.clone();
    head.fill("CURRENCY", &base);
    head.set("BASECURR", base);
    head.fill("EXCHRATE", "1");
    head.set("DOCID", id.as_str());
    head.set("DOCPARID", docparid);
    head.fill("STATE", "Pending");
    head.set("CLOSED", "false");
    let due = due_day(act, head.get("WHENCREATED"), head.get("TERM.NAME"));
    head.fill("WHENDUE", &due);
    let total: Decimal = lines.iter().map(|line| line.amount("TOTAL")).sum();
    for name in [
        "SUBTOTAL",
        "TOTAL",
        "TRX_SUBTOTAL",
        "TRX_TOTAL",
        "TRX_TOTALDUE",
    ] {
        head.set(name, total.to_string());
    }
    for name in ["TOTALPAID", "TRX_TOTALPAID"] {
        head.set(name, "0");
    }
    head.set("PAYMENTSTATUS", "Open");
    let key = act.insert(known(DOCUMENT), head);
    for (n, mut line) in lines.into_iter().enumerate() {
        let item = act.company.by_id("ITEM", line.get("ITEMID"));
        let name = item.map_or_else(String::new, |item| item.get("NAME").to_owned());
        line.set("ITEMNAME", name);
        line.set("DOCHDRNO", key.to_string());
        line.set("DOCHDRID", id.as_str());
        line.set("DOCPARID", docparid);
        line.set("LINE_NO", (n + 1).to_string());
        line.set("CUSTOMERID", customer_id.as_str());
        line.fill("UNIT", "Each");
        for (name, of) in [
            ("UIQTY", "QUANTITY"),
            ("UIPRICE", "PRICE"),
            ("UIVALUE", "TOTAL"),
            ("TRX_VALUE", "TOTAL"),
        ] {
            let value = line.get(of).to_owned();
            line.set(name, value);
        }
        act.insert(known(DOCUMENT_LINE), line);
    }
    mirror(act, key);
    Ok(key)
}

/// The day an invoice is due: its own and the days of its term.
pub fn due_day(act: &Act<'_>, day: &str, term: &str) -> String {
    let days = act.company.by_id("ARTERM", term);
    let days = days.and_then(|row| row.get("DUEDATE").parse().ok());
    let due = time::day(day).map(|day| time::plus_days(day, days.unwrap_or_default()));
    due.map_or_else(String::new, |due| due.to_string())
}

/// Makes the receivable of a document, if its definition has one.
fn mirror(act: &mut Act<'_>, key: i64) {
    let Some(document) = act.company.get(DOCUMENT, key).cloned() else {
        return;
    };
    if act.company.definitions.get(document.get("DOCPARID")) != Some(&true) {
        return;
    }
    let number = key.to_string();
    let lines = act.company.rows_with(DOCUMENT_LINE, "DOCHDRNO", &number);
    let lines: Vec<Row> = lines.cloned().collect();
    let invoice = receivable::of_document(act, &document, &lines);
    let mut document = document;
    document.set("PRRECORDKEY", invoice.to_string());
    act.company.put(known(DOCUMENT), document);
}

/// After an edit: the receivable goes, and another comes in its place.
pub fn mirror_again(act: &mut Act<'_>, key: i64) {
    let old = act.company.get(DOCUMENT, key);
    let old = old.and_then(|document| document.key_of("PRRECORDKEY"));
    let paid = old
        .and_then(|old| act.company.get("ARINVOICE", old))
        .cloned();
    if let Some(old) = old {
        receivable::remove(act, old);
    }
    mirror(act, key);
    let new = act.company.get(DOCUMENT, key);
    let new = new.and_then(|document| document.key_of("PRRECORDKEY"));
    if let (Some(paid), Some(new)) = (paid, new)
        && paid.amount("TOTALPAID") > Decimal::ZERO
    {
        receivable::add_payment(act, new, paid.amount("TOTALPAID"), paid.get("WHENPAID"));
    }
}
