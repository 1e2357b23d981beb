//! A flow's rules after the check: what the evaluation walks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::check::CheckRule;
use super::flow::{End, FlowSide, Gone, Identity, Likeness, ReportRule};
use super::schema;
use super::template::Message;
use crate::config::SourceText;
use crate::config::flow::{OnMissing, Owner};
use crate::config::problem::Problem;
use crate::config::source::Span;
use crate::model::{Condition, FlowName};

/// Everything of a compiled flow.
pub struct Inner {
    pub name: FlowName,
    pub text: Arc<SourceText>,
    pub source: End,
    pub target: End,
    pub source_fields: schema::Record,
    /// Fields of the source that its system sets at each write, and that no rule reads.
    pub unread_stamps: BTreeSet<String>,
    pub may_create: bool,
    pub may_update: bool,
    /// An update is the difference from the target as it is.
    pub compares_target: bool,
    pub title: Option<Message>,
    pub filter: Vec<Condition>,
    pub when: Option<Expression>,
    pub create_when: Option<Expression>,
    pub update_when: Option<Expression>,
    /// Whether somebody asks for the record, where the flow takes no other.
    pub asked: Option<Expression>,
    /// What the rules make is the answer, written into the very record that asks.
    pub answers: bool,
    pub writes_back_after_sync: bool,
    /// The flow of the other direction that has the same links.
    pub reverse_of: Option<FlowName>,
    pub marker: Option<String>,
    /// As given or by default; what is not set is not there.
    pub options: Map<String, Value>,
    /// Every option there is.
    pub option_names: Vec<String>,
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
    pub identities: Vec<Identity>,
    /// Of each identity, the keys that are compared and not written.
    pub compared: Vec<Vec<Field>>,
    pub likeness: Likeness,
    pub gone: Gone,
    /// Some rule reads `run.now`.
    pub reads_now: bool,
    /// Some rule reads `run.count`.
    pub counts: bool,
    pub block: Block,
    pub children: Vec<Child>,
    pub texts: BTreeMap<String, Message>,
    pub rejects: Vec<Reject>,
    pub write_back: Vec<Field>,
    pub report: Option<Report>,
    pub checks: Vec<CheckRule>,
    /// Flows whose links are asked for, those that may be run for it, and where that is said.
    pub references: Vec<Reference>,
    /// Every rule by its path in the file, for coverage.
    pub rules: BTreeSet<String>,
    pub warnings: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub flow: String,
    pub create: bool,
    pub span: Span,
}

/// The rules of one level: of the record, or of the lines of a list.
#[derive(Debug, Default)]
pub struct Block {
    pub lookups: Vec<Lookup>,
    pub values: Vec<Field>,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Child {
    /// The target's list.
    pub name: String,
    /// Which of its blocks: `lines`, `lines[2]`.
    pub id: String,
    /// A list of the source or of a record that was looked up; with no field, the source record itself.
    pub from: Path,
    pub title: Option<Message>,
    pub filter: Option<Expression>,
    pub only_create: bool,
    pub block: Block,
    /// Lines beside those of the list, by rules of the record.
    pub append: Vec<Append>,
}

#[derive(Debug)]
pub struct Append {
    pub id: String,
    pub when: Option<Expression>,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Field {
    /// As the file has it: `bill_address.city`.
    pub name: String,
    /// Where it stands in the record, with the names that options give.
    pub path: Vec<String>,
    pub rule: Rule,
    pub only_create: bool,
    pub owner: Option<Owner>,
    /// What the system says of the field; none for values.
    pub schema: Option<schema::Field>,
    /// The record is refused where there is no value.
    pub required: bool,
}

#[derive(Debug)]
pub struct Rule {
    /// `children.lines.fields.group_number.first_of[0]`
    pub id: String,
    pub origin: Origin,
    pub when: Option<Expression>,
    pub otherwise: Option<Value>,
    pub on_missing: Option<OnMissing>,
    /// The record of the other flow is brought up to date first.
    pub fresh: bool,
    pub default: Option<Value>,
    pub decimal: Option<u32>,
    pub truncate: Option<usize>,
    pub omit_zero: bool,
    pub refusal: Refusal,
}

#[derive(Debug)]
pub enum Origin {
    Path(Path),
    Const(Value),
    Expr(Expression),
    FirstOf(Vec<Rule>),
    Map { table: String, from: Path },
    Ref { flow: String, from: Path },
    Sum(Sum),
}

impl Origin {
    /// A name of its path comes from an option that is not set.
    pub fn is_off(&self) -> bool {
        match self {
            Self::Path(path) | Self::Map { from: path, .. } | Self::Ref { from: path, .. } => {
                path.off
            }
            Self::FirstOf(ways) => ways.iter().all(|way| way.origin.is_off()),
            Self::Const(_) | Self::Expr(_) | Self::Sum(_) => false,
        }
    }
}

/// A path of fields from one of the namespaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub root: Root,
    pub fields: Vec<String>,
    /// A step of it comes from an option that is not set.
    pub off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    Source,
    Line,
    Option,
    Value,
    Lookup,
    Run,
    Target,
    Error,
    Report,
    Each,
}

impl Root {
    pub const ALL: [(&'static str, Self); 10] = [
        ("source", Self::Source),
        ("line", Self::Line),
        ("option", Self::Option),
        ("value", Self::Value),
        ("lookup", Self::Lookup),
        ("run", Self::Run),
        ("target", Self::Target),
        ("error", Self::Error),
        ("report", Self::Report),
        ("each", Self::Each),
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, root)| *root)
    }

    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, root)| *root == self);
        found.map_or("", |(name, _)| *name)
    }
}

#[derive(Debug, Clone)]
pub struct Expression {
    /// Of the rule, for its words when it fails.
    pub id: String,
    pub ast: rhai::AST,
    pub source: String,
    /// Of the TOML string in the flow file.
    pub span: Span,
    pub roots: BTreeSet<Root>,
    /// Every path it reads, as it was written: `source.name`.
    pub paths: Vec<Vec<String>>,
    pub lookups: BTreeSet<String>,
    pub values: BTreeSet<String>,
    pub texts: BTreeSet<String>,
}

#[derive(Debug)]
pub struct Sum {
    pub over: Over,
    pub of: SumOf,
    pub filter: Option<Expression>,
}

/// What is added up.
#[derive(Debug)]
pub enum Over {
    /// The lines of a child block, with its look-ups and values; by place in `Inner::children`.
    Child(usize),
    /// A list of the source.
    Lines(String),
    /// The entries of a list that is at hand, each of them `each`.
    Among(Path),
}

#[derive(Debug)]
pub enum SumOf {
    /// Of every line or entry of the list, mapped or not.
    Line(Vec<String>),
    /// Of the lines that are mapped.
    Target(String),
}

#[derive(Debug, Default)]
pub struct Refusal {
    pub code: Option<String>,
    pub message: Option<Message>,
}

/// The list of what a look-up finds that asks for several.
pub const FOUND: &str = "found";

#[derive(Debug)]
pub struct Lookup {
    pub id: String,
    pub name: String,
    pub place: Place,
    /// Otherwise an empty record.
    pub must_exist: bool,
    pub create: Option<Create>,
    pub refusal: Refusal,
    /// Of its name in the flow file.
    pub span: Span,
    /// For the empty record: every field there is.
    pub fields: Vec<String>,
}

impl Lookup {
    /// What it gives is a list.
    pub fn gives_several(&self) -> bool {
        matches!(
            self.place,
            Place::Every { .. } | Place::Keyed { several: true, .. }
        )
    }
}

/// Where a look-up finds its record.
#[derive(Debug)]
pub enum Place {
    Keyed {
        side: FlowSide,
        entity: String,
        ways: Vec<Way>,
        /// All that fit, as the list `found` of one record.
        several: bool,
    },
    /// All records of an entity, as the list `found` of one record.
    Every {
        side: FlowSide,
        entity: String,
        when: Option<Expression>,
    },
    /// The first entry of a list for which this holds.
    Among { list: Path, filter: Expression },
}

/// How a look-up makes the record that it does not find.
#[derive(Debug)]
pub struct Create {
    pub id: String,
    pub when: Option<Expression>,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Way {
    pub id: String,
    pub by: String,
    pub link: Option<String>,
    pub key: Key,
    pub when: Option<Expression>,
}

#[derive(Debug)]
pub enum Key {
    Path(Path),
    Expr(Expression),
}

#[derive(Debug)]
pub struct Reject {
    pub id: String,
    pub when: Expression,
    pub code: String,
    pub message: Message,
}

#[derive(Debug)]
pub struct Report {
    pub rule: ReportRule,
    pub fields: Vec<Field>,
    pub write_back: Vec<Field>,
}
