//! The web page of `liaison serve`: plain structs in, HTML text out.
//!
//! One file a view. Every page works without JavaScript, carries no inline style or script, and is whole
//! under the policy in [`HEADERS`]. What came from a system is hostile text: `maud` escapes it by type, and
//! a test renders every view with hostile words in every field and compares the tags with harmless ones.
//!
//! Invariant: nothing here does I/O or reads a clock; of this crate only plain types are used. Times and the zone
//! to show them in come with the [`Context`]; words come from its `say` (keys `page-…`, `i18n/page.*.ftl`).
//! Invariant: nothing here decides. Whether a request may do something is the router's business.
//!
//! # Addresses
//!
//! A flow is named `TENANT/FLOW`; in a filter `TENANT/` means all of a tenant's and nothing means all. Names
//! and ids stand in the query or the form, never in the path: a record may be called `..` or `a/b`, and
//! browsers and proxies rewrite those. An empty value is as good as a missing one.
//!
//! | GET | query | view |
//! |---|---|---|
//! | `/` | `flow` | [`overview`] |
//! | `/journal` | `flow q run record before` | [`journal`] |
//! | `/quarantine` | `flow q after` | [`quarantine`] |
//! | `/quarantine/record` | `flow record` | [`parked`] |
//! | `/quarantine/drop` | `flow record` | [`drop_parked`], which asks first |
//! | `/conflicts` | `flow after` | [`conflicts`] |
//! | `/links` | `flow id after` | [`links`] |
//! | `/links/one` | `flow id` (the left side's) | [`link`] |
//! | `/send` | `flow ids` | [`send`] |
//! | `/connectors` | | [`connectors`] |
//! | `/login` | `next` | [`login`] |
//! | `/style.css`, `/icon.svg` | `v` | [`STYLE`], [`ICON`] |
//!
//! On every GET `lang=en|fr` chooses the language (the router keeps it, in a cookie `lang`), and `done=NAME`
//! shows [`Done::parse`]'s sentence.
//!
//! Every POST is a form (`application/x-www-form-urlencoded`) with `csrf`, and `back`: where to go
//! afterwards, which the router must pass through [`safe_path`] and mark with [`Done::at`].
//!
//! | POST | fields | answer |
//! |---|---|---|
//! | `/flows/run`, `/flows/pause`, `/flows/resume` | `flow` | 303 to `back`; [`Done::Run`], [`Done::Paused`], [`Done::Resumed`] |
//! | `/quarantine/retry` | `flow`, `record` (none: all of the flow) | 303; [`Done::Retry`] |
//! | `/quarantine/drop` | `flow record` | 303; [`Done::Dropped`] |
//! | `/conflicts/choose` | `flow record`, `take` = `left` or `right` | 303; [`Done::Chosen`] |
//! | `/send` | `flow ids` ([`read_ids`]) | 200, [`send`] with what became of them |
//! | `/login` | `token next` | 303 to `next`, or [`login`] again |
//! | `/logout` | | 303; [`Done::SignedOut`] |
//!
//! Anything that goes wrong is an [`error`] page with its [`Trouble`]'s status.

mod chart;
mod conflicts;
mod connectors;
mod context;
mod done;
mod error;
mod frame;
mod journal;
mod links;
mod login;
mod overview;
mod parts;
mod path;
mod quarantine;
mod run;
mod send;
mod time;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use conflicts::{Choice, ConflictRow, Conflicts, Disagreement, Value, conflicts};
pub use connectors::{ConnectorRow, ConnectorState, Connectors, Looked, connectors};
pub use context::{Aside, Context, FlowName, Notice, Session, Tenant, Tone};
pub use done::Done;
pub use error::{ErrorPage, Trouble, error};
pub use journal::{EventRow, Journal, journal, kind_word};
pub use links::{Cause, End, LinkPage, LinkRow, LinkState, Links, link, links};
pub use login::{Login, LoginProblem, login};
pub use overview::{FlowRow, Next, Overview, State, Switch, overview};
pub use path::{FlowKey, Scope, safe_path};
pub use quarantine::{
    DropParked, ParkedPage, ParkedRow, Quarantine, drop_parked, parked, quarantine,
};
pub use run::{Counts, RunBar, Status};
pub use send::{Outcome, SendRecords, Sent, read_ids, send};

/// Served at `/style.css`.
pub const STYLE: &str = include_str!("style.css");

/// Served at `/icon.svg` as `image/svg+xml`.
pub const ICON: &str = include_str!("icon.svg");

/// Of every answer that is a page. `same-origin`, because under `no-referrer` a browser sends the forms with
/// `Origin: null`, which no check of the origin could let through.
pub const HEADERS: [(&str, &str); 6] = [
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
];
