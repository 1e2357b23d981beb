//! What must be so when everybody has gone home, by the books of both vendors.

use rust_decimal::Decimal;
use serde_json::Value;

use super::desks::{Desks, MIRROR, NUMBER, text};
use super::people::{Excuse, People};
use crate::chaos::aside::{self, Aside};
use crate::chaos::truth::Wrong;

/// Contracts that ship with the simulated Intacct.
const SHIPPED: usize = 7;
const MARKER: &str = "LIAISON_ID";
const POSTED: &str = "In progress";
const DRAFT: &str = "Draft";
const ORDER: &str = "Sales Order";
const TERM: &str = "Net 30";

/// Item or product, how many, the price of one, the price of all.
type Line = (String, Decimal, Decimal, Decimal);

/// Both books, and who stands aside with which code.
pub struct Ledger<'a> {
    people: &'a People,
    aside: Aside,
    contracts: Vec<Value>,
    lines: Vec<Value>,
    orders: Vec<Value>,
    order_lines: Vec<Value>,
    customers: Vec<Value>,
    signed: Vec<Value>,
    accounts: Vec<Value>,
    contacts: Vec<Value>,
    opportunities: Vec<Value>,
    products: Vec<Value>,
    mirrors: Vec<Value>,
    wrong: Vec<Wrong>,
}

pub fn compare(desks: &Desks, people: &People) -> Vec<Wrong> {
    let mut ledger = Ledger {
        people,
        aside: aside(desks),
        contracts: desks.booked("CONTRACT"),
        lines: desks.booked("CONTRACTDETAIL"),
        orders: desks.booked("SODOCUMENT"),
        order_lines: desks.booked("SODOCUMENTENTRY"),
        customers: desks.booked("CUSTOMER"),
        signed: desks.shown("Contract"),
        accounts: desks.shown("Account"),
        contacts: desks.shown("Contact"),
        opportunities: desks.shown("Opportunity"),
        products: desks.shown("OpportunityLineItem"),
        mirrors: desks.shown(MIRROR),
        wrong: Vec::new(),
    };
    ledger
        .orders
        .retain(|order| text(order, "DOCPARID") == ORDER);
    for id in &people.signed {
        ledger.contract(id);
    }
    ledger.nothing_else();
    for id in &people.orders {
        ledger.order(id);
    }
    for account in ledger.accounts.clone() {
        ledger.customer(&account);
    }
    ledger.mirrors();
    ledger.wrong
}

/// Records that stand aside.
pub fn aside(desks: &Desks) -> Aside {
    aside::aside(&desks.lab, desks.tenant, desks.folder)
}

impl Ledger<'_> {
    fn finds(&mut self, what: &'static str, words: String) {
        self.wrong.push(Wrong::new(what, words));
    }

    fn reason(&self, flow: &str, id: &str) -> Option<&String> {
        self.aside.get(&(flow.to_owned(), id.to_owned()))
    }

    /// One contract of Salesforce: in Intacct once, or not because nobody wanted it, or it stands aside and says why.
    fn contract(&mut self, id: &str) {
        let Some(shown) = with(&self.signed, "Id", id).first().cloned() else {
            return self.finds("lost", format!("contract {id}: gone from Salesforce"));
        };
        let title = format!("contract {id} {}", text(&shown, "Name"));
        // A renewal is a contract of its own, to which Intacct copies our id.
        let mut booked = with(&self.contracts, MARKER, id);
        booked.retain(|row| text(row, "PARENTID").is_empty());
        let by_hand = (self.people.by_hand.iter()).find(|(_, ours)| *ours == id);
        let typed = by_hand.map(|(number, _)| number.clone());
        if let Some(number) = &typed {
            let there = with(&self.contracts, "CONTRACTID", number);
            let unmarked = there.into_iter().filter(|row| text(row, MARKER) != id);
            booked.extend(unmarked);
        }
        if !self.people.asked.contains(id) {
            if !booked.is_empty() && typed.is_none() {
                self.finds("wrong", format!("{title}: in Intacct, and nobody asked"));
            }
            return;
        }
        let reason = self.reason("contracts", id).cloned();
        let excuse = self.people.excused.get(id).copied();
        if let Some(code) = &reason {
            self.says_so(&title, &shown, code);
        }
        match (booked.as_slice(), reason, excuse) {
            ([], Some(_), Some(Excuse::Mistyped)) => {}
            ([], reason, _) => self.finds(
                "lost",
                format!("{title}: not in Intacct; it stands aside as {reason:?}"),
            ),
            ([_, _, ..], ..) => self.finds(
                "duplicated",
                format!("{title}: {} times in Intacct", booked.len()),
            ),
            ([one], Some(_), Some(_)) => self.each_line_once(&title, one),
            ([_], Some(code), None) => self.finds(
                "lost",
                format!(
                    "{title}: stands aside as {code}, and nothing that somebody did is a reason"
                ),
            ),
            ([one], None, excuse) => {
                self.each_line_once(&title, one);
                self.is_answered(&title, &shown);
                self.header(&title, &shown, one, typed.is_some(), excuse);
                if excuse != Some(Excuse::Ended) && typed.is_none() {
                    self.lines(&title, &shown, one);
                }
            }
        }
    }

    /// Whoever looks at a contract that stands aside sees it.
    fn says_so(&mut self, title: &str, shown: &Value, code: &str) {
        let (status, error) = (
            text(shown, "ia_crm__Intacct_Sync_Status__c"),
            text(shown, "ia_crm__Intacct_Sync_Errors__c"),
        );
        if status != "Error" || error.is_empty() {
            let words = format!(
                "{title}: stands aside as {code}, and Salesforce shows “{status}”, “{error}”"
            );
            self.finds("lost", words);
        }
    }

    /// Whoever asked sees that it went.
    fn is_answered(&mut self, title: &str, shown: &Value) {
        let (status, error) = (
            text(shown, "ia_crm__Intacct_Sync_Status__c"),
            text(shown, "ia_crm__Intacct_Sync_Errors__c"),
        );
        if status != "Synced" || !error.is_empty() {
            let words = format!("{title}: went, and Salesforce shows “{status}”, “{error}”");
            self.finds("lost", words);
        }
        if shown["ia_crm__Sync_with_Intacct__c"] == true {
            let words = format!("{title}: went, and its checkbox is still set");
            self.finds("lost", words);
        }
    }

    fn header(
        &mut self,
        title: &str,
        shown: &Value,
        booked: &Value,
        typed: bool,
        excuse: Option<Excuse>,
    ) {
        let number = text(booked, "CONTRACTID");
        if text(shown, NUMBER) != number {
            let words = format!("{title}: is {number} and says “{}”", text(shown, NUMBER));
            self.finds("lost", words);
        }
        let account = with(&self.accounts, "Id", text(shown, "AccountId"));
        let account = account.first().cloned().unwrap_or_default();
        if text(&account, NUMBER) != text(booked, "CUSTOMERID") {
            let words = format!(
                "{title}: is customer {}'s, its account says “{}”",
                text(booked, "CUSTOMERID"),
                text(&account, NUMBER)
            );
            self.finds("wrong", words);
        }
        if excuse == Some(Excuse::Ended) {
            return;
        }
        // Linking by a number writes nothing: what differed by then stays so.
        if text(shown, "Name") != text(booked, "NAME") && !typed {
            let words = format!("{title}: is called “{}” in Intacct", text(booked, "NAME"));
            self.finds("wrong", words);
        }
        if !typed {
            let (begins, ends) = (text(shown, "StartDate"), text(shown, "EndDate"));
            let contact = self.contact(text(shown, "ia_crm__Bill_to__c"));
            for (field, is) in [
                ("BEGINDATE", day_of_wire(begins)),
                ("ENDDATE", day_of_wire(ends)),
                ("TERMNAME", TERM.to_owned()),
                ("BILLTOCONTACTNAME", contact),
            ] {
                let said = text(booked, field);
                if said != is {
                    let words = format!("{title}: {field} is “{is}”, and Intacct says “{said}”");
                    self.finds("wrong", words);
                }
            }
        }
        let id = text(shown, "Id");
        let state = match typed || self.people.drafts.contains(id) {
            true => DRAFT,
            false => POSTED,
        };
        let mut states = vec![text(booked, "STATE").to_owned()];
        let lines = with(&self.lines, "CONTRACTID", number);
        states.extend(lines.iter().map(|line| text(line, "STATE").to_owned()));
        if states.iter().any(|one| one != state) {
            let words = format!("{title}: should be {state}; it and its lines are {states:?}");
            self.finds("wrong", words);
        }
    }

    /// What a contact of Salesforce is called in Intacct.
    fn contact(&self, id: &str) -> String {
        let contact = with(&self.contacts, "Id", id);
        let contact = contact.first().cloned().unwrap_or_default();
        let account = with(&self.accounts, "Id", text(&contact, "AccountId"));
        let account = account.first().cloned().unwrap_or_default();
        format!("{} ({})", text(&contact, "Name"), text(&account, "Name"))
    }

    /// The same goods, as many, at the same price.
    fn lines(&mut self, title: &str, shown: &Value, booked: &Value) {
        let here = self.sold(text(shown, "ia_crm__Opportunity__c"));
        let lines = with(&self.lines, "CONTRACTID", text(booked, "CONTRACTID"));
        let there = sorted(&lines, ["ITEMID", "QUANTITY", "PRICE", "FLATAMOUNT"]);
        if here != there {
            let words = format!("{title}: {here:?} here, {there:?} in Intacct");
            self.finds("wrong", words);
        }
    }

    fn sold(&self, opportunity: &str) -> Vec<Line> {
        let products = match opportunity {
            "" => Vec::new(),
            id => with(&self.products, "OpportunityId", id),
        };
        let fields = ["ProductCode", "Quantity", "UnitPrice", "TotalPrice"];
        sorted(&products, fields)
    }

    fn each_line_once(&mut self, title: &str, booked: &Value) {
        let lines = with(&self.lines, "CONTRACTID", text(booked, "CONTRACTID"));
        let mut tokens: Vec<&str> = lines.iter().map(|line| text(line, MARKER)).collect();
        tokens.sort_unstable();
        let count = tokens.len();
        tokens.dedup();
        if tokens.len() != count || tokens.contains(&"") {
            let words = format!("{title}: {count} lines carry {tokens:?}");
            self.finds("duplicated", words);
        }
    }

    /// Nothing stands in Intacct that nobody ordered.
    fn nothing_else(&mut self) {
        let ours = |row: &&Value| {
            let renewed = !text(row, "PARENTID").is_empty();
            renewed || (self.people.signed.iter()).any(|id| id == text(row, MARKER))
        };
        let by_hand = |row: &&Value| self.people.by_hand.contains_key(text(row, "CONTRACTID"));
        let others = self
            .contracts
            .iter()
            .filter(|row| !ours(row) && !by_hand(row));
        let others: Vec<&str> = others.map(|row| text(row, "CONTRACTID")).collect();
        let strange = (self.contracts.iter()).filter(|row| {
            let marker = text(row, MARKER);
            !marker.is_empty() && !self.signed.iter().any(|one| text(one, "Id") == marker)
        });
        let strange: Vec<&str> = strange.map(|row| text(row, MARKER)).collect();
        // The one that ships with Salesforce, asked for.
        let words = format!("contracts of Intacct that nobody ordered: {others:?} {strange:?}");
        if others.len() > SHIPPED + 1 || !strange.is_empty() {
            self.finds("wrong", words);
        }
    }

    fn order(&mut self, id: &str) {
        let opportunity = with(&self.opportunities, "Id", id);
        let opportunity = opportunity.first().cloned().unwrap_or_default();
        let title = format!("order {id} {}", text(&opportunity, "Name"));
        let booked = with(&self.orders, MARKER, id);
        match booked.as_slice() {
            [] => {
                let reason = self.reason("sales_orders", id);
                let words = format!("{title}: not in Intacct; it stands aside as {reason:?}");
                self.finds("lost", words);
            }
            // An order knows no discount of a line: the price says it.
            [one] => {
                let account = with(&self.accounts, "Id", text(&opportunity, "AccountId"));
                let account = account.first().cloned().unwrap_or_default();
                let (is, says) = (text(&account, NUMBER), text(one, "CUSTVENDID"));
                if is != says {
                    let words = format!(
                        "{title}: its account is customer “{is}”, and the order is {says}'s"
                    );
                    self.finds("wrong", words);
                }
                let summed = |lines: Vec<Line>| -> Vec<(String, Decimal, Decimal)> {
                    let lines = lines.into_iter();
                    lines
                        .map(|(item, quantity, _, total)| (item, quantity, total))
                        .collect()
                };
                let here = summed(self.sold(id));
                let lines = with(&self.order_lines, "DOCHDRID", text(one, "DOCID"));
                let there = summed(sorted(&lines, ["ITEMID", "QUANTITY", "ITEMID", "TOTAL"]));
                if here != there {
                    let words = format!("{title}: {here:?} here, {there:?} in Intacct");
                    self.finds("wrong", words);
                }
            }
            several => self.finds(
                "duplicated",
                format!("{title}: {} times in Intacct", several.len()),
            ),
        }
    }

    /// What an account's customer is called is unique here, though not to Intacct.
    fn customer(&mut self, account: &Value) {
        let name = text(account, "Name");
        let count = with(&self.customers, "NAME", name).len();
        if count > 1 {
            self.finds(
                "duplicated",
                format!("customer {name}: {count} times in Intacct"),
            );
        }
    }

    /// Each contract of Intacct shows in Salesforce once, as it is; one that is gone says so.
    fn mirrors(&mut self) {
        for contract in self.contracts.clone() {
            let number = text(&contract, "CONTRACTID");
            let mirrors = with(&self.mirrors, NUMBER, number);
            let (name, state) = ("Name", "ia_crm__State__c");
            match mirrors.as_slice() {
                [] => self.finds("lost", format!("contract {number} has no mirror")),
                [one] => {
                    let title = match text(&contract, "NAME") {
                        "" => number,
                        title => title,
                    };
                    let total = decimal(&one["ia_crm__Total_Contract_Value__c"]);
                    let same = text(one, state) == text(&contract, "STATE")
                        && text(one, name) == title
                        && total == decimal(&contract["SUMMARYTOTAL"]);
                    if !same {
                        let words = format!(
                            "mirror of {number}: “{}” {} {total}, and it is “{title}” {} {}",
                            text(one, name),
                            text(one, state),
                            text(&contract, "STATE"),
                            contract["SUMMARYTOTAL"]
                        );
                        self.finds("wrong", words);
                    }
                }
                several => self.finds(
                    "duplicated",
                    format!("contract {number} has {} mirrors", several.len()),
                ),
            }
        }
        for mirror in self.mirrors.clone() {
            let number = text(&mirror, NUMBER);
            let is_there = !with(&self.contracts, "CONTRACTID", number).is_empty();
            if !is_there && text(&mirror, "ia_crm__State__c") != "Deleted" {
                let words = format!("mirror of {number}, which Intacct does not have: {mirror}");
                self.finds("wrong", words);
            }
        }
    }
}

/// A day as Intacct writes it.
fn day_of_wire(day: &str) -> String {
    match day.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] => format!("{month}/{day}/{year}"),
        _ => day.to_owned(),
    }
}

/// The rows of which a field says this.
pub fn with(rows: &[Value], field: &str, says: &str) -> Vec<Value> {
    let found = rows.iter().filter(|row| text(row, field) == says);
    found.cloned().collect()
}

fn sorted(rows: &[Value], fields: [&str; 4]) -> Vec<Line> {
    let [item, quantity, price, total] = fields;
    let mut lines: Vec<Line> = (rows.iter())
        .map(|row| {
            (
                text(row, item).to_owned(),
                decimal(&row[quantity]),
                decimal(&row[price]),
                decimal(&row[total]),
            )
        })
        .collect();
    lines.sort();
    lines
}

pub fn decimal(value: &Value) -> Decimal {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_default().normalize()
}
