//! What the service answers: rows, or an error, both with HTTP status 200.

use liaison_sdk::xml::{self, Element};
use std::borrow::Cow;

/// What the service says went wrong.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    pub code: String,
    pub words: String,
}

impl Trouble {
    /// The error that an element holds.
    pub fn of(element: &Element) -> Option<Self> {
        let error = match element.name {
            "error" => Some(element),
            _ => element.child("error"),
        }?;
        Some(Self {
            code: error.attribute("code").trim().to_owned(),
            words: error.text.trim().to_owned(),
        })
    }
}

/// A reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<T> {
    Rows(Vec<T>),
    Error(Trouble),
}

/// The name by which a row of whatever name is asked for: the reply's root itself is then the one row.
pub const ROOT: &str = "";

/// Reads a reply to a request of this root: what `row` makes of each element of this name. None where it is no reply.
pub fn read<T>(
    request: &str,
    text: &str,
    name: &str,
    row: &dyn Fn(&Element) -> Option<T>,
) -> Option<Reply<T>> {
    let clean = cleaned(text);
    let mut rows = Vec::new();
    let root = xml::parse_each(&clean, name, &mut |element| rows.extend(row(&element))).ok()?;
    if let Some(trouble) = Trouble::of(&root) {
        return Some(Reply::Error(trouble));
    }
    if name == ROOT {
        rows.extend(row(&root));
    }
    let answers = request.strip_suffix("_request")?;
    let is_answer = root.name.strip_suffix("_response") == Some(answers);
    is_answer.then_some(Reply::Rows(rows))
}

/// Bytes as text. What is not UTF-8 is taken for Latin-1, of which every byte is a character.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// Text without the characters that XML does not have: people paste them into notes.
fn cleaned(text: &str) -> Cow<'_, str> {
    let stray = |c: char| {
        c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.contains(stray) {
        true => Cow::Owned(text.chars().filter(|c| !stray(*c)).collect()),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Option<Reply<String>> {
        read("export_documents_request", text, "document", &|row| {
            Some(row.attribute("documentNumber").to_owned())
        })
    }

    #[test]
    fn rows_errors_and_rubbish_are_told_apart() {
        let rows =
            |numbers: &[&str]| Some(Reply::Rows(numbers.iter().map(|&n| n.to_owned()).collect()));
        let error = |code: &str, words: &str| {
            Some(Reply::Error(Trouble {
                code: code.to_owned(),
                words: words.to_owned(),
            }))
        };
        for (text, expected) in [
            (
                "<export_documents_response version=\"7.0\"><documents><document documentNumber=\"Q-1\"/><document documentNumber=\"Q-2\"><note>a\u{b}b\u{1}</note></document></documents></export_documents_response>",
                rows(&["Q-1", "Q-2"]),
            ),
            ("<export_documents_response version=\"7.0\"/>", rows(&[])),
            ("<export_documents_response><error code=\"105\">Invalid User Agent</error></export_documents_response>", error("105", "Invalid User Agent")),
            ("<response><error code=\"101\"/></response>", error("101", "")),
            ("<error>no code</error>", error("", "no code")),
            ("<import_customers_response/>", None),
            ("<export_documents_response><documents>", None),
            ("<html><body>Down</body></html>", None),
            ("", None),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }

    #[test]
    fn bytes_of_either_encoding_are_read() {
        assert_eq!(decoded("é\u{1}".as_bytes()), "é\u{1}");
        assert_eq!(decoded(b"caf\xe9"), "café");
        assert_eq!(cleaned("a\tb\u{0}\u{1f}\u{fffe}\r\n"), "a\tb\r\n");
    }
}
