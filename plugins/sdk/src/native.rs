//! The host outside the sandbox: real sockets, real secrets, a memory that ends with it.
//!
//! For yardsticks and for work against a simulator on loopback; plain HTTP only.

use crate::host::{Encoder, Host, HttpError, HttpRequest, HttpResponse, LogLevel, NotSent};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const TIMEOUT_MS: u32 = 30_000;
const RESPONSE_BYTES_MAX: u64 = 10 << 20;

/// A host in this process.
pub struct NativeHost {
    settings: String,
    secrets: BTreeMap<String, String>,
    memory: RefCell<BTreeMap<String, Vec<u8>>>,
    notes: RefCell<BTreeMap<String, Vec<u8>>>,
    seed: Cell<u64>,
    started: Instant,
    agent: ureq::Agent,
    sent: Cell<u64>,
}

impl NativeHost {
    /// A host with these settings (one JSON object) and these secrets.
    pub fn new(settings: &serde_json::Value, secrets: &[(&str, &str)]) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_millis(u64::from(TIMEOUT_MS))))
            .build()
            .new_agent();
        Self {
            settings: settings.to_string(),
            secrets: secrets
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            memory: RefCell::default(),
            notes: RefCell::default(),
            seed: Cell::new(0x9e37_79b9_7f4a_7c15),
            started: Instant::now(),
            agent,
            sent: Cell::new(0),
        }
    }

    /// How many requests have been sent.
    pub fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// What was last noted for a write operation.
    pub fn noted(&self, token: &str) -> Option<Vec<u8>> {
        self.notes.borrow().get(token).cloned()
    }
}

impl Host for NativeHost {
    fn settings_json(&self) -> String {
        self.settings.clone()
    }

    fn log(&self, level: LogLevel, message: &str) {
        eprintln!("{level:?}: {message}");
    }

    fn now_ms(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_ms(&self, ms: u32) {
        std::thread::sleep(Duration::from_millis(u64::from(ms)));
    }

    /// The same bytes in every process: a native run can be repeated.
    fn random(&self, count: u32) -> Vec<u8> {
        (0..count)
            .map(|_| {
                let mut x = self.seed.get();
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                self.seed.set(x);
                x.to_le_bytes()[3]
            })
            .collect()
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.memory
            .borrow_mut()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.notes
            .borrow_mut()
            .insert(token.to_owned(), note.to_vec());
        Ok(())
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        let value = self
            .secrets
            .get(name)
            .ok_or_else(|| format!("the secret `{name}` is not set"))?;
        Ok(match encoder {
            Encoder::Plain => value.clone(),
            Encoder::Xml => value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;"),
            Encoder::Json => serde_json::Value::from(value.as_str())
                .to_string()
                .trim_matches('"')
                .to_owned(),
            Encoder::Url => crate::http::encode(value),
            Encoder::Basic => base64(value.as_bytes()),
        })
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.sent.set(self.sent.get() + 1);
        let mut built = ureq::http::Request::builder()
            .method(request.method.name())
            .uri(&request.url);
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        let built = built
            .body(request.body)
            .map_err(|e| not_sent(NotSent::Invalid, &e))?;
        let mut answer = self.agent.run(built).map_err(error_of)?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let body = answer
            .body_mut()
            .with_config()
            .limit(RESPONSE_BYTES_MAX)
            .read_to_vec();
        let body = body.map_err(|e| HttpError::NoAnswer {
            detail: e.to_string(),
        })?;
        Ok(HttpResponse {
            status: answer.status().as_u16(),
            headers,
            body,
        })
    }
}

fn error_of(error: ureq::Error) -> HttpError {
    match &error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            not_sent(NotSent::Unreachable, &error)
        }
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            not_sent(NotSent::Unreachable, &error)
        }
        ureq::Error::BadUri(_) | ureq::Error::TlsRequired => not_sent(NotSent::Invalid, &error),
        _ => HttpError::NoAnswer {
            detail: error.to_string(),
        },
    }
}

fn not_sent(why: NotSent, detail: &dyn std::fmt::Display) -> HttpError {
    HttpError::NotSent {
        why,
        detail: detail.to_string(),
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place > group.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}
