//! Invoices and their lines, as people at the vendor's screen make, void and change them.
//!
//! The API can make neither: this is the way in for seeds, tests and benchmarks. Sums and taxes that
//! are not given are worked out from the lines and the tenant's tax table.

use serde_json::{Map, Value, json};

use super::Autotask;
use super::cell::{Cell, amount_text, day, midnight, product};
use super::field;
use super::query::property;
use super::schema::FieldId;
use super::table::Row;
use crate::simulator::NowMs;

fn invoice(name: &str) -> FieldId {
    field("Invoices", name)
}

fn line(name: &str) -> FieldId {
    field("BillingItems", name)
}

impl Autotask {
    /// An invoice by field names; `lines` are BillingItems by theirs.
    pub(super) fn create_invoice(
        &mut self,
        given: &Map<String, Value>,
        now: NowMs,
    ) -> Result<i64, String> {
        let mut fields = given.clone();
        fields.retain(|name, _| !name.eq_ignore_ascii_case("lines"));
        let mut row = self.read_row("Invoices", &fields)?;
        let company = row.get(invoice("companyID")).as_int();
        let lines = property(given, "lines")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut items = Vec::new();
        for line in &lines {
            let line = line.as_object().ok_or("a line is an object")?;
            items.push(self.read_line(line, company)?);
        }
        self.complete_invoice(&mut row, &items, now);
        let id = row.id;
        for mut item in items {
            item.set(line("invoiceID"), Cell::Int(id));
            for name in ["itemDate", "postedDate"] {
                if item.get(line(name)).is_null() {
                    item.set(line(name), row.get(invoice("invoiceDateTime")).clone());
                }
            }
            if item.get(line("postedOnTime")).is_null() {
                item.set(
                    line("postedOnTime"),
                    row.get(invoice("createDateTime")).clone(),
                );
            }
            self.table_mut("BillingItems").put(item);
        }
        self.table_mut("Invoices").put(row);
        Ok(id)
    }

    fn read_line(
        &mut self,
        given: &Map<String, Value>,
        company: Option<i64>,
    ) -> Result<Row, String> {
        let mut row = self.read_row("BillingItems", given)?;
        let amount = |row: &Row, name: &str| match row.get(line(name)) {
            Cell::Amount(amount) => Some(*amount),
            _ => None,
        };
        if amount(&row, "totalAmount").is_none() {
            let total = product(
                amount(&row, "quantity").unwrap_or(0),
                amount(&row, "rate").unwrap_or(0),
                10_000,
            );
            row.set(line("totalAmount"), Cell::Amount(total));
        }
        let total = amount(&row, "totalAmount").unwrap_or(0);
        if row.get(line("companyID")).is_null() {
            row.set(line("companyID"), company.map_or(Cell::Null, Cell::Int));
        }
        if row.get(line("taxDollars")).is_null() {
            let tax = self.tax(row.get(line("companyID")).as_int(), &row, total);
            row.set(line("taxDollars"), Cell::Amount(tax));
        }
        for (name, from) in [
            ("extendedPrice", "totalAmount"),
            ("internalCurrencyExtendedPrice", "totalAmount"),
            ("internalCurrencyTotalAmount", "totalAmount"),
            ("internalCurrencyTaxDollars", "taxDollars"),
            ("internalCurrencyRate", "rate"),
        ] {
            if row.get(line(name)).is_null() {
                let cell = row.get(line(from)).clone();
                row.set(line(name), cell);
            }
        }
        for (name, value) in [
            ("billingItemType", 4),
            ("subType", 4),
            ("nonBillable", 0),
            ("sortOrderID", 0),
        ] {
            if row.get(line(name)).is_null() {
                row.set(line(name), Cell::Int(value));
            }
        }
        if row.get(line("purchaseOrderNumber")).is_null() {
            row.set(line("purchaseOrderNumber"), Cell::Text("".into()));
        }
        Ok(row)
    }

    /// What the tenant's tax table asks of an amount: each tax of the company's region and the line's category.
    fn tax(&self, company: Option<i64>, item: &Row, amount: i64) -> i64 {
        let company = company.and_then(|id| self.table("Companies").get(id));
        let Some(company) =
            company.filter(|row| !row.get(field("Companies", "isTaxExempt")).is_true())
        else {
            return 0;
        };
        let region = company.get(field("Companies", "taxRegionID")).as_int();
        let code = item
            .get(line("billingCodeID"))
            .as_int()
            .and_then(|id| self.table("BillingCodes").get(id));
        let category = item.get(line("taxCategoryID")).as_int();
        let category =
            category.or_else(|| code?.get(field("BillingCodes", "taxCategoryID")).as_int());
        let (Some(region), Some(category)) = (region, category) else {
            return 0;
        };
        let taxes = self.table("Taxes").rows().filter(|row| {
            row.get(field("Taxes", "taxRegionID")).as_int() == Some(region)
                && row.get(field("Taxes", "taxCategoryID")).as_int() == Some(category)
        });
        let rates = taxes.map(|row| match row.get(field("Taxes", "taxRate")) {
            Cell::Amount(percent) => product(amount, *percent, 1_000_000),
            _ => 0,
        });
        rates.sum()
    }

    fn complete_invoice(&mut self, row: &mut Row, items: &[Row], now: NowMs) {
        let zone = self.switches.date_only_zone.0.clone();
        let today = midnight(day(now, &zone), &zone).map_or(Cell::Null, Cell::Time);
        let sum = |name: &str| {
            let amounts = items.iter().map(|item| match item.get(line(name)) {
                Cell::Amount(amount) => *amount,
                _ => 0,
            });
            Cell::Amount(amounts.sum())
        };
        let batch = self.next_batch;
        self.next_batch += 1;
        let company = row
            .get(invoice("companyID"))
            .as_int()
            .and_then(|id| self.table("Companies").get(id));
        let region = company
            .and_then(|row| row.get(field("Companies", "taxRegionID")).as_int())
            .and_then(|id| self.table("TaxRegions").get(id));
        let region = region.map_or(Cell::Null, |row| {
            row.get(field("TaxRegions", "name")).clone()
        });
        let creator = self
            .table("Resources")
            .rows()
            .next()
            .map_or(Cell::Null, |row| Cell::Int(row.id));
        let defaults = [
            ("batchID", Cell::Int(batch)),
            ("createDateTime", Cell::Time(now)),
            ("invoiceDateTime", today.clone()),
            ("fromDate", today.clone()),
            ("toDate", today),
            ("invoiceTotal", sum("totalAmount")),
            ("totalTaxValue", sum("taxDollars")),
            ("orderNumber", Cell::Text("".into())),
            ("invoiceEditorTemplateID", Cell::Int(102)),
            ("invoiceStatus", Cell::Int(1)),
            ("isVoided", Cell::Bool(false)),
            ("taxRegionName", region),
            ("creatorResourceID", creator),
        ];
        for (name, default) in defaults {
            if row.get(invoice(name)).is_null() {
                row.set(invoice(name), default);
            }
        }
        if row.get(invoice("invoiceNumber")).is_empty() {
            let number = match &mut self.auto_number {
                Some(next) => {
                    *next += 1;
                    Cell::Text((*next - 1).to_string().into())
                }
                None => self.no_number(),
            };
            row.set(invoice("invoiceNumber"), number);
        }
    }

    /// The form of an empty number, which reports do not agree on.
    pub(super) fn no_number(&self) -> Cell {
        if self.switches.empty_invoice_number.is("null") {
            Cell::Null
        } else {
            Cell::Text("".into())
        }
    }

    /// Gives every invoice without number the form of the switch.
    pub(super) fn restate_empty_numbers(&mut self) {
        let empty = self.no_number();
        let rows: Vec<Row> = self
            .table("Invoices")
            .rows()
            .filter(|row| row.get(invoice("invoiceNumber")).is_empty())
            .cloned()
            .collect();
        for mut row in rows {
            row.set(invoice("invoiceNumber"), empty.clone());
            self.table_mut("Invoices").put(row);
        }
    }

    pub(super) fn void_invoice(&mut self, id: i64, now: NowMs) -> Result<Value, String> {
        let by = self
            .table("Resources")
            .rows()
            .next()
            .map_or(Cell::Null, |row| Cell::Int(row.id));
        let mut row = self
            .table("Invoices")
            .get(id)
            .cloned()
            .ok_or_else(|| format!("no invoice {id}"))?;
        row.set(invoice("isVoided"), Cell::Bool(true));
        row.set(invoice("voidedDate"), Cell::Time(now));
        row.set(invoice("voidedByResourceID"), by);
        self.table_mut("Invoices").put(row);
        let lines = self
            .table("BillingItems")
            .ids_by(line("invoiceID"), id)
            .unwrap_or_default()
            .to_vec();
        for line in lines {
            if self.switches.voided_items.is("release") {
                self.unpost_item(line, "release")?;
            } else if self.switches.voided_items.is("remove") {
                self.unpost_item(line, "vanish")?;
            }
        }
        Ok(json!({"id": id}))
    }

    /// As a user does who wants the invoice exported again.
    pub(super) fn clear_invoice_number(&mut self, id: i64) -> Result<Value, String> {
        let empty = self.no_number();
        let mut row = self
            .table("Invoices")
            .get(id)
            .cloned()
            .ok_or_else(|| format!("no invoice {id}"))?;
        row.set(invoice("invoiceNumber"), empty);
        self.table_mut("Invoices").put(row);
        Ok(json!({"id": id}))
    }

    /// `vanish` removes the line, `release` takes it off its invoice; which one the vendor does is not confirmed.
    pub(super) fn unpost_item(&mut self, id: i64, how: &str) -> Result<Value, String> {
        let mut row = self
            .table("BillingItems")
            .get(id)
            .cloned()
            .ok_or_else(|| format!("no billing item {id}"))?;
        match how {
            "vanish" => drop(self.table_mut("BillingItems").remove(id)),
            "release" => {
                let none = if self.switches.uninvoiced_id.is("0") {
                    Cell::Int(0)
                } else {
                    Cell::Null
                };
                row.set(line("invoiceID"), none);
                self.table_mut("BillingItems").put(row);
            }
            other => return Err(format!("`how` is vanish or release, not `{other}`")),
        }
        Ok(json!({"id": id}))
    }

    /// `{"count", "lines"?, "companyIDs"?, "billingCodeIDs"?, "numbered"?: text before the number}` for
    /// benchmarks: rows are made from one template without reading JSON, a hundred thousand in a second.
    pub(super) fn bulk_invoices(
        &mut self,
        wish: &Map<String, Value>,
        now: NowMs,
    ) -> Result<Value, String> {
        let number = |name: &str, default| {
            wish.get(name)
                .map_or(Some(default), Value::as_i64)
                .ok_or_else(|| format!("`{name}` is a number"))
        };
        let (count, lines) = (number("count", 0)?, number("lines", 3)?);
        let ids = |names: [&str; 2]| {
            let list = names
                .iter()
                .find_map(|name| wish.get(*name))
                .and_then(Value::as_array);
            list.map(|list| list.iter().filter_map(Value::as_i64).collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let mut companies = ids(["companyIDs", "company_ids"]);
        let mut codes = ids(["billingCodeIDs", "billing_code_ids"]);
        if companies.is_empty() {
            companies = self
                .table("Companies")
                .rows()
                .map(|row| row.id)
                .filter(|id| *id != 0)
                .collect();
        }
        if codes.is_empty() {
            codes = self
                .table("BillingCodes")
                .rows()
                .map(|row| row.id)
                .collect();
        }
        let numbered = wish.get("numbered").and_then(Value::as_str);
        let pick = |ids: &[i64], at: i64| {
            let at = usize::try_from(at).unwrap_or_default();
            ids.get(at % ids.len().max(1))
                .map_or(Cell::Null, |id| Cell::Int(*id))
        };
        let mut first = None;
        for at in 0..count {
            let company = pick(&companies, at);
            let mut items = Vec::new();
            for line_at in 0..lines {
                let total = (at % 997 + 1) * 10_000 + line_at * 12_345;
                let mut item = Row::new(self.table_mut("BillingItems").take_id());
                item.set(line("companyID"), company.clone());
                item.set(line("billingCodeID"), pick(&codes, at + line_at));
                item.set(
                    line("itemName"),
                    Cell::Text(format!("Ligne {}", line_at + 1).into()),
                );
                item.set(
                    line("description"),
                    Cell::Text(format!("Travaux {at}-{line_at}").into()),
                );
                item.set(line("quantity"), Cell::Amount(10_000));
                item.set(line("rate"), Cell::Amount(total));
                item.set(line("extendedPrice"), Cell::Amount(total));
                item.set(line("totalAmount"), Cell::Amount(total));
                item.set(line("billingItemType"), Cell::Int(4));
                item.set(line("subType"), Cell::Int(4));
                item.set(line("nonBillable"), Cell::Int(0));
                let tax = self.tax(company.as_int(), &item, total);
                item.set(line("taxDollars"), Cell::Amount(tax));
                items.push(item);
            }
            let mut row = Row::new(self.table_mut("Invoices").take_id());
            row.set(invoice("companyID"), company);
            if let Some(before) = numbered {
                row.set(
                    invoice("invoiceNumber"),
                    Cell::Text(format!("{before}{}", row.id).into()),
                );
            }
            self.complete_invoice(&mut row, &items, now);
            let id = row.id;
            first.get_or_insert(id);
            for mut item in items {
                item.set(line("invoiceID"), Cell::Int(id));
                self.table_mut("BillingItems").put(item);
            }
            self.table_mut("Invoices").put(row);
        }
        Ok(
            json!({"count": count, "firstID": first, "invoices": self.table("Invoices").len(), "billingItems": self.table("BillingItems").len()}),
        )
    }

    /// An invoice with its lines' sums as text, for tests to reconcile with.
    pub(super) fn invoice_sums(&self, id: i64) -> Value {
        let table = self.table("BillingItems");
        let ids = table.ids_by(line("invoiceID"), id).unwrap_or_default();
        let sum = |name: &str| {
            let cells =
                ids.iter()
                    .filter_map(|id| table.get(*id))
                    .map(|row| match row.get(line(name)) {
                        Cell::Amount(amount) => *amount,
                        _ => 0,
                    });
            amount_text(cells.sum())
        };
        json!({"id": id, "lines": ids.len(), "totalAmount": sum("totalAmount"), "taxDollars": sum("taxDollars")})
    }
}
