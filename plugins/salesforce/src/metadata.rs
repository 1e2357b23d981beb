//! Objects, layouts and a permission set as the Metadata API takes them.

use crate::made::{Kind, Made, Parts};
use liaison_sdk::xml::escape;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";
/// The name of the permission set and of the layouts.
pub const NAME: &str = "liaison";

/// A file of a package: its path in it, and what stands in it.
pub type File = (String, String);

/// The whole package.
pub fn package(objects: &BTreeMap<String, Parts>, version: &str) -> Vec<File> {
    let mut files = Vec::new();
    let mut members: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut member = |kind: &'static str, name: String| {
        members.entry(kind).or_default().insert(name);
    };
    for (object, parts) in objects {
        files.push((format!("objects/{object}.object"), of_object(object, parts)));
        match is_custom(object) {
            true => member("CustomObject", object.clone()),
            false => {
                for field in &parts.fields {
                    member("CustomField", format!("{object}.{}", field.name));
                }
                for kind in &parts.record_types {
                    member("RecordType", format!("{object}.{kind}"));
                }
            }
        }
        if let Some(layout) = layout(object, parts, objects) {
            files.push((format!("layouts/{object}-{NAME}.layout"), layout));
            member("Layout", format!("{object}-{NAME}"));
        }
    }
    files.push((
        format!("permissionsets/{NAME}.permissionset"),
        permission_set(objects),
    ));
    member("PermissionSet", NAME.to_owned());
    files.push(("package.xml".to_owned(), manifest(&members, version)));
    files
}

/// Elements in their order, deeper with every level.
struct Xml {
    text: String,
    open: Vec<String>,
}

impl Xml {
    fn new(root: &str) -> Self {
        Self {
            text: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n"
            ),
            open: vec![root.to_owned()],
        }
    }

    fn leaf(&mut self, name: &str, value: &str) -> &mut Self {
        let indent = "    ".repeat(self.open.len());
        let _ = writeln!(self.text, "{indent}<{name}>{}</{name}>", escape(value));
        self
    }

    fn within(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let indent = "    ".repeat(self.open.len());
        let _ = writeln!(self.text, "{indent}<{name}>");
        self.open.push(name.to_owned());
        fill(self);
        self.open.pop();
        let _ = writeln!(self.text, "{indent}</{name}>");
    }

    fn done(mut self) -> String {
        let _ = writeln!(self.text, "</{}>", self.open[0]);
        self.text
    }
}

fn is_custom(object: &str) -> bool {
    object.ends_with("__c")
}

/// `Intacct_Contract__c` as people read it.
fn label(name: &str) -> String {
    let label = name.strip_suffix("__c").unwrap_or(name).replace('_', " ");
    label.chars().take(40).collect()
}

fn of_object(object: &str, parts: &Parts) -> String {
    let mut xml = Xml::new("CustomObject");
    if is_custom(object) {
        xml.leaf("deploymentStatus", "Deployed");
    }
    for field in &parts.fields {
        xml.within("fields", |xml| of_field(xml, field, object));
    }
    if is_custom(object) {
        xml.leaf("label", &label(object));
        xml.within("nameField", |xml| {
            xml.leaf("label", "Name").leaf("type", "Text");
        });
        // In languages with one form only, both are the same.
        xml.leaf("pluralLabel", &label(object));
    }
    for kind in &parts.record_types {
        xml.within("recordTypes", |xml| {
            xml.leaf("fullName", kind)
                .leaf("active", "true")
                .leaf("label", &label(kind));
        });
    }
    if is_custom(object) {
        xml.leaf("sharingModel", "Read");
    }
    xml.done()
}

fn of_field(xml: &mut Xml, field: &Made, object: &str) {
    xml.leaf("fullName", &field.name);
    let label = label(&field.name);
    let numeric = |xml: &mut Xml, kind: &str, all: &u32, behind: &u32| {
        xml.leaf("label", &label)
            .leaf("precision", &all.to_string())
            .leaf("scale", &behind.to_string())
            .leaf("type", kind);
    };
    match &field.kind {
        Kind::Text(length) => {
            xml.leaf("label", &label)
                .leaf("length", &length.to_string())
                .leaf("type", "Text");
        }
        Kind::Key(length) => {
            xml.leaf("caseSensitive", "true")
                .leaf("externalId", "true")
                .leaf("label", &label)
                .leaf("length", &length.to_string())
                .leaf("type", "Text")
                .leaf("unique", "true");
        }
        Kind::LongText(length) => {
            xml.leaf("label", &label)
                .leaf("length", &length.to_string())
                .leaf("type", "LongTextArea")
                .leaf("visibleLines", "4");
        }
        Kind::Checkbox => {
            xml.leaf("defaultValue", "false")
                .leaf("label", &label)
                .leaf("type", "Checkbox");
        }
        Kind::Date => {
            xml.leaf("label", &label).leaf("type", "Date");
        }
        Kind::DateTime => {
            xml.leaf("label", &label).leaf("type", "DateTime");
        }
        Kind::Number(all, behind) => numeric(xml, "Number", all, behind),
        Kind::Currency(all, behind) => numeric(xml, "Currency", all, behind),
        Kind::Percent(all, behind) => numeric(xml, "Percent", all, behind),
        Kind::Picklist(words) => {
            xml.leaf("label", &label).leaf("type", "Picklist");
            xml.within("valueSet", |xml| {
                xml.leaf("restricted", "false");
                xml.within("valueSetDefinition", |xml| {
                    xml.leaf("sorted", "false");
                    for word in words {
                        xml.within("value", |xml| {
                            xml.leaf("fullName", word)
                                .leaf("default", "false")
                                .leaf("label", word);
                        });
                    }
                });
            });
        }
        Kind::Lookup(other) => {
            xml.leaf("deleteConstraint", "SetNull")
                .leaf("label", &label)
                .leaf("referenceTo", other)
                // Two from one object to another may not have one name.
                .leaf("relationshipName", &relationship(object, &field.name))
                .leaf("type", "Lookup");
        }
    }
}

fn relationship(object: &str, field: &str) -> String {
    let plain = |name: &str| name.strip_suffix("__c").unwrap_or(name).replace('_', "");
    let both = format!("{}{}", plain(object), plain(field));
    both.chars().take(40).collect()
}

/// What of a standard object's own stands on every layout of it: Salesforce refuses one without.
fn standard(object: &str) -> Option<&'static [(&'static str, bool)]> {
    Some(match object {
        "Account" | "Product2" => &[("Name", true)],
        "Contact" => &[("LastName", true), ("AccountId", false), ("Email", false)],
        "Opportunity" => &[
            ("Name", true),
            ("AccountId", false),
            ("CloseDate", true),
            ("StageName", true),
        ],
        "Contract" => &[
            ("AccountId", true),
            ("Status", true),
            ("StartDate", false),
            ("ContractTerm", false),
        ],
        object if is_custom(object) => &[("Name", true)],
        _ => return None,
    })
}

/// A layout of its own, beside those of the org: what is made, and the lists of the objects that name it.
fn layout(object: &str, parts: &Parts, objects: &BTreeMap<String, Parts>) -> Option<String> {
    let standard = standard(object)?;
    let mut xml = Xml::new("Layout");
    xml.within("layoutSections", |xml| {
        xml.leaf("customLabel", "true")
            .leaf("detailHeading", "true")
            .leaf("editHeading", "true")
            .leaf("label", "liaison");
        xml.within("layoutColumns", |xml| {
            for (field, required) in standard {
                let behaviour = if *required { "Required" } else { "Edit" };
                xml.within("layoutItems", |xml| {
                    xml.leaf("behavior", behaviour).leaf("field", field);
                });
            }
        });
        xml.within("layoutColumns", |xml| {
            for field in &parts.fields {
                xml.within("layoutItems", |xml| {
                    xml.leaf("behavior", "Edit").leaf("field", &field.name);
                });
            }
        });
        xml.leaf("style", "TwoColumnsTopToBottom");
    });
    for (other, named_by) in objects.iter().filter(|(other, _)| is_custom(other)) {
        for field in &named_by.fields {
            if matches!(&field.kind, Kind::Lookup(to) if to == object) {
                xml.within("relatedLists", |xml| {
                    xml.leaf("fields", "NAME")
                        .leaf("relatedList", &format!("{other}.{}", field.name));
                });
            }
        }
    }
    Some(xml.done())
}

fn permission_set(objects: &BTreeMap<String, Parts>) -> String {
    let mut xml = Xml::new("PermissionSet");
    xml.leaf(
        "description",
        "For liaison's integration user: what the package made. The standard objects are granted elsewhere.",
    );
    for (object, parts) in objects {
        for field in &parts.fields {
            xml.within("fieldPermissions", |xml| {
                xml.leaf("editable", "true")
                    .leaf("field", &format!("{object}.{}", field.name))
                    .leaf("readable", "true");
            });
        }
    }
    xml.leaf("label", NAME);
    for object in objects.keys().filter(|object| is_custom(object)) {
        xml.within("objectPermissions", |xml| {
            for right in ["allowCreate", "allowDelete", "allowEdit", "allowRead"] {
                xml.leaf(right, "true");
            }
            xml.leaf("modifyAllRecords", "true")
                .leaf("object", object)
                .leaf("viewAllRecords", "true");
        });
    }
    for (object, parts) in objects {
        for kind in &parts.record_types {
            xml.within("recordTypeVisibilities", |xml| {
                xml.leaf("recordType", &format!("{object}.{kind}"))
                    .leaf("visible", "true");
            });
        }
    }
    xml.done()
}

fn manifest(members: &BTreeMap<&str, BTreeSet<String>>, version: &str) -> String {
    let mut xml = Xml::new("Package");
    for (kind, names) in members {
        xml.within("types", |xml| {
            for name in names {
                xml.leaf("members", name);
            }
            xml.leaf("name", kind);
        });
    }
    xml.leaf("version", version);
    xml.done()
}
