//! Answers and errors as text for people, and as JSON for programs; plans and runs in `run.rs`.

mod kit;
mod matches;
mod run;
mod service;
mod setup;
mod shipping;
mod tape;
pub mod vendor;

use std::fmt::Write;
use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::config::{Colour, Problem};
use crate::control::request::{CheckList, CheckReport, parked_word};
use crate::control::{Answer, ChaosReport, ControlError, Made};
use crate::engine::verify::DifferenceKind;
use crate::matching::push_cell;
use crate::model::run::{Parked, RunStatus};
use crate::model::{Fault, Level, Manifest, Side};

pub use run::notice;
use run::{planned, ran, status_key};

pub fn json(answer: &Answer) -> String {
    let value = serde_json::to_value(answer).unwrap_or(Value::Null);
    format!("{value:#}\n")
}

/// What the answer has for a file of who asks.
pub fn csv(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Matched(report) => Some(&report.csv),
        _ => None,
    }
}

pub fn error_json(error: &ControlError) -> String {
    let value = json!({ "error": error, "exit": error.exit_code() });
    format!("{value:#}\n")
}

pub fn init_json(home: &Path, made: Made) -> String {
    let value = json!({ "kind": "init", "answer": { "home": home, "made": made } });
    format!("{value:#}\n")
}

pub fn init(home: &Path, made: Made, words: &Catalogue) -> String {
    let path = home.display().to_string();
    let keys: &[&str] = match (made.installation, made.key, made.store) {
        (true, ..) => &["init-made"],
        (false, true, true) => &["init-key", "init-store"],
        (false, true, false) => &["init-key"],
        (false, false, true) => &["init-store"],
        (false, false, false) => &["init-there"],
    };
    let gone = made.store_gone.then_some("init-store-gone");
    let keys = match gone {
        Some(gone) if keys == ["init-there"] => vec![gone],
        gone => keys.iter().copied().chain(gone).collect(),
    };
    let lines = keys.iter().map(|key| words.say(key, &[("path", &path)]));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What a person agrees to who says yes to what this answer shows.
pub fn agree(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Offer(offer) if !offer.applied => Some(offer.sha256.clone()),
        _ => None,
    }
}

/// 4 when the run or check needs a person, 3 when the surroundings ended it.
pub fn exit_code(answer: &Answer) -> u8 {
    match answer {
        Answer::Run(summary) => match summary.status {
            RunStatus::Completed => 0,
            RunStatus::CompletedWithProblems | RunStatus::Waiting => 4,
            RunStatus::Interrupted | RunStatus::Running => 3,
            RunStatus::Failed => 1,
        },
        Answer::Replayed(report) if !report.is_same() => 4,
        Answer::Tested(report) if !report.has_passed() => 4,
        Answer::Chaos(report) if !report.findings.is_empty() => 1,
        Answer::Plan(plan) if plan.stopped.is_some() => 3,
        Answer::Check(report) if report.worst() == Some(Level::Error) => 4,
        Answer::Verify(summary) if !summary.differences.is_empty() => 4,
        Answer::FlowTests { reports, .. } if !reports.values().all(|report| report.passed()) => 4,
        Answer::StoreVerified(report) if !report.problems.is_empty() => 4,
        Answer::LinksImported { refused, .. } if !refused.is_empty() => 4,
        _ => 0,
    }
}

/// What failed, why, and what to do.
pub fn error(error: &ControlError, words: &Catalogue) -> String {
    let mut text = String::new();
    for problem in &error.problems {
        let _ = writeln!(text, "{}\n", shown(problem, words));
    }
    let _ = writeln!(
        text,
        "{} {}",
        words.say("label-error", &[]),
        words.text(&error.message)
    );
    for cause in &error.causes {
        let _ = writeln!(
            text,
            "  {} {}",
            words.say("label-cause", &[]),
            words.text(cause)
        );
    }
    if let Some(hint) = &error.hint {
        let _ = writeln!(
            text,
            "  {} {}",
            words.say("label-hint", &[]),
            words.text(hint)
        );
    }
    text
}

/// One table: what was tried, and what must be zero.
fn chaos(report: &ChaosReport, words: &Catalogue) -> String {
    let mut text = String::new();
    let number = |n: u64| n.to_string();
    let mut rows = vec![
        (words.say("chaos-rounds", &[]), number(report.rounds.into())),
        (words.say("chaos-calls", &[]), number(report.calls)),
        (words.say("chaos-runs", &[]), number(report.runs)),
        (words.say("chaos-kills", &[]), number(report.kills)),
    ];
    for (kind, times) in &report.faults {
        let kind = words.say(&format!("storm-{kind}"), &[]);
        rows.push((format!("  {kind}"), number(*times)));
    }
    for (what, times) in &report.found {
        rows.push((words.say(&format!("found-{what}"), &[]), number(*times)));
    }
    let aside = report.needs_person.len() as u64;
    rows.push((words.say("chaos-needs-person", &[]), number(aside)));
    for (name, value) in rows {
        let _ = writeln!(text, "{name:<44} {value:>6}");
    }
    for (flow, record, code) in &report.needs_person {
        let _ = writeln!(text, "  {flow} {record}: {code}");
    }
    for finding in &report.findings {
        let what = words.say(&format!("found-{}", finding.what), &[]);
        let _ = writeln!(text, "{what}: {}", words.text(&finding.message));
        let _ = writeln!(text, "  {}", finding.again);
    }
    text
}

/// A problem in a file, with line and caret.
fn shown(problem: &Problem, words: &Catalogue) -> String {
    problem.render_in(Colour::Plain, &|text| words.text(text))
}

pub fn text(answer: &Answer, words: &Catalogue) -> String {
    let say = |key: &str, args: &[(&str, &str)]| format!("{}\n", words.say(key, args));
    match answer {
        Answer::Connectors(rows) if rows.is_empty() => say("connectors-none", &[]),
        Answer::Connectors(rows) => shipping::listed(rows, words),
        Answer::Connector(inspected) => {
            let mut text = self::inspected(&inspected.manifest, words);
            text.push_str(&shipping::versions(inspected, words));
            text
        }
        Answer::Installed(row) => say(
            "connector-there",
            &[("name", &row.name), ("version", &row.version)],
        ),
        Answer::Offer(offer) => shipping::offered(offer, words),
        Answer::RolledBack { from, now } => say(
            "connector-rolled-back",
            &[
                ("name", &now.name),
                ("version", &now.version),
                ("from", from),
            ],
        ),
        Answer::Removed { name, versions } => say(
            "connector-removed",
            &[("name", name), ("versions", &versions.join(", "))],
        ),
        Answer::Versions(versions) => shipping::in_use(versions, words),
        Answer::Trusted(keys) => shipping::trusted(keys, words),
        Answer::Tapes(rows) => tape::listed(rows, words),
        Answer::TapeExported { file, masked } => tape::exported(file, *masked, words),
        Answer::Replayed(report) => tape::replayed(report, words),
        Answer::Tested(report) => kit::text(report, words),
        Answer::Check(report) => checked(report, words),
        Answer::CheckList(list) => rows(list),
        Answer::Setup(report) => setup::text(report, words),
        Answer::Flows(rows) => table(
            words,
            &[
                "tenant", "flow", "source", "target", "origin", "schedule", "enabled",
            ],
            rows.iter().map(|row| {
                let enabled = words.say(if row.enabled { "word-yes" } else { "word-no" }, &[]);
                vec![
                    row.tenant.to_string(),
                    row.flow.to_string(),
                    row.source.clone(),
                    row.target.clone(),
                    words.text(row.problem.as_ref().unwrap_or(&row.origin)),
                    row.schedule.clone(),
                    enabled,
                ]
            }),
        ),
        Answer::Packs(rows) => table(
            words,
            &["pack", "source", "target", "description"],
            rows.iter().map(|row| {
                vec![
                    row.name.clone(),
                    row.source.clone(),
                    row.target.clone(),
                    row.description.clone(),
                ]
            }),
        ),
        Answer::FlowsChecked { flows, warnings } => {
            let mut text: String = warnings
                .iter()
                .map(|warning| format!("{}\n\n", shown(warning, words)))
                .collect();
            text.push_str(&say("flows-right", &[("flows", &flows.to_string())]));
            text
        }
        Answer::FlowTests { reports, left_out } => {
            let mut text = flow_tests(reports, words);
            if !left_out.is_empty() {
                text.push_str(&say("tests-left-out", &[("flows", &left_out.join(", "))]));
            }
            text
        }
        Answer::FlowAdded { tenant, name, file } => say(
            "flow-added",
            &[
                ("tenant", tenant.as_str()),
                ("name", name.as_str()),
                ("file", file),
            ],
        ),
        Answer::Plan(plan) => planned(plan, words),
        Answer::Run(summary) => ran(summary, words),
        Answer::Chaos(report) => chaos(report, words),
        Answer::Verify(summary) => {
            let mut text = String::new();
            for found in &summary.differences {
                let field = found.field.as_deref().unwrap_or_default();
                let kind = match found.kind {
                    DifferenceKind::SourceGone => "verify-source-gone",
                    DifferenceKind::TargetGone => "verify-target-gone",
                    DifferenceKind::WriteBackMissing => "verify-write-back-missing",
                    DifferenceKind::FieldDiffers => "verify-field-differs",
                };
                let _ = writeln!(
                    text,
                    "{} ({} = {}): {} {field}",
                    found.title,
                    found.source,
                    found.target,
                    words.say(kind, &[])
                );
                if let (Some(source), Some(target)) = (&found.source_value, &found.target_value) {
                    let _ = writeln!(text, "    {} | {}", plain(source), plain(target));
                }
                let _ = writeln!(text, "    {}", words.text(&found.repair));
            }
            let (links, differences) = (
                summary.links.to_string(),
                summary.differences.len().to_string(),
            );
            text + say(
                "verified",
                &[("links", &links), ("differences", &differences)],
            )
            .as_str()
        }
        Answer::Status(rows) => table(
            words,
            &["tenant", "flow", "last-run", "state", "written", "aside"],
            rows.iter().map(|row| {
                let run = row.last_run.as_ref();
                let state = match (row.enabled, row.paused, run) {
                    (false, ..) => words.say("state-off", &[]),
                    (true, true, _) => words.say("state-paused", &[]),
                    (true, false, Some(run)) => words.say(status_key(run.status), &[]),
                    (true, false, None) => words.say("state-never", &[]),
                };
                let aside: Vec<String> = row
                    .parked
                    .iter()
                    .map(|(kind, count)| {
                        format!("{count} {}", words.say(&format!("count-{kind}"), &[]))
                    })
                    .collect();
                vec![
                    row.tenant.to_string(),
                    row.flow.to_string(),
                    run.map(|run| run.started_at.to_string())
                        .unwrap_or_default(),
                    state,
                    run.map(|run| run.counts.written().to_string())
                        .unwrap_or_default(),
                    aside.join(", "),
                ]
            }),
        ),
        Answer::Log(events) => events.iter().fold(String::new(), |mut text, event| {
            let flow = event.flow.as_ref().map(|flow| flow.as_str()).unwrap_or("-");
            let record = event
                .record
                .as_ref()
                .map(|record| record.as_str())
                .unwrap_or("-");
            let message = words.text(&event.message);
            let _ = writeln!(
                text,
                "{}  {flow}  {record}  {}  {message}",
                event.at, event.kind
            );
            text
        }),
        Answer::Quarantine(parked) if parked.is_empty() => say("quarantine-empty", &[]),
        Answer::Quarantine(parked) => parked
            .iter()
            .map(|record| one_parked(record, words))
            .collect(),
        Answer::Parked(parked) => {
            let mut text = one_parked(parked, words);
            for (key, value) in [
                ("parked-first", parked.first_at.to_string()),
                ("parked-last", parked.last_at.to_string()),
                ("parked-attempts", parked.attempts.to_string()),
            ] {
                let _ = writeln!(text, "    {}", words.say(key, &[("value", &value)]));
            }
            text
        }
        Answer::Retried { records } => say("retried", &[("records", &records.to_string())]),
        Answer::ConflictResolved { record, take } => {
            let key = match take {
                Side::Left => "conflict-took-source",
                Side::Right => "conflict-took-target",
            };
            say(key, &[("record", record.as_str())])
        }
        Answer::Dropped { record, marker } => {
            let mut text = say("dropped", &[("record", record.as_str())]);
            if let Some(marker) = marker {
                text.push_str(&say("dropped-marker", &[("marker", marker)]));
            }
            text
        }
        Answer::Links(links) => table(
            words,
            &["source", "target", "since"],
            links.iter().map(|link| {
                vec![
                    link.left.id.to_string(),
                    link.right.id.to_string(),
                    link.created_at.to_string(),
                ]
            }),
        ),
        Answer::Link { link, history } => {
            let mut text = format!("{}\n{} = {}\n", link.set, link.left.id, link.right.id);
            for event in history {
                let _ = writeln!(
                    text,
                    "  {}  {}  {}",
                    event.at,
                    event.kind,
                    words.text(&event.message)
                );
            }
            text
        }
        Answer::LinkAdded { source, target } => say(
            "link-added",
            &[("source", source.as_str()), ("target", target.as_str())],
        ),
        Answer::LinkRemoved { source, target } => say(
            "link-removed",
            &[("source", source.as_str()), ("target", target.as_str())],
        ),
        Answer::LinkUndone {
            linked,
            source,
            target,
        } => {
            let key = match linked {
                true => "link-undone-linked",
                false => "link-undone-parted",
            };
            say(
                key,
                &[("source", source.as_str()), ("target", target.as_str())],
            )
        }
        Answer::Matched(report) => matches::matched(report, words),
        Answer::LinkCsv { csv, .. } => csv.clone(),
        Answer::LinksImported {
            applied,
            new,
            same,
            refused,
            undecided,
        } => {
            let mut text: String = refused
                .iter()
                .map(|line| format!("{}\n", words.text(line)))
                .collect();
            let key = if *applied {
                "links-imported"
            } else {
                "links-not-imported"
            };
            let counts = (new.to_string(), same.to_string(), refused.len().to_string());
            let args = [
                ("new", &*counts.0),
                ("same", &*counts.1),
                ("refused", &*counts.2),
            ];
            text.push_str(&say(key, &args));
            if *undecided > 0 {
                let count = undecided.to_string();
                text.push_str(&say("links-undecided", &[("count", &count)]));
            }
            text
        }
        Answer::SecretKept {
            connection,
            name,
            short,
        } => {
            let args = [("connection", connection.as_str()), ("name", name.as_str())];
            let mut text = say("secret-kept", &args);
            if *short {
                text.push_str(&say("secret-short", &args));
            }
            text
        }
        Answer::Secrets(rows) => table(
            words,
            &["tenant", "connection", "name"],
            rows.iter().map(|row| {
                vec![
                    row.tenant.to_string(),
                    row.connection.to_string(),
                    row.name.clone(),
                ]
            }),
        ),
        Answer::SecretRemoved { existed: true } => say("secret-removed", &[]),
        Answer::SecretRemoved { existed: false } => say("secret-unknown", &[]),
        Answer::Switched {
            tenant,
            flow,
            paused,
            changed,
        } => {
            let key = match (paused, changed) {
                (true, true) => "switched-paused",
                (true, false) => "switched-paused-before",
                (false, true) => "switched-resumed",
                (false, false) => "switched-resumed-before",
            };
            say(key, &[("tenant", tenant.as_str()), ("flow", flow.as_str())])
        }
        Answer::Reset(report) => matches::reset(report, words),
        Answer::Service(report) => service::service(report, words),
        Answer::StoreVerified(report) => {
            let mut text: String = report
                .problems
                .iter()
                .map(|line| format!("{line}\n"))
                .collect();
            let (links, problems) = (report.links.to_string(), report.problems.len().to_string());
            text.push_str(&say(
                "store-verified",
                &[("links", &links), ("problems", &problems)],
            ));
            text
        }
        Answer::StoreWritten { file, .. } => say("store-written", &[("file", file)]),
        Answer::StoreRestored {
            counts,
            replaced_links,
            replaced_parked,
            kept_aside,
        } => {
            let links = counts.links.to_string();
            let mut text = say("store-restored", &[("links", &links)]);
            if let Some(replaced) = replaced_links.filter(|replaced| *replaced > counts.links) {
                let missing = (replaced - counts.links).to_string();
                text.push_str(&say("store-links-missing", &[("missing", &missing)]));
            }
            if let Some(replaced) = replaced_parked.filter(|replaced| *replaced > counts.parked) {
                let missing = (replaced - counts.parked).to_string();
                text.push_str(&say("store-aside-missing", &[("missing", &missing)]));
            }
            if let Some(path) = kept_aside {
                text.push_str(&say("store-kept-aside", &[("path", path)]));
            }
            text
        }
        Answer::StoreImported { applied, counts } => {
            let key = if *applied {
                "store-imported"
            } else {
                "store-import-right"
            };
            say(key, &[("links", &counts.links.to_string())])
        }
    }
}

fn table(words: &Catalogue, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(
        columns
            .iter()
            .map(|column| words.say(&format!("column-{column}"), &[])),
    );
    for row in rows {
        table.add_row(row);
    }
    table
        .to_string()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn inspected(manifest: &Manifest, words: &Catalogue) -> String {
    let mut text = format!(
        "{} {} — {} ({})\n",
        manifest.name,
        manifest.version,
        words.text(&manifest.title),
        manifest.vendor
    );
    let mut section = |key: &str, lines: Vec<String>| {
        let _ = writeln!(text, "{}", words.say(key, &[]));
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    };
    let hosts = manifest.hosts.iter();
    section(
        "inspect-hosts",
        hosts
            .map(|h| format!("{}  {}", h.pattern, words.text(&h.reason)))
            .collect(),
    );
    let secrets = manifest.secrets.iter();
    section(
        "inspect-secrets",
        secrets
            .map(|s| format!("{}  {}", s.name, words.text(&s.title)))
            .collect(),
    );
    let settings = manifest
        .settings
        .get("properties")
        .and_then(Value::as_object);
    let settings = settings.into_iter().flatten();
    let settings = settings.filter(|(_, schema)| !crate::connector::settings::is_filled_in(schema));
    let settings = settings.map(|(name, schema)| {
        format!(
            "{name}  {}",
            schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
        )
    });
    section("inspect-settings", settings.collect());
    let entities = manifest.entities.iter().map(|entity| {
        let fields = entity.schema.get("properties").and_then(Value::as_object);
        let names: Vec<&str> = fields
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        format!("{}  {}", entity.name, names.join(", "))
    });
    section("inspect-entities", entities.collect());
    text
}

/// As CSV, whose cells no spreadsheet runs.
fn rows(list: &CheckList) -> String {
    let mut text = String::new();
    for row in std::iter::once(&list.fields).chain(&list.rows) {
        for (nth, cell) in row.iter().enumerate() {
            if nth > 0 {
                text.push(',');
            }
            push_cell(&mut text, cell);
        }
        text.push('\n');
    }
    text
}

fn checked(report: &CheckReport, words: &Catalogue) -> String {
    let mut text = String::new();
    for place in &report.places {
        let _ = writeln!(text, "{} / {}", place.tenant, words.text(&place.place));
        if place.findings.is_empty() {
            let _ = writeln!(text, "  {}", words.say("check-fine", &[]));
        }
        for finding in &place.findings {
            let level = match finding.level {
                Level::Ok => "level-ok",
                Level::Warning => "level-warning",
                Level::Error => "level-error",
            };
            let message = words.text(&finding.message);
            let _ = writeln!(
                text,
                "  {} [{}] {message}",
                words.say(level, &[]),
                finding.code
            );
            for (key, words_of) in [("check-place", &finding.place), ("check-fix", &finding.fix)] {
                if let Some(said) = words_of {
                    let _ = writeln!(text, "      {}: {}", words.say(key, &[]), words.text(said));
                }
            }
        }
    }
    text
}

fn flow_tests(
    reports: &std::collections::BTreeMap<String, crate::mapping::TestReport>,
    words: &Catalogue,
) -> String {
    let mut text = String::new();
    for (flow, report) in reports {
        for test in &report.tests {
            let key = if test.differences.is_empty() {
                "test-passed"
            } else {
                "test-failed"
            };
            let _ = writeln!(text, "{flow} {}: {}", test.title, words.say(key, &[]));
            for difference in &test.differences {
                let _ = writeln!(text, "    {}", words.text(difference));
            }
        }
        let touched = report.rules.values().filter(|touched| **touched).count();
        let (touched, rules) = (touched.to_string(), report.rules.len().to_string());
        let args = [
            ("flow", flow.as_str()),
            ("touched", &*touched),
            ("rules", &*rules),
        ];
        let _ = writeln!(text, "{}", words.say("test-coverage", &args));
        for (rule, _) in report.rules.iter().filter(|(_, touched)| !**touched) {
            let _ = writeln!(
                text,
                "    {}",
                words.say("test-untouched", &[("rule", rule)])
            );
        }
    }
    text
}

fn one_parked(parked: &Parked, words: &Catalogue) -> String {
    let kind = words.say(&format!("count-{}", parked_word(parked.kind)), &[]);
    let mut text = format!(
        "{} {} {} [{}] {kind}\n    {}\n",
        parked.flow,
        parked.id,
        parked.title,
        parked.code,
        words.text(&parked.message)
    );
    if let Some(theirs) = parked
        .fault
        .as_ref()
        .and_then(|fault| fault.vendor_text.as_ref())
    {
        let _ = writeln!(text, "    {theirs}");
    }
    if let Some(marker) = parked
        .report
        .as_ref()
        .and_then(|report| report.marker.as_ref())
    {
        let _ = writeln!(
            text,
            "    {}",
            words.say("parked-report", &[("marker", marker)])
        );
    }
    if let Some(tape) = parked.fault.as_ref().and_then(Fault::tape) {
        let _ = writeln!(text, "    {}", words.say("parked-tape", &[("tape", tape)]));
    }
    for disputed in parked.dispute.iter().flat_map(|dispute| &dispute.fields) {
        let (source, target) = (plain(&disputed.source), plain(&disputed.target));
        let args = [
            ("field", disputed.field.as_str()),
            ("source", &*source),
            ("target", &*target),
        ];
        let _ = writeln!(text, "    {}", words.say("parked-disputed", &args));
    }
    if parked.retry {
        let _ = writeln!(text, "    {}", words.say("parked-retry", &[]));
    }
    text
}

/// Every line of a text, set in.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

/// A value without JSON's quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceText;
    use crate::config::installation::Installation;

    #[test]
    fn problems_of_a_file_are_told_in_the_language_of_the_installation() {
        let text = SourceText::new("liaison.toml", "langage = \"en\"\nlanguage = 7\n");
        let problems = Installation::read(&text).expect_err("two problems");
        let error = ControlError::problems(problems);
        let expected = "\
erreur[wrong-type]: `language` doit être un texte, et ceci est un nombre
 --> liaison.toml:2:12
  |
2 | language = 7
  |            ^

erreur[unknown-key]: le fichier n'a pas de clé `langage`
 --> liaison.toml:1:1
  |
1 | langage = \"en\"
  | ^^^^^^^
  |
  = conseil: vouliez-vous dire `language` ?

erreur : problèmes dans la configuration : 2
";
        assert_eq!(super::error(&error, &Catalogue::new("fr")), expected);
    }
}
