//! Our store over sled under power cuts, kills, full and failing disks, and flipped bits.
//!
//! The store runs in a child process whose file calls are recorded and spoilt by `tests/recorder`;
//! the same program, started with a hidden word, is that child (`workload.rs`). What the store
//! acknowledged is marked in the recording, and every state of the disk that is made of it must hold
//! exactly that (`check.rs`). That needs Linux; what does not, runs everywhere.
//!
//! Every check here can fail: `cuts.rs` looks at states without our sync as well and wants to find
//! losses in them, and compares each recording with the files there really are.

mod check;
mod dice;
mod flips;
mod plan;
mod recording;
mod speed;
mod workload;

#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod cuts;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod large;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::figures::{Figures, Form};

pub const ABOUT: &str = "the store under power cuts, kills, full and failing disks, flipped bits";

const SEED: u64 = 0x5eed_0f5c;

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    let seed = form.seed.unwrap_or(SEED);
    // sled panics on some kinds of damage. Our store turns that into words, which are judged here; and
    // the controls are damaged on purpose.
    let loud: Arc<Hook> = Arc::from(std::panic::take_hook());
    let others = Arc::clone(&loud);
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| place.file());
        if !place.is_some_and(|file| file.contains("sled-0.34")) {
            others(panic);
        }
    }));
    speed::run(&mut figures);
    recorded(form, seed, &mut figures);
    flips::run(form, seed, &mut figures);
    std::panic::set_hook(Box::new(move |panic| loud(panic)));
    figures
}

type Hook = dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync;

#[cfg(target_os = "linux")]
fn recorded(form: &Form, seed: u64, figures: &mut Figures) {
    cuts::run(form, seed, figures);
    faults::run(form, seed, figures);
    large::run(form, seed, figures);
}

#[cfg(not(target_os = "linux"))]
fn recorded(_form: &Form, _seed: u64, figures: &mut Figures) {
    let what = "power cuts, kills during open, full and failing disk";
    figures.measured(what, "left out on this system", true);
}

/// The child's side, by the word it is started with.
pub fn hidden(words: &[String]) -> Option<ExitCode> {
    let (word, words) = words.split_first()?;
    match word.as_str() {
        workload::WORD => Some(workload::run(words)),
        workload::FILL_WORD => Some(workload::fill(words)),
        workload::OPEN_WORD => Some(workload::open(words)),
        _ => None,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads")
}

/// A temporary folder, in memory where there is such a place: what is tried here is what the model of
/// the disk says, not the disk.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = tempfile::Builder::new()
        .prefix("liaison-power-")
        .tempdir_in(memory);
    made.or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder that is there") {
        let entry = entry.expect("a folder that is there");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("it has a type").is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("room for a copy");
        }
    }
}
