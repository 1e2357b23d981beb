//! The taxes of an invoice, which Autotask gives only as a sum.
//!
//! An invoice names its tax region; the region has taxes by tax category; each line has a category
//! and its own tax. From these the sum is taken apart again, and the result must come to the
//! invoice's own tax: where it does not, the sum stands alone, and a person decides.

use crate::api::Api;
use crate::assumed;
use crate::search::any_of;
use crate::table::plain_text;
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// One row of `Taxes`.
#[derive(Clone, Debug)]
pub struct Tax {
    pub name: String,
    /// As Autotask has it: see [`assumed::RATE_FORMS`].
    pub rate: Decimal,
    pub category: i64,
    /// Reckoned on the amount with the other taxes.
    pub compounded: bool,
}

/// What a line contributes.
#[derive(Clone, Debug)]
pub struct TaxedLine {
    pub amount: Decimal,
    pub tax: Decimal,
    pub category: Option<i64>,
}

/// The taxes of regions, by the region's name in lower case.
pub type Regions = BTreeMap<String, Vec<Tax>>;

/// Reads the taxes of these regions: two queries, none without a region.
///
/// # Errors
/// Those of the queries.
pub fn regions(api: &Api, names: &BTreeSet<String>) -> Result<Regions, Fault> {
    let wanted: Vec<Value> = names.iter().map(|name| json!(name)).collect();
    let mut by_id = BTreeMap::new();
    for row in api.all_in("TaxRegions", "name", &wanted)? {
        by_id.insert(
            row["id"].as_i64().unwrap_or(-1),
            plain_text(&row["name"]).trim().to_lowercase(),
        );
    }
    let mut regions: Regions = BTreeMap::new();
    if by_id.is_empty() {
        return Ok(regions);
    }
    let ids: Vec<Value> = by_id.keys().map(|id| json!(id)).collect();
    for row in api.all("Taxes", &[any_of("taxRegionID", &ids)])? {
        let Some(region) = row["taxRegionID"].as_i64().and_then(|id| by_id.get(&id)) else {
            continue;
        };
        regions.entry(region.clone()).or_default().push(Tax {
            name: plain_text(&row["taxName"]).trim().to_owned(),
            rate: decimal::parse(&row["taxRate"]).unwrap_or_default(),
            category: row["taxCategoryID"].as_i64().unwrap_or(-1),
            compounded: row["isCompounded"].as_bool().unwrap_or(false),
        });
    }
    Ok(regions)
}

/// The `taxes` of an invoice with this tax in all: one row per distinct tax, or one row for the sum
/// when it cannot be taken apart.
pub fn rows(
    total: Decimal,
    region: Option<&str>,
    lines: &[TaxedLine],
    regions: &Regions,
) -> Vec<Value> {
    if total.is_zero() {
        return Vec::new();
    }
    let taxes = region
        .and_then(|name| regions.get(&name.trim().to_lowercase()))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let shares = assumed::RATE_FORMS
        .iter()
        .filter_map(|form| take_apart(lines, taxes, *form));
    let off =
        |shares: &Vec<Share>| (shares.iter().map(Share::amount).sum::<Decimal>() - total).abs();
    let taxed = lines
        .iter()
        .filter(|line| !line.tax.is_zero())
        .count()
        .max(lines.len().min(1))
        + 1;
    let allowed = assumed::TAX_TOLERANCE_PER_LINE * Decimal::from(taxed);
    match shares
        .min_by_key(off)
        .filter(|shares| off(shares) <= allowed)
    {
        Some(shares) => {
            let amounts = to_the_cent(&shares, decimal::cents(total));
            shares
                .iter()
                .zip(amounts)
                .map(|(share, amount)| share.row(amount))
                .collect()
        }
        None => vec![json!({
            "name": region, "rate": null, "base": null, "amount": decimal::cents(total).to_string(),
        })],
    }
}

/// One tax of one invoice.
struct Share {
    name: String,
    percent: Decimal,
    base: Decimal,
}

impl Share {
    fn amount(&self) -> Decimal {
        self.base * self.percent / Decimal::ONE_HUNDRED
    }

    fn row(&self, amount: Decimal) -> Value {
        json!({
            "name": self.name,
            "rate": self.percent.normalize().to_string(),
            "base": self.base.to_string(),
            "amount": amount.to_string(),
        })
    }
}

/// The amounts in cents, whose sum is Autotask's: each is rounded, and the cents that rounding made
/// or lost go to those whose rounding was furthest off (largest remainder).
fn to_the_cent(shares: &[Share], total: Decimal) -> Vec<Decimal> {
    let mut amounts: Vec<Decimal> = shares
        .iter()
        .map(|share| decimal::cents(share.amount()))
        .collect();
    let one = Decimal::new(1, 2);
    for _ in 0..shares.len() {
        let missing = total - amounts.iter().sum::<Decimal>();
        if missing.is_zero() {
            break;
        }
        let step = if missing.is_sign_positive() {
            one
        } else {
            -one
        };
        let lost = |place: &usize| {
            let off = shares[*place].amount() - amounts[*place];
            if step.is_sign_positive() {
                off
            } else {
                -off
            }
        };
        let Some(place) = (0..shares.len()).max_by_key(lost) else {
            break;
        };
        amounts[place] += step;
    }
    amounts
}

/// The bases of the region's taxes, each distinct tax once; none when a taxed line has no category
/// of the region.
fn take_apart(lines: &[TaxedLine], taxes: &[Tax], form: Decimal) -> Option<Vec<Share>> {
    let has_line_taxes = lines.iter().any(|line| !line.tax.is_zero());
    let mut shares: Vec<Share> = Vec::new();
    for line in lines {
        let own = line
            .category
            .filter(|category| taxes.iter().any(|tax| tax.category == *category));
        let category = match (has_line_taxes, line.tax.is_zero()) {
            (true, true) => continue,
            (true, false) => own.or_else(|| likely_category(line, taxes, form))?,
            (false, _) => match own {
                Some(category) => category,
                None => continue,
            },
        };
        for (tax, base) in bases(line.amount, taxes, category, form) {
            let percent = tax.rate * form;
            match shares
                .iter_mut()
                .find(|s| s.name == tax.name && s.percent == percent)
            {
                Some(share) => share.base += base,
                None => shares.push(Share {
                    name: tax.name.clone(),
                    percent,
                    base,
                }),
            }
        }
    }
    (!shares.is_empty()).then_some(shares)
}

/// A category's taxes with what each is reckoned on.
fn bases(amount: Decimal, taxes: &[Tax], category: i64, form: Decimal) -> Vec<(&Tax, Decimal)> {
    let own: Vec<&Tax> = taxes
        .iter()
        .filter(|tax| tax.category == category)
        .collect();
    let plain: Decimal = own
        .iter()
        .filter(|tax| !tax.compounded)
        .map(|tax| tax.rate * form)
        .sum();
    let with_taxes = amount + amount * plain / Decimal::ONE_HUNDRED;
    own.into_iter()
        .map(|tax| (tax, if tax.compounded { with_taxes } else { amount }))
        .collect()
}

/// Older tenants show no category on a line: the one whose taxes come nearest to the line's own.
fn likely_category(line: &TaxedLine, taxes: &[Tax], form: Decimal) -> Option<i64> {
    let categories: BTreeSet<i64> = taxes.iter().map(|tax| tax.category).collect();
    let off = |category: &i64| {
        let shares = bases(line.amount, taxes, *category, form);
        let tax: Decimal = shares
            .iter()
            .map(|(tax, base)| *base * tax.rate * form / Decimal::ONE_HUNDRED)
            .sum();
        (tax - line.tax).abs()
    };
    categories.into_iter().min_by_key(off)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        decimal::from_text(text).unwrap()
    }

    /// Lines `amount tax category`, taxes `name rate category [compounded]`.
    #[track_caller]
    fn check(total: &str, lines: &[&str], taxes: &[&str], expected: &[&str]) {
        let lines: Vec<TaxedLine> = lines
            .iter()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                TaxedLine {
                    amount: number(words[0]),
                    tax: number(words[1]),
                    category: words[2].parse().ok(),
                }
            })
            .collect();
        let taxes = taxes.iter().map(|tax| {
            let words: Vec<&str> = tax.split(' ').collect();
            Tax {
                name: words[0].into(),
                rate: number(words[1]),
                category: words[2].parse().unwrap(),
                compounded: words.len() > 3,
            }
        });
        let regions = Regions::from([("québec".to_owned(), taxes.collect())]);
        let found = rows(number(total), Some("Québec"), &lines, &regions);
        let found: Vec<String> = found
            .iter()
            .map(|row| {
                format!(
                    "{} {} {} {}",
                    plain_text(&row["name"]),
                    plain_text(&row["rate"]),
                    plain_text(&row["base"]),
                    plain_text(&row["amount"])
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_sum_is_taken_apart_by_category() {
        let both = ["TPS 5 1", "TVQ 9.975 1"];
        check("0", &["100 0 1"], &both, &[]);
        check(
            "14.975",
            &["100.00 14.975 1"],
            &both,
            &["TPS 5 100.00 5.00", "TVQ 9.975 100.00 9.98"],
        );
        check(
            "14.975",
            &["100 14.975 1", "50 0 1"],
            &both,
            &["TPS 5 100 5.00", "TVQ 9.975 100 9.98"],
        );
        check(
            "17.475",
            &["100 14.975 1", "50 2.5 2"],
            &["TPS 5 1", "TVQ 9.975 1", "TPS 5 2"],
            &["TPS 5 150 7.50", "TVQ 9.975 100 9.98"],
        );
        check(
            "-14.98",
            &["-100 -14.975 1"],
            &both,
            &["TPS 5 -100 -5.00", "TVQ 9.975 -100 -9.98"],
        );
    }

    #[test]
    fn both_forms_of_a_rate_are_understood() {
        check(
            "11.0833",
            &["52.7775 11.0833 1"],
            &["TVA 21 1"],
            &["TVA 21 52.7775 11.08"],
        );
        check(
            "11.0833",
            &["52.7775 11.0833 1"],
            &["TVA 0.21 1"],
            &["TVA 21 52.7775 11.08"],
        );
    }

    #[test]
    fn a_line_without_category_takes_the_likely_one() {
        check(
            "17.475",
            &["100 14.975 -", "50 2.5 -"],
            &["TPS 5 1", "TVQ 9.975 1", "TPS 5 2"],
            &["TPS 5 150 7.50", "TVQ 9.975 100 9.98"],
        );
    }

    #[test]
    fn a_compounded_tax_is_reckoned_on_the_others() {
        check(
            "15.5",
            &["100 15.5 1"],
            &["GST 5 1", "PST 10 1 compounded"],
            &["GST 5 100 5.00", "PST 10 105 10.50"],
        );
    }

    #[test]
    fn a_sum_that_does_not_come_out_stands_alone() {
        check("14.975", &["100 14.975 1"], &[], &["Québec   14.98"]);
        check("30", &["100 30 1"], &["TPS 5 1"], &["Québec   30.00"]);
    }
}
