//! What replies tell, field by field.

use super::*;

/// The reference's own example, with what it leaves out filled in.
const INNER: &str = "<status>Open</status><stage>proposal</stage><probability>60</probability><deleted>false</deleted>\
<description>Laptops for branch</description>\
<event type=\"created\" when=\"2026-03-01T09:10:00-05:00\"><user><firstName>Ann</firstName><lastName>Roy</lastName><email>ann@acme.example</email></user></event>\
<event type=\"modified\" when=\"2026-03-01T15:42:10-05:00\"><user><email>joe@acme.example</email></user></event>\
<customer customerNumber=\"NW0042\"><companyName>Northwind</companyName><terms><description>Net 30</description></terms><priceProfile>Standard</priceProfile><tax><rate>8.25</rate></tax></customer>\
<contact contactId=\"7001\"><firstName>Joe</firstName><lastName>Lee</lastName><email>joe@northwind.example</email></contact>\
<salesPerson><firstName>Ann</firstName><lastName>Roy</lastName><email>Ann@acme.example</email></salesPerson>\
<accountManager><email>max@acme.example</email></accountManager>\
<payment><PONumber>PO-77</PONumber></payment><paymentTerms>Net 30</paymentTerms>\
<billTo><companyName>Northwind</companyName><firstName>Joe</firstName><lastName>Lee</lastName><addressLine1>1 Main</addressLine1><city>Austin</city><state abbreviation=\"TX\">Texas</state><postalCode>78701</postalCode></billTo>\
<note type=\"Internal\">one</note><note type=\"Internal\">two</note><note type=\"Shipping\"/>\
<totalItemCost>800.00</totalItemCost><subTotal>1000.00</subTotal><tax>82.50</tax><shippingHandling>10</shippingHandling><miscAmount>0</miscAmount><total>1092.50</total>\
<customFields><customField name=\"Autotask Opportunity\">Big deal</customField><customField name=\"Autotask Opportunity ID\"/><customField name=\"Region\">West</customField></customFields>\
<itemList>\
<product lineItemId=\"1\" lineItemNumber=\"1.0\" lineOrder=\"1\" productType=\"Hardware\"><status>Ok</status><manufacturer manufacturerId=\"12\">HP Inc.</manufacturer><partNumber>ab-1</partNumber><descriptionLine1>Laptop</descriptionLine1><descriptionLine2>14 in</descriptionLine2><category>Computers</category><subCategory>Notebooks</subCategory><upc>0123</upc><dropship>true</dropship><taxable>1</taxable><cost>400.00</cost><price>500.00</price><quantity cancelled=\"1\">3</quantity><weight>1.4</weight><note>n</note><costCenter>CC</costCenter><customFields><customField name=\"Slot\">A</customField></customFields><shipping><carrier>UPS</carrier><service>Ground</service></shipping><supplierProduct><supplier accountNumber=\"1\">Other</supplier></supplierProduct><supplierProduct selected=\"true\"><supplier accountNumber=\"99\">Ingram</supplier><SKU>SK1</SKU><MSRP>650</MSRP></supplierProduct><serialNumber>S1</serialNumber><serialNumber>S2</serialNumber></product>\
<product lineItemId=\"2\" productType=\"Service\"><externalId system=\"autotask\">44</externalId><partNumber>SVC</partNumber><quantity>1</quantity></product>\
</itemList>";

fn northwind() -> Company {
    let company = Company::with(json!({"outcome_field": "Autotask Export"}));
    company.document_with("Quote", "Q-10045", 1, INNER);
    company
}

#[test]
fn a_document_is_told_whole() {
    let company = northwind();
    let entry = read_one(&company, "quote", "Q-10045");
    assert_eq!(
        (entry.version.as_deref(), entry.deleted),
        (Some("910045/2"), false)
    );
    let body = body(&entry);
    for (name, expected) in [
        ("id", json!("Q-10045")),
        ("number", json!("Q-10045")),
        ("system_id", json!("910045")),
        ("revision", json!(2)),
        ("status", json!("Open")),
        ("stage", json!("proposal")),
        ("probability", json!("60")),
        ("description", json!("Laptops for branch")),
        ("customer_id", json!("NW0042")),
        ("customer_name", json!("Northwind")),
        ("customer_terms", json!("Net 30")),
        ("price_profile", json!("Standard")),
        ("tax_rate", json!("8.25")),
        ("payment_terms", json!("Net 30")),
        ("contact_id", json!("NW0042/7001")),
        ("contact_email", json!("joe@northwind.example")),
        ("contact_name", json!("Joe Lee")),
        ("sales_rep_id", json!("ann@acme.example")),
        ("sales_rep_email", json!("Ann@acme.example")),
        ("sales_rep_name", json!("Ann Roy")),
        ("account_manager_email", json!("max@acme.example")),
        ("po_number", json!("PO-77")),
        ("shipping_carrier", json!("UPS")),
        ("shipping_service", json!("Ground")),
        ("shipping_method", json!("UPS Ground")),
        ("internal_note", json!("one\ntwo")),
        ("shipping_note", Value::Null),
        ("item_cost_total", json!("800.00")),
        ("subtotal", json!("1000.00")),
        ("tax_total", json!("82.50")),
        ("shipping_total", json!("10")),
        ("total", json!("1092.50")),
        ("created_at", json!("2026-03-01T14:10:00Z")),
        ("created_by", json!("ann@acme.example")),
        ("ordered_at", Value::Null),
        ("modified_at", json!("2026-03-01T20:42:10Z")),
        ("modified_by", json!("joe@acme.example")),
        ("opportunity_name", json!("Big deal")),
        ("opportunity_id", Value::Null),
        ("custom_fields", json!({"Region": "West"})),
        ("ship_to", Value::Null),
        ("requested_action", Value::Null),
        ("requested_contacts", json!([])),
    ] {
        assert_eq!(body[name], expected, "{name}");
    }
    assert_eq!(body["bill_to"]["city"], "Austin");
    assert_eq!(
        (&body["bill_to"]["state"], &body["bill_to"]["state_code"]),
        (&json!("Texas"), &json!("TX"))
    );
    for name in ["exported", "export_status", "add_lines"] {
        assert_eq!(body.get(name), None, "{name}");
    }
}

#[test]
fn lines_are_told_whole_and_services_are_no_products() {
    let company = northwind();
    let body = body(&read_one(&company, "quote", "Q-10045"));
    let line = &body["lines"][0];
    for (name, expected) in [
        ("id", json!("1")),
        ("number", json!("1.0")),
        ("position", json!(1)),
        ("product_type", json!("Hardware")),
        ("product_id", json!("HP INC.|AB-1")),
        ("manufacturer", json!("HP Inc.")),
        ("manufacturer_id", json!("12")),
        ("part_number", json!("ab-1")),
        ("description", json!("Laptop")),
        ("description_2", json!("14 in")),
        ("category", json!("Computers")),
        ("sub_category", json!("Notebooks")),
        ("upc", json!("0123")),
        ("dropship", json!(true)),
        ("taxable", json!(true)),
        ("cost", json!("400.00")),
        ("price", json!("500.00")),
        ("quantity", json!("3")),
        ("quantity_cancelled", json!("1")),
        ("quantity_left", json!("2")),
        ("amount", json!("1000.00")),
        ("weight", json!("1.4")),
        ("note", json!("n")),
        ("cost_center", json!("CC")),
        ("shipping_carrier", json!("UPS")),
        ("supplier", json!("Ingram")),
        ("supplier_account_number", json!("99")),
        ("supplier_sku", json!("SK1")),
        ("msrp", json!("650")),
        ("serial_numbers", json!("S1, S2")),
        ("external_id", Value::Null),
        ("custom_fields", json!({"Slot": "A"})),
    ] {
        assert_eq!(line[name], expected, "{name}");
    }
    let service = &body["lines"][1];
    assert_eq!(service["external_id"], "44");
    assert_eq!(service["product_id"], Value::Null);
    assert_eq!(service["quantity_left"], "1");
    assert_eq!(service["amount"], Value::Null);
}

#[test]
fn every_element_may_be_missing() {
    let company = Company::new();
    company.documents.borrow_mut().extend([
        ("Quote", "Q-1".to_owned(), 1, "<document documentNumber=\"Q-1\"/>".to_owned()),
        ("Quote", "Q-2".to_owned(), 1, "<document documentNumber=\"Q-2\" documentType=\"Quote\"><deleted>true</deleted><itemList><product/></itemList><shippingMethod carrier=\"FedEx\"/></document>".to_owned()),
    ]);
    company.customers.borrow_mut().push((
        "C-1".to_owned(),
        "1".to_owned(),
        "C".to_owned(),
        1,
        "<customer customerNumber=\"C-1\"><contact contactId=\"7\"/></customer>".to_owned(),
    ));
    let manifest = ChannelOnline.describe();
    for (entity, id) in [
        ("quote", "Q-1"),
        ("quote", "Q-2"),
        ("customer", "C-1"),
        ("contact", "C-1/7"),
    ] {
        let body = body(&read_one(&company, entity, id));
        let spec = manifest
            .entities
            .iter()
            .find(|one| one.name == entity)
            .unwrap();
        let schema: Value = serde_json::from_str(&spec.schema).unwrap();
        for (name, value) in body.as_object().unwrap() {
            let known = &schema["properties"][name];
            assert!(known.is_object(), "{entity}.{name}");
            let kinds = &known["type"];
            let nullable = kinds
                .as_array()
                .is_some_and(|all| all.contains(&json!("null")));
            assert!(!value.is_null() || nullable, "{entity}.{name} is null");
        }
        let unread = |name: &&String| !body.as_object().unwrap().contains_key(*name);
        let properties = schema["properties"].as_object().unwrap();
        for name in properties.keys().filter(unread) {
            let words = properties[name]["description"].as_str().unwrap_or_default();
            assert!(
                words.contains("Not read back"),
                "{entity}.{name} is not read"
            );
        }
    }
    let gone = read_one(&company, "quote", "Q-2");
    assert!(gone.deleted);
    assert_eq!(body(&gone)["shipping_method"], "FedEx");
    assert_eq!(body(&gone)["lines"][0]["product_id"], Value::Null);
    let none = ChannelOnline.read(&company, "quote", &["Q-9".to_owned()]);
    assert_eq!(none.unwrap(), [None]);
}

#[test]
fn a_customer_is_told_with_its_contacts() {
    let company = Company::new();
    company.customer("NW0042", "5001", "Northwind", second("2026-03-01T20:00:00Z"), "<phone>512-555-0100</phone><fax/><address type=\"billing\"><line1>1 Main</line1><city>Austin</city></address><address type=\"shipping\"><city>Waco</city></address><terms>Net 30</terms><externalId system=\"other\">1</externalId><externalId system=\"autotask\">29683510</externalId><contact contactId=\"7001\" active=\"false\" primary=\"true\" modified=\"2026-03-01T15:00:00-05:00\"><firstName>Joe</firstName><email>joe@northwind.example</email><workPhone/><externalId system=\"autotask\">30682001</externalId></contact>");
    let customer = body(&read_one(&company, "customer", "NW0042"));
    for (name, expected) in [
        ("system_id", json!("5001")),
        ("name", json!("Northwind")),
        ("active", json!(true)),
        ("type", json!("customer")),
        ("phone", json!("512-555-0100")),
        ("fax", Value::Null),
        ("address_line_1", json!("1 Main")),
        ("shipping_city", json!("Waco")),
        ("payment_terms", json!("Net 30")),
        ("external_id", json!("29683510")),
        ("modified_at", json!("2026-03-01T20:00:00Z")),
    ] {
        assert_eq!(customer[name], expected, "{name}");
    }
    assert_eq!(customer["contacts"][0]["id"], "NW0042/7001");
    let contact = body(&read_one(&company, "contact", "NW0042/7001"));
    for (name, expected) in [
        ("customer_id", json!("NW0042")),
        ("customer_external_id", json!("29683510")),
        ("first_name", json!("Joe")),
        ("work_phone", Value::Null),
        ("active", json!(false)),
        ("primary", json!(true)),
        ("external_id", json!("30682001")),
        ("modified_at", json!("2026-03-01T20:00:00Z")),
    ] {
        assert_eq!(contact[name], expected, "{name}");
    }
}

#[test]
fn lists_are_read_whatever_their_rows_are_called() {
    let company = Company::new();
    company.lists.borrow_mut().extend([
        ("categories", "<categories><category id=\"1\" name=\"Computers\" active=\"true\"/><category id=\"2\" name=\"Notebooks\" parentId=\"1\"/></categories>".to_owned()),
        ("personnel", "<rows><row><id>8</id><name>Ann Roy</name><email>Ann@acme.example</email><active>false</active></row><row id=\"9\" name=\"Max\"/></rows>".to_owned()),
        ("paymentTerms", "<row id=\"3\">Net 30</row>".to_owned()),
    ]);
    let rows = |entity: &str| -> Vec<Value> {
        let page = ChannelOnline
            .changes(&company, entity, None, &[], 500)
            .unwrap();
        assert!(page.complete && !page.more);
        page.entries.iter().map(body).collect()
    };
    assert_eq!(
        rows("category"),
        [
            json!({"id": "1", "name": "Computers", "active": true, "parent_id": null, "parent_name": null}),
            json!({"id": "2", "name": "Notebooks", "active": true, "parent_id": "1", "parent_name": "Computers"}),
        ]
    );
    assert_eq!(
        rows("sales_rep"),
        [
            json!({"id": "9", "name": "Max", "active": true, "email": null, "system_id": "9"}),
            json!({"id": "ann@acme.example", "name": "Ann Roy", "active": false, "email": "Ann@acme.example", "system_id": "8"}),
        ]
    );
    assert_eq!(
        rows("payment_term"),
        [json!({"id": "3", "name": "Net 30", "active": true})]
    );
    assert_eq!(rows("manufacturer"), [] as [Value; 0]);
    let page = ChannelOnline
        .changes(&company, "category", None, &[], 1)
        .unwrap();
    assert!(page.more && !page.complete);
    let rest = ChannelOnline
        .changes(&company, "category", page.next, &[], 1)
        .unwrap();
    assert_eq!(ids(&rest.entries), ["2"]);
}

#[test]
fn products_are_read_where_they_were_last_seen() {
    let company = northwind();
    company.document_with("SalesOrder", "S-1", 2, INNER);
    let wanted = ["HP INC.|AB-1".to_owned(), "HP INC.|ZZ".to_owned()];
    let read = || ChannelOnline.read(&company, "product", &wanted).unwrap();
    assert_eq!(read(), [None, None]);
    read_one(&company, "quote", "Q-10045");
    let product = body(read()[0].as_ref().unwrap());
    for (name, expected) in [
        ("number", json!("ab-1")),
        ("manufacturer", json!("HP Inc.")),
        ("category", json!("Computers")),
        ("document_type", json!("quote")),
        ("document_number", json!("Q-10045")),
    ] {
        assert_eq!(product[name], expected, "{name}");
    }
    read_one(&company, "sales_order", "S-1");
    assert_eq!(body(read()[0].as_ref().unwrap())["document_number"], "S-1");
    let (shown, _) = walk(
        &company,
        "product",
        Some(cursor::encode(&json!({"since": 0}))),
        500,
    )
    .unwrap();
    assert_eq!(shown, ["HP INC.|AB-1", "HP INC.|AB-1"]);
}

#[test]
fn characters_that_xml_does_not_have_are_left_out() {
    let company = Company::new();
    company.document_with(
        "Quote",
        "Q-1",
        1,
        "<note type=\"Internal\">a\u{b}b\u{1f}&#x1;c</note>",
    );
    assert_eq!(
        body(&read_one(&company, "quote", "Q-1"))["internal_note"],
        "abc"
    );
}
