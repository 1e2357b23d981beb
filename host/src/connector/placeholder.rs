//! Stands for a secret in what a guest writes, and becomes its value as the request leaves.
//!
//! ```text
//! liaisonsecret 0123456789abcdef0123456789abcdef 07 b
//!               nonce of this instance, 128 bits │  └ encoder
//!                                                └ which secret
//! ```
//!
//! Only letters and digits, so that it survives every escaping a guest applies around it. There is no
//! literal syntax: data that looks like a placeholder lacks this instance's nonce and stays data.
//!
//! Invariant: a value goes only where the manifest declares it and towards the hosts it is bound to;
//! a placeholder anywhere else stops the request before it leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, HeaderValue};
use memchr::memmem::Finder;
use reqwest::Url;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::egress::hosts::{HostPattern, Origin};
use super::guest_host::Encoder;
use super::scrub::json_escaped;
use crate::model::Text;
use crate::model::manifest::Place;
use crate::model::text::words;
use crate::secret::SecretValue;

const PREFIX: &str = "liaisonsecret";
const NONCE_BYTES: usize = 16;
/// Two decimal digits and the encoder's letter.
const TAIL_BYTES: usize = 3;
/// As many as two digits can name.
pub const SECRETS_MAX: usize = 100;

/// A secret of a connection with where it may go.
#[derive(Debug)]
pub struct BoundSecret {
    pub name: String,
    /// None while it is not set (and not required).
    pub value: Option<SecretValue>,
    pub hosts: Vec<HostPattern>,
    pub places: Vec<Place>,
}

/// What one instance's placeholders have in common.
#[derive(Debug, Clone)]
pub struct Nonce(String);

impl Nonce {
    pub fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    fn mark(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// The text with every placeholder made short and readable: for logs.
    pub fn hide(&self, text: &str) -> String {
        let mark = self.mark();
        let mut hidden = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(&mark) {
            hidden.push_str(&rest[..at]);
            hidden.push_str("{secret}");
            rest = rest.get(at + mark.len() + TAIL_BYTES..).unwrap_or("");
        }
        hidden.push_str(rest);
        hidden
    }
}

/// The placeholder for a secret of this name, or why there is none.
pub fn placeholder(
    secrets: &[BoundSecret],
    nonce: &Nonce,
    name: &str,
    encoder: Encoder,
) -> Result<String, String> {
    let index = secrets.iter().position(|secret| secret.name == name);
    let index = index.ok_or_else(|| format!("the manifest declares no secret `{name}`"))?;
    if secrets[index].value.is_none() {
        return Err(format!("the secret `{name}` is not set"));
    }
    Ok(format!("{}{index:02}{}", nonce.mark(), letter(encoder)))
}

/// Whether `presented` is the secret of this name, or why nobody can tell.
///
/// Compared by their digests, so that the time it takes says nothing about where they differ.
pub fn matches(secrets: &[BoundSecret], name: &str, presented: &str) -> Result<bool, String> {
    let secret = secrets.iter().find(|secret| secret.name == name);
    let secret = secret.ok_or_else(|| format!("the manifest declares no secret `{name}`"))?;
    let value = secret.value.as_ref();
    let value = value.ok_or_else(|| format!("the secret `{name}` is not set"))?;
    let wanted = Sha256::digest(value.expose());
    let shown = Sha256::digest(presented);
    Ok(wanted
        .iter()
        .zip(&shown)
        .fold(0, |differs, (a, b)| differs | (a ^ b))
        == 0)
}

fn letter(encoder: Encoder) -> char {
    match encoder {
        Encoder::Plain => 'p',
        Encoder::Xml => 'x',
        Encoder::Json => 'j',
        Encoder::Url => 'u',
        Encoder::Basic => 'b',
    }
}

fn encoder(letter: u8) -> Option<Encoder> {
    match letter {
        b'p' => Some(Encoder::Plain),
        b'x' => Some(Encoder::Xml),
        b'j' => Some(Encoder::Json),
        b'u' => Some(Encoder::Url),
        b'b' => Some(Encoder::Basic),
        _ => None,
    }
}

/// Writes the value as it must stand.
pub fn encode(value: &str, encoder: Encoder) -> Zeroizing<String> {
    Zeroizing::new(match encoder {
        Encoder::Plain => value.to_owned(),
        Encoder::Xml => xml_escaped(value),
        Encoder::Json => json_escaped(value),
        Encoder::Url => percent_encoded(value),
        Encoder::Basic => STANDARD.encode(value),
    })
}

/// For text and attribute values alike; line ends as numbers, since a parser would change them.
pub fn xml_escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Everything but RFC 3986's unreserved characters: right in a path and in a query.
pub fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A request as it will leave.
pub struct Outgoing {
    pub url: Url,
    pub headers: HeaderMap,
    pub body: bytes::Bytes,
}

/// Puts the values in. The error is for a person: which secret, where it stood, what is declared.
pub fn fill(
    mut request: Outgoing,
    origin: &Origin,
    secrets: &[BoundSecret],
    nonce: &Nonce,
) -> Result<Outgoing, Text> {
    let mark = nonce.mark();
    let filler = Filler {
        mark: Finder::new(&mark),
        origin,
        secrets,
    };

    if let Some(path) = filler.text(request.url.path(), Spot::Path)? {
        request.url.set_path(&path);
    }
    if let Some(query) = request
        .url
        .query()
        .map(|query| filler.query(query))
        .transpose()?
        .flatten()
    {
        request.url.set_query(Some(&query));
    }
    for (name, value) in &mut request.headers {
        if filler.mark.find(name.as_str().as_bytes()).is_some() {
            return Err(words!(
                "denied-secret-header-name",
                "a secret's placeholder stands in the name of a header"
            ));
        }
        if let Some(filled) = filler.bytes(value.as_bytes(), Spot::Header(name.as_str()))? {
            let mut filled = HeaderValue::from_bytes(&filled).map_err(|_| {
                words!(
                    "denied-secret-control",
                    "a secret in header `{header}` holds a control character; no header can carry it",
                    header = name
                )
            })?;
            filled.set_sensitive(true);
            *value = filled;
        }
    }
    if let Some(body) = filler.bytes(&request.body, Spot::Body)? {
        request.body = bytes::Bytes::copy_from_slice(&body);
    }
    Ok(request)
}

/// Where a placeholder was found.
#[derive(Clone, Copy)]
enum Spot<'a> {
    Path,
    Query(&'a str),
    Header(&'a str),
    Body,
}

impl Spot<'_> {
    fn is(self, place: &Place) -> bool {
        match (self, place) {
            (Self::Path, Place::Path) | (Self::Body, Place::Body) => true,
            (Self::Query(name), Place::Query(declared)) => name == declared,
            (Self::Header(name), Place::Header(declared)) => name.eq_ignore_ascii_case(declared),
            _ => false,
        }
    }
}

impl Spot<'_> {
    fn text(self) -> Text {
        match self {
            Self::Path => words!("spot-path", "the path"),
            Self::Query(name) => words!("spot-query", "query parameter `{name}`", name = name),
            Self::Header(name) => words!("spot-header", "header `{name}`", name = name),
            Self::Body => words!("spot-body", "the body"),
        }
    }
}

struct Filler<'a> {
    mark: Finder<'a>,
    origin: &'a Origin,
    secrets: &'a [BoundSecret],
}

impl Filler<'_> {
    /// None when nothing stands in it.
    fn bytes(&self, raw: &[u8], spot: Spot<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Text> {
        let mut filled: Option<Zeroizing<Vec<u8>>> = None;
        let mut from = 0;
        for at in self.mark.find_iter(raw) {
            let tail_at = at + self.mark.needle().len();
            let tail = raw.get(tail_at..tail_at + TAIL_BYTES);
            let value = self.value(tail, spot)?;
            let out = filled.get_or_insert_with(|| Zeroizing::new(Vec::with_capacity(raw.len())));
            out.extend_from_slice(&raw[from..at]);
            out.extend_from_slice(value.as_bytes());
            from = tail_at + TAIL_BYTES;
        }
        if let Some(out) = &mut filled {
            out.extend_from_slice(&raw[from..]);
        }
        Ok(filled)
    }

    fn text(&self, raw: &str, spot: Spot<'_>) -> Result<Option<Zeroizing<String>>, Text> {
        let filled = self.bytes(raw.as_bytes(), spot)?;
        Ok(filled.map(|bytes| Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())))
    }

    /// Each parameter is a place of its own.
    fn query(&self, raw: &str) -> Result<Option<Zeroizing<String>>, Text> {
        if self.mark.find(raw.as_bytes()).is_none() {
            return Ok(None);
        }
        let mut filled = Zeroizing::new(String::with_capacity(raw.len()));
        for (index, pair) in raw.split('&').enumerate() {
            if index > 0 {
                filled.push('&');
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if self.mark.find(name.as_bytes()).is_some() {
                return Err(words!(
                    "denied-secret-query-name",
                    "a secret's placeholder stands in the name of a query parameter"
                ));
            }
            match self.text(value, Spot::Query(name))? {
                Some(value) => {
                    filled.push_str(name);
                    filled.push('=');
                    filled.push_str(&value);
                }
                None => filled.push_str(pair),
            }
        }
        Ok(Some(filled))
    }

    fn value(&self, tail: Option<&[u8]>, spot: Spot<'_>) -> Result<Zeroizing<String>, Text> {
        let (secret, encoder) = tail.and_then(|tail| self.named(tail)).ok_or_else(|| {
            words!(
                "denied-secret-cut",
                "a secret's placeholder in {spot} is cut or changed";
                spot = spot.text()
            )
        })?;
        let name = &secret.name;
        if !secret.places.iter().any(|place| spot.is(place)) {
            return Err(words!(
                "denied-secret-place",
                "the manifest does not declare {spot} for the secret `{name}`",
                name = name;
                spot = spot.text()
            ));
        }
        if !secret
            .hosts
            .iter()
            .any(|pattern| pattern.matches(self.origin))
        {
            return Err(words!(
                "denied-secret-host",
                "the secret `{name}` is not bound to {host}",
                name = name,
                host = self.origin
            ));
        }
        let value = secret.value.as_ref().ok_or_else(|| {
            words!(
                "denied-secret-unset",
                "the secret `{name}` is not set",
                name = name
            )
        })?;
        if matches!(spot, Spot::Path | Spot::Query(_))
            && matches!(encoder, Encoder::Xml | Encoder::Json)
        {
            return Err(words!(
                "denied-secret-encoding",
                "the secret `{name}` stands in {spot} and is not encoded for a URL",
                name = name;
                spot = spot.text()
            ));
        }
        // `plain` in a URL would let a `/`, `&` or `#` of the value change the request.
        let in_url = matches!(spot, Spot::Path | Spot::Query(_));
        let encoder = if in_url && encoder == Encoder::Plain {
            Encoder::Url
        } else {
            encoder
        };
        let encoded = encode(value.expose(), encoder);
        Ok(if in_url && encoder == Encoder::Basic {
            Zeroizing::new(percent_encoded(&encoded))
        } else {
            encoded
        })
    }

    fn named(&self, tail: &[u8]) -> Option<(&BoundSecret, Encoder)> {
        let index: usize = std::str::from_utf8(tail.get(..2)?).ok()?.parse().ok()?;
        Some((self.secrets.get(index)?, encoder(*tail.get(2)?)?))
    }
}

#[cfg(test)]
#[path = "placeholder_tests.rs"]
mod tests;
