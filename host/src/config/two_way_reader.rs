//! Reads what a flow file says of its other direction: the mode, conflicts, and the way back.

use super::flow::{BackRule, ConflictPolicy, ConflictRule, Mode, ModeRule, PolicyRule};
use super::flow_reader::{Needed, filter, identity, operations, reject, words_of};
use super::problem::words;
use super::reader::{Item, Section};
use super::rule_reader::{lookups, rules};
use super::source::At;

pub(super) fn mode(root: &Section<'_>) -> Option<ModeRule> {
    if !root.has("mode") {
        root.missing("mode");
    }
    match &root.get("mode")?.value {
        Item::Table(_) => option(root, "mode").map(ModeRule::Option),
        _ => root.word("mode", &Mode::WORDS).map(ModeRule::Fixed),
    }
}

/// `KEY = { option = "NAME" }`
fn option(section: &Section<'_>, key: &'static str) -> Option<At<String>> {
    let table = section.table(key)?;
    let option = table.need_text("option");
    table.done();
    option
}

pub(super) fn conflict(root: &Section<'_>) -> Option<ConflictRule> {
    let section = root.table("conflict")?;
    if !section.has("policy") {
        section.missing("policy");
    }
    let policy = match section.get("policy").map(|item| &item.value) {
        Some(Item::Table(_)) => option(&section, "policy").map(PolicyRule::Option),
        _ => section
            .word("policy", &ConflictPolicy::WORDS)
            .map(|at| PolicyRule::Fixed(at.value)),
    };
    let changed = section.table("changed").and_then(|changed| {
        let ends = (changed.need_text("source"), changed.need_text("target"));
        changed.done();
        Some((ends.0?, ends.1?))
    });
    let policy = policy?;
    match (&policy, section.get("changed")) {
        (PolicyRule::Fixed(ConflictPolicy::Newest), None) => section.missing("changed"),
        (PolicyRule::Fixed(ConflictPolicy::Newest) | PolicyRule::Option(_), _) | (_, None) => {}
        (_, Some(item)) => {
            let message = words!(
                "problem-changed-of-newest",
                "`changed` belongs to `policy = \"newest\"`"
            );
            section
                .reader
                .problem(&item.span, "unknown-key", message, None);
        }
    }
    section.done();
    Some(ConflictRule {
        span: section.span.clone(),
        policy,
        changed,
    })
}

/// `[back]`
pub(super) fn back(section: &Section<'_>) -> BackRule {
    let (may_create, _) = match section.has("operations") {
        true => operations(section),
        false => (false, true),
    };
    let rule = BackRule {
        span: section.span.clone(),
        may_create,
        record_title: words_of(section, "record_title", Needed::No),
        filter: filter(section, "filter"),
        when: section.text("when"),
        create_when: section.text("create_when"),
        identity: section
            .tables("identity")
            .iter()
            .filter_map(identity)
            .collect(),
        lookups: lookups(section),
        values: rules(section, "values"),
        fields: rules(section, "fields"),
        rejects: section.tables("reject").iter().filter_map(reject).collect(),
    };
    section.done();
    rule
}
