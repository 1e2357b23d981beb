//! Kills. This test program starts itself, commits in there, and ends it without warning.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::super::conformance::{self as case, acme, at, flow, id};
use super::*;

const KILLS: usize = 20;
const CHILD: &str = "LIAISON_STORE_TO_FILL";

/// Commit `number`: a link, an event, now and then an open intent with a large body, and the cursor
/// that says so.
fn changes(number: usize) -> Vec<Change> {
    let mut changes = vec![case::put(&format!("L{number:06}"), &format!("R{number}"))];
    changes.push(Change::AddEvent(Box::new(case::event(number))));
    if number.is_multiple_of(5) {
        let intent = Intent {
            body: body(number),
            ..case::intent(number, "f", number as i64)
        };
        changes.push(Change::PutIntent(Box::new(intent)));
    }
    if number % 10 == 9 && number > 20 {
        changes.push(Change::RemoveIntent {
            tenant: acme(),
            token: case::token(number - 19),
        });
    }
    let cursor = number.to_string().into_bytes();
    changes.push(Change::PutCursor {
        tenant: acme(),
        flow: flow("f"),
        cursor,
    });
    changes
}

fn body(number: usize) -> String {
    format!("{number} ").repeat(if number.is_multiple_of(3) { 2_000 } else { 400 })
}

/// Where the store stands: the number of the next commit.
async fn next(store: &SledStore) -> usize {
    let cursor = store.cursor(&acme(), &flow("f")).await.unwrap();
    cursor.map_or(0, |cursor| {
        String::from_utf8(cursor).unwrap().parse::<usize>().unwrap() + 1
    })
}

/// Not a test by itself: what the started program does until it is killed.
#[tokio::test]
async fn child() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = SledStore::open(Path::new(&path)).unwrap();
    let lease = case::lease_of(&store, &acme()).await;
    let mut out = std::io::stderr();
    for number in next(&store).await.. {
        store.commit(&lease, changes(number)).await.unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
    }
}

fn start(store: &Path) -> Child {
    let (_, module) = module_path!().split_once("::").unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::child"), "--nocapture"])
        .env(CHILD, store)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn a_kill_takes_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut dice = Dice(0x5eed_900d);
    let (mut acknowledged, mut halves, mut slowest) = (0, 0, Duration::ZERO);
    let mut early = 0;
    for _ in 0..KILLS {
        let mut child = start(&path);
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reading = std::thread::spawn(move || {
            let numbers = lines.map_while(Result::ok).filter_map(|line| {
                line.strip_prefix("acknowledged ")
                    .and_then(|number| number.parse::<usize>().ok())
            });
            numbers.last()
        });
        // From before it opens the store until well into its commits.
        std::thread::sleep(Duration::from_micros(dice.roll(120_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let last = reading.join().unwrap();
        early += usize::from(last.is_none());
        halves += std::fs::read_dir(&path).map_or(0, |files| {
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name.ends_with(".generating")).count()
        });

        let started = Instant::now();
        let store = SledStore::open(&path).unwrap();
        slowest = slowest.max(started.elapsed());
        let next = next(&store).await;
        assert!(
            last.is_none_or(|last| next > last),
            "{last:?} was acknowledged, {next} is next"
        );
        check(&store, next).await;
        acknowledged = next;
    }
    println!(
        "sled: {KILLS} kills, {early} before the first commit, {acknowledged} commits, 0 lost, \
         0 torn, {halves} half snapshots, slowest opening {} ms",
        slowest.as_millis()
    );
    assert!(acknowledged > 0);
}

/// Every commit before `next` is there as a whole, and nothing of a later one.
async fn check(store: &SledStore, next: usize) {
    let report = store.verify().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!((report.links, report.events), (next as u64, next as u64));
    let rights: Vec<_> = (0..next).map(|number| id(&format!("R{number}"))).collect();
    let links = store
        .links(&case::set(), Side::Right, &rights)
        .await
        .unwrap();
    assert!(links.iter().all(Option::is_some));
    let removed = |number: usize| {
        let by = number + 19;
        by % 10 == 9 && by > 20 && by < next
    };
    let wanted: Vec<usize> = (0..next)
        .step_by(5)
        .filter(|number| !removed(*number))
        .collect();
    let intents = store.intents(&acme(), None).await.unwrap();
    assert_eq!(intents.len(), wanted.len());
    for (intent, number) in intents.iter().zip(wanted) {
        assert_eq!(
            (intent.created_at, &intent.body),
            (at(number as i64), &body(number))
        );
    }
}
