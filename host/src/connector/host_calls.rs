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
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceTable};
use wasmtime_wasi_http::p2::bindings::http::types::{self as wasi_http, HostOutgoingRequest as _};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};
use wasmtime_wasi_io::IoView;

use super::bindings::{clock, log, memory, progress, random, relay, secrets, settings, types};
use super::budget::Budget;
use super::egress::SendError;
use super::guest_host::{Algorithm, Broken, Encoder, GuestHost, LogLevel, RequestTimeouts};
use super::limits::{
    AUTHORITY_BYTES_MAX, HANDLES_MAX, HTTP_BYTES_HELD_MAX, Limits, METHOD_BYTES_MAX,
    PATH_BYTES_MAX, REQUEST_CHUNK_BYTES,
};
use super::relay::Parcel;

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
            answer_room: room(limits.response_bytes_max),
            // At least one answer, however large the operator wants them.
            room: Arc::new(Semaphore::new(
                room(HTTP_BYTES_HELD_MAX.max(limits.response_bytes_max)) as usize,
            )),
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
    super::bindings::CalledConnector::add_to_linker::<_, HasSelf<GuestState>>(
        &mut linker,
        |state| state,
    )?;
    wasmtime_wasi_io::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    shorten_requests(&mut linker)?;
    Ok(linker)
}

/// As the crate's own bindings have it; `the_parts_of_a_request_are_short` notices when it moves on.
const HTTP_TYPES: &str = "wasi:http/types@0.2.12";

type RequestHandle = Resource<wasi_http::OutgoingRequest>;
type Accepted = wasmtime::Result<(Result<(), ()>,)>;

/// The crate keeps a method and a host of any length: a guest could store megabytes behind each of
/// its handles, outside its own memory.
fn shorten_requests(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance(HTTP_TYPES)?;
    types.func_wrap(
        "[method]outgoing-request.set-method",
        |mut store, (request, method): (RequestHandle, wasi_http::Method)| -> Accepted {
            let long =
                matches!(&method, wasi_http::Method::Other(word) if word.len() > METHOD_BYTES_MAX);
            if long {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_method(request, method)?,))
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-authority",
        |mut store, (request, authority): (RequestHandle, Option<String>)| -> Accepted {
            if is_longer(&authority, AUTHORITY_BYTES_MAX) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_authority(request, authority)?,))
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-path-with-query",
        |mut store, (request, path): (RequestHandle, Option<String>)| -> Accepted {
            if is_longer(&path, PATH_BYTES_MAX) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_path_with_query(request, path)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn is_longer(words: &Option<String>, bytes_max: usize) -> bool {
    words.as_ref().is_some_and(|words| words.len() > bytes_max)
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

    async fn matches(
        &mut self,
        name: String,
        presented: String,
    ) -> wasmtime::Result<Result<bool, String>> {
        self.host.matches(&name, &presented).map_err(trap)
    }

    async fn sign(
        &mut self,
        name: String,
        algorithm: secrets::Algorithm,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let algorithm = match algorithm {
            secrets::Algorithm::Rs256 => Algorithm::Rs256,
            secrets::Algorithm::Hs256 => Algorithm::Hs256,
        };
        self.host.sign(&name, algorithm, &bytes).map_err(trap)
    }
}

type Done = wasmtime::Result<Result<(), String>>;

impl relay::Host for GuestState {
    async fn exchange(
        &mut self,
        parcels: Vec<relay::Parcel>,
    ) -> wasmtime::Result<Result<Vec<Vec<u8>>, String>> {
        let parcels = parcels.into_iter().map(|parcel| Parcel {
            key: parcel.key,
            payload: parcel.payload,
        });
        self.host.exchange(parcels.collect()).await.map_err(trap)
    }

    async fn moment(&mut self) -> wasmtime::Result<String> {
        self.host.moment().await.map_err(trap)
    }

    async fn open(&mut self, session: String) -> Done {
        self.host.relay_open(&session).await.map_err(trap)
    }

    async fn pending(
        &mut self,
        session: String,
        wait_ms: u32,
    ) -> wasmtime::Result<Result<relay::Waiting, String>> {
        let told = self.host.relay_pending(&session, wait_ms).await;
        let told = told.map_err(trap)?;
        Ok(told.map(|waiting| relay::Waiting {
            parcels: waiting.parcels,
            more: waiting.more,
        }))
    }

    async fn take(
        &mut self,
        session: String,
    ) -> wasmtime::Result<Result<Option<relay::Taken>, String>> {
        let taken = self.host.relay_take(&session).await.map_err(trap)?;
        Ok(taken.map(|taken| {
            taken.map(|taken| relay::Taken {
                key: taken.key,
                payload: taken.payload,
                sealed: taken.sealed,
            })
        }))
    }

    async fn seal(&mut self, session: String, key: String, bytes: Vec<u8>) -> Done {
        let sealed = self.host.relay_seal(&session, &key, bytes).await;
        sealed.map_err(trap)
    }

    async fn answer(&mut self, session: String, key: String, bytes: Vec<u8>) -> Done {
        let kept = self.host.relay_answer(&session, &key, bytes).await;
        kept.map_err(trap)
    }

    async fn put_back(&mut self, session: String, key: String) -> Done {
        self.host.relay_put_back(&session, &key).await.map_err(trap)
    }

    async fn close(&mut self, session: String) -> wasmtime::Result<()> {
        self.host.relay_close(&session).await.map_err(trap)
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
    /// What one answer may need of [`Self::room`].
    answer_room: u32,
    /// What this call's requests and answers may take of our memory, in units of [`ROOM_UNIT_BYTES`].
    room: Arc<Semaphore>,
}

const ROOM_UNIT_BYTES: usize = 1 << 10;

/// So many bytes in units of room.
fn room(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(ROOM_UNIT_BYTES)).unwrap_or(u32::MAX)
}

type Ending = Box<dyn Future<Output = Result<(), HttpError>> + Send>;
type Sending = dyn Future<Output = Result<(http::Response<WasiBody>, Ending), HttpError>> + Send;

impl WasiHttpHooks for DoorHook {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        REQUEST_CHUNK_BYTES
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        1
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_fate: Ending,
    ) -> Box<Sending> {
        let host = Arc::clone(&self.host);
        let bytes_max = self.request_bytes_max;
        let (whole_room, answer_room) = (Arc::clone(&self.room), self.answer_room);
        Box::new(async move {
            // A guest may ask for a hundred things at once, and leave the answers lying. What has no
            // room waits here, and has surely not left.
            let mut held = whole_room
                .acquire_many_owned(answer_room)
                .await
                .expect("the room is never closed");
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
            let header_bytes: usize = answer
                .headers()
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum();
            let needed = room(answer.body().len() + header_bytes).clamp(1, answer_room);
            drop(held.split((answer_room - needed) as usize));
            let answer = answer.map(|body| {
                // The room is given back with the body, when the guest has read or dropped it.
                let with_its_room = move |never| {
                    let _ = &held;
                    HttpError::from(never)
                };
                Full::new(body).map_err(with_its_room).boxed_unsync()
            });
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
