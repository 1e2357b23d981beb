//! The occurrences of a schedule in real time.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cron::Cron;
use super::parse::Schedule;
use super::wall::first_moment;

impl Schedule {
    /// The first occurrence after `after`, never at it. `None`: the schedule has none ([`Schedule::Manual`]),
    /// or not within 40 years.
    ///
    /// For `every`, `after` is itself an occurrence. For `cron`, a fixed hour that clocks skip comes at the first
    /// moment after the gap, one that comes twice counts once. Where the hour field begins with `*` the
    /// minutes are meant: they come in every hour that there is, so the repeated hour has them again and the
    /// skipped one has none.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Every(seconds) => after.checked_add(interval(*seconds)).ok(),
            Self::Cron(cron) if cron.hours_open => every_hour(cron, after, zone),
            Self::Cron(cron) => time_of_day(cron, after, zone),
        }
    }

    /// The moment up to which a run that starts now serves the occurrences, `due` being the first of them.
    pub(super) fn served_by(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            // On the beat of the occurrences, or each late start would move all that follow.
            Self::Every(seconds) if due <= now => {
                let late_s = now.duration_since(due).as_secs();
                let beats_s = late_s - late_s % interval(*seconds).as_secs();
                due + SignedDuration::from_secs(beats_s)
            }
            Self::Manual | Self::Every(_) | Self::Cron(_) => now,
        }
    }
}

pub(super) fn interval(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn time_of_day(cron: &Cron, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut from = minute_after(zone.to_datetime(after))?;
    loop {
        let wall = cron.at_or_after(from)?;
        let moment = first_moment(zone, wall)?;
        if moment > after {
            return Some(moment);
        }
        from = minute_after(wall)?;
    }
}

/// Goes from one change of the zone's offset to the next, between which clocks run evenly.
fn every_hour(cron: &Cron, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let mut offset = zone.to_offset(after);
    let mut from = minute_after(offset.to_datetime(after))?;
    let mut changes = zone.following(after);
    loop {
        let moment = offset.to_timestamp(cron.at_or_after(from)?).ok()?;
        let Some(change) = changes.next().filter(|change| change.timestamp() <= moment) else {
            return Some(moment);
        };
        offset = change.offset();
        from = minute_from(offset.to_datetime(change.timestamp()))?;
    }
}

fn minute_after(wall: DateTime) -> Option<DateTime> {
    minute_of(wall)
        .checked_add(SignedDuration::from_mins(1))
        .ok()
}

fn minute_from(wall: DateTime) -> Option<DateTime> {
    match minute_of(wall) {
        whole if whole == wall => Some(whole),
        _ => minute_after(wall),
    }
}

fn minute_of(wall: DateTime) -> DateTime {
    wall.date().at(wall.hour(), wall.minute(), 0, 0)
}
