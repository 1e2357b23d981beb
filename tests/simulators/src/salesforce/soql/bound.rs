//! A query with its names looked up: every field known to exist, every literal known to fit.

use std::collections::HashSet;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::ast::{Condition, Function, Literal, Operator, Path, Query, Selected};
use super::dates::Relative;
use super::like::Pattern;
use super::token::placed;
use crate::salesforce::field::Field;
use crate::salesforce::id;
use crate::salesforce::kind::Kind;
use crate::salesforce::org::Org;
use crate::salesforce::refusal::Fault;
use crate::salesforce::schema::Object;
use crate::salesforce::show;
use crate::salesforce::time;

/// How deep a path may go.
const STEPS_MAX: usize = 5;

/// A field, and the references that lead to its record.
#[derive(Debug, Clone)]
pub struct Way {
    pub steps: Vec<Step>,
    pub field: Arc<Field>,
}

#[derive(Debug, Clone)]
pub struct Step {
    /// The relationship as it is declared: `Owner`.
    pub name: String,
    /// The reference field: `OwnerId`.
    pub by: String,
}

#[derive(Debug)]
pub struct Bound {
    pub object: String,
    pub columns: Vec<Column>,
    pub test: Option<Test>,
    pub group_by: Vec<Way>,
    pub order: Vec<Sorted>,
    pub limit: Option<usize>,
    pub offset: usize,
}

#[derive(Debug)]
pub enum Column {
    Field(Way),
    CountAll,
    Aggregate {
        function: Function,
        way: Way,
        name: String,
    },
    Children {
        name: String,
        /// The child's field that refers to the row.
        by: Arc<Field>,
        query: Box<Bound>,
    },
}

#[derive(Debug)]
pub struct Sorted {
    pub way: Way,
    pub descending: bool,
    pub nulls_last: bool,
}

#[derive(Debug)]
pub enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Null(Way),
    Order(Way, Operator, Operand),
    OneOf {
        way: Way,
        negated: bool,
        texts: HashSet<String>,
        has_null: bool,
    },
    InRows {
        way: Way,
        negated: bool,
        query: Box<Bound>,
    },
    Like(Way, Pattern),
    Within(Way, Operator, Relative),
    Includes {
        way: Way,
        negated: bool,
        lists: Vec<Vec<String>>,
    },
}

#[derive(Debug, Clone)]
pub enum Operand {
    Text(String),
    Number(Decimal),
    Boolean(bool),
}

pub struct Binder<'a> {
    pub org: &'a Org,
    pub text: &'a str,
    /// Whether fields hidden from the integration user are seen: in an administrator's rules.
    pub sees_all: bool,
}

impl<'a> Binder<'a> {
    pub fn query(&self, query: &Query) -> Result<Bound, Fault> {
        let found = self
            .org
            .schema
            .visible(&query.from)
            .filter(|object| !object.event);
        let object = found.ok_or_else(|| self.no_type(query))?;
        self.over(object, query)
    }

    fn no_type(&self, query: &Query) -> Fault {
        let message = format!(
            "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to \
             append the '__c' after the entity name. Please reference your WSDL or the describe call for the \
             appropriate names.",
            query.from
        );
        Fault::new("INVALID_TYPE", placed(self.text, query.from_at, &message))
    }

    fn over(&self, object: &Object, query: &Query) -> Result<Bound, Fault> {
        let mut columns = Vec::new();
        let mut unnamed = 0;
        for selected in &query.select {
            columns.push(match selected {
                Selected::Field(path) => Column::Field(self.way(object, path)?),
                Selected::CountAll => Column::CountAll,
                Selected::Aggregate {
                    function,
                    path,
                    alias,
                } => {
                    let name = alias.clone().unwrap_or_else(|| {
                        unnamed += 1;
                        format!("expr{}", unnamed - 1)
                    });
                    let (function, way) = (*function, self.way(object, path)?);
                    Column::Aggregate {
                        function,
                        way,
                        name,
                    }
                }
                Selected::Children(query) => self.children(object, query)?,
            });
        }
        let test = query
            .condition
            .as_ref()
            .map(|condition| self.test(object, condition));
        let order = query.order.iter().map(|order| {
            let way = self.filterable(object, &order.path, "sorted")?;
            let (descending, nulls_last) = (order.descending, order.nulls_last);
            Ok(Sorted {
                way,
                descending,
                nulls_last,
            })
        });
        let group_by = query.group_by.iter().map(|path| self.way(object, path));
        let bound = Bound {
            object: object.name.clone(),
            test: test.transpose()?,
            group_by: group_by.collect::<Result<_, _>>()?,
            order: order.collect::<Result<_, Fault>>()?,
            limit: query.limit,
            offset: query.offset,
            columns,
        };
        check_grouping(&bound)?;
        Ok(bound)
    }

    fn children(&self, object: &Object, query: &Query) -> Result<Column, Fault> {
        let found = self.org.schema.children(&object.name, &query.from);
        let found = found.filter(|(child, by)| !child.hidden && !by.is_hidden());
        let Some((child, by)) = found else {
            let message = format!(
                "Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a \
                 custom relationship, be sure to append the '__r' after the custom relationship name. Please \
                 reference your WSDL or the describe call for the appropriate names.",
                query.from
            );
            return Err(Fault::new(
                "INVALID_TYPE",
                placed(self.text, query.from_at, &message),
            ));
        };
        let name = by.children.clone().unwrap_or_default();
        let query = Box::new(self.over(child, query)?);
        let by = Arc::clone(by);
        Ok(Column::Children { name, by, query })
    }

    fn way(&self, object: &Object, path: &Path) -> Result<Way, Fault> {
        let (last, mut before) = match path.names.split_last() {
            Some((last, before)) => (last, before),
            None => return Err(Fault::no_column("", &object.name)),
        };
        // `Account.Name FROM Account`
        if let Some((first, rest)) = before.split_first()
            && first.eq_ignore_ascii_case(&object.name)
            && object.relationship(first).is_none()
        {
            before = rest;
        }
        let mut steps = Vec::new();
        let mut at = object;
        for name in before {
            let by = at
                .relationship(name)
                .filter(|field| self.sees_all || !field.is_hidden());
            let parent = by
                .and_then(|by| by.to.first())
                .and_then(|to| self.org.schema.object(to));
            let (Some(by), Some(parent), true) = (by, parent, steps.len() < STEPS_MAX) else {
                let message = format!(
                    "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom \
                     relationship, be sure to append the '__r' after the custom relationship name. Please \
                     reference your WSDL or the describe call for the appropriate names."
                );
                return Err(Fault::new(
                    "INVALID_FIELD",
                    placed(self.text, path.at, &message),
                ));
            };
            steps.push(Step {
                name: by.relationship.clone().unwrap_or_default(),
                by: by.name.clone(),
            });
            at = parent;
        }
        let field = if self.sees_all {
            at.field(last)
        } else {
            at.visible(last)
        };
        let field = field.filter(|field| show::is_there(self.org, at, field));
        let field = field.ok_or_else(|| {
            let message = format!(
                "No such column '{last}' on entity '{}'. If you are attempting to use a custom field, be sure to \
                 append the '__c' after the custom field name. Please reference your WSDL or the describe call \
                 for the appropriate names.",
                at.name
            );
            Fault::new("INVALID_FIELD", placed(self.text, path.at, &message))
        })?;
        let field = Arc::clone(field);
        Ok(Way { steps, field })
    }

    fn filterable(&self, object: &Object, path: &Path, deed: &str) -> Result<Way, Fault> {
        let way = self.way(object, path)?;
        if way.field.filterable {
            return Ok(way);
        }
        let message = format!(
            "field '{}' can not be {deed} in a query call",
            way.field.name
        );
        Err(Fault::new(
            "INVALID_FIELD",
            placed(self.text, path.at, &message),
        ))
    }

    pub fn test(&self, object: &Object, condition: &Condition) -> Result<Test, Fault> {
        let each = |list: &[Condition]| {
            list.iter()
                .map(|one| self.test(object, one))
                .collect::<Result<_, _>>()
        };
        Ok(match condition {
            Condition::All(list) => Test::All(each(list)?),
            Condition::Any(list) => Test::Any(each(list)?),
            Condition::Not(inner) => Test::Not(Box::new(self.test(object, inner)?)),
            Condition::Compare {
                path,
                operator,
                literal,
            } => {
                let way = self.filterable(object, path, "filtered")?;
                self.comparison(way, path, *operator, literal)?
            }
            Condition::In {
                path,
                negated,
                list,
            } => {
                let way = self.filterable(object, path, "filtered")?;
                let mut texts = HashSet::new();
                let mut has_null = false;
                for literal in list {
                    match self.operand(&way, path, literal)? {
                        Some(operand) => drop(texts.insert(folded(&way.field, &operand))),
                        None => has_null = true,
                    }
                }
                let negated = *negated;
                Test::OneOf {
                    way,
                    negated,
                    texts,
                    has_null,
                }
            }
            Condition::InQuery {
                path,
                negated,
                query,
            } => {
                let way = self.filterable(object, path, "filtered")?;
                let (negated, query) = (*negated, Box::new(self.query(query)?));
                Test::InRows {
                    way,
                    negated,
                    query,
                }
            }
            Condition::Includes {
                path,
                negated,
                list,
            } => {
                let way = self.filterable(object, path, "filtered")?;
                let lists = list.iter().filter_map(|literal| match literal {
                    Literal::Text(text) => Some(text.split(';').map(str::to_owned).collect()),
                    _ => None,
                });
                let (negated, lists) = (*negated, lists.collect());
                Test::Includes {
                    way,
                    negated,
                    lists,
                }
            }
        })
    }

    fn comparison(
        &self,
        way: Way,
        path: &Path,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Test, Fault> {
        if operator == Operator::Like {
            let Literal::Text(text) = literal else {
                return Err(self.unfit(&way, path));
            };
            if !way.field.kind.is_text() {
                return Err(self.unfit_operator(path));
            }
            return Ok(Test::Like(way, Pattern::new(text)));
        }
        if let Literal::Relative(relative) = literal {
            return match way.field.kind {
                Kind::Date | Kind::Datetime => Ok(Test::Within(way, operator, *relative)),
                _ => Err(self.unfit(&way, path)),
            };
        }
        match (self.operand(&way, path, literal)?, operator) {
            (None, Operator::Equal) => Ok(Test::Null(way)),
            (None, Operator::NotEqual) => Ok(Test::Not(Box::new(Test::Null(way)))),
            (None, _) => Err(self.unfit_operator(path)),
            (Some(_), operator)
                if !matches!(operator, Operator::Equal | Operator::NotEqual)
                    && matches!(way.field.kind, Kind::Boolean | Kind::Multipicklist) =>
            {
                Err(self.unfit_operator(path))
            }
            (Some(operand), operator) => Ok(Test::Order(way, operator, operand)),
        }
    }

    /// A literal as the field compares; `None` is null.
    fn operand(&self, way: &Way, path: &Path, literal: &Literal) -> Result<Option<Operand>, Fault> {
        let field = &way.field;
        Ok(Some(match (field.kind, literal) {
            (_, Literal::Null) => return Ok(None),
            (Kind::Id | Kind::Reference, Literal::Text(text)) => match id::read(text) {
                Some(id) => Operand::Text(id),
                None => {
                    let message = placed(self.text, path.at, &format!("invalid ID field: {text}"));
                    return Err(Fault::new("INVALID_QUERY_FILTER_OPERATOR", message));
                }
            },
            (Kind::Boolean, Literal::Boolean(flag)) => Operand::Boolean(*flag),
            (Kind::Date, Literal::Date(date)) => Operand::Text(date.clone()),
            (Kind::Datetime, Literal::Datetime(stamp)) => Operand::Text(time::written(*stamp)),
            (kind, Literal::Number(number)) if kind.is_number() => Operand::Number(*number),
            (kind, Literal::Text(text)) if kind.is_text() || kind == Kind::Time => {
                // Outside of LIKE a guarded sign means itself.
                Operand::Text(text.replace(super::token::ESCAPE, ""))
            }
            _ => return Err(self.unfit(way, path)),
        }))
    }

    fn unfit(&self, way: &Way, path: &Path) -> Fault {
        let field = &way.field;
        let quotes = if field.kind.is_text() {
            "must be enclosed"
        } else {
            "should not be enclosed"
        };
        let message = format!(
            "value of filter criterion for field '{}' must be of type {} and {quotes} in quotes",
            field.name,
            field.kind.word()
        );
        Fault::new(
            "INVALID_QUERY_FILTER_OPERATOR",
            placed(self.text, path.at, &message),
        )
    }

    fn unfit_operator(&self, path: &Path) -> Fault {
        let message = placed(self.text, path.at, "invalid operator on field");
        Fault::new("INVALID_QUERY_FILTER_OPERATOR", message)
    }
}

/// What two equal values have in common.
pub fn folded(field: &Field, operand: &Operand) -> String {
    match operand {
        Operand::Text(text) if is_exact(field) => text.clone(),
        Operand::Text(text) => text.to_lowercase(),
        Operand::Number(number) => number.normalize().to_string(),
        Operand::Boolean(flag) => flag.to_string(),
    }
}

/// Texts compare without capitals, ids and fields declared so with them.
fn is_exact(field: &Field) -> bool {
    field.case_sensitive
        || matches!(
            field.kind,
            Kind::Id | Kind::Reference | Kind::Date | Kind::Datetime
        )
}

fn check_grouping(bound: &Bound) -> Result<(), Fault> {
    let is_aggregate = |column: &Column| matches!(column, Column::Aggregate { .. });
    let count_all = bound
        .columns
        .iter()
        .any(|column| matches!(column, Column::CountAll));
    if count_all && bound.columns.len() > 1 && bound.group_by.is_empty() {
        return Err(Fault::new(
            "MALFORMED_QUERY",
            "Grouped query cannot use COUNT() with other fields",
        ));
    }
    if bound.group_by.is_empty() && !bound.columns.iter().any(is_aggregate) {
        return Ok(());
    }
    for column in &bound.columns {
        if let Column::Field(way) = column
            && !bound
                .group_by
                .iter()
                .any(|group| group.field.name == way.field.name)
        {
            let message = format!("Field must be grouped or aggregated: {}", way.field.name);
            return Err(Fault::new("MALFORMED_QUERY", message));
        }
        if matches!(column, Column::Children { .. }) {
            return Err(Fault::new(
                "MALFORMED_QUERY",
                "Grouped query cannot have a sub-query",
            ));
        }
    }
    Ok(())
}
