//! The facts on which reports contradict each other, or that nobody has confirmed, as switches.
//!
//! A default is the documented or the stricter form; a connector must pass under every value.
//! Set by `{"do": "set", "switch": "missingId", "value": "null"}`.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::cell::Millis;

#[derive(Debug, Clone)]
pub struct Switches {
    /// `404` (empty body) or `null` (200 `{"item":null}`) for GET of an id nobody has.
    pub missing_id: Choice,
    /// `[]`, `absent` or `null`: `userDefinedFields` of a row without values.
    pub empty_udf: Choice,
    /// `text` or `int` in entityInformation.
    pub access_level: Choice,
    /// `null` or `""`: an invoice without number.
    pub empty_invoice_number: Choice,
    /// `accepted` or `ignored`: clearing `invoiceNumber` by PATCH.
    pub clear_number_by_patch: Choice,
    /// `[]` or `404`: userDefinedFields of an entity that has none.
    pub no_udf_fields: Choice,
    /// `405` or `404`: writing a child at its own root.
    pub child_verb_at_root: Choice,
    /// `keep`, `release` (invoiceID back to none) or `remove`: lines of a voided invoice.
    pub voided_items: Choice,
    /// `0` or `null`: `invoiceID` of an item on no invoice.
    pub uninvoiced_id: Choice,
    /// `auto`, `always` or `never`.
    pub date_millis: Choice,
    /// `401` or `500` for a user name nobody has.
    pub unknown_user: Choice,
    /// `on` or `off`: the delay above half the quota.
    pub latency: Choice,
    /// `on` or `off`: PATCH fails on a field that it does not touch.
    pub revalidate_untouched: Choice,
    /// `open` or `locked`: quotes of a closed opportunity. Nobody has reported the lock, so it is not the default.
    pub closed_quotes: Choice,
    /// `off` or `on`: a written quote item moves `lastActivityDate` of its quote.
    pub item_moves_quote: Choice,
    /// `on` or `off`: a quote item takes what it lacks from what it stands for.
    pub quote_item_fill: Choice,
    /// `absent` or `created`: the ProductVendors row of a product's default vendor.
    pub default_vendor_row: Choice,
    pub quota_status: u16,
    pub thread_status: u16,
    /// Calls of one lane at a time.
    pub thread_limit: u64,
    /// Calls in a rolling hour.
    pub request_limit: u64,
    /// Delay of every answer.
    pub answer_ms: u64,
    /// Seconds in `Retry-After` of a quota or thread refusal; 0 sends none.
    pub retry_after_s: u64,
    /// Where a date without time has its midnight.
    pub date_only_zone: Zone,
    /// Whose day a ticket number carries.
    pub ticket_day_zone: Zone,
}

/// One of a few words.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    value: &'static str,
    all: &'static [&'static str],
}

#[derive(Debug, Clone)]
pub struct Zone(pub TimeZone);

impl Default for Switches {
    fn default() -> Self {
        Self {
            missing_id: Choice::of(&["404", "null"]),
            empty_udf: Choice::of(&["[]", "absent", "null"]),
            access_level: Choice::of(&["text", "int"]),
            empty_invoice_number: Choice::of(&["null", "\"\""]),
            clear_number_by_patch: Choice::of(&["accepted", "ignored"]),
            no_udf_fields: Choice::of(&["[]", "404"]),
            child_verb_at_root: Choice::of(&["405", "404"]),
            voided_items: Choice::of(&["keep", "release", "remove"]),
            uninvoiced_id: Choice::of(&["0", "null"]),
            date_millis: Choice::of(&["auto", "always", "never"]),
            unknown_user: Choice::of(&["401", "500"]),
            latency: Choice::of(&["on", "off"]),
            revalidate_untouched: Choice::of(&["on", "off"]),
            closed_quotes: Choice::of(&["open", "locked"]),
            item_moves_quote: Choice::of(&["off", "on"]),
            quote_item_fill: Choice::of(&["on", "off"]),
            default_vendor_row: Choice::of(&["absent", "created"]),
            quota_status: 429,
            thread_status: 500,
            thread_limit: 3,
            request_limit: 10_000,
            answer_ms: 0,
            retry_after_s: 0,
            date_only_zone: Zone(TimeZone::UTC),
            ticket_day_zone: Zone(TimeZone::UTC),
        }
    }
}

impl Choice {
    /// The first word is the default.
    fn of(all: &'static [&'static str]) -> Self {
        Self { value: all[0], all }
    }

    pub fn is(self, word: &str) -> bool {
        debug_assert!(
            self.all.contains(&word),
            "`{word}` is no value of this switch"
        );
        self.value == word
    }
}

/// What every kind of switch can do; keeps the list of names in one place.
trait Switch {
    fn show(&self) -> Value;
    fn take(&mut self, value: &Value) -> Result<(), String>;
}

impl Switch for Choice {
    fn show(&self) -> Value {
        json!(self.value)
    }

    fn take(&mut self, value: &Value) -> Result<(), String> {
        // `null`, `404` and `[]` may be given as JSON, an empty text as itself, yes and no as truth.
        let word = match value {
            Value::Bool(true) => "on".to_owned(),
            Value::Bool(false) => "off".to_owned(),
            Value::String(text) if text.is_empty() => "\"\"".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let known = self.all.iter().find(|known| **known == word);
        self.value = known.ok_or_else(|| format!("takes one of {:?}", self.all))?;
        Ok(())
    }
}

impl Switch for u64 {
    fn show(&self) -> Value {
        json!(self)
    }

    fn take(&mut self, value: &Value) -> Result<(), String> {
        *self = value.as_u64().ok_or("takes a whole number")?;
        Ok(())
    }
}

impl Switch for u16 {
    fn show(&self) -> Value {
        json!(self)
    }

    fn take(&mut self, value: &Value) -> Result<(), String> {
        let status = value.as_u64().filter(|status| (400..600).contains(status));
        *self = u16::try_from(status.ok_or("takes a status of 400 to 599")?).expect("below 600");
        Ok(())
    }
}

impl Switch for Zone {
    fn show(&self) -> Value {
        json!(self.0.iana_name().unwrap_or("UTC"))
    }

    fn take(&mut self, value: &Value) -> Result<(), String> {
        let name = value.as_str().ok_or("takes the name of a zone")?;
        self.0 = TimeZone::get(name).map_err(|e| e.to_string())?;
        Ok(())
    }
}

impl Switches {
    pub fn millis(&self) -> Millis {
        match self.date_millis.value {
            "always" => Millis::Always,
            "never" => Millis::Never,
            _ => Millis::Auto,
        }
    }

    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = self.all();
        let names: Vec<_> = all.iter().map(|(known, _)| *known).collect();
        match all
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            Some((known, switch)) => switch
                .take(value)
                .map_err(|cause| format!("switch `{known}` {cause}")),
            None => Err(format!(
                "no switch `{name}`; there are {}",
                names.join(", ")
            )),
        }
    }

    pub fn show(&self) -> Value {
        self.clone()
            .all()
            .into_iter()
            .map(|(name, switch)| (name.to_owned(), switch.show()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    fn all(&mut self) -> [(&'static str, &mut dyn Switch); 25] {
        [
            ("missingId", &mut self.missing_id),
            ("emptyUdf", &mut self.empty_udf),
            ("accessLevel", &mut self.access_level),
            ("emptyInvoiceNumber", &mut self.empty_invoice_number),
            ("clearNumberByPatch", &mut self.clear_number_by_patch),
            ("noUdfFields", &mut self.no_udf_fields),
            ("childVerbAtRoot", &mut self.child_verb_at_root),
            ("voidedItems", &mut self.voided_items),
            ("uninvoicedId", &mut self.uninvoiced_id),
            ("dateMillis", &mut self.date_millis),
            ("unknownUser", &mut self.unknown_user),
            ("latency", &mut self.latency),
            ("revalidateUntouched", &mut self.revalidate_untouched),
            ("closedQuotes", &mut self.closed_quotes),
            ("itemMovesQuote", &mut self.item_moves_quote),
            ("quoteItemFill", &mut self.quote_item_fill),
            ("defaultVendorRow", &mut self.default_vendor_row),
            ("quotaStatus", &mut self.quota_status),
            ("threadStatus", &mut self.thread_status),
            ("threadLimit", &mut self.thread_limit),
            ("requestLimit", &mut self.request_limit),
            ("answerMs", &mut self.answer_ms),
            ("retryAfterS", &mut self.retry_after_s),
            ("dateOnlyZone", &mut self.date_only_zone),
            ("ticketDayZone", &mut self.ticket_day_zone),
        ]
    }
}
