//! What every org has before anybody works in it: statuses, stages, the standard price book, itself.

use serde_json::{Value, json};

use super::org::Org;
use super::time;
use super::writes::{Hand, Writer};

/// When the org was opened.
const OPENED: &str = "2020-01-06T14:00:00Z";

pub fn ship(org: &mut Org) -> Result<(), String> {
    let opened = time::read(OPENED).unwrap_or(0);
    let system = super::id::minted("005", 0);
    let mut writer = Writer {
        org,
        hand: Hand::Seed,
        user: system.clone(),
        now: opened,
        allow_save: true,
    };
    let mut plant = |object: &str, record: Value| -> Result<(), String> {
        let record = record.as_object().cloned().unwrap_or_default();
        writer.create(object, &record)?;
        Ok(())
    };
    plant(
        "User",
        json!({ "Id": system, "Username": "automatedprocess@platform.example", "LastName": "Automated Process",
                "Email": "noreply@platform.example", "Alias": "autoproc", "IsActive": true, "UserType": "AutomatedProcess" }),
    )?;
    for (order, (status, code)) in [
        ("Draft", "Draft"),
        ("In Approval Process", "InApproval"),
        ("Activated", "Activated"),
    ]
    .into_iter()
    .enumerate()
    {
        plant(
            "ContractStatus",
            json!({ "MasterLabel": status, "ApiName": status, "StatusCode": code, "SortOrder": order + 1, "IsDefault": order == 0 }),
        )?;
    }
    let stages = [
        ("Prospecting", 10, "Pipeline", "Pipeline"),
        ("Qualification", 10, "Pipeline", "Pipeline"),
        ("Needs Analysis", 20, "Pipeline", "Pipeline"),
        ("Value Proposition", 50, "Pipeline", "Pipeline"),
        ("Id. Decision Makers", 60, "Pipeline", "Pipeline"),
        ("Perception Analysis", 70, "Pipeline", "Pipeline"),
        ("Proposal/Price Quote", 75, "BestCase", "Best Case"),
        ("Negotiation/Review", 90, "Forecast", "Commit"),
        ("Closed Won", 100, "Closed", "Closed"),
        ("Closed Lost", 0, "Omitted", "Omitted"),
    ];
    for (order, (name, probability, category, category_name)) in stages.into_iter().enumerate() {
        plant(
            "OpportunityStage",
            json!({ "MasterLabel": name, "ApiName": name, "IsActive": true, "SortOrder": order + 1,
                    "IsClosed": name.starts_with("Closed"), "IsWon": name == "Closed Won",
                    "DefaultProbability": probability, "ForecastCategory": category, "ForecastCategoryName": category_name }),
        )?;
    }
    plant(
        "Pricebook2",
        json!({ "Name": "Standard Price Book", "IsActive": true, "IsStandard": true }),
    )?;
    let standard = org
        .table("Pricebook2")
        .live()
        .next()
        .map(|book| book.id.clone());
    org.aliases
        .insert("standard-book".to_owned(), standard.unwrap_or_default());
    metadata_changed(org, opened)
}

/// Picklists that rows define follow them.
pub fn metadata_changed(org: &mut Org, now: time::Stamp) -> Result<(), String> {
    let names = |object: &str| -> Vec<String> {
        let rows = org.table(object).live();
        rows.map(|row| row.text("ApiName").to_owned()).collect()
    };
    let (statuses, stages) = (names("ContractStatus"), names("OpportunityStage"));
    let default = org
        .table("ContractStatus")
        .live()
        .find(|row| row.flag("IsDefault"));
    let default = default.map(|row| row.text("ApiName").to_owned());
    org.redeclare("Contract", now, |schema| {
        schema.set_picklist("Contract", "Status", statuses, default);
        Ok(())
    })?;
    org.redeclare("Opportunity", now, |schema| {
        schema.set_picklist("Opportunity", "StageName", stages, None);
        Ok(())
    })
}
