//! XML as the gateway writes it: UTF-8, indented unless the caller asked for none.
//!
//! Reading is strict (`quickbooks_desktop/xml.rs`): no document types, no entities but the five and numbers.

pub use crate::quickbooks_desktop::xml::{Element, parse};

pub fn document(root: &Element, whitespace: bool) -> Vec<u8> {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    write(root, whitespace.then_some(0), &mut out);
    out.into_bytes()
}

/// `depth` is how far in, where there is white space at all.
fn write(element: &Element, depth: Option<usize>, out: &mut String) {
    let indent = |depth: Option<usize>, out: &mut String| {
        out.push_str(&"  ".repeat(depth.unwrap_or_default()));
    };
    let end_of_line = |out: &mut String| {
        if depth.is_some() {
            out.push('\n');
        }
    };
    indent(depth, out);
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in &element.attributes {
        out.push_str(&format!(" {name}=\"{}\"", escape(value)));
    }
    out.push('>');
    if element.children.is_empty() {
        out.push_str(&escape(&element.text));
    } else {
        end_of_line(out);
        for child in &element.children {
            write(child, depth.map(|depth| depth + 1), out);
        }
        indent(depth, out);
    }
    out.push_str(&format!("</{}>", element.name));
    end_of_line(out);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\r', "&#13;")
}

/// Line and column of a byte, both from 1.
pub fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count());
    (line, column + 1)
}

#[cfg(test)]
mod tests {
    use super::{Element, document, parse, place};

    #[test]
    fn writes_utf_8_with_and_without_white_space() {
        let root = Element::with(
            "a",
            vec![Element::leaf("b", "é & <\"x\">"), Element::new("c")],
        );
        let tight = String::from_utf8(document(&root, false)).unwrap();
        assert!(tight.ends_with("<a><b>é &amp; &lt;&quot;x&quot;&gt;</b><c></c></a>"));
        let wide = String::from_utf8(document(&root, true)).unwrap();
        assert!(wide.contains("\n  <b>"), "{wide}");
        for text in [tight, wide] {
            assert_eq!(parse(&text).unwrap().root, root);
        }
    }

    #[test]
    fn a_place_counts_lines_and_characters() {
        assert_eq!(place("a\nbé<", 5), (2, 3));
        assert_eq!(place("", 9), (1, 1));
    }
}
