//! Contracts that are asked for in other ways than by a button alone: numbers that were copied, opportunities that come,
//! go and change, contracts that go once, by themselves, or that Salesforce has locked.

use liaison_tests::desks::{Desks, TENANT};
use liaison_tests::{control, count};
use serde_json::{Value, json};

const ERROR: &str = "ia_crm__Intacct_Sync_Errors__c";
const NUMBER: &str = "ia_crm__IntacctID__c";
const OPPORTUNITY: &str = "ia_crm__Opportunity__c";
const STATUS: &str = "ia_crm__Intacct_Sync_Status__c";

/// The options of contracts in the tenant file.
const OPTIONS: &str = "options = { since = \"2026-01-01\", term";

/// The tenant with more options of contracts.
fn with(more: &str) -> String {
    TENANT.replace(
        OPTIONS,
        &format!("options = {{ {more}, since = \"2026-01-01\", term"),
    )
}

/// That the contract stands aside, and says why.
#[track_caller]
fn is_refused(desks: &Desks, id: &str, words: &str) {
    let shown = desks.contract(id);
    assert_eq!(shown[STATUS], "Error", "{shown:#}");
    let told = shown[ERROR].to_string();
    assert!(told.contains(words), "`{words}` is not in {told}");
}

#[test]
fn of_several_opportunities_the_won_one_of_the_right_type_gives_the_lines() {
    let desks = Desks::new();
    let id = desks.signs("Several", &json!({}));
    let names = |opportunity: &str, also: Value| {
        let mut set = also;
        set["ia_crm__Contract__c"] = json!(id);
        desks.sets(opportunity, set);
    };
    names(
        &desks.wins("An order"),
        json!({"RecordTypeId": "@rt-orders"}),
    );
    names(
        &desks.wins("Another offer"),
        json!({"StageName": "Prospecting"}),
    );
    let won = desks.wins("Won");
    names(&won, json!({}));
    desks.adds(
        "OpportunityLineItem",
        json!({"OpportunityId": won, "PricebookEntryId": "@p26-heberg", "Quantity": 7, "UnitPrice": 80}),
    );
    desks.presses(&id);
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 3);
}

#[test]
fn a_typed_number_makes_no_customer() {
    let desks = Desks::new();
    desks.lab.run_flow("contracts", 0);
    let record = json!({"CUSTOMERID": "C-NEW", "NAME": "Nouvelle inc.", "DISPLAYCONTACT": {"PRINTAS": "Nouvelle"}});
    control(
        &desks.intacct,
        &json!({"do": "create", "object": "CUSTOMER", "record": record}),
    );
    for number in ["CN-NEW-1", "CN-NEW-2"] {
        let record = json!({"CONTRACTID": number, "CUSTOMERID": "C-NEW", "NAME": "By hand", "STATE": "Draft",
            "BEGINDATE": "03/01/2026", "ENDDATE": "02/28/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
        control(
            &desks.intacct,
            &json!({"do": "create", "object": "CONTRACT", "record": record}),
        );
    }
    let (customers, contracts) = (desks.books("CUSTOMER").len(), desks.books("CONTRACT").len());
    let signs = |account: &str, number: &str| {
        let account = desks.adds("Account", json!({"Name": account}));
        desks.signs(
            account.as_str(),
            &json!({"AccountId": account, NUMBER: number}),
        )
    };
    let same = signs("Nouvelle inc.", "CN-NEW-1");
    let another = signs("Autre nom inc.", "CN-NEW-2");
    desks.lab.run_flow("contracts", 4);
    assert_eq!(desks.contract(&same)[STATUS], "Synced");
    is_refused(
        &desks,
        &another,
        "is no customer yet: write C-NEW into its Intacct id",
    );
    assert_eq!(desks.books("CUSTOMER").len(), customers);
    assert_eq!(desks.books("CONTRACT").len(), contracts);
}

#[test]
fn a_copy_that_took_the_number_along_is_told_whose_it_is() {
    // Where the field is unique Salesforce makes no such copy.
    let desks = Desks::with(&with("id_field = \"Number__c\""));
    desks.sells(json!({"do": "add_field", "entity": "Contract", "field":
        {"name": "Number__c", "type": "string", "length": 40, "label": "Number"}}));
    let first = desks.signs("First", &json!({}));
    desks.lab.run_flow("contracts", 0);
    let number = desks.contract(&first)["Number__c"].clone();
    assert!(number.is_string(), "{number}");
    let copy = desks.signs("Copy", &json!({"Number__c": number, STATUS: "Synced"}));
    desks.lab.run_flow("contracts", 4);
    let named = desks.contract(&first)["ContractNumber"].clone();
    let named = named.as_str().expect("Salesforce numbers it");
    is_refused(
        &desks,
        &copy,
        &format!("belongs to contract {named} of Salesforce"),
    );
    desks.sets(&copy, json!({"Number__c": null}));
    desks.lab.run_flow("contracts", 0);
    let own = desks.contract(&copy)["Number__c"].clone();
    assert!(own.is_string() && own != number, "{own} of {number}");
}

#[test]
fn lines_stay_when_their_opportunity_goes_and_that_is_told() {
    let desks = Desks::new();
    let signs = |name: &str| {
        let opportunity = desks.wins(name);
        let id = desks.signs(name, &json!({OPPORTUNITY: opportunity}));
        (id, opportunity)
    };
    let (detached, retyped, kept) = (signs("Detached"), signs("Retyped"), signs("Kept"));
    desks.lab.run_flow("contracts", 0);
    desks.sets(
        &detached.0,
        json!({OPPORTUNITY: null, "Name": "Detached now"}),
    );
    desks.sets(&retyped.1, json!({"RecordTypeId": "@rt-orders"}));
    desks.sets(&retyped.0, json!({"Name": "Retyped now"}));
    let all = [&detached.0, &retyped.0, &kept.0];
    let press = || all.iter().for_each(|id| desks.presses(id));
    press();
    desks.lab.run_flow("contracts", 4);
    is_refused(
        &desks,
        &detached.0,
        "has lines in Intacct, where they are not taken away, and no opportunity any more",
    );
    is_refused(
        &desks,
        &retyped.0,
        "is now of type Sales_Orders, which gives none",
    );
    // Without lines the headers go on, and what stands there stays.
    desks.lets_in("demo", &with("header_only = true"));
    desks.sets(&kept.0, json!({"Name": "Kept now"}));
    press();
    desks.lab.run_flow("contracts", 0);
    for (id, name) in all.iter().zip(["Detached now", "Retyped now", "Kept now"]) {
        desks.is_posted(id, 2);
        assert_eq!(desks.booked(id).0["NAME"], name);
    }
}

#[test]
fn a_contract_that_goes_once_says_when_it_was_not_sent_again() {
    let desks = Desks::with(&with("sync_once = \"all\""));
    let id = desks.signs("Once", &json!({}));
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 0);
    desks.sets(&id, json!({"Name": "Once more"}));
    for _ in 0..2 {
        desks.presses(&id);
        desks.lab.run_flow("contracts", 0);
        let shown = desks.contract(&id);
        assert_eq!(shown[STATUS], "Not sent again");
        assert_eq!(shown["ia_crm__Sync_with_Intacct__c"], json!(false));
        assert_eq!(desks.booked(&id).0["NAME"], "Once");
    }
}

#[test]
fn a_contract_renewed_in_intacct_stays_linked() {
    let desks = Desks::new();
    let opportunity = desks.wins("Renewed");
    let id = desks.signs("Renewed", &json!({OPPORTUNITY: opportunity}));
    desks.lab.run_flow("contracts", 0);
    let number = desks.contract(&id)[NUMBER].clone();
    control(&desks.intacct, &json!({"do": "renew", "id": number}));
    let contracts = desks.books("CONTRACT").len();
    desks.presses(&id);
    desks.lab.run_flow("contracts", 0);
    let shown = desks.contract(&id);
    assert_eq!(shown[NUMBER], number);
    assert_eq!(shown[STATUS], "Synced");
    let number = number.as_str().expect("a number");
    let linked = desks.lab.liaison(&format!("link show contracts {number}"));
    linked.exits(0).says(shown["Id"].as_str().expect("an id"));
    // What Intacct no longer lets us change is told in its words.
    desks.sets(&id, json!({"Name": "Renewed and renamed"}));
    desks.presses(&id);
    desks.lab.run_flow("contracts", 4);
    is_refused(&desks, &id, "in the state Renewed cannot be changed");
    assert_eq!(desks.books("CONTRACT").len(), contracts);
}

#[test]
fn a_contract_that_salesforce_has_locked_is_a_finding_in_words() {
    let desks = Desks::new();
    desks.lab.run_flow("contracts", 0);
    let locked = |value: bool| {
        let set = json!({"do": "set", "switch": "activated_locked", "value": value});
        control(&desks.salesforce, &set);
    };
    let id = desks.signs("Locked", &json!({}));
    locked(true);
    desks.lab.run_flow("contracts", 4);
    // It went, once; only Salesforce does not know.
    assert_eq!(desks.booked(&id).0["STATE"], "In progress");
    let words =
        "if an activated contract is read-only in the org, the permissions of an administrator";
    desks.lab.liaison("quarantine list").exits(0).says(words);
    locked(false);
    let contracts = desks.books("CONTRACT").len();
    desks.lab.liaison("quarantine retry contracts").exits(0);
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 0);
    assert_eq!(desks.books("CONTRACT").len(), contracts);
}

#[test]
fn by_option_activated_contracts_go_by_themselves() {
    let desks = Desks::with(&with("trigger = \"activated\""));
    desks.lab.run_flow("contracts", 0);
    let unasked = json!({"ia_crm__Sync_with_Intacct__c": false});
    let mut deal = unasked.clone();
    deal[OPPORTUNITY] = json!(desks.wins("By itself"));
    let id = desks.signs("By itself", &deal);
    let draft = desks.adds(
        "Contract",
        json!({"AccountId": "@roberval", "Name": "Not yet", "StartDate": "2026-05-01", "ContractTerm": 12}),
    );
    let run = desks.lab.run_flow("contracts", 0);
    assert_eq!(count(&run, "contracts", "created"), 1, "{run:#}");
    desks.is_posted(&id, 2);
    desks.sells(json!({"do": "activate", "id": draft}));
    desks.sets(&id, json!({"Name": "Edited"}));
    let run = desks.lab.run_flow("contracts", 0);
    assert_eq!(count(&run, "contracts", "created"), 1, "{run:#}");
    desks.is_posted(&draft, 0);
    assert_eq!(desks.booked(&id).0["NAME"], "Edited");
    // Products that are edited go when the contract is edited, or named.
    desks.adds(
        "OpportunityLineItem",
        json!({"OpportunityId": deal[OPPORTUNITY], "PricebookEntryId": "@p26-heberg", "Quantity": 1, "UnitPrice": 10}),
    );
    let named = desks.contract(&id)["Id"].clone();
    let named = named.as_str().expect("an id");
    let run = desks
        .lab
        .liaison(&format!("run contracts --record {named}"));
    run.exits(0);
    desks.is_posted(&id, 3);
    desks.lab.run_flow("contracts", 0);
    desks.writes();
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.writes(), Vec::<String>::new());
}
