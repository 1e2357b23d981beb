//! Records that stand aside: why, in the vendor's own words, and what a person can do.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::journal::{About, events};
use super::parts::{
    Mark, Weight, badge, button, flow_choice, flow_title, further, nothing, post, search_field,
};
use super::path::url;
use super::time::moment;
use super::{Context, EventRow, FlowKey, Scope};
use crate::model::run::ParkedKind;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quarantine {
    pub scope: Scope,
    pub q: String,
    /// A flow's records together.
    pub rows: Vec<ParkedRow>,
    /// `after` of the next page, where there is one.
    pub more: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRow {
    pub key: FlowKey,
    pub record: String,
    /// What people call it: `invoice 1205`.
    pub title: String,
    pub kind: ParkedKind,
    /// Stable and kebab-case.
    pub code: String,
    pub message: String,
    /// Who speaks in `vendor_text`, e.g. `Acomba`.
    pub vendor: String,
    pub vendor_text: Option<String>,
    pub vendor_code: Option<String>,
    pub field: Option<String>,
    /// What to do about it.
    pub advice: Option<String>,
    pub attempts: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    /// What the report left in the source, e.g. the number of a ticket.
    pub reported: Option<String>,
    /// People outside are still to be told.
    pub unreported: bool,
    /// The next run tries it again.
    pub retry: bool,
}

/// One record with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedPage {
    pub row: ParkedRow,
    /// Newest first.
    pub history: Vec<EventRow>,
}

/// The question before a record is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropParked {
    pub row: ParkedRow,
}

pub fn quarantine(c: &Context, view: &Quarantine) -> String {
    let title = c.word("page-quarantine");
    let scope = view.scope.to_string();
    let flows: Vec<&[ParkedRow]> = view.rows.chunk_by(|a, b| a.key == b.key).collect();
    let content = html! {
        p.lead { (c.word("page-quarantine-lead")) }
        search {
            form.filter method="get" action="/quarantine" {
                (flow_choice(c, &view.scope, "flow"))
                (search_field("q", "q", &c.word("page-quarantine-search"), &view.q))
                button.main type="submit" { (c.word("page-search")) }
            }
        }
        @if view.rows.is_empty() {
            @if view.q.is_empty() { (nothing(Mark::Good, &c.word("page-quarantine-empty"))) }
            @else { (nothing(Mark::Quiet, &c.word("page-nothing-found"))) }
        }
        @for rows in flows { (of_flow(c, rows)) }
        @if let Some(more) = &view.more {
            (further("/quarantine", &[("flow", &scope), ("q", &view.q), ("after", more)], &c.word("page-more")))
        }
    };
    page(c, &frame(&title), content)
}

fn frame(title: &str) -> Frame<'_> {
    Frame {
        place: Place::Quarantine,
        title,
        refresh: Refresh::Never,
    }
}

fn of_flow(c: &Context, rows: &[ParkedRow]) -> Markup {
    let Some(first) = rows.first() else {
        return html! {};
    };
    let key = first.key.to_string();
    html! {
        section {
            div.heading {
                h2 { (flow_title(c, &first.key)) }
                (button(c, ("/quarantine/retry", "page-retry-all", Weight::Plain), c.flow(&first.key), &[("flow", &key)]))
            }
            ul.plain-list {
                @for row in rows {
                    li { article.card {
                        h3 { a href=(url("/quarantine/record", &[("flow", &key), ("record", &row.record)])) { (row.title) } }
                        (told(c, row))
                        (act(c, row, &key))
                    } }
                }
            }
        }
    }
}

/// What is known of it.
fn told(c: &Context, row: &ParkedRow) -> Markup {
    let (kind, word) = match row.kind {
        ParkedKind::Quarantined => (Mark::Warning, "page-kind-quarantined"),
        ParkedKind::Waiting => (Mark::Waiting, "page-kind-waiting"),
        ParkedKind::Conflict => (Mark::Warning, "page-kind-conflict"),
    };
    html! {
        p {
            (badge(kind, &c.word(word)))
            @if row.retry { " " (badge(Mark::Running, &c.word("page-will-retry"))) }
        }
        p.message { (row.message) }
        @if let Some(theirs) = &row.vendor_text {
            figure.vendor {
                figcaption {
                    (c.say("page-vendor-says", &[("vendor", &row.vendor)]))
                    @if let Some(code) = &row.vendor_code { " " code { (code) } }
                }
                blockquote { (theirs) }
            }
        }
        @if let Some(advice) = &row.advice { p.advice { strong { (c.word("page-advice")) } " " (advice) } }
        p.quiet {
            (c.count("page-attempts", u64::from(row.attempts)))
            " · " (c.word("page-first")) " " (moment(c, row.first))
            " · " (c.word("page-last")) " " (moment(c, row.last))
            @if let Some(field) = &row.field { " · " (c.word("page-field")) " " code { (field) } }
            @if let Some(marker) = &row.reported { " · " (c.say("page-reported", &[("marker", marker)])) }
            @if row.unreported { " · " (c.word("page-unreported")) }
        }
    }
}

fn act(c: &Context, row: &ParkedRow, key: &str) -> Markup {
    let fields = [("flow", key), ("record", row.record.as_str())];
    html! {
        div.buttons {
            @if !row.retry {
                (button(c, ("/quarantine/retry", "page-retry", Weight::Main), &row.title, &fields))
            }
            a.button href=(url("/quarantine/drop", &fields)) {
                (c.word("page-drop")) span.unseen { ": " (row.title) }
            }
        }
    }
}

pub fn parked(c: &Context, view: &ParkedPage) -> String {
    let row = &view.row;
    let key = row.key.to_string();
    let content = html! {
        (way_up(c, &row.key))
        div.card { (told(c, row)) (act(c, row, &key)) }
        (facts(c, row))
        h2 { (c.word("page-history")) }
        @if view.history.is_empty() {
            (nothing(Mark::Quiet, &c.word("page-journal-empty")))
        } @else {
            (events(c, &view.history, About::OneRecord))
        }
    };
    page(c, &frame(&row.title), content)
}

fn way_up(c: &Context, key: &FlowKey) -> Markup {
    html! {
        p.way-up {
            a href=(url("/quarantine", &[("flow", &key.to_string())])) { (c.word("page-quarantine")) }
            " › " (flow_title(c, key))
        }
    }
}

fn facts(c: &Context, row: &ParkedRow) -> Markup {
    html! {
        dl.facts {
            div { dt { (c.word("page-record")) } dd { code { (row.record) } } }
            div { dt { (c.word("page-code")) } dd { code { (row.code) } } }
            div { dt { (c.word("page-flow")) } dd { code { (row.key) } } }
        }
    }
}

pub fn drop_parked(c: &Context, view: &DropParked) -> String {
    let row = &view.row;
    let key = row.key.to_string();
    let list = url("/quarantine", &[("flow", &key)]);
    let fields = [
        ("flow", key.as_str()),
        ("record", &row.record),
        ("back", &list),
    ];
    let content = html! {
        (way_up(c, &row.key))
        div.card {
            p.message { (c.say("page-drop-means", &[("title", &row.title)])) }
            @if let Some(marker) = &row.reported {
                p.message { (c.say("page-drop-marker", &[("marker", marker)])) }
            }
            div.buttons {
                (post(c, "/quarantine/drop", &fields, html! {
                    button.danger type="submit" { (c.word("page-drop-yes")) }
                }))
                a.button href=(list) { (c.word("page-cancel")) }
            }
        }
        (facts(c, row))
    };
    let title = c.say("page-drop-title", &[("title", &row.title)]);
    page(c, &frame(&title), content)
}
