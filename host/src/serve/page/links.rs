//! Links: which two records are the same thing, found by any id.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::journal::{About, events};
use super::parts::{Mark, badge, flow_choice, flow_title, further, nothing, search_field};
use super::path::url;
use super::time::moment;
use super::{Context, EventRow, FlowKey, Scope};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Links {
    pub scope: Scope,
    /// The id that was searched for, of either side.
    pub id: String,
    pub rows: Vec<LinkRow>,
    /// `after` of the next page, where there is one.
    pub more: Option<String>,
}

/// One end of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// What people call the connection: `Autotask`.
    pub system: String,
    pub entity: String,
    pub id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    Linked,
    Conflict,
    /// No longer the same thing; kept for its history.
    Parted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub key: FlowKey,
    pub left: End,
    pub right: End,
    pub state: LinkState,
    pub since: Timestamp,
    pub updated: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    Created,
    /// By which rule of identity.
    Recognised(String),
    Person,
    Import,
}

/// One link with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPage {
    pub row: LinkRow,
    pub cause: Cause,
    /// Grows with every deliberate re-create.
    pub generation: u32,
    /// Newest first.
    pub history: Vec<EventRow>,
}

pub fn links(c: &Context, view: &Links) -> String {
    let title = c.word("page-links");
    let scope = view.scope.to_string();
    let content = html! {
        p.lead { (c.word("page-links-lead")) }
        search {
            form.filter method="get" action="/links" {
                (flow_choice(c, &view.scope, "flow"))
                (search_field("id", "id", &c.word("page-links-search"), &view.id))
                button.main type="submit" { (c.word("page-search")) }
            }
        }
        @if view.rows.is_empty() {
            @let key = if view.id.is_empty() { "page-links-empty" } else { "page-nothing-found" };
            (nothing(Mark::Quiet, &c.word(key)))
        } @else { (table(c, &view.rows)) }
        @if let Some(more) = &view.more {
            (further("/links", &[("flow", &scope), ("id", &view.id), ("after", more)], &c.word("page-more")))
        }
    };
    page(c, &frame(&title), content)
}

fn frame(title: &str) -> Frame<'_> {
    Frame {
        place: Place::Links,
        title,
        refresh: Refresh::Never,
    }
}

fn table(c: &Context, rows: &[LinkRow]) -> Markup {
    let columns = [
        "page-one-side",
        "page-other-side",
        "page-flow",
        "page-state",
        "page-linked-since",
    ];
    html! {
        table.links.cards role="table" {
            caption.unseen { (c.word("page-links")) }
            thead role="rowgroup" {
                tr role="row" { @for key in columns { th scope="col" role="columnheader" { (c.word(key)) } } }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        th scope="row" role="rowheader" { a href=(one(row)) { (end(&row.left)) } }
                        td role="cell" { (end(&row.right)) }
                        td role="cell" { (flow_title(c, &row.key)) }
                        td role="cell" { (state(c, row.state)) }
                        td role="cell" {
                            span.label aria-hidden="true" { (c.word("page-linked-since")) }
                            (moment(c, row.since))
                        }
                    }
                }
            }
        }
    }
}

fn one(row: &LinkRow) -> String {
    url(
        "/links/one",
        &[("flow", &row.key.to_string()), ("id", &row.left.id)],
    )
}

fn end(end: &End) -> Markup {
    html! { (end.system) " · " (end.entity) " " code { (end.id) } }
}

fn state(c: &Context, state: LinkState) -> Markup {
    let (kind, key) = match state {
        LinkState::Linked => (Mark::Good, "page-link-linked"),
        LinkState::Conflict => (Mark::Warning, "page-link-conflict"),
        LinkState::Parted => (Mark::Quiet, "page-link-parted"),
    };
    badge(kind, &c.word(key))
}

pub fn link(c: &Context, view: &LinkPage) -> String {
    let row = &view.row;
    let key = row.key.to_string();
    let title = format!(
        "{} {} = {} {}",
        row.left.system, row.left.id, row.right.system, row.right.id
    );
    let cause = match &view.cause {
        Cause::Created => c.word("page-cause-created"),
        Cause::Recognised(rule) => c.say("page-cause-recognised", &[("rule", rule)]),
        Cause::Person => c.word("page-cause-person"),
        Cause::Import => c.word("page-cause-import"),
    };
    let content = html! {
        p.way-up { a href=(url("/links", &[("flow", &key)])) { (c.word("page-links")) } " › " (flow_title(c, &row.key)) }
        div.card {
            p { (state(c, row.state)) }
            dl.facts {
                div { dt { (row.left.system) } dd { (row.left.entity) " " code { (row.left.id) } } }
                div { dt { (row.right.system) } dd { (row.right.entity) " " code { (row.right.id) } } }
                div { dt { (c.word("page-cause")) } dd { (cause) } }
                div { dt { (c.word("page-linked-since")) } dd { (moment(c, row.since)) } }
                div { dt { (c.word("page-link-updated")) } dd { (moment(c, row.updated)) } }
                @if view.generation > 1 {
                    div { dt { (c.word("page-generation")) } dd { (view.generation) } }
                }
            }
            div.buttons {
                a.button href=(url("/send", &[("flow", &key), ("ids", &row.left.id)])) { (c.word("page-send-this")) }
            }
        }
        h2 { (c.word("page-history")) }
        @if view.history.is_empty() {
            (nothing(Mark::Quiet, &c.word("page-journal-empty")))
        } @else { (events(c, &view.history, About::OneRecord)) }
    };
    page(c, &frame(&title), content)
}
