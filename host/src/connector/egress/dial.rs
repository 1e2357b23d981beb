//! The HTTP client behind the door, and the resolver that checks what a name resolves to.
//!
//! One client a connection and port: pools never cross tenants, and the resolver, which is asked for a
//! name alone, knows the port its answer is for. It resolves for every new TCP connection, and the
//! client connects to what was checked, so a record that changes in between has no gap to use.
//!
//! Invariant: no redirects, no proxy from the environment, no cookies, no retries behind our back.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;
use crate::connector::limits::{CONNECT_TIMEOUT, IDLE_CONNECTION_MAX, Limits};
use crate::model::text::words;
use crate::model::{Text, Word};

/// A name that has only addresses we refuse to dial.
#[derive(Debug, thiserror::Error)]
#[error("{host} is at {address}, which is {what}")]
pub struct Prohibited {
    pub host: String,
    pub address: SocketAddr,
    pub what: Word,
}

impl Prohibited {
    pub fn text(&self) -> Text {
        words!(
            "denied-address",
            "{host} is at {address}, which is {what}",
            host = self.host,
            address = self.address;
            what = self.what
        )
    }
}

/// A name that resolves to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{host} does not resolve: {reason}")]
pub struct Unresolved {
    pub host: String,
    pub reason: String,
}

/// Where a name is. Asked once for every new connection.
pub trait Lookup: Send + Sync {
    /// May take its time; it is called where that disturbs nobody.
    fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's own resolver.
struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

struct NoLookup;

impl Lookup for NoLookup {
    fn addresses(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        let words = format!("this connection is offline: `{host}` is not looked up");
        Err(io::Error::new(io::ErrorKind::NotFound, words))
    }
}

const ELSEWHERE: Word = Word::new(
    "address-elsewhere",
    "elsewhere, and this connection is offline",
);

pub struct Dialler {
    lookup: Arc<dyn Lookup>,
    allow_private: Arc<[SocketAddr]>,
    /// Only `allow_private` may be dialled.
    offline: bool,
    /// Trusted beside the public roots, for systems with a certificate of their own house.
    extra_roots: Vec<reqwest::Certificate>,
    header_bytes_max: u32,
    clients: Mutex<HashMap<u16, reqwest::Client>>,
}

impl Dialler {
    pub fn new(
        allow_private: &[SocketAddr],
        extra_roots: Vec<reqwest::Certificate>,
        limits: &Limits,
    ) -> Self {
        Self {
            lookup: Arc::new(SystemLookup),
            allow_private: allow_private.into(),
            offline: false,
            extra_roots,
            header_bytes_max: u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX),
            clients: Mutex::default(),
        }
    }

    /// Another resolver than the system's: for tests of what a hostile one can do. What it answers is
    /// checked all the same.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Arc<dyn Lookup>) -> Self {
        self.lookup = lookup;
        self
    }

    /// Names lead nowhere, and of addresses only the private ones that are allowed may be dialled.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self.with_lookup(Arc::new(NoLookup))
    }

    /// The client for this port; made at its first use.
    pub fn client(&self, port: u16) -> reqwest::Result<reqwest::Client> {
        let mut clients = self
            .clients
            .lock()
            .expect("nothing panics while it holds the clients");
        if let Some(client) = clients.get(&port) {
            return Ok(client.clone());
        }
        let client = self.build(port)?;
        clients.insert(port, client.clone());
        Ok(client)
    }

    /// Whether an address that stands in the URL itself may be dialled: the client never asks the
    /// resolver for those.
    pub fn check_literal(&self, address: SocketAddr) -> Result<(), Prohibited> {
        let checked = match self.offline && !self.allow_private.contains(&address) {
            true => Err(ELSEWHERE),
            false => address::check(address, &self.allow_private),
        };
        checked.map_err(|what| Prohibited {
            host: address.ip().to_string(),
            address,
            what,
        })
    }

    fn build(&self, port: u16) -> reqwest::Result<reqwest::Client> {
        let resolver = Resolver {
            port,
            lookup: Arc::clone(&self.lookup),
            allow_private: Arc::clone(&self.allow_private),
        };
        let mut builder = reqwest::Client::builder()
            .use_rustls_tls()
            .min_tls_version(reqwest::tls::Version::TLS_1_2)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .gzip(true)
            .user_agent(concat!("liaison/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_CONNECTION_MAX)
            .http2_max_header_list_size(self.header_bytes_max)
            .dns_resolver(Arc::new(resolver));
        for root in &self.extra_roots {
            builder = builder.add_root_certificate(root.clone());
        }
        builder.build()
    }
}

struct Resolver {
    port: u16,
    lookup: Arc<dyn Lookup>,
    allow_private: Arc<[SocketAddr]>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let port = self.port;
        let lookup = Arc::clone(&self.lookup);
        let allow_private = Arc::clone(&self.allow_private);
        Box::pin(async move {
            let asked = host.clone();
            let found = tokio::task::spawn_blocking(move || lookup.addresses(&asked, port))
                .await?
                .map_err(|error| Unresolved {
                    host: host.clone(),
                    reason: error.to_string(),
                })?;
            let permitted = permitted(&host, &found, &allow_private)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be dialled; an error when there were some and none may.
fn permitted(
    host: &str,
    found: &[SocketAddr],
    allow_private: &[SocketAddr],
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let mut permitted = Vec::new();
    let mut refused = None;
    for address in found {
        match address::check(*address, allow_private) {
            Ok(()) => permitted.push(*address),
            Err(what) => {
                refused.get_or_insert(Prohibited {
                    host: host.to_owned(),
                    address: *address,
                    what,
                });
            }
        }
    }
    match (permitted.is_empty(), refused) {
        (false, _) => Ok(permitted),
        (true, Some(refused)) => Err(Box::new(refused)),
        (true, None) => Err(Box::new(Unresolved {
            host: host.to_owned(),
            reason: "no addresses".to_owned(),
        })),
    }
}
