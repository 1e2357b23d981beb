//! Turns a core WebAssembly module with its embedded contract into a component, and looks at the result.
//!
//! A connector may import its contract and `wasi:http` with what that needs, nothing else. The host
//! refuses more at install; saying so here names the culprit while its author still has it open.

use anyhow::{Context, Result, bail, ensure};
use wit_component::{ComponentEncoder, DecodedWasm};

/// Packages and interfaces a connector may import.
const IMPORTS_ALLOWED: [&str; 3] = ["liaison:connector/", "wasi:http/", "wasi:io/"];

pub struct Component {
    pub bytes: Vec<u8>,
    pub imports: Vec<String>,
}

impl Component {
    /// Encodes and validates.
    pub fn from_module(module: &[u8]) -> Result<Self> {
        let bytes = ComponentEncoder::default()
            .validate(true)
            .module(module)?
            .encode()?;
        let imports = imports(&bytes)?;
        let stray: Vec<&str> = imports
            .iter()
            .filter(|name| !allowed(name))
            .map(String::as_str)
            .collect();
        ensure!(
            stray.is_empty(),
            "it imports {}; a connector may import only {}: look for a dependency that wants files, clocks or an environment",
            stray.join(", "),
            IMPORTS_ALLOWED.join("*, ") + "*"
        );
        Ok(Self { bytes, imports })
    }
}

fn imports(component: &[u8]) -> Result<Vec<String>> {
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(component).context("the encoder's result")?
    else {
        bail!("the encoder made something that is not a component");
    };
    Ok(resolve.worlds[world]
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect())
}

fn allowed(import: &str) -> bool {
    IMPORTS_ALLOWED
        .iter()
        .any(|allowed| import.starts_with(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_and_http_are_allowed_and_files_are_not() {
        assert!(allowed("liaison:connector/settings@0.1.0"));
        assert!(allowed("wasi:http/outgoing-handler@0.2.12"));
        assert!(!allowed("wasi:filesystem/types@0.2.12"));
        assert!(!allowed("wasi:httpd/types@0.2.12"));
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        assert!(Component::from_module(b"not wasm").is_err());
    }
}
