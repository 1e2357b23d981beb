//! `cargo xtask chaos`: kills, lost answers, power cuts and hostile guests, with one table of figures.
//!
//! Only starts it: what is tried and how stands in `tests/src/chaos`.

use std::process::Command;

use anyhow::Result;

use crate::guests;
use crate::process;
use crate::repository::Repository;
use crate::setup;
use crate::steps::Outcome;
use crate::test;
use crate::toolchain::Compiler;

pub fn run_long(
    repository: &Repository,
    wish: Option<Compiler>,
    arguments: &[String],
) -> Result<()> {
    guests::build(&setup::ensure(wish)?, &[])?;
    test::build()?;
    process::run(
        Command::new(repository.program("liaison-chaos"))
            .arg("--long")
            .args(arguments),
    )
}

/// The short form, in a build that is there already.
pub fn run_short(repository: &Repository) -> Result<Outcome> {
    process::run(&mut Command::new(repository.program("liaison-chaos")))?;
    Ok(Outcome::Done)
}
