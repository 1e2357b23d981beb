//! Compiles what rules need from outside: references to other flows, and look-ups.

use super::compile::{CREATE, Compiler, FlowEnds, side_of};
use super::compile_rule::Written;
use super::context::{Context, several};
use super::flow::FlowSide;
use super::path::first;
use super::rule::{Create, Key, Lookup, Origin, Place, Reference, Root, Way};
use super::schema::{self, Kind, Record};
use crate::config::flow::{
    self as written, CreateRule, EntityRef, KeyRef, LookupPlace, LookupRule, OnMissing, SideRef,
};
use crate::config::problem::{nearest, suggest, words};
use crate::config::source::At;
use crate::model::Word;
use crate::model::manifest::EntitySpec;

const SOURCE: Word = Word::new("word-source", "source");
const TARGET: Word = Word::new("word-target", "target");
const QUERY: Word = Word::new("doing-query", "list its records");

impl Compiler<'_> {
    pub(super) fn reference(
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
    pub(super) fn other_flow(&self, flow: &At<String>) -> Option<(String, FlowEnds)> {
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

    pub(super) fn lookups(
        &self,
        prefix: &str,
        rules: &[LookupRule],
        context: &Context,
    ) -> Vec<Lookup> {
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
                "add `on_missing = \"empty\"`, `\"error\"` or `\"create\"`"
            );
            self.problem(&rule.name.span, "on-missing", message, Some(help));
        }
        self.may_be_several(rule);
        let refusal = self.refusal(&rule.refusal, context);
        let must_exist = rule
            .on_missing
            .as_ref()
            .is_some_and(|at| matches!(at.value, OnMissing::Error | OnMissing::Create));
        if must_exist && (rule.refusal.message.is_some() || rule.refusal.code.is_some()) {
            self.rule_id(&format!("{id}.refusal"));
        }
        let (place, record, create) = match &rule.place {
            LookupPlace::Keyed { entity, ways } => {
                let spec = self.entity_at(entity);
                let many = ways.len() > 1;
                let compiled = ways.iter().enumerate().filter_map(|(nth, way)| {
                    let id = match many {
                        false => id.clone(),
                        true => format!("{id}.first_of[{}]", nth + 1),
                    };
                    self.rule_id(&id);
                    self.way(id, entity, way, context)
                });
                let compiled = compiled.collect();
                let spec = spec?;
                let create = rule.create.as_ref();
                let create =
                    create.map(|create| self.create(&id, rule, create, (entity, spec), context));
                let place = Place::Keyed {
                    side: side_of(entity.side),
                    entity: entity.entity.clone(),
                    ways: compiled,
                    several: rule.several,
                };
                let record = Record::of_entity(&spec.schema);
                let record = match rule.several {
                    true => several(record),
                    false => record,
                };
                (place, record, create)
            }
            LookupPlace::Every { entity, when } => {
                let spec = self.entity_at(entity)?;
                if !spec.operations.query {
                    self.lacks(&entity.span, spec, entity.side, QUERY);
                }
                let when = when
                    .as_ref()
                    .and_then(|at| self.condition(&id, at, context));
                let place = Place::Every {
                    side: side_of(entity.side),
                    entity: entity.entity.clone(),
                    when,
                };
                (place, several(Record::of_entity(&spec.schema)), None)
            }
            LookupPlace::Among { list, filter } => {
                if let Some(create) = &rule.create {
                    let message = words!(
                        "problem-create-among",
                        "an entry of a list cannot be created; only a look-up with `in` creates"
                    );
                    self.problem(&create.span, "create-unused", message, None);
                }
                let (list, entry) = self.list(list, context)?;
                let inner = context.clone().with(Root::Each, entry.clone());
                let filter = self.condition(&id, filter, &inner)?;
                (Place::Among { list, filter }, entry, None)
            }
        };
        Some(Lookup {
            id,
            name: rule.name.value.clone(),
            place,
            must_exist,
            create,
            refusal,
            span: rule.name.span.clone(),
            fields: record.names().map(str::to_owned).collect(),
        })
    }

    /// Several are what fits a key of which there is more than one.
    fn may_be_several(&self, rule: &LookupRule) {
        if !rule.several {
            return;
        }
        let by_id = match &rule.place {
            LookupPlace::Keyed { ways, .. } => ways.iter().any(|way| way.by.value == "id"),
            LookupPlace::Every { .. } => false,
            LookupPlace::Among { .. } => true,
        };
        if by_id || rule.create.is_some() {
            let message = words!(
                "problem-several",
                "`several` belongs to a look-up with `in`, by a key that several records can have, and without `create`"
            );
            self.problem(&rule.name.span, "several", message, None);
        }
    }

    /// How the missing record is made.
    fn create(
        &self,
        id: &str,
        lookup: &LookupRule,
        rule: &CreateRule,
        (place, spec): (&EntityRef, &EntitySpec),
        context: &Context,
    ) -> Create {
        let id = format!("{id}.create");
        self.rule_id(&id);
        let when = rule.when.as_ref();
        let when = when.and_then(|at| self.condition(&id, at, context));
        if place.side == SideRef::Source {
            let message = words!(
                "problem-create-side",
                "a look-up creates where the flow writes: `target.ENTITY`"
            );
            self.problem(&place.span, "create-side", message, None);
        } else if !spec.operations.create {
            self.lacks(&place.span, spec, place.side, CREATE);
        }
        let record = Record::of_entity(&spec.schema);
        let written = Written {
            record: &record,
            entity: &spec.name,
        };
        let fields = self.fields(&format!("{id}.fields"), &rule.fields, context, &written);
        let given = |name: &str| {
            let mut rules = rule.fields.iter();
            rules.any(|rule| first(&rule.name.value) == name)
        };
        self.demanded(&place.span, &record, &spec.name, "create.fields", &given);
        self.key_is_made(lookup, &record, &given);
        Create { id, when, fields }
    }

    /// What is made must be found by the value that it was made for.
    fn key_is_made(&self, lookup: &LookupRule, record: &Record, given: &impl Fn(&str) -> bool) {
        let LookupPlace::Keyed { ways, .. } = &lookup.place else {
            return;
        };
        for by in ways.iter().map(|way| &way.by) {
            let field = record.fields.get(&by.value);
            let ours = field.is_some_and(|field| !field.read_only);
            if by.value == "id" {
                let message = words!(
                    "problem-create-by-id",
                    "what is created has no `id` before; look it up by another key"
                );
                self.problem(&by.span, "create-key", message, None);
            } else if ours && !given(&by.value) {
                let message = words!(
                    "problem-create-key",
                    "it is looked up by `{key}`, which [lookup.{name}.create.fields] does not write",
                    key = by.value,
                    name = lookup.name.value
                );
                self.problem(&by.span, "create-key", message, None);
            }
        }
    }

    fn way(
        &self,
        id: String,
        place: &EntityRef,
        way: &written::LookupWay,
        context: &Context,
    ) -> Option<Way> {
        self.key(place, &way.by);
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
                        .manifest(side_of(place.side))
                        .entity(&place.entity)
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
        let link = link.and_then(|link| self.link(place, way, link, refers.as_ref()));
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
        place: &EntityRef,
        way: &written::LookupWay,
        link: &At<String>,
        refers: Option<&String>,
    ) -> Option<String> {
        let (name, ends) = self.other_flow(link)?;
        let end = match place.side {
            SideRef::Source => &ends.source,
            SideRef::Target => &ends.target,
        };
        let connector = &self.manifest(side_of(place.side)).name;
        if way.by.value != "id" || place.side == SideRef::Source {
            let message = words!(
                "problem-link-by-id",
                "a `link` leads to the `id` of a record of the target"
            );
            self.problem(&way.by.span, "wrong-flow", message, None);
        } else if end.entity != place.entity || end.connector != *connector {
            let message = words!(
                "problem-link-entity",
                "flow `{flow}` makes `{found}` of `{connector}`, not `{wanted}`",
                flow = link.value,
                found = end.entity,
                connector = end.connector,
                wanted = place.entity
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
