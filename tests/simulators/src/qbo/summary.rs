//! What tests compare in few words: how many there are of each, sums of transactions, and numbers that stand twice.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::company::Company;
use super::schema::{Class, entities};
use super::value::{decimal, number, text};

pub fn summary(company: &Company) -> Value {
    let mut summary = Map::new();
    for kind in entities().iter().filter(|kind| kind.class != Class::Single) {
        let rows = company.rows(kind);
        let mut shown = json!({ "count": company.book(kind).rows.len(), "deleted": company.book(kind).gone.len() });
        if kind.class == Class::Transaction {
            let (mut sum, mut numbers) = (Decimal::ZERO, BTreeMap::<&str, usize>::new());
            for row in rows {
                sum += decimal(&row.values, "TotalAmt").unwrap_or_default();
                *numbers.entry(text(&row.values, "DocNumber")).or_default() += 1;
            }
            let twice = numbers.into_iter();
            let twice = twice.filter(|(number, count)| *count > 1 && !number.is_empty());
            shown["total"] = number(sum);
            shown["numbers_twice"] = twice.map(|(number, _)| number).collect();
        }
        summary.insert(kind.name.clone(), shown);
    }
    summary.into()
}
