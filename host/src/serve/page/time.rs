//! Moments and durations in words.

use jiff::{SignedDuration, Timestamp, ToSpan, ZonedDateTime};
use maud::{Markup, html};

use super::Context;

/// A moment in the page's zone: today, yesterday and tomorrow by name.
pub(super) fn moment(c: &Context, at: Timestamp) -> Markup {
    let there = at.to_zoned_datetime(c.zone.clone());
    element(&there, &words(c, &there))
}

/// A moment to the second, for a journal.
pub(super) fn exact(c: &Context, at: Timestamp) -> Markup {
    let there = at.to_zoned_datetime(c.zone.clone());
    element(&there, &there.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn element(there: &ZonedDateTime, words: &str) -> Markup {
    let machine = there.timestamp().to_string();
    let full = there.strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    html! { time datetime=(machine) title=(full) { (words) } }
}

fn words(c: &Context, there: &ZonedDateTime) -> String {
    let today = c.now.to_zoned_datetime(c.zone.clone()).date();
    let hour = there.hour();
    let hour = if c.is_french() {
        hour.to_string()
    } else {
        format!("{hour:02}")
    };
    let minute = format!("{:02}", there.minute());
    let time = c.say("page-time", &[("hour", &hour), ("minute", &minute)]);
    let key = if there.date() == today {
        "page-today"
    } else if Some(there.date()) == today.checked_sub(1.day()).ok() {
        "page-yesterday"
    } else if Some(there.date()) == today.checked_add(1.day()).ok() {
        "page-tomorrow"
    } else {
        let date = there.date().to_string();
        return c.say("page-date", &[("date", &date), ("time", &time)]);
    };
    c.say(key, &[("time", &time)])
}

/// As text, for a tooltip.
pub(super) fn moment_text(c: &Context, at: Timestamp) -> String {
    words(c, &at.to_zoned_datetime(c.zone.clone()))
}

/// The two biggest units.
pub(super) fn lasted(c: &Context, from: Timestamp, until: Timestamp) -> String {
    let seconds = until
        .duration_since(from)
        .max(SignedDuration::ZERO)
        .as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if seconds < 1 {
        return c.word("page-under-a-second");
    }
    let (s, m, h) = (seconds % 60, minutes % 60, hours);
    let (s, m, h) = (&*s.to_string(), &*m.to_string(), &*h.to_string());
    match (h, m, s) {
        ("0", "0", s) => c.say("page-seconds", &[("s", s)]),
        ("0", m, "0") => c.say("page-even-minutes", &[("m", m)]),
        ("0", m, s) => c.say("page-minutes", &[("m", m), ("s", s)]),
        (h, "0", _) => c.say("page-even-hours", &[("h", h)]),
        (h, m, _) => c.say("page-hours", &[("h", h), ("m", m)]),
    }
}
