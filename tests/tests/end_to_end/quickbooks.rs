//! Fusion Operations into QuickBooks Desktop, by the real service, both connectors and both vendors in miniature:
//! QuickBooks' Web Connector polls the service, and carries in its sessions what waits.

use std::process::{Child, Command, Stdio};

use liaison_simulators::shell::Running;
use liaison_simulators::simulator::Simulator;
use liaison_tests::service::until;
use liaison_tests::{Lab, Said, control, program, simulator};
use serde_json::{Value, json};

use super::relay::{Service, free_address, has_ended, said};

const TENANT: &str = r#"
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

[flows.pulled_estimates]
pack = "fusion-qbd/pulled_estimates"
"#;

/// A workshop with Fusion Operations, and a computer with QuickBooks in its office.
struct Workshop {
    lab: Lab,
    quickbooks: Running,
    _fusion: Running,
    _service: Service,
}

impl Workshop {
    /// Set up as a person does it: the file of the setup into the Web Connector, and the password.
    fn new() -> Self {
        let lab = Lab::over(&["fusion-operations", "qbd"]);
        let (fusion, quickbooks) = (
            simulator("fusion-operations"),
            simulator("quickbooks-desktop"),
        );
        let address = fusion.url().trim_start_matches("http://");
        lab.write_tenant("demo", &TENANT.replace("FUSION", address));
        let key = "fusion-key-0001:fusion-secret-0001";
        lab.secret("demo", "fusion api_key", key);
        let inbound = free_address();
        let port = inbound.rsplit(':').next().expect("a port");
        let before = std::fs::read_to_string(lab.home().join("liaison.toml")).expect("a file");
        lab.write(
            "liaison.toml",
            &format!(
                "{before}\n[serve]\ninbound = \"{inbound}\"\naddress = \"http://localhost:{port}\"\n"
            ),
        );
        let service = Service::start(&lab, &[]);
        let out = lab.home().join("out");
        let line = format!(
            "--json connection setup demo quickbooks --out {}",
            out.display()
        );
        let told = lab.liaison(&line).exits(0).json()["answer"].clone();
        let file = told["files"][0]["path"].as_str().expect("a file");
        let qwc = std::fs::read_to_string(file).expect("the file is there");
        let password = &told["secrets"][0]["value"];
        control(
            &quickbooks,
            &json!({"do": "poll", "qwc": qwc, "password": password}),
        );
        Self {
            lab,
            quickbooks,
            _fusion: fusion,
            _service: service,
        }
    }

    /// One session of the Web Connector; how it ended.
    fn session(&self) -> Value {
        let (now, action) = (self.quickbooks.now(), json!({"do": "session", "poll": 0}));
        let errand = self
            .quickbooks
            .with(|quickbooks: &mut dyn Simulator| quickbooks.errand(&action, now));
        let ended = errand.expect("a session is an errand")();
        ended.unwrap_or_else(|words| json!({ "ended": words }))
    }

    fn begin(&self, line: &str) -> Child {
        Command::new(program())
            .args(line.split_whitespace())
            .env("LIAISON_HOME", self.lab.home())
            .env_remove("LIAISON_LANG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/debug/liaison is built by `cargo xtask test`")
    }

    /// A command, with sessions until it has ended.
    fn with_sessions(&self, line: &str) -> Said {
        let command = self.begin(line);
        until("the command's end", || {
            self.session();
            has_ended(&command).then_some(())
        });
        said(command)
    }

    fn count(&self, kind: &str) -> u64 {
        let counts = control(&self.quickbooks, &json!({"do": "counts"}));
        counts[kind].as_u64().unwrap_or(0)
    }

    fn counts(&self) -> Value {
        control(&self.quickbooks, &json!({"do": "counts"}))
    }

    /// Runs a flow through; what it created.
    fn run(&self, flow: &str) -> u64 {
        let run = self.with_sessions(&format!("--json run {flow}"));
        let run = run.exits(0).json();
        assert_eq!(run["answer"]["status"], json!("completed"), "{run}");
        run["answer"]["counts"]["created"].as_u64().unwrap_or(0)
    }
}

#[test]
fn orders_and_shipments_of_the_workshop_stand_in_quickbooks_once() {
    let shop = Workshop::new();
    shop.lab
        .liaison("check")
        .exits(4)
        .says("The Web Connector has never called");
    shop.session();
    let check = shop.with_sessions("check").exits(0);
    let check = check.says("QuickBooks lets this application in");
    check.says("QuickBooks lets records be written");
    for (flow, kind) in [
        ("sales_orders", "SalesOrder"),
        ("invoices", "Invoice"),
        ("purchase_orders", "PurchaseOrder"),
    ] {
        let before = shop.count(kind);
        shop.run(flow);
        assert!(shop.count(kind) > before, "{flow}");
        println!("{flow}: {} created", shop.count(kind) - before);
    }
    let (quiet, settled) = (
        shop.counts(),
        ["sales_orders", "invoices", "purchase_orders"],
    );
    for flow in settled {
        assert_eq!(shop.run(flow), 0, "{flow} a second time");
    }
    assert_eq!(shop.counts(), quiet);
    // And back: an estimate becomes an order of the workshop, once.
    shop.run("pulled_estimates");
    assert_eq!(shop.run("pulled_estimates"), 0);
    shop.lab.liaison("store verify").exits(0);
}

#[test]
fn a_computer_that_loses_power_in_every_session_has_each_order_once() {
    let shop = Workshop::new();
    let before = shop.count("SalesOrder");
    let run = shop.begin("--json run sales_orders");
    let mut lost = 0;
    for step in 1..400_u64 {
        // Each session gets a little further than the one before.
        let fault = json!({"do": "fault", "die_at": 2 + step % 45});
        control(&shop.quickbooks, &fault);
        let ended = shop.session();
        lost += u64::from(ended["ended"] != json!("closed"));
        if has_ended(&run) {
            break;
        }
    }
    control(&shop.quickbooks, &json!({"do": "clear_faults"}));
    until("the run's end", || {
        shop.session();
        has_ended(&run).then_some(())
    });
    said(run).exits(0);
    println!("power lost {lost} times");
    assert!(lost > 10, "{lost}");
    shop.run("sales_orders");
    let orders = control(
        &shop.quickbooks,
        &json!({"do": "rows", "kind": "SalesOrder"}),
    );
    assert_eq!(shop.count("SalesOrder"), before + 7, "{orders}");
    for (kind, key) in [("Customer", "FullName"), ("ItemNonInventory", "FullName")] {
        let rows = control(&shop.quickbooks, &json!({"do": "rows", "kind": kind}));
        let mut names: Vec<String> = rows
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| row[key].to_string())
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{kind}");
    }
}
