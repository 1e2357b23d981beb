//! Every name on the wire, with how sure it is. Only data.
//!
//! The public record is thin: paths and verbs are transcribed, one body has been seen in clients, the rest
//! is nobody's word. When a name turns out to be wrong it is mended here, or without a new build by the
//! setting `wire_names`, whose keys are the names in these tables: `sales_order`, `sales_order.date`,
//! `sales_order.lines.quantity`, `query.page`.
//!
//! Marks: **D** documented, **P** transcribed by a third party, **C** seen in clients, **A** assumed.

use crate::field::{field, Field, Kind};
use crate::table::{Lines, Reference, Table};

/// Where version 1 lives. D; old clients use `/api`.
pub const HOST: &str = "fusionoperations.autodesk.com";
pub const PREFIX: &str = "/api/v1";
/// `POST` gives a token for two hours. D; the path P, the property C.
pub const AUTHORIZATION: &str = "authorization";
pub const TOKEN: &str = "token";
/// A token is given up early, so that none ends under way. Its two hours are D.
pub const TOKEN_LIFE_MS: u64 = 110 * 60_000;
/// The query parameter of the token. C
pub const TOKEN_PARAMETER: &str = "access_token";
/// The property of the scopes asked for, C; the Java sample sends none at all.
pub const SCOPES: &str = "scopes";

/// The names of query parameters by which a list is cut. All A.
pub const PAGE: &str = "page";
pub const PER_PAGE: &str = "per-page";
pub const UPDATED_SINCE: &str = "updated-since";
/// A: the most that one page holds.
pub const PER_PAGE_MAX: u32 = 100;
/// The query parameters that can be called otherwise: key in `wire_names` and name.
pub const PARAMETERS: [(&str, &str); 3] = [
    ("query.page", PAGE),
    ("query.per_page", PER_PAGE),
    ("query.updated_since", UPDATED_SINCE),
];

/// C
pub const ID: &str = "id";
/// C for orders, products and machines.
pub const CODE: &str = "code";
/// A
pub const UPDATED_AT: &str = "updated-at";
/// A: what the vendor sets itself and an update never carries, whatever its style.
pub const NEVER_SENT: [&str; 3] = [ID, "created-at", UPDATED_AT];

/// The properties of a refusal. A
pub const ERROR: &str = "error";
pub const MESSAGE: &str = "message";
/// What the vendor says of a body it cannot read. D
pub const INVALID_JSON: &str = "invalid json";

/// 120 requests a minute for all integrations of a company together. D
pub const REQUESTS_A_MINUTE: u32 = 120;
/// How long to wait after a 429 that does not say: the window. A
pub const THROTTLED_WAIT_MS: u64 = 60_000;
/// How far each walk by stamp reaches back before the one before it: clocks differ. Ours.
pub const OVERLAP_S: u32 = 300;

/// The words of an order's status that matter to stock. A
pub const CANCELLED: &str = "cancelled";
pub const ARCHIVED: &str = "archived";

/// Where stock stands: `inventory/{product id}`. P
pub const INVENTORY: &str = "inventory";
/// The properties of stock, ours and theirs. A
pub const STOCK: [(&str, &str); 3] = [
    ("quantity", "quantity"),
    ("reserved", "quantity-reserved"),
    ("locations", "locations"),
];
/// Of one place of stock. A
pub const WAREHOUSE: &str = "warehouse";
pub const LOT: &str = "lot";

const ADDRESS: [Field; 5] = [
    field("street", "Street", "address.street", Kind::Text),
    field("city", "City", "address.city", Kind::Text),
    field("state", "State", "address.state", Kind::Text),
    field(
        "postal_code",
        "Postal code",
        "address.postal-code",
        Kind::Text,
    ),
    field("country", "Country", "address.country", Kind::Text),
];
const CODE_FIELD: Field = field("code", "Code", CODE, Kind::Text).essential();
const NAME: Field = field("name", "Name", "name", Kind::Text).essential();
const TAGS: Field = field("tags", "Tags", "tags", Kind::Words);
const CUSTOM: Field = field(
    "custom_fields",
    "Custom fields",
    "custom-fields",
    Kind::Texts,
);
const CREATED: Field = field("created_at", "Created", "created-at", Kind::Instant).read_only();
const UPDATED: Field = field("updated_at", "Modified", UPDATED_AT, Kind::Instant)
    .essential()
    .read_only();
const OBSERVATIONS: Field = field("observations", "Observations", "observations", Kind::Text);

const PARTY: [Field; 14] = [
    CODE_FIELD,
    NAME,
    field("tax_number", "Tax number", "tax-number", Kind::Text),
    field("email", "E-mail", "email", Kind::Text),
    field("phone", "Phone", "phone", Kind::Text),
    ADDRESS[0],
    ADDRESS[1],
    ADDRESS[2],
    ADDRESS[3],
    ADDRESS[4],
    CUSTOM,
    TAGS,
    CREATED,
    UPDATED,
];
/// The custom field by which the vendor's own link knows a customer of QuickBooks. Its name is D.
const QUICKBOOKS_CUSTOMER: Field = field(
    "quickbooks_customer",
    "QuickBooks customer",
    "custom-fields.Quickbooks Customer",
    Kind::Text,
);
const OF_A_CUSTOMER: [Field; 15] = {
    let mut fields = [QUICKBOOKS_CUSTOMER; 15];
    let mut at = 0;
    while at < PARTY.len() {
        fields[at] = PARTY[at];
        at += 1;
    }
    fields
};

/// Paths P, fields A.
pub const CUSTOMER: Table = Table {
    fields: &OF_A_CUSTOMER,
    keys: &["code", "name", "quickbooks_customer"],
    ..Table::at("customer", "clients")
};

/// Paths P, fields A.
pub const SUPPLIER: Table = Table {
    fields: &PARTY,
    keys: &["code", "name"],
    ..Table::at("supplier", "suppliers")
};

/// Paths P, `code` C, the unit D by name, the other fields A.
pub const PRODUCT: Table = Table {
    fields: &[
        CODE_FIELD,
        NAME,
        OBSERVATIONS,
        field("family", "Family", "family", Kind::Text),
        field("unit", "Unit of measurement", "unit", Kind::Text),
        field(
            "raw_material",
            "Raw material",
            "is-raw-material",
            Kind::Flag,
        ),
        field("cost", "Cost", "cost", Kind::Decimal),
        field("price", "Price", "price", Kind::Decimal),
        field(
            "stock_minimum",
            "Minimum stock",
            "stock-minimum",
            Kind::Decimal,
        ),
        TAGS,
        CUSTOM,
        CREATED,
        UPDATED,
    ],
    keys: &["code", "name"],
    ..Table::at("product", "products")
};

const OF_CUSTOMER: Reference = Reference {
    name: "customer_id",
    title: "Customer",
    entity: "customer",
    code: "customer_code",
};
const OF_SUPPLIER: Reference = Reference {
    name: "supplier_id",
    title: "Supplier",
    entity: "supplier",
    code: "supplier_code",
};
const OF_PRODUCT: Reference = Reference {
    name: "product_id",
    title: "Product",
    entity: "product",
    code: "product_code",
};
const LINE_PRODUCT: Field =
    field("product_code", "Product code", "product", Kind::Text).essential();
const CUSTOMER_CODE: Field =
    field("customer_code", "Customer code", "client", Kind::Text).essential();
const SUPPLIER_CODE: Field =
    field("supplier_code", "Supplier code", "supplier", Kind::Text).essential();
const STATUS: Field = field("status", "Status", "status", Kind::Text).essential();
const CREATION_DATE: Field = field("creation_date", "Creation date", "creation-date", Kind::Day);
const DOCUMENT_DATE: Field = field("document_date", "Document date", "document-date", Kind::Day);
const DUE_DATE: Field = field("due_date", "Due date", "due-date", Kind::Day);
const UNIT_PRICE: Field = field("unit_price", "Unit price", "unit-price", Kind::Decimal);
const UNIT_COST: Field = field("unit_cost", "Unit cost", "unit-cost", Kind::Decimal);
/// C for production orders, A elsewhere.
const ORDERED: Field = field("quantity", "Quantity ordered", ORDERED_WIRE, Kind::Decimal);
pub const ORDERED_WIRE: &str = "quantity-ordered";
const SHIPPED: Field = field(
    "quantity_shipped",
    "Quantity shipped",
    "quantity-shipped",
    Kind::Decimal,
)
.read_only();
const RECEIVED: Field = field(
    "quantity_received",
    "Quantity received",
    "quantity-received",
    Kind::Decimal,
)
.read_only();

/// Paths P, fields A.
pub const SALES_ORDER: Table = Table {
    fields: &[
        CODE_FIELD,
        CUSTOMER_CODE,
        STATUS,
        CREATION_DATE,
        DOCUMENT_DATE,
        DUE_DATE,
        OBSERVATIONS,
        field("asn_sent", "ASN sent", "asn-sent", Kind::Flag).read_only(),
        field("shipped_on", "Shipped on", "shipping.date", Kind::Day).read_only(),
        field(
            "work_order_codes",
            "Work orders",
            "production-orders",
            Kind::Words,
        )
        .read_only(),
        CUSTOM,
        TAGS,
        CREATED,
        UPDATED,
    ],
    references: &[OF_CUSTOMER],
    lines: Some(Lines {
        wire: "products",
        fields: &[
            LINE_PRODUCT,
            ORDERED,
            SHIPPED,
            UNIT_PRICE,
            OBSERVATIONS,
            DUE_DATE,
        ],
        references: &[OF_PRODUCT],
    }),
    // A work order is for one sales order, which names it.
    keys: &["code", "work_order_codes"],
    ..Table::at("sales_order", "sales-orders")
};

/// Paths P, fields A.
pub const PURCHASE_ORDER: Table = Table {
    fields: &[
        CODE_FIELD,
        SUPPLIER_CODE,
        STATUS,
        CREATION_DATE,
        DOCUMENT_DATE,
        DUE_DATE,
        OBSERVATIONS,
        field("received_on", "Received on", "receiving.date", Kind::Day).read_only(),
        CUSTOM,
        TAGS,
        CREATED,
        UPDATED,
    ],
    references: &[OF_SUPPLIER],
    lines: Some(Lines {
        wire: "products",
        fields: &[LINE_PRODUCT, ORDERED, RECEIVED, UNIT_COST, OBSERVATIONS],
        references: &[OF_PRODUCT],
    }),
    keys: &["code"],
    ..Table::at("purchase_order", "purchase-orders")
};

/// What was moved of a line of an order. A
const MOVED: [Field; 3] = [
    field("quantity", "Quantity moved", "quantity", Kind::Decimal),
    field("lot", "Lot", "lot", Kind::Text),
    field("warehouse", "Warehouse", "warehouse", Kind::Text),
];

/// That a shipment is data within a sales order is D, how the data look is A. A record of this table is a
/// sales order that has such data.
pub const SHIPMENT: Table = Table {
    part: Some("shipping"),
    fields: &[
        field("sales_order_code", "Sales order code", CODE, Kind::Text).read_only(),
        CUSTOMER_CODE.read_only(),
        field("order_status", "Status of the order", "status", Kind::Text).read_only(),
        CREATION_DATE.read_only(),
        DOCUMENT_DATE.read_only(),
        DUE_DATE.read_only(),
        field("date", "Date", "shipping.date", Kind::Day),
        field("status", "Status", "shipping.status", Kind::Text),
        field(
            "tracking",
            "Tracking number",
            "shipping.tracking",
            Kind::Text,
        ),
        field(
            "observations",
            "Observations",
            "shipping.observations",
            Kind::Text,
        ),
        field("asn_sent", "ASN sent", "asn-sent", Kind::Flag).read_only(),
        CUSTOM.read_only(),
        UPDATED,
    ],
    references: &[OF_CUSTOMER],
    lines: Some(Lines {
        wire: "products",
        fields: &[
            LINE_PRODUCT,
            MOVED[0],
            MOVED[1],
            MOVED[2],
            field(
                "quantity_ordered",
                "Quantity ordered",
                ORDERED_WIRE,
                Kind::Decimal,
            )
            .read_only(),
            UNIT_PRICE.read_only(),
            OBSERVATIONS.read_only(),
        ],
        references: &[OF_PRODUCT],
    }),
    keys: &["sales_order_id", "sales_order_code"],
    ..Table::at("shipment", "sales-orders")
};

/// As for [`SHIPMENT`], of a purchase order.
pub const RECEPTION: Table = Table {
    part: Some("receiving"),
    fields: &[
        field(
            "purchase_order_code",
            "Purchase order code",
            CODE,
            Kind::Text,
        )
        .read_only(),
        SUPPLIER_CODE.read_only(),
        field("order_status", "Status of the order", "status", Kind::Text).read_only(),
        CREATION_DATE.read_only(),
        DOCUMENT_DATE.read_only(),
        DUE_DATE.read_only(),
        field("date", "Date", "receiving.date", Kind::Day),
        field(
            "observations",
            "Observations",
            "receiving.observations",
            Kind::Text,
        ),
        CUSTOM.read_only(),
        UPDATED,
    ],
    references: &[OF_SUPPLIER],
    lines: Some(Lines {
        wire: "products",
        fields: &[
            LINE_PRODUCT,
            MOVED[0],
            MOVED[1],
            MOVED[2],
            field(
                "quantity_ordered",
                "Quantity ordered",
                ORDERED_WIRE,
                Kind::Decimal,
            )
            .read_only(),
            UNIT_COST.read_only(),
            OBSERVATIONS.read_only(),
        ],
        references: &[OF_PRODUCT],
    }),
    keys: &["purchase_order_id", "purchase_order_code"],
    ..Table::at("reception", "purchase-orders")
};

/// The one body with evidence: paths P, fields C but for the last four.
pub const WORK_ORDER: Table = Table {
    fields: &[
        CODE_FIELD,
        field("description", "Description", "description", Kind::Text),
        field("notes", "Notes", "notes", Kind::Text),
        field("starts_at", "Start", "start-date", Kind::Instant),
        field("due_at", "Due", "due-date", Kind::Instant),
        field("status", "Status", "status", Kind::Word).essential(),
        field(
            "running_status",
            "Running status",
            RUNNING_STATUS,
            Kind::Text,
        )
        .read_only(),
        field(
            "worker_numbers",
            "Workers assigned",
            "workers-assigned",
            Kind::Picks("number"),
        ),
        field("machine_codes", "Machines", "machines", Kind::Picks("code")),
        CUSTOM,
        TAGS,
        CREATED,
        UPDATED,
    ],
    lines: Some(Lines {
        wire: "products",
        fields: &[
            LINE_PRODUCT,
            ORDERED,
            field(
                "quantity_produced",
                "Quantity produced",
                "quantity-produced",
                Kind::Decimal,
            )
            .read_only(),
            OBSERVATIONS,
        ],
        references: &[OF_PRODUCT],
    }),
    keys: &["code"],
    // The one filter seen in clients. C
    filters: &[("running_status", RUNNING_STATUS)],
    ..Table::at("work_order", "production-orders")
};
const RUNNING_STATUS: &str = "running-status";

const TIME: [Field; 5] = [
    field(
        "worker_number",
        "Worker number",
        "worker.number",
        Kind::Text,
    )
    .essential(),
    field("worker_name", "Worker name", "worker.name", Kind::Text),
    field(
        "work_order_code",
        "Work order code",
        "production-order",
        Kind::Text,
    )
    .essential(),
    field("operation", "Operation", "operation", Kind::Text),
    field("worker_id", "Worker", WORKER_NUMBER, Kind::Id("worker")),
];
/// C in bodies: workers go by number.
const WORKER_NUMBER: &str = "worker.number";
const STARTED: Field = field("started_at", "Start", "start-date", Kind::Instant);
const ENDED: Field = field("ended_at", "End", "end-date", Kind::Instant);
/// Taken from start and end where the vendor leaves it out.
const SECONDS: Field = field(
    "duration_s",
    "Duration in seconds",
    "duration-seconds",
    Kind::Whole,
);

const OF_WORK_ORDER: Reference = Reference {
    name: "work_order_id",
    title: "Work order",
    entity: "work_order",
    code: "work_order_code",
};
/// A: a list that can be cut to one work order.
const BY_WORK_ORDER: &[(&str, &str)] = &[("work_order_code", "production-order")];

/// Who made what, and how long it took. Paths P (one record has no `GET`), fields A.
pub const TIME_RECORD: Table = Table {
    has_item: false,
    writable: false,
    fields: &[
        TIME[0],
        TIME[1],
        TIME[2],
        TIME[3],
        TIME[4],
        field("section", "Section", "section", Kind::Text),
        field("product_code", "Product code", "product", Kind::Text),
        field("machine_code", "Machine", "machine", Kind::Text),
        STARTED,
        ENDED,
        SECONDS,
        field(
            "quantity_produced",
            "Quantity produced",
            "quantity-produced",
            Kind::Decimal,
        ),
        field(
            "quantity_rejected",
            "Quantity rejected",
            "quantity-rejected",
            Kind::Decimal,
        ),
        OBSERVATIONS,
        CREATED,
        UPDATED,
    ],
    references: &[OF_WORK_ORDER, OF_PRODUCT],
    keys: &["work_order_code", "worker_number"],
    filters: BY_WORK_ORDER,
    ..Table::at("time_record", "productions")
};

/// Workers have no resource of their own: they are who made something. The id is the number.
pub const WORKER: Table = Table {
    id: WORKER_NUMBER,
    has_item: false,
    writable: false,
    fields: &[
        field("number", "Number", WORKER_NUMBER, Kind::Text),
        field("name", "Name", "worker.name", Kind::Text),
    ],
    keys: &["number", "name"],
    ..Table::at("worker", "productions")
};

/// Time that was booked without a quantity. Paths P, fields A.
pub const TASK_DURATION: Table = Table {
    writable: false,
    fields: &[
        TIME[0], TIME[1], TIME[2], TIME[3], TIME[4], STARTED, SECONDS, CREATED, UPDATED,
    ],
    references: &[OF_WORK_ORDER],
    keys: &["work_order_code", "worker_number"],
    filters: BY_WORK_ORDER,
    ..Table::at("task_duration", "task-durations")
};

/// All that are rows of a list.
pub const TABLES: [&Table; 11] = [
    &CUSTOMER,
    &SUPPLIER,
    &PRODUCT,
    &SALES_ORDER,
    &PURCHASE_ORDER,
    &SHIPMENT,
    &RECEPTION,
    &WORK_ORDER,
    &TIME_RECORD,
    &TASK_DURATION,
    &WORKER,
];
