//! Answers that contradict the contract or themselves.

use liaison_sdk::prelude::*;

pub fn entry(id: &str) -> Entry {
    with_body(id, &format!(r#"{{"id": "{id}", "name": "Evil {id}"}}"#))
}

pub fn with_body(id: &str, body: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        version: None,
        deleted: false,
        body: body.to_owned(),
        ext: vec![],
    }
}

pub fn counted(what: &str, count: u64) -> Entry {
    with_body("1", &format!(r#"{{"id": "1", "{what}": "{count}"}}"#))
}

pub fn page(entries: Vec<Entry>) -> Page {
    Page {
        entries,
        next: None,
        more: false,
        complete: true,
        ext: vec![],
    }
}

pub fn depth(depth: u64) -> Result<Page, Fault> {
    Ok(page(vec![counted("depth", depth)]))
}

fn unfinished(entries: Vec<Entry>, next: Option<Cursor>) -> Page {
    Page {
        next,
        more: true,
        complete: false,
        ..page(entries)
    }
}

pub fn changes(behaviour: &str, since: Option<Cursor>, limit: u32) -> Result<Page, Fault> {
    let one = || vec![entry("1")];
    Ok(match behaviour {
        "cursor-stands-still" => unfinished(one(), Some(since.unwrap_or_else(|| b"here".to_vec()))),
        // Moves, and never arrives: the same record for ever.
        "cursor-in-a-circle" => {
            let next = match since.as_deref() {
                Some(b"a") => b"b",
                _ => b"a",
            };
            unfinished(one(), Some(next.to_vec()))
        }
        "cursor-without-end" => {
            let at = since.map_or(0, |at| {
                String::from_utf8_lossy(&at).parse::<u64>().unwrap_or(0)
            });
            unfinished(vec![], Some((at + 1).to_string().into_bytes()))
        }
        "no-cursor" => unfinished(one(), None),
        "long-cursor" => unfinished(one(), Some(vec![1; 5_000])),
        "complete-and-more" => Page {
            complete: true,
            ..unfinished(one(), Some(b"next".to_vec()))
        },
        "too-many" => page((0..=limit).map(|id| entry(&id.to_string())).collect()),
        "the-same-twice" => page(vec![entry("1"), entry("1")]),
        "bad-id" => page(vec![entry("a\nb")]),
        "no-json" => page(vec![with_body("1", "{")]),
        "deep-json" => page(vec![with_body("1", &"[".repeat(5 << 20))]),
        "wide-json" => {
            let list = vec!["0"; 6 << 20].join(",");
            page(vec![with_body("1", &format!(r#"{{"a":[{list}]}}"#))])
        }
        "long-string" => {
            // In place: there is no room for a second one.
            let mut body = String::with_capacity((60 << 20) + 8);
            body.push_str(r#"{"a":""#);
            body.extend(std::iter::repeat_n('x', 60 << 20));
            body.push_str(r#""}"#);
            page(vec![Entry { body, ..entry("1") }])
        }
        "bad-utf8" => {
            // SAFETY: none. A guest may return such bytes, and this is what the host must notice.
            let wrong = unsafe { String::from_utf8_unchecked(b"{\"a\":\"\xff\xfe\"}".to_vec()) };
            page(vec![with_body("1", &wrong)])
        }
        "long-version" => page(vec![Entry {
            version: Some("v".repeat(8 << 20)),
            ..entry("1")
        }]),
        "long-fault" => {
            let long = || "w".repeat(1 << 20);
            return Err(Fault {
                message: Text {
                    key: long(),
                    args: vec![(long(), long())],
                    fallback: long(),
                },
                vendor_code: Some(long()),
                vendor_text: Some(long()),
                field: Some(long()),
                existing: Some(long()),
                wait_ms: Some(u64::MAX),
                ext: vec![(long(), long())],
                ..fault::of(FaultKind::Rejected, text!("x", "x"))
            });
        }
        other => return Err(fault::no_such_entity(other)),
    })
}

pub fn read(behaviour: &str, ids: &[String]) -> Vec<Option<Entry>> {
    match behaviour {
        "read-too-few" => vec![],
        "read-of-others" => ids.iter().map(|_| Some(entry("other"))).collect(),
        _ => ids.iter().map(|id| Some(entry(id))).collect(),
    }
}

pub fn write(behaviour: &str, operations: &[Operation]) -> Vec<Outcome> {
    let applied = |id: &str| Applied {
        id: id.to_owned(),
        version: None,
        body: None,
        ext: vec![],
    };
    let by_number = |number: usize| Ok(applied(&number.to_string()));
    match behaviour {
        "too-few-outcomes" => (1..operations.len()).map(by_number).collect(),
        "too-many-outcomes" => (0..=operations.len()).map(by_number).collect(),
        "one-id-for-all" => operations.iter().map(|_| Ok(applied("1"))).collect(),
        "another-record" => operations.iter().map(|_| Ok(applied("another"))).collect(),
        "bad-id" => operations.iter().map(|_| Ok(applied("\u{0}"))).collect(),
        "long-version" => operations
            .iter()
            .map(|operation| {
                Ok(Applied {
                    version: Some("v".repeat(64 << 10)),
                    ..applied(&operation.token)
                })
            })
            .collect(),
        _ => (0..operations.len()).map(by_number).collect(),
    }
}
