//! Programs that others wrote for the real vendors, driven against our simulators: a simulator that
//! only our own connector understands proves nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::repository::Repository;
use crate::simulator::Simulator;
use crate::steps::Outcome;

/// One client: a folder under `tests/simulators/clients`, its vendor, and what it needs installed.
const CLIENTS: [(&str, &str); 1] = [("autotask", "tests/simulators/seeds/autotask.json")];
const SOURCES: &str = "tests/simulators/clients";
const WORK: &str = "target/clients";

pub fn run(repository: &Repository) -> Result<Outcome> {
    if !process::succeeds(Command::new("node").arg("--version"))
        || !process::succeeds(process::npm().arg("--version"))
    {
        return Ok(Outcome::LeftOut("this machine has no node".to_owned()));
    }
    for (vendor, seed) in CLIENTS {
        let work = Path::new(WORK).join(vendor);
        fs::create_dir_all(&work)?;
        for entry in fs::read_dir(Path::new(SOURCES).join(vendor))? {
            let entry = entry?;
            fs::copy(entry.path(), work.join(entry.file_name()))?;
        }
        let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
        if !process::succeeds(process::npm().args(quiet).current_dir(&work)) {
            let why = format!("npm could not fetch the client of {vendor}");
            return Ok(Outcome::LeftOut(why));
        }
        let simulator =
            Simulator::start(&repository.program("liaison-sim"), vendor, Path::new(seed))?;
        let url = format!("http://{}", simulator.address);
        let mut check = Command::new("node");
        process::run(check.args(["check.js", &url]).current_dir(&work))?;
    }
    Ok(Outcome::Done)
}
