//! The files of an installation, read into checked values.
//!
//! Every value keeps its place in its file, and every problem of a file is found at once.
//!
//! Invariant: no file is opened here. Callers bring the text; so the same code serves files, embedded
//! packs and tests.
//! Invariant: nothing here knows a connector's schema; that is `mapping`'s check.

pub mod flow;
mod flow_reader;
pub mod installation;
pub mod packs;
pub mod problem;
pub mod reader;
mod rule_reader;
mod schedule_reader;
pub mod source;
pub mod tenant;
mod two_way_reader;

pub use problem::{Colour, Problem, Severity};
pub use source::{At, SourceText, Span};
