//! Picklists as entities: lists that a person keeps in Autotask and that records name by label.
//!
//! Read only, the vendor lets nobody add to them from outside. Known by name: a flow can look whether Autotask has a
//! value, and take another where it has not.

use crate::api::{Api, Choice};
use liaison_sdk::prelude::*;
use schema::Field;

/// A picklist that is an entity, and the column it belongs to.
pub struct Picklist {
    pub entity: &'static str,
    pub path: &'static str,
    pub column: &'static str,
}

const fn picklist(entity: &'static str, path: &'static str, column: &'static str) -> Picklist {
    Picklist {
        entity,
        path,
        column,
    }
}

/// Every one.
pub static ALL: [Picklist; 4] = [
    picklist("product_category", "Products", "productCategory"),
    picklist("opportunity_status", "Opportunities", "status"),
    picklist("opportunity_stage", "Opportunities", "stage"),
    picklist(
        "opportunity_category",
        "Opportunities",
        "opportunityCategoryID",
    ),
];

/// The picklist of an entity, where it is one.
pub fn of(entity: &str) -> Option<&'static Picklist> {
    ALL.iter().find(|list| list.entity == entity)
}

/// What a value of a picklist shows.
pub fn fields() -> [Field; 4] {
    [
        schema::id("id"),
        schema::string("name").read_only(),
        schema::boolean("active").read_only(),
        schema::boolean("default").read_only(),
    ]
}

fn entry(choice: &Choice) -> Entry {
    let body = json!({
        "id": choice.value.to_string(),
        "name": choice.label,
        "active": choice.active,
        "default": choice.default,
    });
    Entry {
        id: choice.value.to_string(),
        version: None,
        deleted: false,
        body: body.to_string(),
        ext: Vec::new(),
    }
}

impl Picklist {
    /// All values, as Autotask has them now.
    ///
    /// # Errors
    /// Those of the question.
    pub fn page(&self, api: &Api, filter: &[Condition]) -> Result<Page, Fault> {
        let all = self.entries(api)?;
        let fits = |entry: &Entry| filter::fits(&filter::value(&entry.body), filter);
        Ok(Page {
            entries: all.into_iter().filter(fits).collect(),
            next: None,
            more: false,
            complete: filter.is_empty(),
            ext: Vec::new(),
        })
    }

    /// The values of these ids.
    ///
    /// # Errors
    /// Those of the question.
    pub fn read(&self, api: &Api, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
        let all = self.entries(api)?;
        let of = |id: &String| all.iter().find(|entry| entry.id == *id).cloned();
        Ok(ids.iter().map(of).collect())
    }

    /// For each query the values that fit.
    ///
    /// # Errors
    /// Those of the question.
    pub fn find(&self, api: &Api, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
        let all = self.entries(api)?;
        let fitting = |query: &Query| {
            let conditions = crate::find::equalities(query);
            let fits = |entry: &&Entry| {
                !conditions.is_empty() && filter::fits(&filter::value(&entry.body), &conditions)
            };
            all.iter().filter(fits).cloned().collect()
        };
        Ok(queries.iter().map(fitting).collect())
    }

    fn entries(&self, api: &Api) -> Result<Vec<Entry>, Fault> {
        let choices = api.choices_now(self.path, self.column)?;
        Ok(choices.iter().map(entry).collect())
    }
}
