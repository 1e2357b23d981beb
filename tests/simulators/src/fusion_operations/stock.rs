//! Goods: the movements that orders and production cause, the stock they add up to, and what is on order.
//!
//! Invariant: stock is the sum of movements and nothing else; a movement that an order caused changes and
//! goes with it, and with nothing else.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::assumed;
use super::book::{Origin, Record, Values};
use super::company::{Company, decimal, lines, number, text};
use super::resource::{Direction, Resource};
use super::show;
use super::time::Stamp;

/// Where, and of which lot.
pub type Location = (String, String);

/// What there is of each product, by location; locations that come to nothing are left out.
pub fn levels(company: &Company) -> BTreeMap<String, BTreeMap<Location, Decimal>> {
    let mut levels: BTreeMap<String, BTreeMap<Location, Decimal>> = BTreeMap::new();
    for movement in company.book(Resource::InventoryMovements).rows() {
        let values = &movement.values;
        let quantity = decimal(values, "quantity");
        let places = levels
            .entry(text(values, "product").to_owned())
            .or_default();
        let mut add = |warehouse: &str, quantity: Decimal| {
            let at = (
                text(values, warehouse).to_owned(),
                text(values, "lot").to_owned(),
            );
            *places.entry(at).or_default() += quantity;
        };
        if matches!(text(values, "type"), "out" | "transfer") {
            add("origin", -quantity);
        }
        if matches!(text(values, "type"), "in" | "transfer" | "adjustment") {
            add("destination", quantity);
        }
    }
    for places in levels.values_mut() {
        places.retain(|_, quantity| !quantity.is_zero());
    }
    levels
}

/// Unshipped quantities of the sales orders that can still be fulfilled, by product.
pub fn on_orders(company: &Company) -> BTreeMap<String, Decimal> {
    let mut sums = BTreeMap::new();
    for order in company.book(Resource::SalesOrders).rows() {
        let status = text(&order.values, "status");
        let is_sent = order.values.get("asn-sent") == Some(&json!(true));
        let counts = assumed::ON_ORDER.contains(&status) || status == assumed::ARCHIVED && !is_sent;
        if !counts {
            continue;
        }
        let mut ordered: BTreeMap<&str, Decimal> = BTreeMap::new();
        for line in lines(&order.values, "products") {
            *ordered.entry(text(line, "product")).or_default() += decimal(line, "quantity-ordered");
        }
        let shipped = show::moved(&order.values, "shipping");
        for (product, ordered) in ordered {
            let left = ordered - shipped.get(product).copied().unwrap_or_default();
            *sums.entry(product.to_owned()).or_insert(Decimal::ZERO) += left.max(Decimal::ZERO);
        }
    }
    sums
}

/// What `GET /inventory/{product}` shows.
pub fn inventory(company: &Company, product: &Record) -> Value {
    let places = levels(company).remove(&product.id).unwrap_or_default();
    let reserved = on_orders(company).remove(&product.id).unwrap_or_default();
    let quantity: Decimal = places.values().sum();
    let locations = places.iter().map(|((warehouse, lot), quantity)| {
        let mut location = json!({ "warehouse": warehouse, "quantity": number(*quantity) });
        if !lot.is_empty() {
            location["lot"] = json!(lot);
        }
        location
    });
    let values = json!({
        "product": product.id, "quantity": number(quantity), "quantity-reserved": number(reserved),
        "locations": locations.collect::<Value>(),
    });
    let values = values.as_object().expect("just made");
    Value::Object(show::shape(company, "inventory", values))
}

/// Makes the movements of one record what they should be, after it was written or is gone.
pub fn settle(company: &mut Company, resource: Resource, id: &str, now: Stamp) {
    let mut wanted = match company.book(resource).get(id) {
        Some(record) => caused_by(company, resource, record),
        None => Vec::new(),
    };
    let movements = company.book(Resource::InventoryMovements);
    let there: Vec<Record> = movements
        .rows()
        .filter(|movement| {
            movement
                .origin
                .as_ref()
                .is_some_and(|origin| origin.id == id)
        })
        .cloned()
        .collect();
    for mut movement in there {
        let part = movement.origin.as_ref().map(|origin| &origin.part);
        let at = wanted.iter().position(|(wanted, _)| Some(wanted) == part);
        match at.map(|at| wanted.remove(at).1) {
            None => {
                let book = company.book_mut(Resource::InventoryMovements);
                book.remove(&movement.id);
            }
            Some(values) if values == movement.values => {}
            Some(values) => {
                movement.values = values;
                movement.updated = now;
                company.book_mut(Resource::InventoryMovements).put(movement);
            }
        }
    }
    for (part, values) in wanted {
        let book = company.book_mut(Resource::InventoryMovements);
        let mut movement = Record::new(book.next_id(), now);
        movement.values = values;
        movement.origin = Some(Origin {
            id: id.to_owned(),
            part,
        });
        received(company, &movement, now);
        company.book_mut(Resource::InventoryMovements).put(movement);
    }
}

/// Tells the webhooks when goods came in.
pub fn received(company: &mut Company, movement: &Record, now: Stamp) {
    if text(&movement.values, "type") == "in" {
        let product = company.key(Resource::Products, text(&movement.values, "product"));
        let product = product.unwrap_or_default();
        company.webhooks.received(&movement.id, &product, now);
    }
}

/// The movements that a record stands for, each with the part of it that it comes from.
fn caused_by(company: &Company, resource: Resource, record: &Record) -> Vec<(String, Values)> {
    let mut caused = Vec::new();
    if let Some((parts, direction)) = resource.parts() {
        let code = text(&record.values, "code");
        for part in lines(&record.values, parts) {
            for (at, line) in lines(part, "products").enumerate() {
                let movement = movement(company, direction, line, part, code);
                caused.push((format!("{}:{at}", text(part, "id")), movement));
            }
        }
    }
    if resource == Resource::Productions && company.switches.production_moves_stock {
        let code = company.key(
            Resource::ProductionOrders,
            text(&record.values, "production-order"),
        );
        let code = code.unwrap_or_default();
        let product = text(&record.values, "product");
        let made = decimal(&record.values, "quantity-produced");
        let used = made + decimal(&record.values, "quantity-rejected");
        let mut add = |part: String, direction, product: &str, quantity: Decimal| {
            if !quantity.is_zero() && !product.is_empty() {
                let line = json!({ "product": product, "quantity": number(quantity) });
                let line = line.as_object().expect("just made");
                let mut when = record.values.clone();
                let at = when.get("end-date").or(when.get("start-date")).cloned();
                when.insert("date".to_owned(), at.unwrap_or_default());
                caused.push((part, movement(company, direction, line, &when, &code)));
            }
        };
        add("made".to_owned(), Direction::In, product, made);
        let bill = company.book(Resource::Products).get(product);
        let bill = bill
            .into_iter()
            .flat_map(|product| lines(&product.values, "bom"));
        for (at, line) in bill.enumerate() {
            let quantity = decimal(line, "quantity") * used;
            add(
                format!("used:{at}"),
                Direction::Out,
                text(line, "product"),
                quantity,
            );
        }
    }
    caused
}

fn movement(
    company: &Company,
    direction: Direction,
    line: &Values,
    part: &Values,
    document: &str,
) -> Values {
    let (kind, place) = match direction {
        Direction::In => ("in", "destination"),
        Direction::Out => ("out", "origin"),
    };
    let warehouse = line.get("warehouse").cloned();
    let warehouse = warehouse.unwrap_or_else(|| company.warehouse.clone().into());
    let mut values = Values::new();
    let mut set = |name: &str, value: Option<&Value>| {
        if let Some(value) = value {
            values.insert(name.to_owned(), value.clone());
        }
    };
    set("product", line.get("product"));
    set("quantity", line.get("quantity"));
    set("type", Some(&kind.into()));
    set(place, Some(&warehouse));
    set("lot", line.get("lot"));
    set("date", part.get("date"));
    set("document", Some(&document.into()));
    set("observations", part.get("observations"));
    values
}
