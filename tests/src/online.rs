//! A furniture maker: its workshop with Fusion Operations and its books at QuickBooks Online, both in miniature, and an
//! installation between them.

use liaison_simulators::shell::Running;
use serde_json::{Value, json};

use crate::service::{Service, free_address};
use crate::{Lab, control, count, simulator};

/// Every flow of the pack.
pub const TENANT: &str = include_str!("../online.toml");

/// As they stand in the simulators' seeds.
const SECRETS: [(&str, &str); 4] = [
    ("fusion api_key", "fusion-key-0001:fusion-secret-0001"),
    (
        "quickbooks client",
        "ABliaisonSimulatedClient0001:simulated-client-secret",
    ),
    (
        "quickbooks refresh_token",
        "AB11liaison-simulated-refresh-token-0001",
    ),
    ("quickbooks webhook_verifier", "simulated-verifier-token"),
];

/// The flows to QuickBooks, and what they make there.
pub const SENT: [(&str, &str); 7] = [
    ("estimates", "Estimate"),
    ("invoices", "Invoice"),
    ("purchase_orders", "PurchaseOrder"),
    ("bills", "Bill"),
    ("sales_receipts", "SalesReceipt"),
    ("order_invoices", "Invoice"),
    ("order_bills", "Bill"),
];

/// The flows from QuickBooks, and what they make in the workshop. A shipment is part of its order.
pub const PULLED: [(&str, &str); 6] = [
    ("pulled_estimates", "sales-orders"),
    ("pulled_invoices", "sales-orders"),
    ("pulled_shipments", "inventory-movements"),
    ("pulled_work_orders", "production-orders"),
    ("pulled_purchase_orders", "purchase-orders"),
    ("pulled_bills", "purchase-orders"),
];

/// What flows write in the workshop.
const WORKSHOP: [&str; 7] = [
    "clients",
    "suppliers",
    "products",
    "sales-orders",
    "purchase-orders",
    "production-orders",
    "inventory-movements",
];

/// What flows write in the books.
const BOOKS: [&str; 9] = [
    "Customer",
    "Vendor",
    "Item",
    "Estimate",
    "Invoice",
    "SalesReceipt",
    "PurchaseOrder",
    "Bill",
    "InventoryAdjustment",
];

/// A workshop and its books.
pub struct Online {
    pub lab: Lab,
    pub fusion: Running,
    pub quickbooks: Running,
    pub service: Service,
    /// Where QuickBooks sends its webhooks.
    pub webhooks: String,
}

impl Default for Online {
    fn default() -> Self {
        Self::new()
    }
}

impl Online {
    pub fn new() -> Self {
        Self::with(TENANT)
    }

    /// `{fusion}` and `{quickbooks}` in the tenant file become addresses.
    pub fn with(tenant: &str) -> Self {
        let lab = Lab::over(&["fusion-operations", "qbo"]);
        let (fusion, quickbooks) = (simulator("fusion-operations"), simulator("qbo"));
        let address = |running: &Running| running.url().trim_start_matches("http://").to_owned();
        let tenant = tenant
            .replace("{fusion}", &address(&fusion))
            .replace("{quickbooks}", &address(&quickbooks));
        lab.write_tenant("demo", &tenant);
        for (secret, value) in SECRETS {
            lab.secret("demo", secret, value);
        }
        let inbound = free_address();
        let port = inbound.rsplit(':').next().expect("a port");
        let before = std::fs::read_to_string(lab.home().join("liaison.toml")).expect("a file");
        lab.write(
            "liaison.toml",
            &format!(
                "{before}\n[serve]\ninbound = \"{inbound}\"\naddress = \"http://localhost:{port}\"\n"
            ),
        );
        // A minute's calls are the host's business, and tested there; the batches among them are the connector's.
        let set = |name: &str, value: u64| json!({"do": "set", "switch": name, "value": value});
        control(&fusion, &set("calls_per_minute", 1_000_000));
        control(&quickbooks, &set("per_minute", 0));
        // The seed has two clients whose codes differ in capitals only, which QuickBooks takes for one.
        let one = json!({"do": "edit", "entity": "sales-orders", "id": "CV-1006", "set": {"client": "BOREALE"}});
        control(&fusion, &one);
        let service = Service::start_called(&lab, &[]);
        Self {
            lab,
            fusion,
            quickbooks,
            service,
            webhooks: format!("http://{inbound}/in/demo/quickbooks/webhook"),
        }
    }

    /// The service ends as by a power cut, if it has not died already, and starts again.
    pub fn restart(&mut self, environment: &[(&str, &str)]) {
        self.service.die();
        self.service = Service::start_called(&self.lab, environment);
    }

    /// Starts a run and kills the service (SIGKILL) while a call of QuickBooks that matches `fault` hangs; another
    /// service takes its place. Answers whether such a call came before the run ended by itself.
    pub fn kill_during(&mut self, fault: &Value, line: &str) -> bool {
        self.quickbooks
            .set_faults(&json!([fault]))
            .expect("a valid fault");
        let command = self.lab.begin(line);
        let reached = loop {
            if self.quickbooks.faults()[0]["fired"].as_u64() > Some(0) {
                break true;
            }
            if command.has_ended() {
                break false;
            }
            std::thread::yield_now();
        };
        if reached {
            self.service.die();
        }
        command.said();
        self.quickbooks.set_faults(&json!([])).expect("no faults");
        if reached {
            self.service = Service::start_called(&self.lab, &[]);
        }
        reached
    }

    /// QuickBooks does so from now on.
    #[track_caller]
    pub fn set(&self, switch: &str, value: Value) {
        self.at_quickbooks(json!({"do": "set", "switch": switch, "value": value}));
    }

    /// Somebody works in the workshop.
    #[track_caller]
    pub fn in_workshop(&self, action: Value) -> Value {
        control(&self.fusion, &action)
    }

    /// Somebody works at QuickBooks' screens.
    #[track_caller]
    pub fn at_quickbooks(&self, action: Value) -> Value {
        control(&self.quickbooks, &action)
    }

    /// All records of an entity of the workshop.
    #[track_caller]
    pub fn workshop(&self, entity: &str) -> Vec<Value> {
        let rows = self.in_workshop(json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// All objects of a kind in the books.
    #[track_caller]
    pub fn books(&self, entity: &str) -> Vec<Value> {
        let rows = self.at_quickbooks(json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// All that is in both systems, to the last version.
    pub fn everything(&self) -> Vec<Vec<Value>> {
        let here = WORKSHOP.iter().map(|entity| self.workshop(entity));
        here.chain(BOOKS.iter().map(|entity| self.books(entity)))
            .collect()
    }

    /// Runs a flow whose records are all right; what it created.
    #[track_caller]
    pub fn run(&self, flow: &str) -> u64 {
        count(&self.lab.run_flow(flow, 0), flow, "created")
    }
}

/// The text of a field of each row.
pub fn each(rows: &[Value], field: &str) -> Vec<String> {
    let texts = rows.iter().filter_map(|row| row[field].as_str());
    texts.map(str::to_owned).collect()
}
