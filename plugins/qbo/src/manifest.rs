//! What this connector is and asks for.

use crate::assumed::{OVERLAP_S, REQUEST_ID_KEPT_S};
use crate::settings::Settings;
use crate::table::{Kind, Table};
use crate::tables::TABLES;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

/// Client id and client secret of the app.
pub const CLIENT: &str = "client";
/// The refresh token with which the connection began. What came after it stands in the memory.
pub const REFRESH: &str = "refresh_token";
/// What webhooks are signed with.
pub const VERIFIER: &str = "webhook_verifier";

const BASE: &str = "{base_url}";
const TOKEN: &str = "{token_url}";
const PRODUCTION_HOST: &str = "quickbooks.api.intuit.com";
const SANDBOX_HOST: &str = "sandbox-quickbooks.api.intuit.com";
const TOKEN_HOST: &str = "oauth.platform.intuit.com";

/// A minute's requests of one company.
const REQUESTS_A_MINUTE: u32 = 500;
/// A second's requests of one company and app are 10 by Intuit's current page; an older one has as many at once.
/// One fewer is sent, since requests may arrive closer together than they left.
const REQUESTS_A_SECOND: u32 = 9;
const CONCURRENT_MAX: u32 = 10;
/// Records of one read: one request.
const READS_MAX: u32 = 100;
const WRITES_MAX: u32 = 30;

/// The manifest.
pub fn manifest() -> Manifest {
    Manifest {
        name: "qbo".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("qbo-title", "QuickBooks Online"),
        vendor: "Intuit".to_owned(),
        settings: Settings::schema(),
        secrets: secrets(),
        hosts: hosts(),
        limits: Limits {
            rates: vec![
                RateLimit {
                    requests: REQUESTS_A_MINUTE,
                    window_s: 60,
                },
                RateLimit {
                    requests: REQUESTS_A_SECOND,
                    window_s: 1,
                },
            ],
            concurrency: CONCURRENT_MAX,
            ext: Vec::new(),
        },
        entities: TABLES.into_iter().map(entity).collect(),
        ext: Vec::new(),
    }
}

fn secrets() -> Vec<SecretUse> {
    let token_hosts = || vec![TOKEN.to_owned(), TOKEN_HOST.to_owned()];
    vec![
        SecretUse {
            name: CLIENT.to_owned(),
            title: text!(
                "qbo-client",
                "Client id and client secret of the app at Intuit, joined by a colon: ID:SECRET"
            ),
            required: true,
            hosts: token_hosts(),
            places: vec![Place::Header("Authorization".to_owned())],
        },
        SecretUse {
            name: REFRESH.to_owned(),
            title: text!(
                "qbo-refresh-token",
                "A refresh token of this company, to begin with; not needed where a person connects by the page of `liaison connection setup`"
            ),
            required: false,
            hosts: token_hosts(),
            places: vec![Place::Body],
        },
        SecretUse {
            name: VERIFIER.to_owned(),
            title: text!(
                "qbo-webhook-verifier",
                "Verifier token of the app's webhooks, where QuickBooks tells of changes"
            ),
            required: false,
            hosts: Vec::new(),
            places: Vec::new(),
        },
    ]
}

fn hosts() -> Vec<HostUse> {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    vec![
        host(
            PRODUCTION_HOST,
            text!("qbo-host", "The API of QuickBooks Online"),
        ),
        host(
            SANDBOX_HOST,
            text!("qbo-sandbox-host", "The API of Intuit's sandbox"),
        ),
        host(
            TOKEN_HOST,
            text!("qbo-token-host", "Where Intuit renews tokens"),
        ),
        host(
            BASE,
            text!(
                "qbo-set-host",
                "The API, where its address is set for tests"
            ),
        ),
        host(
            TOKEN,
            text!(
                "qbo-set-token-host",
                "Where tokens are renewed, where its address is set for tests"
            ),
        ),
    ]
}

fn entity(table: &'static Table) -> Entity {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    let mut entity = EntitySpec::new(table.entity, title(table.entity))
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .changes(match table.is_scanned() {
            true => ChangeSource::Scan,
            false => ChangeSource::Stamp(OVERLAP_S),
        })
        .keys(table.keys)
        .batches(READS_MAX, WRITES_MAX)
        .filter("id", &look_up)
        .filter("updated_at", &[Comparison::Ge, Comparison::Gt]);
    for name in filtered(table) {
        entity = match name {
            "date" => entity.filter(name, &[Comparison::Ge, Comparison::Le, Comparison::Eq]),
            "active" => entity.filter(name, &[Comparison::Eq]),
            _ => entity.filter(name, &look_up),
        };
    }
    if table.creates() {
        entity = entity.operations(Operations::CREATE);
        // How long a `requestid` is kept is not known: a transaction is looked for before it is sent again under its own.
        // A customer, vendor or item that is there already refuses a second one by its name.
        if table.is_transaction() {
            entity = entity.idempotency(Idempotency::HiddenMarker("external_guid".to_owned()));
        }
        entity = entity.idempotency(Idempotency::NativeKey(REQUEST_ID_KEPT_S));
        if let Some(marker) = table.marker {
            entity = entity.idempotency(Idempotency::Marker(marker.to_owned()));
        }
    }
    if table.updates() {
        entity = entity.operations(Operations::UPDATE);
    }
    if table.kind == Kind::Transaction {
        entity = entity.operations(Operations::DELETE);
    }
    let mut entity = entity.build();
    entity.schema = table.schema().to_string();
    entity
}

/// The fields by which QuickBooks filters.
fn filtered(table: &'static Table) -> Vec<&'static str> {
    let known = [
        "name",
        "full_name",
        "sku",
        "number",
        "customer_id",
        "vendor_id",
        "date",
        "active",
    ];
    let asked = known
        .into_iter()
        .filter(|name| table.asked_by(name).is_some());
    asked.collect()
}

fn title(entity: &str) -> Text {
    match entity {
        "customer" => text!("qbo-customer", "Customer"),
        "vendor" => text!("qbo-vendor", "Vendor"),
        "employee" => text!("qbo-employee", "Employee"),
        "item" => text!("qbo-item", "Item"),
        "stock" => text!("qbo-stock", "Stock of an item"),
        "account" => text!("qbo-account", "Account"),
        "terms" => text!("qbo-terms", "Terms"),
        "class" => text!("qbo-class", "Class"),
        "location" => text!("qbo-location", "Location"),
        "payment_method" => text!("qbo-payment-method", "Payment method"),
        "sales_tax_code" => text!("qbo-sales-tax-code", "Sales tax code"),
        "invoice" => text!("qbo-invoice", "Invoice"),
        "sales_receipt" => text!("qbo-sales-receipt", "Sales receipt"),
        "estimate" => text!("qbo-estimate", "Estimate"),
        "purchase_order" => text!("qbo-purchase-order", "Purchase order"),
        "bill" => text!("qbo-bill", "Bill"),
        "inventory_adjustment" => text!("qbo-inventory-adjustment", "Inventory adjustment"),
        "custom_field" => text!("qbo-custom-field", "Custom field"),
        _ => text!("qbo-company", "Company"),
    }
}
