//! Compiling a component, in a process that may die of it.
//!
//! wasmtime does not count slowness or hunger of its compiler as a vulnerability, so a hostile file
//! is compiled in a child: the hidden subcommand `liaison compile-component IN OUT`, with memory and
//! processor time capped by itself (on Unix) and time on the wall by us (everywhere).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use wasmtime::Engine;

use super::engine;
use crate::model::Word;

/// A large Rust connector takes 0.3 s, Python 10 s on a loaded machine.
const COMPILE_WALL_MAX: Duration = Duration::from_secs(300);
#[cfg(unix)]
const COMPILE_CPU_S_MAX: u64 = 300;
/// Address space, not memory in use: threads and allocator arenas count too.
#[cfg(unix)]
const COMPILE_ADDRESS_BYTES_MAX: u64 = 6 << 30;
/// The child's words, when it fails.
const WORDS_BYTES_MAX: usize = 2_000;

/// The hidden subcommand's name.
pub const SUBCOMMAND: &str = "compile-component";

#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the compiler refused it: {words}")]
    Refused { words: String },
    #[error("compiling took longer than {} s", .after.as_secs())]
    TooSlow { after: Duration },
    #[error(
        "the compiling process ended by itself ({status}); it may have wanted more memory or time than it gets"
    )]
    Died { status: String },
    #[error("the compiling process did not start")]
    NotStarted(#[source] std::io::Error),
    #[error("`{path}` could not be {verb}")]
    Io {
        path: PathBuf,
        verb: Word,
        #[source]
        cause: std::io::Error,
    },
}

/// Who compiles.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// This program as a child. `liaison` passes its own path.
    Child { program: PathBuf },
    /// This process: for tests, whose program knows no subcommands.
    InProcess,
}

impl Compiler {
    /// The program that is running.
    pub fn own_program() -> std::io::Result<Self> {
        std::env::current_exe().map(|program| Self::Child { program })
    }

    /// Compiles the component in `input` and leaves the code in `output`.
    pub async fn compile(&self, input: &Path, output: &Path) -> Result<(), CompileError> {
        match self {
            Self::Child { program } => in_child(program, input, output).await,
            Self::InProcess => {
                let (input, output) = (input.to_owned(), output.to_owned());
                tokio::task::spawn_blocking(move || compile_here(&input, &output))
                    .await
                    .map_err(|panic| CompileError::Died {
                        status: panic.to_string(),
                    })?
            }
        }
    }
}

async fn in_child(program: &Path, input: &Path, output: &Path) -> Result<(), CompileError> {
    let child = tokio::process::Command::new(program)
        .arg(SUBCOMMAND)
        .args([input, output])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(CompileError::NotStarted)?;
    let done = tokio::time::timeout(COMPILE_WALL_MAX, child.wait_with_output())
        .await
        .map_err(|_| CompileError::TooSlow {
            after: COMPILE_WALL_MAX,
        })?
        .map_err(CompileError::NotStarted)?;
    if done.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&done.stderr);
    // The child's own exit code for "the compiler says no"; anything else is a death.
    if done.status.code() == Some(REFUSED_EXIT_CODE) {
        return Err(CompileError::Refused {
            words: shortened(words.trim()),
        });
    }
    Err(CompileError::Died {
        status: done.status.to_string(),
    })
}

/// What the child ends with when the compiler refuses its input.
pub const REFUSED_EXIT_CODE: i32 = 2;

/// The whole of the hidden subcommand. Caps this process first: call it in a process of its own.
/// The caller prints the error and exits with [`REFUSED_EXIT_CODE`].
pub fn compile_component_main(input: &Path, output: &Path) -> Result<(), CompileError> {
    cap_this_process();
    compile_here(input, output)
}

fn compile_here(input: &Path, output: &Path) -> Result<(), CompileError> {
    let io = |path: &Path, verb| {
        let path = path.to_owned();
        move |cause| CompileError::Io { path, verb, cause }
    };
    let component = std::fs::read(input).map_err(io(input, Word::new("done-read", "read")))?;
    let refused = |error: wasmtime::Error| CompileError::Refused {
        words: shortened(&format!("{error:#}")),
    };
    let engine = Engine::new(&engine::config()).map_err(refused)?;
    let code = engine.precompile_component(&component).map_err(refused)?;
    std::fs::write(output, code).map_err(io(output, Word::new("done-written", "written")))
}

fn shortened(words: &str) -> String {
    words.chars().take(WORDS_BYTES_MAX).collect()
}

#[cfg(unix)]
fn cap_this_process() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let caps = [
        (Resource::As, COMPILE_ADDRESS_BYTES_MAX),
        (Resource::Cpu, COMPILE_CPU_S_MAX),
        (Resource::Core, 0),
    ];
    for (resource, most) in caps {
        let cap = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if let Err(error) = setrlimit(resource, cap) {
            // A lower limit that is already set is as good; the time on the wall holds in any case.
            tracing::debug!("a limit of the compiling process was not set: {error}");
        }
    }
}

/// Windows has no limit a process can set for itself without a job object; the time on the wall holds.
#[cfg(not(unix))]
fn cap_this_process() {}
