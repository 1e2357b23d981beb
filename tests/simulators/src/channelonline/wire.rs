//! XML as the service writes it: UTF-8, on one line, straight into one string.
//!
//! Characters that XML forbids go out as they are kept: the real service does no better. Reading is strict
//! (`quickbooks_desktop/xml.rs`).

use crate::simulator::Response;

pub use crate::quickbooks_desktop::xml::{Element, parse};

/// An answer being written.
pub struct Xml(String);

impl Xml {
    /// `root` with its `version`.
    pub fn answer(root: &str, version: &str) -> Self {
        let mut xml = Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        xml.open(root, &[("version", version)]);
        xml
    }

    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push('>');
    }

    pub fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// No content.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str("/>");
    }

    /// A leaf, present even where it is empty.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    pub fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.open(name, attributes);
        escape(text, &mut self.0);
        self.close(name);
    }

    /// A leaf that is left out where it is empty.
    pub fn some(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(name, text);
        }
    }

    pub fn flag(&mut self, name: &str, value: bool) {
        self.leaf(name, flag(value));
    }

    /// What is kept to be said again.
    pub fn raw(&mut self, written: &str) {
        self.0.push_str(written);
    }

    pub fn fragment() -> Self {
        Self(String::new())
    }

    pub fn written(self) -> String {
        self.0
    }

    pub fn response(mut self, root: &str) -> Response {
        self.close(root);
        respond(200, "text/xml", self.0)
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(value, &mut self.0);
            self.0.push('"');
        }
    }
}

pub fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

pub fn respond(status: u16, content_type: &str, body: String) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into_bytes(),
        delay_ms: 0,
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Xml, parse};

    #[test]
    fn writes_what_it_reads_but_for_what_xml_forbids() {
        let mut xml = Xml::answer("a", "7.0");
        xml.leaf_with("b", &[("k", "\"1\" < 2")], "é & <x>");
        xml.leaf("c", "");
        xml.some("d", "");
        let body = String::from_utf8(xml.response("a").body).unwrap();
        assert!(
            body.ends_with(
                "\n<a version=\"7.0\"><b k=\"&quot;1&quot; &lt; 2\">é &amp; &lt;x&gt;</b><c/></a>"
            ),
            "{body}"
        );
        let root = parse(&body).unwrap().root;
        assert_eq!(root.get("b"), Some("é & <x>"));
        let mut xml = Xml::answer("a", "7.0");
        xml.leaf("b", "x\u{b}y");
        let body = String::from_utf8(xml.response("a").body).unwrap();
        assert!(body.contains("<b>x\u{b}y</b>") && parse(&body).is_err());
    }
}
