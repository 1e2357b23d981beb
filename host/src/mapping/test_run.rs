//! Runs the tests of a flow, without network, and says which rules none of them touches.
use serde::Serialize;

use super::compile::FlowEnds;
use super::test_file::TestFile;
use crate::config::flow::FlowFile;
use crate::model::Manifest;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestReport {
    pub tests: Vec<TestResult>,
    /// Every rule of the flow, and whether a test touches it.
    pub rules: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestResult {
    pub name: String,
    /// What differs from what was expected; empty means passed.
    pub differences: Vec<String>,
}

impl TestReport {
    pub fn passed(&self) -> bool {
        self.tests.iter().all(|test| test.differences.is_empty())
    }
}

/// `flows` are the ends of the flows that references may name.
pub fn run_tests(
    file: &FlowFile,
    source: &Manifest,
    target: &Manifest,
    flows: &BTreeMap<String, FlowEnds>,
    tests: &[TestFile],
) -> TestReport {
    todo!()
}
