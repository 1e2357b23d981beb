//! liaison's connector to QuickBooks Desktop, which only calls and is never called.

mod assumed;
mod field;
mod manifest;
mod settings;
mod table;
mod tables;

#[cfg(test)]
mod tests;

use liaison_sdk::prelude::*;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickBooksDesktop;

impl Connector for QuickBooksDesktop {
    fn describe(&self) -> Manifest {
        manifest::manifest()
    }

    fn check(&self, _host: &dyn Host) -> Result<Vec<Finding>, Fault> {
        Ok(Vec::new())
    }
}

liaison_sdk::export_connector!(QuickBooksDesktop);
