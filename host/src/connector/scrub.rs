//! Takes the values of secrets out of what comes back: answers and log lines.
//!
//! Echo endpoints and error pages are how a secret leaks to a guest that never had it. The value is
//! searched for in the forms it may come back in: as it is or with any of its characters escaped for a
//! URL, JSON or XML, as base64 (at each of the three alignments) and as hexadecimal digits.
//!
//! This is a net and not the design: a vendor that answers with the value reversed gets past it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::escaped;
use super::limits::LOG_LINE_BYTES_MAX;
use crate::secret::SecretValue;
use crate::secret::value::SCRUB_BYTES_MIN;

/// All forms of all secrets of one connection.
#[derive(Default)]
pub struct Scrubber {
    values: Vec<Value>,
    forms: Vec<Form>,
}

/// A value that may come back with any of its characters escaped.
struct Value {
    text: Zeroizing<String>,
    /// As it stands in the name of a header, where the client leaves no capitals.
    lower_case: Zeroizing<String>,
    replacement: String,
}

/// A value that is written in another alphabet as a whole.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    replacement: String,
}

impl Scrubber {
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a SecretValue)>) -> Self {
        let mut values: Vec<Value> = Vec::new();
        let mut forms: Vec<Form> = Vec::new();
        for (name, value) in secrets {
            if !value.can_be_scrubbed() {
                continue;
            }
            let replacement = format!("[secret {name}]");
            for bytes in forms_of(value.expose()) {
                let known = forms.iter().any(|form| *form.bytes == *bytes);
                if bytes.len() >= SCRUB_BYTES_MIN && !known {
                    let replacement = replacement.clone();
                    forms.push(Form { bytes, replacement });
                }
            }
            values.push(Value {
                text: Zeroizing::new(value.expose().to_owned()),
                lower_case: Zeroizing::new(value.expose().to_lowercase()),
                replacement,
            });
        }
        // The longest first: one may contain another.
        values.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
        forms.sort_by_key(|form| std::cmp::Reverse(form.bytes.len()));
        Self { values, forms }
    }

    /// The bytes without any secret, and how many were found.
    pub fn bytes<'a>(&self, raw: &'a [u8]) -> (Cow<'a, [u8]>, usize) {
        let mut clean = Cow::Borrowed(raw);
        let mut found = 0;
        for value in &self.values {
            let hits = escaped::find(&clean, &value.text);
            found += hits.len();
            replace(&mut clean, &hits, &value.replacement);
        }
        for form in &self.forms {
            let finder = Finder::new(form.bytes.as_slice());
            let hits: Vec<(usize, usize)> = finder
                .find_iter(&clean)
                .map(|at| (at, at + form.bytes.len()))
                .collect();
            found += hits.len();
            replace(&mut clean, &hits, &form.replacement);
        }
        (clean, found)
    }

    /// The text without any secret, and how many were found.
    pub fn text<'a>(&self, raw: &'a str) -> (Cow<'a, str>, usize) {
        match self.bytes(raw.as_bytes()) {
            (Cow::Borrowed(_), found) => (Cow::Borrowed(raw), found),
            // A value is UTF-8 and so is its replacement, so what remains is too.
            (Cow::Owned(clean), found) => (
                Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
                found,
            ),
        }
    }

    /// Whether a secret stands in the name of a header, in small letters as names are.
    pub fn is_in_name(&self, name: &str) -> bool {
        let name = name.as_bytes();
        let in_value = |value: &Value| !escaped::find(name, &value.lower_case).is_empty();
        let in_form = |form: &Form| {
            let lower_case = Zeroizing::new(form.bytes.to_ascii_lowercase());
            Finder::new(lower_case.as_slice()).find(name).is_some()
        };
        self.values.iter().any(in_value) || self.forms.iter().any(in_form)
    }
}

/// Puts the words in the place of each range; the ranges are in order and do not overlap.
fn replace(clean: &mut Cow<'_, [u8]>, ranges: &[(usize, usize)], words: &str) {
    if ranges.is_empty() {
        return;
    }
    let mut rewritten = Vec::with_capacity(clean.len());
    let mut from = 0;
    for (start, end) in ranges {
        rewritten.extend_from_slice(&clean[from..*start]);
        rewritten.extend_from_slice(words.as_bytes());
        from = *end;
    }
    rewritten.extend_from_slice(&clean[from..]);
    *clean = Cow::Owned(rewritten);
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scrubber({} values)", self.values.len())
    }
}

/// How a value may come back as a whole in another alphabet.
fn forms_of(value: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms: Vec<String> = Vec::new();
    for engine in [&STANDARD, &URL_SAFE, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(value));
    }
    forms.extend(base64_cores(value));
    forms.push(value.bytes().map(|byte| format!("{byte:02x}")).collect());
    forms.push(value.bytes().map(|byte| format!("{byte:02X}")).collect());
    forms
        .into_iter()
        .map(|form| Zeroizing::new(form.into_bytes()))
        .collect()
}

/// The characters of base64 that the value alone decides, when it stands inside a longer text at
/// each of the three alignments.
fn base64_cores(value: &str) -> Vec<String> {
    let mut cores = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(value.as_bytes());
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            cores.push(encoded[first..last].to_owned());
        }
    }
    cores
}

/// A JSON string's inside.
pub fn json_escaped(value: &str) -> String {
    let quoted = serde_json::to_string(value).expect("a string is JSON");
    quoted[1..quoted.len() - 1].to_owned()
}

/// A guest's words as one line of a log: cut, with nothing that steers a terminal.
pub fn for_log(raw: &str) -> String {
    let mut line = String::with_capacity(raw.len().min(LOG_LINE_BYTES_MAX));
    for c in raw.chars() {
        if line.len() >= LOG_LINE_BYTES_MAX {
            line.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
    }
    line
}

/// Direction marks and zero-width characters: they show one thing and say another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "p&ss \"w/rd\" <ü>";

    fn scrubber() -> Scrubber {
        let value = SecretValue::new(VALUE.to_owned());
        let short = SecretValue::new("tiny".to_owned());
        Scrubber::new([("password", &value), ("pin", &short)])
    }

    fn every_byte(written: impl Fn(u8) -> String) -> String {
        VALUE.bytes().map(written).collect()
    }

    #[test]
    fn every_form_is_found() {
        let cases: Vec<(&str, String)> = vec![
            ("plain", VALUE.to_owned()),
            ("base64", STANDARD.encode(VALUE)),
            ("base64 for urls", URL_SAFE.encode(VALUE)),
            ("base64 without padding", STANDARD_NO_PAD.encode(VALUE)),
            ("percent", "p%26ss%20%22w%2Frd%22%20%3C%C3%BC%3E".to_owned()),
            (
                "percent in lower case",
                "p%26ss%20%22w%2frd%22%20%3c%c3%bc%3e".to_owned(),
            ),
            ("form", "p%26ss+%22w%2Frd%22+%3C%C3%BC%3E".to_owned()),
            ("json", r#"p&ss \"w/rd\" <ü>"#.to_owned()),
            (
                "json with escaped slash",
                r#"p&ss \"w\/rd\" <ü>"#.to_owned(),
            ),
            ("xml", "p&amp;ss &quot;w/rd&quot; &lt;ü&gt;".to_owned()),
            ("xml text", "p&amp;ss \"w/rd\" &lt;ü&gt;".to_owned()),
            (
                "percent, as strict as it goes",
                every_byte(|byte| format!("%{byte:02x}")),
            ),
            (
                "percent, slash left alone",
                "p%26ss%20%22w/rd%22%20%3C%C3%BC%3E".to_owned(),
            ),
            (
                "json in ASCII",
                r#"p\u0026ss \"w/rd\" \u003c\u00fc\u003E"#.to_owned(),
            ),
            (
                "xml in ASCII",
                "p&#38;ss &#x22;w/rd&#x22; &#60;&#xFC;&#062;".to_owned(),
            ),
            ("hexadecimal", every_byte(|byte| format!("{byte:02x}"))),
            (
                "hexadecimal in capitals",
                every_byte(|byte| format!("{byte:02X}")),
            ),
            (
                "xml with numbers",
                "p&amp;ss &#34;w/rd&#34; &lt;ü&gt;".to_owned(),
            ),
        ];
        for (case, echoed) in cases {
            let answer = format!("before {echoed} after");
            let (clean, found) = scrubber().text(&answer).clone_out();
            assert_eq!(
                (clean.as_str(), found),
                ("before [secret password] after", 1),
                "{case}"
            );
        }
    }

    #[test]
    fn base64_inside_a_longer_text_is_found_at_every_alignment() {
        for before in ["", "a", "ab", "abc", "user:"] {
            let encoded = STANDARD.encode(format!("{before}{VALUE}!tail"));
            let (clean, found) = scrubber().text(&encoded).clone_out();
            assert_eq!(found, 1, "{before:?}");
            assert!(clean.contains("[secret password]"), "{clean}");
        }
    }

    #[test]
    fn a_value_that_looks_escaped_is_found_as_it_is_and_escaped() {
        let value = SecretValue::new("%41&amp;\\n+x".to_owned());
        let scrubber = Scrubber::new([("key", &value)]);
        for echoed in [
            "%41&amp;\\n+x",
            "%2541%26amp%3B%5Cn%2Bx",
            "%41&amp;amp;\\\\n+x",
        ] {
            assert_eq!(scrubber.text(echoed).0, "[secret key]", "{echoed}");
        }
    }

    #[test]
    fn the_name_of_a_header_is_searched_in_small_letters() {
        let value = SecretValue::new("Key-0aB9.Z~7".to_owned());
        let scrubber = Scrubber::new([("key", &value)]);
        assert!(scrubber.is_in_name("x-key-0ab9.z~7"));
        assert!(scrubber.is_in_name(&STANDARD_NO_PAD.encode("Key-0aB9.Z~7").to_lowercase()));
        assert!(!scrubber.is_in_name("x-key"));
    }

    #[test]
    fn a_short_value_is_left_alone() {
        assert_eq!(
            scrubber().text("tiny tiny").clone_out(),
            ("tiny tiny".to_owned(), 0)
        );
    }

    #[test]
    fn what_holds_no_secret_is_not_copied() {
        let binary = [0xff, 0x00, 0xfe];
        assert!(matches!(scrubber().bytes(&binary).0, Cow::Borrowed(_)));
    }

    #[test]
    fn a_log_line_cannot_steer_a_terminal() {
        assert_eq!(
            for_log("a\x1b[2Jb\r\nc\u{202e}d"),
            r"a\u{1b}[2Jb\r\nc\u{202e}d"
        );
        assert_eq!(for_log("déjà vu"), "déjà vu");
        assert!(for_log(&"x".repeat(100_000)).len() < LOG_LINE_BYTES_MAX + 8);
    }

    trait CloneOut {
        fn clone_out(self) -> (String, usize);
    }

    impl CloneOut for (Cow<'_, str>, usize) {
        fn clone_out(self) -> (String, usize) {
            (self.0.into_owned(), self.1)
        }
    }
}
