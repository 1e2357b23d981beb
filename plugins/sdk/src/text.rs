//! Words for people, and cutting long text.

use crate::contract::Text;

/// A [`Text`](crate::contract::Text): a key of the catalogue, the English sentence, and its arguments.
///
/// `{name}` in the sentence stands for the argument `name`; in the Fluent catalogue it is `{ $name }`.
///
/// ```ignore
/// text!("udf-missing", "Companies have no field {name}", name = field)
/// ```
#[macro_export]
macro_rules! text {
    ($key:literal, $fallback:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::build($key, $fallback, vec![$((stringify!($name), ::std::string::ToString::to_string(&$value))),*])
    };
}

/// What [`text!`](crate::text!) calls.
#[doc(hidden)]
pub fn build(key: &str, fallback: &str, args: Vec<(&str, String)>) -> Text {
    let mut filled = fallback.to_owned();
    for (name, value) in &args {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    Text {
        key: key.to_owned(),
        args: args
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        fallback: filled,
    }
}

/// At most `max` characters, the last one `…` when something was cut: visibly, never silently.
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_holds_the_arguments() {
        let text = crate::text!("k", "{n} of {total} done", n = 3, total = "9");
        assert_eq!(text.fallback, "3 of 9 done");
        assert_eq!(
            text.args,
            [
                ("n".to_owned(), "3".to_owned()),
                ("total".to_owned(), "9".to_owned())
            ]
        );
    }

    #[test]
    fn cutting_counts_characters_and_shows() {
        for (text, max, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("éééé", 3, "éé…"),
            ("", 0, ""),
        ] {
            assert_eq!(shorten(text, max), expected);
        }
    }
}
