//! Adding, changing, deleting: names, references, edit sequences, custom fields, who may.

use super::lab::Lab;
use serde_json::json;

const ORDER: &str = "<SalesOrderAddRq requestID=\"a\"><SalesOrderAdd defMacro=\"TxnID:so\"><CustomerRef><FullName>Perron inc.:Hall 4</FullName></CustomerRef><RefNumber>2001</RefNumber><SalesOrderLineAdd><ItemRef><FullName>Parts:Bracket</FullName></ItemRef><Quantity>4</Quantity></SalesOrderLineAdd></SalesOrderAdd></SalesOrderAddRq>";

fn customer(name: &str) -> String {
    format!("<CustomerAddRq><CustomerAdd><Name>{name}</Name></CustomerAdd></CustomerAddRq>")
}

#[test]
fn an_add_answers_with_the_whole_object() {
    let mut lab = Lab::new();
    let order = lab.made(ORDER);
    let line = order.child("SalesOrderLineRet").unwrap();
    for (element, field, text) in [
        (&order, "TxnDate", "2026-03-05"),
        (&order, "Subtotal", "40.00"),
        (&order, "TotalAmount", "40.00"),
        (&order, "IsFullyInvoiced", "false"),
        (&order, "TimeCreated", "2026-03-05T14:01:01-05:00"),
        (&order, "EditSequence", "1772737261"),
        (line, "Desc", "Steel bracket"),
        (line, "Rate", "10.00"),
        (line, "Amount", "40.00"),
        (line, "Invoiced", "0"),
    ] {
        assert_eq!(element.get(field), Some(text), "{field}");
    }
    let reference = order.child("CustomerRef").unwrap();
    assert_eq!(reference.get("FullName"), Some("Perron inc.:Hall 4"));
    let (count, born) = order.get("TxnID").unwrap().split_once('-').unwrap();
    assert!(u32::from_str_radix(count, 16).unwrap() < 0x8000_0000 && born == "1772737261");
    let list_id = reference.get("ListID").unwrap();
    assert!(u32::from_str_radix(list_id.split_once('-').unwrap().0, 16).unwrap() > 0x8000_0000);
}

#[test]
fn all_parties_share_one_name_space_and_inactive_ones_block_it() {
    let mut lab = Lab::new();
    for name in [
        "perron INC.",
        "Aciers Nordiques",
        "Julie Tremblay",
        "Sous-traitant Roy",
        "Old Client",
    ] {
        assert_eq!(lab.status(&customer(name)), "3100", "{name}");
    }
    let vendor = "<VendorAddRq><VendorAdd><Name>Simard &amp; fils</Name></VendorAdd></VendorAddRq>";
    assert_eq!(lab.status(vendor), "3100");
    let employee = "<EmployeeAddRq><EmployeeAdd><FirstName>Julie</FirstName><LastName>Tremblay</LastName></EmployeeAdd></EmployeeAddRq>";
    assert_eq!(lab.status(employee), "3100");
    // A job may be called as a job of another customer.
    let job = "<CustomerAddRq><CustomerAdd><Name>Hall 4</Name><ParentRef><FullName>Simard &amp; fils</FullName></ParentRef></CustomerAdd></CustomerAddRq>";
    let job = lab.made(job);
    assert_eq!(
        (job.get("FullName"), job.get("Sublevel")),
        (Some("Simard & fils:Hall 4"), Some("1"))
    );
    // Items of every kind share another.
    let item = "<ItemServiceAddRq><ItemServiceAdd><Name>Paint</Name><SalesOrPurchase><Price>1.00</Price></SalesOrPurchase></ItemServiceAdd></ItemServiceAddRq>";
    assert_eq!(lab.status(item), "3100");
}

#[test]
fn statuses_of_bad_adds() {
    let mut lab = Lab::new();
    let in_order = |from: &str, to: &str| {
        let text = ORDER.replacen(from, to, 1);
        assert_ne!(text, ORDER);
        text
    };
    let time = |inner: &str| {
        format!("<TimeTrackingAddRq><TimeTrackingAdd>{inner}</TimeTrackingAdd></TimeTrackingAddRq>")
    };
    let julie = "<EntityRef><FullName>Julie Tremblay</FullName></EntityRef>";
    let marc = "<EntityRef><FullName>Marc A Gagnon</FullName></EntityRef>";
    for (request, status) in [
        (customer("a:b"), "3090"),
        (customer(""), "3150"),
        (customer(&"n".repeat(42)), "3070"),
        (in_order("Parts:Bracket", "Bracket"), "3140"),
        (in_order("Perron inc.:Hall 4", "Nobody"), "3140"),
        (in_order("Perron inc.:Hall 4", "Old Client"), "3140"),
        (in_order("<FullName>Perron inc.:Hall 4</FullName>", "<ListID>nonsense</ListID>"), "3000"),
        (in_order("<FullName>Perron inc.:Hall 4</FullName>", "<ListID>80FFFFFF-1</ListID>"), "3140"),
        (in_order("requestID=\"a\"", &format!("requestID=\"{}\"", "r".repeat(51))), "1060"),
        (in_order("<RefNumber>2001", "<RefNumber>200123456789"), "3070"),
        (customer("x").replace("</Name>", "</Name><ParentRef><FullName>Nobody</FullName></ParentRef>"), "3130"),
        (time(&format!("{julie}<Duration>PT1H</Duration><BillableStatus>Billable</BillableStatus>")), "3210"),
        (time(&format!("{marc}<Duration>PT1H</Duration><PayrollItemWageRef><FullName>Hourly</FullName></PayrollItemWageRef>")), "3210"),
        (time(&format!("{julie}<Duration>PT1H</Duration><PayrollItemWageRef><FullName>Hourly</FullName></PayrollItemWageRef>")), "0"),
        (time("<EntityRef><FullName>Perron inc.</FullName></EntityRef><Duration>PT1H</Duration>"), "3140"),
        ("<ItemInventoryAddRq><ItemInventoryAdd><Name>n</Name></ItemInventoryAdd></ItemInventoryAddRq>".to_owned(), "3150"),
        ("<ItemSitesQueryRq><ListID>80000001-1</ListID></ItemSitesQueryRq>".to_owned(), "3250"),
    ] {
        assert_eq!(lab.status(&request), status, "{request}");
    }
}

#[test]
fn a_mod_needs_the_current_edit_sequence_and_moves_it() {
    let mut lab = Lab::new();
    let id = lab.id("Customer", "Perron inc.");
    let before = lab.made(&format!(
        "<CustomerQueryRq><ListID>{id}</ListID></CustomerQueryRq>"
    ));
    let sequence = before.get("EditSequence").unwrap().to_owned();
    let change = |sequence: &str, inner: &str| {
        format!(
            "<CustomerModRq><CustomerMod><ListID>{id}</ListID><EditSequence>{sequence}</EditSequence>{inner}</CustomerMod></CustomerModRq>"
        )
    };
    let after = lab.made(&change(&sequence, "<Name>Perron SA</Name><Email></Email>"));
    assert_eq!(
        (after.get("FullName"), after.get("Email")),
        (Some("Perron SA"), None)
    );
    assert_eq!(
        after.get("CompanyName"),
        Some("Perron inc."),
        "what is not named stays"
    );
    assert_ne!(after.get("EditSequence"), before.get("EditSequence"));
    assert_eq!(lab.status(&change(&sequence, "<Phone>1</Phone>")), "3200");
    let sequence = after.get("EditSequence").unwrap();
    assert_eq!(lab.status(&change(sequence, "<Name></Name>")), "3190");
    assert_eq!(
        lab.status(&change(sequence, "<Name>Aciers Nordiques</Name>")),
        "3100"
    );
    // The rename shows in every reference.
    let order = lab.id("SalesOrder", "1001");
    let order = lab.txn("SalesOrder", &order);
    assert_eq!(
        order.child("CustomerRef").unwrap().get("FullName"),
        Some("Perron SA:Hall 4")
    );
    let gone = change("1", "").replace(&id, "8000FFFF-1");
    assert_eq!(lab.status(&gone), "3120");
}

#[test]
fn two_changes_in_one_second_have_two_edit_sequences() {
    let mut lab = Lab::new();
    let order = lab.made(ORDER);
    let (id, mut sequence) = (
        order.get("TxnID").unwrap(),
        order.get("EditSequence").unwrap().to_owned(),
    );
    let now = lab.now;
    for memo in ["a", "b"] {
        lab.now = now - 1000;
        let request = format!(
            "<SalesOrderModRq><SalesOrderMod><TxnID>{id}</TxnID><EditSequence>{sequence}</EditSequence><Memo>{memo}</Memo></SalesOrderMod></SalesOrderModRq>"
        );
        let after = lab.made(&request);
        assert_ne!(after.get("EditSequence"), Some(sequence.as_str()));
        sequence = after.get("EditSequence").unwrap().to_owned();
    }
}

#[test]
fn a_mod_keeps_replaces_adds_and_drops_lines() {
    let mut lab = Lab::new();
    let id = lab.id("SalesOrder", "1001");
    let order = lab.txn("SalesOrder", &id);
    let lines: Vec<String> = order
        .all("SalesOrderLineRet")
        .map(|l| l.get("TxnLineID").unwrap().to_owned())
        .collect();
    let mut change = |inner: &str| {
        let sequence = lab
            .txn("SalesOrder", &id)
            .get("EditSequence")
            .unwrap()
            .to_owned();
        lab.ask(&format!("<SalesOrderModRq><SalesOrderMod><TxnID>{id}</TxnID><EditSequence>{sequence}</EditSequence>{inner}</SalesOrderMod></SalesOrderModRq>"))
    };
    let quantities = |response: &crate::quickbooks_desktop::xml::Element| -> Vec<String> {
        let order = &response.children[0];
        order
            .all("SalesOrderLineRet")
            .map(|line| {
                format!(
                    "{} {}",
                    line.get("Quantity").unwrap(),
                    line.get("Amount").unwrap()
                )
            })
            .collect()
    };
    let line = |id: &str, inner: &str| {
        format!("<SalesOrderLineMod><TxnLineID>{id}</TxnLineID>{inner}</SalesOrderLineMod>")
    };
    assert_eq!(
        quantities(&change("<Memo>m</Memo>")),
        ["20 200.00", "2 500.00"]
    );
    let more = line(
        "-1",
        "<ItemRef><FullName>Paint</FullName></ItemRef><Quantity>1</Quantity>",
    );
    let all = format!(
        "{}{}{more}",
        line(&lines[0], "<Quantity>5</Quantity>"),
        line(&lines[1], "")
    );
    assert_eq!(
        quantities(&change(&all)),
        ["5 50.00", "2 500.00", "1 12.50"]
    );
    let swapped = format!("{}{}", line(&lines[1], ""), line(&lines[0], ""));
    assert_eq!(change(&swapped).attribute("statusCode"), Some("3290"));
    assert_eq!(
        change(&line(&lines[0], "<Quantity></Quantity>")).attribute("statusCode"),
        Some("3190")
    );
    assert_eq!(quantities(&change(&line(&lines[1], ""))), ["2 500.00"]);
}

#[test]
fn an_item_group_brings_its_lines() {
    let mut lab = Lab::new();
    let order = lab.made("<SalesOrderAddRq><SalesOrderAdd><CustomerRef><FullName>Simard &amp; fils</FullName></CustomerRef><SalesOrderLineGroupAdd><ItemGroupRef><FullName>Frame kit</FullName></ItemGroupRef><Quantity>2</Quantity></SalesOrderLineGroupAdd></SalesOrderAdd></SalesOrderAddRq>");
    let group = order.child("SalesOrderLineGroupRet").unwrap();
    let inside: Vec<_> = group
        .all("SalesOrderLineRet")
        .map(|line| line.get("Quantity").unwrap())
        .collect();
    assert_eq!(
        (inside, group.get("TotalAmount")),
        (vec!["8", "2"], Some("580.00"))
    );
    assert_eq!(order.get("TotalAmount"), Some("580.00"));
}

#[test]
fn custom_fields_by_macro_in_the_set_that_makes_the_order() {
    let mut lab = Lab::new();
    let field = |deed: &str, name: &str, value: &str| {
        format!(
            "<{deed}Rq><{deed}><OwnerID>0</OwnerID><DataExtName>{name}</DataExtName><TxnDataExtType>SalesOrder</TxnDataExtType><TxnID useMacro=\"TxnID:so\"/>{value}</{deed}></{deed}Rq>"
        )
    };
    let value = "<DataExtValue>B7</DataExtValue>";
    let answer = lab.set(
        "onError=\"stopOnError\"",
        &format!("{ORDER}{}", field("DataExtAdd", "Machine", value)),
    );
    let codes: Vec<_> = answer
        .children
        .iter()
        .map(|rs| rs.attribute("statusCode").unwrap())
        .collect();
    assert_eq!(codes, ["0", "0"]);
    let id = answer.children[0].children[0]
        .get("TxnID")
        .unwrap()
        .to_owned();
    let order = lab.txn("SalesOrder", &id);
    assert_eq!(
        order.child("DataExtRet").unwrap().get("DataExtValue"),
        Some("B7")
    );
    assert_ne!(
        order.get("EditSequence"),
        answer.children[0].children[0].get("EditSequence")
    );
    // Names as written, macros only of this set, a definition is needed, a second value is none to add.
    let by_id = |request: String| {
        request.replace(
            "<TxnID useMacro=\"TxnID:so\"/>",
            &format!("<TxnID>{id}</TxnID>"),
        )
    };
    assert_eq!(lab.status(&field("DataExtMod", "Machine", value)), "9100");
    assert_eq!(
        lab.status(&by_id(field("DataExtMod", "machine", value))),
        "3140"
    );
    assert_eq!(
        lab.status(&by_id(field("DataExtAdd", "Machine", value))),
        "3180"
    );
    assert_eq!(
        lab.status(&by_id(field(
            "DataExtMod",
            "Machine",
            "<DataExtValue>C</DataExtValue>"
        ))),
        "0"
    );
    assert_eq!(lab.status(&by_id(field("DataExtDel", "Machine", ""))), "0");
    assert_eq!(lab.txn("SalesOrder", &id).child("DataExtRet"), None);
    // Deleted and made again: only a Mod works.
    lab.books.company_mut().forget_definition("0", "Machine");
    lab.made("<DataExtDefAddRq><DataExtDefAdd><OwnerID>0</OwnerID><DataExtName>Machine</DataExtName><DataExtType>STR255TYPE</DataExtType><AssignToObject>Customer</AssignToObject></DataExtDefAdd></DataExtDefAddRq>");
    assert_eq!(
        lab.status(&by_id(field("DataExtAdd", "Machine", value))),
        "3180"
    );
    assert_eq!(
        lab.status(&by_id(field("DataExtMod", "Machine", value))),
        "0"
    );
}

#[test]
fn on_error_stops_or_goes_on() {
    let mut lab = Lab::new();
    let requests = format!(
        "{}{}{}",
        customer("First"),
        customer("First"),
        customer("Third")
    );
    let codes = |lab: &mut Lab, attributes: &str| -> Vec<String> {
        let answer = lab.set(attributes, &requests);
        answer
            .children
            .iter()
            .map(|rs| rs.attribute("statusCode").unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        codes(&mut lab, "onError=\"stopOnError\""),
        ["0", "3100", "3231"]
    );
    assert_eq!(
        codes(&mut lab, "onError=\"continueOnError\""),
        ["3100", "3100", "0"]
    );
    let answer = lab.set(
        "onError=\"continueOnError\" responseData=\"includeNone\"",
        &customer("Fourth"),
    );
    assert!(
        answer.children[0].children.is_empty()
            && answer.children[0].attribute("statusCode") == Some("0")
    );
}

#[test]
fn one_bad_request_refuses_the_set_and_changes_nothing() {
    let mut lab = Lab::new();
    let requests = format!(
        "{}<CustomerAddRq><CustomerAdd><Phone>1</Phone><Name>x</Name></CustomerAdd></CustomerAddRq>",
        customer("Good")
    );
    assert_eq!(lab.refused(&requests), "0x80040400");
    assert!(lab.books.company().find("Customer", "Good").is_none());
}

#[test]
fn editions_permissions_locks_and_orders_from_above() {
    let mut lab = Lab::new();
    let query = "<SalesOrderQueryRq/>";
    let set = |lab: &mut Lab, switch: &str, value: serde_json::Value| {
        lab.books.switches.set(switch, &value).unwrap()
    };
    set(&mut lab, "edition", json!("Pro"));
    assert_eq!(
        (lab.status(ORDER), lab.status(query)),
        ("3250".to_owned(), "3250".to_owned())
    );
    set(&mut lab, "edition", json!("Enterprise"));
    set(&mut lab, "forbidden", json!(["SalesOrderAdd"]));
    assert_eq!(
        (lab.status(ORDER), lab.status(query)),
        ("3260".to_owned(), "0".to_owned())
    );
    set(&mut lab, "forbidden", json!([]));
    set(&mut lab, "read_only", json!(true));
    lab.reconnect();
    assert_eq!(
        (lab.status(ORDER), lab.status(query)),
        ("3263".to_owned(), "0".to_owned())
    );
    set(&mut lab, "read_only", json!(false));
    lab.reconnect();
    set(&mut lab, "payroll", json!(false));
    assert_eq!(lab.status("<PayrollItemWageQueryRq/>"), "3250");
    let id = lab.id("SalesOrder", "1001");
    let serial = lab.books.company().by_id(&id).unwrap().serial;
    lab.books.company_mut().locked.push(serial);
    let change = format!(
        "<SalesOrderModRq><SalesOrderMod><TxnID>{id}</TxnID><EditSequence>1</EditSequence></SalesOrderMod></SalesOrderModRq>"
    );
    assert_eq!(lab.status(&change), "3175");
    assert_eq!(
        lab.status(&format!(
            "<TxnDelRq><TxnDelType>SalesOrder</TxnDelType><TxnID>{id}</TxnID></TxnDelRq>"
        )),
        "3175"
    );
    lab.books.has_dialog = true;
    assert_eq!(lab.refused(query), "0x80040414");
}

#[test]
fn what_is_not_windows_1252_is_lost() {
    let mut lab = Lab::new();
    let made = lab.made(&customer("Montr&#233;al &#8364; &#20013;"));
    assert_eq!(made.get("Name"), Some("Montréal € ?"));
}
