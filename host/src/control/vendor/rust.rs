//! Rust: cargo makes a module for `wasm32-unknown-unknown`, wit-component a component of it.
//!
//! The environment is the author's: who builds the standard library along (`CARGO_UNSTABLE_BUILD_STD`), has cargo
//! elsewhere (`CARGO`) or its results (`CARGO_TARGET_DIR`) says so there, as cargo itself has it.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use wit_component::ComponentEncoder;

use super::project::Project;
use super::{no_tool, tool_failed};
use crate::control::{ControlError, Doing};

const TARGET: &str = "wasm32-unknown-unknown";

pub fn component(project: &Project) -> Result<Vec<u8>, ControlError> {
    check_target()?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let target = project.folder.join(target);
    // Of the library alone: with its rlib made along there is no link-time optimisation.
    let made = project
        .command(cargo)
        .args(["rustc", "--release", "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| no_tool("cargo", "rustup, from the site of Rust"))?;
    if !made.status.success() {
        return Err(tool_failed("cargo", &String::from_utf8_lossy(&made.stderr)));
    }
    let module = target
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", project.name.replace('-', "_")));
    let module =
        std::fs::read(&module).map_err(|cause| ControlError::io(Doing::Read, &module, cause))?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| tool_failed("wit-component", &format!("{error:#}")))
}

/// Cargo's own words for a target that is not installed are a page long, and about `core`.
fn check_target() -> Result<(), ControlError> {
    if env::var_os("CARGO_UNSTABLE_BUILD_STD").is_some() {
        return Ok(());
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let folder = told
        .ok()
        .and_then(|told| String::from_utf8(told.stdout).ok())
        .ok_or_else(|| no_tool("rustc", "rustup, from the site of Rust"))?;
    let files = std::fs::read_dir(folder.trim());
    let mut names = files.into_iter().flatten().flatten();
    match names.any(|file| file.file_name().to_string_lossy().starts_with("libstd-")) {
        true => Ok(()),
        false => Err(no_tool(
            &format!("Rust's standard library for {TARGET}"),
            &format!("rustup target add {TARGET}"),
        )),
    }
}
