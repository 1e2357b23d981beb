//! A disk that fails a call, and one that fills up.
//!
//! Each of the calls a workload makes to files of the store fails in turn: making it, opening it,
//! committing, closing. The process must end in order (well, or in words), nothing may be acknowledged
//! after, and what was must be there: in the files as they are, and after a power cut on top, since the
//! kernel may drop what it failed to write.

use super::super::figures::{Figures, Form};
use super::check::{HUNG, check};
use super::child::{Ended, Recorded};
use super::dice::Dice;
use super::disk::{Disk, Mood, Syncs};
use super::plan::Plan;
use super::recording::Promised;
use super::workload::{ENDED_IN_ORDER, WENT_ON};
use super::{copy, scratch};

const OUT_OF_ORDER: &str = "ended out of order";
const AFTER: &str = "acknowledged after a failure";

/// Of every writer, in two openings.
const COMMITS: u64 = 16;

/// Input/output error, by the number Linux gives it.
const EIO: u32 = 5;

pub fn run(form: &Form, seed: u64, figures: &mut Figures) {
    figures.none_of(OUT_OF_ORDER);
    figures.none_of(AFTER);
    let plan = Plan::of(seed);
    let mut dice = Dice::mixed(seed, &[0xfa11]);
    let clean = Recorded::new();
    let ended = clean.commits(plan, COMMITS, 2, "");
    let recording = match clean.recording() {
        Ok(recording) if ended.exit == Some(0) => recording,
        other => {
            let calls = other.map(|recording| recording.calls);
            figures.found("blind", format!("{ended:?}, {calls:?}"));
            return;
        }
    };
    let failing = form.of(40, u64::from(recording.calls));
    for number in 0..failing {
        let at = 1 + number * u64::from(recording.calls) / failing;
        let word = if dice.one_in(4) { "fail-from" } else { "fail" };
        one(plan, &format!("{word}:{at}:{EIO}"), &mut dice, figures);
        figures.tried("failed calls", 1);
    }
    let sizes = form.of(8, 40);
    let bytes = recording.bytes_written();
    for number in 0..sizes {
        one(
            plan,
            &format!("full:{}", bytes * number / sizes),
            &mut dice,
            figures,
        );
        figures.tried("full disks", 1);
    }
}

fn one(plan: Plan, fault: &str, dice: &mut Dice, figures: &mut Figures) {
    let child = Recorded::new();
    let ended = child.commits(plan, COMMITS, 2, fault);
    let recording = match child.recording() {
        Ok(recording) => recording,
        Err(words) => return figures.found("blind", format!("{words} ({fault})")),
    };
    let spoilt = recording.spoilt();
    let fault = &match spoilt {
        Some(name) => format!("{fault}, a {name}"),
        None => fault.to_owned(),
    };
    judge(&ended, fault, spoilt, figures);
    let promised = Promised::of(&recording);

    // A power cut right after: the disk that failed has what it promised and no more.
    let cut = scratch();
    let replayed = || {
        let empty = scratch();
        let mut disk = Disk::holding(empty.path(), Syncs::Count).map_err(|e| e.to_string())?;
        for record in &recording.records {
            disk.replay(record)?;
        }
        let mood = Mood::roll(dice);
        disk.cut(cut.path(), mood, dice).map_err(|e| e.to_string())
    };
    match { replayed }() {
        Ok(()) => look(
            cut.path(),
            plan,
            promised,
            &format!("{fault}, then a cut"),
            figures,
        ),
        Err(words) => figures.found("blind", format!("{words} ({fault})")),
    }

    // A disk that is still full: opening it may fail, and harms nothing.
    if fault.starts_with("full") {
        let again = child.commits(plan, COMMITS, 1, "full:0");
        judge(&again, &format!("{fault}, then full:0"), spoilt, figures);
    }
    let promised = child.recording().map_or(promised, |all| Promised::of(&all));
    let files = scratch();
    copy(&child.root(), files.path());
    look(files.path(), plan, promised, fault, figures);
}

fn judge(ended: &Ended, fault: &str, spoilt: Option<&str>, figures: &mut Figures) {
    let again = format!("under {fault}, said: {}", ended.words.trim());
    match ended.exit {
        _ if ended.hung => figures.found(HUNG, again),
        Some(0) | Some(ENDED_IN_ORDER) => {}
        // A read that failed refuses its caller and leaves nothing half done; the next may go on.
        Some(WENT_ON) if matches!(spoilt, Some("read" | "stat" | "open")) => {}
        Some(WENT_ON) => figures.found(AFTER, again),
        exit => figures.found(OUT_OF_ORDER, format!("{exit:?} {again}")),
    }
}

fn look(root: &std::path::Path, plan: Plan, promised: Promised, what: &str, figures: &mut Figures) {
    if let Err(wrong) = check(root, plan, promised) {
        figures.found(wrong.what, format!("{}; {what}", wrong.words));
    }
}
