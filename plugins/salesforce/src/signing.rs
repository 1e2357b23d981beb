//! Signing with the secret `private_key`: the seam to the host.
//!
//! The design gives the host `secrets.sign(name, algorithm, bytes)`. The contract as it stands
//! (`liaison:connector@0.1.0`) has no such function: its `secrets` are `placeholder` and `matches`, and a
//! placeholder cannot sign. Until it has one, a JWT cannot be made without the key being in the guest, which
//! this connector refuses; client credentials serve instead. When the function is there, only this file
//! changes.

use liaison_sdk::prelude::*;

/// The secret that holds the key, in PEM.
pub const PRIVATE_KEY: &str = "private_key";

/// The RS256 signature of these bytes.
pub fn rs256(_host: &dyn Host, _bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    Err(fault::misconfigured(text!(
        "salesforce-cannot-sign",
        "This version of liaison cannot sign with a private key, so `auth` = jwt does not work yet; set it to client_credentials and the secret `consumer_secret`"
    )))
}
