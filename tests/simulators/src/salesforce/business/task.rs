//! A task has a status and a priority from the start, and is closed when its status says so.

use crate::salesforce::writes::Draft;

const DEFAULTS: [(&str, &str); 2] = [("Status", "Not Started"), ("Priority", "Normal")];
const CLOSED: &str = "Completed";

pub fn before(draft: &mut Draft) {
    let row = &mut draft.row;
    for (field, value) in DEFAULTS {
        if row.text(field).is_empty() {
            row.set(field, value);
        }
    }
    let is_closed = row.text("Status") == CLOSED;
    row.set("IsClosed", is_closed);
}
