//! The versions of the API, three a year, and what one of them offers.

use serde_json::{Map, Value, json};

use super::call::{Reply, Who};

/// The oldest that still answers, and the newest there is.
pub const OLDEST: u32 = 31;
pub const NEWEST: u32 = 67;

/// `GET /services/data`
pub fn list() -> Value {
    (OLDEST..=NEWEST)
        .map(|version| {
            json!({
                "label": label(version),
                "url": format!("/services/data/v{version}.0"),
                "version": format!("{version}.0"),
            })
        })
        .collect()
}

/// 65 is Winter '26, 66 Spring '26, 67 Summer '26.
fn label(version: u32) -> String {
    let since = version + 13;
    let (season, year) = match since % 3 {
        0 => ("Winter", since / 3),
        1 => ("Spring", since / 3),
        _ => ("Summer", since / 3),
    };
    format!("{season} '{year:02}")
}

/// `GET /services/data/v59.0/`
pub fn resources(who: &Who) -> Reply {
    let base = format!("/services/data/v{}", who.version_text());
    let names = [
        "tooling",
        "query",
        "queryAll",
        "sobjects",
        "composite",
        "limits",
    ];
    let mut map: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), format!("{base}/{name}").into()))
        .collect();
    map.insert("identity".to_owned(), format!("/id/{}", who.user).into());
    Reply::ok(Value::Object(map))
}

/// 59 of `v59.0`.
pub fn read(segment: &str) -> Option<u32> {
    let number = segment.strip_prefix('v')?.strip_suffix(".0")?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_seasons() {
        for (version, wanted) in [
            (67, "Summer '26"),
            (66, "Spring '26"),
            (65, "Winter '26"),
            (52, "Summer '21"),
        ] {
            assert_eq!(label(version), wanted);
        }
        assert_eq!(read("v59.0"), Some(59));
        assert_eq!(
            (read("59.0"), read("v59"), read("vx.0")),
            (None, None, None)
        );
    }
}
