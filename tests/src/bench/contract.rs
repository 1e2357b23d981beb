//! The guest library's types as the host's bindings have them.
//!
//! Both are made from one contract, field for field. Going through the host's bindings, a native
//! answer passes the same checks as a component's.

use liaison::connector::bindings::types as host;
use liaison_sdk::contract as guest;

/// Enums of the contract without contents: the same names on both sides.
macro_rules! by_name {
    ($value:expr, $from:path => $to:path: $($name:ident)*) => {{
        use $from as From;
        use $to as To;
        match $value { $(From::$name => To::$name,)* }
    }};
}

pub fn page(page: guest::Page) -> host::Page {
    host::Page {
        entries: page.entries.into_iter().map(entry).collect(),
        next: page.next,
        more: page.more,
        complete: page.complete,
        ext: page.ext,
    }
}

pub fn entry(entry: guest::Entry) -> host::Entry {
    host::Entry {
        id: entry.id,
        version: entry.version,
        deleted: entry.deleted,
        body: entry.body,
        ext: entry.ext,
    }
}

pub fn outcome(outcome: guest::Outcome) -> host::Outcome {
    outcome.map(applied).map_err(fault)
}

fn applied(applied: guest::Applied) -> host::Applied {
    host::Applied {
        id: applied.id,
        version: applied.version,
        body: applied.body,
        ext: applied.ext,
    }
}

pub fn fault(fault: guest::Fault) -> host::Fault {
    host::Fault {
        kind: by_name!(fault.kind, guest::FaultKind => host::FaultKind:
            Unauthorized Misconfigured Rejected MissingReference Exists Ambiguous Conflict Locked NotFound
            Throttled Unavailable OutsideWindow OutcomeUnknown Internal Other),
        scope: by_name!(fault.scope, guest::FaultScope => host::FaultScope:
            OneRecord WholeEntity WholeConnection),
        message: host::Text {
            key: fault.message.key,
            args: fault.message.args,
            fallback: fault.message.fallback,
        },
        vendor_code: fault.vendor_code,
        vendor_text: fault.vendor_text,
        field: fault.field,
        wait_ms: fault.wait_ms,
        existing: fault.existing,
        ext: fault.ext,
    }
}

pub fn condition(condition: host::Condition) -> guest::Condition {
    guest::Condition {
        field: condition.field,
        op: by_name!(condition.op, host::Comparison => guest::Comparison:
            Eq NotEq Lt Le Gt Ge IsIn NotIn Empty NotEmpty StartsWith Contains Other),
        values: condition.values,
    }
}

pub fn operation(operation: host::Operation) -> guest::Operation {
    guest::Operation {
        token: operation.token,
        action: by_name!(operation.action, host::Action => guest::Action: Create Update Delete),
        id: operation.id,
        version: operation.version,
        body: operation.body,
        resume: operation.resume,
        ext: operation.ext,
    }
}
