//! What the options of a tenant's flows name in a system, so that its connector's doctor can look whether it is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::config::flow::{FlowFile, Nameable, OptionRule, SideRef};
use crate::config::reader::Item;
use crate::config::tenant::{Tenant, TenantFlow, WhichEnd};
use crate::model::ConnectionId;

use super::Control;

/// An object (as a flow or an option names it), and a field of it.
type Thing = (String, Option<String>);

#[derive(Default)]
struct Use {
    is_written: bool,
    /// `FLOW.OPTION`
    by: BTreeSet<String>,
}

impl Control {
    /// Each thing once: `{object, field, written, by: ["FLOW.OPTION"]}`. What cannot be read names nothing.
    pub(super) fn named(&self, tenant: &Tenant, connection: &ConnectionId) -> Value {
        let mut uses: BTreeMap<Thing, Use> = BTreeMap::new();
        for flow in tenant.flows.values().filter(|flow| flow.enabled) {
            let Ok(file) = self.flow_file(tenant, flow) else {
                continue;
            };
            for option in &file.options {
                let Some((thing, is_written)) = thing(tenant, connection, flow, &file, option)
                else {
                    continue;
                };
                let of = uses.entry(thing).or_default();
                of.is_written |= is_written;
                of.by.insert(format!("{}.{}", flow.name, option.name.value));
            }
        }
        let named = uses.into_iter().map(|((object, field), of)| {
            json!({"object": object, "field": field, "written": of.is_written, "by": of.by})
        });
        Value::Array(named.collect())
    }
}

/// What this option names in the system behind the connection, and whether it is written.
fn thing(
    tenant: &Tenant,
    connection: &ConnectionId,
    flow: &TenantFlow,
    file: &FlowFile,
    option: &OptionRule,
) -> Option<(Thing, bool)> {
    let names = option.names.as_ref()?;
    let (which, end) = match names.side {
        SideRef::Source => (WhichEnd::Source, &file.source),
        SideRef::Target => (WhichEnd::Target, &file.target),
    };
    let reached = tenant.end(flow, which, end.connector.as_str()).ok()?;
    if reached.id != *connection {
        return None;
    }
    let name = value(flow, option)?;
    let thing = match &names.thing {
        Nameable::Object => (name, None),
        Nameable::FieldOf(entity) => (entity.clone(), Some(name)),
        Nameable::FieldOfNamed(other) => {
            let mut options = file.options.iter();
            let other = options.find(|option| option.name.value == *other)?;
            (value(flow, other)?, Some(name))
        }
    };
    Some((thing, names.is_written))
}

/// What the tenant says, or else the flow; nothing where it is empty.
fn value(flow: &TenantFlow, option: &OptionRule) -> Option<String> {
    let mut given = flow.options.values.iter();
    let given = given.find(|(name, _)| name.value == option.name.value);
    match &given
        .map(|(_, item)| item)
        .or(option.default.as_ref())?
        .value
    {
        Item::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}
