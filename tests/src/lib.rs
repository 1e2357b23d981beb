//! The laboratory: an installation in a temporary folder, two simulated systems on loopback ports of
//! their own, and the real `liaison` between them.
//!
//! Invariant: no test sleeps, and no two tests share a folder, a port or a simulator.

mod compiled;
pub mod desks;
pub mod native;
pub mod online;
pub mod reseller;
pub mod service;
pub mod variant;
pub mod workshop;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use liaison_simulators::shell::Running;
use liaison_simulators::vendor;
use serde_json::{Value, json};

use crate::compiled::Compiled;

/// What one command said.
#[derive(Debug, Clone)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

/// A command under way.
pub struct Begun(std::thread::JoinHandle<Said>);

impl Begun {
    pub fn has_ended(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for its end.
    pub fn said(self) -> Said {
        self.0.join().expect("the reader does not panic")
    }
}

impl Said {
    fn of(child: std::process::Child) -> Self {
        let output = child
            .wait_with_output()
            .expect("the child can be waited for");
        Self {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.exit, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    /// The answer of a `--json` command.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert!(all.contains(words), "`{words}` is not in:\n{all}");
        self
    }
}

/// One Autotask, one Acomba, one installation with tenant `demo`.
pub struct Lab {
    pub autotask: Running,
    pub acomba: Running,
    pub centrixone: Running,
    home: Arc<tempfile::TempDir>,
}

/// What `Lab::new` writes: a tenant with the flows of the pack, and their options.
pub const TENANT: &str = include_str!("../tenant.toml");
/// What `Lab::crm` writes: the same company between Acomba and CentrixOne.
pub const CRM_TENANT: &str = include_str!("../crm.toml");

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// The believable Québec data of the seeds, and the flows of the pack.
    pub fn new() -> Self {
        Self::with_tenant(TENANT)
    }

    /// Acomba and CentrixOne, and the flows of their pack.
    pub fn crm() -> Self {
        let lab = Self::over(&["acomba", "centrixone"]);
        lab.write_tenant("demo", CRM_TENANT);
        lab.secret("demo", "acomba api_key", "acme-key-0001");
        lab.secret("demo", "centrixone api_key", "centrix-key-0001");
        lab
    }

    /// `{autotask}` and `{acomba}` in the tenant file become addresses.
    pub fn with_tenant(tenant: &str) -> Self {
        let lab = Self::over(&["autotask", "acomba"]);
        lab.write_tenant("demo", tenant);
        lab.set_secrets("demo");
        lab
    }

    /// An installation with these connectors and no tenant.
    pub fn over(connectors: &[&str]) -> Self {
        let lab = Self {
            autotask: simulator("autotask"),
            acomba: simulator("acomba"),
            centrixone: simulator("centrixone"),
            home: Arc::new(tempfile::tempdir().expect("a temporary folder")),
        };
        lab.liaison("init").exits(0);
        for connector in connectors {
            let file = repository().join(format!("target/connectors/{connector}.wasm"));
            assert!(
                file.exists(),
                "{} is missing: run `cargo xtask guests`",
                file.display()
            );
            lab.install(&file);
        }
        lab
    }

    /// Another company in the same installation, with an Autotask, an Acomba and a CentrixOne of its own.
    pub fn beside(&self) -> Self {
        Self {
            autotask: simulator("autotask"),
            acomba: simulator("acomba"),
            centrixone: simulator("centrixone"),
            home: Arc::clone(&self.home),
        }
    }

    /// As a script does it that trusts what it has built itself.
    #[track_caller]
    pub fn install(&self, file: &Path) -> Said {
        let line = format!(
            "connector install {} --yes --allow-unsigned",
            file.display()
        );
        let compiled = Compiled::of(self.home(), file).expect("the component can be read");
        compiled.lend().expect("compiled code can be copied");
        let said = self.liaison(&line).exits(0);
        compiled.keep().expect("compiled code can be copied");
        said
    }

    pub fn write_tenant(&self, id: &str, text: &str) {
        let mut text = text.to_owned();
        for (place, simulator) in [
            ("{autotask}", &self.autotask),
            ("{acomba}", &self.acomba),
            ("{centrixone}", &self.centrixone),
        ] {
            text = text.replace(place, simulator.url().trim_start_matches("http://"));
        }
        self.write(&format!("tenants/{id}.toml"), &text);
    }

    pub fn set_secrets(&self, tenant: &str) {
        for (name, value) in [
            ("autotask user_name", "api@liaison.test"),
            ("autotask integration_code", "LIAISON-SIM"),
            ("autotask secret", "simulated-secret"),
            ("acomba api_key", "acme-key-0001"),
        ] {
            self.secret(tenant, name, value);
        }
    }

    pub fn secret(&self, tenant: &str, name: &str, value: &str) {
        self.run(&format!("secret set {name} --tenant {tenant}"), value, &[])
            .exits(0);
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.home().join(file), text).expect("the installation can be written");
    }

    /// Runs a command line, its words parted by blanks.
    pub fn liaison(&self, line: &str) -> Said {
        self.run(line, "", &[])
    }

    pub fn liaison_with(&self, line: &str, environment: &[(&str, &str)]) -> Said {
        self.run(line, "", environment)
    }

    fn run(&self, line: &str, input: &str, environment: &[(&str, &str)]) -> Said {
        let mut child = Command::new(program())
            .args(line.split_whitespace())
            .env("LIAISON_HOME", self.home())
            .env_remove("LIAISON_LANG")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/debug/liaison is built by `cargo xtask test`");
        let mut pipe = child.stdin.take().expect("it was asked for");
        // A command that does not read its input may be gone already.
        let _ = pipe.write_all(input.as_bytes());
        drop(pipe);
        Said::of(child)
    }

    /// Starts a command whose end is waited for elsewhere.
    pub fn begin(&self, line: &str) -> Begun {
        self.begin_with(line, &[])
    }

    pub fn begin_with(&self, line: &str, environment: &[(&str, &str)]) -> Begun {
        let child = Command::new(program())
            .args(line.split_whitespace())
            .env("LIAISON_HOME", self.home())
            .env_remove("LIAISON_LANG")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/debug/liaison is built by `cargo xtask test`");
        Begun(std::thread::spawn(move || Said::of(child)))
    }

    /// Starts a command and leaves it running.
    pub fn start(&self, line: &str) -> std::process::Child {
        Command::new(program())
            .args(line.split_whitespace())
            .env("LIAISON_HOME", self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("target/debug/liaison is built by `cargo xtask test`")
    }

    /// Starts a run, kills it (SIGKILL) while a call that matches `fault` hangs, and answers whether
    /// such a call came before the run ended by itself.
    pub fn kill_during(&self, simulator: &Running, fault: Value, line: &str) -> bool {
        self.look_during(simulator, fault, line, |_| ())
    }

    /// The same, with a look at the process while the call hangs.
    pub fn look_during(
        &self,
        simulator: &Running,
        fault: Value,
        line: &str,
        look: impl FnOnce(u32),
    ) -> bool {
        simulator
            .set_faults(&json!([fault]))
            .expect("a valid fault");
        let mut child = self.start(line);
        let reached = loop {
            let fired = simulator.faults()[0]["fired"].as_u64().unwrap_or_default();
            if fired > 0 {
                look(child.id());
                break true;
            }
            if child.try_wait().expect("the child can be asked").is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        // One that has ended already cannot be killed, and need not.
        let _ = child.kill();
        child.wait().expect("the child can be waited for");
        simulator.set_faults(&json!([])).expect("no faults");
        reached
    }

    /// Runs the flow and gives its summary.
    #[track_caller]
    pub fn run_flow(&self, flow: &str, exit: i32) -> Value {
        let said = self.liaison(&format!("--json run {flow}")).exits(exit);
        said.json()["answer"].clone()
    }

    /// Somebody works in Autotask.
    #[track_caller]
    pub fn in_autotask(&self, action: Value) -> Value {
        control(&self.autotask, &action)
    }

    #[track_caller]
    pub fn in_acomba(&self, mut action: Value) -> Value {
        if action.get("company").is_none() {
            action["company"] = json!("acme");
        }
        control(&self.acomba, &action)
    }

    /// Somebody works in CentrixOne.
    #[track_caller]
    pub fn in_centrixone(&self, action: Value) -> Value {
        control(&self.centrixone, &action)
    }

    /// All records of an object of CentrixOne.
    #[track_caller]
    pub fn crm_rows(&self, entity: &str) -> Vec<Value> {
        let rows = self.in_centrixone(json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// An Autotask record by its id.
    #[track_caller]
    pub fn autotask_record(&self, entity: &str, id: i64) -> Value {
        let rows = self.in_autotask(json!({"do": "rows", "entity": entity, "ids": [id]}));
        let rows = rows.get("rows").cloned().unwrap_or(rows);
        rows[0].clone()
    }

    /// The number that the invoice shows in Autotask; empty when it has none.
    #[track_caller]
    pub fn invoice_number(&self, id: i64) -> String {
        let invoice = self.autotask_record("Invoices", id);
        invoice["invoiceNumber"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The live invoices of company `acme` in Acomba that carry our reference for this Autotask invoice.
    pub fn acomba_invoices(&self, id: i64) -> Vec<Value> {
        let reference = format!("AT-{id}");
        self.acomba_cards("Transaction")
            .into_iter()
            .filter(|card| card["InReference"] == json!(reference))
            .collect()
    }

    pub fn acomba_cards(&self, interface: &str) -> Vec<Value> {
        let state = self.acomba.with(|simulator| simulator.state());
        state["companies"]["acme"][interface]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Calls since the last reset: by route.
    pub fn calls(&self) -> (Value, Value) {
        (
            self.autotask.requests()["by_route"].clone(),
            self.acomba.requests()["by_route"].clone(),
        )
    }

    pub fn reset_calls(&self) {
        self.autotask.reset_requests();
        self.acomba.reset_requests();
    }
}

/// Somebody does something at a simulated system.
#[track_caller]
pub fn control(simulator: &Running, action: &Value) -> Value {
    let now = simulator.now();
    // What makes calls of its own makes them while the simulator can be asked.
    let done = match simulator.with(|simulator| simulator.errand(action, now)) {
        Some(errand) => errand(),
        None => simulator.with(|simulator| simulator.control(action, now)),
    };
    done.unwrap_or_else(|error| panic!("{action}: {error}"))
}

/// A simulated system with the records that ship with it.
pub fn simulator(name: &str) -> Running {
    seeded(name, name)
}

/// The same with the records of another company.
pub fn seeded(name: &str, seed: &str) -> Running {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let running = Running::start(vendor(name).expect("a vendor"), listen, None)
        .expect("a free port on loopback");
    let file = repository().join(format!("tests/simulators/seeds/{seed}.json"));
    let seed = std::fs::read_to_string(file).expect("the seed is in the repository");
    let seed: Value = serde_json::from_str(&seed).expect("the seed is JSON");
    let now = running.now();
    running
        .with(|simulator| simulator.seed(&seed, now))
        .expect("the seed is valid");
    running
}

/// The real binary, which lies beside the program that runs.
pub fn program() -> PathBuf {
    let me = std::env::current_exe().expect("a running program has a file");
    let folder = me.parent().expect("a file lies in a folder");
    // A test lies in target/debug/deps, a program one higher.
    let debug = match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().expect("target/debug/deps"),
        _ => folder,
    };
    debug.join(format!("liaison{}", std::env::consts::EXE_SUFFIX))
}

pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("tests/ lies in the repository")
        .to_owned()
}

/// A whole number of the summary: `count(&summary, "invoices", "created")`.
pub fn count(summary: &Value, flow: &str, what: &str) -> u64 {
    summary["counts"][flow][what].as_u64().unwrap_or_default()
}
