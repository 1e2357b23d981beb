//! Canaries, and a search for them in everything, in one pass.
//!
//! A canary is a secret of chance: letters and digits, then characters that some escaping changes, then
//! letters and digits again. Its ends look the same under every escaping, so they are searched for by
//! themselves, beside the whole in other alphabets. Encoders here are written anew: a search that shared
//! the product's would share its blind spots.

use std::collections::HashMap;

use crate::chaos::loopback::Dice;

const END_CHARS: usize = 12;
/// Everything is found by its first bytes.
const INDEXED_BYTES: usize = 8;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const IN_ASCII: &[&str] = &[
    "&", "<", ">", "\"", "'", "\\", "/", "%", "+", "?", "#", "=", ";", ":", ",", " ", "{", "}",
    "[", "]", "|", "^", "~", "!", "$", "(", ")", "*", "@", "`", "&amp;", "%41", "\\n", "\\u0041",
    "]]>",
];
const BEYOND: &[&str] = &["\u{e9}", "\u{fc}", "\u{20ac}", "\u{1f600}", "\u{df}"];
const SPECIALS: usize = 10;

/// What may stand in a canary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// What simulators compare as text.
    Ascii,
    All,
}

#[derive(Debug, Clone)]
pub struct Canary {
    /// Whose it is, for a finding.
    pub name: String,
    pub value: String,
}

impl Canary {
    pub fn hatch(name: impl Into<String>, letters: Letters, dice: &mut Dice) -> Self {
        let mut value = end(dice);
        for at in 0..SPECIALS {
            let from = if letters == Letters::All && at % 4 == 3 {
                BEYOND
            } else {
                IN_ASCII
            };
            value.push_str(from[dice.below(from.len())]);
        }
        value.push_str(&end(dice));
        Self {
            name: name.into(),
            value,
        }
    }
}

fn end(dice: &mut Dice) -> String {
    (0..END_CHARS)
        .map(|_| char::from(*dice.one_of(ALPHABET)))
        .collect()
}

struct Needle {
    canary: usize,
    form: &'static str,
    bytes: Vec<u8>,
}

/// All forms of all canaries.
pub struct Searcher {
    names: Vec<String>,
    needles: Vec<Needle>,
    by_beginning: HashMap<u64, Vec<usize>>,
    pub places: u64,
    pub bytes: u64,
}

impl Searcher {
    pub fn new(canaries: &[Canary]) -> Self {
        let mut searcher = Self {
            names: canaries.iter().map(|canary| canary.name.clone()).collect(),
            needles: Vec::new(),
            by_beginning: HashMap::new(),
            places: 0,
            bytes: 0,
        };
        for (canary, one) in canaries.iter().enumerate() {
            for (form, bytes) in forms(&one.value) {
                searcher.learn(canary, form, bytes);
            }
        }
        searcher
    }

    /// Looks for something that is no text as well, such as the numbers of a key.
    pub fn also(&mut self, name: &str, forms: Vec<(&'static str, Vec<u8>)>) {
        let canary = self.names.len();
        self.names.push(name.to_owned());
        for (form, bytes) in forms {
            self.learn(canary, form, bytes);
        }
    }

    fn learn(&mut self, canary: usize, form: &'static str, bytes: Vec<u8>) {
        let at = self.needles.len();
        let beginning = beginning(&bytes).expect("no form is so short");
        self.by_beginning.entry(beginning).or_default().push(at);
        self.needles.push(Needle {
            canary,
            form,
            bytes,
        });
    }

    /// What is in it, once each: `whose, in which form`.
    pub fn search(&mut self, haystack: &[u8]) -> Vec<String> {
        self.places += 1;
        self.bytes += haystack.len() as u64;
        let mut found = Vec::new();
        for at in 0..haystack.len().saturating_sub(INDEXED_BYTES - 1) {
            let Some(here) = beginning(&haystack[at..]) else {
                break;
            };
            for number in self.by_beginning.get(&here).into_iter().flatten() {
                let needle = &self.needles[*number];
                if haystack[at..].starts_with(&needle.bytes) {
                    let words = format!("{}, {}", self.names[needle.canary], needle.form);
                    if !found.contains(&words) {
                        found.push(words);
                    }
                }
            }
        }
        found
    }
}

fn beginning(bytes: &[u8]) -> Option<u64> {
    let first = bytes.get(..INDEXED_BYTES)?;
    Some(u64::from_le_bytes(first.try_into().expect("just cut")))
}

/// What a canary may look like, by name.
fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (first, last) = (&value[..END_CHARS], &value[value.len() - END_CHARS..]);
    let mut forms = Vec::new();
    for part in [first, last] {
        forms.push(("verbatim or escaped", part.as_bytes().to_vec()));
        forms.push(("backwards", part.bytes().rev().collect()));
        forms.push(("in small letters", part.to_ascii_lowercase().into_bytes()));
        forms.push(("hex", hex(part.as_bytes()).into_bytes()));
        forms.push((
            "hex in capitals",
            hex(part.as_bytes()).to_uppercase().into_bytes(),
        ));
        forms.push((
            "every byte in percent",
            every(part, |byte| format!("%{byte:02X}")).into_bytes(),
        ));
        forms.push((
            "every byte in percent",
            every(part, |byte| format!("%{byte:02x}")).into_bytes(),
        ));
        forms.push((
            "JSON numbers",
            every(part, |byte| format!("\\u{byte:04x}")).into_bytes(),
        ));
        forms.push((
            "XML numbers",
            every(part, |byte| format!("&#{byte};")).into_bytes(),
        ));
        forms.push((
            "as bytes in a list",
            every(part, |byte| format!("{byte}, ")).into_bytes(),
        ));
        forms.push(("UTF-16", part.bytes().flat_map(|byte| [byte, 0]).collect()));
    }
    forms.extend(in_base64(value.as_bytes()));
    forms
}

/// At each alignment, without the letters that neighbours have a part in.
pub fn in_base64(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(value);
        let encoded = base64(&padded);
        let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        let core = &encoded[from..to];
        let half = core.len() / 2;
        for part in [&core[..half], &core[half..]] {
            forms.push(("base64", part.as_bytes().to_vec()));
            let for_urls = part.replace('+', "-").replace('/', "_");
            if for_urls != part {
                forms.push(("base64 for URLs", for_urls.into_bytes()));
            }
        }
    }
    forms
}

fn every(text: &str, written: impl Fn(u8) -> String) -> String {
    text.bytes().map(written).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word = three.iter().enumerate().fold(0_u32, |word, (at, byte)| {
            word | u32::from(*byte) << (16 - 8 * at)
        });
        for at in 0..4 {
            if at <= three.len() {
                let letter = (word >> (18 - 6 * at)) & 63;
                out.push(char::from(LETTERS[letter as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

pub fn percent(text: &str, left_alone: &str) -> String {
    let one = |byte: u8| {
        let c = char::from(byte);
        match c.is_ascii_alphanumeric() || left_alone.contains(c) && c.is_ascii() {
            true => c.to_string(),
            false => format!("%{byte:02X}"),
        }
    };
    text.bytes().map(one).collect()
}

/// A string's inside; `ascii` writes every character beyond as a number, as some libraries do.
pub fn json_escaped(text: &str, ascii: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' | '<' | '>' | '&' | '\'' if ascii => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c if c.is_ascii() || !ascii => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out
}

/// Text in XML; `numbers` writes references by number, as some libraries do.
pub fn xml_escaped(text: &str, numbers: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' if numbers => {
                out.push_str(&format!("&#{};", u32::from(c)))
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if numbers && !c.is_ascii() => out.push_str(&format!("&#x{:x};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// One stored block: gzip that is no smaller, and gzip all the same.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("an echo is small");
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
