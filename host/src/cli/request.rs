//! A command becomes a request; a secret is read on the way.

use std::io::{IsTerminal, Read};

use super::arguments::{
    Command, ConflictCommand, ConnectionCommand, ConnectorCommand, ConsentArgs, FlowCommand,
    LinkCommand, QuarantineCommand, SecretCommand, ServiceCommand, StoreCommand, Taken,
    TapeCommand, TrustCommand,
};
use super::csv_file;
use crate::catalogue::Catalogue;
use crate::control::service::ServiceWish;
use crate::control::shipping::Consent;
use crate::control::{ChaosWish, ControlError, Doing, Request, Sealed};
use crate::model::Side;
use crate::serve::client::absolute;

impl From<ConsentArgs> for Consent {
    fn from(given: ConsentArgs) -> Self {
        Self {
            yes: given.yes,
            unsigned: given.allow_unsigned,
            plain_http: given.plain_http,
            ..Self::default()
        }
    }
}

/// A file means the same in another process; an address does already.
fn from_anywhere(source: String) -> String {
    match source.contains("://") {
        true => source,
        false => absolute(source.into()).display().to_string(),
    }
}

pub fn request(command: Command, words: &Catalogue) -> Result<Request, ControlError> {
    Ok(match command {
        #[cfg(feature = "fault-injection")]
        Command::CrashPoints => {
            return Err(ControlError::bug("crash points are no request"));
        }
        Command::Init { .. }
        | Command::Serve { .. }
        | Command::Completions { .. }
        | Command::Connector(ConnectorCommand::New { .. } | ConnectorCommand::Build { .. })
        | Command::Connector(ConnectorCommand::Replay { .. } | ConnectorCommand::Test(_))
        | Command::CompileComponent { .. } => {
            return Err(ControlError::bug(
                "a command without a request was asked for one",
            ));
        }
        Command::Version => Request::Versions,
        Command::Connector(ConnectorCommand::List { newer }) => Request::ConnectorList { newer },
        Command::Connector(ConnectorCommand::Inspect { name }) => {
            Request::ConnectorInspect { name }
        }
        Command::Connector(ConnectorCommand::Install { source, consent }) => {
            Request::ConnectorInstall {
                source: from_anywhere(source),
                consent: consent.into(),
            }
        }
        Command::Connector(ConnectorCommand::Upgrade {
            name,
            source,
            consent,
            accept_permissions,
            accept_findings,
            allow_older,
        }) => Request::ConnectorUpgrade {
            name,
            source: source.map(from_anywhere),
            consent: Consent {
                permissions: accept_permissions,
                findings: accept_findings,
                older: allow_older,
                ..consent.into()
            },
        },
        Command::Connector(ConnectorCommand::Rollback { name, to }) => {
            Request::ConnectorRollback { name, to }
        }
        Command::Connector(ConnectorCommand::Remove { name, version }) => {
            Request::ConnectorRemove { name, version }
        }
        Command::Connector(ConnectorCommand::Trust(TrustCommand::Add { name, key })) => {
            Request::TrustAdd { name, key }
        }
        Command::Connector(ConnectorCommand::Trust(TrustCommand::List)) => Request::TrustList,
        Command::Connector(ConnectorCommand::Trust(TrustCommand::Remove { name })) => {
            Request::TrustRemove { name }
        }
        Command::Connector(ConnectorCommand::Tape(TapeCommand::List { tenant, connection })) => {
            Request::TapeList { tenant, connection }
        }
        Command::Connector(ConnectorCommand::Tape(TapeCommand::Export {
            name,
            out,
            unmasked,
        })) => {
            let stem = name.rsplit('/').next().unwrap_or(&name);
            Request::TapeExport {
                file: absolute(out.unwrap_or_else(|| format!("{stem}.tape").into())),
                name,
                unmasked,
            }
        }
        Command::Connection(ConnectionCommand::Setup {
            tenant,
            connection,
            out,
            force,
        }) => Request::ConnectionSetup {
            folder: absolute(out.unwrap_or_else(|| format!("setup-{tenant}-{connection}").into())),
            tenant,
            connection,
            force,
        },
        Command::Check { tenant, list } => match list {
            Some(code) => Request::CheckList {
                tenant: tenant.tenant,
                code,
            },
            None => Request::Check {
                tenant: tenant.tenant,
            },
        },
        Command::Flow(FlowCommand::List(tenant)) => Request::FlowList {
            tenant: tenant.tenant,
        },
        Command::Flow(FlowCommand::Packs) => Request::FlowPacks,
        Command::Flow(FlowCommand::Check(tenant)) => Request::FlowCheck {
            tenant: tenant.tenant,
        },
        Command::Flow(FlowCommand::Test { name, tenant }) => Request::FlowTest {
            name,
            tenant: tenant.tenant,
        },
        Command::Flow(FlowCommand::Add { pack, tenant, name }) => Request::FlowAdd {
            pack,
            tenant: tenant.tenant,
            name,
        },
        Command::Plan {
            flow,
            record,
            since,
        } => Request::Plan {
            flow: flow.flow_ref(),
            records: record,
            since,
        },
        Command::Run {
            flow,
            record,
            since,
            plan,
        } => Request::Run {
            flow: flow.flow_ref(),
            records: record,
            since,
            plan,
        },
        Command::Verify(flow) => Request::Verify {
            flow: flow.flow_ref(),
        },
        Command::Chaos {
            flow,
            rounds,
            seed,
            data,
            simulator,
            keep,
        } => Request::Chaos {
            flow: flow.flow_ref(),
            wish: ChaosWish {
                rounds,
                seed,
                data,
                simulator,
                keep,
            },
        },
        Command::Reset {
            flow, hard, yes, ..
        } => Request::Reset {
            flow: flow.flow_ref(),
            hard,
            apply: yes || !hard,
        },
        Command::Service(command) => service(command),
        Command::Pause(flow) => Request::Pause {
            flow: flow.flow_ref(),
        },
        Command::Resume(flow) => Request::Resume {
            flow: flow.flow_ref(),
        },
        Command::Status(tenant) => Request::Status {
            tenant: tenant.tenant,
        },
        Command::Log {
            tenant,
            flow,
            record,
            limit,
        } => Request::Log {
            tenant: tenant.tenant,
            flow,
            record,
            limit,
        },
        Command::Quarantine(QuarantineCommand::List { tenant, flow }) => Request::QuarantineList {
            tenant: tenant.tenant,
            flow,
        },
        Command::Quarantine(QuarantineCommand::Show { flow, record }) => Request::QuarantineShow {
            flow: flow.flow_ref(),
            record,
        },
        Command::Quarantine(QuarantineCommand::Retry { flow, record }) => {
            Request::QuarantineRetry {
                flow: flow.flow_ref(),
                record,
            }
        }
        Command::Quarantine(QuarantineCommand::Drop { flow, record }) => Request::QuarantineDrop {
            flow: flow.flow_ref(),
            record,
        },
        Command::Conflict(ConflictCommand::List { tenant, flow }) => Request::ConflictList {
            tenant: tenant.tenant,
            flow,
        },
        Command::Conflict(ConflictCommand::Resolve { flow, record, take }) => {
            Request::ConflictResolve {
                flow: flow.flow_ref(),
                record,
                take: match take {
                    Taken::Source => Side::Left,
                    Taken::Target => Side::Right,
                },
            }
        }
        Command::Link(LinkCommand::List { flow, after, limit }) => Request::LinkList {
            flow: flow.flow_ref(),
            after,
            limit,
        },
        Command::Link(LinkCommand::Show { flow, id }) => Request::LinkShow {
            flow: flow.flow_ref(),
            id,
        },
        Command::Link(LinkCommand::Add {
            flow,
            source,
            target,
        }) => Request::LinkAdd {
            flow: flow.flow_ref(),
            source,
            target,
        },
        Command::Link(LinkCommand::Remove { flow, id }) => Request::LinkRemove {
            flow: flow.flow_ref(),
            id,
        },
        Command::Link(LinkCommand::Undo { flow, id }) => Request::LinkUndo {
            flow: flow.flow_ref(),
            id,
        },
        Command::Link(LinkCommand::Match {
            flow, csv, apply, ..
        }) => {
            let flow = flow.flow_ref();
            let path = csv_file::place(csv, flow.flow.as_str());
            let file = path.display().to_string();
            match apply {
                true => Request::LinkMatchApply {
                    flow,
                    file,
                    csv: csv_file::read(&path).map_err(written_first)?,
                },
                false => Request::LinkMatch { flow, file },
            }
        }
        Command::Link(LinkCommand::Export(flow)) => Request::LinkExport {
            flow: flow.flow_ref(),
        },
        Command::Link(LinkCommand::Import { flow, file, apply }) => Request::LinkImport {
            flow: flow.flow_ref(),
            csv: csv_file::read(&file)?,
            apply,
        },
        Command::Secret(SecretCommand::Set {
            connection,
            name,
            tenant,
        }) => Request::SecretSet {
            tenant: tenant.tenant,
            connection,
            name,
            value: read_secret(words)?,
        },
        Command::Secret(SecretCommand::List(tenant)) => Request::SecretList {
            tenant: tenant.tenant,
        },
        Command::Secret(SecretCommand::Remove {
            connection,
            name,
            tenant,
        }) => Request::SecretRemove {
            tenant: tenant.tenant,
            connection,
            name,
        },
        Command::Store(StoreCommand::Verify) => Request::StoreVerify,
        Command::Store(StoreCommand::Backup { file }) => Request::StoreBackup {
            file: file.map(absolute),
        },
        Command::Store(StoreCommand::Restore { file }) => Request::StoreRestore { file },
        Command::Store(StoreCommand::Export { file }) => Request::StoreExport {
            file: if file.as_os_str() == "-" {
                file
            } else {
                absolute(file)
            },
        },
        Command::Store(StoreCommand::Import { file, apply }) => Request::StoreImport {
            file: absolute(file),
            apply,
        },
    })
}

/// A file that is not there is written by the command without `--apply`.
fn written_first(error: ControlError) -> ControlError {
    match error.hint {
        Some(_) => error,
        None => error.hint(
            "match-first",
            vec![],
            "`liaison link match FLOW` without --apply writes it",
        ),
    }
}

/// The value comes from stdin, so that it stands in no history and no process list.
fn read_secret(words: &Catalogue) -> Result<Sealed, ControlError> {
    let mut value = String::new();
    let read = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{} ", words.say("secret-prompt", &[])))
            .map(|typed| value = typed)
    } else {
        let mut input = std::io::stdin().lock().take(1 << 20);
        input.read_to_string(&mut value).map(|_| ())
    };
    read.map_err(|cause| ControlError::io(Doing::Read, std::path::Path::new("stdin"), cause))?;
    let value = value.trim_end_matches(['\r', '\n']).to_owned();
    if value.starts_with("liaison ") {
        let english = "that is a command, no secret: nothing was kept. Enter one line at a time";
        return Err(ControlError::command("secret-command", vec![], english));
    }
    if value.is_empty() {
        let english = "the secret read from stdin is empty";
        return Err(ControlError::command("empty-secret", vec![], english));
    }
    Ok(Sealed(value))
}

fn service(command: ServiceCommand) -> Request {
    let (name, wish) = match command {
        ServiceCommand::Install {
            name,
            listen,
            user,
            replace,
        } => {
            let wish = ServiceWish::Install {
                listen,
                user,
                replace,
            };
            (name, wish)
        }
        ServiceCommand::Start(name) => (name, ServiceWish::Start),
        ServiceCommand::Stop(name) => (name, ServiceWish::Stop),
        ServiceCommand::Uninstall(name) => (name, ServiceWish::Uninstall),
        ServiceCommand::Status(name) => (name, ServiceWish::Status),
    };
    Request::Service {
        name: name.name,
        wish,
    }
}
