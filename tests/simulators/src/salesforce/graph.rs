//! Graphs of calls: each graph is done whole or not at all, whatever the others do.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::composite::{Part, halted, parts, shown};
use super::reference::Answered;
use super::refusal::{Fault, Refusal};

const GRAPHS_MAX: usize = 75;
const NODES_MAX: usize = 500;
const DEPTH_MAX: usize = 15;
const KINDS_MAX: usize = 15;
const FAILURES_MAX: usize = 14;
const ID_MAX: usize = 40;
const HALTED: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

struct Graph {
    id: String,
    parts: Vec<Part>,
}

pub fn answer(api: &mut Api<'_>, call: &Call) -> Result<Reply, Refusal> {
    let list = call.object()?.get("graphs").and_then(Value::as_array);
    let list = list.ok_or_else(|| Fault::unreadable("The request has no graphs"))?;
    let graphs: Vec<Graph> = list.iter().map(read).collect::<Result<_, _>>()?;
    check_size(&graphs)?;
    let mut failures = 0;
    let mut answers = Vec::new();
    for graph in &graphs {
        let (replies, is_done) = match failures > FAILURES_MAX - 1 {
            true => (graph.parts.iter().map(|_| halted(HALTED)).collect(), false),
            false => run(api, graph),
        };
        failures += usize::from(!is_done);
        let nodes: Vec<Value> = graph
            .parts
            .iter()
            .zip(replies)
            .map(|(part, reply)| shown(part, reply))
            .collect();
        answers.push(json!({
            "graphId": graph.id,
            "graphResponse": { "compositeResponse": nodes },
            "isSuccessful": is_done,
        }));
    }
    Ok(Reply::ok(json!({ "graphs": answers })))
}

fn read(given: &Value) -> Result<Graph, Fault> {
    let id = given["graphId"].as_str().unwrap_or_default();
    if id.is_empty() || id.len() > ID_MAX || !id.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(Fault::unreadable(format!("Not a graphId: {id}")));
    }
    let body = given
        .as_object()
        .ok_or_else(|| Fault::unreadable("A graph is an object"))?;
    let (id, parts) = (id.to_owned(), parts(body)?);
    match parts
        .iter()
        .find(|part| !part.path().starts_with("sobjects/"))
    {
        Some(part) => Err(Fault::unreadable(format!(
            "Not allowed in a graph: {}",
            part.url
        ))),
        None => Ok(Graph { id, parts }),
    }
}

fn check_size(graphs: &[Graph]) -> Result<(), Fault> {
    let mut ids = HashSet::new();
    let nodes: usize = graphs.iter().map(|graph| graph.parts.len()).sum();
    let kinds: HashSet<(&str, &str)> = graphs
        .iter()
        .flat_map(|graph| &graph.parts)
        .map(kind)
        .collect();
    let wrong = |message: &str| Err(Fault::new("LIMIT_EXCEEDED", message));
    if graphs.is_empty() || graphs.len() > GRAPHS_MAX {
        return wrong("A request has 1 to 75 graphs");
    }
    if nodes > NODES_MAX {
        return wrong("The graphs have more than 500 nodes");
    }
    if kinds.len() > KINDS_MAX {
        return wrong("The graphs have more than 15 different kinds of node");
    }
    if graphs.iter().any(|graph| depth(graph) > DEPTH_MAX) {
        return wrong("A graph is more than 15 nodes deep");
    }
    match graphs.iter().find(|graph| !ids.insert(&graph.id)) {
        Some(graph) => Err(Fault::unreadable(format!(
            "Duplicate graphId: {}",
            graph.id
        ))),
        None => Ok(()),
    }
}

/// What a node does, and to which object.
fn kind(part: &Part) -> (&str, &str) {
    let object = part.path().split(['/', '?']).nth(1).unwrap_or_default();
    (part.method.as_str(), object)
}

fn depth(graph: &Graph) -> usize {
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for part in &graph.parts {
        let above = part.needs();
        let above = above
            .iter()
            .filter_map(|name| depths.get(name.as_str()))
            .max();
        let depth = above.map_or(1, |above| above + 1);
        depths.insert(&part.reference, depth);
    }
    depths.values().copied().max().unwrap_or(0)
}

fn run(api: &mut Api<'_>, graph: &Graph) -> (Vec<Reply>, bool) {
    let mark = api.org.mark();
    let mut answered = Answered::default();
    let mut replies: Vec<Reply> = Vec::new();
    for (at, part) in graph.parts.iter().enumerate() {
        let reply = part.answer(api, &answered);
        if reply.status >= 300 {
            api.org.undo_to(mark);
            let mut all: Vec<Reply> = graph.parts.iter().map(|_| halted(HALTED)).collect();
            all[at] = reply;
            return (all, false);
        }
        answered.add(&part.reference, reply.body.as_ref());
        replies.push(reply);
    }
    (replies, true)
}
