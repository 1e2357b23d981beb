//! Queries: by key, by filter, page by page.
//!
//! A key that is missing is 500 beside what was found; a filter that finds nothing is 1.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::answer::{Wanted, Writer};
use super::clock::{self, Clock};
use super::company::{Company, Object, Serial};
use super::kind::{self, KINDS, Kind};
use super::reader::Message;
use super::references;
use super::session::{Page, Session};
use super::status::Status;
use super::stock::Balances;
use super::value;
use super::xml::Element;

/// What a request is answered with.
#[derive(Debug, Default)]
pub struct Outcome {
    pub status: Option<Status>,
    pub attributes: Vec<(&'static str, String)>,
    pub children: Vec<Element>,
}

impl Outcome {
    pub fn found(children: Vec<Element>) -> Self {
        let status = children.is_empty().then(Status::no_match);
        Self {
            status,
            attributes: Vec::new(),
            children,
        }
    }
}

impl From<Status> for Outcome {
    fn from(status: Status) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }
}

/// The kinds a query asks for; none when it is no query of objects.
pub fn kinds(request: &str) -> Vec<&'static Kind> {
    let Some(word) = request.strip_suffix("QueryRq") else {
        return Vec::new();
    };
    match word {
        "Item" | "Terms" => KINDS.iter().filter(|kind| kind.space == word).collect(),
        word => kind::named(word).into_iter().collect(),
    }
}

pub struct Query<'a> {
    pub company: &'a Company,
    pub clock: &'a Clock,
    pub today: Date,
}

impl Query<'_> {
    pub fn run(&self, message: &Message, session: &mut Session) -> Result<Outcome, Status> {
        let request = &message.element;
        let kinds = kinds(&request.name);
        let count = request
            .get("MaxReturned")
            .map(|text| text.parse::<usize>().unwrap_or(0));
        if count == Some(0) {
            return Err(Status::bad_value(
                "MaxReturned",
                "0",
                "It must be 1 or more.",
            ));
        }
        let (mut found, missing, pages) = match request.attribute("iterator") {
            Some("Start") => {
                let all = self.search(request, &kinds)?;
                let count = count.ok_or_else(|| Status::missing("MaxReturned"))?;
                let page = Page::start(request, all);
                let (id, found, left) = session.open(page, count);
                (found, None, Some((id, left)))
            }
            Some(word) => {
                let id = request.attribute("iteratorID").unwrap_or_default();
                if word == "Stop" {
                    session.close(id);
                    return Ok(Outcome::default());
                }
                let count = count.ok_or_else(|| Status::missing("MaxReturned"))?;
                let (found, left) = session.go_on(id, request, count)?;
                (found, None, Some((id.to_owned(), left)))
            }
            None => {
                let (found, missing) = match self.keys(request, &kinds)? {
                    Some(by_key) => by_key,
                    None => (self.search(request, &kinds)?, None),
                };
                (found, missing, None)
            }
        };
        if pages.is_none() && missing.is_none() {
            found.truncate(count.unwrap_or(usize::MAX));
        }
        let metadata = request.attribute("metaData").unwrap_or("NoMetaData");
        let mut outcome = self.answer(request, &found, metadata);
        if let Some(status) = missing {
            outcome.status = Some(status);
        }
        if metadata != "NoMetaData" || pages.is_some() {
            outcome
                .attributes
                .push(("retCount", found.len().to_string()));
        }
        if let Some((id, left)) = pages {
            outcome
                .attributes
                .push(("iteratorRemainingCount", left.to_string()));
            outcome.attributes.push(("iteratorID", id));
        }
        Ok(outcome)
    }

    fn answer(&self, request: &Element, found: &[Serial], metadata: &str) -> Outcome {
        if metadata == "MetaDataOnly" {
            return Outcome {
                status: found.is_empty().then(Status::no_match),
                ..Outcome::default()
            };
        }
        let writer = Writer::new(self.company, self.clock);
        let wanted = Wanted {
            lines: request.is_true("IncludeLineItems"),
            links: request.is_true("IncludeLinkedTxns"),
            owners: request
                .all("OwnerID")
                .map(|owner| owner.text.clone())
                .collect(),
            elements: request
                .all("IncludeRetElement")
                .map(|name| name.text.clone())
                .collect(),
        };
        let objects = found
            .iter()
            .filter_map(|serial| self.company.object(*serial));
        Outcome::found(
            objects
                .map(|object| writer.write(object, &wanted))
                .collect(),
        )
    }

    /// The objects named one by one, and the status of the first that is missing; none when the request
    /// names no keys.
    #[expect(clippy::type_complexity)]
    fn keys(
        &self,
        request: &Element,
        kinds: &[&'static Kind],
    ) -> Result<Option<(Vec<Serial>, Option<Status>)>, Status> {
        let names = [
            "ListID",
            "TxnID",
            "FullName",
            "RefNumber",
            "RefNumberCaseSensitive",
        ];
        let Some(name) = names.iter().find(|name| request.child(name).is_some()) else {
            return Ok(None);
        };
        let (mut found, mut missing) = (Vec::new(), None);
        for key in request.all(name) {
            let before = found.len();
            let fits = |object: &&Object| kinds.contains(&object.kind);
            match *name {
                "ListID" | "TxnID" => {
                    references::check_id(&key.text, name)?;
                    found.extend(self.company.by_id(&key.text).filter(fits).map(|o| o.serial));
                }
                "FullName" => {
                    let space = kinds.first().map_or("", |kind| kind.space);
                    let named = self.company.by_full_name(space, &key.text).filter(fits);
                    found.extend(named.map(|object| object.serial));
                }
                _ => {
                    let same = |number: &str| match *name {
                        "RefNumber" => number.to_lowercase() == key.text.to_lowercase(),
                        _ => number == key.text,
                    };
                    let all = self.company.all().filter(fits);
                    let all = all.filter(|object| object.get("RefNumber").is_some_and(same));
                    found.extend(all.map(|object| object.serial));
                }
            }
            if found.len() == before && missing.is_none() {
                missing = Some(Status::key_not_found(&key.text));
            }
        }
        Ok(Some((found, missing)))
    }

    fn search(&self, request: &Element, kinds: &[&'static Kind]) -> Result<Vec<Serial>, Status> {
        let filter = Filter::read(self, request)?;
        let fits = |object: &&Object| kinds.contains(&object.kind) && filter.takes(self, object);
        let mut found: Vec<&Object> = self.company.all().filter(fits).collect();
        if kinds.iter().any(|kind| kind.is_list) {
            found.sort_by_cached_key(|object| self.company.full_name(object).to_lowercase());
        }
        Ok(found.into_iter().map(|object| object.serial).collect())
    }
}

type Range<T> = (Option<T>, Option<T>);

fn within<T: PartialOrd>(range: &Range<T>, value: &T) -> bool {
    range.0.as_ref().is_none_or(|from| value >= from)
        && range.1.as_ref().is_none_or(|to| value <= to)
}

/// The conditions of a search; each that is there must hold.
struct Filter {
    active: Option<bool>,
    modified: Range<jiff::civil::DateTime>,
    dates: Range<Date>,
    text: Option<(String, String)>,
    texts: Range<String>,
    entities: Option<Vec<Scope>>,
    accounts: Option<Vec<Scope>>,
    items: Option<Vec<Scope>>,
    classes: Option<Vec<Scope>>,
    account_types: Vec<String>,
    paid: Option<bool>,
    balance: Option<(String, Decimal, Balances)>,
}

/// An object, perhaps with everything below it.
struct Scope {
    serial: Serial,
    below: bool,
}

impl Filter {
    fn read(query: &Query, request: &Element) -> Result<Self, Status> {
        if request.child("CurrencyFilter").is_some() {
            // Multi-currency is off in every company file here.
            return Err(Status::not_here());
        }
        let inner = |name: &str| request.child(name).unwrap_or(request);
        let modified = inner("ModifiedDateRangeFilter");
        let limit = |name, is_end| {
            let text = modified.get(name).filter(|text| !text.is_empty());
            text.and_then(|text| query.clock.limit(text, is_end))
        };
        let (text, texts) = texts(request);
        Ok(Self {
            active: match request.get("ActiveStatus") {
                None | Some("ActiveOnly") => Some(true),
                Some("InactiveOnly") => Some(false),
                Some(_) => None,
            },
            modified: (
                limit("FromModifiedDate", false),
                limit("ToModifiedDate", true),
            ),
            dates: dates(request.child("TxnDateRangeFilter"), query.today),
            text,
            texts,
            entities: scopes(query, request.child("EntityFilter"), "Party")?.or(scopes(
                query,
                request.child("TimeTrackingEntityFilter"),
                "Party",
            )?),
            accounts: scopes(query, request.child("AccountFilter"), "Account")?,
            items: scopes(query, request.child("ItemFilter"), "Item")?,
            classes: scopes(query, request.child("ClassFilter"), "Class")?,
            account_types: request
                .all("AccountType")
                .map(|kind| kind.text.clone())
                .collect(),
            paid: match request.get("PaidStatus") {
                Some("PaidOnly") => Some(true),
                Some("NotPaidOnly") => Some(false),
                _ => None,
            },
            balance: request.child("TotalBalanceFilter").map(|filter| {
                let word = filter.get("Operator").unwrap_or_default().to_owned();
                let amount = value::number(filter.get("Amount")).unwrap_or_default();
                (word, amount, Balances::of(query.company))
            }),
        })
    }

    fn takes(&self, query: &Query, object: &Object) -> bool {
        let company = query.company;
        let label = || match object.kind.is_list {
            true => company.full_name(object).to_lowercase(),
            false => object.get("RefNumber").unwrap_or_default().to_lowercase(),
        };
        let date = || object.get("TxnDate").and_then(value::date);
        let one_of = |scopes: &Option<Vec<Scope>>, refers: &dyn Fn(&str) -> bool| {
            let Some(scopes) = scopes else { return true };
            let all = object
                .fields
                .iter()
                .chain(object.all_lines().flat_map(|line| &line.fields));
            all.filter(|field| refers(&field.name)).any(|field| {
                let target = field.get("ListID").and_then(|id| company.by_id(id));
                target.is_some_and(|target| {
                    scopes.iter().any(|scope| {
                        scope.serial == target.serial
                            || scope.below && company.is_within(target, scope.serial)
                    })
                })
            })
        };
        (!object.kind.is_list || self.active.is_none_or(|active| object.is_active == active))
            && (self.modified == (None, None)
                || within(&self.modified, &query.clock.wall(object.modified)))
            && (self.dates == (None, None) || date().is_some_and(|date| within(&self.dates, &date)))
            && self
                .text
                .as_ref()
                .is_none_or(|(criterion, part)| match criterion.as_str() {
                    "StartsWith" => label().starts_with(part),
                    "EndsWith" => label().ends_with(part),
                    _ => label().contains(part),
                })
            && (self.texts == (None, None) || within_texts(&self.texts, &label()))
            && one_of(&self.entities, &|name| {
                matches!(name, "CustomerRef" | "VendorRef" | "EntityRef")
            })
            && one_of(&self.accounts, &|name| name.ends_with("AccountRef"))
            && one_of(&self.items, &|name| name == "ItemRef")
            && one_of(&self.classes, &|name| name == "ClassRef")
            && (self.account_types.is_empty()
                || self
                    .account_types
                    .iter()
                    .any(|kind| object.get("AccountType") == Some(kind)))
            && self
                .paid
                .is_none_or(|paid| paid == object.is_true("IsPaid"))
            && self
                .balance
                .as_ref()
                .is_none_or(|(word, amount, balances)| {
                    let total = balances.total(object.serial);
                    match word.as_str() {
                        "LessThan" => total < *amount,
                        "LessThanEqual" => total <= *amount,
                        "Equal" => total == *amount,
                        "GreaterThan" => total > *amount,
                        _ => total >= *amount,
                    }
                })
    }
}

/// Name or number: a criterion with a part of it, or a range.
fn texts(request: &Element) -> (Option<(String, String)>, Range<String>) {
    let lower = |text: &str| text.to_lowercase();
    let filter = request
        .child("NameFilter")
        .or(request.child("RefNumberFilter"));
    let filter = filter.map(|filter| {
        let part = filter
            .get("Name")
            .or(filter.get("RefNumber"))
            .unwrap_or_default();
        (
            filter.get("MatchCriterion").unwrap_or_default().to_owned(),
            lower(part),
        )
    });
    let range = request
        .child("NameRangeFilter")
        .or(request.child("RefNumberRangeFilter"));
    let end = |names: [&str; 2]| {
        let range = range?;
        let text = names.iter().find_map(|name| range.get(name))?;
        (!text.is_empty()).then(|| lower(text))
    };
    (
        filter,
        (
            end(["FromName", "FromRefNumber"]),
            end(["ToName", "ToRefNumber"]),
        ),
    )
}

/// Numbers compare as numbers, anything else as text.
fn within_texts(range: &Range<String>, label: &str) -> bool {
    let number = |text: &String| text.parse::<u64>().ok();
    let ends = (range.0.as_ref().map(number), range.1.as_ref().map(number));
    match (label.parse::<u64>(), ends) {
        (Ok(label), (from, to)) if from != Some(None) && to != Some(None) => {
            within(&(from.flatten(), to.flatten()), &label)
        }
        _ => within(range, &label.to_owned()),
    }
}

fn dates(filter: Option<&Element>, today: Date) -> Range<Date> {
    let Some(filter) = filter else {
        return (None, None);
    };
    if let Some(word) = filter.get("DateMacro") {
        return clock::date_macro(word, today).unwrap_or((None, None));
    }
    let end = |name| filter.get(name).and_then(value::date);
    (end("FromTxnDate"), end("ToTxnDate"))
}

fn scopes(
    query: &Query,
    filter: Option<&Element>,
    space: &'static str,
) -> Result<Option<Vec<Scope>>, Status> {
    let Some(filter) = filter else {
        return Ok(None);
    };
    let mut scopes = Vec::new();
    for key in &filter.children {
        let object = if key.name.starts_with("ListID") {
            references::check_id(&key.text, &key.name)?;
            query.company.by_id(&key.text)
        } else {
            query.company.by_full_name(space, &key.text)
        };
        let object = object.filter(|object| object.kind.space == space);
        let object = object.ok_or_else(|| Status::bad_reference(space, &key.text, &filter.name))?;
        scopes.push(Scope {
            serial: object.serial,
            below: key.name.ends_with("WithChildren"),
        });
    }
    Ok(Some(scopes))
}

/// `TxnDeletedQuery` and `ListDeletedQuery`.
pub fn deleted(company: &Company, clock: &Clock, request: &Element) -> Outcome {
    let is_list = request.name.starts_with("List");
    let type_name = if is_list { "ListDelType" } else { "TxnDelType" };
    let kinds: Vec<&str> = request
        .all(type_name)
        .map(|kind| kind.text.as_str())
        .collect();
    let filter = request.child("DeletedDateRangeFilter");
    let limit = |name, is_end| {
        let text = filter?.get(name).filter(|text| !text.is_empty())?;
        clock.limit(text, is_end)
    };
    let range = (
        limit("FromDeletedDate", false),
        limit("ToDeletedDate", true),
    );
    let wanted = company.deleted.iter().filter(|deleted| {
        kinds.contains(&deleted.kind.name) && within(&range, &clock.wall(deleted.deleted))
    });
    let answers = wanted.map(|deleted| {
        let (id, label) = if is_list {
            ("ListID", "FullName")
        } else {
            ("TxnID", "RefNumber")
        };
        let mut children = vec![
            Element::leaf(type_name, deleted.kind.name),
            Element::leaf(id, &deleted.id),
            Element::leaf("TimeCreated", clock.text(deleted.created)),
            Element::leaf("TimeDeleted", clock.text(deleted.deleted)),
        ];
        children.extend(deleted.name.iter().map(|name| Element::leaf(label, name)));
        Element::with(
            if is_list {
                "ListDeletedRet"
            } else {
                "TxnDeletedRet"
            },
            children,
        )
    });
    let answers: Vec<_> = answers.collect();
    let mut outcome = Outcome::found(answers);
    let metadata = request.attribute("metaData").unwrap_or("NoMetaData");
    if metadata != "NoMetaData" {
        let count = outcome.children.len().to_string();
        outcome.attributes.push(("retCount", count));
    }
    if metadata == "MetaDataOnly" {
        outcome.children.clear();
    }
    outcome
}
