//! Reads a flow file: its ends, options, filters, texts and reports. Rules are read in `rule_reader`.

use std::sync::Arc;

use super::flow::{
    AppendRule, CheckRule, ChildRule, Compared, EndRef, EntityRef, ExpectRule, FORMAT, FilterRule,
    FlowFile, Given, GonePolicy, GoneRule, IdentityRule, IdentityWay, MatchRule, Mode, ModeRule,
    Nameable, Named, NamesRule, OnDemandRule, OptionKind, OptionRule, RejectRule, ReportRule,
    SideRef, TableRule, Words, WrittenBackAfter,
};
use super::problem::words;
use super::reader::{Item, Reader, Section};
use super::rule_reader::{key_ref, lookups, needed_fields, only_create, rules};
use super::source::{At, SourceText};
use super::tenant::rows_of;
use super::two_way_reader::{back, conflict, mode};
use crate::model::Comparison;

const COMPARISONS: [(&str, Comparison); 12] = [
    ("eq", Comparison::Eq),
    ("not_eq", Comparison::NotEq),
    ("lt", Comparison::Lt),
    ("le", Comparison::Le),
    ("gt", Comparison::Gt),
    ("ge", Comparison::Ge),
    ("is_in", Comparison::IsIn),
    ("not_in", Comparison::NotIn),
    ("empty", Comparison::Empty),
    ("not_empty", Comparison::NotEmpty),
    ("starts_with", Comparison::StartsWith),
    ("contains", Comparison::Contains),
];

pub(super) fn read(text: &Arc<SourceText>) -> FlowFile {
    let reader = Reader::new(text);
    let file = match reader.is_toml() {
        true => read_root(&reader),
        false => unreadable(text),
    };
    FlowFile {
        problems: reader.into_problems(),
        ..file
    }
}

fn unreadable(text: &Arc<SourceText>) -> FlowFile {
    FlowFile {
        text: Arc::clone(text),
        problems: Vec::new(),
        title: Words::default(),
        description: Words::default(),
        source: EndRef::default(),
        target: EndRef::default(),
        mode: ModeRule::Fixed(At::new(Mode::OneWay, 0..0)),
        conflict: None,
        may_create: false,
        may_update: false,
        compare: None,
        record_title: None,
        schedule: crate::schedule::Schedule::Manual,
        filter: Vec::new(),
        when: None,
        create_when: None,
        update_when: None,
        on_demand: None,
        write_back_after: None,
        reverse_of: None,
        marker: None,
        options: Vec::new(),
        tables: Vec::new(),
        identity: Vec::new(),
        matching: MatchRule::default(),
        lookups: Vec::new(),
        values: Vec::new(),
        fields: Vec::new(),
        children: Vec::new(),
        texts: Vec::new(),
        rejects: Vec::new(),
        write_back: Vec::new(),
        report: None,
        checks: Vec::new(),
        gone: None,
        back: None,
    }
}

fn read_root(reader: &Reader) -> FlowFile {
    let root = reader.root();
    format(&root);
    let mut file = unreadable(&reader.source);
    file.title = words_of(&root, "title", Needed::Yes).unwrap_or_default();
    file.description = words_of(&root, "description", Needed::No).unwrap_or_default();
    file.source = end(&root, "source");
    file.target = end(&root, "target");
    if let Some(mode) = mode(&root) {
        file.mode = mode;
    }
    file.conflict = conflict(&root);
    (file.may_create, file.may_update) = operations(&root);
    file.compare = root.word(
        "compare",
        &[("sent", Compared::Sent), ("target", Compared::Target)],
    );
    file.record_title = words_of(&root, "record_title", Needed::No);
    file.schedule = super::schedule_reader::schedule(&root).unwrap_or_default();
    file.filter = filter(&root, "filter");
    file.when = root.text("when");
    file.create_when = root.text("create_when");
    file.update_when = root.text("update_when");
    file.on_demand = (root.table("on_demand")).and_then(|section| on_demand(&section));
    file.write_back_after = root.word(
        "write_back_after",
        &[
            ("link", WrittenBackAfter::Link),
            ("sync", WrittenBackAfter::Sync),
        ],
    );
    file.reverse_of = root.text("reverse_of");
    file.marker = root.text("marker");
    file.options = root
        .named_tables("options")
        .into_iter()
        .map(|(name, of)| option(name, &of))
        .collect();
    file.tables = root
        .named_tables("tables")
        .into_iter()
        .map(|(name, of)| table(name, &of))
        .collect();
    file.identity = root
        .tables("identity")
        .iter()
        .filter_map(identity)
        .collect();
    file.matching = root
        .table("match")
        .map(|of| matching(&of))
        .unwrap_or_default();
    file.lookups = lookups(&root);
    file.values = rules(&root, "values");
    if !root.has("fields") {
        root.missing("fields");
    }
    file.fields = rules(&root, "fields");
    file.children = children(&root);
    file.texts = texts(&root);
    file.rejects = root.tables("reject").iter().filter_map(reject).collect();
    file.write_back = rules(&root, "write_back");
    file.report = root.table("report").and_then(|section| report(&section));
    file.checks = root.tables("check").iter().filter_map(check).collect();
    file.gone = root.table("gone").and_then(|section| gone(&section));
    file.back = root.table("back").map(|section| back(&section));
    root.done();
    file
}

fn format(root: &Section<'_>) {
    if !root.has("format") {
        root.missing("format");
    }
    let Some(format) = root.number("format") else {
        return;
    };
    if format.value != FORMAT {
        let message = words!(
            "problem-format",
            "this version reads format {known}, not {found}",
            known = FORMAT,
            found = format.value
        );
        root.reader
            .problem(&format.span, "unknown-format", message, None);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    Yes,
    No,
}

/// `{ en = "…", fr = "…" }`; both languages are needed.
pub(super) fn words_of(section: &Section<'_>, key: &'static str, needed: Needed) -> Option<Words> {
    if needed == Needed::Yes && !section.has(key) {
        section.missing(key);
    }
    section.table(key).map(|table| words_in(&table))
}

fn words_in(table: &Section<'_>) -> Words {
    let en = table.need_text("en").unwrap_or_default();
    let fr = table.need_text("fr").unwrap_or_default();
    table.done();
    Words { en, fr }
}

fn end(root: &Section<'_>, key: &'static str) -> EndRef {
    if !root.has(key) {
        root.missing(key);
    }
    let Some(section) = root.table(key) else {
        return EndRef::default();
    };
    let connector = section.need_text("connector").unwrap_or_default();
    let entity = section.need_text("entity").unwrap_or_default();
    section.done();
    EndRef { connector, entity }
}

pub(super) fn operations(root: &Section<'_>) -> (bool, bool) {
    let Some(words) = root.texts("operations") else {
        if !root.has("operations") {
            root.missing("operations");
        }
        return (true, true);
    };
    for word in &words {
        match word.value.as_str() {
            "create" | "update" => {}
            "delete" | "deactivate" => {
                let message = words!(
                    "problem-operation-gone",
                    "what becomes of a record whose source is gone is said in `[gone]`"
                );
                root.reader
                    .problem(&word.span, "unknown-value", message, None);
            }
            _ => root
                .reader
                .wrong_word("operations", word, &["create", "update"]),
        }
    }
    let has = |wanted| words.iter().any(|word| word.value == wanted);
    (has("create"), has("update"))
}

pub(super) fn filter(section: &Section<'_>, key: &'static str) -> Vec<FilterRule> {
    section.tables(key).iter().filter_map(condition).collect()
}

fn condition(section: &Section<'_>) -> Option<FilterRule> {
    let field = section.need_text("field");
    let op = section.word("op", &COMPARISONS);
    if !section.has("op") {
        section.missing("op");
    }
    let value = section
        .get("value")
        .map(|item| At::new(item.value.to_json(), item.span.clone()));
    let option = section.text("option");
    section.done();
    let (field, op) = (field?, op?);
    let takes_none = matches!(op.value, Comparison::Empty | Comparison::NotEmpty);
    let given = match (value, option, takes_none) {
        (None, None, true) => Given::Nothing,
        (Some(value), None, false) => Given::Value(value),
        (None, Some(option), false) => Given::Option(option),
        (None, None, false) => {
            section.missing("value");
            return None;
        }
        (Some(At { span, .. }), _, _) | (None, Some(At { span, .. }), true) => {
            let message = match takes_none {
                true => words!(
                    "problem-filter-value",
                    "`empty` and `not_empty` take no value"
                ),
                false => words!("problem-filter-both", "give `value` or `option`, not both"),
            };
            section.reader.problem(&span, "filter-value", message, None);
            return None;
        }
    };
    Some(FilterRule {
        span: section.span.clone(),
        field,
        op,
        given,
    })
}

fn option(name: At<String>, section: &Section<'_>) -> OptionRule {
    let kinds = [
        ("string", OptionKind::Text),
        ("enum", OptionKind::Enum(Vec::new())),
        ("bool", OptionKind::Bool),
        ("integer", OptionKind::Integer),
        ("decimal", OptionKind::Decimal),
        ("date", OptionKind::Date),
        ("list", OptionKind::List),
    ];
    let word = section.need_text("type");
    let mut kind = word.as_ref().and_then(|word| {
        let found = kinds.iter().find(|(known, _)| *known == word.value);
        if found.is_none() {
            section
                .reader
                .wrong_word("type", word, &kinds.each_ref().map(|(known, _)| *known));
        }
        found.map(|(_, kind)| kind.clone())
    });
    let values = section.texts("values");
    if let Some(OptionKind::Enum(words)) = &mut kind {
        match values {
            Some(values) => *words = values,
            None if !section.has("values") => section.missing("values"),
            None => {}
        }
    } else if let Some(item) = section.get("values") {
        let message = words!(
            "problem-values-of-enum",
            "`values` belongs to `type = \"enum\"`"
        );
        section
            .reader
            .problem(&item.span, "unknown-key", message, None);
    }
    let required = section.flag("required").unwrap_or(false);
    let default = section.get("default").cloned();
    if let (true, Some(default)) = (required, &default) {
        let message = words!(
            "problem-required-default",
            "a required option needs no `default`"
        );
        section
            .reader
            .problem(&default.span, "required-default", message, None);
    }
    let help = words_of(section, "help", Needed::Yes).unwrap_or_default();
    let names = names(section);
    section.done();
    OptionRule {
        name,
        kind: kind.unwrap_or(OptionKind::Text),
        required,
        default,
        help,
        names,
    }
}

/// `reads = "source.contract"`, `writes = "target.{option.object}"`, `writes = "target"`.
fn names(section: &Section<'_>) -> Option<NamesRule> {
    let (reads, writes) = (section.text("reads"), section.text("writes"));
    let is_written = writes.is_some();
    if let (Some(_), Some(second)) = (&reads, &writes) {
        let message = words!(
            "problem-reads-and-writes",
            "what is written is read as well: write `writes` alone"
        );
        section
            .reader
            .problem(&second.span, "unknown-key", message, None);
    }
    let key = if is_written { "writes" } else { "reads" };
    let text = writes.or(reads)?;
    let (side, rest) = match text.value.split_once('.') {
        Some((side, rest)) => (side, Some(rest)),
        None => (text.value.as_str(), None),
    };
    let side = match side {
        "source" => Some(SideRef::Source),
        "target" => Some(SideRef::Target),
        _ => None,
    };
    let thing = match rest {
        None => Some(Nameable::Object),
        Some(rest) => match rest.strip_prefix("{option.") {
            None => (!rest.is_empty()).then(|| Nameable::FieldOf(rest.to_owned())),
            Some(rest) => {
                let option = rest.strip_suffix('}');
                option.map(|option| Nameable::FieldOfNamed(option.to_owned()))
            }
        },
    };
    let (Some(side), Some(thing)) = (side, thing) else {
        let message = words!(
            "problem-names",
            "`{key}` is written `source.ENTITY` for a field, `{example}` for a field of the object that an option names, or `source` for an object; or the same with `target`",
            key = key,
            example = "source.{option.NAME}"
        );
        section
            .reader
            .problem(&text.span, "entity-ref", message, None);
        return None;
    };
    Some(NamesRule {
        span: text.span,
        side,
        thing,
        is_written,
    })
}

fn table(name: At<String>, section: &Section<'_>) -> TableRule {
    let help = words_of(section, "help", Needed::Yes).unwrap_or_default();
    let rows = section
        .table("rows")
        .map(|rows| rows_of(&rows))
        .unwrap_or_default();
    let one_to_one = section.flag("one_to_one") == Some(true);
    section.done();
    TableRule {
        name,
        help,
        one_to_one,
        rows,
    }
}

pub(super) fn identity(section: &Section<'_>) -> Option<IdentityRule> {
    let marker = section.table("marker").map(|marker| {
        let (source, target) = (marker.need_text("source"), marker.need_text("target"));
        marker.done();
        Some(IdentityWay::Marker {
            source: source?,
            target: target?,
        })
    });
    let natural = section.texts("natural");
    let find = section.word("find", &[("first", false), ("on_exists", true)]);
    let when = section.text("when");
    let values = rules(section, "values");
    section.done();
    let way = match (marker, natural) {
        (Some(marker), None) => marker?,
        (None, Some(fields)) => IdentityWay::Natural {
            fields,
            on_exists: find.is_some_and(|find| find.value),
        },
        _ => {
            let message = words!(
                "problem-identity",
                "an identity is a `marker` or a list of `natural` fields"
            );
            section
                .reader
                .problem(&section.span, "identity", message, None);
            return None;
        }
    };
    Some(IdentityRule {
        span: section.span.clone(),
        way,
        values,
        when,
    })
}

/// `[children.NAME]`, or several blocks `[[children.NAME]]` whose lines stand one after the other.
fn children(root: &Section<'_>) -> Vec<ChildRule> {
    let Some(section) = root.table("children") else {
        return Vec::new();
    };
    let blocks = section.each_table_or_list().into_iter();
    blocks
        .flat_map(|(name, blocks)| {
            let many = blocks.len() > 1;
            let each = blocks.into_iter().enumerate();
            each.map(move |(nth, of)| {
                let id = match many {
                    true => format!("{}[{}]", name.value, nth + 1),
                    false => name.value.clone(),
                };
                child(name.clone(), id, &of)
            })
        })
        .collect()
}

fn child(name: At<String>, id: String, section: &Section<'_>) -> ChildRule {
    let from = section.need_text("from").unwrap_or_default();
    let title = words_of_either(section, "title");
    let filter = section.text("where");
    let only_create = only_create(section);
    let lookups = lookups(section);
    let values = rules(section, "values");
    let fields = needed_fields(section);
    let append = section.tables("append").iter().map(append).collect();
    section.done();
    ChildRule {
        name,
        id,
        from,
        title,
        filter,
        only_create,
        lookups,
        values,
        fields,
        append,
    }
}

/// `[[children.NAME.append]]`
fn append(section: &Section<'_>) -> AppendRule {
    let when = section.text("when");
    let fields = needed_fields(section);
    section.done();
    AppendRule { when, fields }
}

/// Words in both languages, or one text that serves both (a title that is only a name).
fn words_of_either(section: &Section<'_>, key: &'static str) -> Option<Words> {
    match section.get(key)? {
        At {
            value: Item::Text(text),
            span,
        } => {
            let both = At::new(text.clone(), span.clone());
            Some(Words {
                en: both.clone(),
                fr: both,
            })
        }
        _ => words_of(section, key, Needed::No),
    }
}

fn texts(root: &Section<'_>) -> Vec<Named<Words>> {
    root.named_tables("texts")
        .into_iter()
        .map(|(name, section)| Named {
            name,
            value: words_in(&section),
        })
        .collect()
}

pub(super) fn reject(section: &Section<'_>) -> Option<RejectRule> {
    let when = section.need_text("when");
    let code = code(section, Needed::Yes);
    let message = words_of(section, "message", Needed::Yes);
    section.done();
    Some(RejectRule {
        when: when?,
        code: code?,
        message: message?,
    })
}

/// A stable, kebab-case word that scripts may rely on.
pub(super) fn code(section: &Section<'_>, needed: Needed) -> Option<At<String>> {
    let code = match needed {
        Needed::Yes => section.need_text("code")?,
        Needed::No => section.text("code")?,
    };
    let kebab = !code.value.is_empty()
        && code
            .value
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !kebab {
        let message = words!(
            "problem-code",
            "`code` is made of a-z, 0-9 and `-`: `no-product-group`"
        );
        section
            .reader
            .problem(&code.span, "invalid-code", message, None);
    }
    Some(code)
}

fn report(section: &Section<'_>) -> Option<ReportRule> {
    let entity = entity_ref(section, "entity");
    let when = section.text("when");
    let open = section.table("open").map(|open| {
        let field = open.need_text("field");
        let not = open
            .get("not")
            .map(|item| At::new(item.value.to_json(), item.span.clone()));
        if not.is_none() {
            open.missing("not");
        }
        open.done();
        Some((field?, not?))
    });
    let fields = rules(section, "fields");
    if !section.has("fields") {
        section.missing("fields");
    }
    let write_back = rules(section, "write_back");
    section.done();
    let open = open.flatten();
    Some(ReportRule {
        span: section.span.clone(),
        entity: entity?,
        when,
        open,
        fields,
        write_back,
    })
}

/// `source.ticket`
pub(super) fn entity_ref(section: &Section<'_>, key: &'static str) -> Option<EntityRef> {
    let text = section.need_text(key)?;
    let side = match text.value.split_once('.') {
        Some(("source", entity)) => Some((SideRef::Source, entity)),
        Some(("target", entity)) => Some((SideRef::Target, entity)),
        _ => None,
    };
    let Some((side, entity)) = side else {
        let message = words!(
            "problem-entity-ref",
            "`{key}` is written `source.ENTITY` or `target.ENTITY`",
            key = key
        );
        section
            .reader
            .problem(&text.span, "entity-ref", message, None);
        return None;
    };
    Some(EntityRef {
        span: text.span.clone(),
        side,
        entity: entity.to_owned(),
    })
}

fn check(section: &Section<'_>) -> Option<CheckRule> {
    let code = code(section, Needed::Yes);
    let when = section.text("when");
    let each = section.table("each").map(|each| {
        let place = entity_ref(&each, "in");
        let filter = filter(&each, "where");
        each.done();
        place.map(|place| (place, filter))
    });
    if !section.has("expect") && !section.has("each") {
        section.missing("expect");
    }
    let expect = section.table("expect").map(|expect| {
        let place = entity_ref(&expect, "in");
        let by = expect.need_text("by");
        let key = key_ref(&expect);
        expect.done();
        Some(ExpectRule {
            place: place?,
            by: by?,
            key: key?,
        })
    });
    let list = section.texts("list").unwrap_or_default();
    let message = words_of(section, "message", Needed::Yes);
    let case = words_of(section, "case", Needed::No);
    let menu = words_of(section, "place", Needed::No);
    let fix = words_of(section, "fix", Needed::No);
    section.done();
    let expect = match expect {
        Some(expect) => Some(expect?),
        None => None,
    };
    let each = match each {
        Some(each) => Some(each?),
        None => None,
    };
    Some(CheckRule {
        code: code?,
        when,
        each,
        expect,
        list,
        message: message?,
        case,
        menu,
        fix,
    })
}

fn matching(section: &Section<'_>) -> MatchRule {
    let rule = MatchRule {
        keys: section.texts("keys").unwrap_or_default(),
        name: section.text("name"),
        phone: section.text("phone"),
        email: section.text("email"),
        postal_code: section.text("postal_code"),
    };
    section.done();
    rule
}

fn on_demand(section: &Section<'_>) -> Option<OnDemandRule> {
    let (asked, when) = (section.need_text("asked"), section.text("when"));
    section.done();
    Some(OnDemandRule {
        asked: asked?,
        when,
    })
}

fn gone(section: &Section<'_>) -> Option<GoneRule> {
    if !section.has("policy") {
        section.missing("policy");
    }
    let policies = [
        ("report", GonePolicy::Report),
        ("deactivate", GonePolicy::Deactivate),
        ("delete", GonePolicy::Delete),
    ];
    let policy = section.word("policy", &policies);
    let set = section.table("set").map(|set| {
        let fields = set.entries.iter();
        let value = |item: &At<Item>| At::new(item.value.to_json(), item.span.clone());
        fields
            .map(|(name, item)| (name.clone(), value(item)))
            .collect::<Vec<_>>()
    });
    let most = section.number("most");
    let policy = policy?.value;
    match (policy, section.get("set")) {
        (GonePolicy::Deactivate, None) => section.missing("set"),
        (GonePolicy::Deactivate, _) | (_, None) => {}
        (_, Some(item)) => {
            let message = words!(
                "problem-set-of-deactivate",
                "`set` belongs to `policy = \"deactivate\"`"
            );
            let reader = section.reader;
            reader.problem(&item.span, "unknown-key", message, None);
        }
    }
    section.done();
    Some(GoneRule {
        span: section.span.clone(),
        policy,
        set: set.unwrap_or_default(),
        most: most.map(|most| most.value),
    })
}
