//! Plans and runs as text.

use std::fmt::Write;

use super::{indented, plain, table};
use crate::catalogue::Catalogue;
use crate::engine::{Notice, PlanReport, PlannedAction, RunSummary, Settled};
use crate::model::run::RunStatus;
use crate::model::{Fault, FaultKind};

/// How far a run is, or what it waits for.
pub fn notice(notice: &Notice, words: &Catalogue) -> String {
    match notice {
        Notice::Progress { flow, counts } => {
            let (read, written) = (counts.read.to_string(), counts.written().to_string());
            let args = [
                ("flow", flow.as_str()),
                ("read", &*read),
                ("written", &*written),
            ];
            words.say("progress", &args)
        }
        Notice::Waiting {
            connection,
            wait_ms,
            message,
        } => {
            let seconds = wait_ms.div_ceil(1_000).to_string();
            let why = words.text(message);
            let args = [
                ("connection", connection.as_str()),
                ("seconds", &*seconds),
                ("why", &*why),
            ];
            words.say("progress-waiting", &args)
        }
    }
}

pub fn planned(plan: &PlanReport, words: &Catalogue) -> String {
    let mut text = String::new();
    for record in &plan.records {
        let key = match record.action {
            PlannedAction::Create => "plan-create",
            PlannedAction::Adopt => "plan-adopt",
            PlannedAction::Update => "plan-update",
            PlannedAction::WriteBack => "plan-write-back",
            PlannedAction::Answer => "plan-answer",
            PlannedAction::Refuse => "plan-refuse",
            PlannedAction::Wait => "plan-wait",
            PlannedAction::Conflict => "plan-conflict",
            PlannedAction::Nothing => "plan-nothing",
        };
        let target = record
            .target
            .as_ref()
            .map(|id| id.as_str())
            .unwrap_or_default();
        let args = [("title", record.title.as_str()), ("target", target)];
        let _ = writeln!(text, "{}: {}", record.flow, words.say(key, &args));
        for field in &record.fields {
            let _ = match &field.from {
                Some(from) => {
                    writeln!(
                        text,
                        "    {}: {} → {}",
                        field.field,
                        plain(from),
                        plain(&field.to)
                    )
                }
                None => writeln!(text, "    {}: {}", field.field, plain(&field.to)),
            };
        }
        for message in record.message.iter().chain(&record.then) {
            let _ = writeln!(text, "{}", indented(&words.text(message)));
        }
    }
    for (flow, counts) in &plan.counts {
        let quiet = (counts.unchanged + counts.filtered).to_string();
        let held = counts.held.to_string();
        for (key, count) in [("plan-quiet", &quiet), ("plan-held", &held)] {
            if key == "plan-quiet" || counts.held > 0 {
                let args = [("flow", flow.as_str()), ("count", count)];
                let _ = writeln!(text, "{}", words.say(key, &args));
            }
        }
    }
    if let Some((connection, fault)) = &plan.stopped {
        text.push_str(&stopped(connection.as_str(), fault, words));
        let _ = writeln!(text, "{}", words.say("plan-stopped", &[]));
    } else if plan.records.is_empty() {
        let _ = writeln!(text, "{}", words.say("plan-empty", &[]));
    } else {
        let count = plan.records.len().to_string();
        let args = [
            ("hash", &*plan.hash),
            ("count", &*count),
            ("flow", plan.flow.as_str()),
            ("options", &*plan.options),
        ];
        let _ = writeln!(text, "{}", words.say("plan-hash", &args));
    }
    text
}

pub fn ran(summary: &RunSummary, words: &Catalogue) -> String {
    let mut text = String::new();
    for outcome in &summary.outcomes {
        let shown = matches!(
            outcome.settled,
            Settled::Quarantined | Settled::Conflict | Settled::Waiting
        ) || summary.outcomes.len() == 1;
        if !shown {
            continue;
        }
        let settled = serde_json::to_value(outcome.settled).unwrap_or_default();
        let key = format!("count-{}", settled.as_str().unwrap_or_default());
        let _ = writeln!(text, "{}: {}", outcome.title, words.say(&key, &[]));
        if let Some(message) = &outcome.message {
            let _ = writeln!(text, "{}", indented(&words.text(message)));
        }
        if let Some(theirs) = &outcome.vendor_text {
            let _ = writeln!(text, "    {theirs}");
        }
    }
    let columns = [
        "flow",
        "read",
        "created",
        "adopted",
        "updated",
        "unchanged",
        "filtered",
        "waiting",
        "conflict",
        "quarantined",
        "held",
        "not-reached",
    ];
    text.push_str(&table(
        words,
        &columns,
        summary.counts.iter().map(|(flow, c)| {
            let numbers = [
                c.read,
                c.created,
                c.adopted,
                c.updated,
                c.unchanged,
                c.filtered,
                c.waiting,
                c.conflict,
                c.quarantined,
                c.held,
                c.not_reached,
            ];
            std::iter::once(flow.to_string())
                .chain(numbers.iter().map(u64::to_string))
                .collect()
        }),
    ));
    if let Some((connection, fault)) = &summary.stopped {
        text.push_str(&stopped(connection.as_str(), fault, words));
    }
    let state = words.say(status_key(summary.status), &[]);
    let _ = writeln!(text, "{}: {state}", summary.flow);
    if summary.aside > 0 {
        let count = summary.aside.to_string();
        let _ = writeln!(
            text,
            "{}",
            words.say(
                "run-aside",
                &[("count", &count), ("flow", summary.flow.as_str())]
            )
        );
    }
    text
}

fn stopped(connection: &str, fault: &Fault, words: &Catalogue) -> String {
    // Where it was we who did not let a request out, our reason says what to do.
    let why = words.text(fault.denial().unwrap_or(&fault.message));
    let why = why.trim_end_matches('.');
    let mut text = format!(
        "{}\n",
        words.say("run-stopped", &[("connection", connection), ("why", why)])
    );
    if let Some(theirs) = fault
        .vendor_text
        .as_ref()
        .filter(|theirs| !theirs.trim().is_empty())
    {
        let _ = writeln!(text, "{}", indented(theirs));
    }
    // Who asks too much, or asks a system that is away, has nothing to set: it passes.
    let passes = matches!(fault.kind, FaultKind::Throttled | FaultKind::Unavailable);
    if fault.denial().is_none() {
        let next = match passes {
            true => "run-stopped-later",
            false => "run-stopped-check",
        };
        let _ = writeln!(text, "    {}", words.say(next, &[]));
    }
    text
}

pub fn status_key(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "status-running",
        RunStatus::Completed => "status-completed",
        RunStatus::CompletedWithProblems => "status-problems",
        RunStatus::Waiting => "status-waiting",
        RunStatus::Interrupted => "status-interrupted",
        RunStatus::Failed => "status-failed",
    }
}
