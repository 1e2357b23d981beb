//! Products: no list of them can be asked for, so they are what stands on documents.
//!
//! A product's id is its manufacturer and part number, so that it is one product on however many documents. On
//! which document it was last seen is remembered, and there it is read again.

use crate::document::Document;
use crate::entity::PRODUCT;
use crate::envelope::Kind;
use crate::value::text_in;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A native id has so many bytes.
const ID_BYTES_MAX: usize = 256;
/// Stands between manufacturer and part number.
const BETWEEN: char = '|';

/// The fields that a product has from its line.
const ARTICLE: [&str; 18] = [
    "product_type",
    "manufacturer",
    "manufacturer_id",
    "part_number",
    "description",
    "description_2",
    "category",
    "sub_category",
    "upc",
    "dropship",
    "taxable",
    "cost",
    "price",
    "weight",
    "supplier",
    "supplier_account_number",
    "supplier_sku",
    "msrp",
];

/// The id of a line's product. What came from another system is none of ours, and what has no part number is none.
pub fn id_of(article: &Map<String, Value>, external_id: &Value) -> Option<String> {
    let part = text_in(article, "part_number");
    if part.is_empty() || !external_id.is_null() {
        return None;
    }
    let plain = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_uppercase().replace(BETWEEN, "/")
    };
    let id = format!(
        "{}{BETWEEN}{}",
        plain(text_in(article, "manufacturer")),
        plain(part)
    );
    (id.len() <= ID_BYTES_MAX && !id.chars().any(char::is_control)).then_some(id)
}

/// The part number of an id.
fn part_of(id: &str) -> &str {
    id.split_once(BETWEEN).map_or(id, |(_, part)| part)
}

/// The products on a document, each once: the first line that has it speaks for it.
pub fn on(document: &Document, kind: Kind) -> Vec<Entry> {
    let mut seen = BTreeSet::new();
    let mut products = Vec::new();
    for line in document.lines() {
        let Some(id) = line["product_id"].as_str().filter(|id| seen.insert(*id)) else {
            continue;
        };
        let article = ARTICLE.map(|name| (name.to_owned(), line[name].clone()));
        let mut body: Map<String, Value> = article.into_iter().collect();
        body.insert("id".to_owned(), json!(id));
        body.insert("number".to_owned(), line["part_number"].clone());
        body.insert("document_type".to_owned(), json!(kind.entity()));
        body.insert("document_number".to_owned(), json!(document.number));
        body.insert(
            "modified_at".to_owned(),
            document.body["modified_at"].clone(),
        );
        products.push(Entry {
            id: id.to_owned(),
            version: None,
            deleted: false,
            body: Value::Object(body).to_string(),
            ext: Vec::new(),
        });
    }
    products
}

/// Keys of the memory, and the bytes of one: some twenty thousand products have room.
const SHELVES: u32 = 32;
const SHELF_BYTES_MAX: usize = 24 << 10;

fn key(id: &str) -> String {
    // FNV-1a: the same in every version of the connector.
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    shelf(hash % SHELVES)
}

fn shelf(number: u32) -> String {
    format!("{PRODUCT}-{number:02}")
}

/// Product and the document it was seen on, the longest ago first.
fn load(host: &dyn Host, key: &str) -> Vec<(String, String)> {
    let text = host.memory_get(key).unwrap_or_default();
    let text = String::from_utf8(text).unwrap_or_default();
    let pair = |line: &str| {
        let (id, place) = line.split_once('\t')?;
        Some((id.to_owned(), place.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// Remembers on which documents products stand.
pub fn remember(host: &dyn Host, kind: Kind, documents: &[Document]) {
    let mut news: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for document in documents.iter().filter(|document| !document.deleted) {
        let ids = document.lines().iter();
        for id in ids.filter_map(|line| line["product_id"].as_str()) {
            news.entry(key(id))
                .or_default()
                .insert(id.to_owned(), place(kind, &document.number));
        }
    }
    for (key, news) in news {
        let mut known = load(host, &key);
        let before = known.clone();
        known.retain(|(id, place)| news.get(id).is_none_or(|newer| newer == place));
        let fresh: Vec<(String, String)> = news
            .into_iter()
            .filter(|(id, _)| !known.iter().any(|(one, _)| one == id))
            .collect();
        known.extend(fresh);
        if known == before {
            continue;
        }
        let size = |(id, place): &(String, String)| id.len() + place.len() + 2;
        let mut bytes: usize = known.iter().map(size).sum();
        let mut from = 0;
        while bytes > SHELF_BYTES_MAX {
            bytes -= size(&known[from]);
            from += 1;
        }
        let lines = known[from..]
            .iter()
            .map(|(id, place)| format!("{id}\t{place}\n"));
        let text: String = lines.collect();
        if let Err(words) = host.memory_set(&key, text.as_bytes()) {
            host.debug(&format!("products are not remembered: {words}"));
        }
    }
}

fn place(kind: Kind, number: &str) -> String {
    let letter = match kind {
        Kind::Quote => 'Q',
        Kind::SalesOrder => 'S',
    };
    format!("{letter}{number}")
}

/// The document on which a product was last seen.
pub fn seen_on(host: &dyn Host, id: &str) -> Option<(Kind, String)> {
    let known = load(host, &key(id));
    let (_, place) = known.into_iter().find(|(one, _)| one == id)?;
    let kind = match place.chars().next()? {
        'Q' => Kind::Quote,
        _ => Kind::SalesOrder,
    };
    Some((kind, place[1..].to_owned()))
}

/// The ids of the products that were seen with a part number.
pub fn numbered(host: &dyn Host, part: &str) -> Vec<String> {
    let wanted = part.trim().to_uppercase();
    let all = (0..SHELVES).flat_map(|number| load(host, &shelf(number)));
    all.map(|(id, _)| id)
        .filter(|id| !wanted.is_empty() && part_of(id) == wanted)
        .collect()
}
