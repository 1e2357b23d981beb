//! The desk of the sales team, that of the accountants, and the installation between them.

use std::sync::Arc;

use liaison_simulators::shell::Running;
use liaison_tests::desks::secret_of;
use liaison_tests::{Lab, Said, control, simulator};
use serde_json::{Value, json};

const TENANT: &str = include_str!("../../../contracts.toml");
/// The further mirrors.
const MORE: &str = include_str!("../../../mirrors.toml");
/// Beside what the tenant of the tests has: opportunities that become orders.
const ORDERS: &str = r#"
[flows.sales_orders]
pack = "salesforce-intacct/sales_orders"
source = "salesforce"
options = { since = "2026-01-01", location = "QC" }
"#;

pub const MIRROR: &str = "ia_crm__Intacct_Contract__c";
pub const LINE: &str = "ia_crm__Intacct_Contract_Line__c";
pub const INVOICE: &str = "ia_crm__Contract_Invoice__c";
pub const ENTITY: &str = "ia_crm__Intacct_Entity__c";
pub const NUMBER: &str = "ia_crm__IntacctID__c";
/// Two edits within a second are one to Salesforce. Its clock must not leave ours by minutes: it takes no key then.
const MOMENT_MS: i64 = 2_000;

pub struct Desks {
    pub lab: Arc<Lab>,
    /// Whose they are, and the folder of their flows.
    pub tenant: &'static str,
    pub folder: &'static str,
    pub salesforce: Running,
    pub intacct: Running,
}

impl Desks {
    pub fn new() -> Self {
        let lab = Lab::over(&["salesforce", "intacct"]);
        let (salesforce, intacct) = (simulator("salesforce"), simulator("sage-intacct"));
        let tenant = format!("{TENANT}{MORE}{ORDERS}")
            .replace("{salesforce}", address(&salesforce))
            .replace("{intacct}", address(&intacct));
        lab.write_tenant("demo", &tenant);
        let key = secret_of("salesforce", "private_key");
        lab.secret("demo", "salesforce private_key", &key);
        for name in ["sender_password", "user_password"] {
            let password = secret_of("sage-intacct", name);
            lab.secret("demo", &format!("intacct {name}"), &password);
        }
        Self {
            lab: Arc::new(lab),
            tenant: "demo",
            folder: "",
            salesforce,
            intacct,
        }
    }

    /// A moment passes in both systems.
    pub fn waits(&self) {
        self.salesforce.advance_ms(MOMENT_MS);
        self.intacct.advance_ms(MOMENT_MS);
    }

    /// Somebody of the sales team; `Err` is what Salesforce says to it.
    pub fn sells(&self, action: &Value) -> Result<Value, String> {
        let now = self.salesforce.now();
        self.salesforce
            .with(|salesforce| salesforce.control(action, now))
    }

    /// Somebody of the accountants; `Err` is what Intacct says to it.
    pub fn accounts(&self, action: &Value) -> Result<Value, String> {
        let now = self.intacct.now();
        self.intacct.with(|intacct| intacct.control(action, now))
    }

    /// A new record of Salesforce; its id.
    pub fn adds(&self, entity: &str, record: &Value) -> String {
        let made = self.sells(&json!({"do": "create", "entity": entity, "record": record}));
        let made = made.unwrap_or_else(|words| panic!("{record}: {words}"));
        text(&made, "id").to_owned()
    }

    pub fn shown(&self, entity: &str) -> Vec<Value> {
        rows(control(
            &self.salesforce,
            &json!({"do": "rows", "entity": entity}),
        ))
    }

    /// One record as Salesforce shows it.
    pub fn record(&self, entity: &str, id: &str) -> Value {
        let action = json!({"do": "rows", "entity": entity, "ids": [id]});
        rows(control(&self.salesforce, &action)).swap_remove(0)
    }

    pub fn booked(&self, object: &str) -> Vec<Value> {
        rows(control(
            &self.intacct,
            &json!({"do": "rows", "object": object}),
        ))
    }

    pub fn run(&self, flow: &str, environment: &[(&str, &str)]) -> Said {
        self.lab.liaison_with(&format!("run {flow}"), environment)
    }

    /// Everything that a flow might write, row by row.
    pub fn books(&self) -> Vec<Value> {
        let of_intacct = [
            "CONTRACT",
            "CONTRACTDETAIL",
            "CUSTOMER",
            "CONTACT",
            "ITEM",
            "SODOCUMENT",
            "SODOCUMENTENTRY",
        ]
        .map(|object| self.booked(object));
        let of_salesforce = [
            "Contract",
            "Account",
            "Contact",
            "Product2",
            "Opportunity",
            "Task",
            MIRROR,
            LINE,
            INVOICE,
            ENTITY,
        ]
        .map(|entity| self.shown(entity));
        of_intacct
            .into_iter()
            .chain(of_salesforce)
            .flatten()
            .collect()
    }

    /// Calls of both systems since the beginning.
    pub fn calls(&self) -> u64 {
        let total = |running: &Running| running.requests()["total"].as_u64().unwrap_or_default();
        total(&self.salesforce) + total(&self.intacct)
    }
}

pub fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn rows(answer: Value) -> Vec<Value> {
    match answer {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    }
}

fn address(simulator: &Running) -> &str {
    simulator.url().trim_start_matches("http://")
}
