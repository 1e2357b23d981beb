//! Activated Salesforce contracts become Sage Intacct contracts with lines, by the real binary, both connectors and
//! both vendors in miniature.

use liaison_simulators::shell::Running;
use liaison_tests::{Lab, control, count, repository, simulator};
use serde_json::{Value, json};

const TENANT: &str = include_str!("../../contracts.toml");
/// A function of Intacct that writes, wherever it stands in a request.
const WRITES: &str = "<create>|<update>|<post>|<delete>";

/// The desk of the sales team, that of the accountants, and the installation between them.
struct Desks {
    lab: Lab,
    salesforce: Running,
    intacct: Running,
}

impl Desks {
    fn new() -> Self {
        let lab = Lab::over(&["salesforce", "intacct"]);
        let (salesforce, intacct) = (simulator("salesforce"), simulator("sage-intacct"));
        let (sales, books) = (address(&salesforce), address(&intacct));
        let tenant = TENANT.replace("{salesforce}", sales);
        lab.write_tenant("demo", &tenant.replace("{intacct}", books));
        let key = secret("salesforce", "private_key");
        for connection in ["salesforce", "sf_contracts"] {
            lab.secret("demo", &format!("{connection} private_key"), &key);
        }
        for name in ["sender_password", "user_password"] {
            let password = secret("sage-intacct", name);
            lab.secret("demo", &format!("intacct {name}"), &password);
        }
        Self {
            lab,
            salesforce,
            intacct,
        }
    }

    /// Somebody of the sales team, a moment later: two edits within a second are one to Salesforce.
    #[track_caller]
    fn sells(&self, action: Value) -> Value {
        self.salesforce.advance_ms(2_000);
        control(&self.salesforce, &action)
    }

    #[track_caller]
    fn sets(&self, id: &str, set: Value) {
        self.sells(json!({"do": "edit", "id": id, "set": set}));
    }

    #[track_caller]
    fn presses(&self, id: &str) {
        self.sells(json!({"do": "press", "id": id, "button": "sync"}));
    }

    /// A new record of Salesforce; its id.
    #[track_caller]
    fn adds(&self, entity: &str, record: Value) -> String {
        let create = json!({"do": "create", "entity": entity, "record": record});
        let made = control(&self.salesforce, &create);
        made["id"].as_str().expect("an id").to_owned()
    }

    /// An activated contract of the municipality, asked for.
    #[track_caller]
    fn signs(&self, name: &str, also: &Value) -> String {
        let mut record = json!({"AccountId": "@roberval", "Name": name, "StartDate": "2026-05-01",
            "ContractTerm": 12, "ia_crm__Bill_to__c": "@sylvie", "ia_crm__Sync_with_Intacct__c": true});
        for (field, value) in also.as_object().into_iter().flatten() {
            record[field] = value.clone();
        }
        let id = self.adds("Contract", record);
        control(&self.salesforce, &json!({"do": "activate", "id": id}));
        id
    }

    /// A won opportunity with two products.
    #[track_caller]
    fn wins(&self, name: &str) -> String {
        let opportunity = self.adds(
            "Opportunity",
            json!({"AccountId": "@roberval", "Name": name, "StageName": "Closed Won", "CloseDate": "2026-04-20",
                "Pricebook2Id": "@book-2026", "RecordTypeId": "@rt-contract"}),
        );
        for (price, quantity) in [("@p26-heberg", 2), ("@p26-suite", 3)] {
            let line = json!({"OpportunityId": opportunity, "PricebookEntryId": price, "Quantity": quantity,
                "UnitPrice": 80});
            self.adds("OpportunityLineItem", line);
        }
        opportunity
    }

    /// A contract as Salesforce shows it.
    #[track_caller]
    fn contract(&self, id: &str) -> Value {
        let rows = json!({"do": "rows", "entity": "Contract", "ids": [id]});
        control(&self.salesforce, &rows)[0].clone()
    }

    fn books(&self, object: &str) -> Vec<Value> {
        let rows = control(&self.intacct, &json!({"do": "rows", "object": object}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// What stands in Intacct of this contract: it, once, and its lines.
    #[track_caller]
    fn booked(&self, id: &str) -> (Value, Vec<Value>) {
        let id = self.contract(id)["Id"].clone();
        let mut found = self.books("CONTRACT");
        found.retain(|contract| contract["LIAISON_ID"] == id);
        assert_eq!(found.len(), 1, "contracts of {id}: {found:#?}");
        let mut lines = self.books("CONTRACTDETAIL");
        lines.retain(|line| line["CONTRACTID"] == found[0]["CONTRACTID"]);
        (found.remove(0), lines)
    }

    /// That it stands there once, posted with so many lines, and that Salesforce says so.
    #[track_caller]
    fn is_posted(&self, id: &str, count: usize) {
        let (booked, lines) = self.booked(id);
        assert_eq!(booked["STATE"], "In progress", "{booked:#}");
        assert_eq!(lines.len(), count, "{lines:#?}");
        for line in &lines {
            assert_eq!(line["STATE"], "In progress", "{line:#}");
        }
        let shown = self.contract(id);
        assert_eq!(shown["ia_crm__IntacctID__c"], booked["CONTRACTID"]);
        assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Synced");
        assert_eq!(shown["ia_crm__Intacct_Sync_Errors__c"], Value::Null);
    }

    /// What was written since the last reset, in either system.
    fn writes(&self) -> Vec<String> {
        let mut made = Vec::new();
        for (simulator, reads) in [(&self.salesforce, "GET "), (&self.intacct, "POST query")] {
            let routes = simulator.requests()["by_route"].clone();
            let routes = routes.as_object().into_iter().flatten();
            made.extend(
                routes
                    .filter(|(route, _)| !route.starts_with(reads))
                    .map(|(route, _)| route.clone()),
            );
            simulator.reset_requests();
        }
        made
    }
}

fn address(simulator: &Running) -> &str {
    simulator.url().trim_start_matches("http://")
}

/// A secret that ships with the simulator.
fn secret(vendor: &str, name: &str) -> String {
    let file = repository().join(format!("tests/simulators/connections/{vendor}.json"));
    let text = std::fs::read_to_string(file).expect("the connection is in the repository");
    let connection: Value = serde_json::from_str(&text).expect("the connection is JSON");
    let secret = connection["secrets"][name].as_str();
    secret.expect("the secret ships with it").to_owned()
}

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
        (&desks.salesforce, json!({"path": "composite"}), 1),
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
