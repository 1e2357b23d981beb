//! `read`, `readByName`, `readByQuery` and `readMore`.

use std::collections::BTreeMap;

use super::act::Act;
use super::company::Row;
use super::functions::{Done, permit};
use super::path::{self, Path};
use super::refusal::Refusal;
use super::schema::{self, Object};
use super::wire::Element;
use super::{query, query_text, show};

const KEYS_MAX: usize = 100;
const PAGE_SIZE: usize = 100;
const PAGE_SIZE_MAX: usize = 1000;

/// What is left of a `readByQuery`; it lives with its session.
#[derive(Debug)]
pub struct ResultSet {
    object: &'static Object,
    fields: Vec<Path>,
    /// All keys found, and how many of them were handed out.
    keys: Vec<i64>,
    given: usize,
    size: usize,
}

struct Wanted<'a> {
    /// In the case of the request.
    name: &'a str,
    object: &'static Object,
    fields: Vec<Path>,
    bare: Option<&'static str>,
}

fn wanted<'a>(act: &Act<'_>, call: &'a Element, known: &[&str]) -> Result<Wanted<'a>, Refusal> {
    let mut children = call.children.iter();
    if let Some(child) = children.find(|child| !known.contains(&child.name.as_str())) {
        return Err(Refusal::query(format!(
            "<{}> is not expected in <{}>",
            child.name, call.name
        )));
    }
    let name = call.get("object").unwrap_or_default().trim();
    let object = schema::object(name).ok_or_else(|| Refusal::no_object("WS", name))?;
    permit(act, &call.name, object)?;
    let docparid = call.get("docparid").filter(|id| !id.is_empty());
    Ok(Wanted {
        name,
        object,
        fields: fields(act, object, docparid, call.get("fields"))?,
        bare: query::format(call.get("returnFormat").unwrap_or_default())?,
    })
}

fn fields(
    act: &Act<'_>,
    object: &'static Object,
    docparid: Option<&str>,
    list: Option<&str>,
) -> Result<Vec<Path>, Refusal> {
    let list = list.map(str::trim).unwrap_or_default();
    if list.is_empty() || list == "*" {
        return Ok(path::all(act.company, object, docparid));
    }
    let names = list.split(',').map(str::trim);
    let paths = names.map(|name| {
        path::resolve(act.company, object, name, docparid).ok_or_else(|| {
            let text = format!("{name} is not a field of {}", object.name);
            Refusal::new("Invalid fields list", text)
        })
    });
    paths.collect()
}

fn keys(call: &Element) -> Result<Vec<&str>, Refusal> {
    let keys = call.get("keys").unwrap_or_default().split(',');
    let keys: Vec<&str> = keys.map(str::trim).filter(|key| !key.is_empty()).collect();
    match keys.len() {
        0 => Err(Refusal::query("keys are missing")),
        count if count > KEYS_MAX => Err(Refusal::query(format!(
            "more than {KEYS_MAX} keys in one read"
        ))),
        _ => Ok(keys),
    }
}

const BY_KEYS: [&str; 5] = ["object", "keys", "fields", "returnFormat", "docparid"];

pub fn read(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let wanted = wanted(act, call, &BY_KEYS)?;
    let found = |key: &str| -> Result<Option<&Row>, Refusal> {
        let key: i64 = key
            .parse()
            .map_err(|_| Refusal::query(format!("{key} is not a RECORDNO")))?;
        Ok(act.company.get(&wanted.object.name, key))
    };
    by_keys(act, call, &wanted, found)
}

pub fn by_name(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let wanted = wanted(act, call, &BY_KEYS)?;
    if wanted.object.id.is_none() {
        let text = format!("readByName is not supported for {}", wanted.object.name);
        return Err(Refusal::query(text));
    }
    let found = |id: &str| Ok(act.company.by_id(&wanted.object.name, id));
    by_keys(act, call, &wanted, found)
}

fn by_keys<'c>(
    act: &'c Act<'_>,
    call: &Element,
    wanted: &Wanted<'_>,
    found: impl Fn(&str) -> Result<Option<&'c Row>, Refusal>,
) -> Result<Done, Refusal> {
    let offset = act.switches.modified_offset_minutes;
    let mut rows = Vec::new();
    for key in keys(call)? {
        let row = found(key)?.filter(|row| act.sees(wanted.object, row, true));
        match row {
            Some(row) => rows.push(show::record(
                act.company,
                wanted.name,
                &wanted.fields,
                row,
                offset,
            )),
            None if act.switches.missing_key_is_success => {}
            None => {
                let title = &wanted.object.title;
                return Err(Refusal::general(format!(
                    "Cannot find {title} with key '{key}'."
                )));
            }
        }
    }
    if let Some(format) = wanted.bare {
        let (kind, body) = show::bare(&rows, format);
        return Ok(Done::Bare(kind, body));
    }
    let mut data = Element::new("data");
    data.set("listtype", wanted.name);
    data.set("count", rows.len());
    data.children = rows;
    Ok(Done::Elements(vec![data]))
}

type Sets = BTreeMap<(String, String), ResultSet>;

pub fn by_query(
    act: &Act<'_>,
    call: &Element,
    session: Option<&str>,
    sets: &mut Sets,
) -> Result<Done, Refusal> {
    let known = [
        "object",
        "query",
        "pagesize",
        "fields",
        "returnFormat",
        "docparid",
    ];
    let wanted = wanted(act, call, &known)?;
    let text = call.get("query");
    let text = text.ok_or_else(|| Refusal::query("query is missing"))?;
    let docparid = call.get("docparid").filter(|id| !id.is_empty());
    let filter = query_text::read(act, wanted.object, docparid, text)?;
    let size = match call.get("pagesize").map(str::trim) {
        None | Some("") => PAGE_SIZE,
        Some(text) => text.parse().unwrap_or_default(),
    };
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        let text = format!("pagesize must be between 1 and {PAGE_SIZE_MAX}");
        return Err(Refusal::query(text));
    }
    let rows = act.company.rows(&wanted.object.name);
    let rows = rows
        .filter(|row| act.sees(wanted.object, row, false))
        .filter(|row| docparid.is_none_or(|id| row.get("DOCPARID") == id))
        .filter(|row| filter.takes(act.company, row, false));
    let set = ResultSet {
        object: wanted.object,
        fields: wanted.fields,
        keys: rows.map(|row| row.key).collect(),
        given: 0,
        size,
    };
    if let Some(format) = wanted.bare {
        let mut set = set;
        let (kind, body) = show::bare(&set.page(act), format);
        return Ok(Done::Bare(kind, body));
    }
    let id = format!(
        "70{:08}W{}%2FZ",
        act.now.rem_euclid(100_000_000),
        sets.len() + 1
    );
    Ok(hand_out(act, set, session, id, sets))
}

pub fn more(
    act: &Act<'_>,
    call: &Element,
    session: Option<&str>,
    sets: &mut Sets,
) -> Result<Done, Refusal> {
    let ended = || Refusal::query("The result set does not exist or has ended.");
    let session = session.ok_or_else(ended)?;
    let [wish] = call.children.as_slice() else {
        return Err(Refusal::query("readMore takes one resultId"));
    };
    let key = match wish.name.as_str() {
        "resultId" => (session.to_owned(), wish.text.clone()),
        // The newest set of that object in this session.
        "object" => {
            let mut own = sets.iter().filter(|((owner, _), set)| {
                owner == session && set.object.name.eq_ignore_ascii_case(wish.text.trim())
            });
            own.next_back().ok_or_else(ended)?.0.clone()
        }
        other => {
            return Err(Refusal::query(format!(
                "readMore by {other} is not supported"
            )));
        }
    };
    let set = sets.remove(&key).ok_or_else(ended)?;
    Ok(hand_out(act, set, Some(session), key.1, sets))
}

fn hand_out(
    act: &Act<'_>,
    mut set: ResultSet,
    session: Option<&str>,
    id: String,
    sets: &mut Sets,
) -> Done {
    let rows = set.page(act);
    let left = set.keys.len() - set.given;
    let mut data = Element::new("data");
    data.set("listtype", set.object.name.to_lowercase());
    data.set("count", rows.len());
    data.set("totalcount", set.keys.len());
    data.set("numremaining", left);
    data.set("resultId", if left > 0 { id.as_str() } else { "" });
    data.children = rows;
    if let (Some(session), true) = (session, left > 0) {
        sets.insert((session.to_owned(), id), set);
    }
    Done::Elements(vec![data])
}

impl ResultSet {
    /// The next page. The set is fixed, its rows are not: one that has gone is left out.
    fn page(&mut self, act: &Act<'_>) -> Vec<Element> {
        let offset = act.switches.modified_offset_minutes;
        let name = self.object.name.to_lowercase();
        let end = (self.given + self.size).min(self.keys.len());
        let keys = &self.keys[self.given..end];
        let rows = keys
            .iter()
            .filter_map(|key| act.company.get(&self.object.name, *key))
            .map(|row| show::record(act.company, &name, &self.fields, row, offset))
            .collect();
        self.given = end;
        rows
    }
}
