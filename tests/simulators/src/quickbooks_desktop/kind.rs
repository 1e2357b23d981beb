//! The kinds of object a company file holds, and what a reference element may point to.

use std::fmt;

#[derive(PartialEq, Eq)]
pub struct Kind {
    /// As in `CustomerRet`, `ListDelType`, `TxnDelType`.
    pub name: &'static str,
    pub is_list: bool,
    /// Objects of one space cannot share a full name.
    pub space: &'static str,
    /// Whether one may stand under another of its kind.
    pub nests: bool,
    /// Lines in requests: `SalesOrderLine` is `SalesOrderLineAdd`, `…Mod`, and `…Ret` in answers.
    pub lines: &'static [&'static str],
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn list(name: &'static str, space: &'static str, nests: bool) -> Kind {
    Kind {
        name,
        is_list: true,
        space,
        nests,
        lines: &[],
    }
}

const fn txn(name: &'static str, lines: &'static [&'static str]) -> Kind {
    Kind {
        name,
        is_list: false,
        space: name,
        nests: false,
        lines,
    }
}

const EXPENSES: &[&str] = &["ExpenseLine", "ItemLine", "ItemGroupLine"];

/// Lists before what refers to them: a seed is read in this order.
pub static KINDS: [Kind; 45] = [
    list("Account", "Account", true),
    list("Class", "Class", true),
    list("StandardTerms", "Terms", false),
    list("DateDrivenTerms", "Terms", false),
    list("ShipMethod", "ShipMethod", false),
    list("PaymentMethod", "PaymentMethod", false),
    list("SalesTaxCode", "SalesTaxCode", false),
    list("Template", "Template", false),
    list("CustomerMsg", "CustomerMsg", false),
    list("CustomerType", "CustomerType", true),
    list("VendorType", "VendorType", true),
    list("JobType", "JobType", true),
    list("PriceLevel", "PriceLevel", false),
    list("BillingRate", "BillingRate", false),
    list("Currency", "Currency", false),
    list("InventorySite", "InventorySite", true),
    list("UnitOfMeasureSet", "UnitOfMeasureSet", false),
    list("SalesRep", "SalesRep", false),
    list("PayrollItemWage", "PayrollItem", false),
    list("Vendor", "Party", false),
    list("OtherName", "Party", false),
    list("Employee", "Party", false),
    list("ItemSalesTax", "Item", false),
    list("ItemSalesTaxGroup", "Item", false),
    list("Customer", "Party", true),
    list("ItemService", "Item", true),
    list("ItemNonInventory", "Item", true),
    list("ItemInventory", "Item", true),
    list("ItemInventoryAssembly", "Item", true),
    list("ItemOtherCharge", "Item", true),
    list("ItemDiscount", "Item", true),
    list("ItemSubtotal", "Item", false),
    list("ItemPayment", "Item", false),
    list("ItemFixedAsset", "Item", false),
    list("ItemGroup", "Item", false),
    txn("Estimate", &["EstimateLine", "EstimateLineGroup"]),
    txn("SalesOrder", &["SalesOrderLine", "SalesOrderLineGroup"]),
    txn(
        "PurchaseOrder",
        &["PurchaseOrderLine", "PurchaseOrderLineGroup"],
    ),
    txn("Invoice", &["InvoiceLine", "InvoiceLineGroup"]),
    txn("Bill", EXPENSES),
    txn("ItemReceipt", EXPENSES),
    txn("TimeTracking", &[]),
    txn("InventoryAdjustment", &["InventoryAdjustmentLine"]),
    // Made by people only, to see what an application does with them.
    txn("ReceivePayment", &[]),
    txn("JournalEntry", &[]),
];

pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl Kind {
    pub fn is_item(&self) -> bool {
        self.space == "Item"
    }

    pub fn has_stock(&self) -> bool {
        matches!(self.name, "ItemInventory" | "ItemInventoryAssembly")
    }

    pub fn is_sale(&self) -> bool {
        matches!(self.name, "Estimate" | "SalesOrder" | "Invoice")
    }

    /// Whose prices a line takes: what we pay, not what we ask.
    pub fn is_purchase(&self) -> bool {
        matches!(self.name, "PurchaseOrder" | "Bill" | "ItemReceipt")
    }

    /// The kind of order whose lines this one can take over.
    pub fn fulfils(&self) -> Option<&'static str> {
        match self.name {
            "Invoice" => Some("SalesOrder"),
            "Bill" | "ItemReceipt" => Some("PurchaseOrder"),
            _ => None,
        }
    }

    /// The word of `ListDataExtType` for it.
    pub fn data_ext_word(&self) -> &'static str {
        if self.is_item() { "Item" } else { self.name }
    }

    /// The number its user sees; a time entry has none.
    pub fn has_number(&self) -> bool {
        !self.is_list && self.name != "TimeTracking"
    }
}

/// The kinds a reference element may point to, and how QuickBooks calls them; `owner` holds the element.
pub fn targets(element: &str, owner: &'static Kind) -> Option<Target> {
    let (word, kinds): (&'static str, Kinds) = match element {
        "ParentRef" => (owner.name, Kinds::One(owner.name)),
        "CustomerRef" => ("Customer", Kinds::One("Customer")),
        "VendorRef" | "PrefVendorRef" | "TaxVendorRef" => ("Vendor", Kinds::One("Vendor")),
        "EntityRef" => ("Entity", Kinds::Some(&["Employee", "Vendor", "OtherName"])),
        "ShipToEntityRef" => ("Entity", Kinds::Space("Party")),
        "SupervisorRef" => ("Employee", Kinds::One("Employee")),
        "ItemRef" | "ItemGroupRef" | "ItemInventoryRef" => ("Item", Kinds::Space("Item")),
        "ItemServiceRef" => ("Item", Kinds::One("ItemService")),
        "ItemSalesTaxRef" => ("Item", Kinds::Some(&["ItemSalesTax", "ItemSalesTaxGroup"])),
        "ClassRef" => ("Class", Kinds::One("Class")),
        "TermsRef" => ("Terms", Kinds::Space("Terms")),
        "ShipMethodRef" => ("ShipMethod", Kinds::One("ShipMethod")),
        "SalesRepRef" => ("SalesRep", Kinds::One("SalesRep")),
        "TemplateRef" => ("Template", Kinds::One("Template")),
        "CustomerMsgRef" => ("CustomerMsg", Kinds::One("CustomerMsg")),
        "CustomerTypeRef" => ("CustomerType", Kinds::One("CustomerType")),
        "VendorTypeRef" => ("VendorType", Kinds::One("VendorType")),
        "JobTypeRef" => ("JobType", Kinds::One("JobType")),
        "PriceLevelRef" => ("PriceLevel", Kinds::One("PriceLevel")),
        "BillingRateRef" => ("BillingRate", Kinds::One("BillingRate")),
        "CurrencyRef" => ("Currency", Kinds::One("Currency")),
        "InventorySiteRef" | "InventorySiteLocationRef" => {
            ("InventorySite", Kinds::One("InventorySite"))
        }
        "UnitOfMeasureSetRef" | "OverrideUOMSetRef" => {
            ("UnitOfMeasureSet", Kinds::One("UnitOfMeasureSet"))
        }
        "PreferredPaymentMethodRef" | "PaymentMethodRef" => {
            ("PaymentMethod", Kinds::One("PaymentMethod"))
        }
        "PayrollItemWageRef" => ("PayrollItemWage", Kinds::One("PayrollItemWage")),
        "SalesTaxCodeRef" | "CustomerSalesTaxCodeRef" => {
            ("SalesTaxCode", Kinds::One("SalesTaxCode"))
        }
        "AdditionalContactRef" => return None,
        element if element.ends_with("AccountRef") => ("Account", Kinds::One("Account")),
        _ => return None,
    };
    Some(Target { word, kinds })
}

pub struct Target {
    pub word: &'static str,
    kinds: Kinds,
}

enum Kinds {
    One(&'static str),
    Some(&'static [&'static str]),
    Space(&'static str),
}

impl Target {
    pub fn takes(&self, kind: &Kind) -> bool {
        match self.kinds {
            Kinds::One(name) => kind.name == name,
            Kinds::Some(names) => names.contains(&kind.name),
            Kinds::Space(space) => kind.space == space,
        }
    }

    /// The name space to look in.
    pub fn space(&self) -> &'static str {
        let first = match self.kinds {
            Kinds::One(name) => name,
            Kinds::Some(names) => names[0],
            Kinds::Space(space) => return space,
        };
        named(first).map_or(first, |kind| kind.space)
    }
}
