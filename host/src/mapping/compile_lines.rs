//! Compiles the lines of a flow, and what adds up lists.

use super::compile::Compiler;
use super::compile_rule::Written;
use super::context::Context;
use super::rule::{Append, Block, Child, Over, Path, Root, Sum, SumOf};
use super::schema::{Field, Kind, Record};
use crate::config::flow::{AppendRule, ChildRule, OnlyCreate};
use crate::config::problem::{suggest, words};
use crate::config::source::At;

/// Instead of a list: the record itself is the one line.
const ITSELF: &str = "source";

impl Compiler<'_> {
    pub(super) fn child(&self, rule: &ChildRule, target: &Record) -> Option<Child> {
        let record = self.contexts.record();
        let from = match rule.from.value.as_str() {
            ITSELF => {
                let itself = Path {
                    root: Root::Source,
                    fields: Vec::new(),
                    off: false,
                };
                Some((itself, self.contexts.source.clone()))
            }
            _ => self.list(&rule.from, &record),
        };
        let row = self.known_field(&rule.name, target, &self.target.name);
        let row = row.and_then(|field| self.entries_of(&rule.name, field));
        let ((from, line), row) = (from?, row?);
        let context = self.contexts.child(rule, line, self.binding);
        let prefix = format!("children.{}.", rule.id);
        let title = rule
            .title
            .as_ref()
            .map(|words| self.message(words, &context));
        let filter = rule.filter.as_ref().and_then(|at| {
            let id = format!("{prefix}where");
            self.rule_id(&id);
            self.condition(&id, at, &context)
        });
        if self.blocks(&rule.name.value) > 1 && rule.only_create != OnlyCreate::No {
            let message = words!(
                "problem-blocks-only-create",
                "`{list}` is made of several blocks, and `only_create` holds for a whole list",
                list = rule.name.value
            );
            self.problem(&rule.name.span, "only-create", message, None);
        }
        let lookups = self.lookups(&prefix, &rule.lookups, &context);
        let values = self.values(&prefix, &rule.values, context.clone());
        let entity = format!("{}.{}", self.target.name, rule.name.value);
        let written = Written {
            record: &row,
            entity: &entity,
        };
        let fields = self.fields(&format!("{prefix}fields"), &rule.fields, &context, &written);
        let append = rule.append.iter().enumerate();
        let append = append
            .map(|(nth, rule)| {
                self.append(
                    &format!("{prefix}append[{}]", nth + 1),
                    rule,
                    &record,
                    &written,
                )
            })
            .collect();
        Some(Child {
            only_create: self.only_create(&prefix, &rule.only_create),
            name: rule.name.value.clone(),
            id: rule.id.clone(),
            from,
            title,
            filter,
            block: Block {
                lookups,
                values,
                fields,
            },
            append,
        })
    }

    /// How many blocks make a list.
    fn blocks(&self, list: &str) -> usize {
        let blocks = self.file.children.iter();
        blocks.filter(|child| child.name.value == list).count()
    }

    fn append(
        &self,
        id: &str,
        rule: &AppendRule,
        context: &Context,
        written: &Written<'_>,
    ) -> Append {
        self.rule_id(id);
        let when = rule.when.as_ref();
        Append {
            when: when.and_then(|at| self.condition(id, at, context)),
            fields: self.fields(&format!("{id}.fields"), &rule.fields, context, written),
            id: id.to_owned(),
        }
    }

    /// A list that is at hand, and what its entries are.
    pub(super) fn list(&self, at: &At<String>, context: &Context) -> Option<(Path, Record)> {
        let (path, field) = self.path(at, context)?;
        let rooted = matches!(path.root, Root::Source | Root::Line | Root::Lookup);
        match self.entries_of(at, &field) {
            Some(entry) if rooted => Some((path, entry)),
            Some(_) => {
                self.no_list(at);
                None
            }
            None => None,
        }
    }

    fn entries_of(&self, at: &At<String>, field: &Field) -> Option<Record> {
        let found = entry_of(&field.kind);
        if found.is_none() {
            self.no_list(at);
        }
        found
    }

    fn no_list(&self, at: &At<String>) {
        let message = words!("problem-no-list", "`{field}` is no list", field = at.value);
        self.problem(&at.span, "wrong-type", message, None);
    }

    pub(super) fn sum(
        &self,
        id: &str,
        list: &At<String>,
        of: &At<String>,
        filter: Option<&At<String>>,
        context: &Context,
    ) -> Option<Sum> {
        if of.value.is_empty() {
            return None;
        }
        if list.value.contains('.') {
            return self.sum_among(id, list, of, filter, context);
        }
        if context.current != Root::Source {
            let message = words!(
                "problem-sum-in-lines",
                "`sum` adds up the lines of the record; a line has none"
            );
            let help = words!(
                "problem-sum-in-lines-help",
                "a list that is at hand has a full path: `source.{list}`, `lookup.NAME.LIST`",
                list = list.value
            );
            self.problem(&list.span, "sum", message, Some(help));
            return None;
        }
        let file = self.file;
        if self.blocks(&list.value) > 1 {
            let message = words!(
                "problem-blocks-sum",
                "`{list}` is made of several blocks, and a sum adds up the lines of one",
                list = list.value
            );
            self.problem(&list.span, "sum", message, None);
            return None;
        }
        let child = file
            .children
            .iter()
            .position(|child| child.name.value == list.value);
        let (over, inner) = match child {
            Some(nth) => {
                let rule = &file.children[nth];
                let line = match rule.from.value.as_str() {
                    ITSELF => self.contexts.source.clone(),
                    _ => self.list(&rule.from, context)?.1,
                };
                (
                    Over::Child(nth),
                    self.contexts.child(rule, line, self.binding),
                )
            }
            None => {
                let (_, line) = self.list(list, context)?;
                let inner = self.contexts.record().with(Root::Line, line);
                (Over::Lines(list.value.clone()), inner)
            }
        };
        let filter = filter.and_then(|at| self.condition(&format!("{id}.where"), at, &inner));
        let of = match (of.value.split_once('.'), child) {
            (Some(("target", name)), Some(nth)) => {
                let rules = &file.children[nth].fields;
                if !rules.iter().any(|rule| rule.name.value == name) {
                    let message = words!(
                        "problem-sum-target",
                        "[children.{list}.fields] has no `{field}`",
                        list = list.value,
                        field = name
                    );
                    let help = suggest(name, rules.iter().map(|rule| rule.name.value.as_str()));
                    self.problem(&of.span, "unknown-field", message, help);
                    return None;
                }
                SumOf::Target(name.to_owned())
            }
            _ => self.addend(of, &inner, Root::Line)?,
        };
        Some(Sum { over, of, filter })
    }

    /// Adds up the entries of a list that is at hand, each of them `each`.
    fn sum_among(
        &self,
        id: &str,
        list: &At<String>,
        of: &At<String>,
        filter: Option<&At<String>>,
        context: &Context,
    ) -> Option<Sum> {
        let (list, entry) = self.list(list, context)?;
        let inner = context.clone().with(Root::Each, entry);
        let filter = filter.and_then(|at| self.condition(&format!("{id}.where"), at, &inner));
        Some(Sum {
            over: Over::Among(list),
            of: self.addend(of, &inner, Root::Each)?,
            filter,
        })
    }

    /// The number of a line or entry that is added up.
    fn addend(&self, of: &At<String>, context: &Context, wanted: Root) -> Option<SumOf> {
        let (Path { root, fields, off }, field) = self.path(of, context)?;
        let numeric = matches!(
            field.kind,
            Kind::Any | Kind::Decimal | Kind::Number | Kind::Text
        );
        if root == wanted && numeric && !off {
            return Some(SumOf::Line(fields));
        }
        let message = match wanted {
            Root::Each => words!(
                "problem-sum-of-each",
                "`of` names a number of the entry: `each.FIELD`"
            ),
            _ => words!(
                "problem-sum-of",
                "`of` names a number of the line: `line.FIELD` or `target.FIELD`"
            ),
        };
        self.problem(&of.span, "wrong-type", message, None);
        None
    }
}

/// What the entries of a list are; none for what is no list.
pub(super) fn entry_of(kind: &Kind) -> Option<Record> {
    let anything = || Record {
        open: true,
        ..Record::default()
    };
    match kind {
        Kind::Any => Some(anything()),
        Kind::List(entry) => Some(match &entry.kind {
            Kind::Record(entry) => entry.clone(),
            _ => anything(),
        }),
        _ => None,
    }
}
