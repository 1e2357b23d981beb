//! Every entity by its id, the company by an id that is the same everywhere, custom fields whatever their case.

use super::office::{host, Company, Node, Office, Record};
use super::FILE;
use crate::table::{Shape, Table};
use crate::tables::TABLES;
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

const ID: &str = "80000021-1405768916";

fn query(field: &str, value: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), json!(value).to_string())]
}

/// A company with one record of each of its kinds, and the id of that of this entity.
fn with_one(table: &Table) -> (Company, &'static str) {
    let mut company = Company::new();
    let id = match table.shape {
        Shape::Single => "company",
        Shape::Definitions => "FO Code",
        _ => ID,
    };
    // What is told of a list has a name there, and so a `ListID`.
    let name = table.is_list().then(|| Node::leaf("Name", "Bolt"));
    for (n, id) in [ID, "80000022-1405768916"].into_iter().enumerate() {
        company.records.push(Record {
            id: id.to_owned(),
            sequence: n as u32 + 1,
            kind: table.variants[0].wire.to_owned(),
            node: Node {
                children: name.clone().into_iter().collect(),
                ..Node::default()
            },
            custom: BTreeMap::new(),
        });
    }
    (company, id)
}

#[test]
fn every_entity_is_found_by_its_id() {
    for table in TABLES {
        let (mut company, id) = with_one(table);
        let host = host(json!({}));
        let office = Office::new(&host);
        let queries = [
            query("id", id),
            query("id", "80000099-1"),
            query("id", "no id of theirs, for it is longer than 36"),
            query("id", "é"),
            query("id", ""),
            query("id", id),
        ];
        let found = office.carried_out(&mut company, "M1", |host| {
            QuickBooksDesktop.find(host, table.entity, &queries)
        });
        let ids: Vec<Vec<String>> = found
            .unwrap()
            .into_iter()
            .map(|list| list.into_iter().map(|entry| entry.id).collect())
            .collect();
        let (one, none) = (vec![id.to_owned()], Vec::new());
        assert_eq!(
            ids,
            [&one, &none, &none, &none, &none, &one].map(Clone::clone),
            "{}",
            table.entity
        );
    }
}

#[test]
fn the_company_is_read_by_the_id_company_and_tells_the_files_own() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let ids = ["company", FILE, "company"].map(str::to_owned);
    let read = office.carried_out(&mut company, "M1", |host| {
        QuickBooksDesktop.read(host, "company", &ids)
    });
    let told: Vec<Option<Value>> = read
        .unwrap()
        .into_iter()
        .map(|entry| entry.map(|entry| filter::value(&entry.body)))
        .collect();
    assert!(told[0].is_some() && told[1].is_none() && told[2] == told[0]);
    let body = told[0].as_ref().unwrap();
    assert_eq!(
        (&body["id"], &body["country"], &body["file_id"]),
        (&json!("company"), &json!("US"), &json!(FILE))
    );
    // A walk tells the same id, so that no record is taken for another.
    let page = office.carried_out(&mut company, "M2", |host| {
        QuickBooksDesktop.changes(host, "company", None, &[], 100)
    });
    assert_eq!(page.unwrap().entries[0].id, "company");
    let manifest = QuickBooksDesktop.describe();
    let entity = manifest.entities.iter().find(|e| e.name == "company");
    let schema = filter::value(&entity.unwrap().schema);
    let words = schema["properties"]["id"]["description"].as_str().unwrap();
    assert!(words.contains("`company`"), "{words}");
}

#[test]
fn a_custom_field_is_found_whatever_its_case_and_by_its_small_letters() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let queries = [
        query("name", "FO Code"),
        // A check says that only the capitals differ, and so must see the other one.
        query("name", "fo code"),
        query("name", "fo cod"),
        query("lower_name", "fo code"),
        query("lower_name", "fo cod"),
    ];
    let found = office.carried_out(&mut company, "M1", |host| {
        QuickBooksDesktop.find(host, "custom_field", &queries)
    });
    let names: Vec<Vec<Value>> = found
        .unwrap()
        .iter()
        .map(|list| list.iter().map(|e| filter::value(&e.body)).collect())
        .collect();
    let counts: Vec<usize> = names.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 1, 0, 1, 0]);
    assert_eq!(
        (&names[1][0]["name"], &names[1][0]["lower_name"]),
        (&json!("FO Code"), &json!("fo code"))
    );
}
