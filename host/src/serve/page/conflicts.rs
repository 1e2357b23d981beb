//! Conflicts: both sides changed, and a person chooses.

use jiff::Timestamp;
use maud::{Markup, html};

use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, Weight, badge, button, flow_choice, flow_title, further, nothing, post};
use super::path::url;
use super::time::moment;
use super::{Context, End, FlowKey, Scope};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conflicts {
    pub scope: Scope,
    pub rows: Vec<ConflictRow>,
    /// `after` of the next page, where there is one.
    pub more: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRow {
    pub key: FlowKey,
    /// The record of the left side, by which the conflict is known.
    pub record: String,
    pub title: String,
    pub message: String,
    pub since: Timestamp,
    pub left: End,
    pub right: End,
    pub fields: Vec<Disagreement>,
    pub choice: Choice,
    /// A side was chosen; the next run takes it.
    pub chosen: bool,
}

/// One field in which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub label: String,
    pub left: Value,
    pub right: Value,
    /// What both sides last agreed on, where it is known.
    pub base: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Not there at all, or null.
    Absent,
    Text(String),
}

/// What a person can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Nothing here: it is to be settled in one of the systems, then tried again.
    None,
    /// One side for the whole record.
    Side,
}

pub fn conflicts(c: &Context, view: &Conflicts) -> String {
    let frame = Frame {
        place: Place::Conflicts,
        title: &c.word("page-conflicts"),
        refresh: Refresh::Never,
    };
    let scope = view.scope.to_string();
    let content = html! {
        p.lead { (c.word("page-conflicts-lead")) }
        search {
            form.filter method="get" action="/conflicts" {
                (flow_choice(c, &view.scope, "flow"))
                button.plain type="submit" { (c.word("page-show")) }
            }
        }
        @if view.rows.is_empty() { (nothing(Mark::Good, &c.word("page-conflicts-empty"))) }
        @for row in &view.rows { (conflict(c, row)) }
        @if let Some(more) = &view.more {
            (further("/conflicts", &[("flow", &scope), ("after", more)], &c.word("page-more")))
        }
    };
    page(c, &frame, content)
}

fn conflict(c: &Context, row: &ConflictRow) -> Markup {
    let key = row.key.to_string();
    html! {
        article.card {
            h2 { (row.title) }
            p {
                (badge(Mark::Warning, &c.word("page-kind-conflict")))
                @if row.chosen { " " (badge(Mark::Running, &c.word("page-was-chosen"))) }
            }
            p.message { (row.message) }
            (choices(c, row, &key))
            p.quiet {
                (flow_title(c, &row.key)) " · " (c.word("page-since")) " " (moment(c, row.since)) " · "
                a href=(url("/links/one", &[("flow", &key), ("id", &row.record)])) { (c.word("page-see-link")) }
            }
        }
    }
}

fn choices(c: &Context, row: &ConflictRow, key: &str) -> Markup {
    let fields = [
        ("flow", key),
        ("record", row.record.as_str()),
        ("back", c.here),
    ];
    let open = !row.chosen;
    let side = |take: &str, end: &End| {
        html! {
            button.plain type="submit" name="take" value=(take) {
                (c.say("page-take", &[("system", &end.system)])) span.unseen { ": " (row.title) }
            }
        }
    };
    html! {
        @match row.choice {
            Choice::None => {
                (values(c, row))
                @if open {
                    (button(c, ("/quarantine/retry", "page-retry", Weight::Main), &row.title, &fields[..2]))
                }
            }
            Choice::Side => {
                (values(c, row))
                @if open {
                    (post(c, "/conflicts/choose", &fields, html! {
                        div.buttons { (side("left", &row.left)) (side("right", &row.right)) }
                    }))
                }
            }
        }
    }
}

/// Both sides, field by field.
fn values(c: &Context, row: &ConflictRow) -> Markup {
    if row.fields.is_empty() {
        return html! {};
    }
    let has_base = row.fields.iter().any(|field| field.base.is_some());
    let head = |end: &End| html! { (end.system) " " small { (end.entity) " " code { (end.id) } } };
    let about = c.say("page-sides-of", &[("title", &row.title)]);
    html! {
        table.sides.cards role="table" {
            caption.unseen { (about) }
            thead role="rowgroup" { tr role="row" {
                th scope="col" role="columnheader" { (c.word("page-field-name")) }
                th scope="col" role="columnheader" { (head(&row.left)) }
                th scope="col" role="columnheader" { (head(&row.right)) }
                @if has_base { th scope="col" role="columnheader" { (c.word("page-base")) } }
            } }
            tbody role="rowgroup" {
                @for field in &row.fields {
                    tr role="row" {
                        th scope="row" role="rowheader" { (field.label) }
                        (side(c, &row.left, &field.left))
                        (side(c, &row.right, &field.right))
                        @if has_base {
                            td.base role="cell" {
                                @if let Some(base) = &field.base {
                                    span.label aria-hidden="true" { (c.word("page-base")) }
                                    (value(c, base))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn side(c: &Context, end: &End, shown: &Value) -> Markup {
    html! {
        td role="cell" {
            span.label aria-hidden="true" { (end.system) }
            (value(c, shown))
        }
    }
}

fn value(c: &Context, value: &Value) -> Markup {
    html! {
        @match value {
            Value::Absent => span.quiet { (c.word("page-no-value")) },
            Value::Text(text) if text.is_empty() => span.quiet { (c.word("page-empty-value")) },
            Value::Text(text) => span.value { (text) },
        }
    }
}
