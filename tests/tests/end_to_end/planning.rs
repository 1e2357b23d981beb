//! Plans, checks and verification: looking without touching.

use liaison_tests::Lab;
use serde_json::json;

#[test]
fn a_plan_writes_nothing_anywhere() {
    let lab = Lab::new();
    let said = lab.liaison("plan invoices").exits(0);
    assert!(said.out.contains("reference: AT-155"), "{}", said.out);
    let (autotask, acomba) = lab.calls();
    for (route, _) in autotask.as_object().into_iter().flatten() {
        let reads = route.ends_with("/query") || route.starts_with("GET ");
        assert!(reads, "{route}");
    }
    for (route, _) in acomba.as_object().into_iter().flatten() {
        assert!(route.starts_with("GET "), "{route}");
    }
    let links = lab.liaison("--json link list invoices").exits(0).json();
    assert_eq!(links["answer"], json!([]));
}

#[test]
fn a_run_of_a_plan_refuses_when_the_world_has_moved() {
    let lab = Lab::new();
    let plan = lab.liaison("--json plan invoices").exits(0).json();
    let hash = plan["answer"]["hash"].as_str().expect("a hash").to_owned();
    lab.in_autotask(json!({"do": "void_invoice", "id": 155}));
    lab.liaison(&format!("run invoices --plan {hash}"))
        .exits(2)
        .says("the world has moved");
    assert!(lab.acomba_invoices(156).is_empty());
    let plan = lab.liaison("--json plan invoices").exits(0).json();
    let hash = plan["answer"]["hash"].as_str().expect("a hash").to_owned();
    lab.liaison(&format!("run invoices --plan {hash}")).exits(4);
    assert_eq!(lab.acomba_invoices(156).len(), 1);
}

#[test]
fn one_record_at_a_time() {
    let lab = Lab::new();
    let said = lab
        .liaison("--json run invoices --record 156")
        .exits(0)
        .json();
    let outcomes = said["answer"]["outcomes"].as_array().expect("outcomes");
    let ours = outcomes
        .iter()
        .find(|o| o["flow"] == json!("invoices"))
        .expect("the invoice");
    assert_eq!(ours["settled"], json!("created"));
    assert_eq!(lab.invoice_number(155), "");
    lab.liaison("run invoices --record 151")
        .exits(0)
        .says("number");
    let plan = lab.liaison("plan invoices --record 151").exits(0);
    let plan = plan.says("nothing to do").says("Nothing to write.");
    assert!(!plan.out.contains("--plan"), "{}", plan.out);
}

#[test]
fn the_doctor_names_the_place_and_the_value() {
    let lab = Lab::new();
    lab.liaison("check")
        .exits(4)
        .says("Sans numéro")
        .says("External Number 999")
        .says("Billing Codes");
    lab.liaison("check --lang fr")
        .exits(4)
        .says("Code de facturation");
}

#[test]
fn bad_credentials_are_a_finding() {
    let lab = Lab::new();
    lab.secret("demo", "acomba api_key", "not-the-key-0000");
    lab.liaison("check").exits(4);
    lab.liaison("run invoices").exits(3);
    assert_eq!(lab.invoice_number(155), "");
}

#[test]
fn verification_finds_what_differs() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.liaison("verify invoices").exits(0);
    lab.in_autotask(json!({"do": "update", "entity": "Invoices", "id": 155,
        "fields": {"invoiceNumber": "somebody"}}));
    lab.liaison("verify invoices").exits(4).says("somebody");
}

#[test]
fn links_go_out_and_come_back() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let csv = lab.liaison("link export invoices").exits(0).out;
    assert_eq!(csv.lines().count(), 10);
    lab.write("links.csv", &csv);
    let file = lab.home().join("links.csv");
    lab.liaison("link remove invoices 155").exits(0);
    lab.liaison(&format!("link import invoices {}", file.display()))
        .exits(0)
        .says("1 would be new");
    lab.liaison(&format!("link import invoices {} --apply", file.display()))
        .exits(0);
    assert_eq!(lab.liaison("link export invoices").exits(0).out, csv);
}

#[test]
fn the_store_is_backed_up_and_restored() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.liaison("store verify").exits(0);
    let file = lab.home().join("all.jsonl");
    lab.liaison(&format!("store export {}", file.display()))
        .exits(0);
    let links = lab.liaison("link export invoices").exits(0).out;
    lab.liaison("link remove invoices 155").exits(0);
    lab.liaison(&format!("store restore {}", file.display()))
        .exits(0);
    assert_eq!(lab.liaison("link export invoices").exits(0).out, links);
    lab.liaison("run invoices").exits(0);
}

#[test]
fn a_copied_flow_is_edited_tested_and_run() {
    let lab = Lab::new();
    lab.liaison("flow add autotask-acomba/customers --name clients")
        .exits(0)
        .says("clients.toml");
    let path = lab.home().join("flows/demo/clients.toml");
    let text = std::fs::read_to_string(&path).expect("copied");
    let edited = text.replace(
        "city = { from = \"city\" }",
        "city = { expr = \"upper(source.city)\" }",
    );
    assert_ne!(text, edited);
    std::fs::write(&path, edited).expect("written");
    let tenant = include_str!("../../tenant.toml").replace(
        "[flows.customers]\npack = \"autotask-acomba/customers\"",
        "[flows.customers]\nfile = \"clients.toml\"",
    );
    lab.write_tenant("demo", &tenant);
    lab.liaison("flow check").exits(0);
    std::fs::create_dir_all(lab.home().join("flows/demo/tests/clients")).expect("a folder");
    let test = std::fs::read_to_string(
        liaison_tests::repository()
            .join("flows/autotask-acomba/tests/customers/company-number.test.toml"),
    )
    .expect("a shipped test");
    lab.write("flows/demo/tests/clients/one.test.toml", &test);
    // The shipped expectation no longer holds: the test says which field differs.
    lab.liaison("flow test customers").exits(4).says("city");
    lab.liaison("run customers").exits(0);
    let cards = lab.acomba_cards("Customer");
    let card = cards
        .iter()
        .find(|card| card["CuNumber"] == json!("176"))
        .expect("the card");
    assert_eq!(card["CuCity"], json!("FATIMA"));
}

#[test]
fn a_store_that_is_gone_is_never_taken_for_a_new_one() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    let made = lab.acomba_cards("Customer").len();
    let store = lab.home().join("data/store");
    let elsewhere = lab.home().join("elsewhere");
    std::fs::rename(&store, &elsewhere).expect("it can be moved");
    for line in [
        "run customers",
        "status",
        "store verify",
        "link list customers",
    ] {
        lab.liaison(line)
            .exits(3)
            .says("is gone")
            .says("--new-store");
    }
    lab.liaison("init").exits(0).says("is gone");
    assert!(!store.exists(), "nothing was made in its place");
    std::fs::rename(&elsewhere, &store).expect("it can be put back");
    lab.liaison("run customers").exits(0);
    assert_eq!(lab.acomba_cards("Customer").len(), made);
    // Only a person's word makes an empty one, and then the records are recognised.
    std::fs::rename(&store, &elsewhere).expect("it can be moved");
    lab.liaison("init --new-store").exits(0).says("empty store");
    lab.liaison("run customers").exits(0);
    assert_eq!(lab.acomba_cards("Customer").len(), made);
}

#[test]
fn a_key_that_is_lost_has_a_way_on_and_nothing_is_hidden_by_accident() {
    let lab = Lab::new();
    let key = lab.home().join("keys/identity.txt");
    let sealed = lab.home().join("keys/demo.secrets.age");
    let elsewhere = lab.home().join("identity");
    std::fs::rename(&key, &elsewhere).expect("it can be moved");
    lab.liaison("run customers").exits(2).says("--new-key");
    // Without the word for it, a key that only the service is given is not replaced.
    lab.liaison("init").exits(0);
    assert!(!key.exists() && sealed.exists());
    lab.liaison("init --new-key").exits(0).says("new key");
    assert!(!sealed.exists(), "what it cannot open stands aside");
    lab.set_secrets("demo");
    lab.liaison("run customers").exits(0);
}
