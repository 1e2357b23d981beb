//! The envelope: message sets out, results back.

use crate::xml::{self, Element};
use liaison_sdk::prelude::*;

/// QuickBooks 2014 and later.
pub const VERSION: &str = "13.0";
/// The reference allows 23 characters; the schema does not check it.
pub const SET_ID_MAX: usize = 23;

/// What a message set does when one of its requests fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    Stop,
    Continue,
}

/// How a message set is remembered by QuickBooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetIds {
    pub new: String,
    /// The one that may be forgotten: its answer is saved.
    pub old: Option<String>,
}

/// A whole document.
pub fn document(requests: &str, on_error: OnError, ids: Option<&SetIds>) -> String {
    let word = match on_error {
        OnError::Stop => "stopOnError",
        OnError::Continue => "continueOnError",
    };
    let mut attributes = format!("onError=\"{word}\"");
    if let Some(ids) = ids {
        attributes += &format!(" newMessageSetID=\"{}\"", ids.new);
        if let Some(old) = &ids.old {
            attributes += &format!(" oldMessageSetID=\"{old}\"");
        }
        attributes += " responseData=\"includeAll\"";
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?qbxml version=\"{VERSION}\"?>\n<QBXML><QBXMLMsgsRq {attributes}>{requests}</QBXMLMsgsRq></QBXML>"
    )
}

/// Asks whether a set is remembered: then its answer comes once more, and nothing is done.
pub fn check(id: &str) -> String {
    let ids = SetIds {
        new: id.to_owned(),
        old: Some(id.to_owned()),
    };
    document("", OnError::Stop, Some(&ids))
}

/// The id under which a sealed document is remembered.
pub fn set_id_of(document: &str) -> Option<&str> {
    let rest = document.split_once("newMessageSetID=\"")?.1;
    rest.split_once('"').map(|(id, _)| id)
}

/// What came back for one request.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    pub code: i32,
    pub severity: String,
    pub message: String,
    pub element: Element<'a>,
}

impl Outcome<'_> {
    /// Nothing was done.
    pub fn failed(&self) -> bool {
        self.code >= 1_000 || self.severity.eq_ignore_ascii_case("error")
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answered<'a> {
    /// Present only where recovery was asked for.
    pub set_status: Option<i32>,
    pub outcomes: Vec<Outcome<'a>>,
}

/// Reads an answer.
pub fn answered(text: &str) -> Result<Answered<'_>, xml::Refusal> {
    let root = xml::parse(text)?;
    let sets = root
        .children
        .into_iter()
        .find(|child| child.name == "QBXMLMsgsRs");
    let sets = sets
        .filter(|_| root.name == "QBXML")
        .ok_or(xml::Refusal::Malformed)?;
    let set_status = sets.attribute("messageSetStatusCode").trim().parse().ok();
    let outcomes = sets
        .children
        .into_iter()
        .filter(|child| child.name.ends_with("Rs"));
    let outcomes = outcomes.map(|element| Outcome {
        // An answer without a status is one that says nothing; it must not pass for success.
        code: element
            .attribute("statusCode")
            .trim()
            .parse()
            .unwrap_or(1_000),
        severity: element.attribute("statusSeverity").to_owned(),
        message: element.attribute("statusMessage").to_owned(),
        element,
    });
    Ok(Answered {
        set_status,
        outcomes: outcomes.collect(),
    })
}

/// The envelope's prolog and frame are part of every message; an answer names the element that tells a record.
pub fn records<'a, 'b>(outcome: &'b Outcome<'a>) -> impl Iterator<Item = &'b Element<'a>> {
    outcome
        .element
        .children
        .iter()
        .filter(|child| child.name.ends_with("Ret"))
}

/// A mark of which request an answer belongs to.
pub fn request(name: &str, id: usize, attributes: &str, content: &str) -> String {
    format!("<{name}Rq requestID=\"{id}\"{attributes}>{content}</{name}Rq>")
}

/// The fault for an answer nobody can read.
pub fn unreadable() -> Fault {
    fault::unavailable(text!(
        "qbd-unreadable",
        "QuickBooks gave an answer that cannot be read"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_what_the_reference_asks_for() {
        let ids = SetIds {
            new: "L2".to_owned(),
            old: Some("L1".to_owned()),
        };
        let document = document("<HostQueryRq/>", OnError::Stop, Some(&ids));
        assert_eq!(
            document,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?qbxml version=\"13.0\"?>\n<QBXML><QBXMLMsgsRq onError=\"stopOnError\" newMessageSetID=\"L2\" oldMessageSetID=\"L1\" responseData=\"includeAll\"><HostQueryRq/></QBXMLMsgsRq></QBXML>"
        );
        assert_eq!(set_id_of(&document), Some("L2"));
    }

    #[test]
    fn an_answer_is_read_and_rubbish_is_not() {
        let text = "<?xml version=\"1.0\" ?><QBXML><QBXMLMsgsRs messageSetStatusCode=\"600\"><HostQueryRs requestID=\"1\" statusCode=\"0\" statusSeverity=\"Info\" statusMessage=\"Status OK\"><HostRet/></HostQueryRs><XRs/></QBXMLMsgsRs></QBXML>";
        let answer = answered(text).unwrap();
        assert_eq!(answer.set_status, Some(600));
        let codes: Vec<(i32, bool)> = answer
            .outcomes
            .iter()
            .map(|o| (o.code, o.failed()))
            .collect();
        assert_eq!(codes, [(0, false), (1_000, true)]);
        assert_eq!(records(&answer.outcomes[0]).count(), 1);
        for text in ["", "<html/>", "<QBXML/>", "<QBXML><QBXMLMsgsRs>"] {
            assert!(answered(text).is_err(), "{text}");
        }
    }
}
