//! Orders that are taken over, stock that follows, what is deleted and voided.

use super::lab::Lab;
use crate::quickbooks_desktop::edit::ClosedLink;

fn invoice(inner: &str) -> String {
    format!(
        "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Perron inc.:Hall 4</FullName></CustomerRef>{inner}</InvoiceAdd></InvoiceAddRq>"
    )
}

fn bill(kind: &str, inner: &str) -> String {
    format!(
        "<{kind}AddRq><{kind}Add><VendorRef><FullName>Aciers Nordiques</FullName></VendorRef>{inner}</{kind}Add></{kind}AddRq>"
    )
}

#[test]
fn a_whole_order_is_invoiced() {
    let mut lab = Lab::new();
    assert_eq!(lab.stock("Parts:Bracket"), "95 50 20");
    let order_id = lab.id("SalesOrder", "1001");
    let made = lab.made(&invoice(&format!("<LinkToTxnID>{order_id}</LinkToTxnID>")));
    assert_eq!(
        made.child("LinkedTxn"),
        None,
        "an Add's answer shows no link"
    );
    assert_eq!(made.all("InvoiceLineRet").count(), 2);
    // The tax code is the job's own: none, so nothing is taxed.
    assert_eq!(
        (made.get("Subtotal"), made.get("BalanceRemaining")),
        (Some("700.00"), Some("700.00"))
    );
    let invoice_id = made.get("TxnID").unwrap().to_owned();
    let order = lab.txn("SalesOrder", &order_id);
    assert_eq!(order.get("IsFullyInvoiced"), Some("true"));
    let invoiced: Vec<_> = order
        .all("SalesOrderLineRet")
        .map(|line| line.get("Invoiced").unwrap())
        .collect();
    assert_eq!(invoiced, ["20", "2"]);
    let link = order.child("LinkedTxn").unwrap();
    assert_eq!(
        (link.get("TxnID"), link.get("TxnType")),
        (Some(invoice_id.as_str()), Some("Invoice"))
    );
    let here = lab.txn("Invoice", &invoice_id);
    assert_eq!(
        here.child("LinkedTxn").unwrap().get("TxnID"),
        Some(order_id.as_str())
    );
    assert_eq!(
        here.child("InvoiceLineRet")
            .unwrap()
            .child("DataExtRet")
            .unwrap()
            .get("DataExtValue"),
        Some("H-12")
    );
    assert_eq!(lab.stock("Parts:Bracket"), "75 50 0");
    // An order that others took lines from stays.
    let del = |kind: &str, id: &str| {
        format!("<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{id}</TxnID></TxnDelRq>")
    };
    assert_eq!(lab.status(&del("SalesOrder", &order_id)), "3160");
    // Without the invoice all is as before.
    assert_eq!(lab.status(&del("Invoice", &invoice_id)), "0");
    let order = lab.txn("SalesOrder", &order_id);
    assert_eq!(
        (order.get("IsFullyInvoiced"), order.child("LinkedTxn")),
        (Some("false"), None)
    );
    assert_eq!(lab.stock("Parts:Bracket"), "95 50 20");
    assert_eq!(lab.status(&del("SalesOrder", &order_id)), "0");
    let gone = lab.ask("<TxnDeletedQueryRq><TxnDelType>SalesOrder</TxnDelType><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>");
    let gone: Vec<_> = gone
        .children
        .iter()
        .map(|gone| gone.get("TxnID").unwrap())
        .collect();
    assert_eq!(gone, [invoice_id.as_str(), order_id.as_str()]);
}

#[test]
fn a_line_is_invoiced_in_part() {
    let mut lab = Lab::new();
    let order_id = lab.id("SalesOrder", "1001");
    let order = lab.txn("SalesOrder", &order_id);
    let line_id = order
        .child("SalesOrderLineRet")
        .unwrap()
        .get("TxnLineID")
        .unwrap()
        .to_owned();
    let link =
        format!("<LinkToTxn><TxnID>{order_id}</TxnID><TxnLineID>{line_id}</TxnLineID></LinkToTxn>");
    let part = format!("<InvoiceLineAdd><Quantity>8</Quantity>{link}</InvoiceLineAdd>");
    let made = lab.made(&invoice(&part));
    let line = made.child("InvoiceLineRet").unwrap();
    assert_eq!(
        (line.get("Quantity"), line.get("Rate"), line.get("Amount")),
        (Some("8"), Some("10.00"), Some("80.00"))
    );
    let order = lab.txn("SalesOrder", &order_id);
    let first = order.child("SalesOrderLineRet").unwrap();
    assert_eq!(
        (first.get("Invoiced"), order.get("IsFullyInvoiced")),
        (Some("8"), Some("false"))
    );
    let item = "<ItemRef><FullName>Beam</FullName></ItemRef>";
    assert_eq!(
        lab.status(&invoice(
            &part.replace("<Quantity>", &format!("{item}<Quantity>"))
        )),
        "3210"
    );
    let both = format!("<LinkToTxnID>{order_id}</LinkToTxnID>{part}");
    assert_eq!(lab.status(&invoice(&both)), "3210");
    // The rest goes with the whole order.
    let made = lab.made(&invoice(&format!("<LinkToTxnID>{order_id}</LinkToTxnID>")));
    let rest: Vec<_> = made
        .all("InvoiceLineRet")
        .map(|line| line.get("Quantity").unwrap())
        .collect();
    assert_eq!(rest, ["12", "2"]);
    assert_eq!(lab.txn("SalesOrder", &order_id).all("LinkedTxn").count(), 2);
}

#[test]
fn what_cannot_be_linked() {
    let mut lab = Lab::new();
    let closed = lab.id("SalesOrder", "1002");
    let closed = invoice(&format!("<LinkToTxnID>{closed}</LinkToTxnID>"))
        .replace("Perron inc.:Hall 4", "Simard &amp; fils");
    let warned = lab.ask(&closed);
    assert_eq!(
        (warned.attribute("statusCode"), warned.children.len()),
        (Some("570"), 1)
    );
    assert_eq!(warned.attribute("statusSeverity"), Some("Warn"));
    lab.books.switches.closed_link = ClosedLink::Fails;
    let before = lab.books.company().counts();
    assert_eq!(lab.status(&closed), "3210");
    assert_eq!(lab.books.company().counts(), before);
    let link = |id: &str| invoice(&format!("<LinkToTxnID>{id}</LinkToTxnID>"));
    let (estimate, other) = (lab.id("Estimate", "E-1"), lab.id("SalesOrder", "1002"));
    assert_eq!(lab.status(&link(&estimate)), "3210");
    assert_eq!(lab.status(&link(&other)), "3210", "somebody else's order");
    assert_eq!(lab.status(&link("FFFFFF-1")), "3120");
    assert_eq!(lab.status(&link("an-id")), "3000");
}

#[test]
fn a_purchase_order_is_received_and_billed() {
    let mut lab = Lab::new();
    let order_id = lab.id("PurchaseOrder", "501");
    let order = lab.txn("PurchaseOrder", &order_id);
    let line = order.child("PurchaseOrderLineRet").unwrap();
    assert_eq!(
        (line.get("Rate"), line.get("Amount")),
        (Some("180.00"), Some("1800.00"))
    );
    let line_id = line.get("TxnLineID").unwrap();
    assert_eq!(lab.stock("Beam"), "8 10 2");
    let part = format!(
        "<ItemLineAdd><Quantity>4</Quantity><LinkToTxn><TxnID>{order_id}</TxnID><TxnLineID>{line_id}</TxnLineID></LinkToTxn></ItemLineAdd>"
    );
    let receipt = lab.made(&bill("ItemReceipt", &part));
    assert_eq!(
        receipt.child("ItemLineRet").unwrap().get("Cost"),
        Some("180.00")
    );
    assert_eq!(lab.stock("Beam"), "12 6 2");
    let order = lab.txn("PurchaseOrder", &order_id);
    let line = order.child("PurchaseOrderLineRet").unwrap();
    assert_eq!(
        (line.get("ReceivedQuantity"), line.get("UnbilledQuantity")),
        (Some("4"), Some("10"))
    );
    let made = lab.made(&bill(
        "Bill",
        &format!("<LinkToTxnID>{order_id}</LinkToTxnID>"),
    ));
    assert_eq!(made.get("AmountDue"), Some("1292.50"));
    assert_eq!(lab.stock("Beam"), "18 0 2");
    let order = lab.txn("PurchaseOrder", &order_id);
    assert_eq!(
        (order.get("IsFullyReceived"), order.all("LinkedTxn").count()),
        (Some("true"), 2)
    );
}

#[test]
fn a_voided_invoice_stays_with_nothing_in_it() {
    let mut lab = Lab::new();
    let id = lab.id("Invoice", "9001");
    assert_eq!(
        lab.status(&format!(
            "<TxnVoidRq><TxnVoidType>Invoice</TxnVoidType><TxnID>{id}</TxnID></TxnVoidRq>"
        )),
        "0"
    );
    let invoice = lab.txn("Invoice", &id);
    assert_eq!(
        (
            invoice.get("Subtotal"),
            invoice.get("Memo"),
            invoice.get("IsPaid")
        ),
        (Some("0.00"), Some("VOID:"), Some("true"))
    );
    assert_eq!(lab.stock("Parts:Bracket"), "100 50 20");
}

#[test]
fn taxes_and_balances() {
    let mut lab = Lab::new();
    let id = lab.id("Invoice", "9001");
    let invoice = lab.txn("Invoice", &id);
    // 3 h of welding without tax, 5 brackets with 5 %.
    assert_eq!(
        (
            invoice.get("Subtotal"),
            invoice.get("SalesTaxTotal"),
            invoice.get("DueDate")
        ),
        (Some("305.00"), Some("2.50"), Some("2026-04-04"))
    );
    let perron = "<CustomerQueryRq><FullName>Perron inc.</FullName></CustomerQueryRq>";
    assert_eq!(lab.made(perron).get("Balance"), Some("307.50"));
    let order = lab.id("SalesOrder", "1001");
    lab.made(&self::invoice(&format!(
        "<LinkToTxnID>{order}</LinkToTxnID>"
    )));
    let perron = lab.made(perron);
    assert_eq!(
        (perron.get("Balance"), perron.get("TotalBalance")),
        (Some("307.50"), Some("1007.50"))
    );
}

#[test]
fn an_adjustment_sets_or_moves_stock_and_leaves_the_items_time_alone() {
    let mut lab = Lab::new();
    let adjust = |item: &str, inner: &str| {
        format!(
            "<InventoryAdjustmentAddRq><InventoryAdjustmentAdd><AccountRef><FullName>Inventory Adjustments</FullName></AccountRef><InventoryAdjustmentLineAdd><ItemRef><FullName>{item}</FullName></ItemRef><QuantityAdjustment>{inner}</QuantityAdjustment></InventoryAdjustmentLineAdd></InventoryAdjustmentAdd></InventoryAdjustmentAddRq>"
        )
    };
    let query = "<ItemInventoryQueryRq><FullName>Beam</FullName></ItemInventoryQueryRq>";
    let before = lab.made(query).get("TimeModified").unwrap().to_owned();
    let made = lab.made(&adjust("Beam", "<NewQuantity>3</NewQuantity>"));
    let line = made.child("InventoryAdjustmentLineRet").unwrap();
    assert_eq!(
        (line.get("QuantityDifference"), line.get("ValueDifference")),
        (Some("-5"), Some("-900.00"))
    );
    lab.made(&adjust(
        "Beam",
        "<QuantityDifference>1.5</QuantityDifference>",
    ));
    assert_eq!(lab.stock("Beam"), "4.5 10 2");
    assert_eq!(lab.made(query).get("TimeModified"), Some(before.as_str()));
    assert_eq!(
        lab.status(&adjust("Paint", "<NewQuantity>3</NewQuantity>")),
        "3140"
    );
}

#[test]
fn a_list_element_in_use_cannot_be_deleted() {
    let mut lab = Lab::new();
    let mut del = |kind: &'static str, key: &str| {
        let id = lab.id(kind, key);
        lab.status(&format!(
            "<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{id}</ListID></ListDelRq>"
        ))
    };
    assert_eq!(del("Customer", "Perron inc."), "3160");
    assert_eq!(del("ItemInventory", "Parts"), "3160");
    assert_eq!(del("Customer", "Old Client"), "0");
    let gone =
        lab.made("<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>");
    assert_eq!(gone.get("FullName"), Some("Old Client"));
    lab.made("<CustomerAddRq><CustomerAdd><Name>Old Client</Name></CustomerAdd></CustomerAddRq>");
}

#[test]
fn a_line_with_an_amount_alone_is_taken_over_whole() {
    let mut lab = Lab::new();
    let order = lab.made("<SalesOrderAddRq><SalesOrderAdd><CustomerRef><FullName>Perron inc.:Hall 4</FullName></CustomerRef><SalesOrderLineAdd><ItemRef><FullName>Welding</FullName></ItemRef><Amount>99.00</Amount></SalesOrderLineAdd></SalesOrderAdd></SalesOrderAddRq>");
    let id = order.get("TxnID").unwrap();
    let made = lab.made(&invoice(&format!("<LinkToTxnID>{id}</LinkToTxnID>")));
    assert_eq!(made.get("Subtotal"), Some("99.00"));
    assert_eq!(
        lab.txn("SalesOrder", id).get("IsFullyInvoiced"),
        Some("true")
    );
    assert_eq!(
        lab.status(&invoice(&format!("<LinkToTxnID>{id}</LinkToTxnID>"))),
        "570"
    );
}

#[test]
fn a_changed_invoice_takes_less_or_gives_a_line_back() {
    let mut lab = Lab::new();
    let order = lab.id("SalesOrder", "1001");
    let made = lab.made(&invoice(&format!("<LinkToTxnID>{order}</LinkToTxnID>")));
    let id = made.get("TxnID").unwrap();
    let line = made
        .child("InvoiceLineRet")
        .unwrap()
        .get("TxnLineID")
        .unwrap();
    let sequence = made.get("EditSequence").unwrap();
    lab.made(&format!("<InvoiceModRq><InvoiceMod><TxnID>{id}</TxnID><EditSequence>{sequence}</EditSequence><InvoiceLineMod><TxnLineID>{line}</TxnLineID><Quantity>15</Quantity></InvoiceLineMod></InvoiceMod></InvoiceModRq>"));
    let order = lab.txn("SalesOrder", &order);
    let invoiced: Vec<_> = order
        .all("SalesOrderLineRet")
        .map(|line| line.get("Invoiced").unwrap())
        .collect();
    assert_eq!(
        (invoiced, order.all("LinkedTxn").count()),
        (vec!["15", "0"], 1)
    );
    assert_eq!(lab.stock("Parts:Bracket"), "80 50 5");
}
