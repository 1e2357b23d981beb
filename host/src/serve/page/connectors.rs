//! Connectors: their versions beside the host's, and what the configured source has that is newer.

use jiff::Timestamp;
use maud::{Markup, html};

use super::Context;
use super::frame::{Frame, Place, Refresh, page};
use super::parts::{Mark, badge, nothing};
use super::time::moment;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connectors {
    /// The newest contract that the host speaks.
    pub contract: String,
    pub rows: Vec<ConnectorRow>,
    pub looked: Looked,
}

/// Whether the configured source was asked what it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Looked {
    /// There is none, or it was not yet asked.
    #[default]
    Never,
    At(Timestamp),
    /// Why it could not be asked.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorRow {
    pub name: String,
    pub version: String,
    pub vendor: String,
    pub contract: String,
    pub state: ConnectorState,
    /// Whose key it was verified with.
    pub signer: Option<String>,
    /// Why it was withdrawn, or is not loaded.
    pub why: Option<String>,
    pub newer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorState {
    Current,
    OnTrial,
    Kept,
    Withdrawn,
    NotLoaded,
}

pub fn connectors(c: &Context, view: &Connectors) -> String {
    let frame = Frame {
        place: Place::Connectors,
        title: &c.word("page-connectors"),
        refresh: Refresh::Never,
    };
    let host = [("version", c.version), ("contract", view.contract.as_str())];
    let content = html! {
        p.lead { (c.say("page-connectors-lead", &host)) }
        @if view.rows.is_empty() {
            (nothing(Mark::Quiet, &c.word("page-connectors-empty")))
        } @else { (table(c, &view.rows)) }
        @match &view.looked {
            Looked::Never => {}
            Looked::At(at) => p { (c.word("page-connectors-looked")) " " (moment(c, *at)) }
            Looked::Failed(why) => p { (c.say("page-connectors-not-looked", &[("why", why)])) }
        }
    };
    page(c, &frame, content)
}

fn table(c: &Context, rows: &[ConnectorRow]) -> Markup {
    let columns = [
        "page-connector",
        "page-version",
        "page-state",
        "page-signer",
        "page-contract",
    ];
    html! {
        table.connectors.cards role="table" {
            caption.unseen { (c.word("page-connectors")) }
            thead role="rowgroup" {
                tr role="row" { @for key in columns { th scope="col" role="columnheader" { (c.word(key)) } } }
            }
            tbody role="rowgroup" { @for row in rows { (one(c, row)) } }
        }
    }
}

fn one(c: &Context, row: &ConnectorRow) -> Markup {
    let label = |key: &str| html! { span.label aria-hidden="true" { (c.word(key)) } };
    let signer = match &row.signer {
        Some(signer) => signer.clone(),
        None => c.word("page-unsigned"),
    };
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                (row.name)
                @if !row.vendor.is_empty() { div { small { (row.vendor) } } }
            }
            td role="cell" {
                (row.version)
                @if let Some(newer) = &row.newer {
                    div { small { (c.say("page-newer", &[("newer", newer)])) } }
                }
            }
            td role="cell" {
                (state(c, row.state))
                @if let Some(why) = &row.why { div { small { (why) } } }
            }
            td role="cell" { (label("page-signer")) (signer) }
            td role="cell" { (label("page-contract")) (row.contract) }
        }
    }
}

fn state(c: &Context, state: ConnectorState) -> Markup {
    let (kind, key) = match state {
        ConnectorState::Current => (Mark::Good, "page-connector-current"),
        ConnectorState::OnTrial => (Mark::Running, "page-connector-trial"),
        ConnectorState::Kept => (Mark::Quiet, "page-connector-kept"),
        ConnectorState::Withdrawn => (Mark::Warning, "page-connector-withdrawn"),
        ConnectorState::NotLoaded => (Mark::Bad, "page-connector-refused"),
    };
    badge(kind, &c.word(key))
}
