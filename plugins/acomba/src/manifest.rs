//! What this connector is and asks for.

use crate::bridge::API_KEY;
use crate::card::{Access, CardKind};
use crate::document::{self, DocumentKind};
use crate::{kinds, walk};
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// How long the bridge remembers the key of an addition.
const KEY_WINDOW_S: u32 = 7 * 24 * 3600;
/// Each write takes a request or two on the bridge's only thread; the host learns how many fit a call, and
/// what does not fit is given back as "later".
const WRITES_MAX: u32 = 100;
/// Each read or look-up is one request.
const READS_MAX: u32 = 100;

/// The manifest.
pub fn manifest() -> Manifest {
    let mut entities: Vec<Entity> = kinds::KINDS.iter().map(|kind| card(kind)).collect();
    entities.extend(document::KINDS.iter().map(|kind| document(kind)));
    Manifest {
        name: "acomba".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("acomba-title", "Acomba"),
        vendor: "Acomba".to_owned(),
        settings: settings(),
        secrets: vec![SecretUse {
            name: API_KEY.to_owned(),
            title: text!("acomba-api-key", "API key of the AcoBridge"),
            required: true,
            hosts: vec!["{base_url}".to_owned()],
            places: vec![Place::Header("X-Api-Key".to_owned())],
        }],
        hosts: vec![HostUse {
            pattern: "{base_url}".to_owned(),
            reason: text!(
                "acomba-host",
                "The AcoBridge on the machine that has Acomba"
            ),
        }],
        // Acomba's SDK lives on one thread; a second request would only wait in the bridge.
        limits: Limits {
            rates: Vec::new(),
            concurrency: 1,
            ext: Vec::new(),
        },
        entities,
        ext: Vec::new(),
    }
}

fn settings() -> String {
    schema::settings(
        &[
            schema::string("base_url")
                .required()
                .title("Address of the bridge")
                .description("Where the AcoBridge listens, e.g. https://srv-acomba:8443. It runs on the Windows machine that has Acomba and its SDK.")
                .with("format", json!("uri")),
            schema::string("company")
                .required()
                .title("Company")
                .description("The company's alias in the configuration of the AcoBridge, which leads to its folder, user and password.")
                .with("minLength", json!(1)),
            schema::string("company_unique_id")
                .title("Identity of the company")
                .description("The one company this connection may work with, as `liaison check` shows it. Left out, the company seen at first contact is remembered. Set it when the connection is meant for another company from now on."),
        ],
        &["base_url", "company"],
    )
}

fn card(kind: &CardKind) -> Entity {
    let mut fields = vec![schema::id("id")];
    fields.extend(kind.fields.iter().map(|field| field.schema()));
    let look_up = [Comparison::Eq, Comparison::IsIn];
    let spec = EntitySpec::new(kind.entity, title(kind.entity))
        .fields(&fields)
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .filter("id", &look_up)
        .filter("number", &look_up)
        .keys(&["number"])
        .batches(READS_MAX, WRITES_MAX);
    match kind.access {
        Access::ReadOnly => spec.build(),
        // Small tables, most without a stamp; and only a walk through all of them shows what is gone.
        Access::Listed => spec.changes(ChangeSource::Scan).build(),
        Access::Followed => spec.changes(ChangeSource::Stamp(walk::OVERLAP_S)).build(),
        Access::Full => spec
            .operations(Operations::CREATE | Operations::UPDATE)
            .changes(ChangeSource::Stamp(walk::OVERLAP_S))
            .idempotency(Idempotency::NativeKey(KEY_WINDOW_S))
            .idempotency(Idempotency::Marker("number".to_owned()))
            .build(),
    }
}

fn document(kind: &DocumentKind) -> Entity {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    let spec = EntitySpec::new(kind.entity, title(kind.entity))
        .fields(&document::schema_fields(kind))
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .changes(ChangeSource::Stamp(walk::OVERLAP_S))
        .filter("id", &look_up)
        .filter("reference", &look_up)
        .keys(&["reference", "number"])
        .batches(READS_MAX, WRITES_MAX);
    match kind.access {
        Access::Full => spec
            .operations(Operations::CREATE)
            .idempotency(Idempotency::NativeKey(KEY_WINDOW_S))
            .idempotency(Idempotency::Marker("reference".to_owned()))
            .build(),
        _ => spec.build(),
    }
}

fn title(entity: &str) -> Text {
    match entity {
        "customer" => text!("acomba-customer", "Customer"),
        "supplier" => text!("acomba-supplier", "Supplier"),
        "product" => text!("acomba-product", "Product"),
        "product_group" => text!("acomba-product-group", "Product group"),
        "term" => text!("acomba-term", "Payment term"),
        "tax" => text!("acomba-tax", "Tax"),
        "tax_group" => text!("acomba-tax-group", "Tax group"),
        "salesperson" => text!("acomba-salesperson", "Salesperson"),
        "territory" => text!("acomba-territory", "Territory"),
        "quote" => text!("acomba-quote", "Quote"),
        "order" => text!("acomba-order", "Order"),
        "open_order" => text!("acomba-open-order", "Open order"),
        "contract" => text!("acomba-contract", "Contract"),
        _ => text!("acomba-invoice", "Invoice"),
    }
}
