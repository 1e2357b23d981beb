//! Other versions of a connector that is built: what a vendor would have built, made from its component.
//!
//! Texts are replaced by others of their length, and a function by one that traps at once.

use std::path::{Path, PathBuf};

use wasmparser::{ExternalKind, Parser, Payload};

use crate::repository;

#[derive(Clone)]
pub struct Variant {
    name: String,
    bytes: Vec<u8>,
}

impl Variant {
    /// The connector as it is built.
    pub fn of(name: &str) -> Self {
        let file = repository().join(format!("target/connectors/{name}.wasm"));
        let bytes = std::fs::read(&file).unwrap_or_else(|error| {
            panic!("{}: {error}: run `cargo xtask guests`", file.display())
        });
        Self {
            name: name.to_owned(),
            bytes,
        }
    }

    /// What it calls itself, `0.1.0` as it is built.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        // In names of the contract an `@` stands before it.
        self.replaced("0.1.0", version, |before| before != Some(&b'@'))
    }

    /// Another text in the place of one that stands there once.
    #[must_use]
    pub fn with(self, text: &str, other: &str) -> Self {
        self.replaced(text, other, |_| true)
    }

    /// The contract that it was built for.
    #[must_use]
    pub fn contract(mut self, version: &str) -> Self {
        let names: Vec<usize> = places(&self.bytes, b"@0.1.0");
        assert_eq!(version.len(), "0.1.0".len(), "the length stays");
        for at in names {
            self.bytes[at + 1..at + 6].copy_from_slice(version.as_bytes());
        }
        self
    }

    /// Traps whenever this function of the contract is called.
    #[must_use]
    pub fn trapping(mut self, function: &str) -> Self {
        let first = first_instruction(&self.bytes, &format!("#{function}"));
        // `unreachable` is a zero, and what follows it may be anything.
        self.bytes[first].fill(0);
        self
    }

    pub fn write(&self, folder: &Path) -> PathBuf {
        let file = folder.join(format!("{}.wasm", self.name));
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(&file, &self.bytes).expect("it can be written");
        file
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn replaced(mut self, text: &str, other: &str, fits: impl Fn(Option<&u8>) -> bool) -> Self {
        assert_eq!(text.len(), other.len(), "the length stays");
        let found: Vec<usize> = places(&self.bytes, text.as_bytes())
            .into_iter()
            .filter(|at| fits(at.checked_sub(1).and_then(|before| self.bytes.get(before))))
            .collect();
        let [at] = found.as_slice() else {
            panic!("`{text}` stands {} times in {}", found.len(), self.name);
        };
        self.bytes[*at..at + text.len()].copy_from_slice(other.as_bytes());
        self
    }
}

fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(|(_, window)| *window == wanted)
        .map(|(at, _)| at)
        .collect()
}

/// Where the first instruction of an exported function of a core module stands.
fn first_instruction(bytes: &[u8], ending: &str) -> std::ops::Range<usize> {
    let (mut imported, mut wanted, mut nth) = (0, None, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.expect("a component that was built") {
            Payload::Version { .. } => (imported, wanted, nth) = (0, None, 0),
            Payload::ImportSection(imports) => {
                let functions = imports
                    .into_imports()
                    .map(|import| import.expect("an import"));
                let functions =
                    functions.filter(|import| matches!(import.ty, wasmparser::TypeRef::Func(_)));
                imported = functions.count() as u32;
            }
            Payload::ExportSection(exports) => {
                wanted = exports
                    .into_iter()
                    .map(|export| export.expect("an export"))
                    .find(|export| {
                        export.kind == ExternalKind::Func
                            && export.name.ends_with(ending)
                            && !export.name.starts_with("cabi_post")
                    })
                    .map(|export| export.index);
            }
            Payload::CodeSectionEntry(body) => {
                if wanted == Some(imported + nth) {
                    let code = body.get_operators_reader().expect("code");
                    let offsets: Vec<usize> = code
                        .into_iter_with_offsets()
                        .take(2)
                        .map(|at| at.expect("an instruction").1)
                        .collect();
                    return offsets[0]..offsets[1];
                }
                nth += 1;
            }
            _ => {}
        }
    }
    panic!("no core module exports a function whose name ends in {ending}");
}
