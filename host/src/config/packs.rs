//! The flow packs that ship inside the binary.
//!
//! Files are listed by name so that the compiler knows them: a changed flow rebuilds the binary. A test
//! compares the list with the folder.

use std::sync::Arc;

use super::source::SourceText;

/// One file of a pack.
struct PackFile {
    /// `autotask-acomba/invoices.toml`
    path: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        [$(PackFile {
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/", $path)),
        }),*]
    };
}

const FILES: &[PackFile] = &files![
    "acomba-centrixone/contracts.toml",
    "acomba-centrixone/customers.toml",
    "acomba-centrixone/invoices.toml",
    "acomba-centrixone/open_orders.toml",
    "acomba-centrixone/orders.toml",
    "acomba-centrixone/quotes.toml",
    "acomba-centrixone/revenue_categories.toml",
    "acomba-centrixone/tests/contracts/bare.test.toml",
    "acomba-centrixone/tests/contracts/before-since.test.toml",
    "acomba-centrixone/tests/contracts/converted.test.toml",
    "acomba-centrixone/tests/contracts/customer-refused.test.toml",
    "acomba-centrixone/tests/contracts/percent-agrees.test.toml",
    "acomba-centrixone/tests/contracts/salesperson-refused.test.toml",
    "acomba-centrixone/tests/contracts/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/contracts/stage-renamed.test.toml",
    "acomba-centrixone/tests/contracts/whole.test.toml",
    "acomba-centrixone/tests/customers/bare.test.toml",
    "acomba-centrixone/tests/customers/born-in-crm.test.toml",
    "acomba-centrixone/tests/customers/image-back.test.toml",
    "acomba-centrixone/tests/customers/mirror.test.toml",
    "acomba-centrixone/tests/customers/no-name.test.toml",
    "acomba-centrixone/tests/customers/nobody-born.test.toml",
    "acomba-centrixone/tests/customers/one-line-back.test.toml",
    "acomba-centrixone/tests/customers/other-contact.test.toml",
    "acomba-centrixone/tests/customers/renumbered.test.toml",
    "acomba-centrixone/tests/customers/salesperson-refused.test.toml",
    "acomba-centrixone/tests/customers/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/customers/second-line.test.toml",
    "acomba-centrixone/tests/customers/whole.test.toml",
    "acomba-centrixone/tests/invoices/bare.test.toml",
    "acomba-centrixone/tests/invoices/before-since.test.toml",
    "acomba-centrixone/tests/invoices/customer-refused.test.toml",
    "acomba-centrixone/tests/invoices/salesperson-refused.test.toml",
    "acomba-centrixone/tests/invoices/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/invoices/stage-renamed.test.toml",
    "acomba-centrixone/tests/invoices/whole.test.toml",
    "acomba-centrixone/tests/open_orders/bare.test.toml",
    "acomba-centrixone/tests/open_orders/before-since.test.toml",
    "acomba-centrixone/tests/open_orders/converted.test.toml",
    "acomba-centrixone/tests/open_orders/customer-refused.test.toml",
    "acomba-centrixone/tests/open_orders/salesperson-refused.test.toml",
    "acomba-centrixone/tests/open_orders/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/open_orders/stage-renamed.test.toml",
    "acomba-centrixone/tests/open_orders/whole.test.toml",
    "acomba-centrixone/tests/orders/bare.test.toml",
    "acomba-centrixone/tests/orders/before-since.test.toml",
    "acomba-centrixone/tests/orders/converted.test.toml",
    "acomba-centrixone/tests/orders/customer-refused.test.toml",
    "acomba-centrixone/tests/orders/salesperson-refused.test.toml",
    "acomba-centrixone/tests/orders/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/orders/stage-renamed.test.toml",
    "acomba-centrixone/tests/orders/whole.test.toml",
    "acomba-centrixone/tests/quotes/bare.test.toml",
    "acomba-centrixone/tests/quotes/before-since.test.toml",
    "acomba-centrixone/tests/quotes/converted.test.toml",
    "acomba-centrixone/tests/quotes/customer-refused.test.toml",
    "acomba-centrixone/tests/quotes/salesperson-refused.test.toml",
    "acomba-centrixone/tests/quotes/salesperson-renumbered.test.toml",
    "acomba-centrixone/tests/quotes/stage-renamed.test.toml",
    "acomba-centrixone/tests/quotes/whole.test.toml",
    "acomba-centrixone/tests/revenue_categories/new.test.toml",
    "acomba-centrixone/tests/revenue_categories/no-description.test.toml",
    "acomba-centrixone/tests/users/inactive.test.toml",
    "acomba-centrixone/tests/users/new.test.toml",
    "acomba-centrixone/tests/users/no-name.test.toml",
    "acomba-centrixone/users.toml",
    "autotask-acomba/customers.toml",
    "autotask-acomba/invoices.toml",
    "autotask-acomba/products.toml",
    "autotask-acomba/suppliers.toml",
    "autotask-acomba/tests/customers/autotask-id.test.toml",
    "autotask-acomba/tests/customers/company-number.test.toml",
    "autotask-acomba/tests/customers/inactive.test.toml",
    "autotask-acomba/tests/customers/no-account-number.test.toml",
    "autotask-acomba/tests/customers/own-company.test.toml",
    "autotask-acomba/tests/customers/vendor.test.toml",
    "autotask-acomba/tests/invoices/before-since.test.toml",
    "autotask-acomba/tests/invoices/clean.test.toml",
    "autotask-acomba/tests/invoices/customer-refused.test.toml",
    "autotask-acomba/tests/invoices/freight-discount-comment.test.toml",
    "autotask-acomba/tests/invoices/has-a-number.test.toml",
    "autotask-acomba/tests/invoices/long-description.test.toml",
    "autotask-acomba/tests/invoices/no-product-group.test.toml",
    "autotask-acomba/tests/invoices/renumbered-product.test.toml",
    "autotask-acomba/tests/invoices/tenant-table.test.toml",
    "autotask-acomba/tests/invoices/totals-differ.test.toml",
    "autotask-acomba/tests/invoices/unknown-tax.test.toml",
    "autotask-acomba/tests/invoices/voided.test.toml",
    "autotask-acomba/tests/products/inactive.test.toml",
    "autotask-acomba/tests/products/new.test.toml",
    "autotask-acomba/tests/products/no-billing-code.test.toml",
    "autotask-acomba/tests/products/no-external-number.test.toml",
    "autotask-acomba/tests/products/no-group.test.toml",
    "autotask-acomba/tests/suppliers/customer.test.toml",
    "autotask-acomba/tests/suppliers/inactive.test.toml",
    "autotask-acomba/tests/suppliers/no-account-number.test.toml",
    "autotask-acomba/tests/suppliers/own-company.test.toml",
    "autotask-acomba/tests/suppliers/vendor.test.toml",
];

/// A flow of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackFlow {
    pub pack: &'static str,
    pub flow: &'static str,
}

impl PackFlow {
    /// `autotask-acomba/invoices`
    pub fn name(self) -> String {
        format!("{}/{}", self.pack, self.flow)
    }

    pub fn text(self) -> Arc<SourceText> {
        let path = format!("{}/{}.toml", self.pack, self.flow);
        let file = FILES
            .iter()
            .find(|file| file.path == path)
            .expect("listed from the same files");
        SourceText::new(format!("pack {}", self.name()), file.text)
    }

    /// The flow's tests, by file name.
    pub fn tests(self) -> Vec<Arc<SourceText>> {
        let folder = format!("{}/tests/{}/", self.pack, self.flow);
        FILES
            .iter()
            .filter(|file| file.path.starts_with(&folder))
            .map(|file| SourceText::new(file.path, file.text))
            .collect()
    }
}

/// Every flow that ships.
pub fn all() -> Vec<PackFlow> {
    FILES
        .iter()
        .filter_map(|file| {
            let (pack, flow) = file.path.split_once('/')?;
            let flow = flow
                .strip_suffix(".toml")
                .filter(|flow| !flow.contains('/'))?;
            Some(PackFlow { pack, flow })
        })
        .collect()
}

/// The flow named `PACK/FLOW`.
pub fn find(name: &str) -> Option<PackFlow> {
    all().into_iter().find(|flow| flow.name() == name)
}

/// Every file that is embedded.
pub fn file_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.path)
}
