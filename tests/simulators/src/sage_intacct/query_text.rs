//! The condition of a `readByQuery`, a text: `STATE = 'I' AND (NAME like 'A%' OR ENDDATE IS NULL)`.
//!
//! Stored codes, no joins, single quotes escaped by a backslash.

use super::act::Act;
use super::filter::{Filter, Test};
use super::path;
use super::refusal::Refusal;
use super::schema::{Kind, Object};
use super::value;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

pub fn read(
    act: &Act<'_>,
    object: &'static Object,
    docparid: Option<&str>,
    text: &str,
) -> Result<Filter, Refusal> {
    if text.trim().is_empty() {
        return Ok(Filter::All);
    }
    let mut reader = Reader {
        act,
        object,
        docparid,
        tokens: tokens(text).map_err(wrong)?,
        at: 0,
    };
    let filter = reader.any()?;
    match reader.next() {
        None => Ok(filter),
        Some(token) => Err(wrong(format!("{token:?} is not expected"))),
    }
}

fn wrong(text: String) -> Refusal {
    Refusal::query(format!("Invalid query: {text}"))
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let sign = ["<=", ">=", "<>", "!=", "<", ">", "=", "(", ")", ","];
        if let Some(sign) = sign.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if c == '\'' {
            let mut quoted = String::new();
            let mut chars = rest.char_indices().skip(1);
            let end = loop {
                match chars.next() {
                    None => return Err("a quote without its end".to_owned()),
                    Some((_, '\\')) => quoted.extend(chars.next().map(|(_, c)| c)),
                    Some((at, '\'')) => break at + 1,
                    Some((_, c)) => quoted.push(c),
                }
            };
            tokens.push(Token::Quoted(quoted));
            rest = &rest[end..];
        } else {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':');
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("`{c}` is not expected"));
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Reader<'a> {
    act: &'a Act<'a>,
    object: &'static Object,
    docparid: Option<&'a str>,
    tokens: Vec<Token>,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes a word in any case, if it comes next.
    fn take(&mut self, word: &str) -> bool {
        let next = self.tokens.get(self.at);
        let found = matches!(next, Some(Token::Word(text)) if text.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(text)) if *text == sign);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut all = vec![self.all()?];
        while self.take("OR") {
            all.push(self.all()?);
        }
        Ok(Filter::Or(all))
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut all = vec![self.one()?];
        while self.take("AND") {
            all.push(self.one()?);
        }
        Ok(Filter::And(all))
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.take_sign("(") {
            let within = self.any()?;
            if !self.take_sign(")") {
                return Err(wrong("a parenthesis is not closed".to_owned()));
            }
            return Ok(within);
        }
        let Some(Token::Word(name)) = self.next() else {
            return Err(wrong("a field is expected".to_owned()));
        };
        if name.contains('.') && self.object.field(&name.to_uppercase()).is_none() {
            return Err(wrong(format!("{name}: joins are not supported")));
        }
        let path = path::resolve(self.act.company, self.object, &name, self.docparid);
        let path = path.ok_or_else(|| {
            let text = format!("{name} is not a field of {}", self.object.name);
            Refusal::new("Invalid fields list", text)
        })?;
        let test = self.test()?;
        let texts = match test {
            Test::IsNull | Test::IsNotNull => Vec::new(),
            Test::In | Test::NotIn => self.list()?,
            _ => vec![self.value()?],
        };
        let offset = self.act.switches.modified_offset_minutes;
        let values = texts.into_iter().map(|text| match path.field.kind {
            _ if matches!(test, Test::Like | Test::NotLike) => Ok(text),
            Kind::Text | Kind::Enum => Ok(text),
            _ => value::parse(&path.field, &text, offset).map_err(wrong),
        });
        let values = values.collect::<Result<_, _>>()?;
        Ok(Filter::Compare {
            path,
            test,
            values,
            codes: true,
        })
    }

    fn test(&mut self) -> Result<Test, Refusal> {
        if self.take("IS") {
            let not = self.take("NOT");
            return match (self.take("NULL"), not) {
                (true, false) => Ok(Test::IsNull),
                (true, true) => Ok(Test::IsNotNull),
                _ => Err(wrong("NULL is expected".to_owned())),
            };
        }
        let not = self.take("NOT");
        if self.take("LIKE") {
            return Ok(if not { Test::NotLike } else { Test::Like });
        }
        if self.take("IN") {
            return Ok(if not { Test::NotIn } else { Test::In });
        }
        match self.next() {
            Some(Token::Sign("=")) if !not => Ok(Test::Equal),
            Some(Token::Sign("<>" | "!=")) if !not => Ok(Test::NotEqual),
            Some(Token::Sign("<")) if !not => Ok(Test::Less),
            Some(Token::Sign("<=")) if !not => Ok(Test::LessOrEqual),
            Some(Token::Sign(">")) if !not => Ok(Test::Greater),
            Some(Token::Sign(">=")) if !not => Ok(Test::GreaterOrEqual),
            _ => Err(wrong("an operator is expected".to_owned())),
        }
    }

    fn value(&mut self) -> Result<String, Refusal> {
        match self.next() {
            Some(Token::Quoted(text) | Token::Word(text)) => Ok(text),
            _ => Err(wrong("a value is expected".to_owned())),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Refusal> {
        if !self.take_sign("(") {
            return Err(wrong("a list is expected".to_owned()));
        }
        let mut values = vec![self.value()?];
        while self.take_sign(",") {
            values.push(self.value()?);
        }
        if !self.take_sign(")") {
            return Err(wrong("a list is not closed".to_owned()));
        }
        Ok(values)
    }
}
