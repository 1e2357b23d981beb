//! Records as a person writes them: references by name or id, and moments where they matter.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::QuickBooksOnline;
use super::access::App;
use super::company::{Company, Id, Row};
use super::rules;
use super::schema::{Class, Field, FieldKind, Kind, entity, own, shape};
use super::time;
use super::value::{Values, text};
use super::writes::{self, Hand, Options};
use crate::simulator::NowMs;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connection {
    client_id: String,
    refresh_token: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CustomFields {
    sales: Vec<String>,
    purchases: Vec<String>,
}

/// The one `CompanyInfo` and the one `Preferences`.
pub fn singles(company: &mut Company) {
    for (name, values) in [
        (
            "CompanyInfo",
            json!({ "CompanyName": "A company", "Country": "US" }),
        ),
        ("Preferences", json!({})),
    ] {
        let row = Row {
            id: Id::new("1"),
            sync_token: 0,
            created: 0,
            updated: 0,
            values: values.as_object().cloned().unwrap_or_default(),
            paid: rust_decimal::Decimal::ZERO,
            deposited: false,
        };
        company.put(own(name), row);
    }
}

/// `company`, `realm`, `switches`, `apps`, `connections`, `webhook_verifier`, `custom_fields`, and records by
/// entity, in their order. What comes first can be referred to.
pub fn seed(site: &mut QuickBooksOnline, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    let mut planted = Map::new();
    for (name, value) in seed {
        let said = |e: serde_json::Error| format!("`{name}`: {e}");
        match name.as_str() {
            "//" => {}
            "realm" => {
                let realm = value.as_str().ok_or("`realm` is a text")?;
                realm.clone_into(&mut site.company.realm);
            }
            "company" => company_info(site, value, now)?,
            "switches" => {
                let switches = value.as_object().ok_or("`switches` is an object")?;
                for (switch, value) in switches {
                    site.company.switches.set(switch, value)?;
                }
            }
            "apps" => {
                let apps: Vec<App> = serde_json::from_value(value.clone()).map_err(said)?;
                site.access.apps.extend(apps);
            }
            "connections" => {
                let all: Vec<Connection> = serde_json::from_value(value.clone()).map_err(said)?;
                for one in all {
                    let realm = site.company.realm.clone();
                    site.access
                        .granted(&one.client_id, &realm, &one.refresh_token, now);
                }
            }
            "webhook_verifier" => {
                let verifier = value.as_str().ok_or("`webhook_verifier` is a text")?;
                verifier.clone_into(&mut site.company.webhooks.verifier);
            }
            "custom_fields" => {
                let fields: CustomFields = serde_json::from_value(value.clone()).map_err(said)?;
                site.company.sales_fields = fields.sales;
                site.company.purchase_fields = fields.purchases;
            }
            name => {
                let kind = entity(name).filter(|kind| kind.name == name);
                let kind = kind.ok_or_else(|| format!("no entity `{name}`"))?;
                let records = value.as_array().ok_or("records are a list")?;
                for (at, record) in records.iter().enumerate() {
                    let record = record.as_object().ok_or("a record is an object")?;
                    plant(&mut site.company, kind, record, now)
                        .map_err(|e| format!("{name} {}: {e}", at + 1))?;
                }
                planted.insert(name.to_owned(), records.len().into());
            }
        }
    }
    site.company.webhooks.forget();
    Ok(planted.into())
}

fn company_info(site: &mut QuickBooksOnline, value: &Value, now: NowMs) -> Result<(), String> {
    let mut record = value.as_object().ok_or("`company` is an object")?.clone();
    record.insert("Id".to_owned(), "1".into());
    let kind = own("CompanyInfo");
    let row = site.company.get_mut(kind, &Id::new("1"));
    if let Some(row) = row {
        row.created = now;
    }
    edit(&mut site.company, kind, &record, now)
}

/// A new record by a person's hand; its id.
pub fn plant(
    company: &mut Company,
    kind: Kind,
    record: &Values,
    now: NowMs,
) -> Result<String, String> {
    let mut record = resolved(company, &kind.fields, record)?;
    let id = match record.shift_remove("Id") {
        Some(Value::String(id)) => Some(Id::new(&id)),
        Some(_) => return Err("`Id` is a text".to_owned()),
        None => None,
    };
    let at = record
        .get("MetaData")
        .and_then(|meta| meta["CreateTime"].as_str())
        .map_or(Some(now), |text| time::moment(text, &company.zone));
    let at = at.ok_or("`CreateTime` is a moment")?;
    let number = text(&record, "DocNumber").to_owned();
    let shown = writes::plant(company, kind, &record, id, at).map_err(|e| e.json().to_string())?;
    rules::took_number(company, kind, &number);
    Ok(shown["Id"].as_str().unwrap_or_default().to_owned())
}

/// A change by a person's hand.
pub fn edit(company: &mut Company, kind: Kind, record: &Values, now: NowMs) -> Result<(), String> {
    let record = resolved(company, &kind.fields, record)?;
    let options = Options {
        hand: Hand::Person,
        duplicate_numbers: false,
    };
    writes::write(company, kind, writes::Deed::Save, &record, options, now)
        .map(drop)
        .map_err(|e| e.json().to_string())
}

/// A record by its id, its number or its name.
pub fn find<'a>(company: &'a Company, kind: Kind, key: &str) -> Option<&'a Row> {
    let by_name = |row: &&Row| match kind.class {
        Class::Transaction => text(&row.values, "DocNumber") == key,
        Class::List => {
            text(&row.values, kind.name_field()) == key || company.full_name(kind, row) == key
        }
        Class::Single => true,
    };
    company
        .get(kind, key)
        .or_else(|| company.rows(kind).find(by_name))
}

/// References by name become references by id.
fn resolved(company: &Company, fields: &[Field], values: &Values) -> Result<Values, String> {
    let mut resolved = Values::new();
    for (name, value) in values {
        let field = fields.iter().find(|field| field.name == *name);
        let value = match (field.map(|field| &field.kind), value) {
            (Some(FieldKind::Reference(kinds)), Value::String(key)) => {
                let found = kinds
                    .iter()
                    .find_map(|kind| find(company, entity(kind)?, key));
                let found = found.ok_or_else(|| format!("`{name}`: no `{key}`"))?;
                json!({ "value": found.id.as_str() })
            }
            (Some(FieldKind::Free), Value::String(key)) => json!({ "value": key }),
            (Some(FieldKind::Object(of)), Value::Object(part)) => {
                self::resolved(company, shape(of), part)?.into()
            }
            (Some(FieldKind::List(of)), Value::Array(rows)) => {
                let rows = rows.iter().map(|row| match row {
                    Value::Object(row) => {
                        self::resolved(company, shape(of), row).map(Value::Object)
                    }
                    other => Ok(other.clone()),
                });
                Value::Array(rows.collect::<Result<_, String>>()?)
            }
            (_, value) => value.clone(),
        };
        resolved.insert(name.clone(), value);
    }
    Ok(resolved)
}
