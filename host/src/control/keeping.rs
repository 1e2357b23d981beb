//! Secrets, and the store as files.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::engine::world::World;
use crate::model::{ConnectionId, TenantId};
use crate::owner_only;
use crate::secret::{SecretName, SecretValue};
use crate::store::Store;
use crate::store::export::{self, ImportMode};
use crate::store::sled::SledStore;

use super::request::{Answer, Sealed, SecretRow};
use super::{Control, ControlError, Doing};

impl Control {
    pub(super) async fn secret_set(
        &self,
        tenant: Option<TenantId>,
        connection: ConnectionId,
        name: &str,
        value: Sealed,
    ) -> Result<Answer, ControlError> {
        let tenant = self.tenant(tenant)?;
        let config = self.read_tenant(&tenant)?;
        let known = config.connections.get(&connection);
        if let Some(known) = known {
            self.check_secret_name(known.connector.as_str(), name)
                .await?;
        } else {
            let known: Vec<&str> = config
                .connections
                .keys()
                .map(ConnectionId::as_str)
                .collect();
            let known = known.join(", ");
            let english =
                format!("tenant `{tenant}` has no connection `{connection}`; it has: {known}");
            let args = vec![
                ("tenant", tenant.to_string()),
                ("connection", connection.to_string()),
                ("known", known),
            ];
            return Err(ControlError::command("no-connection", args, english));
        }
        let secret = SecretName::new(connection.clone(), name)?;
        let value = SecretValue::new(value.0);
        let short = !value.can_be_scrubbed();
        self.secrets.set(&tenant, &secret, &value)?;
        Ok(Answer::SecretKept {
            connection,
            name: name.to_owned(),
            short,
        })
    }

    /// A secret that the connector never asks for is a slip of the pen. One whose connector is not
    /// installed yet is taken as it is.
    async fn check_secret_name(&self, connector: &str, name: &str) -> Result<(), ControlError> {
        let Ok(loaded) = self.connector(connector).await else {
            return Ok(());
        };
        let uses = &loaded.manifest.secrets;
        if uses.iter().any(|secret| secret.name == name) {
            return Ok(());
        }
        let known: Vec<&str> = uses.iter().map(|secret| secret.name.as_str()).collect();
        let known = known.join(", ");
        let english = format!("connector `{connector}` uses no secret `{name}`; it uses: {known}");
        let args = vec![
            ("connector", connector.to_owned()),
            ("name", name.to_owned()),
            ("known", known),
        ];
        Err(ControlError::command("no-secret-use", args, english))
    }

    pub(super) fn secret_list(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let mut rows = Vec::new();
        for id in self.tenants(tenant)? {
            for secret in self.secrets.list(&id)? {
                rows.push(SecretRow {
                    tenant: id.clone(),
                    connection: secret.connection,
                    name: secret.name,
                });
            }
        }
        Ok(Answer::Secrets(rows))
    }

    pub(super) fn secret_remove(
        &self,
        tenant: Option<TenantId>,
        connection: ConnectionId,
        name: &str,
    ) -> Result<Answer, ControlError> {
        let tenant = self.tenant(tenant)?;
        let existed = self
            .secrets
            .remove(&tenant, &SecretName::new(connection, name)?)?;
        Ok(Answer::SecretRemoved { existed })
    }

    pub(super) async fn store_verify(&self) -> Result<Answer, ControlError> {
        Ok(Answer::StoreVerified(self.store().await?.verify().await?))
    }

    /// An export under a dated name, in the installation unless told where.
    pub(super) async fn store_backup(&self, file: Option<PathBuf>) -> Result<Answer, ControlError> {
        if let Some(file) = file {
            return self.store_export(&file).await;
        }
        let folder = export::backup_folder(&self.home.store());
        let store = self.store().await?;
        let file = export::backup(&**store, &folder, self.world.now()).await?;
        Ok(Answer::StoreWritten {
            file: file.display().to_string(),
            counts: None,
        })
    }

    /// Never overwrites: an export is somebody's way back.
    pub(super) async fn store_export(&self, file: &Path) -> Result<Answer, ControlError> {
        if file == Path::new("-") {
            let english = "an export is written into a file, not to stdout";
            return Err(
                ControlError::command("export-stdout", vec![], english).hint(
                    "export-stdout",
                    vec![],
                    "name a file that is not there yet",
                ),
            );
        }
        let store = self.store().await?;
        let out = owner_only::open_new(file)
            .map_err(|cause| ControlError::io(Doing::Create, file, cause))?;
        let mut out = BufWriter::new(out);
        let counts = export::export(&**store, &mut out).await?;
        let written = out.flush().and_then(|()| out.get_ref().sync_all());
        written.map_err(|cause| ControlError::io(Doing::Write, file, cause))?;
        Ok(Answer::StoreWritten {
            file: file.display().to_string(),
            counts: Some(counts),
        })
    }

    /// Puts a store made from the export in the place of the present one, which is kept aside.
    pub(super) async fn store_restore(&self, file: &Path) -> Result<Answer, ControlError> {
        let place = self.home.store();
        open(file)?;
        let stamp = self.world.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let aside = place.with_extension(format!("before-{stamp}"));
        let kept = place.exists();
        let replaced_links = links_of(&place).await;
        if kept {
            std::fs::rename(&place, &aside)
                .map_err(|cause| ControlError::io(Doing::Move, &place, cause))?;
        }
        let restored = export::restore(file, &place, self.world.now()).await;
        if restored.is_err() && kept {
            std::fs::rename(&aside, &place)
                .map_err(|cause| ControlError::io(Doing::Move, &aside, cause))?;
        }
        let counts = restored?;
        let kept_aside = kept.then(|| aside.display().to_string());
        Ok(Answer::StoreRestored {
            counts,
            replaced_links,
            kept_aside,
        })
    }

    pub(super) async fn store_import(
        &self,
        file: &Path,
        apply: bool,
    ) -> Result<Answer, ControlError> {
        let mode = if apply {
            ImportMode::Apply
        } else {
            ImportMode::DryRun
        };
        let store = self.store().await?;
        let mut input = BufReader::new(open(file)?);
        let counts = export::import(&**store, &mut input, mode, self.world.now()).await?;
        Ok(Answer::StoreImported {
            applied: apply,
            counts,
        })
    }
}

fn open(file: &Path) -> Result<File, ControlError> {
    File::open(file).map_err(|cause| ControlError::io(Doing::Read, file, cause))
}

/// How many links a store holds that is to be replaced. One that cannot be read is not counted.
async fn links_of(place: &Path) -> Option<u64> {
    if !SledStore::is_made(place) {
        return None;
    }
    let store = SledStore::open(place).ok()?;
    Some(store.verify().await.ok()?.links)
}
