//! Invoices with their lines and taxes.
//!
//! An invoice row is only a header. Its lines are `BillingItems`; a line's product hangs on the
//! charge it came from; its taxes have to be reckoned. All of it is asked for a page at a time.

use crate::api::{row_id, Api};
use crate::assumed;
use crate::search::any_of;
use crate::table::{day_value, id_text, plain_text, text_value};
use crate::tables::INVOICE;
use crate::tax::{self, TaxedLine};
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;
use schema::Field;
use std::collections::{BTreeMap, BTreeSet};

/// The tables a line's product can come from, by the column that points there.
const CHARGES: [(&str, &str); 3] = [
    ("ticketChargeID", "TicketCharges"),
    ("projectChargeID", "ProjectCharges"),
    ("contractChargeID", "ContractCharges"),
];

/// The fields an invoice has beside its header's.
pub fn fields() -> [Field; 2] {
    let kinds = [
        "labour",
        "product",
        "expense",
        "service",
        "milestone",
        "contract",
        "other",
    ];
    let lines = [
        schema::id("id"),
        schema::one_of("kind", &kinds).required(),
        schema::string("name"),
        schema::string("description"),
        schema::decimal("quantity"),
        schema::decimal("rate"),
        schema::decimal("amount"),
        schema::decimal("tax"),
        schema::date("date"),
        schema::reference("billing_code_id", "billing_code"),
        schema::reference("product_id", "product"),
        schema::integer("sort_order"),
    ];
    let taxes = [
        schema::string("name"),
        schema::decimal("rate"),
        schema::decimal("base"),
        schema::decimal("amount"),
    ];
    [
        schema::list("lines", &lines).read_only(),
        schema::list("taxes", &taxes).read_only(),
    ]
}

/// A line on its way into a body.
struct Line {
    id: i64,
    sort_order: i64,
    charge: Option<(usize, i64)>,
    taxed: TaxedLine,
    body: Map<String, Value>,
}

/// Whole invoices from header rows.
///
/// # Errors
/// Those of the queries; without rows there are none.
pub fn entries(api: &Api, rows: &[Value]) -> Result<Vec<Entry>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = lines(api, rows)?;
    add_products(api, &mut lines)?;
    let regions = tax::regions(api, &taxed_regions(rows))?;
    let bodies = INVOICE.bodies(api, rows)?;
    let entry = |(row, mut body): (&Value, Map<String, Value>)| {
        let mut own = row_id(row)
            .and_then(|id| lines.remove(&id))
            .unwrap_or_default();
        own.sort_by_key(|line| (line.sort_order, line.id));
        let taxed: Vec<TaxedLine> = own.iter().map(|line| line.taxed.clone()).collect();
        let total = decimal::parse(&row["totalTaxValue"]).unwrap_or_default();
        body.insert(
            "taxes".to_owned(),
            json!(tax::rows(
                total,
                row["taxRegionName"].as_str(),
                &taxed,
                &regions
            )),
        );
        body.insert(
            "lines".to_owned(),
            own.into_iter()
                .map(|line| Value::Object(line.body))
                .collect(),
        );
        crate::entry(body)
    };
    Ok(rows.iter().zip(bodies).map(entry).collect())
}

/// The lines of these invoices, by invoice, in no order yet.
fn lines(api: &Api, invoices: &[Value]) -> Result<BTreeMap<i64, Vec<Line>>, Fault> {
    let ids: Vec<Value> = invoices
        .iter()
        .filter_map(row_id)
        .map(|id| json!(id))
        .collect();
    let mut lines: BTreeMap<i64, Vec<Line>> = BTreeMap::new();
    for ids in cursor::chunks(&ids, crate::search::OR_MAX) {
        api.each_page("BillingItems", &[any_of("invoiceID", ids)], |rows| {
            let types: Vec<i64> = rows
                .iter()
                .filter_map(|row| row["billingItemType"].as_i64())
                .collect();
            let labels = match types.is_empty() {
                true => BTreeMap::new(),
                false => api.labels("BillingItems", "billingItemType", &types)?,
            };
            for row in &rows {
                if let Some(invoice) = row["invoiceID"].as_i64() {
                    lines.entry(invoice).or_default().push(line(
                        row,
                        &labels,
                        api.settings.zone_minutes(),
                    ));
                }
            }
            Ok(())
        })?;
    }
    Ok(lines)
}

fn line(row: &Value, labels: &BTreeMap<i64, String>, zone_minutes: i64) -> Line {
    let (id, sort_order) = (
        row_id(row).unwrap_or_default(),
        row["sortOrderID"].as_i64().unwrap_or_default(),
    );
    let kind = row["billingItemType"].as_i64().map_or("other", |value| {
        assumed::line_kind(labels.get(&value).map(String::as_str), value)
    });
    let number = |name: &str| decimal::parse(&row[name]).unwrap_or_default();
    let body = json!({
        "id": id.to_string(),
        "kind": kind,
        "name": text_value(&row["itemName"]),
        "description": text_value(&row["description"]),
        "quantity": decimal::to_body(&row["quantity"]),
        "rate": decimal::to_body(&row["rate"]),
        "amount": decimal::to_body(&row["totalAmount"]),
        "tax": decimal::to_body(&row["taxDollars"]),
        "date": day_value(&row["itemDate"], zone_minutes),
        "billing_code_id": id_text(&row["billingCodeID"]),
        "product_id": null,
        "sort_order": sort_order,
    });
    Line {
        id,
        sort_order,
        charge: CHARGES
            .iter()
            .enumerate()
            .find_map(|(at, (column, _))| Some((at, row[*column].as_i64()?))),
        taxed: TaxedLine {
            amount: number("totalAmount"),
            tax: number("taxDollars"),
            category: row["taxCategoryID"].as_i64(),
        },
        body: match body {
            Value::Object(body) => body,
            _ => Map::new(),
        },
    }
}

/// Follows the charges to their products: one query a table that is needed.
fn add_products(api: &Api, lines: &mut BTreeMap<i64, Vec<Line>>) -> Result<(), Fault> {
    for (at, (_, table)) in CHARGES.iter().enumerate() {
        let wanted: BTreeSet<i64> = lines
            .values()
            .flatten()
            .filter_map(|line| line.charge)
            .filter(|c| c.0 == at)
            .map(|c| c.1)
            .collect();
        let wanted: Vec<Value> = wanted.into_iter().map(|id| json!(id)).collect();
        let charges = api.all_in(table, "id", &wanted)?;
        let products: BTreeMap<i64, Value> = charges
            .iter()
            .filter_map(|row| Some((row_id(row)?, id_text(&row["productID"]))))
            .collect();
        for line in lines
            .values_mut()
            .flatten()
            .filter(|line| line.charge.is_some_and(|c| c.0 == at))
        {
            let product = line
                .charge
                .and_then(|(_, id)| products.get(&id))
                .cloned()
                .unwrap_or(Value::Null);
            line.body.insert("product_id".to_owned(), product);
        }
    }
    Ok(())
}

/// The regions of invoices that carry tax.
fn taxed_regions(rows: &[Value]) -> BTreeSet<String> {
    let taxed = rows.iter().filter(|row| {
        decimal::parse(&row["totalTaxValue"]).is_some_and(|tax| tax != Decimal::ZERO)
    });
    taxed
        .map(|row| plain_text(&row["taxRegionName"]).trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
