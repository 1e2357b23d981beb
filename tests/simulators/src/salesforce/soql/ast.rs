//! A query as it was written, names not looked up yet.

use rust_decimal::Decimal;

use super::dates::Relative;
use crate::salesforce::time::Stamp;

#[derive(Debug, Clone)]
pub struct Query {
    pub select: Vec<Selected>,
    pub from: String,
    pub from_at: usize,
    pub condition: Option<Condition>,
    pub group_by: Vec<Path>,
    pub order: Vec<Order>,
    pub limit: Option<usize>,
    pub offset: usize,
}

#[derive(Debug, Clone)]
pub enum Selected {
    Field(Path),
    /// `COUNT()` without a field.
    CountAll,
    Aggregate {
        function: Function,
        path: Path,
        alias: Option<String>,
    },
    Children(Box<Query>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
}

/// `Account.Owner.Name`, and where it stands.
#[derive(Debug, Clone)]
pub struct Path {
    pub names: Vec<String>,
    pub at: usize,
}

#[derive(Debug, Clone)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        path: Path,
        operator: Operator,
        literal: Literal,
    },
    In {
        path: Path,
        negated: bool,
        list: Vec<Literal>,
    },
    /// `Id IN (SELECT AccountId FROM …)`
    InQuery {
        path: Path,
        negated: bool,
        query: Box<Query>,
    },
    /// `INCLUDES ('a;b', 'c')`: one of the lists is there whole.
    Includes {
        path: Path,
        negated: bool,
        list: Vec<Literal>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

#[derive(Debug, Clone)]
pub enum Literal {
    Null,
    Boolean(bool),
    Text(String),
    Number(Decimal),
    Date(String),
    Datetime(Stamp),
    Relative(Relative),
}

#[derive(Debug, Clone)]
pub struct Order {
    pub path: Path,
    pub descending: bool,
    pub nulls_last: bool,
}
