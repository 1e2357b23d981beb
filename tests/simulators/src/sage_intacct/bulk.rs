//! Many records of one kind, for benchmarks: `B000001` and on; contracts go to customers in turn, with so many lines each.

use std::ops::Range;

use serde_json::{Value, json};

use super::act::Act;
use super::control::element;
use super::schema::{Object, known};
use super::write;

pub fn make(
    act: &mut Act<'_>,
    object: &'static Object,
    numbers: Range<u64>,
    prefix: &str,
    lines: u64,
) -> Result<Value, String> {
    let ids = |name: &str| -> Vec<String> {
        let id = known(name).id.as_deref().unwrap_or("RECORDNO");
        let rows = act.company.rows(name);
        rows.filter(|row| row.get("STATUS") != "inactive" && !row.get("ITEMTYPE").contains("Kit"))
            .map(|row| row.get(id).to_owned())
            .collect()
    };
    let (customers, items) = (ids("CUSTOMER"), ids("ITEM"));
    let (terms, places) = (ids("ARTERM"), ids("LOCATION"));
    let pick = |all: &[String], n: u64| -> Result<String, String> {
        let at = usize::try_from(n).unwrap_or_default() % all.len().max(1);
        all.get(at)
            .cloned()
            .ok_or_else(|| "there is nothing to choose from".to_owned())
    };
    let (mut first, mut last) = (None, None);
    for n in numbers {
        let id = format!("{prefix}{n:06}");
        let record = match object.name.as_str() {
            "CUSTOMER" => json!({
                "CUSTOMERID": id, "NAME": format!("Customer {id}"),
                "DISPLAYCONTACT": { "PRINTAS": format!("Customer {id}") },
            }),
            "CONTACT" => json!({ "CONTACTNAME": id, "PRINTAS": id }),
            "ITEM" => json!({
                "ITEMID": id, "NAME": format!("Item {id}"), "ITEMTYPE": "Non-Inventory",
            }),
            "CONTRACT" => json!({
                "CONTRACTID": id, "CUSTOMERID": pick(&customers, n)?, "NAME": format!("Contract {id}"),
                "BEGINDATE": "01/01/2026", "ENDDATE": "12/31/2026", "TERMNAME": pick(&terms, 0)?,
                "LOCATIONID": pick(&places, 0)?, "BILLINGFREQUENCY": "Monthly",
            }),
            other => return Err(format!("bulk does not make {other}")),
        };
        let key = write::create(act, object, &element(&object.name, &record)?)?;
        for line in 0..if object.name == "CONTRACT" { lines } else { 0 } {
            let record = json!({
                "CONTRACTID": id, "ITEMID": pick(&items, n + line)?, "BILLINGMETHOD": "Fixed price",
                "BILLINGOPTIONS": "One-time", "BEGINDATE": "01/01/2026", "ENDDATE": "12/31/2026",
                "LOCATIONID": pick(&places, 0)?, "FLATAMOUNT": n % 900 + 100 + line,
            });
            let object = known("CONTRACTDETAIL");
            write::create(act, object, &element(&object.name, &record)?)?;
        }
        first.get_or_insert(key);
        last = Some(key);
    }
    Ok(json!({ "first_key": first, "last_key": last }))
}
