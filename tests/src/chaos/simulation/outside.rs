//! The world as one process sees it: a connector's host, the engine's clock and chance, and the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use liaison::engine::world::World;
use liaison::engine::{Notice, Observer};
use liaison::model::run::{Event, Parked, Run};
use liaison::model::{ConnectionId, FlowName, Link, LinkSet, NativeId, Side, TenantId, Token};
use liaison::store::memory::MemoryStore;
use liaison::store::relay::{ListedParcel, Parcel};
use liaison::store::{
    Change, EventQuery, Intent, Lease, LeaseScope, Store, StoreError, VerifyReport,
};
use liaison_sdk::host::{Encoder, Host, HttpError, HttpRequest, HttpResponse, LogLevel, NotSent};
use liaison_simulators::simulator::Request;

use super::weather::{self, Answer, Place};

/// A place that everybody in the thread shares. A kill unwinds through it and leaves it whole.
pub struct Shared<P>(Arc<Mutex<P>>);

impl<P> Clone for Shared<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Place> Shared<P> {
    pub fn new(place: P) -> Self {
        Self(Arc::new(Mutex::new(place)))
    }

    pub fn town(&self) -> MutexGuard<'_, P> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host of one connector: its requests go straight into the vendor in miniature.
pub struct Outside<P> {
    pub shared: Shared<P>,
    /// Which of the town's systems.
    pub place: usize,
    pub settings: String,
    pub secrets: Vec<(String, String)>,
    pub memory: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl<P> Outside<P> {
    fn memory(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Place> Host for Outside<P> {
    fn settings_json(&self) -> String {
        self.settings.clone()
    }

    fn log(&self, _level: LogLevel, _message: &str) {}

    fn now_ms(&self) -> u64 {
        let town = self.shared.town();
        u64::try_from(town.now_ms + town.skew_ms).unwrap_or(0)
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.shared.town().now_ms).unwrap_or(0)
    }

    fn sleep_ms(&self, ms: u32) {
        self.shared.town().now_ms += i64::from(ms);
    }

    fn random(&self, count: u32) -> Vec<u8> {
        let mut town = self.shared.town();
        (0..count)
            .map(|_| town.chance.next().to_le_bytes()[0])
            .collect()
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.memory().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory().remove(key);
    }

    fn note(&self, _token: &str, _note: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        let value = self.secrets.iter().find(|(known, _)| known == name);
        let (_, value) = value.ok_or_else(|| format!("the secret `{name}` is not set"))?;
        match encoder {
            // Letters, digits and hyphens are the same in a URL.
            Encoder::Plain | Encoder::Url => Ok(value.clone()),
            _ => Err("the simulation's secrets stand in headers and paths".to_owned()),
        }
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (origin, rest) = split(&request.url);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let request = Request {
            method: request.method.name().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_lowercase(), value))
                .collect(),
            body: request.body,
            origin: origin.to_owned(),
            in_flight: 1,
        };
        match weather::call(&mut *self.shared.town(), self.place, request) {
            Answer::Whole(response) => Ok(HttpResponse {
                status: response.status,
                headers: response.headers,
                body: response.body,
            }),
            Answer::None => Err(HttpError::NoAnswer {
                detail: "the connection was closed".to_owned(),
            }),
            Answer::Unreachable => Err(HttpError::NotSent {
                why: NotSent::Unreachable,
                detail: "connection refused".to_owned(),
            }),
        }
    }
}

/// `http://host` and what follows it.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    url.split_at(end)
}

#[async_trait]
impl<P: Place> World for Shared<P> {
    fn now(&self) -> Timestamp {
        let town = self.town();
        Timestamp::from_millisecond(town.now_ms + town.skew_ms).expect("a moment of this century")
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.town().now_ms).unwrap_or(0)
    }

    fn random(&self) -> [u8; 16] {
        let mut town = self.town();
        let (high, low) = (town.chance.next(), town.chance.next());
        ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
    }

    async fn sleep_ms(&self, ms: u64) {
        self.town().now_ms += i64::try_from(ms).unwrap_or(0);
    }
}

impl<P: Place> Observer for Shared<P> {
    fn notice(&self, _notice: &Notice) {}
}

/// The store of the installation: what is in it outlives the process, which may be killed before and
/// after every durable write.
pub struct Disk<P> {
    pub inner: Arc<MemoryStore>,
    pub shared: Shared<P>,
}

#[async_trait]
impl<P: Place> Store for Disk<P> {
    async fn claim(
        &self,
        scope: &LeaseScope,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        self.inner.claim(scope, holder, now, ttl).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.inner.renew(lease, now, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release(lease).await
    }

    async fn commit(&self, lease: &Lease, changes: Vec<Change>) -> Result<(), StoreError> {
        self.shared.town().step();
        let count = changes.len();
        let done = self.inner.commit(lease, changes).await;
        let mut town = self.shared.town();
        town.note(format!(
            "store: {count} changes{}",
            if done.is_ok() { "" } else { " REFUSED" }
        ));
        town.step();
        done
    }

    async fn links(
        &self,
        set: &LinkSet,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Link>>, StoreError> {
        self.inner.links(set, side, ids).await
    }

    async fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        self.inner.link_page(set, after, limit).await
    }

    async fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError> {
        self.inner.link_sets(tenant).await
    }

    async fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError> {
        self.inner.intents(tenant, flow).await
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.inner.note_progress(tenant, token, note).await
    }

    async fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.cursor(tenant, flow).await
    }

    async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Parked>>, StoreError> {
        self.inner.parked(tenant, flow, ids).await
    }

    async fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError> {
        self.inner.parked_list(tenant, flow).await
    }

    async fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        self.inner.runs(tenant, flow, limit).await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Vec<Event>, StoreError> {
        self.inner.events(tenant, query).await
    }

    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.memory_get(tenant, connection, key).await
    }

    async fn parcels(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<ListedParcel>, StoreError> {
        self.inner.parcels(tenant, connection).await
    }

    async fn parcel(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Parcel>, StoreError> {
        self.inner.parcel(tenant, connection, key).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.inner.tenants().await
    }

    async fn dump(
        &self,
        out: &mut (dyn FnMut(Change) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        self.inner.dump(out).await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.inner.verify().await
    }
}
