//! Opportunities: their amounts by period, and what makes one invalid.

use std::collections::HashSet;

use super::super::Autotask;
use super::super::cell::{Cell, day};
use super::super::field;
use super::super::schema::FieldId;
use super::super::table::Row;
use super::{amount, int};

const ENTITY: &str = "Opportunities";
/// What the field names begin with, how the picklists call it, and its months; one-time has none.
pub(super) const PERIODS: [(&str, &str, i64); 5] = [
    ("onetime", "One-Time", 0),
    ("monthly", "Monthly", 1),
    ("quarterly", "Quarterly", 3),
    ("semiannual", "Semi-Annual", 6),
    ("yearly", "Yearly", 12),
];
const TOTAL_MONTHS_DEFAULT: i64 = 12;

/// Revenue and cost of each of [`PERIODS`].
pub(super) type Totals = [(i64, i64); 5];

impl Autotask {
    pub(super) fn complete_opportunity(&self, row: &mut Row, given: &HashSet<FieldId>) {
        if row.get(field(ENTITY, "revenueSpreadUnit")).is_empty() {
            row.set(field(ENTITY, "revenueSpread"), Cell::Null);
        }
        let by_period = PERIODS.iter().any(|(period, ..)| {
            ["Revenue", "Cost"]
                .iter()
                .any(|side| given.contains(&field(ENTITY, &format!("{period}{side}"))))
        });
        if by_period {
            total(row);
        }
    }

    /// Lets the primary quote drive the amounts, where the opportunity says that it does.
    pub(super) fn total_opportunity(&mut self, id: i64) {
        let Some(row) = self.table(ENTITY).get(id) else {
            return;
        };
        if !row.get(field(ENTITY, "useQuoteTotals")).is_true() {
            return;
        }
        let Some(totals) = self.primary_quote_totals(id) else {
            return;
        };
        let mut row = row.clone();
        for ((period, ..), (revenue, cost)) in PERIODS.iter().zip(totals) {
            for (side, sum) in [("Revenue", revenue), ("Cost", cost)] {
                row.set(field(ENTITY, &format!("{period}{side}")), Cell::Amount(sum));
            }
        }
        total(&mut row);
        self.table_mut(ENTITY).put(row);
    }

    pub(super) fn broken_opportunity_rules(&self, row: &Row) -> Vec<String> {
        let get = |name: &str| row.get(field(ENTITY, name));
        let mut errors = Vec::new();
        if let (Cell::Time(close), Cell::Time(created)) =
            (get("projectedCloseDate"), get("createDate"))
        {
            let zone = &self.switches.date_only_zone.0;
            // Either may be a day that somebody wrote as its midnight, in UTC or in the tenant's zone.
            let created = day(*created, zone);
            if day(*close, zone) < created && day(*close, &jiff::tz::TimeZone::UTC) < created {
                errors.push("projectedCloseDate must be on or after the create date.".to_owned()); // text unconfirmed
            }
        }
        if let Some(probability) = int(row, ENTITY, "probability")
            && !(0..=100).contains(&probability)
        {
            errors.push("probability must be between 0 and 100.".to_owned()); // text unconfirmed
        }
        errors.extend(self.stranger(int(row, ENTITY, "contactID"), int(row, ENTITY, "companyID")));
        let demanded = int(row, ENTITY, "status").and_then(|status| {
            self.opportunity_requirements
                .of(status)
                .map(<[String]>::to_vec)
        });
        let demanded = demanded.unwrap_or_default().into_iter();
        errors.extend(
            demanded
                .filter(|name| get(name).is_empty())
                .map(|name| format!("{name} is required")),
        );
        errors
    }

    /// Closed or implemented: sold or lost to changes.
    pub(super) fn is_closed(&self, opportunity: i64) -> bool {
        let status = self
            .table(ENTITY)
            .get(opportunity)
            .and_then(|row| int(row, ENTITY, "status"));
        let label = status.and_then(|value| self.picklists.label(ENTITY, "status", value));
        matches!(label.as_deref(), Some("Closed" | "Implemented"))
    }
}

/// `amount` and `cost` from the period fields.
fn total(row: &mut Row) {
    let months = int(row, ENTITY, "totalAmountMonths")
        .filter(|months| *months > 0)
        .unwrap_or(TOTAL_MONTHS_DEFAULT);
    for (side, total) in [("Revenue", "amount"), ("Cost", "cost")] {
        let sum = PERIODS.iter().map(|(period, _, length)| {
            let each = amount(row, ENTITY, &format!("{period}{side}"));
            match length {
                0 => each,
                length => each * months / length,
            }
        });
        let sum = sum.sum();
        row.set(field(ENTITY, total), Cell::Amount(sum));
    }
}
