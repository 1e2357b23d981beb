//! Sends one record or a chosen set at once, and shows what became of each.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, badge, flow_options, mark, post};
use super::path::url;
use super::time::{lasted, moment};
use super::{Context, Counts, FlowKey};
use crate::engine::Settled;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct SendRecords {
    pub flow: Option<FlowKey>,
    /// As typed.
    pub ids: String,
    /// How many at most.
    pub ids_max: u64,
    /// Why nothing was sent.
    pub problem: Option<String>,
    pub sent: Option<Sent>,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub run: String,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub counts: Counts,
    /// Why it stopped before the end.
    pub stopped: Option<String>,
    pub outcomes: Vec<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub record: String,
    pub title: String,
    pub settled: Settled,
    /// The record in the target, where it is known.
    pub target: Option<String>,
    pub message: Option<String>,
    pub vendor_text: Option<String>,
}

/// The ids of a form: one a line, or all on one line between commas or semicolons. Each once, in order.
pub fn read_ids(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    // A comma may be part of an id: where every id has its own line, it is.
    let parts: Vec<&str> = match lines.as_slice() {
        [one] => one.split([',', ';', '\t']).collect(),
        many => many.to_vec(),
    };
    let mut ids: Vec<String> = Vec::new();
    for id in parts.into_iter().map(str::trim).filter(|id| !id.is_empty()) {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

pub fn send(c: &Context, view: &SendRecords) -> String {
    let frame = Frame {
        place: Place::Send,
        title: &c.word("page-send-title"),
        refresh: Refresh::Never,
    };
    let content = html! {
        @if let Some(sent) = &view.sent { (outcome(c, view, sent)) }
        (form(c, view))
    };
    page(c, &frame, content)
}

fn form(c: &Context, view: &SendRecords) -> Markup {
    let chosen = view
        .flow
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let wrong = view.problem.is_some().then_some("ids-problem");
    let described = wrong.map_or("ids-help".to_owned(), |id| format!("ids-help {id}"));
    let inner = html! {
        div.field {
            label for="flow" { (c.word("page-flow")) }
            select id="flow" name="flow" required {
                @if chosen.is_empty() { option value="" { (c.word("page-choose-flow")) } }
                (flow_options(c, &chosen, false))
            }
        }
        div.field {
            label for="ids" { (c.word("page-ids")) }
            p.quiet id="ids-help" { (c.count("page-ids-help", view.ids_max)) }
            @if let Some(problem) = &view.problem {
                p.problem id="ids-problem" role="alert" { (mark(Mark::Bad)) " " (problem) }
            }
            textarea id="ids" name="ids" rows="6" required spellcheck="false" autocomplete="off"
                aria-describedby=(described) aria-invalid=[wrong.map(|_| "true")] { "\n" (view.ids) }
        }
        div.buttons { button.main type="submit" { (c.word("page-send-now")) } }
    };
    html! {
        @if view.sent.is_some() { h2 { (c.word("page-send-more")) } }
        @else { p.lead { (c.word("page-send-lead")) } }
        div.card.narrow { (post(c, "/send", &[], inner)) }
    }
}

fn outcome(c: &Context, view: &SendRecords, sent: &Sent) -> Markup {
    let flow = view
        .flow
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let columns = ["page-record", "page-result", "page-target", "page-what"];
    html! {
        section aria-labelledby="outcome" {
            h2 id="outcome" { (c.word("page-outcome")) }
            p {
                (sent.counts.words(c)) " · " (moment(c, sent.ended)) " · " (lasted(c, sent.started, sent.ended))
                " · " a href=(url("/journal", &[("flow", &flow), ("run", &sent.run)])) { (c.word("page-in-journal")) }
            }
            @if let Some(stopped) = &sent.stopped { p.problem { (mark(Mark::Bad)) " " (stopped) } }
            @if !sent.outcomes.is_empty() {
                table.outcomes.cards role="table" {
                    caption.unseen { (c.word("page-outcome")) }
                    thead role="rowgroup" {
                        tr role="row" { @for key in columns { th scope="col" role="columnheader" { (c.word(key)) } } }
                    }
                    tbody role="rowgroup" { @for row in &sent.outcomes { (record(c, row, &flow)) } }
                }
            }
        }
    }
}

fn record(c: &Context, row: &Outcome, flow: &str) -> Markup {
    let (kind, key) = settled(row.settled);
    let fields = [("flow", flow), ("record", row.record.as_str())];
    let aside = matches!(
        row.settled,
        Settled::Waiting | Settled::Quarantined | Settled::Held
    );
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                @if aside { a href=(url("/quarantine/record", &fields)) { (row.title) } } @else { (row.title) }
                @if row.title != row.record { " " code { (row.record) } }
            }
            td role="cell" { (badge(kind, &c.word(key))) }
            td role="cell" {
                @if let Some(target) = &row.target {
                    span.label aria-hidden="true" { (c.word("page-target")) }
                    a href=(url("/links", &[("flow", flow), ("id", target)])) { code { (target) } }
                }
            }
            td.message role="cell" {
                @if let Some(message) = &row.message { p { (message) } }
                @if let Some(theirs) = &row.vendor_text { blockquote.vendor { (theirs) } }
            }
        }
    }
}

fn settled(settled: Settled) -> (Mark, &'static str) {
    match settled {
        Settled::Created => (Mark::Good, "page-event-created"),
        Settled::Adopted => (Mark::Good, "page-event-adopted"),
        Settled::Updated => (Mark::Good, "page-event-updated"),
        Settled::Unchanged => (Mark::Good, "page-settled-unchanged"),
        Settled::Filtered => (Mark::Quiet, "page-settled-filtered"),
        Settled::Waiting => (Mark::Waiting, "page-kind-waiting"),
        Settled::Conflict => (Mark::Warning, "page-kind-conflict"),
        Settled::Quarantined => (Mark::Warning, "page-kind-quarantined"),
        Settled::Held => (Mark::Warning, "page-settled-held"),
    }
}
