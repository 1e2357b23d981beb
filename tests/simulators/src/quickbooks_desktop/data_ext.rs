//! Custom fields (owner 0) and applications' private data (owner: their GUID).
//!
//! Assumed where no public source says: an unknown definition is 3140; a second value by Add is 3180; a
//! value that is not of its type is 3210.

use super::company::Company;
use super::kind::{self, Kind};
use super::notation::Leaf;
use super::status::Status;
use super::value;
use super::xml::Element;

/// Bytes of private data that one object may carry.
const PRIVATE_BYTES_MAX: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub owner: String,
    pub id: u32,
    pub name: String,
    pub kind: String,
    /// `Customer`, `Item`, `SalesOrder` …
    pub objects: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub owner: String,
    pub name: String,
    /// A type of the definition, kept for the answer.
    pub kind: String,
    pub value: String,
}

impl Extension {
    /// Out of `DataExt`, `DataExtAdd` or `DataExtMod`.
    pub fn read(element: &Element) -> Self {
        let text = |name| element.get(name).unwrap_or_default().to_owned();
        Self {
            owner: owner_key(&text("OwnerID")),
            name: text("DataExtName"),
            kind: "STR255TYPE".to_owned(),
            value: text("DataExtValue"),
        }
    }
}

/// GUIDs compare without case.
pub fn owner_key(owner: &str) -> String {
    owner.to_uppercase()
}

pub fn set(extensions: &mut Vec<Extension>, value: Extension) {
    match extensions
        .iter_mut()
        .find(|e| e.owner == value.owner && e.name == value.name)
    {
        Some(known) => *known = value,
        None => extensions.push(value),
    }
}

pub fn answers(extensions: &[Extension], owners: &[String]) -> Vec<Element> {
    let wanted = extensions
        .iter()
        .filter(|e| owners.iter().any(|owner| owner_key(owner) == e.owner));
    wanted
        .map(|extension| answer("DataExtRet", extension))
        .collect()
}

pub fn answer(name: &str, extension: &Extension) -> Element {
    Element::with(
        name,
        vec![
            Element::leaf("OwnerID", &extension.owner),
            Element::leaf("DataExtName", &extension.name),
            Element::leaf("DataExtType", &extension.kind),
            Element::leaf("DataExtValue", &extension.value),
        ],
    )
}

/// The definition a value needs, on an object of `kind` (none: the company itself).
pub fn check<'a>(
    company: &'a Company,
    kind: Option<&Kind>,
    value: &Extension,
) -> Result<&'a Definition, Status> {
    let mut known = company.definitions.iter();
    let found = known.find(|d| d.owner == value.owner && d.name == value.name);
    let found = found.filter(|definition| fits(definition, kind));
    let found = found.ok_or_else(|| Status::bad_reference("DataExtDef", &value.name, "DataExt"))?;
    check_value(found, &value.value)?;
    Ok(found)
}

/// On a line: owner 0 alone, and a field of items.
pub fn check_line(company: &Company, owner: &Kind, value: &Extension) -> Result<(), Status> {
    if value.owner != "0" {
        let text = "Private data cannot be put on transaction lines.";
        return Err(Status::bad_value("OwnerID", &value.owner, text));
    }
    let item = kind::named("ItemService").filter(|_| !owner.is_list);
    check(company, item, value).map(|_| ())
}

fn fits(definition: &Definition, kind: Option<&Kind>) -> bool {
    let has = |word: &str| definition.objects.iter().any(|object| object == word);
    let Some(kind) = kind else {
        return has("Company");
    };
    // Transactions inherit the fields of the party they are made out to.
    has(kind.data_ext_word())
        || kind.is_sale() && has("Customer")
        || kind.is_purchase() && has("Vendor")
}

fn check_value(definition: &Definition, text: &str) -> Result<(), Status> {
    let (form, longest) = match definition.kind.as_str() {
        "STR1024TYPE" => (Leaf::Text, 1024),
        "INTTYPE" => (Leaf::Int, 20),
        "AMTTYPE" => (Leaf::Amount, 20),
        "DATETIMETYPE" => (Leaf::DateTime, 30),
        "PERCENTTYPE" | "PRICETYPE" | "QUANTYPE" => (Leaf::Number, 20),
        _ => (Leaf::Text, 255),
    };
    if text.chars().count() > longest {
        return Err(Status::too_long("DataExtValue", text, longest));
    }
    if !value::has_form(&form, text) {
        return Err(Status::bad_value(
            "DataExtValue",
            text,
            "The value is not of the field's type.",
        ));
    }
    Ok(())
}

/// Whether one more value of private data still finds room.
pub fn check_room(extensions: &[Extension], value: &Extension) -> Result<(), Status> {
    let others = extensions
        .iter()
        .filter(|e| e.owner == value.owner && e.name != value.name);
    let used: usize = others.map(|e| e.value.len()).sum();
    if value.owner != "0" && used + value.value.len() > PRIVATE_BYTES_MAX {
        return Err(Status::not_saved(
            "DataExt",
            &value.name,
            "The private data is too large.",
        ));
    }
    Ok(())
}

/// `DataExtDefAdd`.
pub fn define(company: &mut Company, request: &Element) -> Result<Element, Status> {
    let name = request.get("DataExtName").unwrap_or_default().to_owned();
    let owner = owner_key(request.get("OwnerID").unwrap_or_default());
    if name.is_empty() {
        return Err(Status::missing("DataExtName"));
    }
    if company
        .definitions
        .iter()
        .any(|d| d.owner == owner && d.name == name)
    {
        return Err(Status::name_in_use(&name));
    }
    let objects = request
        .all("AssignToObject")
        .map(|object| object.text.clone())
        .collect();
    let definition = Definition {
        owner,
        id: u32::try_from(company.definitions.len()).unwrap_or(u32::MAX),
        name,
        kind: request
            .get("DataExtType")
            .unwrap_or("STR255TYPE")
            .to_owned(),
        objects,
    };
    company.definitions.push(definition.clone());
    Ok(definition_answer(&definition))
}

pub fn definition_answer(definition: &Definition) -> Element {
    let mut children = vec![
        Element::leaf("OwnerID", &definition.owner),
        Element::leaf("DataExtID", definition.id),
        Element::leaf("DataExtName", &definition.name),
        Element::leaf("DataExtType", &definition.kind),
    ];
    children.extend(
        definition
            .objects
            .iter()
            .map(|object| Element::leaf("AssignToObject", object)),
    );
    for name in ["DataExtListRequire", "DataExtTxnRequire"] {
        children.push(Element::leaf(name, false));
    }
    children.push(Element::new("DataExtFormatString"));
    Element::with("DataExtDefRet", children)
}

/// `DataExtDefQuery`: by owner or by object.
pub fn definitions(company: &Company, request: &Element) -> Vec<Element> {
    let owners: Vec<String> = request
        .all("OwnerID")
        .map(|owner| owner_key(&owner.text))
        .collect();
    let objects: Vec<&str> = request
        .all("AssignToObject")
        .map(|o| o.text.as_str())
        .collect();
    let wanted = company.definitions.iter().filter(|definition| {
        (owners.is_empty() || owners.contains(&definition.owner))
            && (objects.is_empty()
                || definition
                    .objects
                    .iter()
                    .any(|o| objects.contains(&o.as_str())))
    });
    wanted.map(definition_answer).collect()
}

/// Which of the three requests about a value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Add,
    Mod,
    Del,
}

/// `DataExtAdd`, `…Mod`, `…Del`: on a list element, a transaction, one of its lines, or the company.
pub fn change(
    company: &mut Company,
    request: &Element,
    deed: Deed,
    now_s: i64,
) -> Result<Element, Status> {
    let mut value = Extension::read(request);
    let serial = target(company, request)?;
    let line_id = request
        .get("TxnLineID")
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    let kind = serial
        .and_then(|serial| company.object(serial))
        .map(|object| object.kind);
    if let Some(kind) = kind.filter(|_| line_id.is_some()) {
        check_line(company, kind, &value)?;
    }
    let whose = if line_id.is_some() {
        kind::named("ItemService")
    } else {
        kind
    };
    if deed != Deed::Del {
        value.kind.clone_from(&check(company, whose, &value)?.kind);
    }
    let was_remade = company.was_remade(&value.owner, &value.name);
    let extensions = match (serial, &line_id) {
        (None, _) => &mut company.extensions,
        (Some(serial), None) => {
            let object = company.edit(serial).ok_or_else(|| Status::not_found(""))?;
            &mut object.extensions
        }
        (Some(serial), Some(id)) => {
            let object = company.edit(serial).ok_or_else(|| Status::not_found(id))?;
            let mut lines = object.lines.iter_mut();
            let line = lines
                .find(|line| line.id == *id)
                .ok_or_else(|| Status::not_found(id))?;
            &mut line.extensions
        }
    };
    let there = extensions
        .iter()
        .position(|e| e.owner == value.owner && e.name == value.name);
    let saving = |cause| Status::not_saved("DataExt", &value.name, cause);
    match (deed, there) {
        (Deed::Add, None) if was_remade => {
            return Err(saving(
                "The definition of this field was deleted and made again.",
            ));
        }
        (Deed::Add, Some(_)) => return Err(saving("The field has a value already.")),
        (Deed::Del, Some(at)) => value = extensions.remove(at),
        (Deed::Del, None) => return Err(Status::not_found(&value.name)),
        (Deed::Add | Deed::Mod, _) => {
            check_room(extensions, &value)?;
            set(extensions, value.clone());
        }
    }
    if let Some(serial) = serial {
        company.touch(serial, now_s);
    }
    Ok(answer("DataExtRet", &value))
}

/// The object a request names; none is the company.
fn target(company: &Company, request: &Element) -> Result<Option<u32>, Status> {
    if request.child("OtherDataExtType").is_some() {
        return Ok(None);
    }
    if let Some(id) = request.get("TxnID") {
        let found = company.by_id(id).filter(|object| !object.kind.is_list);
        let fits = found.filter(|object| request.get("TxnDataExtType") == Some(object.kind.name));
        return fits
            .map(|object| Some(object.serial))
            .ok_or_else(|| Status::not_found(id));
    }
    let word = request.get("ListDataExtType").unwrap_or_default();
    let reference = request.child("ListObjRef").cloned().unwrap_or_default();
    let fits = |kind: &Kind| kind.is_list && kind.data_ext_word() == word;
    let found = match (reference.get("ListID"), reference.get("FullName")) {
        (Some(id), _) => company.by_id(id),
        (None, Some(name)) => {
            let kind = kind::KINDS.iter().find(|kind| fits(kind));
            kind.and_then(|kind| company.by_full_name(kind.space, name))
        }
        (None, None) => return Err(Status::missing("ListObjRef")),
    };
    let key = reference
        .get("ListID")
        .or(reference.get("FullName"))
        .unwrap_or_default();
    let found = found.filter(|object| fits(object.kind));
    found
        .map(|object| Some(object.serial))
        .ok_or_else(|| Status::not_found(key))
}
