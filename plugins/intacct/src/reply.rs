//! What the gateway answers, at its three levels: control, authentication, each function.

use crate::stamp;
use crate::xml::{self, Element};
use std::collections::BTreeMap;

/// One record of an answer: names in capitals, nested ones joined by a dot. An empty field is an empty text.
pub type Row = BTreeMap<String, String>;

/// One line of a failure. Any of the four may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    pub number: String,
    pub description: String,
    pub description2: String,
    pub correction: String,
}

impl Trouble {
    /// All that is said, in one line.
    pub fn words(&self) -> String {
        let parts = [&self.description, &self.description2, &self.correction];
        let parts: Vec<&str> = parts
            .into_iter()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    }
}

/// A field as `lookup` tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    pub id: String,
    pub is_custom: bool,
}

/// How one function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Success,
    Failure,
    /// Undone because another function of the request failed.
    Aborted,
}

/// The one that failed. The others of a request that stands or falls together say only that they were undone.
pub fn culprit(told: &[Outcome]) -> Option<usize> {
    let failed = told.iter().position(|t| t.status == Status::Failure);
    failed.or_else(|| told.iter().position(|t| t.status != Status::Success))
}

/// The answer to one function.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub status: Status,
    pub control_id: String,
    pub rows: Vec<Row>,
    /// Rows that follow this page, where it is told.
    pub remaining: Option<u64>,
    /// The key that a function of the old kind gives.
    pub key: Option<String>,
    pub described: Vec<Described>,
    pub troubles: Vec<Trouble>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The request itself is refused: nothing was carried out.
    Control(Vec<Trouble>),
    /// The credentials or the session are refused: nothing was carried out.
    Door(Vec<Trouble>),
    Results {
        /// The gateway's time, and the end of the session, where told.
        now_ms: Option<i64>,
        until_ms: Option<i64>,
        outcomes: Vec<Outcome>,
    },
}

/// Reads an answer; none where it is no answer of the gateway's.
pub fn read(text: &str) -> Option<Reply> {
    let root = xml::parse(text).ok()?;
    if root.name != "response" {
        return None;
    }
    let control = root.child("control")?;
    let Some(operation) = root.child("operation") else {
        // Without an operation there is nothing but the failure; a bare success says nothing.
        let refused =
            control.text_of("status") != "success" || root.child("errormessage").is_some();
        return refused.then(|| Reply::Control(troubles(&root)));
    };
    if control.text_of("status") != "success" {
        return Some(Reply::Control(troubles(&root)));
    }
    let authentication = operation.child("authentication");
    if authentication.is_some_and(|a| a.text_of("status") != "success") {
        return Some(Reply::Door(troubles(operation)));
    }
    let time = |name: &str| {
        let text = authentication.map_or("", |a| a.text_of(name));
        stamp::instant_from_wire(text, 0)
    };
    Some(Reply::Results {
        now_ms: time("sessiontimestamp"),
        until_ms: time("sessiontimeout"),
        outcomes: operation.all("result").map(outcome).collect(),
    })
}

fn outcome(result: &Element) -> Outcome {
    let data = result.child("data");
    let children = data.map_or(&[][..], |data| data.children.as_slice());
    let described = children.iter().find(|child| child.name == "Type");
    Outcome {
        status: match result.text_of("status") {
            "success" => Status::Success,
            "aborted" => Status::Aborted,
            _ => Status::Failure,
        },
        control_id: result.text_of("controlid").to_owned(),
        rows: match described {
            Some(_) => Vec::new(),
            None => children.iter().map(row).collect(),
        },
        remaining: data.and_then(|data| data.attribute("numremaining").trim().parse().ok()),
        key: result
            .child("key")
            .map(|key| key.text.trim().to_owned())
            .filter(|key| !key.is_empty()),
        described: described.map(fields).unwrap_or_default(),
        troubles: troubles(result),
    }
}

fn fields(described: &Element) -> Vec<Described> {
    let fields = described.child("Fields");
    let fields = fields.into_iter().flat_map(|fields| fields.all("Field"));
    fields
        .map(|field| Described {
            id: field.text_of("ID").to_uppercase(),
            is_custom: field.text_of("ISCUSTOM").eq_ignore_ascii_case("true"),
        })
        .filter(|field| !field.id.is_empty())
        .collect()
}

fn row(element: &Element) -> Row {
    let mut row = Row::new();
    flatten(element, "", &mut row);
    row
}

fn flatten(element: &Element, prefix: &str, row: &mut Row) {
    for child in &element.children {
        let name = format!("{prefix}{}", child.name.to_uppercase());
        match child.children.is_empty() {
            true => {
                row.entry(name)
                    .or_insert_with(|| child.text.trim().to_owned());
            }
            false => flatten(child, &format!("{name}."), row),
        }
    }
}

fn troubles(element: &Element) -> Vec<Trouble> {
    let messages = element.all("errormessage");
    messages
        .flat_map(|message| message.all("error"))
        .map(|error| Trouble {
            number: error.text_of("errorno").to_owned(),
            description: error.text_of("description").to_owned(),
            description2: error.text_of("description2").to_owned(),
            correction: error.text_of("correction").to_owned(),
        })
        .collect()
}

/// The text of a field; nothing where the row does not have it.
pub fn text_of<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::date;

    #[test]
    fn the_level_of_a_failure_is_seen() {
        let error = "<errormessage><error><errorno>E1</errorno><description></description><description2>Why [Support ID: a%7E]</description2><correction>Do</correction></error><error><errorno>E2</errorno></error></errormessage>";
        let bare =
            format!("<response><control><status>failure</status></control>{error}</response>");
        let Some(Reply::Control(troubles)) = read(&bare) else {
            panic!("control")
        };
        assert_eq!(troubles[0].words(), "Why [Support ID: a%7E] Do");
        assert_eq!(troubles.len(), 2);
        let door = format!("<response><control><status>success</status></control><operation><authentication><status>failure</status><userid></userid></authentication>{error}</operation></response>");
        assert!(matches!(read(&door), Some(Reply::Door(t)) if t.len() == 2));
        for rubbish in [
            "<html><body>down</body></html>",
            "<response/>",
            "<response><control><status>success</status></control></response>",
            "plain",
            "",
        ] {
            assert_eq!(read(rubbish), None, "{rubbish}");
        }
    }

    #[test]
    fn rows_are_read_in_any_case_and_depth() {
        let text = "<response><control><status>success</status></control><operation><authentication><status>success</status><sessiontimestamp>2026-03-02T02:00:00-08:00</sessiontimestamp></authentication><result><status>success</status><function>query</function><controlid>a</controlid><data listtype=\"CUSTOMER\" totalcount=\"3\" numremaining=\"2\"><customer><Recordno>7</Recordno><CUSTOMER.NAME>A&amp;B</CUSTOMER.NAME><DISPLAYCONTACT><MAILADDRESS><CITY>Alma</CITY></MAILADDRESS><EMAIL1/></DISPLAYCONTACT></customer></data></result><result><status>aborted</status><controlid>b</controlid></result></operation></response>";
        let Some(Reply::Results {
            now_ms,
            until_ms,
            outcomes,
        }) = read(text)
        else {
            panic!("results")
        };
        assert_eq!(now_ms, date::parse_instant("2026-03-02T10:00:00Z"));
        assert_eq!(until_ms, None);
        let row = &outcomes[0].rows[0];
        assert_eq!(text_of(row, "RECORDNO"), "7");
        assert_eq!(text_of(row, "CUSTOMER.NAME"), "A&B");
        assert_eq!(text_of(row, "DISPLAYCONTACT.MAILADDRESS.CITY"), "Alma");
        assert_eq!(
            row.get("DISPLAYCONTACT.EMAIL1").map(String::as_str),
            Some("")
        );
        assert_eq!(outcomes[0].remaining, Some(2));
        assert_eq!(outcomes[1].status, Status::Aborted);
    }

    #[test]
    fn a_lookup_tells_its_fields() {
        let text = "<response><control><status>success</status></control><operation><authentication><status>success</status></authentication><result><status>success</status><data listtype=\"All\" count=\"1\"><Type Name=\"CONTRACT\"><Fields><Field><ID>CONTRACTID</ID><ISCUSTOM>false</ISCUSTOM></Field><Field><ID>liaison_id</ID><ISCUSTOM>true</ISCUSTOM></Field></Fields></Type></data></result></operation></response>";
        let Some(Reply::Results { outcomes, .. }) = read(text) else {
            panic!("results")
        };
        assert!(outcomes[0].rows.is_empty());
        let custom = &outcomes[0].described[1];
        assert_eq!((custom.id.as_str(), custom.is_custom), ("LIAISON_ID", true));
    }
}
