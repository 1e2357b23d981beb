//! What a person at CentrixOne's screen, the vendor's support, or a test does behind the API.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error. `by` is `person` (when left out)
//! or `automation`, a rule inside the CRM.
//!
//! `entity` is one of the API's objects: `Contacts`, `Users` …
//!
//! - records: `create` entity, record, by · `edit` entity, id, set, by · `delete` entity, id, force ·
//!   `move` contact, from, to (one of the two may be left out: copied, or taken out) ·
//!   `merge` keep, merged (an array)
//! - users: `activate` id, on · `rename_user` id, username, full_name
//! - stages: `rename_stage` id, label_fr, label_en, force
//! - support: `set` switch, value (see `switches.rs`) · `change_key` api_key ·
//!   `clear_external_ids` entity
//! - for tests: `bulk_contacts` count, prefix, list, from · `rows` entity, ids · `count` entity

use serde_json::{Map, Value, json};

use super::object::Object;
use super::value::Hand;
use super::{Centrixone, people, time, wire};
use crate::simulator::NowMs;

/// The arguments of one action; each is taken once, and one that nobody took is an error.
pub struct Action(Map<String, Value>);

impl Action {
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    pub fn text(&mut self, name: &str) -> Result<String, String> {
        let value = self.take(name);
        let text = value.as_ref().and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("`{name}` must be a text"))
    }

    pub fn number_or_none(&mut self, name: &str) -> Result<Option<i64>, String> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let number = value.as_i64();
        number
            .map(Some)
            .ok_or_else(|| format!("`{name}` must be a whole number"))
    }

    pub fn number(&mut self, name: &str) -> Result<i64, String> {
        self.number_or_none(name)?
            .ok_or_else(|| format!("`{name}` must be a whole number"))
    }

    pub fn numbers(&mut self, name: &str) -> Result<Option<Vec<i64>>, String> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let wrong = || format!("`{name}` must be an array of whole numbers");
        let each = value.as_array().ok_or_else(wrong)?;
        each.iter()
            .map(|number| number.as_i64().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn map(&mut self, name: &str) -> Result<Map<String, Value>, String> {
        match self.take(name) {
            Some(Value::Object(map)) => Ok(map),
            _ => Err(format!("`{name}` must be an object")),
        }
    }

    pub fn flag_or(&mut self, name: &str, otherwise: bool) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(otherwise),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| format!("`{name}` must be true or false")),
        }
    }

    pub fn object(&mut self) -> Result<Object, String> {
        let name = self.text("entity")?;
        Object::named(&name).ok_or_else(|| format!("no entity `{name}`"))
    }

    pub fn by(&mut self) -> Result<Hand, String> {
        match self.take("by").as_ref().map(Value::as_str) {
            None | Some(Some("person")) => Ok(Hand::Person),
            Some(Some("automation")) => Ok(Hand::Automation),
            Some(_) => Err("`by` is person or automation".to_owned()),
        }
    }
}

pub fn control(site: &mut Centrixone, action: &Value, now: NowMs) -> Result<Value, String> {
    let action = action.as_object().ok_or("an action is an object")?;
    let mut action = Action(action.clone());
    let word = action.text("do")?;
    let wanted = Wanted::read(&word, &mut action)?;
    if let Some(key) = action.0.keys().next() {
        return Err(format!("action `{word}` has no `{key}`"));
    }
    wanted.carry_out(site, now)
}

/// An action with its arguments read, so that a wrong one leaves no trace.
enum Wanted {
    People(people::Deed),
    Set(String, Value),
    ChangeKey(String),
    ClearExternalIds(Object),
    Bulk {
        count: i64,
        prefix: String,
        list: Option<i64>,
        from: i64,
    },
    Rows(Object, Option<Vec<i64>>),
    Count(Object),
}

impl Wanted {
    fn read(word: &str, action: &mut Action) -> Result<Self, String> {
        Ok(match word {
            "set" => Self::Set(
                action.text("switch")?,
                action.take("value").ok_or("`value` is missing")?,
            ),
            "change_key" => Self::ChangeKey(action.text("api_key")?),
            "clear_external_ids" => Self::ClearExternalIds(action.object()?),
            "bulk_contacts" => Self::Bulk {
                count: action.number("count")?,
                prefix: match action.take("prefix") {
                    Some(Value::String(prefix)) => prefix,
                    None => "B".to_owned(),
                    Some(_) => return Err("`prefix` must be a text".to_owned()),
                },
                list: action.number_or_none("list")?,
                from: action.number_or_none("from")?.unwrap_or(1),
            },
            "rows" => Self::Rows(action.object()?, action.numbers("ids")?),
            "count" => Self::Count(action.object()?),
            word => Self::People(people::Deed::read(word, action)?),
        })
    }

    fn carry_out(self, site: &mut Centrixone, now: NowMs) -> Result<Value, String> {
        match self {
            Self::People(deed) => return deed.carry_out(site, now),
            Self::Set(switch, value) => {
                site.switches.set(&switch, &value)?;
                return Ok(site.switches.show());
            }
            Self::ChangeKey(api_key) => site.credentials.api_key = api_key,
            Self::ClearExternalIds(object) => {
                let now = time::stamp(now);
                let rows: Vec<_> = site.crm.table(object).rows().cloned().collect();
                for mut row in rows {
                    row.set("external_id", None);
                    row.modified = now;
                    site.crm.put(object, row, now);
                }
            }
            Self::Bulk {
                count,
                prefix,
                list,
                from,
            } => return bulk(site, count, &prefix, list, from, now),
            Self::Rows(object, ids) => {
                let rows = site.crm.table(object).rows();
                let rows = rows.filter(|row| ids.as_ref().is_none_or(|ids| ids.contains(&row.id)));
                return Ok(rows.map(|row| wire::whole_record(object, row)).collect());
            }
            Self::Count(object) => {
                return Ok(json!({ "count": site.crm.table(object).len() }));
            }
        }
        Ok(json!({ "done": true }))
    }
}

/// Contacts with a company of their own each, `Client B000001 inc.` and on; into list Acomba when no
/// list is named.
fn bulk(
    site: &mut Centrixone,
    count: i64,
    prefix: &str,
    list: Option<i64>,
    from: i64,
    now: NowMs,
) -> Result<Value, String> {
    let list = list
        .or_else(|| site.crm.acomba_list())
        .ok_or("there is no list Acomba, and none is named")?;
    let (mut first, mut last) = (None, None);
    for n in from..from + count {
        let contact = json!({
            "lists": [list], "company": format!("Client {prefix}{n:06} inc."),
            "firstname": "Camille", "name": format!("Tremblay {n}"),
            "address1": format!("{n} rue Principale"), "city": "Alma", "state": "QC",
            "zip": "G8B 1A1", "country": "CA", "language": "FR",
            "email": format!("info@{n}.example"), "phone1": format!("418 555-{:04}", n % 10_000),
        });
        let given = contact.as_object().expect("just made");
        let mut writer = site.writer(Hand::Seed, time::stamp(now));
        let id = writer.write(Object::Contacts, None, given)?;
        first = first.or(Some(id));
        last = Some(id);
    }
    Ok(json!({ "first_id": first, "last_id": last }))
}
