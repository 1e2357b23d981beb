//! Documents made from the table: good ones, and good ones spoilt in one place.

use crate::quickbooks_desktop::notation::{Content, Leaf, Part, Row, Rule, TABLE};
use crate::quickbooks_desktop::xml::Element;

/// A whole message set around requests.
pub fn document(requests: &[Element]) -> String {
    let mut set = Element::with("QBXMLMsgsRq", requests.to_vec());
    set.set("onError", "stopOnError");
    let mut text = "<?xml version=\"1.0\"?><?qbxml version=\"13.0\"?>".to_owned();
    Element::with("QBXML", vec![set]).write(&mut text);
    text
}

/// The requests of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let names = TABLE.names.iter().filter(|name| name.ends_with("Rq"));
    names.filter_map(|name| TABLE.row(name))
}

/// Samples of a row: every element that may be there, each choice made in the `nth` way; and the least.
pub fn samples(row: &Row) -> Vec<Element> {
    let ways = ways(&row.parts);
    let full = (0..ways).map(|nth| element(&row.name, &row.parts, nth, true));
    let least = std::iter::once(element(&row.name, &row.parts, 0, false));
    full.chain(least).collect()
}

fn ways(parts: &[Part]) -> usize {
    let each = parts.iter().map(|part| match part {
        Part::Element(rule) => match &rule.content {
            Content::Group(parts) => ways(parts),
            Content::Leaf { .. } => 1,
        },
        Part::Choice { options, .. } => {
            let inner = options.iter().map(|option| ways(option)).max().unwrap_or(1);
            inner.max(options.len())
        }
    });
    each.max().unwrap_or(1)
}

fn element(name: &str, parts: &[Part], nth: usize, full: bool) -> Element {
    Element::with(name, children(parts, nth, full))
}

fn children(parts: &[Part], nth: usize, full: bool) -> Vec<Element> {
    let mut children = Vec::new();
    for part in parts {
        match part {
            Part::Element(rule) if full || rule.required => children.push(one(rule, nth, full)),
            Part::Element(_) => {}
            Part::Choice {
                options, required, ..
            } => {
                let option = &options[nth % options.len()];
                match option.as_slice() {
                    [Part::Element(rule)] if full || *required => {
                        children.push(one(rule, nth, full))
                    }
                    _ if full || *required => children.extend(self::children(option, nth, full)),
                    _ => {}
                }
            }
        }
    }
    children
}

fn one(rule: &Rule, nth: usize, full: bool) -> Element {
    match &rule.content {
        Content::Group(parts) => element(&rule.name, parts, nth, full),
        Content::Leaf { kind, .. } => Element::leaf(&rule.name, value(kind)),
    }
}

fn value(kind: &Leaf) -> String {
    match kind {
        Leaf::Text => "x",
        Leaf::Id => "8000001B-1405768916",
        Leaf::Amount => "12.50",
        Leaf::Number => "1.25",
        Leaf::Date => "2026-03-05",
        Leaf::DateTime => "2026-03-05T10:00:00-05:00",
        Leaf::Duration => "PT8H30M0S",
        Leaf::Int => "1",
        Leaf::Bool => "true",
        Leaf::Guid => "0",
        Leaf::Float => "1.1",
        Leaf::Enum(values) => &values[0],
    }
    .to_owned()
}

/// A spoilt copy, and how it was spoilt.
pub struct Spoilt {
    pub how: String,
    pub request: Element,
}

/// Every way to spoil one place: an element left out, moved behind the next, unknown, of a wrong form, too
/// long.
pub fn spoil(request: &Element) -> Vec<Spoilt> {
    let mut paths = Vec::new();
    collect(request, &mut Vec::new(), &mut paths);
    let mut spoilt = Vec::new();
    for path in paths {
        let mut push = |how: &str, change: &dyn Fn(&mut Vec<Element>, usize)| {
            let mut request = request.clone();
            let (last, above) = path.split_last().expect("never the root");
            let parent = above
                .iter()
                .fold(&mut request, |element, at| &mut element.children[*at]);
            let name = parent.children[*last].name.clone();
            change(&mut parent.children, *last);
            spoilt.push(Spoilt {
                how: format!("{name} {how}"),
                request,
            });
        };
        push("left out", &|children, at| drop(children.remove(at)));
        push("unknown", &|children, at| {
            "Bogus".clone_into(&mut children[at].name)
        });
        push("of a wrong form", &|children, at| {
            if children[at].children.is_empty() {
                "no such value".clone_into(&mut children[at].text);
            }
        });
        push("too long", &|children, at| {
            if children[at].children.is_empty() {
                children[at].text = "9".repeat(5000);
            }
        });
        push("behind the next", &|children, at| {
            if at + 1 < children.len() {
                children.swap(at, at + 1);
            }
        });
    }
    spoilt.retain(|spoilt| spoilt.request != *request);
    spoilt
}

fn collect(element: &Element, path: &mut Vec<usize>, paths: &mut Vec<Vec<usize>>) {
    for (at, child) in element.children.iter().enumerate() {
        path.push(at);
        paths.push(path.clone());
        collect(child, path, paths);
        path.pop();
    }
}
