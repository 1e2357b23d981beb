//! "Sync to Intacct" by an outbound message: Salesforce calls, and the flows run at once.

use liaison_simulators::shell::Running;
use liaison_tests::control;
use liaison_tests::desks::{Desks, TENANT};
use liaison_tests::service::{Service, free_address, until};
use serde_json::{Value, json};

const FLOW: &str = "pack = \"salesforce-intacct/contracts\"\n";
const SECRET: &str = "0123456789ABCDEFGHJKMNPQRS";

/// Whether Salesforce was told that its message arrived.
fn is_acknowledged(salesforce: &Running, url: &str) -> bool {
    // What was refused is sent again after a while.
    salesforce.advance_ms(61_000);
    let told = control(salesforce, &json!({"do": "deliver_outbound", "url": url}));
    let told = told.as_array().cloned().unwrap_or_default();
    assert!(!told.is_empty(), "no message is due");
    told.iter().all(|one| one["acked"] == json!(true))
}

#[test]
fn a_press_that_salesforce_tells_of_is_answered_at_once() {
    let twice_a_day = format!("{FLOW}schedule = \"every 12 hours\"\n");
    let desks = Desks::with(&TENANT.replace(FLOW, &twice_a_day));
    let lab = &desks.lab;
    lab.secret("demo", "salesforce message_secret", SECRET);
    let inbound = free_address();
    let port = inbound.rsplit(':').next().expect("a port");
    let before = std::fs::read_to_string(lab.home().join("liaison.toml")).expect("a file");
    lab.write(
        "liaison.toml",
        &format!(
            "{before}\n[serve]\ninbound = \"{inbound}\"\naddress = \"http://localhost:{port}\"\n"
        ),
    );
    let _service = Service::start_called(lab, &[]);
    let last_run = || -> Value {
        let said = lab.liaison("--json status").exits(0).json();
        let rows = said["answer"].as_array().cloned().unwrap_or_default();
        let row = rows
            .into_iter()
            .find(|row| row["flow"] == json!("contracts"));
        row.map(|row| row["last_run"].clone()).unwrap_or_default()
    };
    // A flow that never ran is due at once; after that only in half a day.
    until("the first run", || {
        last_run()["ended_at"].is_string().then_some(())
    });
    let message = json!({"name": "sync", "object": "Contract", "fields": ["Status"],
        "when": "ia_crm__Sync_with_Intacct__c = TRUE"});
    control(
        &desks.salesforce,
        &json!({"do": "add_outbound_message", "message": message}),
    );
    let run = last_run()["id"].clone();
    let id = desks.signs("Told", &json!({}));
    let url = format!("http://{inbound}/in/demo/salesforce/message/");
    assert!(
        !is_acknowledged(&desks.salesforce, &format!("{url}A-GUESS")),
        "a stranger rings in vain"
    );
    assert_eq!(last_run()["id"], run);
    assert!(is_acknowledged(
        &desks.salesforce,
        &format!("{url}{SECRET}")
    ));
    until("its contract", || {
        desks.contract(&id)["ia_crm__IntacctID__c"]
            .is_string()
            .then_some(())
    });
    desks.is_posted(&id, 0);
}
