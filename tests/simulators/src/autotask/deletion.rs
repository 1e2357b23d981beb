//! What keeps a row from being deleted, and what its going does to others.

use super::Autotask;
use super::field;
use super::schema::{EntityId, schema};
use super::table::Row;
use crate::simulator::NowMs;

/// Entities and fields in which a contact counts as used.
const USES_OF_CONTACT: [(&str, &str); 3] = [
    ("Tickets", "contactID"),
    ("Opportunities", "contactID"),
    ("Quotes", "contactID"),
];

impl Autotask {
    /// Why the row must stay. Texts unconfirmed.
    pub(super) fn kept(&self, entity: EntityId, row: &Row) -> Option<String> {
        match schema().entities[entity].name {
            "Contacts" => {
                let used = USES_OF_CONTACT
                    .iter()
                    .any(|(entity, name)| self.is_used(entity, name, row.id));
                let primary = row.get(field("Contacts", "primaryContact")).is_true();
                (used || primary)
                    .then(|| "This contact cannot be deleted because it is in use.".to_owned())
            }
            "ServiceBundles" => self
                .is_used("QuoteItems", "serviceBundleID", row.id)
                .then(|| "This service bundle cannot be deleted because it is in use.".to_owned()),
            "ServiceBundleServices" => {
                let bundle = row
                    .get(field("ServiceBundleServices", "serviceBundleID"))
                    .as_int()?;
                (self.services_of(bundle).len() < 2)
                    .then(|| "The last service of a service bundle cannot be deleted.".to_owned())
            }
            "QuoteItems" => {
                let quote = row.get(field("QuoteItems", "quoteID")).as_int()?;
                let quote = self.table("Quotes").get(quote)?;
                self.locked(quote.get(field("Quotes", "opportunityID")).as_int())
            }
            _ => None,
        }
    }

    pub(super) fn spread_deletion(&mut self, entity: EntityId, row: &Row, now: NowMs) {
        match schema().entities[entity].name {
            "QuoteItems" => {
                let quote = row.get(field("QuoteItems", "quoteID")).as_int();
                self.settle_items_of(quote, now);
            }
            "ServiceBundles" => {
                let parts = self.table_mut("ServiceBundleServices");
                let key = field("ServiceBundleServices", "serviceBundleID");
                let ids = parts.ids_by(key, row.id).unwrap_or_default().to_vec();
                for id in ids {
                    parts.remove(id);
                }
            }
            "ServiceBundleServices" => {
                let key = field("ServiceBundleServices", "serviceBundleID");
                self.settle_bundle(row.get(key).as_int());
            }
            _ => {}
        }
    }

    fn is_used(&self, entity: &str, name: &str, id: i64) -> bool {
        let at = field(entity, name);
        self.table(entity)
            .rows()
            .any(|row| row.get(at).as_int() == Some(id))
    }
}
