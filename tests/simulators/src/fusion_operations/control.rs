//! What people at Fusion Operations' screens, the administrator, time or a test do behind the API.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error. `entity` is a word of the state
//! (`sales-orders`, `workers`, `punch-clocks` …), `id` an id or a code. Records are written as on the wire.
//!
//! - people: `create` entity, record · `edit` entity, id, set · `delete` entity, id ·
//!   `ship` / `receive` order, with what else a shipment says (all that is left, where no products are
//!   named); it comes beside the shipments there are
//! - the administrator: `add_key` key, secret · `revoke_key` key · `end_tokens` ·
//!   `define_custom_fields` fields · `set` switch, value (see `switches.rs`) ·
//!   `rename_fields` names (see `fields.txt`)
//! - others: `other_calls` count (of the company's other integrations, in this moment) ·
//!   `take_webhooks` (what would have been sent since, with the switches' disorder)
//! - for tests: `bulk` entity, count, prefix, from · `rows` entity, ids · `count` entity · `summary` ·
//!   `stock_to_send`

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::FusionOperations;
use super::book::Values;
use super::company::{decimal, lines, number, text};
use super::resource::Resource;
use super::seed::{define_custom_fields, plant};
use super::show;
use super::summary;
use super::time::{self, Stamp};
use super::value::Hand;
use super::writes::Draft;
use crate::simulator::NowMs;

/// The arguments of one action; each is taken once, and one that nobody took is an error.
struct Action(Map<String, Value>);

impl Action {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(format!("`{name}` must be a text")),
        }
    }

    fn count(&mut self, name: &str, otherwise: Option<u64>) -> Result<u64, String> {
        match self.take(name) {
            None => otherwise.ok_or_else(|| format!("`{name}` is missing")),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| format!("`{name}` must be a whole number")),
        }
    }

    fn map(&mut self, name: &str) -> Result<Values, String> {
        match self.take(name) {
            Some(Value::Object(map)) => Ok(map),
            _ => Err(format!("`{name}` must be an object")),
        }
    }

    fn entity(&mut self) -> Result<Resource, String> {
        let word = self.text("entity")?;
        Resource::named(&word).ok_or_else(|| format!("no entity `{word}`"))
    }

    fn ids(&mut self) -> Result<Option<Vec<String>>, String> {
        let wrong = || "`ids` must be a list of texts".to_owned();
        let Some(ids) = self.take("ids") else {
            return Ok(None);
        };
        let ids = ids.as_array().ok_or_else(wrong)?.iter();
        ids.map(|id| id.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// All that are left: what a shipment says.
    fn rest(&mut self) -> Values {
        std::mem::take(&mut self.0)
    }
}

/// An action with its arguments read, so that a wrong one leaves no trace.
enum Wanted {
    Create(Resource, Values),
    Edit(Resource, String, Values),
    Delete(Resource, String),
    Move(Resource, String, Values),
    AddKey(String, String),
    RevokeKey(String),
    EndTokens,
    DefineCustomFields(Value),
    Set(String, Value),
    RenameFields(Value),
    OtherCalls(u64),
    TakeWebhooks,
    Bulk {
        entity: Resource,
        count: u64,
        prefix: String,
        from: u64,
    },
    Rows(Resource, Option<Vec<String>>),
    Count(Resource),
    Summary,
    StockToSend,
}

pub fn control(site: &mut FusionOperations, action: &Value, now: NowMs) -> Result<Value, String> {
    let action = action.as_object().ok_or("an action is an object")?;
    let mut action = Action(action.clone());
    let word = action.text("do")?;
    let wanted = Wanted::read(&word, &mut action)?;
    if let Some(key) = action.0.keys().next() {
        return Err(format!("action `{word}` has no `{key}`"));
    }
    wanted.carry_out(site, now)
}

impl Wanted {
    fn read(word: &str, action: &mut Action) -> Result<Self, String> {
        Ok(match word {
            "create" => Self::Create(action.entity()?, action.map("record")?),
            "edit" => Self::Edit(action.entity()?, action.text("id")?, action.map("set")?),
            "delete" => Self::Delete(action.entity()?, action.text("id")?),
            "ship" => Self::Move(Resource::SalesOrders, action.text("order")?, action.rest()),
            "receive" => Self::Move(
                Resource::PurchaseOrders,
                action.text("order")?,
                action.rest(),
            ),
            "add_key" => Self::AddKey(action.text("key")?, action.text("secret")?),
            "revoke_key" => Self::RevokeKey(action.text("key")?),
            "end_tokens" => Self::EndTokens,
            "define_custom_fields" => Self::DefineCustomFields(action.map("fields")?.into()),
            "set" => Self::Set(
                action.text("switch")?,
                action.take("value").ok_or("`value` is missing")?,
            ),
            "rename_fields" => Self::RenameFields(action.map("names")?.into()),
            "other_calls" => Self::OtherCalls(action.count("count", None)?),
            "take_webhooks" => Self::TakeWebhooks,
            "bulk" => Self::Bulk {
                entity: action.entity()?,
                count: action.count("count", None)?,
                prefix: match action.take("prefix") {
                    Some(Value::String(prefix)) => prefix,
                    None => "B".to_owned(),
                    Some(_) => return Err("`prefix` must be a text".to_owned()),
                },
                from: action.count("from", Some(1))?,
            },
            "rows" => Self::Rows(action.entity()?, action.ids()?),
            "count" => Self::Count(action.entity()?),
            "summary" => Self::Summary,
            "stock_to_send" => Self::StockToSend,
            word => return Err(format!("no such action: `{word}`")),
        })
    }

    fn carry_out(self, site: &mut FusionOperations, now: NowMs) -> Result<Value, String> {
        let at = time::stamp(now);
        let company = &mut site.company;
        match self {
            Self::Create(entity, record) => {
                let draft = Draft::default();
                let id = company.create(entity, Hand::Person, &record, draft, at)?;
                return Ok(json!({ "id": id }));
            }
            Self::Edit(entity, key, set) => {
                let id = id(site, entity, &key)?;
                site.company.change(entity, Hand::Person, &id, &set, at)?;
            }
            Self::Delete(entity, key) => {
                let id = id(site, entity, &key)?;
                site.company.delete(entity, &id, at)?;
            }
            Self::Move(entity, order, part) => return one_more(site, entity, &order, part, at),
            Self::AddKey(key, secret) => site.access.add_key(&key, &secret),
            Self::RevokeKey(key) => site.access.revoke_key(&key)?,
            Self::EndTokens => site.access.end_tokens(),
            Self::DefineCustomFields(fields) => define_custom_fields(site, &fields)?,
            Self::Set(switch, value) => {
                company.switches.set(&switch, &value)?;
                return Ok(company.switches.show());
            }
            Self::RenameFields(names) => company.schema = company.schema.renamed(&names)?,
            Self::OtherCalls(count) => site.access.other_calls(count, now),
            Self::TakeWebhooks => return Ok(company.webhooks.take(&company.switches).into()),
            Self::Bulk {
                entity,
                count,
                prefix,
                from,
            } => return bulk(site, entity, from..from + count, &prefix, now),
            Self::Rows(entity, ids) => {
                let rows = company.book(entity).rows();
                let rows = rows.filter(|row| ids.as_ref().is_none_or(|ids| ids.contains(&row.id)));
                return Ok(rows.map(|row| show::record(company, entity, row)).collect());
            }
            Self::Count(entity) => return Ok(json!({ "count": company.book(entity).len() })),
            Self::Summary => return Ok(summary::summary(company)),
            Self::StockToSend => return Ok(summary::stock_to_send(company)),
        }
        Ok(json!({ "done": true }))
    }
}

fn id(site: &FusionOperations, entity: Resource, key: &str) -> Result<String, String> {
    let record = site.company.book(entity).find(key);
    record
        .map(|record| record.id.clone())
        .ok_or_else(|| format!("no `{key}` in {}", entity.word()))
}

/// A shipment, or a reception, beside those there are.
fn one_more(
    site: &mut FusionOperations,
    entity: Resource,
    order: &str,
    mut part: Values,
    at: Stamp,
) -> Result<Value, String> {
    let company = &mut site.company;
    let order = company.book(entity).find(order);
    let order = order.ok_or("no such order")?.clone();
    let (parts, _) = entity.parts().ok_or("such an order moves nothing")?;
    let schema = company.schema.clone();
    let name = |shape: &str, meaning: &str| {
        let field = schema.field(shape, meaning);
        field.expect("a field of the table").wire.clone()
    };
    let shape = match parts {
        "shipping" => "shipment",
        _ => "reception",
    };
    let products = name(shape, "products");
    if !part.contains_key(&products) {
        let mut left: BTreeMap<&str, Decimal> = BTreeMap::new();
        for line in lines(&order.values, "products") {
            *left.entry(text(line, "product")).or_default() += decimal(line, "quantity-ordered");
        }
        let moved = show::moved(&order.values, parts);
        let rows = left.into_iter().filter_map(|(product, ordered)| {
            let quantity = ordered - moved.get(product).copied().unwrap_or_default();
            let code = company.key(Resource::Products, product)?;
            (quantity > Decimal::ZERO).then(|| {
                let (product, amount) = (
                    name("moved-line", "product"),
                    name("moved-line", "quantity"),
                );
                json!({ product: code, amount: number(quantity) })
            })
        });
        let rows: Vec<Value> = rows.collect();
        if rows.is_empty() {
            return Err("nothing is left of this order".to_owned());
        }
        part.insert(products, rows.into());
    }
    let own_id = schema.common("id");
    let there = lines(&order.values, parts).map(|part| json!({ own_id: text(part, "id") }));
    let all: Vec<Value> = there.chain([Value::Object(part)]).collect();
    let mut set = Values::new();
    set.insert(name(entity.word(), parts), all.into());
    company.change(entity, Hand::Person, &order.id, &set, at)?;
    let order = company.book(entity).get(&order.id);
    let newest = order.and_then(|order| lines(&order.values, parts).last());
    Ok(json!({ "id": newest.map(|part| text(part, "id")) }))
}

/// Many records of one kind for benchmarks, `B000001` and on; orders go to partners and products in turn.
fn bulk(
    site: &mut FusionOperations,
    entity: Resource,
    numbers: std::ops::Range<u64>,
    prefix: &str,
    now: NowMs,
) -> Result<Value, String> {
    let codes = |resource| -> Vec<String> {
        let rows = site.company.book(resource).rows();
        rows.map(|row| text(&row.values, "code").to_owned())
            .collect()
    };
    let (products, clients) = (codes(Resource::Products), codes(Resource::Clients));
    let suppliers = codes(Resource::Suppliers);
    let pick = |codes: &[String], n: u64| -> Result<String, String> {
        let count = codes.len().max(1) as u64;
        let at = usize::try_from(n % count).expect("below a length");
        codes
            .get(at)
            .cloned()
            .ok_or_else(|| "there is nothing to order, or nobody".to_owned())
    };
    let (mut first, mut last) = (None, None);
    for n in numbers {
        let code = format!("{prefix}{n:06}");
        let record = match entity {
            Resource::Clients => json!({ "code": code, "name": format!("Client {code} inc.") }),
            Resource::Suppliers => json!({ "code": code, "name": format!("Fournisseur {code}") }),
            Resource::Products => {
                json!({ "code": code, "name": format!("Article {code}"), "unit": "un" })
            }
            Resource::SalesOrders => json!({
                "code": code, "client": pick(&clients, n)?,
                "products": [{ "product": pick(&products, n)?, "quantity-ordered": n % 50 + 1, "unit-price": n % 900 + 1 }],
            }),
            Resource::PurchaseOrders => json!({
                "code": code, "supplier": pick(&suppliers, n)?,
                "products": [{ "product": pick(&products, n)?, "quantity-ordered": n % 50 + 1, "unit-cost": n % 700 + 1 }],
            }),
            Resource::ProductionOrders => json!({
                "code": code, "products": [{ "product": pick(&products, n)?, "quantity-ordered": n % 50 + 1 }],
            }),
            other => return Err(format!("bulk does not make {}", other.word())),
        };
        let id = plant(site, entity, &record, now)?;
        first.get_or_insert_with(|| id.clone());
        last = Some(id);
    }
    Ok(json!({ "first_id": first, "last_id": last }))
}
