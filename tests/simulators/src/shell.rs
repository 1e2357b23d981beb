//! The thin shell around every simulated vendor: sockets, real time, connections that break.
//!
//! It owns what a pure state machine must not: the listener, the offset clock, the count of calls in
//! hand per lane, and carrying out what the fault layer decided. It runs on a thread of its own, so
//! synchronous and asynchronous tests use it alike.
//!
//! Invariant: the vendor's lock is held only while `handle` runs, never across a wait.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::control_plane;
use crate::fault::{Action, Faults, Seen, When};
use crate::simulator::{CLOSED, NowMs, Request, Response, Simulator};
use crate::tls::Tls;

/// How long a stop waits for answers in hand before it cuts connections.
const STOP_WAIT: Duration = Duration::from_millis(300);
/// Between the half body of `truncate` and the close, so that the half is on the wire first.
const TRUNCATE_WAIT: Duration = Duration::from_millis(20);

/// A simulator being served. Dropping it stops the server.
pub struct Running {
    state: Arc<State>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    url: String,
}

/// What all connections share.
pub(crate) struct State {
    simulator: Mutex<Box<dyn Simulator>>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) counts: Mutex<Counts>,
    lanes: Mutex<HashMap<String, usize>>,
    clock_offset_ms: AtomicI64,
    scheme: &'static str,
    address: SocketAddr,
}

/// Requests since the start or the last reset. `/_sim/` is never counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub by_route: BTreeMap<String, u64>,
    pub by_status: BTreeMap<u16, u64>,
    pub total: u64,
    /// Answers of 400 and above, by the vendor or by a fault.
    pub refused: u64,
    /// Requests that got no whole answer because of a fault.
    pub unanswered: u64,
    /// The most calls in hand together, by lane; those that were refused for being too many are among them.
    pub most_at_once: BTreeMap<String, usize>,
}

/// Marks an answer that must not be sent: the connection closes instead.
#[derive(Clone)]
struct CloseInstead;

impl Running {
    /// Serves `simulator` on a loopback address; port 0 takes a free one.
    pub fn start(
        simulator: Box<dyn Simulator>,
        listen: SocketAddr,
        tls: Option<Tls>,
    ) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(io::Error::other(format!(
                "{listen} is not a loopback address"
            )));
        }
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(State {
            simulator: Mutex::new(simulator),
            faults: Mutex::default(),
            counts: Mutex::default(),
            lanes: Mutex::default(),
            clock_offset_ms: AtomicI64::new(0),
            scheme,
            address,
        });
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let served = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("simulator".to_owned())
            .spawn(move || {
                runtime.block_on(serve(listener, served, tls, stopped));
                runtime.shutdown_timeout(STOP_WAIT);
            })?;
        let url = format!("{scheme}://{address}");
        Ok(Self {
            state,
            stop,
            thread: Some(thread),
            url,
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Acts on the simulator between requests.
    pub fn with<T>(&self, act: impl FnOnce(&mut dyn Simulator) -> T) -> T {
        act(self.state.simulator().as_mut())
    }

    /// What `GET /_sim/requests` answers.
    pub fn requests(&self) -> Value {
        self.state.requests()
    }

    /// Forgets the requests counted so far.
    pub fn reset_requests(&self) {
        *lock(&self.state.counts) = Counts::default();
    }

    /// Replaces the fault rules; `json!([])` clears them.
    pub fn set_faults(&self, rules: &Value) -> Result<(), String> {
        *lock(&self.state.faults) = Faults::parse(rules)?;
        Ok(())
    }

    /// The fault rules with how often each fired.
    pub fn faults(&self) -> Value {
        lock(&self.state.faults).report()
    }

    /// Moves the simulator's clock forward.
    pub fn advance_ms(&self, ms: i64) {
        self.state.clock_offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sets the simulator's clock; it runs on from there.
    pub fn set_now(&self, now: NowMs) {
        self.state.set_now(now);
    }

    /// The simulator's time.
    pub fn now(&self) -> NowMs {
        self.state.now()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl State {
    pub(crate) fn simulator(&self) -> MutexGuard<'_, Box<dyn Simulator>> {
        lock(&self.simulator)
    }

    pub(crate) fn now(&self) -> NowMs {
        jiff::Timestamp::now().as_millisecond() + self.clock_offset_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn set_now(&self, now: NowMs) {
        let offset = now - jiff::Timestamp::now().as_millisecond();
        self.clock_offset_ms.store(offset, Ordering::Relaxed);
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.clock_offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn requests(&self) -> Value {
        let counts = lock(&self.counts);
        json!({
            "total": counts.total,
            "by_route": counts.by_route,
            "by_status": counts.by_status,
            "refused": counts.refused,
            "unanswered": counts.unanswered,
            "most_at_once": counts.most_at_once,
        })
    }

    /// Counts a request into its lane until the guard goes.
    fn enter(self: &Arc<Self>, lane: Option<String>) -> LaneGuard {
        let in_flight = lane.as_ref().map_or(1, |lane| {
            let mut lanes = lock(&self.lanes);
            let count = lanes.entry(lane.clone()).or_default();
            *count += 1;
            let mut counts = lock(&self.counts);
            let most = counts.most_at_once.entry(lane.clone()).or_default();
            *most = (*most).max(*count);
            *count
        });
        LaneGuard {
            state: Arc::clone(self),
            lane,
            in_flight,
        }
    }
}

/// A request in hand; leaves its lane when the answer is sent or the client has gone.
struct LaneGuard {
    state: Arc<State>,
    lane: Option<String>,
    in_flight: usize,
}

impl Drop for LaneGuard {
    fn drop(&mut self) {
        if let Some(lane) = &self.lane
            && let Some(count) = lock(&self.state.lanes).get_mut(lane)
        {
            *count -= 1;
        }
    }
}

/// A panic in a simulator is a failed request, not the end of every later test step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    tls: Option<Tls>,
    mut stopped: watch::Receiver<bool>,
) {
    let listener =
        tokio::net::TcpListener::from_std(listener).expect("the listener is non-blocking");
    let acceptor = tls.map(|tls| tokio_rustls::TlsAcceptor::from(tls.config));
    let router = control_plane::router(Arc::clone(&state))
        .fallback(move |request| vendor_call(state.clone(), request));
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let Ok((socket, _)) = socket else { continue };
        let _ = socket.set_nodelay(true);
        let (router, acceptor, stopped) = (router.clone(), acceptor.clone(), stopped.clone());
        tokio::spawn(async move {
            match acceptor {
                None => connection(TokioIo::new(socket), router, stopped).await,
                Some(acceptor) => {
                    // A client that does not trust our authority simply goes away.
                    if let Ok(socket) = acceptor.accept(socket).await {
                        connection(TokioIo::new(socket), router, stopped).await;
                    }
                }
            }
        });
    }
}

async fn connection<T>(io: T, router: axum::Router, mut stopped: watch::Receiver<bool>)
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let answer: Result<HttpResponse, Infallible> =
                router.oneshot(request.map(Body::new)).await;
            let Ok(answer) = answer;
            // hyper closes the connection without a byte when the service fails.
            match answer.extensions().get::<CloseInstead>() {
                Some(_) => Err(io::Error::other("closed by a fault rule")),
                None => Ok(answer),
            }
        }
    });
    let mut connection = std::pin::pin!(http1::Builder::new().serve_connection(io, service));
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(STOP_WAIT, connection).await;
        }
    }
}

/// One request to the vendor, with the fault that a rule asks for.
async fn vendor_call(state: Arc<State>, request: axum::extract::Request) -> HttpResponse {
    let Ok(request) = read_request(&state, request).await else {
        return close();
    };
    let (route, lane) = {
        let simulator = state.simulator();
        (simulator.route(&request), simulator.lane(&request))
    };
    let fault = {
        let path = if request.query.is_empty() {
            request.path.clone()
        } else {
            format!("{}?{}", request.path, request.query)
        };
        let seen = Seen {
            method: &request.method,
            route: &route,
            path: &path,
            body: &request.body,
        };
        lock(&state.faults).decide(seen)
    };
    count_request(&state, route);
    let guard = state.enter(lane);
    let request = Request {
        in_flight: guard.in_flight,
        ..request
    };
    let handle = || state.simulator().handle(&request, state.now());

    let answer = match fault {
        None => handle(),
        Some(Action::Delay { ms }) => {
            let answer = handle();
            Response {
                delay_ms: answer.delay_ms + ms,
                ..answer
            }
        }
        Some(Action::Duplicate) => {
            handle();
            handle()
        }
        Some(Action::Status {
            status,
            headers,
            body,
            when,
        }) => {
            if when == When::After {
                handle();
            }
            Response {
                status,
                headers,
                body: body.into_bytes(),
                delay_ms: 0,
            }
        }
        Some(Action::Html) => answer_of("text/html; charset=utf-8", MAINTENANCE_PAGE.as_bytes()),
        Some(Action::Rubbish) => answer_of(
            "application/json",
            &[0xff, 0xfe, 0x00, 0x7b, 0x22, 0x80, 0x0a],
        ),
        Some(Action::Truncate) => {
            let answer = handle();
            tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
            lock(&state.counts).unanswered += 1;
            return truncated(answer);
        }
        Some(Action::DropBefore) => return unanswered(&state),
        Some(Action::DropAfter) => {
            handle();
            return unanswered(&state);
        }
        Some(Action::Hang { when }) => {
            if when == When::After {
                handle();
            }
            lock(&state.counts).unanswered += 1;
            return std::future::pending().await;
        }
    };
    if answer.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(answer.delay_ms)).await;
    }
    if answer.status == CLOSED {
        return unanswered(&state);
    }
    count_answer(&state, answer.status);
    drop(guard);
    http_response(answer.status, &answer.headers, Body::from(answer.body))
}

async fn read_request(
    state: &State,
    request: axum::extract::Request,
) -> Result<Request, axum::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_owned);
    let host = host.unwrap_or_else(|| state.address.to_string());
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        origin: format!("{}://{host}", state.scheme),
        in_flight: 1,
    })
}

fn count_request(state: &State, route: String) {
    let mut counts = lock(&state.counts);
    counts.total += 1;
    *counts.by_route.entry(route).or_default() += 1;
}

fn count_answer(state: &State, status: u16) {
    let mut counts = lock(&state.counts);
    *counts.by_status.entry(status).or_default() += 1;
    counts.refused += u64::from(status >= 400);
}

fn unanswered(state: &State) -> HttpResponse {
    lock(&state.counts).unanswered += 1;
    close()
}

fn close() -> HttpResponse {
    let mut response = HttpResponse::new(Body::empty());
    response.extensions_mut().insert(CloseInstead);
    response
}

fn answer_of(content_type: &str, body: &[u8]) -> Response {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Response {
        status: 200,
        headers,
        body: body.to_vec(),
        delay_ms: 0,
    }
}

/// Half the body, then a failure that makes hyper close the connection.
fn truncated(answer: Response) -> HttpResponse {
    let whole = answer.body.len();
    let half = Bytes::from(answer.body).slice(..whole / 2);
    let chunks = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                tokio::time::sleep(TRUNCATE_WAIT).await;
                Some((Err(io::Error::other("truncated by a fault rule")), None))
            }
        }
    });
    let mut response = http_response(answer.status, &answer.headers, Body::from_stream(chunks));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole));
    response
}

fn http_response(status: u16, headers: &[(String, String)], body: Body) -> HttpResponse {
    let mut response = HttpResponse::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

const MAINTENANCE_PAGE: &str = "<!DOCTYPE html><html><head><title>Maintenance</title></head>\
    <body><h1>We will be back shortly</h1><p>Scheduled maintenance is in progress.</p></body></html>";
