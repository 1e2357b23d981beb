//! What a CRM reads: reference tables, customers with all their properties, documents of every kind.

use serde_json::{Value, json};

use super::super::interface::{Access, CUSTOMER};
use super::Lab;

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn reference_tables_are_listed_found_and_never_written() {
    for (interface, number, at, name, count) in [
        ("Salesperson", "SPNumber=9", 4, ("SPName", "Luc Gagnon"), 5),
        (
            "Territory",
            "TENumber=5",
            4,
            ("TEDescription", "Mauricie"),
            4,
        ),
        (
            "ProductGroup",
            "PGNumber=400",
            6,
            ("PGDescription", "Téléphonie IP"),
            5,
        ),
        (
            "CustomerTerm",
            "CTNumber=2",
            3,
            ("CTDescription", "Net 30 jours"),
            3,
        ),
        (
            "TaxGroup",
            "TGNumber=EXO",
            3,
            ("TGDescription", "Exonéré"),
            2,
        ),
    ] {
        let mut lab = Lab::new();
        let base = format!("/v1/acme/{interface}");
        assert_eq!(items(&lab.get(&base).1).len(), count, "{interface}");
        let (status, card) = lab.get(&format!("{base}/key/1?{number}"));
        assert_eq!(
            (status, &card["CardPos"], &card[name.0]),
            (200, &json!(at), &json!(name.1)),
            "{interface}"
        );
        assert_eq!(lab.get(&format!("{base}/{at}")).1, card);
        let property = number.split_once('=').unwrap().0;
        assert_eq!(lab.patch(&format!("{base}/{at}"), "", &json!({})).0, 405);
        assert_eq!(lab.post(&base, "k", &json!({ property: 1 })).0, 405);
        assert_eq!(lab.get(&format!("{base}/changes")).0, 501, "no stamps");
    }
    let mut lab = Lab::new();
    let active = |card: &Value| card["SPActive"].as_i64();
    let (_, page) = lab.get("/v1/acme/Salesperson");
    let flags: Vec<_> = items(&page).iter().filter_map(active).collect();
    assert_eq!(flags, [1, 1, 0, 1, 1], "the inactive one is still listed");
}

/// One new value for every property of a customer that the bridge may write.
fn new_values() -> Vec<(&'static str, Value)> {
    vec![
        ("CuNumber", json!("20260305140105325")),
        ("CuName", json!("Ferme Girard et associés inc.")),
        ("CuSortKey", json!("GIRARD")),
        ("CuAddress", json!("2242 rang Saint-Isidore")),
        ("CuCity", json!("Métabetchouan")),
        ("CuProvince", json!("Québec")),
        ("CuPostalCode", json!("G8G 1A1")),
        ("CuISOCountryCode", json!("FR")),
        ("CuCareOf", json!("Noémie Girard")),
        ("CuWebAddress", json!("https://girard.example")),
        (
            "CuPhoneNumber",
            json!({ "Ph_Number": "418 555-0901", "Ph_Fax": "", "Ph_User1": "418 555-0903", "Ph_User2": "418 555-0904 p. 12" }),
        ),
        (
            "CuPhoneDescription",
            json!({ "Ph_Number": "Bureau", "Ph_Fax": "Télécopieur", "Ph_User1": "Mobile", "Ph_User2": "" }),
        ),
        (
            "CuEMail",
            json!({ "EMail_One": "info@girard.example", "EMail_Two": "", "EMail_Three": "n@girard.example" }),
        ),
        ("CuLanguage", json!(9)),
        ("CuTermNumber", json!(2)),
        ("CuTermCP", json!(2)),
        ("CuReceivable", json!(1)),
        ("CuInvoicedToCP", json!(3)),
        ("CuTaxGroupNumber", json!("EXO")),
        ("CuTaxGroupCP", json!(2)),
        ("CuPriceLevel", json!("PL_6")),
        ("CuSalespersonNumber", json!(9)),
        ("CuTerritoryNumber", json!(6)),
        ("CuDiscount", json!(7.25)),
        ("CuOrderAllowed", json!(0)),
        ("CuBoAllowed", json!(0)),
        ("CuStatement", json!("ST_None")),
        ("CuInterest", json!(1200)),
        ("CuProjectNumber", json!("P-2027-01")),
        ("CuActive", json!(0)),
    ]
}

#[test]
fn every_property_of_a_customer_is_read_and_written() {
    const FERME: &str = "/v1/acme/Customer/5";
    let settable = CUSTOMER
        .fields
        .iter()
        .filter(|field| field.access == Access::Set);
    assert!(
        settable
            .map(|field| field.name)
            .eq(new_values().iter().map(|(name, _)| *name)),
        "one value for each"
    );
    let mut lab = Lab::new();
    for (name, value) in new_values() {
        lab.later(1);
        let (_, before) = lab.get(FERME);
        assert_ne!(before[name], value, "{name}: a change changes something");
        let hash = before["Hash"].as_str().unwrap();
        let (status, answer) = lab.patch(FERME, hash, &json!({ name: value }));
        assert_eq!(
            (status, &answer["CardPos"]),
            (200, &json!(5)),
            "{name}: {answer}"
        );
        let (_, after) = lab.get(FERME);
        assert_eq!(after[name], value, "{name}");
        assert!(
            before["ModifiedAt"].as_str() < after["ModifiedAt"].as_str(),
            "{name} moves the stamp"
        );
        assert_eq!(after["ModifiedBy"], "supervisor");
        assert_eq!(after["UniqueID"], before["UniqueID"]);
    }
}

#[test]
fn a_new_number_shows_as_a_change_of_the_same_card() {
    type Renumber = fn(&mut Lab) -> Value;
    let by_bridge: Renumber = |lab| {
        lab.patch("/v1/acme/Customer/6", "", &json!({ "CuNumber": "NEUF" }))
            .1
    };
    let by_person: Renumber =
        |lab| lab.control(&json!({ "do": "renumber", "card_pos": 6, "number": "NEUF" }));
    for (renumber, who) in [(by_bridge, "supervisor"), (by_person, "marie")] {
        let mut lab = Lab::new();
        let (_, before) = lab.get("/v1/acme/Customer/6");
        renumber(&mut lab);
        let since = before["ModifiedAt"].as_str().unwrap();
        let target = format!("/v1/acme/Customer/changes?modified_at={since}&card_pos=9999");
        let (_, page) = lab.get(&target);
        let [card] = items(&page) else {
            panic!("one change: {page}")
        };
        assert_eq!(
            (
                &card["CardPos"],
                &card["CuNumber"],
                &card["UniqueID"],
                &card["ModifiedBy"]
            ),
            (&json!(6), &json!("NEUF"), &before["UniqueID"], &json!(who))
        );
    }
}

#[test]
fn documents_of_every_kind_are_listed_by_type_and_by_number() {
    for (kind, numbers) in [
        ("ITp_Quotation", vec!["3011", "3012", "3013", "3008"]),
        ("ITp_Order", vec!["5004", "5005"]),
        ("ITp_OpenOrder", vec!["700", "701"]),
        (
            "ITp_Invoice",
            vec!["10077", "10078", "10079", "10080", "10081"],
        ),
        ("ITp_Credit", vec!["900", "901"]),
        ("ITp_Contract", vec!["40"]),
    ] {
        let mut lab = Lab::new();
        let (_, page) = lab.get(&format!("/v1/acme/Transaction?InInvoiceType={kind}"));
        let found: Vec<_> = items(&page)
            .iter()
            .map(|card| card["InInvoiceNumber"].as_str().unwrap())
            .collect();
        assert_eq!(found, numbers, "{kind}");
        for number in numbers {
            for target in [
                format!("/v1/acme/Transaction?InInvoiceNumber={number}"),
                format!("/v1/acme/Transaction?InInvoiceType={kind}&InInvoiceNumber={number}"),
            ] {
                let (_, page) = lab.get(&target);
                assert_eq!(items(&page).len(), 1, "{target}");
                let card = &items(&page)[0];
                assert!(!card["Lines"].as_array().unwrap().is_empty(), "{target}");
                let key = format!(
                    "/v1/acme/Transaction/key/1?InInvoiceType={kind}&InInvoiceNumber={number}"
                );
                assert_eq!(lab.get(&key).1, *card);
                let by_position = format!("/v1/acme/Transaction/{}", card["CardPos"]);
                assert_eq!(lab.get(&by_position).1, *card);
            }
        }
    }
}

#[test]
fn a_number_used_by_two_kinds_lists_both() {
    let mut lab = Lab::new();
    let document = json!({ "InInvoiceType": "ITp_Order", "InInvoiceNumber": "3011", "InCustomerSupplierCP": 2, "Lines": [{ "ILProductNumber": "WD22", "ILOrderedQty": 1 }] });
    lab.control(&json!({ "do": "create_document", "document": document }));
    let (_, page) = lab.get("/v1/acme/Transaction?InInvoiceNumber=3011");
    assert_eq!(items(&page).len(), 2);
}

#[test]
fn freight_discount_and_taxes_stand_where_the_reference_puts_them() {
    // Position, discount, goods, freight, total before taxes, TPS, TVQ, total.
    for (at, discount, goods, freight, before_taxes, tps, tvq, total) in [
        (3, 0.0, 2383.5, 45.0, 2428.5, 121.43, 242.24, 2792.17),
        (6, 2.5, 641.55, 22.5, 664.05, 33.20, 66.24, 763.49),
        (11, 10.0, 2249.93, 35.0, 2284.93, 114.25, 227.92, 2627.10),
        (14, 0.0, 6140.0, 125.0, 6265.0, 0.0, 0.0, 6265.0),
        (16, 2.5, -320.78, -22.5, -343.28, -17.16, -34.24, -394.68),
    ] {
        let mut lab = Lab::new();
        let (_, card) = lab.get(&format!("/v1/acme/Transaction/{at}"));
        let cents = |value: &Value| {
            let text = value.to_string();
            (text.parse::<f64>().unwrap() * 100.0).round() as i64
        };
        let sum = |kind: &str, number: &str| -> i64 {
            let lines = card["Lines"].as_array().unwrap().iter();
            lines
                .filter(|line| line["ILType"] == kind)
                .filter(|line| number.is_empty() || line["ILProductNumber"] == number)
                .map(|line| cents(&line["ILTotalAmount"]))
                .sum()
        };
        let got = [
            cents(&card["InDiscount"]),
            sum("IL_Invoice", ""),
            sum("IL_Freight", ""),
            cents(&card["InInvoiceSubTotal"]),
            sum("IL_Tax", "TPS"),
            sum("IL_Tax", "TVQ"),
            cents(&card["InInvoiceTotal"]),
        ];
        let wanted = [discount, goods, freight, before_taxes, tps, tvq, total]
            .map(|amount: f64| (amount * 100.0).round() as i64);
        assert_eq!(got, wanted, "document {at}: {card}");
    }
}

#[test]
fn changed_documents_come_in_pairs_of_stamp_and_position() {
    let mut lab = Lab::new();
    let (_, page) = lab.get("/v1/acme/Transaction/changes");
    let mut cursor = page["next_cursor"].clone();
    assert_eq!(
        (items(&page).len(), &cursor["card_pos"]),
        (16, &json!(17)),
        "the deleted one is left out"
    );
    let converted =
        lab.control(&json!({ "do": "convert_document", "card_pos": 11, "to": "ITp_Order" }));
    lab.later(1);
    lab.control(&json!({ "do": "edit", "interface": "Transaction", "card_pos": 3, "set": { "InDescription": "Révisée" } }));
    let mut seen = Vec::new();
    loop {
        let (at, card_pos) = (cursor["modified_at"].as_str().unwrap(), &cursor["card_pos"]);
        let target =
            format!("/v1/acme/Transaction/changes?modified_at={at}&card_pos={card_pos}&limit=1");
        let (_, page) = lab.get(&target);
        seen.extend(items(&page).iter().map(|card| card["CardPos"].clone()));
        cursor = page["next_cursor"].clone();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, [json!(11), converted["CardPos"].clone(), json!(3)]);
}
