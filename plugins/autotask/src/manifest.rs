//! What this connector is and asks for.

use crate::invoice;
use crate::settings::Settings;
use crate::tables;
use crate::walk::OVERLAP_S;
use liaison_sdk::prelude::*;

/// Autotask's own hosts: every zone, and the one that knows the zones.
const HOSTS: &str = "*.autotask.net";
const FIXED_HOST: &str = "{base_url}";

/// The manifest.
pub fn manifest() -> Manifest {
    let hosts = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    Manifest {
        name: "autotask".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("title", "Autotask PSA"),
        vendor: "Datto / Kaseya".to_owned(),
        settings: Settings::schema(),
        secrets: vec![
            secret(
                "user_name",
                text!("secret-user-name", "User name (key) of the API user"),
                vec![
                    Place::Header("UserName".to_owned()),
                    Place::Query("user".to_owned()),
                ],
            ),
            secret(
                "secret",
                text!("secret-secret", "Password (secret) of the API user"),
                header("Secret"),
            ),
            secret(
                "integration_code",
                text!(
                    "secret-integration-code",
                    "Tracking identifier (integration code) of the API user"
                ),
                header("ApiIntegrationCode"),
            ),
        ],
        hosts: vec![
            hosts(
                HOSTS,
                text!("host-zones", "The zone look-up and the tenant's own zone"),
            ),
            hosts(
                FIXED_HOST,
                text!(
                    "host-fixed",
                    "The address of the API, where it is fixed in the settings"
                ),
            ),
        ],
        // The quota is the tenant's, shared with all its other tools.
        limits: Limits {
            rates: vec![RateLimit {
                requests: 10_000,
                window_s: 3_600,
            }],
            concurrency: 3,
            ext: Vec::new(),
        },
        entities: entities(),
        ext: Vec::new(),
    }
}

fn secret(name: &str, title: Text, places: Vec<Place>) -> SecretUse {
    let hosts = vec![HOSTS.to_owned(), FIXED_HOST.to_owned()];
    SecretUse {
        name: name.to_owned(),
        title,
        required: true,
        hosts,
        places,
    }
}

fn header(name: &str) -> Vec<Place> {
    vec![Place::Header(name.to_owned())]
}

/// Batches: 500 ids fit one query; a write costs a request each, and a busy tenant's requests take a
/// second each, of the 60 a call has.
fn entities() -> Vec<Entity> {
    let reading = Operations::READ | Operations::QUERY | Operations::FIND;
    vec![
        EntitySpec::new("invoice", text!("entity-invoice", "Invoice"))
            .operations(reading | Operations::UPDATE)
            .changes(ChangeSource::Matching)
            .keys(&["id", "number"])
            .batches(200, 200)
            .from(&tables::INVOICE, &invoice::fields()),
        EntitySpec::new("billing_code", text!("entity-billing-code", "Billing code"))
            .operations(reading)
            .changes(ChangeSource::Scan)
            .keys(&["id", "name", "external_number"])
            .batches(500, 1)
            .from(&tables::BILLING_CODE, &[]),
        EntitySpec::new("company", text!("entity-company", "Company"))
            .operations(reading | Operations::CREATE | Operations::UPDATE)
            .changes(ChangeSource::Stamp(OVERLAP_S))
            .keys(&["id", "name", "number", "erp_customer_id", "erp_supplier_id"])
            .batches(50, 25)
            .from(&tables::COMPANY, &[]),
        EntitySpec::new("product", text!("entity-product", "Product"))
            .operations(reading | Operations::UPDATE)
            .changes(ChangeSource::Scan)
            .keys(&["id", "sku", "erp_id", "name"])
            .batches(500, 25)
            .from(&tables::PRODUCT, &[]),
        EntitySpec::new("ticket", text!("entity-ticket", "Ticket"))
            .operations(
                Operations::READ | Operations::FIND | Operations::CREATE | Operations::UPDATE,
            )
            .idempotency(Idempotency::Marker("external_id".to_owned()))
            .keys(&["external_id", "number"])
            .batches(500, 10)
            .from(&tables::TICKET, &[]),
        EntitySpec::new(
            "ticket_category",
            text!("entity-ticket-category", "Ticket category"),
        )
        .operations(Operations::QUERY | Operations::FIND)
        .keys(&["name"])
        .batches(500, 1)
        .from(&tables::TICKET_CATEGORY, &[]),
        EntitySpec::new("payment_term", text!("entity-payment-term", "Payment term"))
            .operations(Operations::QUERY | Operations::READ)
            .batches(500, 1)
            .from(&tables::PAYMENT_TERM, &[]),
    ]
}

/// An entity's fields and filters are those of its table.
trait FromTable {
    fn from(self, table: &crate::table::Table, more: &[schema::Field]) -> Entity;
}

impl FromTable for EntitySpec {
    fn from(self, table: &crate::table::Table, more: &[schema::Field]) -> Entity {
        let mut fields: Vec<schema::Field> = table.columns.iter().map(|c| c.schema()).collect();
        fields.extend_from_slice(more);
        let filtered = table.columns.iter().filter(|c| !c.filters.is_empty());
        filtered
            .fold(self.fields(&fields), |spec, c| {
                spec.filter(c.field, c.filters)
            })
            .build()
    }
}
