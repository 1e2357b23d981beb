//! Another version in the place of the current one.
//!
//! ```text
//! fetched, verified ─ what it may do more ─ connected and checked ─ rehearsed ─ agreed ─ current, on trial
//! ```
//!
//! Runs in hand hold the connector that they began with, and end on it; the next ones load what is current.

use super::super::Control;
use super::super::connectors::row;
use super::super::error::ControlError;
use super::super::request::Answer;
use super::install::AtTheDoor;
use super::lock::{Lock, State};
use super::offer::{Checked, Consent, Needing, Upgrade};
use super::permissions::{Beside, difference};
use super::rehearsal::Rehearsal;
use super::version;
use crate::connector::Loaded;
use crate::engine::world::World;
use crate::model::run::Event;
use crate::model::text::words;
use crate::model::{ConnectionId, Finding, Level, TenantId, Text};
use crate::store::{Change, LeaseScope};

/// Of each flow, to know how it went before.
const RUNS_MAX: usize = 20;

impl Control {
    pub(in super::super) async fn connector_upgrade(
        &self,
        name: &str,
        source: Option<&str>,
        consent: &Consent,
    ) -> Result<Answer, ControlError> {
        // What liaison.toml says of its source holds for what comes from there.
        let consent = &match source {
            Some(_) => consent.clone(),
            None => Consent {
                plain_http: consent.plain_http || self.installation()?.connectors.plain_http,
                ..consent.clone()
            },
        };
        let old = self.connector(name).await?;
        let lock = Lock::read(&self.home)?;
        let current = lock.current(name).cloned();
        let current = current
            .ok_or_else(|| ControlError::bug("a connector that is loaded is not current"))?;
        let source = match source {
            Some(source) => source.to_owned(),
            None => self.newer_source(name, &lock).await?,
        };
        // What the operator has taken in before need not be signed anew.
        let known = lock
            .of(name)
            .find(|entry| entry.path(&self.home).display().to_string() == source);
        let mut door = match known {
            Some(known) => {
                let again = Consent {
                    unsigned: true,
                    agreed: Some(known.sha256.clone()),
                    ..consent.clone()
                };
                self.fetch_connector(&source, &again).await?
            }
            None => self.fetch_connector(&source, consent).await?,
        };
        let signer = match (&door.signed, known) {
            (super::trust::Signed::By(signer), _) => Some(signer.clone()),
            (_, Some(entry)) => entry.signer.clone(),
            _ => None,
        };
        if let Some(signer) = &signer {
            door.signed = super::trust::Signed::By(signer.clone());
        }
        let manifest = &door.loaded.manifest;
        if manifest.name != name {
            return Err(another(name, &manifest.name));
        }
        if door.loaded.sha256 == current.sha256 {
            return Ok(Answer::Installed(row(&current, Some(&old))));
        }
        if version::compare(&manifest.version, &current.version).is_lt() && !consent.older {
            return Err(older(name, &manifest.version, &current.version));
        }
        let difference = difference(
            (
                &old.manifest,
                Beside {
                    contract: &old.contract,
                    is_called: old.has_door(),
                    signer: current.signer.as_deref(),
                },
            ),
            (
                manifest,
                Beside {
                    contract: &door.loaded.contract,
                    is_called: door.loaded.has_door(),
                    signer: signer.as_deref(),
                },
            ),
        );
        if consent.yes && !consent.permissions && !difference.more.is_empty() {
            return Err(more_permissions(name, &manifest.version, difference.more));
        }
        // Who agreed to exactly these bytes has seen what comes of them; and nobody's secrets go where they may not go yet.
        let shown = consent.yes && consent.agreed.is_some();
        let is_allowed = consent.permissions || difference.more.is_empty();
        let (connections, rehearsal) = match shown || !is_allowed {
            true => (Vec::new(), Rehearsal::not_made(is_allowed)),
            false => (
                self.check_beside(name, &door.loaded).await?,
                self.rehearse(name, &old, &door.loaded).await?,
            ),
        };
        let upgrade = Upgrade {
            from: current.version.clone(),
            difference,
            connections,
            rehearsal,
        };
        if consent.yes && !consent.findings && !upgrade.is_clean() {
            return Err(does_otherwise(name, &manifest.version, &upgrade));
        }
        let mut offer = self.offer(&door, &lock);
        if consent.yes {
            let version = self.make_current(&door, signer, &current.version).await?;
            offer.applied = true;
            offer.current = Some(version);
        }
        offer.upgrade = Some(upgrade);
        Ok(Answer::Offer(Box::new(offer)))
    }

    async fn make_current(
        &self,
        door: &AtTheDoor,
        signer: Option<String>,
        from: &str,
    ) -> Result<String, ControlError> {
        let mut entry = self.take_in(door)?;
        entry.signer = signer;
        let refused = self.refused_until_now(&entry.name).await?;
        self.trials.begin(&self.home, &entry.sha256, refused);
        Lock::change(&self.home, |lock| {
            if let Some(there) = lock.by_digest(&entry.name, &entry.sha256) {
                // It came from where it came from, not from our own folder.
                entry.source.clone_from(&there.source);
                entry.installed_at = there.installed_at;
            }
            lock.put(entry.clone());
            lock.promote(&entry.name, &entry.sha256, State::OnTrial);
            Ok(())
        })?;
        let text = words!(
            "journal-upgraded",
            "connector {name} is {version} now, before {from}; runs in hand end on {from}",
            name = entry.name,
            version = entry.version,
            from = from
        );
        self.tell_users(&entry.name, "connector-upgraded", text)
            .await;
        Ok(entry.version)
    }

    /// Of a hundred records that the last runs over it were to write, those that were refused.
    async fn refused_until_now(&self, name: &str) -> Result<u32, ControlError> {
        let store = self.store().await?;
        let (mut written, mut refused) = (0, 0);
        for needing in self.flows_over(&self.users(name, None)?)? {
            let runs = store
                .runs(&needing.tenant, Some(&needing.flow), RUNS_MAX)
                .await?;
            for run in runs {
                written += run.counts.written();
                refused += run.counts.quarantined;
            }
        }
        let share = refused * 100 / (written + refused).max(1);
        Ok(u32::try_from(share).unwrap_or(100))
    }

    /// Every connection of it that names no version, with the new version in the place of the old one.
    async fn check_beside(&self, name: &str, new: &Loaded) -> Result<Vec<Checked>, ControlError> {
        let with_new = self.with_connector(new.clone());
        let mut checked = Vec::new();
        for (tenant, connection) in self.users(name, None)? {
            let problems = match self.new_findings(&with_new, &tenant, &connection).await {
                Ok(findings) => findings
                    .into_iter()
                    .map(|finding| finding.message)
                    .collect(),
                Err(error) => vec![error.in_short()],
            };
            checked.push(Checked {
                tenant,
                connection,
                problems,
            });
        }
        Ok(checked)
    }

    /// Errors that the new version's check finds and the old one's does not.
    async fn new_findings(
        &self,
        with_new: &Self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<Finding>, ControlError> {
        let file = self.read_tenant(tenant)?;
        let new = with_new.connect(&file, connection).await?;
        // Such a system answers when it calls; what it says then goes to the new version's trial.
        if new.is_called() {
            return Ok(Vec::new());
        }
        let failed = |fault| ControlError::fault(connection.as_str(), &fault);
        let found = new.check().await;
        let before = match self.connect(&file, connection).await {
            Ok(old) => old.check().await.unwrap_or_default(),
            // It did not work before either: then what is found now is what is left to do.
            Err(_) => Vec::new(),
        };
        let mut found = found.map_err(failed)?;
        found.retain(|finding| {
            finding.level == Level::Error && !before.iter().any(|known| known.code == finding.code)
        });
        Ok(found)
    }

    /// The connections of a connector, by tenant: those that name this version, or no version.
    pub(super) fn users(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Vec<(TenantId, ConnectionId)>, ControlError> {
        let mut found = Vec::new();
        for id in self.home.tenant_ids()? {
            let tenant = self.read_tenant(&id)?;
            for (connection, set_up) in &tenant.connections {
                let named = set_up.version.as_ref().map(|at| at.value.as_str());
                if set_up.connector.value == name && named == version {
                    found.push((id.clone(), connection.clone()));
                }
            }
        }
        Ok(found)
    }

    /// The enabled flows that go over one of these connections.
    pub(super) fn flows_over(
        &self,
        users: &[(TenantId, ConnectionId)],
    ) -> Result<Vec<Needing>, ControlError> {
        let mut found = Vec::new();
        for id in self.home.tenant_ids()? {
            let tenant = self.read_tenant(&id)?;
            for flow in tenant.flows.values().filter(|flow| flow.enabled) {
                // One whose file is wrong does not run, and is told elsewhere.
                let Ok(set) = self.link_set(&id, &flow.name) else {
                    continue;
                };
                let over = [set.left.0, set.right.0].into_iter();
                let used = over.filter(|end| users.contains(&(id.clone(), end.clone())));
                found.extend(used.take(1).map(|connection| Needing {
                    tenant: id.clone(),
                    flow: flow.name.clone(),
                    connection,
                }));
            }
        }
        Ok(found)
    }

    /// Into the journal of every tenant that has a connection of it, and into the log.
    pub(super) async fn tell_users(&self, name: &str, kind: &str, message: Text) {
        tracing::info!(connector = name, "{}", message.fallback);
        // A tenant whose file cannot be read is told of that already.
        for id in self.home.tenant_ids().unwrap_or_default() {
            let uses = self.read_tenant(&id).is_ok_and(|tenant| {
                tenant
                    .connections
                    .values()
                    .any(|connection| connection.connector.value == name)
            });
            if !uses {
                continue;
            }
            let event = Change::AddEvent(Box::new(Event {
                at: self.world.now(),
                tenant: id.clone(),
                flow: None,
                run: None,
                record: None,
                kind: kind.to_owned(),
                message: message.clone(),
            }));
            if let Err(error) = self.commit(LeaseScope::admin(&id), vec![event]).await {
                tracing::error!("{}", error.message.fallback);
            }
        }
    }
}

fn another(name: &str, found: &str) -> ControlError {
    let english = format!("that is connector `{found}`, not `{name}`");
    let args = vec![("name", name.to_owned()), ("found", found.to_owned())];
    ControlError::command("upgrade-another", args, english).hint("upgrade-another", vec![], "`liaison connector install` takes in a connector beside the others; `liaison connector list` names those that are there")
}

fn older(name: &str, version: &str, current: &str) -> ControlError {
    let english = format!("{name} {version} is older than {current}, which is current");
    let args = vec![
        ("name", name.to_owned()),
        ("version", version.to_owned()),
        ("current", current.to_owned()),
    ];
    ControlError::command("upgrade-older", args, english).hint(
        "upgrade-older",
        vec![],
        "`liaison connector rollback` goes back to what was current before; --allow-older takes this one all the same",
    )
}

fn more_permissions(name: &str, version: &str, more: Vec<Text>) -> ControlError {
    let english = format!("{name} {version} wants more than what is installed may do");
    let args = vec![("name", name.to_owned()), ("version", version.to_owned())];
    let error = ControlError::command("more-permissions", args, english);
    more.into_iter().fold(error, ControlError::cause).hint(
        "more-permissions",
        vec![],
        "if that is right, say --accept-permissions as well; nothing was changed",
    )
}

fn does_otherwise(name: &str, version: &str, upgrade: &Upgrade) -> ControlError {
    let english = format!("{name} {version} does not do what the installed version does");
    let args = vec![("name", name.to_owned()), ("version", version.to_owned())];
    let mut error = ControlError::command("upgrade-findings", args, english);
    for checked in &upgrade.connections {
        for problem in &checked.problems {
            error = error.cause(words!(
                "upgrade-problem",
                "connection {connection} of {tenant}: {problem}",
                connection = checked.connection,
                tenant = checked.tenant;
                problem = problem.clone()
            ));
        }
    }
    let rehearsal = &upgrade.rehearsal;
    let told = rehearsal
        .tapes_otherwise
        .iter()
        .chain(&rehearsal.records_otherwise);
    told.cloned().fold(error, ControlError::cause).hint(
        "upgrade-findings",
        vec![],
        "if that is what the new version is for, say --accept-findings as well; nothing was changed",
    )
}
