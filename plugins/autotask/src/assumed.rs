//! What the vendor's documentation leaves open, and what we take it to be.
//!
//! Each item says what happens when the assumption is wrong, so that the first tenant who proves
//! it wrong costs one edit here.

use liaison_sdk::Decimal;

/// What empties a user-defined field. If `""` were refused, the read-back would say so.
pub const UDF_EMPTY: &str = "";

/// What empties an invoice's number. If it were refused, the read-back would say so.
pub const INVOICE_NUMBER_EMPTY: &str = "";

/// How far a stamp may differ after it was stored: the database may round to the minute.
pub const STAMP_TOLERANCE_MS: i64 = 60_000;

/// The status of a new ticket; a system value of every tenant.
pub const TICKET_STATUS_NEW: i64 = 1;

/// How long after now a ticket is due. Nothing says which categories demand a due date, so it is
/// always sent.
pub const TICKET_DUE_AFTER_MS: i64 = 86_400_000;

/// Waits when calls are refused; the vendor names none.
pub const THREADS_WAIT_MS: u32 = 1_500;
pub const QUOTA_WAIT_MS: u64 = 60_000;

/// A tax rate stands as percent (9.975) or as a fraction (0.09975). Both are computed and the one
/// that comes nearer to the invoice's own tax is taken; percent when they tie.
pub const RATE_FORMS: [Decimal; 2] = [Decimal::ONE, Decimal::ONE_HUNDRED];

/// The numbers of `quoteItemType`, the kind each is here, and the field that says what is sold. Reported, not
/// documented: `check` compares them with the tenant's own labels.
pub const QUOTE_ITEM_TYPES: &[(i64, &str, Option<&str>)] = &[
    (1, "product", Some("product_id")),
    (2, "charge", Some("charge_id")),
    (3, "labor", Some("labor_id")),
    (4, "expense", Some("expense_id")),
    (6, "shipping", Some("shipping_id")),
    (10, "discount", None),
    (11, "service", Some("service_id")),
    (12, "service_bundle", Some("service_bundle_id")),
    (13, "setup_fee", None),
];

/// Around the key of a line at the end of its description.
pub const LINE_KEY_BEFORE: &str = "[#";
pub const LINE_KEY_AFTER: &str = "]";

/// How many days a new quote is valid and a new opportunity open, where neither the flow nor the settings say.
pub const OPEN_DAYS: u32 = 30;

/// How long one call goes on with the lines of a quote before it asks to be called again: the host ends a call after
/// 60 seconds, and a busy tenant's requests take one second each.
pub const CALL_BUDGET_MS: u64 = 40_000;

/// Between our tax and the invoice's, for each taxable line: rounding. Beyond it the tax tables are
/// not those the invoice was made with.
pub const TAX_TOLERANCE_PER_LINE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What kind of line a label of `billingItemType` means.
///
/// The labels are the documented ones; newer tenants say "Charge" for "Cost". A label that says
/// nothing is `other`.
pub fn line_kind(label: Option<&str>, value: i64) -> &'static str {
    let Some(label) = label.map(str::to_lowercase) else {
        return if matches!(value, 1 | 2) {
            "labour"
        } else {
            "other"
        };
    };
    const KINDS: [(&str, &str); 14] = [
        ("milestone", "milestone"),
        ("labor", "labour"),
        ("labour", "labour"),
        ("expense", "expense"),
        ("cost", "product"),
        ("charge", "product"),
        ("service", "service"),
        ("subscription", "service"),
        ("setup", "contract"),
        ("block", "contract"),
        ("retainer", "contract"),
        ("incident", "contract"),
        ("contract", "contract"),
        ("product", "product"),
    ];
    KINDS
        .iter()
        .find(|(part, _)| label.contains(part))
        .map_or("other", |(_, kind)| kind)
}

/// Whether a number is one that Autotask gives to tickets: `T20250915.0001`.
pub fn is_ticket_number(number: &str) -> bool {
    let Some((day, counter)) = number
        .strip_prefix('T')
        .and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    let digits =
        |text: &str, count: usize| text.len() >= count && text.bytes().all(|b| b.is_ascii_digit());
    digits(day, 8) && digits(counter, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_label_has_its_kind() {
        for (label, expected) in [
            ("Labor", "labour"),
            ("Project Cost", "product"),
            ("Ticket Charge", "product"),
            ("Expense", "expense"),
            ("Subscription", "service"),
            ("Setup Fee", "contract"),
            ("Recurring Service Bundle Adjustment", "service"),
            ("Milestone", "milestone"),
            ("Contract Block", "contract"),
            ("Contract Cost", "product"),
            ("Contract Incident", "contract"),
            ("Something new", "other"),
        ] {
            assert_eq!(line_kind(Some(label), 99), expected, "{label}");
        }
        assert_eq!(line_kind(None, 1), "labour");
        assert_eq!(line_kind(None, 9), "other");
    }

    #[test]
    fn ticket_numbers_are_told_from_invoice_numbers() {
        for (number, expected) in [
            ("T20250915.0001", true),
            ("T20250915", false),
            ("1085", false),
            ("TA.0001", false),
        ] {
            assert_eq!(is_ticket_number(number), expected, "{number}");
        }
    }
}
