//! The types of `wit/connector.wit`, as Rust has them.
//!
//! They are the SDK's own types: there is no second set to convert to. They compile natively as
//! well; only the functions behind them need the sandbox.

/// What `wit-bindgen` makes of the contract. Connectors use the re-exports beside it.
#[allow(missing_docs, clippy::all, unused)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "connector",
        pub_export_macro: true,
        export_macro_name: "export_liaison",
        additional_derives: [PartialEq],
        generate_all,
    });
}

/// The optional interface `setup`.
#[allow(missing_docs, clippy::all, unused)]
pub mod prepared {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package liaison:sdk;

            world prepared {
                export liaison:connector/setup@0.1.0;
            }
        ",
        world: "liaison:sdk/prepared",
        with: {
            "liaison:connector/types@0.1.0": super::bindings::liaison::connector::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_prepared",
        additional_derives: [PartialEq],
        generate_all,
    });
}

/// The relay and the optional interface `inbound`, for connectors whose system calls them.
#[allow(missing_docs, clippy::all, unused)]
pub mod called {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package liaison:sdk;

            world called {
                import liaison:connector/relay@0.1.0;
                export liaison:connector/inbound@0.1.0;
            }
        ",
        world: "liaison:sdk/called",
        with: {
            "liaison:connector/types@0.1.0": super::bindings::liaison::connector::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_called",
        additional_derives: [PartialEq],
        generate_all,
    });
}

pub use bindings::liaison::connector::types::{
    Action, Applied, ChangeSource, Comparison, Condition, Cursor, Entity, Entry, Ext, Fault,
    FaultKind, FaultScope, FieldFilter, Finding, HostUse, Idempotency, Json, Level, Limits,
    Manifest, Operation, Operations, Outcome, Page, Place, RateLimit, SecretUse, Text,
};

/// One query of `find`: fields that must all be equal, values as JSON text.
pub type Query = Vec<(String, Json)>;
