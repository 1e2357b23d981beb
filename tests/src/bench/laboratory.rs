//! Two simulators at zero latency, and an installation between them as an operator would have it.

use std::path::{Path, PathBuf};
use std::process::Command;

use liaison_simulators::shell::Running;
use liaison_simulators::vendor;
use liaison_tests::repository;
use serde_json::{Value, json};

use super::process::{self, Used};

/// The tenant of the end-to-end tests.
const TENANT: &str = include_str!("../../tenant.toml");
/// No vendor's quota: it is our own speed that is measured. 100,000 a second is the most the gate counts.
const NO_LIMIT: &str =
    "connector = \"autotask\"\nlimits = { requests = 100000, window_s = 1, concurrency = 8 }\n";
/// Three customers that Acomba has, and billing codes whose External Numbers it knows.
const COMPANIES: [i64; 3] = [174, 175, 178];
const BILLING_CODES: [i64; 3] = [29_683_502, 29_683_511, 29_683_520];
const LINES: u32 = 3;

/// By connection, name and value.
pub const SECRETS: [(&str, &str, &str); 4] = [
    ("autotask", "user_name", "api@liaison.test"),
    ("autotask", "integration_code", "LIAISON-SIM"),
    ("autotask", "secret", "simulated-secret"),
    ("acomba", "api_key", "acme-key-0001"),
];

pub const CONNECTORS: [&str; 2] = ["autotask", "acomba"];

pub struct Systems {
    pub autotask: Running,
    pub acomba: Running,
}

impl Systems {
    /// The data of the seeds.
    pub fn start() -> Self {
        let [autotask, acomba] = CONNECTORS.map(simulator);
        let systems = Self { autotask, acomba };
        systems.in_autotask(&json!({"do": "set", "switch": "latency", "value": "off"}));
        let limit = json!({"do": "set", "switch": "requestLimit", "value": 1_000_000_000});
        systems.in_autotask(&limit);
        systems
    }

    pub fn in_autotask(&self, action: &Value) -> Value {
        let now = self.autotask.now();
        self.autotask
            .with(|simulator| simulator.control(action, now))
            .unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    pub fn add_invoices(&self, count: u64) {
        self.in_autotask(&json!({
            "do": "bulk_invoices", "count": count, "lines": LINES,
            "company_ids": COMPANIES, "billing_code_ids": BILLING_CODES,
        }));
    }

    pub fn forget_calls(&self) {
        self.autotask.reset_requests();
        self.acomba.reset_requests();
    }

    /// How often each route was called, as `autotask POST Invoices/query`.
    pub fn calls(&self) -> Vec<(String, u64)> {
        let mut calls = Vec::new();
        for (name, simulator) in [("autotask", &self.autotask), ("acomba", &self.acomba)] {
            let requests = simulator.requests();
            for (route, count) in requests["by_route"].as_object().into_iter().flatten() {
                calls.push((format!("{name} {route}"), count.as_u64().unwrap_or(0)));
            }
        }
        calls
    }
}

fn simulator(name: &str) -> Running {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let running = Running::start(vendor(name).expect("a vendor"), listen, None)
        .expect("a free port on loopback");
    let file = repository().join(format!("tests/simulators/seeds/{name}.json"));
    let seed = std::fs::read_to_string(file).expect("the seed is in the repository");
    let seed: Value = serde_json::from_str(&seed).expect("the seed is JSON");
    let now = running.now();
    running
        .with(|simulator| simulator.seed(&seed, now))
        .expect("the seed is valid");
    running
}

/// A folder with tenant `demo`.
pub struct Installation {
    folder: tempfile::TempDir,
}

impl Installation {
    pub fn make(systems: &Systems) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let installation = Self { folder };
        installation.must(&["init"]);
        for connector in CONNECTORS {
            let file = component(connector);
            let file = file.display().to_string();
            installation.must(&["connector", "install", &file, "--yes", "--allow-unsigned"]);
        }
        let address =
            |simulator: &Running| simulator.url().trim_start_matches("http://").to_owned();
        let tenant = TENANT
            .replacen("connector = \"autotask\"\n", NO_LIMIT, 1)
            .replace("{autotask}", &address(&systems.autotask))
            .replace("{acomba}", &address(&systems.acomba));
        std::fs::write(installation.path().join("tenants/demo.toml"), tenant)
            .expect("the installation can be written");
        for (connection, name, value) in SECRETS {
            installation.set_secret(connection, name, value);
        }
        installation
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn liaison(&self, words: &[&str]) -> Used {
        process::run(self.command().args(words))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(liaison());
        command
            .env("LIAISON_HOME", self.path())
            .env_remove("LIAISON_LANG");
        command
    }

    fn must(&self, words: &[&str]) {
        let used = self.liaison(words);
        assert_eq!(used.exit, 0, "{words:?}: {}{}", used.out, used.err);
    }

    fn set_secret(&self, connection: &str, name: &str, value: &str) {
        use std::io::Write;
        let mut child = self
            .command()
            .args(["secret", "set", connection, name, "--tenant", "demo"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("liaison starts");
        let mut pipe = child.stdin.take().expect("it was asked for");
        pipe.write_all(value.as_bytes())
            .expect("it reads its input");
        drop(pipe);
        let status = child.wait().expect("the child can be waited for");
        assert!(status.success(), "secret {connection} {name}");
    }
}

/// A connector as a component.
pub fn component(name: &str) -> PathBuf {
    let file = repository().join(format!("target/connectors/{name}.wasm"));
    let shown = file.display();
    assert!(
        file.exists(),
        "{shown} is missing: run `cargo xtask guests`"
    );
    file
}

/// The real program, built beside this one.
fn liaison() -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a file");
    let program = own.with_file_name(format!("liaison{}", std::env::consts::EXE_SUFFIX));
    let shown = program.display();
    assert!(
        program.exists(),
        "{shown} is missing: run `cargo xtask bench`"
    );
    program
}
