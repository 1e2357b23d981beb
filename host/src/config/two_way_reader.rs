//! Reads what a flow file says of its other direction: the mode, conflicts, and the way back.

use super::flow::{BackRule, ConflictPolicy, ConflictRule, Mode, ModeRule};
use super::flow_reader::{Needed, filter, identity, operations, reject, words_of};
use super::problem::words;
use super::reader::{Item, Section};
use super::rule_reader::{lookups, rules};

pub(super) fn mode(root: &Section<'_>) -> Option<ModeRule> {
    if !root.has("mode") {
        root.missing("mode");
    }
    if let Item::Table(_) = &root.get("mode")?.value {
        let section = root.table("mode")?;
        let option = section.need_text("option");
        section.done();
        return option.map(ModeRule::Option);
    }
    root.word("mode", &Mode::WORDS).map(ModeRule::Fixed)
}

pub(super) fn conflict(root: &Section<'_>) -> Option<ConflictRule> {
    let section = root.table("conflict")?;
    if !section.has("policy") {
        section.missing("policy");
    }
    let policies = [
        ("source", ConflictPolicy::Source),
        ("target", ConflictPolicy::Target),
        ("newest", ConflictPolicy::Newest),
        ("ask", ConflictPolicy::Ask),
    ];
    let policy = section.word("policy", &policies);
    let changed = section.table("changed").and_then(|changed| {
        let ends = (changed.need_text("source"), changed.need_text("target"));
        changed.done();
        Some((ends.0?, ends.1?))
    });
    let policy = policy?.value;
    match (policy, section.get("changed")) {
        (ConflictPolicy::Newest, None) => section.missing("changed"),
        (ConflictPolicy::Newest, _) | (_, None) => {}
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
