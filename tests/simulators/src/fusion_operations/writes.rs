//! Making, changing and deleting one record: read, completed, checked, kept, and what follows from it.
//!
//! Invariant: everything that can be refused is refused before anything is kept.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::access::hex;
use super::assumed;
use super::book::{Origin, Record, Values};
use super::company::{Company, decimal, lines, text};
use super::refusal::Refusal;
use super::resource::Resource;
use super::schema::{Kind, Source};
use super::show;
use super::stock;
use super::time::Stamp;
use super::value::{Hand, Reader};

/// A record that is to be made.
#[derive(Debug, Default)]
pub struct Draft {
    /// What the path says, so that the body need not.
    pub set: Values,
    pub origin: Option<Origin>,
    /// As a seed may have them.
    pub id: Option<String>,
    pub created: Option<Stamp>,
    pub updated: Option<Stamp>,
}

impl Company {
    pub fn create(
        &mut self,
        resource: Resource,
        hand: Hand,
        given: &Values,
        draft: Draft,
        now: Stamp,
    ) -> Result<String, Refusal> {
        let reader = Reader {
            company: self,
            resource,
            hand,
            now,
        };
        let values = reader.record(given, &draft.set)?;
        let mut record = Record::new(String::new(), draft.created.unwrap_or(now));
        record.updated = draft.updated.unwrap_or(record.created);
        record.origin = draft.origin;
        record.values = values;
        self.complete(resource, &mut record.values);
        self.check(resource, &record, None)?;
        record.id = match draft.id {
            Some(id) => id,
            None => self.book_mut(resource).next_id(),
        };
        Ok(self.keep(resource, record, "created", now))
    }

    pub fn change(
        &mut self,
        resource: Resource,
        hand: Hand,
        id: &str,
        given: &Values,
        now: Stamp,
    ) -> Result<(), Refusal> {
        let before = self.book(resource).get(id).ok_or_else(Refusal::not_found)?;
        let before = before.clone();
        if before.origin.is_some() && resource == Resource::InventoryMovements {
            let text = "A movement of an order is changed by its order";
            return Err(Refusal::conflict(text));
        }
        let base = match hand == Hand::Api && self.switches.put_replaces {
            true => self.vendors_own(resource, &before.values),
            false => before.values.clone(),
        };
        let reader = Reader {
            company: self,
            resource,
            hand,
            now,
        };
        let mut record = before.clone();
        record.values = reader.record(given, &base)?;
        record.updated = now;
        self.complete(resource, &mut record.values);
        self.check(resource, &record, Some(&before))?;
        if resource == Resource::Productions {
            self.tally(&before.values, -Decimal::ONE);
        }
        self.keep(resource, record, "updated", now);
        Ok(())
    }

    pub fn delete(&mut self, resource: Resource, id: &str, now: Stamp) -> Result<Record, Refusal> {
        let record = self.book(resource).get(id).ok_or_else(Refusal::not_found)?;
        let moved = resource
            .parts()
            .is_some_and(|(parts, _)| record.values.contains_key(parts));
        let is_caused = record.origin.is_some() && resource == Resource::InventoryMovements;
        if moved || is_caused || self.is_used(id) {
            return Err(Refusal::conflict("It is in use"));
        }
        let record = self.book_mut(resource).remove(id).expect("just seen");
        let files: Vec<String> = self
            .book(Resource::Files)
            .rows()
            .filter(|file| file.origin.as_ref().is_some_and(|origin| origin.id == id))
            .map(|file| file.id.clone())
            .collect();
        for file in files {
            self.book_mut(Resource::Files).remove(&file);
        }
        if resource == Resource::Productions {
            self.tally(&record.values, -Decimal::ONE);
            self.touch_order(&record.values, now);
        }
        stock::settle(self, resource, id, now);
        Ok(record)
    }

    /// What a replacing PUT cannot take away.
    fn vendors_own(&self, resource: Resource, values: &Values) -> Values {
        let fields = self.schema.shape(resource.word()).iter();
        let own = fields
            .filter(|field| field.source == Source::Vendor || matches!(field.kind, Kind::Parts(_)));
        own.filter_map(|field| values.get_key_value(&field.meaning))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// What the vendor fills in by itself.
    fn complete(&mut self, resource: Resource, values: &mut Values) {
        if let Some((parts, _)) = resource.parts() {
            let list = values.get_mut(parts).and_then(Value::as_array_mut);
            for part in list.into_iter().flatten() {
                if part.get("id").is_none() {
                    self.parts_made += 1;
                    part["id"] = hex(&format!("part {}", self.parts_made), 12).into();
                }
            }
        }
        if resource == Resource::InventoryMovements {
            let places: &[&str] = match text(values, "type") {
                "out" => &["origin"],
                "transfer" => &[],
                _ => &["destination"],
            };
            for place in places {
                let own = || self.warehouse.clone().into();
                values.entry((*place).to_owned()).or_insert_with(own);
            }
        }
    }

    fn check(
        &self,
        resource: Resource,
        record: &Record,
        before: Option<&Record>,
    ) -> Result<(), Refusal> {
        let values = &record.values;
        if let (Some(field), Some(key)) = (resource.key(), self.book(resource).key_of(record)) {
            let wire = &self
                .schema
                .field(resource.word(), field)
                .expect("its key")
                .wire;
            if key.is_empty() {
                return Err(Refusal::invalid(format!("{wire} is required")));
            }
            let other = self.book(resource).by_key(&key);
            if other.is_some_and(|other| other.id != record.id) {
                return Err(Refusal::taken(wire, &key));
            }
        }
        if let Some((parts, _)) = resource.parts() {
            let ordered = |id: &str| lines(values, "products").any(|l| text(l, "product") == id);
            if let Some(product) = show::moved(values, parts).keys().find(|id| !ordered(id)) {
                let code = self.key(Resource::Products, product);
                return Err(Refusal::not_on_order(&code.unwrap_or_default()));
            }
            let moved_before = before.and_then(|before| before.values.get(parts));
            let is_new = values.get(parts).is_some() && values.get(parts) != moved_before;
            if is_new && text(values, "status") == assumed::CANCELLED {
                return Err(Refusal::conflict("The order is cancelled"));
            }
        }
        match resource {
            Resource::InventoryMovements => check_movement(values),
            Resource::Productions => self.check_production(values),
            _ => Ok(()),
        }
    }

    fn check_production(&self, values: &Values) -> Result<(), Refusal> {
        let at = |name: &str| values.get(name).and_then(Value::as_i64);
        if let (Some(start), Some(end)) = (at("start-date"), at("end-date"))
            && end < start
        {
            return Err(Refusal::invalid("end-date is before start-date"));
        }
        let order = self.book(Resource::ProductionOrders);
        let order = order.get(text(values, "production-order"));
        let product = text(values, "product");
        if product.is_empty() && !decimal(values, "quantity-produced").is_zero() {
            return Err(Refusal::invalid("product is required with a quantity"));
        }
        let on_order = order.is_some_and(|order| {
            lines(&order.values, "products").any(|line| text(line, "product") == product)
        });
        if product.is_empty() || on_order {
            return Ok(());
        }
        let code = self.key(Resource::Products, product);
        Err(Refusal::not_on_order(&code.unwrap_or_default()))
    }

    fn keep(&mut self, resource: Resource, record: Record, deed: &str, now: Stamp) -> String {
        let id = record.id.clone();
        let code = text(&record.values, "code").to_owned();
        self.webhooks.happened(resource, deed, &id, &code, now);
        match resource {
            Resource::InventoryMovements if deed == "created" => {
                stock::received(self, &record, now);
            }
            Resource::Productions => {
                self.tally(&record.values, Decimal::ONE);
                self.touch_order(&record.values, now);
            }
            _ => {}
        }
        self.book_mut(resource).put(record);
        stock::settle(self, resource, &id, now);
        id
    }

    fn tally(&mut self, production: &Values, sign: Decimal) {
        let order = text(production, "production-order").to_owned();
        let product = text(production, "product").to_owned();
        let made = decimal(production, "quantity-produced") * sign;
        let sum = self.produced.entry((order, product)).or_default();
        *sum += made;
    }

    /// Work on an order starts it, and stamps it.
    fn touch_order(&mut self, production: &Values, now: Stamp) {
        let id = text(production, "production-order").to_owned();
        let order = self.book(Resource::ProductionOrders).get(&id).cloned();
        if let Some(mut order) = order {
            let started = json!("started");
            order.values.insert("running-status".to_owned(), started);
            order.updated = order.updated.max(now);
            let code = text(&order.values, "code").to_owned();
            let resource = Resource::ProductionOrders;
            self.webhooks.happened(resource, "updated", &id, &code, now);
            self.book_mut(resource).put(order);
        }
    }
}

fn check_movement(values: &Values) -> Result<(), Refusal> {
    let quantity = decimal(values, "quantity");
    let kind = text(values, "type");
    if quantity.is_zero() || quantity.is_sign_negative() && kind != "adjustment" {
        return Err(Refusal::invalid("quantity must be more than 0"));
    }
    let has = |place: &str| values.contains_key(place);
    match kind {
        "transfer" if !has("origin") || !has("destination") => {
            Err(Refusal::invalid("origin and destination are required"))
        }
        _ => Ok(()),
    }
}
