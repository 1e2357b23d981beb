//! A guest's host with a tape: it notes what a live one answers, or answers from what was noted.
//!
//! Each import stands here once, so that what is recorded and what is compared is the same thing.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use super::bytes as blob;
use super::file::Answer;
use super::on_tape::OnTape;
use super::player::Player;
use super::recorder::Recorder;
use crate::connector::egress::SendError;
use crate::connector::guest_host::{
    Algorithm, Encoder, GuestHost, HostResult, LogLevel, RequestTimeouts,
};
use crate::connector::marks::Marks;
use crate::connector::relay::{Parcel, Taken, Waiting};
use crate::connector::scrub;
use crate::model::text::words;

pub const SEND: &str = "http.send";
pub const LOG: &str = "log.write";

pub enum TapedHost {
    Recording {
        live: Arc<dyn GuestHost>,
        recorder: Arc<Recorder>,
    },
    Playing {
        player: Arc<Player>,
        /// For a guest's last words.
        marks: Arc<Marks>,
    },
}

impl TapedHost {
    fn live(&self) -> Option<&dyn GuestHost> {
        match self {
            Self::Recording { live, .. } => Some(&**live),
            Self::Playing { .. } => None,
        }
    }

    /// What is asked, for the tape. A guest that floods its host is not to cost a copy of everything.
    fn noted(&self, asked: impl FnOnce() -> Value) -> Value {
        match self {
            Self::Recording { recorder, .. } if recorder.is_full() => Value::Null,
            Self::Recording { .. } | Self::Playing { .. } => asked(),
        }
    }

    fn at_once<T: OnTape>(
        &self,
        import: &str,
        asked: Value,
        ask: impl FnOnce(&dyn GuestHost) -> HostResult<T>,
    ) -> HostResult<T> {
        match self {
            Self::Recording { live, recorder } => {
                let place = recorder.asked(import, asked);
                let told = ask(&**live);
                if place.is_some() {
                    recorder.answered(place, answer(&told));
                }
                told
            }
            Self::Playing { player, .. } => player.at_once(import, asked),
        }
    }

    /// `told`: what the live host will say; none in a replay.
    async fn in_time<T: OnTape>(
        &self,
        import: &str,
        asked: Value,
        told: Option<impl Future<Output = HostResult<T>> + Send>,
    ) -> HostResult<T> {
        match (self, told) {
            (Self::Recording { recorder, .. }, Some(told)) => {
                let place = recorder.asked(import, asked);
                let told = told.await;
                if place.is_some() {
                    recorder.answered(place, answer(&told));
                }
                told
            }
            (Self::Recording { .. }, None) => unreachable!("what records has a live host"),
            (Self::Playing { player, .. }, _) => player.in_time(import, asked).await,
        }
    }
}

fn answer<T: OnTape>(told: &HostResult<T>) -> Answer {
    match told {
        Ok(told) => Answer::Answered(told.to_tape()),
        Err(broken) => Answer::Broke(broken.clone()),
    }
}

fn word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}

fn encoder_word(encoder: Encoder) -> &'static str {
    match encoder {
        Encoder::Plain => "plain",
        Encoder::Xml => "xml",
        Encoder::Json => "json",
        Encoder::Url => "url",
        Encoder::Basic => "basic",
    }
}

fn algorithm_word(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => "rs256",
        Algorithm::Hs256 => "hs256",
    }
}

fn request(request: &http::Request<Bytes>, timeouts: RequestTimeouts) -> Value {
    let headers: Vec<Value> = request
        .headers()
        .iter()
        .map(|(name, value)| json!([name.as_str(), blob::to_value(value.as_bytes())]))
        .collect();
    let mut asked = json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": blob::to_value(request.body()),
    });
    for (name, timeout) in [
        ("connect_ms", timeouts.connect),
        ("first_byte_ms", timeouts.first_byte),
    ] {
        if let Some(timeout) = timeout {
            asked[name] = json!(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        }
    }
    asked
}

#[async_trait]
impl GuestHost for TapedHost {
    fn settings(&self) -> HostResult<String> {
        self.at_once("settings.get", json!({}), |live| live.settings())
    }

    fn log(&self, level: LogLevel, message: &str) {
        let asked = self.noted(|| json!({"level": word(level), "message": message}));
        match self {
            Self::Recording { live, recorder } => {
                let place = recorder.asked(LOG, asked);
                live.log(level, message);
                recorder.answered(place, Answer::Answered(().to_tape()));
            }
            Self::Playing { player, marks } => {
                player.logged(asked);
                if level == LogLevel::Error {
                    marks.said(&scrub::for_log(message));
                }
            }
        }
    }

    fn now_ms(&self) -> HostResult<u64> {
        self.at_once("clock.now-ms", json!({}), |live| live.now_ms())
    }

    fn monotonic_ms(&self) -> HostResult<u64> {
        self.at_once("clock.monotonic-ms", json!({}), |live| live.monotonic_ms())
    }

    async fn sleep_ms(&self, ms: u32) -> HostResult<()> {
        let told = self.live().map(|live| live.sleep_ms(ms));
        self.in_time("clock.sleep-ms", json!({ "ms": ms }), told)
            .await
    }

    fn random(&self, count: u32) -> HostResult<Vec<u8>> {
        let asked = json!({ "count": count });
        self.at_once("random.bytes", asked, |live| live.random(count))
    }

    async fn memory_get(&self, key: &str) -> HostResult<Option<Vec<u8>>> {
        let told = self.live().map(|live| live.memory_get(key));
        self.in_time("memory.get", json!({ "key": key }), told)
            .await
    }

    async fn memory_set(
        &self,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> HostResult<Result<(), String>> {
        let (import, asked) = match &value {
            Some(value) => {
                let asked = || json!({"key": key, "value": blob::to_value(value)});
                ("memory.set", self.noted(asked))
            }
            None => ("memory.delete", json!({ "key": key })),
        };
        let told = self.live().map(|live| live.memory_set(key, value));
        self.in_time(import, asked, told).await
    }

    async fn note_progress(&self, token: &str, note: Vec<u8>) -> HostResult<Result<(), String>> {
        let asked = self.noted(|| json!({"token": token, "note": blob::to_value(&note)}));
        let told = self.live().map(|live| live.note_progress(token, note));
        self.in_time("progress.note", asked, told).await
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> HostResult<Result<String, String>> {
        let asked = json!({"name": name, "encoder": encoder_word(encoder)});
        self.at_once("secrets.placeholder", asked, |live| {
            live.placeholder(name, encoder)
        })
    }

    fn matches(&self, name: &str, presented: &str) -> HostResult<Result<bool, String>> {
        // What was presented may be the secret, and is not noted.
        self.at_once("secrets.matches", json!({ "name": name }), |live| {
            live.matches(name, presented)
        })
    }

    fn sign(
        &self,
        name: &str,
        algorithm: Algorithm,
        bytes: &[u8],
    ) -> HostResult<Result<Vec<u8>, String>> {
        let asked = self.noted(|| {
            json!({
                "name": name,
                "algorithm": algorithm_word(algorithm),
                "bytes": blob::to_value(bytes),
            })
        });
        self.at_once("secrets.sign", asked, |live| {
            live.sign(name, algorithm, bytes)
        })
    }

    async fn moment(&self) -> HostResult<String> {
        let told = self.live().map(|live| live.moment());
        self.in_time("relay.moment", json!({}), told).await
    }

    async fn exchange(&self, parcels: Vec<Parcel>) -> HostResult<Result<Vec<Vec<u8>>, String>> {
        let asked: Value = self.noted(|| {
            let parcels = parcels.iter();
            parcels
                .map(|it| json!({"key": it.key, "payload": blob::to_value(&it.payload)}))
                .collect()
        });
        let told = self.live().map(|live| live.exchange(parcels));
        self.in_time("relay.exchange", json!({ "parcels": asked }), told)
            .await
    }

    async fn relay_open(&self, session: &str) -> HostResult<Result<(), String>> {
        let told = self.live().map(|live| live.relay_open(session));
        self.in_time("relay.open", json!({ "session": session }), told)
            .await
    }

    async fn relay_pending(
        &self,
        session: &str,
        wait_ms: u32,
    ) -> HostResult<Result<Waiting, String>> {
        let asked = json!({"session": session, "wait_ms": wait_ms});
        let told = self.live().map(|live| live.relay_pending(session, wait_ms));
        self.in_time("relay.pending", asked, told).await
    }

    async fn relay_take(&self, session: &str) -> HostResult<Result<Option<Taken>, String>> {
        let told = self.live().map(|live| live.relay_take(session));
        self.in_time("relay.take", json!({ "session": session }), told)
            .await
    }

    async fn relay_seal(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        let bytes_asked =
            || json!({"session": session, "key": key, "bytes": blob::to_value(&bytes)});
        let asked = self.noted(bytes_asked);
        let told = self.live().map(|live| live.relay_seal(session, key, bytes));
        self.in_time("relay.seal", asked, told).await
    }

    async fn relay_answer(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        let bytes_asked =
            || json!({"session": session, "key": key, "bytes": blob::to_value(&bytes)});
        let asked = self.noted(bytes_asked);
        let told = self
            .live()
            .map(|live| live.relay_answer(session, key, bytes));
        self.in_time("relay.answer", asked, told).await
    }

    async fn relay_put_back(&self, session: &str, key: &str) -> HostResult<Result<(), String>> {
        let asked = json!({"session": session, "key": key});
        let told = self.live().map(|live| live.relay_put_back(session, key));
        self.in_time("relay.put-back", asked, told).await
    }

    async fn relay_close(&self, session: &str) -> HostResult<()> {
        let told = self.live().map(|live| live.relay_close(session));
        self.in_time("relay.close", json!({ "session": session }), told)
            .await
    }

    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: RequestTimeouts,
    ) -> Result<http::Response<Bytes>, SendError> {
        let asked = self.noted(|| self::request(&request, timeouts));
        let sent = self.live().map(|live| {
            let sending = live.send(request, timeouts);
            async move { Ok(sending.await) }
        });
        let told = self.in_time(SEND, asked, sent).await;
        told.unwrap_or_else(|broken| {
            Err(SendError::Denied(words!(
                "denied-replay",
                "nothing is sent in a replay: {why}",
                why = broken
            )))
        })
    }
}
