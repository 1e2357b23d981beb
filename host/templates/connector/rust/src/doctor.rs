//! The doctor: what a person must set before flows can run. Reads only.

use liaison_sdk::prelude::*;

use crate::api::Api;
use crate::manifest::ENTITY;

pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let account = Api::open(host, ENTITY).and_then(|api| api.get("v1/account"));
    let account = match account {
        Ok(account) => account,
        Err(fault) => return Ok(vec![closed_door(fault)]),
    };
    let name = account["name"].as_str().unwrap_or_default();
    let connected = text!(
        "{{name}}-connected",
        "The API answers for {account}",
        account = name
    );
    let mut findings = vec![finding(Level::Ok, "connected", connected)];
    if account["read_only"] == json!(true) {
        findings.push(Finding {
            place: Some(text!("{{name}}-place-plan", "Account › Plan")),
            fix: Some(text!("{{name}}-fix-plan", "Choose a plan that may write")),
            ..finding(
                Level::Error,
                "read-only",
                text!("{{name}}-read-only", "The account may read and not write"),
            )
        });
    }
    Ok(findings)
}

fn closed_door(fault: Fault) -> Finding {
    Finding {
        place: Some(text!(
            "{{name}}-place-connection",
            "The connection in the tenant's file, and its secrets"
        )),
        fix: Some(text!(
            "{{name}}-fix-connection",
            "Compare base_url and the secret api_key with what the API's operator gave"
        )),
        ..finding(Level::Error, "no-connection", fault.message)
    }
}

fn finding(level: Level, code: &str, message: Text) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        message,
        place: None,
        fix: None,
        ext: Vec::new(),
    }
}
