//! Openings that must work, and those that must not.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::super::conformance::{self as case, at, everything};
use super::super::super::export::{backup, backup_folder};
use super::*;

/// Enough to meet every kind of record, few enough for every commit.
const FLIPS: usize = 100;

/// A folder with a closed store that holds one of everything, and its snapshot.
async fn made() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SledStore::open(&path).unwrap();
    case::commit(&store, everything()).await;
    drop(store);
    drop(SledStore::open(&path).unwrap());
    (folder, path)
}

fn named(path: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let named = entries.filter(|entry| entry.file_name().to_str().unwrap().starts_with(start));
    named.map(|entry| entry.path()).collect()
}

#[track_caller]
fn unreadable(path: &Path) -> String {
    match SledStore::open(path).err() {
        Some(StoreError::Unreadable { reason, .. }) => reason,
        Some(other) => panic!("{other:?}"),
        None => panic!("it opened"),
    }
}

#[track_caller]
fn flip(file: &Path, place: usize, bit: u8) {
    let mut bytes = fs::read(file).unwrap();
    bytes[place] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_second_opening_is_refused_and_names_the_path() {
    let (_folder, path) = made().await;
    let store = SledStore::open(&path).unwrap();
    let error = SledStore::open(&path).err().unwrap();
    assert!(
        matches!(&error, StoreError::Locked { path: named } if *named == path.display().to_string())
    );
    assert_eq!(dump(&store).await, everything());
    drop(store);
    SledStore::open(&path).unwrap();
}

#[tokio::test]
async fn a_store_that_was_never_closed_opens_with_all_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    for number in 0..20 {
        case::commit(
            &store,
            vec![case::put(&format!("a{number}"), &format!("{number}"))],
        )
        .await;
        let killed = folder.path().join(format!("killed-{number}"));
        copy(&folder.path().join("store"), &killed);
        assert_eq!(
            dump(&SledStore::open(&killed).unwrap()).await,
            dump(&store).await
        );
    }
}

#[tokio::test]
async fn a_lease_of_a_process_that_is_gone_is_free_at_once_and_its_fence_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let before = case::lease_of(&store, &case::acme()).await;
    copy(&folder.path().join("store"), &folder.path().join("killed"));
    let store = SledStore::open(&folder.path().join("killed")).unwrap();
    let after = case::lease_of(&store, &case::acme()).await;
    assert!(after.fence > before.fence);
    let error = store.commit(&before, vec![]).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }));
}

#[tokio::test]
async fn a_half_written_snapshot_is_taken_away() {
    let (_folder, path) = made().await;
    let half = path.join("snap.00000000FFFFFFFF.generating");
    fs::write(&half, b"half").unwrap();
    assert_eq!(dump(&SledStore::open(&path).unwrap()).await, everything());
    assert!(!half.exists());
}

#[tokio::test]
async fn a_damaged_snapshot_is_set_aside_and_the_log_is_read() {
    let (folder, path) = made().await;
    let mut tried = 0;
    for byte in [0, 5, 50, 500] {
        let path = {
            let damaged = folder.path().join(format!("damaged-{byte}"));
            copy(&path, &damaged);
            damaged
        };
        let snapshot = named(&path, "snap.")
            .pop()
            .expect("an opening writes a snapshot");
        let len = fs::metadata(&snapshot).unwrap().len() as usize;
        flip(&snapshot, byte % len, 3);
        let store = SledStore::open(&path).unwrap();
        assert_eq!(dump(&store).await, everything());
        assert_eq!(named(&path, "bad-snap.").len(), 1);
        case::commit(&store, vec![case::put("more", "9")]).await;
        tried += 1;
    }
    println!("sled: {tried} damaged snapshots, {tried} opened from the log");
}

#[tokio::test]
async fn a_flipped_bit_gives_the_right_answer_or_none() {
    let (folder, path) = made().await;
    let len = fs::metadata(path.join("db")).unwrap().len() as usize;
    // The bytes that hold something; the rest of a segment is padding.
    let bytes = fs::read(path.join("db")).unwrap();
    let used: Vec<usize> = (0..len).filter(|place| bytes[*place] != 0).collect();
    let mut dice = Dice(0x5eed);
    let (mut same, mut refused) = (0, 0);
    for number in 0..FLIPS {
        let damaged = folder.path().join(format!("damaged-{number}"));
        copy(&path, &damaged);
        let place = used[dice.roll(used.len() as u64) as usize];
        flip(&damaged.join("db"), place, dice.roll(8) as u8);
        match SledStore::open(&damaged) {
            Err(StoreError::Unreadable { reason, .. }) => {
                assert!(reason.contains("store restore"), "{reason}");
                refused += 1;
            }
            Err(other) => panic!("byte {place}: {other:?}"),
            Ok(store) => {
                let mut all = Vec::new();
                let done = store
                    .dump(&mut |change| {
                        all.push(change);
                        Ok(())
                    })
                    .await;
                match done {
                    Ok(()) => {
                        assert_eq!(all, everything(), "byte {place}");
                        same += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        fs::remove_dir_all(&damaged).unwrap();
    }
    println!(
        "sled: {FLIPS} flipped bits, {same} without effect, {refused} refused, 0 wrong answers"
    );
}

#[tokio::test]
async fn what_does_not_open_names_the_backup_to_restore() {
    let (_folder, path) = made().await;
    let store = SledStore::open(&path).unwrap();
    let made = backup(&store, &backup_folder(&path), at(0)).await.unwrap();
    drop(store);
    fs::remove_file(path.join("db")).unwrap();
    let reason = unreadable(&path);
    assert!(reason.contains("`db` is gone"), "{reason}");
    assert!(reason.contains(made.to_str().unwrap()), "{reason}");
}

#[tokio::test]
async fn a_store_whose_data_is_gone_never_opens_empty() {
    let (_folder, path) = made().await;
    fs::write(path.join("db"), b"").unwrap();
    unreadable(&path);
    for file in named(&path, "snap.")
        .into_iter()
        .chain(named(&path, "bad-snap."))
    {
        fs::remove_file(file).unwrap();
    }
    let reason = unreadable(&path);
    assert!(reason.contains("no backup"), "{reason}");
}

#[tokio::test]
async fn a_folder_with_other_things_in_it_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("invoice.pdf"), b"%PDF").unwrap();
    assert!(unreadable(folder.path()).contains("it is no store"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // Another program's sled.
    let folder = tempfile::tempdir().unwrap();
    drop(::sled::open(folder.path()).unwrap());
    assert!(unreadable(folder.path()).contains("it is no store"));
}

#[tokio::test]
async fn files_without_their_data_are_refused() {
    let (_folder, path) = made().await;
    fs::remove_file(path.join("STORE.txt")).unwrap();
    fs::remove_file(path.join("db")).unwrap();
    assert!(unreadable(&path).contains("but no `db`"));
}

#[tokio::test]
async fn a_making_that_was_cut_short_is_finished() {
    // The first file, and nothing more.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("liaison.lock"), b"").unwrap();
    fs::write(folder.path().join("db"), b"").unwrap();
    assert_eq!(dump(&SledStore::open(folder.path()).unwrap()).await, []);

    // Everything but the last file.
    let folder = tempfile::tempdir().unwrap();
    drop(SledStore::open(folder.path()).unwrap());
    fs::remove_file(folder.path().join("STORE.txt")).unwrap();
    assert_eq!(dump(&SledStore::open(folder.path()).unwrap()).await, []);
    assert!(folder.path().join("STORE.txt").exists());
}

#[tokio::test]
async fn a_making_in_pieces_is_made_again_and_a_store_with_commits_never_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(SledStore::open(&path).unwrap());
    fs::remove_file(path.join("STORE.txt")).unwrap();
    fs::write(path.join("conf"), [7; 40]).unwrap();
    assert_eq!(dump(&SledStore::open(&path).unwrap()).await, []);
    assert_eq!(named(&path, "bad-conf").len(), 1);

    let (_folder, path) = made().await;
    fs::remove_file(path.join("STORE.txt")).unwrap();
    fs::write(path.join("conf"), [7; 40]).unwrap();
    unreadable(&path);
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    let (_folder, path) = made().await;
    let db = ::sled::open(&path).unwrap();
    db.insert(b"meta/format", &2_u32.to_be_bytes()).unwrap();
    drop(db);
    let error = SledStore::open(&path).err().unwrap();
    assert!(
        matches!(
            error,
            StoreError::NewerFormat {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged_until_it_is_opened_again() {
    let (_folder, path) = made().await;
    let store = SledStore::open(&path).unwrap();
    let lease = case::lease_of(&store, &case::acme()).await;
    store.inner.fail_next_sync.store(true, Ordering::SeqCst);
    let error = store
        .commit(&lease, vec![case::put("x", "9")])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    for _ in 0..2 {
        let error = store
            .commit(&lease, vec![case::put("y", "8")])
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Poisoned { .. }), "{error:?}");
    }
    drop(store);
    let store = SledStore::open(&path).unwrap();
    case::commit(&store, vec![case::put("y", "8")]).await;
    assert_eq!(store.verify().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn verify_names_what_is_wrong() {
    let (_folder, path) = made().await;
    let store = SledStore::open(&path).unwrap();
    let check = async |words: &str| {
        let problems = store.verify().await.unwrap().problems.join("\n");
        assert!(problems.contains(words), "{words}: {problems}");
    };
    let trees = &store.inner.trees;
    let rights = trees.tree(keys::Table::Rights);
    let (key, value) = rights.iter().next().unwrap().unwrap();
    rights.remove(&key).unwrap();
    check("does not name it").await;
    let error = store
        .links(&case::set(), Side::Left, &[case::id("a")])
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Inconsistent { .. }),
        "{error:?}"
    );
    rights.insert(&key, value).unwrap();
    rights.insert(b"acme\0odd", b"\x01a").unwrap();
    check("1 live links, but 2 right ids").await;
    rights.remove(b"acme\0odd").unwrap();

    let bodies = fs::read_dir(path.join("bodies"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    flip(&bodies, 100, 0);
    check("not those of its digest").await;
    fs::remove_file(&bodies).unwrap();
    check("is gone").await;

    let runs = trees.tree(keys::Table::Runs);
    let (key, _) = runs.iter().next().unwrap().unwrap();
    runs.insert(&key, b"\x07what").unwrap();
    check("a row of an unknown form").await;
    runs.insert(&key, b"\x01\x00{").unwrap();
    check("does not read").await;
}

#[tokio::test]
async fn files_of_bodies_go_when_nothing_refers_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let bodies = folder.path().join("bodies");
    let count = || fs::read_dir(&bodies).unwrap().count();
    let of_size = |number: usize, len: usize| {
        let intent = Intent {
            body: "x".repeat(len + number),
            ..case::intent(number, "f", 0)
        };
        Change::PutIntent(Box::new(intent))
    };
    let gone = |number| Change::RemoveIntent {
        tenant: case::acme(),
        token: case::token(number),
    };
    case::commit(&store, vec![of_size(1, 3_000), of_size(2, 100)]).await;
    assert_eq!(count(), 0);
    case::commit(&store, vec![of_size(3, 4_000), of_size(4, 200_000)]).await;
    assert_eq!(count(), 1);
    case::commit(&store, vec![of_size(5, 4_000), gone(3)]).await;
    assert_eq!(count(), 2);
    case::commit(&store, vec![gone(4)]).await;
    assert_eq!(count(), 1);
    // Its only body is let go in the commit that brings it.
    case::commit(&store, vec![of_size(6, 5_000), gone(6)]).await;
    assert_eq!(count(), 1);
    drop(store);
    fs::write(bodies.join("00000000000000ff.acme"), b"cut short").unwrap();
    fs::write(bodies.join("not ours"), b"").unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(count(), 2);
    assert_eq!(store.intents(&case::acme(), None).await.unwrap().len(), 3);
    case::commit(&store, vec![of_size(7, 5_000)]).await;
    assert_eq!(store.verify().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn no_value_is_longer_than_4_kib_and_no_blob_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    case::large_bodies_come_back_byte_for_byte(&store).await;
    let mut longest = 0;
    for table in keys::Table::ALL {
        for row in store.inner.trees.tree(table).iter() {
            longest = longest.max(row.unwrap().1.len());
        }
    }
    println!("sled: the longest value has {longest} bytes");
    assert!(longest <= 4 << 10);
    assert_eq!(
        fs::read_dir(folder.path().join("blobs")).unwrap().count(),
        0
    );
}

#[tokio::test]
async fn without_its_snapshots_a_store_has_all_it_had() {
    // Rows over some megabytes, written again and again: an opening then finds segments that hold
    // nothing any more, zeroes them, and only the snapshot knows why they are not needed.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut opened = 0;
    for round in 0..6_u8 {
        let store = SledStore::open(&path).unwrap();
        for half in 0..2 {
            let rows = (0..400_u32).map(|row| Change::PutMemory {
                tenant: case::acme(),
                connection: case::connection("crm"),
                key: format!("{row:04}"),
                value: vec![round + half; 2_900],
            });
            case::commit(&store, rows.collect()).await;
        }
        let wanted = dump(&store).await;
        drop(store);
        drop(SledStore::open(&path).unwrap());
        let without = folder.path().join(format!("without-{round}"));
        copy(&path, &without);
        for snapshot in named(&without, "snap.") {
            fs::remove_file(snapshot).unwrap();
        }
        let store = SledStore::open(&without).unwrap();
        assert_eq!(dump(&store).await, wanted, "round {round}");
        opened += 1;
    }
    println!("sled: {opened} stores without their snapshots, 0 lost");
}
