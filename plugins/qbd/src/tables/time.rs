//! Time entries and inventory adjustments.

use super::order::{CLASS, DATE, EXTERNAL_GUID, ITEM, MEMO, SITE};
use crate::field::*;
use crate::table::{Shape, Table, Variant};

pub const TIME_ENTRY: Table = Table {
    deleted: &["TimeTracking"],
    iterates: true,
    owner: Some(("entity_id", "TimeTrackingEntityFilter")),
    keys: &["entity_id", "date"],
    ..Table::of(
        "time_entry",
        Shape::Unnumbered,
        "TimeTracking",
        &[Variant::of(
            "TimeTracking",
            &[
                DATE,
                reference(
                    "entity",
                    "Who worked: an employee, a vendor or another name",
                    "EntityRef",
                    "employee",
                    209,
                )
                .always(),
                reference(
                    "customer",
                    "Customer or job",
                    "CustomerRef",
                    "customer",
                    209,
                ),
                reference(
                    "service_item",
                    "Service item",
                    "ItemServiceRef",
                    "item",
                    159,
                ),
                duration("duration_s", "Duration in seconds", "Duration").always(),
                CLASS,
                reference(
                    "payroll_item",
                    "Payroll item",
                    "PayrollItemWageRef",
                    "payroll_item",
                    31,
                ),
                prose("notes", "Notes", "Notes", 4095),
                word(
                    "billable",
                    "Billable",
                    "BillableStatus",
                    &["Billable", "NotBillable", "HasBeenBilled"],
                ),
                EXTERNAL_GUID,
            ],
        )],
    )
};

pub const INVENTORY_ADJUSTMENT: Table = Table {
    custom: "InventoryAdjustment",
    deleted: &["InventoryAdjustment"],
    iterates: true,
    keys: &["number"],
    ..Table::of(
        "inventory_adjustment",
        Shape::Transaction,
        "InventoryAdjustment",
        &[Variant::of(
            "InventoryAdjustment",
            &[
                reference(
                    "account",
                    "Adjustment account",
                    "AccountRef",
                    "account",
                    159,
                )
                .required(),
                DATE,
                text("number", "Number", "RefNumber", 11),
                SITE,
                reference(
                    "customer",
                    "Customer or job",
                    "CustomerRef",
                    "customer",
                    209,
                ),
                CLASS,
                MEMO,
                EXTERNAL_GUID,
                lines(
                    "lines",
                    "Lines",
                    "InventoryAdjustmentLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            group(
                                "QuantityAdjustment",
                                &[
                                    quantity("new_quantity", "New quantity", "NewQuantity")
                                        .write_only()
                                        .choice("quantity"),
                                    quantity(
                                        "quantity_difference",
                                        "Difference in quantity",
                                        "QuantityDifference",
                                    )
                                    .write_only()
                                    .choice("quantity"),
                                ],
                            ),
                            quantity(
                                "quantity_difference",
                                "Difference in quantity",
                                "QuantityDifference",
                            )
                            .read_only(),
                            amount("value_difference", "Difference in value", "ValueDifference")
                                .read_only(),
                        ],
                        group: None,
                        required: true,
                    },
                ),
            ],
        )
        .no_changes()],
    )
};
