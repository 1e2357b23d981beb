//! The little XML that both halves speak: a strict reader, a tree, a writer.
//!
//! No document types, no entities but the five and numeric ones, no character that XML 1.0 forbids.
//!
//! Invariant: names keep their prefix; who needs namespaces (`web_connector/soap.rs`) resolves them.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// The text of a leaf. Between child elements only white space is allowed, and it is dropped.
    pub text: String,
}

/// A document and the instructions before its root (`xml`, `qbxml`) with their attributes.
#[derive(Debug)]
pub struct Document {
    pub instructions: Vec<(String, Vec<(String, String)>)>,
    pub root: Element,
}

impl Element {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    pub fn leaf(name: impl Into<String>, text: impl ToString) -> Self {
        Self {
            name: name.into(),
            text: text.to_string(),
            ..Self::default()
        }
    }

    pub fn with(name: impl Into<String>, children: Vec<Element>) -> Self {
        Self {
            name: name.into(),
            children,
            ..Self::default()
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.attributes.push((name.to_owned(), value.to_string()));
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child; an absent child and an empty one differ.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// No content at all: in a request to change, the wish to clear.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.text.is_empty()
    }

    pub fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        if self.is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        out.push_str(&escape(&self.text));
        for child in &self.children {
            child.write(out);
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

/// Text for XML; what is not ASCII as numeric entities, as QuickBooks writes it.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("&#{};", c as u32)),
        }
    }
    out
}

/// Reads a whole document. The error says where it stopped; QuickBooks says less.
pub fn parse(text: &str) -> Result<Document, String> {
    let mut reader = Reader {
        text: text.strip_prefix('\u{feff}').unwrap_or(text),
        at: 0,
    };
    let mut instructions = Vec::new();
    loop {
        reader.white();
        let start = reader.at;
        if reader.take("<?") {
            let name = reader.name()?;
            let attributes = reader.attributes("?>")?;
            if name == "xml" && start != 0 {
                return Err("<?xml?> is not at the very start".to_owned());
            }
            reader.need("?>")?;
            instructions.push((name, attributes));
        } else if reader.take("<!--") {
            reader.past("-->")?;
        } else {
            break;
        }
    }
    reader.need("<")?;
    let root = reader.element(0)?;
    loop {
        reader.white();
        if reader.take("<!--") {
            reader.past("-->")?;
        } else if reader.rest().is_empty() {
            return Ok(Document { instructions, root });
        } else {
            return Err(reader.wrong("something after the document"));
        }
    }
}

/// Deeper than any message; keeps hostile nesting off the stack.
const DEPTH_MAX: usize = 64;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }

    fn white(&mut self) {
        let rest = self.rest();
        let kept = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.at += rest.len() - kept.len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn need(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.wrong(&format!("`{token}` expected")))
        }
    }

    fn past(&mut self, token: &str) -> Result<&'a str, String> {
        let rest = self.rest();
        let end = rest.find(token).ok_or_else(|| self.wrong("no end"))?;
        self.at += end + token.len();
        Ok(&rest[..end])
    }

    fn name(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
            return Err(self.wrong("a name expected"));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    /// Attributes up to `/`, `>` or the given end, which stay.
    fn attributes(&mut self, end: &str) -> Result<Vec<(String, String)>, String> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            let before = self.at;
            self.white();
            let rest = self.rest();
            if rest.starts_with(end) || rest.starts_with('>') || rest.starts_with("/>") {
                return Ok(attributes);
            }
            if self.at == before {
                return Err(self.wrong("white space expected"));
            }
            let name = self.name()?;
            self.white();
            self.need("=")?;
            self.white();
            let quote = if self.take("\"") { "\"" } else { "'" };
            if quote == "'" {
                self.need("'")?;
            }
            let raw = self.past(quote)?;
            if raw.contains('<') {
                return Err(self.wrong("`<` in an attribute"));
            }
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(self.wrong("an attribute twice"));
            }
            attributes.push((name, unescape(raw)?));
        }
    }

    /// The element whose `<` is behind us.
    fn element(&mut self, depth: usize) -> Result<Element, String> {
        if depth > DEPTH_MAX {
            return Err(self.wrong("nested too deep"));
        }
        let mut element = Element::new(self.name()?);
        element.attributes = self.attributes(">")?;
        if self.take("/>") {
            return Ok(element);
        }
        self.need(">")?;
        loop {
            let rest = self.rest();
            let end = rest.find('<').ok_or_else(|| self.wrong("no end tag"))?;
            self.at += end;
            element.text.push_str(&unescape(&rest[..end])?);
            if self.take("</") {
                let name = self.name()?;
                self.white();
                self.need(">")?;
                if name != element.name {
                    return Err(self.wrong(&format!("</{name}> closes <{}>", element.name)));
                }
                break;
            } else if self.take("<![CDATA[") {
                let raw = self.past("]]>")?;
                check_characters(raw)?;
                element.text.push_str(raw);
            } else if self.take("<!--") {
                self.past("-->")?;
            } else {
                self.need("<")?;
                let child = self.element(depth + 1)?;
                element.children.push(child);
            }
        }
        if !element.children.is_empty() {
            if !element.text.trim().is_empty() {
                return Err(self.wrong("text between elements"));
            }
            element.text.clear();
        }
        Ok(element)
    }
}

fn unescape(raw: &str) -> Result<String, String> {
    check_characters(raw)?;
    if raw.contains("]]>") {
        return Err("`]]>` in text".to_owned());
    }
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let end = rest[start..].find(';').ok_or("a bare `&`")?;
        let name = &rest[start + 1..start + end];
        let number = match name.strip_prefix("#x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => name.strip_prefix('#').and_then(|dec| dec.parse().ok()),
        };
        let c = match (name, number.and_then(char::from_u32)) {
            ("amp", _) => '&',
            ("lt", _) => '<',
            ("gt", _) => '>',
            ("quot", _) => '"',
            ("apos", _) => '\'',
            (_, Some(c)) if is_xml(c) => c,
            _ => return Err(format!("no entity `&{name};`")),
        };
        out.push(c);
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn check_characters(raw: &str) -> Result<(), String> {
    match raw.chars().find(|c| !is_xml(*c)) {
        Some(c) => Err(format!("character U+{:04X} is not allowed", c as u32)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, parse};

    #[test]
    fn reads_what_it_writes() {
        let mut root = Element::with(
            "a",
            vec![Element::leaf("b", "é & <\"x\">"), Element::new("c")],
        );
        root.set("k", "1 < 2");
        let mut text = "<?xml version=\"1.0\"?>".to_owned();
        root.write(&mut text);
        assert!(text.is_ascii(), "{text}");
        let read = parse(&text).unwrap();
        assert_eq!(read.root, root);
        assert_eq!(read.instructions[0].0, "xml");
    }

    #[test]
    fn takes_cdata_comments_and_entities() {
        let read = parse("<a><!-- x --><b><![CDATA[1<2]]>&#233;&#xe9;</b>\n</a>").unwrap();
        assert_eq!(read.root.get("b"), Some("1<2éé"));
    }

    #[test]
    fn refuses_what_is_no_xml() {
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a>&</a>",
            "<a>&nbsp;</a>",
            "<a>&#0;</a>",
            "<a x=1/>",
            "<a x='1' x='2'/>",
            "<a/><b/>",
            "<a>text<b/></a>",
            " <?xml version='1.0'?><a/>",
            "<a>\u{1}</a>",
            "<!DOCTYPE a><a/>",
            "<1/>",
            "<a x='1'y='2'/>",
        ] {
            assert!(parse(text).is_err(), "{text:?} passed");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }
}
