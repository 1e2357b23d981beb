//! A copy of the installation in which everything may go wrong: the files of one tenant, with simulators
//! in the place of its systems, a store and a key of its own, and no secret of the real one.
//!
//! Every round has a fresh one. What runs in it is this very program, as a process of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use toml::Table;

use crate::control::home::Home;
use crate::control::{ControlError, Doing};
use crate::model::{ConnectionId, FlowName, TenantId};

use super::simulator::{Access, Simulator};

/// Variables of the surroundings that a test build may look at. Every other one of ours stays outside:
/// it may hold a secret, or name the real installation.
const PASSED_ON: [&str; 2] = ["LIAISON_GUARD_OFF", "LIAISON_LOG"];

pub struct Scratch {
    root: PathBuf,
    tenant: TenantId,
    lang: String,
}

/// What one command said.
#[derive(Debug)]
pub struct Said {
    /// None when it was killed.
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or(Value::Null)
    }
}

/// What of the tenant takes part, and how its systems are reached.
pub struct Cast<'a> {
    pub flows: &'a BTreeSet<FlowName>,
    pub systems: &'a BTreeMap<ConnectionId, (Simulator, &'a Access)>,
}

impl Scratch {
    pub async fn make(
        home: &Home,
        tenant: &TenantId,
        lang: &str,
        root: PathBuf,
        cast: &Cast<'_>,
    ) -> Result<Self, ControlError> {
        let scratch = Self {
            root,
            tenant: tenant.clone(),
            lang: lang.to_owned(),
        };
        scratch.must("init", None).await?;
        let copy = Home::new(&scratch.root);
        copy_file(&home.settings(), &copy.settings())?;
        copy_folder(&home.connectors(), &copy.connectors())?;
        // Without it there is no connector to copy either.
        if home.lock().is_file() {
            copy_file(&home.lock(), &copy.lock())?;
        }
        copy_folder(&home.flows(tenant), &copy.flows(tenant))?;
        let text = home.read(&home.tenant(tenant))?;
        let path = copy.tenant(tenant);
        std::fs::write(&path, with_simulators(&text.text, cast)?)
            .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        for (connection, (_, access)) in cast.systems {
            for (name, value) in &access.secrets {
                let line = format!("secret set {connection} {name} --tenant {tenant}");
                scratch.must(&line, value.as_str()).await?;
            }
        }
        Ok(scratch)
    }

    /// Runs a command line to its end.
    pub async fn said(&self, line: &str) -> Result<Said, ControlError> {
        self.wait(self.start(line, Stdio::null(), Stdio::piped)?)
            .await
    }

    /// Starts a command line whose words nobody wants, to be killed perhaps.
    pub fn begin(&self, line: &str) -> Result<Child, ControlError> {
        self.start(line, Stdio::null(), Stdio::null)
    }

    pub async fn wait(&self, child: Child) -> Result<Said, ControlError> {
        let output = child.wait_with_output().await;
        let output = output.map_err(|cause| ControlError::bug(cause.to_string()))?;
        Ok(Said {
            exit: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// One that has no reason to fail.
    async fn must(&self, line: &str, input: Option<&str>) -> Result<(), ControlError> {
        let mut child = self.start(line, Stdio::piped(), Stdio::piped)?;
        if let Some(mut pipe) = child.stdin.take() {
            // One that does not read its input may be gone already.
            let _ = pipe.write_all(input.unwrap_or_default().as_bytes()).await;
        }
        let said = self.wait(child).await?;
        match said.exit {
            Some(0) => Ok(()),
            _ => Err(ControlError::bug(format!(
                "`{line}`: {}{}",
                said.out, said.err
            ))),
        }
    }

    fn start(
        &self,
        line: &str,
        input: Stdio,
        output: fn() -> Stdio,
    ) -> Result<Child, ControlError> {
        let program =
            std::env::current_exe().map_err(|cause| ControlError::bug(cause.to_string()))?;
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let ours = name.to_string_lossy().starts_with("LIAISON_");
            let passed_on = PASSED_ON.iter().any(|known| name == **known);
            if (ours && !passed_on) || name == "CREDENTIALS_DIRECTORY" {
                command.env_remove(&name);
            }
        }
        command
            .args(["--json", "--lang", &self.lang])
            .arg("--home")
            .arg(&self.root)
            .args(line.split_whitespace())
            .stdin(input)
            .stdout(output())
            .stderr(output())
            .kill_on_drop(true)
            .spawn()
            .map_err(|cause| ControlError::bug(cause.to_string()))
    }

    /// Of this tenant: `run invoices --tenant acme`.
    pub fn of_tenant(&self, line: &str) -> String {
        format!("{line} --tenant {}", self.tenant)
    }
}

/// The tenant's file with simulators in the place of its systems, and nothing that does not take part.
fn with_simulators(text: &str, cast: &Cast<'_>) -> Result<String, ControlError> {
    let mut file: Table =
        toml::from_str(text).map_err(|cause| ControlError::bug(cause.to_string()))?;
    if let Some(toml::Value::Table(flows)) = file.get_mut("flows") {
        flows.retain(|name, _| cast.flows.iter().any(|flow| flow.as_str() == name));
    }
    if let Some(toml::Value::Table(connections)) = file.get_mut("connections") {
        connections.retain(|name, _| cast.systems.keys().any(|id| id.as_str() == name));
        for (id, (simulator, access)) in cast.systems {
            if let Some(toml::Value::Table(connection)) = connections.get_mut(id.as_str()) {
                point_at(connection, simulator.address(), &simulator.url, access)?;
            }
        }
    }
    toml::to_string(&file).map_err(|cause| ControlError::bug(cause.to_string()))
}

/// The connection reaches the simulator and nothing else.
fn point_at(
    connection: &mut Table,
    address: &str,
    url: &str,
    access: &Access,
) -> Result<(), ControlError> {
    // Hosts that are granted stay granted, or the connector is not loaded; but no name is looked up.
    let hosts = connection
        .entry("hosts")
        .or_insert_with(|| toml::Value::Array(Vec::new()));
    if let Some(hosts) = hosts.as_array_mut() {
        hosts.push(toml::Value::from(address));
    }
    let only = toml::Value::from(vec![address.to_owned()]);
    connection.insert("allow_private".to_owned(), only);
    connection.insert("insecure".to_owned(), toml::Value::from(true));
    connection.insert("offline".to_owned(), toml::Value::from(true));
    let settings = connection
        .entry("settings")
        .or_insert_with(|| toml::Value::Table(Table::new()));
    let settings = settings.as_table_mut().into_iter();
    for settings in settings {
        for (name, value) in &access.settings {
            let value = match value.as_str() {
                Some(text) => Value::from(text.replace("{url}", url.trim_end_matches('/'))),
                None => value.clone(),
            };
            let value = toml::Value::try_from(value)
                .map_err(|cause| ControlError::bug(cause.to_string()))?;
            settings.insert(name.clone(), value);
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), ControlError> {
    std::fs::copy(from, to)
        .map(drop)
        .map_err(|cause| ControlError::io(Doing::Read, from, cause))
}

/// Files of a folder, not deeper: flows' tests are of no use here. A folder that is not there is empty.
fn copy_folder(from: &Path, to: &Path) -> Result<(), ControlError> {
    let Ok(listing) = std::fs::read_dir(from) else {
        return Ok(());
    };
    std::fs::create_dir_all(to).map_err(|cause| ControlError::io(Doing::Create, to, cause))?;
    for entry in listing.flatten().filter(|entry| entry.path().is_file()) {
        copy_file(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_connection_reaches_its_simulator_and_nothing_else() {
        let mut connection: Table = toml::from_str(
            r#"connector = "erp"
            hosts = ["erp.example.com", "*.example.net"]
            allow_private = ["10.0.0.1:80"]
            settings = { base_url = "https://erp.example.com", company = "real", page = 5 }"#,
        )
        .expect("TOML");
        let settings = json!({"base_url": "{url}", "company": "acme"});
        let access = Access {
            settings: settings.as_object().cloned().unwrap_or_default(),
            secrets: serde_json::Map::new(),
        };
        point_at(
            &mut connection,
            "127.0.0.1:4010",
            "http://127.0.0.1:4010/",
            &access,
        )
        .expect("it can be pointed");
        let wanted: Table = toml::from_str(
            r#"connector = "erp"
            hosts = ["erp.example.com", "*.example.net", "127.0.0.1:4010"]
            allow_private = ["127.0.0.1:4010"]
            settings = { base_url = "http://127.0.0.1:4010", company = "acme", page = 5 }
            insecure = true
            offline = true"#,
        )
        .expect("TOML");
        assert_eq!(connection, wanted);
    }
}
