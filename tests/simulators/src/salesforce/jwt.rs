//! The assertion of the JWT bearer flow, checked as Salesforce checks it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::key::PublicKey;
use super::time::Stamp;

/// An assertion lives about three minutes; clocks may differ by as much again.
const LIFE_MAX_S: i64 = 180;
const SKEW_S: i64 = 180;

/// A JWT taken apart, its signature not checked yet.
pub struct Assertion {
    signed: String,
    signature: Vec<u8>,
    claims: Value,
}

impl Assertion {
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (head, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let json = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        if json(head)?["alg"] != "RS256" {
            return None;
        }
        Some(Self {
            signed: format!("{head}.{claims}"),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
            claims: json(claims)?,
        })
    }

    pub fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.signed(self.signed.as_bytes(), &self.signature)
    }

    /// `exp` in seconds, ahead, and not far: milliseconds are refused as too far.
    pub fn is_in_time(&self, now: Stamp) -> bool {
        let exp = self.claims["exp"].as_f64().map(|exp| exp as i64);
        exp.is_some_and(|exp| now < exp && exp <= now + LIFE_MAX_S + SKEW_S)
    }
}
