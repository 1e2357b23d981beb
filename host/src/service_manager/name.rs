//! What a service may be called, on both kinds of system.

use std::fmt;

use super::ServiceError;

/// Leaves room for `.service` and a drop-in folder in a file name.
pub const NAME_BYTES_MAX: usize = 80;

/// Starts with a letter or digit; then also `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// `liaison.service` is `liaison`: systemd's ending is ours to add.
    pub fn parse(raw: &str) -> Result<Self, ServiceError> {
        let name = raw.strip_suffix(".service").unwrap_or(raw);
        let right = name.len() <= NAME_BYTES_MAX
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        match right {
            true => Ok(Self(name.to_owned())),
            false => Err(ServiceError::InvalidName {
                name: raw.to_owned(),
            }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_both_systems_take() {
        for (raw, name) in [
            ("liaison", "liaison"),
            ("liaison.service", "liaison"),
            ("liaison-acme_2.b", "liaison-acme_2.b"),
            ("2nd", "2nd"),
        ] {
            assert_eq!(ServiceName::parse(raw).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_that_could_be_a_path_an_option_or_a_template_is_refused() {
        let long = "a".repeat(NAME_BYTES_MAX + 1);
        for raw in [
            "", ".service", "-x", "..", "../x", "a/b", "a\\b", "a b", "a@b", "a\nb", "é", "a%i",
            &long,
        ] {
            let refused = ServiceName::parse(raw);
            assert!(
                matches!(&refused, Err(ServiceError::InvalidName { name }) if name == raw),
                "{raw:?}: {refused:?}"
            );
        }
    }
}
