//! `read` by id and `find` by key.

use crate::api::{id_of, parse_id, Api, Fresh};
use crate::assumed::{Object, ALL, CUSTOMER_NUMBER, EXTERNAL_ID, NAME};
use crate::book::Book;
use crate::customer::{account_of, Customer};
use crate::roll::{self, Roll, Sought};
use crate::table::{Table, OPPORTUNITY};
use crate::{list, stage};
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// By which fields customers can be looked up. CentrixOne can search by the first; for the others,
/// which recognise customers that another synchronisation brought, the list's names and numbers are read.
pub const CUSTOMER_KEYS: [&str; 3] = [EXTERNAL_ID, CUSTOMER_NUMBER, NAME];

/// Where records come from: customers are two objects, everything else is one.
#[derive(Clone, Copy)]
pub enum Source {
    Customers,
    Table(&'static Table),
}

/// What a source holds: the ids, and of a small one, which comes whole, the records.
#[derive(Debug, Default)]
pub struct Found {
    pub ids: BTreeSet<i64>,
    pub whole: Option<Vec<Entry>>,
}

impl Found {
    pub fn of_ids(ids: impl IntoIterator<Item = i64>) -> Self {
        Self {
            ids: ids.into_iter().collect(),
            whole: None,
        }
    }

    pub fn whole(entries: Vec<Entry>) -> Self {
        Self {
            ids: entries
                .iter()
                .filter_map(|entry| parse_id(&entry.id))
                .collect(),
            whole: Some(entries),
        }
    }
}

impl Source {
    /// The entity of this name.
    pub fn named(entity: &str) -> Result<Self, Fault> {
        match entity == crate::customer::ENTITY {
            true => Ok(Self::Customers),
            false => crate::table::named(entity).map(Self::Table),
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Customers => &CUSTOMER_KEYS,
            Self::Table(table) => table.keys,
        }
    }

    /// The records with these ids, in no order.
    pub fn by_id(self, api: &Api, ids: &[i64]) -> Result<Vec<Entry>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Customers => Ok(of_book(&Book::some(api, list::id(api)?, ids)?)),
            Self::Table(table) => entries(api, table, api.by_id(table.object, ids)?),
        }
    }

    /// The records of these ids, which [`Source::found`] gave, in no order.
    pub fn of_found(self, api: &Api, ids: &[i64]) -> Result<Vec<Entry>, Fault> {
        match self {
            Self::Customers => {
                let listed = ids.iter().copied().collect();
                Ok(of_book(&Book::some_listed(
                    api,
                    list::id(api)?,
                    ids,
                    &listed,
                )?))
            }
            Self::Table(_) => self.by_id(api, ids),
        }
    }

    /// The records with these ids of ours.
    pub fn by_external_id(self, api: &Api, ids: &[String]) -> Result<Vec<Entry>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Customers => {
                let contacts = api.by_external_id(Object::Contacts, ids)?;
                let accounts: Vec<i64> = contacts.iter().filter_map(account_of).collect();
                self.by_id(api, &accounts)
            }
            Self::Table(table) => entries(api, table, api.by_external_id(table.object, ids)?),
        }
    }

    /// What there is, and the stamp of it; nothing when nothing has changed since a stamp.
    pub fn found(self, api: &Api, since: Option<&str>) -> Result<(Found, Fresh), Fault> {
        match self {
            Self::Customers => {
                let (roll, fresh) = Roll::fresh(api, list::id(api)?, since, &mut |_| {})?;
                if roll.without_account > 0 {
                    api.host().warn(&format!(
                        "{} contacts of the list have no company and are no customers",
                        roll.without_account
                    ));
                }
                Ok((Found::of_ids(roll.accounts()), fresh))
            }
            Self::Table(table) if table.small => {
                let mut rows = Vec::new();
                let mut take = |row| rows.push(row);
                let fresh = api.thin(table.object, ALL, since, &mut take)?;
                Ok((Found::whole(table.entries(&rows)), fresh))
            }
            Self::Table(table) => {
                let mut ids = Vec::new();
                let mut take = |row: Value| ids.extend(id_of(&row));
                let fresh = api.thin(table.object, ALL, since, &mut take)?;
                Ok((Found::of_ids(ids), fresh))
            }
        }
    }

    /// The records among which those stand that fit one of these queries by a key that the system cannot
    /// search by.
    fn candidates(self, api: &Api, queries: &[&Query]) -> Result<Vec<Entry>, Fault> {
        match self {
            Self::Customers => {
                let (names, numbers) = (
                    Wanted::of(self, queries, NAME),
                    Wanted::of(self, queries, CUSTOMER_NUMBER),
                );
                let (name, number) = (|text: &str| names.has(text), |text: &str| numbers.has(text));
                let sought = Sought {
                    name: names.any().then_some(&name),
                    number: numbers.any().then_some(&number),
                };
                let accounts = roll::candidates(api, list::id(api)?, sought)?;
                self.of_found(api, &accounts.into_iter().collect::<Vec<_>>())
            }
            Self::Table(table) => entries(api, table, api.rows(table.object, ALL)?),
        }
    }
}

/// The values that queries look one field up by. So many rows are held against so many queries that text,
/// which is what values are, is found by its place.
struct Wanted {
    field: &'static str,
    texts: BTreeSet<String>,
    others: Vec<Condition>,
}

impl Wanted {
    /// Of the queries whose key is this field.
    fn of(source: Source, queries: &[&Query], field: &'static str) -> Self {
        let mut wanted = Self {
            field,
            texts: BTreeSet::new(),
            others: Vec::new(),
        };
        for query in queries {
            if !matches!(key_of(source, query), Ok((key, Some(_))) if key == field) {
                continue;
            }
            let conditions = equalities(query).into_iter();
            for condition in conditions.filter(|condition| condition.field == field) {
                match filter::value(&condition.values[0]) {
                    Value::String(text) => {
                        wanted.texts.insert(text.to_lowercase());
                    }
                    _ => wanted.others.push(condition),
                }
            }
        }
        wanted
    }

    fn any(&self) -> bool {
        !self.texts.is_empty() || !self.others.is_empty()
    }

    /// Whether a body with this text would fit one of the queries, for all that this field says.
    fn has(&self, text: &str) -> bool {
        let body = || json!({self.field: text});
        self.texts.contains(&text.to_lowercase())
            || (self.others.iter()).any(|condition| filter::fits_one(&body(), condition))
    }
}

/// The customers of a book, in the order of their ids.
fn of_book(book: &Book) -> Vec<Entry> {
    book.customers.values().map(Customer::entry).collect()
}

/// The records of rows; an opportunity tells its stage's label too.
pub fn entries(api: &Api, table: &Table, mut rows: Vec<Value>) -> Result<Vec<Entry>, Fault> {
    if table.is(&OPPORTUNITY) && !rows.is_empty() {
        stage::tell(&mut rows, &api.stages()?);
    }
    Ok(table.entries(&rows))
}

/// The records with these ids, in the same order and number.
pub fn read(api: &Api, source: Source, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let numbers: Vec<i64> = ids.iter().filter_map(|id| parse_id(id)).collect();
    let entries = source.by_id(api, &numbers)?;
    let one = |id: &String| entries.iter().find(|entry| entry.id == *id).cloned();
    Ok(ids.iter().map(one).collect())
}

/// The records that fit each query, in the same order. Queries by an id go together in one request;
/// for other keys what they look at is read once.
pub fn find(api: &Api, source: Source, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let (mut ids, mut external_ids, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for query in queries {
        match key_of(source, query)? {
            // A look-up by nothing finds nothing.
            (_, None) => {}
            ("id", Some(value)) => ids.extend(parse_id(&value)),
            (EXTERNAL_ID, Some(value)) => external_ids.push(value),
            _ => others.push(query),
        }
    }
    let mut entries = source.by_id(api, &ids)?;
    entries.extend(source.by_external_id(api, &external_ids)?);
    if !others.is_empty() {
        entries.extend(source.candidates(api, &others)?);
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    entries.dedup_by(|a, b| a.id == b.id);
    let bodies: Vec<Value> = entries.iter().map(|e| filter::value(&e.body)).collect();
    let fitting = |query: &Query| match key_of(source, query) {
        Ok((_, Some(_))) => entries
            .iter()
            .zip(&bodies)
            .filter(|(_, body)| filter::fits(body, &equalities(query)))
            .map(|(entry, _)| entry.clone())
            .collect(),
        _ => Vec::new(),
    };
    Ok(queries.iter().map(fitting).collect())
}

/// By which field a query is looked up, and its value; none when the value is nothing.
fn key_of(source: Source, query: &Query) -> Result<(&'static str, Option<String>), Fault> {
    let keys = ["id"].into_iter().chain(source.keys().iter().copied());
    let given = |key: &'static str| {
        let (_, json) = query.iter().find(|(field, _)| field == key)?;
        Some((key, text_of(json)))
    };
    keys.into_iter().find_map(given).ok_or_else(|| {
        let fields: Vec<&str> = query.iter().map(|(field, _)| field.as_str()).collect();
        fault::internal(text!(
            "centrixone-no-key",
            "Records of CentrixOne cannot be looked up by {fields}",
            fields = fields.join(", ")
        ))
    })
}

fn text_of(json: &str) -> Option<String> {
    let text = match filter::value(json) {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

fn equalities(query: &Query) -> Vec<Condition> {
    let equal = |(field, json): &(String, Json)| Condition {
        field: field.clone(),
        op: Comparison::Eq,
        values: vec![json.clone()],
    };
    query.iter().map(equal).collect()
}
