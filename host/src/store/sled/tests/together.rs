//! Many callers at once.

use std::sync::Arc;

use super::super::super::conformance::{self as case, acme, connection, flow, id, put, set};
use super::*;

/// Waits for the calls in the queue while the writer stands still, then lets it take them all.
async fn in_one_group(
    store: &Arc<SledStore>,
    calls: Vec<(Lease, Vec<Change>)>,
) -> Vec<Result<(), StoreError>> {
    let gate = {
        let store = Arc::clone(store);
        // Held on a thread of its own, since the guard may not cross an await.
        let (held, is_held) = tokio::sync::oneshot::channel();
        let (let_go, may_go) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _gate = store.inner.gate();
            held.send(()).unwrap();
            may_go.recv().unwrap();
        });
        is_held.await.unwrap();
        (let_go, thread)
    };
    let calls: Vec<_> = calls
        .into_iter()
        .map(|(lease, changes)| {
            let store = Arc::clone(store);
            tokio::spawn(async move { store.commit(&lease, changes).await })
        })
        .collect();
    // On this one-threaded runtime every spawned call has sent its request after this turn.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    gate.0.send(()).unwrap();
    gate.1.join().unwrap();
    let mut done = Vec::new();
    for call in calls {
        done.push(call.await.unwrap());
    }
    done
}

#[tokio::test]
async fn one_caller_s_failure_is_no_other_s() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(folder.path()).unwrap());
    let scope = |name: &str| LeaseScope::flow(&acme(), &flow(name));
    let claim = async |name: &str| {
        store
            .claim(&scope(name), "host", case::at(0), Duration::from_secs(60))
            .await
            .unwrap()
    };
    let (one, two, three, stale) = (
        claim("one").await,
        claim("two").await,
        claim("three").await,
        claim("stale").await,
    );
    store.release(&stale).await.unwrap();
    let before = store.inner.syncs.load(Ordering::SeqCst);
    let done = in_one_group(
        &store,
        vec![
            (one.clone(), vec![put("a", "1")]),
            (two, vec![put("b", "2"), put("c", "1"), put("d", "4")]),
            (stale, vec![put("e", "5")]),
            (three, vec![put("f", "6")]),
            (one, vec![put("a", "7")]),
        ],
    )
    .await;
    let words: Vec<String> = done
        .iter()
        .map(|done| {
            done.as_ref()
                .map_or_else(|error| format!("{error}"), |()| "done".to_owned())
        })
        .collect();
    assert_eq!(words[0], "done");
    assert!(
        matches!(&done[1], Err(StoreError::LinkTaken { .. })),
        "{}",
        words[1]
    );
    assert!(
        matches!(&done[2], Err(StoreError::LeaseLost { .. })),
        "{}",
        words[2]
    );
    assert_eq!(&words[3..], ["done", "done"]);
    // The first call and perhaps the rest in another group; never one sync a caller.
    assert!(store.inner.syncs.load(Ordering::SeqCst) - before <= 2);
    let found = store.link_page(&set(), None, 10).await.unwrap();
    let pairs: Vec<_> = found
        .iter()
        .map(|link| format!("{}={}", link.left.id, link.right.id))
        .collect();
    assert_eq!(pairs, ["a=7", "f=6"]);
    assert_eq!(store.verify().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_share_few_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(folder.path()).unwrap());
    let lease = case::lease_of(&*store, &acme()).await;
    let before = store.inner.syncs.load(Ordering::SeqCst);
    let callers: Vec<_> = (0..32)
        .map(|caller| {
            let (store, lease) = (Arc::clone(&store), lease.clone());
            tokio::spawn(async move {
                for number in 0..25 {
                    let name = format!("{caller}-{number}");
                    store.commit(&lease, vec![put(&name, &name)]).await.unwrap();
                    let found = store
                        .links(&set(), Side::Right, &[id(&name)])
                        .await
                        .unwrap();
                    assert!(found[0].is_some());
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let syncs = store.inner.syncs.load(Ordering::SeqCst) - before;
    println!("sled: 800 commits of 32 callers in {syncs} syncs");
    assert!(syncs < 400, "{syncs}");
    assert_eq!(store.verify().await.unwrap().links, 800);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_half_of_a_commit_as_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(folder.path()).unwrap());
    case::commit(&*store, vec![put("a", "1"), put("b", "2")]).await;
    let large = |number: u8| Change::PutMemory {
        tenant: acme(),
        connection: connection("crm"),
        key: "k".into(),
        value: vec![number; 5_000],
    };
    case::commit(&*store, vec![large(0)]).await;
    let writer = Arc::clone(&store);
    let writing = tokio::spawn(async move {
        for round in 0..150_u8 {
            let (a, b) = if round % 2 == 0 {
                ("2", "1")
            } else {
                ("1", "2")
            };
            let changes = vec![
                case::remove("a"),
                case::remove("b"),
                put("a", a),
                put("b", b),
                large(round),
            ];
            case::commit(&*writer, changes).await;
        }
    });
    let mut read = 0;
    while !writing.is_finished() {
        for side in [Side::Left, Side::Right] {
            store
                .links(&set(), side, &[id("a"), id("b"), id("1"), id("2")])
                .await
                .unwrap();
        }
        store.link_page(&set(), None, 10).await.unwrap();
        // The file of the body may be taken away between the two looks.
        let kept = store
            .memory_get(&acme(), &connection("crm"), "k")
            .await
            .unwrap()
            .unwrap();
        assert!(kept.len() == 5_000 && kept.iter().all(|byte| *byte == kept[0]));
        read += 1;
    }
    writing.await.unwrap();
    println!("sled: {read} rounds of reading during 150 swaps, 0 errors");
}
