//! The command line: arguments in, a typed request out, its answer printed.
//!
//! Results go to stdout, everything else to stderr. `--json` gives one object.
//!
//! Invariant: this is the only module that prints.

mod progress;

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::catalogue::Catalogue;
use crate::control::{
    self, Anew, ChaosWish, Control, ControlError, Doing, FlowRef, Request, Sealed,
};
use crate::model::{ConnectionId, FlowName, NativeId, Side, TenantId, Text};
use crate::render;
use crate::serve::Told;
use crate::serve::client::{self, Client, absolute};

/// Keep business systems in step
///
/// Exit codes: 0 done; 1 a bug of ours; 2 the command or a configuration file is wrong; 3 the
/// surroundings (a system, the disk, another process); 4 the run finished and some records are in
/// quarantine, in conflict or waiting; 130 stopped by a person.
#[derive(Parser, Debug)]
#[command(name = "liaison", version, max_term_width = 100)]
struct Arguments {
    /// The installation's folder
    #[arg(long, global = true, env = "LIAISON_HOME", default_value = "liaison")]
    home: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Language of what is printed: en or fr
    #[arg(long, global = true, env = "LIAISON_LANG", ignore_case = true,
        value_parser = clap::builder::PossibleValuesParser::new(crate::catalogue::LANGUAGES))]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
struct TenantArg {
    /// The tenant; may be left out where there is only one
    #[arg(long)]
    tenant: Option<TenantId>,
}

#[derive(Args, Debug)]
struct FlowArgs {
    /// The flow, as named in the tenant file
    flow: FlowName,
    #[command(flatten)]
    tenant: TenantArg,
}

impl FlowArgs {
    fn flow_ref(self) -> FlowRef {
        FlowRef {
            tenant: self.tenant.tenant,
            flow: self.flow,
        }
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a new installation in the home folder
    Init {
        /// Make a new key where the key is lost: all secrets must be set again
        #[arg(long)]
        new_key: bool,
        /// Make an empty store where the store is gone: no pair of records is known afterwards
        #[arg(long)]
        new_store: bool,
    },
    /// Connectors: files in the installation's `connectors` folder
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// Ask every connection and flow what a person must still set, with where to click
    Check(TenantArg),
    /// Flows: what there is, what ships, whether they are right, and their tests
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Show field by field what a run would do, and write nothing
    Plan {
        #[command(flatten)]
        flow: FlowArgs,
        /// Only this record, by its id in the source; may be repeated
        #[arg(long)]
        record: Vec<NativeId>,
        /// From this day on, instead of the flow's option `since`: 2026-01-31
        #[arg(long)]
        since: Option<String>,
    },
    /// Run one flow once and stop
    ///
    /// Writes what is new or changed into the target, links the pairs for ever, and writes back into the
    /// source what was born there. Exits 4 when some records need a person.
    Run {
        #[command(flatten)]
        flow: FlowArgs,
        /// Only this record, by its id in the source; may be repeated
        #[arg(long)]
        record: Vec<NativeId>,
        /// From this day on, instead of the flow's option `since`: 2026-01-31
        #[arg(long)]
        since: Option<String>,
        /// Only if the plan is still the one with this hash
        #[arg(long, value_name = "HASH")]
        plan: Option<String>,
    },
    /// Compare both sides of every link and say what would repair each difference
    Verify(FlowArgs),
    /// Run the flows by their schedules until Ctrl-C, and answer other commands meanwhile
    ///
    /// One service an installation. While it runs, the other commands ask it, and work as they do without.
    /// Changed files of tenants and flows are taken over within seconds; while they are wrong, what was
    /// last right stays in force.
    Serve {
        /// Address and port; port 0 takes a free one, and beyond loopback the page asks for a token
        #[arg(long, default_value = "127.0.0.1:4180")]
        listen: std::net::SocketAddr,
    },
    /// Have the service leave a flow alone
    Pause(FlowArgs),
    /// Have the service run a flow again
    Resume(FlowArgs),
    /// Show each flow's last run and what stands aside
    Status(TenantArg),
    /// Show the journal, newest first
    Log {
        #[command(flatten)]
        tenant: TenantArg,
        /// Only of this flow
        #[arg(long)]
        flow: Option<FlowName>,
        /// Only of this record, by its id in the source
        #[arg(long)]
        record: Option<NativeId>,
        /// How many lines
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Records that stand aside, with the reason
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Pairs whose sides both changed, where a person decides
    #[command(subcommand)]
    Conflict(ConflictCommand),
    /// The pairs of records that are the same thing
    #[command(subcommand)]
    Link(LinkCommand),
    /// Secrets by name; values are never shown
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Run a flow under faults and kills against simulators, and count what comes of it
    ///
    /// Works on a copy of the installation with an empty store; no real system, secret or link is
    /// touched. Every round begins anew: some runs of the flow with lost and repeated answers, 429, 500,
    /// HTML and kills, then runs in fair weather until nothing is left to do. Then the systems must hold
    /// what they hold when nothing goes wrong. Exits 1 when something was duplicated, lost or wrong.
    Chaos {
        #[command(flatten)]
        flow: FlowArgs,
        /// How many rounds
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
        /// The first round's seed; each later round has the next one
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// A folder of CONNECTOR.json files: records for the simulators, in place of their own
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        /// The program liaison-sim; looked for beside liaison, then in the path
        #[arg(long, value_name = "FILE")]
        simulator: Option<PathBuf>,
        /// Keep every round's copy of the installation in this folder
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
    },
    /// The store as files
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Compile a component; liaison calls this itself, in a process of its own
    #[command(hide = true)]
    CompileComponent { input: PathBuf, output: PathBuf },
    /// Print the places where a test can kill the process
    #[cfg(feature = "fault-injection")]
    #[command(hide = true)]
    CrashPoints,
}

#[derive(Subcommand, Debug)]
enum ConnectorCommand {
    /// List the installed connectors
    List,
    /// Show what a connector asks for and offers, by name or file
    Inspect { name: String },
    /// Check a component and copy it into the installation
    Install { file: PathBuf },
}

#[derive(Subcommand, Debug)]
enum FlowCommand {
    /// List the flows of the tenants
    List(TenantArg),
    /// List the flows that ship with liaison
    Packs,
    /// Check every flow against its connectors, all problems at once
    Check(TenantArg),
    /// Run the tests of flows, without network
    Test {
        /// PACK/FLOW, or a flow that the tenant keeps as a file; all that ship when left out
        name: Option<String>,
        #[command(flatten)]
        tenant: TenantArg,
    },
    /// Copy a shipped flow into the installation, to edit it there
    Add {
        /// PACK/FLOW, as `flow packs` lists it
        pack: String,
        #[command(flatten)]
        tenant: TenantArg,
        /// Another name for the flow
        #[arg(long)]
        name: Option<FlowName>,
    },
}

#[derive(Subcommand, Debug)]
enum QuarantineCommand {
    /// List what stands aside
    List {
        #[command(flatten)]
        tenant: TenantArg,
        /// Only of this flow
        #[arg(long)]
        flow: Option<FlowName>,
    },
    /// Show one record with all that is known
    Show {
        #[command(flatten)]
        flow: FlowArgs,
        record: NativeId,
    },
    /// Have the next run try a record again, or all of the flow
    Retry {
        #[command(flatten)]
        flow: FlowArgs,
        record: Option<NativeId>,
    },
    /// Forget that a record was refused; to try it again use `retry`
    Drop {
        #[command(flatten)]
        flow: FlowArgs,
        record: NativeId,
    },
}

#[derive(Subcommand, Debug)]
enum ConflictCommand {
    /// List the conflicts with what both sides say
    List {
        #[command(flatten)]
        tenant: TenantArg,
        /// Only of this flow
        #[arg(long)]
        flow: Option<FlowName>,
    },
    /// Say which side is right; the next run writes it, if both still say the same
    Resolve {
        #[command(flatten)]
        flow: FlowArgs,
        /// The record, by its id in the source
        record: NativeId,
        #[arg(long, value_enum)]
        take: Taken,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Taken {
    Source,
    Target,
}

#[derive(Subcommand, Debug)]
enum LinkCommand {
    /// List the links of a flow in order of the source id
    List {
        #[command(flatten)]
        flow: FlowArgs,
        /// Go on after this source id
        #[arg(long)]
        after: Option<NativeId>,
        /// How many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show a link and its history, by the id of either side
    Show {
        #[command(flatten)]
        flow: FlowArgs,
        id: NativeId,
    },
    /// Take a link away; neither record is touched
    Remove {
        #[command(flatten)]
        flow: FlowArgs,
        /// The id in the source
        source: NativeId,
    },
    /// Write all links of a flow as CSV to stdout
    Export(FlowArgs),
    /// Read links from CSV lines `source,target`; without --apply only say what would change
    Import {
        #[command(flatten)]
        flow: FlowArgs,
        file: PathBuf,
        /// Store them, if no line is refused
        #[arg(long)]
        apply: bool,
    },
}

#[derive(Subcommand, Debug)]
enum SecretCommand {
    /// Keep a secret, read from stdin
    Set {
        connection: ConnectionId,
        name: String,
        #[command(flatten)]
        tenant: TenantArg,
    },
    /// List the names of kept secrets
    List(TenantArg),
    /// Forget a secret
    Remove {
        connection: ConnectionId,
        name: String,
        #[command(flatten)]
        tenant: TenantArg,
    },
}

#[derive(Subcommand, Debug)]
enum StoreCommand {
    /// Read everything in the store and check it
    Verify,
    /// Write a dated export into the installation's `data/backups` folder
    Backup { file: Option<PathBuf> },
    /// Make a store from an export and put it in place of the present one, which is kept aside
    Restore { file: PathBuf },
    /// Write the store as text
    Export { file: PathBuf },
    /// Read an export into the store; without --apply only check it
    Import {
        file: PathBuf,
        /// Store it
        #[arg(long)]
        apply: bool,
    },
}

/// Stopped by a person, as shells count it.
const STOPPED: u8 = 130;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    crate::store::sled::hush_panics();
    let arguments = Arguments::parse();
    let words = Catalogue::new(&arguments.lang.as_deref().unwrap_or("en").to_lowercase());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(cause) => {
            let cause = cause.to_string();
            complain(&words, "output-no-threads", &[("cause", &cause)]);
            return ExitCode::from(3);
        }
    };
    let code = runtime.block_on(run(arguments, words));
    ExitCode::from(code)
}

async fn run(arguments: Arguments, words: Catalogue) -> u8 {
    log_to_stderr(arguments.json);
    let lang = arguments.lang.as_ref().map(|lang| lang.to_lowercase());
    match arguments.command {
        Command::Init { new_key, new_store } => {
            let anew = Anew {
                key: new_key,
                store: new_store,
            };
            return init(&arguments.home, anew, arguments.json, &words);
        }
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "liaison", &mut script);
            return print(&script, 0, &words);
        }
        #[cfg(feature = "fault-injection")]
        Command::CrashPoints => {
            let names = crate::engine::crash_point::names().join("\n") + "\n";
            return print(names.as_bytes(), 0, &words);
        }
        Command::CompileComponent { input, output } => {
            return match crate::connector::compile_component_main(&input, &output) {
                Ok(()) => 0,
                // The parent process reads this, and says it in its own words.
                Err(error) => {
                    eprintln!("{error}");
                    2
                }
            };
        }
        _ => {}
    }
    let json = arguments.json;
    let control = match Control::open(&arguments.home, lang.as_deref()) {
        Ok(control) => control,
        Err(error) => return fail(&error, &words, json),
    };
    let words = Catalogue::new(control.lang());
    if let Command::Serve { listen } = arguments.command {
        return serve(control, listen, &words, json).await;
    }
    let request = match request(arguments.command, &words) {
        Ok(request) => request,
        Err(error) => return fail(&error, &words, json),
    };
    let observer = progress::observer(!json && std::io::stderr().is_terminal(), words.lang());
    if client::needs_store(&request)
        && let Some(service) = Client::find(control.home()).await
    {
        let asked = service.ask(&request, control.lang(), json, |words| {
            observer.heard(words)
        });
        let reply = asked.await;
        observer.finish();
        return match reply {
            Ok(reply) => {
                eprint!("{}", reply.err);
                print(reply.out.as_bytes(), reply.exit, &words)
            }
            Err(error) => fail(&error, &words, json),
        };
    }
    let may_finish = matches!(request, Request::Run { .. });
    let asked = control.answer(request, observer.clone());
    tokio::pin!(asked);
    let mut answer = tokio::select! {
        answer = &mut asked => Some(answer),
        () = stopped() => None,
    };
    let was_stopped = answer.is_none();
    if was_stopped && may_finish {
        // What is in hand is finished, unless a second signal says otherwise.
        control.stop();
        observer.heard(&control.words().say("service-stops", &[]));
        answer = tokio::select! {
            answer = &mut asked => Some(answer),
            () = stopped() => None,
        };
    }
    let Some(answer) = answer else {
        observer.finish();
        complain(&control.words(), "output-stopped", &[]);
        return STOPPED;
    };
    observer.finish();
    let words = control.words();
    match answer {
        Ok(answer) => {
            let text = if json {
                render::json(&answer)
            } else {
                render::text(&answer, &words)
            };
            let exit = match was_stopped {
                true => STOPPED,
                false => render::exit_code(&answer),
            };
            print(text.as_bytes(), exit, &words)
        }
        Err(error) => fail(&error, &words, json),
    }
}

/// Serves until Ctrl-C or a service manager ends it.
async fn serve(
    control: Control,
    listen: std::net::SocketAddr,
    words: &Catalogue,
    json: bool,
) -> u8 {
    struct Aloud(Catalogue);
    impl Told for Aloud {
        fn say(&self, words: &Text) {
            eprintln!("{}", self.0.text(words));
        }
    }
    let (stop, stopping) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        stopped().await;
        // Nobody listens where it has ended already.
        let _ = stop.send(true);
        // A second one is meant.
        stopped().await;
        std::process::exit(i32::from(STOPPED));
    });
    let told = std::sync::Arc::new(Aloud(words.clone()));
    match crate::serve::serve(control, listen, stopping, told).await {
        Ok(()) => 0,
        Err(error) => fail(&error, words, json),
    }
}

/// Ctrl-C, or what a service manager sends.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => return,
                heard = tokio::signal::ctrl_c() => if heard.is_ok() { return },
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_ok() {
        return;
    }
    // Nothing can be heard here: then nobody stops us but by force.
    std::future::pending().await
}

/// Writes to stdout. A closed pipe is the reader's wish; a full disk is not.
fn print(bytes: &[u8], exit: u8, words: &Catalogue) -> u8 {
    let mut out = std::io::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => exit,
        Err(cause) => {
            let cause = cause.to_string();
            complain(words, "output-unwritable", &[("cause", &cause)]);
            3
        }
    }
}

/// An error that comes before or after all answers.
fn complain(words: &Catalogue, key: &str, args: &[(&str, &str)]) {
    eprintln!("{} {}", words.say("label-error", &[]), words.say(key, args));
}

fn init(home: &std::path::Path, anew: Anew, json: bool, words: &Catalogue) -> u8 {
    let made = match control::init(home, words.lang(), anew) {
        Ok(made) => made,
        Err(error) => return fail(&error, words, json),
    };
    let home = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
    let text = match json {
        true => render::init_json(&home, made),
        false => render::init(&home, made, words),
    };
    print(text.as_bytes(), 0, words)
}

fn fail(error: &ControlError, words: &Catalogue, json: bool) -> u8 {
    if json {
        print!("{}", render::error_json(error));
    } else {
        eprint!("{}", render::error(error, words));
    }
    error.exit_code()
}

fn request(command: Command, words: &Catalogue) -> Result<Request, ControlError> {
    Ok(match command {
        #[cfg(feature = "fault-injection")]
        Command::CrashPoints => {
            return Err(ControlError::bug("crash points are no request"));
        }
        Command::Init { .. }
        | Command::Serve { .. }
        | Command::Completions { .. }
        | Command::CompileComponent { .. } => {
            return Err(ControlError::bug(
                "a command without a request was asked for one",
            ));
        }
        Command::Connector(ConnectorCommand::List) => Request::ConnectorList,
        Command::Connector(ConnectorCommand::Inspect { name }) => {
            Request::ConnectorInspect { name }
        }
        Command::Connector(ConnectorCommand::Install { file }) => Request::ConnectorInstall {
            file: absolute(file),
        },
        Command::Check(tenant) => Request::Check {
            tenant: tenant.tenant,
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
        Command::Link(LinkCommand::Remove { flow, source }) => Request::LinkRemove {
            flow: flow.flow_ref(),
            source,
        },
        Command::Link(LinkCommand::Export(flow)) => Request::LinkExport {
            flow: flow.flow_ref(),
        },
        Command::Link(LinkCommand::Import { flow, file, apply }) => {
            let csv = std::fs::read_to_string(&file)
                .map_err(|cause| ControlError::io(Doing::Read, &file, cause))?;
            Request::LinkImport {
                flow: flow.flow_ref(),
                csv,
                apply,
            }
        }
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

/// What only a technician wants; more by LIAISON_LOG, which takes tracing's filter language.
fn log_to_stderr(json: bool) {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("LIAISON_LOG").unwrap_or_else(|_| EnvFilter::new("error,sled=off"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second subscriber in one process (tests) is not worth an error.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.with_ansi(false).try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
