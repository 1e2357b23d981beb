//! Why a request could not be answered, as a person and a script need it.

use std::path::Path;

use serde::Serialize;

use crate::config::Problem;
use crate::connector::{ConnectError, LoadError};
use crate::engine::Halt;
use crate::model::{Fault, Text};
use crate::secret::SecretError;
use crate::store::StoreError;

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
        let english = format!("the configuration has {count} problems");
        let mut error = Self::command("configuration", vec![("count", count)], english);
        error.problems = problems;
        error
    }

    pub fn io(doing: &'static str, path: &Path, cause: std::io::Error) -> Self {
        let path = path.display().to_string();
        let args = vec![("doing", doing.to_owned()), ("path", path.clone())];
        let message = Text::new("error-io", args, format!("could not {doing} `{path}`"));
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
        if let Some(theirs) = &fault.vendor_text {
            error = error.cause(Text::plain(theirs.clone()));
        }
        error.hint(
            "check",
            vec![],
            "`liaison check` says what to set and where",
        )
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

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        let message = Text::plain(error.to_string());
        let fresh = |code, blame| Self::new(code, blame, message.clone());
        match &error {
            StoreError::Locked { .. } => fresh("store-locked", Blame::Surroundings).hint(
                "store-locked",
                vec![],
                "wait until the other liaison has finished, or stop it",
            ),
            StoreError::LeaseHeld { .. } => fresh("flow-busy", Blame::Surroundings).hint(
                "flow-busy",
                vec![],
                "the flow is running already; see `liaison status`",
            ),
            StoreError::LeaseLost { .. } => fresh("lease-lost", Blame::Surroundings),
            StoreError::Unreadable { .. } => fresh("store-unreadable", Blame::Surroundings).hint(
                "store-unreadable",
                vec![],
                "restore the newest backup with `liaison store restore FILE`",
            ),
            StoreError::NewerFormat { .. } => fresh("store-newer", Blame::Surroundings).hint(
                "store-newer",
                vec![],
                "use the liaison version that wrote it, or a newer one",
            ),
            StoreError::NoSpace { .. } => fresh("disk-full", Blame::Surroundings).hint(
                "disk-full",
                vec![],
                "free space on that disk; nothing is lost",
            ),
            StoreError::BadExport { .. } => fresh("bad-export", Blame::Command),
            StoreError::NotEmpty { .. } => fresh("store-not-empty", Blame::Command).hint(
                "store-not-empty",
                vec![],
                "an export is read into an empty store; `liaison store restore FILE` puts one in \
                 place of the present one",
            ),
            StoreError::ForeignTenant { .. } | StoreError::Refused { .. } => {
                fresh("store-refused", Blame::Liaison)
            }
            StoreError::Poisoned { .. } | StoreError::Io { .. } => {
                let mut made = fresh("store-io", Blame::Surroundings);
                if let Some(cause) = std::error::Error::source(&error) {
                    made = made.cause(Text::plain(cause.to_string()));
                }
                made
            }
            StoreError::LinkTaken { .. } => fresh("link-taken", Blame::Command),
            StoreError::NoIntent { .. } | StoreError::Inconsistent { .. } => {
                fresh("store-inconsistent", Blame::Liaison).hint(
                    "store-verify",
                    vec![],
                    "run `liaison store verify` and report what it says",
                )
            }
        }
    }
}

impl From<Halt> for ControlError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Store(error) => error.into(),
            Halt::Bug(words) => Self::bug(words),
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

impl From<SecretError> for ControlError {
    fn from(error: SecretError) -> Self {
        Self::new("secret", Blame::Command, Text::plain(error.to_string()))
    }
}

impl From<LoadError> for ControlError {
    fn from(error: LoadError) -> Self {
        Self::new(
            "connector-refused",
            Blame::Command,
            Text::plain(error.to_string()),
        )
    }
}

impl From<ConnectError> for ControlError {
    fn from(error: ConnectError) -> Self {
        Self::new(
            "connection-refused",
            Blame::Command,
            Text::plain(error.to_string()),
        )
    }
}
