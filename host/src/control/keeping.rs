//! Secrets, and the store as files.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::tenant::Tenant;
use crate::engine::world::World;
use crate::model::{ConnectionId, TenantId};
use crate::owner_only;
use crate::secret::{SecretName, SecretValue};
use crate::store::export::{self, ImportMode};
use crate::store::sled::SledStore;
use crate::store::{Store, StoreError, VerifyReport};

use super::request::{Answer, Sealed, SecretRow};
use super::{Control, ControlError, Doing};

/// How long a store may hold on to its files after it was closed.
const LET_GO_MAX: Duration = Duration::from_secs(5);

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
            return Err(self.no_connection(&tenant, &config, &connection));
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

    pub(super) fn no_connection(
        &self,
        tenant: &TenantId,
        config: &Tenant,
        connection: &ConnectionId,
    ) -> ControlError {
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
        ControlError::command("no-connection", args, english)
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
    ///
    /// The new one is whole before the present one moves, and both moves are made in one go.
    pub(super) async fn store_restore(&self, file: &Path) -> Result<Answer, ControlError> {
        let place = self.home.store();
        open(file)?;
        let replaced = held_by(&place).await?;
        let stamp = self.world.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let fresh = place.with_extension(format!("restored-{stamp}"));
        let counts = export::restore(file, &fresh, self.world.now()).await?;
        let aside = place.with_extension(format!("before-{stamp}"));
        let kept = place.exists();
        if kept {
            moved(&place, &aside)?;
        }
        if let Err(error) = moved(&fresh, &place) {
            if kept {
                moved(&aside, &place)?;
            }
            return Err(error);
        }
        let kept_aside = kept.then(|| aside.display().to_string());
        Ok(Answer::StoreRestored {
            counts,
            replaced_links: replaced.as_ref().map(|held| held.links),
            replaced_parked: replaced.as_ref().map(|held| held.parked),
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

/// What a store holds that is to be replaced. One that cannot be read is not counted; one that somebody
/// uses is not replaced.
async fn held_by(place: &Path) -> Result<Option<VerifyReport>, StoreError> {
    match SledStore::open_existing(place) {
        Ok(store) => Ok(store.verify().await.ok()),
        Err(locked @ StoreError::Locked { .. }) => Err(locked),
        Err(_) => Ok(None),
    }
}

/// A store that was just open may hold on to its files for a moment (Windows).
fn moved(from: &Path, to: &Path) -> Result<(), ControlError> {
    let begun = Instant::now();
    loop {
        match std::fs::rename(from, to) {
            Ok(()) => return Ok(()),
            Err(cause)
                if cause.kind() == ErrorKind::PermissionDenied && begun.elapsed() < LET_GO_MAX =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(cause) => return Err(ControlError::io(Doing::Move, from, cause)),
        }
    }
}
