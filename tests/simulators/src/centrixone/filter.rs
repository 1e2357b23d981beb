//! Which records a request is about: the basic filter of the path, and the query's `filters` and `fields`.
//!
//! Different kinds of the basic filter combine with AND, several of one kind select several. Of `filters`
//! only the documented tuple is taken (a field is not empty); its first and last slots have no known
//! meaning and must be empty.

use std::collections::BTreeSet;

use super::object::Object;
use super::refusal::Refusal;
use super::table::Row;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    tokens: Vec<(char, String)>,
    /// A field that must hold something.
    not_empty: Option<&'static str>,
}

impl Filter {
    pub fn parse(object: Object, text: &str) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        if text == "all" {
            return Ok(filter);
        }
        for token in text.split(',') {
            let wrong = || Refusal::bad(format!("basic filter {text} is not understood"));
            let letter = token.chars().next().ok_or_else(wrong)?;
            let value = &token[letter.len_utf8()..];
            if !object.letters().contains(letter) {
                return Err(wrong());
            }
            let is_id = value.parse::<i64>().is_ok_and(|id| id >= 0) && !value.starts_with('+');
            if value.is_empty() || (letter != 'E' && !is_id) {
                return Err(wrong());
            }
            filter.tokens.push((letter, value.to_owned()));
        }
        Ok(filter)
    }

    /// Reads `filters=⇥name⇥<>⇥⇥`.
    pub fn narrow(&mut self, object: Object, text: &str) -> Result<(), Refusal> {
        let slots: Vec<&str> = text.split('\t').collect();
        let ["", name, "<>", "", ""] = slots.as_slice() else {
            return Err(Refusal::bad(
                "filters takes one tuple: TAB field TAB <> TAB TAB",
            ));
        };
        let field = object
            .field(name)
            .ok_or_else(|| Refusal::bad(format!("unknown field {name} in filters")))?;
        self.not_empty = Some(field.name);
        Ok(())
    }

    fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        let tokens = self.tokens.iter();
        tokens
            .filter(move |(kind, _)| *kind == letter)
            .map(|(_, value)| value.as_str())
    }

    /// The lists whose data was asked for; none means every list.
    pub fn lists(&self, object: Object) -> BTreeSet<i64> {
        if object != Object::Contacts {
            return BTreeSet::new();
        }
        self.values('S')
            .filter_map(|value| value.parse().ok())
            .collect()
    }

    /// The ids a record must have, when the filter names any: spares walking the table.
    pub fn ids(&self, object: Object) -> Option<BTreeSet<i64>> {
        let own = object.letters().chars().next()?;
        let ids: BTreeSet<i64> = self
            .values(own)
            .filter_map(|value| value.parse().ok())
            .collect();
        (!ids.is_empty()).then_some(ids)
    }

    pub fn matches(&self, object: Object, row: &Row) -> bool {
        let is_own = |letter| object.letters().starts_with(letter);
        let holds = |letter: char| {
            let mut values = self.values(letter).peekable();
            values.peek().is_none()
                || values.any(|value| {
                    let id = value.parse::<i64>().ok();
                    match letter {
                        'E' => row.text("external_id") == value,
                        letter if is_own(letter) => Some(row.id) == id,
                        'A' => row.number("account_id") == id,
                        'C' => row.number("contact_id") == id,
                        _ => id.is_some_and(|id| row.lists().contains(&id)),
                    }
                })
        };
        object.letters().chars().all(holds)
            && self.not_empty.is_none_or(|field| {
                row.values.contains_key(field) || matches!(field, "created" | "modified")
            })
    }
}

/// Reads `fields=all` or a list of names with commas.
pub fn fields(object: Object, text: &str) -> Result<Option<BTreeSet<String>>, Refusal> {
    if text == "all" {
        return Ok(None);
    }
    let known = |name: &str| name == "id" || object.field(name).is_some();
    match text.split(',').find(|name| !known(name)) {
        Some(name) => Err(Refusal::bad(format!("unknown field {name} in fields"))),
        None => Ok(Some(text.split(',').map(str::to_owned).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, fields};
    use crate::centrixone::object::Object;

    #[test]
    fn the_grammar_takes_what_is_documented() {
        for (object, text, good) in [
            (Object::Contacts, "all", true),
            (Object::Contacts, "C1234,C125", true),
            (Object::Contacts, "C1234,S999", true),
            (Object::Contacts, "Eacomba:57", true),
            (
                Object::Opportunities,
                "Eacomba-tx:ITp_Invoice:10082:57",
                true,
            ),
            (Object::Accounts, "A88", true),
            (Object::Contacts, "", false),
            (Object::Contacts, "ALL", false),
            (Object::Contacts, "all,S7", false),
            (Object::Contacts, "c1234", false),
            (Object::Contacts, "C", false),
            (Object::Contacts, "C-1", false),
            (Object::Contacts, "C1x", false),
            (Object::Contacts, "C1,", false),
            (Object::Contacts, "U501", false),
            (Object::Accounts, "S7", false),
            (Object::Accounts, "E5", false),
        ] {
            assert_eq!(
                Filter::parse(object, text).is_ok(),
                good,
                "{object:?} {text}"
            );
        }
    }

    #[test]
    fn filters_takes_the_documented_tuple_only() {
        for (text, good) in [
            ("\tname\t<>\t\t", true),
            ("\temail\t<>\t\t", true),
            ("name\t<>\t", false),
            ("\tname\t=\t\t", false),
            ("\tname\t<>\tTremblay\t", false),
            ("(\tname\t<>\t\t)", false),
            ("\tcolour\t<>\t\t", false),
            ("\tname\t<>\t\t\temail\t<>\t\t", false),
        ] {
            let narrowed = Filter::default().narrow(Object::Contacts, text);
            assert_eq!(narrowed.is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn fields_are_all_or_known_names() {
        assert_eq!(fields(Object::Contacts, "all"), Ok(None));
        assert_eq!(
            fields(Object::Contacts, "id,name").unwrap().unwrap().len(),
            2
        );
        assert!(fields(Object::Contacts, "name,colour").is_err());
        assert!(fields(Object::Contacts, "").is_err());
    }
}
