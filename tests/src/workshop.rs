//! A workshop with Fusion Operations, and a computer with QuickBooks in its office: both in miniature, and the real
//! service between them, which QuickBooks' Web Connector calls.

use liaison_simulators::shell::Running;
use liaison_simulators::simulator::Simulator;
use serde_json::{Value, json};

use crate::service::{Service, free_address, until};
use crate::{Lab, Said, control, simulator};

pub const TENANT: &str = r#"
zone = "America/Toronto"

[connections.fusion]
connector = "fusion-operations"
hosts = ["FUSION", "fusionoperations.autodesk.com"]
insecure = true
allow_private = ["FUSION"]
settings = { base_url = "http://FUSION" }

[connections.quickbooks]
connector = "qbd"
limits = { relay_wait_s = 2 }

[flows.sales_orders]
pack = "fusion-qbd/sales_orders"
options = { create_customers = true, create_items = true, income_account = "Sales" }

[flows.invoices]
pack = "fusion-qbd/invoices"
options = { create_customers = true, create_items = true, income_account = "Sales" }

[flows.purchase_orders]
pack = "fusion-qbd/purchase_orders"
options = { create_vendors = true, create_items = true, income_account = "Sales" }

[flows.stock]
pack = "fusion-qbd/stock"
options = { adjustment_account = "Inventory Adjustments" }

[flows.pulled_estimates]
pack = "fusion-qbd/pulled_estimates"
"#;

/// Both systems of a workshop.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub fusion: &'a Running,
    pub quickbooks: &'a Running,
}

impl Sides<'_> {
    /// One session of the Web Connector; how it ended.
    pub fn session(&self) -> Value {
        let (now, action) = (self.quickbooks.now(), json!({"do": "session", "poll": 0}));
        let errand = self
            .quickbooks
            .with(|quickbooks: &mut dyn Simulator| quickbooks.errand(&action, now));
        let ended = errand.expect("a session is an errand")();
        ended.unwrap_or_else(|words| json!({ "ended": words }))
    }

    pub fn count(&self, kind: &str) -> u64 {
        let counts = control(self.quickbooks, &json!({"do": "counts"}));
        counts[kind].as_u64().unwrap_or(0)
    }
}

/// The Web Connector of a computer is given the file of the setup and its password; both.
pub fn sets_up(lab: &Lab, tenant: &str, quickbooks: &Running) -> (String, String) {
    let out = lab.home().join(format!("out-{tenant}"));
    let line = format!(
        "--json connection setup {tenant} quickbooks --out {}",
        out.display()
    );
    let told = lab.liaison(&line).exits(0).json()["answer"].clone();
    let file = told["files"][0]["path"].as_str().expect("a file");
    let qwc = std::fs::read_to_string(file).expect("the file is there");
    let password = told["secrets"][0]["value"].as_str().expect("a password");
    let poll = json!({"do": "poll", "qwc": qwc, "password": password});
    control(quickbooks, &poll);
    (qwc, password.to_owned())
}

/// The installation gets an address that systems can call; the address.
pub fn opens_door(lab: &Lab) -> String {
    let inbound = free_address();
    let port = inbound.rsplit(':').next().expect("a port");
    let before = std::fs::read_to_string(lab.home().join("liaison.toml")).expect("a file");
    let serve =
        format!("\n[serve]\ninbound = \"{inbound}\"\naddress = \"http://localhost:{port}\"\n");
    lab.write("liaison.toml", &format!("{before}{serve}"));
    inbound
}

/// A workshop with Fusion Operations, and a computer with QuickBooks in its office.
pub struct Workshop {
    pub lab: Lab,
    pub quickbooks: Running,
    pub fusion: Running,
    pub service: Service,
    /// Where the Web Connector calls, the file that told it so, and its password.
    pub inbound: String,
    pub qwc: String,
    pub password: String,
}

impl Default for Workshop {
    fn default() -> Self {
        Self::new()
    }
}

impl Workshop {
    /// Set up as a person does it: the file of the setup into the Web Connector, and the password.
    pub fn new() -> Self {
        Self::with(TENANT)
    }

    /// `FUSION` in the tenant file becomes an address.
    pub fn with(tenant: &str) -> Self {
        Self::in_lab(Lab::over(&["fusion-operations", "qbd"]), tenant)
    }

    /// The same, in an installation that may have other tenants.
    pub fn in_lab(lab: Lab, tenant: &str) -> Self {
        let (fusion, quickbooks) = (
            simulator("fusion-operations"),
            simulator("quickbooks-desktop"),
        );
        // The seed has two clients whose codes differ in capitals only, which QuickBooks refuses: see `mixes_up`.
        control(
            &fusion,
            &json!({"do": "edit", "entity": "sales-orders", "id": "CV-1006", "set": {"client": "BOREALE"}}),
        );
        let address = fusion.url().trim_start_matches("http://");
        lab.write_tenant("demo", &tenant.replace("FUSION", address));
        let key = "fusion-key-0001:fusion-secret-0001";
        lab.secret("demo", "fusion api_key", key);
        let inbound = opens_door(&lab);
        let service = Service::start_called(&lab, &[]);
        let (qwc, password) = sets_up(&lab, "demo", &quickbooks);
        Self {
            lab,
            quickbooks,
            fusion,
            service,
            inbound,
            qwc,
            password,
        }
    }

    /// One order is of a client whose code differs from another's in capitals only.
    pub fn mixes_up(&self) {
        control(
            &self.fusion,
            &json!({"do": "edit", "entity": "sales-orders", "id": "CV-1006", "set": {"client": "boreale"}}),
        );
    }

    /// The service ends as by a power cut, if it has not died already, and starts again.
    pub fn restart(&mut self, environment: &[(&str, &str)]) {
        self.service.die();
        self.service = Service::start_called(&self.lab, environment);
    }

    pub fn sides(&self) -> Sides<'_> {
        Sides {
            fusion: &self.fusion,
            quickbooks: &self.quickbooks,
        }
    }

    /// One session of the Web Connector; how it ended.
    pub fn session(&self) -> Value {
        self.sides().session()
    }

    /// A command, with sessions until it has ended.
    pub fn with_sessions(&self, line: &str) -> Said {
        let command = self.lab.begin(line);
        until("the command's end", || {
            self.session();
            command.has_ended().then_some(())
        });
        command.said()
    }

    pub fn count(&self, kind: &str) -> u64 {
        self.sides().count(kind)
    }

    pub fn counts(&self) -> Value {
        control(&self.quickbooks, &json!({"do": "counts"}))
    }

    /// Runs a flow through; what it created.
    pub fn run(&self, flow: &str) -> u64 {
        let run = self.with_sessions(&format!("--json run {flow}"));
        let run = run.exits(0).json();
        assert_eq!(run["answer"]["status"], json!("completed"), "{run}");
        let counts = &run["answer"]["counts"][flow];
        counts["created"].as_u64().expect("a count")
    }
}
