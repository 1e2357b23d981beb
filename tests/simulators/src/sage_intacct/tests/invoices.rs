//! Contract invoices: run, document, receivable; and the identity that an edit breaks.

use serde_json::json;

use super::Lab;

const DOCID: &str = "Contract Invoice-INV0031";

fn preview(changes: &[(&str, &str)]) -> String {
    let base = [
        ("DOCPARID", "Contract Invoice"),
        ("INVOICEDATE", "03/01/2026"),
        ("GLPOSTDATE", "03/01/2026"),
        ("ASOFDATE", "03/01/2026"),
        ("INCLUDECONTRACTS", "true"),
    ];
    super::record("GENINVOICEPREVIEW", &super::but(&base, changes))
}

fn made(lab: &mut Lab, record: &str) -> String {
    let data = lab.data(&format!("<create>{record}</create>"));
    data.children[0].get("RECORDNO").unwrap().to_owned()
}

fn run(lab: &mut Lab, preview: &str, mode: &str) -> String {
    let record = super::record(
        "GENINVOICERUN",
        &[("PREVIEWKEY", preview), ("EXECUTIONMODE", mode)],
    );
    made(lab, &record)
}

fn equal(field: &str, value: &str) -> String {
    format!("<filter><equalto><field>{field}</field><value>{value}</value></equalto></filter>")
}

#[test]
fn a_run_makes_documents_and_receivables() {
    let mut lab = Lab::new();
    let key = made(&mut lab, &preview(&[]));
    let lines = lab.column(
        "GENINVOICEPREVIEWLINE",
        "CONTRACTID",
        &equal("PREVIEWKEY", &key),
    );
    assert_eq!(
        lines,
        ["CN-00025", "CN-00027"],
        "what is due by then and open"
    );
    let run = run(&mut lab, &key, "Online");
    let number: i64 = run.parse().unwrap();
    assert_eq!(lab.field("GENINVOICERUN", number, "STATE"), "Success");
    let of = equal("INVOICERUNKEY", &run);
    assert_eq!(
        lab.column("SODOCUMENT", "DOCID", &of),
        ["Contract Invoice-INV0033", "Contract Invoice-INV0034"]
    );
    assert_eq!(
        lab.column("SODOCUMENT", "CNCONTRACTID", &of),
        ["CN-00025", "CN-00027"]
    );
    for (name, value) in [
        ("DOCPARID", "Contract Invoice"),
        ("CUSTVENDID", "CUST-01001"),
        ("CUSTOMER.NAME", "Informatique Boréale inc."),
        ("CONTRACT.NAME", "Boréale Pro 2026"),
        ("TERM.NAME", "Net 30"),
        ("WHENCREATED", "03/01/2026"),
        ("WHENDUE", "03/31/2026"),
        ("TOTAL", "980"),
        ("TRX_TOTALDUE", "980"),
        ("PAYMENTSTATUS", "Open"),
        ("CONTRACTID", ""),
        ("INVOICERUNKEY", &run),
        ("ARINVOICE.TOTALDUE", "980"),
        ("ARINVOICE.MODULEKEY", "8.SO"),
        ("ARINVOICE.RECORDID", "INV0033"),
    ] {
        assert_eq!(
            lab.field_of("SODOCUMENT", "Contract Invoice-INV0033", name),
            value,
            "{name}"
        );
    }
    let key = lab
        .key_of("SODOCUMENT", "Contract Invoice-INV0033")
        .to_string();
    assert_eq!(
        lab.column("SODOCUMENTENTRY", "ITEMID", &equal("DOCHDRNO", &key)),
        ["SUB-PRO"]
    );
    assert_eq!(
        lab.column(
            "SODOCUMENTENTRY",
            "SERVICEPERIODSTARTDATE",
            &equal("DOCHDRNO", &key)
        ),
        ["03/01/2026"]
    );
    let items = equal("BILLABLECONTRACTSCHENTRYKEY", "3");
    assert_eq!(
        lab.column("ARINVOICEITEM", "CONTRACTID", &items),
        ["CN-00025"]
    );
    assert_eq!(
        lab.field("CONTRACTBILLINGSCHEDULEENTRY", 3, "STATE"),
        "Posted"
    );
}

#[test]
fn nothing_is_invoiced_twice() {
    let mut lab = Lab::new();
    let first = made(&mut lab, &preview(&[]));
    let second = made(&mut lab, &preview(&[]));
    run(&mut lab, &first, "Online");
    let again = run(&mut lab, &second, "Online").parse().unwrap();
    assert_eq!(lab.field("GENINVOICERUN", again, "STATE"), "Failed");
    assert_eq!(lab.field("GENINVOICERUN", again, "INVOICECOUNT"), "0");
}

#[test]
fn a_preview_without_contracts_is_empty_and_filters_narrow_it() {
    let mut lab = Lab::new();
    for (changes, count) in [
        (vec![("INCLUDECONTRACTS", "-")], 0),
        (vec![("CONTRACTID", "CN-00025")], 1),
        (vec![("CUSTOMERID", "CUST-01003")], 1),
        (vec![("ASOFDATE", "05/01/2026")], 6),
    ] {
        let key = made(&mut lab, &preview(&changes));
        let lines = lab.column(
            "GENINVOICEPREVIEWLINE",
            "RECORDNO",
            &equal("PREVIEWKEY", &key),
        );
        assert_eq!(lines.len(), count, "{changes:?}");
    }
    for name in ["DOCPARID", "INVOICEDATE", "GLPOSTDATE", "ASOFDATE"] {
        let said = lab.refused(&format!("<create>{}</create>", preview(&[(name, "-")])));
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn an_unknown_definition_fails_the_run() {
    let mut lab = Lab::new();
    let key = made(&mut lab, &preview(&[("DOCPARID", "Invoice of the moon")]));
    let record = super::record(
        "GENINVOICERUN",
        &[("PREVIEWKEY", &key), ("EXECUTIONMODE", "Online")],
    );
    let said = lab.refused(&format!("<create>{record}</create>"));
    assert!(said.contains("Invalid Transaction Definition"), "{said}");
    let record = super::record("GENINVOICERUN", &[("PREVIEWKEY", "999")]);
    assert!(
        lab.refused(&format!("<create>{record}</create>"))
            .contains("Invalid")
    );
}

#[test]
fn an_online_run_is_small_and_an_offline_one_may_take_its_time() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "bulk", "object": "CONTRACT", "count": 50}));
    let key = made(&mut lab, &preview(&[]));
    let record = super::record(
        "GENINVOICERUN",
        &[("PREVIEWKEY", &key), ("EXECUTIONMODE", "Online")],
    );
    assert!(
        lab.refused(&format!("<create>{record}</create>"))
            .contains("fewer than 50")
    );
    lab.set("offline_runs_at_once", false);
    let run = run(&mut lab, &key, "Offline").parse().unwrap();
    assert_eq!(lab.field("GENINVOICERUN", run, "STATE"), "In Transit");
    lab.control(json!({"do": "finish_runs"}));
    assert_eq!(lab.field("GENINVOICERUN", run, "STATE"), "Success");
    assert_eq!(lab.field("GENINVOICERUN", run, "INVOICECOUNT"), "52");
}

#[test]
fn an_edited_document_gets_another_receivable_and_keeps_its_own_id() {
    let mut lab = Lab::new();
    let before = lab.field_of("SODOCUMENT", DOCID, "PRRECORDKEY");
    let number = lab.field_of("SODOCUMENT", DOCID, "RECORDNO");
    lab.later(60);
    lab.control(json!({"do": "edit_document", "id": DOCID, "set": {"PONUMBER": "PO-1"}}));
    let after = lab.field_of("SODOCUMENT", DOCID, "PRRECORDKEY");
    assert_ne!(before, after);
    assert_eq!(lab.field_of("SODOCUMENT", DOCID, "RECORDNO"), number);
    let gone = lab.data(&format!(
        "<read><object>ARINVOICE</object><keys>{before}</keys></read>"
    ));
    assert_eq!(gone.attribute("count"), Some("0"));
    let key: i64 = after.parse().unwrap();
    for (name, value) in [
        ("RECORDID", "INV0031"),
        ("DESCRIPTION2", DOCID),
        ("DOCNUMBER", "PO-1"),
        ("DOCHDRKEY", number.as_str()),
        ("STATE", "Paid"),
        ("TOTALDUE", "0"),
        ("AUWHENCREATED", "03/02/2026 18:02:00"),
        ("WHENCREATED", "02/01/2026"),
    ] {
        let got = lab.field("ARINVOICE", key, name);
        assert!(
            got == value || got.trim_end_matches(['0', '.']) == value.trim_end_matches(['0', '.']),
            "{name}: {got}"
        );
    }
    let gone = "<filter><and><equalto><field>OBJECTTYPE</field><value>arinvoice</value></equalto>\
        <equalto><field>ACCESSMODE</field><value>D</value></equalto></and></filter>";
    assert_eq!(lab.column("AUDITHISTORY", "OBJECTKEY", gone), [before]);
    lab.update("SODOCUMENT", &[("DOCID", DOCID), ("MESSAGE", "By the API")]);
    assert_ne!(lab.field_of("SODOCUMENT", DOCID, "PRRECORDKEY"), after);
}

#[test]
fn a_payment_shows_on_both_and_stamps_the_receivable() {
    let mut lab = Lab::new();
    let id = "Contract Invoice-INV0032";
    for (name, value) in [
        ("PAYMENTSTATUS", "Partially Paid"),
        ("TOTALPAID", "5000"),
        ("TRX_TOTALDUE", "7000"),
        ("ARINVOICE.STATE", "Partially Paid"),
    ] {
        assert_eq!(lab.field_of("SODOCUMENT", id, name), value, "{name}");
    }
    let document = lab.field_of("SODOCUMENT", id, "WHENMODIFIED");
    let invoice = lab.field_of("SODOCUMENT", id, "ARINVOICE.WHENMODIFIED");
    lab.later(60);
    lab.control(json!({"do": "pay", "id": id, "amount": "7000", "date": "03/02/2026"}));
    assert_eq!(lab.field_of("SODOCUMENT", id, "PAYMENTSTATUS"), "Paid");
    assert_eq!(
        lab.field_of("SODOCUMENT", id, "ARINVOICE.WHENPAID"),
        "03/02/2026"
    );
    assert_eq!(
        lab.field_of("SODOCUMENT", id, "WHENMODIFIED"),
        document,
        "the document is not stamped"
    );
    assert_ne!(
        lab.field_of("SODOCUMENT", id, "ARINVOICE.WHENMODIFIED"),
        invoice
    );
    assert!(
        lab.control_refused(json!({"do": "pay", "id": id, "amount": 1}))
            .contains("more than is due")
    );
}

#[test]
fn a_payment_may_stamp_the_document_too() {
    let mut lab = Lab::with("payment_touches_document", true);
    let id = "Contract Invoice-INV0032";
    let before = lab.field_of("SODOCUMENT", id, "WHENMODIFIED");
    lab.later(60);
    lab.control(json!({"do": "pay", "id": id, "amount": 100}));
    assert_ne!(lab.field_of("SODOCUMENT", id, "WHENMODIFIED"), before);
}

#[test]
fn an_invoice_of_several_contracts_names_none_in_its_header() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "bulk", "object": "CONTRACT", "count": 8, "prefix": "M"}));
    let done = lab.control(
        json!({"do": "invoice", "by": "CUSTOMER", "customer": "CUST-01002", "date": "03/01/2026"}),
    );
    assert_eq!(done["documents"].as_array().unwrap().len(), 1);
    let id = done["documents"][0].as_str().unwrap().to_owned();
    assert_eq!(lab.field_of("SODOCUMENT", &id, "CNCONTRACTID"), "");
    let invoice = lab.field_of("SODOCUMENT", &id, "PRRECORDKEY");
    assert!(
        !lab.column("ARINVOICEITEM", "CONTRACTID", &equal("RECORDKEY", &invoice))
            .is_empty()
    );
}

#[test]
fn custom_fields_of_a_definition_are_seen_with_it_only() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "edit_document", "id": DOCID, "set": {"SFDC_INVOICE_ID": "a0X1"}}));
    let ask = |docparid: &str| {
        format!(
            "<query><object>SODOCUMENT</object>{docparid}<select><field>SFDC_INVOICE_ID</field></select>\
             <filter><isnotnull><field>SFDC_INVOICE_ID</field></isnotnull></filter></query>"
        )
    };
    assert!(lab.refused(&ask("")).starts_with("Invalid fields list"));
    assert!(
        lab.refused(&ask("<docparid>Sales Order</docparid>"))
            .starts_with("Invalid fields list")
    );
    let data = lab.data(&ask("<docparid>Contract Invoice</docparid>"));
    assert_eq!(data.children[0].get("SFDC_INVOICE_ID"), Some("a0X1"));
}

#[test]
fn a_mirrored_receivable_is_changed_in_order_entry_only() {
    let mut lab = Lab::new();
    let key = lab.field_of("SODOCUMENT", DOCID, "PRRECORDKEY");
    let said = lab.update_refused("ARINVOICE", &[("RECORDNO", &key), ("DESCRIPTION", "X")]);
    assert!(said.contains("order entry"), "{said}");
    lab.refused(&format!(
        "<delete><object>ARINVOICE</object><keys>{key}</keys></delete>"
    ));
    lab.refused("<delete><object>SODOCUMENT</object><keys>1</keys></delete>");
    lab.create_refused("SODOCUMENT", &[("DOCPARID", "Contract Invoice")]);
}

#[test]
fn a_hand_made_invoice_has_lines_a_due_day_and_a_number() {
    let mut lab = Lab::new();
    let item = |inner: &str| {
        format!("<ARINVOICEITEMS><ARINVOICEITEM>{inner}</ARINVOICEITEM></ARINVOICEITEMS>")
    };
    let invoice = |head: &str, items: &str| {
        format!(
            "<create><ARINVOICE><CUSTOMERID>CUST-01001</CUSTOMERID><WHENCREATED>03/01/2026</WHENCREATED>{head}{items}</ARINVOICE></create>"
        )
    };
    let good = item("<TRX_AMOUNT>100.50</TRX_AMOUNT><CONTRACTID>CN-00025</CONTRACTID>");
    let data = lab.data(&invoice("", &good));
    let key: i64 = data.children[0].get("RECORDNO").unwrap().parse().unwrap();
    for (name, value) in [
        ("MODULEKEY", "4.AR"),
        ("RECORDID", "AR-0002"),
        ("WHENDUE", "03/31/2026"),
        ("TOTALDUE", "100.50"),
        ("STATE", "Posted"),
        ("DOCHDRKEY", ""),
    ] {
        assert_eq!(lab.field("ARINVOICE", key, name), value, "{name}");
    }
    assert_eq!(
        lab.column(
            "ARINVOICEITEM",
            "CONTRACTNAME",
            &equal("RECORDKEY", &key.to_string())
        ),
        ["Boréale Pro 2026"]
    );
    for (head, items, error) in [
        ("", String::new(), "ARINVOICEITEMS"),
        ("", item("<ITEMID>SETUP</ITEMID>"), "TRX_AMOUNT"),
        (
            "",
            item("<TRX_AMOUNT>1</TRX_AMOUNT><ITEMID>?</ITEMID>"),
            "Invalid Item",
        ),
        (
            "",
            item("<TRX_AMOUNT>1</TRX_AMOUNT><COLOUR>?</COLOUR>"),
            "COLOUR",
        ),
        (
            "<RECORDID>AR-0002</RECORDID>",
            good.clone(),
            "Another Invoice",
        ),
    ] {
        let said = lab.refused(&invoice(head, &items));
        assert!(said.contains(error), "{said}");
    }
    lab.ok(&format!(
        "<delete><object>ARINVOICE</object><keys>{key}</keys></delete>"
    ));
}

#[test]
fn the_records_number_of_a_document_is_a_text_in_metadata() {
    let mut lab = Lab::new();
    let data = lab.data("<lookup><object>SODOCUMENT</object></lookup>");
    let fields = data.children[0].child("Fields").unwrap().clone();
    let field = fields
        .children
        .iter()
        .find(|f| f.get("ID") == Some("RECORDNO"))
        .unwrap();
    assert_eq!(field.get("DATATYPE"), Some("TEXT"));
    assert!(
        lab.field_of("SODOCUMENT", DOCID, "RECORDNO")
            .parse::<i64>()
            .is_ok()
    );
}
