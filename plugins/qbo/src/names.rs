//! References by name: QuickBooks takes ids alone, so names are looked up before anything is written.

use crate::api::Api;
use crate::assumed::US_TAX_CODES;
use crate::field::{Field, Kind};
use crate::question::{quoted, Question, VALUES_MAX};
use crate::table::{self, Table};
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The ids that names stand for.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<(&'static str, String), Vec<String>>);

type Wanted = BTreeSet<(&'static str, String)>;

impl Names {
    /// Looks up every name that these bodies refer by.
    pub fn of(api: &Api, table: &'static Table, bodies: &[Value]) -> Result<Self, Fault> {
        let mut wanted = Wanted::new();
        for body in bodies {
            gather(table.fields(), body, &mut wanted);
        }
        let mut names = Self::default();
        for field in ["full_name", "name"] {
            // By the whole name first; what that does not find may be called so within its category.
            let left: Wanted = wanted
                .iter()
                .filter(|(entity, name)| !names.0.contains_key(&(*entity, name.to_lowercase())))
                .cloned()
                .collect();
            names.look_up(api, field, &left)?;
        }
        Ok(names)
    }

    fn look_up(&mut self, api: &Api, field: &'static str, wanted: &Wanted) -> Result<(), Fault> {
        let mut by_entity: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        for (entity, name) in wanted {
            by_entity.entry(entity).or_default().push(name);
        }
        let mut asked: Vec<(&Table, String)> = Vec::new();
        let mut entities = Vec::new();
        for (entity, names) in by_entity {
            let table = table::named(entity)?;
            let Some(wire) = table.asked_by(field) else {
                continue;
            };
            for part in cursor::chunks(&names, VALUES_MAX) {
                let values = part.iter().map(|name| quoted(name)).collect();
                // Inactive records cannot be referred to, so they are left out.
                let question = Question::default().among(wire, values);
                asked.push((table, question.text(table, 0, 1, crate::assumed::PAGE_MAX)));
                entities.push((entity, wire));
            }
        }
        for ((entity, wire), rows) in entities.into_iter().zip(api.queries(&asked)?) {
            for row in rows {
                if let (Some(id), Some(name)) = (row["Id"].as_str(), row[wire].as_str()) {
                    let ids = self.0.entry((entity, name.to_lowercase())).or_default();
                    ids.push(id.to_owned());
                }
            }
        }
        Ok(())
    }

    /// The id that a name stands for.
    pub fn id(&self, field: &Field, entity: &'static str, name: &str) -> Result<String, Fault> {
        if is_own_code(entity, name) {
            return Ok(name.to_uppercase());
        }
        match self
            .0
            .get(&(entity, name.to_lowercase()))
            .map(Vec::as_slice)
        {
            Some([id]) => Ok(id.clone()),
            Some([_, _, ..]) => Err(fault::ambiguous(text!(
                "qbo-name-ambiguous",
                "Several records of {entity} are called {name}",
                entity = entity,
                name = name
            ))
            .field(&field.full_name())),
            _ => Err(fault::missing_reference(text!(
                "qbo-name-unknown",
                "QuickBooks has no active {entity} called {name}",
                entity = entity,
                name = name
            ))
            .field(&field.full_name())),
        }
    }
}

/// `TAX` and `NON` of the US stand in no list.
fn is_own_code(entity: &str, name: &str) -> bool {
    entity == "sales_tax_code"
        && US_TAX_CODES
            .iter()
            .any(|code| code.eq_ignore_ascii_case(name))
}

fn gather(fields: impl Iterator<Item = &'static Field>, body: &Value, wanted: &mut Wanted) {
    for field in fields {
        match field.kind {
            Kind::Reference(entity) if !body[field.id_name()].is_string() => {
                if let Some(name) = body[field.full_name()].as_str() {
                    if !name.is_empty() && !is_own_code(entity, name) {
                        wanted.insert((entity, name.to_owned()));
                    }
                }
            }
            Kind::Lines(lines) => {
                for line in body[field.name].as_array().into_iter().flatten() {
                    gather(lines.fields.iter(), line, wanted);
                }
            }
            _ => {}
        }
    }
}
