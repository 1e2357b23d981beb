//! A field by its name, across relations: `CUSTOMER.NAME` of a contract. And the fields that are counted.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::company::{Company, Row};
use super::schema::{Field, Kind, Object, Relation, known};

/// How a selected name leads to a value.
#[derive(Debug, Clone)]
pub struct Path {
    /// As the caller wrote it, in capitals.
    pub name: String,
    steps: Vec<&'static Relation>,
    object: &'static Object,
    pub field: Field,
}

/// Longest chain of relations.
const STEPS_MAX: usize = 4;

pub fn resolve(
    company: &Company,
    object: &'static Object,
    name: &str,
    docparid: Option<&str>,
) -> Option<Path> {
    let name = name.trim().to_uppercase();
    let (mut at, mut rest) = (object, name.as_str());
    let mut steps = Vec::new();
    loop {
        if let Some(field) = company.field(at, rest, docparid) {
            if field.kind == Kind::List {
                return None;
            }
            let field = field.clone();
            return Some(Path {
                steps,
                object: at,
                field,
                name,
            });
        }
        let (relation, further) = rest.split_once('.')?;
        let relation = at.relation(relation)?;
        if steps.len() == STEPS_MAX {
            return None;
        }
        steps.push(relation);
        (at, rest) = (known(&relation.object), further);
    }
}

impl Path {
    pub fn value<'a>(&self, company: &'a Company, row: &'a Row) -> Cow<'a, str> {
        let mut row = row;
        for relation in &self.steps {
            match company.follow(row, relation) {
                Some((_, next)) => row = next,
                None => return Cow::Borrowed(""),
            }
        }
        value(company, self.object, row, &self.field.name)
    }
}

/// Everything that `*` stands for.
pub fn all(company: &Company, object: &'static Object, docparid: Option<&str>) -> Vec<Path> {
    let own = object.fields.iter().map(|field| field.name.clone());
    let custom = company
        .custom_fields(object, docparid)
        .map(|field| field.name.clone());
    let owned = object.relations.iter().filter(|relation| relation.owned);
    let owned = owned.flat_map(|relation| {
        let fields = known(&relation.object).fields.iter();
        let fields = fields.filter(|field| field.stamp.is_none());
        fields.map(move |field| format!("{}.{}", relation.name, field.name))
    });
    let names: Vec<String> = own.chain(owned).chain(custom).collect();
    names
        .iter()
        .filter_map(|name| resolve(company, object, name, docparid))
        .collect()
}

/// A field of a row; some are counted from others when they are read.
pub fn value<'a>(company: &'a Company, object: &Object, row: &'a Row, name: &str) -> Cow<'a, str> {
    let through = |object: &str, id: &str, field: &str| {
        let found = company.by_id(object, row.get(id));
        Cow::Borrowed(found.map_or("", |found| found.get(field)))
    };
    match (object.name.as_str(), name) {
        ("CONTRACT", "CUSTOMERNAME") => through("CUSTOMER", "CUSTOMERID", "NAME"),
        ("CONTRACT", "SUMMARYTOTAL") => {
            let lines = company.rows_with("CONTRACTDETAIL", "CONTRACTID", row.get("CONTRACTID"));
            sum(lines.map(|line| line.amount("TOTALFLATAMOUNT")))
        }
        ("CONTRACT", "SUMMARYBILLED") => {
            let id = row.get("CONTRACTID");
            let schedules = company.rows_with("CONTRACTBILLINGSCHEDULE", "CONTRACTID", id);
            sum(schedules.map(|schedule| {
                let key = schedule.get("RECORDNO");
                let entries = company.rows_with("CONTRACTBILLINGSCHEDULEENTRY", "SCHEDULEKEY", key);
                let posted = entries.filter(|entry| entry.flag("POSTED"));
                posted.map(|entry| entry.amount("AMOUNT")).sum()
            }))
        }
        ("CONTRACTDETAIL", "CONTRACTSTATE") => through("CONTRACT", "CONTRACTID", "STATE"),
        ("CONTRACTDETAIL", "CONTRACTNAME") => through("CONTRACT", "CONTRACTID", "NAME"),
        ("CONTRACTDETAIL", "CUSTOMERID") => through("CONTRACT", "CONTRACTID", "CUSTOMERID"),
        ("CONTRACTDETAIL", "CURRENCY") => through("CONTRACT", "CONTRACTID", "CURRENCY"),
        ("CONTRACTDETAIL", "ITEMNAME") => through("ITEM", "ITEMID", "NAME"),
        ("CONTRACTDETAIL", "CUSTOMERNAME") => {
            let contract = company.by_id("CONTRACT", row.get("CONTRACTID"));
            let customer = contract.map(|row| row.get("CUSTOMERID"));
            let customer = customer.and_then(|id| company.by_id("CUSTOMER", id));
            Cow::Borrowed(customer.map_or("", |row| row.get("NAME")))
        }
        ("CONTRACTDETAIL", "BILLINGSCHEDULESTATUS") => {
            let schedule = row.key_of("BILLINGSCHEDULEKEY");
            let schedule = schedule.and_then(|key| company.get("CONTRACTBILLINGSCHEDULE", key));
            Cow::Borrowed(schedule.map_or("", |row| row.get("STATE")))
        }
        ("CUSTOMER", "TOTALDUE") => {
            let invoices = company.rows_with("ARINVOICE", "CUSTOMERID", row.get("CUSTOMERID"));
            sum(invoices.map(|invoice| invoice.amount("TOTALDUE")))
        }
        (_, "MAILADDRESS.COUNTRYCODE") => Cow::Borrowed(row.get("MAILADDRESS.ISOCOUNTRYCODE")),
        (name, "RECORD_URL") => Cow::Owned(format!(
            "https://www.intacct.com/ia/acct/ur.phtml?.r={}.{}",
            name.to_lowercase(),
            row.key
        )),
        _ => Cow::Borrowed(row.get(name)),
    }
}

fn sum<'a>(amounts: impl Iterator<Item = Decimal>) -> Cow<'a, str> {
    Cow::Owned(amounts.sum::<Decimal>().to_string())
}
