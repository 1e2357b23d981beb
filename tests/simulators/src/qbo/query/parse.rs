//! The grammar of a query. `and` is the only way to join conditions.

use super::Refusal;
use super::words::{Word, words};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    All,
    Count,
    Fields(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Is,
    Less,
    More,
    LessOrIs,
    MoreOrIs,
    Like,
}

/// `in` is an equality with several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub path: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub select: Select,
    pub entity: String,
    pub conditions: Vec<Condition>,
    /// Downwards where the flag is set.
    pub order: Vec<(String, bool)>,
    pub start_position: Option<usize>,
    pub max_results: Option<usize>,
}

pub fn query(text: &str) -> Result<Query, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::query_text("The query provided was empty"));
    }
    let mut words = Words {
        words: words(text)?,
        at: 0,
    };
    words.keyword("select")?;
    let select = words.select()?;
    words.keyword("from")?;
    let mut query = Query {
        select,
        entity: words.name()?,
        conditions: Vec::new(),
        order: Vec::new(),
        start_position: None,
        max_results: None,
    };
    if words.takes("where") {
        query.conditions.push(words.condition()?);
        while words.takes("and") {
            query.conditions.push(words.condition()?);
        }
    }
    if words.takes("orderby") || words.takes_two("order", "by") {
        query.order.push(words.ordered()?);
        while words.takes_sign(",") {
            query.order.push(words.ordered()?);
        }
    }
    while words.at < words.words.len() {
        if query.start_position.is_none() && words.takes("startposition") {
            query.start_position = Some(words.count()?);
        } else if query.max_results.is_none() && words.takes("maxresults") {
            query.max_results = Some(words.count()?);
        } else {
            return Err(words.unexpected());
        }
    }
    Ok(query)
}

struct Words {
    words: Vec<Word>,
    at: usize,
}

impl Words {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn unexpected(&self) -> Refusal {
        let found = match self.peek() {
            None => "<EOF>",
            Some(Word::Plain(word) | Word::Quoted(word)) => word,
            Some(Word::Sign(sign)) => sign,
        };
        Refusal::query_text(&format!("Encountered \"{found}\" at word {}.", self.at + 1))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        matches!(self.words.get(at), Some(Word::Plain(found)) if found.eq_ignore_ascii_case(word))
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.is(self.at, word);
        self.at += usize::from(found);
        found
    }

    fn takes_two(&mut self, first: &str, second: &str) -> bool {
        let found = self.is(self.at, first) && self.is(self.at + 1, second);
        self.at += 2 * usize::from(found);
        found
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Word::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, word: &str) -> Result<(), Refusal> {
        match self.takes(word) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn sign(&mut self, sign: &str) -> Result<(), Refusal> {
        match self.takes_sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.peek().cloned() {
            Some(Word::Plain(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn count(&mut self) -> Result<usize, Refusal> {
        let name = self.name()?;
        name.parse()
            .map_err(|_| Refusal::query_text(&format!("\"{name}\" is no whole number")))
    }

    fn select(&mut self) -> Result<Select, Refusal> {
        if self.takes_sign("*") {
            return Ok(Select::All);
        }
        if self.is(self.at, "count") && self.words.get(self.at + 1) == Some(&Word::Sign("(")) {
            self.at += 2;
            self.sign("*")?;
            self.sign(")")?;
            return Ok(Select::Count);
        }
        let mut fields = Vec::new();
        loop {
            let name = self.name()?;
            // `Line.*` means the whole of it.
            let name = name.strip_suffix('.').map_or(name.clone(), str::to_owned);
            self.takes_sign("*");
            fields.push(name);
            if !self.takes_sign(",") {
                return Ok(Select::Fields(fields));
            }
        }
    }

    fn condition(&mut self) -> Result<Condition, Refusal> {
        let path = self.name()?;
        if self.takes("in") {
            self.sign("(")?;
            let mut values = vec![self.value()?];
            while self.takes_sign(",") {
                values.push(self.value()?);
            }
            self.sign(")")?;
            return Ok(Condition {
                path,
                operator: Operator::Is,
                values,
            });
        }
        let operator = match self.next() {
            Some(Word::Sign("=")) => Operator::Is,
            Some(Word::Sign("<")) => Operator::Less,
            Some(Word::Sign(">")) => Operator::More,
            Some(Word::Sign("<=")) => Operator::LessOrIs,
            Some(Word::Sign(">=")) => Operator::MoreOrIs,
            Some(Word::Plain(word)) if word.eq_ignore_ascii_case("like") => Operator::Like,
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        };
        Ok(Condition {
            path,
            operator,
            values: vec![self.value()?],
        })
    }

    /// Texts stand in quotes; numbers and flags may stand without.
    fn value(&mut self) -> Result<String, Refusal> {
        match self.peek().cloned() {
            Some(Word::Quoted(value)) => {
                self.at += 1;
                Ok(value)
            }
            Some(Word::Plain(value)) => {
                let flag = ["true", "false"].contains(&value.to_lowercase().as_str());
                let number = value.parse::<rust_decimal::Decimal>().is_ok();
                if flag || number {
                    self.at += 1;
                    Ok(value)
                } else {
                    Err(self.unexpected())
                }
            }
            _ => Err(self.unexpected()),
        }
    }

    fn ordered(&mut self) -> Result<(String, bool), Refusal> {
        let path = self.name()?;
        let down = self.takes("desc");
        if !down {
            self.takes("asc");
        }
        Ok((path, down))
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn what_is_no_query_is_refused() {
        for (text, good) in [
            ("select * from Invoice", true),
            ("SELECT COUNT(*) FROM Invoice", true),
            (
                "select Id, DocNumber from Invoice orderby Id desc, TxnDate",
                true,
            ),
            (
                "select * from Item where Name like 'a%' and Active in (true, false)",
                true,
            ),
            (
                "select * from Item where Name = 'a' order by Name asc startposition 5 maxresults 10",
                true,
            ),
            ("select * from Item maxresults 10 startposition 5", true),
            ("", false),
            ("select", false),
            ("select from Invoice", false),
            ("select * Invoice", false),
            ("select * from Invoice where", false),
            ("select * from Invoice where Id", false),
            ("select * from Invoice where Id = ", false),
            ("select * from Invoice where Id = a", false),
            ("select * from Invoice where Id != '1'", false),
            ("select * from Invoice where Id = '1' or Id = '2'", false),
            ("select * from Invoice where (Id = '1')", false),
            ("select * from Invoice where Id in ()", false),
            ("select * from Invoice group by Id", false),
            ("select * from Invoice startposition x", false),
            ("select * from Invoice maxresults 1 maxresults 2", false),
            ("select * from Invoice, Bill", false),
            ("select count(Id) from Invoice", false),
        ] {
            assert_eq!(query(text).is_ok(), good, "{text}");
        }
    }
}
