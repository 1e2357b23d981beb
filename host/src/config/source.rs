//! The text of a configuration file, and places in it.
//!
//! Every value of a configuration is read together with its place, so that whatever turns out wrong
//! later, however far from the parser, can still be shown with line and caret.

use std::ops::Range;
use std::sync::Arc;

/// Bytes of the file.
pub type Span = Range<usize>;

/// A file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// As a person would name it: a path, or `pack autotask-acomba/invoices`.
    pub name: String,
    pub text: String,
}

impl SourceText {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
        })
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T> At<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> At<U> {
        At {
            value: to(self.value),
            span: self.span,
        }
    }
}

impl At<String> {
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

/// Where the `nth` character of a TOML string stands in the file, given the span of the string with
/// its quotes. Escapes count as the one character they stand for.
pub fn char_in_string(text: &str, span: &Span, nth: usize) -> usize {
    let Some(raw) = text.get(span.clone()) else {
        return span.start;
    };
    let (open, escapes) = match raw {
        _ if raw.starts_with("\"\"\"") => (3, true),
        _ if raw.starts_with("'''") => (3, false),
        _ if raw.starts_with('"') => (1, true),
        _ if raw.starts_with('\'') => (1, false),
        _ => (0, false),
    };
    let mut at = open;
    if open == 3 {
        // A line break right after the opening quotes is not part of the string.
        at += raw[at..].starts_with("\r\n") as usize * 2 + raw[at..].starts_with('\n') as usize;
    }
    for _ in 0..nth {
        let Some(c) = raw[at..].chars().next() else {
            break;
        };
        at += match (c, escapes) {
            ('\\', true) => match raw[at + 1..].chars().next() {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                Some(other) => 1 + other.len_utf8(),
                None => 1,
            },
            _ => c.len_utf8(),
        };
        if at >= raw.len() {
            break;
        }
    }
    (span.start + at).min(span.end.saturating_sub(1).max(span.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_not_bytes() {
        let source = SourceText::new("x", "a\né = 1\n");
        assert_eq!(source.place("a\né".len()), (2, 2));
    }

    #[test]
    fn a_character_of_a_string_is_found_behind_escapes() {
        let text = r#"x = "a\"b\u00e9c""#;
        let span = 4..text.len();
        let at = char_in_string(text, &span, 4);
        assert_eq!(&text[at..at + 1], "c");
        let literal = "x = 'abc'";
        assert_eq!(char_in_string(literal, &(4..9), 2), 7);
    }
}
