//! Part `egress`: spellings of forbidden addresses, redirects and a resolver that changes its mind reach
//! no listener.
//!
//! Two walls stand between a guest and an address: the host must be asked for and granted, and the
//! address itself must be permitted. Each is tried with the other one taken away, at the door itself
//! for all spellings and through a real component for a share of them. A control group of good requests
//! goes the same ways, or a door that refuses everything would look safe.
//!
//! "Reached" is a connection that a trap counted, an answer that is not from a granted system, and any
//! end of a request that shows somebody was dialled.

mod spellings;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use liaison::connector::egress::dial::{Dialler, Lookup};
use liaison::connector::egress::gate::Gate;
use liaison::connector::egress::hosts::HostPattern;
use liaison::connector::egress::{Door, SendError};
use liaison::connector::guest_host::RequestTimeouts;
use liaison::connector::limits::Limits;
use liaison::connector::marks::Marks;
use liaison::connector::placeholder::Nonce;
use liaison::connector::scrub::Scrubber;
use liaison::model::{ConnectionId, TenantId};
use liaison_tests::Lab;
use serde_json::{Value, json};

use self::spellings::{DRESSES, STRANGERS, V4, V6, dressed};
use super::figures::{Figures, Form};
use super::loopback::{Dice, Reply, Sandbox, Seen, Server, Trap, said, spec};

const SEED: u64 = 0xd00f;
const REACHED: &str = "reached";
const REFUSED_FALSELY: &str = "good ones refused";
const GRANTED: &str = "granted.example";
/// Says that an answer is the granted system's.
const SIGN: &str = "x-granted-system";
/// Enough for loopback; what is dialled elsewhere must not hold the suite up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// So many URLs must at least get as far as the door.
const SPOKEN_MIN: u64 = 300;
/// A wall that is down is down: a section that has found so many ends.
const ENOUGH: u64 = 25;
const REDIRECTS: [u16; 8] = [300, 301, 302, 303, 305, 306, 307, 308];

pub fn run(form: &Form) -> Figures {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    let mut figures = Figures::default();
    figures.none_of(REACHED);
    figures.none_of(REFUSED_FALSELY);
    let mut part = Part {
        field: Field::new(),
        dice: Dice::new(form.seed.unwrap_or(SEED)),
        figures,
        found_here: 0,
    };
    runtime.block_on(async {
        part.spellings(form).await;
        part.strangers().await;
        part.names_that_lead_inside().await;
        part.rebinding(form).await;
        part.redirects(form).await;
        part.good_ones().await;
        part.through_the_sandbox(form).await;
    });
    part.proxies();
    part.traps();
    part.figures
}

/// The granted system and everybody who must never be reached.
struct Field {
    granted: Server,
    /// Where redirects lead to, by the number in their path.
    targets: Arc<Mutex<Vec<String>>>,
    /// On a port of their own.
    traps: Vec<Trap>,
    /// On the granted system's port, at other addresses.
    neighbours: Vec<Trap>,
}

impl Field {
    fn new() -> Self {
        let targets = Arc::new(Mutex::new(Vec::<String>::new()));
        let list = Arc::clone(&targets);
        let granted =
            Server::start(move |seen| answer(seen, &list.lock().expect("never poisoned")));
        let first = Trap::at(Ipv4Addr::LOCALHOST.into(), 0).expect("a free port on loopback");
        let others: [IpAddr; 3] = [
            Ipv4Addr::new(127, 0, 0, 2).into(),
            Ipv4Addr::new(127, 255, 255, 254).into(),
            Ipv6Addr::LOCALHOST.into(),
        ];
        // A system that has only one loopback address, or none of IPv6, has fewer traps.
        let on = |port: u16| {
            let traps = others.iter().filter_map(move |ip| Trap::at(*ip, port));
            traps.collect::<Vec<Trap>>()
        };
        let neighbours = on(granted.address.port());
        let mut traps = on(first.address.port());
        traps.push(first);
        Self {
            granted,
            targets,
            traps,
            neighbours,
        }
    }

    fn trap_port(&self) -> u16 {
        self.traps[0].address.port()
    }

    fn granted_port(&self) -> u16 {
        self.granted.address.port()
    }

    fn trapped(&self) -> u64 {
        let all = self.traps.iter().chain(&self.neighbours);
        all.map(Trap::connections).sum()
    }

    fn door(
        &self,
        patterns: Vec<HostPattern>,
        allow: &[SocketAddr],
        lookup: Arc<dyn Lookup>,
    ) -> Door {
        let limits = Limits {
            request_timeout: REQUEST_TIMEOUT,
            ..Limits::LEAN
        };
        Door {
            tenant: TenantId::parse("acme").expect("a tenant's id"),
            connection: ConnectionId::parse("erp").expect("a connection's id"),
            asked: patterns.clone(),
            granted: patterns,
            insecure: true,
            secrets: Vec::new(),
            scrubber: Scrubber::default(),
            gate: Arc::new(Gate::new(&[], 8)),
            dialler: Dialler::new(allow, Vec::new(), &limits).with_lookup(lookup),
            limits,
        }
    }

    /// The granted system by its address and by its names.
    fn usual_patterns(&self) -> Vec<HostPattern> {
        let port = self.granted_port();
        [
            "127.0.0.1",
            GRANTED,
            "*.wild.example",
            "b\u{fc}cher.example",
        ]
        .iter()
        .map(|host| HostPattern::parse(&format!("{host}:{port}")).expect("a pattern"))
        .collect()
    }

    fn usual_door(&self, lookup: impl Lookup + 'static) -> Door {
        self.door(
            self.usual_patterns(),
            &[self.granted.address],
            Arc::new(lookup),
        )
    }

    /// Sends it as far as it gets.
    async fn send(&self, door: &Door, request: http::Uri) -> Came {
        let request = http::Request::builder()
            .uri(request)
            .body(Bytes::new())
            .expect("a URI that is one already");
        let nonce = Nonce::fresh().expect("random numbers");
        let marks = Marks::default();
        let sent = door.send(request, RequestTimeouts::default(), &nonce, &marks);
        match sent.await {
            Ok(answer) if answer.headers().contains_key(SIGN) => Came::Granted(answer),
            Ok(answer) => Came::Dialled(format!("somebody answered {}", answer.status())),
            Err(SendError::Denied(_) | SendError::Prohibited(_) | SendError::Unresolved(_)) => {
                Came::Refused
            }
            Err(other) => Came::Dialled(other.to_string()),
        }
    }
}

enum Came {
    Refused,
    Granted(http::Response<Bytes>),
    /// Somebody was dialled who is not the granted system.
    Dialled(String),
}

/// What the granted system answers: a redirect where the path asks for one.
fn answer(seen: &Seen, targets: &[String]) -> Reply {
    let mut headers = vec![(SIGN.to_owned(), b"yes".to_vec())];
    let target = String::from_utf8_lossy(seen.target()).into_owned();
    let mut parts = target.split('/').skip(1);
    let mut status = 200;
    if parts.next() == Some("redirect") {
        let code = parts.next().and_then(|code| code.parse().ok());
        let number: Option<usize> = parts.next().and_then(|number| number.parse().ok());
        if let (Some(code), Some(to)) = (code, number.and_then(|number| targets.get(number))) {
            status = code;
            headers.push(("location".to_owned(), to.clone().into_bytes()));
            headers.push(("refresh".to_owned(), format!("0; url={to}").into_bytes()));
        }
    }
    Reply {
        status,
        headers,
        body: target.into_bytes(),
    }
}

/// A URL as the requests that a guest can make of it: whole, and cut into parts as the SDK does. None
/// when it cannot even be said.
fn requests_of(url: &str) -> Vec<http::Uri> {
    let whole = url.parse::<http::Uri>().ok();
    let in_parts = url.split_once("://").and_then(|(scheme, rest)| {
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        http::Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query(path)
            .build()
            .ok()
    });
    let mut requests: Vec<http::Uri> = whole.into_iter().chain(in_parts).collect();
    requests.dedup();
    requests
}

struct Part {
    field: Field,
    dice: Dice,
    figures: Figures,
    /// In the section that runs.
    found_here: u64,
}

impl Part {
    fn hosts(&mut self) -> Vec<String> {
        let mut hosts = Vec::new();
        for octets in V4 {
            hosts.extend(spellings::of_v4(octets, &mut self.dice));
        }
        hosts.extend(V6.iter().flat_map(|address| spellings::of_v6(address)));
        hosts
    }

    /// Every spelling in some dresses (in the long form in all), with each wall alone.
    async fn spellings(&mut self, form: &Form) {
        let mut urls = Vec::new();
        for host in self.hosts() {
            let (port, granted_port) = (self.field.trap_port(), self.field.granted_port());
            let dress = |dress: &str| dressed(dress, &host, port, GRANTED, granted_port);
            if form.long {
                urls.extend(DRESSES.iter().map(|way| dress(way)));
            } else {
                urls.push(dress(DRESSES[0]));
                let way = DRESSES[self.dice.below(DRESSES.len())];
                urls.push(dress(way));
            }
        }
        // And every dress at least once, around the plainest host.
        let plainest = |way: &&str| {
            dressed(
                way,
                "127.0.0.1",
                self.field.trap_port(),
                GRANTED,
                self.field.granted_port(),
            )
        };
        urls.extend(DRESSES.iter().map(plainest));
        let usual = self.field.usual_door(Nowhere);
        let mut never_said = 0;
        self.found_here = 0;
        for url in &urls {
            if self.found_here > ENOUGH {
                break;
            }
            let requests = requests_of(url);
            never_said += u64::from(requests.is_empty());
            for request in requests {
                let came = self.field.send(&usual, request.clone()).await;
                self.judge(url, "not granted", &came);
                // The operator granted just that: only the address is looked at.
                let settings = json!({ "url": request.to_string() });
                if let Ok(Some(pattern)) = HostPattern::resolve("{url}", &settings) {
                    let allow = [self.field.granted.address];
                    let door = self.field.door(vec![pattern], &allow, Arc::new(Nowhere));
                    let came = self.field.send(&door, request).await;
                    self.judge(url, "granted", &came);
                }
            }
        }
        self.figures.tried("URLs", urls.len() as u64);
        let words = format!("{never_said} of {}", urls.len());
        // The others are the parser's merit; there must be enough left for the door's own.
        let met = urls.len() as u64 - never_said >= SPOKEN_MIN;
        self.figures
            .measured("URLs no guest can even say", words, met);
    }

    fn judge(&mut self, url: &str, grant: &str, came: &Came) {
        if let Came::Dialled(words) = came {
            self.reached(format!("{url:?} ({grant}): {words}"));
        }
    }

    fn reached(&mut self, words: String) {
        self.found_here += 1;
        self.figures.found(REACHED, words);
    }

    /// Names that look like a granted one. Whatever is looked up leads to a trap, and the trap's address
    /// is permitted: only the host is looked at.
    async fn strangers(&mut self) {
        let Some(trap) = self.field.neighbours.first().map(|trap| trap.address) else {
            self.figures
                .measured("look-alike names", "left out on this system", true);
            return;
        };
        let lookup = Arc::new(Always(vec![trap.ip()]));
        let port = self.field.granted_port();
        let door = self
            .field
            .door(self.field.usual_patterns(), &[trap], lookup);
        let mut tried = 0;
        for name in STRANGERS {
            let urls = [
                format!("http://{name}:{port}/"),
                format!("http://{GRANTED}@{name}:{port}/"),
                format!("http://{name}:{port}/@{GRANTED}"),
                format!("http://{}:{port}/", name.to_uppercase()),
            ];
            for url in urls {
                tried += 1;
                for request in requests_of(&url) {
                    let came = self.field.send(&door, request).await;
                    self.judge(&url, "stranger", &came);
                }
            }
        }
        // The right names at the wrong port, where the address would be permitted.
        let ports = [80, 443, 8080, self.field.trap_port(), port ^ 1];
        let allow = ports.map(|port| SocketAddr::new(trap.ip(), port));
        let lookup = Arc::new(Always(vec![trap.ip()]));
        let door = self.field.door(self.field.usual_patterns(), &allow, lookup);
        for name in [GRANTED, "a.wild.example"] {
            for port in ports {
                tried += 1;
                let url = format!("http://{name}:{port}/");
                for request in requests_of(&url) {
                    let came = self.field.send(&door, request).await;
                    self.judge(&url, "wrong port", &came);
                }
            }
        }
        self.figures.tried("look-alike names", tried);
    }

    /// A granted name that resolves to each forbidden address.
    async fn names_that_lead_inside(&mut self) {
        let v4 = V4.iter().map(|octets| IpAddr::from(*octets));
        let v6 = V6.iter().map(|text| text.parse().expect("an address"));
        let clothed = V4.iter().flat_map(|octets| {
            let ip = Ipv4Addr::from(*octets);
            [ip.to_ipv6_mapped(), ip.to_ipv6_compatible()].map(IpAddr::from)
        });
        let permitted = self.field.granted.address.ip();
        let all: Vec<IpAddr> = v4
            .chain(v6)
            .chain(clothed)
            .filter(|ip| *ip != permitted)
            .collect();
        for ip in &all {
            let door = self.field.usual_door(Always(vec![*ip]));
            let url = format!("http://{GRANTED}:{}/", self.field.granted_port());
            for request in requests_of(&url) {
                let came = self.field.send(&door, request).await;
                self.judge(&format!("{url} at {ip}"), "granted", &came);
                if let Came::Granted(_) = came {
                    self.figures
                        .found(REACHED, format!("{ip} led to the granted system"));
                }
            }
        }
        self.figures
            .tried("names that lead inside", all.len() as u64);
    }

    /// A resolver whose answers change between one request and the next. The granted system's address,
    /// which is permitted by name, stands for a public one: a suite that dials nobody outside has no
    /// other. Every request has a connection of its own, so each one asks the resolver.
    async fn rebinding(&mut self, form: &Form) {
        let good = self.field.granted.address.ip();
        let bad: Vec<IpAddr> = self
            .field
            .neighbours
            .iter()
            .map(|trap| trap.address.ip())
            .chain([Ipv4Addr::new(169, 254, 169, 254).into()])
            .collect();
        let (mut answers, mut let_in) = (0, 0);
        for round in 0..form.of(60, 1_500) {
            let lookup = Arc::new(Changing::default());
            let door = self.field.door(
                self.field.usual_patterns(),
                &[self.field.granted.address],
                Arc::clone(&lookup) as Arc<dyn Lookup>,
            );
            // First a good one, then loopback; then whatever falls.
            for step in 0..6 {
                let bad = *self.dice.one_of(&bad);
                let addresses = match (step, self.dice.below(5)) {
                    (0, _) => vec![good],
                    (1, _) => vec![bad],
                    (_, 0) => vec![good],
                    (_, 1) => vec![bad, good],
                    (_, 2) => vec![good, bad],
                    (_, 3) => vec![bad, bad],
                    _ => vec![bad],
                };
                let may = addresses.contains(&good);
                lookup.will_say(addresses.clone());
                answers += 1;
                let url = format!(
                    "http://n{round}.wild.example:{}/",
                    self.field.granted_port()
                );
                let request = url.parse().expect("a URL");
                let came = self.field.send(&door, request).await;
                let place = format!("{url} at {addresses:?}, step {step}");
                self.judge(&place, "granted", &came);
                match came {
                    Came::Granted(_) if may => let_in += 1,
                    Came::Granted(_) => self.figures.found(REACHED, place),
                    _ if may => self.figures.found(REFUSED_FALSELY, place),
                    _ => {}
                }
                // What was checked is what is dialled: one question a connection.
                if lookup.asked() != 1 {
                    let asked = lookup.asked();
                    self.figures
                        .found(REACHED, format!("{url}: asked {asked} times"));
                }
            }
        }
        self.figures.tried("rebinding answers", answers);
        let words = format!("{let_in} of {answers}");
        self.figures
            .measured("of them with a way in, taken", words, let_in > 0);
    }

    /// The granted system sends the guest on to every spelling; the host does not follow, and refuses
    /// the guest that does.
    async fn redirects(&mut self, form: &Form) {
        let port = self.field.trap_port();
        let hosts = self.hosts();
        let mut targets: Vec<String> = STRANGERS
            .iter()
            .map(|name| format!("http://{name}/"))
            .collect();
        targets.extend(["//127.0.0.1/", "/\\127.0.0.1/", "file:///etc/passwd"].map(str::to_owned));
        for host in &hosts {
            targets.push(format!("http://{host}:{port}/"));
        }
        // A header cannot hold everything that a table can.
        targets.retain(|target| target.is_ascii() && !target.contains(char::is_control));
        self.field
            .targets
            .lock()
            .expect("never poisoned")
            .clone_from(&targets);
        let door = self.field.usual_door(Nowhere);
        let mut tried = 0;
        self.found_here = 0;
        for (number, target) in targets.iter().enumerate() {
            if self.found_here > ENOUGH {
                break;
            }
            let codes: Vec<u16> = match form.long || number % 20 == 0 {
                true => REDIRECTS.to_vec(),
                false => vec![*self.dice.one_of(&REDIRECTS)],
            };
            for code in codes {
                tried += 1;
                let url = self
                    .field
                    .granted
                    .url(&format!("/redirect/{code}/{number}"));
                let came = self.field.send(&door, url.parse().expect("a URL")).await;
                match came {
                    Came::Granted(answer) if answer.status().as_u16() == code => {}
                    Came::Granted(answer) => {
                        let status = answer.status();
                        let words = format!("{code} to {target}: followed, and back as {status}");
                        self.reached(words);
                    }
                    Came::Refused => self.figures.found(REFUSED_FALSELY, url),
                    Came::Dialled(words) => {
                        self.reached(format!("{code} to {target}: {words}"));
                    }
                }
            }
            let absolute = match target.starts_with("//") {
                true => format!("http:{target}"),
                false => target.clone(),
            };
            for request in requests_of(&absolute) {
                let came = self.field.send(&door, request).await;
                self.judge(target, "redirected to", &came);
            }
        }
        self.figures.tried("redirects", tried);
    }

    /// The same door, and what must come through it.
    async fn good_ones(&mut self) {
        let door = self
            .field
            .usual_door(Always(vec![self.field.granted.address.ip()]));
        let port = self.field.granted_port();
        let hosts = [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "granted.example",
            "GRANTED.Example",
            "a.wild.example",
            "a.b.wild.example",
            "A.Wild.example",
            "xn--bcher-kva.example",
        ];
        let paths = [
            "/",
            "",
            "/a",
            "/a/b.c;d",
            "/a%20b",
            "/%2e%2e/x",
            "/a?b=c",
            "/?q=http://127.0.0.1/",
            "/?u=a@b",
            "/@x",
            "/a:b@c",
            "/~x/\u{e9}",
        ];
        let before = self.field.granted.requests();
        let mut tried = 0;
        for host in hosts {
            for path in paths {
                for scheme in ["http", "HTTP"] {
                    let url = format!("{scheme}://{host}:{port}{path}");
                    let Ok(request) = url.parse() else { continue };
                    tried += 1;
                    match self.field.send(&door, request).await {
                        Came::Granted(answer) if answer.status() == 200 => {}
                        _ => self.figures.found(REFUSED_FALSELY, url),
                    }
                }
            }
        }
        let arrived = self.field.granted.requests() - before;
        if arrived != tried {
            self.figures
                .found(REFUSED_FALSELY, format!("{arrived} of {tried} arrived"));
        }
        self.figures.tried("good ones", tried);
    }

    /// The same, said by a component: through the SDK, and in the words of `wasi:http` itself.
    async fn through_the_sandbox(&mut self, form: &Form) {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let sandbox = Sandbox::with_probe(cache.path()).await;
        let (url, address) = (self.field.granted.url(""), self.field.granted.address);
        let usual = sandbox.connect(spec(&url, address)).await;
        let usual = usual.expect("the probe connects");
        let mut tried = 0;

        let hosts = self.hosts();
        let share = form.of(8, 1);
        let port = self.field.trap_port();
        for (number, host) in hosts.iter().enumerate().filter(|(at, _)| at % share == 0) {
            let way = DRESSES[(number / share) % DRESSES.len()];
            let odd = dressed(way, host, port, GRANTED, self.field.granted_port());
            let plain = dressed(DRESSES[0], host, port, GRANTED, 0);
            tried += 2;
            let requests = [get(&odd), get(&plain)];
            self.judge_guest("send", &requests, &said(&usual, "send", &requests).await);
            // Granted, if the host can be written into a setting at all.
            let mut granting = spec(&url, address);
            granting.settings["other"] = json!(plain);
            if let Ok(granting) = sandbox.connect(granting).await {
                let requests = [get(&plain)];
                self.judge_guest("send", &requests, &said(&granting, "send", &requests).await);
            }
        }

        let raw = self.raw_requests();
        tried += raw.len() as u64;
        for request in &raw {
            let requests = std::slice::from_ref(request);
            self.judge_guest(
                "send-raw",
                requests,
                &said(&usual, "send-raw", requests).await,
            );
        }
        let smuggled = self.field.granted.seen().into_iter().any(|seen| {
            seen.header("x-smuggled").is_some() || seen.header("proxy-authorization").is_some()
        });
        if smuggled {
            self.figures
                .found(REACHED, "a header was smuggled into a request");
        }

        let targets = self.field.targets.lock().expect("never poisoned").len();
        for number in (0..targets).step_by(form.of(16, 2)) {
            tried += 1;
            let code = *self.dice.one_of(&REDIRECTS);
            let requests = [get(&format!("{url}/redirect/{code}/{number}"))];
            let stations = said(&usual, "follow", &requests).await;
            let stations = stations.map(|said| said[0].as_array().cloned().unwrap_or_default());
            if let Ok(stations) = &stations
                && stations.first().is_none_or(|first| first["status"] != code)
            {
                let words = format!("redirect {number}: {stations:?}");
                self.figures.found(REFUSED_FALSELY, words);
            }
            self.judge_guest("follow", &requests, &stations);
        }
        self.figures.tried("requests of a component", tried);

        let good: Vec<Value> = ["/", "/a?b=c", "/x%20y"]
            .map(|path| get(&format!("{url}{path}")))
            .into();
        for one in said(&usual, "send", &good)
            .await
            .expect("the probe answers")
        {
            if one["status"] != 200 {
                self.figures.found(REFUSED_FALSELY, one.to_string());
            }
        }
    }

    /// Parts that no URL puts together so, with lines that want to become headers.
    fn raw_requests(&self) -> Vec<Value> {
        let granted = self.field.granted.address.to_string();
        let inside = format!("127.0.0.1:{}", self.field.trap_port());
        let mut raw = Vec::new();
        let schemes = [
            "http",
            "https",
            "file",
            "ftp",
            "gopher",
            "unix",
            "HTTP",
            "http:",
            "",
            "javascript",
        ];
        for scheme in schemes {
            raw.push(json!({"scheme": scheme, "authority": inside, "path": "/"}));
        }
        let authorities = [
            inside.clone(),
            format!("{granted}@{inside}"),
            format!("{granted}/@{inside}"),
            format!("{granted}\\@{inside}"),
            format!("{granted}#@{inside}"),
            format!("{granted}?@{inside}"),
            format!("{inside}\r\nx-smuggled: 1"),
            format!("{inside}%00"),
            format!("{granted} {inside}"),
            format!("{granted},{inside}"),
            format!("[::ffff:127.0.0.1]:{}", self.field.trap_port()),
            format!("[::1%25lo]:{}", self.field.trap_port()),
            String::new(),
        ];
        for authority in &authorities {
            raw.push(json!({"scheme": "http", "authority": authority, "path": "/"}));
        }
        // A path that begins where the authority ends.
        for path in [
            format!("@{inside}/"),
            format!(".evil.test@{inside}/"),
            format!(":80@{inside}/"),
            format!("\\@{inside}/"),
            format!("//{inside}/"),
            format!("http://{inside}/"),
            "0/".to_owned(),
            "/ HTTP/1.1\r\nx-smuggled: 1\r\n\r\n".to_owned(),
            "/\r\nx-smuggled: 1".to_owned(),
            "/\u{10a}x-smuggled:1".to_owned(),
            "*".to_owned(),
            String::new(),
        ] {
            raw.push(json!({"scheme": "http", "authority": granted, "path": path}));
        }
        for method in [
            "CONNECT",
            "TRACE",
            "GET / HTTP/1.1\r\nx-smuggled: 1\r\nx: ",
            "g\0et",
            "",
        ] {
            raw.push(
                json!({"scheme": "http", "authority": granted, "path": "/", "method": method}),
            );
        }
        let headers = [
            ("host", inside.as_str()),
            ("x-one", "a\r\nx-smuggled: 1"),
            ("x-one: a\r\nx-smuggled", "1"),
            ("x-one", "a\nx-smuggled: 1"),
            ("transfer-encoding", "chunked"),
            ("content-length", "0\r\n\r\nGET /"),
            ("connection", "x-smuggled"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "1"),
            (":authority", inside.as_str()),
            ("x-forwarded-host", inside.as_str()),
        ];
        for (name, value) in headers {
            raw.push(json!({"scheme": "http", "authority": granted, "path": "/",
                            "headers": [[name, value]]}));
        }
        raw
    }

    /// What the probe tells of requests that may reach the granted system and nobody else.
    fn judge_guest(&mut self, mode: &str, requests: &[Value], said: &Result<Vec<Value>, String>) {
        let said = match said {
            Ok(said) => said,
            // The instance ended: whatever it tried, the traps know.
            Err(_) => return,
        };
        for one in said {
            let refused = one["not_sent"] == "Denied"
                || one["not_sent"] == "Invalid"
                || one["not_sent"] == "Refused";
            let words = one["detail"]
                .as_str()
                .or(one["failed"].as_str())
                .unwrap_or("");
            let denied = [
                "HttpRequestDenied",
                "DestinationIpProhibited",
                "DnsError",
                "Uri",
                "refused",
            ];
            let refused = refused || denied.iter().any(|code| words.contains(code));
            let granted = mode == "send-raw" && one["status"].is_u64()
                || one["headers"].to_string().contains(SIGN);
            if !refused && !granted {
                let words = format!("{mode} {}: {one}", json!(requests));
                self.figures.found(REACHED, words);
            }
        }
    }

    /// The real program under an environment that names a proxy: it goes past it.
    fn proxies(&mut self) {
        let lab = Lab::new();
        let proxy = format!("http://{}", self.field.traps[0].address);
        let names = [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ];
        let environment: Vec<(&str, &str)> = names.map(|name| (name, proxy.as_str())).into();
        let before = lab.autotask.requests()["total"].as_u64();
        let said = lab.liaison_with("--json check", &environment);
        let arrived = lab.autotask.requests()["total"].as_u64() > before;
        if said.exit == 3 || !arrived {
            self.figures.found(
                REFUSED_FALSELY,
                format!(
                    "`check` under a proxy's variables: {}{}",
                    said.out, said.err
                ),
            );
        }
        self.figures.tried("proxy variables", names.len() as u64);
    }

    /// What no request admitted, the traps still know.
    fn traps(&mut self) {
        let traps = self.field.traps.len() + self.field.neighbours.len();
        let trapped = self.field.trapped();
        for _ in 0..trapped {
            self.figures.found(REACHED, "a trap counted a connection");
        }
        let words = format!("{trapped} connections at {traps} listeners");
        self.figures.measured("traps", words, trapped == 0);
    }
}

fn get(url: &str) -> Value {
    json!({"method": "GET", "url": url})
}

/// Knows no name.
struct Nowhere;

impl Lookup for Nowhere {
    fn addresses(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        Err(io::Error::other("no such name"))
    }
}

/// Says the same of every name.
struct Always(Vec<IpAddr>);

impl Lookup for Always {
    fn addresses(&self, _host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.iter().map(|ip| SocketAddr::new(*ip, port)).collect())
    }
}

/// Says what it was told to say next, and after that only what is forbidden.
#[derive(Default)]
struct Changing {
    next: Mutex<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Changing {
    fn will_say(&self, addresses: Vec<IpAddr>) {
        *self.next.lock().expect("never poisoned") = addresses;
        self.asked.store(0, Ordering::SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Lookup for Changing {
    fn addresses(&self, _host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut next = self.next.lock().expect("never poisoned");
        // Whoever asks twice for one connection gets the second answer of a rebinding.
        let now = std::mem::replace(&mut *next, vec![Ipv4Addr::new(127, 0, 0, 2).into()]);
        Ok(now
            .into_iter()
            .map(|ip| SocketAddr::new(ip, port))
            .collect())
    }
}
