//! Programs that others wrote for the real vendors, driven against our simulators, and against our service where
//! a vendor calls us: what only our own halves understand proves nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::repository::Repository;
use crate::simulator::Simulator;
use crate::steps::Outcome;

/// A folder under `tests/simulators/clients`, and what its program is driven against.
const CLIENTS: [(&str, Against); 5] = [
    (
        "autotask",
        Against::Simulator("tests/simulators/seeds/autotask.json"),
    ),
    ("qbo", Against::Simulator("tests/simulators/seeds/qbo.json")),
    (
        "salesforce",
        Against::Simulator("tests/simulators/seeds/salesforce.json"),
    ),
    (
        "sage-intacct",
        Against::Simulator("tests/simulators/seeds/sage-intacct.json"),
    ),
    (
        "web-connector",
        Against::Service("tests/simulators/seeds/fusion-operations.json"),
    ),
];
const SOURCES: &str = "tests/simulators/clients";
const WORK: &str = "target/clients";
/// Beside the repository, where the vendors' schemas are at hand.
const PUBLIC_WSDL: &str = "../shared/vendors/schemas/qbwc/QBWebConnectorSvc.wsdl";

/// What a client is driven against, by the records that it finds there.
enum Against {
    /// The simulator of the vendor whose name the folder has.
    Simulator(&'static str),
    /// An installation that the program makes for itself.
    Service(&'static str),
}

pub fn run(repository: &Repository) -> Result<Outcome> {
    if !process::succeeds(Command::new("node").arg("--version"))
        || !process::succeeds(process::npm().arg("--version"))
    {
        return Ok(Outcome::LeftOut("this machine has no node".to_owned()));
    }
    for (name, against) in CLIENTS {
        let work = Path::new(WORK).join(name);
        fs::create_dir_all(&work)?;
        for entry in fs::read_dir(Path::new(SOURCES).join(name))? {
            let entry = entry?;
            fs::copy(entry.path(), work.join(entry.file_name()))?;
        }
        let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
        if !process::succeeds(process::npm().args(quiet).current_dir(&work)) {
            let why = format!("npm could not fetch the client `{name}`");
            return Ok(Outcome::LeftOut(why));
        }
        let mut check = Command::new("node");
        check.arg("check.js").current_dir(&work);
        match against {
            Against::Simulator(seed) => {
                let program = repository.program("liaison-sim");
                let simulator = Simulator::start(&program, name, Path::new(seed))?;
                process::run(check.arg(format!("http://{}", simulator.address)))?;
            }
            Against::Service(seed) => {
                let here = |path: &str| std::path::absolute(path);
                let program = |name: &str| -> Result<PathBuf> {
                    Ok(std::path::absolute(repository.program(name))?)
                };
                check.args([program("liaison")?, program("liaison-sim")?]);
                check.args([here("target/connectors")?, here(seed)?, here(PUBLIC_WSDL)?]);
                process::run(&mut check)?;
            }
        }
    }
    Ok(Outcome::Done)
}
