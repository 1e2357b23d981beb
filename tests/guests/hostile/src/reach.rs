//! Out for what is not its own: other hosts, other tenants' memory, the operator's log.

use crate::answers;
use liaison_sdk::host::HttpError;
use liaison_sdk::prelude::*;

/// A request to any address, and what came of it as a name.
pub fn aim(host: &dyn Host, url: &str) -> Result<Page, Fault> {
    let sent = host.send(HttpRequest {
        method: Method::Get,
        url: url.to_owned(),
        headers: vec![],
        body: vec![],
    });
    named(&match sent {
        Ok(answer) => format!("answered {}", answer.status),
        Err(HttpError::NotSent { .. }) => "not sent".to_owned(),
        Err(HttpError::NoAnswer { .. }) => "no answer".to_owned(),
    })
}

/// Leaves a word in its memory.
pub fn keep(host: &dyn Host, word: &str) -> Result<Page, Fault> {
    let kept = host.memory_set("word", word.as_bytes());
    named(if kept.is_ok() { "kept" } else { "not kept" })
}

/// What is there under the key of [`keep`], and under those that might lead elsewhere.
pub fn recall(host: &dyn Host) -> Result<Page, Fault> {
    let keys = [
        "word",
        "../demo/word",
        "demo/hostile/word",
        "demo\u{0}hostile\u{0}word",
    ];
    let found: Vec<String> = keys
        .iter()
        .filter_map(|key| host.memory_get(key))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    named(&format!("recalls {}", found.join(" ")))
}

/// A line that looks like one of the host's own.
pub fn forge(host: &dyn Host) -> Result<Page, Fault> {
    host.warn("harmless\n2026-11-28T00:00:00Z ERROR liaison: forged\r\nforged \u{1b}[2J\u{202e}");
    named("forged")
}

fn named(name: &str) -> Result<Page, Fault> {
    let body = json!({"id": "1", "name": name}).to_string();
    Ok(answers::page(vec![answers::with_body("1", &body)]))
}
