//! Checks of a flow on the systems themselves, run by the doctor: every record of one list must find
//! its counterpart.

use serde_json::Value;

use super::facts::Need;
use super::flow::FlowSide;
use crate::model::{Condition, Finding};

/// `[[check]]`. The doctor queries `each` where there is one, asks `need` for every record (once with
/// none where there is no `each`), and takes `finding` where the answer is no record.
#[derive(Debug, Clone)]
pub struct CheckRule {
    pub code: String,
    pub each: Option<EachRule>,
}

#[derive(Debug, Clone)]
pub struct EachRule {
    pub side: FlowSide,
    pub entity: String,
    pub filter: Vec<Condition>,
}

impl EachRule {
    /// Whether the record is one of those to be checked; the system may not have filtered.
    pub fn covers(&self, record: &Value) -> bool {
        todo!()
    }
}

impl CheckRule {
    /// What must be there; none where there is nothing to ask for, which is a finding too.
    pub fn need(&self, each: Option<&Value>) -> Option<Need> {
        todo!()
    }

    pub fn finding(&self, each: Option<&Value>, lang: &str) -> Finding {
        todo!()
    }
}
