//! `lookup` and `inspect`: what an object is, custom fields included.

use super::act::Act;
use super::functions::{Done, permit};
use super::path;
use super::refusal::Refusal;
use super::schema::{self, Field, Object};
use super::wire::Element;

pub fn lookup(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let object = named(act, call)?;
    let docparid = call.get("docparid").filter(|id| !id.is_empty());
    let mut kind = Element::with(
        "Type",
        vec![
            Element::with(
                "Fields",
                all_fields(act, object, docparid)
                    .iter()
                    .map(|(name, field)| described(object, name, field))
                    .collect(),
            ),
            Element::with(
                "Relationships",
                object.relations.iter().map(relationship).collect(),
            ),
        ],
    );
    kind.set("Name", &object.name);
    kind.set("DocumentType", docparid.unwrap_or_default());
    let mut data = Element::with("data", vec![kind]);
    data.set("listtype", "All");
    data.set("count", 1);
    Ok(Done::Elements(vec![data]))
}

/// The older form: a list of objects for `*`, else the names of fields; all about them with `detail`.
pub fn inspect(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let wish = call.get("object").unwrap_or_default().trim();
    let mut data = Element::new("data");
    data.set("listtype", "All");
    if wish == "*" {
        let seen = |object: &&Object| permit(act, "inspect", object).is_ok();
        data.children = schema::objects()
            .iter()
            .filter(seen)
            .map(|object| {
                let mut kind = Element::leaf("type", &object.title);
                kind.set("typename", &object.name);
                kind
            })
            .collect();
    } else {
        let object = named(act, call)?;
        let detail = call.attribute("detail") == Some("1");
        let fields = all_fields(act, object, None);
        let fields = fields.iter().map(|(name, field)| {
            if detail {
                described(object, name, field)
            } else {
                Element::leaf("Field", name)
            }
        });
        let mut kind = Element::with("Type", vec![Element::with("Fields", fields.collect())]);
        kind.set("Name", &object.name);
        data.children.push(kind);
    }
    data.set("count", data.children.len());
    Ok(Done::Elements(vec![data]))
}

fn named(act: &Act<'_>, call: &Element) -> Result<&'static Object, Refusal> {
    let name = call.get("object").unwrap_or_default().trim();
    let object = schema::object(name).ok_or_else(|| Refusal::no_object("WS", name))?;
    permit(act, &call.name, object)?;
    Ok(object)
}

fn all_fields(
    act: &Act<'_>,
    object: &'static Object,
    docparid: Option<&str>,
) -> Vec<(String, Field)> {
    let paths = path::all(act.company, object, docparid).into_iter();
    paths.map(|path| (path.name, path.field)).collect()
}

/// `REQUIRED` is how the screen marks it: a business id is required there even where a sequence gives it.
fn described(object: &Object, name: &str, field: &Field) -> Element {
    let required = field.required || object.id.as_deref() == Some(name);
    let mut children = vec![
        Element::leaf("ID", name),
        Element::leaf("LABEL", field.label()),
        Element::leaf("DESCRIPTION", field.label()),
        Element::leaf("REQUIRED", required),
        Element::leaf("READONLY", field.read_only),
        Element::leaf("DATATYPE", field.kind.word()),
    ];
    if !field.values.is_empty() {
        let values = field.values.iter();
        let values = values.map(|(label, _)| Element::leaf("VALIDVALUE", label));
        children.push(Element::with("VALIDVALUES", values.collect()));
    }
    children.push(Element::leaf("ISCUSTOM", field.custom));
    Element::with("Field", children)
}

fn relationship(relation: &schema::Relation) -> Element {
    let kind = match (relation.name.as_str(), relation.object.as_str()) {
        (_, "ARINVOICE" | "SODOCUMENT") => "ONE2ONE",
        _ => "MANY2ONE",
    };
    Element::with(
        "Relationship",
        vec![
            Element::leaf("OBJECTPATH", &relation.name),
            Element::leaf("OBJECTNAME", &relation.object),
            Element::leaf("LABEL", &relation.name),
            Element::leaf("RELATIONSHIPTYPE", kind),
            Element::leaf("RELATEDBY", &relation.own),
        ],
    )
}
