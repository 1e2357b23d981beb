//! The JWT that stands for a user: header and claims as base64url, and a signature that somebody else makes.
//!
//! Invariant: the key is never here. What signs is handed in.

use crate::assumed::ASSERTION_LIFE_S;
use liaison_sdk::prelude::*;

/// What an assertion says.
pub struct Claims<'a> {
    pub consumer_key: &'a str,
    pub user_name: &'a str,
    pub audience: &'a str,
    pub now_ms: u64,
}

/// The assertion, signed.
pub fn signed(
    claims: &Claims,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, Fault>,
) -> Result<String, Fault> {
    let header = json!({"alg": "RS256"});
    let body = json!({
        "iss": claims.consumer_key,
        "sub": claims.user_name,
        "aud": claims.audience,
        // Seconds: milliseconds would be a date that Salesforce takes for nonsense.
        "exp": claims.now_ms / 1_000 + ASSERTION_LIFE_S,
    });
    let part = |value: Value| base64url(value.to_string().as_bytes());
    let signing = format!("{}.{}", part(header), part(body));
    let signature = sign(signing.as_bytes())?;
    Ok(format!("{signing}.{}", base64url(&signature)))
}

/// Base64 with `-` and `_`, without padding.
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, place| {
            bits << 8 | group.get(place).map_or(0, |byte| u32::from(*byte))
        });
        for place in 0..=group.len() {
            let letter = bits >> (18 - 6 * place) & 63;
            out.push(char::from(LETTERS[letter as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_for_addresses() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("\u{3f}\u{3e}\u{ff}", "Pz7Dvw"),
        ] {
            assert_eq!(base64url(bytes.as_bytes()), expected, "{bytes}");
        }
        assert_eq!(base64url(&[251, 255]), "-_8");
    }

    #[test]
    fn an_assertion_says_who_for_whom_and_until_when() {
        let claims = Claims {
            consumer_key: "KEY",
            user_name: "integration@example.com",
            audience: "https://login.salesforce.com",
            now_ms: 1_772_719_200_999,
        };
        let mut signed_bytes = Vec::new();
        let jwt = signed(&claims, |bytes| {
            signed_bytes = bytes.to_vec();
            Ok(vec![1, 2, 3])
        })
        .unwrap();
        let parts: Vec<&str> = jwt.split('.').collect();
        assert_eq!(parts[0], base64url(br#"{"alg":"RS256"}"#));
        let body = r#"{"aud":"https://login.salesforce.com","exp":1772719320,"iss":"KEY","sub":"integration@example.com"}"#;
        assert_eq!(parts[1], base64url(body.as_bytes()));
        assert_eq!((parts[2], parts.len()), ("AQID", 3));
        assert_eq!(
            signed_bytes,
            format!("{}.{}", parts[0], parts[1]).into_bytes()
        );
    }

    #[test]
    fn without_a_signature_there_is_no_assertion() {
        let claims = Claims {
            consumer_key: "KEY",
            user_name: "u",
            audience: "a",
            now_ms: 0,
        };
        let refused = signed(&claims, |_| Err(fault::misconfigured(text!("k", "no key"))));
        assert!(refused.is_err());
    }
}
