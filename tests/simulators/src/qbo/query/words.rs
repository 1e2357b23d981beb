//! A query cut into words.

use super::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A keyword, a path, a number or a flag.
    Plain(String),
    /// A text between single quotes.
    Quoted(String),
    /// `( ) , * = < > <= >=`
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["<=", ">=", "(", ")", ",", "*", "=", "<", ">"];

pub fn words(text: &str) -> Result<Vec<Word>, Refusal> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(body) = rest.strip_prefix('\'') {
            let (word, after) = quoted(body)
                .ok_or_else(|| Refusal::query_text("Encountered \"<EOF>\" inside a string"))?;
            words.push(Word::Quoted(word));
            rest = after;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            words.push(Word::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let plain = |c: char| c.is_alphanumeric() || "._-+:".contains(c);
            let end = rest.find(|c: char| !plain(c)).unwrap_or(rest.len());
            if end == 0 {
                let odd = rest.chars().next().unwrap_or_default();
                return Err(Refusal::query_text(&format!("Lexical error: \"{odd}\"")));
            }
            words.push(Word::Plain(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(words)
}

/// A backslash takes the next character as it is.
fn quoted(body: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = body.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\'' => return Some((word, &body[at + 1..])),
            '\\' => word.push(characters.next()?.1),
            c => word.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Word, words};

    #[test]
    fn quotes_are_escaped_by_a_backslash() {
        for (text, found) in [
            (r"'a b'", Some(Word::Quoted("a b".to_owned()))),
            (r"'L\'eau'", Some(Word::Quoted("L'eau".to_owned()))),
            (r"'a\\'", Some(Word::Quoted(r"a\".to_owned()))),
            (r"''", Some(Word::Quoted(String::new()))),
            ("MetaData.X", Some(Word::Plain("MetaData.X".to_owned()))),
            (">=", Some(Word::Sign(">="))),
            (r"'a", None),
            (r"'a\'", None),
            ("\"a\"", None),
            (";", None),
        ] {
            let words = words(text).ok();
            assert_eq!(words, found.map(|word| vec![word]), "{text}");
        }
    }
}
