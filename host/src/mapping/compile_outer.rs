//! Compiles what stands around the rules: filters, options, tables, identities, write-back, report and
//! checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Scope;
use serde_json::{Map, Value};

use super::LANGUAGES;
use super::check::{CheckRule, EachRule, Expected};
use super::compile::{CREATE, Compiler, UPDATE, side_of};
use super::compile_rule::Written;
use super::expression::{self, to_dynamic};
use super::flow::{FindWhen, Identity, ReportRule};
use super::path::first;
use super::rule::{Field, Report, Root};
use super::schema::{Kind, Record};
use crate::config::Problem;
use crate::config::flow::{
    EntityRef, FilterRule, Given, IdentityRule, IdentityWay, KeyRef, Nameable, Named, OptionKind,
    OptionRule, Rule, SideRef,
};
use crate::config::problem::{suggest, words};
use crate::config::reader::Item;
use crate::config::source::{At, SourceText};
use crate::model::{Comparison, Condition, Text, kind};

impl Compiler<'_> {
    /// The options as they hold for this tenant; what is not set is not there.
    pub(super) fn options(&self) -> Map<String, Value> {
        let given = self.binding.options;
        let mut options = Map::new();
        for rule in &self.file.options {
            let name = &rule.name.value;
            let set = given.values.iter().find(|(key, _)| key.value == *name);
            if let Some(default) = &rule.default
                && let Some(value) = self.option(rule, &self.file.text, default)
            {
                options.insert(name.clone(), value);
            }
            match set {
                Some((_, item)) => {
                    if let Some(value) = self.option(rule, &given.text, item) {
                        options.insert(name.clone(), value);
                    }
                }
                None if rule.required => {
                    let message = words!(
                        "problem-option-missing",
                        "option `{option}` must be set",
                        option = name
                    );
                    // The author's own words, which stand in both languages already.
                    let help = &rule.help;
                    let help = (!help.en.value.is_empty()).then(|| {
                        Text::in_languages(
                            LANGUAGES
                                .map(|lang| (lang.to_owned(), help.in_language(lang).to_owned())),
                        )
                    });
                    let problem = Problem::new(&given.text, &given.span, "option-missing", message);
                    self.problems.borrow_mut().push(problem.help(help));
                }
                None => {}
            }
        }
        for (key, _) in &given.values {
            let known = self
                .file
                .options
                .iter()
                .map(|rule| rule.name.value.as_str());
            if known.clone().any(|known| known == key.value) {
                continue;
            }
            let message = words!(
                "problem-unknown-option",
                "this flow has no option `{option}`",
                option = key.value
            );
            let problem = Problem::new(&given.text, &key.span, "unknown-option", message);
            self.problems
                .borrow_mut()
                .push(problem.help(suggest(&key.value, known)));
        }
        options
    }

    fn option(&self, rule: &OptionRule, text: &Arc<SourceText>, item: &At<Item>) -> Option<Value> {
        let name = &rule.name.value;
        let (value, wanted) = match (&rule.kind, &item.value) {
            (OptionKind::Text, Item::Text(text)) => (Some(Value::from(text.as_str())), kind::TEXT),
            (OptionKind::Text, _) => (None, kind::TEXT),
            (OptionKind::Bool, Item::Bool(yes)) => (Some(Value::from(*yes)), kind::TRUE_OR_FALSE),
            (OptionKind::Bool, _) => (None, kind::TRUE_OR_FALSE),
            (OptionKind::Integer, Item::Integer(number)) => {
                (Some(Value::from(*number)), kind::WHOLE)
            }
            (OptionKind::Integer, _) => (None, kind::WHOLE),
            (OptionKind::Decimal, Item::Integer(number)) => {
                (Some(Value::from(number.to_string())), kind::DECIMAL)
            }
            (OptionKind::Decimal, Item::Decimal(text) | Item::Text(text)) => (
                super::decimal::parse(text).map(|_| Value::from(text.as_str())),
                kind::DECIMAL,
            ),
            (OptionKind::Decimal, _) => (None, kind::DECIMAL),
            (OptionKind::Date, Item::Date(text) | Item::Text(text)) => {
                let date = text
                    .parse::<jiff::civil::Date>()
                    .ok()
                    .filter(|_| text.len() == 10);
                (
                    date.map(|date| Value::from(date.to_string())),
                    kind::DATE_AS,
                )
            }
            (OptionKind::Date, _) => (None, kind::DATE_AS),
            (OptionKind::List, Item::List(items)) => {
                let texts = items.iter().map(|item| match &item.value {
                    Item::Text(text) => Some(Value::from(text.as_str())),
                    _ => None,
                });
                (
                    texts.collect::<Option<Vec<_>>>().map(Value::from),
                    kind::LIST_OF_TEXTS,
                )
            }
            (OptionKind::List, _) => (None, kind::LIST_OF_TEXTS),
            (OptionKind::Enum(known), Item::Text(word)) => {
                let listed = known.iter().any(|known| known.value == *word);
                if !listed {
                    let message = words!(
                        "problem-unknown-value",
                        "`{key}` cannot be `{value}`",
                        key = name,
                        value = word
                    );
                    let help = crate::config::problem::one_of(known.iter().map(|at| at.as_str()));
                    let problem = Problem::new(text, &item.span, "unknown-value", message);
                    self.problems.borrow_mut().push(problem.help(help));
                    return None;
                }
                (Some(Value::from(word.as_str())), kind::TEXT)
            }
            (OptionKind::Enum(_), _) => (None, kind::TEXT),
        };
        if value.is_none() {
            let message = words!(
                "problem-option-type",
                "option `{option}` must be {wanted}",
                option = name;
                wanted = wanted
            );
            let problem = Problem::new(text, &item.span, "wrong-type", message);
            self.problems.borrow_mut().push(problem);
        }
        value
    }

    /// The flow's tables with the tenant's rows over them.
    pub(super) fn tables(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let row = |(from, to): &(At<String>, At<String>)| (from.value.clone(), to.value.clone());
        let mut tables: BTreeMap<String, BTreeMap<String, String>> = self
            .file
            .tables
            .iter()
            .map(|table| {
                (
                    table.name.value.clone(),
                    table.rows.iter().map(row).collect(),
                )
            })
            .collect();
        for (name, rows) in &self.binding.tables.tables {
            self.one_to_one(name, rows, &tables);
            match tables.get_mut(&name.value) {
                Some(table) => table.extend(rows.iter().map(row)),
                None => {
                    let message = words!(
                        "problem-unknown-table-given",
                        "this flow has no table `{table}`",
                        table = name.value
                    );
                    let help = suggest(&name.value, tables.keys().map(String::as_str));
                    let text = &self.binding.tables.text;
                    let problem = Problem::new(text, &name.span, "unknown-table", message);
                    self.problems.borrow_mut().push(problem.help(help));
                }
            }
        }
        tables
    }

    /// A row that says what another row says already, in a table where that is a mistake.
    fn one_to_one(
        &self,
        name: &At<String>,
        rows: &[(At<String>, At<String>)],
        shipped: &BTreeMap<String, BTreeMap<String, String>>,
    ) {
        let mut tables = self.file.tables.iter();
        if !tables.any(|table| table.one_to_one && table.name.value == name.value) {
            return;
        }
        let mut said: BTreeMap<String, &str> = BTreeMap::new();
        let kept = shipped.get(&name.value).into_iter().flatten();
        let kept = kept.filter(|(from, _)| !rows.iter().any(|(given, _)| given.value == **from));
        said.extend(kept.map(|(from, to)| (to.to_lowercase(), from.as_str())));
        for (from, to) in rows {
            let Some(other) = said.insert(to.value.to_lowercase(), &from.value) else {
                continue;
            };
            let message = words!(
                "problem-one-to-one",
                "`{from}` and `{other}` are both “{to}”: in the table `{table}` each row has a value of its own",
                from = from.value,
                other = other,
                to = to.value,
                table = name.value
            );
            let text = &self.binding.tables.text;
            let problem = Problem::new(text, &to.span, "one-to-one", message);
            self.problems.borrow_mut().push(problem);
        }
    }

    /// Conditions with options filled in; one whose option is not set is left out.
    pub(super) fn filter(
        &self,
        rules: &[FilterRule],
        fields: &Record,
        options: &Map<String, Value>,
        id: &str,
    ) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for rule in rules {
            if id == "filter" {
                self.rule_id(&format!("filter.{}", rule.field.value));
            }
            let field = self.known_field(&rule.field, fields, "source");
            let kind = field.map_or(Kind::Any, |field| field.kind.clone());
            let value = match &rule.given {
                Given::Nothing => None,
                Given::Value(at) => {
                    if let Some(field) = field {
                        self.filter_value(rule, at, field);
                    }
                    Some(at.value.clone())
                }
                Given::Option(option) => {
                    self.used
                        .borrow_mut()
                        .insert(format!("option.{}", option.value));
                    let known = self
                        .file
                        .options
                        .iter()
                        .find(|o| o.name.value == option.value);
                    if known.is_none() {
                        let names = self.file.options.iter().map(|option| option.name.as_str());
                        let message = words!(
                            "problem-unknown-option-named",
                            "there is no [options.{option}]",
                            option = option.value
                        );
                        let help = suggest(&option.value, names);
                        self.problem(&option.span, "unknown-option", message, help);
                    }
                    match options.get(&option.value) {
                        Some(value) => Some(value.clone()),
                        None => continue,
                    }
                }
            };
            let values = match value {
                None => Vec::new(),
                Some(Value::Array(values)) => values,
                Some(value) => vec![value],
            };
            let values = values
                .into_iter()
                .map(|value| as_instant(value, &kind))
                .collect();
            conditions.push(Condition {
                field: rule.field.value.clone(),
                op: rule.op.value,
                values,
            });
        }
        conditions
    }

    fn filter_value(&self, rule: &FilterRule, at: &At<Value>, field: &super::schema::Field) {
        let listing = matches!(rule.op.value, Comparison::IsIn | Comparison::NotIn);
        match (&at.value, listing) {
            (Value::Array(values), true) => {
                for value in values {
                    let value = At::new(as_instant(value.clone(), &field.kind), at.span.clone());
                    self.check_value(&value, field, &rule.field.value);
                }
            }
            (Value::Array(_), false) | (_, true) => {
                let message = words!(
                    "problem-filter-list",
                    "`is_in` and `not_in` take a list, the others one value"
                );
                self.problem(&at.span, "filter-value", message, None);
            }
            (value, false) => {
                let value = At::new(as_instant(value.clone(), &field.kind), at.span.clone());
                self.check_value(&value, field, &rule.field.value);
            }
        }
    }

    /// Whether a condition over options holds, now and for good.
    pub(super) fn holds(
        &self,
        id: &str,
        at: Option<&At<String>>,
        options: &Map<String, Value>,
    ) -> bool {
        let Some(at) = at else { return true };
        let context = self.contexts.of(&[Root::Option]);
        let Some(expression) = self.condition(id, at, &context) else {
            return true;
        };
        let mut scope = Scope::new();
        let names: Vec<String> = self.contexts.options.names().map(str::to_owned).collect();
        scope.push_constant_dynamic("option", option_names(&names, options));
        match expression::evaluate(&expression.ast, &mut scope) {
            Ok(value) => value.as_bool().unwrap_or(true),
            Err(failure) => {
                let (what, _) = expression::explain(&failure);
                let message = words!(
                    "problem-expression-fails",
                    "this cannot be computed: {what}";
                    what = what
                );
                // A required option that is missing is a problem of its own.
                if self.problems.borrow().is_empty() {
                    self.problem(&at.span, "expression-fails", message, None);
                }
                true
            }
        }
    }

    /// Those that hold for the tenant, each with the values that it compares beside what is written.
    pub(super) fn identities(&self, options: &Map<String, Value>) -> Vec<(Identity, Vec<Field>)> {
        let mut identities = Vec::new();
        for (nth, rule) in self.file.identity.iter().enumerate() {
            let id = format!("identity[{}]", nth + 1);
            let holds = self.holds(&id, rule.when.as_ref(), options);
            let mut compared = Vec::new();
            let identity = match &rule.way {
                IdentityWay::Marker { source, target } => {
                    self.known_field(source, &self.contexts.source, "source");
                    self.target_key(target);
                    Identity::Marker {
                        source_field: source.value.clone(),
                        target_field: target.value.clone(),
                    }
                }
                IdentityWay::Natural { fields, on_exists } => {
                    compared = self.compared(&id, rule, fields);
                    for field in fields {
                        self.natural(field, &rule.values);
                    }
                    let fields = fields.iter().map(|field| field.value.clone()).collect();
                    let find = if *on_exists {
                        FindWhen::OnExists
                    } else {
                        FindWhen::First
                    };
                    Identity::Natural { fields, find }
                }
            };
            if let (IdentityWay::Marker { .. }, Some(value)) = (&rule.way, rule.values.first()) {
                self.unasked_key(&value.name, &[]);
            }
            if holds {
                identities.push((identity, compared));
            }
        }
        identities
    }

    fn target_key(&self, field: &At<String>) {
        let place = crate::config::flow::EntityRef {
            span: field.span.clone(),
            side: SideRef::Target,
            entity: self.target.name.clone(),
        };
        self.key(&place, field);
    }

    /// Keys of the target that are compared and not written.
    fn compared(&self, id: &str, rule: &IdentityRule, keys: &[At<String>]) -> Vec<Field> {
        for value in &rule.values {
            if !keys.iter().any(|key| key.value == value.name.value) {
                self.unasked_key(&value.name, keys);
            }
        }
        // That the system sets a field itself says nothing against looking for it.
        let mut record = without_required(&self.contexts.target);
        for field in Arc::make_mut(&mut record.fields).values_mut() {
            field.read_only = false;
        }
        let written = Written {
            record: &record,
            entity: &self.target.name,
        };
        let context = self.contexts.record();
        self.fields(&format!("{id}.values"), &rule.values, &context, &written)
    }

    fn unasked_key(&self, name: &At<String>, keys: &[At<String>]) {
        let message = words!(
            "problem-identity-value",
            "`{field}` is no key of this identity's `natural`",
            field = name.value
        );
        let help = suggest(&name.value, keys.iter().map(At::as_str));
        self.problem(&name.span, "identity", message, help);
    }

    fn natural(&self, field: &At<String>, values: &[Named<Rule>]) {
        if self
            .known_field(field, &self.contexts.target, &self.target.name)
            .is_none()
        {
            return;
        }
        self.target_key(field);
        let mut rules = self.file.fields.iter().chain(values);
        if !rules.any(|rule| rule.name.value == field.value) {
            let message = words!(
                "problem-natural-unmapped",
                "`{field}` identifies the record but has no rule in [fields]",
                field = field.value
            );
            let help = words!(
                "problem-natural-unmapped-help",
                "a key that is only compared has its rule in [identity.values]"
            );
            self.problem(&field.span, "natural-unmapped", message, Some(help));
        }
    }

    pub(super) fn write_back(&self) -> Vec<Field> {
        let roots = [Root::Source, Root::Target, Root::Option, Root::Run];
        let context = self.contexts.of(&roots);
        if let (Some(first), false) = (self.file.write_back.first(), self.source.operations.update)
        {
            self.lacks(&first.name.span, self.source, SideRef::Source, UPDATE);
        }
        let record = without_required(&self.contexts.source);
        let written = Written {
            record: &record,
            entity: &self.source.name,
        };
        self.fields("write_back", &self.file.write_back, &context, &written)
    }

    pub(super) fn report(&self, options: &Map<String, Value>) -> Option<Report> {
        let rule = self.file.report.as_ref()?;
        let holds = self.holds("report.when", rule.when.as_ref(), options);
        if rule.entity.side != SideRef::Source {
            let message = words!(
                "problem-report-side",
                "a report is made where the record comes from: `source.ENTITY`"
            );
            self.problem(&rule.entity.span, "entity-ref", message, None);
            return None;
        }
        let spec = self.entity_at(&rule.entity)?;
        if !spec.operations.create {
            self.lacks(&rule.entity.span, spec, SideRef::Source, CREATE);
        }
        let record = Record::of_entity(&spec.schema);
        let given = |name: &str| {
            let mut rules = rule.fields.iter();
            rules.any(|rule| first(&rule.name.value) == name)
        };
        let span = &rule.entity.span;
        self.demanded(span, &record, &spec.name, "report.fields", &given);
        if let Some((field, value)) = &rule.open
            && let Some(known) = self.known_field(field, &record, &spec.name)
        {
            self.check_value(value, known, &field.value);
        }
        let context = self
            .contexts
            .of(&[Root::Source, Root::Option, Root::Run, Root::Error]);
        let written = Written {
            record: &record,
            entity: &spec.name,
        };
        let fields = self.fields("report.fields", &rule.fields, &context, &written);
        let context = self
            .contexts
            .of(&[Root::Source, Root::Option, Root::Run])
            .with(Root::Report, record.clone());
        let source = without_required(&self.contexts.source);
        let written = Written {
            record: &source,
            entity: &self.source.name,
        };
        let write_back = self.fields("report.write_back", &rule.write_back, &context, &written);
        let open = rule
            .open
            .as_ref()
            .map(|(field, value)| (field.value.clone(), value.value.clone()));
        let has_write_back = !write_back.is_empty();
        let report = ReportRule {
            entity: spec.name.clone(),
            open,
            has_write_back,
        };
        let report = Report {
            rule: report,
            fields,
            write_back,
        };
        holds.then_some(report)
    }

    pub(super) fn checks(&self, options: &Map<String, Value>) -> Vec<CheckRule> {
        let shared = Arc::new(options.clone());
        let mut checks = Vec::new();
        for rule in &self.file.checks {
            let id = format!("check.{}", rule.code.value);
            let holds = self.holds(&id, rule.when.as_ref(), options);
            let mut context = self.contexts.of(&[Root::Option]);
            let each = rule.each.as_ref().and_then(|(place, filter)| {
                let spec = self.entity_at(place)?;
                let fields = Record::of_entity(&spec.schema);
                context = context.clone().with(Root::Each, fields.clone());
                context.current = Root::Each;
                let filter = self.filter(filter, &fields, options, &id);
                let side = side_of(place.side);
                Some(EachRule {
                    side,
                    entity: spec.name.clone(),
                    filter,
                    fields,
                })
            });
            let expect = rule.expect.as_ref();
            let expected = expect.and_then(|expect| {
                self.key(&expect.place, &expect.by);
                self.entity_at(&expect.place)
            });
            if let Some(each) = &each {
                for field in &rule.list {
                    self.known_field(field, &each.fields, &each.entity);
                }
            }
            let message = self.message(&rule.message, &context);
            let case = rule.case.as_ref().map(|words| {
                let there =
                    expected.map_or_else(Record::default, |spec| Record::of_entity(&spec.schema));
                self.message(words, &context.clone().with(Root::Each, there))
            });
            let place = rule
                .menu
                .as_ref()
                .map(|words| self.message(words, &context));
            let fix = rule.fix.as_ref().map(|words| self.message(words, &context));
            let key = expect.and_then(|expect| match &expect.key {
                KeyRef::From(at) => self.path(at, &context),
                KeyRef::Expr(at) => {
                    let message = words!(
                        "problem-check-expr",
                        "a check looks for what a field or option holds: write `from`"
                    );
                    self.problem(&at.span, "unknown-key", message, None);
                    None
                }
            });
            let expected = expect.zip(key).map(|(expect, (key, _))| Expected {
                side: side_of(expect.place.side),
                entity: expect.place.entity.clone(),
                by: expect.by.value.clone(),
                key,
            });
            if !holds || expected.is_none() != expect.is_none() {
                continue;
            }
            checks.push(CheckRule {
                code: rule.code.value.clone(),
                each,
                expected,
                list: rule.list.iter().map(|at| at.value.clone()).collect(),
                message,
                case,
                place,
                fix,
                options: Arc::clone(&shared),
            });
        }
        checks
    }

    /// What the options are the names of: there must be such an entity, or such an option.
    pub(super) fn options_names(&self) {
        for rule in &self.file.options {
            let Some(names) = &rule.names else { continue };
            let name = &rule.name;
            self.is_a_name(name, &name.value);
            match &names.thing {
                Nameable::Object => {}
                Nameable::FieldOf(entity) => {
                    let place = EntityRef {
                        span: names.span.clone(),
                        side: names.side,
                        entity: entity.clone(),
                    };
                    self.entity_at(&place);
                }
                Nameable::FieldOfNamed(option) => {
                    self.is_a_name(&At::new(option.clone(), names.span.clone()), option);
                }
            }
        }
    }

    /// What nothing uses: most often a name that was changed in one place only.
    pub(super) fn unused(&self) -> Vec<Problem> {
        let file = self.file;
        let used = self.used.borrow();
        let mut names: Vec<(String, &At<String>)> = Vec::new();
        names.extend(
            file.options
                .iter()
                .map(|o| (format!("option.{}", o.name.value), &o.name)),
        );
        names.extend(
            file.tables
                .iter()
                .map(|t| (format!("table.{}", t.name.value), &t.name)),
        );
        names.extend(
            file.texts
                .iter()
                .map(|t| (format!("text.{}", t.name.value), &t.name)),
        );
        names.extend(
            file.lookups
                .iter()
                .map(|l| (format!("lookup.{}", l.name.value), &l.name)),
        );
        names.extend(
            file.values
                .iter()
                .map(|v| (format!("value.{}", v.name.value), &v.name)),
        );
        for child in &file.children {
            let level = format!("children.{}.", child.id);
            let name = |kind: &str, at: &At<String>| format!("{level}{kind}.{}", at.value);
            names.extend(
                child
                    .lookups
                    .iter()
                    .map(|l| (name("lookup", &l.name), &l.name)),
            );
            names.extend(
                child
                    .values
                    .iter()
                    .map(|v| (name("value", &v.name), &v.name)),
            );
        }
        names
            .into_iter()
            .filter(|(name, _)| !used.contains(name) && !self.is_said_behind(name))
            .map(|(name, at)| {
                let message = words!("problem-unused", "nothing uses `{name}`", name = name);
                Problem::new(&file.text, &at.span, "unused", message).warning()
            })
            .collect()
    }
}

impl Compiler<'_> {
    /// The way back is compiled later, as a flow of its own: of what both share, a mention in its part of the
    /// file counts as a use.
    fn is_said_behind(&self, name: &str) -> bool {
        let Some(back) = &self.file.back else {
            return false;
        };
        let text = self.file.text.text.get(back.span.start..).unwrap_or("");
        match name.split_once('.') {
            Some(("option", _)) => text.contains(name),
            Some(("table" | "text", own)) => text.contains(&format!("\"{own}\"")),
            _ => false,
        }
    }
}

/// The `option` of expressions: every option there is, empty where it is not set.
pub(super) fn option_names(names: &[String], options: &Map<String, Value>) -> rhai::Dynamic {
    let map: rhai::Map = names
        .iter()
        .map(|name| {
            let value = options.get(name).map_or(rhai::Dynamic::UNIT, to_dynamic);
            (name.as_str().into(), value)
        })
        .collect();
    map.into()
}

/// A day as the instant it begins, for a field that holds instants.
fn as_instant(value: Value, kind: &Kind) -> Value {
    match (value.as_str(), kind) {
        (Some(text), Kind::Instant) if text.len() == 10 => Value::from(format!("{text}T00:00:00Z")),
        _ => value,
    }
}

/// An update need not give what a create must.
fn without_required(record: &Record) -> Record {
    Record {
        required: Default::default(),
        ..record.clone()
    }
}
