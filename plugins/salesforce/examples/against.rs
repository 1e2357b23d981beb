//! Runs the connector natively against a server and prints what it says. Reads only.
//!
//! ```text
//! cargo run -p salesforce --example against -- http://127.0.0.1:4711 CONSUMER_KEY CONSUMER_SECRET [check | ENTITY [OBJECT]]
//! ```

use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;
use salesforce::Salesforce;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [login, key, secret, what @ ..] = args.as_slice() else {
        eprintln!("against ADDRESS CONSUMER_KEY CONSUMER_SECRET [check | ENTITY [OBJECT]]");
        std::process::exit(2);
    };
    let settings = json!({"login_url": login, "consumer_key": key});
    let host = NativeHost::new(&settings, &[("consumer_secret", secret)]);
    match what {
        [] => check(&host),
        [word] if word == "check" => check(&host),
        [entity] => walk(&host, entity, &[]),
        [entity, object, ..] => {
            let named = filter::condition("object", Comparison::Eq, &[json!(object)]);
            walk(&host, entity, &[named]);
        }
    }
    println!("{} requests", host.sent());
}

fn check(host: &NativeHost) {
    match Salesforce.check(host) {
        Ok(findings) => findings.iter().for_each(print),
        Err(fault) => println!("{fault:#?}"),
    }
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

fn walk(host: &NativeHost, entity: &str, filter: &[Condition]) {
    let mut at = None;
    loop {
        match Salesforce.changes(host, entity, at, filter, 500) {
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
