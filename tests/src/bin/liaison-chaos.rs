//! `liaison-chaos`: kills, lost answers, power cuts, hostile guests, and one table of what came of it.
//! `cargo xtask chaos` builds it and runs the long form; `cargo xtask test` runs the short one.

#[path = "../chaos/mod.rs"]
mod chaos;

use std::process::ExitCode;

fn main() -> ExitCode {
    chaos::run(std::env::args().skip(1))
}
