//! The other side of the door, on loopback: servers that say what they got, and traps that count who
//! comes; and the probe behind the real runtime.
//!
//! Invariant: every listener of the suite is here, and none listens anywhere but on loopback.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use liaison::connector::tape::Taping;
use liaison::connector::{
    Compiler, ConnectionSpec, Connector, LimitOverrides, Loaded, Runtime, Shelf,
};
use liaison::model::{Comparison, Condition, ConnectionId, TenantId, Token};
use liaison::secret::SecretValue;
use liaison_tests::repository;
use serde_json::{Value, json};

/// A client that stays silent for longer has gone; without it a thread would wait for ever.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// Numbers that one seed decides: splitmix64.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Counts connections and answers nobody.
pub struct Trap {
    pub address: SocketAddr,
    connections: Arc<AtomicU64>,
}

impl Trap {
    /// None when this system does not give the address.
    pub fn at(ip: IpAddr, port: u16) -> Option<Self> {
        let listener = TcpListener::bind((ip, port)).ok()?;
        let address = listener.local_addr().ok()?;
        let connections = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for _stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Some(Self {
            address,
            connections,
        })
    }

    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Seen {
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

impl Seen {
    /// Path and query.
    pub fn target(&self) -> &[u8] {
        self.head.split(|byte| *byte == b' ').nth(1).unwrap_or(&[])
    }

    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.head.split(|byte| *byte == b'\n');
        lines.find_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let found = line[..colon].eq_ignore_ascii_case(name.as_bytes());
            found.then(|| line[colon + 1..].trim_ascii())
        })
    }
}

/// Answers by its own rule, one request a connection, and remembers what came.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// An answer without its first line's protocol and without its length.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Server {
    pub fn start(rule: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("a listener has an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, rule) = (Arc::clone(&seen), Arc::new(rule));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, rule) = (Arc::clone(&log), Arc::clone(&rule));
                // A client that breaks off is its own affair.
                std::thread::spawn(move || drop(serve(stream, &log, &*rule)));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn requests(&self) -> u64 {
        self.log().len() as u64
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.log().clone()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen
            .lock()
            .expect("nothing panics while it holds the log")
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Seen>>,
    rule: &(dyn Fn(&Seen) -> Reply + Send + Sync),
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let seen = read_request(&mut stream)?;
    let reply = rule(&seen);
    log.lock()
        .expect("nothing panics while it holds the log")
        .push(seen);
    let mut out = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("content-length: {}\r\n\r\n", reply.body.len()).as_bytes());
    out.extend_from_slice(&reply.body);
    stream.write_all(&out)
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Seen> {
    let mut raw = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        if let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
            let mut seen = Seen {
                head: raw[..end].to_vec(),
                body: raw[end + 4..].to_vec(),
            };
            let length = seen.header("content-length");
            let length = length.and_then(|length| std::str::from_utf8(length).ok()?.parse().ok());
            if seen.body.len() >= length.unwrap_or(0) {
                seen.body.truncate(length.unwrap_or(0));
                return Ok(seen);
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => raw.extend_from_slice(&chunk[..count]),
        }
    }
}

/// What guests had kept: nothing is kept, everything is remembered.
#[derive(Default)]
pub struct Remembering {
    pub all: Mutex<Vec<Vec<u8>>>,
}

#[async_trait]
impl Shelf for Remembering {
    async fn memory_get(
        &self,
        _tenant: &TenantId,
        _connection: &ConnectionId,
        _key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    async fn memory_set(
        &self,
        _tenant: &TenantId,
        _connection: &ConnectionId,
        _key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let mut all = self.all.lock().expect("nothing panics while it holds it");
        all.extend(value);
        Ok(())
    }

    async fn note_progress(
        &self,
        _tenant: &TenantId,
        _token: &Token,
        note: Vec<u8>,
    ) -> Result<(), String> {
        let mut all = self.all.lock().expect("nothing panics while it holds it");
        all.push(note);
        Ok(())
    }
}

/// The probe, loaded once by the real runtime.
pub struct Sandbox {
    pub runtime: Runtime,
    pub loaded: Loaded,
    pub shelf: Arc<Remembering>,
}

impl Sandbox {
    pub async fn with_probe(cache: &Path) -> Self {
        let shelf = Arc::new(Remembering::default());
        let kept = Arc::clone(&shelf) as Arc<dyn Shelf>;
        let runtime = Runtime::new(cache, kept, Compiler::InProcess).expect("an engine");
        let loaded = runtime.load(&probe()).await.expect("the probe loads");
        Self {
            runtime,
            loaded,
            shelf,
        }
    }

    /// A connection of the probe, or why there is none.
    pub async fn connect(&self, spec: ConnectionSpec) -> Result<Arc<dyn Connector>, String> {
        let connected = self.runtime.connect(&self.loaded, spec).await;
        connected.map_err(|error| error.to_string())
    }
}

/// The probe as a component.
pub fn probe() -> std::path::PathBuf {
    let file = repository().join("target/guests/probe.wasm");
    let shown = file.display();
    assert!(
        file.exists(),
        "{shown} is missing: run `cargo xtask guests`"
    );
    file
}

/// As an operator would write it for a system at this address. The probe may use its password there.
pub fn spec(url: &str, address: SocketAddr) -> ConnectionSpec {
    ConnectionSpec {
        tenant: TenantId::parse("acme").expect("a tenant's id"),
        connection: ConnectionId::parse("erp").expect("a connection's id"),
        settings: json!({ "url": url }),
        named: Value::Null,
        granted_hosts: vec!["{url}".to_owned(), "{other}".to_owned()],
        insecure: true,
        offline: false,
        allow_private: vec![address],
        extra_roots_pem: None,
        limits: LimitOverrides {
            request_timeout: Some(Duration::from_secs(3)),
            // No waiting at our own gate: it is the door that is tried.
            rates: Some(Vec::new()),
            ..LimitOverrides::default()
        },
        secrets: BTreeMap::from([(
            "password".to_owned(),
            SecretValue::new("not looked for".to_owned()),
        )]),
        taping: Taping::default(),
    }
}

/// Has the probe do something with each of these, and gives what it said of each.
pub async fn said(
    connector: &Arc<dyn Connector>,
    mode: &str,
    requests: &[Value],
) -> Result<Vec<Value>, String> {
    let filter = Condition {
        field: "request".to_owned(),
        op: Comparison::IsIn,
        values: requests.to_vec(),
    };
    let page = connector.changes(mode, None, &[filter], 10).await;
    let page = page.map_err(|fault| fault.to_string())?;
    Ok(page.entries[0].body["said"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}
