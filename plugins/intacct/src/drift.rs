//! Whether Intacct's times are in the zone they are taken for.
//!
//! What was written just now must have been changed just now. When it was changed an hour or eight ago instead, the times
//! are of another zone, and walks of changes would pass over what they are for. Nothing is turned by that alone: it is
//! said in the log and by the doctor.

use crate::api::Api;
use crate::stamp;

const KEY: &str = "drift-minutes";
/// A session's time may be half an hour old.
const DRIFT_MINUTES_MIN: i64 = 45;
const QUARTER: i64 = 15;

/// Looks at the version of a record that was written just now.
pub fn look(api: &Api, version: Option<&str>) {
    let changed = version.and_then(|version| stamp::instant_from_wire(version, api.offset));
    let Some(changed) = changed else {
        return;
    };
    // To the nearest quarter of an hour: every zone is a number of those away.
    let quarter_ms = QUARTER * 60_000;
    let quarters = (changed - api.now_ms() + quarter_ms / 2).div_euclid(quarter_ms) * QUARTER;
    if quarters.abs() < DRIFT_MINUTES_MIN {
        api.host().memory_delete(KEY);
        return;
    }
    api.host().warn(&format!(
        "a record that was written just now has a time {quarters} minutes away: see the setting `utc_offset`"
    ));
    let text = quarters.to_string();
    if api.host().memory_set(KEY, text.as_bytes()).is_err() {
        api.host().debug("that is not remembered");
    }
}

/// The distance that was last seen, in minutes.
pub fn seen(api: &Api) -> Option<i64> {
    let text = api.host().memory_get(KEY)?;
    std::str::from_utf8(&text).ok()?.parse().ok()
}
