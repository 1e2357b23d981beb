//! What ships with each simulator: believable records to start with, and how a connector reaches it.

/// The two files of a vendor.
pub struct Demo {
    /// Records, as `--seed` takes them.
    pub seed: &'static str,
    /// Settings and secrets of a connection to it; `{url}` stands for its address.
    pub connection: &'static str,
}

macro_rules! demo {
    ($vendor:literal) => {
        Demo {
            seed: include_str!(concat!("../seeds/", $vendor, ".json")),
            connection: include_str!(concat!("../connections/", $vendor, ".json")),
        }
    };
}

pub fn demo(vendor: &str) -> Option<Demo> {
    match vendor {
        "acomba" => Some(demo!("acomba")),
        "autotask" => Some(demo!("autotask")),
        "centrixone" => Some(demo!("centrixone")),
        "channelonline" => Some(demo!("channelonline")),
        "example" => Some(demo!("example")),
        "fusion-operations" => Some(demo!("fusion-operations")),
        "qbo" => Some(demo!("qbo")),
        "quickbooks-desktop" => Some(demo!("quickbooks-desktop")),
        "salesforce" => Some(demo!("salesforce")),
        "sage-intacct" | "intacct" => Some(demo!("sage-intacct")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::demo;
    use crate::{VENDORS, vendor};

    #[test]
    fn every_vendor_has_a_demo_that_it_takes() {
        for name in VENDORS {
            let demo = demo(name).unwrap_or_else(|| panic!("{name} has no demo"));
            let seed = serde_json::from_str(demo.seed).expect("the seed is JSON");
            vendor(name)
                .expect("a vendor")
                .seed(&seed, 1_791_205_200_000)
                .expect("it takes its own seed");
            let connection: serde_json::Value =
                serde_json::from_str(demo.connection).expect("the connection is JSON");
            assert!(connection["settings"].is_object() && connection["secrets"].is_object());
        }
    }
}
