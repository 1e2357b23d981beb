//! What the administrator set up: validation rules, triggers that throw, duplicate rules.
//!
//! - `{"object","name","when","message","field","code"}`: a record for which the condition (SOQL's WHERE) holds
//!   is refused; without `code` as a validation rule is.
//! - `{"object","name","same":["Phone"],"alert":false}`: a record like another one is a duplicate; an alert
//!   alone lets a client save that says so.

use serde_json::Value;

use super::declared::Given;
use super::org::Org;
use super::refusal::Fault;
use super::soql;
use super::time::Stamp;
use super::writes::Draft;

#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    object: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Refuse {
        when: String,
        code: String,
        message: String,
        field: Option<String>,
    },
    Duplicate {
        same: Vec<String>,
        alert: bool,
    },
}

impl Rule {
    pub fn read(org: &Org, given: &Value) -> Result<Self, String> {
        let mut given = Given::new("a rule", given)?;
        let object = given.text("object")?;
        let declared = org.schema.object(&object);
        let declared = declared.ok_or_else(|| format!("no object `{object}`"))?;
        let (object, name) = (declared.name.clone(), given.text("name")?);
        let same = given.texts("same")?;
        let kind = if same.is_empty() {
            let when = given.text("when")?;
            soql::condition(org, &object, &when)
                .map_err(|fault| format!("rule `{name}`: {}", fault.message))?;
            Kind::Refuse {
                when,
                code: given
                    .text_or_none("code")?
                    .unwrap_or_else(|| "FIELD_CUSTOM_VALIDATION_EXCEPTION".to_owned()),
                message: given.text("message")?,
                field: given.text_or_none("field")?,
            }
        } else {
            let unknown = same.iter().find(|field| declared.field(field).is_none());
            if let Some(field) = unknown {
                return Err(format!("rule `{name}`: no field `{field}`"));
            }
            Kind::Duplicate {
                same,
                alert: given.flag("alert", false)?,
            }
        };
        given.finish()?;
        Ok(Self { name, object, kind })
    }
}

pub fn check(org: &Org, draft: &Draft, allow_save: bool, now: Stamp) -> Result<(), Fault> {
    for rule in org.rules.iter().filter(|rule| rule.object == draft.object) {
        match &rule.kind {
            Kind::Refuse {
                when,
                code,
                message,
                field,
            } => {
                let condition = soql::condition(org, &rule.object, when)?;
                if condition.holds(org, &draft.row, now) {
                    let fields: Vec<&str> = field.iter().map(String::as_str).collect();
                    return Err(Fault::new(code, message.clone()).with(&fields));
                }
            }
            Kind::Duplicate { same, alert } => {
                let is_moved = draft.is_new() || same.iter().any(|field| draft.changes(field));
                if is_moved && !(*alert && allow_save) && has_double(org, draft, same) {
                    let message = "Use one of these records?";
                    return Err(Fault::new("DUPLICATES_DETECTED", message).with(&[]));
                }
            }
        }
    }
    Ok(())
}

fn has_double(org: &Org, draft: &Draft, same: &[String]) -> bool {
    let folded = |value: &Value| match value {
        Value::Null => None,
        value => Some(value.to_string().to_lowercase()),
    };
    let mine: Vec<_> = same
        .iter()
        .map(|field| folded(draft.row.get(field)))
        .collect();
    if mine.iter().any(Option::is_none) {
        return false;
    }
    let mut others = org.table(&draft.object).live();
    others.any(|other| {
        let theirs = same.iter().map(|field| folded(other.get(field)));
        other.id != draft.row.id && theirs.eq(mine.iter().cloned())
    })
}
