//! What users do at both screens while liaison runs: ordinary days, mistakes included.

use serde_json::{Value, json};

use super::town::Town;
use crate::chaos::dice::Dice;

/// Customers that buy; 176 and 177 are not in Acomba at first, 179 is inactive.
const COMPANIES: [i64; 6] = [174, 175, 176, 177, 178, 179];
/// The last two lead to a refusal: one has no External Number, one a number Acomba lacks.
const CODES: [i64; 5] = [29_683_502, 29_683_511, 29_683_520, 29_683_514, 29_683_515];
const CITIES: [&str; 4] = ["Alma", "Roberval", "Trois-Rivières", "Saint-Félicien"];

/// One thing somebody does, and in which system; none when there is nothing to do it to.
pub fn something(town: &mut Town, dice: &mut Dice) -> Option<(usize, Value)> {
    let company = *dice.pick(&COMPANIES)?;
    let (one, other) = (*dice.pick(&CODES)?, *dice.pick(&CODES)?);
    let invoices: Vec<i64> = town
        .rows("Invoices")
        .iter()
        .filter_map(|row| row["id"].as_i64())
        .filter(|id| *id >= 155)
        .collect();
    let invoice = *dice.pick(&invoices)?;
    let kind = dice.below(100);
    let number = dice.below(10_000);
    let city = *dice.pick(&CITIES)?;
    let customers: Vec<Value> = town
        .cards("Customer")
        .iter()
        .map(|card| card["CardPos"].clone())
        .collect();
    let customer = dice.pick(&customers)?.clone();
    let update = |entity: &str, id: i64, fields: Value| {
        (
            0,
            json!({"do": "update", "entity": entity, "id": id, "fields": fields}),
        )
    };
    let acomba = |mut action: Value| {
        action["company"] = json!("acme");
        action["interface"] = json!("Customer");
        action["card_pos"] = customer.clone();
        (1, action)
    };
    Some(match kind {
        // Bad codes are rare in an ordinary day, and common enough here.
        0..=34 => {
            let codes = if number.is_multiple_of(4) {
                [one, other]
            } else {
                [CODES[0], CODES[1]]
            };
            (
                0,
                json!({"do": "bulk_invoices", "count": number % 3 + 1, "lines": 2,
                "company_ids": [company], "billing_code_ids": codes}),
            )
        }
        35..=54 => (0, json!({"do": "clear_invoice_number", "id": invoice})),
        55..=59 => (0, json!({"do": "void_invoice", "id": invoice})),
        60..=69 => update(
            "Companies",
            company,
            json!({"city": city, "phone": format!("418 555-{number:04}")}),
        ),
        70..=74 => update(
            "Companies",
            company,
            json!({"userDefinedFields": emptied()}),
        ),
        75..=77 => update(
            "Companies",
            company,
            json!({"userDefinedFields": udf("9999")}),
        ),
        78..=82 => update("BillingCodes", CODES[3], json!({"externalNumber": "100"})),
        83..=85 => update("BillingCodes", CODES[3], json!({"externalNumber": ""})),
        86..=90 => acomba(json!({"do": "reserve"})),
        91..=95 => acomba(json!({"do": "free"})),
        96..=97 => acomba(json!({"do": "renumber", "number": format!("R{number}")})),
        _ => acomba(json!({"do": "edit", "set": {"CuCity": city}})),
    })
}

fn udf(value: &str) -> Value {
    json!({"ERPConnector_ERPInternalId": value})
}

/// The identifier of the ERP, emptied on purpose.
pub fn emptied() -> Value {
    udf("")
}

/// The day ends: what was held is let go, so that nothing waits for a person any more.
pub fn go_home(town: &mut Town) {
    for card in town.cards("Customer") {
        let action = json!({"do": "free", "company": "acme", "interface": "Customer",
            "card_pos": card["CardPos"]});
        town.do_in(1, &action);
    }
}
