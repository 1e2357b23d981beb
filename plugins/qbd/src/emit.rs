//! From a body to the elements of a message, in the order of the schema.

use crate::assumed::KEPT;
use crate::field::{snake, Field, Kind, Lines, ADD, MOD};
use crate::table::{Table, Variant};
use crate::text::{carried, shown};
use crate::xml::{escape, leaf};
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;
use std::collections::BTreeSet;

/// Which message a record stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Add,
    Mod,
}

/// A new line in a change.
const NEW_LINE: &str = "-1";

impl Message {
    fn bit(self) -> u8 {
        match self {
            Self::Add => ADD,
            Self::Mod => MOD,
        }
    }

    pub fn suffix(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Mod => "Mod",
        }
    }
}

/// The elements of a record.
pub fn record(
    table: &Table,
    variant: &Variant,
    message: Message,
    body: &Map<String, Value>,
) -> Result<String, Fault> {
    let mut emitter = Emitter {
        message,
        path: String::new(),
    };
    let own: &[&str] = match table.adjusts {
        // An adjustment sets nothing else of the item.
        true => &["id"],
        false => &["id", "kind", "sides", "custom_fields"],
    };
    emitter.known(table.entity, variant.fields, body, own)?;
    let mut out = String::new();
    emitter.fields(variant.fields, body, &mut out)?;
    Ok(out)
}

struct Emitter {
    message: Message,
    /// Where in the body we are, for faults: `lines[2].`.
    path: String,
}

/// Two fields of which only one may be given.
struct Taken<'a> {
    choice: &'a str,
    wire: &'a str,
}

impl Emitter {
    fn at(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// Refuses what cannot stand in this message, rather than dropping it.
    fn known(
        &self,
        what: &str,
        fields: &[Field],
        body: &Map<String, Value>,
        own: &[&str],
    ) -> Result<(), Fault> {
        let mut writable = BTreeSet::new();
        collect(fields, self.message.bit(), &mut writable);
        for (name, value) in body {
            if value.is_null() || own.contains(&name.as_str()) || writable.contains(name) {
                continue;
            }
            let at = self.at(name);
            let message = match self.message {
                Message::Add => text!(
                    "qbd-not-in-new",
                    "QuickBooks does not let {field} be set in a new {entity}",
                    field = at,
                    entity = what
                ),
                Message::Mod => text!(
                    "qbd-not-in-change",
                    "QuickBooks does not let {field} of a {entity} be changed",
                    field = at,
                    entity = what
                ),
            };
            return Err(fault::rejected(message).field(&at));
        }
        Ok(())
    }

    fn fields(
        &mut self,
        fields: &[Field],
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        let mut taken: Vec<Taken> = Vec::new();
        let message = self.message.bit();
        for field in fields.iter().filter(|field| field.is_on(message)) {
            let before = out.len();
            self.field(field, fields, body, out)?;
            let given = out.len() > before;
            if given && !field.choice.is_empty() {
                if let Some(other) = taken.iter().find(|other| other.choice == field.choice) {
                    return Err(fault::rejected(text!(
                        "qbd-one-of-two",
                        "QuickBooks takes {one} or {other}, not both",
                        one = other.wire,
                        other = field.wire
                    ))
                    .field(&self.at(field.name)));
                }
                taken.push(Taken {
                    choice: field.choice,
                    wire: field.wire,
                });
            }
            let chosen =
                !field.choice.is_empty() && taken.iter().any(|other| other.choice == field.choice);
            let needed = match self.message {
                Message::Add => field.required,
                Message::Mod => field.always,
            };
            if !given && !chosen && needed {
                return Err(missing(&self.at(&needed_name(field))));
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &Field,
        beside: &[Field],
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        match field.kind {
            Kind::Reference(_, max) => self.reference(field, max, body, out),
            Kind::Group(inner) => self.group(field.wire, inner, body, out),
            Kind::GroupMod(inner) => {
                if side(beside, body) != Some(field.wire) {
                    return Ok(());
                }
                let suffix = if self.message == Message::Mod {
                    "Mod"
                } else {
                    ""
                };
                self.group(&format!("{}{suffix}", field.wire), inner, body, out)
            }
            Kind::Lines(lines) => match body.get(field.name) {
                None | Some(Value::Null) if lines.required && self.message == Message::Add => {
                    Err(missing(&self.at(field.name)))
                }
                None | Some(Value::Null) => Ok(()),
                Some(Value::Array(list)) => self.lines(field, lines, list, out),
                Some(other) => Err(unfit(other, &self.at(field.name))),
            },
            Kind::Links(..) => self.links(field, body, out),
            Kind::Custom => self.custom(field, body, out),
            _ => match body.get(field.name) {
                None => Ok(()),
                Some(Value::Null) => {
                    self.empty(field, out);
                    Ok(())
                }
                Some(value) => {
                    let text = self.value(field, value)?;
                    leaf(out, field.wire, &text);
                    Ok(())
                }
            },
        }
    }

    /// Empties a field in a change; a new record has nothing to empty.
    fn empty(&self, field: &Field, out: &mut String) {
        let emptied = !matches!(
            field.kind,
            Kind::Flag | Kind::Whole | Kind::Word(_) | Kind::Guid | Kind::Id(_) | Kind::Float
        );
        if self.message == Message::Mod && emptied && !KEPT.contains(&field.wire) {
            out.push_str(&format!("<{0}></{0}>", field.wire));
        }
    }

    fn reference(
        &self,
        field: &Field,
        max: u32,
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        let (id_name, full_name) = (field.id_name(), field.full_name());
        let of = |name: &str| body.get(name).filter(|value| !filter::is_empty(value));
        // With both the name is ignored there, so only the id goes.
        if let Some(id) = of(&id_name) {
            let id = plain(id, &self.at(&id_name))?;
            let id = whole_text(id, 36, &self.at(&id_name))?;
            out.push_str(&format!(
                "<{0}><ListID>{1}</ListID></{0}>",
                field.wire,
                escape(&id)
            ));
        } else if let Some(name) = of(&full_name) {
            let name = plain(name, &self.at(&full_name))?;
            let name = whole_text(name, max, &self.at(&full_name))?;
            out.push_str(&format!(
                "<{0}><FullName>{1}</FullName></{0}>",
                field.wire,
                escape(&name)
            ));
        } else if body.contains_key(&id_name) || body.contains_key(&full_name) {
            self.empty(field, out);
        }
        Ok(())
    }

    fn group(
        &mut self,
        wire: &str,
        inner: &[Field],
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        let mut content = String::new();
        self.fields(inner, body, &mut content)?;
        if !content.is_empty() {
            out.push_str(&format!("<{wire}>{content}</{wire}>"));
        }
        Ok(())
    }

    fn lines(
        &mut self,
        field: &Field,
        lines: &Lines,
        list: &[Value],
        out: &mut String,
    ) -> Result<(), Fault> {
        if list.is_empty() && lines.required {
            return Err(missing(&self.at(field.name)));
        }
        let outer = self.path.clone();
        let mut done = BTreeSet::new();
        for at in 0..list.len() {
            if done.contains(&at) {
                continue;
            }
            let line = self.line(field, list, at)?;
            let text_of = |name: &str| line.get(name).and_then(Value::as_str);
            if text_of("group_line_id").is_some() && self.message == Message::Add {
                // QuickBooks unfolds a new group by itself.
                continue;
            }
            match lines.group {
                Some((wire, fields)) if text_of("kind") == Some("group") => {
                    let inside = text_of("id").map(|id| {
                        let within = |at: &usize| list[*at]["group_line_id"].as_str() == Some(id);
                        (0..list.len()).filter(within).collect::<Vec<_>>()
                    });
                    let wire = format!("{wire}{}", self.message.suffix());
                    out.push_str(&format!("<{wire}>"));
                    self.line_id(line, out);
                    self.known(
                        field.name,
                        fields,
                        line,
                        &["id", "kind", "description", "group_line_id"],
                    )
                    .or_else(|fault| self.told_with_group(lines, line, fault))?;
                    self.fields(fields, line, out)?;
                    for at in inside.into_iter().flatten() {
                        self.path.clone_from(&outer);
                        self.one_line(field, lines, list, at, out)?;
                        done.insert(at);
                    }
                    out.push_str(&format!("</{wire}>"));
                }
                _ => {
                    // It names the line itself.
                    self.path.clone_from(&outer);
                    self.one_line(field, lines, list, at, out)?;
                }
            }
            self.path.clone_from(&outer);
        }
        Ok(())
    }

    /// A group as it was read has the fields of a line beside it: those that a line may have are left out.
    fn told_with_group(
        &self,
        lines: &Lines,
        line: &Map<String, Value>,
        fault: Fault,
    ) -> Result<(), Fault> {
        let known = self.known(
            "lines",
            lines.fields,
            line,
            &["id", "kind", "group_line_id"],
        );
        known.map_err(|_| fault)
    }

    fn line<'a>(
        &mut self,
        field: &Field,
        list: &'a [Value],
        at: usize,
    ) -> Result<&'a Map<String, Value>, Fault> {
        self.path = format!("{}{}[{at}].", self.path, field.name);
        list[at]
            .as_object()
            .ok_or_else(|| unfit(&list[at], field.name))
    }

    fn line_id(&self, line: &Map<String, Value>, out: &mut String) {
        if self.message == Message::Mod {
            let id = line.get("id").and_then(Value::as_str);
            leaf(out, "TxnLineID", id.unwrap_or(NEW_LINE));
        }
    }

    fn one_line(
        &mut self,
        field: &Field,
        lines: &Lines,
        list: &[Value],
        at: usize,
        out: &mut String,
    ) -> Result<(), Fault> {
        let line = self.line(field, list, at)?;
        let is_known = line.get("id").is_some_and(Value::is_string);
        let mut line = line.clone();
        if self.message == Message::Mod && is_known {
            // A line keeps its link, and its custom fields are set by messages of their own.
            line.retain(|name, _| !is_link(name) && name != "custom_fields");
        }
        if line
            .iter()
            .any(|(name, value)| is_link(name) && !value.is_null())
        {
            // The item comes from the linked line; both together are an error.
            line.remove("item_id");
            line.remove("item_name");
        }
        self.known(
            field.name,
            lines.fields,
            &line,
            &["id", "kind", "group_line_id"],
        )?;
        let wire = format!("{}{}", field.wire, self.message.suffix());
        out.push_str(&format!("<{wire}>"));
        self.line_id(&line, out);
        self.fields(lines.fields, &line, out)?;
        out.push_str(&format!("</{wire}>"));
        self.path
            .truncate(self.path.len() - format!("{}[{at}].", field.name).len());
        Ok(())
    }

    fn links(
        &self,
        field: &Field,
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        let ids = match body.get(field.name) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(ids)) => ids,
            Some(other) => return Err(unfit(other, &self.at(field.name))),
        };
        for id in ids {
            let id = plain(id, &self.at(field.name))?;
            leaf(out, field.wire, &whole_text(id, 36, &self.at(field.name))?);
        }
        Ok(())
    }

    fn custom(
        &self,
        field: &Field,
        body: &Map<String, Value>,
        out: &mut String,
    ) -> Result<(), Fault> {
        for (name, value) in custom_fields(body, &self.at(field.name))? {
            out.push_str(&format!(
                "<DataExt><OwnerID>0</OwnerID><DataExtName>{}</DataExtName><DataExtValue>{}</DataExtValue></DataExt>",
                escape(&name),
                escape(&value)
            ));
        }
        Ok(())
    }

    fn value(&self, field: &Field, value: &Value) -> Result<String, Fault> {
        let at = self.at(field.name);
        let misfit = || unfit(value, &at);
        let number = || {
            decimal::parse(value)
                .filter(|_| value.is_string())
                .ok_or_else(misfit)
        };
        Ok(match field.kind {
            Kind::Text(max) if field.prose => shown(plain(value, &at)?, max),
            Kind::Text(max) => {
                let text = whole_text(plain(value, &at)?, max, &at)?;
                if field.wire == "Name" && text.contains(':') {
                    return Err(fault::rejected(text!(
                        "qbd-colon",
                        "QuickBooks allows no colon in a name: {value}",
                        value = text
                    ))
                    .field(&at));
                }
                text
            }
            Kind::Flag => value.as_bool().ok_or_else(misfit)?.to_string(),
            Kind::Whole => value.as_i64().ok_or_else(misfit)?.to_string(),
            Kind::Day => {
                let day = value.as_str().ok_or_else(misfit)?;
                date::day_number(day).ok_or_else(misfit)?;
                day.to_owned()
            }
            Kind::Amount => digits(number()?, 2, 13, Places::Exactly).ok_or_else(misfit)?,
            Kind::Quantity => digits(number()?, 5, 10, Places::AtMost).ok_or_else(misfit)?,
            Kind::Price | Kind::Percent => {
                digits(number()?, 5, 10, Places::Rounded).ok_or_else(misfit)?
            }
            Kind::Float => number()?.normalize().to_string(),
            Kind::Duration => {
                let seconds = value.as_i64().filter(|s| *s >= 0).ok_or_else(misfit)?;
                format!(
                    "PT{}H{}M{}S",
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60
                )
            }
            Kind::Word(words) => {
                let ours = value.as_str().ok_or_else(misfit)?;
                let word = words.iter().find(|word| snake(word) == ours);
                (*word.ok_or_else(misfit)?).to_owned()
            }
            Kind::Guid => {
                let text = value
                    .as_str()
                    .filter(|text| is_guid(text))
                    .ok_or_else(misfit)?;
                text.to_owned()
            }
            Kind::Id(_) => whole_text(plain(value, &at)?, 36, &at)?,
            _ => return Err(misfit()),
        })
    }
}

/// What a person must give where a field is missing.
fn needed_name(field: &Field) -> String {
    match field.kind {
        // An item that is neither bought nor sold is none.
        Kind::GroupMod(_) => "account_id".to_owned(),
        _ => field.names().swap_remove(0),
    }
}

fn collect(fields: &[Field], message: u8, names: &mut BTreeSet<String>) {
    for field in fields.iter().filter(|field| field.is_on(message)) {
        match field.kind {
            Kind::Group(inner) | Kind::GroupMod(inner) => collect(inner, message, names),
            _ => names.extend(field.names()),
        }
    }
}

fn is_link(name: &str) -> bool {
    matches!(
        name,
        "sales_order_id" | "sales_order_line_id" | "purchase_order_id" | "purchase_order_line_id"
    )
}

/// Which of the two sides of an item a body speaks of: what is sold or bought only has one account.
pub fn side(fields: &[Field], body: &Map<String, Value>) -> Option<&'static str> {
    let groups: Vec<&Field> = fields
        .iter()
        .filter(|f| matches!(f.kind, Kind::GroupMod(_)))
        .collect();
    let (one, both) = match groups.as_slice() {
        [one, both] => (one, both),
        _ => return None,
    };
    if ["account_id", "account_name", "price_percent"]
        .iter()
        .any(|name| given(body, name))
    {
        return Some(one.wire);
    }
    let of_both = |name: &String| !one.names().contains(name) && given(body, name);
    if both.names().iter().any(of_both) {
        return Some(both.wire);
    }
    let told = body.get("sides").and_then(Value::as_str);
    match told {
        Some("both") => Some(both.wire),
        _ => Some(one.wire),
    }
}

fn given(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).is_some_and(|value| !filter::is_empty(value))
}

/// The custom fields of a record or line, by name; a null value empties one.
pub fn custom_fields(body: &Map<String, Value>, at: &str) -> Result<Vec<(String, String)>, Fault> {
    let fields = match body.get("custom_fields") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(fields)) => fields,
        Some(other) => return Err(unfit(other, at)),
    };
    let one = |(name, value): (&String, &Value)| {
        let at = format!("{at}.{name}");
        let value = match value {
            Value::Null => String::new(),
            value => whole_text(plain(value, &at)?, 255, &at)?,
        };
        Ok((whole_text(name, 31, &at)?, value))
    };
    fields.iter().map(one).collect()
}

enum Places {
    Exactly,
    AtMost,
    Rounded,
}

/// A number with so many places and so many digits before them.
fn digits(number: Decimal, places: u32, before: usize, how: Places) -> Option<String> {
    let rounded = decimal::rounded(number, places);
    if !matches!(how, Places::Rounded) && rounded != number {
        return None;
    }
    let text = match how {
        Places::Exactly => rounded.to_string(),
        _ => rounded.normalize().to_string(),
    };
    let whole = text
        .trim_start_matches('-')
        .split('.')
        .next()
        .unwrap_or_default();
    (whole.len() <= before).then_some(text)
}

/// `{8-4-4-4-12}`, or 0.
fn is_guid(text: &str) -> bool {
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let parts = inner.map(|inner| inner.split('-').map(str::len).collect::<Vec<_>>());
    let hex = text
        .chars()
        .all(|c| c.is_ascii_hexdigit() || matches!(c, '{' | '}' | '-'));
    text == "0" || (hex && parts.as_deref() == Some(&[8, 4, 4, 4, 12]))
}

fn plain<'a>(value: &'a Value, at: &str) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| unfit(value, at))
}

/// Text that must arrive as it is: too long or beyond the code page, it is refused.
fn whole_text(text: &str, max: u32, at: &str) -> Result<String, Fault> {
    let length = text.chars().count();
    if max > 0 && length > max as usize {
        return Err(fault::rejected(text!(
            "qbd-too-long",
            "{field} has {length} characters; QuickBooks takes {max}",
            field = at,
            length = length,
            max = max
        ))
        .field(at));
    }
    match text.chars().find(|c| !carried(*c)) {
        None => Ok(text.to_owned()),
        Some(c) => Err(fault::rejected(text!(
            "qbd-code-page",
            "{field} holds {letter}, which QuickBooks cannot keep",
            field = at,
            letter = c.escape_unicode()
        ))
        .field(at)),
    }
}

fn missing(at: &str) -> Fault {
    fault::rejected(text!("qbd-missing", "QuickBooks needs {field}", field = at)).field(at)
}

pub fn unfit(value: &Value, at: &str) -> Fault {
    fault::rejected(text!(
        "qbd-unfit",
        "{value} does not fit {field}",
        value = value,
        field = at
    ))
    .field(at)
}
