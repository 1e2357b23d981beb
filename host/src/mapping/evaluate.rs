//! Walks a record through the rules.
//!
//! Rules are asked for by need: what a rule uses is computed when it is first used and remembered. A
//! rule whose look-up is not answered yet notes what it needs and stops; all the others go on, so one
//! walk names everything that can be fetched now, and, when nothing is open, everything that is wrong
//! with the record.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rhai::{Dynamic, Map, Scope};
use rust_decimal::Decimal;
use serde_json::Value;

use super::LANGUAGES;
use super::cell::Cell;
use super::compile_outer::option_names;
use super::expression;
use super::facts::{Facts, LinkAnswer, LookupAnswer, Need};
use super::rejection::{Rejection, Say};
use super::rule::{
    Child, Expression, Field, Inner, Key, Lookup, Origin, Path, Refusal, Root, Rule, Sum, SumOf,
};
use super::schema::{Kind, Refused};
use super::template::{Message, Template};
use crate::catalogue::Catalogue;
use crate::config::flow::OnMissing;
use crate::config::source::char_in_string;
use crate::model::{NativeId, Text, kind};

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
    pub now: Timestamp,
    /// `target`, `report` and `error`, where rules may use them.
    pub others: BTreeMap<Root, Value>,
    pub trace: Option<&'a Trace>,
    pub collected: RefCell<Collected>,
    source_dynamic: OnceCell<Dynamic>,
    record: Frame<'a>,
    lines: Vec<OnceCell<Vec<Frame<'a>>>>,
}

/// One level of rules at work: the record's, or one line's.
#[derive(Default)]
pub struct Frame<'a> {
    child: Option<(&'a Child, usize)>,
    line: Option<&'a Value>,
    line_dynamic: OnceCell<Dynamic>,
    lookups: RefCell<BTreeMap<&'a str, Step<Option<&'a Value>>>>,
    values: RefCell<BTreeMap<(&'a str, &'a str), Step<Cell>>>,
    fields: RefCell<BTreeMap<&'a str, Step<Cell>>>,
    passes: OnceCell<Step<bool>>,
}

impl<'a> Evaluation<'a> {
    pub fn new(
        flow: &'a Inner,
        lang: &'a str,
        source: &'a Value,
        facts: &'a Facts,
        now: Timestamp,
    ) -> Self {
        Self {
            flow,
            lang,
            source,
            facts,
            now,
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
                .iter()
                .filter(|frame| self.passes(frame) == Ok(true))
                .map(|frame| Value::Object(self.object(frame, &child.block.fields, Nulls::Dropped)))
                .collect();
            body.insert(child.name.clone(), Value::Array(rows));
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

    /// These fields of the record's level, for write-backs and reports.
    pub fn fields(&self, fields: &'a [Field]) -> Value {
        Value::Object(self.object(&self.record, fields, Nulls::Kept))
    }

    fn object(
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
                object.insert(field.name.clone(), value);
            }
        }
        object
    }

    /// A field's value, checked against what the system takes.
    fn field(&self, frame: &Frame<'a>, field: &'a Field) -> Step<Cell> {
        if let Some(known) = frame.fields.borrow().get(field.name.as_str()) {
            return known.clone();
        }
        let cell = self.accepted(frame, field);
        frame.fields.borrow_mut().insert(&field.name, cell.clone());
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
            Some(&field_name(&field.rule.id)),
            None,
            Some(say),
        ))
    }

    pub fn rule(&self, frame: &Frame<'a>, rule: &'a Rule, turn: Turn<'_>) -> Step<Cell> {
        self.touch(&rule.id);
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
                    Some(&field_name(&rule.id)),
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

    fn origin(&self, frame: &Frame<'a>, rule: &'a Rule, turn: Turn<'_>) -> Step<Cell> {
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
                Some(&field_name(&rule.id)),
                None,
                Some(say),
            )
        })
    }

    fn reference(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        flow: &str,
        from: &Path,
        turn: Turn<'_>,
    ) -> Step<Cell> {
        let cell = self.path(frame, from.root, &from.fields, turn.lang)?;
        if cell.is_blank() {
            return Ok(Cell::Missing);
        }
        let value = cell.print();
        let Ok(id) = NativeId::parse(&value) else {
            let say = Say::WrongKind {
                value,
                wanted: kind::ID,
            };
            return Err(self.refuse(
                frame,
                say.code(),
                Some(&field_name(&rule.id)),
                None,
                Some(say),
            ));
        };
        let create = rule.on_missing == Some(OnMissing::Create);
        match self.facts.link(flow, &id, create) {
            None => Err(self.need(Need::Link {
                flow: flow.to_owned(),
                id,
                create,
            })),
            Some(LinkAnswer::Linked(target)) => Ok(Cell::Json(Value::from(target.as_str()))),
            Some(LinkAnswer::Failed { title, message }) if create => {
                let say = Say::ReferenceFailed {
                    title: title.clone(),
                    reason: message.clone(),
                };
                Err(self.refuse_rule(frame, rule, say))
            }
            Some(LinkAnswer::Waiting { title, message }) if create => {
                let say = Say::ReferenceFailed {
                    title: title.clone(),
                    reason: message.clone(),
                };
                Err(self.note(
                    frame,
                    say.code(),
                    Some(&field_name(&rule.id)),
                    None,
                    Some(say),
                    Waits::Yes,
                ))
            }
            Some(LinkAnswer::Missing | LinkAnswer::Failed { .. } | LinkAnswer::Waiting { .. }) => {
                match rule.on_missing {
                    Some(OnMissing::Skip | OnMissing::Default) => Ok(Cell::Missing),
                    Some(OnMissing::Wait) => {
                        let say = Say::ReferenceMissing {
                            flow: flow.to_owned(),
                            id: value,
                        };
                        Err(self.note(
                            frame,
                            say.code(),
                            Some(&field_name(&rule.id)),
                            None,
                            Some(say),
                            Waits::Yes,
                        ))
                    }
                    _ if turn.alternative && rule.on_missing.is_none() => Ok(Cell::Missing),
                    _ => {
                        let say = Say::ReferenceMissing {
                            flow: flow.to_owned(),
                            id: value,
                        };
                        Err(self.refuse_rule(frame, rule, say))
                    }
                }
            }
        }
    }

    fn sum(&self, frame: &Frame<'a>, rule: &'a Rule, sum: &'a Sum) -> Step<Decimal> {
        let own;
        let frames: &[Frame<'a>] = match sum.child {
            Some(nth) => self.frames(nth),
            None => {
                own = self.lines_of(&sum.list, None);
                &own
            }
        };
        let mut total = Decimal::ZERO;
        let mut stopped = None;
        for line in frames {
            match self.addend(line, sum) {
                Ok(addend) => match total.checked_add(addend) {
                    Some(more) => total = more,
                    None => {
                        let say = Say::WrongKind {
                            value: "∞".to_owned(),
                            wanted: kind::DECIMAL,
                        };
                        return Err(self.refuse(
                            frame,
                            say.code(),
                            Some(&field_name(&rule.id)),
                            None,
                            Some(say),
                        ));
                    }
                },
                // The other lines go on, so that all they need is named at once.
                Err(stop) => stopped = Some(stop),
            }
        }
        stopped.map_or(Ok(total), Err)
    }

    fn addend(&self, line: &Frame<'a>, sum: &'a Sum) -> Step<Decimal> {
        if let SumOf::Target(_) = sum.of
            && !self.passes(line)?
        {
            return Ok(Decimal::ZERO);
        }
        if let Some(filter) = &sum.filter
            && !self.condition(line, filter, self.lang)?
        {
            return Ok(Decimal::ZERO);
        }
        let cell = match &sum.of {
            SumOf::Line(fields) => Cell::of(step_into(line.line, fields)),
            SumOf::Target(name) => {
                let fields = line.child.map_or(&[][..], |(child, _)| &child.block.fields);
                match fields.iter().find(|field| field.name == *name) {
                    Some(field) => self.field(line, field)?,
                    None => Cell::Missing,
                }
            }
        };
        match cell.number() {
            Some(number) => Ok(number),
            None if matches!((&sum.of, &cell), (SumOf::Target(_), Cell::Missing)) => {
                Ok(Decimal::ZERO)
            }
            None => {
                let say = Say::WrongKind {
                    value: cell.print(),
                    wanted: kind::DECIMAL,
                };
                let field = match &sum.of {
                    SumOf::Line(fields) => fields.last(),
                    SumOf::Target(name) => Some(name),
                };
                let field = field.map(String::as_str);
                Err(self.refuse(line, say.code(), field, None, Some(say)))
            }
        }
    }

    fn frames(&self, nth: usize) -> &[Frame<'a>] {
        let child = &self.flow.children[nth];
        self.lines[nth].get_or_init(|| self.lines_of(&child.from, Some(child)))
    }

    fn lines_of(&self, list: &str, child: Option<&'a Child>) -> Vec<Frame<'a>> {
        let lines = self
            .source
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        lines
            .enumerate()
            .map(|(nth, line)| Frame {
                child: child.map(|child| (child, nth)),
                line: Some(line),
                ..Frame::default()
            })
            .collect()
    }

    /// Whether a line is one of those that are mapped.
    fn passes(&self, frame: &Frame<'a>) -> Step<bool> {
        *frame.passes.get_or_init(|| {
            let Some((child, _)) = frame.child else {
                return Ok(true);
            };
            let Some(filter) = &child.filter else {
                return Ok(true);
            };
            let passes = self.condition(frame, filter, self.lang)?;
            if !passes {
                self.touch(&filter.id);
            }
            Ok(passes)
        })
    }

    fn value(&self, frame: &Frame<'a>, name: &str, lang: &'a str) -> Step<Cell> {
        let own = frame
            .child
            .and_then(|(child, _)| find(&child.block.values, name));
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

    /// The record a look-up found; none where it found nothing and may.
    fn lookup(&self, frame: &Frame<'a>, name: &str) -> Step<Option<&'a Value>> {
        let find = |lookups: &'a [Lookup]| lookups.iter().find(|lookup| lookup.name == name);
        let own = frame
            .child
            .and_then(|(child, _)| find(&child.block.lookups));
        let (frame, lookup) = match own {
            Some(lookup) => (frame, lookup),
            None => match find(&self.flow.block.lookups) {
                Some(lookup) => (&self.record, lookup),
                None => return Ok(None),
            },
        };
        if let Some(known) = frame.lookups.borrow().get(lookup.name.as_str()) {
            return *known;
        }
        let found = self.look_up(frame, lookup);
        frame.lookups.borrow_mut().insert(&lookup.name, found);
        found
    }

    fn look_up(&self, frame: &Frame<'a>, lookup: &'a Lookup) -> Step<Option<&'a Value>> {
        self.touch(&lookup.id);
        let mut wanted = String::new();
        for way in &lookup.ways {
            if let Some(when) = &way.when
                && !self.condition(frame, when, self.lang)?
            {
                continue;
            }
            let cell = match &way.key {
                Key::Path(path) => self.path(frame, path.root, &path.fields, self.lang)?,
                Key::Expr(expression) => {
                    let value = self.evaluate(frame, expression, self.lang)?;
                    Cell::of_dynamic(&value).unwrap_or(Cell::Missing)
                }
            };
            if cell.is_blank() {
                continue;
            }
            let mut value = cell.print();
            self.touch(&way.id);
            if let Some(flow) = &way.link {
                let Ok(id) = NativeId::parse(&value) else {
                    continue;
                };
                match self.facts.link(flow, &id, false) {
                    None => {
                        let need = Need::Link {
                            flow: flow.clone(),
                            id,
                            create: false,
                        };
                        return Err(self.need(need));
                    }
                    Some(LinkAnswer::Linked(target)) => value = target.as_str().to_owned(),
                    Some(
                        LinkAnswer::Missing
                        | LinkAnswer::Failed { .. }
                        | LinkAnswer::Waiting { .. },
                    ) => continue,
                }
            }
            let need = Need::Lookup {
                side: lookup.side,
                entity: lookup.entity.clone(),
                by: way.by.clone(),
                value: value.clone(),
            };
            match self.facts.lookup(&need) {
                None => return Err(self.need(need)),
                Some(LookupAnswer::Found(record)) => return Ok(Some(record)),
                Some(LookupAnswer::Absent) => wanted = value,
                Some(LookupAnswer::Refused(why)) => {
                    let say = Say::LookupRefused {
                        entity: lookup.entity.clone(),
                        value,
                        why: why.clone(),
                    };
                    return Err(self.refuse(frame, say.code(), None, None, Some(say)));
                }
            }
        }
        if !lookup.must_exist {
            return Ok(None);
        }
        let say = Say::NotFound {
            entity: lookup.entity.clone(),
            value: wanted,
        };
        let refusal = &lookup.refusal;
        if refusal.code.is_some() || refusal.message.is_some() {
            self.touch(&format!("{}.refusal", lookup.id));
        }
        let code = refusal.code.as_deref().unwrap_or_else(|| say.code());
        Err(self.refuse(frame, code, None, refusal.message.as_ref(), Some(say)))
    }

    /// What stands at the end of a path.
    fn path(&self, frame: &Frame<'a>, root: Root, fields: &[String], lang: &str) -> Step<Cell> {
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
            Root::Run => return Ok(Cell::Json(Value::from(self.now.to_string()))),
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
        value.as_bool().map_err(|found| {
            let what = expression::needs(kind::TRUE_OR_FALSE.english, found);
            self.failed(frame, expression, what, None)
        })
    }

    /// As `condition`, for the record itself.
    pub fn record_condition(&self, expression: &'a Expression) -> Step<bool> {
        self.condition(&self.record, expression, self.lang)
    }

    fn evaluate(&self, frame: &Frame<'a>, expression: &'a Expression, lang: &str) -> Step<Dynamic> {
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
                    let now = Dynamic::from(self.now.to_string());
                    Map::from([("now".into(), now)]).into()
                }
                Root::Target | Root::Report | Root::Error | Root::Each => self
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

    fn lookup_record(&self, frame: &Frame<'a>, name: &str) -> Step<Dynamic> {
        Ok(match self.lookup(frame, name)? {
            Some(record) => expression::to_dynamic(record),
            None => {
                let own = frame
                    .child
                    .map_or(&[][..], |(child, _)| &child.block.lookups);
                let mut lookups = own.iter().chain(&self.flow.block.lookups);
                let lookup = lookups.find(|lookup| lookup.name == name);
                let fields = lookup.into_iter().flat_map(|lookup| &lookup.fields);
                let empty: Map = fields
                    .map(|name| (name.as_str().into(), Dynamic::UNIT))
                    .collect();
                empty.into()
            }
        })
    }

    fn failed(
        &self,
        frame: &Frame<'a>,
        expression: &Expression,
        what: Text,
        nth: Option<usize>,
    ) -> Stop {
        let text = &self.flow.text;
        let byte = char_in_string(&text.text, &expression.span, nth.unwrap_or(0));
        let (line, column) = text.place(byte);
        let say = Say::ExpressionFailed {
            rule: expression.id.clone(),
            what,
            place: format!("{}:{line}:{column}", text.name),
        };
        self.refuse(frame, say.code(), None, None, Some(say))
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

    fn missing(&self, frame: &Frame<'a>, rule: &'a Rule) -> Stop {
        let from = match &rule.origin {
            Origin::Path(path)
            | Origin::Map { from: path, .. }
            | Origin::Ref { from: path, .. } => {
                let root = path.root.name();
                Some(format!("{root}.{}", path.fields.join(".")))
            }
            _ => None,
        };
        self.refuse_rule(frame, rule, Say::MissingValue { from })
    }

    /// Refuses in the rule's own words, or in ours.
    fn refuse_rule(&self, frame: &Frame<'a>, rule: &'a Rule, say: Say) -> Stop {
        let Refusal { code, message } = &rule.refusal;
        if code.is_some() || message.is_some() {
            self.touch_part(rule, "refusal");
        }
        let code = code.as_deref().unwrap_or_else(|| say.code());
        self.refuse(
            frame,
            code,
            Some(&field_name(&rule.id)),
            message.as_ref(),
            Some(say),
        )
    }

    fn refuse(
        &self,
        frame: &Frame<'a>,
        code: &str,
        field: Option<&str>,
        message: Option<&Message>,
        say: Option<Say>,
    ) -> Stop {
        self.note(frame, code, field, message, say, Waits::No)
    }

    fn note(
        &self,
        frame: &Frame<'a>,
        code: &str,
        field: Option<&str>,
        message: Option<&Message>,
        say: Option<Say>,
        waits: Waits,
    ) -> Stop {
        let field = field.map(str::to_owned);
        let mut words = Vec::with_capacity(LANGUAGES.len());
        for lang in LANGUAGES {
            let own = match message {
                Some(message) => match self.fill(frame, message.in_language(lang), lang) {
                    Ok(own) => Some(own),
                    Err(stop) => return stop,
                },
                None => None,
            };
            let ours = || {
                let line = self.line_title(frame, lang);
                let say = say
                    .as_ref()
                    .map(|say| say.words(field.as_deref().unwrap_or(""), lang));
                format!("{line}{}", say.unwrap_or_default())
            };
            words.push(own.unwrap_or_else(ours));
        }
        let place = match (&frame.child, field) {
            (Some((child, nth)), Some(field)) => {
                Some(format!("{}[{}].{field}", child.name, nth + 1))
            }
            (Some((child, nth)), None) => Some(format!("{}[{}]", child.name, nth + 1)),
            (None, field) => field,
        };
        let words: [String; LANGUAGES.len()] = words.try_into().expect("one for each of LANGUAGES");
        let rejection = Rejection {
            waiting: waits == Waits::Yes,
            ..Rejection::new(code, place, words)
        };
        let mut collected = self.collected.borrow_mut();
        if !collected.rejections.contains(&rejection) {
            collected.rejections.push(rejection);
        }
        Stop::Refused
    }

    /// `Line “Hosting”: `, where the list has a title for its lines.
    fn line_title(&self, frame: &Frame<'a>, lang: &str) -> String {
        let Some((child, nth)) = frame.child else {
            return String::new();
        };
        let title = child.title.as_ref().map(|title| title.in_language(lang));
        let title = title
            .and_then(|title| self.fill(frame, title, lang).ok())
            .unwrap_or_default();
        let line = (nth + 1).to_string();
        let args = [
            ("list", child.name.as_str()),
            ("line", &line),
            ("title", &title),
        ];
        let key = if title.is_empty() {
            "mapping-line"
        } else {
            "mapping-line-titled"
        };
        // A catalogue keeps no space at an end.
        format!("{} ", Catalogue::new(lang).say(key, &args))
    }

    fn need(&self, need: Need) -> Stop {
        self.collected.borrow_mut().needs.insert(need);
        Stop::Pending
    }

    fn touch(&self, id: &str) {
        if let Some(trace) = self.trace {
            trace.borrow_mut().insert(id.to_owned());
        }
    }

    fn touch_part(&self, rule: &Rule, part: &str) {
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
enum Nulls {
    Kept,
    /// A line is always written whole: an empty field of it is left out.
    Dropped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Yes,
    No,
}

fn find<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}

fn step_into<'v>(start: Option<&'v Value>, fields: &[String]) -> Option<&'v Value> {
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

/// `group_number` of `children.lines.fields.group_number.first_of[2]`.
fn field_name(id: &str) -> String {
    let whole = id.split(".first_of").next().unwrap_or(id);
    whole.rsplit('.').next().unwrap_or(whole).to_owned()
}
