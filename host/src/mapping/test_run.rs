//! Runs the tests of a flow, without network, and says which rules none of them touches.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cell::Cell;
use super::compile::{Binding, FlowEnds, compile};
use super::evaluate::Trace;
use super::facts::{Facts, LinkAnswer, Need, Wanted};
use super::filter;
use super::flow::{Flow, FlowSide, RunInfo};
use super::rejection::Rejection;
use super::rule::Root;
use super::schema::{Kind, Record};
use super::test_file::{Outcome, TestFile};
use super::two_way::compile_two_way;
use crate::config::Problem;
use crate::config::flow::FlowFile;
use crate::model::text::words;
use crate::model::{FlowName, Manifest, Text, Word};

const NOTHING: Word = Word::new("test-nothing", "nothing");
const THE_RECORD: Word = Word::new("test-the-record", "the record");

/// Look-ups that hang on look-ups; more is a mistake of ours.
const ROUNDS_MAX: usize = 16;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    pub tests: Vec<TestResult>,
    /// Every rule of the flow, and whether a test touches it.
    pub rules: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    pub file: String,
    pub title: String,
    /// What differs from what was expected; empty means passed.
    pub differences: Vec<Text>,
}

impl TestReport {
    pub fn passed(&self) -> bool {
        self.tests.iter().all(|test| test.differences.is_empty())
    }

    /// Rules that no test touches.
    pub fn untouched(&self) -> impl Iterator<Item = &str> {
        self.rules
            .iter()
            .filter(|(_, touched)| !**touched)
            .map(|(rule, _)| rule.as_str())
    }

    /// Touched rules, and all.
    pub fn coverage(&self) -> (usize, usize) {
        (
            self.rules.values().filter(|touched| **touched).count(),
            self.rules.len(),
        )
    }
}

/// `flows` are the ends of the flows that references may name.
pub fn run_tests(
    file: &FlowFile,
    source: &Manifest,
    target: &Manifest,
    flows: &BTreeMap<String, FlowEnds>,
    tests: &[TestFile],
) -> TestReport {
    let trace = Trace::default();
    let mut rules = BTreeSet::new();
    let mut results = Vec::new();
    for test in tests {
        let binding = Binding {
            name: FlowName::parse("under-test").expect("a valid name"),
            source,
            target,
            options: &test.options,
            tables: &test.tables,
            flows,
        };
        let differences = match both_ways(file, &binding) {
            Ok((there, back)) => {
                rules.extend(there.inner.rules.iter().cloned());
                rules.extend(back.iter().flat_map(|back| written_back_rules(file, back)));
                let world = |flow, trace, source, target| World {
                    source,
                    target,
                    test,
                    flow,
                    trace,
                };
                match (test.back, &back) {
                    (false, _) => world(&there, &trace, source, target).differences(),
                    (true, Some(back)) => {
                        let touched = Trace::default();
                        let found = world(back, &touched, target, source).differences();
                        let touched = touched.into_inner().into_iter();
                        trace
                            .borrow_mut()
                            .extend(touched.map(|rule| of_back(&rule)));
                        found
                    }
                    (true, None) => vec![words!(
                        "test-no-way-back",
                        "with these options the flow goes one way only"
                    )],
                }
            }
            Err(problems) => problems.iter().map(Problem::text).collect(),
        };
        let (name, title) = (test.text.name.clone(), test.title.clone());
        results.push(TestResult {
            file: name,
            title,
            differences,
        });
    }
    let touched: &RefCell<BTreeSet<String>> = &trace;
    let rules = rules.into_iter().map(|rule| {
        let known = touched.borrow().contains(&rule);
        (rule, known)
    });
    TestReport {
        tests: results,
        rules: rules.collect(),
    }
}

/// The flow, and its way back where it has one.
fn both_ways(file: &FlowFile, binding: &Binding<'_>) -> Result<(Flow, Option<Flow>), Vec<Problem>> {
    let there = compile(file, binding)?;
    let back = compile_two_way(file, binding, &there)?;
    Ok((there, back.map(|two_way| two_way.back)))
}

/// The rules of `[back]`. What reads both ways by itself is no rule of its own.
fn written_back_rules(file: &FlowFile, back: &Flow) -> Vec<String> {
    let written = file.back.iter().flat_map(|back| &back.fields);
    let written: BTreeSet<&str> = written.map(|rule| rule.name.value.as_str()).collect();
    let is_written = |rule: &&String| match rule.strip_prefix("fields.") {
        None => true,
        Some(field) => written.contains(field.split('.').next().unwrap_or(field)),
    };
    let rules = back.inner.rules.iter().filter(is_written);
    rules.map(|rule| of_back(rule)).collect()
}

fn of_back(rule: &str) -> String {
    format!("back.{rule}")
}

/// What a test says there is.
struct World<'a> {
    source: &'a Manifest,
    target: &'a Manifest,
    test: &'a TestFile,
    flow: &'a Flow,
    trace: &'a Trace,
}

/// What came out.
struct Got {
    outcome: Outcome,
    reason: Option<String>,
    rejection: Option<Rejection>,
    body: Option<Value>,
    only_create: Vec<String>,
    asked: Asked,
}

/// What is written for the record before the record itself.
#[derive(Default)]
struct Asked {
    /// Records that other flows are run for: `customers/12`.
    creates: Vec<String>,
    /// Records that are made for look-ups, by entity.
    made: BTreeMap<String, Vec<Value>>,
}

impl World<'_> {
    fn differences(&self) -> Vec<Text> {
        let record = self.whole(self.source, &self.flow.source().entity, &self.test.source);
        let run = RunInfo {
            now: self.test.now,
            count: self.test.count,
        };
        let got = self.run(&record, &run);
        let mut found = Vec::new();
        let expect = &self.test.expect;
        if got.outcome != expect.outcome {
            let why = got.rejection.as_ref().map(|rejection| {
                let field = match rejection.field.as_deref() {
                    Some(field) => Text::plain(field),
                    None => THE_RECORD.into(),
                };
                words!(
                    "test-why",
                    "{code}, {field}: {reason}",
                    code = rejection.code;
                    field = field,
                    reason = Text::in_languages(rejection.messages.clone())
                )
            });
            let outcome = words!(
                "test-outcome",
                "outcome: expected {wanted}, got {got}",
                wanted = expect.outcome.word(),
                got = got.outcome.word()
            );
            found.push(match why.or(got.reason.map(Text::plain)) {
                None => outcome,
                Some(why) => words!(
                    "test-outcome-why",
                    "{outcome} ({why})";
                    outcome = outcome,
                    why = why
                ),
            });
            return found;
        }
        let mut compare = |name: &str, wanted: Option<Value>, got: Value| {
            if let Some(wanted) = wanted {
                compare(name, &wanted, &got, &mut found);
            }
        };
        let title = self.flow.record_title(&record, "en");
        compare(
            "title",
            expect.title.clone().map(Value::from),
            Value::from(title),
        );
        let rejection = got.rejection.as_ref();
        let code = rejection.map(|rejection| rejection.code.clone());
        compare(
            "code",
            expect.code.clone().map(Value::from),
            Value::from(code),
        );
        let field = rejection.and_then(|rejection| rejection.field.clone());
        compare(
            "field",
            expect.field.clone().map(Value::from),
            Value::from(field),
        );
        for (lang, words) in &expect.message {
            let got = rejection.map(|rejection| rejection.text(lang).to_owned());
            compare(
                &format!("message.{lang}"),
                Some(Value::from(words.as_str())),
                Value::from(got),
            );
        }
        compare(
            "reason",
            expect.reason.clone().map(Value::from),
            Value::from(got.reason),
        );
        let update = got
            .body
            .as_ref()
            .map(|body| self.update(body, &got.only_create));
        compare(
            "update",
            expect.update.clone(),
            update.unwrap_or(Value::Null),
        );
        compare("body", expect.body.clone(), got.body.unwrap_or(Value::Null));
        if let Some(created) = expect.created {
            let got = match self.flow.not_created(&record) {
                Ok(reason) => {
                    self.trace.borrow_mut().insert("create_when".to_owned());
                    Value::from(reason.is_none())
                }
                Err(rejection) => Value::from(rejection.text("en")),
            };
            compare("created", Some(Value::from(created)), got);
        }
        compare(
            "only_create",
            expect.only_create.clone().map(Value::from),
            Value::from(got.only_create),
        );
        compare(
            "creates",
            expect.creates.clone().map(Value::from),
            Value::from(got.asked.creates),
        );
        let made = |made: &BTreeMap<String, Vec<Value>>| serde_json::json!(made);
        compare(
            "made",
            expect.made.as_ref().map(made),
            made(&got.asked.made),
        );
        for (name, wanted, got) in self.afterwards(&record, &run, rejection) {
            compare(name, wanted, got);
        }
        found
    }

    fn run(&self, record: &Value, run: &RunInfo) -> Got {
        let mut got = Got {
            outcome: Outcome::Filtered,
            reason: self.flow.filtered(record),
            rejection: None,
            body: None,
            only_create: Vec::new(),
            asked: Asked::default(),
        };
        if got.reason.is_some() {
            self.touch_filter(record);
            return got;
        }
        let excluded = match self.flow.excluded(record) {
            Ok(None) => (self.flow.not_asked(record)).map(|reason| (reason, "on_demand.asked")),
            excluded => excluded.map(|reason| (reason, "when")),
        };
        let excluded = excluded.map(|(reason, rule)| reason.map(|reason| (reason, rule)));
        match excluded {
            Ok(Some((reason, rule))) => {
                self.trace.borrow_mut().insert(rule.to_owned());
                return Got {
                    outcome: Outcome::Excluded,
                    reason: Some(reason),
                    ..got
                };
            }
            Ok(None) => {}
            Err(rejection) => {
                return Got {
                    outcome: Outcome::Rejected,
                    rejection: Some(rejection),
                    ..got
                };
            }
        }
        if self.test.linked.is_some() {
            match self.flow.not_updated(record) {
                Ok(Some(reason)) => {
                    self.trace.borrow_mut().insert("update_when".to_owned());
                    return Got {
                        outcome: Outcome::Unchanged,
                        reason: Some(reason),
                        ..got
                    };
                }
                Ok(None) => {}
                Err(rejection) => {
                    return Got {
                        outcome: Outcome::Rejected,
                        rejection: Some(rejection),
                        ..got
                    };
                }
            }
        }
        let mut asked = Asked::default();
        let mapped = self
            .resolve(record, &mut asked)
            .and_then(|facts| self.flow.map_traced(record, &facts, run, Some(self.trace)));
        got.asked = asked;
        match mapped {
            Ok(mapped) => Got {
                outcome: Outcome::Mapped,
                body: Some(mapped.body),
                only_create: mapped.create_only.into_iter().collect(),
                ..got
            },
            Err(rejection) => {
                let outcome = if rejection.waiting {
                    Outcome::Waiting
                } else {
                    Outcome::Rejected
                };
                Got {
                    outcome,
                    rejection: Some(rejection),
                    ..got
                }
            }
        }
    }

    fn touch_filter(&self, record: &Value) {
        let inner = &self.flow.inner;
        if let Some(unmet) = filter::first_unmet(&inner.filter, record, &inner.source_fields) {
            self.trace
                .borrow_mut()
                .insert(format!("filter.{}", unmet.field));
        }
    }

    /// What goes out to a record that is linked; nothing where the link does not say what was sent.
    fn update(&self, body: &Value, only_create: &[String]) -> Value {
        let sent = self
            .test
            .linked
            .as_ref()
            .and_then(|linked| linked.sent.as_ref());
        let fields = body.as_object().into_iter().flatten();
        let changed = fields.filter(|(field, value)| {
            let sent = sent.map(|sent| sent.get(field.as_str()));
            !only_create.contains(field) && sent.is_some_and(|sent| sent != Some(*value))
        });
        let changed = changed.map(|(field, value)| (field.clone(), value.clone()));
        Value::Object(changed.collect())
    }

    /// Answers what the record needs, round by round, as the engine does.
    fn resolve(&self, record: &Value, asked: &mut Asked) -> Result<Facts, Rejection> {
        let mut facts = Facts::default();
        for _ in 0..ROUNDS_MAX {
            // A refusal is no need: mapping comes to it again, with the trace of the rules that led there.
            let needs = self.flow.needs_traced(record, &facts, Some(self.trace));
            let needs = needs.unwrap_or_default();
            if needs.is_empty() {
                return Ok(facts);
            }
            if needs.iter().any(Need::creates) {
                // The rules of what a look-up creates are used here alone: mapping finds the record there.
                let _ = self.flow.needs_traced(record, &facts, Some(self.trace));
            }
            for need in needs {
                self.answer(&need, &mut facts, asked);
            }
        }
        Ok(facts)
    }

    fn answer(&self, need: &Need, facts: &mut Facts, asked: &mut Asked) {
        match need {
            Need::Create {
                entity,
                value,
                body,
                ..
            } => {
                let body: Value = serde_json::from_str(body).unwrap_or_default();
                let of = |map: &BTreeMap<String, BTreeMap<String, String>>| {
                    map.get(entity).and_then(|rows| rows.get(value)).cloned()
                };
                if let Some(reason) = of(&self.test.not_made) {
                    facts.put_not_made(need, Text::plain(reason), false);
                } else {
                    let id = of(&self.test.made).unwrap_or_else(|| "new".to_owned());
                    let mut record = self.whole(self.target, entity, &body);
                    record["id"] = Value::from(id);
                    facts.put_made(need, record);
                }
                asked.made.entry(entity.clone()).or_default().push(body);
            }
            Need::Link { flow, id, wanted } => {
                let create = *wanted > Wanted::Link;
                let of = |map: &BTreeMap<String, BTreeMap<String, String>>| {
                    map.get(flow)
                        .and_then(|rows| rows.get(id.as_str()))
                        .cloned()
                };
                let linked = of(&self.test.links).and_then(|id| id.parse().ok());
                let answer = match (linked, of(&self.test.failed).filter(|_| create)) {
                    (Some(id), _) => LinkAnswer::Linked(id),
                    (None, Some(reason)) => LinkAnswer::Failed {
                        title: format!("{flow} {id}"),
                        message: Text::plain(reason),
                    },
                    (None, None) => LinkAnswer::Missing,
                };
                if create {
                    asked.creates.push(format!("{flow}/{id}"));
                    facts.put_link(flow, id, answer);
                } else {
                    facts.put_known_link(flow, id, answer);
                }
            }
            Need::Every { side, entity } => {
                let (records, manifest) = self.records(*side, entity);
                let whole = |record| self.whole(manifest, entity, record);
                facts.put_several(need, records.iter().map(whole).collect());
            }
            Need::Lookup {
                side,
                entity,
                by,
                value,
                several,
            } => {
                let (records, manifest) = self.records(*side, entity);
                let shown = |record: &Value| Cell::of(record.get(by)).print();
                let mut found = records
                    .iter()
                    .filter(|record| shown(record) == *value)
                    .map(|record| self.whole(manifest, entity, record));
                match several {
                    true => facts.put_several(need, found.collect()),
                    false => facts.put_lookup(need, found.next()),
                }
            }
        }
    }

    /// Those of an entity that look-ups find.
    fn records(&self, side: FlowSide, entity: &str) -> (&[Value], &Manifest) {
        let (word, manifest) = match side {
            FlowSide::Source => ("source", self.source),
            FlowSide::Target => ("target", self.target),
        };
        let records = self.test.records.get(&format!("{word}.{entity}"));
        (records.map_or(&[], Vec::as_slice), manifest)
    }

    /// The record as a connector gives it: what is not written is null.
    fn whole(&self, manifest: &Manifest, entity: &str, record: &Value) -> Value {
        let fields = manifest
            .entity(entity)
            .map(|spec| Record::of_entity(&spec.schema));
        fields.map_or_else(|| record.clone(), |fields| with_nulls(record, &fields))
    }

    /// Write-backs and the report, where the test speaks of them.
    fn afterwards(
        &self,
        record: &Value,
        run: &RunInfo,
        rejection: Option<&Rejection>,
    ) -> Vec<(&'static str, Option<Value>, Value)> {
        let (inner, expect) = (&self.flow.inner, &self.test.expect);
        let written = |fields, root, other: Value| {
            let others = BTreeMap::from([(root, other)]);
            match self
                .flow
                .written(fields, record, others, run, Some(self.trace))
            {
                Ok(body) => body.unwrap_or(Value::Null),
                Err(rejection) => Value::from(rejection.text("en")),
            }
        };
        let mut found = Vec::new();
        if expect.write_back.is_some() || self.test.target.is_some() {
            let target = self.test.target.clone().unwrap_or(Value::Null);
            let target = self.whole(self.target, &self.flow.target().entity, &target);
            let got = written(&inner.write_back, Root::Target, target);
            found.push(("write_back", expect.write_back.clone(), got));
        }
        let Some(report) = &inner.report else {
            if expect.report.is_some() {
                found.push(("report", expect.report.clone(), Value::Null));
            }
            return found;
        };
        if expect.report.is_some() {
            let text = rejection.map_or("", |rejection| rejection.text("en"));
            let error = serde_json::json!({ "text": text });
            found.push((
                "report",
                expect.report.clone(),
                written(&report.fields, Root::Error, error),
            ));
        }
        if expect.report_write_back.is_some() {
            let made = self.test.report.clone().unwrap_or(Value::Null);
            let made = self.whole(self.source, &report.rule.entity, &made);
            let got = written(&report.write_back, Root::Report, made);
            found.push(("report_write_back", expect.report_write_back.clone(), got));
        }
        found
    }
}

fn with_nulls(record: &Value, fields: &Record) -> Value {
    let mut whole = record.as_object().cloned().unwrap_or_default();
    for (name, field) in fields.fields.iter() {
        let empty = match &field.kind {
            Kind::List(_) => Value::Array(Vec::new()),
            Kind::Bool if !field.nullable => Value::Bool(false),
            _ => Value::Null,
        };
        let value = whole.entry(name.clone()).or_insert(empty);
        if let (Kind::List(item), Value::Array(items)) = (&field.kind, &mut *value)
            && let Kind::Record(line) = &item.kind
        {
            for item in items {
                *item = with_nulls(item, line);
            }
        }
    }
    Value::Object(whole)
}

/// Every place where two values differ.
fn compare(path: &str, wanted: &Value, got: &Value, found: &mut Vec<Text>) {
    match (wanted, got) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let inner = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(&inner, a, b, found),
                    (Some(a), None) => found.push(differs(&inner, Some(a), None)),
                    (None, Some(b)) => found.push(differs(&inner, None, Some(b))),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (nth, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{}]", nth + 1), a, b, found);
            }
        }
        (wanted, got) if wanted == got => {}
        (wanted, got) => found.push(differs(path, Some(wanted), Some(got))),
    }
}

fn differs(path: &str, wanted: Option<&Value>, got: Option<&Value>) -> Text {
    let shown = |value: Option<&Value>| match value {
        Some(value) => Text::plain(value.to_string()),
        None => NOTHING.into(),
    };
    words!(
        "test-difference",
        "{path}: expected {wanted}, got {got}",
        path = path;
        wanted = shown(wanted),
        got = shown(got)
    )
}
