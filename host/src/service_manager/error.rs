//! Why a service could not be installed, started, stopped or looked at.
//!
//! The caller puts it into a person's language; what `Display` says is for logs.

use std::io;
use std::path::PathBuf;

use super::{Failure, ServiceName};

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("`{name}` cannot be the name of a service")]
    InvalidName { name: String },
    #[error("{field:?} {value:?} cannot be registered: {flaw:?}")]
    InvalidValue {
        field: Field,
        value: String,
        flaw: Flaw,
    },
    /// The program's file or the home folder is not there.
    #[error("{field:?} is not at {}", path.display())]
    Missing { field: Field, path: PathBuf },
    /// There is no systemd here, or not in the search path.
    #[error("program `{}` is not here", program.display())]
    ManagerMissing { program: PathBuf },
    /// There is one and it cannot be reached. `evidence` is what it said, or a path that is not there.
    #[error("the service manager does not run: {evidence}")]
    ManagerNotRunning { evidence: String },
    /// Root on Linux, a console run as administrator on Windows. `said` is empty when nobody was asked.
    #[error("{doing:?} needs an administrator: {said}")]
    NeedsAdministrator { doing: Doing, said: String },
    #[error("service `{name}` is not installed")]
    NotInstalled { name: ServiceName },
    /// Made by `install`, and not as it would be made now: by hand, or with other settings.
    #[error(
        "{place} differs from what would be installed: {}",
        Difference::list(differences)
    )]
    Differs {
        place: String,
        differences: Vec<Difference>,
    },
    /// Another's service has the name, or one written by hand.
    #[error("{place} was not made by liaison")]
    NotOurs { place: String },
    /// Only an account that needs no password can be registered.
    #[error("account `{user}` needs a password")]
    AccountNeedsPassword { user: String },
    /// `serve --as-service` was typed by a person.
    #[error("this process was not started by the service manager")]
    NotStartedByManager,
    #[error("{doing:?}: {} cannot be used", path.display())]
    File {
        doing: Doing,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// The service manager refused for a reason of its own.
    #[error("{doing:?}: `{command}` says: {said}")]
    Refused {
        doing: Doing,
        command: String,
        said: String,
    },
    /// The service was started and ended at once. `journal` is what it last said, oldest first; empty on
    /// Windows, and where the journal may not be read.
    #[error("service `{name}` does not start: {} {:?}", failure.result, failure.exit)]
    StartFailed {
        name: ServiceName,
        failure: Failure,
        journal: Vec<String>,
    },
    /// It may still come to its end.
    #[error("{doing:?}: service `{name}` is not through after {seconds} s")]
    TookTooLong {
        doing: Doing,
        name: ServiceName,
        seconds: u64,
    },
}

/// A line or setting that is not the same on both sides; none where one side has no such thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub installed: Option<String>,
    pub wanted: Option<String>,
}

impl Difference {
    fn list(differences: &[Self]) -> String {
        let sides = differences.iter().flat_map(|one| {
            let installed = one.installed.iter().map(|line| format!("-{line}"));
            installed.chain(one.wanted.iter().map(|line| format!("+{line}")))
        });
        sides.collect::<Vec<_>>().join(", ")
    }
}

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Install,
    Uninstall,
    Start,
    Stop,
    Status,
    /// Being the service.
    Serve,
}

/// A field of `ServiceSpec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Description,
    Program,
    Argument,
    Home,
    User,
}

/// Why a value cannot stand in a service's registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Empty,
    RelativePath,
    ControlCharacter,
    NotUnicode,
    /// A backslash at the end of a line would join it with the next one.
    EndsInBackslash,
    /// A user's name holds letters, digits, and `-`, `_`, `.`.
    NotAUser,
}
