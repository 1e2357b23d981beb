//! The functions of the old days: small letters, a strict order, dates in three parts, `<key>` as the reply.

use super::act::{Act, Hand};
use super::company::Row;
use super::filter::like;
use super::functions::{Done, permit};
use super::refusal::{self, Refusal};
use super::schema::{Object, known};
use super::wire::Element;
use super::{invoicing, path, schema, time, value, write};

const NAMES: [&str; 10] = [
    "create_contact",
    "create_customer",
    "create_invoice",
    "create_sotransaction",
    "delete_contact",
    "delete_customer",
    "delete_invoice",
    "delete_item",
    "get",
    "get_list",
];

pub fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

const CONTACT: &str = "contactname printas companyname? taxable? taxgroup? prefix? firstname? lastname? \
    initial? phone1? phone2? cellphone? pager? fax? email1? email2? url1? url2? status? mailaddress? \
    taxid? externalid?";
/// Within a customer, `taxable` stands before `companyname`.
const INNER_CONTACT: &str = "contactname printas taxable? companyname? taxgroup? prefix? firstname? \
    lastname? initial? phone1? phone2? cellphone? pager? fax? email1? email2? url1? url2? status? \
    mailaddress? taxid?";
const ADDRESS: &str =
    "address1? address2? city? state? zip? country? isocountrycode? latitude? longitude?";
const CUSTOMER: &str = "customerid name parentid? termname? custrepid? shippingmethod? custtype? taxid? \
    creditlimit? territoryid? resaleno? deliveryoptions? accountlabel? glaccountno? glgroup? onhold? \
    comments? status? currency? externalid? primary? billto? shipto? contactinfo? contactlist? \
    vsoepricelist? customfields? visibility? supdocid? offsetglaccountno?";
const INVOICE: &str = "customerid datecreated dateposted? datedue? termname? batchkey? action? invoiceno? \
    ponumber? description? externalid? billto? shipto? basecurr? currency? exchratedate? exchratetype? \
    exchrate? nogl? supdocid? customfields? invoiceitems";
const INVOICE_LINE: &str = "accountlabel? glaccountno? offsetglaccountno? amount allocationid? memo? \
    locationid? departmentid? item1099? form1099type? form1099box? key? totalpaid? totaldue? customfields? \
    revrectemplate? defrevaccount? revrecstartdate? revrecenddate? projectid? customerid? vendorid? \
    employeeid? itemid? classid? contractid? warehouseid? billable?";
const DOCUMENT: &str = "transactiontype datecreated dateposted? createdfrom? customerid documentno? \
    origdocdate? referenceno? termname? datedue? message? shippingmethod? shipto? billto? supdocid? \
    externalid? basecurr? currency? exchratedate? exchratetype? exchrate? vsoepricelist? customfields? \
    state? projectid? sotransitems subtotals?";
const DOCUMENT_LINE: &str = "bundlenumber? itemid itemdesc? taxable? warehouseid? quantity unit? \
    linelevelsimpletaxtype? discountpercent? price? sourcelinekey? discsurchargememo? locationid? \
    departmentid? memo? itemdetails? customfields? revrectemplate? revrecstartdate? revrecenddate? \
    renewalmacro? projectid? customerid? vendorid? employeeid? classid? contractid? fulfillmentstatus? \
    taskno? billingtemplate? dropship? shipto?";

/// Checks the order of an element's children; each word once, `?` if it may be left out.
fn order(element: &Element, words: &str) -> Result<(), Refusal> {
    let wrong = |what: String| {
        let text = format!("XML Parse schema error: element '{}': {what}", element.name);
        Err(Refusal::new(refusal::SCHEMA, text))
    };
    let mut rest = element.children.iter().peekable();
    for word in words.split_whitespace() {
        let name = word.trim_end_matches('?');
        let found = rest.next_if(|child| child.name == name).is_some();
        if !found && !word.ends_with('?') {
            return wrong(format!("expected is ( {name} )"));
        }
    }
    match rest.next() {
        None => Ok(()),
        Some(child) => wrong(format!("'{}' is not expected", child.name)),
    }
}

pub fn run(act: &mut Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let name = call.name.as_str();
    match name {
        "get" => return get(act, call),
        "get_list" => return get_list(act, call),
        _ => {}
    }
    let (verb, word) = name.split_once('_').unwrap_or((name, ""));
    let object = known(match word {
        "customer" => "CUSTOMER",
        "contact" => "CONTACT",
        "invoice" => "ARINVOICE",
        "item" => "ITEM",
        _ => "SODOCUMENT",
    });
    permit(act, verb, object)?;
    let before = act.company.clone();
    let key = match name {
        "create_customer" => customer(act, call),
        "create_contact" => contact(act, call),
        "create_invoice" => invoice(act, call),
        "create_sotransaction" => document(act, call),
        _ => delete(act, object, call),
    };
    match key {
        Ok(key) => Ok(Done::Elements(vec![Element::leaf("key", key)])),
        Err(refusal) => {
            *act.company = before;
            Err(refusal)
        }
    }
}

/// `<datecreated><year>…`: as the generic functions write a day.
fn day(element: &Element, name: &str) -> Result<String, Refusal> {
    let Some(date) = element.child(name) else {
        return Ok(String::new());
    };
    order(date, "year month day")?;
    let part = |name: &str| date.get(name).unwrap_or_default().trim().to_owned();
    let text = format!("{}/{}/{}", part("month"), part("day"), part("year"));
    time::parse_day(&text)
        .map(|day| day.strftime("%m/%d/%Y").to_string())
        .ok_or_else(|| Refusal::illegal(format!("Date is not valid: '{text}'")))
}

/// Custom fields become plain elements.
fn custom(element: &Element, into: &mut Vec<Element>) -> Result<(), Refusal> {
    let list = element.child("customfields").into_iter();
    for field in list.flat_map(|list| list.children.iter()) {
        order(field, "customfieldname customfieldvalue")?;
        let name = field.get("customfieldname").unwrap_or_default();
        into.push(Element::leaf(
            name,
            field.get("customfieldvalue").unwrap_or_default(),
        ));
    }
    Ok(())
}

/// The leaves that have a namesake among the object's fields.
fn same_names(element: &Element, object: &Object) -> Vec<Element> {
    let leaves = element
        .children
        .iter()
        .filter(|child| child.children.is_empty());
    let leaves = leaves.map(|child| Element::leaf(child.name.to_uppercase(), &child.text));
    leaves
        .filter(|leaf| object.field(&leaf.name).is_some())
        .collect()
}

fn contact_element(element: &Element, words: &str, name: &str) -> Result<Element, Refusal> {
    order(element, words)?;
    let mut children = same_names(element, known("CONTACT"));
    if let Some(address) = element.child("mailaddress") {
        order(address, ADDRESS)?;
        let leaves = address.children.iter();
        let leaves = leaves.filter(|leaf| !matches!(leaf.name.as_str(), "latitude" | "longitude"));
        let leaves = leaves.map(|leaf| Element::leaf(leaf.name.to_uppercase(), &leaf.text));
        children.push(Element::with("MAILADDRESS", leaves.collect()));
    }
    Ok(Element::with(name, children))
}

fn contact(act: &mut Act<'_>, call: &Element) -> Result<String, Refusal> {
    let element = contact_element(call, CONTACT, "CONTACT")?;
    let key = write::create(act, known("CONTACT"), &element)?;
    let row = act.company.get("CONTACT", key);
    Ok(row.map_or("", |row| row.get("CONTACTNAME")).to_owned())
}

fn customer(act: &mut Act<'_>, call: &Element) -> Result<String, Refusal> {
    order(call, CUSTOMER)?;
    let mut children = same_names(call, known("CUSTOMER"));
    if let Some(way) = call.get("deliveryoptions") {
        children.push(Element::leaf("DELIVERY_OPTIONS", way));
    }
    for (name, field) in [
        ("contactinfo", "CONTACTINFO"),
        ("billto", "BILLTO"),
        ("shipto", "SHIPTO"),
    ] {
        let Some(holder) = call.child(name) else {
            continue;
        };
        match (holder.child("contact"), holder.get("contactname")) {
            (Some(inner), _) if name == "contactinfo" => {
                children.push(contact_element(inner, INNER_CONTACT, "DISPLAYCONTACT")?);
            }
            (Some(inner), _) => {
                let element = contact_element(inner, INNER_CONTACT, "CONTACT")?;
                let name = element.get("CONTACTNAME").unwrap_or_default().to_owned();
                write::create(act, known("CONTACT"), &element)?;
                let name = Element::leaf("CONTACTNAME", name);
                children.push(Element::with(field, vec![name]));
            }
            (None, Some(name)) => {
                let name = Element::leaf("CONTACTNAME", name);
                children.push(Element::with(field, vec![name]));
            }
            (None, None) => return Err(Refusal::missing("contactname")),
        }
    }
    if !children.iter().any(|child| child.name == "DISPLAYCONTACT") {
        let name = call.get("name").unwrap_or_default();
        let print = Element::leaf("PRINTAS", name);
        children.push(Element::with("DISPLAYCONTACT", vec![print]));
    }
    custom(call, &mut children)?;
    let element = Element::with("CUSTOMER", children);
    let key = write::create(act, known("CUSTOMER"), &element)?;
    let row = act.company.get("CUSTOMER", key);
    Ok(row.map_or("", |row| row.get("CUSTOMERID")).to_owned())
}

fn invoice(act: &mut Act<'_>, call: &Element) -> Result<String, Refusal> {
    order(call, INVOICE)?;
    let mut children = Vec::new();
    for (name, field) in [
        ("customerid", "CUSTOMERID"),
        ("termname", "TERMNAME"),
        ("invoiceno", "RECORDID"),
        ("ponumber", "DOCNUMBER"),
        ("description", "DESCRIPTION"),
        ("currency", "CURRENCY"),
    ] {
        if let Some(text) = call.get(name) {
            children.push(Element::leaf(field, text));
        }
    }
    for (name, field) in [
        ("datecreated", "WHENCREATED"),
        ("dateposted", "WHENPOSTED"),
        ("datedue", "WHENDUE"),
    ] {
        children.push(Element::leaf(field, day(call, name)?));
    }
    custom(call, &mut children)?;
    let list = call.child("invoiceitems").into_iter();
    let items = list.flat_map(|list| list.children.iter()).map(|line| {
        order(line, INVOICE_LINE)?;
        let mut fields = Vec::new();
        for (name, field) in [
            ("glaccountno", "ACCOUNTNO"),
            ("amount", "TRX_AMOUNT"),
            ("memo", "ENTRYDESCRIPTION"),
            ("locationid", "LOCATIONID"),
            ("departmentid", "DEPARTMENTID"),
            ("itemid", "ITEMID"),
            ("contractid", "CONTRACTID"),
        ] {
            if let Some(text) = line.get(name) {
                fields.push(Element::leaf(field, text));
            }
        }
        Ok(Element::with("ARINVOICEITEM", fields))
    });
    let items = items.collect::<Result<_, Refusal>>()?;
    children.push(Element::with("ARINVOICEITEMS", items));
    let element = Element::with("ARINVOICE", children);
    write::create(act, known("ARINVOICE"), &element).map(|key| key.to_string())
}

fn document(act: &mut Act<'_>, call: &Element) -> Result<String, Refusal> {
    order(call, DOCUMENT)?;
    let text = |name: &str| call.get(name).unwrap_or_default().to_owned();
    let kept = |name: &str| -> Result<String, Refusal> {
        let shown = day(call, name)?;
        Ok(time::parse_day(&shown).map_or_else(String::new, |day| day.to_string()))
    };
    let mut head = Row::default();
    for (name, field) in [
        ("customerid", "CUSTVENDID"),
        ("documentno", "DOCNO"),
        ("referenceno", "PONUMBER"),
        ("termname", "TERM.NAME"),
        ("message", "MESSAGE"),
        ("currency", "CURRENCY"),
        ("state", "STATE"),
    ] {
        head.set(field, text(name));
    }
    head.set("WHENCREATED", kept("datecreated")?);
    head.set("WHENPOSTED", kept("dateposted")?);
    head.set("WHENDUE", kept("datedue")?);
    let term = head.get("TERM.NAME");
    if !term.is_empty() && act.company.by_id("ARTERM", term).is_none() {
        return Err(Refusal::invalid("AR Term", term));
    }
    let mut fields = Vec::new();
    custom(call, &mut fields)?;
    let docparid = text("transactiontype");
    for field in fields {
        let object = known("SODOCUMENT");
        let found = act.company.field(object, &field.name, Some(&docparid));
        let found = found.filter(|found| found.custom).ok_or_else(|| {
            Refusal::general(format!("{} is not a valid field of SODOCUMENT", field.name))
        })?;
        let offset = act.switches.modified_offset_minutes;
        let value = value::parse(found, &field.text, offset).map_err(Refusal::illegal)?;
        head.set(&field.name, value);
    }
    let list = call.child("sotransitems").into_iter();
    let lines = list
        .flat_map(|list| list.children.iter())
        .map(|line| document_line(act, line));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    if lines.is_empty() {
        return Err(Refusal::missing("sotransitem"));
    }
    let key = invoicing::document(act, &docparid, head, lines)?;
    let row = act.company.get("SODOCUMENT", key);
    Ok(row.map_or("", |row| row.get("DOCID")).to_owned())
}

fn document_line(act: &Act<'_>, line: &Element) -> Result<Row, Refusal> {
    order(line, DOCUMENT_LINE)?;
    let text = |name: &str| line.get(name).unwrap_or_default();
    let number = |name: &str| {
        value::decimal(text(name)).ok_or_else(|| {
            Refusal::new(
                refusal::LINE,
                format!("{name} '{}' is not valid", text(name)),
            )
        })
    };
    let item = act.company.by_id("ITEM", text("itemid"));
    let item = item.ok_or_else(|| Refusal::invalid("Item", text("itemid")))?;
    let price = if text("price").is_empty() {
        item.amount("BASEPRICE")
    } else {
        number("price")?
    };
    let quantity = number("quantity")?;
    let total = quantity
        .checked_mul(price)
        .ok_or_else(|| Refusal::new(refusal::LINE, "The amount is too large"))?;
    let mut row = Row::default();
    for (name, field) in [
        ("itemid", "ITEMID"),
        ("itemdesc", "ITEMDESC"),
        ("unit", "UNIT"),
        ("locationid", "LOCATIONID"),
        ("departmentid", "DEPARTMENTID"),
        ("contractid", "CONTRACTID"),
    ] {
        row.set(field, text(name));
    }
    row.set("QUANTITY", quantity.to_string());
    row.set("PRICE", price.to_string());
    row.set("TOTAL", total.round_dp(2).to_string());
    Ok(row)
}

fn delete(act: &mut Act<'_>, object: &'static Object, call: &Element) -> Result<String, Refusal> {
    let attribute = match object.name.as_str() {
        "CUSTOMER" => "customerid",
        "CONTACT" => "contactname",
        "ITEM" => "itemid",
        _ => "key",
    };
    let id = call.attribute(attribute).unwrap_or_default().to_owned();
    let row = if attribute == "key" {
        id.parse()
            .ok()
            .and_then(|key| act.company.get(&object.name, key))
    } else {
        act.company.by_id(&object.name, &id)
    };
    let key = row.map(|row| row.key).unwrap_or_default();
    write::delete(act, object, key)?;
    Ok(id)
}

fn listed(act: &Act<'_>, call: &Element) -> Result<&'static Object, Refusal> {
    let word = call.attribute("object").unwrap_or_default();
    let name = match word {
        "invoice" => "ARINVOICE",
        "icitem" => "ITEM",
        "sotransaction" => "SODOCUMENT",
        word => word,
    };
    let object = schema::object(name).ok_or_else(|| Refusal::no_object("WS", word))?;
    permit(act, "read", object)?;
    Ok(object)
}

/// A record in small letters; the wished fields, or all that hold something.
fn small(act: &Act<'_>, call: &Element, object: &'static Object, row: &Row) -> Element {
    let wished = call.child("fields").into_iter();
    let wished: Vec<String> = wished
        .flat_map(|fields| fields.children.iter())
        .map(|field| field.text.to_uppercase())
        .collect();
    let offset = act.switches.modified_offset_minutes;
    let paths = path::all(act.company, object, None).into_iter();
    let shown = paths.filter_map(|path| {
        let kept = path.value(act.company, row);
        let is_wished = if wished.is_empty() {
            !kept.is_empty()
        } else {
            wished.contains(&path.name)
        };
        let text = value::show(&path.field, &kept, offset);
        is_wished.then(|| Element::leaf(path.name.to_lowercase(), text))
    });
    let word = call.attribute("object").unwrap_or_default();
    Element::with(word, shown.collect())
}

fn get(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let object = listed(act, call)?;
    let key = call.attribute("key").unwrap_or_default();
    let found = match &object.id {
        Some(_) => act.company.by_id(&object.name, key),
        None => key
            .parse()
            .ok()
            .and_then(|key| act.company.get(&object.name, key)),
    };
    let found = found.filter(|row| act.sees(object, row, true));
    let row = found.ok_or_else(|| Refusal::invalid(&object.title, key))?;
    let data = Element::with("data", vec![small(act, call, object, row)]);
    Ok(Done::Elements(vec![data]))
}

fn get_list(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let object = listed(act, call)?;
    let conditions = call
        .child("filter")
        .map(|filter| filter.children.as_slice());
    let conditions = conditions.unwrap_or_default();
    for condition in conditions {
        if condition.name != "expression" {
            return Err(Refusal::query("only expressions are simulated in a filter"));
        }
        order(condition, "field operator value")?;
    }
    let number = |name: &str, otherwise: usize| {
        let text = call.attribute(name).unwrap_or_default();
        text.parse().unwrap_or(otherwise)
    };
    let (start, most) = (number("start", 0), number("maxitems", 100));
    let mut rows = Vec::new();
    for row in act.company.rows(&object.name) {
        if act.sees(object, row, act.hand != Hand::Api) && passes(act, object, row, conditions)? {
            rows.push(row);
        }
    }
    let total = rows.len();
    let page: Vec<Element> = rows
        .into_iter()
        .skip(start)
        .take(most)
        .map(|row| small(act, call, object, row))
        .collect();
    let word = call.attribute("object").unwrap_or_default();
    let mut kind = Element::leaf("listtype", word);
    kind.set("start", start);
    kind.set("end", (start + page.len()).saturating_sub(1));
    kind.set("total", total);
    Ok(Done::Elements(vec![kind, Element::with("data", page)]))
}

fn passes(
    act: &Act<'_>,
    object: &'static Object,
    row: &Row,
    conditions: &[Element],
) -> Result<bool, Refusal> {
    for condition in conditions {
        let text = |name: &str| condition.get(name).unwrap_or_default();
        let path = path::resolve(act.company, object, text("field"), None);
        let path = path.ok_or_else(|| {
            let what = format!("{} is not a field of {}", text("field"), object.name);
            Refusal::new("Invalid fields list", what)
        })?;
        let held = path.value(act.company, row);
        let offset = act.switches.modified_offset_minutes;
        let wanted = match text("operator") {
            "like" => text("value").to_owned(),
            _ => value::parse(&path.field, text("value"), offset).map_err(Refusal::illegal)?,
        };
        let order = value::compare(path.field.kind, &held, &wanted);
        let passed = match text("operator") {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "like" => like(&held, &wanted),
            other => return Err(Refusal::query(format!("Unknown operator {other}"))),
        };
        if !passed {
            return Ok(false);
        }
    }
    Ok(true)
}
