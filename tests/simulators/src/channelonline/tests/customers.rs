//! Assumed: customers and contacts out and in.

use serde_json::{Value, json};

use super::{Lab, error, options, records, window};
use crate::channelonline::wire::Element;

fn names(root: &Element) -> Vec<&str> {
    let ids = records(root, "customers").iter();
    ids.map(|customer| customer.attribute("customerId").unwrap())
        .collect()
}

#[test]
fn a_customer_stands_on_the_wire_like_this() {
    let mut lab = Lab::new();
    let said = lab.said(
        "export_customers",
        &options("<customerNumber>BÉ0044</customerNumber>"),
    );
    assert_eq!(
        said,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<export_customers_response version=\"7.0\"><customers>\
         <customer customerId=\"5003\" customerNumber=\"BÉ0044\" active=\"true\" type=\"customer\" modified=\"2026-09-03T13:00:00Z\">\
         <companyName>Bédard &amp; Fils, électriciens</companyName><phone/><fax/><web/>\
         <address type=\"billing\"><line1>77, rue du Cuivre</line1><line2/><city>Rouyn-Noranda</city><state>QC</state>\
         <postalCode>J9X 2W3</postalCode><country>CA</country></address><terms>Payable sur réception</terms>\
         <contact contactId=\"7004\" active=\"true\" primary=\"true\" modified=\"2026-09-01T12:00:00Z\"><firstName>Jérôme</firstName>\
         <lastName>Bédard</lastName><title/><email>jerome@bedard.example</email><workPhone/><mobilePhone/></contact>\
         <contact contactId=\"7005\" active=\"true\" primary=\"false\" modified=\"2026-09-01T12:00:00Z\"><firstName>Zoé</firstName>\
         <lastName>Bédard-L'Heureux</lastName><title/><email>zoe@bedard.example</email><workPhone>819 555-0177</workPhone><mobilePhone/>\
         </contact></customer></customers></export_customers_response>"
    );
}

#[test]
fn customers_are_chosen_one_way_at_a_time() {
    let modified = |after, before| {
        format!(
            "<modifiedInRange>{}</modifiedInRange>",
            window(after, before)
        )
    };
    let all: &[&str] = &[
        "5001", "5002", "5003", "5004", "5005", "5006", "5007", "5008",
    ];
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), all),
        ("<customerId>5004</customerId>".to_owned(), &["5004"]),
        (
            "<customerNumber>AI0042</customerNumber>".to_owned(),
            &["5001"],
        ),
        (
            "<companyName>Pâtisserie Chez Noémie &amp; Cie</companyName>".to_owned(),
            &["5005"],
        ),
        (
            "<companyName>pâtisserie chez noémie &amp; cie</companyName>".to_owned(),
            &[],
        ),
        ("<companyName>Pâtisserie</companyName>".to_owned(), &[]),
        ("<customerId>9</customerId>".to_owned(), &[]),
        (
            modified("2026-09-07T13:00:00Z", "2026-09-08T13:00:00Z"),
            &["5007"],
        ),
        // Their contacts were.
        (
            modified("2026-09-01T12:00:00Z", "2026-09-01T12:00:01Z"),
            &all[..7],
        ),
    ];
    let mut lab = Lab::new();
    for (wanted, expected) in cases {
        let root = lab.ask("export_customers", &options(&wanted));
        assert_eq!(names(&root), expected, "{wanted}");
        assert_eq!(root.child("customers").is_some(), !expected.is_empty());
    }
    let root = lab.ask(
        "export_customers",
        &options("<customerId>5001</customerId><includeContacts>false</includeContacts>"),
    );
    assert!(records(&root, "customers")[0].child("contact").is_none());
    for (wanted, expected) in [
        (
            "<customerId>1</customerId><customerNumber>2</customerNumber>",
            "201: Selectors of customers exclude each other",
        ),
        ("<name>x</name>", "201: Unexpected element name in options"),
        (
            "<includeContacts>maybe</includeContacts>",
            "422: includeContacts must be true or false, not maybe",
        ),
        (
            "<modifiedInRange><after>x</after></modifiedInRange>",
            "422: after must be an ISO 8601 time in UTC",
        ),
    ] {
        let root = lab.ask("export_customers", &options(wanted));
        assert_eq!(error(&root), expected, "{wanted}");
    }
}

#[test]
fn the_cap_holds_for_customers_too() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "bulk_customers", "count": 492}));
    let root = lab.ask("export_customers", "");
    assert_eq!(records(&root, "customers").len(), 500);
    lab.control(json!({"do": "bulk_customers", "count": 1, "from": 493}));
    let root = lab.ask("export_customers", "");
    assert_eq!(
        error(&root),
        "507: The number of customers is limited to 500. Please narrow your search filters."
    );
}

/// A record, and what comes of it: status, customer, number, or the error.
struct Row(&'static str, &'static str);

#[test]
fn records_are_matched_in_their_order() {
    let rows = [
        // By id, whatever else is said.
        Row(
            "<customer customerId=\"5002\" customerNumber=\"AI0042\"><companyName>X</companyName></customer>",
            "409: Customer number AI0042 is taken",
        ),
        Row(
            "<customer customerId=\"5002\"><phone>1</phone></customer>",
            "updated 5002 FM0043",
        ),
        Row(
            "<customer customerId=\"9\"><companyName>X</companyName></customer>",
            "404: Customer 9 not found",
        ),
        // By external id, before the number and the name.
        Row(
            "<customer customerNumber=\"AI0042\"><externalId system=\"autotask\">174</externalId></customer>",
            "updated 5001 AI0042",
        ),
        Row(
            "<customer><companyName>Fromagerie des Îles-de-la-Madeleine</companyName><externalId system=\"autotask\">174</externalId></customer>",
            "updated 5001 AI0042",
        ),
        Row(
            "<customer customerId=\"5001\"><companyName>Atelier Lac-Saint-Jean inc.</companyName></customer>",
            "updated 5001 AI0042",
        ),
        // By number, by exact name.
        Row(
            "<customer customerNumber=\"PC0046\"><phone>2</phone></customer>",
            "updated 5005 PC0046",
        ),
        Row(
            "<customer><companyName>Municipalité de Roberval</companyName></customer>",
            "unchanged 5006 MR0047",
        ),
        Row(
            "<customer customerNumber=\"MR0047\"><companyName>Municipalité de Roberval</companyName></customer>",
            "unchanged 5006 MR0047",
        ),
        // Another case is another name: a new one, with a number of its own.
        Row(
            "<customer><companyName>municipalité de roberval</companyName></customer>",
            "created 5009 MR0001",
        ),
        Row(
            "<customer customerNumber=\"HC-7\"><companyName>Hôtel Château-d'Eau</companyName></customer>",
            "created 5010 HC-7",
        ),
        Row(
            "<customer><companyName>Échafaudages &amp; Cie</companyName></customer>",
            "created 5011 ÉC0002",
        ),
        // A number that nobody has goes on to the name.
        Row(
            "<customer customerNumber=\"NEW1\"><companyName>Hôtel Château-d'Eau</companyName></customer>",
            "updated 5010 NEW1",
        ),
        // The real rule of `create`: a second record even if there is one.
        Row(
            "<customer action=\"create\"><companyName>Échafaudages &amp; Cie</companyName></customer>",
            "created 5012 ÉC0003",
        ),
        Row(
            "<customer><companyName>Échafaudages &amp; Cie</companyName></customer>",
            "409: Several customers are named Échafaudages & Cie",
        ),
        Row(
            "<customer action=\"create\" customerNumber=\"AI0042\"><companyName>X</companyName></customer>",
            "409: Customer number AI0042 is taken",
        ),
        Row(
            "<customer action=\"update\"><companyName>Personne</companyName></customer>",
            "404: Customer not found",
        ),
        // One that is linked to another is not taken over.
        Row(
            "<customer><companyName>Atelier Lac-Saint-Jean inc.</companyName><externalId system=\"autotask\">9</externalId></customer>",
            "409: Customer 5001 is linked to autotask 174",
        ),
        Row(
            "<customer action=\"merge\"><companyName>X</companyName></customer>",
            "422: Invalid action merge",
        ),
        Row(
            "<customer><phone>3</phone></customer>",
            "422: companyName is required",
        ),
        Row(
            "<customer type=\"friend\"><companyName>X</companyName></customer>",
            "422: Invalid account type friend",
        ),
        Row(
            "<customer active=\"0\"><companyName>X</companyName></customer>",
            "422: active must be true or false",
        ),
        Row(
            "<customer><companyName>X</companyName><colour>red</colour></customer>",
            "422: Unexpected colour in customer",
        ),
        Row(
            "<customer><companyName>X</companyName><terms>Net 90 jours</terms></customer>",
            "422: No payment terms Net 90 jours",
        ),
        Row(
            "<customer><companyName>X</companyName><externalId>1</externalId></customer>",
            "422: externalId needs a system",
        ),
        Row(
            "<customer><companyName>X</companyName><contact><email>a@b.example</email></contact></customer>",
            "422: A contact needs a name",
        ),
        Row(
            "<customer><companyName>X</companyName><contact><lastName>L</lastName><email>a b</email></contact></customer>",
            "422: Invalid e-mail address a b",
        ),
        Row(
            "<customer customerId=\"5001\"><contact contactId=\"7003\"><lastName>L</lastName></contact></customer>",
            "404: Contact 7003 not found at this customer",
        ),
    ];
    let mut lab = Lab::new();
    for Row(record, expected) in rows {
        let before = lab.control(json!({"do": "summary"}));
        let result = lab.result("import_customers", record);
        let got = match result.attribute("status").unwrap() {
            "failed" => {
                assert_eq!(lab.control(json!({"do": "summary"})), before, "{record}");
                error(&result)
            }
            status => format!(
                "{status} {} {}",
                result.attribute("customerId").unwrap(),
                result.attribute("customerNumber").unwrap()
            ),
        };
        assert_eq!(got, expected, "{record}");
    }
}

#[test]
fn what_is_absent_stays_and_what_is_empty_clears() {
    let mut lab = Lab::new();
    let before = lab.row("customers", 5001);
    lab.later(60);
    let record = "<customer customerId=\"5001\" active=\"false\"><fax/><web>https://neuf.example</web>\
        <address type=\"shipping\"><line1>1, rue Neuve</line1><city>Alma</city></address>\
        <externalId system=\"autotask\">174</externalId></customer>";
    let result = lab.result("import_customers", record);
    assert_eq!(result.attribute("status"), Some("updated"));
    let mut expected = before;
    expected["active"] = json!(false);
    expected["fax"] = json!("");
    expected["web"] = json!("https://neuf.example");
    expected["addresses"][1] = json!({"type": "shipping", "line1": "1, rue Neuve", "line2": "", "city": "Alma",
        "state": "", "postalCode": "", "country": ""});
    expected["externalIds"] = json!({"autotask": "174"});
    expected["modified"] = json!("2026-10-01T14:01:00Z");
    assert_eq!(lab.row("customers", 5001), expected);
    lab.later(60);
    assert_eq!(
        lab.result("import_customers", record).attribute("status"),
        Some("unchanged")
    );
    assert_eq!(lab.row("customers", 5001), expected);
    let record = "<customer customerId=\"5001\"><externalId system=\"autotask\"/></customer>";
    lab.result("import_customers", record);
    assert_eq!(lab.row("customers", 5001)["externalIds"], json!({}));
}

#[test]
fn contacts_are_known_by_id_external_id_and_email_within_their_customer() {
    let contact = |inner: &str| {
        format!("<customer customerId=\"5001\"><contact>{inner}</contact></customer>")
    };
    let rows = [
        (contact("<email>JULIE@Atelier.example</email><title>Présidente</title>"), "7001"),
        (contact("<lastName>Bouchard</lastName><email>herve@atelier.example</email><externalId system=\"autotask\">302</externalId>"), "7002"),
        // The external id comes before the e-mail.
        (contact("<email>autre@atelier.example</email><externalId system=\"autotask\">302</externalId>"), "7002"),
        // Of another customer: new here.
        (contact("<lastName>Poirier</lastName><email>eve-marie@fromagerie.example</email>"), "7012"),
        (contact("<lastName>Sans Courriel</lastName>"), "7013"),
        (contact("<lastName>Sans Courriel</lastName>"), "7014"),
        ("<customer customerId=\"5001\"><contact contactId=\"7002\"><workPhone>9</workPhone></contact></customer>".to_owned(), "7002"),
    ];
    let mut lab = Lab::new();
    let own = lab.row("customers", 5001)["modified"].clone();
    for (record, expected) in rows {
        lab.later(60);
        let result = lab.result("import_customers", &record);
        let ids: Vec<_> = result
            .children
            .iter()
            .map(|contact| contact.attribute("contactId").unwrap())
            .collect();
        assert_eq!(
            (result.attribute("status").unwrap(), ids),
            ("updated", vec![expected]),
            "{record}"
        );
    }
    let customer = lab.row("customers", 5001);
    assert_eq!(customer["modified"], own, "a contact's change is its own");
    assert_eq!(customer["contacts"][0]["title"], "Présidente");
    assert_eq!(customer["contacts"][0]["email"], "JULIE@Atelier.example");
    assert_eq!(customer["contacts"][1]["modified"], "2026-10-01T14:07:00Z");
    assert_eq!(customer["contacts"][1]["firstName"], "Hervé");
    // One primary contact: the new one takes it from the old.
    let record =
        "<customer customerId=\"5001\"><contact contactId=\"7013\" primary=\"true\"/></customer>";
    lab.result("import_customers", record);
    let customer = lab.row("customers", 5001);
    let primary: Vec<&Value> = customer["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|contact| contact["primary"] == true)
        .collect();
    assert_eq!(primary.len(), 1);
    assert_eq!(primary[0]["contactId"], 7013);
}

#[test]
fn a_request_id_gives_the_stored_answer() {
    let mut lab = Lab::new();
    let content = |name: &str, phone: &str| {
        format!(
            "<customers><customer requestId=\"r-1\" action=\"create\"><companyName>{name}</companyName><phone>{phone}</phone>\
             <contact><lastName>Lavoie</lastName></contact></customer><customer requestId=\"r-2\"><phone>x</phone></customer></customers>"
        )
    };
    let first = lab.said("import_customers", &content("Neuve inc.", "1"));
    assert!(first.ends_with(
        "<import_customers_response version=\"7.0\"><results><result ref=\"r-1\" status=\"created\" customerId=\"5009\" \
         customerNumber=\"NI0001\"><contact contactId=\"7012\"/></result><result ref=\"r-2\" status=\"failed\">\
         <error code=\"422\">companyName is required</error></result></results></import_customers_response>"
    ), "{first}");
    let before = lab.control(json!({"do": "summary"}));
    assert_eq!(
        lab.said("import_customers", &content("Autre inc.", "2")),
        first
    );
    assert_eq!(lab.control(json!({"do": "summary"})), before);
    // A failure is not kept.
    let again = "<customer requestId=\"r-2\"><companyName>Réparée</companyName></customer>";
    assert_eq!(
        lab.result("import_customers", again).attribute("status"),
        Some("created")
    );
    lab.control(json!({"do": "forget_requests"}));
    let result = lab.result(
        "import_customers",
        &content("Neuve inc.", "1")
            .split("</customer>")
            .next()
            .map(|one| format!("{one}</customer></customers>"))
            .unwrap(),
    );
    assert_eq!(result.attribute("customerId"), Some("5011"));
}

#[test]
fn work_phones_are_required_by_a_switch_only() {
    let full = "<customer><companyName>A</companyName><phone>1</phone><contact><lastName>L</lastName><workPhone>2</workPhone></contact></customer>";
    let mut lab = Lab::new();
    lab.set("work_phone_required", json!(true));
    for (record, status) in [
        (full.replace("<phone>1</phone>", ""), "failed"),
        (full.replace("<workPhone>2</workPhone>", ""), "failed"),
        (full.to_owned(), "created"),
    ] {
        assert_eq!(
            lab.result("import_customers", &record).attribute("status"),
            Some(status),
            "{record}"
        );
    }
    lab.set("work_phone_required", json!(false));
    let record = full.replace("<phone>1</phone>", "<phone/>");
    assert_eq!(
        lab.result("import_customers", &record).attribute("status"),
        Some("updated")
    );
}

#[test]
fn who_may_only_read_writes_nothing() {
    let mut lab = Lab::new();
    for (verb, content) in [
        (
            "import_customers",
            "<customer><companyName>A</companyName></customer>",
        ),
        (
            "update_documents",
            "<document documentId=\"900101\" revisionNumber=\"2\"/>",
        ),
        (
            "complete_actions",
            "<action actionId=\"1\" status=\"success\"/>",
        ),
    ] {
        let body = super::request(verb, content)
            .replace("liaison@boreale", "lecture@boreale")
            .replace("password-0001", "password-0002");
        let answer = super::root(&super::text(&lab.post(&body)));
        assert_eq!(answer.name, format!("{verb}_response"));
        assert_eq!(error(&answer), "102: The user has read-only rights");
    }
}

#[test]
fn a_request_without_records_or_with_odd_ones_is_refused() {
    let mut lab = Lab::new();
    for (content, expected) in [
        ("", "201: import_customers_request holds no customer"),
        (
            "<customers/>",
            "201: import_customers_request holds no customer",
        ),
        (
            "<customers><vendor/></customers>",
            "201: Unexpected element vendor in import_customers_request",
        ),
        (
            "<document/>",
            "201: Unexpected element document in import_customers_request",
        ),
    ] {
        assert_eq!(
            error(&lab.ask("import_customers", content)),
            expected,
            "{content}"
        );
    }
}
