//! Compiles paths of names: those that rules read, and those that they write.

use serde_json::Value;

use super::compile::Compiler;
use super::context::Context;
use super::expression_check::unknown_field;
use super::path::{Step, steps};
use super::rule::{Path, Root};
use super::schema::{Field, Kind, Record};
use crate::config::flow::{OptionKind, OptionRule};
use crate::config::problem::{suggest, words};
use crate::config::source::At;

/// A field that a rule writes, by its path.
pub(super) struct FieldAt {
    pub path: Vec<String>,
    /// None where the system does not say what it is.
    pub field: Option<Field>,
    /// A step comes from an option that is not set.
    pub off: bool,
}

impl Compiler<'_> {
    /// A path such as `lookup.card.number`, or a bare field of the record at hand.
    pub fn path(&self, at: &At<String>, context: &Context) -> Option<(Path, Field)> {
        let (mut names, off) = self.names(at)?;
        let root = names.first().and_then(|name| Root::parse(name));
        let root = root.filter(|_| names.len() > 1 || off).unwrap_or_else(|| {
            names.insert(0, context.current.name().to_owned());
            context.current
        });
        // Of one that an option switches off, what stands before the option is checked.
        let field = match off && names.len() == 1 {
            true => Field::of_kind(Kind::Any),
            false => self.resolve(&names, &at.span, context)?,
        };
        let field = match off {
            true => Field::of_kind(Kind::Any),
            false => field,
        };
        let fields = names.split_off(1);
        Some((Path { root, fields, off }, field))
    }

    /// A field of a record by its path, or a problem.
    pub fn field_at(&self, name: &At<String>, record: &Record, of: &str) -> Option<FieldAt> {
        let (path, off) = self.names(name)?;
        let mut field = None;
        let mut within = Some(record);
        for (nth, step) in path.iter().enumerate() {
            let Some(here) = within else {
                // Whatever this is, the system does not say what is inside.
                field = None;
                break;
            };
            let Some(found) = here.fields.get(step) else {
                if here.open {
                    field = None;
                    break;
                }
                let mut before = vec![of.to_owned()];
                before.extend(path[..nth].iter().cloned());
                let (message, help) = unknown_field(&before, step, here);
                self.problem(&name.span, "unknown-field", message, help);
                return None;
            };
            within = match &found.kind {
                Kind::Record(inner) => Some(inner),
                Kind::Any => None,
                other if nth + 1 < path.len() || off => {
                    let message = words!(
                        "problem-no-fields",
                        "`{path}` has no fields; it is {found}",
                        path = path[..=nth].join(".");
                        found = other.words()
                    );
                    self.problem(&name.span, "unknown-field", message, None);
                    return None;
                }
                _ => None,
            };
            field = Some(found.clone());
        }
        let field = field.filter(|_| !off);
        Some(FieldAt { path, field, off })
    }

    /// The names of a path with those that options give, up to one that is not set; and whether there is
    /// such a one.
    fn names(&self, at: &At<String>) -> Option<(Vec<String>, bool)> {
        let mut names = Vec::new();
        for step in steps(&at.value) {
            let option = match step {
                Step::Name(name) => {
                    names.push(name.to_owned());
                    continue;
                }
                Step::Option(option) => option,
                Step::Wrong(part) => {
                    let message = words!(
                        "problem-path-step",
                        "`{part}` is no part of a path; between two dots stands a name or \"{example}\"",
                        part = part,
                        example = "{option.NAME}"
                    );
                    self.problem(&at.span, "path", message, None);
                    return None;
                }
            };
            self.names_a_field(at, option)?;
            let given = self.given.get().and_then(|options| options.get(option));
            match given
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty())
            {
                Some(name) => names.push(name.to_owned()),
                None => return Some((names, true)),
            }
        }
        Some((names, false))
    }

    /// Whether an option can stand in a path: it is there, and a text.
    pub(super) fn names_a_field(&self, at: &At<String>, option: &str) -> Option<()> {
        self.used.borrow_mut().insert(format!("option.{option}"));
        self.is_a_name(at, option)
    }

    /// The same for one that is only spoken of.
    pub(super) fn is_a_name(&self, at: &At<String>, option: &str) -> Option<()> {
        let mut rules = self.file.options.iter();
        let (message, help) = match rules.find(|rule| rule.name.value == option) {
            Some(OptionRule {
                kind: OptionKind::Text | OptionKind::Enum(_),
                ..
            }) => return Some(()),
            Some(_) => (
                words!(
                    "problem-path-option",
                    "option `{option}` names a field here, so it is of type `string` or `enum`",
                    option = option
                ),
                None,
            ),
            None => (
                words!(
                    "problem-unknown-option-named",
                    "there is no [options.{option}]",
                    option = option
                ),
                suggest(
                    option,
                    self.file.options.iter().map(|rule| rule.name.as_str()),
                ),
            ),
        };
        self.problem(&at.span, "unknown-option", message, help);
        None
    }
}
