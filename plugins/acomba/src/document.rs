//! The kinds of documents. Acomba keeps them all as `Transaction`, told apart by their type, so one
//! shape fits them all: what a flow does with a quote it can do with an invoice.
//!
//! A quote that becomes an order is another document. Nothing on the wire names the one it came
//! from: the old one is no longer active, and customer and reference are what both may have in common.

use crate::assumed;
use crate::card::Access;
use liaison_sdk::prelude::*;

/// What the SDK calls a document.
pub const INTERFACE: &str = "Transaction";

/// One kind of document.
pub struct DocumentKind {
    /// What we call it.
    pub entity: &'static str,
    /// Its `InInvoiceType`.
    pub of_type: &'static str,
    /// The property of a line that holds how many: an order has not invoiced anything yet.
    pub quantity: &'static str,
    /// An invoice is added and never changed; the others are only followed, because they are Acomba's.
    pub access: Access,
}

/// An invoice.
pub const INVOICE: DocumentKind = DocumentKind {
    entity: "invoice",
    of_type: "ITp_Invoice",
    quantity: "ILInvoicedQty",
    access: Access::Full,
};

/// All of them.
pub const KINDS: [&DocumentKind; 5] = [
    &INVOICE,
    &ordered("quote", assumed::QUOTE_TYPE),
    &ordered("order", assumed::ORDER_TYPE),
    &ordered("open_order", assumed::OPEN_ORDER_TYPE),
    &ordered("contract", assumed::CONTRACT_TYPE),
];

const fn ordered(entity: &'static str, of_type: &'static str) -> DocumentKind {
    DocumentKind {
        entity,
        of_type,
        quantity: "ILOrderedQty",
        access: Access::Followed,
    }
}

/// The fields of a document.
pub const FIELDS: [&str; 18] = [
    "id",
    "type",
    "number",
    "prefix",
    "customer_id",
    "invoiced_to_id",
    "salesperson_number",
    "reference",
    "description",
    "date",
    "active",
    "discount",
    "subtotal",
    "total",
    "freight",
    "lines",
    "taxes",
    "modified_at",
];

/// The schema's fields. Of a kind that is only followed, nothing can be written.
pub fn schema_fields(kind: &DocumentKind) -> Vec<schema::Field> {
    let fields = header();
    match kind.access {
        Access::Full => fields,
        _ => fields.into_iter().map(schema::Field::read_only).collect(),
    }
}

fn header() -> Vec<schema::Field> {
    vec![
        schema::id("id"),
        schema::one_of("type", &KINDS.map(|kind| kind.entity))
            .read_only()
            .title("Kind of document"),
        schema::string("number")
            .read_only()
            .title("Number")
            .description("Acomba gives it."),
        schema::string("prefix").read_only().title("Prefix"),
        schema::reference("customer_id", "customer").title("Customer"),
        schema::reference("invoiced_to_id", "customer")
            .read_only()
            .title("Invoiced to"),
        schema::string("salesperson_number")
            .read_only()
            .title("Salesperson"),
        schema::string("reference")
            .title("Reference")
            .description("The other system's number: by it a lost answer is found again."),
        schema::string("description").title("Description"),
        schema::date("date").title("Date"),
        schema::boolean("active")
            .read_only()
            .title("Active")
            .description("No longer, once it has become a document of another kind."),
        schema::decimal("discount")
            .read_only()
            .title("Discount (%)"),
        schema::decimal("subtotal").title("Total before taxes"),
        schema::decimal("total").title("Total"),
        schema::decimal("freight").title("Freight"),
        schema::list("lines", &line()).title("Lines"),
        schema::list("taxes", &tax()).title("Taxes"),
        schema::instant("modified_at").read_only().title("Modified"),
    ]
}

fn line() -> [schema::Field; 9] {
    [
        schema::one_of("kind", &["product", "comment"]).title("Kind"),
        schema::string("product_number").title("Product"),
        schema::reference("product_id", "product")
            .read_only()
            .title("Product (card)"),
        schema::string("group_number").title("Product group"),
        schema::reference("group_id", "product_group")
            .read_only()
            .title("Product group (card)"),
        schema::string("description")
            .title("Description")
            .description(
                "Of any length: what is longer than 90 characters goes on in comment lines.",
            ),
        schema::decimal("quantity").title("Quantity"),
        schema::decimal("price").title("Unit price"),
        schema::decimal("amount").title("Amount"),
    ]
}

fn tax() -> [schema::Field; 2] {
    [
        schema::string("code").title("Tax"),
        schema::decimal("amount").title("Amount"),
    ]
}

/// The types of these documents that are none of ours, once each: a name that was assumed wrongly
/// would show here, and nowhere else.
pub fn strange_types(documents: &[Value]) -> Vec<&str> {
    let ours = |name: &&str| {
        *name == assumed::CREDIT_TYPE || KINDS.iter().any(|kind| kind.of_type == *name)
    };
    let mut strange: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["InInvoiceType"].as_str())
        .filter(|name| !ours(name))
        .collect();
    strange.sort_unstable();
    strange.dedup();
    strange
}
