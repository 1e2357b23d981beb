//! The server's side of the Web Connector, small: it answers by operation and keeps what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::quickbooks_desktop::xml::{self, Element};

/// One call as it came in.
#[derive(Debug, Clone)]
pub struct Call {
    pub operation: String,
    pub parameters: Element,
    pub head: String,
    pub body: String,
}

pub enum Reply {
    Text(String),
    Array(Vec<&'static str>),
    /// Status line, content type, body, as they are.
    Raw(&'static str, &'static str, String),
    /// The connection closes without an answer.
    Close,
}

type Answer = dyn FnMut(&Call) -> Reply + Send;

pub struct Endpoint {
    pub url: String,
    pub calls: Arc<Mutex<Vec<Call>>>,
}

impl Endpoint {
    /// Serves until the test's process ends.
    pub fn start(answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/qbwc/acme", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        let mut answer: Box<Answer> = Box::new(answer);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                serve(socket.unwrap(), &kept, answer.as_mut());
            }
        });
        Self { url, calls }
    }

    /// An endpoint that hands out these sets, one after the other, and says 100 after the last.
    pub fn with_sets(sets: Vec<String>) -> Self {
        let mut waiting = sets.into_iter();
        let mut left = waiting.len();
        Self::start(move |call| match call.operation.as_str() {
            "authenticate" => Reply::Array(vec!["ticket-1", ""]),
            "sendRequestXML" => Reply::Text(waiting.next().unwrap_or_default()),
            "receiveResponseXML" => {
                left = left.saturating_sub(1);
                Reply::Text(if left == 0 { "100" } else { "50" }.to_owned())
            }
            "closeConnection" => Reply::Text("OK".to_owned()),
            _ => Reply::Text(String::new()),
        })
    }

    pub fn operations(&self) -> Vec<String> {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .map(|call| call.operation.clone())
            .collect()
    }

    pub fn call(&self, operation: &str) -> Call {
        let calls = self.calls.lock().unwrap();
        let call = calls.iter().find(|call| call.operation == operation);
        call.unwrap_or_else(|| panic!("no {operation}")).clone()
    }
}

fn serve(mut socket: TcpStream, calls: &Mutex<Vec<Call>>, answer: &mut Answer) {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    let (head, body) = loop {
        let count = socket.read(&mut part).unwrap_or(0);
        if count == 0 {
            return;
        }
        text.extend_from_slice(&part[..count]);
        let Some(at) = text.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&text[..at]).into_owned();
        let mut lengths = head.lines().filter_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        });
        let length: usize = lengths.next().unwrap().parse().unwrap();
        if text.len() >= at + 4 + length {
            break (head, String::from_utf8(text[at + 4..].to_vec()).unwrap());
        }
    };
    let parameters = xml::parse(&body)
        .unwrap()
        .root
        .children
        .remove(0)
        .children
        .remove(0);
    let operation = parameters.name.rsplit(':').next().unwrap().to_owned();
    let call = Call {
        operation,
        parameters,
        head,
        body,
    };
    calls.lock().unwrap().push(call.clone());
    let operation = &call.operation;
    let result = |inner: String| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{operation}Response xmlns=\"http://developer.intuit.com/\"><{operation}Result>{inner}</{operation}Result></{operation}Response></soap:Body></soap:Envelope>"
        )
    };
    let (status, kind, body) = match answer(&call) {
        Reply::Text(text) => (
            "200 OK",
            "text/xml; charset=utf-8",
            result(xml::escape(&text)),
        ),
        Reply::Array(values) => {
            let strings: String = values
                .iter()
                .map(|value| format!("<string>{value}</string>"))
                .collect();
            ("200 OK", "text/xml; charset=utf-8", result(strings))
        }
        Reply::Raw(status, kind, body) => (status, kind, body),
        Reply::Close => return,
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = socket
        .write_all(head.as_bytes())
        .and_then(|()| socket.write_all(body.as_bytes()));
}
