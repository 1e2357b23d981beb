//! What no primary source confirms, each in one place. See the reference for what is sure.

/// How long QuickBooks is taken to remember a message set and its answer. It is not documented; sets that were
/// answered are forgotten on purpose with the next one, and only unanswered ones are ever sent again.
pub const REMEMBERED_S: u32 = 7 * 86_400;

/// How far a walk over changes looks back behind the newest it has seen. QuickBooks filters by its computer's wall
/// clock, and the offset it tells is wrong for part of the year: an hour, and some minutes for slow clocks.
pub const OVERLAP_S: u32 = 3_900;
