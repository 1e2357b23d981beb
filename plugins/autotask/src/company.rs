//! What a new company needs beyond a flow's fields.

use crate::api::{row_id, Api};
use crate::search::{test, Op};
use liaison_sdk::prelude::*;

/// Adds the type, the phone and the owner that Autotask demands.
///
/// # Errors
/// `rejected` without a phone, `misconfigured` without an owner.
pub fn complete(api: &Api, company: &mut Map<String, Value>) -> Result<(), Fault> {
    if !company.contains_key("companyType") {
        let choices = api.choices("Companies", "companyType")?;
        if let Some(customer) = choices
            .iter()
            .find(|c| c.label.eq_ignore_ascii_case("customer"))
        {
            company.insert("companyType".to_owned(), json!(customer.value));
        }
    }
    if !company.contains_key("phone") {
        let Some(phone) = api
            .settings
            .default_phone
            .as_deref()
            .filter(|phone| !phone.trim().is_empty())
        else {
            return Err(fault::rejected(text!(
                "phone-missing",
                "Autotask demands a phone number of every company; the setting default_phone can stand in"
            ))
            .field("phone"));
        };
        company.insert("phone".to_owned(), json!(phone));
    }
    if !company.contains_key("ownerResourceID") {
        company.insert("ownerResourceID".to_owned(), json!(owner(api)?));
    }
    Ok(())
}

/// The resource of the setting `company_owner`.
///
/// # Errors
/// `misconfigured` when it names none.
pub fn owner(api: &Api) -> Result<i64, Fault> {
    let wanted = api
        .settings
        .company_owner
        .as_deref()
        .unwrap_or_default()
        .trim();
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let found = match wanted.is_empty() {
        true => Vec::new(),
        false => api.all(
            "Resources",
            &[
                test(Op::Eq, "email", json!(wanted)),
                test(Op::Eq, "isActive", json!(true)),
            ],
        )?,
    };
    found.first().and_then(row_id).ok_or_else(|| {
        fault::misconfigured(text!(
            "company-owner-missing",
            "The setting company_owner must name an active user of Autotask: new companies and opportunities need an owner"
        ))
        .scope(FaultScope::WholeEntity)
    })
}
