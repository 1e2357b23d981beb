//! The desk of a sales team with Salesforce and that of the accountants with Sage Intacct, both in miniature, and an
//! installation between them.

use liaison_simulators::shell::Running;
use serde_json::{Value, json};

use crate::{Lab, control, repository, simulator};

/// Contracts with what they need, and the contracts' mirror.
pub const TENANT: &str = include_str!("../contracts.toml");
/// The other mirrors, after `TENANT`.
pub const MIRRORS: &str = include_str!("../mirrors.toml");

/// The desk of the sales team, that of the accountants, and the installation between them.
pub struct Desks {
    pub lab: Lab,
    pub salesforce: Running,
    pub intacct: Running,
}

impl Default for Desks {
    fn default() -> Self {
        Self::new()
    }
}

impl Desks {
    /// Contracts with what they need, and their mirrors.
    pub fn new() -> Self {
        Self::with(TENANT)
    }

    /// The same with a mirror for whatever Salesforce has an object for.
    pub fn with_all_mirrors() -> Self {
        Self::with(&format!("{TENANT}{MIRRORS}"))
    }

    /// `{salesforce}` and `{intacct}` in the tenant file become addresses.
    pub fn with(tenant: &str) -> Self {
        let lab = Lab::over(&["salesforce", "intacct"]);
        let desks = Self {
            lab,
            salesforce: simulator("salesforce"),
            intacct: simulator("sage-intacct"),
        };
        desks.lets_in("demo", tenant);
        desks
    }

    /// A tenant of this installation, with the secrets of its connections.
    pub fn lets_in(&self, id: &str, tenant: &str) {
        let (sales, books) = (address(&self.salesforce), address(&self.intacct));
        let tenant = tenant.replace("{salesforce}", sales);
        self.lab
            .write_tenant(id, &tenant.replace("{intacct}", books));
        let headings = tenant.split("[connections.").skip(1);
        let names = headings.filter_map(|rest| rest.split_once(']'));
        for (name, rest) in names.filter(|(name, _)| !name.contains('.')) {
            let is_books = rest.trim_start().starts_with("connector = \"intacct\"");
            let (vendor, secrets): (_, &[&str]) = match is_books {
                true => ("sage-intacct", &["sender_password", "user_password"]),
                false => ("salesforce", &["private_key"]),
            };
            for secret in secrets {
                let value = secret_of(vendor, secret);
                self.lab.secret(id, &format!("{name} {secret}"), &value);
            }
        }
    }

    /// Somebody of the sales team, a moment later: two edits within a second are one to Salesforce.
    #[track_caller]
    pub fn sells(&self, action: Value) -> Value {
        self.salesforce.advance_ms(2_000);
        control(&self.salesforce, &action)
    }

    #[track_caller]
    pub fn sets(&self, id: &str, set: Value) {
        self.sells(json!({"do": "edit", "id": id, "set": set}));
    }

    #[track_caller]
    pub fn presses(&self, id: &str) {
        self.sells(json!({"do": "press", "id": id, "button": "sync"}));
    }

    /// A new record of Salesforce; its id.
    #[track_caller]
    pub fn adds(&self, entity: &str, record: Value) -> String {
        let create = json!({"do": "create", "entity": entity, "record": record});
        let made = control(&self.salesforce, &create);
        made["id"].as_str().expect("an id").to_owned()
    }

    /// An activated contract of the municipality, asked for.
    #[track_caller]
    pub fn signs(&self, name: &str, also: &Value) -> String {
        let mut record = json!({"AccountId": "@roberval", "Name": name, "StartDate": "2026-05-01",
            "ContractTerm": 12, "ia_crm__Bill_to__c": "@sylvie", "ia_crm__Sync_with_Intacct__c": true});
        for (field, value) in also.as_object().into_iter().flatten() {
            record[field] = value.clone();
        }
        let id = self.adds("Contract", record);
        control(&self.salesforce, &json!({"do": "activate", "id": id}));
        id
    }

    /// A won opportunity with two products.
    #[track_caller]
    pub fn wins(&self, name: &str) -> String {
        let opportunity = self.adds(
            "Opportunity",
            json!({"AccountId": "@roberval", "Name": name, "StageName": "Closed Won", "CloseDate": "2026-04-20",
                "Pricebook2Id": "@book-2026", "RecordTypeId": "@rt-contract"}),
        );
        for (price, quantity) in [("@p26-heberg", 2), ("@p26-suite", 3)] {
            let line = json!({"OpportunityId": opportunity, "PricebookEntryId": price, "Quantity": quantity,
                "UnitPrice": 80});
            self.adds("OpportunityLineItem", line);
        }
        opportunity
    }

    /// A contract as Salesforce shows it.
    #[track_caller]
    pub fn contract(&self, id: &str) -> Value {
        let rows = json!({"do": "rows", "entity": "Contract", "ids": [id]});
        control(&self.salesforce, &rows)[0].clone()
    }

    pub fn books(&self, object: &str) -> Vec<Value> {
        let rows = control(&self.intacct, &json!({"do": "rows", "object": object}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// What stands in Intacct of this contract: it, once, and its lines.
    #[track_caller]
    pub fn booked(&self, id: &str) -> (Value, Vec<Value>) {
        let id = self.contract(id)["Id"].clone();
        let mut found = self.books("CONTRACT");
        found.retain(|contract| contract["LIAISON_ID"] == id);
        assert_eq!(found.len(), 1, "contracts of {id}: {found:#?}");
        let mut lines = self.books("CONTRACTDETAIL");
        lines.retain(|line| line["CONTRACTID"] == found[0]["CONTRACTID"]);
        (found.remove(0), lines)
    }

    /// That it stands there once, posted with so many lines, and that Salesforce says so.
    #[track_caller]
    pub fn is_posted(&self, id: &str, count: usize) {
        let (booked, lines) = self.booked(id);
        assert_eq!(booked["STATE"], "In progress", "{booked:#}");
        assert_eq!(lines.len(), count, "{lines:#?}");
        for line in &lines {
            assert_eq!(line["STATE"], "In progress", "{line:#}");
        }
        let shown = self.contract(id);
        assert_eq!(shown["ia_crm__IntacctID__c"], booked["CONTRACTID"]);
        assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Synced");
        assert_eq!(shown["ia_crm__Intacct_Sync_Errors__c"], Value::Null);
    }

    /// What was written since the last reset, in either system.
    pub fn writes(&self) -> Vec<String> {
        let mut made = Vec::new();
        for (simulator, reads) in [(&self.salesforce, "GET "), (&self.intacct, "POST query")] {
            let routes = simulator.requests()["by_route"].clone();
            let routes = routes.as_object().into_iter().flatten();
            made.extend(
                routes
                    .filter(|(route, _)| !route.starts_with(reads))
                    .map(|(route, _)| route.clone()),
            );
            simulator.reset_requests();
        }
        made
    }
}

fn address(simulator: &Running) -> &str {
    simulator.url().trim_start_matches("http://")
}

/// A secret that ships with the simulator.
pub fn secret_of(vendor: &str, name: &str) -> String {
    let file = repository().join(format!("tests/simulators/connections/{vendor}.json"));
    let text = std::fs::read_to_string(file).expect("the connection is in the repository");
    let connection: Value = serde_json::from_str(&text).expect("the connection is JSON");
    let secret = connection["secrets"][name].as_str();
    secret.expect("the secret ships with it").to_owned()
}
