//! Names of fields that options give where a flow file names a field alone: in filters, keys and markers, and
//! what a flow writes that looks at both sides. They stand in the file before it is compiled. Paths that rules
//! read are followed as they are (`compile_path.rs`).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::path::{Step, steps};
use crate::config::flow::{
    FilterRule, FlowFile, GoneRule, IdentityRule, IdentityWay, ModeRule, Named, Rule,
};
use crate::config::source::At;

/// A file in which the options' names stand.
pub(super) struct PutIn {
    pub file: FlowFile,
    /// Where an option stood, and which.
    pub options: Vec<(At<String>, String)>,
}

/// The file with the names that these options give; what an option switches off is left out.
pub(super) fn put_in(file: &FlowFile, given: &Map<String, Value>) -> PutIn {
    let mut names = Names {
        given,
        options: Vec::new(),
    };
    let mut file = file.clone();
    names.filter(&mut file.filter);
    file.marker = file.marker.and_then(|marker| names.name(marker));
    file.identity.retain_mut(|rule| names.identity(rule));
    if let Some(gone) = &mut file.gone {
        names.gone(gone);
    }
    if let Some(conflict) = &mut file.conflict {
        let changed = conflict.changed.take();
        conflict.changed =
            changed.and_then(|(source, target)| Some((names.name(source)?, names.name(target)?)));
    }
    for check in &mut file.checks {
        if let Some((_, filter)) = &mut check.each {
            names.filter(filter);
        }
        check.list.retain_mut(|field| names.in_place(field));
    }
    let keys = std::mem::take(&mut file.matching.keys);
    file.matching.keys = keys.into_iter().filter_map(|key| names.name(key)).collect();
    let one_way = matches!(&file.mode, ModeRule::Fixed(mode) if mode.value.goes_one_way());
    if !one_way {
        names.rules(&mut file.fields);
    }
    if let Some(back) = &mut file.back {
        names.filter(&mut back.filter);
        back.identity.retain_mut(|rule| names.identity(rule));
        names.rules(&mut back.fields);
    }
    PutIn {
        file,
        options: names.options,
    }
}

struct Names<'a> {
    given: &'a Map<String, Value>,
    options: Vec<(At<String>, String)>,
}

impl Names<'_> {
    /// None where an option in it is not set.
    fn name(&mut self, at: At<String>) -> Option<At<String>> {
        let mut names = Vec::new();
        for step in steps(&at.value) {
            let name = match step {
                // What is wrong with it is told where the file is compiled.
                Step::Wrong(name) | Step::Name(name) => name,
                Step::Option(option) => {
                    self.options.push((at.clone(), option.to_owned()));
                    let name = self.given.get(option).and_then(Value::as_str);
                    name.filter(|name| !name.is_empty())?
                }
            };
            names.push(name);
        }
        Some(At::new(names.join("."), at.span))
    }

    fn filter(&mut self, rules: &mut Vec<FilterRule>) {
        rules.retain_mut(|rule| self.in_place(&mut rule.field));
    }

    fn in_place(&mut self, at: &mut At<String>) -> bool {
        let name = self.name(at.clone());
        let is_on = name.is_some();
        *at = name.unwrap_or_else(|| at.clone());
        is_on
    }

    fn rules(&mut self, rules: &mut Vec<Named<Rule>>) {
        rules.retain_mut(|rule| self.in_place(&mut rule.name));
    }

    fn identity(&mut self, rule: &mut IdentityRule) -> bool {
        self.rules(&mut rule.values);
        match &mut rule.way {
            IdentityWay::Marker { source, target } => {
                self.in_place(source) && self.in_place(target)
            }
            IdentityWay::Natural { fields, .. } => {
                let before = fields.len();
                fields.retain_mut(|field| self.in_place(field));
                // A key of which a part is missing is another key.
                fields.len() == before
            }
        }
    }

    fn gone(&mut self, rule: &mut GoneRule) {
        rule.set.retain_mut(|(field, _)| self.in_place(field));
        let mut seen = BTreeSet::new();
        rule.set
            .retain(|(field, _)| seen.insert(field.value.clone()));
    }
}
