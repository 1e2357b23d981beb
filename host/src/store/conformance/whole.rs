//! What holds for the store as a whole: tenants, bodies, dump, verify.

use super::*;

pub async fn tenants_never_mix(store: &dyn Store) {
    let other = tenant("acme-2");
    commit(store, everything()).await;
    assert_eq!(store.link_sets(&other).await.unwrap(), []);
    assert_eq!(
        store
            .link_page(&set_of("acme-2", "main"), None, 9)
            .await
            .unwrap(),
        []
    );
    for side in [Side::Left, Side::Right] {
        let ids = [id("a"), id("1")];
        assert_eq!(
            store
                .links(&set_of("acme-2", "main"), side, &ids)
                .await
                .unwrap(),
            [None, None]
        );
    }
    assert_eq!(store.intents(&other, None).await.unwrap(), []);
    assert_eq!(
        store.cursor(&other, &flow("companies")).await.unwrap(),
        None
    );
    assert_eq!(
        store
            .parked(&other, &flow("companies"), &[id("a")])
            .await
            .unwrap(),
        [None]
    );
    assert_eq!(store.parked_list(&other, None).await.unwrap(), []);
    assert_eq!(store.runs(&other, None, 9).await.unwrap(), []);
    let all = EventQuery {
        limit: 9,
        ..EventQuery::default()
    };
    assert_eq!(store.events(&other, &all).await.unwrap(), []);
    assert_eq!(
        store
            .memory_get(&other, &connection("crm"), "k")
            .await
            .unwrap(),
        None
    );
}

pub async fn tenants_are_those_that_have_something_kept(store: &dyn Store) {
    for (number, name) in ["zeta", "acme", "acme-2"].into_iter().enumerate() {
        let tenant = tenant(name);
        let lease = lease_of(store, &tenant).await;
        let change = match number {
            0 => Change::AddEvent(Box::new(Event {
                tenant: tenant.clone(),
                ..event(1)
            })),
            1 => Change::PutCursor {
                tenant: tenant.clone(),
                flow: flow("f"),
                cursor: vec![1],
            },
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
    for (number, len) in [0, 2_000, 2_900, 3_000, 3_072, 3_073, 5_000, 400_000]
        .into_iter()
        .enumerate()
    {
        let body = (0..len)
            .map(|byte| char::from(b'a' + ((byte * 7 + number) % 26) as u8))
            .collect();
        wanted.push(Intent {
            body,
            ..intent(number, "companies", number as i64)
        });
    }
    let long = json!({ "lines": vec!["0123456789"; 2_000] });
    wanted.push(Intent {
        context: long.clone(),
        body: "short".into(),
        ..intent(50, "companies", 50)
    });
    commit(store, wanted.iter().map(put_intent).collect()).await;
    assert_eq!(store.intents(&acme(), None).await.unwrap(), wanted);

    let mut large = link(&set(), "a", "1");
    large.right.base = Some(long);
    commit(store, vec![Change::PutLink(Box::new(large.clone()))]).await;
    assert_eq!(found(store, Side::Right, "1").await, Some(large));
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(found(store, Side::Right, "1").await, None);

    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let cursor = Change::PutCursor {
        tenant: acme(),
        flow: flow("f"),
        cursor: bytes.clone(),
    };
    commit(store, vec![cursor]).await;
    assert_eq!(
        store.cursor(&acme(), &flow("f")).await.unwrap(),
        Some(bytes)
    );
}

pub async fn a_body_two_rows_share_outlives_one_of_them(store: &dyn Store) {
    for len in [2_999, 9_000] {
        let body = "b".repeat(len);
        let one = Intent {
            body: body.clone(),
            ..intent(1, "companies", 1)
        };
        let two = Intent {
            body: body.clone(),
            ..intent(2, "companies", 2)
        };
        commit(store, vec![put_intent(&one)]).await;
        commit(store, vec![put_intent(&two)]).await;
        commit(
            store,
            vec![Change::RemoveIntent {
                tenant: acme(),
                token: token(1),
            }],
        )
        .await;
        assert_eq!(
            store.intents(&acme(), None).await.unwrap(),
            std::slice::from_ref(&two)
        );
        // Let go and taken again in one commit, from both directions.
        let gone = Change::RemoveIntent {
            tenant: acme(),
            token: token(2),
        };
        commit(store, vec![gone.clone(), put_intent(&two)]).await;
        commit(
            store,
            vec![
                put_intent(&one),
                gone.clone(),
                put_intent(&two),
                gone.clone(),
            ],
        )
        .await;
        assert_eq!(store.intents(&acme(), None).await.unwrap(), [one]);
        commit(
            store,
            vec![
                Change::RemoveIntent {
                    tenant: acme(),
                    token: token(1),
                },
                gone,
            ],
        )
        .await;
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
    let odd_run = Change::PutRun(Box::new(Run {
        id: RunId("R".repeat(65)),
        ..run("f", 1)
    }));
    for change in [memory("k".repeat(513)), odd_role, odd_run] {
        let error = refused(store, vec![put("b", "2"), change]).await;
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    }
    assert_eq!(dump(store).await, []);
    commit(store, vec![memory("k".repeat(512)), memory(String::new())]).await;
    assert_eq!(dump(store).await.len(), 2);
}

pub async fn a_dump_builds_the_same_store_again(store: &dyn Store) {
    // Put in another order, handed out in the fixed one.
    let mut changes = everything();
    changes.swap(0, 1);
    changes.swap(2, 3);
    changes.rotate_left(5);
    commit(store, changes).await;
    assert_eq!(dump(store).await, everything());
    let copy = crate::store::memory::MemoryStore::with_retention(SMALL);
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
    let counts = (
        report.links,
        report.intents,
        report.parked,
        report.runs,
        report.events,
    );
    assert_eq!(counts, (1, 2, 1, 1, 2));
}

pub async fn there_is_room_on_the_disk(store: &dyn Store) {
    store.check_space().await.unwrap();
}
