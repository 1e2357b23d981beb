//! A test of a flow, as written beside it: a record, what is around it, and what must come out.
//!
//! TOML has no null, and a connector gives null for what is empty. So a field of a record that a test
//! does not mention is null, and `{ null = true }` says null where something must be said.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::config::problem::words;
use crate::config::reader::{Item, Reader, Section};
use crate::config::tenant::{OptionValues, TableValues};
use crate::config::{At, Problem, SourceText};
use crate::model::kind;

#[derive(Debug, Clone)]
pub struct TestFile {
    pub text: Arc<SourceText>,
    pub title: String,
    /// What is tested is the way back; `source` is then a record of the flow's target.
    pub back: bool,
    pub now: Timestamp,
    /// `run.count`
    pub count: u64,
    pub options: OptionValues,
    pub tables: TableValues,
    pub source: Value,
    /// By flow: source id and target id.
    pub links: BTreeMap<String, BTreeMap<String, String>>,
    /// By flow: source id and why that record could not be made.
    pub failed: BTreeMap<String, BTreeMap<String, String>>,
    /// By entity: the value that a look-up looked for, and the id that the record gets which it makes.
    pub made: BTreeMap<String, BTreeMap<String, String>>,
    /// By entity: such a value, and why no record could be made for it.
    pub not_made: BTreeMap<String, BTreeMap<String, String>>,
    /// The record has a link already.
    pub linked: Option<Linked>,
    /// Records that look-ups find, by `source.ENTITY` or `target.ENTITY`.
    pub records: BTreeMap<String, Vec<Value>>,
    /// The target record as it is after the write, for the write-back.
    pub target: Option<Value>,
    /// The report record, for its write-back.
    pub report: Option<Value>,
    pub expect: Expect,
}

/// `[linked]`
#[derive(Debug, Clone)]
pub struct Linked {
    /// What was sent last; none where the link does not know.
    pub sent: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Mapped,
    Rejected,
    Waiting,
    /// Left aside by `filter`.
    Filtered,
    /// Left aside by `when`.
    Excluded,
    /// It is linked, and left as it is by `update_when`.
    Unchanged,
}

impl Outcome {
    pub const WORDS: [(&'static str, Self); 6] = [
        ("mapped", Self::Mapped),
        ("rejected", Self::Rejected),
        ("waiting", Self::Waiting),
        ("filtered", Self::Filtered),
        ("excluded", Self::Excluded),
        ("unchanged", Self::Unchanged),
    ];

    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, outcome)| *outcome == self);
        found.map_or("", |(word, _)| *word)
    }
}

/// What must come out; what is not said is not compared.
#[derive(Debug, Clone)]
pub struct Expect {
    pub outcome: Outcome,
    pub title: Option<String>,
    pub code: Option<String>,
    pub field: Option<String>,
    /// By language, whole.
    pub message: BTreeMap<String, String>,
    /// Why it was left aside.
    pub reason: Option<String>,
    pub body: Option<Value>,
    /// Where nothing is recognised, it is created (`create_when`).
    pub created: Option<bool>,
    /// Fields that belong to the target once it is there.
    pub only_create: Option<Vec<String>>,
    /// Records other flows are run for: `customers/12`.
    pub creates: Option<Vec<String>>,
    /// By entity: the records that are made for look-ups, whole.
    pub made: Option<BTreeMap<String, Vec<Value>>>,
    /// Of a linked record, the fields that an update sends, whole.
    pub update: Option<Value>,
    pub write_back: Option<Value>,
    pub report: Option<Value>,
    pub report_write_back: Option<Value>,
}

impl TestFile {
    pub fn read(text: &Arc<SourceText>) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let file = match reader.is_toml() {
            true => read(&reader),
            false => None,
        };
        let problems = reader.into_problems();
        match file {
            Some(file) if problems.is_empty() => Ok(file),
            _ => Err(problems),
        }
    }
}

fn read(reader: &Reader) -> Option<TestFile> {
    let root = reader.root();
    let title = root.need_text("title");
    let direction = root.word("direction", &[("there", false), ("back", true)]);
    let now = now(&root);
    let count = count(&root);
    let mut options = OptionValues::none(&reader.source);
    options.values = root
        .table("options")
        .map(|of| of.entries.to_vec())
        .unwrap_or_default();
    let mut tables = TableValues::none(&reader.source);
    tables.tables = root
        .named_tables("tables")
        .into_iter()
        .map(|(name, of)| (name, rows(&of)))
        .collect();
    if !root.has("source") {
        root.missing("source");
    }
    let source = root.get("source").map(|at| value_of(&at.value));
    let pairs = |key| {
        let flows: Vec<(At<String>, Section<'_>)> = root.named_tables(key);
        let pair = |(from, to): (At<String>, At<String>)| (from.value, to.value);
        let flow = |(name, of): (At<String>, Section<'_>)| {
            (name.value, rows(&of).into_iter().map(pair).collect())
        };
        flows.into_iter().map(flow).collect()
    };
    let (links, failed) = (pairs("links"), pairs("failed"));
    let (made, not_made) = (pairs("made"), pairs("not_made"));
    let linked = root.table("linked").map(|section| {
        let linked = Linked {
            sent: section.get("sent").map(|at| value_of(&at.value)),
        };
        section.done();
        linked
    });
    let records = root
        .table("records")
        .map(|of| records(&of))
        .unwrap_or_default();
    let target = root.get("target").map(|at| value_of(&at.value));
    let report = root.get("report").map(|at| value_of(&at.value));
    if !root.has("expect") {
        root.missing("expect");
    }
    let expect = root.table("expect").and_then(|section| expect(&section));
    root.done();
    Some(TestFile {
        text: Arc::clone(&reader.source),
        title: title?.value,
        back: direction.is_some_and(|at| at.value),
        now,
        count,
        options,
        tables,
        source: source?,
        links,
        failed,
        made,
        not_made,
        linked,
        records,
        target,
        report,
        expect: expect?,
    })
}

fn now(root: &Section<'_>) -> Timestamp {
    let noon = "2026-01-05T12:00:00Z".parse().expect("an instant");
    let Some(at) = root.get("now") else {
        return noon;
    };
    let text = match &at.value {
        Item::Date(text) | Item::Text(text) => text.parse().ok(),
        _ => None,
    };
    text.or_else(|| root.reader.wrong_type("now", kind::INSTANT, at))
        .unwrap_or(noon)
}

fn count(root: &Section<'_>) -> u64 {
    let Some(at) = root.get("count") else {
        return 1;
    };
    let count = match &at.value {
        Item::Integer(count) => u64::try_from(*count).ok(),
        _ => None,
    };
    count
        .or_else(|| root.reader.wrong_type("count", kind::NUMBER, at))
        .unwrap_or(1)
}

fn rows(section: &Section<'_>) -> Vec<(At<String>, At<String>)> {
    let row = |(key, item): &(At<String>, At<Item>)| {
        Some((key.clone(), section.reader.text(&key.value, item)?))
    };
    section.entries.iter().filter_map(row).collect()
}

/// `[[records.source.billing_code]]`
fn records(section: &Section<'_>) -> BTreeMap<String, Vec<Value>> {
    let mut records = BTreeMap::new();
    for side in ["source", "target"] {
        let Some(entities) = section.table(side) else {
            continue;
        };
        for (entity, items) in by_entity(&entities) {
            records.insert(format!("{side}.{entity}"), items);
        }
    }
    section.done();
    records
}

fn by_entity(entities: &Section<'_>) -> BTreeMap<String, Vec<Value>> {
    let mut records = BTreeMap::new();
    for (entity, item) in entities.entries {
        let Item::List(items) = &item.value else {
            let reader = entities.reader;
            reader.wrong_type::<()>(&entity.value, kind::LIST_OF_RECORDS, item);
            continue;
        };
        let items = items.iter().map(|item| value_of(&item.value)).collect();
        records.insert(entity.value.clone(), items);
    }
    records
}

fn expect(section: &Section<'_>) -> Option<Expect> {
    if !section.has("outcome") {
        section.missing("outcome");
    }
    let outcome = section.word("outcome", &Outcome::WORDS);
    let text = |key| section.text(key).map(|at| at.value);
    let texts = |key| {
        section
            .texts(key)
            .map(|list| list.into_iter().map(|at| at.value).collect::<Vec<String>>())
    };
    let value = |key| section.get(key).map(|at| value_of(&at.value));
    let message = section.table("message").map(|table| {
        let rows = rows(&table).into_iter();
        rows.map(|(lang, words)| (lang.value, words.value))
            .collect()
    });
    let expect = Expect {
        outcome: outcome.as_ref().map_or(Outcome::Mapped, |at| at.value),
        title: text("title"),
        code: text("code"),
        field: text("field"),
        message: message.unwrap_or_default(),
        reason: text("reason"),
        body: value("body"),
        created: section.flag("created"),
        only_create: texts("only_create"),
        creates: texts("creates"),
        made: section.table("made").map(|table| by_entity(&table)),
        update: value("update"),
        write_back: value("write_back"),
        report: value("report"),
        report_write_back: value("report_write_back"),
    };
    section.done();
    let refused = matches!(expect.outcome, Outcome::Rejected | Outcome::Waiting);
    if !refused && (expect.code.is_some() || !expect.message.is_empty()) {
        let message = words!(
            "problem-test-code",
            "only a record that is refused has a code and a message"
        );
        section.reader.problem(&section.span, "test", message, None);
    }
    outcome.map(|_| expect)
}

/// As `Item::to_json`, with `{ null = true }` as null.
fn value_of(item: &Item) -> Value {
    match item {
        Item::Table(entries) => {
            let null = matches!(entries.as_slice(),
                [(key, item)] if key.value == "null" && item.value == Item::Bool(true));
            if null {
                return Value::Null;
            }
            let fields: Map<String, Value> = entries
                .iter()
                .map(|(key, item)| (key.value.clone(), value_of(&item.value)))
                .collect();
            Value::Object(fields)
        }
        Item::List(items) => items.iter().map(|item| value_of(&item.value)).collect(),
        other => other.to_json(),
    }
}
