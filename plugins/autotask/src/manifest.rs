//! What this connector is and asks for.

use crate::settings::Settings;
use crate::table::Table;
use crate::walk::OVERLAP_S;
use crate::{invoice, picklist, quote, tables};
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
    let mut entities = invoicing();
    entities.extend(parties());
    entities.extend(goods());
    entities.extend(sales());
    entities.extend(lists());
    entities
}

const READING: Operations = Operations::READ
    .union(Operations::QUERY)
    .union(Operations::FIND);

fn invoicing() -> Vec<Entity> {
    vec![
        EntitySpec::new("invoice", text!("entity-invoice", "Invoice"))
            .changes(ChangeSource::Matching)
            .keys(&["id", "number"])
            .batches(200, 200)
            .from(&tables::INVOICE, &invoice::fields()),
        EntitySpec::new("billing_code", text!("entity-billing-code", "Billing code"))
            .changes(ChangeSource::Scan)
            .keys(&["id", "name", "external_number"])
            .batches(500, 1)
            .from(&tables::BILLING_CODE, &[]),
        EntitySpec::new("ticket", text!("entity-ticket", "Ticket"))
            .idempotency(Idempotency::Marker("external_id".to_owned()))
            .keys(&["external_id", "number"])
            .batches(500, 10)
            .from(&tables::TICKET, &[]),
        EntitySpec::new(
            "ticket_category",
            text!("entity-ticket-category", "Ticket category"),
        )
        .keys(&["name"])
        .batches(500, 1)
        .from(&tables::TICKET_CATEGORY, &[]),
    ]
}

fn parties() -> Vec<Entity> {
    vec![
        EntitySpec::new("company", text!("entity-company", "Company"))
            .changes(ChangeSource::Stamp(OVERLAP_S))
            .keys(&[
                "id",
                "name",
                "number",
                "external_id",
                "erp_customer_id",
                "erp_supplier_id",
            ])
            .batches(50, 25)
            .from(&tables::COMPANY, &[]),
        EntitySpec::new("contact", text!("entity-contact", "Contact"))
            .changes(ChangeSource::Stamp(OVERLAP_S))
            .keys(&[
                "id",
                "email",
                "company_id",
                "first_name",
                "last_name",
                "external_id",
            ])
            .batches(50, 25)
            .from(&tables::CONTACT, &[]),
        EntitySpec::new("resource", text!("entity-resource", "User"))
            .keys(&["id", "email", "user_name"])
            .batches(500, 1)
            .from(&tables::RESOURCE, &[]),
        EntitySpec::new("country", text!("entity-country", "Country"))
            .keys(&["id", "code", "name", "display_name"])
            .batches(500, 1)
            .from(&tables::COUNTRY, &[]),
    ]
}

fn goods() -> Vec<Entity> {
    vec![
        EntitySpec::new("product", text!("entity-product", "Product"))
            .changes(ChangeSource::Scan)
            .keys(&[
                "id",
                "sku",
                "erp_id",
                "name",
                "manufacturer",
                "manufacturer_part",
                "external_product_id",
            ])
            .batches(500, 25)
            .from(&tables::PRODUCT, &[]),
        EntitySpec::new("service", text!("entity-service", "Service"))
            .keys(&["id", "name", "sku"])
            .batches(500, 1)
            .from(&tables::SERVICE, &[]),
        EntitySpec::new(
            "service_bundle",
            text!("entity-service-bundle", "Service bundle"),
        )
        .keys(&["id", "name", "sku"])
        .batches(500, 1)
        .from(&tables::SERVICE_BUNDLE, &[]),
        EntitySpec::new("labor", text!("entity-labor", "Role (labour)"))
            .keys(&["id", "name"])
            .batches(500, 1)
            .from(&tables::LABOR, &[]),
    ]
}

/// A quote costs a request for each line; how many are sent together is to spare questions, not requests.
const QUOTES_MAX: u32 = 8;

fn sales() -> Vec<Entity> {
    vec![
        EntitySpec::new("opportunity", text!("entity-opportunity", "Opportunity"))
            .changes(ChangeSource::Stamp(OVERLAP_S))
            .keys(&["id", "title", "company_id", "external_id"])
            .batches(50, 25)
            .from(&tables::OPPORTUNITY, &[]),
        EntitySpec::new("quote", text!("entity-quote", "Quote"))
            .changes(ChangeSource::Stamp(OVERLAP_S))
            .keys(&["id", "opportunity_id", "external_number", "company_id"])
            .batches(50, QUOTES_MAX)
            .from(&tables::QUOTE, &quote::fields()),
    ]
}

fn lists() -> Vec<Entity> {
    let mut lists = vec![
        EntitySpec::new("payment_term", text!("entity-payment-term", "Payment term"))
            .keys(&["id", "name"])
            .batches(500, 1)
            .from(&tables::PAYMENT_TERM, &[]),
        EntitySpec::new(
            "shipping_type",
            text!("entity-shipping-type", "Shipping type"),
        )
        .keys(&["id", "name"])
        .batches(500, 1)
        .from(&tables::SHIPPING_TYPE, &[]),
        EntitySpec::new("tax_region", text!("entity-tax-region", "Tax region"))
            .keys(&["id", "name"])
            .batches(500, 1)
            .from(&tables::TAX_REGION, &[]),
        EntitySpec::new("tax_category", text!("entity-tax-category", "Tax category"))
            .keys(&["id", "name"])
            .batches(500, 1)
            .from(&tables::TAX_CATEGORY, &[]),
    ];
    let titles = [
        text!("entity-product-category", "Product category"),
        text!("entity-opportunity-status", "Status of an opportunity"),
        text!("entity-opportunity-stage", "Stage of an opportunity"),
        text!("entity-opportunity-category", "Category of an opportunity"),
    ];
    for (list, title) in picklist::ALL.iter().zip(titles) {
        let spec = EntitySpec::new(list.entity, title)
            .operations(READING)
            .keys(&["id", "name"])
            .batches(500, 1)
            .fields(&picklist::fields());
        lists.push(spec.build());
    }
    lists
}

/// An entity's fields, filters and writes are those of its table.
trait FromTable {
    fn from(self, table: &Table, more: &[schema::Field]) -> Entity;
}

impl FromTable for EntitySpec {
    fn from(self, table: &Table, more: &[schema::Field]) -> Entity {
        let mut fields: Vec<schema::Field> = table.columns.iter().map(|c| c.schema()).collect();
        fields.extend_from_slice(more);
        let filtered = table.columns.iter().filter(|c| !c.filters.is_empty());
        let mut spec = self.operations(READING);
        for action in table.writes {
            spec = spec.operations(match action {
                Action::Create => Operations::CREATE,
                Action::Update => Operations::UPDATE,
                Action::Delete => Operations::DELETE,
            });
        }
        // A new record that carries our id is found before it is made again, and gone on with.
        if let Some(marker) = table.marker {
            spec = spec
                .idempotency(Idempotency::Upsert)
                .idempotency(Idempotency::Marker(marker.to_owned()));
        }
        filtered
            .fold(spec.fields(&fields), |spec, c| {
                spec.filter(c.field, c.filters)
            })
            .build()
    }
}
