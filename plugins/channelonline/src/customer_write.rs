//! Writing customers, and contacts with their customer.
//!
//! A customer goes out as `upsert` or `update`, never as `create`, which makes a second one of what is there. A new
//! one is looked for first, by its number and its exact name, so that nothing is put into a customer that the host
//! does not know of; sent again after an interruption, it is known by its `requestId`.

use crate::api::Api;
use crate::assumed::customer::{self, Customer, Import, Whom};
use crate::assumed::result::{self, Told};
use crate::entity::{CONTACT, CUSTOMER};
use crate::operation;
use crate::pressed::{self, Verdict};
use crate::refusal;
use crate::source;
use crate::value::text_in;
use customer::Which;
use liaison_sdk::prelude::*;

/// Noted before a new record leaves.
const SENT: &[u8] = b"sent";
/// Fields by which the outcome of an export is told.
pub const OUTCOME: [&str; 3] = ["export_status", "export_message", "export_results"];

/// Carries out an operation on a customer.
pub fn write(api: &Api, operation: &Operation) -> Outcome {
    let body = operation::body(operation)?;
    match operation.action {
        Action::Create => create(api, operation, &body),
        _ => update(api, operation, &body),
    }
}

fn create(api: &Api, operation: &Operation, body: &Map<String, Value>) -> Outcome {
    if operation.resume.is_none() {
        if let Some(there) = there(api, body)? {
            return Err(fault::exists(
                text!(
                    "channelonline-customer-there",
                    "ChannelOnline already has customer {number} {name}",
                    number = there.number,
                    name = text_in(&there.body, "name")
                ),
                &there.number,
            ));
        }
        note(api, operation)?;
    }
    let whom = Whom {
        number: text_in(body, "number"),
        ..Whom::default()
    };
    let told = send(
        api,
        CUSTOMER,
        &operation.token,
        Import::Upsert,
        whom,
        body,
        None,
    )?;
    let number = match told.customer_number.as_str() {
        "" => number_of(api, &told.customer_id, body)?,
        number => number.to_owned(),
    };
    Ok(operation::applied(&number, None))
}

/// The customer that a new one would be put into.
fn there(api: &Api, body: &Map<String, Value>) -> Result<Option<Customer>, Fault> {
    let number = text_in(body, "number");
    if !number.is_empty() {
        if let Some(customer) = source::customer_numbered(api, number)? {
            return Ok(Some(customer));
        }
    }
    let name = text_in(body, "name");
    if name.is_empty() {
        return Err(
            fault::rejected(text!("channelonline-no-name", "A customer needs a name"))
                .field("name"),
        );
    }
    let mut named = source::customers(api, Which::Name(name))?;
    match named.len() {
        0 | 1 => Ok(named.pop()),
        _ => {
            let numbers: Vec<&str> = named.iter().map(|one| one.number.as_str()).collect();
            Err(fault::ambiguous(text!(
                "channelonline-several-named",
                "ChannelOnline has several customers named {name}: {numbers}",
                name = name,
                numbers = numbers.join(", ")
            ))
            .field("name"))
        }
    }
}

/// The number that ChannelOnline gave: its answer tells the system id alone.
fn number_of(api: &Api, system_id: &str, body: &Map<String, Value>) -> Result<String, Fault> {
    let asked = match system_id {
        "" => Which::Name(text_in(body, "name")),
        id => Which::SystemId(id),
    };
    let unknown = |fault: Fault| Fault {
        vendor_code: fault.vendor_code,
        vendor_text: fault.vendor_text,
        ..operation::untold(CUSTOMER)
    };
    let found = source::customers(api, asked).map_err(unknown)?;
    let first = found.into_iter().next();
    first
        .map(|customer| customer.number)
        .ok_or_else(|| operation::untold(CUSTOMER))
}

fn update(api: &Api, operation: &Operation, body: &Map<String, Value>) -> Outcome {
    let number = operation::id(operation, CUSTOMER)?;
    if body
        .get("number")
        .is_some_and(|_| text_in(body, "number") != number)
    {
        return Err(stays("number"));
    }
    let outcome = operation::outcome(body, OUTCOME)?;
    let is_told = |name: &str| name.starts_with("export_") || name == "number";
    if body.keys().any(|name| !is_told(name)) {
        // By an external id another customer could be meant, and only the system id goes before it. An address goes whole.
        let mut body = body.clone();
        let wanted = body.contains_key("external_id") || customer::names_address(&body);
        let known = match wanted {
            true => Some(customer_there(api, number)?),
            false => None,
        };
        if let Some(known) = &known {
            customer::complete_addresses(&mut body, &known.body);
        }
        let system_id = known.as_ref().map_or("", |one| one.system_id.as_str());
        let whom = Whom { system_id, number };
        send(
            api,
            CUSTOMER,
            &operation.token,
            Import::Update,
            whom,
            &body,
            None,
        )?;
    }
    if let Some(outcome) = outcome {
        tell(api, number, &outcome)?;
    }
    Ok(operation::applied(number, None))
}

/// Finishes what a user asked for of a customer.
pub fn tell(api: &Api, number: &str, outcome: &Verdict) -> Result<(), Fault> {
    let waiting = pressed::waiting(api)?;
    let mut of_customers = waiting
        .iter()
        .filter(|one| pressed::kinds(CUSTOMER).contains(&one.kind.as_str()));
    // By the number, and where an action may name it by its system id, by that too.
    let system_id = match of_customers.any(|one| one.subject != number) {
        true => source::customer_numbered(api, number)?.map(|one| one.system_id),
        false => None,
    };
    let ids = [number, system_id.as_deref().unwrap_or(number)];
    for one in outcome.finishes(pressed::on(&waiting, CUSTOMER, ids)) {
        pressed::finish(api, &one.id, outcome)?;
    }
    Ok(())
}

fn customer_there(api: &Api, number: &str) -> Result<Customer, Fault> {
    source::customer_numbered(api, number)?.ok_or_else(|| {
        fault::not_found(text!(
            "channelonline-customer-gone",
            "ChannelOnline has no customer {number}",
            number = number
        ))
    })
}

fn stays(field: &str) -> Fault {
    fault::rejected(text!(
        "channelonline-stays",
        "{field} cannot be changed from outside",
        field = field
    ))
    .field(field)
}

/// Carries out an operation on a contact.
pub fn write_contact(api: &Api, operation: &Operation) -> Outcome {
    let body = operation::body(operation)?;
    match operation.action {
        Action::Create => create_contact(api, operation, &body),
        _ => update_contact(api, operation, &body),
    }
}

fn create_contact(api: &Api, operation: &Operation, body: &Map<String, Value>) -> Outcome {
    let number = text_in(body, "customer_id");
    if operation.resume.is_none() {
        let customer = match number {
            "" => None,
            number => source::customer_numbered(api, number)?,
        };
        let Some(customer) = customer else {
            return Err(fault::missing_reference(text!(
                "channelonline-contact-of-nobody",
                "A contact belongs to a customer, and ChannelOnline has no customer {number}",
                number = number
            ))
            .field("customer_id"));
        };
        if let Some(id) = same_email(&customer, text_in(body, "email")) {
            return Err(fault::exists(
                text!(
                    "channelonline-contact-there",
                    "Customer {number} already has a contact with the e-mail {email}",
                    number = number,
                    email = text_in(body, "email")
                ),
                &id,
            ));
        }
        note(api, operation)?;
    }
    let told = send_contact(api, operation, number, "", body)?;
    let id = match told.contact_ids.as_slice() {
        [id] => customer::contact_id(number, id),
        _ => contact_made(api, number, body)?,
    };
    Ok(operation::applied(&id, None))
}

/// The contact of a customer with this e-mail, whatever its case.
fn same_email(customer: &Customer, email: &str) -> Option<String> {
    let same = |one: &&customer::Contact| {
        !email.is_empty() && text_in(&one.body, "email").to_lowercase() == email.to_lowercase()
    };
    let found = customer.contacts.iter().find(same)?;
    Some(customer::contact_id(&customer.number, &found.system_id))
}

/// The contact that was just made, where the answer does not name it.
fn contact_made(api: &Api, number: &str, body: &Map<String, Value>) -> Result<String, Fault> {
    let untold = || operation::untold(CONTACT);
    let customer = source::customer_numbered(api, number).map_err(|_| untold())?;
    let customer = customer.ok_or_else(untold)?;
    if let Some(id) = same_email(&customer, text_in(body, "email")) {
        return Ok(id);
    }
    let keys = match text_in(body, "external_id") {
        "" => vec!["first_name", "last_name", "email"],
        _ => vec!["external_id"],
    };
    let same = |one: &&customer::Contact| {
        keys.iter()
            .all(|key| text_in(&one.body, key) == text_in(body, key))
    };
    let mut fitting = customer.contacts.iter().filter(same);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(customer::contact_id(number, &one.system_id)),
        _ => Err(untold()),
    }
}

fn update_contact(api: &Api, operation: &Operation, body: &Map<String, Value>) -> Outcome {
    let id = operation::id(operation, CONTACT)?;
    let Some((number, system_id)) = customer::parts_of(id) else {
        return Err(fault::not_found(text!(
            "channelonline-contact-gone",
            "ChannelOnline has no contact {id}",
            id = id
        )));
    };
    if body
        .get("customer_id")
        .is_some_and(|_| text_in(body, "customer_id") != number)
    {
        return Err(stays("customer_id"));
    }
    send_contact(api, operation, number, system_id, body)?;
    Ok(operation::applied(id, None))
}

fn send_contact(
    api: &Api,
    operation: &Operation,
    number: &str,
    system_id: &str,
    body: &Map<String, Value>,
) -> Result<Told, Fault> {
    let contact = customer::contact(system_id, body, api.settings.external_system());
    let whom = Whom {
        number,
        ..Whom::default()
    };
    let nothing = Map::new();
    let (token, update) = (&operation.token, Import::Update);
    send(api, CONTACT, token, update, whom, &nothing, Some(&contact))
}

fn note(api: &Api, operation: &Operation) -> Result<(), Fault> {
    api.host().note(&operation.token, SENT).map_err(|words| {
        fault::unavailable(text!(
            "channelonline-note",
            "What is about to be sent could not be noted; nothing was sent"
        ))
        .vendor_text(&words)
    })
}

/// One import; what the service says of it.
fn send(
    api: &Api,
    entity: &str,
    token: &str,
    import: Import,
    whom: Whom,
    body: &Map<String, Value>,
    contact: Option<&str>,
) -> Result<Told, Fault> {
    let system = api.settings.external_system();
    let request = customer::import(token, import, whom, body, contact, system);
    let results = api
        .tell(&request, result::ELEMENT, &result::read)?
        .map_err(|trouble| refusal::of(entity, &trouble))?;
    let mut ours = results
        .iter()
        .filter(|told| told.of == token || results.len() == 1);
    let told = ours.next().ok_or_else(|| operation::untold(entity))?;
    match &told.trouble {
        Some(trouble) => Err(refusal::of(entity, trouble)),
        None => Ok(told.clone()),
    }
}
