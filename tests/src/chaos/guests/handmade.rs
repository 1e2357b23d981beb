//! Connectors written by hand as WebAssembly text, for what a compiler would never write.
//!
//! Each is whole: it exports the contract, describes itself from a few bytes in its memory, and does its
//! harm in `changes` or before it is ever called.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the manifest lies in memory; the answer of `changes` lies at [`ANSWER`].
const MANIFEST: u32 = 1024;
const ANSWER: u32 = 64;
/// Bytes of the records of the contract, in their canonical layout.
const ENTITY_BYTES: usize = 96;
const MANIFEST_BYTES: usize = 108;

/// The pieces of text that differ.
pub struct Handmade {
    pub name: &'static str,
    /// Of the module: memories, tables, globals, functions, a start.
    pub items: &'static str,
    /// What `changes` does. It leaves the address of its answer on the stack.
    pub changes: &'static str,
    /// What `cabi_realloc` does, by which the host finds room for what it passes.
    pub realloc: &'static str,
    /// What `describe` does before it returns the manifest.
    pub describe: &'static str,
}

impl Handmade {
    pub const PLAIN: Self = Self {
        name: "plain",
        items: r#"(memory (export "memory") 2)"#,
        changes: "(i32.const 64)",
        // Always the same place: nobody here reads what was passed.
        realloc: "(i32.const 65536)",
        describe: "",
    };

    /// The core module as text.
    pub fn text(&self) -> String {
        let Self {
            items,
            changes,
            realloc,
            describe,
            ..
        } = self;
        let manifest = manifest();
        let data: String = manifest
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        let system = "liaison:connector/system@0.1.0";
        let eight = "i32 i32 i32 i32 i32 i32 i32 i32";
        let never = "(unreachable)";
        format!(
            r#"(module
            {items}
            (data (i32.const {MANIFEST}) "{data}")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc})
            (func (export "{system}#describe") (result i32) {describe} (i32.const {MANIFEST}))
            (func (export "{system}#changes") (param {eight}) (result i32) {changes})
            (func (export "{system}#check") (result i32) {never})
            (func (export "{system}#read") (param i32 i32 i32 i32) (result i32) {never})
            (func (export "{system}#find") (param i32 i32 i32 i32) (result i32) {never})
            (func (export "{system}#query") (param {eight}) (result i32) {never})
            (func (export "{system}#write") (param i32 i32 i32 i32) (result i32) {never})
            (func (export "{system}#catalogue") (param i32 i32) (result i32) {never}))"#
        )
    }

    pub fn component(&self) -> Vec<u8> {
        let module =
            wat::parse_str(self.text()).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        component(module).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// A connector of a core module that exports the contract.
pub fn component(mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    let contract = include_str!("../../../../wit/connector.wit");
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source("connector.wit", contract)
        .map_err(|error| format!("{error:#}"))?;
    let world = resolve
        .select_world(&[package], Some("connector"))
        .map_err(|error| format!("{error:#}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .map_err(|error| format!("{error:#}"))?;
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// The answer of `changes` at [`ANSWER`], as stores: a page of one entry whose body has this address and
/// length. The rest of memory there is zero: no version, not deleted, no cursor, no more.
macro_rules! page_with_body {
    ($address:literal, $bytes:literal) => {
        concat!(
            // The page: its list of entries at 128, one entry.
            "(i32.store (i32.const 72) (i32.const 128)) (i32.store (i32.const 76) (i32.const 1))",
            // The entry: an id of one byte, and the body.
            "(i32.store8 (i32.const 120) (i32.const 49))",
            "(i32.store (i32.const 128) (i32.const 120)) (i32.store (i32.const 132) (i32.const 1))",
            "(i32.store (i32.const 152) (i32.const ",
            $address,
            ")) (i32.store (i32.const 156) (i32.const ",
            $bytes,
            ")) (i32.const 64)"
        )
    };
}

const _: () = assert!(ANSWER == 64, "the texts above say 64");

/// Those that load and do their harm when they are called, with a piece of the words they are told.
pub const CALLED: &[(Handmade, &str)] = &[
    (
        Handmade {
            name: "tables-grow",
            items: r#"(memory (export "memory") 2) (table $t 1 funcref)"#,
            changes: "(loop $again
                (br_if $again (i32.ge_s (table.grow $t (ref.null func) (i32.const 1000)) (i32.const 0)))
                (unreachable)) (i32.const 64)",
            ..Handmade::PLAIN
        },
        "more table elements than it gets",
    ),
    (
        Handmade {
            name: "memories-together",
            items: r#"(memory (export "memory") 2) (memory $b 1) (memory $c 1)"#,
            changes: "(loop $again
                (br_if $again (i32.ge_s (memory.grow $b (i32.const 100)) (i32.const 0))))
                (loop $again
                (br_if $again (i32.ge_s (memory.grow $c (i32.const 100)) (i32.const 0))))
                (unreachable)",
            ..Handmade::PLAIN
        },
        "more memory than it gets",
    ),
    (
        Handmade {
            name: "growth-that-is-refused-for-ever",
            changes: "(loop $again (drop (memory.grow (i32.const 1000))) (br $again)) (i32.const 64)",
            ..Handmade::PLAIN
        },
        "processor time",
    ),
    (
        Handmade {
            name: "memory-filled-again-and-again",
            items: r#"(memory (export "memory") 900)"#,
            changes: "(loop $again
                (memory.fill (i32.const 131072) (i32.const 7) (i32.const 50000000)) (br $again))
                (i32.const 64)",
            ..Handmade::PLAIN
        },
        "processor time",
    ),
    (
        Handmade {
            name: "60-mb-of-zeros",
            items: r#"(memory (export "memory") 1000)"#,
            changes: page_with_body!("131072", "60000000"),
            ..Handmade::PLAIN
        },
        "fuel",
    ),
    (
        Handmade {
            name: "a-body-outside-memory",
            changes: page_with_body!("131000", "100"),
            ..Handmade::PLAIN
        },
        "out of bounds of memory",
    ),
    (
        Handmade {
            name: "bytes-that-are-no-text",
            changes: concat!(
                "(memory.fill (i32.const 70000) (i32.const 255) (i32.const 10))",
                page_with_body!("70000", "10")
            ),
            ..Handmade::PLAIN
        },
        "utf-8",
    ),
    (
        Handmade {
            name: "an-answer-outside-memory",
            changes: "(i32.const 131064)",
            ..Handmade::PLAIN
        },
        "out of bounds",
    ),
    (
        Handmade {
            name: "an-answer-at-an-odd-place",
            changes: "(i32.const 65)",
            ..Handmade::PLAIN
        },
        "not aligned",
    ),
    (
        Handmade {
            name: "a-list-longer-than-memory",
            changes: "(i32.store (i32.const 72) (i32.const 128))
                (i32.store (i32.const 76) (i32.const 0x7fffffff)) (i32.const 64)",
            ..Handmade::PLAIN
        },
        "",
    ),
    (
        Handmade {
            name: "neither-page-nor-fault",
            changes: "(i32.store8 (i32.const 64) (i32.const 7)) (i32.const 64)",
            ..Handmade::PLAIN
        },
        "discriminant",
    ),
    (
        Handmade {
            name: "room-outside-memory",
            realloc: "(i32.const 0x7ffffff8)",
            ..Handmade::PLAIN
        },
        "",
    ),
    (
        Handmade {
            name: "room-never-found",
            realloc: "(loop $again (br $again)) (i32.const 0)",
            ..Handmade::PLAIN
        },
        "processor time",
    ),
    (
        Handmade {
            name: "never-done-after-the-answer",
            items: r#"(memory (export "memory") 2)
                (func (export "cabi_post_liaison:connector/system@0.1.0#changes") (param i32)
                    (loop $again (br $again)))"#,
            ..Handmade::PLAIN
        },
        "processor time",
    ),
];

/// Those that must not load, with a piece of the words they are told.
pub const LOADED: &[(Handmade, &str)] = &[
    (
        Handmade {
            name: "starts-for-ever",
            items: r#"(memory (export "memory") 2) (func $s (loop $again (br $again))) (start $s)"#,
            ..Handmade::PLAIN
        },
        "processor time",
    ),
    (
        Handmade {
            name: "describes-for-ever",
            describe: "(loop $again (br $again))",
            ..Handmade::PLAIN
        },
        "processor time",
    ),
    (
        Handmade {
            name: "a-memory-of-128-mib",
            items: r#"(memory (export "memory") 2048)"#,
            ..Handmade::PLAIN
        },
        "memory",
    ),
    (
        Handmade {
            name: "a-table-of-a-million",
            items: r#"(memory (export "memory") 2) (table 1000000 funcref)"#,
            ..Handmade::PLAIN
        },
        "table",
    ),
    (
        Handmade {
            name: "nine-memories",
            items: r#"(memory (export "memory") 2) (memory 1) (memory 1) (memory 1) (memory 1)
                (memory 1) (memory 1) (memory 1) (memory 1)"#,
            ..Handmade::PLAIN
        },
        "memor",
    ),
    (
        Handmade {
            name: "21-tables",
            items: r#"(memory (export "memory") 2)
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
                (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
                (table 1 funcref)"#,
            ..Handmade::PLAIN
        },
        "table",
    ),
    (
        Handmade {
            name: "64-bit-memory",
            items: r#"(memory (export "memory") 2) (memory i64 2)"#,
            ..Handmade::PLAIN
        },
        "does not compile",
    ),
    (
        Handmade {
            name: "a-manifest-outside-memory",
            describe: "(return (i32.const 131068))",
            ..Handmade::PLAIN
        },
        "bounds",
    ),
];

/// The bytes of a manifest that is accepted, for memory at [`MANIFEST`].
fn manifest() -> Vec<u8> {
    let mut bytes = Bytes(vec![0; MANIFEST_BYTES]);
    let mut entity = vec![0; ENTITY_BYTES];
    let text = |bytes: &mut Bytes, place: &mut [u8], at: usize, words: &str| {
        let address = bytes.append(words.as_bytes());
        put(place, at, address);
        put(place, at + 4, words.len() as u32);
    };
    text(&mut bytes, &mut entity, 0, "customer");
    text(&mut bytes, &mut entity, 24, "A customer");
    let schema = r#"{"type":"object","properties":{"id":{"type":"string"}}}"#;
    text(&mut bytes, &mut entity, 32, schema);
    entity[40] = 1 << 3; // operations: changes
    entity[52] = 2; // the source of changes: a scan
    put(&mut entity, 80, 10); // read-batch
    let entities = bytes.append(&entity);

    let mut manifest = vec![0; MANIFEST_BYTES];
    text(&mut bytes, &mut manifest, 0, "handmade");
    text(&mut bytes, &mut manifest, 8, "0.1.0");
    text(&mut bytes, &mut manifest, 32, "Made by hand");
    text(&mut bytes, &mut manifest, 40, "liaison");
    let settings = r#"{"type":"object","additionalProperties":true}"#;
    text(&mut bytes, &mut manifest, 48, settings);
    put(&mut manifest, 80, 1); // concurrency
    put(&mut manifest, 92, entities);
    put(&mut manifest, 96, 1);
    bytes.0[..MANIFEST_BYTES].copy_from_slice(&manifest);
    bytes.0
}

fn put(place: &mut [u8], at: usize, word: u32) {
    place[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

struct Bytes(Vec<u8>);

impl Bytes {
    /// The address of what is appended, which begins at a multiple of four.
    fn append(&mut self, more: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let address = MANIFEST + u32::try_from(self.0.len()).expect("it is small");
        self.0.extend_from_slice(more);
        address
    }
}
