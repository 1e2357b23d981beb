//! Conversations as files: what is called, what QuickBooks is asked, what it answers, what comes of it.
//!
//! `> call NAME ENTITY` and its JSON; `> asks` and the requests of one message set; `> answers` and the results;
//! `> gives` and the JSON that the call comes back with. Space between elements counts for nothing.
//! Fields that are empty are left out. `BLESS=1` writes what was asked and given into the files.

use super::office::{host, Company, Office, PASSWORD};
use super::operation;
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use liaison_sdk::relay_testing::Ended;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/conversations")
}

/// The parts of a file: a head and what follows it.
fn parts(text: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("> "), parts.last_mut()) {
            (Some(head), _) => parts.push((head.to_owned(), String::new())),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => parts.push(("#".to_owned(), format!("{line}\n"))),
        }
    }
    parts
}

fn squeezed(xml: &str) -> String {
    xml.lines().map(str::trim).collect::<String>()
}

/// One element a line, indented, as the files have it.
fn spread(xml: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let spaced = xml.replace('>', ">\u{0}").replace('<', "\u{0}<");
    let tokens: Vec<&str> = spaced
        .split('\u{0}')
        .filter(|token| !token.is_empty())
        .collect();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        let closed = |n: usize| {
            tokens
                .get(at + n)
                .is_some_and(|token| token.starts_with("</"))
        };
        if token.starts_with("</") {
            depth -= 1;
            let _ = writeln!(out, "{}{token}", "  ".repeat(depth));
            at += 1;
        } else if token.ends_with("/>") {
            let _ = writeln!(out, "{}{token}", "  ".repeat(depth));
            at += 1;
        } else if closed(1) {
            let _ = writeln!(out, "{}{token}{}", "  ".repeat(depth), tokens[at + 1]);
            at += 2;
        } else if closed(2) {
            let _ = writeln!(
                out,
                "{}{token}{}{}",
                "  ".repeat(depth),
                tokens[at + 1],
                tokens[at + 2]
            );
            at += 3;
        } else {
            let _ = writeln!(out, "{}{token}", "  ".repeat(depth));
            depth += 1;
            at += 1;
        }
    }
    out
}

fn requests(document: &str) -> &str {
    let inner = document.split_once("<QBXMLMsgsRq").unwrap().1;
    let inner = inner.split_once('>').unwrap().1;
    inner.rsplit_once("</QBXMLMsgsRq>").unwrap().0
}

fn action(word: &str) -> Action {
    match word {
        "create" => Action::Create,
        "update" => Action::Update,
        _ => Action::Delete,
    }
}

/// A call as the files write it.
fn call(host: &dyn Host, head: &str, body: &Value) -> Value {
    let words: Vec<&str> = head.split(' ').collect();
    let (name, entity) = (words[1], words[2]);
    let conditions = |list: &Value| -> Vec<Condition> {
        let one = |c: &Value| {
            let op = match c[1].as_str().unwrap() {
                "ge" => Comparison::Ge,
                "is_in" => Comparison::IsIn,
                _ => Comparison::Eq,
            };
            filter::condition(c[0].as_str().unwrap(), op, c[2].as_array().unwrap())
        };
        list.as_array().into_iter().flatten().map(one).collect()
    };
    let entry = |entry: &Entry| json!({"id": entry.id, "version": entry.version, "deleted": entry.deleted, "body": filter::value(&entry.body)});
    let page = |page: Result<Page, Fault>| match page {
        Ok(page) => {
            json!({"entries": page.entries.iter().map(entry).collect::<Vec<_>>(), "more": page.more, "complete": page.complete,
            "next": page.next.map(|next| filter::value(&String::from_utf8(next).unwrap()))})
        }
        Err(fault) => told(&fault),
    };
    let connector = QuickBooksDesktop;
    match name {
        "write" => {
            let one = |o: &Value| {
                let text = |name: &str| o[name].as_str();
                operation(
                    text("token").unwrap_or(super::TOKEN),
                    action(text("action").unwrap()),
                    text("id"),
                    text("version"),
                    &o["body"],
                )
            };
            let operations: Vec<Operation> = body.as_array().unwrap().iter().map(one).collect();
            let outcome = |outcome: &Outcome| match outcome {
                Ok(applied) => {
                    json!({"id": applied.id, "version": applied.version, "ext": applied.ext, "body": applied.body.as_deref().map(filter::value)})
                }
                Err(fault) => told(fault),
            };
            connector
                .write(host, entity, &operations)
                .iter()
                .map(outcome)
                .collect()
        }
        "read" => {
            let ids: Vec<String> = body
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_str().unwrap().to_owned())
                .collect();
            let found = connector.read(host, entity, &ids);
            found.map_or_else(
                |fault| told(&fault),
                |found| found.iter().map(|e| e.as_ref().map(entry)).collect(),
            )
        }
        "find" => {
            let query = |query: &Value| {
                query
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(n, v)| (n.clone(), v.to_string()))
                    .collect()
            };
            let queries: Vec<Vec<(String, String)>> =
                body.as_array().unwrap().iter().map(query).collect();
            let found = connector.find(host, entity, &queries);
            found.map_or_else(
                |fault| told(&fault),
                |found| {
                    found
                        .iter()
                        .map(|list| list.iter().map(entry).collect::<Vec<_>>())
                        .collect()
                },
            )
        }
        "changes" => {
            let since = (!body["since"].is_null()).then(|| body["since"].to_string().into_bytes());
            page(connector.changes(host, entity, since, &conditions(&body["filter"]), 100))
        }
        "query" => page(connector.query(host, entity, &conditions(&body["filter"]), None, 100)),
        _ => panic!("no call {name}"),
    }
}

/// What is empty is left out of the files: a record has a hundred fields.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let full = map.into_iter().filter(|(_, value)| !value.is_null());
            full.map(|(name, value)| (name, pruned(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(pruned).collect(),
        other => other,
    }
}

fn told(fault: &Fault) -> Value {
    json!({"fault": format!("{:?}", fault.kind), "key": fault.message.key, "code": fault.vendor_code, "field": fault.field, "existing": fault.existing})
}

/// One visit that hands out one message set and brings this answer back.
fn visit(office: &Office<'_>, answers: &str) -> String {
    let greeted = office
        .call(
            "authenticate",
            &[("strUserName", "liaison"), ("strPassword", PASSWORD)],
        )
        .unwrap();
    let ticket = greeted.split('|').next().unwrap().to_owned();
    let told = Company::new().told();
    let parameters = [
        ("ticket", ticket.as_str()),
        ("strHCPResponse", &told),
        ("qbXMLMajorVers", "13"),
        ("qbXMLMinorVers", "0"),
    ];
    let document = office.call("sendRequestXML", &parameters).unwrap();
    let answer =
        format!("<?xml version=\"1.0\" ?><QBXML><QBXMLMsgsRs>{answers}</QBXMLMsgsRs></QBXML>");
    office
        .call(
            "receiveResponseXML",
            &[("ticket", &ticket), ("response", &answer)],
        )
        .unwrap();
    office
        .call("closeConnection", &[("ticket", &ticket)])
        .unwrap();
    requests(&document).to_owned()
}

fn play(path: &Path) -> Result<usize, String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut parts = parts(&text);
    let settings = parts
        .iter()
        .find(|(head, _)| head == "settings")
        .map_or(json!({}), |(_, text)| serde_json::from_str(text).unwrap());
    let host = host(settings);
    let office = Office::new(&host);
    let (mut calls, mut wrong, mut at) = (0, Vec::new(), 0);
    while at < parts.len() {
        if !parts[at].0.starts_with("call ") {
            at += 1;
            continue;
        }
        calls += 1;
        let (head, body) = parts[at].clone();
        let body: Value =
            serde_json::from_str(&body).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let moment = format!("M{calls}");
        at += 1;
        let given = loop {
            match host.system(&moment, |host| call(host, &head, &body)) {
                Ok(given) => break pruned(given),
                Err(Ended::PowerLost) => unreachable!("no power is cut here"),
                Err(Ended::Waiting) => {
                    let is = |at: usize, head: &str| {
                        parts.get(at).is_some_and(|(known, _)| known == head)
                    };
                    if !is(at, "asks") || !is(at + 1, "answers") {
                        return Err(format!(
                            "{}: more is asked than the file answers",
                            path.display()
                        ));
                    }
                    let asked = visit(&office, &squeezed(&parts[at + 1].1));
                    if squeezed(&parts[at].1) != asked {
                        wrong.push(format!("asks\n{}", spread(&asked)));
                        parts[at].1 = spread(&asked);
                    }
                    at += 2;
                }
            }
        };
        host.settle(&moment);
        let told = parts.get(at).filter(|(head, _)| head == "gives");
        if told.is_none_or(|(_, text)| {
            serde_json::from_str::<Value>(text).ok().as_ref() != Some(&given)
        }) {
            wrong.push(format!("gives\n{given:#}"));
            if told.is_some() {
                parts[at].1 = format!("{given:#}\n");
            }
        }
    }
    if !wrong.is_empty() && std::env::var_os("BLESS").is_some() {
        let text: String = parts
            .iter()
            .map(|(head, text)| {
                if head == "#" {
                    text.clone()
                } else {
                    format!("> {head}\n{text}")
                }
            })
            .collect();
        std::fs::write(path, text).unwrap();
        return Ok(calls);
    }
    match wrong.is_empty() {
        true => Ok(calls),
        false => Err(format!("{}:\n{}", path.display(), wrong.join("\n"))),
    }
}

#[test]
fn every_conversation_goes_as_written() {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let played: Vec<Result<usize, String>> = paths.iter().map(|path| play(path)).collect();
    let wrong: Vec<&String> = played.iter().filter_map(|p| p.as_ref().err()).collect();
    assert!(
        wrong.is_empty(),
        "{}",
        wrong
            .iter()
            .map(|w| w.as_str())
            .collect::<Vec<_>>()
            .join("\n\n")
    );
    let calls: usize = played.iter().flatten().sum();
    println!("{} conversations with {calls} calls", paths.len());
    assert!(calls >= 12);
}
