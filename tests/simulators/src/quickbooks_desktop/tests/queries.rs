//! Queries: keys and filters, pages, what is shown only when asked for.

use super::lab::{Lab, set};
use crate::quickbooks_desktop::xml::Element;

fn names(response: &Element) -> Vec<String> {
    response
        .children
        .iter()
        .map(|ret| {
            ret.get("FullName")
                .or(ret.get("Name"))
                .or(ret.get("RefNumber"))
                .unwrap()
                .to_owned()
        })
        .collect()
}

fn query(kind: &str, inner: &str) -> String {
    format!("<{kind}QueryRq>{inner}</{kind}QueryRq>")
}

#[test]
fn a_missing_key_is_500_beside_what_is_found_and_an_empty_search_is_1() {
    let mut lab = Lab::new();
    for (request, status, severity, found) in [
        (
            query(
                "Customer",
                "<FullName>Nobody</FullName><FullName>perron INC.</FullName>",
            ),
            "500",
            "Warn",
            1,
        ),
        (
            query("Customer", "<ListID>8000FFFF-1</ListID>"),
            "500",
            "Warn",
            0,
        ),
        (
            query(
                "Customer",
                "<NameFilter><MatchCriterion>StartsWith</MatchCriterion><Name>Nobody</Name></NameFilter>",
            ),
            "1",
            "Info",
            0,
        ),
        (
            query("SalesOrder", "<RefNumber>77</RefNumber>"),
            "500",
            "Warn",
            0,
        ),
        (
            query(
                "SalesOrder",
                "<RefNumberFilter><MatchCriterion>Contains</MatchCriterion><RefNumber>77</RefNumber></RefNumberFilter>",
            ),
            "1",
            "Info",
            0,
        ),
        (
            query("Customer", "<ListID>nonsense</ListID>"),
            "3000",
            "Error",
            0,
        ),
        (
            query("Customer", "<MaxReturned>0</MaxReturned>"),
            "3210",
            "Error",
            0,
        ),
    ] {
        let response = lab.ask(&request);
        let got = (
            response.attribute("statusCode"),
            response.attribute("statusSeverity"),
            response.children.len(),
        );
        assert_eq!(got, (Some(status), Some(severity), found), "{request}");
    }
}

#[test]
fn filters() {
    let mut lab = Lab::new();
    lab.later(3600);
    lab.made("<CustomerAddRq><CustomerAdd><Name>Zinc</Name></CustomerAdd></CustomerAddRq>");
    let from = |text: &str| {
        format!(
            "<ModifiedDateRangeFilter><FromModifiedDate>{text}</FromModifiedDate></ModifiedDateRangeFilter>"
        )
    };
    let dates = |inner: &str| format!("<TxnDateRangeFilter>{inner}</TxnDateRangeFilter>");
    for (request, found) in [
        (
            query("Customer", ""),
            vec!["Perron inc.", "Perron inc.:Hall 4", "Simard & fils", "Zinc"],
        ),
        (
            query("Customer", "<ActiveStatus>All</ActiveStatus>"),
            vec![
                "Old Client",
                "Perron inc.",
                "Perron inc.:Hall 4",
                "Simard & fils",
                "Zinc",
            ],
        ),
        (
            query("Customer", "<ActiveStatus>InactiveOnly</ActiveStatus>"),
            vec!["Old Client"],
        ),
        (
            query("Customer", "<FullName>Old Client</FullName>"),
            vec!["Old Client"],
        ),
        (
            query("Customer", "<MaxReturned>2</MaxReturned>"),
            vec!["Perron inc.", "Perron inc.:Hall 4"],
        ),
        (
            query(
                "Customer",
                "<FromModifiedDate>2026-03-05T14:30:00</FromModifiedDate>",
            ),
            vec!["Zinc"],
        ),
        (
            query(
                "Customer",
                "<FromModifiedDate>2026-03-05T14:30:00-05:00</FromModifiedDate>",
            ),
            vec!["Zinc"],
        ),
        (
            query(
                "Customer",
                "<FromModifiedDate>2026-03-05T11:30:00-08:00</FromModifiedDate>",
            ),
            vec!["Zinc"],
        ),
        (
            query("Customer", "<ToModifiedDate>2026-03-04</ToModifiedDate>"),
            vec![],
        ),
        (
            query(
                "Customer",
                "<NameFilter><MatchCriterion>EndsWith</MatchCriterion><Name>hall 4</Name></NameFilter>",
            ),
            vec!["Perron inc.:Hall 4"],
        ),
        (
            query(
                "Customer",
                "<NameRangeFilter><FromName>Q</FromName><ToName>T</ToName></NameRangeFilter>",
            ),
            vec!["Simard & fils"],
        ),
        (
            query(
                "Customer",
                "<TotalBalanceFilter><Operator>GreaterThan</Operator><Amount>0</Amount></TotalBalanceFilter>",
            ),
            vec!["Perron inc."],
        ),
        (
            query("Account", "<AccountType>Income</AccountType>"),
            vec!["Sales", "Sales:Shop"],
        ),
        (
            query(
                "Item",
                "<NameFilter><MatchCriterion>Contains</MatchCriterion><Name>b</Name></NameFilter>",
            ),
            vec!["Beam", "Parts:Bracket"],
        ),
        (
            query("Terms", ""),
            vec!["10th of month", "Due on receipt", "Net 30"],
        ),
        (query("Class", ""), vec!["Shop", "Shop:Night"]),
        (
            query("Employee", ""),
            vec!["Julie Tremblay", "Marc A Gagnon"],
        ),
        (query("SalesOrder", ""), vec!["1001", "1002"]),
        (
            query("SalesOrder", &from("2026-03-05T14:00:00-05:00")),
            vec!["1001", "1002"],
        ),
        (
            query("SalesOrder", &from("2026-03-05T14:00:01-05:00")),
            vec![],
        ),
        (
            query("SalesOrder", &dates("<DateMacro>ThisMonth</DateMacro>")),
            vec!["1001", "1002"],
        ),
        (
            query("SalesOrder", &dates("<ToTxnDate>2026-03-04</ToTxnDate>")),
            vec![],
        ),
        (
            query(
                "SalesOrder",
                "<EntityFilter><FullName>Perron inc.</FullName></EntityFilter>",
            ),
            vec![],
        ),
        (
            query(
                "SalesOrder",
                "<EntityFilter><FullNameWithChildren>Perron inc.</FullNameWithChildren></EntityFilter>",
            ),
            vec!["1001"],
        ),
        (
            query(
                "SalesOrder",
                "<RefNumberRangeFilter><FromRefNumber>1002</FromRefNumber><ToRefNumber>20000</ToRefNumber></RefNumberRangeFilter>",
            ),
            vec!["1002"],
        ),
        (
            query("Invoice", "<PaidStatus>NotPaidOnly</PaidStatus>"),
            vec!["9001"],
        ),
        (
            query("Invoice", "<PaidStatus>PaidOnly</PaidStatus>"),
            vec![],
        ),
    ] {
        assert_eq!(names(&lab.ask(&request)), found, "{request}");
    }
}

#[test]
fn lines_links_and_custom_fields_only_when_asked_for() {
    let mut lab = Lab::new();
    let order = lab.made(&query("SalesOrder", "<RefNumber>1001</RefNumber>"));
    for name in ["SalesOrderLineRet", "LinkedTxn", "DataExtRet"] {
        assert_eq!(order.child(name), None, "{name}");
    }
    let order = lab.made(&query(
        "SalesOrder",
        "<RefNumber>1001</RefNumber><IncludeLineItems>true</IncludeLineItems><OwnerID>0</OwnerID>",
    ));
    assert_eq!(
        order.child("DataExtRet").unwrap().get("DataExtValue"),
        Some("A3")
    );
    assert!(
        order
            .child("SalesOrderLineRet")
            .unwrap()
            .child("DataExtRet")
            .is_some()
    );
    let order = lab.made(&query("SalesOrder", "<RefNumber>1001</RefNumber><IncludeRetElement>TxnID</IncludeRetElement><IncludeRetElement>Memo</IncludeRetElement>"));
    assert_eq!(order.children.len(), 1);
    let kinds = lab.ask(&query("Item", "<ActiveStatus>All</ActiveStatus>"));
    let kinds: std::collections::BTreeSet<_> = kinds
        .children
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            "ItemGroupRet",
            "ItemInventoryRet",
            "ItemNonInventoryRet",
            "ItemSalesTaxRet",
            "ItemServiceRet"
        ]
    );
}

#[test]
fn pages_hold_within_one_session_and_one_question() {
    let mut lab = Lab::new();
    let page = |iterator: &str, inner: &str| {
        format!("<CustomerQueryRq {iterator}>{inner}</CustomerQueryRq>")
    };
    let start = page("iterator=\"Start\"", "<MaxReturned>2</MaxReturned>");
    let first = lab.ask(&start);
    assert_eq!(names(&first), ["Perron inc.", "Perron inc.:Hall 4"]);
    assert_eq!(first.attribute("iteratorRemainingCount"), Some("1"));
    let id = first.attribute("iteratorID").unwrap().to_owned();
    let go_on = |inner: &str| page(&format!("iterator=\"Continue\" iteratorID=\"{id}\""), inner);
    assert_eq!(
        lab.status(&go_on(
            "<MaxReturned>2</MaxReturned><ActiveStatus>All</ActiveStatus>"
        )),
        "3000"
    );
    let last = lab.ask(&go_on("<MaxReturned>5</MaxReturned>"));
    assert_eq!(
        (names(&last), last.attribute("iteratorRemainingCount")),
        (vec!["Simard & fils".to_owned()], Some("0"))
    );
    assert_eq!(
        lab.status(&go_on("<MaxReturned>5</MaxReturned>")),
        "3000",
        "it is over"
    );
    let id = lab.ask(&start).attribute("iteratorID").unwrap().to_owned();
    lab.reconnect();
    let go_on = page(
        &format!("iterator=\"Continue\" iteratorID=\"{id}\""),
        "<MaxReturned>2</MaxReturned>",
    );
    assert_eq!(lab.status(&go_on), "3000", "another session");
    assert_eq!(lab.status(&page("iterator=\"Start\"", "")), "3150");
    assert_eq!(
        lab.refused("<ClassQueryRq iterator=\"Start\"><MaxReturned>1</MaxReturned></ClassQueryRq>"),
        "0x80040400"
    );
}

#[test]
fn metadata_counts() {
    let mut lab = Lab::new();
    let only = lab.ask("<CustomerQueryRq metaData=\"MetaDataOnly\"/>");
    assert_eq!(
        (only.attribute("retCount"), only.children.len()),
        (Some("3"), 0)
    );
    let both = lab.ask("<CustomerQueryRq metaData=\"MetaDataAndResponseData\"/>");
    assert_eq!(
        (both.attribute("retCount"), both.children.len()),
        (Some("3"), 3)
    );
    assert_eq!(lab.ask("<CustomerQueryRq/>").attribute("retCount"), None);
}

#[test]
fn host_company_and_preferences() {
    let mut lab = Lab::new();
    let host = lab.made("<HostQueryRq/>");
    assert_eq!(
        (host.get("Country"), host.get("QBFileMode")),
        (Some("US"), Some("SingleUser"))
    );
    assert!(
        host.all("SupportedQBXMLVersion")
            .any(|version| version.text == "13.0")
    );
    let company = lab.made("<CompanyQueryRq/>");
    assert_eq!(company.get("CompanyName"), Some("Ateliers Boréal inc."));
    let preferences = lab.made("<PreferencesQueryRq/>");
    assert!(preferences.child("SalesTaxPreferences").is_some());
}

#[test]
fn a_newer_version_than_quickbooks_is_refused() {
    let mut lab = Lab::new();
    lab.books.switches.dialect.newest = 80;
    let text = set("onError=\"stopOnError\"", "<CustomerQueryRq/>");
    assert_eq!(lab.raw(&text).unwrap_err().hresult, "0x80040400");
    lab.raw(&text.replace("13.0", "8.0")).unwrap();
}
