//! Creates and updates of customers: contacts and accounts in turn, each confirmed by reading back.
//!
//! A new customer is a contact with a company, in the list; CentrixOne finds or makes the account,
//! whose id is the customer's. Only then can the account's fields be written. The id of ours on the
//! contact makes a repeat an edit, so a create that stops half way is finished by sending it again.

use crate::api::{external_id_of, parse_id, Api};
use crate::assumed::*;
use crate::batch::{Call, Row};
use crate::book::Book;
use crate::customer::{self, account_of, primary_in, Customer, Draft};
use crate::customer_plan::{no_account, shared, Known, Plan};
use crate::roll::{self, Roll, Sought};
use crate::{list, missing, operation};
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Under which name it is remembered that CentrixOne refused to have customers written.
pub const WRITING_REFUSED: &str = "writing-refused";

/// One operation on its way.
struct Step {
    plan: Plan,
    is_new: bool,
    /// The account that was there has what is to be written.
    account_sent: bool,
    fault: Option<Fault>,
}

/// What the new customers of one call must not have in common.
#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    external_ids: BTreeSet<String>,
}

/// Carries out the operations; one outcome each.
pub fn write(api: &Api, operations: &[Operation]) -> Vec<Outcome> {
    let call = Call::new(api);
    let (mut steps, list) = match prepare(api, operations) {
        Ok(prepared) => prepared,
        Err(fault) => return operations.iter().map(|_| Err(fault.clone())).collect(),
    };
    send_accounts(&call, &mut steps, |step| !step.is_new);
    send_contacts(&call, &mut steps);
    send_new_accounts(&call, list, &mut steps);
    remember_refusals(api, &steps);
    outcomes(api, list, steps)
}

fn prepare(api: &Api, operations: &[Operation]) -> Result<(Vec<Step>, i64), Fault> {
    let list = list::id(api)?;
    let drafts: Vec<Result<Draft, Fault>> = operations.iter().map(draft).collect();
    let ours = |(operation, draft): (&Operation, &Result<Draft, Fault>)| {
        let draft = draft.as_ref().ok()?;
        let new = operation.action == Action::Create;
        new.then(|| external_id(operation, draft))
    };
    let external_ids: Vec<String> = operations.iter().zip(&drafts).filter_map(ours).collect();
    let mut accounts: BTreeSet<i64> = operations.iter().filter_map(account_id).collect();
    let mut contacts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    if !external_ids.is_empty() {
        for contact in api.by_external_id(Object::Contacts, &external_ids)? {
            accounts.extend(account_of(&contact));
            let id = external_id_of(&contact).unwrap_or_default();
            contacts.entry(id).or_default().push(contact);
        }
    }
    let drafted = drafts.iter().flatten();
    let names: BTreeSet<&str> = drafted.filter_map(|draft| draft.name.as_deref()).collect();
    let mut listed = BTreeSet::new();
    if !names.is_empty() {
        // A name must not be another customer's, and only the whole list tells that.
        let sought = Sought {
            name: Some(&|name| names.contains(name)),
            number: None,
        };
        accounts.extend(roll::candidates(api, list, sought)?);
        let roll = Roll::read(api, list)?;
        listed.extend(accounts.iter().filter(|account| roll.has(**account)));
    }
    let known = Known {
        api,
        list,
        book: Book::some_listed(
            api,
            list,
            &accounts.into_iter().collect::<Vec<_>>(),
            &listed,
        )?,
        contacts,
    };
    let mut seen = Seen::default();
    let plan = |(operation, draft): (&Operation, Result<Draft, Fault>)| {
        let is_new = operation.action == Action::Create;
        let plan = draft.and_then(|draft| match is_new {
            true => create(&known, operation, draft, &mut seen),
            false => update(&known, operation, draft),
        });
        match plan {
            Ok(plan) => Step {
                is_new: plan.account_id.is_none(),
                plan,
                account_sent: false,
                fault: None,
            },
            Err(fault) => Step {
                plan: Plan::default(),
                is_new,
                account_sent: false,
                fault: Some(fault),
            },
        }
    };
    Ok((operations.iter().zip(drafts).map(plan).collect(), list))
}

fn draft(operation: &Operation) -> Result<Draft, Fault> {
    if operation.action == Action::Delete {
        return Err(fault::rejected(text!(
            "centrixone-customer-stays",
            "Customers cannot be deleted in CentrixOne: they are the key of the synchronisation. Deactivate the customer in the accounting system instead"
        )));
    }
    Draft::of(operation::body(operation)?, operation.action)
}

fn account_id(operation: &Operation) -> Option<i64> {
    operation.id.as_deref().and_then(parse_id)
}

/// The id of ours of a new customer: the flow's, or else the operation's own, so that a repeat is
/// recognised in any case.
fn external_id(operation: &Operation, draft: &Draft) -> String {
    let own = || operation.token.clone();
    draft.external_id.clone().unwrap_or_else(own)
}

fn create(
    known: &Known,
    operation: &Operation,
    draft: Draft,
    seen: &mut Seen,
) -> Result<Plan, Fault> {
    let external_id = external_id(operation, &draft);
    if !seen.external_ids.insert(external_id.clone()) {
        return Err(operation::twice(customer::ENTITY));
    }
    let name = draft.name.clone().unwrap_or_default();
    let plan = known.create(draft, external_id)?;
    if plan.account_id.is_none() && !seen.names.insert(name.clone()) {
        return Err(fault::rejected(text!(
            "centrixone-name-twice",
            "Two new customers are named exactly “{name}”, and CentrixOne would put them into one account; make the names differ",
            name = name
        ))
        .field("name"));
    }
    Ok(plan)
}

fn update(known: &Known, operation: &Operation, draft: Draft) -> Result<Plan, Fault> {
    let id = account_id(operation).unwrap_or_default();
    let Some(customer) = known.book.get(id) else {
        return Err(fault::not_found(
            match known.book.others.contains_key(&id) {
                true => missing::primary_contact(id),
                false => missing::message(Object::Accounts, id),
            },
        ));
    };
    let Some(before) = operation.version.as_deref() else {
        return known.edit(customer, draft);
    };
    let now = customer.entry().version.unwrap_or_default();
    let (primary_before, primary) = (primary_in(before), primary_in(&now));
    if primary_before != primary {
        known.api.host().warn(&format!(
            "the primary contact of account {id} was {primary_before} and is now {primary}"
        ));
        return Err(fault::conflict(text!(
            "centrixone-primary-changed",
            "The oldest contact of account {account} in the list is now {now}; it was {before}",
            account = id,
            now = primary,
            before = primary_before
        )));
    }
    // A version of before there were digests names the contact alone.
    if before != now && before != primary {
        return Err(fault::conflict(text!(
            "centrixone-customer-changed",
            "Customer {account} was edited in CentrixOne since it was read",
            account = id
        )));
    }
    known.edit(customer, draft)
}

/// The accounts that exist, before their contacts: a contact that spells its company in a way that no
/// account has would get another account.
fn send_accounts(call: &Call, steps: &mut [Step], which: impl Fn(&Step) -> bool) {
    let mut places = Vec::new();
    let mut rows = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let row = step.plan.account_row().filter(|_| which(step));
        if let (Some(row), None) = (row, &step.fault) {
            rows.push(row);
            places.push(place);
        }
    }
    for (place, result) in places.into_iter().zip(call.send(Object::Accounts, &rows)) {
        steps[place].account_sent = result.is_ok();
        steps[place].fault = result.err().map(customer::about_account);
    }
}

fn send_contacts(call: &Call, steps: &mut [Step]) {
    let places: Vec<usize> = (0..steps.len())
        .filter(|&place| steps[place].fault.is_none() && steps[place].plan.contact.is_some())
        .collect();
    let rows: Vec<Row> = places
        .iter()
        .filter_map(|&place| steps[place].plan.contact.clone())
        .collect();
    for (place, result) in places.into_iter().zip(call.send(Object::Contacts, &rows)) {
        let step = &mut steps[place];
        match result {
            Ok(id) => step.plan.made(id),
            Err(fault) if fault.kind == FaultKind::Exists => {
                step.fault = Some(of_the_account(call.api, fault));
            }
            Err(fault) => {
                let fault = customer::about_contact(fault);
                step.fault = Some(match step.account_sent {
                    true => half_updated(fault),
                    false => fault,
                });
            }
        }
    }
}

/// The new contacts' accounts, and what goes there.
fn send_new_accounts(call: &Call, list: i64, steps: &mut [Step]) {
    let new: Vec<usize> = (0..steps.len())
        .filter(|&place| steps[place].fault.is_none() && steps[place].is_new)
        .collect();
    if new.is_empty() {
        return;
    }
    let contacts: Vec<i64> = new
        .iter()
        .filter_map(|&place| steps[place].plan.contact_id())
        .collect();
    let read = call
        .api
        .by_id(Object::Contacts, &contacts)
        .and_then(|rows| {
            let accounts: Vec<i64> = rows.iter().filter_map(account_of).collect();
            Ok((rows, Book::some(call.api, list, &accounts)?))
        });
    for &place in &new {
        let step = &mut steps[place];
        let found = match &read {
            Ok((rows, book)) => account_made(&step.plan, rows, book),
            Err(fault) => Err(half_done(fault.clone())),
        };
        match found {
            Ok(account) => {
                let customer = read.as_ref().ok().and_then(|(_, book)| book.get(account));
                step.plan.custom = customer.map(Customer::custom).unwrap_or_default();
                step.plan.account_id = Some(account);
            }
            Err(fault) => step.fault = Some(fault),
        }
    }
    send_accounts(call, steps, |step| step.is_new);
    for place in new {
        let step = &mut steps[place];
        step.fault = step.fault.take().map(half_done);
    }
}

/// The account of a new contact, if it is this customer's alone.
fn account_made(plan: &Plan, rows: &[Value], book: &Book) -> Result<i64, Fault> {
    let contact = plan.contact_id().unwrap_or_default();
    let row = rows
        .iter()
        .find(|row| crate::api::id_of(row) == Some(contact));
    let account = row.map(|row| account_of(row).ok_or_else(|| no_account(contact)));
    let account = account.unwrap_or_else(|| Err(half_done(not_shown(contact))))?;
    match book.get(account) {
        Some(customer) if customer.external_id() != plan.external_id => Err(shared(account)),
        _ => Ok(account),
    }
}

fn not_shown(contact: i64) -> Fault {
    fault::unavailable(text!(
        "centrixone-not-shown",
        "CentrixOne does not show contact {contact}, which it has just made",
        contact = contact
    ))
}

/// The contact is there. So whatever would pass by itself leaves the create half done, and the host must
/// send it again; what a person must mend stays as it is.
fn half_done(fault: Fault) -> Fault {
    half_written(fault, |reason| {
        text!(
            "centrixone-half-done",
            "The contact is made, its account is not finished: {reason}",
            reason = reason
        )
    })
}

/// The account is written, so the host must not believe that nothing is.
fn half_updated(fault: Fault) -> Fault {
    half_written(fault, |reason| {
        text!(
            "centrixone-half-updated",
            "The account is written, its contact is not: {reason}",
            reason = reason
        )
    })
}

fn half_written(fault: Fault, message: impl Fn(String) -> Text) -> Fault {
    match fault.kind {
        FaultKind::Rejected
        | FaultKind::MissingReference
        | FaultKind::NotFound
        | FaultKind::OutcomeUnknown => fault,
        _ => Fault {
            vendor_code: fault.vendor_code,
            vendor_text: fault.vendor_text,
            ..fault::outcome_unknown(message(fault.message.fallback))
        },
    }
}

/// The contact that is in the way, as the customer it belongs to.
fn of_the_account(api: &Api, fault: Fault) -> Fault {
    let contact = fault.existing.as_deref().and_then(parse_id);
    let rows = contact.map(|id| api.by_id(Object::Contacts, &[id]));
    let account = match rows {
        Some(Ok(rows)) => rows.iter().find_map(account_of),
        _ => None,
    };
    Fault {
        kind: account.map_or(FaultKind::Rejected, |_| FaultKind::Exists),
        existing: account.map(|id| id.to_string()),
        ..fault
    }
}

/// Whether customers may be written is known only by trying, so the doctor is told what came of it.
fn remember_refusals(api: &Api, steps: &[Step]) {
    let host = api.host();
    let refused = steps.iter().find_map(|step| {
        let fault = step.fault.as_ref()?;
        let words = fault.vendor_text.as_deref().unwrap_or_default();
        (fault.vendor_code.as_deref() == Some("403")).then_some(words)
    });
    let remembered = host.memory_get(WRITING_REFUSED);
    match refused {
        Some(words) if remembered.as_deref() != Some(words.as_bytes()) => {
            if let Err(words) = host.memory_set(WRITING_REFUSED, words.as_bytes()) {
                host.warn(&format!("the refusal is not remembered: {words}"));
            }
        }
        None if remembered.is_some() && steps.iter().any(|step| step.fault.is_none()) => {
            host.memory_delete(WRITING_REFUSED);
        }
        _ => {}
    }
}

/// What was written is read once more: CentrixOne's answers tell ids only. When that fails, it was
/// written all the same.
fn outcomes(api: &Api, list: i64, steps: Vec<Step>) -> Vec<Outcome> {
    let written = steps.iter().filter(|step| step.fault.is_none());
    let accounts: Vec<i64> = written.filter_map(|step| step.plan.account_id).collect();
    let book = Book::some(api, list, &accounts).unwrap_or_default();
    let outcome = |step: Step| match (step.fault, step.plan.account_id) {
        (Some(fault), _) => Err(fault),
        (None, account) => {
            let account = account.unwrap_or_default();
            let entry = book.get(account).map(Customer::entry);
            Ok(Applied {
                id: account.to_string(),
                version: entry.as_ref().and_then(|entry| entry.version.clone()),
                body: entry.map(|entry| entry.body),
                ext: Vec::new(),
            })
        }
    };
    steps.into_iter().map(outcome).collect()
}
