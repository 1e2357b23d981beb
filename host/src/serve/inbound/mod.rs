//! Where systems call us: `/in/{tenant}/{connection}/…`, handed to the connection's connector.
//!
//! A listener of its own, because others than the owner reach it. TLS is ours where certificate files are
//! named, else a proxy's.
//!
//! Invariant: nothing that came in is ever logged, neither a body nor a header.
//! Invariant: what leads to no connection costs nothing: no body is read for it, and no connector is asked.

mod brake;
mod tls;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use self::brake::{Brake, one_caller};
use self::tls::Certificates;
use super::Told;
use super::desk::Desk;
use crate::config::installation::Serve;
use crate::connector::Connector;
use crate::connector::inbound::{InboundRequest, InboundResponse};
use crate::connector::relay::Line;
use crate::control::{Control, ControlError};
use crate::model::text::words;
use crate::model::{ConnectionId, TenantId, Text};

/// Connections of all callers, and of one that is no proxy of ours.
const CONNECTIONS_MAX: usize = 256;
const CONNECTIONS_OF_CALLER_MAX: usize = 32;
/// The contract's.
const BODY_BYTES_MAX: usize = 10 << 20;
/// A larger body waits until there is room for it.
const SMALL_BODY_BYTES: usize = 64 << 10;
/// Large bodies in memory at once, of all connections and of one.
const LARGE_BODIES_MAX: usize = 8;
const LARGE_BODIES_OF_LINE_MAX: usize = 2;
/// From its first byte to its last.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
const HEADER_TIME_MAX: Duration = Duration::from_secs(10);
const HEADER_BYTES_MAX: usize = 64 << 10;
/// A connector that could not be made is not tried again at once for everybody who calls.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// What came from a caller gets so long to be finished when the service stops.
const GRACE: Duration = Duration::from_secs(10);

pub struct Inbound {
    desk: Arc<Desk>,
    brake: Arc<Brake>,
    proxies: Vec<IpAddr>,
    bodies: Arc<Semaphore>,
    doors: Mutex<BTreeMap<Line, Arc<Door>>>,
}

/// One connection's: its requests are handled one after the other.
struct Door {
    connector: tokio::sync::Mutex<Option<(Stamp, Made)>>,
    bodies: Arc<Semaphore>,
}

/// What came of making a connector.
enum Made {
    Ready(Arc<dyn Connector>),
    Failed(Instant),
}

/// Of the files and secrets that a connector was made with.
#[derive(Clone, PartialEq)]
pub struct Stamp {
    pub files: u64,
    pub secrets: Option<(std::time::SystemTime, u64)>,
}

/// Listens, when `liaison.toml` says where.
pub async fn listen(
    desk: &Arc<Desk>,
    serve: &Serve,
    stop: watch::Receiver<bool>,
    told: &Arc<dyn Told>,
) -> Result<Option<JoinHandle<()>>, ControlError> {
    let Some(address) = serve.inbound else {
        return Ok(None);
    };
    let certificates = Certificates::of(desk.control.home(), serve, Arc::clone(told))?;
    let listener = TcpListener::bind(address).await.map_err(|cause| {
        let args = vec![("address", address.to_string())];
        let english = format!("cannot listen on {address}");
        ControlError::command("serve-address", args, english)
            .cause(Text::plain(cause.to_string()))
            .hint(
                "inbound-address",
                vec![],
                "name another address in liaison.toml: `inbound` under [serve]",
            )
    })?;
    let address = listener
        .local_addr()
        .map_err(|cause| ControlError::bug(cause.to_string()))?;
    let scheme = match certificates {
        Some(_) => "https",
        None => "http",
    };
    told.say(&words!(
        "service-inbound",
        "systems call at {scheme}://{address}/in/TENANT/CONNECTION",
        scheme = scheme,
        address = address
    ));
    let inbound = Arc::new(Inbound {
        desk: Arc::clone(desk),
        brake: Arc::default(),
        proxies: serve.proxies.clone(),
        bodies: Arc::new(Semaphore::new(LARGE_BODIES_MAX)),
        doors: Mutex::default(),
    });
    Ok(Some(tokio::spawn(inbound.accept(
        listener,
        certificates,
        stop,
    ))))
}

impl Inbound {
    async fn accept(
        self: Arc<Self>,
        listener: TcpListener,
        certificates: Option<Certificates>,
        mut stop: watch::Receiver<bool>,
    ) {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let of_callers = Arc::new(Mutex::new(BTreeMap::<IpAddr, usize>::new()));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            // What is wrong with one caller is over with the next; too many open files need a moment.
            let Ok((stream, address)) = accepted else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
                continue;
            };
            let peer = address.ip().to_canonical();
            let of_caller = match self.proxies.contains(&peer) {
                true => None,
                false => match Speaking::begin(&of_callers, one_caller(peer)) {
                    Some(speaking) => Some(speaking),
                    None => continue,
                },
            };
            let (inbound, stop) = (Arc::clone(&self), stop.clone());
            let acceptor = certificates.as_ref().map(Certificates::acceptor);
            tokio::spawn(async move {
                inbound.speak(stream, address, acceptor, stop).await;
                drop((place, of_caller));
            });
        }
        // All places free: everybody has had an answer.
        let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(GRACE, room.acquire_many(all)).await;
    }

    async fn speak(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        acceptor: Option<TlsAcceptor>,
        stop: watch::Receiver<bool>,
    ) {
        // Small answers go out at once.
        let _ = stream.set_nodelay(true);
        match acceptor {
            None => self.speak_http(stream, address.ip(), stop).await,
            Some(acceptor) => {
                let shaken = tokio::time::timeout(HEADER_TIME_MAX, acceptor.accept(stream)).await;
                if let Ok(Ok(stream)) = shaken {
                    self.speak_http(stream, address.ip(), stop).await;
                }
            }
        }
    }

    async fn speak_http(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: IpAddr,
        mut stop: watch::Receiver<bool>,
    ) {
        let service = service_fn(move |request| {
            let inbound = Arc::clone(&self);
            async move { Ok::<_, Infallible>(inbound.answer(request, address).await) }
        });
        let speaking = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME_MAX)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut speaking = std::pin::pin!(speaking);
        tokio::select! {
            // A caller that breaks off has its own reasons.
            _ = &mut speaking => return,
            _ = stop.wait_for(|stop| *stop) => {}
        }
        speaking.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(GRACE, speaking).await;
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        address: IpAddr,
    ) -> Response<Full<Bytes>> {
        let Some((line, path)) = asked(request.uri().path()) else {
            return plain(StatusCode::NOT_FOUND);
        };
        let Some((control, files)) = self.desk.called(&line.tenant, &line.connection) else {
            return plain(StatusCode::NOT_FOUND);
        };
        let caller = caller(address, request.headers(), &self.proxies);
        let admitted = match self.brake.admit(&line, caller, Instant::now()) {
            Ok(admitted) => admitted,
            Err(busy) => {
                let mut response = plain(StatusCode::TOO_MANY_REQUESTS);
                let after = busy.retry_after.as_secs().into();
                response.headers_mut().insert(header::RETRY_AFTER, after);
                return response;
            }
        };
        let (head, body) = request.into_parts();
        let door = self.door(&line);
        let (body, room) = match self.collect(&door, &head.headers, body).await {
            Ok(collected) => collected,
            Err(status) => return closing(status),
        };
        let request = InboundRequest {
            method: head.method.as_str().to_owned(),
            path,
            query: head.uri.query().map(str::to_owned),
            headers: texts(&head.headers),
            body: body.into(),
        };
        // It goes on when the caller hangs up: what was begun with the system is finished. Until then the caller
        // counts as one that is being served, and its body as one in memory.
        let inbound = Arc::clone(&self);
        let handled = tokio::spawn(async move {
            let response = inbound.handle(&door, &line, control, files, request).await;
            drop(room);
            let delay = match &response {
                Some(response) if response.is_refused => admitted.missed(Instant::now()),
                _ => Duration::ZERO,
            };
            (response, delay, admitted)
        });
        let Ok((Some(response), delay, admitted)) = handled.await else {
            return plain(StatusCode::SERVICE_UNAVAILABLE);
        };
        // Nobody else waits for this.
        tokio::time::sleep(delay).await;
        drop(admitted);
        http_response(response)
    }

    /// The body, whole, if it is small enough and comes fast enough.
    async fn collect(
        &self,
        door: &Door,
        headers: &HeaderMap,
        mut body: Incoming,
    ) -> Result<(Bytes, Option<Room>), StatusCode> {
        let length = headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > BODY_BYTES_MAX) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let collecting = async {
            let (mut whole, mut room) = (BytesMut::new(), None);
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    return Err(StatusCode::BAD_REQUEST);
                };
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if whole.len() + data.len() > BODY_BYTES_MAX {
                    return Err(StatusCode::PAYLOAD_TOO_LARGE);
                }
                if room.is_none() && whole.len() + data.len() > SMALL_BODY_BYTES {
                    // First the connection's own, so that none waits with a place of all.
                    let own = Arc::clone(&door.bodies).acquire_owned().await;
                    let of_all = Arc::clone(&self.bodies).acquire_owned().await;
                    let closed = |_| StatusCode::SERVICE_UNAVAILABLE;
                    room = Some((own.map_err(closed)?, of_all.map_err(closed)?));
                }
                whole.extend_from_slice(&data);
            }
            Ok((whole.freeze(), room))
        };
        match tokio::time::timeout(BODY_TIME_MAX, collecting).await {
            Ok(collected) => collected,
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }

    /// None when the connector cannot answer; why stands in the log.
    async fn handle(
        &self,
        door: &Door,
        line: &Line,
        control: Control,
        files: u64,
        request: InboundRequest,
    ) -> Option<InboundResponse> {
        let mut kept = door.connector.lock().await;
        let stamp = Stamp {
            files,
            secrets: control.secrets_stamp(&line.tenant),
        };
        let connector = match &*kept {
            Some((of, Made::Ready(connector))) if *of == stamp => Arc::clone(connector),
            Some((of, Made::Failed(at))) if *of == stamp && at.elapsed() < TRIED_AGAIN_AFTER => {
                return None;
            }
            _ => match control.connector_of(&line.tenant, &line.connection).await {
                Ok(connector) => {
                    *kept = Some((stamp, Made::Ready(Arc::clone(&connector))));
                    connector
                }
                Err(error) => {
                    *kept = Some((stamp, Made::Failed(Instant::now())));
                    let (tenant, connection) = (&line.tenant, &line.connection);
                    tracing::error!(%tenant, %connection, code = error.code, "a system calls in vain: {}", error.message.fallback);
                    return None;
                }
            },
        };
        match connector.inbound(request).await? {
            Ok(response) => Some(response),
            Err(fault) => {
                let (tenant, connection) = (&line.tenant, &line.connection);
                tracing::error!(%tenant, %connection, "a system calls in vain: {fault}");
                None
            }
        }
    }

    fn door(&self, line: &Line) -> Arc<Door> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let door = doors.entry(line.clone());
        Arc::clone(door.or_insert_with(|| {
            Arc::new(Door {
                connector: tokio::sync::Mutex::default(),
                bodies: Arc::new(Semaphore::new(LARGE_BODIES_OF_LINE_MAX)),
            })
        }))
    }
}

/// Held while a large body is in memory.
type Room = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// One connection of a caller.
struct Speaking {
    of_callers: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    caller: IpAddr,
}

impl Speaking {
    /// None when the caller has as many as one may.
    fn begin(of_callers: &Arc<Mutex<BTreeMap<IpAddr, usize>>>, caller: IpAddr) -> Option<Self> {
        let mut counts = of_callers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(caller).or_default();
        if *count >= CONNECTIONS_OF_CALLER_MAX {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Self {
            of_callers: Arc::clone(of_callers),
            caller,
        })
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        let counts = self.of_callers.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.caller);
            }
        }
    }
}

/// Who calls. Behind proxies of ours it is the last of the addresses they named that is none of theirs: what stands
/// before it the caller may have written itself.
fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter();
    let named: Vec<&str> = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let addresses = named.iter().rev().map(|name| address_of(name.trim()));
    addresses
        .map_while(|address| address)
        .map(|address| address.to_canonical())
        .find(|address| !proxies.contains(address))
        .unwrap_or(peer)
}

/// Some proxies name the port as well.
fn address_of(name: &str) -> Option<IpAddr> {
    let alone = name.parse::<IpAddr>().ok();
    alone.or_else(|| Some(name.parse::<SocketAddr>().ok()?.ip()))
}

/// Whose door a path leads to, and what follows.
fn asked(path: &str) -> Option<(Line, String)> {
    let rest = path.strip_prefix("/in/")?;
    let (tenant, rest) = rest.split_once('/')?;
    let (connection, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let line = Line {
        tenant: TenantId::parse(tenant).ok()?,
        connection: ConnectionId::parse(connection).ok()?,
    };
    Some((line, path.to_owned()))
}

/// One whose value is no text is left out: no connector could be given it.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter();
    headers
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// For one whose body was not read to its end.
fn closing(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = plain(status);
    let close = header::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn http_response(answer: InboundResponse) -> Response<Full<Bytes>> {
    // Ours to say: how the body is carried, and what becomes of the connection.
    let ours = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ];
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let (Ok(name), Ok(value)) = (
            header::HeaderName::try_from(name),
            header::HeaderValue::try_from(value),
        ) else {
            continue;
        };
        if !ours.contains(&name) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_proxy_the_caller_is_whom_it_names() {
        let proxies: Vec<IpAddr> = ["127.0.0.1", "10.0.0.2"]
            .map(|proxy| proxy.parse().expect("an address"))
            .to_vec();
        for (peer, named, wanted) in [
            ("203.0.113.9", vec!["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.1", vec![], "127.0.0.1"),
            ("127.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            // What a caller says of itself stands before what the proxy saw.
            ("127.0.0.1", vec!["192.0.2.5, 198.51.100.1"], "198.51.100.1"),
            (
                "127.0.0.1",
                vec!["192.0.2.5", "198.51.100.1 , 10.0.0.2"],
                "198.51.100.1",
            ),
            ("127.0.0.1", vec!["192.0.2.5, nobody"], "127.0.0.1"),
            ("127.0.0.1", vec!["2001:db8::7"], "2001:db8::7"),
            ("127.0.0.1", vec!["198.51.100.1:50321"], "198.51.100.1"),
            ("127.0.0.1", vec!["[2001:db8::7]:50321"], "2001:db8::7"),
        ] {
            let mut headers = HeaderMap::new();
            for value in &named {
                headers.append("x-forwarded-for", value.parse().expect("a header"));
            }
            let found = caller(peer.parse().expect("an address"), &headers, &proxies);
            assert_eq!(found.to_string(), wanted, "{peer} {named:?}");
        }
    }

    #[test]
    fn a_path_names_tenant_connection_and_what_follows() {
        for (path, wanted) in [
            ("/in/demo/pad", Some(("demo", "pad", "/"))),
            ("/in/demo/pad/", Some(("demo", "pad", "/"))),
            ("/in/demo/pad/a/b%20c", Some(("demo", "pad", "/a/b%20c"))),
            ("/in/demo", None),
            ("/in/demo/", None),
            ("/in//pad", None),
            ("/in/de%6Do/pad", None),
            ("/in/../pad", None),
            ("/", None),
            ("/inn/demo/pad", None),
        ] {
            let found = asked(path);
            let found = found
                .as_ref()
                .map(|(line, rest)| (line.tenant.as_str(), line.connection.as_str(), &**rest));
            assert_eq!(found, wanted, "{path}");
        }
    }
}
