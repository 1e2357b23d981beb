//! The pad of the guest `pad`, as the system that calls: it polls, does what it is told, and brings the answers.
//!
//! It knows a message again by its bytes, as systems of this kind do, and answers it as before. Every note that
//! it makes twice is a mistake of ours.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than any request takes.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// What an exchange with the door came to. An error is a broken connection.
pub type Told = Result<(u16, Value), String>;

/// Where the pad loses its power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    Lasts,
    /// It has the message, and has not done it.
    FailsBeforeWork,
    /// It has done it, and not told.
    FailsAfterWork,
}

#[derive(Default)]
pub struct Pad {
    /// `127.0.0.1:PORT`
    pub host: String,
    pub password: String,
    pub notes: Vec<Value>,
    /// By the bytes of the message.
    answered: BTreeMap<String, Value>,
    pub visits: u32,
    /// Messages that came a second time.
    pub again: usize,
}

impl Pad {
    pub fn new(host: &str, password: &str) -> Self {
        Self {
            host: host.to_owned(),
            password: password.to_owned(),
            ..Self::default()
        }
    }

    pub fn call(&self, path: &str, body: &Value) -> Told {
        let answer = request(
            &self.host,
            "POST",
            &format!("/in/demo/pad{path}"),
            &body.to_string(),
        )?;
        Ok((
            answer.0,
            serde_json::from_str(&answer.1).unwrap_or_default(),
        ))
    }

    pub fn open(&self) -> Result<String, String> {
        let (status, said) = self.call("/open", &json!({ "password": self.password }))?;
        match said["session"].as_str() {
            Some(session) if status == 200 => Ok(session.to_owned()),
            _ => Err(format!("{status}: {said}")),
        }
    }

    /// One visit, until nothing waits and nothing is at work any more. Answers how many messages it carried.
    pub fn visit(&mut self, power: Power) -> Result<u32, String> {
        self.visits += 1;
        let session = self.open()?;
        let mut carried = 0;
        loop {
            let pending = self.good(
                "/pending",
                &json!({ "session": session, "wait_ms": 10_000 }),
            )?;
            if pending["parcels"] == json!(0) {
                match pending["more"] == json!(true) {
                    true => continue,
                    false => break,
                }
            }
            let taken = self.good("/take", &json!({ "session": session }))?;
            let (Some(key), Some(bytes)) = (taken["key"].as_str(), taken["bytes"].as_str()) else {
                continue;
            };
            if carried == 0 && taken["again"] == json!(false) && self.visits == 1 {
                // The first one is put back once: it did not arrive.
                self.good("/put-back", &json!({ "session": session, "key": key }))?;
                carried += 1;
                continue;
            }
            if power == Power::FailsBeforeWork {
                return Err("no power".to_owned());
            }
            let answer = self.work(bytes);
            if power == Power::FailsAfterWork {
                return Err("no power".to_owned());
            }
            let answer = json!({ "session": session, "key": key, "bytes": answer.to_string() });
            self.good("/answer", &answer)?;
            carried += 1;
        }
        self.good("/close", &json!({ "session": session }))?;
        Ok(carried)
    }

    fn good(&self, path: &str, body: &Value) -> Result<Value, String> {
        match self.call(path, body)? {
            (200, said) => Ok(said),
            (status, said) => Err(format!("{path}: {status} {said}")),
        }
    }

    /// Does what a message says, once.
    fn work(&mut self, bytes: &str) -> Value {
        if let Some(answer) = self.answered.get(bytes) {
            self.again += 1;
            return answer.clone();
        }
        let (_, question) = bytes.split_once('#').expect("sealed by the guest");
        let question: Value = serde_json::from_str(question).expect("the guest asks in JSON");
        let answer = match question["do"].as_str().unwrap_or_default() {
            "hello" => json!({ "hello": "the pad is here" }),
            "list" => json!({ "notes": self.notes }),
            "create"
                if question["text"]
                    .as_str()
                    .is_some_and(|text| text.contains("refused")) =>
            {
                json!({ "refused": "the pad takes no such note" })
            }
            "create" => {
                let id = format!("N{}", self.notes.len() + 1);
                self.notes
                    .push(json!({ "id": id, "version": "1", "text": question["text"] }));
                json!({ "id": id, "version": "1" })
            }
            "update" => {
                let note = self
                    .notes
                    .iter_mut()
                    .find(|note| note["id"] == question["id"]);
                match note {
                    Some(note) => {
                        note["text"] = question["text"].clone();
                        json!({ "id": question["id"], "version": "2" })
                    }
                    None => json!({ "refused": "no such note" }),
                }
            }
            other => json!({ "refused": format!("the pad cannot {other}") }),
        };
        self.answered.insert(bytes.to_owned(), answer.clone());
        answer
    }

    /// Notes that are there more than once.
    pub fn duplicates(&self) -> usize {
        let mut once = self.texts();
        once.dedup();
        self.notes.len() - once.len()
    }

    /// The texts of the notes, sorted.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.notes.iter().filter_map(|note| note["text"].as_str());
        let mut texts: Vec<String> = texts.map(str::to_owned).collect();
        texts.sort();
        texts
    }
}

/// One plain request: status, and body as text.
pub fn request(host: &str, method: &str, path: &str, body: &str) -> Result<(u16, String), String> {
    let (status, _, body) = request_whole(host, method, path, body)?;
    Ok((status, body))
}

/// The same, with the answer's head.
pub fn request_whole(
    host: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String, String), String> {
    let broken = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(host).map_err(broken)?;
    stream.set_read_timeout(Some(ANSWER_MAX)).map_err(broken)?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).map_err(broken)?;
    // One that is refused for its size closes before it has read it all.
    let _ = stream.write_all(body.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&String::from_utf8_lossy(&answer))
}

pub fn parse(answer: &str) -> Result<(u16, String, String), String> {
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| format!("no status: {head}"))?;
    Ok((status, head.to_lowercase(), body.to_owned()))
}
