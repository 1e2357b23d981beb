//! A reseller: the sales desk with ChannelOnline and the back office with Autotask, both in miniature, and an
//! installation between them.

use liaison_simulators::shell::Running;
use serde_json::{Value, json};

use crate::desks::secret_of;
use crate::{Lab, Said, control, seeded, simulator};

/// Customers, contacts, products, quotes and sales orders.
pub const TENANT: &str = include_str!("../documents.toml");

/// The document's custom fields.
pub const NAMED: &str = "Autotask Opportunity";
pub const CHOSEN: &str = "Autotask Opportunity ID";
pub const OUTCOME: &str = "Autotask Export";

/// A customer of both sides, its contact, and both sides' ids of them.
pub const NORTHWIND: Shared = Shared {
    company: 202,
    contact: 304,
    name: "Northwind",
    email: "joe.lee@northwind.example",
};
pub const BETON: Shared = Shared {
    company: 203,
    contact: 306,
    name: "Béton & Fils",
    email: "rejean@betonetfils.example",
};

/// Somebody who is in Autotask already.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    pub company: i64,
    pub contact: i64,
    pub name: &'static str,
    pub email: &'static str,
}

/// A customer of ChannelOnline with its first contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: u64,
    pub number: String,
    pub contact: u64,
}

pub struct Reseller {
    pub lab: Lab,
    pub channelonline: Running,
    pub autotask: Running,
}

impl Default for Reseller {
    fn default() -> Self {
        Self::new()
    }
}

impl Reseller {
    pub fn new() -> Self {
        Self::with(TENANT)
    }

    /// `{channelonline}` and `{autotask}` in the tenant file become addresses.
    pub fn with(tenant: &str) -> Self {
        let reseller = Self {
            lab: Lab::over(&["channelonline", "autotask"]),
            channelonline: simulator("channelonline"),
            autotask: seeded("autotask", "autotask-channelonline"),
        };
        reseller.lets_in("demo", tenant);
        reseller
    }

    /// A tenant of this installation, with the secrets of its connections.
    pub fn lets_in(&self, id: &str, tenant: &str) {
        let address = |running: &Running| running.url().trim_start_matches("http://").to_owned();
        let tenant = tenant.replace("{channelonline}", &address(&self.channelonline));
        let tenant = tenant.replace("{autotask}", &address(&self.autotask));
        self.lab.write_tenant(id, &tenant);
        let password = secret_of("channelonline", "password");
        self.lab.secret(id, "channelonline password", &password);
        for secret in ["user_name", "integration_code", "secret"] {
            let value = secret_of("autotask", secret);
            self.lab.secret(id, &format!("autotask {secret}"), &value);
        }
    }

    /// Somebody of the sales desk.
    #[track_caller]
    pub fn sells(&self, action: &Value) -> Value {
        control(&self.channelonline, action)
    }

    /// Somebody of the back office.
    #[track_caller]
    pub fn books(&self, action: &Value) -> Value {
        control(&self.autotask, action)
    }

    /// A customer of ChannelOnline that nobody there has a number of.
    #[track_caller]
    pub fn customer(&self, name: &str, email: &str) -> Customer {
        let customer = json!({"companyName": name, "terms": "Net 30 jours", "taxRate": "14.975"});
        let made = self.sells(&json!({"do": "create_customer", "customer": customer}));
        let id = made["customerId"].as_u64().expect("an id");
        Customer {
            id,
            number: text(&made, "customerNumber").to_owned(),
            contact: self.contact(id, email),
        }
    }

    #[track_caller]
    pub fn contact(&self, customer: u64, email: &str) -> u64 {
        let contact =
            json!({"firstName": "Joe", "lastName": "Lee", "email": email, "primary": true});
        let made =
            self.sells(&json!({"do": "create_contact", "customer": customer, "contact": contact}));
        made["contactId"].as_u64().expect("an id")
    }

    /// One who is in Autotask already, linked with its contact.
    #[track_caller]
    pub fn shares(&self, with: Shared) -> Customer {
        let customer = self.customer(with.name, with.email);
        self.runs(&["customers", "contacts"]);
        customer
    }

    /// A quote of a customer with one or more lines; its id.
    #[track_caller]
    pub fn quotes(&self, customer: &Customer, also: &Value) -> u64 {
        let mut document = json!({"customerId": customer.id, "contactId": customer.contact, "status": "Open",
            "stage": "proposal", "probability": 60, "salesPerson": "marie.roy@boreale.example",
            "accountManager": "marie.roy@boreale.example", "paymentTerms": "Net 30 jours", "description": "Portables",
            "shippingMethod": {"carrier": "Purolator", "service": "Ground"},
            "lines": [{"product": "LAT-5450", "quantity": "4"}, {"product": "WD22TB4", "quantity": "2"}]});
        for (field, value) in also.as_object().into_iter().flatten() {
            document[field] = value.clone();
        }
        let made = self.sells(&json!({"do": "create_document", "document": document}));
        made["documentId"].as_u64().expect("an id")
    }

    #[track_caller]
    pub fn edits(&self, document: u64, set: &Value) {
        self.sells(&json!({"do": "edit_document", "id": document, "set": set}));
    }

    /// Somebody presses a link on a page; the id of what it asks for.
    #[track_caller]
    pub fn presses(&self, kind: &str, subject: u64) -> u64 {
        self.asks(kind, subject, "")
    }

    /// As `presses`, with what was typed or chosen.
    #[track_caller]
    pub fn asks(&self, kind: &str, subject: u64, argument: &str) -> u64 {
        let press = json!({"do": "press", "type": kind, "subjectId": subject, "argument": argument,
            "requestedBy": "marie.roy@boreale.example"});
        self.sells(&press)["actionId"].as_u64().expect("an id")
    }

    /// Export to Autotask on a document.
    #[track_caller]
    pub fn exports(&self, document: u64) -> u64 {
        self.presses("export_document", document)
    }

    pub fn rows(&self, of: &str) -> Vec<Value> {
        list(control(
            &self.channelonline,
            &json!({"do": "rows", "of": of}),
        ))
    }

    /// A record of ChannelOnline as its people see it.
    #[track_caller]
    pub fn row(&self, of: &str, id: u64) -> Value {
        let rows = json!({"do": "rows", "of": of, "ids": [id]});
        let mut rows = list(control(&self.channelonline, &rows));
        assert_eq!(rows.len(), 1, "{of} {id}");
        rows.remove(0)
    }

    #[track_caller]
    pub fn document(&self, id: u64) -> Value {
        self.row("documents", id)
    }

    /// All rows of an entity of Autotask.
    pub fn table(&self, entity: &str) -> Vec<Value> {
        list(control(
            &self.autotask,
            &json!({"do": "rows", "entity": entity}),
        ))
    }

    #[track_caller]
    pub fn record(&self, entity: &str, id: i64) -> Value {
        let rows = json!({"do": "rows", "entity": entity, "ids": [id]});
        let mut rows = list(control(&self.autotask, &rows));
        assert_eq!(rows.len(), 1, "{entity} {id}");
        rows.remove(0)
    }

    /// What of Autotask carries this id of ours.
    pub fn marked(&self, entity: &str, id: &str) -> Vec<Value> {
        let mut rows = self.table(entity);
        rows.retain(|row| marker(row) == id);
        rows
    }

    pub fn run(&self, flow: &str) -> Said {
        self.lab.liaison(&format!("run {flow}"))
    }

    /// Runs that refuse nothing.
    #[track_caller]
    pub fn runs(&self, flows: &[&str]) {
        for flow in flows {
            self.run(flow).exits(0);
        }
    }

    /// What was written since this was asked before, in either system.
    pub fn writes(&self) -> Vec<String> {
        let reads = |route: &str| {
            route.starts_with("POST export_")
                || route.starts_with("GET ")
                || route.ends_with("/query")
                || route.ends_with("/query/count")
        };
        let mut made = Vec::new();
        for simulator in [&self.channelonline, &self.autotask] {
            let routes = simulator.requests()["by_route"].clone();
            let routes = routes.as_object().into_iter().flatten();
            let written = routes.filter(|(route, _)| !reads(route));
            made.extend(written.map(|(route, _)| route.clone()));
            simulator.reset_requests();
        }
        made
    }
}

/// A text of a record; empty where there is none.
pub fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// What a record of Autotask keeps of ours.
pub fn marker(row: &Value) -> &str {
    let fields = row["userDefinedFields"].as_array().into_iter().flatten();
    let mut fields = fields.filter(|field| field["name"] == "ChannelOnline_Id");
    fields
        .find_map(|field| field["value"].as_str())
        .unwrap_or_default()
}

fn list(answer: Value) -> Vec<Value> {
    match answer {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    }
}
