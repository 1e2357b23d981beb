//! What this connector is and asks for. The host refuses whatever does not stand here: another host, the secret
//! in another place, an operation that is not declared.

use liaison_sdk::prelude::*;

pub const ENTITY: &str = "task";
pub const API_KEY: &str = "api_key";
pub const OVERLAP_S: u32 = 5;
/// The most tasks in one answer of the API, and ids in one question.
pub const PAGE_MAX: u32 = 100;
/// What the API itself can filter by.
pub const SERVED: [&str; 3] = ["number", "customer", "status"];

const BASE: &str = "{base_url}";
/// How long the API remembers an Idempotency-Key.
const KEYS_KEPT_S: u32 = 86_400;

pub fn manifest() -> Manifest {
    Manifest {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: text!("{{name}}-title", "Tasks of the example API"),
        vendor: "Example".to_owned(),
        settings: schema::settings(
            &[schema::string("base_url")
                .description("Address of the API, such as https://tasks.example")
                .with("format", json!("uri"))],
            &["base_url"],
        ),
        secrets: vec![SecretUse {
            name: API_KEY.to_owned(),
            title: text!("{{name}}-api-key", "API key"),
            required: true,
            hosts: vec![BASE.to_owned()],
            places: vec![Place::Header("x-api-key".to_owned())],
        }],
        hosts: vec![HostUse {
            pattern: BASE.to_owned(),
            reason: text!("{{name}}-host", "The address in the setting base_url"),
        }],
        limits: Limits {
            rates: vec![RateLimit {
                requests: 50,
                window_s: 1,
            }],
            concurrency: 2,
            ext: Vec::new(),
        },
        entities: vec![task()],
        ext: Vec::new(),
    }
}

fn task() -> liaison_sdk::contract::Entity {
    let fields = [
        schema::id("id"),
        schema::string("number")
            .max(80)
            .description("The number people use; no two tasks have the same"),
        schema::string("title").max(120).required(),
        schema::string("details").max(4000),
        schema::string("customer").max(80),
        schema::one_of("status", &["open", "done", "cancelled"]).required(),
        schema::date("due_on"),
        schema::decimal("price"),
        schema::instant("created_at").read_only(),
        schema::instant("modified_at").read_only(),
    ];
    let spec = EntitySpec::new(ENTITY, text!("{{name}}-task", "Task"))
        .fields(&fields)
        .operations(Operations::READ | Operations::FIND | Operations::QUERY)
        .operations(Operations::CREATE | Operations::UPDATE | Operations::DELETE)
        .changes(ChangeSource::Stamp(OVERLAP_S))
        // After a day without its key a task is known by its number.
        .idempotency(Idempotency::NativeKey(KEYS_KEPT_S))
        .idempotency(Idempotency::Marker("number".to_owned()))
        .keys(&["number", "customer"])
        .batches(PAGE_MAX, 20);
    let filtered = |spec: EntitySpec, field: &&str| spec.filter(field, &[Comparison::Eq]);
    SERVED.iter().fold(spec, filtered).build()
}
