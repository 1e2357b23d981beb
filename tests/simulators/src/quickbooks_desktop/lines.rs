//! Lines of transactions: what a request leaves out comes from the item, and amounts are worked out.

use rust_decimal::Decimal;

use super::company::{Company, Line, Object};
use super::data_ext;
use super::kind::Kind;
use super::notation::{Content, Part, TABLE};
use super::references;
use super::status::Status;
use super::value;
use super::xml::Element;

/// The content of a line's answer element, which says what a line keeps.
pub fn answer_parts(kind: &Kind, line: &str) -> &'static [Part] {
    let row = TABLE.row(&format!("{}Ret", kind.name));
    let wanted = format!("{line}Ret");
    let rules = row
        .into_iter()
        .flat_map(|row| &row.parts)
        .flat_map(Part::rules);
    for rule in rules {
        if let (true, Content::Group(parts)) = (rule.name == wanted, &rule.content) {
            return parts;
        }
    }
    &[]
}

pub fn keeps(parts: &[Part], name: &str) -> bool {
    parts
        .iter()
        .any(|part| part.rules().iter().any(|rule| rule.name == name))
}

/// A line out of its `…Add` (or, of a person, any element of that content).
pub fn build(
    company: &mut Company,
    owner: &'static Kind,
    element: &'static str,
    request: &Element,
    now_s: i64,
) -> Result<Line, Status> {
    let resolved = references::resolve(company, request, owner)?;
    let mut line = Line {
        id: company.next_id(false, now_s).1,
        element,
        fields: Vec::new(),
        extensions: Vec::new(),
        source: None,
        taken: Decimal::ZERO,
        billed: Decimal::ZERO,
        inside: Vec::new(),
    };
    overlay(&mut line, owner, &resolved);
    for extension in request.all("DataExt") {
        let value = data_ext::Extension::read(extension);
        data_ext::check_line(company, owner, &value)?;
        data_ext::set(&mut line.extensions, value);
    }
    if let Some(group) = line
        .field("ItemGroupRef")
        .and_then(|group| group.get("ListID"))
    {
        let group = company.by_id(group).cloned();
        let group = group.filter(|group| group.kind.name == "ItemGroup");
        let group =
            group.ok_or_else(|| Status::bad_reference("Item", "ItemGroupRef", owner.name))?;
        fill_group(company, owner, &mut line, &group, now_s)?;
    } else {
        complete(company, owner, &mut line);
    }
    Ok(line)
}

/// Puts the given fields over a line's; an empty element clears.
pub fn overlay(line: &mut Line, owner: &Kind, given: &Element) {
    let parts = answer_parts(owner, line.element);
    for field in &given.children {
        if field.name == "TxnLineID" || !keeps(parts, &field.name) {
            continue;
        }
        // A blank description is kept: it stops the item's from being filled in.
        if field.is_empty() && field.name != "Desc" {
            line.fields.retain(|known| known.name != field.name);
        } else {
            line.set(field.clone());
        }
    }
}

/// Fills description, rate, amount and tax code from the item.
pub fn complete(company: &Company, owner: &Kind, line: &mut Line) {
    let item = line.item().and_then(|id| company.by_id(id)).cloned();
    let parts = answer_parts(owner, line.element);
    if let Some(item) = &item {
        if line.field("Desc").is_none()
            && let Some(text) = description(item, owner.is_purchase())
        {
            line.set(Element::leaf("Desc", text));
        }
        if owner.is_sale()
            && line.field("SalesTaxCodeRef").is_none()
            && let Some(code) = item.field("SalesTaxCodeRef")
        {
            line.set(code.clone());
        }
    }
    if !keeps(parts, "Amount") || line.element == "ExpenseLine" {
        return;
    }
    let rate_name = if keeps(parts, "Cost") { "Cost" } else { "Rate" };
    let quantity = line.number("Quantity");
    let count = quantity.unwrap_or(Decimal::ONE);
    let list_price = item.and_then(|item| price(&item, owner.is_purchase()));
    match (line.number(rate_name), line.number("Amount")) {
        (None, Some(amount)) if quantity.is_some_and(|q| !q.is_zero()) => {
            line.set(Element::leaf(rate_name, value::price(amount / count)));
        }
        (None, Some(_)) => {}
        (rate, _) if line.field("RatePercent").is_none() => {
            if let Some(rate) = rate.or(list_price) {
                line.set(Element::leaf(rate_name, value::price(rate)));
                line.set(Element::leaf("Amount", value::amount(rate * count)));
            }
        }
        _ => {}
    }
}

fn fill_group(
    company: &mut Company,
    owner: &'static Kind,
    line: &mut Line,
    group: &Object,
    now_s: i64,
) -> Result<(), Status> {
    let member = owner.lines.first().copied().unwrap_or_default();
    let member = if member == "ExpenseLine" {
        "ItemLine"
    } else {
        member
    };
    let count = line.number("Quantity").unwrap_or(Decimal::ONE);
    if let Some(text) = description(group, owner.is_purchase()) {
        line.set(Element::leaf("Desc", text));
    }
    let members: Vec<Element> = group
        .fields
        .iter()
        .filter(|f| f.name == "ItemGroupLine")
        .cloned()
        .collect();
    for inside in members {
        let quantity = value::number(inside.get("Quantity")).unwrap_or(Decimal::ONE) * count;
        let item = inside.child("ItemRef").cloned().unwrap_or_default();
        let given = Element::with(
            "line",
            vec![item, Element::leaf("Quantity", value::quantity(quantity))],
        );
        line.inside
            .push(build(company, owner, member, &given, now_s)?);
    }
    Ok(())
}

fn description(item: &Object, is_purchase: bool) -> Option<String> {
    let names = if is_purchase {
        ["PurchaseDesc", "Desc"]
    } else {
        ["SalesDesc", "Desc"]
    };
    let text = item_texts(item, &names).or_else(|| item.get("ItemDesc").map(str::to_owned));
    text.filter(|text| !text.is_empty())
}

pub fn price(item: &Object, is_purchase: bool) -> Option<Decimal> {
    let names = if is_purchase {
        ["PurchaseCost", "Price"]
    } else {
        ["SalesPrice", "Price"]
    };
    value::number(item_texts(item, &names).as_deref())
}

/// A field of the item, or of its `SalesOrPurchase` or `SalesAndPurchase`.
fn item_texts(item: &Object, names: &[&str]) -> Option<String> {
    let inner = ["SalesOrPurchase", "SalesAndPurchase"];
    names.iter().find_map(|name| {
        let inside = inner.iter().find_map(|group| item.field(group)?.get(name));
        item.get(name).or(inside).map(str::to_owned)
    })
}

/// Whether a line's item must hold stock, as an adjustment demands.
pub fn need_stock(company: &Company, item: &str) -> Result<(), Status> {
    match company.by_id(item) {
        Some(item) if item.kind.has_stock() => Ok(()),
        _ => Err(Status::bad_reference(
            "Item",
            item,
            "InventoryAdjustment line",
        )),
    }
}

/// The line element (`SalesOrderLine`) of a request's child (`SalesOrderLineAdd`).
pub fn line_of(owner: &Kind, child: &str) -> Option<&'static str> {
    let lines = owner.lines.iter().copied();
    lines
        .into_iter()
        .find(|line| matches!(child.strip_prefix(line), Some("Add" | "Mod" | "Ret")))
}
