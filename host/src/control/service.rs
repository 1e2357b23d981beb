//! `liaison serve` as a service of the machine: registered, started, stopped, taken out again.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::service_manager::{
    Done, Existing, Installed, ServiceError, ServiceManager, ServiceName, ServiceSpec, Status,
    this_machine,
};

use super::request::Answer;
use super::{Control, ControlError, Doing};

/// What a person wants of the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceWish {
    Install {
        listen: SocketAddr,
        user: Option<String>,
        replace: bool,
    },
    Start,
    Stop,
    Uninstall,
    Status,
}

#[derive(Debug, Clone, Serialize)]
pub struct ServiceReport {
    pub name: String,
    pub outcome: ServiceOutcome,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceOutcome {
    Installed(Installed),
    Started(Done),
    Stopped(Done),
    Uninstalled(Done),
    Status(Status),
}

impl Control {
    pub(super) async fn service(
        &self,
        name: String,
        wish: ServiceWish,
    ) -> Result<Answer, ControlError> {
        let home = std::path::absolute(self.home.root())
            .map_err(|cause| ControlError::io(Doing::Read, self.home.root(), cause))?;
        let wanted = name.clone();
        // The machine's answer is waited for.
        let done = tokio::task::spawn_blocking(move || carry_out(&wanted, wish, home)).await;
        let outcome = done.map_err(|cause| ControlError::bug(cause.to_string()))??;
        Ok(Answer::Service(ServiceReport { name, outcome }))
    }
}

fn carry_out(name: &str, wish: ServiceWish, home: PathBuf) -> Result<ServiceOutcome, ServiceError> {
    let name = ServiceName::parse(name)?;
    let machine: Box<dyn ServiceManager> = this_machine()?;
    Ok(match wish {
        ServiceWish::Install {
            listen,
            user,
            replace,
        } => {
            let existing = match replace {
                true => Existing::Replace,
                false => Existing::Keep,
            };
            let spec = spec(name, listen, user, home)?;
            ServiceOutcome::Installed(machine.install(&spec, existing)?)
        }
        ServiceWish::Start => ServiceOutcome::Started(machine.start(&name)?),
        ServiceWish::Stop => ServiceOutcome::Stopped(machine.stop(&name)?),
        ServiceWish::Uninstall => ServiceOutcome::Uninstalled(machine.uninstall(&name)?),
        ServiceWish::Status => ServiceOutcome::Status(machine.status(&name)?),
    })
}

fn spec(
    name: ServiceName,
    listen: SocketAddr,
    user: Option<String>,
    home: PathBuf,
) -> Result<ServiceSpec, ServiceError> {
    let program = std::env::current_exe().map_err(|cause| ServiceError::File {
        doing: crate::service_manager::Doing::Install,
        path: PathBuf::from("liaison"),
        cause,
    })?;
    let words: [OsString; 7] = [
        "--home".into(),
        home.clone().into(),
        "serve".into(),
        "--listen".into(),
        listen.to_string().into(),
        "--as-service".into(),
        name.to_string().into(),
    ];
    Ok(ServiceSpec {
        description: format!("liaison, in {}", home.display()),
        name,
        program,
        arguments: words.into(),
        home,
        user,
    })
}
