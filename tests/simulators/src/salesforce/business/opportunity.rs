//! An opportunity follows its stage, and its amount follows its lines.

use rust_decimal::Decimal;

use crate::salesforce::number;
use crate::salesforce::refusal::Fault;
use crate::salesforce::time;
use crate::salesforce::writes::{Draft, Hand, Writer, decimal};

pub fn before(writer: &Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let has_lines = draft
        .old
        .as_ref()
        .is_some_and(|old| old.flag("HasOpportunityLineItem"));
    if has_lines && writer.hand != Hand::Seed {
        if draft.changes("Pricebook2Id") {
            let message = "The price book of an opportunity with products cannot be changed";
            return Err(Fault::integrity(message, &["Pricebook2Id"]));
        }
        // What a client says is ignored, not refused: the amount is the sum of the lines.
        let amount = draft.old.as_ref().map(|old| old.get("Amount").clone());
        draft.row.set("Amount", amount.unwrap_or_default());
    }
    staged(writer, draft);
    let row = &mut draft.row;
    let (amount, probability) = (decimal(row, "Amount"), decimal(row, "Probability"));
    let expected = amount.zip(probability).map(|(amount, percent)| {
        number::kept(number::rounded(amount * percent / Decimal::ONE_HUNDRED, 2))
    });
    row.set("ExpectedRevenue", expected);
    if let Some(close) = time::date(row.text("CloseDate")) {
        let quarter = (close.month() - 1) / 3 + 1;
        row.set("FiscalYear", close.year());
        row.set("FiscalQuarter", quarter);
        row.set("Fiscal", format!("{} {quarter}", close.year()));
    }
    Ok(())
}

/// What a stage says of the opportunity, where the stage is new.
fn staged(writer: &Writer<'_>, draft: &mut Draft) {
    if !draft.changes("StageName") {
        return;
    }
    let name = draft.row.text("StageName").to_owned();
    let mut stages = writer.org.table("OpportunityStage").live();
    let stage = stages.find(|stage| stage.text("ApiName") == name).cloned();
    let (given_probability, given_category) = (
        draft.gives("Probability"),
        draft.gives("ForecastCategoryName"),
    );
    let row = &mut draft.row;
    let of = |field: &str| {
        stage
            .as_ref()
            .map(|stage| stage.get(field).clone())
            .unwrap_or_default()
    };
    row.set("IsClosed", of("IsClosed"));
    row.set("IsWon", of("IsWon"));
    row.set("ForecastCategory", of("ForecastCategory"));
    if !given_category {
        row.set("ForecastCategoryName", of("ForecastCategoryName"));
    }
    if !given_probability {
        row.set("Probability", of("DefaultProbability"));
    }
}

/// The amount again, after its lines changed; the opportunity changes with them.
pub fn sum(writer: &mut Writer<'_>, opportunity: &str) {
    let schema = std::sync::Arc::clone(&writer.org.schema);
    let field = schema
        .object("OpportunityLineItem")
        .and_then(|lines| lines.field("OpportunityId"));
    let Some(field) = field else { return };
    let lines = writer
        .org
        .table("OpportunityLineItem")
        .having(field, &opportunity.into());
    let count = lines.len();
    let total: Decimal = lines
        .iter()
        .filter_map(|line| decimal(line, "TotalPrice"))
        .sum();
    writer.follow("Opportunity", opportunity, |row| {
        row.set("HasOpportunityLineItem", count > 0);
        if count > 0 {
            row.set("Amount", number::kept(total));
            let probability = decimal(row, "Probability").unwrap_or_default();
            let expected = number::rounded(total * probability / Decimal::ONE_HUNDRED, 2);
            row.set("ExpectedRevenue", number::kept(expected));
        }
    });
}
