//! Activated Salesforce contracts become Sage Intacct contracts with lines, by the real binary, both connectors and
//! both vendors in miniature.

use liaison_tests::desks::{Desks, TENANT};
use liaison_tests::{control, count};
use serde_json::{Value, json};

/// A function of Intacct that writes, wherever it stands in a request.
const WRITES: &str = "<create>|<update>|<post>|<delete>";

#[test]
fn an_activated_contract_is_posted_once_with_its_lines_and_written_back() {
    let desks = Desks::new();
    desks.lab.liaison("check").exits(0);
    let run = desks.lab.run_flow("contracts", 0);
    assert_eq!(count(&run, "contracts", "created"), 1, "{run:#}");
    desks.is_posted("@ctr-atelier", 3);
    let (booked, lines) = desks.booked("@ctr-atelier");
    assert_eq!(booked["CUSTOMERID"], "C-1001");
    assert_eq!(booked["LOCATIONID"], "QC");
    assert_eq!(
        booked["BILLTOCONTACTNAME"],
        "Julie Tremblay (Atelier Lac-Saint-Jean inc.)"
    );
    let told: Vec<(&str, &str)> = (lines.iter())
        .map(|line| {
            (
                line["ITEMID"].as_str().unwrap_or(""),
                line["FLATAMOUNT"].as_str().unwrap_or(""),
            )
        })
        .collect();
    let expected = [
        ("BOR-SUITE", "1260.00"),
        ("BOR-PROD", "2041.20"),
        ("BOR-HEB", "948.00"),
    ];
    assert_eq!(told, expected);
    let shown = desks.contract("@ctr-atelier");
    assert_eq!(shown["ia_crm__Sync_with_Intacct__c"], json!(false));
    // What nobody asked for stays where it is.
    assert_eq!(
        desks.contract("@ctr-roberval")["ia_crm__IntacctID__c"],
        Value::Null
    );
    desks.writes();
    for flow in ["contracts", "accounts", "contacts", "products"] {
        desks.lab.run_flow(flow, 0);
        if flow == "contracts" {
            assert_eq!(desks.writes(), Vec::<String>::new());
        }
    }
    desks.writes();
    for flow in ["contracts", "accounts", "contacts", "products"] {
        desks.lab.run_flow(flow, 0);
        assert_eq!(desks.writes(), Vec::<String>::new(), "{flow}");
    }
}

#[test]
fn a_header_gets_its_lines_when_an_opportunity_is_there() {
    let desks = Desks::new();
    let id = desks.signs("Header first", &json!({}));
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 0);
    let before = desks.booked(&id).0["CONTRACTID"].clone();
    let opportunity = desks.wins("Later");
    desks.sets(&id, json!({"ia_crm__Opportunity__c": opportunity}));
    desks.presses(&id);
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 2);
    // Another product, and another name: the same contract and the same lines.
    desks.adds(
        "OpportunityLineItem",
        json!({"OpportunityId": opportunity, "PricebookEntryId": "@p26-heberg", "Quantity": 1, "UnitPrice": 10}),
    );
    desks.sets(&id, json!({"Name": "Header and lines"}));
    desks.presses(&id);
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 3);
    let (booked, _) = desks.booked(&id);
    assert_eq!(booked["NAME"], "Header and lines");
    assert_eq!(booked["CONTRACTID"], before);
    desks.writes();
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.writes(), Vec::<String>::new());
}

#[test]
fn a_number_that_a_person_typed_links_or_is_refused_in_words() {
    let desks = Desks::new();
    desks.lab.run_flow("contracts", 0);
    let contracts = desks.books("CONTRACT").len();
    let typed = |number: &str| {
        desks.sets("@ctr-roberval", json!({"ia_crm__IntacctID__c": number}));
        desks.presses("@ctr-roberval");
        desks.lab.liaison("run contracts")
    };
    for (number, words) in [
        ("CN-99999", "Intacct has no contract “CN-99999”"),
        ("CN-00025", "is customer CUST-01001's"),
    ] {
        typed(number).exits(4).says(words);
        let shown = desks.contract("@ctr-roberval");
        assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Error");
        let told = shown["ia_crm__Intacct_Sync_Errors__c"].to_string();
        assert!(told.contains(words), "{told}");
        let tasks = control(&desks.salesforce, &json!({"do": "rows", "entity": "Task"}));
        let told = tasks.as_array().into_iter().flatten();
        let mut told = told.filter(|task| task["WhatId"] == shown["Id"]);
        assert!(
            told.any(|task| task["Description"].to_string().contains(words)),
            "{tasks:#}"
        );
    }
    let by_hand = json!({"CONTRACTID": "CN-HAND", "CUSTOMERID": "C-1002", "NAME": "Made by hand", "STATE": "Draft",
        "BEGINDATE": "03/01/2026", "ENDDATE": "02/28/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
    control(
        &desks.intacct,
        &json!({"do": "create", "object": "CONTRACT", "record": by_hand}),
    );
    typed("CN-HAND").exits(0);
    assert_eq!(desks.books("CONTRACT").len(), contracts + 1);
    let shown = desks.contract("@ctr-roberval");
    assert_eq!(shown["ia_crm__IntacctID__c"], "CN-HAND");
    assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Synced");
    assert_eq!(shown["ia_crm__Intacct_Sync_Errors__c"], Value::Null);
    desks.lab.liaison("link show contracts CN-HAND").exits(0);
}

#[test]
fn bad_contracts_stop_no_good_one() {
    let desks = Desks::new();
    let bad = [
        desks.signs("Nowhere", &json!({"ia_crm__IntacctID__c": "CN-NOPE"})),
        desks.signs("Another's", &json!({"ia_crm__IntacctID__c": "CN-00025"})),
        desks.signs("Endless", &json!({"ContractTerm": null})),
    ];
    let good = ["One", "Two", "Three", "Four"].map(|name| desks.signs(name, &json!({})));
    let run = desks.lab.run_flow("contracts", 4);
    assert_eq!(count(&run, "contracts", "quarantined"), 3, "{run:#}");
    for id in &good {
        desks.is_posted(id, 0);
    }
    for id in &bad {
        assert_eq!(
            desks.contract(id)["ia_crm__Intacct_Sync_Status__c"],
            "Error"
        );
    }
    // Mended, each is tried by itself.
    desks.sets(&bad[0], json!({"ia_crm__IntacctID__c": null}));
    desks.sets(&bad[1], json!({"ia_crm__IntacctID__c": null}));
    desks.sets(&bad[2], json!({"ContractTerm": 6}));
    desks.lab.run_flow("contracts", 0);
    for id in &bad {
        desks.is_posted(id, 0);
    }
}

#[test]
fn contracts_of_both_sides_are_matched_before_the_first_run() {
    let desks = Desks::new();
    let id = desks.signs("Signed long ago", &json!({}));
    let there = json!({"CONTRACTID": "CN-OLD", "CUSTOMERID": "C-1002", "NAME": "Signed long ago", "STATE": "Draft",
        "BEGINDATE": "05/01/2026", "ENDDATE": "04/30/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
    control(
        &desks.intacct,
        &json!({"do": "create", "object": "CONTRACT", "record": there}),
    );
    let before = desks.books("CONTRACT").len();
    let file = desks.lab.home().join("contracts.csv");
    let matched = format!("link match contracts --csv {}", file.display());
    desks.lab.liaison(&matched).exits(0);
    // A name alone is for a person to judge: the line is there, and links nothing yet.
    let csv = std::fs::read_to_string(&file).expect("the file is there");
    let lines = csv.lines().map(|line| match line.split_once(',') {
        Some(("review", rest)) if rest.contains("CN-OLD") => format!("link,{rest}\n"),
        _ => format!("{line}\n"),
    });
    let judged: String = lines.collect();
    assert_ne!(judged, csv, "{csv}");
    std::fs::write(&file, judged).expect("the file can be written");
    desks.lab.liaison(&format!("{matched} --apply")).exits(0);
    desks.lab.liaison("link show contracts CN-OLD").exits(0);
    desks.lab.run_flow("contracts", 0);
    let made = desks.books("CONTRACT").len() - before;
    assert_eq!(made, 1, "the other contract that somebody asked for");
    assert_eq!(desks.contract(&id)["ia_crm__IntacctID__c"], "CN-OLD");
}

#[test]
fn whoever_presses_the_button_is_answered_each_time() {
    let desks = Desks::new();
    let id = desks.signs("Pressed", &json!({}));
    desks.lab.run_flow("contracts", 0);
    let shown = |field: &str| desks.contract(&id)[field].clone();
    let is_done = || {
        desks.is_posted(&id, 0);
        assert_eq!(shown("ia_crm__Sync_with_Intacct__c"), json!(false));
    };
    is_done();
    // What is edited waits for the button.
    desks.sets(&id, json!({"Name": "Pressed again"}));
    desks.writes();
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.writes(), Vec::<String>::new());
    let long_ago = json!({"ia_crm__Synced_with_Intacct_Date__c": "2020-01-01T00:00:00.000+0000"});
    let is_of_today = || {
        let when = shown("ia_crm__Synced_with_Intacct_Date__c").to_string();
        assert!(!when.starts_with("\"2020-"), "{when}");
    };
    desks.sets(&id, long_ago.clone());
    desks.presses(&id);
    desks.lab.run_flow("contracts", 0);
    is_done();
    is_of_today();
    assert_eq!(desks.booked(&id).0["NAME"], "Pressed again");
    // Nothing is to be sent: the contract says that it was looked at.
    desks.sets(&id, long_ago);
    desks.presses(&id);
    desks.writes();
    desks.lab.run_flow("contracts", 0);
    is_done();
    is_of_today();
    assert!(
        desks
            .writes()
            .iter()
            .all(|route| !route.starts_with("POST update"))
    );
    // Another number is typed over ours.
    desks.sets(&id, json!({"ia_crm__IntacctID__c": "CN-00025"}));
    desks.presses(&id);
    let run = desks.lab.liaison("run contracts");
    run.exits(4).says("This contract is linked with contract");
}

#[test]
fn a_refusal_makes_one_task_and_the_button_tries_again() {
    let desks = Desks::new();
    let id = desks.signs("Endless", &json!({"ContractTerm": null}));
    let tasks = || {
        let tasks = control(&desks.salesforce, &json!({"do": "rows", "entity": "Task"}));
        let of = desks.contract(&id)["Id"].clone();
        let told = tasks.as_array().into_iter().flatten();
        told.filter(|task| task["WhatId"] == of).count()
    };
    desks.lab.run_flow("contracts", 4);
    assert_eq!(tasks(), 1);
    desks.writes();
    for _ in 0..2 {
        desks.lab.liaison("run contracts");
        assert_eq!(desks.writes(), Vec::<String>::new());
    }
    assert_eq!(tasks(), 1);
    desks.presses(&id);
    desks.lab.liaison("run contracts");
    assert_eq!(tasks(), 2);
    desks.sets(&id, json!({"ContractTerm": 12}));
    desks.lab.run_flow("contracts", 0);
    desks.is_posted(&id, 0);
    assert_eq!(tasks(), 2);
}

#[test]
fn a_contract_that_is_named_needs_no_button() {
    let desks = Desks::new();
    let id = desks.signs("Named", &json!({"ia_crm__Sync_with_Intacct__c": false}));
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.contract(&id)["ia_crm__IntacctID__c"], Value::Null);
    let named = desks.contract(&id)["Id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let run = desks
        .lab
        .liaison(&format!("run contracts --record {named}"));
    run.exits(0);
    desks.is_posted(&id, 0);
}

#[test]
fn what_is_to_be_mended_is_listed_and_what_is_missing_is_packed() {
    let desks = Desks::new();
    let opportunity = desks.adds(
        "Opportunity",
        json!({"AccountId": "@roberval", "Name": "Without, a type", "StageName": "Prospecting", "CloseDate": "2026-08-01"}),
    );
    let contract = desks.signs("Endless", &json!({"ContractTerm": null}));
    let check = desks.lab.liaison("check").exits(0);
    // The org has Sage's package, whose fields the flows write.
    assert!(!check.out.contains("The flows write them"), "{}", check.out);
    check.says("opportunity-without-record-type");
    let listed = desks
        .lab
        .liaison("check --list opportunity-without-record-type");
    let row = format!("{opportunity},\"Without, a type\"");
    listed
        .exits(0)
        .says("id,Name,AccountId,StageName,RecordTypeId")
        .says(&row);
    let contract = desks.contract(&contract)["Id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let listed = desks.lab.liaison("check --list contract-without-end");
    listed.exits(0).says(&contract);
    desks
        .lab
        .liaison("check --list no-such")
        .exits(2)
        .says("contract-without-end");
    let package = desks.lab.home().join("package");
    let line = format!(
        "connection setup demo salesforce --out {}",
        package.display()
    );
    let setup = desks.lab.liaison(&line);
    setup
        .exits(0)
        .says("sf project deploy start")
        .says("liaison-salesforce.zip");
}

#[test]
fn what_an_option_misspells_is_told_before_any_run() {
    let options = "location = \"QC\"";
    let misspelt = "location = \"QC\", sync_field = \"Sync_wiht_Intacct__c\", draft_field = \"Draft__c\", report_object = \"Taks\"";
    let tenant = TENANT.replace(options, misspelt);
    assert_ne!(tenant, TENANT);
    let check = Desks::with(&tenant).lab.liaison("check").exits(4);
    for told in [
        "Sync_wiht_Intacct__c (contracts.sync_field). The flows write them",
        "Draft__c (contracts.draft_field). The flows read them",
        "the object Taks to the integration user, and options of flows name it or its fields: contracts.report_object, contracts.report_record_field",
    ] {
        assert!(check.out.contains(told), "{told}\n{}", check.out);
    }
}

#[test]
fn mirrors_show_what_intacct_has_and_an_edit_there_is_overwritten() {
    let desks = Desks::new();
    desks.lab.run_flow("contracts", 0);
    desks.lab.run_flow("mirrored_contracts", 0);
    let mirror = |number: &str| {
        let rows = json!({"do": "rows", "entity": "ia_crm__Intacct_Contract__c"});
        let rows = control(&desks.salesforce, &rows);
        let mut rows = rows.as_array().cloned().unwrap_or_default();
        rows.retain(|row| row["ia_crm__IntacctID__c"] == json!(number));
        assert_eq!(rows.len(), 1, "mirrors of {number}: {rows:#?}");
        rows.remove(0)
    };
    let sent = desks.contract("@ctr-atelier");
    let number = sent["ia_crm__IntacctID__c"].as_str().expect("it was sent");
    assert_eq!(mirror(number)["ia_crm__Contract__c"], sent["Id"]);
    assert_eq!(mirror(number)["ia_crm__State__c"], "In progress");
    // One that was there before is the same one.
    let before = mirror("CN-0001");
    assert_eq!(before["Name"], "Roberval 2025");
    desks.sets("@ic-roberval25", json!({"ia_crm__State__c": "Closed"}));
    desks.lab.run_flow("mirrored_contracts", 0);
    assert_eq!(mirror("CN-0001")["ia_crm__State__c"], "In progress");
    let log = desks
        .lab
        .liaison("log --flow mirrored_contracts --limit 20");
    log.exits(0).says("`ia_crm__State__c` was “Closed”");
    control(&desks.intacct, &json!({"do": "cancel", "id": "CN-00026"}));
    desks.lab.run_flow("mirrored_contracts", 0);
    assert_eq!(mirror("CN-00026")["ia_crm__State__c"], "Cancelled");
    // What Intacct deleted is marked, and the pair is at peace.
    let draft = json!({"CONTRACTID": "CN-GONE", "CUSTOMERID": "C-1002", "NAME": "Given up", "STATE": "Draft",
        "BEGINDATE": "05/01/2026", "ENDDATE": "04/30/2027", "TERMNAME": "Net 30", "LOCATIONID": "QC"});
    let create = json!({"do": "create", "object": "CONTRACT", "record": draft});
    control(&desks.intacct, &create);
    desks.lab.run_flow("mirrored_contracts", 0);
    assert_eq!(mirror("CN-GONE")["ia_crm__State__c"], "Draft");
    let delete = json!({"do": "delete", "object": "CONTRACT", "id": "CN-GONE"});
    control(&desks.intacct, &delete);
    for _ in 0..2 {
        desks.lab.run_flow("mirrored_contracts", 0);
        assert_eq!(mirror("CN-GONE")["ia_crm__State__c"], "Deleted");
    }
    // What somebody deletes of the mirror is made again, once.
    let before = mirror("CN-0001");
    control(
        &desks.salesforce,
        &json!({"do": "delete", "id": before["Id"]}),
    );
    for created in [1, 0, 0] {
        let run = desks.lab.run_flow("mirrored_contracts", 0);
        assert_eq!(
            count(&run, "mirrored_contracts", "created"),
            created,
            "{run:#}"
        );
    }
    assert_ne!(mirror("CN-0001")["Id"], before["Id"]);
    assert_eq!(mirror("CN-0001")["ia_crm__State__c"], "In progress");
    let log = desks
        .lab
        .liaison("log --flow mirrored_contracts --limit 20");
    log.exits(0).says("in the mirror");
    desks.writes();
    desks.lab.run_flow("mirrored_contracts", 0);
    assert_eq!(desks.writes(), Vec::<String>::new());
}

#[test]
fn a_run_that_is_killed_anywhere_makes_each_contract_once() {
    let desks = Desks::new();
    desks.lab.run_flow("contracts", 0);
    let places = [
        (&desks.intacct, json!({"body": WRITES}), 4),
        (&desks.salesforce, json!({"path": "sobjects/Contract/8"}), 1),
    ];
    let mut signed = Vec::new();
    for (simulator, place, calls) in &places {
        for skip in 0..*calls {
            for when in ["before", "after"] {
                let name = format!("Killed {}", signed.len());
                let opportunity = desks.wins(&name);
                let id = desks.signs(&name, &json!({"ia_crm__Opportunity__c": opportunity}));
                let mut fault = place.clone();
                fault["skip"] = json!(skip);
                fault["times"] = json!(1);
                fault["action"] = json!({"hang": {"when": when}});
                let reached = desks.lab.kill_during(simulator, fault, "run contracts");
                assert!(reached, "{place} {skip} {when}");
                desks.lab.run_flow("contracts", 0);
                desks.is_posted(&id, 2);
                signed.push(id);
            }
        }
    }
    for id in &signed {
        desks.is_posted(id, 2);
        assert_eq!(
            desks.contract(id)["ia_crm__Sync_with_Intacct__c"],
            json!(false)
        );
    }
    desks.lab.liaison("store verify").exits(0);
    desks.writes();
    desks.lab.run_flow("contracts", 0);
    assert_eq!(desks.writes(), Vec::<String>::new());
}
