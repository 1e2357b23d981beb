//! The suite every backend passes. It is the specification of [`Store`]: a rule that is not here is
//! no rule.
//!
//! A case gets an empty store that keeps little history ([`SMALL`]) and is named by the sentence it
//! proves. A backend adds itself with `store_conformance!(name, make)`, where `make` takes the
//! retention and gives the store and whatever has to live as long.

mod leases;
mod links;
mod records;
mod whole;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::relay::{Asker, Parcel, ParcelHead};
use super::{
    Change, EventQuery, Intent, IntentKind, Lease, LeaseScope, Retention, Store, StoreError,
};
use crate::model::link::{Cause, Circles};
use crate::model::run::{Counts, Event, Parked, ParkedKind, Run, RunId, RunStatus};
use crate::model::{
    Action, ConnectionId, Entity, Fault, Fingerprint, FlowName, Link, LinkSet, LinkSide, LinkState,
    NativeId, Side, TenantId, Text, Token,
};

pub use self::leases::*;
pub use self::links::*;
pub use self::records::*;
pub use self::whole::*;

pub const SMALL: Retention = Retention {
    events_max: 20,
    runs_max: 5,
};

macro_rules! store_conformance {
    ($name:ident, $make:expr) => {
        mod $name {
            $crate::store::conformance::store_conformance! { @cases $make;
                a_new_store_is_empty
                a_link_is_found_from_both_sides
                links_come_in_the_order_of_the_ids_asked_for
                a_right_id_belongs_to_one_link_only
                a_link_put_again_is_replaced_and_frees_its_old_right_id
                a_removed_link_frees_both_ids
                a_link_moves_within_one_commit
                two_links_swap_partners_within_one_commit
                the_same_ids_in_another_role_are_another_link
                a_tombstoned_link_is_not_live_and_holds_no_id
                a_link_in_conflict_is_live
                everything_of_a_link_comes_back
                link_pages_go_through_a_set_in_order
                link_sets_are_those_that_hold_links
                a_commit_is_all_or_nothing
                a_failed_commit_leaves_what_was_there_before
                a_commit_without_changes_still_wants_the_lease
                a_lease_is_held_by_one
                an_expired_lease_is_taken_over_with_a_higher_fence
                a_stale_lease_cannot_commit_or_renew
                a_renewed_lease_is_held_longer
                an_expired_lease_nobody_took_is_renewed
                a_released_lease_is_free_at_once_and_no_longer_writes
                releasing_a_stale_lease_changes_nothing
                a_fence_grows_across_a_release
                leases_of_different_scopes_do_not_meet
                a_lease_writes_for_its_tenant_only
                intents_come_in_order_of_creation_and_by_flow
                an_intent_put_again_is_replaced
                a_progress_note_goes_to_an_open_intent_only
                a_progress_note_leaves_the_body_as_it_was
                a_cursor_is_kept_replaced_and_removed
                parked_records_are_found_listed_and_removed
                runs_come_newest_first_and_a_finished_run_replaces_itself
                only_the_newest_runs_of_a_flow_are_kept
                events_come_newest_first
                events_are_found_by_flow_record_and_run
                only_the_newest_events_of_a_tenant_are_kept
                memory_is_kept_by_connection_and_key
                parcels_come_oldest_first_and_by_connection
                a_parcel_is_sealed_answered_and_removed
                nothing_is_added_to_a_parcel_that_is_gone
                tenants_never_mix
                tenants_are_those_that_have_something_kept
                large_bodies_come_back_byte_for_byte
                a_body_two_rows_share_outlives_one_of_them
                what_does_not_fit_a_key_is_refused
                a_dump_builds_the_same_store_again
                a_dump_stops_at_the_first_error
                verify_finds_nothing_wrong_after_all_of_it
                there_is_room_on_the_disk
            }
        }
    };
    (@cases $make:expr; $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let make = $make;
                let (store, _lives_as_long) = make($crate::store::conformance::SMALL);
                $crate::store::conformance::$case(&store).await;
                let found = $crate::store::Store::verify(&store).await.unwrap();
                assert_eq!(found.problems, Vec::<String>::new());
            }
        )*
    };
}
pub(crate) use store_conformance;

// What the cases are made of.

pub fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

pub fn acme() -> TenantId {
    tenant("acme")
}

pub fn flow(name: &str) -> FlowName {
    FlowName::parse(name).unwrap()
}

pub fn id(raw: &str) -> NativeId {
    NativeId::parse(raw).unwrap()
}

pub fn connection(name: &str) -> ConnectionId {
    ConnectionId::parse(name).unwrap()
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn set_of(of: &str, role: &str) -> LinkSet {
    let entity = |name: &str| Entity::parse(name).unwrap();
    LinkSet {
        tenant: tenant(of),
        left: (connection("crm"), entity("company")),
        right: (connection("erp"), entity("customer")),
        role: role.into(),
    }
}

pub fn set() -> LinkSet {
    set_of("acme", "main")
}

pub fn link(set: &LinkSet, left: &str, right: &str) -> Link {
    Link {
        set: set.clone(),
        left: LinkSide::new(id(left)),
        right: LinkSide::new(id(right)),
        state: LinkState::Linked,
        generation: 1,
        cause: Cause::Created(flow("companies")),
        created_at: at(0),
        updated_at: at(0),
        circles: Circles::default(),
    }
}

pub fn put(left: &str, right: &str) -> Change {
    Change::PutLink(Box::new(link(&set(), left, right)))
}

pub fn remove(left: &str) -> Change {
    Change::RemoveLink {
        set: set(),
        left: id(left),
    }
}

pub fn token(number: usize) -> Token {
    Token::parse(&format!("T{number:025}")).unwrap()
}

pub fn intent(number: usize, of: &str, second: i64) -> Intent {
    Intent {
        token: token(number),
        kind: IntentKind::Target,
        tenant: acme(),
        flow: flow(of),
        set: set(),
        source: id(&format!("S{number}")),
        connection: connection("erp"),
        entity: Entity::parse("customer").unwrap(),
        action: Action::Create,
        target: None,
        version: None,
        body: format!("{{\"number\":{number}}}"),
        generation: 1,
        created_at: at(second),
        sent: false,
        progress: None,
        context: json!({ "step": number }),
    }
}

fn put_intent(intent: &Intent) -> Change {
    Change::PutIntent(Box::new(intent.clone()))
}

pub fn parked(of: &str, record: &str) -> Parked {
    Parked {
        tenant: acme(),
        flow: flow(of),
        id: id(record),
        title: format!("company {record}"),
        kind: ParkedKind::Quarantined,
        code: "rejected".into(),
        message: Text::plain("the name is too long"),
        fault: Some(Fault::rejected(Text::plain("name: at most 41 characters"))),
        fingerprint: Fingerprint([7; 16]),
        stamps: None,
        attempts: 1,
        first_at: at(0),
        last_at: at(0),
        report: None,
        unreported: false,
        retry: false,
        dispute: None,
        circles: Default::default(),
    }
}

pub fn parcel(key: &str, number: u64) -> Parcel {
    Parcel {
        head: ParcelHead {
            tenant: acme(),
            connection: connection("crm"),
            key: key.into(),
            number,
            asker: Asker::Writing {
                purpose: "run companies".into(),
                tokens: vec![token(number as usize)],
            },
            created_at: at(number as i64),
        },
        payload: format!("payload of {key}").into_bytes(),
        sealed: None,
        answer: None,
    }
}

pub fn put_parcel(parcel: &Parcel) -> Change {
    Change::PutParcel(Box::new(parcel.clone()))
}

pub fn run(of: &str, number: usize) -> Run {
    Run {
        id: RunId(format!("R{number:025}")),
        tenant: acme(),
        flow: flow(of),
        started_at: at(number as i64),
        ended_at: None,
        status: RunStatus::Running,
        counts: Counts::default(),
        fault: None,
    }
}

pub fn event(number: usize) -> Event {
    Event {
        at: at(number as i64),
        tenant: acme(),
        flow: None,
        run: None,
        record: None,
        kind: "created".into(),
        message: Text::plain(format!("event {number}")),
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A lease on the administration of the tenant, long enough for any case.
pub async fn lease_of(store: &dyn Store, of: &TenantId) -> Lease {
    store
        .claim(&LeaseScope::admin(of), "case", at(0), MINUTE)
        .await
        .unwrap()
}

pub async fn commit(store: &dyn Store, changes: Vec<Change>) {
    let lease = lease_of(store, &acme()).await;
    store.commit(&lease, changes).await.unwrap();
    store.release(&lease).await.unwrap();
}

async fn refused(store: &dyn Store, changes: Vec<Change>) -> StoreError {
    let lease = lease_of(store, &acme()).await;
    let error = store.commit(&lease, changes).await.unwrap_err();
    store.release(&lease).await.unwrap();
    error
}

async fn found(store: &dyn Store, side: Side, raw: &str) -> Option<Link> {
    store
        .links(&set(), side, &[id(raw)])
        .await
        .unwrap()
        .remove(0)
}

/// `left=right` of the link found from this side, for short assertions.
async fn pair(store: &dyn Store, side: Side, raw: &str) -> Option<String> {
    found(store, side, raw)
        .await
        .map(|link| format!("{}={}", link.left.id, link.right.id))
}

pub async fn dump(store: &dyn Store) -> Vec<Change> {
    let mut all = Vec::new();
    let mut keep = |change| {
        all.push(change);
        Ok(())
    };
    store.dump(&mut keep).await.unwrap();
    all
}

/// One of each kind, in the order of a dump.
pub fn everything() -> Vec<Change> {
    let memory = |key: &str| Change::PutMemory {
        tenant: acme(),
        connection: connection("crm"),
        key: key.into(),
        value: b"\x00\xff".to_vec(),
    };
    let mut dead = link(&set(), "b", "2");
    dead.state = LinkState::Tombstoned;
    dead.right.base = Some(json!({ "name": "Émile" }));
    vec![
        put("a", "1"),
        Change::PutLink(Box::new(dead)),
        put_intent(&Intent {
            progress: Some(vec![1, 2]),
            ..intent(1, "companies", 1)
        }),
        put_intent(&Intent {
            body: "z".repeat(5_000),
            ..intent(2, "companies", 0)
        }),
        Change::PutCursor {
            tenant: acme(),
            flow: flow("companies"),
            cursor: b"page 2".to_vec(),
        },
        Change::PutParked(Box::new(parked("companies", "a"))),
        Change::PutRun(Box::new(run("companies", 1))),
        Change::AddEvent(Box::new(event(2))),
        Change::AddEvent(Box::new(Event {
            record: Some(id("a")),
            ..event(1)
        })),
        memory("k"),
        memory("k2"),
        put_parcel(&Parcel {
            sealed: Some(b"\xffsealed".to_vec()),
            answer: Some(vec![b'a'; 5_000]),
            ..parcel("p", 1)
        }),
    ]
}
