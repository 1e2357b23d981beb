//! `lookup` and `inspect`.

use super::{Element, Lab};

fn field<'a>(kind: &'a Element, id: &str) -> &'a Element {
    let fields = kind.child("Fields").unwrap();
    fields
        .children
        .iter()
        .find(|field| field.get("ID") == Some(id))
        .unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn lookup_describes_fields_values_and_relations() {
    let mut lab = Lab::new();
    let data = lab.data("<lookup><object>CONTRACT</object></lookup>");
    assert_eq!(data.attribute("listtype"), Some("All"));
    assert_eq!(data.attribute("count"), Some("1"));
    let kind = &data.children[0];
    assert_eq!(kind.name, "Type");
    assert_eq!(kind.attribute("Name"), Some("CONTRACT"));
    for (id, name, value) in [
        ("CONTRACTID", "REQUIRED", "true"),
        ("CONTRACTID", "READONLY", "false"),
        ("CONTRACTID", "DATATYPE", "TEXT"),
        ("RECORDNO", "READONLY", "true"),
        ("RECORDNO", "DATATYPE", "INTEGER"),
        ("BEGINDATE", "DATATYPE", "DATE"),
        ("WHENMODIFIED", "DATATYPE", "TIMESTAMP"),
        ("RENEWAL", "DATATYPE", "BOOLEAN"),
        ("STATE", "DATATYPE", "ENUM"),
        ("SFDC_CONTRACT_ID", "ISCUSTOM", "true"),
        ("NAME", "ISCUSTOM", "false"),
    ] {
        assert_eq!(field(kind, id).get(name), Some(value), "{id} {name}");
    }
    let values = field(kind, "STATE").child("VALIDVALUES").unwrap();
    let values: Vec<_> = values
        .children
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(
        values,
        [
            "Draft",
            "In progress",
            "Renewed",
            "Cancelled",
            "Not renewed"
        ]
    );
    let relations = kind.child("Relationships").unwrap();
    let customer = relations
        .children
        .iter()
        .find(|r| r.get("OBJECTPATH") == Some("CUSTOMER"))
        .unwrap();
    for (name, value) in [
        ("OBJECTNAME", "CUSTOMER"),
        ("RELATIONSHIPTYPE", "MANY2ONE"),
        ("RELATEDBY", "CUSTOMERID"),
    ] {
        assert_eq!(customer.get(name), Some(value), "{name}");
    }
    let bill_to = relations
        .children
        .iter()
        .find(|r| r.get("OBJECTPATH") == Some("BILLTO"))
        .unwrap();
    assert_eq!(bill_to.get("OBJECTNAME"), Some("CONTACTVERSION"));
}

#[test]
fn a_definitions_custom_fields_are_looked_up_with_it() {
    let mut lab = Lab::new();
    let has = |data: &Element| super::text_of(data).contains("SFDC_INVOICE_ID");
    assert!(!has(
        &lab.data("<lookup><object>SODOCUMENT</object></lookup>")
    ));
    let data = lab
        .data("<lookup><object>SODOCUMENT</object><docparid>Contract Invoice</docparid></lookup>");
    assert_eq!(
        data.children[0].attribute("DocumentType"),
        Some("Contract Invoice")
    );
    assert!(has(&data));
}

#[test]
fn every_field_that_is_looked_up_can_be_selected() {
    let mut lab = Lab::new();
    for object in crate::sage_intacct::schema::objects() {
        let name = &object.name;
        let data = lab.data(&format!("<lookup><object>{name}</object></lookup>"));
        let fields = data.children[0].child("Fields").unwrap().children.clone();
        let select: String = fields
            .iter()
            .map(|field| format!("<field>{}</field>", field.get("ID").unwrap()))
            .collect();
        lab.ok(&format!(
            "<query><object>{name}</object><select>{select}</select></query>"
        ));
    }
}

#[test]
fn inspect_lists_objects_or_fields() {
    let mut lab = Lab::new();
    let data = lab.data("<inspect><object>*</object></inspect>");
    assert!(
        data.children
            .iter()
            .any(|kind| kind.attribute("typename") == Some("CONTRACTDETAIL"))
    );
    let names = lab.data("<inspect><object>ITEM</object></inspect>");
    assert_eq!(
        names.children[0].child("Fields").unwrap().children[1].text,
        "ITEMID"
    );
    let all = lab.data("<inspect detail=\"1\"><object>ITEM</object></inspect>");
    assert_eq!(
        field(&all.children[0], "ITEMTYPE").get("DATATYPE"),
        Some("ENUM")
    );
    assert!(
        lab.refused("<lookup><object>UNICORN</object></lookup>")
            .starts_with("WS: ")
    );
}
