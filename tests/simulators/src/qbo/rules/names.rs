//! Records of lists: their names, who has them already, and what stands above them.

use serde_json::Value;

use super::super::company::{Company, Row};
use super::super::refusal::Refusal;
use super::super::schema::{Kind, entities};
use super::super::value::{Values, flag, reference, text};

/// What a deactivated record carries behind its name, so that the name is free again.
const DELETED: &str = " (deleted)";
/// A record and four above it.
const LEVELS_MAX: u64 = 4;

pub fn complete(
    company: &Company,
    kind: Kind,
    values: &mut Values,
    old: Option<&Row>,
) -> Result<(), Refusal> {
    let field = kind.name_field();
    if kind.has_display_name() && text(values, field).is_empty() {
        let parts = ["Title", "GivenName", "MiddleName", "FamilyName", "Suffix"];
        let parts = parts.map(|part| text(values, part).to_owned());
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return Err(Refusal::missing(field));
        }
        values.insert(field.to_owned(), parts.join(" ").into());
    }
    let name = text(values, field).trim().to_owned();
    if name.contains([':', '\t', '\n']) {
        return Err(Refusal::business(&format!(
            "{field} cannot contain tabs, new lines or colons (:)."
        )));
    }
    values.insert(field.to_owned(), name.into());
    place(company, kind, values, old)?;
    activity(kind, values);
    unique(company, kind, values, old)?;
    if kind.has_display_name() && text(values, "PrintOnCheckName").is_empty() {
        let company_name = text(values, "CompanyName");
        let shown = match company_name {
            "" => text(values, field),
            name => name,
        };
        values.insert("PrintOnCheckName".to_owned(), shown.to_owned().into());
    }
    Ok(())
}

/// Where a record stands; without the flag that says so, a parent is not taken.
fn place(
    company: &Company,
    kind: Kind,
    values: &mut Values,
    old: Option<&Row>,
) -> Result<(), Refusal> {
    let sub = match kind.name.as_str() {
        "Item" => "SubItem",
        "Account" => "SubAccount",
        "Class" => "SubClass",
        "Department" => "SubDepartment",
        "Customer" => "Job",
        _ => return Ok(()),
    };
    let Some(parent) = reference(values, "ParentRef").map(str::to_owned) else {
        if flag(values, sub) == Some(true) {
            return Err(Refusal::missing("ParentRef"));
        }
        return Ok(());
    };
    if kind.is("Customer") {
        values.insert(sub.to_owned(), true.into());
    } else if flag(values, sub) != Some(true) {
        values.shift_remove("ParentRef");
        return Ok(());
    }
    let Some(parent) = company.get(kind, &parent) else {
        return Ok(());
    };
    if kind.is("Item") && text(&parent.values, "Type") != "Category" {
        return Err(Refusal::business(
            "An item can only be a sub-item of a category.",
        ));
    }
    let mut above = Some(parent);
    let mut levels = 0;
    while let Some(row) = above {
        levels += 1;
        if old.is_some_and(|old| old.id == row.id) {
            return Err(Refusal::business("A record cannot be its own parent."));
        }
        above = reference(&row.values, "ParentRef").and_then(|id| company.get(kind, id));
    }
    if levels > LEVELS_MAX {
        return Err(Refusal::business("You can only have five levels."));
    }
    Ok(())
}

/// A deactivated record makes its name free, and takes it back.
fn activity(kind: Kind, values: &mut Values) {
    let name = text(values, kind.name_field()).to_owned();
    let bare = name.strip_suffix(DELETED).unwrap_or(&name).to_owned();
    let shown = match flag(values, "Active") {
        Some(false) => format!("{bare}{DELETED}"),
        _ => bare,
    };
    values.insert(kind.name_field().to_owned(), shown.into());
}

fn unique(
    company: &Company,
    kind: Kind,
    values: &Values,
    old: Option<&Row>,
) -> Result<(), Refusal> {
    if flag(values, "Active") == Some(false) {
        return Ok(());
    }
    let wanted = text(values, kind.name_field()).to_lowercase();
    let parent = |values: &Values| match kind.has_display_name() {
        true => None,
        false => reference(values, "ParentRef").map(str::to_owned),
    };
    let shares = |other: &Kind| {
        std::ptr::eq(*other, kind) || (kind.has_display_name() && other.has_display_name())
    };
    for other in entities().iter().filter(shares) {
        for row in company.rows(other) {
            let itself = std::ptr::eq(other, kind) && old.is_some_and(|old| old.id == row.id);
            let same = text(&row.values, other.name_field()).to_lowercase() == wanted
                && parent(&row.values) == parent(values)
                && row.values.get("Active") != Some(&Value::Bool(false));
            if same && !itself {
                return Err(Refusal::duplicate_name(row.id.as_str(), kind.name_field()));
            }
        }
    }
    Ok(())
}
