//! Records that stand aside, as the command lists them.

use std::collections::BTreeMap;

use liaison_tests::Lab;
use serde_json::{Value, json};

/// By flow and id, with the reason.
pub type Aside = BTreeMap<(String, String), String>;

/// Those of a tenant's flows in a folder, by the names that they have there; `""` is no folder.
pub fn aside(lab: &Lab, tenant: &str, folder: &str) -> Aside {
    let of = |row: &Value| {
        let named = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        ((named("flow"), named("id")), named("code"))
    };
    rows(lab, tenant, folder).iter().map(of).collect()
}

/// The same as whole rows.
pub fn rows(lab: &Lab, tenant: &str, folder: &str) -> Vec<Value> {
    let listed = lab.liaison(&format!("--json quarantine list --tenant {tenant}"));
    let rows = listed.json()["answer"].as_array().cloned();
    let own = |mut row: Value| {
        let (of, flow) = {
            let flow = row["flow"].as_str()?;
            flow.rsplit_once('/').unwrap_or(("", flow))
        };
        let flow = (of == folder).then(|| flow.to_owned())?;
        row["flow"] = json!(flow);
        Some(row)
    };
    rows.unwrap_or_default()
        .into_iter()
        .filter_map(own)
        .collect()
}
