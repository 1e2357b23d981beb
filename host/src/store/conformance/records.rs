//! Intents, cursors, parked records, runs, events, memory and parcels.

use super::*;

pub async fn intents_come_in_order_of_creation_and_by_flow(store: &dyn Store) {
    let (first, second, third) = (
        intent(9, "companies", 1),
        intent(5, "contacts", 2),
        intent(7, "companies", 3),
    );
    commit(
        store,
        vec![put_intent(&third), put_intent(&first), put_intent(&second)],
    )
    .await;
    assert_eq!(
        store.intents(&acme(), None).await.unwrap(),
        [first.clone(), second.clone(), third.clone()]
    );
    assert_eq!(
        store
            .intents(&acme(), Some(&flow("companies")))
            .await
            .unwrap(),
        [first.clone(), third]
    );
    commit(
        store,
        vec![Change::RemoveIntent {
            tenant: acme(),
            token: token(7),
        }],
    )
    .await;
    assert_eq!(
        store
            .intents(&acme(), Some(&flow("companies")))
            .await
            .unwrap(),
        [first]
    );
    assert_eq!(
        store.intents(&acme(), Some(&flow("comp"))).await.unwrap(),
        []
    );
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
    store
        .note_progress(&acme(), &token(1), vec![0, 255])
        .await
        .unwrap();
    store
        .note_progress(&acme(), &token(1), vec![1])
        .await
        .unwrap();
    assert_eq!(
        store.intents(&acme(), None).await.unwrap()[0].progress,
        Some(vec![1])
    );
    for (of, token) in [(acme(), token(2)), (tenant("other"), token(1))] {
        let error = store.note_progress(&of, &token, vec![]).await.unwrap_err();
        assert!(matches!(error, StoreError::NoIntent { .. }), "{error:?}");
    }
    commit(
        store,
        vec![Change::RemoveIntent {
            tenant: acme(),
            token: token(1),
        }],
    )
    .await;
    let error = store
        .note_progress(&acme(), &token(1), vec![])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NoIntent { .. }), "{error:?}");
}

pub async fn a_progress_note_leaves_the_body_as_it_was(store: &dyn Store) {
    for (number, len) in [(1, 10), (2, 3_000), (3, 5_000)] {
        let mut wanted = Intent {
            body: "x".repeat(len),
            ..intent(number, "companies", 0)
        };
        commit(store, vec![put_intent(&wanted)]).await;
        store
            .note_progress(&acme(), &token(number), b"half".to_vec())
            .await
            .unwrap();
        wanted.progress = Some(b"half".to_vec());
        assert!(
            store
                .intents(&acme(), None)
                .await
                .unwrap()
                .contains(&wanted)
        );
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
    assert_eq!(
        store.cursor(&acme(), &of).await.unwrap(),
        Some(vec![0, 1, 255])
    );
    assert_eq!(store.cursor(&acme(), &flow("comp")).await.unwrap(), None);
    commit(store, vec![cursor(b"")]).await;
    assert_eq!(store.cursor(&acme(), &of).await.unwrap(), Some(vec![]));
    commit(
        store,
        vec![Change::RemoveCursor {
            tenant: acme(),
            flow: of.clone(),
        }],
    )
    .await;
    assert_eq!(store.cursor(&acme(), &of).await.unwrap(), None);
}

pub async fn parked_records_are_found_listed_and_removed(store: &dyn Store) {
    let (a, b, c) = (
        parked("companies", "a"),
        parked("companies", "b"),
        parked("co", "c"),
    );
    let put = |one: &Parked| Change::PutParked(Box::new(one.clone()));
    commit(store, vec![put(&b), put(&c), put(&a)]).await;
    let of = flow("companies");
    let found = store
        .parked(&acme(), &of, &[id("b"), id("c"), id("a")])
        .await
        .unwrap();
    assert_eq!(found, [Some(b.clone()), None, Some(a.clone())]);
    assert_eq!(
        store.parked_list(&acme(), None).await.unwrap(),
        [c.clone(), a.clone(), b.clone()]
    );
    assert_eq!(
        store.parked_list(&acme(), Some(&of)).await.unwrap(),
        [a.clone(), b]
    );
    let again = Parked {
        attempts: 2,
        retry: true,
        ..a
    };
    let gone = Change::RemoveParked {
        tenant: acme(),
        flow: of.clone(),
        id: id("b"),
    };
    commit(store, vec![put(&again), gone]).await;
    assert_eq!(
        store.parked_list(&acme(), Some(&of)).await.unwrap(),
        [again]
    );
}

pub async fn runs_come_newest_first_and_a_finished_run_replaces_itself(store: &dyn Store) {
    let put = |run: &Run| Change::PutRun(Box::new(run.clone()));
    let (one, two, three) = (run("companies", 1), run("contacts", 2), run("companies", 3));
    commit(store, vec![put(&two), put(&three), put(&one)]).await;
    let done = Run {
        status: RunStatus::Completed,
        ended_at: Some(at(9)),
        ..one
    };
    commit(store, vec![put(&done)]).await;
    let of = flow("companies");
    assert_eq!(
        store.runs(&acme(), None, 10).await.unwrap(),
        [three.clone(), two.clone(), done.clone()]
    );
    assert_eq!(
        store.runs(&acme(), Some(&of), 10).await.unwrap(),
        [three.clone(), done]
    );
    assert_eq!(store.runs(&acme(), None, 2).await.unwrap(), [three, two]);
    assert_eq!(store.runs(&tenant("other"), None, 10).await.unwrap(), []);
}

pub async fn only_the_newest_runs_of_a_flow_are_kept(store: &dyn Store) {
    let put = |of: &str, number| Change::PutRun(Box::new(run(of, number)));
    commit(store, vec![put("contacts", 0)]).await;
    // More than is kept in one commit, and one by one.
    commit(
        store,
        (1..=7).map(|number| put("companies", number)).collect(),
    )
    .await;
    commit(store, vec![put("companies", 8)]).await;
    commit(store, vec![put("companies", 8)]).await;
    let kept = store
        .runs(&acme(), Some(&flow("companies")), 100)
        .await
        .unwrap();
    let numbers: Vec<i64> = kept
        .iter()
        .map(|run| run.started_at.as_second() - at(0).as_second())
        .collect();
    assert_eq!(numbers, [8, 7, 6, 5, 4]);
    assert_eq!(
        store
            .runs(&acme(), Some(&flow("contacts")), 100)
            .await
            .unwrap()
            .len(),
        1
    );
}

pub async fn events_come_newest_first(store: &dyn Store) {
    let add = |number| Change::AddEvent(Box::new(event(number)));
    commit(store, vec![add(1), add(2)]).await;
    commit(store, vec![add(3)]).await;
    let all = EventQuery {
        limit: 10,
        ..EventQuery::default()
    };
    assert_eq!(
        store.events(&acme(), &all).await.unwrap(),
        [event(3), event(2), event(1)]
    );
    let two = EventQuery {
        limit: 2,
        ..EventQuery::default()
    };
    assert_eq!(
        store.events(&acme(), &two).await.unwrap(),
        [event(3), event(2)]
    );
    assert_eq!(store.events(&tenant("other"), &all).await.unwrap(), []);
}

pub async fn events_are_found_by_flow_record_and_run(store: &dyn Store) {
    let of_flow = Event {
        flow: Some(flow("companies")),
        ..event(1)
    };
    let of_record = Event {
        record: Some(id("a")),
        ..of_flow.clone()
    };
    let of_run = Event {
        run: Some(run("companies", 1).id),
        ..of_record.clone()
    };
    let all = [event(1), of_flow.clone(), of_record.clone(), of_run.clone()];
    commit(
        store,
        all.iter()
            .map(|event| Change::AddEvent(Box::new(event.clone())))
            .collect(),
    )
    .await;
    let base = EventQuery {
        limit: 10,
        ..EventQuery::default()
    };
    let query = EventQuery {
        flow: of_flow.flow.clone(),
        ..base.clone()
    };
    let found = store.events(&acme(), &query).await.unwrap();
    assert_eq!(found, [of_run.clone(), of_record.clone(), of_flow]);
    let query = EventQuery {
        record: of_record.record.clone(),
        ..base.clone()
    };
    assert_eq!(
        store.events(&acme(), &query).await.unwrap(),
        [of_run.clone(), of_record]
    );
    let query = EventQuery {
        run: of_run.run.clone(),
        ..base.clone()
    };
    assert_eq!(store.events(&acme(), &query).await.unwrap(), [of_run]);
    let query = EventQuery {
        flow: Some(flow("contacts")),
        ..base
    };
    assert_eq!(store.events(&acme(), &query).await.unwrap(), []);
}

pub async fn only_the_newest_events_of_a_tenant_are_kept(store: &dyn Store) {
    let add = |number| Change::AddEvent(Box::new(event(number)));
    commit(store, (0..30).map(add).collect()).await;
    for number in 30..35 {
        commit(store, vec![add(number)]).await;
    }
    let all = EventQuery {
        limit: 100,
        ..EventQuery::default()
    };
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
    let changes = vec![
        put("crm", "k", b"1"),
        put("crm", "k/é", b"2"),
        put("erp", "k", &[0, 255]),
    ];
    commit(store, changes).await;
    let get = async |of: &str, key: &str| {
        store
            .memory_get(&acme(), &connection(of), key)
            .await
            .unwrap()
    };
    assert_eq!(get("crm", "k").await, Some(b"1".to_vec()));
    assert_eq!(get("crm", "k/é").await, Some(b"2".to_vec()));
    assert_eq!(get("erp", "k").await, Some(vec![0, 255]));
    assert_eq!(get("erp", "k/é").await, None);
    let gone = Change::RemoveMemory {
        tenant: acme(),
        connection: connection("crm"),
        key: "k".into(),
    };
    commit(store, vec![gone]).await;
    assert_eq!(get("crm", "k").await, None);
    assert_eq!(get("erp", "k").await, Some(vec![0, 255]));
}

pub async fn parcels_come_oldest_first_and_by_connection(store: &dyn Store) {
    let mut elsewhere = parcel("b", 3);
    elsewhere.head.connection = connection("erp");
    let all = [parcel("b", 7), parcel("c", 2), parcel("a", 5), elsewhere];
    commit(store, all.iter().map(put_parcel).collect()).await;
    let names = async |of: &str| -> Vec<(String, bool)> {
        let found = store.parcels(&acme(), &connection(of)).await.unwrap();
        let rows = found.into_iter();
        rows.map(|row| (row.head.key, row.is_answered)).collect()
    };
    let wanted = ["c", "a", "b"].map(|key| (key.to_owned(), false));
    assert_eq!(names("crm").await, wanted);
    assert_eq!(names("erp").await, [("b".to_owned(), false)]);
    let crm = connection("crm");
    assert_eq!(store.parcels(&tenant("other"), &crm).await.unwrap(), []);
    let found = store.parcel(&acme(), &crm, "a").await.unwrap();
    assert_eq!(found, Some(parcel("a", 5)));
    assert_eq!(store.parcel(&acme(), &crm, "d").await.unwrap(), None);
}

pub async fn a_parcel_is_sealed_answered_and_removed(store: &dyn Store) {
    let crm = connection("crm");
    let seal = |bytes: Option<Vec<u8>>| Change::SealParcel {
        tenant: acme(),
        connection: connection("crm"),
        key: "a".into(),
        bytes,
    };
    // The same large bytes in three rows, and again in another parcel.
    let large = vec![7; 9_000];
    let whole = Parcel {
        payload: large.clone(),
        ..parcel("a", 1)
    };
    let twin = Parcel {
        payload: large.clone(),
        ..parcel("b", 2)
    };
    commit(store, vec![put_parcel(&whole), put_parcel(&twin)]).await;
    commit(store, vec![seal(Some(large.clone()))]).await;
    let found = async || store.parcel(&acme(), &crm, "a").await.unwrap();
    assert_eq!(found().await.unwrap().sealed, Some(large.clone()));
    commit(store, vec![seal(Some(b"anew".to_vec()))]).await;
    assert_eq!(found().await.unwrap().sealed, Some(b"anew".to_vec()));
    commit(store, vec![seal(None)]).await;
    assert_eq!(found().await, Some(whole.clone()));
    let answer = Change::AnswerParcel {
        tenant: acme(),
        connection: crm.clone(),
        key: "a".into(),
        bytes: large.clone(),
    };
    commit(store, vec![answer]).await;
    assert_eq!(found().await.unwrap().answer, Some(large));
    let listed = store.parcels(&acme(), &crm).await.unwrap();
    let answered: Vec<bool> = listed.iter().map(|row| row.is_answered).collect();
    assert_eq!(answered, [true, false]);
    let gone = Change::RemoveParcel {
        tenant: acme(),
        connection: crm.clone(),
        key: "a".into(),
    };
    commit(store, vec![gone]).await;
    assert_eq!(found().await, None);
    // Nothing of the one before comes back with one of the same name.
    commit(store, vec![put_parcel(&parcel("a", 9))]).await;
    assert_eq!(found().await, Some(parcel("a", 9)));
    assert_eq!(store.parcel(&acme(), &crm, "b").await.unwrap(), Some(twin));
}

pub async fn nothing_is_added_to_a_parcel_that_is_gone(store: &dyn Store) {
    let (tenant, crm) = (acme(), connection("crm"));
    let changes = vec![
        Change::SealParcel {
            tenant: tenant.clone(),
            connection: crm.clone(),
            key: "a".into(),
            bytes: Some(b"sealed".to_vec()),
        },
        Change::AnswerParcel {
            tenant: tenant.clone(),
            connection: crm.clone(),
            key: "a".into(),
            bytes: b"answer".to_vec(),
        },
    ];
    commit(store, changes).await;
    assert_eq!(store.parcel(&tenant, &crm, "a").await.unwrap(), None);
    commit(store, vec![put_parcel(&parcel("a", 1))]).await;
    let found = store.parcel(&tenant, &crm, "a").await.unwrap();
    assert_eq!(found, Some(parcel("a", 1)));
    for name in ["", "é", "a\nb", &"k".repeat(129)] {
        let odd = Parcel {
            head: ParcelHead {
                key: name.to_owned(),
                ..parcel("a", 1).head
            },
            ..parcel("a", 1)
        };
        refused(store, vec![put_parcel(&odd)]).await;
    }
}
