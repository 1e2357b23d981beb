//! Requests and answers as bytes: paths, queries, JSON bodies.

use crate::percent::{Plus, decode};
use serde_json::{Map, Value};

use super::error::{Language, Refusal};
use super::interface::{self, Interface};
use crate::simulator::{Request, Response};

/// What a path names. An unknown interface or a malformed position is a bad request.
#[derive(Debug)]
pub enum Route {
    Health,
    Info {
        alias: String,
    },
    List {
        alias: String,
        interface: &'static Interface,
    },
    Changes {
        alias: String,
        interface: &'static Interface,
    },
    Card {
        alias: String,
        interface: &'static Interface,
        card_pos: i32,
    },
    Key {
        alias: String,
        interface: &'static Interface,
        index: String,
    },
}

impl Route {
    pub fn of(path: &str) -> Result<Self, Refusal> {
        let parts: Option<Vec<String>> = path
            .trim_start_matches('/')
            .split('/')
            .map(|part| decode(part, Plus::Kept))
            .collect();
        let parts = parts.ok_or_else(|| Refusal::bad("the path is not valid percent-encoding"))?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let unknown = || Refusal::bad(format!("no such route: `{path}`"));
        let ["v1", alias, rest @ ..] = parts.as_slice() else {
            return Err(unknown());
        };
        if *alias == "health" && rest.is_empty() {
            return Ok(Self::Health);
        }
        let alias = (*alias).to_owned();
        let [name, rest @ ..] = rest else {
            return Err(unknown());
        };
        if *name == "info" && rest.is_empty() {
            return Ok(Self::Info { alias });
        }
        let interface = interface::named(name)
            .ok_or_else(|| Refusal::bad(format!("no such interface: `{name}`")))?;
        match rest {
            [] => Ok(Self::List { alias, interface }),
            ["changes"] => Ok(Self::Changes { alias, interface }),
            ["key", index] => Ok(Self::Key {
                alias,
                interface,
                index: (*index).to_owned(),
            }),
            [card_pos] => {
                let card_pos = card_pos
                    .parse()
                    .ok()
                    .filter(|card_pos| *card_pos > 0 && !rest[0].starts_with('+'));
                let card_pos = card_pos
                    .ok_or_else(|| Refusal::bad(format!("`{}` is not a card position", rest[0])))?;
                Ok(Self::Card {
                    alias,
                    interface,
                    card_pos,
                })
            }
            _ => Err(unknown()),
        }
    }

    pub fn word(&self) -> String {
        match self {
            Self::Health => "health".to_owned(),
            Self::Info { .. } => "info".to_owned(),
            Self::List { interface, .. } => interface.name.to_owned(),
            Self::Changes { interface, .. } => format!("{}/changes", interface.name),
            Self::Card { interface, .. } => format!("{}/{{CardPos}}", interface.name),
            Self::Key { interface, .. } => format!("{}/key", interface.name),
        }
    }
}

/// The alias a path begins with, even when the rest of it is nonsense.
pub fn alias(path: &str) -> Option<String> {
    decode(path.strip_prefix("/v1/")?.split('/').next()?, Plus::Kept)
}

/// The parameters of a request. Each is taken once; one that nobody took is a bad request.
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let pairs = request.query.split('&').filter(|pair| !pair.is_empty());
        let decoded: Option<Vec<_>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name, Plus::Space)?, decode(value, Plus::Space)?))
            })
            .collect();
        decoded
            .map(Self)
            .ok_or_else(|| Refusal::bad("the query is not valid percent-encoding"))
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(at).1)
    }

    pub fn take_number(&mut self, name: &str) -> Result<Option<i32>, Refusal> {
        let Some(text) = self.take(name) else {
            return Ok(None);
        };
        let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
        number.map(Some).ok_or_else(|| {
            Refusal::bad(format!("`{name}` must be a whole number, not `{text}`")).field(name)
        })
    }

    pub fn take_flag(&mut self, name: &str) -> Result<bool, Refusal> {
        match self.take_number(name)? {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => Err(Refusal::bad(format!("`{name}` must be 0 or 1")).field(name)),
        }
    }

    pub fn finish(self) -> Result<(), Refusal> {
        match self.0.first() {
            Some((name, _)) => {
                Err(Refusal::bad(format!("no such parameter here: `{name}`")).field(name))
            }
            None => Ok(()),
        }
    }
}

pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

pub fn json_object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    let media = header(request, "content-type").unwrap_or_default();
    if media
        .split(';')
        .next()
        .is_none_or(|media| !media.trim().eq_ignore_ascii_case("application/json"))
    {
        return Err(Refusal::bad("the body must be sent as application/json").field("Content-Type"));
    }
    let parsed = serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::bad(format!("the body is not JSON: {error}")))?;
    match parsed {
        Value::Object(object) => Ok(object),
        _ => Err(Refusal::bad("the body must be one object")),
    }
}

pub fn answer(status: u16, body: &Value) -> Response {
    let headers = vec![(
        "content-type".to_owned(),
        "application/json; charset=utf-8".to_owned(),
    )];
    Response {
        status,
        headers,
        body: body.to_string().into_bytes(),
        delay_ms: 0,
    }
}

pub fn refuse(refusal: &Refusal, language: Language, request_id: &str) -> Response {
    let mut response = answer(refusal.code.row().http, &refusal.body(language, request_id));
    if let Some(seconds) = refusal.retry_after_s {
        response
            .headers
            .push(("retry-after".to_owned(), seconds.to_string()));
    }
    response
}
