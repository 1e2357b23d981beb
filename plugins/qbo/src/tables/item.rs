//! Items with their categories, what is in stock of them, and adjustments of it.

use crate::field::*;
use crate::table::{Kind, Table};

const FULL_NAME: Field = text(
    "full_name",
    "Full name, Category:Subcategory:Item",
    "FullyQualifiedName",
    0,
)
.read_only();
const SKU: Field = text("sku", "SKU", "Sku", 100);

pub const ITEM: Table = Table {
    keys: &["full_name", "name", "sku", "code"],
    kinds: &["Inventory", "NonInventory", "Service", "Group", "Category"],
    ..Table::of(
        "item",
        Kind::List,
        "Item",
        &[
            text("name", "Name", "Name", 100).required(),
            FULL_NAME,
            ACTIVE,
            reference("parent", "Category", "ParentRef", "item"),
            whole("level", "Level; 0 outside categories", "Level").read_only(),
            SKU,
            prose("description", "Description on sales", "Description", 4000),
            number("price", "Sales price", "UnitPrice"),
            number("cost", "Cost", "PurchaseCost"),
            reference(
                "income_account",
                "Income account",
                "IncomeAccountRef",
                "account",
            ),
            reference(
                "expense_account",
                "Expense account",
                "ExpenseAccountRef",
                "account",
            ),
            reference(
                "asset_account",
                "Asset account",
                "AssetAccountRef",
                "account",
            ),
            flag("taxable", "Taxable", "Taxable"),
            flag("track_quantity", "Kept in stock", "TrackQtyOnHand").add_only(),
            number("quantity_on_hand", "Quantity on hand", "QtyOnHand").add_only(),
            day(
                "inventory_date",
                "Day of the stock it begins with",
                "InvStartDate",
            )
            .add_only(),
        ],
    )
};
const ACTIVE: Field = flag("active", "Active", "Active");

/// What is in stock of an item. Its record says it, and an adjustment of its own changes it.
pub const STOCK: Table = Table {
    keys: &["full_name", "name", "sku", "code"],
    ..Table::of(
        "stock",
        Kind::Stock,
        "Item",
        &[
            text("name", "Name", "Name", 100).read_only(),
            FULL_NAME,
            text(
                "item_name",
                "Item, as lines name it",
                "FullyQualifiedName",
                0,
            )
            .read_only(),
            ACTIVE.read_only(),
            SKU.read_only(),
            number("quantity", "Quantity on hand", "QtyOnHand").mod_only(),
            reference(
                "account",
                "Account of the adjustment",
                "AdjustAccountRef",
                "account",
            )
            .mod_only()
            .write_only(),
            day("date", "Date of the adjustment", "TxnDate")
                .mod_only()
                .write_only(),
            prose("memo", "Memo of the adjustment", "PrivateNote", 4000)
                .mod_only()
                .write_only(),
        ],
    )
};

pub const INVENTORY_ADJUSTMENT: Table = Table {
    keys: &["number"],
    ..Table::of(
        "inventory_adjustment",
        Kind::Transaction,
        "InventoryAdjustment",
        &[
            reference(
                "account",
                "Adjustment account",
                "AdjustAccountRef",
                "account",
            )
            .required(),
            day("date", "Date", "TxnDate"),
            text("number", "Number", "DocNumber", 21),
            note(4000),
            mark(),
            lines(
                "lines",
                "Lines",
                &Lines {
                    fields: &[
                        reference("item", "Item", "*.ItemRef", "item"),
                        number("new_quantity", "New quantity", "*.NewQty").write_only(),
                        number("quantity_difference", "Difference in quantity", "*.QtyDiff"),
                    ],
                    details: &[("ItemAdjustmentLineDetail", "item")],
                },
            ),
        ],
    )
};
