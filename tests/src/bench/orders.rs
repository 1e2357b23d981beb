//! Sales orders of Fusion Operations into QuickBooks Desktop, in the sessions of its Web Connector.

use std::time::{Duration, Instant};

use liaison_tests::control;
use liaison_tests::workshop::{TENANT, Workshop};
use serde_json::{Value, json};

use super::doing;
use super::process::Spent;
use super::table::{Table, seconds, whole};

/// Neither vendor's quota: it is our own speed that is measured.
const NO_LIMIT: &str =
    "connector = \"fusion-operations\"\nlimits = { requests = 100000, window_s = 1 }\n";

/// What the sessions of a run came to, as the Web Connector counts.
#[derive(Default)]
struct Sessions {
    count: u64,
    message_sets: u64,
    requests: u64,
    round_trips: u64,
    in_quickbooks: Duration,
}

impl Sessions {
    fn add(&mut self, session: &Value) {
        let number = |key: &str| session[key].as_u64().unwrap_or(0);
        self.count += 1;
        self.message_sets += number("message_sets");
        self.requests += number("requests");
        self.round_trips += number("round_trips");
        self.in_quickbooks += Duration::from_millis(number("quickbooks_ms"));
    }
}

pub fn measure(table: &mut Table, orders: u64) {
    doing(&format!(
        "{} sales orders into QuickBooks",
        whole(orders as f64)
    ));
    let shop = Workshop::with(&TENANT.replacen("connector = \"fusion-operations\"\n", NO_LIMIT, 1));
    control(
        &shop.fusion,
        &json!({"do": "set", "switch": "calls_per_minute", "value": 1_000_000_000_u64}),
    );
    // The seed's orders, with their customers and items.
    run(&shop);
    control(
        &shop.fusion,
        &json!({"do": "bulk", "entity": "sales-orders", "count": orders, "prefix": "B"}),
    );
    let before = shop.count("SalesOrder");
    let (own, service) = (Spent::of_this(), Spent::of(shop.service.process()));
    let begun = Instant::now();
    let (sessions, said) = run(&shop);
    let wall = begun.elapsed();
    let (own, service) = (
        Spent::of_this().since(&own),
        Spent::of(shop.service.process()).since(&service),
    );
    let made = shop.count("SalesOrder") - before;
    assert_eq!(made, orders, "{said}");

    table.section(format!(
        "{} sales orders into QuickBooks Desktop",
        whole(orders as f64)
    ));
    let each = |count: u64| format!("{:.3}", count as f64 / orders as f64);
    table.row("time", seconds(wall), "s", "");
    table.row(
        "orders per second",
        whole(orders as f64 / wall.as_secs_f64()),
        "records/s",
        "",
    );
    table.row("sessions", whole(sessions.count as f64), "sessions", "");
    table.row(
        "message sets",
        whole(sessions.message_sets as f64),
        "sets",
        "",
    );
    table.row(
        "round trips",
        each(sessions.round_trips),
        "trips/record",
        "",
    );
    table.row(
        "requests within them",
        each(sessions.requests),
        "requests/record",
        "",
    );
    table.row(
        "in QuickBooks itself",
        seconds(sessions.in_quickbooks),
        "s",
        "the simulator's own time",
    );
    table.row(
        "processor time of the service",
        spent(service.processor),
        "s",
        "",
    );
    table.row(
        "processor time of both vendors",
        spent(own.processor),
        "s",
        "the simulators' and this program's",
    );
    let peak = service.peak_bytes.map_or_else(
        || "not measured here".to_owned(),
        |bytes| format!("{:.1}", bytes as f64 / f64::from(1 << 20)),
    );
    table.row("peak memory of the service", peak, "MiB", "");
}

fn spent(time: Option<Duration>) -> String {
    time.map_or_else(|| "not measured here".to_owned(), seconds)
}

/// Sessions until the run has ended.
fn run(shop: &Workshop) -> (Sessions, Value) {
    let command = shop.lab.begin("--json run sales_orders");
    let mut sessions = Sessions::default();
    while !command.has_ended() {
        sessions.add(&shop.session());
    }
    let said = command.said();
    assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    (sessions, said.json()["answer"].clone())
}
