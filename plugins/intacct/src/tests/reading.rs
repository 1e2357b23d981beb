//! Reading: by id, by key, what changed, what was paid, what was deleted.

use super::company::{Accident, Company};
use super::*;

pub(super) fn changes(company: &Company, entity: &str, since: Option<Cursor>, limit: u32) -> Page {
    Intacct.changes(company, entity, since, &[], limit).unwrap()
}

/// A whole walk: its entries, and where the next one begins.
pub(super) fn walk(
    company: &Company,
    entity: &str,
    mut since: Option<Cursor>,
    limit: u32,
) -> (Vec<Entry>, Option<Cursor>, bool) {
    let mut entries = Vec::new();
    for _ in 0..50 {
        let page = changes(company, entity, since, limit);
        entries.extend(page.entries);
        since = page.next;
        if !page.more {
            return (entries, since, page.complete);
        }
    }
    panic!("the walk goes round");
}

pub(super) fn later(company: &Company, minutes: u64) {
    company.now_ms.set(company.now_ms.get() + minutes * 60_000);
}

#[test]
fn records_are_read_by_id_in_the_order_asked() {
    let company = Company::new();
    let asked = ["P2", "P9", "P1", "P2"].map(str::to_owned);
    let read = Intacct.read(&company, "item", &asked).unwrap();
    let read: Vec<Option<&str>> = read
        .iter()
        .map(|e| e.as_ref().map(|e| e.id.as_str()))
        .collect();
    assert_eq!(read, [Some("P2"), None, Some("P1"), Some("P2")]);
    assert_eq!(company.sent_with("<query>").len(), 1);
}

#[test]
fn as_many_records_as_the_manifest_says_are_one_question() {
    for (entity, object, id) in [
        ("contact", "CONTACT", "CONTACTNAME"),
        ("contract_line", "CONTRACTDETAIL", "RECORDNO"),
    ] {
        let company = Company::new();
        let described = Intacct.describe();
        let spec = described.entities.iter().find(|spec| spec.name == entity);
        let most = spec.expect("it is described").read_batch;
        assert_eq!(most, 500, "{entity}");
        let asked: Vec<String> = (0..most).map(|at| format!("{}", 90_000 + at)).collect();
        for at in &asked {
            company.add(object, &[(id, at), ("RECORDNO", at)]);
        }
        let read = Intacct.read(&company, entity, &asked).unwrap();
        assert!(read.iter().all(Option::is_some), "{entity}");
        assert_eq!(company.sent_with("<query>").len(), 1, "{entity}");
    }
}

#[test]
fn a_page_of_contracts_with_many_lines_fits_into_an_answer() {
    const CONTRACTS: usize = 60;
    for lines in [0, 60] {
        let company = Company::new();
        for at in 0..CONTRACTS {
            let (id, number) = (format!("M{at:03}"), format!("{}", 50_000 + at));
            company.add("CONTRACT", &[("CONTRACTID", &id), ("RECORDNO", &number)]);
            for _ in 0..lines {
                company.add("CONTRACTDETAIL", &[("CONTRACTID", &id), ("ITEMID", "P1")]);
            }
        }
        let (mut found, mut since, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = changes(&company, "contract", since, 500);
            // As the host counts: nothing in these bodies but names, numbers and words.
            let marks = |entry: &Entry| entry.body.matches([',', ':', '{', '[']).count();
            let values: usize = page.entries.iter().map(marks).sum();
            assert!(values < 250_000, "{values} values of {lines} lines each");
            assert!(
                !page.entries.is_empty() || !page.more,
                "a page that leads nowhere"
            );
            found.extend(page.entries);
            (since, pages) = (page.next, pages + 1);
            if !page.more {
                break;
            }
        }
        let mut shown = ids(&found);
        shown.retain(|id| id.starts_with('M'));
        let wanted: Vec<String> = (0..CONTRACTS).map(|at| format!("M{at:03}")).collect();
        assert_eq!(shown, wanted, "{lines} lines each");
        assert_eq!(pages > 1, lines > 0, "{pages} pages of {lines} lines each");
        let bodies = found.iter().filter(|entry| entry.id.starts_with('M'));
        let each = bodies.map(|entry| body(entry)["lines"].as_array().map_or(0, Vec::len));
        assert!(each.into_iter().all(|count| count == lines));
    }
}

#[test]
fn records_are_found_by_their_keys() {
    let company = Company::new();
    company.add(
        "CUSTOMER",
        &[
            ("CUSTOMERID", "C2"),
            ("NAME", "Alma"),
            ("LIAISON_ID", "001A"),
            ("DISPLAYCONTACT.EMAIL1", "a@b.example"),
        ],
    );
    let by = |name: &str, value: &str| vec![(name.to_owned(), json!(value).to_string())];
    for (queries, expected) in [
        (
            vec![by("name", "Alma"), by("name", "Beta")],
            vec![vec!["C1", "C2"], vec![]],
        ),
        (vec![by("external_id", "001A")], vec![vec!["C2"]]),
        (vec![by("email", "a@b.example")], vec![vec!["C2"]]),
        (
            vec![by("id", "C1"), by("name", "Alma")],
            vec![vec!["C1"], vec!["C1", "C2"]],
        ),
        (
            vec![[by("name", "Alma"), by("external_id", "001A")].concat()],
            vec![vec!["C2"]],
        ),
        // Nothing is looked for by nothing.
        (vec![by("name", "")], vec![vec![]]),
        (vec![vec![]], vec![vec![]]),
    ] {
        let found = Intacct.find(&company, "customer", &queries).unwrap();
        let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
        assert_eq!(found, expected, "{queries:?}");
    }
    let no_key = Intacct
        .find(&company, "customer", &[by("city", "Alma")])
        .unwrap_err();
    assert_eq!(no_key.message.key, "intacct-no-key");
}

#[test]
fn a_walk_shows_every_record_once_and_then_what_changed() {
    let company = Company::new();
    for at in 0..7 {
        company.add("CONTACT", &[("CONTACTNAME", &format!("N{at}"))]);
    }
    let (entries, next, complete) = walk(&company, "contact", None, 3);
    assert_eq!(ids(&entries), ["N0", "N1", "N2", "N3", "N4", "N5", "N6"]);
    assert!(complete, "absence means something");
    later(&company, 180);
    let (entries, next, complete) = walk(&company, "contact", next, 3);
    assert_eq!(entries.len(), 0, "{:?}", ids(&entries));
    assert!(!complete);
    later(&company, 180);
    write_one(
        &company,
        "contact",
        update("N4", None, json!({"first_name": "Ann"})),
    )
    .unwrap();
    // The company's books lag an hour behind in this test; the overlap does not reach that far.
    let row = company.books.borrow().rows["CONTACT"][4]["WHENMODIFIED"].clone();
    assert!(row.starts_with("03/05/2026"), "{row}");
    let now = crate::stamp::instant_to_wire(i64::try_from(company.now_ms.get()).unwrap(), 0);
    company.books.borrow_mut().rows.get_mut("CONTACT").unwrap()[4]
        .insert("WHENMODIFIED".to_owned(), now);
    let (entries, _, _) = walk(&company, "contact", next, 3);
    assert_eq!(ids(&entries), ["N4"]);
}

#[test]
fn what_changes_while_a_walk_goes_on_is_seen_by_the_next() {
    let company = Company::new();
    for at in 0..4 {
        company.add("CONTACT", &[("CONTACTNAME", &format!("N{at}"))]);
    }
    let first = changes(&company, "contact", None, 2);
    assert_eq!(ids(&first.entries), ["N0", "N1"]);
    later(&company, 30);
    let now = crate::stamp::instant_to_wire(i64::try_from(company.now_ms.get()).unwrap(), 0);
    company.books.borrow_mut().rows.get_mut("CONTACT").unwrap()[0]
        .insert("WHENMODIFIED".to_owned(), now);
    later(&company, 60);
    let (_, next, _) = walk(&company, "contact", first.next, 2);
    let (entries, _, _) = walk(&company, "contact", next, 2);
    assert_eq!(ids(&entries), ["N0"]);
}

#[test]
fn the_cursor_is_of_the_gateways_clock_and_the_filter_of_its_zone() {
    for (offset, wire) in [
        (None, "03/05/2026 13:50:00"),
        (Some("-08:00"), "03/05/2026 05:50:00"),
    ] {
        let company = Company::with(json!({"utc_offset": offset}));
        let (_, next, _) = walk(&company, "item", None, 10);
        changes(&company, "item", next, 10);
        let asked = company.requests.borrow().last().cloned().unwrap();
        assert!(
            asked.contains(&format!(
                "<greaterthanorequalto><field>WHENMODIFIED</field><value>{wire}</value>"
            )),
            "{asked}"
        );
        assert!(
            asked.contains("<ascending/>") && asked.contains("<showprivate>true</showprivate>")
        );
    }
}

#[test]
fn a_first_walk_begins_where_the_flow_says() {
    let company = Company::new();
    let from = filter::condition(
        "modified_at",
        Comparison::Ge,
        &[json!("2026-03-01T00:00:00Z")],
    );
    let page = Intacct
        .changes(&company, "item", None, &[from], 10)
        .unwrap();
    assert!(!page.complete);
    assert_eq!(
        company
            .sent_with("<value>03/01/2026 00:00:00</value>")
            .len(),
        1
    );
}

#[test]
fn lists_without_a_stamp_are_read_whole_each_time() {
    let company = Company::new();
    company.add("ARTERM", &[("NAME", "Net 30"), ("DUEDATE", "30")]);
    let (entries, next, complete) = walk(&company, "payment_term", None, 10);
    assert_eq!((ids(&entries), complete), (vec!["Net 30"], true));
    assert_eq!(body(&entries[0])["due_days"], 30);
    let (entries, _, complete) = walk(&company, "payment_term", next, 10);
    assert_eq!((entries.len(), complete), (1, true));
}

pub(super) fn with_invoice() -> Company {
    let company = Company::new();
    let number = company.add(
        "SODOCUMENT",
        &[
            ("DOCID", "Contract Invoice-INV1"),
            ("DOCNO", "INV1"),
            ("DOCPARID", "Contract Invoice"),
            ("CUSTVENDID", "C1"),
            ("CNCONTRACTID", "CN-1"),
            ("WHENCREATED", "03/01/2026"),
            ("AUWHENCREATED", "03/01/2026 10:00:00"),
            ("TRX_TOTALDUE", "100.00"),
            ("PAYMENTSTATUS", "Open"),
            ("WHENMODIFIED", "03/01/2026 10:00:00"),
        ],
    );
    company.add(
        "SODOCUMENT",
        &[
            ("DOCID", "Sales Order-SO1"),
            ("DOCPARID", "Sales Order"),
            ("WHENMODIFIED", "03/01/2026 10:00:00"),
        ],
    );
    company.add(
        "SODOCUMENTENTRY",
        &[
            ("DOCHDRNO", &number),
            ("ITEMID", "P1"),
            ("UIQTY", "1"),
            ("UIVALUE", "100.00"),
        ],
    );
    company.add(
        "ARINVOICE",
        &[
            ("DOCHDRKEY", &number),
            ("MODULEKEY", "8.SO"),
            ("WHENMODIFIED", "03/05/2026 13:58:00"),
        ],
    );
    company.add(
        "ARINVOICE",
        &[
            ("DOCHDRKEY", ""),
            ("MODULEKEY", "4.AR"),
            ("WHENMODIFIED", "03/05/2026 13:58:00"),
        ],
    );
    company
        .fields
        .borrow_mut()
        .insert("ARINVOICE".to_owned(), Vec::new());
    company
}

#[test]
fn an_invoice_is_known_by_its_document_and_has_its_lines() {
    let company = with_invoice();
    let (entries, _, complete) = walk(&company, "contract_invoice", None, 10);
    assert_eq!(
        (ids(&entries), complete),
        (vec!["Contract Invoice-INV1"], true)
    );
    let invoice = body(&entries[0]);
    assert_eq!(invoice["document_date"], "2026-03-01");
    assert_eq!(invoice["created_at"], "2026-03-01T10:00:00Z");
    assert_eq!(invoice["contract_id"], "CN-1");
    assert_eq!(invoice["lines"][0]["item_id"], "P1");
    assert_eq!(
        company
            .sent_with("<docparid>Contract Invoice</docparid>")
            .len(),
        4,
        "each of its lookups and queries"
    );
    let (entries, _, _) = walk(&company, "order_transaction", None, 10);
    assert_eq!(entries.len(), 2);
    let (entries, _, _) = walk(&with_orders(), "order_transaction", None, 10);
    assert_eq!(ids(&entries), ["Sales Order-SO1"]);
}

fn with_orders() -> Company {
    let company = Company::with(json!({"order_definition": "Sales Order"}));
    company.add(
        "SODOCUMENT",
        &[("DOCID", "Sales Order-SO1"), ("DOCPARID", "Sales Order")],
    );
    company.add("SODOCUMENT", &[("DOCID", "X-1"), ("DOCPARID", "X")]);
    company
}

#[test]
fn a_payment_that_touches_only_the_receivable_is_a_change_of_the_invoice() {
    let company = with_invoice();
    let (_, next, _) = walk(&company, "contract_invoice", None, 10);
    let (entries, _, _) = walk(&company, "contract_invoice", next, 1);
    assert_eq!(ids(&entries), ["Contract Invoice-INV1"]);
    // A company without receivables still mirrors its documents.
    let company = with_invoice();
    company.refuse(
        "<object>ARINVOICE</object>",
        "",
        "You do not have permission for API query",
    );
    let (_, next, _) = walk(&company, "contract_invoice", None, 10);
    let (entries, _, _) = walk(&company, "contract_invoice", next, 10);
    assert!(entries.is_empty());
    assert!(company
        .log
        .borrow()
        .iter()
        .any(|line| line.contains("payments are not seen")));
}

#[test]
fn filters_are_served_there_and_tested_here() {
    let company = Company::new();
    for at in 0..5 {
        let day = format!("03/0{}/2026", at + 1);
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", &format!("CN-{at}")),
                ("CUSTOMERID", "C1"),
                ("BEGINDATE", &day),
                ("STATE", if at < 2 { "Draft" } else { "In progress" }),
            ],
        );
    }
    for (conditions, expected) in [
        (
            vec![filter::condition(
                "id",
                Comparison::IsIn,
                &[json!("CN-1"), json!("CN-4")],
            )],
            vec!["CN-1", "CN-4"],
        ),
        (vec![filter::condition("id", Comparison::IsIn, &[])], vec![]),
        (
            vec![filter::condition(
                "state",
                Comparison::Eq,
                &[json!("Draft")],
            )],
            vec!["CN-0", "CN-1"],
        ),
        (
            vec![filter::condition(
                "begin_date",
                Comparison::Gt,
                &[json!("2026-03-04")],
            )],
            vec!["CN-4"],
        ),
        (
            vec![
                filter::condition("state", Comparison::NotEq, &[json!("Draft")]),
                filter::condition("begin_date", Comparison::Le, &[json!("2026-03-03")]),
            ],
            vec!["CN-2"],
        ),
        (
            vec![filter::condition("external_id", Comparison::Empty, &[])],
            vec!["CN-0", "CN-1", "CN-2", "CN-3", "CN-4"],
        ),
        (
            vec![filter::condition("end_date", Comparison::NotEmpty, &[])],
            vec![],
        ),
        (
            vec![filter::condition(
                "id",
                Comparison::Contains,
                &[json!("-3")],
            )],
            vec!["CN-3"],
        ),
    ] {
        let (mut found, mut at) = (Vec::new(), None);
        loop {
            let page = Intacct
                .query(&company, "contract", &conditions, at, 2)
                .unwrap();
            found.extend(page.entries);
            at = page.next;
            if !page.more {
                assert!(page.complete);
                break;
            }
        }
        assert_eq!(ids(&found), expected, "{conditions:?}");
    }
}

#[test]
fn fields_that_a_company_lacks_are_not_asked_for() {
    let company = Company::new()
        .without("ITEM", "GLGROUP")
        .without("ITEM", "UPC");
    let read = Intacct.read(&company, "item", &["P1".to_owned()]).unwrap();
    let item = body(read[0].as_ref().unwrap());
    assert!(
        item.get("gl_group").is_none(),
        "what was not read is absent"
    );
    assert!(item.get("name").is_some());
    // One is taken away while its being there is remembered.
    let company = company.without("ITEM", "NOTE");
    assert!(Intacct.read(&company, "item", &["P1".to_owned()]).unwrap()[0].is_some());
}

#[test]
fn a_session_is_kept_and_used_at_its_own_address() {
    let company = Company::new();
    for _ in 0..3 {
        Intacct.read(&company, "item", &["P1".to_owned()]).unwrap();
    }
    assert_eq!(company.sent_with("<getAPISession/>").len(), 1);
    let urls = company.urls.borrow();
    assert_eq!(urls[0], "https://api.intacct.com/ia/xml/xmlgw.phtml");
    assert!(urls[1..]
        .iter()
        .all(|url| url == "https://na12.intacct.com/ia/xml/xmlgw.phtml"));
}

#[test]
fn a_session_is_renewed_when_it_is_old_or_another_users() {
    let company = Company::new();
    Intacct.read(&company, "item", &["P1".to_owned()]).unwrap();
    later(&company, 31);
    Intacct.read(&company, "item", &["P1".to_owned()]).unwrap();
    assert_eq!(company.sent_with("<getAPISession/>").len(), 2);
    let other = Company::with(json!({"user_id": "other"}));
    *other.memory.borrow_mut() = company.memory.borrow().clone();
    Intacct.read(&other, "item", &["P1".to_owned()]).unwrap();
    assert_eq!(other.sent_with("<getAPISession/>").len(), 1);
}

#[test]
fn a_session_that_ends_in_the_middle_is_renewed_once() {
    let company = Company::new();
    company.accident(1, Accident::SessionOver);
    assert!(Intacct.read(&company, "item", &["P1".to_owned()]).is_ok());
    assert_eq!(company.sent_with("<getAPISession/>").len(), 2);
    let company = Company::new();
    for at in 0..20 {
        if at != 0 && at != 2 {
            company.accident(at, Accident::SessionOver);
        }
    }
    let fault = Intacct
        .read(&company, "item", &["P1".to_owned()])
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Unavailable, "intacct-session-lost")
    );
}

#[test]
fn an_invoice_of_several_contracts_names_them_all() {
    for (lines, contract_id, contract_ids) in [
        (
            vec!["CN-2", "CN-3", "CN-2"],
            Value::Null,
            json!(["CN-2", "CN-3"]),
        ),
        (vec!["CN-2"], json!("CN-2"), json!(["CN-2"])),
        (vec![], Value::Null, json!([])),
    ] {
        let company = Company::new();
        company
            .fields
            .borrow_mut()
            .insert("ARINVOICEITEM".to_owned(), Vec::new());
        company.add(
            "SODOCUMENT",
            &[
                ("DOCID", "Contract Invoice-1"),
                ("DOCPARID", "Contract Invoice"),
                ("PRRECORDKEY", "77"),
            ],
        );
        for line in lines {
            company.add(
                "ARINVOICEITEM",
                &[("RECORDKEY", "77"), ("CONTRACTID", line)],
            );
        }
        company.add(
            "ARINVOICEITEM",
            &[("RECORDKEY", "78"), ("CONTRACTID", "CN-9")],
        );
        let (entries, _, _) = walk(&company, "contract_invoice", None, 10);
        let invoice = body(&entries[0]);
        assert_eq!(
            (&invoice["contract_id"], &invoice["contract_ids"]),
            (&contract_id, &contract_ids)
        );
    }
    // Where contracts are no dimension, what the header says is all.
    let company = with_invoice();
    company.add(
        "SODOCUMENT",
        &[
            ("DOCID", "Contract Invoice-2"),
            ("DOCPARID", "Contract Invoice"),
            ("PRRECORDKEY", "77"),
        ],
    );
    company.refuse(
        "<object>ARINVOICEITEM</object>",
        "Invalid fields list CONTRACTID",
        "",
    );
    let (entries, _, _) = walk(&company, "contract_invoice", None, 10);
    assert_eq!(body(&entries[0])["contract_ids"], json!(["CN-1"]));
    assert!(body(&entries[1]).get("contract_ids").is_none());
}
