//! Answers requests: the one place where configuration, connectors, store and engine meet.
//!
//! Invariant: nothing here prints, and nothing here decides what a record becomes.

mod chaos;
mod check_list;
mod conflicts;
mod connectors;
mod doctor;
pub mod error;
mod files;
mod flows;
mod held;
pub mod home;
mod init;
mod keeping;
pub mod kit;
mod link_add;
mod links;
pub mod matches;
mod named;
mod pausing;
mod records;
pub mod relay;
mod renamed;
pub mod request;
pub mod reset;
mod runs;
pub mod service;
mod setup;
mod shelf;
pub mod shipping;
pub mod tapes;
mod tenants;
pub mod timetable;
pub mod vendor;
mod waiting;
mod withdraw;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::catalogue::{Catalogue, LANGUAGES};
use crate::config::installation::Installation;
use crate::connector::{Compiler, Loaded, Runtime};
use crate::engine::Observer;
use crate::model::{FlowName, TenantId, Text};
use crate::secret::SecretStore;
use crate::store::Store;
use crate::store::sled::SledStore;

pub use chaos::{ChaosReport, ChaosWish};
pub use error::{Blame, ControlError, Doing};
pub use init::{Anew, Made, init};
pub use request::{Answer, FlowRef, Request, Sealed};

use files::Files;
use home::Home;
use relay::{Hub, StoreRelay};
use shelf::StoreShelf;
use shipping::trial::Trials;
use tapes::SealedTapes;
use world::RealWorld;

/// An installation, opened. The store and the runtime open when first needed, once for all clones.
#[derive(Clone)]
pub struct Control {
    home: Home,
    files: Files,
    /// What the person at the terminal reads.
    lang: String,
    /// What is written into systems, whoever asks: the installation's.
    home_lang: String,
    world: Arc<RealWorld>,
    secrets: SecretStore,
    store: Arc<OnceCell<Arc<dyn Store>>>,
    runtime: Arc<OnceCell<Runtime>>,
    /// Where systems that call us meet what waits for them.
    pub relay: Arc<Hub>,
    /// In each language the host's words with those of every connector that was connected.
    words: Arc<Mutex<BTreeMap<&'static str, Catalogue>>>,
    /// Which version of each connector the words are of, by its digest.
    learned: Arc<Mutex<BTreeMap<String, String>>>,
    /// In the place of what is current, for looking at what it would do.
    instead: Option<Arc<Loaded>>,
    trials: Trials,
}

impl Control {
    /// Errors when `root` is no installation, or its `liaison.toml` is wrong.
    pub fn open(root: &Path, lang: Option<&str>) -> Result<Self, ControlError> {
        let home = Home::new(root);
        if !home.exists() {
            let whole = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
            let path = whole.display().to_string();
            let english = format!("`{path}` is no liaison installation");
            return Err(
                ControlError::command("no-installation", vec![("path", path)], english).hint(
                    "init",
                    vec![],
                    "make one with `liaison init`, or name another with --home or LIAISON_HOME",
                ),
            );
        }
        let text = home.read(&home.settings())?;
        let settings = Installation::read(&text).map_err(ControlError::problems)?;
        let lang = lang.unwrap_or(settings.language.code()).to_owned();
        Ok(Self {
            secrets: SecretStore::open(&home.keys()),
            home,
            files: Files::OnDisk,
            words: Arc::new(Mutex::new(
                LANGUAGES.map(|lang| (lang, Catalogue::new(lang))).into(),
            )),
            learned: Arc::default(),
            home_lang: settings.language.code().to_owned(),
            lang,
            world: Arc::new(RealWorld::default()),
            store: Arc::default(),
            runtime: Arc::default(),
            relay: Arc::default(),
            instead: None,
            trials: Trials::default(),
        })
    }

    /// The language of the installation, where the command names none.
    pub fn lang(&self) -> &str {
        &self.lang
    }

    /// The words for the answers, connectors' included.
    pub fn words(&self) -> Catalogue {
        self.words_in(&self.lang)
    }

    /// The words in a language; one that we do not speak is English.
    pub fn words_in(&self, lang: &str) -> Catalogue {
        let words = self
            .words
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let known = words.get(lang).or_else(|| words.get("en"));
        known.cloned().unwrap_or_else(|| Catalogue::new(lang))
    }

    /// The same installation for one who reads another language.
    #[must_use]
    pub fn speaking(&self, lang: &str) -> Self {
        Self {
            lang: lang.to_owned(),
            ..self.clone()
        }
    }

    /// The words for what is written into systems.
    fn home_words(&self) -> Catalogue {
        self.words_in(&self.home_lang)
    }

    /// What is in hand is finished, nothing more is begun.
    pub fn stop(&self) {
        self.world.stop();
    }

    /// Opens the store now instead of when it is first needed.
    pub async fn open_store(&self) -> Result<(), ControlError> {
        self.store().await.map(drop)
    }

    /// The flow that is meant, with its tenant.
    pub fn which(&self, flow: &FlowRef) -> Result<(TenantId, FlowName), ControlError> {
        Ok((self.tenant(flow.tenant.clone())?, flow.flow.clone()))
    }

    /// What a person hears who wants a flow to run beside itself.
    pub fn is_busy(&self, flow: &FlowName) -> ControlError {
        let english = format!("flow `{flow}` is running");
        let text = Text::new("error-flow-runs", vec![("flow", flow.to_string())], english);
        ControlError::new("flow-busy", Blame::Surroundings, text).hint(
            "flow-busy",
            vec![],
            "the flow is running: try again when it has ended, or hold it still with `liaison pause` meanwhile",
        )
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Carries out one request as far as it goes without waiting for a system's call.
    async fn answer_at_once(
        &self,
        request: Request,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        match request {
            Request::ConnectorList { newer } => self.connector_list(newer).await,
            Request::Versions => self.versions(),
            Request::ConnectorInspect { name } => self.connector_inspect(&name).await,
            Request::ConnectorInstall { source, consent } => {
                self.connector_install(&source, &consent).await
            }
            Request::ConnectorUpgrade {
                name,
                source,
                consent,
            } => {
                self.connector_upgrade(&name, source.as_deref(), &consent)
                    .await
            }
            Request::ConnectorRollback { name, to } => {
                self.connector_rollback(&name, to.as_deref()).await
            }
            Request::ConnectorRemove { name, version } => {
                self.connector_remove(&name, version.as_deref()).await
            }
            Request::TrustAdd { name, key } => self.trust_add(&name, &key),
            Request::TrustList => self.trust_list(),
            Request::TrustRemove { name } => self.trust_remove(&name),
            Request::TapeList { tenant, connection } => self.tape_list(tenant, connection),
            Request::TapeExport {
                name,
                file,
                unmasked,
            } => self.tape_export(&name, &file, unmasked).await,
            Request::Check { tenant } => self.check(tenant, observer).await,
            Request::CheckList { tenant, code } => self.check_list(tenant, &code, observer).await,
            Request::ConnectionSetup {
                tenant,
                connection,
                folder,
                force,
            } => {
                self.connection_setup(tenant, connection, &folder, force)
                    .await
            }
            Request::FlowList { tenant } => self.flow_list(tenant),
            Request::FlowPacks => Ok(self.flow_packs()),
            Request::FlowCheck { tenant } => self.flow_check(tenant).await,
            Request::FlowTest { name, tenant } => self.flow_test(name, tenant).await,
            Request::FlowAdd { pack, tenant, name } => self.flow_add(&pack, tenant, name),
            Request::Plan {
                flow,
                records,
                since,
            } => self.plan(flow, records, since, observer).await,
            Request::Run {
                flow,
                records,
                since,
                plan,
            } => self.run(flow, records, since, plan, observer).await,
            Request::Verify { flow } => self.verify(flow, observer).await,
            Request::Reset { flow, hard, apply } => self.reset(flow, hard, apply, observer).await,
            Request::Service { name, wish } => self.service(name, wish).await,
            Request::Pause { flow } => self.pause(flow, true),
            Request::Resume { flow } => self.pause(flow, false),
            Request::Status { tenant } => self.status(tenant).await,
            Request::Log {
                tenant,
                flow,
                record,
                limit,
            } => self.log(tenant, flow, record, limit).await,
            Request::QuarantineList { tenant, flow } => self.quarantine_list(tenant, flow).await,
            Request::QuarantineShow { flow, record } => self.quarantine_show(flow, record).await,
            Request::QuarantineRetry { flow, record } => self.quarantine_retry(flow, record).await,
            Request::QuarantineDrop { flow, record } => self.quarantine_drop(flow, record).await,
            Request::ConflictList { tenant, flow } => self.conflict_list(tenant, flow).await,
            Request::ConflictResolve { flow, record, take } => {
                self.conflict_resolve(flow, record, take).await
            }
            Request::LinkList { flow, after, limit } => self.link_list(flow, after, limit).await,
            Request::LinkShow { flow, id } => self.link_show(flow, id).await,
            Request::LinkAdd {
                flow,
                source,
                target,
            } => self.link_add(flow, source, target, observer).await,
            Request::LinkRemove { flow, id } => self.link_remove(flow, id).await,
            Request::LinkUndo { flow, id } => self.link_undo(flow, id).await,
            Request::LinkMatch { flow, file } => self.link_match(flow, file, observer).await,
            Request::LinkMatchApply { flow, file, csv } => {
                self.link_match_apply(flow, &file, &csv, observer).await
            }
            Request::LinkExport { flow } => self.link_export(flow).await,
            Request::LinkImport { flow, csv, apply } => self.link_import(flow, &csv, apply).await,
            Request::SecretSet {
                tenant,
                connection,
                name,
                value,
            } => self.secret_set(tenant, connection, &name, value).await,
            Request::SecretList { tenant } => self.secret_list(tenant),
            Request::SecretRemove {
                tenant,
                connection,
                name,
            } => self.secret_remove(tenant, connection, &name),
            Request::Chaos { flow, wish } => self.chaos(flow, wish, observer).await,
            Request::StoreVerify => self.store_verify().await,
            Request::StoreBackup { file } => self.store_backup(file).await,
            Request::StoreRestore { file } => self.store_restore(&file).await,
            Request::StoreExport { file } => self.store_export(&file).await,
            Request::StoreImport { file, apply } => self.store_import(&file, apply).await,
        }
    }

    async fn store(&self) -> Result<&Arc<dyn Store>, ControlError> {
        self.store
            .get_or_try_init(|| async {
                let store = SledStore::open_existing(&self.home.store())?;
                Ok(Arc::new(store) as Arc<dyn Store>)
            })
            .await
    }

    async fn runtime(&self) -> Result<&Runtime, ControlError> {
        let store = Arc::clone(self.store().await?);
        self.runtime
            .get_or_try_init(|| async move {
                let relay = StoreRelay::new(Arc::clone(&store), Arc::clone(&self.relay));
                let shelf = Arc::new(StoreShelf::new(store, self.secrets.clone()));
                let compiler = Compiler::own_program()
                    .map_err(|error| ControlError::bug(error.to_string()))?;
                let runtime = Runtime::new(&self.home.cache(), shelf, compiler)
                    .map_err(|error| ControlError::bug(error.to_string()))?;
                let tapes = SealedTapes::new(self.home.tapes(), self.secrets.clone());
                Ok(runtime
                    .with_relay(Arc::new(relay))
                    .with_tapes(Arc::new(tapes)))
            })
            .await
    }

    /// The tenant that a command means: the one it names, or the only one.
    fn tenant(&self, named: Option<TenantId>) -> Result<TenantId, ControlError> {
        let known = self.home.tenant_ids()?;
        let list = || {
            known
                .iter()
                .map(TenantId::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (named, known.as_slice()) {
            (Some(named), known) if known.contains(&named) => Ok(named),
            (Some(named), _) => {
                let english = format!("there is no tenant `{named}`; known: {}", list());
                let args = vec![("tenant", named.to_string()), ("known", list())];
                Err(ControlError::command("no-tenant", args, english).hint(
                    "tenant-file",
                    vec![],
                    "write its file under tenants/ in the installation's folder",
                ))
            }
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(ControlError::command(
                "no-tenants",
                vec![],
                "this installation has no tenant yet",
            )
            .hint(
                "tenant-file",
                vec![],
                "write its file under tenants/ in the installation's folder",
            )),
            (None, _) => {
                let english = format!("there are several tenants: {}", list());
                Err(
                    ControlError::command("which-tenant", vec![("known", list())], english).hint(
                        "name-tenant",
                        vec![],
                        "name one with --tenant",
                    ),
                )
            }
        }
    }

    /// The tenant named, or all of them; there must be one.
    fn some_tenants(&self, named: Option<TenantId>) -> Result<Vec<TenantId>, ControlError> {
        let found = self.tenants(named)?;
        match found.is_empty() {
            true => self.tenant(None).map(|only| vec![only]),
            false => Ok(found),
        }
    }

    /// The tenant named, or all of them.
    fn tenants(&self, named: Option<TenantId>) -> Result<Vec<TenantId>, ControlError> {
        match named {
            Some(named) => Ok(vec![self.tenant(Some(named))?]),
            None => self.home.tenant_ids(),
        }
    }
}
