//! Reads the rules of a flow file: fields, values and look-ups.

use super::flow::{
    CreateRule, KeyRef, LookupPlace, LookupRule, LookupWay, Named, OnMissing, OnlyCreate, Origin,
    Owner, Refusal, Rule,
};
use super::flow_reader::{Needed, code, entity_ref, words_of};
use super::problem::{one_of, words};
use super::reader::{Item, Section};
use super::source::At;
use crate::model::kind;

/// Where a value comes from; a rule has exactly one of them.
const ORIGINS: [&str; 7] = ["from", "const", "expr", "first_of", "map", "ref", "sum"];

/// Every key of a rule.
const KEYS: [&str; 21] = [
    "from",
    "const",
    "expr",
    "first_of",
    "map",
    "ref",
    "sum",
    "of",
    "where",
    "when",
    "else",
    "on_missing",
    "fresh",
    "default",
    "only_create",
    "owner",
    "decimal",
    "truncate",
    "zero",
    "code",
    "message",
];

pub(super) fn rules(section: &Section<'_>, key: &'static str) -> Vec<Named<Rule>> {
    let mut rules = Vec::new();
    for (name, section) in section.named_tables(key) {
        rules_within(name, &section, &mut rules);
    }
    rules
}

/// `fields`, which must be there.
pub(super) fn needed_fields(section: &Section<'_>) -> Vec<Named<Rule>> {
    if !section.has("fields") {
        section.missing("fields");
    }
    rules(section, "fields")
}

/// The rule of this name, or the rules of what is inside: `bill_address.city = { … }`.
fn rules_within(name: At<String>, section: &Section<'_>, rules: &mut Vec<Named<Rule>>) {
    if !is_record_of_rules(section) {
        let value = rule(section);
        rules.push(Named { name, value });
        return;
    }
    for (inner, section) in section.each_table() {
        let path = format!("{}.{}", name.value, inner.value);
        rules_within(At::new(path, inner.span), &section, rules);
    }
}

/// A rule has an origin, and but for a constant that is never a table.
fn is_record_of_rules(section: &Section<'_>) -> bool {
    let table = |item: &Item| matches!(item, Item::Table(_));
    let mut entries = section.entries.iter();
    !section.entries.is_empty()
        && !section.has("const")
        && entries.all(|(key, item)| table(&item.value) && key.as_str() != "message")
}

fn rule(section: &Section<'_>) -> Rule {
    let from = origin(section);
    let when = section.text("when");
    let otherwise = json(section, "else");
    if let (None, Some(otherwise)) = (&when, &otherwise) {
        let message = words!("problem-else-without-when", "`else` needs a `when`");
        section
            .reader
            .problem(&otherwise.span, "else-without-when", message, None);
    }
    let is_ref = matches!(from, Origin::Ref { .. });
    let on_missing = on_missing(section, if is_ref { &REF } else { &FIELD });
    let default = json(section, "default");
    let defaulting = on_missing
        .as_ref()
        .is_some_and(|at| at.value == OnMissing::Default);
    match (&default, defaulting) {
        (None, true) => section.missing("default"),
        (Some(default), false) => {
            let message = words!(
                "problem-default",
                "`default` needs `on_missing = \"default\"`"
            );
            section
                .reader
                .problem(&default.span, "default-unused", message, None);
        }
        _ => {}
    }
    let fresh = section.flag("fresh") == Some(true);
    let creates = (on_missing.as_ref()).is_some_and(|at| at.value == OnMissing::Create);
    if fresh && !(is_ref && creates) {
        let message = words!(
            "problem-fresh",
            "`fresh` needs a `ref` with `on_missing = \"create\"`"
        );
        section
            .reader
            .problem(&section.span, "fresh-unused", message, None);
    }
    let only_create = only_create(section);
    let owners = [("source", Owner::Source), ("target", Owner::Target)];
    let owner = section.word("owner", &owners);
    let decimal = section.number("decimal").and_then(|places| {
        if places.value > 12 {
            let message = words!("problem-decimal-places", "`decimal` is 0 to 12 places");
            section
                .reader
                .problem(&places.span, "decimal-places", message, None);
            return None;
        }
        Some(places.map(|places| u32::try_from(places).expect("at most 12")))
    });
    let truncate = section.number("truncate").filter(|length| {
        if length.value == 0 {
            let message = words!("problem-truncate", "`truncate` is at least 1");
            section
                .reader
                .problem(&length.span, "truncate", message, None);
        }
        length.value > 0
    });
    let omit_zero = section.word("zero", &[("omit", true), ("keep", false)]);
    let refusal = refusal(section);
    section.done();
    Rule {
        span: section.span.clone(),
        from,
        when,
        otherwise,
        on_missing,
        fresh,
        default,
        only_create,
        owner,
        decimal,
        truncate,
        omit_zero: omit_zero.is_some_and(|omit| omit.value),
        refusal,
    }
}

/// `true`, `false`, or an expression over the options.
pub(super) fn only_create(section: &Section<'_>) -> OnlyCreate {
    match section.get("only_create").map(|item| &item.value) {
        Some(Item::Text(_)) => section
            .text("only_create")
            .map_or(OnlyCreate::No, OnlyCreate::When),
        _ => match section.flag("only_create") {
            Some(true) => OnlyCreate::Yes,
            Some(false) | None => OnlyCreate::No,
        },
    }
}

fn origin(section: &Section<'_>) -> Origin {
    let from = section.text("from");
    let constant = json(section, "const");
    let expr = section.text("expr");
    let map = section.text("map");
    let flow = section.text("ref");
    let sum = section.text("sum");
    let of = section.text("of");
    let filter = section.text("where");
    let first_of = first_of(section);
    // `map` and `ref` translate what `from` gives.
    let given: Vec<&str> = ORIGINS
        .into_iter()
        .filter(|key| section.has(key))
        .filter(|key| *key != "from" || !(section.has("map") || section.has("ref")))
        .collect();
    for (key, item) in [("of", &of), ("where", &filter)] {
        if let (Some(item), false) = (item, section.has("sum")) {
            let message = words!(
                "problem-only-with-sum",
                "`{key}` belongs to `sum`",
                key = key
            );
            section
                .reader
                .problem(&item.span, "unknown-key", message, None);
        }
    }
    match given.as_slice() {
        ["from"] => from.map(Origin::From),
        ["const"] => constant.map(Origin::Const),
        ["expr"] => expr.map(Origin::Expr),
        ["first_of"] => first_of.map(Origin::FirstOf),
        ["map"] => {
            needs_from(section, from).and_then(|from| map.map(|table| Origin::Map { table, from }))
        }
        ["ref"] => {
            needs_from(section, from).and_then(|from| flow.map(|flow| Origin::Ref { flow, from }))
        }
        ["sum"] => {
            if !section.has("of") {
                section.missing("of");
            }
            let of = of.unwrap_or_default();
            sum.map(|list| Origin::Sum { list, of, filter })
        }
        // The key that is wrong is a problem of its own, and probably the origin.
        [] if section
            .entries
            .iter()
            .any(|(key, _)| !KEYS.contains(&key.as_str())) =>
        {
            None
        }
        [] => {
            let message = words!(
                "problem-no-origin",
                "{section} does not say where its value comes from";
                section = section.title()
            );
            section
                .reader
                .problem(&section.span, "no-origin", message, Some(one_of(ORIGINS)));
            None
        }
        several => {
            let message = words!(
                "problem-two-origins",
                "{section} has both `{a}` and `{b}`",
                a = several[0],
                b = several[1];
                section = section.title()
            );
            section
                .reader
                .problem(&section.span, "two-origins", message, None);
            None
        }
    }
    .unwrap_or(Origin::Unreadable)
}

fn needs_from(section: &Section<'_>, from: Option<At<String>>) -> Option<At<String>> {
    if !section.has("from") {
        section.missing("from");
    }
    from
}

fn first_of(section: &Section<'_>) -> Option<Vec<Rule>> {
    if !section.has("first_of") {
        section.get("first_of");
        return None;
    }
    let ways: Vec<Rule> = section.tables("first_of").iter().map(rule).collect();
    Some(ways)
}

fn json(section: &Section<'_>, key: &'static str) -> Option<At<serde_json::Value>> {
    section
        .get(key)
        .map(|item| At::new(item.value.to_json(), item.span.clone()))
}

fn refusal(section: &Section<'_>) -> Refusal {
    let code = code(section, Needed::No);
    let message = words_of(section, "message", Needed::No);
    Refusal { code, message }
}

const REF: [(&str, OnMissing); 5] = [
    ("error", OnMissing::Error),
    ("create", OnMissing::Create),
    ("wait", OnMissing::Wait),
    ("skip", OnMissing::Skip),
    ("default", OnMissing::Default),
];
const FIELD: [(&str, OnMissing); 3] = [
    ("error", OnMissing::Error),
    ("skip", OnMissing::Skip),
    ("default", OnMissing::Default),
];
const LOOKUP: [(&str, OnMissing); 3] = [
    ("error", OnMissing::Error),
    ("empty", OnMissing::Empty),
    ("create", OnMissing::Create),
];

fn on_missing(section: &Section<'_>, known: &[(&str, OnMissing)]) -> Option<At<OnMissing>> {
    section.word("on_missing", known)
}

/// `[lookup.NAME]`
pub(super) fn lookups(section: &Section<'_>) -> Vec<LookupRule> {
    section
        .named_tables("lookup")
        .into_iter()
        .filter_map(|(name, section)| lookup(name, &section))
        .collect()
}

fn lookup(name: At<String>, section: &Section<'_>) -> Option<LookupRule> {
    let on_missing = on_missing(section, &LOOKUP);
    let refusal = refusal(section);
    let create = create(section, on_missing.as_ref());
    let several = section.flag("several") == Some(true);
    let place = match section.has("among") {
        true => among(section),
        false => keyed(section, several),
    };
    section.done();
    Some(LookupRule {
        name,
        place: place?,
        several,
        on_missing,
        create,
        refusal,
    })
}

/// An entry of a list that is at hand.
fn among(section: &Section<'_>) -> Option<LookupPlace> {
    let list = section.need_text("among");
    let filter = section.need_text("where");
    Some(LookupPlace::Among {
        list: list?,
        filter: filter?,
    })
}

/// A record found by a key; with `several`, all that fit it, or all there are.
fn keyed(section: &Section<'_>, several: bool) -> Option<LookupPlace> {
    let entity = entity_ref(section, "in");
    if several && !section.has("by") && !section.has("first_of") {
        let when = section.text("when");
        return entity.map(|entity| LookupPlace::Every { entity, when });
    }
    // A list is looked through with the word for it; asked for here so that it is suggested.
    section.get("among");
    let ways = match section.get("first_of") {
        Some(At {
            value: Item::List(_),
            ..
        }) => {
            let ways = section.tables("first_of");
            let ways = ways.iter().filter_map(|section| {
                let way = way(section);
                section.done();
                way
            });
            ways.collect()
        }
        Some(other) => section
            .reader
            .wrong_type("first_of", kind::LIST, other)
            .unwrap_or_default(),
        None => way(section).into_iter().collect(),
    };
    Some(LookupPlace::Keyed {
        entity: entity?,
        ways,
    })
}

/// `[lookup.NAME.create]`, which belongs to `on_missing = "create"` as that does to it.
fn create(section: &Section<'_>, on_missing: Option<&At<OnMissing>>) -> Option<CreateRule> {
    let wanted = on_missing.is_some_and(|at| at.value == OnMissing::Create);
    let table = section.table("create");
    match (&table, wanted) {
        (None, true) if !section.has("create") => section.missing("create"),
        (Some(table), false) => {
            let message = words!(
                "problem-create-unused",
                "`create` needs `on_missing = \"create\"`"
            );
            let reader = section.reader;
            reader.problem(&table.span, "create-unused", message, None);
        }
        _ => {}
    }
    let table = table?;
    let rule = CreateRule {
        span: table.span.clone(),
        when: table.text("when"),
        fields: needed_fields(&table),
    };
    table.done();
    Some(rule)
}

fn way(section: &Section<'_>) -> Option<LookupWay> {
    let by = section.need_text("by");
    let link = section.text("link");
    let key = key_ref(section);
    let when = section.text("when");
    Some(LookupWay {
        span: section.span.clone(),
        by: by?,
        link,
        key: key?,
        when,
    })
}

/// `from` or `expr`, the value to look for.
pub(super) fn key_ref(section: &Section<'_>) -> Option<KeyRef> {
    match (section.text("from"), section.text("expr")) {
        (Some(from), None) => Some(KeyRef::From(from)),
        (None, Some(expr)) => Some(KeyRef::Expr(expr)),
        (Some(_), Some(expr)) => {
            let message = words!("problem-from-and-expr", "give `from` or `expr`, not both");
            section
                .reader
                .problem(&expr.span, "two-origins", message, None);
            None
        }
        (None, None) => {
            if !section.has("from") && !section.has("expr") {
                section.missing("from");
            }
            None
        }
    }
}
