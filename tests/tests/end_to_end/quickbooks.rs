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

[flows.stock]
pack = "fusion-qbd/stock"
options = { adjustment_account = "Inventory Adjustments" }

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
        let counts = &run["answer"]["counts"][flow];
        counts["created"].as_u64().expect("a count")
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
        // Though it waited for sessions in between, it tells of all that it made.
        let told = shop.run(flow);
        assert!(told > 0, "{flow}");
        assert_eq!(shop.count(kind) - before, told, "{flow}");
        println!("{flow}: {told} created");
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

/// What QuickBooks has in stock is what the workshop has, whoever moved it.
#[test]
fn stock_is_adjusted_to_what_the_workshop_has_each_time() {
    let shop = Workshop::new();
    let stocked = ["BOIS-ERABLE", "VIS-8X2"];
    for code in stocked {
        let record = json!({"Name": code, "IncomeAccountRef": "Sales",
            "COGSAccountRef": "Cost of Goods Sold", "AssetAccountRef": "Inventory Asset"});
        let add = json!({"do": "add", "kind": "ItemInventory", "record": record});
        control(&shop.quickbooks, &add);
    }
    let run = |expected: u64| {
        let run = shop.with_sessions("--json run stock").json();
        let counts = run["answer"]["counts"]["stock"].clone();
        assert_eq!(counts["updated"], json!(expected), "{run}");
        counts["quarantined"].as_u64().unwrap_or(0)
    };
    let adjustments = || shop.count("InventoryAdjustment");
    let on_hand = |code: &str| {
        let item = json!({"do": "object", "kind": "ItemInventory", "key": code});
        control(&shop.quickbooks, &item)["QuantityOnHand"].clone()
    };
    let before = adjustments();
    let missing = run(2);
    assert!(missing > 0, "products without a stocked item are told");
    let quantities = stocked.map(on_hand);
    println!("{missing} without an item; {quantities:?}");
    assert_eq!(adjustments(), before + 2);
    run(0);
    assert_eq!(adjustments(), before + 2);
    // Goods leave by QuickBooks; the workshop's figure stands still.
    control(
        &shop.quickbooks,
        &json!({"do": "set_stock", "item": stocked[0], "quantity": "3"}),
    );
    let before = adjustments();
    run(1);
    assert_eq!(
        (adjustments(), stocked.map(on_hand)),
        (before + 1, quantities)
    );
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
