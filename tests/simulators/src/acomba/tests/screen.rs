//! People at Acomba's screen: what they may do, what they may not, and what the bridge shows afterwards.

use serde_json::{Value, json};

use super::Lab;
use crate::simulator::Simulator;

fn document(lab: &mut Lab, card_pos: &Value) -> Value {
    lab.get(&format!("/v1/acme/Transaction/{card_pos}")).1
}

/// Does one action after another and gives what the last one was told.
fn refused(before: &[Value], action: &Value) -> String {
    let mut lab = Lab::new();
    before.iter().for_each(|action| drop(lab.control(action)));
    let mut action = action.clone();
    action["company"] = json!("acme");
    let state = lab.acomba.state();
    let told = lab.acomba.control(&action, lab.now).unwrap_err();
    assert_eq!(
        lab.acomba.state(),
        state,
        "a refused action changes nothing"
    );
    told
}

#[test]
#[rustfmt::skip] // One case a line.
fn what_the_screen_refuses() {
    let held = |interface: &str, at: i32| vec![json!({ "do": "reserve", "interface": interface, "card_pos": at, "by": "luc" })];
    let edit = |at: i32, set: Value| json!({ "do": "edit", "interface": "Transaction", "card_pos": at, "set": set });
    let convert = |at: i32, to: &str| json!({ "do": "convert_document", "card_pos": at, "to": to });
    let new = |change: Value| {
        let mut document = json!({ "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 2, "Lines": [{ "ILProductNumber": "WD22", "ILOrderedQty": 1 }] });
        document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({ "do": "create_document", "document": document })
    };
    for (before, action, told) in [
        (held("Customer", 2), json!({ "do": "edit", "card_pos": 2, "set": { "CuCity": "X" } }), "Customer 2 is reserved by `luc`"),
        (held("Customer", 2), json!({ "do": "renumber", "card_pos": 2, "number": "X" }), "Customer 2 is reserved by `luc`"),
        (held("Transaction", 2), edit(2, json!({ "InDescription": "X" })), "Transaction 2 is reserved by `luc`"),
        (held("Transaction", 2), convert(2, "ITp_Order"), "Transaction 2 is reserved by `luc`"),
        (vec![], json!({ "do": "edit", "card_pos": 99, "set": { "CuCity": "X" } }), "Customer has no card 99"),
        (vec![], json!({ "do": "edit", "card_pos": 2, "set": { "CuColour": "X" } }), "not a property"),
        (vec![], json!({ "do": "edit", "card_pos": 2, "set": { "CuSalespersonNumber": 77 } }), "Salesperson `77` does not exist"),
        (vec![], json!({ "do": "renumber", "card_pos": 2, "number": "MUN-ROB" }), "belongs to card 3"),
        (vec![], json!({ "do": "create", "card": { "CuNumber": "MUN-ROB" } }), "missing or taken"),
        (vec![], edit(5, json!({ "InDescription": "X" })), "of kind ITp_Invoice, which cannot be changed"),
        (vec![], edit(10, json!({ "InDescription": "X" })), "of kind ITp_Credit, which cannot be changed"),
        (vec![], json!({ "do": "renumber", "interface": "Transaction", "card_pos": 5, "number": "1" }), "cannot be changed"),
        (vec![], edit(2, json!({ "InInvoiceType": "ITp_Order" })), "by `convert_document`"),
        (vec![], edit(2, json!({ "InInvoiceNumber": "" })), "keeps its number"),
        (vec![], edit(2, json!({ "InSalespersonNumber": 77 })), "Salesperson 77 does not exist"),
        (vec![], edit(2, json!({ "Lines": [{ "ILDescription": "sans groupe", "ILSellingPrice": 1 }] })), "needs a product group"),
        (vec![], edit(18, json!({ "InDescription": "X" })), "document 18 does not exist any more"),
        (vec![], edit(99, json!({ "InDescription": "X" })), "Transaction has no card 99"),
        (vec![], convert(99, "ITp_Order"), "Transaction has no card 99"),
        (vec![], convert(2, "Facture"), "must be an invoicing type"),
        (vec![], convert(2, "ITp_Credit"), "ITp_Quotation does not become ITp_Credit"),
        (vec![], convert(3, "ITp_Quotation"), "ITp_Order does not become ITp_Quotation"),
        (vec![], convert(5, "ITp_Order"), "ITp_Invoice does not become ITp_Order"),
        (vec![], convert(17, "ITp_Order"), "is not active"),
        (vec![convert(2, "ITp_Order")], convert(2, "ITp_Invoice"), "is not active"),
        (vec![json!({ "do": "set_active", "card_pos": 6, "active": false })], convert(2, "ITp_Invoice"), "customer 6 is not active"),
        (vec![], new(json!({ "InCustomerSupplierCP": 9 })), "customer 9 is not active"),
        (vec![], new(json!({ "InCustomerSupplierCP": 99 })), "customer 99 does not exist"),
        (vec![json!({ "do": "automatic_billing", "on": false })], new(json!({ "InInvoiceType": "ITp_Contract" })), "automatic-billing module"),
    ] {
        let got = refused(&before, &action);
        assert!(got.contains(told), "{action}: {got}");
    }
}

#[test]
fn whoever_holds_a_card_may_change_it() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "reserve", "card_pos": 2, "by": "luc" }));
    lab.control(
        &json!({ "do": "edit", "card_pos": 2, "by": "luc", "set": { "CuCity": "Dolbeau" } }),
    );
    let (_, card) = lab.get("/v1/acme/Customer/2");
    assert_eq!(
        (&card["CuCity"], &card["ModifiedBy"]),
        (&json!("Dolbeau"), &json!("luc"))
    );
}

#[test]
fn a_person_makes_a_customer_and_a_document_of_every_kind() {
    let mut lab = Lab::new();
    let card = json!({ "CuNumber": "SCIERIE", "CuName": "Scierie Dubuc inc.", "CuTermNumber": 2, "CuTaxGroupNumber": "TPSTVQ", "CuSalespersonNumber": 10, "CuTerritoryNumber": 3 });
    let customer = lab.control(&json!({ "do": "create", "card": card }))["CardPos"].clone();
    assert_eq!(
        lab.get(&format!("/v1/acme/Customer/{customer}")).1["CuActive"],
        1
    );
    for (kind, number) in [
        ("ITp_Quotation", "3014"),
        ("ITp_Order", "5006"),
        ("ITp_OpenOrder", "702"),
        ("ITp_Invoice", "10082"),
        ("ITp_Credit", "902"),
        ("ITp_Contract", "41"),
    ] {
        let document = json!({ "InInvoiceType": kind, "InCustomerSupplierCP": customer, "InDiscount": 10, "Lines": [
            { "ILProductNumber": "WD22", "ILOrderedQty": 2 }, { "ILType": "IL_Freight", "ILTotalAmount": 20 },
        ] });
        let made = lab.control(&json!({ "do": "create_document", "document": document }));
        assert_eq!(
            (&made["InInvoiceType"], &made["InInvoiceNumber"]),
            (&json!(kind), &json!(number))
        );
        let card = self::document(&mut lab, &made["CardPos"]);
        assert_eq!(
            (&card["InSalespersonNumber"], &card["InTermDescription"]),
            (&json!(10), &json!("Net 30 jours"))
        );
        assert_eq!(
            [&card["InInvoiceSubTotal"], &card["InInvoiceTotal"]].map(Value::to_string),
            ["469.98", "540.36"],
            "{kind}: 449.98 and 20.00, then TPS 23.50 and TVQ 46.88"
        );
    }
}

#[test]
fn a_revised_quote_is_worked_out_again_and_stays_the_same_card() {
    let lines = json!([{ "ILProductNumber": "WD22", "ILOrderedQty": 2 }]);
    for (set, description, sub_total, lines_left) in [
        (
            json!({ "InDescription": "Serveur, rév. 2" }),
            "Serveur, rév. 2",
            "3649.0",
            5,
        ),
        (
            json!({ "Lines": lines }),
            "Remplacement du serveur",
            "499.98",
            3,
        ),
        (
            json!({ "InDiscount": 10 }),
            "Remplacement du serveur",
            "3284.1",
            5,
        ),
        (
            json!({ "InDiscount": 50, "Lines": lines, "InDescription": "Moitié prix" }),
            "Moitié prix",
            "249.99",
            3,
        ),
        (
            json!({ "InCustomerSupplierCP": 8 }),
            "Remplacement du serveur",
            "3649.0",
            3,
        ),
    ] {
        let mut lab = Lab::new();
        let before = document(&mut lab, &json!(2));
        lab.control(
            &json!({ "do": "edit", "interface": "Transaction", "card_pos": 2, "set": set }),
        );
        let after = document(&mut lab, &json!(2));
        assert_eq!(
            (
                after["InDescription"].as_str().unwrap(),
                after["InInvoiceSubTotal"].to_string().as_str(),
                after["TANumLines"].as_i64().unwrap()
            ),
            (description, sub_total, lines_left),
            "{set}"
        );
        for kept in [
            "CardPos",
            "UniqueID",
            "InInvoiceNumber",
            "InDate",
            "InTransactionActive",
        ] {
            assert_eq!(after[kept], before[kept], "{set}: {kept}");
        }
        assert_ne!(after["Hash"], before["Hash"]);
        assert_ne!(after["ModifiedAt"], before["ModifiedAt"]);
        if after["InCustomerSupplierCP"] == 8 {
            assert_eq!(
                (
                    &after["InTaxGroupNumber"],
                    &after["InTerritoryNumber"],
                    &after["InSalespersonNumber"]
                ),
                (&json!("EXO"), &json!(5), &json!(7)),
                "another customer brings his own"
            );
        }
    }
}

#[test]
fn an_edit_keeps_what_it_does_not_name() {
    let mut lab = Lab::new();
    let before = document(&mut lab, &json!(13));
    lab.control(&json!({ "do": "edit", "interface": "Transaction", "card_pos": 13, "set": { "InReference": "FG-2026-019" } }));
    let mut after = document(&mut lab, &json!(13));
    assert_eq!(after["InReference"], "FG-2026-019");
    for changed in ["InReference", "Hash", "ModifiedAt", "ModifiedBy"] {
        after[changed] = before[changed].clone();
    }
    assert_eq!(after, before);
}

#[test]
fn a_quote_becomes_an_order_and_the_order_an_invoice() {
    let mut lab = Lab::new();
    let mut at = json!(11);
    lab.control(&json!({ "do": "edit", "interface": "Transaction", "card_pos": 11, "set": { "InReference": "CDM-77" } }));
    let quote = document(&mut lab, &at);
    for (to, number, qty) in [
        ("ITp_Order", "5006", "0.0"),
        ("ITp_Invoice", "10082", "8.0"),
    ] {
        lab.later(60);
        let made = lab.control(&json!({ "do": "convert_document", "card_pos": at, "to": to }));
        assert_eq!(
            (&made["InInvoiceType"], &made["InInvoiceNumber"]),
            (&json!(to), &json!(number))
        );
        let (old, new) = (
            document(&mut lab, &at),
            document(&mut lab, &made["CardPos"]),
        );
        assert_eq!(
            (&old["InTransactionActive"], &new["InTransactionActive"]),
            (&json!(0), &json!(1))
        );
        assert_eq!(old["ModifiedAt"], new["ModifiedAt"]);
        for same in [
            "InReference",
            "InDescription",
            "InCustomerSupplierCP",
            "InDiscount",
            "InInvoiceTotal",
            "TANumLines",
        ] {
            assert_eq!(new[same], quote[same], "{to}: {same}");
        }
        assert_ne!(new["UniqueID"], old["UniqueID"]);
        assert_eq!(new["Lines"][0]["ILInvoicedQty"].to_string(), qty, "{to}");
        at = made["CardPos"].clone();
    }
    let target = "/v1/acme/Transaction?InReference=CDM-77";
    assert_eq!(lab.get(target).1["items"].as_array().unwrap().len(), 3);
    assert_eq!(
        lab.patch(&format!("/v1/acme/Transaction/{at}"), "", &json!({}))
            .0,
        405
    );
}

#[test]
fn a_conversion_may_keep_the_card_and_a_contract_stays() {
    let mut lab = Lab::new();
    let kept = lab.control(&json!({ "do": "convert_document", "card_pos": 2, "to": "ITp_Order", "keep_card_pos": true }));
    let card = document(&mut lab, &json!(2));
    assert_eq!(
        (
            &kept["CardPos"],
            &card["InInvoiceType"],
            &card["InInvoiceNumber"],
            &card["InTransactionActive"]
        ),
        (&json!(2), &json!("ITp_Order"), &json!("5006"), &json!(1))
    );
    for number in ["10082", "10083"] {
        let made =
            lab.control(&json!({ "do": "convert_document", "card_pos": 15, "to": "ITp_Invoice" }));
        assert_eq!(made["InInvoiceNumber"], number);
        assert_eq!(document(&mut lab, &json!(15))["InTransactionActive"], 1);
    }
}

#[test]
fn a_renumbered_reference_shows_on_the_cards_that_refer_to_it() {
    for (interface, at, number, property, customer) in [
        ("Salesperson", 2, 70, "CuSalespersonNumber", 2),
        ("Territory", 2, 30, "CuTerritoryNumber", 2),
        ("CustomerTerm", 2, 10, "CuTermNumber", 2),
    ] {
        let mut lab = Lab::new();
        let target = format!("/v1/acme/Customer/{customer}");
        let (_, before) = lab.get(&target);
        lab.control(
            &json!({ "do": "renumber", "interface": interface, "card_pos": at, "number": number }),
        );
        let (_, after) = lab.get(&target);
        assert_eq!(after[property], number, "{interface}");
        assert_ne!(after["Hash"], before["Hash"]);
        assert_eq!(
            after["ModifiedAt"], before["ModifiedAt"],
            "nothing was written into it"
        );
        let (status, answer) = lab.post("/v1/acme/Transaction", "k", &super::invoice());
        assert_eq!(status, 201, "{interface}: {answer}");
    }
}

#[test]
fn a_contract_needs_its_module_on_the_bridge_too() {
    let mut contract = super::invoice();
    contract["InInvoiceType"] = json!("ITp_Contract");
    let mut lab = Lab::new();
    assert_eq!(lab.post("/v1/acme/Transaction", "a", &contract).0, 201);
    lab.control(&json!({ "do": "automatic_billing", "on": false }));
    let (status, error) = lab.post("/v1/acme/Transaction", "b", &contract);
    assert_eq!(
        (status, &error["error"]["code"], &error["error"]["field"]),
        (501, &json!("not_supported"), &json!("InInvoiceType"))
    );
}
