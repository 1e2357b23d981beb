//! Many records, for benchmarks and for the 500-record cap: the same ones each time, lean in memory.

use std::sync::Arc;

use serde_json::{Value, json};

use super::book::Books;
use super::customer::{Contact, Customer};
use super::document::{Document, DocumentType, Line, Product};
use super::seed::put_document;
use crate::simulator::NowMs;

pub struct Documents {
    pub kind: DocumentType,
    pub count: u64,
    pub lines: u64,
    pub from: u64,
    /// The last one was created now, the others one after another before it, so many seconds apart.
    pub every_s: i64,
}

/// Documents `Q-B000001` (or `SO-B000001`) and on, to the customers in turn. Lines share the products of the
/// catalogue.
pub fn documents(books: &mut Books, wanted: &Documents, now: NowMs) -> Result<Value, String> {
    let buyers: Vec<(u64, u64)> = books
        .customers
        .values()
        .filter(|customer| customer.active)
        .filter_map(|customer| {
            let mut contacts = customer.contacts.iter().filter(|contact| contact.active);
            Some((customer.customer_id, contacts.next()?.contact_id))
        })
        .collect();
    let products: Vec<Arc<Product>> = books
        .products
        .values()
        .filter(|product| ["Hardware", "Software"].contains(&product.product_type.as_str()))
        .cloned()
        .collect();
    let active = |kind: &str| -> Vec<_> {
        let rows = books.rows(kind).iter();
        rows.filter(|row| row.active).cloned().collect()
    };
    let (people, terms) = (active("personnel"), active("paymentTerms"));
    if buyers.is_empty() || products.is_empty() || people.is_empty() || terms.is_empty() {
        return Err(
            "needs customers with contacts, products, personnel and payment terms".to_owned(),
        );
    }
    let letters = match wanted.kind {
        DocumentType::Quote => "Q",
        DocumentType::SalesOrder => "SO",
    };
    let (mut first, mut last) = (None, None);
    for n in wanted.from..wanted.from + wanted.count {
        let (customer_id, contact_id) = *pick(&buyers, n);
        let seller = &pick(&people, n).email;
        let mut document = Document {
            document_number: format!("{letters}-B{n:06}"),
            document_type: wanted.kind,
            stage: "proposal".to_owned(),
            probability: 50,
            description: format!("Lot {n}"),
            customer_id,
            contact_id: Some(contact_id),
            sales_person: seller.clone(),
            payment_terms: pick(&terms, n).name.clone(),
            ..Document::default()
        };
        document
            .lines
            .reserve_exact(usize::try_from(wanted.lines).unwrap_or_default());
        for at in 0..wanted.lines {
            let product = pick(&products, n * 7 + at);
            document.add_line(Line {
                quantity: (1 + (n + at) % 5).into(),
                cost: product.cost,
                price: product.price,
                product: Arc::clone(product),
                ..Line::default()
            });
        }
        let later = i64::try_from(wanted.from + wanted.count - 1 - n).unwrap_or_default();
        document.event("created", seller, now - later * wanted.every_s * 1000);
        let id = put_document(books, document, now)?;
        first.get_or_insert(id);
        last = Some(id);
    }
    Ok(json!({ "firstId": first, "lastId": last }))
}

/// Customers `Client B000001 inc.` and on, a contact each.
pub fn customers(books: &mut Books, count: u64, from: u64, now: NowMs) -> Result<Value, String> {
    let (mut first, mut last) = (None, None);
    for n in from..from + count {
        let contact = Contact {
            primary: true,
            first_name: "Camille".to_owned(),
            last_name: format!("Tremblay {n}"),
            email: format!("info@{n}.example"),
            work_phone: format!("418 555-{:04}", n % 10_000),
            ..Contact::default()
        };
        let customer = Customer {
            customer_number: format!("CB{n:06}"),
            company_name: format!("Client B{n:06} inc."),
            phone: format!("418 555-{:04}", n % 10_000),
            contacts: vec![contact],
            ..Customer::default()
        };
        let id = books.add_customer(customer, now)?;
        first.get_or_insert(id);
        last = Some(id);
    }
    Ok(json!({ "firstId": first, "lastId": last }))
}

/// In turn.
fn pick<T>(all: &[T], n: u64) -> &T {
    &all[usize::try_from(n).unwrap_or_default() % all.len()]
}
