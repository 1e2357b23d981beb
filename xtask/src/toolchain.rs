//! The compilers that can turn a connector into WebAssembly, found by looking at this machine.
//!
//! The host is always built with the Rust that runs us. Connectors need the standard library for
//! wasm32-unknown-unknown as well. rustup offers it ready made; where rustup's server cannot be
//! reached, Debian's packages bring a compiler together with the library's source, and cargo builds
//! the library along with the connectors.
//!
//! Invariant: nothing here installs or changes anything; that is `setup`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::host_system;
use crate::process;

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's Rust of the web browsers' age (its security suite renews it), and the library's source.
pub const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// What connectors need at least: the crate `wasip2` says so.
const DEBIAN_RUSTC_MINOR_MIN: u32 = 87;

/// The two ways to compile a connector, by where the compiler comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compiler {
    /// The Rust that runs us, with rustup's wasm32-unknown-unknown target
    Rustup,
    /// Debian's packages, building the standard library from source
    Debian,
}

/// A compiler that is complete and ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    Rustup,
    Debian { linker: PathBuf },
}

impl Toolchain {
    pub fn rustup() -> Option<Self> {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        let folder = process::output_of(&mut rustc).ok()?;
        let mut files = std::fs::read_dir(folder.trim()).ok()?.flatten();
        files
            .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            .then_some(Self::Rustup)
    }

    pub fn debian() -> Option<Self> {
        debian_missing_packages()
            .is_empty()
            .then(debian_linker)?
            .map(|linker| Self::Debian { linker })
    }

    /// One line for people: which compiler this is.
    pub fn title(&self) -> String {
        match self {
            Self::Rustup => format!("{} with its {TARGET} target", version(Path::new("rustc"))),
            Self::Debian { .. } => {
                format!(
                    "Debian's {}, standard library built from source",
                    version(Path::new(DEBIAN_RUSTC))
                )
            }
        }
    }

    /// `cargo rustc` for WebAssembly; the caller adds which package.
    pub fn cargo_rustc(&self) -> Command {
        let mut cargo = match self {
            Self::Rustup => process::cargo("rustc"),
            Self::Debian { linker } => {
                let mut cargo = Command::new(DEBIAN_CARGO);
                cargo
                    .args(["rustc", "-Z", "build-std=std,panic_abort"])
                    .env("RUSTC", DEBIAN_RUSTC)
                    // Building the library is not a stable feature of cargo; this switch, which the
                    // library's own build needs as well, opens it in a released compiler.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    // Set by the cargo that runs us; they lead to the other compiler.
                    .env_remove("CARGO")
                    .env_remove("LD_LIBRARY_PATH")
                    .env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
        };
        cargo.args(["--target", TARGET]);
        cargo
    }
}

/// What of Debian's side is still to be installed; empty when all is there or this is no Debian.
pub fn debian_missing_packages() -> Vec<String> {
    let mut missing = Vec::new();
    let recent = |program| {
        minor(&version(Path::new(program))).is_some_and(|minor| minor >= DEBIAN_RUSTC_MINOR_MIN)
    };
    for (package, present) in DEBIAN_PACKAGES.into_iter().zip([
        recent(DEBIAN_RUSTC),
        recent(DEBIAN_CARGO),
        Path::new(DEBIAN_SOURCE).is_file(),
    ]) {
        if !present {
            missing.push(package.to_owned());
        }
    }
    // The linker's package carries LLVM's number in its name, which only the compiler knows.
    if missing.is_empty() && debian_linker().is_none() {
        missing.extend(debian_llvm_major().map(|major| format!("lld-{major}")));
    }
    missing
}

/// rustup's linker where there is one, else Debian's of the compiler's own LLVM version.
fn debian_linker() -> Option<PathBuf> {
    let rustup = process::output_of(Command::new("rustc").args(["--print", "sysroot"]))
        .ok()
        .and_then(|sysroot| {
            let hosts = std::fs::read_dir(Path::new(sysroot.trim()).join("lib/rustlib")).ok()?;
            hosts
                .flatten()
                .map(|host| host.path().join("bin/rust-lld"))
                .find(|linker| linker.is_file())
        });
    rustup.or_else(|| host_system::on_path(&format!("wasm-ld-{}", debian_llvm_major()?)))
}

fn debian_llvm_major() -> Option<u32> {
    let text = process::output_of(Command::new(DEBIAN_RUSTC).arg("-vV")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))?;
    line.split('.').next()?.parse().ok()
}

/// `rustc 1.95.0`, without the build's date and hash; empty when there is no such program.
fn version(program: &Path) -> String {
    let text: Result<String> = process::output_of(Command::new(program).arg("--version"));
    text.unwrap_or_default()
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

fn minor(version: &str) -> Option<u32> {
    version
        .split_whitespace()
        .nth(1)?
        .split('.')
        .nth(1)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read_and_nothing_else_passes_for_one() {
        assert_eq!(minor("rustc 1.95.0"), Some(95));
        assert_eq!(minor("cargo 1.63.0"), Some(63));
        assert_eq!(minor(""), None);
        assert_eq!(minor("no such program"), None);
    }

    #[test]
    fn debian_builds_the_library_and_rustup_does_not() {
        let rustup = process::typed(&Toolchain::Rustup.cargo_rustc());
        let debian = process::typed(
            &Toolchain::Debian {
                linker: "rust-lld".into(),
            }
            .cargo_rustc(),
        );
        assert!(
            rustup.ends_with("rustc --target wasm32-unknown-unknown"),
            "{rustup}"
        );
        assert!(
            debian.ends_with(
                "/usr/bin/cargo rustc -Z build-std=std,panic_abort --target wasm32-unknown-unknown"
            ),
            "{debian}"
        );
    }
}
