//! A compiled flow, as the engine sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::check::CheckRule;
use super::facts::{Facts, Need};
use super::rejection::Rejection;
use super::rule::Inner;
use crate::model::{Condition, FlowName};

/// One end of a flow: a kind of connector and its entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    pub connector: String,
    pub entity: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowSide {
    Source,
    Target,
}

/// What of a run a rule may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInfo {
    pub now: Timestamp,
}

/// A way to recognise the pair of a record that has no link yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A field of the source holds a value of the target's `target_field` (mostly its `id`).
    Marker {
        source_field: String,
        target_field: String,
    },
    /// These target fields, as mapped, name one record.
    Natural { fields: Vec<String>, find: FindWhen },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindWhen {
    /// Before anything is written.
    First,
    /// Only when the target refused a duplicate.
    OnExists,
}

/// What tells people of a rejection.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRule {
    /// On the source connection.
    pub entity: String,
    /// A report is open while this field does not have this value.
    pub open: Option<(String, Value)>,
    /// A field of the report that names the record it is about, where its rule is one (`external_id`).
    pub has_write_back: bool,
}

/// A record of the target, as the flow wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// All target fields that the rules gave; null where the source emptied them.
    pub body: Value,
    /// Names of fields that are set once and then belong to the target.
    pub create_only: BTreeSet<String>,
}

impl Mapped {
    /// What a create sends: a field that is empty from the start is left out.
    pub fn create_body(&self) -> Value {
        let fields = self.body.as_object().into_iter().flatten();
        let kept: Map<String, Value> = fields
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(kept)
    }
}

/// A flow, compiled and checked. Cheap to clone.
#[derive(Clone)]
pub struct Flow {
    pub(super) inner: Arc<Inner>,
}

impl Flow {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    pub fn name(&self) -> &FlowName {
        &self.inner.name
    }

    /// Flows that may be run for a record of this one (`on_missing = "create"`).
    pub fn references(&self) -> Vec<FlowName> {
        todo!()
    }

    pub fn source(&self) -> &End {
        &self.inner.source
    }

    pub fn target(&self) -> &End {
        &self.inner.target
    }

    pub fn may_create(&self) -> bool {
        self.inner.may_create
    }

    pub fn may_update(&self) -> bool {
        self.inner.may_update
    }

    /// Options are filled in; a condition on an option that is not set is left out.
    pub fn filter(&self) -> &[Condition] {
        todo!()
    }

    /// Why the record does not pass the filter, or none: `number is not empty`.
    pub fn filtered(&self, record: &Value) -> Option<String> {
        todo!()
    }

    /// As `filtered`, without the conditions on the marker field: a person asked for the record.
    pub fn filtered_but_marker(&self, record: &Value) -> Option<String> {
        todo!()
    }

    /// Why the record is none of this flow's (`when`), or none.
    pub fn excluded(&self, record: &Value) -> Result<Option<String>, Rejection> {
        todo!()
    }

    pub fn marker(&self) -> Option<&str> {
        todo!()
    }

    pub fn record_title(&self, record: &Value, lang: &str) -> String {
        todo!()
    }

    /// What can be named now and is not yet in `facts`; empty means ready to map. What must be created
    /// is asked for last, and not at all when the record will be refused anyway.
    pub fn needs(&self, record: &Value, facts: &Facts) -> Result<Vec<Need>, Rejection> {
        todo!()
    }

    pub fn map(&self, record: &Value, facts: &Facts, run: &RunInfo) -> Result<Mapped, Rejection> {
        todo!()
    }

    /// Those whose `when` holds, in order.
    pub fn identities(&self) -> Vec<Identity> {
        todo!()
    }

    /// Source fields that `write_back` or `report.write_back` sets (LEAD: needed by engine/gate.rs, please implement).
    pub fn written_back_fields(&self) -> BTreeSet<String> {
        todo!()
    }

    pub fn has_write_back(&self) -> bool {
        todo!()
    }

    /// What is to be written into the source after success; `target` is the target record with its id.
    pub fn write_back(
        &self,
        source: &Value,
        target: &Value,
        run: &RunInfo,
    ) -> Result<Option<Value>, Rejection> {
        todo!()
    }

    /// None where the flow reports nowhere or its `when` does not hold.
    pub fn report(&self) -> Option<&ReportRule> {
        todo!()
    }

    pub fn report_body(
        &self,
        source: &Value,
        error_text: &str,
        run: &RunInfo,
    ) -> Result<Value, Rejection> {
        todo!()
    }

    /// What is to be written into the source once the report stands.
    pub fn report_write_back(
        &self,
        source: &Value,
        report: &Value,
        run: &RunInfo,
    ) -> Result<Option<Value>, Rejection> {
        todo!()
    }

    /// Those whose `when` holds.
    pub fn checks(&self) -> &[CheckRule] {
        todo!()
    }
}
