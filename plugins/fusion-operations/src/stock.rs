//! Stock: one record a product, with the quantity that goes to an accounting system.
//!
//! The vendor tells stock one product at a time and has no list of it, so a page is a page of products and a
//! request each. Of a product without stock there is no record.

use crate::api::Api;
use crate::assumed::*;
use crate::field::text_of;
use crate::lookup;
use crate::table::id_of;
use crate::walk::{self, Place};
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const ENTITY: &str = "stock";
/// Products of one page: a request each, of the 120 a minute.
pub const PRODUCTS_A_PAGE: u32 = 20;
pub const KEYS: [&str; 2] = ["product_id", "product_code"];

/// Where what is on orders is remembered, and how long: a walk need not read all orders for each page.
const MEMORY: &str = "on-orders";
const MEMORY_MS: u64 = 120_000;

/// The body, for the manifest.
pub fn schema_fields() -> Vec<schema::Field> {
    let amount = |name, title| schema::decimal(name).read_only().title(title);
    vec![
        schema::id("id"),
        schema::reference("product_id", "product").required().read_only().title("Product"),
        schema::string("product_code").read_only().title("Product code"),
        amount("quantity", "Quantity in stock"),
        amount("reserved", "Quantity reserved"),
        amount("on_orders", "Quantity on orders")
            .description("Not yet shipped of sales orders that are not cancelled, and not archived with their ASN sent."),
        amount("available", "Quantity to send").description("In stock less on orders; may be negative."),
        schema::list(
            "locations",
            &[
                schema::string("warehouse").read_only(),
                schema::string("lot").read_only(),
                schema::decimal("quantity").read_only(),
            ],
        )
        .read_only()
        .title("Locations"),
        schema::string("tags")
            .with("type", json!("array"))
            .with("items", json!({"type": "string"}))
            .read_only()
            .title("Tags of the product"),
        schema::text_map("custom_fields").read_only().title("Custom fields of the product"),
    ]
}

/// A walk over all products.
pub fn walk(api: &Api, filter: &[Condition], at: Option<&[u8]>, limit: u32) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    let step = walk::step(
        api,
        &PRODUCT,
        &Vec::new(),
        place,
        limit.min(PRODUCTS_A_PAGE),
    )?;
    let mut entries = entries(api, &step.rows)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    let more = step.next.is_some();
    Ok(Page {
        entries,
        more,
        complete: !more && step.is_sure(),
        next: step.next.map(|place| cursor::encode(&place)),
        ext: Vec::new(),
    })
}

/// The records that fit a filter.
pub fn query(
    api: &Api,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let by_product = filter.iter().find(|c| {
        matches!(c.field.as_str(), "id" | "product_id")
            && matches!(c.op, Comparison::Eq | Comparison::IsIn)
    });
    let Some(condition) = by_product.filter(|c| c.values.len() <= PRODUCTS_A_PAGE as usize) else {
        return walk(api, filter, at, limit);
    };
    let ids: Vec<String> = condition
        .values
        .iter()
        .filter_map(|json| text_of(&filter::value(json)))
        .collect();
    let mut entries = entries(api, &lookup::rows(api, &PRODUCT, &ids)?)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    Ok(Page {
        entries,
        ..cursor::last_page()
    })
}

/// The records with these ids, in the same order and number.
pub fn read(api: &Api, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let entries = entries(api, &lookup::rows(api, &PRODUCT, ids)?)?;
    let one = |id: &String| entries.iter().find(|entry| entry.id == *id).cloned();
    Ok(ids.iter().map(one).collect())
}

/// The records that fit each query.
pub fn find(api: &Api, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let in_products = |field: &str| match field {
        "product_id" => "id".to_owned(),
        "product_code" => "code".to_owned(),
        other => other.to_owned(),
    };
    let renamed: Vec<Query> = queries
        .iter()
        .map(|query| {
            query
                .iter()
                .map(|(field, json)| (in_products(field), json.clone()))
                .collect()
        })
        .collect();
    let products = lookup::find(api, &PRODUCT, &renamed)?;
    let mut found = Vec::new();
    for products in products {
        let ids: Vec<String> = products.into_iter().map(|product| product.id).collect();
        found.push(read(api, &ids)?.into_iter().flatten().collect());
    }
    Ok(found)
}

fn entries(api: &Api, products: &[Value]) -> Result<Vec<Entry>, Fault> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let on_orders = on_orders(api)?;
    let mut entries = Vec::new();
    for product in products {
        let Some(id) = id_of(product) else { continue };
        if let Some(stock) = api.object(inventory(api), &id)? {
            entries.push(entry(api, &id, product, &stock, &on_orders));
        }
    }
    Ok(entries)
}

/// The word in the path.
pub fn inventory<'a>(api: &'a Api) -> &'a str {
    api.profile.named(ENTITY, INVENTORY)
}

fn entry(api: &Api, id: &str, product: &Value, stock: &Value, on_orders: &OnOrders) -> Entry {
    let told = PRODUCT.entry(&api.profile, product);
    let told = told.map_or(Value::Null, |entry| filter::value(&entry.body));
    let code = text_of(&told["code"]).unwrap_or_default();
    let wire =
        |(name, usual): (&str, &'static str)| api.profile.wire(ENTITY, name, usual).to_owned();
    let (quantity_wire, reserved_wire, locations_wire) =
        (wire(STOCK[0]), wire(STOCK[1]), wire(STOCK[2]));
    let quantity = decimal::parse(&stock[&quantity_wire]);
    let ordered = on_orders.get(&code).copied().unwrap_or_default();
    let mut body = json!({
        "id": id,
        "product_id": id,
        "product_code": told["code"],
        "quantity": decimal::to_body(&stock[&quantity_wire]),
        "on_orders": ordered.to_string(),
        "available": quantity.map(|quantity| (quantity - ordered).to_string()),
    });
    if let Some(reserved) = stock.get(&reserved_wire) {
        body["reserved"] = decimal::to_body(reserved);
    }
    if let Some(locations) = stock[&locations_wire].as_array() {
        let location = |place: &Value| {
            let text = |name: &str| place.get(name).and_then(text_of);
            json!({
                "warehouse": text(WAREHOUSE),
                "lot": text(LOT),
                "quantity": decimal::to_body(&place[&quantity_wire]),
            })
        };
        body["locations"] = locations.iter().map(location).collect();
    }
    for name in ["tags", "custom_fields"] {
        if let Some(value) = told.get(name) {
            body[name] = value.clone();
        }
    }
    Entry {
        id: id.to_owned(),
        version: None,
        deleted: false,
        body: body.to_string(),
        ext: Vec::new(),
    }
}

/// Unshipped quantities by product code.
type OnOrders = BTreeMap<String, Decimal>;

#[derive(Serialize, Deserialize)]
struct Remembered {
    of: String,
    at_ms: u64,
    quantities: BTreeMap<String, String>,
}

fn on_orders(api: &Api) -> Result<OnOrders, Fault> {
    let now_ms = api.host().now_ms();
    let of = api.settings.base();
    let remembered: Option<Remembered> = api
        .host()
        .memory_get(MEMORY)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(known) =
        remembered.filter(|known| known.of == of && now_ms < known.at_ms + MEMORY_MS)
    {
        let parsed = known.quantities.into_iter();
        return Ok(parsed
            .filter_map(|(code, text)| Some((code, decimal::from_text(&text)?)))
            .collect());
    }
    let orders = walk::all(api, &SALES_ORDER, &Vec::new())?;
    let orders = SALES_ORDER.entries(&api.profile, &orders);
    let orders: Vec<Value> = orders
        .iter()
        .map(|order| filter::value(&order.body))
        .collect();
    let quantities = unshipped(&orders);
    let texts = quantities
        .iter()
        .map(|(code, quantity)| (code.clone(), quantity.to_string()));
    let keep = Remembered {
        of,
        at_ms: now_ms,
        quantities: texts.collect(),
    };
    // Where there are too many products to keep, the next page reads the orders again.
    let _ = api.host().memory_set(MEMORY, &cursor::encode(&keep));
    Ok(quantities)
}

/// What is still to be shipped, by product code, of sales orders as our bodies tell them.
fn unshipped(orders: &[Value]) -> OnOrders {
    let mut open = OnOrders::new();
    for order in orders.iter().filter(|order| counts(order)) {
        for line in order["lines"].as_array().into_iter().flatten() {
            let number = |name: &str| decimal::parse(&line[name]);
            let (Some(code), Some(ordered)) = (text_of(&line["product_code"]), number("quantity"))
            else {
                continue;
            };
            let shipped = number("quantity_shipped");
            // Where the vendor does not tell: there is one shipment, of the ordered quantity.
            let shipped = shipped.unwrap_or_else(|| match order["shipped_on"].is_string() {
                true => ordered,
                false => Decimal::ZERO,
            });
            *open.entry(code).or_default() += (ordered - shipped).max(Decimal::ZERO);
        }
    }
    open
}

/// Open or closed, and not archived or its ASN not sent.
fn counts(order: &Value) -> bool {
    let status = order["status"].as_str().unwrap_or_default().to_lowercase();
    status != CANCELLED && (status != ARCHIVED || order["asn_sent"] != true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_orders_is_what_is_not_shipped_of_orders_that_count() {
        let order = |status: &str, asn: bool, shipped_on: Value, shipped: Value| {
            json!({"status": status, "asn_sent": asn, "shipped_on": shipped_on,
                "lines": [{"product_code": "P", "quantity": "10", "quantity_shipped": shipped}]})
        };
        let day = || json!("2026-03-05");
        for (status, asn, shipped_on, shipped, expected) in [
            ("open", false, Value::Null, json!("0"), "10"),
            ("in-progress", false, Value::Null, Value::Null, "10"),
            ("closed", false, Value::Null, json!("4.5"), "5.5"),
            ("closed", true, day(), json!("10"), "0"),
            ("closed", false, day(), Value::Null, "0"),
            ("open", false, Value::Null, json!("12"), "0"),
            ("Cancelled", false, Value::Null, json!("0"), ""),
            ("archived", true, Value::Null, json!("0"), ""),
            ("archived", false, Value::Null, json!("0"), "10"),
        ] {
            let found = unshipped(&[order(status, asn, shipped_on, shipped)]);
            let found = found.get("P").map(ToString::to_string).unwrap_or_default();
            assert_eq!(found, expected, "{status} {asn}");
        }
    }
}
