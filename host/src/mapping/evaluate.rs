//! Walks a record through the rules.
//!
//! Rules are asked for by need: what a rule uses is computed when it is first used and remembered. A
//! rule whose look-up is not answered yet notes what it needs and stops; all the others go on, so one
//! walk names everything that can be fetched now, and, when nothing is open, everything that is wrong
//! with the record.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use rhai::{Dynamic, Map, Scope};
use serde_json::Value;

use super::LANGUAGES;
use super::cell::Cell;
use super::compile_outer::option_names;
use super::expression;
use super::facts::{Facts, Need};
use super::flow::RunInfo;
use super::path::field_name;
use super::rejection::{Rejection, Say};
use super::rule::{Append, Block, Child, Expression, Field, Inner, Origin, Root, Rule};
use super::schema::{Kind, Refused};
use super::template::{Message, Template};
use crate::config::flow::OnMissing;
use crate::model::kind;

/// Why a rule gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Something must be fetched first; it is noted.
    Pending,
    /// The record is refused; the reason is noted.
    Refused,
}

pub type Step<T> = Result<T, Stop>;

/// The rules that were used, by id.
pub type Trace = RefCell<BTreeSet<String>>;

#[derive(Debug, Default)]
pub struct Collected {
    pub needs: BTreeSet<Need>,
    pub rejections: Vec<Rejection>,
}

pub struct Evaluation<'a> {
    pub flow: &'a Inner,
    /// Of what is written into systems.
    pub lang: &'a str,
    pub source: &'a Value,
    pub facts: &'a Facts,
    pub run: RunInfo,
    /// `target`, `report` and `error`, where rules may use them.
    pub others: BTreeMap<Root, Value>,
    pub trace: Option<&'a Trace>,
    pub collected: RefCell<Collected>,
    source_dynamic: OnceCell<Dynamic>,
    pub(super) record: Frame<'a>,
    /// Of each of the flow's children.
    pub(super) lines: Vec<OnceCell<Step<Vec<Frame<'a>>>>>,
}

/// One level of rules at work: the record's, or one line's.
#[derive(Default)]
pub struct Frame<'a> {
    pub(super) child: Option<(&'a Child, usize)>,
    /// The line stands beside the list: its rules are the record's.
    pub(super) append: Option<&'a Append>,
    pub(super) line: Option<&'a Value>,
    pub(super) line_dynamic: OnceCell<Dynamic>,
    pub(super) lookups: RefCell<BTreeMap<&'a str, Step<Option<&'a Value>>>>,
    pub(super) values: RefCell<BTreeMap<(&'a str, &'a str), Step<Cell>>>,
    /// By the id of its rule: one level may write several records.
    pub(super) fields: RefCell<BTreeMap<&'a str, Step<Cell>>>,
    pub(super) passes: OnceCell<Step<bool>>,
}

impl<'a> Frame<'a> {
    /// The look-ups and values of its own level.
    pub(super) fn own(&self) -> Option<&'a Block> {
        let (child, _) = self.child.filter(|_| self.append.is_none())?;
        Some(&child.block)
    }
}

impl<'a> Evaluation<'a> {
    pub fn new(
        flow: &'a Inner,
        lang: &'a str,
        source: &'a Value,
        facts: &'a Facts,
        run: RunInfo,
    ) -> Self {
        Self {
            flow,
            lang,
            source,
            facts,
            run,
            others: BTreeMap::new(),
            trace: None,
            collected: RefCell::default(),
            source_dynamic: OnceCell::new(),
            record: Frame::default(),
            lines: flow.children.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The target record, as far as it can be made; everything missing or wrong is collected.
    pub fn body(&self) -> Value {
        let mut body = self.object(&self.record, &self.flow.block.fields, Nulls::Kept);
        for (nth, child) in self.flow.children.iter().enumerate() {
            let rows: Vec<Value> = self
                .frames(nth)
                .unwrap_or_default()
                .iter()
                .filter(|frame| self.passes(frame) == Ok(true))
                .map(|frame| {
                    let fields = line_fields(child, frame);
                    Value::Object(self.object(frame, fields, Nulls::Dropped))
                })
                .collect();
            // A list may be made by several blocks.
            match body.get_mut(&child.name) {
                Some(Value::Array(before)) => before.extend(rows),
                _ => {
                    body.insert(child.name.clone(), Value::Array(rows));
                }
            }
        }
        for reject in &self.flow.rejects {
            let holds = self.condition(&self.record, &reject.when, self.lang);
            if holds == Ok(true) {
                self.touch(&reject.id);
                let message = Some(&reject.message);
                self.refuse(&self.record, &reject.code, None, message, None);
            }
        }
        Value::Object(body)
    }

    /// Of each identity, the keys that are compared and not written.
    pub fn compared(&self) -> Vec<serde_json::Map<String, Value>> {
        let identities = self.flow.compared.iter();
        identities
            .map(|fields| self.object(&self.record, fields, Nulls::Dropped))
            .collect()
    }

    /// These fields of the record's level, for write-backs and reports.
    pub fn fields(&self, fields: &'a [Field]) -> Value {
        Value::Object(self.object(&self.record, fields, Nulls::Kept))
    }

    pub(super) fn object(
        &self,
        frame: &Frame<'a>,
        fields: &'a [Field],
        nulls: Nulls,
    ) -> serde_json::Map<String, Value> {
        let mut object = serde_json::Map::new();
        for field in fields {
            let Ok(cell) = self.field(frame, field) else {
                continue;
            };
            let kind = field
                .schema
                .as_ref()
                .map_or(&Kind::Any, |schema| &schema.kind);
            let Some(value) = cell.into_json(kind) else {
                continue;
            };
            if nulls == Nulls::Kept || !value.is_null() {
                put(&mut object, &field.path, value);
            }
        }
        object
    }

    /// A whole record of these fields, or none while one of them is missing.
    pub(super) fn whole(&self, frame: &Frame<'a>, fields: &'a [Field]) -> Step<Value> {
        let each = fields.iter().map(|field| self.field(frame, field));
        // All of them, so that everything missing is named at once.
        let stopped = each.fold(None, |stopped, field| field.err().or(stopped));
        match stopped {
            Some(stop) => Err(stop),
            None => Ok(Value::Object(self.object(frame, fields, Nulls::Dropped))),
        }
    }

    /// A field's value, checked against what the system takes.
    pub(super) fn field(&self, frame: &Frame<'a>, field: &'a Field) -> Step<Cell> {
        if let Some(known) = frame.fields.borrow().get(field.rule.id.as_str()) {
            return known.clone();
        }
        let cell = self.accepted(frame, field);
        let mut fields = frame.fields.borrow_mut();
        fields.insert(&field.rule.id, cell.clone());
        cell
    }

    fn accepted(&self, frame: &Frame<'a>, field: &'a Field) -> Step<Cell> {
        let never_empty = field.schema.as_ref().is_some_and(|schema| !schema.nullable);
        let turn = Turn {
            lang: self.lang,
            required: field.required,
            never_empty,
            alternative: false,
        };
        let cell = self.rule(frame, &field.rule, turn)?;
        let Some(schema) = &field.schema else {
            return Ok(cell);
        };
        let Some(value) = cell.clone().into_json(&schema.kind) else {
            return Ok(cell);
        };
        let Some(refused) = schema.refuses(&value) else {
            return Ok(cell);
        };
        let shown = cell.print();
        let say = match refused {
            Refused::Kind(wanted) => Say::WrongKind {
                value: shown,
                wanted,
            },
            Refused::Length(max) => Say::TooLong { value: shown, max },
            Refused::Word(known) => Say::UnknownWord {
                value: shown,
                known,
            },
        };
        Err(self.refuse(
            frame,
            say.code(),
            Some(field_name(&field.rule.id)),
            None,
            Some(say),
        ))
    }

    pub fn rule(&self, frame: &Frame<'a>, rule: &'a Rule, turn: Turn<'_>) -> Step<Cell> {
        self.touch(&rule.id);
        if rule.origin.is_off() {
            return match turn.required && !turn.alternative {
                true => Err(self.missing(frame, rule)),
                false => Ok(Cell::Missing),
            };
        }
        if let Some(when) = &rule.when
            && !self.condition(frame, when, turn.lang)?
        {
            return Ok(match &rule.otherwise {
                Some(value) => {
                    self.touch_part(rule, "else");
                    Cell::Fixed(value.clone())
                }
                None => Cell::Missing,
            });
        }
        let mut cell = self.origin(frame, rule, turn)?;
        if cell.is_blank() {
            cell = match rule.on_missing {
                Some(OnMissing::Skip) => return Ok(Cell::Missing),
                Some(OnMissing::Default) => {
                    Cell::Fixed(rule.default.clone().unwrap_or(Value::Null))
                }
                Some(_) => return Err(self.missing(frame, rule)),
                None if turn.required && !turn.alternative => return Err(self.missing(frame, rule)),
                None if turn.never_empty && cell.is_null() && !turn.alternative => {
                    return Err(self.missing(frame, rule));
                }
                None => return Ok(cell),
            };
        }
        self.finished(frame, rule, cell)
    }

    /// Rounded and cut as the rule says.
    fn finished(&self, frame: &Frame<'a>, rule: &'a Rule, cell: Cell) -> Step<Cell> {
        let mut cell = cell;
        if let Some(places) = rule.decimal
            && !cell.is_null()
        {
            let number = cell
                .number()
                .and_then(|number| super::decimal::fixed(number, places));
            let Some(number) = number else {
                let say = Say::WrongKind {
                    value: cell.print(),
                    wanted: kind::DECIMAL,
                };
                return Err(self.refuse(
                    frame,
                    say.code(),
                    Some(field_name(&rule.id)),
                    None,
                    Some(say),
                ));
            };
            cell = Cell::Number(number);
        }
        if rule.omit_zero && cell.number().is_some_and(|number| number.is_zero()) {
            return Ok(Cell::Missing);
        }
        if let (Some(length), Cell::Json(Value::String(text))) = (rule.truncate, &cell)
            && text.chars().count() > length
        {
            let kept: String = text.chars().take(length.saturating_sub(1)).collect();
            cell = Cell::Json(Value::from(format!("{kept}…")));
        }
        Ok(cell)
    }

    pub(super) fn origin(&self, frame: &Frame<'a>, rule: &'a Rule, turn: Turn<'_>) -> Step<Cell> {
        match &rule.origin {
            Origin::Path(path) => self.path(frame, path.root, &path.fields, turn.lang),
            Origin::Const(value) => Ok(Cell::Fixed(value.clone())),
            Origin::Expr(expression) => self.computed(frame, rule, expression, turn.lang),
            Origin::FirstOf(ways) => {
                let mut null = false;
                for way in ways {
                    let cell = self.rule(
                        frame,
                        way,
                        Turn {
                            alternative: true,
                            ..turn
                        },
                    )?;
                    if !cell.is_blank() {
                        return Ok(cell);
                    }
                    null |= cell.is_null();
                }
                Ok(if null {
                    Cell::Json(Value::Null)
                } else {
                    Cell::Missing
                })
            }
            Origin::Map { table, from } => {
                let cell = self.path(frame, from.root, &from.fields, turn.lang)?;
                if cell.is_blank() {
                    return Ok(cell);
                }
                let wanted = cell.print();
                let row = self
                    .flow
                    .tables
                    .get(table)
                    .and_then(|rows| rows.get(&wanted));
                match row {
                    Some(row) => Ok(Cell::Json(Value::from(row.as_str()))),
                    None if turn.alternative
                        || matches!(
                            rule.on_missing,
                            Some(OnMissing::Skip | OnMissing::Default)
                        ) =>
                    {
                        Ok(Cell::Missing)
                    }
                    None => {
                        let say = Say::NoRow {
                            table: table.clone(),
                            value: wanted,
                        };
                        Err(self.refuse_rule(frame, rule, say))
                    }
                }
            }
            Origin::Ref { flow, from } => self.reference(frame, rule, flow, from, turn),
            Origin::Sum(sum) => self.sum(frame, rule, sum).map(Cell::Number),
        }
    }

    fn computed(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        expression: &'a Expression,
        lang: &str,
    ) -> Step<Cell> {
        let value = self.evaluate(frame, expression, lang)?;
        Cell::of_dynamic(&value).ok_or_else(|| {
            let say = Say::WrongKind {
                value: value.type_name().to_owned(),
                wanted: kind::VALUE,
            };
            self.refuse(
                frame,
                say.code(),
                Some(field_name(&rule.id)),
                None,
                Some(say),
            )
        })
    }

    pub(super) fn value(&self, frame: &Frame<'a>, name: &str, lang: &'a str) -> Step<Cell> {
        let own = frame.own().and_then(|block| find(&block.values, name));
        let (frame, field) = match own {
            Some(field) => (frame, field),
            None => match find(&self.flow.block.values, name) {
                Some(field) => (&self.record, field),
                None => return Ok(Cell::Missing),
            },
        };
        let key = (lang, field.name.as_str());
        if let Some(known) = frame.values.borrow().get(&key) {
            return known.clone();
        }
        let turn = Turn {
            lang,
            required: false,
            never_empty: false,
            alternative: false,
        };
        let cell = self.rule(frame, &field.rule, turn);
        frame.values.borrow_mut().insert(key, cell.clone());
        cell
    }

    /// What stands at the end of a path.
    pub(super) fn path(
        &self,
        frame: &Frame<'a>,
        root: Root,
        fields: &[String],
        lang: &str,
    ) -> Step<Cell> {
        let found = match root {
            Root::Value => {
                let Some(name) = fields.first() else {
                    return Ok(Cell::Missing);
                };
                return self.value(frame, name, known_language(lang));
            }
            Root::Lookup => {
                let Some((name, fields)) = fields.split_first() else {
                    return Ok(Cell::Missing);
                };
                step_into(self.lookup(frame, name)?, fields)
            }
            Root::Option => {
                let Some((name, fields)) = fields.split_first() else {
                    return Ok(Cell::Missing);
                };
                step_into(self.flow.options.get(name), fields)
            }
            Root::Run => {
                return Ok(Cell::Json(match fields.first().map(String::as_str) {
                    Some("count") => Value::from(self.run.count),
                    _ => Value::from(self.run.now.to_string()),
                }));
            }
            Root::Source => step_into(Some(self.source), fields),
            Root::Line => step_into(frame.line, fields),
            Root::Target | Root::Report | Root::Error | Root::Each => {
                step_into(self.others.get(&root), fields)
            }
        };
        Ok(Cell::of(found))
    }

    pub fn condition(
        &self,
        frame: &Frame<'a>,
        expression: &'a Expression,
        lang: &str,
    ) -> Step<bool> {
        let value = self.evaluate(frame, expression, lang)?;
        self.truth(frame, expression, &value)
    }

    fn truth(&self, frame: &Frame<'a>, expression: &'a Expression, value: &Dynamic) -> Step<bool> {
        value.as_bool().map_err(|found| {
            let what = expression::needs(kind::TRUE_OR_FALSE.english, found);
            self.failed(frame, expression, what, None)
        })
    }

    /// As `condition`, where `each` is this entry of a list.
    pub(super) fn condition_for(
        &self,
        frame: &Frame<'a>,
        each: &Value,
        expression: &'a Expression,
    ) -> Step<bool> {
        let value = self.evaluate_for(frame, Some(each), expression, self.lang)?;
        self.truth(frame, expression, &value)
    }

    /// As `condition`, for the record itself.
    pub fn record_condition(&self, expression: &'a Expression) -> Step<bool> {
        self.condition(&self.record, expression, self.lang)
    }

    pub(super) fn evaluate(
        &self,
        frame: &Frame<'a>,
        expression: &'a Expression,
        lang: &str,
    ) -> Step<Dynamic> {
        self.evaluate_for(frame, None, expression, lang)
    }

    /// As `evaluate`, where `each` is this entry of a list.
    pub(super) fn evaluate_for(
        &self,
        frame: &Frame<'a>,
        each: Option<&Value>,
        expression: &'a Expression,
        lang: &str,
    ) -> Step<Dynamic> {
        let mut scope = Scope::new();
        let mut stopped = None;
        for root in &expression.roots {
            let namespace = match root {
                Root::Source => self
                    .source_dynamic
                    .get_or_init(|| shared(self.source))
                    .clone(),
                Root::Line => {
                    let line = frame.line.unwrap_or(&Value::Null);
                    frame.line_dynamic.get_or_init(|| shared(line)).clone()
                }
                Root::Option => option_names(&self.flow.option_names, &self.flow.options),
                Root::Lookup => {
                    let names = expression.lookups.iter();
                    let map: Result<Map, Stop> = names
                        .map(|name| Ok((name.as_str().into(), self.lookup_record(frame, name)?)))
                        .collect();
                    match map {
                        Ok(map) => map.into(),
                        Err(stop) => {
                            stopped = Some(stop);
                            continue;
                        }
                    }
                }
                Root::Value => {
                    let mut map = Map::new();
                    for name in &expression.values {
                        match self.value(frame, name, known_language(lang)) {
                            Ok(cell) => drop(map.insert(name.as_str().into(), cell.to_dynamic())),
                            Err(stop) => stopped = Some(stop),
                        }
                    }
                    map.into()
                }
                Root::Run => {
                    let now = Dynamic::from(self.run.now.to_string());
                    let count = expression::to_dynamic(&Value::from(self.run.count));
                    Map::from([("now".into(), now), ("count".into(), count)]).into()
                }
                Root::Each => each.map_or(Dynamic::UNIT, expression::to_dynamic),
                Root::Target | Root::Report | Root::Error => self
                    .others
                    .get(root)
                    .map_or(Dynamic::UNIT, expression::to_dynamic),
            };
            scope.push_constant_dynamic(root.name(), namespace);
        }
        if let Some(stop) = stopped {
            return Err(stop);
        }
        if !expression.texts.is_empty() {
            let mut texts = Map::new();
            for key in &expression.texts {
                let text = self.flow.texts.get(key).map(|text| text.in_language(lang));
                let words = text.map_or(Ok(String::new()), |text| self.fill(frame, text, lang))?;
                texts.insert(key.as_str().into(), words.into());
            }
            scope.push_constant(expression::TEXTS, texts);
        }
        expression::evaluate(&expression.ast, &mut scope).map_err(|failure| {
            let (what, nth) = expression::explain(&failure);
            self.failed(frame, expression, what, nth)
        })
    }

    /// Words with their placeholders printed. What cannot be printed because the record is refused for
    /// it is left out.
    pub fn fill(&self, frame: &Frame<'a>, template: &Template, lang: &str) -> Step<String> {
        let mut pending = false;
        let words = template.fill(|path| {
            let root = path.first().and_then(|root| Root::parse(root));
            let cell = root.map(|root| self.path(frame, root, &path[1..], lang));
            match cell {
                Some(Ok(cell)) => cell.print(),
                Some(Err(Stop::Pending)) => {
                    pending = true;
                    String::new()
                }
                Some(Err(Stop::Refused)) | None => String::new(),
            }
        });
        if pending {
            Err(Stop::Pending)
        } else {
            Ok(words)
        }
    }

    pub fn record_words(&self, message: &Message, lang: &str) -> String {
        self.fill(&self.record, message.in_language(lang), lang)
            .unwrap_or_default()
    }

    pub(super) fn need(&self, need: Need) -> Stop {
        self.collected.borrow_mut().needs.insert(need);
        Stop::Pending
    }

    pub(super) fn touch(&self, id: &str) {
        if let Some(trace) = self.trace {
            trace.borrow_mut().insert(id.to_owned());
        }
    }

    pub(super) fn touch_part(&self, rule: &Rule, part: &str) {
        if self.trace.is_some() {
            self.touch(&format!("{}.{part}", rule.id));
        }
    }
}

/// How a rule is asked.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'l> {
    pub lang: &'l str,
    /// The system demands a value.
    pub required: bool,
    /// The system takes no null.
    pub never_empty: bool,
    /// It is one of `first_of`: having nothing is no error.
    pub alternative: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Kept,
    /// A line is always written whole: an empty field of it is left out.
    Dropped,
}

/// The rules of one line of this list.
pub(super) fn line_fields<'a>(child: &'a Child, frame: &Frame<'a>) -> &'a [Field] {
    frame
        .append
        .map_or(&child.block.fields, |append| &append.fields)
}

/// Sets what stands at this path, and the records that lead there.
fn put(object: &mut serde_json::Map<String, Value>, path: &[String], value: Value) {
    let Some((last, outer)) = path.split_last() else {
        return;
    };
    let mut here = object;
    for step in outer {
        let inner = here.entry(step.clone()).or_insert(Value::Null);
        if !inner.is_object() {
            *inner = Value::Object(serde_json::Map::new());
        }
        let Value::Object(inner) = inner else { return };
        here = inner;
    }
    here.insert(last.clone(), value);
}

pub(super) fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}

pub(super) fn step_into<'v>(start: Option<&'v Value>, fields: &[String]) -> Option<&'v Value> {
    fields
        .iter()
        .try_fold(start?, |value, field| value.get(field))
}

fn known_language(lang: &str) -> &'static str {
    LANGUAGES
        .into_iter()
        .find(|known| *known == lang)
        .unwrap_or(LANGUAGES[0])
}

/// Shared, so that every expression of the record reads one copy.
fn shared(value: &Value) -> Dynamic {
    expression::to_dynamic(value).into_shared()
}
