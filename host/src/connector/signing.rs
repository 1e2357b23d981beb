//! Signs with a secret, so that a key never is where a guest could read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::guest_host::Algorithm;
use super::placeholder::BoundSecret;

/// The contract's.
const BYTES_MAX: usize = 64 << 10;
const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";

/// The signature, or why there is none; in words for whoever sets the secret.
pub fn sign(
    secrets: &[BoundSecret],
    name: &str,
    algorithm: Algorithm,
    bytes: &[u8],
) -> Result<Vec<u8>, String> {
    if bytes.len() > BYTES_MAX {
        return Err(format!(
            "{} bytes; at most {BYTES_MAX} are signed",
            bytes.len()
        ));
    }
    let secret = secrets.iter().find(|secret| secret.name == name);
    let secret = secret.ok_or_else(|| format!("the manifest declares no secret `{name}`"))?;
    let value = secret.value.as_ref();
    let value = value.ok_or_else(|| format!("the secret `{name}` is not set"))?;
    match algorithm {
        Algorithm::Rs256 => {
            rs256(value.expose(), bytes).map_err(|why| format!("the secret `{name}` {why}"))
        }
        Algorithm::Hs256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(value.expose().as_bytes())
                .map_err(|_| format!("the secret `{name}` is no key"))?;
            mac.update(bytes);
            Ok(mac.finalize().into_bytes().to_vec())
        }
    }
}

fn rs256(pem: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (label, der) = decoded(pem)?;
    let pair = match label {
        PKCS8 => RsaKeyPair::from_pkcs8(&der),
        _ => RsaKeyPair::from_der(&der),
    };
    let pair = pair.map_err(|why| format!("is no RSA key that can sign: {why}"))?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        bytes,
        &mut signature,
    )
    .map_err(|_| "could not sign".to_owned())?;
    Ok(signature)
}

/// The bytes between the lines of a PEM.
fn decoded(pem: &str) -> Result<(&'static str, Zeroizing<Vec<u8>>), String> {
    for label in [PKCS8, PKCS1] {
        let (begin, end) = (
            format!("-----BEGIN {label}-----"),
            format!("-----END {label}-----"),
        );
        let Some((_, rest)) = pem.split_once(&begin) else {
            continue;
        };
        let Some((body, _)) = rest.split_once(&end) else {
            return Err(format!("is cut off: `{end}` is missing"));
        };
        let body: Zeroizing<String> =
            Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
        return match STANDARD.decode(body.as_bytes()) {
            Ok(der) => Ok((label, Zeroizing::new(der))),
            Err(_) => Err("is no PEM: what stands between its lines is not base64".to_owned()),
        };
    }
    match pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        true => Err("has a password; take it off with `openssl pkey` first".to_owned()),
        false => Err(format!(
            "is no private key in PEM: it begins with `-----BEGIN {PKCS8}-----`"
        )),
    }
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
