//! Kills while a large store opens.
//!
//! The store was left by a process that ended without closing it, so an opening reads the whole log,
//! mends its end and writes a snapshot. The recorder kills it before, or in the middle of, one of its
//! file calls; then it must open again, in bounded time, with all it has.

use std::path::Path;
use std::time::{Duration, Instant};

use liaison::model::{NativeId, Side};
use liaison::store::Store;
use liaison::store::sled::SledStore;
use liaison_tests::Lab;
use serde_json::json;

use super::super::figures::{Figures, Form};
use super::check::{HUNG, LOST, UNOPENED, Wrong, apart};
use super::child::Recorded;
use super::dice::Dice;
use super::plan;
use super::speed::ms;
use super::workload::{FILL_WORD, OPEN_WORD, STORE, in_words, large_ids, next};

const OPEN_MAX: Duration = Duration::from_secs(5);
const FIRST_RECORD_MAX: Duration = Duration::from_secs(10);

/// Links looked up after every opening.
const SAMPLE: usize = 200;

pub fn run(form: &Form, seed: u64, figures: &mut Figures) {
    let (links, kills) = form.of((20_000, 10), (1_000_000, 100));
    let mut dice = Dice::mixed(seed, &[0x1a96e]);
    let child = Recorded::new();
    let root = child.root().display().to_string();
    let store = child.root().join(STORE);
    // In two halves, so that the second opening has a snapshot of the first half.
    for half in 0..2 {
        let words = [
            FILL_WORD.to_owned(),
            root.clone(),
            (half * links / 2).to_string(),
            (links / 2).to_string(),
        ];
        fill(&words, figures);
    }
    figures.tried("links in the large store", links);

    let words = [OPEN_WORD.to_owned(), root];
    let mut halves = 0;
    let mut slowest = Duration::ZERO;
    let mut killed = 0;
    // An opening may end before the call at which it was to be killed.
    for number in 0..2 * kills {
        if killed == kills {
            break;
        }
        // Without its snapshots an opening has the most to do; every other time it may keep them.
        if number % 2 == 0 {
            remove_snapshots(&store);
        }
        child.forget();
        if child.run(&words, "").exit != Some(0) {
            figures.found(UNOPENED, "the large store, without a kill");
            return;
        }
        let Ok(recording) = child.recording() else {
            figures.found("blind", "an opening left no recording");
            return;
        };
        if number % 2 == 0 {
            remove_snapshots(&store);
        }
        let word = if dice.one_in(2) { "kill" } else { "kill-half" };
        // Anywhere, or while the snapshot is being written.
        let (first, last) = recording.calls_about(".generating");
        let at = match dice.one_in(3) || last == 0 {
            true => 1 + dice.roll(recording.calls as usize),
            false => (first + 1) as usize + dice.roll((last - first) as usize),
        };
        let fault = format!("{word}:{at}");
        child.forget();
        let ended = child.run(&words, &fault);
        killed += u64::from(ended.exit.is_none());
        if ended.hung {
            figures.found(HUNG, format!("an opening of the large store ({fault})"));
        }
        halves += snapshots(&store)
            .iter()
            .filter(|name| name.to_string_lossy().ends_with(".generating"))
            .count();
        match opened(&child, links, dice.next()) {
            Ok(took) => slowest = slowest.max(took),
            Err(wrong) => {
                let words = format!("{} (large store, {fault})", wrong.words);
                figures.found(wrong.what, words);
            }
        }
    }
    figures.tried("kills during open", killed);
    figures.tried("half snapshots left", halves as u64);
    figures.measured(
        "open after a kill, slowest",
        format!("{} ms at {links} links", ms(slowest)),
        slowest <= OPEN_MAX,
    );
    let moving = first_record_moves(&child);
    figures.measured(
        "a record written after a kill",
        format!("{} ms at {links} links", ms(moving)),
        moving <= FIRST_RECORD_MAX,
    );
}

/// How long a process takes that starts over this store after a kill, until an invoice is written and it
/// has ended: longer than until the record moves.
fn first_record_moves(child: &Recorded) -> Duration {
    let lab = Lab::new();
    let store = lab.home().join("data/store");
    std::fs::remove_dir_all(&store).expect("the new store can be taken away");
    copy_folder(&child.root().join(STORE), &store);
    lab.liaison("run invoices");
    let made = lab.in_autotask(json!({"do": "bulk_invoices", "count": 1, "lines": 1, "company_ids": [174], "billing_code_ids": [29_683_502]}));
    let killed = lab.liaison_with("run invoices", &[("LIAISON_CRASH_AT", "before-write:1")]);
    assert_eq!(killed.exit, -1, "{}{}", killed.out, killed.err);
    remove_snapshots(&store);
    let begun = Instant::now();
    let said = lab.liaison("run invoices");
    let took = begun.elapsed();
    let invoice = made["firstID"].as_i64().expect("the new invoice's id");
    let there = lab.acomba_invoices(invoice).len();
    assert_eq!(there, 1, "{made}: {}{}", said.out, said.err);
    took
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy_folder(&from, &to),
            false => drop(std::fs::copy(&from, &to).expect("a file can be copied")),
        }
    }
}

fn fill(words: &[String], figures: &mut Figures) {
    let me = std::env::current_exe().expect("a program has a file");
    let ended = std::process::Command::new(me).args(words).output();
    let output = ended.expect("this program can be started again");
    // It ends itself; a code would be an error.
    if output.status.code().is_some() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        figures.found(UNOPENED, format!("filling the large store: {words}"));
    }
}

/// How long it took to open, if what should be there is.
fn opened(child: &Recorded, links: u64, seed: u64) -> Result<Duration, Wrong> {
    let path = child.root().join(STORE);
    apart(move || {
        let lost = |words: String| Wrong { what: LOST, words };
        let begun = Instant::now();
        let store = SledStore::open(&path).map_err(|error| Wrong {
            what: UNOPENED,
            words: in_words(&error),
        })?;
        let took = begun.elapsed();
        let mut dice = Dice::of(seed);
        super::runtime().block_on(async {
            let came = next(&store, 0).await;
            if came.as_ref().ok() != Some(&(links + 1)) {
                return Err(lost(format!("the cursor says {came:?}, not {links}")));
            }
            let set = plan::set_of(plan::tenant(0));
            for side in [Side::Left, Side::Right] {
                let ids: Vec<NativeId> = (0..SAMPLE)
                    .map(|_| {
                        let (left, right) = large_ids(dice.next() % links);
                        let id = if side == Side::Left { left } else { right };
                        NativeId::parse(&id).expect("an id")
                    })
                    .collect();
                let found = store.links(&set, side, &ids).await;
                let found = found.map_err(|error| lost(in_words(&error)))?;
                let gone = found.iter().filter(|link| link.is_none()).count();
                if gone > 0 {
                    return Err(lost(format!("{gone} of {SAMPLE} links are gone")));
                }
            }
            Ok(took)
        })
    })
}

fn snapshots(store: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(store).expect("the store's folder");
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with("snap."))
        .collect()
}

fn remove_snapshots(store: &Path) {
    for name in snapshots(store) {
        std::fs::remove_file(store.join(name)).expect("it is there");
    }
}
