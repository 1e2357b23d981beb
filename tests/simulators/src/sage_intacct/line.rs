//! Contract lines: what each billing method needs, and what is fixed once a line is posted or billed.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::act::{Act, Hand};
use super::company::Row;
use super::contract::{self, CANCELLED, DRAFT, IN_PROGRESS};
use super::refusal::{self, Refusal};
use super::schedule;
use super::schema::known;

const LINE: &str = "CONTRACTDETAIL";

/// What a line in progress keeps as it is.
const FIXED_ONCE_POSTED: [&str; 3] = ["ITEMID", "BILLINGMETHOD", "BILLINGOPTIONS"];

/// What it keeps besides once something of it was billed.
const FIXED_ONCE_BILLED: [&str; 11] = [
    "BEGINDATE",
    "ENDDATE",
    "QUANTITY",
    "PRICE",
    "MULTIPLIER",
    "DISCOUNTPERCENT",
    "FLATAMOUNT",
    "BILLINGTEMPLATENAME",
    "BILLINGSTARTDATE",
    "BILLINGENDDATE",
    "BILLINGFREQUENCY",
];

fn wrong(text: impl Into<String>) -> Refusal {
    Refusal::new(refusal::LINE, text)
}

/// Checks and completes a line that is new or changed.
pub fn check(act: &mut Act<'_>, old: Option<&Row>, row: &mut Row) -> Result<(), Refusal> {
    let contract = act.company.by_id("CONTRACT", row.get("CONTRACTID"));
    let contract = contract
        .ok_or_else(|| Refusal::invalid("Contract", row.get("CONTRACTID")))?
        .clone();
    states(act, old, row, &contract)?;
    if let Some(old) = old {
        frozen(act, old, row)?;
    }
    contract::place(act, row)?;
    let live = row.get("STATE") != DRAFT;
    item(act, old, row)?;
    dates(row, &contract, live)?;
    billing(act, row, &contract)?;
    amounts(act, row)?;
    if old.is_none() {
        row.set("CONTRACTKEY", contract.key.to_string());
        let lines = act
            .company
            .rows_with(LINE, "CONTRACTID", row.get("CONTRACTID"));
        let last = lines.filter_map(|line| line.key_of("LINENO")).max();
        row.fill("LINENO", &(last.unwrap_or_default() + 1).to_string());
    }
    if act.switches.lines_touch_header {
        act.change("CONTRACT", contract.key, |_| {});
    }
    Ok(())
}

fn states(act: &Act<'_>, old: Option<&Row>, row: &Row, contract: &Row) -> Result<(), Refusal> {
    if act.hand == Hand::Seed {
        return Ok(());
    }
    let (state, header) = (row.get("STATE"), contract.get("STATE"));
    match old {
        Some(old) if old.get("STATE") != state => Err(wrong(
            "The state of a contract line cannot be changed by an update; post it",
        )),
        Some(old) if ![DRAFT, IN_PROGRESS, "Renewal only"].contains(&old.get("STATE")) => {
            Err(wrong(format!(
                "A contract line in the state {} cannot be changed",
                old.get("STATE")
            )))
        }
        Some(_) => Ok(()),
        None if ![DRAFT, IN_PROGRESS, "Renewal only"].contains(&state) => Err(wrong(format!(
            "A contract line cannot be created in the state {state}"
        ))),
        None if ![DRAFT, IN_PROGRESS].contains(&header) => Err(wrong(format!(
            "Contract {} is in the state {header}; lines cannot be added",
            contract.get("CONTRACTID")
        ))),
        None if state == IN_PROGRESS && header == DRAFT && !act.switches.draft_takes_live_lines => {
            Err(wrong(format!(
                "Contract {} is a draft: its lines must be drafts",
                contract.get("CONTRACTID")
            )))
        }
        None => Ok(()),
    }
}

fn frozen(act: &Act<'_>, old: &Row, row: &Row) -> Result<(), Refusal> {
    if old.get("STATE") == DRAFT {
        return Ok(());
    }
    let changed = |names: &[&'static str]| {
        let mut names = names.iter();
        names
            .find(|name| old.get(name) != row.get(name))
            .map(|name| (*name).to_owned())
    };
    if let Some(name) = changed(&FIXED_ONCE_POSTED) {
        return Err(wrong(format!(
            "{name} cannot be changed once the line is posted"
        )));
    }
    if schedule::is_billed(act, old)
        && let Some(name) = changed(&FIXED_ONCE_BILLED)
    {
        return Err(wrong(format!(
            "{name} cannot be changed once the line is invoiced"
        )));
    }
    Ok(())
}

fn item(act: &Act<'_>, old: Option<&Row>, row: &Row) -> Result<(), Refusal> {
    let id = row.get("ITEMID");
    if old.is_some_and(|old| old.get("ITEMID") == id) || act.hand == Hand::Seed {
        return Ok(());
    }
    let item = act.company.by_id("ITEM", id);
    let item = item.ok_or_else(|| Refusal::invalid("Item", id))?;
    if item.get("STATUS") == "inactive" {
        return Err(Refusal::illegal(format!("Item '{id}' is not active.")));
    }
    if item.get("ITEMTYPE").contains("Kit") && !item.flag("CONTRACTENABLED") {
        return Err(wrong(format!("Kit '{id}' is not enabled for contracts.")));
    }
    Ok(())
}

fn dates(row: &Row, contract: &Row, live: bool) -> Result<(), Refusal> {
    let (begin, end) = (row.day("BEGINDATE"), row.day("ENDDATE"));
    if row.flag("RECURRING") && begin.is_none() && end.is_none() {
        return Ok(());
    }
    let begin = begin.ok_or_else(|| Refusal::missing("BEGINDATE"))?;
    let end = match end {
        Some(end) => end,
        None if contract.get("TERMTYPE") == "Evergreen" => return Ok(()),
        None => return Err(Refusal::missing("ENDDATE")),
    };
    if end < begin {
        return Err(wrong("ENDDATE must not be before BEGINDATE"));
    }
    let outside = |first: Option<Date>, last: Option<Date>| {
        first.is_some_and(|first| begin < first) || last.is_some_and(|last| end > last)
    };
    if live && outside(contract.day("BEGINDATE"), contract.day("ENDDATE")) {
        return Err(wrong(
            "The dates of a line must lie within those of its contract",
        ));
    }
    Ok(())
}

fn billing(act: &Act<'_>, row: &mut Row, contract: &Row) -> Result<(), Refusal> {
    if row.get("BILLINGMETHOD") == "Quantity based" {
        if !contract.has("PRCLIST") {
            return Err(wrong(
                "A quantity based line needs a price list on its contract",
            ));
        }
        return Ok(());
    }
    if row.get("BILLINGMETHOD") != "Fixed price" {
        return if act.hand == Hand::Api {
            Err(wrong(format!(
                "BILLINGMETHOD {} is not possible here",
                row.get("BILLINGMETHOD")
            )))
        } else {
            Ok(())
        };
    }
    row.fill("BILLINGOPTIONS", "Use billing template");
    match row.get("BILLINGOPTIONS") {
        "Use billing template" => {
            let item = act.company.by_id("ITEM", row.get("ITEMID"));
            let default = item.map_or("", |item| item.get("CNBILLINGTEMPLATENAME"));
            row.fill("BILLINGTEMPLATENAME", default);
            if !row.has("BILLINGTEMPLATENAME") {
                return Err(Refusal::missing("BILLINGTEMPLATENAME"));
            }
        }
        "Include with every invoice" => {
            let header = contract.get("BILLINGFREQUENCY");
            row.fill("BILLINGFREQUENCY", header);
            if !row.has("BILLINGFREQUENCY") {
                return Err(Refusal::missing("BILLINGFREQUENCY"));
            }
        }
        _ => {}
    }
    let (begin, end) = (
        row.get("BEGINDATE").to_owned(),
        row.get("ENDDATE").to_owned(),
    );
    row.fill("BILLINGSTARTDATE", &begin);
    row.fill("BILLINGENDDATE", &end);
    Ok(())
}

/// The calculator: quantity × price × multiplier, less the discount, where no amount is given.
fn amounts(act: &Act<'_>, row: &mut Row) -> Result<(), Refusal> {
    let fixed = row.get("BILLINGMETHOD") == "Fixed price";
    if !row.has("FLATAMOUNT") {
        match (row.number("QUANTITY"), row.number("PRICE")) {
            (Some(quantity), Some(price)) => {
                let times = row.number("MULTIPLIER").unwrap_or(Decimal::ONE);
                let part = Decimal::ONE - row.amount("DISCOUNTPERCENT") / Decimal::from(100);
                let product = quantity
                    .checked_mul(price)
                    .and_then(|product| product.checked_mul(times))
                    .and_then(|product| product.checked_mul(part));
                let product = product.ok_or_else(|| wrong("The amount is too large"))?;
                row.set("FLATAMOUNT", product.round_dp(2).to_string());
            }
            _ if fixed => return Err(Refusal::missing("FLATAMOUNT")),
            _ => {}
        }
    }
    let flat = row.amount("FLATAMOUNT");
    let kind = if row.number("QUANTITY").is_some_and(|n| n < Decimal::ZERO) {
        "Debook"
    } else if flat < Decimal::ZERO {
        "Discount"
    } else {
        "Sale"
    };
    row.set("LINETYPE", kind);
    let rate = row.number("EXCHANGE_RATE").unwrap_or(Decimal::ONE);
    if act.switches.multi_currency {
        row.fill("EXCHANGE_RATE", "1");
    }
    let total = schedule::total(row).unwrap_or(flat);
    let base = |amount: Decimal| {
        let product = amount.checked_mul(rate);
        product.map_or_else(String::new, |product| product.round_dp(2).to_string())
    };
    row.set("BASEFLATAMOUNT", base(flat));
    row.set("TOTALFLATAMOUNT", total.to_string());
    row.set("TOTALBASEFLATAMOUNT", base(total));
    Ok(())
}

/// The billing schedule of a line in progress, made or made again.
pub fn after(act: &mut Act<'_>, key: i64) {
    let Some(row) = act.company.get(LINE, key).cloned() else {
        return;
    };
    if row.get("STATE") != IN_PROGRESS || row.get("BILLINGMETHOD") != "Fixed price" {
        return;
    }
    if let Some(schedule) = schedule::make(act, &row) {
        let mut row = row;
        row.set("BILLINGSCHEDULEKEY", schedule.to_string());
        act.company.put(known(LINE), row);
    }
}

pub fn before_delete(act: &mut Act<'_>, row: &Row) -> Result<(), Refusal> {
    if schedule::is_billed(act, row) {
        return Err(wrong(format!(
            "Contract line {} was invoiced and cannot be deleted",
            row.key
        )));
    }
    if [CANCELLED, "Completed", "Closed"].contains(&row.get("STATE")) {
        return Err(wrong(format!(
            "A contract line in the state {} cannot be deleted",
            row.get("STATE")
        )));
    }
    schedule::remove(act, row);
    if act.switches.lines_touch_header
        && let Some(key) = row.key_of("CONTRACTKEY")
    {
        act.change("CONTRACT", key, |_| {});
    }
    Ok(())
}

/// Draft → In progress; the contract must be there already.
pub fn post(act: &mut Act<'_>, key: i64, day: &str, memo: &str) -> Result<(), Refusal> {
    let row = act.company.get(LINE, key).cloned();
    let mut row = row.ok_or_else(|| {
        Refusal::general(format!(
            "Cannot find contract detail with key {key} to post."
        ))
    })?;
    let contract = act
        .company
        .by_id("CONTRACT", row.get("CONTRACTID"))
        .cloned();
    let contract = contract.unwrap_or_default();
    if contract.get("STATE") != IN_PROGRESS {
        return Err(wrong(
            "The contract must be in progress before its lines are posted",
        ));
    }
    if row.get("STATE") != DRAFT {
        return Err(wrong(format!(
            "Contract line {key} is in the state {} and cannot be posted",
            row.get("STATE")
        )));
    }
    item(act, None, &row)?;
    dates(&row, &contract, true)?;
    row.set("STATE", IN_PROGRESS);
    if !day.is_empty() {
        row.set("GLPOSTINGDATE", day);
    }
    row.set("POSTMEMO", memo);
    act.put(known(LINE), row);
    after(act, key);
    Ok(())
}

pub fn renew(act: &mut Act<'_>, mut line: Row, contract: &str, starts: Date, ends: Date) {
    if !line.flag("RENEWAL") {
        if line.get("STATE") == IN_PROGRESS {
            act.change(LINE, line.key, |line| line.set("STATE", "Not renewed"));
        }
        return;
    }
    act.change(LINE, line.key, |line| line.set("STATE", "Completed"));
    let key = act.company.by_id("CONTRACT", contract).map(|row| row.key);
    line.key = 0;
    for name in [
        "RECORDNO",
        "BILLINGSCHEDULEKEY",
        "WHENCREATED",
        "WHENMODIFIED",
        "DELIVERYDATE",
    ] {
        line.set(name, "");
    }
    line.set("CONTRACTID", contract);
    line.set("CONTRACTKEY", key.unwrap_or_default().to_string());
    line.set("STATE", IN_PROGRESS);
    line.set("DELIVERYSTATUS", "Undelivered");
    for (name, day) in [
        ("BEGINDATE", starts),
        ("ENDDATE", ends),
        ("BILLINGSTARTDATE", starts),
        ("BILLINGENDDATE", ends),
    ] {
        line.set(name, day.to_string());
    }
    let key = act.insert(known(LINE), line);
    after(act, key);
}

pub fn cancel(act: &mut Act<'_>, key: i64, day: &str) {
    act.change(LINE, key, |line| {
        line.set("STATE", CANCELLED);
        line.set("CANCELDATE", day);
    });
    schedule::set_state(act, key, "Open", "Terminated", "Terminated");
}

pub fn uncancel(act: &mut Act<'_>, key: i64) -> Result<(), Refusal> {
    let row = act.company.get(LINE, key);
    if row.is_none_or(|row| row.get("STATE") != CANCELLED) {
        return Err(wrong("The contract line is not cancelled"));
    }
    act.change(LINE, key, |line| {
        line.set("STATE", IN_PROGRESS);
        line.set("CANCELDATE", "");
    });
    schedule::set_state(act, key, "Terminated", "Open", IN_PROGRESS);
    Ok(())
}
