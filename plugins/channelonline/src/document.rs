//! Documents as replies tell them. Every element may be missing.

use crate::assumed::customer::contact_id;
use crate::assumed::document as assumed;
use crate::envelope::Kind;
use crate::product;
use crate::settings::Settings;
use crate::value::{amount, flag, some, whole};
use liaison_sdk::prelude::*;
use liaison_sdk::xml::Element;
use liaison_sdk::Decimal;

/// The element of a document.
pub const ELEMENT: &str = "document";

/// A document of a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub number: String,
    pub system_id: String,
    pub revision: String,
    pub deleted: bool,
    /// When it was last changed, in seconds since the epoch.
    pub changed_s: Option<i64>,
    /// Nothing was changed since it was made.
    pub is_new: bool,
    /// All but what users pressed.
    pub body: Map<String, Value>,
}

impl Document {
    /// What an update must present again: the system id, by which documents are written, and the revision.
    pub fn version(&self) -> String {
        format!("{}/{}", self.system_id, self.revision)
    }

    /// Its lines.
    pub fn lines(&self) -> &[Value] {
        let lines = self.body.get("lines").and_then(Value::as_array);
        lines.map_or(&[], Vec::as_slice)
    }
}

/// The system id and the revision of a version.
pub fn parts_of_version(version: &str) -> Option<(&str, &str)> {
    let (system_id, revision) = version.rsplit_once('/')?;
    (!system_id.is_empty() && !revision.is_empty()).then_some((system_id, revision))
}

/// A document of a reply; none where it has no number or is of the other kind.
pub fn read(element: &Element, kind: Kind, settings: &Settings) -> Option<Document> {
    let number = element.attribute("documentNumber").trim();
    let other = Kind::of_reply(element.attribute("documentType")).is_some_and(|told| told != kind);
    if number.is_empty() || other {
        return None;
    }
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("id", json!(number));
    put("number", json!(number));
    put("system_id", some(element.attribute("documentId")));
    put("revision", whole(element.attribute("revisionNumber")));
    for name in ["status", "stage", "description"] {
        put(name, some(element.text_of(name)));
    }
    put("probability", amount(element.text_of("probability")));
    for (name, value) in customer(element)
        .into_iter()
        .chain(people(element))
        .chain(totals(element))
    {
        put(name, value);
    }
    put("payment_terms", assumed::payment_terms(element));
    let payment = element.child("payment");
    put(
        "po_number",
        payment.map_or(Value::Null, |payment| some(payment.text_of("PONumber"))),
    );
    put("bill_to", address(element.child("billTo")));
    put("ship_to", address(element.child("shipTo")));
    for (name, kind) in [
        ("internal_note", "Internal"),
        ("external_note", "External"),
        ("shipping_note", "Shipping"),
    ] {
        put(name, note(element, kind));
    }
    let events = Events::of(element);
    for (name, value) in events.fields() {
        put(name, value);
    }
    let mut custom = assumed::custom_fields(element);
    for (name, field) in [
        ("opportunity_name", settings.opportunity_name_field()),
        ("opportunity_id", settings.opportunity_id_field()),
    ] {
        put(name, custom.remove(field).unwrap_or_default());
    }
    // What we show there is no news to us.
    if let Some(outcome) = settings.outcome_field() {
        custom.remove(outcome);
    }
    put("custom_fields", Value::Object(custom));
    let items = element.child("itemList");
    let products = items.into_iter().flat_map(|items| items.all("product"));
    let lines: Vec<Value> = products.map(|product| line(product, settings)).collect();
    let (carrier, service) = assumed::shipping(element).unwrap_or_else(|| first_shipping(&lines));
    let both = [&carrier, &service].into_iter().filter_map(Value::as_str);
    put(
        "shipping_method",
        some(&both.collect::<Vec<&str>>().join(" ")),
    );
    put("shipping_carrier", carrier);
    put("shipping_service", service);
    put("lines", json!(lines));
    Some(Document {
        number: number.to_owned(),
        system_id: element.attribute("documentId").trim().to_owned(),
        revision: element.attribute("revisionNumber").trim().to_owned(),
        deleted: flag(element.text_of("deleted")) == json!(true),
        changed_s: events.changed_ms().map(|ms| ms.div_euclid(1000)),
        is_new: events.last("modified").is_none(),
        body,
    })
}

type Fields = Vec<(&'static str, Value)>;

fn customer(document: &Element) -> Fields {
    let customer = document.child("customer").cloned().unwrap_or_default();
    let number = some(customer.attribute("customerNumber"));
    let inner = |outer: &str, name: &str| {
        let found = customer.child(outer);
        found.map_or("", |found| found.text_of(name)).to_owned()
    };
    let contact = assumed::contact(document);
    let contact_of = |contact: &Element| {
        let id = contact.attribute("contactId").trim();
        match (number.as_str(), id.is_empty()) {
            (Some(number), false) => json!(contact_id(number, id)),
            _ => Value::Null,
        }
    };
    let told = |name: &str| contact.map_or(Value::Null, |contact| some(contact.text_of(name)));
    let terms = match inner("terms", "description") {
        text if text.is_empty() => customer.text_of("terms").to_owned(),
        text => text,
    };
    vec![
        ("customer_id", number.clone()),
        ("customer_number", number.clone()),
        ("customer_name", some(customer.text_of("companyName"))),
        ("price_profile", some(customer.text_of("priceProfile"))),
        ("tax_rate", amount(&inner("tax", "rate"))),
        ("customer_terms", some(&terms)),
        ("contact_id", contact.map_or(Value::Null, contact_of)),
        ("contact_email", told("email")),
        ("contact_name", contact.map_or(Value::Null, full_name)),
    ]
}

fn people(document: &Element) -> Fields {
    let person = |name: &str| document.child(name).cloned().unwrap_or_default();
    let (rep, manager) = (person("salesPerson"), person("accountManager"));
    let email = |person: &Element| some(person.text_of("email"));
    let id = email(&rep);
    vec![
        (
            "sales_rep_id",
            id.as_str()
                .map_or(Value::Null, |email| json!(email.to_lowercase())),
        ),
        ("sales_rep_email", id),
        ("sales_rep_name", full_name(&rep)),
        ("account_manager_email", email(&manager)),
        ("account_manager_name", full_name(&manager)),
    ]
}

fn full_name(person: &Element) -> Value {
    let parts = [person.text_of("firstName"), person.text_of("lastName")];
    some(&parts.join(" "))
}

fn totals(document: &Element) -> Fields {
    [
        ("item_cost_total", "totalItemCost"),
        ("subtotal", "subTotal"),
        ("tax_total", "tax"),
        ("shipping_total", "shippingHandling"),
        ("misc_total", "miscAmount"),
        ("total", "total"),
    ]
    .into_iter()
    .map(|(name, element)| (name, amount(document.text_of(element))))
    .collect()
}

/// An address as a record; null where there is none.
fn address(element: Option<&Element>) -> Value {
    let Some(element) = element else {
        return Value::Null;
    };
    let state = element.child("state").cloned().unwrap_or_default();
    let mut parts: Map<String, Value> = [
        ("company_name", "companyName"),
        ("first_name", "firstName"),
        ("last_name", "lastName"),
        ("email", "email"),
        ("phone", "phone"),
        ("address_line_1", "addressLine1"),
        ("address_line_2", "addressLine2"),
        ("address_line_3", "addressLine3"),
        ("city", "city"),
        ("postal_code", "postalCode"),
        ("country", "country"),
    ]
    .into_iter()
    .map(|(name, wire)| (name.to_owned(), some(element.text_of(wire))))
    .collect();
    let code = some(state.attribute("abbreviation"));
    let name = match some(&state.text) {
        Value::Null => code.clone(),
        name => name,
    };
    parts.insert("state".to_owned(), name);
    parts.insert("state_code".to_owned(), code);
    Value::Object(parts)
}

fn note(document: &Element, kind: &str) -> Value {
    let notes = document
        .all("note")
        .filter(|note| note.attribute("type").eq_ignore_ascii_case(kind));
    let texts: Vec<&str> = notes
        .map(|note| note.text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    some(&texts.join("\n"))
}

/// What happened to a document.
struct Events {
    /// What, when, and who.
    all: Vec<(String, i64, Value)>,
}

impl Events {
    fn of(document: &Element) -> Self {
        let event = |event: &Element| {
            let at = date::parse_instant(event.attribute("when"))?;
            let user = event.child("user");
            let by = user.map_or(Value::Null, |user| some(user.text_of("email")));
            Some((event.attribute("type").to_lowercase(), at, by))
        };
        Self {
            all: document.all("event").filter_map(event).collect(),
        }
    }

    fn last(&self, kind: &str) -> Option<&(String, i64, Value)> {
        let fitting = self.all.iter().filter(|(of, ..)| of == kind);
        fitting.max_by_key(|(_, at, _)| *at)
    }

    fn first(&self, kind: &str) -> Option<&(String, i64, Value)> {
        let fitting = self.all.iter().filter(|(of, ..)| of == kind);
        fitting.min_by_key(|(_, at, _)| *at)
    }

    /// The last change; of what was never changed, whatever happened last.
    fn changed(&self) -> Option<&(String, i64, Value)> {
        self.last("modified")
            .or_else(|| self.all.iter().max_by_key(|(_, at, _)| *at))
    }

    fn changed_ms(&self) -> Option<i64> {
        self.changed().map(|(_, at, _)| *at)
    }

    fn fields(&self) -> Fields {
        let at = |event: Option<&(String, i64, Value)>| {
            event.map_or(Value::Null, |(_, ms, _)| json!(date::instant(*ms)))
        };
        let by =
            |event: Option<&(String, i64, Value)>| event.map_or(Value::Null, |(.., by)| by.clone());
        vec![
            ("created_at", at(self.first("created"))),
            ("created_by", by(self.first("created"))),
            ("ordered_at", at(self.last("ordered"))),
            ("modified_at", at(self.changed())),
            ("modified_by", by(self.changed())),
        ]
    }
}

fn line(element: &Element, settings: &Settings) -> Value {
    let mut body = article(element);
    let external_id = assumed::external_id(element, settings.external_system());
    let product_id = product::id_of(&body, &external_id);
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("id", json!(element.attribute("lineItemId").trim()));
    put("number", some(element.attribute("lineItemNumber")));
    put("position", whole(element.attribute("lineOrder")));
    put("product_id", product_id.map_or(Value::Null, |id| json!(id)));
    put("external_id", external_id);
    put("status", some(element.text_of("status")));
    let quantity = element.child("quantity").cloned().unwrap_or_default();
    let (whole, cancelled) = (
        amount(&quantity.text),
        amount(quantity.attribute("cancelled")),
    );
    let left = left_of(&whole, &cancelled);
    put("quantity", whole);
    put("quantity_cancelled", cancelled);
    let price = decimal::parse(&amount(element.text_of("price")));
    let worth = left
        .zip(price)
        .and_then(|(left, price)| left.checked_mul(price));
    put("quantity_left", text_of(left));
    put("amount", text_of(worth));
    put("note", some(element.text_of("note")));
    put("cost_center", some(element.text_of("costCenter")));
    let shipping = element.child("shipping");
    let shipped = |name: &str| shipping.map_or(Value::Null, |by| some(by.text_of(name)));
    put("shipping_carrier", shipped("carrier"));
    put("shipping_service", shipped("service"));
    let numbers: Vec<&str> = element
        .all("serialNumber")
        .map(|number| number.text.trim())
        .collect();
    put("serial_numbers", some(&numbers.join(", ")));
    put(
        "custom_fields",
        Value::Object(assumed::custom_fields(element)),
    );
    Value::Object(body)
}

fn text_of(number: Option<Decimal>) -> Value {
    number.map_or(Value::Null, |number| json!(number.to_string()))
}

fn left_of(quantity: &Value, cancelled: &Value) -> Option<Decimal> {
    let cancelled = decimal::parse(cancelled).unwrap_or_default();
    decimal::parse(quantity)?.checked_sub(cancelled)
}

/// What a line tells of its article.
fn article(element: &Element) -> Map<String, Value> {
    let maker = element.child("manufacturer").cloned().unwrap_or_default();
    let supplied: Vec<&Element> = element.all("supplierProduct").collect();
    let chosen = supplied
        .iter()
        .find(|one| flag(one.attribute("selected")) == json!(true))
        .or(supplied.first());
    let of_chosen = |name: &str| chosen.map_or("", |chosen| chosen.text_of(name));
    let supplier = chosen.and_then(|chosen| chosen.child("supplier"));
    let text = |name: &str| some(element.text_of(name));
    [
        ("product_type", some(element.attribute("productType"))),
        ("manufacturer", some(&maker.text)),
        ("manufacturer_id", some(maker.attribute("manufacturerId"))),
        ("part_number", text("partNumber")),
        ("description", text("descriptionLine1")),
        ("description_2", text("descriptionLine2")),
        ("category", text("category")),
        ("sub_category", text("subCategory")),
        ("upc", text("upc")),
        ("dropship", flag(element.text_of("dropship"))),
        ("taxable", flag(element.text_of("taxable"))),
        ("cost", amount(element.text_of("cost"))),
        ("price", amount(element.text_of("price"))),
        ("weight", amount(element.text_of("weight"))),
        (
            "supplier",
            supplier.map_or(Value::Null, |supplier| some(&supplier.text)),
        ),
        (
            "supplier_account_number",
            supplier.map_or(Value::Null, |supplier| {
                some(supplier.attribute("accountNumber"))
            }),
        ),
        ("supplier_sku", some(of_chosen("SKU"))),
        ("msrp", amount(of_chosen("MSRP"))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The carrier and service of the first line that has any.
fn first_shipping(lines: &[Value]) -> (Value, Value) {
    let of = |line: &Value| {
        (
            line["shipping_carrier"].clone(),
            line["shipping_service"].clone(),
        )
    };
    lines
        .iter()
        .map(of)
        .find(|found| *found != (Value::Null, Value::Null))
        .unwrap_or_default()
}
