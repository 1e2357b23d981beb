//! Figures for Prometheus: of each flow its last run and what stands aside.

use std::fmt::Write;
use std::sync::Arc;

use super::desk::{Desk, Unheard};
use crate::control::request::StatusRow;
use crate::control::timetable::FlowKey;
use crate::control::{Answer, ControlError, Request};

/// What a family says of one flow; none where there is nothing to say.
type Value = fn(&StatusRow) -> Option<f64>;

const FAMILIES: [(&str, &str, Value); 5] = [
    (
        "liaison_flow_last_run_timestamp_seconds",
        "When the newest run began.",
        |row| Some(row.last_run.as_ref()?.started_at.as_second() as f64),
    ),
    (
        "liaison_flow_last_success_timestamp_seconds",
        "When the newest run ended in which nothing needed a person.",
        |row| Some(row.last_success?.as_second() as f64),
    ),
    (
        "liaison_flow_last_run_duration_seconds",
        "How long the newest run took.",
        |row| {
            let run = row.last_run.as_ref()?;
            Some(run.ended_at?.duration_since(run.started_at).as_secs_f64())
        },
    ),
    (
        "liaison_flow_last_run_written_records",
        "Records created, linked or updated by the newest run.",
        |row| Some(row.last_run.as_ref()?.counts.written() as f64),
    ),
    (
        "liaison_flow_paused",
        "1 while a person holds the flow still.",
        |row| Some(f64::from(u8::from(row.paused))),
    ),
];

pub async fn text(desk: &Desk) -> Result<String, ControlError> {
    let request = Request::Status { tenant: None };
    let answer = desk.control.answer(request, Arc::new(Unheard)).await?;
    let Answer::Status(rows) = answer else {
        return Err(ControlError::bug(
            "a status was answered with something else",
        ));
    };
    let mut text = String::new();
    for (name, help, value) in FAMILIES {
        heading(&mut text, name, "gauge", help);
        for row in &rows {
            if let Some(value) = value(row) {
                let _ = writeln!(text, "{name}{{{}}} {value}", labels(row));
            }
        }
    }
    let name = "liaison_flow_aside_records";
    heading(
        &mut text,
        name,
        "gauge",
        "Records that stand aside, by kind.",
    );
    for row in &rows {
        for (kind, count) in &row.parked {
            let _ = writeln!(text, "{name}{{{},kind=\"{kind}\"}} {count}", labels(row));
        }
    }
    let name = "liaison_flow_runs_now";
    heading(&mut text, name, "gauge", "1 while the flow runs.");
    for key in desk.flows() {
        let _ = writeln!(
            text,
            "{name}{{tenant=\"{}\",flow=\"{}\"}} {}",
            key.tenant,
            key.flow,
            u8::from(desk.is_running(&key))
        );
    }
    let name = "liaison_flow_runs_total";
    let help = "Runs that have ended since the service began.";
    heading(&mut text, name, "counter", help);
    for (key, runs) in desk.runs() {
        let FlowKey { tenant, flow } = key;
        let _ = writeln!(text, "{name}{{tenant=\"{tenant}\",flow=\"{flow}\"}} {runs}");
    }
    let problems = desk.timetable.lock().await.problems();
    let name = "liaison_tenants_with_wrong_files";
    heading(
        &mut text,
        name,
        "gauge",
        "Tenants whose files are wrong as they are now.",
    );
    let _ = writeln!(text, "{name} {}", problems.len());
    Ok(text)
}

fn heading(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// Names of tenants and flows hold nothing that would have to be escaped.
fn labels(row: &StatusRow) -> String {
    format!("tenant=\"{}\",flow=\"{}\"", row.tenant, row.flow)
}
