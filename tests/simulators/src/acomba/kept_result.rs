//! What the bridge remembers of finished POSTs, so that a repeated one is answered and not done again.
//!
//! Only results of something done are kept. A refusal changed nothing, and keeping it would make a
//! corrected card or a freed lock invisible for a week: the same request is then simply tried again.
//!
//! This memory belongs to the bridge, not to the company file: a restore from backup does not clear it.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest, Sha256};

use super::error::Refusal;
use crate::simulator::{NowMs, Request, Response};

pub const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
pub const KEY_CHARS_MAX: usize = 64;

/// Alias and key: two companies may use the same word.
type Name = (String, String);

struct Kept {
    at: NowMs,
    request: [u8; 32],
    response: Response,
}

#[derive(Default)]
pub struct KeptResults {
    results: HashMap<Name, Kept>,
    oldest_first: VecDeque<(NowMs, Name)>,
}

/// A POST that may be new: where its result will be kept.
pub struct Ticket {
    name: Name,
    request: [u8; 32],
}

pub enum Asked {
    New(Ticket),
    Again(Response),
}

impl KeptResults {
    pub fn len(&self) -> usize {
        self.results.len()
    }

    pub fn ask(&mut self, alias: &str, request: &Request, now: NowMs) -> Result<Asked, Refusal> {
        let key = request
            .headers
            .iter()
            .find(|(name, _)| name == "idempotency-key")
            .map_or("", |(_, value)| value.as_str());
        if key.is_empty()
            || key.len() > KEY_CHARS_MAX
            || !key
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            let message = format!(
                "header Idempotency-Key is required on every POST: 1 to {KEY_CHARS_MAX} ASCII characters"
            );
            return Err(Refusal::bad(message).field("Idempotency-Key"));
        }
        self.forget(now);
        let ticket = Ticket {
            name: (alias.to_owned(), key.to_owned()),
            request: fingerprint(request),
        };
        match self.results.get(&ticket.name) {
            None => Ok(Asked::New(ticket)),
            Some(kept) if kept.request == ticket.request => Ok(Asked::Again(kept.response.clone())),
            Some(_) => Err(Refusal::bad(format!(
                "Idempotency-Key `{key}` was already used for a request with another body"
            ))
            .field("Idempotency-Key")),
        }
    }

    pub fn keep(&mut self, ticket: Ticket, response: Response, now: NowMs) {
        self.oldest_first.push_back((now, ticket.name.clone()));
        self.results.insert(
            ticket.name,
            Kept {
                at: now,
                request: ticket.request,
                response,
            },
        );
    }

    fn forget(&mut self, now: NowMs) {
        while let Some((at, name)) = self.oldest_first.front()
            && now - at >= KEPT_MS
        {
            if self.results.get(name).is_some_and(|kept| kept.at == *at) {
                self.results.remove(name);
            }
            self.oldest_first.pop_front();
        }
    }
}

fn fingerprint(request: &Request) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [
        request.path.as_bytes(),
        request.query.as_bytes(),
        &request.body,
    ] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
