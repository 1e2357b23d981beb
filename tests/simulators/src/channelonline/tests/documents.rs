//! The public service: quotes and sales orders on the wire, how they are chosen, the cap.

use serde_json::json;

use super::{Lab, error, numbers, options, window};

fn range(kind: &str, after: &str, before: &str) -> String {
    format!(
        "<eventInRange><eventType>{kind}</eventType>{}</eventInRange>",
        window(after, before)
    )
}

const QUOTES: &str = "<documentType>Quote</documentType>";
const ORDERS: &str = "<documentType>Sales Order</documentType>";

#[test]
fn a_document_stands_on_the_wire_like_this() {
    let mut lab = Lab::new();
    let said = lab.said(
        "export_documents",
        &options(&format!(
            "{ORDERS}<documentNumber>SO-20001</documentNumber>"
        )),
    );
    let place = |name: &str, line1: &str, line2: &str| {
        format!(
            "<{name}><companyName>Atelier Lac-Saint-Jean inc.</companyName><firstName>Julie</firstName>\
             <lastName>Tremblay</lastName><addressLine1>{line1}</addressLine1>{line2}<city>Alma</city>\
             <state abbreviation=\"QC\">Québec</state><postalCode>G8B 1A1</postalCode><country>CA</country></{name}>"
        )
    };
    let marie = "<firstName>Marie</firstName><lastName>Roy</lastName><email>marie.roy@boreale.example</email>";
    let event = |kind: &str, when: &str| {
        format!("<event type=\"{kind}\" when=\"{when}\"><user>{marie}</user></event>")
    };
    let expected = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<export_documents_response version=\"7.0\"><documents>\
         <document documentId=\"900201\" documentNumber=\"SO-20001\" documentType=\"SalesOrder\" revisionNumber=\"2\">\
         <status>Submitted</status><stage>closed_won</stage><probability>100</probability><deleted>false</deleted>\
         <description>Portables de l'atelier</description>",
        &event("created", "2026-09-20T09:00:00-04:00"),
        &event("ordered", "2026-09-20T09:00:00-04:00"),
        &event("modified", "2026-09-23T08:00:00-04:00"),
        "<customer customerNumber=\"AI0042\"><companyName>Atelier Lac-Saint-Jean inc.</companyName>\
         <terms><description>Net 30 jours</description></terms><priceProfile>Standard</priceProfile>\
         <tax><rate>14.975</rate></tax></customer>",
        &format!("<salesPerson>{marie}</salesPerson><accountManager>{marie}</accountManager>"),
        "<payment><PONumber>BC-77</PONumber></payment>",
        &place("billTo", "100, rue Principale", ""),
        &place(
            "shipTo",
            "102, rue Principale",
            "<addressLine2>Quai de réception</addressLine2>",
        ),
        // 3 × 1149 + 4 × 180.50 + 3.5 × 60; 3 × 1389 + 4 × 239.99 + 3.5 × 125
        "<totalItemCost>4379.00</totalItemCost><subTotal>5564.46</subTotal><tax>833.28</tax>\
         <shippingHandling>35.00</shippingHandling><miscAmount>0.00</miscAmount><total>6432.74</total>",
        "<contact contactId=\"7001\"/><paymentTerms>Net 30 jours</paymentTerms>\
         <shippingMethod><carrier>Purolator</carrier><service>Ground</service></shippingMethod>\
         <customFields><customField name=\"Autotask Opportunity\"/><customField name=\"Autotask Opportunity ID\"/></customFields>",
        "<itemList><product lineItemId=\"1\" lineItemNumber=\"1\" lineOrder=\"1\" productType=\"Hardware\"><status>Ordered</status>\
         <manufacturer manufacturerId=\"1021\">Dell</manufacturer><partNumber>LAT-5450</partNumber>\
         <descriptionLine1>Latitude 5450, 16 Go, 512 Go</descriptionLine1><descriptionLine2>Clavier français (Canada)</descriptionLine2>\
         <category>Ordinateurs</category><subCategory>Portables</subCategory><upc>884116466048</upc><dropship>false</dropship>\
         <taxable>true</taxable><cost>1149.00</cost><price>1389.00</price><quantity cancelled=\"1\">4</quantity><weight>1.62</weight>\
         <supplierProduct selected=\"true\"><supplier accountNumber=\"BOR-4471\">Distribution Élan TI</supplier><SKU>DEL-5450FR</SKU>\
         <inventory>84</inventory><MSRP>1499.00</MSRP></supplierProduct><serialNumber>8FQ2XN3</serialNumber>\
         <serialNumber>8FQ2XN4</serialNumber><serialNumber>8FQ2XN5</serialNumber></product>",
        "<product lineItemId=\"2\" lineItemNumber=\"2\" lineOrder=\"2\" productType=\"Hardware\"><status>Ordered</status>\
         <manufacturer manufacturerId=\"1021\">Dell</manufacturer><partNumber>WD22TB4</partNumber>\
         <descriptionLine1>Station d'accueil WD22</descriptionLine1><category>Périphériques</category>\
         <subCategory>Stations d'accueil</subCategory><dropship>false</dropship><taxable>true</taxable><cost>180.50</cost>\
         <price>239.99</price><quantity cancelled=\"0\">4</quantity><weight>0.6</weight><supplierProduct selected=\"true\">\
         <supplier accountNumber=\"BOR-4471\">Distribution Élan TI</supplier><SKU>WD-22</SKU><inventory>140</inventory>\
         <MSRP>259.00</MSRP></supplierProduct></product>",
        "<product lineItemId=\"3\" lineItemNumber=\"3\" lineOrder=\"3\" productType=\"Service\"><partNumber>INSTALL</partNumber>\
         <descriptionLine1>Installation sur place</descriptionLine1><category>Services</category><subCategory>Installation</subCategory>\
         <dropship>false</dropship><taxable>true</taxable><cost>60.00</cost><price>125.00</price>\
         <quantity cancelled=\"0\">3.5</quantity></product></itemList></document></documents></export_documents_response>",
    ];
    assert_eq!(said, expected.concat());
}

#[test]
fn nothing_found_is_a_root_without_documents() {
    for wanted in [
        "<documentType>Invoice</documentType>".to_owned(),
        format!(
            "<documentType>Invoice</documentType>{}",
            range("created", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
        ),
        format!("{QUOTES}<documentNumber>Q-99999</documentNumber>"),
        format!("{QUOTES}<documentNumber>SO-20001</documentNumber>"),
        format!(
            "{QUOTES}{}",
            range("modified", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
        ),
    ] {
        let said = Lab::new().said("export_documents", &options(&wanted));
        let empty = "<export_documents_response version=\"7.0\"></export_documents_response>";
        assert!(said.ends_with(empty), "{wanted}: {said}");
    }
}

#[test]
fn documents_are_chosen_by_type_event_number_and_mark() {
    let created = |after, before| range("created", after, before);
    let modified = |after, before| range("modified", after, before);
    let cases: Vec<(String, &[&str])> = vec![
        (
            QUOTES.to_owned(),
            &[
                "Q-10001", "Q-10002", "Q-10003", "Q-10004", "Q-10005", "Q-10006", "Q-10007",
                "Q-10008", "Q-10009",
            ],
        ),
        (ORDERS.to_owned(), &["SO-20001", "SO-20002"]),
        (
            format!("{QUOTES}<documentNumber>Q-10005</documentNumber>"),
            &["Q-10005"],
        ),
        // By the id that an action names; of the other type it is none.
        (
            format!("{QUOTES}<documentId>900105</documentId>"),
            &["Q-10005"],
        ),
        (format!("{ORDERS}<documentId>900105</documentId>"), &[]),
        // Q-10001 was created at 13:10:00 UTC: the first end belongs to a window, the second does not.
        (
            format!(
                "{QUOTES}{}",
                created("2026-09-10T13:10:00Z", "2026-09-10T13:10:01Z")
            ),
            &["Q-10001"],
        ),
        (
            format!(
                "{QUOTES}{}",
                created("2026-09-10T13:09:59Z", "2026-09-10T13:10:00Z")
            ),
            &[],
        ),
        (
            format!(
                "{QUOTES}{}",
                created("2026-09-10T13:10:01Z", "2026-09-11T00:00:00Z")
            ),
            &[],
        ),
        // Any event of the type counts: Q-10007 was modified on the 18th and on the 21st.
        (
            format!(
                "{QUOTES}{}",
                modified("2026-09-18T00:00:00Z", "2026-09-19T00:00:00Z")
            ),
            &["Q-10007"],
        ),
        (
            format!(
                "{QUOTES}{}",
                modified("2026-09-21T18:05:00Z", "2026-09-22T00:00:00Z")
            ),
            &["Q-10007"],
        ),
        (
            format!(
                "{QUOTES}{}",
                modified("2026-09-19T00:00:00Z", "2026-09-21T00:00:00Z")
            ),
            &[],
        ),
        // A new document has no event `modified`; one deleted is still shown.
        (
            format!(
                "{QUOTES}{}",
                modified("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z")
            ),
            &["Q-10001", "Q-10007", "Q-10008"],
        ),
        (
            format!(
                "{ORDERS}{}",
                modified("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z")
            ),
            &["SO-20001"],
        ),
        (
            format!("{ORDERS}<onlyUnexported>true</onlyUnexported>"),
            &["SO-20001"],
        ),
        (
            format!("{ORDERS}<onlyUnexported>false</onlyUnexported>"),
            &["SO-20001", "SO-20002"],
        ),
        (
            format!("{QUOTES}<onlyChecked>true</onlyChecked>"),
            &["Q-10005"],
        ),
        (
            format!(
                "{QUOTES}<onlyChecked>true</onlyChecked>{}",
                created("2026-09-16T00:00:00Z", "2026-10-01T00:00:00Z")
            ),
            &[],
        ),
    ];
    let mut lab = Lab::new();
    for (wanted, expected) in cases {
        let root = lab.documents(&wanted);
        assert_eq!(numbers(&root), expected, "{wanted}");
    }
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let good = range("created", "2026-09-10T00:00:00Z", "2026-09-11T00:00:00Z");
    for (wanted, expected) in [
        ("".to_owned(), "422: documentType is missing"),
        (
            "<documentType>SalesOrder</documentType>".to_owned(),
            "422: Invalid documentType SalesOrder",
        ),
        (
            "<documentType>quote</documentType>".to_owned(),
            "422: Invalid documentType quote",
        ),
        (
            format!("{QUOTES}<colour>red</colour>"),
            "201: Unexpected element colour in options",
        ),
        (
            format!("{QUOTES}{QUOTES}"),
            "201: Element documentType stands twice in options",
        ),
        (
            format!("{QUOTES}<documentNumber>Q-10001</documentNumber>{good}"),
            "201: documentNumber and eventInRange exclude each other",
        ),
        (
            format!("{QUOTES}<onlyChecked>yes</onlyChecked>"),
            "422: onlyChecked must be true or false, not yes",
        ),
        (
            format!("{QUOTES}{}", good.replace("created", "ordered")),
            "422: eventType must be created or modified",
        ),
        (
            format!(
                "{QUOTES}{}",
                good.replace("09-10T00:00:00Z", "09-10T00:00:00-05:00")
            ),
            "422: after must be an ISO 8601 time in UTC",
        ),
        (
            format!(
                "{QUOTES}{}",
                good.replace("2026-09-11T00:00:00Z", "09/11/2026")
            ),
            "422: before must be an ISO 8601 time in UTC",
        ),
        (
            format!("{QUOTES}{}", good.replace("2026-09-11", "2026-09-09")),
            "422: after is later than before",
        ),
    ] {
        let root = Lab::new().ask("export_documents", &options(&wanted));
        assert_eq!(error(&root), expected, "{wanted}");
    }
}

#[test]
fn more_than_500_documents_are_error_507_and_nothing_else() {
    let mut lab = Lab::new();
    // One a second, the last at 14:00:00: the 500 last ones begin at 13:51:41.
    lab.control(json!({"do": "bulk_documents", "count": 600, "lines": 1, "everySeconds": 1}));
    let ask = |lab: &mut Lab, after: &str| {
        lab.documents(&format!(
            "{QUOTES}{}",
            range("created", after, "2026-10-01T14:00:01Z")
        ))
    };
    assert_eq!(numbers(&ask(&mut lab, "2026-10-01T13:51:41Z")).len(), 500);
    let refused = ask(&mut lab, "2026-10-01T13:51:40Z");
    assert_eq!(refused.children.len(), 1);
    assert_eq!(
        error(&refused),
        "507: The number of documents is limited to 500. Please narrow your search filters."
    );
    assert_eq!(error(&lab.documents(QUOTES)).split(':').next(), Some("507"));
    // The cap counts what the filters leave.
    assert_eq!(numbers(&lab.documents(ORDERS)).len(), 2);
}

#[test]
fn a_windows_ends_are_a_switch() {
    let mut lab = Lab::new();
    let ask = |lab: &mut Lab, after: &str, before: &str| {
        numbers(&lab.documents(&format!("{QUOTES}{}", range("created", after, before)))).len()
    };
    for (ends, at_the_first, at_the_second) in [
        ("half_open", 1, 0),
        ("inclusive", 1, 1),
        ("exclusive", 0, 0),
    ] {
        lab.set("window_ends", json!(ends));
        let (at, before, after) = (
            "2026-09-10T13:10:00Z",
            "2026-09-10T13:00:00Z",
            "2026-09-10T14:00:00Z",
        );
        assert_eq!(ask(&mut lab, at, after), at_the_first, "{ends}");
        assert_eq!(ask(&mut lab, before, at), at_the_second, "{ends}");
        assert_eq!(ask(&mut lab, before, after), 1, "{ends}");
    }
}

#[test]
fn notes_may_hold_characters_that_xml_forbids() {
    let mut lab = Lab::new();
    let note = |lab: &mut Lab, number: &str| {
        let said = lab.said(
            "export_documents",
            &options(&format!(
                "{QUOTES}<documentNumber>{number}</documentNumber>"
            )),
        );
        (
            said.contains("en bas</note>") || said.contains("revoir</note>"),
            super::wire::parse(&said).is_ok(),
            said,
        )
    };
    let (_, is_xml, said) = note(&mut lab, "Q-10006");
    assert!(!is_xml);
    assert!(
        said.contains(
            "<note type=\"Internal\">Collé d'un courriel\u{b}: sonner\u{1} en bas</note>"
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "<description>Chaises &lt;neuves&gt; &amp; &quot;pivotantes&quot;</description>"
        ),
        "{said}"
    );
    let (whole, is_xml, _) = note(&mut lab, "Q-10001");
    assert!(whole && is_xml);
    lab.set("control_characters", json!(true));
    let (whole, is_xml, said) = note(&mut lab, "Q-10001");
    assert!(!whole && !is_xml, "{said}");
}

#[test]
fn parts_that_are_not_there_are_absent_or_empty() {
    let mut lab = Lab::new();
    let one = |lab: &mut Lab, kind: &str, number: &str| {
        let root = lab.documents(&format!("{kind}<documentNumber>{number}</documentNumber>"));
        super::records(&root, "documents")[0].clone()
    };
    // Terms that nobody selected are an empty element, on the document; the customer has its own.
    let document = one(&mut lab, QUOTES, "Q-10003");
    assert_eq!(document.get("paymentTerms"), Some(""));
    assert!(document.child("customer").unwrap().child("terms").is_some());
    let document = one(&mut lab, QUOTES, "Q-10009");
    assert!(document.child("contact").is_none() && document.child("payment").is_none());
    assert!(document.child("shippingMethod").is_none());
    assert!(
        document
            .child("billTo")
            .unwrap()
            .child("lastName")
            .is_none()
    );
    // An order whose lines say how they are shipped.
    let document = one(&mut lab, ORDERS, "SO-20002");
    assert!(document.child("shippingMethod").is_none());
    let lines: Vec<_> = document
        .child("itemList")
        .unwrap()
        .children
        .iter()
        .map(|line| {
            let shipping = line.child("shipping");
            shipping.map(|shipping| {
                (
                    shipping.get("carrier").unwrap(),
                    shipping.get("service").unwrap(),
                )
            })
        })
        .collect();
    assert_eq!(lines, [Some(("UPS", "Standard")), None]);
    // The same by a switch, for one that has it in its head.
    lab.set("shipping_in_head", json!(false));
    let document = one(&mut lab, QUOTES, "Q-10001");
    assert!(document.child("shippingMethod").is_none());
    let first = &document.child("itemList").unwrap().children[0];
    assert_eq!(
        first.child("shipping").unwrap().get("carrier"),
        Some("Purolator")
    );
    // Lines that came from Autotask say so.
    let document = one(&mut lab, QUOTES, "Q-10007");
    let lines = &document.child("itemList").unwrap().children;
    let ids: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line.attribute("productType").unwrap(),
                line.get("externalId"),
            )
        })
        .collect();
    assert_eq!(
        ids,
        [
            ("Hardware", None),
            ("Labor", Some("29683468")),
            ("Service Bundle", Some("651"))
        ]
    );
    // A deleted one is shown and says so.
    assert_eq!(
        one(&mut lab, QUOTES, "Q-10008").get("deleted"),
        Some("true")
    );
}

#[test]
fn two_marks_of_the_server_are_switches() {
    let mut lab = Lab::new();
    let unexported = format!("{ORDERS}<onlyUnexported>true</onlyUnexported>");
    let all = range("modified", "2026-09-24T00:00:00Z", "2026-10-01T00:00:00Z");
    for _ in 0..2 {
        assert_eq!(numbers(&lab.documents(&unexported)), ["SO-20001"]);
    }
    lab.set("reading_marks_exported", json!(true));
    assert_eq!(numbers(&lab.documents(&unexported)), ["SO-20001"]);
    assert!(numbers(&lab.documents(&unexported)).is_empty());
    assert!(numbers(&lab.documents(&format!("{ORDERS}{all}"))).is_empty());
    lab.set("created_is_modified", json!(true));
    assert_eq!(
        numbers(&lab.documents(&format!("{ORDERS}{all}"))),
        ["SO-20002"]
    );
}

#[test]
fn an_edit_makes_a_revision_and_an_event_with_the_seasons_offset() {
    let mut lab = Lab::new();
    // 2026-11-02: winter time.
    lab.later(32 * 86_400);
    let done = lab.control(
        json!({"do": "edit_document", "id": 900_101, "set": {"status": "Hold"},
        "by": "etienne.cote@boreale.example"}),
    );
    assert_eq!(done["revisionNumber"], 3);
    let again =
        lab.control(json!({"do": "edit_document", "id": 900_101, "set": {"status": "Hold"}}));
    assert_eq!(again["revisionNumber"], 3, "nothing changed");
    let wanted = format!(
        "{QUOTES}{}",
        range("modified", "2026-11-02T14:00:00Z", "2026-11-02T14:00:01Z")
    );
    let said = lab.said("export_documents", &options(&wanted));
    for part in [
        "revisionNumber=\"3\"><status>Hold</status>",
        "<event type=\"modified\" when=\"2026-11-02T09:00:00-05:00\"><user><firstName>Étienne</firstName>",
        "<event type=\"created\" when=\"2026-09-10T09:10:00-04:00\">",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
