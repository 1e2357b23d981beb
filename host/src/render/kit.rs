//! What the conformance kit found.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::control::kit::{Check, KitReport, Verdict};

/// What failed and what was not made, each with its reason; the score at the end.
pub fn text(report: &KitReport, words: &Catalogue) -> String {
    let mut text = String::new();
    if let Some(component) = &report.component {
        let args = [
            ("name", component.name.as_str()),
            ("version", component.version.as_str()),
            ("contract", component.contract.as_str()),
        ];
        let _ = writeln!(text, "{}", words.say("kit-of", &args));
    }
    for check in report
        .checks
        .iter()
        .filter(|it| it.verdict == Verdict::Skipped)
    {
        let _ = writeln!(text, "  {} {}", words.say("kit-skipped", &[]), line(check));
    }
    for check in report
        .checks
        .iter()
        .filter(|it| it.verdict == Verdict::Failed)
    {
        let _ = writeln!(text, "  {} {}", words.say("kit-failed", &[]), line(check));
    }
    let (passed, failed) = (report.count(Verdict::Passed), report.count(Verdict::Failed));
    let args = [
        ("passed", passed.to_string()),
        ("made", (passed + failed).to_string()),
        ("failed", failed.to_string()),
        ("skipped", report.count(Verdict::Skipped).to_string()),
    ];
    let args: Vec<(&str, &str)> = args
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let _ = writeln!(text, "{}", words.say("kit-score", &args));
    text
}

fn line(check: &Check) -> String {
    let about = check.about.as_ref().map(|about| format!(" ({about})"));
    let reason = check.reason.as_deref().unwrap_or_default();
    format!("{}{}: {reason}", check.name, about.unwrap_or_default())
}
