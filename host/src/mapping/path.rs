//! Paths of names, as a flow file writes them: `bill_address.city`, `custom_fields.{option.po_number}`.

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'t> {
    Name(&'t str),
    /// `{option.NAME}`: the name that the option gives.
    Option(&'t str),
    /// In braces, and no option.
    Wrong(&'t str),
}

/// The steps of a path. A dot within braces parts nothing.
pub fn steps(path: &str) -> Vec<Step<'_>> {
    let mut inside = false;
    let parts = path.split(|c: char| {
        inside = (inside || c == '{') && c != '}';
        c == '.' && !inside
    });
    parts.map(step).collect()
}

fn step(part: &str) -> Step<'_> {
    let within = part
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match within.and_then(|within| within.trim().strip_prefix("option.")) {
        Some(name) if !name.contains('.') => Step::Option(name),
        _ if part.contains(['{', '}']) => Step::Wrong(part),
        _ => Step::Name(part),
    }
}

/// The first step, as written.
pub fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The field of a rule's id: `group_number` of `children.lines.fields.group_number.first_of[2]`,
/// `bill_address.city` of `fields.bill_address.city`.
pub fn field_name(id: &str) -> &str {
    let whole = id.split(".first_of[").next().unwrap_or(id);
    let mut parts = whole.split('.');
    let mut at = 0;
    while let Some(part) = parts.next() {
        at += part.len() + 1;
        match part {
            "fields" | "values" | "write_back" => return whole.get(at..).unwrap_or(whole),
            // What follows is a name of the author's.
            "children" | "lookup" => at += parts.next().map_or(0, |name| name.len() + 1),
            _ => {}
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_and_options() {
        use Step::{Name, Option, Wrong};
        let cases: [(&str, &[Step<'_>]); 6] = [
            ("city", &[Name("city")]),
            ("bill_address.city", &[Name("bill_address"), Name("city")]),
            ("custom.{option.po}", &[Name("custom"), Option("po")]),
            ("a.{ option.b }.c", &[Name("a"), Option("b"), Name("c")]),
            (
                "custom.{source.po}",
                &[Name("custom"), Wrong("{source.po}")],
            ),
            (
                "custom.x{option.po}",
                &[Name("custom"), Wrong("x{option.po}")],
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(steps(path), expected, "{path}");
        }
    }

    #[test]
    fn a_rule_knows_the_field_it_is_for() {
        for (id, field) in [
            ("fields.number", "number"),
            ("fields.bill_address.city", "bill_address.city"),
            (
                "fields.custom_fields.{option.a}",
                "custom_fields.{option.a}",
            ),
            ("children.lines.fields.code.first_of[2]", "code"),
            ("children.fields.append[1].fields.code", "code"),
            ("lookup.values.create.fields.name", "name"),
            ("report.write_back.number", "number"),
            ("identity[1].values.full_name", "full_name"),
        ] {
            assert_eq!(field_name(id), field, "{id}");
        }
    }
}
