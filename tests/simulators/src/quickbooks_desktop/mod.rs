//! QuickBooks Desktop and the Web Connector beside it. The vendor has no address: it calls us.
//!
//! - **QuickBooks** (`quickbooks.rs`): a text of qbXML and a moment in, a text out. `reader.rs` refuses what
//!   does not fit the table (`notation.rs`, `qbxml/*.txt`), `message_set.rs` recovers and goes through the
//!   requests, `query.rs`, `edit.rs` and `data_ext.rs` do them over `company.rs`, `answer.rs` writes objects.
//! - **The Web Connector** (`web_connector/`): the SOAP client, with its faults and its timer.
//! - **Persons and tests** (`control.rs`, `seed.rs`).
//!
//! Assumed, because no public source says:
//! - Too long texts are 3070 and no parse error; raw bytes beyond ASCII are one (switches turn both round).
//! - An iterator of another session, or another question under it, is 3000 on `iteratorID`.
//! - A status check of a message set never seen is 9002. Ids above 23 characters are 9004. The checksum is
//!   over the whole text of the set.
//! - A linked order is stamped as modified; a list element used anywhere cannot be deleted (3160), neither
//!   can an order that others took lines from.
//! - Search by name compares full names. Lists answer by full name, transactions in the order they were made.
//! - Lines out of order in a Mod are 3290; an unknown macro is 9100.
//! - A closed or empty order linked as a whole is 570 and the transaction is made (a switch makes it fail).
//! - After a session `AppLock` says `UNLOCKED`; after a power cut it says `LOCKED` until the next session.
//!
//! Invariants: QuickBooks reads no clock and opens no socket; an answer names nothing outside the table; the
//! password appears in no state and no transcript.

mod answer;
mod as_json;
mod clock;
mod company;
mod control;
mod data_ext;
mod edit;
mod host;
mod kind;
mod lines;
mod links;
mod message_set;
mod notation;
mod query;
mod quickbooks;
mod reader;
mod references;
mod seed;
mod session;
mod status;
mod stock;
mod switches;
mod value;
mod web_connector;
pub(crate) mod xml;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use self::quickbooks::QuickBooks;
use self::web_connector::WebConnector;
use self::web_connector::poll::Poll;
use self::web_connector::timer::Timer;
use crate::shell::lock;
use crate::simulator::{Errand, NowMs, Request, Response, Simulator};

/// A computer with QuickBooks open on an empty company file, and a Web Connector that polls nobody.
pub fn new() -> QuickbooksDesktop {
    QuickbooksDesktop {
        site: Arc::new(Site {
            books: Mutex::default(),
            connector: Mutex::default(),
            one_session: Mutex::default(),
            timer: Mutex::default(),
            clock_offset_ms: AtomicI64::new(0),
            is_stopping: Arc::default(),
        }),
    }
}

pub struct QuickbooksDesktop {
    site: Arc<Site>,
}

/// The computer: what QuickBooks and the Web Connector share.
pub struct Site {
    books: Mutex<QuickBooks>,
    connector: Mutex<WebConnector>,
    /// Held by the session that runs.
    one_session: Mutex<()>,
    /// Keeps the intervals, from the first poll on.
    timer: Mutex<Option<Timer>>,
    clock_offset_ms: AtomicI64,
    is_stopping: Arc<AtomicBool>,
}

impl Site {
    /// The machine's clock: real time, moved as the shell's clock was when it last told us.
    fn now(&self) -> NowMs {
        jiff::Timestamp::now().as_millisecond() + self.clock_offset_ms.load(Ordering::Relaxed)
    }

    fn set_now(&self, now: NowMs) {
        let offset = now - jiff::Timestamp::now().as_millisecond();
        self.clock_offset_ms.store(offset, Ordering::Relaxed);
    }

    fn keep_time(self: &Arc<Self>) -> Result<(), String> {
        let mut timer = lock(&self.timer);
        if timer.is_none() {
            *timer = Some(Timer::start(self)?);
        }
        Ok(())
    }
}

impl Drop for QuickbooksDesktop {
    fn drop(&mut self) {
        self.site.is_stopping.store(true, Ordering::Relaxed);
        let timer = lock(&self.site.timer).take();
        drop(timer);
    }
}

impl Simulator for QuickbooksDesktop {
    fn name(&self) -> &'static str {
        "quickbooks-desktop"
    }

    /// QuickBooks listens to nobody.
    fn handle(&mut self, _: &Request, now: NowMs) -> Response {
        self.site.set_now(now);
        let text = "QuickBooks Desktop has no address. It polls: POST {\"do\": \"poll\", …} to /_sim/control.\n";
        Response {
            status: 404,
            headers: vec![(
                "content-type".to_owned(),
                "text/plain; charset=utf-8".to_owned(),
            )],
            body: text.as_bytes().to_vec(),
            delay_ms: 0,
        }
    }

    fn lane(&self, _: &Request) -> Option<String> {
        None
    }

    fn route(&self, request: &Request) -> String {
        request.method.clone()
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        self.site.set_now(now);
        seed::seed(&mut lock(&self.site.books), seed, now)
    }

    fn state(&self) -> Value {
        let mut state = seed::state(&lock(&self.site.books));
        let connector = lock(&self.site.connector);
        state["web_connector"] = json!({
            "polls": connector.polls.iter().map(Poll::show).collect::<Vec<_>>(),
            "sessions": connector.session_count,
            "last_session": connector.sessions.last().map(|session| session.summary()),
        });
        state
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        self.site.set_now(now);
        control::control(&self.site, action, now)
    }

    fn errand(&mut self, action: &Value, now: NowMs) -> Option<Errand> {
        if !control::takes_time(action) {
            return None;
        }
        self.site.set_now(now);
        let (site, action) = (Arc::clone(&self.site), action.clone());
        Some(Box::new(move || control::control(&site, &action, now)))
    }
}
