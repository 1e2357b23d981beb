//! Why a request could not be answered, as a person and a script need it.
//!
//! Each boundary's own errors become texts of the catalogue in a file of their own.

mod connector;
mod secret;
mod service;
mod store;

pub(super) use connector::load_text;

use std::path::Path;

use serde::Serialize;

use crate::config::Problem;
use crate::engine::Halt;
use crate::model::text::words;
use crate::model::{ConnectionId, Fault, FaultKind, Text, Word};

/// Whose turn it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// A bug of ours.
    Liaison,
    /// The command or a file of the installation.
    Command,
    /// A system, the disk, another process.
    Surroundings,
}

/// What could not be done with a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Read,
    Write,
    Create,
    Move,
}

impl Doing {
    fn word(self) -> Word {
        match self {
            Self::Read => Word::new("doing-read", "read"),
            Self::Write => Word::new("doing-write", "write"),
            Self::Create => Word::new("doing-create", "create"),
            Self::Move => Word::new("doing-move", "move"),
        }
    }
}

/// One error, with what to do next.
#[derive(Debug, Clone, Serialize)]
pub struct ControlError {
    /// Stable and kebab-case.
    pub code: &'static str,
    pub blame: Blame,
    pub message: Text,
    /// From near to far.
    pub causes: Vec<Text>,
    pub hint: Option<Text>,
    /// Of configuration files: all of them, each with its place.
    pub problems: Vec<Problem>,
    /// The connection whose system must call us first.
    #[serde(skip)]
    pub awaits: Option<ConnectionId>,
}

impl ControlError {
    pub fn new(code: &'static str, blame: Blame, message: Text) -> Self {
        Self {
            code,
            blame,
            message,
            causes: Vec::new(),
            hint: None,
            problems: Vec::new(),
            awaits: None,
        }
    }

    /// A wrong command: the sentence says what, the hint what to type.
    pub fn command(
        code: &'static str,
        args: Vec<(&str, String)>,
        english: impl Into<String>,
    ) -> Self {
        Self::new(
            code,
            Blame::Command,
            Text::new(&format!("error-{code}"), args, english),
        )
    }

    pub fn hint(
        mut self,
        key: &str,
        args: Vec<(&str, String)>,
        english: impl Into<String>,
    ) -> Self {
        self.hint = Some(Text::new(&format!("hint-{key}"), args, english));
        self
    }

    pub fn cause(mut self, cause: Text) -> Self {
        self.causes.push(cause);
        self
    }

    pub fn problems(problems: Vec<Problem>) -> Self {
        let count = problems.len().to_string();
        let english = format!("problems in the configuration: {count}");
        let mut error = Self::command("configuration", vec![("count", count)], english);
        error.problems = problems;
        error
    }

    pub fn io(doing: Doing, path: &Path, cause: std::io::Error) -> Self {
        let message = words!(
            "error-io",
            "could not {doing} `{path}`",
            path = path.display();
            doing = doing.word()
        );
        Self::new("io", Blame::Surroundings, message).cause(Text::plain(cause.to_string()))
    }

    pub fn bug(words: impl Into<String>) -> Self {
        let words = words.into();
        let english = format!("liaison has a bug: {words}");
        Self::new(
            "bug",
            Blame::Liaison,
            Text::new("error-bug", vec![("words", words)], english),
        )
        .hint(
            "report-bug",
            vec![],
            "please report it with the output of `liaison log --json`",
        )
    }

    /// A fault of a connection, outside a run.
    pub fn fault(connection: &str, fault: &Fault) -> Self {
        let english = format!("connection `{connection}` did not answer as it should");
        let args = vec![("connection", connection.to_owned())];
        let mut error = Self::new(
            "connection",
            Blame::Surroundings,
            Text::new("error-connection", args, english),
        )
        .cause(fault.message.clone());
        if fault.kind == FaultKind::AwaitsCall {
            error.awaits = ConnectionId::parse(connection).ok();
        }
        if let Some(theirs) = &fault.vendor_text {
            error = error.cause(Text::plain(theirs.clone()));
        }
        error.hint(
            "check",
            vec![],
            "`liaison check` says what to set and where",
        )
    }

    /// In one line: the first thing that is wrong, with its place.
    pub fn in_short(&self) -> Text {
        match self.problems.first() {
            None => self.message.clone(),
            Some(first) => words!(
                "error-in-short",
                "{place}: {what}",
                place = format!("{}:{}", first.file, first.line);
                what = first.message.clone()
            ),
        }
    }

    /// 1 ours, 2 the command or the configuration, 3 the surroundings.
    pub fn exit_code(&self) -> u8 {
        match self.blame {
            Blame::Liaison => 1,
            Blame::Command => 2,
            Blame::Surroundings => 3,
        }
    }
}

impl From<Halt> for ControlError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Store(error) => error.into(),
            Halt::Bug(words) => Self::bug(words),
            Halt::Stopped => {
                let message = Text::new(
                    "output-stopped",
                    vec![],
                    "stopped. Nothing is lost; the next run goes on here.",
                );
                Self::new("stopped", Blame::Surroundings, message)
            }
            Halt::NoRecord {
                connection,
                entity,
                missing,
            } => {
                let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
                let missing = missing.join(", ");
                let english = format!("{connection} has no {entity} {missing}");
                let args = vec![
                    ("connection", connection.to_string()),
                    ("entity", entity),
                    ("missing", missing),
                ];
                Self::command("no-record", args, english)
            }
            Halt::Fault { connection, fault } => Self::fault(connection.as_str(), &fault),
        }
    }
}
