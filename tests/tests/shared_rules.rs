//! The packs for QuickBooks Desktop and QuickBooks Online say many things in the same words. A flow is one file and cannot take
//! rules from another, so this holds the copies together: a block that both packs have is the same in both, unless it
//! is named here as one that the two systems force apart.

use std::collections::BTreeMap;
use std::fs;

use liaison_tests::repository;

/// A flow for Desktop, its like for Online, and the blocks in which they may differ.
const PAIRS: &[(&str, &str, &[&str])] = &[
    ("sales_orders", "estimates", ORDERS),
    ("sales_orders", "order_invoices", ORDERS),
    ("sales_orders", "sales_receipts", ORDERS),
    ("purchase_orders", "purchase_orders", ORDERS),
    ("purchase_orders", "order_bills", ORDERS),
    ("invoices", "invoices", MOVEMENTS),
    ("bills", "bills", MOVEMENTS),
    ("stock", "stock", STOCK),
    ("pulled_estimates", "pulled_estimates", PULLED),
    ("pulled_invoices", "pulled_invoices", PULLED),
    ("pulled_purchase_orders", "pulled_purchase_orders", PULLED),
    ("pulled_purchase_orders", "pulled_bills", PULLED),
];

/// Online has longer names, two accounts of an item, prefixes of numbers and a price on every line; there a name is one
/// customer's alone, whatever stands above it. It writes lines anew where
/// Desktop keeps them by their quantity, since there the links of a line are lost with it.
const ORDERS: &[&str] = &[
    "[options.create_items]",
    "[options.document_number]",
    "[options.ship_date]",
    "[lookup.customer]",
    "[lookup.customer.create.fields]",
    "[lookup.vendor.create.fields]",
    "[lookup.sent]",
    "[fields]",
    "[children.lines.lookup.item.create.fields]",
    "[children.lines.values]",
    "[children.lines.fields]",
    "[[check]] custom-field-unknown",
    "[[check]] income-account-unknown",
];

/// Besides, Online takes no order whole, and has estimates where Desktop has orders.
const MOVEMENTS: &[&str] = &[
    "[options.create_items]",
    "[options.document_number]",
    "[options.unknown_order]",
    "[lookup.customer]",
    "[lookup.customer.create.fields]",
    "[lookup.vendor.create.fields]",
    "[fields]",
    "[values]",
    "[children.lines]",
    "[children.lines.lookup.item.create.fields]",
    "[children.lines.values]",
    "[children.lines.fields]",
    "[[reject]] order-closed",
    "[[check]] custom-field-unknown",
    "[[check]] income-account-unknown",
];

/// Online's items have other fields, and its screens other names.
const STOCK: &[&str] = &[
    "[options.match_item_field]",
    "[[check]] adjustment-account-unknown",
];

/// Online's dates differ, numbers may have a prefix, and its documents name customers, vendors and items for information only.
const PULLED: &[&str] = &[
    "[lookup.pulled]",
    "[fields]",
    "[values]",
    "[children.lines.values]",
    "[[check]] custom-field-unknown",
];

#[test]
fn what_both_quickbooks_packs_say_they_say_in_the_same_words() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (desktop, online, apart) in PAIRS {
        let ours = blocks(&format!("fusion-qbo/{online}"));
        for (name, text) in blocks(&format!("fusion-qbd/{desktop}")) {
            let Some(same) = ours.get(&name) else {
                continue;
            };
            if apart.iter().any(|known| name.starts_with(known)) {
                continue;
            }
            compared += 1;
            if *same != text {
                wrong.push(format!("{desktop} and {online} differ in {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 250, "only {compared} blocks were compared");
}

/// The blocks of a flow by their heads; one of a list by its code and what it holds for as well.
fn blocks(flow: &str) -> BTreeMap<String, String> {
    let file = repository().join("flows").join(format!("{flow}.toml"));
    let text = fs::read_to_string(file).expect("a flow of the repository");
    let mut found = BTreeMap::new();
    for block in text.split("\n\n") {
        let lines: Vec<&str> = block
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect();
        let Some(head) = lines.first().filter(|head| head.starts_with('[')) else {
            continue;
        };
        let value = |key: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let name = match head.starts_with("[[") {
            true => format!("{head} {} {}", value("code = "), value("when = ")),
            false => (*head).to_owned(),
        };
        found.insert(name, lines.join("\n"));
    }
    found
}

/// The same rules for two kinds of documents: a list that is mended in one is mended in the other.
#[test]
fn lists_for_quotes_and_for_sales_orders_have_the_same_rules() {
    let rules = |name: &str| {
        let path =
            liaison_tests::repository().join(format!("flows/channelonline-autotask/{name}.toml"));
        let text = std::fs::read_to_string(path).expect("the flow is there");
        let from = text.find("[on_demand]").expect("who asks");
        let to = text.find("[report.fields]").expect("the report");
        text[from..to].to_owned()
    };
    assert_eq!(rules("quote_lists"), rules("order_lists"));
}
