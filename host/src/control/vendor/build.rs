//! `liaison connector build`: from a project to a component, by the tools of its language.
//!
//! Invariant: what is written has passed everything the host asks of a file before it compiles it, so that the
//! author hears of a stray import here and not from an operator.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::metadata::{self, CONTRACT};
use super::project::Project;
use super::{Language, javascript, python, rust, template};
use crate::connector::precheck;
use crate::control::{ControlError, Doing};

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct BuildReport {
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    pub language: Language,
    pub contract: String,
    pub file: String,
    pub bytes: usize,
}

/// Where a build finds what it needs.
pub struct Workbench {
    /// A folder with `connector.wit` and `deps/`.
    pub wit: PathBuf,
    /// For what is made on the way; gone afterwards.
    pub scratch: tempfile::TempDir,
    /// Where the language's tools are, if not in the project: `node_modules` or a Python environment.
    pub tools: Option<PathBuf>,
}

/// Builds `folder` into `out`, or into `NAME.wasm` in the folder.
pub fn build(
    folder: &Path,
    out: Option<&Path>,
    tools: Option<&Path>,
) -> Result<BuildReport, ControlError> {
    let whole = |path: &Path| {
        std::path::absolute(path).map_err(|cause| ControlError::io(Doing::Read, path, cause))
    };
    let project = Project::read(&whole(folder)?)?;
    let bench = Workbench::prepare(&project, tools.map(whole).transpose()?)?;
    let component = match project.language {
        Language::Rust => rust::component(&project)?,
        Language::Js => javascript::component(&project, &bench)?,
        Language::Python => python::component(&project, &bench)?,
    };
    let component = metadata::embed(&component, &project)
        .map_err(|reason| ControlError::bug(format!("metadata: {reason}")))?;
    let file = match out {
        Some(out) => whole(out)?,
        None => project.folder.join(format!("{}.wasm", project.name)),
    };
    precheck(&file, &component)?;
    write(&file, &component)?;
    Ok(BuildReport {
        name: project.name,
        version: project.version,
        license: project.license,
        language: project.language,
        contract: format!("{} {}", CONTRACT.0, CONTRACT.1),
        file: file.display().to_string(),
        bytes: component.len(),
    })
}

impl Workbench {
    /// The project's own contract, or that of this liaison where it brings none.
    fn prepare(project: &Project, tools: Option<PathBuf>) -> Result<Self, ControlError> {
        let scratch = tempfile::tempdir()
            .map_err(|cause| ControlError::io(Doing::Create, &std::env::temp_dir(), cause))?;
        let own = project.folder.join("wit");
        let wit = if own.join("connector.wit").is_file() {
            own
        } else {
            for file in template::CONTRACT {
                write(&scratch.path().join(file.path), file.text.as_bytes())?;
            }
            scratch.path().join("wit")
        };
        Ok(Self {
            wit,
            scratch,
            tools,
        })
    }

    /// `WORLD` with which a language that brings its runtime compiles.
    pub const WORLD: &'static str = "script-connector";
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ControlError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|cause| ControlError::io(Doing::Create, folder, cause))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.{}.new", std::process::id()));
    std::fs::write(&fresh, bytes)
        .and_then(|()| std::fs::rename(&fresh, path))
        .map_err(|cause| ControlError::io(Doing::Write, path, cause))
}
