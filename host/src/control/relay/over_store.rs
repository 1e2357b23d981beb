//! Parcels in the store, and the rules of their way out and back.
//!
//! Invariant: an exchange waits only for what is on the disk; what leaves was fixed there before; an answer is
//! told to nobody before it is there.
//! Invariant: in a session one parcel is out at a time, and only the open session moves it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::connector::guest_host::{Broken, HostResult};
use crate::connector::relay::{AtWork, Errand, Line, Parcel, Relay, Settled, Taken, Waiting};
use crate::engine::crash_point::{self, Site};
use crate::engine::world::World;
use crate::model::Token;
use crate::store::relay::{
    ANSWER_BYTES_MAX, Asker, EXCHANGE_PARCELS_MAX, ListedParcel, PARCELS_MAX, PAYLOAD_BYTES_MAX,
    Parcel as Kept, ParcelHead, SEALED_BYTES_MAX,
};
use crate::store::{Change, Lease, LeaseScope, Store, StoreError, is_parcel_key};

use super::super::world::{RealWorld, holder};
use super::{Hub, LineState, Out, Session, flow_of, locked};

/// Renewed by use; a process that is gone holds it no longer once the store is opened again.
const LEASE: Duration = Duration::from_secs(60);
/// A run that was cut off goes on with what it was told, but not with what it was told so long ago.
const ANSWERS_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// Whoever waits looks again after this long at the latest.
const LOOK: Duration = Duration::from_millis(500);

/// What became of an operation that is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// None of its messages is here.
    Nothing,
    Withdrawn,
    /// It may have left.
    HandedOver,
}

pub struct StoreRelay {
    store: Arc<dyn Store>,
    hub: Arc<Hub>,
}

impl StoreRelay {
    pub fn new(store: Arc<dyn Store>, hub: Arc<Hub>) -> Self {
        Self { store, hub }
    }

    pub(super) async fn listed(&self, line: &Line) -> HostResult<Vec<ListedParcel>> {
        let listed = self.store.parcels(&line.tenant, &line.connection).await;
        listed.map_err(broken)
    }

    /// One transaction under the connection's lease, which is kept from one to the next.
    async fn commit(
        &self,
        line: &Line,
        held: &mut Option<(Lease, Instant)>,
        site: Site,
        changes: Vec<Change>,
    ) -> HostResult<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let lease = self.lease(line, held).await.map_err(broken)?;
        crash_point::before(site);
        let committed = self.store.commit(&lease, changes).await;
        crash_point::after(site);
        if committed.is_err() {
            *held = None;
        }
        committed.map_err(broken)
    }

    async fn lease(
        &self,
        line: &Line,
        held: &mut Option<(Lease, Instant)>,
    ) -> Result<Lease, StoreError> {
        if let Some((lease, since)) = held
            && since.elapsed() < LEASE / 2
        {
            return Ok(lease.clone());
        }
        let now = RealWorld::default().now();
        if let Some((lease, _)) = held.take()
            && self.store.renew(&lease, now, LEASE).await.is_ok()
        {
            *held = Some((lease.clone(), Instant::now()));
            return Ok(lease);
        }
        let scope = LeaseScope::relay(&line.tenant, &line.connection);
        let lease = self
            .store
            .claim(&scope, &holder("relay"), now, LEASE)
            .await?;
        *held = Some((lease.clone(), Instant::now()));
        Ok(lease)
    }

    async fn change(&self, line: &Line, site: Site, changes: Vec<Change>) -> HostResult<()> {
        let state = self.hub.line(line);
        let mut held = state.lease.lock().await;
        self.commit(line, &mut held, site, changes).await
    }

    /// Stores what is not there yet.
    async fn store_new(
        &self,
        line: &Line,
        state: &LineState,
        asker: Asker,
        parcels: Vec<Parcel>,
    ) -> HostResult<Result<(), String>> {
        let mut held = state.lease.lock().await;
        let listed = self.listed(line).await?;
        let known: BTreeSet<&str> = listed.iter().map(|row| row.head.key.as_str()).collect();
        let fresh = parcels
            .into_iter()
            .filter(|parcel| !known.contains(parcel.key.as_str()));
        let fresh: Vec<Parcel> = fresh.collect();
        if listed.len() + fresh.len() > PARCELS_MAX {
            return Ok(Err(format!(
                "{} parcels wait for this system already; at most {PARCELS_MAX} do",
                listed.len()
            )));
        }
        let last = listed.iter().map(|row| row.head.number).max();
        let first = last.map_or(1, |last| last + 1);
        let now = RealWorld::default().now();
        let puts = fresh.into_iter().zip(first..).map(|(parcel, number)| {
            Change::PutParcel(Box::new(Kept {
                head: ParcelHead {
                    tenant: line.tenant.clone(),
                    connection: line.connection.clone(),
                    key: parcel.key,
                    number,
                    asker: asker.clone(),
                    created_at: now,
                },
                payload: parcel.payload,
                sealed: None,
                answer: None,
            }))
        });
        let puts = puts.collect();
        self.commit(line, &mut held, Site::RelayParcels, puts)
            .await?;
        state.stir();
        Ok(Ok(()))
    }

    /// The answers, if all are there.
    async fn answers(&self, line: &Line, keys: &[String]) -> HostResult<Option<Vec<Vec<u8>>>> {
        let listed = self.listed(line).await?;
        let answered: BTreeSet<&str> = listed
            .iter()
            .filter(|row| row.is_answered)
            .map(|row| row.head.key.as_str())
            .collect();
        if !keys.iter().all(|key| answered.contains(key.as_str())) {
            return Ok(None);
        }
        let mut answers = Vec::with_capacity(keys.len());
        for key in keys {
            let parcel = self.store.parcel(&line.tenant, &line.connection, key).await;
            match parcel.map_err(broken)?.and_then(|parcel| parcel.answer) {
                Some(answer) => answers.push(answer),
                None => return Ok(None),
            }
        }
        Ok(Some(answers))
    }

    /// Takes the messages of an operation back if none of them can have left.
    pub async fn withdraw(&self, line: &Line, token: &Token) -> HostResult<Withdrawal> {
        let state = self.hub.line(line);
        let mut held = state.lease.lock().await;
        let listed = self.listed(line).await?;
        let mut changes = Vec::new();
        for row in listed {
            match whose(&row, token) {
                Whose::Others => continue,
                Whose::Shared => return Ok(Withdrawal::HandedOver),
                Whose::Its => {}
            }
            let key = row.head.key;
            let parcel = self
                .store
                .parcel(&line.tenant, &line.connection, &key)
                .await;
            let parcel = parcel.map_err(broken)?;
            let is_sealed = parcel.is_some_and(|parcel| parcel.sealed.is_some());
            if row.is_answered || is_sealed || state.is_out(&key) {
                return Ok(Withdrawal::HandedOver);
            }
            changes.push(Self::remove(line, key));
        }
        if changes.is_empty() {
            return Ok(Withdrawal::Nothing);
        }
        self.commit(line, &mut held, Site::RelayForgotten, changes)
            .await?;
        Ok(Withdrawal::Withdrawn)
    }

    fn remove(line: &Line, key: String) -> Change {
        Change::RemoveParcel {
            tenant: line.tenant.clone(),
            connection: line.connection.clone(),
            key,
        }
    }

    /// Asks that nobody works on any more and nobody will come back to: a plan or a check whose process died. And
    /// answers that nobody made use of for a while: what was not there then may be there now.
    async fn drop_abandoned(&self, line: &Line, state: &LineState) -> HostResult<()> {
        let mut held = state.lease.lock().await;
        let listed = self.listed(line).await?;
        let now = RealWorld::default().now();
        let is_old = |row: &ListedParcel| {
            let age = now.duration_since(row.head.created_at);
            let reads = matches!(row.head.asker, Asker::Reading { .. });
            reads && row.is_answered && age > ANSWERS_KEPT
        };
        let abandoned = listed.into_iter().filter(|row| {
            let purpose = row.head.asker.purpose();
            (flow_of(purpose).is_none() || is_old(row)) && !state.works(purpose)
        });
        let changes = abandoned.map(|row| Self::remove(line, row.head.key));
        let changes = changes.collect();
        self.commit(line, &mut held, Site::RelayForgotten, changes)
            .await
    }
}

fn broken(error: StoreError) -> Broken {
    Broken::Host(error.to_string())
}

fn stale() -> String {
    "the session is not the open one".to_owned()
}

fn not_out(key: &str) -> String {
    format!("the parcel `{key}` is not out in this session")
}

impl LineState {
    /// The open session, if it is this one.
    fn with_session<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Session) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut session = locked(&self.session);
        let session = session.as_mut().filter(|session| session.name == name);
        let session = session.ok_or_else(stale)?;
        session.last_heard = Instant::now();
        work(session)
    }

    /// Whether the parcel, which must be out in this session, had left in one before.
    fn check_out(&self, session: &str, key: &str) -> Result<bool, String> {
        self.with_session(session, |session| match &session.out {
            Some(out) if out.key == key => Ok(out.was_sealed),
            _ => Err(not_out(key)),
        })
    }

    fn is_out(&self, key: &str) -> bool {
        let session = locked(&self.session);
        let out = session.as_ref().and_then(|session| session.out.as_ref());
        out.is_some_and(|out| out.key == key)
    }

    fn is_back(&self, session: &str, key: &str) {
        // A session that has ended meanwhile has nothing out.
        let _ = self.with_session(session, |session| {
            session.out.take_if(|out| out.key == key);
            Ok(())
        });
    }
}

#[async_trait]
impl Relay for StoreRelay {
    fn work(&self, line: &Line, purpose: &str) -> AtWork {
        self.hub.line(line).work(purpose)
    }

    async fn moment(&self, line: &Line, purpose: &str, call: &str) -> HostResult<Option<Token>> {
        let listed = self.listed(line).await?;
        Ok(listed.into_iter().find_map(|row| match row.head.asker {
            Asker::Reading {
                purpose: of,
                call: made,
                moment,
            } if of == purpose && made == call => Some(moment),
            Asker::Reading { .. } | Asker::Writing { .. } => None,
        }))
    }

    async fn forget(&self, line: &Line, settled: Settled<'_>) -> HostResult<()> {
        let state = self.hub.line(line);
        let mut held = state.lease.lock().await;
        let mut changes = Vec::new();
        for row in self.listed(line).await? {
            match left_of(&row.head.asker, settled) {
                Left::All => {}
                Left::Nothing => changes.push(Self::remove(line, row.head.key)),
                Left::Some(asker) => {
                    let key = &row.head.key;
                    let kept = self.store.parcel(&line.tenant, &line.connection, key).await;
                    if let Some(mut parcel) = kept.map_err(broken)? {
                        parcel.head.asker = asker;
                        changes.push(Change::PutParcel(Box::new(parcel)));
                    }
                }
            }
        }
        self.commit(line, &mut held, Site::RelayForgotten, changes)
            .await
    }

    async fn exchange(
        &self,
        line: &Line,
        asker: &Errand,
        moment: &Token,
        parcels: Vec<Parcel>,
        wait: Duration,
    ) -> HostResult<Result<Vec<Vec<u8>>, String>> {
        if !self.hub.is_served() {
            let words = "nobody can call: start the service with `liaison serve`";
            return Ok(Err(words.to_owned()));
        }
        if let Err(words) = check_parcels(&parcels) {
            return Ok(Err(words));
        }
        let asker = match asker.clone() {
            Errand::Reading { purpose, call } => Asker::Reading {
                purpose,
                call,
                moment: moment.clone(),
            },
            Errand::Writing { purpose, tokens } => Asker::Writing { purpose, tokens },
            Errand::Inbound | Errand::Other => {
                return Ok(Err("this call has no exchanges".to_owned()));
            }
        };
        let state = self.hub.line(line);
        let keys: Vec<String> = parcels.iter().map(|parcel| parcel.key.clone()).collect();
        let awaiting = state.await_all(keys.clone());
        if let Err(words) = self.store_new(line, &state, asker, parcels).await? {
            return Ok(Err(words));
        }
        let until = Instant::now() + wait;
        let mut changes = state.changes();
        loop {
            changes.borrow_and_update();
            if let Some(answers) = self.answers(line, &keys).await? {
                return Ok(Ok(answers));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            // Whether it was told or the time is up: it looks again.
            let _ = tokio::time::timeout(left, changes.changed()).await;
        }
        // From here on whoever brings an answer wakes the flow; one that came before is seen now.
        drop(awaiting);
        match self.answers(line, &keys).await? {
            Some(answers) => Ok(Ok(answers)),
            None => Err(Broken::Waits),
        }
    }

    async fn open(&self, line: &Line, session: &str) -> HostResult<Result<(), String>> {
        let Some(service) = self.hub.service() else {
            return Ok(Err("no service runs".to_owned()));
        };
        let state = self.hub.line(line);
        *locked(&state.session) = Some(Session {
            name: session.to_owned(),
            out: None,
            last_heard: Instant::now(),
        });
        self.drop_abandoned(line, &state).await?;
        service.arrived(line).await;
        state.stir();
        Ok(Ok(()))
    }

    async fn pending(
        &self,
        line: &Line,
        session: &str,
        wait: Duration,
    ) -> HostResult<Result<Waiting, String>> {
        let state = self.hub.line(line);
        let until = Instant::now() + wait;
        let mut changes = state.changes();
        loop {
            changes.borrow_and_update();
            if let Err(words) = state.with_session(session, |_| Ok(())) {
                return Ok(Err(words));
            }
            // In this order: what is at work when nothing is there may have brought it since.
            let more = state.is_busy()
                || self
                    .hub
                    .service()
                    .is_some_and(|service| service.brings_more(line));
            let listed = self.listed(line).await?;
            let parcels = listed.iter().filter(|row| !row.is_answered).count();
            let left = until.saturating_duration_since(Instant::now());
            if parcels > 0 || !more || left.is_zero() {
                let parcels = u32::try_from(parcels).unwrap_or(u32::MAX);
                return Ok(Ok(Waiting { parcels, more }));
            }
            let _ = tokio::time::timeout(left.min(LOOK), changes.changed()).await;
        }
    }

    async fn take(&self, line: &Line, session: &str) -> HostResult<Result<Option<Taken>, String>> {
        let state = self.hub.line(line);
        // Nobody else takes one meanwhile.
        let _held = state.lease.lock().await;
        let free = state.with_session(session, |session| match &session.out {
            Some(Out { key, .. }) => Err(format!("the parcel `{key}` is out already")),
            None => Ok(()),
        });
        if let Err(words) = free {
            return Ok(Err(words));
        }
        let listed = self.listed(line).await?;
        let Some(oldest) = listed.into_iter().find(|row| !row.is_answered) else {
            return Ok(Ok(None));
        };
        let key = oldest.head.key;
        let parcel = self
            .store
            .parcel(&line.tenant, &line.connection, &key)
            .await;
        let Some(parcel) = parcel.map_err(broken)? else {
            return Ok(Ok(None));
        };
        crash_point::before(Site::RelayTaken);
        let out = state.with_session(session, |session| {
            session.out = Some(Out {
                key: key.clone(),
                was_sealed: parcel.sealed.is_some(),
            });
            Ok(())
        });
        crash_point::after(Site::RelayTaken);
        Ok(out.map(|()| {
            Some(Taken {
                key,
                payload: parcel.payload,
                sealed: parcel.sealed,
            })
        }))
    }

    async fn seal(
        &self,
        line: &Line,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        if bytes.len() > SEALED_BYTES_MAX {
            let most = SEALED_BYTES_MAX;
            return Ok(Err(format!(
                "{} bytes; at most {most} are sealed",
                bytes.len()
            )));
        }
        if let Err(words) = self.hub.line(line).check_out(session, key) {
            return Ok(Err(words));
        }
        let seal = Change::SealParcel {
            tenant: line.tenant.clone(),
            connection: line.connection.clone(),
            key: key.to_owned(),
            bytes: Some(bytes),
        };
        self.change(line, Site::RelaySealed, vec![seal]).await?;
        Ok(Ok(()))
    }

    async fn answer(
        &self,
        line: &Line,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        if bytes.len() > ANSWER_BYTES_MAX {
            let most = ANSWER_BYTES_MAX;
            return Ok(Err(format!(
                "{} bytes; an answer has at most {most}",
                bytes.len()
            )));
        }
        let state = self.hub.line(line);
        if let Err(words) = state.check_out(session, key) {
            return Ok(Err(words));
        }
        let asker = {
            let listed = self.listed(line).await?;
            let mut listed = listed.into_iter();
            listed
                .find(|row| row.head.key == key)
                .map(|row| row.head.asker)
        };
        let answer = Change::AnswerParcel {
            tenant: line.tenant.clone(),
            connection: line.connection.clone(),
            key: key.to_owned(),
            bytes,
        };
        self.change(line, Site::RelayAnswered, vec![answer]).await?;
        state.is_back(session, key);
        state.stir();
        if let Some(asker) = asker
            && !state.is_awaited(key)
            && let (Some(flow), Some(service)) = (flow_of(asker.purpose()), self.hub.service())
        {
            service.answered(line, &flow);
        }
        Ok(Ok(()))
    }

    async fn put_back(
        &self,
        line: &Line,
        session: &str,
        key: &str,
    ) -> HostResult<Result<(), String>> {
        let state = self.hub.line(line);
        let was_sealed = match state.check_out(session, key) {
            Ok(was_sealed) => was_sealed,
            Err(words) => return Ok(Err(words)),
        };
        // What left in a session before may have been carried out: its bytes stay as they were.
        let unseal = Change::SealParcel {
            tenant: line.tenant.clone(),
            connection: line.connection.clone(),
            key: key.to_owned(),
            bytes: None,
        };
        let changes = match was_sealed {
            true => Vec::new(),
            false => vec![unseal],
        };
        self.change(line, Site::RelayPutBack, changes).await?;
        state.is_back(session, key);
        state.stir();
        Ok(Ok(()))
    }

    async fn close(&self, line: &Line, session: &str) -> HostResult<()> {
        let state = self.hub.line(line);
        {
            let mut open = locked(&state.session);
            open.take_if(|open| open.name == session);
        }
        state.stir();
        Ok(())
    }
}

/// Whose a message is among the operations of the call that it was made by.
enum Whose {
    Its,
    Others,
    /// Nobody can tell.
    Shared,
}

fn whose(row: &ListedParcel, token: &Token) -> Whose {
    let Asker::Writing { tokens, .. } = &row.head.asker else {
        return Whose::Others;
    };
    if !tokens.contains(token) {
        return Whose::Others;
    }
    // A key that holds a token is of that operation.
    let named = |token: &&Token| row.head.key.contains(token.as_str());
    match tokens.iter().find(named) {
        _ if tokens.len() == 1 => Whose::Its,
        Some(named) if named == token => Whose::Its,
        Some(_) => Whose::Others,
        None => Whose::Shared,
    }
}

fn check_parcels(parcels: &[Parcel]) -> Result<(), String> {
    if parcels.len() > EXCHANGE_PARCELS_MAX {
        return Err(format!(
            "{} parcels; an exchange has at most {EXCHANGE_PARCELS_MAX}",
            parcels.len()
        ));
    }
    let mut seen = BTreeSet::new();
    for parcel in parcels {
        if !is_parcel_key(&parcel.key) {
            return Err("a parcel is named by 1 to 128 printable ASCII characters".to_owned());
        }
        if parcel.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(format!(
                "the parcel `{}` has {} bytes; at most {PAYLOAD_BYTES_MAX} are carried",
                parcel.key,
                parcel.payload.len()
            ));
        }
        if !seen.insert(&parcel.key) {
            return Err(format!("the parcel `{}` stands twice", parcel.key));
        }
    }
    Ok(())
}

/// What is left of the reason to keep a parcel.
enum Left {
    All,
    Some(Asker),
    Nothing,
}

fn left_of(asker: &Asker, settled: Settled<'_>) -> Left {
    let gone = |is_gone: bool| match is_gone {
        true => Left::Nothing,
        false => Left::All,
    };
    match (asker, settled) {
        (
            Asker::Reading {
                purpose, call: of, ..
            },
            Settled::Call {
                purpose: whose,
                call,
            },
        ) => gone(purpose == whose && of == call),
        (
            Asker::Reading { purpose, .. },
            Settled::Readings { purpose: whose } | Settled::All { purpose: whose, .. },
        ) => gone(purpose == whose),
        (Asker::Writing { purpose, tokens }, Settled::Writes { tokens: done }) => {
            without(purpose, tokens, |token| done.contains(token))
        }
        (
            Asker::Writing { purpose, tokens },
            Settled::All {
                purpose: whose,
                open,
            },
        ) if purpose == whose => without(purpose, tokens, |token| !open.contains(token)),
        (Asker::Reading { .. }, Settled::Writes { .. }) | (Asker::Writing { .. }, _) => Left::All,
    }
}

fn without(purpose: &str, tokens: &[Token], is_gone: impl Fn(&Token) -> bool) -> Left {
    let left: Vec<Token> = tokens
        .iter()
        .filter(|token| !is_gone(token))
        .cloned()
        .collect();
    if left.is_empty() {
        Left::Nothing
    } else if left.len() == tokens.len() {
        Left::All
    } else {
        Left::Some(Asker::Writing {
            purpose: purpose.to_owned(),
            tokens: left,
        })
    }
}
