//! What this connector is and asks for.

use crate::api::API_KEY;
use crate::assumed::{Object, EXTERNAL_ID, ROWS_MAX};
use crate::settings::{Settings, HOST};
use crate::table::{Table, LIST, OPPORTUNITY, REVENUE_CATEGORY, STAGE, TABLES, USER};
use crate::{customer, lookup};
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

const BASE: &str = "{base_url}";
/// Ids of one read or look-up; they fit one address.
const READS_MAX: u32 = 100;

/// The manifest.
pub fn manifest() -> Manifest {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    let mut entities = vec![customers()];
    entities.extend(TABLES.into_iter().map(entity));
    Manifest {
        name: "centrixone".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("centrixone-title", "CentrixOne CRM"),
        vendor: "Centrix Solutions".to_owned(),
        settings: Settings::schema(),
        secrets: vec![SecretUse {
            name: API_KEY.to_owned(),
            title: text!(
                "centrixone-api-key",
                "API key, as CentrixOne's support issued it"
            ),
            required: true,
            hosts: vec![BASE.to_owned(), HOST.to_owned()],
            places: vec![Place::Path],
        }],
        hosts: vec![
            host(
                BASE,
                text!(
                    "centrixone-host",
                    "The API of CentrixOne, where its address is set"
                ),
            ),
            host(
                HOST,
                text!(
                    "centrixone-default-host",
                    "The API of CentrixOne, where no address is set"
                ),
            ),
        ],
        // No limit is published; an array in hand at a time keeps the order of writes.
        limits: Limits {
            rates: Vec::new(),
            concurrency: 1,
            ext: Vec::new(),
        },
        entities,
        ext: Vec::new(),
    }
}

fn writes_max() -> u32 {
    u32::try_from(ROWS_MAX).unwrap_or(u32::MAX)
}

fn spec(entity: &str) -> EntitySpec {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    EntitySpec::new(entity, title(entity))
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .operations(Operations::CREATE | Operations::UPDATE)
        .changes(ChangeSource::Scan)
        .filter("id", &look_up)
        .batches(READS_MAX, writes_max())
}

/// A new record that carries an id of ours (the flow's, or the operation's token) is edited when it is
/// sent again. After that comes a look for the id itself.
fn with_external_id(spec: EntitySpec) -> EntitySpec {
    let look_up = [Comparison::Eq, Comparison::IsIn];
    spec.idempotency(Idempotency::Upsert)
        .idempotency(Idempotency::Marker(EXTERNAL_ID.to_owned()))
        .filter(EXTERNAL_ID, &look_up)
}

fn customers() -> Entity {
    with_external_id(spec(customer::ENTITY))
        .fields(&customer::schema_fields())
        .keys(&lookup::CUSTOMER_KEYS)
        .build()
}

fn entity(table: &'static Table) -> Entity {
    let spec = spec(table.entity)
        .fields(&table.schema_fields())
        .keys(table.keys);
    // Without an id of ours, a list and a stage are recognised by what people call them.
    let marker = |field: &str| Idempotency::Marker(field.to_owned());
    match table.object {
        Object::Lists => spec.idempotency(marker("name")).build(),
        Object::Stages => spec
            .idempotency(marker("label_fr"))
            .idempotency(marker("label_en"))
            .build(),
        _ => with_external_id(spec).build(),
    }
}

fn title(entity: &str) -> Text {
    match entity {
        _ if entity == USER.entity => text!("centrixone-user", "User"),
        _ if entity == REVENUE_CATEGORY.entity => {
            text!("centrixone-revenue-category", "Revenue category")
        }
        _ if entity == STAGE.entity => text!("centrixone-stage", "Sales stage"),
        _ if entity == LIST.entity => text!("centrixone-list", "List"),
        _ if entity == OPPORTUNITY.entity => text!("centrixone-opportunity", "Opportunity"),
        _ => text!("centrixone-customer", "Customer"),
    }
}
