//! Contracts by the hundred: bad ones stop no good one, whichever of the two systems finds fault with them, and what
//! was settled is not written again.

use liaison_tests::desks::Desks;
use liaison_tests::{control, count};
use serde_json::{Value, json};

/// As many as Salesforce takes in one composite call.
const BATCH: usize = 200;
/// One in so many has an opportunity, whose products become lines.
const WITH_LINES: usize = 10;

struct Batch {
    desks: Desks,
    contracts: Vec<String>,
}

impl Batch {
    /// Contracts that were signed and asked for, after what the seed asks for.
    fn signed(count: usize) -> Self {
        let desks = Desks::new();
        desks.lab.run_flow("contracts", 0);
        let sign = |number: usize| {
            let name = format!("Batch {number:03}");
            let opportunity = match number % WITH_LINES {
                0 => json!({"ia_crm__Opportunity__c": desks.wins(&name)}),
                _ => json!({}),
            };
            desks.signs(&name, &opportunity)
        };
        let contracts = (0..count).map(sign).collect();
        Self { desks, contracts }
    }

    /// That each stands in Intacct once, posted, and that Salesforce says so.
    fn are_posted(&self, contracts: &[String]) {
        let booked = self.desks.books("CONTRACT");
        let lines = self.desks.books("CONTRACTDETAIL");
        for id in contracts {
            let shown = self.desks.contract(id);
            let own: Vec<&Value> = (booked.iter())
                .filter(|contract| contract["LIAISON_ID"] == shown["Id"])
                .collect();
            assert_eq!(own.len(), 1, "{}: {own:#?}", shown["Name"]);
            assert_eq!(own[0]["STATE"], "In progress", "{}", shown["Name"]);
            assert_eq!(shown["ia_crm__IntacctID__c"], own[0]["CONTRACTID"]);
            assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Synced");
            let lines = (lines.iter())
                .filter(|line| line["CONTRACTID"] == own[0]["CONTRACTID"])
                .count();
            let wanted = match shown["ia_crm__Opportunity__c"] {
                Value::Null => 0,
                _ => 2,
            };
            assert_eq!(lines, wanted, "{}", shown["Name"]);
        }
    }

    /// What the quarantine says of each contract that stands aside, by id.
    fn quarantine(&self) -> Vec<Value> {
        let listed = self.desks.lab.liaison("--json quarantine list").exits(0);
        let listed = listed.json()["answer"].clone();
        let of_contracts = |parked: &&Value| parked["flow"] == json!("contracts");
        let listed = listed.as_array().into_iter().flatten();
        listed.filter(of_contracts).cloned().collect()
    }

    fn calls(&self, route: &str) -> u64 {
        let routes = self.desks.salesforce.requests()["by_route"].clone();
        routes[route].as_u64().unwrap_or_default()
    }
}

#[test]
fn a_batch_of_two_hundred_with_three_bad_ones_settles_the_others() {
    let mut batch = Batch::signed(BATCH - 3);
    let desks = &batch.desks;
    // Its account names a customer that Intacct does not have.
    let account = desks.adds(
        "Account",
        json!({"Name": "Sans client inc.", "ia_crm__IntacctID__c": "CUST-NOPE"}),
    );
    let no_customer = desks.signs("Bad customer", &json!({"AccountId": account}));
    // One of its products has no code.
    let opportunity = desks.wins("Bad product");
    let product = desks.adds("Product2", json!({"Name": "Sans code", "IsActive": true}));
    for book in ["@standard-book", "@book-2026"] {
        desks.adds(
            "PricebookEntry",
            json!({"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 10, "IsActive": true}),
        );
    }
    let entries = control(
        &desks.salesforce,
        &json!({"do": "rows", "entity": "PricebookEntry"}),
    );
    let price = (entries.as_array().into_iter().flatten())
        .rfind(|entry| entry["Product2Id"] == json!(product))
        .expect("the entry of the book");
    desks.adds(
        "OpportunityLineItem",
        json!({"OpportunityId": opportunity, "PricebookEntryId": price["Id"], "Quantity": 1, "UnitPrice": 10}),
    );
    let no_code = desks.signs(
        "Bad product",
        &json!({"ia_crm__Opportunity__c": opportunity}),
    );
    // Intacct refuses a line that begins after it ends.
    let opportunity = desks.adds(
        "Opportunity",
        json!({"AccountId": "@roberval", "Name": "Bad day", "StageName": "Closed Won", "CloseDate": "2026-04-20",
            "Pricebook2Id": "@book-2026", "RecordTypeId": "@rt-contract"}),
    );
    desks.adds(
        "OpportunityLineItem",
        json!({"OpportunityId": opportunity, "PricebookEntryId": "@p26-heberg", "Quantity": 1, "UnitPrice": 80,
            "ServiceDate": "2031-01-01"}),
    );
    let bad_day = desks.signs("Bad day", &json!({"ia_crm__Opportunity__c": opportunity}));

    let run = desks.lab.run_flow("contracts", 4);
    assert_eq!(count(&run, "contracts", "created"), 197, "{run:#}");
    assert_eq!(count(&run, "contracts", "quarantined"), 3, "{run:#}");
    batch.are_posted(&batch.contracts);
    let aside = batch.quarantine();
    assert_eq!(aside.len(), 3, "{aside:#?}");
    for (id, words) in [
        (&no_customer, "Intacct has no customer “CUST-NOPE”"),
        (&no_code, "“Sans code” has no item id"),
        (&bad_day, "ENDDATE must not be before BEGINDATE"),
    ] {
        let shown = desks.contract(id);
        assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Error", "{words}");
        let told = shown["ia_crm__Intacct_Sync_Errors__c"].to_string();
        assert!(told.contains(words), "{told}");
        let parked = aside.iter().find(|parked| parked["id"] == shown["Id"]);
        let parked = parked.unwrap_or_else(|| panic!("{words}: not in {aside:#?}"));
        let told = parked.to_string();
        assert!(told.contains(words), "{told}");
        let in_books = desks.books("CONTRACT");
        let there = (in_books.iter()).filter(|contract| contract["LIAISON_ID"] == shown["Id"]);
        assert_eq!(there.count(), 0, "a draft was left of {words}");
    }

    // Whatever is written to a contract shows it once more, with the refusal's own words.
    desks.lab.run_flow("contracts", 4);
    desks.writes();
    let run = desks.lab.run_flow("contracts", 4);
    assert_eq!(count(&run, "contracts", "created"), 0, "{run:#}");
    assert_eq!(desks.writes(), Vec::<String>::new());

    // Mended, each is tried by itself, and is made once.
    desks.sets(&account, json!({"ia_crm__IntacctID__c": null}));
    desks.sets(&no_customer, json!({"Name": "Good customer"}));
    desks.sets(&product, json!({"ProductCode": "SANS-CODE"}));
    desks.sets(&no_code, json!({"ia_crm__Opportunity__c": null}));
    desks.sets(&bad_day, json!({"ia_crm__Opportunity__c": null}));
    desks.lab.run_flow("contracts", 0);
    batch.contracts.extend([no_customer, no_code, bad_day]);
    batch.are_posted(&batch.contracts);
    assert_eq!(batch.quarantine(), Vec::<Value>::new());
}

#[test]
fn one_write_back_that_salesforce_refuses_holds_back_no_other_of_its_call() {
    let mut batch = Batch::signed(BATCH);
    let refused = batch.contracts.remove(57);
    let desks = &batch.desks;
    desks.sets(&refused, json!({"Name": "Closed"}));
    desks.sells(json!({"do": "add_rule", "rule": {"object": "Contract", "name": "closed",
        "when": "Name = 'Closed' AND ia_crm__IntacctID__c != null", "message": "This contract is closed"}}));
    desks.writes();
    desks.lab.run_flow("contracts", 4);
    let calls = batch.calls("PATCH composite/sobjects");
    batch.are_posted(&batch.contracts);
    let aside = batch.quarantine();
    assert_eq!(aside.len(), 1, "{aside:#?}");
    assert!(
        aside[0].to_string().contains("This contract is closed"),
        "{aside:#?}"
    );
    // All of them in one call, and what is left over by itself: not each by itself because of one.
    assert!(calls < 10, "{calls} calls to write back");
    // It was made, once, and only Salesforce does not know: that alone is tried again, when a person says so.
    let (booked, _) = desks.booked(&refused);
    assert_eq!(booked["STATE"], "In progress");
    assert_eq!(
        desks.contract(&refused)["ia_crm__IntacctID__c"],
        Value::Null
    );
    let booked = desks.books("CONTRACT").len();
    desks.sells(json!({"do": "remove_rule", "name": "closed"}));
    desks.lab.liaison("quarantine retry contracts").exits(0);
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.books("CONTRACT").len(), booked);
    batch.contracts.push(refused);
    batch.are_posted(&batch.contracts);
    assert_eq!(batch.quarantine(), Vec::<Value>::new());
    batch.desks.writes();
    batch.desks.lab.run_flow("contracts", 0);
    assert_eq!(batch.desks.writes(), Vec::<String>::new());
}
