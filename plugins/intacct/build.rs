//! Tells the tests whether the vendor's schema and `xmllint` are here: neither is part of the product, and a test that
//! could prove nothing must say that it was left out.

use std::path::Path;
use std::process::Command;

/// Where the schema lies beside a checkout.
const PLACES: [&str; 2] = [
    "../../../shared/vendors/schemas/intacct/api-3.0.xsd",
    "../../../../shared/vendors/schemas/intacct/api-3.0.xsd",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(vendor_schema)");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(schema) = PLACES
        .iter()
        .map(|place| here.join(place))
        .find(|path| path.exists())
    else {
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_ok() {
        println!("cargo::rustc-cfg=vendor_schema");
        println!("cargo::rustc-env=VENDOR_SCHEMA={}", schema.display());
    }
}
