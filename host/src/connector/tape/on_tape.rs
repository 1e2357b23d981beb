//! Answers of the host as values on a tape, and back.
//!
//! No answer is `null`, so that one that never came can be told from one that holds nothing.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::bytes as blob;
use crate::connector::egress::SendError;
use crate::connector::relay::{Taken, Waiting};

pub trait OnTape: Sized {
    fn to_tape(&self) -> Value;
    /// None when the value is of another kind.
    fn of_tape(value: &Value) -> Option<Self>;
}

const NOTHING: &str = "nothing";
const DONE: &str = "done";

impl OnTape for () {
    fn to_tape(&self) -> Value {
        Value::from(DONE)
    }

    fn of_tape(value: &Value) -> Option<Self> {
        (value == DONE).then_some(())
    }
}

impl OnTape for bool {
    fn to_tape(&self) -> Value {
        Value::from(*self)
    }

    fn of_tape(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl OnTape for u64 {
    fn to_tape(&self) -> Value {
        Value::from(*self)
    }

    fn of_tape(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl OnTape for String {
    fn to_tape(&self) -> Value {
        Value::from(self.as_str())
    }

    fn of_tape(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl OnTape for Vec<u8> {
    fn to_tape(&self) -> Value {
        blob::to_value(self)
    }

    fn of_tape(value: &Value) -> Option<Self> {
        blob::of_value(value)
    }
}

impl OnTape for Vec<Vec<u8>> {
    fn to_tape(&self) -> Value {
        self.iter().map(|bytes| blob::to_value(bytes)).collect()
    }

    fn of_tape(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(blob::of_value).collect()
    }
}

impl OnTape for Waiting {
    fn to_tape(&self) -> Value {
        json!({"parcels": self.parcels, "more": self.more})
    }

    fn of_tape(value: &Value) -> Option<Self> {
        Some(Self {
            parcels: u32::try_from(value["parcels"].as_u64()?).ok()?,
            more: value["more"].as_bool()?,
        })
    }
}

impl OnTape for Taken {
    fn to_tape(&self) -> Value {
        json!({
            "key": self.key,
            "payload": blob::to_value(&self.payload),
            "sealed": self.sealed.to_tape(),
        })
    }

    fn of_tape(value: &Value) -> Option<Self> {
        Some(Self {
            key: value["key"].as_str()?.to_owned(),
            payload: blob::of_value(&value["payload"])?,
            sealed: Option::of_tape(&value["sealed"])?,
        })
    }
}

impl<T: OnTape> OnTape for Option<T> {
    fn to_tape(&self) -> Value {
        match self {
            None => Value::from(NOTHING),
            Some(value) => json!({ "found": value.to_tape() }),
        }
    }

    fn of_tape(value: &Value) -> Option<Self> {
        match value.get("found") {
            Some(found) => Some(Some(T::of_tape(found)?)),
            None => (value == NOTHING).then_some(None),
        }
    }
}

/// What the guest is told as an error.
impl<T: OnTape> OnTape for Result<T, String> {
    fn to_tape(&self) -> Value {
        match self {
            Ok(value) => json!({ "ok": value.to_tape() }),
            Err(words) => json!({ "error": words }),
        }
    }

    fn of_tape(value: &Value) -> Option<Self> {
        match (value.get("ok"), value.get("error")) {
            (Some(found), None) => Some(Ok(T::of_tape(found)?)),
            (None, Some(words)) => Some(Err(words.as_str()?.to_owned())),
            _ => None,
        }
    }
}

impl OnTape for Result<Response<Bytes>, SendError> {
    fn to_tape(&self) -> Value {
        match self {
            Ok(response) => {
                let headers: Vec<Value> = response
                    .headers()
                    .iter()
                    .map(|(name, value)| json!([name.as_str(), blob::to_value(value.as_bytes())]))
                    .collect();
                json!({
                    "status": response.status().as_u16(),
                    "headers": headers,
                    "body": blob::to_value(response.body()),
                })
            }
            Err(error) => json!({ "failed": error.to_tape() }),
        }
    }

    fn of_tape(value: &Value) -> Option<Self> {
        if let Some(failed) = value.get("failed") {
            return Some(Err(SendError::of_tape(failed)?));
        }
        let mut response = Response::new(Bytes::from(blob::of_value(&value["body"])?));
        let status = u16::try_from(value["status"].as_u64()?).ok()?;
        *response.status_mut() = StatusCode::from_u16(status).ok()?;
        for header in value["headers"].as_array()? {
            let name = HeaderName::try_from(header[0].as_str()?).ok()?;
            let value = HeaderValue::from_bytes(&blob::of_value(&header[1])?).ok()?;
            response.headers_mut().append(name, value);
        }
        Some(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<T: OnTape + PartialEq + std::fmt::Debug>(value: T) {
        let text = value.to_tape().to_string();
        assert_ne!(text, "null");
        let read = serde_json::from_str(&text).unwrap();
        assert_eq!(T::of_tape(&read), Some(value), "{text}");
    }

    #[test]
    fn every_answer_comes_back() {
        comes_back(());
        comes_back(7_u64);
        comes_back(vec![0xff_u8, 0]);
        comes_back(None::<Vec<u8>>);
        comes_back(Some(b"session".to_vec()));
        comes_back(Ok::<Option<String>, String>(None));
        comes_back(Err::<(), _>("no such key".to_owned()));
        comes_back(vec![b"a".to_vec(), vec![0xfe]]);
        comes_back(Waiting {
            parcels: 2,
            more: true,
        });
        comes_back(Some(Taken {
            key: "k".to_owned(),
            payload: b"<a/>".to_vec(),
            sealed: Some(vec![0xfe]),
        }));
    }

    #[test]
    fn an_answer_of_a_server_comes_back_with_every_header() {
        let mut response = Response::new(Bytes::from_static(b"\xff\x00"));
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        for value in ["a", "b"] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append("set-cookie", value);
        }
        let told: Result<_, SendError> = Ok(response);
        let read = <Result<Response<Bytes>, SendError>>::of_tape(&told.to_tape());
        let read = read.expect("it is an answer").expect("a good one");
        assert_eq!(read.status(), 429);
        assert_eq!(read.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(&read.body()[..], b"\xff\x00");
    }
}
