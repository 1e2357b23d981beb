//! Windows-1252, the only characters an Acomba text can hold.
//!
//! A character outside it is refused, never replaced: a question mark in a customer's name is data loss.
//! Decomposed accents (e + U+0301) are outside too, so a client has to send composed text.

/// The characters of 0x80–0x9F; the rest of the code page is ASCII and U+00A0–U+00FF.
const HIGH: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

/// The first character of `text` that Acomba cannot hold. Control characters count: a field is one line.
pub fn first_refused(text: &str) -> Option<char> {
    text.chars()
        .find(|&c| !matches!(c, ' '..='~' | '\u{a0}'..='\u{ff}') && !HIGH.contains(c))
}

#[cfg(test)]
mod tests {
    use super::first_refused;

    #[test]
    fn holds_western_text_and_nothing_else() {
        for (text, refused) in [
            ("Main-d'œuvre hors catalogue, 12,50 €", None),
            ("Ÿ – “guillemets” « français »", None),
            ("Žižek & Šimon", None),
            ("Łódź", Some('Ł')),
            ("cafe\u{301}", Some('\u{301}')),
            ("ligne\nligne", Some('\n')),
            ("\u{81}", Some('\u{81}')),
            ("日本", Some('日')),
            ("ok 👍", Some('👍')),
        ] {
            assert_eq!(first_refused(text), refused, "{text:?}");
        }
    }
}
