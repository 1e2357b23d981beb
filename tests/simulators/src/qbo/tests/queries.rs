//! The query language over the seed.

use serde_json::{Value, json};

use super::{Lab, code, json_of};

/// The numbers, or names, of what a query finds.
fn found(answer: &Value, entity: &str) -> Vec<String> {
    let rows = answer[entity].as_array().cloned().unwrap_or_default();
    let name = |row: &Value| {
        let names = ["DocNumber", "DisplayName", "Name"];
        names
            .iter()
            .find_map(|name| row[*name].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    rows.iter().map(name).collect()
}

#[test]
fn conditions_find_what_they_say() {
    let mut lab = Lab::new();
    for (text, expected) in [
        ("select * from Invoice orderby Id", "1003 1004 1005"),
        ("select * from Invoice", "1005 1004 1003"),
        ("select * from invoice where DocNumber = '1004'", "1004"),
        (
            "select * from Invoice where DocNumber in ('1003', '1005') orderby DocNumber desc",
            "1005 1003",
        ),
        (
            "select * from Invoice where TxnDate >= '2026-02-25' and TxnDate < '2026-03-02'",
            "1004",
        ),
        ("select * from Invoice where TotalAmt > 1000", "1003"),
        ("select * from Invoice where TotalAmt > '1000.5'", "1003"),
        (
            "select * from Invoice where Balance > 0 and TotalAmt <= 255",
            "1005",
        ),
        ("select * from Invoice where CustomerRef = '999'", ""),
        (
            "select * from Invoice where MetaData.LastUpdatedTime >= '2026-03-05T11:00:00-08:00' orderby Id",
            "1003 1004 1005",
        ),
        (
            "select * from Invoice where MetaData.LastUpdatedTime > '2026-03-05T19:00:00Z'",
            "",
        ),
        ("select * from Invoice where BillAddr.City = 'Alma'", "1004"),
        (
            "select * from Customer where DisplayName = 'boreale'",
            "BOREALE",
        ),
        (
            r"select * from Customer where DisplayName = 'L\'Atelier d\'à côté'",
            "L'Atelier d'à côté",
        ),
        ("select * from Customer where DisplayName like '%ali%'", ""),
        (
            "select * from Customer where DisplayName like 'informatique%'",
            "Informatique Boréale",
        ),
        (
            "select * from Customer where FullyQualifiedName = 'Nordik:Chelsea'",
            "Chelsea",
        ),
        (
            "select * from Customer where Active = false",
            "Ancien client (deleted)",
        ),
        (
            "select count(*) from Vendor where Active in (true, false)",
            "",
        ),
        (
            "select * from Item where Type = 'Category' orderby Name desc",
            "Tables Meubles Matières Chaises",
        ),
        (
            "select * from Item where FullyQualifiedName = 'Meubles:Tables:TABLE-180'",
            "TABLE-180",
        ),
        (
            "select * from Item where QtyOnHand > 30",
            "BOIS-ERABLE CHAISE-S",
        ),
        (
            "select * from Item where Name in ('VIS-8X2', 'nothing')",
            "VIS-8X2",
        ),
        (
            "select * from TaxCode where Id in ('TAX', '3') orderby Id",
            "TPS/TVQ QC - 9,975 TAX",
        ),
        ("select * from Bill where VendorRef = '999'", ""),
        (
            "select * from Bill where SyncToken = 0 orderby DocNumber",
            "LSJ-7741 QP-190",
        ),
    ] {
        let entity = text
            .split_whitespace()
            .skip_while(|word| *word != "from")
            .nth(1)
            .unwrap();
        let entity = &super::super::schema::entity(entity).unwrap().name;
        let answer = lab.query(text);
        assert_eq!(found(&answer, entity).join(" "), expected, "{text}");
    }
    assert_eq!(
        lab.query("select count(*) from Vendor"),
        json!({ "totalCount": 2 })
    );
    assert_eq!(
        lab.query("select count(*) from Vendor where Active in (true, false)"),
        json!({ "totalCount": 3 })
    );
}

#[test]
fn an_empty_answer_has_no_key_and_a_page_says_where_it_is() {
    let mut lab = Lab::new();
    assert_eq!(lab.query("select * from Invoice where Id = '1'"), json!({}));
    let page = lab.query("select * from Invoice orderby Id startposition 2 maxresults 1");
    assert_eq!(found(&page, "Invoice"), ["1004"]);
    assert_eq!(
        (
            &page["startPosition"],
            &page["maxResults"],
            &page["totalCount"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        lab.query("select * from Invoice startposition 4"),
        json!({})
    );
    lab.act(json!({ "do": "bulk", "entity": "Customer", "count": 1200 }));
    let sizes = |lab: &mut Lab, end: &str| {
        let page = lab.query(&format!(
            "select * from Customer where AcctNum like 'B0%' orderby Id {end}"
        ));
        page["Customer"].as_array().map_or(0, Vec::len)
    };
    for (end, size) in [
        ("", 100),
        ("maxresults 1000", 1000),
        ("startposition 1001 maxresults 1000", 200),
    ] {
        assert_eq!(sizes(&mut lab, end), size, "{end}");
    }
}

#[test]
fn named_fields_come_alone() {
    let mut lab = Lab::new();
    let page = lab.query("select Id, DisplayName from Vendor where DisplayName = 'QUINCA-PRO'");
    let row = page["Vendor"][0].as_object().unwrap();
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(keys, ["Id", "DisplayName", "domain", "sparse"]);
}

#[test]
fn a_query_that_means_nothing_is_refused() {
    for (text, expected) in [
        ("", "4000"),
        ("selekt * from Invoice", "4000"),
        ("select * from Invoice where DocNumber = 1003a", "4000"),
        ("select * from Invoice where Id = '1' or Id = '2'", "4000"),
        ("select * from Invoice where DocNumber = 'a", "4000"),
        ("select * from Bacon", "4001"),
        ("select * from Invoice where Bacon = '1'", "4001"),
        ("select * from Invoice where Line = '1'", "4001"),
        ("select * from Invoice where TxnDate > 'yesterday'", "4001"),
        ("select * from Invoice where TotalAmt > 'much'", "4001"),
        ("select * from Customer where Active = 'perhaps'", "4001"),
        ("select Bacon from Invoice", "4001"),
        ("select * from Invoice orderby Bacon", "4001"),
        ("select * from Invoice maxresults 1001", "4001"),
        ("select * from Invoice startposition 0", "4001"),
    ] {
        let mut lab = Lab::new();
        let response = lab.send("POST", "query", text);
        let answer = json_of(&response);
        assert_eq!(
            (response.status, code(&answer)),
            (400, expected.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn a_query_comes_in_the_address_as_well() {
    let mut lab = Lab::new();
    let text = "select%20*%20from%20Item%20where%20Name%20%3D%20%27VIS-8X2%27&minorversion=75";
    let answer = lab.get(&format!("query?query={text}"));
    assert_eq!(found(&answer["QueryResponse"], "Item"), ["VIS-8X2"]);
    assert_eq!(answer["time"], "2026-03-05T11:01:00.000-08:00");
}
