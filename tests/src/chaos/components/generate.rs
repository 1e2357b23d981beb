//! Components that never were good: grown from a seed.

use std::fmt::Write as _;

use wasm_smith::{Config, Module};

use super::random::Random;
use crate::chaos::guests::handmade::{self, Handmade};

/// The kinds; the table at the end counts by them.
pub const KINDS: [&str; 3] = [
    "connectors of random code",
    "random components",
    "pathological",
];
/// What a module or component is grown from.
const SEED_BYTES: usize = 4096;
/// Of the names, lists and nestings of a pathological one.
const MANY: usize = 2_000;

/// None when the seed leads to nothing.
pub fn generate(random: &mut Random) -> Option<(usize, Vec<u8>)> {
    let kind = random.below(KINDS.len());
    let bytes = match kind {
        0 => connector(random)?,
        1 => component(random)?,
        _ => wat::parse_str(pathological(random)).ok()?,
    };
    Some((kind, bytes))
}

/// A connector whose every function does something random: it fits the contract, so that it is
/// compiled, linked and asked to describe itself.
fn connector(random: &mut Random) -> Option<Vec<u8>> {
    let shape = wat::parse_str(Handmade::PLAIN.text()).expect("the text is ours");
    let seed = random.bytes(SEED_BYTES);
    let config = Config {
        exports: Some(shape),
        max_imports: 0,
        max_memories: 2,
        min_funcs: 1,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        // Else nearly all end at their first step.
        disallow_traps: random.below(2) == 0,
        ..Config::default()
    };
    let module = Module::new(config, &mut arbitrary::Unstructured::new(&seed)).ok()?;
    handmade::component(module.to_bytes()).ok()
}

fn component(random: &mut Random) -> Option<Vec<u8>> {
    let seed = random.bytes(SEED_BYTES);
    let mut dna = arbitrary::Unstructured::new(&seed);
    let component = wasm_smith::Component::new(Config::default(), &mut dna).ok()?;
    Some(component.to_bytes())
}

/// Text that passes for a connector at first sight, with too much of something.
fn pathological(random: &mut Random) -> String {
    let count = 1 + random.below(MANY);
    let mut inside = String::new();
    match random.below(7) {
        0 => {
            // A type that doubles with each line: 2 to the power of `count` when it is written out.
            inside.push_str("(type $t0 (tuple u8 u8))");
            for number in 1..count.min(100) {
                let below = number - 1;
                let _ = write!(inside, "(type $t{number} (tuple $t{below} $t{below}))");
            }
        }
        1 => {
            inside.push_str(&"(component ".repeat(count));
            inside.push_str(&")".repeat(count));
        }
        2 => {
            for number in 0..count {
                let _ = write!(inside, "(core module (func (export \"f{number}\")))");
            }
        }
        3 => {
            let body = ["(block ".repeat(count), ")".repeat(count)].concat();
            let _ = write!(inside, "(core module (func {body}))");
        }
        4 => {
            let long = "n".repeat(count * 50);
            let _ = write!(inside, "(core module (func (export \"{long}\")))");
        }
        5 => {
            for number in 0..count {
                let _ = write!(
                    inside,
                    "(import \"liaison:connector/x{number}@0.1.0\" (instance))"
                );
            }
        }
        _ => {
            inside.push_str("(core module $m)");
            for _ in 0..count {
                inside.push_str("(core instance (instantiate $m))");
            }
        }
    }
    format!(
        "(component {inside} (instance $system)
            (export \"liaison:connector/system@0.1.0\" (instance $system)))"
    )
}
