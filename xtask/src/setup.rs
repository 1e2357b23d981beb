//! `cargo xtask setup`: makes sure that connectors can be compiled here, and says how.
//!
//! Looks first, so that it costs nothing when all is in place. Then tries what may work on this
//! machine, cheapest first, and looks again after each try. A closed network makes tries fail; they
//! fail within seconds and the next one has its turn.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::host_system;
use crate::process;
use crate::toolchain::{self, Compiler, TARGET, Toolchain};

/// How long rustup may look for its server where Debian's packages could serve instead.
const RUSTUP_S_MAX: u64 = 20;
/// How long fetching Debian's package lists may take, and one silent connection within it.
const APT_UPDATE_S_MAX: u64 = 120;
const APT_SILENCE_S_MAX: u64 = 20;

/// What the plan depends on.
#[derive(Debug, Clone)]
struct Facts {
    wish: Option<Compiler>,
    rustup: Found,
    debian: Found,
    user: User,
}

#[derive(Debug, Clone, PartialEq)]
enum Found {
    Ready(Toolchain),
    /// Not there, and this machine has the means to fetch what is named.
    Obtainable(Vec<String>),
    /// Not there, and no means to fetch it.
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum User {
    Root,
    Other,
}

#[derive(Debug, Clone, PartialEq)]
enum Action {
    Use(Toolchain),
    AddTarget { seconds_max: Option<u64> },
    InstallPackages(Vec<String>),
    AskPerson(String),
}

/// Finds a compiler for connectors, or makes one available, and says which.
pub fn ensure(wish: Option<Compiler>) -> Result<Toolchain> {
    let mut tried = Vec::new();
    loop {
        let facts = Facts::look(wish);
        // The first action not yet tried; a look follows each, because one may make others needless.
        let Some(action) = plan(&facts)
            .into_iter()
            .find(|action| !tried.contains(action))
        else {
            bail!("no compiler for connectors on this machine: every way was tried, see above");
        };
        match &action {
            Action::Use(toolchain) => {
                println!("connectors: compiled by {}", toolchain.title());
                return Ok(toolchain.clone());
            }
            Action::AddTarget { seconds_max } => note_failure(add_target(*seconds_max)),
            Action::InstallPackages(packages) => note_failure(install(packages)),
            Action::AskPerson(what) => {
                bail!("no compiler for connectors on this machine\n  hint: {what}")
            }
        }
        tried.push(action);
    }
}

/// A try that fails is no failure of the set-up yet.
fn note_failure(result: Result<()>) {
    if let Err(cause) = result {
        println!("setup: no luck, {cause}");
    }
}

/// What to do next, best first. Pure: the tests below are its description.
fn plan(facts: &Facts) -> Vec<Action> {
    let wanted = |compiler| facts.wish.is_none_or(|wish| wish == compiler);
    let rustup = if wanted(Compiler::Rustup) {
        &facts.rustup
    } else {
        &Found::Out
    };
    let debian = if wanted(Compiler::Debian) {
        &facts.debian
    } else {
        &Found::Out
    };
    if let Found::Ready(toolchain) = rustup {
        return vec![Action::Use(toolchain.clone())];
    }
    if let Found::Ready(toolchain) = debian {
        return vec![Action::Use(toolchain.clone())];
    }
    let mut actions = Vec::new();
    if let Found::Obtainable(_) = rustup {
        // Alone, rustup may take its time on a slow line.
        let seconds_max = (*debian != Found::Out).then_some(RUSTUP_S_MAX);
        actions.push(Action::AddTarget { seconds_max });
    }
    if let Found::Obtainable(packages) = debian {
        actions.push(match facts.user {
            User::Root => Action::InstallPackages(packages.clone()),
            User::Other => Action::AskPerson(format!(
                "run `sudo apt-get update && sudo apt-get install --no-install-recommends {}`, then this command again",
                packages.join(" ")
            )),
        });
    }
    if actions.is_empty() {
        actions.push(Action::AskPerson(format!(
            "install Rust with rustup, then run `rustup target add {TARGET}`"
        )));
    }
    actions
}

impl Facts {
    fn look(wish: Option<Compiler>) -> Self {
        let obtainable = |tool, what| {
            if host_system::on_path(tool).is_some() {
                Found::Obtainable(what)
            } else {
                Found::Out
            }
        };
        Self {
            wish,
            rustup: Toolchain::rustup().map_or_else(
                || obtainable("rustup", vec![TARGET.to_owned()]),
                Found::Ready,
            ),
            debian: Toolchain::debian().map_or_else(
                || obtainable("apt-get", toolchain::debian_missing_packages()),
                Found::Ready,
            ),
            user: if host_system::is_root() {
                User::Root
            } else {
                User::Other
            },
        }
    }
}

fn add_target(seconds_max: Option<u64>) -> Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    match seconds_max {
        Some(seconds) => process::run_within(&mut rustup, Duration::from_secs(seconds)),
        None => process::run(&mut rustup),
    }
}

fn install(packages: &[String]) -> Result<()> {
    let apt_get = || {
        let mut apt_get = Command::new("apt-get");
        apt_get
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["--quiet", "-o", "Acquire::Retries=1"])
            .args([
                "-o".to_owned(),
                format!("Acquire::http::Timeout={APT_SILENCE_S_MAX}"),
                "-o".to_owned(),
                format!("Acquire::https::Timeout={APT_SILENCE_S_MAX}"),
            ]);
        apt_get
    };
    // One list that cannot be fetched does not mean that our packages cannot: installing decides.
    if let Err(cause) = process::run_within(
        apt_get().arg("update"),
        Duration::from_secs(APT_UPDATE_S_MAX),
    ) {
        println!("setup: {cause}; going on with the package lists that are there");
    }
    // A compiler that stands in the way is somebody's choice: never removed for ours.
    process::run(
        apt_get()
            .args(["install", "--yes", "--no-remove", "--no-install-recommends"])
            .args(packages),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Found {
        Found::Ready(Toolchain::Rustup)
    }

    fn debian_ready() -> Found {
        Found::Ready(Toolchain::Debian {
            linker: "rust-lld".into(),
        })
    }

    fn obtainable() -> Found {
        Found::Obtainable(vec!["thing".to_owned()])
    }

    #[track_caller]
    fn check(rustup: Found, debian: Found, user: User, expected: &str) {
        check_wish(None, rustup, debian, user, expected);
    }

    #[track_caller]
    fn check_wish(
        wish: Option<Compiler>,
        rustup: Found,
        debian: Found,
        user: User,
        expected: &str,
    ) {
        let names = plan(&Facts {
            wish,
            rustup,
            debian,
            user,
        })
        .into_iter()
        .map(|action| match action {
            Action::Use(Toolchain::Rustup) => "use rustup".to_owned(),
            Action::Use(Toolchain::Debian { .. }) => "use debian".to_owned(),
            Action::AddTarget {
                seconds_max: Some(seconds),
            } => format!("add target within {seconds} s"),
            Action::AddTarget { seconds_max: None } => "add target".to_owned(),
            Action::InstallPackages(packages) => format!("install {}", packages.join(" ")),
            Action::AskPerson(_) => "ask".to_owned(),
        });
        assert_eq!(names.collect::<Vec<_>>().join(", "), expected);
    }

    #[test]
    fn what_is_there_is_used_and_rustup_comes_first() {
        check(ready(), debian_ready(), User::Root, "use rustup");
        check(Found::Out, debian_ready(), User::Other, "use debian");
        check(obtainable(), debian_ready(), User::Root, "use debian");
    }

    #[test]
    fn a_person_may_insist_on_one_compiler() {
        check_wish(
            Some(Compiler::Debian),
            ready(),
            debian_ready(),
            User::Root,
            "use debian",
        );
        check_wish(
            Some(Compiler::Debian),
            ready(),
            obtainable(),
            User::Root,
            "install thing",
        );
        check_wish(
            Some(Compiler::Rustup),
            obtainable(),
            debian_ready(),
            User::Root,
            "add target",
        );
    }

    #[test]
    fn rustup_is_tried_before_packages_and_only_then_in_a_hurry() {
        check(
            obtainable(),
            obtainable(),
            User::Root,
            "add target within 20 s, install thing",
        );
        check(obtainable(), Found::Out, User::Root, "add target");
    }

    #[test]
    fn only_root_installs_packages() {
        check(
            obtainable(),
            obtainable(),
            User::Other,
            "add target within 20 s, ask",
        );
        check(Found::Out, obtainable(), User::Other, "ask");
        check(Found::Out, obtainable(), User::Root, "install thing");
    }

    #[test]
    fn a_machine_without_any_means_is_told_what_to_install() {
        check(Found::Out, Found::Out, User::Root, "ask");
    }
}
