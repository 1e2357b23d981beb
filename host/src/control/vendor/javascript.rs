//! JavaScript: componentize-js, run by node, snapshots the program inside its engine.

use std::path::Path;
use std::process::{Command, Stdio};

use super::build::Workbench;
use super::project::Project;
use super::{no_tool, tool_failed};
use crate::control::{ControlError, Doing};

/// What node runs. Without its features the engine asks the host for nothing but what the contract's world
/// names: no clock, no random numbers, no output, no HTTP of its own.
const SCRIPT: &str = r"
import { componentize } from '@bytecodealliance/componentize-js';
import { writeFile } from 'node:fs/promises';
const [sourcePath, witPath, worldName, out] = process.argv.slice(1);
const disableFeatures = ['stdio', 'random', 'clocks', 'http', 'fetch-event'];
const { component } = await componentize({ sourcePath, witPath, worldName, disableFeatures });
await writeFile(out, component);
";

pub fn component(project: &Project, bench: &Workbench) -> Result<Vec<u8>, ControlError> {
    let tools = bench.tools.as_deref().unwrap_or(&project.folder);
    check_tools(tools)?;
    let out = bench.scratch.path().join("component.wasm");
    // Its packages are looked for from the folder it runs in.
    let made = Command::new("node")
        .current_dir(tools)
        .args(["--input-type=module", "--eval", SCRIPT, "--"])
        .arg(project.folder.join(&project.main))
        .args([&bench.wit])
        .arg(Workbench::WORLD)
        .arg(&out)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| no_node())?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        return Err(tool_failed("componentize-js", &said));
    }
    std::fs::read(&out).map_err(|cause| ControlError::io(Doing::Read, &out, cause))
}

fn check_tools(tools: &Path) -> Result<(), ControlError> {
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|node| node.status.success()) {
        return Err(no_node());
    }
    match tools
        .join("node_modules/@bytecodealliance/componentize-js")
        .is_dir()
    {
        true => Ok(()),
        false => Err(no_tool(
            "componentize-js",
            &format!("npm install (in {})", tools.display()),
        )),
    }
}

fn no_node() -> ControlError {
    no_tool("node", "Node.js 20 or newer, with npm")
}
