//! `cargo xtask test`: everything that must hold before a change goes in, in one command.
//!
//! Cheap steps come before dear ones; the build stands early because the rest needs it. Every step
//! asks cargo for the same packages and targets, so that cargo settles on one set of features and
//! compiles wasmtime once.

use std::process::Command;

use anyhow::{Result, bail};

use crate::browser;
use crate::chaos;
use crate::clients;
use crate::examples;
use crate::guests;
use crate::process;
use crate::repository::{PLUGINS_MANIFEST, PLUGINS_NATIVE_TARGET, Repository};
use crate::setup;
use crate::steps::{self, Outcome, Share, Step};
use crate::toolchain::Compiler;

/// This program is left out where its own file would be written: Windows locks a running program.
const EVERYTHING_ELSE: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// The connectors' workspace compiled for this machine with the Rust of the host: no WebAssembly.
const PLUGINS_NATIVE: [&str; 4] = [
    "--manifest-path",
    PLUGINS_MANIFEST,
    "--target-dir",
    PLUGINS_NATIVE_TARGET,
];

/// Runs all steps, or those named in `only`.
pub fn run(repository: &Repository, wish: Option<Compiler>, only: &[String]) -> Result<()> {
    let mut steps = all(repository, wish);
    if let Some(unknown) = only
        .iter()
        .find(|name| !steps.iter().any(|step| step.name == **name))
    {
        let known = steps
            .iter()
            .map(|step| step.name)
            .collect::<Vec<_>>()
            .join(", ");
        bail!("there is no step `{unknown}`\n  hint: there is {known}");
    }
    steps.retain(|step| only.is_empty() || only.iter().any(|name| name == step.name));
    steps::run(&mut steps)
}

fn all(repository: &Repository, wish: Option<Compiler>) -> Vec<Step<'_>> {
    let setup = move || setup::ensure(wish).map(done);
    let examples = move || match examples::lacks() {
        Some(lack) => Ok(Outcome::LeftOut(lack.to_owned())),
        None => examples::build(repository, &setup::ensure(wish)?).map(done),
    };
    let guests = move || guests::build(&setup::ensure(wish)?, &[]).map(done);
    vec![
        Step {
            name: "setup",
            share: Share::Guests,
            act: Box::new(setup),
        },
        Step {
            name: "format",
            share: Share::Build,
            act: Box::new(format),
        },
        Step {
            name: "guests",
            share: Share::Guests,
            act: Box::new(guests),
        },
        Step {
            name: "build",
            share: Share::Build,
            act: Box::new(|| build().map(done)),
        },
        Step {
            name: "examples",
            share: Share::Guests,
            act: Box::new(examples),
        },
        Step {
            name: "lint",
            share: Share::Build,
            act: Box::new(lint),
        },
        Step {
            name: "tests",
            share: Share::Tests,
            act: Box::new(|| tests().map(done)),
        },
        Step {
            name: "plugin-tests",
            share: Share::Tests,
            act: Box::new(|| plugin_tests().map(done)),
        },
        Step {
            name: "chaos",
            share: Share::Chaos,
            act: Box::new(|| chaos::run_short(repository)),
        },
        Step {
            name: "clients",
            share: Share::Tests,
            act: Box::new(|| clients::run(repository)),
        },
        Step {
            name: "browser",
            share: Share::Tests,
            act: Box::new(|| browser::run(repository)),
        },
        Step {
            name: "flow-tests",
            share: Share::Tests,
            act: Box::new(|| flow_tests(repository)),
        },
    ]
}

fn done<T>(_: T) -> Outcome {
    Outcome::Done
}

/// All programs and all tests, so that the tests that start programs find them.
pub fn build() -> Result<()> {
    process::run(
        process::cargo("build")
            .args(EVERYTHING_ELSE)
            .arg("--all-targets"),
    )
}

/// The same programs without the tests, sooner there. What only tests need changes no feature of the rest, so that the
/// tests find them built.
pub fn build_programs() -> Result<()> {
    process::run(process::cargo("build").args(EVERYTHING_ELSE).arg("--bins"))
}

fn format() -> Result<Outcome> {
    if !process::succeeds(process::cargo("fmt").arg("--version")) {
        return Ok(Outcome::LeftOut("this Rust has no rustfmt".to_owned()));
    }
    process::run(process::cargo("fmt").args(["--all", "--check"]))?;
    process::run(process::cargo("fmt").args([
        "--manifest-path",
        PLUGINS_MANIFEST,
        "--all",
        "--check",
    ]))?;
    Ok(Outcome::Done)
}

fn lint() -> Result<Outcome> {
    if !process::succeeds(process::cargo("clippy").arg("--version")) {
        return Ok(Outcome::LeftOut("this Rust has no clippy".to_owned()));
    }
    // On a desk a warning is a remark. In CI it is the last chance to be read.
    let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let strict: &[&str] = if in_ci {
        &["--", "-D", "warnings"]
    } else {
        &[]
    };
    let everything = ["--workspace", "--all-targets"];
    process::run(process::cargo("clippy").args(everything).args(strict))?;
    process::run(
        process::cargo("clippy")
            .args(PLUGINS_NATIVE)
            .args(everything)
            .args(strict),
    )?;
    Ok(Outcome::Done)
}

fn tests() -> Result<()> {
    let mut everything = process::cargo("test");
    everything.args(EVERYTHING_ELSE);
    if examples::lacks().is_some() {
        everything.args(["--", "--skip", examples::TESTS]);
    }
    process::run(&mut everything)?;
    process::run(process::cargo("test").args(["--package", "xtask"]))
}

fn plugin_tests() -> Result<()> {
    process::run(
        process::cargo("test")
            .args(PLUGINS_NATIVE)
            .arg("--workspace"),
    )
}

/// The tests that lie beside the flows we ship, run by the product as a user would run them.
fn flow_tests(repository: &Repository) -> Result<Outcome> {
    const HOME: &str = "target/flow-tests";
    if std::path::Path::new(HOME).exists() {
        std::fs::remove_dir_all(HOME)?;
    }
    let liaison = |words: &[&str]| {
        process::run(
            Command::new(repository.program("liaison"))
                .args(["--home", HOME])
                .args(words),
        )
    };
    liaison(&["init"])?;
    for connector in [
        "autotask",
        "acomba",
        "centrixone",
        "fusion-operations",
        "qbd",
        "qbo",
        "salesforce",
        "intacct",
        "channelonline",
    ] {
        let file = format!("target/connectors/{connector}.wasm");
        liaison(&["connector", "install", &file, "--yes", "--allow-unsigned"])?;
    }
    liaison(&["flow", "test"])?;
    Ok(Outcome::Done)
}
