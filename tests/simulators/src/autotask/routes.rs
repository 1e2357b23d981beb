//! Paths: which entity, which row, which child, in any case and with or without a last slash.
//!
//! Only paths are understood here. Which verbs a route takes, and what they do, is `dispatch.rs`.

use super::schema::{EntityId, schema};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/ATServicesRest/VersionInformation`
    Versions,
    /// `/V1.0/zoneInformation`
    Zone,
    /// `/V1.0/ThresholdInformation`
    Thresholds,
    /// `/V1.0/X`
    Root(EntityId),
    /// `/V1.0/X/4`
    Row(EntityId, i64),
    /// `/V1.0/X/query`
    Query(EntityId),
    /// `/V1.0/X/query/next`
    NextPage(EntityId),
    /// `/V1.0/X/query/count`
    Count(EntityId),
    /// `/V1.0/X/entityInformation` and below
    Info(EntityId, Info),
    /// `/V1.0/Parent/4/Child`
    Children {
        child: EntityId,
        parent_id: i64,
    },
    /// `/V1.0/Parent/4/Child/7`
    Child {
        child: EntityId,
        parent_id: i64,
        id: i64,
    },
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Info {
    Entity,
    Fields,
    UserDefinedFields,
}

impl Route {
    pub fn parse(path: &str) -> Self {
        let decoded = percent_decode(path);
        let lower = decoded.to_ascii_lowercase();
        let segments: Vec<&str> = lower
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        match segments.as_slice() {
            ["atservicesrest", "versioninformation"] => Self::Versions,
            ["atservicesrest", "v1.0", rest @ ..] => Self::below_version(rest),
            _ => Self::Unknown,
        }
    }

    fn below_version(segments: &[&str]) -> Self {
        match segments {
            ["zoneinformation"] => return Self::Zone,
            ["thresholdinformation"] => return Self::Thresholds,
            _ => {}
        }
        let Some((name, rest)) = segments.split_first() else {
            return Self::Unknown;
        };
        // A parent that the table does not have (Projects, Contracts) still carries its children.
        if let [parent_id, word, rest @ ..] = rest
            && let (Ok(parent_id), Some(child)) = (parent_id.parse(), schema().child(name, word))
        {
            return match rest {
                [] => Self::Children { child, parent_id },
                [id] => id.parse().map_or(Self::Unknown, |id| Self::Child {
                    child,
                    parent_id,
                    id,
                }),
                _ => Self::Unknown,
            };
        }
        let Some(entity) = schema().find(name) else {
            return Self::Unknown;
        };
        match rest {
            [] => Self::Root(entity),
            ["query"] => Self::Query(entity),
            ["query", "next"] => Self::NextPage(entity),
            ["query", "count"] => Self::Count(entity),
            ["entityinformation"] => Self::Info(entity, Info::Entity),
            ["entityinformation", "fields"] => Self::Info(entity, Info::Fields),
            ["entityinformation", "userdefinedfields"] => {
                Self::Info(entity, Info::UserDefinedFields)
            }
            [id] => id.parse().map_or(Self::Unknown, |id| Self::Row(entity, id)),
            _ => Self::Unknown,
        }
    }

    /// A short stable name, for counting.
    pub fn name(&self) -> String {
        let of = |entity: EntityId| schema().entities[entity].name;
        match self {
            Self::Versions => "VersionInformation".to_owned(),
            Self::Zone => "zoneInformation".to_owned(),
            Self::Thresholds => "ThresholdInformation".to_owned(),
            Self::Root(entity) => of(*entity).to_owned(),
            Self::Row(entity, _) => format!("{}/{{id}}", of(*entity)),
            Self::Query(entity) => format!("{}/query", of(*entity)),
            Self::NextPage(entity) => format!("{}/query/next", of(*entity)),
            Self::Count(entity) => format!("{}/query/count", of(*entity)),
            Self::Info(entity, Info::Entity) => format!("{}/entityInformation", of(*entity)),
            Self::Info(entity, Info::Fields) => format!("{}/entityInformation/fields", of(*entity)),
            Self::Info(entity, Info::UserDefinedFields) => {
                format!("{}/entityInformation/userDefinedFields", of(*entity))
            }
            Self::Children { child, .. } => self.child_name(*child, ""),
            Self::Child { child, .. } => self.child_name(*child, "/{id}"),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    fn child_name(&self, child: EntityId, end: &str) -> String {
        let parent = schema().entities[child]
            .parent
            .as_ref()
            .expect("child routes lead to children");
        format!("{}/{{id}}/{}{end}", parent.entity, parent.word)
    }

    /// The endpoint whose concurrent calls are limited.
    pub fn lane(&self) -> Option<&'static str> {
        match self {
            Self::Versions | Self::Zone | Self::Unknown => None,
            Self::Thresholds => Some("ThresholdInformation"),
            Self::Root(entity)
            | Self::Row(entity, _)
            | Self::Query(entity)
            | Self::NextPage(entity)
            | Self::Count(entity)
            | Self::Info(entity, _)
            | Self::Children { child: entity, .. }
            | Self::Child { child: entity, .. } => Some(schema().entities[*entity].name),
        }
    }
}

/// The raw value of a query parameter, its name in any case.
pub fn query_parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// `%7B` and `+` to what they stand for; what is no encoding stays as it is.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Everything but letters, digits and `-_.` in lower-case hex, as the vendor's links have it.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood_in_any_case() {
        let id = |name: &str| schema().known(name);
        let table = [
            (
                "/ATServicesRest/V1.0/Companies/query",
                Route::Query(id("Companies")),
            ),
            (
                "/atservicesrest/v1.0/companies/QUERY/",
                Route::Query(id("Companies")),
            ),
            (
                "/atservicesrest/v1.0/Companies/query/next",
                Route::NextPage(id("Companies")),
            ),
            (
                "/atservicesrest/v1.0/Companies/query/count",
                Route::Count(id("Companies")),
            ),
            (
                "/atservicesrest/v1.0/Companies/174",
                Route::Row(id("Companies"), 174),
            ),
            (
                "/atservicesrest/v1.0/Companies/",
                Route::Root(id("Companies")),
            ),
            (
                "/atservicesrest/v1.0/Companies/174/Contacts",
                Route::Children {
                    child: id("Contacts"),
                    parent_id: 174,
                },
            ),
            (
                "/atservicesrest/v1.0/Companies/174/contacts/9",
                Route::Child {
                    child: id("Contacts"),
                    parent_id: 174,
                    id: 9,
                },
            ),
            (
                "/atservicesrest/v1.0/Companies/174/Contacts/query",
                Route::Unknown,
            ),
            (
                "/atservicesrest/v1.0/Projects/3/Charges",
                Route::Children {
                    child: id("ProjectCharges"),
                    parent_id: 3,
                },
            ),
            (
                "/atservicesrest/v1.0/Invoices/entityInformation/fields",
                Route::Info(id("Invoices"), Info::Fields),
            ),
            ("/atservicesrest/v1.0/zoneInformation", Route::Zone),
            ("/atservicesrest/VersionInformation", Route::Versions),
            ("/v1.0/Companies", Route::Unknown),
        ];
        for (path, expected) in table {
            assert_eq!(Route::parse(path), expected, "{path}");
        }
        let child = Route::parse("/atservicesrest/v1.0/companies/174/contacts");
        assert_eq!(child.name(), "Companies/{id}/Contacts");
        assert_eq!(child.lane(), Some("Contacts"));
    }

    #[test]
    fn encoding_and_back() {
        let text = "{\"op\":\"eq\",\"value\":\"Crémerie +1\"}";
        assert_eq!(percent_decode(&percent_encode(text)), text);
        assert_eq!(percent_decode("100%"), "100%");
    }
}
