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
    /// The installation had one, and it is not there.
    pub store_gone: bool,
}

/// What may be made in the place of something that was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Anew {
    pub store: bool,
    pub key: bool,
}

/// Creates the folders and files of an installation. In one that was there before only what `anew` names, since
/// a store or a key that is missing was lost.
pub fn init(root: &Path, lang: &str, anew: Anew) -> Result<Made, ControlError> {
    let home = Home::new(root);
    let mut made = Made {
        installation: !home.exists(),
        ..Made::default()
    };
    // With tenants but without its settings it is one that lost a file.
    let first_time = made.installation && home.tenant_ids().unwrap_or_default().is_empty();
    let secrets = SecretStore::open(&home.keys());
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
    if anew.key || !secrets.has_sealed()? {
        made.key = secrets.ensure_key()?;
    }
    if (first_time || anew.store) && !SledStore::is_made(&home.store()) {
        SledStore::open(&home.store())?;
        made.store = true;
    }
    made.store_gone = !SledStore::is_made(&home.store());
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
