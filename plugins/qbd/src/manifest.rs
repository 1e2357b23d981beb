//! What this connector is and asks for.

use crate::assumed::{OVERLAP_S, REMEMBERED_S};
use crate::settings::{Settings, PASSWORD};
use crate::table::{Shape, Table};
use crate::tables::TABLES;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

/// Ids or queries of one message set. Each is a request of its own, and all are answered at once.
const READS_MAX: u32 = 100;
/// Records of one write: each is a message set of its own, all of one visit.
const WRITES_MAX: u32 = 25;

/// The manifest.
pub fn manifest() -> Manifest {
    Manifest {
        name: "qbd".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("qbd-title", "QuickBooks Desktop"),
        vendor: "Intuit".to_owned(),
        settings: Settings::schema(),
        secrets: vec![SecretUse {
            name: PASSWORD.to_owned(),
            title: text!(
                "qbd-password",
                "Password that a person types into the Web Connector"
            ),
            required: true,
            hosts: Vec::new(),
            places: Vec::new(),
        }],
        hosts: Vec::new(),
        limits: Limits {
            rates: Vec::new(),
            // One company, one lane; what waits is handed out one by one.
            concurrency: 8,
            ext: Vec::new(),
        },
        entities: TABLES.into_iter().map(entity).collect(),
        ext: Vec::new(),
    }
}

fn entity(table: &'static Table) -> Entity {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    let mut spec = EntitySpec::new(table.entity, title(table.entity))
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .filter("id", &look_up)
        .keys(table.keys)
        .batches(READS_MAX, WRITES_MAX);
    spec = match table.is_scanned() {
        true => spec.changes(ChangeSource::Scan),
        false => spec.changes(ChangeSource::Stamp(OVERLAP_S)).filter(
            "updated_at",
            &[Comparison::Ge, Comparison::Gt, Comparison::Le],
        ),
    };
    if table.is_list() {
        spec = spec.filter("active", &[Comparison::Eq]);
    }
    if table.is_transaction() {
        spec = spec.filter("date", &[Comparison::Ge, Comparison::Le, Comparison::Eq]);
    }
    if table.shape == Shape::Transaction {
        spec = spec.filter("number", &[Comparison::Eq, Comparison::IsIn]);
    }
    if table.shape == Shape::Tree {
        spec = spec.filter("full_name", &[Comparison::Eq, Comparison::IsIn]);
    }
    if let Some((owner, _)) = table.owner {
        spec = spec.filter(owner, &[Comparison::Eq, Comparison::IsIn]);
    }
    if table.adds() {
        spec = spec
            .operations(Operations::CREATE)
            .idempotency(Idempotency::NativeKey(REMEMBERED_S));
    }
    if table.changes() {
        spec = spec.operations(Operations::UPDATE);
    }
    let mut entity = spec.build();
    entity.schema = table.schema().to_string();
    entity
}

fn title(entity: &str) -> Text {
    match entity {
        "customer" => text!("qbd-customer", "Customer or job"),
        "vendor" => text!("qbd-vendor", "Vendor"),
        "employee" => text!("qbd-employee", "Employee"),
        "item" => text!("qbd-item", "Item"),
        "stock" => text!("qbd-stock", "Stock of an item"),
        "account" => text!("qbd-account", "Account"),
        "terms" => text!("qbd-terms", "Terms"),
        "class" => text!("qbd-class", "Class"),
        "payroll_item" => text!("qbd-payroll-item", "Payroll item"),
        "sales_tax_code" => text!("qbd-sales-tax-code", "Sales tax code"),
        "ship_method" => text!("qbd-ship-method", "Ship method"),
        "sales_rep" => text!("qbd-sales-rep", "Sales representative"),
        "price_level" => text!("qbd-price-level", "Price level"),
        "site" => text!("qbd-site", "Inventory site"),
        "sales_order" => text!("qbd-sales-order", "Sales order"),
        "invoice" => text!("qbd-invoice", "Invoice"),
        "estimate" => text!("qbd-estimate", "Estimate"),
        "purchase_order" => text!("qbd-purchase-order", "Purchase order"),
        "bill" => text!("qbd-bill", "Bill"),
        "time_entry" => text!("qbd-time-entry", "Time entry"),
        "inventory_adjustment" => text!("qbd-inventory-adjustment", "Inventory adjustment"),
        "company" => text!("qbd-company", "Company"),
        _ => text!("qbd-custom-field", "Custom field"),
    }
}
