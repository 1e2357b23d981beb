//! What wasmtime generates from `wit/connector.wit`.
//!
//! Imports are trappable, though a denial reaches the guest as a value: the trap is for a broken
//! host (a store that does not answer) and for a guest that asks beyond the contract.

wasmtime::component::bindgen!({
    path: "../wit/connector.wit",
    // The larger of the two: its optional exports are looked for one by one (`guest.rs`).
    world: "called-connector",
    imports: { default: async | trappable },
    exports: { default: async },
    require_store_data_send: true,
    // For tapes.
    additional_derives: [serde::Serialize, serde::Deserialize],
});

pub use exports::liaison::connector::{inbound, setup, system};
pub use liaison::connector::{
    clock, log, memory, progress, random, relay, secrets, settings, types,
};

/// The only flags of the contract, which the derive does not reach.
const OPERATIONS: [(&str, types::Operations); 7] = [
    ("read", types::Operations::READ),
    ("find", types::Operations::FIND),
    ("query", types::Operations::QUERY),
    ("changes", types::Operations::CHANGES),
    ("create", types::Operations::CREATE),
    ("update", types::Operations::UPDATE),
    ("delete", types::Operations::DELETE),
];

impl serde::Serialize for types::Operations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = OPERATIONS
            .iter()
            .filter(|(_, operation)| self.contains(*operation));
        serializer.collect_seq(set.map(|(name, _)| name))
    }
}

impl<'de> serde::Deserialize<'de> for types::Operations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let names: Vec<String> = serde::Deserialize::deserialize(deserializer)?;
        names.iter().try_fold(Self::empty(), |set, name| {
            let known = OPERATIONS.iter().find(|(known, _)| known == name);
            let (_, operation) =
                known.ok_or_else(|| D::Error::custom(format!("no operation `{name}`")))?;
            Ok(set | *operation)
        })
    }
}
