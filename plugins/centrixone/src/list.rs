//! The list whose contacts are the customers: by name in the settings, by id on the wire.

use crate::api::{id_of, Api};
use crate::assumed::{Object, ALL, NAME};
use liaison_sdk::prelude::*;

/// The list of this connection, looked up once a call.
pub fn id(api: &Api) -> Result<i64, Fault> {
    if let Some(&id) = api.list.get() {
        return Ok(id);
    }
    let lists = api.rows(Object::Lists, ALL)?;
    let id = in_rows(&lists, api.settings.list()).ok_or_else(|| missing(api))?;
    Ok(*api.list.get_or_init(|| id))
}

/// The list of this name.
pub fn in_rows(rows: &[Value], name: &str) -> Option<i64> {
    let same = |row: &&Value| {
        row[NAME]
            .as_str()
            .is_some_and(|other| other.trim().to_lowercase() == name.to_lowercase())
    };
    rows.iter().find(same).and_then(id_of)
}

/// The filter for the contacts of a list.
pub fn of_list(list: i64) -> String {
    format!("{}{list}", Object::Lists.letter())
}

fn missing(api: &Api) -> Fault {
    fault::misconfigured(text!(
        "centrixone-no-list",
        "CentrixOne has no list named “{list}”: the setting `list` names another, or the synchronisation with Acomba is not switched on in CentrixOne",
        list = api.settings.list()
    ))
}
