//! What Salesforce shows of Intacct when everybody has gone home: each line, invoice and entity once, as it is, below what
//! it belongs to.

use serde_json::Value;

use super::desks::{Desks, ENTITY, INVOICE, LINE, MIRROR, NUMBER, text};
use super::ledger::{decimal, with};
use crate::chaos::truth::Wrong;

/// An invoice that ships with the simulated Salesforce, and that Intacct does not have.
const SHIPPED: &str = "SI-0001";
const INVOICES: &str = "Contract Invoice";
const DELETED: &str = "Deleted";

struct Mirrors {
    contracts: Vec<Value>,
    accounts: Vec<Value>,
    signed: Vec<Value>,
    products: Vec<Value>,
    of_contracts: Vec<Value>,
    wrong: Vec<Wrong>,
}

/// One of Intacct beside what shows it.
struct Shown<'a> {
    title: String,
    /// Field by field: what it is, and what the mirror says.
    pairs: Vec<(&'a str, String, String)>,
}

pub fn compare(desks: &Desks) -> Vec<Wrong> {
    let mut mirrors = Mirrors {
        contracts: desks.booked("CONTRACT"),
        accounts: desks.shown("Account"),
        signed: desks.shown("Contract"),
        products: desks.shown("Product2"),
        of_contracts: desks.shown(MIRROR),
        wrong: Vec::new(),
    };
    mirrors.links_of_contracts();
    let lines = desks.booked("CONTRACTDETAIL");
    let shown = desks.shown(LINE);
    mirrors.each(&lines, "RECORDNO", &shown, "ia_crm__Line_Key__c", line);
    mirrors.rest_is_marked(
        &shown,
        "ia_crm__Line_Key__c",
        "ia_crm__Status__c",
        &lines,
        "RECORDNO",
    );
    let mut invoices = desks.booked("SODOCUMENT");
    invoices.retain(|document| text(document, "DOCPARID") == INVOICES);
    let mut shown = desks.shown(INVOICE);
    shown.retain(|row| text(row, "ia_crm__Invoice_Key__c") != SHIPPED);
    mirrors.each(
        &invoices,
        "DOCID",
        &shown,
        "ia_crm__Invoice_Key__c",
        invoice,
    );
    mirrors.rest_is_marked(
        &shown,
        "ia_crm__Invoice_Key__c",
        "ia_crm__State__c",
        &invoices,
        "DOCID",
    );
    let entities = desks.booked("LOCATIONENTITY");
    let shown = desks.shown(ENTITY);
    mirrors.each(
        &entities,
        "LOCATIONID",
        &shown,
        "ia_crm__Entity_ID__c",
        entity,
    );
    mirrors.wrong
}

/// What a record of Intacct must show.
type Shows = fn(&Mirrors, &Value, &Value) -> Shown<'static>;

impl Mirrors {
    fn finds(&mut self, what: &'static str, words: String) {
        self.wrong.push(Wrong::new(what, words));
    }

    /// Each record of Intacct has one mirror, which says what it is.
    fn each(&mut self, there: &[Value], id: &str, shown: &[Value], key: &str, shows: Shows) {
        for record in there {
            let number = text(record, id);
            let mirrors = with(shown, key, number);
            let [mirror] = mirrors.as_slice() else {
                let what = if mirrors.is_empty() {
                    "lost"
                } else {
                    "duplicated"
                };
                self.finds(
                    what,
                    format!("{key} {number} has {} mirrors", mirrors.len()),
                );
                continue;
            };
            let shown = shows(self, record, mirror);
            self.tells(shown);
        }
    }

    fn tells(&mut self, shown: Shown<'_>) {
        for (field, is, says) in shown.pairs {
            if is != says {
                let words = format!(
                    "{}: {field} is “{is}”, and its mirror says “{says}”",
                    shown.title
                );
                self.finds("wrong", words);
            }
        }
    }

    /// What Intacct does not have any more says so.
    fn rest_is_marked(
        &mut self,
        shown: &[Value],
        key: &str,
        state: &str,
        there: &[Value],
        id: &str,
    ) {
        for mirror in shown {
            let number = text(mirror, key);
            if with(there, id, number).is_empty() && text(mirror, state) != DELETED {
                let words = format!(
                    "{key} {number}, which Intacct does not have, says “{}”",
                    text(mirror, state)
                );
                self.finds("wrong", words);
            }
        }
    }

    /// A mirrored contract hangs below its contract and its account.
    fn links_of_contracts(&mut self) {
        for contract in self.contracts.clone() {
            let number = text(&contract, "CONTRACTID");
            let mirrors = with(&self.of_contracts, NUMBER, number);
            let [mirror] = mirrors.as_slice() else {
                continue;
            };
            let account = self.account(text(&contract, "CUSTOMERID"));
            let ours = with(&self.signed, "Id", text(&contract, "LIAISON_ID"));
            let below = match ours.first() {
                Some(ours) => self.of_account(ours, &account),
                None => self.contract(number, &account),
            };
            let pairs = vec![
                ("account", account, said(mirror, "ia_crm__Account__c")),
                ("contract", below, said(mirror, "ia_crm__Contract__c")),
            ];
            self.tells(Shown {
                title: format!("contract {number}"),
                pairs,
            });
        }
    }

    /// The account that says this number; empty where none does.
    fn account(&self, customer: &str) -> String {
        first_id(&with(&self.accounts, NUMBER, customer))
    }

    /// The contract of Salesforce that says this number, if it is this account's.
    fn contract(&self, number: &str, account: &str) -> String {
        let found = with(&self.signed, NUMBER, number);
        let found = found.first();
        found.map_or_else(String::new, |contract| self.of_account(contract, account))
    }

    fn of_account(&self, contract: &Value, account: &str) -> String {
        match account.is_empty() || text(contract, "AccountId") == account {
            true => said(contract, "Id"),
            false => String::new(),
        }
    }

    fn mirror_of(&self, number: &str) -> String {
        first_id(&with(&self.of_contracts, NUMBER, number))
    }
}

fn line(mirrors: &Mirrors, line: &Value, mirror: &Value) -> Shown<'static> {
    let product = with(&mirrors.products, "ProductCode", text(line, "ITEMID"));
    let amount = match &line["TOTALFLATAMOUNT"] {
        Value::Null => &line["FLATAMOUNT"],
        total => total,
    };
    Shown {
        title: format!(
            "line {} of {}",
            text(line, "RECORDNO"),
            text(line, "CONTRACTID")
        ),
        pairs: vec![
            (
                "contract",
                mirrors.mirror_of(text(line, "CONTRACTID")),
                said(mirror, "ia_crm__Intacct_Contract__c"),
            ),
            (
                "product",
                first_id(&product),
                said(mirror, "ia_crm__Product__c"),
            ),
            figure("number", &line["LINENO"], &mirror["ia_crm__Line_No__c"]),
            figure(
                "quantity",
                &line["QUANTITY"],
                &mirror["ia_crm__Quantity__c"],
            ),
            figure("price", &line["PRICE"], &mirror["ia_crm__Price__c"]),
            figure("amount", amount, &mirror["ia_crm__Amount__c"]),
            (
                "state",
                said(line, "STATE"),
                said(mirror, "ia_crm__Status__c"),
            ),
        ],
    }
}

fn invoice(mirrors: &Mirrors, invoice: &Value, mirror: &Value) -> Shown<'static> {
    let account = mirrors.account(text(invoice, "CUSTVENDID"));
    let number = text(invoice, "CNCONTRACTID");
    Shown {
        title: format!("invoice {}", text(invoice, "DOCID")),
        pairs: vec![
            (
                "mirrored contract",
                mirrors.mirror_of(number),
                said(mirror, "ia_crm__Intacct_Contract__c"),
            ),
            (
                "contract",
                mirrors.contract(number, &account),
                said(mirror, "ia_crm__Contract__c"),
            ),
            ("account", account, said(mirror, "ia_crm__Account__c")),
            figure("total", &invoice["TRX_TOTAL"], &mirror["ia_crm__Amount__c"]),
            figure(
                "due",
                &invoice["TRX_TOTALDUE"],
                &mirror["ia_crm__Amount_Due__c"],
            ),
            (
                "state",
                said(invoice, "STATE"),
                said(mirror, "ia_crm__State__c"),
            ),
        ],
    }
}

fn entity(_: &Mirrors, entity: &Value, mirror: &Value) -> Shown<'static> {
    Shown {
        title: format!("entity {}", text(entity, "LOCATIONID")),
        pairs: vec![
            ("name", said(entity, "NAME"), said(mirror, "Name")),
            (
                "currency",
                said(entity, "CURRENCY"),
                said(mirror, "ia_crm__Currency__c"),
            ),
        ],
    }
}

fn said(row: &Value, field: &str) -> String {
    text(row, field).to_owned()
}

fn first_id(rows: &[Value]) -> String {
    rows.first().map_or_else(String::new, |row| said(row, "Id"))
}

/// A figure as both show it; Salesforce keeps two places.
fn figure(field: &'static str, is: &Value, says: &Value) -> (&'static str, String, String) {
    let two = |value: &Value| decimal(value).round_dp(2).normalize().to_string();
    (field, two(is), two(says))
}
