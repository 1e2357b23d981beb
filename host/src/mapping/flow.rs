//! A compiled flow, as the engine sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::LANGUAGES;
use super::check::CheckRule;
use super::evaluate::{Collected, Evaluation, Trace};
use super::facts::{Facts, Need};
use super::filter;
use super::rejection::{Rejection, Say};
use super::rule::Reference;
use super::rule::{Expression, Field, Inner, Root};
use crate::catalogue::Catalogue;
use crate::config::Problem;
use crate::config::flow::GonePolicy;
use crate::model::{Condition, Fingerprint, FlowName};

/// One end of a flow: a kind of connector and its entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    pub connector: String,
    pub entity: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowSide {
    Source,
    Target,
}

/// What of a run a rule may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunInfo {
    pub now: Timestamp,
    /// Of a record that is created, which one it is of all that its flow created; 0 of any other.
    pub count: u64,
}

impl RunInfo {
    /// For rules that see nothing of the run.
    const NONE: Self = Self {
        now: Timestamp::UNIX_EPOCH,
        count: 0,
    };
}

/// A way to recognise the pair of a record that has no link yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A field of the source holds a value of the target's `target_field` (mostly its `id`).
    Marker {
        source_field: String,
        target_field: String,
    },
    /// These target fields, as mapped or compared, name one record.
    Natural { fields: Vec<String>, find: FindWhen },
}

/// What becomes of a target record when its source record is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Gone {
    pub policy: GonePolicy,
    /// What a deactivation sets.
    pub set: Map<String, Value>,
    /// A run does it to at most so many records.
    pub most: u64,
    /// The flow file says so: then records that a whole walk no longer shows count as well.
    pub asked: bool,
}

impl Default for Gone {
    fn default() -> Self {
        Self {
            policy: GonePolicy::Report,
            set: Map::new(),
            most: u64::MAX,
            asked: false,
        }
    }
}

/// Target fields by which two records that are there already show that they are the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likeness {
    pub keys: Vec<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub postal_code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindWhen {
    /// Before anything is written.
    First,
    /// Only when the target refused a duplicate.
    OnExists,
}

/// What tells people of a rejection.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRule {
    /// On the source connection.
    pub entity: String,
    /// A report is open while this field does not have this value.
    pub open: Option<(String, Value)>,
    /// Something of the report goes back into the source record.
    pub has_write_back: bool,
}

/// A record of the target, as the flow wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// All target fields that the rules gave; null where the source emptied them.
    pub body: Value,
    /// Names of fields that are set once and then belong to the target.
    pub create_only: BTreeSet<String>,
    /// Of each identity, the keys that are compared and not written.
    pub compared: Vec<Map<String, Value>>,
}

impl Mapped {
    /// What a create sends: a field that is empty from the start is left out.
    pub fn create_body(&self) -> Value {
        Value::Object(without_nulls(self.body.as_object()))
    }

    /// The value of a key by which this identity, counted from 0, recognises a record.
    pub fn key(&self, identity: usize, field: &str) -> Option<&Value> {
        let compared = self.compared.get(identity);
        let compared = compared.and_then(|keys| keys.get(field));
        compared.or_else(|| self.body.get(field))
    }
}

/// Of records within the record as well; one with nothing in it is left out.
fn without_nulls(record: Option<&Map<String, Value>>) -> Map<String, Value> {
    let fields = record.into_iter().flatten();
    let kept = fields.filter_map(|(name, value)| {
        let value = match value {
            Value::Null => return None,
            Value::Object(inner) if !inner.is_empty() => {
                let kept = without_nulls(Some(inner));
                (!kept.is_empty()).then_some(Value::Object(kept))?
            }
            other => other.clone(),
        };
        Some((name.clone(), value))
    });
    kept.collect()
}

/// A flow, compiled and checked. Cheap to clone.
#[derive(Clone)]
pub struct Flow {
    pub(super) inner: Arc<Inner>,
    rules: Fingerprint,
    lang: &'static str,
}

/// The parts of a file that say nothing about how a record is mapped: its wording, its choice of
/// records, its reports. A better wording wakes no record.
const NO_RULES: [&str; 9] = [
    "title",
    "description",
    "record_title",
    "schedule",
    "filter",
    "options",
    "texts",
    "report",
    "check",
];

/// Of the rules, the tables and the options, save those that only choose records (`since`).
fn rules_of(inner: &Inner) -> Fingerprint {
    let file = toml::from_str::<Map<String, Value>>(&inner.text.text);
    let mut file = file.unwrap_or_default();
    let conditions = file.get("filter").and_then(Value::as_array).cloned();
    let chooses = |option: &String| {
        let mut conditions = conditions.iter().flatten();
        conditions.any(|condition| condition["option"].as_str() == Some(option))
    };
    let mut options = inner.options.clone();
    options.retain(|option, _| !chooses(option));
    file.retain(|key, _| !NO_RULES.contains(&key.as_str()));
    super::fingerprint(&json!([file, options, inner.tables]))
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow")
            .field("name", &self.inner.name)
            .finish_non_exhaustive()
    }
}

impl Flow {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            rules: rules_of(&inner),
            inner: Arc::new(inner),
            lang: LANGUAGES[0],
        }
    }

    /// The same flow, speaking this language in what it writes into systems and in reasons.
    #[must_use]
    pub fn in_language(self, lang: &str) -> Self {
        let known = LANGUAGES.into_iter().find(|known| *known == lang);
        Self {
            lang: known.unwrap_or(LANGUAGES[0]),
            ..self
        }
    }

    pub fn name(&self) -> &FlowName {
        &self.inner.name
    }

    /// Of everything that decides how a record is mapped.
    pub fn rules_fingerprint(&self) -> Fingerprint {
        self.rules
    }

    /// What a person may want to know of the file though it is valid: names that nothing uses.
    pub fn warnings(&self) -> &[Problem] {
        &self.inner.warnings
    }

    /// Flows that may be run for a record of this one (`on_missing = "create"`).
    pub fn references(&self) -> Vec<FlowName> {
        self.referenced(|reference| reference.create)
    }

    /// Flows whose links this one asks for, whether or not they are run for it.
    pub fn uses(&self) -> Vec<FlowName> {
        let mut names = self.referenced(|_| true);
        names.extend(self.inner.reverse_of.clone());
        names
    }

    /// The flow of the other direction whose links are this one's as well.
    pub fn reverse_of(&self) -> Option<&FlowName> {
        self.inner.reverse_of.as_ref()
    }

    fn referenced(&self, wanted: impl Fn(&Reference) -> bool) -> Vec<FlowName> {
        let chosen = self
            .inner
            .references
            .iter()
            .filter(|reference| wanted(reference));
        let names: BTreeSet<FlowName> = chosen
            .filter_map(|reference| FlowName::parse(&reference.flow).ok())
            .collect();
        names.into_iter().collect()
    }

    /// An option as given or by default.
    pub(super) fn option(&self, name: &str) -> Option<&Value> {
        self.inner.options.get(name)
    }

    pub fn source(&self) -> &End {
        &self.inner.source
    }

    pub fn target(&self) -> &End {
        &self.inner.target
    }

    pub fn may_create(&self) -> bool {
        self.inner.may_create
    }

    pub fn may_update(&self) -> bool {
        self.inner.may_update
    }

    /// An update is the difference from the target as it is, and every run looks.
    pub fn compares_target(&self) -> bool {
        self.inner.compares_target
    }

    /// Options are filled in; a condition on an option that is not set is left out.
    pub fn filter(&self) -> &[Condition] {
        &self.inner.filter
    }

    /// Why the record does not pass the filter, or none: `number is not empty`.
    pub fn filtered(&self, record: &Value) -> Option<String> {
        self.unmet(record, |_| true)
    }

    /// As `filtered`, without the conditions on the marker field: a person asked for the record.
    pub fn filtered_but_marker(&self, record: &Value) -> Option<String> {
        self.unmet(record, |condition| {
            Some(&condition.field) != self.inner.marker.as_ref()
        })
    }

    fn unmet(&self, record: &Value, counts: impl Fn(&Condition) -> bool) -> Option<String> {
        let conditions: Vec<Condition> = self
            .inner
            .filter
            .iter()
            .filter(|condition| counts(condition))
            .cloned()
            .collect();
        let unmet = filter::first_unmet(&conditions, record, &self.inner.source_fields)?;
        Some(filter::reason(unmet, record, self.lang))
    }

    /// Why the record is none of this flow's (`when`), or none.
    pub fn excluded(&self, record: &Value) -> Result<Option<String>, Rejection> {
        self.failed(self.inner.when.as_ref(), "filter-when", record)
    }

    /// Why a record that is recognised nowhere is not created (`create_when`), or none.
    pub fn not_created(&self, record: &Value) -> Result<Option<String>, Rejection> {
        let condition = self.inner.create_when.as_ref();
        self.failed(condition, "filter-create-when", record)
    }

    /// Why a record that is linked is left as it is (`update_when`), or none.
    pub fn not_updated(&self, record: &Value) -> Result<Option<String>, Rejection> {
        let condition = self.inner.update_when.as_ref();
        self.failed(condition, "filter-update-when", record)
    }

    /// Why nobody asks for the record (`[on_demand]`), or none; none as well where the flow takes every one.
    pub fn not_asked(&self, record: &Value) -> Result<Option<String>, Rejection> {
        let condition = self.inner.asked.as_ref();
        self.failed(condition, "filter-not-asked", record)
    }

    /// The flow takes only what somebody asks for.
    pub fn takes_wishes(&self) -> bool {
        self.inner.asked.is_some()
    }

    /// Whether the flow takes only what is asked for, and somebody asks for this.
    pub fn is_asked(&self, record: &Value) -> bool {
        self.takes_wishes() && matches!(self.not_asked(record), Ok(None))
    }

    /// What is mapped is the answer to who asks, written into that record. Nothing is linked.
    pub fn answers(&self) -> bool {
        self.inner.answers
    }

    /// `[write_back]` is written after every sync, not once only.
    pub fn writes_back_after_sync(&self) -> bool {
        self.inner.writes_back_after_sync
    }

    /// That a condition does not hold, in words.
    fn failed(
        &self,
        condition: Option<&Expression>,
        words: &str,
        record: &Value,
    ) -> Result<Option<String>, Rejection> {
        let Some(condition) = condition else {
            return Ok(None);
        };
        let facts = Facts::default();
        let evaluation = self.evaluation(record, &facts, RunInfo::NONE);
        match evaluation.record_condition(condition) {
            Ok(true) => Ok(None),
            Ok(false) => {
                let rule = [("rule", condition.source.as_str())];
                Ok(Some(Catalogue::new(self.lang).say(words, &rule)))
            }
            Err(_) => Err(refused(evaluation)),
        }
    }

    /// The source field that asks for the record and shows what became of it.
    pub fn marker(&self) -> Option<&str> {
        self.inner.marker.as_deref()
    }

    pub fn record_title(&self, record: &Value, lang: &str) -> String {
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(title) = &self.inner.title else {
            return format!("{} {id}", self.inner.source.entity);
        };
        let facts = Facts::default();
        self.evaluation(record, &facts, RunInfo::NONE)
            .record_words(title, lang)
    }

    /// What can be named now and is not yet in `facts`; empty means ready to map. What must be created
    /// is asked for last, and not at all when the record will be refused anyway.
    pub fn needs(&self, record: &Value, facts: &Facts) -> Result<Vec<Need>, Rejection> {
        self.needs_traced(record, facts, None)
    }

    pub(super) fn needs_traced(
        &self,
        record: &Value,
        facts: &Facts,
        trace: Option<&Trace>,
    ) -> Result<Vec<Need>, Rejection> {
        let mut evaluation = self.evaluation(record, facts, RunInfo::NONE);
        evaluation.trace = trace;
        evaluation.body();
        evaluation.compared();
        let Collected { needs, rejections } = evaluation.collected.into_inner();
        let (creating, plain): (Vec<Need>, Vec<Need>) = needs.into_iter().partition(Need::creates);
        if !plain.is_empty() {
            return Ok(plain);
        }
        match Rejection::merged(rejections) {
            Some(rejection) => Err(rejection),
            None => Ok(creating),
        }
    }

    pub fn map(&self, record: &Value, facts: &Facts, run: &RunInfo) -> Result<Mapped, Rejection> {
        self.map_traced(record, facts, run, None)
    }

    pub(super) fn map_traced(
        &self,
        record: &Value,
        facts: &Facts,
        run: &RunInfo,
        trace: Option<&Trace>,
    ) -> Result<Mapped, Rejection> {
        let mut evaluation = self.evaluation(record, facts, *run);
        evaluation.trace = trace;
        let body = evaluation.body();
        let compared = evaluation.compared();
        let Collected { needs, rejections } = evaluation.collected.into_inner();
        if let Some(rejection) = Rejection::merged(rejections) {
            return Err(rejection);
        }
        if !needs.is_empty() {
            return Err(not_resolved());
        }
        let (fields, children) = (&self.inner.block.fields, &self.inner.children);
        let fields = fields.iter().filter(|field| field.only_create);
        let children = children.iter().filter(|child| child.only_create);
        let create_only = fields
            .map(|field| field.path[0].clone())
            .chain(children.map(|child| child.name.clone()));
        Ok(Mapped {
            body,
            create_only: create_only.collect(),
            compared,
        })
    }

    /// Those whose `when` holds, in order.
    pub fn identities(&self) -> Vec<Identity> {
        self.inner.identities.clone()
    }

    /// A record that is created may depend on the moment.
    pub fn reads_now(&self) -> bool {
        self.inner.reads_now
    }

    /// A record that is created gets the next number of its flow.
    pub fn counts(&self) -> bool {
        self.inner.counts
    }

    /// What becomes of a target record when its source record is gone.
    pub fn gone(&self) -> &Gone {
        &self.inner.gone
    }

    /// What `link match` goes by, beside the identities.
    pub fn likeness(&self) -> &Likeness {
        &self.inner.likeness
    }

    /// Some fields of the target record, as far as each can be made by itself.
    pub fn some_fields(
        &self,
        record: &Value,
        facts: &Facts,
        run: &RunInfo,
        wanted: &BTreeSet<&str>,
    ) -> Map<String, Value> {
        let evaluation = self.evaluation(record, facts, *run);
        let fields = self.inner.block.fields.iter();
        let mut made = Map::new();
        let compared = self.inner.compared.iter().flatten();
        for field in compared
            .chain(fields)
            .filter(|field| wanted.contains(field.name.as_str()))
        {
            if let Value::Object(one) = evaluation.fields(std::slice::from_ref(field)) {
                made.extend(one);
            }
        }
        made
    }

    /// The source's system says of a record when or by whom it was written.
    pub fn has_stamps(&self) -> bool {
        let mut fields = self.inner.source_fields.fields.values();
        fields.any(|field| field.stamp)
    }

    /// Of a record, what its system sets at each write: when, and by whom.
    pub fn stamps(&self, record: &Value) -> Value {
        let fields = self.inner.source_fields.fields.iter();
        let stamps = fields.filter(|(_, field)| field.stamp);
        stamps
            .map(|(name, _)| (name.clone(), record[name.as_str()].clone()))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The record as far as people write it, and without what `write_back` or `report.write_back` sets in it.
    pub fn without_written_back(&self, record: &Value) -> Value {
        let report = self.inner.report.iter();
        let report = report.flat_map(|report| &report.write_back);
        let mut rest = record.clone();
        for field in self.inner.write_back.iter().chain(report) {
            let Some((last, outer)) = field.path.split_last() else {
                continue;
            };
            let within = outer
                .iter()
                .try_fold(&mut rest, |value, step| value.get_mut(step));
            if let Some(Value::Object(within)) = within {
                within.remove(last);
            }
        }
        if let Some(fields) = rest.as_object_mut() {
            fields.retain(|name, _| !self.inner.unread_stamps.contains(name));
        }
        rest
    }

    /// Source fields that `write_back` or `report.write_back` sets.
    pub fn written_back_fields(&self) -> BTreeSet<String> {
        let report = self
            .inner
            .report
            .iter()
            .flat_map(|report| &report.write_back);
        self.inner
            .write_back
            .iter()
            .chain(report)
            .map(|field| field.path.join("."))
            .collect()
    }

    pub fn has_write_back(&self) -> bool {
        !self.inner.write_back.is_empty()
    }

    /// What is to be written into the source after success; `target` is the target record with its id.
    pub fn write_back(
        &self,
        source: &Value,
        target: &Value,
        run: &RunInfo,
    ) -> Result<Option<Value>, Rejection> {
        let others = BTreeMap::from([(Root::Target, target.clone())]);
        self.written(&self.inner.write_back, source, others, run, None)
    }

    /// None where the flow reports nowhere or its `when` does not hold.
    pub fn report(&self) -> Option<&ReportRule> {
        self.inner.report.as_ref().map(|report| &report.rule)
    }

    pub fn report_body(
        &self,
        source: &Value,
        error_text: &str,
        run: &RunInfo,
    ) -> Result<Value, Rejection> {
        let fields = self
            .inner
            .report
            .as_ref()
            .map_or(&[][..], |report| &report.fields);
        let others = BTreeMap::from([(Root::Error, serde_json::json!({"text": error_text}))]);
        let body = self.written(fields, source, others, run, None)?;
        // A report is always created: an empty field of it is left out.
        let body = body.unwrap_or_else(|| Value::Object(Map::new()));
        Ok(Value::Object(without_nulls(body.as_object())))
    }

    /// What is to be written into the source once the report stands.
    pub fn report_write_back(
        &self,
        source: &Value,
        report: &Value,
        run: &RunInfo,
    ) -> Result<Option<Value>, Rejection> {
        let fields = self
            .inner
            .report
            .as_ref()
            .map_or(&[][..], |report| &report.write_back);
        let others = BTreeMap::from([(Root::Report, report.clone())]);
        self.written(fields, source, others, run, None)
    }

    /// Those whose `when` holds.
    pub fn checks(&self) -> &[CheckRule] {
        &self.inner.checks
    }

    pub(super) fn written(
        &self,
        fields: &[Field],
        source: &Value,
        others: BTreeMap<Root, Value>,
        run: &RunInfo,
        trace: Option<&Trace>,
    ) -> Result<Option<Value>, Rejection> {
        if fields.is_empty() {
            return Ok(None);
        }
        let facts = Facts::default();
        let mut evaluation = self.evaluation(source, &facts, *run);
        evaluation.others = others;
        evaluation.trace = trace;
        let body = evaluation.fields(fields);
        let wrong = !evaluation.collected.borrow().rejections.is_empty();
        if wrong {
            Err(refused(evaluation))
        } else {
            Ok(Some(body))
        }
    }

    fn evaluation<'a>(
        &'a self,
        source: &'a Value,
        facts: &'a Facts,
        run: RunInfo,
    ) -> Evaluation<'a> {
        Evaluation::new(&self.inner, self.lang, source, facts, run)
    }
}

fn refused(evaluation: Evaluation<'_>) -> Rejection {
    let rejections = evaluation.collected.into_inner().rejections;
    Rejection::merged(rejections).unwrap_or_else(not_resolved)
}

fn not_resolved() -> Rejection {
    let say = Say::NotResolved;
    Rejection::new(say.code(), None, LANGUAGES.map(|lang| say.words("", lang)))
}
