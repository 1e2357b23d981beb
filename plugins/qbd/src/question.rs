//! Queries: the elements that ask for records, in the order of the schema.

use crate::message::request;
use crate::table::{Shape, Table};
use crate::xml::{escape, leaf};
use liaison_sdk::prelude::*;

/// Our custom fields are those that people see.
const CUSTOM_OWNER: &str = "0";

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// By these ids.
    pub ids: Vec<String>,
    /// By these full names, or names where a list has no levels.
    pub names: Vec<String>,
    /// By these numbers.
    pub numbers: Vec<String>,
    /// Whose name holds this.
    pub name_part: Option<String>,
    /// Changed from and to, as QuickBooks writes times.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Dated from and to.
    pub date_from: Option<String>,
    pub date_to: Option<String>,
    /// Of these customers, vendors or people.
    pub owners: Vec<String>,
    pub active: Option<bool>,
    /// The most records of one answer, and the rest of a list begun before.
    pub page: Option<u32>,
    pub iterator: Option<String>,
    /// Only these elements of each.
    pub elements: Vec<&'static str>,
}

impl Question {
    pub fn of_ids(ids: &[String]) -> Self {
        Self {
            ids: ids.to_vec(),
            ..Self::default()
        }
    }

    /// The request. `id` is echoed in its answer.
    pub fn request(&self, table: &Table, id: usize) -> String {
        let mut out = String::new();
        let all = |out: &mut String, name: &str, values: &[String]| {
            values.iter().for_each(|value| leaf(out, name, value));
        };
        match table.shape {
            Shape::Single | Shape::Definitions => {}
            _ if !self.ids.is_empty() => all(&mut out, table.id(), &self.ids),
            _ if !self.names.is_empty() => all(&mut out, "FullName", &self.names),
            _ if !self.numbers.is_empty() => all(&mut out, "RefNumber", &self.numbers),
            Shape::Tree | Shape::List => self.list_filters(table, &mut out),
            Shape::Transaction | Shape::Unnumbered => self.transaction_filters(table, &mut out),
        }
        if table.shape == Shape::Transaction {
            leaf(&mut out, "IncludeLineItems", "true");
            if table.entity != "inventory_adjustment" {
                leaf(&mut out, "IncludeLinkedTxns", "true");
            }
        }
        if table.shape == Shape::Definitions {
            leaf(&mut out, "OwnerID", CUSTOM_OWNER);
        }
        self.elements
            .iter()
            .for_each(|name| leaf(&mut out, "IncludeRetElement", name));
        if !table.custom.is_empty() {
            leaf(&mut out, "OwnerID", CUSTOM_OWNER);
        }
        let attributes = match (&self.iterator, self.page) {
            _ if !table.iterates || !self.ids.is_empty() => String::new(),
            (Some(known), _) => format!(" iterator=\"Continue\" iteratorID=\"{}\"", escape(known)),
            (None, Some(_)) => " iterator=\"Start\"".to_owned(),
            (None, None) => String::new(),
        };
        request(&format!("{}Query", table.query), id, &attributes, &out)
    }

    fn list_filters(&self, table: &Table, out: &mut String) {
        if let Some(page) = self.page.filter(|_| table.iterates) {
            leaf(out, "MaxReturned", &page.to_string());
        }
        // Inactive records are invisible otherwise, and still hold their names.
        let status = match self.active {
            None => "All",
            Some(true) => "ActiveOnly",
            Some(false) => "InactiveOnly",
        };
        leaf(out, "ActiveStatus", status);
        if let Some(from) = &self.from {
            leaf(out, "FromModifiedDate", from);
        }
        if let Some(to) = &self.to {
            leaf(out, "ToModifiedDate", to);
        }
        if let Some(part) = &self.name_part {
            out.push_str(&format!(
                "<NameFilter><MatchCriterion>Contains</MatchCriterion><Name>{}</Name></NameFilter>",
                escape(part)
            ));
        }
    }

    fn transaction_filters(&self, table: &Table, out: &mut String) {
        if let Some(page) = self.page {
            leaf(out, "MaxReturned", &page.to_string());
        }
        let range = |out: &mut String, name: &str, ends: [(&str, &Option<String>); 2]| {
            let mut inner = String::new();
            for (name, end) in ends {
                if let Some(end) = end {
                    leaf(&mut inner, name, end);
                }
            }
            if !inner.is_empty() {
                out.push_str(&format!("<{name}>{inner}</{name}>"));
            }
            !inner.is_empty()
        };
        // One of the two only.
        let changed = [
            ("FromModifiedDate", &self.from),
            ("ToModifiedDate", &self.to),
        ];
        if !range(out, "ModifiedDateRangeFilter", changed) {
            let dated = [
                ("FromTxnDate", &self.date_from),
                ("ToTxnDate", &self.date_to),
            ];
            range(out, "TxnDateRangeFilter", dated);
        }
        if let Some((_, filter)) = table.owner.filter(|_| !self.owners.is_empty()) {
            let mut inner = String::new();
            self.owners
                .iter()
                .for_each(|owner| leaf(&mut inner, "ListID", owner));
            out.push_str(&format!("<{filter}>{inner}</{filter}>"));
        }
    }
}

/// What of this entity was deleted since.
pub fn deleted(table: &Table, since: &str, id: usize) -> Option<String> {
    if table.deleted.is_empty() {
        return None;
    }
    let kind = if table.is_transaction() {
        "Txn"
    } else {
        "List"
    };
    let mut out = String::new();
    for word in table.deleted {
        leaf(&mut out, &format!("{kind}DelType"), word);
    }
    let mut range = String::new();
    leaf(&mut range, "FromDeletedDate", since);
    out.push_str(&format!(
        "<DeletedDateRangeFilter>{range}</DeletedDateRangeFilter>"
    ));
    Some(request(&format!("{kind}DeletedQuery"), id, "", &out))
}

/// A condition's values as text.
pub fn texts(condition: &Condition) -> Vec<String> {
    let values = condition.values.iter().map(|json| filter::value(json));
    values
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// What of these conditions QuickBooks can look for itself. The host tests every one again.
pub fn narrowed(table: &Table, conditions: &[Condition]) -> Question {
    use Comparison as C;
    let mut question = Question::default();
    for condition in conditions {
        let values = texts(condition);
        let owner = table
            .owner
            .is_some_and(|(owner, _)| owner == condition.field);
        let first = values.first().cloned();
        match (condition.field.as_str(), condition.op) {
            ("id", C::Eq | C::IsIn) => question.ids = values,
            ("number", C::Eq | C::IsIn) if table.shape == Shape::Transaction => {
                question.numbers = values
            }
            ("full_name", C::Eq | C::IsIn) if table.shape == Shape::Tree => question.names = values,
            (_, C::Eq | C::IsIn) if owner => question.owners = values,
            ("updated_at", C::Ge | C::Gt) => question.from = first.and_then(|text| utc(&text)),
            ("updated_at", C::Le) => question.to = first.and_then(|text| utc(&text)),
            ("date", C::Ge) if table.is_transaction() => question.date_from = first,
            ("date", C::Le) if table.is_transaction() => question.date_to = first,
            ("date", C::Eq) if table.is_transaction() => {
                question.date_from.clone_from(&first);
                question.date_to = first;
            }
            ("active", C::Eq) if table.is_list() => {
                question.active = condition.values.first().map(|json| json == "true");
            }
            _ => {}
        }
    }
    question
}

/// An instant as QuickBooks reads one.
fn utc(text: &str) -> Option<String> {
    let ms = date::parse_instant(text)?;
    let text = date::instant(ms.div_euclid(1_000) * 1_000);
    Some(text.replace('Z', "+00:00"))
}
