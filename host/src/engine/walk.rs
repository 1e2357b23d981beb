//! A walk over the pages of an entity. It must end, whatever the connector says.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::model::{Fault, Page};

use super::words;

/// Pages without a new record that may follow one another: a connector that filters by itself has some.
const EMPTY_PAGES_MAX: u32 = 10_000;

/// Where a walk stands.
pub(super) struct Walk {
    at: Option<Vec<u8>>,
    seen: BTreeSet<[u8; 32]>,
    /// Of the pages' records: one that comes again is as good as empty.
    pages: BTreeSet<[u8; 32]>,
    empty: u32,
}

impl Walk {
    /// From a cursor, or from the beginning.
    pub fn from(at: Option<Vec<u8>>) -> Self {
        let seen = at.iter().map(|at| Sha256::digest(at).into()).collect();
        Self {
            at,
            seen,
            pages: BTreeSet::new(),
            empty: 0,
        }
    }

    pub fn at(&self) -> Option<&[u8]> {
        self.at.as_deref()
    }

    /// Moves behind this page. Answers whether another follows; a walk that gets nowhere is a fault.
    pub fn pass(&mut self, page: &Page) -> Result<bool, Fault> {
        if !page.more {
            return Ok(false);
        }
        self.empty = match page.entries.is_empty() || !self.pages.insert(digest(page)) {
            true => self.empty + 1,
            false => 0,
        };
        let next = page.next.as_ref().filter(|_| self.empty <= EMPTY_PAGES_MAX);
        match next {
            Some(next) if self.seen.insert(Sha256::digest(next).into()) => {
                self.at = Some(next.clone());
                Ok(true)
            }
            _ => Err(Fault::internal(words(
                "engine-cursor-stuck",
                vec![],
                "it says more records follow, but its cursor leads nowhere new",
            ))),
        }
    }
}

fn digest(page: &Page) -> [u8; 32] {
    let mut digest = Sha256::new();
    for entry in &page.entries {
        digest.update(format!("{}\n{}\n", entry.id, entry.body));
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Entry, NativeId};

    fn page(next: Option<&str>) -> Page {
        Page {
            entries: Vec::new(),
            next: next.map(|next| next.as_bytes().to_vec()),
            more: true,
            complete: false,
        }
    }

    #[test]
    fn a_walk_that_gets_nowhere_ends() {
        for cursors in [
            vec![None],
            vec![Some("start")],
            vec![Some("a"), Some("a")],
            vec![Some("a"), Some("b"), Some("a")],
        ] {
            let mut walk = Walk::from(Some(b"start".to_vec()));
            let (last, before) = cursors.split_last().expect("a cursor");
            for cursor in before {
                assert!(walk.pass(&page(*cursor)).expect("it moves"));
            }
            assert!(walk.pass(&page(*last)).is_err(), "{cursors:?}");
        }
    }

    #[test]
    fn one_page_again_and_again_ends_too() {
        let mut walk = Walk::from(None);
        let passed = (0..u32::MAX).take_while(|n| {
            let mut page = page(Some(&n.to_string()));
            page.entries.push(Entry {
                id: NativeId::parse("1").expect("an id"),
                version: None,
                deleted: false,
                body: json!({"name": "the last page"}),
            });
            walk.pass(&page).is_ok()
        });
        assert_eq!(passed.count(), EMPTY_PAGES_MAX as usize + 1);
    }

    #[test]
    fn empty_pages_end_too() {
        let mut walk = Walk::from(None);
        let passed = (0..u32::MAX).take_while(|n| walk.pass(&page(Some(&n.to_string()))).is_ok());
        assert_eq!(passed.count(), EMPTY_PAGES_MAX as usize);
    }
}
