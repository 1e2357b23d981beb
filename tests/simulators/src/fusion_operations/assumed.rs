//! What no public page of Fusion Operations says, as constants: correct it here, in `fields.txt` (names),
//! or by a switch (`switches.rs`, where two ways of the vendor are thinkable and a client must bear both).
//!
//! - Refusals are `{"error": code, "message": text}`; only the words `Invalid JSON` are documented. The
//!   statuses but 401 and 429 are assumed.
//! - A PUT is a change: keys left out stay, `null` clears. A list given replaces the list. Keys that the
//!   vendor keeps (`id`, stamps, quantities it counts) may come back and are ignored.
//! - References in bodies are codes; in paths an id or a code, the id first. Codes compare exactly.
//! - A path is told by its slash: lists end in one, items do not.
//! - What refers to nothing is 422, a taken code 409, and what others use is not deleted (409).
//! - Times are seconds in UTC, ending in `Z`; another offset than `Z`, a fraction or a bare day is a 400.
//! - The minute of the rate limit slides; a refused call is not counted, a call without a good token or key
//!   neither. `Retry-After` is the time until the oldest call leaves the minute.
//! - Every token asked for is new, and the ones before it live on; `GET /authorization` takes the token it
//!   shows, or the key by Basic.
//! - A shipment moves its products out of a warehouse, a reception in; changing one changes its movements,
//!   which cannot be changed by themselves. Stock may fall below nothing, more may be shipped than ordered,
//!   and no status changes by itself. What is moved must stand on the order.
//! - A production record moves what it made in, and what its bill of materials takes out. With a quantity it
//!   must name a product of its order; without one it tells time alone.
//! - A production record stamps its order, whose `quantity-produced` it raises.
//! - The labour report adds up production records and task durations, by day of the company.
//! - Any name is a warehouse; one left out is the company's own.
//! - A file is JSON: its name and its content in Base64.
//! - The change feed has no channels.

/// The path of every generation starts with this; the current one goes on with `v1`.
pub const PREFIX: &str = "api";
pub const VERSION: &str = "v1";

/// What a production order's number (as written) means (as read). Only `0` and `completed` were seen.
pub const PRODUCTION_STATUSES: [(i64, &str); 3] = [(0, "open"), (1, "completed"), (2, "cancelled")];

/// Largest `per-page`, and what it is when only `page` is given.
pub const PER_PAGE_MAX: usize = 100;

/// No quantity or price is larger: so that sums of them cannot fail.
pub const QUANTITY_MAX: i64 = 1_000_000_000_000;

/// The one scope that was ever seen, and the resources a client used with it.
pub const SCOPE_SEEN: &str = "productions_write";
pub const SCOPE_SEEN_COVERS: [&str; 3] = ["productions", "production-orders", "machines"];

/// The order states whose unshipped quantities are on orders; an archived one counts until its ASN is sent.
pub const ON_ORDER: [&str; 3] = ["open", "in-progress", "closed"];
pub const ARCHIVED: &str = "archived";
pub const CANCELLED: &str = "cancelled";

/// Of every answer with a body.
pub const CONTENT_TYPE: &str = "application/json";

/// Events for the receiver of webhooks: the word of the entity, and what came of it.
pub const WEBHOOK_ENTITIES: [(&str, &str); 5] = [
    ("sales-orders", "sales-order"),
    ("purchase-orders", "purchase-order"),
    ("production-orders", "production-order"),
    ("clients", "client"),
    ("suppliers", "supplier"),
];
pub const WEBHOOK_RECEIVED: &str = "inventory-movement.received";
