//! Who may enter: on loopback whoever is on this machine, beyond it who shows the page's token.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use super::page::{LoginProblem, Session};
use super::{at, random};
use crate::control::{ControlError, Doing};
use crate::owner_only;

/// So many wrong tokens within [`WRONG_WITHIN`], from anybody, and nobody can try for a while.
const WRONG_MAX: usize = 10;
const WRONG_WITHIN: Duration = Duration::from_secs(60);

const COOKIE: &str = "liaison-session";

pub struct Entry {
    /// None on loopback.
    token: Option<String>,
    /// What a cookie shows. It ends with the process.
    session: String,
    wrong: Mutex<Vec<Instant>>,
}

impl Entry {
    /// For a service that only this machine can reach.
    pub fn open() -> Result<Self, ControlError> {
        Ok(Self {
            token: None,
            session: random()?,
            wrong: Mutex::default(),
        })
    }

    /// For one that others can reach. The token stands in a file that only the owner can read.
    pub fn guarded(file: &Path) -> Result<Self, ControlError> {
        if !file.exists() {
            owner_only::create(file, format!("{}\n", random()?).as_bytes())
                .map_err(at(Doing::Create, file))?;
        }
        let text = std::fs::read_to_string(file).map_err(at(Doing::Read, file))?;
        let token = text.trim().to_owned();
        if token.len() < 16 {
            let path = file.display().to_string();
            let english = format!("`{path}` holds no token: 16 characters at least");
            return Err(ControlError::command(
                "page-token",
                vec![("path", path)],
                english,
            ));
        }
        Ok(Self {
            token: Some(token),
            ..Self::open()?
        })
    }

    pub fn is_guarded(&self) -> bool {
        self.token.is_some()
    }

    pub fn session(&self, headers: &HeaderMap) -> Session {
        let Some(token) = &self.token else {
            return Session::Open;
        };
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let mut cookies = header(header::COOKIE)
            .into_iter()
            .flat_map(|all| all.split(';'));
        let cookie =
            cookies.find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        let shown = bearer(headers).is_some_and(|shown| same(shown, token))
            || cookie.is_some_and(|shown| same(shown, &self.session));
        match shown {
            true => Session::SignedIn,
            false => Session::SignedOut,
        }
    }

    /// The cookie of a new session.
    pub fn sign_in(&self, shown: &str) -> Result<String, LoginProblem> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|at| at.elapsed() < WRONG_WITHIN);
        if wrong.len() >= WRONG_MAX {
            return Err(LoginProblem::Wait);
        }
        match self
            .token
            .as_deref()
            .is_some_and(|token| same(shown.trim(), token))
        {
            true => Ok(format!(
                "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict",
                self.session
            )),
            false => {
                wrong.push(Instant::now());
                Err(LoginProblem::WrongToken)
            }
        }
    }

    /// The cookie that ends a session in this browser.
    pub fn sign_out() -> String {
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }
}

/// The token that a program shows.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    shown.strip_prefix("Bearer ")
}

/// Compared by their digests, so that the time it takes tells nothing.
pub fn same(shown: &str, wanted: &str) -> bool {
    Sha256::digest(shown) == Sha256::digest(wanted)
}

/// Whether a request is for us, and not from another site's page.
pub fn is_ours(headers: &HeaderMap, guarded: bool) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = header(header::HOST) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    // Beyond loopback a name that somebody leads to us brings no session of ours with it.
    let named = guarded || ["127.0.0.1", "localhost", "[::1]"].contains(&name);
    let same = header(header::ORIGIN).is_none_or(|origin| {
        let (_, site) = origin.split_once("://").unwrap_or(("", origin));
        site == host
    });
    named && same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = header::HeaderName::from_static(name);
            (name, value.parse().expect("a header"))
        });
        pairs.collect()
    }

    #[test]
    fn names_and_pages_of_others_are_refused() {
        for (pairs, guarded, ours) in [
            (vec![("host", "127.0.0.1:4180")], false, true),
            (vec![("host", "localhost:4180")], false, true),
            (vec![("host", "[::1]:4180")], false, true),
            (vec![("host", "rebound.example:4180")], false, false),
            (vec![("host", "srv-sync:4180")], true, true),
            (vec![], false, false),
            (
                vec![
                    ("host", "localhost:4180"),
                    ("origin", "http://localhost:4180"),
                ],
                false,
                true,
            ),
            (
                vec![
                    ("host", "localhost:4180"),
                    ("origin", "http://localhost:9999"),
                ],
                false,
                false,
            ),
            (
                vec![("host", "localhost:4180"), ("origin", "null")],
                false,
                false,
            ),
            (
                vec![("host", "srv-sync"), ("origin", "https://srv-sync")],
                true,
                true,
            ),
            (
                vec![("host", "srv-sync"), ("origin", "https://evil.example")],
                true,
                false,
            ),
        ] {
            assert_eq!(
                is_ours(&headers(&pairs), guarded),
                ours,
                "{pairs:?} {guarded}"
            );
        }
    }

    #[test]
    fn beyond_loopback_only_the_token_opens_and_guessing_is_slow() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("page-token.txt");
        let entry = Entry::guarded(&file).expect("it makes a token");
        assert_eq!(entry.session(&headers(&[])), Session::SignedOut);
        let token = std::fs::read_to_string(&file).expect("the token");
        let cookie = entry.sign_in(&token).expect("the token opens");
        let cookie = cookie.split(';').next().expect("name and value").to_owned();
        assert_eq!(
            entry.session(&headers(&[("cookie", &cookie)])),
            Session::SignedIn
        );
        let bearer = format!("Bearer {}", token.trim());
        assert_eq!(
            entry.session(&headers(&[("authorization", &bearer)])),
            Session::SignedIn
        );
        let wrong = [("cookie", "liaison-session=0000")];
        assert_eq!(entry.session(&headers(&wrong)), Session::SignedOut);
        for _ in 0..WRONG_MAX {
            assert_eq!(entry.sign_in("guess"), Err(LoginProblem::WrongToken));
        }
        assert_eq!(entry.sign_in(token.trim()), Err(LoginProblem::Wait));
        // A second start has the same token, and no session of the first.
        let again = Entry::guarded(&file).expect("it is there");
        assert_eq!(
            again.session(&headers(&[("cookie", &cookie)])),
            Session::SignedOut
        );
        assert!(again.sign_in(&token).is_ok());
    }
}
