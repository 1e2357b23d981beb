//! Which names a rule may use where it stands, and of which kind each is.

use std::sync::Arc;

use super::compile::{Binding, side_of};
use super::compile_lines::entry_of;
use super::flow::FlowSide;
use super::rule::{FOUND, Root};
use super::schema::{Field, Kind, Record};
use crate::config::flow::{
    ChildRule, FlowFile, LookupPlace, LookupRule, Named, OptionKind, Origin, Rule,
};
use crate::model::manifest::EntitySpec;

/// The names one rule may use.
#[derive(Debug, Clone)]
pub struct Context {
    pub names: Record,
    /// Where a bare field name is looked for.
    pub current: Root,
    /// The list of lines it stands in, and the names of that level.
    child: Option<(String, Vec<String>)>,
}

impl Context {
    /// `children.lines.` for a name of the lines' own level, nothing for one of the record's.
    pub fn level_of(&self, root: &str, name: &str) -> String {
        match &self.child {
            Some((list, own)) if own.contains(&format!("{root}.{name}")) => {
                format!("children.{list}.")
            }
            _ => String::new(),
        }
    }

    /// With one name more.
    pub fn with(mut self, root: Root, record: Record) -> Self {
        Arc::make_mut(&mut self.names.fields)
            .insert(root.name().to_owned(), Field::of_kind(Kind::Record(record)));
        self
    }

    /// The kind of a value, once its rule is compiled.
    pub fn set_value_kind(&mut self, name: &str, kind: Kind) {
        let names = Arc::make_mut(&mut self.names.fields);
        let values = names.get_mut("value");
        if let Some(Field {
            kind: Kind::Record(values),
            ..
        }) = values
        {
            Arc::make_mut(&mut values.fields).insert(name.to_owned(), Field::of_kind(kind));
        }
    }
}

/// What the names of a flow mean.
pub struct Contexts {
    pub source: Record,
    pub target: Record,
    pub options: Record,
    lookups: Record,
    values: Record,
}

impl Contexts {
    pub fn new(
        file: &FlowFile,
        source: &EntitySpec,
        target: &EntitySpec,
        binding: &Binding<'_>,
    ) -> Self {
        let source = Record::of_entity(&source.schema);
        let names = Record::closed([("source", Field::of_kind(Kind::Record(source.clone())))]);
        Self {
            source,
            target: Record::of_entity(&target.schema),
            options: options(file),
            lookups: lookups(&file.lookups, &names, binding),
            values: values(&file.values),
        }
    }

    /// These names and no others; bare names are the source's.
    pub fn of(&self, roots: &[Root]) -> Context {
        let names = roots.iter().map(|root| {
            let record = match root {
                Root::Source => self.source.clone(),
                Root::Target => self.target.clone(),
                Root::Option => self.options.clone(),
                Root::Lookup => self.lookups.clone(),
                Root::Value => self.values.clone(),
                Root::Run => Record::closed([("now", Field::of_kind(Kind::Instant))]),
                Root::Error => Record::closed([("text", Field::of_kind(Kind::Text))]),
                Root::Line | Root::Report | Root::Each => Record::default(),
            };
            (root.name(), Field::of_kind(Kind::Record(record)))
        });
        Context {
            names: Record::closed(names),
            current: Root::Source,
            child: None,
        }
    }

    /// What the fields of a record see of the run: the count of those that are created as well.
    pub fn run_of_fields() -> Record {
        Record::closed([
            ("now", Field::of_kind(Kind::Instant)),
            ("count", Field::of_kind(Kind::Number)),
        ])
    }

    /// The names of the record's own rules.
    pub fn record(&self) -> Context {
        self.of(&[Root::Source, Root::Option, Root::Lookup, Root::Value])
    }

    /// The names of rules for the lines of a list: its own before the record's.
    pub fn child(&self, rule: &ChildRule, line: Record, binding: &Binding<'_>) -> Context {
        let names = self
            .of(&[Root::Source, Root::Lookup])
            .with(Root::Line, line.clone())
            .names;
        let own_lookups = lookups(&rule.lookups, &names, binding);
        let own_values = values(&rule.values);
        let mut own: Vec<String> = Vec::new();
        own.extend(own_lookups.names().map(|name| format!("lookup.{name}")));
        own.extend(own_values.names().map(|name| format!("value.{name}")));
        let merge = |outer: &Record, inner: Record| {
            let mut both = outer.clone();
            let inner = inner.fields.iter();
            let inner = inner.map(|(name, field)| (name.clone(), field.clone()));
            Arc::make_mut(&mut both.fields).extend(inner);
            both
        };
        let mut context = self
            .of(&[Root::Source, Root::Option])
            .with(Root::Line, line)
            .with(Root::Lookup, merge(&self.lookups, own_lookups))
            .with(Root::Value, merge(&self.values, own_values));
        context.current = Root::Line;
        context.child = Some((rule.id.clone(), own));
        context
    }
}

fn options(file: &FlowFile) -> Record {
    Record::closed(file.options.iter().map(|option| {
        let mut field = Field::of_kind(match &option.kind {
            OptionKind::Text | OptionKind::Enum(_) => Kind::Text,
            OptionKind::Bool => Kind::Bool,
            OptionKind::Integer => Kind::Number,
            OptionKind::Decimal => Kind::Decimal,
            OptionKind::Date => Kind::Date,
            OptionKind::List => Kind::List(Box::new(Field::of_kind(Kind::Text))),
        });
        if let OptionKind::Enum(words) = &option.kind {
            field.words = words.iter().map(|word| word.value.clone()).collect();
        }
        (option.name.value.clone(), field)
    }))
}

/// `outer`: the names that lead to the lists at hand.
fn lookups(rules: &[LookupRule], outer: &Record, binding: &Binding<'_>) -> Record {
    // An unknown entity or list is one problem, not one for every field that is read of it.
    let unknown = || Record {
        open: true,
        ..Record::default()
    };
    let by_key = rules.iter().map(|rule| {
        let record = match &rule.place {
            LookupPlace::Among { .. } => None,
            LookupPlace::Keyed { entity, .. } | LookupPlace::Every { entity, .. } => {
                let manifest = match side_of(entity.side) {
                    FlowSide::Source => binding.source,
                    FlowSide::Target => binding.target,
                };
                manifest.entity(&entity.entity)
            }
        };
        let record = record.map_or_else(unknown, |spec| Record::of_entity(&spec.schema));
        let record = match rule.several {
            true => several(record),
            false => record,
        };
        (
            rule.name.value.clone(),
            Field::of_kind(Kind::Record(record)),
        )
    });
    let mut found = Record::closed(by_key);
    // A list may be one of an entry of another list, whichever stands first.
    for _ in rules {
        for rule in rules {
            let LookupPlace::Among { list, .. } = &rule.place else {
                continue;
            };
            let steps: Vec<&str> = list.value.split('.').collect();
            let entry = match steps.as_slice() {
                ["lookup", name, rest @ ..] if found.fields.contains_key(*name) => {
                    field_in(&found, &[&[*name], rest].concat())
                }
                steps => field_in(outer, steps),
            };
            let entry = entry.and_then(|field| entry_of(&field.kind));
            if let Some(entry) = entry {
                let field = Field::of_kind(Kind::Record(entry));
                Arc::make_mut(&mut found.fields).insert(rule.name.value.clone(), field);
            }
        }
    }
    found
}

/// What a look-up gives that asks for several.
pub(super) fn several(entry: Record) -> Record {
    let entry = Field::of_kind(Kind::Record(entry));
    Record::closed([(FOUND, Field::of_kind(Kind::List(Box::new(entry))))])
}

fn field_in<'r>(record: &'r Record, steps: &[&str]) -> Option<&'r Field> {
    let (first, rest) = steps.split_first()?;
    let field = record.fields.get(*first)?;
    match &field.kind {
        _ if rest.is_empty() => Some(field),
        Kind::Record(inner) => field_in(inner, rest),
        _ => None,
    }
}

/// The kinds that can be told before the rules are compiled.
fn values(rules: &[Named<Rule>]) -> Record {
    Record::closed(rules.iter().map(|rule| {
        let kind = match &rule.value.from {
            _ if rule.value.decimal.is_some() => Kind::Number,
            Origin::Sum { .. } => Kind::Number,
            _ => Kind::Any,
        };
        (rule.name.value.clone(), Field::of_kind(kind))
    }))
}
