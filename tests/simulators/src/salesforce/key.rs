//! The public key of an app, out of a PEM file: a key, or the certificate that was uploaded with it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const VERSION: u8 = 0xa0;

/// Modulus and exponent, as DER.
#[derive(Debug, Clone)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let lines = pem.lines().map(str::trim);
        let body: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD
            .decode(body)
            .map_err(|e| format!("the key is no PEM: {e}"))?;
        let key = if pem.contains("BEGIN CERTIFICATE") {
            of_certificate(&der).and_then(of_info)
        } else if pem.contains("BEGIN RSA PUBLIC KEY") {
            Some(der.as_slice())
        } else {
            of_info(&der)
        };
        let key = key.ok_or("the key is neither a public RSA key nor a certificate with one")?;
        Ok(Self(key.to_vec()))
    }

    /// RS256: RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        key.verify(message, signature).is_ok()
    }
}

/// One element: its tag, what it holds, what comes after.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|_| count <= 4)?;
        let length = bytes
            .iter()
            .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
        (length, &rest[count..])
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

fn skip(der: &[u8], count: usize) -> Option<&[u8]> {
    (0..count).try_fold(der, |der, _| element(der).map(|(_, _, rest)| rest))
}

/// SubjectPublicKeyInfo: the algorithm, then the key as a bit string.
fn of_info(der: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, inner, _) = element(der)? else {
        return None;
    };
    let (BIT_STRING, bits, _) = element(skip(inner, 1)?)? else {
        return None;
    };
    let (SEQUENCE, key, _) = element(bits.get(1..)?)? else {
        return None;
    };
    let (INTEGER, ..) = element(key)? else {
        return None;
    };
    bits.get(1..)
}

/// The SubjectPublicKeyInfo of an X.509 certificate.
fn of_certificate(der: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(der)?;
    let (_, signed, _) = element(certificate)?;
    let (first, _, after) = element(signed)?;
    // Version if it is written, serial, algorithm, issuer, validity, subject.
    let after = if first == VERSION {
        skip(after, 5)?
    } else {
        skip(signed, 5)?
    };
    Some(after)
}
