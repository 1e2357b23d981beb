//! Objects as QuickBooks answers them: kept fields, worked-out ones, references with their names, in the
//! order of the table.
//!
//! Invariant: an answer holds nothing that its row of the table does not name.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::clock::Clock;
use super::company::{Company, Line, Object};
use super::data_ext;
use super::links;
use super::notation::{Content, Part, TABLE};
use super::stock::{Balances, Stock};
use super::value;
use super::xml::Element;

/// What the asker wants to see of each object.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub lines: bool,
    pub links: bool,
    pub owners: Vec<String>,
    /// `IncludeRetElement`: only these; empty for all.
    pub elements: Vec<String>,
}

impl Wanted {
    /// As an Add or a Mod answers: everything but links.
    pub fn after_write() -> Self {
        Self {
            lines: true,
            links: false,
            owners: vec!["0".to_owned()],
            elements: Vec::new(),
        }
    }

    pub fn everything() -> Self {
        Self {
            links: true,
            ..Self::after_write()
        }
    }
}

/// Writes objects of one company; the sums over all transactions are made once, when first needed.
pub struct Writer<'a> {
    company: &'a Company,
    clock: &'a Clock,
    stock: std::cell::OnceCell<Stock>,
    balances: std::cell::OnceCell<Balances>,
}

impl<'a> Writer<'a> {
    pub fn new(company: &'a Company, clock: &'a Clock) -> Self {
        Self {
            company,
            clock,
            stock: std::cell::OnceCell::new(),
            balances: std::cell::OnceCell::new(),
        }
    }

    pub fn write(&self, object: &Object, wanted: &Wanted) -> Element {
        let name = format!("{}Ret", object.kind.name);
        let mut children = self.head(object);
        let worked_out = ["QuantityOnHand", "AverageCost", "IsPaid"];
        let kept = object
            .fields
            .iter()
            .filter(|field| !worked_out.contains(&field.name.as_str()));
        children.extend(kept.cloned());
        children.extend(self.computed(object));
        if wanted.links {
            children.extend(
                object
                    .links
                    .iter()
                    .filter_map(|link| self.link(object, *link)),
            );
        }
        if wanted.lines {
            children.extend(object.lines.iter().map(|line| self.line(line, wanted)));
        }
        children.extend(data_ext::answers(&object.extensions, &wanted.owners));
        let mut answer = Element::with(name.clone(), children);
        self.name_references(&mut answer);
        if let Some(row) = TABLE.row(&name) {
            arrange(&mut answer, &row.parts);
        }
        if !wanted.elements.is_empty() {
            answer
                .children
                .retain(|child| wanted.elements.contains(&child.name));
        }
        answer
    }

    fn head(&self, object: &Object) -> Vec<Element> {
        let id = if object.kind.is_list {
            "ListID"
        } else {
            "TxnID"
        };
        let mut head = vec![
            Element::leaf(id, &object.id),
            Element::leaf("TimeCreated", self.clock.text(object.created)),
            Element::leaf("TimeModified", self.clock.text(object.modified)),
            Element::leaf("EditSequence", object.edit_sequence),
        ];
        if object.kind.is_list {
            head.push(Element::leaf("Name", &object.name));
            head.push(Element::leaf("FullName", self.company.full_name(object)));
            head.push(Element::leaf("IsActive", object.is_active));
            head.push(Element::leaf("Sublevel", self.company.depth(object)));
            if let Some(parent) = object.parent.and_then(|parent| self.company.object(parent)) {
                let id = Element::leaf("ListID", &parent.id);
                head.push(Element::with("ParentRef", vec![id]));
            }
        } else {
            head.push(Element::leaf("TxnNumber", object.txn_number));
        }
        head
    }

    fn computed(&self, object: &Object) -> Vec<Element> {
        let mut all: Vec<Element> = ["BillAddress", "ShipAddress", "VendorAddress"]
            .iter()
            .filter_map(|name| block(object.field(name)?))
            .collect();
        let balances = || self.balances.get_or_init(|| Balances::of(self.company));
        let mut amount =
            |name: &str, value: Decimal| all.push(Element::leaf(name, value::amount(value)));
        let totals = totals(self.company, object);
        match object.kind.name {
            "Customer" => {
                amount("Balance", balances().own(object.serial));
                amount("TotalBalance", balances().total(object.serial));
            }
            "Vendor" => amount("Balance", balances().own(object.serial)),
            "ItemInventory" | "ItemInventoryAssembly" => {
                let level = self
                    .stock
                    .get_or_init(|| Stock::of(self.company))
                    .level(&object.id);
                let cost = value::number(object.get("PurchaseCost")).unwrap_or_default();
                for (name, quantity) in [
                    ("QuantityOnHand", level.on_hand),
                    ("QuantityOnOrder", level.on_order),
                    ("QuantityOnSalesOrder", level.on_sales_order),
                ] {
                    all.push(Element::leaf(name, value::quantity(quantity)));
                }
                all.push(Element::leaf("AverageCost", value::price(cost)));
            }
            "SalesOrder" | "Estimate" | "Invoice" => {
                amount("Subtotal", totals.subtotal);
                amount("SalesTaxTotal", totals.tax);
                amount("TotalAmount", totals.total);
                let is_paid = object.is_true("IsPaid") || totals.total.is_zero();
                if object.kind.name == "Invoice" {
                    let open = if is_paid { Decimal::ZERO } else { totals.total };
                    amount("AppliedAmount", open - totals.total);
                    amount("BalanceRemaining", open);
                }
                all.push(Element::leaf(
                    "SalesTaxPercentage",
                    value::price(totals.percent),
                ));
                match object.kind.name {
                    "Invoice" => all.push(Element::leaf("IsPaid", is_paid)),
                    "SalesOrder" => {
                        all.push(Element::leaf(
                            "IsFullyInvoiced",
                            links::is_fulfilled(object),
                        ));
                    }
                    _ => {}
                }
            }
            "PurchaseOrder" => {
                amount("TotalAmount", totals.total);
                all.push(Element::leaf(
                    "IsFullyReceived",
                    links::is_fulfilled(object),
                ));
            }
            "ItemReceipt" => amount("TotalAmount", totals.total),
            "Bill" => {
                let is_paid = object.is_true("IsPaid") || totals.total.is_zero();
                amount("AmountDue", totals.total);
                amount(
                    "OpenAmount",
                    if is_paid { Decimal::ZERO } else { totals.total },
                );
                all.push(Element::leaf("IsPaid", is_paid));
            }
            _ => {}
        }
        all
    }

    fn link(&self, here: &Object, link: u32) -> Option<Element> {
        let other = self.company.object(link)?;
        let amount = totals(
            self.company,
            if other.kind.fulfils().is_some() {
                other
            } else {
                here
            },
        )
        .total;
        let mut children = vec![
            Element::leaf("TxnID", &other.id),
            Element::leaf("TxnType", other.kind.name),
            Element::leaf("TxnDate", other.get("TxnDate").unwrap_or_default()),
        ];
        if let Some(number) = other.get("RefNumber") {
            children.push(Element::leaf("RefNumber", number));
        }
        children.push(Element::leaf("LinkType", "QUANTYPE"));
        children.push(Element::leaf("Amount", value::amount(amount)));
        Some(Element::with("LinkedTxn", children))
    }

    fn line(&self, line: &Line, wanted: &Wanted) -> Element {
        let mut children = vec![Element::leaf("TxnLineID", &line.id)];
        children.extend(line.fields.iter().cloned());
        let mut quantity = |name: &str, value: Decimal| {
            children.push(Element::leaf(name, value::quantity(value)));
        };
        let ordered = line.number("Quantity");
        match (line.element, ordered) {
            ("SalesOrderLine", Some(_)) => quantity("Invoiced", line.taken),
            ("PurchaseOrderLine", Some(ordered)) => {
                quantity("ReceivedQuantity", line.taken);
                quantity("UnbilledQuantity", ordered - line.billed);
                children.push(Element::leaf(
                    "IsBilled",
                    line.billed >= ordered && !ordered.is_zero(),
                ));
            }
            _ => {}
        }
        if !line.inside.is_empty() || line.field("ItemGroupRef").is_some() {
            let sum = line
                .inside
                .iter()
                .filter_map(|inside| inside.number("Amount"))
                .sum();
            children.push(Element::leaf("TotalAmount", value::amount(sum)));
            let group = line
                .field("ItemGroupRef")
                .and_then(|group| group.get("ListID"));
            let group = group.and_then(|id| self.company.by_id(id));
            let prints = group.is_some_and(|group| group.is_true("IsPrintItemsInGroup"));
            children.push(Element::leaf("IsPrintItemsInGroup", prints));
            children.extend(line.inside.iter().map(|inside| self.line(inside, wanted)));
        }
        children.extend(data_ext::answers(&line.extensions, &wanted.owners));
        Element::with(format!("{}Ret", line.element), children)
    }

    /// Puts `FullName` beside every `ListID` of a reference.
    fn name_references(&self, element: &mut Element) {
        for child in &mut element.children {
            if child.name.ends_with("Ref") && child.children.len() == 1 {
                let found = child.get("ListID").and_then(|id| self.company.by_id(id));
                if let Some(found) = found {
                    let name = self.company.full_name(found);
                    child.children.push(Element::leaf("FullName", name));
                }
            } else {
                self.name_references(child);
            }
        }
    }
}

/// Sorts children into the table's order and drops what it does not name.
pub fn arrange(element: &mut Element, parts: &[Part]) {
    let mut order: HashMap<&str, (usize, &Content)> = HashMap::new();
    let mut at = 0;
    for part in parts {
        for rule in part.rules() {
            // A choice that repeats keeps the order its elements came in.
            at += usize::from(!part.mixes());
            order.entry(&rule.name).or_insert((at, &rule.content));
        }
        at += 1;
    }
    element
        .children
        .retain(|child| order.contains_key(child.name.as_str()));
    element
        .children
        .sort_by_key(|child| order[child.name.as_str()].0);
    for child in &mut element.children {
        if let Content::Group(parts) = order[child.name.as_str()].1 {
            arrange(child, parts);
        }
    }
}

/// An address as five printed lines.
fn block(address: &Element) -> Option<Element> {
    let mut lines: Vec<String> = (1..=5)
        .filter_map(|n| address.get(&format!("Addr{n}")).map(str::to_owned))
        .collect();
    let town = [address.get("City"), address.get("State")]
        .into_iter()
        .flatten();
    let town = town.collect::<Vec<_>>().join(", ");
    let town = format!("{town} {}", address.get("PostalCode").unwrap_or_default());
    lines.push(town.trim().chars().take(41).collect());
    lines.extend(address.get("Country").map(str::to_owned));
    lines.retain(|line| !line.is_empty());
    lines.truncate(5);
    let lines = lines.iter().enumerate();
    let children: Vec<_> = lines
        .map(|(n, line)| Element::leaf(format!("Addr{}", n + 1), line))
        .collect();
    if children.is_empty() {
        return None;
    }
    Some(Element::with(format!("{}Block", address.name), children))
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub subtotal: Decimal,
    pub percent: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
}

pub fn totals(company: &Company, object: &Object) -> Totals {
    if object.kind.is_list || object.is_voided {
        return Totals::default();
    }
    let tax_item = object
        .reference("ItemSalesTaxRef")
        .and_then(|id| company.by_id(id));
    let percent = value::number(tax_item.and_then(|item| item.get("TaxRate"))).unwrap_or_default();
    let mut totals = Totals {
        percent,
        ..Totals::default()
    };
    let mut taxable = Decimal::ZERO;
    for line in object.all_lines().filter(|line| line.inside.is_empty()) {
        let amount = line.number("Amount").unwrap_or_default();
        totals.subtotal += amount;
        let code = line
            .field("SalesTaxCodeRef")
            .and_then(|code| code.get("ListID"));
        if code
            .and_then(|id| company.by_id(id))
            .is_some_and(|code| code.is_true("IsTaxable"))
        {
            taxable += amount;
        }
    }
    if object.kind.is_sale() {
        totals.tax = (taxable * percent / Decimal::ONE_HUNDRED).round_dp(2);
    }
    totals.total = totals.subtotal + totals.tax;
    totals
}
