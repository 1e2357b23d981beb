//! Items, terms, entities, users: what other records refer to.

use crate::assumed::{LOCATION_ENTITY, USER as USER_OBJECT};
use crate::field::{field, Field, Kind};
use crate::table::{Definition, Recognised, Table};

const ITEM_TYPES: Kind = Kind::Word(&[
    "Inventory",
    "Non-Inventory",
    "Non-Inventory (Purchase only)",
    "Non-Inventory (Sales only)",
    "Kit",
    "Stockable Kit",
]);
const COST_METHODS: Kind = Kind::Word(&["Standard", "Average", "FIFO", "LIFO"]);

const ITEM_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("item_id", "ITEMID", Kind::Text).once().needed(),
    field("name", "NAME", Kind::Text).needed(),
    field("item_type", "ITEMTYPE", ITEM_TYPES).once().needed(),
    field("status", "STATUS", Kind::Word(&["active", "inactive"])),
    field("description", "EXTENDED_DESCRIPTION", Kind::Text),
    field("sales_description", "SODESCRIPTION", Kind::Text),
    field("purchase_description", "PODESCRIPTION", Kind::Text),
    field("product_line_id", "PRODUCTLINEID", Kind::Text),
    field("product_type", "PRODUCTTYPE", Kind::Text),
    field("cost_method", "COST_METHOD", COST_METHODS).once(),
    field("unit_group", "UOMGRP", Kind::Text),
    field("gl_group", "GLGROUP", Kind::Text),
    field("base_price", "BASEPRICE", Kind::Amount),
    field("taxable", "TAXABLE", Kind::Flag),
    field("upc", "UPC", Kind::Text),
    field("note", "NOTE", Kind::Text),
    // Of kits only: it must be yes before the kit can stand on a contract.
    field("contract_enabled", "CONTRACTENABLED", Kind::Flag),
    field("billing_template", "CNBILLINGTEMPLATENAME", Kind::Text),
    field("revenue_template", "CNREVENUETEMPLATENAME", Kind::Text),
    field("owner_entity", "MEGAENTITYID", Kind::Text).read_only(),
    field("created_at", "WHENCREATED", Kind::Stamp).read_only(),
    field("modified_at", "WHENMODIFIED", Kind::Stamp).read_only(),
];

pub const ITEM: Table = Table {
    entity: "item",
    object: "ITEM",
    id: "ITEMID",
    fields: ITEM_FIELDS,
    lines: &[],
    keys: &["record_no", "item_id", "name", "upc"],
    definition: Definition::None,
    recognised: Recognised::ById,
    updates: true,
    has_stamp: true,
};

const TERM_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("name", "NAME", Kind::Text).read_only(),
    field("description", "DESCRIPTION", Kind::Text).read_only(),
    field("status", "STATUS", Kind::Word(&["active", "inactive"])).read_only(),
    field("due_days", "DUEDATE", Kind::Whole).read_only(),
    field("due_from", "DUEFROM", Kind::Text).read_only(),
];

pub const PAYMENT_TERM: Table = Table {
    entity: "payment_term",
    object: "ARTERM",
    id: "NAME",
    fields: TERM_FIELDS,
    lines: &[],
    keys: &["record_no", "name"],
    definition: Definition::None,
    recognised: Recognised::Never,
    updates: false,
    has_stamp: false,
};

const ENTITY_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("location_id", "LOCATIONID", Kind::Text).read_only(),
    field("name", "NAME", Kind::Text).read_only(),
    field("status", "STATUS", Kind::Word(&["active", "inactive"])).read_only(),
    field("currency", "CURRENCY", Kind::Text).read_only(),
    field("created_at", "WHENCREATED", Kind::Stamp).read_only(),
    field("modified_at", "WHENMODIFIED", Kind::Stamp).read_only(),
];

pub const ENTITY: Table = Table {
    entity: "entity",
    object: LOCATION_ENTITY,
    id: "LOCATIONID",
    fields: ENTITY_FIELDS,
    lines: &[],
    keys: &["record_no", "location_id", "name"],
    definition: Definition::None,
    recognised: Recognised::Never,
    updates: false,
    has_stamp: true,
};

const USER_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("login_id", "LOGINID", Kind::Text).read_only(),
    field("description", "DESCRIPTION", Kind::Text).read_only(),
    field("status", "STATUS", Kind::Word(&["active", "inactive"])).read_only(),
    field("email", "CONTACTINFO.EMAIL1", Kind::Text).read_only(),
];

pub const USER: Table = Table {
    entity: "user",
    object: USER_OBJECT,
    id: "LOGINID",
    fields: USER_FIELDS,
    lines: &[],
    keys: &["record_no", "login_id"],
    definition: Definition::None,
    recognised: Recognised::Never,
    updates: false,
    has_stamp: false,
};
