//! A query in words, signs and literals, each with its place in the text.

use rust_decimal::Decimal;

use crate::salesforce::number;
use crate::salesforce::refusal::Fault;
use crate::salesforce::time::{self, Stamp};

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Word(String),
    Text(String),
    Number(Decimal),
    Date(String),
    Datetime(Stamp),
    /// `= != < <= > >= ( ) , . :`
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub struct Placed {
    pub token: Token,
    /// Where it starts, in bytes.
    pub at: usize,
}

const SIGNS: [&str; 12] = [
    "<>", "<=", ">=", "!=", "=", "<", ">", "(", ")", ",", ".", ":",
];

pub fn tokens(text: &str) -> Result<Vec<Placed>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        let (token, length) = token(text, at)?;
        found.push(Placed { token, at });
        at += length;
    }
    found.push(Placed {
        token: Token::End,
        at: text.len(),
    });
    Ok(found)
}

fn token(text: &str, at: usize) -> Result<(Token, usize), Fault> {
    let rest = &text[at..];
    let first = rest.as_bytes()[0];
    let while_in = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    if first == b'\'' {
        return quoted(text, at);
    }
    if first.is_ascii_alphabetic() || first == b'_' {
        let length = while_in(|c| c.is_ascii_alphanumeric() || c == '_');
        return Ok((Token::Word(rest[..length].to_owned()), length));
    }
    let is_signed =
        matches!(first, b'-' | b'+') && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if first.is_ascii_digit() || is_signed {
        let length = while_in(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '+'));
        let literal = &rest[..length];
        let read = if time::date(literal).is_some() {
            Some(Token::Date(literal.to_owned()))
        } else if literal.contains('T') {
            time::read(literal).map(Token::Datetime)
        } else {
            number::parse(literal.trim_start_matches('+')).map(Token::Number)
        };
        return match read {
            Some(token) => Ok((token, length)),
            None => Err(unexpected(text, at, literal)),
        };
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Token::Sign(sign), sign.len())),
        None => {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            Err(unexpected(text, at, &rest[..length]))
        }
    }
}

/// A text between single quotes, its escapes undone but for those that LIKE wants to see.
fn quoted(text: &str, at: usize) -> Result<(Token, usize), Fault> {
    let mut value = String::new();
    let mut rest = text[at + 1..].char_indices();
    while let Some((offset, next)) = rest.next() {
        match next {
            '\'' => return Ok((Token::Text(value), offset + 2)),
            '\\' => match rest.next().map(|(_, escaped)| escaped) {
                Some('n' | 'N') => value.push('\n'),
                Some('r' | 'R') => value.push('\r'),
                Some('t' | 'T') => value.push('\t'),
                Some(sign @ ('\'' | '"' | '\\')) => value.push(sign),
                Some(sign @ ('%' | '_')) => {
                    value.push(ESCAPE);
                    value.push(sign);
                }
                _ => {
                    return Err(Fault::new(
                        "MALFORMED_QUERY",
                        "Illegal character in escape sequence",
                    ));
                }
            },
            other => value.push(other),
        }
    }
    Err(Fault::new(
        "MALFORMED_QUERY",
        "unexpected end of query: a text is not closed",
    ))
}

/// Stands before a `%` or `_` that means itself, within a text.
pub const ESCAPE: char = '\u{1}';

pub fn unexpected(text: &str, at: usize, token: &str) -> Fault {
    if at == 0 {
        return Fault::new("MALFORMED_QUERY", format!("unexpected token: {token}"));
    }
    Fault::new(
        "MALFORMED_QUERY",
        placed(text, at, &format!("unexpected token: '{token}'")),
    )
}

/// A message under the line it speaks of, as Salesforce writes it.
pub fn placed(text: &str, at: usize, message: &str) -> String {
    let before = &text[..at];
    let row = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let column = text[line_start..at].chars().count();
    let under = " ".repeat(column);
    format!(
        "\n{line}\n{under}^\nERROR at Row:{row}:Column:{}\n{message}",
        column + 1
    )
}
