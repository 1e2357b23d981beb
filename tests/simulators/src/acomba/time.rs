//! Acomba's clock: whole seconds, written in the office's own offset.
//!
//! The office is in Québec. The zone is a POSIX rule, so no zone database is read.

use std::str::FromStr;
use std::sync::OnceLock;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::simulator::NowMs;

/// A modification stamp: seconds since the Unix epoch. Equal stamps are ordinary.
pub type Stamp = i64;

fn office() -> &'static TimeZone {
    static OFFICE: OnceLock<TimeZone> = OnceLock::new();
    OFFICE.get_or_init(|| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a valid POSIX rule"))
}

pub fn stamp(now: NowMs) -> Stamp {
    now.div_euclid(1000)
}

fn local(stamp: Stamp) -> ZonedDateTime {
    Timestamp::from_second(stamp)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(office().clone())
}

/// `2026-03-05T14:00:00-05:00`
pub fn written(stamp: Stamp) -> String {
    local(stamp).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 3339 with an offset; a fraction of a second is cut off, as the stamps have none.
pub fn parse(text: &str) -> Option<Stamp> {
    Timestamp::from_str(text)
        .ok()
        .map(|at| at.as_millisecond().div_euclid(1000))
}

/// Today's date in the office.
pub fn today(now: NowMs) -> String {
    local(stamp(now)).strftime("%Y-%m-%d").to_string()
}

/// Seconds since midnight in the office.
pub fn second_of_day(now: NowMs) -> i64 {
    let local = local(stamp(now));
    i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}

/// `06:30` as seconds since midnight.
pub fn hour_and_minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
    ((0..=24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 3600 + minute * 60)
}
