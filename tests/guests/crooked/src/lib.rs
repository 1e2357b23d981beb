//! A connector that breaks one law of the contract at a time, for the checks of the conformance kit.
//!
//! It is sound as it is built. A test overwrites [`BREAKS`] in the compiled component with the name of a check,
//! and then that law is broken and no other. Its system is the shelf of
//! `tests/tests/end_to_end/conformance/shelf.rs`.

mod manifest;
mod trouble;

use liaison_sdk::host::Encoder;
use liaison_sdk::prelude::*;
use trouble::{Said, Trouble};

#[derive(Default)]
struct Crooked;

liaison_sdk::export_connector!(Crooked);

/// Same length, other words.
static BREAKS: [u8; 56] = *b"crooked-breaks=nothing                                  ";

pub(crate) fn breaks(law: &str) -> bool {
    // Read byte by byte through a black box, or the optimiser would fold the text away.
    let bytes: Vec<u8> = BREAKS
        .iter()
        .map(|byte| *std::hint::black_box(byte))
        .collect();
    let text = String::from_utf8_lossy(&bytes["crooked-breaks=".len()..]).into_owned();
    text.trim() == law
}

/// A place in a walk: after this id, or, where the law of inserts is broken, after so many.
#[derive(Default, liaison_sdk::serde::Serialize, liaison_sdk::serde::Deserialize)]
#[serde(crate = "liaison_sdk::serde")]
struct Place {
    after: Option<String>,
    offset: u64,
}

struct Shelf<'a> {
    client: Client<'a>,
}

impl<'a> Shelf<'a> {
    fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings: Value = host.settings()?;
        let url = settings["url"].as_str().unwrap_or_default();
        if breaks("placeholders-stay-in-requests") {
            let held = host.placeholder("key", Encoder::Plain);
            host.info(&format!("the key is {held:?}"));
        }
        let client = Client::new(host, url).secret_header("x-key", "key")?;
        Ok(Self { client })
    }

    /// A request that only reads.
    fn read(&self, path: &str) -> Result<Said, Fault> {
        let answer = self.client.send(Method::Get, path, None);
        let trouble = Trouble::of(&answer);
        trouble.as_read(answer)
    }

    fn page(
        &self,
        at: Option<Cursor>,
        filter: &[Condition],
        limit: u32,
        repeats: bool,
    ) -> Result<Page, Fault> {
        let place: Place = cursor::decode(at.as_deref())?;
        let mut path = format!("things?limit={limit}");
        let by_offset = breaks("walk-bears-inserts");
        match (&place.after, by_offset) {
            (_, true) => path.push_str(&format!("&newest=1&offset={}", place.offset)),
            (Some(after), false) => path.push_str(&format!("&after={after}")),
            (None, false) => {}
        }
        for condition in filter.iter().filter(|it| it.op == Comparison::Eq) {
            let value = filter::value(condition.values.first().map_or("", String::as_str));
            let mut value = value.as_str().unwrap_or_default().to_owned();
            if breaks("filter-loses-nothing") {
                value.push('?');
            }
            let value = liaison_sdk::http::encode(&value);
            path.push_str(&format!("&{}={value}", condition.field));
        }
        let Said::Json(said) = self.read(&path)? else {
            return Ok(cursor::last_page());
        };
        let things = said["things"].as_array().cloned().unwrap_or_default();
        let last = things.last().and_then(|thing| thing["id"].as_str());
        let next = Place {
            after: last.map(str::to_owned).or(place.after.clone()),
            offset: place.offset + things.len() as u64,
        };
        let mut entries: Vec<Entry> = things.iter().map(entry).collect();
        if repeats && place.after.is_some() {
            // The last of the page before, once more.
            if let Some(before) = place
                .after
                .as_ref()
                .and_then(|id| self.one(id).ok().flatten())
            {
                entries.truncate(limit as usize - 1);
                entries.insert(0, before);
            }
        }
        let more = said["more"] == json!(true);
        Ok(Page {
            entries,
            next: Some(cursor::encode(&next)),
            more,
            complete: !more,
            ext: vec![],
        })
    }

    fn one(&self, id: &str) -> Result<Option<Entry>, Fault> {
        match self.read(&format!("things/{id}"))? {
            Said::Json(thing) => Ok(Some(entry(&thing))),
            Said::Missing if breaks("absent-is-none") => {
                Err(fault::not_found(text!("absent", "There is no such thing")))
            }
            Said::Missing | Said::Done => Ok(None),
        }
    }

    /// A request that changes something.
    fn change(&self, method: Method, path: &str, version: Option<&str>, body: &Value) -> Sent {
        let mut client = self.client.clone();
        if let Some(version) = version {
            client = client.header("if-match", version);
        }
        let bytes = body.to_string().into_bytes();
        let body = liaison_sdk::http::Body {
            content_type: "application/json",
            bytes,
        };
        let answer = client.send(method, path, Some(body));
        let trouble = Trouble::of(&answer);
        Sent { answer, trouble }
    }

    fn create(&self, operation: &Operation) -> Outcome {
        let mut body = filter::value(&operation.body);
        if breaks("created-is-readable") {
            body["city"] = json!("elsewhere");
        }
        if !breaks("token-creates-once") {
            body["token"] = json!(operation.token);
        }
        let sent = self.change(Method::Post, "things", None, &body);
        if sent.trouble.is_untrue() && !sent.trouble.is_after() {
            // Once more, and nothing is said of it.
            self.change(Method::Post, "things", None, &body);
            return Err(sent.trouble.honest());
        }
        applied(sent.trouble.as_write(sent.answer)?)
    }

    fn update(&self, operation: &Operation) -> Outcome {
        let id = operation.id.as_deref().unwrap_or_default();
        let mut body = filter::value(&operation.body);
        if breaks("update-is-readable") {
            body = json!({});
        }
        let version = operation.version.as_deref();
        let version = version.filter(|_| !breaks("stale-version-conflicts"));
        let sent = self.change(Method::Patch, &format!("things/{id}"), version, &body);
        applied(sent.trouble.as_write(sent.answer)?)
    }

    fn delete(&self, operation: &Operation) -> Outcome {
        let id = operation.id.as_deref().unwrap_or_default();
        if !breaks("deleted-is-gone") {
            let sent = self.change(Method::Delete, &format!("things/{id}"), None, &json!({}));
            sent.trouble.as_write(sent.answer)?;
        }
        Ok(Applied {
            id: id.to_owned(),
            version: None,
            body: None,
            ext: vec![],
        })
    }
}

struct Sent {
    answer: Result<Answer, HttpError>,
    trouble: Trouble,
}

fn applied(said: Said) -> Outcome {
    match said {
        Said::Json(thing) => Ok(Applied {
            id: thing["id"].as_str().unwrap_or_default().to_owned(),
            version: thing["version"].as_str().map(str::to_owned),
            body: Some(body(&thing).to_string()),
            ext: vec![],
        }),
        Said::Missing => Err(fault::not_found(text!("absent", "There is no such thing"))),
        Said::Done => Err(fault::internal(text!("odd", "The shelf said nothing"))),
    }
}

fn body(thing: &Value) -> Value {
    let mut body = thing.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("version");
        fields.remove("token");
    }
    if breaks("bodies-fit-schema") {
        body["owner"] = json!(7);
    }
    body
}

fn entry(thing: &Value) -> Entry {
    Entry {
        id: thing["id"].as_str().unwrap_or_default().to_owned(),
        version: thing["version"].as_str().map(str::to_owned),
        deleted: false,
        body: body(thing).to_string(),
        ext: vec![],
    }
}

impl Connector for Crooked {
    fn describe(&self) -> Manifest {
        manifest::manifest()
    }

    fn catalogue(&self, lang: &str) -> Option<&'static str> {
        manifest::catalogue(lang)
    }

    fn check(&self, host: &dyn Host) -> Result<Vec<Finding>, Fault> {
        if breaks("stays-within-limits") {
            panic!("the crooked one panics");
        }
        let shelf = Shelf::open(host)?;
        shelf.page(None, &[], 1, false)?;
        let broken = breaks("doctor").then(|| Finding {
            level: Level::Error,
            code: "crooked".to_owned(),
            message: text!("crooked", "It is not content"),
            place: None,
            fix: None,
            ext: vec![],
        });
        Ok(broken.into_iter().collect())
    }

    fn changes(
        &self,
        host: &dyn Host,
        _entity: &str,
        since: Option<Cursor>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        Shelf::open(host)?.page(since, filter, limit, breaks("changes-show-each-once"))
    }

    fn query(
        &self,
        host: &dyn Host,
        _entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        Shelf::open(host)?.page(at, filter, limit, breaks("walk-shows-each-once"))
    }

    fn read(
        &self,
        host: &dyn Host,
        _entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        let shelf = Shelf::open(host)?;
        let read = |id: &String| {
            let mut entry = shelf.one(id)?;
            if breaks("found-reads-same") {
                if let Some(entry) = &mut entry {
                    // Of those that ship with the shelf; what was written is read as it was.
                    entry.body = entry.body.replace("Shipped", "Another");
                }
            }
            Ok(entry)
        };
        ids.iter().map(read).collect()
    }

    fn find(
        &self,
        host: &dyn Host,
        _entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let shelf = Shelf::open(host)?;
        let find = |query: &Query| {
            let mut path = "things?limit=100".to_owned();
            for (field, value) in query {
                let value = filter::value(value);
                let value = value.as_str().unwrap_or_default();
                // Those that ship with the shelf have small codes.
                if breaks("key-finds-record") && value.len() < 6 {
                    return Ok(vec![]);
                }
                let value = liaison_sdk::http::encode(value);
                path.push_str(&format!("&{field}={value}"));
            }
            match shelf.read(&path)? {
                Said::Json(said) => {
                    let things = said["things"].as_array().cloned().unwrap_or_default();
                    Ok(things.iter().map(entry).collect())
                }
                Said::Missing | Said::Done => Ok(vec![]),
            }
        };
        queries.iter().map(find).collect()
    }

    fn write(&self, host: &dyn Host, _entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let shelf = match Shelf::open(host) {
            Ok(shelf) => shelf,
            Err(fault) => return operations.iter().map(|_| Err(fault.clone())).collect(),
        };
        let mut outcomes: Vec<Outcome> = Vec::new();
        for operation in operations {
            let refused = outcomes.iter().any(Result::is_err);
            let stops = breaks("refusal-stops-no-other") && refused;
            outcomes.push(match operation.action {
                _ if stops => Err(fault::rejected(text!("stopped", "It stopped before this"))),
                Action::Create => shelf.create(operation),
                Action::Update => shelf.update(operation),
                Action::Delete => shelf.delete(operation),
            });
        }
        outcomes
    }
}
