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
    } else if !writes(plan) {
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

/// Of records that are asked for by id, a plan also says why there is nothing to do.
fn writes(plan: &PlanReport) -> bool {
    let mut records = plan.records.iter();
    records.any(|record| record.action != PlannedAction::Nothing)
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
        let key = match summary.answers {
            true => "run-aside-answers",
            false => "run-aside",
        };
        let args = [("count", count.as_str()), ("flow", summary.flow.as_str())];
        let _ = writeln!(text, "{}", words.say(key, &args));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::engine::PlannedRecord;
    use crate::model::{FlowName, NativeId};

    #[test]
    fn a_plan_in_which_nothing_is_to_do_offers_no_run() {
        use PlannedAction::{Create, Nothing, Refuse};
        for (actions, offers) in [
            (vec![], false),
            (vec![Nothing], false),
            (vec![Nothing, Create], true),
            (vec![Refuse], true),
        ] {
            let flow = FlowName::parse("invoices").expect("a flow's name");
            let records = actions.iter().map(|action| PlannedRecord {
                flow: flow.clone(),
                id: NativeId::parse("1").expect("an id"),
                title: "A1".to_owned(),
                action: *action,
                target: None,
                fields: Vec::new(),
                message: None,
                then: Vec::new(),
            });
            let plan = PlanReport {
                hash: "0123456789abcdef".to_owned(),
                records: records.collect(),
                counts: BTreeMap::new(),
                options: " --record 1".to_owned(),
                stopped: None,
                flow,
            };
            let text = planned(&plan, &Catalogue::new("en"));
            let offered = text.contains("--plan 0123456789abcdef");
            let said = text.contains("Nothing to write.");
            assert_eq!((offered, said), (offers, !offers), "{actions:?}: {text}");
        }
    }

    #[test]
    fn who_is_refused_by_a_flow_that_answers_asks_again() {
        let text = |answers: bool, lang: &str| {
            let at = "2026-01-05T08:00:00Z";
            let summary = json!({"run": "R1", "flow": "lists", "status": "completed-with-problems", "started_at": at,
                "ended_at": at, "counts": {}, "outcomes": [], "aside": 2, "answers": answers, "stopped": null,
                "cut_short": false});
            let summary: RunSummary = serde_json::from_value(summary).expect("a summary");
            ran(&summary, &Catalogue::new(lang))
        };
        let words = "then ask again in the system";
        let shown = text(true, "en");
        assert!(
            shown.contains("aside: 2") && shown.contains(words),
            "{shown}"
        );
        assert!(text(true, "fr").contains("puis redemandez dans le système"));
        let other = text(false, "en");
        assert!(
            other.contains("After mending what is wrong") && !other.contains(words),
            "{other}"
        );
    }
}
