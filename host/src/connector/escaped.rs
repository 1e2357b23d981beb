//! Finds a value in text where any of its characters may be escaped.
//!
//! Whoever echoes a value chooses which characters to escape: one library leaves the slash of a URL
//! alone and another does not, one writes `é` in JSON and another `\u00e9`. So each character is
//! accepted in every way it can be written, and a value may mix them.
//!
//! Invariant: a character is read in a bounded number of steps, so the time grows with the text.

/// Digits of a reference such as `&#0000038;`; more are not taken for one.
const REFERENCE_DIGITS_MAX: usize = 8;

/// Where the value stands, in order and without overlaps: start and end of each.
pub fn find(raw: &[u8], value: &str) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    let Some(first) = value.chars().next() else {
        return hits;
    };
    let may_begin = beginnings(first);
    let mut readings = Readings::default();
    let mut at = 0;
    while at < raw.len() {
        let end = may_begin[usize::from(raw[at])].then(|| readings.end_of(raw, at, value));
        match end.flatten() {
            Some(end) => {
                hits.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    hits
}

/// The bytes that can be the first one of this character, however it is written.
fn beginnings(first: char) -> [bool; 256] {
    let mut table = [false; 256];
    let mut utf8 = [0; 4];
    let literal = first.encode_utf8(&mut utf8).as_bytes()[0];
    for byte in [literal, b'%', b'\\', b'&'] {
        table[usize::from(byte)] = true;
    }
    table[usize::from(b'+')] |= first == ' ';
    table
}

/// Where the readings of a text have come to. Kept between attempts for its memory alone.
#[derive(Default)]
struct Readings {
    ends: Vec<usize>,
    next: Vec<usize>,
}

impl Readings {
    /// Where the value ends that begins here. A character that is itself an escape can be read in two
    /// ways (`&amp;` is an ampersand, or the first of five characters), so all readings go on side by
    /// side.
    fn end_of(&mut self, raw: &[u8], at: usize, value: &str) -> Option<usize> {
        self.ends.clear();
        self.ends.push(at);
        for c in value.chars() {
            self.next.clear();
            for end in &self.ends {
                readings(&raw[*end..], c, |length| {
                    if !self.next.contains(&(end + length)) {
                        self.next.push(end + length);
                    }
                });
            }
            std::mem::swap(&mut self.ends, &mut self.next);
            if self.ends.is_empty() {
                return None;
            }
        }
        self.ends.iter().copied().max()
    }
}

/// Gives the length of each way in which the text begins with this character.
fn readings(raw: &[u8], c: char, mut is: impl FnMut(usize)) {
    let mut utf8 = [0; 4];
    let utf8 = c.encode_utf8(&mut utf8).as_bytes();
    if raw.starts_with(utf8) {
        is(utf8.len());
    }
    match raw.first() {
        Some(b'+') if c == ' ' => is(1),
        Some(b'%') => {
            if let Some(length) = percent(raw, utf8) {
                is(length);
            }
        }
        Some(b'\\') => {
            if let Some(length) = json(raw, c) {
                is(length);
            }
        }
        Some(b'&') => {
            if let Some(length) = xml(raw, c) {
                is(length);
            }
        }
        _ => {}
    }
}

fn percent(raw: &[u8], utf8: &[u8]) -> Option<usize> {
    for (index, byte) in utf8.iter().enumerate() {
        let escape = raw.get(index * 3..index * 3 + 3)?;
        if escape[0] != b'%' || number(&escape[1..], 16)? != u32::from(*byte) {
            return None;
        }
    }
    Some(utf8.len() * 3)
}

fn json(raw: &[u8], c: char) -> Option<usize> {
    let short = match c {
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '"' | '\\' | '/' | '\'' => u8::try_from(c).ok()?,
        _ => b'u',
    };
    if raw.get(1) == Some(&short) && short != b'u' {
        return Some(2);
    }
    let mut utf16 = [0; 2];
    let utf16 = c.encode_utf16(&mut utf16);
    for (index, unit) in utf16.iter().enumerate() {
        let escape = raw.get(index * 6..index * 6 + 6)?;
        if !escape.starts_with(b"\\u") || number(&escape[2..], 16)? != u32::from(*unit) {
            return None;
        }
    }
    Some(utf16.len() * 6)
}

fn xml(raw: &[u8], c: char) -> Option<usize> {
    let named: &[u8] = match c {
        '&' => b"&amp;",
        '<' => b"&lt;",
        '>' => b"&gt;",
        '"' => b"&quot;",
        '\'' => b"&apos;",
        _ => b"",
    };
    if !named.is_empty() && raw.starts_with(named) {
        return Some(named.len());
    }
    let digits = raw.strip_prefix(b"&#")?;
    let (radix, digits) = match digits.first()? {
        b'x' | b'X' => (16, &digits[1..]),
        _ => (10, digits),
    };
    let length = digits
        .iter()
        .take(REFERENCE_DIGITS_MAX + 1)
        .position(|byte| *byte == b';')?;
    let is_it = number(&digits[..length], radix)? == u32::from(c);
    is_it.then(|| raw.len() - digits.len() + length + 1)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, value: &str, expected: &[&str]) {
        let found: Vec<&str> = find(raw.as_bytes(), value)
            .into_iter()
            .map(|(start, end)| &raw[start..end])
            .collect();
        assert_eq!(found, expected, "{value:?} in {raw:?}");
    }

    #[test]
    fn every_character_may_be_written_in_its_own_way() {
        check("x a/é& x", "a/é&", &["a/é&"]);
        check("x %61\\/%c3%A9&amp; x", "a/é&", &["%61\\/%c3%A9&amp;"]);
        check(
            "\\u0061%2f&#233;\\u0026",
            "a/é&",
            &["\\u0061%2f&#233;\\u0026"],
        );
        check("a+b a%20b a&#x20;b", "a b", &["a+b", "a%20b", "a&#x20;b"]);
        check("\\ud83d\\ude00!", "\u{1f600}", &["\\ud83d\\ude00"]);
    }

    #[test]
    fn what_is_near_is_left_alone() {
        for raw in [
            "a/e&", "a+é&", "%61%2", "a/&#23", "\\u00", "&#;", "&", "%", "\\", "+",
        ] {
            check(raw, "a/é&", &[]);
        }
    }

    #[test]
    fn both_readings_of_an_escape_are_followed() {
        check("&amp;", "&amp;", &["&amp;"]);
        check("&amp;amp;", "&amp;", &["&amp;amp;"]);
        check("%2525", "%25", &["%2525"]);
        check("aaaa", "aa", &["aa", "aa"]);
    }
}
