//! Commits and the leases that allow them.

use super::*;

pub async fn a_commit_is_all_or_nothing(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    let before = dump(store).await;
    let changes = vec![
        Change::PutCursor {
            tenant: acme(),
            flow: flow("companies"),
            cursor: b"2".to_vec(),
        },
        put("c", "3"),
        Change::AddEvent(Box::new(event(1))),
        put_intent(&intent(1, "companies", 0)),
        put("b", "1"),
        put("d", "4"),
    ];
    assert!(matches!(
        refused(store, changes).await,
        StoreError::LinkTaken { .. }
    ));
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
        Change::RemoveIntent {
            tenant: acme(),
            token: token(1),
        },
        put("c", "1"),
    ];
    assert!(matches!(
        refused(store, changes).await,
        StoreError::LinkTaken { .. }
    ));
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
    let error = store
        .claim(&scope, "host-2", at(59), MINUTE)
        .await
        .unwrap_err();
    let StoreError::LeaseHeld { holder, scope } = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (holder.as_str(), scope.as_str()),
        ("host-1", "acme/flow/companies")
    );
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
    assert!(
        store
            .claim(&scope, "host-2", at(109), MINUTE)
            .await
            .is_err()
    );
    let taken = store
        .claim(&scope, "host-2", at(111), MINUTE)
        .await
        .unwrap();
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
    store
        .release(&Lease {
            scope: LeaseScope::admin(&tenant("nobody")),
            fence: 1,
        })
        .await
        .unwrap();
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
    assert!(
        matches!(error, StoreError::ForeignTenant { .. }),
        "{error:?}"
    );
    assert_eq!(dump(store).await, []);
}
