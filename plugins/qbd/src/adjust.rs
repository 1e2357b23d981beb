//! Stock: what is written is an adjustment, a transaction of its own, which moves the item.

use crate::emit::{self, Message};
use crate::message::request;
use crate::table::Table;
use crate::tables::INVENTORY_ADJUSTMENT;
use liaison_sdk::prelude::*;

/// The request that brings the stock of this item to what is wanted; empty where no quantity is given.
pub fn adjustment(table: &Table, id: &str, body: &Map<String, Value>) -> Result<String, Fault> {
    let mut body = body.clone();
    // None of them set is nothing to refuse.
    let none_set = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    if body.get("custom_fields").is_some_and(none_set) {
        body.remove("custom_fields");
    }
    // What does not fit is refused by the name it has here, which the adjustment does not know.
    emit::record(table, &table.variants[0], Message::Mod, &body)?;
    let quantity = body.remove("quantity").filter(|value| !value.is_null());
    let Some(quantity) = quantity else {
        return Ok(String::new());
    };
    let line = json!({"item_id": id, "new_quantity": quantity});
    body.insert("lines".to_owned(), json!([line]));
    let variant = &INVENTORY_ADJUSTMENT.variants[0];
    let content = emit::record(&INVENTORY_ADJUSTMENT, variant, Message::Add, &body)?;
    let content = format!("<InventoryAdjustmentAdd>{content}</InventoryAdjustmentAdd>");
    Ok(request("InventoryAdjustmentAdd", 1, "", &content))
}
