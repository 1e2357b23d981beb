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
        message: text(fault.message),
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

pub fn manifest(manifest: guest::Manifest) -> host::Manifest {
    host::Manifest {
        name: manifest.name,
        version: manifest.version,
        title: text(manifest.title),
        vendor: manifest.vendor,
        settings: manifest.settings,
        secrets: manifest.secrets.into_iter().map(secret).collect(),
        hosts: manifest
            .hosts
            .into_iter()
            .map(|host| host::HostUse {
                pattern: host.pattern,
                reason: text(host.reason),
            })
            .collect(),
        limits: host::Limits {
            rates: manifest
                .limits
                .rates
                .into_iter()
                .map(|rate| host::RateLimit {
                    requests: rate.requests,
                    window_s: rate.window_s,
                })
                .collect(),
            concurrency: manifest.limits.concurrency,
            ext: manifest.limits.ext,
        },
        entities: manifest.entities.into_iter().map(entity).collect(),
        ext: manifest.ext,
    }
}

fn text(text: guest::Text) -> host::Text {
    host::Text {
        key: text.key,
        args: text.args,
        fallback: text.fallback,
    }
}

fn secret(secret: guest::SecretUse) -> host::SecretUse {
    let place = |place| match place {
        guest::Place::Header(name) => host::Place::Header(name),
        guest::Place::Path => host::Place::Path,
        guest::Place::Query(name) => host::Place::Query(name),
        guest::Place::Body => host::Place::Body,
        guest::Place::Other(name) => host::Place::Other(name),
    };
    host::SecretUse {
        name: secret.name,
        title: text(secret.title),
        required: secret.required,
        hosts: secret.hosts,
        places: secret.places.into_iter().map(place).collect(),
    }
}

fn entity(entity: guest::Entity) -> host::Entity {
    host::Entity {
        name: entity.name,
        title: text(entity.title),
        schema: entity.schema,
        operations: operations(entity.operations),
        idempotency: entity.idempotency.into_iter().map(rung).collect(),
        changes: match entity.changes {
            guest::ChangeSource::Stamp(overlap_s) => host::ChangeSource::Stamp(overlap_s),
            guest::ChangeSource::Matching => host::ChangeSource::Matching,
            guest::ChangeSource::Scan => host::ChangeSource::Scan,
            guest::ChangeSource::Unavailable => host::ChangeSource::Unavailable,
            guest::ChangeSource::Other(name) => host::ChangeSource::Other(name),
        },
        filters: entity
            .filters
            .into_iter()
            .map(|filter| host::FieldFilter {
                field: filter.field,
                ops: filter.ops.into_iter().map(comparison).collect(),
            })
            .collect(),
        keys: entity.keys,
        read_batch: entity.read_batch,
        write_batch: entity.write_batch,
        ext: entity.ext,
    }
}

fn operations(offered: guest::Operations) -> host::Operations {
    let pairs = [
        (guest::Operations::READ, host::Operations::READ),
        (guest::Operations::FIND, host::Operations::FIND),
        (guest::Operations::QUERY, host::Operations::QUERY),
        (guest::Operations::CHANGES, host::Operations::CHANGES),
        (guest::Operations::CREATE, host::Operations::CREATE),
        (guest::Operations::UPDATE, host::Operations::UPDATE),
        (guest::Operations::DELETE, host::Operations::DELETE),
    ];
    let mut all = host::Operations::empty();
    for (own, theirs) in pairs {
        if offered.contains(own) {
            all |= theirs;
        }
    }
    all
}

fn rung(rung: guest::Idempotency) -> host::Idempotency {
    match rung {
        guest::Idempotency::NativeKey(window_s) => host::Idempotency::NativeKey(window_s),
        guest::Idempotency::Upsert => host::Idempotency::Upsert,
        guest::Idempotency::Marker(field) => host::Idempotency::Marker(field),
        guest::Idempotency::HiddenMarker(field) => host::Idempotency::HiddenMarker(field),
        guest::Idempotency::Other(name) => host::Idempotency::Other(name),
    }
}

fn comparison(op: guest::Comparison) -> host::Comparison {
    by_name!(op, guest::Comparison => host::Comparison:
        Eq NotEq Lt Le Gt Ge IsIn NotIn Empty NotEmpty StartsWith Contains Other)
}
