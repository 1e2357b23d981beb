//! References out of requests: `XRef` with a `ListID` or a `FullName` becomes an id, or a status.

use super::company::{Company, Object};
use super::kind::{self, Kind};
use super::status::Status;
use super::xml::Element;

/// A copy of `element` whose references, at any depth, hold ids only. Empty references stay empty.
pub fn resolve(
    company: &Company,
    element: &Element,
    owner: &'static Kind,
) -> Result<Element, Status> {
    if let Some(target) = kind::targets(&element.name, owner) {
        let Some(found) = find(company, element, owner, &target)? else {
            return Ok(Element::new(element.name.clone()));
        };
        let id = Element::leaf("ListID", &found.id);
        return Ok(Element::with(element.name.clone(), vec![id]));
    }
    let children = element.children.iter();
    Ok(Element {
        children: children
            .map(|child| resolve(company, child, owner))
            .collect::<Result<_, _>>()?,
        ..element.clone()
    })
}

fn find<'a>(
    company: &'a Company,
    reference: &Element,
    owner: &'static Kind,
    target: &kind::Target,
) -> Result<Option<&'a Object>, Status> {
    // `FullName` is ignored beside `ListID`.
    let (key, found) = match (reference.get("ListID"), reference.get("FullName")) {
        (Some(id), _) => {
            check_id(id, "ListID")?;
            (id, company.by_id(id))
        }
        (None, Some(name)) if !name.is_empty() => {
            (name, company.by_full_name(target.space(), name))
        }
        _ => return Ok(None),
    };
    let found = found.filter(|found| target.takes(found.kind));
    // An inactive object is refused in a transaction; a list element may go on pointing to one.
    match found.filter(|found| owner.is_list || found.is_active) {
        Some(found) => Ok(Some(found)),
        None if reference.name == "ParentRef" => Err(Status::no_parent(key, owner.name)),
        None => Err(Status::bad_reference(target.word, key, &place(owner))),
    }
}

/// `8000001B-1405768916` or `1F6-1241605561`; anything else never was an id.
pub fn check_id(id: &str, field: &str) -> Result<(), Status> {
    let well_formed = id.split_once('-').is_some_and(|(count, born)| {
        (1..=8).contains(&count.len())
            && count.bytes().all(|b| b.is_ascii_hexdigit())
            && !born.is_empty()
            && born.bytes().all(|b| b.is_ascii_digit())
    });
    if well_formed {
        Ok(())
    } else {
        Err(Status::bad_id(id, field))
    }
}

fn place(owner: &'static Kind) -> String {
    match owner.is_list {
        true => format!("{} list", owner.name),
        false => owner.name.to_owned(),
    }
}
