//! Which existing records of two systems are the same thing: the pure core of `liaison link match`.
//!
//! A person runs it before the first run of a flow, so that nothing that exists on both sides is
//! created a second time. The answer is for people to judge, so every pair says why it was proposed:
//!
//! 1. **Duplicates** within one side come first: records that share a natural key are to be cleaned up.
//! 2. A pair is **certain** when a natural key is the same, belongs to one record on either side, no
//!    other key of the two points elsewhere, and the names do not contradict it.
//! 3. A pair is **likely** when it is, by a clear margin of points, the best of both its records.
//! 4. What has no clear best is **ambiguous**: a group of records with every candidate pair in it.
//! 5. The rest is **unmatched**.
//!
//! Only records that share something (a key, a name, a telephone number, an e-mail address, a postal
//! code) are ever compared, so the work grows with the records and not with their product. What too many
//! records share is no witness; it is listed as **crowded**, and nothing is compared because of it.
//!
//! Invariant: a record is in at most one certain or likely pair.
//! Invariant: the order of the input changes nothing, and swapping the sides mirrors the report.
//! Invariant: no I/O, no clock, no chance and no words for people in here; reasons are data.
//! Invariant: nothing is linked here. A pair becomes a link when a person says so.
//!
//! Of the rest of the crate only the folding of letters is used here.

mod candidate;
mod census;
mod certain;
mod csv_cell;
mod csv_pair;
mod csv_read;
mod csv_write;
mod duplicate;
mod edge;
mod evidence;
mod likely;
mod name;
mod pair;
mod reason;
mod report;
mod side;

mod witness;

pub use candidate::{Candidate, Named};
pub use census::{CROWD_PAIRS_MAX, Crowd, Witness};
pub use csv_cell::push_cell;
pub use csv_pair::{PairRow, read_pairs, write_pairs};
pub use csv_read::{CsvProblem, Decision, Row, RowError, read_csv, unknown_records};
pub use csv_write::write_csv;
pub use duplicate::{Duplicate, Holder, Spelling};
pub use likely::{LIKELY_POINTS_MIN, MARGIN_POINTS_MIN};
pub use pair::pair;
pub use reason::{Percent, Points, Reason};
pub use report::{Ambiguity, Confidence, Pair, Report};
pub use side::{Side, Sides};

#[cfg(test)]
mod csv_tests;
#[cfg(test)]
mod figure_tests;
#[cfg(test)]
mod pair_tests;
#[cfg(test)]
mod property_tests;
