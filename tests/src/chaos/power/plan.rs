//! What the workload commits, and what a store must hold after so many commits of it.
//!
//! Every writer has a tenant of its own and numbers its commits; the cursor in each commit is that
//! number. So a store says itself how far each writer came, and all of the rest follows from the seed.
//! One piece of a commit without the others is a torn commit.

use std::collections::BTreeMap;

use jiff::Timestamp;
use liaison::model::link::{Cause, Circles};
use liaison::model::run::{Counts, Event, Parked, ParkedKind, Run, RunId, RunStatus};
use liaison::model::{
    Action, ConnectionId, Entity, Fault, Fingerprint, FlowName, Link, LinkSet, LinkSide, LinkState,
    NativeId, TenantId, Text, Token,
};
use liaison::store::{Change, Intent, IntentKind, Retention};
use serde_json::json;

use super::dice::Dice;

/// Writers at once: commits of different writers share a transaction now and then.
pub const WRITERS: usize = 3;

/// Little, so that history is dropped while the workload runs.
pub const RETENTION: Retention = Retention {
    events_max: 40,
    runs_max: 6,
};

/// Bodies over 3 KiB stand in files.
const BODY_BYTES_SMALL: usize = 3_000;
const BODY_BYTES_LARGE: usize = 20_000;
const BODY_BYTES_HUGE: usize = 200_000;

/// Rows of an import's commit: over a megabyte, more than a segment of the log.
const IMPORT_ROWS: u64 = 400;
const IMPORT_ROW_BYTES: usize = 2_900;

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub imports: Imports,
}

/// Whether there are commits larger than a segment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imports {
    NowAndThen,
    Never,
}

impl Plan {
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            imports: Imports::NowAndThen,
        }
    }
}

impl Plan {
    /// The commit of this number. Its last change is the cursor.
    pub fn changes(&self, writer: usize, number: u64) -> Vec<Change> {
        let mut dice = self.dice(writer, number, 0);
        let of = Of { writer };
        let mut changes = vec![of.link(number, &format!("R{number}"), dice.one_in(9))];
        if dice.one_in(4)
            && let Some(earlier) = number.checked_sub(5)
        {
            changes.push(Change::RemoveLink {
                set: of.set(),
                left: id(&format!("L{earlier:06}")),
            });
        }
        if dice.one_in(4)
            && let Some(earlier) = number.checked_sub(3)
        {
            changes.push(of.link(earlier, &format!("R{earlier}.{number}"), false));
        }
        if dice.roll(10) < 6 {
            // Now and then the body another row has already.
            let body_of = number.saturating_sub(u64::from(dice.one_in(6)));
            changes.push(of.intent(number, self.body(writer, body_of)));
        }
        if let Some(earlier) = number.checked_sub(7) {
            changes.push(Change::RemoveIntent {
                tenant: of.tenant(),
                token: of.token(earlier),
            });
        }
        if dice.one_in(4) {
            changes.push(of.parked(number % 11, number, dice.one_in(3)));
        }
        if dice.one_in(7) {
            changes.push(Change::RemoveParked {
                tenant: of.tenant(),
                flow: flow(),
                id: id(&format!("P{}", (number + 3) % 11)),
            });
        }
        if dice.one_in(3) {
            changes.push(of.run(number / 4, number));
        }
        for more in 0..=dice.roll(2) {
            changes.push(of.event(number, more));
        }
        if dice.one_in(4) {
            let value = self.body(writer, number).into_bytes();
            changes.push(of.memory(number % 9, value));
        }
        if dice.one_in(25) && self.imports == Imports::NowAndThen {
            changes.extend((0..IMPORT_ROWS).map(|row| of.imported(row, number)));
        }
        if dice.one_in(6) {
            changes.push(Change::RemoveMemory {
                tenant: of.tenant(),
                connection: connection("erp"),
                key: format!("k{}", (number + 4) % 9),
            });
        }
        changes.push(Change::PutCursor {
            tenant: of.tenant(),
            flow: flow(),
            cursor: number.to_string().into_bytes(),
        });
        changes
    }

    fn body(&self, writer: usize, number: u64) -> String {
        let mut dice = self.dice(writer, number, 1);
        let len_max = match dice.roll(20) {
            0 => BODY_BYTES_HUGE,
            1..8 => BODY_BYTES_LARGE,
            _ => BODY_BYTES_SMALL,
        };
        let len = 1 + dice.roll(len_max);
        let mut body = String::with_capacity(len + 20);
        while body.len() < len {
            body.push_str(&format!("{:016x} ", dice.next()));
        }
        body
    }

    fn dice(&self, writer: usize, number: u64, what: u64) -> Dice {
        Dice::mixed(self.seed, &[writer as u64, number, what])
    }

    /// What is kept of a writer's tenant after the commits before `next`, by kind and key.
    pub fn expected(&self, writer: usize, next: u64) -> Kept {
        let mut kept = BTreeMap::new();
        let mut events = Vec::new();
        let mut right_of: BTreeMap<String, ()> = BTreeMap::new();
        for number in 0..next {
            for change in self.changes(writer, number) {
                match change {
                    Change::AddEvent(_) => events.push(change),
                    Change::RemoveLink { left, .. } => drop(kept.remove(&key(0, left))),
                    Change::RemoveIntent { token, .. } => drop(kept.remove(&key(1, token))),
                    Change::RemoveParked { id, .. } => drop(kept.remove(&key(3, id))),
                    Change::RemoveMemory { key: name, .. } => drop(kept.remove(&key(6, name))),
                    Change::PutRun(ref run) => {
                        right_of.insert(run.id.0.clone(), ());
                        kept.insert(key(4, &run.id), change);
                        while right_of.len() as u64 > RETENTION.runs_max {
                            let (oldest, ()) = right_of.pop_first().expect("it is not empty");
                            kept.remove(&key(4, oldest));
                        }
                    }
                    put => drop(kept.insert(key_of(&put), put)),
                }
            }
        }
        let old = events.len().saturating_sub(RETENTION.events_max as usize);
        with_events(kept, events.into_iter().skip(old))
    }
}

/// Everything of one tenant, by kind and key.
pub type Kept = BTreeMap<(u8, String), Change>;

/// A dump of one tenant in the form of [`Plan::expected`].
pub fn kept(dump: impl Iterator<Item = Change>) -> Kept {
    let (events, others): (Vec<Change>, Vec<Change>) =
        dump.partition(|change| matches!(change, Change::AddEvent(_)));
    let others = others.into_iter().map(|change| (key_of(&change), change));
    with_events(others.collect(), events.into_iter())
}

fn with_events(mut kept: Kept, events: impl Iterator<Item = Change>) -> Kept {
    let events = events.enumerate();
    kept.extend(events.map(|(place, event)| (key(5, format!("{place:04}")), event)));
    kept
}

fn key(kind: u8, name: impl ToString) -> (u8, String) {
    (kind, name.to_string())
}

fn key_of(change: &Change) -> (u8, String) {
    match change {
        Change::PutLink(link) => key(0, &link.left.id),
        Change::PutIntent(intent) => key(1, &intent.token),
        Change::PutCursor { flow, .. } => key(2, flow),
        Change::PutParked(parked) => key(3, &parked.id),
        Change::PutRun(run) => key(4, &run.id),
        Change::PutMemory { key: name, .. } => key(6, name),
        other => key(9, format!("{other:?}")),
    }
}

/// The first difference, in few words: bodies are long.
pub fn difference(found: &Kept, wanted: &Kept) -> Option<String> {
    const KINDS: [&str; 7] = [
        "link",
        "intent",
        "cursor",
        "parked record",
        "run",
        "event",
        "memory",
    ];
    let named = |(kind, name): &(u8, String)| {
        format!("{} {name}", KINDS.get(usize::from(*kind)).unwrap_or(&"?"))
    };
    for (at, change) in wanted {
        match found.get(at) {
            None => return Some(format!("{} is gone", named(at))),
            Some(other) if other != change => return Some(format!("{} is another", named(at))),
            Some(_) => {}
        }
    }
    let surplus = found.keys().find(|at| !wanted.contains_key(at))?;
    Some(format!("{} is there and should not be", named(surplus)))
}

pub fn tenant(writer: usize) -> TenantId {
    TenantId::parse(&format!("writer-{writer}")).expect("a tenant's id")
}

pub fn flow() -> FlowName {
    FlowName::parse("cut").expect("a flow's name")
}

pub fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second as i64).expect("a moment of this century")
}

fn id(raw: &str) -> NativeId {
    NativeId::parse(raw).expect("an id")
}

fn connection(name: &str) -> ConnectionId {
    ConnectionId::parse(name).expect("a connection's id")
}

fn entity(name: &str) -> Entity {
    Entity::parse(name).expect("an entity's name")
}

/// The set that links of a tenant belong to.
pub fn set_of(tenant: TenantId) -> LinkSet {
    LinkSet {
        tenant,
        left: (connection("crm"), entity("company")),
        right: (connection("erp"), entity("customer")),
        role: "main".to_owned(),
    }
}

/// A plain link.
pub fn link(set: LinkSet, left: &str, right: &str) -> Link {
    Link {
        set,
        left: LinkSide::new(id(left)),
        right: LinkSide::new(id(right)),
        state: LinkState::Linked,
        generation: 0,
        cause: Cause::Created(flow()),
        created_at: at(0),
        updated_at: at(0),
        circles: Circles::default(),
    }
}

/// The changes of one writer.
struct Of {
    writer: usize,
}

impl Of {
    fn tenant(&self) -> TenantId {
        tenant(self.writer)
    }

    fn set(&self) -> LinkSet {
        set_of(self.tenant())
    }

    fn token(&self, number: u64) -> Token {
        Token::parse(&format!("W{}T{number:023}", self.writer)).expect("26 of A-Z and 0-9")
    }

    fn link(&self, number: u64, right: &str, large: bool) -> Change {
        let mut link = link(self.set(), &format!("L{number:06}"), right);
        link.right.base = large.then(|| json!({ "lines": vec![right; 1_000] }));
        Change::PutLink(Box::new(link))
    }

    fn intent(&self, number: u64, body: String) -> Change {
        Change::PutIntent(Box::new(Intent {
            token: self.token(number),
            kind: IntentKind::Target,
            tenant: self.tenant(),
            flow: flow(),
            set: self.set(),
            source: id(&format!("S{number}")),
            connection: connection("erp"),
            entity: entity("customer"),
            action: Action::Create,
            target: None,
            version: None,
            body,
            generation: 1,
            created_at: at(number),
            sent: number.is_multiple_of(2),
            progress: None,
            context: json!({ "step": number }),
        }))
    }

    fn parked(&self, slot: u64, number: u64, large: bool) -> Change {
        let words = format!("too long, says {number}; ").repeat(if large { 300 } else { 1 });
        Change::PutParked(Box::new(Parked {
            tenant: self.tenant(),
            flow: flow(),
            id: id(&format!("P{slot}")),
            title: format!("company {slot}"),
            kind: ParkedKind::Quarantined,
            code: "rejected".to_owned(),
            message: Text::plain("the name is too long"),
            fault: Some(Fault::rejected(Text::plain(words))),
            fingerprint: Fingerprint([number as u8; 16]),
            attempts: 1,
            first_at: at(number),
            last_at: at(number),
            report: None,
            stamps: None,
            unreported: false,
            retry: false,
            dispute: None,
            circles: Circles::default(),
        }))
    }

    fn run(&self, slot: u64, number: u64) -> Change {
        Change::PutRun(Box::new(Run {
            id: RunId(format!("R{slot:025}")),
            tenant: self.tenant(),
            flow: flow(),
            started_at: at(number),
            ended_at: None,
            status: RunStatus::Running,
            counts: Counts::default(),
            fault: None,
        }))
    }

    fn event(&self, number: u64, more: usize) -> Change {
        Change::AddEvent(Box::new(Event {
            at: at(number),
            tenant: self.tenant(),
            flow: Some(flow()),
            run: None,
            record: Some(id(&format!("S{number}"))),
            kind: "created".to_owned(),
            message: Text::plain(format!("event {number}.{more}")),
        }))
    }

    /// One row of an import, which replaces the row of the import before.
    fn imported(&self, row: u64, number: u64) -> Change {
        let mut value = number.to_be_bytes().to_vec();
        value.resize(IMPORT_ROW_BYTES, row as u8);
        Change::PutMemory {
            tenant: self.tenant(),
            connection: connection("crm"),
            key: format!("import-{row:04}"),
            value,
        }
    }

    fn memory(&self, slot: u64, value: Vec<u8>) -> Change {
        Change::PutMemory {
            tenant: self.tenant(),
            connection: connection("erp"),
            key: format!("k{slot}"),
            value,
        }
    }
}
