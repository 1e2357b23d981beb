//! What a person wants made in the org, as the settings `fields` and `record_types` say it.

use crate::settings::{is_name, Settings};
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A custom field that is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    pub kind: Kind,
}

/// What it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text(u32),
    /// External ID and unique.
    Key(u32),
    LongText(u32),
    Checkbox,
    Date,
    DateTime,
    /// Digits in all, and of them behind the point.
    Number(u32, u32),
    Currency(u32, u32),
    Percent(u32, u32),
    /// Open for further values.
    Picklist(Vec<String>),
    Lookup(String),
}

/// What is to be made of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub fields: Vec<Made>,
    pub record_types: BTreeSet<String>,
}

/// All objects with what is to be made of them, liaison's key included.
pub fn made(settings: &Settings, keyed: &[&str]) -> Result<BTreeMap<String, Parts>, Fault> {
    let mut objects: BTreeMap<String, Parts> = BTreeMap::new();
    for (place, kind) in settings.fields() {
        let (object, name) = part(place, "fields")?;
        let kind = Kind::parse(kind).ok_or_else(|| no_kind(place, kind))?;
        let name = name.to_owned();
        let of = objects.entry(object.to_owned()).or_default();
        of.fields.push(Made { name, kind });
    }
    for place in settings.record_types() {
        let (object, name) = part(place, "record_types")?;
        let of = objects.entry(object.to_owned()).or_default();
        of.record_types.insert(name.to_owned());
    }
    let custom = settings.custom_objects().iter().map(String::as_str);
    let keyed: Vec<&str> = keyed.iter().copied().chain(custom).collect();
    for object in keyed {
        let key = settings.key_field_of(object).to_owned();
        if !key.ends_with("__c") || is_packaged(&key) || is_packaged(object) {
            continue;
        }
        let of = objects.entry(object.to_owned()).or_default();
        if !of.fields.iter().any(|field| field.name == key) {
            let kind = Kind::Key(64);
            of.fields.push(Made { name: key, kind });
        }
    }
    Ok(objects)
}

/// A managed package's: nobody else can make it.
fn is_packaged(name: &str) -> bool {
    name.matches("__").count() > 1
}

fn part<'p>(place: &'p str, setting: &str) -> Result<(&'p str, &'p str), Fault> {
    let wrong = |words: Text| fault::misconfigured(words).field(setting);
    let parts = place.trim().split_once('.');
    let Some((object, name)) = parts.filter(|(object, name)| is_name(object) && is_name(name))
    else {
        return Err(wrong(text!(
            "salesforce-made-place",
            "{place} in the setting `{setting}` must read Object.Name, both by their API names",
            place = place,
            setting = setting
        )));
    };
    if is_packaged(name) || is_packaged(object) {
        return Err(wrong(text!(
            "salesforce-made-packaged",
            "{place} in the setting `{setting}` is a managed package's and comes with it: nobody else can make it",
            place = place,
            setting = setting
        )));
    }
    if setting == "fields" && !name.ends_with("__c") {
        return Err(wrong(text!(
            "salesforce-made-standard",
            "{place} in the setting `{setting}` is no custom field: its name ends in __c",
            place = place,
            setting = setting
        )));
    }
    Ok((object, name))
}

fn no_kind(place: &str, kind: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-made-kind",
        "{place}: `{kind}` is no kind of field; there are text(80), key(40), long_text(2000), checkbox, date, datetime, number(18,2), currency(18,2), percent(5,2), picklist(A|B) and lookup(Object)",
        place = place,
        kind = kind
    ))
    .field("fields")
}

impl Kind {
    /// `text(80)`, `picklist(Draft|Posted)`.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (word, inside) = match text.split_once('(') {
            Some((word, rest)) => (word.trim(), Some(rest.strip_suffix(')')?.trim())),
            None => (text, None),
        };
        let length = |most: u32| inside?.parse().ok().filter(|n| (1..=most).contains(n));
        let digits = || {
            let (all, behind) = inside?.split_once(',')?;
            let (all, behind): (u32, u32) = (all.trim().parse().ok()?, behind.trim().parse().ok()?);
            (all <= 18 && behind < all).then_some((all, behind))
        };
        Some(match (word, inside) {
            ("text", _) => Self::Text(length(255)?),
            ("key", _) => Self::Key(length(255)?),
            ("long_text", _) => Self::LongText(length(131_072).filter(|n| *n > 255)?),
            ("checkbox", None) => Self::Checkbox,
            ("date", None) => Self::Date,
            ("datetime", None) => Self::DateTime,
            ("number", _) => digits().map(|(all, behind)| Self::Number(all, behind))?,
            ("currency", _) => digits().map(|(all, behind)| Self::Currency(all, behind))?,
            ("percent", _) => digits().map(|(all, behind)| Self::Percent(all, behind))?,
            ("picklist", Some(words)) => {
                let words: Vec<String> = words
                    .split('|')
                    .map(|word| word.trim().to_owned())
                    .collect();
                words
                    .iter()
                    .all(|word| !word.is_empty())
                    .then_some(Self::Picklist(words))?
            }
            ("lookup", Some(object)) if is_name(object) => Self::Lookup(object.to_owned()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::testing::ScriptHost;

    fn of(given: Value) -> Result<BTreeMap<String, Parts>, Fault> {
        let settings = Settings::of(&ScriptHost::new(given))?;
        made(&settings, &["Account"])
    }

    #[test]
    fn kinds_are_read() {
        for (text, kind) in [
            ("text(80)", Some(Kind::Text(80))),
            (" key( 40 ) ", Some(Kind::Key(40))),
            ("long_text(2000)", Some(Kind::LongText(2000))),
            ("checkbox", Some(Kind::Checkbox)),
            ("number(18, 2)", Some(Kind::Number(18, 2))),
            (
                "picklist(Draft | Posted)",
                Some(Kind::Picklist(vec!["Draft".into(), "Posted".into()])),
            ),
            ("lookup(Contract)", Some(Kind::Lookup("Contract".into()))),
            ("text", None),
            ("text(256)", None),
            ("long_text(255)", None),
            ("number(2,2)", None),
            ("number(19,2)", None),
            ("checkbox(1)", None),
            ("picklist(A||B)", None),
            ("lookup(No such)", None),
            ("formula", None),
        ] {
            assert_eq!(Kind::parse(text), kind, "{text}");
        }
    }

    #[test]
    fn the_key_is_made_where_it_is_ours_to_make() {
        let objects = of(json!({"custom_objects": ["Mirror__c", "ia_crm__Their__c"], "key_fields": {"Mirror__c": "Id_There__c"}})).unwrap();
        let keys: Vec<(&str, &str)> = objects
            .iter()
            .map(|(object, of)| (object.as_str(), of.fields[0].name.as_str()))
            .collect();
        assert_eq!(
            keys,
            [("Account", "Liaison_Key__c"), ("Mirror__c", "Id_There__c")]
        );
        assert_eq!(of(json!({"key_field": ""})).unwrap(), BTreeMap::new());
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        for (given, key) in [
            (
                json!({"fields": {"Contract": "date"}}),
                "salesforce-made-place",
            ),
            (
                json!({"fields": {"Contract.ia_crm__Id__c": "date"}}),
                "salesforce-made-packaged",
            ),
            (
                json!({"fields": {"Contract.Name": "date"}}),
                "salesforce-made-standard",
            ),
            (
                json!({"fields": {"Contract.X__c": "when"}}),
                "salesforce-made-kind",
            ),
            (
                json!({"record_types": ["Contract/X"]}),
                "salesforce-made-place",
            ),
        ] {
            let fault = of(given.clone()).expect_err("refused");
            assert_eq!(fault.message.key, key, "{given}");
        }
    }
}
