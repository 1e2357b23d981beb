//! What text QuickBooks can keep: its store is that of Windows-1252.

use liaison_sdk::text::shorten;

/// The characters of Windows-1252 that do not stand at their own number.
const EXTRA: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

/// Whether a character comes back as it went.
pub fn carried(c: char) -> bool {
    matches!(c, ' '..='~' | '\t' | '\n' | '\r' | '\u{a0}'..='\u{ff}') || EXTRA.contains(c)
}

/// Prose as it will stand there: what the code page lacks becomes `?`, what is too long ends with `…`.
pub fn shown(text: &str, max: u32) -> String {
    let kept: String = text
        .chars()
        .filter(|c| *c >= ' ' || matches!(c, '\t' | '\n' | '\r'))
        .map(|c| if carried(c) { c } else { '?' })
        .collect();
    match max {
        0 => kept,
        max => shorten(&kept, max as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_page_is_that_of_windows() {
        for (text, max, expected) in [
            ("Œuvre d’été – 5 €", 0, "Œuvre d’été – 5 €"),
            ("丸 \u{1f600} \u{1}x", 0, "? ? x"),
            ("12345", 4, "123…"),
        ] {
            assert_eq!(shown(text, max), expected);
        }
        assert_eq!(
            (0..=0x10ffff)
                .filter_map(char::from_u32)
                .filter(|c| carried(*c))
                .count(),
            95 + 3 + 96 + 27
        );
    }
}
