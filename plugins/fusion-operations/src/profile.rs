//! How this company's API differs from the tables: other names, and its time zone.

use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Names that differ, and the company's distance from UTC.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    names: BTreeMap<String, String>,
    offset_minutes: Option<i64>,
}

impl Profile {
    /// From the setting `wire_names` and the company's offset.
    pub fn of(names: &Value, offset_minutes: Option<i64>) -> Self {
        let given = names.as_object().into_iter().flatten();
        let named = given.filter_map(|(key, name)| Some((key.clone(), name.as_str()?.to_owned())));
        Self {
            names: named.collect(),
            offset_minutes,
        }
    }

    /// What is named otherwise.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The vendor's name of a field.
    pub fn wire<'a>(&'a self, scope: &str, name: &str, usual: &'a str) -> &'a str {
        match self.names.is_empty() {
            true => usual,
            false => self.named(&format!("{scope}.{name}"), usual),
        }
    }

    /// The name that goes by this key.
    pub fn named<'a>(&'a self, key: &str, usual: &'a str) -> &'a str {
        self.names.get(key).map_or(usual, String::as_str)
    }

    /// Milliseconds since the epoch. Without a zone the company's own applies.
    pub fn instant_ms(&self, text: &str) -> Option<i64> {
        let ms = date::parse_instant(text)?;
        Some(match has_zone(text) {
            true => ms,
            false => ms - self.offset_minutes.unwrap_or(0) * 60_000,
        })
    }

    /// The day that an instant is in the company's zone.
    pub fn day(&self, text: &str) -> Option<String> {
        let ms = date::parse_instant(text)?;
        // The company's own time, or a midnight of UTC, which stands for the day itself.
        if !has_zone(text) || ms.rem_euclid(86_400_000) == 0 {
            return Some(date::day(ms));
        }
        let local = ms + self.offset_minutes.unwrap_or(0) * 60_000;
        // One hour before midnight to the second is midnight in summer.
        match local.rem_euclid(86_400_000) == 23 * 3_600_000 {
            true => Some(date::day(local + 3_600_000)),
            false => Some(date::day(local)),
        }
    }
}

/// Whether an instant says in which zone it is.
pub fn has_zone(text: &str) -> bool {
    text.trim()
        .get(10..)
        .is_some_and(|time| time.contains(['Z', 'z', '+', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_companys() {
        for (offset, text, day) in [
            (Some(-300), "2026-03-05", "2026-03-05"),
            (Some(-300), "2026-03-05T00:00:00", "2026-03-05"),
            (Some(-300), "2026-03-05T23:30:00", "2026-03-05"),
            (Some(-300), "2026-03-05T00:00:00Z", "2026-03-05"),
            (Some(-300), "2026-03-05T05:00:00Z", "2026-03-05"),
            (Some(-300), "2026-07-05T04:00:00Z", "2026-07-05"),
            (Some(-300), "2026-03-06T03:15:15Z", "2026-03-05"),
            (Some(60), "2026-03-04T23:00:00Z", "2026-03-05"),
            (None, "2017-04-25T22:15:15Z", "2017-04-25"),
        ] {
            let profile = Profile::of(&json!({}), offset);
            assert_eq!(profile.day(text).as_deref(), Some(day), "{offset:?} {text}");
        }
        assert_eq!(Profile::default().day("soon"), None);
    }

    #[test]
    fn only_what_is_named_otherwise_is() {
        let profile = Profile::of(&json!({"sales_order.date": "when"}), None);
        assert_eq!(profile.wire("sales_order", "date", "date"), "when");
        assert_eq!(profile.wire("shipment", "date", "date"), "date");
    }
}
