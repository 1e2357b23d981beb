//! Why a request had no answer, on a tape. What counts is the code that the guest sees.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};

use crate::connector::egress::SendError;
use crate::connector::egress::dial::{Prohibited, Unresolved};
use crate::model::{Text, Word};

const AS_RECORDED: Word = Word::new("address-recorded", "one that was refused");

impl SendError {
    pub fn to_tape(&self) -> Value {
        let words = match self {
            // What the guest sees of these goes beyond the code.
            Self::Unresolved(unresolved) => unresolved.reason.clone(),
            Self::Encoded(coding) => coding.clone(),
            Self::Certificate(words) | Self::NoConnection(words) | Self::Cut(words) => {
                words.clone()
            }
            Self::Denied(reason) => reason.fallback.clone(),
            Self::Prohibited(prohibited) => prohibited.host.clone(),
            Self::Refused
            | Self::ConnectTimeout
            | Self::LimitReached { .. }
            | Self::RequestTooLarge { .. }
            | Self::RequestHeadersTooLarge { .. }
            | Self::NoAnswer(_)
            | Self::ResponseTooLarge { .. }
            | Self::ResponseHeadersTooLarge { .. } => self.to_string(),
        };
        let mut told = json!({"code": self.code(), "words": words});
        let number = match self {
            Self::RequestTooLarge { bytes_max }
            | Self::RequestHeadersTooLarge { bytes_max }
            | Self::ResponseTooLarge { bytes_max }
            | Self::ResponseHeadersTooLarge { bytes_max } => Some(*bytes_max as u64),
            Self::NoAnswer(after) => u64::try_from(after.as_millis()).ok(),
            _ => None,
        };
        if let Some(number) = number {
            told["number"] = json!(number);
        }
        told
    }

    pub fn of_tape(value: &Value) -> Option<Self> {
        let words = || value["words"].as_str().map(str::to_owned);
        let bytes_max = || {
            let number = value["number"].as_u64()?;
            usize::try_from(number).ok()
        };
        Some(match value["code"].as_str()? {
            "denied" => Self::Denied(Text::plain(words()?)),
            "address-prohibited" => Self::Prohibited(Prohibited {
                host: words()?,
                address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                what: AS_RECORDED,
            }),
            "dns" => Self::Unresolved(Unresolved {
                host: String::new(),
                reason: words()?,
            }),
            "refused" => Self::Refused,
            "connect-timeout" => Self::ConnectTimeout,
            "certificate" => Self::Certificate(words()?),
            "no-connection" => Self::NoConnection(words()?),
            "limit-reached" => Self::LimitReached { wait: None },
            "request-too-large" => Self::RequestTooLarge {
                bytes_max: bytes_max()?,
            },
            "request-headers-too-large" => Self::RequestHeadersTooLarge {
                bytes_max: bytes_max()?,
            },
            "no-answer" => Self::NoAnswer(Duration::from_millis(value["number"].as_u64()?)),
            "cut" => Self::Cut(words()?),
            "response-too-large" => Self::ResponseTooLarge {
                bytes_max: bytes_max()?,
            },
            "response-headers-too-large" => Self::ResponseHeadersTooLarge {
                bytes_max: bytes_max()?,
            },
            "encoded" => Self::Encoded(words()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_at_all_reaches_the_guest_as_it_did() {
        for error in [
            SendError::Denied(Text::plain("no")),
            SendError::Prohibited(Prohibited {
                host: "erp".to_owned(),
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 80)),
                what: AS_RECORDED,
            }),
            SendError::Unresolved(Unresolved {
                host: "erp".to_owned(),
                reason: "no such name".to_owned(),
            }),
            SendError::Refused,
            SendError::ConnectTimeout,
            SendError::Certificate("expired".to_owned()),
            SendError::NoConnection("reset".to_owned()),
            SendError::LimitReached { wait: None },
            SendError::RequestTooLarge { bytes_max: 1 },
            SendError::RequestHeadersTooLarge { bytes_max: 2 },
            SendError::NoAnswer(Duration::from_millis(3)),
            SendError::Cut("half".to_owned()),
            SendError::ResponseTooLarge { bytes_max: 4 },
            SendError::ResponseHeadersTooLarge { bytes_max: 5 },
            SendError::Encoded("br".to_owned()),
        ] {
            let code = error.code();
            let read = SendError::of_tape(&error.to_tape()).expect(code);
            assert_eq!(read.may_have_left(), error.may_have_left(), "{code}");
            let (read, told) = (read.into_wasi(), error.into_wasi());
            assert_eq!(format!("{read:?}"), format!("{told:?}"), "{code}");
        }
    }
}
