//! Questions to the gateway: `query`, `lookup`.

use crate::xml::{escape, leaf};

/// One `query`. Without an order the rows come in any, so there always is one.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub object: &'static str,
    /// The transaction definition of documents, without which their custom fields are not told.
    pub definition: Option<String>,
    pub select: Vec<String>,
    /// What must all be true, each one operator of the gateway.
    pub filter: Vec<String>,
    /// The field of the order; the record number where empty.
    pub order: &'static str,
    pub rows: u32,
    /// Show records that are private to entities.
    pub private: bool,
}

impl Question {
    pub fn xml(&self) -> String {
        let mut out = String::from("<query>");
        leaf(&mut out, "object", self.object);
        if let Some(definition) = &self.definition {
            leaf(&mut out, "docparid", definition);
        }
        out.push_str("<select>");
        for field in &self.select {
            leaf(&mut out, "field", field);
        }
        out.push_str("</select>");
        if let Some(filter) = all(&self.filter) {
            out.push_str(&format!("<filter>{filter}</filter>"));
        }
        let order = match self.order {
            "" => RECORD_NUMBER,
            order => order,
        };
        out.push_str(&format!(
            "<orderby><order><field>{}</field><ascending/></order></orderby>",
            escape(order)
        ));
        if self.private {
            out.push_str("<options><showprivate>true</showprivate></options>");
        }
        leaf(&mut out, "pagesize", &self.rows.clamp(1, 2_000).to_string());
        out.push_str("<offset>0</offset></query>");
        out
    }
}

/// The permanent number of every record.
pub const RECORD_NUMBER: &str = "RECORDNO";

/// What fields an object has, and which are custom.
pub fn lookup(object: &str, definition: Option<&str>) -> String {
    let mut out = String::from("<lookup>");
    leaf(&mut out, "object", object);
    if let Some(definition) = definition {
        leaf(&mut out, "docparid", definition);
    }
    out.push_str("</lookup>");
    out
}

fn compared(operator: &str, field: &str, values: &[&str]) -> String {
    let mut out = format!("<{operator}>");
    leaf(&mut out, "field", field);
    for value in values {
        leaf(&mut out, "value", value);
    }
    out.push_str(&format!("</{operator}>"));
    out
}

pub fn equal(field: &str, value: &str) -> String {
    compared("equalto", field, &[value])
}

pub fn greater(field: &str, value: &str) -> String {
    compared("greaterthan", field, &[value])
}

pub fn at_least(field: &str, value: &str) -> String {
    compared("greaterthanorequalto", field, &[value])
}

pub fn less(field: &str, value: &str) -> String {
    compared("lessthan", field, &[value])
}

pub fn at_most(field: &str, value: &str) -> String {
    compared("lessthanorequalto", field, &[value])
}

pub fn is_set(field: &str) -> String {
    format!("<isnotnull><field>{}</field></isnotnull>", escape(field))
}

pub fn is_unset(field: &str) -> String {
    format!("<isnull><field>{}</field></isnull>", escape(field))
}

/// One of these; of one value it is a plain comparison.
pub fn one_of(field: &str, values: &[&str]) -> String {
    match values {
        [value] => equal(field, value),
        values => compared("in", field, values),
    }
}

/// All of these as the one operator that a filter may have.
pub fn all(filters: &[String]) -> Option<String> {
    match filters {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("<and>{}</and>", several.concat())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_an_order_and_one_operator() {
        let question = Question {
            object: "CONTRACT",
            select: vec!["RECORDNO".to_owned(), "NAME".to_owned()],
            filter: vec![equal("NAME", "A & B"), greater("RECORDNO", "12")],
            rows: 5_000,
            private: true,
            ..Question::default()
        };
        assert_eq!(question.xml(), "<query><object>CONTRACT</object><select><field>RECORDNO</field><field>NAME</field></select><filter><and><equalto><field>NAME</field><value>A &amp; B</value></equalto><greaterthan><field>RECORDNO</field><value>12</value></greaterthan></and></filter><orderby><order><field>RECORDNO</field><ascending/></order></orderby><options><showprivate>true</showprivate></options><pagesize>2000</pagesize><offset>0</offset></query>");
        let bare = Question {
            object: "ITEM",
            definition: Some("Contract Invoice".to_owned()),
            order: "LINE_NO",
            ..Question::default()
        };
        let xml = bare.xml();
        assert!(!xml.contains("<filter>") && xml.contains("<pagesize>1</pagesize>"));
        assert!(xml.contains("<docparid>Contract Invoice</docparid><select>"));
        assert!(xml.contains("<field>LINE_NO</field><ascending/>"));
    }

    #[test]
    fn one_value_is_compared_and_several_are_listed() {
        assert!(one_of("A", &["1"]).starts_with("<equalto>"));
        assert_eq!(
            one_of("A", &["1", "2"]),
            "<in><field>A</field><value>1</value><value>2</value></in>"
        );
        assert_eq!(all(&[]), None);
        assert_eq!(all(&["<x/>".to_owned()]).as_deref(), Some("<x/>"));
    }
}
