//! What a connector says when things go wrong.

use super::given::{Given, Sample};
use super::laboratory::{Laboratory, PAGE_RECORDS, create, token, told};
use super::manifest::all;
use super::meddling::{RETRY_AFTER_S, Trouble, Which};
use super::writes::{fresh, having, made};
use super::{Found, Sheet};
use crate::model::manifest::EntitySpec;
use crate::model::{Fault, FaultKind};

/// Requests of one write that each meet every trouble.
const REQUESTS_MAX: usize = 8;

pub async fn check_reads(sheet: &mut Sheet, laboratory: &Laboratory, entity: &EntitySpec) {
    if !entity.operations.query && !entity.operations.changes {
        return;
    }
    for trouble in Trouble::ALL {
        let name = format!("read-{}", trouble.name());
        if !sheet.wants(&name) {
            continue;
        }
        let asking = laboratory.page(entity, None, PAGE_RECORDS);
        let found = match laboratory.under(trouble, Which::All, asking).await {
            Ok(_) => Err("it returned a page all the same".to_owned()),
            Err(fault) => is_of(&fault, trouble.of_reads()).and_then(|()| waits(&fault)),
        };
        sheet.tells(&name, Some(&entity.name), found);
    }
}

fn is_of(fault: &Fault, kinds: &[FaultKind]) -> Found {
    match kinds.contains(&fault.kind) {
        true => Ok(()),
        false => Err(format!("it says {}", told(fault))),
    }
}

/// Whoever is told to come back later is told when.
fn waits(fault: &Fault) -> Found {
    let wanted = RETRY_AFTER_S * 1_000;
    match (fault.kind, fault.wait_ms) {
        (FaultKind::Throttled, Some(wait)) if wait >= wanted => Ok(()),
        (FaultKind::Throttled, wait) => Err(format!(
            "`Retry-After: {RETRY_AFTER_S}` became a wait of {wait:?} ms"
        )),
        _ => Ok(()),
    }
}

pub async fn check_writes(
    sheet: &mut Sheet,
    laboratory: &Laboratory,
    entity: &EntitySpec,
    given: &Given,
) {
    let Some(sample) = given
        .records
        .get(&entity.name)
        .filter(|_| entity.operations.create)
    else {
        return;
    };
    let about = Some(entity.name.as_str());
    for trouble in Trouble::ALL {
        let name = format!("write-{}", trouble.name());
        if sheet.wants(&name) {
            let found = told_as(laboratory, entity, sample, trouble).await;
            sheet.tells(&name, about, found);
        }
    }
    for trouble in Trouble::ALL {
        let name = format!("truth-{}", trouble.name());
        if sheet.wants(&name) {
            let found = told_truly(laboratory, entity, sample, trouble).await;
            sheet.tells(&name, about, found);
        }
    }
}

/// Every request of a create meets it.
async fn told_as(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
    trouble: Trouble,
) -> Found {
    let token = token();
    let fresh = fresh(sample, entity, &token);
    let writing = laboratory.write(entity, create(token, &fresh.body));
    match laboratory.under(trouble, Which::All, writing).await {
        Ok(_) => Err("it says that the record was written".to_owned()),
        Err(fault) => is_of(&fault, trouble.of_writes()).and_then(|()| waits(&fault)),
    }
}

/// One request after the other meets it, and what the connector says of the record is held against what is
/// there: written is there once, surely not written is not there, unknown is there at most once.
async fn told_truly(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
    trouble: Trouble,
) -> Found {
    // With the session that there will be.
    made(laboratory, entity, sample).await?;
    laboratory.layer.set(None);
    made(laboratory, entity, sample).await?;
    let requests = laboratory.layer.requests().min(REQUESTS_MAX);
    let mut problems = Vec::new();
    for nth in 0..requests {
        let token = token();
        let fresh = fresh(sample, entity, &token);
        let writing = laboratory.write(entity, create(token, &fresh.body));
        let outcome = laboratory.under(trouble, Which::Only(nth), writing).await;
        let there = having(laboratory, entity, &sample.unique, &fresh.unique)
            .await?
            .len();
        let at = format!("request {} of {requests}", nth + 1);
        match outcome {
            Ok(_) if there == 1 => {}
            Ok(applied) => problems.push(format!(
                "{at}: it says that {} was written, and {there} such records are there",
                applied.id
            )),
            Err(fault) if fault.kind == FaultKind::OutcomeUnknown && there <= 1 => {}
            Err(fault) if fault.kind == FaultKind::Exists && there == 1 => {}
            Err(_) if there == 0 => {}
            Err(fault) => problems.push(format!(
                "{at}: it says {}, and {there} such records are there",
                told(&fault)
            )),
        }
    }
    all(problems)
}
