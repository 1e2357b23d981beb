//! The tree of conditions that `query` and `readByQuery` both come down to.

use std::cmp::Ordering;

use super::company::{Company, Row};
use super::path::Path;
use super::value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    In,
    NotIn,
    Like,
    NotLike,
    IsNull,
    IsNotNull,
}

#[derive(Debug)]
pub enum Filter {
    All,
    Compare {
        path: Path,
        test: Test,
        values: Vec<String>,
        /// Whether values are stored codes.
        codes: bool,
    },
    And(Vec<Filter>),
    Or(Vec<Filter>),
}

impl Filter {
    pub fn takes(&self, company: &Company, row: &Row, ignore_case: bool) -> bool {
        match self {
            Self::All => true,
            Self::And(all) => all.iter().all(|one| one.takes(company, row, ignore_case)),
            Self::Or(all) => all.iter().any(|one| one.takes(company, row, ignore_case)),
            Self::Compare {
                path,
                test,
                values,
                codes,
            } => {
                let held = path.value(company, row);
                let held = if *codes {
                    path.field.code(&held)
                } else {
                    &held
                };
                compares(path, *test, held, values, ignore_case)
            }
        }
    }
}

/// As in a database: what is empty equals nothing and differs from nothing.
fn compares(path: &Path, test: Test, held: &str, values: &[String], ignore_case: bool) -> bool {
    match test {
        Test::IsNull => return held.is_empty(),
        Test::IsNotNull => return !held.is_empty(),
        _ if held.is_empty() => return false,
        _ => {}
    }
    let fold = |text: &str| {
        if ignore_case {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let held = fold(held);
    let order = |value: &String| value::compare(path.field.kind, &held, &fold(value));
    let first = || values.first().map(order);
    match test {
        Test::Equal => first() == Some(Ordering::Equal),
        Test::NotEqual => first().is_some_and(|order| order != Ordering::Equal),
        Test::Less => first() == Some(Ordering::Less),
        Test::LessOrEqual => first().is_some_and(Ordering::is_le),
        Test::Greater => first() == Some(Ordering::Greater),
        Test::GreaterOrEqual => first().is_some_and(Ordering::is_ge),
        Test::Between => {
            first().is_some_and(Ordering::is_ge)
                && values.get(1).map(order).is_some_and(Ordering::is_le)
        }
        Test::In => values.iter().any(|value| order(value).is_eq()),
        Test::NotIn => !values.iter().any(|value| order(value).is_eq()),
        Test::Like => values.iter().any(|value| like(&held, &fold(value))),
        Test::NotLike => !values.iter().any(|value| like(&held, &fold(value))),
        Test::IsNull | Test::IsNotNull => false,
    }
}

/// `%` is any text, `_` any one character.
pub fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut retry) = (0, None);
    let pattern: Vec<char> = pattern.chars().collect();
    let mut n = 0;
    while n < text.len() {
        match pattern.get(at) {
            Some('%') => {
                retry = Some((at, n));
                at += 1;
            }
            Some(c) if *c == '_' || *c == text[n] => {
                at += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    at = star + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn like_has_two_wild_cards() {
        for (text, pattern, is_like) in [
            ("Boréale", "Bor%", true),
            ("Boréale", "%é_le", true),
            ("Boréale", "bor%", false),
            ("a", "_", true),
            ("", "%", true),
            ("", "_", false),
            ("aab", "%ab", true),
            ("abc", "a%d", false),
        ] {
            assert_eq!(like(text, pattern), is_like, "{text} {pattern}");
        }
    }
}
