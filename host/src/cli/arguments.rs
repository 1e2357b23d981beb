//! The words of the command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::control::FlowRef;
use crate::control::vendor::Language;
use crate::model::{ConnectionId, FlowName, NativeId, TenantId};

/// Keep business systems in step
///
/// Exit codes: 0 done; 1 a bug of ours; 2 the command or a configuration file is wrong; 3 the
/// surroundings (a system, the disk, another process); 4 the run finished and some records are in
/// quarantine, in conflict or waiting; 130 stopped by a person.
#[derive(Parser, Debug)]
#[command(name = "liaison", version, max_term_width = 100)]
pub struct Arguments {
    /// The installation's folder
    #[arg(long, global = true, env = "LIAISON_HOME", default_value = "liaison")]
    pub home: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of what is printed: en or fr
    #[arg(long, global = true, env = "LIAISON_LANG", ignore_case = true,
        value_parser = PossibleValuesParser::new(crate::catalogue::LANGUAGES))]
    pub lang: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Debug)]
pub struct TenantArg {
    /// The tenant; may be left out where there is only one
    #[arg(long)]
    pub tenant: Option<TenantId>,
}

#[derive(Args, Debug)]
pub struct FlowArgs {
    /// The flow, as named in the tenant file
    pub flow: FlowName,
    #[command(flatten)]
    pub tenant: TenantArg,
}

impl FlowArgs {
    pub fn flow_ref(self) -> FlowRef {
        FlowRef {
            tenant: self.tenant.tenant,
            flow: self.flow,
        }
    }
}

#[derive(Subcommand, Debug)]
pub enum Command {
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
    /// Connections whose systems call us: what a person prepares
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Ask every connection and flow what a person must still set, with where to click
    ///
    /// A system that only calls us is asked at its next call: the command says so, and waits.
    Check {
        #[command(flatten)]
        tenant: TenantArg,
        /// Print as CSV all records that the check CODE of a flow found, for the system's own data tools
        #[arg(long, value_name = "CODE")]
        list: Option<String>,
    },
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
        /// Given by the machine's service manager
        #[arg(long, value_name = "NAME", hide = true)]
        as_service: Option<String>,
    },
    /// Have a flow look at everything again; nothing is made a second time
    ///
    /// The next run reads all records and compares what is linked anew. With --hard the links themselves are
    /// first compared with what natural keys say: links that the keys contradict are moved, records that
    /// belong together are linked, and all others keep their links. That is shown first, and asked.
    Reset {
        #[command(flatten)]
        flow: FlowArgs,
        /// Keep the links as they are; the default
        #[arg(long, conflicts_with = "hard")]
        soft: bool,
        /// Put links right by natural keys
        #[arg(long)]
        hard: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Have the machine keep `liaison serve` running
    #[command(subcommand)]
    Service(ServiceCommand),
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
    /// Show the versions of liaison, of its contract and of the connectors in use
    ///
    /// While a service runs, the versions are those that it runs with.
    Version,
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

#[derive(Args, Debug)]
pub struct ServiceName {
    /// What the machine calls it; each installation needs its own
    #[arg(long, default_value = "liaison")]
    pub name: String,
}

#[derive(Subcommand, Debug)]
pub enum ServiceCommand {
    /// Register it with systemd or Windows, to start by itself from now on
    ///
    /// As root it becomes a unit of the machine, else one of your user; on Windows the console must be an
    /// administrator's. It is started with `liaison service start`.
    Install {
        #[command(flatten)]
        name: ServiceName,
        /// Address and port, as for `liaison serve`
        #[arg(long, default_value = "127.0.0.1:4180")]
        listen: std::net::SocketAddr,
        /// As whom it runs; left out, the owner of the installation's folder, on Windows LocalSystem
        #[arg(long)]
        user: Option<String>,
        /// Put these settings in the place of others that are registered
        #[arg(long)]
        replace: bool,
    },
    /// Start it, and wait until it serves
    Start(ServiceName),
    /// Stop it; runs in progress are finished first
    Stop(ServiceName),
    /// Stop it and take it out; the installation stays
    Uninstall(ServiceName),
    /// Say whether it runs
    Status(ServiceName),
}

#[derive(Subcommand, Debug)]
pub enum ConnectionCommand {
    /// Write the files, make the password and say the steps by which a system comes to call us
    ///
    /// The password is made up, kept sealed and shown this once. Run again, for another computer or a lost
    /// password, it makes a new one, and the old one opens nothing any more. The address stands in liaison.toml,
    /// under [serve].
    Setup {
        /// The tenant
        tenant: TenantId,
        /// The connection, as named in the tenant file
        connection: ConnectionId,
        /// The folder for the files; setup-TENANT-CONNECTION in this folder when left out
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Replace files that are there and say something else
        #[arg(long)]
        force: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum ConnectorCommand {
    /// List the installed connectors, all their versions
    List {
        /// Look what the source that liaison.toml names has that is newer
        #[arg(long)]
        newer: bool,
    },
    /// Show what a connector asks for and offers, by name or file
    Inspect { name: String },
    /// Take a connector in, beside whatever is there
    ///
    /// Shows who made it, what it may reach and which secrets it uses, and asks. The first of its name is used at
    /// once; of others `liaison connector upgrade` makes one the current one, and a connection may name a version.
    Install {
        /// A file, an address (https://…), or a registry's reference (oci://HOST/NAME:TAG)
        source: String,
        #[command(flatten)]
        consent: ConsentArgs,
    },
    /// Put another version in the place of the current one
    ///
    /// Shows what it may do more, has it check every connection, and rehearses it on tapes and on the records that
    /// changed last, beside the old one. Runs in hand end on the old version. The new one is on trial for its
    /// first 200 calls: when one traps, one of ten ends in a fault of its own, or far more records are refused than
    /// before, the old one comes back by itself.
    Upgrade {
        name: String,
        /// As for `install`; else the newest that is installed or that the source in liaison.toml has
        source: Option<String>,
        #[command(flatten)]
        consent: ConsentArgs,
        /// It may do more than the installed one
        #[arg(long)]
        accept_permissions: bool,
        /// Its check or the rehearsal shows what the installed one does not
        #[arg(long)]
        accept_findings: bool,
        /// A version that is older than the installed one
        #[arg(long)]
        allow_older: bool,
    },
    /// Go back to the version that was current before
    Rollback {
        name: String,
        /// To this version
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Take a connector out, or one version of it; refused while an enabled flow needs it
    Remove {
        name: String,
        /// Only this version
        version: Option<String>,
    },
    /// Keys of publishers whose connectors are taken in
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Make the project of a new connector, which builds at once
    ///
    /// It has one entity that works against the task list which `liaison-sim example` serves, with tests and
    /// the contract. No installation is needed.
    New {
        /// Name of the connector, such as my-crm
        name: String,
        /// What it is written in
        // The global option of this name gives way to it here, and then must have its type.
        #[arg(long, value_parser = PossibleValuesParser::new(Language::WORDS))]
        lang: String,
        /// Folder to make the project in
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Make a component of a connector's project
    ///
    /// Calls cargo, componentize-js or componentize-py, by what the project is written in; name, version,
    /// licence and contract stand in the component. No installation is needed.
    Build {
        /// The project's folder
        #[arg(default_value = ".")]
        project: PathBuf,
        /// File to write; NAME.wasm in the project when left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Folder with node_modules, or Python environment with componentize-py, where the project has none
        #[arg(long, value_name = "DIR")]
        tools: Option<PathBuf>,
    },
    /// Calls that were kept: what a connector asked for, what it was told, what it returned
    #[command(subcommand)]
    Tape(TapeCommand),
    /// Check that a component does what the contract asks of a connector
    ///
    /// Looks at its manifest, then at what it does against a server, when things go wrong between the two, and on
    /// tapes. Ends with 0 when nothing failed, else with 4.
    Test(KitArguments),
    /// Make the call of a tape again, without network or installation, and say where it differs
    ///
    /// The component asks what it asked then and is told what it was told then. Without --component it is the
    /// installed one of the tape's name. Ends with 0 when it did the same and returned the same to the byte, with 4
    /// when it did not.
    Replay {
        /// A tape that `connector tape export` wrote
        tape: PathBuf,
        /// The component, in place of the installed one
        #[arg(long, value_name = "FILE")]
        component: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub struct ConsentArgs {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Without a signature by a trusted key
    #[arg(long)]
    pub allow_unsigned: bool,
    /// Without TLS, on this machine only
    #[arg(long)]
    pub plain_http: bool,
}

#[derive(Subcommand, Debug)]
pub enum TrustCommand {
    /// Trust a publisher's key
    Add {
        /// What you call the publisher: small letters, digits and `-`
        name: String,
        /// minisign's public key: its line (RW…), or its file
        key: String,
    },
    /// List the keys, and what is installed that they signed
    List,
    /// Trust a key no longer; what it signed stays installed
    Remove { name: String },
}

#[derive(Args, Debug)]
pub struct KitArguments {
    /// The component
    pub file: PathBuf,
    /// Settings, secrets and sample records, as JSON; without it only the file itself is looked at
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A server that may be written to; stands for {url} in the settings
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// A folder of tapes that the component must repeat to the byte
    #[arg(long, value_name = "DIR")]
    pub tape: Vec<PathBuf>,
    /// Only checks whose name begins so
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Write the result as JUnit XML as well
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum TapeCommand {
    /// List the calls that were kept
    ///
    /// A connection keeps those that failed; `tape = "all"` in the tenant file keeps every call, `tape = "off"` none.
    /// `limits = { tapes = 200 }` keeps more of them than 50.
    List {
        #[arg(long)]
        tenant: Option<TenantId>,
        #[arg(long)]
        connection: Option<ConnectionId>,
    },
    /// Write a tape in clear, for whoever made the connector
    ///
    /// What stands in records is replaced by something of the same shape, unless --unmasked says otherwise. Secrets
    /// are on no tape.
    Export {
        /// As `connector tape list` and `quarantine show` name it
        name: String,
        /// The file; NAME.tape in this folder when left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// With what stands in the records
        #[arg(long)]
        unmasked: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum FlowCommand {
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
pub enum QuarantineCommand {
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
pub enum ConflictCommand {
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
pub enum Taken {
    Source,
    Target,
}

#[derive(Subcommand, Debug)]
pub enum LinkCommand {
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
    /// Link two records that are one and the same
    ///
    /// The next run looks at both. In a flow of one way the two count as in step until the source changes.
    Add {
        #[command(flatten)]
        flow: FlowArgs,
        source: NativeId,
        target: NativeId,
    },
    /// Take a link away, by the id of either side; neither record is touched
    ///
    /// The next run looks at all records of the flow again: it recognises these two, or makes them anew.
    /// An id that both sides have is the source's; with FLOW~ for the flow it is the target's.
    Remove {
        #[command(flatten)]
        flow: FlowArgs,
        id: NativeId,
    },
    /// Take back what was last done to a link by hand: linked, imported, removed, or moved by a reset
    ///
    /// The next run looks at all records of the flow again. An id that both sides have is the source's;
    /// with FLOW~ for the flow it is the target's.
    Undo {
        #[command(flatten)]
        flow: FlowArgs,
        id: NativeId,
    },
    /// Pair what is there on both sides, without running the flow
    ///
    /// For the start with years of records on both sides. Tells duplicates within each side first, then
    /// the pairs that are certain, likely and ambiguous, with the reasons, and writes all of them to a CSV
    /// file. Edit its column `decision` (link, review, skip), then have it stored with --apply. Neither
    /// system is written to.
    Match {
        #[command(flatten)]
        flow: FlowArgs,
        /// The file; FLOW-match.csv in this folder when left out
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// Link the rows of the file that say `link`
        #[arg(long, conflicts_with = "replace")]
        apply: bool,
        /// Write over a file that is there
        #[arg(long)]
        replace: bool,
    },
    /// Write all links of a flow as CSV to stdout
    Export(FlowArgs),
    /// Read links from CSV lines `source,target`; without --apply only say what would change
    ///
    /// As `link export` writes them, or as a spreadsheet saves them in UTF-8: with `;` or tabs too.
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
pub enum SecretCommand {
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
pub enum StoreCommand {
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
