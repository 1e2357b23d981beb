//! Time: of whom, for whom, and how long.

use super::super::refusal::Refusal;
use super::super::value::{Values, reference, text};

pub fn complete(values: &mut Values) -> Result<(), Refusal> {
    let who = match text(values, "NameOf") {
        "Employee" => "EmployeeRef",
        _ => "VendorRef",
    };
    if reference(values, who).is_none() {
        return Err(Refusal::missing(who));
    }
    let lasting = values.contains_key("Hours") || values.contains_key("Minutes");
    let between = values.contains_key("StartTime") && values.contains_key("EndTime");
    if !lasting && !between {
        return Err(Refusal::missing("Hours"));
    }
    if text(values, "BillableStatus") == "Billable" {
        if reference(values, "CustomerRef").is_none() {
            return Err(Refusal::business(
                "When you check Billable, you must also specify a customer.",
            ));
        }
        if reference(values, "ItemRef").is_none() {
            return Err(Refusal::missing("ItemRef"));
        }
    }
    if text(values, "BillableStatus").is_empty() {
        values.insert("BillableStatus".to_owned(), "NotBillable".into());
    }
    Ok(())
}
