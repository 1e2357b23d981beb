//! The subset of SOQL that the reference names, read by descent.

use super::ast::{Condition, Function, Literal, Operator, Order, Path, Query, Selected};
use super::dates::Relative;
use super::token::{Placed, Token, placed, tokens, unexpected};
use crate::salesforce::refusal::Fault;

const OFFSET_MAX: usize = 2_000;
/// Brackets within brackets.
const DEPTH_MAX: usize = 100;
/// Words that end what comes before them, and so are no alias.
const KEYWORDS: [&str; 12] = [
    "FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "HAVING", "FOR", "WITH",
    "USING",
];

pub fn query(text: &str) -> Result<Query, Fault> {
    let mut parser = Parser::over(text)?;
    let query = parser.query()?;
    parser.end()?;
    Ok(query)
}

/// The condition alone, as an administrator writes it in a rule.
pub fn condition(text: &str) -> Result<Condition, Fault> {
    let mut parser = Parser::over(text)?;
    let condition = parser.any()?;
    parser.end()?;
    Ok(condition)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn over(text: &'a str) -> Result<Self, Fault> {
        Ok(Self {
            text,
            tokens: tokens(text)?,
            next: 0,
            depth: 0,
        })
    }

    fn peek(&self) -> &Placed {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Placed {
        let placed = self.peek().clone();
        self.next += 1;
        placed
    }

    fn wrong<T>(&self) -> Result<T, Fault> {
        let Placed { token, at } = self.peek();
        if *token == Token::End {
            return Err(Fault::new("MALFORMED_QUERY", "unexpected token: '<EOF>'"));
        }
        let end = self
            .tokens
            .get(self.next + 1)
            .map_or(self.text.len(), |next| next.at);
        Err(unexpected(self.text, *at, self.text[*at..end].trim_end()))
    }

    fn end(&self) -> Result<(), Fault> {
        match self.peek().token {
            Token::End => Ok(()),
            _ => self.wrong(),
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.next += usize::from(is);
        is
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek().token, Token::Sign(found) if found == sign);
        self.next += usize::from(is);
        is
    }

    fn must_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.word(word) {
            Ok(())
        } else {
            self.wrong()
        }
    }

    fn must_sign(&mut self, sign: &str) -> Result<(), Fault> {
        if self.sign(sign) {
            Ok(())
        } else {
            self.wrong()
        }
    }

    fn name(&mut self) -> Result<String, Fault> {
        match &self.peek().token {
            Token::Word(word) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => self.wrong(),
        }
    }

    fn path(&mut self) -> Result<Path, Fault> {
        let at = self.peek().at;
        let mut names = vec![self.name()?];
        while self.sign(".") {
            names.push(self.name()?);
        }
        Ok(Path { names, at })
    }

    /// Reads something that may hold its like.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault::new(
                "MALFORMED_QUERY",
                "The query is nested too deeply",
            ));
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    fn query(&mut self) -> Result<Query, Fault> {
        self.deeper(Self::whole_query)
    }

    fn whole_query(&mut self) -> Result<Query, Fault> {
        self.must_word("SELECT")?;
        let mut select = vec![self.selected()?];
        while self.sign(",") {
            select.push(self.selected()?);
        }
        self.must_word("FROM")?;
        let from_at = self.peek().at;
        let mut from = self.name()?;
        // `FROM Account.Contacts` in old sub-queries names the way alone.
        while self.sign(".") {
            from = self.name()?;
        }
        let condition = if self.word("WHERE") {
            Some(self.any()?)
        } else {
            None
        };
        let mut group_by = Vec::new();
        if self.word("GROUP") {
            self.must_word("BY")?;
            group_by.push(self.path()?);
            while self.sign(",") {
                group_by.push(self.path()?);
            }
        }
        let mut order = Vec::new();
        if self.word("ORDER") {
            self.must_word("BY")?;
            order.push(self.order()?);
            while self.sign(",") {
                order.push(self.order()?);
            }
        }
        let limit = if self.word("LIMIT") {
            Some(self.count()?)
        } else {
            None
        };
        let offset = if self.word("OFFSET") {
            self.count()?
        } else {
            0
        };
        if offset > OFFSET_MAX {
            let message = format!("Maximum SOQL offset allowed is {OFFSET_MAX}");
            return Err(Fault::new("NUMBER_OUTSIDE_VALID_RANGE", message));
        }
        Ok(Query {
            select,
            from,
            from_at,
            condition,
            group_by,
            order,
            limit,
            offset,
        })
    }

    fn selected(&mut self) -> Result<Selected, Fault> {
        if self.sign("(") {
            let query = self.query()?;
            self.must_sign(")")?;
            return Ok(Selected::Children(Box::new(query)));
        }
        let path = self.path()?;
        let function = match path.names.as_slice() {
            [word] => function(word),
            _ => None,
        };
        let Some(function) = function.filter(|_| matches!(self.peek().token, Token::Sign("(")))
        else {
            return Ok(Selected::Field(path));
        };
        self.must_sign("(")?;
        if function == Function::Count && self.sign(")") {
            return Ok(Selected::CountAll);
        }
        let path = self.path()?;
        self.must_sign(")")?;
        let alias = match &self.peek().token {
            Token::Word(word)
                if !KEYWORDS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(word)) =>
            {
                Some(word.clone())
            }
            _ => None,
        };
        self.next += usize::from(alias.is_some());
        Ok(Selected::Aggregate {
            function,
            path,
            alias,
        })
    }

    fn order(&mut self) -> Result<Order, Fault> {
        let path = self.path()?;
        let descending = self.word("DESC") || {
            self.word("ASC");
            false
        };
        let mut nulls_last = false;
        if self.word("NULLS") {
            nulls_last = self.word("LAST");
            if !nulls_last {
                self.must_word("FIRST")?;
            }
        }
        Ok(Order {
            path,
            descending,
            nulls_last,
        })
    }

    fn count(&mut self) -> Result<usize, Fault> {
        match &self.peek().token {
            Token::Number(number) => match number.to_string().parse() {
                Ok(count) => {
                    self.next += 1;
                    Ok(count)
                }
                Err(_) => self.wrong(),
            },
            _ => self.wrong(),
        }
    }

    /// `a OR b`; AND and OR do not mix without brackets.
    fn any(&mut self) -> Result<Condition, Fault> {
        let first = self.one()?;
        let (word, is_any) = if self.is_word("OR") {
            ("OR", true)
        } else if self.is_word("AND") {
            ("AND", false)
        } else {
            return Ok(first);
        };
        let mut each = vec![first];
        while self.word(word) {
            each.push(self.one()?);
        }
        if self.is_word("OR") || self.is_word("AND") {
            return self.wrong();
        }
        Ok(if is_any {
            Condition::Any(each)
        } else {
            Condition::All(each)
        })
    }

    fn one(&mut self) -> Result<Condition, Fault> {
        self.deeper(Self::one_condition)
    }

    fn one_condition(&mut self) -> Result<Condition, Fault> {
        if self.word("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.sign("(") {
            let inner = self.any()?;
            self.must_sign(")")?;
            return Ok(inner);
        }
        let path = self.path()?;
        let negated = self.is_word("NOT") && {
            self.next += 1;
            true
        };
        if negated || self.is_word("IN") {
            self.must_word("IN")?;
            return self.in_list(path, negated);
        }
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.word(word) {
                let list = self.list()?;
                return Ok(Condition::Includes {
                    path,
                    negated,
                    list,
                });
            }
        }
        let operator = self.operator()?;
        let literal = self.literal()?;
        Ok(Condition::Compare {
            path,
            operator,
            literal,
        })
    }

    fn in_list(&mut self, path: Path, negated: bool) -> Result<Condition, Fault> {
        let is_query = matches!(self.tokens.get(self.next + 1), Some(Placed { token: Token::Word(word), .. }) if word.eq_ignore_ascii_case("SELECT"));
        if is_query {
            self.must_sign("(")?;
            let query = Box::new(self.query()?);
            self.must_sign(")")?;
            return Ok(Condition::InQuery {
                path,
                negated,
                query,
            });
        }
        let list = self.list()?;
        Ok(Condition::In {
            path,
            negated,
            list,
        })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Fault> {
        self.must_sign("(")?;
        let mut list = vec![self.literal()?];
        while self.sign(",") {
            list.push(self.literal()?);
        }
        self.must_sign(")")?;
        Ok(list)
    }

    fn operator(&mut self) -> Result<Operator, Fault> {
        if self.word("LIKE") {
            return Ok(Operator::Like);
        }
        let found = match self.peek().token {
            Token::Sign("=") => Operator::Equal,
            Token::Sign("!=" | "<>") => Operator::NotEqual,
            Token::Sign("<") => Operator::Less,
            Token::Sign("<=") => Operator::LessOrEqual,
            Token::Sign(">") => Operator::Greater,
            Token::Sign(">=") => Operator::GreaterOrEqual,
            _ => return self.wrong(),
        };
        self.next += 1;
        Ok(found)
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let Placed { token, at } = self.peek().clone();
        let literal = match token {
            Token::Text(text) => Literal::Text(text),
            Token::Number(number) => Literal::Number(number),
            Token::Date(date) => Literal::Date(date),
            Token::Datetime(stamp) => Literal::Datetime(stamp),
            Token::Word(word) => return self.word_literal(&word, at),
            Token::Sign(_) | Token::End => return self.wrong(),
        };
        self.next += 1;
        Ok(literal)
    }

    fn word_literal(&mut self, word: &str, at: usize) -> Result<Literal, Fault> {
        let plain = match word.to_ascii_uppercase().as_str() {
            "NULL" => Some(Literal::Null),
            "TRUE" => Some(Literal::Boolean(true)),
            "FALSE" => Some(Literal::Boolean(false)),
            _ => Relative::named(word).map(Literal::Relative),
        };
        if let Some(literal) = plain {
            self.next += 1;
            return Ok(literal);
        }
        self.take();
        if self.sign(":")
            && let Token::Number(number) = self.peek().token
            && let Some(relative) = number
                .to_string()
                .parse()
                .ok()
                .and_then(|n| Relative::counted(word, n))
        {
            self.next += 1;
            return Ok(Literal::Relative(relative));
        }
        let message = placed(self.text, at, &format!("unexpected token: '{word}'"));
        Err(Fault::new("MALFORMED_QUERY", message))
    }
}

fn function(word: &str) -> Option<Function> {
    Some(match word.to_ascii_uppercase().as_str() {
        "COUNT" => Function::Count,
        "COUNT_DISTINCT" => Function::CountDistinct,
        "SUM" => Function::Sum,
        "AVG" => Function::Avg,
        "MIN" => Function::Min,
        "MAX" => Function::Max,
        _ => return None,
    })
}
