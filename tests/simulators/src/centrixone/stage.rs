//! Sales stages: five main ones whose percentages are fixed, and sub-stages with labels of their own.
//!
//! The labels that the synchronisation with Acomba uses may not be renamed or removed. Confirmed are the
//! percentages and the labels of four sub-stages; the English words of the main stages other than `won`
//! are assumed, and so is that `Contrat` may stand under any of them.

use super::refusal::Refusal;
use super::table::Row;

/// The main stages with their percentages.
const MAIN: [(&str, i64); 5] = [
    ("lost", 0),
    ("qualified", 40),
    ("developed", 80),
    ("advanced", 90),
    ("won", 100),
];

/// Main stage (none: any), French label, English label.
const ACOMBA: [(Option<&str>, &str, &str); 5] = [
    (None, "Contrat", "Contract"),
    (Some("qualified"), "Soumission", "Quotation"),
    (Some("advanced"), "Commande", "Order"),
    (Some("advanced"), "Commande ouverte", "Open Order"),
    (Some("won"), "Facture", "Invoice"),
];

/// Whether this is one of the sub-stages that Acomba's documents need.
pub fn is_acombas(stage: &Row) -> bool {
    ACOMBA.iter().any(|(main, french, english)| {
        main.is_none_or(|main| stage.text("main") == main)
            && stage.text("label_fr") == *french
            && stage.text("label_en") == *english
    })
}

/// Checks a stage and fills in the percentage of its main stage.
pub fn check(old: Option<&Row>, stage: &mut Row) -> Result<(), Refusal> {
    for field in ["main", "label_fr", "label_en"] {
        if stage.text(field).is_empty() {
            return Err(Refusal::bad(format!("{field} is required")));
        }
    }
    let main = MAIN.iter().find(|(main, _)| stage.text("main") == *main);
    let (_, percent) = main.ok_or_else(|| Refusal::bad("main is not a main stage"))?;
    if stage
        .values
        .get("percent")
        .is_some_and(|_| stage.number("percent") != Some(*percent))
    {
        return Err(Refusal::protected("Percentage cannot be changed"));
    }
    stage.set("percent", Some((*percent).into()));
    let changed = |old: &Row| {
        ["main", "label_fr", "label_en"]
            .iter()
            .any(|field| old.text(field) != stage.text(field))
    };
    if old.is_some_and(|old| is_acombas(old) && changed(old)) {
        return Err(Refusal::protected(
            "Protected stage: label cannot be changed",
        ));
    }
    Ok(())
}
