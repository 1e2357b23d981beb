//! `liaison connection setup`: what a person needs before a connection works.
//!
//! The connector says what it is; files go into a folder, secrets are made up, kept sealed and shown once.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::config::installation::Installation;
use crate::connector::Connector;
use crate::connector::inbound::PreparedFile;
use crate::model::text::words;
use crate::model::{ConnectionId, TenantId, Token};
use crate::secret::{SecretName, SecretValue};

use super::request::{Answer, SetupFile, SetupReport, SetupSecret};
use super::{Blame, Control, ControlError, Doing};

impl Control {
    pub(super) async fn connection_setup(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        folder: &Path,
        force: bool,
    ) -> Result<Answer, ControlError> {
        let tenant = self.tenant(Some(tenant))?;
        let config = self.read_tenant(&tenant)?;
        if !config.connections.contains_key(&connection) {
            return Err(self.no_connection(&tenant, &config, &connection));
        }
        let connector = self.connect_unfinished(&config, &connection).await?;
        let (loaded, _) = self.loaded_for(&config.connections[&connection]).await?;
        let door = |address| format!("{address}/in/{tenant}/{connection}");
        let address = match (loaded.is_called(), loaded.has_door()) {
            (true, _) => door(self.public_address()?),
            // Hints may come in; without a door it does without them.
            (false, true) => self.public_address().map(door).unwrap_or_default(),
            (false, false) => String::new(),
        };
        let Some(prepared) = connector.prepare(&address).await else {
            let message = words!(
                "error-no-setup",
                "connector `{connector}` needs no set-up of this kind",
                connector = connector.manifest().name
            );
            return Err(ControlError::new("no-setup", Blame::Command, message).hint(
                "no-setup",
                vec![],
                "`liaison check` says what its connections still lack",
            ));
        };
        let prepared =
            prepared.map_err(|fault| ControlError::fault(connection.as_str(), &fault))?;
        std::fs::create_dir_all(folder)
            .map_err(|cause| ControlError::io(Doing::Create, folder, cause))?;
        if !force {
            // The connector names the files: it must not replace one that is somebody else's.
            let is_other = |file: &&PreparedFile| {
                let there = std::fs::read(folder.join(&file.name));
                there.is_ok_and(|there| there != file.content)
            };
            if let Some(file) = prepared.files.iter().find(is_other) {
                return Err(other_file(&folder.join(&file.name)));
            }
        }
        let mut files = Vec::new();
        for file in prepared.files {
            let path = folder.join(&file.name);
            let fresh = folder.join(format!(".{}.new", file.name));
            std::fs::write(&fresh, &file.content)
                .and_then(|()| std::fs::rename(&fresh, &path))
                .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
            files.push(SetupFile {
                path: path.display().to_string(),
                purpose: file.purpose,
            });
        }
        let mut secrets = Vec::new();
        for name in prepared.generate {
            let value = made_up()?;
            let secret = SecretName::new(connection.clone(), &name)?;
            // From here on the one before opens nothing.
            self.secrets
                .set(&tenant, &secret, &SecretValue::new(value.clone()))?;
            secrets.push(SetupSecret { name, value });
        }
        Ok(Answer::Setup(SetupReport {
            connection,
            address,
            files,
            secrets,
            steps: prepared.steps,
        }))
    }

    /// The URL under which systems reach the service.
    fn public_address(&self) -> Result<String, ControlError> {
        let serve = self.installation()?.serve;
        if let Some(address) = serve.address {
            return Ok(address);
        }
        // Where it listens is no name for a system elsewhere when that is every address it has.
        let inbound = serve
            .inbound
            .filter(|inbound| !inbound.ip().is_unspecified());
        let Some(inbound) = inbound else {
            let message = words!(
                "error-no-inbound",
                "this installation has no address at which a system could call it"
            );
            return Err(
                ControlError::new("no-inbound", Blame::Command, message).hint(
                    "no-inbound",
                    vec![],
                    "write in liaison.toml, under [serve]: inbound = \"127.0.0.1:4181\" and address = \"https://…\", the name of this machine for the system",
                ),
            );
        };
        let scheme = match serve.certificate {
            Some(_) => "https",
            None => "http",
        };
        Ok(format!("{scheme}://{inbound}"))
    }

    /// A connection, ready to be called; for the door of its system.
    pub async fn connector_of(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Arc<dyn Connector>, ControlError> {
        let config = self.read_tenant(tenant)?;
        match config.connections.contains_key(connection) {
            true => self.connect(&config, connection).await,
            false => Err(self.no_connection(tenant, &config, connection)),
        }
    }

    /// Changes when a secret of the tenant does.
    pub fn secrets_stamp(&self, tenant: &TenantId) -> Option<(SystemTime, u64)> {
        let about = std::fs::metadata(self.secrets.file(tenant)).ok()?;
        Some((about.modified().ok()?, about.len()))
    }

    /// `liaison.toml` as it is now.
    pub fn installation(&self) -> Result<Installation, ControlError> {
        let text = self.home.read(&self.home.settings())?;
        Installation::read(&text).map_err(ControlError::problems)
    }
}

fn other_file(path: &Path) -> ControlError {
    let message = words!(
        "error-setup-file",
        "{path} is there already and says something else",
        path = path.display()
    );
    ControlError::new("setup-file", Blame::Command, message).hint(
        "setup-file",
        vec![],
        "name another folder with --out, or replace it with --force",
    )
}

/// 128 bits of chance, in 26 characters that nobody misreads.
fn made_up() -> Result<String, ControlError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|cause| ControlError::bug(cause.to_string()))?;
    Ok(Token::from_bits(bits).to_string())
}
