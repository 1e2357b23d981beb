//! What this connector is and asks for.

use crate::api::API_KEY;
use crate::assumed::*;
use crate::settings::Settings;
use crate::stock;
use crate::table::Table;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

const BASE: &str = "{base_url}";
/// Records of one read: a request each.
const READS_MAX: u32 = 25;
/// Records of one write: two requests each and those of their references.
const WRITES_MAX: u32 = 10;

/// The manifest.
pub fn manifest() -> Manifest {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    let mut entities: Vec<Entity> = TABLES.into_iter().map(entity).collect();
    entities.push(stock_entity());
    Manifest {
        name: "fusion-operations".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("fusion-title", "Autodesk Fusion Operations"),
        vendor: "Autodesk".to_owned(),
        settings: Settings::schema(),
        secrets: vec![SecretUse {
            name: API_KEY.to_owned(),
            title: text!(
                "fusion-api-key",
                "API key and API secret, joined by a colon: KEY:SECRET"
            ),
            required: true,
            hosts: vec![BASE.to_owned(), HOST.to_owned()],
            places: vec![Place::Header("Authorization".to_owned())],
        }],
        hosts: vec![
            host(
                BASE,
                text!(
                    "fusion-host",
                    "The API of Fusion Operations, where its address is set"
                ),
            ),
            host(
                HOST,
                text!(
                    "fusion-default-host",
                    "The API of Fusion Operations, where no address is set"
                ),
            ),
        ],
        limits: Limits {
            rates: vec![RateLimit {
                requests: REQUESTS_A_MINUTE,
                window_s: 60,
            }],
            concurrency: 2,
            ext: Vec::new(),
        },
        entities,
        ext: Vec::new(),
    }
}

fn entity(table: &'static Table) -> Entity {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    let mut spec = EntitySpec::new(table.entity, title(table.entity))
        .fields(&table.schema_fields())
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .filter("id", &look_up)
        .keys(table.keys)
        .batches(READS_MAX, WRITES_MAX);
    if table.is_own() {
        spec = spec.filter("updated_at", &[Comparison::Ge, Comparison::Gt]);
    }
    let searchable = table.has_code().then_some("code").into_iter();
    for field in searchable.chain(table.filters.iter().map(|(field, _)| *field)) {
        spec = spec.filter(field, &[Comparison::Eq]);
    }
    if let Some(owner) = table.owner() {
        spec = spec.filter(owner, &look_up);
    }
    if table.writable {
        // A new record is recognised by its code, ours where the flow gives none; what is moved of an
        // order by the order.
        let marker = table.owner().unwrap_or("code");
        spec = spec
            .operations(Operations::CREATE | Operations::UPDATE)
            .idempotency(Idempotency::Marker(marker.to_owned()));
    }
    spec.build()
}

fn stock_entity() -> Entity {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    EntitySpec::new(stock::ENTITY, text!("fusion-stock", "Stock"))
        .fields(&stock::schema_fields())
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .changes(ChangeSource::Scan)
        .filter("id", &look_up)
        .filter("product_id", &look_up)
        .keys(&stock::KEYS)
        .batches(stock::PRODUCTS_A_PAGE, 1)
        .build()
}

fn title(entity: &str) -> Text {
    match entity {
        "customer" => text!("fusion-customer", "Customer"),
        "supplier" => text!("fusion-supplier", "Supplier"),
        "product" => text!("fusion-product", "Product"),
        "sales_order" => text!("fusion-sales-order", "Sales order"),
        "purchase_order" => text!("fusion-purchase-order", "Purchase order"),
        "shipment" => text!("fusion-shipment", "Shipment"),
        "reception" => text!("fusion-reception", "Reception"),
        "work_order" => text!("fusion-work-order", "Work order"),
        "worker" => text!("fusion-worker", "Worker"),
        "time_record" => text!("fusion-time-record", "Time record of a work order"),
        _ => text!("fusion-task-duration", "Task duration"),
    }
}
