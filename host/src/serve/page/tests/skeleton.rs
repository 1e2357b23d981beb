//! The tags of a page, without what stands between them.

#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// With `/` before it where it closes.
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// Its name and its attributes' names.
    pub fn shape(&self) -> String {
        let names = self.attributes.iter().map(|(name, _)| name.as_str());
        std::iter::once(self.name.as_str())
            .chain(names)
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub fn value(&self, attribute: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(name, _)| name == attribute);
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Every value must be quoted, as `maud` writes it.
pub fn tags(html: &str) -> Vec<Tag> {
    let html = html
        .strip_prefix("<!DOCTYPE html>")
        .expect("the doctype comes first");
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        assert!(!text.contains('>'), "a stray > in {text:?}");
        let (name, mut inner) = until(tag, &[' ', '>']);
        let mut attributes = Vec::new();
        while let Some(next) = inner.strip_prefix(' ') {
            let (attribute, after) = until(next, &['=', ' ', '>']);
            let mut value = "";
            inner = after;
            if let Some(quoted) = after.strip_prefix("=\"") {
                let (inside, end) = quoted.split_once('"').expect("the quote ends");
                (value, inner) = (inside, end);
            }
            attributes.push((attribute.to_owned(), value.to_owned()));
        }
        rest = inner.strip_prefix('>').expect("the tag ends");
        found.push(Tag {
            name: name.to_owned(),
            attributes,
        });
    }
    assert!(!rest.contains('>'));
    found
}

fn until<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).expect("it ends"))
}

/// Everything that opens is closed, in order, and nothing stands where a browser would move it.
pub fn assert_balanced(tags: &[Tag], page: &str) {
    const VOID: [&str; 3] = ["meta", "link", "input"];
    const BLOCKS: [&str; 10] = [
        "p",
        "div",
        "ul",
        "table",
        "form",
        "h2",
        "section",
        "dl",
        "figure",
        "blockquote",
    ];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags {
        match tag.name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{page}"),
            None if VOID.contains(&tag.name.as_str()) => {}
            None => {
                let block = BLOCKS.contains(&tag.name.as_str());
                let closes = open.contains(&"p") && block;
                assert!(!closes, "{page}: {} inside p", tag.name);
                assert!(
                    tag.name != "form" || !open.contains(&"form"),
                    "{page}: a form in a form"
                );
                open.push(&tag.name);
            }
        }
    }
    assert!(open.is_empty(), "{page}: {open:?}");
}
