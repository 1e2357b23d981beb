//! CentrixOne, the Québec CRM: one page per object, credentials in the path, arrays in and out.
//!
//! Confirmed by the vendor: the URL of contacts, the basic filter's tokens, `"Result":"Success"`, plain
//! text refusals, `Last-Modified` and 304, a 500 where something does not exist, the protected list, the
//! oldest contact as primary contact, inactive users named `{number}@{account}`. Field names other than
//! `name`, the other six objects and the texts of refusals are assumed.
//!
//! Assumed besides, because no public source says:
//! - `EN` and `FR` pages answer alike; a POST goes to the filter `all`; a GET without `fields` reads all.
//! - Each object is selected by its own letter; by `E` where it has an external id; contacts by `S` and
//!   `A`, opportunities by `A` and `C` besides. External ids are unique per object.
//! - An empty field is left out of an answer. An edit that changes nothing still stamps the record.
//! - `lists` in an edit is the whole set; asked for by `S`, a contact shows those lists only.
//! - An id that does not exist in `lists` is a 400, every other one a 500.
//! - A renamed account takes its contacts' `company` along; a changed `company` moves the contact.
//! - With `all_or_nothing` off, the first bad record ends the array and those before it stay.
//! - A person's merge gives the surviving contact the other's lists and whatever it had empty.
//! - `write_level_1` off closes primary contacts to people and to the API and not to automations;
//!   `write_level_2` off to all three; one-way mode binds people and automations, never the API.
//! - Countries, states and languages are capital ISO codes; anything else is a 400.
//! - The API makes users `{number}@{account}` only, never activates one, and renames inactive ones only.
//! - The five main stages' words but `won`, and what stands at 0 and 80 per cent.
//! - A set that never held anything was last modified when the account was opened.
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; the API key appears in no answer,
//! no route and no state; faults that any vendor may show (503, HTML with 200) live outside.

mod address;
mod control;
mod crm;
mod filter;
mod object;
mod people;
mod reads;
mod refusal;
mod rules;
mod seed;
mod stage;
mod switches;
mod table;
mod time;
mod value;
mod wire;
mod writes;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::address::{Address, Credentials};
use self::crm::Crm;
use self::object::Object;
use self::refusal::Refusal;
use self::switches::Switches;
use self::time::Stamp;
use self::value::Hand;
use self::writes::Writer;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// An account with nothing in it and no key; `seed` brings them.
pub fn new() -> Centrixone {
    Centrixone {
        credentials: Credentials::default(),
        crm: Crm::default(),
        switches: Switches::default(),
    }
}

pub struct Centrixone {
    credentials: Credentials,
    crm: Crm,
    switches: Switches,
}

impl Centrixone {
    fn answer(&mut self, request: &Request, now: NowMs) -> Result<Response, Refusal> {
        let Address { object, filter } = Address::of(&request.path, &self.credentials)?;
        match request.method.as_str() {
            "GET" => reads::get(&self.crm, object, &filter, request),
            "POST" if filter != "all" => Err(Refusal::bad("POST takes the basic filter all")),
            "POST" => match address::query(request)?.first() {
                Some((name, _)) => Err(Refusal::bad(format!("unknown parameter {name}"))),
                None => self
                    .writer(Hand::Api, time::stamp(now))
                    .post(object, &request.body),
            },
            _ => Err(Refusal::method()),
        }
    }

    fn writer(&mut self, hand: Hand, now: Stamp) -> Writer<'_> {
        Writer {
            crm: &mut self.crm,
            switches: &self.switches,
            account: &self.credentials.account,
            hand,
            now,
        }
    }

    /// Every record of one object, as an answer would show it.
    fn rows(&self, object: Object) -> Value {
        let rows = self.crm.table(object).rows();
        rows.map(|row| wire::whole_record(object, row)).collect()
    }
}

impl Simulator for Centrixone {
    fn name(&self) -> &'static str {
        "centrixone"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        self.answer(request, now).unwrap_or_else(Refusal::response)
    }

    /// The vendor documents no limit on concurrent calls.
    fn lane(&self, _: &Request) -> Option<String> {
        None
    }

    fn route(&self, request: &Request) -> String {
        format!("{} {}", request.method, address::object_word(&request.path))
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        let mut state = Map::new();
        state.insert("account".to_owned(), json!(self.credentials.account));
        state.insert("switches".to_owned(), self.switches.show());
        for object in Object::ALL {
            state.insert(object.name().to_owned(), self.rows(object));
        }
        Value::Object(state)
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }
}
