//! The host of a called system in memory, for whole conversations: both halves over one store, calls that wait and
//! are made again, and power that is lost at any durable step.

use crate::host::{Encoder, Host, HttpError, HttpRequest, HttpResponse, LogLevel, NotSent};
use crate::relay::{Parcel, Relay, Taken, Waiting};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

/// Why a call did not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It waits for the system; make it again with the same arguments and the same moment.
    Waiting,
    /// The power was lost.
    PowerLost,
}

/// At which durable step the power goes, and whether the step still happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerCut {
    /// Counted from 1.
    pub step: u64,
    /// Whether the step became durable.
    pub done: bool,
}

struct Stored {
    parcel: Parcel,
    sealed: Option<Vec<u8>>,
    answer: Option<Vec<u8>>,
    out: bool,
    /// Moments of the calls that asked for it.
    askers: BTreeSet<String>,
}

/// The host. What is durable outlives a power cut.
pub struct RelayHost {
    settings: RefCell<Value>,
    secrets: RefCell<BTreeMap<String, String>>,
    /// What the connector remembers.
    pub memory: RefCell<BTreeMap<String, Vec<u8>>>,
    notes: RefCell<BTreeMap<String, Vec<u8>>>,
    parcels: RefCell<Vec<Stored>>,
    session: RefCell<Option<String>>,
    moment: RefCell<String>,
    /// Whether flows are at work that may bring more parcels.
    pub more: Cell<bool>,
    /// How often `open` has started flows.
    pub opened: Cell<u32>,
    /// The clock; sleeping and waiting move it.
    pub now_ms: Cell<u64>,
    seed: Cell<u64>,
    steps: Cell<u64>,
    cut: Cell<Option<PowerCut>>,
    /// How often `matches` found another value.
    pub misses: Cell<u32>,
    /// What was logged.
    pub lines: RefCell<Vec<String>>,
}

impl RelayHost {
    /// A host with these settings and secrets, at 2026-03-05T14:00:00Z.
    pub fn new(settings: Value, secrets: &[(&str, &str)]) -> Self {
        let secrets = secrets
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            settings: RefCell::new(settings),
            secrets: RefCell::new(secrets.collect()),
            memory: RefCell::default(),
            notes: RefCell::default(),
            parcels: RefCell::default(),
            session: RefCell::default(),
            moment: RefCell::default(),
            more: Cell::new(false),
            opened: Cell::new(0),
            now_ms: Cell::new(1_772_719_200_000),
            seed: Cell::new(0x9e37_79b9_7f4a_7c15),
            steps: Cell::new(0),
            cut: Cell::new(None),
            misses: Cell::new(0),
            lines: RefCell::default(),
        }
    }

    /// Makes a call of the working half under this moment.
    ///
    /// # Errors
    /// [`Ended`].
    pub fn system<T>(&self, moment: &str, call: impl FnOnce(&dyn Host) -> T) -> Result<T, Ended> {
        moment.clone_into(&mut self.moment.borrow_mut());
        self.run(call)
    }

    /// Makes a call of the half that is called.
    ///
    /// # Errors
    /// [`Ended::PowerLost`].
    pub fn inbound<T>(&self, call: impl FnOnce(&dyn Host) -> T) -> Result<T, Ended> {
        self.run(call)
    }

    fn run<T>(&self, call: impl FnOnce(&dyn Host) -> T) -> Result<T, Ended> {
        let host: &dyn Host = self;
        match catch_unwind(AssertUnwindSafe(|| call(host))) {
            Ok(value) => Ok(value),
            Err(payload) => match payload.downcast::<Ended>() {
                Ok(ended) => Err(*ended),
                Err(other) => resume_unwind(other),
            },
        }
    }

    /// The host has settled what the call of this moment returned: its answers are forgotten.
    pub fn settle(&self, moment: &str) {
        self.parcels
            .borrow_mut()
            .retain(|stored| !(stored.answer.is_some() && stored.askers.contains(moment)));
    }

    /// The power goes at this step, counted from now; none: never.
    pub fn cut_power(&self, cut: Option<PowerCut>) {
        self.steps.set(0);
        self.cut.set(cut);
    }

    /// How many durable steps there were since.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Parcels that have no answer.
    pub fn unanswered(&self) -> usize {
        let parcels = self.parcels.borrow();
        parcels.iter().filter(|s| s.answer.is_none()).count()
    }

    /// The session that is open.
    pub fn open_session(&self) -> Option<String> {
        self.session.borrow().clone()
    }

    /// Sets a secret anew.
    pub fn set_secret(&self, name: &str, value: &str) {
        self.secrets
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
    }

    /// Sets the settings anew.
    pub fn set_settings(&self, settings: Value) {
        *self.settings.borrow_mut() = settings;
    }

    /// A step that is durable before it returns, where the power may go.
    fn durable(&self, step: impl FnOnce()) {
        self.steps.set(self.steps.get() + 1);
        match self.cut.get() {
            Some(cut) if cut.step == self.steps.get() => {
                if cut.done {
                    step();
                }
                self.cut.set(None);
                // Unlike a panic this runs no hook: losing power is no failure of a test.
                resume_unwind(Box::new(Ended::PowerLost));
            }
            _ => step(),
        }
    }

    fn is_open(&self, session: &str) -> Result<(), String> {
        match self.session.borrow().as_deref() == Some(session) {
            true => Ok(()),
            false => Err(format!("the session {session} is not the open one")),
        }
    }

    fn with_out(
        &self,
        session: &str,
        key: &str,
        step: impl FnOnce(&mut Stored),
    ) -> Result<(), String> {
        self.is_open(session)?;
        let is_out = |stored: &Stored| stored.out && stored.parcel.key == key;
        if !self.parcels.borrow().iter().any(is_out) {
            return Err(format!("the parcel {key} is not out"));
        }
        self.durable(|| {
            let mut parcels = self.parcels.borrow_mut();
            step(
                parcels
                    .iter_mut()
                    .find(|stored| is_out(stored))
                    .expect("it was just there"),
            );
        });
        Ok(())
    }
}

impl Host for RelayHost {
    fn settings_json(&self) -> String {
        self.settings.borrow().to_string()
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.lines.borrow_mut().push(format!("{level:?} {message}"));
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn sleep_ms(&self, ms: u32) {
        self.now_ms.set(self.now_ms.get() + u64::from(ms));
    }

    fn random(&self, count: u32) -> Vec<u8> {
        let byte = |_| {
            let mut x = self.seed.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.seed.set(x);
            x.to_le_bytes()[3]
        };
        (0..count).map(byte).collect()
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        if value.len() > 64 << 10 {
            return Err("a value of more than 64 KiB".to_owned());
        }
        let full = self.memory.borrow().len() >= 64 && !self.memory.borrow().contains_key(key);
        if full {
            return Err("more than 64 keys".to_owned());
        }
        self.durable(|| {
            let mut memory = self.memory.borrow_mut();
            memory.insert(key.to_owned(), value.to_vec());
        });
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.durable(|| {
            self.memory.borrow_mut().remove(key);
        });
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.durable(|| {
            let mut notes = self.notes.borrow_mut();
            notes.insert(token.to_owned(), note.to_vec());
        });
        Ok(())
    }

    fn placeholder(&self, name: &str, _: Encoder) -> Result<String, String> {
        Err(format!("the secret `{name}` goes nowhere"))
    }

    fn send(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::NotSent {
            why: NotSent::Denied,
            detail: "this system is never called".to_owned(),
        })
    }

    fn matches(&self, name: &str, presented: &str) -> Result<bool, String> {
        let secrets = self.secrets.borrow();
        let value = secrets.get(name);
        let value = value.ok_or_else(|| format!("the secret `{name}` is not set"))?;
        if value != presented {
            self.misses.set(self.misses.get() + 1);
        }
        Ok(value == presented)
    }

    fn relay(&self) -> &dyn Relay {
        self
    }
}

impl Relay for RelayHost {
    fn exchange(&self, parcels: &[Parcel]) -> Result<Vec<Vec<u8>>, String> {
        if parcels.len() > 100 || self.parcels.borrow().len() + parcels.len() > 2_000 {
            return Err("too many parcels".to_owned());
        }
        let keys: BTreeSet<&str> = parcels.iter().map(|p| p.key.as_str()).collect();
        if keys.len() != parcels.len() {
            return Err("a key twice".to_owned());
        }
        let printable =
            |key: &str| (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if let Some(key) = keys.iter().find(|key| !printable(key)) {
            return Err(format!("`{key}` is no key"));
        }
        if parcels.iter().any(|p| p.payload.len() > 1 << 20) {
            return Err("a payload of more than 1 MiB".to_owned());
        }
        let moment = self.moment.borrow().clone();
        self.durable(|| {
            let mut stored = self.parcels.borrow_mut();
            for parcel in parcels {
                match stored.iter_mut().find(|s| s.parcel.key == parcel.key) {
                    Some(known) => {
                        known.askers.insert(moment.clone());
                    }
                    None => stored.push(Stored {
                        parcel: parcel.clone(),
                        sealed: None,
                        answer: None,
                        out: false,
                        askers: BTreeSet::from([moment.clone()]),
                    }),
                }
            }
        });
        let stored = self.parcels.borrow();
        let answer = |parcel: &Parcel| {
            let found = stored.iter().find(|s| s.parcel.key == parcel.key);
            found.and_then(|s| s.answer.clone())
        };
        let answers: Option<Vec<Vec<u8>>> = parcels.iter().map(answer).collect();
        drop(stored);
        Ok(answers.unwrap_or_else(|| resume_unwind(Box::new(Ended::Waiting))))
    }

    fn moment(&self) -> String {
        self.moment.borrow().clone()
    }

    fn open(&self, session: &str) -> Result<(), String> {
        self.durable(|| {
            *self.session.borrow_mut() = Some(session.to_owned());
            for stored in self.parcels.borrow_mut().iter_mut() {
                stored.out = false;
            }
            self.opened.set(self.opened.get() + 1);
        });
        Ok(())
    }

    fn pending(&self, session: &str, wait_ms: u32) -> Result<Waiting, String> {
        self.is_open(session)?;
        let parcels = self.parcels.borrow();
        let waiting = parcels.iter().filter(|s| s.answer.is_none()).count();
        let waiting = Waiting {
            parcels: u32::try_from(waiting).unwrap_or(u32::MAX),
            more: self.more.get(),
        };
        if waiting.parcels == 0 && waiting.more {
            self.sleep_ms(wait_ms.min(30_000));
        }
        Ok(waiting)
    }

    fn take(&self, session: &str) -> Result<Option<Taken>, String> {
        self.is_open(session)?;
        if self.parcels.borrow().iter().any(|s| s.out) {
            return Err("a parcel is out already".to_owned());
        }
        let at = self
            .parcels
            .borrow()
            .iter()
            .position(|s| s.answer.is_none());
        let Some(at) = at else { return Ok(None) };
        self.durable(|| self.parcels.borrow_mut()[at].out = true);
        let parcels = self.parcels.borrow();
        Ok(Some(Taken {
            key: parcels[at].parcel.key.clone(),
            payload: parcels[at].parcel.payload.clone(),
            sealed: parcels[at].sealed.clone(),
        }))
    }

    fn seal(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
        self.with_out(session, key, |stored| stored.sealed = Some(bytes.to_vec()))
    }

    fn answer(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
        self.with_out(session, key, |stored| {
            stored.answer = Some(bytes.to_vec());
            stored.out = false;
        })
    }

    fn put_back(&self, session: &str, key: &str) -> Result<(), String> {
        self.with_out(session, key, |stored| {
            stored.out = false;
            stored.sealed = None;
        })
    }

    fn close(&self, session: &str) {
        if self.is_open(session).is_ok() {
            self.durable(|| {
                *self.session.borrow_mut() = None;
                for stored in self.parcels.borrow_mut().iter_mut() {
                    stored.out = false;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parcel(key: &str) -> Parcel {
        Parcel {
            key: key.to_owned(),
            payload: b"?".to_vec(),
        }
    }

    fn host() -> RelayHost {
        RelayHost::new(json!({}), &[("password", "right")])
    }

    fn ask(host: &RelayHost, moment: &str) -> Result<Vec<Vec<u8>>, Ended> {
        host.system(moment, |host| {
            host.relay().exchange(&[parcel("a"), parcel("b")]).unwrap()
        })
    }

    fn visit(host: &RelayHost, session: &str) {
        let relay: &dyn Relay = host;
        relay.open(session).unwrap();
        while let Some(taken) = relay.take(session).unwrap() {
            relay.seal(session, &taken.key, b"sealed").unwrap();
            relay
                .answer(session, &taken.key, taken.key.as_bytes())
                .unwrap();
        }
        relay.close(session);
    }

    #[test]
    fn a_call_waits_until_all_is_answered_and_is_made_again() {
        let host = host();
        assert_eq!(ask(&host, "M1"), Err(Ended::Waiting));
        assert_eq!(host.unanswered(), 2);
        visit(&host, "s");
        assert_eq!(ask(&host, "M1"), Ok(vec![b"a".to_vec(), b"b".to_vec()]));
        host.settle("M1");
        assert_eq!(ask(&host, "M2"), Err(Ended::Waiting));
    }

    #[test]
    fn what_was_out_goes_out_again_with_its_seal() {
        let host = host();
        assert_eq!(ask(&host, "M1"), Err(Ended::Waiting));
        let relay: &dyn Relay = &host;
        relay.open("one").unwrap();
        let taken = relay.take("one").unwrap().unwrap();
        assert!(relay.take("one").is_err());
        relay.seal("one", &taken.key, b"bytes").unwrap();
        relay.open("two").unwrap();
        assert!(relay.answer("one", "a", b"late").is_err());
        let again = relay.take("two").unwrap().unwrap();
        assert_eq!(again.sealed.as_deref(), Some(&b"bytes"[..]));
        relay.put_back("two", "a").unwrap();
        assert_eq!(relay.take("two").unwrap().unwrap().sealed, None);
    }

    #[test]
    fn power_goes_before_or_after_any_durable_step() {
        for done in [false, true] {
            let host = host();
            host.cut_power(Some(PowerCut { step: 1, done }));
            assert_eq!(ask(&host, "M1"), Err(Ended::PowerLost));
            assert_eq!(host.unanswered(), if done { 2 } else { 0 });
            assert_eq!(ask(&host, "M1"), Err(Ended::Waiting));
        }
    }

    #[test]
    fn a_host_without_a_relay_says_so() {
        let host = crate::testing::ScriptHost::new(json!({}));
        let host: &dyn Host = &host;
        assert!(host.relay().exchange(&[parcel("a")]).is_err());
        assert!(host.matches("password", "x").is_err());
    }
}
