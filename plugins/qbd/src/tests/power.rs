//! Power lost at every durable step on our side, and at every step of a visit on the other: every record exactly
//! once, and every custom field where it belongs.

use super::office::{host, Company, Loss, Office};
use super::operation;
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use liaison_sdk::relay_testing::PowerCut;
use std::collections::BTreeMap;

const ORDERS: usize = 3;

fn token(n: usize) -> String {
    format!("01JQ5V00000000000000000{n:03}")
}

fn order(n: usize) -> Value {
    json!({"customer_name": "Alma", "number": format!("SO-{n}"), "date": "2026-03-05", "custom_fields": {"Route": n.to_string()},
        "lines": [{"item_name": "Bolt", "quantity": "2", "rate": "1.5"}, {"item_name": "Nut", "quantity": "1.25"}]})
}

fn writes() -> Vec<Operation> {
    (0..ORDERS)
        .map(|n| operation(&token(n), Action::Create, None, None, &order(n)))
        .collect()
}

/// What is wrong with a company file after the work.
fn wrong(company: &Company) -> (usize, usize) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for record in &company.records {
        *counts.entry(record.node.get("RefNumber")).or_default() += 1;
    }
    let twice = counts.values().filter(|count| **count > 1).count();
    let whole = |n: &usize| {
        let of =
            |record: &&super::office::Record| record.node.get("RefNumber") == format!("SO-{n}");
        company
            .records
            .iter()
            .find(of)
            .is_some_and(|record| record.custom.get("Route") == Some(&n.to_string()))
    };
    (twice, (0..ORDERS).filter(|n| !whole(n)).count())
}

/// Work to be done while the power is lost.
struct Work {
    name: &'static str,
    entity: &'static str,
    operations: Vec<Operation>,
    company: fn() -> Company,
    /// Duplicates, and what is not there as it should be.
    wrong: fn(&Company) -> (usize, usize),
}

/// A list element gets its custom fields by a second set, when it has an id.
fn customers() -> Vec<Operation> {
    let body =
        |n: usize| json!({"name": format!("C{n}"), "custom_fields": {"Route": n.to_string()}});
    (0..2)
        .map(|n| operation(&token(n), Action::Create, None, None, &body(n)))
        .collect()
}

fn wrong_customers(company: &Company) -> (usize, usize) {
    let named = |n: usize| {
        let name = format!("C{n}");
        company
            .records
            .iter()
            .filter(move |record| record.node.get("Name") == name)
    };
    let twice = (0..2).filter(|n| named(*n).count() > 1).count();
    let whole =
        |n: &usize| named(*n).any(|record| record.custom.get("Route") == Some(&n.to_string()));
    (twice, (0..2).filter(|n| !whole(n)).count())
}

fn with_an_order() -> Company {
    let mut company = Company::new();
    company.run(&crate::message::document(
        "<SalesOrderAddRq requestID=\"1\"><SalesOrderAdd><CustomerRef><FullName>Alma</FullName></CustomerRef></SalesOrderAdd></SalesOrderAddRq>",
        crate::message::OnError::Stop,
        None,
    ));
    company
}

/// A change with no version: it is read first, and must be carried out once, or its second time is a conflict.
fn change() -> Vec<Operation> {
    let id = with_an_order().records[0].id.clone();
    let body = json!({"memo": "closed", "manually_closed": true});
    vec![operation(&token(0), Action::Update, Some(&id), None, &body)]
}

fn wrong_change(company: &Company) -> (usize, usize) {
    let done = company.records[0].node.get("Memo") == "closed";
    let extra = company.changes.saturating_sub(1) as usize + company.records.len() - 1;
    (extra, usize::from(!done))
}

/// Two stocked items.
fn with_items() -> Company {
    let mut company = Company::new();
    for name in ["Bolt", "Nut"] {
        company.run(&crate::message::document(
            &format!("<ItemInventoryAddRq requestID=\"1\"><ItemInventoryAdd><Name>{name}</Name></ItemInventoryAdd></ItemInventoryAddRq>"),
            crate::message::OnError::Stop,
            None,
        ));
    }
    company
}

const QUANTITIES: [&str; 2] = ["12.5", "-3"];

/// The second has no version, and so is read first.
fn stocks() -> Vec<Operation> {
    let items = with_items().records;
    let one = |n: usize| {
        let body = json!({"quantity": QUANTITIES[n], "account_name": "Shrinkage", "memo": "Fusion", "date": "2026-03-05"});
        let version = (n == 0).then_some("1");
        operation(
            &token(n),
            Action::Update,
            Some(&items[n].id),
            version,
            &body,
        )
    };
    (0..2).map(one).collect()
}

fn wrong_stocks(company: &Company) -> (usize, usize) {
    let (mut again, mut missing) = (0, 0);
    for (item, quantity) in with_items().records.iter().zip(QUANTITIES) {
        let line = |record: &super::office::Record| {
            let lines = record.node.children.iter();
            let mut lines = lines.filter(|c| c.name == "InventoryAdjustmentLineAdd");
            let line = lines.next().cloned()?;
            assert!(lines.next().is_none(), "one item, one adjustment");
            Some(line)
        };
        let lines = company.records.iter().filter_map(line);
        let of: Vec<_> = lines
            .filter(|line| line.get("ItemRef/ListID") == item.id)
            .collect();
        again += of.len().saturating_sub(1);
        let told =
            |line: &super::office::Node| line.get("QuantityAdjustment/NewQuantity") == quantity;
        missing += usize::from(!of.iter().any(told));
    }
    (again, missing)
}

fn works() -> [Work; 4] {
    [
        Work {
            name: "sales orders with custom fields",
            entity: "sales_order",
            operations: writes(),
            company: Company::new,
            wrong,
        },
        Work {
            name: "customers with custom fields",
            entity: "customer",
            operations: customers(),
            company: Company::new,
            wrong: wrong_customers,
        },
        Work {
            name: "a change",
            entity: "sales_order",
            operations: change(),
            company: with_an_order,
            wrong: wrong_change,
        },
        Work {
            name: "stock",
            entity: "stock",
            operations: stocks(),
            company: with_items,
            wrong: wrong_stocks,
        },
    ]
}

impl Work {
    /// Does it, in one go or with something lost; how many durable steps and messages it took.
    fn done(
        &self,
        cut: Option<PowerCut>,
        loss: Option<(u32, Loss)>,
    ) -> (Company, u64, u32, Vec<Outcome>) {
        let host = host(json!({}));
        let mut company = (self.company)();
        let office = Office::new(&host);
        office.loss.set(loss);
        host.cut_power(cut);
        let outcomes = office.carried_out(&mut company, "M1", |host| {
            QuickBooksDesktop.write(host, self.entity, &self.operations)
        });
        let steps = host.steps();
        // The visit may have been cut off after the last answer; the next one closes what it left.
        office.loss.set(None);
        host.cut_power(None);
        let end = office.visit(&mut company).unwrap();
        assert_eq!(end, "none");
        assert_eq!(host.unanswered(), 0);
        (company, steps, office.messages.get(), outcomes)
    }
}

#[test]
fn power_lost_anywhere_leaves_every_record_exactly_once() {
    for work in works() {
        let (company, steps, messages, outcomes) = work.done(None, None);
        assert_eq!((work.wrong)(&company), (0, 0), "{}", work.name);
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert!(
            company.remembered() <= 1,
            "QuickBooks is told to forget what is answered"
        );
        let (mut tried, mut twice, mut incomplete, mut replayed) = (0, 0, 0, 0);
        let cuts = (1..=steps)
            .flat_map(|step| [false, true].map(|done| (Some(PowerCut { step, done }), None)));
        let losses = [Loss::BeforeRun, Loss::AfterRun, Loss::AfterTold];
        let losses = (1..=messages).flat_map(|at| losses.map(|how| (None, Some((at, how)))));
        for (cut, loss) in cuts.chain(losses) {
            let (company, _, _, outcomes) = work.done(cut, loss);
            let (again, missing) = (work.wrong)(&company);
            let name = work.name;
            assert!(
                outcomes.iter().all(Result::is_ok),
                "{name} {cut:?} {loss:?} {outcomes:?}"
            );
            assert_eq!((again, missing), (0, 0), "{name} {cut:?} {loss:?}");
            tried += 1;
            twice += again;
            incomplete += missing;
            replayed += company.replayed;
        }
        println!(
            "{}: {tried} losses of power ({steps} durable steps here, {messages} messages there): {twice} duplicates, {incomplete} incomplete, {replayed} answers replayed by QuickBooks",
            work.name
        );
        assert!(
            replayed > 0,
            "the replay was never needed: the test proves nothing"
        );
    }
}

/// What is written is named by its own operation: a batch that waits may come again as several, in any order, at any
/// time, and with the power lost on the way.
#[test]
fn a_batch_that_is_asked_again_otherwise_leaves_every_record_exactly_once() {
    let (mut tried, mut cut_otherwise) = (0, 0);
    for work in works() {
        let names = work.done(None, None).0.names;
        assert!(names.len() >= work.operations.len(), "{}", work.name);
        let losses = [Loss::BeforeRun, Loss::AfterRun, Loss::AfterTold];
        let losses = (1..=8).flat_map(|at| losses.map(|how| Some((at, how))));
        for loss in [None].into_iter().chain(losses) {
            for (visits, backwards) in (0..4).flat_map(|n| [(n, false), (n, true)]) {
                let case = format!("{} {visits} {backwards} {loss:?}", work.name);
                let host = host(json!({}));
                let mut company = (work.company)();
                let office = Office::new(&host);
                office.loss.set(loss);
                let whole =
                    |host: &dyn Host| QuickBooksDesktop.write(host, work.entity, &work.operations);
                let mut waits = host.system("M", whole).is_err();
                assert!(waits, "{case}");
                for _ in 0..visits {
                    let _ = office.visit(&mut company);
                    waits = waits && host.system("M", whole).is_err();
                }
                cut_otherwise += usize::from(waits);
                let mut singly: Vec<(usize, &Operation)> =
                    work.operations.iter().enumerate().collect();
                if backwards {
                    singly.reverse();
                }
                for (n, one) in singly {
                    let outcomes = office.carried_out(&mut company, &format!("S{n}"), |host| {
                        QuickBooksDesktop.write(host, work.entity, std::slice::from_ref(one))
                    });
                    let applied = outcomes[0].as_ref();
                    assert!(applied.is_ok(), "{case}: {applied:?}");
                    if let Some(id) = &one.id {
                        assert_eq!(&applied.unwrap().id, id, "{case}");
                    }
                }
                office.loss.set(None);
                office.visit(&mut company).unwrap();
                assert_eq!((work.wrong)(&company), (0, 0), "{case}");
                assert_eq!(company.names, names, "{case}: other parcels than in one go");
                assert_eq!(host.unanswered(), 0, "{case}");
                tried += 1;
            }
        }
    }
    println!("{tried} batches made again one by one, {cut_otherwise} of them while the whole one waited: 0 duplicates");
    assert!(cut_otherwise > tried / 4);
}

/// Without the sealed bytes there would be duplicates: the same losses against a QuickBooks that remembers nothing.
#[test]
fn a_quickbooks_that_remembers_nothing_would_have_duplicates() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let call = |host: &dyn Host| QuickBooksDesktop.write(host, "sales_order", &writes());
    assert!(host.system("M1", call).is_err());
    office.visit(&mut company).unwrap();
    office
        .loss
        .set(Some((office.messages.get() + 1, Loss::AfterRun)));
    assert!(host.system("M1", call).is_err());
    assert!(office.visit(&mut company).is_err());
    let mut forgetful = Company::new();
    forgetful.records = company.records.clone();
    office.loss.set(None);
    let outcomes = office.carried_out(&mut forgetful, "M1", call);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(wrong(&forgetful).0, 1);
}

#[test]
fn a_list_is_read_through_within_a_visit_and_begun_again_in_the_next() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let customers: Vec<Operation> = (0..7)
        .map(|n| {
            operation(
                &token(n),
                Action::Create,
                None,
                None,
                &json!({"name": format!("C{n}")}),
            )
        })
        .collect();
    let outcomes = office.carried_out(&mut company, "M0", |host| {
        QuickBooksDesktop.write(host, "customer", &customers)
    });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let (mut seen, mut since, mut calls) = (Vec::new(), None::<Vec<u8>>, 0);
    // Every page waits for a visit of its own here, so the list is never read in one: it must still end.
    let page = loop {
        calls += 1;
        let moment = format!("P{calls}");
        let at = since.clone();
        let page = office.carried_out(&mut company, &moment, |host| {
            QuickBooksDesktop.changes(host, "customer", at.clone(), &[], 3)
        });
        let Ok(page) = page else { break page };
        seen.extend(page.entries.iter().map(|entry| entry.id.clone()));
        since.clone_from(&page.next);
        if !page.more {
            break Ok(page);
        }
    };
    let fault = page.unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Unavailable, FaultScope::WholeEntity)
    );
    // In one visit, with a flow at work: the same walk goes through.
    let whole = office.carried_out(&mut company, "W", |host| {
        QuickBooksDesktop.changes(host, "customer", None, &[], 100)
    });
    let whole = whole.unwrap();
    assert_eq!(
        (whole.entries.len(), whole.more, whole.complete),
        (7, false, true)
    );
    let next = office.carried_out(&mut company, "N", |host| {
        QuickBooksDesktop.changes(host, "customer", whole.next.clone(), &[], 100)
    });
    let place = String::from_utf8(next.unwrap().next.unwrap()).unwrap();
    assert!(
        place.contains("2026-03-05T0") && !place.contains("-05:00"),
        "{place}"
    );
}

#[test]
fn what_came_to_nothing_is_tried_again_under_another_name() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    company.refusals.push((
        "SalesOrderAdd",
        3175,
        "The transaction could not be locked. It is in use by another user.",
    ));
    let call = |host: &dyn Host| QuickBooksDesktop.write(host, "sales_order", &writes()[..1]);
    let fault = office
        .carried_out(&mut company, "M1", call)
        .remove(0)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Locked);
    let outcome = office.carried_out(&mut company, "M2", call).remove(0);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(
        (wrong(&company).0, company.records.len(), company.replayed),
        (0, 1, 0)
    );
}

#[test]
fn a_change_at_an_old_version_is_a_conflict_and_one_without_reads_first() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let made = office.carried_out(&mut company, "M1", |host| {
        QuickBooksDesktop.write(host, "sales_order", &writes()[..1])
    });
    let id = made[0].as_ref().unwrap().id.clone();
    let change = |token: &str, version: Option<&str>| {
        operation(
            token,
            Action::Update,
            Some(&id),
            version,
            &json!({"memo": "closed", "manually_closed": true}),
        )
    };
    let old = [change("01JQ5V0000000000000000OLD1", Some("1"))];
    let fault = office
        .carried_out(&mut company, "M2", |host| {
            QuickBooksDesktop.write(host, "sales_order", &old)
        })
        .remove(0)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict);
    let fresh = [change("01JQ5V0000000000000000NEW1", None)];
    let applied = office
        .carried_out(&mut company, "M3", |host| {
            QuickBooksDesktop.write(host, "sales_order", &fresh)
        })
        .remove(0)
        .unwrap();
    let body = filter::value(&applied.body.unwrap());
    assert_eq!(
        (
            body["manually_closed"].clone(),
            body["cancelled"].clone(),
            body["memo"].clone()
        ),
        (json!(true), json!(true), json!("closed"))
    );
    assert_eq!(
        body["lines"].as_array().unwrap().len(),
        2,
        "lines that are not named stay"
    );
}
