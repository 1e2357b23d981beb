//! One table of figures, each beside its yardstick or its target. All ratios are within one run.
//!
//! ```text
//! sandbox.rs     one call into a component; records through the boundary; a load from the cache
//! links.rs       the store beside raw sled
//! end_to_end.rs  invoices through the real binary, and the same with the connectors' code called natively
//! idle.rs        a run over thousands of linked customers with nothing to do
//! mirror.rs      contract lines of Intacct mirrored into Salesforce, and the calls of both
//! orders.rs      sales orders into QuickBooks Desktop, in sessions of its Web Connector
//! documents.rs   quotes of ChannelOnline into Autotask, and the calls of both
//! pairing.rs     link match over two systems with years of data
//! ```
//!
//! Invariant: a figure is printed only of work that was checked to be done.

mod calls;
mod documents;
mod end_to_end;
mod idle;
mod laboratory;
mod links;
mod mirror;
mod native_run;
mod orders;
mod pairing;
mod process;
mod sandbox;
mod table;

use std::process::ExitCode;

use table::Table;

/// The word by which this program starts itself for the native run, and the folder that follows it.
pub const NATIVE_RUN: &str = "native-run";

/// Ten years of data on both sides.
const CUSTOMERS_PAIRED: u64 = 50_000;

/// What a workshop makes in a few years.
const ORDERS: u64 = 5_000;

/// What a reseller quotes in a few years.
const DOCUMENTS: u64 = 5_000;

/// What a publisher sells in some years.
const LINES_MIRRORED: u64 = 20_000;

const USAGE: &str =
    "usage: liaison-bench [--quick | --full | --idle | --match | --mirror | --orders | --documents [COUNT]]
  --idle   only the run with nothing to do
  --match  only `link match` of 50,000 with 50,000
  --mirror only 20,000 contract lines of Intacct mirrored into Salesforce
  --orders only 5,000 sales orders into QuickBooks Desktop
  --documents only 5,000 quotes of ChannelOnline into Autotask
  --quick  1,000 invoices instead of 10,000
  --full   also the memory of 100,000 invoices";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Quick,
    Usual,
    Full,
}

pub fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let extent = match words.as_slice() {
        [NATIVE_RUN, home] => return native_run::run(home.as_ref()),
        [] => Extent::Usual,
        ["--quick"] => Extent::Quick,
        ["--full"] => Extent::Full,
        ["--idle"] => {
            let mut table = Table::default();
            idle::measure(&mut table, 10_000);
            print!("{table}");
            return ExitCode::SUCCESS;
        }
        ["--match"] => {
            let mut table = Table::default();
            pairing::measure(&mut table, CUSTOMERS_PAIRED);
            print!("{table}");
            return ExitCode::SUCCESS;
        }
        ["--mirror"] => {
            let mut table = Table::default();
            mirror::measure(&mut table, LINES_MIRRORED);
            print!("{table}");
            return ExitCode::SUCCESS;
        }
        ["--orders"] => {
            let mut table = Table::default();
            orders::measure(&mut table, ORDERS);
            print!("{table}");
            return ExitCode::SUCCESS;
        }
        ["--documents", count @ ..] => {
            let count = count.first().and_then(|count| count.parse().ok());
            let mut table = Table::default();
            documents::measure(&mut table, count.unwrap_or(DOCUMENTS));
            print!("{table}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut table = Table::default();
    sandbox::measure(&mut table);
    links::measure(&mut table);
    match extent {
        Extent::Quick => end_to_end::measure(&mut table, &[1_000], 1_000),
        Extent::Usual => end_to_end::measure(&mut table, &[1_000, 10_000], 10_000),
        Extent::Full => end_to_end::measure(&mut table, &[1_000, 10_000, 100_000], 10_000),
    }
    idle::measure(
        &mut table,
        match extent {
            Extent::Quick => 1_000,
            Extent::Usual | Extent::Full => 10_000,
        },
    );
    print!("{table}");
    ExitCode::SUCCESS
}

/// What takes a while is said while it is done.
fn doing(what: &str) {
    eprintln!("bench: {what}");
}
