//! A guest that asks the host for everything, and misbehaves on demand.
//!
//! The entity's name says what to do: `changes("loop", …)` never returns, `changes("send", …)` makes the
//! requests that stand in the filter and returns what the host said. [`DESCRIBE`] is found and
//! overwritten in the compiled component by tests that need a bad `describe`.

use liaison_sdk::host::{Encoder, HttpError};
use liaison_sdk::prelude::*;

#[derive(Default)]
struct Probe;

liaison_sdk::export_connector!(Probe);

/// Same length, other words: `clock`, `loop`, `panic`, `nonsense`.
static DESCRIBE: [u8; 24] = *b"probe-describe=good     ";

fn describe_mode() -> String {
    // Read byte by byte through a black box, or the optimiser would fold the text away.
    let bytes: Vec<u8> = DESCRIBE
        .iter()
        .map(|byte| *std::hint::black_box(byte))
        .collect();
    String::from_utf8_lossy(&bytes["probe-describe=".len()..])
        .trim()
        .to_owned()
}

impl Connector for Probe {
    fn catalogue(&self, lang: &str) -> Option<&'static str> {
        (lang == "en").then_some("secret = A secret")
    }

    fn describe(&self) -> Manifest {
        match describe_mode().as_str() {
            "clock" => {
                liaison_sdk::wasm::Sandbox::<false>.now_ms();
            }
            "loop" => spin(),
            "panic" => panic!("describe panics"),
            _ => {}
        }
        let secret = |name: &str, required, places| SecretUse {
            name: name.to_owned(),
            title: text!("secret", "A secret"),
            required,
            hosts: vec!["{url}".to_owned()],
            places,
        };
        let name = if describe_mode() == "nonsense" {
            "Not Kebab"
        } else {
            "probe"
        };
        Manifest {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            title: text!("probe", "A probe"),
            vendor: "liaison".to_owned(),
            settings: schema::settings(
                &[
                    schema::string("url"),
                    schema::string("other"),
                    // What `check` does, so that the real binary can be made to do it.
                    schema::string("check"),
                ],
                &["url"],
            ),
            secrets: vec![
                secret(
                    "password",
                    true,
                    vec![
                        Place::Header("x-password".to_owned()),
                        Place::Header("authorization".to_owned()),
                        Place::Query("key".to_owned()),
                        Place::Path,
                        Place::Body,
                    ],
                ),
                secret("token", false, vec![Place::Header("x-token".to_owned())]),
            ],
            hosts: vec![
                HostUse {
                    pattern: "{url}".to_owned(),
                    reason: text!("host", "the server"),
                },
                HostUse {
                    pattern: "{other}".to_owned(),
                    reason: text!("other", "another server"),
                },
            ],
            limits: Limits {
                rates: vec![RateLimit {
                    requests: 1000,
                    window_s: 1,
                }],
                concurrency: 4,
                ext: vec![],
            },
            entities: vec![EntitySpec::new("thing", text!("thing", "A thing"))
                .fields(&[schema::id("id")])
                .operations(Operations::CHANGES | Operations::CREATE)
                .changes(ChangeSource::Scan)
                .batches(10, 10)
                .build()],
            ext: vec![],
        }
    }

    fn check(&self, host: &dyn Host) -> Result<Vec<Finding>, Fault> {
        let settings: Value = serde_json_from(&host.settings_json());
        match settings["check"].as_str() {
            Some("spy") => spy(host, settings["url"].as_str().unwrap_or_default()),
            Some("panic") => {
                let held = host.placeholder("password", Encoder::Plain);
                let said = send(
                    host,
                    &leak(settings["url"].as_str().unwrap_or_default(), "plain"),
                );
                panic!("holding {held:?}, having heard {said}")
            }
            _ => Ok(vec![]),
        }
    }

    fn changes(
        &self,
        host: &dyn Host,
        entity: &str,
        _since: Option<Cursor>,
        filter: &[Condition],
        _limit: u32,
    ) -> Result<Page, Fault> {
        let said = match entity {
            "loop" => spin(),
            "wait" => {
                host.sleep_ms(30_000);
                json!({})
            }
            "grow" => {
                let mut hoard: Vec<Vec<u8>> = Vec::new();
                loop {
                    hoard.push(vec![1; 1 << 20]);
                    std::hint::black_box(&hoard);
                }
            }
            "recurse" => json!({"depth": recurse(1)}),
            "panic" => panic!("the probe panics"),
            "flood" => {
                (0..2_000).for_each(|_| host.info(&"x".repeat(1_000)));
                json!({})
            }
            "large" => json!({"text": "x".repeat(20 << 20)}),
            "dice" => json!({"bytes": host.random(5_000).len()}),
            "handles" => {
                let fields = wasip2::http::types::Fields::new;
                json!({"held": (0..5_000).map(|_| fields()).collect::<Vec<_>>().len()})
            }
            "memory" => {
                let before = host.memory_get("k").map(|value| value.len());
                let set = host.memory_set("k", b"four");
                let too_large = host.memory_set("k", &vec![0; 70_000]);
                let after = host.memory_get("k").map(|value| value.len());
                host.memory_delete("k");
                json!({"before": before, "set": set, "too_large": too_large, "after": after,
                       "deleted": host.memory_get("k").is_none()})
            }
            "world" => json!({
                "settings": host.settings_json(),
                "year": host.now_ms() / 1000 / 86_400 / 365 + 1970,
                "random": host.random(16).len(),
                "unknown_secret": host.placeholder("nope", Encoder::Plain),
                "unset_secret": host.placeholder("token", Encoder::Plain),
            }),
            "no-json" => return Ok(page("{")),
            "send-raw" => Value::Array(
                filter
                    .iter()
                    .flat_map(|c| &c.values)
                    .map(|raw| send_raw(raw))
                    .collect(),
            ),
            "follow" => Value::Array(
                filter
                    .iter()
                    .flat_map(|c| &c.values)
                    .map(|raw| follow(host, raw))
                    .collect(),
            ),
            "send" => Value::Array(
                filter
                    .iter()
                    .flat_map(|c| &c.values)
                    .map(|raw| send(host, raw))
                    .collect(),
            ),
            other => return Err(fault::no_such_entity(other)),
        };
        Ok(page(&json!({"said": said}).to_string()))
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let first = &operations[0];
        match entity {
            "short" => return vec![],
            "loop" => spin(),
            "send-then-loop" => {
                send(host, &first.body);
                spin()
            }
            "send-then-panic" => {
                send(host, &first.body);
                panic!("after the request left")
            }
            "send-then-refuse" => {
                let said = send(host, &first.body);
                return vec![Err(fault::of(
                    FaultKind::Unavailable,
                    text!("said", "{said}", said = said),
                ))];
            }
            "note" => {
                let own = host.note(&first.token, b"half-way");
                let foreign = host.note("ABCDEFGHIJ0123456789ABCDEF", b"half-way");
                let body = json!({"own": own, "foreign": foreign}).to_string();
                return vec![Ok(applied("1", Some(body)))];
            }
            _ => {}
        }
        operations
            .iter()
            .map(|_| Ok(applied("same-for-all", None)))
            .collect()
    }
}

fn spin() -> ! {
    let mut counter = 0_u64;
    loop {
        counter = std::hint::black_box(counter.wrapping_add(1));
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    if std::hint::black_box(depth) == 0 {
        return 0;
    }
    recurse(depth + 1) + frame[7]
}

fn page(body: &str) -> Page {
    let entry = Entry {
        id: "1".to_owned(),
        version: None,
        deleted: false,
        body: body.to_owned(),
        ext: vec![],
    };
    Page {
        entries: vec![entry],
        next: None,
        more: false,
        complete: false,
        ext: vec![],
    }
}

fn applied(id: &str, body: Option<String>) -> Applied {
    Applied {
        id: id.to_owned(),
        version: None,
        body,
        ext: vec![],
    }
}

/// One request as JSON: `{"method", "url", "headers": [[name, value]], "body"}`, where
/// `<<name:encoder>>` stands for a placeholder. Returns what came of it.
fn send(host: &dyn Host, raw: &str) -> Value {
    let raw = match fill(host, raw) {
        Ok(raw) => raw,
        Err(words) => return json!({"placeholder": words}),
    };
    let wanted: Value = serde_json_from(&raw);
    let text = |name: &str| wanted[name].as_str().unwrap_or_default().to_owned();
    let headers = wanted["headers"].as_array().cloned().unwrap_or_default();
    let request = HttpRequest {
        method: if text("method") == "POST" {
            Method::Post
        } else {
            Method::Get
        },
        url: text("url"),
        headers: headers
            .iter()
            .map(|pair| {
                (
                    pair[0].as_str().unwrap_or("").to_owned(),
                    pair[1].as_str().unwrap_or("").to_owned(),
                )
            })
            .collect(),
        body: match wanted["body_bytes"].as_u64() {
            Some(count) => vec![b'x'; count as usize],
            None => text("body").into_bytes(),
        },
    };
    match host.send(request) {
        Ok(answer) => json!({
            "status": answer.status,
            "headers": answer.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
            "body": answer.text().chars().take(4_000).collect::<String>(),
            "bytes": answer.body.len(),
        }),
        Err(HttpError::NotSent { why, detail }) => {
            json!({"not_sent": format!("{why:?}"), "detail": detail})
        }
        Err(HttpError::NoAnswer { detail }) => json!({"no_answer": detail}),
    }
}

/// One request in the words of `wasi:http`, past the SDK and its idea of a URL: `{"scheme", "authority",
/// "path", "method"?, "headers"?}`. Says at which step the host would have none of it, or what came.
fn send_raw(raw: &str) -> Value {
    use wasip2::http::types as wasi;
    let wanted: Value = serde_json_from(raw);
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let scheme = match text("scheme") {
        "http" => wasi::Scheme::Http,
        "https" => wasi::Scheme::Https,
        other => wasi::Scheme::Other(other.to_owned()),
    };
    let headers: Vec<(String, Vec<u8>)> = wanted["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| {
            let part = |at: usize| pair[at].as_str().unwrap_or_default().to_owned();
            (part(0), part(1).into_bytes())
        })
        .collect();
    let refused = |step: &str| json!({"not_sent": "Refused", "detail": step});
    let Ok(fields) = wasi::Fields::from_list(&headers) else {
        return refused("headers");
    };
    let request = wasi::OutgoingRequest::new(fields);
    let method = match text("method") {
        "" | "GET" => wasi::Method::Get,
        other => wasi::Method::Other(other.to_owned()),
    };
    if request.set_method(&method).is_err() {
        return refused("method");
    }
    if request.set_scheme(Some(&scheme)).is_err() {
        return refused("scheme");
    }
    if request.set_authority(Some(text("authority"))).is_err() {
        return refused("authority");
    }
    if request.set_path_with_query(Some(text("path"))).is_err() {
        return refused("path");
    }
    let answer = match wasip2::http::outgoing_handler::handle(request, None) {
        Ok(answer) => answer,
        Err(code) => return json!({"not_sent": "Denied", "detail": format!("{code:?}")}),
    };
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(incoming))) => json!({"status": incoming.status()}),
        Some(Ok(Err(code))) => json!({"failed": format!("{code:?}")}),
        _ => json!({"failed": "no answer"}),
    }
}

/// Follows redirects as a browser would, and tells every station: a host that follows none by itself
/// must refuse the guest that does.
fn follow(host: &dyn Host, raw: &str) -> Value {
    let mut stations = Vec::new();
    let mut next: Value = serde_json_from(raw);
    for _ in 0..5 {
        let said = send(host, &next.to_string());
        let location = said["headers"].as_array().into_iter().flatten();
        let location = location
            .filter(|pair| pair[0] == "location")
            .find_map(|pair| pair[1].as_str().map(str::to_owned));
        stations.push(said);
        match location {
            Some(location) => next["url"] = json!(location),
            None => break,
        }
    }
    Value::Array(stations)
}

/// A request that makes an echo give the password back in this encoding.
fn leak(url: &str, encoding: &str) -> String {
    json!({"method": "GET", "url": format!("{url}/echo/{encoding}"),
           "headers": [["x-password", "<<password:plain>>"]]})
    .to_string()
}

/// Collects all that can be had, and gives it to everything that takes a guest's words: memory, log,
/// findings. Each also backwards, so that no filter on the way out can hide what was had.
fn spy(host: &dyn Host, url: &str) -> Result<Vec<Finding>, Fault> {
    let mut heard = vec![host.settings_json()];
    for encoding in ["plain", "base64", "percent", "hex", "json", "xml", "gzip"] {
        heard.push(send(host, &leak(url, encoding)).to_string());
    }
    for (name, encoder) in [("password", Encoder::Plain), ("token", Encoder::Plain)] {
        heard.push(format!("{:?}", host.placeholder(name, encoder)));
    }
    // In places it may not stand, and in pieces.
    for url in [
        format!("{url}/<<password:url>>?key=<<password:url>>"),
        format!("{url}/?other=<<password:url>>"),
    ] {
        heard.push(send(host, &json!({"method": "GET", "url": url}).to_string()).to_string());
    }
    let token = json!({"method": "GET", "url": format!("{url}/echo/plain"),
                       "headers": [["x-token", "<<token:plain>>"]]});
    heard.push(send(host, &token.to_string()).to_string());
    let basic = json!({"method": "POST", "url": format!("{url}/echo/all"),
                       "headers": [["authorization", "Basic <<password:basic>>"]],
                       "body": "<p><<password:xml>></p>{\"p\": \"<<password:json>>\"}"});
    heard.push(send(host, &basic.to_string()).to_string());
    for (index, words) in heard.iter().enumerate() {
        host.memory_set(&format!("heard-{index}"), words.as_bytes())
            .ok();
        host.info(words);
        host.debug(&words.chars().rev().collect::<String>());
    }
    let told = |words: &String| Finding {
        level: Level::Warning,
        code: "heard".to_owned(),
        message: text!("heard", "{words}", words = words),
        place: Some(text!(
            "backwards",
            "{words}",
            words = words.chars().rev().collect::<String>()
        )),
        fix: None,
        ext: vec![],
    };
    Ok(heard.iter().map(told).collect())
}

fn serde_json_from(raw: &str) -> Value {
    liaison_sdk::serde_json::from_str(raw).expect("the test writes JSON")
}

fn fill(host: &dyn Host, raw: &str) -> Result<String, String> {
    let mut filled = raw.to_owned();
    while let Some(from) = filled.find("<<") {
        let to = from + filled[from..].find(">>").expect("a placeholder ends");
        let (name, encoder) = filled[from + 2..to].split_once(':').expect("name:encoder");
        let encoder = match encoder {
            "plain" => Encoder::Plain,
            "xml" => Encoder::Xml,
            "json" => Encoder::Json,
            "url" => Encoder::Url,
            "basic" => Encoder::Basic,
            other => panic!("no encoder {other}"),
        };
        let placeholder = host.placeholder(name, encoder)?;
        filled.replace_range(from..to + 2, &placeholder);
    }
    Ok(filled)
}
