//! What QuickBooks' refusals mean.

use crate::api::Call;
use crate::assumed::THROTTLED_MS;
use crate::table::Table;
use liaison_sdk::prelude::*;

/// The body of an answer, or the fault that it is.
pub fn read_answer(answer: &Answer, call: Call, table: &Table) -> Result<Value, Fault> {
    let body = answer.json();
    if let Some(fault) = body.as_ref().and_then(|body| in_body(body, call, table)) {
        return Err(fault);
    }
    match (answer.status(), body) {
        (200..=299, Some(body)) if body.is_object() => Ok(body),
        (401, _) => Err(token_refused()),
        (403, _) => Err(not_allowed()
            .vendor_code("403")
            .vendor_text(&answer.excerpt())),
        (404, _) => Err(no_such_address()
            .vendor_code("404")
            .vendor_text(&answer.excerpt())),
        (400 | 402 | 405..=499, _) => Err(fault::rejected(text!(
            "qbo-refused",
            "QuickBooks refuses the request"
        ))
        .vendor_code(&answer.status().to_string())
        .vendor_text(&answer.excerpt())),
        _ if call == Call::Write => Err(answer.lost()),
        _ => Err(answer.rubbish()),
    }
}

/// The fault that stands in a body or in an item of a batch. It also comes with status 200.
pub fn in_body(body: &Value, call: Call, table: &Table) -> Option<Fault> {
    // Refusals of the gate have their keys in small letters.
    let fault = [&body["Fault"], &body["fault"]]
        .into_iter()
        .find(|fault| fault.is_object())?;
    let errors = [&fault["Error"], &fault["error"]];
    let error = errors
        .into_iter()
        .find_map(|errors| errors.get(0))
        .unwrap_or(&Value::Null);
    let word = |names: [&str; 2]| {
        let found = names.into_iter().find_map(|name| error[name].as_str());
        found.unwrap_or_default().to_owned()
    };
    let (message, detail) = (word(["Message", "message"]), word(["Detail", "detail"]));
    let code = match &error["code"] {
        Value::Number(number) => number.to_string(),
        code => code.as_str().unwrap_or_default().to_owned(),
    };
    let kind = word_of(&fault["type"]);
    let meant = match (code.as_str(), table.object) {
        // Only some plans have them.
        ("500", "InventoryAdjustment") => not_allowed(),
        _ => meaning(code.trim_start_matches('0'), &kind, call),
    };
    let words = match (message.is_empty(), detail.is_empty()) {
        (false, false) if message != detail => format!("{message}: {detail}"),
        (true, _) => detail,
        _ => message,
    };
    let meant = meant.vendor_code(&code).vendor_text(&words);
    let element = error["element"].as_str().unwrap_or_default();
    Some(match our_name(table, element) {
        Some(name) => meant.field(&name),
        None => meant,
    })
}

fn word_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_lowercase()
}

/// What a code asks for.
fn meaning(code: &str, kind: &str, call: Call) -> Fault {
    match code {
        "120" => not_allowed(),
        "500" | "2010" | "2080" | "2170" | "4001" => fault::internal(text!(
            "qbo-our-request",
            "QuickBooks does not understand what the connector asked; please report this with the code and the words"
        )),
        "610" => fault::missing_reference(text!(
            "qbo-not-there",
            "The record, or one that it refers to, is not in QuickBooks or was made inactive"
        )),
        "2020" => fault::rejected(text!(
            "qbo-incomplete",
            "QuickBooks misses a value that the record must have"
        )),
        "2050" => fault::rejected(text!(
            "qbo-vendor-too-long",
            "A text is longer than QuickBooks takes"
        )),
        "2500" => fault::missing_reference(text!(
            "qbo-wrong-reference",
            "The record refers to something that is not in QuickBooks"
        )),
        // The gate: the token is good, and not for this company.
        "3100" => no_such_address(),
        "3200" => token_refused(),
        "3001" => throttled(),
        "5010" => fault::conflict(text!(
            "qbo-stale",
            "Somebody changed the record in QuickBooks since it was read"
        )),
        "6140" => fault::rejected(text!(
            "qbo-number-taken",
            "There is a document with this number already"
        ))
        .field("number"),
        "6190" => fault::misconfigured(text!(
            "qbo-company-closed",
            "The company cannot be used: its subscription has ended, or it is closed; see the subscription in QuickBooks (gear > Subscriptions and billing)"
        )),
        "6210" => fault::rejected(text!(
            "qbo-period-closed",
            "The books are closed for this date; change the date, or the closing date in QuickBooks (gear > Account and settings > Advanced > Accounting)"
        ))
        .field("date"),
        "6240" => fault::rejected(text!(
            "qbo-name-taken",
            "The name is taken: customers, vendors and employees share their names, and items of one category theirs"
        ))
        .field("name"),
        "6540" => fault::rejected(text!(
            "qbo-deposited",
            "The document is part of a bank deposit and can no longer be changed; take it out of the deposit first"
        )),
        "10000" => system_error(call),
        _ => match kind {
            "authenticationfault" | "authentication" => token_refused(),
            "authorizationfault" => not_allowed(),
            "authorization" => no_such_address(),
            "systemfault" => system_error(call),
            _ => fault::rejected(text!(
                "qbo-rule",
                "QuickBooks refuses the record; its words say why"
            )),
        },
    }
}

fn system_error(call: Call) -> Fault {
    match call {
        Call::Read => fault::unavailable(text!(
            "qbo-system-error",
            "QuickBooks has an error of its own; liaison tries again"
        )),
        Call::Write => fault::outcome_unknown(text!(
            "qbo-system-error-write",
            "QuickBooks has an error of its own, and the record may have been written"
        )),
    }
}

fn not_allowed() -> Fault {
    fault::misconfigured(text!(
        "qbo-not-allowed",
        "QuickBooks does not allow this: the feature is not in the company's plan or is off, or the person who connected it has not the rights"
    ))
    .scope(FaultScope::WholeEntity)
}

fn no_such_address() -> Fault {
    fault::misconfigured(text!(
        "qbo-no-such-address",
        "There is no QuickBooks at this address, or no such company; compare `company_id` and `environment`"
    ))
}

fn token_refused() -> Fault {
    fault::unauthorized(text!(
        "qbo-token-not-taken",
        "QuickBooks does not take a fresh access token; connect the company again with `liaison connection setup`, and compare `company_id` and `environment`"
    ))
    .vendor_code("401")
}

fn throttled() -> Fault {
    fault::throttled(text!("qbo-throttled", "QuickBooks asks for fewer calls"))
        .wait_ms(THROTTLED_MS)
}

/// A wait where QuickBooks does not say how long.
pub fn with_wait(fault: Fault) -> Fault {
    match (fault.kind, fault.wait_ms) {
        (FaultKind::Throttled, None) => fault.wait_ms(THROTTLED_MS),
        _ => fault,
    }
}

/// Something is missing in the answer to a read.
pub fn incomplete() -> Fault {
    fault::unavailable(text!(
        "qbo-answer-incomplete",
        "QuickBooks' answer lacks a part of what was asked"
    ))
}

/// The answer to a write does not tell what became of it.
pub fn unreadable_write() -> Fault {
    fault::outcome_unknown(text!(
        "qbo-answer-unreadable",
        "QuickBooks' answer does not say what became of the record"
    ))
}

/// Our name of the property at fault.
fn our_name(table: &Table, element: &str) -> Option<String> {
    let element = element.rsplit('.').next()?.trim();
    if element.is_empty() {
        return None;
    }
    let fields = table.fields().find(|field| {
        let last = field.wire.split('.').next().unwrap_or_default();
        last.eq_ignore_ascii_case(element)
    })?;
    fields.names().into_iter().next()
}
