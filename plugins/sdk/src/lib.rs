//! What liaison's Rust connectors share.
//!
//! A connector is a type that implements [`Connector`]; [`export_connector!`] makes a component of
//! it. It reaches the outside only through [`Host`], so the same code runs in the sandbox
//! ([`wasm`]), against a real server from a plain program ([`native`]) and under a script in unit
//! tests ([`testing`]).
//!
//! ```ignore
//! use liaison_sdk::prelude::*;
//!
//! #[derive(Default)]
//! struct Ledger;
//!
//! impl Connector for Ledger {
//!     fn describe(&self) -> Manifest { /* name, settings, secrets, hosts, entities */ }
//!     fn read(&self, host: &dyn Host, entity: &str, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
//!         let api = Client::new(host, "https://ledger.example/api").secret_header("Authorization", "token")?;
//!         /* one request, one entry per id */
//!     }
//! }
//!
//! liaison_sdk::export_connector!(Ledger);
//! ```
//!
//! Invariant: nothing here knows a vendor, and nothing reads a clock, a file or an environment
//! variable except through [`Host`].

pub mod connector;
pub mod contract;
pub mod cursor;
pub mod date;
pub mod decimal;
pub mod fault;
pub mod filter;
pub mod host;
pub mod http;
pub mod relay;
pub mod schema;
pub mod setup;
pub mod text;
pub mod xml;

#[cfg(feature = "native")]
pub mod native;
#[cfg(any(test, feature = "testing"))]
pub mod relay_testing;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use connector::Connector;
pub use host::Host;
pub use rust_decimal::Decimal;
pub use {serde, serde_json};

/// What nearly every file of a connector needs.
pub mod prelude {
    pub use crate::connector::Connector;
    pub use crate::contract::*;
    pub use crate::fault::{self, FaultExt};
    pub use crate::host::{Algorithm, Host, HttpError, HttpRequest, HttpResponse, Method};
    pub use crate::http::{Answer, Client};
    pub use crate::relay::{Called, InboundRequest, InboundResponse, Parcel, Relay};
    pub use crate::schema::{self, EntitySpec};
    pub use crate::setup::{Preparation, Prepared, SetupFile};
    pub use crate::{cursor, date, decimal, filter, text};
    pub use serde_json::{json, Map, Value};
}

/// Makes a component of a connector: a type that is `Connector + Default`.
///
/// Outside wasm it expands to nothing, so the crate stays usable as a library.
#[macro_export]
macro_rules! export_connector {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        mod liaison_component {
            use super::*;
            type Glue = $crate::wasm::Glue<$connector>;
            $crate::contract::bindings::export_liaison!(Glue with_types_in $crate::contract::bindings);
        }
    };
}

/// Makes a component of a connector that prepares a person: a type that is `Connector + Prepared + Default`.
///
/// It exports `setup` beside `system`. Outside wasm it expands to nothing.
#[macro_export]
macro_rules! export_prepared_connector {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        mod liaison_component {
            use super::*;
            type Glue = $crate::wasm::Glue<$connector>;
            $crate::contract::bindings::export_liaison!(Glue with_types_in $crate::contract::bindings);
            $crate::contract::prepared::export_prepared!(Glue with_types_in $crate::contract::prepared);
        }
    };
}

/// Makes a component of a connector whose system calls us: a type that is `Connector + Prepared + Called + Default`.
///
/// It exports all of `called-connector`. Outside wasm it expands to nothing.
#[macro_export]
macro_rules! export_called_connector {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        mod liaison_component {
            use super::*;
            type Glue = $crate::wasm::Glue<$connector, true>;
            $crate::contract::bindings::export_liaison!(Glue with_types_in $crate::contract::bindings);
            $crate::contract::prepared::export_prepared!(Glue with_types_in $crate::contract::prepared);
            $crate::contract::called::export_called!(Glue with_types_in $crate::contract::called);
        }
    };
}
