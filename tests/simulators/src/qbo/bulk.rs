//! Many records of one kind for benchmarks, `B000001` and on; forms go to partners and items in turn.

use serde_json::{Value, json};

use super::company::{Company, Row};
use super::schema::{Kind, own};
use super::seed::plant;
use super::value::{flag, text};
use crate::simulator::NowMs;

pub fn make(
    company: &mut Company,
    kind: Kind,
    numbers: std::ops::Range<u64>,
    prefix: &str,
    now: NowMs,
) -> Result<Value, String> {
    let ids = |company: &Company, name: &'static str, fits: fn(&Row) -> bool| -> Vec<String> {
        let rows = company.rows(own(name));
        let rows = rows.filter(|row| flag(&row.values, "Active") != Some(false) && fits(row));
        rows.map(|row| row.id.as_str().to_owned()).collect()
    };
    let sold = |row: &Row| row.values.contains_key("IncomeAccountRef");
    let items = ids(company, "Item", sold);
    let customers = ids(company, "Customer", |_| true);
    let vendors = ids(company, "Vendor", |_| true);
    let accounts = ids(company, "Account", |row| {
        text(&row.values, "AccountType") == "Income"
    });
    let pick = |ids: &[String], n: u64| -> Result<Value, String> {
        let at = usize::try_from(n % ids.len().max(1) as u64).expect("below a length");
        let id = ids.get(at).ok_or("there is nothing to refer to")?;
        Ok(json!({ "value": id }))
    };
    let (mut first, mut last) = (None, None);
    for n in numbers {
        let number = format!("{prefix}{n:06}");
        let quantity = n % 50 + 1;
        let (sale, cost) = (n % 900 + 1, n % 700 + 1);
        let record = match kind.name.as_str() {
            "Customer" => {
                json!({ "DisplayName": format!("Client {number} inc."), "AcctNum": number })
            }
            "Vendor" => {
                json!({ "DisplayName": format!("Fournisseur {number}"), "AcctNum": number })
            }
            "Item" => json!({
                "Name": number, "Type": "NonInventory", "Description": format!("Article {number}"),
                "UnitPrice": sale, "IncomeAccountRef": pick(&accounts, 0)?,
            }),
            "Invoice" | "Estimate" | "SalesReceipt" => json!({
                "DocNumber": number, "CustomerRef": pick(&customers, n)?,
                "Line": [{
                    "DetailType": "SalesItemLineDetail", "Amount": quantity * sale,
                    "SalesItemLineDetail": { "ItemRef": pick(&items, n)?, "Qty": quantity, "UnitPrice": sale },
                }],
            }),
            "PurchaseOrder" | "Bill" => json!({
                "DocNumber": number, "VendorRef": pick(&vendors, n)?,
                "Line": [{
                    "DetailType": "ItemBasedExpenseLineDetail", "Amount": quantity * cost,
                    "ItemBasedExpenseLineDetail": { "ItemRef": pick(&items, n)?, "Qty": quantity, "UnitPrice": cost },
                }],
            }),
            other => return Err(format!("bulk does not make {other}")),
        };
        let record = record.as_object().cloned().unwrap_or_default();
        let id = plant(company, kind, &record, now)?;
        first.get_or_insert_with(|| id.clone());
        last = Some(id);
    }
    Ok(json!({ "first_id": first, "last_id": last }))
}
