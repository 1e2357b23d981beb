//! Items. One list of many kinds, each with a list of fields of its own.

use crate::field::*;
use crate::table::{Shape, Table, Variant};

pub const ITEM: Table = Table {
    custom: "Item",
    deleted: &[
        "ItemService",
        "ItemInventory",
        "ItemNonInventory",
        "ItemInventoryAssembly",
        "ItemOtherCharge",
        "ItemDiscount",
        "ItemPayment",
        "ItemSalesTax",
        "ItemSalesTaxGroup",
        "ItemSubtotal",
        "ItemGroup",
        "ItemFixedAsset",
    ],
    iterates: true,
    keys: &["full_name", "name", "code", "part_number", "bar_code"],
    ..Table::of(
        "item",
        Shape::Tree,
        "Item",
        &[
            Variant::of("ItemService", SERVICE).word("service"),
            Variant::of("ItemInventory", INVENTORY).word("inventory"),
            Variant::of("ItemNonInventory", NON_INVENTORY).word("non_inventory"),
            Variant::of("ItemOtherCharge", OTHER_CHARGE).word("other_charge"),
            Variant::of("ItemInventoryAssembly", ASSEMBLY)
                .word("assembly")
                .read_only(),
            Variant::of("ItemDiscount", PLAIN)
                .word("discount")
                .read_only(),
            Variant::of("ItemPayment", PLAIN)
                .word("payment")
                .read_only(),
            Variant::of("ItemSalesTax", SALES_TAX)
                .word("sales_tax")
                .read_only(),
            Variant::of("ItemSalesTaxGroup", PLAIN)
                .word("sales_tax_group")
                .read_only(),
            Variant::of("ItemSubtotal", PLAIN)
                .word("subtotal")
                .read_only(),
            Variant::of("ItemGroup", PLAIN).word("group").read_only(),
            Variant::of("ItemFixedAsset", PLAIN)
                .word("fixed_asset")
                .read_only(),
        ],
    )
};

const NAME: Field = text("name", "Name", "Name", 31).required();
const FULL_NAME: Field = text("full_name", "Full name, Category:Item", "FullName", 159).read_only();
const BAR_CODE: Field = text("bar_code", "Bar code", "BarCodeValue", 50).read_only();
const NEW_BAR_CODE: Field = group(
    "BarCode",
    &[text("bar_code", "Bar code", "BarCodeValue", 50).write_only()],
);
const ACTIVE: Field = flag("active", "Active", "IsActive");
const CLASS: Field = reference("class", "Class", "ClassRef", "class", 159);
const PARENT: Field = reference("parent", "Category", "ParentRef", "item", 159);
const LEVEL: Field = whole("level", "Level", "Sublevel").read_only();
const PART_NUMBER: Field = text(
    "part_number",
    "Manufacturer's part number",
    "ManufacturerPartNumber",
    31,
);
const UNIT_SET: Field = reference("unit_set", "Set of units", "UnitOfMeasureSetRef", "", 31);
const TAX_INCLUDED: Field = flag("tax_included", "Prices hold the tax", "IsTaxIncluded");
const SALES_TAX_CODE: Field = reference(
    "sales_tax_code",
    "Sales tax code",
    "SalesTaxCodeRef",
    "sales_tax_code",
    3,
);
const SALES_DESCRIPTION: Field = prose("description", "Description on sales", "SalesDesc", 4095);
const SALES_PRICE: Field = price("price", "Sales price", "SalesPrice");
const INCOME_ACCOUNT: Field = reference(
    "income_account",
    "Income account",
    "IncomeAccountRef",
    "account",
    159,
);
const PURCHASE_DESCRIPTION: Field = prose(
    "purchase_description",
    "Description on purchases",
    "PurchaseDesc",
    4095,
);
const PURCHASE_COST: Field = price("cost", "Cost", "PurchaseCost");
const PURCHASE_TAX_CODE: Field = reference(
    "purchase_tax_code",
    "Purchase tax code",
    "PurchaseTaxCodeRef",
    "sales_tax_code",
    3,
);
const COGS_ACCOUNT: Field = reference(
    "cogs_account",
    "Account for the cost of goods sold",
    "COGSAccountRef",
    "account",
    159,
);
const VENDOR: Field = reference("vendor", "Preferred vendor", "PrefVendorRef", "vendor", 41);
const ASSET_ACCOUNT: Field = reference(
    "asset_account",
    "Asset account",
    "AssetAccountRef",
    "account",
    159,
);
const MAX: Field = quantity("maximum", "Maximum stock", "Max");
const ON_HAND: Field =
    quantity("quantity_on_hand", "Quantity on hand", "QuantityOnHand").add_only();
const AVERAGE_COST: Field = price("average_cost", "Average cost", "AverageCost").read_only();
const ON_ORDER: Field = quantity(
    "quantity_on_order",
    "Quantity on purchase orders",
    "QuantityOnOrder",
)
.read_only();
const ON_SALES_ORDER: Field = quantity(
    "quantity_on_sales_order",
    "Quantity on sales orders",
    "QuantityOnSalesOrder",
)
.read_only();
const GUID: Field = guid("external_guid", "Our mark", "ExternalGUID");

/// Bought or sold, or both: one of the two groups stands in an item. `account` is that of the first.
const ONE_SIDE: Field = group_mod(
    "SalesOrPurchase",
    &[
        prose("description", "Description on sales", "Desc", 4095),
        price("price", "Sales price", "Price").choice("price"),
        percent("price_percent", "Price in percent", "PricePercent").choice("price"),
        reference(
            "account",
            "Account, where sold or bought only",
            "AccountRef",
            "account",
            159,
        ),
    ],
)
.choice("sides");
const BOTH_SIDES: Field = group_mod(
    "SalesAndPurchase",
    &[
        SALES_DESCRIPTION,
        SALES_PRICE,
        INCOME_ACCOUNT,
        PURCHASE_DESCRIPTION,
        PURCHASE_COST,
        PURCHASE_TAX_CODE,
        reference(
            "expense_account",
            "Expense account",
            "ExpenseAccountRef",
            "account",
            159,
        ),
        VENDOR,
    ],
)
.choice("sides")
.required();

const SERVICE: &[Field] = &[
    NAME,
    FULL_NAME,
    NEW_BAR_CODE,
    BAR_CODE,
    ACTIVE,
    CLASS,
    PARENT,
    LEVEL,
    UNIT_SET,
    TAX_INCLUDED,
    SALES_TAX_CODE,
    ONE_SIDE,
    BOTH_SIDES,
    GUID,
];

const NON_INVENTORY: &[Field] = &[
    NAME,
    FULL_NAME,
    NEW_BAR_CODE,
    BAR_CODE,
    ACTIVE,
    // A change has the class first, a new item its category: see `NON_INVENTORY_PARENT_LATER`.
    reference("parent", "Category", "ParentRef", "item", 159).add_only(),
    CLASS,
    NON_INVENTORY_PARENT_LATER,
    LEVEL,
    PART_NUMBER,
    UNIT_SET,
    TAX_INCLUDED,
    SALES_TAX_CODE,
    ONE_SIDE,
    BOTH_SIDES,
    GUID,
];
const NON_INVENTORY_PARENT_LATER: Field = {
    let mut field = PARENT;
    field.on = MOD;
    field
};

const OTHER_CHARGE: &[Field] = &[
    NAME,
    FULL_NAME,
    NEW_BAR_CODE,
    BAR_CODE,
    ACTIVE,
    CLASS,
    PARENT,
    LEVEL,
    TAX_INCLUDED,
    SALES_TAX_CODE,
    ONE_SIDE,
    BOTH_SIDES,
    GUID,
];

const INVENTORY: &[Field] = &[
    NAME,
    FULL_NAME,
    NEW_BAR_CODE,
    BAR_CODE,
    ACTIVE,
    CLASS,
    PARENT,
    LEVEL,
    PART_NUMBER,
    UNIT_SET,
    TAX_INCLUDED,
    SALES_TAX_CODE,
    SALES_DESCRIPTION,
    SALES_PRICE,
    INCOME_ACCOUNT,
    PURCHASE_DESCRIPTION,
    PURCHASE_COST,
    PURCHASE_TAX_CODE,
    COGS_ACCOUNT,
    VENDOR,
    ASSET_ACCOUNT,
    quantity("reorder_point", "Reorder point", "ReorderPoint"),
    MAX,
    ON_HAND,
    amount(
        "total_value",
        "Value of the stock it begins with",
        "TotalValue",
    )
    .add_only()
    .write_only(),
    day(
        "inventory_date",
        "Day of the stock it begins with",
        "InventoryDate",
    )
    .add_only()
    .write_only(),
    AVERAGE_COST,
    ON_ORDER,
    ON_SALES_ORDER,
    GUID,
];

const ASSEMBLY: &[Field] = &[
    NAME,
    FULL_NAME,
    BAR_CODE,
    ACTIVE,
    CLASS,
    PARENT,
    LEVEL,
    PART_NUMBER,
    UNIT_SET,
    TAX_INCLUDED,
    SALES_TAX_CODE,
    SALES_DESCRIPTION,
    SALES_PRICE,
    INCOME_ACCOUNT,
    PURCHASE_DESCRIPTION,
    PURCHASE_COST,
    PURCHASE_TAX_CODE,
    COGS_ACCOUNT,
    VENDOR,
    ASSET_ACCOUNT,
    MAX,
    ON_HAND,
    AVERAGE_COST,
    ON_ORDER,
    ON_SALES_ORDER,
    GUID,
];

const PLAIN: &[Field] = &[
    NAME,
    FULL_NAME,
    BAR_CODE,
    ACTIVE,
    CLASS,
    PARENT,
    LEVEL,
    prose("description", "Description", "ItemDesc", 4095),
    SALES_TAX_CODE,
    GUID,
];

const SALES_TAX: &[Field] = &[
    NAME,
    BAR_CODE,
    ACTIVE,
    CLASS,
    prose("description", "Description", "ItemDesc", 4095),
    percent("tax_rate", "Tax rate", "TaxRate"),
    reference("vendor", "Tax agency", "TaxVendorRef", "vendor", 41),
    GUID,
];

/// What is in stock of an item. Its record says it, and an adjustment of its own changes it.
pub const STOCK: Table = Table {
    custom: "Item",
    iterates: true,
    keys: &["full_name", "name", "code"],
    adjusts: true,
    ..Table::of(
        "stock",
        Shape::Tree,
        "ItemInventory",
        &[Variant::of(
            "ItemInventory",
            &[
                text("name", "Name", "Name", 31).read_only(),
                FULL_NAME,
                text("item_name", "Item, as lines name it", "FullName", 159).read_only(),
                BAR_CODE,
                ACTIVE.read_only(),
                text(
                    "part_number",
                    "Manufacturer's part number",
                    "ManufacturerPartNumber",
                    31,
                )
                .read_only(),
                quantity("quantity", "Quantity on hand", "QuantityOnHand").mod_only(),
                reference(
                    "account",
                    "Account of the adjustment",
                    "AccountRef",
                    "account",
                    159,
                )
                .mod_only()
                .write_only(),
                day("date", "Date of the adjustment", "TxnDate")
                    .mod_only()
                    .write_only(),
                prose("memo", "Memo of the adjustment", "Memo", 4095)
                    .mod_only()
                    .write_only(),
            ],
        )
        .read_only()],
    )
};
