//! The doctor: what a person must set before flows can run.
//!
//! From the outside in: settings, key, then each resource with one row of it, and whether that row looks as
//! this connector assumes. Reads only. The menu paths are from the vendor's help as far as it goes.

use crate::api::Api;
use crate::assumed::*;
use crate::profile::has_zone;
use crate::table::{id_of, Table};
use crate::{stock, walk};
use liaison_sdk::prelude::*;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![incomplete(fault)]),
    };
    if let Err(fault) = api.renew() {
        return Ok(vec![closed_door(fault)]);
    }
    let mut findings = vec![finding(
        Level::Ok,
        "connected",
        text!("fusion-connected", "Fusion Operations accepts the API key"),
    )];
    let (mut whole, mut zoneless, mut product) = (false, false, None);
    for table in TABLES
        .into_iter()
        .filter(|table| table.part.is_none() && table.is_own())
    {
        let rows = match sample(&api, table) {
            Ok(rows) => rows,
            // Whoever is not there for one resource is not there for the next.
            Err(fault) if fault.scope == FaultScope::WholeConnection => {
                findings.push(closed_door(fault));
                return Ok(findings);
            }
            Err(fault) => {
                findings.push(unreadable(&api, table, fault));
                continue;
            }
        };
        whole |= rows.len() > 1;
        zoneless |= rows.iter().any(|row| {
            row.as_object()
                .is_some_and(|row| row.values().any(is_zoneless))
        });
        if table.entity == PRODUCT.entity {
            product = rows.first().and_then(id_of);
        }
        let missing = table.missing(&api.profile, &rows);
        if !missing.is_empty() {
            findings.push(fields_missing(&api, table, &missing));
        }
    }
    if let Some(id) = product {
        findings.extend(stock_readable(&api, &id));
    }
    if whole {
        findings.push(lists_whole());
    }
    if zoneless && !api.settings.has_zone() {
        findings.push(zone_unset());
    }
    Ok(findings)
}

/// One row of a resource, or all if the vendor knows no pages.
fn sample(api: &Api, table: &'static Table) -> Result<Vec<Value>, Fault> {
    let (page, size) = (PARAMETERS[0], PARAMETERS[1]);
    let named = |(key, usual): (&str, &'static str)| api.profile.named(key, usual).to_owned();
    let parameters: walk::Parameters =
        vec![(named(page), "1".to_owned()), (named(size), "1".to_owned())];
    Ok(api.list(table, &parameters)?.rows)
}

/// A time of the day that does not say in which zone.
fn is_zoneless(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let is_time =
            text.len() > 10 && text.as_bytes()[10] == b'T' && date::parse_instant(text).is_some();
        is_time && !has_zone(text)
    })
}

fn connection() -> Text {
    text!(
        "fusion-place-connection",
        "The connection in the tenant's file, and its secrets"
    )
}

fn keys_page() -> Text {
    text!(
        "fusion-place-keys",
        "Fusion Operations: company profile > API keys (an administrator)"
    )
}

fn incomplete(fault: Fault) -> Finding {
    finding(Level::Error, "connection-incomplete", fault.message)
        .place(connection())
        .fix(text!(
            "fusion-fix-settings",
            "Mend the setting; every one may be left out"
        ))
}

/// No token, or no answer.
fn closed_door(fault: Fault) -> Finding {
    let reason = fault
        .vendor_text
        .clone()
        .unwrap_or_else(|| fault.message.fallback.clone());
    match fault.kind {
        FaultKind::Unauthorized => finding(
            Level::Error,
            "credentials-refused",
            text!(
                "fusion-credentials-refused",
                "Fusion Operations refuses the API key: {reason}",
                reason = reason
            ),
        )
        .place(keys_page())
        .fix(text!(
            "fusion-fix-credentials",
            "Compare the secret `api_key` with the key and the secret shown there, joined by a colon (KEY:SECRET); make a new key if they are right"
        )),
        FaultKind::Misconfigured => finding(Level::Error, "address", fault.message)
            .place(connection())
            .fix(text!(
                "fusion-fix-address",
                "Set the secret `api_key` to KEY:SECRET. Leave `base_url` and `path_prefix` out, or set them to what Autodesk names, and grant the host"
            )),
        FaultKind::Throttled => finding(
            Level::Warning,
            "throttled",
            text!(
                "fusion-check-throttled",
                "Fusion Operations asks for fewer calls; all integrations of a company share 120 a minute"
            ),
        )
        .place(keys_page())
        .fix(text!(
            "fusion-fix-throttled",
            "Check again in a minute; if that does not help, see which other integration calls so often"
        )),
        _ => finding(
            Level::Error,
            "unreachable",
            text!(
                "fusion-unreachable",
                "Fusion Operations gives no usable answer: {reason}",
                reason = reason
            ),
        )
        .place(connection())
        .fix(text!(
            "fusion-fix-unreachable",
            "Wait, if Fusion Operations is in maintenance; else compare `base_url` and see that this machine reaches it"
        )),
    }
}

fn unreadable(api: &Api, table: &'static Table, fault: Fault) -> Finding {
    let resource = api.resource(table);
    let reason = fault
        .vendor_text
        .clone()
        .unwrap_or_else(|| fault.message.fallback.clone());
    let message = text!(
        "fusion-unreadable",
        "Fusion Operations does not show its {resource}: {reason}",
        resource = resource,
        reason = reason
    );
    match fault.message.key.as_str() {
        "fusion-forbidden" => finding(Level::Error, "permission-missing", message)
            .place(keys_page())
            .fix(text!(
                "fusion-fix-permission",
                "Let the key read and write {resource}, or add its scope to the setting `scopes`",
                resource = resource
            )),
        _ => finding(Level::Error, "resource-unreadable", message)
            .place(connection())
            .fix(text!(
                "fusion-fix-resource",
                "If Autodesk calls it otherwise, set `wire_names` to {example} with the right name",
                example = format!("{{ \"{}\" = \"{resource}\" }}", table.entity)
            )),
    }
}

fn fields_missing(api: &Api, table: &'static Table, missing: &[String]) -> Finding {
    finding(
        Level::Warning,
        "fields-missing",
        text!(
            "fusion-fields-missing",
            "{resource} does not tell what this connector expects there: {fields}",
            resource = api.resource(table),
            fields = missing.join(", ")
        ),
    )
    .place(connection())
    .fix(text!(
        "fusion-fix-fields",
        "If Autodesk calls these otherwise, set `wire_names`; the keys for {entity} stand in the connector's README",
        entity = table.entity
    ))
}

fn stock_readable(api: &Api, product: &str) -> Option<Finding> {
    let quantity = api.profile.wire(stock::ENTITY, STOCK[0].0, STOCK[0].1);
    let reason = match api.object(stock::inventory(api), product) {
        Ok(Some(stock)) if stock.get(quantity).is_some() => return None,
        Ok(Some(_)) => quantity.to_owned(),
        Ok(None) => "404".to_owned(),
        Err(fault) => fault.vendor_text.unwrap_or(fault.message.fallback),
    };
    Some(
        finding(
            Level::Warning,
            "stock-missing",
            text!(
                "fusion-stock-missing",
                "Fusion Operations does not tell the stock of product {id}: {reason}",
                id = product,
                reason = reason
            ),
        )
        .place(keys_page())
        .fix(text!(
            "fusion-fix-stock",
            "See in Fusion Operations whether this product is kept in stock. If it is, let the key read the inventory"
        )),
    )
}

fn lists_whole() -> Finding {
    finding(
        Level::Warning,
        "lists-whole",
        text!(
            "fusion-lists-whole",
            "Fusion Operations sends its lists whole, whatever part is asked for. That works; large companies need more time and memory"
        ),
    )
    .place(connection())
    .fix(text!(
        "fusion-fix-lists",
        "If Autodesk names its parameters otherwise, set `query.page`, `query.per_page` and `query.updated_since` in `wire_names`"
    ))
}

fn zone_unset() -> Finding {
    finding(
        Level::Warning,
        "zone-unset",
        text!(
            "fusion-zone-unset",
            "Fusion Operations tells times without a zone; they are the company's own, and are taken for UTC"
        ),
    )
    .place(connection())
    .fix(text!(
        "fusion-fix-zone",
        "Set `utc_offset` to the company's distance from UTC in winter, e.g. -05:00"
    ))
}

fn finding(level: Level, code: &str, message: Text) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        message,
        place: None,
        fix: None,
        ext: Vec::new(),
    }
}

/// Where to click and what to set.
trait Remedy {
    fn place(self, place: Text) -> Self;
    fn fix(self, fix: Text) -> Self;
}

impl Remedy for Finding {
    fn place(mut self, place: Text) -> Self {
        self.place = Some(place);
        self
    }

    fn fix(mut self, fix: Text) -> Self {
        self.fix = Some(fix);
        self
    }
}
