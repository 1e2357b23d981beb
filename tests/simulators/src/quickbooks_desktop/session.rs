//! One application's session with QuickBooks: its pages live and die with it.

use std::collections::HashMap;

use super::company::Serial;
use super::status::Status;
use super::xml::Element;

#[derive(Debug, Default)]
pub struct Session {
    /// The name QuickBooks knows the application by.
    pub application: String,
    /// The company file it was opened on.
    pub path: String,
    pub read_only: bool,
    /// Tells this session's iterators from those of any other.
    pub number: u64,
    pages: HashMap<String, Page>,
    opened: u64,
}

/// A search in progress.
#[derive(Debug)]
pub struct Page {
    request: Element,
    left: Vec<Serial>,
}

impl Page {
    pub fn start(request: &Element, found: Vec<Serial>) -> Self {
        Self {
            request: question(request),
            left: found,
        }
    }
}

/// A request without what may differ from page to page.
fn question(request: &Element) -> Element {
    let mut question = request.clone();
    question.attributes.clear();
    question
        .children
        .retain(|child| child.name != "MaxReturned");
    question
}

impl Session {
    pub fn new(application: &str, path: &str, number: u64, read_only: bool) -> Self {
        Self {
            application: application.to_owned(),
            path: path.to_owned(),
            number,
            read_only,
            ..Self::default()
        }
    }

    /// The first page: the iterator's id, what it holds, how many are left.
    pub fn open(&mut self, mut page: Page, count: usize) -> (String, Vec<Serial>, usize) {
        self.opened += 1;
        let id = format!(
            "{{{:08x}-0000-4000-8000-{:012x}}}",
            self.number, self.opened
        );
        let found = take(&mut page.left, count);
        let left = page.left.len();
        if left > 0 {
            self.pages.insert(id.clone(), page);
        }
        (id, found, left)
    }

    /// The next page, if the iterator is this session's and asked the same question.
    pub fn go_on(
        &mut self,
        id: &str,
        request: &Element,
        count: usize,
    ) -> Result<(Vec<Serial>, usize), Status> {
        let page = self.pages.get_mut(id);
        let page = page.filter(|page| page.request == question(request));
        let page = page.ok_or_else(|| Status::bad_id(id, "iteratorID"))?;
        let found = take(&mut page.left, count);
        let left = page.left.len();
        if left == 0 {
            self.pages.remove(id);
        }
        Ok((found, left))
    }

    pub fn close(&mut self, id: &str) {
        self.pages.remove(id);
    }
}

fn take(left: &mut Vec<Serial>, count: usize) -> Vec<Serial> {
    let rest = left.split_off(count.min(left.len()));
    std::mem::replace(left, rest)
}
