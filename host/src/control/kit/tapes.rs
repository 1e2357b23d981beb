//! The component against tapes: those that a vendor keeps, and those of this very run.

use std::path::Path;

use super::laboratory::Laboratory;
use super::manifest::all;
use super::{Found, Sheet};
use crate::connector::Loaded;
use crate::connector::tape::End;
use crate::connector::tape::replay::{Replayed, Verdict};
use crate::connector::tape::taped_host::LOG;
use crate::control::error::{ControlError, Doing};
use crate::control::tapes::{Bench, read};

/// What every placeholder begins with.
const PLACEHOLDER: &str = "liaisonsecret";

/// Every tape of a folder.
pub async fn check_folder(
    sheet: &mut Sheet,
    bench: &Bench,
    loaded: &Loaded,
    folder: &Path,
) -> Result<(), ControlError> {
    let listing =
        std::fs::read_dir(folder).map_err(|cause| ControlError::io(Doing::Read, folder, cause))?;
    let mut files: Vec<_> = listing
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "tape"))
        .collect();
    files.sort();
    for file in files {
        let tape = read(&file)?;
        let replayed = bench.runtime.replay(loaded, &tape).await;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        sheet.tells("replays-alike", Some(&name), same(&replayed));
    }
    Ok(())
}

fn same(replayed: &Replayed) -> Found {
    match replayed.verdict {
        Verdict::Same | Verdict::SameSoFar => Ok(()),
        Verdict::Departed => {
            let place = replayed.departure.as_ref();
            let step = place.map_or(0, |place| place.step);
            let now = place.and_then(|place| place.now.as_ref());
            let asked = now.map_or_else(
                || "it never asks that".to_owned(),
                |asked| format!("it asks {} {}", asked.import, asked.asked),
            );
            let shown: String = asked.chars().take(300).collect();
            Err(format!("it departs at step {step}: {shown}"))
        }
        Verdict::ReturnedOtherwise => {
            let place = replayed.difference.as_ref();
            let place = place.map(|it| format!("at {}: {} and {}", it.place, it.then, it.now));
            Err(format!(
                "it returns something else {}",
                place.unwrap_or_default()
            ))
        }
    }
}

/// The calls of this run: made again from the tape they are the same; none ended early; none told a placeholder.
pub async fn check_own(sheet: &mut Sheet, laboratory: &Laboratory) {
    let tapes = laboratory.tapes();
    if sheet.wants("same-answers-same-result") {
        let mut problems = Vec::new();
        for tape in &tapes {
            let replayed = laboratory.runtime.replay(&laboratory.loaded, tape).await;
            if let Err(words) = same(&replayed) {
                problems.push(format!("{}: {words}", tape.title()));
            }
        }
        problems.truncate(3);
        sheet.tells("same-answers-same-result", None, all(problems));
    }
    let early = tapes.iter().filter_map(|tape| match &tape.end {
        End::Returned { .. } | End::Waits => None,
        other => Some(format!("{}: {}", tape.title(), other.outcome())),
    });
    sheet.tells("stays-within-limits", None, all(early.take(3).collect()));
    let mut telling = Vec::new();
    for tape in &tapes {
        let logged = tape.steps.iter().filter(|step| step.import == LOG);
        let in_log = logged
            .filter(|step| step.asked.to_string().contains(PLACEHOLDER))
            .count();
        if in_log > 0 {
            telling.push(format!("{}: in what it logs", tape.title()));
        }
        if tape.end.outcome().to_string().contains(PLACEHOLDER) {
            telling.push(format!("{}: in what it returns", tape.title()));
        }
        let kept = tape.steps.iter().filter(|step| step.import == "memory.set");
        let in_memory = kept
            .filter(|step| step.asked.to_string().contains(PLACEHOLDER))
            .count();
        if in_memory > 0 {
            telling.push(format!("{}: in what it remembers", tape.title()));
        }
    }
    telling.truncate(3);
    sheet.tells("placeholders-stay-in-requests", None, all(telling));
}
