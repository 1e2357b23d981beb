//! A guest's host during a live call: this connection's settings, secrets, memory and door.
//!
//! One [`Connection`] serves all calls of a connection; one [`LiveHost`] serves one call, with a nonce
//! and marks of its own.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::egress::{Door, SendError};
use super::guest_host::{
    Algorithm, Broken, Encoder, GuestHost, HostResult, LogLevel, RequestTimeouts,
};
use super::limits::{
    LOG_LINE_COST_BYTES, MEMORY_CHANGES_MAX, MEMORY_KEY_BYTES_MAX, MEMORY_VALUE_BYTES_MAX,
    NOTE_BYTES_MAX, NOTES_MAX, RANDOM_BYTES_MAX, SLEEP_MS_MAX,
};
use super::marks::Marks;
use super::meddle::{Meddler, Meddling};
use super::placeholder::{self, Nonce};
use super::relay::{Errand, Line, PENDING_WAIT_MAX, Parcel, Relay, Taken, Waiting, check_session};
use super::signing;
use super::tape::{Component, TapeShelf, Taping};
use super::{HOST_KEYS, Shelf, scrub};
use crate::model::Token;

/// What all calls of a connection share.
pub struct Connection {
    pub settings: String,
    pub door: Door,
    pub shelf: Arc<dyn Shelf>,
    pub relay: Arc<dyn Relay>,
    pub line: Line,
    /// The system calls us.
    pub is_called: bool,
    /// How long a call waits for the system.
    pub relay_wait: Duration,
    /// Which calls are kept on tape, where, and how many.
    pub taping: Taping,
    pub tapes: Arc<dyn TapeShelf>,
    pub tapes_max: usize,
    /// What is recorded, for the label.
    pub component: Component,
    /// Lets things go wrong on purpose.
    pub meddler: Option<Arc<dyn Meddler>>,
}

/// What one call sees.
pub struct LiveHost {
    connection: Arc<Connection>,
    nonce: Nonce,
    marks: Arc<Marks>,
    /// The operations of this call: progress can be noted for no other.
    tokens: HashSet<Token>,
    errand: Errand,
    /// Of this call; see `relay.moment` in the contract.
    moment: OnceCell<Token>,
    started: Instant,
    log_bytes_left: AtomicUsize,
    memory_changes_left: AtomicUsize,
    notes_left: AtomicUsize,
}

impl LiveHost {
    pub fn new(connection: Arc<Connection>, marks: Arc<Marks>, errand: Errand) -> HostResult<Self> {
        let tokens: HashSet<Token> = match &errand {
            Errand::Writing { tokens, .. } => tokens.iter().cloned().collect(),
            Errand::Reading { .. } | Errand::Inbound | Errand::Other => HashSet::new(),
        };
        let nonce =
            Nonce::fresh().map_err(|error| Broken::Host(format!("no random numbers: {error}")))?;
        let log_bytes_left = AtomicUsize::new(connection.door.limits.log_bytes_max);
        let notes_left = AtomicUsize::new(NOTES_MAX * tokens.len());
        Ok(Self {
            connection,
            nonce,
            marks,
            tokens,
            errand,
            moment: OnceCell::new(),
            started: Instant::now(),
            log_bytes_left,
            memory_changes_left: AtomicUsize::new(MEMORY_CHANGES_MAX),
            notes_left,
        })
    }

    async fn own_moment(&self) -> HostResult<&Token> {
        let connection = &self.connection;
        self.moment
            .get_or_try_init(|| async {
                match &self.errand {
                    Errand::Reading { purpose, call } if connection.is_called => {
                        let kept = connection.relay.moment(&connection.line, purpose, call);
                        match kept.await? {
                            Some(moment) => Ok(moment),
                            None => fresh_token(),
                        }
                    }
                    // The same operations, the same moment.
                    Errand::Writing { tokens, .. } => {
                        let mut digest = Sha256::new();
                        tokens
                            .iter()
                            .for_each(|token| digest.update(token.as_str()));
                        Ok(Token::of_digest(&digest.finalize().into()))
                    }
                    Errand::Reading { .. } | Errand::Inbound | Errand::Other => fresh_token(),
                }
            })
            .await
    }

    /// The relay, for the half that is called.
    fn as_called(&self, session: &str) -> Result<(&dyn Relay, &Line), String> {
        match &self.errand {
            Errand::Inbound => check_session(session)?,
            _ => return Err("only `inbound.handle` has sessions".to_owned()),
        }
        Ok((&*self.connection.relay, &self.connection.line))
    }

    /// Takes a line's length off what the call may still log. None when it is used up; the line that
    /// crosses the end is replaced by a notice.
    fn log_line(&self, message: &str) -> Option<String> {
        // An empty line is a line all the same.
        let length = message.len() + LOG_LINE_COST_BYTES;
        let left = self
            .log_bytes_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left > 0).then(|| left.saturating_sub(length))
            });
        match left {
            Ok(left) if left > length => {
                let hidden = self.nonce.hide(message);
                Some(scrub::for_log(
                    &self.connection.door.scrubber.text(&hidden).0,
                ))
            }
            Ok(_) => Some("the call has logged all it may; what follows is dropped".to_owned()),
            Err(_) => None,
        }
    }
}

#[async_trait]
impl GuestHost for LiveHost {
    fn settings(&self) -> HostResult<String> {
        Ok(self.connection.settings.clone())
    }

    fn log(&self, level: LogLevel, message: &str) {
        let Some(line) = self.log_line(message) else {
            return;
        };
        let Door {
            tenant, connection, ..
        } = &self.connection.door;
        match level {
            LogLevel::Debug => {
                tracing::debug!(target: "liaison::guest", %tenant, %connection, "{line}");
            }
            LogLevel::Info => {
                tracing::info!(target: "liaison::guest", %tenant, %connection, "{line}");
            }
            LogLevel::Warn => {
                tracing::warn!(target: "liaison::guest", %tenant, %connection, "{line}");
            }
            LogLevel::Error => {
                self.marks.said(&line);
                tracing::error!(target: "liaison::guest", %tenant, %connection, "{line}");
            }
        }
    }

    fn now_ms(&self) -> HostResult<u64> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic_ms(&self) -> HostResult<u64> {
        Ok(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep_ms(&self, ms: u32) -> HostResult<()> {
        let wanted = Duration::from_millis(u64::from(ms.min(SLEEP_MS_MAX)));
        let meddler = self.connection.meddler.as_ref();
        tokio::time::sleep(meddler.map_or(wanted, |meddler| meddler.sleep(wanted))).await;
        Ok(())
    }

    fn random(&self, count: u32) -> HostResult<Vec<u8>> {
        if count > RANDOM_BYTES_MAX {
            return Err(Broken::Guest(format!(
                "asked for {count} random bytes; at most {RANDOM_BYTES_MAX}"
            )));
        }
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes)
            .map_err(|error| Broken::Host(format!("no random numbers: {error}")))?;
        Ok(bytes)
    }

    async fn memory_get(&self, key: &str) -> HostResult<Option<Vec<u8>>> {
        if check_key(key).is_err() {
            return Ok(None); // such a key can never have been set
        }
        let Door {
            tenant, connection, ..
        } = &self.connection.door;
        self.connection
            .shelf
            .memory_get(tenant, connection, key)
            .await
            .map_err(Broken::Host)
    }

    async fn memory_set(
        &self,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> HostResult<Result<(), String>> {
        let bytes = value.as_ref().map_or(0, Vec::len);
        if let Err(words) = check_key(key) {
            // Forgetting what cannot be there is done.
            return Ok(if value.is_none() { Ok(()) } else { Err(words) });
        }
        if bytes > MEMORY_VALUE_BYTES_MAX {
            return Ok(Err(format!(
                "the value has {bytes} bytes; at most {MEMORY_VALUE_BYTES_MAX} are kept"
            )));
        }
        if !take_one(&self.memory_changes_left) {
            let words = format!("the call has changed its memory {MEMORY_CHANGES_MAX} times");
            // A deletion has no answer but success, and must not seem to have one.
            return match value {
                Some(_) => Ok(Err(words)),
                None => Err(Broken::Guest(words)),
            };
        }
        let Door {
            tenant, connection, ..
        } = &self.connection.door;
        Ok(self
            .connection
            .shelf
            .memory_set(tenant, connection, key, value)
            .await)
    }

    async fn note_progress(&self, token: &str, note: Vec<u8>) -> HostResult<Result<(), String>> {
        if note.len() > NOTE_BYTES_MAX {
            return Ok(Err(format!(
                "the note has {} bytes; at most {NOTE_BYTES_MAX} are kept",
                note.len()
            )));
        }
        let Some(token) = self.tokens.iter().find(|own| own.as_str() == token) else {
            return Ok(Err("no operation of this call has that token".to_owned()));
        };
        if !take_one(&self.notes_left) {
            return Ok(Err(format!(
                "the call has made its {NOTES_MAX} notes an operation"
            )));
        }
        let tenant = &self.connection.door.tenant;
        Ok(self
            .connection
            .shelf
            .note_progress(tenant, token, note)
            .await)
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> HostResult<Result<String, String>> {
        Ok(placeholder::placeholder(
            &self.connection.door.secrets,
            &self.nonce,
            name,
            encoder,
        ))
    }

    fn matches(&self, name: &str, presented: &str) -> HostResult<Result<bool, String>> {
        let found = placeholder::matches(&self.connection.door.secrets, name, presented);
        if found == Ok(false) {
            self.marks.missed();
        }
        Ok(found)
    }

    fn sign(
        &self,
        name: &str,
        algorithm: Algorithm,
        bytes: &[u8],
    ) -> HostResult<Result<Vec<u8>, String>> {
        Ok(signing::sign(
            &self.connection.door.secrets,
            name,
            algorithm,
            bytes,
        ))
    }

    async fn moment(&self) -> HostResult<String> {
        Ok(self.own_moment().await?.to_string())
    }

    async fn exchange(&self, parcels: Vec<Parcel>) -> HostResult<Result<Vec<Vec<u8>>, String>> {
        let connection = &self.connection;
        if !connection.is_called {
            return Ok(Err(
                "the connector exports no `inbound`: nobody calls it".to_owned()
            ));
        }
        if matches!(self.errand, Errand::Inbound | Errand::Other) {
            return Ok(Err("exchanges are for calls that read or write".to_owned()));
        }
        let moment = self.own_moment().await?;
        let _stands_still = self.marks.parking();
        let wait = connection.relay_wait;
        // From here on what is to be written may be: whatever becomes of the call, it is not surely undone.
        let leaving = matches!(self.errand, Errand::Writing { .. }).then(|| self.marks.leaving());
        let exchanged = connection
            .relay
            .exchange(&connection.line, &self.errand, moment, parcels, wait)
            .await;
        if let (Some(leaving), Ok(Err(_))) = (leaving, &exchanged) {
            leaving.stayed();
        }
        exchanged
    }

    async fn relay_open(&self, session: &str) -> HostResult<Result<(), String>> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.open(line, session).await,
            Err(words) => Ok(Err(words)),
        }
    }

    async fn relay_pending(
        &self,
        session: &str,
        wait_ms: u32,
    ) -> HostResult<Result<Waiting, String>> {
        let (relay, line) = match self.as_called(session) {
            Ok(called) => called,
            Err(words) => return Ok(Err(words)),
        };
        let wait = Duration::from_millis(u64::from(wait_ms)).min(PENDING_WAIT_MAX);
        let _stands_still = self.marks.parking();
        relay.pending(line, session, wait).await
    }

    async fn relay_take(&self, session: &str) -> HostResult<Result<Option<Taken>, String>> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.take(line, session).await,
            Err(words) => Ok(Err(words)),
        }
    }

    async fn relay_seal(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.seal(line, session, key, bytes).await,
            Err(words) => Ok(Err(words)),
        }
    }

    async fn relay_answer(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.answer(line, session, key, bytes).await,
            Err(words) => Ok(Err(words)),
        }
    }

    async fn relay_put_back(&self, session: &str, key: &str) -> HostResult<Result<(), String>> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.put_back(line, session, key).await,
            Err(words) => Ok(Err(words)),
        }
    }

    async fn relay_close(&self, session: &str) -> HostResult<()> {
        match self.as_called(session) {
            Ok((relay, line)) => relay.close(line, session).await,
            // What is not open is closed.
            Err(_) => Ok(()),
        }
    }

    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: RequestTimeouts,
    ) -> Result<http::Response<Bytes>, SendError> {
        let Connection { door, meddler, .. } = &*self.connection;
        let meddling = meddler
            .as_ref()
            .map_or(Meddling::Pass, |meddler| meddler.meddle(&request));
        match meddling {
            Meddling::Pass => door.send(request, timeouts, &self.nonce, &self.marks).await,
            Meddling::Instead(answer) => answer,
            Meddling::Afterwards(answer) => {
                let sent = door.send(request, timeouts, &self.nonce, &self.marks).await;
                // What did not leave, nothing came of.
                match sent {
                    Err(error) if !error.may_have_left() => Err(error),
                    _ => answer,
                }
            }
        }
    }
}

fn fresh_token() -> HostResult<Token> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)
        .map_err(|error| Broken::Host(format!("no random numbers: {error}")))?;
    Ok(Token::from_bits(bits))
}

/// False when there is none left.
fn take_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}

fn check_key(key: &str) -> Result<(), String> {
    if !(1..=MEMORY_KEY_BYTES_MAX).contains(&key.len()) {
        return Err(format!("a key has 1 to {MEMORY_KEY_BYTES_MAX} bytes"));
    }
    if key.starts_with(HOST_KEYS) {
        return Err(format!(
            "a key that begins with `{HOST_KEYS}` is the host's"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_no_way_to_what_the_host_keeps() {
        for (key, is_fine) in [
            ("session", true),
            ("a liaison: b", true),
            ("", false),
            ("liaison:count:offers", false),
        ] {
            assert_eq!(check_key(key).is_ok(), is_fine, "{key}");
        }
    }
}
