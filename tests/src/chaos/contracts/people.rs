//! People at both desks: all from one seed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::desks::{Desks, ENTITY, INVOICE, LINE, MIRROR, NUMBER, text};
use crate::chaos::dice::Dice;

const ACCOUNTS: [(&str, &str); 4] = [
    ("@atelier", "@julie"),
    ("@roberval", "@sylvie"),
    ("@simard", "@helene"),
    ("@quai", "@maude"),
];
const PRODUCTS: [&str; 3] = ["@p26-suite", "@p26-atelierp", "@p26-heberg"];
const ASKED: &str = "ia_crm__Sync_with_Intacct__c";
const OPPORTUNITY: &str = "ia_crm__Opportunity__c";
const AS_DRAFT: &str = "ia_crm__Sync_as_Draft__c";
const MIRRORS: [&str; 4] = [MIRROR, LINE, INVOICE, ENTITY];
/// Contracts that nobody touches after they were asked for, so that there is something to spoil.
const ENOUGH: usize = 5;

/// Why a contract need not be in Intacct as it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// A line that stood there already was changed: Intacct shows that, or the contract says why not.
    Changed,
    /// Accounting has cancelled or renewed it.
    Ended,
    /// Somebody typed in a number that Intacct does not have.
    Mistyped,
}

pub struct People {
    dice: Dice,
    /// Contracts of ours, in the order in which they were signed.
    pub signed: Vec<String>,
    /// Those of them that somebody wanted in Intacct.
    pub asked: BTreeSet<String>,
    /// Whose contract in Intacct may be another than ours says, and why.
    pub excused: BTreeMap<String, Excuse>,
    /// Contracts that accountants made themselves, and ours that name them.
    pub by_hand: BTreeMap<String, String>,
    /// Contracts of ours that stay drafts in Intacct.
    pub drafts: BTreeSet<String>,
    /// Opportunities that become orders.
    pub orders: Vec<String>,
    made: u64,
    pub edits: u64,
    pub story: Vec<String>,
}

impl People {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "people"),
            signed: Vec::new(),
            asked: BTreeSet::new(),
            excused: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            drafts: BTreeSet::new(),
            orders: Vec::new(),
            made: 0,
            edits: 0,
            story: Vec::new(),
        }
    }

    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// What both desks do in a morning.
    pub fn work(&mut self, desks: &Desks) {
        for _ in 0..1 + self.dice.below(3) {
            self.one_works(desks);
        }
    }

    pub fn one_works(&mut self, desks: &Desks) {
        self.edits += 1;
        match self.dice.below(21) {
            0..=4 => self.signs(desks),
            5 | 6 => self.wins_an_order(desks),
            7 | 8 => self.renames(desks),
            9 | 10 => self.adds_a_product(desks),
            11 | 12 => self.changes_a_product(desks),
            13 => self.attaches_an_opportunity(desks),
            14 | 15 => self.asks(desks),
            16 => self.edits_a_mirror(desks),
            17 => self.ends_in_intacct(desks),
            18 => self.types_a_number(desks),
            19 => self.invoices(desks),
            _ => self.renews(desks),
        }
    }

    /// Whoever mistyped a number sees it, mostly; and who wanted a contract in Intacct says so once more, so that
    /// what changed since goes there.
    pub fn go_home(&mut self, desks: &Desks) {
        let mistyped = (self.excused.iter()).filter(|(_, excuse)| **excuse == Excuse::Mistyped);
        let mistyped: Vec<String> = mistyped.map(|(id, _)| id.clone()).collect();
        for id in mistyped {
            if self.dice.per_mille(600) {
                self.excused.remove(&id);
                self.sets(desks, &id, &json!({NUMBER: null}));
            }
        }
        for id in self.asked.clone() {
            self.presses(desks, &id);
        }
    }

    /// Contracts with lines, and an order, that nobody touches any more.
    pub fn leave_enough(&mut self, desks: &Desks) {
        for number in 0..ENOUGH {
            let (account, contact) = self.an_account();
            let name = format!("E-{number}");
            let opportunity = self.wins(desks, account, "@rt-contract", &name);
            let also = json!({OPPORTUNITY: opportunity});
            let id = self.writes_a_contract(desks, account, contact, &name, &also);
            self.drafts.remove(&id);
            self.sets(desks, &id, &json!({AS_DRAFT: false}));
            self.presses(desks, &id);
        }
        self.wins_an_order(desks);
    }

    fn does(&mut self, desks: &Desks, action: &Value) {
        let done = desks.sells(action);
        let said = done
            .err()
            .map_or_else(String::new, |words| format!(": {words}"));
        self.tell(format!("sales: {action}{said}"));
    }

    fn books(&mut self, desks: &Desks, action: &Value) -> bool {
        let done = desks.accounts(action);
        let well = done.is_ok();
        let said = done
            .err()
            .map_or_else(String::new, |words| format!(": {words}"));
        self.tell(format!("accounting: {action}{said}"));
        well
    }

    /// What was ended or mistyped stays so, whatever is changed besides.
    fn excuses(&mut self, id: &str, excuse: Excuse) {
        match self.excused.get(id).copied() {
            Some(Excuse::Ended | Excuse::Mistyped) if excuse == Excuse::Changed => {}
            _ => drop(self.excused.insert(id.to_owned(), excuse)),
        }
    }

    fn sets(&mut self, desks: &Desks, id: &str, set: &Value) {
        self.does(desks, &json!({"do": "edit", "id": id, "set": set}));
    }

    fn presses(&mut self, desks: &Desks, id: &str) {
        self.asked.insert(id.to_owned());
        self.does(desks, &json!({"do": "press", "id": id, "button": "sync"}));
    }

    /// An opportunity with one to three products.
    fn wins(&mut self, desks: &Desks, account: &str, kind: &str, name: &str) -> String {
        let record = json!({"AccountId": account, "Name": name, "StageName": "Negotiation/Review",
            "CloseDate": "2026-04-20", "Pricebook2Id": "@book-2026", "RecordTypeId": kind});
        let opportunity = desks.adds("Opportunity", &record);
        for _ in 0..1 + self.dice.below(3) {
            self.sells_a_product(desks, &opportunity);
        }
        self.tell(format!(
            "sales: opportunity {name} {opportunity} of {account}, {kind}"
        ));
        self.sets(desks, &opportunity, &json!({"StageName": "Closed Won"}));
        opportunity
    }

    fn sells_a_product(&mut self, desks: &Desks, opportunity: &str) {
        let product = self.dice.pick(&PRODUCTS).copied().unwrap_or(PRODUCTS[0]);
        let (quantity, price) = (1 + self.dice.below(9), 10 + self.dice.below(90));
        let mut record = json!({"OpportunityId": opportunity, "PricebookEntryId": product, "Quantity": quantity,
            "UnitPrice": price});
        if self.dice.per_mille(250) {
            record["Discount"] = json!(10);
        }
        desks.adds("OpportunityLineItem", &record);
        self.tell(format!("sales: {record}"));
    }

    fn an_account(&mut self) -> (&'static str, &'static str) {
        self.dice.pick(&ACCOUNTS).copied().unwrap_or(ACCOUNTS[0])
    }

    fn signs(&mut self, desks: &Desks) {
        let (account, contact) = self.an_account();
        self.made += 1;
        let name = format!("H-{}", self.made);
        let opportunity = self
            .dice
            .per_mille(750)
            .then(|| self.wins(desks, account, "@rt-contract", &name));
        let also = json!({OPPORTUNITY: opportunity});
        self.writes_a_contract(desks, account, contact, &name, &also);
    }

    fn writes_a_contract(
        &mut self,
        desks: &Desks,
        account: &str,
        contact: &str,
        name: &str,
        also: &Value,
    ) -> String {
        let mut record = json!({"AccountId": account, "Name": name, "StartDate": "2026-05-01", "ContractTerm": 12,
            "ia_crm__Bill_to__c": contact, "ia_crm__Renew__c": true});
        for (field, value) in also.as_object().into_iter().flatten() {
            record[field] = value.clone();
        }
        let asked = self.dice.per_mille(750);
        record[ASKED] = json!(asked);
        let stays_draft = self.dice.per_mille(120);
        record[AS_DRAFT] = json!(stays_draft);
        let id = desks.adds("Contract", &record);
        self.tell(format!("sales: contract {id} {record}"));
        self.does(desks, &json!({"do": "activate", "id": id}));
        if asked {
            self.asked.insert(id.clone());
        }
        if stays_draft {
            self.drafts.insert(id.clone());
        }
        self.signed.push(id.clone());
        id
    }

    fn wins_an_order(&mut self, desks: &Desks) {
        let (account, _) = self.an_account();
        self.made += 1;
        let name = format!("O-{}", self.made);
        let opportunity = self.wins(desks, account, "@rt-orders", &name);
        self.orders.push(opportunity);
    }

    fn a_contract(&mut self) -> Option<String> {
        self.dice.pick(&self.signed).cloned()
    }

    fn renames(&mut self, desks: &Desks) {
        let Some(id) = self.a_contract() else { return };
        self.made += 1;
        let name = format!("R-{}", self.made);
        self.sets(desks, &id, &json!({"Name": name}));
        self.presses_mostly(desks, &id);
    }

    fn presses_mostly(&mut self, desks: &Desks, id: &str) {
        if self.dice.per_mille(700) {
            self.presses(desks, id);
        }
    }

    fn asks(&mut self, desks: &Desks) {
        if let Some(id) = self.a_contract() {
            self.presses(desks, &id);
        }
    }

    /// A contract of ours with its opportunity.
    fn a_deal(&mut self, desks: &Desks) -> Option<(String, String)> {
        let id = self.a_contract()?;
        let opportunity = text(&desks.record("Contract", &id), OPPORTUNITY).to_owned();
        (!opportunity.is_empty()).then_some((id, opportunity))
    }

    fn adds_a_product(&mut self, desks: &Desks) {
        let Some((id, opportunity)) = self.a_deal(desks) else {
            return;
        };
        self.sells_a_product(desks, &opportunity);
        self.presses_mostly(desks, &id);
    }

    /// What is on its way to Intacct, or there, stays as it was, and the contract says so.
    fn changes_a_product(&mut self, desks: &Desks) {
        let Some((id, opportunity)) = self.a_deal(desks) else {
            return;
        };
        let mut lines = desks.shown("OpportunityLineItem");
        lines.retain(|line| line["OpportunityId"] == json!(opportunity));
        let Some(line) = self.dice.pick(&lines).cloned() else {
            return;
        };
        if self.asked.contains(&id) {
            self.excuses(&id, Excuse::Changed);
        }
        let line = text(&line, "Id");
        let action = match self.dice.below(5) {
            0 | 1 => {
                json!({"do": "edit", "id": line, "set": {"Quantity": 10 + self.dice.below(20)}})
            }
            2 | 3 => {
                json!({"do": "edit", "id": line, "set": {"UnitPrice": 100 + self.dice.below(90)}})
            }
            _ => json!({"do": "delete", "id": line}),
        };
        self.does(desks, &action);
        self.presses_mostly(desks, &id);
    }

    fn attaches_an_opportunity(&mut self, desks: &Desks) {
        let bare: Vec<String> = (self.signed.iter())
            .filter(|id| desks.record("Contract", id)[OPPORTUNITY].is_null())
            .cloned()
            .collect();
        let Some(id) = self.dice.pick(&bare).cloned() else {
            return;
        };
        let account = text(&desks.record("Contract", &id), "AccountId").to_owned();
        self.made += 1;
        let name = format!("A-{}", self.made);
        let opportunity = self.wins(desks, &account, "@rt-contract", &name);
        self.sets(desks, &id, &json!({OPPORTUNITY: opportunity}));
        self.presses_mostly(desks, &id);
    }

    fn edits_a_mirror(&mut self, desks: &Desks) {
        let object = self.dice.pick(&MIRRORS).copied().unwrap_or(MIRROR);
        let mirrors = desks.shown(object);
        let Some(mirror) = self.dice.pick(&mirrors).cloned() else {
            return;
        };
        let set = match (object, self.dice.below(2)) {
            (LINE, 0) => json!({"ia_crm__Quantity__c": 77}),
            (LINE, _) => json!({"ia_crm__Status__c": "By hand"}),
            (INVOICE, 0) => json!({"ia_crm__State__c": "By hand", "ia_crm__Amount__c": 1}),
            (INVOICE, _) => json!({"ia_crm__Account__c": "@quai"}),
            (MIRROR, 0) => json!({"ia_crm__State__c": "Closed", "ia_crm__Account__c": "@quai"}),
            _ => json!({"Name": "By hand"}),
        };
        self.sets(desks, text(&mirror, "Id"), &set);
    }

    /// A contract of Intacct that is in progress and ours.
    fn a_live_one(&mut self, desks: &Desks) -> Option<Value> {
        let mut live = desks.booked("CONTRACT");
        live.retain(|row| {
            text(row, "STATE") == "In progress"
                && text(row, "PARENTID").is_empty()
                && self.signed.iter().any(|id| text(row, "LIAISON_ID") == id)
        });
        self.dice.pick(&live).cloned()
    }

    fn ends_in_intacct(&mut self, desks: &Desks) {
        let Some(live) = self.a_live_one(desks) else {
            return;
        };
        let id = text(&live, "LIAISON_ID").to_owned();
        self.excuses(&id, Excuse::Ended);
        self.books(desks, &json!({"do": "cancel", "id": live["CONTRACTID"]}));
    }

    /// Accounting bills what is due of a contract.
    fn invoices(&mut self, desks: &Desks) {
        let Some(live) = self.a_live_one(desks) else {
            return;
        };
        let invoice = json!({"do": "invoice", "contract": live["CONTRACTID"], "docparid": "Contract Invoice",
            "as_of": "12/31/2026"});
        self.books(desks, &invoice);
    }

    fn renews(&mut self, desks: &Desks) {
        let Some(live) = self.a_live_one(desks) else {
            return;
        };
        if self.books(desks, &json!({"do": "renew", "id": live["CONTRACTID"]})) {
            let id = text(&live, "LIAISON_ID").to_owned();
            self.excuses(&id, Excuse::Ended);
        }
    }

    /// A contract that accounting has already; now and then the number is wrong at first.
    fn types_a_number(&mut self, desks: &Desks) {
        self.made += 1;
        let (number, name) = (format!("CN-HAND-{}", self.made), format!("T-{}", self.made));
        let wrong = self.dice.per_mille(400);
        if !wrong {
            let record = json!({"CONTRACTID": number, "CUSTOMERID": "C-1002", "NAME": name, "STATE": "Draft",
                "BEGINDATE": "05/01/2026", "ENDDATE": "04/30/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
            self.books(
                desks,
                &json!({"do": "create", "object": "CONTRACT", "record": record}),
            );
        }
        let also = json!({NUMBER: number});
        let id = self.writes_a_contract(desks, "@roberval", "@sylvie", &name, &also);
        match wrong {
            true => self.excuses(&id, Excuse::Mistyped),
            false => drop(self.by_hand.insert(number, id)),
        }
    }
}
