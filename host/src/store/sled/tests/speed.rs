//! How fast, beside sled without any of our rules. It prints figures and fails only when something
//! is wrong by a factor, since other work shares the machine.

use std::time::Instant;

use ::sled::Transactional;

use super::super::super::conformance::{self as case, acme, id, link, set};
use super::*;

const LINKS: usize = 20_000;
const PAGE: usize = 500;

fn per_second(started: Instant) -> u64 {
    (LINKS as f64 / started.elapsed().as_secs_f64()) as u64
}

/// Spread over the key space, as native ids are; the same factor keeps them apart.
fn name(number: usize) -> String {
    format!("{:08}", number * 7_919 % 100_000_007)
}

#[tokio::test]
async fn links_are_put_and_got_about_as_fast_as_sled_does_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let lease = case::lease_of(&store, &acme()).await;
    let started = Instant::now();
    for page in 0..LINKS / PAGE {
        let numbers = page * PAGE..(page + 1) * PAGE;
        let links =
            numbers.map(|number| link(&set(), &name(number), &format!("R{}", name(number))));
        let changes = links.map(|link| Change::PutLink(Box::new(link))).collect();
        store.commit(&lease, changes).await.unwrap();
    }
    let put = per_second(started);
    let started = Instant::now();
    for page in 0..LINKS / PAGE {
        let numbers = page * PAGE..(page + 1) * PAGE;
        let ids: Vec<_> = numbers
            .map(|number| id(&format!("R{}", name(number))))
            .collect();
        let found = store.links(&set(), Side::Right, &ids).await.unwrap();
        assert!(found.iter().all(Option::is_some));
    }
    let got = per_second(started);
    let mut steps: Vec<_> = Vec::new();
    for number in 0..200 {
        let started = Instant::now();
        let name = format!("one-{number}");
        store
            .commit(&lease, vec![case::put(&name, &name)])
            .await
            .unwrap();
        steps.push(started.elapsed().as_micros());
    }
    steps.sort();
    let bytes = disk::bytes_below(folder.path()).unwrap();
    let row = store
        .inner
        .trees
        .tree(keys::Table::Links)
        .iter()
        .next()
        .unwrap()
        .unwrap();
    drop(store);
    let started = Instant::now();
    drop(SledStore::open(folder.path()).unwrap());
    let opened = started.elapsed().as_millis();

    let (raw_put, raw_got) = raw(row.0.len(), row.1.len());
    println!(
        "links a second, {LINKS} in commits of {PAGE}:  ours put {put}, got {got};  raw sled put {raw_put}, got {raw_got}"
    );
    println!(
        "one durable commit: p50 {} us, p99 {} us",
        steps[100], steps[198]
    );
    println!(
        "on disk {} bytes a link, opened and closed in {opened} ms",
        bytes / LINKS as u64
    );
    assert!(put * 20 > raw_put && got * 20 > raw_got);
}

/// Two trees, one transaction and one flush and sync a page; keys and values as long as ours.
fn raw(key_len: usize, value_len: usize) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let db = ::sled::Config::new()
        .path(folder.path())
        .cache_capacity(64 << 20)
        .open()
        .unwrap();
    let (lefts, rights) = (db.open_tree("a").unwrap(), db.open_tree("b").unwrap());
    let handle = std::fs::File::open(folder.path().join("db")).unwrap();
    let key = |number: usize| format!("{:>key_len$}", name(number)).into_bytes();
    let value = vec![7; value_len];
    let started = Instant::now();
    for page in 0..LINKS / PAGE {
        let done = (&lefts, &rights).transaction(|(lefts, rights)| {
            for number in page * PAGE..(page + 1) * PAGE {
                lefts.insert(key(number), value.clone())?;
                rights.insert(key(number), key(number))?;
            }
            Ok::<_, ::sled::transaction::ConflictableTransactionError<()>>(())
        });
        done.unwrap();
        db.flush().unwrap();
        handle.sync_all().unwrap();
    }
    let put = per_second(started);
    let started = Instant::now();
    for number in 0..LINKS {
        let left = rights.get(key(number)).unwrap().unwrap();
        assert!(lefts.get(left).unwrap().is_some());
    }
    (put, per_second(started))
}
