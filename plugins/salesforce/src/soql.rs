//! Words of SOQL: literals, conditions, and nothing that a value could break out of.
//!
//! A name stands in a query only after it was found in a description. A text is quoted and escaped; every
//! other kind of value is parsed and written anew.

use crate::id;
use crate::refusal_words as say;
use crate::shape::{Column, Kind, Shape, TYPE_NAME};
use crate::table::{KEY, RECORD_TYPE};
use crate::value;
use liaison_sdk::prelude::*;

/// A text between quotes.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' | '"' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A pattern of `LIKE` that means this text, with whatever stands around it.
fn pattern(before: &str, text: &str, after: &str) -> String {
    let quoted = quote(text).replace('%', "\\%").replace('_', "\\_");
    let inner = quoted
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
        .unwrap_or_default();
    format!("'{before}{inner}{after}'")
}

/// A value as a literal for this field; none when no value of the field can be this one.
pub fn literal(column: &Column, wanted: &Value) -> Option<String> {
    if wanted.is_null() {
        return Some("null".to_owned());
    }
    let wanted = value::wanted(column.kind(), wanted);
    Some(match column.kind() {
        Kind::Text | Kind::Words => quote(wanted.as_str()?),
        Kind::Reference => quote(&id::full(wanted.as_str()?)?),
        Kind::Bool => if wanted.as_bool()? { "TRUE" } else { "FALSE" }.to_owned(),
        Kind::Decimal => decimal::parse(&wanted)?.to_string(),
        Kind::Int => wanted.as_number()?.to_string(),
        // Days and instants stand without quotes, and each only against its own kind of field.
        Kind::Date => {
            let day = wanted.as_str()?;
            date::day_number(day)?;
            day.to_owned()
        }
        Kind::Instant => wanted.as_str()?.to_owned(),
    })
}

/// The column that a flow's field stands for.
pub fn column<'s>(shape: &'s Shape, key_field: &str, field: &str) -> Result<&'s Column, Fault> {
    match field {
        "id" => shape.named(value::ID),
        KEY if !shape.has(key_field) => Err(no_key_field(shape, key_field)),
        KEY => shape.named(key_field),
        RECORD_TYPE => shape
            .column(TYPE_NAME)
            .ok_or_else(|| say::no_record_types(&shape.object)),
        _ => shape.named(field),
    }
}

/// The org has no field for our key on this object.
pub fn no_key_field(shape: &Shape, key_field: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-no-key-field",
        "{object} has no field {field} for liaison's key, or the integration user may not see it; add it as Text(64), External ID and Unique, or name another in `key_field`",
        object = shape.object,
        field = if key_field.is_empty() { KEY } else { key_field }
    ))
    .field(KEY)
}

/// A condition in SOQL, if the vendor can serve it as the contract means it, or wider.
pub fn clause(column: &Column, condition: &Condition) -> Option<String> {
    if !column.is_filterable() {
        return None;
    }
    let name = column.name();
    let values: Vec<Value> = condition
        .values
        .iter()
        .map(|json| filter::value(json))
        .collect();
    let first = values.first().unwrap_or(&Value::Null);
    let is_text = matches!(column.kind(), Kind::Text);
    let is_ordered = matches!(
        column.kind(),
        Kind::Int | Kind::Decimal | Kind::Date | Kind::Instant
    );
    // Text is compared here without regard to case, there exactly: what is left out by `!=` here could be
    // meant there.
    let is_exact = is_ordered || matches!(column.kind(), Kind::Reference | Kind::Bool);
    let ordered = |sign: &str| {
        let literal = literal(column, first).filter(|_| is_ordered && !first.is_null())?;
        Some(format!("{name} {sign} {literal}"))
    };
    let like = |before: &str, after: &str| {
        let text = first.as_str().filter(|text| is_text && !text.is_empty())?;
        Some(format!("{name} LIKE {}", pattern(before, text, after)))
    };
    match condition.op {
        Comparison::Empty => Some(format!("{name} = null")),
        // A text of spaces is empty for the contract; the vendor keeps none.
        Comparison::NotEmpty => Some(format!("{name} != null")),
        Comparison::Eq => equal(column, first),
        Comparison::NotEq if is_exact => Some(format!("{name} != {}", literal(column, first)?)),
        Comparison::IsIn => among(column, &values),
        Comparison::Lt => ordered("<"),
        Comparison::Le => ordered("<="),
        Comparison::Gt => ordered(">"),
        Comparison::Ge => ordered(">="),
        Comparison::StartsWith => like("", "%"),
        Comparison::Contains => like("%", "%"),
        Comparison::NotEq | Comparison::NotIn | Comparison::Other => None,
    }
}

/// That a field has this value; what it cannot have, no record has.
fn equal(column: &Column, wanted: &Value) -> Option<String> {
    match literal(column, wanted) {
        Some(literal) => Some(format!("{} = {literal}", column.name())),
        None => Some(never()),
    }
}

/// That a field has one of these values.
pub fn among(column: &Column, wanted: &[Value]) -> Option<String> {
    let mut literals: Vec<String> = wanted
        .iter()
        .filter_map(|value| literal(column, value))
        .collect();
    literals.sort_unstable();
    literals.dedup();
    match literals.as_slice() {
        [] => Some(never()),
        [one] => Some(format!("{} = {one}", column.name())),
        // A set of yes and no is no `IN` for the vendor, and says nothing.
        _ if column.kind() == Kind::Bool => None,
        _ => Some(format!("{} IN ({})", column.name(), literals.join(","))),
    }
}

/// What holds for no record.
fn never() -> String {
    "Id = null".to_owned()
}

/// All conditions that the vendor can serve, and those left to us.
pub struct Conditions {
    pub clauses: Vec<String>,
    pub left: Vec<Condition>,
}

/// A filter in SOQL, as far as it goes. `skipped` fields are not the vendor's.
pub fn conditions(
    shape: &Shape,
    key_field: &str,
    filter: &[Condition],
    skipped: &[&str],
) -> Result<Conditions, Fault> {
    let (mut clauses, mut left) = (Vec::new(), Vec::new());
    for condition in filter {
        if skipped.contains(&condition.field.as_str()) {
            continue;
        }
        let column = column(shape, key_field, &condition.field)?;
        match clause(column, condition) {
            Some(clause) => clauses.push(clause),
            None => left.push(condition.clone()),
        }
    }
    Ok(Conditions { clauses, left })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Comparison as C;

    fn column(kind: Kind) -> Column {
        Column("F__c".to_owned(), kind, 31)
    }

    fn told(kind: Kind, op: Comparison, values: &[Value]) -> Option<String> {
        clause(&column(kind), &filter::condition("F__c", op, values))
    }

    #[test]
    fn no_text_breaks_out_of_its_quotes() {
        for (text, expected) in [
            ("Acme", "'Acme'"),
            ("O'Neil", r"'O\'Neil'"),
            (r"a\' OR Name != \'", r"'a\\\' OR Name != \\\''"),
            (r"\", r"'\\'"),
            ("a\nb\tc\u{0}", r"'a\nb\tc'"),
            ("Ünal & Söhne", "'Ünal & Söhne'"),
            ("", "''"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }

    #[test]
    fn conditions_are_served_by_kind() {
        let id = "001D000000IRFma";
        for (kind, op, values, expected) in [
            (
                Kind::Text,
                C::Eq,
                vec![json!("O'N")],
                Some(r"F__c = 'O\'N'"),
            ),
            (Kind::Text, C::Eq, vec![Value::Null], Some("F__c = null")),
            (Kind::Text, C::Eq, vec![json!(7)], Some("F__c = '7'")),
            (
                Kind::Text,
                C::IsIn,
                vec![json!("b"), json!("a"), json!("b")],
                Some("F__c IN ('a','b')"),
            ),
            (Kind::Text, C::IsIn, vec![], Some("Id = null")),
            (
                Kind::Text,
                C::StartsWith,
                vec![json!("50%_x")],
                Some(r"F__c LIKE '50\%\_x%'"),
            ),
            (
                Kind::Text,
                C::Contains,
                vec![json!("a")],
                Some("F__c LIKE '%a%'"),
            ),
            (Kind::Text, C::Empty, vec![], Some("F__c = null")),
            (Kind::Text, C::NotEmpty, vec![], Some("F__c != null")),
            // Case and order differ between the vendor and the contract: left to us.
            (Kind::Text, C::NotEq, vec![json!("a")], None),
            (Kind::Text, C::NotIn, vec![json!("a")], None),
            (Kind::Text, C::Lt, vec![json!("a")], None),
            (Kind::Words, C::StartsWith, vec![json!("a")], None),
            (Kind::Bool, C::Eq, vec![json!(true)], Some("F__c = TRUE")),
            (
                Kind::Bool,
                C::NotEq,
                vec![json!(true)],
                Some("F__c != TRUE"),
            ),
            (Kind::Bool, C::IsIn, vec![json!(true), json!(false)], None),
            (Kind::Bool, C::Eq, vec![json!("perhaps")], Some("Id = null")),
            (
                Kind::Decimal,
                C::Ge,
                vec![json!("17.250")],
                Some("F__c >= 17.25"),
            ),
            (
                Kind::Decimal,
                C::Eq,
                vec![json!("1 OR Id != null")],
                Some("Id = null"),
            ),
            (Kind::Int, C::Lt, vec![json!(12)], Some("F__c < 12")),
            (
                Kind::Date,
                C::Ge,
                vec![json!("2026-03-05")],
                Some("F__c >= 2026-03-05"),
            ),
            (
                Kind::Date,
                C::Ge,
                vec![json!("2026-03-05T00:00:00Z")],
                Some("F__c >= 2026-03-05"),
            ),
            (
                Kind::Date,
                C::Eq,
                vec![json!("2026-99-99")],
                Some("Id = null"),
            ),
            (
                Kind::Instant,
                C::Gt,
                vec![json!("2026-03-05")],
                Some("F__c > 2026-03-05T00:00:00Z"),
            ),
            (
                Kind::Instant,
                C::Le,
                vec![json!("2026-03-05T10:00:00+02:00")],
                Some("F__c <= 2026-03-05T08:00:00Z"),
            ),
            (
                Kind::Reference,
                C::Eq,
                vec![json!(id)],
                Some("F__c = '001D000000IRFmaIAH'"),
            ),
            // What is no id would break the whole query.
            (
                Kind::Reference,
                C::Eq,
                vec![json!("x' OR Id != '")],
                Some("Id = null"),
            ),
            (
                Kind::Reference,
                C::IsIn,
                vec![json!(id), json!("4711")],
                Some("F__c = '001D000000IRFmaIAH'"),
            ),
            (
                Kind::Reference,
                C::NotEq,
                vec![Value::Null],
                Some("F__c != null"),
            ),
            (Kind::Text, C::Other, vec![], None),
        ] {
            let told = told(kind, op, &values);
            assert_eq!(told.as_deref(), expected, "{kind:?} {op:?} {values:?}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_filtered_is_left_to_us() {
        let long = Column("Description".to_owned(), Kind::Text, 0);
        let condition = filter::condition("Description", C::Eq, &[json!("x")]);
        assert_eq!(clause(&long, &condition), None);
    }
}
