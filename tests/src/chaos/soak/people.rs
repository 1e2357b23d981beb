//! People at every screen of a company.

use liaison_tests::Lab;
use serde_json::{Value, json};

use super::company::Company;
use super::counter::Counter;
use crate::chaos::contracts::people::People as Desks;
use crate::chaos::dice::Dice;
use crate::chaos::quickbooks::people::People as Workshop;

/// What is done at the desks and in the workshop, most of it early: memory is compared later.
const DEEDS_MAX: u64 = 300;

/// All people of a company. Each turn it is somebody else's.
pub struct Everybody {
    turns: u64,
    office: People,
    pub counter: Counter,
    pub desks: Desks,
    workshop: Workshop,
}

impl Everybody {
    pub fn new(seed: u64) -> Self {
        Self {
            turns: 0,
            office: People::new(seed),
            counter: Counter::new(seed),
            desks: Desks::new(seed),
            // The service dies in other parts.
            workshop: Workshop::new(seed, Vec::new()),
        }
    }

    pub fn edits(&self) -> u64 {
        self.office.edits + self.counter.edits + self.desks.edits + self.workshop.edits
    }

    /// One thing that one of them does.
    pub fn work(&mut self, company: &Company) {
        self.turns += 1;
        match self.turns % 5 {
            0 | 1 => self.office.work(&company.lab),
            2 => self.counter.work(company),
            // Two edits within a second are one to Salesforce: the turn comes round in more.
            3 if self.desks.edits < DEEDS_MAX => self.desks.one_works(&company.desks),
            4 if self.workshop.edits < DEEDS_MAX => {
                self.workshop.one_works(company.workshop());
                self.workshop.next_fault(company.workshop());
            }
            _ => {}
        }
    }

    pub fn go_home(&mut self, company: &Company) {
        self.office.go_home(&company.lab);
        self.counter.go_home(company);
        self.desks.go_home(&company.desks);
        self.workshop.go_home(company.workshop());
    }
}

/// Most of what comes to life comes to life early, so that memory can be compared later.
const BORN_MAX: u64 = 60;
const CITIES: [&str; 4] = ["Alma", "Roberval", "Trois-Rivières", "Saint-Félicien"];
const COMPANIES: [i64; 4] = [174, 175, 176, 178];
const GOOD: i64 = 29_683_502;
/// A billing code without External Number: the invoice is refused.
const BAD: i64 = 29_683_514;

/// Those of Autotask, Acomba and CentrixOne.
struct People {
    dice: Dice,
    born: u64,
    edits: u64,
}

impl People {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "soak"),
            born: 0,
            edits: 0,
        }
    }

    /// One thing that one of them does.
    fn work(&mut self, lab: &Lab) {
        let city = self.pick(&CITIES).unwrap_or("Alma");
        self.edits += 1;
        match self.dice.below(10) {
            0 | 1 if self.may_be_born() => {
                let code = if self.dice.below(5) == 0 { BAD } else { GOOD };
                let company = COMPANIES[self.below(4)];
                lab.in_autotask(json!({"do": "bulk_invoices", "count": 1, "lines": 2,
                    "company_ids": [company], "billing_code_ids": [code]}));
            }
            2 if self.may_be_born() => {
                let name = format!("Née au CRM {}", self.born);
                lab.in_centrixone(json!({"do": "create", "entity": "Contacts", "record": {
                    "name": "Boivin", "firstname": "Luce", "company": name, "city": city,
                    "language": "FR", "lists": [7]}}));
            }
            3 if self.may_be_born() => {
                let kind = ["ITp_Quotation", "ITp_Order", "ITp_Invoice"][self.below(3)];
                lab.in_acomba(json!({"do": "create_document", "document": {"InInvoiceType": kind,
                    "InCustomerSupplierCP": 2, "Lines": [{"ILProductNumber": "INSTALL", "ILInvoicedQty": 2}]}}));
            }
            4 => {
                // Somebody opens a card and leaves for lunch, or comes back.
                if let Some(card) = self.customer(lab) {
                    let deed = ["reserve", "free"][self.below(2)];
                    lab.in_acomba(json!({"do": deed, "interface": "Customer",
                        "card_pos": card["CardPos"]}));
                }
            }
            5..=6 => {
                if let Some(card) = self.customer(lab) {
                    lab.in_acomba(json!({"do": "edit", "interface": "Customer",
                        "card_pos": card["CardPos"], "set": {"CuCity": city}}));
                }
            }
            7..=8 => {
                let contacts = lab.crm_rows("Contacts");
                let ours: Vec<&Value> = (contacts.iter())
                    .filter(|contact| {
                        contact["external_id"]
                            .as_str()
                            .is_some_and(|id| !id.is_empty())
                    })
                    .collect();
                if let Some(contact) = self.dice.pick(&ours) {
                    lab.in_centrixone(
                        json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
                        "set": {"city": city}}),
                    );
                }
            }
            _ => {
                let phone = format!("418 555-{:04}", self.dice.below(10_000));
                let company = COMPANIES[self.below(4)];
                lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": company,
                    "fields": {"phone": phone}}));
            }
        }
    }

    /// Nobody holds a card any more.
    fn go_home(&mut self, lab: &Lab) {
        for card in lab.acomba_cards("Customer") {
            lab.in_acomba(
                json!({"do": "free", "interface": "Customer", "card_pos": card["CardPos"]}),
            );
        }
    }

    fn may_be_born(&mut self) -> bool {
        let may = self.born < BORN_MAX;
        self.born += u64::from(may);
        may
    }

    fn customer(&mut self, lab: &Lab) -> Option<Value> {
        let cards = lab.acomba_cards("Customer");
        self.dice.pick(&cards).cloned()
    }

    fn pick<'a>(&mut self, from: &'a [&'a str]) -> Option<&'a str> {
        self.dice.pick(from).copied()
    }

    fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.dice.below(end)).unwrap_or(0)
    }
}
