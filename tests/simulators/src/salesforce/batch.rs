//! Independent calls in one, in order, none undone for another; each counts against the limit.

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::composite::inner_call;
use super::refusal::{Fault, Refusal};

const CALLS_MAX: usize = 25;

pub fn answer(api: &mut Api<'_>, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let list = body.get("batchRequests").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty() && list.len() <= CALLS_MAX);
    let list = list
        .ok_or_else(|| Fault::unreadable(format!("A batch has 1 to {CALLS_MAX} batchRequests")))?;
    let halts = body
        .get("haltOnError")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mut results = Vec::new();
    let mut has_errors = false;
    for given in list {
        if halts && has_errors {
            let fault = Fault::new(
                "BATCH_PROCESSING_HALTED",
                "Batch processing halted per request",
            );
            results.push(json!({ "statusCode": 412, "result": Refusal::from(fault).body() }));
            continue;
        }
        // The first is the call that the batch itself was counted as.
        api.usage.count(u64::from(!results.is_empty()), api.who.now);
        let mark = api.org.mark();
        let made = one(given)
            .map_err(Refusal::from)
            .and_then(|call| api.answer(&call));
        let reply = made.unwrap_or_else(|refusal| {
            api.org.undo_to(mark);
            refusal.into()
        });
        has_errors |= reply.status >= 400;
        results.push(json!({ "statusCode": reply.status, "result": reply.body }));
    }
    Ok(Reply::ok(
        json!({ "hasErrors": has_errors, "results": results }),
    ))
}

fn one(given: &Value) -> Result<Call, Fault> {
    let method = given["method"].as_str().unwrap_or_default().to_uppercase();
    let url = given["url"].as_str().unwrap_or_default();
    let mut call = inner_call(&method, url)?;
    call.body = given.get("richInput").cloned();
    if call
        .segments
        .first()
        .is_some_and(|first| first == "composite")
        && call
            .segments
            .get(1)
            .is_none_or(|second| second != "sobjects")
    {
        return Err(Fault::unreadable(format!("Not allowed in a batch: {url}")));
    }
    Ok(call)
}
