//! A small system for the crooked guest: things on a shelf, over HTTP, on loopback.
//!
//! It does right whatever it is asked, so that what the kit finds is the guest's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub const KEY: &str = "shelf-key-0001";
/// Things that are there from the beginning.
const SHIPPED: usize = 12;

#[derive(Default)]
struct State {
    things: Vec<Value>,
    next: usize,
}

pub struct Shelf {
    pub address: SocketAddr,
}

/// A request, as far as the shelf looks at it.
struct Asked {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    key: String,
    version: Option<String>,
    body: Value,
}

impl Shelf {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut state = State::default();
        for nth in 0..SHIPPED {
            let thing = json!({"code": format!("S{nth:03}"), "name": format!("Shipped {nth}"),
                "city": if nth % 2 == 0 { "Alma" } else { "Roberval" },
                "amount": format!("{nth}.50"), "on": "2026-03-05"});
            state.add(thing);
        }
        let state = Arc::new(Mutex::new(state));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl State {
    fn add(&mut self, mut thing: Value) -> Value {
        self.next += 1;
        thing["id"] = json!(format!("T{:05}", self.next));
        thing["version"] = json!("1");
        self.things.push(thing.clone());
        thing
    }

    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        if asked.key != KEY {
            return (401, json!({"error": "who are you"}));
        }
        let id = asked.path.strip_prefix("/things/");
        let place = id.and_then(|id| self.things.iter().position(|thing| thing["id"] == id));
        match (asked.method.as_str(), id, place) {
            ("GET", None, _) => (200, self.list(asked)),
            ("POST", None, _) => {
                let token = &asked.body["token"];
                let known = self.things.iter().find(|it| it["token"] == *token);
                match known.filter(|_| token.is_string()) {
                    Some(known) => (200, known.clone()),
                    None => (201, self.add(asked.body.clone())),
                }
            }
            (_, Some(_), None) | (_, None, _) => (404, json!({"error": "no such thing"})),
            ("GET", Some(_), Some(at)) => (200, self.things[at].clone()),
            ("PATCH", Some(_), Some(at)) => {
                let thing = &mut self.things[at];
                let is_stale = asked
                    .version
                    .as_ref()
                    .is_some_and(|it| thing["version"] != **it);
                if is_stale {
                    return (412, json!({"error": "it changed"}));
                }
                for (name, value) in asked.body.as_object().into_iter().flatten() {
                    thing[name] = value.clone();
                }
                let version: u64 = thing["version"]
                    .as_str()
                    .map_or(0, |it| it.parse().unwrap_or(0));
                thing["version"] = json!((version + 1).to_string());
                (200, thing.clone())
            }
            ("DELETE", Some(_), Some(at)) => {
                self.things.remove(at);
                (204, Value::Null)
            }
            _ => (405, json!({"error": "not so"})),
        }
    }

    fn list(&self, asked: &Asked) -> Value {
        let value = |name: &str| {
            let mut query = asked.query.iter();
            query
                .find(|(it, _)| it == name)
                .map(|(_, value)| value.as_str())
        };
        let number = |name: &str| value(name).and_then(|it| it.parse::<usize>().ok());
        let mut things: Vec<&Value> = self.things.iter().collect();
        for field in ["code", "city", "name"] {
            if let Some(wanted) = value(field) {
                things.retain(|thing| thing[field] == *wanted);
            }
        }
        if value("newest").is_some() {
            things.reverse();
        }
        if let Some(after) = value("after") {
            things.retain(|thing| thing["id"].as_str() > Some(after));
        }
        let rest: Vec<&Value> = things
            .into_iter()
            .skip(number("offset").unwrap_or(0))
            .collect();
        let limit = number("limit").unwrap_or(100);
        let page: Vec<&Value> = rest.iter().copied().take(limit).collect();
        json!({"more": rest.len() > page.len(), "things": page})
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some(asked) = request(&mut reader)? {
        let (status, body) = state.lock().expect("nobody panics with it").answer(&asked);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
    Ok(())
}

fn request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), decoded(value))
    };
    let query = query
        .split('&')
        .filter(|it| !it.is_empty())
        .map(pair)
        .collect();
    let (mut length, mut key, mut version) = (0, String::new(), None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-key" => key = value.trim().to_owned(),
            "if-match" => version = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Asked {
        method,
        path: path.to_owned(),
        query,
        key,
        version,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let coded = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match coded.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
