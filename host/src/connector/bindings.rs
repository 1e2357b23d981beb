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
});

pub use exports::liaison::connector::{inbound, setup, system};
pub use liaison::connector::{
    clock, log, memory, progress, random, relay, secrets, settings, types,
};
