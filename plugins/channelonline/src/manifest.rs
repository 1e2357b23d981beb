//! What this connector is and asks for.

use crate::api::PASSWORD;
use crate::assumed::{OVERLAP_S, REMEMBERED_S};
use crate::entity;
use crate::settings::{Settings, HOST};
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

const BASE: &str = "{base_url}";
/// One call in so many seconds: the service drops connections that come faster than every 2 to 2.5 s, and
/// the host's gate counts whole seconds. The connection's `limits` may say otherwise.
const PACE_S: u32 = 3;
/// Records of one read or look-up: each is a call of its own, and a call of ours may take a minute.
const READS_MAX: u32 = 10;
/// Records of one write: up to three calls each.
const WRITES_MAX: u32 = 5;

/// The manifest.
pub fn manifest() -> Manifest {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    Manifest {
        name: "channelonline".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("channelonline-title", "ChannelOnline"),
        vendor: "1WorldSync".to_owned(),
        settings: Settings::schema(),
        secrets: vec![SecretUse {
            name: PASSWORD.to_owned(),
            title: text!("channelonline-password", "Password of the user"),
            required: true,
            hosts: vec![BASE.to_owned(), HOST.to_owned()],
            places: vec![Place::Body],
        }],
        hosts: vec![
            host(
                BASE,
                text!(
                    "channelonline-set-host",
                    "The XML service, where its address is set"
                ),
            ),
            host(
                HOST,
                text!(
                    "channelonline-host",
                    "The XML service, where no address is set"
                ),
            ),
        ],
        limits: Limits {
            rates: vec![RateLimit {
                requests: 1,
                window_s: PACE_S,
            }],
            concurrency: 1,
            ext: Vec::new(),
        },
        entities: entities(),
        ext: Vec::new(),
    }
}

fn entities() -> Vec<Entity> {
    vec![
        customers(),
        contacts(),
        documents(entity::QUOTE),
        documents(entity::SALES_ORDER),
        products(),
        list(entity::CATEGORY),
        list(entity::MANUFACTURER),
        list(entity::SALES_REP),
        list(entity::PAYMENT_TERM),
        list(entity::SHIPPING_METHOD),
        list(entity::DOCUMENT_CUSTOM_FIELD),
        actions(),
        export_results(),
    ]
}

fn spec(name: &str) -> EntitySpec {
    EntitySpec::new(name, title(name))
        .fields(&entity::fields(name))
        .keys(entity::keys(name))
        .batches(READS_MAX, WRITES_MAX)
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .filter("id", &[Comparison::Eq, Comparison::IsIn])
}

fn customers() -> Entity {
    spec(entity::CUSTOMER)
        .operations(Operations::CREATE | Operations::UPDATE)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .idempotency(Idempotency::NativeKey(REMEMBERED_S))
        .idempotency(Idempotency::Marker("name".to_owned()))
        .build()
}

fn contacts() -> Entity {
    spec(entity::CONTACT)
        .operations(Operations::CREATE | Operations::UPDATE)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .filter("customer_id", &[Comparison::Eq, Comparison::IsIn])
        .idempotency(Idempotency::NativeKey(REMEMBERED_S))
        .build()
}

fn documents(name: &str) -> Entity {
    spec(name)
        .operations(Operations::UPDATE)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .build()
}

fn products() -> Entity {
    spec(entity::PRODUCT)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .build()
}

fn list(name: &str) -> Entity {
    spec(name)
        .changes(ChangeSource::Scan)
        .batches(100, 1)
        .build()
}

/// Those that wait. A finished one is gone.
fn actions() -> Entity {
    spec(entity::ACTION)
        .operations(Operations::UPDATE)
        .changes(ChangeSource::Matching)
        .batches(100, WRITES_MAX)
        .build()
}

/// Telling the same once more does no harm.
fn export_results() -> Entity {
    EntitySpec::new(entity::EXPORT_RESULT, title(entity::EXPORT_RESULT))
        .fields(&entity::fields(entity::EXPORT_RESULT))
        .batches(100, WRITES_MAX)
        .operations(Operations::READ | Operations::CREATE | Operations::UPDATE)
        .idempotency(Idempotency::Upsert)
        .build()
}

fn title(name: &str) -> Text {
    match name {
        entity::CUSTOMER => text!("channelonline-customer", "Customer"),
        entity::CONTACT => text!("channelonline-contact", "Contact"),
        entity::QUOTE => text!("channelonline-quote", "Quote"),
        entity::SALES_ORDER => text!("channelonline-sales-order", "Sales order"),
        entity::PRODUCT => text!("channelonline-product", "Product"),
        entity::CATEGORY => text!("channelonline-category", "Category"),
        entity::MANUFACTURER => text!("channelonline-manufacturer", "Manufacturer"),
        entity::SALES_REP => text!("channelonline-sales-rep", "Sales representative"),
        entity::PAYMENT_TERM => text!("channelonline-payment-term", "Payment term"),
        entity::SHIPPING_METHOD => text!("channelonline-shipping-method", "Shipping method"),
        entity::DOCUMENT_CUSTOM_FIELD => text!(
            "channelonline-document-custom-field",
            "Custom field of documents"
        ),
        entity::ACTION => text!("channelonline-action", "User's action"),
        _ => text!("channelonline-export-result", "Outcome of an export"),
    }
}
