//! The lines of a record: which are mapped, and what they and other lists add up to.

use rust_decimal::Decimal;
use serde_json::Value;

use super::cell::Cell;
use super::evaluate::{Evaluation, Frame, Step, line_fields, step_into};
use super::path::field_name;
use super::rejection::Say;
use super::rule::{Child, Over, Path, Root, Rule, Sum, SumOf};
use crate::model::kind;

impl<'a> Evaluation<'a> {
    pub(super) fn sum(&self, frame: &Frame<'a>, rule: &'a Rule, sum: &'a Sum) -> Step<Decimal> {
        let own;
        let lines: &[Frame<'a>] = match &sum.over {
            Over::Child(nth) => self.frames(*nth)?,
            Over::Lines(list) => {
                let lines = self.source.get(list).and_then(Value::as_array);
                own = lines_of(lines.map_or(&[], Vec::as_slice), None);
                &own
            }
            Over::Among(list) => return self.sum_among(frame, rule, sum, list),
        };
        let addends = lines.iter().map(|line| self.addend(line, sum));
        self.total(frame, rule, addends)
    }

    fn sum_among(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        sum: &'a Sum,
        list: &'a Path,
    ) -> Step<Decimal> {
        let entries = self.entries(frame, list)?;
        let addends = entries.iter().map(|entry| {
            if let Some(filter) = &sum.filter
                && !self.condition_for(frame, entry, filter)?
            {
                return Ok(Decimal::ZERO);
            }
            let SumOf::Line(fields) = &sum.of else {
                return Ok(Decimal::ZERO);
            };
            let cell = Cell::of(step_into(Some(entry), fields));
            let field = fields.last().map(String::as_str);
            self.number(frame, &cell, field)
        });
        self.total(frame, rule, addends)
    }

    fn total(
        &self,
        frame: &Frame<'a>,
        rule: &'a Rule,
        addends: impl Iterator<Item = Step<Decimal>>,
    ) -> Step<Decimal> {
        let mut total = Decimal::ZERO;
        let mut stopped = None;
        for addend in addends {
            match addend.map(|addend| total.checked_add(addend)) {
                Ok(Some(more)) => total = more,
                Ok(None) => {
                    let say = Say::WrongKind {
                        value: "∞".to_owned(),
                        wanted: kind::DECIMAL,
                    };
                    let field = field_name(&rule.id);
                    return Err(self.refuse(frame, say.code(), Some(field), None, Some(say)));
                }
                // The other lines go on, so that all they need is named at once.
                Err(stop) => stopped = Some(stop),
            }
        }
        stopped.map_or(Ok(total), Err)
    }

    fn addend(&self, line: &Frame<'a>, sum: &'a Sum) -> Step<Decimal> {
        let of_list = line.append.is_none();
        let counts = match &sum.of {
            SumOf::Target(_) => self.passes(line)? && (of_list || sum.filter.is_none()),
            SumOf::Line(_) => of_list,
        };
        if !counts {
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
                let fields = line.child.map(|(child, _)| line_fields(child, line));
                let mut fields = fields.into_iter().flatten();
                match fields.find(|field| field.name == *name) {
                    Some(field) => self.field(line, field)?,
                    None => Cell::Missing,
                }
            }
        };
        if matches!((&sum.of, &cell), (SumOf::Target(_), Cell::Missing)) {
            return Ok(Decimal::ZERO);
        }
        let field = match &sum.of {
            SumOf::Line(fields) => fields.last(),
            SumOf::Target(name) => Some(name),
        };
        self.number(line, &cell, field.map(String::as_str))
    }

    fn number(&self, frame: &Frame<'a>, cell: &Cell, field: Option<&str>) -> Step<Decimal> {
        cell.number().ok_or_else(|| {
            let say = Say::WrongKind {
                value: cell.print(),
                wanted: kind::DECIMAL,
            };
            self.refuse(frame, say.code(), field, None, Some(say))
        })
    }

    /// The lines of a list, then those beside it.
    pub(super) fn frames(&self, nth: usize) -> Step<&[Frame<'a>]> {
        let child = &self.flow.children[nth];
        let frames = self.lines[nth].get_or_init(|| {
            let lines = match child.from.fields.as_slice() {
                [] => std::slice::from_ref(self.source),
                _ => self.entries(&self.record, &child.from)?,
            };
            let mut frames = lines_of(lines, Some(child));
            for append in &child.append {
                frames.push(Frame {
                    child: Some((child, frames.len())),
                    append: Some(append),
                    ..Frame::default()
                });
            }
            Ok(frames)
        });
        frames.as_deref().map_err(|stop| *stop)
    }

    /// The entries of a list that is at hand; none where there is no list.
    pub(super) fn entries(&self, frame: &Frame<'a>, list: &'a Path) -> Step<&'a [Value]> {
        let found = match list.root {
            Root::Lookup => match list.fields.split_first() {
                Some((name, fields)) => step_into(self.lookup(frame, name)?, fields),
                None => None,
            },
            Root::Line => step_into(frame.line, &list.fields),
            _ => step_into(Some(self.source), &list.fields),
        };
        let entries = found.and_then(Value::as_array);
        Ok(entries.map_or(&[], Vec::as_slice))
    }

    /// Whether a line is one of those that are mapped.
    pub(super) fn passes(&self, frame: &Frame<'a>) -> Step<bool> {
        *frame.passes.get_or_init(|| {
            if let Some(append) = frame.append {
                let when = append.when.as_ref();
                let passes =
                    when.map_or(Ok(true), |when| self.condition(frame, when, self.lang))?;
                if passes {
                    self.touch(&append.id);
                }
                return Ok(passes);
            }
            let filter = frame.child.and_then(|(child, _)| child.filter.as_ref());
            let Some(filter) = filter else {
                return Ok(true);
            };
            let passes = self.condition(frame, filter, self.lang)?;
            if !passes {
                self.touch(&filter.id);
            }
            Ok(passes)
        })
    }
}

fn lines_of<'a>(lines: &'a [Value], child: Option<&'a Child>) -> Vec<Frame<'a>> {
    let lines = lines.iter().enumerate();
    lines
        .map(|(nth, line)| Frame {
            child: child.map(|child| (child, nth)),
            line: Some(line),
            ..Frame::default()
        })
        .collect()
}
