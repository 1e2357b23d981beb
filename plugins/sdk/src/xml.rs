//! XML, as strictly as vendors' protocols need it: elements, attributes, text.
//!
//! What comes in comes from a stranger, so there are no document types, no entities but the five of the standard
//! and characters by number, and bounds on depth and number. Prefixes are dropped: SOAP stacks choose them freely,
//! and the names within one message are unambiguous without. A name may hold a dot.

use std::borrow::Cow;

/// Answers of vendors nest about ten deep.
const DEPTH_MAX: usize = 32;
/// A page of two thousand contracts has about eighty thousand.
const ELEMENTS_MAX: usize = 400_000;

/// One element, which borrows from the text it was read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element<'a> {
    /// Without its prefix.
    pub name: &'a str,
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// All its own text, unescaped.
    pub text: Cow<'a, str>,
    pub children: Vec<Element<'a>>,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A document type, or an entity that one would have to declare.
    Entities,
    /// Deeper or longer than any honest message.
    TooMuch,
    Malformed,
}

impl<'a> Element<'a> {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of this name.
    pub fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Element<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name; nothing where there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// The value of an attribute; nothing where there is none.
    pub fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_ref())
    }

    /// The first element of this name at any depth.
    pub fn find(&self, name: &str) -> Option<&Element<'a>> {
        match self.name == name {
            true => Some(self),
            false => self.children.iter().find_map(|child| child.find(name)),
        }
    }
}

/// The root element of a document.
pub fn parse(text: &str) -> Result<Element<'_>, Refusal> {
    read(text, None)
}

/// The root element of a document without the elements of this name, which are handed over one by one as they end:
/// of a list that is long, never more than one record stands in memory.
pub fn parse_each<'a>(
    text: &'a str,
    name: &'a str,
    each: &mut dyn FnMut(Element<'a>),
) -> Result<Element<'a>, Refusal> {
    read(text, Some((name, each)))
}

/// The name of what is handed over, and to whom.
type Each<'a, 'b> = (&'a str, &'b mut dyn FnMut(Element<'a>));

fn read<'a>(text: &'a str, each: Option<Each<'a, '_>>) -> Result<Element<'a>, Refusal> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader {
        rest: text,
        elements: 0,
        each,
    };
    reader.prologue()?;
    let root = reader.element(0)?;
    reader.prologue()?;
    match reader.rest.is_empty() {
        true => Ok(root),
        false => Err(Refusal::Malformed),
    }
}

struct Reader<'a, 'b> {
    rest: &'a str,
    /// Those that stand in memory.
    elements: usize,
    each: Option<Each<'a, 'b>>,
}

impl<'a> Reader<'a, '_> {
    /// Skips what may stand before and after the root.
    fn prologue(&mut self) -> Result<(), Refusal> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("<?") {
                self.skip_past("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if self.rest.starts_with("<!") {
                return Err(Refusal::Entities);
            } else {
                return Ok(());
            }
        }
    }

    fn skip_past(&mut self, end: &str) -> Result<(), Refusal> {
        let at = self.rest.find(end).ok_or(Refusal::Malformed)?;
        self.rest = &self.rest[at + end.len()..];
        Ok(())
    }

    fn element(&mut self, depth: usize) -> Result<Element<'a>, Refusal> {
        self.elements += 1;
        if depth > DEPTH_MAX || self.elements > ELEMENTS_MAX {
            return Err(Refusal::TooMuch);
        }
        self.rest = self.rest.strip_prefix('<').ok_or(Refusal::Malformed)?;
        let whole = self.name()?;
        let mut element = Element {
            name: local(whole),
            ..Element::default()
        };
        if self.attributes(&mut element)? {
            return Ok(element);
        }
        loop {
            let at = self.rest.find('<').ok_or(Refusal::Malformed)?;
            let (text, rest) = self.rest.split_at(at);
            add(&mut element.text, unescape(text)?);
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix("<![CDATA[") {
                let end = rest.find("]]>").ok_or(Refusal::Malformed)?;
                add(&mut element.text, Cow::Borrowed(&rest[..end]));
                self.rest = &rest[end + 3..];
            } else if rest.starts_with("<!--") {
                self.skip_past("-->")?;
            } else if rest.starts_with("<!") {
                return Err(Refusal::Entities);
            } else if rest.starts_with("<?") {
                self.skip_past("?>")?;
            } else if let Some(rest) = rest.strip_prefix("</") {
                self.rest = rest;
                let closed = self.name()?;
                self.rest = self.rest.trim_start();
                self.rest = self.rest.strip_prefix('>').ok_or(Refusal::Malformed)?;
                return match closed == whole {
                    true => Ok(element),
                    false => Err(Refusal::Malformed),
                };
            } else {
                let before = self.elements;
                let child = self.element(depth + 1)?;
                match &mut self.each {
                    Some((name, each)) if *name == child.name => {
                        each(child);
                        self.elements = before;
                    }
                    _ => element.children.push(child),
                }
            }
        }
    }

    /// Reads attributes and the end of the tag; whether the element is closed with it.
    fn attributes(&mut self, element: &mut Element<'a>) -> Result<bool, Refusal> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                return Ok(true);
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Ok(false);
            }
            let name = self.name()?;
            self.rest = self.rest.trim_start();
            self.rest = self.rest.strip_prefix('=').ok_or(Refusal::Malformed)?;
            self.rest = self.rest.trim_start();
            let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            let quote = quote.ok_or(Refusal::Malformed)?;
            self.rest = &self.rest[1..];
            let end = self.rest.find(quote).ok_or(Refusal::Malformed)?;
            let value = &self.rest[..end];
            self.rest = &self.rest[end + 1..];
            if value.contains('<') || element.attributes.len() > DEPTH_MAX {
                return Err(Refusal::Malformed);
            }
            element.attributes.push((local(name), unescape(value)?));
        }
    }

    fn name(&mut self) -> Result<&'a str, Refusal> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        match name.is_empty() {
            true => Err(Refusal::Malformed),
            false => Ok(name),
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn add<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    match text.is_empty() {
        true => *text = more,
        false if more.is_empty() => {}
        false => text.to_mut().push_str(&more),
    }
}

/// Text with its references resolved. What stands for a character that XML cannot hold is left out: vendors
/// send such, and a record is not lost for it.
fn unescape(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if !text.contains('&') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after
            .find(';')
            .filter(|end| *end <= 10)
            .ok_or(Refusal::Malformed)?;
        match &after[..end] {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            "apos" => out.push('\''),
            number => {
                let code = number.strip_prefix('#').ok_or(Refusal::Entities)?;
                let code = match code.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => code.parse(),
                };
                let code = code.map_err(|_| Refusal::Malformed)?;
                let allowed = |c: &char| *c >= ' ' || matches!(c, '\t' | '\n' | '\r');
                out.extend(char::from_u32(code).filter(allowed));
            }
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Text as it stands in a message: markup and everything beyond ASCII by number, since vendors'
/// parsers have been seen to trip over anything else. Control characters are dropped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || c == '\u{7f}' => {}
            c if c.is_ascii() => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

/// An element with text.
pub fn leaf(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>{}</{name}>", escape(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_whatever_their_prefixes_and_quotes() {
        let text = "\u{feff}<?xml version=\"1.0\"?><!-- x --><q1:a xmlns:q1='u' n=\"1 &amp; 2\">\r\n <b/><q1:c>x&#233;&lt;<![CDATA[<&]]></q1:c><C.NAME>y</C.NAME></q1:a> <!-- end -->";
        let root = parse(text).unwrap();
        assert_eq!((root.name, root.attribute("n")), ("a", "1 & 2"));
        assert_eq!(root.text_of("c"), "xé<<&");
        assert_eq!(root.text_of("b"), "");
        assert_eq!(root.find("c").unwrap().name, "c");
        assert_eq!(root.text_of("C.NAME"), "y");
        assert_eq!(parse("<a>x&#1;y&#x1F;</a>").unwrap().text, "xy");
    }

    #[test]
    fn what_no_honest_client_sends_is_refused() {
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        for (text, refusal) in [
            (
                "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                Refusal::Entities,
            ),
            ("<a>&b;</a>", Refusal::Entities),
            ("<a><!DOCTYPE b></a>", Refusal::Entities),
            (deep.as_str(), Refusal::TooMuch),
            ("<a><b></a></b>", Refusal::Malformed),
            ("<a>", Refusal::Malformed),
            ("<a/><b/>", Refusal::Malformed),
            ("<a b=c/>", Refusal::Malformed),
            ("<a b='<'/>", Refusal::Malformed),
            ("<a>& b</a>", Refusal::Malformed),
            ("<a>&#x110000000;</a>", Refusal::Malformed),
            ("", Refusal::Malformed),
            ("plain", Refusal::Malformed),
        ] {
            assert_eq!(parse(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn a_long_list_is_handed_over_record_by_record() {
        let rows = "<p:row n='1'><row/>x</p:row>".repeat(ELEMENTS_MAX);
        let text = format!("<list><head>h</head>{rows}<tail/></list>");
        let mut count = 0;
        let root = parse_each(&text, "row", &mut |row| {
            count += usize::from(row.attribute("n") == "1" && row.text == "x");
        });
        let names: Vec<&str> = root.unwrap().children.iter().map(|c| c.name).collect();
        assert_eq!((count, names), (ELEMENTS_MAX, vec!["head", "tail"]));
        assert_eq!(parse(&text), Err(Refusal::TooMuch));
        assert!(parse_each("<a><row></a>", "row", &mut |_| ()).is_err());
    }

    #[test]
    fn text_goes_out_in_ascii() {
        assert_eq!(
            escape("a&b <é€>\u{1}\t\"'\r"),
            "a&amp;b &lt;&#233;&#8364;&gt;\t&quot;&apos;&#13;"
        );
    }
}
