//! The imports we give to guests: wasmtime's traits on one side, [`GuestHost`] on the other.
//!
//! Nothing is decided here. Each function turns what the guest said into the plain call and the
//! answer back; `wasi:http` goes the same way, so there is one way out and not two.
//!
//! Invariant: the linker offers the contract, `wasi:http/outgoing-handler` with its types, and the
//! `wasi:io` these stand on. No files, environment, sockets, clocks or random numbers of WASI.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};
use wasmtime_wasi_io::IoView;

use super::bindings::{clock, log, memory, progress, random, secrets, settings, types};
use super::budget::Budget;
use super::egress::SendError;
use super::guest_host::{Broken, Encoder, GuestHost, LogLevel, RequestTimeouts};
use super::limits::{HANDLES_MAX, Limits};

/// What one instance owns on our side.
pub struct GuestState {
    host: Arc<dyn GuestHost>,
    pub budget: Budget,
    table: ResourceTable,
    http: WasiHttpCtx,
    door: DoorHook,
}

impl GuestState {
    pub fn new(host: Arc<dyn GuestHost>, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes_max);
        let door = DoorHook {
            host: Arc::clone(&host),
            request_bytes_max: limits.request_bytes_max,
        };
        Self {
            host,
            budget: Budget::new(limits),
            table,
            http,
            door,
        }
    }
}

/// A linker that offers what a connector may import, and nothing else.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<GuestState>> {
    let mut linker = Linker::new(engine);
    super::bindings::Connector::add_to_linker::<_, HasSelf<GuestState>>(&mut linker, |state| {
        state
    })?;
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Ok(linker)
}

fn trap(broken: Broken) -> wasmtime::Error {
    wasmtime::Error::new(broken)
}

impl types::Host for GuestState {}

impl settings::Host for GuestState {
    async fn get(&mut self) -> wasmtime::Result<String> {
        self.host.settings().map_err(trap)
    }
}

impl log::Host for GuestState {
    async fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.host.log(level, &message);
        Ok(())
    }
}

impl clock::Host for GuestState {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.host.now_ms().map_err(trap)
    }

    async fn monotonic_ms(&mut self) -> wasmtime::Result<u64> {
        self.host.monotonic_ms().map_err(trap)
    }

    async fn sleep_ms(&mut self, ms: u32) -> wasmtime::Result<()> {
        self.host.sleep_ms(ms).await.map_err(trap)
    }
}

impl random::Host for GuestState {
    async fn bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        self.host.random(count).map_err(trap)
    }
}

impl memory::Host for GuestState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.host.memory_get(&key).await.map_err(trap)
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.host.memory_set(&key, Some(value)).await.map_err(trap)
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        match self.host.memory_set(&key, None).await.map_err(trap)? {
            Ok(()) => Ok(()),
            Err(words) => Err(trap(Broken::Guest(words))),
        }
    }
}

impl progress::Host for GuestState {
    async fn note(&mut self, token: String, note: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.host.note_progress(&token, note).await.map_err(trap)
    }
}

impl secrets::Host for GuestState {
    async fn placeholder(
        &mut self,
        name: String,
        encoder: secrets::Encoder,
    ) -> wasmtime::Result<Result<String, String>> {
        let encoder = match encoder {
            secrets::Encoder::Plain => Encoder::Plain,
            secrets::Encoder::Xml => Encoder::Xml,
            secrets::Encoder::Json => Encoder::Json,
            secrets::Encoder::Url => Encoder::Url,
            secrets::Encoder::Basic => Encoder::Basic,
        };
        self.host.placeholder(&name, encoder).map_err(trap)
    }
}

impl IoView for GuestState {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.door,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// The only sender of `wasi:http`: the crate is built without its own, so forgetting this one would
/// not compile.
struct DoorHook {
    host: Arc<dyn GuestHost>,
    request_bytes_max: usize,
}

type Ending = Box<dyn Future<Output = Result<(), HttpError>> + Send>;
type Sending = dyn Future<Output = Result<(http::Response<WasiBody>, Ending), HttpError>> + Send;

impl WasiHttpHooks for DoorHook {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_fate: Ending,
    ) -> Box<Sending> {
        let host = Arc::clone(&self.host);
        let bytes_max = self.request_bytes_max;
        Box::new(async move {
            let (head, body) = request.into_parts();
            let body = collect(body, bytes_max).await?;
            let timeouts = RequestTimeouts {
                connect: options.and_then(|options| options.connect_timeout),
                first_byte: options.and_then(|options| options.first_byte_timeout),
            };
            let answer = host
                .send(http::Request::from_parts(head, body), timeouts)
                .await
                .map_err(SendError::into_wasi)?;
            let answer = answer.map(|body| Full::new(body).map_err(HttpError::from).boxed_unsync());
            Ok((answer, Box::new(async { Ok(()) }) as Ending))
        })
    }
}

/// The request's body, whole: a placeholder may span what the guest wrote in two pieces, and a
/// request that is cut off half-way must not leave at all.
async fn collect(mut body: WasiBody, bytes_max: usize) -> Result<Bytes, HttpError> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > bytes_max {
                return Err(SendError::RequestTooLarge { bytes_max }.into_wasi());
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}
