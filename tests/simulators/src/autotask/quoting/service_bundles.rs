//! Service bundles and what is in them.

use super::super::Autotask;
use super::super::cell::Cell;
use super::super::field;
use super::super::table::Row;
use super::{amount, int};

const ENTITY: &str = "ServiceBundles";
const PARTS: &str = "ServiceBundleServices";

impl Autotask {
    /// The services of a bundle, in the order in which they came.
    pub(in super::super) fn services_of(&self, bundle: i64) -> Vec<Row> {
        let parts = self.rows_under(PARTS, field(PARTS, "serviceBundleID"), bundle);
        let services = parts
            .iter()
            .filter_map(|part| int(part, PARTS, "serviceID"));
        services
            .filter_map(|id| self.table("Services").get(id).cloned())
            .collect()
    }

    /// Period and cost come from the services.
    pub(in super::super) fn settle_bundle(&mut self, bundle: Option<i64>) {
        let Some(mut row) = bundle.and_then(|id| self.table(ENTITY).get(id).cloned()) else {
            return;
        };
        let services = self.services_of(row.id);
        let Some(first) = services.first() else {
            return;
        };
        let period = first.get(field("Services", "periodType")).clone();
        row.set(field(ENTITY, "periodType"), period);
        let cost = services
            .iter()
            .map(|row| amount(row, "Services", "unitCost"));
        row.set(field(ENTITY, "unitCost"), Cell::Amount(cost.sum()));
        self.table_mut(ENTITY).put(row);
    }

    pub(super) fn broken_bundle_rules(&self, row: &Row) -> Vec<String> {
        let name = field(ENTITY, "name");
        let text = |row: &Row| row.get(name).as_text().map(str::to_lowercase);
        let mut others = self.table(ENTITY).rows().filter(|other| other.id != row.id);
        let taken = others.any(|other| text(other).is_some() && text(other) == text(row));
        let name = row.get(name).plain();
        // In the form that the catalogue has for another entity.
        taken
            .then(|| format!("A ServiceBundle already exists with Name [{name}]"))
            .into_iter()
            .collect()
    }

    pub(super) fn broken_bundle_service_rules(&self, row: &Row) -> Vec<String> {
        let (bundle, service) = (
            int(row, PARTS, "serviceBundleID"),
            int(row, PARTS, "serviceID"),
        );
        let there = bundle
            .map(|bundle| self.services_of(bundle))
            .unwrap_or_default();
        there
            .iter()
            .any(|known| Some(known.id) == service)
            .then(|| "The service is already part of the service bundle.".to_owned()) // text unconfirmed
            .into_iter()
            .collect()
    }
}
