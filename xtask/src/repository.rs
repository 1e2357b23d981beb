//! Where things are in a clone of this repository.
//!
//! Everything runs in the root of the clone, so that every path shown is one a person there can type.
//!
//! Connectors always end up in `target/connectors`, even when cargo builds elsewhere, because tests
//! and people look for them there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;

/// The manifest of the connectors' workspace.
pub const PLUGINS_MANIFEST: &str = "plugins/Cargo.toml";
/// Where connectors are compiled for this machine, for their unit tests.
pub const PLUGINS_NATIVE_TARGET: &str = "target/plugins-native";
/// A workspace of crates that become components.
pub struct GuestWorkspace {
    pub folder: &'static str,
    /// Where its crates are compiled to WebAssembly.
    pub target: &'static str,
    /// The finished components.
    pub components: &'static str,
}

/// The connectors that ship, and the guests that only test the host.
pub const GUESTS: [GuestWorkspace; 2] = [
    GuestWorkspace {
        folder: "plugins",
        target: "target/plugins",
        components: "target/connectors",
    },
    GuestWorkspace {
        folder: "tests/guests",
        target: "target/test-guests",
        components: "target/guests",
    },
];

pub struct Repository {
    /// Cargo's target directory for the host: `target`, unless the environment says otherwise.
    target: PathBuf,
}

impl Repository {
    /// Finds the clone this program was built from and goes there.
    pub fn enter() -> Result<Self> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&here)
            .parent()
            .context("xtask has no folder above it")?;
        std::env::set_current_dir(root)
            .with_context(|| format!("cannot enter {}", root.display()))?;
        let metadata = process::output_of(process::cargo("metadata").args([
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?;
        let target = Path::new(target);
        Ok(Self {
            target: target.strip_prefix(root).unwrap_or(target).to_owned(),
        })
    }

    /// A program of this workspace in the development profile.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target
            .join("debug")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
