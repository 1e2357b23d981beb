//! `cargo xtask examples`: the connectors in other languages, from projects in plugins/examples/ to components in
//! target/connectors/, and a new project in Rust.
//!
//! The product builds them (`liaison connector build`), as it does for whoever writes one; here its tools are
//! fetched. On a machine that has neither node nor Python they are left out, and with them their tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;
use crate::repository::Repository;
use crate::toolchain::Toolchain;

const PYTHONS: [&str; 2] = ["python3", "python"];
const EXAMPLES: &str = "plugins/examples";
const COMPONENTS: &str = "target/connectors";
const TOOLS: &str = "target/script-tools";
/// What is in `TOOLS`, by the files that name the versions.
const NOTE: &str = "target/script-tools/versions.txt";
/// Where a new project in Rust is made, and its component.
const NEW: &str = "target/new-connector";

/// The end-to-end tests that need them.
pub const TESTS: &str = "other_languages::";

/// What this machine lacks for them.
pub fn lacks() -> Option<&'static str> {
    let has_node = process::succeeds(Command::new("node").arg("--version"))
        && process::succeeds(process::npm().arg("--version"));
    let has_python = PYTHONS.iter().any(|python| {
        process::succeeds(Command::new(python).args(["-c", "import ensurepip, venv"]))
    });
    match (has_node, has_python) {
        (true, true) => None,
        (false, _) => Some("this machine has no node with npm"),
        (_, false) => Some("this machine has no Python with venv"),
    }
}

pub fn build(repository: &Repository, toolchain: &Toolchain) -> Result<()> {
    let (javascript, python) = (fetch_javascript()?, fetch_python()?);
    fs::create_dir_all(COMPONENTS)?;
    for (name, tools) in [("js-tasks", javascript), ("python-tasks", python)] {
        let mut liaison = Command::new(repository.program("liaison"));
        liaison.args(["connector", "build"]);
        liaison.arg(format!("{EXAMPLES}/{name}"));
        liaison.args(["--tools", tools]);
        liaison
            .arg("--out")
            .arg(format!("{COMPONENTS}/{name}.wasm"));
        process::run(&mut liaison)?;
    }
    new_in_rust(repository, toolchain)
}

/// A first project, its tests, and its component: as the guide tells it.
fn new_in_rust(repository: &Repository, toolchain: &Toolchain) -> Result<()> {
    const NAME: &str = "rust-tasks";
    let folder = Path::new(NEW).join(NAME);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(NEW)?;
    // What cargo compiled for the last one serves this one.
    let target = std::path::absolute(NEW)?.join("target");
    let program = std::path::absolute(repository.program("liaison"))?;
    let new = ["connector", "new", NAME, "--lang", "rust", "--dir", NEW];
    process::run(Command::new(&program).args(new))?;
    let mut test = process::cargo("test");
    process::run(test.current_dir(&folder).env("CARGO_TARGET_DIR", &target))?;
    let out = std::path::absolute(COMPONENTS)?.join(format!("{NAME}.wasm"));
    let mut build = Command::new(&program);
    build.args(["connector", "build"]).arg(&folder);
    build.arg("--out").arg(out).env("CARGO_TARGET_DIR", target);
    // The compilers that this machine has for guests, as cargo lets them be named.
    for (name, value) in toolchain.cargo_rustc().get_envs() {
        match value {
            Some(value) => build.env(name, value),
            None => build.env_remove(name),
        };
    }
    if let Toolchain::Debian { .. } = toolchain {
        build.env("CARGO", toolchain.cargo_rustc().get_program());
        build.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    }
    process::run(&mut build)
}

/// The folder that has componentize-js.
fn fetch_javascript() -> Result<&'static str> {
    ensure!(
        process::succeeds(Command::new("node").arg("--version"))
            && process::succeeds(process::npm().arg("--version")),
        "this machine has no node with npm, and the connector in JavaScript needs them\n  hint: apt-get install nodejs npm"
    );
    let wanted = fs::read_to_string(format!("{EXAMPLES}/js-tasks/package.json"))?;
    let there = format!("{TOOLS}/package.json");
    let is_there = Path::new(TOOLS).join("node_modules").is_dir()
        && fs::read_to_string(&there).is_ok_and(|there| there == wanted);
    if !is_there {
        fs::create_dir_all(TOOLS)?;
        fs::write(&there, &wanted)?;
        let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
        let fetched = process::run(process::npm().args(quiet).current_dir(TOOLS));
        // Half of it is none of it.
        fetched.inspect_err(|_| drop(fs::remove_file(&there)))?;
    }
    Ok(TOOLS)
}

/// The Python environment that has componentize-py.
fn fetch_python() -> Result<&'static str> {
    const ENVIRONMENT: &str = "target/script-tools/venv";
    let wanted = fs::read_to_string(format!("{EXAMPLES}/python-tasks/requirements.txt"))?;
    let is_there = fs::read_to_string(NOTE).is_ok_and(|there| there == wanted);
    if is_there && Path::new(ENVIRONMENT).is_dir() {
        return Ok(ENVIRONMENT);
    }
    let python = PYTHONS
        .into_iter()
        .find(|python| process::succeeds(Command::new(python).arg("--version")))
        .context(
            "this machine has no Python, and the connector in Python needs one\n  hint: apt-get install python3-venv",
        )?;
    process::run(Command::new(python).args(["-m", "venv", ENVIRONMENT]))?;
    let own = match cfg!(windows) {
        true => format!("{ENVIRONMENT}/Scripts/python.exe"),
        false => format!("{ENVIRONMENT}/bin/python"),
    };
    let file = format!("{EXAMPLES}/python-tasks/requirements.txt");
    let fetch = ["-m", "pip", "install", "--quiet", "-r", &file];
    process::run(Command::new(own).args(fetch))?;
    fs::write(NOTE, wanted)?;
    Ok(ENVIRONMENT)
}
