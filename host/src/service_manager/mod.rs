//! Has the machine keep `liaison serve` running: a systemd unit on Linux, a Windows service there.
//!
//! ```text
//! name.rs        what a service may be called
//! error.rs       why it did not go, as data
//! unit.rs        the text of a systemd unit; pure          (Linux)
//! systemd.rs     systemctl, and the unit's file            (Linux)
//! windows.rs     the service control manager               (Windows)
//! dispatcher.rs  our process as a Windows service          (Windows)
//! command_line.rs  the line that Windows keeps; pure       (Windows, and tested everywhere)
//! notify.rs      its twin: systemd hears that we are ready (Linux)
//! ```
//!
//! Every call blocks: a start waits until the service serves, a stop until it has ended.
//!
//! Invariants: it knows nothing else of liaison; it prints nothing; it touches no service that
//! `install` did not make.

#[cfg(any(windows, test))]
mod command_line;
mod error;
mod name;

#[cfg(windows)]
mod dispatcher;
#[cfg(unix)]
mod notify;
#[cfg(unix)]
mod systemd;
#[cfg(all(test, unix))]
mod systemd_tests;
#[cfg(unix)]
mod unit;
#[cfg(windows)]
mod windows;

use std::ffi::OsString;
use std::path::PathBuf;

use serde::Serialize;

#[cfg(windows)]
pub use dispatcher::{ready, run_as_service};
pub use error::{Difference, Doing, Field, Flaw, ServiceError};
pub use name::ServiceName;
#[cfg(unix)]
pub use notify::{ready, run_as_service};

/// A start may take this long: after a crash the store is read from end to end.
pub const START_SECONDS_MAX: u64 = 300;

/// A stop may take this long: the service gives its runs 60 s to finish, then its web page 60 s.
pub const STOP_SECONDS_MAX: u64 = 150;

/// liaison's exit code for a wrong command or configuration: trying again does not help.
const EXIT_WRONG_COMMAND: u8 = 2;

/// What Windows hears of an exit code: it restarts whatever ends with another one than 0, where systemd's
/// unit says `RestartPreventExitStatus=2`.
#[cfg(any(windows, test))]
fn reported(code: u8) -> u8 {
    match code {
        EXIT_WRONG_COMMAND => 0,
        code => code,
    }
}

/// What the machine is to run.
#[derive(Debug, Clone)]
pub struct ServiceSpec {
    pub name: ServiceName,
    /// One line, shown in the machine's list of services.
    pub description: String,
    /// Absolute.
    pub program: PathBuf,
    /// All that the program needs to find its home: Windows starts services in its own folder.
    pub arguments: Vec<OsString>,
    /// The data folder, absolute. On Linux also the working folder, and the only one that can be written.
    pub home: PathBuf,
    /// As whom it runs. Left out: on Linux who owns `home`, on Windows the account LocalSystem. Windows
    /// takes accounts without a password only: `NT SERVICE\name`, `NT AUTHORITY\LocalService`, `name$`.
    pub user: Option<String>,
}

/// What `install` does with a service of ours that has this name and other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it, and say what differs.
    Keep,
    Replace,
}

/// What `install` has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installed {
    pub change: Change,
    /// Where the machine keeps it: a file, or a key of the registry.
    pub place: String,
    pub starts: Starts,
    /// It runs with the former settings until it is stopped and started.
    pub runs_as_before: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    Created,
    Replaced,
    Unchanged,
}

/// When the service starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starts {
    AtBoot,
    /// When its user logs in, and it ends when that user logs out; until `loginctl enable-linger USER`.
    AtLogIn,
    ByHand,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub state: State,
    pub starts: Starts,
    /// Its process id.
    pub process: Option<u32>,
    /// Where the machine keeps it; none when it is not installed.
    pub place: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    NotInstalled,
    Stopped,
    Starting,
    Running,
    Stopping,
    /// It ended by itself; the machine may be about to start it again.
    Failed(Failure),
}

/// How a service ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The machine's word: `exit-code`, `signal`, `timeout`, … or `win32-1069`.
    pub result: String,
    /// The exit code, where it came to one: the program's, or from 200 on systemd's, which could not start it.
    pub exit: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    Now,
    /// It was so before.
    Already,
}

/// The part of the machine that keeps services running.
pub trait ServiceManager {
    /// Registers the service, to start by itself from now on. Does not start it.
    ///
    /// Errors with `Differs` when a service of ours has the name and other settings, unless it may be
    /// replaced, and with `NotOurs` when it is another's. No new service is left behind by an error.
    fn install(&self, spec: &ServiceSpec, existing: Existing) -> Result<Installed, ServiceError>;

    /// Stops the service and forgets it. Its home stays.
    fn uninstall(&self, name: &ServiceName) -> Result<Done, ServiceError>;

    /// Returns when it serves. Errors with `StartFailed`, and what it last said, when it ends before.
    fn start(&self, name: &ServiceName) -> Result<Done, ServiceError>;

    /// Returns when it has ended; runs in hand are finished first.
    fn stop(&self, name: &ServiceName) -> Result<Done, ServiceError>;

    fn status(&self, name: &ServiceName) -> Result<Status, ServiceError>;
}

/// The service manager of this machine. It is asked nothing yet.
#[cfg(unix)]
pub fn this_machine() -> Result<Box<dyn ServiceManager>, ServiceError> {
    Ok(Box::new(systemd::Systemd::of_this_machine()?))
}

#[cfg(windows)]
pub fn this_machine() -> Result<Box<dyn ServiceManager>, ServiceError> {
    Ok(Box::new(windows::Scm::of_this_machine()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_configuration_is_not_started_again() {
        for (code, heard) in [(0, 0), (1, 1), (2, 0), (3, 3), (130, 130)] {
            assert_eq!(reported(code), heard, "{code}");
        }
    }
}
