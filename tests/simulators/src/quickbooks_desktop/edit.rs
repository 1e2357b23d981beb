//! Adding and changing objects, by an application or by a person.
//!
//! Invariant: an edit that fails leaves the company file as it was, but for ids given out.

use jiff::civil::Date;

use super::company::{Company, Line, Object, Serial};
use super::kind::{self, Kind};
use super::lines;
use super::links;
use super::notation::TABLE;
use super::references;
use super::status::Status;
use super::value;
use super::xml::Element;

/// Fields of a Mod that an empty element cannot clear, of the object and of its lines.
const NEVER_EMPTY: [&str; 12] = [
    "CustomerRef",
    "TemplateRef",
    "TxnDate",
    "DueDate",
    "ShipDate",
    "ItemSalesTaxRef",
    "IsManuallyClosed",
    "IsToBePrinted",
    "Name",
    "EntityRef",
    "Duration",
    "VendorRef",
];
const NEVER_EMPTY_IN_LINE: [&str; 6] = [
    "ItemRef",
    "Quantity",
    "Rate",
    "Amount",
    "SalesTaxCodeRef",
    "IsManuallyClosed",
];

/// An order that is closed: the link is not made, the rest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedLink {
    Warns,
    Fails,
}

pub struct Editor<'a> {
    pub company: &'a mut Company,
    pub now_s: i64,
    pub today: Date,
    pub closed_link: ClosedLink,
}

/// What was made or changed, and a warning if not all of it.
pub struct Edited {
    pub serial: Serial,
    pub warning: Option<Status>,
}

impl Editor<'_> {
    /// Makes an object out of the content of an `…Add`.
    pub fn add(&mut self, kind: &'static Kind, request: &Element) -> Result<Edited, Status> {
        let mut object = self.company.blank(kind, self.now_s);
        let resolved = references::resolve(self.company, request, kind)?;
        for (given, resolved) in request.children.iter().zip(&resolved.children) {
            if lines::line_of(kind, &given.name).is_none() {
                self.header(&mut object, resolved, given);
            }
        }
        if kind.is_list {
            self.name_list_element(&mut object, request)?;
            self.company
                .check_name(kind, object.parent, &object.name, None)?;
        } else {
            self.defaults(&mut object);
            check_transaction(self.company, &object)?;
        }
        let warning = self.new_lines(&mut object, request)?;
        let serial = object.serial;
        self.company.put(object);
        links::apply(self.company, serial, false, self.now_s);
        Ok(Edited { serial, warning })
    }

    /// One child of the request into the object, if its answer knows it.
    fn header(&self, object: &mut Object, field: &Element, given: &Element) {
        match field.name.as_str() {
            "Name" => given.text.trim().clone_into(&mut object.name),
            "IsActive" => object.is_active = !matches!(given.text.as_str(), "false" | "0"),
            "ParentRef" => {
                let parent = field.get("ListID").and_then(|id| self.company.by_id(id));
                object.parent = parent.map(|parent| parent.serial);
            }
            "TxnID" | "ListID" | "EditSequence" | "OpenBalance" | "OpenBalanceDate"
            | "TotalValue" | "InventoryDate" | "LinkToTxnID" | "SetCredit" => {}
            "BarCode" => {
                if let Some(code) = given.get("BarCodeValue") {
                    object.set(Element::leaf("BarCodeValue", code));
                }
            }
            "AdditionalNotes" => {
                let count = object
                    .fields
                    .iter()
                    .filter(|f| f.name == "AdditionalNotesRet")
                    .count();
                let note = vec![
                    Element::leaf("NoteID", count),
                    Element::leaf("Date", self.today),
                    Element::leaf("Note", given.get("Note").unwrap_or_default()),
                ];
                object
                    .fields
                    .push(Element::with("AdditionalNotesRet", note));
            }
            name => {
                let row = TABLE.row(&format!("{}Ret", object.kind.name));
                let rules = row.map(|row| row.parts.iter().flat_map(|part| part.rules()));
                let rule = rules.and_then(|mut rules| rules.find(|rule| rule.name == name));
                if row.is_some() && rule.is_none() {
                    return;
                }
                if rule.is_some_and(|rule| rule.repeats) || name == "TaxRate" {
                    object.fields.push(field.clone());
                } else if !field.is_empty() {
                    object.set(field.clone());
                }
            }
        }
    }

    /// The names no request gives: an employee's is made of three, a sales representative's its initials.
    fn name_list_element(&self, object: &mut Object, request: &Element) -> Result<(), Status> {
        if object.kind.name == "Employee" && object.name.is_empty() {
            let parts = ["FirstName", "MiddleName", "LastName"];
            let parts: Vec<&str> = parts.iter().filter_map(|name| object.get(name)).collect();
            object.name = parts.join(" ");
        }
        if object.name.is_empty() && object.kind.name == "SalesRep" {
            request
                .get("Initial")
                .unwrap_or_default()
                .clone_into(&mut object.name);
        }
        if object.kind.has_stock() {
            for account in ["IncomeAccountRef", "COGSAccountRef", "AssetAccountRef"] {
                if object.reference(account).is_none() {
                    return Err(Status::missing(account));
                }
            }
        }
        Ok(())
    }

    /// What QuickBooks fills in where a transaction says nothing.
    fn defaults(&self, object: &mut Object) {
        let kind = object.kind;
        let set = |object: &mut Object, name: &str, field: Option<Element>| {
            let row = TABLE.row(&format!("{}Ret", kind.name));
            let known = row.is_some_and(|row| lines::keeps(&row.parts, name));
            if let (true, None, Some(mut field)) = (known, object.field(name), field) {
                name.clone_into(&mut field.name);
                object.set(field);
            }
        };
        let leaf = |text: &str| Some(Element::leaf("", text));
        set(object, "TxnDate", leaf(&self.today.to_string()));
        if kind.has_number() {
            set(object, "RefNumber", leaf(&self.company.next_number(kind)));
        }
        let party = ["CustomerRef", "VendorRef"]
            .iter()
            .find_map(|name| object.reference(name));
        let party = party.and_then(|id| self.company.by_id(id));
        if let Some(party) = party.filter(|_| kind.is_sale() || kind.is_purchase()) {
            for name in [
                "BillAddress",
                "ShipAddress",
                "VendorAddress",
                "TermsRef",
                "SalesRepRef",
                "ItemSalesTaxRef",
            ] {
                set(object, name, party.field(name).cloned());
            }
            let code = party.field("SalesTaxCodeRef").cloned();
            set(object, "CustomerSalesTaxCodeRef", code);
        }
        let account = |word: &str| {
            let mut accounts = self.company.of("Account");
            let found = accounts.find(|account| account.get("AccountType") == Some(word))?;
            Some(Element::with("", vec![Element::leaf("ListID", &found.id)]))
        };
        set(object, "ARAccountRef", account("AccountsReceivable"));
        set(object, "APAccountRef", account("AccountsPayable"));
        let txn_date = object
            .get("TxnDate")
            .and_then(value::date)
            .unwrap_or(self.today);
        let terms = object
            .reference("TermsRef")
            .and_then(|id| self.company.by_id(id));
        let days: i64 = terms
            .and_then(|terms| terms.get("StdDueDays")?.parse().ok())
            .unwrap_or_default();
        let due = txn_date
            .checked_add(jiff::Span::new().days(days))
            .unwrap_or(txn_date);
        set(object, "DueDate", leaf(&due.to_string()));
        if kind.is_sale() {
            set(object, "ShipDate", leaf(&txn_date.to_string()));
        }
        for name in [
            "IsManuallyClosed",
            "IsPending",
            "IsToBePrinted",
            "IsToBeEmailed",
        ] {
            set(object, name, leaf("false"));
        }
        if kind.name == "TimeTracking" {
            set(object, "BillableStatus", leaf("NotBillable"));
        }
    }

    fn new_lines(
        &mut self,
        object: &mut Object,
        request: &Element,
    ) -> Result<Option<Status>, Status> {
        let mut warning = None;
        let mut whole: Vec<&str> = Vec::new();
        for order in request.all("LinkToTxnID") {
            let lines = links::whole_order(self.company, object, &order.text, self.now_s)?;
            whole.push(&order.text);
            if lines.is_empty() {
                let status = Status::new(
                    570,
                    format!(
                        "The link to the transaction \"{}\" was not made: it is closed or empty.",
                        order.text
                    ),
                );
                if self.closed_link == ClosedLink::Fails {
                    return Err(Status::bad_value(
                        "LinkToTxnID",
                        &order.text,
                        &status.message,
                    ));
                }
                warning = Some(status);
            }
            object.lines.extend(lines);
        }
        for given in &request.children {
            let Some(element) = lines::line_of(object.kind, &given.name) else {
                continue;
            };
            let line = match given.child("LinkToTxn") {
                Some(link) if whole.contains(&link.get("TxnID").unwrap_or_default()) => {
                    let text = "The same order is linked as a whole.";
                    return Err(Status::bad_value("LinkToTxn", "", text));
                }
                Some(link) => links::one_line(self.company, object, given, link, self.now_s)?,
                None => self.new_line(object.kind, element, given)?,
            };
            object.lines.push(line);
        }
        Ok(warning)
    }

    fn new_line(
        &mut self,
        kind: &'static Kind,
        element: &'static str,
        given: &Element,
    ) -> Result<Line, Status> {
        let mut line = lines::build(self.company, kind, element, given, self.now_s)?;
        if element == "InventoryAdjustmentLine" {
            adjust(self.company, &mut line, given)?;
        }
        Ok(line)
    }

    /// Changes an object as an `…Mod` says; `stale_is_error` asks for the current edit sequence.
    pub fn modify(
        &mut self,
        kind: &'static Kind,
        request: &Element,
        stale_is_error: bool,
    ) -> Result<Edited, Status> {
        let field = if kind.is_list { "ListID" } else { "TxnID" };
        let id = request.get(field).unwrap_or_default();
        references::check_id(id, field)?;
        let found = self.company.by_id(id).filter(|object| object.kind == kind);
        let mut object = found.cloned().ok_or_else(|| Status::not_found(id))?;
        if stale_is_error {
            let sequence = request.get("EditSequence").unwrap_or_default();
            if sequence != object.edit_sequence.to_string() {
                return Err(Status::stale(sequence));
            }
        }
        let resolved = references::resolve(self.company, request, kind)?;
        for (given, resolved) in request.children.iter().zip(&resolved.children) {
            if lines::line_of(kind, &given.name).is_some() {
                continue;
            }
            if resolved.is_empty() {
                if NEVER_EMPTY.contains(&given.name.as_str()) {
                    return Err(Status::cannot_clear(&given.name));
                }
                object.fields.retain(|field| field.name != given.name);
                if given.name == "ParentRef" {
                    object.parent = None;
                }
            } else {
                self.header(&mut object, resolved, given);
            }
        }
        if kind.is_list {
            if object
                .parent
                .and_then(|p| self.company.object(p))
                .is_some_and(|parent| self.company.is_within(parent, object.serial))
            {
                return Err(Status::no_parent(&object.name, kind.name));
            }
            self.company
                .check_name(kind, object.parent, &object.name, Some(object.serial))?;
        } else {
            check_transaction(self.company, &object)?;
        }
        self.changed_lines(&mut object, request)?;
        let serial = object.serial;
        links::apply(self.company, serial, true, self.now_s);
        if let Some(loose) = self.company.object(serial) {
            object.links.clone_from(&loose.links);
        }
        self.company.put(object);
        links::apply(self.company, serial, false, self.now_s);
        self.company.touch(serial, self.now_s);
        Ok(Edited {
            serial,
            warning: None,
        })
    }

    /// No line at all keeps all; otherwise those not named are gone, −1 is new.
    fn changed_lines(&mut self, object: &mut Object, request: &Element) -> Result<(), Status> {
        let mut kept = Vec::new();
        let mut last = None;
        for given in &request.children {
            let Some(element) = lines::line_of(object.kind, &given.name) else {
                continue;
            };
            let id = given.get("TxnLineID").unwrap_or("-1");
            if id == "-1" {
                kept.push(self.new_line(object.kind, element, given)?);
                continue;
            }
            let at = object.lines.iter().position(|line| line.id == id);
            let at = at.ok_or_else(|| Status::not_found(id))?;
            if last.is_some_and(|last| at <= last) {
                return Err(Status::new(
                    3290,
                    "The lines of the transaction are out of order.",
                ));
            }
            last = Some(at);
            kept.push(self.changed_line(object.kind, &object.lines[at], given)?);
        }
        if !kept.is_empty() {
            object.lines = kept;
        }
        Ok(())
    }

    fn changed_line(
        &self,
        kind: &'static Kind,
        line: &Line,
        given: &Element,
    ) -> Result<Line, Status> {
        let mut line = line.clone();
        let resolved = references::resolve(self.company, given, kind)?;
        let mut cleared = resolved.children.iter().filter(|field| field.is_empty());
        if let Some(field) = cleared.find(|f| NEVER_EMPTY_IN_LINE.contains(&f.name.as_str())) {
            return Err(Status::cannot_clear(&field.name));
        }
        lines::overlay(&mut line, kind, &resolved);
        let says = |name: &str| given.child(name).is_some();
        if says("Quantity") || says("Rate") || says("Amount") || says("ItemRef") {
            if !says("Amount") {
                line.fields.retain(|field| field.name != "Amount");
            } else if !says("Rate") {
                line.fields.retain(|field| field.name != "Rate");
            }
            if says("ItemRef") && !says("Desc") {
                line.fields.retain(|field| field.name != "Desc");
            }
            lines::complete(self.company, kind, &mut line);
        }
        Ok(line)
    }

    /// Empties a transaction; it stays.
    pub fn void(&mut self, serial: Serial) {
        links::apply(self.company, serial, true, self.now_s);
        let Some(object) = self.company.edit(serial) else {
            return;
        };
        object.is_voided = true;
        let memo = format!("VOID: {}", object.get("Memo").unwrap_or_default());
        object.set(Element::leaf("Memo", memo.trim()));
        for line in object.all_lines_mut() {
            line.source = None;
            for (name, text) in [
                ("Quantity", "0"),
                ("Amount", "0.00"),
                ("QuantityDifference", "0"),
            ] {
                if line.field(name).is_some() {
                    line.set(Element::leaf(name, text));
                }
            }
        }
        self.company.touch(serial, self.now_s);
    }

    /// Deletes a transaction, or a list element that nothing uses.
    pub fn delete(&mut self, kind_name: &str, id: &str) -> Result<super::company::Deleted, Status> {
        let kind = kind::named(kind_name);
        let field = if kind.is_some_and(|kind| kind.is_list) {
            "ListID"
        } else {
            "TxnID"
        };
        references::check_id(id, field)?;
        let found = self
            .company
            .by_id(id)
            .filter(|object| Some(object.kind) == kind);
        let object = found.cloned().ok_or_else(|| Status::not_found(id))?;
        let is_taken = object.lines.iter().any(|line| !line.taken.is_zero());
        if is_taken || object.kind.is_list && self.company.is_used(&object) {
            return Err(Status::in_use(id));
        }
        links::apply(self.company, object.serial, true, self.now_s);
        let deleted = self.company.remove(object.serial, self.now_s);
        deleted.ok_or_else(|| Status::not_found(id))
    }
}

/// Rules across the fields of one transaction.
fn check_transaction(company: &Company, object: &Object) -> Result<(), Status> {
    if object.kind.name != "TimeTracking" {
        return Ok(());
    }
    let billable = object.get("BillableStatus") == Some("Billable");
    if billable
        && (object.reference("CustomerRef").is_none()
            || object.reference("ItemServiceRef").is_none())
    {
        let text = "Billable time needs a customer and a service item.";
        return Err(Status::bad_value("BillableStatus", "Billable", text));
    }
    let entity = object
        .reference("EntityRef")
        .and_then(|id| company.by_id(id));
    let payroll = entity.and_then(|entity| entity.field("EmployeePayrollInfo"));
    let paid_by_time = payroll.and_then(|info| info.get("UseTimeDataToCreatePaychecks"));
    if object.reference("PayrollItemWageRef").is_some() && paid_by_time != Some("UseTimeData") {
        let text = "This person is not paid by time data.";
        return Err(Status::bad_value("PayrollItemWageRef", "", text));
    }
    Ok(())
}

/// Works out what an adjustment's line changes.
fn adjust(company: &Company, line: &mut Line, given: &Element) -> Result<(), Status> {
    let item = line.item().unwrap_or_default().to_owned();
    lines::need_stock(company, &item)?;
    let on_hand = super::stock::Stock::of(company).level(&item).on_hand;
    let adjustment = ["QuantityAdjustment", "ValueAdjustment"]
        .iter()
        .find_map(|name| given.child(name));
    let difference = adjustment.and_then(|adjustment| {
        let absolute = value::number(adjustment.get("NewQuantity")).map(|new| new - on_hand);
        absolute.or_else(|| value::number(adjustment.get("QuantityDifference")))
    });
    // A seed or a person may give the difference on the line itself.
    let difference = difference.or_else(|| line.number("QuantityDifference"));
    let difference = difference.ok_or_else(Status::not_here)?;
    let cost = company
        .by_id(&item)
        .and_then(|item| lines::price(item, true))
        .unwrap_or_default();
    line.set(Element::leaf(
        "QuantityDifference",
        value::quantity(difference),
    ));
    line.set(Element::leaf(
        "ValueDifference",
        value::amount(difference * cost),
    ));
    Ok(())
}
