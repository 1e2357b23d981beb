//! Runs the connector natively against a gateway and prints what it says. Reads only.
//!
//! ```text
//! cargo run -p intacct --example against -- http://127.0.0.1:4711/ia/xml/xmlgw.phtml SENDER PASSWORD COMPANY USER PASSWORD [check | ENTITY]
//! ```

use intacct::Intacct;
use liaison_sdk::native::NativeHost;
use liaison_sdk::prelude::*;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, sender, sender_password, company, user, user_password, what @ ..] = args.as_slice()
    else {
        eprintln!("against ADDRESS SENDER PASSWORD COMPANY USER PASSWORD [check | ENTITY]");
        std::process::exit(2);
    };
    let settings =
        json!({"base_url": base, "sender_id": sender, "company_id": company, "user_id": user});
    let secrets = [
        ("sender_password", sender_password.as_str()),
        ("user_password", user_password.as_str()),
    ];
    let host = NativeHost::new(&settings, &secrets);
    match what.first().map(String::as_str) {
        None | Some("check") => match Intacct.check(&host) {
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
        match Intacct.changes(host, entity, at, &[], 500) {
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
