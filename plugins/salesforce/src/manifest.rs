//! What this connector is and asks for.

use crate::assumed::OVERLAP_S;
use crate::inbound::SECRET as MESSAGE_SECRET;
use crate::lines::{has_lines, LINES};
use crate::session::CONSUMER_SECRET;
use crate::settings::Settings;
use crate::signing::PRIVATE_KEY;
use crate::table::{Table, CUSTOM, KEY, OBJECT, RECORD_TYPE};
use crate::tables;
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

const LOGIN: &str = "{login_url}";
/// Where the setting is left out.
const DEFAULT_LOGIN: &str = "login.salesforce.com";
/// The instances, the login hosts and the orgs' own domains.
const INSTANCES: &str = "*.salesforce.com";
/// Records of one request that writes.
pub const BATCH: u32 = 200;
/// Records of one read: the host takes 250,000 JSON values in an answer, and an object may have 900 fields.
const READ_BATCH: u32 = 100;
/// The same of opportunities, which show their lines.
const READ_BATCH_WITH_LINES: u32 = 50;
/// The same of custom objects, which are narrower; as many as one query takes ids.
const READ_BATCH_CUSTOM: u32 = 200;

/// The manifest.
pub fn manifest() -> Manifest {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    Manifest {
        name: "salesforce".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("salesforce-title", "Salesforce"),
        vendor: "Salesforce".to_owned(),
        settings: Settings::schema(),
        secrets: vec![
            SecretUse {
                name: CONSUMER_SECRET.to_owned(),
                title: text!(
                    "salesforce-consumer-secret-title",
                    "Consumer secret of the External Client App (client credentials)"
                ),
                required: false,
                hosts: vec![LOGIN.to_owned(), DEFAULT_LOGIN.to_owned()],
                places: vec![Place::Body],
            },
            // It signs and never leaves: no host, no place.
            SecretUse {
                name: PRIVATE_KEY.to_owned(),
                title: text!(
                    "salesforce-private-key-title",
                    "Private key whose certificate the app holds (JWT bearer), in PEM"
                ),
                required: false,
                hosts: Vec::new(),
                places: Vec::new(),
            },
            // It is only compared with what comes in.
            SecretUse {
                name: MESSAGE_SECRET.to_owned(),
                title: text!(
                    "salesforce-message-secret-title",
                    "What the address of outbound messages ends with, where Salesforce sends any"
                ),
                required: false,
                hosts: Vec::new(),
                places: Vec::new(),
            },
        ],
        hosts: vec![
            host(
                LOGIN,
                text!("salesforce-host-login", "Where liaison logs in"),
            ),
            host(
                INSTANCES,
                text!(
                    "salesforce-host-instance",
                    "The org's own address, which the login names"
                ),
            ),
        ],
        limits: Limits {
            // The day's allowance differs from org to org and is told by each answer; see `usage`.
            rates: Vec::new(),
            concurrency: 4,
            ext: Vec::new(),
        },
        entities: tables::ALL.iter().map(entity).collect(),
        ext: Vec::new(),
    }
}

fn entity(table: &Table) -> Entity {
    use Comparison as C;
    let reads = match table.entity {
        CUSTOM => READ_BATCH_CUSTOM,
        _ if has_lines(table) => READ_BATCH_WITH_LINES,
        _ => READ_BATCH,
    };
    let mut spec = EntitySpec::new(table.entity, title(table.entity))
        .fields(&table.schema_fields())
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        .filter("id", &[C::Eq, C::IsIn])
        .keys(&table.all_keys())
        .batches(reads, BATCH);
    if table.entity == CUSTOM {
        spec = spec.filter(OBJECT, &[C::Eq]);
    }
    for field in table
        .fields
        .iter()
        .filter(|spec| !spec.filters().is_empty())
    {
        spec = spec.filter(field.name, field.filters());
    }
    if table.has_record_types() {
        spec = spec.filter(RECORD_TYPE, &[C::Eq, C::IsIn, C::Empty, C::NotEmpty]);
    }
    if table.writable {
        spec = spec
            .operations(Operations::CREATE | Operations::UPDATE | Operations::DELETE)
            .filter(KEY, &[C::Eq, C::IsIn])
            // A key of the flow's is looked for; without one the create carries its token, and is sent again.
            // Where the org has no field for it, `repeat` keeps it from being done twice.
            .idempotency(Idempotency::Marker(KEY.to_owned()))
            .idempotency(Idempotency::Upsert);
    }
    let mut entity = spec.build();
    open_to_custom_fields(&mut entity.schema);
    entity
}

/// An org has fields that nobody else has. What they hold is not known here, so it is not checked here.
fn open_to_custom_fields(schema: &mut Json) {
    let mut open = filter::value(schema);
    open["additionalProperties"] = json!({});
    if let Some(lines) = open["properties"].get_mut(LINES) {
        lines["items"]["additionalProperties"] = json!({});
    }
    *schema = open.to_string();
}

fn title(entity: &str) -> Text {
    match entity {
        "account" => text!("salesforce-account", "Account"),
        "contact" => text!("salesforce-contact", "Contact"),
        "opportunity" => text!("salesforce-opportunity", "Opportunity"),
        "opportunity-line" => text!("salesforce-opportunity-line", "Opportunity product"),
        "product" => text!("salesforce-product", "Product"),
        "price-book" => text!("salesforce-price-book", "Price book"),
        "price-book-entry" => text!("salesforce-price-book-entry", "Price book entry"),
        "contract" => text!("salesforce-contract", "Contract"),
        "user" => text!("salesforce-user", "User"),
        "record-type" => text!("salesforce-record-type", "Record type"),
        _ => text!("salesforce-custom-object", "Custom object"),
    }
}
