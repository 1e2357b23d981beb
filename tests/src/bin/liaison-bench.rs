//! `liaison-bench`: how fast, how lean and how sparing of calls. `cargo xtask bench` builds it and runs it.

#[path = "../bench/mod.rs"]
mod bench;

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::run(std::env::args().skip(1))
}
