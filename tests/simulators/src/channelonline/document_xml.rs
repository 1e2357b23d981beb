//! One document in a reply. Elements that hold nothing are left out, but for those that a client must tell
//! apart from absent ones.

use rust_decimal::Decimal;

use super::assumed;
use super::book::Books;
use super::customer::Customer;
use super::document::{Document, Line};
use super::switches::Switches;
use super::time;
use super::wire::{Xml, flag};

/// What `state` says in words beside its abbreviation.
const STATES: [(&str, &str); 8] = [
    ("AB", "Alberta"),
    ("BC", "British Columbia"),
    ("NB", "Nouveau-Brunswick"),
    ("NY", "New York"),
    ("ON", "Ontario"),
    ("QC", "Québec"),
    ("TX", "Texas"),
    ("VT", "Vermont"),
];

pub fn write(document: &Document, books: &Books, switches: &Switches, xml: &mut Xml) {
    let (id, revision) = (
        document.document_id.to_string(),
        document.revision_number.to_string(),
    );
    let attributes: [(&str, &str); 4] = [
        ("documentId", id.as_str()),
        ("documentNumber", &document.document_number),
        ("documentType", document.document_type.shown()),
        ("revisionNumber", &revision),
    ];
    xml.open("document", &attributes);
    xml.leaf("status", &document.status);
    xml.some("stage", &document.stage);
    xml.leaf("probability", &document.probability.to_string());
    xml.flag("deleted", document.deleted);
    xml.some("description", &document.description);
    for event in &document.events {
        let when = time::with_offset(event.when, &books.zone);
        xml.open("event", &[("type", &event.kind), ("when", &when)]);
        person("user", &event.user, books, xml);
        xml.close("event");
    }
    let customer = books.customers.get(&document.customer_id);
    if let Some(customer) = customer {
        head_of_customer(customer, xml);
    }
    person("salesPerson", &document.sales_person, books, xml);
    person("accountManager", &document.account_manager, books, xml);
    if !document.purchase_order.is_empty() {
        xml.open("payment", &[]);
        xml.leaf("PONumber", &document.purchase_order);
        xml.close("payment");
    }
    if let Some(customer) = customer {
        place("billTo", "billing", document, customer, xml);
        place("shipTo", "shipping", document, customer, xml);
    }
    for note in &document.notes {
        let odd = if switches.control_characters {
            "\u{b}"
        } else {
            ""
        };
        let text = format!("{}{odd}", note.text);
        xml.leaf_with("note", &[("type", &note.kind)], &text);
    }
    let totals = document.totals(customer.map_or(Decimal::ZERO, |customer| customer.tax_rate));
    for (name, amount) in [
        ("totalItemCost", totals.cost),
        ("subTotal", totals.sub_total),
        ("tax", totals.tax),
        ("shippingHandling", document.shipping_handling),
        ("miscAmount", document.misc_amount),
        ("total", totals.total),
    ] {
        xml.leaf(name, &money(amount));
    }
    assumed::document_extras(document, switches, xml);
    xml.open("itemList", &[]);
    for (at, line) in document.lines.iter().enumerate() {
        product(document, line, at + 1, switches, xml);
    }
    xml.close("itemList");
    xml.close("document");
}

/// Two decimals, or as many as a unit price has.
fn money(amount: Decimal) -> String {
    let amount = amount.normalize();
    if amount.scale() > 2 {
        amount.to_string()
    } else {
        format!("{amount:.2}")
    }
}

fn person(name: &str, email: &str, books: &Books, xml: &mut Xml) {
    if email.is_empty() {
        return;
    }
    let (first, last) = books.person(email);
    xml.open(name, &[]);
    xml.leaf("firstName", &first);
    xml.leaf("lastName", &last);
    xml.leaf("email", email);
    xml.close(name);
}

fn head_of_customer(customer: &Customer, xml: &mut Xml) {
    xml.open("customer", &[("customerNumber", &customer.customer_number)]);
    xml.leaf("companyName", &customer.company_name);
    if !customer.terms.is_empty() {
        xml.open("terms", &[]);
        xml.leaf("description", &customer.terms);
        xml.close("terms");
    }
    xml.some("priceProfile", &customer.price_profile);
    xml.open("tax", &[]);
    xml.leaf("rate", &customer.tax_rate.normalize().to_string());
    xml.close("tax");
    xml.close("customer");
}

fn place(name: &str, kind: &str, document: &Document, customer: &Customer, xml: &mut Xml) {
    let contact = document.contact_id.and_then(|id| customer.contact(id));
    xml.open(name, &[]);
    xml.leaf("companyName", &customer.company_name);
    if let Some(contact) = contact {
        xml.some("firstName", &contact.first_name);
        xml.some("lastName", &contact.last_name);
    }
    if let Some(address) = customer.address(kind) {
        xml.some("addressLine1", &address.line1);
        xml.some("addressLine2", &address.line2);
        xml.some("city", &address.city);
        if !address.state.is_empty() {
            let mut states = STATES.iter();
            let known = states.find(|(short, _)| *short == address.state);
            let word = known.map_or(address.state.as_str(), |(_, word)| word);
            xml.leaf_with("state", &[("abbreviation", &address.state)], word);
        }
        xml.some("postalCode", &address.postal_code);
        xml.some("country", &address.country);
    }
    xml.close(name);
}

fn product(document: &Document, line: &Line, number: usize, switches: &Switches, xml: &mut Xml) {
    let product = &line.product;
    let (id, number) = (line.line_item_id.to_string(), number.to_string());
    let attributes: [(&str, &str); 4] = [
        ("lineItemId", id.as_str()),
        ("lineItemNumber", &number),
        ("lineOrder", &number),
        ("productType", &product.product_type),
    ];
    xml.open("product", &attributes);
    xml.some("status", &line.status);
    if !product.manufacturer.is_empty() {
        let id = [("manufacturerId", product.manufacturer_id.as_str())];
        let id = if product.manufacturer_id.is_empty() {
            &[][..]
        } else {
            &id[..]
        };
        xml.leaf_with("manufacturer", id, &product.manufacturer);
    }
    xml.some("partNumber", &product.part_number);
    xml.some("descriptionLine1", &product.description_line1);
    xml.some("descriptionLine2", &product.description_line2);
    xml.some("category", &product.category);
    xml.some("subCategory", &product.sub_category);
    xml.some("upc", &product.upc);
    xml.flag("dropship", product.dropship);
    xml.flag("taxable", product.taxable);
    xml.leaf("cost", &money(line.cost));
    xml.leaf("price", &money(line.price));
    let cancelled = line.cancelled.normalize().to_string();
    let quantity = line.quantity.normalize().to_string();
    xml.leaf_with("quantity", &[("cancelled", &cancelled)], &quantity);
    if !product.weight.is_zero() {
        xml.leaf("weight", &product.weight.normalize().to_string());
    }
    xml.some("note", &line.note);
    xml.some("costCenter", &line.cost_center);
    custom_fields(&line.custom_fields, xml);
    let head = (!switches.shipping_in_head)
        .then_some(document.shipping_method.as_ref())
        .flatten();
    if let Some(shipping) = line.shipping.as_deref().or(head) {
        xml.open("shipping", &[]);
        xml.leaf("carrier", &shipping.carrier);
        xml.leaf("service", &shipping.service);
        xml.close("shipping");
    }
    if let Some(supplier) = &product.supplier {
        xml.open("supplierProduct", &[("selected", flag(true))]);
        let account = [("accountNumber", supplier.account_number.as_str())];
        xml.leaf_with("supplier", &account, &supplier.name);
        xml.leaf("SKU", &supplier.sku);
        xml.leaf("inventory", &supplier.inventory.to_string());
        xml.leaf("MSRP", &money(supplier.msrp));
        xml.close("supplierProduct");
    }
    for serial in &line.serial_numbers {
        xml.leaf("serialNumber", serial);
    }
    assumed::line_extras(line, xml);
    xml.close("product");
}

/// The real form on lines; on documents it is assumed.
pub fn custom_fields(fields: &std::collections::BTreeMap<String, String>, xml: &mut Xml) {
    if fields.is_empty() {
        return;
    }
    xml.open("customFields", &[]);
    for (name, value) in fields {
        xml.leaf_with("customField", &[("name", name)], value);
    }
    xml.close("customFields");
}
