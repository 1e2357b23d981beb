//! Versions, for comparing. A manifest's version is MAJOR.MINOR.PATCH, perhaps with more behind it.

use std::cmp::Ordering;

/// What stands in the order of versions; text that is no version comes before all others.
pub fn numbers(text: &str) -> Option<semver::Version> {
    semver::Version::parse(text).ok()
}

pub fn compare(one: &str, other: &str) -> Ordering {
    numbers(one)
        .cmp(&numbers(other))
        .then_with(|| match numbers(one) {
            Some(_) => Ordering::Equal,
            None => one.cmp(other),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (less, more) in [
            ("1.9.0", "1.10.0"),
            ("1.0.0-rc.1", "1.0.0"),
            ("0.9.9", "1.0.0"),
            ("nonsense", "0.0.1"),
        ] {
            assert_eq!(compare(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(compare(more, less), Ordering::Greater, "{more} {less}");
        }
        assert_eq!(compare("1.0.0", "1.0.0"), Ordering::Equal);
    }
}
