//! Billing schedules: when which part of a line is to be invoiced.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::act::Act;
use super::company::Row;
use super::schema::known;
use super::time;

const SCHEDULE: &str = "CONTRACTBILLINGSCHEDULE";
const ENTRY: &str = "CONTRACTBILLINGSCHEDULEENTRY";

/// An evergreen line is scheduled this many months ahead.
const EVERGREEN_MONTHS: i64 = 12;

/// The periods between two days, the last one cut.
fn periods(begin: Date, end: Date, frequency: &str) -> Vec<(Date, Date)> {
    let step = match frequency {
        "Monthly" => 1,
        "Quarterly" => 3,
        "Annually" => 12,
        _ => return vec![(begin, end)],
    };
    let mut periods = Vec::new();
    let mut n = 0;
    loop {
        let starts = time::plus_months(begin, step * n);
        if starts > end || periods.len() == 600 {
            return periods;
        }
        n += 1;
        let ends = time::plus_days(time::plus_months(begin, step * n), -1);
        periods.push((starts, ends.min(end)));
    }
}

fn span(line: &Row) -> Option<(Date, Date)> {
    let begin = line.day("BILLINGSTARTDATE").or(line.day("BEGINDATE"))?;
    let end = line.day("BILLINGENDDATE").or(line.day("ENDDATE"));
    let end =
        end.unwrap_or_else(|| time::plus_days(time::plus_months(begin, EVERGREEN_MONTHS), -1));
    Some((begin, end))
}

/// What a line comes to in all: an amount with every invoice is due once for each.
pub fn total(line: &Row) -> Option<Decimal> {
    let flat = line.number("FLATAMOUNT")?;
    if line.get("BILLINGOPTIONS") != "Include with every invoice" {
        return Some(flat);
    }
    let (begin, end) = span(line)?;
    let count = periods(begin, end, line.get("BILLINGFREQUENCY")).len();
    flat.checked_mul(Decimal::from(count))
}

/// Makes the schedule of a line, or makes its entries again while none is billed. Its key.
pub fn make(act: &mut Act<'_>, line: &Row) -> Option<i64> {
    if is_billed(act, line) {
        return line.key_of("BILLINGSCHEDULEKEY");
    }
    remove(act, line);
    let (begin, end) = span(line)?;
    let every = line.get("BILLINGOPTIONS") == "Include with every invoice";
    let template = act
        .company
        .by_id("CONTRACTBILLINGTEMPLATE", line.get("BILLINGTEMPLATENAME"));
    let frequency = match line.get("BILLINGOPTIONS") {
        "Include with every invoice" => line.get("BILLINGFREQUENCY").to_owned(),
        "Use billing template" => template.map_or("", |row| row.get("FREQUENCY")).to_owned(),
        _ => String::new(),
    };
    let periods = periods(begin, end, &frequency);
    let mut schedule = Row::default();
    schedule.set("CONTRACTDETAILKEY", line.key.to_string());
    schedule.set("CONTRACTID", line.get("CONTRACTID"));
    schedule.set("STATE", "In progress");
    let key = act.insert(known(SCHEDULE), schedule);
    let flat = line.amount("FLATAMOUNT");
    let rate = line.number("EXCHANGE_RATE").unwrap_or(Decimal::ONE);
    let count = Decimal::from(periods.len());
    let share = (flat / count).round_dp(2);
    let mut left = flat;
    let last = periods.len().saturating_sub(1);
    for (n, (starts, ends)) in periods.into_iter().enumerate() {
        let amount = match (every, n == last) {
            (true, _) => flat,
            (false, true) => left,
            (false, false) => share,
        };
        left -= amount;
        let mut entry = Row::default();
        entry.set("SCHEDULEKEY", key.to_string());
        entry.set("AMOUNT", amount.to_string());
        let base = amount.checked_mul(rate).unwrap_or(amount);
        entry.set("BASEAMOUNT", base.round_dp(2).to_string());
        entry.set("POSTINGDATE", starts.to_string());
        entry.set("POSTED", "false");
        entry.set("STATE", "Open");
        entry.set("SERVICEPERIODSTARTDATE", starts.to_string());
        entry.set("SERVICEPERIODENDDATE", ends.to_string());
        act.insert(known(ENTRY), entry);
    }
    Some(key)
}

/// The entries of a line's schedule, in order.
pub fn entries(act: &Act<'_>, line: &Row) -> Vec<Row> {
    let key = line.get("BILLINGSCHEDULEKEY");
    if key.is_empty() {
        return Vec::new();
    }
    act.company
        .rows_with(ENTRY, "SCHEDULEKEY", key)
        .cloned()
        .collect()
}

pub fn is_billed(act: &Act<'_>, line: &Row) -> bool {
    entries(act, line).iter().any(|entry| entry.flag("POSTED"))
}

pub fn remove(act: &mut Act<'_>, line: &Row) {
    for entry in entries(act, line) {
        act.remove(known(ENTRY), entry.key);
    }
    if let Some(key) = line.key_of("BILLINGSCHEDULEKEY") {
        act.remove(known(SCHEDULE), key);
    }
}

/// Moves the entries of a line from one state to another, and its schedule along.
pub fn set_state(act: &mut Act<'_>, line: i64, from: &str, to: &str, schedule: &str) {
    let Some(line) = act.company.get("CONTRACTDETAIL", line).cloned() else {
        return;
    };
    for entry in entries(act, &line) {
        if entry.get("STATE") == from {
            act.change(ENTRY, entry.key, |entry| entry.set("STATE", to));
        }
    }
    if let Some(key) = line.key_of("BILLINGSCHEDULEKEY") {
        act.change(SCHEDULE, key, |row| row.set("STATE", schedule));
    }
}

#[cfg(test)]
mod tests {
    use super::periods;

    #[test]
    fn periods_follow_the_month_and_end_with_the_line() {
        let day = |text: &str| text.parse().unwrap();
        let starts = |begin, end, frequency| -> Vec<String> {
            let all = periods(day(begin), day(end), frequency);
            all.iter().map(|(starts, _)| starts.to_string()).collect()
        };
        assert_eq!(
            starts("2026-01-31", "2026-04-15", "Monthly"),
            ["2026-01-31", "2026-02-28", "2026-03-31"]
        );
        assert_eq!(starts("2026-01-01", "2026-12-31", "Quarterly").len(), 4);
        assert_eq!(starts("2026-01-01", "2027-12-31", "Annually").len(), 2);
        assert_eq!(starts("2026-01-01", "2026-12-31", "One-time").len(), 1);
        let all = periods(day("2026-01-01"), day("2026-02-10"), "Monthly");
        assert_eq!(all[1].1, day("2026-02-10"));
    }
}
