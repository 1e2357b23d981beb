//! Every message this connector can emit is valid by the public schema of qbXML 13.0: thousands, made at random.
//!
//! The schema and `xmllint` are not part of the product. Where one is missing this says so, and proves nothing.

use crate::adjust::adjustment;
use crate::emit::{record, Message};
use crate::field::{snake, Field, Kind, Lines, ADD, MOD};
use crate::message::{document, request, OnError, SetIds};
use crate::question::{deleted, Question};
use crate::table::{named, Table};
use crate::tables::TABLES;
use crate::xml::parse;
use liaison_sdk::prelude::*;
use std::path::PathBuf;
use std::process::Command;

const MESSAGES: usize = 6_000;
/// How many of them change stock.
const STOCKS: usize = 400;

/// Dice that always fall the same way.
struct Dice(u64);

impl Dice {
    fn next(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides.max(1)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.next(of.len())]
    }

    fn text(&mut self, max: usize, prose: bool) -> String {
        let letters: &[&str] = match prose {
            true => &[
                "a", "Z", " ", "&", "<", ">", "\"", "'", "é", "€", "\n", "\r", "\t", "\u{1}", "丸",
                "😀", "]]>", "0",
            ],
            false => &["a", "Z", " ", "&", "<", ">", "\"", "'", "é", "€", "7"],
        };
        let length = match (prose, self.next(4)) {
            (true, 0) => max + 5,
            (_, 1) => max,
            _ => self.next(max.min(12)) + 1,
        };
        let mut text = String::from("x");
        while text.chars().count() < length {
            let letter: &str = self.one::<&str>(letters);
            text += letter;
        }
        text.chars().take(length.max(1)).collect()
    }

    fn decimal(&mut self, places: usize) -> String {
        let sign = self.one(&["", "-"]).to_string();
        let whole = self.next(9_999_999);
        match places {
            0 => format!("{sign}{whole}"),
            places => format!(
                "{sign}{whole}.{:0places$}",
                self.next(10_usize.pow(places as u32))
            ),
        }
    }

    fn value(&mut self, field: &Field) -> Value {
        match field.kind {
            Kind::Text(max) if field.wire == "Name" => json!(self
                .text(if max == 0 { 30 } else { max as usize }, false)
                .replace(':', "-")),
            Kind::Text(max) => {
                let max = if max == 0 { 40 } else { max as usize };
                json!(self.text(max, field.prose))
            }
            Kind::Flag => json!(self.next(2) == 0),
            Kind::Whole => json!(self.next(1_000)),
            Kind::Day => json!(format!(
                "2026-{:02}-{:02}",
                self.next(12) + 1,
                self.next(28) + 1
            )),
            Kind::Amount => {
                let places = self.next(3);
                json!(self.decimal(places))
            }
            Kind::Quantity => {
                let places = self.next(6);
                json!(self.decimal(places))
            }
            Kind::Price | Kind::Percent => {
                let places = self.next(9);
                json!(self.decimal(places))
            }
            Kind::Float => json!("1.2345"),
            Kind::Duration => json!(self.next(400_000)),
            Kind::Word(words) => json!(snake(self.one::<&str>(words))),
            Kind::Guid => json!("{0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f}"),
            Kind::Id(_) => json!(format!("{:X}-1", self.next(9_999))),
            Kind::Links(..) => (0..self.next(3)).map(|n| json!(format!("{n}-1"))).collect(),
            Kind::Custom => json!({self.text(31, false): self.text(200, false), "B": null}),
            _ => Value::Null,
        }
    }

    fn fill(&mut self, fields: &[Field], message: u8, body: &mut Map<String, Value>) {
        let mut taken: Vec<&str> = Vec::new();
        let often = self.next(4) + 1;
        for field in fields.iter().filter(|field| field.is_on(message)) {
            let needed = field.always || (field.required && message == ADD);
            let wanted = needed || self.next(5) < often;
            if !wanted || taken.contains(&field.choice) {
                continue;
            }
            if !field.choice.is_empty() {
                taken.push(field.choice);
            }
            match field.kind {
                Kind::Group(inner) | Kind::GroupMod(inner) => {
                    if field.wire == "LinkToTxn" || field.wire == "QuantityAdjustment" {
                        self.all(inner, message, body);
                    } else {
                        self.fill(inner, message, body);
                    }
                }
                Kind::Reference(_, max) => {
                    let way = self.next(3);
                    if way != 1 {
                        body.insert(
                            field.id_name(),
                            json!(format!("8000{:04X}-1405768916", self.next(9_999))),
                        );
                    }
                    if way != 0 {
                        let max = if max == 0 { 60 } else { max as usize };
                        body.insert(field.full_name(), json!(self.text(max, false)));
                    }
                }
                Kind::Lines(lines) => {
                    let list = self.lines(lines, message);
                    body.insert(field.name.to_owned(), Value::Array(list));
                }
                _ => {
                    let null = message == MOD && !field.always && self.next(6) == 0;
                    let value = if null { Value::Null } else { self.value(field) };
                    body.insert(field.name.to_owned(), value);
                }
            }
        }
    }

    /// What makes sense only together; of a choice only the first.
    fn all(&mut self, fields: &[Field], message: u8, body: &mut Map<String, Value>) {
        let mut taken: Vec<&str> = Vec::new();
        for field in fields.iter().filter(|field| field.is_on(message)) {
            if !field.choice.is_empty() && taken.contains(&field.choice) {
                continue;
            }
            taken.push(field.choice);
            let value = self.value(field);
            body.insert(field.name.to_owned(), value);
        }
    }

    fn lines(&mut self, lines: &Lines, message: u8) -> Vec<Value> {
        let mut list: Vec<Value> = Vec::new();
        for n in 0..self.next(4) + 1 {
            let mut line = Map::new();
            let group = lines.group.filter(|_| self.next(5) == 0);
            let fields = group.map_or(lines.fields, |(_, fields)| fields);
            self.fill(fields, message, &mut line);
            let must = ["item_id", "item_name"];
            let needs_item = group.is_some() || !lines.required || lines.group.is_none();
            let has_item = must.iter().any(|name| line.contains_key(*name));
            if needs_item && !has_item && fields.iter().any(|field| field.name == "item") {
                line.insert("item_id".to_owned(), json!("1-1"));
            }
            if lines
                .fields
                .iter()
                .any(|field| field.wire == "QuantityAdjustment")
                && !line.contains_key("new_quantity")
            {
                line.insert("new_quantity".to_owned(), json!("5"));
            }
            if group.is_some() {
                line.insert("kind".to_owned(), json!("group"));
            }
            if message == MOD && self.next(2) == 0 {
                let id = format!("L{n}");
                line.insert("id".to_owned(), json!(id));
                if group.is_some() {
                    list.push(Value::Object(line));
                    line = Map::new();
                    line.insert("id".to_owned(), json!(format!("G{n}")));
                    line.insert("group_line_id".to_owned(), json!(id));
                }
            }
            list.push(Value::Object(line));
        }
        list
    }

    /// A change of stock, which is a message of another entity.
    fn stock(&mut self) -> Map<String, Value> {
        let table = named("stock").unwrap();
        let mut body = Map::new();
        self.fill(table.variants[0].fields, MOD, &mut body);
        let places = self.next(6);
        body.insert("quantity".to_owned(), json!(self.decimal(places)));
        if !body.contains_key("account_id") && !body.contains_key("account_name") {
            body.insert("account_name".to_owned(), json!(self.text(159, false)));
        }
        body
    }

    fn question(&mut self, table: &Table) -> Question {
        let mut question = Question::default();
        let text = || Some("2026-03-05T10:00:00".to_owned());
        let some = |dice: &mut Self| dice.next(2) == 0;
        let ids = |dice: &mut Self| {
            (0..dice.next(4) + 1)
                .map(|n| format!("{n}-1"))
                .collect::<Vec<_>>()
        };
        match self.next(6) {
            0 => question.ids = ids(self),
            1 if table.is_list() => question.names = vec![self.text(40, false)],
            2 if table.shape == crate::table::Shape::Transaction => question.numbers = ids(self),
            _ => {
                question.page = some(self).then_some(100);
                question.iterator =
                    (question.page.is_some() && some(self)).then(|| "{0-1}".to_owned());
                question.from = some(self).then(text).flatten();
                question.to = some(self).then(text).flatten();
                question.date_from = some(self).then(|| "2026-01-01".to_owned());
                question.date_to = some(self).then(|| "2026-02-01".to_owned());
                question.name_part = some(self).then(|| "a&b".to_owned());
                question.active = some(self).then_some(true);
                if some(self) {
                    question.owners = ids(self);
                }
                if some(self) {
                    question.elements = vec!["ListID", "Name", "DataExtRet"];
                }
            }
        }
        question
    }
}

fn set_ids() -> SetIds {
    SetIds {
        new: "L0000000000000000000001".to_owned(),
        old: None,
    }
}

/// Messages, and how many bodies were refused by name instead.
fn messages() -> (Vec<String>, usize) {
    let mut dice = Dice(0x5eed_1f5e_ed1f);
    let (mut out, mut refused) = (Vec::new(), 0);
    for n in 0..STOCKS {
        let item = format!("8000{n:04X}-1405768916");
        let requests = adjustment(named("stock").unwrap(), &item, &dice.stock()).unwrap();
        assert!(requests.contains(&item));
        out.push(document(&requests, OnError::Stop, Some(&set_ids())));
    }
    let writable: Vec<_> = TABLES
        .into_iter()
        .flat_map(|table| table.variants.iter().map(move |v| (table, v)))
        .filter(|(_, v)| v.adds || v.changes)
        .collect();
    while out.len() < MESSAGES {
        if dice.next(3) == 0 {
            let table = *dice.one(&TABLES);
            let mut requests = dice.question(table).request(table, 1);
            if dice.next(3) == 0 {
                requests += &deleted(table, "2026-03-05T10:00:00", 2).unwrap_or_default();
            }
            out.push(document(&requests, OnError::Continue, None));
            continue;
        }
        let (table, variant) = *dice.one(&writable);
        let message = match dice.next(2) {
            0 if variant.adds => Message::Add,
            _ if variant.changes => Message::Mod,
            _ => continue,
        };
        let bit = if message == Message::Add { ADD } else { MOD };
        let mut body = Map::new();
        dice.fill(variant.fields, bit, &mut body);
        match record(table, variant, message, &body) {
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::Rejected, "{fault:?}");
                assert!(fault.field.is_some(), "{fault:?}");
                refused += 1;
                assert!(
                    refused < MESSAGES / 4,
                    "too many are refused: {fault:?} {body:?}"
                );
            }
            Ok(content) => {
                let (name, suffix) = (variant.wire, message.suffix());
                let id = table.id();
                let head = match message {
                    Message::Add => String::new(),
                    Message::Mod => format!("<{id}>1-1</{id}><EditSequence>17</EditSequence>"),
                };
                let named = if table.is_transaction() && message == Message::Add {
                    " defMacro=\"TxnID:new\""
                } else {
                    ""
                };
                let inner = format!("<{name}{suffix}{named}>{head}{content}</{name}{suffix}>");
                out.push(document(
                    &request(&format!("{name}{suffix}"), 1, "", &inner),
                    OnError::Stop,
                    Some(&set_ids()),
                ));
            }
        }
    }
    (out, refused)
}

fn schema() -> Option<PathBuf> {
    let places = [
        "../../../shared/vendors/schemas",
        "../../../../shared/vendors/schemas",
    ];
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = places
        .iter()
        .map(|place| here.join(place).join("qbxml-13.0/qbxmlops130.xsd"));
    found.into_iter().find(|path| path.exists())
}

#[test]
fn every_message_is_valid_by_the_public_schema() {
    let (messages, refused) = messages();
    for message in &messages {
        assert!(message.is_ascii() && parse(message).is_ok(), "{message}");
    }
    let (Some(schema), Ok(_)) = (schema(), Command::new("xmllint").arg("--version").output())
    else {
        println!("SKIPPED: xmllint or ../shared/vendors/schemas is not here; {} messages are only well-formed", messages.len());
        return;
    };
    let folder = std::env::temp_dir().join(format!("qbd-valid-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (at, message) in messages.iter().enumerate() {
        std::fs::write(folder.join(format!("{at:05}.xml")), message).unwrap();
    }
    let mut wrong = Vec::new();
    let files: Vec<PathBuf> = (0..messages.len())
        .map(|at| folder.join(format!("{at:05}.xml")))
        .collect();
    for files in files.chunks(500) {
        let output = Command::new("xmllint")
            .arg("--noout")
            .arg("--schema")
            .arg(&schema)
            .args(files)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        wrong.extend(
            words
                .lines()
                .filter(|line| !line.ends_with(" validates"))
                .map(str::to_owned),
        );
    }
    // The proof that it can fail.
    let swapped = folder.join("wrong.xml");
    std::fs::write(
        &swapped,
        document(
            "<CustomerQueryRq><OwnerID>0</OwnerID><ListID>1-1</ListID></CustomerQueryRq>",
            OnError::Stop,
            None,
        ),
    )
    .unwrap();
    let output = Command::new("xmllint")
        .arg("--noout")
        .arg("--schema")
        .arg(&schema)
        .arg(&swapped)
        .output()
        .unwrap();
    assert!(!output.status.success());
    println!(
        "{} messages valid by the public schema, {refused} bodies refused by name before",
        messages.len()
    );
    if wrong.is_empty() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} wrong, in {}:\n{}",
        wrong.len(),
        folder.display(),
        wrong
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}
