//! The other direction of a flow: its way back, and which fields of both sides say the same thing.
//!
//! A rule that is only a path or a one-to-one table reads both ways by itself. For any other an author
//! says whose the field is, or writes the way back in `[back]`; otherwise the flow does not load.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Binding, FlowEnds, compile};
use super::depends::read_by;
use super::flow::{Flow, FlowSide};
use super::option_names;
use super::rule::Inner;
use crate::config::Problem;
use crate::config::flow::{
    BackRule, ConflictPolicy, FlowFile, MatchRule, Mode, ModeRule, Named, OnMissing, OnlyCreate,
    OptionRule, Origin, Owner, PolicyRule, Refusal, Rule, TableRule, Words,
};
use crate::config::problem::words;
use crate::config::source::{At, Span};
use crate::config::tenant::TableValues;
use crate::model::Text;

/// What a flow that writes on both sides, or keeps one the image of the other, has beside its rules.
#[derive(Debug, Clone)]
pub struct TwoWay {
    /// From target to source. Of a mirror it only shows what moved over there.
    pub back: Flow,
    pub groups: Vec<Group>,
    pub conflict: Conflict,
}

impl TwoWay {
    /// The same, speaking this language in what it writes into systems and in reasons.
    #[must_use]
    pub fn in_language(self, lang: &str) -> Self {
        Self {
            back: self.back.in_language(lang),
            ..self
        }
    }
}

/// Fields of both sides that determine each other: they change hands together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub source: BTreeSet<String>,
    pub target: BTreeSet<String>,
    pub owner: Option<FlowSide>,
}

/// Who wins where both sides changed the same group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    Wins(FlowSide),
    /// The field of either side that says when it changed.
    Newest {
        source: String,
        target: String,
    },
    Ask,
}

/// The mode of the flow for a tenant whose options are these.
fn mode(file: &FlowFile, there: &Flow) -> Result<Mode, Problem> {
    match &file.mode {
        ModeRule::Fixed(mode) => Ok(mode.value),
        ModeRule::Option(at) => chosen(file, at, there, &Mode::CHOICES),
    }
}

/// What a tenant chose by an option whose values must be among these words.
fn chosen<T: Copy>(
    file: &FlowFile,
    option: &At<String>,
    there: &Flow,
    known: &[(&str, T)],
) -> Result<T, Problem> {
    let word = there.option(&option.value).and_then(|value| value.as_str());
    let found = known.iter().find(|(known, _)| Some(*known) == word);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let message = words!(
            "problem-choice-option",
            "option `{option}` must be one of {known}",
            option = option.value,
            known = known.join(", ")
        );
        Problem::new(&file.text, &option.span, "choice-option", message)
    })
}

/// The other direction of a flow that was compiled already; none where it goes one way.
pub fn compile_two_way(
    file: &FlowFile,
    binding: &Binding<'_>,
    there: &Flow,
) -> Result<Option<TwoWay>, Vec<Problem>> {
    let file = &option_names::put_in(file, &there.inner.options).file;
    let mode = mode(file, there).map_err(|problem| vec![problem])?;
    if mode.goes_one_way() {
        return Ok(None);
    }
    let unsuited = unsuited(file, mode);
    if !unsuited.is_empty() {
        return Err(unsuited);
    }
    let tables = turned_tables(&there.inner.tables);
    let back_file = back_file(file, mode, &tables);
    let no_tables = TableValues {
        text: binding.tables.text.clone(),
        tables: Vec::new(),
    };
    let turned: BTreeMap<String, FlowEnds> = binding
        .flows
        .iter()
        .map(|(name, ends)| {
            let (source, target) = (ends.target.clone(), ends.source.clone());
            (name.clone(), FlowEnds { source, target })
        })
        .collect();
    let back = compile(
        &back_file,
        &Binding {
            name: binding.name.back(),
            source: binding.target,
            target: binding.source,
            options: binding.options,
            tables: &no_tables,
            flows: &turned,
        },
    )?;
    let groups = groups(file, mode, &there.inner, &back.inner)?;
    let conflict = conflict(file, there, &back.inner)?;
    Ok(Some(TwoWay {
        back,
        groups,
        conflict,
    }))
}

/// What a flow cannot have that writes on both sides.
fn unsuited(file: &FlowFile, mode: Mode) -> Vec<Problem> {
    let mut spans: Vec<(&Span, &str)> = Vec::new();
    spans.extend(
        file.write_back
            .iter()
            .map(|rule| (&rule.name.span, "write_back")),
    );
    spans.extend(file.report.iter().map(|report| (&report.span, "report")));
    spans.extend(file.marker.iter().map(|marker| (&marker.span, "marker")));
    spans.extend(file.update_when.iter().map(|at| (&at.span, "update_when")));
    spans.extend((file.on_demand.iter()).map(|rule| (&rule.asked.span, "on_demand")));
    spans.extend(file.compare.iter().map(|at| (&at.span, "compare")));
    // Both sides are compared field by field, and this would be a part of one.
    let fields = file.back.iter().flat_map(|back| &back.fields);
    let within = file.fields.iter().chain(fields).map(|rule| &rule.name);
    let within = within.filter(|name| name.value.contains('.'));
    spans.extend(within.map(|name| (&name.span, name.as_str())));
    if mode == Mode::TwoWay {
        spans.extend(
            file.children
                .iter()
                .map(|child| (&child.name.span, "children")),
        );
    }
    spans
        .into_iter()
        .map(|(span, key)| {
            let message = words!(
                "problem-not-both-ways",
                "a flow that follows both sides has no `{key}`",
                key = key
            );
            Problem::new(&file.text, span, "not-both-ways", message)
        })
        .collect()
}

/// Tables read from right to left, where each value stands there once.
fn turned_tables(
    tables: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut turned = BTreeMap::new();
    for (name, rows) in tables {
        let turns: BTreeMap<String, String> = rows
            .iter()
            .map(|(from, to)| (to.clone(), from.clone()))
            .collect();
        if turns.len() == rows.len() {
            turned.insert(name.clone(), turns);
        }
    }
    turned
}

/// What it is the name of the flow itself says; here the sides are the other way round.
fn unnamed(option: &OptionRule) -> OptionRule {
    OptionRule {
        names: None,
        ..option.clone()
    }
}

/// The flow from target to source as a file of its own, with the places of the one it is read from.
fn back_file(
    file: &FlowFile,
    mode: Mode,
    tables: &BTreeMap<String, BTreeMap<String, String>>,
) -> FlowFile {
    let nothing = BackRule {
        span: 0..0,
        may_create: false,
        record_title: None,
        filter: Vec::new(),
        when: None,
        create_when: None,
        identity: Vec::new(),
        lookups: Vec::new(),
        values: Vec::new(),
        fields: Vec::new(),
        rejects: Vec::new(),
    };
    let rule = match (mode, &file.back) {
        (Mode::TwoWay, Some(back)) => back.clone(),
        // Of a mirror it says where to look, and no more.
        (_, Some(back)) => BackRule {
            filter: back.filter.clone(),
            when: back.when.clone(),
            ..nothing
        },
        (_, None) => nothing,
    };
    let mut fields = rule.fields;
    if mode == Mode::TwoWay {
        for turned in file.fields.iter().filter_map(|rule| turned(rule, tables)) {
            if !fields
                .iter()
                .any(|known| known.name.value == turned.name.value)
            {
                fields.push(turned);
            }
        }
    }
    FlowFile {
        problems: Vec::new(),
        source: file.target.clone(),
        target: file.source.clone(),
        conflict: None,
        may_create: rule.may_create,
        may_update: mode == Mode::TwoWay,
        compare: None,
        record_title: rule.record_title,
        filter: rule.filter,
        when: rule.when,
        create_when: rule.create_when,
        update_when: None,
        options: file.options.iter().map(unnamed).collect(),
        on_demand: None,
        write_back_after: None,
        reverse_of: None,
        marker: None,
        tables: tables.iter().map(table_rule).collect(),
        identity: rule.identity,
        lookups: rule.lookups,
        values: rule.values,
        fields,
        children: Vec::new(),
        rejects: rule.rejects,
        write_back: Vec::new(),
        report: None,
        checks: Vec::new(),
        matching: MatchRule::default(),
        gone: None,
        back: None,
        ..file.clone()
    }
}

fn table_rule((name, rows): (&String, &BTreeMap<String, String>)) -> TableRule {
    let at = |text: &String| At::new(text.clone(), 0..0);
    TableRule {
        name: at(name),
        help: Words::default(),
        one_to_one: false,
        rows: rows.iter().map(|(from, to)| (at(from), at(to))).collect(),
    }
}

/// The rule that leads the value of a field back to where it came from, where there is only one way.
fn turned(
    rule: &Named<Rule>,
    tables: &BTreeMap<String, BTreeMap<String, String>>,
) -> Option<Named<Rule>> {
    let of = &rule.value;
    let owner = of.owner.as_ref().map(|at| at.value);
    let plain = of.when.is_none()
        && of.default.is_none()
        && of.truncate.is_none()
        && !of.omit_zero
        && of.only_create == OnlyCreate::No
        && owner != Some(Owner::Source);
    if !plain {
        return None;
    }
    let here = &rule.name;
    let from = At::new(format!("source.{}", here.value), here.span.clone());
    let (name, origin, on_missing) = match &of.from {
        Origin::From(path) => (path, Origin::From(from), of.on_missing.clone()),
        Origin::Map { table, from: path } if tables.contains_key(&table.value) => {
            let table = table.clone();
            (path, Origin::Map { table, from }, of.on_missing.clone())
        }
        Origin::Ref { flow, from: path } => {
            let flow = flow.clone();
            // The record on the other side is not made for the sake of a way back.
            let on_missing = of.on_missing.clone().map(|at| match at.value {
                OnMissing::Create => At::new(OnMissing::Wait, at.span),
                _ => at,
            });
            (path, Origin::Ref { flow, from }, on_missing)
        }
        _ => return None,
    };
    let field = name.value.strip_prefix("source.").unwrap_or(&name.value);
    if field.contains('.') {
        return None;
    }
    Some(Named {
        name: At::new(field.to_owned(), name.span.clone()),
        value: Rule {
            span: of.span.clone(),
            from: origin,
            when: None,
            otherwise: None,
            on_missing,
            fresh: false,
            default: None,
            only_create: OnlyCreate::No,
            owner: None,
            decimal: of.decimal.clone(),
            truncate: None,
            omit_zero: false,
            refusal: Refusal::default(),
        },
    })
}

/// Fields that hang on each other change hands together; every other has an owner, or there is a problem.
fn groups(
    file: &FlowFile,
    mode: Mode,
    there: &Inner,
    back: &Inner,
) -> Result<Vec<Group>, Vec<Problem>> {
    let owned = |side, field: &String| {
        let field = BTreeSet::from([field.clone()]);
        let (source, target) = match side {
            FlowSide::Source => (BTreeSet::new(), field),
            FlowSide::Target => (field, BTreeSet::new()),
        };
        Group {
            source,
            target,
            owner: Some(side),
        }
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut tied: Vec<Group> = Vec::new();
    let mut problems = Vec::new();
    let back_fields = || back.block.fields.iter().filter(|field| !field.only_create);
    for field in there.block.fields.iter().filter(|field| !field.only_create) {
        if mode == Mode::Mirror || field.owner == Some(Owner::Source) {
            groups.push(owned(FlowSide::Source, &field.name));
            continue;
        }
        if field.owner == Some(Owner::Target) {
            continue;
        }
        let reads = read_by(field, &there.block);
        let source: BTreeSet<String> = back_fields()
            .filter(|other| {
                reads.contains(&other.name) || read_by(other, &back.block).contains(&field.name)
            })
            .map(|other| other.name.clone())
            .collect();
        if source.is_empty() {
            problems.push(one_way_only(file, &field.name));
            continue;
        }
        tied.push(Group {
            source,
            target: BTreeSet::from([field.name.clone()]),
            owner: None,
        });
    }
    for child in there.children.iter().filter(|child| !child.only_create) {
        groups.push(owned(FlowSide::Source, &child.name));
    }
    // Two that share a field of the source are one.
    for one in tied {
        let (mut joined, others): (Vec<Group>, Vec<Group>) = groups
            .into_iter()
            .partition(|group| group.owner.is_none() && !group.source.is_disjoint(&one.source));
        groups = others;
        joined.push(one);
        groups.push(Group {
            source: joined
                .iter()
                .flat_map(|group| group.source.clone())
                .collect(),
            target: joined
                .iter()
                .flat_map(|group| group.target.clone())
                .collect(),
            owner: None,
        });
    }
    for field in back_fields() {
        if !groups
            .iter()
            .any(|group| group.source.contains(&field.name))
        {
            groups.push(owned(FlowSide::Target, &field.name));
        }
    }
    match problems.is_empty() {
        true => Ok(groups),
        false => Err(problems),
    }
}

fn one_way_only(file: &FlowFile, name: &str) -> Problem {
    let rule = file.fields.iter().find(|rule| rule.name.value == name);
    let span = rule.map_or(0..0, |rule| rule.value.span.clone());
    let message = words!(
        "problem-no-way-back",
        "`{field}` cannot be led back from its value alone",
        field = name
    );
    let help: Text = words!(
        "problem-no-way-back-help",
        "say whose it is with `owner = \"source\"` or `owner = \"target\"`, or write the way back in \
         [back.fields]"
    );
    Problem::new(&file.text, &span, "no-way-back", message).help(Some(help))
}

fn conflict(file: &FlowFile, there: &Flow, back: &Inner) -> Result<Conflict, Vec<Problem>> {
    let Some(rule) = &file.conflict else {
        return Ok(Conflict::Ask);
    };
    let policy = match &rule.policy {
        PolicyRule::Fixed(policy) => *policy,
        PolicyRule::Option(at) => {
            chosen(file, at, there, &ConflictPolicy::WORDS).map_err(|problem| vec![problem])?
        }
    };
    let there = &there.inner;
    match (policy, &rule.changed) {
        (ConflictPolicy::Source, _) => Ok(Conflict::Wins(FlowSide::Source)),
        (ConflictPolicy::Target, _) => Ok(Conflict::Wins(FlowSide::Target)),
        (ConflictPolicy::Newest, Some((source, target))) => {
            let ends = [
                (source, &there.source_fields, &there.source.entity),
                (target, &back.source_fields, &back.source.entity),
            ];
            let unknown = ends.into_iter().filter(|(field, record, _)| {
                !record.open && !record.fields.contains_key(&field.value)
            });
            let problems: Vec<Problem> = unknown
                .map(|(field, _, entity)| {
                    let message = words!(
                        "problem-changed-field",
                        "`{entity}` has no field `{field}`",
                        entity = entity,
                        field = field.value
                    );
                    Problem::new(&file.text, &field.span, "unknown-field", message)
                })
                .collect();
            match problems.is_empty() {
                true => Ok(Conflict::Newest {
                    source: source.value.clone(),
                    target: target.value.clone(),
                }),
                false => Err(problems),
            }
        }
        (ConflictPolicy::Newest, None) => {
            let message = words!(
                "problem-changed-missing",
                "`newest` needs `changed`: the field of either side that says when it changed"
            );
            let problem = Problem::new(&file.text, &rule.span, "missing-key", message);
            Err(vec![problem])
        }
        (ConflictPolicy::Ask, _) => Ok(Conflict::Ask),
    }
}
