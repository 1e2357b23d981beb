//! The journal: what happened to which record, newest first, with search.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, flow_choice, flow_title, further, mark, nothing, search_field};
use super::path::url;
use super::time::exact;
use super::{Context, FlowKey, Scope};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Journal {
    pub scope: Scope,
    /// What was searched for, as typed.
    pub q: String,
    /// Only of this run, and only of this record.
    pub run: Option<String>,
    pub record: Option<String>,
    /// Newest first.
    pub events: Vec<EventRow>,
    /// `before` of the next page, where there is one.
    pub older: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub at: Timestamp,
    pub tenant: String,
    pub flow: Option<String>,
    pub run: Option<String>,
    pub record: Option<String>,
    /// As the journal keeps it: `created`, `quarantined` …
    pub kind: String,
    pub message: String,
}

pub fn journal(c: &Context, view: &Journal) -> String {
    let frame = Frame {
        place: Place::Journal,
        title: &c.word("page-journal"),
        refresh: Refresh::Never,
    };
    let scope = view.scope.to_string();
    let (run, record) = (view.run.as_deref(), view.record.as_deref());
    let content = html! {
        search {
            form.filter method="get" action="/journal" {
                (flow_choice(c, &view.scope, "flow"))
                (search_field("q", "q", &c.word("page-journal-search"), &view.q))
                @if let Some(run) = run { input type="hidden" name="run" value=(run); }
                @if let Some(record) = record { input type="hidden" name="record" value=(record); }
                button.main type="submit" { (c.word("page-search")) }
            }
        }
        @if run.is_some() || record.is_some() {
            p.narrowed {
                @if let Some(run) = run { (c.word("page-only-run")) " " code { (run) } " " }
                @if let Some(record) = record { (c.word("page-only-record")) " " code { (record) } " " }
                a href=(url("/journal", &[("flow", &scope), ("q", &view.q)])) { (c.word("page-show-all")) }
            }
        }
        @if view.events.is_empty() {
            (nothing(Mark::Quiet, &c.word("page-journal-empty")))
        } @else {
            (events(c, &view.events, About::Anything))
        }
        @if let Some(older) = &view.older {
            @let query = [
                ("flow", scope.as_str()), ("q", &view.q), ("run", run.unwrap_or_default()),
                ("record", record.unwrap_or_default()), ("before", older),
            ];
            (further("/journal", &query, &c.word("page-older")))
        }
    };
    page(c, &frame, content)
}

/// What a list of events is about: the history of one record does not name it on every line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Anything,
    OneRecord,
}

pub(super) fn events(c: &Context, rows: &[EventRow], about: About) -> Markup {
    let columns: &[&str] = match about {
        About::Anything => &[
            "page-when",
            "page-event",
            "page-flow",
            "page-record",
            "page-what",
        ],
        About::OneRecord => &["page-when", "page-event", "page-what"],
    };
    html! {
        table.events.cards role="table" {
            caption.unseen { (c.word("page-journal")) }
            thead role="rowgroup" {
                tr role="row" { @for key in columns { th scope="col" role="columnheader" { (c.word(key)) } } }
            }
            tbody role="rowgroup" { @for row in rows { (event(c, row, about)) } }
        }
    }
}

fn event(c: &Context, row: &EventRow, about: About) -> Markup {
    let (kind, name) = named(&row.kind);
    html! {
        tr role="row" {
            td.when role="cell" { (exact(c, row.at)) }
            td.kind role="cell" {
                span.badge.(kind.class()) {
                    (mark(kind))
                    span { @if let Some(name) = name { (c.word(name)) } @else { (row.kind) } }
                }
            }
            @if about == About::Anything { (of_what(c, row)) }
            td.message role="cell" { (row.message) }
        }
    }
}

fn of_what(c: &Context, row: &EventRow) -> Markup {
    let key = row
        .flow
        .as_ref()
        .map(|flow| FlowKey::new(&row.tenant, flow));
    let flow = key.as_ref().map(ToString::to_string).unwrap_or_default();
    html! {
        td.flow role="cell" {
            @match &key {
                Some(key) => (flow_title(c, key)),
                None => (c.tenant(&row.tenant)),
            }
        }
        td.record role="cell" {
            @if let Some(record) = &row.record {
                a href=(url("/journal", &[("flow", &flow), ("record", record)])) { (record) }
            }
        }
    }
}

/// The key of the word that the journal shows for a kind.
pub fn kind_word(kind: &str) -> Option<&'static str> {
    named(kind).1
}

/// The mark and the word of a kind; one that is not known here is shown as it is.
fn named(kind: &str) -> (Mark, Option<&'static str>) {
    let (mark, key) = match kind {
        "created" | "created-needed" => (Mark::Good, "page-event-created"),
        "adopted" => (Mark::Good, "page-event-adopted"),
        "updated" => (Mark::Good, "page-event-updated"),
        "written-back" => (Mark::Good, "page-event-written-back"),
        "recovered" => (Mark::Good, "page-event-recovered"),
        "retried" => (Mark::Waiting, "page-event-retried"),
        "waiting" => (Mark::Waiting, "page-event-waiting"),
        "quarantined" => (Mark::Warning, "page-event-quarantined"),
        "conflict" => (Mark::Warning, "page-event-conflict"),
        "overwritten" => (Mark::Warning, "page-event-overwritten"),
        "not-kept" => (Mark::Warning, "page-event-not-kept"),
        "image-deleted" => (Mark::Warning, "page-event-image-deleted"),
        "source-gone" => (Mark::Warning, "page-event-source-gone"),
        "report-failed" => (Mark::Bad, "page-event-report-failed"),
        "link-made" => (Mark::Good, "page-event-link-made"),
        "link-moved" => (Mark::Good, "page-event-link-moved"),
        "conflict-resolved" => (Mark::Good, "page-event-conflict-resolved"),
        "deleted" => (Mark::Warning, "page-event-deleted"),
        "files-wrong" => (Mark::Bad, "page-event-files-wrong"),
        "window-closed" => (Mark::Waiting, "page-event-window-closed"),
        "reset" => (Mark::Quiet, "page-event-reset"),
        "withdrawn" => (Mark::Quiet, "page-event-withdrawn"),
        "dropped" => (Mark::Quiet, "page-event-dropped"),
        "connector-installed" => (Mark::Good, "page-event-connector-installed"),
        "connector-upgraded" => (Mark::Good, "page-event-connector-upgraded"),
        "connector-rolled-back" => (Mark::Quiet, "page-event-connector-rolled-back"),
        "connector-withdrawn" => (Mark::Warning, "page-event-connector-withdrawn"),
        "connector-does-badly" => (Mark::Bad, "page-event-connector-does-badly"),
        "connector-removed" => (Mark::Quiet, "page-event-connector-removed"),
        "link-removed" => (Mark::Quiet, "page-event-link-removed"),
        _ => return (Mark::Quiet, None),
    };
    (mark, Some(key))
}
