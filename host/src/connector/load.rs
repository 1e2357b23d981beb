//! From a file to a connector's compiled, linked and described form.
//!
//! ```text
//! read ─ size ─ header ─ imports and exports ─ cached or compiled ─ linked ─ described ─ manifest checked
//! ```
//!
//! Invariant: what is refused is refused with one sentence that names the file's fault.
//! Invariant: a precompiled file is never loaded; only this process compiles what it runs.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;

use super::compile::CompileError;
use super::limits::COMPONENT_BYTES_MAX;
use crate::model::Text;

/// Our package, as it stands in names of imports and exports.
const CONTRACT: &str = "liaison:connector";
/// Versions we speak, as `MAJOR.MINOR`: below 1.0 the minor is the breaking part.
pub const CONTRACT_VERSION: &str = "0.1";
const SYSTEM: &str = "system";
/// What a connector exports.
pub const SYSTEM_NAME: &str = "liaison:connector/system";

/// What a component may import beside the contract. `wasi:clocks/monotonic-clock` is the home of the
/// type `duration` that `wasi:http` uses; nothing is linked there, so a guest that calls its clock is
/// refused.
const WASI_ALLOWED: [&str; 6] = [
    "wasi:http/types",
    "wasi:http/outgoing-handler",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:clocks/monotonic-clock",
];

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("`{file}` cannot be read")]
    Unreadable {
        file: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("`{file}` has {bytes} bytes; a connector has at most {COMPONENT_BYTES_MAX}")]
    TooLarge { file: PathBuf, bytes: u64 },
    #[error(
        "`{file}` is precompiled machine code, which is never loaded; ask the vendor for the component"
    )]
    Precompiled { file: PathBuf },
    #[error("`{file}` is no WebAssembly")]
    NotWasm { file: PathBuf },
    #[error(
        "`{file}` is a core module; a connector is a component (`wasm-tools component new` makes one)"
    )]
    CoreModule { file: PathBuf },
    #[error("`{file}` is damaged: {reason}")]
    Damaged { file: PathBuf, reason: String },
    #[error("`{file}` is no connector: it does not export `{SYSTEM_NAME}`")]
    NotAConnector { file: PathBuf },
    #[error(
        "`{file}` is built for contract {found}, which is newer than {CONTRACT_VERSION}, the newest that this liaison speaks: update liaison first"
    )]
    NewerContract { file: PathBuf, found: String },
    #[error(
        "`{file}` is built for contract {found}, which this liaison no longer serves: ask its publisher for a version built for {CONTRACT_VERSION}"
    )]
    OlderContract { file: PathBuf, found: String },
    #[error("`{file}` asks for what no connector gets: {}", .imports.join(", "))]
    ForbiddenImports { file: PathBuf, imports: Vec<String> },
    #[error("`{file}` does not compile")]
    NotCompiled {
        file: PathBuf,
        #[source]
        cause: CompileError,
    },
    #[error("`{file}` does not fit the contract: {reason}")]
    NotLinked { file: PathBuf, reason: String },
    #[error("`{file}` failed while it described itself: {}", .reason.fallback)]
    NotDescribed { file: PathBuf, reason: Text },
    #[error("the manifest of `{file}` is not valid: {}", .problems.join("; "))]
    BadManifest {
        file: PathBuf,
        problems: Vec<String>,
    },
    #[error(
        "`{file}` is not what was installed: its sha256 is {found}, and connectors.lock says {wanted}; `liaison connector install FILE` with the bytes of then restores it, `liaison connector rollback` goes back"
    )]
    Changed {
        file: PathBuf,
        wanted: String,
        found: String,
    },
    #[error("the engine did not start: {reason}")]
    Engine { reason: String },
}

/// A component that has passed everything that can be known without compiling it.
#[derive(Debug)]
pub struct Checked {
    pub bytes: Vec<u8>,
    /// Lower-case hex.
    pub sha256: String,
    /// Of the contract that it was built for.
    pub contract: String,
}

/// Reads and checks a file. The size is asked for before the content, and the digest, where one is wanted, is
/// compared before anything looks into it.
pub fn read(file: &Path, wanted: Option<&str>) -> Result<Checked, LoadError> {
    let unreadable = |cause| LoadError::Unreadable {
        file: file.to_owned(),
        cause,
    };
    let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
    if bytes > COMPONENT_BYTES_MAX as u64 {
        return Err(LoadError::TooLarge {
            file: file.to_owned(),
            bytes,
        });
    }
    let content = std::fs::read(file).map_err(unreadable)?;
    if content.len() > COMPONENT_BYTES_MAX {
        return Err(LoadError::TooLarge {
            file: file.to_owned(),
            bytes: content.len() as u64,
        });
    }
    let sha256 = hex(&Sha256::digest(&content));
    if let Some(wanted) = wanted.filter(|wanted| *wanted != sha256) {
        return Err(LoadError::Changed {
            file: file.to_owned(),
            wanted: wanted.to_owned(),
            found: sha256,
        });
    }
    let contract = precheck(file, &content)?;
    Ok(Checked {
        sha256,
        bytes: content,
        contract,
    })
}

/// Everything that the outermost layer of a component tells. Answers the version of the contract.
pub fn precheck(file: &Path, bytes: &[u8]) -> Result<String, LoadError> {
    let file = || file.to_owned();
    if Engine::detect_precompiled(bytes).is_some() || bytes.starts_with(b"\x7fELF") {
        return Err(LoadError::Precompiled { file: file() });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(LoadError::NotWasm { file: file() });
    }
    let outline = Outline::of(bytes).map_err(|reason| LoadError::Damaged {
        file: file(),
        reason,
    })?;
    if outline.encoding == Some(Encoding::Module) {
        return Err(LoadError::CoreModule { file: file() });
    }
    let contract = check_contract(&outline, file)?;
    let imports: Vec<String> = outline
        .imports
        .into_iter()
        .filter(|name| !is_allowed(name))
        .collect();
    if !imports.is_empty() {
        return Err(LoadError::ForbiddenImports {
            file: file(),
            imports,
        });
    }
    Ok(contract)
}

/// Names of the outermost component.
struct Outline {
    encoding: Option<Encoding>,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Outline {
    fn of(bytes: &[u8]) -> Result<Self, String> {
        let mut outline = Self {
            encoding: None,
            imports: Vec::new(),
            exports: Vec::new(),
        };
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(|error| error.to_string())? {
                Payload::Version { encoding, .. } => {
                    outline.encoding.get_or_insert(encoding);
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        outline
                            .imports
                            .push(import.map_err(|e| e.to_string())?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    for export in exports {
                        outline
                            .exports
                            .push(export.map_err(|e| e.to_string())?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }
}

fn check_contract(outline: &Outline, file: impl Fn() -> PathBuf) -> Result<String, LoadError> {
    let of_contract = |name: &String| {
        let (interface, version) = split_version(name);
        let (package, interface) = interface.split_once('/')?;
        (package == CONTRACT).then(|| (interface.to_owned(), version.to_owned()))
    };
    let exported = outline
        .exports
        .iter()
        .filter_map(of_contract)
        .find(|(name, _)| name == SYSTEM);
    let Some((_, version)) = exported else {
        return Err(LoadError::NotAConnector { file: file() });
    };
    let imported = outline
        .imports
        .iter()
        .filter_map(of_contract)
        .map(|(_, version)| version);
    let mut all = std::iter::once(version.clone()).chain(imported);
    match all.find(|version| !speaks(version)) {
        Some(found) if is_newer(&found) => Err(LoadError::NewerContract {
            file: file(),
            found,
        }),
        Some(found) => Err(LoadError::OlderContract {
            file: file(),
            found,
        }),
        None => Ok(version),
    }
}

/// Than the one we speak. What is no version at all is none of a newer contract either.
fn is_newer(version: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let parts = text.split('.').take(2);
        parts.map(|part| part.parse().unwrap_or(0)).collect()
    };
    numbers(version) > numbers(CONTRACT_VERSION)
}

fn split_version(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

fn speaks(version: &str) -> bool {
    version
        .strip_prefix(CONTRACT_VERSION)
        .is_some_and(|patch| patch.starts_with('.'))
}

fn is_allowed(import: &str) -> bool {
    let (interface, version) = split_version(import);
    if interface
        .split_once('/')
        .is_some_and(|(package, _)| package == CONTRACT)
    {
        return true; // its version was checked; what it lacks, linking tells
    }
    WASI_ALLOWED.contains(&interface) && version.starts_with("0.2.")
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
