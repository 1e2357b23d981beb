//! Python: componentize-py snapshots the program inside its interpreter.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::build::{Workbench, write};
use super::project::Project;
use super::{no_tool, tool_failed};
use crate::control::{ControlError, Doing};

/// The tool can take all of WASI out of the interpreter, so that it asks the host for no file, clock or socket;
/// but all is what it takes, the way out to HTTP included. So that package bears this name while the tool
/// works, and its own, which is as long, in the component.
const HIDDEN: &str = "q7wz";
const SHOWN: &str = "wasi";
const _: () = assert!(HIDDEN.len() == SHOWN.len());

const TOOL: &str = "componentize-py";

pub fn component(project: &Project, bench: &Workbench) -> Result<Vec<u8>, ControlError> {
    let tool = tool(project, bench)?;
    let wit = hidden(bench)?;
    let http = http_types(&bench.wit)?;
    // The interpreter leaves its own files beside what it reads.
    let source = bench.scratch.path().join("src");
    copy(&project.folder.join("src"), &source)?;
    let out = bench.scratch.path().join("component.wasm");
    let made = project
        .command(tool)
        .arg("-d")
        .arg(wit)
        .args(["-w", Workbench::WORLD])
        // Else a connector's code would have to know the hidden name.
        .args([
            "--import-interface-name",
            &format!("{http}=wasi_http_types"),
        ])
        .args(["componentize", "--stub-wasi", "-p"])
        .arg(&source)
        .arg("-o")
        .arg(&out)
        .arg(&project.main)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| no_componentize())?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        // Its own frames say nothing to an author.
        let said = said.split("Stack backtrace:").next().unwrap_or(&said);
        return Err(tool_failed(TOOL, said));
    }
    std::fs::read(&out)
        .map(renamed)
        .map_err(|cause| ControlError::io(Doing::Read, &out, cause))
}

/// The project's own environment, the one named, or the path.
fn tool(project: &Project, bench: &Workbench) -> Result<PathBuf, ControlError> {
    let environment = project.folder.join(".venv");
    let own = bench.tools.as_ref().unwrap_or(&environment);
    for place in ["bin", "Scripts"] {
        for name in [TOOL, "componentize-py.exe"] {
            let file = own.join(place).join(name);
            if file.is_file() {
                return Ok(file);
            }
        }
    }
    match Command::new(TOOL).arg("--version").output() {
        Ok(told) if told.status.success() => Ok(TOOL.into()),
        _ => Err(no_componentize()),
    }
}

fn no_componentize() -> ControlError {
    no_tool(
        TOOL,
        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
    )
}

/// A copy of the contract in which WASI has its hidden name.
fn hidden(bench: &Workbench) -> Result<PathBuf, ControlError> {
    let copy = bench.scratch.path().join("hidden");
    for inside in ["", "deps"] {
        let folder = bench.wit.join(inside);
        let listing = std::fs::read_dir(&folder)
            .map_err(|cause| ControlError::io(Doing::Read, &folder, cause))?;
        for file in listing.flatten().map(|file| file.path()) {
            if file.extension().is_none_or(|ending| ending != "wit") {
                continue;
            }
            let text = read(&file)?;
            let text = text.replace(&format!("{SHOWN}:"), &format!("{HIDDEN}:"));
            let name = file.file_name().unwrap_or_default();
            write(&copy.join(inside).join(name), text.as_bytes())?;
        }
    }
    Ok(copy)
}

/// `q7wz:http/types@0.2.12`
fn http_types(wit: &Path) -> Result<String, ControlError> {
    let text = read(&wit.join("deps").join("http.wit"))?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("package wasi:http@")?.strip_suffix(';'))
        .unwrap_or("0.2.12");
    Ok(format!("{HIDDEN}:http/types@{version}"))
}

fn copy(from: &Path, to: &Path) -> Result<(), ControlError> {
    let listing =
        std::fs::read_dir(from).map_err(|cause| ControlError::io(Doing::Read, from, cause))?;
    for path in listing.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            let bytes = std::fs::read(&path)
                .map_err(|cause| ControlError::io(Doing::Read, &path, cause))?;
            write(&to.join(name), &bytes)?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, ControlError> {
    std::fs::read_to_string(file).map_err(|cause| ControlError::io(Doing::Read, file, cause))
}

/// The hidden name is replaced wherever it stands: names in a component are told by their length, which stays.
fn renamed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hidden = format!("{HIDDEN}:");
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, hidden.as_bytes()).collect();
    for at in places {
        bytes[at..at + SHOWN.len()].copy_from_slice(SHOWN.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_name_becomes_the_shown_one_and_nothing_else_moves() {
        let component = wat::parse_str("(component (import \"q7wz:io/poll@0.2.12\" (instance)))");
        let shown = renamed(component.unwrap());
        let expected = wat::parse_str("(component (import \"wasi:io/poll@0.2.12\" (instance)))");
        assert_eq!(shown, expected.unwrap());
        assert_eq!(renamed(b"q7wz and so on".to_vec()), b"q7wz and so on");
    }
}
