//! `after` and `before`: a span of time that a request asks about.

use super::envelope;
use super::refusal::Refusal;
use super::switches::WindowEnds;
use super::time;
use super::wire::Element;
use crate::simulator::NowMs;

pub struct Window {
    after: NowMs,
    before: NowMs,
    ends: WindowEnds,
}

impl Window {
    /// Reads the two from an element that may have `others` besides.
    pub fn read(element: &Element, others: &[&str], ends: WindowEnds) -> Result<Self, Refusal> {
        let known: Vec<&str> = ["after", "before"].iter().chain(others).copied().collect();
        envelope::only(element, &known)?;
        let moment = |name: &str| {
            let text = element.get(name).unwrap_or_default();
            time::asked(text.trim())
                .ok_or_else(|| Refusal::invalid(format!("{name} must be an ISO 8601 time in UTC")))
        };
        let (after, before) = (moment("after")?, moment("before")?);
        if after > before {
            return Err(Refusal::invalid("after is later than before"));
        }
        Ok(Self {
            after,
            before,
            ends,
        })
    }

    pub fn holds(&self, at: NowMs) -> bool {
        match self.ends {
            WindowEnds::HalfOpen => self.after <= at && at < self.before,
            WindowEnds::Inclusive => self.after <= at && at <= self.before,
            WindowEnds::Exclusive => self.after < at && at < self.before,
        }
    }
}
