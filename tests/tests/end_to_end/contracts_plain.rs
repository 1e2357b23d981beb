//! An org without Sage's package, by the tenant file that the pack's README gives for it: nothing of the package is seen,
//! and what the file names is made first.

use liaison_tests::control;
use liaison_tests::desks::Desks;
use liaison_tests::repository;
use serde_json::{Value, json};

const HEADING: &str = "## An org without Sage's package";
const MIRRORS: [&str; 3] = [
    "Intacct_Contract__c",
    "Intacct_Line__c",
    "Intacct_Invoice__c",
];

/// The tenant file of the README, with the addresses and names of the simulators.
fn tenant() -> String {
    let file = repository().join("flows/salesforce-intacct/README.md");
    let text = std::fs::read_to_string(file).expect("the pack has a README");
    let (_, text) = text.split_once(HEADING).expect("the heading is there");
    let (_, text) = text.split_once("```toml\n").expect("a file follows");
    let (tenant, _) = text.split_once("```").expect("the file ends");
    let mut tenant = tenant.to_owned();
    for (said, here) in [
        (
            "hosts = [\"*.salesforce.com\"]",
            "hosts = [\"{salesforce}\", \"*.salesforce.com\", \"login.salesforce.com\"]\ninsecure = true\nallow_private = [\"{salesforce}\"]",
        ),
        (
            "consumer_key = \"…\"\nlogin_url = \"https://acme.my.salesforce.com\"",
            "consumer_key = \"3MVG9.liaison.simulated.consumer.key\"\nlogin_url = \"http://{salesforce}\"\nauth = \"jwt\"\nuser_name = \"integration@boreale.example\"\naudience = \"https://login.salesforce.com\"",
        ),
        (
            "hosts = [\"api.intacct.com\", \"*.intacct.com\"]",
            "hosts = [\"{intacct}\", \"api.intacct.com\", \"*.intacct.com\"]\ninsecure = true\nallow_private = [\"{intacct}\"]",
        ),
        (
            "sender_id = \"…\", company_id = \"acme\", user_id = \"liaison\",",
            "base_url = \"http://{intacct}/ia/xml/xmlgw.phtml\", sender_id = \"liaison-partner\", company_id = \"ACME\", user_id = \"svc_liaison\",",
        ),
        ("since = \"2026-11-01\"", "since = \"2026-01-01\""),
    ] {
        assert!(tenant.contains(said), "the README no longer says {said}");
        tenant = tenant.replace(said, here);
    }
    tenant
}

/// The fields that the tenant file names: object, field, kind.
fn named(tenant: &str) -> Vec<(String, String, String)> {
    let under = |heading: &str| {
        let (_, text) = tenant.split_once(heading).expect("the heading is there");
        let text = text.split("\n\n").next().unwrap_or_default().to_owned();
        let pair = |line: &str| {
            let (name, value) = line.split_once(" = ")?;
            let bare = |text: &str| text.trim_matches('"').to_owned();
            Some((bare(name), bare(value)))
        };
        text.lines().filter_map(pair).collect::<Vec<_>>()
    };
    let keys = under("[connections.salesforce.settings.key_fields]");
    let keys = keys
        .into_iter()
        .map(|(object, field)| (object, field, "key(80)".to_owned()));
    let fields = under("[connections.salesforce.settings.fields]").into_iter();
    let fields = fields.filter_map(|(name, kind)| {
        let (object, field) = name.split_once('.')?;
        Some((object.to_owned(), field.to_owned(), kind))
    });
    keys.chain(fields).collect()
}

/// A field as the simulator declares it.
fn declared(name: &str, kind: &str) -> Value {
    let (word, more) = kind.split_once('(').unwrap_or((kind, ""));
    let more = more.trim_end_matches(')');
    let length: u32 = more.parse().unwrap_or(255);
    let mut field = match word {
        "text" => json!({"type": "string", "length": length}),
        "key" => json!({"type": "string", "length": length, "externalId": true, "unique": true}),
        "checkbox" => json!({"type": "boolean"}),
        "date" | "datetime" => json!({"type": word}),
        "picklist" => json!({"type": "picklist", "values": more.split('|').collect::<Vec<_>>()}),
        "lookup" => json!({"type": "reference", "to": [more]}),
        "number" | "currency" => {
            let (precision, scale) = more.split_once(',').expect("two figures");
            let figure = |text: &str| text.parse::<u32>().expect("a figure");
            let kind = if word == "number" {
                "double"
            } else {
                "currency"
            };
            json!({"type": kind, "precision": figure(precision), "scale": figure(scale)})
        }
        other => panic!("{name}: {other} is no kind that this test knows"),
    };
    field["name"] = json!(name);
    field["label"] = json!(name);
    field
}

/// The simulated org without the package and liaison's own key, and with what the tenant file names.
fn make_plain(desks: &Desks, tenant: &str) {
    let file = repository().join("tests/simulators/seeds/salesforce.json");
    let seed = std::fs::read_to_string(file).expect("the seed is there");
    let seed: Value = serde_json::from_str(&seed).expect("the seed is JSON");
    for (entity, fields) in seed["fields"].as_object().into_iter().flatten() {
        let fields = fields.as_array().into_iter().flatten();
        let names = fields.filter_map(|field| field["name"].as_str());
        for name in names.filter(|name| name.starts_with("ia_crm__") || *name == "Liaison_Key__c") {
            desks.sells(
                json!({"do": "field_access", "entity": entity, "field": name, "access": "none"}),
            );
        }
    }
    for object in seed["objects"].as_array().into_iter().flatten() {
        desks.sells(json!({"do": "object_access", "entity": object["name"], "hidden": true}));
    }
    let fields = named(tenant);
    // An object before those that point to it.
    for (place, object) in MIRRORS.into_iter().enumerate() {
        let own = fields.iter().filter(|(of, ..)| of == object);
        let own: Vec<Value> = own.map(|(_, name, kind)| declared(name, kind)).collect();
        desks.sells(json!({"do": "add_object", "object":
            {"name": object, "label": object, "plural": object, "prefix": format!("b0{place}"), "fields": own}}));
    }
    for (object, name, kind) in &fields {
        if !MIRRORS.contains(&object.as_str()) {
            desks
                .sells(json!({"do": "add_field", "entity": object, "field": declared(name, kind)}));
        }
    }
}

#[test]
fn an_org_without_the_package_goes_by_the_tenant_file_of_the_readme() {
    let tenant = tenant();
    let desks = Desks::with(&tenant);
    make_plain(&desks, &tenant);
    let package = desks.lab.home().join("package");
    let line = format!(
        "connection setup demo salesforce --out {}",
        package.display()
    );
    let setup = desks.lab.liaison(&line);
    setup.exits(0).says("liaison-salesforce.zip");
    desks.lab.liaison("flow check").exits(0);
    desks.lab.liaison("check").exits(0);
    let signs = |name: &str, also: Value| {
        let mut record = json!({"AccountId": "@roberval", "Name": name, "StartDate": "2026-05-01", "ContractTerm": 12,
            "Sync_to_Intacct__c": true});
        for (field, value) in also.as_object().into_iter().flatten() {
            record[field] = value.clone();
        }
        let id = desks.adds("Contract", record);
        control(&desks.salesforce, &json!({"do": "activate", "id": id}));
        id
    };
    let sent = signs("Plain", json!({}));
    let opportunity = desks.wins("Plain");
    desks.sets(&opportunity, json!({"ContractId": sent}));
    let unknown = signs("Mistyped", json!({"Intacct_Id__c": "CN-NOPE"}));
    desks.lab.run_flow("contracts", 4);
    let (booked, lines) = desks.booked(&sent);
    assert_eq!(booked["STATE"], "In progress");
    assert_eq!(lines.len(), 2, "{lines:#?}");
    let shown = desks.contract(&sent);
    assert_eq!(shown["Intacct_Id__c"], booked["CONTRACTID"]);
    assert_eq!(shown["Sync_Status__c"], "Synced");
    assert_eq!(shown["Intacct_State__c"], "In progress");
    assert_eq!(shown["Sync_to_Intacct__c"], json!(false));
    assert!(shown["Synced_At__c"].is_string(), "{shown:#}");
    let refused = desks.contract(&unknown);
    assert_eq!(refused["Sync_Status__c"], "Error");
    let told = refused["Sync_Error__c"].to_string();
    assert!(told.contains("Intacct has no contract “CN-NOPE”"), "{told}");
    let rows = |entity: &str| {
        let rows = control(&desks.salesforce, &json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    };
    let account = rows("Account");
    let account = account.iter().find(|row| row["Id"] == shown["AccountId"]);
    let account = account.expect("its account is there");
    assert_eq!(account["Intacct_Id__c"], booked["CUSTOMERID"]);
    control(
        &desks.intacct,
        &json!({"do": "invoice", "contract": booked["CONTRACTID"], "docparid": "Contract Invoice", "as_of": "06/30/2027"}),
    );
    for flow in [
        "mirrored_contracts",
        "mirrored_contract_lines",
        "mirrored_invoices",
    ] {
        desks.lab.run_flow(flow, 0);
    }
    let mirrors = rows(MIRRORS[0]);
    let mirror = mirrors
        .iter()
        .find(|row| row["Intacct_Id__c"] == booked["CONTRACTID"]);
    let mirror = mirror.expect("it is mirrored");
    assert_eq!(mirror["Contract__c"], shown["Id"]);
    assert_eq!(mirror["Account__c"], shown["AccountId"]);
    for (object, count) in [(MIRRORS[1], 2), (MIRRORS[2], 1)] {
        let mut below = rows(object);
        below.retain(|row| row["Intacct_Contract__c"] == mirror["Id"]);
        assert_eq!(below.len(), count, "{object}: {below:#?}");
    }
    for flow in [
        "contracts",
        "mirrored_contracts",
        "mirrored_contract_lines",
        "mirrored_invoices",
    ] {
        desks.lab.liaison(&format!("run {flow}"));
        desks.writes();
        desks.lab.liaison(&format!("run {flow}"));
        assert_eq!(desks.writes(), Vec::<String>::new(), "{flow}");
    }
}
