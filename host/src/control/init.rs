//! Makes a new installation.

use std::path::Path;

use serde::Serialize;

use crate::secret::SecretStore;
use crate::store::sled::SledStore;

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

/// What `init` made; what was there already is left as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Made {
    pub installation: bool,
    pub key: bool,
    pub store: bool,
}

/// Creates the folders and files of an installation, and in an existing one the key that it lacks. Its
/// store only where `new_store` says that an empty one is wanted.
pub fn init(root: &Path, lang: &str, new_store: bool) -> Result<Made, ControlError> {
    let home = Home::new(root);
    let mut made = Made {
        installation: !home.exists(),
        ..Made::default()
    };
    if made.installation {
        for folder in [
            root,
            &home.tenants(),
            &root.join("flows"),
            &home.connectors(),
            &root.join("data"),
        ] {
            std::fs::create_dir_all(folder)
                .map_err(|cause| ControlError::io(Doing::Create, folder, cause))?;
        }
    }
    made.key = SecretStore::open(&home.keys()).ensure_key()?;
    if (made.installation || new_store) && !SledStore::is_made(&home.store()) {
        SledStore::open(&home.store())?;
        made.store = true;
    }
    if made.installation {
        write(&home.tenants().join("example.toml.txt"), EXAMPLE)?;
        // Last, because this file is what makes the folder an installation.
        write(&home.settings(), &SETTINGS.replace("LANG", lang))?;
    }
    Ok(made)
}

fn write(path: &Path, text: &str) -> Result<(), ControlError> {
    std::fs::write(path, text).map_err(|cause| ControlError::io(Doing::Write, path, cause))
}
