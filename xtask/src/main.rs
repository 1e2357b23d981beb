//! `cargo xtask`: everything a fresh machine needs to build, try and test liaison.
//!
//! One entry for people and for CI, so that both do the same. The product never depends on this
//! crate, and this crate never depends on the product: it starts the product's programs as a user would.

mod bench;
mod browser;
mod chaos;
mod clients;
mod component;
mod demo;
mod examples;
mod guests;
mod host_system;
mod process;
mod repository;
mod setup;
mod simulator;
mod steps;
mod test;
mod toolchain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::repository::Repository;
use crate::toolchain::Compiler;

/// Build, try and test liaison
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Compile connectors with this compiler only, instead of the first one that is there
    #[arg(long, global = true, value_enum, env = "LIAISON_XTASK_COMPILER")]
    compiler: Option<Compiler>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Find or install a compiler for connectors, and say which
    ///
    /// Takes the first that is there or can be had: rustup's wasm32-unknown-unknown target, else
    /// Debian's own Rust with its library source. Installs packages only when run as root.
    Setup,
    /// Build the connectors in plugins/ into target/connectors/
    ///
    /// Each becomes a validated WebAssembly component. What is up to date is left alone.
    Guests {
        /// Connectors to build, by folder or package name; all when none is given
        names: Vec<String>,
    },
    /// Build the example connectors in JavaScript and Python, and a new project in Rust
    ///
    /// Fetches componentize-js and componentize-py into target/script-tools. `liaison` must be built.
    Examples,
    /// Build everything and run every test
    ///
    /// Stops at the first step that fails. With CI=true in the environment, warnings of the linter fail too.
    Test {
        /// Run only these steps, by the names the closing table shows
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Show the product at work on two simulated systems
    Demo {
        /// Stop everything at the end instead of leaving it up to be tried
        #[arg(long)]
        once: bool,
    },
    /// Kill, cut, lose answers and let hostile connectors in, at length; one table at the end
    Chaos {
        /// Passed on to liaison-chaos: --part NAME, --seed N, --list
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build for release and measure
    Bench {
        /// Passed on to liaison-bench
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  cause: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let repository = Repository::enter()?;
    let wish = arguments.compiler;
    match arguments.command {
        Command::Setup => setup::ensure(wish).map(drop),
        Command::Guests { names } => guests::build(&setup::ensure(wish)?, &names),
        Command::Examples => examples::build(&repository, &setup::ensure(wish)?),
        Command::Test { only } => test::run(&repository, wish, &only),
        Command::Demo { once: true } => demo::run(&repository, wish, demo::End::Stop),
        Command::Demo { once: false } => demo::run(&repository, wish, demo::End::StayUp),
        Command::Bench { arguments } => bench::run(wish, &arguments),
        Command::Chaos { arguments } => chaos::run_long(&repository, wish, &arguments),
    }
}
