//! A task is closed when its status says so.

use crate::salesforce::writes::Draft;

const CLOSED: &str = "Completed";

pub fn before(draft: &mut Draft) {
    let row = &mut draft.row;
    let is_closed = row.text("Status") == CLOSED;
    row.set("IsClosed", is_closed);
}
