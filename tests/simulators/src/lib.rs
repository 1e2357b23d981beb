//! Small business systems on loopback, faithful on the wire to their vendors, for liaison's tests.
//!
//! A vendor is a pure state machine ([`simulator::Simulator`]); one shell ([`shell::Running`]) serves
//! any of them, with one control plane under `/_sim/` and one fault layer in front.
//!
//! Invariant: nothing here is shared with a connector, and nothing listens beyond loopback.

pub mod acomba;
pub mod autotask;
pub mod centrixone;
pub mod channelonline;
mod control_plane;
pub mod demo;
pub mod example;
pub mod fault;
pub mod fusion_operations;
mod percent;
mod plan;
mod post;
pub mod qbo;
pub mod quickbooks_desktop;
pub mod sage_intacct;
pub mod salesforce;
pub mod shell;
pub mod simulator;
pub mod tls;

pub use shell::Running;
pub use simulator::Simulator;

/// The vendors by their word on the command line.
pub const VENDORS: [&str; 10] = [
    "acomba",
    "autotask",
    "centrixone",
    "channelonline",
    "example",
    "fusion-operations",
    "qbo",
    "quickbooks-desktop",
    "salesforce",
    "sage-intacct",
];

/// A vendor's simulator, empty but for what the vendor itself ships.
pub fn vendor(name: &str) -> Option<Box<dyn Simulator>> {
    match name {
        "acomba" => Some(Box::new(acomba::new())),
        "autotask" => Some(Box::new(autotask::new())),
        "centrixone" => Some(Box::new(centrixone::new())),
        "channelonline" => Some(Box::new(channelonline::new())),
        "example" => Some(Box::new(example::new())),
        "fusion-operations" => Some(Box::new(fusion_operations::new())),
        "qbo" => Some(Box::new(qbo::new())),
        "quickbooks-desktop" => Some(Box::new(quickbooks_desktop::new())),
        "salesforce" => Some(Box::new(salesforce::new())),
        // The second is its connector's name, by which `liaison chaos` asks for it.
        "sage-intacct" | "intacct" => Some(Box::new(sage_intacct::new())),
        _ => None,
    }
}
