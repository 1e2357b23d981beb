//! What a part tried and what came of it, and the one table of all parts.

use std::fmt::Write as _;
use std::time::Duration;

/// How much a part tries.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub long: bool,
    /// Try only this one again.
    pub seed: Option<u64>,
}

impl Form {
    pub fn short() -> Self {
        Self {
            long: false,
            seed: None,
        }
    }

    /// One of two numbers.
    pub fn of<T>(&self, short: T, long: T) -> T {
        if self.long { long } else { short }
    }
}

/// Counted, measured, found.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    tried: Vec<(&'static str, u64)>,
    bad: Vec<(&'static str, u64)>,
    measured: Vec<(&'static str, String, bool)>,
    findings: Vec<String>,
}

/// Findings of one kind told in words; more are only counted.
const FINDINGS_MAX: usize = 20;

impl Figures {
    /// Adds to what was tried: `kills`, `seeds`, `URLs`.
    pub fn tried(&mut self, what: &'static str, count: u64) {
        add(&mut self.tried, what, count);
    }

    /// Names what must be zero: `duplicated`, `lost`, `leaked`, `hung`. Shown even when it is.
    pub fn none_of(&mut self, what: &'static str) {
        add(&mut self.bad, what, 0);
    }

    /// One that is not zero, in words, with how to see it again.
    pub fn found(&mut self, what: &'static str, words: impl Into<String>) {
        add(&mut self.bad, what, 1);
        let of_this = self.findings.iter().filter(|told| told.starts_with(what));
        if of_this.count() < FINDINGS_MAX {
            self.findings.push(format!("{what}: {}", words.into()));
        }
    }

    /// A measurement, and whether it keeps its goal.
    pub fn measured(&mut self, what: &'static str, value: impl Into<String>, met: bool) {
        self.measured.push((what, value.into(), met));
    }

    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// Nothing bad was found. A goal that is missed counts in the long form, on a machine of one's own: a
    /// slow disk in CI is no defect.
    pub fn is_clean(&self, form: &Form) -> bool {
        let met = self.measured.iter().all(|(.., met)| *met);
        self.bad.iter().all(|(_, count)| *count == 0) && (met || !form.long)
    }
}

fn add(rows: &mut Vec<(&'static str, u64)>, what: &'static str, count: u64) {
    match rows.iter_mut().find(|(name, _)| *name == what) {
        Some((_, sum)) => *sum += count,
        None => rows.push((what, count)),
    }
}

/// The table of all parts.
pub fn table(parts: &[(&str, Figures, Duration)]) -> String {
    let mut out = String::new();
    let mut bad = 0;
    for (name, figures, took) in parts {
        let tried = figures.tried.iter();
        let tried: Vec<String> = tried.map(|(what, n)| format!("{n} {what}")).collect();
        let verdict: Vec<String> = figures
            .bad
            .iter()
            .map(|(what, count)| format!("{what} {count}"))
            .collect();
        let _ = writeln!(
            out,
            "{name:<12} {:>6.1} s  {}  |  {}",
            took.as_secs_f64(),
            tried.join(", "),
            verdict.join(", ")
        );
        for (what, value, met) in &figures.measured {
            let met = if *met { "" } else { "  MISSED" };
            let _ = writeln!(out, "{:<12}           {what}: {value}{met}", "");
        }
        bad += figures.bad.iter().map(|(_, count)| count).sum::<u64>();
    }
    let _ = writeln!(out, "{bad} found");
    out
}
