//! A company with all five packs: eight systems of its own, and its tenant in the installation that it shares.

use std::sync::Arc;

use liaison_simulators::shell::Running;
use liaison_tests::desks::secret_of;
use liaison_tests::workshop::{Sides, sets_up};
use liaison_tests::{Lab, control, simulator};
use serde_json::{Value, json};

use crate::chaos::contracts::desks::Desks;

const TENANT: &str = include_str!("../../../five_packs.toml");

/// Whom a flow needs stands before it.
pub const FLOWS: [&str; 30] = [
    "sales/customers",
    "sales/contacts",
    "sales/customer_exports",
    "sales/products",
    "sales/opportunities",
    "sales/quotes",
    "sales/order_opportunities",
    "sales/orders",
    "products",
    "customers",
    "suppliers",
    "invoices",
    "crm/users",
    "crm/revenue_categories",
    "crm/customers",
    "crm/quotes",
    "crm/orders",
    "crm/open_orders",
    "crm/invoices",
    "shop/sales_orders",
    "shop/purchase_orders",
    "shop/invoices",
    "shop/bills",
    "shop/pulled_estimates",
    "books/accounts",
    "books/contacts",
    "books/products",
    "books/contracts",
    "books/sales_orders",
    "books/mirrored_contracts",
];

/// Secrets: the connection, and the simulator that they ship with.
const SECRETS: [(&str, &str, &[&str]); 7] = [
    (
        "autotask",
        "autotask",
        &["user_name", "integration_code", "secret"],
    ),
    ("acomba", "acomba", &["api_key"]),
    ("centrixone", "centrixone", &["api_key"]),
    ("channelonline", "channelonline", &["password"]),
    ("fusion", "fusion-operations", &["api_key"]),
    ("salesforce", "salesforce", &["private_key"]),
    (
        "intacct",
        "sage-intacct",
        &["sender_password", "user_password"],
    ),
];

pub struct Company {
    pub tenant: &'static str,
    /// Its Autotask, its Acomba and its CentrixOne.
    pub lab: Arc<Lab>,
    pub channelonline: Running,
    pub fusion: Running,
    pub quickbooks: Running,
    /// Its Salesforce and its Intacct.
    pub desks: Desks,
}

impl Company {
    pub fn new(lab: Lab, tenant: &'static str) -> Self {
        let lab = Arc::new(lab);
        let company = Self {
            tenant,
            channelonline: simulator("channelonline"),
            fusion: simulator("fusion-operations"),
            quickbooks: simulator("quickbooks-desktop"),
            desks: Desks {
                lab: Arc::clone(&lab),
                tenant,
                folder: "books",
                salesforce: simulator("salesforce"),
                intacct: simulator("sage-intacct"),
            },
            lab,
        };
        company.sets_switches();
        let mut text = TENANT.to_owned();
        for (place, system) in [
            ("{channelonline}", &company.channelonline),
            ("{fusion}", &company.fusion),
            ("{salesforce}", &company.desks.salesforce),
            ("{intacct}", &company.desks.intacct),
        ] {
            text = text.replace(place, system.url().trim_start_matches("http://"));
        }
        company.lab.write_tenant(tenant, &text);
        for (connection, vendor, names) in SECRETS {
            for name in names {
                let value = secret_of(vendor, name);
                let what = format!("{connection} {name}");
                company.lab.secret(tenant, &what, &value);
            }
        }
        company
    }

    /// Autotask gets what the counter's documents need, and nobody's quota is what is tried here.
    fn sets_switches(&self) {
        let field = |id: i64, kind: u64| {
            json!({"id": id, "name": "ChannelOnline_Id", "udfType": kind, "dataType": 1, "displayFormat": 1,
                "isActive": true})
        };
        let more = json!({
            "picklists": {"Opportunities.stage": [{"value": 29_682_771, "label": "Proposition", "isDefaultValue": true}]},
            "UserDefinedFieldDefinitions": [field(29_683_711, 1), field(29_683_712, 2), field(29_683_713, 3),
                field(29_683_714, 5)],
        });
        let (autotask, now) = (&self.lab.autotask, self.lab.autotask.now());
        let planted = autotask.with(|autotask| autotask.seed(&more, now));
        planted.expect("Autotask takes it");
        let set = |system: &Running, switch: &str, value: u64| {
            control(
                system,
                &json!({"do": "set", "switch": switch, "value": value}),
            );
        };
        set(autotask, "requestLimit", 1_000_000_000);
        set(&self.fusion, "calls_per_minute", 1_000_000_000);
        set(&self.desks.salesforce, "daily_api_requests", 10_000_000);
        // The seed has two clients whose codes differ in capitals only, which QuickBooks refuses.
        control(
            &self.fusion,
            &json!({"do": "edit", "entity": "sales-orders", "id": "CV-1006", "set": {"client": "BOREALE"}}),
        );
    }

    /// The Web Connector of its computer is told of the service, which runs.
    pub fn is_called(&self) {
        sets_up(&self.lab, self.tenant, &self.quickbooks);
    }

    pub fn workshop(&self) -> Sides<'_> {
        Sides {
            fusion: &self.fusion,
            quickbooks: &self.quickbooks,
        }
    }

    /// Those that are called over HTTP.
    pub fn systems(&self) -> [(&'static str, &Running); 7] {
        [
            ("Autotask", &self.lab.autotask),
            ("Acomba", &self.lab.acomba),
            ("CentrixOne", &self.lab.centrixone),
            ("ChannelOnline", &self.channelonline),
            ("Fusion Operations", &self.fusion),
            ("Salesforce", &self.desks.salesforce),
            ("Intacct", &self.desks.intacct),
        ]
    }

    /// Everything that a flow might write, row by row, where a route does not tell a write from a question.
    pub fn books(&self) -> Vec<Value> {
        let rows = |system: &Running, action: Value| match control(system, &action) {
            Value::Array(rows) => rows,
            _ => Vec::new(),
        };
        let mut books = self.desks.books();
        for of in ["customers", "documents"] {
            let asked = json!({"do": "rows", "of": of});
            books.extend(rows(&self.channelonline, asked));
        }
        for kind in [
            "SalesOrder",
            "PurchaseOrder",
            "Invoice",
            "Bill",
            "Customer",
            "Vendor",
            "ItemNonInventory",
        ] {
            let asked = json!({"do": "rows", "kind": kind});
            books.extend(rows(&self.quickbooks, asked));
        }
        for entity in ["sales-orders", "purchase-orders", "clients", "products"] {
            let asked = json!({"do": "rows", "entity": entity});
            books.extend(rows(&self.fusion, asked));
        }
        books
    }
}
