//! Signing with the secret `private_key`, which stays with the host.

use liaison_sdk::prelude::*;

/// The secret that holds the key, in PEM.
pub const PRIVATE_KEY: &str = "private_key";

/// The RS256 signature of these bytes.
pub fn rs256(host: &dyn Host, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let signed = host.sign(PRIVATE_KEY, Algorithm::Rs256, bytes);
    signed.map_err(|reason| {
        fault::misconfigured(text!(
            "salesforce-cannot-sign",
            "The assertion cannot be signed: {reason}. Set the secret `private_key` to the RSA key, in PEM, whose certificate the External Client App has",
            reason = reason
        ))
    })
}
