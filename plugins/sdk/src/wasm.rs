//! The host inside the sandbox: the contract's imports and `wasi:http`.

use crate::connector::{whole_catalogue, Connector};
use crate::contract::bindings::exports::liaison::connector::system::Guest;
use crate::contract::bindings::liaison::connector as imports;
use crate::contract::called::exports::liaison::connector::inbound;
use crate::contract::called::liaison::connector::relay as wire;
use crate::contract::prepared::exports::liaison::connector::setup;
use crate::contract::*;
use crate::host::{
    Algorithm, Encoder, Host, HttpError, HttpRequest, HttpResponse, LogLevel, Method, NotSent,
};
use crate::relay::{
    Called, InboundRequest, InboundResponse, NoRelay, Parcel, Relay, Taken, Waiting,
};
use crate::setup::{Preparation, Prepared};
use std::marker::PhantomData;
use wasip2::http::types as wasi;
use wasip2::io::streams::StreamError;

/// The body of an answer is read up to this size; beyond it the answer counts as none. The host
/// stops at 10 MiB as well.
const RESPONSE_BYTES_MAX: usize = 10 << 20;
/// `blocking-write-and-flush` takes at most this much at once.
const WRITE_BYTES_MAX: usize = 4096;

/// Joins a connector to the component's exports. Made by [`export_connector!`](crate::export_connector!)
/// and, for a system that calls us, [`export_called_connector!`](crate::export_called_connector!).
pub struct Glue<C, const CALLED: bool = false>(PhantomData<C>);

/// Every call runs in a fresh instance, so every call sets the hook that makes a panic readable:
/// without it the host sees a trap without words.
fn start<C: Default, const CALLED: bool>() -> (C, Sandbox<CALLED>) {
    std::panic::set_hook(Box::new(|panic| {
        imports::log::write(LogLevel::Error, &format!("panic: {panic}"));
    }));
    (C::default(), Sandbox)
}

impl<C: Connector + Default, const CALLED: bool> Guest for Glue<C, CALLED> {
    fn describe() -> Manifest {
        start::<C, CALLED>().0.describe()
    }

    fn check() -> Result<Vec<Finding>, Fault> {
        let (connector, host) = start::<C, CALLED>();
        connector.check(&host)
    }

    fn changes(
        entity: String,
        since: Option<Cursor>,
        filter: Vec<Condition>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (connector, host) = start::<C, CALLED>();
        connector.changes(&host, &entity, since, &filter, limit)
    }

    fn read(entity: String, ids: Vec<String>) -> Result<Vec<Option<Entry>>, Fault> {
        let (connector, host) = start::<C, CALLED>();
        connector.read(&host, &entity, &ids)
    }

    fn find(entity: String, queries: Vec<Query>) -> Result<Vec<Vec<Entry>>, Fault> {
        let (connector, host) = start::<C, CALLED>();
        connector.find(&host, &entity, &queries)
    }

    fn query(
        entity: String,
        filter: Vec<Condition>,
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (connector, host) = start::<C, CALLED>();
        connector.query(&host, &entity, &filter, at, limit)
    }

    fn write(entity: String, operations: Vec<Operation>) -> Vec<Outcome> {
        let (connector, host) = start::<C, CALLED>();
        connector.write(&host, &entity, &operations)
    }

    fn catalogue(lang: String) -> Option<String> {
        whole_catalogue(&start::<C, CALLED>().0, &lang)
    }
}

impl<C: Called + Default> inbound::Guest for Glue<C, true> {
    fn handle(request: inbound::Request) -> inbound::Response {
        let (connector, host) = start::<C, true>();
        let request = InboundRequest {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers,
            body: request.body,
        };
        let InboundResponse {
            status,
            headers,
            body,
        } = connector.handle(&host, request);
        inbound::Response {
            status,
            headers,
            body,
            ext: Vec::new(),
        }
    }
}

impl<C: Prepared + Default, const CALLED: bool> setup::Guest for Glue<C, CALLED> {
    fn prepare(address: String) -> Result<setup::Preparation, Fault> {
        let (connector, host) = start::<C, CALLED>();
        let Preparation {
            files,
            generate,
            steps,
            ext,
        } = connector.prepare(&host, &address)?;
        let files = files.into_iter().map(|file| setup::File {
            name: file.name,
            content: file.content,
            purpose: file.purpose,
        });
        Ok(setup::Preparation {
            files: files.collect(),
            generate,
            steps,
            ext,
        })
    }
}

/// The host as the sandbox gives it. Only a connector whose system calls it imports what lets it in: the
/// others must not ask for a power they never use.
pub struct Sandbox<const CALLED: bool>;

/// The relay as the sandbox gives it.
struct Imported;

impl Relay for Imported {
    fn exchange(&self, parcels: &[Parcel]) -> Result<Vec<Vec<u8>>, String> {
        let parcels: Vec<wire::Parcel> = parcels
            .iter()
            .map(|parcel| wire::Parcel {
                key: parcel.key.clone(),
                payload: parcel.payload.clone(),
            })
            .collect();
        wire::exchange(&parcels)
    }

    fn moment(&self) -> String {
        wire::moment()
    }

    fn open(&self, session: &str) -> Result<(), String> {
        wire::open(session)
    }

    fn pending(&self, session: &str, wait_ms: u32) -> Result<Waiting, String> {
        let waiting = wire::pending(session, wait_ms)?;
        Ok(Waiting {
            parcels: waiting.parcels,
            more: waiting.more,
        })
    }

    fn take(&self, session: &str) -> Result<Option<Taken>, String> {
        Ok(wire::take(session)?.map(|taken| Taken {
            key: taken.key,
            payload: taken.payload,
            sealed: taken.sealed,
        }))
    }

    fn seal(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
        wire::seal(session, key, bytes)
    }

    fn answer(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
        wire::answer(session, key, bytes)
    }

    fn put_back(&self, session: &str, key: &str) -> Result<(), String> {
        wire::put_back(session, key)
    }

    fn close(&self, session: &str) {
        wire::close(session);
    }
}

impl<const CALLED: bool> Host for Sandbox<CALLED> {
    fn matches(&self, name: &str, presented: &str) -> Result<bool, String> {
        match CALLED {
            true => imports::secrets::matches(name, presented),
            false => Err("this connector lets nobody in".to_owned()),
        }
    }

    fn relay(&self) -> &dyn Relay {
        match CALLED {
            true => &Imported,
            false => &NoRelay,
        }
    }

    fn settings_json(&self) -> String {
        imports::settings::get()
    }

    fn log(&self, level: LogLevel, message: &str) {
        imports::log::write(level, message);
    }

    fn now_ms(&self) -> u64 {
        imports::clock::now_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        imports::clock::monotonic_ms()
    }

    fn sleep_ms(&self, ms: u32) {
        imports::clock::sleep_ms(ms);
    }

    fn random(&self, count: u32) -> Vec<u8> {
        imports::random::bytes(count)
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        imports::memory::get(key)
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        imports::memory::set(key, value)
    }

    fn memory_delete(&self, key: &str) {
        imports::memory::delete(key);
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        imports::progress::note(token, note)
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        imports::secrets::placeholder(name, encoder)
    }

    fn sign(&self, name: &str, algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, String> {
        imports::secrets::sign(name, algorithm, bytes)
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let outgoing = prepare(&request)?;
        let body = outgoing
            .body()
            .map_err(|()| invalid("the request takes no body"))?;
        // Options would bring a time-out, but with it an import of `wasi:clocks`, which no connector gets.
        let answer = wasip2::http::outgoing_handler::handle(outgoing, None).map_err(error_of)?;
        // A host that has already refused closes the body; its reason then stands in the answer.
        let written = write_body(body, &request.body);
        answer.subscribe().block();
        match answer.get() {
            Some(Ok(Ok(incoming))) => collect(incoming),
            Some(Ok(Err(code))) => Err(error_of(code)),
            _ => Err(no_answer(written.err().unwrap_or("the answer was lost"))),
        }
    }
}

fn prepare(request: &HttpRequest) -> Result<wasi::OutgoingRequest, HttpError> {
    let (scheme, rest) = match request.url.split_once("://") {
        Some(("https", rest)) => (wasi::Scheme::Https, rest),
        Some(("http", rest)) => (wasi::Scheme::Http, rest),
        _ => return Err(invalid(&format!("`{}` is no http address", request.url))),
    };
    let (authority, path) = rest.find(['/', '?']).map_or((rest, "/".to_owned()), |at| {
        let (authority, path) = rest.split_at(at);
        (
            authority,
            if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            },
        )
    });
    let headers: Vec<(String, Vec<u8>)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()))
        .collect();
    let fields = wasi::Fields::from_list(&headers)
        .map_err(|e| invalid(&format!("a header is refused: {e}")))?;
    let outgoing = wasi::OutgoingRequest::new(fields);
    let method = match request.method {
        Method::Get => wasi::Method::Get,
        Method::Post => wasi::Method::Post,
        Method::Put => wasi::Method::Put,
        Method::Patch => wasi::Method::Patch,
        Method::Delete => wasi::Method::Delete,
    };
    let set = outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)));
    set.map_err(|()| invalid(&format!("`{}` is no usable address", request.url)))?;
    Ok(outgoing)
}

fn write_body(body: wasi::OutgoingBody, bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| "the body cannot be written")?;
        for chunk in bytes.chunks(WRITE_BYTES_MAX) {
            stream
                .blocking_write_and_flush(chunk)
                .map_err(|_| "the body could not be sent")?;
        }
    }
    wasi::OutgoingBody::finish(body, None).map_err(|_| "the body could not be finished")
}

fn collect(incoming: wasi::IncomingResponse) -> Result<HttpResponse, HttpError> {
    let status = incoming.status();
    let headers = incoming
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    let body = incoming
        .consume()
        .map_err(|()| no_answer("the answer has no body"))?;
    let mut bytes = Vec::new();
    {
        let stream = body
            .stream()
            .map_err(|()| no_answer("the answer's body cannot be read"))?;
        loop {
            match stream.blocking_read(64 * 1024) {
                Ok(chunk) => bytes.extend(chunk),
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(e)) => {
                    return Err(no_answer(&format!(
                        "the answer broke off: {}",
                        e.to_debug_string()
                    )));
                }
            }
            if bytes.len() > RESPONSE_BYTES_MAX {
                return Err(no_answer("the answer is larger than 10 MiB"));
            }
        }
    }
    Ok(HttpResponse {
        status,
        headers,
        body: bytes,
    })
}

/// Only what surely happens before the first byte leaves counts as not sent; in doubt it was sent.
fn error_of(code: wasi::ErrorCode) -> HttpError {
    use wasi::ErrorCode as E;
    let why = match &code {
        E::HttpRequestDenied
        | E::DestinationIpProhibited
        | E::LoopDetected
        | E::ConfigurationError => NotSent::Denied,
        E::ConnectionLimitReached => NotSent::Throttled,
        E::DnsTimeout
        | E::DnsError(_)
        | E::DestinationNotFound
        | E::DestinationUnavailable
        | E::DestinationIpUnroutable
        | E::TlsCertificateError
        | E::TlsProtocolError
        | E::ConnectionRefused => NotSent::Unreachable,
        E::HttpRequestLengthRequired
        | E::HttpRequestBodySize(_)
        | E::HttpRequestMethodInvalid
        | E::HttpRequestUriInvalid
        | E::HttpRequestUriTooLong
        | E::HttpRequestHeaderSectionSize(_)
        | E::HttpRequestHeaderSize(_) => NotSent::Invalid,
        _ => return no_answer(&format!("{code:?}")),
    };
    HttpError::NotSent {
        why,
        detail: format!("{code:?}"),
    }
}

fn invalid(detail: &str) -> HttpError {
    HttpError::NotSent {
        why: NotSent::Invalid,
        detail: detail.to_owned(),
    }
}

fn no_answer(detail: &str) -> HttpError {
    HttpError::NoAnswer {
        detail: detail.to_owned(),
    }
}
