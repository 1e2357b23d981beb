//! The conformance kit: whether a component does what the contract asks of a connector.
//!
//! ```text
//! loaded ─ manifest (of the file alone) ─ laws and faults (against a server) ─ tapes (against nothing)
//! ```
//!
//! Each check has a name that stays. What is found is for the connector's author and stays in English; what the
//! checks are is told in each language.
//!
//! Invariant: every check has a component that breaks its law alone, and fails it (`tests/guests/crooked`).

mod faults;
mod given;
pub mod junit;
mod laboratory;
mod laws;
mod manifest;
mod meddling;
mod schema;
mod tapes;
mod writes;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::{ControlError, Doing, load_text};
use super::request::Answer;
use super::tapes::Bench;
use crate::connector::tape::Component;
use crate::connector::{LoadError, Loaded};

use given::Given;
use laboratory::Laboratory;

/// What a person asks of the kit.
#[derive(Debug, Clone, Default)]
pub struct KitWish {
    pub file: PathBuf,
    /// Settings, secrets and sample records, as JSON.
    pub settings: Option<PathBuf>,
    /// Stands for `{url}` in the settings.
    pub server: Option<String>,
    /// Folders of tapes.
    pub tapes: Vec<PathBuf>,
    /// Only checks whose name begins so.
    pub only: Option<String>,
    /// A file for the result as JUnit XML.
    pub junit: Option<PathBuf>,
}

#[derive(Debug, Clone, Serialize)]
pub struct KitReport {
    pub file: String,
    /// None when it does not load.
    pub component: Option<Component>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Stable and kebab-case.
    pub name: String,
    /// An entity, a tape.
    pub about: Option<String>,
    pub verdict: Verdict,
    /// Why it failed, or why it was not made.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Passed,
    Failed,
    /// It does not apply, or lacks what it needs. Not counted.
    Skipped,
}

impl KitReport {
    pub fn count(&self, verdict: Verdict) -> usize {
        let of = |check: &&Check| check.verdict == verdict;
        self.checks.iter().filter(of).count()
    }

    pub fn has_passed(&self) -> bool {
        self.count(Verdict::Failed) == 0
    }
}

/// The checks as they are made.
#[derive(Debug, Default)]
pub struct Sheet {
    checks: Vec<Check>,
    only: Option<String>,
    /// Checks that are not made, each with its reason: known exceptions.
    waived: Vec<given::Waiver>,
}

/// What a check found: nothing, or what is wrong.
pub type Found = Result<(), String>;

impl Sheet {
    /// Whether a check of this name is wanted at all.
    fn wants(&self, name: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| name.starts_with(only.as_str()))
    }

    fn tells(&mut self, name: &str, about: Option<&str>, found: Found) {
        let verdict = match &found {
            Ok(()) => Verdict::Passed,
            Err(_) => Verdict::Failed,
        };
        self.notes(name, about, verdict, found.err());
    }

    fn skips(&mut self, name: &str, about: Option<&str>, why: &str) {
        self.notes(name, about, Verdict::Skipped, Some(why.to_owned()));
    }

    fn notes(&mut self, name: &str, about: Option<&str>, verdict: Verdict, reason: Option<String>) {
        if !self.wants(name) {
            return;
        }
        let waived = self.waived.iter().find(|waiver| waiver.covers(name, about));
        let (verdict, reason) = match (verdict, waived) {
            (Verdict::Failed, Some(waiver)) => {
                let found = reason.unwrap_or_default();
                (Verdict::Skipped, Some(format!("{}: {found}", waiver.why)))
            }
            (verdict, _) => (verdict, reason),
        };
        self.checks.push(Check {
            name: name.to_owned(),
            about: about.map(str::to_owned),
            verdict,
            reason,
        });
    }
}

/// Runs the kit. No installation is opened.
pub async fn test(wish: KitWish, home: &Path) -> Result<Answer, ControlError> {
    let given = match &wish.settings {
        Some(file) => Some(Given::read(file, wish.server.as_deref())?),
        None => None,
    };
    let mut sheet = Sheet {
        checks: Vec::new(),
        only: wish.only.clone(),
        waived: given
            .as_ref()
            .map(|given| given.waived.clone())
            .unwrap_or_default(),
    };
    let bench = Bench::new(home)?;
    let loaded = match bench.runtime.load(&wish.file).await {
        Ok(loaded) => loaded,
        Err(error @ (LoadError::Unreadable { .. } | LoadError::Engine { .. })) => {
            return Err(error.into());
        }
        Err(error) => {
            sheet.tells("loads", None, Err(load_text(&error).fallback));
            return answer(&wish, None, sheet);
        }
    };
    sheet.tells("loads", None, Ok(()));
    manifest::check(&mut sheet, &bench, &loaded).await;
    match &given {
        Some(given) => against_a_server(&mut sheet, &loaded, given, &bench, &wish.file).await?,
        None => sheet.skips(
            "doctor",
            None,
            "no settings were given: --settings FILE --server URL",
        ),
    }
    for folder in &wish.tapes {
        tapes::check_folder(&mut sheet, &bench, &loaded, folder).await?;
    }
    answer(&wish, Some(&loaded), sheet)
}

async fn against_a_server(
    sheet: &mut Sheet,
    loaded: &Loaded,
    given: &Given,
    bench: &Bench,
    file: &Path,
) -> Result<(), ControlError> {
    if loaded.is_called() {
        sheet.skips(
            "doctor",
            None,
            "its system calls us: laws are checked on tapes",
        );
        return Ok(());
    }
    let laboratory = Laboratory::new(bench, file, given).await?;
    let said = laws::doctor(&laboratory).await;
    // It may complain of the system; without any answer there is nothing to try.
    let is_open = said.is_ok();
    sheet.tells("doctor", None, said.and_then(|found| found));
    if !is_open {
        sheet.skips("walk-shows-each-once", None, "the doctor is not content");
    }
    let entities = loaded.manifest.entities.iter().filter(|_| is_open);
    for entity in entities {
        laws::check(sheet, &laboratory, entity).await;
        writes::check(sheet, &laboratory, entity, given).await;
        faults::check_reads(sheet, &laboratory, entity).await;
        faults::check_writes(sheet, &laboratory, entity, given).await;
    }
    tapes::check_own(sheet, &laboratory).await;
    Ok(())
}

fn answer(wish: &KitWish, loaded: Option<&Loaded>, sheet: Sheet) -> Result<Answer, ControlError> {
    let report = KitReport {
        file: wish.file.display().to_string(),
        component: loaded.map(Loaded::component),
        checks: sheet.checks,
    };
    if let Some(file) = &wish.junit {
        std::fs::write(file, junit::xml(&report))
            .map_err(|cause| ControlError::io(Doing::Write, file, cause))?;
    }
    Ok(Answer::Tested(Box::new(report)))
}
