//! Compiles the rules of a flow: fields, values, look-ups and lines.

use super::compile::{Compiler, FlowEnds, side_of};
use super::context::Context;
use super::flow::FlowSide;
use super::rule::{
    Block, Child, Field, Key, Lookup, Origin, Path, Reference, Refusal, Reject, Root, Rule, Sum,
    SumOf, Way,
};
use super::schema::{self, Kind, Record};
use crate::config::flow::{
    self as written, ChildRule, KeyRef, LookupRule, Named, OnMissing, SideRef,
};
use crate::config::problem::{nearest, suggest, words};
use crate::config::source::At;
use crate::model::Word;

const SOURCE: Word = Word::new("word-source", "source");
const TARGET: Word = Word::new("word-target", "target");

/// The rules that make the target record.
pub(super) struct Body {
    pub block: Block,
    pub children: Vec<Child>,
    pub rejects: Vec<Reject>,
}

/// What the fields of a section are written to.
pub(super) struct Written<'a> {
    pub record: &'a Record,
    /// For messages: `customer`.
    pub entity: &'a str,
}

impl Compiler<'_> {
    pub(super) fn body(&self) -> Body {
        let file = self.file;
        let context = self.contexts.record();
        let target = self.contexts.target.clone();
        let written = Written {
            record: &target,
            entity: &self.target.name,
        };
        let lookups = self.lookups("", &file.lookups, &context);
        let values = self.values("", &file.values, context.clone());
        let with_run = self.contexts.of(&[Root::Run]).names.fields["run"]
            .kind
            .clone();
        let field_context = match with_run {
            Kind::Record(run) => context.clone().with(Root::Run, run),
            _ => context.clone(),
        };
        let fields = self.fields("fields", &file.fields, &field_context, &written);
        let children = file
            .children
            .iter()
            .filter_map(|rule| self.child(rule, &target))
            .collect();
        self.required(&target);
        let rejects = file
            .rejects
            .iter()
            .filter_map(|rule| {
                let id = format!("reject.{}", rule.code.value);
                self.rule_id(&id);
                let when = self.condition(&id, &rule.when, &context);
                let message = self.message(&rule.message, &context);
                Some(Reject {
                    id,
                    when: when?,
                    code: rule.code.value.clone(),
                    message,
                })
            })
            .collect();
        Body {
            block: Block {
                lookups,
                values,
                fields,
            },
            children,
            rejects,
        }
    }

    /// Every field that the target's schema demands must have a rule.
    fn required(&self, target: &Record) {
        if !self.file.may_create {
            return;
        }
        for name in &target.required {
            let writable = target.fields.get(name).is_none_or(|field| !field.read_only);
            let given = self
                .file
                .fields
                .iter()
                .any(|field| field.name.value == *name)
                || self
                    .file
                    .children
                    .iter()
                    .any(|child| child.name.value == *name);
            if writable && !given {
                let message = words!(
                    "problem-required-field",
                    "`{entity}` cannot be created without `{field}`, which has no rule in [fields]",
                    entity = self.target.name,
                    field = name
                );
                self.problem(
                    &self.file.target.entity.span,
                    "required-field",
                    message,
                    None,
                );
            }
        }
    }

    /// Rules that write the fields of a record.
    pub(super) fn fields(
        &self,
        section: &str,
        rules: &[Named<written::Rule>],
        context: &Context,
        to: &Written<'_>,
    ) -> Vec<Field> {
        let mut fields = Vec::new();
        for rule in rules {
            let name = &rule.name.value;
            let found = self.known_field(&rule.name, to.record, to.entity);
            if found.is_some_and(|field| field.read_only) {
                let message = words!(
                    "problem-read-only",
                    "`{field}` of `{entity}` is set by the system and cannot be written",
                    field = name,
                    entity = to.entity
                );
                self.problem(&rule.name.span, "read-only-field", message, None);
            }
            let must = to.record.required.contains(name);
            let id = format!("{section}.{name}");
            let Some((compiled, kind)) = self.rule(&id, &rule.value, context, found) else {
                continue;
            };
            if let Some(found) = found {
                self.fits(&rule.value, &kind, found, name);
            }
            if must {
                self.always_gives(&rule.value, name);
            }
            fields.push(Field {
                name: name.clone(),
                only_create: rule.value.only_create,
                owner: rule.value.owner.as_ref().map(|at| at.value),
                schema: found.cloned(),
                required: must,
                rule: compiled,
            });
        }
        fields
    }

    fn fits(&self, rule: &written::Rule, kind: &Kind, field: &schema::Field, name: &str) {
        if kind.becomes(&field.kind) {
            return;
        }
        let message = words!(
            "problem-kinds",
            "`{field}` is {wanted}, and this gives {found}",
            field = name;
            wanted = field.kind.words(),
            found = kind.words()
        );
        let span = origin_span(rule);
        self.problem(&span, "wrong-type", message, None);
    }

    /// A field the system demands must not be left out by its own rule.
    fn always_gives(&self, rule: &written::Rule, name: &str) {
        let skips = rule
            .on_missing
            .as_ref()
            .filter(|at| at.value == OnMissing::Skip);
        let conditional = rule.when.as_ref().filter(|_| rule.otherwise.is_none());
        let span = skips.map(|at| &at.span).or(conditional.map(|at| &at.span));
        if let Some(span) = span {
            let message = words!(
                "problem-required-may-miss",
                "`{field}` is required, and this rule may leave it out",
                field = name
            );
            let help = words!(
                "problem-required-may-miss-help",
                "give an `else`, or `on_missing = \"error\"`"
            );
            self.problem(span, "required-field", message, Some(help));
        }
    }

    /// Values that other rules use; each may use the ones before it by kind.
    pub(super) fn values(
        &self,
        prefix: &str,
        rules: &[Named<written::Rule>],
        mut context: Context,
    ) -> Vec<Field> {
        let mut fields = Vec::new();
        for rule in rules {
            let name = &rule.name.value;
            if rule.value.only_create {
                let message = words!(
                    "problem-only-create-value",
                    "`only_create` belongs to [fields]"
                );
                self.problem(&rule.value.span, "unknown-key", message, None);
            }
            let id = format!("{prefix}values.{name}");
            let compiled = self.rule(&id, &rule.value, &context, None);
            let Some((compiled, kind)) = compiled else {
                continue;
            };
            if rule.value.decimal.is_none() {
                context.set_value_kind(name, kind);
            }
            fields.push(Field {
                name: name.clone(),
                rule: compiled,
                only_create: false,
                owner: None,
                schema: None,
                required: false,
            });
        }
        fields
    }

    fn child(&self, rule: &ChildRule, target: &Record) -> Option<Child> {
        let list = |name: &At<String>, record: &Record, of: &str| {
            let field = self.known_field(name, record, of)?;
            match &field.kind {
                Kind::List(item) => match &item.kind {
                    Kind::Record(line) => Some(line.clone()),
                    _ => Some(Record {
                        open: true,
                        ..Record::default()
                    }),
                },
                _ => {
                    let message = words!(
                        "problem-no-list",
                        "`{field}` is no list",
                        field = name.value
                    );
                    self.problem(&name.span, "wrong-type", message, None);
                    None
                }
            }
        };
        let line = list(&rule.from, &self.contexts.source, "source");
        let row = list(&rule.name, target, &self.target.name);
        let (line, row) = (line?, row?);
        let context = self.contexts.child(rule, line, self.binding);
        let prefix = format!("children.{}.", rule.name.value);
        let title = rule
            .title
            .as_ref()
            .map(|words| self.message(words, &context));
        let filter = rule.filter.as_ref().and_then(|at| {
            let id = format!("{prefix}where");
            self.rule_id(&id);
            self.condition(&id, at, &context)
        });
        let lookups = self.lookups(&prefix, &rule.lookups, &context);
        let values = self.values(&prefix, &rule.values, context.clone());
        let entity = format!("{}.{}", self.target.name, rule.name.value);
        let written = Written {
            record: &row,
            entity: &entity,
        };
        let fields = self.fields(&format!("{prefix}fields"), &rule.fields, &context, &written);
        let (name, from) = (rule.name.value.clone(), rule.from.value.clone());
        Some(Child {
            name,
            from,
            title,
            filter,
            block: Block {
                lookups,
                values,
                fields,
            },
        })
    }

    /// One rule and the kind of what it gives.
    fn rule(
        &self,
        id: &str,
        rule: &written::Rule,
        context: &Context,
        field: Option<&schema::Field>,
    ) -> Option<(Rule, Kind)> {
        self.rule_id(id);
        let when = rule
            .when
            .as_ref()
            .and_then(|at| self.condition(id, at, context));
        if rule.otherwise.is_some() {
            self.rule_id(&format!("{id}.else"));
        }
        if rule.refusal.message.is_some() || rule.refusal.code.is_some() {
            self.rule_id(&format!("{id}.refusal"));
        }
        if let Some(field) = field {
            let written = [rule.otherwise.as_ref(), rule.default.as_ref()];
            for value in written.into_iter().flatten() {
                self.check_value(value, field, last(id));
            }
        }
        let refusal = self.refusal(&rule.refusal, context);
        let (origin, kind) = self.origin(id, rule, context, field)?;
        let kind = if rule.decimal.is_some() {
            self.decimal(rule, kind)
        } else {
            kind
        };
        if let Some(length) = &rule.truncate
            && !matches!(kind, Kind::Any | Kind::Text)
        {
            let message = words!(
                "problem-truncate-kind",
                "`truncate` cuts texts, and this is {found}";
                found = kind.words()
            );
            self.problem(&length.span, "wrong-type", message, None);
        }
        let compiled = Rule {
            id: id.to_owned(),
            origin,
            when,
            otherwise: rule.otherwise.as_ref().map(|at| at.value.clone()),
            on_missing: rule.on_missing.as_ref().map(|at| at.value),
            default: rule.default.as_ref().map(|at| at.value.clone()),
            decimal: rule.decimal.as_ref().map(|at| at.value),
            truncate: rule
                .truncate
                .as_ref()
                .map(|at| usize::try_from(at.value).unwrap_or(usize::MAX)),
            omit_zero: rule.omit_zero,
            refusal,
        };
        Some((compiled, kind))
    }

    fn decimal(&self, rule: &written::Rule, kind: Kind) -> Kind {
        if !matches!(kind, Kind::Any | Kind::Number | Kind::Decimal | Kind::Text)
            && let Some(places) = &rule.decimal
        {
            let message = words!(
                "problem-decimal-kind",
                "`decimal` rounds numbers, and this is {found}";
                found = kind.words()
            );
            self.problem(&places.span, "wrong-type", message, None);
        }
        Kind::Number
    }

    pub(super) fn refusal(&self, refusal: &written::Refusal, context: &Context) -> Refusal {
        Refusal {
            code: refusal.code.as_ref().map(|at| at.value.clone()),
            message: refusal
                .message
                .as_ref()
                .map(|words| self.message(words, context)),
        }
    }

    fn origin(
        &self,
        id: &str,
        rule: &written::Rule,
        context: &Context,
        field: Option<&schema::Field>,
    ) -> Option<(Origin, Kind)> {
        match &rule.from {
            written::Origin::Unreadable => None,
            written::Origin::From(at) => {
                let (path, found) = self.path(at, context)?;
                Some((Origin::Path(path), found.kind))
            }
            written::Origin::Const(value) => {
                if let Some(field) = field {
                    self.check_value(value, field, last(id));
                }
                Some((Origin::Const(value.value.clone()), Kind::Any))
            }
            written::Origin::Expr(at) => {
                let (expression, kind) = self.expression(id, at, context)?;
                Some((Origin::Expr(expression), kind))
            }
            written::Origin::FirstOf(ways) => {
                let compiled: Vec<Option<(Rule, Kind)>> = ways
                    .iter()
                    .enumerate()
                    .map(|(nth, way)| {
                        let id = format!("{id}.first_of[{}]", nth + 1);
                        let compiled = self.rule(&id, way, context, field)?;
                        if let Some(field) = field {
                            self.fits(way, &compiled.1, field, last(&id));
                        }
                        Some(compiled)
                    })
                    .collect();
                let compiled: Option<Vec<(Rule, Kind)>> = compiled.into_iter().collect();
                let ways = compiled?.into_iter().map(|(rule, _)| rule).collect();
                Some((Origin::FirstOf(ways), Kind::Any))
            }
            written::Origin::Map { table, from } => {
                let path = self.path(from, context);
                self.used
                    .borrow_mut()
                    .insert(format!("table.{}", table.value));
                let known = self
                    .file
                    .tables
                    .iter()
                    .map(|table| table.name.value.as_str());
                if !known.clone().any(|known| known == table.value) {
                    let message = words!(
                        "problem-unknown-table",
                        "there is no [tables.{table}]",
                        table = table.value
                    );
                    self.problem(
                        &table.span,
                        "unknown-table",
                        message,
                        suggest(&table.value, known),
                    );
                }
                Some((
                    Origin::Map {
                        table: table.value.clone(),
                        from: path?.0,
                    },
                    Kind::Text,
                ))
            }
            written::Origin::Ref { flow, from } => self.reference(rule, flow, from, context, field),
            written::Origin::Sum { list, of, filter } => {
                let sum = self.sum(id, list, of, filter.as_ref(), context)?;
                Some((Origin::Sum(sum), Kind::Number))
            }
        }
    }

    fn reference(
        &self,
        rule: &written::Rule,
        flow: &At<String>,
        from: &At<String>,
        context: &Context,
        field: Option<&schema::Field>,
    ) -> Option<(Origin, Kind)> {
        if rule.on_missing.is_none() {
            let message = words!(
                "problem-ref-on-missing",
                "a `ref` must say what happens when there is no link"
            );
            let help = words!(
                "problem-ref-on-missing-help",
                "add `on_missing = \"error\"`, `\"create\"`, `\"wait\"`, `\"skip\"` or `\"default\"`"
            );
            self.problem(&flow.span, "on-missing", message, Some(help));
        }
        let path = self.path(from, context);
        let (name, ends) = self.other_flow(flow)?;
        let create = rule
            .on_missing
            .as_ref()
            .is_some_and(|at| at.value == OnMissing::Create);
        self.references.borrow_mut().push(Reference {
            flow: name.clone(),
            create,
            span: flow.span.clone(),
        });
        if ends.source.connector != self.file.source.connector.value {
            self.other_end(
                flow,
                &ends,
                FlowSide::Source,
                &self.file.source.connector.value,
            );
        } else if ends.target.connector != self.file.target.connector.value {
            self.other_end(
                flow,
                &ends,
                FlowSide::Target,
                &self.file.target.connector.value,
            );
        } else {
            let refers = path
                .as_ref()
                .and_then(|(_, found)| found.reference.as_ref());
            self.same_entity(from, refers, &ends.source.entity, &flow.value);
            let wanted = field.and_then(|field| field.reference.as_ref());
            self.same_entity(flow, wanted, &ends.target.entity, &flow.value);
        }
        Some((
            Origin::Ref {
                flow: name,
                from: path?.0,
            },
            Kind::Text,
        ))
    }

    /// The flow that this one names, by the tenant's name for it, with its ends; or a problem. One in the
    /// same folder is meant first, so that two packs may stand beside each other.
    fn other_flow(&self, flow: &At<String>) -> Option<(String, FlowEnds)> {
        let folder = self.binding.name.as_str().rsplit_once('/');
        let beside = folder.map(|(folder, _)| format!("{folder}/{}", flow.value));
        let names = beside.into_iter().chain([flow.value.clone()]);
        let mut known = names.filter_map(|name| {
            let ends = self.binding.flows.get(&name)?.clone();
            Some((name, ends))
        });
        let found = known.next();
        if found.is_none() {
            let message = words!(
                "problem-unknown-flow",
                "the tenant has no flow `{flow}`",
                flow = flow.value
            );
            let known = self.binding.flows.keys().map(String::as_str);
            let others = known.filter(|name| *name != self.binding.name.as_str());
            let help = match nearest(&flow.value, others) {
                Some(meant) => words!(
                    "problem-did-you-mean",
                    "did you mean `{meant}`?",
                    meant = meant
                ),
                None => words!(
                    "problem-unknown-flow-help",
                    "this flow needs it beside itself: add `[flows.{flow}]` to the tenant's file, with its `pack`",
                    flow = flow.value
                ),
            };
            self.problem(&flow.span, "unknown-flow", message, Some(help));
        }
        found
    }

    fn other_end(&self, flow: &At<String>, ends: &FlowEnds, which: FlowSide, wanted: &str) {
        let (found, word) = match which {
            FlowSide::Source => (&ends.source, SOURCE),
            FlowSide::Target => (&ends.target, TARGET),
        };
        let message = words!(
            "problem-flow-ends",
            "the {which} of flow `{flow}` is of connector `{found}`, not `{wanted}`",
            flow = flow.value,
            found = found.connector,
            wanted = wanted;
            which = word
        );
        self.problem(&flow.span, "wrong-flow", message, None);
    }

    fn same_entity(&self, at: &At<String>, found: Option<&String>, wanted: &str, flow: &str) {
        let Some(found) = found.filter(|found| *found != wanted) else {
            return;
        };
        let message = words!(
            "problem-flow-entity",
            "flow `{flow}` is about `{wanted}`, and this field refers to `{found}`",
            flow = flow,
            wanted = wanted,
            found = found
        );
        self.problem(&at.span, "wrong-flow", message, None);
    }

    fn sum(
        &self,
        id: &str,
        list: &At<String>,
        of: &At<String>,
        filter: Option<&At<String>>,
        context: &Context,
    ) -> Option<Sum> {
        let file = self.file;
        if context.current != Root::Source {
            let message = words!(
                "problem-sum-in-lines",
                "`sum` adds up the lines of the record; a line has none"
            );
            self.problem(&list.span, "sum", message, None);
            return None;
        }
        if of.value.is_empty() {
            return None;
        }
        let child = file
            .children
            .iter()
            .position(|child| child.name.value == list.value);
        let (from, names) = match child {
            Some(nth) => (&file.children[nth].from, Some(&file.children[nth])),
            None => (list, None),
        };
        let field = self.known_field(from, &self.contexts.source, "source")?;
        let Kind::List(item) = &field.kind else {
            let message = words!(
                "problem-no-list",
                "`{field}` is no list",
                field = from.value
            );
            self.problem(&list.span, "wrong-type", message, None);
            return None;
        };
        let line = match &item.kind {
            Kind::Record(line) => line.clone(),
            _ => Record {
                open: true,
                ..Record::default()
            },
        };
        let inner = match names {
            Some(rule) => self.contexts.child(rule, line, self.binding),
            None => self.contexts.record().with(Root::Line, line),
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
            _ => {
                let (Path { root, fields }, field) = self.path(of, &inner)?;
                let numeric = matches!(
                    field.kind,
                    Kind::Any | Kind::Decimal | Kind::Number | Kind::Text
                );
                if root != Root::Line || !numeric {
                    let message = words!(
                        "problem-sum-of",
                        "`of` names a number of the line: `line.FIELD` or `target.FIELD`"
                    );
                    self.problem(&of.span, "wrong-type", message, None);
                    return None;
                }
                SumOf::Line(fields)
            }
        };
        Some(Sum {
            list: from.value.clone(),
            child,
            of,
            filter,
        })
    }

    fn lookups(&self, prefix: &str, rules: &[LookupRule], context: &Context) -> Vec<Lookup> {
        rules
            .iter()
            .filter_map(|rule| self.lookup(prefix, rule, context))
            .collect()
    }

    fn lookup(&self, prefix: &str, rule: &LookupRule, context: &Context) -> Option<Lookup> {
        let id = format!("{prefix}lookup.{}", rule.name.value);
        self.rule_id(&id);
        if rule.on_missing.is_none() {
            let message = words!(
                "problem-lookup-on-missing",
                "look-up `{name}` must say what happens when nothing is found",
                name = rule.name.value
            );
            let help = words!(
                "problem-lookup-on-missing-help",
                "add `on_missing = \"empty\"` or `\"error\"`"
            );
            self.problem(&rule.name.span, "on-missing", message, Some(help));
        }
        let refusal = self.refusal(&rule.refusal, context);
        let must_exist = rule
            .on_missing
            .as_ref()
            .is_some_and(|at| at.value == OnMissing::Error);
        if must_exist && (rule.refusal.message.is_some() || rule.refusal.code.is_some()) {
            self.rule_id(&format!("{id}.refusal"));
        }
        let spec = self.entity_at(&rule.place);
        let ways = rule.ways.iter().enumerate().filter_map(|(nth, way)| {
            let id = match rule.ways.len() {
                1 => id.clone(),
                _ => format!("{id}.first_of[{}]", nth + 1),
            };
            self.rule_id(&id);
            self.way(id, rule, way, context)
        });
        let ways = ways.collect();
        let spec = spec?;
        let record = Record::of_entity(&spec.schema);
        Some(Lookup {
            id,
            name: rule.name.value.clone(),
            side: side_of(rule.place.side),
            entity: rule.place.entity.clone(),
            ways,
            must_exist,
            refusal,
            span: rule.name.span.clone(),
            fields: record.names().map(str::to_owned).collect(),
        })
    }

    fn way(
        &self,
        id: String,
        rule: &LookupRule,
        way: &written::LookupWay,
        context: &Context,
    ) -> Option<Way> {
        self.key(&rule.place, &way.by);
        let when = way
            .when
            .as_ref()
            .and_then(|at| self.condition(&id, at, context));
        let mut refers = None;
        let key = match &way.key {
            KeyRef::From(at) => {
                let found = self.path(at, context);
                refers = found
                    .as_ref()
                    .and_then(|(_, field)| field.reference.clone());
                let wanted = match &way.link {
                    None if way.by.value == "id" => self
                        .manifest(side_of(rule.place.side))
                        .entity(&rule.place.entity)
                        .map(|spec| spec.name.clone()),
                    _ => None,
                };
                if let (Some(wanted), Some(refers)) = (wanted, &refers)
                    && wanted != *refers
                {
                    let message = words!(
                        "problem-lookup-entity",
                        "this field refers to `{found}`, not to `{wanted}`",
                        found = refers,
                        wanted = wanted
                    );
                    self.problem(&at.span, "wrong-type", message, None);
                }
                found.map(|(path, _)| Key::Path(path))
            }
            KeyRef::Expr(at) => self
                .expression(&id, at, context)
                .map(|(expression, _)| Key::Expr(expression)),
        };
        let link = way.link.as_ref();
        let link = link.and_then(|link| self.link(rule, way, link, refers.as_ref()));
        Some(Way {
            id,
            by: way.by.value.clone(),
            link,
            key: key?,
            when,
        })
    }

    /// The flow whose links this way goes by.
    fn link(
        &self,
        rule: &LookupRule,
        way: &written::LookupWay,
        link: &At<String>,
        refers: Option<&String>,
    ) -> Option<String> {
        let (name, ends) = self.other_flow(link)?;
        let end = match rule.place.side {
            SideRef::Source => &ends.source,
            SideRef::Target => &ends.target,
        };
        let connector = &self.manifest(side_of(rule.place.side)).name;
        if way.by.value != "id" || rule.place.side == SideRef::Source {
            let message = words!(
                "problem-link-by-id",
                "a `link` leads to the `id` of a record of the target"
            );
            self.problem(&way.by.span, "wrong-flow", message, None);
        } else if end.entity != rule.place.entity || end.connector != *connector {
            let message = words!(
                "problem-link-entity",
                "flow `{flow}` makes `{found}` of `{connector}`, not `{wanted}`",
                flow = link.value,
                found = end.entity,
                connector = end.connector,
                wanted = rule.place.entity
            );
            self.problem(&link.span, "wrong-flow", message, None);
        }
        if let KeyRef::From(from) = &way.key {
            self.same_entity(from, refers, &ends.source.entity, &link.value);
        }
        Some(name)
    }

    /// Whether the entity's records can be found by this key.
    pub(super) fn key(&self, place: &written::EntityRef, by: &At<String>) {
        let Some(spec) = self.manifest(side_of(place.side)).entity(&place.entity) else {
            return;
        };
        let operations = spec.operations;
        let able = match by.value.as_str() {
            "id" => operations.read || (operations.find && spec.keys.iter().any(|key| key == "id")),
            key => operations.find && spec.keys.iter().any(|known| known == key),
        };
        if !able {
            let message = words!(
                "problem-not-a-key",
                "`{entity}` cannot be found by `{key}`",
                entity = place.entity,
                key = by.value
            );
            let mut known: Vec<&str> = spec.keys.iter().map(String::as_str).collect();
            if operations.read && !known.contains(&"id") {
                known.insert(0, "id");
            }
            self.problem(&by.span, "not-a-key", message, suggest(&by.value, known));
        }
    }
}

fn last(id: &str) -> &str {
    let field = id.split(".first_of").next().unwrap_or(id);
    field.rsplit('.').next().unwrap_or(field)
}

fn origin_span(rule: &written::Rule) -> crate::config::Span {
    match &rule.from {
        written::Origin::From(at) | written::Origin::Expr(at) => at.span.clone(),
        written::Origin::Sum { list, .. } => list.span.clone(),
        written::Origin::Map { table, .. } => table.span.clone(),
        written::Origin::Ref { flow, .. } => flow.span.clone(),
        written::Origin::Const(_) | written::Origin::FirstOf(_) | written::Origin::Unreadable => {
            rule.span.clone()
        }
    }
}
