//! Creates and changes.
//!
//! Every record is a message set of its own, with its custom fields where QuickBooks allows that: the set is what it
//! remembers, and so the unit of recovery. What must be known beforehand is asked for in one set before all writes.

use crate::adjust::adjustment;
use crate::emit::{self, custom_fields, Message};
use crate::field::Field;
use crate::lookup::{entries, find, one};
use crate::message::{records, request, Outcome as Told};
use crate::parcel::{self, read_one, Given};
use crate::question::Question;
use crate::settings::Settings;
use crate::status::fault_of;
use crate::table::{self, Shape, Table, Variant};
use crate::told::{self, Telling};
use crate::xml::leaf;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which a new transaction's own message sets call it.
const MACRO: &str = "TxnID:new";

/// Carries out the operations; one outcome each.
pub fn write(
    host: &dyn Host,
    table: &'static Table,
    settings: &Settings,
    operations: &[Operation],
) -> Vec<Outcome> {
    if settings.read_only() {
        let fault = fault::misconfigured(text!(
            "qbd-read-only",
            "The setting `read_only` keeps this connection from writing into QuickBooks"
        ));
        return operations.iter().map(|_| Err(fault.clone())).collect();
    }
    let mut drafts: Vec<Result<Draft, Fault>> =
        operations.iter().map(|o| draft(table, o)).collect();
    if let Err(fault) = know(host, table, settings, &mut drafts) {
        return operations.iter().map(|_| Err(fault.clone())).collect();
    }
    for draft in &mut drafts {
        let composed = match draft {
            Ok(held) => held.compose(table),
            Err(_) => continue,
        };
        if let Err(fault) = composed {
            *draft = Err(fault);
        }
    }
    let sent = send(host, &drafts);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut late: Vec<Late> = Vec::new();
    for (at, draft) in drafts.into_iter().enumerate() {
        outcomes.push(draft.and_then(|draft| {
            let token = draft.token.clone();
            let (applied, missed) = match sent.get(&token) {
                None => draft.unchanged(),
                Some(Err(fault)) => return Err(fault.clone()),
                Some(Ok(given)) => draft.outcome(table, settings, given)?,
            };
            if !missed.is_empty() {
                late.push(Late { at, token, missed });
            }
            Ok(applied)
        }));
    }
    look_for_broken(host, table, settings, operations, &mut outcomes);
    name_existing(host, table, settings, operations, &mut outcomes);
    set_late(host, table, late, &mut outcomes);
    outcomes
}

/// One operation on its way.
struct Draft {
    token: String,
    action: Action,
    id: Option<String>,
    version: Option<String>,
    variant: Option<&'static Variant>,
    body: Map<String, Value>,
    /// Custom fields of the record, by name.
    custom: Vec<(String, String)>,
    /// And of its lines that are there already.
    line_custom: Vec<(String, String, String)>,
    requests: String,
}

/// Custom fields that could not be set with the record.
struct Late {
    at: usize,
    token: String,
    missed: Vec<Setting>,
}

/// One custom field to set, and with which message it was tried.
#[derive(Clone)]
struct Setting {
    name: String,
    value: String,
    line: Option<String>,
    tried: Option<&'static str>,
}

fn draft(table: &'static Table, operation: &Operation) -> Result<Draft, Fault> {
    let body = match filter::value(&operation.body) {
        Value::Object(body) => body,
        other => return Err(emit::unfit(&other, "body")),
    };
    let allowed = match operation.action {
        Action::Create => table.adds(),
        Action::Update => table.changes(),
        Action::Delete => false,
    };
    if !allowed {
        return Err(fault::not_offered(table.entity, "this"));
    }
    if operation.action == Action::Update && operation.id.is_none() {
        return Err(fault::internal(text!(
            "qbd-no-id",
            "A change must say of which record"
        )));
    }
    let variant = match (operation.action, table.has_kinds()) {
        (_, false) => table.variants.first(),
        (Action::Create, true) => Some(kind_of(table, &body)?),
        _ => None,
    };
    let custom = custom_fields(&body, "custom_fields")?;
    let mut line_custom = Vec::new();
    if operation.action == Action::Update {
        for (name, list) in &body {
            for (at, line) in list.as_array().into_iter().flatten().enumerate() {
                let (Some(line), Some(id)) = (line.as_object(), line["id"].as_str()) else {
                    continue;
                };
                let set = custom_fields(line, &format!("{name}[{at}].custom_fields"))?;
                line_custom.extend(
                    set.into_iter()
                        .map(|(field, value)| (id.to_owned(), field, value)),
                );
            }
        }
    }
    Ok(Draft {
        token: operation.token.clone(),
        action: operation.action,
        id: operation.id.clone(),
        version: operation.version.clone(),
        variant,
        body,
        custom,
        line_custom,
        requests: String::new(),
    })
}

fn kind_of(table: &'static Table, body: &Map<String, Value>) -> Result<&'static Variant, Fault> {
    let word = body.get("kind").and_then(Value::as_str).unwrap_or_default();
    let known = table
        .variants
        .iter()
        .find(|variant| variant.word == word && variant.adds);
    known.ok_or_else(|| {
        let kinds: Vec<&str> = table
            .variants
            .iter()
            .filter(|v| v.adds)
            .map(|v| v.word)
            .collect();
        fault::rejected(text!(
            "qbd-kind",
            "A new {entity} needs a kind: {kinds}",
            entity = table.entity,
            kinds = kinds.join(", ")
        ))
        .field("kind")
    })
}

/// All names of custom fields a draft sets, those of new lines too.
fn custom_names(draft: &Draft) -> BTreeSet<String> {
    let lines = draft.body.values().filter_map(Value::as_array).flatten();
    let of_lines = lines.filter_map(|line| line["custom_fields"].as_object());
    let names = of_lines.flat_map(|fields| fields.keys().cloned());
    names
        .chain(draft.custom.iter().map(|(name, _)| name.clone()))
        .collect()
}

/// Asks for what must be known before anything is written, all in one set.
fn know(
    host: &dyn Host,
    table: &'static Table,
    settings: &Settings,
    drafts: &mut [Result<Draft, Fault>],
) -> Result<(), Fault> {
    let unread = |draft: &Draft| {
        let changes = draft.action == Action::Update;
        let given = |field: &Field| {
            field
                .names()
                .iter()
                .any(|name| draft.body.contains_key(name))
        };
        changes && (draft.version.is_none() || table.has_kinds() || !table.always().all(given))
    };
    let ids: BTreeSet<String> = drafts
        .iter()
        .flatten()
        .filter(|d| unread(d))
        .filter_map(|d| d.id.clone())
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let custom = drafts
        .iter()
        .flatten()
        .any(|draft| !custom_names(draft).is_empty());
    let definitions = table::named("custom_field")?;
    let mut requests = String::new();
    if custom {
        requests += &Question::default().request(definitions, 1);
    }
    if !ids.is_empty() {
        requests += &Question::of_ids(&ids).request(table, 2);
    }
    if requests.is_empty() {
        return Ok(());
    }
    let given = read_one(host, requests)?;
    let answered = given.read()?;
    let of = |id: &str| {
        answered
            .outcomes
            .iter()
            .find(|outcome| outcome.element.attribute("requestID") == id)
    };
    let mut known = Vec::new();
    if custom {
        let outcome = of("1").ok_or_else(crate::message::unreadable)?;
        known = entries(definitions, settings, outcome)?
            .into_iter()
            .map(|entry| entry.id)
            .collect();
    }
    let mut there: BTreeMap<String, (Option<String>, &'static Variant, Value)> = BTreeMap::new();
    if let Some(outcome) = of("2") {
        for element in records(outcome) {
            let variant = table.told_by(element.name);
            let entry = told::entry(table, settings, element, Telling::Whole);
            if let (Some(variant), Some(entry)) = (variant, entry) {
                there.insert(
                    entry.id,
                    (entry.version, variant, filter::value(&entry.body)),
                );
            }
        }
    }
    for draft in drafts.iter_mut() {
        let Ok(held) = draft else { continue };
        let mut why = custom_names(held)
            .iter()
            .find_map(|name| unknown(name, &known));
        if unread(held) {
            match held.id.as_ref().and_then(|id| there.get(id)) {
                None => why = Some(gone(table)),
                Some((version, variant, body)) => {
                    held.variant = Some(variant);
                    held.body.entry("sides").or_insert(body["sides"].clone());
                    for field in table.always() {
                        let names = field.names();
                        if !names.iter().any(|name| held.body.contains_key(name)) {
                            let told = names
                                .into_iter()
                                .map(|name| (name.clone(), body[&name].clone()));
                            held.body.extend(told.collect::<Vec<_>>());
                        }
                    }
                    if held.version.is_none() {
                        held.version.clone_from(version);
                    }
                }
            }
        }
        if let Some(fault) = why {
            *draft = Err(fault);
        }
    }
    Ok(())
}

fn gone(table: &Table) -> Fault {
    fault::not_found(text!(
        "qbd-no-record",
        "QuickBooks has no such {entity}",
        entity = table.entity
    ))
}

/// Why a custom field cannot be set: none of this name, or only of another case.
fn unknown(name: &str, known: &[String]) -> Option<Fault> {
    if known.iter().any(|there| there == name) {
        return None;
    }
    let message = match known
        .iter()
        .find(|there| there.to_lowercase() == name.to_lowercase())
    {
        Some(there) => text!(
            "qbd-custom-case",
            "QuickBooks calls the custom field {there}, not {name}: case matters",
            there = there,
            name = name
        ),
        None => text!(
            "qbd-no-custom",
            "QuickBooks has no custom field {name}",
            name = name
        ),
    };
    Some(fault::rejected(message).field(&format!("custom_fields.{name}")))
}

/// Whom a custom field belongs to: a record by its id, or a new transaction by the name it has in this set.
enum Owner<'a> {
    Id(&'a str),
    New,
}

fn data_ext(table: &Table, message: &str, at: usize, set: &Setting, owner: &Owner<'_>) -> String {
    let mut out = String::from("<OwnerID>0</OwnerID>");
    leaf(&mut out, "DataExtName", &set.name);
    match (table.is_transaction(), owner) {
        (true, owner) => {
            leaf(&mut out, "TxnDataExtType", table.custom);
            match owner {
                Owner::Id(id) => leaf(&mut out, "TxnID", id),
                Owner::New => out.push_str(&format!("<TxnID useMacro=\"{MACRO}\"></TxnID>")),
            }
            if let Some(line) = &set.line {
                leaf(&mut out, "TxnLineID", line);
            }
        }
        (false, Owner::Id(id)) => {
            leaf(&mut out, "ListDataExtType", table.custom);
            out.push_str("<ListObjRef>");
            leaf(&mut out, "ListID", id);
            out.push_str("</ListObjRef>");
        }
        (false, Owner::New) => {
            unreachable!("a new list element is named by its id, when it has one")
        }
    }
    leaf(&mut out, "DataExtValue", &set.value);
    request(
        &format!("DataExt{message}"),
        at,
        "",
        &format!("<DataExt{message}>{out}</DataExt{message}>"),
    )
}

impl Draft {
    fn settings(&self) -> Vec<Setting> {
        let own = self.custom.iter().map(|(name, value)| (None, name, value));
        let lines = self
            .line_custom
            .iter()
            .map(|(line, name, value)| (Some(line.clone()), name, value));
        own.chain(lines)
            .map(|(line, name, value)| Setting {
                name: name.clone(),
                value: value.clone(),
                line,
                tried: None,
            })
            .collect()
    }

    /// Writes the message set.
    fn compose(&mut self, table: &Table) -> Result<(), Fault> {
        if table.adjusts {
            let id = self.id.as_deref().unwrap_or_default();
            self.requests = adjustment(table, id, &self.body)?;
            return Ok(());
        }
        let variant = self.variant.ok_or_else(|| gone(table))?;
        let message = match self.action {
            Action::Create => Message::Add,
            _ => Message::Mod,
        };
        if message == Message::Mod && !variant.changes {
            return Err(fault::not_offered(table.entity, "changes of this kind"));
        }
        let content = emit::record(table, variant, message, &self.body)?;
        let (wire, suffix) = (variant.wire, message.suffix());
        let mut out = String::new();
        match message {
            Message::Add => {
                // The name is only needed where something in the same set belongs to the new record.
                let named = table.is_transaction() && !self.custom.is_empty();
                let attribute = if named {
                    format!(" defMacro=\"{MACRO}\"")
                } else {
                    String::new()
                };
                out += &request(
                    &format!("{wire}Add"),
                    1,
                    "",
                    &format!("<{wire}Add{attribute}>{content}</{wire}Add>"),
                );
                if named {
                    for (at, set) in self.settings().iter().enumerate() {
                        out += &data_ext(table, "Add", at + 2, set, &Owner::New);
                    }
                }
            }
            Message::Mod => {
                let id = self.id.as_deref().unwrap_or_default();
                let mut next = 1;
                if !content.is_empty() {
                    let mut head = String::new();
                    leaf(&mut head, table.id(), id);
                    leaf(
                        &mut head,
                        "EditSequence",
                        self.version.as_deref().unwrap_or_default(),
                    );
                    out += &request(
                        &format!("{wire}{suffix}"),
                        1,
                        "",
                        &format!("<{wire}Mod>{head}{content}</{wire}Mod>"),
                    );
                    next = 2;
                }
                for (at, set) in self.settings().iter().enumerate() {
                    out += &data_ext(table, "Mod", at + next, set, &Owner::Id(id));
                }
            }
        }
        self.requests = out;
        Ok(())
    }

    /// Nothing was to be changed.
    fn unchanged(self) -> (Applied, Vec<Setting>) {
        let id = self.id.unwrap_or_default();
        (
            Applied {
                id,
                version: self.version,
                body: None,
                ext: Vec::new(),
            },
            Vec::new(),
        )
    }

    /// What the answer makes of it, and the custom fields still to be set.
    fn outcome(
        self,
        table: &Table,
        settings: &Settings,
        given: &Given,
    ) -> Result<(Applied, Vec<Setting>), Fault> {
        let answered = given.answered()?;
        let mut outcomes = answered.outcomes.as_slice();
        let mut applied = Applied {
            id: self.id.clone().unwrap_or_default(),
            version: self.version.clone(),
            body: None,
            ext: Vec::new(),
        };
        let sets = self.settings();
        if table.adjusts {
            let told = one(&answered)?;
            if told.failed() {
                return Err(fault_of(told.code, &told.message));
            }
            // The answer tells the adjustment, and not the item, which it moved on.
            applied.version = None;
            return Ok((applied, Vec::new()));
        }
        let main = !one(&answered)?.element.name.starts_with("DataExt");
        if main {
            let (told, rest) = outcomes
                .split_first()
                .ok_or_else(crate::message::unreadable)?;
            outcomes = rest;
            let entry = written(table, settings, told)?;
            if told.code >= 500 {
                applied.ext.push((
                    "warning".to_owned(),
                    format!("{} {}", told.code, told.message),
                ));
            }
            applied.id = entry.id;
            applied.version = entry.version;
            applied.body = Some(entry.body);
        }
        let mut missed = Vec::new();
        let mut set = Map::new();
        for (at, mut setting) in sets.into_iter().enumerate() {
            setting.tried = outcomes.get(at).map(|_| {
                if self.action == Action::Create {
                    "Add"
                } else {
                    "Mod"
                }
            });
            match outcomes.get(at) {
                Some(told) if !told.failed() => {
                    if setting.line.is_none() {
                        set.insert(setting.name, json!(setting.value));
                    }
                }
                _ => missed.push(setting),
            }
        }
        if !set.is_empty() {
            // It moved the record on, and the answer before does not tell how far.
            applied.version = None;
            merge_custom(&mut applied, set);
        }
        Ok((applied, missed))
    }
}

fn merge_custom(applied: &mut Applied, set: Map<String, Value>) {
    let Some(text) = &applied.body else { return };
    let mut body = filter::value(text);
    let mut custom = body["custom_fields"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    custom.extend(set);
    body["custom_fields"] = Value::Object(custom);
    applied.body = Some(body.to_string());
}

/// The record that a write's own answer tells.
fn written(table: &Table, settings: &Settings, told: &Told<'_>) -> Result<Entry, Fault> {
    if told.failed() {
        return Err(fault_of(told.code, &told.message));
    }
    let entry =
        records(told).find_map(|element| told::entry(table, settings, element, Telling::Written));
    entry.ok_or_else(|| {
        fault::outcome_unknown(text!(
            "qbd-untold",
            "QuickBooks accepted the record and does not tell which one it became"
        ))
    })
}

/// Sends all sets at once; what came back, by token.
fn send(
    host: &dyn Host,
    drafts: &[Result<Draft, Fault>],
) -> BTreeMap<String, Result<Given, Fault>> {
    let ready = drafts
        .iter()
        .flatten()
        .filter(|draft| !draft.requests.is_empty());
    let sets: Vec<(String, String)> = ready
        .map(|draft| (draft.token.clone(), draft.requests.clone()))
        .collect();
    match parcel::write(host, &sets) {
        Ok(given) => sets
            .into_iter()
            .map(|(token, _)| token)
            .zip(given.into_iter().map(Ok))
            .collect(),
        Err(fault) => sets
            .into_iter()
            .map(|(token, _)| (token, Err(fault.clone())))
            .collect(),
    }
}

/// QuickBooks broke off, and does not remember: a document that carries a number is looked for by that and whom it
/// is for. It is there, or it was not done. A name that is unique QuickBooks itself refuses the second time.
fn look_for_broken(
    host: &dyn Host,
    table: &'static Table,
    settings: &Settings,
    operations: &[Operation],
    outcomes: &mut [Outcome],
) {
    let key_of = |operation: &Operation| -> Option<Query> {
        let body = filter::value(&operation.body);
        let told = |field: &str| {
            let value = body[field].as_str().filter(|text| !text.is_empty())?;
            Some((field.to_owned(), json!(value).to_string()))
        };
        let party = told("customer_id").or_else(|| told("vendor_id"))?;
        (operation.action == Action::Create).then_some(vec![told("number")?, party])
    };
    let unknown = |outcome: &Outcome| matches!(outcome, Err(fault) if fault.kind == FaultKind::OutcomeUnknown);
    let open: Vec<(usize, Query)> = (0..outcomes.len())
        .filter(|at| table.is_transaction() && unknown(&outcomes[*at]))
        .filter_map(|at| Some((at, key_of(&operations[at])?)))
        .collect();
    let queries: Vec<Query> = open.iter().map(|(_, query)| query.clone()).collect();
    let Ok(found) = find(host, table, settings, &queries) else {
        // Nobody knows more than before.
        return;
    };
    for ((at, _), mut entries) in open.into_iter().zip(found) {
        outcomes[at] = match entries.len() {
            0 => Err(fault::unavailable(text!(
                "qbd-not-done",
                "QuickBooks broke off before this was done"
            ))
            .scope(FaultScope::OneRecord)),
            1 => {
                let entry = entries.remove(0);
                Ok(Applied {
                    id: entry.id,
                    version: entry.version,
                    body: Some(entry.body),
                    ext: Vec::new(),
                })
            }
            _ => continue,
        };
    }
}

/// Which record holds the name that a create was refused for.
fn name_existing(
    host: &dyn Host,
    table: &'static Table,
    settings: &Settings,
    operations: &[Operation],
    outcomes: &mut [Outcome],
) {
    let taken =
        |outcome: &Outcome| matches!(outcome, Err(fault) if fault.kind == FaultKind::Exists);
    let open: Vec<usize> = (0..outcomes.len())
        .filter(|at| taken(&outcomes[*at]))
        .collect();
    let named: Vec<(usize, String, Value)> = open
        .iter()
        .filter_map(|at| {
            let body = filter::value(&operations[*at].body);
            name_of(table, &body).map(|name| (*at, name, body))
        })
        .collect();
    let mut requests = String::new();
    for (at, name, _) in &named {
        let question = match table.shape {
            Shape::Tree => Question {
                name_part: Some(name.clone()),
                ..Question::default()
            },
            _ => Question {
                names: vec![name.clone()],
                ..Question::default()
            },
        };
        requests += &question.request(table, at + 1);
    }
    let mut found: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
    if !requests.is_empty() {
        let given = read_one(host, requests);
        if let Ok(answered) = given.as_ref().map_err(Clone::clone).and_then(Given::read) {
            for told in &answered.outcomes {
                let at = told
                    .element
                    .attribute("requestID")
                    .parse::<usize>()
                    .unwrap_or(0);
                found.insert(
                    at.wrapping_sub(1),
                    entries(table, settings, told).unwrap_or_default(),
                );
            }
        }
    }
    for at in open {
        let Err(fault) = &mut outcomes[at] else {
            continue;
        };
        let of = named.iter().find(|(known, ..)| *known == at);
        let same = |entry: &&Entry| of.is_some_and(|(_, name, body)| is_same(entry, name, body));
        let there: Vec<&Entry> = found.get(&at).into_iter().flatten().filter(same).collect();
        match there.as_slice() {
            [entry] => {
                let there = name_told(entry);
                match of {
                    // Whoever tells names apart by their capitals means another record.
                    Some((_, name, _)) if *name != there => {
                        fault.kind = FaultKind::Rejected;
                        fault.message = text!(
                            "qbd-only-capitals",
                            "QuickBooks has “{there}”, which differs from “{name}” only in capitals, and takes no two such names: write it alike on both sides",
                            there = there,
                            name = name
                        );
                    }
                    _ => fault.existing = Some(entry.id.clone()),
                }
            }
            // Another party has it, or nobody can say who.
            _ => fault.kind = FaultKind::Rejected,
        }
        fault.field.get_or_insert_with(|| "name".to_owned());
    }
}

fn name_told(entry: &Entry) -> String {
    let body = filter::value(&entry.body);
    body["name"].as_str().unwrap_or_default().to_owned()
}

fn name_of(table: &Table, body: &Value) -> Option<String> {
    if table.entity == "employee" {
        let parts = ["first_name", "middle_name", "last_name"].iter();
        let parts: Vec<&str> = parts
            .filter_map(|part| body[*part].as_str())
            .filter(|part| !part.is_empty())
            .collect();
        return (!parts.is_empty()).then(|| parts.join(" "));
    }
    body["name"]
        .as_str()
        .map(str::to_owned)
        .filter(|_| table.is_list())
}

fn is_same(entry: &Entry, name: &str, wanted: &Value) -> bool {
    let there = filter::value(&entry.body);
    let same = |field: &str| {
        let text = |value: &Value| value[field].as_str().unwrap_or_default().to_lowercase();
        text(wanted).is_empty() || text(&there) == text(wanted)
    };
    let is_job = |value: &Value| {
        ["parent_id", "parent_name"]
            .iter()
            .any(|field| value[*field].as_str().is_some_and(|t| !t.is_empty()))
    };
    let named = there["name"]
        .as_str()
        .is_some_and(|there| there.to_lowercase() == name.to_lowercase());
    named && same("parent_id") && same("parent_name") && is_job(&there) == is_job(wanted)
}

/// Sets custom fields that could not be set with their record: those of new list elements, which have an id only
/// now, and those that QuickBooks wanted by the other of its two messages.
fn set_late(host: &dyn Host, table: &'static Table, late: Vec<Late>, outcomes: &mut [Outcome]) {
    let mut open = late;
    for round in 0..2 {
        let mut sets = Vec::new();
        for Late { at, token, missed } in &open {
            let Some(Ok(applied)) = outcomes.get(*at) else {
                continue;
            };
            let requests: String = missed
                .iter()
                .enumerate()
                .map(|(n, set)| {
                    let message = if set.tried == Some("Add") || set.line.is_some() {
                        "Mod"
                    } else {
                        "Add"
                    };
                    data_ext(table, message, n + 1, set, &Owner::Id(&applied.id))
                })
                .collect();
            sets.push((format!("{token}.{round}"), requests));
        }
        if sets.is_empty() {
            return;
        }
        let given = parcel::write(host, &sets);
        let given = given.unwrap_or_default();
        let mut again = Vec::new();
        for (n, Late { at, token, missed }) in open.into_iter().enumerate() {
            let answered = given.get(n).map(Given::answered);
            let told = match answered {
                Some(Ok(answered)) => answered.outcomes,
                _ => Vec::new(),
            };
            let (mut set, mut left) = (Map::new(), Vec::new());
            for (n, mut setting) in missed.into_iter().enumerate() {
                match told.get(n) {
                    Some(told) if !told.failed() => {
                        set.insert(setting.name, json!(setting.value));
                    }
                    _ => {
                        setting.tried = match setting.tried {
                            Some("Add") => Some("Mod"),
                            _ => Some("Add"),
                        };
                        left.push(setting);
                    }
                }
            }
            if let Some(Ok(applied)) = outcomes.get_mut(at) {
                if !set.is_empty() {
                    applied.version = None;
                    merge_custom(applied, set);
                }
                if round == 1 && !left.is_empty() {
                    // The record stands, and must never be made again for a field.
                    let names: Vec<&str> = left.iter().map(|set| set.name.as_str()).collect();
                    applied
                        .ext
                        .push(("custom-fields-unset".to_owned(), names.join(", ")));
                    host.warn(&format!("custom fields were not set: {}", names.join(", ")));
                }
            }
            if !left.is_empty() {
                again.push(Late {
                    at,
                    token,
                    missed: left,
                });
            }
        }
        open = again;
    }
}
