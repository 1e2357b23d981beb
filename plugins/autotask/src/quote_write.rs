//! Making and changing quotes: the header, its addresses, its lines.
//!
//! A quote is one document here and many requests there, and any of them may be the last. So nothing is assumed to be
//! undone or done: the quote is looked for under its opportunity by our id, an address that no quote uses is taken
//! before another is made, and lines are compared with those that are there ([`crate::quote_items`]). A try that was
//! interrupted goes on where it was, whoever carries it on.

use crate::api::{row_id, Api};
use crate::assumed::CALL_BUDGET_MS;
use crate::opportunity::day_from_today;
use crate::quote::{Address, BILL_TO, SHIP_TO};
use crate::quote_items;
use crate::quote_location::{self, Place};
use crate::table::{differs, kept, plain_text, Column};
use crate::tables::{OPPORTUNITY, QUOTE};
use crate::write::{needed, no_item_id, no_such_record, number_of, unkept, writable};
use crate::{marker, quote, write};
use liaison_sdk::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The column of the third address, which is the first one's.
const SOLD_TO: &str = "soldToLocationID";

/// What is noted before anything of a new quote is made: from then on a try may find what one before it left.
const BEGUN: &[u8] = b"begun";

/// Carries out operations on quotes; one outcome each. What is the same question for all of them is asked once.
pub fn write<'a>(api: &'a Api<'_>, operations: &'a [Operation]) -> Vec<Outcome> {
    let began_ms = api.host.monotonic_ms();
    let jobs: Vec<Result<Job, Fault>> = operations
        .iter()
        .map(|op| Job::of(api, op, began_ms))
        .collect();
    let before = Before::of(api, jobs.iter().flatten());
    let mut stopped: Option<Fault> = None;
    let mut written: Vec<Result<i64, Fault>> = Vec::new();
    for job in &jobs {
        let id = match (job, &stopped) {
            (Err(fault), _) | (Ok(_), Some(fault)) => Err(fault.clone()),
            (Ok(job), None) => match job.op.action {
                Action::Create => job.create(&before),
                Action::Update => job.update(&before),
                Action::Delete => Err(fault::not_offered(QUOTE.entity, "delete")),
            },
        };
        // Who answers nobody is not asked for each quote in turn.
        stopped = stopped.or_else(|| {
            id.as_ref()
                .err()
                .filter(|fault| answers_nobody(fault))
                .cloned()
        });
        written.push(id);
    }
    let ids: Vec<i64> = written.iter().flatten().copied().collect();
    let after = shown(api, &ids);
    let outcome = |(job, id): (&Result<Job, Fault>, &Result<i64, Fault>)| match (job, id) {
        (Ok(job), Ok(id)) => job.finished(*id, &after),
        (_, Err(fault)) | (Err(fault), _) => Err(fault.clone()),
    };
    let outcomes = jobs.iter().zip(&written).map(outcome);
    outcomes
        .map(|outcome| outcome.map_err(|fault| QUOTE.own_words(fault)))
        .collect()
}

fn answers_nobody(fault: &Fault) -> bool {
    fault.scope != FaultScope::OneRecord
        && matches!(
            fault.kind,
            FaultKind::Throttled | FaultKind::Unavailable | FaultKind::Unauthorized
        )
}

/// Quotes as Autotask shows them, by id: the row, and all of it.
type Shown = BTreeMap<i64, (Value, Entry)>;

fn shown(api: &Api, ids: &[i64]) -> Result<Shown, Fault> {
    let ids: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    let rows = api.all_in(QUOTE.path, "id", &ids)?;
    let entries = quote::entries(api, &rows)?;
    let by_id = |(row, entry): (Value, Entry)| Some((row_id(&row)?, (row, entry)));
    Ok(rows.into_iter().zip(entries).filter_map(by_id).collect())
}

/// What Autotask had before anything was sent.
struct Before {
    /// The quotes of the opportunities that are to have one; those made in this call come to them.
    quotes: Result<RefCell<Vec<Value>>, Fault>,
    opportunities: Result<Vec<Value>, Fault>,
    /// The quotes that are to change.
    changing: Result<Vec<Value>, Fault>,
}

impl Before {
    fn of<'j, 'a: 'j, 'h: 'a>(
        api: &Api,
        jobs: impl Iterator<Item = &'j Job<'a, 'h>> + Clone,
    ) -> Self {
        let creates = jobs.clone().filter(|job| job.op.action == Action::Create);
        let ids = creates.filter_map(|job| job.opportunity_id().ok());
        let ids: Vec<Value> = ids
            .collect::<BTreeSet<i64>>()
            .into_iter()
            .map(Value::from)
            .collect();
        let updates = jobs.filter(|job| job.op.action == Action::Update);
        let changing: Vec<Value> = updates
            .filter_map(|job| number_of(job.op).ok())
            .map(Value::from)
            .collect();
        Self {
            quotes: api
                .all_in(QUOTE.path, "opportunityID", &ids)
                .map(RefCell::new),
            opportunities: api.all_in(OPPORTUNITY.path, "id", &ids),
            changing: api.all_in(QUOTE.path, "id", &changing),
        }
    }
}

/// One operation on a quote.
struct Job<'a, 'h> {
    api: &'a Api<'h>,
    op: &'a Operation,
    body: Map<String, Value>,
    /// What the body says of the header.
    header: Vec<(&'static Column, Value)>,
    /// What the quote's lines are to be; none where the body does not speak of them.
    lines: Option<Vec<quote_items::Line>>,
    clock: Clock<'h>,
}

/// How long this call has gone on.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    host: &'a dyn Host,
    began_ms: u64,
    /// What is done: made, or changed.
    action: Action,
}

impl<'a> Clock<'a> {
    /// Whether there is time for one more request; else the call is asked for again, and goes on.
    ///
    /// # Errors
    /// `outcome-unknown` while a quote is made, `locked` while one is changed.
    pub fn check(&self) -> Result<(), Fault> {
        let gone_ms = self.host.monotonic_ms().saturating_sub(self.began_ms);
        if gone_ms < CALL_BUDGET_MS {
            return Ok(());
        }
        let message = text!(
            "quote-goes-on",
            "The quote has more lines than Autotask took in one call; it goes on from here"
        );
        Err(match self.action {
            Action::Create => fault::outcome_unknown(message),
            _ => fault::locked(message).wait_ms(1),
        })
    }
}

impl<'a, 'h> Job<'a, 'h> {
    /// Whatever can be refused without touching a quote is refused before anything is made.
    fn of(api: &'a Api<'h>, op: &'a Operation, began_ms: u64) -> Result<Self, Fault> {
        let body = write::body_of(op)?;
        if op.action == Action::Create {
            needed(&QUOTE, &body)?;
        }
        let mut header = Vec::new();
        for (field, value) in &body {
            let aside = field == "lines"
                || [&BILL_TO, &SHIP_TO]
                    .iter()
                    .any(|address| address.fields.contains(&field.as_str()));
            if aside || (op.action == Action::Create && filter::is_empty(value)) {
                continue;
            }
            let column = writable(&QUOTE, field)?;
            header.push((column, QUOTE.vendor_value(api, column, value)?));
        }
        Ok(Self {
            lines: quote_items::of_body(api, &body)?,
            clock: Clock {
                host: api.host,
                began_ms,
                action: op.action,
            },
            api,
            op,
            body,
            header,
        })
    }

    fn opportunity_id(&self) -> Result<i64, Fault> {
        let given = self.body.get("opportunity_id").map(plain_text);
        let given = given.unwrap_or_default();
        let id = given.trim().parse();
        id.map_err(|_| no_such_opportunity(&given))
    }

    /// Makes the quote, or goes on with it; its id.
    fn create(&self, before: &Before) -> Result<i64, Fault> {
        let opportunity_id = self.opportunity_id()?;
        let marker = marker::of(&QUOTE, self.op, &self.body).unwrap_or_default();
        let quotes = before.quotes.as_ref().map_err(Clone::clone)?;
        let there: Vec<Value> = quotes
            .borrow()
            .iter()
            .filter(|row| row["opportunityID"].as_i64() == Some(opportunity_id))
            .cloned()
            .collect();
        self.clock.check()?;
        if let Some(row) = marker::found(self.api, &QUOTE, &there, &marker)? {
            return self.go_on(row);
        }
        if let Some(other) = there.first() {
            return Err(has_other_quote(other));
        }
        let opportunities = before.opportunities.as_ref().map_err(Clone::clone)?;
        self.check_opportunity(opportunity_id, opportunities)?;
        let (bill_to, ship_to) = self.new_places()?;
        let mut request: Map<String, Value> = self
            .header
            .iter()
            .filter(|(column, _)| column.field != "company_id")
            .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
            .collect();
        for (column, value) in [
            ("externalQuoteNumber", json!(marker)),
            (BILL_TO.column, json!(bill_to)),
            (SHIP_TO.column, json!(ship_to)),
            (SOLD_TO, json!(bill_to)),
        ] {
            request.insert(column.to_owned(), value);
        }
        for (column, value) in [
            ("effectiveDate", day_from_today(self.api, 0)),
            (
                "expirationDate",
                day_from_today(self.api, self.api.settings.open_days()),
            ),
            ("primaryQuote", json!(true)),
        ] {
            request.entry(column).or_insert(value);
        }
        let id = self
            .api
            .write(Method::Post, QUOTE.path, &Value::Object(request))?
            .ok_or_else(no_item_id)?;
        quotes.borrow_mut().push(
            json!({"id": id, "opportunityID": opportunity_id, "externalQuoteNumber": marker}),
        );
        // Just made, it has none.
        self.lines_from(id, Vec::new())?;
        Ok(id)
    }

    /// The quote is there, by a try before this one: it becomes what it was to be.
    fn go_on(&self, row: &Value) -> Result<i64, Fault> {
        let id = row_id(row).ok_or_else(no_such_record)?;
        let header = self.differing(row);
        self.patch(id, header)?;
        self.settle_places(id, row)?;
        self.settle_lines(id)?;
        Ok(id)
    }

    fn update(&self, before: &Before) -> Result<i64, Fault> {
        let id = number_of(self.op)?;
        let rows = before.changing.as_ref().map_err(Clone::clone)?;
        let row = rows.iter().find(|row| row_id(row) == Some(id));
        let row = row.ok_or_else(no_such_record)?;
        self.clock.check()?;
        let moved = self
            .header
            .iter()
            .find(|(column, value)| column.fixed && !kept(column, value, row));
        if let Some((column, _)) = moved {
            return Err(unkept(&QUOTE, column.field));
        }
        self.go_on(row)
    }

    /// What of the header a row does not show.
    fn differing(&self, row: &Value) -> Map<String, Value> {
        self.header
            .iter()
            .filter(|(column, value)| !column.fixed && differs(column, value, row))
            .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
            .collect()
    }

    fn patch(&self, id: i64, mut request: Map<String, Value>) -> Result<(), Fault> {
        if request.is_empty() {
            return Ok(());
        }
        request.insert("id".to_owned(), json!(id));
        self.api
            .write(Method::Patch, QUOTE.path, &Value::Object(request))
            .map(drop)
    }

    /// The opportunity must be there, and the customer's.
    fn check_opportunity(&self, id: i64, rows: &[Value]) -> Result<(), Fault> {
        let Some(row) = rows.iter().find(|row| row_id(row) == Some(id)) else {
            return Err(no_such_opportunity(&id.to_string()));
        };
        let wanted = self
            .body
            .get("company_id")
            .filter(|id| !filter::is_empty(id));
        let has = plain_text(&row["companyID"]);
        match wanted.map(plain_text) {
            Some(wanted) if wanted.trim() != has => Err(fault::rejected(text!(
                "opportunity-of-another",
                "Opportunity “{title}” of Autotask is company {has}'s, not company {wanted}'s: choose an opportunity of this customer",
                title = plain_text(&row["title"]),
                has = has,
                wanted = wanted
            ))
            .field("opportunity_id")),
            _ => Ok(()),
        }
    }

    /// Locations for a new quote; one where both addresses are the same or nothing is said of the second. A first try
    /// makes them; a later one takes what it left.
    fn new_places(&self) -> Result<(i64, i64), Fault> {
        let bill_to = self.place(&BILL_TO, &Place::default());
        let ship_to = self.place(&SHIP_TO, &Place::default());
        let make = match self.op.resume {
            Some(_) => quote_location::unused_or_new,
            None => {
                self.note()?;
                quote_location::new
            }
        };
        let bill_to_id = make(self.api, &bill_to)?;
        if ship_to == bill_to || ship_to.is_empty() {
            return Ok((bill_to_id, bill_to_id));
        }
        Ok((bill_to_id, make(self.api, &ship_to)?))
    }

    fn note(&self) -> Result<(), Fault> {
        let noted = self.api.host.note(&self.op.token, BEGUN);
        noted.map_err(|words| {
            fault::unavailable(text!(
                "quote-not-noted",
                "That a quote is begun could not be noted; nothing was sent"
            ))
            .vendor_text(&words)
        })
    }

    /// An address after this operation: what the body says of it, else what it is.
    fn place(&self, address: &Address, now: &Place) -> Place {
        let mut place = now.clone();
        for (at, field) in address.fields.iter().enumerate() {
            if let Some(value) = self.body.get(*field) {
                plain_text(value).trim().clone_into(&mut place.0[at]);
            }
        }
        place
    }

    fn speaks_of(&self, address: &Address) -> bool {
        address
            .fields
            .iter()
            .any(|field| self.body.contains_key(*field))
    }

    /// Changes the addresses of a quote that is there. A location that both use is parted when they differ.
    fn settle_places(&self, id: i64, row: &Value) -> Result<(), Fault> {
        if !self.speaks_of(&BILL_TO) && !self.speaks_of(&SHIP_TO) {
            return Ok(());
        }
        let locations = quote::locations(self.api, std::slice::from_ref(row))?;
        let now = |address: &Address| {
            let id = row[address.column].as_i64();
            let place = id
                .and_then(|id| locations.get(&id))
                .map_or_else(Place::default, Place::of_row);
            (id.unwrap_or_default(), place)
        };
        let ((bill_id, bill_now), (ship_id, ship_now)) = (now(&BILL_TO), now(&SHIP_TO));
        let bill_to = self.place(&BILL_TO, &bill_now);
        let mut ship_to = self.place(&SHIP_TO, &ship_now);
        // A document without a place to ship to is shipped to where it is billed.
        if ship_to.is_empty() {
            ship_to = bill_to.clone();
        }
        if bill_to != bill_now {
            quote_location::change(self.api, bill_id, &bill_to)?;
        }
        match bill_id == ship_id {
            true if ship_to != bill_to => {
                let own = quote_location::unused_or_new(self.api, &ship_to)?;
                self.patch(
                    id,
                    Map::from_iter([(SHIP_TO.column.to_owned(), json!(own))]),
                )
            }
            false if ship_to != ship_now => quote_location::change(self.api, ship_id, &ship_to),
            _ => Ok(()),
        }
    }

    fn settle_lines(&self, id: i64) -> Result<(), Fault> {
        match self.lines {
            Some(_) => self.lines_from(id, quote_items::there(self.api, id)?),
            None => Ok(()),
        }
    }

    fn lines_from(&self, id: i64, there: Vec<Value>) -> Result<(), Fault> {
        let lines = self.lines.as_deref().unwrap_or_default();
        quote_items::settle(self.api, id, lines, there, self.clock)
    }

    /// The quote as it is now, which must show what was sent.
    fn finished(&self, id: i64, after: &Result<Shown, Fault>) -> Outcome {
        let now = match after {
            Ok(shown) => shown.get(&id),
            // That it cannot be read just now does not undo it.
            Err(fault) => {
                self.api.host.warn(&format!(
                    "quote {id} was written and could not be read back: {}",
                    fault.message.fallback
                ));
                None
            }
        };
        if let (Some((row, _)), Action::Update) = (now, self.op.action) {
            let mut lost = self.header.iter();
            if let Some((column, _)) = lost.find(|(column, value)| !kept(column, value, row)) {
                return Err(unkept(&QUOTE, column.field));
            }
        }
        let body = now.map(|(_, entry)| entry.body.clone());
        if let (Some(body), Some(lines)) = (&body, &self.lines) {
            quote_items::check(self.api, lines, &filter::value(body))?;
        }
        Ok(Applied {
            id: id.to_string(),
            version: None,
            body,
            ext: Vec::new(),
        })
    }
}

fn no_such_opportunity(id: &str) -> Fault {
    fault::missing_reference(text!(
        "no-such-opportunity",
        "Autotask has no opportunity {id}, or hides it from the API user",
        id = id
    ))
    .field("opportunity_id")
}

fn has_other_quote(row: &Value) -> Fault {
    let name = |column: &str| plain_text(&row[column]);
    let shown = match name("externalQuoteNumber").trim() {
        "" => name("name"),
        number => number.to_owned(),
    };
    fault::rejected(text!(
        "opportunity-has-quote",
        "The opportunity has another quote already: {quote} (number {number} in Autotask). One opportunity has one quote: choose another opportunity, or none so that a new one is made",
        quote = shown,
        number = name("quoteNumber")
    ))
    .field("opportunity_id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::PARTS;

    #[test]
    fn every_part_of_an_address_has_its_field() {
        for address in [&BILL_TO, &SHIP_TO] {
            assert_eq!(address.fields.len(), PARTS.len());
            assert!(QUOTE.columns.iter().any(|c| c.vendor == address.column));
        }
    }
}
