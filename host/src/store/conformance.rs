//! The suite every backend passes. It is the specification of [`Store`]: a rule that is not here is
//! no rule.
//!
//! A case gets an empty store that keeps little history ([`SMALL`]) and is named by the sentence it
//! proves. A backend adds itself with `store_conformance!(name, make)`, where `make` takes the
//! retention and gives the store and whatever has to live as long.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{
    Change, EventQuery, Intent, IntentKind, Lease, LeaseScope, Retention, Store, StoreError,
};
use crate::model::link::Cause;
use crate::model::run::{Counts, Event, Parked, ParkedKind, Run, RunId, RunStatus};
use crate::model::{
    Action, ConnectionId, Entity, Fault, Fingerprint, FlowName, Link, LinkSet, LinkSide, LinkState,
    NativeId, Side, TenantId, Text, Token,
};

pub const SMALL: Retention = Retention { events_max: 20, runs_max: 5 };

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

mod memory_store {
    store_conformance!(memory, |retention| {
        (crate::store::memory::MemoryStore::with_retention(retention), ())
    });
}

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
    }
}

pub fn put(left: &str, right: &str) -> Change {
    Change::PutLink(Box::new(link(&set(), left, right)))
}

pub fn remove(left: &str) -> Change {
    Change::RemoveLink { set: set(), left: id(left) }
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
        attempts: 1,
        first_at: at(0),
        last_at: at(0),
        report: None,
        retry: false,
    }
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
    store.claim(&LeaseScope::admin(of), "case", at(0), MINUTE).await.unwrap()
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
    store.links(&set(), side, &[id(raw)]).await.unwrap().remove(0)
}

/// `left=right` of the link found from this side, for short assertions.
async fn pair(store: &dyn Store, side: Side, raw: &str) -> Option<String> {
    found(store, side, raw).await.map(|link| format!("{}={}", link.left.id, link.right.id))
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

// The cases.

pub async fn a_new_store_is_empty(store: &dyn Store) {
    assert_eq!(store.tenants().await.unwrap(), []);
    assert_eq!(store.link_sets(&acme()).await.unwrap(), []);
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "a").await, None);
    assert_eq!(store.intents(&acme(), None).await.unwrap(), []);
    assert_eq!(store.cursor(&acme(), &flow("companies")).await.unwrap(), None);
    assert_eq!(dump(store).await, []);
}

pub async fn a_link_is_found_from_both_sides(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    assert_eq!(found(store, Side::Left, "a").await, Some(link(&set(), "a", "1")));
    assert_eq!(found(store, Side::Right, "1").await, Some(link(&set(), "a", "1")));
    assert_eq!(found(store, Side::Left, "1").await, None);
    assert_eq!(found(store, Side::Right, "a").await, None);
}

pub async fn links_come_in_the_order_of_the_ids_asked_for(store: &dyn Store) {
    commit(store, vec![put("a", "1"), put("b", "2")]).await;
    let ids = [id("b"), id("x"), id("a"), id("b")];
    let links = store.links(&set(), Side::Left, &ids).await.unwrap();
    let rights: Vec<_> =
        links.iter().map(|link| link.as_ref().map(|link| link.right.id.as_str())).collect();
    assert_eq!(rights, [Some("2"), None, Some("1"), Some("2")]);
}

pub async fn a_right_id_belongs_to_one_link_only(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    let error = refused(store, vec![put("b", "1")]).await;
    let StoreError::LinkTaken { set: taken, side: Side::Right, id: right } = error else {
        panic!("{error:?}");
    };
    assert_eq!((taken, right), (set(), id("1")));
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("a=1"));
    assert_eq!(found(store, Side::Left, "b").await, None);
}

pub async fn a_link_put_again_is_replaced_and_frees_its_old_right_id(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(pair(store, Side::Left, "a").await.as_deref(), Some("a=2"));
    assert_eq!(found(store, Side::Right, "1").await, None);
    commit(store, vec![put("b", "1")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
}

pub async fn a_removed_link_frees_both_ids(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![remove("a"), remove("never-there")]).await;
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "1").await, None);
    commit(store, vec![put("b", "1"), put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
}

pub async fn a_link_moves_within_one_commit(store: &dyn Store) {
    commit(store, vec![put("quote", "1")]).await;
    commit(store, vec![remove("quote"), put("order", "1")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("order=1"));
    assert_eq!(found(store, Side::Left, "quote").await, None);
}

pub async fn two_links_swap_partners_within_one_commit(store: &dyn Store) {
    commit(store, vec![put("a", "1"), put("b", "2")]).await;
    commit(store, vec![remove("a"), put("b", "1"), put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
    assert_eq!(pair(store, Side::Right, "2").await.as_deref(), Some("a=2"));
}

pub async fn the_same_ids_in_another_role_are_another_link(store: &dyn Store) {
    let other = set_of("acme", "delivery");
    let second = Change::PutLink(Box::new(link(&other, "b", "1")));
    commit(store, vec![put("a", "1"), second]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("a=1"));
    let links = store.links(&other, Side::Right, &[id("1")]).await.unwrap();
    assert_eq!(links, [Some(link(&other, "b", "1"))]);
}

pub async fn a_tombstoned_link_is_not_live_and_holds_no_id(store: &dyn Store) {
    let mut dead = link(&set(), "a", "1");
    dead.state = LinkState::Tombstoned;
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![Change::PutLink(Box::new(dead.clone()))]).await;
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "1").await, None);
    assert_eq!(store.link_page(&set(), None, 10).await.unwrap(), []);
    commit(store, vec![put("b", "1"), remove("a")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
    // It is kept, for its history.
    assert!(dump(store).await.contains(&Change::PutLink(Box::new(dead))));
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "2").await.as_deref(), Some("a=2"));
}

pub async fn a_link_in_conflict_is_live(store: &dyn Store) {
    let mut disputed = link(&set(), "a", "1");
    disputed.state = LinkState::Conflict;
    commit(store, vec![Change::PutLink(Box::new(disputed.clone()))]).await;
    assert_eq!(found(store, Side::Right, "1").await, Some(disputed));
    assert!(matches!(refused(store, vec![put("b", "1")]).await, StoreError::LinkTaken { .. }));
}

pub async fn everything_of_a_link_comes_back(store: &dyn Store) {
    let side = |raw: &str, seed| LinkSide {
        id: id(raw),
        version: Some("00012ab".into()),
        fingerprint: Some(Fingerprint([seed; 16])),
        base: Some(json!({ "name": "Ørsted & fils", "total": "10.00", "open": null, "tags": [1, 2.5] })),
    };
    let full = Link {
        left: side("É 1/2", 1),
        right: side("10-023", 255),
        generation: 3,
        cause: Cause::Adopted(flow("companies"), "vat".into()),
        created_at: Timestamp::new(1_700_000_000, 123_456_789).unwrap(),
        updated_at: at(5),
        ..link(&set(), "x", "y")
    };
    commit(store, vec![Change::PutLink(Box::new(full.clone()))]).await;
    assert_eq!(found(store, Side::Right, "10-023").await, Some(full));
}

pub async fn link_pages_go_through_a_set_in_order(store: &dyn Store) {
    let other = Change::PutLink(Box::new(link(&set_of("acme", "other"), "b2", "9")));
    commit(store, vec![put("c", "1"), put("a", "2"), put("b", "3"), put("b1", "4"), other]).await;
    let lefts = |links: Vec<Link>| -> Vec<String> {
        links.into_iter().map(|link| link.left.id.to_string()).collect()
    };
    let first = store.link_page(&set(), None, 3).await.unwrap();
    let after = first[2].left.id.clone();
    assert_eq!(lefts(first), ["a", "b", "b1"]);
    assert_eq!(lefts(store.link_page(&set(), Some(&after), 3).await.unwrap()), ["c"]);
    assert_eq!(lefts(store.link_page(&set(), Some(&id("aa")), 1).await.unwrap()), ["b"]);
    assert_eq!(lefts(store.link_page(&set(), Some(&id("c")), 3).await.unwrap()), [""; 0]);
    assert_eq!(lefts(store.link_page(&set(), None, 0).await.unwrap()), [""; 0]);
}

pub async fn link_sets_are_those_that_hold_links(store: &dyn Store) {
    let other = set_of("acme", "delivery");
    let second = Change::PutLink(Box::new(link(&other, "a", "1")));
    commit(store, vec![put("a", "1"), put("b", "2"), second]).await;
    assert_eq!(store.link_sets(&acme()).await.unwrap(), [other.clone(), set()]);
    assert_eq!(store.link_sets(&tenant("acme-2")).await.unwrap(), []);
    commit(store, vec![remove("a"), remove("b")]).await;
    assert_eq!(store.link_sets(&acme()).await.unwrap(), [other]);
}

pub async fn a_commit_is_all_or_nothing(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    let before = dump(store).await;
    let changes = vec![
        Change::PutCursor { tenant: acme(), flow: flow("companies"), cursor: b"2".to_vec() },
        put("c", "3"),
        Change::AddEvent(Box::new(event(1))),
        put_intent(&intent(1, "companies", 0)),
        put("b", "1"),
        put("d", "4"),
    ];
    assert!(matches!(refused(store, changes).await, StoreError::LinkTaken { .. }));
    assert_eq!(dump(store).await, before);
}

pub async fn a_failed_commit_leaves_what_was_there_before(store: &dyn Store) {
    let cursor = |text: &str| Change::PutCursor {
        tenant: acme(),
        flow: flow("companies"),
        cursor: text.into(),
    };
    commit(store, vec![put("a", "1"), put("b", "2"), cursor("1")]).await;
    commit(store, vec![put_intent(&intent(1, "companies", 0))]).await;
    let before = dump(store).await;
    let changes = vec![
        remove("a"),
        put("b", "1"),
        cursor("2"),
        cursor("3"),
        Change::RemoveIntent { tenant: acme(), token: token(1) },
        put("c", "1"),
    ];
    assert!(matches!(refused(store, changes).await, StoreError::LinkTaken { .. }));
    assert_eq!(dump(store).await, before);
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("a=1"));
    assert_eq!(pair(store, Side::Right, "2").await.as_deref(), Some("b=2"));
}

pub async fn a_commit_without_changes_still_wants_the_lease(store: &dyn Store) {
    let lease = lease_of(store, &acme()).await;
    store.commit(&lease, vec![]).await.unwrap();
    store.release(&lease).await.unwrap();
    let error = store.commit(&lease, vec![]).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }));
}

pub async fn a_lease_is_held_by_one(store: &dyn Store) {
    let scope = LeaseScope::flow(&acme(), &flow("companies"));
    store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    let error = store.claim(&scope, "host-2", at(59), MINUTE).await.unwrap_err();
    let StoreError::LeaseHeld { holder, scope } = error else { panic!("{error:?}") };
    assert_eq!((holder.as_str(), scope.as_str()), ("host-1", "acme/flow/companies"));
}

pub async fn an_expired_lease_is_taken_over_with_a_higher_fence(store: &dyn Store) {
    let scope = LeaseScope::flow(&acme(), &flow("companies"));
    let first = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    let second = store.claim(&scope, "host-2", at(60), MINUTE).await.unwrap();
    assert!(second.fence > first.fence);
    store.commit(&second, vec![put("a", "1")]).await.unwrap();
}

pub async fn a_stale_lease_cannot_commit_or_renew(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let stale = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    let lease = store.claim(&scope, "host-2", at(61), MINUTE).await.unwrap();
    let error = store.commit(&stale, vec![put("a", "1")]).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error:?}");
    let error = store.renew(&stale, at(62), MINUTE).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error:?}");
    assert_eq!(found(store, Side::Left, "a").await, None);
    store.commit(&lease, vec![put("a", "1")]).await.unwrap();
}

pub async fn a_renewed_lease_is_held_longer(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let lease = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    store.renew(&lease, at(50), MINUTE).await.unwrap();
    assert!(store.claim(&scope, "host-2", at(109), MINUTE).await.is_err());
    let taken = store.claim(&scope, "host-2", at(111), MINUTE).await.unwrap();
    assert!(taken.fence > lease.fence);
}

pub async fn an_expired_lease_nobody_took_is_renewed(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let lease = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    store.commit(&lease, vec![put("a", "1")]).await.unwrap();
    store.renew(&lease, at(600), MINUTE).await.unwrap();
    store.commit(&lease, vec![put("b", "2")]).await.unwrap();
}

pub async fn a_released_lease_is_free_at_once_and_no_longer_writes(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let lease = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    store.release(&lease).await.unwrap();
    let error = store.commit(&lease, vec![put("a", "1")]).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error:?}");
    store.claim(&scope, "host-2", at(1), MINUTE).await.unwrap();
}

pub async fn releasing_a_stale_lease_changes_nothing(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let stale = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
    let lease = store.claim(&scope, "host-2", at(61), MINUTE).await.unwrap();
    store.release(&stale).await.unwrap();
    store.commit(&lease, vec![put("a", "1")]).await.unwrap();
    store.release(&Lease { scope: LeaseScope::admin(&tenant("nobody")), fence: 1 }).await.unwrap();
}

pub async fn a_fence_grows_across_a_release(store: &dyn Store) {
    let scope = LeaseScope::admin(&acme());
    let mut last = 0;
    for _ in 0..3 {
        let lease = store.claim(&scope, "host-1", at(0), MINUTE).await.unwrap();
        assert!(lease.fence > last);
        last = lease.fence;
        store.release(&lease).await.unwrap();
    }
}

pub async fn leases_of_different_scopes_do_not_meet(store: &dyn Store) {
    let scopes = [
        LeaseScope::admin(&acme()),
        LeaseScope::flow(&acme(), &flow("companies")),
        LeaseScope::flow(&acme(), &flow("companies/east")),
        LeaseScope::flow(&tenant("other"), &flow("companies")),
        LeaseScope::connection(&acme(), &connection("companies")),
    ];
    for scope in &scopes {
        store.claim(scope, "host-1", at(0), MINUTE).await.unwrap();
    }
}

pub async fn a_lease_writes_for_its_tenant_only(store: &dyn Store) {
    let foreign = Change::PutLink(Box::new(link(&set_of("other", "main"), "a", "1")));
    let error = refused(store, vec![put("a", "1"), foreign]).await;
    assert!(matches!(error, StoreError::ForeignTenant { .. }), "{error:?}");
    assert_eq!(dump(store).await, []);
}

pub async fn intents_come_in_order_of_creation_and_by_flow(store: &dyn Store) {
    let (first, second, third) =
        (intent(9, "companies", 1), intent(5, "contacts", 2), intent(7, "companies", 3));
    commit(store, vec![put_intent(&third), put_intent(&first), put_intent(&second)]).await;
    assert_eq!(
        store.intents(&acme(), None).await.unwrap(),
        [first.clone(), second.clone(), third.clone()]
    );
    assert_eq!(store.intents(&acme(), Some(&flow("companies"))).await.unwrap(), [first.clone(), third]);
    commit(store, vec![Change::RemoveIntent { tenant: acme(), token: token(7) }]).await;
    assert_eq!(store.intents(&acme(), Some(&flow("companies"))).await.unwrap(), [first]);
    assert_eq!(store.intents(&acme(), Some(&flow("comp"))).await.unwrap(), []);
}

pub async fn an_intent_put_again_is_replaced(store: &dyn Store) {
    let mut one = intent(1, "companies", 0);
    commit(store, vec![put_intent(&one)]).await;
    one.sent = true;
    one.body = "second".into();
    commit(store, vec![put_intent(&one)]).await;
    assert_eq!(store.intents(&acme(), None).await.unwrap(), [one]);
}

pub async fn a_progress_note_goes_to_an_open_intent_only(store: &dyn Store) {
    commit(store, vec![put_intent(&intent(1, "companies", 0))]).await;
    store.note_progress(&acme(), &token(1), vec![0, 255]).await.unwrap();
    store.note_progress(&acme(), &token(1), vec![1]).await.unwrap();
    assert_eq!(store.intents(&acme(), None).await.unwrap()[0].progress, Some(vec![1]));
    for (of, token) in [(acme(), token(2)), (tenant("other"), token(1))] {
        let error = store.note_progress(&of, &token, vec![]).await.unwrap_err();
        assert!(matches!(error, StoreError::NoIntent { .. }), "{error:?}");
    }
    commit(store, vec![Change::RemoveIntent { tenant: acme(), token: token(1) }]).await;
    let error = store.note_progress(&acme(), &token(1), vec![]).await.unwrap_err();
    assert!(matches!(error, StoreError::NoIntent { .. }), "{error:?}");
}

pub async fn a_progress_note_leaves_the_body_as_it_was(store: &dyn Store) {
    for (number, len) in [(1, 10), (2, 3_000), (3, 5_000)] {
        let mut wanted = Intent { body: "x".repeat(len), ..intent(number, "companies", 0) };
        commit(store, vec![put_intent(&wanted)]).await;
        store.note_progress(&acme(), &token(number), b"half".to_vec()).await.unwrap();
        wanted.progress = Some(b"half".to_vec());
        assert!(store.intents(&acme(), None).await.unwrap().contains(&wanted));
    }
}

pub async fn a_cursor_is_kept_replaced_and_removed(store: &dyn Store) {
    let of = flow("companies");
    let cursor = |bytes: &[u8]| Change::PutCursor {
        tenant: acme(),
        flow: flow("companies"),
        cursor: bytes.to_vec(),
    };
    commit(store, vec![cursor(&[0, 1, 255])]).await;
    assert_eq!(store.cursor(&acme(), &of).await.unwrap(), Some(vec![0, 1, 255]));
    assert_eq!(store.cursor(&acme(), &flow("comp")).await.unwrap(), None);
    commit(store, vec![cursor(b"")]).await;
    assert_eq!(store.cursor(&acme(), &of).await.unwrap(), Some(vec![]));
    commit(store, vec![Change::RemoveCursor { tenant: acme(), flow: of.clone() }]).await;
    assert_eq!(store.cursor(&acme(), &of).await.unwrap(), None);
}

pub async fn parked_records_are_found_listed_and_removed(store: &dyn Store) {
    let (a, b, c) = (parked("companies", "a"), parked("companies", "b"), parked("co", "c"));
    let put = |one: &Parked| Change::PutParked(Box::new(one.clone()));
    commit(store, vec![put(&b), put(&c), put(&a)]).await;
    let of = flow("companies");
    let found = store.parked(&acme(), &of, &[id("b"), id("c"), id("a")]).await.unwrap();
    assert_eq!(found, [Some(b.clone()), None, Some(a.clone())]);
    assert_eq!(store.parked_list(&acme(), None).await.unwrap(), [c.clone(), a.clone(), b.clone()]);
    assert_eq!(store.parked_list(&acme(), Some(&of)).await.unwrap(), [a.clone(), b]);
    let again = Parked { attempts: 2, retry: true, ..a };
    let gone = Change::RemoveParked { tenant: acme(), flow: of.clone(), id: id("b") };
    commit(store, vec![put(&again), gone]).await;
    assert_eq!(store.parked_list(&acme(), Some(&of)).await.unwrap(), [again]);
}

pub async fn runs_come_newest_first_and_a_finished_run_replaces_itself(store: &dyn Store) {
    let put = |run: &Run| Change::PutRun(Box::new(run.clone()));
    let (one, two, three) = (run("companies", 1), run("contacts", 2), run("companies", 3));
    commit(store, vec![put(&two), put(&three), put(&one)]).await;
    let done = Run { status: RunStatus::Completed, ended_at: Some(at(9)), ..one };
    commit(store, vec![put(&done)]).await;
    let of = flow("companies");
    assert_eq!(
        store.runs(&acme(), None, 10).await.unwrap(),
        [three.clone(), two.clone(), done.clone()]
    );
    assert_eq!(store.runs(&acme(), Some(&of), 10).await.unwrap(), [three.clone(), done]);
    assert_eq!(store.runs(&acme(), None, 2).await.unwrap(), [three, two]);
    assert_eq!(store.runs(&tenant("other"), None, 10).await.unwrap(), []);
}

pub async fn only_the_newest_runs_of_a_flow_are_kept(store: &dyn Store) {
    let put = |of: &str, number| Change::PutRun(Box::new(run(of, number)));
    commit(store, vec![put("contacts", 0)]).await;
    // More than is kept in one commit, and one by one.
    commit(store, (1..=7).map(|number| put("companies", number)).collect()).await;
    commit(store, vec![put("companies", 8)]).await;
    commit(store, vec![put("companies", 8)]).await;
    let kept = store.runs(&acme(), Some(&flow("companies")), 100).await.unwrap();
    let numbers: Vec<i64> = kept.iter().map(|run| run.started_at.as_second() - at(0).as_second()).collect();
    assert_eq!(numbers, [8, 7, 6, 5, 4]);
    assert_eq!(store.runs(&acme(), Some(&flow("contacts")), 100).await.unwrap().len(), 1);
}

pub async fn events_come_newest_first(store: &dyn Store) {
    let add = |number| Change::AddEvent(Box::new(event(number)));
    commit(store, vec![add(1), add(2)]).await;
    commit(store, vec![add(3)]).await;
    let all = EventQuery { limit: 10, ..EventQuery::default() };
    assert_eq!(store.events(&acme(), &all).await.unwrap(), [event(3), event(2), event(1)]);
    let two = EventQuery { limit: 2, ..EventQuery::default() };
    assert_eq!(store.events(&acme(), &two).await.unwrap(), [event(3), event(2)]);
    assert_eq!(store.events(&tenant("other"), &all).await.unwrap(), []);
}

pub async fn events_are_found_by_flow_record_and_run(store: &dyn Store) {
    let of_flow = Event { flow: Some(flow("companies")), ..event(1) };
    let of_record = Event { record: Some(id("a")), ..of_flow.clone() };
    let of_run = Event { run: Some(run("companies", 1).id), ..of_record.clone() };
    let all = [event(1), of_flow.clone(), of_record.clone(), of_run.clone()];
    commit(store, all.iter().map(|event| Change::AddEvent(Box::new(event.clone()))).collect()).await;
    let base = EventQuery { limit: 10, ..EventQuery::default() };
    let query = EventQuery { flow: of_flow.flow.clone(), ..base.clone() };
    let found = store.events(&acme(), &query).await.unwrap();
    assert_eq!(found, [of_run.clone(), of_record.clone(), of_flow]);
    let query = EventQuery { record: of_record.record.clone(), ..base.clone() };
    assert_eq!(store.events(&acme(), &query).await.unwrap(), [of_run.clone(), of_record]);
    let query = EventQuery { run: of_run.run.clone(), ..base.clone() };
    assert_eq!(store.events(&acme(), &query).await.unwrap(), [of_run]);
    let query = EventQuery { flow: Some(flow("contacts")), ..base };
    assert_eq!(store.events(&acme(), &query).await.unwrap(), []);
}

pub async fn only_the_newest_events_of_a_tenant_are_kept(store: &dyn Store) {
    let add = |number| Change::AddEvent(Box::new(event(number)));
    commit(store, (0..30).map(add).collect()).await;
    for number in 30..35 {
        commit(store, vec![add(number)]).await;
    }
    let all = EventQuery { limit: 100, ..EventQuery::default() };
    let kept = store.events(&acme(), &all).await.unwrap();
    assert_eq!(kept, (15..35).rev().map(event).collect::<Vec<_>>());
}

pub async fn memory_is_kept_by_connection_and_key(store: &dyn Store) {
    let put = |of: &str, key: &str, value: &[u8]| Change::PutMemory {
        tenant: acme(),
        connection: connection(of),
        key: key.into(),
        value: value.to_vec(),
    };
    let changes = vec![put("crm", "k", b"1"), put("crm", "k/é", b"2"), put("erp", "k", &[0, 255])];
    commit(store, changes).await;
    let get = async |of: &str, key: &str| {
        store.memory_get(&acme(), &connection(of), key).await.unwrap()
    };
    assert_eq!(get("crm", "k").await, Some(b"1".to_vec()));
    assert_eq!(get("crm", "k/é").await, Some(b"2".to_vec()));
    assert_eq!(get("erp", "k").await, Some(vec![0, 255]));
    assert_eq!(get("erp", "k/é").await, None);
    let gone = Change::RemoveMemory { tenant: acme(), connection: connection("crm"), key: "k".into() };
    commit(store, vec![gone]).await;
    assert_eq!(get("crm", "k").await, None);
    assert_eq!(get("erp", "k").await, Some(vec![0, 255]));
}

pub async fn tenants_never_mix(store: &dyn Store) {
    let other = tenant("acme-2");
    commit(store, everything()).await;
    assert_eq!(store.link_sets(&other).await.unwrap(), []);
    assert_eq!(store.link_page(&set_of("acme-2", "main"), None, 9).await.unwrap(), []);
    for side in [Side::Left, Side::Right] {
        let ids = [id("a"), id("1")];
        assert_eq!(store.links(&set_of("acme-2", "main"), side, &ids).await.unwrap(), [None, None]);
    }
    assert_eq!(store.intents(&other, None).await.unwrap(), []);
    assert_eq!(store.cursor(&other, &flow("companies")).await.unwrap(), None);
    assert_eq!(store.parked(&other, &flow("companies"), &[id("a")]).await.unwrap(), [None]);
    assert_eq!(store.parked_list(&other, None).await.unwrap(), []);
    assert_eq!(store.runs(&other, None, 9).await.unwrap(), []);
    let all = EventQuery { limit: 9, ..EventQuery::default() };
    assert_eq!(store.events(&other, &all).await.unwrap(), []);
    assert_eq!(store.memory_get(&other, &connection("crm"), "k").await.unwrap(), None);
}

pub async fn tenants_are_those_that_have_something_kept(store: &dyn Store) {
    for (number, name) in ["zeta", "acme", "acme-2"].into_iter().enumerate() {
        let tenant = tenant(name);
        let lease = lease_of(store, &tenant).await;
        let change = match number {
            0 => Change::AddEvent(Box::new(Event { tenant: tenant.clone(), ..event(1) })),
            1 => Change::PutCursor { tenant: tenant.clone(), flow: flow("f"), cursor: vec![1] },
            _ => Change::PutLink(Box::new(link(&set_of(name, "main"), "a", "1"))),
        };
        store.commit(&lease, vec![change]).await.unwrap();
    }
    lease_of(store, &tenant("only-a-lease")).await;
    let found = store.tenants().await.unwrap();
    assert_eq!(found, [tenant("acme"), tenant("acme-2"), tenant("zeta")]);
}

pub async fn large_bodies_come_back_byte_for_byte(store: &dyn Store) {
    let mut wanted = Vec::new();
    for (number, len) in [0, 2_000, 2_900, 3_000, 3_072, 3_073, 5_000, 400_000].into_iter().enumerate() {
        let body = (0..len).map(|byte| char::from(b'a' + ((byte * 7 + number) % 26) as u8)).collect();
        wanted.push(Intent { body, ..intent(number, "companies", number as i64) });
    }
    let long = json!({ "lines": vec!["0123456789"; 2_000] });
    wanted.push(Intent { context: long.clone(), body: "short".into(), ..intent(50, "companies", 50) });
    commit(store, wanted.iter().map(put_intent).collect()).await;
    assert_eq!(store.intents(&acme(), None).await.unwrap(), wanted);

    let mut large = link(&set(), "a", "1");
    large.right.base = Some(long);
    commit(store, vec![Change::PutLink(Box::new(large.clone()))]).await;
    assert_eq!(found(store, Side::Right, "1").await, Some(large));
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(found(store, Side::Right, "1").await, None);

    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let cursor = Change::PutCursor { tenant: acme(), flow: flow("f"), cursor: bytes.clone() };
    commit(store, vec![cursor]).await;
    assert_eq!(store.cursor(&acme(), &flow("f")).await.unwrap(), Some(bytes));
}

pub async fn a_body_two_rows_share_outlives_one_of_them(store: &dyn Store) {
    for len in [2_999, 9_000] {
        let body = "b".repeat(len);
        let one = Intent { body: body.clone(), ..intent(1, "companies", 1) };
        let two = Intent { body: body.clone(), ..intent(2, "companies", 2) };
        commit(store, vec![put_intent(&one)]).await;
        commit(store, vec![put_intent(&two)]).await;
        commit(store, vec![Change::RemoveIntent { tenant: acme(), token: token(1) }]).await;
        assert_eq!(store.intents(&acme(), None).await.unwrap(), [two.clone()]);
        // Let go and taken again in one commit, from both directions.
        let gone = Change::RemoveIntent { tenant: acme(), token: token(2) };
        commit(store, vec![gone.clone(), put_intent(&two)]).await;
        commit(store, vec![put_intent(&one), gone.clone(), put_intent(&two), gone.clone()]).await;
        assert_eq!(store.intents(&acme(), None).await.unwrap(), [one]);
        commit(store, vec![Change::RemoveIntent { tenant: acme(), token: token(1) }, gone]).await;
        assert_eq!(store.intents(&acme(), None).await.unwrap(), []);
    }
}

pub async fn what_does_not_fit_a_key_is_refused(store: &dyn Store) {
    let memory = |key: String| Change::PutMemory {
        tenant: acme(),
        connection: connection("crm"),
        key,
        value: vec![],
    };
    let odd_role = Change::PutLink(Box::new(link(&set_of("acme", "ma\0in"), "a", "1")));
    let odd_run = Change::PutRun(Box::new(Run { id: RunId("R".repeat(65)), ..run("f", 1) }));
    for change in [memory("k".repeat(513)), odd_role, odd_run] {
        let error = refused(store, vec![put("b", "2"), change]).await;
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    }
    assert_eq!(dump(store).await, []);
    commit(store, vec![memory("k".repeat(512)), memory(String::new())]).await;
    assert_eq!(dump(store).await.len(), 2);
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
        put_intent(&Intent { progress: Some(vec![1, 2]), ..intent(1, "companies", 1) }),
        put_intent(&Intent { body: "z".repeat(5_000), ..intent(2, "companies", 0) }),
        Change::PutCursor { tenant: acme(), flow: flow("companies"), cursor: b"page 2".to_vec() },
        Change::PutParked(Box::new(parked("companies", "a"))),
        Change::PutRun(Box::new(run("companies", 1))),
        Change::AddEvent(Box::new(event(2))),
        Change::AddEvent(Box::new(Event { record: Some(id("a")), ..event(1) })),
        memory("k"),
        memory("k2"),
    ]
}

pub async fn a_dump_builds_the_same_store_again(store: &dyn Store) {
    // Put in another order, handed out in the fixed one.
    let mut changes = everything();
    changes.swap(0, 1);
    changes.swap(2, 3);
    changes.rotate_left(5);
    commit(store, changes).await;
    assert_eq!(dump(store).await, everything());
    let copy = super::memory::MemoryStore::with_retention(SMALL);
    commit(&copy, dump(store).await).await;
    assert_eq!(dump(&copy).await, everything());
}

pub async fn a_dump_stops_at_the_first_error(store: &dyn Store) {
    commit(store, everything()).await;
    let mut handed_out = 0;
    let mut full = |_| {
        handed_out += 1;
        Err(StoreError::Refused { what: "more" })
    };
    let error = store.dump(&mut full).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { what: "more" }));
    assert_eq!(handed_out, 1);
    commit(store, vec![put("c", "3")]).await;
}

pub async fn verify_finds_nothing_wrong_after_all_of_it(store: &dyn Store) {
    commit(store, everything()).await;
    let report = store.verify().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let counts = (report.links, report.intents, report.parked, report.runs, report.events);
    assert_eq!(counts, (1, 2, 1, 1, 2));
}

pub async fn there_is_room_on_the_disk(store: &dyn Store) {
    store.check_space().await.unwrap();
}
