//! Compiles the rules of a flow: fields, values, look-ups and lines.

use super::compile::Compiler;
use super::context::{Context, Contexts};
use super::path::{field_name, first};
use super::rule::{Block, Child, Field, Origin, Refusal, Reject, Root, Rule};
use super::schema::{self, Kind, Record};
use crate::config::flow::{self as written, Named, OnMissing, OnlyCreate};
use crate::config::problem::{suggest, words};
use crate::config::source::Span;

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
        let field_context = context.clone().with(Root::Run, Contexts::run_of_fields());
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
        let given = |name: &str| {
            let mut fields = self.file.fields.iter();
            let mut children = self.file.children.iter();
            fields.any(|field| first(&field.name.value) == name)
                || children.any(|child| child.name.value == name)
        };
        let span = &self.file.target.entity.span;
        self.demanded(span, target, &self.target.name, "fields", &given);
    }

    /// Every field that a system demands of a new record must be given.
    pub(super) fn demanded(
        &self,
        span: &Span,
        record: &Record,
        entity: &str,
        section: &str,
        given: &impl Fn(&str) -> bool,
    ) {
        for name in &record.required {
            let writable = record.fields.get(name).is_none_or(|field| !field.read_only);
            if writable && !given(name) {
                let message = words!(
                    "problem-required-field",
                    "`{entity}` cannot be created without `{field}`, which has no rule in [{section}]",
                    entity = entity,
                    field = name,
                    section = section
                );
                self.problem(span, "required-field", message, None);
            }
        }
    }

    /// Two rules for one field, or one for a record and one for a field of it; and whether the fields of
    /// one record belong to the target alike.
    fn overlapping(&self, fields: &[Field], rules: &[Named<written::Rule>]) {
        let place = |field: &Field| {
            let rule = rules.iter().find(|rule| rule.name.value == field.name);
            rule.map_or(0..0, |rule| rule.name.span.clone())
        };
        for (nth, field) in fields.iter().enumerate() {
            for other in &fields[..nth] {
                let shared = field.path.len().min(other.path.len());
                if field.path[..shared] == other.path[..shared] {
                    let message = words!(
                        "problem-fields-overlap",
                        "`{field}` is written by the rule for `{other}` as well",
                        field = field.path.join("."),
                        other = other.name
                    );
                    self.problem(&place(field), "fields-overlap", message, None);
                } else if field.path[0] == other.path[0] && field.only_create != other.only_create {
                    let message = words!(
                        "problem-only-create-mixed",
                        "`{record}` is sent as a whole: all its fields have `only_create`, or none",
                        record = field.path[0]
                    );
                    self.problem(&place(field), "only-create", message, None);
                }
            }
        }
    }

    /// Whether what says so belongs to the target once it is there.
    pub(super) fn only_create(&self, id: &str, rule: &OnlyCreate) -> bool {
        match rule {
            OnlyCreate::No => false,
            OnlyCreate::Yes => true,
            OnlyCreate::When(at) => {
                let options = self.given.get();
                options.is_some_and(|options| self.holds(id, Some(at), options))
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
            let Some(at) = self.field_at(&rule.name, to.record, to.entity) else {
                // What the rule itself says is checked all the same.
                self.rule(&format!("{section}.{name}"), &rule.value, context, None);
                continue;
            };
            let found = at.field.as_ref();
            if found.is_some_and(|field| field.read_only) {
                let message = words!(
                    "problem-read-only",
                    "`{field}` of `{entity}` is set by the system and cannot be written",
                    field = name,
                    entity = to.entity
                );
                self.problem(&rule.name.span, "read-only-field", message, None);
            }
            let must = at.path.len() == 1 && to.record.required.contains(name);
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
            let only_create = self.only_create(&id, &rule.value.only_create);
            if at.off {
                continue;
            }
            fields.push(Field {
                name: name.clone(),
                only_create,
                owner: rule.value.owner.as_ref().map(|at| at.value),
                schema: at.field,
                path: at.path,
                required: must,
                rule: compiled,
            });
        }
        self.overlapping(&fields, rules);
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
            if rule.value.only_create != OnlyCreate::No {
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
                path: vec![name.clone()],
                rule: compiled,
                only_create: false,
                owner: None,
                schema: None,
                required: false,
            });
        }
        fields
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
                self.check_value(value, field, field_name(id));
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
            fresh: rule.fresh,
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
                    self.check_value(value, field, field_name(id));
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
                            self.fits(way, &compiled.1, field, field_name(&id));
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
}

fn origin_span(rule: &written::Rule) -> Span {
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
