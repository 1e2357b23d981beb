//! Text as Acomba can store it: Windows-1252, composed (NFC).
//!
//! A character that the code page lacks is refused here and named, before anything is sent: Acomba
//! would store a question mark, or refuse the card with a number nobody can look up.

/// The letters of the code page that have a mark: the mark, the letters without it, and with it.
const COMPOSED: [(char, &str, &str); 8] = [
    ('\u{300}', "AEIOUaeiou", "ÀÈÌÒÙàèìòù"),
    ('\u{301}', "AEIOUYaeiouy", "ÁÉÍÓÚÝáéíóúý"),
    ('\u{302}', "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
    ('\u{303}', "ANOano", "ÃÑÕãñõ"),
    ('\u{308}', "AEIOUYaeiouy", "ÄËÏÖÜŸäëïöüÿ"),
    ('\u{30A}', "Aa", "Åå"),
    ('\u{30C}', "SZsz", "ŠŽšž"),
    ('\u{327}', "Cc", "Çç"),
];

/// What stands between 0x80 and 0x9F; everything else of the code page is Latin-1.
const WINDOWS_PART: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

/// The text in NFC, or the first character that Acomba cannot store.
///
/// Only compositions within the code page are made: what NFC composes beyond it is refused anyway.
pub fn prepare(text: &str) -> Result<String, char> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(canonical) {
        match out.chars().last().and_then(|before| compose(before, c)) {
            Some(composed) => {
                out.pop();
                out.push(composed);
            }
            None if is_storable(c) => out.push(c),
            None => return Err(c),
        }
    }
    Ok(out)
}

/// Whether the code page has this character. Line breaks and tabs count, other controls do not.
fn is_storable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{A0}'..='\u{FF}') || WINDOWS_PART.contains(c)
}

/// The one character that NFC puts in place of another.
fn canonical(c: char) -> char {
    match c {
        '\u{212B}' => 'Å',
        '\u{340}' => '\u{300}',
        '\u{341}' => '\u{301}',
        '\u{37E}' => ';',
        '\u{387}' => '·',
        '\u{1FEF}' => '`',
        '\u{1FFD}' => '´',
        c => c,
    }
}

fn compose(letter: char, mark: char) -> Option<char> {
    let (_, plain, marked) = COMPOSED.iter().find(|(m, ..)| *m == mark)?;
    let at = plain.chars().position(|c| c == letter)?;
    marked.chars().nth(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_code_page_has_is_composed_and_kept() {
        for (text, expected) in [
            ("", ""),
            (
                "Main-d'œuvre, 12 € — «été» …",
                "Main-d'œuvre, 12 € — «été» …",
            ),
            ("e\u{301}te\u{301} C\u{327}a", "été Ça"),
            ("A\u{30A}ngstro\u{308}m \u{212B}", "Ångström Å"),
            ("Z\u{30C} s\u{30C} y\u{308} Y\u{301}", "Ž š ÿ Ý"),
            ("a\u{A0}b\r\nc\td", "a\u{A0}b\r\nc\td"),
        ] {
            assert_eq!(prepare(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_the_code_page_lacks_is_named() {
        for (text, lacking) in [
            ("taille 😀", '😀'),
            ("Łódź", 'Ł'),
            ("a \u{2192} b", '→'),
            ("1\u{202F}000 $", '\u{202F}'),
            ("e\u{323}", '\u{323}'),
            ("x\u{301}", '\u{301}'),
            ("\u{301}e", '\u{301}'),
            ("c\u{327}\u{301}", '\u{301}'),
            ("nul\0", '\0'),
            ("\u{81}", '\u{81}'),
            ("\u{FEFF}nom", '\u{FEFF}'),
        ] {
            assert_eq!(prepare(text), Err(lacking), "{text:?}");
        }
    }

    #[test]
    fn every_byte_of_the_code_page_but_the_five_empty_ones_is_storable() {
        let printable = ('\u{20}'..='\u{2FFF}').filter(|&c| is_storable(c)).count();
        assert_eq!(printable, 95 + 96 + 27);
        assert_eq!(WINDOWS_PART.chars().count(), 27);
    }
}
