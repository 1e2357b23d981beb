//! What `changes`, `query`, `read` and `find` returned.

use super::{Nonsense, body, bounded, json, native_id, nonsense};
use crate::connector::bindings::types as wit;
use crate::connector::limits::{CURSOR_BYTES_MAX, VERSION_BYTES_MAX};
use crate::model::{Entry, NativeId, Page};

/// A page of a walk that was asked for from `at` with `limit`.
pub fn page(page: wit::Page, at: Option<&[u8]>, limit: u32) -> Result<Page, Nonsense> {
    if page.entries.len() > limit as usize {
        return Err(nonsense(format!(
            "{} records where at most {limit} were asked for",
            page.entries.len()
        )));
    }
    if page.more && page.complete {
        return Err(nonsense(
            "a page that is both complete and followed by another one",
        ));
    }
    match &page.next {
        Some(next) if next.len() > CURSOR_BYTES_MAX => {
            return Err(nonsense(format!(
                "a cursor of {} bytes; at most {CURSOR_BYTES_MAX}",
                next.len()
            )));
        }
        // The guest keeps no state, so the same cursor would bring the same page for ever.
        Some(next) if page.more && at == Some(next.as_slice()) => {
            return Err(nonsense(
                "the cursor it was given, and says that more follows",
            ));
        }
        None if page.more => return Err(nonsense("no cursor, and says that more follows")),
        _ => {}
    }
    bounded(bodies(&page.entries))?;
    let entries = page
        .entries
        .into_iter()
        .map(entry)
        .collect::<Result<_, _>>()?;
    Ok(Page {
        entries,
        next: page.next,
        more: page.more,
        complete: page.complete,
    })
}

fn bodies<'a>(entries: impl IntoIterator<Item = &'a wit::Entry>) -> impl Iterator<Item = &'a str> {
    entries.into_iter().map(|entry| entry.body.as_str())
}

pub fn entry(entry: wit::Entry) -> Result<Entry, Nonsense> {
    let id = native_id(&entry.id, "of a record")?;
    if let Some(version) = entry
        .version
        .as_ref()
        .filter(|version| version.len() > VERSION_BYTES_MAX)
    {
        let bytes = version.len();
        return Err(nonsense(format!(
            "a version of record {id} with {bytes} bytes; at most {VERSION_BYTES_MAX}"
        )));
    }
    let of = format!("of record {id}");
    // Of a deleted record often nothing is known.
    let nothing_known =
        entry.deleted && matches!(json(&entry.body, &of), Ok(serde_json::Value::Null));
    let body = if nothing_known {
        serde_json::json!({})
    } else {
        body(&entry.body, &of)?
    };
    Ok(Entry {
        id,
        version: entry.version,
        deleted: entry.deleted,
        body,
    })
}

/// The answer to `read`: each place holds the record that was asked for there, or none.
pub fn read(
    asked: &[NativeId],
    entries: Vec<Option<wit::Entry>>,
) -> Result<Vec<Option<Entry>>, Nonsense> {
    same_number("records", asked.len(), entries.len())?;
    bounded(bodies(entries.iter().flatten()))?;
    asked
        .iter()
        .zip(entries)
        .map(|(id, found)| {
            let found = found.map(entry).transpose()?;
            match found {
                Some(other) if other.id != *id => Err(nonsense(format!(
                    "record {} where {id} was asked for",
                    other.id
                ))),
                found => Ok(found),
            }
        })
        .collect()
}

pub fn find(asked: usize, answers: Vec<Vec<wit::Entry>>) -> Result<Vec<Vec<Entry>>, Nonsense> {
    same_number("answers", asked, answers.len())?;
    bounded(bodies(answers.iter().flatten()))?;
    answers
        .into_iter()
        .map(|fits| fits.into_iter().map(entry).collect())
        .collect()
}

pub fn same_number(what: &str, asked: usize, got: usize) -> Result<(), Nonsense> {
    if asked == got {
        Ok(())
    } else {
        Err(nonsense(format!("{got} {what} to {asked} questions")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wit_entry(id: &str, body: &str) -> wit::Entry {
        wit::Entry {
            id: id.into(),
            version: None,
            deleted: false,
            body: body.into(),
            ext: vec![],
        }
    }

    fn wit_page(
        entries: Vec<wit::Entry>,
        next: Option<&[u8]>,
        more: bool,
        complete: bool,
    ) -> wit::Page {
        wit::Page {
            entries,
            next: next.map(<[u8]>::to_vec),
            more,
            complete,
            ext: vec![],
        }
    }

    #[track_caller]
    fn check(given: wit::Page, at: Option<&[u8]>, expected: Option<&str>) {
        match (page(given, at, 2), expected) {
            (Ok(_), None) => {}
            (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{error}"),
            (result, expected) => panic!("{result:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn pages_are_checked() {
        let good = || wit_entry("1", r#"{"a":"1"}"#);
        check(wit_page(vec![good()], None, false, true), None, None);
        check(
            wit_page(vec![good()], Some(b"2"), true, false),
            Some(b"1"),
            None,
        );
        check(wit_page(vec![], Some(b"1"), false, false), Some(b"1"), None);
        check(
            wit_page(vec![good(), good(), good()], None, false, false),
            None,
            Some("3 records"),
        );
        check(
            wit_page(vec![], Some(b"1"), true, true),
            None,
            Some("both complete"),
        );
        check(wit_page(vec![], None, true, false), None, Some("no cursor"));
        check(
            wit_page(vec![good()], Some(b"1"), true, false),
            Some(b"1"),
            Some("it was given"),
        );
        check(
            wit_page(vec![], Some(&[0; 5_000]), false, false),
            None,
            Some("5000 bytes"),
        );
        check(
            wit_page(vec![wit_entry("", "{}")], None, false, false),
            None,
            Some("id of a record"),
        );
        check(
            wit_page(vec![wit_entry("a\nb", "{}")], None, false, false),
            None,
            Some("control"),
        );
        check(
            wit_page(vec![wit_entry("1", "{")], None, false, false),
            None,
            Some("does not parse"),
        );
        check(
            wit_page(vec![wit_entry("1", "[]")], None, false, false),
            None,
            Some("no JSON object"),
        );
        check(
            wit_page(vec![wit_entry("1", "null")], None, false, false),
            None,
            Some("no JSON object"),
        );
    }

    #[test]
    fn a_deleted_record_may_have_no_body() {
        let gone = wit::Entry {
            deleted: true,
            ..wit_entry("1", "null")
        };
        assert_eq!(entry(gone).unwrap().body, serde_json::json!({}));
    }

    #[test]
    fn read_answers_in_order_and_number() {
        let asked = [NativeId::parse("1").unwrap(), NativeId::parse("2").unwrap()];
        let entry = |id| Some(wit_entry(id, "{}"));
        assert_eq!(read(&asked, vec![entry("1"), None]).unwrap()[1], None);
        assert!(
            read(&asked, vec![entry("1")])
                .unwrap_err()
                .to_string()
                .contains("1 records to 2")
        );
        assert!(
            read(&asked, vec![entry("2"), entry("1")])
                .unwrap_err()
                .to_string()
                .contains("record 2 where 1")
        );
    }
}
