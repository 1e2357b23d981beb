//! The entities as tables, and both directions between a row and a body.

use crate::assumed::*;
use crate::field::{text_of, unfit, Field};
use crate::profile::Profile;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// One entity.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub entity: &'static str,
    /// The word in the path, unless the settings say otherwise.
    pub resource: &'static str,
    /// The object within the row that makes a row a record of this entity.
    pub part: Option<&'static str>,
    /// Where a record's id stands in a row.
    pub id: &'static str,
    /// Whether one row can be read by its id.
    pub has_item: bool,
    pub writable: bool,
    pub fields: &'static [Field],
    pub references: &'static [Reference],
    pub lines: Option<Lines>,
    /// By which fields, besides the id, `find` can look records up.
    pub keys: &'static [&'static str],
    /// Query parameters by field.
    pub filters: &'static [(&'static str, &'static str)],
}

/// The list of parts of a row.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    pub wire: &'static str,
    pub fields: &'static [Field],
    pub references: &'static [Reference],
}

/// An id that we give beside a code: the vendor refers by code, links go by id.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    pub name: &'static str,
    pub title: &'static str,
    pub entity: &'static str,
    /// The field that holds the code.
    pub code: &'static str,
}

/// The entity of this name.
pub fn named(entity: &str) -> Result<&'static Table, Fault> {
    let table = TABLES.into_iter().find(|table| table.entity == entity);
    table.ok_or_else(|| fault::no_such_entity(entity))
}

impl Table {
    /// An entity without fields, to be filled.
    pub const fn at(entity: &'static str, resource: &'static str) -> Self {
        Self {
            entity,
            resource,
            part: None,
            id: ID,
            has_item: true,
            writable: true,
            fields: &[],
            references: &[],
            lines: None,
            keys: &[],
            filters: &[],
        }
    }

    /// Whether records carry a code of their own, by which a create is recognised.
    pub fn has_code(&self) -> bool {
        self.part.is_none() && self.keys.contains(&"code")
    }

    /// The field that says which order a part belongs to.
    pub fn owner(&self) -> Option<&'static str> {
        self.part.map(|_| self.keys[0])
    }

    /// The query parameter that cuts a list by this field.
    pub fn parameter(&self, field: &str) -> Option<&'static str> {
        if field == "code" && self.has_code() {
            return Some(CODE);
        }
        let known = self.filters.iter().find(|(name, _)| *name == field);
        known.map(|(_, parameter)| *parameter)
    }

    /// Whether each row is a record. Else several rows tell the same one.
    pub fn is_own(&self) -> bool {
        self.id == ID
    }

    /// The id of the record that a row tells.
    pub fn record_id(&self, profile: &Profile, row: &Value) -> Option<String> {
        let path = profile.wire(self.entity, "id", self.id);
        let value = path
            .split('.')
            .try_fold(row, |value, step| value.get(step))?;
        carried(text_of(value)?)
    }

    fn scope_of_lines(&self) -> String {
        format!("{}.lines", self.entity)
    }

    fn wire_of_lines<'a>(&self, profile: &'a Profile, lines: &Lines) -> &'a str {
        profile.wire(self.entity, "lines", lines.wire)
    }

    fn wire_of_part<'a>(&self, profile: &'a Profile, part: &'static str) -> &'a str {
        profile.wire(self.entity, "part", part)
    }

    /// The keys by which the settings may call something of this entity otherwise.
    pub fn names(&self) -> Vec<String> {
        let own = |name: &str| format!("{}.{name}", self.entity);
        let mut names = vec![self.entity.to_owned()];
        names.extend(self.fields.iter().map(|field| own(field.name)));
        names.extend(self.part.map(|_| own("part")));
        names.extend((!self.is_own()).then(|| own("id")));
        names.extend(
            self.filters
                .iter()
                .map(|(name, _)| format!("query.{}.{name}", self.entity)),
        );
        names.extend(
            self.has_code()
                .then(|| format!("query.{}.code", self.entity)),
        );
        if let Some(lines) = &self.lines {
            names.push(own("lines"));
            let scope = self.scope_of_lines();
            names.extend(lines.fields.iter().map(|f| format!("{scope}.{}", f.name)));
        }
        names
    }

    /// All fields, for the manifest.
    pub fn schema_fields(&self) -> Vec<schema::Field> {
        let reference = |reference: &Reference, read_only: bool| {
            let field = schema::reference(reference.name, reference.entity)
                .title(reference.title)
                .description("Found by the code; written, it stands for the code.");
            match read_only {
                true => field.read_only(),
                false => field,
            }
        };
        let no_writes = !self.writable || self.part.is_some();
        let mut fields = vec![schema::id("id")];
        if let Some(owner) = self.owner() {
            let entity = owner.trim_end_matches("_id");
            fields.push(
                schema::reference(owner, entity)
                    .required()
                    .title("Order")
                    .description("The order whose data this is; there is one of it an order."),
            );
        }
        let given = |field: &Field| match self.writable {
            true => field.schema(),
            false => field.schema().read_only(),
        };
        fields.extend(self.fields.iter().map(given));
        fields.extend(self.references.iter().map(|r| reference(r, no_writes)));
        if let Some(lines) = &self.lines {
            let mut parts: Vec<schema::Field> = lines.fields.iter().map(given).collect();
            parts.extend(lines.references.iter().map(|r| reference(r, false)));
            fields.push(schema::list("lines", &parts).title("Lines"));
        }
        fields
    }

    /// Rows as records, in the order they come. What has no id, or lacks the part, is none.
    pub fn entries(&self, profile: &Profile, rows: &[Value]) -> Vec<Entry> {
        let mut shown = BTreeSet::new();
        rows.iter()
            .filter_map(|row| self.entry(profile, row))
            .filter(|entry| shown.insert(entry.id.clone()))
            .collect()
    }

    /// A row as a record.
    pub fn entry(&self, profile: &Profile, row: &Value) -> Option<Entry> {
        let id = self.record_id(profile, row)?;
        if let Some(part) = self.part {
            self.part_of(profile, part, row)?;
        }
        let mut body = ours(profile, self.entity, self.fields, row);
        body.insert("id".to_owned(), json!(id));
        if let Some(owner) = self.owner() {
            body.insert(owner.to_owned(), json!(id));
        }
        if let Some(seconds) = self.seconds(&body) {
            body.insert("duration_s".to_owned(), json!(seconds));
        }
        if let Some(lines) = self.rows_of_lines(profile, row) {
            let fields = self.lines.iter().flat_map(|lines| lines.fields);
            let fields: Vec<Field> = fields.copied().collect();
            let scope = self.scope_of_lines();
            let lines = lines
                .iter()
                .map(|line| ours(profile, &scope, &fields, line));
            body.insert("lines".to_owned(), lines.map(Value::Object).collect());
        }
        let stamp = profile.wire(self.entity, "updated_at", UPDATED_AT);
        Some(Entry {
            id,
            version: row.get(stamp).and_then(text_of).filter(|_| self.is_own()),
            deleted: false,
            body: Value::Object(body).to_string(),
            ext: Vec::new(),
        })
    }

    /// A duration that the vendor leaves to start and end.
    fn seconds(&self, body: &Map<String, Value>) -> Option<i64> {
        let at = |field: &str| date::parse_instant(body.get(field)?.as_str()?);
        let told = body.get("duration_s").is_some_and(|value| !value.is_null());
        let (start, end) = (at("started_at")?, at("ended_at")?);
        (!told && end >= start).then(|| (end - start) / 1_000)
    }

    /// The part of a row, if something was moved: a day, or goods. Other properties may stand there from
    /// the start.
    pub fn part_of<'a>(
        &self,
        profile: &Profile,
        part: &'static str,
        row: &'a Value,
    ) -> Option<&'a Map<String, Value>> {
        let part = row.get(self.wire_of_part(profile, part))?.as_object()?;
        let date = self.fields.iter().find(|field| field.name == "date");
        let day = date.and_then(|field| field.value_in(profile, self.entity, row));
        let lines = self.lines.as_ref()?;
        let goods = part.get(self.wire_of_lines(profile, lines));
        let moved = goods
            .and_then(Value::as_array)
            .is_some_and(|goods| !goods.is_empty());
        let dated = day.is_some_and(|day| !day.is_null());
        (moved || dated).then_some(part)
    }

    /// The rows of its lines. For a part these are what was moved, each with the line of the order that
    /// it was moved for.
    fn rows_of_lines(&self, profile: &Profile, row: &Value) -> Option<Vec<Value>> {
        let lines = self.lines.as_ref()?;
        let wire = self.wire_of_lines(profile, lines);
        let ordered = row.get(wire).and_then(Value::as_array);
        let Some(part) = self.part else {
            return ordered.cloned();
        };
        let part = self.part_of(profile, part, row)?;
        let moved = part.get(wire).and_then(Value::as_array);
        let ordered = ordered.map(Vec::as_slice).unwrap_or_default();
        match moved {
            Some(moved) if !moved.is_empty() => Some(self.joined(profile, moved, ordered)),
            _ => Some(ordered.to_vec()),
        }
    }

    fn joined(&self, profile: &Profile, moved: &[Value], ordered: &[Value]) -> Vec<Value> {
        let scope = self.scope_of_lines();
        let fields = self.lines.map_or(&[][..], |lines| lines.fields);
        let wire = |name: &'static str| {
            let field = fields.iter().find(|field| field.name == name);
            field.map_or(name, |field| profile.wire(&scope, name, field.wire))
        };
        let product = wire("product_code");
        let mut used = vec![false; ordered.len()];
        let mut lines = Vec::new();
        for line in moved {
            let same = |at: &usize| ordered[*at].get(product) == line.get(product);
            let fresh = (0..ordered.len()).find(|at| !used[*at] && same(at));
            let mut joined = match fresh.or_else(|| (0..ordered.len()).find(same)) {
                Some(at) => ordered[at].clone(),
                None => json!({}),
            };
            match fresh {
                Some(at) => used[at] = true,
                // A second lot of one line: what was ordered counts once.
                None => joined[wire("quantity_ordered")] = Value::Null,
            }
            for name in ["product_code", "quantity", "lot", "warehouse"] {
                if let Some(value) = line.get(wire(name)) {
                    joined[wire(name)] = value.clone();
                }
            }
            lines.push(joined);
        }
        lines
    }

    /// The row of a new record.
    pub fn new_row(
        &self,
        profile: &Profile,
        body: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Fault> {
        let mut row = Map::new();
        for (name, value) in body.iter().filter(|(_, value)| !filter::is_empty(value)) {
            self.put(profile, &mut row, &Value::Null, name, value, Action::Create)?;
        }
        Ok(row)
    }

    /// The properties of a row that an update changes, whole; none when nothing changes.
    pub fn changed(
        &self,
        profile: &Profile,
        body: &Map<String, Value>,
        before: &Value,
    ) -> Result<Map<String, Value>, Fault> {
        let old = before.as_object().cloned().unwrap_or_default();
        let mut row = old.clone();
        for (name, value) in body {
            self.put(profile, &mut row, before, name, value, Action::Update)?;
        }
        row.retain(|property, value| old.get(property) != Some(value));
        Ok(row)
    }

    fn put(
        &self,
        profile: &Profile,
        row: &mut Map<String, Value>,
        before: &Value,
        name: &str,
        value: &Value,
        action: Action,
    ) -> Result<(), Fault> {
        if name == "id" || Some(name) == self.owner() {
            return Ok(());
        }
        if let (true, Some(lines)) = (name == "lines", &self.lines) {
            return self.put_lines(profile, row, lines, value);
        }
        let field = self.fields.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| no_field(self.entity, name))?;
        // What is said again is no change, however the vendor writes it.
        if field.value_in(profile, self.entity, before).as_ref() == Some(value) {
            return Ok(());
        }
        match (field.read_only, action) {
            (true, Action::Update) => Err(read_only(name)),
            // A body that was read and is sent as a new record may hold these.
            (true, _) => Ok(()),
            (false, _) => field.put(profile, self.entity, row, value),
        }
    }

    /// Lines are replaced as a whole. What we do not know of a line that stays, stays.
    fn put_lines(
        &self,
        profile: &Profile,
        row: &mut Map<String, Value>,
        lines: &Lines,
        value: &Value,
    ) -> Result<(), Fault> {
        let given = value.as_array().ok_or_else(|| unfit(value, "lines"))?;
        let scope = self.scope_of_lines();
        let wire = self.wire_of_lines(profile, lines).to_owned();
        let place = match self.part {
            None => row,
            Some(part) => {
                let part = self.wire_of_part(profile, part);
                let part = row.entry(part).or_insert_with(|| json!({}));
                part.as_object_mut().ok_or_else(|| unfit(value, "lines"))?
            }
        };
        let mut old = match place.get(&wire) {
            Some(Value::Array(old)) => old.clone(),
            _ => Vec::new(),
        };
        let product = lines.fields.iter().find(|f| f.name == "product_code");
        let code = |line: &Value| product?.value_in(profile, &scope, line);
        let mut rows = Vec::new();
        for (at, line) in given.iter().enumerate() {
            let named = |fault: Fault| {
                let field = fault.field.clone().unwrap_or_default();
                fault.field(format!("lines[{at}].{field}").trim_end_matches('.'))
            };
            let line = line.as_object().ok_or_else(|| named(unfit(line, "")))?;
            let wanted = line.get("product_code");
            let same = old
                .iter()
                .position(|old| wanted.is_some() && code(old).as_ref() == wanted);
            let before = same.map_or(json!({}), |at| old.remove(at));
            let mut new = before.as_object().cloned().unwrap_or_default();
            for (name, value) in line {
                let field = lines.fields.iter().find(|field| field.name == name);
                let field = field.ok_or_else(|| named(no_field("line", name)))?;
                let said = field.value_in(profile, &scope, &before);
                let nothing = filter::is_empty(value) && said.is_none();
                if !field.read_only && !nothing && said.as_ref() != Some(value) {
                    field.put(profile, &scope, &mut new, value).map_err(named)?;
                }
            }
            rows.push(Value::Object(new));
        }
        place.insert(wire, Value::Array(rows));
        Ok(())
    }

    /// The essential properties that none of these rows has.
    pub fn missing(&self, profile: &Profile, rows: &[Value]) -> Vec<String> {
        let lacks = |scope: &str, field: &&Field, rows: &[Value]| {
            let told = |row: &Value| field.value_in(profile, scope, row).is_some();
            field.essential && !rows.is_empty() && !rows.iter().any(told)
        };
        let fields = self.fields.iter().filter(|f| lacks(self.entity, f, rows));
        let wire = |scope: &str, f: &Field| profile.wire(scope, f.name, f.wire).to_owned();
        let mut missing: Vec<String> = fields.map(|f| wire(self.entity, f)).collect();
        if let Some(lines) = &self.lines {
            let scope = self.scope_of_lines();
            let name = self.wire_of_lines(profile, lines);
            let lists: Vec<&Vec<Value>> = rows
                .iter()
                .filter_map(|row| row.get(name)?.as_array())
                .collect();
            if !rows.is_empty() && lists.is_empty() {
                missing.push(name.to_owned());
            }
            let parts: Vec<Value> = lists.into_iter().flatten().cloned().collect();
            let fields = lines.fields.iter().filter(|f| lacks(&scope, f, &parts));
            missing.extend(fields.map(|f| format!("{name}.{}", wire(&scope, f))));
        }
        if !rows.is_empty() && !rows.iter().any(|row| id_of(row).is_some()) {
            missing.insert(0, ID.to_owned());
        }
        missing
    }
}

fn ours(profile: &Profile, scope: &str, fields: &[Field], row: &Value) -> Map<String, Value> {
    let told = |field: &Field| field.value_in(profile, scope, row).unwrap_or(Value::Null);
    fields
        .iter()
        .map(|field| (field.name.to_owned(), told(field)))
        .collect()
}

/// A row's id, whether the vendor writes it as a number or as text, if the contract can carry it.
pub fn id_of(row: &Value) -> Option<String> {
    carried(text_of(row.get(ID)?)?)
}

fn carried(id: String) -> Option<String> {
    let fits = id.len() <= 256 && !id.chars().any(char::is_control);
    fits.then_some(id)
}

fn no_field(entity: &str, field: &str) -> Fault {
    fault::rejected(text!(
        "fusion-no-field",
        "{entity} has no field {field}",
        entity = entity,
        field = field
    ))
    .field(field)
}

fn read_only(field: &str) -> Fault {
    fault::rejected(text!(
        "fusion-read-only",
        "{field} is set by Fusion Operations and cannot be written",
        field = field
    ))
    .field(field)
}
