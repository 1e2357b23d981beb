//! Runs the connector natively against a server and prints what it says. Reads only.
//!
//! ```text
//! cargo run -p fusion-operations --example against -- http://127.0.0.1:4711 KEY:SECRET [check | ENTITY]
//! ```

use fusion_operations::FusionOperations;
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, key, what @ ..] = args.as_slice() else {
        eprintln!("against ADDRESS KEY:SECRET [check | ENTITY]");
        std::process::exit(2);
    };
    let host = NativeHost::new(&json!({ "base_url": base }), &[("api_key", key)]);
    match what.first().map(String::as_str) {
        None | Some("check") => match FusionOperations.check(&host) {
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
        match FusionOperations.changes(host, entity, at, &[], 500) {
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
