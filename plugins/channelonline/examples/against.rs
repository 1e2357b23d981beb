//! Runs the connector natively against a service and prints what it says. Reads only.
//!
//! ```text
//! cargo run -p channelonline --example against -- http://127.0.0.1:4711/REQUEST SHORTCUT EMAIL PASSWORD AGENT [check | ENTITY]
//! ```

use channelonline::ChannelOnline;
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, shortcut, email, password, agent, what @ ..] = args.as_slice() else {
        eprintln!("against ADDRESS SHORTCUT EMAIL PASSWORD AGENT [check | ENTITY]");
        std::process::exit(2);
    };
    let settings =
        json!({"base_url": base, "shortcut": shortcut, "email": email, "user_agent": agent});
    let host = NativeHost::new(&settings, &[("password", password.as_str())]);
    match what.first().map(String::as_str) {
        None | Some("check") => match ChannelOnline.check(&host) {
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
        match ChannelOnline.changes(host, entity, at, &[], 500) {
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
