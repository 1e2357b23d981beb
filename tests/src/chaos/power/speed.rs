//! The durable step: one link committed, on the disk, acknowledged. Beside it what the disk itself
//! takes, because the greater part of the step is the disk's.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use liaison::store::Store;
use liaison::store::sled::SledStore;

use super::super::figures::Figures;
use super::workload::{claim, large_link};

const STEPS: u64 = 1_000;
const P50_MAX: Duration = Duration::from_millis(1);

pub fn run(figures: &mut Figures) {
    // Where temporary files go, not in memory: the disk is the point.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut raw = File::create(folder.path().join("raw")).expect("a file");
    let (mut steps, mut syncs) = (Vec::new(), Vec::new());
    super::runtime().block_on(async {
        let store = SledStore::open(&folder.path().join("store")).expect("the store opens");
        let lease = claim(&store, 0).await.expect("nobody else has it");
        for number in 0..STEPS {
            let change = large_link(number);
            let begun = Instant::now();
            store.commit(&lease, vec![change]).await.expect("committed");
            steps.push(begun.elapsed());
            let begun = Instant::now();
            raw.write_all(&[7; 4096]).expect("written");
            raw.sync_all().expect("synced");
            syncs.push(begun.elapsed());
        }
    });
    steps.sort_unstable();
    syncs.sort_unstable();
    let of = |all: &[Duration], percent: usize| all[all.len() * percent / 100];
    let (p50, raw) = (of(&steps, 50), of(&syncs, 50));
    let words = format!(
        "{} ms, p99 {} ms; 4 KiB written and synced by itself {} ms",
        ms(p50),
        ms(of(&steps, 99)),
        ms(raw)
    );
    // A disk that is slower than the goal by itself says nothing about us.
    figures.measured("durable step p50", words, p50 <= P50_MAX.max(raw * 2));
}

pub fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}
