//! The entities: their names, the fields of their records, and by which of them a record is found.

use crate::assumed;
use liaison_sdk::prelude::*;
use schema::Field;

pub const CUSTOMER: &str = "customer";
pub const CONTACT: &str = "contact";
pub const QUOTE: &str = "quote";
pub const SALES_ORDER: &str = "sales_order";
pub const PRODUCT: &str = "product";
pub const CATEGORY: &str = "category";
pub const MANUFACTURER: &str = "manufacturer";
pub const SALES_REP: &str = "sales_rep";
pub const PAYMENT_TERM: &str = "payment_term";
pub const SHIPPING_METHOD: &str = "shipping_method";
pub const DOCUMENT_CUSTOM_FIELD: &str = "document_custom_field";
pub const ACTION: &str = "action";
pub const EXPORT_RESULT: &str = "export_result";

/// What became of an export.
pub const OUTCOMES: [&str; 2] = ["success", "failure"];
/// Whether an outcome may still be told anew.
pub const OPEN: &str = "open";
pub const CLOSED: &str = "closed";

/// By which fields, beside its id, a record is found.
pub fn keys(name: &str) -> &'static [&'static str] {
    match name {
        CUSTOMER => &["number", "name", "external_id", "system_id"],
        CONTACT => &["email", "external_id", "customer_id"],
        QUOTE | SALES_ORDER => &["number"],
        PRODUCT => &["number"],
        SALES_REP => &["name", "email"],
        CATEGORY => &["name", "parent_id"],
        EXPORT_RESULT | ACTION => &[],
        _ => &["name"],
    }
}

/// The fields of an entity's records.
pub fn fields(name: &str) -> Vec<Field> {
    match name {
        CUSTOMER => customer(),
        CONTACT => contact(),
        QUOTE | SALES_ORDER => document(),
        PRODUCT => product(),
        ACTION => action(),
        EXPORT_RESULT => export_result(),
        list => list_row(list),
    }
}

fn text(name: &'static str, title: &str) -> Field {
    schema::string(name).title(title)
}

fn told(name: &'static str, title: &str) -> Field {
    text(name, title).read_only()
}

fn amount(name: &'static str, title: &str) -> Field {
    schema::decimal(name).title(title).read_only()
}

fn instant(name: &'static str, title: &str) -> Field {
    schema::instant(name).title(title).read_only()
}

/// A record within a record.
fn part(name: &'static str, title: &str, fields: &[Field]) -> Field {
    let whole = schema::object(fields);
    schema::text_map(name)
        .with("additionalProperties", json!(false))
        .with("properties", whole["properties"].clone())
        .title(title)
        .read_only()
}

/// A list that may be left out.
fn parts(name: &'static str, title: &str, fields: &[Field]) -> Field {
    schema::string(name)
        .with("type", json!("array"))
        .with("items", schema::object(fields))
        .title(title)
}

/// What a user asked for, and what is told of it.
fn requested() -> Vec<Field> {
    vec![
        told("requested_action", "Asked for: action").description(
            "The id of what a user pressed on this record and that is not finished; null when there is none.",
        ),
        told("requested_type", "Asked for: what").description(&format!(
            "One of: {}",
            assumed::action::TYPES.join(", ")
        )),
        told("requested_by", "Asked for by"),
        instant("requested_at", "Asked for at"),
        told("requested_argument", "Asked for: argument"),
        schema::boolean("requested_all_contacts")
            .title("Asked for: all contacts")
            .read_only(),
        schema::string("requested_contacts")
            .with("type", json!("array"))
            .with("items", json!({"type": "string"}))
            .title("Asked for: these contacts")
            .read_only(),
        schema::one_of("export_status", &OUTCOMES)
            .title("Outcome of the export")
            .description("What became of the export. Writing it shows it, and finishes what the user asked for. Not read back."),
        text("export_message", "Words of the outcome")
            .description("What the user reads. Goes with export_status. Not read back."),
        text("export_action", "Action that is finished").description(
            "The action that the outcome is of. Left out, every one of this record that is not finished; `-`, none. Not read back.",
        ),
        results("export_results").description(
            "What a query found, for the user to choose from. Goes with export_status. Not read back.",
        ),
    ]
}

fn results(name: &'static str) -> Field {
    parts(
        name,
        "Found",
        &[text("id", "Id").required(), text("name", "Name")],
    )
}

fn customer() -> Vec<Field> {
    let mut fields = vec![
        schema::id("id"),
        text("number", "Customer number").description(
            "The customer number, which is the id too. Of a new customer: left out, ChannelOnline makes one. It stays.",
        ),
        told("system_id", "System id"),
        text("name", "Name").max(assumed::NAME_MAX).description("A new customer needs one."),
        schema::boolean("active").title("Active"),
        schema::string("type")
            .title("Account type")
            .description(&format!("One of: {}", assumed::customer::TYPES.join(", "))),
        text("phone", "Work phone"),
        text("fax", "Fax"),
        text("web", "Web"),
        text("address_line_1", "Billing address, line 1"),
        text("address_line_2", "Billing address, line 2"),
        text("city", "City"),
        text("state", "State or province"),
        text("postal_code", "Postal code"),
        text("country", "Country"),
        text("shipping_address_line_1", "Shipping address, line 1"),
        text("shipping_address_line_2", "Shipping address, line 2"),
        text("shipping_city", "Shipping city"),
        text("shipping_state", "Shipping state or province"),
        text("shipping_postal_code", "Shipping postal code"),
        text("shipping_country", "Shipping country"),
        text("payment_terms", "Payment terms"),
        text("external_id", "External id").description(
            "The customer's id in the system of the setting external_system.",
        ),
        instant("modified_at", "Changed at"),
        schema::list("contacts", &contact_parts())
            .title("Contacts")
            .read_only(),
    ];
    fields.extend(requested());
    fields
}

fn contact_parts() -> Vec<Field> {
    vec![
        schema::id("id"),
        told("first_name", "First name"),
        told("last_name", "Last name"),
        told("email", "E-mail"),
        told("work_phone", "Work phone"),
        told("external_id", "External id"),
        schema::boolean("active").title("Active").read_only(),
        schema::boolean("primary").title("Primary").read_only(),
    ]
}

fn contact() -> Vec<Field> {
    vec![
        schema::id("id"),
        told("system_id", "System id"),
        schema::reference("customer_id", CUSTOMER)
            .title("Customer")
            .description("Set once."),
        told("customer_name", "Customer's name"),
        told("customer_external_id", "Customer's external id"),
        text("first_name", "First name"),
        text("last_name", "Last name"),
        text("title", "Title"),
        text("email", "E-mail"),
        text("work_phone", "Work phone"),
        text("mobile_phone", "Mobile phone"),
        schema::boolean("active").title("Active"),
        schema::boolean("primary").title("Primary"),
        text("external_id", "External id")
            .description("The contact's id in the system of the setting external_system."),
        instant("modified_at", "Changed at"),
        told("requested_action", "Asked for: action").description(
            "The id of what a user pressed that concerns this contact and is not finished.",
        ),
        told("requested_type", "Asked for: what"),
    ]
}

fn address() -> Vec<Field> {
    vec![
        told("company_name", "Company"),
        told("first_name", "First name"),
        told("last_name", "Last name"),
        told("email", "E-mail"),
        told("phone", "Phone"),
        told("address_line_1", "Line 1"),
        told("address_line_2", "Line 2"),
        told("address_line_3", "Line 3"),
        told("city", "City"),
        told("state", "State or province"),
        told("state_code", "State or province, short"),
        told("postal_code", "Postal code"),
        told("country", "Country"),
    ]
}

fn document() -> Vec<Field> {
    let mut fields = vec![
        schema::id("id"),
        told("number", "Document number"),
        told("system_id", "System id"),
        schema::integer("revision").title("Revision").read_only(),
        told("status", "Status"),
        told("stage", "Stage"),
        schema::decimal("probability").title("Probability in per cent").read_only(),
        told("description", "Description"),
        schema::reference("customer_id", CUSTOMER)
            .title("Customer")
            .read_only(),
        told("customer_number", "Customer number"),
        told("customer_name", "Customer's name"),
        told("price_profile", "Price profile"),
        amount("tax_rate", "Tax rate"),
        told("customer_terms", "Customer's terms"),
        told("payment_terms", "Payment terms").description(
            "The terms that were selected on the document; null where none were.",
        ),
        schema::reference("contact_id", CONTACT)
            .title("Contact")
            .read_only(),
        told("contact_email", "Contact's e-mail"),
        told("contact_name", "Contact's name"),
        schema::reference("sales_rep_id", SALES_REP)
            .title("Sales representative")
            .read_only(),
        told("sales_rep_email", "Sales representative's e-mail"),
        told("sales_rep_name", "Sales representative's name"),
        told("account_manager_email", "Account manager's e-mail"),
        told("account_manager_name", "Account manager's name"),
        told("po_number", "PO number"),
        told("shipping_carrier", "Carrier").description(
            "The document's; where it has none, that of the first line that has one.",
        ),
        told("shipping_service", "Carrier's service"),
        told("shipping_method", "Shipping method").description("Carrier and service."),
        part("bill_to", "Bill to", &address()),
        part("ship_to", "Ship to", &address()),
        told("internal_note", "Internal note"),
        told("external_note", "External note"),
        told("shipping_note", "Shipping note"),
        amount("item_cost_total", "Cost of the items"),
        amount("subtotal", "Subtotal"),
        amount("tax_total", "Tax"),
        amount("shipping_total", "Shipping and handling"),
        amount("misc_total", "Miscellaneous"),
        amount("total", "Total"),
        instant("created_at", "Made at"),
        told("created_by", "Made by"),
        instant("ordered_at", "Ordered at"),
        instant("modified_at", "Changed at"),
        told("modified_by", "Changed by"),
        text("opportunity_name", "Opportunity's name").description(
            "The custom field of the setting opportunity_name_field.",
        ),
        text("opportunity_id", "Opportunity's id").description(
            "The custom field of the setting opportunity_id_field.",
        ),
        schema::text_map("custom_fields")
            .title("Custom fields")
            .description("By their names. Those that are not named stay as they are."),
        schema::boolean("exported")
            .title("Exported")
            .description("The document's export flag. Left out, what export_status says. Not read back."),
        schema::list("lines", &line()).title("Lines").read_only(),
        parts("add_lines", "Lines to add", &new_line()).description(
            "Lines for services, service bundles and labor. One whose external_id stands on the document with the same type is not added again. Not read back.",
        ),
        schema::string("remove_lines")
            .with("type", json!("array"))
            .with("items", json!({"type": "string"}))
            .title("Lines to remove")
            .description("By their ids. Not read back."),
    ];
    fields.extend(requested());
    fields
}

fn new_line() -> Vec<Field> {
    vec![
        text("product_type", "Type").required(),
        text("part_number", "Part number"),
        text("description", "Description"),
        schema::decimal("quantity").title("Quantity").required(),
        schema::decimal("cost").title("Cost"),
        schema::decimal("price").title("Price"),
        text("external_id", "External id").required(),
    ]
}

/// What a line and a product tell of an article.
fn article() -> Vec<Field> {
    vec![
        told("product_type", "Type"),
        told("manufacturer", "Manufacturer"),
        told("manufacturer_id", "Manufacturer's id"),
        told("part_number", "Part number"),
        told("description", "Description"),
        told("description_2", "Description, second line"),
        told("category", "Category"),
        told("sub_category", "Sub-category"),
        told("upc", "UPC"),
        schema::boolean("dropship")
            .title("Drop-shipped")
            .read_only(),
        schema::boolean("taxable").title("Taxable").read_only(),
        amount("cost", "Cost"),
        amount("price", "Price"),
        amount("weight", "Weight"),
        told("supplier", "Supplier"),
        told("supplier_account_number", "Supplier's account number"),
        told("supplier_sku", "Supplier's SKU"),
        amount("msrp", "Manufacturer's list price"),
    ]
}

fn line() -> Vec<Field> {
    let mut fields = vec![
        schema::id("id"),
        told("number", "Line number"),
        schema::integer("position").title("Position").read_only(),
        schema::reference("product_id", PRODUCT)
            .title("Product")
            .description("Null for what came from outside (external_id) and for lines without a part number.")
            .read_only(),
        told("status", "Status"),
        amount("quantity", "Quantity"),
        amount("quantity_cancelled", "Cancelled quantity"),
        amount("quantity_left", "Quantity without the cancelled"),
        amount("amount", "Price times the quantity left"),
        told("note", "Note"),
        told("cost_center", "Cost centre"),
        told("shipping_carrier", "Carrier"),
        told("shipping_service", "Carrier's service"),
        told("serial_numbers", "Serial numbers").description("Joined by a comma."),
        told("external_id", "External id").description(
            "The id, in the system of the setting external_system, of what was put onto the document from there.",
        ),
        schema::text_map("custom_fields")
            .title("Custom fields")
            .read_only(),
    ];
    fields.extend(article());
    fields
}

fn product() -> Vec<Field> {
    let mut fields = vec![
        schema::id("id"),
        told("number", "Part number").description("The manufacturer's part number, once more."),
        told("document_type", "Kind of the document it stands on"),
        told("document_number", "Document it stands on"),
        instant("modified_at", "Document changed at"),
    ];
    fields.extend(article());
    fields
}

fn list_row(name: &str) -> Vec<Field> {
    let mut fields = vec![
        schema::id("id"),
        told("name", "Name"),
        schema::boolean("active").title("Active").read_only(),
    ];
    match name {
        CATEGORY => fields.extend([
            schema::reference("parent_id", CATEGORY)
                .title("Category above")
                .read_only(),
            told("parent_name", "Name of the category above"),
        ]),
        SALES_REP => fields.extend([told("email", "E-mail"), told("system_id", "System id")]),
        _ => {}
    }
    fields
}

fn action() -> Vec<Field> {
    vec![
        schema::id("id"),
        told("type", "What was asked for")
            .description(&format!("One of: {}", assumed::action::TYPES.join(", "))),
        told("subject_id", "Record"),
        told("argument", "Argument"),
        told("requested_by", "Asked for by"),
        instant("requested_at", "Asked for at"),
        schema::boolean("import_all_contacts")
            .title("All contacts")
            .read_only(),
        schema::string("contacts")
            .with("type", json!("array"))
            .with("items", json!({"type": "string"}))
            .title("These contacts")
            .read_only(),
        schema::one_of("status", &OUTCOMES)
            .title("Outcome")
            .description("Writing it finishes the action. Not read back."),
        text("message", "Words of the outcome").description("What the user reads. Not read back."),
        results("results")
            .description("What a query found, for the user to choose from. Not read back."),
    ]
}

fn export_result() -> Vec<Field> {
    vec![
        schema::id("id"),
        schema::one_of("subject_type", &[QUOTE, SALES_ORDER, CUSTOMER])
            .title("Kind of record")
            .description("What the outcome is of: a quote, a sales order or a customer. Set once."),
        text("subject_id", "Record").required().description("Its id. Set once."),
        text("action_id", "Action").description(
            "The user's action that is finished with it, the record's requested_action; null where nobody asked. Set once.",
        ),
        schema::one_of("outcome", &OUTCOMES)
            .title("Outcome")
            .description("Left out, failure."),
        text("title", "Heading").description("Stands before the words. Not read back."),
        text("description", "Words").description("What the user reads. Not read back."),
        schema::one_of("status", &[OPEN, CLOSED])
            .title("Status")
            .description("closed once the user's action is finished; an outcome that nobody asked for stays open.")
            .read_only(),
    ]
}
