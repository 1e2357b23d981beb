//! Makes a new installation.

use std::path::Path;

use crate::secret::SecretStore;

use super::home::Home;
use super::{ControlError, Doing};

const SETTINGS: &str = "\
# What holds for the whole installation. See `liaison --help`.

# The language of what you read here and of tickets: \"en\" or \"fr\".
language = \"LANG\"
";

const EXAMPLE: &str = "\
# One customer: copy this file to tenants/NAME.toml and fill it in.
# `liaison connector list` shows the connectors, `liaison flow packs` the flows that ship.

title = \"Example\"

[connections.autotask]
connector = \"autotask\"
hosts = [\"*.autotask.net\"]

[connections.acomba]
connector = \"acomba\"
hosts = [\"acomba.example.com\"]

[connections.acomba.settings]
base_url = \"https://acomba.example.com\"
company = \"acme\"

[flows.invoices]
pack = \"autotask-acomba/invoices\"

[flows.invoices.options]
ticket_category = \"NO_TICKET\"

[flows.customers]
pack = \"autotask-acomba/customers\"

[flows.customers.options]
ticket_category = \"NO_TICKET\"

[flows.products]
pack = \"autotask-acomba/products\"

[flows.products.options]
ticket_category = \"NO_TICKET\"
";

/// Creates the folders and files of an installation. An existing one is left as it is.
///
/// Answers whether anything was made.
pub fn init(root: &Path, lang: &str) -> Result<bool, ControlError> {
    let home = Home::new(root);
    if home.exists() {
        return Ok(false);
    }
    let data = root.join("data");
    for folder in [
        root,
        &home.tenants(),
        &root.join("flows"),
        &home.connectors(),
        &data,
    ] {
        std::fs::create_dir_all(folder)
            .map_err(|cause| ControlError::io(Doing::Create, folder, cause))?;
    }
    SecretStore::open(&home.keys()).ensure_key()?;
    write(&home.tenants().join("example.toml.txt"), EXAMPLE)?;
    // Last, because this file is what makes the folder an installation.
    write(&home.settings(), &SETTINGS.replace("LANG", lang))?;
    Ok(true)
}

fn write(path: &Path, text: &str) -> Result<(), ControlError> {
    std::fs::write(path, text).map_err(|cause| ControlError::io(Doing::Write, path, cause))
}
