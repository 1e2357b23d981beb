//! The way in for `control`: load a file, connect it for a tenant, call it.
//!
//! ```text
//! Runtime::new ─ load(file) → Loaded (sha256, manifest) ─ connect(loaded, spec) → Arc<dyn Connector>
//! ```
//!
//! `load` is about the connector alone and may be done once; `connect` is about one connection and
//! checks what its operator gave: settings, grants, secrets.
//!
//! Invariant: a component that asks for more than is granted is not connected, not even in part.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wasmtime::Engine;
use wasmtime::component::Linker;

use super::cache::Cache;
use super::compile::Compiler;
use super::convert;
use super::egress::Door;
use super::egress::dial::Dialler;
use super::egress::gate::Gates;
use super::egress::hosts::{HostPattern, PatternError};
use super::guest::GuestPre;
use super::guest_host::Silent;
use super::host_calls::{self, GuestState};
use super::instance::{Visit, WasmConnector};
use super::known::{Known, Stamp};
use super::limits::{LimitOverrides, Limits, TAPES_MAX};
use super::live::Connection;
use super::load::{self, LoadError};
use super::marks::Marks;
use super::meddle::Meddler;
use super::placeholder::BoundSecret;
use super::relay::{Line, NoRelay, RELAY_WAIT, Relay};
use super::run_guest::{Action, run_guest};
use super::scrub::Scrubber;
use super::tape::replay::Replayed;
use super::tape::{self, Component, NoTapes, Tape, TapeShelf, Taping};
use super::{Connector, Shelf, engine, settings};
use crate::model::manifest::SecretUse;
use crate::model::text::words;
use crate::model::{ConnectionId, Manifest, TenantId, Text};
use crate::secret::SecretValue;

/// What the operator set up: one `[connections.ID]` of a tenant file, and its secrets.
#[derive(Debug, Clone)]
pub struct ConnectionSpec {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub settings: Value,
    /// What flows' options name in the system, for a connector that looks at it; else null.
    pub named: Value,
    /// Patterns as in a manifest, `{setting}` included.
    pub granted_hosts: Vec<String>,
    /// Plain http is allowed.
    pub insecure: bool,
    /// No name is looked up: only addresses can be reached.
    pub offline: bool,
    /// Private or loopback systems it may reach, by exact address and port.
    pub allow_private: Vec<SocketAddr>,
    /// Certificates (PEM) to trust beside the public roots.
    pub extra_roots_pem: Option<Vec<u8>>,
    pub limits: LimitOverrides,
    pub secrets: BTreeMap<String, SecretValue>,
    /// Which calls are kept on tape.
    pub taping: Taping,
}

/// A connector that is compiled, linked and described.
#[derive(Clone)]
pub struct Loaded {
    pub sha256: String,
    /// Of the contract that it was built for.
    pub contract: String,
    pub manifest: Arc<Manifest>,
    guest: GuestPre,
    limits: Limits,
}

impl Loaded {
    /// What it is, as a tape names it.
    pub fn component(&self) -> Component {
        Component {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            sha256: self.sha256.clone(),
            contract: self.contract.clone(),
        }
    }

    /// All linear memory of one call, unless the operator says otherwise.
    pub fn memory_bytes_max(&self) -> usize {
        self.limits.memory_bytes_max
    }

    /// Its system calls us, and we wait for that: it asks for no host that it could call.
    pub fn is_called(&self) -> bool {
        self.has_door() && self.manifest.hosts.is_empty()
    }

    /// Something comes in for it: its system's calls, or only hints that there is news.
    pub fn has_door(&self) -> bool {
        self.guest.has_inbound()
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Loaded({} {}, {})",
            self.manifest.name, self.manifest.version, self.sha256
        )
    }
}

/// Why a connection cannot be made. What to type is part of each.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the settings of connection `{connection}` do not fit `{connector}`: {}", Text::joined(.problems.iter().cloned()).fallback)]
    Settings {
        connection: ConnectionId,
        connector: String,
        problems: Vec<Text>,
    },
    #[error(
        "connection `{connection}` does not grant {} to `{connector}`; \
         if that is right, set in [connections.{connection}]:\n{line}",
        Text::listed(.hosts.iter().map(AskedHost::text)).fallback
    )]
    NotGranted {
        connection: ConnectionId,
        connector: String,
        hosts: Vec<AskedHost>,
        line: String,
    },
    #[error("`{pattern}` in the grants of connection `{connection}`: {cause}")]
    BadGrant {
        connection: ConnectionId,
        pattern: String,
        cause: PatternError,
    },
    #[error("connection `{connection}` lacks secrets: {}; set them with\n{}", .names.join(", "), .commands.join("\n"))]
    SecretsMissing {
        connection: ConnectionId,
        names: Vec<String>,
        commands: Vec<String>,
    },
    #[error("the extra certificates of connection `{connection}` are no PEM: {reason}")]
    BadCertificates {
        connection: ConnectionId,
        reason: String,
    },
}

/// A host that is asked for and not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedHost {
    /// As the manifest has it.
    pub pattern: String,
    pub reason: Text,
}

impl AskedHost {
    pub fn text(&self) -> Text {
        words!(
            "asked-host",
            "`{pattern}` ({reason})",
            pattern = self.pattern;
            reason = self.reason.clone()
        )
    }
}

/// Engine, linker and cache; one a process.
pub struct Runtime {
    cache: Cache,
    linker: Linker<GuestState>,
    shelf: Arc<dyn Shelf>,
    relay: Arc<dyn Relay>,
    tapes: Arc<dyn TapeShelf>,
    gates: Gates,
    known: Known,
    meddler: Option<Arc<dyn Meddler>>,
}

impl Runtime {
    /// `compiler`: `Compiler::own_program()` in `liaison`, which has the subcommand.
    pub fn new(
        cache_dir: &Path,
        shelf: Arc<dyn Shelf>,
        compiler: Compiler,
    ) -> Result<Self, LoadError> {
        let failed = |error: wasmtime::Error| LoadError::Engine {
            reason: format!("{error:#}"),
        };
        let engine: Engine = engine::start().map_err(failed)?;
        let linker = host_calls::linker(&engine).map_err(failed)?;
        let cache =
            Cache::open(cache_dir, engine, compiler).map_err(|cause| LoadError::Unreadable {
                file: cache_dir.to_owned(),
                cause,
            })?;
        Ok(Self {
            cache,
            linker,
            shelf,
            relay: Arc::new(NoRelay),
            tapes: Arc::new(NoTapes),
            gates: Gates::default(),
            known: Known::default(),
            meddler: None,
        })
    }

    /// With something between every connector and its system.
    #[must_use]
    pub fn with_meddler(self, meddler: Arc<dyn Meddler>) -> Self {
        Self {
            meddler: Some(meddler),
            ..self
        }
    }

    /// A connector's words for people, asked for without a connection.
    pub async fn catalogue(&self, loaded: &Loaded, lang: &str) -> Result<Option<String>, Text> {
        let marks = Arc::new(Marks::default());
        let host = Arc::new(Silent {
            file: loaded.manifest.name.clone(),
            marks: Arc::clone(&marks),
            lines: AtomicUsize::new(0),
        });
        let lang = lang.to_owned();
        let action: Action<_> = Box::new(move |store, guest| {
            Box::pin(async move { guest.system.call_catalogue(store, &lang).await })
        });
        run_guest(&loaded.guest, host, &marks, &loaded.limits, action)
            .await
            .map_err(|end| end.text())
    }

    /// With a place for tapes.
    #[must_use]
    pub fn with_tapes(self, tapes: Arc<dyn TapeShelf>) -> Self {
        Self { tapes, ..self }
    }

    /// Makes the call of a tape again, with the tape for a host.
    pub async fn replay(&self, loaded: &Loaded, tape: &Tape) -> Replayed {
        tape::replay::replay(&loaded.guest, tape).await
    }

    /// With what systems that call us need.
    #[must_use]
    pub fn with_relay(self, relay: Arc<dyn Relay>) -> Self {
        Self { relay, ..self }
    }

    /// Reads, checks, compiles (or finds in the cache), links and describes a connector.
    pub async fn load(&self, file: &Path) -> Result<Loaded, LoadError> {
        self.load_wanted(file, None).await
    }

    /// The same for a file whose digest is known: other bytes are refused before anything looks into them.
    pub async fn load_pinned(&self, file: &Path, sha256: &str) -> Result<Loaded, LoadError> {
        let stamp = Stamp::of(file);
        if let Some(loaded) = self.known.get(file, stamp.as_ref(), sha256) {
            return Ok(loaded);
        }
        let loaded = self.load_wanted(file, Some(sha256.to_owned())).await?;
        self.known.put(file.to_owned(), stamp, loaded.clone());
        Ok(loaded)
    }

    async fn load_wanted(&self, file: &Path, wanted: Option<String>) -> Result<Loaded, LoadError> {
        let file = file.to_owned();
        let path = file.clone();
        let checked = tokio::task::spawn_blocking(move || load::read(&path, wanted.as_deref()))
            .await
            .map_err(|panic| LoadError::Damaged {
                file: file.clone(),
                reason: panic.to_string(),
            })??;
        let limits = Limits::for_component(checked.bytes.len());
        let component = self
            .cache
            .get(&checked)
            .await
            .map_err(|cause| LoadError::NotCompiled {
                file: file.clone(),
                cause,
            })?;
        let guest = self
            .linker
            .instantiate_pre(&component)
            .and_then(GuestPre::new)
            .map_err(|error| LoadError::NotLinked {
                file: file.clone(),
                reason: format!("{error:#}"),
            })?;
        let manifest = Arc::new(describe(&file, &guest, &limits).await?);
        Ok(Loaded {
            sha256: checked.sha256,
            contract: checked.contract,
            manifest,
            guest,
            limits,
        })
    }

    /// Makes a connection of a loaded connector, or says everything that is missing.
    pub async fn connect(
        &self,
        loaded: &Loaded,
        spec: ConnectionSpec,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        self.connect_with(loaded, spec, check_secrets)
    }

    /// The same for one that is still being set up: secrets that it needs may be missing.
    pub async fn connect_unfinished(
        &self,
        loaded: &Loaded,
        spec: ConnectionSpec,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        self.connect_with(loaded, spec, |_, _| Ok(()))
    }

    fn connect_with(
        &self,
        loaded: &Loaded,
        spec: ConnectionSpec,
        check_secrets: fn(&Manifest, &ConnectionSpec) -> Result<(), ConnectError>,
    ) -> Result<Arc<dyn Connector>, ConnectError> {
        let manifest = &loaded.manifest;
        check_settings(manifest, &spec)?;
        let (asked, granted) = grants(manifest, &spec)?;
        check_secrets(manifest, &spec)?;
        let secrets = bind_secrets(&manifest.secrets, &spec)?;
        let extra_roots = extra_roots(&spec)?;

        let line = Line {
            tenant: spec.tenant.clone(),
            connection: spec.connection.clone(),
        };
        let limits = loaded.limits.clone().with(&spec.limits);
        let rates = spec.limits.rates.as_ref().unwrap_or(&manifest.limits.rates);
        let concurrency = spec
            .limits
            .concurrency
            .unwrap_or(manifest.limits.concurrency);
        let door = Door {
            gate: self.gates.of(&line, rates, concurrency),
            dialler: match spec.offline {
                true => Dialler::new(&spec.allow_private, extra_roots, &limits).offline(),
                false => Dialler::new(&spec.allow_private, extra_roots, &limits),
            },
            scrubber: Scrubber::new(
                spec.secrets
                    .iter()
                    .map(|(name, value)| (name.as_str(), value)),
            ),
            tenant: spec.tenant,
            connection: spec.connection,
            asked,
            granted,
            insecure: spec.insecure,
            secrets,
            limits: limits.clone(),
        };
        let connection = Connection {
            settings: with_named(spec.settings, spec.named, &manifest.settings).to_string(),
            door,
            shelf: Arc::clone(&self.shelf),
            relay: Arc::clone(&self.relay),
            line,
            is_called: loaded.is_called(),
            relay_wait: spec.limits.relay_wait.unwrap_or(RELAY_WAIT),
            taping: spec.taping,
            tapes: Arc::clone(&self.tapes),
            tapes_max: spec.limits.tapes.unwrap_or(TAPES_MAX),
            component: loaded.component(),
            meddler: self.meddler.clone(),
        };
        Ok(Arc::new(WasmConnector {
            manifest: Arc::clone(manifest),
            guest: loaded.guest.clone(),
            connection: Arc::new(connection),
            limits,
            visit: Mutex::new(Visit::default()),
        }))
    }
}

async fn describe(file: &Path, guest: &GuestPre, limits: &Limits) -> Result<Manifest, LoadError> {
    let marks = Arc::new(Marks::default());
    let host = Arc::new(Silent {
        file: file.display().to_string(),
        marks: Arc::clone(&marks),
        lines: AtomicUsize::new(0),
    });
    let action: Action<_> =
        Box::new(|store, guest| Box::pin(async move { guest.system.call_describe(store).await }));
    let described = run_guest(guest, host, &marks, limits, action)
        .await
        .map_err(|end| LoadError::NotDescribed {
            file: file.to_owned(),
            reason: end.text(),
        })?;
    convert::manifest::manifest(described).map_err(|problems| LoadError::BadManifest {
        file: file.to_owned(),
        problems,
    })
}

fn check_settings(manifest: &Manifest, spec: &ConnectionSpec) -> Result<(), ConnectError> {
    let problems = settings::check(&spec.settings, &manifest.settings);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(settings_error(manifest, spec, problems))
    }
}

/// The settings as the connector sees them. Where no tenant stands behind it, nothing is filled in.
fn with_named(mut settings: Value, named: Value, schema: &Value) -> Value {
    if named.is_null() {
        return settings;
    }
    if let (Some(name), Some(all)) = (settings::filled_in(schema), settings.as_object_mut()) {
        all.insert(name.to_owned(), named);
    }
    settings
}

fn settings_error(manifest: &Manifest, spec: &ConnectionSpec, problems: Vec<Text>) -> ConnectError {
    ConnectError::Settings {
        connection: spec.connection.clone(),
        connector: manifest.name.clone(),
        problems,
    }
}

/// The hosts asked for and granted, once every one asked for is granted.
fn grants(
    manifest: &Manifest,
    spec: &ConnectionSpec,
) -> Result<(Vec<HostPattern>, Vec<HostPattern>), ConnectError> {
    let mut granted = Vec::new();
    for raw in &spec.granted_hosts {
        let pattern =
            HostPattern::resolve(raw, &spec.settings).map_err(|cause| ConnectError::BadGrant {
                connection: spec.connection.clone(),
                pattern: raw.clone(),
                cause,
            })?;
        granted.extend(pattern);
    }
    let mut asked = Vec::new();
    let mut missing = Vec::new();
    for host in &manifest.hosts {
        let pattern = HostPattern::resolve(&host.pattern, &spec.settings)
            .map_err(|error| settings_error(manifest, spec, vec![error.text()]))?;
        // A pattern of a setting that is not set asks for nothing.
        let Some(pattern) = pattern else { continue };
        if !granted.iter().any(|grant| grant.covers(&pattern)) {
            missing.push((
                AskedHost {
                    pattern: host.pattern.clone(),
                    reason: host.reason.clone(),
                },
                pattern.clone(),
            ));
        }
        asked.push(pattern);
    }
    for (raw, grant) in spec.granted_hosts.iter().zip(&granted) {
        if !asked
            .iter()
            .any(|pattern| grant.covers(pattern) || pattern.covers(grant))
        {
            tracing::warn!(tenant = %spec.tenant, connection = %spec.connection,
                "the grant `{raw}` serves nothing: the connector does not ask for it");
        }
    }
    if missing.is_empty() {
        return Ok((asked, granted));
    }
    let lines = spec
        .granted_hosts
        .iter()
        .cloned()
        .chain(missing.iter().map(|(_, pattern)| pattern.to_string()));
    let quoted: Vec<String> = lines.map(|host| format!("{host:?}")).collect();
    Err(ConnectError::NotGranted {
        connection: spec.connection.clone(),
        connector: manifest.name.clone(),
        hosts: missing.into_iter().map(|(host, _)| host).collect(),
        line: format!("hosts = [{}]", quoted.join(", ")),
    })
}

fn check_secrets(manifest: &Manifest, spec: &ConnectionSpec) -> Result<(), ConnectError> {
    let missing = manifest
        .secrets
        .iter()
        .filter(|secret| secret.required && !spec.secrets.contains_key(&secret.name));
    let names: Vec<String> = missing.map(|secret| secret.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let ConnectionSpec {
        tenant, connection, ..
    } = spec;
    let commands = names
        .iter()
        .map(|name| format!("liaison secret set {connection} {name} --tenant {tenant}"))
        .collect();
    Err(ConnectError::SecretsMissing {
        connection: connection.clone(),
        names,
        commands,
    })
}

fn bind_secrets(
    declared: &[SecretUse],
    spec: &ConnectionSpec,
) -> Result<Vec<BoundSecret>, ConnectError> {
    declared
        .iter()
        .map(|secret| {
            let hosts = secret.hosts.iter().filter_map(|raw| {
                // The same patterns stand in `hosts`, where an error was reported.
                HostPattern::resolve(raw, &spec.settings).ok().flatten()
            });
            Ok(BoundSecret {
                name: secret.name.clone(),
                value: spec.secrets.get(&secret.name).cloned(),
                hosts: hosts.collect(),
                places: secret.places.clone(),
            })
        })
        .collect()
}

fn extra_roots(spec: &ConnectionSpec) -> Result<Vec<reqwest::Certificate>, ConnectError> {
    let Some(pem) = &spec.extra_roots_pem else {
        return Ok(Vec::new());
    };
    reqwest::Certificate::from_pem_bundle(pem).map_err(|error| ConnectError::BadCertificates {
        connection: spec.connection.clone(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
#[path = "runtime_tests.rs"]
mod tests;
