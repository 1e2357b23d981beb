//! Invoices from Autotask to Acomba and their numbers back, at zero latency.

use std::process::Command;

use serde_json::Value;

use super::laboratory::{Installation, Systems};
use super::process::{self, Used};
use super::table::{Table, seconds, whole};
use super::{NATIVE_RUN, doing};

/// Of one clean invoice, once pages and look-ups are batched.
const WRITES_MAX: f64 = 2.0;
const READS_MAX: f64 = 0.1;
/// The most used routes that are named.
const ROUTES_SHOWN: usize = 8;

struct Measured {
    used: Used,
    calls: Vec<(String, u64)>,
}

/// `sizes` in rising order; what is compared with the native run has `compared` invoices.
pub fn measure(table: &mut Table, sizes: &[u64], compared: u64) {
    let mut sandboxed = Vec::new();
    for &size in sizes {
        doing(&format!("{} invoices, liaison", whole(size as f64)));
        sandboxed.push((size, liaison(size)));
    }
    doing(&format!("{} invoices, native", whole(compared as f64)));
    let native = native(compared);
    let own = sandboxed
        .iter()
        .find_map(|(size, measured)| (*size == compared).then_some(measured))
        .expect("the compared size is among the sizes");

    table.section(format!(
        "{} invoices of 3 lines, end to end, zero latency",
        whole(compared as f64)
    ));
    let rate = |measured: &Measured| compared as f64 / measured.used.wall.as_secs_f64();
    let ratio = |own: f64, native: f64| format!("{:.2} of native", own / native);
    table.row(
        "records per second",
        whole(rate(own)),
        "records/s",
        ratio(rate(own), rate(&native)),
    );
    table.row(
        "records per second, native",
        whole(rate(&native)),
        "records/s",
        "same engine and store, connectors' code without the sandbox",
    );
    usage(table, own, &native);
    calls(table, "", own, compared);
    calls(table, ", native", &native, compared);

    table.section("Peak memory of liaison");
    let first = sandboxed
        .first()
        .and_then(|(_, first)| first.used.peak_bytes);
    for (size, measured) in &sandboxed {
        let note = match (first, measured.used.peak_bytes) {
            (Some(first), Some(peak)) => format!(
                "{:.2} of the first; target: flat",
                peak as f64 / first as f64
            ),
            _ => String::new(),
        };
        let what = format!("{} invoices", whole(*size as f64));
        table.row(what, mebibytes(&measured.used), "MiB", note);
    }
}

fn usage(table: &mut Table, own: &Measured, native: &Measured) {
    let processor = |measured: &Measured| match measured.used.processor {
        Some(time) => seconds(time),
        None => "not measured here".to_owned(),
    };
    let more = match (own.used.processor, native.used.processor) {
        (Some(own), Some(native)) => {
            format!(
                "{:.2} times native",
                own.as_secs_f64() / native.as_secs_f64()
            )
        }
        _ => String::new(),
    };
    table.row("processor time", processor(own), "s", more);
    table.row("processor time, native", processor(native), "s", "");
    table.row("peak memory", mebibytes(&own.used), "MiB", "");
    table.row("peak memory, native", mebibytes(&native.used), "MiB", "");
}

fn calls(table: &mut Table, of: &str, measured: &Measured, records: u64) {
    let (writes, reads): (Vec<_>, Vec<_>) = measured
        .calls
        .iter()
        .partition(|(route, _)| is_write(route));
    let each = |calls: &[&(String, u64)]| {
        calls.iter().map(|(_, count)| *count as f64).sum::<f64>() / records as f64
    };
    let unit = "calls/record";
    table.row_with_target(&format!("writes{of}"), each(&writes), unit, WRITES_MAX);
    table.row_with_target(&format!("reads{of}"), each(&reads), unit, READS_MAX);
    if of.is_empty() {
        let mut routes: Vec<_> = measured.calls.iter().collect();
        routes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (route, count) in routes.into_iter().take(ROUTES_SHOWN) {
            table.row(format!("  {route}"), whole(*count as f64), "calls", "");
        }
    }
}

/// A route is `autotask POST Invoices/query`; Autotask's queries are posted.
fn is_write(route: &str) -> bool {
    !route.contains(" GET ") && !route.contains("/query")
}

fn mebibytes(used: &Used) -> String {
    match used.peak_bytes {
        Some(bytes) => format!("{:.1}", bytes as f64 / f64::from(1 << 20)),
        None => "not measured here".to_owned(),
    }
}

/// Through the real program and the real components.
fn liaison(count: u64) -> Measured {
    let systems = Systems::start();
    let installation = Installation::make(&systems);
    measured(&systems, count, || {
        let mut used = installation.liaison(&["--json", "run", "invoices"]);
        let answer: Value = serde_json::from_str(&used.out).unwrap_or_default();
        used.out = answer["answer"].to_string();
        used
    })
}

/// The same, but for the sandbox and what is around it.
fn native(count: u64) -> Measured {
    let systems = Systems::start();
    let installation = Installation::make(&systems);
    let own = std::env::current_exe().expect("a running program has a file");
    measured(&systems, count, || {
        process::run(Command::new(&own).arg(NATIVE_RUN).arg(installation.path()))
    })
}

/// The first run settles the seeds' invoices and links their customers; the second is measured.
fn measured(systems: &Systems, count: u64, run: impl Fn() -> Used) -> Measured {
    run();
    systems.add_invoices(count);
    systems.forget_calls();
    let used = run();
    let summary: Value = serde_json::from_str(&used.out).unwrap_or_default();
    let counts = &summary["counts"]["invoices"];
    let number = |what: &str| counts[what].as_u64().unwrap_or_default();
    let settled = number("created") + number("adopted");
    let err = &used.err;
    assert!(
        settled == count && number("read") == count,
        "of {count} invoices: {counts}; exit {}; {}\n{err}",
        used.exit,
        summary["stopped"]
    );
    let calls = systems.calls();
    Measured { used, calls }
}
