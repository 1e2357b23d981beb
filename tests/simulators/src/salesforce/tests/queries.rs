//! SOQL: what it finds, how it shows it, how it pages, what it refuses.

use serde_json::{Value, json};

use super::{Lab, column, encoded, json_of, refusal};

/// `(condition on accounts, names found in order of name)`
#[test]
fn conditions() {
    let mut lab = Lab::new();
    let id = lab.id("atelier");
    let cases = [
        ("Name = 'atelier lac-saint-jean INC.'".to_owned(), "Atelier"),
        (format!("Id = '{}'", &id[..15]), "Atelier"),
        (format!("Id IN ('{id}', '{}')", lab.id("simard")), "Atelier Clinique"),
        ("Name LIKE 'scierie%'".to_owned(), "Scierie Scierie"),
        ("Name LIKE '%_avoie%' OR Industry = 'Technology'".to_owned(), "Garage LogicQC"),
        ("AnnualRevenue > 12500000".to_owned(), "LogicQC"),
        ("AnnualRevenue >= 1.25E7".to_owned(), "Atelier LogicQC"),
        ("AnnualRevenue < 5".to_owned(), ""),
        ("Type = 'Customer - Direct' AND (Rating = 'Hot' OR Rating = 'Warm')".to_owned(), "Clinique Garage"),
        ("NOT Type LIKE 'Customer%'".to_owned(), "Boulangerie Scierie Scierie"),
        ("Industry = null".to_owned(), "Boulangerie Scierie"),
        ("Industry != null AND Industry != 'Manufacturing'".to_owned(), "Clinique Garage LogicQC Municipalité"),
        ("Rating <> 'Hot' AND Type = 'Customer - Direct'".to_owned(), "Atelier Garage Municipalité"),
        ("Industry IN ('Retail', null)".to_owned(), "Boulangerie Garage Scierie"),
        ("Industry NOT IN ('Manufacturing', 'Retail', 'Technology') AND Industry != null".to_owned(), "Clinique Municipalité"),
        ("CreatedDate >= 2026-02-17T15:00:00Z".to_owned(), "Boulangerie"),
        ("CreatedDate > 2026-02-17T10:00:00.000-05:00".to_owned(), ""),
        ("CreatedDate = LAST_N_DAYS:20".to_owned(), "Boulangerie"),
        ("CreatedDate < THIS_YEAR AND Rating = null".to_owned(), "Atelier LogicQC Municipalité"),
        ("Owner.Name = 'Étienne Côté' AND Owner.Manager.LastName = 'Bouchard' AND BillingCity = 'Alma'".to_owned(), "Atelier"),
        ("IsDeleted = false AND ia_crm__Sync_with_Intacct__c = TRUE".to_owned(), ""),
        ("ia_crm__IntacctID__c = 'c-1002'".to_owned(), "Municipalité"),
        ("Id IN (SELECT AccountId FROM Contract WHERE StatusCode = 'Activated')".to_owned(), "Atelier Municipalité"),
        ("Id NOT IN (SELECT AccountId FROM Opportunity)".to_owned(), "Scierie"),
        ("Account.BillingState = 'QC' AND BillingStreet = '1 rue de l\\'Église'".to_owned(), ""),
    ];
    for (condition, wanted) in cases {
        let rows = lab.query(&format!(
            "SELECT Name FROM Account WHERE {condition} ORDER BY Name"
        ));
        let firsts: Vec<String> = column(&rows, "Name")
            .iter()
            .map(|name| name.split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!(firsts.join(" "), wanted, "{condition}");
    }
}

#[test]
fn dates_filter_dates_and_times_filter_times() {
    let mut lab = Lab::new();
    let names = |rows: Vec<Value>| column(&rows, "StartDate");
    assert_eq!(
        names(lab.query(
            "SELECT StartDate FROM Contract WHERE StartDate > 2026-03-01 ORDER BY StartDate"
        )),
        ["2026-03-15", "2026-04-01", "2026-06-01"]
    );
    assert_eq!(
        names(lab.query(
            "SELECT StartDate FROM Contract WHERE StartDate = THIS_MONTH ORDER BY StartDate DESC"
        )),
        ["2026-03-15", "2026-03-01"]
    );
    for condition in [
        "StartDate > 2026-03-01T00:00:00Z",
        "CreatedDate > 2026-03-01",
        "CreatedDate > '2026-03-01T00:00:00Z'",
        "ContractTerm = '12'",
        "Name = 12",
        "ia_crm__Renew__c = 'true'",
        "Name > TODAY",
        "AccountId = 'Acme'",
        "ContractTerm LIKE '1%'",
        "ia_crm__Renew__c > false",
        "ContractTerm > null",
    ] {
        let (code, _) = lab.query_refused(&format!("SELECT Id FROM Contract WHERE {condition}"));
        assert_eq!(code, "INVALID_QUERY_FILTER_OPERATOR", "{condition}");
    }
}

#[test]
fn parents_are_nested_and_children_are_lists() {
    let mut lab = Lab::new();
    let soql = "select id, name, account.NAME, Account.Owner.Name, ContractId, Contract.Name, \
                (SELECT Quantity, PricebookEntry.Product2.ProductCode FROM OpportunityLineItems ORDER BY Quantity DESC), \
                (SELECT Id FROM ia_crm__Contracts__r) \
                FROM opportunity WHERE Name LIKE 'atelier%'";
    let rows = lab.query(soql);
    let row = &rows[0];
    let keys: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "attributes",
            "Id",
            "Name",
            "Account",
            "ContractId",
            "Contract",
            "OpportunityLineItems",
            "ia_crm__Contracts__r"
        ]
    );
    assert_eq!(row["Account"]["attributes"]["type"], "Account");
    assert_eq!(
        (&row["Account"]["Owner"]["Name"], &row["Contract"]),
        (&json!("Étienne Côté"), &Value::Null)
    );
    let lines = &row["OpportunityLineItems"];
    assert_eq!(
        (&lines["totalSize"], &lines["done"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(lines["records"][0]["Quantity"].to_string(), "24.0");
    assert_eq!(
        lines["records"][0]["PricebookEntry"]["Product2"]["ProductCode"],
        "BOR-SUITE"
    );
    assert_eq!(row["ia_crm__Contracts__r"]["totalSize"], 1);
    let none = lab.query("SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity WHERE Name LIKE 'scierie%'");
    assert_eq!(none[0]["OpportunityLineItems"], Value::Null);
    let price = lab.query("SELECT AnnualRevenue, NumberOfEmployees, BillingAddress FROM Account WHERE AccountNumber = 'C-1001'");
    assert_eq!(price[0]["NumberOfEmployees"].to_string(), "42");
    assert_eq!(price[0]["BillingAddress"]["city"], "Alma");
}

#[test]
fn rows_are_counted_summed_and_grouped() {
    let mut lab = Lab::new();
    let counted = lab.get(&format!(
        "query?q={}",
        encoded("SELECT COUNT() FROM Account WHERE BillingState = 'QC'")
    ));
    assert_eq!(
        counted,
        json!({ "totalSize": 8, "done": true, "records": [] })
    );
    let rows = lab.query(
        "SELECT StatusCode, COUNT(Id), MAX(ContractTerm) longest FROM Contract GROUP BY StatusCode",
    );
    assert_eq!(rows[0]["attributes"], json!({ "type": "AggregateResult" }));
    assert_eq!(
        column(&rows, "StatusCode"),
        ["Activated", "Draft", "InApproval"]
    );
    assert_eq!(column(&rows, "expr0"), ["3", "2", "1"]);
    assert_eq!(column(&rows, "longest"), ["12.0", "36.0", "6.0"]);
    let sum = lab.query("SELECT SUM(UnitPrice), COUNT_DISTINCT(Product2Id) FROM PricebookEntry WHERE Pricebook2.IsStandard = TRUE");
    assert_eq!(
        (sum[0]["expr0"].to_string(), sum[0]["expr1"].to_string()),
        ("3499.5".to_owned(), "6".to_owned())
    );
    assert_eq!(
        lab.query_refused("SELECT Name, COUNT(Id) FROM Contract GROUP BY StatusCode")
            .0,
        "MALFORMED_QUERY"
    );
}

#[test]
fn order_limit_and_offset() {
    let mut lab = Lab::new();
    let cities = |lab: &mut Lab, rest: &str| {
        column(
            &lab.query(&format!("SELECT Industry FROM Account {rest}")),
            "Industry",
        )
    };
    assert_eq!(
        cities(&mut lab, "ORDER BY Industry LIMIT 3"),
        ["null", "null", "Government"]
    );
    assert_eq!(
        cities(
            &mut lab,
            "ORDER BY Industry ASC NULLS LAST LIMIT 2 OFFSET 1"
        ),
        ["Healthcare", "Manufacturing"]
    );
    assert_eq!(
        cities(&mut lab, "ORDER BY Industry DESC NULLS LAST LIMIT 1"),
        ["Technology"]
    );
    let same = lab.query("SELECT Id FROM Account ORDER BY BillingState, Id");
    let mut ids = column(&same, "Id");
    ids.sort();
    assert_eq!(ids, column(&same, "Id"));
    assert_eq!(
        lab.get(&format!(
            "query?q={}",
            encoded("SELECT Id FROM Account LIMIT 2")
        ))["totalSize"],
        2
    );
    assert_eq!(
        lab.query_refused("SELECT Id FROM Account OFFSET 2001").0,
        "NUMBER_OUTSIDE_VALID_RANGE"
    );
}

#[test]
fn picklists_with_several_values() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "add_field", "entity": "Account", "field": { "name": "Numbers__c", "type": "multipicklist", "values": ["four", "five", "six"], "restricted": true } }));
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    lab.patch(&target, json!({ "Numbers__c": "four;six" }));
    assert_eq!(lab.get(&target)["Numbers__c"], "four;six");
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "Numbers__c": "four;seven" }))
            .1,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    );
    for (list, found) in [
        ("'four'", 1),
        ("'four;six'", 1),
        ("'four;five'", 0),
        ("'five','six'", 1),
    ] {
        assert_eq!(
            lab.query(&format!(
                "SELECT Id FROM Account WHERE Numbers__c INCLUDES ({list})"
            ))
            .len(),
            found,
            "{list}"
        );
        assert_eq!(
            lab.query(&format!(
                "SELECT Id FROM Account WHERE Numbers__c EXCLUDES ({list})"
            ))
            .len(),
            8 - found,
            "{list}"
        );
    }
}

#[test]
fn a_query_that_is_none() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.query_refused("SELEKT Id FROM Account"),
        (
            "MALFORMED_QUERY".to_owned(),
            "unexpected token: SELEKT".to_owned()
        )
    );
    let (code, message) = lab.query_refused("SELECT Bacon__c FROM Account LIMIT 2");
    assert_eq!(code, "INVALID_FIELD");
    assert_eq!(
        message,
        "\nSELECT Bacon__c FROM Account LIMIT 2\n       ^\nERROR at Row:1:Column:8\nNo such column 'Bacon__c' on entity \
         'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field \
         name. Please reference your WSDL or the describe call for the appropriate names."
    );
    for (soql, code) in [
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        (
            "SELECT Id, (SELECT Id FROM Nothings) FROM Account",
            "INVALID_TYPE",
        ),
        ("SELECT Ownr.Name FROM Account", "INVALID_FIELD"),
        (
            "SELECT Id FROM Account WHERE Description LIKE 'a%'",
            "INVALID_FIELD",
        ),
        (
            "SELECT Id FROM Account ORDER BY Description",
            "INVALID_FIELD",
        ),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY"),
        (
            "SELECT Id FROM Account WHERE Name = \"a\"",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT Id FROM Account WHERE Name == 'a'",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND Site = 'b' OR Fax = 'c'",
            "MALFORMED_QUERY",
        ),
        ("SELECT Id FROM Account LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT * FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY"),
        ("SELECT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN ()", "MALFORMED_QUERY"),
        (
            "SELECT Id FROM Account WHERE Name = 'a\\q'",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate > 2026-13-45T00:00:00Z",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate > 2026-01-01T00:00:00",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT Id FROM Account HAVING COUNT(Id) > 1",
            "MALFORMED_QUERY",
        ),
    ] {
        assert_eq!(lab.query_refused(soql).0, code, "{soql}");
    }
    assert_eq!(
        lab.refused("GET", "query", Value::Null),
        (400, "MALFORMED_QUERY".to_owned())
    );
    let long = |length: usize| {
        format!(
            "query?q={}",
            encoded(&format!(
                "SELECT Id FROM Account WHERE Name = '{}'",
                "x".repeat(length)
            ))
        )
    };
    assert_eq!(
        lab.refused("GET", &long(17_000), Value::Null),
        (414, "URI_TOO_LONG".to_owned())
    );
    let within = |target: String| json!({ "compositeRequest": [{ "method": "GET", "url": format!("/services/data/v59.0/{target}"), "referenceId": "a" }] });
    let answer = lab.post("composite", within(long(17_000)));
    assert_eq!(answer["compositeResponse"][0]["httpStatusCode"], 200);
    let answer = lab.post("composite", within(long(100_000)));
    assert_eq!(answer["compositeResponse"][0]["httpStatusCode"], 400);
}

#[test]
fn a_plus_that_was_not_encoded_is_a_space() {
    let mut lab = Lab::new();
    let good = "query?q=SELECT+Id+FROM+Account+WHERE+CreatedDate+>+2026-02-17T11:00:00%2B01:00";
    assert_eq!(lab.get(good)["totalSize"], 1);
    let bad = "query?q=SELECT+Id+FROM+Account+WHERE+CreatedDate+>+2026-02-17T11:00:00+01:00";
    assert_eq!(
        lab.refused("GET", bad, Value::Null),
        (400, "MALFORMED_QUERY".to_owned())
    );
}

#[test]
fn a_long_answer_comes_in_pages() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "bulk", "entity": "Account", "count": 492, "prefix": "B" }));
    let target = format!("query/?q={}", encoded("SELECT Id FROM Account ORDER BY Id"));
    assert_eq!(lab.get(&target)["done"], true, "500 are fewer than 2000");
    // Fewer than 200 are not to be had.
    let response = lab.send(
        "GET",
        &target,
        &[("sforce-query-options", "batchSize=50")],
        "",
    );
    let first = json_of(&response);
    assert_eq!(
        (
            &first["totalSize"],
            &first["done"],
            first["records"].as_array().unwrap().len()
        ),
        (&json!(500), &json!(false), 200)
    );
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let locator = next.strip_prefix("/services/data/v59.0/query/").unwrap();
    assert!(locator.starts_with("01g") && locator.ends_with("-200") && locator.len() == 22);
    let second = lab.get(&format!("query/{locator}"));
    let third = lab.get(
        second["nextRecordsUrl"]
            .as_str()
            .unwrap()
            .strip_prefix("/services/data/v59.0/")
            .unwrap(),
    );
    assert_eq!(
        (&third["done"], third["records"].as_array().unwrap().len()),
        (&json!(true), 100)
    );
    assert!(third.get("nextRecordsUrl").is_none());
    let mut ids: Vec<String> = [&first, &second, &third]
        .iter()
        .flat_map(|page| column(page["records"].as_array().unwrap(), "Id"))
        .collect();
    assert_eq!(
        lab.get(&format!("query/{locator}")),
        second,
        "the same page again"
    );
    ids.dedup();
    assert_eq!(ids.len(), 500);
    let lowered: std::collections::HashSet<String> =
        ids.iter().map(|id| id[..15].to_lowercase()).collect();
    assert!(lowered.len() < 500, "some ids differ in capitals only");
}

#[test]
fn a_locator_dies() {
    let mut lab = Lab::with("page_rows", 3);
    let target = format!("query?q={}", encoded("SELECT Id FROM Account"));
    let open = |lab: &mut Lab| {
        lab.get(&target)["nextRecordsUrl"]
            .as_str()
            .unwrap()
            .replace("/services/data/v59.0/", "")
    };
    let stale = (400, "INVALID_QUERY_LOCATOR".to_owned());
    let first = open(&mut lab);
    assert_eq!(lab.get(&first)["records"].as_array().unwrap().len(), 3);
    for _ in 0..10 {
        open(&mut lab);
    }
    assert_eq!(
        lab.refused("GET", &first, Value::Null),
        stale,
        "ten others were opened"
    );
    let second = open(&mut lab);
    lab.control(json!({ "do": "close_locators" }));
    assert_eq!(lab.refused("GET", &second, Value::Null), stale);
    let third = open(&mut lab);
    lab.set("session_idle_s", 1_000_000);
    lab.later(172_800);
    assert_eq!(
        lab.refused("GET", &third, Value::Null),
        stale,
        "two days have gone"
    );
    for wrong in ["query/01g", "query/01g000000000000AAA-3", "query/abc-3"] {
        assert_eq!(lab.refused("GET", wrong, Value::Null), stale, "{wrong}");
    }
}

#[test]
fn sub_queries_count_towards_a_page_and_have_pages_of_their_own() {
    let mut lab = Lab::with("child_rows", 2);
    let soql = "SELECT Name, (SELECT Id FROM OpportunityLineItems) FROM Opportunity ORDER BY Name";
    let rows = lab.query(soql);
    let lines = &rows[0]["OpportunityLineItems"];
    assert_eq!(
        (
            &lines["totalSize"],
            &lines["done"],
            lines["records"].as_array().unwrap().len()
        ),
        (&json!(3), &json!(false), 2)
    );
    let next = lines["nextRecordsUrl"]
        .as_str()
        .unwrap()
        .replace("/services/data/v59.0/", "");
    let rest = lab.get(&next);
    assert_eq!(
        (&rest["done"], rest["records"].as_array().unwrap().len()),
        (&json!(true), 1)
    );
    // 150 accounts with two contacts each weigh 450.
    let mut lab = Lab::new();
    lab.control(json!({ "do": "bulk", "entity": "Account", "count": 142 }));
    lab.control(json!({ "do": "bulk", "entity": "Contact", "count": 300 }));
    let target = format!(
        "query?q={}",
        encoded("SELECT Id, (SELECT Id FROM Contacts) FROM Account")
    );
    let page = json_of(&lab.send(
        "GET",
        &target,
        &[("sforce-query-options", "batchSize=200")],
        "",
    ));
    let parents = page["records"].as_array().unwrap().len();
    assert!(parents < 70 && page["totalSize"] == 150, "{parents}");
    assert!(
        page["nextRecordsUrl"]
            .as_str()
            .unwrap()
            .ends_with(&format!("-{parents}"))
    );
}

#[test]
fn deleted_rows_are_seen_by_query_all() {
    let mut lab = Lab::new();
    let id = lab.id("dubuc2");
    lab.later(60);
    lab.control(json!({ "do": "delete", "id": "@dubuc2" }));
    let soql =
        encoded("SELECT Id, IsDeleted FROM Account WHERE Name LIKE 'Scierie%' ORDER BY IsDeleted");
    assert_eq!(lab.get(&format!("query?q={soql}"))["totalSize"], 1);
    let all = lab.get(&format!("queryAll?q={soql}"));
    assert_eq!(
        (
            &all["totalSize"],
            &all["records"][1]["Id"],
            &all["records"][1]["IsDeleted"]
        ),
        (&json!(2), &json!(id), &json!(true))
    );
    let since = encoded(&format!(
        "SELECT Id FROM Account WHERE IsDeleted = TRUE AND SystemModstamp >= {}",
        super::time::written_z(lab.now / 1000)
    ));
    assert_eq!(lab.get(&format!("queryAll?q={since}"))["totalSize"], 1);
    lab.set("page_rows", 1);
    let page = lab.get(&format!("queryAll?q={soql}"));
    let next = page["nextRecordsUrl"]
        .as_str()
        .unwrap()
        .replace("/services/data/v59.0/", "");
    assert!(next.starts_with("queryAll/01g"));
    lab.get(&next.replace("queryAll", "query"));
    lab.control(json!({ "do": "purge" }));
    assert_eq!(lab.get(&format!("queryAll?q={soql}"))["totalSize"], 1);
    assert_eq!(
        refusal(&lab.send("GET", &format!("sobjects/Account/{id}"), &[], "")),
        (404, "NOT_FOUND".to_owned())
    );
}
