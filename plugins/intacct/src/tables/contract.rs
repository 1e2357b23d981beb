//! Contracts and their lines.
//!
//! Which fields Intacct keeps after posting is assumed: the reference says only that a draft is mended by an
//! update. What it refuses beside that is told in its own words.

use crate::assumed::{DRAFT, IN_PROGRESS};
use crate::field::{field, Field, Kind};
use crate::table::{Definition, Recognised, Table};

const CONTRACT_STATES: Kind =
    Kind::Word(&[DRAFT, IN_PROGRESS, "Renewed", "Cancelled", "Not renewed"]);
const LINE_STATES: Kind = Kind::Word(&[
    DRAFT,
    IN_PROGRESS,
    "Renewal only",
    "Cancelled",
    "Not renewed",
    "Completed",
    "Revalued",
    "Closed",
    "Renewal forecast",
]);
const FREQUENCIES: Kind = Kind::Word(&["Monthly", "Quarterly", "Annually"]);
const PERIODS: Kind = Kind::Word(&["Years", "Months", "Days"]);
const IN_ADVANCE: Kind = Kind::Word(&["days", "months"]);

const CONTRACT_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    // Without one the contract sequence gives it.
    field("contract_id", "CONTRACTID", Kind::Text).once(),
    field("customer_id", "CUSTOMERID", Kind::Of("customer"))
        .once()
        .needed(),
    field("customer_name", "CUSTOMERNAME", Kind::Text).read_only(),
    field("name", "NAME", Kind::Text).needed(),
    field("description", "DESCRIPTION", Kind::Text),
    field("begin_date", "BEGINDATE", Kind::Day).draft().needed(),
    field("end_date", "ENDDATE", Kind::Day),
    field("cancel_date", "CANCELDATE", Kind::Day).read_only(),
    field("term", "TERMNAME", Kind::Of("payment_term")).needed(),
    field("location_id", "LOCATIONID", Kind::Text).draft(),
    field("department_id", "DEPARTMENTID", Kind::Text),
    field("class_id", "CLASSID", Kind::Text),
    field("project_id", "PROJECTID", Kind::Text),
    field("employee_id", "EMPLOYEEID", Kind::Text),
    field("state", "STATE", CONTRACT_STATES).read_only(),
    field("status", "STATUS", Kind::Text).read_only(),
    field(
        "term_type",
        "TERMTYPE",
        Kind::Word(&["Termed", "Evergreen"]),
    )
    .draft(),
    field("evergreen_macro", "EVERGREENMACRO", Kind::Text),
    field("billing_frequency", "BILLINGFREQUENCY", FREQUENCIES).draft(),
    field("currency", "CURRENCY", Kind::Text).draft(),
    field("base_currency", "BASECURR", Kind::Text).read_only(),
    field("exchange_rate_type", "EXCHRATETYPE", Kind::Text).draft(),
    field("bill_to_contact", "BILLTOCONTACTNAME", Kind::Of("contact")),
    field("ship_to_contact", "SHIPTOCONTACTNAME", Kind::Of("contact")),
    field(
        "additional_contact",
        "ADDITIONALCONTACTNAME",
        Kind::Of("contact"),
    ),
    field("contract_type", "CONTRACTTYPE", Kind::Text),
    field("price_list", "PRCLIST", Kind::Text),
    field("bill_in_advance", "ADVBILLBY", Kind::Whole),
    field("bill_in_advance_by", "ADVBILLBYTYPE", IN_ADVANCE),
    field("renewal", "RENEWAL", Kind::Flag),
    field("renewal_macro", "RENEWALMACRO", Kind::Text),
    field("renewal_length", "RENEWTERMLENGTH", Kind::Whole),
    field("renewal_period", "RENEWTERMPERIOD", PERIODS),
    field("parent_id", "PARENTID", Kind::Text).read_only(),
    field("total_amount", "SUMMARYTOTAL", Kind::Amount).read_only(),
    field("billed_amount", "SUMMARYBILLED", Kind::Amount).read_only(),
    field("billing_hold", "BILLINGHOLD", Kind::Flag).read_only(),
    field("owner_entity", "MEGAENTITYID", Kind::Text).read_only(),
    field("created_at", "WHENCREATED", Kind::Stamp).read_only(),
    field("modified_at", "WHENMODIFIED", Kind::Stamp).read_only(),
    field("url", "RECORD_URL", Kind::Text).read_only(),
];

pub const CONTRACT: Table = Table {
    entity: "contract",
    object: "CONTRACT",
    id: "CONTRACTID",
    fields: CONTRACT_FIELDS,
    lines: LINE_FIELDS,
    keys: &[
        "record_no",
        "contract_id",
        "external_id",
        "name",
        "customer_id",
    ],
    definition: Definition::None,
    recognised: Recognised::ByMarker,
    updates: true,
    has_stamp: true,
};

const LINE_FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("contract_id", "CONTRACTID", Kind::Of("contract"))
        .once()
        .needed(),
    field("contract_name", "CONTRACTNAME", Kind::Text).read_only(),
    field("contract_state", "CONTRACTSTATE", Kind::Text).read_only(),
    field("line_no", "LINENO", Kind::Whole).read_only(),
    field("item_id", "ITEMID", Kind::Of("item")).once().needed(),
    field("item_name", "ITEMNAME", Kind::Text).read_only(),
    field("description", "ITEMDESC", Kind::Text),
    field(
        "billing_method",
        "BILLINGMETHOD",
        Kind::Word(&["Fixed price", "Quantity based"]),
    )
    .draft(),
    field("location_id", "LOCATIONID", Kind::Text).draft(),
    field("department_id", "DEPARTMENTID", Kind::Text),
    field("class_id", "CLASSID", Kind::Text),
    field("project_id", "PROJECTID", Kind::Text),
    field("task_id", "TASKID", Kind::Text),
    field("state", "STATE", LINE_STATES).read_only(),
    field("line_type", "LINETYPE", Kind::Text).read_only(),
    field("begin_date", "BEGINDATE", Kind::Day).draft(),
    field("end_date", "ENDDATE", Kind::Day).draft(),
    field("cancel_date", "CANCELDATE", Kind::Day).read_only(),
    field(
        "billing_options",
        "BILLINGOPTIONS",
        Kind::Word(&[
            "One-time",
            "Use billing template",
            "Include with every invoice",
        ]),
    )
    .draft(),
    field("billing_template", "BILLINGTEMPLATENAME", Kind::Text).draft(),
    field("billing_start_date", "BILLINGSTARTDATE", Kind::Day).draft(),
    field("billing_end_date", "BILLINGENDDATE", Kind::Day).draft(),
    field("billing_frequency", "BILLINGFREQUENCY", FREQUENCIES).draft(),
    field("prorate", "PRORATEBILLINGPERIOD", Kind::Flag).draft(),
    field("recurring", "RECURRING", Kind::Flag).draft(),
    field("renewal", "RENEWAL", Kind::Flag),
    field(
        "renewal_billing_template",
        "RENEWALBILLINGTEMPLATENAME",
        Kind::Text,
    ),
    field("quantity", "QUANTITY", Kind::Amount).draft(),
    field("price", "PRICE", Kind::Amount).draft(),
    field("multiplier", "MULTIPLIER", Kind::Amount).draft(),
    field("discount_percent", "DISCOUNTPERCENT", Kind::Amount).draft(),
    field("flat_amount", "FLATAMOUNT", Kind::Amount).draft(),
    field("total_amount", "TOTALFLATAMOUNT", Kind::Amount).read_only(),
    field("exchange_rate_date", "EXCH_RATE_DATE", Kind::Day).draft(),
    field("exchange_rate", "EXCHANGE_RATE", Kind::Amount).draft(),
    field("revenue_template", "REVENUETEMPLATENAME", Kind::Text).draft(),
    field("revenue_start_date", "REVENUESTARTDATE", Kind::Day).draft(),
    field("revenue_end_date", "REVENUEENDDATE", Kind::Day).draft(),
    field("gl_posting_date", "GLPOSTINGDATE", Kind::Day).draft(),
    field("bill_to_contact", "BILLTOCONTACTNAME", Kind::Of("contact")),
    field("ship_to_contact", "SHIPTOCONTACTNAME", Kind::Of("contact")),
    field(
        "billing_schedule_status",
        "BILLINGSCHEDULESTATUS",
        Kind::Text,
    )
    .read_only(),
    field(
        "revenue_schedule_status",
        "REVENUESCHEDULESTATUS",
        Kind::Text,
    )
    .read_only(),
    field("delivery_status", "DELIVERYSTATUS", Kind::Text).read_only(),
    field("customer_id", "CUSTOMERID", Kind::Of("customer")).read_only(),
    field("created_at", "WHENCREATED", Kind::Stamp).read_only(),
    field("modified_at", "WHENMODIFIED", Kind::Stamp).read_only(),
    field("url", "RECORD_URL", Kind::Text).read_only(),
];

pub const CONTRACT_LINE: Table = Table {
    entity: "contract_line",
    object: "CONTRACTDETAIL",
    id: "RECORDNO",
    fields: LINE_FIELDS,
    lines: &[],
    keys: &["record_no", "contract_id", "external_id"],
    definition: Definition::None,
    recognised: Recognised::ByMarker,
    updates: true,
    has_stamp: true,
};
