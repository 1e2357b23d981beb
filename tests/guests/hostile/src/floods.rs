//! Much of what is allowed once: lines, notes, keys, headers, requests.

use crate::answers;
use crate::Wish;
use liaison_sdk::host::HttpError;
use liaison_sdk::prelude::*;

/// The shortest lines: what each costs beside its text is what hurts.
pub fn log_lines(host: &dyn Host) -> ! {
    loop {
        host.warn("");
    }
}

pub fn long_log_lines(host: &dyn Host) -> ! {
    let line = "\u{1b}[31m\n".repeat(1 << 20);
    loop {
        host.warn(&line);
    }
}

/// A key of its own each time, as large as a value may be.
pub fn memory(host: &dyn Host) -> Result<Page, Fault> {
    let value = vec![7; 64 << 10];
    let mut kept = 0_u64;
    for number in 0.. {
        if host.memory_set(&format!("key-{number}"), &value).is_err() {
            break;
        }
        kept += 1;
    }
    Ok(answers::page(vec![answers::counted("kept", kept)]))
}

pub fn notes(host: &dyn Host, operations: &[Operation]) -> Vec<Outcome> {
    let note = vec![7; 16 << 10];
    let mut kept = 0_u64;
    while host.note(&operations[0].token, &note).is_ok() {
        kept += 1;
    }
    let body = json!({"kept": kept.to_string()}).to_string();
    operations
        .iter()
        .map(|operation| {
            Ok(Applied {
                id: operation.token.clone(),
                version: None,
                body: Some(body.clone()),
                ext: vec![],
            })
        })
        .collect()
}

/// One request, and what came of it as a record: what the accomplice answers is the behaviour.
pub fn fetch(host: &dyn Host, wish: &Wish) -> Result<Page, Fault> {
    let body = match get(host, wish, vec![]) {
        Ok(answer) => json!({"id": "1", "bytes": answer.body.len().to_string()}),
        Err(HttpError::NotSent { detail, .. }) => json!({"id": "1", "not_sent": detail}),
        Err(HttpError::NoAnswer { detail }) => json!({"id": "1", "no_answer": detail}),
    };
    Ok(answers::page(vec![answers::with_body(
        "1",
        &body.to_string(),
    )]))
}

/// A request with ever more headers, until one is refused.
pub fn headers(host: &dyn Host, wish: &Wish) -> Result<Page, Fault> {
    let header = |number: usize| (format!("x-{number}"), "y".repeat(1_000));
    let mut most = 0;
    for count in (10..).step_by(10) {
        match get(host, wish, (0..count).map(header).collect()) {
            Ok(_) => most = count,
            Err(_) => break,
        }
    }
    Ok(answers::page(vec![answers::counted("most", most as u64)]))
}

fn get(
    host: &dyn Host,
    wish: &Wish,
    headers: Vec<(String, String)>,
) -> Result<liaison_sdk::host::HttpResponse, HttpError> {
    host.send(HttpRequest {
        method: Method::Get,
        url: wish.url.clone(),
        headers,
        body: vec![],
    })
}
