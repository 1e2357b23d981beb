//! Finds circles: of values and look-ups inside a flow, and of references between flows.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Flow;
use super::rule::{
    Block, Expression, Field, Inner, Key, Lookup, Origin, Over, Path, Place, Refusal, Root, Rule,
    SumOf,
};
use crate::config::Problem;
use crate::config::problem::words;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Values and look-ups of one flow that need themselves.
pub fn circles(flow: &Inner) -> Vec<Problem> {
    let mut edges = Edges::new();
    let mut places = BTreeMap::new();
    let reader = Reader { flow, own: None };
    reader.block("", &flow.block, &mut edges, &mut places);
    for child in &flow.children {
        let prefix = format!("children.{}.", child.id);
        let reader = Reader {
            flow,
            own: Some((&prefix, &child.block)),
        };
        reader.block(&prefix, &child.block, &mut edges, &mut places);
        let beside = Reader { flow, own: None };
        let whens = child.append.iter().flat_map(|append| &append.when);
        let rows: BTreeSet<String> = child
            .filter
            .iter()
            .flat_map(|filter| reader.expression(filter))
            .chain(child.title.iter().flat_map(|title| reader.message(title)))
            .chain(beside.path(&path_names(&child.from)))
            .chain(whens.flat_map(|when| beside.expression(when)))
            .collect();
        edges.insert(format!("{prefix}rows"), rows);
        // What a line beside the list gives counts as what the list's field gives.
        for field in child.append.iter().flat_map(|append| &append.fields) {
            let name = format!("{prefix}fields.{}", field.name);
            let needs = beside.rule(&field.rule);
            edges.entry(name).or_default().extend(needs);
        }
    }
    let mut problems = Vec::new();
    for circle in find(&edges) {
        let path = circle.join(" → ");
        let message = words!(
            "problem-circle",
            "these need each other: {path}",
            path = path
        );
        let span = circle
            .iter()
            .find_map(|name| places.get(name))
            .cloned()
            .unwrap_or(0..0);
        problems.push(Problem::new(&flow.text, &span, "circle", message));
    }
    problems
}

/// References of flows that lead back to where they began.
pub fn flow_cycles(flows: &[&Flow]) -> Vec<Problem> {
    let edges: Edges = flows
        .iter()
        .map(|flow| {
            let inner = &flow.inner;
            let to = inner
                .references
                .iter()
                .map(|reference| reference.flow.clone())
                .collect();
            (inner.name.to_string(), to)
        })
        .collect();
    find(&edges)
        .into_iter()
        .filter_map(|circle| {
            let first = flows
                .iter()
                .find(|flow| flow.inner.name.as_str() == circle[0])?;
            let second = circle.get(1)?;
            let reference = first.inner.references.iter().find(|r| r.flow == *second)?;
            let path = circle.join(" → ");
            let message = words!(
                "problem-flow-circle",
                "these flows refer to each other, so none of their records could be first: {path}",
                path = path
            );
            Some(Problem::new(
                &first.inner.text,
                &reference.span,
                "flow-circle",
                message,
            ))
        })
        .collect()
}

/// Each circle once, beginning and ending with its first name.
fn find(edges: &Edges) -> Vec<Vec<String>> {
    let mut circles: Vec<Vec<String>> = Vec::new();
    let mut known = BTreeSet::new();
    let mut done = BTreeSet::new();
    for start in edges.keys() {
        let mut path = vec![start.clone()];
        walk(edges, &mut path, &mut done, &mut |circle| {
            let set: BTreeSet<String> = circle.iter().cloned().collect();
            if known.insert(set) {
                circles.push(circle);
            }
        });
    }
    circles
}

fn walk(
    edges: &Edges,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    found: &mut impl FnMut(Vec<String>),
) {
    let Some(here) = path.last().cloned() else {
        return;
    };
    if done.contains(&here) {
        return;
    }
    for next in edges.get(&here).into_iter().flatten() {
        if let Some(at) = path.iter().position(|name| name == next) {
            let mut circle = path[at..].to_vec();
            circle.push(next.clone());
            found(circle);
            continue;
        }
        path.push(next.clone());
        walk(edges, path, done, found);
        path.pop();
    }
    done.insert(here);
}

/// Reads what rules need, by the names of their level.
struct Reader<'a> {
    flow: &'a Inner,
    own: Option<(&'a str, &'a Block)>,
}

impl Reader<'_> {
    fn block(
        &self,
        prefix: &str,
        block: &Block,
        edges: &mut Edges,
        places: &mut BTreeMap<String, crate::config::Span>,
    ) {
        for lookup in &block.lookups {
            let name = format!("{prefix}lookup.{}", lookup.name);
            places.insert(name.clone(), lookup.span.clone());
            edges.insert(name, self.lookup(lookup));
        }
        let mut fields = |kind: &str, fields: &[Field]| {
            for field in fields {
                let name = format!("{prefix}{kind}.{}", field.name);
                if let Origin::Expr(expression) = &field.rule.origin {
                    places.insert(name.clone(), expression.span.clone());
                }
                edges.insert(name, self.rule(&field.rule));
            }
        };
        fields("value", &block.values);
        fields("fields", &block.fields);
    }

    fn lookup(&self, lookup: &Lookup) -> BTreeSet<String> {
        let mut needs: BTreeSet<String> = self.refusal(&lookup.refusal).collect();
        if let Some(create) = &lookup.create {
            needs.extend(create.when.iter().flat_map(|when| self.expression(when)));
            let rules = create.fields.iter().map(|field| &field.rule);
            needs.extend(rules.flat_map(|rule| self.rule(rule)));
        }
        let ways = match &lookup.place {
            Place::Keyed { ways, .. } => ways,
            Place::Every { when, .. } => {
                needs.extend(when.iter().flat_map(|when| self.expression(when)));
                return needs;
            }
            Place::Among { list, filter } => {
                needs.extend(self.path(&path_names(list)));
                needs.extend(self.expression(filter));
                return needs;
            }
        };
        for way in ways {
            match &way.key {
                Key::Path(path) => needs.extend(self.path(&path_names(path))),
                Key::Expr(expression) => needs.extend(self.expression(expression)),
            }
            needs.extend(way.when.iter().flat_map(|when| self.expression(when)));
        }
        needs
    }

    fn rule(&self, rule: &Rule) -> BTreeSet<String> {
        let mut needs: BTreeSet<String> = self.refusal(&rule.refusal).collect();
        needs.extend(rule.when.iter().flat_map(|when| self.expression(when)));
        match &rule.origin {
            Origin::Const(_) => {}
            Origin::Path(path)
            | Origin::Map { from: path, .. }
            | Origin::Ref { from: path, .. } => {
                needs.extend(self.path(&path_names(path)));
            }
            Origin::Expr(expression) => needs.extend(self.expression(expression)),
            Origin::FirstOf(ways) => needs.extend(ways.iter().flat_map(|way| self.rule(way))),
            Origin::Sum(sum) => {
                let child = match &sum.over {
                    Over::Child(nth) => self.flow.children.get(*nth),
                    Over::Lines(_) => None,
                    Over::Among(list) => {
                        needs.extend(self.path(&path_names(list)));
                        let filter = sum.filter.iter();
                        needs.extend(filter.flat_map(|filter| self.expression(filter)));
                        return needs;
                    }
                };
                needs.extend(child.and_then(|child| self.path(&path_names(&child.from))));
                let prefix = child.map(|child| format!("children.{}.", child.id));
                let own = prefix.as_deref().zip(child.map(|child| &child.block));
                let inner = Reader {
                    flow: self.flow,
                    own,
                };
                needs.extend(
                    sum.filter
                        .iter()
                        .flat_map(|filter| inner.expression(filter)),
                );
                if let (SumOf::Target(field), Some(prefix)) = (&sum.of, &prefix) {
                    needs.insert(format!("{prefix}fields.{field}"));
                    needs.insert(format!("{prefix}rows"));
                }
            }
        }
        needs
    }

    fn refusal(&self, refusal: &Refusal) -> impl Iterator<Item = String> {
        refusal
            .message
            .iter()
            .flat_map(|message| self.message(message))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn message(&self, message: &super::template::Message) -> Vec<String> {
        message
            .paths()
            .filter_map(|(path, _)| self.path(path))
            .collect()
    }

    fn expression(&self, expression: &Expression) -> Vec<String> {
        let lookups = expression
            .lookups
            .iter()
            .map(|name| self.name("lookup", name));
        let values = expression
            .values
            .iter()
            .map(|name| self.name("value", name));
        let texts = expression
            .texts
            .iter()
            .filter_map(|key| self.flow.texts.get(key));
        lookups
            .chain(values)
            .chain(texts.flat_map(|text| self.message(text)))
            .collect()
    }

    fn path(&self, path: &[String]) -> Option<String> {
        match path {
            [root, name, ..] if root == "lookup" || root == "value" => Some(self.name(root, name)),
            _ => None,
        }
    }

    /// The lines' own name before the record's.
    fn name(&self, root: &str, name: &str) -> String {
        let prefix = self.own.filter(|(_, block)| match root {
            "lookup" => block.lookups.iter().any(|lookup| lookup.name == name),
            _ => block.values.iter().any(|value| value.name == name),
        });
        format!("{}{root}.{name}", prefix.map_or("", |(prefix, _)| prefix))
    }
}

fn path_names(path: &Path) -> Vec<String> {
    let root = match path.root {
        Root::Lookup => "lookup",
        Root::Value => "value",
        _ => "",
    };
    std::iter::once(root.to_owned())
        .chain(path.fields.iter().cloned())
        .collect()
}
