//! The functions of the old days.

use super::{Lab, first_error};

const DATE: &str = "<datecreated><year>2026</year><month>03</month><day>02</day></datecreated>";

#[test]
fn a_legacy_create_answers_with_a_key_and_no_data() {
    let mut lab = Lab::new();
    let contact = "<create_contact><contactname>Old, Way</contactname><printas>Old Way</printas>\
        <email1>old@way.example</email1><mailaddress><address1>1 Rue</address1><city>Alma</city></mailaddress></create_contact>";
    let result = lab.ok(contact);
    assert_eq!(result.get("key"), Some("Old, Way"));
    assert!(result.child("data").is_none());
    assert_eq!(
        lab.field_of("CONTACT", "Old, Way", "MAILADDRESS.CITY"),
        "Alma"
    );
    assert!(lab.refused(contact).starts_with("BL34000061"));
}

#[test]
fn a_legacy_customer_has_its_contact_and_custom_fields() {
    let mut lab = Lab::new();
    let call = "<create_customer><customerid>OLD1</customerid><name>Old Co</name><termname>Net 30</termname>\
        <contactinfo><contact><contactname>Old Co main</contactname><printas>Old Co</printas></contact></contactinfo>\
        <customfields><customfield><customfieldname>SFDC_ACCOUNT_ID</customfieldname><customfieldvalue>001Z</customfieldvalue></customfield></customfields>\
        </create_customer>";
    assert_eq!(lab.ok(call).get("key"), Some("OLD1"));
    assert_eq!(lab.field_of("CUSTOMER", "OLD1", "SFDC_ACCOUNT_ID"), "001Z");
    assert_eq!(
        lab.field_of("CUSTOMER", "OLD1", "DISPLAYCONTACT.CONTACTNAME"),
        "Old Co main"
    );
    lab.ok("<delete_customer customerid=\"OLD1\"></delete_customer>");
    lab.ok("<delete_item itemid=\"MODEM\"></delete_item>");
    assert!(
        lab.refused("<delete_customer customerid=\"OLD1\"></delete_customer>")
            .starts_with("BL01001973")
    );
}

#[test]
fn the_order_of_a_legacy_function_is_strict() {
    let mut lab = Lab::new();
    for call in [
        "<create_contact><printas>P</printas><contactname>C</contactname></create_contact>",
        "<create_contact><contactname>C</contactname></create_contact>",
        "<create_contact><contactname>C</contactname><printas>P</printas><colour>red</colour></create_contact>",
        "<create_contact><CONTACTNAME>C</CONTACTNAME><printas>P</printas></create_contact>",
        "<create_customer><name>N</name><customerid>I</customerid></create_customer>",
        "<create_sotransaction><customerid>CUST-01001</customerid></create_sotransaction>",
    ] {
        let said = lab.refused(call);
        assert!(
            said.starts_with("XL03000003: XML Parse schema error"),
            "{call}: {said}"
        );
    }
}

#[test]
fn a_sales_order_is_a_document_without_a_receivable() {
    let mut lab = Lab::new();
    let call = format!(
        "<create_sotransaction><transactiontype>Sales Order</transactiontype>{DATE}<customerid>CUST-01001</customerid>\
         <documentno>77</documentno><referenceno>PO 9</referenceno><sotransitems>\
         <sotransitem><itemid>MODEM</itemid><quantity>2</quantity><unit>Each</unit></sotransitem>\
         <sotransitem><itemid>SETUP</itemid><quantity>1</quantity><price>99.90</price></sotransitem>\
         </sotransitems></create_sotransaction>"
    );
    assert_eq!(lab.ok(&call).get("key"), Some("Sales Order-77"));
    for (name, value) in [
        ("TOTAL", "359.80"),
        ("PONUMBER", "PO 9"),
        ("WHENCREATED", "03/02/2026"),
        ("WHENDUE", "04/01/2026"),
        ("PRRECORDKEY", ""),
    ] {
        assert_eq!(
            lab.field_of("SODOCUMENT", "Sales Order-77", name),
            value,
            "{name}"
        );
    }
    assert!(lab.refused(&call).starts_with("BL34000061"));
    let invoice = call.replace("Sales Order", "Sales Invoice");
    lab.ok(&invoice);
    assert_eq!(
        lab.field_of("SODOCUMENT", "Sales Invoice-77", "ARINVOICE.TOTALDUE"),
        "359.80"
    );
    for (from, to, error) in [
        (
            "Sales Order",
            "Moon Order",
            "Invalid Transaction Definition",
        ),
        ("CUST-01001", "?", "Invalid Customer"),
        ("MODEM", "?", "Invalid Item"),
        ("<quantity>2", "<quantity>two", "quantity 'two'"),
        ("<day>02", "<day>32", "Date is not valid"),
        ("<month>03</month>", "", "XML Parse schema error"),
    ] {
        let said = lab.refused(
            &call
                .replace(from, to)
                .replace("<documentno>77", "<documentno>78"),
        );
        assert!(said.contains(error), "{to}: {said}");
    }
}

#[test]
fn a_legacy_invoice_is_a_receivable() {
    let mut lab = Lab::new();
    let call = format!(
        "<create_invoice><customerid>CUST-01002</customerid>{DATE}<termname>Net 15</termname><invoiceno>L-1</invoiceno>\
         <invoiceitems><lineitem><glaccountno>4000</glaccountno><amount>12.50</amount><memo>m</memo><locationid>100</locationid></lineitem>\
         </invoiceitems></create_invoice>"
    );
    let key: i64 = lab.ok(&call).get("key").unwrap().parse().unwrap();
    assert_eq!(lab.field("ARINVOICE", key, "TOTALDUE"), "12.50");
    assert_eq!(lab.field("ARINVOICE", key, "WHENDUE"), "03/17/2026");
    lab.ok(&format!("<delete_invoice key=\"{key}\"></delete_invoice>"));
}

#[test]
fn a_list_tells_its_bounds() {
    let mut lab = Lab::new();
    let call = "<get_list object=\"customer\" maxitems=\"2\" start=\"1\"><filter><expression><field>status</field>\
        <operator>=</operator><value>active</value></expression></filter><fields><field>customerid</field></fields></get_list>";
    let result = lab.ok(call);
    let kind = result.child("listtype").unwrap();
    assert_eq!(kind.text, "customer");
    for (name, value) in [("start", "1"), ("end", "2"), ("total", "6")] {
        assert_eq!(kind.attribute(name), Some(value), "{name}");
    }
    let rows = &result.child("data").unwrap().children;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].name, "customer");
    assert_eq!(rows[0].get("customerid"), Some("CUST-01002"));
    assert_eq!(rows[0].children.len(), 1);
    assert!(
        lab.refused(&call.replace("<operator>=", "<operator>~"))
            .starts_with("Query Failed")
    );
    lab.refused("<get_list object=\"unicorn\"></get_list>");
}

#[test]
fn one_record_is_got_by_its_id() {
    let mut lab = Lab::new();
    let result = lab.ok("<get object=\"customer\" key=\"CUST-01003\"></get>");
    let row = &result.child("data").unwrap().children[0];
    assert_eq!(row.get("name"), Some("Harbor Logistics, Inc."));
    let failed = lab.one("<get object=\"customer\" key=\"?\"></get>");
    assert!(first_error(&failed).contains("Invalid Customer '?'"));
}
