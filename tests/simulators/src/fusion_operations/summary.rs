//! The ground truth for tests: every record, and counts that show what was made twice.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::book::Record;
use super::company::{Company, lines, number, text};
use super::resource::Resource;
use super::show;
use super::stock;

/// Every record as an answer would show it. Shipments and receptions, which have no path, stand in lists of
/// their own, so that whoever counts places counts them too.
pub fn state(company: &Company) -> Value {
    let mut state = Map::new();
    let zone = company.zone.iana_name().unwrap_or("UTC");
    let own = json!({ "name": company.name, "zone": zone, "warehouse": company.warehouse });
    state.insert("company".to_owned(), own);
    state.insert("switches".to_owned(), company.switches.show());
    for resource in Resource::ALL {
        let rows = company.book(resource).rows();
        let shown = rows.map(|row| show::record(company, resource, row));
        state.insert(resource.word().to_owned(), shown.collect());
    }
    for (name, resource) in [
        ("shipments", Resource::SalesOrders),
        ("receptions", Resource::PurchaseOrders),
    ] {
        state.insert(name.to_owned(), parts(company, resource));
    }
    let inventory = company.book(Resource::Products).rows();
    let inventory = inventory.map(|product| stock::inventory(company, product));
    state.insert("inventory".to_owned(), inventory.collect());
    Value::Object(state)
}

/// All shipments, or receptions, with the code of their order and their id.
fn parts(company: &Company, resource: Resource) -> Value {
    let Some((parts, _)) = resource.parts() else {
        return json!([]);
    };
    let shape = match parts {
        "shipping" => "shipment",
        _ => "reception",
    };
    let of = |order: &Record| -> Vec<Value> {
        let code = text(&order.values, "code").to_owned();
        let each = lines(&order.values, parts);
        let shown = each.map(|part| {
            let mut shown = Map::new();
            shown.insert("order".to_owned(), json!(code));
            shown.insert("id".to_owned(), json!(text(part, "id")));
            shown.extend(show::shape(company, shape, part));
            Value::Object(shown)
        });
        shown.collect()
    };
    company.book(resource).rows().flat_map(of).collect()
}

/// For each kind: how many there are, and how many say the same as an earlier one but for id, code, stamps
/// and the date of creation. Besides, what money and goods come to.
pub fn summary(company: &Company) -> Value {
    let mut summary = Map::new();
    for resource in Resource::ALL {
        let book = company.book(resource);
        let counts = json!({ "count": book.len(), "alike": alike(book.rows(), resource) });
        summary.insert(resource.word().to_owned(), counts);
    }
    for (name, resource, parts) in [
        ("shipments", Resource::SalesOrders, "shipping"),
        ("receptions", Resource::PurchaseOrders, "receiving"),
    ] {
        let (mut count, mut orders, mut same) = (0, 0, 0);
        for order in company.book(resource).rows() {
            let mut seen = HashSet::new();
            let mut here = 0;
            for part in lines(&order.values, parts) {
                here += 1;
                let mut part = part.clone();
                part.shift_remove("id");
                same += usize::from(!seen.insert(Value::Object(part).to_string()));
            }
            count += here;
            orders += usize::from(here > 1);
        }
        let counts = json!({ "count": count, "alike": same, "orders_with_several": orders });
        summary.insert(name.to_owned(), counts);
    }
    let levels = stock::levels(company);
    let stock: Decimal = levels.values().flat_map(BTreeMap::values).sum();
    summary.insert("sum_of_stock".to_owned(), number(stock));
    Value::Object(summary)
}

/// Movements of an order, and files, are not told apart by what they say alone.
fn alike<'a>(rows: impl Iterator<Item = &'a Record>, resource: Resource) -> usize {
    let mut seen = HashSet::new();
    let own = resource.key();
    let repeats = rows.filter(|row| {
        let mut values: BTreeMap<&str, &Value> = BTreeMap::new();
        for (name, value) in &row.values {
            if Some(name.as_str()) != own && name != "creation-date" {
                values.insert(name, value);
            }
        }
        let origin = row.origin.as_ref();
        let origin = origin.map(|origin| (&origin.id, &origin.part));
        let is_file = resource == Resource::Files;
        let origin = origin.map(|(id, part)| (id, if is_file { "" } else { part.as_str() }));
        !seen.insert(json!([values, origin]).to_string())
    });
    repeats.count()
}

/// What the vendor's own link to QuickBooks would send: in stock less on orders, by product.
pub fn stock_to_send(company: &Company) -> Value {
    let levels = stock::levels(company);
    let mut on_orders = stock::on_orders(company);
    let rows = company.book(Resource::Products).rows().map(|product| {
        let in_stock: Decimal = levels
            .get(&product.id)
            .map_or(Decimal::ZERO, |places| places.values().sum());
        let on_orders = on_orders.remove(&product.id).unwrap_or_default();
        json!({
            "product": text(&product.values, "code"), "in-stock": number(in_stock),
            "on-orders": number(on_orders), "to-send": number(in_stock - on_orders),
        })
    });
    rows.collect()
}
