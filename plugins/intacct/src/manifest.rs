//! What this connector is and asks for.

use crate::api::{SENDER_PASSWORD, USER_PASSWORD};
use crate::assumed::{CONCURRENCY, HOST, HOSTS, OVERLAP_S};
use crate::contract_post::UNPOSTED;
use crate::document_write;
use crate::field::{Field, Kind};
use crate::invoice_contracts::CONTRACTS;
use crate::settings::Settings;
use crate::table::{Recognised, Table, CUSTOM, EXTERNAL_ID, LINES};
use crate::tables::{CONTRACT, CONTRACT_INVOICE, ORDER_TRANSACTION, TABLES};
use liaison_sdk::contract::Entity;
use liaison_sdk::prelude::*;

const GATEWAY: &str = "{base_url}";
const SESSIONS: &str = "{session_url}";
/// Records of one read or look-up: they fit one question. The host takes 250,000 JSON values in an answer.
const READS_MAX: u32 = 500;
/// The same of records that show their lines.
pub const READS_WITH_LINES_MAX: u32 = 100;
/// Records of one write: one function each.
const WRITES_MAX: u32 = 25;
/// Contracts of one write: six requests each.
const CONTRACTS_MAX: u32 = 2;

/// The manifest.
pub fn manifest() -> Manifest {
    let host = |pattern: &str, reason| HostUse {
        pattern: pattern.to_owned(),
        reason,
    };
    let secret = |name: &str, title| SecretUse {
        name: name.to_owned(),
        title,
        required: true,
        hosts: [GATEWAY, SESSIONS, HOST, HOSTS].map(str::to_owned).to_vec(),
        places: vec![Place::Body],
    };
    Manifest {
        name: "intacct".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("intacct-title", "Sage Intacct"),
        vendor: "Sage".to_owned(),
        settings: Settings::schema(),
        secrets: vec![
            secret(
                SENDER_PASSWORD,
                text!(
                    "intacct-sender-password",
                    "Password of the Web Services sender"
                ),
            ),
            secret(
                USER_PASSWORD,
                text!("intacct-user-password", "Password of the Web Services user"),
            ),
        ],
        hosts: vec![
            host(
                HOST,
                text!("intacct-host", "The gateway, where no address is set"),
            ),
            host(
                HOSTS,
                text!(
                    "intacct-hosts",
                    "The cluster of the company, which the gateway names for the session"
                ),
            ),
            host(
                GATEWAY,
                text!("intacct-set-host", "The gateway, where its address is set"),
            ),
            host(
                SESSIONS,
                text!(
                    "intacct-session-host",
                    "Where sessions go on, where that is set"
                ),
            ),
        ],
        limits: Limits {
            rates: Vec::new(),
            concurrency: CONCURRENCY,
            ext: Vec::new(),
        },
        entities: TABLES.into_iter().map(entity).collect(),
        ext: Vec::new(),
    }
}

fn entity(table: &'static Table) -> Entity {
    let writes = match table.entity == CONTRACT.entity {
        true => CONTRACTS_MAX,
        false => WRITES_MAX,
    };
    let reads = match table.lines.is_empty() {
        true => READS_MAX,
        false => READS_WITH_LINES_MAX,
    };
    let keys: Vec<&str> = table.keys.to_vec();
    let mut spec = EntitySpec::new(table.entity, title(table.entity))
        .fields(&fields(table))
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .filter("id", &[Comparison::Eq, Comparison::IsIn])
        .keys(&keys)
        .batches(reads, writes);
    spec = match table.has_stamp {
        true => spec.changes(ChangeSource::Stamp(OVERLAP_S)),
        false => spec.changes(ChangeSource::Scan),
    };
    for field in table.fields {
        spec = match field.kind {
            Kind::Day | Kind::Stamp | Kind::Amount | Kind::Whole => spec.filter(
                field.name,
                &[
                    Comparison::Ge,
                    Comparison::Gt,
                    Comparison::Le,
                    Comparison::Lt,
                ],
            ),
            Kind::Words => spec,
            _ => spec.filter(
                field.name,
                &[
                    Comparison::Eq,
                    Comparison::IsIn,
                    Comparison::Empty,
                    Comparison::NotEmpty,
                ],
            ),
        };
    }
    if table.can_be_marked() {
        spec = spec.filter(EXTERNAL_ID, &[Comparison::Eq, Comparison::IsIn]);
    }
    if table.creates() {
        spec = spec.operations(Operations::CREATE);
        spec = match table.recognised {
            // A new record that carries our id is found before it is made again, and gone on with.
            Recognised::ByMarker => spec
                .idempotency(Idempotency::Upsert)
                .idempotency(Idempotency::Marker(EXTERNAL_ID.to_owned())),
            _ => {
                let own = table.fields.iter().find(|field| field.wire == table.id);
                let own = own.map_or("id", |field| field.name);
                spec.idempotency(Idempotency::Marker(own.to_owned()))
            }
        };
    }
    if table.updates {
        spec = spec.operations(Operations::UPDATE);
    }
    spec.build()
}

fn fields(table: &'static Table) -> Vec<schema::Field> {
    let mut fields = vec![schema::id("id")];
    let is_order = table.entity == ORDER_TRANSACTION.entity;
    let shown = |field: &Field, taken: fn(&str) -> bool| match is_order && taken(field.name) {
        true => field.once().schema(),
        false => field.schema(),
    };
    let header = table.fields.iter();
    fields.extend(header.map(|field| shown(field, document_write::takes)));
    if is_order {
        fields.extend(only_new(&document_write::ONLY_NEW));
    }
    if table.can_be_marked() {
        fields.push(external_id());
    }
    if table.entity == CONTRACT.entity {
        fields.push(
            schema::boolean("as_draft")
                .title("Leave as a draft")
                .description("Of a new contract: it is not posted. Left out, the setting contracts_as_draft. Not read back."),
        );
        fields.push(
            schema::boolean("header_only")
                .title("Without lines")
                .description("Of a new contract: its lines are not sent. Left out, the setting contracts_header_only. Not read back."),
        );
        fields.push(
            schema::date("gl_posting_date")
                .title("Day of posting")
                .description(
                "The day on which the contract is posted. Left out, Intacct's own. Not read back.",
            ),
        );
    }
    if table.entity == CONTRACT.entity {
        fields.push(
            schema::string(UNPOSTED)
                .title("Lines not posted")
                .description("The lines that are drafts though the contract is live, one a line; after a write with what Intacct said of each. Empty where there is none.")
                .read_only(),
        );
    }
    if table.entity == CONTRACT_INVOICE.entity {
        fields.push(
            schema::string(CONTRACTS)
                .with("type", json!("array"))
                .with("items", json!({"type": "string"}))
                .title("Contracts")
                .description("All contracts that the invoice covers; contract_id where it is one.")
                .read_only(),
        );
    }
    fields.push(custom());
    if !table.lines.is_empty() {
        let lines = table.lines.iter();
        let mut lines: Vec<schema::Field> = lines
            .map(|field| shown(field, document_write::line_takes))
            .collect();
        if is_order {
            lines.extend(only_new(&document_write::ONLY_NEW_OF_LINES));
        }
        if table.entity == CONTRACT.entity {
            lines.push(external_id().read_only());
        }
        lines.push(custom());
        fields.push(schema::list(LINES, &lines));
    }
    fields
}

fn custom() -> schema::Field {
    schema::text_map(CUSTOM)
        .title("Custom fields")
        .description("By their ids in capitals, as the company has them.")
}

/// What a new document takes and nothing tells.
fn only_new(names: &'static [&'static str]) -> impl Iterator<Item = schema::Field> {
    names
        .iter()
        .map(|name| schema::string(name).description("Of a new document. Not read back."))
}

fn external_id() -> schema::Field {
    schema::string(EXTERNAL_ID)
        .title("External id")
        .description("By which liaison recognises what it made: the source's own id, or left out, one of liaison's. Kept in the custom field of the setting marker_field, set once.")
}

fn title(entity: &str) -> Text {
    match entity {
        "customer" => text!("intacct-customer", "Customer"),
        "contact" => text!("intacct-contact", "Contact"),
        "item" => text!("intacct-item", "Item"),
        "contract" => text!("intacct-contract", "Contract"),
        "contract_line" => text!("intacct-contract-line", "Contract line"),
        "contract_invoice" => text!("intacct-contract-invoice", "Contract invoice"),
        "order_transaction" => text!("intacct-order-transaction", "Order entry transaction"),
        "payment_term" => text!("intacct-payment-term", "Payment term"),
        "entity" => text!("intacct-entity", "Entity"),
        _ => text!("intacct-user", "User"),
    }
}
