//! The labour report: seconds by worker, day of the company, order, operation and section.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::company::{Company, decimal, number, text, worker};
use super::resource::Resource;
use super::show;
use super::time::{self, Stamp};

/// Of what began within the two moments, both included.
pub fn worker_labor_time(company: &Company, from: Option<Stamp>, to: Option<Stamp>) -> Value {
    let mut rows: BTreeMap<(String, Stamp, String, String, String), Decimal> = BTreeMap::new();
    for resource in [Resource::Productions, Resource::TaskDurations] {
        for record in company.book(resource).rows() {
            let values = &record.values;
            let began = values.get("start-date").and_then(Value::as_i64);
            let (Some(worker), Some(began)) = (worker(record), began) else {
                continue;
            };
            if from.is_some_and(|from| began < from) || to.is_some_and(|to| began > to) {
                continue;
            }
            let seconds = match resource {
                Resource::Productions => show::seconds(values).unwrap_or_default(),
                _ => decimal(values, "duration-seconds"),
            };
            let own = |name: &str| text(values, name).to_owned();
            let row = (
                worker.to_owned(),
                time::day(began, &company.zone),
                own("production-order"),
                own("operation"),
                own("section"),
            );
            *rows.entry(row).or_default() += seconds;
        }
    }
    let shown = rows
        .into_iter()
        .map(|((worker, date, order, operation, section), seconds)| {
            let mut row = json!({
                "worker": { "number": worker }, "date": date, "production-order": order,
                "duration-seconds": number(seconds),
            });
            for (name, value) in [("operation", operation), ("section", section)] {
                if !value.is_empty() {
                    row[name] = value.into();
                }
            }
            let row = row.as_object().expect("just made");
            Value::Object(show::shape(company, "worker-labor-time", row))
        });
    shown.collect()
}
