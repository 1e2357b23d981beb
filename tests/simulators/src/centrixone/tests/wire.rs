//! URL, credentials, methods, filters, and the shape of answers.

use serde_json::json;

use super::{KEY, Lab, header, json_of, refusal, text};
use crate::simulator::Simulator;

#[test]
fn the_url_is_read_as_documented() {
    let mut lab = Lab::new();
    let good = format!("12345-{KEY}-all.awp");
    let unknown = (404, "Unknown object");
    let wrong_key = (401, "Invalid account or API key");
    for (path, (status, body)) in [
        (format!("/API_WEB/EN/Contacts-{good}"), (200, "")),
        (format!("/API_WEB/FR/Contacts-{good}"), (200, "")),
        (format!("/API_WEB/EN/Tasks-{good}"), unknown),
        (format!("/API_WEB/EN/contacts-{good}"), unknown),
        (format!("/API_WEB/DE/Contacts-{good}"), unknown),
        (format!("/api/EN/Contacts-{good}"), unknown),
        (format!("/API_WEB/EN/x/Contacts-{good}"), unknown),
        (format!("/API_WEB/EN/Contacts-12345-{KEY}-all"), unknown),
        (
            format!("/API_WEB/EN/Contacts-12346-{KEY}-all.awp"),
            wrong_key,
        ),
        (
            "/API_WEB/EN/Contacts-12345-centrix-key-0002-all.awp".into(),
            wrong_key,
        ),
        ("/API_WEB/EN/Contacts-12345--all.awp".into(), wrong_key),
        ("/API_WEB/EN/Contacts.awp".into(), wrong_key),
    ] {
        let response = lab.send("GET", &path, &[], "");
        assert_eq!(response.status, status, "{path}");
        if status != 200 {
            assert_eq!(refusal(&response).1, body, "{path}");
        }
    }
}

#[test]
fn an_account_without_a_key_opens_to_nobody() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "change_key", "api_key": "" }));
    for path in [
        Lab::page("Contacts", "all"),
        "/API_WEB/EN/Contacts-12345--all.awp".into(),
    ] {
        assert_eq!(lab.send("GET", &path, &[], "").status, 401);
    }
    lab.control(json!({ "do": "change_key", "api_key": "fresh" }));
    assert_eq!(
        lab.send("GET", "/API_WEB/EN/Contacts-12345-fresh-all.awp", &[], "")
            .status,
        200
    );
}

#[test]
fn only_get_and_post_are_methods() {
    let mut lab = Lab::new();
    for object in [
        "Contacts",
        "Accounts",
        "Lists",
        "Opportunities",
        "Stages",
        "RevenueCategories",
        "Users",
    ] {
        for method in ["DELETE", "PUT", "PATCH"] {
            let response = lab.send(method, &Lab::page(object, "all"), &[], "");
            assert_eq!(refusal(&response), (405, "Method not allowed".to_owned()));
            assert_eq!(header(&response, "allow"), Some("GET, POST"));
        }
    }
}

#[test]
fn the_key_appears_in_no_route_answer_or_state() {
    let mut lab = Lab::new();
    for (method, filter, body, route) in [
        ("GET", "all", "", "GET Contacts"),
        ("POST", "all", "[]", "POST Contacts"),
        ("POST", "S7", "[]", "POST Contacts"),
        ("DELETE", "all", "", "DELETE Contacts"),
        ("GET", "nonsense", "", "GET Contacts"),
    ] {
        let page = Lab::page("Contacts", filter);
        let response = lab.send(method, &page, &[], body);
        assert!(!text(&response).contains(KEY), "{method} {filter}");
        assert!(
            response
                .headers
                .iter()
                .all(|(_, value)| !value.contains(KEY))
        );
        let request = crate::simulator::Request {
            method: method.to_owned(),
            path: page.split('?').next().unwrap().to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            origin: String::new(),
            in_flight: 1,
        };
        assert_eq!(lab.centrixone.route(&request), route);
        let elsewhere = crate::simulator::Request {
            path: format!("/{KEY}"),
            ..request
        };
        assert_eq!(lab.centrixone.route(&elsewhere), format!("{method} other"));
        assert_eq!(lab.centrixone.lane(&elsewhere), None);
    }
    assert!(!lab.centrixone.state().to_string().contains(KEY));
}

#[test]
fn the_basic_filter_selects() {
    let mut lab = Lab::new();
    for (object, filter, expected) in [
        ("Contacts", "C1234,C1236", vec![1234, 1236]),
        ("Contacts", "C1234%2CC1236", vec![1234, 1236]),
        ("Contacts", "Eacomba:6", vec![1238]),
        ("Contacts", "Eacomba%3A6,Eacomba:7", vec![1238, 1240]),
        ("Contacts", "C1234,Eacomba:6", vec![]),
        ("Contacts", "S8", vec![1237, 1242, 1243, 1244, 1246]),
        ("Contacts", "S7,S8,C1242,C1246,C9", vec![1242, 1246]),
        ("Contacts", "C1237,S7", vec![]),
        ("Contacts", "A90", vec![1238, 1239]),
        ("Contacts", "A90,S8", vec![]),
        ("Contacts", "C9999", vec![]),
        ("Contacts", "S99", vec![]),
        ("Accounts", "A88,A90", vec![88, 90]),
        ("Lists", "S7", vec![7]),
        ("Stages", "G6,G9", vec![6, 9]),
        ("RevenueCategories", "R31", vec![31]),
        ("RevenueCategories", "Eacomba-pg:2", vec![30]),
        ("Users", "U501,Eacomba-sp:2", vec![501]),
        ("Opportunities", "O7000", vec![7000]),
        ("Opportunities", "A89", vec![7000]),
        ("Opportunities", "C1237,A88", vec![]),
    ] {
        assert_eq!(lab.ids(object, filter), expected, "{object} {filter}");
    }
    for (object, filter) in [
        ("Contacts", "X5"),
        ("Contacts", "1234"),
        ("Lists", "C7"),
        ("Contacts", "all,C1"),
    ] {
        let (status, text) = lab.get_refused(object, filter);
        assert_eq!(status, 400, "{filter}");
        assert!(text.starts_with("Bad request: basic filter"), "{text}");
    }
}

#[test]
fn a_contact_asked_for_by_list_shows_that_list_only() {
    let mut lab = Lab::new();
    for (filter, lists) in [
        ("C1242", json!([7, 8])),
        ("C1242,S8", json!([8])),
        ("C1242,S7", json!([7])),
        ("C1242,S7,S8", json!([7, 8])),
    ] {
        assert_eq!(lab.one("Contacts", filter)["lists"], lists, "{filter}");
    }
}

#[test]
fn fields_and_filters_narrow_the_answer() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.one("Contacts", "C1234?fields=name,city"),
        json!({ "id": 1234, "name": "Tremblay", "city": "Alma" })
    );
    assert_eq!(
        lab.one("Contacts", "C1234?fields=all"),
        lab.one("Contacts", "C1234")
    );
    let named = lab.ids("Contacts", "S8?fields=all&filters=%09name%09%3C%3E%09%09");
    assert_eq!(named, [1237, 1242, 1243, 1244], "1246 has no name");
    for (query, cause) in [
        ("fields=name,colour", "unknown field colour in fields"),
        ("filters=%09name%09%3D%09x%09", "filters takes one tuple"),
        ("filters=name", "filters takes one tuple"),
        ("page=2", "unknown parameter page"),
        ("fields=all&fields=all", "parameter fields is given twice"),
        ("fields=%ff", "percent-encoding"),
    ] {
        let (status, text) = lab.get_refused("Contacts", &format!("all?{query}"));
        assert!(
            status == 400 && text.contains(cause),
            "{query}: {status} {text}"
        );
    }
}

#[test]
fn the_reference_examples_read_as_written() {
    let mut lab = Lab::new();
    let response = lab.send("GET", &Lab::page("Contacts", "C1234?fields=all"), &[], "");
    assert_eq!(
        header(&response, "last-modified"),
        Some("Thu, 05 Mar 2026 19:00:00 GMT")
    );
    let expected = json!({
        "Result": "Success",
        "Contacts": [{
            "id": 1234, "external_id": "acomba:2", "account_id": 88,
            "created": "2024-02-01T10:00:00-05:00", "modified": "2026-03-05T14:00:00-05:00",
            "lists": [7], "name": "Tremblay", "firstname": "Julie",
            "company": "Atelier Lac-Saint-Jean inc.", "address1": "100 rue Principale",
            "city": "Alma", "state": "QC", "zip": "G8B 1A1", "country": "CA",
            "email": "info@atelier.example", "phone1": "418 555-0100", "cell": "418 555-0102",
            "fax": "418 555-0101", "website": "https://atelier.example", "language": "FR",
            "rep1": 501,
        }],
    });
    assert_eq!(json_of(&response), expected);
    let account = lab.one("Accounts", "A88");
    assert_eq!(
        (&account["primary_contact_id"], &account["protected"]),
        (&json!(1234), &json!(true))
    );
    assert_eq!(
        account["account_custom"]["customer_number"],
        "20260305101112345"
    );
    for (object, filter, expected) in [
        (
            "Lists",
            "S7",
            json!({ "id": 7, "name": "Acomba", "protected": true }),
        ),
        (
            "Stages",
            "G9",
            json!({ "id": 9, "main": "won", "percent": 100, "label_fr": "Facture", "label_en": "Invoice", "protected": true }),
        ),
        (
            "RevenueCategories",
            "R31",
            json!({ "id": 31, "parent_id": null, "name": "600 Main-d'œuvre", "active": true, "external_id": "acomba-pg:4" }),
        ),
        (
            "Users",
            "U501",
            json!({ "id": 501, "username": "7@12345", "full_name": "Marie Roy", "active": false, "external_id": "acomba-sp:2" }),
        ),
    ] {
        assert_eq!(lab.one(object, filter), expected);
    }
}

#[test]
fn a_post_is_an_array_to_all() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.post("Contacts", &json!([])),
        Vec::<serde_json::Value>::new()
    );
    for (filter, body, cause) in [
        ("all", "{\"lists\":[7]}", "body must be an array"),
        ("all", "[7]", "every record must be an object"),
        ("all", "[", "body is not JSON"),
        ("all", "[{\"id\":\"1234\"}]", "id must be a whole number"),
        ("S7", "[]", "POST takes the basic filter all"),
        ("all?fields=all", "[]", "unknown parameter fields"),
    ] {
        let response = lab.send("POST", &Lab::page("Contacts", filter), &[], body);
        let (status, text) = refusal(&response);
        assert!(
            status == 400 && text.contains(cause),
            "{body}: {status} {text}"
        );
    }
}
