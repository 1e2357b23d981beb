//! The kinds of record, and which of them have a path.

/// Named by the word in the path, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    Workers,
    Machines,
    ProductFamilies,
    Products,
    Clients,
    Suppliers,
    ProductionOrders,
    SalesOrders,
    PurchaseOrders,
    Productions,
    TaskDurations,
    InventoryMovements,
    Downtimes,
    PunchClocks,
    Counters,
    Problems,
    Files,
}

use Resource as R;

impl Resource {
    /// In the order in which a seed is read: what is referred to comes first.
    pub const ALL: [Self; 17] = [
        R::Workers,
        R::Machines,
        R::ProductFamilies,
        R::Products,
        R::Clients,
        R::Suppliers,
        R::ProductionOrders,
        R::SalesOrders,
        R::PurchaseOrders,
        R::Productions,
        R::TaskDurations,
        R::InventoryMovements,
        R::Downtimes,
        R::PunchClocks,
        R::Counters,
        R::Problems,
        R::Files,
    ];

    pub fn word(self) -> &'static str {
        match self {
            R::Workers => "workers",
            R::Machines => "machines",
            R::ProductFamilies => "product-families",
            R::Products => "products",
            R::Clients => "clients",
            R::Suppliers => "suppliers",
            R::ProductionOrders => "production-orders",
            R::SalesOrders => "sales-orders",
            R::PurchaseOrders => "purchase-orders",
            R::Productions => "productions",
            R::TaskDurations => "task-durations",
            R::InventoryMovements => "inventory-movements",
            R::Downtimes => "downtimes",
            R::PunchClocks => "punch-clocks",
            R::Counters => "counters",
            R::Problems => "problems",
            R::Files => "files",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// The verbs of the list, of one record, and whether it has files. None: no path at all.
    pub fn verbs(self) -> Option<(&'static [&'static str], &'static [&'static str], bool)> {
        Some(match self {
            R::SalesOrders | R::PurchaseOrders | R::ProductionOrders | R::Products => {
                (&["GET", "POST"], &["GET", "PUT", "DELETE"], true)
            }
            R::Clients | R::Suppliers | R::InventoryMovements => {
                (&["GET", "POST"], &["GET", "PUT", "DELETE"], false)
            }
            R::ProductFamilies | R::Productions => (&["GET", "POST"], &["PUT", "DELETE"], false),
            R::TaskDurations => (&["GET", "POST"], &["GET", "PATCH", "DELETE"], false),
            R::Downtimes | R::PunchClocks => (&["GET"], &[], false),
            R::Machines | R::Workers | R::Counters | R::Problems | R::Files => return None,
        })
    }

    /// The field that names a record to people.
    pub fn key(self) -> Option<&'static str> {
        match self {
            R::Workers => Some("number"),
            R::Machines
            | R::ProductFamilies
            | R::Products
            | R::Clients
            | R::Suppliers
            | R::ProductionOrders
            | R::SalesOrders
            | R::PurchaseOrders => Some("code"),
            _ => None,
        }
    }

    /// The field in which goods move, and whether they come in.
    pub fn parts(self) -> Option<(&'static str, Direction)> {
        match self {
            R::SalesOrders => Some(("shipping", Direction::Out)),
            R::PurchaseOrders => Some(("receiving", Direction::In)),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}
