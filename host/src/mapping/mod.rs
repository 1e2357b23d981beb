//! The pure part of a flow: a record of one system in, a record of the other out.
//!
//! A flow file is compiled once against both connectors' schemas; what the check accepts is what runs,
//! for both are this code. What a record needs from outside (links, other records) is asked for as
//! data ([`Need`]) and given as data ([`Facts`]), so that the engine can fetch for a whole page at once.
//!
//! Invariant: no I/O, no clock, no randomness. Same record, facts and run in, same result out.

#[cfg(test)]
mod bad_file_tests;
pub mod canonical;
mod cell;
mod check;
mod compile;
mod compile_lines;
mod compile_lookup;
mod compile_order;
mod compile_outer;
mod compile_path;
mod compile_rule;
mod context;
mod decimal;
mod depends;
mod evaluate;
mod evaluate_lines;
mod evaluate_lookup;
#[cfg(test)]
mod evaluate_tests;
mod expression;
mod expression_check;
mod facts;
mod filter;
mod flow;
#[cfg(test)]
mod lines_tests;
#[cfg(test)]
mod lookup_tests;
#[cfg(test)]
mod nested_tests;
mod option_names;
mod path;
mod refuse;
mod rejection;
mod rule;
mod schema;
#[cfg(test)]
mod shipped_tests;
mod template;
pub mod test_file;
pub mod test_run;
#[cfg(test)]
mod test_run_tests;
mod two_way;

pub use canonical::fingerprint;
pub use check::{CheckRule, EachRule};
pub use compile::{Binding, FlowEnds, check_cycles, compile};
pub use facts::{Facts, LinkAnswer, Need, Wanted};
pub use flow::{
    End, FindWhen, Flow, FlowSide, Gone, Identity, Likeness, Mapped, ReportRule, RunInfo,
};
pub use rejection::Rejection;
pub use test_run::{TestReport, run_tests};
pub use two_way::{Conflict, Group, TwoWay, compile_two_way};

/// The languages of the product; every text of a flow exists in each.
pub const LANGUAGES: [&str; 2] = ["en", "fr"];
