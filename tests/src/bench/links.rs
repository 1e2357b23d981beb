//! Links in the store, beside sled without any of our rules: keys and values as long as ours.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use liaison::model::link::{Cause, Circles};
use liaison::model::{
    ConnectionId, Entity, FlowName, Link, LinkSet, LinkSide, LinkState, NativeId, Side, TenantId,
};
use liaison::store::sled::SledStore;
use liaison::store::{Change, LeaseScope, Store};
use sled::Transactional;
use sled::transaction::ConflictableTransactionError;

use super::doing;
use super::table::{Table, whole};

const LINKS: usize = 50_000;
/// One transaction and one sync: what the engine makes of a page.
const BATCH: usize = 500;
const CACHE_BYTES: u64 = 64 << 20;
const LEASE_TTL: Duration = Duration::from_secs(3_600);

/// Links put and got, a second.
struct Speed {
    put: f64,
    got: f64,
}

pub fn measure(table: &mut Table) {
    doing("the store");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ours = runtime.block_on(ours(folder.path()));
    let lengths = row_lengths(folder.path());
    let synced = raw(lengths, true);
    let unsynced = raw(lengths, false);

    table.section(format!(
        "Links, {} in batches of {BATCH}",
        whole(LINKS as f64)
    ));
    let note = |raw: f64, ours: f64| format!("{:.2} of raw synced", ours / raw);
    let row = |table: &mut Table, what: &str, speed: f64, note: String| {
        table.row(what, whole(speed), "links/s", note);
    };
    row(table, "put", ours.put, note(synced.put, ours.put));
    row(
        table,
        "put, raw sled, flush and fsync a batch",
        synced.put,
        format!("keys of {} and values of {} bytes", lengths.0, lengths.1),
    );
    row(
        table,
        "put, raw sled, never synced",
        unsynced.put,
        String::new(),
    );
    row(
        table,
        "got by the right id",
        ours.got,
        note(synced.got, ours.got),
    );
    row(table, "got, raw sled", synced.got, String::new());
}

async fn ours(folder: &Path) -> Speed {
    let store = SledStore::open(folder).expect("the store opens");
    let set = set();
    let scope = LeaseScope::admin(&set.tenant);
    let lease = store
        .claim(&scope, "liaison-bench", Timestamp::now(), LEASE_TTL)
        .await
        .expect("nobody else has it");
    let started = Instant::now();
    for batch in batches() {
        let changes = batch
            .map(|number| Change::PutLink(Box::new(link(&set, number))))
            .collect();
        store.commit(&lease, changes).await.expect("committed");
    }
    let put = per_second(started);
    let started = Instant::now();
    for batch in batches() {
        let ids: Vec<NativeId> = batch.map(|number| id('R', number)).collect();
        let found = store.links(&set, Side::Right, &ids).await.expect("read");
        assert!(found.iter().all(Option::is_some));
    }
    let got = per_second(started);
    Speed { put, got }
}

/// Two trees, as a link is found from both sides.
fn raw((key_bytes, value_bytes): (usize, usize), synced: bool) -> Speed {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = config(folder.path()).open().expect("sled opens");
    let tree = |name: &str| db.open_tree(name).expect("a tree");
    let (lefts, rights) = (tree("lefts"), tree("rights"));
    let data = std::fs::File::open(folder.path().join("db")).expect("sled's data");
    let key = |number: usize| format!("{:>key_bytes$}", name(number)).into_bytes();
    let value = vec![7; value_bytes];
    let started = Instant::now();
    for batch in batches() {
        (&lefts, &rights)
            .transaction(|(lefts, rights)| {
                for number in batch.clone() {
                    lefts.insert(key(number), value.clone())?;
                    rights.insert(key(number), key(number))?;
                }
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .expect("committed");
        if synced {
            db.flush().expect("flushed");
            data.sync_all().expect("synced");
        }
    }
    let put = per_second(started);
    let started = Instant::now();
    for number in batches().flatten() {
        let left = rights.get(key(number)).expect("read").expect("put before");
        assert!(lefts.get(left).expect("read").is_some());
    }
    let got = per_second(started);
    Speed { put, got }
}

/// Of a key and a value of our table of links.
fn row_lengths(folder: &Path) -> (usize, usize) {
    /// sled lets go of its file on threads of its own.
    const LET_GO_MAX: Duration = Duration::from_secs(10);
    let started = Instant::now();
    let db = loop {
        match config(folder).open() {
            Ok(db) => break db,
            Err(error) if started.elapsed() > LET_GO_MAX => panic!("{error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let links = db.open_tree("links").expect("the table of links");
    let (key, value) = links.first().expect("read").expect("a link");
    (key.len(), value.len())
}

fn config(folder: &Path) -> sled::Config {
    sled::Config::new().path(folder).cache_capacity(CACHE_BYTES)
}

fn batches() -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..LINKS).step_by(BATCH).map(|first| first..first + BATCH)
}

fn per_second(started: Instant) -> f64 {
    LINKS as f64 / started.elapsed().as_secs_f64()
}

/// Spread over the key space, as native ids are; the same factor keeps them apart.
fn name(number: usize) -> String {
    format!("{:08}", number * 7_919 % 100_000_007)
}

fn id(side: char, number: usize) -> NativeId {
    NativeId::parse(&format!("{side}{}", name(number))).expect("an id")
}

fn set() -> LinkSet {
    let end = |connection: &str, entity: &str| {
        let connection = ConnectionId::parse(connection).expect("a connection's id");
        (connection, Entity::parse(entity).expect("an entity's name"))
    };
    LinkSet {
        tenant: TenantId::parse("demo").expect("a tenant's id"),
        left: end("autotask", "invoice"),
        right: end("acomba", "invoice"),
        role: "main".to_owned(),
    }
}

fn link(set: &LinkSet, number: usize) -> Link {
    let now = Timestamp::now();
    Link {
        set: set.clone(),
        left: LinkSide::new(id('L', number)),
        right: LinkSide::new(id('R', number)),
        state: LinkState::Linked,
        generation: 0,
        cause: Cause::Created(FlowName::parse("invoices").expect("a name")),
        created_at: now,
        updated_at: now,
        circles: Circles::default(),
    }
}
