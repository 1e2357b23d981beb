//! The first page: a row for each flow and direction, and whether anything needs a person.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, Weight, aside, badge, button, flow_choice, mark, nothing};
use super::path::url;
use super::time::{lasted, moment};
use super::{Aside, Context, Counts, FlowKey, RunBar, Scope, Status, chart};

/// How often the page loads itself again while something runs.
const REFRESH_S: u32 = 5;

#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub scope: Scope,
    /// In the order to show them, a tenant's flows together.
    pub flows: Vec<FlowRow>,
}

/// One direction of one flow.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    /// The flow that buttons and links are about; the same for both directions.
    pub key: FlowKey,
    pub title: String,
    /// The ends of this direction, e.g. `Autotask · invoice`.
    pub from: String,
    pub to: String,
    pub state: State,
    pub switch: Switch,
    pub next: Next,
    /// As a person would say it, e.g. `every 15 minutes`.
    pub schedule: String,
    pub last_success: Option<Timestamp>,
    /// Oldest first.
    pub runs: Vec<RunBar>,
    pub aside: Aside,
}

#[derive(Debug, Clone, PartialEq)]
pub enum State {
    NeverRan,
    Running {
        since: Timestamp,
        counts: Counts,
        /// What it waits for, when it waits.
        waits: Option<String>,
    },
    Ended {
        run: String,
        status: Status,
        started: Timestamp,
        ended: Timestamp,
        counts: Counts,
        /// Why it was interrupted or failed.
        why: Option<String>,
        /// The vendor's own words to that.
        vendor_text: Option<String>,
    },
    /// It began, and the process was killed under it.
    Crashed {
        since: Timestamp,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Paused {
        since: Option<Timestamp>,
    },
    /// In the tenant's file: no button here can change it.
    Off,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Only when a person asks.
    Manual,
    At(Timestamp),
    /// After a run that did not go through.
    RetryAt(Timestamp),
    /// Due now; it waits for its turn, and may say for what.
    Queued {
        waits: Option<String>,
    },
    /// Due now; its window opens then.
    WindowOpens(Timestamp),
    /// Its window never opens.
    Shut,
}

pub fn overview(c: &Context, view: &Overview) -> String {
    let moving = view.flows.iter().any(|row| {
        matches!(row.state, State::Running { .. }) || matches!(row.next, Next::Queued { .. })
    });
    let frame = Frame {
        place: Place::Overview,
        title: &c.word("page-overview"),
        refresh: if moving {
            Refresh::Seconds(REFRESH_S)
        } else {
            Refresh::Never
        },
    };
    let tenants: Vec<&[FlowRow]> = view
        .flows
        .chunk_by(|a, b| a.key.tenant == b.key.tenant)
        .collect();
    let content = html! {
        (summary(c, &view.flows))
        @if c.tenants.len() > 1 {
            form.filter method="get" action="/" {
                (flow_choice(c, &view.scope, "scope"))
                button.plain type="submit" { (c.word("page-show")) }
            }
        }
        @for rows in tenants {
            (tenant(c, rows))
        }
        @if moving { p.quiet { (c.word("page-refreshes")) } }
    };
    page(c, &frame, content)
}

/// Whether all is well, in one sentence.
fn summary(c: &Context, rows: &[FlowRow]) -> Markup {
    if rows.is_empty() {
        return nothing(Mark::Quiet, &c.word("page-no-flows"));
    }
    // Both directions of a flow show what stands aside in their own.
    let people: u64 = rows
        .iter()
        .map(|row| row.aside.quarantined + row.aside.conflicts)
        .sum();
    let ended = |wanted: Status| {
        let of =
            |row: &&FlowRow| matches!(&row.state, State::Ended { status, .. } if *status == wanted);
        rows.iter().filter(of).count() as u64
    };
    let crashed = rows
        .iter()
        .filter(|row| matches!(row.state, State::Crashed { .. }))
        .count() as u64;
    let (failed, interrupted) = (ended(Status::Failed), ended(Status::Interrupted) + crashed);
    // Of a flow that has never run nobody knows whether its sides agree.
    let unknown = rows
        .iter()
        .filter(|row| row.switch != Switch::Off && matches!(row.state, State::NeverRan))
        .count() as u64;
    let lines = [
        (Mark::Bad, "page-all-failed", failed),
        (Mark::Stopped, "page-all-interrupted", interrupted),
        (Mark::Warning, "page-all-people", people),
        (Mark::Quiet, "page-all-unknown", unknown),
    ];
    html! {
        div.summary {
            @if failed + interrupted + people + unknown == 0 {
                p.good { (mark(Mark::Good)) " " (c.word("page-all-well")) }
            }
            @for (kind, key, n) in lines.into_iter().filter(|(_, _, n)| *n > 0) {
                p.(kind.class()) { (mark(kind)) " " (c.count(key, n)) }
            }
        }
    }
}

fn tenant(c: &Context, rows: &[FlowRow]) -> Markup {
    let title = rows
        .first()
        .map(|row| c.tenant(&row.key.tenant))
        .unwrap_or_default();
    let columns = [
        "page-flow",
        "page-state",
        "page-last-runs",
        "page-next-run",
        "page-actions",
    ];
    html! {
        section {
            h2 { (title) }
            // The roles are said again, because a table that is shown as cards on a phone loses its own.
            table.flows.cards role="table" {
                caption.unseen { (c.say("page-flows-of", &[("tenant", title)])) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for key in columns { th scope="col" role="columnheader" { (c.word(key)) } }
                    }
                }
                tbody role="rowgroup" { @for row in rows { (flow(c, row)) } }
            }
        }
    }
}

fn flow(c: &Context, row: &FlowRow) -> Markup {
    let key = row.key.to_string();
    let about = c.say("page-from-to", &[("from", &row.from), ("to", &row.to)]);
    html! {
        tr role="row" {
            th.name scope="row" role="rowheader" {
                a href=(url("/journal", &[("flow", &key)])) { (row.title) }
                p.ends {
                    span { (row.from) } " "
                    span { span aria-hidden="true" { "→ " } span.unseen { (c.word("page-to")) " " } (row.to) }
                }
            }
            td.state role="cell" {
                @match row.switch {
                    Switch::On => {}
                    Switch::Paused { since } => {
                        p { (badge(Mark::Stopped, &c.word("page-paused"))) }
                        @if let Some(since) = since { p.quiet { (c.word("page-since")) " " (moment(c, since)) } }
                    }
                    Switch::Off => p { (badge(Mark::Quiet, &c.word("page-off"))) }
                }
                (state(c, row))
                (aside(c, &row.key, row.aside))
            }
            td.runs role="cell" {
                span.label aria-hidden="true" { (c.word("page-last-runs")) }
                (chart::runs(c, &row.runs))
            }
            td.next role="cell" {
                span.label aria-hidden="true" { (c.word("page-next-run")) }
                div {
                    p { (next(c, row)) }
                    p.quiet { (row.schedule) }
                }
            }
            td.actions role="cell" { (actions(c, row, &key, &about)) }
        }
    }
}

fn state(c: &Context, row: &FlowRow) -> Markup {
    html! {
        @match &row.state {
            State::NeverRan => p { (badge(Mark::Quiet, &c.word("page-never-ran"))) }
            State::Running { since, counts, waits } => {
                p { (badge(Mark::Running, &c.word("page-running"))) }
                p { (c.say("page-running-for", &[("long", &lasted(c, *since, c.now))])) " · " (c.count("page-n-read", counts.read)) }
                @if counts.read > 0 { p { (counts.words(c)) } }
                @if let Some(waits) = waits { p.why { (waits) } }
            }
            State::Ended { run, status, started, ended, counts, why, vendor_text } => {
                p { (badge(status.mark(), &c.word(status.key()))) }
                p {
                    a href=(url("/journal", &[("flow", &row.key.to_string()), ("run", run)])) { (moment(c, *ended)) }
                    " · " (lasted(c, *started, *ended))
                }
                @if counts.read > 0 || *status == Status::Completed { p { (counts.words(c)) } }
                @if let Some(why) = why { p.why { (why) } }
                @if let Some(theirs) = vendor_text { blockquote.vendor { (theirs) } }
                @if *status != Status::Completed { (last_success(c, row)) }
            }
            State::Crashed { since } => {
                p { (badge(Mark::Stopped, &c.word("page-crashed"))) }
                p { (c.word("page-began")) " " (moment(c, *since)) }
                (last_success(c, row))
            }
        }
    }
}

fn last_success(c: &Context, row: &FlowRow) -> Markup {
    html! {
        @if let Some(at) = row.last_success {
            p.quiet { (c.word("page-last-success")) " " (moment(c, at)) }
        }
    }
}

fn next(c: &Context, row: &FlowRow) -> Markup {
    html! {
        @match (&row.switch, &row.next) {
            (Switch::Off, _) => (c.word("page-next-none")),
            (Switch::Paused { .. }, Next::Queued { .. }) => (c.word("page-next-queued")),
            (Switch::Paused { .. }, _) => (c.word("page-next-paused")),
            (Switch::On, Next::Manual) => (c.word("page-next-manual")),
            (Switch::On, Next::At(at)) => (moment(c, *at)),
            (Switch::On, Next::RetryAt(at)) => { (c.word("page-next-retry")) " " (moment(c, *at)) },
            (Switch::On, Next::Queued { waits: None }) => (c.word("page-next-queued")),
            (Switch::On, Next::Queued { waits: Some(what) }) => (what),
            (Switch::On, Next::WindowOpens(at)) => { (c.word("page-next-window")) " " (moment(c, *at)) },
            (Switch::On, Next::Shut) => (c.word("page-next-shut")),
        }
    }
}

fn actions(c: &Context, row: &FlowRow, key: &str, about: &str) -> Markup {
    let fields = [("flow", key)];
    let running = matches!(row.state, State::Running { .. });
    let about = format!("{}, {about}", row.title);
    html! {
        div.buttons {
            @if row.switch != Switch::Off {
                @if !running && !matches!(row.next, Next::Queued { .. }) {
                    (button(c, ("/flows/run", "page-run-now", Weight::Main), &about, &fields))
                }
                @if row.switch == Switch::On {
                    (button(c, ("/flows/pause", "page-pause", Weight::Plain), &about, &fields))
                } @else {
                    (button(c, ("/flows/resume", "page-resume", Weight::Plain), &about, &fields))
                }
            }
        }
    }
}
