//! From a flow file to a flow: every reference checked, all problems at once.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::compile_order;
use super::context::{Context, Contexts};
use super::expression;
use super::expression_check::{self, unknown_field};
use super::flow::{End, Flow, FlowSide, Gone, Likeness};
use super::option_names::{self, PutIn};
use super::rule::{Expression, Inner, Reference, Root};
use super::schema::{Field, Kind, Record};
use super::template::Message;
use crate::config::Problem;
use crate::config::flow::{
    Compared, FlowFile, GonePolicy, Mode, ModeRule, PolicyRule, SideRef, Words, WrittenBackAfter,
};
use crate::config::problem::{suggest, words};
use crate::config::source::{At, Span, char_in_string};
use crate::config::tenant::{OptionValues, TableValues};
use crate::model::manifest::{ChangeSource, EntitySpec, Operations};
use crate::model::{FlowName, Manifest, Text, Word};

/// What an entity may be unable to do.
pub(super) const CREATE: Word = Word::new("doing-create", "create");
pub(super) const UPDATE: Word = Word::new("doing-update", "update");
const DELETE: Word = Word::new("word-delete", "delete");
/// Of one run, unless the flow says otherwise: more look like a mistake at the source.
const GONE_MOST: u64 = 20;

/// What a flow file is compiled against.
pub struct Binding<'a> {
    pub name: FlowName,
    /// Of the connection bound to `source`.
    pub source: &'a Manifest,
    pub target: &'a Manifest,
    /// As given by the tenant, with their places.
    pub options: &'a OptionValues,
    /// The tenant's rows of `[tables.X]`.
    pub tables: &'a TableValues,
    /// The tenant's flows, by name, that a `ref` can name.
    pub flows: &'a BTreeMap<String, FlowEnds>,
}

/// The ends of another flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowEnds {
    pub source: End,
    pub target: End,
}

/// Checks the file whole and compiles it. The problems are those of the file itself, those against the
/// schemas, and those of the tenant's options, in the order of their places.
pub fn compile(file: &FlowFile, binding: &Binding<'_>) -> Result<Flow, Vec<Problem>> {
    let mut problems = file.problems.clone();
    if problems.iter().any(|problem| problem.code == "toml-syntax") {
        return Err(problems);
    }
    let source = entity(file, &file.source, binding.source, &mut problems);
    let target = entity(file, &file.target, binding.target, &mut problems);
    // An end that is not there hides nothing else: it is checked as one that has every field.
    let (no_source, no_target) = (anything(&file.source), anything(&file.target));
    let ends = (source.unwrap_or(&no_source), target.unwrap_or(&no_target));
    // An answer is written into the very record that asks.
    let ends = match answers(file) {
        true => (ends.0, ends.0),
        false => ends,
    };
    let named = {
        let compiler = Compiler::new(file, binding, ends.0, ends.1);
        let named = compiler.named();
        problems.append(&mut compiler.problems.into_inner());
        named
    };
    let compiler = Compiler::new(&named.file, binding, ends.0, ends.1);
    let named = named.options.iter();
    let named = named.map(|(_, option)| format!("option.{option}"));
    compiler.used.borrow_mut().extend(named);
    let inner = compiler.flow();
    let mut found = compiler.problems.into_inner();
    problems.append(&mut found);
    problems.sort_by(|a, b| (&a.file, a.span.start, a.code).cmp(&(&b.file, b.span.start, b.code)));
    problems.dedup_by(|a, b| a == b);
    if problems.is_empty() {
        Ok(Flow::new(inner))
    } else {
        Err(problems)
    }
}

fn entity<'a>(
    file: &FlowFile,
    end: &crate::config::flow::EndRef,
    manifest: &'a Manifest,
    problems: &mut Vec<Problem>,
) -> Option<&'a EntitySpec> {
    if end.entity.value.is_empty() || end.connector.value.is_empty() {
        return None;
    }
    if end.connector.value != manifest.name {
        let message = words!(
            "problem-other-connector",
            "this flow is for connector `{wanted}`, and the connection is of `{found}`",
            wanted = end.connector.value,
            found = manifest.name
        );
        problems.push(Problem::new(
            &file.text,
            &end.connector.span,
            "wrong-connector",
            message,
        ));
        return None;
    }
    let found = manifest.entity(&end.entity.value);
    if found.is_none() {
        problems.push(unknown_entity(
            file,
            &end.entity.span,
            &end.entity.value,
            manifest,
        ));
    }
    found
}

fn anything(end: &crate::config::flow::EndRef) -> EntitySpec {
    let all = Operations {
        read: true,
        find: true,
        query: true,
        changes: true,
        create: true,
        update: true,
        delete: true,
    };
    EntitySpec {
        name: end.entity.value.clone(),
        title: Text::default(),
        schema: Value::Null,
        operations: all,
        idempotency: Vec::new(),
        changes: ChangeSource::Unavailable,
        filters: Vec::new(),
        keys: Vec::new(),
        read_batch: 1,
        write_batch: 1,
    }
}

fn unknown_entity(file: &FlowFile, span: &Span, entity: &str, manifest: &Manifest) -> Problem {
    let message = words!(
        "problem-unknown-entity",
        "connector `{connector}` has no entity `{entity}`",
        connector = manifest.name,
        entity = entity
    );
    let help = suggest(
        entity,
        manifest.entities.iter().map(|spec| spec.name.as_str()),
    );
    Problem::new(&file.text, span, "unknown-entity", message).help(help)
}

/// References of flows to each other in a circle, which no run could ever resolve.
pub fn check_cycles(flows: &[&Flow]) -> Vec<Problem> {
    compile_order::flow_cycles(flows)
}

/// What is at hand while one file is compiled.
pub(super) struct Compiler<'a> {
    pub file: &'a FlowFile,
    pub binding: &'a Binding<'a>,
    pub source: &'a EntitySpec,
    pub target: &'a EntitySpec,
    pub contexts: Contexts,
    pub problems: RefCell<Vec<Problem>>,
    pub rules: RefCell<BTreeSet<String>>,
    pub references: RefCell<Vec<Reference>>,
    /// Names of look-ups, values, texts, options and tables that something uses: `lookup.code`.
    pub used: RefCell<BTreeSet<String>>,
    /// The options as they hold for the tenant.
    pub given: OnceCell<Map<String, Value>>,
}

impl<'a> Compiler<'a> {
    fn new(
        file: &'a FlowFile,
        binding: &'a Binding<'a>,
        source: &'a EntitySpec,
        target: &'a EntitySpec,
    ) -> Self {
        Self {
            file,
            binding,
            source,
            target,
            contexts: Contexts::new(file, source, target, binding),
            problems: RefCell::default(),
            rules: RefCell::default(),
            references: RefCell::default(),
            used: RefCell::default(),
            given: OnceCell::new(),
        }
    }

    /// The file with the names of fields that options give.
    fn named(&self) -> PutIn {
        let options = self.given.get_or_init(|| self.options());
        let named = option_names::put_in(self.file, options);
        for (at, option) in &named.options {
            self.names_a_field(at, option);
        }
        named
    }

    fn flow(&self) -> Inner {
        let file = self.file;
        self.operations();
        self.options_names();
        let mode = match &file.mode {
            ModeRule::Option(at) => Some(at),
            ModeRule::Fixed(_) => None,
        };
        let policy = file.conflict.as_ref().and_then(|rule| match &rule.policy {
            PolicyRule::Option(at) => Some(at),
            PolicyRule::Fixed(_) => None,
        });
        let chosen = mode.into_iter().chain(policy);
        let chosen = chosen.map(|at| format!("option.{}", at.value));
        self.used.borrow_mut().extend(chosen);
        let options = self.given.get_or_init(|| self.options()).clone();
        let tables = self.tables();
        let title_context = self.contexts.of(&[Root::Source, Root::Option]);
        let title = file
            .record_title
            .as_ref()
            .map(|words| self.message(words, &title_context));
        let filter = self.filter(&file.filter, &self.contexts.source, &options, "filter");
        let condition = |id: &str, rule: &Option<At<String>>| {
            let at = rule.as_ref()?;
            self.rule_id(id);
            self.condition(id, at, &title_context)
        };
        let when = condition("when", &file.when);
        let create_when = condition("create_when", &file.create_when);
        let update_when = condition("update_when", &file.update_when);
        let asked = file.on_demand.as_ref().and_then(|rule| {
            let asked = condition("on_demand.asked", &Some(rule.asked.clone()));
            let holds = self.holds("on_demand.when", rule.when.as_ref(), &options);
            asked.filter(|_| holds)
        });
        let marker = file.marker.as_ref().map(|marker| {
            self.known_field(marker, &self.contexts.source, "source");
            marker.value.clone()
        });
        let texts = file
            .texts
            .iter()
            .map(|text| {
                (
                    text.name.value.clone(),
                    Message::of(&text.value, &file.text),
                )
            })
            .collect();
        let body = self.body();
        let (write_back, report) = (self.write_back(), self.report(&options));
        let checks = self.checks(&options);
        let (identities, compared) = self.identities(&options).into_iter().unzip();
        let mut inner = Inner {
            name: self.binding.name.clone(),
            text: Arc::clone(&file.text),
            source: end_of(&file.source),
            target: end_of(&file.target),
            source_fields: self.contexts.source.clone(),
            unread_stamps: BTreeSet::new(),
            may_create: file.may_create,
            may_update: file.may_update,
            compares_target: self.compares_target(),
            title,
            filter,
            when,
            create_when,
            update_when,
            asked,
            answers: self.answers(),
            writes_back_after_sync: self.writes_back_after_sync(),
            reverse_of: self.reverse_of(),
            marker,
            options,
            option_names: self.contexts.options.names().map(str::to_owned).collect(),
            tables,
            identities,
            compared,
            likeness: self.likeness(),
            gone: self.gone(),
            reads_now: false,
            counts: false,
            block: body.block,
            children: body.children,
            texts,
            rejects: body.rejects,
            write_back,
            report,
            checks,
            references: Vec::new(),
            rules: BTreeSet::new(),
            warnings: Vec::new(),
        };
        for problem in compile_order::circles(&inner) {
            self.problems.borrow_mut().push(problem);
        }
        let reads = |name: &str| self.used.borrow().iter().any(|used| used.ends_with(name));
        inner.reads_now = reads("run.now");
        inner.counts = reads("run.count");
        inner.unread_stamps = self.unread_stamps();
        inner.warnings = self.unused();
        inner.references = self.references.take();
        inner.rules = self.rules.take();
        inner
    }

    fn gone(&self) -> Gone {
        let Some(rule) = &self.file.gone else {
            return Gone::default();
        };
        let able = match rule.policy {
            GonePolicy::Report => true,
            GonePolicy::Deactivate => self.target.operations.update,
            GonePolicy::Delete => self.target.operations.delete,
        };
        if !able {
            let word = match rule.policy {
                GonePolicy::Delete => DELETE,
                _ => UPDATE,
            };
            self.lacks(&rule.span, self.target, SideRef::Target, word);
        }
        let fields = Record::of_entity(&self.target.schema);
        for (name, value) in &rule.set {
            if let Some(field) = self.known_field(name, &fields, "target") {
                self.check_value(value, field, &name.value);
            }
        }
        let set = rule.set.iter();
        Gone {
            policy: rule.policy,
            set: set
                .map(|(name, value)| (name.value.clone(), value.value.clone()))
                .collect(),
            most: rule.most.unwrap_or(GONE_MOST),
            asked: true,
        }
    }

    /// What `link match` compares must be made by this flow, or the source's side has nothing to show.
    fn likeness(&self) -> Likeness {
        let rule = &self.file.matching;
        let made = |at: &At<String>| {
            let fields = self
                .file
                .fields
                .iter()
                .map(|field| field.name.value.as_str());
            if fields.clone().any(|name| name == at.value) {
                return Some(at.value.clone());
            }
            let message = words!(
                "problem-match-field",
                "`{field}` is no field that this flow makes",
                field = at.value
            );
            self.problem(
                &at.span,
                "unknown-field",
                message,
                suggest(&at.value, fields),
            );
            None
        };
        Likeness {
            keys: rule.keys.iter().filter_map(made).collect(),
            name: rule.name.as_ref().and_then(made),
            phone: rule.phone.as_ref().and_then(made),
            email: rule.email.as_ref().and_then(made),
            postal_code: rule.postal_code.as_ref().and_then(made),
        }
    }

    /// That an entity is unable to do what it would be asked for.
    pub fn lacks(&self, span: &Span, spec: &EntitySpec, side: SideRef, word: Word) {
        let message = words!(
            "problem-operation",
            "entity `{entity}` of connector `{connector}` cannot {word}",
            entity = spec.name,
            connector = self.manifest(side_of(side)).name;
            word = word
        );
        self.problem(span, "operation", message, None);
    }

    fn operations(&self) {
        let file = self.file;
        if answers(file) {
            return;
        }
        let span = &file.target.entity.span;
        let lacks = |word: Word| self.lacks(span, self.target, SideRef::Target, word);
        if file.may_create && !self.target.operations.create {
            lacks(CREATE);
        }
        if file.may_update && !self.target.operations.update {
            lacks(UPDATE);
        }
    }

    pub fn problem(&self, span: &Span, code: &'static str, message: Text, help: Option<Text>) {
        let problem = Problem::new(&self.file.text, span, code, message).help(help);
        self.problems.borrow_mut().push(problem);
    }

    pub fn rule_id(&self, id: &str) {
        self.rules.borrow_mut().insert(id.to_owned());
    }

    pub fn manifest(&self, side: FlowSide) -> &'a Manifest {
        match side {
            FlowSide::Source => self.binding.source,
            FlowSide::Target => self.binding.target,
        }
    }

    /// The entity of `source.X` or `target.X`.
    pub fn entity_at(&self, place: &crate::config::flow::EntityRef) -> Option<&'a EntitySpec> {
        let manifest = self.manifest(side_of(place.side));
        let found = manifest.entity(&place.entity);
        if found.is_none() {
            let problem = unknown_entity(self.file, &place.span, &place.entity, manifest);
            self.problems.borrow_mut().push(problem);
        }
        found
    }

    /// A field of a record, or a problem.
    pub fn known_field<'r>(
        &self,
        name: &At<String>,
        record: &'r Record,
        of: &str,
    ) -> Option<&'r Field> {
        let found = record.fields.get(&name.value);
        if found.is_none() && !record.open {
            let (message, help) = unknown_field(&[of.to_owned()], &name.value, record);
            self.problem(&name.span, "unknown-field", message, help);
        }
        found
    }

    /// Lists have no shape of their own to compare, and what is written back belongs to one answer.
    fn compares_target(&self) -> bool {
        let file = self.file;
        let Some(compare) = (file.compare.as_ref()).filter(|at| at.value == Compared::Target)
        else {
            return false;
        };
        if !file.may_update || !file.children.is_empty() || !file.write_back.is_empty() {
            let message = words!(
                "problem-compare-target",
                "only a flow with the operation `update` can be compared with its target, and one without `[children]` and `[write_back]`"
            );
            self.problem(&compare.span, "bad-compare", message, None);
        }
        true
    }

    /// Whether one of them moves says nothing to a flow that does not read it.
    fn unread_stamps(&self) -> BTreeSet<String> {
        let used = self.used.borrow();
        let fields = self.contexts.source.fields.iter();
        let stamps = fields.filter(|(_, field)| field.stamp);
        stamps
            .map(|(name, _)| name.clone())
            .filter(|name| {
                let path = format!("source.{name}");
                !used.iter().any(|used| used.ends_with(&path))
            })
            .collect()
    }

    fn writes_back_after_sync(&self) -> bool {
        let Some(after) = &self.file.write_back_after else {
            return false;
        };
        if self.file.write_back.is_empty() {
            let message = words!(
                "problem-nothing-written-back",
                "this says when `[write_back]` is written, and the flow has none"
            );
            self.problem(&after.span, "bad-write-back", message, None);
        }
        after.value == WrittenBackAfter::Sync
    }

    /// The flow of the other direction that shares its links with this one.
    fn reverse_of(&self) -> Option<FlowName> {
        let at = self.file.reverse_of.as_ref()?;
        let (name, ends) = self.other_flow(at)?;
        let own = [&self.file.target, &self.file.source].map(end_of);
        if [ends.source, ends.target] != own {
            let message = words!(
                "problem-reverse-ends",
                "flow `{flow}` does not lead from the target of this one to its source",
                flow = at.value
            );
            self.problem(&at.span, "wrong-flow", message, None);
        }
        let one_way =
            matches!(&self.file.mode, ModeRule::Fixed(mode) if mode.value == Mode::OneWay);
        if !one_way {
            let message = words!(
                "problem-reverse-mode",
                "only a flow that goes one way can be the reverse of another"
            );
            self.problem(&at.span, "wrong-flow", message, None);
        }
        FlowName::parse(&name).ok()
    }

    /// The flow only answers: it takes what somebody asks for, and makes no pairs.
    fn answers(&self) -> bool {
        let file = self.file;
        if !answers(file) {
            return false;
        }
        if !self.source.operations.update {
            self.lacks(
                &file.source.entity.span,
                self.source,
                SideRef::Source,
                UPDATE,
            );
        }
        match &file.on_demand {
            None => {
                let message = words!(
                    "problem-answer-asked",
                    "a flow that answers needs `[on_demand]`: who asks"
                );
                self.problem(&file.source.entity.span, "answer", message, None);
            }
            Some(rule) => self.no_answer(rule.when.iter().map(|at| &at.span), "on_demand.when"),
        }
        let target = &file.target.entity.span;
        let writes = file.may_create || file.may_update;
        self.no_answer(writes.then_some(target).into_iter(), "operations");
        self.no_answer(file.identity.iter().map(|rule| &rule.span), "identity");
        let written = file.write_back.iter().map(|rule| &rule.name.span);
        self.no_answer(written, "write_back");
        self.no_answer(file.gone.iter().map(|rule| &rule.span), "gone");
        self.no_answer(file.back.iter().map(|rule| &rule.span), "back");
        self.no_answer(file.conflict.iter().map(|rule| &rule.span), "conflict");
        self.no_answer(file.compare.iter().map(|at| &at.span), "compare");
        for (name, at) in [
            ("marker", &file.marker),
            ("reverse_of", &file.reverse_of),
            ("create_when", &file.create_when),
            ("update_when", &file.update_when),
        ] {
            self.no_answer(at.iter().map(|at| &at.span), name);
        }
        true
    }

    fn no_answer<'s>(&self, spans: impl Iterator<Item = &'s Span>, part: &str) {
        for span in spans {
            let message = words!(
                "problem-answer-part",
                "a flow that answers links nothing and writes nothing into its target: it can have no `{part}`",
                part = part
            );
            self.problem(span, "answer", message, None);
        }
    }

    /// The field at the end of a full path, or a problem at `span`.
    pub fn resolve(&self, path: &[String], span: &Span, context: &Context) -> Option<Field> {
        self.note_use(path, context);
        let mut record = &context.names;
        for (nth, name) in path.iter().enumerate() {
            let Some(field) = record.fields.get(name) else {
                if record.open {
                    return Some(Field::of_kind(Kind::Any));
                }
                let (message, help) = unknown_field(&path[..nth], name, record);
                self.problem(span, "unknown-field", message, help);
                return None;
            };
            match &field.kind {
                _ if nth + 1 == path.len() => return Some(field.clone()),
                Kind::Record(inner) => record = inner,
                Kind::Any => return Some(Field::of_kind(Kind::Any)),
                other => {
                    let message = words!(
                        "problem-no-fields",
                        "`{path}` has no fields; it is {found}",
                        path = path[..=nth].join(".");
                        found = other.words()
                    );
                    self.problem(span, "unknown-field", message, None);
                    return None;
                }
            }
        }
        None
    }

    pub fn note_use(&self, path: &[String], context: &Context) {
        if let [root, name, ..] = path {
            let level = context.level_of(root, name);
            self.used
                .borrow_mut()
                .insert(format!("{level}{root}.{name}"));
        }
    }

    /// An expression and the kind of its value.
    pub fn expression(
        &self,
        id: &str,
        at: &At<String>,
        context: &Context,
    ) -> Option<(Expression, Kind)> {
        let ast = match expression::parse(&at.value) {
            Ok(ast) => ast,
            Err(error) => {
                let nth = expression::nth(error.position()).unwrap_or(0);
                let (what, help) = expression::explain_syntax(&error);
                let message = words!(
                    "problem-expression-syntax",
                    "not a valid expression: {what}";
                    what = what
                );
                self.problem(&self.chars(at, nth, 1), "expression-syntax", message, help);
                return None;
            }
        };
        let texts: Vec<&str> = self
            .file
            .texts
            .iter()
            .map(|text| text.name.value.as_str())
            .collect();
        let (reading, kind) = expression_check::read(&ast, &context.names, &texts);
        for flaw in reading.flaws {
            let span = self.chars(at, flaw.at, flaw.length);
            self.problem(&span, flaw.code, flaw.message, flaw.help);
        }
        let named = |root: &str| -> BTreeSet<String> {
            let paths = reading
                .paths
                .iter()
                .filter(|path| path.first().is_some_and(|p| p == root));
            paths.filter_map(|path| path.get(1).cloned()).collect()
        };
        for path in &reading.paths {
            self.note_use(path, context);
        }
        for key in &reading.texts {
            self.used.borrow_mut().insert(format!("text.{key}"));
            let text = self.file.texts.iter().find(|text| text.name.value == *key);
            if let Some(text) = text {
                self.check_message(&Message::of(&text.value, &self.file.text), context);
            }
        }
        let roots = reading
            .paths
            .iter()
            .filter_map(|path| Root::parse(path.first()?))
            .collect();
        let expression = Expression {
            id: id.to_owned(),
            ast,
            source: at.value.clone(),
            span: at.span.clone(),
            roots,
            paths: reading.paths.clone(),
            lookups: named("lookup"),
            values: named("value"),
            texts: reading.texts.into_iter().collect(),
        };
        Some((expression, kind))
    }

    /// An expression that is true or false.
    pub fn condition(&self, id: &str, at: &At<String>, context: &Context) -> Option<Expression> {
        let (expression, kind) = self.expression(id, at, context)?;
        if !matches!(kind, Kind::Any | Kind::Bool) {
            let message = words!(
                "problem-not-a-condition",
                "a condition is needed, and this is {found}";
                found = kind.words()
            );
            self.problem(&at.span, "wrong-type", message, None);
        }
        Some(expression)
    }

    /// Part of an expression as bytes of the file.
    fn chars(&self, at: &At<String>, nth: usize, length: usize) -> Span {
        let text = &self.file.text.text;
        let start = char_in_string(text, &at.span, nth);
        let end = char_in_string(text, &at.span, nth + length.max(1));
        start..end.max(start + 1).min(text.len())
    }

    pub fn message(&self, words: &Words, context: &Context) -> Message {
        let message = Message::of(words, &self.file.text);
        self.check_message(&message, context);
        message
    }

    pub fn check_message(&self, message: &Message, context: &Context) {
        for (path, span) in message.paths() {
            self.resolve(path, span, context);
        }
    }

    /// A written value against the field it is for.
    pub fn check_value(&self, value: &At<Value>, field: &Field, name: &str) {
        let Some(refused) = field.refuses(&value.value) else {
            return;
        };
        use super::schema::Refused;
        let (message, help) = match refused {
            Refused::Kind(kind) => (
                words!("problem-value-kind", "`{field}` is {kind}", field = name; kind = kind),
                None,
            ),
            Refused::Length(max) => (
                words!(
                    "problem-value-length",
                    "`{field}` takes at most {max} characters",
                    field = name,
                    max = max
                ),
                None,
            ),
            Refused::Word(known) => (
                words!(
                    "problem-value-word",
                    "`{field}` cannot have this value",
                    field = name
                ),
                suggest(
                    value.value.as_str().unwrap_or_default(),
                    known.iter().map(String::as_str),
                ),
            ),
        };
        self.problem(&value.span, "wrong-value", message, help);
    }
}

/// Whether the flow only answers who asks.
fn answers(file: &FlowFile) -> bool {
    matches!(&file.mode, ModeRule::Fixed(mode) if mode.value == Mode::Answer)
}

pub(super) fn side_of(side: SideRef) -> FlowSide {
    match side {
        SideRef::Source => FlowSide::Source,
        SideRef::Target => FlowSide::Target,
    }
}

fn end_of(end: &crate::config::flow::EndRef) -> End {
    End {
        connector: end.connector.value.clone(),
        entity: end.entity.value.clone(),
    }
}
