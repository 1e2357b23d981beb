//! An HTTP client for vendors that speak JSON (or anything else) over plain requests.
//!
//! Reads and writes are different calls, because what may be done about a lost answer differs: a
//! read is sent again a few times and is then `unavailable`, a write is sent once and is then
//! `outcome-unknown`.
//!
//! Invariant: [`Client::write`] never sends anything twice.

use crate::contract::Fault;
use crate::fault::{self, FaultExt};
use crate::host::{Encoder, Host, HttpError, HttpRequest, HttpResponse, Method};
use crate::text;
use serde_json::Value;

/// How often and how long a read is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all.
    pub attempts: u32,
    /// The first wait; each further one is twice as long.
    pub wait_ms_first: u32,
    /// The longest wait that is sat out here. When the system asks for more, the call ends with
    /// `throttled` or `unavailable` and the host comes back later.
    pub wait_ms_max: u32,
}

/// A call has 60 seconds of wall time at the host; three waits of at most ten leave room for work.
const RETRY: Retry = Retry {
    attempts: 3,
    wait_ms_first: 500,
    wait_ms_max: 10_000,
};
/// What is quoted of a body that makes no sense.
const EXCERPT_CHARACTERS_MAX: usize = 160;

/// A base URL, headers that go with every request, and the patience for reads.
#[derive(Clone)]
pub struct Client<'a> {
    host: &'a dyn Host,
    base: String,
    headers: Vec<(String, String)>,
    retry: Retry,
}

impl<'a> Client<'a> {
    /// A client for paths under `base`; a slash at its end makes no difference.
    pub fn new(host: &'a dyn Host, base: &str) -> Self {
        Self {
            host,
            base: base.trim_end_matches('/').to_owned(),
            headers: Vec::new(),
            retry: RETRY,
        }
    }

    /// A header for every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header whose value is a secret. The connector only ever holds its placeholder.
    ///
    /// # Errors
    /// `misconfigured` when the secret is not set.
    pub fn secret_header(self, name: &str, secret: &str) -> Result<Self, Fault> {
        let value = placeholder(self.host, secret, Encoder::Plain)?;
        Ok(self.header(name, &value))
    }

    /// Another patience.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The host behind it.
    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// The address a path has here; an absolute URL stays as it is.
    pub fn url(&self, path: &str) -> String {
        match path.contains("://") {
            true => path.to_owned(),
            false => format!("{}/{}", self.base, path.trim_start_matches('/')),
        }
    }

    /// A request that changes nothing at the system. Sent again on 429, 502, 503, 504 and on a lost
    /// answer, with growing waits, honouring `Retry-After`. Any other status is the caller's.
    ///
    /// # Errors
    /// `throttled` or `unavailable` (with the wait) when patience is at its end.
    pub fn read(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let mut wait_ms = self.retry.wait_ms_first;
        for attempt in 1.. {
            let last = attempt >= self.retry.attempts;
            let asked_ms = match self.send(method, path, body.map(json_body)) {
                Ok(answer) if !matches!(answer.status(), 429 | 502..=504) => return Ok(answer),
                Ok(answer) => {
                    let asked_ms = answer.retry_after_ms(self.host.now_ms());
                    if last || asked_ms.is_some_and(|ms| ms > u64::from(self.retry.wait_ms_max)) {
                        return Err(answer.busy(self.host.now_ms()));
                    }
                    asked_ms
                }
                Err(error @ HttpError::NotSent { .. }) => return Err(fault::unread(&error)),
                Err(error) if last => return Err(fault::unread(&error)),
                Err(_) => None,
            };
            let pause_ms = asked_ms.map_or(wait_ms, |ms| {
                u32::try_from(ms).unwrap_or(u32::MAX).max(wait_ms)
            });
            self.host.sleep_ms(pause_ms.min(self.retry.wait_ms_max));
            wait_ms = wait_ms.saturating_mul(2);
        }
        unreachable!("the last attempt returns")
    }

    /// A request that may change something: sent once. 429 and 503 mean that nothing was done, 502
    /// and 504 and a lost answer that nobody knows. Any other status is the caller's.
    ///
    /// # Errors
    /// `throttled`, `unavailable`, or `outcome-unknown` as above.
    pub fn write(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let answer = self
            .send(method, path, body.map(json_body))
            .map_err(|e| fault::unwritten(&e))?;
        match answer.status() {
            429 | 503 => Err(answer.busy(self.host.now_ms())),
            502 | 504 => Err(answer.lost()),
            _ => Ok(answer),
        }
    }

    /// One request, once, whatever it is: for bodies that are not JSON and for rules of one's own.
    ///
    /// # Errors
    /// The plain [`HttpError`]; `fault::unread` and `fault::unwritten` make faults of it.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
    ) -> Result<Answer, HttpError> {
        let mut headers = self.headers.clone();
        let body = body.unwrap_or_default();
        let named = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !body.content_type.is_empty() && !named {
            headers.push(("Content-Type".to_owned(), body.content_type.to_owned()));
        }
        let request = HttpRequest {
            method,
            url: self.url(path),
            headers,
            body: body.bytes,
        };
        self.host.send(request).map(Answer)
    }
}

/// A request's body.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The value of `Content-Type`, unless the client has such a header already.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

fn json_body(value: &Value) -> Body {
    Body {
        content_type: "application/json",
        bytes: value.to_string().into_bytes(),
    }
}

/// The placeholder of a secret.
///
/// # Errors
/// `misconfigured`, naming the secret, when it is not set.
pub fn placeholder(host: &dyn Host, secret: &str, encoder: Encoder) -> Result<String, Fault> {
    host.placeholder(secret, encoder).map_err(|words| {
        fault::misconfigured(text!(
            "sdk-no-secret",
            "The secret {name} is not set",
            name = secret
        ))
        .vendor_text(&words)
    })
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer(
    /// The answer as it came.
    pub HttpResponse,
);

impl Answer {
    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.0.body).ok()
    }

    /// The body as JSON, in answer to a read.
    ///
    /// # Errors
    /// `unavailable` with a short excerpt: a page of a proxy or of a system in maintenance.
    pub fn json_or_unavailable(&self) -> Result<Value, Fault> {
        self.json().ok_or_else(|| self.rubbish())
    }

    /// The fault for an answer that makes no sense, in answer to a read.
    pub fn rubbish(&self) -> Fault {
        fault::unavailable(text!(
            "sdk-rubbish",
            "The system answered with status {status} and something unreadable",
            status = self.status()
        ))
        .vendor_code(&self.status().to_string())
        .vendor_text(&self.excerpt())
    }

    /// The fault for an answer that leaves open whether a write was carried out.
    pub fn lost(&self) -> Fault {
        fault::outcome_unknown(text!(
            "sdk-lost",
            "The system answered with status {status}; the request may have been carried out",
            status = self.status()
        ))
        .vendor_code(&self.status().to_string())
        .vendor_text(&self.excerpt())
    }

    /// The fault of a 429 or 503, with the wait the system asks for.
    pub fn busy(&self, now_ms: u64) -> Fault {
        let fault = match self.status() {
            429 => fault::throttled(text!("sdk-throttled", "The system asks for fewer calls")),
            _ => fault::unavailable(text!(
                "sdk-busy",
                "The system is not available (status {status})",
                status = self.status()
            )),
        };
        let fault = fault
            .vendor_code(&self.status().to_string())
            .vendor_text(&self.excerpt());
        match self.retry_after_ms(now_ms) {
            Some(ms) => fault.wait_ms(ms),
            None => fault,
        }
    }

    /// The start of the body in one line, tags left out when it is a page.
    pub fn excerpt(&self) -> String {
        let text = self.0.text();
        let mut plain = String::new();
        let mut in_tag = false;
        for c in text.chars().take(4_000) {
            match c {
                '<' => in_tag = true,
                '>' if in_tag => {
                    in_tag = false;
                    plain.push(' ');
                }
                _ if in_tag => {}
                c => plain.push(if c.is_control() { ' ' } else { c }),
            }
        }
        let words: Vec<&str> = plain.split_whitespace().collect();
        text::shorten(&words.join(" "), EXCERPT_CHARACTERS_MAX)
    }

    /// When the system answered, by its own clock (`Date`), in milliseconds since the Unix epoch.
    pub fn answered_at_ms(&self) -> Option<i64> {
        crate::date::parse_http(self.0.header("date")?.trim())
    }

    /// `Retry-After`, in seconds or as an HTTP date.
    fn retry_after_ms(&self, now_ms: u64) -> Option<u64> {
        let value = self.0.header("retry-after")?.trim();
        match value.parse::<u64>() {
            Ok(seconds) => Some(seconds.saturating_mul(1000)),
            Err(_) => {
                let at = crate::date::parse_http(value)?;
                Some(u64::try_from(at).ok()?.saturating_sub(now_ms))
            }
        }
    }
}

/// Percent-encodes everything but letters, digits and `-_.~`: one segment of a path, one value of a query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::FaultKind;
    use crate::host::NotSent;
    use crate::testing::{Reply, ScriptHost};
    use serde_json::json;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers = headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Reply::Whole(HttpResponse {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        })
    }

    fn lost() -> Reply {
        Reply::Error(HttpError::NoAnswer {
            detail: "reset".to_owned(),
        })
    }

    fn refused() -> Reply {
        Reply::Error(HttpError::NotSent {
            why: NotSent::Unreachable,
            detail: "refused".to_owned(),
        })
    }

    fn script(replies: Vec<Reply>) -> ScriptHost {
        replies
            .into_iter()
            .fold(ScriptHost::new(json!({})), |host, reply| {
                host.reply("GET /things", reply)
            })
    }

    /// Reads once; what came of it, and how long was waited.
    fn read(replies: Vec<Reply>) -> (Result<u16, (FaultKind, Option<u64>)>, u64) {
        let host = script(replies);
        let began_ms = host.now_ms.get();
        let result = Client::new(&host, "https://x.example/").read(Method::Get, "/things", None);
        host.assert_done();
        (
            result.map(|a| a.status()).map_err(|f| (f.kind, f.wait_ms)),
            host.now_ms.get() - began_ms,
        )
    }

    #[test]
    fn reads_are_tried_again_with_growing_waits() {
        let ok = || answer(200, &[], "{}");
        assert_eq!(
            read(vec![lost(), answer(503, &[], ""), ok()]),
            (Ok(200), 1_500)
        );
        assert_eq!(
            read(vec![answer(429, &[("Retry-After", "7")], ""), ok()]),
            (Ok(200), 7_000)
        );
        let date = [("retry-after", "Thu, 05 Mar 2026 14:00:03 GMT")];
        assert_eq!(read(vec![answer(503, &date, ""), ok()]), (Ok(200), 3_000));
        assert_eq!(read(vec![answer(400, &[], "")]), (Ok(400), 0));
    }

    #[test]
    fn patience_ends() {
        assert_eq!(
            read(vec![lost(), lost(), lost()]).0,
            Err((FaultKind::Unavailable, None))
        );
        assert_eq!(
            read(vec![refused()]),
            (Err((FaultKind::Unavailable, None)), 0)
        );
        let long = answer(429, &[("Retry-After", "600")], "");
        assert_eq!(
            read(vec![long]),
            (Err((FaultKind::Throttled, Some(600_000))), 0)
        );
    }

    #[test]
    fn writes_are_sent_once() {
        for (reply, expected) in [
            (lost(), Err(FaultKind::OutcomeUnknown)),
            (refused(), Err(FaultKind::Unavailable)),
            (answer(504, &[], ""), Err(FaultKind::OutcomeUnknown)),
            (answer(503, &[], ""), Err(FaultKind::Unavailable)),
            (answer(429, &[], ""), Err(FaultKind::Throttled)),
            (answer(500, &[], ""), Ok(500)),
        ] {
            let host = script(vec![reply]);
            let result = Client::new(&host, "https://x.example").write(Method::Get, "things", None);
            assert_eq!(result.map(|a| a.status()).map_err(|f| f.kind), expected);
            assert_eq!(host.sent.borrow().len(), 1);
        }
    }

    #[test]
    fn a_page_instead_of_json_is_quoted_in_short() {
        let page = format!(
            "<html><title>Maintenance</title>\n<p>{}</p></html>",
            "later ".repeat(100)
        );
        let answer = Answer(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: page.into_bytes(),
        });
        let fault = answer.json_or_unavailable().expect_err("no JSON");
        let quoted = fault.vendor_text.expect("an excerpt");
        assert!(
            quoted.starts_with("Maintenance later later") && quoted.chars().count() == 160,
            "{quoted}"
        );
    }

    #[test]
    fn a_secret_that_is_not_set_is_named() {
        let host = ScriptHost::new(json!({}));
        host.unset.borrow_mut().push("token".to_owned());
        let fault = Client::new(&host, "https://x.example")
            .secret_header("Authorization", "token")
            .err()
            .expect("unset");
        assert_eq!(
            (fault.kind, fault.message.args[0].1.as_str()),
            (FaultKind::Misconfigured, "token")
        );
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(encode("a b/é@x"), "a%20b%2F%C3%A9%40x");
    }

    #[test]
    fn every_sentence_is_in_both_languages() {
        let sources = [
            include_str!("cursor.rs"),
            include_str!("fault.rs"),
            include_str!("host.rs"),
            include_str!("http.rs"),
        ];
        for words in [
            include_str!("../i18n/en.ftl"),
            include_str!("../i18n/fr.ftl"),
        ] {
            let missing = crate::testing::missing_words(&sources, words);
            assert!(
                missing.iter().all(|key| !key.starts_with("sdk-")),
                "{missing:?}"
            );
        }
    }
}
