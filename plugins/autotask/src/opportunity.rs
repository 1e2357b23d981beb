//! What a new opportunity needs beyond a flow's fields.

use crate::api::Api;
use crate::company;
use crate::table::seconds;
use liaison_sdk::prelude::*;

const DAY_MS: i64 = 86_400_000;

/// Midnight, as Autotask stores days, so many days after today.
pub fn day_from_today(api: &Api, days: i64) -> Value {
    let today = date::day(api.now_ms() + api.settings.zone_minutes() * 60_000);
    let start = date::day_number(&today).unwrap_or_default() * DAY_MS;
    seconds(start + days * DAY_MS)
}

/// Adds the owner, the days and the sums that Autotask demands. An opportunity of ours has a quote, whose totals it
/// takes.
///
/// # Errors
/// `misconfigured` without an owner.
pub fn complete(api: &Api, opportunity: &mut Map<String, Value>) -> Result<(), Fault> {
    if !opportunity.contains_key("ownerResourceID") {
        opportunity.insert("ownerResourceID".to_owned(), json!(company::owner(api)?));
    }
    for (column, value) in [
        ("amount", json!(0)),
        ("cost", json!(0)),
        ("useQuoteTotals", json!(true)),
    ] {
        opportunity.entry(column).or_insert(value);
    }
    for (column, days) in [
        ("startDate", 0),
        ("projectedCloseDate", api.settings.open_days()),
    ] {
        opportunity
            .entry(column)
            .or_insert_with(|| day_from_today(api, days));
    }
    Ok(())
}
