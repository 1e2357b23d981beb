//! Which fields of its record a rule reads, directly or by way of values and look-ups.

use std::collections::BTreeSet;

use super::rule::{Block, Expression, Field, Key, Origin, Over, Path, Place, Root, Rule, SumOf};

/// The top-level fields of the source record that this field hangs on.
pub fn read_by(field: &Field, block: &Block) -> BTreeSet<String> {
    let mut walk = Reads {
        block,
        fields: BTreeSet::new(),
        seen: BTreeSet::new(),
    };
    walk.rule(&field.rule);
    walk.fields
}

struct Reads<'a> {
    block: &'a Block,
    fields: BTreeSet<String>,
    /// Values and look-ups that were followed already.
    seen: BTreeSet<(Root, String)>,
}

impl Reads<'_> {
    fn rule(&mut self, rule: &Rule) {
        self.expressions(rule.when.iter());
        match &rule.origin {
            Origin::Const(_) => {}
            Origin::Path(path)
            | Origin::Map { from: path, .. }
            | Origin::Ref { from: path, .. } => {
                self.path(path);
            }
            Origin::Expr(expression) => self.expression(expression),
            Origin::FirstOf(ways) => ways.iter().for_each(|way| self.rule(way)),
            Origin::Sum(sum) => {
                match &sum.over {
                    // A flow that follows both sides has no children.
                    Over::Child(_) => {}
                    Over::Lines(list) => {
                        self.fields.insert(list.clone());
                    }
                    Over::Among(list) => self.path(list),
                }
                self.expressions(sum.filter.iter());
                if let (SumOf::Line(path), Over::Lines(_)) = (&sum.of, &sum.over) {
                    self.fields.extend(path.first().cloned());
                }
            }
        }
    }

    fn expressions<'e>(&mut self, all: impl Iterator<Item = &'e Expression>) {
        all.for_each(|expression| self.expression(expression));
    }

    fn expression(&mut self, expression: &Expression) {
        for path in &expression.paths {
            if let [root, name, ..] = path.as_slice()
                && let Some(root) = Root::parse(root)
            {
                self.name(root, name);
            }
        }
    }

    fn path(&mut self, path: &Path) {
        if let Some(name) = path.fields.first() {
            self.name(path.root, name);
        }
    }

    fn name(&mut self, root: Root, name: &str) {
        match root {
            Root::Source => {
                self.fields.insert(name.to_owned());
            }
            Root::Value | Root::Lookup if self.seen.insert((root, name.to_owned())) => {
                let block = self.block;
                for value in block.values.iter().filter(|value| value.name == name) {
                    self.rule(&value.rule);
                }
                for lookup in block.lookups.iter().filter(|lookup| lookup.name == name) {
                    let ways = match &lookup.place {
                        Place::Among { list, filter } => {
                            self.path(list);
                            self.expression(filter);
                            continue;
                        }
                        Place::Every { when, .. } => {
                            self.expressions(when.iter());
                            continue;
                        }
                        Place::Keyed { ways, .. } => ways,
                    };
                    for way in ways {
                        self.expressions(way.when.iter());
                        match &way.key {
                            Key::Path(path) => self.path(path),
                            Key::Expr(expression) => self.expression(expression),
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
