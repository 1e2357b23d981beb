//! From a flow file to a flow: every reference checked, all problems at once.

use std::collections::BTreeMap;

use super::flow::{End, Flow};
use crate::config::flow::FlowFile;
use crate::config::tenant::{OptionValues, TableValues};
use crate::config::Problem;
use crate::model::{FlowName, Manifest};

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

pub(super) struct Inner {
    pub name: FlowName,
    pub source: End,
    pub target: End,
    pub may_create: bool,
    pub may_update: bool,
}

pub fn compile(file: &FlowFile, binding: &Binding<'_>) -> Result<Flow, Vec<Problem>> {
    todo!()
}

/// References of flows to each other in a circle, which no run could ever resolve.
pub fn check_cycles(flows: &[&Flow]) -> Vec<Problem> {
    todo!()
}
