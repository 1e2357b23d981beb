//! Runs the connector natively against a server and prints what it says.
//!
//! ```text
//! liaison-sim autotask --listen 127.0.0.1:4711 --seed tests/simulators/seeds/autotask.json
//! cargo run --example against -- http://127.0.0.1:4711 USER SECRET CODE [check | ENTITY]
//! ```

use autotask::Autotask;
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, user, secret, code, what @ ..] = args.as_slice() else {
        eprintln!("against ADDRESS USER SECRET CODE [check | ENTITY]");
        std::process::exit(2);
    };
    let settings = json!({"base_url": base, "company_owner": "marie.roy@boreale.example", "default_phone": "555-555-5555"});
    let host = NativeHost::new(
        &settings,
        &[
            ("user_name", user),
            ("secret", secret),
            ("integration_code", code),
        ],
    );
    match what.first().map(String::as_str) {
        None | Some("check") => match Autotask.check(&host) {
            Ok(findings) => findings.iter().for_each(print),
            Err(fault) => println!("{fault:#?}"),
        },
        Some(entity) => walk(&host, entity),
    }
    println!("{} requests", host.sent());
}

fn print(finding: &Finding) {
    println!(
        "{:?} {}: {}",
        finding.level, finding.code, finding.message.fallback
    );
    for (mark, text) in [("at", &finding.place), ("set", &finding.fix)] {
        if let Some(text) = text {
            println!("  {mark} {}", text.fallback);
        }
    }
}

fn walk(host: &NativeHost, entity: &str) {
    let mut at = None;
    loop {
        match Autotask.query(host, entity, &[], at, 500) {
            Ok(page) => {
                page.entries
                    .iter()
                    .for_each(|entry| println!("{}", entry.body));
                at = page.next;
                if !page.more {
                    return println!("complete: {}", page.complete);
                }
            }
            Err(fault) => return println!("{fault:#?}"),
        }
    }
}
