//! `cargo xtask demo`: the product at work on two simulated systems, narrated.
//!
//! What is shown stands in `script` as data: a sentence, then a command as a user would type it. The
//! product is used only through its own command line, so that whoever watches can do the same.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::guests;
use crate::host_system;
use crate::repository::Repository;
use crate::setup;
use crate::simulator::Simulator;
use crate::test;
use crate::toolchain::Compiler;

/// The installation of the demo, made anew each time.
const HOME: &str = "target/demo";

const TENANT: &str = include_str!("../demo/tenant.toml");

/// What happens after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Stop,
    StayUp,
}

/// One thing that happens in the demo.
enum Step {
    /// A sentence for the one who watches.
    Say(&'static str),
    /// A file is written into the installation; `{autotask}` and `{acomba}` become addresses.
    Write {
        file: &'static str,
        text: &'static str,
    },
    /// A liaison command, and the exit codes that are part of the story.
    Liaison {
        line: &'static str,
        exits: &'static [i32],
    },
    /// A liaison command that reads a secret from its standard input.
    Secret {
        line: &'static str,
        value: &'static str,
    },
    /// Somebody works in Autotask: an action for the simulator.
    InAutotask {
        what: &'static str,
        action: &'static str,
    },
}

const DONE: &[i32] = &[0];
/// The run finished and some records are in quarantine.
const QUARANTINE: &[i32] = &[4];

/// The names, numbers and secrets are those of the simulators' seeds.
fn script() -> Vec<Step> {
    use Step::*;
    let liaison = |line| Liaison { line, exits: DONE };
    vec![
        Say("An installation is a folder. It is empty at first."),
        liaison("init"),
        Say("A connector is one file. It says what it asks for before it is installed."),
        liaison("connector inspect target/connectors/acomba.wasm"),
        liaison("connector install target/connectors/autotask.wasm --yes --allow-unsigned"),
        liaison("connector install target/connectors/acomba.wasm --yes --allow-unsigned"),
        Say("A tenant file names the two systems and the flows between them."),
        Write {
            file: "tenants/demo.toml",
            text: TENANT,
        },
        Say("Secrets are sealed; a connector never sees them."),
        Secret {
            line: "secret set autotask user_name",
            value: "api@liaison.test",
        },
        Secret {
            line: "secret set autotask integration_code",
            value: "LIAISON-SIM",
        },
        Secret {
            line: "secret set autotask secret",
            value: "simulated-secret",
        },
        Secret {
            line: "secret set acomba api_key",
            value: "acme-key-0001",
        },
        Say(
            "Before anything is written: is all as it must be? Two billing codes are not, with where to click.",
        ),
        Liaison {
            line: "check",
            exits: QUARANTINE,
        },
        Say("What would happen, field by field. Nothing is written."),
        Liaison {
            line: "plan invoices",
            exits: &[0, 4],
        },
        Say(
            "Now in earnest. Customers that Acomba lacks are made on the way; two invoices are refused.",
        ),
        Liaison {
            line: "run invoices",
            exits: QUARANTINE,
        },
        Say(
            "Each refused invoice waits with its reason, and a ticket in Autotask tells the technician.",
        ),
        Liaison {
            line: "quarantine list",
            exits: DONE,
        },
        InAutotask {
            what: "the technician gives the first billing code its External Number",
            action: r#"{"do": "update", "entity": "BillingCodes", "id": 29683514, "fields": {"externalNumber": "600"}}"#,
        },
        InAutotask {
            what: "and corrects the other one",
            action: r#"{"do": "update", "entity": "BillingCodes", "id": 29683515, "fields": {"externalNumber": "100"}}"#,
        },
        Say("A retry sends those two again: each gets its number in place of its ticket's."),
        liaison("quarantine retry invoices"),
        liaison("run invoices"),
        Say("A run after that finds nothing to do: every record has its link."),
        liaison("run invoices"),
        liaison("status"),
        liaison("log"),
    ]
}

/// What to try when all is left up.
const TRY: [&str; 6] = [
    "status",
    "link list invoices",
    "plan invoices",
    "run invoices",
    "quarantine list",
    "verify invoices",
];

/// Everything that is up while the demo runs. The simulators end with it.
struct Stage<'a> {
    repository: &'a Repository,
    autotask: Simulator,
    acomba: Simulator,
}

pub fn run(repository: &Repository, wish: Option<Compiler>, end: End) -> Result<()> {
    guests::build(&setup::ensure(wish)?, &[])?;
    test::build_programs()?;
    let stage = Stage::set(repository)?;
    for step in script() {
        stage.play(&step)?;
    }
    if end == End::StayUp {
        stage.stay_up()?;
    }
    Ok(())
}

impl<'a> Stage<'a> {
    fn set(repository: &'a Repository) -> Result<Self> {
        let home = Path::new(HOME);
        if home.exists() {
            fs::remove_dir_all(home).context("the last demo's folder is still in use")?;
        }
        fs::create_dir_all(home)?;
        let program = repository.program("liaison-sim");
        let simulator = |vendor: &str| {
            let seed = format!("tests/simulators/seeds/{vendor}.json");
            println!("$ liaison-sim {vendor} --listen 127.0.0.1:0 --seed {seed}");
            let started = Simulator::start(&program, vendor, Path::new(&seed))?;
            println!("{vendor} answers on {}", started.address);
            Ok::<_, anyhow::Error>(started)
        };
        let stage = Self {
            repository,
            autotask: simulator("autotask")?,
            acomba: simulator("acomba")?,
        };
        println!("$ {}", host_system::export("LIAISON_HOME", HOME));
        Ok(stage)
    }

    fn play(&self, step: &Step) -> Result<()> {
        match step {
            Step::Say(sentence) => println!("\n# {sentence}"),
            Step::Write { file, text } => self.write(file, &self.with_addresses(text))?,
            Step::Liaison { line, exits } => self.liaison(line, None, exits)?,
            Step::Secret { line, value } => self.liaison(line, Some(value), DONE)?,
            Step::InAutotask { what, action } => {
                println!("\n# Meanwhile, in Autotask: {what}.");
                self.autotask.post("/_sim/control", action)?;
            }
        }
        Ok(())
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = Path::new(HOME).join(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&path, text)?;
        println!("$ cat {}\n{text}", path.display());
        Ok(())
    }

    fn liaison(&self, line: &str, input: Option<&str>, exits: &[i32]) -> Result<()> {
        println!("$ liaison {line}");
        let mut command = Command::new(self.repository.program("liaison"));
        command
            .args(line.split_whitespace())
            .env("LIAISON_HOME", HOME);
        command.stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let mut child = command.spawn().context("could not start liaison")?;
        if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
            pipe.write_all(text.as_bytes())?;
        }
        let status = child.wait()?;
        let expected = status.code().is_some_and(|code| exits.contains(&code));
        ensure!(
            expected,
            "`liaison {line}` ended with {status}; the demo expects {exits:?}"
        );
        Ok(())
    }

    /// Leaves the simulators up until the person has had enough.
    fn stay_up(&self) -> Result<()> {
        println!("\n# Everything is left up. In another terminal, from this folder, try:\n");
        println!("{}", host_system::export("LIAISON_HOME", HOME));
        let program = self.repository.program("liaison");
        for line in TRY {
            println!("{} {line}", program.display());
        }
        println!(
            "\nautotask: http://{0}/_sim/state\nacomba:   http://{1}/_sim/state",
            self.autotask.address, self.acomba.address
        );
        if std::io::stdin().is_terminal() {
            println!("\nPress Enter to stop.");
            std::io::stdin().read_line(&mut String::new())?;
            return Ok(());
        }
        println!("\nStop with Ctrl-C.");
        loop {
            std::thread::park();
        }
    }

    fn with_addresses(&self, text: &str) -> String {
        text.replace("{autotask}", &self.autotask.address)
            .replace("{acomba}", &self.acomba.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_file_is_toml() {
        TENANT
            .parse::<toml::Table>()
            .expect("demo/tenant.toml parses");
    }

    #[test]
    fn every_write_of_the_demo_follows_a_plan() {
        let lines: Vec<_> = script()
            .into_iter()
            .filter_map(|step| {
                if let Step::Liaison { line, .. } = step {
                    Some(line)
                } else {
                    None
                }
            })
            .collect();
        let place = |word: &str| {
            lines
                .iter()
                .position(|line| line.starts_with(word))
                .expect("it is in the script")
        };
        assert!(place("plan") < place("run"));
    }
}
