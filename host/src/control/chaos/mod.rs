//! `liaison chaos FLOW`: what goes wrong in the world goes wrong for a person's own flow, against
//! simulators, and what comes of it is counted.
//!
//! ```text
//! scratch.rs    a copy of the installation, and this program run in it
//! simulator.rs  the simulated systems as child processes
//! storm.rs      a seed becomes faults and kills; pure
//! compare.rs    what a round left behind, beside what fair weather leaves; pure
//! ```
//!
//! Two rounds in fair weather say what must be there in the end; they must agree, or nothing could be
//! concluded. Then each round begins with fresh systems and an empty store, runs the flow a few times
//! under faults and kills, then in fair weather until nothing is left to do, and is compared.

mod compare;
mod scratch;
mod simulator;
mod storm;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Child;

use crate::engine::Observer;
use crate::model::text::words;
use crate::model::{ConnectionId, FlowName, TenantId, Text};

use super::request::{Answer, FlowRef};
use super::{Blame, Control, ControlError, Doing};
use compare::{Aside, Rest};
use scratch::{Cast, Said, Scratch};
use simulator::{Access, Simulator, Simulators};
use storm::Gale;

/// Runs in fair weather after a storm, until one changes nothing.
const CALM_RUNS_MAX: u32 = 6;
/// How often it is looked whether the call that is to hang has come.
const LOOK: Duration = Duration::from_millis(5);

/// How much is tried, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChaosWish {
    pub rounds: u32,
    pub seed: u64,
    /// A folder with CONNECTOR.json files of records, in place of those that ship with the simulators.
    pub data: Option<PathBuf>,
    pub simulator: Option<PathBuf>,
    /// Keep the scratch copies here.
    pub keep: Option<PathBuf>,
}

/// What was tried and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChaosReport {
    pub tenant: TenantId,
    pub flow: FlowName,
    pub rounds: u32,
    pub seed: u64,
    /// Of a run in fair weather.
    pub calls: u64,
    pub runs: u64,
    /// Faults that struck, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    pub kills: u64,
    /// Duplicated, lost, wrong, restless: each must be zero.
    pub found: BTreeMap<&'static str, u64>,
    pub findings: Vec<ChaosFinding>,
    /// Records that a storm left in quarantine where nothing could tell: flow, record, code.
    pub needs_person: BTreeSet<Aside>,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChaosFinding {
    pub round: u32,
    pub what: &'static str,
    pub message: Text,
    /// The command that shows it again.
    pub again: String,
}

/// Who takes part.
struct Players {
    tenant: TenantId,
    flow: FlowName,
    flows: BTreeSet<FlowName>,
    /// The connector of each connection, and how its simulator is reached.
    systems: BTreeMap<ConnectionId, (String, Access)>,
    simulators: Simulators,
    data: Option<PathBuf>,
}

/// One round while it lasts.
struct Round<'a> {
    players: &'a Players,
    scratch: Scratch,
    systems: BTreeMap<ConnectionId, (Simulator, &'a Access)>,
    _folder: Option<tempfile::TempDir>,
}

impl Control {
    pub(super) async fn chaos(
        &self,
        flow: FlowRef,
        wish: ChaosWish,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let players = self.players(&flow, &wish).await?;
        let (fair, calls) = self.fair_weather(&players, &wish).await?;
        let mut report = ChaosReport {
            tenant: players.tenant.clone(),
            flow: flow.flow.clone(),
            rounds: wish.rounds,
            seed: wish.seed,
            calls: calls.values().sum(),
            runs: 0,
            faults: BTreeMap::new(),
            kills: 0,
            found: ["duplicated", "lost", "wrong", "restless"]
                .map(|what| (what, 0))
                .into(),
            findings: Vec::new(),
            needs_person: BTreeSet::new(),
        };
        for number in 1..=wish.rounds {
            let seed = wish.seed.wrapping_add(u64::from(number - 1));
            let round = self
                .round(&players, &wish, &format!("round-{number}"))
                .await?;
            for gale in storm::storm(seed, &calls) {
                round.weather(&gale, &mut report).await?;
            }
            let rest = round.come_to_rest(&mut report).await?;
            let again = again(&players, &wish, seed);
            let found = compare::told(compare::compare(&fair, &rest), number, &again);
            for finding in &found {
                *report.found.entry(finding.what).or_default() += 1;
            }
            report.findings.extend(found);
            report
                .needs_person
                .extend(compare::needs_person(&fair, &rest));
            observer.said(&words!(
                "chaos-round",
                "round {number} of {rounds}: {kills} kills so far, {found} found",
                number = number,
                rounds = wish.rounds,
                kills = report.kills,
                found = report.findings.len()
            ));
        }
        Ok(Answer::Chaos(report))
    }

    /// The flow, the others of the tenant that its references may lead to, and a simulator for each of
    /// their systems. Known from the files alone: no system is asked, and no secret is needed.
    async fn players(&self, flow: &FlowRef, wish: &ChaosWish) -> Result<Players, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let tenant = self.read_tenant(&id)?;
        let simulators = Simulators::find(wish.simulator.clone()).await?;
        let (mut flows, mut systems) = (BTreeSet::new(), BTreeMap::new());
        let wanted = |name: &FlowName| *name == flow.flow;
        if !tenant
            .flows
            .get(&flow.flow)
            .is_some_and(|flow| flow.enabled)
        {
            return Err(super::tenants::no_flow(&tenant, &flow.flow));
        }
        for (name, _) in tenant.flows.iter().filter(|(_, flow)| flow.enabled) {
            let ends = match self.link_set(&id, name) {
                Ok(set) => [set.left.0, set.right.0],
                Err(error) if wanted(name) => return Err(error),
                Err(_) => continue,
            };
            let mut found = Vec::new();
            for connection in ends {
                let connector = tenant.connections[&connection].connector.value.clone();
                match simulators.access(&connector).await? {
                    Some(access) => found.push((connection, (connector, access))),
                    None if wanted(name) => {
                        return Err(no_simulator_for(&connection, &connector, &simulators));
                    }
                    None => {}
                }
            }
            if found.len() == 2 {
                flows.insert(name.clone());
                systems.extend(found);
            }
        }
        let players = Players {
            tenant: id,
            flow: flow.flow.clone(),
            flows,
            systems,
            simulators,
            data: wish.data.clone(),
        };
        check_data(&players)?;
        Ok(players)
    }

    /// What the flow leaves when nothing goes wrong, and the calls it makes. Two rounds that differ prove
    /// nothing.
    async fn fair_weather(
        &self,
        players: &Players,
        wish: &ChaosWish,
    ) -> Result<(Rest, BTreeMap<ConnectionId, u64>), ControlError> {
        let mut counted = None;
        let mut rests = Vec::new();
        for number in 1..=2 {
            let round = self.round(players, wish, &format!("fair-{number}")).await?;
            let said = round.run_flow().await?;
            if !matches!(said.exit, Some(0 | 4)) {
                return Err(not_even_in_fair_weather(&players.flow, &said));
            }
            if !wrote_anything(&said) {
                return Err(nothing_to_do(&players.flow));
            }
            let mut calls = BTreeMap::new();
            for (connection, (simulator, _)) in &round.systems {
                calls.insert(connection.clone(), simulator.calls().await?);
            }
            counted.get_or_insert(calls);
            rests.push(round.at_rest().await?);
        }
        let (second, first) = (
            rests.pop().unwrap_or_default(),
            rests.pop().unwrap_or_default(),
        );
        // What cannot even be looked at in fair weather shows nothing in a storm.
        if let Some(broken) = first.broken.first() {
            return Err(cannot_look(&players.flow, broken));
        }
        if first.restless || !compare::compare(&first, &second).is_empty() {
            let message = words!(
                "error-chaos-unsteady",
                "flow `{flow}` does not come to rest in fair weather, or leaves something else each time",
                flow = players.flow
            );
            let error = ControlError::new("chaos-unsteady", Blame::Command, message);
            return Err(error.hint(
                "chaos-unsteady",
                vec![],
                "run it against the simulators by hand (liaison-sim --help) and see what moves",
            ));
        }
        Ok((first, counted.unwrap_or_default()))
    }

    /// Fresh systems and a fresh copy of the installation.
    async fn round<'a>(
        &self,
        players: &'a Players,
        wish: &ChaosWish,
        name: &str,
    ) -> Result<Round<'a>, ControlError> {
        let mut systems = BTreeMap::new();
        for (connection, (connector, access)) in &players.systems {
            let data = players.data.as_deref();
            let simulator = players.simulators.start(connector, data).await?;
            systems.insert(connection.clone(), (simulator, access));
        }
        let (root, folder) = place(wish.keep.as_deref(), name)?;
        let cast = Cast {
            flows: &players.flows,
            systems: &systems,
        };
        let scratch = Scratch::make(&self.home, &players.tenant, &self.lang, root, &cast).await?;
        Ok(Round {
            players,
            scratch,
            systems,
            _folder: folder,
        })
    }
}

impl Round<'_> {
    fn run_line(&self) -> String {
        self.scratch
            .of_tenant(&format!("run {}", self.players.flow))
    }

    async fn run_flow(&self) -> Result<Said, ControlError> {
        self.scratch.said(&self.run_line()).await
    }

    /// One run of the flow in bad weather. What it says does not matter: what it leaves does.
    async fn weather(&self, gale: &Gale, report: &mut ChaosReport) -> Result<(), ControlError> {
        for (connection, (simulator, _)) in &self.systems {
            let rules = gale.rules.get(connection).cloned().unwrap_or_default();
            simulator.set_faults(&rules).await?;
        }
        let child = self.scratch.begin(&self.run_line())?;
        report.runs += 1;
        let killed = match gale.kill_at.as_ref().and_then(|at| self.systems.get(at)) {
            Some((simulator, _)) => kill_when_it_hangs(child, simulator).await?,
            None => {
                self.scratch.wait(child).await?;
                false
            }
        };
        report.kills += u64::from(killed);
        let mut kinds = gale.kinds.iter();
        for (connection, (simulator, _)) in &self.systems {
            let hangs = usize::from(gale.kill_at.as_ref() == Some(connection));
            for struck in simulator.struck().await?.into_iter().skip(hangs) {
                if let Some(kind) = kinds.next() {
                    *report.faults.entry(kind).or_default() += struck;
                }
            }
            simulator.set_faults(&[]).await?;
        }
        Ok(())
    }

    /// Runs in fair weather until a run changes nothing.
    async fn come_to_rest(&self, report: &mut ChaosReport) -> Result<Rest, ControlError> {
        let mut before = self.books().await?;
        for _ in 0..CALM_RUNS_MAX {
            self.run_flow().await?;
            report.runs += 1;
            let after = self.books().await?;
            if after == before {
                break;
            }
            before = after;
        }
        self.at_rest().await
    }

    async fn books(&self) -> Result<BTreeMap<ConnectionId, serde_json::Value>, ControlError> {
        let mut books = BTreeMap::new();
        for (connection, (simulator, _)) in &self.systems {
            books.insert(connection.clone(), simulator.books().await?);
        }
        Ok(books)
    }

    /// What there is, and whether one more run changes it.
    async fn at_rest(&self) -> Result<Rest, ControlError> {
        let books = self.books().await?;
        let mut broken = BTreeSet::new();
        let mut asked = async |line: String| -> Result<serde_json::Value, ControlError> {
            let said = self.scratch.said(&line).await?;
            let whole = said.json();
            // A command that cannot do its work says nothing about what is there.
            if !matches!(said.exit, Some(0 | 4)) || whole["answer"].is_null() {
                let exit = said
                    .exit
                    .map_or_else(|| "-".to_owned(), |exit| exit.to_string());
                let error = &whole["error"]["message"];
                let words = error.as_str().map_or(said.err.clone(), str::to_owned);
                broken.insert(format!("liaison {line}: exit {exit}: {}", words.trim()));
            }
            Ok(whole)
        };
        asked(self.run_line()).await?;
        let restless = self.books().await? != books;
        let mut differences = BTreeSet::new();
        for flow in &self.players.flows {
            let line = self.scratch.of_tenant(&format!("verify {flow}"));
            let verified = asked(line).await?;
            let found = verified["answer"]["differences"].as_array().cloned();
            differences.extend(found.into_iter().flatten().map(|row| {
                // Ids and numbers follow the order of creation, which a storm may change.
                let part = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                let (source, kind, field) = (part("source"), part("kind"), part("field"));
                format!("{flow}: {source}: {kind} {field}")
            }));
        }
        let store = asked("store verify".to_owned()).await?;
        let problems = store["answer"]["problems"].as_array().cloned();
        differences.extend(
            problems
                .into_iter()
                .flatten()
                .map(|problem| format!("store: {problem}")),
        );
        let aside = asked(self.scratch.of_tenant("quarantine list")).await?;
        let aside = aside["answer"].as_array().cloned().unwrap_or_default();
        let text = |row: &serde_json::Value, field: &str| {
            row[field].as_str().unwrap_or_default().to_owned()
        };
        let aside: Vec<(Aside, bool)> = aside
            .iter()
            .map(|row| {
                let key = (text(row, "flow"), text(row, "id"), text(row, "code"));
                (key, !row["report"].is_null())
            })
            .collect();
        Ok(Rest {
            books,
            differences,
            broken,
            open: store["answer"]["intents"].as_u64().unwrap_or(0),
            reported: aside
                .iter()
                .filter(|(_, reported)| *reported)
                .map(|(key, _)| key.clone())
                .collect(),
            aside: aside.into_iter().map(|(key, _)| key).collect(),
            restless,
        })
    }
}

/// Kills the process while its call hangs. Answers whether the call came before it ended by itself.
async fn kill_when_it_hangs(mut child: Child, simulator: &Simulator) -> Result<bool, ControlError> {
    loop {
        if simulator
            .struck()
            .await?
            .first()
            .is_some_and(|struck| *struck > 0)
        {
            // One that has ended in between cannot be killed, and need not.
            let _ = child.kill().await;
            return Ok(true);
        }
        match tokio::time::timeout(LOOK, child.wait()).await {
            Ok(_) => return Ok(false),
            Err(_) => continue,
        }
    }
}

/// A folder of its own, kept where a person wants to look into it.
fn place(
    keep: Option<&Path>,
    name: &str,
) -> Result<(PathBuf, Option<tempfile::TempDir>), ControlError> {
    match keep {
        Some(folder) if folder.join(name).exists() => {
            let path = folder.join(name).display().to_string();
            let english = format!("`{path}` is there already");
            Err(
                ControlError::command("chaos-kept", vec![("path", path)], english).hint(
                    "chaos-kept",
                    vec![],
                    "a round begins with nothing: name another folder with --keep",
                ),
            )
        }
        Some(folder) => Ok((folder.join(name), None)),
        None => {
            let made = tempfile::Builder::new().prefix("liaison-chaos-").tempdir();
            let temp = std::env::temp_dir();
            let made = made.map_err(|cause| ControlError::io(Doing::Create, &temp, cause))?;
            Ok((made.path().join("home"), Some(made)))
        }
    }
}

fn again(players: &Players, wish: &ChaosWish, seed: u64) -> String {
    let data = wish
        .data
        .iter()
        .map(|data| format!(" --data {}", data.display()));
    let data: String = data.collect();
    format!(
        "liaison chaos {} --tenant {} --rounds 1 --seed {seed}{data}",
        players.flow, players.tenant
    )
}

fn no_simulator_for(
    connection: &ConnectionId,
    connector: &str,
    simulators: &Simulators,
) -> ControlError {
    let args = vec![
        ("connection", connection.to_string()),
        ("connector", connector.to_owned()),
        ("known", simulators.vendors()),
    ];
    let english = format!(
        "connection `{connection}` is a {connector}, for which there is no simulator; there is one for: {}",
        simulators.vendors()
    );
    ControlError::command("chaos-no-simulator", args, english).hint(
        "chaos-no-simulator",
        vec![],
        "chaos never touches a real system; only flows between simulated ones can be tried",
    )
}

/// A run without a single write proves nothing.
fn wrote_anything(said: &Said) -> bool {
    let counts = &said.json()["answer"]["counts"];
    let flows = counts
        .as_object()
        .into_iter()
        .flat_map(|flows| flows.values());
    let written = ["created", "adopted", "updated"];
    flows
        .flat_map(|counts| written.iter().filter_map(|what| counts[what].as_u64()))
        .any(|count| count > 0)
}

fn nothing_to_do(flow: &FlowName) -> ControlError {
    let args = vec![("flow", flow.to_string())];
    let english = format!(
        "flow `{flow}` has nothing to write in the simulated systems, so nothing can go wrong"
    );
    ControlError::command("chaos-idle", args, english).hint(
        "chaos-idle",
        vec![],
        "give the simulators records that the flow selects, with --data",
    )
}

/// Records for systems that do not take part would go unused without a word.
fn check_data(players: &Players) -> Result<(), ControlError> {
    let Some(folder) = &players.data else {
        return Ok(());
    };
    let connectors: BTreeSet<&str> = players
        .systems
        .values()
        .map(|(connector, _)| connector.as_str())
        .collect();
    let wanted: Vec<String> = connectors
        .iter()
        .map(|connector| format!("{connector}.json"))
        .collect();
    if wanted.iter().any(|file| folder.join(file).is_file()) {
        return Ok(());
    }
    let (folder, wanted) = (folder.display().to_string(), wanted.join(", "));
    let english = format!("`{folder}` holds none of these files: {wanted}");
    let args = vec![("folder", folder), ("wanted", wanted)];
    Err(ControlError::command("chaos-data", args, english).hint(
        "chaos-data",
        vec![],
        "`liaison-sim VENDOR --print-seed` shows such a file",
    ))
}

fn cannot_look(flow: &FlowName, broken: &str) -> ControlError {
    let args = vec![("flow", flow.to_string())];
    let english = format!("what flow `{flow}` leaves cannot be looked at even in fair weather");
    ControlError::command("chaos-blind", args, english).cause(Text::plain(broken))
}

fn not_even_in_fair_weather(flow: &FlowName, said: &Said) -> ControlError {
    let args = vec![("flow", flow.to_string())];
    let english = format!("flow `{flow}` does not run against the simulators even in fair weather");
    let error = said.json();
    let why = error["error"]["message"]["fallback"].as_str();
    let why = why.map_or_else(|| format!("{}{}", said.out, said.err), str::to_owned);
    let problems = error["error"]["problems"].as_array().into_iter().flatten();
    let told = problems.map(|problem| {
        let message = problem["message"]["fallback"].as_str().unwrap_or_default();
        let file = problem["file"].as_str().unwrap_or_default();
        Text::plain(format!("{file}:{}: {message}", problem["line"]))
    });
    told.fold(
        ControlError::command("chaos-fair", args, english),
        ControlError::cause,
    )
    .cause(Text::plain(why))
    .hint(
        "chaos-fair",
        vec![],
        "its options may name what the simulated systems lack; give them your records with --data",
    )
}
