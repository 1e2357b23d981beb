//! A tape as a file: JSON lines.
//!
//! ```text
//! {"liaison_tape": 1, "component": {…}, …}              what was recorded, where and when
//! {"export": "changes", "arguments": {…}}              the call
//! {"import": "http.send", "asked": {…}, "answered": …}   each question of the guest, in its order
//! {"end": "returned", "result": …}                     what came of it
//! ```
//!
//! Invariant: a tape that is written and read again is the same tape.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::Call;
use crate::connector::guest_host::Broken;
use crate::connector::limits::Limits;
use crate::connector::scrub::Scrubber;
use crate::model::{ConnectionId, TenantId};

/// Of the form described above. A reader refuses another one.
pub const FORMAT: u32 = 1;
/// No tape is larger: [`super::recorder`] stops before, and a file from outside is not read beyond it.
pub const FILE_BYTES_MAX: usize = 64 << 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    pub label: Label,
    pub call: Call,
    pub steps: Vec<Step>,
    pub end: End,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub liaison_tape: u32,
    pub component: Component,
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub recorded_at: jiff::Timestamp,
    /// What the call might use: a guest sees where its limits are.
    pub limits: Limits,
    /// It grew too large: the end is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Values were replaced for somebody else's eyes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub name: String,
    pub version: String,
    /// Lower-case hex.
    pub sha256: String,
    pub contract: String,
}

/// One question of the guest. Without an answer when the call ended before there was one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub import: String,
    pub asked: Value,
    #[serde(flatten)]
    pub answer: Option<Answer>,
    /// Of requests: it was made while another one was on its way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// Of requests that were answered in another order than they were made: the how manieth answer this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Answered(Value),
    /// It ended the instance.
    Broke(Broken),
}

/// How the call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    Returned {
        result: Value,
    },
    Trapped {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_words: Option<String>,
    },
    OutOfCpu,
    OutOfTime,
    Waits,
    HostFailed {
        what: String,
    },
    HostPanicked {
        what: String,
    },
}

/// Why a file is no tape. The place is a line's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TapeError {
    #[error("it has {bytes} bytes; a tape has at most {FILE_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("it ends after line {line}")]
    Short { line: usize },
    #[error("it is of format {found}; this version of liaison reads format {FORMAT}")]
    OtherFormat { found: u64 },
    #[error("line {line}: {reason}")]
    Line { line: usize, reason: String },
}

impl Tape {
    pub fn to_lines(&self) -> String {
        let line = |value: Result<String, serde_json::Error>| {
            value.expect("a tape's parts are plain values") + "\n"
        };
        let mut lines = line(serde_json::to_string(&self.label));
        lines.push_str(&line(serde_json::to_string(&self.call.to_value())));
        for step in &self.steps {
            lines.push_str(&line(serde_json::to_string(step)));
        }
        lines.push_str(&line(serde_json::to_string(&self.end)));
        lines
    }

    pub fn read(text: &str) -> Result<Self, TapeError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(TapeError::TooLarge { bytes: text.len() });
        }
        let mut lines: Vec<(usize, &str)> = text
            .lines()
            .enumerate()
            .map(|(nth, line)| (nth + 1, line))
            .filter(|(_, line)| !line.trim().is_empty())
            .collect();
        let short = TapeError::Short {
            line: lines.last().map_or(0, |(line, _)| *line),
        };
        if lines.len() < 3 {
            // What is no tape at all is told as such before it is told to be short.
            if let Some((line, text)) = lines.first() {
                label(*line, text)?;
            }
            return Err(short);
        }
        let (last, end) = lines.pop().expect("there are three");
        let mut lines = lines.into_iter();
        let (first, head) = lines.next().expect("there are two");
        let label = label(first, head)?;
        let (second, call) = lines.next().expect("there is one");
        let wrong = |line: usize| move |reason: String| TapeError::Line { line, reason };
        let call = parse::<Value>(second, call).and_then(|value| {
            Call::of_value(value).map_err(|error| wrong(second)(error.to_string()))
        })?;
        let steps = lines
            .map(|(line, text)| parse(line, text))
            .collect::<Result<_, _>>()?;
        let end = parse(last, end)?;
        Ok(Self {
            label,
            call,
            steps,
            end,
        })
    }

    /// The same without any secret of the connection's: a net under what is without them already.
    pub fn scrubbed(self, scrubber: &Scrubber) -> Result<Self, TapeError> {
        let lines = self.to_lines();
        match scrubber.text(&lines) {
            (_, 0) => Ok(self),
            (clean, _) => Self::read(&clean),
        }
    }

    /// What the call was, in a word or two: `write invoice`.
    pub fn title(&self) -> String {
        match self.call.entity() {
            Some(entity) => format!("{} {entity}", self.call.name()),
            None => self.call.name().to_owned(),
        }
    }
}

fn label(line: usize, text: &str) -> Result<Label, TapeError> {
    let value: Value = parse(line, text)?;
    match value["liaison_tape"].as_u64() {
        Some(found) if found == u64::from(FORMAT) => {}
        Some(found) => return Err(TapeError::OtherFormat { found }),
        None => {
            let reason = "this is no tape of liaison".to_owned();
            return Err(TapeError::Line { line, reason });
        }
    }
    serde_json::from_value(value).map_err(|error| TapeError::Line {
        line,
        reason: error.to_string(),
    })
}

fn parse<T: serde::de::DeserializeOwned>(line: usize, text: &str) -> Result<T, TapeError> {
    serde_json::from_str(text).map_err(|error| TapeError::Line {
        line,
        reason: error.to_string(),
    })
}

impl End {
    /// As a value that can be compared. A panic's last words are the guest's, and no part of what it did.
    pub fn outcome(&self) -> Value {
        match self {
            Self::Returned { result } => json!({"end": "returned", "result": result}),
            Self::Trapped { reason, .. } => json!({"end": "trapped", "reason": reason}),
            other => serde_json::to_value(other).expect("an end is a plain value"),
        }
    }

    /// The clock or the host ended it, not what the guest did.
    pub fn is_from_outside(&self) -> bool {
        match self {
            Self::OutOfTime | Self::HostPanicked { .. } => true,
            Self::Returned { .. }
            | Self::Trapped { .. }
            | Self::OutOfCpu
            | Self::Waits
            | Self::HostFailed { .. } => false,
        }
    }
}
