//! `tenants/ID.toml`: the connections of one customer and the flows between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::problem::{Problem, nearest, one_of, suggest, words};
use super::reader::{Item, Reader, Section};
use super::schedule_reader;
use super::source::{At, SourceText, Span};
use crate::model::{ConnectionId, FlowName, TenantId};
use crate::schedule::{Gate, Schedule, Window};

#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub text: Arc<SourceText>,
    pub title: String,
    pub connections: BTreeMap<ConnectionId, Connection>,
    pub flows: BTreeMap<FlowName, TenantFlow>,
}

/// A connector set up for this tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    /// The connector's name, with its place for "not installed".
    pub connector: At<String>,
    /// The version of the connector, where it is not the current one.
    pub version: Option<At<String>>,
    pub title: String,
    /// Patterns of hosts it may reach.
    pub hosts: Vec<At<String>>,
    /// Connections that are gone and were other systems: their links are not this one's.
    pub replaces: Vec<ConnectionId>,
    /// Plain HTTP is allowed.
    pub insecure: bool,
    /// No name is looked up: only addresses can be reached. For trials.
    pub offline: bool,
    /// `address:port` of private or loopback systems it may reach.
    pub allow_private: Vec<At<String>>,
    /// For the connector, checked against its manifest's schema.
    pub settings: Map<String, Value>,
    pub settings_span: Span,
    pub limits: LimitOverrides,
    /// Which calls are kept on tape.
    pub tape: TapeRule,
}

/// `tape = "…"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TapeRule {
    Off,
    #[default]
    Failures,
    All,
}

impl TapeRule {
    const WORDS: [(&str, Self); 3] = [
        ("off", Self::Off),
        ("failures", Self::Failures),
        ("all", Self::All),
    ];

    fn read(section: &Section<'_>) -> Self {
        let Some(word) = section.text("tape") else {
            return Self::default();
        };
        let known = Self::WORDS.iter().find(|(known, _)| *known == word.value);
        if known.is_none() {
            let message = words!(
                "problem-tape",
                "`{value}` is no choice of calls to keep on tape",
                value = word.value
            );
            let help = one_of(Self::WORDS.iter().map(|(known, _)| *known));
            section
                .reader
                .problem(&word.span, "bad-tape", message, Some(help));
        }
        known.map(|(_, rule)| *rule).unwrap_or_default()
    }
}

/// What the operator sets instead of the connector's and the profile's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitOverrides {
    pub requests: Option<u64>,
    pub window_s: Option<u64>,
    pub concurrency: Option<u64>,
    pub wall_ms: Option<u64>,
    pub cpu_ms: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub response_bytes: Option<u64>,
    pub log_bytes: Option<u64>,
    /// How long a call waits for a system that must call first.
    pub relay_wait_s: Option<u64>,
    /// Tapes that are kept.
    pub tapes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TenantFlow {
    pub name: FlowName,
    pub span: Span,
    pub origin: FlowOrigin,
    /// Left out when only one connection can be meant: see [`Tenant::end`].
    pub source: Option<At<String>>,
    pub target: Option<At<String>>,
    pub enabled: bool,
    pub role: String,
    pub schedule: Option<Schedule>,
    /// In which `cron` reads the clock.
    pub zone: TimeZone,
    pub gate: Gate,
    pub options: OptionValues,
    pub tables: TableValues,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FlowOrigin {
    /// A flow of a pack that ships in the binary: `autotask-acomba/invoices`.
    Pack(At<String>),
    /// A file under `flows/TENANT/`.
    File(At<String>),
}

/// What a tenant gives for a flow's options, with places.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionValues {
    pub text: Arc<SourceText>,
    /// The flow's own heading, for what is missing altogether.
    pub span: Span,
    pub values: Vec<(At<String>, At<Item>)>,
}

/// What a tenant adds to or replaces in a flow's `[tables.X]`, with places.
#[derive(Debug, Clone, PartialEq)]
pub struct TableValues {
    pub text: Arc<SourceText>,
    pub tables: Vec<(At<String>, Rows)>,
}

/// One table: what stands in the source, and what becomes of it.
pub type Rows = Vec<(At<String>, At<String>)>;

impl OptionValues {
    /// No option given.
    pub fn none(text: &Arc<SourceText>) -> Self {
        Self {
            text: Arc::clone(text),
            span: 0..0,
            values: Vec::new(),
        }
    }
}

impl TableValues {
    pub fn none(text: &Arc<SourceText>) -> Self {
        Self {
            text: Arc::clone(text),
            tables: Vec::new(),
        }
    }
}

/// Which end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichEnd {
    Source,
    Target,
}

impl Tenant {
    pub fn read(id: &TenantId, text: &Arc<SourceText>) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.root();
        let title = root
            .text("title")
            .map_or_else(|| id.to_string(), |title| title.value);
        let zone = schedule_reader::zone(&root, &TimeZone::system());
        let usual = Usual {
            blackouts: schedule_reader::blackouts(&root, &zone),
            zone,
        };
        let connections: BTreeMap<_, _> = root
            .named_tables("connections")
            .iter()
            .filter_map(|(name, section)| connection(name, section))
            .map(|connection| (connection.id.clone(), connection))
            .collect();
        let flows: BTreeMap<_, _> = root
            .named_tables("flows")
            .iter()
            .filter_map(|(name, section)| flow(name, section, &usual))
            .map(|flow| (flow.name.clone(), flow))
            .collect();
        for flow in flows.values() {
            for end in [&flow.source, &flow.target].into_iter().flatten() {
                check_connection(&reader, end, &connections);
            }
        }
        root.done();
        let problems = reader.into_problems();
        match problems.is_empty() {
            true => {
                let (id, text) = (id.clone(), Arc::clone(text));
                Ok(Self {
                    id,
                    text,
                    title,
                    connections,
                    flows,
                })
            }
            false => Err(problems),
        }
    }

    /// The connection a flow means by its source or target: the one it names, else the only one of
    /// that connector.
    pub fn end(
        &self,
        flow: &TenantFlow,
        which: WhichEnd,
        connector: &str,
    ) -> Result<&Connection, Problem> {
        let (named, key) = match which {
            WhichEnd::Source => (&flow.source, "source"),
            WhichEnd::Target => (&flow.target, "target"),
        };
        if let Some(named) = named {
            let found = ConnectionId::parse(&named.value)
                .ok()
                .and_then(|id| self.connections.get(&id))
                .filter(|connection| connection.connector.value == connector);
            return found.ok_or_else(|| self.wrong_connector(named, connector));
        }
        let mut fitting = self
            .connections
            .values()
            .filter(|connection| connection.connector.value == connector);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                let message = words!(
                    "problem-no-connection",
                    "flow `{flow}` needs a connection of connector `{connector}`, and there is none",
                    flow = flow.name,
                    connector = connector
                );
                let used = self.connections.values().map(|it| it.connector.as_str());
                let help = match nearest(connector, used) {
                    Some(misspelt) => words!(
                        "problem-connector-misspelt",
                        "a connection says `connector = \"{misspelt}\"`; did you mean `{connector}`?",
                        misspelt = misspelt,
                        connector = connector
                    ),
                    None => words!(
                        "problem-no-connection-help",
                        "add `[connections.{connector}]` with `connector = \"{connector}\"`",
                        connector = connector
                    ),
                };
                Err(Problem::new(&self.text, &flow.span, "no-connection", message).help(help))
            }
            (Some(_), Some(_)) => {
                let message = words!(
                    "problem-which-connection",
                    "flow `{flow}` must say which connection of `{connector}` is its `{key}`",
                    flow = flow.name,
                    connector = connector,
                    key = key
                );
                let ids = self
                    .connections
                    .values()
                    .filter(|connection| connection.connector.value == connector)
                    .map(|connection| connection.id.as_str());
                let help = one_of(ids);
                Err(Problem::new(&self.text, &flow.span, "which-connection", message).help(help))
            }
        }
    }

    fn wrong_connector(&self, named: &At<String>, connector: &str) -> Problem {
        let message = words!(
            "problem-wrong-connector",
            "connection `{connection}` is not one of connector `{connector}`, which this flow is for",
            connection = named.value,
            connector = connector
        );
        let fitting: Vec<&str> = self
            .connections
            .values()
            .filter(|connection| connection.connector.value == connector)
            .map(|connection| connection.id.as_str())
            .collect();
        let help = (!fitting.is_empty()).then(|| one_of(fitting));
        Problem::new(&self.text, &named.span, "wrong-connector", message).help(help)
    }
}

fn check_connection(
    reader: &Reader,
    end: &At<String>,
    connections: &BTreeMap<ConnectionId, Connection>,
) {
    if connections.keys().any(|id| id.as_str() == end.value) {
        return;
    }
    let message = words!(
        "problem-unknown-connection",
        "there is no connection `{connection}` in this file",
        connection = end.value
    );
    let help = suggest(&end.value, connections.keys().map(ConnectionId::as_str));
    reader.problem(&end.span, "unknown-connection", message, help);
}

fn connection(name: &At<String>, section: &Section<'_>) -> Option<Connection> {
    let id = identifier(section.reader, name, ConnectionId::parse);
    let connector = section.need_text("connector");
    let version = section.text("version");
    let title = section
        .text("title")
        .map_or_else(|| name.value.clone(), |title| title.value);
    let hosts = section.texts("hosts").unwrap_or_default();
    let replaces = section.texts("replaces").unwrap_or_default();
    let replaces = replaces
        .iter()
        .filter_map(|name| identifier(section.reader, name, ConnectionId::parse))
        .collect();
    let insecure = section.flag("insecure").unwrap_or(false);
    let offline = section.flag("offline").unwrap_or(false);
    let allow_private = section.texts("allow_private").unwrap_or_default();
    let given = section.table("settings");
    let settings_span = given
        .as_ref()
        .map_or(name.span.clone(), |given| given.span.clone());
    let settings = given
        .map(|given| json_of(given.entries))
        .unwrap_or_default();
    let limits = section
        .table("limits")
        .map(|limits| limits_of(&limits))
        .unwrap_or_default();
    let tape = TapeRule::read(section);
    section.done();
    Some(Connection {
        id: id?,
        connector: connector?,
        version,
        title,
        hosts,
        replaces,
        insecure,
        offline,
        allow_private,
        settings,
        settings_span,
        limits,
        tape,
    })
}

fn limits_of(section: &Section<'_>) -> LimitOverrides {
    let read = |key| {
        let number = section.number(key)?;
        if number.value == 0 {
            let message = words!(
                "problem-zero-limit",
                "`{key}` must be at least 1",
                key = key
            );
            section
                .reader
                .problem(&number.span, "zero-limit", message, None);
        }
        Some(number.value)
    };
    let limits = LimitOverrides {
        requests: read("requests"),
        window_s: read("window_s"),
        concurrency: read("concurrency"),
        wall_ms: read("wall_ms"),
        cpu_ms: read("cpu_ms"),
        memory_bytes: read("memory_bytes"),
        response_bytes: read("response_bytes"),
        log_bytes: read("log_bytes"),
        relay_wait_s: read("relay_wait_s"),
        tapes: read("tapes"),
    };
    section.done();
    limits
}

/// What holds for every flow of the tenant, and what a flow may add to.
struct Usual {
    zone: TimeZone,
    blackouts: Vec<Window>,
}

fn flow(name: &At<String>, section: &Section<'_>, usual: &Usual) -> Option<TenantFlow> {
    let id = identifier(section.reader, name, FlowName::parse_given);
    let origin = match (section.text("pack"), section.text("file")) {
        (Some(pack), None) => Some(FlowOrigin::Pack(pack)),
        (None, Some(file)) => {
            check_file_name(section.reader, &file);
            Some(FlowOrigin::File(file))
        }
        (Some(_), Some(file)) => {
            let message = words!(
                "problem-pack-and-file",
                "a flow has a `pack` or a `file`, not both"
            );
            section
                .reader
                .problem(&file.span, "pack-and-file", message, None);
            None
        }
        (None, None) => {
            if !section.has("pack") && !section.has("file") {
                section.missing("pack");
            }
            None
        }
    };
    let source = section.text("source");
    let target = section.text("target");
    let enabled = section.flag("enabled").unwrap_or(true);
    let role = section
        .text("role")
        .map_or_else(|| "main".to_owned(), |role| role.value);
    let schedule = schedule_reader::schedule(section);
    let zone = schedule_reader::zone(section, &usual.zone);
    let mut gate = schedule_reader::gate(section, &zone);
    gate.blackouts.extend(usual.blackouts.iter().cloned());
    let options = OptionValues {
        text: Arc::clone(&section.reader.source),
        span: name.span.clone(),
        values: section
            .table("options")
            .map(|given| given.entries.to_vec())
            .unwrap_or_default(),
    };
    let tables = TableValues {
        text: Arc::clone(&section.reader.source),
        tables: section
            .named_tables("tables")
            .into_iter()
            .map(|(name, rows)| (name, rows_of(&rows)))
            .collect(),
    };
    section.done();
    Some(TenantFlow {
        name: id?,
        span: name.span.clone(),
        origin: origin?,
        source,
        target,
        enabled,
        role,
        schedule,
        zone,
        gate,
        options,
        tables,
    })
}

/// A file of this tenant's folder and no other.
fn check_file_name(reader: &Reader, file: &At<String>) {
    let name = &file.value;
    let leaves = name.starts_with('/')
        || name.contains('\\')
        || name
            .split('/')
            .any(|part| part.is_empty() || part == "." || part == "..");
    if leaves || !name.ends_with(".toml") {
        let message = words!(
            "problem-flow-file-name",
            "`file` must name a .toml file in the tenant's own folder of flows"
        );
        reader.problem(&file.span, "flow-file-name", message, None);
    }
}

pub(super) fn rows_of(section: &Section<'_>) -> Rows {
    section
        .entries
        .iter()
        .filter_map(|(key, item)| Some((key.clone(), section.reader.text(&key.value, item)?)))
        .collect()
}

fn json_of(entries: &[(At<String>, At<Item>)]) -> Map<String, Value> {
    entries
        .iter()
        .map(|(key, item)| (key.value.clone(), item.value.to_json()))
        .collect()
}

fn identifier<T>(
    reader: &Reader,
    name: &At<String>,
    parse: fn(&str) -> Result<T, crate::model::id::InvalidId>,
) -> Option<T> {
    match parse(&name.value) {
        Ok(id) => Some(id),
        Err(error) => {
            reader.problem(&name.span, "invalid-name", error.text(), None);
            None
        }
    }
}
