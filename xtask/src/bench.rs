//! `cargo xtask bench`: the release profile, measured by `liaison-bench` of the tests crate.
//!
//! Only starts it: what is measured and how stands there, next to what it measures.

use anyhow::Result;

use crate::guests;
use crate::process;
use crate::setup;
use crate::toolchain::Compiler;

pub fn run(wish: Option<Compiler>, arguments: &[String]) -> Result<()> {
    guests::build(&setup::ensure(wish)?, &[])?;
    // The bench starts the `liaison` that lies beside it. Both in one command, so that cargo settles on
    // one set of features and compiles wasmtime once.
    let mut build = process::cargo("build");
    build.args(["--release", "--package", "liaison"]);
    process::run(build.args(["--package", "liaison-tests", "--bins"]))?;
    let mut cargo = process::cargo("run");
    cargo.args([
        "--release",
        "--package",
        "liaison-tests",
        "--bin",
        "liaison-bench",
        "--",
    ]);
    process::run(cargo.args(arguments))
}
