//! From a wall clock's reading to the moment it is read.
//!
//! When clocks go forward some readings never come: they stand for the first moment after the gap. When
//! clocks go back some come twice.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The first moment at which a clock of this zone reads `wall`, or has passed it. `None` beyond what
/// [`Timestamp`] can hold.
pub(super) fn first_moment(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let readings = zone.to_ambiguous_timestamp(wall);
    let earlier = readings.earlier().ok()?;
    match readings.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => Some(earlier),
        // The earlier of the two readings lies before the gap, so the gap is the next thing after it.
        AmbiguousOffset::Gap { .. } => zone.following(earlier).next().map(|gap| gap.timestamp()),
    }
}

/// The last moment at which a clock of this zone reads `wall`; for a reading in a gap the same as
/// [`first_moment`].
pub(super) fn last_moment(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let readings = zone.to_ambiguous_timestamp(wall);
    match readings.offset() {
        AmbiguousOffset::Fold { .. } => readings.later().ok(),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => {
            first_moment(zone, wall)
        }
    }
}
