//! Another host binary in the place of the one that serves, while a run is in hand.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use liaison_tests::service::{Service, until};
use liaison_tests::{Lab, program};
use serde_json::json;

use super::{arrived, new_invoices, tenant};

const INVOICES: usize = 40;

#[test]
fn a_new_host_takes_over_in_mid_run_and_loses_nothing() {
    let lab = Lab::new();
    lab.write_tenant("demo", &tenant("every 10 s"));
    // Long enough that somebody can come in between.
    let slow = json!([{"probability": 1.0, "seed": 1, "action": {"delay": {"ms": 40}}}]);
    lab.acomba.set_faults(&slow).expect("a valid fault");
    let old = Service::start(&lab, &[]);
    let invoices = new_invoices(&lab, INVOICES as u32);
    until("the first of them", || {
        (!arrived(&lab, &invoices).is_empty()).then_some(())
    });
    let (exit, log) = old.stop();
    assert_eq!(exit, Some(0), "{log}");
    let before = arrived(&lab, &invoices).len();
    assert!(before < INVOICES, "the run was over before it was ended");
    // Another file with other bytes, as an update brings it.
    let next = lab.home().join("liaison-next");
    std::fs::copy(program(), &next).expect("copied");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&next)
        .expect("opened");
    file.write_all(b"another build").expect("written");
    drop(file);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&next, mode).expect("it may be run");
    let _new = Service::start_of(&next, &lab);
    until("all invoices", || {
        (arrived(&lab, &invoices).len() >= INVOICES).then_some(())
    });
    let wanted: Vec<i64> = invoices.iter().copied().collect();
    assert_eq!(arrived(&lab, &invoices), wanted, "each once");
    until("no open create", || {
        let report = lab.liaison("--json store verify").exits(0).json();
        (report["answer"]["intents"] == json!(0)).then_some(())
    });
    println!("{before} of {INVOICES} invoices by the old host, the rest by the new one, each once");
}
